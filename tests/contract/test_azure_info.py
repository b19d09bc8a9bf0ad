# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_azure_info returns what Microsoft's own client reads of the same key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from azure.keyvault.keys import KeyClient, KeyProperties
from contract.azure_clients import by_secret, keys

from ansible_collections.ontap.akv.tests.integration.support.azure import SECRET, check
from simulator import Simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """Create a key whose newest version is the first one by name."""
    running.control.reset()
    side = running.azure
    side.control.tenant(side.tenant_id)
    side.control.application(side.client_id, tenants=[side.tenant_id], secrets=[SECRET])
    created = int(datetime.now(UTC).timestamp()) - 86400
    side.control.key("key1", version="9" * 32, created=created, updated=created, expires_in=100 * 86400)
    side.control.new_version(
        "key1", version="0" * 32, size=3072, operations=["wrapKey", "unwrapKey", "encrypt", "decrypt"], starts_in=-60
    )
    side.control.vault("vault1", recovery_level="CustomizedRecoverable+Purgeable", recoverable_days=7)
    return running


@pytest.fixture
def client(sim: Simulator) -> Iterator[KeyClient]:
    """Return Microsoft's client of the vault."""
    with by_secret(sim, SECRET) as login, keys(sim, login) as opened:
        yield opened


def moment(text: str | None) -> datetime | None:
    """Parse a date that the module returned."""
    return None if text is None else datetime.fromisoformat(text)


def seen(properties: KeyProperties) -> dict[str, Any]:
    """Return what Microsoft's client read, under the names that the module uses."""
    return {
        "version": properties.version,
        "enabled": properties.enabled,
        "not_before": properties.not_before,
        "expires": properties.expires_on,
        "created": properties.created_on,
        "updated": properties.updated_on,
        "recovery_level": properties.recovery_level,
    }


@pytest.mark.parametrize("version", [None, "9" * 32, "0" * 32])
def test_key_matches_microsofts_client(sim: Simulator, client: KeyClient, version: str | None) -> None:
    key = client.get_key("key1", version)
    found = check(sim, key_id=sim.azure.key_url(version=version)).azure["key"]
    dates = {name: moment(found[name]) for name in ("not_before", "expires", "created", "updated")}
    assert {name: found[name] for name in ("version", "enabled", "recovery_level")} | dates == seen(key.properties)
    assert (found["key_id"], found["type"], found["size"]) == (key.id, key.key_type, len(key.key.n) * 8)
    assert found["permitted_operations"] == list(key.key_operations)
    newest = max(client.list_properties_of_key_versions("key1"), key=lambda each: each.created_on)
    assert (found["newest_version"], found["is_newest"]) == (newest.version, key.properties.version == newest.version)


def test_versions_match_microsofts_client(sim: Simulator, client: KeyClient) -> None:
    found = check(sim, versions=True).azure["versions"]
    listed = {properties.version: seen(properties) for properties in client.list_properties_of_key_versions("key1")}
    assert {version["version"] for version in found} == set(listed)
    for version in found:
        known = listed[version["version"]]
        assert {name: moment(version[name]) for name in ("created", "expires")} == {
            name: known[name] for name in ("created", "expires")
        }
        assert version["enabled"] == known["enabled"]
