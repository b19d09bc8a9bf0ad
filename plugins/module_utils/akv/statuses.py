# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read configurations with their statuses; if the cluster cannot read one status, the rest is returned all the same.

A status is an advanced property: C(state), C(azure_reachability), C(ekmip_reachability). From ONTAP 9.15.1 on, a
request that names one may fail as a whole because the cluster cannot read it for one SVM (ONTAP REST API reference,
error codes of "Retrieve AKVs").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import query as queries
from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client

#: Error codes of a request for statuses that do not concern the records.
UNREADABLE_CODES = frozenset({"65537549", "65537551", "65537552"})
#: Maximum number of requests for single configurations in one read.
_MOST_SINGLE = 200


class UnreadStatus(NamedTuple):
    """A status that could not be read.

    uuid: the configuration's UUID. name: the property's name. error: the reason, None if ONTAP does not give one.
    """

    uuid: str
    name: str
    error: AkvError | None


def find_with_statuses(
    client: Client, chosen: selection.Selector, query: Mapping[str, str], statuses: Sequence[str]
) -> tuple[list[dict[str, Any]], list[UnreadStatus]]:
    """Return the configurations that the targets and a query select, and the statuses that could not be read.

    query: without the statuses. Sends one request as long as every status can be read. Raises AkvError.
    """
    if not statuses:
        return queries.find(client, chosen, query, None, expensive=False), []
    refusal: AkvError | None = None
    try:
        records = queries.find(client, chosen, {**query, "fields": ",".join((query["fields"], *statuses))}, None, expensive=True)
    except AkvError as exc:
        if exc.code not in UNREADABLE_CODES:
            raise
        refusal, records = exc, queries.find(client, chosen, query, None, expensive=False)
    return _complete(client, records, statuses, refusal)


def _complete(
    client: Client, records: Sequence[dict[str, Any]], statuses: Sequence[str], refusal: AkvError | None
) -> tuple[list[dict[str, Any]], list[UnreadStatus]]:
    """Return the records with the statuses that can be read for each alone, and the statuses that cannot be read.

    refusal: the error of the request for all statuses.
    """
    complete, unread, left = [], [], _MOST_SINGLE
    for record in records:
        # ONTAP reports no status for a configuration that is not enabled.
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
    """Return the properties of each request: all, since usually another configuration is the cause, then each alone."""
    return [list(names), *([name] for name in names)] if len(names) > 1 else [[name] for name in names]


def _read_alone(client: Client, uuid: str, names: Sequence[str]) -> tuple[dict[str, Any], AkvError | None]:
    """Return the statuses of one configuration that can be read, and the error if they cannot be read."""
    try:
        record = resource.public(client.record(resource.path_of(uuid), {"fields": ",".join(names)}))
    except AkvError as exc:
        # A configuration that was removed in the meantime is missing from the next read.
        if exc.code not in UNREADABLE_CODES and not exc.gone:
            raise
        return {}, exc
    return {name: record[name] for name in names if record.get(name) is not None}, None
