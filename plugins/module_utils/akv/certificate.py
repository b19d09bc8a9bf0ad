# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client certificate of a task: read, brought into the form that is sent, and looked into where it can be.

ONTAP wants a PKCS#12 as base64 without line breaks ("client_certificate" in the API reference). Its outer form is
checked here (RFC 7292: a SEQUENCE that begins with version 3); its dates only where it opens without a password and the
library cryptography is there. ONTAP is the judge of the rest.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError

_LARGEST_FILE = 1024 * 1024
_SEQUENCE = 0x30
_INDEFINITE = 0x80
_VERSION_3 = b"\x02\x01\x03"
_FORM = "a PKCS#12 (.pfx, .p12) with certificate and private key"


@dataclass(frozen=True)
class Certificate:
    """A PKCS#12 as it is sent. warning: what could not be checked."""

    base64: str
    warning: str | None = None


class Facts(NamedTuple):
    """What a PKCS#12 says without a password. fingerprint: SHA-256, of the certificate where it can be seen, else of the file.

    not_before, not_after: when it is valid, None where that cannot be seen; unseen: why.
    """

    fingerprint: str
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    unseen: str | None = None


def certificate(params: Mapping[str, Any], *, now: dt.datetime | None = None) -> Certificate | None:
    """Returns the client certificate of a task, None where none is given; raises OptionError naming the option."""
    found = given(params)
    if found is None:
        return None
    option, content = found
    warning = _check_dates(option, content, now or dt.datetime.now(dt.timezone.utc))
    return Certificate(base64.b64encode(content).decode(), warning)


def given(params: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """Returns the option that gives the client certificate of a task and its PKCS#12 (DER), None if there is none; raises OptionError."""
    for option in ("client_certificate", "client_certificate_path"):
        if params.get(option) is not None:
            return option, _content(option, params[option])
    return None


def facts(option: str, value: str) -> Facts:
    """Returns what can be told of a client certificate. option: C(client_certificate) or C(client_certificate_path). Raises OptionError."""
    content = _content(option, value)
    found, unseen = _opened(content)
    if found is None:
        return Facts(hashlib.sha256(content).hexdigest(), unseen=unseen)
    return Facts(_fingerprint(found), _utc(found, "not_valid_before"), _utc(found, "not_valid_after"))


def _content(option: str, value: str) -> bytes:
    """The PKCS#12 as DER."""
    content = _from_text(option, value) if option == "client_certificate" else _from_file(option, value)
    _check_form(option, content)
    return content


def _from_text(option: str, text: str) -> bytes:
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        raise OptionError(option, f"it is not base64; give the base64 form of {_FORM}") from exc
    if not content:
        raise OptionError(option, f"it is empty; give the base64 form of {_FORM}")
    return content


def _from_file(option: str, path: str) -> bytes:
    if not path:
        raise OptionError(option, "it is empty")
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is no path"
        raise OptionError(option, f"{path} cannot be read on the host that runs the module: {reason}") from exc
    if not content.strip():
        raise OptionError(option, f"{path} is empty")
    if len(content) > _LARGEST_FILE:
        raise OptionError(option, f"{path} is larger than 1 MiB; it is no client certificate")
    if content[0] == _SEQUENCE:
        return content
    try:
        return _from_text(option, content.decode("ascii"))
    except (UnicodeDecodeError, OptionError) as exc:
        raise OptionError(option, f"{path} is not {_FORM}, neither as DER nor as its base64") from exc


def _check_form(option: str, content: bytes) -> None:
    """Refuses what is no PKCS#12: SEQUENCE, its length, then the INTEGER 3."""
    if len(content) < 2 or content[0] != _SEQUENCE:
        raise OptionError(option, f"it is not {_FORM}")
    length, start = content[1], 2
    if length == _INDEFINITE:
        end = len(content)
    else:
        if length > _INDEFINITE:
            start += length - _INDEFINITE
            length = int.from_bytes(content[2:start], "big")
        end = start + length
    if not content.startswith(_VERSION_3, start):
        raise OptionError(option, f"it is not {_FORM}: the version 3 of that form is missing")
    if end > len(content):
        raise OptionError(option, f"it is cut off: {end} bytes are announced, {len(content)} are there")


def _opened(content: bytes) -> tuple[Any, str | None]:
    """The certificate in a PKCS#12 that has no password, or why it cannot be seen."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import pkcs12
    except ImportError:
        return None, "the Python library cryptography is not there."
    try:
        found = pkcs12.load_key_and_certificates(content, None)[1]
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None, "the PKCS#12 does not open without a password."
    return found, None if found is not None else "the PKCS#12 holds no certificate that belongs to its private key."


def _check_dates(option: str, content: bytes, now: dt.datetime) -> str | None:
    """Refuses a certificate that is not valid now; returns a warning where that cannot be seen."""
    found, unseen = _opened(content)
    if found is None:
        return f"The dates of {option} could not be checked: {unseen}"
    begins, ends = _utc(found, "not_valid_before"), _utc(found, "not_valid_after")
    if now > ends:
        raise OptionError(option, f"the certificate expired on {ends:%Y-%m-%d %H:%M:%S} UTC")
    if now < begins:
        raise OptionError(option, f"the certificate is not valid before {begins:%Y-%m-%d %H:%M:%S} UTC")
    return None


def _fingerprint(found: Any) -> str:
    from cryptography.hazmat.primitives import hashes

    return str(found.fingerprint(hashes.SHA256()).hex())


def _utc(found: Any, name: str) -> dt.datetime:
    """A date of a certificate; libraries older than cryptography 42 have it without time zone, in UTC."""
    value: dt.datetime | None = getattr(found, name + "_utc", None)
    if value is None:
        value = getattr(found, name).replace(tzinfo=dt.timezone.utc)
    return value
