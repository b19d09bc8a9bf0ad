# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_azure in the roles akv_health and akv_report: keys and credentials are checked in Azure, once for the run."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.health import _ADVICE as ADVICE
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from ansible_collections.ontap.akv.tests.integration.support.plays import play
from ansible_collections.ontap.akv.tests.integration.support.roles import two_clusters
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_CLIENT_ID, configured
from simulator import Simulator

DAY = 24 * 3600
OLD, NEW = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"


@pytest.fixture
def azure_variables(simulator: Simulator) -> dict[str, Any]:
    """Return the variables for the simulated Azure."""
    return {
        "akv_azure": True,
        "akv_azure_oauth_host": simulator.azure.login_host,
        "akv_azure_ca_path": simulator.azure.ca_path,
    }


def described(simulator: Simulator, key: str = "key1", **fields: Any) -> dict[str, str]:
    """Return the fields of a configuration that the simulated Azure knows."""
    side = simulator.azure
    return {
        "name": side.vault_url(),
        "key_id": side.key_url(key),
        "client_id": side.client_id,
        "tenant_id": side.tenant_id,
        **fields,
    }


def logins(simulator: Simulator) -> int:
    """Return how often a token was requested."""
    return len([entry for entry in simulator.azure.control.log() if entry["path"].endswith("/token")])


def summary(played: Played) -> list[str]:
    (run,) = [run for run in played.runs if run.name.endswith("Show the summary")]
    return list(run.result["msg"])


def test_configurations_with_same_key_are_checked_once(
    plays: Ansible, simulator: Simulator, other: Simulator, azure_variables: dict[str, Any]
) -> None:
    """This also holds in check mode and in batches."""
    secret = plays.secrets.new("azure-secret")
    simulator.azure.control.application(simulator.azure.client_id, secrets=[secret])
    for each in (simulator, other):
        configured(each, "svm1", "svm2", "svm3", client_secret=secret, **described(simulator))
    for arguments, serial in ((("--check",), "100%"), ((), 1)):
        simulator.azure.control.clear_log()
        played = play(
            plays,
            "health",
            two_clusters(simulator, other),
            *arguments,
            akv_client_secret=secret,
            akv_serial=serial,
            **azure_variables,
        ).ok()
        assert len(simulator.azure.control.log()) == 3
        assert logins(simulator) == 1
        assert played.stats == {"akv_problems": [], "akv_checked": 6, "akv_warnings": []}
        if serial != 1:
            assert summary(played) == [
                "Checked 6 configurations on 2 clusters (state, azure, ekmip) and 1 key in Azure: no problems."
            ]


