# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_rotate_key: which SVMs are re-keyed, in which batches, and with what result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.filter.failures import list_failures
from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import is_denied
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_names, read_labels

Failed = Sequence[Mapping[str, Any]]

#: The error code for an SVM that has no internal key yet, so none can be replaced.
NO_INTERNAL_KEY = "65537559"


def find_errors(*, key: str, key_id: Any, svms: Sequence[str]) -> list[str]:
    """Return what is missing among the variables."""
    found = [] if svms else ["akv_svm: it is empty; name the SVMs, or use * for all SVMs of the cluster."]
    if key != "internal" and not key_id:
        found.append(f"akv_key_id is required with akv_key: {key}.")
    return found


def list_reported(*, done: Any, cluster: str, svms: Sequence[str]) -> list[str]:
    """Return the SVMs of this cluster that an earlier run has re-keyed, as SVM@CLUSTER, if this run includes them."""
    given = list(
        dict.fromkeys(label for label in read_labels(done) if label.endswith(f"@{cluster}") and label != f"@{cluster}")
    )
    if any("*" in svm or resource.is_uuid(svm) for svm in svms):
        return given
    return [label for label in given if label.removesuffix(f"@{cluster}") in svms]


def plan(*, read: Mapping[str, Any], svms: Sequence[str], done: Any, cluster: str, batch_size: Any) -> dict[str, Any]:
    """Return C(batches) of SVMs, C(svms), C(done) and C(missing).

    svms: all of them. done: those of an earlier run as SVM@CLUSTER. missing: the configurations that must exist and do
    not.
    """
    records = [record for record in read.get("azure_key_vaults") or [] if configurations.get_owner(record) is not None]
    names = sorted({str(configurations.get_owner(record)) for record in records if configurations.is_in_use(record)})
    earlier = [label.removesuffix(f"@{cluster}") for label in list_reported(done=done, cluster=cluster, svms=["*"])]
    left, size = [name for name in names if name not in earlier], int(batch_size)
    return {
        "batches": [left[start : start + size] for start in range(0, len(left), size)],
        "svms": names,
        "done": [f"{name}@{cluster}" for name in earlier if name in names],
        "missing": configurations.find_problems(records, [], svms) if svms else [],
    }


