# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record of responses means: usable or not, the problems and their hints."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import ClientCertificate
from ansible_collections.ontap.akv.plugins.module_utils.azure.judge import Verdict, judge
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import RIGHTS, Host, Question, Record, Refusal
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection

NOW = 1767225600.5
DAY = 24 * 3600
CLIENT = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"
TENANT = "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"
KEY_ID = "https://vault1.vault.azure.net/keys/key1"
QUESTION = Question(
    vault=Host("vault1.vault.azure.net"),
    key="key1",
    version=None,
    client_id=CLIENT,
    tenant_id=TENANT,
    oauth_host=Host("login.microsoftonline.com"),
    reach=Connection("", 443),
    secret="a-secret",
)


def bundle(version: str = "v2", attributes: dict[str, Any] | None = None, **material: Any) -> dict[str, Any]:
    """Return a key as Key Vault returns it."""
    key = {
        "kid": f"{KEY_ID}/{version}",
        "kty": "RSA",
        "n": "wA" + "A" * 340,
        "e": "AQAB",
        "key_ops": list(RIGHTS[1:]),
        **material,
    }
    return {
        "key": key,
        "attributes": {
            "enabled": True,
            "created": 1700000000,
            "updated": 1700000001,
            "recoveryLevel": "Recoverable",
            **(attributes or {}),
        },
    }


def record(key: dict[str, Any] | None = None, **changes: Any) -> Record:
    """Return the record of a healthy key with changes."""
    good = bundle() if key is None else key
    made = Record(
        TENANT, "https://vault.azure.net", logged_in=True, key=good, newest=good, passed=dict.fromkeys(RIGHTS, True)
    )
    return replace(made, **changes)


def only(verdict: Verdict) -> dict[str, Any]:
    """Return the only problem of a verdict."""
    (problem,) = verdict.problems
    return problem


def certificate(begins: float = -DAY, ends: float = 400 * DAY) -> ClientCertificate:
    return ClientCertificate(None, "AB12", b"", int(NOW + begins), int(NOW + ends))


def test_healthy_key_is_usable_without_problems() -> None:
    verdict = judge(record(), QUESTION, NOW)
    assert (verdict.usable, verdict.problems) == (True, [])
    assert verdict.azure == {
        "vault": {"url": "https://vault1.vault.azure.net", "tenant_id": TENANT, "resource": "https://vault.azure.net"},
        "login": {"ok": True, "method": "client_secret", "oauth_host": "login.microsoftonline.com"},
        "certificate": None,
        "key": {
            "key_id": f"{KEY_ID}/v2",
            "version": "v2",
            "newest_version": "v2",
            "is_newest": True,
            "type": "RSA",
            "size": 2048,
            "permitted_operations": ["wrapKey", "unwrapKey", "encrypt", "decrypt"],
            "enabled": True,
            "not_before": None,
            "expires": None,
            "days_left": None,
            "created": "2023-11-14T22:13:20Z",
            "updated": "2023-11-14T22:13:21Z",
            "recovery_level": "Recoverable",
            "purge_protected": True,
        },
        "operations": {right: {"ok": True, "code": None} for right in RIGHTS},
        "versions": None,
    }


@pytest.mark.parametrize(
    ("attributes", "check", "severity", "code", "said", "usable"),
    [
        ({"enabled": False}, "key", "error", "KeyDisabled", "disabled", False),
        ({"exp": int(NOW)}, "key", "error", "KeyExpired", "expired on 2026-01-01T00:00:00Z", False),
        ({"exp": int(NOW) + 30 * DAY - 60}, "key", "warning", None, "in 29 days", True),
        ({"exp": int(NOW) + DAY + 60}, "key", "warning", None, "in 1 day.", True),
        ({"nbf": int(NOW) + 60}, "key", "error", "KeyNotYetValid", "not valid before 2026-01-01T00:01:00Z", False),
        ({"recoveryLevel": "Recoverable+Purgeable"}, "key", "warning", None, "not protected", True),
        ({"recoveryLevel": "Purgeable"}, "key", "warning", None, "not protected", True),
        ({"recoveryLevel": "CustomizedRecoverable+Purgeable"}, "key", "warning", None, "not protected", True),
    ],
)
def test_reports_problems_of_key_attributes(
    attributes: dict[str, Any], check: str, severity: str, code: str | None, said: str, usable: bool
) -> None:
    verdict = judge(record(bundle(attributes=attributes)), QUESTION, NOW)
    problem = only(verdict)
    assert (problem["check"], problem["severity"], problem["code"], verdict.usable) == (check, severity, code, usable)
    assert said in problem["message"]
    assert problem["hint"]


