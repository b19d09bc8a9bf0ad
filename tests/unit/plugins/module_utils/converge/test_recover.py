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
#: The cluster's clock when the selection was answered: not the controller's, which is BEGIN.
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


def selects(wire: Wire, *records: dict[str, Any]) -> None:
    """The query for the targets."""
    wire.on("GET", PATH, json=page(*records), headers=DATE)


def job(
    uuid: str = JOB,
    *,
    began: float | None = 0.0,
    operation: str = "rekey-internal",
    state: str = "success",
    **more: Any,
) -> dict[str, Any]:
    """A job of svm1's configuration. began: seconds after the selection was answered."""
    start = {} if began is None else {"start_time": formatted(CLUSTER_TIME + began)}
    return {"uuid": uuid, "description": f"POST {ONE}/{operation}", "state": state, **start, **more}


def formatted(moment: float) -> str:
    """A moment as ONTAP writes it, in a zone of its own."""
    from datetime import datetime, timedelta, timezone  # noqa: PLC0415 - only here

    return datetime.fromtimestamp(int(moment), timezone(timedelta(hours=-4))).isoformat()


def only(result: dict[str, Any]) -> dict[str, Any]:
    """The one entry of results."""
    (entry,) = result["results"]
    assert isinstance(entry, dict)
    return entry


# Creation


@pytest.mark.parametrize("lost", LOST)
def test_a_creation_that_is_there_was_done(play: Play, wire: Wire, lost: dict[str, Any]) -> None:
    selects(wire)
    wire.on("POST", PATH, **lost)
    wire.on("GET", PATH, query={"scope": "svm", "svm.name": "svm1", "fields": "*"}, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("create", True, True)
    assert result["azure_key_vaults"] == [record()]
    assert "it may have the client_secret of that run" in "".join(warnings_of(result))


@pytest.mark.parametrize("lost", LOST)
def test_a_creation_that_is_not_there_is_sent_again(play: Play, wire: Wire, lost: dict[str, Any]) -> None:
    selects(wire)
    wire.on("POST", PATH, **lost)
    wire.on("GET", PATH, json=page())
    wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("create", True)
    assert warnings_of(result) == []
    assert len(wire.clock.slept) == 1


def test_a_creation_that_arrived_late_is_found(play: Play, wire: Wire) -> None:
    """The request timed out, was not there yet when it was looked for, and is there when it is sent again."""
    selects(wire)
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, json=page())
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("create", True)


def test_a_key_manager_of_another_kind_behind_a_lost_answer(play: Play, wire: Wire) -> None:
    selects(wire)
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, json=page())
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    for _look in range(3):
        wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", **FULL)
    # It may be the configuration of the first try, which does not show yet.
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537500")
    assert "the outcome is unknown: A key manager has already been configured" in result["msg"]


def test_a_configuration_that_shows_only_after_some_time_is_taken(play: Play, wire: Wire) -> None:
    selects(wire)
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
def test_another_configuration_that_is_there_is_an_error(play: Play, wire: Wire, field: str, value: str) -> None:
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record(**{field: value})))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert result["failed"]
    assert (result["error"]["target"], only(result)["recovered"], result["changed"]) == (field, True, False)
    assert f"differs in {field}" in result["msg"]


def test_a_proxy_that_is_there_is_compared_too(play: Play, wire: Wire) -> None:
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record(proxy_host="proxy.example.com", proxy_port=3128)))
    assert not play(azure_key_vault, svm="svm1", proxy_host="proxy.example.com", proxy_port="3128", **FULL).get(
        "failed"
    )
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", proxy_host="proxy.example.com", **FULL)
    assert result["error"]["target"] == "proxy_host"


def test_a_look_that_fails_leaves_the_outcome_unknown(play: Play, wire: Wire) -> None:
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    for _number in range(4):
        wire.on("GET", PATH, raises=requests.ConnectionError())
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_a_creation_is_sent_as_often_as_max_retries_says(play: Play, wire: Wire) -> None:
    selects(wire)
    for _number in range(3):
        wire.on("POST", PATH, status=503, headers={"Retry-After": "5"})
        wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", max_retries=2, **FULL)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]
    assert wire.clock.slept == [5, 5]


