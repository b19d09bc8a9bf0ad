# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ssl
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ApiError,
    ConnectionFailedError,
    Job,
    JobError,
    JobGoneError,
    OutcomeUnknownError,
    ResponseError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reply, Write
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support.records import JOBS, PATH, page, record, refusal, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

ONE = f"{PATH}/{uuid_of(1)}"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
ACCEPTED = {"job": {"uuid": JOB, "_links": {"self": {"href": f"{JOBS}/{JOB}"}}}}
CREATE = Write("POST", PATH, {"client_secret": "hunter2"}, query=(("return_records", "true"),))
PATCH = Write("PATCH", ONE, {"client_id": "x"}, waits=True)
DELETE = Write("DELETE", ONE)
REKEY = Write("POST", f"{ONE}/rekey-internal", waits=True)
COMMAND = Write("POST", "/api/private/cli/security/key-manager/external/azure/restore", {"vserver": "svm1"}, ends=True)


def write(client: Client, what: Write, *, wait: bool = True, seconds: float = 300) -> Reply:
    """Send a change with a deadline."""
    return client.write(what, deadline=client.start_deadline(seconds), wait=wait)


def script_poll(wire: Wire, state: str, *, takes: float = 0, **more: Any) -> None:
    """Script the next poll to find the job in a state."""
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": state, **more}, takes=takes)


def test_create_returns_record_of_response(wire: Wire, client: Client) -> None:
    wire.on(
        "POST",
        PATH,
        query={"return_records": "true"},
        body={"client_secret": "hunter2"},
        status=201,
        json=page(record(1)),
    )
    assert write(client, CREATE) == Reply(record=record(1))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"num_records": 1},
        {"records": []},
        {"records": [record(1), record(2)]},
        {"records": "x"},
        {"records": ["x"]},
    ],
)
def test_response_without_exactly_one_record_gives_none(wire: Wire, client: Client, body: dict[str, Any]) -> None:
    wire.on("POST", PATH, status=201, json=body)
    assert write(client, CREATE).record is None


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("wait", [True, False])
def test_completed_response_with_job_is_a_success(wire: Wire, client: Client, status: int, wait: bool) -> None:
    wire.on("PATCH", ONE, status=status, json=ACCEPTED)
    assert write(client, PATCH, wait=wait) == Reply(job=Job(JOB, "success"))


def test_success_without_body_is_done(wire: Wire, client: Client) -> None:
    wire.on("PATCH", ONE, status=200)
    assert write(client, PATCH) == Reply()


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, {}), (201, {}), (200, {"cli_output": "The keys are restored.\n"}), (200, {"cli_output": None})],
)
def test_command_with_success_status_is_done(wire: Wire, client: Client, status: int, body: dict[str, Any]) -> None:
    wire.on("POST", COMMAND.path, query={}, status=status, json=body)
    assert write(client, COMMAND) == Reply()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, {}),
        (204, None),
        (202, {"cli_output": ""}),
        (200, {"cli_output": "\nError: command failed\n"}),
        (200, {"cli_output": "Warning: slow.\r\n Error: no key"}),
    ],
)
def test_command_without_clear_success_has_unknown_outcome(
    wire: Wire, client: Client, status: int, body: dict[str, Any] | None
) -> None:
    wire.on("POST", COMMAND.path, status=status, json=body)
    with pytest.raises(OutcomeUnknownError, match="what happened"):
        write(client, COMMAND)


def test_waits_for_job_of_command(wire: Wire, client: Client) -> None:
    wire.on("POST", COMMAND.path, status=202, json=ACCEPTED)
    script_poll(wire, "success")
    assert write(client, COMMAND).job == Job(JOB, "success")


@pytest.mark.parametrize("job", [None, {}, {"uuid": 7}, "x"])
def test_accepted_request_with_invalid_job_has_unknown_outcome(wire: Wire, client: Client, job: Any) -> None:
    wire.on("PATCH", ONE, status=202, json={"job": job})
    with pytest.raises(OutcomeUnknownError, match="does not show what happened"):
        write(client, PATCH)


