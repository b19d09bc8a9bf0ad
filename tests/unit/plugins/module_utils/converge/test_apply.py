# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ApiError,
    Job,
    OutcomeUnknownError,
    TargetError,
    WaitTimeoutError,
    describe_failure,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge import apply as apply_module
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration, plan
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import Outcome, Waiting, predict, refresh
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.converge.recover import send
from ansible_collections.ontap.akv.plugins.module_utils.converge.results import report
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    PATH,
    VAULT,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.wire import Seen, Wire

JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
ONE_BY_ONE = Waiting(concurrency=1)


def fail_on_replan(selected: Selected) -> Change:
    """A planner that must not be called, because no other run interferes."""
    raise AssertionError(selected)


def apply(client: Client, changes: list[Change], waiting: Waiting) -> list[Outcome]:
    """Apply changes without interference of other runs."""
    return apply_module.apply(client, changes, waiting, fail_on_replan, send)


def target(number: int) -> Target:
    """Return the target of SVM svmNUMBER."""
    return Target(f"svm{number}", svm=f"svm{number}", svm_uuid=svm_uuid_of(number))


def path_of(number: int, operation: str = "") -> str:
    """Return the path of a configuration."""
    return f"{PATH}/{uuid_of(number)}{operation}"


def update(number: int) -> Change:
    """Plan a PATCH of one field, with a different value for each target."""
    write = Write("PATCH", path_of(number), {"client_id": f"x{number}"}, waits=True)
    return Change(target(number), "update", record(number), record(number, client_id=f"x{number}"), (write,))


def plan_update_and_rekey(number: int) -> Change:
    """Plan a PATCH and a re-key."""
    first = update(number)
    rekey = plan.plan_rekey(target(number), record(number, client_id=f"x{number}"), f"{VAULT}keys/key2")
    return Change(target(number), "rekey", record(number), rekey.expected, first.writes + rekey.writes)


def plan_create(number: int) -> Change:
    """Plan the creation of a configuration."""
    given = {"name": VAULT, "client_id": "c", "tenant_id": "t", "key_id": KEY, "client_secret": "hunter2"}
    return configuration.plan_creation(
        Target(f"svm{number}", svm=f"svm{number}"),
        configuration.read_wanted({**given, "update_credentials": None, "allow_rekey": False}),
    )


def plan_delete(number: int) -> Change:
    """Plan the deletion of a configuration."""
    return configuration.plan_deletion(target(number), record(number))


def plan_no_change(number: int) -> Change:
    """Plan no change."""
    return plan.plan_nothing(target(number), record(number), message="why")


# Check mode


def test_check_mode_predicts_the_plan() -> None:
    error = TargetError("no")
    changes = [
        update(1),
        plan_create(2),
        plan_delete(3),
        plan_no_change(4),
        plan.plan_refusal(target(5), record(5), error),
    ]
    outcomes = predict(changes)
    assert [outcome.action for outcome in outcomes] == ["update", "create", "delete", "none", "none"]
    assert [outcome.changed for outcome in outcomes] == [True, True, True, False, False]
    assert [outcome.record for outcome in outcomes] == [
        record(1, client_id="x1"),
        changes[1].expected,
        None,
        record(4),
        record(5),
    ]
    assert (outcomes[3].message, outcomes[4].error) == ("why", error)
    assert all(outcome.job is None and not outcome.recovered for outcome in outcomes)


# The writes


def test_sends_nothing_without_changes(client: Client) -> None:
    assert apply(client, [plan_no_change(1), plan_no_change(2)], Waiting()) == predict(
        [plan_no_change(1), plan_no_change(2)]
    )
    assert apply(client, [], Waiting()) == []


def test_sends_nothing_for_refused_plan(client: Client) -> None:
    refused = plan.plan_refusal(target(1), record(1), TargetError("no"))
    assert apply(client, [refused], Waiting()) == predict([refused])


def test_applies_one_change_and_waits_for_its_job(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1), body={"client_id": "x1"}, json={"job": {"uuid": JOB}})
    (outcome,) = apply(client, [update(1)], Waiting())
    assert outcome == Outcome(
        update(1), "update", changed=True, record=record(1, client_id="x1"), job=Job(JOB, "success"), sent=1, done=1
    )


def test_create_returns_record_of_response(wire: Wire, client: Client) -> None:
    wire.on("POST", PATH, status=201, json=page({**record(1), "client_secret": "hunter2", "_links": {}}))
    (outcome,) = apply(client, [plan_create(1)], Waiting())
    assert outcome.record == record(1)


