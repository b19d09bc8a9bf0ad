# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens: JWTs that only the simulator that issued them can read. To a client they are opaque."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import Any

#: Seconds that a token is valid for (public documentation: "expires_in": 3599).
SECONDS = 3599


def encode(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of base64url without padding; ValueError for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(f"not base64url: {error}") from None


class Tokens:
    """Issues and reads tokens."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self.seconds = SECONDS

    def issue(self, claims: dict[str, Any]) -> str:
        """A token with these claims."""
        header = encode(b'{"typ":"JWT","alg":"HS256"}')
        signed = f"{header}.{encode(json.dumps(claims).encode())}"
        return f"{signed}.{self._sign(signed)}"

    def read(self, token: str) -> dict[str, Any] | None:
        """The claims of a token that was issued here, else None."""
        signed, _dot, signature = token.rpartition(".")
        if not hmac.compare_digest(self._sign(signed).encode(), signature.encode()):
            return None
        return dict(json.loads(decode(signed.partition(".")[2])))

    def _sign(self, signed: str) -> str:
        return encode(hmac.digest(self._key, signed.encode(), hashlib.sha256))