@pytest.mark.parametrize(
    "attributes",
    [
        {"exp": int(NOW) + 31 * DAY},
        {"nbf": int(NOW) - 60},
        {"recoveryLevel": "Recoverable+ProtectedSubscription"},
        {"recoveryLevel": "CustomizedRecoverable"},
    ],
)
def test_accepts_healthy_key_attributes(attributes: dict[str, Any]) -> None:
    assert judge(record(bundle(attributes=attributes)), QUESTION, NOW).problems == []


@pytest.mark.parametrize(
    "nonsense",
    [
        {"exp": "soon", "nbf": True, "created": 1e300, "updated": -1, "enabled": "yes", "recoveryLevel": 5},
        {"exp": 10**30, "nbf": None, "created": []},
    ],
)
def test_invalid_attributes_become_null(nonsense: dict[str, Any]) -> None:
    strange = bundle(attributes=nonsense, key_ops="all", n=5, kty=None)
    key = judge(record(strange), QUESTION, NOW).azure["key"]
    assert (key["expires"], key["not_before"], key["created"], key["days_left"]) == (None, None, None, None)
    assert (key["permitted_operations"], key["size"], key["type"]) == (None, None, None)


def test_non_rsa_key_is_unusable() -> None:
    verdict = judge(record(bundle(kty="EC", n=None, key_ops=["sign", "verify"])), QUESTION, NOW)
    assert verdict.usable is False
    assert "EC" in only(verdict)["message"]


def test_reports_operation_that_key_does_not_permit() -> None:
    key = bundle(key_ops=["wrapKey", "encrypt", "decrypt"])
    refusals = [
        Refusal(
            "operations",
            "Operation unwrapKey is not permitted on this key.",
            "KeyOperationForbidden",
            True,
            None,
            "unwrapKey",
            403,
        )
    ]
    verdict = judge(record(key, refusals=refusals), QUESTION, NOW)
    problem = only(verdict)
    assert (problem["check"], problem["code"], verdict.usable) == ("key", "KeyOperationForbidden", False)
    assert problem["message"].endswith("does not permit unwrapKey.")


def test_older_key_version_is_a_warning() -> None:
    verdict = judge(record(bundle("v1"), newest=bundle("v2")), replace(QUESTION, version="v1"), NOW)
    assert (verdict.usable, only(verdict)["severity"]) == (True, "warning")
    assert (verdict.azure["key"]["is_newest"], verdict.azure["key"]["newest_version"]) == (False, "v2")


def test_disabled_key_is_one_problem_and_operations_have_its_code() -> None:
    refusals = [
        Refusal("operations", "Operation not allowed.", "KeyDisabled", True, None, right, 403)
        for right in ("unwrapKey", "decrypt")
    ]
    verdict = judge(record(bundle(attributes={"enabled": False}), refusals=refusals), QUESTION, NOW)
    assert only(verdict)["code"] == "KeyDisabled"
    assert verdict.azure["operations"]["decrypt"]["code"] == "KeyDisabled"


def test_operations_with_same_code_are_one_problem() -> None:
    found = record(passed={"get": True})
    for right in ("wrapKey", "unwrapKey"):
        found.refuse(Refusal("operations", "Caller is not authorized.", "ForbiddenByRbac", True, None, right, 403))
    verdict = judge(found, QUESTION, NOW)
    problem = only(verdict)
    assert problem["message"] == "wrapKey, unwrapKey: Caller is not authorized."
    assert f"--assignee {CLIENT}" in problem["hint"]
    assert verdict.azure["operations"]["wrapKey"] == {"ok": False, "code": "ForbiddenByRbac"}
    assert verdict.azure["operations"]["encrypt"] == {"ok": None, "code": None}


def test_message_mentions_refused_second_attempt() -> None:
    found = record(waited_for="wrapKey")
    found.refuse(Refusal("operations", "Caller is not authorized.", "ForbiddenByRbac", True, None, "wrapKey", 403))
    assert "A second attempt was refused too" in only(judge(found, QUESTION, NOW))["message"]


def test_late_permission_is_a_warning() -> None:
    verdict = judge(record(waited_for="wrapKey", late=["wrapKey"]), QUESTION, NOW)
    assert (verdict.usable, only(verdict)["severity"], only(verdict)["check"]) == (True, "warning", "operations")


def test_reports_different_tenant_of_vault() -> None:
    verdict = judge(
        Record("00000000-0000-0000-0000-000000000001", "https://vault.azure.net", logged_in=True), QUESTION, NOW
    )
    assert (verdict.usable, only(verdict)["check"]) == (False, "vault")
    assert TENANT in only(verdict)["message"]