def test_create_reads_record_when_response_has_none(wire: Wire, client: Client) -> None:
    """The cluster is read until it shows the record."""
    wire.on("POST", PATH, status=201)
    wire.on("GET", PATH, json=page())
    wire.on("GET", PATH, json=page(record(1)))
    (outcome,) = apply(client, [plan_create(1)], Waiting())
    assert outcome.record == record(1)
    assert (outcome.changed, outcome.recovered, outcome.error) == (True, False, None)


@pytest.mark.parametrize("location", [None, f"{PATH}/{uuid_of(1)}"])
def test_create_without_wait_returns_planned_record(wire: Wire, client: Client, location: str | None) -> None:
    """The record has the UUID of the Location header."""
    wire.on(
        "POST",
        PATH,
        status=202,
        json={"job": {"uuid": JOB}},
        headers={} if location is None else {"Location": location},
    )
    (outcome,) = apply(client, [plan_create(1)], Waiting(wait=False))
    assert outcome.record == {**(plan_create(1).expected or {}), **({} if location is None else {"uuid": uuid_of(1)})}
    assert outcome.job == Job(JOB, "queued")


def test_ignores_record_without_uuid_in_patch_response(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1), json=page({"name": "no uuid"}))
    (outcome,) = apply(client, [update(1)], Waiting())
    assert outcome.record == record(1, client_id="x1")


def test_delete_returns_no_record(wire: Wire, client: Client) -> None:
    wire.on("DELETE", path_of(1))
    (outcome,) = apply(client, [plan_delete(1)], Waiting())
    assert (outcome.changed, outcome.record, outcome.recovered) == (True, None, False)


def test_404_after_lost_delete_response_counts_as_recovered(wire: Wire, client: Client) -> None:
    wire.on("DELETE", path_of(1), raises=requests.ConnectionError())
    wire.on("DELETE", path_of(1), status=404, json=refusal("4", "entry doesn't exist"))
    (outcome,) = apply(client, [plan_delete(1)], Waiting())
    assert (outcome.changed, outcome.recovered, outcome.error) == (True, True, None)


@pytest.mark.parametrize("foreign_body", [{}, {"content": b"<html>", "content_type": "text/html"}])
def test_404_without_ontap_error_is_verified(wire: Wire, client: Client, foreign_body: dict[str, Any]) -> None:
    wire.on("DELETE", path_of(1), raises=requests.ConnectionError())
    wire.on("DELETE", path_of(1), status=404, **foreign_body)
    wire.on("GET", PATH, json=page())
    (outcome,) = apply(client, [plan_delete(1)], Waiting())
    assert (outcome.changed, outcome.recovered, outcome.error) == (True, True, None)


def test_second_write_starts_after_job_of_first_ends(wire: Wire, client: Client) -> None:
    other = JOB.replace("c", "d")
    wire.on("PATCH", path_of(1), status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "running"})
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "success"})
    wire.on(
        "POST", path_of(1, "/rekey-external"), query={"return_timeout": "0"}, status=202, json={"job": {"uuid": other}}
    )
    (outcome,) = apply(client, [plan_update_and_rekey(1)], Waiting(wait=False))
    assert outcome.job == Job(other, "queued")
    assert (outcome.changed, outcome.error) == (True, None)


def test_failed_second_write_keeps_changed(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1))
    wire.on("POST", path_of(1, "/rekey-external"), status=400, json=refusal("65537547", "keys in the admin SVM"))
    (outcome,) = apply(client, [plan_update_and_rekey(1)], Waiting())
    assert (outcome.action, outcome.changed) == ("rekey", True)
    assert isinstance(outcome.error, ApiError)
    assert outcome.error.code == "65537547"


def test_failed_first_write_prevents_second(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1), status=400, json=refusal("65537517", "secret needed"))
    (outcome,) = apply(client, [plan_update_and_rekey(1)], Waiting())
    assert (outcome.changed, outcome.record) == (False, record(1))
    assert outcome.error is not None


def test_failed_job_of_first_write_prevents_second(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1), status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "failure", "message": "no", "code": 65537540})
    (outcome,) = apply(client, [plan_update_and_rekey(1)], Waiting())
    assert (outcome.changed, outcome.job) == (False, Job(JOB, "failure", "no", "65537540"))


def test_unknown_outcome_counts_as_changed(wire: Wire, client: Client) -> None:
    wire.on("POST", PATH, raises=requests.ReadTimeout())
    wire.on("GET", PATH, status=400, json=refusal("262179", "unexpected argument"))
    (outcome,) = apply(client, [plan_create(1)], Waiting())
    assert (outcome.changed, outcome.record) == (True, None)
    assert isinstance(outcome.error, OutcomeUnknownError)


