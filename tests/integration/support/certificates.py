# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client certificates (PKCS#12) made for a test."""

from __future__ import annotations

import base64
import datetime as dt
import textwrap

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys
from cryptography.hazmat.primitives.serialization import pkcs12


def pfx(*, begins: float = -1, ends: float = 30, password: bytes | None = None, rsa: bool = False) -> bytes:
    """Returns a PKCS#12 (DER) with a certificate that is valid from and to so many days from now."""
    key = rsa_keys.generate_private_key(65537, 2048) if rsa else ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "application.example.com")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now + dt.timedelta(days=begins)).not_valid_after(now + dt.timedelta(days=ends))
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return pkcs12.serialize_key_and_certificates(
        b"application", key, builder.sign(key, hashes.SHA256()), None, encryption
    )


def base64_of(content: bytes) -> str:
    """Returns base64 in one line."""
    return base64.b64encode(content).decode()


def lines_of(content: bytes) -> str:
    """Returns base64 as programs write it, in lines of 64 characters."""
    return "\n".join(textwrap.wrap(base64_of(content), 64)) + "\n"
