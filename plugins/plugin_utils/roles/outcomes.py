# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of the tasks of a role: failures of single runs and of loops."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.filter.failures import list_failures


def list_runs(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the runs of a registered task: the items of a loop, or the task itself; empty if it was skipped."""
    entries = result.get("results")
    if (
        isinstance(entries, list)
        and entries
        and all(isinstance(entry, Mapping) and "ansible_loop_var" in entry for entry in entries)
    ):
        return [run for run in entries if not run.get("skipped")]
    return [] if result.get("skipped") else [result]


def list_all_failures(result: Mapping[str, Any], svms: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return what failed in a registered task, a loop or not, as the filter failures does."""
    return [failure for run in list_runs(result) for failure in list_failures(run, svms)]


def is_denied(found: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether one of the failures is a refused login or a missing permission: nothing more must be sent."""
    return any(failure.get("denied") for failure in found)


def list_entries(result: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the results that the modules of a registered task report for each target."""
    return [entry for run in list_runs(result) for entry in run.get("results") or [] if isinstance(entry, Mapping)]


def list_changed_uuids(result: Mapping[str, Any]) -> list[str]:
    """Return the UUIDs of the configurations that a registered task changed, or may have changed."""
    return [str(entry["uuid"]) for entry in list_entries(result) if entry.get("changed") and entry.get("uuid")]


def has_denial(*, result: Mapping[str, Any]) -> bool:
    """Return whether the cluster refused the login or denied a permission in a registered task."""
    return is_denied(list_all_failures(result))
