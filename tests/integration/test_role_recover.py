# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_recover and its playbook: keys that were lost in a reboot or outage are restored, or reported as missing."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, other_cluster, play
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

READ = "Read the state of the keys"
RESTORE = "Restore the keys"


def lost(simulator: Simulator, *svms: str | None) -> None:
    """Configure SVMs (None: the cluster) that lost their keys in a reboot of node1."""
    configured(simulator, *svms)
    simulator.control.reboot("node1")


def wrapped(simulator: Simulator, *svms: str) -> list[list[str]]:
    """Return the nodes that have the keys of SVMs."""
    return [simulator.control.state()["svms"][svm]["configuration"]["wrapped"] for svm in svms]


def test_restores_keys_after_reboot(plays: Ansible, simulator: Simulator) -> None:
    """SVMs and the cluster are restored; one without volumes needs no keys; check mode predicts it; a second run only
    reads, and shows what a restore does not solve.
    """
    lost(simulator, "svm1", "svm2", "svm4", None)
    configured(simulator, "svm3")
    simulator.control.svm("svm4", volumes=0)
    check = play(plays, "recover", None, "--check").ok()
    assert Requests(simulator.control.log()).writes == []
    assert check.hosts["cluster1"]["changed"] == 1
    assert "to be restored: svm1, svm2, the cluster itself" in check.texts
    simulator.control.clear_log()

    first = play(plays, "recover").ok()
    assert first.hosts["cluster1"]["changed"] == 1
    assert "cluster1: restored: svm1, svm2, the cluster itself" in first.texts
    assert "node1" in first.texts
    assert "svm4" not in first.texts
    assert Requests(simulator.control.log()).writes.lines == ["POST /UUID/restore"] * 3
    assert wrapped(simulator, "svm1", "svm2", "svm3", "svm4") == [["node1", "node2"]] * 3 + [["node2"]]
    assert simulator.control.state()["cluster"]["configuration"]["wrapped"] == ["node1", "node2"]
    simulator.control.clear_log()

    again = play(plays, "recover").ok()
    assert again.hosts["cluster1"]["changed"] == 0
    assert "nothing to restore; 5 configurations checked, and no key is missing." in again.texts
    assert "These problems remain" not in again.texts
    assert Requests(simulator.control.log()).lines == ["GET", "GET"]

    simulator.control.azure(reachable=False)
    outage = play(plays, "recover").ok()
    assert "nothing to restore; 5 configurations checked, and no key is missing." in outage.texts
    assert "svm1: the vault cannot be reached" in outage.texts


def test_retries_until_node_is_back(plays: Ansible, simulator: Simulator) -> None:
    """The cluster is unreachable at first, then one SVM cannot be restored at first: both are retried, only for missing
    keys.
    """
    lost(simulator, "svm1", "svm2")
    simulator.control.fault("refuse", times=2)
    simulator.control.condition("restore", "65537515", svm="svm2", times=2)
    played = play(plays, "recover", akv_max_retries=0, akv_retries=2).ok()
    read, restored = (next(run for run in played.runs if run.name.endswith(name)) for name in (READ, RESTORE))
    assert read.result["attempts"] == 3
    assert restored.result["results"][0]["attempts"] == 3
    assert restored.requests.writes.lines == ["POST /UUID/restore"] * 4
    assert played.hosts["cluster1"]["changed"] == 1
    assert wrapped(simulator, "svm1", "svm2") == [["node1", "node2"]] * 2


def test_missing_keys_are_reported(plays: Ansible, simulator: Simulator) -> None:
    """The message has the node and ONTAP's reasons, which are not evaluated; the others are restored."""
    lost(simulator, "svm1", "svm2", None)
    simulator.control.node("node2", up=False, ekmip=False)
    simulator.control.svm("svm2", wrapped=["node1"])
    simulator.control.condition(
        "restore", "65537515", svm="svm1", message="{{ 6 * 7 }} {{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}"
    )
    simulator.control.azure(message="{{ 6 * 7 }}")
    played = play(plays, "recover", akv_retries=0).failed()
    stats = played.last.msg
    assert "svm1: the keys are not available" in stats
    assert "svm2: the keys are not available" in stats
    assert "svm1: the EKMIP server cannot be reached, node node2" in stats
    assert "svm1: the vault cannot be reached" in stats
    assert "Node: node2" in stats
    assert "{{ 6 * 7 }} {{ lookup(" in stats
    assert "svm1" not in stats.split("keys are still missing")[0]


def test_refused_login_and_invalid_option_are_not_retried(plays: Ansible, simulator: Simulator) -> None:
    """This covers a login, which could be locked, and an invalid option."""
    lost(simulator, "svm1")
    wrong = play(plays, "recover", akv_username="admin", akv_password="wrong", akv_retries=3).failed()
    assert "401" in str(wrong.last.result["error"])
    assert len(simulator.control.log()) == 1
    simulator.control.clear_log()

    mistyped = play(plays, "recover", akv_svm="svm1|svm2", akv_retries=3).failed()
    assert "query operator" in mistyped.last.msg
    assert mistyped.last.result.get("attempts", 1) == 1
    assert simulator.control.log() == []


def test_missing_right_is_not_retried(plays: Ansible, simulator: Simulator) -> None:
    """It is not retried, and the error at the end has the reason."""
    lost(simulator, "svm1", "svm2")
    password = plays.secrets.new("password")
    simulator.control.user("looker", password, "readonly")
    played = play(
        plays, "recover", akv_username="looker", akv_password=password, akv_retries=3, akv_concurrency=1
    ).failed()
    assert Requests(simulator.control.log()).writes.lines == ["POST /UUID/restore"]
    assert played.hosts["cluster1"]["changed"] == 0
    assert "svm1: the keys are not available" in played.last.msg
    assert "not authorized" in played.last.msg


def test_each_host_can_be_svm(plays: Ansible, simulator: Simulator) -> None:
    """Each host is only its SVM, even if a survey returns an empty answer."""
    lost(simulator, "svm1", "svm2", "svm3", None)
    hosts: dict[str, Any] = {
        f"{svm}@east": cluster(simulator, akv_cluster="east", akv_svm=svm, akv={"svm": {"name": svm}})
        for svm in ("svm1", "svm2")
    }
    played = play(plays, "recover", hosts, akv_svm="").ok()
    assert "east: restored: svm1" in played.texts
    assert "east: restored: svm2" in played.texts
    assert wrapped(simulator, "svm1", "svm2", "svm3") == [["node1", "node2"]] * 2 + [["node2"]]
    assert simulator.control.state()["cluster"]["configuration"]["wrapped"] == ["node2"]


def test_pattern_selects_svms_of_several_clusters(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """A pattern selects SVMs; a failure on one cluster does not stop the other."""
    for each in (simulator, other):
        lost(each, "svm1", "svm2")
    simulator.control.condition("restore", "65537515")
    west = other_cluster(other)
    played = play(plays, "recover", {"east": cluster(simulator), "west": west}, akv_svm="*2", akv_retries=0).failed()
    assert {host: stats["failures"] for host, stats in played.hosts.items()} == {"east": 1, "west": 0}
    assert wrapped(simulator, "svm1", "svm2") == [["node2"]] * 2
    assert wrapped(other, "svm1", "svm2") == [["node2"], ["node1", "node2"]]