def test_unfinished_job_counts_as_changed_and_is_returned(wire: Wire, client: Client) -> None:
    wire.on("PATCH", path_of(1), status=202, json={"job": {"uuid": JOB}}, takes=0.5)
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "paused"}, takes=0.3)
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "paused"})
    (outcome,) = apply(client, [update(1)], Waiting(wait_timeout=1))
    assert (outcome.changed, outcome.job) == (True, Job(JOB, "paused"))
    assert isinstance(outcome.error, WaitTimeoutError)


def test_failed_connection_counts_as_unchanged(wire: Wire, client: Client) -> None:
    for _number in range(4):
        wire.on("POST", PATH, raises=requests.ConnectTimeout())
    (outcome,) = apply(client, [plan_create(1)], Waiting())
    assert (outcome.changed, outcome.error is None) == (False, False)


@pytest.mark.parametrize("waiting", [Waiting(), ONE_BY_ONE, Waiting(concurrency=3)])
def test_failure_does_not_stop_other_targets_or_change_order(wire: Wire, client: Client, waiting: Waiting) -> None:
    wire.in_order = False
    changes = [update(number) for number in range(1, 11)]
    for number in range(1, 11):
        answer: dict[str, Any] = {"status": 400, "json": refusal("2", "bad")} if number % 3 == 0 else {}
        wire.on("PATCH", path_of(number), **answer)
    outcomes = apply(client, changes, waiting)
    assert [outcome.change for outcome in outcomes] == changes
    assert [outcome.change.target.label for outcome in outcomes if outcome.error] == ["svm3", "svm6", "svm9"]
    assert [outcome.changed for outcome in outcomes] == [number % 3 != 0 for number in range(1, 11)]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 401},
        {"status": 403, "json": refusal("6", "not authorized")},
        {"status": 400, "json": refusal("6", "no")},
    ],
)
def test_starts_no_further_target_after_refused_login(wire: Wire, client: Client, answer: dict[str, Any]) -> None:
    wire.on("PATCH", path_of(1))
    wire.on("PATCH", path_of(2), **answer)
    outcomes = apply(client, [update(1), update(2), plan_no_change(3), update(4), plan_create(5)], ONE_BY_ONE)
    assert [outcome.action for outcome in outcomes] == ["update", "update", "none", "none", "none"]
    assert [outcome.changed for outcome in outcomes] == [True, False, False, False, False]
    assert outcomes[2].message == "why"
    for outcome in outcomes[3:]:
        assert "not started" in str(outcome.message)
        assert "svm2" in str(outcome.message)
        assert outcome.error is None
    assert outcomes[3].record == record(4)


@pytest.mark.parametrize("concurrency", [2, 4])
def test_applies_at_most_concurrency_changes_in_parallel(wire: Wire, client: Client, concurrency: int) -> None:
    wire.in_order = False
    together = threading.Barrier(concurrency)
    working: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def answer(_seen: Seen) -> None:
        with lock:
            working.append(1)
            most.append(len(working))
        # All of them have to arrive at the same time, or the barrier breaks.
        together.wait(timeout=10)
        with lock:
            working.pop()

    wire.before_answer = answer
    for number in range(1, 2 * concurrency + 1):
        wire.on("PATCH", path_of(number))
    outcomes = apply(
        client, [update(number) for number in range(1, 2 * concurrency + 1)], Waiting(concurrency=concurrency)
    )
    assert all(outcome.changed for outcome in outcomes)
    assert max(most) == concurrency


def test_works_in_daemon_thread(wire: Wire, client: Client) -> None:
    threads: list[threading.Thread] = []
    wire.before_answer = lambda _seen: threads.append(threading.current_thread())
    wire.on("PATCH", path_of(2))
    apply(client, [plan_no_change(1), update(2), plan_no_change(3)], Waiting())
    assert [thread.daemon for thread in threads] == [True]


# Reading the records again


def outcome(change: Change, **more: Any) -> Outcome:
    """Return the outcome of a change that succeeded."""
    return Outcome(change, change.action, **{"changed": True, "record": change.expected, "sent": 1, "done": 1, **more})


def test_rereads_changed_records_in_one_query(wire: Wire, client: Client) -> None:
    wire.on(
        "GET",
        PATH,
        query={"fields": "*", "uuid": f"{uuid_of(1)}|{uuid_of(4)}"},
        json=page(record(4, tenant_id="now"), record(1, client_id="now")),
    )
    before = [
        outcome(update(1)),
        outcome(plan_delete(2)),
        outcome(plan_no_change(3), changed=False),
        outcome(plan_update_and_rekey(4)),
        outcome(plan_create(5)),
    ]
    after = refresh(client, before, ["*"])
    assert [entry.record for entry in after] == [
        record(1, client_id="now"),
        None,
        record(3),
        record(4, tenant_id="now"),
        before[4].record,
    ]


