# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost responses are resolved by reading the cluster's state; an outcome that it does not show stays unknown."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.modules import akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.clock import BEGIN
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    PATH,
    VAULT,
    VERSION,
    page,
    record,
    refusal,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

ONE = f"{PATH}/{uuid_of(1)}"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
OTHER_JOB = "cd5f5d0e-0001-11ec-8d52-005056bbeba5"
KEY_2 = f"{VAULT}keys/key2"
DESCRIBED = {name: record()[name] for name in ("name", "client_id", "tenant_id", "key_id")}
FULL = {**DESCRIBED, "client_secret": "hunter2-of-azure", "update_credentials": "on_create"}
#: The cluster's time at the response to the selection. It differs from the controller's time, which is BEGIN.
CLUSTER_TIME = BEGIN + 7200
DATE = {"Date": formatdate(CLUSTER_TIME, usegmt=True)}
LOST: list[dict[str, Any]] = [
    {"raises": requests.ConnectionError()},
    {"raises": requests.ReadTimeout()},
    {"raises": requests.exceptions.ChunkedEncodingError()},
    {"status": 500},
    {"status": 502, "content": b"<html>", "content_type": "text/html"},
    {"status": 503, "json": refusal("0", "busy")},
    {"status": 504},
    {"status": 201, "content": b'{"num_rec'},
    {"status": 200, "content": b"<html>login", "content_type": "text/html"},
]
REKEYS = [{"key": "internal"}, {"key": "external", "key_id": KEY_2}]


def script_selection(wire: Wire, *records: dict[str, Any]) -> None:
    """Script the query for the targets."""
    wire.on("GET", PATH, json=page(*records), headers=DATE)


def job(
    uuid: str = JOB,
    *,
    began: float | None = 0.0,
    operation: str = "rekey-internal",
    state: str = "success",
    **more: Any,
) -> dict[str, Any]:
    """Return a job of svm1's configuration. began: seconds after the response to the selection."""
    start = {} if began is None else {"start_time": format_time(CLUSTER_TIME + began)}
    return {"uuid": uuid, "description": f"POST {ONE}/{operation}", "state": state, **start, **more}


def format_time(moment: float) -> str:
    """Format a time as ONTAP does, in the cluster's own time zone."""
    from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - only here

    return datetime.fromtimestamp(int(moment), timezone(timedelta(hours=-4))).isoformat()


def only(result: dict[str, Any]) -> dict[str, Any]:
    """Return the only entry of results."""
    (entry,) = result["results"]
    assert isinstance(entry, dict)
    return entry


# Creation


@pytest.mark.parametrize("lost", LOST)
def test_existing_configuration_confirms_lost_create(play: Play, wire: Wire, lost: dict[str, Any]) -> None:
    script_selection(wire)
    wire.on("POST", PATH, **lost)
    wire.on("GET", PATH, query={"scope": "svm", "svm.name": "svm1", "fields": "*"}, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("create", True, True)
    assert result["azure_key_vaults"] == [record()]
    assert "it may have the client_secret of that run" in "".join(warnings_of(result))


@pytest.mark.parametrize("lost", LOST)
def test_create_is_resent_when_configuration_is_missing(play: Play, wire: Wire, lost: dict[str, Any]) -> None:
    script_selection(wire)
    wire.on("POST", PATH, **lost)
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("create", True)
    assert warnings_of(result) == []
    assert len(wire.clock.slept) == 1


def test_finds_configuration_of_late_create(play: Play, wire: Wire) -> None:
    """The request timed out. Its effect is not visible at first, but exists when the request is sent again."""
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, json=page())
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("create", True)


def test_other_key_manager_leaves_lost_create_unknown(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, json=page())
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    for _look in range(3):
        wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", **FULL)
    # It may be the configuration of the first try, which is not visible yet.
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537500")
    assert "the outcome is unknown: A key manager has already been configured" in result["msg"]


def test_finds_configuration_that_appears_after_some_time(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, json=page())
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    wire.on("GET", PATH, json=page())
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("create", True, True)


@pytest.mark.parametrize(
    ("field", "value"), [("client_id", "somebody-elses"), ("key_id", KEY_2), ("name", "https://other.vault.azure.net/")]
)
def test_different_configuration_after_lost_create_is_an_error(play: Play, wire: Wire, field: str, value: str) -> None:
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record(**{field: value})))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert result["failed"]
    assert (result["error"]["target"], only(result)["recovered"], result["changed"]) == (field, True, False)
    assert f"differs in {field}" in result["msg"]


