# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_health and its playbook: each problem is reported once, and unknown states do not count as healthy."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, other_cluster, play
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from ansible_collections.ontap.akv.tests.unit.support.dates import get_today
from simulator import Simulator

MISSING = "no configuration found: check the name of the SVM, and the permissions of the user"


def day(days: int) -> str:
    """Return the date so many days from today."""
    return str(get_today() + dt.timedelta(days=days))


def summary(played: Played) -> list[str]:
    """Return the lines of the summary, which exists once for all hosts."""
    (run,) = [run for run in played.runs if run.name.endswith("Show the summary")]
    return list(run.result["msg"])


def test_healthy_cluster_succeeds_and_unreadable_one_fails(plays: Ansible, simulator: Simulator) -> None:
    """One request for configurations and one for the settings of a cluster; only checked fields are read.

    An SVM without volumes needs no keys; dates may be YAML dates, and answers empty. A cluster that cannot be read is a
    problem.
    """
    configured(simulator, "svm1", "svm2", None)
    simulator.control.svm("svm2", volumes=0)
    empty = {"akv_svm": "", "akv_checks": "", "akv_credential_created": ""}
    played = play(
        plays,
        "health",
        None,
        "--check",
        akv_hosts="",
        akv_credential_expires=get_today() + dt.timedelta(days=14),
        **empty,
    ).ok()
    assert summary(played) == ["Checked 3 configurations on 1 cluster (state, azure, ekmip): no problems."]
    assert played.stats == {"akv_problems": [], "akv_checked": 3}
    assert played.hosts["cluster1"]["changed"] == 0
    assert [entry["path"].rpartition("/")[2] for entry in simulator.control.log()] == [
        "azure-key-vaults",
        "key-manager-configs",
    ]
    simulator.control.clear_log()
    simulator.control.azure(reachable=False)
    play(plays, "health", akv_checks="state, ekmip", akv_svm="svm2").ok()
    (request,) = simulator.control.log()
    assert set(request["query"]["fields"].split(",")) & {"state", "azure_reachability", "ekmip_reachability"} == {
        "state",
        "ekmip_reachability",
    }
    refusal = {"error": {"code": "6", "message": "no access\n- svm1: {{ 6 * 7 }}"}}
    simulator.control.fault("wrong_shape", before=True, status=403, body=refusal)
    (problem,) = play(plays, "health").failed().stats["akv_problems"]
    assert problem.startswith("cluster1: no access - svm1: {{ 6 * 7 }} (ONTAP error 6)")


def test_problems_of_several_clusters_are_reported(plays: Ansible, simulator: Simulator, other: Simulator) -> None:
    """An unreachable cluster hides no other; text of a cluster is not evaluated; the artifacts contain problems and
    numbers of all hosts.
    """
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    simulator.control.svm("svm2", wrapped=["node1", "node2"])
    simulator.control.azure(
        reachable=False, message="{{ 6 * 7 }}\n- {{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}"
    )
    configured(other, "svm1", None)
    other.control.node("node2", ekmip=False)
    down = {"akv_hostname": "127.0.0.1", "akv_http_port": 1, "akv_max_retries": 0}
    hosts = {"east": cluster(simulator), "down": down, "west": other_cluster(other, akv_cluster="western")}
    played = play(plays, "health", hosts).failed()
    problems = played.stats["akv_problems"]
    head, *shown, vault, restore = summary(played)
    assert head == "Checked 4 configurations on 2 of 3 clusters (state, azure, ekmip): 6 problems."
    assert [line.removeprefix("- ") for line in shown] == problems
    assert "run the playbook ontap.akv.recover" in restore
    assert vault.startswith("As long as a vault cannot be reached, ")
    assert played.stats["akv_checked"] == 4
    beginnings = [
        "east: svm1: the keys are not available: ",
        "east: svm1: the vault cannot be reached: ",
        "east: svm2: the vault cannot be reached: ",
        "down: no connection to 127.0.0.1:1",
        "western: svm1: the EKMIP server cannot be reached, node node2: ",
        "western: cluster: the EKMIP server cannot be reached, node node2: ",
    ]
    assert [problem[: len(beginning)] for problem, beginning in zip(problems, beginnings, strict=True)] == beginnings
    assert "{{ 6 * 7 }} - {{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}" in problems[1]
    assert {host: counts["failures"] for host, counts in played.hosts.items()} == {"east": 1, "down": 1, "west": 1}
    assert played.of("west")[-1].msg == "2 problems, see the summary above."


