# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of akv_health and akv_report with akv_azure: which host runs which checks, and the results of each."""

from __future__ import annotations

import io
import json
from csv import DictReader
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.filter.fleet import collect_fleet
from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv as report_csv
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import azure_state, health, report, variables
from ansible_collections.ontap.akv.tests.unit.support.role_data import QUIET

KEY = "https://vault1.vault.azure.net/keys/key1"
CLIENT, OTHER = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa", "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
SECRET = {"client_secret": "first-secret"}
WARNING = {
    "check": "key",
    "severity": "warning",
    "code": None,
    "message": "Not protected.",
    "hint": "Protect it.",
    "reason": "purgeable",
}
EXPIRING = {**WARNING, "message": "Expires soon.", "hint": "Rotate.", "reason": "key_expiring"}
EXPIRED = {**WARNING, "severity": "error", "code": "KeyExpired", "message": "Has expired.", "reason": None}
LOST = {
    **WARNING,
    "severity": "error",
    "check": "connection",
    "message": "No connection.",
    "hint": "Look.",
    "reason": "network",
}


def record(svm: str, **fields: Any) -> dict[str, Any]:
    common = {"key_id": KEY, "client_id": CLIENT, "tenant_id": TENANT}
    return {"uuid": f"uuid-{svm}", "scope": "svm", "svm": {"name": svm}, **common, **fields}


def host(name: str, *records: dict[str, Any], credentials: Any = None, sources: Any = (SECRET,)) -> dict[str, Any]:
    """Return the checks that a host lists."""
    read = {"azure_key_vaults": list(records)}
    return {
        "host": name,
        "checks": azure_state.list_checks(cluster=name, read=read, credentials=credentials or {}, sources=sources),
    }


def run(check: dict[str, Any], usable: bool | None, *problems: dict[str, Any]) -> dict[str, Any]:
    """Return one registered result of the loop."""
    key = {
        "key_id": f"{KEY}/v1",
        "version": "v1",
        "is_newest": True,
        "expires": "2027-01-01T00:00:00Z",
        "purge_protected": True,
    }
    azure = {"login": {"ok": usable is not None or None}, "key": key if usable else None, "certificate": None}
    return {
        "ansible_loop_var": "_akv_azure_check",
        "_akv_azure_check": check,
        "usable": usable,
        "problems": list(problems),
        "azure": azure,
    }


def results(*hosts: dict[str, Any], usable: bool | None = True, problems: Any = ()) -> dict[str, Any]:
    """Return the results if each check that can run has the same result."""
    turns = azure_state.assign(hosts=hosts, earlier={})
    runs = [
        {"results": [run(check, usable, *problems) for check in azure_state.select_own(turns=turns, **entry)]}
        for entry in hosts
    ]
    return azure_state.collect(hosts=hosts, runs=runs, earlier={})


def test_one_host_with_the_credential_checks_for_all() -> None:
    hosts = [
        host("a", record("svm1"), sources=[]),
        host("b", record("svm1"), record("svm2", client_id=OTHER)),
        host("c", record("svm1")),
    ]
    turns = azure_state.assign(hosts=hosts, earlier={})
    own = {
        entry["host"]: [check["options"]["client_id"] for check in azure_state.select_own(turns=turns, **entry)]
        for entry in hosts
    }
    assert own == {"a": [], "b": [CLIENT, OTHER], "c": []}


def test_lists_and_results_contain_no_credentials() -> None:
    hosts = [
        host(
            "a", record("svm1"), record("svm2", client_id=OTHER), credentials={OTHER: {"client_secret": "other-secret"}}
        )
    ]
    shown = json.dumps([hosts, results(*hosts)])
    assert "first-secret" not in shown
    assert "other-secret" not in shown
    first, second = hosts[0]["checks"]
    given: dict[str, Any] = {"credentials": {OTHER: {"client_secret": "other-secret"}}, "sources": [SECRET]}
    assert azure_state.find_credential(options=first["options"], **given) == SECRET
    assert azure_state.find_credential(options=second["options"], **given) == {"client_secret": "other-secret"}


def test_later_batch_reuses_results_of_earlier_batches() -> None:
    one, two = host("a", record("svm1"), record("svm2", client_id=OTHER), sources=[]), host("b", record("svm1"))
    first = results(one)
    second = results(two)
    hostvars: dict[str, Any] = {
        "a": {"found": {**first, **second}},
        "failed": {},
        "b": {"found": {"stale": {"asked": True}}},
        "c": {},
    }
    earlier = azure_state.find_earlier(
        everyone=["a", "failed", "b", "c"], batch=["c", "b"], hostvars=hostvars, register="found"
    )
    # Checks that no host could run are left to the next hosts.
    assert set(earlier) == set(second)
    assert azure_state.assign(hosts=[two], earlier=earlier) == {}
    third = azure_state.collect(
        hosts=[host("c", record("svm7"))], runs=[{"results": [], "skipped": True}], earlier=earlier
    )
    assert [(result["usable"], result["label"]) for result in third.values()] == [
        (True, f"application {CLIENT}, key {KEY} (svm7@c)")
    ]
    assert azure_state.find_earlier(everyone=["a", "b"], batch=["a", "b"], hostvars=hostvars, register="found") == {}


