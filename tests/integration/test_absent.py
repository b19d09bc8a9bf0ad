# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: state absent."""

from __future__ import annotations

import uuid

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import akv, configured
from simulator import Simulator


def test_removes_configurations_of_several_svms(ansible: Ansible, simulator: Simulator) -> None:
    """One DELETE for each configuration and no GET afterwards; the second run finds nothing."""
    uuids = configured(simulator, "svm1", "svm2", "svm3", None)
    cycle = ansible.cycle(akv("svm: [svm1, svm2, svm4]\nstate: absent")).ok().predicted().settled()
    assert sorted(cycle.apply.requests.lines) == ["DELETE /UUID", "DELETE /UUID", "GET"]
    assert cycle.apply.actions == {"svm1": "delete", "svm2": "delete", "svm4": "none"}
    assert [entry["uuid"] for entry in cycle.apply.results] == [*uuids[:2], None]
    assert cycle.check.records == cycle.apply.records == []
    diff = cycle.apply.result["diff"]
    assert set(diff["before"]) == {"svm1", "svm2"}
    assert diff["after"] == {"svm1": {}, "svm2": {}}
    assert cycle.apply_again.actions == {"svm1": "none", "svm2": "none", "svm4": "none"}
    left = {name: svm["configuration"] for name, svm in simulator.control.state()["svms"].items()}
    assert left["svm3"] is not None
    assert simulator.control.state()["cluster"]["configuration"] is not None


def test_removes_configuration_of_cluster_and_by_uuid(ansible: Ansible, simulator: Simulator) -> None:
    """scope: cluster and uuid each name one configuration; an unknown UUID is no change."""
    cluster, svm1 = configured(simulator, None, "svm1")
    cycle = ansible.cycle(akv("scope: cluster\nstate: absent")).ok().predicted().settled()
    assert cluster in cycle.apply.requests.writes[0]["path"]
    assert cycle.apply.actions == {None: "delete"}
    unknown = str(uuid.uuid4())
    runs = ansible.tasks([akv(f"uuid: {which}\nstate: absent") for which in (svm1.upper(), svm1, unknown)])
    assert [run.ok().changed for run in runs] == [True, False, False]
    assert [run.requests.lines for run in runs] == [["GET", "DELETE /UUID"], ["GET"], ["GET"]]
    assert runs[0].actions == {"svm1": "delete"}


def test_encrypted_volumes_prevent_removal(ansible: Ansible, simulator: Simulator) -> None:
    """ONTAP refuses to remove keys that are in use; the others are removed, and the hint suggests a migration."""
    configured(simulator, "svm1", "svm2", "svm3")
    simulator.control.svm("svm1", encrypted_volumes=2)
    cycle = ansible.cycle(akv("svm: [svm1, svm2, svm3]\nstate: absent"))
    assert cycle.check.ok().changed
    run = cycle.apply.refused()
    assert run.changed
    assert run.error["code"] == "65536867"
    assert "migrate" in run.error["hint"]
    assert run.error["path"].endswith(run.results[0]["uuid"])
    assert run.msg.startswith("svm1: ")
    assert [(entry["changed"], entry["error"] is None) for entry in run.results] == [
        (False, False),
        (True, True),
        (True, True),
    ]
    assert cycle.apply_again.requests.lines == ["GET", "DELETE /UUID"]
    assert [record["svm"]["name"] for record in run.records] == ["svm1"]