@pytest.mark.parametrize("status", [400, 409, 500])
def test_a_creation_that_ontap_cannot_do_has_a_known_outcome(play: Play, wire: Wire, status: int) -> None:
    """ONTAP said so, whatever the status: it is not sent again."""
    selects(wire)
    wire.on(
        "POST",
        PATH,
        status=status,
        json=refusal("65537504", "Internal error. Failed to store configuration in internal database."),
    )
    result = play(azure_key_vault, svm="svm1", max_retries=1, **FULL)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "65537504")
    assert result["msg"].startswith("svm1: Internal error.")


def test_a_refused_login_is_not_looked_after(play: Play, wire: Wire) -> None:
    """One more request would be one more refused login."""
    selects(wire)
    wire.on("POST", PATH, status=401, json=refusal("6", "not authorized"))
    assert play(azure_key_vault, svm="svm1", **FULL)["failed"]


def test_the_clusters_own_and_an_svm_given_by_its_uuid_are_looked_for(play: Play, wire: Wire) -> None:
    owner = record()["svm"]["uuid"]
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, query={"scope": "svm", "svm.uuid": owner, "fields": "*"}, json=page(record()))
    assert not play(azure_key_vault, svm=owner, **FULL).get("failed")
    selects(wire)
    wire.on("POST", PATH, raises=requests.ConnectionError())
    wire.on("GET", PATH, query={"scope": "cluster", "fields": "*"}, json=page(record(svm=None, scope="cluster")))
    assert not play(azure_key_vault, scope="cluster", **FULL).get("failed")


@pytest.mark.parametrize(
    "answer", [{"records": [{"name": VAULT}]}, {"records": [{"uuid": "../x"}]}, {"records": [{"uuid": 7}]}]
)
def test_a_record_without_a_uuid_tells_nothing(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    selects(wire)
    wire.on("POST", PATH, status=201, json=answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (only(result)["uuid"], only(result)["recovered"]) == (uuid_of(1), True)


# Re-key and restore


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("rekey", REKEYS)
def test_a_rekey_goes_on_as_its_job(play: Play, wire: Wire, lost: dict[str, Any], rekey: dict[str, str]) -> None:
    operation = f"rekey-{rekey['key']}"
    selects(wire, record())
    wire.on("POST", f"{ONE}/{operation}", **lost)
    wire.on("GET", JOBS, json=page(job(began=1, operation=operation, state="running")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    if rekey["key"] == "external":
        # What can be seen is looked at before the job is taken for ours.
        wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    wire.on("GET", PATH, json=page(record(key_id=rekey.get("key_id", KEY))))
    result = play(akv_rekey, svm="svm1", **rekey)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("rekey", True, True)
    assert only(result)["job"] == {"uuid": JOB, "state": "success", "message": None}
    assert JOB in "".join(warnings_of(result))


def test_the_jobs_of_the_request_are_asked_for(play: Play, wire: Wire) -> None:
    selects(wire, record())
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


def test_a_restore_goes_on_as_its_job(play: Play, wire: Wire) -> None:
    selects(wire, record(state={"available": False}))
    wire.on("POST", f"{ONE}/restore", raises=requests.ReadTimeout())
    wire.on("GET", JOBS, json=page(job(operation="restore")))
    for _look in ("of the settlement", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": True})))
    result = play(akv_restore, svm="svm1")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["recovered"]) == ("restore", True)


@pytest.mark.parametrize("operation", ["restore", "rekey-external"])
def test_a_job_that_did_not_do_it_is_that_of_another_run(play: Play, wire: Wire, operation: str) -> None:
    """It began in the same second and succeeded, but the configuration does not show what was asked for."""
    selects(wire, record(state={"available": False}))
    wire.on("POST", f"{ONE}/{operation}", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(operation=operation)))
    for _look in ("of the settlement", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": False})))
    result = (
        play(akv_restore, svm="svm1")
        if operation == "restore"
        else play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    )
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert "outcome is unknown" in result["msg"]


def test_a_rekey_after_which_another_key_is_used_is_an_error(play: Play, wire: Wire) -> None:
    selects(wire, record())
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
def test_no_job_of_that_time_leaves_the_outcome_unknown(play: Play, wire: Wire, listed: list[dict[str, Any]]) -> None:
    """An older job, one of another configuration or operation, or one whose time cannot be read, is not taken for
    ours.
    """
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    for _number in range(3):
        wire.on("GET", JOBS, json=page(*listed))
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, True, False)
    assert "outcome is unknown" in result["msg"]
    assert "/api/cluster/jobs" in result["error"]["hint"]


def test_a_job_that_waits_in_the_queue_without_a_start_is_ours(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, began=-60), job(began=None, state="queued")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    wire.on("GET", PATH, json=page(record()))
    assert only(play(akv_rekey, svm="svm1", key="internal"))["job"]["uuid"] == JOB


def test_a_job_that_comes_a_little_later_is_found(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", status=504)
    wire.on("GET", JOBS, json=page())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, began=-60), job(began=2)))
    wire.on("GET", PATH, json=page(record()))
    assert only(play(akv_rekey, svm="svm1", key="internal"))["job"]["uuid"] == JOB


def test_a_job_of_the_same_second_that_failed_is_that_of_another_run(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-external", raises=requests.ConnectionError())
    failed = job(OTHER_JOB, operation="rekey-external", state="failure", code=4)
    running = job(operation="rekey-external", state="running")
    wire.on("GET", JOBS, json=page(failed, running))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    for _look in ("of the settlement", "after the change"):
        wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    result = play(akv_rekey, svm="svm1", key="external", key_id=KEY_2)
    assert not result.get("failed")
    assert only(result)["job"]["uuid"] == JOB


def test_where_all_failed_it_failed(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(OTHER_JOB, state="failure", code=4), job(state="running")))
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "failure", "code": 65537559, "message": "no keys"})
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"], only(result)["recovered"]) == (True, False, True)