@pytest.mark.parametrize(
    ("seconds", "timeout", "wait", "asked"),
    [
        (300, 60, True, 15),
        (300, 10, True, 5),
        (20, 60, True, 10),
        (1, 60, True, 0),
        (300, 1, True, 0),
        (300, 60, False, 0),
        (3600, 3600, True, 15),
    ],
)
def test_return_timeout_is_below_timeout_and_deadline(
    wire: Wire, seconds: float, timeout: int, wait: bool, asked: int
) -> None:
    client = Client(
        Transport(
            Connection(hostname="cluster", port=443, username="u", password="p", timeout=timeout),
            clock=wire.clock.clock,
        )
    )
    wire.on("PATCH", ONE, query={"return_timeout": str(asked)})
    write(client, PATCH, wait=wait, seconds=seconds)
    assert asked < min(seconds, timeout)


@pytest.mark.parametrize("what", [CREATE, DELETE])
def test_sends_return_timeout_only_to_calls_that_document_it(wire: Wire, client: Client, what: Write) -> None:
    wire.on(what.method, what.path, query=dict(what.query), status=201 if what == CREATE else 200)
    write(client, what)


@pytest.mark.parametrize(
    ("what", "status", "body"),
    [
        *((CREATE, 200, body) for body in (None, {}, {"job": []}, {"num_records": 0})),
        *(
            (REKEY, status, body)
            for status in (200, 201)
            for body in ({"job": []}, {"job": {"uuid": 7}}, {"records": [None]}, {"cli_output": ""})
        ),
        *((REKEY, status, None) for status in (202, 203, 204, 207)),
    ],
)
def test_undocumented_success_has_unknown_outcome(
    wire: Wire, client: Client, what: Write, status: int, body: Any
) -> None:
    """The documented response is 201 for a creation; for a re-key 200 or 201 and at most a job, or 202 and a job."""
    wire.on("POST", what.path, status=status, json=body)
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("body", [None, {}, ACCEPTED])
def test_rekey_that_completed_in_time_needs_no_job(
    wire: Wire, client: Client, status: int, body: Any, wait: bool
) -> None:
    """The response has no body, as documented for 9.14.1 and later, or the job that has ended."""
    wire.on("POST", REKEY.path, status=status, json=body)
    assert write(client, REKEY, wait=wait) == Reply(job=Job(JOB, "success") if body == ACCEPTED else None)


@pytest.mark.parametrize("wait", [True, False])
@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("state", ["failure", "error", "cancelled", "expired"])
@pytest.mark.parametrize("what", [REKEY, PATCH, DELETE, CREATE])
def test_failed_job_in_response_is_raised(
    wire: Wire, client: Client, what: Write, state: str, status: int, wait: bool
) -> None:
    told = {"uuid": JOB, "state": state, "error": {"code": "65537559", "message": "no key"}}
    wire.on(what.method, what.path, status=status, json={"job": told})
    with pytest.raises(JobError, match="no key") as failed:
        write(client, what, wait=wait)
    assert failed.value.code == "65537559"


@pytest.mark.parametrize("state", ["queued", "running", "paused", "unheard-of"])
def test_waits_for_unfinished_job_in_response(wire: Wire, client: Client, state: str) -> None:
    wire.on("POST", REKEY.path, status=201, json={"job": {"uuid": JOB, "state": state}})
    script_poll(wire, "success")
    assert write(client, REKEY).job == Job(JOB, "success")


@pytest.mark.parametrize(
    "last",
    [
        {"status": 307, "headers": {"Location": "https://login.example.com/"}},
        {"raises": requests.exceptions.SSLError(ssl.SSLError(1, "no"))},
    ],
)
@pytest.mark.parametrize("what", [PATCH, DELETE])
def test_error_after_lost_try_leaves_outcome_unknown(
    wire: Wire, client: Client, what: Write, last: dict[str, Any]
) -> None:
    wire.on(what.method, what.path, status=503)
    wire.on(what.method, what.path, **last)
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [CREATE, REKEY, PATCH, DELETE])
def test_success_status_with_error_has_unknown_outcome(wire: Wire, client: Client, what: Write) -> None:
    wire.on(what.method, what.path, status=200, json=refusal("9", "made up"))
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


