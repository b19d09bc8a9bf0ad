# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the differences between two fleet reports.

A cluster that is missing in one of them, or was not read completely, is left out, because the fate of its
configurations is not known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, UNKNOWN, Row

ADDED, REMOVED, CHANGED, DEGRADED, RECOVERED = "added", "removed", "changed", "degraded", "recovered"
_ORDER = (DEGRADED, REMOVED, CHANGED, ADDED, RECOVERED)
_NAMES = {
    "svm": "SVM",
    "scope": "scope",
    "configuration": "configuration",
    "vault": "vault",
    "key": "key",
    "version": "key version",
    "method": "authentication method",
    "proxy": "proxy",
    "client_id": "client ID",
    "tenant_id": "tenant ID",
    "enabled": "enabled",
}


class ReportChange(NamedTuple):
    """One difference. field: the name of what differs, empty for a configuration as a whole."""

    kind: str
    row: Row
    field: str = ""
    before: str = ""
    after: str = ""


class ChangeGroup(NamedTuple):
    """Configurations of one cluster with the same difference."""

    kind: str
    cluster: str
    field: str
    before: str
    after: str
    rows: Sequence[Row]


def group_changes(found: Sequence[ReportChange]) -> list[ChangeGroup]:
    """Return the differences grouped, in their order by kind, the group that affects most first."""
    groups: dict[tuple[str, str, str, str, str], list[Row]] = {}
    for change in found:
        groups.setdefault((change.kind, change.row.cluster, change.field, change.before, change.after), []).append(
            change.row
        )
    grouped = [ChangeGroup(*key, rows) for key, rows in groups.items()]
    return sorted(grouped, key=lambda group: (_ORDER.index(group.kind), -len(group.rows)))


def compare_clusters(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """Return the clusters that both reports read completely, and those that are left out."""
    read = [set(report_rows.list_read(report)) for report in (one, other)]
    unread = {each.cluster for report in (one, other) for each in report_rows.list_unread(report)}
    both = (read[0] & read[1]) - unread
    return both, sorted((read[0] | read[1] | unread) - both)


def find_changes(before: Sequence[Row], after: Sequence[Row], clusters: Collection[str]) -> list[ReportChange]:
    """Return the differences of these clusters, ordered by kind, then like the rows."""
    old, new = _index(before, clusters), _index(after, clusters)
    found = [ReportChange(ADDED, row) for identity, row in new.items() if identity not in old]
    found += [ReportChange(REMOVED, row) for identity, row in old.items() if identity not in new]
    for identity, row in new.items():
        if identity in old:
            found += _compare(old[identity], row)
    return sorted(found, key=lambda change: _ORDER.index(change.kind))


def _index(rows: Sequence[Row], clusters: Collection[str]) -> Mapping[tuple[str, str], Row]:
    return {row.identity: row for row in rows if row.cluster in clusters}


def _compare(old: Row, new: Row) -> Iterator[ReportChange]:
    for field, name in _NAMES.items():
        if old.fields[field] != new.fields[field]:
            yield ReportChange(CHANGED, new, name, old.fields[field], new.fields[field])
    # Health that was not checked in one of them has not changed.
    if UNKNOWN not in (old.light, new.light) and old.light != new.light:
        yield ReportChange(_name_turn(old.light, new.light), new, "health", old.light, new.light)


def _name_turn(old: str, new: str) -> str:
    """Return the name of a change of health; a smaller problem is not a recovery."""
    if LIGHTS.index(new) < LIGHTS.index(old):
        return DEGRADED
    return RECOVERED if new == OK else CHANGED
