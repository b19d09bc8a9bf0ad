# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_rotate_key and its playbook: batches, the order of the keys, failures, and runs that continue."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.plays import FAST, cluster, play
from ansible_collections.ontap.akv.tests.integration.support.roles import (
    message,
    refused_logins,
    svm_host,
    two_clusters,
    writes,
)
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    KEY,
    NAME,
    OTHER_KEY,
    SVMS,
    VERSION,
    configured,
)
from simulator import Simulator

PLAYBOOK = "rotate_key"
NEW = {"akv_key_id": OTHER_KEY}
INTERNAL: dict[str, Any] = {"akv_key": "internal", "akv_svm": "*"}
BOTH: dict[str, Any] = {"akv_key": "both", "akv_svm": "*", **NEW}


def encrypted(simulator: Simulator, *svms: str) -> None:
    """Configure SVMs with an encrypted volume."""
    configured(simulator, *svms)
    for svm in svms:
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)


def done(simulator: Simulator, operation: str) -> dict[str, int]:
    """Return SVM -> how often the operation was done."""
    found = {
        svm: each["configuration"] for svm, each in simulator.control.state()["svms"].items() if each["configuration"]
    }
    return {
        svm: configuration["done"][operation]
        for svm, configuration in found.items()
        if configuration["done"].get(operation)
    }


def keys(simulator: Simulator, key: str) -> list[str]:
    """Return the SVMs with this external key."""
    found = simulator.control.state()["svms"]
    return [svm for svm, each in found.items() if each["configuration"] and each["configuration"]["key_id"] == key]


def labels(*svms: str, of: str = "cluster1") -> list[str]:
    """Return SVM@CLUSTER for each SVM."""
    return [f"{svm}@{of}" for svm in svms]


def test_both_keys_are_rotated_in_batches(plays: Ansible, simulator: Simulator) -> None:
    """Check mode sends no writes and counts nothing as done; each batch gets external keys before internal ones."""
    encrypted(simulator, *SVMS)
    configured(simulator, None)
    check = play(plays, PLAYBOOK, None, "--check", **BOTH, akv_batch_size=2).ok()
    assert writes(simulator) == []
    assert check.stats == {}
    played = play(plays, PLAYBOOK, **BOTH, akv_batch_size=2).ok()
    assert check.hosts["cluster1"]["changed"] == played.hosts["cluster1"]["changed"] == 6
    sent = [sorted(set(run.requests.writes.lines)) for run in played.runs if run.requests.writes]
    assert sent == [["POST /UUID/rekey-external"], ["POST /UUID/rekey-internal"]] * 3
    assert [len(run.requests.writes) for run in played.runs if run.requests.writes] == [2, 2, 2, 2, 1, 1]
    assert keys(simulator, OTHER_KEY) == list(SVMS)
    assert simulator.control.state()["cluster"]["configuration"]["key_id"] == KEY
    assert played.stats["akv_done"] == labels(*SVMS)
    summary = "cluster1: 5 of 5 SVMs {} the key " + OTHER_KEY + "; 5 of 5 SVMs {} a new internal key."
    assert message(check) == summary.format("would use", "would have")
    assert message(played) == summary.format("use", "have")
    # In a second run, the external keys are unchanged.
    simulator.control.clear_log()
    again = play(plays, PLAYBOOK, **{**BOTH, "akv_key": "external"}).ok()
    assert again.hosts["cluster1"]["changed"] == 0
    assert writes(simulator) == []


def test_next_run_continues_failed_one(plays: Ansible, simulator: Simulator) -> None:
    """The first run stops at its batch and reports completed SVMs; the next one does only the rest, and reports all."""
    encrypted(simulator, *SVMS)
    simulator.control.condition(
        "rekey-internal", "65537547", svm="svm3", message="{{ lookup('ansible.builtin.pipe', 'touch evaluated') }}"
    )
    first = play(plays, PLAYBOOK, **INTERNAL, akv_batch_size=2).failed()
    assert done(simulator, "rekey-internal") == {"svm1": 1, "svm2": 1, "svm4": 1}
    assert first.stats["akv_done"] == labels("svm1", "svm2", "svm4")
    found = message(first)
    for part in (
        "Stopped. cluster1: 3 of 5 SVMs are known to have a new internal key.",
        "- svm3: ",
        "run the playbook again with -e akv_done=svm1@cluster1,svm2@cluster1,svm4@cluster1.",
    ):
        assert part in found
    assert "lookup('ansible.builtin.pipe', 'touch evaluated')" in found
    assert not (first.folder / "evaluated").exists()
    # The list as a workflow of AWX passes it.
    simulator.control.clear_conditions()
    second = play(plays, PLAYBOOK, **INTERNAL, akv_done=first.stats["akv_done"]).ok()
    assert done(simulator, "rekey-internal") == dict.fromkeys(SVMS, 1)
    assert second.stats["akv_done"] == labels("svm1", "svm2", "svm4", "svm3", "svm5")
    assert message(second) == "cluster1: 2 of 5 SVMs have a new internal key; 3 were done by an earlier run."
    # The list as a user types it, with another cluster and an unknown SVM.
    simulator.control.clear_log()
    text = ",\n".join([*second.stats["akv_done"], "svm1@cluster2", "svm9@cluster1"])
    third = play(plays, PLAYBOOK, **INTERNAL, akv_done=text).ok()
    assert writes(simulator) == []
    assert "svm1@cluster2" not in third.stats["akv_done"]
    assert sorted(third.stats["akv_done"]) == labels(*SVMS, "svm9")