def test_line_names_configurations_and_counts_the_rest() -> None:
    hosts = [
        host("east", *(record(f"svm{number}") for number in range(1, 4))),
        host("west", record("svm1"), record("svm2")),
    ]
    found = [
        azure_state.judge(checks=entry["checks"], results=results(*hosts, usable=False, problems=[EXPIRED]))
        for entry in hosts
    ]
    line = f"application {CLIENT}, key {KEY} (svm1@east, svm2@east, svm3@east and 2 more): Has expired. Protect it."
    assert [each["problems"] for each in found] == [[line], [line]]


@pytest.mark.parametrize(
    ("problem", "usable", "kind"),
    [(EXPIRED, False, "problems"), (EXPIRING, True, "problems"), (LOST, None, "problems"), (WARNING, True, "warnings")],
    ids=["expired", "expiring", "lost", "warning"],
)
def test_errors_expiry_and_unknown_results_are_problems(
    problem: dict[str, Any], usable: bool | None, kind: str
) -> None:
    entry = host("east", record("svm1"))
    found = azure_state.judge(checks=entry["checks"], results=results(entry, usable=usable, problems=[problem]))
    assert {name: len(found[name]) for name in ("problems", "warnings")} == {"problems": 0, "warnings": 0, kind: 1}
    assert problem["message"] in found[kind][0]
    assert list(found["checked"].values()) == [usable is not None]


def test_missing_credential_is_a_problem_and_exclusion_a_warning() -> None:
    entry = host(
        "east",
        record("svm1"),
        record("svm2", client_id=OTHER),
        record("svm3", tenant_id=""),
        credentials={OTHER: {}},
        sources=[{"client_secret": ""}],
    )
    found = azure_state.judge(checks=entry["checks"], results=results(entry))
    assert [
        "no credential was given" in found["problems"][0],
        "ONTAP does not report tenant_id" in found["problems"][1],
    ] == [True, True]
    assert ["with an empty credential" in text for text in found["warnings"]] == [True]
    assert set(found["checked"].values()) == {False}


def test_failed_task_is_reported_as_not_checked() -> None:
    entry = host("east", record("svm1"))
    failed = {
        "ansible_loop_var": "_akv_azure_check",
        "_akv_azure_check": entry["checks"][0],
        "failed": False,
        "msg": "cryptography\nis missing",
    }
    found = azure_state.collect(hosts=[entry], runs=[{"results": [failed]}], earlier={})
    assert azure_state.judge(checks=entry["checks"], results=found)["problems"][0].endswith(
        "not checked in Azure: cryptography is missing"
    )


def test_describes_each_enabled_configuration() -> None:
    records = [record("svm1"), record("svm2", enabled=False), record("svm3", client_id=OTHER)]
    entry = host("east", *records, credentials={OTHER: None})
    described = azure_state.describe(
        read={"azure_key_vaults": records}, results=results(entry, usable=True, problems=[EXPIRING])
    )
    assert [
        (each["uuid"], each["usable"], [problem["kind"] for problem in each["problems"]]) for each in described
    ] == [
        ("uuid-svm1", True, ["key_expiring"]),
        ("uuid-svm3", None, []),
    ]
    assert described[0]["key"]["newest_in_use"] is None
    assert described[1]["not_checked"]
    assert azure_state.describe(read={"failed": True}, results={}) == []
    assert (
        azure_state.describe(read={"azure_key_vaults": [record("svm1")]}, results={})[0]["not_checked"]
        == "The check did not run."
    )


def test_summary_counts_keys_checked_in_azure() -> None:
    read = {"azure_key_vaults": [record("svm1"), record("svm2", client_id=OTHER)]}
    entries = [host(name, *read["azure_key_vaults"], credentials={OTHER: {}}) for name in ("east", "west")]
    shared = results(*entries, problems=[WARNING])
    dates = {"expires": "", "created": "", "min_days": 1, "max_age_days": 1}
    plain, *judged = (
        health.judge(cluster=name, read=read, checks=[], svms=[], described=[], credential=dates)
        for name in ("north", "east", "west")
    )
    found = [
        health.add_azure(found=each, checks=entry["checks"], results=shared)
        for each, entry in zip(judged, entries, strict=True)
    ]
    assert found[0]["verdict"] == "no problems, see the summary above."
    summary = health.summarize(hosts=found, checks=["state"], lines=1)
    assert (
        summary["lines"][0]
        == "Checked 4 configurations on 2 clusters (state) and 1 of 2 keys in Azure: no problems, 2 warnings."
    )
    assert [summary["lines"][1][:25], summary["lines"][2]] == [
        "- warning: application aa"[:25],
        "- and 1 more: Azure (1)",
    ]
    assert len(summary["published"]["akv_warnings"]) == 2
    # A host without akv_azure does not hide the checks of another one.
    mixed = health.summarize(hosts=[plain, *found], checks=["state"], lines=1)
    assert "and 1 of 2 keys in Azure" in mixed["lines"][0]
    assert mixed["published"] == {
        "akv_problems": [],
        "akv_checked": 6,
        "akv_warnings": summary["published"]["akv_warnings"],
    }
    assert set(health.summarize(hosts=[plain], checks=["state"], lines=1)["published"]) == {
        "akv_problems",
        "akv_checked",
    }