def test_compares_proxy_after_lost_create(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record(proxy_host="proxy.example.com", proxy_port=3128)))
    assert not play(azure_key_vault, svm="svm1", proxy_host="proxy.example.com", proxy_port="3128", **FULL).get(
        "failed"
    )
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", proxy_host="proxy.example.com", **FULL)
    assert result["error"]["target"] == "proxy_host"


def test_failed_read_after_lost_create_leaves_outcome_unknown(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    for _number in range(4):
        wire.on("GET", PATH, raises=requests.ConnectionError())
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_create_is_retried_at_most_max_retries_times(play: Play, wire: Wire) -> None:
    script_selection(wire)
    for _number in range(3):
        wire.on("POST", PATH, status=503, headers={"Retry-After": "5"})
        wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", max_retries=2, **FULL)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]
    assert wire.clock.slept == [5, 5]


@pytest.mark.parametrize("status", [400, 409, 500])
def test_documented_error_of_create_is_a_known_outcome(play: Play, wire: Wire, status: int) -> None:
    """The error code is documented, whatever the status, so the request is not sent again."""
    script_selection(wire)
    wire.on(
        "POST",
        PATH,
        status=status,
        json=refusal("65537504", "Internal error. Failed to store configuration in internal database."),
    )
    result = play(azure_key_vault, svm="svm1", max_retries=1, **FULL)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "65537504")
    assert result["msg"].startswith("svm1: Internal error.")


def test_sends_nothing_more_after_refused_login(play: Play, wire: Wire) -> None:
    """Another request would be another refused login."""
    script_selection(wire)
    wire.on("POST", PATH, status=401, json=refusal("6", "not authorized"))
    assert play(azure_key_vault, svm="svm1", **FULL)["failed"]


def test_looks_for_configuration_of_cluster_and_of_svm_uuid(play: Play, wire: Wire) -> None:
    owner = record()["svm"]["uuid"]
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, query={"scope": "svm", "svm.uuid": owner, "fields": "*"}, json=page(record()))
    assert not play(azure_key_vault, svm=owner, **FULL).get("failed")
    script_selection(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, query={"scope": "cluster", "fields": "*"}, json=page(record(svm=None, scope="cluster")))
    assert not play(azure_key_vault, scope="cluster", **FULL).get("failed")