def test_different_vault_in_name_is_a_warning() -> None:
    verdict = judge(record(), replace(QUESTION, other_vault="https://vault2.vault.azure.net"), NOW)
    assert (verdict.usable, only(verdict)["severity"], only(verdict)["check"]) == (True, "warning", "vault")


def test_unreachable_azure_leaves_result_unknown() -> None:
    verdict = judge(Record(refusals=[Refusal("connection", "No connection.", reason="network")]), QUESTION, NOW)
    assert (verdict.usable, only(verdict)["check"], only(verdict)["code"]) == (None, "connection", None)
    assert verdict.azure["key"] is None
    assert verdict.azure["login"]["ok"] is None


def test_refusal_of_azure_outweighs_connection_error() -> None:
    refusals = [
        Refusal("connection", "No connection.", reason="network"),
        Refusal("login", "Expired.", "AADSTS7000222", True, "invalid_client"),
    ]
    verdict = judge(Record(refusals=refusals), QUESTION, NOW)
    assert verdict.usable is False
    assert [problem["code"] for problem in verdict.problems] == [None, "AADSTS7000222"]


@pytest.mark.parametrize(
    ("code", "error", "hint"),
    [
        ("AADSTS7000222", "invalid_client", "az ad app credential reset --id " + CLIENT),
        ("AADSTS999999", "unauthorized_client", "client_id"),
        ("AADSTS999999", "no_such_error", None),
    ],
)
def test_uses_hint_of_code_or_else_of_error(code: str, error: str, hint: str | None) -> None:
    problem = only(judge(Record(refusals=[Refusal("login", "No.", code, True, error)]), QUESTION, NOW))
    assert (problem["hint"] is None) if hint is None else (hint in problem["hint"])


@pytest.mark.parametrize(
    ("begins", "ends", "severity", "usable"),
    [
        (-2 * DAY, -60, "error", False),
        (60, 90 * DAY, "error", False),
        (-DAY, 10 * DAY, "warning", True),
        (-DAY, 60, "warning", True),
    ],
)
def test_reports_expired_early_and_expiring_certificate(
    begins: float, ends: float, severity: str, usable: bool
) -> None:
    verdict = judge(record(), replace(QUESTION, certificate=certificate(begins, ends)), NOW)
    assert (only(verdict)["check"], only(verdict)["severity"], verdict.usable) == ("certificate", severity, usable)


def test_returns_data_of_valid_certificate() -> None:
    verdict = judge(record(), replace(QUESTION, certificate=certificate()), NOW)
    assert verdict.problems == []
    assert verdict.azure["certificate"] == {
        "not_before": "2025-12-31T00:00:00Z",
        "not_after": "2027-02-05T00:00:00Z",
        "days_left": 399,
        "thumbprint": "AB12",
    }
    assert verdict.azure["login"]["method"] == "certificate"


def test_warn_days_0_does_not_warn_before_expiry() -> None:
    question = replace(QUESTION, warn_days=0, certificate=certificate(ends=3600))
    assert judge(record(bundle(attributes={"exp": int(NOW) + 3600})), question, NOW).problems == []


def test_lists_versions_newest_first() -> None:
    versions = [
        {"kid": f"{KEY_ID}/v1", "attributes": {"enabled": True, "created": 1}},
        {"kid": f"{KEY_ID}/v2", "attributes": {"enabled": False, "created": 2, "exp": 3}},
        {"kid": 5},
    ]
    listed = judge(record(versions=versions), QUESTION, NOW).azure["versions"]
    assert [(each["version"], each["enabled"], each["expires"]) for each in listed] == [
        ("v2", False, "1970-01-01T00:00:03Z"),
        ("v1", True, None),
        (None, None, None),
    ]


def test_missing_list_permission_is_a_warning() -> None:
    refusal = Refusal(
        "key", "The application does not have keys list permission.", "AccessDenied", True, None, "list", 403
    )
    verdict = judge(record(refusals=[refusal]), QUESTION, NOW)
    assert (verdict.usable, only(verdict)["severity"], only(verdict)["code"]) == (True, "warning", "AccessDenied")


def test_problems_without_code_have_a_reason() -> None:
    old = record(bundle("v1", {"recoveryLevel": "Purgeable", "exp": int(NOW) + DAY}), newest=bundle("v2"))
    problems = judge(old, replace(QUESTION, version="v1", certificate=certificate(ends=-60)), NOW).problems
    assert [(problem["code"], problem["reason"]) for problem in problems] == [
        (None, "certificate_expired"),
        (None, "key_expiring"),
        (None, "newer_version"),
        (None, "purgeable"),
    ]
    assert (
        only(judge(record(bundle(attributes={"enabled": False})), QUESTION, NOW))["code"],
        problems[0]["severity"],
    ) == ("KeyDisabled", "error")