def test_poll_without_state_keeps_last_state(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    script_poll(wire, "running")
    for body in ({}, {"state": 7}):
        wire.on("GET", f"{JOBS}/{JOB}", json=body, takes=1)
    with pytest.raises(WaitTimeoutError) as failed:
        write(client, REKEY, seconds=2)
    assert failed.value.job == Job(JOB, "running")


def test_waits_for_job_through_all_unfinished_states(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    for state in ("queued", "running", "paused", "pausing", "something new", "running"):
        script_poll(wire, state)
    script_poll(wire, "success", message="done", code=0)
    assert write(client, REKEY) == Reply(job=Job(JOB, "success", "done", "0"))


@pytest.mark.parametrize("takes", [0.0, 15.0])
def test_poll_interval_is_at_most_a_tenth_of_elapsed_time(wire: Wire, client: Client, takes: float) -> None:
    """The limits are 0.3 s and 2 s. Time that the cluster itself waited counts as well (takes: seconds)."""
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED, takes=takes)
    for _number in range(59):
        script_poll(wire, "running")
    script_poll(wire, "success")
    write(client, REKEY)
    pauses = wire.clock.slept
    assert pauses[:2] == pytest.approx([0.1, 0.15])
    assert pauses == sorted(pauses)
    for number, pause in enumerate(pauses):
        assert pause <= min(2.0, max(0.3, 0.1 * (takes + sum(pauses[:number])))) + 1e-9
    # It is not polled more often than that requires.
    assert pauses[-1] == 2
    assert len([pause for pause in pauses if pause < 0.3]) == 3


def test_job_without_state_is_not_done(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB})
    script_poll(wire, "success")
    assert write(client, REKEY).job == Job(JOB, "success")


def test_returns_job_without_polling_when_not_waiting(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, query={"return_timeout": "0"}, status=202, json=ACCEPTED)
    assert write(client, REKEY, wait=False) == Reply(job=Job(JOB, "queued"))


@pytest.mark.parametrize("state", ["failure", "error"])
def test_failed_job_is_an_error_with_its_code(wire: Wire, client: Client, state: str) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    script_poll(wire, state, code=65537547, message="One or more volume encryption keys exist.")
    with pytest.raises(JobError, match="One or more volume encryption keys exist") as failed:
        write(client, REKEY)
    assert failed.value.code == "65537547"
    assert failed.value.job == Job(JOB, state, "One or more volume encryption keys exist.", "65537547")
    assert not failed.value.taken_on
    assert JOB in failed.value.message
    assert failed.value.hint
    assert failed.value.as_dict()["path"] == REKEY.path


