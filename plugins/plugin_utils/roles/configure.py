# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_configure: what each entry describes, and whether the cluster matches it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource, selection
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import (
    is_denied,
    list_all_failures,
    list_entries,
    list_runs,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.variables import (
    find_description_errors,
    find_refusal,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import RESTORE_ADVICE, join_few, join_names

#: The words of the summary for what was done.
_VERBS = {"create": "created", "update": "updated", "rekey": "re-keyed", "delete": "removed"}
#: What to do about the problems that a check finds.
_ADVICE = {
    "azure": (
        "If the credential is the reason, correct it and run the playbook again with akv_update_credentials:"
        " when_unreachable. By default it is not sent again to a configuration that exists."
    ),
    "state": RESTORE_ADVICE,
}

Entry = Mapping[str, Any]


def _complete(entries: Sequence[Entry], common: Entry) -> list[dict[str, Any]]:
    """Return the entries with the common values; those of an entry take precedence."""
    return [{**common, **entry} for entry in entries]


def find_errors(*, entries: Sequence[Entry], common: Entry) -> list[str]:
    """Return what is wrong with entries and common values, before anything is sent."""
    if wrong := find_description_errors(entries, common):
        return wrong
    complete = enumerate(_complete(entries, common), 1)
    return [f"akv_configurations, entry {number}: {text}" for number, entry in complete for text in _find_errors(entry)]


def _find_errors(entry: Entry) -> list[str]:
    checks: list[Callable[[], Any]] = [
        lambda: selection.read_selector({"svm": _list_svms(entry), **_choose(entry)}, wildcards=False)
    ]
    if entry.get("name"):
        checks.append(lambda: resource.parse_vault(str(entry["name"])))
    if entry.get("key_id"):
        checks.append(lambda: resource.parse_key(str(entry["key_id"])))
    return [text for check in checks if (text := find_refusal(check))]


def _list_svms(entry: Entry) -> list[str] | None:
    """Return the SVMs of an entry; an empty item is kept, so that it is refused."""
    if "svm" not in entry:
        return None
    items = entry["svm"] if isinstance(entry["svm"], (list, tuple)) else [entry["svm"]]
    return [part.strip() for item in items for part in str("" if item is None else item).split(",")]


def _choose(entry: Entry) -> dict[str, Any]:
    return {name: entry.get(name) for name in ("scope", "configuration")}


def list_uuids(*, entries: Sequence[Entry], common: Entry) -> list[str]:
    """Return the SVMs given by UUID if others are given by name: only the cluster knows which of them are the same."""
    svms = [svm for entry in _complete(entries, common) for svm in _list_svms(entry) or []]
    found = [svm.lower() for svm in svms if resource.is_uuid(svm)]
    return list(dict.fromkeys(found)) if len(found) < len(svms) else []


def find_duplicates(*, entries: Sequence[Entry], common: Entry, svms: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the configurations that are described more than once.

    svms: C(name) and C(uuid) of the SVMs that are given by UUID.
    """
    names = {str(svm["uuid"]).lower(): str(svm["name"]) for svm in svms}
    described = [
        (
            names.get(owner.lower(), owner) if owner != "scope: cluster" else owner,
            str(entry.get("configuration") or selection.DEFAULT),
        )
        for entry in _complete(entries, common)
        for owner in _list_owners(entry)
    ]
    return [
        owner if configuration == selection.DEFAULT else f"{owner} (configuration {configuration})"
        for (owner, configuration), number in Counter(described).items()
        if number > 1
    ]


def _list_owners(entry: Entry) -> list[str]:
    svms = [svm.lower() if resource.is_uuid(svm) else svm for svm in _list_svms(entry) or []]
    return svms + (["scope: cluster"] if entry.get("scope") == "cluster" else [])


def judge(*, entry: Entry, done: Mapping[str, Any], seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with an entry after it was applied, each with C(text), C(denied) and C(check), None if no
    check found it.

    done: the run of the entry; what was refused there is not reported again. seen: the run that read its
    configurations.
    """
    if seen.get("failed"):
        return [{**failure, "check": None} for failure in list_all_failures(seen)]
    refused = {failure["svm"] for failure in list_all_failures(done)}
    svms = [svm for svm in _list_svms(entry) or [] if svm not in refused]
    read = sorted(seen.get("azure_key_vaults") or [], key=lambda record: configurations.get_owner(record) or "")
    records = [record for record in read if configurations.get_owner(record) not in refused]
    texts = [problem.text for problem in health.find_problems([], [], configurations.find_missing(records, svms))]
    if entry.get("scope") == "cluster" and None not in refused:
        texts += configurations.find_missing_cluster(records)
    if _is_enabled_required(entry):
        texts += configurations.find_without_enabled(records)
    found = health.find_problems([each for each in records if configurations.is_in_use(each)], ["state", "azure"])
    told = [*((text, None) for text in texts), *((problem.text, problem.check) for problem in found)]
    return [{"text": text, "denied": False, "check": check} for text, check in told]


def _is_enabled_required(entry: Entry) -> bool:
    """Return whether the configuration must be enabled: a named one may be standby, unless the entry says otherwise."""
    return bool(entry.get("enabled", (entry.get("configuration") or selection.DEFAULT) == selection.DEFAULT))


def is_hopeless(*, done: Mapping[str, Any]) -> bool:
    """Return whether the next entries would fail too: the cluster refuses the login or does not respond."""
    error = done.get("error") or {}
    unanswered = "results" not in done and error.get("method") is not None and error.get("status") is None
    return is_denied(list_all_failures(done)) or unanswered


def summarize(
    *,
    cluster: str,
    entries: Sequence[Entry],
    common: Entry,
    done: Mapping[str, Any],
    seen: Mapping[str, Any],
    predicted: bool,
) -> dict[str, Any]:
    """Return C(ok), whether the cluster matches the description, and C(lines) to show.

    done, seen: the results of the loops that applied and read the entries.
    """
    runs, entries = list_runs(done), _complete(entries, common)
    refused = [failure["text"] for failure in list_all_failures(done)]
    found = [
        found
        for number, run in enumerate(seen.get("results") or [])
        if not run.get("skipped")
        for found in _judge_run(entries, runs, number, run)
    ]
    left = [svm for entry in entries[len(runs) :] for svm in _list_owners(entry)]
    wrong = [*refused, *(each["text"] for each in found), *([f"Not started: {join_names(left)}"] if left else [])]
    counts = _format_counts(done, predicted)
    if wrong:
        head = "is not as described" if list_entries(done) else "could not be configured"
        advice = [text for check, text in _ADVICE.items() if any(each["check"] == check for each in found)]
        texts = [f"- {text}" for text in dict.fromkeys(wrong)]
        return {"ok": False, "lines": [f"{cluster} {head}:", *texts, *counts, *advice]}
    if not entries:
        text = f"{cluster}: akv_configurations is empty, so nothing was configured and nothing was checked."
        return {"ok": True, "lines": [text]}
    number = len(entries)
    verb = "checked" if predicted else "is as described" if number == 1 else "are as described"
    head = f"{number} {'entry' if number == 1 else 'entries'} {verb}"
    return {"ok": True, "lines": [" ".join([f"{cluster}: {head}.", *counts])]}


def _judge_run(
    entries: Sequence[Entry], runs: Sequence[Mapping[str, Any]], number: int, run: Mapping[str, Any]
) -> list[dict[str, Any]]:
    return judge(entry=entries[number], done=runs[number] if number < len(runs) else {}, seen=run)


def _format_counts(done: Mapping[str, Any], predicted: bool) -> list[str]:
    """Return a sentence about the configurations that were applied, empty if nothing was applied."""
    told = [entry for entry in list_entries(done) if entry.get("changed") or not entry.get("error")]
    changed = [entry for entry in told if entry.get("changed")]
    counts = Counter(_VERBS.get(str(entry.get("action")), "changed") for entry in changed)
    unchanged = len(told) - len(changed)
    # In check mode, nothing looks for the SVM of a new configuration, so its name may be misspelled.
    created = [
        selection.make_label(entry.get("svm") or "cluster", entry.get("configuration"))
        for entry in changed
        if predicted and entry.get("action") == "create"
    ]
    names = {"created": f" ({join_few(created)})"} if created else {}
    parts = [f"{counted} {verb}{names.get(verb, '')}" for verb, counted in counts.items()]
    parts += [f"{unchanged} unchanged"] if unchanged else []
    return [f"Configurations: {', '.join(parts)}{' (predicted)' if predicted else ''}."] if parts else []
