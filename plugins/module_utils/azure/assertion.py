# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate of an application, and the assertion that it signs for the login.

Source: Microsoft's documentation, "Microsoft identity platform application authentication certificate credentials".
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import traceback
import uuid
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import MissingLibraryError, OptionError

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa
    from cryptography.hazmat.primitives.serialization import pkcs12
except ImportError:
    LIBRARY_ERROR: str | None = traceback.format_exc()
else:
    LIBRARY_ERROR = None

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: Seconds that an assertion is valid. Microsoft accepts ten minutes, and clocks differ.
_SECONDS = 300


@dataclass(frozen=True)
class ClientCertificate:
    """A certificate with its private key.

    thumbprint: SHA-1 in hexadecimal digits, as the Azure portal shows it. sha256: for the assertion.
    """

    key: Any = field(repr=False)
    thumbprint: str
    sha256: bytes
    not_before: int
    not_after: int


def open_certificate(option: str, content: bytes) -> ClientCertificate:
    """Return the certificate in a PKCS#12. Raises MissingLibraryError, and OptionError if the login cannot use it."""
    if LIBRARY_ERROR is not None:
        raise MissingLibraryError("cryptography", LIBRARY_ERROR)
    try:
        key, found, _others = pkcs12.load_key_and_certificates(content, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:
        hint = "Export it again without a password: openssl pkcs12 -export, with an empty password."
        raise OptionError(option, "the PKCS#12 does not open without a password", hint=hint) from exc
    if key is None or found is None:
        raise OptionError(option, "the PKCS#12 does not hold a private key together with its certificate")
    if not isinstance(key, rsa.RSAPrivateKey):
        raise OptionError(option, "the private key is not an RSA key, which Azure needs to verify the login")
    der = found.public_bytes(serialization.Encoding.DER)
    # The portal, az and Azure's own errors identify a certificate by its SHA-1, which is not a security feature there.
    sha1 = hashlib.sha1(der, usedforsecurity=False)
    return ClientCertificate(
        key,
        sha1.hexdigest().upper(),
        hashlib.sha256(der).digest(),
        _read_seconds(found, "not_valid_before"),
        _read_seconds(found, "not_valid_after"),
    )


def sign_assertion(certificate: ClientCertificate, client_id: str, audience: str, now: float) -> str:
    """Return a JSON web token that proves possession of the private key. audience: the URL that receives it."""
    header = {"alg": "PS256", "typ": "JWT", "x5t#S256": encode_base64url(certificate.sha256)}
    begins = int(now)
    claims = {
        "aud": audience,
        "iss": client_id,
        "sub": client_id,
        "jti": str(uuid.uuid4()),
        "nbf": begins,
        "iat": begins,
        "exp": begins + _SECONDS,
    }
    signed = ".".join(encode_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    signature = certificate.key.sign(signed.encode(), pss, hashes.SHA256())
    return f"{signed}.{encode_base64url(signature)}"


def encode_base64url(data: bytes) -> str:
    """Return bytes as base64url without padding (RFC 7515)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _read_seconds(found: Any, name: str) -> int:
    """Return a date of a certificate in seconds since 1970; cryptography before 42 returns it without zone, in UTC."""
    value: dt.datetime = getattr(found, f"{name}_utc", None) or getattr(found, name).replace(tzinfo=dt.timezone.utc)
    return int(value.timestamp())