@pytest.mark.parametrize("wait", [True, False])
def test_a_job_that_failed_is_told_as_failed(play: Play, wire: Wire, wait: bool) -> None:
    selects(wire, record())
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
def test_a_refusal_while_an_outcome_is_looked_for_ends_it(play: Play, wire: Wire, denial: dict[str, Any]) -> None:
    """The outcome is unknown, and no further target is started: more could lock the account."""
    selects(wire, record(1), record(2))
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, **denial)
    result = play(akv_rekey, svm=["svm1", "svm2"], key="internal", concurrency=1)
    first, second = result["results"]
    assert (first["changed"], second["action"], second["changed"]) == (True, "none", False)
    assert "outcome is unknown" in first["error"]["message"]
    assert second["message"].startswith("not started")


@pytest.mark.parametrize("answer", [{"content": b"<html>"}, {"status": 400, "json": refusal("262179", "?")}])
def test_jobs_that_cannot_be_listed_leave_the_outcome_unknown(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, **answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_a_job_that_is_not_waited_for_is_named(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", JOBS, json=page(job(state="running")))
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait=False)
    assert only(result)["job"] == {"uuid": JOB, "state": "running", "message": None}


def test_without_the_clusters_clock_no_job_is_ours(play: Play, wire: Wire) -> None:
    """ONTAP always sends its time; what does not is something else."""
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ConnectionError())
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal")
    assert "outcome is unknown" in result["msg"]


# Updates and deletions of which no answer told


def in_vain(wire: Wire, method: str, last: dict[str, Any]) -> None:
    """Three tries that are lost, and a fourth."""
    for _number in range(3):
        wire.on(method, ONE, raises=requests.ConnectionError())
    wire.on(method, ONE, **last)


LAST: list[dict[str, Any]] = [
    {"raises": requests.ReadTimeout()},
    {"status": 503, "json": refusal("0", "busy")},
    {"status": 400, "json": refusal("2", "?")},
]


