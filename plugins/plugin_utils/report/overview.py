# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first sections of a fleet report: the verdict with its counts, and the problems by cause."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report.causes import Cause
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import (
    MEANINGS,
    count_of,
    count_owners,
    fold,
    isolate_text,
    render_badge,
    wrap_section,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import (
    LIGHTS,
    OK,
    PROBLEM,
    UNKNOWN,
    WARNING,
    Row,
    UnreadCluster,
)

#: Causes that are shown; the others are one click away.
_MOST_CAUSES = 12
#: Names below a cause; the table has all of them.
_MOST_NAMES = 400
#: Messages below a cause that differ from one SVM to the next.
_MOST_MESSAGES = 3


class FleetVerdict(NamedTuple):
    """The state of the fleet in a sentence."""

    light: str
    text: str
    more: str


def judge_fleet(rows: Sequence[Row], unread: Sequence[UnreadCluster], clusters: int) -> FleetVerdict:
    """Return the verdict. clusters: the number of clusters, including those that could not be read."""
    lost = len({each.cluster for each in unread})
    not_read = f"{lost:,} of {count_of(clusters, 'cluster')} could not be read." if lost else ""
    by_light = {light: [row for row in rows if row.light == light] for light in LIGHTS}
    if by_light[PROBLEM]:
        return FleetVerdict(PROBLEM, _say(by_light[PROBLEM], rows, clusters, ("needs action", "need action")), not_read)
    if lost:
        return FleetVerdict(PROBLEM, not_read, "No problems were found in what could be read." if rows else "")
    if by_light[WARNING]:
        return FleetVerdict(WARNING, _say(by_light[WARNING], rows, clusters, ("has a warning", "have a warning")), "")
    if not rows:
        where = f" on {count_of(clusters, 'cluster')}" if clusters else ""
        return FleetVerdict(UNKNOWN, f"No configurations were found{where}.", "")
    if not by_light[OK]:
        return FleetVerdict(
            UNKNOWN, _say(by_light[UNKNOWN], rows, clusters, ("was not checked", "were not checked")), ""
        )
    left = len(by_light[UNKNOWN])
    note = f"{count_of(left, 'configuration')} {'was' if left == 1 else 'were'} not checked." if left else ""
    return FleetVerdict(OK, _say(by_light[OK], rows, clusters, ("is healthy", "are healthy")), note)


def _say(part: Sequence[Row], whole: Sequence[Row], clusters: int, verbs: tuple[str, str]) -> str:
    """Return a sentence about some rows. verbs: for one owner, and for several."""
    owners, places = len({(row.cluster, row.fields["svm"]) for row in part}), len({row.cluster for row in part})
    return f"{_count_part(part, whole)} on {places:,} of {count_of(clusters, 'cluster')} {verbs[owners > 1]}."


def _count_part(part: Sequence[Row], whole: Sequence[Row]) -> str:
    """Return how many of the SVMs are affected, such as C(11 of 60 SVMs), and the configurations of clusters."""
    found = []
    for is_svm, noun in ((True, "SVM"), (False, "cluster configuration")):
        affected, every = (
            len({(row.cluster, row.fields["svm"]) for row in rows if bool(row.fields["svm"]) is is_svm})
            for rows in (part, whole)
        )
        if affected:
            found.append(f"{affected:,} of {count_of(every, noun)}")
    return " and ".join(found)


def render_verdict(verdict: FleetVerdict, rows: Sequence[Row], unread: Sequence[UnreadCluster]) -> str:
    """Return the section with the verdict and the counts; zeros are left out. A count leads to its rows in the
    table.
    """
    counts = Counter(row.light for row in rows)
    items = [
        f'<li class="{light}" data-count="{counts[light]}" data-state="{light}"><a href="#table"'
        f' data-filter-state="{light}"><strong>{counts[light]:,}</strong>'
        f" {MEANINGS[light][0]}<span>{MEANINGS[light][1]}</span></a></li>"
        for light in LIGHTS
        if counts[light]
    ]
    lost = len({each.cluster for each in unread})
    if lost:
        items.insert(
            0,
            f'<li class="problem" id="unread-count"><strong>{lost:,}</strong> Not read<span>clusters whose state is not'
            " known</span></li>",
        )
    more = f"<p>{escape(verdict.more)}</p>" if verdict.more else ""
    return (
        f'<section id="summary" class="{verdict.light}" aria-labelledby="verdict"><h2'
        f' id="verdict">{escape(verdict.text)}</h2>{more}'
        + (f'<ul aria-label="Configurations by health">{"".join(items)}</ul>' if items else "")
        + "</section>\n"
    )


def render_problems(causes: Sequence[Cause]) -> str:
    """Return the section with the problems by cause."""
    items = [_render_cause(cause) for cause in causes]
    first, rest = items[:_MOST_CAUSES], items[_MOST_CAUSES:]
    more = (
        fold(
            f"{count_of(len(rest), 'more cause')}",
            f'<ol class="causes" start="{_MOST_CAUSES + 1}">{"".join(rest)}</ol>',
        )
        if rest
        else ""
    )
    return wrap_section("problems", "What to do", f'<ol class="causes">{"".join(first)}</ol>{more}' if items else "")


def _render_cause(cause: Cause) -> str:
    word = "Not read" if not cause.rows else MEANINGS[cause.light][0]
    where = f'<span class="where">{isolate_text(cause.where)}</span>' if cause.where else ""
    shown = "".join(f'<p class="message">{isolate_text(message)}</p>' for message in cause.messages[:_MOST_MESSAGES])
    others = len(cause.messages) - _MOST_MESSAGES
    more = f'<p class="soft">and {count_of(others, "similar message")}</p>' if others > 0 else ""
    names = fold(f"Show {count_owners(cause.rows)}", _render_names(cause.rows)) if cause.rows else ""
    return (
        f'<li class="{cause.light}"><h3>{render_badge(cause.light, word)} {isolate_text(cause.title)}{where}</h3>'
        f'{shown}{more}<p class="hint">{escape(cause.hint)}</p>{names}</li>'
    )


def _render_names(rows: Sequence[Row]) -> str:
    return render_names(rows, _MOST_NAMES)


def render_names(rows: Sequence[Row], most: int) -> str:
    """Return the SVMs of configurations, by cluster."""
    by_cluster: dict[str, list[str]] = {}
    for row in rows[:most]:
        by_cluster.setdefault(row.cluster, []).append(row.fields["svm"] or "the cluster itself")
    parts = [
        f"<dt>{isolate_text(cluster)}</dt><dd>{', '.join(map(isolate_text, dict.fromkeys(names)))}</dd>"
        for cluster, names in by_cluster.items()
    ]
    more = f'<p class="soft">and {len(rows) - most:,} more, see the table</p>' if len(rows) > most else ""
    return f'<dl class="names">{"".join(parts)}</dl>{more}'
