# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of a fleet report on what changed since the last one, and on the trend of the last reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.changes import (
    ChangeGroup,
    compare_clusters,
    find_changes,
    group_changes,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import (
    format_date,
    format_time,
    parse_time,
    render_time,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.history import Point
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import (
    MEANINGS,
    count_of,
    fold,
    format_counts,
    isolate_text,
    locate,
    wrap_section,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.overview import render_names
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, Row, format_text

#: Groups of changes that are shown, and how many more are one click away; the JSON files have all of them.
_FIRST, _MOST = 5, 100
#: Further clusters are only counted.
_MOST_NAMES = 20
_MOST_SVMS = 200


def render_changes(
    report: Mapping[str, Any], previous: Mapping[str, Any] | None, rows: Sequence[Row], note: str
) -> str:
    """Return the section on the changes. previous: the earlier report. note: why there is no comparison, if that is
    to be shown.
    """
    if previous is None:
        return wrap_section(
            "changes", "Changes since the last report", f"<p>{escape(format_text(note))}</p>" if note else ""
        )
    both, others = compare_clusters(previous, report)
    found = find_changes(report_rows.build_rows(previous), rows, both)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in Counter(change.kind for change in found).items())
    groups = [_render_group(group) for group in group_changes(found)]
    first, rest = groups[:_FIRST], groups[_FIRST:_MOST]
    more = len(groups) - _MOST
    hidden = f'<p class="soft">and {count_of(more, "more group")}, see the JSON files</p>' if more > 0 else ""
    shown = f'<ul class="changes">{"".join(first)}</ul>' if first else ""
    folded = (
        fold(f"{count_of(len(groups) - _FIRST, 'more change')}", f'<ul class="changes">{"".join(rest)}</ul>{hidden}')
        if rest
        else ""
    )
    since = render_time(previous.get("generated")) or "the last report"
    content = f"<p>Since {since}: {counted or 'no changes'}.</p>{shown}{folded}{_render_left_out(others)}"
    return wrap_section("changes", "Changes since the last report", content)


def _render_group(group: ChangeGroup) -> str:
    before, after = group.before, group.after
    if group.field == "health":
        before, after = (MEANINGS[light][0] for light in (before, after))
    values = (
        f": {escape(group.field)} <del>{isolate_text(before) or 'none'}</del> →"
        f" <ins>{isolate_text(after) or 'none'}</ins>"
        if group.field
        else ""
    )
    if len(group.rows) == 1:
        name = group.rows[0].fields["svm"]
        return (
            f'<li><span class="kind">{group.kind}</span>'
            f" {f'{isolate_text(name)} of ' if name else ''}{isolate_text(group.cluster)}{values}</li>"
        )
    return (
        f'<li><span class="kind">{group.kind}</span>'
        f" {isolate_text(locate(group.rows))}{values}{fold('Show them', render_names(group.rows, _MOST_SVMS))}</li>"
    )


def _render_left_out(clusters: Sequence[str]) -> str:
    if not clusters:
        return ""
    named = ", ".join(isolate_text(cluster) for cluster in clusters[:_MOST_NAMES])
    more = f" and {len(clusters) - _MOST_NAMES} more" if len(clusters) > _MOST_NAMES else ""
    return f'<p class="soft">Not compared (not read, or missing in one of the reports): {named}{more}.</p>'


def render_trend(points: Sequence[Point]) -> str:
    """Return the section with a column for each of the last reports, empty for fewer than two."""
    if len(points) < 2:
        return ""
    highest = max(point.total for point in points) or 1
    columns = "".join(_render_point(point, highest) for point in points)
    first, last = (parse_time(point.generated) for point in (points[0], points[-1]))
    span = (
        f'<p class="axis"><span>{format_date(first)}</span><span>{format_date(last)}</span></p>'
        if first and last
        else ""
    )
    return wrap_section("trend", f"The last {len(points)} reports", f'<ol class="trend">{columns}</ol>{span}')


def _render_point(point: Point, highest: int) -> str:
    moment = parse_time(point.generated)
    unread = f", {count_of(point.unread, 'cluster')} not read" if point.unread else ""
    label = (
        f"{format_time(moment) if moment else point.generated}:"
        f" {format_counts(point.counts) or 'no configurations'}{unread}"
    )
    parts = "".join(
        f'<i class="{light} h{max(2, point.counts[light] * 100 // highest)}"></i>'
        for light in LIGHTS[::-1]
        if point.counts[light]
    )
    return f'<li title="{escape(label)}"><span class="hidden">{escape(label)}</span>{parts}</li>'
