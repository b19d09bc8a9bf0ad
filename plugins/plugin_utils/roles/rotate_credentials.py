# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_rotate_credentials: which configurations get the credential, in which batches, and with what result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.filter.certificate import read_certificate
from ansible_collections.ontap.akv.plugins.module_utils.akv import health, selection
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import CREDENTIAL_OPTIONS, find_credential
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.outcomes import (
    is_denied,
    list_all_failures,
    list_changed_uuids,
    list_entries,
    list_runs,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_names, read_names

Records = Sequence[Mapping[str, Any]]


def build_credentials(
    *, new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], rollback: bool
) -> dict[str, Any]:
    """Return the credential to send as C(sent) and the previous one, for restoring it, as C(former).

    A rollback exchanges the two. Each comes from the first source that has it.
    """
    both = (find_credential(new), find_credential(old))
    sent, former = reversed(both) if rollback else both
    return {
        "sent": sent,
        "former": former,
        "word": "old" if rollback else "new",
        "former_word": "new" if rollback else "old",
    }


def find_errors(*, client_id: str, pair: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the application and its credentials. pair: see build_credentials()."""
    found = (
        [] if client_id else ["akv_client_id is required: the ID of the Azure application whose credential is rotated."]
    )
    if len(pair["sent"]) != 1:
        found.append(f"Give exactly one {pair['word']} credential: {_list_variables(pair['word'])}.")
    if len(pair["former"]) > 1:
        found.append(
            f"Give at most one {pair['former_word']} credential, which is put back if the {pair['word']} one does not"
            f" work: {_list_variables(pair['former_word'])}."
        )
    if found:
        return found
    try:
        facts, former_facts = _read_facts(pair["sent"]), _read_facts(pair["former"])
    except AnsibleFilterError as exc:
        return [str(exc)]
    if facts.get("valid") is False:
        dates = f"from {facts['not_before']} to {facts['not_after']}"
        return [f"The {pair['word']} certificate is not valid now. It is valid {dates}."]
    same = _is_same(pair) or (facts.get("fingerprint") and facts["fingerprint"] == former_facts.get("fingerprint"))
    return ["The new credential is the same as the old one."] if same else []


def _list_variables(word: str) -> str:
    """Return the variables that hold the new or the old credential, as part of a sentence."""
    old = "old_" if word == "old" else ""
    *first, last = [f"akv_{old}{option}" for option in CREDENTIAL_OPTIONS]
    prefix = f"ONTAP_AKV_{old.upper()}CLIENT"
    return f"{', '.join(first)} or {last}; in the environment, {prefix}_SECRET or {prefix}_CERTIFICATE"


def _read_facts(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can be read from a certificate; empty for a client secret.

    Raises AnsibleFilterError if the value is not a certificate.
    """
    if given.get("client_certificate"):
        return read_certificate(str(given["client_certificate"]))
    path = given.get("client_certificate_path")
    return read_certificate(str(Path(str(path)).expanduser()), file=True) if path else {}


def is_put_back(*, stop: Mapping[str, Any], given: bool) -> bool:
    """Return whether to restore the previous credential.

    After a refused login it is not restored, because any request could lock the account.
    """
    return (
        given
        and bool(list_changed_uuids(stop["sent"]))
        and not is_denied([*list_all_failures(stop["sent"]), *stop["problems"]])
    )


def _is_same(pair: Mapping[str, Any]) -> bool:
    return any(kind in pair["sent"] and pair["sent"][kind] == pair["former"].get(kind) for kind in CREDENTIAL_OPTIONS)


def plan(*, records: Records, client_id: str, svms: Sequence[str], canary: Any, batch_size: Any) -> dict[str, Any]:
    """Return C(batches) of configurations, C(svms) and C(canary) by name, C(cluster), and C(missing), why given SVMs
    are left out.

    svms: those that were requested, all if empty. Each configuration has C(uuid), C(name), C(svm) and C(enabled), and
    C(alone), whether it is the only one of its SVM.
    """
    found = [
        record
        for record in configurations.select_application(records, client_id)
        if configurations.get_owner(record) is not None
    ]
    names = sorted({str(configurations.get_owner(record)) for record in found})
    wanted = read_names(canary)
    first = [name for name in names if name in wanted] or names[:1]
    rest = [name for name in names if name not in first]
    size = int(batch_size)
    groups = [group for group in (first, *(rest[start : start + size] for start in range(0, len(rest), size))) if group]
    owners = [configurations.get_owner(record) for record in records]
    entries = [
        _build_configuration(record, alone=owners.count(configurations.get_owner(record)) == 1) for record in found
    ]
    return {
        "batches": [[entry for name in group for entry in entries if entry["svm"] == name] for group in groups],
        "svms": names,
        "canary": first,
        "not_canary": [name for name in wanted if name not in names],
        "cluster": len(configurations.select_application(records, client_id)) > len(found),
        "missing": _explain_missing(records, found, svms, client_id),
    }


def _build_configuration(record: Mapping[str, Any], *, alone: bool) -> dict[str, Any]:
    return {
        "uuid": record["uuid"],
        "name": configurations.get_name(record),
        "svm": configurations.get_owner(record),
        "enabled": configurations.is_in_use(record),
        "alone": alone,
    }


def _explain_missing(records: Records, found: Records, svms: Sequence[str], client_id: str) -> list[str]:
    """Return why given SVMs are left out: they have no configuration, or use another application."""
    absent = configurations.find_missing(records, svms)
    foreign = [svm for svm in configurations.find_missing(found, svms) if svm not in absent]
    texts = [problem.text for problem in health.find_problems([], [], absent)]
    return texts + [
        f"{svm}: {'the matching configurations use' if '*' in svm else 'its configuration uses'} the application"
        f" {_find_application(records, svm)}, not {client_id}"
        for svm in foreign
    ]


def _find_application(records: Records, svm: str) -> str:
    return join_names(
        dict.fromkeys(str(record.get("client_id")) for record in records if selection.is_match(svm, record))
    )


def build_targets(*, batch: Records, uuids: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the targets of a batch, or of some of its configurations.

    All SVMs with one configuration form one target, every other configuration another one.
    """
    chosen = [entry for entry in batch if uuids is None or entry["uuid"] in uuids]
    alone = [entry["svm"] for entry in chosen if entry["alone"]]
    others = [{"uuid": entry["uuid"], "name": entry["name"]} for entry in chosen if not entry["alone"]]
    return ([{"svm": alone, "name": ", ".join(alone)}] if alone else []) + others


def judge(*, batch: Records, seen: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with a batch, each with C(text) and C(denied).

    seen: the run that read its configurations; empty if it was skipped.
    """
    if not seen or seen.get("skipped"):
        return []
    if seen.get("failed"):
        return list_all_failures(seen)
    records = {record.get("uuid"): record for record in seen.get("azure_key_vaults") or []}
    gone = [f"{entry['name']}: the configuration no longer exists" for entry in batch if entry["uuid"] not in records]
    enabled = [
        records[entry["uuid"]]
        for entry in batch
        if entry["uuid"] in records and configurations.is_in_use(records[entry["uuid"]])
    ]
    # ONTAP does not check the credential of such a configuration.
    disabled = [
        f"{entry['name']}: the configuration is no longer enabled, so the credential was not verified"
        for entry in batch
        if entry["enabled"] and entry["uuid"] in records and not configurations.is_in_use(records[entry["uuid"]])
    ]
    return [
        {"text": text, "denied": False}
        for text in gone + disabled + [problem.text for problem in health.find_problems(enabled, ["azure"])]
    ]


def announce(*, cluster: str, plan: Mapping[str, Any], word: str) -> str:
    """Return the line that announces the rotation."""
    first = f", first {join_names(plan['canary'])}" if plan["svms"] else ""
    unknown = (
        f" akv_canary names SVMs that are not among them: {join_names(plan['not_canary'])}."
        if plan["not_canary"]
        else ""
    )
    number = format_count(len(plan["svms"]), "SVM")
    return f"{cluster}: {number} {'gets' if len(plan['svms']) == 1 else 'get'} the {word} credential{first}.{unknown}"


def select_changed(*, batch: Records, sent: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the configurations of a batch that were changed, or may have been."""
    uuids = list_changed_uuids(sent)
    return [dict(entry) for entry in batch if entry["uuid"] in uuids]


def explain_stop(
    *,
    cluster: str,
    plan: Mapping[str, Any],
    word: str,
    stop: Mapping[str, Any],
    back: Mapping[str, Any],
    predicted: bool = False,
) -> list[str]:
    """Return why the rotation stopped at a batch, and which SVM has which credential now.

    stop: C(index) of the batch; C(sent), the result of sending; C(problems) found afterwards. back: C(given), whether
    the previous credential is available; C(result) of restoring it; C(problems) found afterwards. predicted: whether
    this is check mode, in which nothing was sent.
    """
    index, batches = int(stop["index"]), plan["batches"]
    failed = [*list_all_failures(stop["sent"]), *stop["problems"]]
    reasons = [f"- {text}" for text in dict.fromkeys(failure["text"] for failure in failed)]
    where = "the canary" if index == 0 else f"batch {index}"
    if predicted:
        return [f"{cluster}: would stop at {where}.", *reasons, "Check mode: nothing was sent."]
    put = select_changed(batch=batches[index], sent=stop["sent"])
    before = [entry["name"] for earlier in batches[:index] for entry in earlier]
    untried, unclear = _find_unreported(batches[index], stop["sent"])
    later = untried + [entry["name"] for following in batches[index + 1 :] for entry in following]
    return [
        f"{cluster}: stopped at {where}.",
        *reasons,
        *_describe_unclear(unclear),
        *_describe_state(put, word, back, denied=is_denied(failed)),
        f"Rotated in earlier batches, and kept: {join_names(before)}",
        f"Not started: {join_names(later)}",
        _describe_next_step(put, word, back),
    ]


def _find_unreported(entries: Records, result: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the configurations of which a loop of a module reports nothing: not tried, and perhaps tried.

    The loop ends at a refused login, or at a failure. A run that reports an error but no results ended before it sent
    anything; one that reports neither was cut off.
    """
    reported = {entry.get("uuid") for entry in list_entries(result)}
    unreported = [entry for entry in entries if entry["uuid"] not in reported]
    cut_off = [
        run.get(str(run.get("ansible_loop_var")), {})
        for run in list_runs(result)
        if run.get("failed") and not run.get("results") and not run.get("error")
    ]
    unclear = [
        entry["name"]
        for entry in unreported
        if any(entry["uuid"] == target.get("uuid") or entry["svm"] in target.get("svm", []) for target in cut_off)
    ]
    return [entry["name"] for entry in unreported if entry["name"] not in unclear], unclear


def _describe_unclear(names: Sequence[str]) -> list[str]:
    return [f"Which credential these have is not known: {join_names(names)}"] if names else []


def _describe_next_step(put: Records, word: str, back: Mapping[str, Any]) -> str:
    """Return what to do after a rotation that stopped."""
    if put and back["given"] and back["problems"] and not list_all_failures(back["result"]):
        return (
            "The vaults could not be reached with the former credential either: check the vault, the key and the"
            " network, then run the playbook again."
        )
    if put and (not back["given"] or list_all_failures(back["result"])) and word == "new":
        return (
            "Fix the cause and run the playbook again, or put the old credential back: set akv_rollback: true and"
            f" {_list_variables('old')}."
        )
    return "Fix the cause, then run the playbook again."


def _describe_state(put: Records, word: str, back: Mapping[str, Any], *, denied: bool) -> list[str]:
    """Return which credential the configurations of the stopped batch have now, as lines."""
    names = join_names(entry["name"] for entry in put)
    if not put:
        return ["No SVM of this batch was changed."]
    if denied:
        return [
            f"These have the {word} credential; nothing was put back, because the cluster refused the login: {names}"
        ]
    if not back["given"]:
        return [f"These have the {word} credential, because no other was given to put back: {names}"]
    if list_all_failures(back["result"]):
        return _describe_failed_return(put, word, back)
    found = [problem["text"] for problem in back["problems"]]
    if found:
        return [f"The former credential was put back on {names}, but the verification failed: {join_names(found)}"]
    standby = [entry["name"] for entry in put if not entry["enabled"]]
    unseen = f" Not enabled, so not verified: {join_names(standby)}." if standby else ""
    return [f"The former credential was put back on {names}, and the vaults are reachable with it.{unseen}"]


def _describe_failed_return(put: Records, word: str, back: Mapping[str, Any]) -> list[str]:
    """Return why the former credential was not put back on some configurations, and on which."""
    result = back["result"]
    untried, unclear = _find_unreported(put, result)
    done = {entry.get("uuid") for entry in list_entries(result) if entry.get("changed") and not entry.get("error")}
    returned = [entry["name"] for entry in put if entry["uuid"] in done]
    found = [problem["text"] for problem in back["problems"]]
    reasons = join_names(failure["text"] for failure in list_all_failures(result))
    return [
        f"Putting the former credential back FAILED: {reasons}",
        *([f"Not tried, so these still have the {word} credential: {join_names(untried)}"] if untried else []),
        *_describe_unclear(unclear),
        *([f"The former credential was put back on {join_names(returned)}"] if returned else []),
        *([f"Found afterwards: {join_names(found)}"] if found else []),
    ]


def summarize(*, cluster: str, plan: Mapping[str, Any], word: str, client_id: str, predicted: bool) -> list[str]:
    """Return what was done, what was left out, and what to do next."""
    number = len(plan["svms"])
    if not number and not plan["missing"] and not plan["cluster"]:
        return [f"{cluster}: no SVM uses the application {client_id}; nothing was sent."]
    standby = [entry["name"] for batch in plan["batches"] for entry in batch if not entry["enabled"]]
    verb = ("would use" if predicted else "use" if number != 1 else "uses") + f" the {word} credential"
    lines = [f"{cluster}: {format_count(number, 'SVM')} of the application {client_id} {verb}."]
    if standby:
        lines.append(
            f"- Sent, but not verified, because ONTAP checks only enabled configurations: {join_names(standby)}"
        )
    lines += [f"- Left out: {text}" for text in plan["missing"]]
    if plan["cluster"]:
        lines.append(
            "- Left out: the cluster's configuration also uses this application. Change it with"
            " ontap.akv.azure_key_vault and scope: cluster before you delete the old credential in Azure."
        )
    if number and not predicted and word == "new" and not plan["cluster"]:
        lines.append(
            "You can delete the old credential in Azure as soon as every cluster that uses the application is done."
        )
    if number and not predicted and word == "old":
        lines.append("Keep the old credential in Azure: the SVMs need it.")
    return lines
