# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.akv import settings
from ansible_collections.ontap.akv.plugins.modules import akv_settings
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

PATH = "/api/security/key-manager-configs"
CLUSTER = "/api/cluster"
ON = {"enabled": True, "manage_volume_offline": True}
OLD = {"cloud_kms_retry_count": 3, "health_monitor_polling_interval": 15}
NAMED = "cloud_kms_retry_count,health_monitor_polling_interval,health_monitor_policy.akv"


def record(interval: Any = 15, retries: Any = 3, **policy: bool) -> dict[str, Any]:
    """Return the record as ONTAP sends it, with settings that this module does not manage."""
    policies = {"health_monitor_policy": {"akv": policy, "aws": {"enabled": False}}} if policy else {}
    return {
        "_links": {},
        "cc_mode_enabled": True,
        "cloud_kms_retry_count": retries,
        "health_monitor_polling_interval": interval,
        **policies,
    }


def refusal(code: str, message: str = "No.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "target": "x"}}


def release(major: int) -> dict[str, Any]:
    return {"version": {"generation": 9, "major": major, "minor": 1}}


@pytest.mark.parametrize("check", [True, False])
def test_no_change_needs_one_get(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, query={"fields": "**"}, json=record())
    result = play(akv_settings, check=check, diff=True, health_monitor_polling_interval=15, cloud_kms_retry_count=3)
    assert (result["changed"], result["settings"], result["diff"]) == (False, OLD, {"before": {}, "after": {}})


def test_equal_policy_is_not_changed(play: Play, wire: Wire) -> None:
    """The policy is requested by name. Numbers may be text. Parts that the task does not name are ignored."""
    wire.on("GET", PATH, query={"fields": NAMED}, json=record("15", "3", enabled=True, manage_volume_offline=False))
    result = play(
        akv_settings, health_monitor_polling_interval=15, health_monitor_policy={"manage_volume_offline": False}
    )
    assert not result["changed"]
    assert result["settings"] == {**OLD, "health_monitor_policy": {"enabled": True, "manage_volume_offline": False}}


def test_returns_policy_that_task_does_not_name(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, query={"fields": "**"}, json=record(enabled=True, manage_volume_offline=True))
    result = play(akv_settings, cloud_kms_retry_count=3)
    assert result["settings"]["health_monitor_policy"] == {"enabled": True, "manage_volume_offline": True}


def test_sends_only_differences(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record(enabled=True, manage_volume_offline=True))
    wire.on(
        "PATCH",
        PATH,
        query={},
        body={"cloud_kms_retry_count": 0, "health_monitor_policy": {"akv": {"manage_volume_offline": False}}},
        json={},
    )
    wire.on("GET", PATH, json=record(retries=0, enabled=True, manage_volume_offline=False))
    policy = {"enabled": True, "manage_volume_offline": False}
    result = play(
        akv_settings,
        diff=True,
        health_monitor_polling_interval=15,
        cloud_kms_retry_count=0,
        health_monitor_policy=policy,
    )
    after = {"health_monitor_polling_interval": 15, "cloud_kms_retry_count": 0, "health_monitor_policy": policy}
    assert (result["changed"], result["settings"]) == (True, after)
    assert result["diff"]["after"] == {"cluster": after}
    assert result["diff"]["before"] == {
        "cluster": {**OLD, "health_monitor_policy": {"enabled": True, "manage_volume_offline": True}}
    }


def test_check_mode_predicts_and_sends_nothing(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record(enabled=True, manage_volume_offline=True))
    result = play(akv_settings, check=True, diff=True, health_monitor_policy={"enabled": False})
    assert (result["changed"], result["settings"]["health_monitor_policy"]) == (
        True,
        {"enabled": False, "manage_volume_offline": True},
    )
    assert result["diff"]["after"]["cluster"] == result["settings"]


@pytest.mark.parametrize(
    ("options", "target"),
    [
        ({"cloud_kms_retry_count": -1}, "cloud_kms_retry_count"),
        ({"cloud_kms_retry_count": 11}, "cloud_kms_retry_count"),
        ({"health_monitor_polling_interval": 14}, "health_monitor_polling_interval"),
        ({"health_monitor_polling_interval": 31, "cloud_kms_retry_count": 3}, "health_monitor_polling_interval"),
    ],
)
def test_refuses_numbers_out_of_range_before_any_request(play: Play, options: dict[str, int], target: str) -> None:
    """The numbers are checked before any request."""
    result = play(akv_settings, **options)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, False, target)


@pytest.mark.parametrize("options", [{}, {"health_monitor_policy": {}}, {"health_monitor_policy": {"enabled": None}}])
def test_requires_at_least_one_setting(play: Play, options: dict[str, Any]) -> None:
    assert "required" in play(akv_settings, **options)["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_release_without_the_call_is_an_error_with_hint(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, status=404, json=refusal("3"))
    wire.on("GET", CLUSTER, json=release(9))
    result = play(akv_settings, check=check, health_monitor_polling_interval=20)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "3")
    assert (
        result["error"]["hint"]
        == "health_monitor_polling_interval needs ONTAP 9.10.1 or later, and the cluster has 9.9.1."
    )


