# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Microsoft's own clients work unchanged on the simulated Azure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.keyvault.keys import ApiVersion, KeyRotationPolicyAction
from azure.keyvault.keys.crypto import CryptographyClient, EncryptionAlgorithm, KeyWrapAlgorithm
from contract.azure_clients import PKCS12, Credential, by_certificate, by_secret, keys
from simulator_tests.support import pkcs12_base64

from simulator import Simulator

VALUE = b"thirty-two bytes of key material"
API_VERSIONS = (ApiVersion.V7_4, ApiVersion.V7_6, ApiVersion.V2025_07_01)


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """Create a tenant, an application with a secret and a certificate, and a key with two versions."""
    running.control.reset()
    side = running.azure
    side.control.tenant(side.tenant_id, domains=["contoso.example"])
    secrets = ["right", {"value": "old", "expires_in": -60}]
    side.control.application(side.client_id, tenants=[side.tenant_id], secrets=secrets, certificates=[PKCS12])
    side.control.key("key1", version="1" * 32, created=int(datetime.now(UTC).timestamp()) - 86400, expires_in=86400)
    side.control.new_version("key1", version="0" * 32)
    return running


def crypto(sim: Simulator, key: Any, **more: Any) -> CryptographyClient:
    """Return a client for the operations of a key."""
    return CryptographyClient(
        key, by_secret(sim), verify_challenge_resource=False, connection_verify=sim.azure.ca_path, retry_total=0, **more
    )


@pytest.mark.parametrize("api_version", API_VERSIONS)
@pytest.mark.parametrize("log_in", [by_secret, by_certificate])
def test_logs_in_and_reads_key(
    sim: Simulator, log_in: Callable[[Simulator], Credential], api_version: ApiVersion
) -> None:
    with log_in(sim) as credential, keys(sim, credential, api_version) as client:
        key = client.get_key("key1")
        assert (key.id, key.name) == (sim.azure.key_url(version="0" * 32), "key1")
        assert (key.properties.version, key.properties.enabled) == ("0" * 32, True)
        assert key.properties.vault_url == sim.azure.vault_url()
        assert (key.key_type, len(key.key.n)) == ("RSA", 256)
        assert set(key.key_operations) == {"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"}
        assert (key.properties.recovery_level, key.properties.recoverable_days) == ("Recoverable", 90)
        older = client.get_key("key1", "1" * 32)
        assert older.properties.expires_on is not None
        assert timedelta(0) < older.properties.expires_on - datetime.now(UTC) <= timedelta(days=1)
        assert older.properties.created_on < key.properties.created_on
    kinds = {
        entry["auth"] for entry in sim.azure.control.log() if entry["service"] == "login" and entry["method"] == "POST"
    }
    assert kinds == {"client_secret" if log_in is by_secret else "client_assertion"}
    assert not any(entry["misplaced"] for entry in sim.azure.control.log())


def test_logs_in_with_domain_name_of_tenant(sim: Simulator) -> None:
    credential = by_secret(sim, tenant_id="contoso.example")
    assert credential.get_token("https://localhost/.default").token


@pytest.mark.parametrize("size", [1, 2, None])
def test_lists_versions_in_pages(sim: Simulator, size: int | None) -> None:
    sim.azure.control.new_version("key1", version="2" * 32, enabled=False)
    with keys(sim, by_secret(sim)) as client:
        listed = list(
            client.list_properties_of_key_versions("key1", **({} if size is None else {"max_page_size": size}))
        )
    assert [(item.version, item.enabled) for item in listed] == [("0" * 32, True), ("1" * 32, True), ("2" * 32, False)]
    newest = max(listed, key=lambda item: item.created_on)
    assert newest.version == "2" * 32
    requests = [
        entry for entry in sim.azure.control.log() if entry["path"].endswith("/versions") and entry["status"] == 200
    ]
    assert len(requests) == {1: 3, 2: 2, None: 1}[size]


