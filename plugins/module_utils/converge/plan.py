# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan as data: check mode, C(diff), C(results), the writes and the tests all read the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write

#: Shown in a diff instead of a secret.
WILL_BE_SENT = "will be sent"
WILL_BE_REKEYED = "will be re-keyed"
_CLI = "/api/private/cli/security/key-manager/external/azure"


@dataclass(frozen=True)
class Change:
    """The plan for one target.

    record: the configuration as read, None if it does not exist. expected: the configuration as it should be read
    afterwards, None if it is to be deleted. writes: the requests, in order. shown: what a diff adds to expected, such
    as the text shown instead of a secret. message: ONTAP's message that explains why nothing is to be done. error: why
    the task cannot be done.
    """

    target: Target
    action: str = "none"
    record: dict[str, Any] | None = None
    expected: dict[str, Any] | None = None
    writes: tuple[Write, ...] = ()
    shown: Mapping[str, Any] = field(default_factory=dict)
    message: str | None = None
    warnings: tuple[str, ...] = ()
    error: AkvError | None = None

    @property
    def fields(self) -> list[str]:
        """The names of the fields that the requests send."""
        return sorted({name for write in self.writes for name in write.body or ()})

    @property
    def changes(self) -> bool:
        """Whether the plan changes the target."""
        return bool(self.writes) and self.error is None


def plan_nothing(
    target: Target, record: dict[str, Any] | None, *, message: str | None = None, warnings: tuple[str, ...] = ()
) -> Change:
    """Return the plan for a target that already is in the expected state."""
    return Change(target, record=record, expected=record, message=message, warnings=warnings)


def plan_refusal(target: Target, record: dict[str, Any] | None, error: AkvError) -> Change:
    """Return the plan for a target for which the task cannot be done."""
    return Change(target, record=record, expected=record, error=error)


def plan_rekey(target: Target, record: dict[str, Any], key_id: str, *, warnings: tuple[str, ...] = ()) -> Change:
    """Return the plan to wrap the keys of a configuration with another key encryption key.

    Before ONTAP 9.11.1 the key is a field that a PATCH changes.
    """
    patch = Write("PATCH", resource.build_path(record["uuid"]), {"key_id": key_id}, waits=True)
    operation = "rekey-external"
    write = Write(
        "POST",
        resource.build_path(record["uuid"], operation),
        {"key_id": key_id},
        waits=True,
        older=(releases.CALLS[operation], patch),
    )
    return Change(target, "rekey", record, {**record, "key_id": key_id}, (write,), warnings=warnings)


def build_operation(record: Mapping[str, Any], name: str) -> Write:
    """Return the request for an operation on a configuration that has no body; before ONTAP 9.10.1 it is a CLI command.

    Source: public documentation of the passthrough to the CLI, C(/api/private/cli), and of
    C(security key-manager external azure).
    """
    svm = resource.get_svm(record, "name")
    command = Write("POST", f"{_CLI}/{name}", {"vserver": svm}, query=(("privilege_level", "advanced"),), ends=True)
    return Write(
        "POST",
        resource.build_path(record["uuid"], name),
        waits=True,
        older=(releases.CALLS[name], command) if svm else None,
    )


def limit_change(change: Change, done: int) -> Change:
    """Return a change reduced to its first requests (done is their number): what remains if a later request fails."""
    if done >= len(change.writes):
        return change
    writes = change.writes[:done]
    fields = {name for write in writes for name in write.body or ()}
    reached = {
        name: value
        for name, value in (change.expected or {}).items()
        if name in fields or name == "authentication_method"
    }
    shown = {name: word for name, word in change.shown.items() if name in fields}
    return replace(change, writes=writes, expected={**(change.record or {}), **reached}, shown=shown)


def choose_fields(change: Change) -> list[str]:
    """Return the properties that show whether a change was made."""
    return ["*", "state"] if change.action == "restore" else ["*"]


def describe(record: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a diff shows of a configuration: the fields that describe it, and its state if it was read."""
    shown = (*resource.DESCRIPTION, "state")
    return {name: record[name] for name in shown if name in record} if record else {}


def build_diff(changes: list[Change]) -> dict[str, Any]:
    """Return the value of C(diff): the targets of these changes before and after, by name."""
    return {
        "before": {change.target.label: describe(change.record) for change in changes},
        "after": {change.target.label: {**describe(change.expected), **change.shown} for change in changes},
    }
