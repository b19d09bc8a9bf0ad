# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The login of the simulated Azure: tenants, applications, secrets, certificates, and error codes."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from simulator_tests.azure_support import AzureApi, decoded, encoded
from simulator_tests.support import pkcs12_base64

from simulator import ControlError
from simulator.azure_cloud.aadsts import CODES

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT = "99999999-8888-4777-8666-555555555555"
PKCS12 = pkcs12_base64()
OTHER_PKCS12 = pkcs12_base64()


@pytest.fixture
def directory(azure: AzureApi) -> AzureApi:
    """A tenant with a domain name and an application that has a valid secret, an expired one and a certificate."""
    control = azure.sim.azure.control
    control.tenant(TENANT, domains=["Contoso.example"])
    secrets = ["right", {"value": "old", "expires_in": -1}, {"value": "short", "expires_in": 100}]
    control.application(CLIENT, tenants=[TENANT], secrets=secrets, certificates=[PKCS12])
    return azure


def assertion(
    azure: AzureApi,
    *,
    key: str = PKCS12,
    named: str = PKCS12,
    algorithm: str = "PS256",
    thumbprint: str = "x5t#S256",
    **changes: Any,
) -> str:
    """Return a client assertion, valid unless something is changed; a claim that is None is left out."""
    private = pkcs12.load_pkcs12(base64.b64decode(key), None).key
    certificate = pkcs12.load_pkcs12(base64.b64decode(named), None).cert
    assert isinstance(private, rsa.RSAPrivateKey)
    assert certificate is not None
    digest = hashes.SHA256() if thumbprint == "x5t#S256" else hashes.SHA1()  # noqa: S303 - the thumbprint x5t is SHA-1
    header = {"alg": algorithm, "typ": "JWT", thumbprint: encoded(certificate.certificate.fingerprint(digest))}
    now = int(time.time())
    claims = {
        "aud": f"{azure.sim.azure.login_url}/{TENANT}/oauth2/v2.0/token",
        "iss": CLIENT,
        "sub": CLIENT,
        "jti": str(uuid.uuid4()),
        "nbf": now,
        "exp": now + 600,
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    signed = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if algorithm == "PS256" else padding.PKCS1v15()
    return f"{signed}.{encoded(private.sign(signed.encode(), scheme, hashes.SHA256()))}"


def by_certificate(text: str) -> dict[str, Any]:
    """Return the form of a login with an assertion."""
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    return {"client_id": CLIENT, "client_secret": None, "client_assertion": text, "client_assertion_type": kind}


@pytest.mark.parametrize("tenant", [TENANT, TENANT.upper(), "contoso.example"])
def test_secret_logs_in(directory: AzureApi, tenant: str) -> None:
    response = directory.login(tenant, client_id=CLIENT)
    assert response.status_code == 200
    content = response.json()
    assert (content["token_type"], content["expires_in"], content["ext_expires_in"]) == ("Bearer", 3599, 3599)
    claims = json.loads(decoded(content["access_token"].split(".")[1]))
    assert (claims["aud"], claims["iss"]) == ("https://localhost", f"https://sts.windows.net/{TENANT}/")
    assert (claims["appid"], claims["appidacr"], claims["tid"]) == (CLIENT, "1", TENANT)
    assert claims["exp"] - claims["iat"] == 3599


def test_any_login_is_accepted_before_setup(azure: AzureApi) -> None:
    for tenant in (azure.sim.azure.tenant_id, TENANT, "any.example"):
        assert azure.login(tenant, client_id=CLIENT, client_secret="whatever").status_code == 200
    assert azure.refusal(tenant="tenant1") == (400, "invalid_request", [90002])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"tenant": str(uuid.uuid4())}, (400, "invalid_request", [90002])),
        ({"tenant": "elsewhere.example"}, (400, "invalid_request", [90002])),
        ({"client_id": str(uuid.uuid4())}, (400, "unauthorized_client", [700016])),
        ({"client_secret": "wrong"}, (401, "invalid_client", [7000215])),
        ({"client_secret": "old"}, (401, "invalid_client", [7000222])),
        ({"client_secret": None}, (401, "invalid_client", [7000218])),
        ({"client_secret": ""}, (401, "invalid_client", [7000218])),
        ({"scope": None}, (400, "invalid_request", [900144])),
        ({"client_id": None}, (400, "invalid_request", [900144])),
        ({"grant_type": "password"}, (400, "unsupported_grant_type", [70003])),
        ({"scope": "https://localhost"}, (400, "invalid_scope", [1002012])),
        ({"scope": "https://elsewhere.example/.default"}, (400, "invalid_resource", [500011])),
    ],
)
def test_refused_login_has_documented_code(
    directory: AzureApi, form: dict[str, Any], expected: tuple[int, str, list[int]]
) -> None:
    assert directory.refusal(**({"tenant": TENANT, "client_id": CLIENT} | form)) == expected