@pytest.mark.parametrize(
    "answer", [{"records": [{"name": VAULT}]}, {"records": [{"uuid": "../x"}]}, {"records": [{"uuid": 7}]}]
)
def test_reads_configuration_when_response_has_no_valid_uuid(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=201, json=answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (only(result)["uuid"], only(result)["recovered"]) == (uuid_of(1), True)


# Re-key and restore


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("rekey", REKEYS)
def test_lost_rekey_continues_with_its_job(play: Play, wire: Wire, lost: dict[str, Any], rekey: dict[str, str]) -> None:
    operation = f"rekey-{rekey['key']}"
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/{operation}", **lost)
    wire.on("GET", JOBS, json=page(job(began=1, operation=operation, state="running")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    if rekey["key"] == "external":
        # The configuration is read before the job is adopted.
        wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    wire.on("GET", PATH, json=page(record(key_id=rekey.get("key_id", KEY))))
    result = play(akv_rekey, svm="svm1", **rekey)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("rekey", True, True)
    assert only(result)["job"] == {"uuid": JOB, "state": "success", "message": None}
    assert JOB in "".join(warnings_of(result))


def test_queries_only_jobs_of_the_request(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    fields = "description,state,start_time,code,message,error"
    wire.on(
        "GET",
        JOBS,
        query={"description": f"*{ONE.removeprefix('/api')}/rekey-internal*", "fields": fields},
        json=page(job()),
    )
    wire.on("GET", PATH, json=page(record()))
    assert only(play(akv_rekey, svm="svm1", key="internal"))["recovered"]


def test_lost_restore_continues_with_its_job(play: Play, wire: Wire) -> None:
    script_selection(wire, record(state={"available": False}))
    wire.on("POST", f"{ONE}/restore", raises=requests.ReadTimeout())
    wire.on("GET", JOBS, json=page(job(operation="restore")))
    for _look in ("during recovery", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": True})))
    result = play(akv_restore, svm="svm1")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("restore", True)


@pytest.mark.parametrize("operation", ["restore", "rekey-external"])
def test_successful_job_without_effect_leaves_outcome_unknown(play: Play, wire: Wire, operation: str) -> None:
    """The job began in the same second and succeeded, but the configuration does not show the requested change."""
    script_selection(wire, record(state={"available": False}))
    wire.on("POST", f"{ONE}/{operation}", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(operation=operation)))
    for _look in ("during recovery", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": False})))
    result = (
        play(akv_restore, svm="svm1")
        if operation == "restore"
        else play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    )
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert "outcome is unknown" in result["msg"]


def test_rekey_that_results_in_another_key_is_an_error(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-external", json={"job": {"uuid": JOB}})
    wire.on("GET", PATH, json=page(record(key_id=f"{VAULT}keys/key3")))
    result = play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, True, "key_id")
    assert "keys/key3" in result["msg"]


@pytest.mark.parametrize(
    "listed",
    [
        [],
        [job(began=-1)],
        [job(began=-3600, state="running")],
        [job(operation="restore")],
        [job(description=f"POST {PATH}/{uuid_of(2)}/rekey-internal")],
        [job(start_time="yesterday")],
        [job(start_time="2026-01-01T12:00:00")],
        [job(began=None, state="success")],
        [job(uuid="../../security/azure-key-vaults")],
        [job(description=None)],
    ],
)
def test_missing_or_unrelated_job_leaves_outcome_unknown(play: Play, wire: Wire, listed: list[dict[str, Any]]) -> None:
    """An older job, a job of another configuration or operation, and a job with an invalid time are not adopted."""
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    for _number in range(3):
        wire.on("GET", JOBS, json=page(*listed))
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert "outcome is unknown" in result["msg"]
    assert "/api/cluster/jobs" in result["error"]["hint"]


def test_adopts_queued_job_without_start_time(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, began=-60), job(began=None, state="queued")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    wire.on("GET", PATH, json=page(record()))
    assert only(play(akv_rekey, svm="svm1", key="internal"))["job"]["uuid"] == JOB


def test_finds_job_that_appears_later(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", status=504)
    wire.on("GET", JOBS, json=page())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, began=-60), job(began=2)))
    wire.on("GET", PATH, json=page(record()))
    assert only(play(akv_rekey, svm="svm1", key="internal"))["job"]["uuid"] == JOB


def test_prefers_running_job_to_failed_job_of_same_second(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-external", raises=requests.ConnectionError())
    failed = job(OTHER_JOB, operation="rekey-external", state="failure", code=4)
    running = job(operation="rekey-external", state="running")
    wire.on("GET", JOBS, json=page(failed, running))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    for _look in ("during recovery", "after the change"):
        wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    result = play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    assert not result.get("failed")
    assert only(result)["job"]["uuid"] == JOB


def test_reports_failure_when_all_matching_jobs_failed(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, state="failure", code=4), job(state="running")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "failure", "code": 65537559, "message": "no keys"})
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, False, True)


@pytest.mark.parametrize("wait", [True, False])
def test_failed_job_of_lost_request_is_reported(play: Play, wire: Wire, wait: bool) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", status=503)
    wire.on(
        "GET",
        JOBS,
        json=page(job(state="failure", code=65537559, message="There are no existing internal keys for the SVM.")),
    )
    result = play(akv_rekey, svm="svm1", key="internal", wait=wait)
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, False, True)
    assert result["error"]["code"] == "65537559"
    assert only(result)["job"]["state"] == "failure"


@pytest.mark.parametrize(
    "denial",
    [{"status": 401}, {"status": 403, "json": refusal("6", "no")}, {"status": 400, "json": refusal("6691623", "no")}],
)
def test_refused_login_during_recovery_stops_the_run(play: Play, wire: Wire, denial: dict[str, Any]) -> None:
    """The outcome is unknown, and no further target is started: more requests could lock the account."""
    script_selection(wire, record(1), record(2))
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, **denial)
    result = play(akv_rekey, svm=["svm1", "svm2"], key="internal", concurrency=1)
    first, second = result["results"]
    assert (first["changed"], second["action"], second["changed"]) == (True, "none", False)
    assert "outcome is unknown" in first["error"]["message"]
    assert second["message"].startswith("not started")


@pytest.mark.parametrize("answer", [{"content": b"<html>"}, {"status": 400, "json": refusal("262179", "?")}])
def test_unlistable_jobs_leave_outcome_unknown(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, **answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_returns_job_without_waiting_when_wait_is_false(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(state="running")))
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait=False)
    assert only(result)["job"] == {"uuid": JOB, "state": "running", "message": None}


def test_adopts_no_job_without_time_of_cluster(play: Play, wire: Wire) -> None:
    """ONTAP always sends its time. A response without it comes from another server."""
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert "outcome is unknown" in result["msg"]


# Updates and deletions without any response


