# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render a fleet report as one HTML page that loads nothing and is complete without its script.

All values from clusters are escaped. The page's policy allows no other script or style than its own two.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report import details, history, overview, past
from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows as report_rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.causes import find_causes
from ansible_collections.ontap.akv.plugins.plugin_utils.report.coverage import summarize_clusters
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import parse_time, render_time
from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import BAR_CLASSES, count_of
from ansible_collections.ontap.akv.plugins.plugin_utils.report.outlook import look_ahead
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import Row, format_text
from ansible_collections.ontap.akv.plugins.plugin_utils.report.table import render_configurations

TITLE = "Azure key vaults of the fleet"
#: The files beside the page.
_FILES = (("CSV", "akv.csv"), ("JSON", "akv.json"))


def render(
    report: Mapping[str, Any],
    previous: Mapping[str, Any] | None = None,
    *,
    title: str = "",
    note: str = "",
    kept: Any = None,
) -> str:
    """Return the page of a report in the form of the role akv_report's akv.json.

    previous: an earlier report to compare with. title: of the page. note: why there is no comparison, if that is to be
    shown. kept: the history of reports, if akv.csv and akv.json are beside the page.
    """
    rows, unread = sorted(report_rows.build_rows(report), key=report_rows.sort_key), report_rows.list_unread(report)
    clusters = summarize_clusters(report, rows)
    parts = [
        overview.render_verdict(overview.judge_fleet(rows, unread, len(clusters)), rows, unread),
        overview.render_problems(find_causes(rows, unread)),
        '<div class="columns">',
        details.render_outlook(look_ahead(rows, parse_time(report.get("generated")))),
        past.render_changes(report, previous, rows, note),
        past.render_trend(history.read_points(kept)),
        details.render_clusters(clusters),
        details.render_keys(rows),
        "</div>",
        render_configurations(rows),
    ]
    heading = escape(format_text(title) or TITLE)
    header = (
        f"<div><h1>{heading}</h1><p"
        f' class="soft">{_format_subtitle(report, rows, len(clusters))}</p></div>'
        f"{_render_links(links=kept is not None)}"
    )
    return _wrap_page(heading, header, "".join(parts))


def _wrap_page(heading: str, header: str, content: str) -> str:
    style, script = _read_asset("report.css") + BAR_CLASSES, _read_asset("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash_source(style)}'; script-src '{_hash_source(script)}'; base-uri 'none';"
        " form-action 'none'"
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy"'
        f' content="{policy}">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta'
        ' name="referrer"'
        f' content="no-referrer">\n<title>{heading}</title>\n<style>{style}</style>\n</head>\n<body>\n<a class="skip"'
        ' href="#table">Skip to the table of'
        f" configurations</a>\n<header>{header}</header>\n<main>\n{content}</main>\n<footer>Written by the role"
        " ontap.akv.akv_report. The report contains no secrets, but the names of vaults, keys and"
        f" applications.</footer>\n<script>{script}</script>\n</body>\n</html>\n"
    )


def _read_asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _hash_source(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def _format_subtitle(report: Mapping[str, Any], rows: Sequence[Row], clusters: int) -> str:
    """Return the line below the title: the time, and the counts."""
    svms = len({(row.cluster, row.fields["svm"]) for row in rows if row.fields["svm"]})
    counted = [count_of(clusters, "cluster"), count_of(svms, "SVM"), count_of(len(rows), "configuration")]
    parts = [render_time(report.get("generated")), *counted]
    return " · ".join(f'<span class="whole">{part}</span>' for part in parts if part)


def _render_links(*, links: bool) -> str:
    files = "".join(f'<a href="{name}">{label}</a>' for label, name in _FILES) if links else ""
    return f'<nav aria-label="Page">{files}<button type="button" id="theme">Switch theme</button></nav>'
