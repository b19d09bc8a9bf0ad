# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Client assertions: PyJWT verifies those of the collection, and creates some that the simulated login accepts or
refuses.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from contract.azure_clients import PKCS12
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import pkcs12
from simulator_tests.azure_support import AzureApi, encoded
from simulator_tests.support import pkcs12_base64

from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import open_certificate, sign_assertion
from simulator import Simulator

CLIENT = "99999999-8888-4777-8666-555555555555"


@pytest.fixture
def azure(running: Simulator) -> Iterator[AzureApi]:
    """Return a client of a simulated Azure that has an application with a certificate."""
    running.control.reset()
    running.azure.control.application(CLIENT, certificates=[PKCS12])
    with AzureApi(running) as client:
        yield client


def login(azure: AzureApi, algorithm: str, **changes: Any) -> int:
    """Log in with an assertion and return the status."""
    bundle, side, now = pkcs12.load_pkcs12(base64.b64decode(PKCS12), None), azure.sim.azure, int(time.time())
    assert bundle.cert is not None
    claims = {
        "aud": f"{side.login_url}/{side.tenant_id}/oauth2/v2.0/token",
        "iss": CLIENT,
        "sub": CLIENT,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "iat": now,
        "exp": now + 600,
    } | changes
    headers = {"x5t#S256": encoded(bundle.cert.certificate.fingerprint(hashes.SHA256()))}
    text = jwt.encode(claims, bundle.key, algorithm=algorithm, headers=headers)  # type: ignore[arg-type]
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return azure.login(
        client_id=CLIENT, client_secret=None, client_assertion=text, client_assertion_type=kind
    ).status_code


@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
def test_valid_assertion_logs_in(azure: AzureApi, algorithm: str) -> None:
    assert login(azure, algorithm) == 200
    about = azure.sim.azure.control.log()[-1]["body"]["assertion"]
    assert about["alg"] == algorithm
    assert 500 < about["seconds"] <= 600


@pytest.mark.parametrize(
    "changes", [{"exp": 1}, {"iss": "another"}, {"aud": "https://elsewhere.example/"}, {"jti": ""}]
)
def test_invalid_assertion_is_refused(azure: AzureApi, changes: dict[str, Any]) -> None:
    assert login(azure, "PS256", **changes) in (400, 401)


@pytest.mark.parametrize("algorithm", ["RS512", "PS384"])
def test_other_algorithms_are_refused(azure: AzureApi, algorithm: str) -> None:
    assert login(azure, algorithm) == 401


def test_pyjwt_verifies_assertion_of_collection() -> None:
    content, url, now = (
        base64.b64decode(PKCS12),
        "https://login.microsoftonline.com/tenant/oauth2/v2.0/token",
        int(time.time()),
    )
    certificate = pkcs12.load_pkcs12(content, None).cert
    assert certificate is not None
    text = sign_assertion(open_certificate("client_certificate", content), CLIENT, url, now)
    key: Any = certificate.certificate.public_key()
    required = {"require": ["aud", "exp", "iat", "iss", "jti", "nbf", "sub"]}
    claims = jwt.decode(text, key, algorithms=["PS256"], audience=url, issuer=CLIENT, subject=CLIENT, options=required)  # type: ignore[arg-type]
    assert claims["exp"] - claims["nbf"] <= 600
    header = jwt.get_unverified_header(text)
    assert header == {
        "alg": "PS256",
        "typ": "JWT",
        "x5t#S256": encoded(certificate.certificate.fingerprint(hashes.SHA256())),
    }
    other = pkcs12.load_pkcs12(base64.b64decode(pkcs12_base64()), None).cert
    assert other is not None
    stranger: Any = other.certificate.public_key()
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(text, stranger, algorithms=["PS256"], audience=url)
