# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the key managers, and the state of key stores, by release."""

from __future__ import annotations

import pytest
from simulator_tests.support import Api

from simulator import ControlError, Simulator

CONFIGS = "/api/security/key-manager-configs"
STORES = "/api/security/key-stores"
PLAIN = {"cc_mode_enabled": False, "cloud_kms_retry_count": 3, "health_monitor_polling_interval": 15}
ON = {"enabled": True, "manage_volume_offline": True}


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ("9.10.1", {name: value for name, value in PLAIN.items() if name != "cloud_kms_retry_count"}),
        ("9.11.1", PLAIN),
        ("9.14.1", PLAIN),
        ("9.15.1", {**PLAIN, "health_monitor_policy": dict.fromkeys(("akv", "aws", "gcp", "ikp", "kmip", "okm"), ON)}),
        (
            "9.17.1",
            {
                **PLAIN,
                "health_monitor_policy": dict.fromkeys(("akv", "aws", "barbican", "gcp", "ikp", "kmip", "okm"), ON),
            },
        ),
    ],
)
def test_release_determines_fields(sim: Simulator, api: Api, release: str, expected: dict[str, object]) -> None:
    """The policy is returned only if it is named, or with `**`."""
    sim.control.reset(version=release)
    assert api.get(CONFIGS, fields="**") == expected
    assert (
        api.get(CONFIGS)
        == api.get(CONFIGS, fields="*")
        == {name: value for name, value in expected.items() if name in PLAIN}
    )


def test_policy_of_one_key_manager_can_be_changed(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.15.1")
    assert api.get(CONFIGS, fields="health_monitor_policy.akv") == {"health_monitor_policy": {"akv": ON}}
    assert api("PATCH", CONFIGS, {"health_monitor_policy": {"akv": {"manage_volume_offline": False}}}).json() == {}
    policies = api.get(CONFIGS, fields="health_monitor_policy")["health_monitor_policy"]
    assert policies["akv"] == {"enabled": True, "manage_volume_offline": False}
    assert policies["kmip"] == ON


def test_settings_unknown_to_release_are_refused(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.9.1")
    assert api.code("GET", CONFIGS) == api.code("PATCH", CONFIGS, {"health_monitor_polling_interval": 20}) == "3"
    sim.control.reset(version="9.10.1")
    assert api.code("PATCH", CONFIGS, {"cloud_kms_retry_count": 4}) == "262179"
    sim.control.reset(version="9.14.1")
    assert api.code("GET", CONFIGS, fields="health_monitor_policy.akv") == "262197"
    assert api.code("PATCH", CONFIGS, {"health_monitor_policy": {"akv": {"enabled": False}}}) == "262179"


def test_numbers_are_checked_and_accepted_as_text(sim: Simulator, api: Api) -> None:
    """They have to be within the documented limits; the documentation's example sends them as text."""
    sim.control.put_record("svm1")
    assert (
        api("PATCH", CONFIGS, {"health_monitor_polling_interval": "20", "cloud_kms_retry_count": "5"}).status_code
        == 200
    )
    assert api.get(CONFIGS) == {**PLAIN, "health_monitor_polling_interval": 20, "cloud_kms_retry_count": 5}
    for name, value in (
        ("health_monitor_polling_interval", 14),
        ("health_monitor_polling_interval", 31),
        ("cloud_kms_retry_count", 11),
    ):
        assert api.code("PATCH", CONFIGS, {name: value}) == "262197"
    assert api.code("PATCH", CONFIGS, {}) == "262212"


def test_interval_needs_external_key_manager(sim: Simulator, api: Api) -> None:
    sim.control.put_key_manager(kind="onboard")
    change = {"health_monitor_polling_interval": 20, "cloud_kms_retry_count": 5}
    assert api.code("PATCH", CONFIGS, change) == "65537304"
    assert api.get(CONFIGS) == PLAIN
    sim.control.put_key_manager("svm1", "external")
    assert api("PATCH", CONFIGS, change).status_code == 200


def test_common_criteria_mode_needs_onboard_key_manager(sim: Simulator, api: Api) -> None:
    assert api.code("PATCH", CONFIGS, {"cc_mode_enabled": True}) == "65537302"
    assert api.code("PATCH", CONFIGS, {"cc_mode_enabled": True, "passphrase": "x" * 64}) == "65537301"
    sim.control.put_key_manager(kind="onboard")
    assert api("PATCH", CONFIGS, {"cc_mode_enabled": True, "passphrase": "x" * 64}).status_code == 200
    assert api.get(CONFIGS)["cc_mode_enabled"] is True


def test_state_of_key_store_is_returned_since_9_16(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.16.1", svms=["svm1"])
    sim.control.put_record("svm1")
    assert [store["state"] for store in api.get(STORES, fields="state")["records"]] == ["active"]
    sim.control.svm("svm1", keystore_state="blocked")
    assert [store["state"] for store in api.get(STORES, fields="state")["records"]] == ["blocked"]
    with pytest.raises(ControlError, match="keystore_state is one of active, mixed"):
        sim.control.svm("svm1", keystore_state="ill")
    sim.control.reset(version="9.15.1", svms=["svm1"])
    assert api.code("GET", STORES, fields="state") == "262197"


def test_control_changes_settings(sim: Simulator) -> None:
    sim.control.settings(health_monitor_polling_interval=25, **{"health_monitor_policy.akv.enabled": False})
    assert sim.control.state()["settings"]["health_monitor_polling_interval"] == 25
    assert sim.control.state()["settings"]["health_monitor_policy"]["akv"]["enabled"] is False
