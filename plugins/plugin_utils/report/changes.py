# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is different between two fleet reports.

A cluster that one of them does not hold, or could not read all of, is left out: nothing is known of what became of its configurations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, UNKNOWN, Row

ADDED, REMOVED, CHANGED, ILL, WELL = "added", "removed", "changed", "became ill", "became well"
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


class Change(NamedTuple):
    """One difference. field: what it is about, empty for a configuration as a whole."""

    kind: str
    row: Row
    field: str = ""
    before: str = ""
    after: str = ""


def comparable(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[set[str], list[str]]:
    """Returns the clusters that both reports could read all of, and those that are left out."""
    read = [set(report_rows.read(report)) for report in (one, other)]
    unread = {each.cluster for report in (one, other) for each in report_rows.unread(report)}
    both = (read[0] & read[1]) - unread
    return both, sorted((read[0] | read[1] | unread) - both)


def changes(before: Sequence[Row], after: Sequence[Row], clusters: Collection[str]) -> list[Change]:
    """Returns the differences of these clusters, ordered by kind, then as the rows are."""
    old, new = _known(before, clusters), _known(after, clusters)
    found = [Change(ADDED, row) for identity, row in new.items() if identity not in old]
    found += [Change(REMOVED, row) for identity, row in old.items() if identity not in new]
    for identity, row in new.items():
        if identity in old:
            found += _differences(old[identity], row)
    order = (ILL, REMOVED, CHANGED, ADDED, WELL)
    return sorted(found, key=lambda change: order.index(change.kind))


def _known(rows: Sequence[Row], clusters: Collection[str]) -> Mapping[tuple[str, str], Row]:
    return {row.identity: row for row in rows if row.cluster in clusters}


def _differences(old: Row, new: Row) -> Iterator[Change]:
    for field, name in _NAMES.items():
        if old.fields[field] != new.fields[field]:
            yield Change(CHANGED, new, name, old.fields[field], new.fields[field])
    # What was not checked in one of them has become neither ill nor well.
    if UNKNOWN not in (old.light, new.light) and old.light != new.light:
        yield Change(_turn(old.light, new.light), new, "health", old.light, new.light)


def _turn(old: str, new: str) -> str:
    """What a change of health is called; what is less ill is not well."""
    if LIGHTS.index(new) < LIGHTS.index(old):
        return ILL
    return WELL if new == OK else CHANGED