def test_allowed_failures_do_not_stop_run(plays: Ansible, simulator: Simulator) -> None:
    """Allowed failures do not stop the run, but it fails at the end. An SVM without internal keys counts as done."""
    encrypted(simulator, *SVMS)
    simulator.control.svm("svm1", encrypted_volumes=0)
    simulator.control.condition("rekey-external", "346758", svm="svm2")
    simulator.control.condition("rekey-internal", "65537547", svm="svm4")
    played = play(plays, PLAYBOOK, **BOTH, akv_batch_size=2, akv_max_failures=2).failed()
    assert done(simulator, "rekey-external") == {"svm1": 1, "svm3": 1, "svm4": 1, "svm5": 1}
    # The SVM whose external key failed gets no new internal key.
    assert done(simulator, "rekey-internal") == {"svm3": 1, "svm5": 1}
    assert played.stats["akv_done"] == labels("svm1", "svm3", "svm5")
    found = message(played)
    assert "2 of 5 SVMs are known to have a new internal key; 1 has no internal key yet (svm1)." in found
    assert "Stopped" not in found
    assert "- svm2: " in found
    assert "- svm4: " in found
    assert "svm1: " not in found


def test_unreachable_vault_after_rekey_is_failure(plays: Ansible, simulator: Simulator) -> None:
    """An SVM whose vault is unreachable afterwards does not count as done; others of its batch do."""
    encrypted(simulator, "svm1", "svm2", "svm3")
    configured(
        simulator,
        "svm2",
        name="https://elsewhere.vault.azure.net/",
        key_id="https://elsewhere.vault.azure.net/keys/key1",
    )
    simulator.control.azure(vaults=[NAME])
    played = play(plays, PLAYBOOK, **INTERNAL, akv_batch_size=2).failed()
    assert "Stopped. cluster1: 1 of 3 SVMs is known to have a new internal key." in message(played)
    assert "svm2: " in message(played)
    assert played.stats["akv_done"] == labels("svm1")
    assert "svm3" not in done(simulator, "rekey-internal")


def test_failed_verification_is_retried_and_reported(plays: Ansible, simulator: Simulator) -> None:
    """It is retried; if it remains, nothing of the batch is done, and the cluster's message is reported."""
    encrypted(simulator, "svm1", "svm2")
    # The earlier reads are those of the role and of the module.
    simulator.control.fault("status", method="GET", path="azure-key-vaults", nth=4, times=1, status=500)
    played = play(plays, PLAYBOOK, **INTERNAL, akv_batch_size=1, akv_max_retries=0).ok()
    assert played.stats["akv_done"] == labels("svm1", "svm2")
    simulator.control.clear_faults()
    simulator.control.fault("status", method="GET", path="azure-key-vaults", nth=4, times=None, status=500)
    played = play(plays, PLAYBOOK, **INTERNAL, akv_batch_size=1, akv_max_retries=0).failed()
    assert played.stats["akv_done"] == []
    assert "500" in message(played)
    assert "no configuration" not in message(played)


def test_refused_login_stops_run(plays: Ansible, simulator: Simulator) -> None:
    """No further batch is started even if failures are allowed, and SVMs that were not started do not count as done."""
    encrypted(simulator, *SVMS)
    simulator.control.fault("status", method="POST", nth=2, times=None, status=401)
    played = play(plays, PLAYBOOK, **INTERNAL, akv_batch_size=3, akv_max_failures=100, akv_concurrency=1).failed()
    assert refused_logins(simulator) == 1
    assert done(simulator, "rekey-internal") == {"svm1": 1}
    assert played.stats["akv_done"] == labels("svm1")
    found = message(played)
    for part in ("Stopped. cluster1: 1 of 5 SVMs is known to have a new internal key.", "svm2: ", "svm3: not started"):
        assert part in found


