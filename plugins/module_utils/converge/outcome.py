# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a plan, target by target: predicted in check mode, told by apply() else, and looked at again afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected
from ansible_collections.ontap.akv.plugins.module_utils.akv.unread import Unread
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, Job, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

#: What is to be done about a target as it is now.
Planner = Callable[[Selected], Change]

#: Actions whose request holds what the configuration has afterwards.
_VERIFIED = {"create": "creation", "update": "update", "rekey": "re-key"}
_LEAVES_A_RECORD = frozenset({"update", "rekey", "restore", "delete", "migrate"})


@dataclass(frozen=True)
class Outcome:
    """What became of one change.

    record: the configuration after the task, None where there is none. sent: how many of the requests were sent.
    done: how many of them had their effect, or may have had it. warnings: what came up while it was done.
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


def refreshed(client: Client, outcomes: Sequence[Outcome], fields: Sequence[str], unread: list[Unread] | None = None) -> list[Outcome]:
    """Returns the outcomes with the configurations as they are now: one query for all that requests were sent about.

    A creation's answer brings its record, and a deletion that succeeded leaves none; neither is asked for. unread: gets the statuses
    that the cluster cannot read. Raises AkvError.
    """
    touched = {outcome.record["uuid"] for outcome in outcomes if outcome.record is not None and _to_be_read(outcome)}
    if not touched:
        return list(outcomes)
    now = selection.read_again(client, sorted(touched), fields, unread=unread)
    return [_with(outcome, now.get(outcome.record["uuid"])) if outcome.record is not None and _to_be_read(outcome) else outcome for outcome in outcomes]


def _with(outcome: Outcome, now: dict[str, Any] | None) -> Outcome:
    """An outcome with the configuration as it is now; work that failed may have been done in part."""
    if now is None and outcome.action == "create" and outcome.error is None:
        # A new configuration may become visible only after some time.
        return outcome
    # What a restore that failed did cannot be seen if the state could not be read: it may have brought the keys back on some nodes.
    unseen = outcome.action == "restore" and now is not None and "state" not in now
    return replace(outcome, record=now, changed=outcome.changed or unseen or now != outcome.change.record)


def _to_be_read(outcome: Outcome) -> bool:
    # A restore that failed may have brought the keys back on some of the nodes (65537515).
    in_part = outcome.sent > 0 and outcome.error is not None and (outcome.action == "restore" or outcome.error.partial)
    # The answer to a creation does not tell what followed it.
    followed = outcome.action == "create" and outcome.sent > 1 and "uuid" in (outcome.record or {})
    return (outcome.action in _LEAVES_A_RECORD or followed) and (outcome.changed or in_part)


def verified(outcome: Outcome) -> Outcome:
    """Returns an outcome with an error if the configuration, read again, does not have what was sent, as far as that can be seen."""
    record = outcome.record
    if record is None or outcome.action not in _VERIFIED:
        return outcome
    sent = {name: value for write in outcome.change.writes for name, value in (write.body or {}).items() if name not in resource.UNSEEN}
    if outcome.action == "create":
        # The response to a creation may hold a part of the record.
        sent = {name: value for name, value in sent.items() if name in record and name in resource.DESCRIPTION}
    different = resource.differences(sent, record)
    if not different:
        return outcome
    name = next(iter(different))
    error = TargetError(
        f"{name}: the {_VERIFIED[outcome.action]} succeeded, but the configuration now has {record.get(name)!r}, not {different[name]!r}",
        target=name,
        hint="Another run may have changed it at the same time: look with ontap.akv.akv_info, then run the task again.",
    )
    return replace(outcome, error=error)