@pytest.mark.parametrize("last", LAST)
def test_an_update_that_can_be_seen_was_done(play: Play, wire: Wire, last: dict[str, Any]) -> None:
    selects(wire, record())
    in_vain(wire, "PATCH", last)
    wire.on("GET", PATH, json=page(record(client_id="x")))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["recovered"], result["azure_key_vaults"]) == (
        True,
        True,
        [record(client_id="x")],
    )


def test_an_update_of_a_secret_cannot_be_seen(play: Play, wire: Wire) -> None:
    selects(wire, record())
    in_vain(wire, "PATCH", LAST[0])
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", client_secret=FULL["client_secret"], update_credentials="always")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_an_update_that_cannot_be_seen_may_still_come(play: Play, wire: Wire) -> None:
    """A queued job, or a late request: what ONTAP said last is reported, but it is not a proof."""
    selects(wire, record())
    in_vain(wire, "PATCH", {"status": 500, "json": refusal("65537504", "Internal error.")})
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537504")


@pytest.mark.parametrize("last", LAST)
def test_a_deletion_that_can_be_seen_was_done(play: Play, wire: Wire, last: dict[str, Any]) -> None:
    selects(wire, record())
    in_vain(wire, "DELETE", last)
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("delete", True, True)
    assert result["azure_key_vaults"] == []


def test_a_deletion_that_cannot_be_seen_is_unknown(play: Play, wire: Wire) -> None:
    selects(wire, record())
    in_vain(wire, "DELETE", LAST[0])
    wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert (result["failed"], result["changed"], result["azure_key_vaults"]) == (True, True, [record()])


# Jobs whose record is gone


def accepted(wire: Wire, operation: str) -> None:
    """A job that was accepted, and whose record is not there any more."""
    wire.on("POST", f"{ONE}/{operation}", status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "entry doesn't exist"))


@pytest.mark.parametrize(("now", "failed"), [(KEY_2, False), (KEY, True)])
def test_the_configuration_shows_an_external_rekey(play: Play, wire: Wire, now: str, failed: bool) -> None:
    selects(wire, record())
    accepted(wire, "rekey-external")
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
    ids=["internal", "a version that is not reported", "the same key again"],
)
def test_what_the_configuration_cannot_show_stays_unknown(play: Play, wire: Wire, rekey: dict[str, Any]) -> None:
    selects(wire, record())
    accepted(wire, f"rekey-{rekey['key']}")
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", **rekey)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]
    assert only(result)["job"]["uuid"] == JOB


@pytest.mark.parametrize("available", [True, False])
def test_the_state_shows_a_restore(play: Play, wire: Wire, available: bool) -> None:
    selects(wire, record(state={"available": False}))
    accepted(wire, "restore")
    for _look in ("of the settlement", "after the change"):
        wire.on("GET", PATH, json=page(record(state={"available": available})))
    result = play(akv_restore, svm="svm1")
    assert bool(result.get("failed")) is not available
    assert only(result)["recovered"]


def test_a_state_that_was_as_wanted_before_shows_no_restore(play: Play, wire: Wire) -> None:
    selects(wire, record(state={"available": True}))
    accepted(wire, "restore")
    wire.on("GET", PATH, json=page(record(state={"available": True})))
    result = play(akv_restore, svm="svm1", force=True)
    assert (result["failed"], result["changed"]) == (True, True)
    assert "outcome is unknown" in result["msg"]


def test_the_look_ends_with_the_wait(play: Play, wire: Wire) -> None:
    """However long the cluster takes to answer: half a second is left for a last look."""
    selects(wire, record())
    wire.on("POST", f"{ONE}/rekey-internal", raises=requests.ReadTimeout(), takes=2)
    wire.on("GET", JOBS, raises=requests.ReadTimeout(), takes=0.5)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait_timeout=2)
    assert "outcome is unknown" in result["msg"]
    assert wire.seen[2].timeout == pytest.approx(0.5)


