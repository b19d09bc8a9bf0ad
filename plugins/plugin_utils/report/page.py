# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a fleet report as one HTML page that loads nothing and is complete without its script.

All values from clusters are escaped. The page's policy allows no other script or style than its own two.
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
from ansible_collections.ontap.akv.plugins.plugin_utils.report.changes import ReportChange, compare_clusters, find_changes
from ansible_collections.ontap.akv.plugins.plugin_utils.report.charts import MOST_BARS, Bar, draw_chart
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import isolate, render_table, wrap_section
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, PROBLEM, UNKNOWN, WARNING, Row, Unread, text
from ansible_collections.ontap.akv.plugins.plugin_utils.report.table import render_configurations

TITLE = "Azure key vaults of the fleet"
#: Name and meaning of each health value.
_MEANINGS = {
    PROBLEM: ("Problem", "keys are not available, or the vault cannot be reached"),
    WARNING: ("Warning", "a node does not reach the key servers of the cluster"),
    UNKNOWN: ("Not checked", "not requested, or not known"),
    OK: ("Healthy", "keys are available, and everything is reachable"),
}
#: Further differences are only counted; the JSON files have all of them.
_MOST_CHANGES = 500
#: Further clusters are only counted.
_MOST_NAMES = 20


def render(report: Mapping[str, Any], previous: Mapping[str, Any] | None = None, *, title: str = "", note: str = "") -> str:
    """Return the page of a report in the form of the role akv_report's akv.json.

    previous: an earlier report to compare with. title: of the page. note: why there is no comparison, if that is to be shown.
    """
    rows, unread = sorted(report_rows.build_rows(report), key=report_rows.sort_key), report_rows.list_unread(report)
    style, script = _read_asset("report.css"), _read_asset("report.js")
    policy = f"default-src 'none'; style-src '{_hash_source(style)}'; script-src '{_hash_source(script)}'; base-uri 'none'; form-action 'none'"
    heading = escape(text(title) or TITLE)
    parts = [
        _render_summary(rows, unread),
        _render_unread(unread),
        f'<div class="charts">{_render_clusters(rows)}{_render_keys(rows)}</div>',
        _render_changes(report, previous, rows, note),
        render_configurations(rows, {light: _MEANINGS[light][0] for light in LIGHTS}),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{heading}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#table">To the table of configurations</a>\n'
        f'<header><div><h1>{heading}</h1><p class="soft">{_format_subtitle(report, rows)}</p></div>'
        '<button type="button" id="theme">Light or dark</button></header>\n'
        f"<main>\n{''.join(parts)}</main>\n"
        "<footer>Written by the role ontap.akv.akv_report. The report contains no secrets, but the names of vaults, keys and applications.</footer>\n"
        f"<script>{script}</script>\n</body>\n</html>\n"
    )


