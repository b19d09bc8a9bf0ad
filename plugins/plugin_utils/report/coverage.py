# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clusters of a fleet report: their health, and how many of their SVMs have a configuration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, Row, format_text


class ClusterSummary(NamedTuple):
    """One cluster. counts: its configurations by health.

    covered: its SVMs with a configuration. uncovered: those without, None if that is not known. outage: what happens if
    its vaults cannot be reached. doubts: what could not be read, and why.
    """

    name: str
    release: str
    counts: Mapping[str, int]
    covered: int
    uncovered: Sequence[str] | None
    outage: str
    doubts: Sequence[str]
    is_read: bool


def summarize_clusters(report: Mapping[str, Any], rows: Sequence[Row]) -> list[ClusterSummary]:
    """Return the clusters of a report, the worst first."""
    by_cluster: dict[str, list[Row]] = {}
    for row in rows:
        by_cluster.setdefault(row.cluster, []).append(row)
    facts: dict[str, dict[str, Any]] = {}
    unread = {each.cluster for each in report_rows.list_unread(report)}
    for entry in report_rows.list_entries(report):
        facts.setdefault(report_rows.name_cluster(entry), {}).update(
            {name: value for name, value in entry.items() if value is not None}
        )
    found = [
        _summarize(name, by_cluster.get(name, []), entry, is_read=name not in unread) for name, entry in facts.items()
    ]
    return sorted(
        found, key=lambda cluster: (cluster.is_read, [-cluster.counts[light] for light in LIGHTS[:-1]], cluster.name)
    )


def _summarize(name: str, rows: Sequence[Row], entry: Mapping[str, Any], *, is_read: bool) -> ClusterSummary:
    counts = Counter(row.light for row in rows)
    covered = {row.fields["svm"] for row in rows if row.fields["svm"]}
    svms = entry.get("svms")
    names = (
        [format_text(svm.get("name")) for svm in svms if isinstance(svm, Mapping)] if isinstance(svms, list) else None
    )
    uncovered = None if names is None else sorted(set(names) - covered)
    found = entry.get("doubts")
    doubts = [format_text(doubt) for doubt in found] if isinstance(found, list) else []
    return ClusterSummary(
        name,
        format_text(entry.get("release")),
        counts,
        len(covered),
        uncovered,
        format_text(entry.get("outage")),
        doubts,
        is_read,
    )
