# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared state: ONTAP reports what Azure refuses to its clients, and vice versa."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from simulator_tests.azure_support import AzureApi
from simulator_tests.support import VAULTS, Api, pkcs12_base64

PUBLIC = "https://vault1.vault.azure.net"
OLD, NEW = "a" * 32, "b" * 32


@pytest.fixture
def configured(azure: AzureApi) -> AzureApi:
    """svm1 uses key1 of vault1, with a secret, by the vault's public name."""
    side = azure.sim.azure
    azure.sim.control.svm("svm1", encrypted_volumes=1)
    azure.sim.control.put_record(
        "svm1",
        name=PUBLIC,
        key_id=f"{PUBLIC}/keys/key1/{OLD}",
        client_id=side.client_id,
        tenant_id=side.tenant_id,
        client_secret="right",
    )
    return azure


def reachability(api: Api, svm: str = "svm1") -> tuple[bool, str]:
    """Return what ONTAP reports about the vault of an SVM."""
    record = api.get(fields="azure_reachability", svm__name=svm)["records"][0]["azure_reachability"]
    return record["reachable"], record["message"]


def refuse_secret(azure: AzureApi) -> None:
    azure.sim.azure.control.application(
        azure.sim.azure.client_id, secrets=["new", {"value": "right", "expires_in": -1}]
    )


CASES: dict[str, tuple[Callable[[AzureApi], Any], str]] = {
    "expired secret": (refuse_secret, "is not valid or has expired"),
    "flat secrets": (
        lambda azure: azure.sim.control.azure(secrets={azure.sim.azure.client_id: ["new"]}),
        "is not valid or has expired",
    ),
    "disabled application": (
        lambda azure: azure.sim.azure.control.application(azure.sim.azure.client_id, enabled=False),
        "AADSTS7000112",
    ),
    "unknown application": (lambda azure: azure.sim.azure.control.application("other"), "AADSTS700016"),
    "unknown tenant": (
        lambda azure: azure.sim.azure.control.tenant("11111111-2222-4333-8444-555555555555"),
        "AADSTS90002",
    ),
    "blocked by policy": (
        lambda azure: azure.sim.azure.control.application(azure.sim.azure.client_id, refusal=53003),
        "AADSTS53003",
    ),
    "disabled key": (lambda azure: azure.sim.azure.control.key("key1", version=OLD, enabled=False), "KeyDisabled"),
    "no right to unwrap": (
        lambda azure: azure.sim.azure.control.grant(azure.sim.azure.client_id, ["get", "wrapKey"]),
        "AccessDenied",
    ),
    "firewall": (
        lambda azure: azure.sim.azure.control.vault("vault1", denies="ForbiddenByFirewall"),
        "ForbiddenByFirewall",
    ),
    "deleted key": (lambda azure: azure.sim.azure.control.key("key1", version=OLD, deleted=True), "was not found"),
    "another key": (lambda azure: azure.sim.azure.control.key("key2"), "was not found"),
    "vault of another tenant": (
        lambda azure: azure.sim.azure.control.vault("vault1", tenant="11111111-2222-4333-8444-555555555555"),
        "AKV10032",
    ),
    "flat keys": (lambda azure: azure.sim.control.azure(keys=[f"{PUBLIC}/keys/key2"]), "was not found"),
}


@pytest.mark.parametrize("case", CASES)
def test_ontap_reports_what_azure_refuses(configured: AzureApi, api: Api, case: str) -> None:
    change, reason = CASES[case]
    side = configured.sim.azure
    assert reachability(api) == (True, "")
    configured.log_in()
    wrapped = configured.operate(side.key_url(version=OLD), "wrapkey", b"x")
    assert wrapped.status_code == 200
    change(configured)
    reachable, message = reachability(api)
    assert not reachable
    assert reason in message
    login = configured.login()
    if login.ok:
        found = [
            configured.get(side.key_url(version=OLD)),
            configured.operate(side.key_url(version=OLD), "unwrapkey", b"x" * 256),
        ]
        assert {401, 403, 404} & {response.status_code for response in found}
    elif reason.startswith("AADSTS"):
        assert f"AADSTS{login.json()['error_codes'][0]}" == reason