@pytest.fixture
def states(plays: Ansible, simulator: Simulator) -> dict[str, Any]:
    """Configure five SVMs with keys in five states, and return the variables that log in."""
    secret = plays.secrets.new("azure-secret")
    azure, side = simulator.azure.control, simulator.azure
    simulator.control.knob(key_versions=True)
    azure.key("expired", expires_in=-60)
    azure.key("disabled", enabled=False)
    azure.key("expiring", expires_in=10 * DAY + DAY // 2)
    azure.key("rotated", version=OLD)
    azure.new_version("rotated", version=NEW)
    azure.key("open", vault="vault2")
    azure.vault("vault2", recovery_level="Recoverable+Purgeable")
    for number, key in enumerate(("expired", "disabled", "expiring", f"rotated/{OLD}"), 1):
        configured(simulator, f"svm{number}", client_secret=secret, **described(simulator, key))
    configured(
        simulator,
        "svm5",
        client_secret=secret,
        **{**described(simulator), "key_id": side.key_url("open", "vault2"), "name": side.vault_url("vault2")},
    )
    return {"akv_client_secret": secret}


def test_health_fails_for_errors_and_expiry_and_warns_otherwise(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any], states: dict[str, Any]
) -> None:
    """Each line names the application, the key and the SVM; problems from ONTAP come first; all are in the summary and
    in the artifacts.
    """
    played = play(plays, "health", akv_checks="state,azure", **azure_variables, **states).failed()
    ontap = [problem for problem in played.stats["akv_problems"] if problem.startswith("cluster1: ")]
    assert [problem[:14] for problem in ontap] == ["cluster1: svm2"] * 2
    azure = played.stats["akv_problems"][len(ontap) :]
    assert [problem.split(": ")[0] for problem in azure] == [
        f"application {simulator.azure.client_id}, key {simulator.azure.key_url(key)} ({svm}@cluster1)"
        for key, svm in (("expired", "svm1"), ("disabled", "svm2"), ("expiring", "svm3"))
    ]
    for problem, text, command in zip(
        azure,
        (" expired on ", " is disabled. ", ", in 10 days. "),
        ("--expires", "--enabled true", "key rotate"),
        strict=True,
    ):
        assert text in problem
        assert command in problem
    newer, purgeable = played.stats["akv_warnings"]
    assert "(svm4@cluster1): " in newer
    assert f"is not the newest version, which is {NEW}" in newer
    assert "is not protected against being purged" in purgeable
    assert summary(played) == [
        "Checked 5 configurations on 1 cluster (state, azure) and 5 keys in Azure: 5 problems, 2 warnings.",
        *(f"- {problem}" for problem in played.stats["akv_problems"]),
        *(f"- warning: {warning}" for warning in played.stats["akv_warnings"]),
        *ADVICE.values(),
    ]
    simulator.azure.control.key("expired", expires=None)
    simulator.azure.control.key("disabled", enabled=True)
    played = play(plays, "health", akv_checks="azure", akv_warn_days=10, **azure_variables, **states).ok()
    assert len(played.stats["akv_warnings"]) == 2


def test_report_shows_expiry_and_missing_purge_protection(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any], states: dict[str, Any], tmp_path: Path
) -> None:
    """The run succeeds."""
    played = play(plays, "report", akv_report_directory=str(tmp_path), **azure_variables, **states).ok()
    (entry,) = json.loads((tmp_path / "akv.json").read_text(encoding="utf-8"))["clusters"]
    names = {record["uuid"]: record["svm"]["name"] for record in entry["azure_key_vaults"]}
    found = {names[result["uuid"]]: result for result in entry["azure"]}
    assert {
        svm: (result["usable"], [problem["kind"] for problem in result["problems"]]) for svm, result in found.items()
    } == {
        "svm1": (False, ["key_unusable"]),
        "svm2": (False, ["key_unusable"]),
        "svm3": (True, ["key_expiring"]),
        "svm4": (True, ["key_new_version"]),
        "svm5": (True, ["key_unprotected"]),
    }
    assert (found["svm3"]["key"]["days_left"], found["svm3"]["not_checked"], found["svm3"]["certificate"]) == (
        10,
        None,
        None,
    )
    with (tmp_path / "akv.csv").open(encoding="utf-8", newline="") as file:
        lines = {line["svm"]: line for line in csv.DictReader(file)}
    assert [lines[f"svm{number}"]["azure_usable"] for number in range(1, 6)] == [
        "false",
        "false",
        "true",
        "true",
        "true",
    ]
    assert lines["svm3"]["key_expires"] == found["svm3"]["key"]["expires"]
    assert (lines["svm4"]["newest_key_version"], lines["svm4"]["newest_in_use"], lines["svm3"]["newest_in_use"]) == (
        NEW,
        "false",
        "",
    )
    assert (lines["svm5"]["purge_protected"], lines["svm4"]["purge_protected"]) == ("false", "true")
    assert "is disabled" in lines["svm2"]["azure_message"]
    lines_shown = next(run.result["msg"] for run in played.runs if run.name.endswith("Show the summary"))
    verdict, *causes, azure, _written = lines_shown
    assert verdict == "2 of 5 SVMs on 1 of 1 cluster need action."
    of_azure = [line.partition(" in vault ")[0] for line in causes if "cannot be used" in line]
    assert sorted(of_azure) == ["- Key disabled", "- Key expired"]
    assert azure == "Azure, 5 configurations in use: 2 not usable, 3 with a warning."
    assert "<table" in (tmp_path / "akv.html").read_text(encoding="utf-8")


