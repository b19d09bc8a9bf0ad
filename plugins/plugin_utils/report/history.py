# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts of the last fleet reports, which are kept in a file beside the report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import parse_time
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS


class Point(NamedTuple):
    """The counts of one report. counts: the number of configurations of each health value. unread: clusters that
    could not be read.
    """

    generated: str
    counts: Mapping[str, int]
    unread: int

    @property
    def total(self) -> int:
        """Number of configurations."""
        return sum(self.counts.values())


def extend_history(*, report: Mapping[str, Any], path: str, keep: int) -> dict[str, Any]:
    """Return the history of a file with a report added, without all but the last reports.

    A file that does not exist or is not a history counts as empty. keep: the number of reports; 0 keeps none.
    """
    current = count_report(report)
    points = {point.generated: point for point in [*read_points(_read_file(path)), current]}
    last = sorted(points.values(), key=lambda point: point.generated)[-keep:] if keep else []
    return {"reports": [{"generated": point.generated, **point.counts, "unread": point.unread} for point in last]}


def count_report(report: Mapping[str, Any]) -> Point:
    """Return the counts of a report."""
    counts = Counter(row.light for row in rows.build_rows(report))
    return Point(
        rows.format_text(report.get("generated")),
        {light: counts[light] for light in LIGHTS},
        len(rows.list_unread(report)),
    )


def read_points(history: Any) -> list[Point]:
    """Return the points of a history, without entries of another form."""
    entries = history.get("reports") if isinstance(history, Mapping) else None
    found = [_read_point(entry) for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []
    return [point for point in found if point is not None]


def _read_point(entry: Mapping[str, Any]) -> Point | None:
    numbers = [entry.get(name) for name in (*LIGHTS, "unread")]
    if parse_time(entry.get("generated")) is None or not all(
        isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers
    ):
        return None
    return Point(entry["generated"], {light: entry[light] for light in LIGHTS}, entry["unread"])


def _read_file(path: str) -> Any:
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