def script_lost_tries(wire: Wire, method: str, last: dict[str, Any]) -> None:
    """Script three lost tries and a last one."""
    for _number in range(3):
        wire.on(method, ONE, raises=requests.ConnectionError())
    wire.on(method, ONE, **last)


LAST: list[dict[str, Any]] = [
    {"raises": requests.ReadTimeout()},
    {"status": 503, "json": refusal("0", "busy")},
    {"status": 400, "json": refusal("2", "?")},
]


@pytest.mark.parametrize("last", LAST)
def test_visible_update_counts_as_done(play: Play, wire: Wire, last: dict[str, Any]) -> None:
    script_selection(wire, record())
    script_lost_tries(wire, "PATCH", last)
    wire.on("GET", PATH, json=page(record(client_id="x")))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["recovered"], result["azure_key_vaults"]) == (
        True,
        True,
        [record(client_id="x")],
    )


def test_lost_update_of_secret_leaves_outcome_unknown(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    script_lost_tries(wire, "PATCH", LAST[0])
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", client_secret=FULL["client_secret"], update_credentials="always")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_invisible_update_reports_error_and_counts_as_changed(play: Play, wire: Wire) -> None:
    """A queued job or a late request may still apply it. The last error of ONTAP is reported, but proves nothing."""
    script_selection(wire, record())
    script_lost_tries(wire, "PATCH", {"status": 500, "json": refusal("65537504", "Internal error.")})
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537504")


@pytest.mark.parametrize("last", LAST)
def test_missing_configuration_confirms_lost_delete(play: Play, wire: Wire, last: dict[str, Any]) -> None:
    script_selection(wire, record())
    script_lost_tries(wire, "DELETE", last)
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("delete", True, True)
    assert result["azure_key_vaults"] == []


def test_lost_delete_of_existing_configuration_is_unknown(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    script_lost_tries(wire, "DELETE", LAST[0])
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert (result["failed"], result["changed"], result["azure_key_vaults"]) == (True, True, [record()])


# Jobs whose record no longer exists


def script_job_without_record(wire: Wire, operation: str) -> None:
    """Script an accepted request whose job no longer exists."""
    wire.on("POST", f"{ONE}/{operation}", status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "entry doesn't exist"))


@pytest.mark.parametrize(("now", "failed"), [(KEY_2, False), (KEY, True)])
def test_key_shows_whether_rekey_with_lost_job_succeeded(play: Play, wire: Wire, now: str, failed: bool) -> None:
    script_selection(wire, record())
    script_job_without_record(wire, "rekey-external")
    wire.on("GET", PATH, json=page(record(key_id=now)))
    if not failed:
        wire.on("GET", PATH, json=page(record(key_id=now)))
    result = play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    assert (bool(result.get("failed")), result["changed"], only(result)["recovered"]) == (failed, not failed, True)
    assert only(result)["job"]["uuid"] == JOB
    assert not failed or "did not succeed" in result["msg"]


@pytest.mark.parametrize(
    "rekey",
    [
        {"key": "internal"},
        {"key": "external", "key_id": f"{KEY}/{VERSION}"},
        {"key": "external", "key_id": KEY, "force": True},
    ],
    ids=["internal", "unreported version", "same key"],
)
def test_invisible_rekey_with_lost_job_is_unknown(play: Play, wire: Wire, rekey: dict[str, Any]) -> None:
    script_selection(wire, record())
    script_job_without_record(wire, f"rekey-{rekey['key']}")
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", **rekey)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]
    assert only(result)["job"]["uuid"] == JOB


@pytest.mark.parametrize("available", [True, False])
def test_state_shows_whether_restore_with_lost_job_succeeded(play: Play, wire: Wire, available: bool) -> None:
    script_selection(wire, record(state={"available": False}))
    script_job_without_record(wire, "restore")
    for _look in ("during recovery", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": available})))
    result = play(akv_restore, svm="svm1")
    assert bool(result.get("failed")) is not available
    assert only(result)["recovered"]


def test_forced_restore_with_lost_job_is_unknown(play: Play, wire: Wire) -> None:
    script_selection(wire, record(state={"available": True}))
    script_job_without_record(wire, "restore")
    wire.on("GET", PATH, json=page(record(state={"available": True})))
    result = play(akv_restore, svm="svm1", force=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_recovery_ends_at_wait_timeout(play: Play, wire: Wire) -> None:
    """Slow responses do not extend it. Half a second remains for the last read."""
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ReadTimeout(), takes=2)
    wire.on("GET", JOBS, raises=requests.ReadTimeout(), takes=0.5)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait_timeout=2)
    assert "outcome is unknown" in result["msg"]
    assert wire.seen[2].timeout == pytest.approx(0.5)


def test_visible_update_with_lost_job_succeeds(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, body={"client_id": "x"}, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "gone"))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["recovered"], only(result)["job"]["state"]) == (True, True, "success")


