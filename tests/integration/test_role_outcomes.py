# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No wrong run succeeds: runs without hosts, unknown variables, standby configurations, and become in an inventory."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, play
from ansible_collections.ontap.akv.tests.integration.support.roles import message, svm_host, writes
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    CLIENT_ID,
    OTHER_CLIENT_ID,
    PROPERTIES,
    configured,
)
from simulator import Simulator


def test_playbook_without_matching_host_fails(plays: Ansible, simulator: Simulator) -> None:
    """An empty inventory, a wrong pattern or a limit without hosts fail; a limit with a host succeeds."""
    configured(simulator, "svm1")
    hosts = {"east": cluster(simulator), "west": cluster(simulator)}
    for name, given, arguments, part in (
        ("health", {}, ("-e", "akv_hosts=all"), "'all': the inventory is empty"),
        ("recover", hosts, ("-e", "akv_hosts=typo"), "matches the pattern 'typo'"),
        ("report", hosts, ("-e", "akv_hosts=west", "--limit", "east"), "the pattern 'west' and the limit 'east'"),
        ("heal", hosts, ("--limit", "east"), "the pattern 'localhost' and the limit 'east'"),
    ):
        plays.variables = {}
        played = plays.play(f"ontap.akv.{name}", given, *arguments)
        assert played.status not in (0, 2), name
        assert part in " ".join(played.output.split()), name
    assert simulator.control.log() == []
    limited = play(plays, "health", hosts, "--limit", "west").ok()
    assert list(limited.hosts) == ["west"]


@pytest.mark.parametrize(
    ("playbook", "given"), [("rotate_credentials", {"akv_canaries": "svm2"}), ("health", {"akv_check": "state"})]
)
def test_unknown_variable_fails_run(plays: Ansible, simulator: Simulator, playbook: str, given: dict[str, Any]) -> None:
    """The error suggests the nearest known name; no request is sent."""
    (name,) = given
    played = play(
        plays, playbook, akv_client_id=CLIENT_ID, akv_client_secret=plays.secrets.new("secret"), **given
    ).failed()
    nearest = {"akv_canaries": "akv_canary", "akv_check": "akv_checks"}[name]
    assert f"{name} is not a variable of this collection. Did you mean {nearest}?" in message(played)
    assert simulator.control.log() == []


def test_become_and_interpreter_of_inventory_are_ignored(plays: Ansible, simulator: Simulator) -> None:
    """They affect neither modules nor files that a role writes on the controller; a missing program would fail both."""
    configured(simulator, "svm1")
    settings = {
        "ansible_become": True,
        "ansible_become_exe": "/nonexistent/sudo",
        "ansible_python_interpreter": "/nonexistent/python",
    }
    hosts = {"east": cluster(simulator, **settings), "localhost": {**settings, "ansible_connection": "local"}}
    for way in ({}, {"ontap_akv_in_process": False}):
        play(plays, "report", hosts, akv_hosts="east", **way).ok()


def test_standby_configurations_are_rotated_and_removed(plays: Ansible, simulator: Simulator) -> None:
    """The rotation includes those of the same application; the removal includes all configurations of the SVM."""
    simulator.control.reset({"version": "9.14.1"})
    configured(simulator, "svm1", "svm2")
    configured(simulator, "svm1", configuration="standby", enabled=False)
    configured(simulator, "svm2", configuration="other", enabled=False, client_id=OTHER_CLIENT_ID)
    secret = plays.secrets.new("new-secret")
    played = play(plays, "rotate_credentials", akv_client_id=CLIENT_ID, akv_client_secret=secret).ok()
    assert [body.get("client_secret") for body in writes(simulator).bodies] == [secret] * 3
    assert "ONTAP checks only enabled configurations: svm1/standby" in played.texts
    simulator.control.clear_log()
    removed = play(plays, "decommission", akv_svm="svm1", akv_confirm=True).ok()
    assert "cluster1: removed: svm1/standby, svm1" in removed.texts
    assert len(writes(simulator)) == 2


