# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client certificate of a task: read it, convert it to the form that ONTAP expects, and check it if possible.

ONTAP expects a PKCS#12 as base64 without line breaks ("client_certificate" in the API reference). This module checks
the outer structure (RFC 7292: a SEQUENCE that begins with version 3). It checks the dates only if the PKCS#12 opens
without a password and the Python library cryptography is installed. ONTAP validates the rest.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
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
_EXPORT = "openssl pkcs12 -export -inkey KEY.pem -in CERTIFICATE.pem -out CLIENT.pfx -passout pass:"
_REWRITE = (
    "openssl pkcs12 -in OLD.pfx -nodes -out ALL.pem && openssl pkcs12 -export -in ALL.pem -out CLIENT.pfx -passout"
    " pass:"
)
# A PKCS#12 in base64 begins with MI and contains no dot.
_PATH = re.compile(
    r"\s*(~|\.{0,2}/|[A-Za-z]:[\\/]|[^\n]{1,250}\.(pfx|p12|pem|crt|cer|der|key|b64|txt)\s*\Z)", re.IGNORECASE
)
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_SHORTEST_CONTENT = 200
#: The first bytes of a Java keystore, and their base64, which looks like a path.
_JKS, _JKS_TEXT = b"\xfe\xed\xfe\xed", "/u3+7"
_BEGINNINGS = (
    (b"$ANSIBLE_VAULT", "a text that is still encrypted by Ansible Vault"),
    (_JKS, "a Java keystore (JKS)"),
)
_X509_VERSION = b"\xa0\x03\x02\x01\x02"
_FIRST_ELEMENTS = (
    (b"\x02\x01\x00", "a private key (DER) without its certificate"),
    (b"\x02\x01\x01\x04", "a private key (DER) without its certificate"),
    (b"\x06", "a PKCS#7 (.p7b), which holds no private key"),
)


@dataclass(frozen=True)
class Certificate:
    """A PKCS#12 in the form in which it is sent. warning: what could not be checked."""

    base64: str
    warning: str | None = None


class Facts(NamedTuple):
    """The properties of a PKCS#12 that can be read without a password.

    fingerprint: SHA-256, of the certificate if it can be read, else of the file.
    not_before, not_after: the validity period, None if it cannot be read; unseen: the reason.
    """

    fingerprint: str
    not_before: dt.datetime | None = None
    not_after: dt.datetime | None = None
    unseen: str | None = None


def read_certificate(params: Mapping[str, Any], *, now: dt.datetime | None = None) -> Certificate | None:
    """Return the client certificate of a task, None if the task gives none. Raises OptionError naming the option."""
    found = find_given(params)
    if found is None:
        return None
    option, content = found
    warning = _check_dates(option, content, now or dt.datetime.now(dt.timezone.utc))
    return Certificate(base64.b64encode(content).decode(), warning)


