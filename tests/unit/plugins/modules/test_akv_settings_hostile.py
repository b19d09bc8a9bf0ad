# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_settings against responses that are wrong, incomplete, late or lost: what it reports is what the cluster has."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.modules import akv_settings
from ansible_collections.ontap.akv.tests.unit.support.hostilities import PAGE
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

PATH = "/api/security/key-manager-configs"
CLUSTER = "/api/cluster"
UUID = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
JOB = f"/api/cluster/jobs/{UUID}"
INTERVAL, RETRIES, POLICY = "health_monitor_polling_interval", "cloud_kms_retry_count", "health_monitor_policy"
NEWEST: dict[str, Any] = {"version": {"generation": 9, "major": 16, "minor": 1}}


def reply(interval: Any = 15, retries: Any = 3, **more: Any) -> dict[str, Any]:
    """Return the record of a cluster before ONTAP 9.15.1, with changes."""
    return {"cc_mode_enabled": False, RETRIES: retries, INTERVAL: interval, **more}


def refusal(code: str, message: str = "No.") -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}


def outcome(result: dict[str, Any]) -> tuple[bool, bool]:
    """Return whether a run failed, and whether it reports a change."""
    return bool(result.get("failed")), bool(result["changed"])


def job(state: str, **more: Any) -> dict[str, Any]:
    return {"uuid": UUID, "state": state, **more}


ACCEPTED: dict[str, Any] = {"job": {"uuid": UUID}}

# The first read: nothing is sent before the settings are known


@pytest.mark.parametrize(
    "answer",
    [
        {"content": PAGE, "content_type": "text/html"},
        {"content": b"[]"},
        {"content": b"null"},
        {"content": b"15"},
        {"content": b'"settings"'},
        {"content": b'{"health_monitor_polling_interval": 15'},
        {"content": b'{"health_monitor_polling_interval": 15, "health_monitor_polling_interval": 20}'},
        {"content": b'{"health_monitor_polling_interval": NaN}'},
        {"content": b'{"cc_mode_enabled": "\xff"}'},
        {"content": b"[" * 10000 + b"]" * 10000},
        {"json": refusal("4", "entry doesn't exist")},
        {"status": 302, "headers": {"Location": "https://login.example.com/"}},
        {"status": 304},
        {"status": 404},
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_sends_nothing_if_settings_cannot_be_read(play: Play, wire: Wire, check: bool, answer: dict[str, Any]) -> None:
    wire.on("GET", PATH, **answer)
    result = play(akv_settings, check=check, diff=True, max_retries=0, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert (result["error"]["method"], result["error"]["path"]) == ("GET", PATH)
    assert "Traceback" not in result["msg"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"records": [], "num_records": 0},
        {"records": [{INTERVAL: 15}], "num_records": 1},
        {"records": [{INTERVAL: 15}, {INTERVAL: 20}], "num_records": 2},
        {INTERVAL: None, RETRIES: 3},
        {RETRIES: 3},
        {INTERVAL.upper(): 15},
    ],
)
def test_setting_that_is_not_reported_is_not_sent(play: Play, wire: Wire, body: dict[str, Any]) -> None:
    """Several records are not one, and null is not a number."""
    wire.on("GET", PATH, json=body)
    wire.on("GET", CLUSTER, json=NEWEST)
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert result["error"]["message"] == f"the cluster does not report {INTERVAL}"


def test_empty_response_is_not_a_setting(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH)
    wire.on("GET", CLUSTER, status=500, json={})
    result = play(akv_settings, max_retries=0, cloud_kms_retry_count=4)
    assert (outcome(result), result["error"]["target"]) == ((True, False), RETRIES)


@pytest.mark.parametrize(
    "value", ["", " 15", "15.0", "0x0f", "-15", "fifteen", "9" * 30, [15], {"value": 15}, 15.5, False]
)
def test_value_that_is_not_a_number_is_an_error(play: Play, wire: Wire, value: Any) -> None:
    wire.on("GET", PATH, json=reply(value))
    result = play(akv_settings, health_monitor_polling_interval=15)
    assert outcome(result) == (True, False)
    assert f"{INTERVAL} is not a number" in result["msg"]


@pytest.mark.parametrize("value", [-1, 0, 99999, "015"])
def test_reported_value_out_of_range_is_compared_like_others(play: Play, wire: Wire, value: Any) -> None:
    """An earlier release, or a command, may have set it; the task corrects it, and reports what was there."""
    wire.on("GET", PATH, json=reply(value))
    if str(value) == "015":
        assert outcome(play(akv_settings, health_monitor_polling_interval=15)) == (False, False)
        return
    wire.on("PATCH", PATH, body={INTERVAL: 15}, json={})
    wire.on("GET", PATH, json=reply())
    result = play(akv_settings, diff=True, health_monitor_polling_interval=15)
    assert outcome(result) == (False, True)
    assert result["diff"]["before"]["cluster"][INTERVAL] == value


@pytest.mark.parametrize(
    "policy",
    [
        None,
        {},
        [],
        "akv",
        {"akv": None},
        {"akv": []},
        {"akv": {"enabled": "true"}},
        {"akv": {"enabled": 1}},
        {"akv": {"enabled": None}},
        {"aws": {"enabled": True}},
        {"AKV": {"enabled": True}},
    ],
)
def test_policy_in_another_form_is_not_sent(play: Play, wire: Wire, policy: Any) -> None:
    wire.on("GET", PATH, json=reply(**{POLICY: policy}))
    wire.on("GET", CLUSTER, json=NEWEST)
    result = play(akv_settings, health_monitor_policy={"enabled": True})
    assert (outcome(result), result["error"]["target"]) == ((True, False), POLICY)


# Refusals


def test_refused_right_names_the_path_of_the_settings(play: Play, wire: Wire) -> None:
    """The rights for the configurations are not the ones that are missing."""
    wire.on("GET", PATH, status=403, json=refusal("6", "not authorized for that command"))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert f"access to {PATH}" in result["error"]["hint"]
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=400, json=refusal("6691623", "User is not authorized"))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert f"access to {PATH}" in result["error"]["hint"]


