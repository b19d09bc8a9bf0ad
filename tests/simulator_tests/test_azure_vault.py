# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vaults of the simulated Azure: challenge, tokens, rights, keys with versions, and RSA operations."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from simulator_tests.azure_support import AzureApi, decoded

OTHER_CLIENT = "99999999-8888-4777-8666-555555555555"
OPERATIONS = ("wrapkey", "unwrapkey", "encrypt", "decrypt")
VALUE = b"thirty-two bytes of key material"


def public_key(content: dict[str, Any]) -> rsa.RSAPublicKey:
    """Return the public key in a response."""
    numbers = [int.from_bytes(decoded(content["key"][name]), "big") for name in ("n", "e")]
    return rsa.RSAPublicNumbers(numbers[1], numbers[0]).public_key()


def outcomes(azure: AzureApi, url: str) -> dict[str, tuple[int, str | None]]:
    """Return the status and inner code of every operation; what is unwrapped and decrypted was encrypted outside
    Azure.
    """
    version = azure.read(azure.sim.azure.key_url())
    ciphered = public_key(version).encrypt(VALUE, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    results = {}
    for operation in OPERATIONS:
        response = azure.operate(url, operation, VALUE if operation in ("wrapkey", "encrypt") else ciphered)
        results[operation] = (response.status_code, None if response.ok else azure.code(response)[2])
    return results


def test_challenge_names_tenant_and_audience(azure: AzureApi) -> None:
    side = azure.sim.azure
    response = azure.get(side.key_url())
    assert azure.code(response) == (401, "Unauthorized", None)
    expected = f'Bearer authorization="{side.login_url}/{side.tenant_id}", resource="https://localhost"'
    assert response.headers["WWW-Authenticate"] == expected
    assert response.json()["error"]["message"] == "AKV10000: Request is missing a Bearer or PoP token."


@pytest.mark.parametrize(
    ("host", "login", "audience"),
    [
        ("vault1.vault.azure.net", "login.microsoftonline.com", "https://vault.azure.net"),
        ("vault1.vault.usgovcloudapi.net", "login.microsoftonline.us", "https://vault.usgovcloudapi.net"),
        ("vault1.vault.azure.cn:443", "login.partner.microsoftonline.cn", "https://vault.azure.cn"),
        ("hsm1.managedhsm.azure.net", "login.microsoftonline.com", "https://managedhsm.azure.net"),
        ("vault1.localhost:1234", "localhost:{port}", "https://localhost"),
        ("127.0.0.1:{vault}", "127.0.0.1:{port}", "https://127.0.0.1"),
    ],
)
def test_challenge_names_login_of_the_cloud(azure: AzureApi, host: str, login: str, audience: str) -> None:
    side = azure.sim.azure
    ports = {"port": side.port, "vault": side.vault_url().rpartition(":")[2]}
    response = azure.send("GET", side.key_url(), host=host.format_map(ports))
    expected = f'Bearer authorization="https://{login.format_map(ports)}/{side.tenant_id}", resource="{audience}"'
    assert response.headers["WWW-Authenticate"] == expected


def test_challenge_can_be_changed(azure: AzureApi) -> None:
    control, url = azure.sim.azure.control, azure.sim.azure.key_url()
    control.vault("vault1", tenant=OTHER_CLIENT, resource="https://vault.azure.net")
    header = azure.get(url).headers["WWW-Authenticate"]
    assert header.endswith(f'/{OTHER_CLIENT}", resource="https://vault.azure.net"')
    control.vault("vault1", resource="")
    assert "resource" not in azure.get(url).headers["WWW-Authenticate"]
    control.vault("vault1", challenge="Negotiate")
    assert azure.get(url).headers["WWW-Authenticate"] == "Negotiate"
    control.vault("vault1", challenge="")
    assert "WWW-Authenticate" not in azure.get(url).headers


def _expired(azure: AzureApi) -> None:
    azure.log_in()
    azure.sim.control.advance(4000)


def _foreign(azure: AzureApi) -> None:
    azure.log_in()
    azure.sim.control.reset()


def _changed(azure: AzureApi) -> None:
    azure.log_in()
    azure.token = (azure.token or "")[:-2]


TOKENS: dict[str, tuple[Callable[[AzureApi], None], str]] = {
    "of another audience": (
        lambda azure: azure.log_in(scope="https://vault.azure.net/.default"),
        "AKV10022: Invalid audience. ",
    ),
    "of another tenant": (lambda azure: azure.log_in(OTHER_CLIENT), "AKV10032: Invalid issuer. "),
    "expired": (_expired, "AKV10004: "),
    "of before a reset": (_foreign, "AKV10001: "),
    "changed": (_changed, "AKV10001: "),
}


@pytest.mark.parametrize("case", TOKENS)
def test_invalid_token_is_refused(azure: AzureApi, case: str) -> None:
    prepare, message = TOKENS[case]
    prepare(azure)
    response = azure.get(azure.sim.azure.key_url())
    assert azure.code(response) == (401, "Unauthorized", None)
    assert response.json()["error"]["message"].startswith(message)
    assert response.headers["WWW-Authenticate"].startswith("Bearer authorization=")


def test_key_and_its_versions_are_described(azure: AzureApi) -> None:
    side, control = azure.sim.azure, azure.sim.azure.control
    now = int(time.time())
    first = control.key("key1", version="a" * 32, created=now - 86400, updated=now - 86400, expires=now + 1000)[
        "version"
    ]
    second = control.new_version("key1", version="0" * 32, size=3072, tags={"owner": "storage"})["version"]
    newest = azure.read(side.key_url())
    assert newest["key"]["kid"] == side.key_url(version=second)
    assert (newest["key"]["kty"], newest["tags"]) == ("RSA", {"owner": "storage"})
    assert public_key(newest).key_size == 3072
    older = azure.read(side.key_url(version=first))
    assert public_key(older).key_size == 2048
    assert older["attributes"] == {
        "enabled": True,
        "exp": now + 1000,
        "created": now - 86400,
        "updated": now - 86400,
        "recoveryLevel": "Recoverable",
        "recoverableDays": 90,
    }
    assert public_key(older) != public_key(newest)
    listed = azure.read(side.key_url() + "/versions")
    # By name, not by age.
    assert [item["kid"] for item in listed["value"]] == [side.key_url(version=second), side.key_url(version=first)]
    assert listed["value"][1]["attributes"]["exp"] == now + 1000
    assert listed["nextLink"] is None


def test_versions_are_listed_in_pages(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.key("key1")
    for _number in range(4):
        side.control.new_version("key1")
    url, kids, pages = side.key_url() + "/versions", [], 0
    content = azure.read(url, maxresults=2)
    while True:
        pages += 1
        assert len(content["value"]) <= 2
        kids += [item["kid"] for item in content["value"]]
        if content["nextLink"] is None:
            break
        assert content["nextLink"].startswith(url)
        content = azure.send("GET", content["nextLink"]).json()
    assert pages == 3
    assert len(set(kids)) == len(kids) == 5
    for wrong in ("0", "26", "many"):
        assert azure.code(azure.get(url, maxresults=wrong)) == (400, "BadParameter", None)


def test_rotation_policy_is_returned(azure: AzureApi) -> None:
    side = azure.sim.azure
    actions = [{"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}}]
    side.control.key("key1", expiry_time="P180D", lifetime_actions=actions)
    content = azure.read(side.key_url() + "/rotationpolicy")
    assert content["id"] == side.key_url() + "/rotationpolicy"
    assert content["lifetimeActions"] == actions
    assert content["attributes"]["expiryTime"] == "P180D"


@pytest.mark.parametrize("algorithm", ["RSA1_5", "RSA-OAEP", "RSA-OAEP-256"])
@pytest.mark.parametrize(("there", "back"), [("wrapkey", "unwrapkey"), ("encrypt", "decrypt")])
def test_operations_return_original_value(azure: AzureApi, algorithm: str, there: str, back: str) -> None:
    url = azure.sim.azure.key_url()
    ciphered = azure.operate(url, there, VALUE, algorithm).json()
    assert ciphered["kid"].startswith(url + "/")
    assert decoded(ciphered["value"]) != VALUE
    plain = azure.operate(ciphered["kid"], back, decoded(ciphered["value"]), algorithm).json()
    assert decoded(plain["value"]) == VALUE
    assert plain["kid"] == ciphered["kid"]


def test_data_encrypted_with_public_key_can_be_decrypted(azure: AzureApi) -> None:
    assert outcomes(azure, azure.sim.azure.key_url()) == dict.fromkeys(OPERATIONS, (200, None))


def test_only_the_wrapping_version_unwraps(azure: AzureApi) -> None:
    side = azure.sim.azure
    old = side.control.key("key1")["version"]
    wrapped = decoded(azure.operate(side.key_url(), "wrapkey", VALUE).json()["value"])
    side.control.new_version("key1")
    assert azure.code(azure.operate(side.key_url(), "unwrapkey", wrapped)) == (400, "BadParameter", None)
    assert azure.operate(side.key_url(version=old), "unwrapkey", wrapped).status_code == 200


DECRYPTING = {"unwrapkey", "decrypt"}


@pytest.mark.parametrize(
    ("changes", "refused", "code"),
    [
        ({"enabled": False}, DECRYPTING, "KeyDisabled"),
        ({"expires_in": -1}, set(OPERATIONS) - DECRYPTING, "KeyExpired"),
        ({"starts_in": 1000}, set(OPERATIONS) - DECRYPTING, "KeyNotYetValid"),
        ({"operations": ["wrapKey", "unwrapKey"]}, {"encrypt", "decrypt"}, "KeyOperationForbidden"),
        ({"operations": ["sign", "verify"]}, set(OPERATIONS), "KeyOperationForbidden"),
        ({"enabled": False, "expires_in": -1}, set(OPERATIONS), None),
    ],
)
def test_operations_are_refused_by_state_of_key(
    azure: AzureApi, changes: dict[str, Any], refused: set[str], code: str | None
) -> None:
    azure.sim.azure.control.key("key1", **changes)
    found = outcomes(azure, azure.sim.azure.key_url())
    assert {operation for operation, (status, _code) in found.items() if status == 403} == refused
    assert {status for operation, (status, _code) in found.items() if operation not in refused} <= {200}
    if code is not None:
        assert {found[operation][1] for operation in refused} == {code}
    # Reading still works.
    assert azure.read(azure.sim.azure.key_url())["attributes"]["enabled"] is changes.get("enabled", True)


def test_key_expires_when_clock_advances(azure: AzureApi) -> None:
    azure.sim.azure.control.key("key1", expires_in=100)
    url = azure.sim.azure.key_url()
    assert azure.operate(url, "wrapkey", VALUE).status_code == 200
    azure.sim.control.advance(101)
    assert azure.code(azure.operate(url, "wrapkey", VALUE)) == (403, "Forbidden", "KeyExpired")


def test_elliptic_curve_key_does_not_encrypt(azure: AzureApi) -> None:
    azure.sim.azure.control.key("key1", type="EC")
    content = azure.read(azure.sim.azure.key_url())
    assert (content["key"]["kty"], content["key"]["crv"]) == ("EC", "P-256")
    assert azure.code(azure.operate(azure.sim.azure.key_url(), "wrapkey", VALUE)) == (400, "BadParameter", None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"alg": "RSA-OAEP-256", "value": "not base64url!"}, 400),
        ({"alg": "A256KW", "value": "AAAA"}, 400),
        ({"alg": "RSA-OAEP-256"}, 400),
        ({"alg": "RSA-OAEP-256", "value": "A" * 1000}, 400),
        ([], 400),
    ],
)
def test_malformed_operation_is_refused(azure: AzureApi, body: Any, status: int) -> None:
    azure.log_in()
    response = azure.send("POST", azure.sim.azure.key_url() + "/wrapkey", params={"api-version": "7.4"}, json=body)
    assert azure.code(response) == (status, "BadParameter", None)


def test_unknown_api_version_is_refused(azure: AzureApi) -> None:
    azure.log_in()
    url = azure.sim.azure.key_url()
    for api in ("7.4", "7.0", "7.6", "2016-10-01", "2025-07-01", "7.6-preview.2"):
        assert azure.get(url, api=api).status_code == 200
    for wrong in (None, "", "7.9", "latest"):
        assert azure.code(azure.get(url, api=wrong)) == (400, "BadParameter", None)


def test_unknown_or_deleted_key_is_not_found(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.key("key1")
    side.control.key("gone", deleted=True)
    azure.log_in()
    unknown = [
        side.key_url("key2"),
        side.key_url(version="f" * 32),
        side.key_url("gone"),
        side.key_url("key2") + "/versions",
    ]
    for url in unknown:
        assert azure.code(azure.get(url)) == (404, "KeyNotFound", None)
    for operation in OPERATIONS:
        assert azure.code(azure.operate(side.key_url("gone"), operation, VALUE)) == (404, "KeyNotFound", None)
    side.control.key("gone", deleted=False)
    assert azure.get(side.key_url("gone")).status_code == 200


def test_other_methods_and_paths_are_refused(azure: AzureApi) -> None:
    azure.log_in()
    side = azure.sim.azure
    for method in ("PUT", "DELETE", "PATCH"):
        assert azure.send(method, side.key_url(), params={"api-version": "7.4"}).status_code == 405
    assert azure.code(azure.get(side.key_url("key_1"))) == (400, "BadParameter", None)
    for path in ("/secrets/key1", "/keys/", "/", "/keys/key1/version/versions"):
        assert azure.get(side.vault_url() + path).status_code == 404


POLICY, RBAC = "AccessDenied", "ForbiddenByRbac"


@pytest.mark.parametrize(
    ("vault", "code"),
    [({}, POLICY), ({"rbac": True}, RBAC), ({"policy_code": "ForbiddenByPolicy"}, "ForbiddenByPolicy")],
)
def test_operation_without_grant_is_refused(azure: AzureApi, vault: dict[str, Any], code: str) -> None:
    side = azure.sim.azure
    side.control.vault("vault1", **vault)
    side.control.grant(side.client_id, ["get", "wrapKey", "unwrapKey", "encrypt"])
    statuses = outcomes(azure, side.key_url())
    assert statuses["decrypt"] == (403, code)
    assert {statuses[operation] for operation in ("wrapkey", "unwrapkey", "encrypt")} == {(200, None)}
    # A role that reads lists as well.
    assert azure.get(side.key_url() + "/versions").status_code == (200 if code == RBAC else 403)
    assert azure.code(azure.get(side.key_url() + "/rotationpolicy")) == (403, "Forbidden", code)
    azure.log_in(client_id=OTHER_CLIENT)
    response = azure.get(side.key_url())
    assert azure.code(response) == (403, "Forbidden", code)
    assert f"appid={OTHER_CLIENT};" in response.json()["error"]["message"]
    assert azure.get(side.key_url(vault="vault2")).status_code == 200


def test_revoked_right_is_refused(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.grant(side.client_id)
    assert azure.read(side.key_url())
    side.control.revoke(side.client_id)
    assert azure.code(azure.get(side.key_url())) == (403, "Forbidden", POLICY)


def test_grant_takes_effect_after_set_number_of_requests(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.vault("vault1", rbac=True)
    side.control.grant(side.client_id, after=2)
    azure.log_in()
    assert [azure.get(side.key_url()).status_code for _request in range(4)] == [403, 403, 200, 200]


@pytest.mark.parametrize(
    "code", ["AccessDenied", "ForbiddenByPolicy", "ForbiddenByRbac", "ForbiddenByFirewall", "ForbiddenByConnection"]
)
def test_vault_refuses_everything_with_set_inner_code(azure: AzureApi, code: str) -> None:
    side = azure.sim.azure
    side.control.vault("vault1", denies=code)
    assert azure.get(side.key_url()).status_code == 401
    azure.log_in()
    assert azure.code(azure.get(side.key_url())) == (403, "Forbidden", code)
    assert azure.code(azure.operate(side.key_url(), "wrapkey", VALUE)) == (403, "Forbidden", code)
    assert azure.get(side.key_url(vault="vault2")).status_code == 200


@pytest.mark.parametrize("retry_after", [None, 3])
def test_throttled_vault_recovers_after_set_number_of_requests(azure: AzureApi, retry_after: int | None) -> None:
    side = azure.sim.azure
    side.control.vault("vault1", throttled=2, retry_after=retry_after)
    assert azure.get(side.key_url()).status_code == 401
    azure.log_in()
    responses = [azure.get(side.key_url()) for _request in range(3)]
    assert [response.status_code for response in responses] == [429, 429, 200]
    assert azure.code(responses[0]) == (429, "Throttled", None)
    assert responses[0].headers.get("Retry-After") == (None if retry_after is None else str(retry_after))


@pytest.mark.parametrize(
    "level", ["Purgeable", "Recoverable+Purgeable", "Recoverable+ProtectedSubscription", "CustomizedRecoverable"]
)
def test_recovery_level_is_returned(azure: AzureApi, level: str) -> None:
    azure.sim.azure.control.vault("vault1", recovery_level=level, recoverable_days=7)
    attributes = azure.read(azure.sim.azure.key_url())["attributes"]
    assert (attributes["recoveryLevel"], attributes["recoverableDays"]) == (level, 7)
