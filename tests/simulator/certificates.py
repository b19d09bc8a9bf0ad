# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks into a client certificate (PKCS#12, base64) as far as that goes without its password."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12

from . import codes
from .errors import ApiError, documented

_FIPS_SIZES = (2048, 3072, 4096)
_FIPS_HASHES = ("sha256", "sha384", "sha512")


@dataclass(frozen=True)
class Certificate:
    """What can be seen of a PKCS#12. `x509` is None where it does not open without a password."""

    fingerprint: str
    x509: x509.Certificate | None

    @property
    def expires(self) -> float | None:
        """Its last moment, in seconds since 1970."""
        return None if self.x509 is None else self.x509.not_valid_after_utc.timestamp()

    @property
    def starts(self) -> float:
        """Its first moment."""
        return 0.0 if self.x509 is None else self.x509.not_valid_before_utc.timestamp()


def look(operation: str, text: str, *, now: float, fips: bool) -> Certificate:
    """The certificate, or the documented error that it is refused with."""
    der = _decode(text)
    if der is None or not _is_pkcs12(der):
        raise documented(operation, "65537573", target="client_certificate")
    seen = Certificate(hashlib.sha256(der).hexdigest(), _open(der))
    refusal = _refusal(operation, seen, now, fips)
    if refusal is not None:
        raise refusal
    return seen


def _decode(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_pkcs12(der: bytes) -> bool:
    """A SEQUENCE that starts with the version, 3 (RFC 7292, PFX)."""
    if len(der) < 8 or der[0] != 0x30:
        return False
    start = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
    return der[start : start + 3] == b"\x02\x01\x03"


# Deriving the key of a PKCS#12 takes long, and one certificate often serves many configurations.
@lru_cache(maxsize=16)
def _open(der: bytes) -> x509.Certificate | None:
    for password in (None, b""):
        try:
            return pkcs12.load_key_and_certificates(der, password)[1]
        except ValueError:
            continue
    return None


def _refusal(operation: str, seen: Certificate, now: float, fips: bool) -> ApiError | None:
    if seen.x509 is None:
        return None
    code = None
    if seen.starts > now:
        code = "52559972"
    elif seen.expires is not None and seen.expires < now:
        code = "65537573"
    else:
        code = _key_refusal(seen.x509, fips)
    if code is None:
        return None
    # The PATCH table has one code for every fault of a certificate.
    return documented(operation, code if operation == codes.CREATE else "65537573", target="client_certificate")


def _key_refusal(certificate: x509.Certificate, fips: bool) -> str | None:
    key = certificate.public_key()
    size = key.key_size if isinstance(key, rsa.RSAPublicKey) else None
    digest = certificate.signature_hash_algorithm
    if fips and size is not None and size not in _FIPS_SIZES:
        return "3735664"
    if fips and digest is not None and digest.name not in _FIPS_HASHES:
        return "3735665"
    return "3735700" if size is not None and size < 2048 else None
