# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The responses of the simulated Azure have the same shapes as public recordings of the real service.

The facts come from the recordings of azure-sdk-for-python, `sdk/keyvault/azure-keyvault-keys/tests/recordings`, of
the tests `test_encrypt_and_decrypt`, `test_local_validity_period_enforcement`, `test_list_versions` and
`test_key_rotation_policy` on `7.3_vault`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from simulator_tests.azure_support import AzureApi

from simulator import Simulator

#: The types of recorded values.
NUMBER, TEXT, YES = int, str, bool
VERSION = re.compile(r"[0-9a-f]{32}")
BASE64URL = re.compile(r"[A-Za-z0-9_-]+")

ATTRIBUTES = {"enabled": YES, "created": NUMBER, "updated": NUMBER, "recoveryLevel": TEXT, "recoverableDays": NUMBER}
WEB_KEY = {"kid": TEXT, "kty": TEXT, "key_ops": [TEXT], "n": TEXT, "e": TEXT}
KEY = {"key": WEB_KEY, "attributes": ATTRIBUTES}
TIMED_KEY = {"key": WEB_KEY, "attributes": ATTRIBUTES | {"nbf": NUMBER, "exp": NUMBER}}
VERSIONS = {"value": [{"kid": TEXT, "attributes": ATTRIBUTES}], "nextLink": TEXT}
ACTION = {"trigger": {"timeBeforeExpiry": TEXT}, "action": {"type": TEXT}}
POLICY = {"id": TEXT, "lifetimeActions": [ACTION], "attributes": {"created": NUMBER, "updated": NUMBER}}
OPERATION = {"kid": TEXT, "value": TEXT}
ERROR = {"error": {"code": TEXT, "message": TEXT}}
ERROR_WITH_REASON = {"error": {"code": TEXT, "message": TEXT, "innererror": {"code": TEXT}}}

OPENID_NAMES = {
    "token_endpoint",
    "token_endpoint_auth_methods_supported",
    "jwks_uri",
    "response_modes_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "response_types_supported",
    "scopes_supported",
    "issuer",
    "request_uri_parameter_supported",
    "userinfo_endpoint",
    "authorization_endpoint",
    "device_authorization_endpoint",
    "http_logout_supported",
    "frontchannel_logout_supported",
    "end_session_endpoint",
    "claims_supported",
    "kerberos_endpoint",
    "tenant_region_scope",
    "cloud_instance_name",
    "cloud_graph_host_name",
    "msgraph_host",
    "rbac_url",
}
VAULT_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Type": "application/json; charset=utf-8",
    "Expires": "-1",
    "Pragma": "no-cache",
    "Strict-Transport-Security": "max-age=31536000;includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
VAULT_HEADER_NAMES = {
    "x-ms-keyvault-network-info",
    "x-ms-keyvault-region",
    "x-ms-keyvault-service-version",
    "date",
    "content-length",
}


def shape(value: Any) -> Any:
    """Return the names and value types of a response; for a list, those of its first item, which all others must
    share.
    """
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        shapes = [shape(item) for item in value]
        assert all(item == shapes[0] for item in shapes)
        return shapes[:1]
    return type(value)


@pytest.fixture
def azure(running: Simulator) -> Iterator[AzureApi]:
    """Return a client that is logged in."""
    running.control.reset()
    with AzureApi(running) as client:
        client.log_in()
        yield client


def check_headers(response: requests.Response) -> None:
    """Check the headers that every recorded response of a vault has."""
    assert {name: response.headers.get(name) for name in VAULT_HEADERS} == VAULT_HEADERS
    assert {name.lower() for name in response.headers} >= VAULT_HEADER_NAMES


def test_challenge_has_recorded_shape(azure: AzureApi) -> None:
    azure.token = None
    response = azure.get(azure.sim.azure.key_url())
    assert (response.status_code, shape(response.json())) == (401, ERROR)
    assert response.json()["error"]["code"] == "Unauthorized"
    form = r'Bearer authorization="https://[^"/]+/[0-9a-f-]{36}", resource="https://[^"/]+"'
    assert re.fullmatch(form, response.headers["WWW-Authenticate"])
    check_headers(response)