def test_missing_entry_is_not_explained_by_configurations(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, status=404, json=refusal("4", "entry doesn't exist"))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert "svm or uuid" not in result["error"]["hint"]
    assert "ONTAP 9.10.1" in result["error"]["hint"]


@pytest.mark.parametrize("status", [400, 409, 500])
@pytest.mark.parametrize("code", ["65537304", "262197", "4"])
def test_refusal_with_known_code_is_final_whatever_the_status(play: Play, wire: Wire, code: str, status: int) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=status, json=refusal(code))
    if code == "262197":
        wire.on("GET", CLUSTER, json=NEWEST)
    result = play(akv_settings, diff=True, health_monitor_polling_interval=20)
    assert (outcome(result), result["error"]["code"]) == ((True, False), code)


@pytest.mark.parametrize("status", [409, 429, 503])
def test_busy_cluster_is_asked_again(play: Play, wire: Wire, status: int) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=status, json=refusal("8", "busy"))
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, json=reply(20))
    assert outcome(play(akv_settings, health_monitor_polling_interval=20)) == (False, True)


def test_redirected_change_is_not_sent_elsewhere(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=307, headers={"Location": "https://other.example.com/api"})
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, False)
    assert "other.example.com" in result["msg"]


def test_release_without_the_setting_refuses_the_change(play: Play, wire: Wire) -> None:
    """A cluster may report a setting that its release cannot change."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=400, json=refusal("262196"))
    wire.on("GET", CLUSTER, json={"version": {"generation": 9, "major": 10, "minor": 1}})
    result = play(akv_settings, cloud_kms_retry_count=5)
    assert outcome(result) == (True, False)
    assert result["error"]["hint"] == f"{RETRIES} needs ONTAP 9.11.1 or later, and the cluster has 9.10.1."


# Jobs


def test_change_with_a_job_ends_with_it(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, json=job("running"))
    wire.on("GET", JOB, json=job("success"))
    wire.on("GET", PATH, json=reply(20))
    assert outcome(play(akv_settings, health_monitor_polling_interval=20)) == (False, True)


@pytest.mark.parametrize("state", ["failure", "error"])
def test_failed_job_that_changed_nothing(play: Play, wire: Wire, state: str) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, json=job(state, error={"code": "65537304", "message": "Unable to modify polling period."}))
    wire.on("GET", PATH, json=reply())
    result = play(akv_settings, diff=True, health_monitor_polling_interval=20)
    assert (outcome(result), result["error"]["code"]) == ((True, False), "65537304")


@pytest.mark.parametrize("state", ["failure", "error", "cancelled", "expired"])
def test_failed_job_that_changed_one_of_two_settings(play: Play, wire: Wire, state: str) -> None:
    """The report shows what the cluster has, not what was planned."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, json=job(state, message="node2 failed"))
    wire.on("GET", PATH, json=reply(20))
    result = play(akv_settings, diff=True, health_monitor_polling_interval=20, cloud_kms_retry_count=7)
    assert outcome(result) == (True, True)
    assert result["settings"] == {INTERVAL: 20, RETRIES: 3}
    assert result["diff"]["after"]["cluster"] == {INTERVAL: 20, RETRIES: 3}
    assert "node2 failed" in result["msg"]


