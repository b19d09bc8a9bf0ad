# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module does around its plan: options, client, select, plan, apply, report; and its end, in one place."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.ontap.akv.plugins.module_utils import options, plan, report, select
from ansible_collections.ontap.akv.plugins.module_utils.apply import Outcome, Waiting, apply, predict, refreshed, verified
from ansible_collections.ontap.akv.plugins.module_utils.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.errors import AkvError, MissingLibraryError, StoppedError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.interrupt import Interrupted, interruptible
from ansible_collections.ontap.akv.plugins.module_utils.masking import masker
from ansible_collections.ontap.akv.plugins.module_utils.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.select import Selected, Selector
from ansible_collections.ontap.akv.plugins.module_utils.transport import Transport

#: How the writes of a task are run.
WAIT_OPTIONS: dict[str, dict[str, Any]] = {
    "concurrency": {"type": "int", "default": 8},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}
_MOST_CONCURRENCY = 100
_WORKERS_HAVE_SESSIONS = (2, 19)

Planner = Callable[[Selected], Change]
Verifier = Callable[[Outcome], Outcome]


@dataclass
class Task:
    """A run of a module without AnsibleModule: its options, and what it gathers for the end of the run.

    secrets: what is masked in the output, in all its forms.
    """

    params: Mapping[str, Any]
    check_mode: bool = False
    diff: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    warnings: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def warn(self, text: str) -> None:
        """Adds a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def hide(self, secret: str | None) -> None:
        """Makes sure that a secret is masked in the output, in the forms too in which a server may repeat it."""
        if secret:
            self.secrets.add(secret)

    @contextmanager
    def client(self, *, connections: int = 1) -> Iterator[Client]:
        """Gives a client for the cluster of the task; raises AkvError."""
        connection = options.connection(self.params, self.environ)
        self.hide(connection.password)
        if connection.password and not connection.https:
            self.warn("The password is sent over http, readable for anybody on the way; use https.")
        transport = Transport(connection, connections=connections)
        try:
            yield Client(transport)
        finally:
            transport.close()


@dataclass(frozen=True)
class Procedure:
    """What distinguishes one changing module from another.

    fields: what is read of each configuration. planner: what is to be done about one target. verify: looks at an
    outcome once the configuration was read again. wildcards: whether svm may hold them.
    """

    fields: Sequence[str]
    planner: Planner
    wildcards: bool = True
    verify: Verifier | None = None


def waiting(params: Mapping[str, Any]) -> Waiting:
    """Returns how the writes of a task are run; raises OptionError."""
    return Waiting(
        wait=params["wait"],
        wait_timeout=options.in_range("wait_timeout", params["wait_timeout"], 1, options.LONGEST_WAIT),
        concurrency=options.in_range("concurrency", params["concurrency"], 1, _MOST_CONCURRENCY),
    )


def converge(task: Task, procedure: Procedure) -> dict[str, Any]:
    """Selects, plans, applies unless in check mode, and returns the module's return values. Raises AkvError."""
    chosen = select.selector(task.params, wildcards=procedure.wildcards)
    how = waiting(task.params)
    with task.client(connections=how.concurrency) as client:
        planner = partial(_planned, planner=procedure.planner)
        changes = [planner(selected) for selected in _selected(task, client, chosen, procedure.fields)]
        for text in (text for change in changes for text in change.warnings):
            task.warn(text)
        outcomes = predict(changes) if task.check_mode else apply(client, changes, how, planner)
        for text in (text for outcome in outcomes for text in outcome.warnings):
            task.warn(text)
        if not task.check_mode:
            outcomes = _looked_at(task, client, outcomes, procedure, wait=how.wait)
    return report.report(outcomes, with_diff=task.diff)


def _selected(task: Task, client: Client, chosen: Selector, fields: Sequence[str]) -> list[Selected]:
    """The targets, without the wildcards that match nothing: they are no target but worth a warning."""
    found = []
    for selected in select.select(client, chosen, fields):
        if not selected.records and "*" in (selected.target.svm or ""):
            task.warn(f"svm: no SVM with an Azure key vault configuration matches {selected.target.svm}.")
        else:
            found.append(selected)
    return found


def _planned(selected: Selected, planner: Planner) -> Change:
    try:
        return planner(selected)
    except TargetError as exc:
        return plan.refused(selected.target, selected.records[0] if len(selected.records) == 1 else None, exc)


def _looked_at(task: Task, client: Client, outcomes: list[Outcome], procedure: Procedure, *, wait: bool) -> list[Outcome]:
    """The outcomes, with the configurations as they are afterwards; a job that is not waited for has nothing to verify."""
    verify = procedure.verify if wait else None
    errors = [outcome.error for outcome in outcomes if outcome.error is not None]
    if any(error.denied or isinstance(error, StoppedError) for error in errors):
        # One more request would be one more refused login, or keep a stopped run alive.
        task.warn("The configurations were not read again after the cluster refused login or rights, or the run was stopped; they are shown as planned.")
        return outcomes
    try:
        outcomes = refreshed(client, outcomes, procedure.fields)
    except (AkvError, Interrupted) as exc:
        error = exc.error("the configurations were not read again after the change") if isinstance(exc, Interrupted) else exc
        if verify is None:
            task.warn(f"The configurations could not be read again after the change, they are shown as planned: {error.text()}")
            return outcomes
        return [replace(outcome, error=error) if _succeeded(outcome) else outcome for outcome in outcomes]
    checks = [verified, verify] if verify else [verified] if wait else []
    for check in checks:
        outcomes = [check(outcome) if _succeeded(outcome) else outcome for outcome in outcomes]
    return outcomes


def _succeeded(outcome: Outcome) -> bool:
    return outcome.changed and outcome.error is None


def _release(module: AnsibleModule) -> tuple[int, ...]:
    """The release of ansible-core that started the module, as numbers; none where it is not told."""
    return tuple(int(part) for part in str(getattr(module, "ansible_version", None)).split(".")[:2] if part.isdecimal())


def run(module: AnsibleModule, execute: Callable[[Task], dict[str, Any]]) -> None:
    """Runs a module and ends it: the only place that calls exit_json and fail_json."""
    task = Task(module.params, check_mode=module.check_mode, diff=module._diff)
    for name, argument in module.argument_spec.items():
        if argument.get("no_log"):
            task.hide(module.params.get(name))
    try:
        with interruptible(own_session=_release(module) >= _WORKERS_HAVE_SESSIONS):
            result = execute(task)
    except Interrupted as end:
        result = report.failure(end.error("nothing was changed"))
    except MissingLibraryError as exc:
        result = {**report.failure(exc), "msg": missing_required_lib(exc.library), "exception": exc.reason}
    except AkvError as exc:
        result = report.failure(exc)
    module.no_log_values.update(task.secrets)
    masked = masker(task.secrets)
    result = masked(result)
    for text in task.warnings:
        # Newer releases of Ansible do not mask what is in a warning.
        module.warn(masked(text))
    if result.pop("failed", False):
        module.fail_json(**result)
    module.exit_json(**result)