def list_healthy(*, batch: Sequence[str], failed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the SVMs of a batch that did not fail; empty after a refused login, as nothing more is sent then."""
    return [] if is_denied(failed) else _leave_out(batch, failed)


def list_finished(*, batch: Sequence[str], failed: Sequence[Mapping[str, Any]], last: Mapping[str, Any]) -> list[str]:
    """Return the SVMs of a batch that are done, also after a refused login: the last re-key was sent, and they did not
    fail.

    last: the run of the last re-key of the batch; it is skipped if an earlier one left no SVM.
    """
    return [] if last.get("skipped") else _leave_out(batch, failed)


def _leave_out(batch: Sequence[str], failed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the SVMs of a batch without those that failed."""
    names = {failure.get("svm") for failure in failed}
    return [svm for svm in batch if svm not in names]


def list_refused(*, result: Mapping[str, Any], svms: Sequence[str]) -> list[dict[str, Any]]:
    """Return the SVMs whose re-key failed. One that has no internal key yet counts as done.

    result: registered, or as the module returned it.
    """
    return list_failures(result, svms, but=[NO_INTERNAL_KEY])


def find_without_internal_key(*, result: Mapping[str, Any]) -> list[str]:
    """Return the SVMs that have no internal key yet."""
    entries = [entry for entry in result.get("results") or [] if isinstance(entry, Mapping)]
    return [str(entry.get("svm")) for entry in entries if (entry.get("error") or {}).get("code") == NO_INTERNAL_KEY]


def judge(*, svms: Sequence[str], seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with SVMs after the re-key.

    seen: the run that read their configurations; empty if it was skipped.
    """
    if not seen or seen.get("skipped"):
        return []
    if seen.get("failed"):
        return list_failures(seen, svms)
    found = health.find_problems(seen.get("azure_key_vaults") or [], ["state", "azure"], svms)
    return [
        {"svm": problem.svm, "code": None, "denied": False, "check": problem.check, "text": problem.text}
        for problem in found
    ]


def is_stopped(*, failed: Sequence[Mapping[str, Any]], most: Any) -> bool:
    """Return whether to stop: too many SVMs failed, or the cluster refused the login."""
    return is_denied(failed) or len({failure.get("svm") for failure in failed}) > int(most)


def summarize(
    *, cluster: str, plan: Mapping[str, Any], wish: Mapping[str, Any], outcome: Mapping[str, Any]
) -> list[str]:
    """Return what was done, which SVMs failed, and how to continue.

    wish: C(key), which keys are replaced; C(key_id), the new external one; C(predicted), whether in check mode; and
    C(most), the number of SVMs that may fail. outcome: C(done), as SVM@CLUSTER, with those of an earlier run;
    C(keyless), those that have no internal key yet; and C(failed).
    """
    done, failed = outcome["done"], outcome["failed"]
    if not plan["svms"]:
        return [f"{cluster}: no SVM has a configuration that is in use; nothing was re-keyed."]
    prefix = "Stopped. " if is_stopped(failed=failed, most=wish["most"]) else ""
    known = [svm for svm in outcome["keyless"] if f"{svm}@{cluster}" in done]
    states = _describe_states(plan, wish, len(done), known, uncertain=bool(failed))
    lines = [f"{prefix}{cluster}: {'; '.join(states)}.", *(f"- {failure['text']}" for failure in failed)]
    begun = {*(label.removesuffix(f"@{cluster}") for label in done), *(failure.get("svm") for failure in failed)}
    later = [svm for svm in plan["svms"] if svm not in begun]
    if later:
        lines.append(f"- Not started: {join_names(later)}")
    return lines + ([] if wish["predicted"] else _format_advice(wish["key"], done, failed, later))


def _format_advice(key: str, done: Sequence[str], failed: Failed, later: Sequence[str]) -> list[str]:
    """Return what to do next; nothing if every SVM is done."""
    lines = []
    if failed and key != "internal":
        lines.append(
            "Do not disable or delete the old or the new key in Azure: an SVM that failed may use either of them."
        )
    if any(failure.get("check") == "state" for failure in failed):
        lines.append("To restore missing keys, run the playbook ontap.akv.recover.")
    if failed or later:
        # Of several -e akv_done, Ansible would use the last one only, and re-key the SVMs of the others again.
        suffix = f" with -e akv_done={','.join(done)}. Join the lists of all hosts with commas" if done else ""
        lines.append(f"To continue, fix the cause and run the playbook again{suffix}.")
    return lines


def _describe_states(
    plan: Mapping[str, Any], wish: Mapping[str, Any], done: int, keyless: Sequence[str], *, uncertain: bool
) -> list[str]:
    """Return how many SVMs have which keys now, as parts of a sentence.

    An SVM of an earlier run is counted apart: whether that run found an internal key is not known. uncertain: an SVM
    failed, perhaps after its re-key, so those that are done may not be the only ones with the new key.
    """
    key, predicted = wish["key"], wish["predicted"]
    total, earlier = len(plan["svms"]), len(plan["done"])
    number = done - earlier
    states = [(number, f"the key {wish['key_id']}", "use")] if key != "internal" else []
    states += [(number - len(keyless), "a new internal key", "have")] if key != "external" else []
    found = [
        f"{count} of {format_count(total, 'SVM')} "
        f"{_format_verb(verb, 1 if total == 1 else count, predicted=predicted, uncertain=uncertain)} {what}"
        for count, what, verb in states
    ]
    if earlier:
        found.append(f"{earlier} {'was' if earlier == 1 else 'were'} done by an earlier run")
    if keyless:
        found.append(f"{len(keyless)} {_format_verb('have', len(keyless))} no internal key yet ({join_names(keyless)})")
    return found


def _format_verb(verb: str, number: int, *, predicted: bool = False, uncertain: bool = False) -> str:
    if predicted:
        return f"would {verb}"
    if uncertain:
        return f"{'is' if number == 1 else 'are'} known to {verb}"
    return verb if number != 1 else {"have": "has", "use": "uses"}[verb]
