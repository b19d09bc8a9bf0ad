# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a fleet report: one row for each configuration, complete without the script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import isolate
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, Check, Row

#: Rows that are shown until the reader asks for all.
_MOST = 1000
#: Key, heading and width in percent of each column.
_COLUMNS = (
    ("health", "Health", 6),
    ("cluster", "Cluster", 12),
    ("svm", "SVM", 6),
    ("state", "Keys", 7),
    ("azure", "Azure", 7),
    ("ekmip", "EKMIP", 8),
    ("message", "Messages", 14),
    ("vault", "Vault", 11),
    ("key", "Key and version", 11),
    ("method", "Method", 7),
    ("proxy", "Proxy", 6),
    ("scope", "Scope", 5),
)


def render_configurations(rows: Sequence[Row], names: Mapping[str, str]) -> str:
    """Return the section with the table and its filters. names: the name of each health value."""
    chips = "".join(f'<button type="button" data-filter-state="{light}" aria-pressed="false">{names[light]}</button>' for light in LIGHTS)
    columns = "".join(f'<col width="{width}%">' for _key, _head, width in _COLUMNS)
    heads = "".join(f'<th scope="col" aria-sort="none"><button type="button" data-sort="{key}">{head}</button></th>' for key, head, _width in _COLUMNS)
    body = "".join(_render_row(row, names, beyond=number >= _MOST) for number, row in enumerate(rows))
    nothing = "" if rows else '<p class="empty">No configurations.</p>'
    return (
        '<section id="table" tabindex="-1" aria-labelledby="table-head"><h2 id="table-head">Configurations</h2>'
        '<div class="controls"><label for="filter">Filter <input type="search" id="filter" autocomplete="off" spellcheck="false"></label>'
        f'<div role="group" aria-label="By health">{chips}</div><button type="button" id="reset">Reset</button><span id="shown" role="status"></span></div>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of configurations">'
        f'<table id="configurations" data-most="{_MOST}"><caption class="hidden">Azure Key Vault configurations</caption>'
        f"<colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>"
        f'<tbody>\n{body}</tbody></table>{nothing}<p class="empty" id="none" hidden>No configuration matches.</p></div>'
        '<button type="button" id="more" hidden></button></section>\n'
    )


def _render_row(row: Row, names: Mapping[str, str], *, beyond: bool) -> str:
    fields = row.fields
    svm = isolate(fields["svm"])
    configuration = fields["configuration"]
    if configuration not in ("", "default"):
        svm += f'<span class="id">configuration {isolate(configuration)}</span>'
    key = isolate(fields["key"]) + (f'<span class="id">{isolate(fields["version"])}</span>' if fields["version"] else "")
    cells = {
        "health": _render_badge(row.light, names[row.light]),
        "cluster": isolate(row.cluster),
        "svm": svm,
        "scope": escape(fields["scope"]),
        "vault": isolate(fields["vault"]).replace(".", "<wbr>."),
        "key": key,
        "method": escape(fields["method"]),
        "proxy": isolate(fields["proxy"]),
        "state": _render_badge(row.state.light, row.state.word),
        "azure": _render_badge(row.azure.light, row.azure.word),
        "ekmip": _render_nodes(row.ekmip),
        "message": _render_messages(row),
    }
    body = "".join(f'<td data-key="{key}">{cells[key]}</td>' for key, _head, _width in _COLUMNS)
    hidden = ' class="beyond"' if beyond else ""
    return f'<tr data-state="{row.light}"{hidden}>{body}</tr>\n'


def _render_nodes(checks: Sequence[Check]) -> str:
    """Return the nodes grouped by their status, the worst first."""
    found: dict[tuple[str, str], list[str]] = {}
    for check in sorted(checks, key=lambda check: LIGHTS.index(check.light)):
        found.setdefault((check.light, check.word), []).append(check.node or "")
    return "".join(f"<div>{_render_badge(light, word)} {isolate(', '.join(filter(None, nodes)))}</div>" for (light, word), nodes in found.items())


def _render_messages(row: Row) -> str:
    fields = row.fields
    shown = "".join(f"<div>{isolate(message)}</div>" for message in row.messages)
    names = {"uuid": "configuration", "client_id": "client", "tenant_id": "tenant"}
    ids = "".join(f'<span class="id">{name} {isolate(fields[field])}</span>' for field, name in names.items() if fields[field])
    return f"{shown}<details><summary>IDs</summary>{ids}</details>" if ids else shown


def _render_badge(light: str, word: str) -> str:
    return f'<span class="badge {light}">{escape(word)}</span>'
