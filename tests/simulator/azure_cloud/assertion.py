# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client assertions: a JWT that is signed with the key of a registered certificate.

Source: Microsoft's documentation, "Microsoft identity platform application authentication certificate credentials".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .aadsts import Refusal
from .directory import Certificate
from .tokens import decode

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_PADDINGS = {
    "PS256": padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH),
    "RS256": padding.PKCS1v15(),
}
#: Seconds that clocks may differ by (assumption).
_SKEW = 300


@dataclass(frozen=True)
class Assertion:
    """A client assertion, taken apart."""

    header: dict[str, Any]
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def about(self, now: float) -> dict[str, Any]:
        """What the log keeps of it: nothing that could be used again."""
        expires = self.claims.get("exp")
        return {
            "alg": self.header.get("alg"),
            "header": sorted(self.header),
            "claims": sorted(self.claims),
            "aud": self.claims.get("aud"),
            "seconds": expires - now if isinstance(expires, int | float) else None,
        }


def read(text: str) -> Assertion:
    """Take an assertion apart; Refusal 50027 for one that is no signed JWT."""
    try:
        header, claims, signature = text.split(".")
        parts = json.loads(decode(header)), json.loads(decode(claims))
        if not all(isinstance(part, dict) for part in parts):
            raise ValueError("not an object")
        return Assertion(*parts, f"{header}.{claims}".encode(), decode(signature))
    except ValueError:
        raise Refusal(50027, reason="The token is not a signed JSON Web Token") from None


def check_claims(assertion: Assertion, client_id: str, audiences: Sequence[str], now: float) -> None:
    """iss, sub, aud, jti, nbf and exp; Refusal 700021, 700023, 700024 or 50027."""
    claims = assertion.claims
    if not (isinstance(claims.get("jti"), str) and claims["jti"]):
        raise Refusal(50027, reason="The claim jti is missing")
    if claims.get("iss") != client_id or claims.get("sub") != client_id:
        raise Refusal(700021)
    if claims.get("aud") not in audiences:
        raise Refusal(700023)
    starts, ends = claims.get("nbf", 0), claims.get("exp")
    if not isinstance(ends, int | float) or not isinstance(starts, int | float):
        raise Refusal(50027, reason="The claims nbf and exp are numbers")
    if not starts - _SKEW <= now < ends + _SKEW:
        shown = [datetime.fromtimestamp(moment, UTC).isoformat() for moment in (now, starts, ends)]
        raise Refusal(700024, now=shown[0], valid_from=shown[1], valid_to=shown[2])


def check_signature(assertion: Assertion, client_id: str, registered: Sequence[Certificate]) -> Certificate:
    """The certificate that signed the assertion; Refusal 700027."""
    sha256, sha1 = (_thumbprint(assertion.header.get(name)) for name in ("x5t#S256", "x5t"))
    found = next((item for item in registered if item.sha256 == sha256 or (sha256 is None and item.sha1 == sha1)), None)
    if found is None:
        what = "The certificate with identifier used to sign the client assertion is not registered on application"
        raise Refusal(700027, what=what, reason="The key was not found.", client_id=client_id)
    scheme, key = _PADDINGS.get(str(assertion.header.get("alg"))), found.x509.public_key()
    try:
        if scheme is None or not isinstance(key, rsa.RSAPublicKey):
            raise InvalidSignature
        key.verify(assertion.signature, assertion.signed, scheme, hashes.SHA256())
    except InvalidSignature:
        reason = "The key was found, but use of the key to verify the signature failed."
        raise Refusal(
            700027, what="Client assertion contains an invalid signature", reason=reason, client_id=client_id
        ) from None
    return found


def _thumbprint(value: object) -> str | None:
    """The hexadecimal digits of a thumbprint in a header."""
    try:
        return decode(value).hex() if isinstance(value, str) else None
    except ValueError:
        return None