def _read_asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash_source(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _format_subtitle(report: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Return the line below the title: the time, and the counts."""
    clusters = report_rows.list_read(report)
    svms = len({(row.cluster, row.fields["svm"]) for row in rows if row.fields["svm"]})
    counted = f"{_format_count(len(clusters), 'cluster')}, {_format_count(svms, 'SVM')}, {_format_count(len(rows), 'configuration')}"
    return f"{escape(text(report.get('generated')))} · {counted}"


def _format_count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _render_summary(rows: Sequence[Row], unread: Sequence[Unread]) -> str:
    counts = Counter(row.light for row in rows)
    items = [
        f'<li class="{light}" data-count="{counts[light]}" data-state="{light}"><strong>{counts[light]:,}</strong> {_MEANINGS[light][0]}'
        f"<br><span>{_MEANINGS[light][1]}</span></li>"
        for light in LIGHTS
    ]
    if unread:
        items.insert(
            0, f'<li class="problem" id="unread-count"><strong>{len(unread):,}</strong> Not read<br><span>clusters whose state is not known</span></li>'
        )
    return f'<section id="summary" aria-labelledby="summary-title"><h2 id="summary-title" class="hidden">Counts</h2><ul>{"".join(items)}</ul></section>\n'


def _render_unread(unread: Sequence[Unread]) -> str:
    if not unread:
        return ""
    lines = [[isolate(each.cluster), isolate(each.error)] for each in unread]
    return wrap_section("unread", "Clusters that could not be read", render_table("Clusters and reasons", ["Cluster", "Error"], lines))


def _render_clusters(rows: Sequence[Row]) -> str:
    found: dict[str, Counter[str]] = {}
    for row in rows:
        found.setdefault(row.cluster, Counter())[row.light] += 1
    bars = [Bar(cluster, {light: counts[light] for light in LIGHTS}, _format_counts(counts)) for cluster, counts in found.items()]
    bars.sort(key=lambda each: ([-each.parts[light] for light in LIGHTS], each.label))
    lines = [[isolate(each.label), *(str(each.parts[light]) for light in LIGHTS)] for each in bars]
    heads = ["Cluster", *(_MEANINGS[light][0] for light in LIGHTS)]
    return _render_chart(
        "clusters", "Health by cluster", bars, "configurations", render_table("Configurations of each cluster by health", heads, lines, counts=True)
    )


def _format_counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{counts[light]:,} {_MEANINGS[light][0].lower()}" for light in LIGHTS if counts[light])


def _render_keys(rows: Sequence[Row]) -> str:
    """Show how many SVMs share a key. All versions of a key are one bar, because they are lost together."""
    owners: dict[tuple[str, str], set[tuple[str, str]]] = {}
    versions: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        key = (row.fields["vault"], row.fields["key"])
        owners.setdefault(key, set()).add((row.cluster, row.fields["svm"]))
        versions.setdefault(key, set()).add(row.fields["version"])
    keys = sorted(owners, key=lambda key: (-len(owners[key]), key))
    bars = [Bar(f"{name} · {_shorten_vault(vault)}", {"svms": len(owners[vault, name])}, _format_owners(owners[vault, name])) for vault, name in keys]
    lines = [[*map(isolate, key), isolate(", ".join(sorted(filter(None, versions[key]))) or "not reported"), _format_owners(owners[key])] for key in keys]
    shared = render_table("SVMs of each key", ["Vault", "Key", "Versions", "Used by"], lines)
    return _render_chart("keys", "SVMs that share a key", bars, "uses", shared)


def _format_owners(owners: Collection[tuple[str, str]]) -> str:
    """Return the number of SVMs and clusters that use a key; a configuration without an SVM is its cluster's."""
    clusters = sum(not svm for _cluster, svm in owners)
    return _format_count(len(owners) - clusters, "SVM") + (f", {_format_count(clusters, 'cluster')}" if clusters else "")


def _shorten_vault(vault: str) -> str:
    """Return the first name in the address of a vault, to distinguish vaults at a glance; the table has the full address."""
    return vault.rpartition("//")[2].partition(".")[0] or vault


def _render_chart(identity: str, title: str, bars: Sequence[Bar], unit: str, rest: str) -> str:
    drawn = draw_chart(identity, title, bars, unit) if bars else "<p>Nothing to show.</p>"
    more = f"<details><summary>{'All' if len(bars) > MOST_BARS else 'The same'} as a table</summary>{rest}</details>" if bars else ""
    return wrap_section(identity, title, drawn + more)


def _render_changes(report: Mapping[str, Any], previous: Mapping[str, Any] | None, rows: Sequence[Row], note: str) -> str:
    if previous is None:
        return wrap_section("changes", "Changes since the last report", f"<p>{escape(text(note))}</p>") if note else ""
    both, others = compare_clusters(previous, report)
    found = find_changes(report_rows.build_rows(previous), rows, both)
    title = f"Changes since {text(previous.get('generated')) or 'the last report'}"
    return wrap_section("changes", title, (_render_differences(found) if found else "<p>None.</p>") + _render_left_out(others))


def _render_differences(found: Sequence[ReportChange]) -> str:
    counts = Counter(change.kind for change in found)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in counts.items())
    lines = [_format_change(change) for change in found[:_MOST_CHANGES]]
    heads = ["Change", "Cluster", "SVM", "Field", "Before", "Now"]
    more = f" The first {_MOST_CHANGES} are shown." if len(found) > _MOST_CHANGES else ""
    return f"<p>{counted}.{more}</p>{render_table('Changes', heads, lines)}"


def _render_left_out(clusters: Sequence[str]) -> str:
    if not clusters:
        return ""
    named = ", ".join(isolate(cluster) for cluster in clusters[:_MOST_NAMES])
    more = f" and {len(clusters) - _MOST_NAMES} more" if len(clusters) > _MOST_NAMES else ""
    return f"<p>Not compared, because it was not read or is missing in one of the reports: {named}{more}.</p>"


def _format_change(change: ReportChange) -> list[str]:
    before, after = change.before, change.after
    if change.field == "health":
        before, after = (_MEANINGS[light][0] for light in (before, after))
    return [change.kind, isolate(change.row.cluster), isolate(change.row.fields["svm"] or "cluster"), change.field, isolate(before), isolate(after)]
