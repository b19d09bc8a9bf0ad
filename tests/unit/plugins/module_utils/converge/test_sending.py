# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that the cluster accepted (202) without naming a job, and creations whose response holds no record."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.modules import akv_migrate, akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.clock import BEGIN
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    PATH,
    VAULT,
    page,
    record,
    refusal,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

ONE = f"{PATH}/{uuid_of(1)}"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
DATE = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
FULL = {
    "name": VAULT,
    "client_id": record()["client_id"],
    "tenant_id": record()["tenant_id"],
    "key_id": KEY,
    "client_secret": "a-secret-of-azure",
}
SECRET = {"client_secret": "a-secret-of-azure", "update_credentials": "always"}
STORE, KEY_STORE = "11111111-2222-3333-4444-555555555555", "/api/security/key-stores"


def script_selection(wire: Wire, *records: dict[str, Any]) -> None:
    """Script the query for the targets."""
    wire.on("GET", PATH, json=page(*records), headers=DATE)


def only(result: dict[str, Any]) -> dict[str, Any]:
    """Return the only result."""
    (entry,) = result["results"]
    return dict(entry)


def job(method: str = "PATCH", **more: Any) -> dict[str, Any]:
    """Return a job of a change of the configuration that began at the start of the test."""
    return {"uuid": JOB, "description": f"{method} {ONE}", "start_time": "2026-01-01T00:00:00Z", **more}


@pytest.mark.parametrize("body", [None, {}])
def test_reads_configuration_until_update_is_visible(play: Play, wire: Wire, body: Any) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202, json=body)
    for now in (record(), record(), record(client_id="x")):
        wire.on("GET", PATH, json=page(now))
        if now == record():
            wire.on("GET", JOBS, json=page())
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x", **SECRET)
    assert not result.get("failed"), result
    assert (only(result)["changed"], only(result)["recovered"], only(result)["job"]) == (True, False, None)
    assert result["azure_key_vaults"] == [record(client_id="x")]
    assert warnings_of(result) == []


def test_update_that_does_not_appear_in_time_continues(play: Play, wire: Wire) -> None:
    """The update continues. It is neither done nor lost."""
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202, takes=0.9)
    for _look in range(2):
        wire.on("GET", PATH, json=page(record()))
        wire.on("GET", JOBS, status=403, json=refusal("6", "not authorized"))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", proxy_host="proxy.example.com", wait_timeout=1)
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert (
        "the update that the cluster accepted does not show within wait_timeout; it continues in the cluster"
        in result["msg"]
    )
    assert "lost" not in result["msg"]


def test_failed_job_of_update_is_reported(play: Play, wire: Wire) -> None:
    """A user who may read the jobs gets the reason at once."""
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    wire.on("GET", PATH, json=page(record()))
    others = [{**job("DELETE"), "uuid": "other", "state": "failure"}]
    wire.on("GET", JOBS, json=page(*others, job(state="failure", code=65537540, message="Invalid client secret.")))
    result = play(azure_key_vault, svm="svm1", client_id="x", **SECRET)
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, False, False)
    assert (result["error"]["code"], only(result)["job"]["state"]) == ("65537540", "failure")


@pytest.mark.parametrize("fault", [{"raises": requests.ConnectionError()}, {"status": 503}, {"content": b"<html>"}])
def test_fault_while_waiting_for_update_is_retried(play: Play, wire: Wire, fault: dict[str, Any]) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    wire.on("GET", PATH, **fault)
    wire.on("GET", JOBS, json=page())
    for _look in range(2):
        wire.on("GET", PATH, json=page(record(client_id="x")))
    assert not play(azure_key_vault, svm="svm1", client_id="x", max_retries=0).get("failed")


def test_refused_login_while_waiting_ends_the_run(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    wire.on("GET", PATH, status=401)
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_update_of_secret_is_confirmed_by_its_job(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    wire.on("GET", JOBS, json=page(job(state="success")))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **SECRET)
    assert not result.get("failed"), result
    assert (only(result)["changed"], only(result)["recovered"], only(result)["job"]["uuid"]) == (True, False, JOB)
    assert "the cluster named no job for the update" in "".join(warnings_of(result))


def test_update_of_secret_without_job_leaves_outcome_unknown(play: Play, wire: Wire) -> None:
    """The cluster accepted it, but nothing shows whether it was done."""
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    for _look in range(3):
        wire.on("GET", JOBS, json=page())
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **SECRET)
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert "the outcome is unknown: the cluster accepted the update and named no job" in result["msg"]
    assert "lost" not in result["msg"]


@pytest.mark.parametrize("stays", [0, 2])
def test_reads_configuration_until_it_is_deleted(play: Play, wire: Wire, stays: int) -> None:
    script_selection(wire, record())
    wire.on("DELETE", ONE, status=202)
    for _look in range(stays):
        wire.on("GET", PATH, json=page(record()))
        wire.on("GET", JOBS, json=page())
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed"), result
    assert (result["changed"], only(result)["recovered"], result["azure_key_vaults"]) == (True, False, [])


