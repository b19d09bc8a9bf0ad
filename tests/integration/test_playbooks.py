# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the playbooks have in common: their hosts, connection and batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, other_cluster, play
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

#: Playbooks that write, and playbooks that only read.
CHANGING = ("configure", "decommission", "recover", "rotate_credentials", "rotate_key")
LOOKING = ("health", "report")
#: All variables that a playbook requires, except the hosts.
EVERYTHING: dict[str, Any] = {
    "akv_configurations": [{"svm": "svm1", "state": "absent"}],
    "akv_svm": "svm1",
    "akv_confirm": True,
    "akv_key": "internal",
    "akv_client_id": "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa",
    "akv_client_secret": "made-up",
    "akv_retries": 0,
}
CONNECTION = (
    *(
        "akv_hostname",
        "akv_http_port",
        "akv_https",
        "akv_username",
        "akv_password",
        "akv_cert_filepath",
        "akv_key_filepath",
    ),
    *("akv_validate_certs", "akv_ca_path", "akv_timeout", "akv_max_retries"),
)
#: Nothing listens there.
DOWN = {"akv_hostname": "127.0.0.1", "akv_http_port": 1, "akv_max_retries": 0}


def failures(played: Played) -> dict[str, int]:
    """Return host -> number of failed tasks; a host that is missing was never started."""
    return {host: told["failures"] for host, told in played.hosts.items()}


@pytest.mark.parametrize("name", CHANGING)
def test_missing_hosts_variable_sends_nothing(plays: Ansible, simulator: Simulator, name: str) -> None:
    """If it is not set or is the empty answer of a survey, the run ends at once with a message."""
    configured(simulator, "svm1")
    plays.variables = EVERYTHING
    hosts = {"cluster1": cluster(simulator)}
    played = plays.play(f"ontap.akv.{name}", hosts)
    assert played.status not in (0, 2)
    assert "akv_hosts is required: the hosts of the inventory to run on" in played.output
    empty = plays.play(f"ontap.akv.{name}", hosts, "-e", "akv_hosts=")
    assert empty.status not in (0, 2)
    assert [run for each in (played, empty) for run in each.runs] == []
    assert simulator.control.log() == []


def test_syntax_check_needs_hosts_only_for_writes(plays: Ansible, simulator: Simulator) -> None:
    """It is valid with hosts; for playbooks that only read also without."""
    hosts = {"cluster1": cluster(simulator)}
    names = [f"ontap.akv.{name}" for name in (*CHANGING, *LOOKING)]
    plays.play(names[0], hosts, "--syntax-check", "-e", "akv_hosts=all", *names[1:]).ok()
    refused = plays.play("ontap.akv.decommission", hosts, "--syntax-check")
    assert refused.status not in (0, 2)
    assert "akv_hosts is required" in refused.output
    plays.play("ontap.akv.health", hosts, "--syntax-check", "ontap.akv.report").ok()


def test_address_comes_from_first_variable_that_is_set(plays: Ansible, simulator: Simulator) -> None:
    """akv_hostname, ansible_host, the name of the host, and for localhost the environment; other connection variables
    of the inventory do not matter.
    """
    configured(simulator, "svm1")
    plays.environment |= {"ONTAP_HOSTNAME": "127.0.0.2", "ONTAP_HTTP_PORT": str(simulator.port)}
    hosts: dict[str, dict[str, Any]] = {
        "127.0.0.1": {},
        "cluster1": {
            "ansible_host": "127.0.0.1",
            "ansible_connection": "ssh",
            "ansible_python_interpreter": "/nonexistent/python",
        },
        "cluster2": {"ansible_host": "192.0.2.1", "akv_hostname": "127.0.0.1", "akv_http_port": ""},
        "cluster3": {"akv_hostname": "", "ansible_host": "127.0.0.1", "akv_http_port": str(simulator.port)},
        "localhost": {"ansible_connection": "local", "akv_max_retries": 0},
    }
    played = play(plays, "health", hosts).failed()
    assert failures(played) == {"127.0.0.1": 0, "cluster1": 0, "cluster2": 0, "cluster3": 0, "localhost": 1}
    assert f"127.0.0.2:{simulator.port}" in played.stats["akv_problems"][0]
    assert Requests(simulator.control.log()).lines.count("GET") == 4
    plays.environment["ONTAP_HOSTNAME"] = "127.0.0.3"
    assert (
        "127.0.0.3"
        in play(plays, "health", {"cluster1": DOWN}, akv_hosts="localhost", akv_max_retries=0)
        .failed()
        .stats["akv_problems"][0]
    )
    plays.environment["ONTAP_HOSTNAME"] = "127.0.0.1"
    implicit = play(plays, "health", {"cluster1": DOWN}, akv_hosts="localhost").ok()
    assert implicit.stats["akv_checked"] == 1
    empty = play(plays, "health", {"cluster1": DOWN}, akv_hosts="localhost", akv_hostname="").failed()
    assert "hostname: it is empty" in empty.texts + empty.output


