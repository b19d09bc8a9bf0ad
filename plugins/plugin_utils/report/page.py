# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet report as one HTML page, which needs nothing from elsewhere and is complete without its script.

Whatever comes from a cluster is escaped, and the page's own policy lets no other script or style run than the two that are written here.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.changes import Change, changes, comparable
from ansible_collections.ontap.akv.plugins.plugin_utils.report.charts import MOST_BARS, Bar, chart
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import bdi, plain_table, section
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, PROBLEM, UNKNOWN, WARNING, Row, Unread, text
from ansible_collections.ontap.akv.plugins.plugin_utils.report.table import table

TITLE = "Azure key vaults of the fleet"
#: What is told of each light beside its colour.
_MEANINGS = {
    PROBLEM: ("Problem", "keys are not available, or the vault cannot be reached"),
    WARNING: ("Warning", "a node does not reach the key servers of the cluster"),
    UNKNOWN: ("Not checked", "nothing was asked, or nothing is known"),
    OK: ("Well", "keys are available, and all can be reached"),
}
#: More differences than these are counted only; the JSON files hold all.
_MOST_CHANGES = 500
#: More clusters than these are not named in a sentence.
_MOST_NAMES = 20


def render(report: Mapping[str, Any], previous: Mapping[str, Any] | None = None, *, title: str = "", note: str = "") -> str:
    """Returns the page of a report, as role akv_report writes it into akv.json.

    previous: an earlier one, to tell what changed since. title: of the page. note: why there is no earlier one, where that is to be told.
    """
    rows, unread = sorted(report_rows.rows(report), key=report_rows.order), report_rows.unread(report)
    style, script = _asset("report.css"), _asset("report.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    heading = escape(text(title) or TITLE)
    parts = [
        _summary(rows, unread),
        _unread(unread),
        f'<div class="charts">{_clusters(rows)}{_keys(rows)}</div>',
        _changes(report, previous, rows, note),
        table(rows, {light: _MEANINGS[light][0] for light in LIGHTS}),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{heading}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#table">To the table of configurations</a>\n'
        f'<header><div><h1>{heading}</h1><p class="soft">{_told(report, rows)}</p></div>'
        '<button type="button" id="theme">Light or dark</button></header>\n'
        f"<main>\n{''.join(parts)}</main>\n"
        "<footer>Written by the role ontap.akv.akv_report. It holds no secret; it names vaults, keys and applications.</footer>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _told(report: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """The line below the title: when, and of how much."""
    clusters = report_rows.read(report)
    svms = len({(row.cluster, row.fields["svm"]) for row in rows if row.fields["svm"]})
    counted = f"{_count(len(clusters), 'cluster')}, {_count(svms, 'SVM')}, {_count(len(rows), 'configuration')}"
    return f"{escape(text(report.get('generated')))} · {counted}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _summary(rows: Sequence[Row], unread: Sequence[Unread]) -> str:
    counts = Counter(row.light for row in rows)
    items = [
        f'<li class="{light}" data-count="{counts[light]}" data-state="{light}"><strong>{counts[light]:,}</strong> {_MEANINGS[light][0]}'
        f"<br><span>{_MEANINGS[light][1]}</span></li>"
        for light in LIGHTS
    ]
    if unread:
        items.insert(
            0, f'<li class="problem" id="unread-count"><strong>{len(unread):,}</strong> Not read<br><span>clusters of which nothing is known</span></li>'
        )
    return f'<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title" class="hidden">Counts</h2><ul>{"".join(items)}</ul></section>\n'


def _unread(unread: Sequence[Unread]) -> str:
    if not unread:
        return ""
    lines = [[bdi(each.cluster), bdi(each.error)] for each in unread]
    return section("unread", "Clusters that could not be read", plain_table("Clusters and why", ["Cluster", "Error"], lines))


def _clusters(rows: Sequence[Row]) -> str:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.cluster, Counter())[row.light] += 1
    bars = [Bar(cluster, {light: counts[light] for light in LIGHTS}, _told_counts(counts)) for cluster, counts in found.items()]
    bars.sort(key=lambda each: ([-each.parts[light] for light in LIGHTS], each.label))
    lines = [[bdi(each.label), *(str(each.parts[light]) for light in LIGHTS)] for each in bars]
    heads = ["Cluster", *(_MEANINGS[light][0] for light in LIGHTS)]
    return _charted("clusters", "Health by cluster", bars, "configurations", plain_table("Configurations of each cluster by health", heads, lines, counts=True))


def _told_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[light]:,} {_MEANINGS[light][0].lower()}" for light in LIGHTS if counts[light])


def _keys(rows: Sequence[Row]) -> str:
    """Which key is shared by how many SVMs; versions are told, but one key is one bar: who loses it loses all of them."""
    owners: dict[tuple[str, str], set[tuple[str, str]]] = {}
    versions: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        key = (row.fields["vault"], row.fields["key"])
        owners.setdefault(key, set()).add((row.cluster, row.fields["svm"]))
        versions.setdefault(key, set()).add(row.fields["version"])
    keys = sorted(owners, key=lambda key: (-len(owners[key]), key))
    bars = [Bar(f"{name} · {_short(vault)}", {"svms": len(owners[vault, name])}, _owned(owners[vault, name])) for vault, name in keys]
    lines = [[*map(bdi, key), bdi(", ".join(sorted(filter(None, versions[key]))) or "not told"), _owned(owners[key])] for key in keys]
    shared = plain_table("SVMs of each key", ["Vault", "Key", "Versions", "Used by"], lines)
    return _charted("keys", "SVMs that share a key", bars, "uses", shared)


def _owned(owners: Collection[tuple[str, str]]) -> str:
    """Who uses a key; a configuration without an SVM is that of its cluster."""
    clusters = sum(not svm for _cluster, svm in owners)
    return _count(len(owners) - clusters, "SVM") + (f", {_count(clusters, 'cluster')}" if clusters else "")


def _short(vault: str) -> str:
    """The first name in the address of a vault, which tells vaults apart at a glance; the table beside it holds the rest."""
    return vault.rpartition("//")[2].partition(".")[0] or vault


def _charted(identity: str, title: str, bars: Sequence[Bar], unit: str, rest: str) -> str:
    drawn = chart(identity, title, bars, unit) if bars else "<p>Nothing to show.</p>"
    more = f"<details><summary>{'All' if len(bars) > MOST_BARS else 'The same'} as a table</summary>{rest}</details>" if bars else ""
    return section(identity, title, drawn + more)


def _changes(report: Mapping[str, Any], previous: Mapping[str, Any] | None, rows: Sequence[Row], note: str) -> str:
    if previous is None:
        return section("changes", "Changes since the last report", f"<p>{escape(text(note))}</p>") if note else ""
    both, others = comparable(previous, report)
    found = changes(report_rows.rows(previous), rows, both)
    title = f"Changes since {text(previous.get('generated')) or 'the last report'}"
    return section("changes", title, (_differences(found) if found else "<p>None.</p>") + _left_out(others))


def _differences(found: Sequence[Change]) -> str:
    counts = Counter(change.kind for change in found)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    lines = [_changed(change) for change in found[:_MOST_CHANGES]]
    heads = ["What", "Cluster", "SVM", "Field", "Before", "Now"]
    more = f" The first {_MOST_CHANGES} are shown." if len(found) > _MOST_CHANGES else ""
    return f"<p>{counted}.{more}</p>{plain_table('Changes', heads, lines)}"


def _left_out(clusters: Sequence[str]) -> str:
    if not clusters:
        return ""
    named = ", ".join(bdi(cluster) for cluster in clusters[:_MOST_NAMES])
    more = f" and {len(clusters) - _MOST_NAMES} more" if len(clusters) > _MOST_NAMES else ""
    return f"<p>Not compared, since it could not be read or is not in both reports: {named}{more}.</p>"


def _changed(change: Change) -> list[str]:
    before, after = change.before, change.after
    if change.field == "health":
        before, after = (_MEANINGS[light][0] for light in (before, after))
    return [change.kind, bdi(change.row.cluster), bdi(change.row.fields["svm"] or "the cluster itself"), change.field, bdi(before), bdi(after)]
