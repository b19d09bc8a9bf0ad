# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The assertion that a certificate signs, decoded and verified as Microsoft documents it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.ontap.akv.plugins.module_utils.azure import assertion
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import MissingLibraryError, OptionError
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair

CLIENT = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c"
URL = "https://login.microsoftonline.com/tenant/oauth2/v2.0/token"
NOW = 1767225600.9
RSA = pair(rsa=True)


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_assertion_is_signed_and_has_expected_claims() -> None:
    opened = assertion.open_certificate("client_certificate", RSA.pkcs12())
    header, claims, signature = assertion.sign_assertion(opened, CLIENT, URL, NOW).split(".")
    digest = hashlib.sha256(RSA.certificate.public_bytes(Encoding.DER)).digest()
    assert part(header) == {
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
    }
    read = part(claims)
    assert (read["aud"], read["iss"], read["sub"]) == (URL, CLIENT, CLIENT)
    assert (read["nbf"], read["iat"]) == (1767225600, 1767225600)
    assert 0 < read["exp"] - 1767225600 <= 600
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    RSA.certificate.public_key().verify(raw, f"{header}.{claims}".encode(), pss, hashes.SHA256())  # type: ignore[union-attr, call-arg, arg-type]


def test_assertion_ids_are_unique() -> None:
    opened = assertion.open_certificate("client_certificate", RSA.pkcs12())
    made = {part(assertion.sign_assertion(opened, CLIENT, URL, NOW).split(".")[1])["jti"] for _number in range(3)}
    assert len(made) == 3


def test_thumbprint_matches_azure_portal() -> None:
    opened = assertion.open_certificate("client_certificate", RSA.pkcs12())
    assert opened.thumbprint == RSA.certificate.fingerprint(hashes.SHA1()).hex().upper()  # noqa: S303 - see the code
    assert opened.not_after == int(RSA.certificate.not_valid_after_utc.timestamp())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (RSA.pkcs12(b"password"), "without a password"),
        (b"\x30\x03\x02\x01\x03", "without a password"),
        (pair().pkcs12(), "RSA"),
    ],
)
def test_refuses_certificate_that_login_cannot_use(content: bytes, said: str) -> None:
    with pytest.raises(OptionError, match=said) as refused:
        assertion.open_certificate("client_certificate_path", content)
    assert refused.value.target == "client_certificate_path"


def test_reports_missing_cryptography_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assertion, "LIBRARY_ERROR", "No module named cryptography")
    with pytest.raises(MissingLibraryError, match="cryptography"):
        assertion.open_certificate("client_certificate", RSA.pkcs12())