def test_connection_variables_apply(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Each variable of the connection applies; an empty one, which AWX may set, counts as not set."""
    configured(simulator, "svm1")
    del plays.environment["ONTAP_CA_PATH"]
    empty_file = tmp_path / "empty.pem"
    empty_file.touch()
    ca = {"akv_ca_path": str(simulator.ca_path)}
    with Simulator(svms=["svm1"], tls=False) as plain:
        hosts = {
            "without": cluster(simulator),
            "empty": {**dict.fromkeys(CONNECTION, ""), **cluster(simulator)},
            "none": {**dict.fromkeys(CONNECTION), **cluster(simulator)},
            "empty_ca": cluster(simulator, akv_ca_path=str(empty_file)),
            "ca": cluster(simulator, **ca, akv_timeout="20", akv_max_retries="0"),
            "unverified": cluster(simulator, akv_validate_certs=False),
            "unverified_text": cluster(simulator, akv_validate_certs="no"),
            "verified_text": cluster(simulator, akv_validate_certs="True", **ca),
            "certificate": cluster(
                simulator,
                **ca,
                akv_cert_filepath=simulator.client_cert_path,
                akv_key_filepath=simulator.client_key_path,
            ),
            "login": cluster(simulator, **ca, akv_username="nobody", akv_password="made-up"),
            "no_time": cluster(simulator, **ca, akv_timeout="0"),
            "plain": cluster(
                plain,
                akv_https=False,
                akv_username=plain.username,
                akv_password=plays.secrets.hide("plain", plain.password),
            ),
        }
        played = play(plays, "health", hosts, akv_checks="state").failed()
    failed = [host for host, number in failures(played).items() if number]
    assert sorted(failed) == ["empty", "empty_ca", "login", "no_time", "none", "without"]
    problems = {problem.split(": ")[0]: problem for problem in played.stats["akv_problems"]}
    assert all(
        "the TLS certificate of 127.0.0.1 was not accepted" in problems[host]
        for host in ("without", "empty", "none", "empty_ca")
    )
    assert "timeout" in problems["no_time"]
    assert "ONTAP error 6" in problems["login"]


def test_batches_and_failure_limit_apply(plays: Ansible, simulator: Simulator) -> None:
    """akv_serial and akv_max_fail_percentage may be texts or empty, as in a survey; 0 is a valid number."""
    configured(simulator, "svm1")
    hosts = {"a": cluster(simulator), "b": DOWN, "c": cluster(simulator), "d": cluster(simulator)}
    two: dict[str, Any] = {"akv_serial": "2", "akv_checks": "state"}
    continues = {"a": 0, "b": 1, "c": 0, "d": 0}
    assert failures(play(plays, "health", hosts, **two).failed()) == continues
    assert failures(play(plays, "health", hosts, **two, akv_max_fail_percentage="").failed()) == continues
    assert failures(play(plays, "health", hosts, **two, akv_max_fail_percentage=50).failed()) == continues
    # A quarter of all hosts failed. Those that were not started count as failed, so that a retry checks them.
    for stops in (0, "0", 24):
        stopped = play(plays, "health", hosts, **two, akv_max_fail_percentage=stops).failed()
        assert failures(stopped) == {"a": 0, "b": 1, "c": 1, "d": 1}
    batches = play(plays, "health", {name: hosts[name] for name in "acd"}, akv_serial=[1, "100%"]).ok()
    assert [run.host for run in batches.runs if run.name.endswith("Show the summary")] == ["a", "c"]
    everything = play(plays, "health", hosts, akv_serial="").failed()
    assert len([run for run in everything.runs if run.name.endswith("Show the summary")]) == 1
    # By default, Ansible would end the run after a batch in which all hosts failed.
    down_first = play(plays, "health", {"b": DOWN, "c": hosts["c"]}, akv_serial=1).failed()
    assert failures(down_first) == {"b": 1, "c": 0}
    assert down_first.stats["akv_checked"] == 1


def test_decommission_stops_at_first_failure(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """A failed cluster stops its batch, and prevents later ones from starting."""
    for each in (simulator, other):
        configured(each, "svm1")
    west = other_cluster(other)
    hosts = {"down": DOWN, "east": cluster(simulator), "west": west}
    options: dict[str, Any] = {"akv_svm": "svm1", "akv_confirm": True, "akv_serial": 2}
    played = play(plays, "decommission", hosts, **options).failed()
    # The hosts that were not started also count as failed, so that a retry includes them.
    assert failures(played) == {"down": 1, "east": 1, "west": 1}
    assert "Not started, because 1 host failed: down." in played.texts
    assert [Requests(each.control.log()).lines for each in (simulator, other)] == [["GET /api/svm/svms"], []]
    played = play(plays, "decommission", hosts, **options, akv_max_fail_percentage=100).failed()
    assert failures(played) == {"down": 1, "east": 0, "west": 0}
    assert [Requests(each.control.log()).writes.lines for each in (simulator, other)] == [["DELETE /UUID"]] * 2


def test_playbook_can_be_imported_with_variables(plays: Ansible, simulator: Simulator) -> None:
    """A playbook of a project sets the hosts and other options as variables."""
    configured(simulator, "svm1", "svm2")
    simulator.control.azure(reachable=False)
    project = [
        {"ansible.builtin.import_playbook": "ontap.akv.recover", "vars": {"akv_hosts": "east", "akv_svm": "svm2"}},
        {
            "ansible.builtin.import_playbook": "ontap.akv.health",
            "vars": {"akv_hosts": "east,!west", "akv_checks": "azure", "akv_svm": "svm1"},
        },
    ]
    played = plays.play(project, {"east": cluster(simulator), "west": DOWN}).failed()
    assert failures(played) == {"east": 1}
    (problem,) = played.stats["akv_problems"]
    assert problem.startswith("east: svm1: the vault cannot be reached")
    # The playbook recover reads the state again at the end, for what a restore does not solve.
    assert [entry["query"]["svm.name"] for entry in simulator.control.log()] == ["svm2", "svm2", "svm1"]
    simulator.control.clear_log()
    health = plays.play(
        [{"ansible.builtin.import_playbook": "ontap.akv.health"}], {"east": cluster(simulator)}
    ).failed()
    assert len(health.stats["akv_problems"]) == 2


@pytest.mark.parametrize("playbook", ["health", "recover", "report", "decommission"])
def test_white_space_in_svm_names_is_ignored(
    plays: Ansible, simulator: Simulator, tmp_path: Path, playbook: str
) -> None:
    """White space around commas is not part of the names."""
    configured(simulator, "svm1", "svm2")
    more = {"decommission": {"akv_confirm": True}, "report": {"akv_report_directory": str(tmp_path / "report")}}
    play(plays, playbook, akv_svm="svm1, svm2 ", **more.get(playbook, {})).ok()
    (named,) = {
        entry["query"].get("svm.name", entry["query"].get("name"))
        for entry in simulator.control.log()
        if entry["method"] == "GET" and "uuid" not in entry["query"]
    }
    assert named == "svm1|svm2"


@pytest.mark.parametrize(
    ("playbook", "variables", "expected"),
    [
        ("health", {"akv_azure": "maybe"}, "'maybe' is not a valid boolean"),
        ("rotate_key", {"akv_key": "outer", "akv_svm": "*"}, "value of akv_key must be one of: external, internal"),
        ("recover", {"akv_retries": "often"}, "akv_retries"),
    ],
)
def test_wrong_types_do_not_print_the_specification(
    plays: Ansible, simulator: Simulator, playbook: str, variables: dict[str, Any], expected: str
) -> None:
    played = play(plays, playbook, **variables).failed()
    assert expected in played.output
    assert "argument_spec_data" not in played.output
    assert simulator.control.log() == []