def test_svm_of_another_application_is_error(plays: Ansible, simulator: Simulator) -> None:
    configured(simulator, "svm1")
    configured(simulator, "svm2", client_id=OTHER_CLIENT_ID)
    given: dict[str, Any] = {
        "akv_client_id": CLIENT_ID,
        "akv_client_secret": plays.secrets.new("secret"),
        "akv_svm": ["svm1", "svm2"],
    }
    played = play(plays, "rotate_credentials", **given).failed()
    assert f"svm2: its configuration uses the application {OTHER_CLIENT_ID}" in message(played)
    assert writes(simulator) == []


def test_duplicate_svm_is_error_and_removal_needs_no_credential(plays: Ansible, simulator: Simulator) -> None:
    """An SVM by name and by UUID is an error before any write; a removal ignores two credentials in the environment."""
    configured(simulator, "svm3")
    uuid = simulator.control.state()["svms"]["svm1"]["uuid"]
    plays.environment |= {f"ONTAP_AKV_CLIENT_{kind}": plays.secrets.new(kind) for kind in ("SECRET", "CERTIFICATE")}
    played = play(
        plays, "configure", akv_configurations=[{"svm": "svm1"}, {"svm": uuid}], akv_common=dict(PROPERTIES)
    ).failed()
    assert "akv_configurations: svm1 appears in more than one entry" in message(played)
    assert writes(simulator) == []
    play(plays, "configure", akv_configurations=[{"svm": "svm3", "state": "absent"}], akv_common=dict(PROPERTIES)).ok()
    assert writes(simulator).lines == ["DELETE /UUID"]


def test_disabled_configuration_is_problem(plays: Ansible, simulator: Simulator) -> None:
    simulator.control.reset({"version": "9.14.1"})
    configured(simulator, "svm1", enabled=False)
    played = play(plays, "configure", akv_configurations=[{"svm": "svm1"}], akv_common=dict(PROPERTIES)).failed()
    assert "svm1: no configuration is enabled (not enabled: default)." in message(played)
    health = play(plays, "health").failed()
    assert health.stats["akv_problems"] == ["cluster1: svm1: no configuration is enabled (not enabled: default)."]


def test_configure_refuses_hosts_that_are_svms(plays: Ansible, simulator: Simulator) -> None:
    """The error is one line for each host, without the specification of the role."""
    hosts = {f"{svm}@east": svm_host(simulator, svm) for svm in ("svm1", "svm2")}
    played = play(plays, "configure", hosts).failed()
    for svm in ("svm1", "svm2"):
        text = "The hosts of ontap.akv.akv_configure have to be clusters, and this host is the SVM"
        assert message(played, f"{svm}@east").startswith(f"{text} {svm}.")
    assert "argument_spec" not in played.output
    assert simulator.control.log() == []


def test_hosts_that_were_not_started_count_as_failed(plays: Ansible, simulator: Simulator) -> None:
    """A retry or relaunch on failed hosts then includes them; an SVM without an internal key is not a failed task."""
    configured(simulator, "svm1", "svm2", "svm3")
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)
    simulator.control.condition("rekey-internal", "65537547", svm="svm1")
    hosts = {f"{svm}@east": svm_host(simulator, svm) for svm in ("svm1", "svm2", "svm3")}
    # The whole first batch fails.
    played = play(plays, "rotate_key", hosts, akv_key="internal", akv_serial=1).failed()
    assert {host: counts["failures"] for host, counts in played.hosts.items()} == dict.fromkeys(hosts, 1)
    assert "Not started, because 1 host failed: svm1@east." in message(played, "svm2@east")
    simulator.control.clear_conditions()
    again = play(plays, "rotate_key", hosts, akv_key="internal").ok()
    assert {host: counts["failures"] + counts["ignored"] for host, counts in again.hosts.items()} == dict.fromkeys(
        hosts, 0
    )
    assert message(again, "svm3@east") == ("east: 0 of 1 SVM has a new internal key; 1 has no internal key yet (svm3).")
