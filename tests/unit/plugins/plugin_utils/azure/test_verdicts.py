# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What results of akv_azure_info mean for configurations. The module computes the results from scripted records."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import ClientCertificate
from ansible_collections.ontap.akv.plugins.module_utils.azure.judge import judge as judge_record
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import Host, Question, Record, Refusal
from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.plugin_utils.azure import verdicts
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.verdicts import AzureVerdict

NOW = 1767225600.5
DAY = 24 * 3600
KEY_ID = "https://vault1.vault.azure.net/keys/key1"
CLIENT, TENANT = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c", "3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f"
QUESTION = Question(
    vault=Host("vault1.vault.azure.net"),
    key="key1",
    version="v1",
    client_id=CLIENT,
    tenant_id=TENANT,
    oauth_host=Host("login.microsoftonline.com"),
    reach=Connection("", 443),
    secret="a-secret",
    checks=["login", "key"],
)
REFUSED = Refusal("login", "The secret has expired.", "AADSTS7000222", decided=True, reason="invalid_client")
LOST = Refusal("connection", "The vault could not be reached from this host.", reason="network")


def bundle(version: str = "v1", **attributes: Any) -> dict[str, Any]:
    """Return a key as Key Vault returns it."""
    key = {"kid": f"{KEY_ID}/{version}", "kty": "RSA", "key_ops": ["wrapKey", "unwrapKey", "encrypt", "decrypt"]}
    return {"key": key, "attributes": {"enabled": True, "recoveryLevel": "Recoverable", **attributes}}


def verdict(
    *,
    newest: str = "v1",
    version: str | None = "v1",
    ends: float | None = None,
    record: dict[str, Any] | None = None,
    **attributes: Any,
) -> AzureVerdict:
    """Return the verdict on a key with these attributes.

    ends: seconds until the certificate expires. record: changes of the record.
    """
    certificate = None if ends is None else ClientCertificate(None, "AB12", b"", int(NOW) - DAY, int(NOW + ends))
    question = replace(QUESTION, version=version, certificate=certificate)
    found = Record(
        TENANT, "https://vault.azure.net", logged_in=True, key=bundle(**attributes), newest=bundle(newest, **attributes)
    )
    result = judge_record(replace(found, **(record or {})), question, NOW)._asdict()
    return verdicts.judge({"key_id": question.key_id}, result)


def kinds(found: AzureVerdict) -> list[tuple[str, str]]:
    return [(finding.kind, finding.severity) for finding in found.findings]