def test_does_not_reread_unchanged_or_created_records(client: Client) -> None:
    before = [
        outcome(plan_no_change(1), changed=False),
        outcome(plan_create(2)),
        outcome(update(3), changed=False, error=TargetError("no")),
    ]
    assert refresh(client, before, ["*"]) == before


def test_record_missing_on_reread_becomes_none(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page())
    (after,) = refresh(client, [outcome(update(1))], ["*"])
    assert after.record is None


# The report


def test_reports_every_kind_of_outcome() -> None:
    error = ApiError("Refused.", code="65537517", status=400, target="client_secret")
    unknown = OutcomeUnknownError("lost")
    outcomes = [
        outcome(update(1), job=Job(JOB, "success", "done")),
        outcome(plan_no_change(2), changed=False, message="why"),
        outcome(plan_delete(3), recovered=True),
        outcome(update(4), changed=False, record=record(4), error=error),
        Outcome(plan_create(5), "create", changed=True, error=unknown, sent=1, done=1),
        Outcome(update(6), "none", record=record(6), message="not started"),
    ]
    told = report(outcomes, with_diff=True)
    assert told["changed"] is True
    assert told["failed"] is True
    assert told["azure_key_vaults"] == [record(1, client_id="x1"), record(2), record(4), record(6)]
    assert told["results"][0] == {
        "svm": "svm1",
        "uuid": uuid_of(1),
        "action": "update",
        "changed": True,
        "fields": ["client_id"],
        "job": {"uuid": JOB, "state": "success", "message": "done"},
        "message": None,
        "recovered": False,
        "error": None,
    }
    rest = [
        (result["svm"], result["uuid"], result["action"], result["changed"], result["fields"])
        for result in told["results"][1:]
    ]
    assert rest == [
        ("svm2", uuid_of(2), "none", False, []),
        ("svm3", uuid_of(3), "delete", True, []),
        ("svm4", uuid_of(4), "update", False, ["client_id"]),
        ("svm5", None, "create", True, ["client_id", "client_secret", "key_id", "name", "svm", "tenant_id"]),
        ("svm6", uuid_of(6), "none", False, []),
    ]
    assert told["results"][2]["recovered"] is True
    assert told["results"][3]["error"] == error.as_dict()
    assert (told["results"][1]["message"], told["results"][5]["message"]) == ("why", "not started")
    assert told["error"] == error.as_dict()
    assert told["msg"] == f"svm4: {error.as_text()} 1 more target failed, see results."
    assert list(told["diff"]["before"]) == ["svm1", "svm3", "svm5"]


def test_report_without_failure_has_no_error() -> None:
    told = report([outcome(plan_no_change(1), changed=False)], with_diff=False)
    assert set(told) == {"changed", "azure_key_vaults", "results"}
    assert told["changed"] is False
    assert report([], with_diff=True) == {
        "changed": False,
        "azure_key_vaults": [],
        "results": [],
        "diff": {"before": {}, "after": {}},
    }


@pytest.mark.parametrize(
    ("failures", "tail"),
    [(1, "no."), (2, " 1 more target failed, see results."), (3, " 2 more targets failed, see results.")],
)
def test_message_counts_other_failures(failures: int, tail: str) -> None:
    outcomes = [outcome(update(number), changed=False, error=TargetError("no")) for number in range(failures)]
    assert report(outcomes, with_diff=False)["msg"].startswith("svm0: no.")
    assert report(outcomes, with_diff=False)["msg"].endswith(tail)


@pytest.mark.parametrize(
    ("name", "svm"),
    [
        (Target("cluster"), None),
        (Target("svm9", svm="svm9"), "svm9"),
        (Target(svm_uuid_of(9), svm=svm_uuid_of(9), svm_uuid=svm_uuid_of(9)), svm_uuid_of(9)),
        (Target(uuid_of(9), uuid=uuid_of(9)), None),
    ],
)
def test_result_without_record_names_svm_and_uuid_of_target(name: Target, svm: str | None) -> None:
    (result,) = report(predict([plan.plan_refusal(name, None, TargetError("none there"))]), with_diff=False)["results"]
    assert (result["svm"], result["uuid"]) == (svm, name.uuid)


def test_failure_before_any_target_is_described() -> None:
    error = ApiError("no", code="6", status=401)
    assert describe_failure(error) == {
        "failed": True,
        "changed": False,
        "azure_key_vaults": [],
        "error": error.as_dict(),
        "msg": error.as_text(),
    }


def test_waiting_has_expected_defaults() -> None:
    assert apply_module.Waiting() == Waiting(wait=True, wait_timeout=300, concurrency=8)
