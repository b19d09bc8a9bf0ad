# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real keys and real RSA operations behind the keys of a vault."""

from __future__ import annotations

from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from .tokens import encode

_PADDINGS: dict[str, padding.AsymmetricPadding] = {
    "RSA1_5": padding.PKCS1v15(),
    "RSA-OAEP": padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None),  # noqa: S303 - RSA-OAEP of RFC 7518 is with SHA-1
    "RSA-OAEP-256": padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None),
}
ALGORITHMS = tuple(_PADDINGS)
SIZES = (2048, 3072, 4096)


@cache
def rsa_key(size: int, number: int) -> rsa.RSAPrivateKey:
    """RSA key `number` of this process: making one takes long, so every simulator of a process counts from the first
    again.
    """
    return rsa.generate_private_key(65537, size)


@cache
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    """Key `number` on P-256."""
    return ec.generate_private_key(ec.SECP256R1())


def public_parts(kind: str, size: int, number: int) -> dict[str, Any]:
    """The public half as members of a JSON web key."""
    if kind.startswith("EC"):
        point = ec_key(number).public_key().public_numbers()
        return {"crv": "P-256", "x": _integer(point.x, 32), "y": _integer(point.y, 32)}
    numbers = rsa_key(size, number).public_key().public_numbers()
    return {"n": _integer(numbers.n, size // 8), "e": _integer(numbers.e, 3)}


def _integer(number: int, length: int) -> str:
    return encode(number.to_bytes(length, "big"))


def encrypt(key: rsa.RSAPrivateKey, algorithm: str, value: bytes) -> bytes:
    """Encrypt (wrap) some bytes; ValueError for too many."""
    return key.public_key().encrypt(value, _PADDINGS[algorithm])


def decrypt(key: rsa.RSAPrivateKey, algorithm: str, value: bytes) -> bytes:
    """Decrypt (unwrap); ValueError for what was not encrypted with this key and algorithm."""
    return key.decrypt(value, _PADDINGS[algorithm])
