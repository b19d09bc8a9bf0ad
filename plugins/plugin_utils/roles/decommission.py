# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_decommission: which configurations are removed, and which remain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import is_denied, list_all_failures, list_entries
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import join_names


def plan(*, records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the targets to remove; if an SVM has several configurations, those that are not enabled come first."""
    return configurations.build_targets(sorted(records, key=configurations.is_in_use))


def summarize(
    *,
    cluster: str,
    svms: Sequence[str],
    records: Sequence[Mapping[str, Any]],
    done: Mapping[str, Any],
    left: Sequence[Mapping[str, Any]],
    predicted: bool,
) -> dict[str, Any]:
    """Return whether nothing is left as C(ok), and C(lines) to show.

    svms: those that were named. records: the configurations to remove. done: the result of the removal.
    """
    names = {record["uuid"]: configurations.get_name(record) for record in records}
    removed = [
        names.get(entry.get("uuid"), entry.get("svm"))
        for entry in list_entries(done)
        if entry.get("changed") and not entry.get("error")
    ]
    refused = list_all_failures(done)
    told = {failure["svm"] for failure in refused}
    wrong = [failure["text"] for failure in refused]
    wrong += [
        f"{configurations.get_name(record)}: it still has a configuration"
        for record in left
        if configurations.get_owner(record) not in told
    ]
    if is_denied(refused):
        # The loop ended, and nothing was read after it.
        reported = {entry.get("uuid") for entry in list_entries(done)}
        wrong += [f"{name}: the removal was not tried" for uuid, name in names.items() if uuid not in reported]
    shown = join_names(map(str, removed)) if removed else "nothing"
    without = configurations.find_missing(records, svms)
    lines = [f"- Without a configuration: {join_names(without)}"] if without else []
    if wrong:
        head = f"{cluster}: removed: {shown}. Not removed:"
        return {"ok": False, "lines": [head, *(f"- {text}" for text in wrong), *lines]}
    return {"ok": True, "lines": [f"{cluster}: {'to be removed' if predicted else 'removed'}: {shown}", *lines]}