def test_openid_configuration_has_recorded_names(azure: AzureApi) -> None:
    side = azure.sim.azure
    content = azure.send("GET", f"{side.login_url}/{side.tenant_id}/v2.0/.well-known/openid-configuration").json()
    assert set(content) == OPENID_NAMES
    assert content["token_endpoint"] == f"{side.login_url}/{side.tenant_id}/oauth2/v2.0/token"
    assert set(content["token_endpoint_auth_methods_supported"]) == {
        "client_secret_post",
        "private_key_jwt",
        "client_secret_basic",
    }


def test_key_has_recorded_shape(azure: AzureApi) -> None:
    side = azure.sim.azure
    response = azure.get(side.key_url())
    content = response.json()
    assert shape(content) == KEY
    check_headers(response)
    assert VERSION.fullmatch(content["key"]["kid"].removeprefix(side.key_url() + "/"))
    assert content["key"]["key_ops"] == ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"]
    assert (content["key"]["kty"], content["key"]["e"]) == ("RSA", "AQAB")
    # 2,048 bits without padding, like the keys of the service.
    assert len(content["key"]["n"]) == 342
    assert BASE64URL.fullmatch(content["key"]["n"])


def test_key_with_validity_period_has_recorded_shape(azure: AzureApi) -> None:
    azure.sim.azure.control.key("key1", starts_in=100, expires_in=200)
    content = azure.read(azure.sim.azure.key_url())
    assert shape(content) == TIMED_KEY
    assert list(content["attributes"])[:3] == ["enabled", "nbf", "exp"]


def test_operations_have_recorded_shape(azure: AzureApi) -> None:
    url = azure.sim.azure.key_url()
    for there, back in (("wrapkey", "unwrapkey"), ("encrypt", "decrypt")):
        response = azure.operate(url, there, b"x")
        assert shape(response.json()) == OPERATION
        check_headers(response)
        assert BASE64URL.fullmatch(response.json()["value"])
        assert len(response.json()["value"]) == 342
        assert shape(azure.operate(url, back, b"y" * 256).json()) == ERROR


def test_versions_have_recorded_shape(azure: AzureApi) -> None:
    """Pages are in the order of the identifiers, regardless of age; the next link has the port and a token."""
    side = azure.sim.azure
    side.control.key("key1")
    for _number in range(4):
        side.control.new_version("key1")
    first = azure.read(side.key_url() + "/versions", maxresults=2)
    assert shape(first) == VERSIONS
    link = urlsplit(first["nextLink"])
    assert link.netloc == side.vault_url().removeprefix("https://")
    assert link.path == "/keys/key1/versions"
    assert set(parse_qs(link.query)) == {"api-version", "$skiptoken", "maxresults"}
    listed = azure.read(side.key_url() + "/versions")
    assert listed["nextLink"] is None
    names = [item["kid"] for item in listed["value"]]
    assert names == sorted(names)


def test_next_link_uses_public_name_of_vault(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.key("key1")
    side.control.new_version("key1")
    azure.log_in(scope="https://vault.azure.net/.default")
    query = {"api-version": "7.4", "maxresults": 1}
    named = azure.send("GET", side.key_url() + "/versions", host="vault1.vault.azure.net", params=query).json()
    assert named["nextLink"].startswith("https://vault1.vault.azure.net:443/keys/key1/versions?")
    assert named["value"][0]["kid"].startswith("https://vault1.vault.azure.net/keys/key1/")


def test_default_rotation_policy_has_recorded_shape(azure: AzureApi) -> None:
    content = azure.read(azure.sim.azure.key_url() + "/rotationpolicy")
    assert shape(content) == POLICY
    assert content["lifetimeActions"] == [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}]
    azure.sim.azure.control.key("key1", expiry_time="P90D")
    assert azure.read(azure.sim.azure.key_url() + "/rotationpolicy")["attributes"]["expiryTime"] == "P90D"


def test_errors_have_recorded_shape(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.key("key1", enabled=False)
    side.control.grant(side.client_id, ["get", "unwrapKey"])
    for response, expected in (
        (azure.get(side.key_url("key2")), ERROR),
        (azure.get(side.key_url(), api=None), ERROR),
        (azure.operate(side.key_url(), "unwrapkey", b"x" * 256), ERROR_WITH_REASON),
        (azure.operate(side.key_url(), "wrapkey", b"x"), ERROR_WITH_REASON),
    ):
        assert shape(response.json()) == expected
        check_headers(response)