@pytest.mark.parametrize("check", [True, False])
def test_release_without_the_policy_is_an_error_with_hint(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, status=400, json=refusal("262197"))
    wire.on("GET", CLUSTER, json=release(14))
    result = play(akv_settings, check=check, health_monitor_policy={"enabled": False})
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "262197")
    assert result["error"]["hint"] == "health_monitor_policy needs ONTAP 9.15.1 or later, and the cluster has 9.14.1."


def test_refuses_setting_that_release_does_not_report(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json={"health_monitor_polling_interval": 15})
    wire.on("GET", CLUSTER, json=release(10))
    result = play(akv_settings, cloud_kms_retry_count=4, health_monitor_polling_interval=20)
    assert result["error"]["target"] == "cloud_kms_retry_count"
    assert "needs ONTAP 9.11.1 or later, and the cluster has 9.10.1" in result["msg"]


@pytest.mark.parametrize(
    "body", [{"health_monitor_policy": {"akv": {"enabled": True}}, **OLD}, {"health_monitor_policy": [], **OLD}, OLD]
)
def test_unreported_policy_is_not_sent(play: Play, wire: Wire, body: dict[str, Any]) -> None:
    wire.on("GET", PATH, json=body)
    wire.on("GET", CLUSTER, json=release(15))
    result = play(akv_settings, health_monitor_policy={"manage_volume_offline": True})
    assert (result["failed"], result["error"]["target"]) == (True, "health_monitor_policy")


@pytest.mark.parametrize("value", [True, "fifteen", [15], 1.5])
def test_refuses_reported_setting_that_is_not_a_number(play: Play, wire: Wire, value: Any) -> None:
    wire.on("GET", PATH, json=record(value))
    assert "is not a number" in play(akv_settings, health_monitor_polling_interval=20)["msg"]


def test_refused_change_is_reported_with_hint(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, status=400, json=refusal("65537304", "Unable to modify polling period."))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "65537304")
    assert "azure_key_vault first" in result["error"]["hint"]


def test_expected_settings_confirm_lost_change(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, raises=requests.exceptions.ReadTimeout())
    wire.on("GET", PATH, json=record(20))
    wire.on("GET", PATH, json=record(20))
    result = play(akv_settings, max_retries=0, health_monitor_polling_interval=20)
    assert (result.get("failed", False), result["changed"], result["settings"]["health_monitor_polling_interval"]) == (
        False,
        True,
        20,
    )
    assert any("response to the change was lost" in text for text in warnings_of(result))


@pytest.mark.parametrize(
    "looked", [{"json": record()}, {"status": 500, "json": {}}, {"raises": requests.exceptions.ReadTimeout()}]
)
def test_unconfirmed_lost_change_has_unknown_outcome(play: Play, wire: Wire, looked: dict[str, Any]) -> None:
    """The outcome is unknown if the settings are unchanged or cannot be read."""
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, raises=requests.exceptions.ReadTimeout())
    wire.on("GET", PATH, **looked)
    result = play(akv_settings, max_retries=0, diff=True, health_monitor_polling_interval=20)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "the outcome is unknown" in result["msg"]
    assert "Run the task again" in result["error"]["hint"]


def test_reports_change_that_cluster_does_not_keep(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, json=record(18))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (
        True,
        True,
        "health_monitor_polling_interval",
    )
    assert "accepted 20, but reports 18" in result["msg"]


def test_waits_for_change_in_background(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, status=202)
    wire.on("GET", PATH, json=record())
    wire.on("GET", PATH, json=record(20))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert (result["changed"], result["settings"]["health_monitor_polling_interval"]) == (True, 20)


def test_warns_when_settings_cannot_be_reread(play: Play, wire: Wire) -> None:
    """The cluster confirmed the change, so it is reported, with a warning."""
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, status=500, json={})
    result = play(akv_settings, max_retries=0, health_monitor_polling_interval=20)
    assert (result["changed"], result["settings"]["health_monitor_polling_interval"]) == (True, 20)
    assert any("could not be read again" in text for text in warnings_of(result))


def test_unreadable_settings_after_202_have_unknown_outcome(play: Play, wire: Wire) -> None:
    """The cluster did not confirm the change, and nothing shows it."""
    wire.on("GET", PATH, json=record())
    wire.on("PATCH", PATH, status=202)
    wire.on("GET", PATH, status=500, json={})
    result = play(akv_settings, max_retries=0, health_monitor_polling_interval=20)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "the outcome is unknown" in result["msg"]
    assert "Run the task again" in result["error"]["hint"]


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        ({**OLD, "health_monitor_policy": ON}, "volumes go offline after 4 failed polls, 15 minutes apart"),
        (
            {"health_monitor_polling_interval": 30, "health_monitor_policy": ON},
            "volumes go offline after 4 failed polls, 30 minutes apart",
        ),
        ({**OLD, "health_monitor_policy": {"enabled": True, "manage_volume_offline": False}}, "volumes stay online"),
        ({**OLD, "health_monitor_policy": {"enabled": False, "manage_volume_offline": True}}, "volumes stay online"),
        ({**OLD, "health_monitor_policy": {"enabled": False}}, "volumes stay online"),
        ({**OLD, "health_monitor_policy": {"enabled": True}}, None),
        ({"health_monitor_policy": ON}, None),
        (OLD, None),
        ({}, None),
    ],
)
def test_describes_effect_of_an_outage(current: dict[str, Any], expected: str | None) -> None:
    """The effect is described only if the settings show it."""
    assert settings.describe_outage(current) == expected
