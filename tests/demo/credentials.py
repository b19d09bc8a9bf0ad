# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Made-up credentials of an Azure application, new for each run."""

from __future__ import annotations

import datetime as dt
import secrets
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from cryptography.x509.oid import NameOID


def secret() -> str:
    """A client secret, as long as Azure's."""
    return secrets.token_urlsafe(30)


def write_certificate(path: Path, *, days: int = 365) -> None:
    """Write a certificate with its key as PKCS#12 without a password, the form that ONTAP takes."""
    # The login of Azure takes RSA keys.
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ontap.akv demo")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, SHA256())
    )
    path.touch(mode=0o600)
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"demo", key, certificate, None, NoEncryption()))
