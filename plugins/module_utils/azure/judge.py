# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the recorded responses of Azure mean for ONTAP. The functions use no requests, clock or options of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.azure import description
from ansible_collections.ontap.akv.plugins.module_utils.azure.clouds import is_managed_hsm
from ansible_collections.ontap.akv.plugins.module_utils.azure.problems import find_hint
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    CERTIFICATE,
    KEY,
    OPERATIONS,
    RIGHTS,
    VAULT,
    Question,
    Record,
    Refusal,
)

ERROR, WARNING = "error", "warning"


class Finding(NamedTuple):
    """A problem.

    decided: whether the problem is certain; if false, Azure could not be reached. reason: an entry of the catalogue.
    """

    check: str
    severity: str
    message: str
    code: str | None = None
    reason: str | None = None
    decided: bool = True


class Verdict(NamedTuple):
    """The result of the check. usable: None if Azure could not be reached. All are as the module returns them."""

    usable: bool | None
    problems: list[dict[str, Any]]
    azure: dict[str, Any]


def judge(record: Record, question: Question, now: float) -> Verdict:
    """Return whether ONTAP can use the key with the credential, the problems, and the data. now: seconds since 1970."""
    azure = description.describe(record, question, now)
    certain = [
        *_judge_vault(record, question),
        *_judge_certificate(azure["certificate"], question, now),
        *_judge_key(azure["key"], question, now),
    ]
    known = {finding.code for finding in certain if finding.code is not None}
    findings = [*certain, *_judge_refusals(record, known), *_judge_late_grants(record)]
    values = _list_values(question, azure["key"])
    problems = [
        {
            "check": finding.check,
            "severity": finding.severity,
            "code": finding.code,
            "reason": None if finding.reason is None else finding.reason.replace(" ", "_"),
            "message": finding.message,
            "hint": find_hint((finding.code, finding.reason), values, managed_hsm=is_managed_hsm(question.vault.name)),
        }
        for finding in findings
    ]
    return Verdict(_is_usable(findings), problems, azure)


def _is_usable(findings: list[Finding]) -> bool | None:
    errors = [finding for finding in findings if finding.severity == ERROR]
    if any(finding.decided for finding in errors):
        return False
    return None if errors else True


def _list_values(question: Question, key: Mapping[str, Any] | None) -> dict[str, str]:
    return {
        "vault": question.vault.name.partition(".")[0],
        "key": question.key,
        "key_id": (key or {}).get("key_id") or question.key_id,
        "client_id": question.client_id,
        "tenant_id": question.tenant_id,
    }


def _judge_vault(record: Record, question: Question) -> Iterator[Finding]:
    if record.tenant_id is not None and record.tenant_id != question.tenant_id.lower():
        message = f"The vault trusts the tenant {record.tenant_id}, not {question.tenant_id}; the key was not checked."
        yield Finding(VAULT, ERROR, message, reason="other tenant")
    if question.other_vault is not None:
        message = (
            f"name is {question.other_vault}, and the key is in {question.vault.text}; the vault of the key was"
            " checked."
        )
        yield Finding(VAULT, WARNING, message, reason="other vault")


def _judge_certificate(certificate: Mapping[str, Any] | None, question: Question, now: float) -> Iterator[Finding]:
    if certificate is None:
        return
    if certificate["days_left"] < 0:
        yield Finding(
            CERTIFICATE,
            ERROR,
            f"The client certificate expired on {certificate['not_after']}.",
            reason="certificate expired",
        )
    elif certificate["not_before"] > description.format_date(now):
        yield Finding(
            CERTIFICATE,
            ERROR,
            f"The client certificate is not valid before {certificate['not_before']}.",
            reason="certificate not valid yet",
        )
    elif certificate["days_left"] < question.warn_days:
        message = (
            f"The client certificate expires on {certificate['not_after']}, in"
            f" {_format_days(certificate['days_left'])}."
        )
        yield Finding(CERTIFICATE, WARNING, message, reason="certificate expiring")


def _judge_key(key: Mapping[str, Any] | None, question: Question, now: float) -> Iterator[Finding]:
    if key is None:
        return
    yield from _judge_dates(key, question, now)
    name = f"The key {key['key_id'] or question.key_id}"
    if key["enabled"] is False:
        yield Finding(KEY, ERROR, f"{name} is disabled.", "KeyDisabled")
    if key["type"] is not None and key["type"] not in ("RSA", "RSA-HSM"):
        yield Finding(KEY, ERROR, f"{name} is of type {key['type']}; ONTAP needs an RSA key.", reason="key type")
    elif key["permitted_operations"] is not None:
        missing = [right for right in RIGHTS if right != "get" and right not in key["permitted_operations"]]
        if missing:
            yield Finding(KEY, ERROR, f"{name} does not permit {', '.join(missing)}.", "KeyOperationForbidden")
    if key["is_newest"] is False:
        yield Finding(
            KEY, WARNING, f"{name} is not the newest version, which is {key['newest_version']}.", reason="newer version"
        )
    if key["purge_protected"] is False:
        yield Finding(
            KEY, WARNING, f"{name} is not protected against being purged ({key['recovery_level']}).", reason="purgeable"
        )


def _judge_dates(key: Mapping[str, Any], question: Question, now: float) -> Iterator[Finding]:
    name = f"The key {key['key_id'] or question.key_id}"
    if key["expires"] is not None and key["expires"] <= description.format_date(now):
        yield Finding(KEY, ERROR, f"{name} expired on {key['expires']}.", "KeyExpired")
    elif key["days_left"] is not None and key["days_left"] < question.warn_days:
        yield Finding(
            KEY,
            WARNING,
            f"{name} expires on {key['expires']}, in {_format_days(key['days_left'])}.",
            reason="key expiring",
        )
    if key["not_before"] is not None and key["not_before"] > description.format_date(now):
        yield Finding(KEY, ERROR, f"{name} is not valid before {key['not_before']}.", "KeyNotYetValid")


def _format_days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _judge_refusals(record: Record, known: set[str]) -> Iterator[Finding]:
    """Yield the refusals, operations with the same code grouped; skip those that the key's attributes explain."""
    groups: dict[tuple[Any, ...], list[Refusal]] = {}
    for refusal in record.refusals:
        if refusal.check != OPERATIONS or refusal.code not in known:
            groups.setdefault((refusal.check, refusal.code, refusal.reason, refusal.decided), []).append(refusal)
    for (check, code, reason, decided), refusals in groups.items():
        operations = [refusal.operation for refusal in refusals if refusal.operation is not None]
        message = f"{', '.join(operations)}: {refusals[0].message}" if operations else refusals[0].message
        if any(refusal.operation == record.waited_for and operations for refusal in refusals):
            message += " A second attempt was refused too; a new grant can take ten minutes."
        # The versions are not needed, but if Azure was unreachable for them, the operations were not tested either.
        unlisted = operations == ["list"] and decided
        yield Finding(
            check, WARNING if unlisted else ERROR, message, code, "versions refused" if unlisted else reason, decided
        )


def _judge_late_grants(record: Record) -> Iterator[Finding]:
    for operation in record.late:
        check = KEY if operation in ("get", "list") else OPERATIONS
        yield Finding(
            check,
            WARNING,
            f"{operation} was refused at first and granted at the second attempt.",
            reason="late grant",
        )