def test_interrupted_job_that_changed_nothing(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, json=job("cancelled"))
    wire.on("GET", PATH, json=reply())
    assert outcome(play(akv_settings, health_monitor_polling_interval=20)) == (True, False)


@pytest.mark.parametrize(("state", "changed"), [("failure", False), ("cancelled", True)])
def test_failed_job_after_which_settings_cannot_be_read(play: Play, wire: Wire, state: str, changed: bool) -> None:
    """An interrupted job may have done part of it."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, json=job(state))
    wire.on("GET", PATH, status=500, json={})
    result = play(akv_settings, max_retries=0, health_monitor_polling_interval=20)
    assert outcome(result) == (True, changed)


def test_job_that_does_not_end_names_no_option_of_other_modules(play: Play, wire: Wire) -> None:
    """The module has no wait_timeout."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    for _poll in range(3):
        wire.on("GET", JOB, json=job("running"), takes=50)
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, True)
    assert "wait_timeout" not in json.dumps(result)
    assert UUID in result["msg"]
    assert "Run the task again" in result["error"]["hint"]


@pytest.mark.parametrize("interval", [20, 15])
def test_job_that_is_gone_is_resolved_by_reading(play: Play, wire: Wire, interval: int) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=ACCEPTED)
    wire.on("GET", JOB, status=404, json=refusal("4", "entry doesn't exist"))
    wire.on("GET", PATH, json=reply(interval))
    if interval == 20:
        wire.on("GET", PATH, json=reply(interval))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (interval == 15, True)


@pytest.mark.parametrize("body", [{"job": {}}, {"job": None}, {"job": {"uuid": "../../x"}}, {"job": {"uuid": 5}}])
def test_job_that_cannot_be_named_is_resolved_by_reading(play: Play, wire: Wire, body: dict[str, Any]) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, status=202, json=body)
    wire.on("GET", PATH, json=reply())
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, True)
    assert "the outcome is unknown" in result["msg"]


# Responses that do not show the outcome


