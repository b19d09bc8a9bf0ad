# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_restore: keys that are not available on every node."""

from __future__ import annotations

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured, restore
from simulator import Simulator


def test_restores_keys_after_reboot_of_node(ansible: Ansible, simulator: Simulator) -> None:
    """Every SVM that lost its key is restored, the state is read again, and the second run does nothing."""
    configured(simulator, "svm1", "svm2", None)
    simulator.control.reboot("node1")
    configured(simulator, "svm3")
    cycle = ansible.cycle(restore('svm: "*"')).ok().predicted().settled()
    assert sorted(cycle.apply.requests.lines) == ["GET", "GET", *["POST /UUID/restore"] * 2]
    assert cycle.apply.requests.bodies == [None, None]
    assert all(int(entry["query"]["return_timeout"]) > 0 for entry in cycle.apply.requests.writes)
    assert cycle.apply.actions == {"svm1": "restore", "svm2": "restore", "svm3": "none"}
    assert [entry["job"] and entry["job"]["state"] for entry in cycle.apply.results] == ["success", "success", None]
    assert [record["state"]["available"] for record in cycle.apply.records] == [True, True, True]
    diff = cycle.check.result["diff"]
    assert set(diff["after"]) == {"svm1", "svm2"}
    assert (diff["before"]["svm1"]["state"]["available"], diff["after"]["svm1"]["state"]["available"]) == (False, True)
    assert simulator.control.state()["cluster"]["configuration"]["wrapped"] == ["node2"]


def test_svm_without_volumes_is_restored_only_by_force(ansible: Ansible, simulator: Simulator) -> None:
    """ONTAP's message explains that there is nothing to restore; force still restores."""
    configured(simulator, "svm1", "svm2")
    simulator.control.svm("svm1", volumes=0)
    cycle = ansible.cycle(restore("svm: [svm1, svm2]")).ok().predicted().settled()
    assert not cycle.apply.changed
    assert "No volumes created yet for the SVM" in cycle.apply.results[0]["message"]
    assert cycle.apply.results[1]["message"] is None
    simulator.control.svm("svm1", volumes=1)
    simulator.control.clear_log()
    cycle = ansible.cycle(restore("svm: svm1\nforce: true")).ok().predicted()
    for run in (cycle.apply, cycle.apply_again):
        assert run.changed
        assert run.requests.lines == ["GET", "POST /UUID/restore", "GET"]


def test_old_form_of_state_is_understood(ansible: Ansible, simulator: Simulator) -> None:
    """cluster_state in old responses means available; if it is omitted, the key is not available."""
    configured(simulator, "svm1", "svm2")
    simulator.control.knob(cluster_state_name=True, omit_false=True)
    simulator.control.reboot("node1")
    cycle = ansible.cycle(restore("svm: [svm1, svm2]")).ok().predicted().settled()
    assert cycle.apply.actions == {"svm1": "restore", "svm2": "restore"}
    assert [record["state"]["available"] for record in cycle.apply_again.records] == [True, True]
    assert "cluster_state" not in ansible.output


def test_shows_error_of_failed_restore(ansible: Ansible, simulator: Simulator) -> None:
    """If a node is down, ONTAP's code is reported with a hint for one SVM; the other one has no error."""
    configured(simulator, "svm1", "svm2")
    simulator.control.svm("svm2", wrapped=["node1", "node2"])
    simulator.control.reboot("node1")
    simulator.control.svm("svm2", wrapped=["node1", "node2"])
    simulator.control.node("node2", up=False)
    run = ansible.task(restore("svm: [svm1, svm2]")).refused()
    assert run.error["code"] == "65537515"
    assert run.error["hint"]
    assert run.results[0]["action"] == "restore"
    assert run.results[1]["error"] is None


def test_fails_if_keys_are_still_not_available(ansible: Ansible, simulator: Simulator) -> None:
    """If ONTAP reports success but the keys are still not available, it is an error; wait: false verifies nothing."""
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    before = ansible.task("ontap.akv.akv_info: {fields: ['*', state]}").records
    simulator.control.fault("wrong_shape", method="GET", nth=2, body={"records": before, "num_records": 1})
    run = ansible.task(restore("svm: svm1")).refused()
    assert "still not available" in run.msg
    assert "node1" in run.msg
    assert run.changed
    simulator.control.reboot("node1")
    simulator.control.jobs(hold="running")
    run = ansible.task(restore("svm: svm1\nwait: false")).ok()
    assert run.requests.writes[0]["query"] == {"return_timeout": "0"}
    assert run.results[0]["job"]["state"] in ("queued", "running")
    assert len(run.requests.writes) == 1


def test_missing_configuration_is_error_or_warning(ansible: Ansible, simulator: Simulator) -> None:
    """A wildcard without a match is a warning, a name without a configuration is an error, before any write."""
    configured(simulator, None)
    runs = ansible.tasks([restore('svm: "*"'), restore("svm: svm1"), restore("scope: cluster")])
    assert not runs[0].ok().changed
    assert runs[0].warnings
    assert "svm1" in runs[1].refused().msg
    assert runs[2].ok().actions == {None: "none"}
    assert [run.requests.lines for run in runs] == [["GET"]] * 3
