# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_configure and its playbook."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import play
from ansible_collections.ontap.akv.tests.integration.support.tasks import KEY, OTHER_KEY, PROPERTIES, configured
from simulator import Simulator

COMMON = dict(PROPERTIES)


def test_one_list_for_a_cluster(plays: Ansible, simulator: Simulator) -> None:
    """Shared values, an entry for several SVMs, one that differs, the cluster's own; and again without a change."""
    secret, other = plays.secrets.new("client-secret"), plays.secrets.new("other-secret")
    entries = [
        {"svm": ["svm1", "svm2"]},
        {"svm": "svm3", "key_id": OTHER_KEY, "client_secret": other, "proxy_host": "proxy.example.com"},
        {"scope": "cluster"},
        {"svm": "svm4", "state": "absent"},
    ]
    configured(simulator, "svm4")
    wanted: dict[str, Any] = {"akv_configurations": entries, "akv_common": COMMON, "akv_client_secret": secret}
    check = play(plays, "configure", None, "--check", **wanted).ok()
    assert Requests(simulator.control.log()).writes == []
    assert "cluster1" in check.hosts
    first = play(plays, "configure", **wanted).ok()
    assert first.hosts["cluster1"]["changed"] == check.hosts["cluster1"]["changed"] == 1
    told = simulator.control.state()
    assert [told["svms"][svm]["configuration"]["client_secret"] for svm in ("svm1", "svm2", "svm3")] == [secret, secret, other]
    assert told["svms"]["svm3"]["configuration"]["key_id"] == OTHER_KEY
    assert told["svms"]["svm4"]["configuration"] is None
    assert told["cluster"]["configuration"]["key_id"] == KEY
    simulator.control.clear_log()
    again = play(plays, "configure", **wanted, akv_update_credentials="on_create").ok()
    assert again.hosts["cluster1"]["changed"] == 0
    # One read and one verification for each entry, none for the verification of what is gone.
    assert Requests(simulator.control.log()).lines == ["GET"] * 7
