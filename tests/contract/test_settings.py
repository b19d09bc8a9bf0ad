# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's Python client with the settings of the key managers and the state of key stores."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from netapp_ontap import HostConnection, NetAppRestError
from netapp_ontap.resources import KeyManagerConfig, SecurityKeystore

from simulator import Simulator

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    """Run the newest release, with one configuration."""
    with Simulator(version="9.19.1", svms=["svm1"]) as running:
        running.control.put_record("svm1")
        yield running


def read(fields: str | None = None) -> dict[str, object]:
    found = KeyManagerConfig()
    found.get(**({"fields": fields} if fields else {}))
    return {name: value for name, value in found.to_dict().items() if name != "_links"}


def test_client_reads_and_changes_settings(connection: HostConnection) -> None:
    assert read() == {"cc_mode_enabled": False, "cloud_kms_retry_count": 3, "health_monitor_polling_interval": 15}
    changed = KeyManagerConfig()
    changed.health_monitor_polling_interval = 20
    changed.cloud_kms_retry_count = 5
    changed.patch()
    assert read("health_monitor_polling_interval,cloud_kms_retry_count") == {
        "cloud_kms_retry_count": 5,
        "health_monitor_polling_interval": 20,
    }


def test_client_reads_and_changes_policy(connection: HostConnection) -> None:
    """Reads two policies by name, as in the client's example; changing one does not affect the others."""
    policies = "health_monitor_policy.akv,health_monitor_policy.gcp"
    on = {"enabled": True, "manage_volume_offline": True}
    assert read(policies) == {"health_monitor_policy": {"akv": on, "gcp": on}}
    changed = KeyManagerConfig()
    changed.health_monitor_policy = {"akv": {"manage_volume_offline": False}}
    changed.patch()
    assert read(policies) == {"health_monitor_policy": {"akv": {**on, "manage_volume_offline": False}, "gcp": on}}


def test_client_raises_error_for_refused_change(connection: HostConnection) -> None:
    changed = KeyManagerConfig()
    changed.health_monitor_polling_interval = 31
    with pytest.raises(NetAppRestError) as refused:
        changed.patch()
    assert refused.value.http_err_response.http_response.json()["error"]["code"] == "262197"


def test_client_knows_each_state_of_key_store(simulator: Simulator) -> None:
    """The client rejects states that it does not know."""
    for state in ("active", "mixed", "svm_kek_rekey", "blocked", "switching", "initializing", "disabling"):
        simulator.control.svm("svm1", keystore_state=state)
        assert [store.state for store in SecurityKeystore.get_collection(fields="state")] == [state]