def test_each_host_uses_its_own_credential(
    plays: Ansible, simulator: Simulator, other: Simulator, azure_variables: dict[str, Any]
) -> None:
    """A refused secret is a problem of both hosts that use it; what cannot be checked is a problem unless it is
    excluded; text of a cluster is not evaluated.
    """
    good, bad = plays.secrets.new("good-secret"), plays.secrets.new("bad-secret")
    third, strange = "99999999-8888-9999-8888-999999999999", "{{ 6 * 7 }}"
    simulator.azure.control.application(simulator.azure.client_id, secrets=[good])
    simulator.azure.control.application(OTHER_CLIENT_ID, secrets=[good])
    configured(simulator, "svm1", **described(simulator))
    configured(simulator, "svm2", **described(simulator, client_id=third))
    configured(simulator, "svm3", **described(simulator, client_id=strange))
    configured(other, "svm1", **described(simulator, client_id=OTHER_CLIENT_ID))
    hosts = two_clusters(simulator, other)
    hosts["cluster1"].update(akv_client_secret=good, akv_azure_credentials={third: {}})
    hosts["cluster2"].update(akv_azure_credentials={OTHER_CLIENT_ID.upper(): {"client_secret": bad}})
    hosts["twin"] = hosts["cluster2"] | {"akv_cluster": "cluster2"}
    azure = azure_variables.pop("akv_azure")
    hosts = {
        "without": hosts["cluster1"] | {"akv_azure": False},
        **{host: variables | {"akv_azure": azure} for host, variables in hosts.items()},
    }
    played = play(plays, "health", hosts, akv_checks="ekmip", **azure_variables).failed()
    not_guid, refused = played.stats["akv_problems"]
    assert not_guid.startswith(f"application {strange}, key ")
    assert "not checked in Azure: client_id: '{{ 6 * 7 }}' is not" in not_guid
    assert f"application {OTHER_CLIENT_ID}" in refused
    assert "AADSTS7000215" in refused
    (excluded,) = played.stats["akv_warnings"]
    assert f"application {third}" in excluded
    assert "not checked in Azure: akv_azure_credentials names this application with an empty credential" in excluded
    assert {host: found["failures"] for host, found in played.hosts.items()} == {
        "without": 0,
        "cluster1": 1,
        "cluster2": 1,
        "twin": 1,
    }
    assert "and 2 of 4 keys in Azure: 2 problems, 1 warning." in summary(played)[0]
    assert logins(simulator) == 2


def test_configuration_without_credential_is_not_checked(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    """It is not reported as healthy."""
    configured(simulator, "svm1", **described(simulator))
    played = play(plays, "health", **azure_variables).failed()
    (problem,) = played.stats["akv_problems"]
    assert "not checked in Azure: no credential was given for this application" in problem
    assert "and 0 of 1 key in Azure: 1 problem." in summary(played)[0]
    assert simulator.azure.control.log() == []


def test_unreachable_azure_is_not_checked_and_hides_no_problem(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    configured(simulator, "svm1", **described(simulator))
    simulator.control.reboot("node1")
    simulator.control.azure(reachable=True, reachable_here=False)
    played = play(
        plays, "health", akv_checks="state", akv_client_secret=plays.secrets.new("azure-secret"), **azure_variables
    ).failed()
    state, unchecked = played.stats["akv_problems"]
    assert state.startswith("cluster1: svm1: the keys are not available")
    assert "not checked in Azure: " in unchecked
    assert "could not be reached from this host" in unchecked
    assert "refused" not in unchecked.partition("could not be asked")[0]


@pytest.mark.parametrize("name", ["health", "report"])
def test_azure_is_not_checked_unless_enabled(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any], name: str
) -> None:
    configured(simulator, "svm1", **described(simulator))
    played = play(
        plays, name, akv_client_secret=plays.secrets.new("azure-secret"), **{**azure_variables, "akv_azure": False}
    ).ok()
    assert simulator.azure.control.log() == []
    assert "akv_warnings" not in played.stats