def test_missing_svms_are_problems(plays: Ansible, simulator: Simulator) -> None:
    """SVMs are named by name, UUID, pattern or the host, whose configuration may be gone."""
    configured(simulator, "svm1", "svm2")
    uuid = simulator.control.state()["svms"]["svm2"]["uuid"]
    played = play(plays, "health", akv_svm=["svm1", "svm9", uuid.upper(), "nonesuch*"]).failed()
    assert played.stats["akv_problems"][0] == f"cluster1: svm9: {MISSING}"
    assert played.stats["akv_problems"][1].startswith("cluster1: nonesuch*: no configuration found: no SVM with a")
    assert len(played.stats["akv_problems"]) == 2
    hosts = {
        f"{svm}@east": cluster(simulator, akv_cluster="east", akv_svm=svm, akv={"svm": {"name": svm}, "client_id": "x"})
        for svm in ("svm1", "svm3")
    }
    played = play(plays, "health", hosts, akv_svm="").failed()
    assert played.stats == {
        "akv_problems": [f"east: svm3: {MISSING}"],
        "akv_checked": 1,
    }
    assert {host: counts["failures"] for host, counts in played.hosts.items()} == {"svm1@east": 0, "svm3@east": 1}


def test_summary_is_limited(plays: Ansible, simulator: Simulator) -> None:
    """Further problems are only counted; the artifacts contain all of them."""
    simulator.control.seed(30)
    simulator.control.azure(reachable=False)
    played = play(plays, "health", akv_checks=["azure"], akv_summary_lines=10).failed()
    lines = summary(played)
    assert lines[0] == "Checked 30 configurations on 1 cluster (azure): 30 problems."
    assert len(lines) == 1 + 10 + 1 + 1
    assert lines[-2] == "- and 20 more: cluster1 (20)"
    assert len(played.stats["akv_problems"]) == 30


def test_results_of_batches_are_combined(plays: Ansible, simulator: Simulator) -> None:
    """Numbers are added, and lists of problems joined."""
    configured(simulator, "svm1", "svm2")
    simulator.control.azure(reachable=False)
    hosts = {name: cluster(simulator, akv_svm=svm) for name, svm in (("a", "svm1"), ("b", "svm*"), ("c", "svm2*"))}
    played = play(plays, "health", hosts, akv_serial=2, akv_checks="azure").failed()
    assert played.stats["akv_checked"] == 4
    assert [problem[:7] for problem in played.stats["akv_problems"]] == ["a: svm1", "b: svm1", "b: svm2", "c: svm2"]


