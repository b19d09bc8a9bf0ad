# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One request for several targets that are to get the same; what is told of each is known, or each is asked for by itself."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected, Target
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Job
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Stop, interruptible
from ansible_collections.ontap.akv.plugins.module_utils.converge import apply as apply_module
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import Outcome, Waiting
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, alike, nothing
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, Write
from ansible_collections.ontap.akv.tests.unit.support.records import JOBS, PATH, page, record, refusal, svm_uuid_of, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Seen, Wire

JOB = "7b4ed0c2-4a3b-11ee-a8a1-00505682cc36"
SECRET = {"client_secret": "hunter2"}


def update(number: int, body: dict[str, Any] | None = None) -> Change:
    """A plan that sends a secret to one SVM."""
    target = Target(f"svm{number}", svm=f"svm{number}", svm_uuid=svm_uuid_of(number))
    write = Write("PATCH", f"{PATH}/{uuid_of(number)}", body or SECRET, waits=True)
    return Change(target, "update", record(number), record(number), (write,))


def apply(client: Client, changes: list[Change], **waiting: Any) -> list[Outcome]:
    """Runs a plan that nobody interferes with; one worker, so that the requests have an order."""

    def not_again(selected: Selected) -> Change:
        raise AssertionError(selected)

    return apply_module.apply(client, changes, Waiting(**{"concurrency": 2, **waiting}), not_again)


def together(wire: Wire, *numbers: int, **answer: Any) -> None:
    """Expects the one request for these targets."""
    wire.on("PATCH", PATH, query={"uuid": "|".join(uuid_of(number) for number in numbers), "return_timeout": "15"}, body=SECRET, **answer)


def each(wire: Wire, *numbers: int, **answer: Any) -> None:
    """Expects a request for each of these targets."""
    wire.in_order = False
    for number in numbers:
        wire.on("PATCH", f"{PATH}/{uuid_of(number)}", body=SECRET, **answer)


def test_one_request_for_all_that_get_the_same(wire: Wire, client: Client) -> None:
    together(wire, 1, 2, 3, json={"num_records": 3})
    changes = [update(1), nothing(update(9).target, record(9)), update(2), update(3)]
    outcomes = apply(client, changes)
    assert [outcome.change for outcome in outcomes] == changes
    assert [(outcome.action, outcome.changed) for outcome in outcomes] == [("update", True), ("none", False), ("update", True), ("update", True)]
    assert [outcome.record for outcome in outcomes] == [record(1), record(9), record(2), record(3)]
    assert [(outcome.error, outcome.warnings, outcome.sent, outcome.done) for outcome in outcomes[2:]] == [(None, (), 1, 1)] * 2


@pytest.mark.parametrize("ended", [True, False])
def test_its_job_is_that_of_each(wire: Wire, client: Client, ended: bool) -> None:
    together(wire, 1, 2, status=200 if ended else 202, json={"num_records": 2, "job": {"uuid": JOB}})
    if not ended:
        wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "running"})
        wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "success"})
    assert [outcome.job for outcome in apply(client, [update(1), update(2)])] == [Job(JOB, "success")] * 2


def test_what_differs_is_sent_apart(wire: Wire, client: Client) -> None:
    wire.in_order = False
    for _group in range(2):
        wire.on("PATCH", PATH, json={"num_records": 2})
    wire.on("PATCH", f"{PATH}/{uuid_of(5)}", body={"proxy_port": 3})
    outcomes = apply(client, [update(number, {"proxy_port": port}) for number, port in ((1, 1), (2, 2), (3, 1), (4, 2), (5, 3))])
    assert all(outcome.changed for outcome in outcomes)
    sent = {seen.query.get("uuid"): seen.body for seen in wire.seen}
    assert sent == {"|".join(map(uuid_of, numbers)): {"proxy_port": port} for numbers, port in (((1, 3), 1), ((2, 4), 2))} | {None: {"proxy_port": 3}}


@pytest.mark.parametrize("waiting", [{"concurrency": 1}, {"wait": False}])
def test_never_one_after_the_other_and_never_without_a_wait(wire: Wire, client: Client, waiting: dict[str, Any]) -> None:
    """A canary is such a run: no other SVM is touched before the first one is done."""
    each(wire, 1, 2)
    assert all(outcome.changed for outcome in apply(client, [update(1), update(2)], **waiting))


def test_the_url_stays_at_4_kb() -> None:
    groups = alike([update(number) for number in range(250)])
    assert [number for numbers, _write in groups for number in numbers] == list(range(250))
    assert len(groups) == 4
    for numbers, write in groups:
        assert write.query == (("uuid", "|".join(uuid_of(number) for number in numbers)),)
        assert len(requests.Request("PATCH", f"https://c{PATH}", params=dict(write.query)).prepare().url or "") < 4096


def test_a_plan_of_several_requests_is_no_part_of_it() -> None:
    change = update(1)
    rekey = Change(change.target, "rekey", change.record, change.expected, (*change.writes, Write("POST", PATH, {}, waits=True)))
    assert alike([rekey, update(2), update(3, {"proxy_port": 1})]) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"num_records": 1},
        {"num_records": 3},
        {"num_records": True},
        {"num_records": "2"},
        {"num_records": 2, "jobs": [{"uuid": JOB}, {"uuid": JOB}]},
        {"num_records": 2, "errors": []},
        {"num_records": 2, "records": [{"uuid": "x", "error": {"code": "2"}}, {"uuid": "y"}]},
        {"num_records": 2, "_links": {"next": {"href": PATH}}},
    ],
)
def test_each_by_itself_where_the_count_is_not_theirs(wire: Wire, client: Client, body: dict[str, Any]) -> None:
    together(wire, 1, 2, json=body)
    each(wire, 1, 2)
    outcomes = apply(client, [update(1), update(2)])
    assert [(outcome.changed, outcome.error, outcome.warnings) for outcome in outcomes] == [(True, None, ())] * 2