def test_rekey_is_refused_if_key_cannot_wrap(configured: AzureApi, api: Api) -> None:
    side = configured.sim.azure
    side.control.key("key1", version=OLD, expires_in=-1)
    # An expired key still unwraps.
    assert reachability(api) == (True, "")
    side.control.key("key2", expires_in=-1)
    uuid = api.get(svm__name="svm1")["records"][0]["uuid"]
    response = api("POST", f"{VAULTS}/{uuid}/rekey-external", {"key_id": f"{PUBLIC}/keys/key2"}, return_timeout=5)
    assert response.status_code == 400
    assert "KeyExpired" in response.json()["error"]["message"]
    side.control.key("key2", expires=None)
    assert (
        api("POST", f"{VAULTS}/{uuid}/rekey-external", {"key_id": f"{PUBLIC}/keys/key2"}, return_timeout=5).status_code
        == 200
    )


def test_certificate_registered_in_azure_is_known_to_ontap(configured: AzureApi, api: Api) -> None:
    side = configured.sim.azure
    certificate = pkcs12_base64()
    configured.sim.control.put_record(
        "svm2", client_id=side.client_id, tenant_id=side.tenant_id, client_certificate=certificate
    )
    side.control.application(side.client_id, certificates=[pkcs12_base64()])
    reachable, message = reachability(api, "svm2")
    assert not reachable
    assert f'The client certificate of application "{side.client_id}" is not registered' in message
    side.control.application(side.client_id, certificates=[certificate])
    assert reachability(api, "svm2") == (True, "")


def test_azure_has_key_versions_that_ontap_uses(configured: AzureApi) -> None:
    side = configured.sim.azure
    assert configured.read(side.key_url())["key"]["kid"] == side.key_url(version=OLD)
    configured.sim.control.rotate_key(NEW, svm="svm1")
    assert configured.read(side.key_url())["key"]["kid"] == side.key_url(version=NEW)
    listed = configured.read(side.key_url() + "/versions")["value"]
    assert [item["kid"] for item in listed] == [side.key_url(version=OLD), side.key_url(version=NEW)]


def test_both_names_of_a_vault_mean_the_same_vault(configured: AzureApi, api: Api) -> None:
    side = configured.sim.azure
    side.control.key("key1", version=OLD)
    local = api.create(
        "svm3",
        name=side.vault_url(),
        key_id=side.key_url(version=OLD),
        client_id=side.client_id,
        tenant_id=side.tenant_id,
    )
    assert local
    assert reachability(api, "svm3") == (True, "")
    side.control.key("key1", version=OLD, enabled=False)
    for svm in ("svm1", "svm3"):
        assert not reachability(api, svm)[0]


def test_connection_is_dropped_if_azure_is_unreachable(configured: AzureApi, api: Api) -> None:
    side, control = configured.sim.azure, configured.sim.control
    control.azure(reachable=False)
    assert not reachability(api)[0]
    for url in (side.key_url(), side.login_url + "/x/v2.0/.well-known/openid-configuration"):
        with pytest.raises(requests.ConnectionError):
            configured.get(url)
    control.azure(reachable_here=True)
    assert configured.get(side.key_url()).status_code == 401
    assert not reachability(api)[0]
    control.azure(reachable=True, reachable_here=False)
    with pytest.raises(requests.ConnectionError):
        configured.get(side.key_url())
    assert reachability(api)[0]


def test_connection_to_unknown_vault_is_dropped(configured: AzureApi, api: Api) -> None:
    side = configured.sim.azure
    configured.sim.control.azure(vaults=[PUBLIC])
    assert reachability(api)[0]
    assert configured.get(side.key_url()).status_code == 401
    with pytest.raises(requests.ConnectionError):
        configured.get(side.key_url(vault="vault2"))


def events(azure: AzureApi, api: Api) -> list[str]:
    """Return the names of the events, oldest first."""
    return [
        event["message"]["name"]
        for event in reversed(api.get("/api/support/ems/events", fields="message.name")["records"])
    ]


def test_ontap_logs_event_when_azure_changes(configured: AzureApi, api: Api) -> None:
    side = configured.sim.azure
    gone, back = "ekmip.akv.notAvailable", "ekmip.akv.available"
    side.control.key("key1", version=OLD, enabled=False)
    side.control.key("key1", version=OLD, enabled=True)
    assert events(configured, api) == [gone, back]
    side.control.application(side.client_id, secrets=[{"value": "right", "expires_in": 100}])
    assert events(configured, api) == [gone, back]
    configured.sim.control.advance(101)
    assert events(configured, api) == [gone, back, gone]
    side.control.application(side.client_id, secrets=["right"])
    side.control.grant(side.client_id, ["get"])
    side.control.grant(side.client_id)
    assert events(configured, api) == [gone, back] * 3
