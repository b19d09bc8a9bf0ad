# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a plan, several targets at a time, each on a kept-alive connection, and return the outcome of every target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    Job,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Interrupted
from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import (
    Outcome,
    Planner,
    Waiting,
    describe_denial,
    predict,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, choose_fields
from ansible_collections.ontap.akv.plugins.module_utils.converge.sending import Sending
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reply, Watcher, Write

#: Sends one request of a plan and determines its outcome.
Send = Callable[[Sending], Reply]


class _Run:
    """One run of a plan.

    outcomes: of the targets that are finished, by number. under_way: the outcomes so far of the started targets, by
    number.
    """

    def __init__(self, client: Client, waiting: Waiting, planner: Planner, send: Send) -> None:
        self._client = client
        self._waiting = waiting
        self._planner = planner
        self._send = send
        self._denial: str | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.under_way: dict[int, Outcome] = {}

    def carry_out(self, number: int, change: Change) -> None:
        """Carry out one change."""
        if not change.changes:
            outcome = predict([change])[0]
        elif self._denial is not None:
            outcome = Outcome(change, "none", record=change.record, message=self._denial)
        else:
            outcome = self._settle(number, change)
            if outcome.error is not None:
                self._deny(change, outcome.error)
        self.outcomes[number] = outcome

    def _deny(self, change: Change, error: AkvError) -> None:
        if error.denied:
            self._denial = describe_denial(change, error)

    def _settle(self, number: int, change: Change) -> Outcome:
        """Return the outcome; if ONTAP reports that another run was faster, re-read the target and plan it again."""
        outcome = self._send_all(number, change)
        refusal = outcome.error
        if (
            not isinstance(refusal, ApiError)
            or not (refusal.conflict or refusal.gone)
            or refusal.recovered
            or outcome.changed
        ):
            return outcome
        again = self._plan_again(change)
        if again is None or (again.changes and again.action == change.action):
            return outcome
        if again.changes and change.action != "create":
            return replace(outcome, record=again.record, error=_add_another_hint(refusal))
        told = (
            f"{change.target.label}: another run was faster ({refusal.message}), so it was read and compared again.",
            *again.warnings,
        )
        if not again.changes:
            return replace(predict([again])[0], message=refusal.message, warnings=told)
        then = self._send_all(number, again)
        return replace(then, warnings=(*told, *then.warnings))

    def _plan_again(self, change: Change) -> Change | None:
        """Return a new plan for the target's current state, None if it cannot be read."""
        try:
            return self._planner(selection.read_target(self._client, change.target, choose_fields(change)))
        except AkvError as exc:
            self._deny(change, exc)
            return None

    def _send_all(self, number: int, change: Change) -> Outcome:
        """Send the requests of one change in order, each only after the previous one has ended."""
        outcome = Outcome(change, change.action, record=change.record, message=change.message)
        for sent, write in enumerate(change.writes, start=1):
            self.under_way[number] = replace(outcome, sent=sent)
            wait = self._waiting.wait or sent < len(change.writes)
            deadline = self._client.start_deadline(self._waiting.wait_timeout)
            try:
                addressed = self._address(change, write, outcome)
                reply = self._send(Sending(self._client, change, addressed, deadline, wait, self._make_watcher(number)))
            except AkvError as exc:
                return _add_failure(replace(outcome, sent=sent), exc)
            outcome = _add_success(outcome, reply)
        return replace(outcome, record=_build_record(change, outcome))

    def _address(self, change: Change, write: Write, outcome: Outcome) -> Write:
        """Return a request that refers to what the first one created, with the UUIDs that only the cluster knows."""
        if "{" not in write.path:
            return write
        record = outcome.record or {}
        if "uuid" not in record or resource.get_configuration(record, "uuid") is None:
            record = selection.require_record(selection.read_target(self._client, change.target, ["*"]))
        store = {"configuration": selection.get_key_store(record)} if "{configuration}" in write.path else {}
        return write._replace(path=write.path.format(uuid=selection.get_uuid(record), **store))

    def _make_watcher(self, number: int) -> Watcher:
        def watch(job: Job) -> None:
            self.under_way[number] = replace(self.under_way[number], job=job)

        return watch

    def report_stopped(self, number: int, change: Change, end: Interrupted) -> Outcome:
        """Return the outcome of a target that was not finished when the run was stopped."""
        outcome = self.under_way.get(number)
        if outcome is None:
            error = end.make_error("nothing was sent for this target")
            return Outcome(
                change, "none", record=change.record, message="not started: the run was stopped", error=error
            )
        write = outcome.change.writes[outcome.sent - 1]
        return replace(outcome, changed=True, error=_make_stopped_error(write, outcome.job, end), done=outcome.done + 1)


def apply(client: Client, changes: Sequence[Change], waiting: Waiting, planner: Planner, send: Send) -> list[Outcome]:
    """Send the requests of the plan and return an outcome for every change, in the same order.

    A failed target does not stop the others. Only if the cluster refuses the login or the permission, no further
    target is started, since more of the same requests could lock the account; these are reported as C(none) with the
    reason. planner: plans a target again if another run was faster. send: of recover.py.
    """
    if not any(change.changes for change in changes):
        return predict(changes)
    run = _Run(client, waiting, planner, send)
    try:
        run_in_parallel(run.carry_out, dict(enumerate(changes)), workers=min(waiting.concurrency, len(changes)))
    except Interrupted as end:
        client.stop()
        stopped = {
            number: run.report_stopped(number, change, end) if change.changes else predict([change])[0]
            for number, change in enumerate(changes)
            if number not in run.outcomes
        }
        return [stopped.get(number) or run.outcomes[number] for number in range(len(changes))]
    return [run.outcomes[number] for number in range(len(changes))]


def _make_stopped_error(write: Write, job: Job | None, end: Interrupted) -> AkvError:
    if job is None:
        what = f"the response to {write.method} {write.path} had not arrived; its outcome is unknown"
        return end.make_error(
            what,
            request=write.request,
            hint="Read the configuration with ontap.akv.akv_info, and /api/cluster/jobs, before you run the task"
            " again.",
        )
    return end.make_error(
        f"job {job.uuid} continues in the cluster",
        request=write.request,
        job=job,
        hint=f"Check /api/cluster/jobs/{job.uuid} before you run the task again.",
    )


def _add_another_hint(refusal: ApiError) -> ApiError:
    """Return a refusal with the hint that fits the state that this run read at its start."""
    refusal.hint = (
        "Its state was different when this run read it: another run may have changed it in the meantime. Run the"
        " task again."
        f" {refusal.hint or ''}".strip()
    )
    return refusal


def _add_failure(outcome: Outcome, exc: AkvError) -> Outcome:
    """Return an outcome with its error. Requests that the cluster accepted, or may have accepted, count as changed."""
    recovered = outcome.recovered or exc.recovered
    return replace(
        outcome,
        changed=outcome.changed or exc.taken_on,
        job=exc.job,
        error=exc,
        done=outcome.done + exc.taken_on,
        recovered=recovered,
    )


def _add_success(outcome: Outcome, reply: Reply) -> Outcome:
    outcome = replace(outcome, sent=outcome.sent + 1, warnings=(*outcome.warnings, *reply.warnings))
    if reply.by_another is not None:
        return replace(outcome, action=outcome.action if outcome.changed else "none", message=reply.by_another)
    return replace(
        outcome,
        changed=True,
        job=reply.job,
        # Only a creation requests its record.
        record=reply.record if reply.record and outcome.action == "create" else outcome.record,
        recovered=outcome.recovered or reply.recovered,
        done=outcome.done + 1,
    )


def _build_record(change: Change, outcome: Outcome) -> dict[str, Any] | None:
    """Return the record after a successful change: as planned, with what the response to a creation adds to it."""
    if change.expected is None or change.action != "create":
        return change.expected
    return {**change.expected, **(outcome.record or {})}