@pytest.mark.parametrize(
    "answers",
    [
        [{"status": 400, "json": refusal("262179", "unexpected argument")}],
        [{"status": 403, "json": refusal("6", "not authorized for that command")}],
        [{"status": 404, "json": refusal("3", "API not found")}],
        [{"status": 405}],
        [{"status": 500}] * 4,
        [{"raises": requests.ReadTimeout()}] * 4,
        [{"raises": requests.ConnectTimeout()}] * 4,
        [{"content": b"<html>"}],
        [{"status": 202, "json": {"num_records": 2}}],
        [{"status": 207, "json": {"num_records": 2}}],
    ],
)
def test_each_by_itself_after_any_error(wire: Wire, client: Client, answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        together(wire, 1, 2, **answer)
    each(wire, 1, 2)
    outcomes = apply(client, [update(1), update(2)])
    assert [(outcome.changed, outcome.error, outcome.recovered) for outcome in outcomes] == [(True, None, False)] * 2


def test_each_by_itself_after_a_job_that_failed(wire: Wire, client: Client) -> None:
    together(wire, 1, 2, status=202, json={"num_records": 2, "job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"uuid": JOB, "state": "failure", "message": "svm2: no", "code": 65537540})
    each(wire, 1)
    each(wire, 2, status=400, json=refusal("65537540", "no"))
    first, second = apply(client, [update(1), update(2)])
    assert (first.changed, first.error, first.job) == (True, None, None)
    assert second.error is not None
    # ONTAP refuses it now as it did then: nothing was changed.
    assert (second.changed, second.error.code, second.warnings) == (False, "65537540", ())


@pytest.mark.parametrize(("raises", "perhaps"), [(requests.ReadTimeout(), True), (requests.ConnectTimeout(), False)])
def test_what_may_have_been_changed_is_told(wire: Wire, client: Client, raises: Exception, perhaps: bool) -> None:
    """The one request may have done it, unless it never left; then the connection is gone."""
    for _try in range(4):
        together(wire, 1, 2, raises=raises)
    for _try in range(4):
        each(wire, 1, 2, raises=requests.ConnectTimeout())
    for outcome in apply(client, [update(1), update(2)]):
        assert outcome.error is not None
        assert outcome.changed is perhaps
        assert bool(outcome.warnings) is perhaps
        if perhaps:
            assert "an earlier request, for several SVMs, may have made the change" in outcome.warnings[0]


def test_a_refused_login_ends_it(wire: Wire, client: Client) -> None:
    """More of the same could lock the account."""
    together(wire, 1, 2, status=401)
    first, second, third = apply(client, [update(1), update(2), update(3, {"proxy_port": 1})])
    assert first.error is not None
    assert (first.error.status, first.action) == (401, "update")
    for outcome in (second, third):
        assert (outcome.action, outcome.changed, outcome.error) == ("none", False, None)
        assert "not started" in str(outcome.message)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_stopped_meanwhile(wire: Wire, client: Client, number: signal.Signals) -> None:
    """Nobody knows what became of the SVMs of the request; the other one was not begun."""
    before = [(each, signal.getsignal(each)) for each in (signal.SIGTERM, signal.SIGINT)]
    over = threading.Event()

    def stop(_seen: Seen) -> None:
        os.kill(os.getpid(), number)
        over.wait(30)

    wire.before_answer = stop
    together(wire, 1, 2)
    try:
        with interruptible(Stop()):
            first, second, third = apply(client, [update(1), update(2), update(3, {"proxy_port": 1})])
    finally:
        over.set()
        for each_of_them, handler in before:
            signal.signal(each_of_them, handler)
    for outcome in (first, second):
        assert outcome.changed
        assert f"the answer to PATCH {PATH} had not come, its outcome is unknown" in str(outcome.error)
    assert (third.action, third.changed) == ("none", False)


def test_the_doubt_outlives_a_plan_made_again(wire: Wire, client: Client) -> None:
    """As it is now it needs no change: the one request whose answer was lost may have made it."""
    for _try in range(4):
        together(wire, 1, 2, raises=requests.ReadTimeout())
    each(wire, 1, 2, status=409)
    for number in (1, 2):
        wire.on("GET", PATH, json=page(record(number)))

    def as_it_is(selected: Selected) -> Change:
        return nothing(selected.target, selected.record)

    outcomes = apply_module.apply(client, [update(1), update(2)], Waiting(concurrency=2), as_it_is)
    for outcome in outcomes:
        assert (outcome.action, outcome.changed, outcome.error) == ("update", True, None)
        assert "an earlier request, for several SVMs, may have made the change" in outcome.warnings[-1]


def test_a_job_that_goes_on_is_named_for_each(wire: Wire, client: Client) -> None:
    """Single requests beside it would be undone by it."""
    wire.on("PATCH", PATH, status=202, json={"num_records": 2, "job": {"uuid": JOB}}, takes=1)
    outcomes = apply(client, [update(1), update(2)], wait_timeout=1)
    for outcome in outcomes:
        assert outcome.job is not None
        assert (outcome.changed, outcome.job.uuid, outcome.action) == (True, JOB, "update")
        assert "goes on in the cluster" in str(outcome.error)
