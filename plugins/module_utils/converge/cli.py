# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""C(use_rest: never): re-key and restore named SVMs with the documented CLI commands.

The CLI reports nothing reliable about a configuration, so nothing is compared before and nothing is verified after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, OptionError, OutcomeUnknownError
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Interrupted
from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel
from ansible_collections.ontap.akv.plugins.module_utils.converge import results
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import (
    Outcome,
    Waiting,
    describe_denial,
    predict,
    read_waiting,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Write
from ansible_collections.ontap.akv.plugins.module_utils.rest.ontapi import REQUEST, Cli
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

_COMMAND = ("security", "key-manager", "external", "azure")
# The cluster parses the words of a command again. No character of these words has a special meaning.
_WORD = re.compile(r"[0-9A-Za-z_][0-9A-Za-z_.:/%\[\]-]*")
_BLIND = (
    "use_rest: never cannot read the configurations: the command was run regardless of their state, and its result was"
    " not verified."
)


class _CommandRun:
    """One run. outcomes: of the SVMs that are finished, by number."""

    def __init__(self, cli: Cli, transport: Transport, how: Waiting, arguments: Sequence[str]) -> None:
        self._cli = cli
        self._clock = transport.clock
        self._how = how
        self._arguments = arguments
        self._denial: str | None = None
        self.outcomes: dict[int, Outcome] = {}
        self.under_way: set[int] = set()

    def run_one(self, number: int, change: Change) -> None:
        """Run the command for one SVM; after a refused login, do not start any more."""
        outcome = Outcome(change, change.action, sent=1)
        if self._denial is not None:
            self.outcomes[number] = Outcome(change, "none", message=self._denial)
            return
        self.under_way.add(number)
        try:
            self._cli.run(
                [*_COMMAND, *self._arguments, "-vserver", str(change.target.svm)],
                Deadline(self._how.wait_timeout, self._clock),
            )
            self.outcomes[number] = replace(outcome, changed=True, done=1)
        except AkvError as exc:
            if exc.denied:
                self._denial = describe_denial(change, exc)
            unknown = isinstance(exc, OutcomeUnknownError)
            self.outcomes[number] = replace(outcome, changed=unknown, done=int(unknown), error=exc)

    def report_stopped(self, number: int, change: Change, end: Interrupted) -> Outcome:
        """Return the outcome of an SVM that was not finished when the run was stopped."""
        if number not in self.under_way:
            return Outcome(
                change,
                "none",
                message="not started: the run was stopped",
                error=end.make_error("nothing was sent for this target"),
            )
        error = end.make_error("the command continues in the cluster; its outcome is unknown", request=REQUEST)
        return Outcome(change, change.action, changed=True, sent=1, done=1, error=error)


def check_word(option: str, value: str) -> str:
    """Return a value that is a single word of a command. Raises OptionError if it could be parsed as more."""
    if not _WORD.fullmatch(value):
        raise OptionError(
            option,
            f"{value!r} is refused with use_rest: never: it contains characters that may have a special meaning on the"
            " command line",
        )
    return value


def run_commands(
    task: Task,
    action: str,
    arguments: Sequence[str],
    *,
    shown: Mapping[str, Any],
    sent: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Run a command for each SVM of the task and return the module's return values. Raises AkvError.

    shown: what a diff shows for each SVM. sent: the fields that the command sends.
    """
    changes = [
        Change(Target(svm, svm=svm), action, writes=(Write(*REQUEST, sent),), shown=shown) for svm in _read_svms(task)
    ]
    how = read_waiting(task.params)
    if not how.wait:
        raise OptionError(
            "wait", "the module always waits for an ONTAPI command", hint="Remove it with use_rest: never."
        )
    # A request takes as long as its command.
    transport = Transport(replace(task.read_connection(), timeout=how.wait_timeout), connections=how.concurrency)
    cli = Cli(transport)
    task.warn(_BLIND)
    if task.check_mode:
        return results.report(predict(changes), with_diff=task.diff)
    task.changing = True
    try:
        outcomes = _run_all(_CommandRun(cli, transport, how, arguments), changes, how, transport)
    finally:
        transport.stop()
        transport.close()
    return results.report(outcomes, with_diff=task.diff)


def _run_all(run: _CommandRun, changes: Sequence[Change], how: Waiting, transport: Transport) -> list[Outcome]:
    numbered = dict(enumerate(changes))
    try:
        # Nothing was read before, so the first SVM shows whether the login is valid: many attempts at a time could
        # lock the account.
        for numbers in (range(1), range(1, len(changes))):
            run_in_parallel(
                run.run_one, {number: changes[number] for number in numbers}, workers=min(how.concurrency, len(numbers))
            )
    except Interrupted as end:
        transport.stop()
        run.outcomes.update(
            {
                number: run.report_stopped(number, change, end)
                for number, change in numbered.items()
                if number not in run.outcomes
            }
        )
    return [run.outcomes[number] for number in numbered]


def _read_svms(task: Task) -> Sequence[str]:
    """Return the SVMs of the task. Raises OptionError for any other selection."""
    for name in ("uuid", "scope", "configuration"):
        if task.params[name] is not None:
            raise OptionError(name, "it is refused with use_rest: never", hint="Give svm with the names of SVMs.")
    svms = selection.read_selector(task.params, wildcards=False).svms
    if any(resource.is_uuid(svm) for svm in svms):
        raise OptionError("svm", "UUIDs are refused with use_rest: never", hint="Give the names of the SVMs.")
    return [check_word("svm", svm) for svm in svms]
