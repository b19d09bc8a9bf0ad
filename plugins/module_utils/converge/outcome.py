# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a plan for each target: predicted in check mode, otherwise returned by apply(), then re-read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread
from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, Job, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reader

#: Options that control how the writes of a task run.
WAIT_OPTIONS: dict[str, dict[str, Any]] = {
    "concurrency": {"type": "int", "default": 8},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
}
_MOST_CONCURRENCY = 100


#: Returns the plan for the current state of a target.
Planner = Callable[[Selected], Change]

#: Actions after which the configuration must exist, with the values that the request contains.
_VERIFIED = {"create": "creation", "update": "update", "rekey": "re-key"}
_ANOTHER_RUN = (
    "Another run may have changed it at the same time. Read it with ontap.akv.akv_info, then run the task again."
)
_LEAVES_A_RECORD = frozenset({"update", "rekey", "restore", "delete", "migrate"})


@dataclass(frozen=True)
class Outcome:
    """The outcome of one change.

    record: the configuration after the task, None if it does not exist. sent: the number of requests that were sent.
    done: the number of requests that took effect, or may have. warnings: those that came up while the change was made.
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
    warnings: tuple[str, ...] = ()


class Waiting(NamedTuple):
    """Whether to wait for jobs, for how long (in seconds), and how many targets to process at a time."""

    wait: bool = True
    wait_timeout: int = 300
    concurrency: int = 8


def describe_denial(change: Change, error: AkvError) -> str:
    """Return why nothing more is started after the cluster denied access for a change."""
    return f"not started, because the cluster denied access for {change.target.label} ({error.message})"


def read_waiting(params: Mapping[str, Any]) -> Waiting:
    """Return how the writes of a task run. Raises OptionError."""
    return Waiting(
        wait=params["wait"],
        wait_timeout=options.check_range("wait_timeout", params["wait_timeout"], 1, options.LONGEST_WAIT),
        concurrency=options.check_range("concurrency", params["concurrency"], 1, _MOST_CONCURRENCY),
    )


def predict(changes: Sequence[Change]) -> list[Outcome]:
    """Return the outcomes that the plan predicts, without sending a request."""
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


def refresh(
    client: Reader, outcomes: Sequence[Outcome], fields: Sequence[str], unread: list[Unread] | None = None
) -> list[Outcome]:
    """Return the outcomes with the current configurations: one query for all that requests were sent for.

    The response to a creation contains the record, and a successful deletion leaves none; neither is read again.
    unread: the list to which statuses that the cluster cannot read are added. Raises AkvError.
    """
    touched = {outcome.record["uuid"] for outcome in outcomes if outcome.record is not None and _is_read_again(outcome)}
    if not touched:
        return list(outcomes)
    now = selection.read_again(client, sorted(touched), fields, unread=unread)
    return [
        (
            _add_record(outcome, now.get(outcome.record["uuid"]))
            if outcome.record is not None and _is_read_again(outcome)
            else outcome
        )
        for outcome in outcomes
    ]


def _add_record(outcome: Outcome, now: dict[str, Any] | None) -> Outcome:
    """Return an outcome with the current configuration; a failed request may have taken effect in part."""
    if now is None and outcome.action == "create" and outcome.error is None:
        # A new configuration may take some time to become visible.
        return outcome
    # If the state could not be read, a restore that failed in part may still have brought the keys back on some nodes.
    failed = outcome.action == "restore" and outcome.error is not None and outcome.error.partial
    unseen = failed and now is not None and "state" not in now
    return replace(outcome, record=now, changed=outcome.changed or unseen or now != outcome.change.record)


def _is_read_again(outcome: Outcome) -> bool:
    # A failed restore may have brought the keys back on some of the nodes (65537515).
    in_part = outcome.sent > 0 and outcome.error is not None and (outcome.action == "restore" or outcome.error.partial)
    # The response to a creation does not contain what later requests changed.
    followed = outcome.action == "create" and outcome.sent > 1 and "uuid" in (outcome.record or {})
    return (outcome.action in _LEAVES_A_RECORD or followed) and (outcome.changed or in_part)


def verify_sent(outcome: Outcome) -> Outcome:
    """Return an outcome, with an error if the configuration was removed or visibly differs from what was sent."""
    record = outcome.record
    if outcome.action not in _VERIFIED:
        return outcome
    if record is None:
        gone = f"the {_VERIFIED[outcome.action]} succeeded, but the configuration no longer exists"
        return replace(outcome, error=TargetError(gone, target="svm", hint=_ANOTHER_RUN))
    different = resource.find_differences(_list_visible(outcome, record), record)
    if not different:
        return outcome
    name = next(iter(different))
    error = TargetError(
        f"{name}: the {_VERIFIED[outcome.action]} succeeded, but the configuration now has {record.get(name)!r}, not"
        f" {different[name]!r}",
        target=name,
        hint=_ANOTHER_RUN,
    )
    return replace(outcome, error=error)


def _list_visible(outcome: Outcome, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that the configuration must have after the requests of an outcome, as far as it shows them."""
    expected = outcome.change.expected or {}
    if outcome.action == "create":
        # The response to a creation may contain only part of the record.
        return {name: expected[name] for name in resource.DESCRIPTION if name in expected and name in record}
    sent = {name: value for write in outcome.change.writes for name, value in (write.body or {}).items()}
    visible = {name: value for name, value in sent.items() if name not in resource.UNSEEN}
    # A credential is not shown, but its kind is.
    if {"client_secret", "client_certificate"} & set(sent) and "authentication_method" in record:
        visible["authentication_method"] = expected.get("authentication_method")
    return visible