def test_an_update_whose_job_is_gone_and_that_shows_is_done(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("PATCH", ONE, body={"client_id": "x"}, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "gone"))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["recovered"], only(result)["job"]["state"]) == (True, True, "success")


def test_a_deletion_whose_job_is_gone_is_this_runs_own(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("DELETE", ONE, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "gone"))
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("delete", True, True)


def test_a_deletion_whose_job_finds_nothing_changes_nothing(play: Play, wire: Wire) -> None:
    selects(wire, record())
    wire.on("DELETE", ONE, status=202, json={"job": {"uuid": JOB}})
    wire.on(
        "GET", f"{JOBS}/{JOB}", json={"state": "failure", "error": {"code": "65537120", "message": "not configured"}}
    )
    result = play(azure_key_vault, svm="svm1", state="absent")
    assert not result.get("failed")
    assert (only(result)["changed"], only(result)["error"]) == (False, None)


def test_an_update_is_sent_again(play: Play, wire: Wire) -> None:
    selects(wire, record())
    for status, state in ((404, refusal("4", "gone")), (200, {"state": "success"})):
        wire.on("PATCH", ONE, body={"client_id": "x"}, status=202, json={"job": {"uuid": JOB}})
        wire.on("GET", f"{JOBS}/{JOB}", status=status, json=state)
        if status == 404:
            wire.on("GET", PATH, json=page(record()))
    wire.on("GET", PATH, json=page(record(client_id="x")))
    result = play(azure_key_vault, svm="svm1", client_id="x")
    assert not result.get("failed")
    assert only(result)["recovered"]


# Someone else was faster


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 409, "json": refusal("1", "duplicate entry")},
        {"status": 400, "json": refusal("65537500", "configured")},
    ],
)
def test_a_creation_by_another_run_is_compared(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    selects(wire)
    wire.on("POST", PATH, **answer)
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert not result.get("failed")
    assert (only(result)["action"], only(result)["changed"], only(result)["recovered"]) == ("none", False, False)
    assert only(result)["fields"] == []
    assert only(result)["message"]
    assert "another run was faster" in "".join(warnings_of(result))


def test_a_creation_by_another_run_is_brought_to_what_is_wanted(play: Play, wire: Wire) -> None:
    selects(wire)
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


def test_a_creation_by_another_run_with_another_key_is_an_error(play: Play, wire: Wire) -> None:
    selects(wire)
    wire.on("POST", PATH, status=409, json=refusal("1", "duplicate entry"))
    wire.on("GET", PATH, json=page(record(key_id=KEY_2)))
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, False, "key_id")


def test_a_key_manager_of_another_kind_stays_the_error_that_it_is(play: Play, wire: Wire) -> None:
    selects(wire)
    wire.on(
        "POST", PATH, status=400, json=refusal("65537500", "A key manager has already been configured for this SVM.")
    )
    wire.on("GET", PATH, json=page())
    result = play(azure_key_vault, svm="svm1", **FULL)
    assert (result["error"]["code"], result["changed"]) == ("65537500", False)
    assert "was faster" not in "".join(warnings_of(result))


def test_a_configuration_that_another_run_deleted(play: Play, wire: Wire) -> None:
    selects(wire, record())
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
def test_what_another_run_deleted_is_not_changed_any_more(play: Play, wire: Wire, module: str) -> None:
    """It is not created again behind the back of the one who deleted it."""
    selects(wire, record(state={"available": False}))
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


def test_what_was_changed_before_is_told_however_the_rest_is_refused(play: Play, wire: Wire) -> None:
    """The update was done; that another run was faster with the re-key does not make it undone."""
    selects(wire, record())
    wire.on("PATCH", ONE)
    wire.on("POST", f"{ONE}/rekey-external", status=409, json=refusal("8", "in use"))
    wire.on("GET", PATH, json=page(record(client_id="x", key_id=KEY_2)))
    result = play(azure_key_vault, svm="svm1", client_id="x", key_id=KEY_2, allow_rekey=True, max_retries=0)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "8")