@pytest.mark.parametrize(
    "answer",
    [
        {"content": PAGE, "content_type": "text/html"},
        {"content": b"[]"},
        {"json": refusal("65536801", "No.")},
        {"status": 500, "json": refusal("393271", "Node is out of quorum.")},
        {"status": 502, "content": PAGE, "content_type": "text/html"},
    ],
)
@pytest.mark.parametrize("interval", [15, 20])
def test_response_that_does_not_show_the_outcome_is_resolved_by_reading(
    play: Play, wire: Wire, answer: dict[str, Any], interval: int
) -> None:
    """If the cluster has the setting, it counts as changed, with a warning. Otherwise the outcome is unknown."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, **answer)
    wire.on("GET", PATH, json=reply(interval))
    if interval == 20:
        wire.on("GET", PATH, json=reply(interval))
    result = play(akv_settings, max_retries=0, health_monitor_polling_interval=20)
    assert outcome(result) == (interval == 15, True)
    assert ("the outcome is unknown" in result.get("msg", "")) is (interval == 15)
    assert any("response to the change was lost" in text for text in warnings_of(result)) is (interval == 20)


def test_lost_response_is_sent_again(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, raises=requests.exceptions.ReadTimeout())
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, json=reply(20))
    assert outcome(play(akv_settings, health_monitor_polling_interval=20)) == (False, True)


def test_lost_response_and_refused_login_is_not_read_again(play: Play, wire: Wire) -> None:
    """Another request would be another refused login."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, raises=requests.exceptions.ReadTimeout())
    wire.on("PATCH", PATH, status=401, json=refusal("6"))
    result = play(akv_settings, max_retries=1, health_monitor_polling_interval=20)
    assert outcome(result) == (True, True)


# After the change


@pytest.mark.parametrize("status", [401, 403])
def test_refused_login_after_the_change_fails_and_reports_the_change(play: Play, wire: Wire, status: int) -> None:
    """The next task must not try again, because that could lock the account."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, status=status, json=refusal("6"))
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, True)
    assert (result["error"]["status"], result["settings"][INTERVAL]) == (status, 20)


@pytest.mark.parametrize("now", [{RETRIES: 3}, {INTERVAL: None, RETRIES: 3}, {}, {INTERVAL: 15, RETRIES: 3}])
def test_setting_that_is_gone_after_the_change_is_an_error(play: Play, wire: Wire, now: dict[str, Any]) -> None:
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, json={})
    wire.on("GET", PATH, json=now)
    result = play(akv_settings, health_monitor_polling_interval=20)
    assert outcome(result) == (True, True)
    assert "the cluster accepted 20, but reports" in result["msg"]


def test_other_setting_that_another_run_changes_meanwhile_is_shown(play: Play, wire: Wire) -> None:
    """The diff shows what was there and what is there now; only what the task names is sent."""
    wire.on("GET", PATH, json=reply())
    wire.on("PATCH", PATH, body={INTERVAL: 20}, json={})
    wire.on("GET", PATH, json=reply("20", 9))
    result = play(akv_settings, diff=True, health_monitor_polling_interval=20)
    assert outcome(result) == (False, True)
    assert result["diff"] == {
        "before": {"cluster": {INTERVAL: 15, RETRIES: 3}},
        "after": {"cluster": {INTERVAL: 20, RETRIES: 9}},
    }


@pytest.mark.parametrize("check", [True, False])
def test_check_mode_predicts_what_the_run_reports(play: Play, wire: Wire, check: bool) -> None:
    """For a setting, a part of the policy, and a value that is text."""
    policy = {"akv": {"enabled": True, "manage_volume_offline": True}, "gcp": {"enabled": False}}
    wire.on("GET", PATH, json=reply("15", "3", **{POLICY: policy}))
    if not check:
        wire.on("PATCH", PATH, body={RETRIES: 9, POLICY: {"akv": {"enabled": False}}}, json={})
        changed = {**policy, "akv": {"enabled": False, "manage_volume_offline": True}}
        wire.on("GET", PATH, json=reply("15", "9", **{POLICY: changed}))
    result = play(
        akv_settings,
        check=check,
        diff=True,
        cloud_kms_retry_count=9,
        health_monitor_polling_interval=15,
        health_monitor_policy={"enabled": False},
    )
    own = {"enabled": False, "manage_volume_offline": True}
    after = {INTERVAL: 15, RETRIES: 9, POLICY: own}
    assert (outcome(result), result["settings"]) == ((False, True), after)
    assert result["diff"] == {
        "before": {"cluster": {**after, RETRIES: 3, POLICY: {**own, "enabled": True}}},
        "after": {"cluster": after},
    }
