# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps that every changing module performs around its plan: select, plan, apply, re-read, report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected, Selector
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, StoppedError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Interrupted
from ansible_collections.ontap.akv.plugins.module_utils.converge import plan, results
from ansible_collections.ontap.akv.plugins.module_utils.converge.older_releases import check_release
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import (
    Outcome,
    Planner,
    Waiting,
    predict,
    read_waiting,
    refresh,
    verify_sent,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

Verifier = Callable[[Outcome], Outcome]


class Procedure(NamedTuple):
    """What distinguishes one changing module from another.

    fields: the properties to read of each configuration. planner: returns the plan for one target. verify: checks an
    outcome after the configuration was re-read. wildcards: whether svm may contain them. inactive: whether to include
    configurations that are not enabled if the task does not name one. uses: the given options that the cluster's
    release may not support yet. ready: reads from the cluster what the planner needs, and returns the planner. narrow:
    removes targets that are duplicates.
    """

    fields: Sequence[str]
    planner: Planner
    wildcards: bool = True
    verify: Verifier | None = None
    inactive: bool = False
    uses: Sequence[str] = ()
    ready: Callable[[Client], Planner] | None = None
    narrow: Callable[[Client, Sequence[Selected]], list[Selected]] | None = None


def converge(task: Task, procedure: Procedure) -> dict[str, Any]:
    """Select, plan, apply (except in check mode), and return the module's return values. Raises AkvError."""
    chosen = selection.read_selector(task.params, wildcards=procedure.wildcards, inactive=procedure.inactive)
    how = read_waiting(task.params)
    with task.open_client(connections=how.concurrency) as client:
        with check_release(client, [*procedure.uses, *(["configuration"] if chosen.configuration else [])]):
            targets = _select(task, client, chosen, procedure.fields)
        if procedure.narrow:
            targets = procedure.narrow(client, targets)
        planner = partial(_plan, planner=procedure.ready(client) if procedure.ready and targets else procedure.planner)
        changes = [planner(selected) for selected in targets]
        for text in (text for change in changes for text in change.warnings):
            task.warn(text)
        task.changing = not task.check_mode and any(change.changes for change in changes)
        outcomes = _apply(client, changes, how, planner) if task.changing else predict(changes)
        for text in (text for outcome in outcomes for text in outcome.warnings):
            task.warn(text)
        if not task.check_mode:
            outcomes = _verify(task, client, outcomes, procedure, wait=how.wait)
    return results.report(outcomes, with_diff=task.diff)


def _apply(client: Client, changes: Sequence[Change], how: Waiting, planner: Planner) -> list[Outcome]:
    # Imported here, since most runs change nothing and should not pay for the import.
    from ansible_collections.ontap.akv.plugins.module_utils.converge.apply import apply
    from ansible_collections.ontap.akv.plugins.module_utils.converge.recover import send

    return apply(client, changes, how, planner, send)


def _select(task: Task, client: Client, chosen: Selector, fields: Sequence[str]) -> list[Selected]:
    """Return the targets without wildcards that match nothing: these are not targets, but cause a warning."""
    found = []
    unread: list[Unread] = []
    targets = selection.select(client, chosen, fields, unread=unread)
    for status in unread:
        task.warn(status.text)
    for selected in targets:
        if not selected.records and "*" in (selected.target.svm or ""):
            task.warn(f"svm: no SVM with an Azure key vault configuration matches {selected.target.svm}.")
        else:
            found.append(selected)
    return found


def _plan(selected: Selected, planner: Planner) -> Change:
    try:
        return planner(selected)
    except TargetError as exc:
        return plan.plan_refusal(selected.target, selected.records[0] if len(selected.records) == 1 else None, exc)


def _verify(task: Task, client: Client, outcomes: list[Outcome], procedure: Procedure, *, wait: bool) -> list[Outcome]:
    """Return the outcomes with the re-read configurations; if a job is not waited for, nothing is verified."""
    verify = procedure.verify if wait else None
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if any(error.denied or isinstance(error, StoppedError) for error in errors):
        # Another request would be another refused login, or keep a stopped run alive.
        task.warn(
            "The configurations were not read again because the cluster refused the login or denied a right, or the run"
            " was stopped. They are shown as planned."
        )
        return outcomes
    try:
        unread: list[Unread] = []
        outcomes = refresh(client, outcomes, procedure.fields, unread)
        for status in unread:
            task.warn(status.text)
    except (AkvError, Interrupted) as exc:
        error = (
            exc.make_error("the configurations were not read again after the change")
            if isinstance(exc, Interrupted)
            else exc
        )
        # After a refused login or permission the next task must not try again, so it has to know.
        if verify is None and not error.denied:
            task.warn(
                "The configurations could not be read again after the change. They are shown as planned:"
                f" {error.as_text()}"
            )
            return outcomes
        return [replace(outcome, error=error) if _has_succeeded(outcome) else outcome for outcome in outcomes]
    checks = [verify_sent, verify] if verify else [verify_sent] if wait else []
    for check in checks:
        outcomes = [check(outcome) if _has_succeeded(outcome) else outcome for outcome in outcomes]
    return outcomes


def _has_succeeded(outcome: Outcome) -> bool:
    return outcome.changed and outcome.error is None
