# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles check in Azure, and how they report it."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.roles import azure

KEY = "https://vault1.vault.azure.net/keys/key1"
CLIENT, OTHER = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa", "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
COMMON = {"key_id": KEY, "client_id": CLIENT, "tenant_id": TENANT}
SECRET = {"client_secret": "first-secret"}


def record(svm: str | None, **fields: Any) -> dict[str, Any]:
    return {"uuid": f"uuid of {svm}", "scope": "svm", "svm": {"name": svm}, **COMMON, **fields}


def test_checks_entries_with_same_credential_and_key_once() -> None:
    entries = [
        {"svm": "svm1"},
        {"svm": ["svm2", "svm3"], "client_id": CLIENT.upper()},
        {"svm": "svm4", "client_secret": "other-secret"},
    ]
    checks = azure.list_checks_of_entries(entries=entries, common=COMMON, sources=[{}, SECRET])
    assert [each["client_secret"] for each in checks] == ["first-secret", "other-secret"]


def test_does_not_check_absent_entries() -> None:
    entries = [{"svm": "svm1", "state": "absent"}]
    assert azure.list_checks_of_entries(entries=entries, common=COMMON, sources=[SECRET]) == []


def test_entry_overrides_credential_and_login_as_a_whole() -> None:
    entry = {"svm": "svm1", "client_certificate_path": "/akv.pfx", "oauth_host": "login.microsoftonline.us"}
    (check,) = azure.list_checks_of_entries(entries=[entry], common={**COMMON, **SECRET}, sources=[SECRET])
    assert check == {**COMMON, "oauth_host": "login.microsoftonline.us", "client_certificate_path": "/akv.pfx"}


def test_missing_options_are_left_to_the_module() -> None:
    (check,) = azure.list_checks_of_entries(entries=[{"svm": "svm1"}], common={"client_id": CLIENT}, sources=[])
    assert check == {"client_id": CLIENT, "key_id": "", "tenant_id": ""}


def test_checks_credential_with_each_key_of_its_svms() -> None:
    records = [
        record("svm1"),
        record("svm2"),
        record("svm3", key_id=f"{KEY}2"),
        record("svm4", client_id=OTHER),
        record("svm5", key_id=f"{KEY}5"),
        record(None),
    ]
    checks = azure.list_checks_of_application(
        records=records, client_id=CLIENT.upper(), svms=["svm1", "svm2", "svm3", "svm4"], given=SECRET
    )
    assert [each["key_id"] for each in checks] == [KEY, f"{KEY}2"]
    assert all(each["client_secret"] == "first-secret" for each in checks)


def test_checks_new_key_with_each_application() -> None:
    records = [
        record("svm1"),
        record("svm2", client_id=OTHER),
        record("svm3", enabled=False, client_id="unused"),
        record("svm4", client_id="not named"),
    ]
    given: dict[str, Any] = {
        "records": records,
        "svms": ["svm1", "svm2", "svm3"],
        "sources": [{}, SECRET],
        "credentials": {OTHER.upper(): {"client_secret": "x"}},
    }
    checks = azure.list_checks_of_keys(key="both", key_id=f"{KEY}2", **given)
    assert [(each["client_id"], each["key_id"], each["client_secret"]) for each in checks] == [
        (CLIENT, f"{KEY}2", "first-secret"),
        (OTHER, f"{KEY}2", "x"),
    ]
    assert [each["key_id"] for each in azure.list_checks_of_keys(key="internal", key_id="", **given)] == [KEY, KEY]


def run(**result: Any) -> dict[str, Any]:
    return {"ansible_loop_var": "_akv_azure_index", **result}


def test_judge_reports_errors_without_credentials() -> None:
    checks = [{**COMMON, **SECRET}, {**COMMON, "key_id": f"{KEY}2", **SECRET}, {**COMMON, "key_id": f"{KEY}3"}]
    problems = [
        {"severity": "warning", "message": "Expires soon.", "hint": "Rotate."},
        {"severity": "error", "message": "The secret\nhas expired.", "hint": "Create one."},
    ]
    found = {
        "results": [
            run(usable=True, problems=problems),
            run(usable=False, problems=problems),
            run(failed=False, msg="one of the following is required"),
        ]
    }
    lines = azure.judge(checks=checks, found=found)
    assert lines == [
        f"application {CLIENT}, key {KEY}2: The secret has expired. Create one.",
        f"application {CLIENT}, key {KEY}3: {azure._NO_CREDENTIAL}",
    ]
    assert "first-secret" not in str(lines)


def test_judge_reports_unknown_and_missing_results() -> None:
    assert azure.judge(checks=[{**COMMON, **SECRET}], found={"results": [run(usable=None, problems=[])]}) == [
        f"application {CLIENT}, key {KEY}: The check did not run."
    ]
    assert azure.judge(checks=[{**COMMON, **SECRET}], found={"results": []}) == [
        f"application {CLIENT}, key {KEY}: The check did not run."
    ]
    assert azure.judge(checks=[], found={"results": []}) == []
