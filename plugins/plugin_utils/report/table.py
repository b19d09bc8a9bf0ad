# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a fleet report: one row for each configuration, complete without a script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import bdi
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, Check, Row

#: Rows that are on the screen until somebody asks for all.
_MOST = 1000
#: Key of each column, its head and its share of the width in percent: what it is, how it is, and what it has.
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


def table(rows: Sequence[Row], names: Mapping[str, str]) -> str:
    """Returns the section with the table and what filters it. names: what each light is called."""
    chips = "".join(f'<button type="button" data-filter-state="{light}" aria-pressed="false">{names[light]}</button>' for light in LIGHTS)
    columns = "".join(f'<col width="{width}%">' for _key, _head, width in _COLUMNS)
    heads = "".join(f'<th scope="col" aria-sort="none"><button type="button" data-sort="{key}">{head}</button></th>' for key, head, _width in _COLUMNS)
    body = "".join(_row(row, names, beyond=number >= _MOST) for number, row in enumerate(rows))
    nothing = "" if rows else '<p class="empty">There is no configuration.</p>'
    return (
        '<section id="table" tabindex="-1" aria-labelledby="table-head"><h2 id="table-head">Configurations</h2>'
        '<div class="controls"><label for="filter">Filter <input type="search" id="filter" autocomplete="off" spellcheck="false"></label>'
        f'<div role="group" aria-label="By health">{chips}</div><button type="button" id="reset">Reset</button><span id="shown" role="status"></span></div>'
        '<div class="scroll" tabindex="0" role="region" aria-label="Table of configurations">'
        f'<table id="configurations" data-most="{_MOST}"><caption class="hidden">Azure Key Vault configurations</caption>'
        f"<colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>"
        f'<tbody>\n{body}</tbody></table>{nothing}<p class="empty" id="none" hidden>No configuration is like that.</p></div>'
        '<button type="button" id="more" hidden></button></section>\n'
    )


def _row(row: Row, names: Mapping[str, str], *, beyond: bool) -> str:
    fields = row.fields
    svm = bdi(fields["svm"])
    configuration = fields["configuration"]
    if configuration not in ("", "default"):
        svm += f'<span class="id">configuration {bdi(configuration)}</span>'
    key = bdi(fields["key"]) + (f'<span class="id">{bdi(fields["version"])}</span>' if fields["version"] else "")
    cells = {
        "health": _badge(row.light, names[row.light]),
        "cluster": bdi(row.cluster),
        "svm": svm,
        "scope": escape(fields["scope"]),
        "vault": bdi(fields["vault"]).replace(".", "<wbr>."),
        "key": key,
        "method": escape(fields["method"]),
        "proxy": bdi(fields["proxy"]),
        "state": _badge(row.state.light, row.state.word),
        "azure": _badge(row.azure.light, row.azure.word),
        "ekmip": _nodes(row.ekmip),
        "message": _messages(row),
    }
    body = "".join(f'<td data-key="{key}">{cells[key]}</td>' for key, _head, _width in _COLUMNS)
    hidden = ' class="beyond"' if beyond else ""
    return f'<tr data-state="{row.light}"{hidden}>{body}</tr>\n'


def _nodes(checks: Sequence[Check]) -> str:
    """The nodes by what is said of them, the worst first."""
    found: dict[tuple[str, str], list[str]] = {}
    for check in sorted(checks, key=lambda check: LIGHTS.index(check.light)):
        found.setdefault((check.light, check.word), []).append(check.node or "")
    return "".join(f"<div>{_badge(light, word)} {bdi(', '.join(filter(None, nodes)))}</div>" for (light, word), nodes in found.items())


def _messages(row: Row) -> str:
    fields = row.fields
    told = "".join(f"<div>{bdi(message)}</div>" for message in row.messages)
    names = {"uuid": "configuration", "client_id": "client", "tenant_id": "tenant"}
    ids = "".join(f'<span class="id">{name} {bdi(fields[field])}</span>' for field, name in names.items() if fields[field])
    return f"{told}<details><summary>IDs</summary>{ids}</details>" if ids else told


def _badge(light: str, word: str) -> str:
    return f'<span class="badge {light}">{escape(word)}</span>'
