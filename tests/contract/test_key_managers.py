# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's Python client with key stores, key managers, several configurations and migrate."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from netapp_ontap import HostConnection, NetAppRestError
from netapp_ontap.resources import AzureKeyVault, SecurityKeyManager, SecurityKeystore

from simulator import Simulator

pytestmark = pytest.mark.usefixtures("connection")

KEY = "https://vault1.vault.azure.net/keys/key1"


@pytest.fixture(params=["9.14.1", "9.19.1"])
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Run a release that allows several configurations of an SVM, with one configuration."""
    with Simulator(version=request.param, svms=[{"name": "svm1", "encrypted_volumes": 1}]) as running:
        running.control.put_record("svm1")
        yield running


@pytest.fixture
def inactive(connection: HostConnection) -> AzureKeyVault:
    """Create a second configuration of the SVM with the client."""
    resource = AzureKeyVault(
        svm={"name": "svm1"},
        configuration={"name": "second"},
        name="https://vault2.vault.azure.net/",
        key_id=KEY,
        client_id="client2",
        tenant_id="tenant2",
        client_secret="second",
        oauth_host="login.example.com",
        port=8443,
    )
    resource.post(hydrate=True, create_inactive=True)
    return resource


def test_client_reads_inactive_configuration(inactive: AzureKeyVault) -> None:
    found = AzureKeyVault(uuid=inactive.uuid)
    found.get(fields="**")
    assert (found.configuration.name, found.enabled, found.oauth_host, found.vault_host, found.port) == (
        "second", False, "login.example.com", "vault.azure.net", 8443,
    )  # fmt: skip
    assert "state" not in found.to_dict()
    assert {one.configuration.name for one in AzureKeyVault.get_collection(fields="configuration")} == {
        "default",
        "second",
    }


def test_client_enables_and_deletes_key_stores(inactive: AzureKeyVault) -> None:
    store = SecurityKeystore(uuid=inactive.uuid)
    with pytest.raises(NetAppRestError):
        SecurityKeystore.find(enabled=True).delete()
    store.enabled = True
    store.patch(poll_interval=1)
    found = {one.configuration.name: one for one in SecurityKeystore.get_collection(fields="*")}
    assert {name: (one.enabled, one.type, one.location) for name, one in found.items()} == {
        "default": (False, "akv", "external"),
        "second": (True, "akv", "external"),
    }
    found["default"].delete()
    assert SecurityKeystore.count_collection() == 1


def test_client_reads_key_managers(simulator: Simulator) -> None:
    simulator.control.put_key_manager()
    (found,) = SecurityKeyManager.get_collection(fields="*")
    assert (found.scope, found.enabled, found.configuration.name) == ("cluster", True, "default")
    assert "onboard" in found.to_dict()
    simulator.control.put_key_manager(None, "external")
    (found,) = SecurityKeyManager.get_collection(fields="*")
    assert [server.server for server in found.external.servers] == ["kmip.example.com:5696"]


def test_client_migrates_keys_in_both_directions(simulator: Simulator) -> None:
    onboard = simulator.control.put_key_manager()["uuid"]
    vault = AzureKeyVault.find(**{"svm.name": "svm1"}).uuid
    for source, destination, on_admin in ((vault, onboard, True), (onboard, vault, False)):
        SecurityKeyManager(uuid=source).migrate(body={"uuid": destination}, poll_interval=1)
        assert simulator.control.state()["svms"]["svm1"]["keys_on_admin"] is on_admin
    with pytest.raises(NetAppRestError):
        SecurityKeyManager(uuid=onboard).migrate(body={"uuid": vault}, poll_interval=1)
