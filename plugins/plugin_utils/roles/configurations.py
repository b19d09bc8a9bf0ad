# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations as the roles see them: which are in use, which are standby, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines

Record = Mapping[str, Any]

_CLUSTER_MISSING = "cluster: no configuration found"


def is_in_use(record: Record) -> bool:
    """Return whether a configuration is enabled; before ONTAP 9.14 all of them are."""
    return record.get("enabled") is not False


def get_owner(record: Record) -> str | None:
    """Return the name of the SVM that a configuration belongs to, None for the cluster."""
    return resource.get_svm(record, "name")


def get_name(record: Record) -> str:
    """Return what messages call a configuration: the SVM, with the configuration's name if it is not the default."""
    return selection.make_label(get_owner(record) or "cluster", resource.get_configuration(record, "name"))


def select_application(records: Iterable[Record], client_id: str) -> list[Record]:
    """Return the configurations of an Azure application.

    They are compared here because a query of ONTAP has operators and is case-sensitive.
    """
    return [record for record in records if str(record.get("client_id") or "").lower() == client_id.lower()]


def find_missing(records: Sequence[Record], svms: Iterable[str]) -> list[str]:
    """Return the given SVMs (names, UUIDs or patterns) that have no configuration.

    A pattern that matches nothing is probably misspelled, except C(*), which takes what exists.
    """
    return [svm for svm in svms if svm != "*" and not any(selection.is_match(svm, record) for record in records)]


def find_missing_cluster(records: Sequence[Record]) -> list[str]:
    """Return a line if the cluster itself has no configuration."""
    return [] if any(get_owner(record) is None for record in records) else [_CLUSTER_MISSING]


def find_without_enabled(records: Sequence[Record]) -> list[str]:
    """Return a line for each owner that has configurations but no enabled one."""
    owners: dict[str | None, list[Record]] = {}
    for record in records:
        owners.setdefault(get_owner(record), []).append(record)
    return [
        f"{owner or 'cluster'}: no configuration is enabled (not enabled:"
        f" {', '.join(_make_label(each) for each in found)})."
        for owner, found in owners.items()
        if not any(is_in_use(each) for each in found)
    ]


def _make_label(record: Record) -> str:
    return resource.get_configuration(record, "name") or str(record.get("uuid"))


def find_problems(
    records: Sequence[Record], checks: Sequence[str], svms: Sequence[str] = (), unread: Sequence[Record] = ()
) -> list[str]:
    """Return what is wrong with configurations, one line each.

    svms: those that must have a configuration; if none of theirs is enabled, that is a problem too. unread: the
    statuses that the cluster could not read, as C(akv_info) returns them.
    """
    gone = [found.text for found in health.find_problems([], [], find_missing(records, svms))]
    found = health.find_problems([each for each in records if is_in_use(each)], checks, unread=unread)
    return gone + find_without_enabled(records) + [each.text for each in found]


def describe_refusal(result: Mapping[str, Any]) -> str:
    """Return why a task failed, in one line."""
    return join_lines(result.get("msg") or "the task failed without a message")


def build_targets(records: Sequence[Record]) -> list[dict[str, Any]]:
    """Return the targets that select configurations in a module.

    All SVMs with a single configuration form one target; every other configuration is selected by its UUID.
    """
    several = {owner for owner in map(get_owner, records) if sum(get_owner(each) == owner for each in records) > 1}
    alone = [owner for record in records if (owner := get_owner(record)) is not None and owner not in several]
    others = [
        {"uuid": record["uuid"], "name": get_name(record)}
        for record in records
        if get_owner(record) in several or get_owner(record) is None
    ]
    return ([{"svm": alone, "name": ", ".join(alone)}] if alone else []) + others