def test_expiry_and_age_of_credential_are_reported(plays: Ansible, simulator: Simulator) -> None:
    """A date for all hosts is reported once, a date of one host separately; each affected host fails."""
    hosts = {
        "east": cluster(simulator),
        "west": cluster(simulator),
        "north": cluster(simulator, akv_credential_expires=day(-1)),
        "south": cluster(simulator, akv_credential_expires=f"{day(200)}T12:00:00Z", akv_credential_created=""),
    }
    plays.environment["ONTAP_AKV_CREDENTIAL_EXPIRES"] = day(13)
    for host in ("east", "west", "north"):
        hosts[host]["akv_credential_created"] = get_today() - dt.timedelta(days=31)
    played = play(plays, "health", hosts, akv_credential_max_age_days=30).failed()
    assert played.stats["akv_problems"] == [
        f"the credential expires on {day(13)}, in 13 days",
        "the credential is 31 days old, more than akv_credential_max_age_days (30)",
        f"the credential expired on {day(-1)}",
    ]
    assert [line.removeprefix("- ") for line in summary(played)[1:]] == played.stats["akv_problems"]
    assert {host: counts["failures"] for host, counts in played.hosts.items()} == {
        "east": 1,
        "west": 1,
        "north": 1,
        "south": 0,
    }
    played = play(plays, "health", akv_credential_min_days=13, akv_credential_created=day(-180)).ok()
    assert played.stats["akv_problems"] == []


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        (
            {"akv_credential_expires": "2027-02-30"},
            "akv_credential_expires: '2027-02-30' is not a date; use YYYY-MM-DD.",
        ),
        ({"akv_credential_created": "last year"}, "akv_credential_created: 'last year' is not a date; use YYYY-MM-DD."),
        ({"akv_checks": ["state", "vault"]}, "akv_checks: 'vault' is not a check; use some of state, azure, ekmip."),
        ({"akv_svm": "svm1|svm2"}, "query operator"),
        ({"akv_azure_proxy": {"proxy_hots": "p"}}, "akv_azure_proxy: proxy_hots: it is not an option of the proxy"),
    ],
)
def test_invalid_variables_are_refused(
    plays: Ansible, simulator: Simulator, variables: dict[str, Any], reason: str
) -> None:
    """They are refused before any request."""
    configured(simulator, "svm1")
    played = play(plays, "health", **variables).failed()
    assert reason in played.texts
    assert simulator.control.log() == []


def test_effect_of_outage_is_shown(plays: Ansible, simulator: Simulator) -> None:
    """It depends on the cluster's settings; an inactive key store or unreadable settings are warnings."""
    simulator.control.reset(version="9.16.1", svms=["svm1"])
    configured(simulator, "svm1")
    simulator.control.svm("svm1", keystore_state="blocked")
    played = play(plays, "health", akv_checks="state").ok()
    (warning,) = played.stats["akv_warnings"]
    assert warning.startswith("cluster1: svm1: the key store is blocked: ")
    assert summary(played)[1:] == [
        f"- warning: {warning}",
        "Setting of cluster1: if a vault cannot be reached, volumes go offline after 4 failed polls, 15 minutes apart.",
    ]
    simulator.control.svm("svm1", keystore_state="active")
    simulator.control.settings(**{"health_monitor_policy.akv.manage_volume_offline": False})
    assert (
        summary(play(plays, "health", akv_checks="state").ok())[-1]
        == "Setting of cluster1: if a vault cannot be reached, volumes stay online."
    )
    simulator.control.fault("error", path="key-manager-configs", code="6", status=403)
    played = play(plays, "health", akv_checks="state").ok()
    assert (
        "what happens to the volumes during an outage of a vault could not be read" in played.stats["akv_warnings"][0]
    )
    simulator.control.fault("error", path="key-manager-configs", code="6", status=401)
    (problem,) = play(plays, "health", akv_checks="state").failed().stats["akv_problems"]
    assert "The login was refused" in problem


def test_plain_module_finds_the_same_problems(plays: Ansible, simulator: Simulator) -> None:
    configured(simulator, "svm1", "svm2")
    simulator.control.reboot("node1")
    found = {}
    for value, way in ((True, "Ansible's own process"), (False, "a process of its own")):
        simulator.control.clear_log()
        found[value] = play(plays, "health", None, "-vvv", ontap_akv_in_process=value).failed()
        assert f"akv_info runs in {way}" in found[value].output
        assert len(simulator.control.log()) == 2
    assert found[True].stats == found[False].stats
    assert len(found[True].stats["akv_problems"]) == 2


def test_role_task_refuses_unknown_steps(plays: Ansible) -> None:
    done = plays.task("ontap.akv.role_task: {step: health.judge, data: {}}")
    assert done.failed
    assert "ontap.akv.role_task: 'health.judge' is not a step" in done.msg
