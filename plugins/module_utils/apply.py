# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a plan: several targets at a time, each on a kept-alive connection, and tells what became of every one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils import akv, select
from ansible_collections.ontap.akv.plugins.module_utils.client import Client, Reply
from ansible_collections.ontap.akv.plugins.module_utils.errors import AkvError, Job, OutcomeUnknownError, WaitTimeoutError
from ansible_collections.ontap.akv.plugins.module_utils.plan import Change

_LEAVES_A_RECORD = frozenset({"update", "rekey", "restore"})


@dataclass(frozen=True)
class Outcome:
    """What became of one change.

    record: the configuration after the task, None where there is none. sent: how many of the requests were sent.
    done: how many of them had their effect, or may have had it.
    """

    change: Change
    action: str
    changed: bool = False
    record: dict[str, Any] | None = None
    job: Job | None = None
    message: str | None = None
    recovered: bool = False
    error: AkvError | None = None
    sent: int = 0
    done: int = 0


@dataclass(frozen=True)
class Waiting:
    """Whether and how long the jobs are waited for, in seconds, and how many targets are worked on at a time."""

    wait: bool = True
    wait_timeout: int = 300
    concurrency: int = 8


def predict(changes: Sequence[Change]) -> list[Outcome]:
    """Returns what the plan would lead to, without a request."""
    return [
        Outcome(
            change,
            change.action,
            changed=change.changes,
            record=change.record if change.error else change.expected,
            message=change.message,
            error=change.error,
            sent=len(change.writes),
            done=len(change.writes),
        )
        for change in changes
    ]


def apply(client: Client, changes: Sequence[Change], waiting: Waiting) -> list[Outcome]:
    """Sends what the plan says and returns an outcome for every change, in their order.

    A target that fails does not stop the others. Only where the cluster refuses login or rights no further target is
    started, since more of the same could lock the account; those are told as C(none) with the reason.
    """
    denials: list[str] = []
    lock = threading.Lock()

    def run(change: Change) -> Outcome:
        if not change.changes:
            return predict([change])[0]
        with lock:
            denial = denials[0] if denials else None
        if denial:
            return Outcome(change, "none", record=change.record, message=denial)
        outcome = _run_one(client, change, waiting)
        if outcome.error is not None and outcome.error.denied:
            with lock:
                denials.append(f"not started: for {change.target.label} the cluster refused login or rights ({outcome.error.message})")
        return outcome

    workers = min(waiting.concurrency, sum(change.changes for change in changes))
    if workers < 2:
        return [run(change) for change in changes]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(run, changes))


def _run_one(client: Client, change: Change, waiting: Waiting) -> Outcome:
    """Sends the requests of one change, in order; a later one only after the earlier one has ended."""
    outcome = Outcome(change, change.action, record=change.record, message=change.message)
    for number, write in enumerate(change.writes, start=1):
        wait = waiting.wait or number < len(change.writes)
        try:
            reply = client.write(write, deadline=client.deadline(waiting.wait_timeout), wait=wait)
        except AkvError as exc:
            return _failed(replace(outcome, sent=number), exc)
        outcome = _succeeded(outcome, reply)
    return replace(outcome, record=_record_after(change, outcome))


def _failed(outcome: Outcome, exc: AkvError) -> Outcome:
    """An outcome with its error. What the cluster took on, or may have, counts as changed."""
    taken_on = isinstance(exc, (OutcomeUnknownError, WaitTimeoutError))
    return replace(outcome, changed=outcome.changed or taken_on, job=exc.job, error=exc, done=outcome.done + taken_on)


def _succeeded(outcome: Outcome, reply: Reply) -> Outcome:
    return replace(
        outcome,
        changed=True,
        job=reply.job,
        record=akv.public(reply.record) if reply.record else outcome.record,
        recovered=outcome.recovered or reply.recovered,
        sent=outcome.sent + 1,
        done=outcome.done + 1,
    )


def _record_after(change: Change, outcome: Outcome) -> dict[str, Any] | None:
    """The record after a change that succeeded: as planned, with what the answer to a creation adds to it."""
    if change.expected is None or change.action != "create":
        return change.expected
    return {**change.expected, **(outcome.record or {})}


def refreshed(client: Client, outcomes: Sequence[Outcome], fields: Sequence[str]) -> list[Outcome]:
    """Returns the outcomes with the configurations as they are now: one query for all that were updated or re-keyed.

    A creation's answer brings its record, a deletion leaves none; neither is asked for. Raises AkvError.
    """
    touched = {outcome.record["uuid"] for outcome in outcomes if outcome.record is not None and _to_be_read(outcome)}
    if not touched:
        return list(outcomes)
    now = select.read_again(client, sorted(touched), fields)
    return [
        replace(outcome, record=now.get(outcome.record["uuid"])) if outcome.record is not None and _to_be_read(outcome) else outcome for outcome in outcomes
    ]


def _to_be_read(outcome: Outcome) -> bool:
    return outcome.changed and outcome.action in _LEAVES_A_RECORD