def test_refused_login_at_last_read_stops_run(plays: Ansible, simulator: Simulator) -> None:
    """The external key is changed; re-keying the internal one would be another refused login."""
    encrypted(simulator, "svm1", "svm2")
    simulator.control.fault("status", method="GET", nth=3, times=None, status=401)
    play(plays, PLAYBOOK, **BOTH, akv_batch_size=1, akv_max_failures=100).failed()
    assert refused_logins(simulator) == 1
    assert writes(simulator).lines == ["POST /UUID/rekey-external"]


def test_failure_on_one_cluster_stops_other_after_batch(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """If one of two parallel clusters stops, the other completes its batch; the work of both is reported together, also
    by the next run.
    """
    hosts = two_clusters(simulator, other)
    encrypted(simulator, "svm1", "svm2", "svm3")
    encrypted(other, "svm1", "svm2", "svm3")
    simulator.control.condition("rekey-internal", "65537547", svm="svm2")
    first = play(plays, PLAYBOOK, hosts, **INTERNAL, akv_batch_size=2).failed()
    assert sorted(first.stats["akv_done"]) == ["svm1@cluster1", "svm1@cluster2", "svm2@cluster2"]
    simulator.control.clear_conditions()
    # One of them is unreachable: its earlier work is still reported.
    down = {**hosts, "cluster2": {**hosts["cluster2"], "akv_http_port": 1, "akv_max_retries": 0}}
    second = play(
        plays, PLAYBOOK, down, **INTERNAL, akv_done=first.stats["akv_done"], akv_max_fail_percentage=100
    ).failed()
    assert "no connection to 127.0.0.1:1" in message(second, "cluster2")
    assert sorted(second.stats["akv_done"]) == sorted(
        [*labels("svm1", "svm2", "svm3"), *labels("svm1", "svm2", of="cluster2")]
    )
    third = play(plays, PLAYBOOK, hosts, **INTERNAL, akv_done=second.stats["akv_done"]).ok()
    assert done(simulator, "rekey-internal") == done(other, "rekey-internal") == {"svm1": 1, "svm2": 1, "svm3": 1}
    assert len(third.stats["akv_done"]) == 6


def test_each_host_can_be_svm(plays: Ansible, simulator: Simulator) -> None:
    """Each host is only its SVM, even if a survey returns an empty answer; completed SVMs are skipped."""
    encrypted(simulator, "svm1", "svm2", "svm3")
    hosts = {f"{svm}@east": svm_host(simulator, svm) for svm in ("svm1", "svm2", "svm3")}
    played = play(plays, PLAYBOOK, hosts, akv_key="internal", akv_svm="", akv_key_id="", akv_done=["svm1@east"]).ok()
    assert done(simulator, "rekey-internal") == {"svm2": 1, "svm3": 1}
    assert sorted(played.stats["akv_done"]) == labels("svm1", "svm2", "svm3", of="east")
    # Ansible runs a task of an include on several hosts at a time only if the include is the same for them.
    assert played.output.count(": Re-key the internal keys") == 1


def test_hosts_that_are_svms_are_rekeyed_at_the_same_time(plays: Ansible, simulator: Simulator) -> None:
    """No job ends before each host has started its own, so hosts that waited for each other would fail."""
    svms = ("svm1", "svm2", "svm3")
    encrypted(simulator, *svms)
    simulator.control.jobs(hold="running")
    ended, started = threading.Event(), threading.Event()

    def release() -> None:
        while not ended.wait(0.05):
            if len(writes(simulator)) == len(svms):
                started.set()
                simulator.control.jobs(hold=None)
                return

    with ThreadPoolExecutor() as pool:
        pool.submit(release)
        try:
            hosts = {f"{svm}@east": svm_host(simulator, svm) for svm in svms}
            play(plays, PLAYBOOK, hosts, **{**INTERNAL, "akv_svm": ""}).ok()
        finally:
            ended.set()
    assert started.is_set()
    assert done(simulator, "rekey-internal") == dict.fromkeys(svms, 1)


def test_invalid_requests_are_refused_before_any_write(plays: Ansible, simulator: Simulator) -> None:
    """One host for each error; no writes are sent."""
    encrypted(simulator, "svm1")
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "no_key_id": ({"akv_key": "external", "akv_svm": "*"}, "akv_key_id is required with akv_key: external"),
        "empty_key_id": (
            {"akv_key": "both", "akv_svm": "*", "akv_key_id": ""},
            "akv_key_id is required with akv_key: both",
        ),
        "unknown_key": ({"akv_key": "all", "akv_svm": "*"}, "akv_key"),
        "no_key": ({"akv_svm": "*"}, "akv_key"),
        "no_svm": ({"akv_key": "internal"}, "akv_svm"),
        "empty_svm": ({"akv_key": "internal", "akv_svm": ""}, "akv_svm: it is empty"),
        "empty_list": ({"akv_key": "internal", "akv_svm": []}, "akv_svm: it is empty"),
        "unknown_svm": ({"akv_key": "internal", "akv_svm": "svm1, svm9"}, "svm9: no configuration"),
        "comma": ({"akv_key": "internal", "akv_svm": ","}, "it is empty"),
        "operator": ({"akv_key": "internal", "akv_svm": "!svm9"}, "operator"),
        "no_batch": ({**INTERNAL, "akv_batch_size": 0}, "akv_batch_size"),
        "bad_key_id": ({"akv_key": "external", "akv_svm": "*", "akv_key_id": "key2"}, "key2"),
    }
    hosts = {name: cluster(simulator, **given) for name, (given, _said) in wrong.items()}
    played = play(plays, PLAYBOOK, hosts, akv_max_fail_percentage=100).failed()
    for name, (_given, reason) in wrong.items():
        assert reason in message(played, name), name
    assert writes(simulator) == []