def test_failed_job_without_message_has_a_message(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    script_poll(wire, "failure")
    with pytest.raises(JobError, match="gives no reason"):
        write(client, REKEY)


def test_missing_job_leaves_outcome_unknown(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    script_poll(wire, "running")
    wire.on("GET", f"{JOBS}/{JOB}", status=404, json=refusal("4", "entry doesn't exist"))
    with pytest.raises(JobGoneError, match="outcome is unknown") as failed:
        write(client, REKEY)
    assert failed.value.job == Job(JOB, "running")


def test_404_page_of_another_server_does_not_end_polling(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", status=404, content=b"<html>", content_type="text/html")
    script_poll(wire, "success")
    assert write(client, REKEY).job == Job(JOB, "success")


def test_polls_until_deadline_regardless_of_max_retries(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    for _number in range(20):
        wire.on("GET", f"{JOBS}/{JOB}", status=503)
    script_poll(wire, "success")
    assert write(client, REKEY, seconds=300).job == Job(JOB, "success")
    assert max(wire.clock.slept) <= 2


def test_poll_honors_retry_after(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", status=503, headers={"Retry-After": "12"})
    script_poll(wire, "success")
    assert write(client, REKEY, seconds=30).job == Job(JOB, "success")
    assert 12 in wire.clock.slept


def test_retry_after_0_does_not_shorten_poll_interval(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    for _number in range(5):
        wire.on("GET", f"{JOBS}/{JOB}", status=503, headers={"Retry-After": "0"})
    script_poll(wire, "success")
    assert write(client, REKEY, seconds=30).job == Job(JOB, "success")
    assert min(wire.clock.slept) >= 0.1


def test_retry_after_beyond_deadline_ends_the_wait(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", status=503, headers={"Retry-After": "40"})
    with pytest.raises(WaitTimeoutError) as failed:
        write(client, REKEY, seconds=30)
    assert failed.value.job == Job(JOB, "queued")


@pytest.mark.parametrize("status", [401, 403])
def test_unreadable_job_leaves_outcome_unknown(wire: Wire, client: Client, status: int) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", status=status, json=refusal("6", "not authorized"))
    with pytest.raises(OutcomeUnknownError) as failed:
        write(client, REKEY)
    assert failed.value.job == Job(JOB, "queued")
    assert failed.value.denied


@pytest.mark.parametrize("fault", [{"raises": requests.ConnectionError()}, {"status": 503}, {"content": b"<html>"}])
def test_polling_survives_temporary_faults(wire: Wire, client: Client, fault: dict[str, Any]) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    for _number in range(5):
        wire.on("GET", f"{JOBS}/{JOB}", **fault)
    script_poll(wire, "success")
    assert write(client, REKEY).job == Job(JOB, "success")


def test_polls_failing_until_deadline_report_the_job(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", raises=requests.ReadTimeout(), takes=10)
    with pytest.raises(WaitTimeoutError) as failed:
        write(client, REKEY, seconds=10)
    assert failed.value.job == Job(JOB, "queued")


def test_wait_timeout_error_names_the_job(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED, takes=14)
    script_poll(wire, "queued", takes=5)
    script_poll(wire, "running", takes=10.6)
    script_poll(wire, "running")
    with pytest.raises(WaitTimeoutError) as failed:
        write(client, REKEY, seconds=30)
    assert failed.value.job == Job(JOB, "running")
    assert failed.value.target == "wait_timeout"
    assert JOB in failed.value.message
    assert "running" in failed.value.message
    assert "continues in the cluster" in failed.value.message
    assert f"{JOBS}/{JOB}" in str(failed.value.hint)


def test_wait_timeout_counts_from_the_request(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED, takes=29.95)
    script_poll(wire, "paused")
    with pytest.raises(WaitTimeoutError) as failed:
        write(client, REKEY, seconds=30)
    assert failed.value.job == Job(JOB, "paused")
    assert wire.clock.slept == [pytest.approx(0.05)]


def test_last_pause_ends_at_deadline(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    for _number in range(3):
        script_poll(wire, "running")
    with pytest.raises(WaitTimeoutError):
        write(client, REKEY, seconds=0.3)
    assert wire.clock.now == pytest.approx(0.3)


def test_lost_poll_is_retried(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    wire.on("GET", f"{JOBS}/{JOB}", raises=requests.ConnectionError())
    wire.on("GET", f"{JOBS}/{JOB}", status=503)
    script_poll(wire, "success")
    assert write(client, REKEY).job == Job(JOB, "success")


@pytest.mark.parametrize("what", [CREATE, REKEY])
@pytest.mark.parametrize(
    "fault", [requests.ConnectionError, requests.ReadTimeout, requests.exceptions.ChunkedEncodingError]
)
def test_lost_post_has_unknown_outcome(wire: Wire, client: Client, what: Write, fault: type[Exception]) -> None:
    wire.on("POST", what.path, raises=fault())
    with pytest.raises(OutcomeUnknownError, match="outcome is unknown") as failed:
        write(client, what)
    assert "akv_info" in str(failed.value.hint)
    assert failed.value.as_dict()["method"] == "POST"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("body", [None, refusal("65541", "RPC timed out."), refusal(None)])
def test_post_with_undocumented_5xx_has_unknown_outcome(wire: Wire, client: Client, status: int, body: Any) -> None:
    wire.on("POST", PATH, status=status, json=body)
    with pytest.raises(OutcomeUnknownError) as failed:
        write(client, CREATE)
    assert failed.value.status == status
    assert failed.value.code == ("65541" if body == refusal("65541", "RPC timed out.") else None)


@pytest.mark.parametrize("status", [400, 409, 500, 502, 503])
@pytest.mark.parametrize("what", [CREATE, REKEY, PATCH, DELETE, COMMAND])
def test_documented_code_is_final_with_any_status(wire: Wire, client: Client, what: Write, status: int) -> None:
    """The message is ONTAP's, nothing is sent again, and the outcome is known."""
    wire.on(what.method, what.path, status=status, json=refusal("65537547", "Keys of the SVM are elsewhere."))
    with pytest.raises(ApiError, match=r"^Keys of the SVM are elsewhere\.$") as failed:
        write(client, what)
    assert (failed.value.code, failed.value.status, failed.value.taken_on) == ("65537547", status, False)
    assert failed.value.hint


@pytest.mark.parametrize(
    ("code", "status"),
    [("7", 429), ("7", 503), ("8", 409), ("8", 503), ("262160", 429), ("2621573", 400), ("2621573", 500)],
)
@pytest.mark.parametrize("what", [CREATE, REKEY, PATCH, DELETE, COMMAND])
def test_retries_request_that_was_not_started(wire: Wire, client: Client, what: Write, code: str, status: int) -> None:
    wire.on(what.method, what.path, status=status, json=refusal(code, "busy"))
    wire.on(what.method, what.path, status=201 if what == CREATE else 200)
    assert not write(client, what).recovered
    assert wire.clock.slept == [0.5]


@pytest.mark.parametrize("what", [CREATE, REKEY, PATCH, DELETE, COMMAND])
def test_repeated_busy_code_is_an_api_error(wire: Wire, client: Client, what: Write) -> None:
    for _try in range(4):
        wire.on(what.method, what.path, status=503, json=refusal("8", "busy"))
    with pytest.raises(ApiError, match=r"^busy$") as failed:
        write(client, what)
    assert (failed.value.code, failed.value.taken_on, failed.value.hint is None) == ("8", False, False)


def test_post_with_503_without_code_has_unknown_outcome(wire: Wire, client: Client) -> None:
    wire.on("POST", REKEY.path, status=503)
    with pytest.raises(OutcomeUnknownError):
        write(client, REKEY)


def test_busy_after_lost_try_leaves_outcome_unknown(wire: Wire, client: Client) -> None:
    """The cluster may be busy with the try whose response was lost."""
    wire.on("PATCH", ONE, status=503)
    for _try in range(3):
        wire.on("PATCH", ONE, status=409, json=refusal("8", "in use"))
    with pytest.raises(OutcomeUnknownError):
        write(client, PATCH)


@pytest.mark.parametrize("state", ["cancelled", "expired"])
def test_aborted_job_may_have_partial_outcome(wire: Wire, client: Client, state: str) -> None:
    """It ends the wait at once, and a part of the work may have been done."""
    wire.on("POST", REKEY.path, status=202, json=ACCEPTED)
    script_poll(wire, state, message="by admin")
    with pytest.raises(JobError, match=f"ended with state {state}: by admin; the outcome may be partial") as failed:
        write(client, REKEY)
    assert failed.value.job == Job(JOB, state, "by admin")
    assert failed.value.taken_on


@pytest.mark.parametrize("what", [PATCH, DELETE, CREATE])
@pytest.mark.parametrize("body", [None, {}])
def test_accepted_change_without_job_returns_location(wire: Wire, client: Client, what: Write, body: Any) -> None:
    """202 without a job, as documented for updates, deletions and creations, is neither done nor lost."""
    location = f"{PATH}/{uuid_of(1)}"
    wire.on(what.method, what.path, status=202, json=body, headers={"Location": location})
    assert write(client, what) == Reply(accepted=True, location=location)


@pytest.mark.parametrize("status", [400, 404, 500])
@pytest.mark.parametrize("code", ["4", "8586226", "65537120", "65537511"])
def test_delete_of_missing_configuration_reports_another_run(
    wire: Wire, client: Client, status: int, code: str
) -> None:
    wire.on("DELETE", ONE, status=status, json=refusal(code, "not configured"))
    assert write(client, DELETE) == Reply(by_another="not configured")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
@pytest.mark.parametrize("what", [CREATE, PATCH, DELETE])
def test_refused_change_is_an_api_error(wire: Wire, client: Client, what: Write, status: int) -> None:
    wire.on(what.method, what.path, status=status, json=refusal("99", "not configured"))
    with pytest.raises(ApiError, match="not configured") as failed:
        write(client, what)
    assert failed.value.status == status


def test_unsent_post_is_a_connection_error(wire: Wire, client: Client) -> None:
    for _number in range(4):
        wire.on("POST", PATH, raises=requests.ConnectTimeout())
    with pytest.raises(ConnectionFailedError):
        write(client, CREATE)


@pytest.mark.parametrize("what", [PATCH, DELETE])
def test_change_lost_in_every_try_has_unknown_outcome(wire: Wire, client: Client, what: Write) -> None:
    for _number in range(4):
        wire.on(what.method, what.path, raises=requests.ConnectionError())
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [PATCH, DELETE])
def test_change_with_5xx_without_code_has_unknown_outcome(wire: Wire, client: Client, what: Write) -> None:
    for _number in range(4):
        wire.on(what.method, what.path, status=502, content=b"<html>", content_type="text/html")
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [PATCH, DELETE])
@pytest.mark.parametrize(
    ("last", "body"), [(500, refusal("65537504", "no")), (503, refusal("0", "no")), (400, refusal("65537541", "no"))]
)
def test_error_after_lost_tries_has_unknown_outcome(
    wire: Wire, client: Client, what: Write, last: int, body: dict[str, Any]
) -> None:
    for _number in range(3):
        wire.on(what.method, what.path, raises=requests.ConnectionError())
    wire.on(what.method, what.path, status=last, json=body)
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


@pytest.mark.parametrize("what", [CREATE, PATCH, DELETE])
def test_unreadable_response_to_change_has_unknown_outcome(wire: Wire, client: Client, what: Write) -> None:
    wire.on(what.method, what.path, content=b'{"job": {"uu')
    with pytest.raises(OutcomeUnknownError):
        write(client, what)


def test_redirected_change_was_not_done(wire: Wire, client: Client) -> None:
    wire.on("POST", PATH, status=302, headers={"Location": "https://elsewhere/"})
    with pytest.raises(ResponseError, match="elsewhere"):
        write(client, CREATE)


@pytest.mark.parametrize("first", [{"raises": requests.ConnectionError()}, {"status": 503}])
def test_repeated_delete_of_missing_record_has_succeeded(wire: Wire, client: Client, first: dict[str, Any]) -> None:
    wire.on("DELETE", ONE, **first)
    wire.on("DELETE", ONE, status=404, json=refusal("4", "entry doesn't exist"))
    assert write(client, DELETE) == Reply(recovered=True)


def test_first_delete_of_missing_record_reports_another_run(wire: Wire, client: Client) -> None:
    wire.on("DELETE", ONE, status=404, json=refusal("4", "entry doesn't exist"))
    assert write(client, DELETE) == Reply(by_another="entry doesn't exist")


@pytest.mark.parametrize("page", [{"content": b"<html>", "content_type": "text/html"}, {"content": b""}])
def test_first_delete_with_foreign_404_is_an_error(wire: Wire, client: Client, page: dict[str, Any]) -> None:
    wire.on("DELETE", ONE, status=404, **page)
    with pytest.raises(ApiError):
        write(client, DELETE)


def test_repeated_delete_with_foreign_404_has_unknown_outcome(wire: Wire, client: Client) -> None:
    wire.on("DELETE", ONE, status=503)
    wire.on("DELETE", ONE, status=404, content=b"<html>", content_type="text/html")
    with pytest.raises(OutcomeUnknownError):
        write(client, DELETE)


def test_repeated_patch_of_missing_record_is_an_error(wire: Wire, client: Client) -> None:
    wire.on("PATCH", ONE, status=503)
    wire.on("PATCH", ONE, status=404, json=refusal("4", "entry doesn't exist"))
    with pytest.raises(ApiError):
        write(client, PATCH)


def test_error_does_not_contain_request_body(wire: Wire, client: Client) -> None:
    wire.on("POST", PATH, raises=requests.ConnectionError("hunter2"))
    with pytest.raises(OutcomeUnknownError) as failed:
        write(client, CREATE)
    assert "hunter2" not in failed.value.as_text() + repr(failed.value.__dict__)


def test_job_is_returned_without_its_code() -> None:
    assert Job(JOB, "failure", "no", "4").as_dict() == {"uuid": JOB, "state": "failure", "message": "no"}
