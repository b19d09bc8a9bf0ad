# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every job template, launched with its variables, its credentials and only the required answers of its survey."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.awx.support import launch
from ansible_collections.ontap.akv.tests.awx.support.launch import CONFIGURED, Desk, client_secrets
from ansible_collections.ontap.akv.tests.awx.support.setup import Machine, SetUp
from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.tasks import PROPERTIES
from simulator import Simulator

#: Key of a template -> required answers if hosts are SVMs, and if they are clusters.
ANSWERS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "rotate keys": ({"akv_key": "internal"}, {"akv_key": "internal", "akv_svm": "*,*"}),
    "decommission": (
        {"akv_hosts": "svm1@cluster1,svm2@cluster1", "akv_confirm": "true"},
        {"akv_svm": "svm1,svm2", "akv_confirm": "true"},
    ),
}
#: The methods of the writes that it then sends.
SENT = {
    "configure": [],
    "health": [],
    "report": [],
    "recover keys": [],
    "rotate credentials": ["PATCH"],
    "roll credentials back": ["PATCH"],
    "rotate keys": ["POST"],
    "decommission": ["DELETE"],
}


def svms(desk: Desk) -> dict[str, dict[str, Any]]:
    """Return the hosts that the inventory plugin creates, with the credential of its source."""
    simulator = desk.ansible.simulator
    source = {"clusters": [{"hostname": simulator.hostname, "http_port": simulator.port, "name": "cluster1"}]}
    listed = Inventory(desk.ansible, desk.folder, desk.environment("AKV ONTAP cluster")).list(source, name="akv.yml")
    assert sorted(listed.hosts) == [f"{svm}@cluster1" for svm in CONFIGURED], listed.told
    # A job gets them as JSON.
    plain = json.loads(json.dumps(listed.hosts))
    return {
        name: {**host, "akv_configurations": [{"svm": "{{ akv.svm.name }}"}], "akv_common": PROPERTIES}
        for name, host in plain.items()
    }


def sent(simulator: Simulator) -> list[str]:
    """Return the methods of the writes."""
    return [entry["method"] for entry in Requests(simulator.control.log()).writes]


@pytest.mark.parametrize("key", [key for key in SENT if key != "configure"])
def test_job_succeeds_if_hosts_are_svms(
    key: str, done: tuple[Machine, SetUp], desk: Callable[[Machine, str], Desk], simulator: Simulator
) -> None:
    """Answers apply to the host only: each SVM is changed once."""
    place = desk(done[0], "AKV ")
    played = place.launch(f"AKV {key}", svms(place), ANSWERS.get(key, ({}, {}))[0])
    assert played.status == 0, played.output
    assert sent(simulator) == SENT[key] * (2 if key == "decommission" else 3)


@pytest.mark.parametrize("key", SENT)
def test_job_succeeds_if_hosts_are_clusters(
    key: str,
    clusters: tuple[Machine, dict[str, Any]],
    desk: Callable[[Machine, str], Desk],
    simulator: Simulator,
    filled_in: dict[str, dict[str, str]],
) -> None:
    """The surveys ask for SVMs."""
    played = desk(clusters[0], "prod ").launch(f"prod {key}", launch.clusters(simulator), ANSWERS.get(key, ({}, {}))[1])
    assert played.status == 0, played.output
    assert set(sent(simulator)) == set(SENT[key])
    secret = filled_in["Azure application"]["client_secret" if key == "rotate credentials" else "old_client_secret"]
    assert client_secrets(simulator) == dict.fromkeys(["svm3"] if key == "decommission" else CONFIGURED, secret)


def test_nothing_is_removed_without_confirmation(
    done: tuple[Machine, SetUp], desk: Callable[[Machine, str], Desk], simulator: Simulator
) -> None:
    """The default answer does not confirm the removal."""
    place = desk(done[0], "AKV ")
    played = place.launch("AKV decommission", svms(place), {"akv_hosts": "svm1@cluster1"})
    assert played.status != 0
    assert "akv_confirm" in played.texts
    assert sent(simulator) == []


def test_health_reports_expired_credential(
    clusters: tuple[Machine, dict[str, Any]],
    desk: Callable[[Machine, str], Desk],
    simulator: Simulator,
    filled_in: dict[str, dict[str, str]],
) -> None:
    """The health check uses the expiry date in the credential."""
    filled_in["Azure application"]["expires"] = "2026-01-31"
    played = desk(clusters[0], "prod ").launch("prod health", launch.clusters(simulator))
    assert played.status != 0
    assert "expired on 2026-01-31" in played.texts
