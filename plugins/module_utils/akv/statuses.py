# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads configurations with their statuses; a status that the cluster cannot read costs neither the records nor the other statuses.

A status is an advanced property: C(state), C(azure_reachability), C(ekmip_reachability). From ONTAP 9.15.1 on, a request that names one
may fail as a whole because the cluster cannot read it for one SVM (ONTAP REST API reference, error codes of "Retrieve AKVs").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import query as queries
from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

#: Errors of a request for a status that say nothing about the records.
UNREADABLE_CODES = frozenset({"65537549", "65537551", "65537552"})
#: Requests about single configurations that one reading may take.
_MOST_SINGLE = 200


class UnreadStatus(NamedTuple):
    """A status that could not be read. uuid: of the configuration. name: of the property. error: why, None if ONTAP does not say."""

    uuid: str
    name: str
    error: AkvError | None


def find_with_statuses(
    client: Client, chosen: selection.Selector, query: Mapping[str, str], statuses: Sequence[str]
) -> tuple[list[dict[str, Any]], list[UnreadStatus]]:
    """Return the configurations that the targets and a query select, and which of the statuses could not be read. Raises AkvError.

    query: without the statuses. It costs one request as long as every status can be read.
    """
    if not statuses:
        return queries.find(client, chosen, query, None, dear=False), []
    refusal: AkvError | None = None
    try:
        records = queries.find(client, chosen, {**query, "fields": ",".join((query["fields"], *statuses))}, None, dear=True)
    except AkvError as exc:
        if exc.code not in UNREADABLE_CODES:
            raise
        refusal, records = exc, queries.find(client, chosen, query, None, dear=False)
    return _complete(client, records, statuses, refusal)


def _complete(
    client: Client, records: Sequence[dict[str, Any]], statuses: Sequence[str], refusal: AkvError | None
) -> tuple[list[dict[str, Any]], list[UnreadStatus]]:
    """Return records with the statuses that they lack, as far as these can be read for each alone; refusal: of all together."""
    complete, unread, left = [], [], _MOST_SINGLE
    for record in records:
        # Of a configuration that is not enabled ONTAP says nothing more.
        lacking = [name for name in statuses if record.get(name) is None and record.get("enabled") is not False]
        read: dict[str, Any] = {}
        for names in _attempts(lacking):
            missing = [name for name in names if name not in read]
            if missing and left > 0:
                left -= 1
                found, reason = _read_alone(client, record["uuid"], missing)
                read.update(found)
            else:
                reason = refusal
            if len(names) == 1 and names[0] not in read:
                unread.append(UnreadStatus(record["uuid"], names[0], reason))
        complete.append({**record, **read})
    return complete, unread


def _attempts(names: Sequence[str]) -> list[list[str]]:
    """Return what is asked for: all together, since mostly another configuration is to blame, then each by itself."""
    return [list(names), *([name] for name in names)] if len(names) > 1 else [[name] for name in names]


def _read_alone(client: Client, uuid: str, names: Sequence[str]) -> tuple[dict[str, Any], AkvError | None]:
    """Return some statuses of one configuration, as far as they can be read, and why they cannot be."""
    try:
        record = resource.public(client.record(resource.path_of(uuid), {"fields": ",".join(names)}))
    except AkvError as exc:
        # One that was removed meanwhile is missed by the next reading.
        if exc.code not in UNREADABLE_CODES and not exc.gone:
            raise
        return {}, exc
    return {name: record[name] for name in names if record.get(name) is not None}, None
