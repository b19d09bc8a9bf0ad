# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_recover: which keys are restored, and which are still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import (
    is_denied,
    list_all_failures,
    list_runs,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_names

_ADVICE = (
    "Fix the reason that ONTAP gives, then run the playbook again. Until then, do not reboot nodes that are up, and do"
    " not delete the configuration. 'Volumes are offline' in the guide to day-2 operations helps to find the reason. If"
    " the key was deleted in Azure, first read 'If the external key is lost' in the guide to concepts."
)
_VOLUMES = (
    "ONTAP brings the volumes online again. To list those that are still offline, run 'volume show -state offline' on"
    " the cluster, and bring them online with 'volume online'."
)
_REMAINING = "These problems remain. A restore does not solve them, and volumes can be offline because of them:"
_NEXT = "The playbook ontap.akv.health says what to do about them."
#: More lines than this are grouped: a line for each problem, with all SVMs that have it.
_LINES = 12


def plan(*, read: Mapping[str, Any], svms: Sequence[str]) -> dict[str, Any]:
    """Return what to restore: C(targets) for the module, C(checks), C(names) for messages, C(before), C(absent) and
    C(used).

    checks: what to read at the end: the targets, or everything if no key is missing. before: the problems before the
    restore. absent: the configurations that must exist and do not. used: the number of configurations that are in use.
    """
    records = read.get("azure_key_vaults") or []
    used = [record for record in records if configurations.is_in_use(record)]
    missing = health.find_problems(used, ["state"])
    names = list(dict.fromkeys(problem.svm for problem in missing if problem.svm))
    cluster = any(problem.svm is None for problem in missing)
    targets = ([{"svm": names}] if names else []) + ([{"scope": "cluster"}] if cluster else [])
    everything = [{"svm": list(svms)} if svms else {}] if used else []
    return {
        "targets": targets,
        "checks": targets or everything,
        "names": names + (["the cluster itself"] if cluster else []),
        "before": [problem.text for problem in missing],
        "absent": configurations.find_problems(records, [], svms) if svms else [],
        "used": len(used),
    }


def summarize(
    *, cluster: str, plan: Mapping[str, Any], done: Mapping[str, Any], seen: Mapping[str, Any], predicted: bool
) -> dict[str, Any]:
    """Return C(ok), whether all keys are available, and C(lines) to show.

    done: the result of the restore. seen: the result of the read after it.
    """
    refused = list_all_failures(done)
    texts = [failure["text"] for failure in refused]
    missing, remaining, unread = _judge_last_read(seen)
    if is_denied(refused):
        missing, unread = list(plan["before"]), []
    elif plan["targets"]:
        unread += _find_gone(plan, _list_records(seen), predicted)
    else:
        # All keys were available at the first read; the second one only looks for other problems.
        remaining, unread = [*remaining, *unread], []
    wrong = [*plan["absent"], *missing, *unread]
    if wrong or (refused and predicted):
        known = _format_lines([*wrong, *texts])
        if not missing and not unread and not refused:
            return {"ok": False, "lines": [f"{cluster}: restored: {join_names(plan['names'])}. Not restored:", *known]}
        return {"ok": False, "lines": [f"{cluster}: keys are still missing.", *known, _ADVICE]}
    last = [_REMAINING, *_format_lines(remaining), _NEXT] if remaining else []
    if not plan["names"]:
        return {"ok": True, "lines": [f"{cluster}: {_describe_nothing(plan['used'])}", *last]}
    verb = "to be restored" if predicted else "restored"
    before = _format_lines(plan["before"], "before: ")
    volumes = [] if predicted else [_VOLUMES]
    return {
        "ok": True,
        "lines": [f"{cluster}: {verb}: {join_names(plan['names'])}", *before, *volumes, *last],
    }


def _describe_nothing(used: int) -> str:
    if not used:
        return "nothing to restore, because no configuration is in use."
    return f"nothing to restore; {format_count(used, 'configuration')} checked, and no key is missing."


def _list_records(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [record for run in list_runs(seen) for record in run.get("azure_key_vaults") or []]


def _judge_last_read(seen: Mapping[str, Any]) -> tuple[list[str], list[str], list[str]]:
    """Return the missing keys, each with its possible reasons (the connection to Azure, and the nodes), the other
    problems of these kinds, and what could not be read.
    """
    records = _list_records(seen)
    unread = [status for run in list_runs(seen) for status in run.get("unread") or []]
    found = health.find_problems(records, ["state", "azure", "ekmip"], unread=unread)
    lost = {problem.uuid for problem in found if problem.check == "state"}
    missing = [problem.text for problem in found if problem.uuid in lost]
    others = [problem.text for problem in found if problem.uuid not in lost]
    return missing, others, [failure["text"] for failure in list_all_failures(seen)]


def _format_lines(texts: Sequence[str], lead: str = "") -> list[str]:
    """Return a line for each text; if there are many, one for each problem, with the names before it."""
    distinct = list(dict.fromkeys(texts))
    if len(distinct) > _LINES:
        names: dict[str, list[str]] = {}
        for text in distinct:
            name, colon, problem = text.partition(": ")
            names.setdefault(problem if colon else text, []).append(name if colon else "")
        distinct = [f"{', '.join(owners)}: {problem}" if any(owners) else problem for problem, owners in names.items()]
    return [f"- {lead}{text}" for text in distinct]


def _find_gone(plan: Mapping[str, Any], records: Sequence[Mapping[str, Any]], predicted: bool) -> list[str]:
    """Return the configurations that were to be restored and no longer exist."""
    if predicted:
        return []
    svms = [svm for target in plan["targets"] for svm in target.get("svm", [])]
    cluster = any(target.get("scope") == "cluster" for target in plan["targets"])
    return configurations.find_problems(records, [], svms) + (
        configurations.find_missing_cluster(records) if cluster else []
    )