def find_given(params: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """Return the option that gives the client certificate of a task and its PKCS#12 (DER), None if no option gives one.

    Raises OptionError.
    """
    for option in ("client_certificate", "client_certificate_path"):
        if params.get(option) is not None:
            return option, _read_content(option, params[option])
    return None


def read_facts(option: str, value: str) -> Facts:
    """Return what can be read of a client certificate.

    option: C(client_certificate) or C(client_certificate_path). Raises OptionError.
    """
    content = _read_content(option, value)
    found, _key, unseen = _open(content)
    if found is None:
        return Facts(
            hashlib.sha256(content).hexdigest(),
            unseen=unseen or "the PKCS#12 holds no certificate that belongs to its private key.",
        )
    return Facts(_read_fingerprint(found), _read_date(found, "not_valid_before"), _read_date(found, "not_valid_after"))


def find_misplaced(params: Mapping[str, Any]) -> str | None:
    """Return the content that a task gives instead of a path, None if it does not. It may hold a private key."""
    value = params.get("client_certificate_path")
    return value if isinstance(value, str) and _is_content(value) else None


def _is_content(path: str) -> bool:
    return (
        "-----BEGIN" in path
        or "$ANSIBLE_VAULT" in path
        or "\n" in path.strip()
        or (len(path) > _SHORTEST_CONTENT and path.startswith("MI"))
    )


def _read_content(option: str, value: str) -> bytes:
    """Return the PKCS#12 as DER."""
    content = _read_text(option, value) if option == "client_certificate" else _read_file(option, value)
    _check_form(option, content)
    return content


def _read_text(option: str, text: str) -> bytes:
    if _PATH.match(text) and not text.lstrip().startswith(_JKS_TEXT):
        raise OptionError(
            option, "it is not base64 but the path of a file", hint="Give the path as client_certificate_path."
        )
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as exc:
        what = _describe(text.encode(errors="replace"))
        raise OptionError(
            option,
            f"it is not base64{f' but {what}' if what else ''}; give the base64 form of {_FORM}",
            hint=_make_hint(option),
        ) from exc
    if not content:
        raise OptionError(option, f"it is empty; give the base64 form of {_FORM}")
    return content


def _read_file(option: str, path: str) -> bytes:
    if not path:
        raise OptionError(option, "it is empty")
    if _is_content(path):
        raise OptionError(
            option,
            "it is not a path but the content of a file",
            hint="Give the base64 form of a PKCS#12 as client_certificate.",
        )
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it is not a path"
        raise OptionError(option, f"{path} cannot be read on the host that runs the module: {reason}") from exc
    if not content.strip():
        raise OptionError(option, f"{path} is empty")
    if len(content) > _LARGEST_FILE:
        raise OptionError(option, f"{path} is larger than 1 MiB, so it is not a client certificate")
    if content[0] == _SEQUENCE:
        return content
    try:
        return _read_text(option, content.decode("ascii"))
    except (UnicodeDecodeError, OptionError) as exc:
        what = _describe(content)
        raise OptionError(
            option,
            f"{path} is not {_FORM}, neither as DER nor as its base64{f', but {what}' if what else ''}",
            hint=_make_hint(option),
        ) from exc


def _describe(content: bytes) -> str | None:
    """Return a description of content that is not a PKCS#12, None if its kind is not recognized."""
    kinds = [kind.decode() for kind in _PEM.findall(content)]
    if kinds:
        key, certificate = (
            any("PRIVATE KEY" in kind for kind in kinds),
            any(kind.endswith("CERTIFICATE") for kind in kinds),
        )
        if key and certificate:
            return "PEM text with a certificate and a private key"
        return "PEM text with " + (
            "a private key and no certificate"
            if key
            else "a certificate and no private key"
            if certificate
            else kinds[0]
        )
    beginning = next((what for first, what in _BEGINNINGS if content.lstrip().startswith(first)), None)
    if beginning is not None:
        return beginning
    if content.strip() == b"$encrypted$":
        return "the text that AWX shows in place of a secret"
    if content[:1] == bytes([_SEQUENCE]) and _X509_VERSION in content[:20]:
        return "a certificate (DER) without its private key"
    return None


def _make_hint(option: str) -> str:
    """Return a hint on how to create a certificate that is accepted."""
    return f"Make one with: {_EXPORT}" + (
        " ; then give the output of: base64 -w0 CLIENT.pfx" if option == "client_certificate" else ""
    )


def _check_form(option: str, content: bytes) -> None:
    """Raise OptionError if the content is not a PKCS#12: a SEQUENCE, its length, then the INTEGER 3."""
    if len(content) < 2 or content[0] != _SEQUENCE:
        what = _describe(content)
        raise OptionError(option, f"it is not {_FORM}{f' but {what}' if what else ''}", hint=_make_hint(option))
    length, start = content[1], 2
    if length == _INDEFINITE:
        end = len(content)
    else:
        if length > _INDEFINITE:
            start += length - _INDEFINITE
            length = int.from_bytes(content[2:start], "big")
        end = start + length
    if not content.startswith(_VERSION_3, start):
        what = _describe(content) or next(
            (what for first, what in _FIRST_ELEMENTS if content.startswith(first, start)), None
        )
        raise OptionError(
            option,
            f"it is not {_FORM}{f' but {what}' if what else ''}: the version 3 of that form is missing",
            hint=_make_hint(option),
        )
    if end > len(content):
        raise OptionError(option, f"it is cut off: it announces {end} bytes and has {len(content)}")


def _open(content: bytes) -> tuple[Any, Any, str | None]:
    """Return certificate and private key of a PKCS#12 that has no password, and the reason if they cannot be read."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import pkcs12
    except ImportError:
        return None, None, "the Python library cryptography is not installed."
    try:
        key, found, others = pkcs12.load_key_and_certificates(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return (
            None,
            None,
            f"the PKCS#12 does not open without a password, and ONTAP has no field for one. Remove it with: {_REWRITE}",
        )
    # Without a key the library cannot say which certificate is the client's.
    return found or (others[0] if others and key is None else None), key, None


def _check_dates(option: str, content: bytes, now: dt.datetime) -> str | None:
    """Refuse a certificate that is not valid now or is incomplete; return a warning if that cannot be checked.

    Raises OptionError.
    """
    found, key, unseen = _open(content)
    if unseen is not None:
        return f"The dates of {option} could not be checked: {unseen}"
    if found is None:
        raise OptionError(
            option, "the PKCS#12 holds no certificate that belongs to its private key", hint=_make_hint(option)
        )
    if key is None:
        raise OptionError(option, "the PKCS#12 holds no private key", hint=_make_hint(option))
    begins, ends = _read_date(found, "not_valid_before"), _read_date(found, "not_valid_after")
    if now > ends:
        raise OptionError(option, f"the certificate expired on {ends:%Y-%m-%d %H:%M:%S} UTC")
    if now < begins:
        raise OptionError(option, f"the certificate is not valid before {begins:%Y-%m-%d %H:%M:%S} UTC")
    return None


def _read_fingerprint(found: Any) -> str:
    from cryptography.hazmat.primitives import hashes

    return str(found.fingerprint(hashes.SHA256()).hex())


def _read_date(found: Any, name: str) -> dt.datetime:
    """Return a date of a certificate in UTC; cryptography before version 42 returns it without a time zone, in UTC."""
    value: dt.datetime | None = getattr(found, name + "_utc", None)
    if value is None:
        value = getattr(found, name).replace(tzinfo=dt.timezone.utc)
    return value