def test_refused_login_has_documented_fields(directory: AzureApi) -> None:
    content = directory.login(TENANT, client_id=CLIENT, client_secret="wrong").json()
    assert set(content) == {
        "error",
        "error_description",
        "error_codes",
        "timestamp",
        "trace_id",
        "correlation_id",
        "error_uri",
    }
    assert content["error_description"].startswith("AADSTS7000215: Invalid client secret provided. ")
    for name in ("trace_id", "correlation_id"):
        assert str(uuid.UUID(content[name])) == content[name]
        assert content[name] in content["error_description"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", content["timestamp"])
    assert content["error_uri"].endswith("/error?code=7000215")
    assert "wrong" not in json.dumps(content)


def test_secret_expires_when_clock_advances(directory: AzureApi) -> None:
    form = {"tenant": TENANT, "client_id": CLIENT, "client_secret": "short"}
    assert directory.login(**form).status_code == 200
    directory.sim.control.advance(101)
    assert directory.refusal(**form) == (401, "invalid_client", [7000222])


def test_disabled_or_removed_application_is_refused(directory: AzureApi) -> None:
    control, form = directory.sim.azure.control, {"tenant": TENANT, "client_id": CLIENT}
    control.application(CLIENT, enabled=False)
    assert directory.refusal(**form) == (400, "unauthorized_client", [7000112])
    control.application(CLIENT, enabled=True)
    assert directory.login(**form).status_code == 200
    control.remove_application(CLIENT)
    assert directory.refusal(**form) == (400, "unauthorized_client", [700016])


@pytest.mark.parametrize("code", CODES)
def test_valid_credential_is_refused_on_demand(directory: AzureApi, code: int) -> None:
    directory.sim.azure.control.application(CLIENT, refusal=code)
    known = CODES[code]
    assert directory.refusal(tenant=TENANT, client_id=CLIENT) == (known.status, known.error, [code])
    # A wrong secret comes first: policies apply to an application that is authenticated.
    assert directory.refusal(tenant=TENANT, client_id=CLIENT, client_secret="wrong")[2] == [7000215]


@pytest.mark.parametrize(("code", "status"), [(90055, 429), (90033, 503)])
@pytest.mark.parametrize("retry_after", [None, 2])
def test_busy_login_recovers_after_set_number_of_requests(
    directory: AzureApi, code: int, status: int, retry_after: int | None
) -> None:
    directory.sim.azure.control.login(busy=2, code=code, retry_after=retry_after)
    responses = [directory.login(TENANT, client_id=CLIENT) for _request in range(3)]
    assert [response.status_code for response in responses] == [status, status, 200]
    assert (responses[0].json()["error"], responses[0].json()["error_codes"]) == ("temporarily_unavailable", [code])
    assert responses[0].headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


def test_tenant_of_another_cloud_is_refused(azure: AzureApi) -> None:
    azure.sim.azure.control.tenant(TENANT, cloud="login.microsoftonline.us")
    assert azure.refusal(tenant=TENANT) == (400, "invalid_request", [900382])
    url = f"{azure.sim.azure.login_url}/{TENANT}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": "x",
        "scope": "https://vault.usgovcloudapi.net/.default",
    }
    assert azure.send("POST", url, host="login.microsoftonline.us", data=form).status_code == 200


@pytest.mark.parametrize("thumbprint", ["x5t#S256", "x5t"])
@pytest.mark.parametrize("algorithm", ["PS256", "RS256"])
@pytest.mark.parametrize("tenant", [TENANT, "contoso.example"])
def test_certificate_logs_in(directory: AzureApi, algorithm: str, thumbprint: str, tenant: str) -> None:
    response = directory.login(
        tenant, **by_certificate(assertion(directory, algorithm=algorithm, thumbprint=thumbprint))
    )
    assert response.status_code == 200, response.text
    assert json.loads(decoded(response.json()["access_token"].split(".")[1]))["appidacr"] == "2"


