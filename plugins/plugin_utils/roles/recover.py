# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_recover: which keys are restored, and which are still missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import is_denied, list_all_failures
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_names

_ADVICE = (
    "Fix the reason that ONTAP gives, then run the playbook again. Until then, do not reboot nodes, and do not delete"
    " the configuration. 'Volumes are offline' in the guide to day-2 operations helps to find the reason. If the key"
    " was deleted in Azure, first read 'If the external key is lost' in the guide to concepts."
)
_VOLUMES = (
    "ONTAP brings the volumes online again. To list those that are still offline, run 'volume show -state offline' on"
    " the cluster, and bring them online with 'volume online'."
)


def plan(*, read: Mapping[str, Any], svms: Sequence[str]) -> dict[str, Any]:
    """Return what to restore: C(targets) for the module, C(names) for messages, C(before), C(absent) and C(used).

    before: the problems before the restore. absent: the configurations that must exist and do not. used: the number of
    configurations that are in use.
    """
    records = read.get("azure_key_vaults") or []
    used = [record for record in records if configurations.is_in_use(record)]
    missing = health.find_problems(used, ["state"])
    names = list(dict.fromkeys(problem.svm for problem in missing if problem.svm))
    cluster = any(problem.svm is None for problem in missing)
    return {
        "targets": ([{"svm": names}] if names else []) + ([{"scope": "cluster"}] if cluster else []),
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
    if is_denied(refused):
        after, unread = list(plan["before"]), []
    else:
        records = [record for result in seen.get("results") or [] for record in result.get("azure_key_vaults") or []]
        after = _find_still_missing(records)
        unread = [failure["text"] for failure in list_all_failures(seen)] + _find_gone(plan, records, predicted)
    wrong = list(plan["absent"]) + after + unread
    if wrong or (refused and predicted):
        texts = [failure["text"] for failure in refused]
        known = [f"- {text}" for text in dict.fromkeys([*wrong, *texts])]
        if not after and not unread and not refused:
            return {"ok": False, "lines": [f"{cluster}: restored: {join_names(plan['names'])}. Not restored:", *known]}
        return {"ok": False, "lines": [f"{cluster}: keys are still missing.", *known, _ADVICE]}
    if not plan["names"]:
        return {"ok": True, "lines": [f"{cluster}: {_describe_nothing(plan['used'])}"]}
    verb = "to be restored" if predicted else "restored"
    head = f"{cluster}: {verb}: {join_names(plan['names'])}"
    last = [] if predicted else [_VOLUMES]
    return {"ok": True, "lines": [head, *(f"- before: {text}" for text in plan["before"]), *last]}


def _describe_nothing(used: int) -> str:
    if not used:
        return "nothing to restore, because no configuration is in use."
    return f"nothing to restore; {format_count(used, 'configuration')} checked, and no key is missing."


def _find_still_missing(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the missing keys, each with its possible reasons: the connection to Azure, and the nodes."""
    lost = {problem.uuid for problem in health.find_problems(records, ["state"])}
    found = [record for record in records if record.get("uuid") in lost]
    return [problem.text for problem in health.find_problems(found, ["state", "azure", "ekmip"])]


def _find_gone(plan: Mapping[str, Any], records: Sequence[Mapping[str, Any]], predicted: bool) -> list[str]:
    """Return the configurations that were to be restored and no longer exist."""
    if predicted:
        return []
    svms = [svm for target in plan["targets"] for svm in target.get("svm", [])]
    cluster = any(target.get("scope") == "cluster" for target in plan["targets"])
    return configurations.find_problems(records, [], svms) + (
        configurations.find_missing_cluster(records) if cluster else []
    )
