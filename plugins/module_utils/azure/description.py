# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the Azure check as the return value C(azure) of the module."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.azure.record import (
    KEY,
    RIGHTS,
    Question,
    Record,
    get_key_id,
    get_version,
)

_DAY = 24 * 3600
#: The end of the year 9999; later dates from Azure cannot be shown.
_LATEST = 253402300799


def describe(record: Record, question: Question, now: float) -> dict[str, Any]:
    """Return the return value C(azure). now: seconds since 1970."""
    return {
        "vault": {"url": f"https://{question.vault.text}", "tenant_id": record.tenant_id, "resource": record.resource},
        "login": {
            "ok": record.logged_in,
            "method": "client_secret" if question.certificate is None else "certificate",
            "oauth_host": question.oauth_host.text,
        },
        "certificate": _describe_certificate(question, now),
        "key": _describe_key(record, question, now),
        "operations": {right: {"ok": record.passed.get(right), "code": _find_code(record, right)} for right in RIGHTS},
        "versions": None if record.versions is None else _describe_versions(record.versions),
    }


def _find_code(record: Record, right: str) -> str | None:
    return next((refusal.code for refusal in record.refusals if refusal.operation == right and refusal.decided), None)


def _describe_certificate(question: Question, now: float) -> dict[str, Any] | None:
    certificate = question.certificate
    if certificate is None:
        return None
    return {
        "not_before": format_date(certificate.not_before),
        "not_after": format_date(certificate.not_after),
        "days_left": _count_days_left(certificate.not_after, now),
        "thumbprint": certificate.thumbprint,
    }


def _describe_key(record: Record, question: Question, now: float) -> dict[str, Any] | None:
    if record.key is None:
        return None
    material, attributes = _as_object(record.key.get("key")), _as_object(record.key.get("attributes"))
    version, newest = get_version(record.key) or question.version, get_version(record.newest)
    level = attributes.get("recoveryLevel") if isinstance(attributes.get("recoveryLevel"), str) else None
    operations = material.get("key_ops")
    return {
        "key_id": get_key_id(record.key),
        "version": version,
        "newest_version": newest,
        "is_newest": None if newest is None or KEY not in question.checks else version == newest,
        "type": material["kty"] if isinstance(material.get("kty"), str) else None,
        "size": _count_bits(material.get("n")),
        "permitted_operations": (
            [item for item in operations if isinstance(item, str)] if isinstance(operations, list) else None
        ),
        **_describe_life(attributes),
        "days_left": None if _read_moment(attributes.get("exp")) is None else _count_days_left(attributes["exp"], now),
        "recovery_level": level,
        "purge_protected": None if level is None else "purgeable" not in level.lower(),
    }


def _describe_life(attributes: Mapping[str, Any]) -> dict[str, Any]:
    enabled = attributes.get("enabled")
    dates = {"not_before": "nbf", "expires": "exp", "created": "created", "updated": "updated"}
    return {
        "enabled": enabled if isinstance(enabled, bool) else None,
        **{name: format_date(_read_moment(attributes.get(field))) for name, field in dates.items()},
    }


def _describe_versions(items: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the versions of a key, the newest first."""
    found = [
        {"key_id": get_key_id(item), "version": get_version(item), **_describe_life(_as_object(item.get("attributes")))}
        for item in items
    ]
    return sorted(found, key=lambda version: version["created"] or "", reverse=True)


def _as_object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count_bits(modulus: Any) -> int | None:
    """Return the number of bits of an RSA modulus in base64url."""
    try:
        number = int.from_bytes(
            base64.b64decode(modulus + "=" * (-len(modulus) % 4), altchars=b"-_", validate=True), "big"
        )
    except (binascii.Error, ValueError, TypeError):
        return None
    return number.bit_length() or None


def _read_moment(value: Any) -> int | None:
    """Return a date from Azure in seconds since 1970, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LATEST else None


def _count_days_left(moment: int, now: float) -> int:
    """Return the whole days until a moment; below 0 after it."""
    return math.floor((moment - now) / _DAY)


def format_date(moment: float | None) -> Any:
    """Return a moment as text in ISO 8601, which sorts by time; None for None."""
    if moment is None:
        return None
    return dt.datetime.fromtimestamp(moment, dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