def test_delete_with_lost_job_counts_as_changed(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("DELETE", ONE, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "gone"))
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("delete", True, True)


def test_delete_job_without_configuration_changes_nothing(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("DELETE", ONE, status=202, json={"job": {"uuid": JOB}})
    wire.on(
        "GET", f"{JOBS}/{JOB}", json={"state": "failure", "error": {"code": "65537120", "message": "not configured"}}
    )
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["error"]) == (False, None)


def test_update_with_lost_job_is_resent(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    for status, state in ((404, refusal("4", "gone")), (200, {"state": "success"})):
        wire.on("PATCH", ONE, body={"client_id": "x"}, status=202, json={"job": {"uuid": JOB}})
        wire.on("GET", f"{JOBS}/{JOB}", status=status, json=state)
        if status == 404:
            wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert only(result)["recovered"]


# Another run was faster


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 409, "json": refusal("1", "duplicate entry")},
        {"status": 400, "json": refusal("65537500", "configured")},
    ],
)
def test_matching_configuration_of_another_run_is_accepted(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    script_selection(wire)
    wire.on("POST", PATH, **answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("none", False, False)
    assert only(result)["fields"] == []
    assert only(result)["message"]
    assert "another run was faster" in "".join(warnings_of(result))


def test_different_configuration_of_another_run_is_updated(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=409, json=refusal("1", "duplicate entry"))
    wire.on("GET", PATH, json=page(record(proxy_host="old.example.com")))
    wire.on("PATCH", ONE, body={"proxy_host": "proxy.example.com", "client_secret": FULL["client_secret"]})
    wire.on("GET", PATH, json=page(record(proxy_host="proxy.example.com")))
    result = play(
        azure_key_vault,
        svm="svm1",
        proxy_host="proxy.example.com",
        **{**FULL, "update_credentials": "always"},
        diff=True,
    )
    assert (only(result)["action"], only(result)["changed"]) == ("update", True)
    assert only(result)["fields"] == ["client_secret", "proxy_host"]
    assert result["diff"]["before"]["svm1"]["proxy_host"] == "old.example.com"


def test_configuration_of_another_run_with_other_key_is_an_error(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=409, json=refusal("1", "duplicate entry"))
    wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, False, "key_id")


def test_other_key_manager_keeps_error_of_ontap(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["error"]["code"], result["changed"]) == ("65537500", False)
    assert "was faster" not in "".join(warnings_of(result))


def test_delete_accepts_configuration_deleted_by_another_run(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("DELETE", ONE, status=404, json=refusal("4", "entry doesn't exist"))
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["message"]) == (
        "none",
        False,
        "entry doesn't exist",
    )
    assert result["azure_key_vaults"] == []


@pytest.mark.parametrize("module", ["update", "rekey", "restore"])
def test_reports_configuration_deleted_by_another_run(play: Play, wire: Wire, module: str) -> None:
    """It is not created again, because another run deleted it on purpose."""
    script_selection(wire, record(state={"available": False}))
    path = {"update": ONE, "rekey": f"{ONE}/rekey-internal", "restore": f"{ONE}/restore"}[module]
    wire.on("PATCH" if module == "update" else "POST", path, status=404, json=refusal("4", "entry doesn't exist"))
    wire.on("GET", PATH, json=page())
    if module == "update":
        result = play(azure_key_vault, svm="svm1", **{**FULL, "client_id": "x"})
    elif module == "rekey":
        result = play(akv_rekey, svm="svm1", key="internal")
    else:
        result = play(akv_restore, svm="svm1")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["azure_key_vaults"] == []
    assert "another run" in result["msg"] or "no Azure key vault configuration exists" in result["msg"]


def test_completed_update_is_reported_when_rekey_is_refused(play: Play, wire: Wire) -> None:
    """The update succeeded before another run was faster with the re-key."""
    script_selection(wire, record())
    wire.on("PATCH", ONE)
    wire.on("POST", f"{ONE}/rekey-external", status=409, json=refusal("8", "in use"))
    wire.on("GET", PATH, json=page(record(client_id="x", key_id=KEY_2)))
    result = play(azure_key_vault, svm="svm1", client_id="x", key_id=KEY_2, allow_rekey=True, max_retries=0)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "8")