def test_key_with_version_is_not_set_again(plays: Ansible, simulator: Simulator) -> None:
    """Since 9.14 a cluster reports versions, so the same key is not set again; SVMs are named by UUID and name."""
    simulator.control.reset(version="9.14.1")
    encrypted(simulator, "svm1", "svm2")
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    wanted = {"akv_key": "external", "akv_svm": ["svm1", uuid], "akv_key_id": f"{OTHER_KEY}/{VERSION}"}
    played = play(plays, PLAYBOOK, **wanted).ok()
    assert keys(simulator, f"{OTHER_KEY}/{VERSION}") == ["svm1", "svm2"]
    assert played.stats["akv_done"] == labels("svm1", "svm2")
    assert play(plays, PLAYBOOK, **wanted).ok().hosts["cluster1"]["changed"] == 0
    assert done(simulator, "rekey-external") == {"svm1": 1, "svm2": 1}


def test_role_can_be_included_twice_in_own_play(plays: Ansible, simulator: Simulator) -> None:
    """SVMs and keys differ, and the first failure is rescued: the later runs are not affected by it."""
    encrypted(simulator, "svm1", "svm2", "svm3")
    simulator.control.condition("rekey-internal", "65537547", svm="svm1", times=1)
    role = {"ansible.builtin.include_role": {"name": "ontap.akv.akv_rotate_key"}}
    own = {
        "hosts": "all",
        "gather_facts": False,
        "connection": "local",
        "module_defaults": {"group/ontap.akv.akv": {"hostname": simulator.hostname, "http_port": simulator.port}},
        "tasks": [
            {
                "block": [{**role, "vars": {"akv_key": "internal", "akv_svm": ["svm1", "svm2"]}}],
                "rescue": [
                    {
                        "ansible.builtin.debug": {
                            "msg": "left: {{ akv_rotate_key_failed | map(attribute='svm') | join(',') }}"
                        }
                    }
                ],
            },
            {**role, "vars": {"akv_key": "external", "akv_svm": "svm3", **NEW}},
            {
                **role,
                "vars": {"akv_key": "internal", "akv_svm": ["svm1", "svm2"], "akv_done": "{{ akv_rotate_key_done }}"},
            },
        ],
    }
    plays.variables = dict(FAST)
    played = plays.play([own], {"cluster1": {}}).ok()
    assert "left: svm1" in played.texts
    assert keys(simulator, OTHER_KEY) == ["svm3"]
    assert f"cluster1: 1 of 1 SVM uses the key {OTHER_KEY}." in played.texts
    assert message(played) == "cluster1: 2 of 2 SVMs have a new internal key."
    assert done(simulator, "rekey-internal") == {"svm1": 1, "svm2": 2}


@pytest.mark.parametrize("key", ["internal", "both"])
def test_failed_job_is_reported_with_code(plays: Ansible, simulator: Simulator, key: str) -> None:
    """A failed job is a failure of its SVM, reported with the code of the job."""
    encrypted(simulator, "svm1")
    simulator.control.jobs(fail="65536883")
    played = play(plays, PLAYBOOK, **{**BOTH, "akv_key": key}).failed()
    assert "(ONTAP error 65536883)" in message(played)
    assert played.stats["akv_done"] == []
    assert done(simulator, "rekey-internal") == {}