def test_enables_selected_configuration(play: Play, wire: Wire) -> None:
    """The key store of the selected configuration is enabled, whatever other configurations the SVM has."""
    this = {"configuration": {"name": "default", "uuid": STORE}}
    wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 16}})
    script_selection(wire, record(**this, enabled=False))
    wire.on("PATCH", f"{KEY_STORE}/{STORE}", body={"enabled": True}, status=202)
    for enabled in (False, True):
        wire.on("GET", PATH, json=page(record(**this, enabled=enabled)))
        if not enabled:
            wire.on("GET", JOBS, json=page())
    wire.on("GET", PATH, json=page(record(**this, enabled=True)))
    result = play(azure_key_vault, svm="svm1", configuration="default", enabled=True)
    assert not result.get("failed"), result
    assert (only(result)["changed"], result["azure_key_vaults"][0]["enabled"]) == (True, True)


def test_update_without_wait_returns_at_once(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE, status=202)
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", client_id="x", wait=False)
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["job"]) == (True, None)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [None, {}])
def test_rekey_that_completed_reads_no_jobs(play: Play, wire: Wire, status: int, body: Any, wait: bool) -> None:
    """The jobs are not read, and nothing is recovered."""
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", status=status, json=body)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait=wait)
    assert not result.get("failed"), result
    assert (only(result)["changed"], only(result)["recovered"], only(result)["job"]) == (True, False, None)
    assert warnings_of(result) == []


def test_restore_and_migration_that_completed_need_no_recovery(play: Play, wire: Wire) -> None:
    script_selection(wire, record(state={"available": False}))
    wire.on("POST", f"{ONE}/restore", status=201)
    wire.on("GET", PATH, json=page(record(state={"available": True})))
    assert not play(akv_restore, svm="svm1").get("failed")
    manager = "33333333-2222-3333-4444-555555555555"
    script_selection(wire, record())
    wire.on("POST", f"/api/security/key-managers/{manager}/migrate", status=201)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_migrate, svm="svm1", to="azure_key_vault", key_manager=manager)
    assert not result.get("failed"), result
    assert (only(result)["changed"], only(result)["recovered"]) == (True, False)


@pytest.mark.parametrize("location", [None, ONE])
def test_create_waits_for_job_and_reads_record(play: Play, wire: Wire, location: str | None) -> None:
    """The module waits for the job and reads the record."""
    script_selection(wire)
    headers = {"Location": location} if location else {}
    wire.on("POST", PATH, status=202, json={"job": {"uuid": JOB}}, headers=headers)
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "running"})
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "success"})
    wire.on("GET", PATH, json=page())
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed"), result
    assert (only(result)["uuid"], only(result)["job"]["state"], only(result)["recovered"]) == (
        uuid_of(1),
        "success",
        False,
    )
    assert result["azure_key_vaults"] == [record()]


def test_create_reports_failed_job(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=202, json={"job": {"uuid": JOB}})
    wire.on(
        "GET",
        f"{JOBS}/{JOB}",
        json={"uuid": JOB, "state": "error", "error": {"code": "65537512", "message": "Not every node."}},
    )
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"], result["error"]["code"], only(result)["job"]["state"]) == (
        True,
        False,
        "65537512",
        "error",
    )


def test_create_accepted_without_job_is_read(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=202, headers={"Location": ONE})
    for now in ([], [record()]):
        wire.on("GET", PATH, json=page(*now))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed"), result
    assert (only(result)["uuid"], only(result)["recovered"]) == (uuid_of(1), False)


def test_created_record_that_differs_is_an_error(play: Play, wire: Wire) -> None:
    script_selection(wire)
    wire.on("POST", PATH, status=201)
    wire.on("GET", PATH, json=page(record(client_id="somebody else's")))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, True, "client_id")


def test_updated_record_that_differs_is_an_error(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("PATCH", ONE)
    wire.on("GET", PATH, json=page(record(client_id="another")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, True, "client_id")
    assert "the update succeeded, but the configuration now has 'another', not 'x'" in result["msg"]


def test_request_is_resent_when_job_fails_on_locked_svm(play: Play, wire: Wire) -> None:
    """The job started nothing."""
    script_selection(wire, record())
    for state in ({"state": "failure", "error": {"code": "2621573", "message": "locked"}}, {"state": "success"}):
        wire.on("POST", f"{ONE}/rekey-internal", status=202, json={"job": {"uuid": JOB}})
        wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, **state})
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert not result.get("failed"), result
    assert (only(result)["changed"], only(result)["recovered"]) == (True, False)


@pytest.mark.parametrize("state", ["cancelled", "expired"])
@pytest.mark.parametrize("after", [KEY, f"{KEY}2"])
def test_aborted_job_is_judged_by_the_configuration(play: Play, wire: Wire, state: str, after: str) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-external", status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": state})
    wire.on("GET", PATH, json=page(record(key_id=after)))
    if after != KEY:
        wire.on("GET", PATH, json=page(record(key_id=after)))
    result = play(akv_rekey, svm="svm1", key="external", key_id=f"{KEY}2")
    assert (result["failed"], result["changed"], only(result)["job"]["state"]) == (True, after != KEY, state)
    assert "the outcome may be partial" in result["msg"]


def test_partially_failed_rekey_is_read_again(play: Play, wire: Wire) -> None:
    script_selection(wire, record())
    wire.on("POST", f"{ONE}/rekey-external", status=500, json=refusal("65539855", "a restore operation failed"))
    wire.on("GET", PATH, json=page(record(key_id=f"{KEY}2")))
    result = play(akv_rekey, svm="svm1", key="external", key_id=f"{KEY}2")
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65539855")


def test_job_start_time_matches_the_test_clock() -> None:
    """The jobs began at the time of the response."""
    assert BEGIN == 1767225600.0