def test_certificate_can_be_registered_as_pem_or_der(azure: AzureApi) -> None:
    certificate = pkcs12.load_pkcs12(base64.b64decode(PKCS12), None).cert
    assert certificate is not None
    forms = [
        certificate.certificate.public_bytes(Encoding.PEM).decode(),
        base64.b64encode(certificate.certificate.public_bytes(Encoding.DER)).decode(),
    ]
    for form in forms:
        azure.sim.azure.control.application(CLIENT, certificates=[form])
        assert azure.login(TENANT, **by_certificate(assertion(azure))).status_code == 200
    with pytest.raises(ControlError, match="PEM"):
        azure.sim.azure.control.application(CLIENT, certificates=["no certificate"])


def _without_signature(azure: AzureApi) -> str:
    return assertion(azure).rpartition(".")[0] + "."


def _unsigned(azure: AzureApi) -> str:
    _header, claims, _signature = assertion(azure).split(".")
    return f"{encoded(b'{}')}.{claims}."


WRONG_ASSERTIONS: dict[str, tuple[Callable[[AzureApi], str], int]] = {
    "a key that is not that of the certificate": (lambda azure: assertion(azure, key=OTHER_PKCS12), 700027),
    "a certificate that is not registered": (
        lambda azure: assertion(azure, key=OTHER_PKCS12, named=OTHER_PKCS12),
        700027,
    ),
    "no signature": (_without_signature, 700027),
    "no thumbprint": (_unsigned, 700027),
    "another algorithm": (lambda azure: assertion(azure, algorithm="HS256"), 700027),
    "another audience": (lambda azure: assertion(azure, aud="https://elsewhere.example/"), 700023),
    "another tenant's audience": (
        lambda azure: assertion(azure, aud=f"{azure.sim.azure.login_url}/common/oauth2/v2.0/token"),
        700023,
    ),
    "another issuer": (lambda azure: assertion(azure, iss=TENANT), 700021),
    "another subject": (lambda azure: assertion(azure, sub=TENANT), 700021),
    "no ID": (lambda azure: assertion(azure, jti=None), 50027),
    "no expiry": (lambda azure: assertion(azure, exp=None), 50027),
    "expired": (lambda azure: assertion(azure, exp=int(time.time()) - 1000), 700024),
    "not valid yet": (lambda azure: assertion(azure, nbf=int(time.time()) + 1000), 700024),
    "no token": (lambda _azure: "no token", 50027),
    "no JSON": (lambda _azure: "YQ.YQ.YQ", 50027),
    "a list": (lambda _azure: "W10.W10.YQ", 50027),
}


@pytest.mark.parametrize("case", WRONG_ASSERTIONS)
def test_invalid_assertion_is_refused(directory: AzureApi, case: str) -> None:
    make, code = WRONG_ASSERTIONS[case]
    assert directory.refusal(tenant=TENANT, **by_certificate(make(directory)))[2] == [code]


def test_assertion_without_type_is_refused(directory: AzureApi) -> None:
    form = by_certificate(assertion(directory)) | {"client_assertion_type": None}
    assert directory.refusal(tenant=TENANT, **form)[2] == [900144]


def test_certificate_is_refused_if_none_is_registered(azure: AzureApi) -> None:
    assert azure.refusal(tenant=TENANT, **by_certificate(assertion(azure)))[2] == [700027]


def test_openid_configuration_names_token_endpoint(directory: AzureApi) -> None:
    url = f"{directory.sim.azure.login_url}/contoso.example/v2.0/.well-known/openid-configuration"
    content = directory.send("GET", url).json()
    assert content["token_endpoint"] == f"{directory.sim.azure.login_url}/{TENANT}/oauth2/v2.0/token"
    assert content["issuer"] == f"{directory.sim.azure.login_url}/{TENANT}/v2.0"
    unknown = directory.send("GET", url.replace("contoso", "elsewhere"))
    assert (unknown.status_code, unknown.json()["error_codes"]) == (400, [90002])


def test_control_rejects_invalid_setup(azure: AzureApi) -> None:
    control = azure.sim.azure.control
    for call in (
        lambda: control.tenant("no GUID"),
        lambda: control.application(CLIENT, refusal=1),
        lambda: control.application(CLIENT, colour="red"),
        lambda: control.vault("vault1", denies="Nothing"),
        lambda: control.vault("vault1", grants={}),
        lambda: control.grant(CLIENT, ["fly"]),
        lambda: control.key("key1", size=1024),
        lambda: control.login(busy=1, code=53003),
        lambda: control.key("key1", colour="red"),
    ):
        with pytest.raises(ControlError):
            call()
