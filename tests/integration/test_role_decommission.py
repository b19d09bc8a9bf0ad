# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_decommission and its playbook: only SVMs that are named and confirmed lose their configuration."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, other_cluster, play
from ansible_collections.ontap.akv.tests.integration.support.roles import message
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

SVM_LIST = "GET /api/svm/svms"


def left(simulator: Simulator) -> list[str]:
    """Return the owners that still have a configuration."""
    found = simulator.control.state()
    owners = {**found["svms"], "the cluster": found["cluster"]}
    return [name for name, owner in owners.items() if owner["configuration"]]


def test_removes_and_verifies_configurations(plays: Ansible, simulator: Simulator) -> None:
    """Names and UUIDs are accepted; check mode predicts the removal; others and the cluster's remain; a second run
    sends no write.
    """
    configured(simulator, "svm1", "svm2", "svm3", None)
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    wanted: dict[str, Any] = {"akv_svm": ["svm1", uuid, "svm4"], "akv_confirm": True}
    check = play(plays, "decommission", None, "--check", **wanted).ok()
    assert Requests(simulator.control.log()).writes == []
    assert "cluster1: to be removed: svm1, svm2" in check.texts
    first = play(plays, "decommission", **wanted).ok()
    assert message(first) == "cluster1: removed: svm1, svm2\n- Without a configuration: svm4"
    assert first.hosts["cluster1"]["changed"] == check.hosts["cluster1"]["changed"] == 1
    assert Requests(simulator.control.log()).writes.lines == ["DELETE /UUID"] * 2
    assert left(simulator) == ["svm3", "the cluster"]
    simulator.control.clear_log()
    again = play(plays, "decommission", **wanted | {"akv_svm": "svm1,svm4", "akv_confirm": "true"}).ok()
    assert message(again) == "cluster1: removed: nothing\n- Without a configuration: svm1, svm4"
    assert again.hosts["cluster1"]["changed"] == 0
    assert Requests(simulator.control.log()).lines == [SVM_LIST, "GET", "GET"]


def test_unknown_svm_removes_nothing(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """A name that exists on only one of two clusters removes nothing either."""
    configured(simulator, "svm1")
    configured(other, "svm1")
    other.control.add_svm("svm6")
    hosts = {
        "east": cluster(simulator),
        "west": other_cluster(other),
    }
    played = play(plays, "decommission", hosts, akv_svm="svm1,svm6", akv_confirm="yes").failed()
    assert "east has no SVM svm6. Nothing was removed; correct akv_svm." in played.texts
    assert [Requests(each.control.log()).lines for each in (simulator, other)] == [[SVM_LIST]] * 2
    assert (left(simulator), left(other)) == (["svm1"], ["svm1"])


def test_refused_removals_are_reported(plays: Ansible, simulator: Simulator) -> None:
    """Each refusal is reported with ONTAP's error; the others are removed."""
    configured(simulator, "svm1", "svm2", "svm3")
    for svm in ("svm1", "svm3"):
        simulator.control.svm(svm, encrypted_volumes=2)
    played = play(plays, "decommission", akv_svm=["svm1", "svm2", "svm3"], akv_confirm=True).failed()
    found = played.last.msg
    assert found.startswith("cluster1: removed: svm2. Not removed:")
    assert [line.split(":")[0] for line in found.splitlines()[1:]] == ["- svm1", "- svm3"]
    assert found.count("65536867") == 2
    assert played.hosts["cluster1"]["changed"] == 1
    assert left(simulator) == ["svm1", "svm3"]


def test_remaining_configuration_is_reported(plays: Ansible, simulator: Simulator) -> None:
    """ONTAP reports success although the configuration remains; an unreachable cluster fails before any write."""
    configured(simulator, "svm1")
    simulator.control.fault("wrong_shape", method="DELETE", before=True, status=200, body={})
    played = play(plays, "decommission", akv_svm="svm1", akv_confirm=True).failed()
    assert "- svm1: it still has a configuration" in played.last.msg
    simulator.control.fault("refuse", times=None)
    lost = play(plays, "decommission", akv_svm="svm1", akv_confirm=True, akv_max_retries=0).failed()
    assert f"connection to {simulator.hostname}" in lost.last.msg
    assert left(simulator) == ["svm1"]


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"akv_svm": "svm1"}, "akv_confirm is not set. Add -e akv_confirm=true to remove the configurations of svm1."),
        ({"akv_svm": "svm1", "akv_confirm": "no"}, "akv_confirm is not set"),
        ({"akv_svm": "svm1", "akv_confirm": ""}, "akv_confirm"),
        ({"akv_svm": "", "akv_confirm": True}, "akv_svm: it is empty"),
        ({"akv_svm": [], "akv_confirm": True}, "akv_svm: it is empty"),
        ({"akv_svm": "svm*", "akv_confirm": True}, "does not accept wildcards"),
        ({"akv_svm": ["svm1", ""], "akv_confirm": True}, "it is empty"),
        ({"akv_confirm": True}, "akv_svm"),
    ],
)
def test_unconfirmed_and_invalid_requests_are_refused(
    plays: Ansible, simulator: Simulator, variables: dict[str, Any], reason: str
) -> None:
    """They are refused before any request."""
    configured(simulator, "svm1")
    played = play(plays, "decommission", **variables).failed()
    assert reason in played.last.msg
    assert simulator.control.log() == []


def test_missing_right_to_read_svms_removes_nothing(plays: Ansible, simulator: Simulator) -> None:
    """Without the right to read SVMs, nothing is removed."""
    configured(simulator, "svm1")
    refusal = {"error": {"code": "6", "message": "not authorized for that command"}}
    simulator.control.fault("wrong_shape", path="/api/svm/svms", before=True, status=403, body=refusal)
    played = play(plays, "decommission", akv_svm="svm1", akv_confirm=True).failed()
    assert "not authorized" in played.last.msg
    assert played.last.error["path"] == "/api/svm/svms"
    assert Requests(simulator.control.log()).lines == [SVM_LIST]


def test_each_host_can_be_svm(plays: Ansible, simulator: Simulator) -> None:
    """The variable of a host names its SVM; an empty answer of a survey removes nothing."""
    configured(simulator, "svm1", "svm2")
    hosts = {"svm1@east": cluster(simulator, akv_cluster="east", akv_svm="svm1", akv={"svm": {"name": "svm1"}})}
    play(plays, "decommission", hosts, akv_svm="", akv_confirm=True).failed()
    assert left(simulator) == ["svm1", "svm2"]
    played = play(plays, "decommission", hosts, akv_confirm=True).ok()
    assert "east: removed: svm1" in played.texts
    assert left(simulator) == ["svm2"]


def test_password_that_is_part_of_names_keeps_results(plays: Ansible, simulator: Simulator) -> None:
    """Masking keeps keys and names in results, so that the role can report them."""
    configured(simulator, "svm1", "svm2")
    simulator.control.user("tester", "svm")
    plays.environment.update(ONTAP_USERNAME="tester", ONTAP_PASSWORD="svm")
    played = play(plays, "decommission", akv_svm=["svm1"], akv_confirm=True).ok()
    assert "removed: svm1" in played.texts
    assert left(simulator) == ["svm2"]