def test_healthy_key_is_usable_and_every_kind_is_known() -> None:
    found = verdict()
    assert (found.usable, found.doubt, found.findings, found.known) == (True, None, [], verdicts.KINDS)
    assert found.key is not None
    assert (found.key["version"], found.key["newest_in_use"], found.key["purge_protected"]) == ("v1", True, True)


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"enabled": False}, [("key_unusable", "error")]),
        ({"exp": int(NOW) - 60}, [("key_unusable", "error"), ("key_expiring", "error")]),
        ({"exp": int(NOW) + 29 * DAY}, [("key_expiring", "warning")]),
        ({"nbf": int(NOW) + DAY}, [("key_unusable", "error")]),
        ({"newest": "v2"}, [("key_new_version", "warning")]),
        ({"recoveryLevel": "Recoverable+Purgeable"}, [("key_unprotected", "warning")]),
        ({"ends": 5 * DAY}, [("certificate_expiring", "warning")]),
        ({"ends": -60}, [("certificate_expiring", "error")]),
    ],
    ids=str,
)
def test_each_problem_has_kind_and_severity(wrong: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    found = verdict(**wrong)
    assert kinds(found) == expected
    assert found.usable is not any(severity == "error" for _kind, severity in expected)
    assert found.known == verdicts.KINDS
    assert all(finding.message and finding.hint for finding in found.findings)


def test_certificate_not_yet_valid_counts_as_refused_login() -> None:
    certificate = ClientCertificate(None, "AB12", b"", int(NOW) + DAY, int(NOW) + 400 * DAY)
    result = judge_record(
        Record(TENANT, "https://vault.azure.net"), replace(QUESTION, certificate=certificate), NOW
    )._asdict()
    assert kinds(verdicts.judge({"key_id": KEY_ID}, result)) == [("login_refused", "error")]


def test_refused_login_leaves_key_unknown() -> None:
    found = verdict(record={"logged_in": False, "key": None, "newest": None, "refusals": [REFUSED]})
    assert (found.usable, found.doubt, kinds(found)) == (False, None, [("login_refused", "error")])
    assert found.known == ("login_refused", "certificate_expiring")
    assert (found.findings[0].code, found.key) == ("AADSTS7000222", None)


@pytest.mark.parametrize("code", ["KeyNotFound", "ForbiddenByRbac", "ForbiddenByFirewall"])
def test_key_that_azure_refuses_is_unusable(code: str) -> None:
    check = "vault" if code == "ForbiddenByFirewall" else "key"
    refusal = Refusal(check, "No.", code, decided=True, operation="get", status=403)
    found = verdict(record={"key": None, "newest": None, "refusals": [refusal]})
    assert (found.usable, kinds(found)) == (False, [("key_unusable", "error")])
    assert set(found.known) == {"login_refused", "key_unusable", "certificate_expiring"}


@pytest.mark.parametrize(
    "refusal",
    [
        LOST,
        Refusal("vault", "Throttled.", "Throttled", reason="busy", status=429),
        Refusal("vault", "No challenge.", reason="no challenge", status=401),
        Refusal("vault", "Other audience.", reason="other audience"),
        Refusal("connection", "Not Azure's.", reason="foreign"),
    ],
)
def test_unreachable_vault_leaves_result_unknown(refusal: Refusal) -> None:
    found = verdict(record={"key": None, "newest": None, "refusals": [refusal]})
    assert (found.usable, found.findings) == (None, [])
    assert found.doubt is not None
    assert found.doubt.startswith(refusal.message)
    assert found.known == ("login_refused", "certificate_expiring")


def test_undecided_login_leaves_result_unknown() -> None:
    refusal = Refusal("login", "Try later.", "AADSTS90033", reason="temporarily_unavailable", status=503)
    found = verdict(record={"logged_in": None, "key": None, "newest": None, "refusals": [refusal]})
    assert (found.usable, found.findings, found.known) == (None, [], ("certificate_expiring",))


def test_refused_login_is_certain_when_vault_is_unreachable() -> None:
    found = verdict(
        record={"tenant_id": None, "logged_in": False, "key": None, "newest": None, "refusals": [LOST, REFUSED]}
    )
    assert (found.usable, kinds(found)) == (False, [("login_refused", "error")])
    assert found.doubt is not None


def test_version_in_use_is_unknown_without_a_version() -> None:
    found = verdict(version=None)
    assert found.key is not None
    assert (found.key["newest_version"], found.key["newest_in_use"]) == ("v1", None)
    assert "key_new_version" not in found.known


@pytest.mark.parametrize(
    "result",
    [{}, {"failed": True, "msg": "client_secret:\nit is empty"}, {"usable": True}, {"usable": None, "azure": "x"}],
)
def test_failed_task_leaves_result_unknown(result: dict[str, Any]) -> None:
    found = verdicts.judge({"key_id": KEY_ID}, result)
    assert (found.usable, found.known, found.findings) == (None, (), [])
    assert found.doubt == ("client_secret: it is empty" if "msg" in result else "The check did not run.")


def test_verdict_data_contains_only_plain_values() -> None:
    data = verdict(newest="v2", ends=5 * DAY).as_data()
    assert json.loads(json.dumps(data)) == data
    assert [finding["kind"] for finding in data["findings"]] == ["certificate_expiring", "key_new_version"]
