# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An event contains no secret, and masking leaves the rest of an event intact."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.masking import MASK, Mask
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import Notice, Reason
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.events import make_event
from ansible_collections.ontap.akv.tests.unit.support.records import CONNECTION, record

CLUSTER = Cluster("east", {}, CONNECTION)
LOST = Notice("akv_state_lost", 0, 0, record=record(), wrong=Reason(346758, "The svm has no key: svm1"))
AWAY = Notice("cluster_unreachable", 0, 0, wrong=Reason(None, "The svm could not be read"))
DRIFT = Notice(
    "configuration_drift", 0, 0, record=record(), changes={"proxy_host": {"before": "svm", "after": "svm.example.com"}}
)


def build_event(change: Notice, *secrets: str) -> dict[str, Any]:
    """Return the event of a change on a cluster with some secrets."""
    return make_event(CLUSTER, change, Mask(secrets))


@pytest.mark.parametrize("secret", ["svm", "svm1", "node", "message", "changes", "east"])
@pytest.mark.parametrize("change", [LOST, AWAY, DRIFT])
def test_secret_does_not_alter_keys_and_names(change: Notice, secret: str) -> None:
    event, plain = build_event(change, secret), build_event(change)
    assert list(event) == list(plain)
    assert {name: event[name] for name in event if name not in ("message", "text", "changes")} == {
        name: plain[name] for name in plain if name not in ("message", "text", "changes")
    }
    assert list(event["changes"]) == list(plain["changes"])


def test_masks_text_of_cluster_but_not_own_text() -> None:
    assert build_event(LOST, "svm")["message"] == f"The {MASK} has no key: {MASK}1"
    assert build_event(AWAY, "svm")["message"] == "The svm could not be read"
    assert build_event(DRIFT, "svm")["changes"] == {"proxy_host": {"before": MASK, "after": "svm.example.com"}}