def test_reads_rotation_policy(sim: Simulator) -> None:
    actions = [
        {"trigger": {"timeAfterCreate": "P90D"}, "action": {"type": "Rotate"}},
        {"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}},
    ]
    sim.azure.control.key("key1", expiry_time="P180D", lifetime_actions=actions)
    with keys(sim, by_secret(sim)) as client:
        policy = client.get_key_rotation_policy("key1")
    assert policy.id == sim.azure.key_url() + "/rotationpolicy"
    assert policy.expires_in == "P180D"
    assert [
        (action.action, action.time_after_create, action.time_before_expiry) for action in policy.lifetime_actions
    ] == [
        (KeyRotationPolicyAction.rotate, "P90D", None),
        (KeyRotationPolicyAction.notify, None, "P30D"),
    ]
    assert policy.created_on is not None
    assert policy.updated_on is not None


@pytest.mark.parametrize(
    "algorithm", [KeyWrapAlgorithm.rsa_oaep_256, KeyWrapAlgorithm.rsa_oaep, KeyWrapAlgorithm.rsa1_5]
)
def test_service_unwraps_what_client_wrapped(sim: Simulator, algorithm: KeyWrapAlgorithm) -> None:
    with keys(sim, by_secret(sim)) as client, crypto(sim, client.get_key("key1")) as operations:
        wrapped = operations.wrap_key(algorithm, VALUE)
        assert operations.unwrap_key(algorithm, wrapped.encrypted_key).key == VALUE
    done = [
        entry["path"].rpartition("/")[2]
        for entry in sim.azure.control.log()
        if entry["method"] == "POST" and entry["service"] == "vault"
    ]
    # The client wraps with the public key that it has read; the service must be able to unwrap the result.
    assert "wrapkey" not in done
    assert "unwrapkey" in done


@pytest.mark.parametrize("algorithm", [EncryptionAlgorithm.rsa_oaep_256, EncryptionAlgorithm.rsa_oaep])
def test_service_decrypts_what_client_encrypted(sim: Simulator, algorithm: EncryptionAlgorithm) -> None:
    with keys(sim, by_secret(sim)) as client, crypto(sim, client.get_key("key1")) as operations:
        ciphered = operations.encrypt(algorithm, VALUE)
        assert operations.decrypt(algorithm, ciphered.ciphertext).plaintext == VALUE


def test_service_wraps_and_encrypts_without_right_to_read(sim: Simulator) -> None:
    side = sim.azure
    side.control.grant(side.client_id, ["wrapKey", "unwrapKey", "encrypt", "decrypt"])
    with crypto(sim, side.key_url(version="0" * 32)) as operations:
        wrapped = operations.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, VALUE)
        assert wrapped.key_id == side.key_url(version="0" * 32)
        assert operations.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key).key == VALUE
        ciphered = operations.encrypt(EncryptionAlgorithm.rsa_oaep_256, VALUE)
        assert operations.decrypt(EncryptionAlgorithm.rsa_oaep_256, ciphered.ciphertext).plaintext == VALUE
    answered = {
        (entry["path"].rpartition("/")[2], entry["status"])
        for entry in side.control.log()
        if entry["method"] == "POST" and entry["service"] == "vault"
    }
    assert {("wrapkey", 200), ("unwrapkey", 200), ("encrypt", 200), ("decrypt", 200)} <= answered


REFUSED_LOGINS: dict[str, tuple[Callable[[Simulator], Credential], int]] = {
    "wrong secret": (lambda sim: by_secret(sim, "wrong"), 7000215),
    "expired secret": (lambda sim: by_secret(sim, "old"), 7000222),
    "unknown application": (lambda sim: by_secret(sim, client_id="99999999-8888-4777-8666-555555555555"), 700016),
    "certificate that is not registered": (lambda sim: by_certificate(sim, pkcs12_base64()), 700027),
}


@pytest.mark.parametrize("case", REFUSED_LOGINS)
def test_refused_login_has_code(sim: Simulator, case: str) -> None:
    make, code = REFUSED_LOGINS[case]
    with make(sim) as credential, pytest.raises(ClientAuthenticationError) as refused:
        credential.get_token("https://localhost/.default")
    assert f"AADSTS{code}: " in str(refused.value)


def test_unknown_tenant_is_refused(sim: Simulator) -> None:
    with (
        by_secret(sim, tenant_id="99999999-8888-4777-8666-555555555555") as credential,
        pytest.raises(ClientAuthenticationError) as refused,
    ):
        credential.get_token("https://localhost/.default")
    # The client does not show the code of a tenant that it cannot look up.
    assert "double check your tenant name or GUID" in str(refused.value)
    assert [(entry["path"].rpartition("/")[2], entry["status"]) for entry in sim.azure.control.log()] == [
        ("openid-configuration", 400)
    ]


@pytest.mark.parametrize(
    ("vault", "rights", "inner"), [({}, ["list"], "AccessDenied"), ({"rbac": True}, [], "ForbiddenByRbac")]
)
def test_missing_right_has_inner_code(sim: Simulator, vault: dict[str, Any], rights: list[str], inner: str) -> None:
    sim.azure.control.vault("vault1", **vault)
    sim.azure.control.grant(sim.azure.client_id, rights)
    with keys(sim, by_secret(sim)) as client, pytest.raises(HttpResponseError) as refused:
        client.get_key("key1")
    assert refused.value.status_code == 403
    assert refused.value.error.code == "Forbidden"
    assert refused.value.error.innererror["code"] == inner


def test_disabled_key_wraps_but_does_not_unwrap(sim: Simulator) -> None:
    side = sim.azure
    with crypto(sim, side.key_url(version="0" * 32)) as operations:
        side.control.grant(side.client_id, ["wrapKey", "unwrapKey"])
        side.control.key("key1", version="0" * 32, enabled=False)
        wrapped = operations.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, VALUE)
        with pytest.raises(HttpResponseError) as refused:
            operations.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.encrypted_key)
    assert (refused.value.status_code, refused.value.error.innererror["code"]) == (403, "KeyDisabled")


def test_unknown_key_is_not_found(sim: Simulator) -> None:
    with keys(sim, by_secret(sim)) as client, pytest.raises(ResourceNotFoundError) as missing:
        client.get_key("key2")
    assert (missing.value.status_code, missing.value.error.code) == (404, "KeyNotFound")


def test_client_retries_throttled_request(sim: Simulator) -> None:
    sim.azure.control.vault("vault1", throttled=2, retry_after=0)
    with keys(sim, by_secret(sim), retry_total=3, retry_backoff_factor=0) as client:
        assert client.get_key("key1").name == "key1"
    statuses = [entry["status"] for entry in sim.azure.control.log() if entry["service"] == "vault"]
    # The client may know the challenge already.
    assert statuses[-3:] == [429, 429, 200]


def test_client_refuses_audience_of_another_domain(sim: Simulator) -> None:
    """By default, the client refuses an audience other than the domain of the vault."""
    with (
        keys(sim, by_secret(sim), verify_challenge_resource=True) as client,
        pytest.raises(ValueError, match="does not match the requested domain"),
    ):
        client.get_key("key1")