def reported(*described: Any) -> dict[str, Any]:
    """Return an entry of the filter fleet."""
    hostvars = {
        "east": {"read": {"azure_key_vaults": [record("svm1"), record("svm2")]}, "azure": list(described) or None}
    }
    (entry,) = collect_fleet(["east"], hostvars, "read", azure="azure")
    return entry


def lines_of(entry: dict[str, Any]) -> list[dict[str, str]]:
    """Return the lines of a CSV."""
    return list(DictReader(io.StringIO(report_csv.write_csv({"clusters": [entry]}))))


def test_fleet_and_report_contain_results_of_azure() -> None:
    entry = host("east", record("svm1"))
    (described,) = azure_state.describe(
        read={"azure_key_vaults": [record("svm1")]}, results=results(entry, problems=[WARNING])
    )
    found = reported(described)
    assert found["azure"] == [described]
    first, second = lines_of(found)
    azure = {
        "azure_usable": "true",
        "newest_key_version": "",
        "newest_in_use": "",
        "purge_protected": "true",
        "azure_message": "Not protected.",
    }
    assert {**first, **azure, "key_expires": "2027-01-01T00:00:00Z"} == first
    assert {**second, **dict.fromkeys(azure, "")} == second
    assert (
        report.summarize(clusters=[found], found=QUIET, absent=[], folder="/r", metrics="/r", predicted=False)[1]
        == "Azure, 1 configuration in use: 1 with a warning."
    )
    assert (
        report.summarize(
            clusters=[{**found, "azure": []}], found=QUIET, absent=[], folder="/r", metrics="/r", predicted=False
        )[1]
        == "Azure: no configuration is in use, so nothing was checked."
    )


def test_report_without_azure_has_no_azure_columns() -> None:
    found = reported()
    assert "azure" not in found
    assert not {"azure_usable", "azure_message", "purge_protected"} & set(lines_of(found)[0])
    assert (
        len(report.summarize(clusters=[found], found=QUIET, absent=[], folder="/r", metrics="/r", predicted=False)) == 2
    )


@pytest.mark.parametrize(
    "hostile",
    [
        5,
        {"uuid": "uuid-svm1", "problems": 5, "key": [], "certificate": "x"},
        {"uuid": "uuid-svm1", "problems": [5, {"message": "=1\n2"}]},
    ],
)
def test_csv_accepts_any_report(hostile: Any) -> None:
    lines = report_csv.write_csv({"clusters": [{**reported(), "azure": [hostile]}, 5]}).splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize(
    "value", [{"my-secret": "x"}, {CLIENT: "my-secret"}, {CLIENT: {"secret": "my-secret"}}, {CLIENT: ["my-secret"]}]
)
def test_refuses_invalid_credentials_without_showing_them(value: dict[str, Any]) -> None:
    (text,) = variables.find_errors([], {"akv_azure_credentials": value})
    assert text.startswith("akv_azure_credentials: ")
    assert "my-secret" not in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"proxy_hots": "p"}, "proxy_hots: it is not an option of the proxy; use proxy_type, proxy_host, "),
        ({"proxy_port": 3128}, "proxy_host: it is required together with proxy_port. Set proxy_host, or remove "),
        ({"proxy_host": "p", "proxy_password": "my-secret"}, "proxy_username: it is required together with "),
        ({"proxy_host": "p", "proxy_type": "my-secret"}, "proxy_type: it is not accepted; give http or https."),
        ({"proxy_host": "p", "proxy_port": 70000}, "proxy_port: 70000 is not accepted"),
        ({"proxy_host": "https://my-secret@p"}, "proxy_host: it holds a user name or a password"),
    ],
)
def test_refuses_invalid_proxy(value: dict[str, Any], said: str) -> None:
    (text,) = variables.find_errors([], {"akv_azure_proxy": value})
    assert text.startswith(f"akv_azure_proxy: {said}")
    assert "my-secret" not in text


@pytest.mark.parametrize(
    "value",
    ["", None, {}, {"proxy_host": ""}, {"proxy_host": "p", "proxy_port": 3128, "proxy_type": None}],
)
def test_accepts_valid_proxy(value: Any) -> None:
    assert variables.find_errors([], {"akv_azure_proxy": value}) == []


def test_accepts_valid_values_and_names_limits() -> None:
    credentials: Any = {CLIENT: {"client_secret": "x"}, OTHER.upper(): {}, TENANT: None}
    assert variables.find_errors([], {"akv_azure_credentials": credentials, "akv_warn_days": "0"}) == []
    assert variables.find_errors([], {"akv_azure_credentials": "", "akv_warn_days": -1}) == [
        "akv_warn_days: -1 is not accepted; use a whole number from 0 to 36600."
    ]
