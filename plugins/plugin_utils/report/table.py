# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a fleet report: one row for each configuration, complete without the script.

A column that has the same value everywhere is folded into the line above the table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from html import escape

from ansible_collections.ontap.akv.plugins.plugin_utils.report.markup import (
    MEANINGS,
    isolate,
    isolate_text,
    render_badge,
    shorten_vault,
    wrap_section,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, UNKNOWN, Row

#: Rows that are on the screen until the reader asks for all; laying out ten thousand takes seconds.
_MOST = 100
#: Characters of a name that is never broken.
_LONGEST = 44
#: The columns that are always there.
_FIXED = ("health", "svm")
#: Heading of each column, and what it shows as text.
_COLUMNS: dict[str, tuple[str, Callable[[Row], str]]] = {
    "health": ("Health", lambda row: MEANINGS[row.light][0]),
    "cluster": ("Cluster", lambda row: row.cluster),
    "svm": ("SVM", lambda row: row.fields["svm"] or "the cluster itself"),
    "configuration": ("Configuration", lambda row: row.fields["configuration"]),
    "vault": ("Vault", lambda row: shorten_vault(row.fields["vault"])),
    "key": ("Key", lambda row: row.fields["key"]),
    "version": ("Key version", lambda row: row.fields["version"]),
    "client_id": ("Application", lambda row: row.fields["client_id"]),
    "method": ("Authentication", lambda row: row.fields["method"]),
    "tenant_id": ("Tenant", lambda row: row.fields["tenant_id"]),
    "proxy": ("Proxy", lambda row: row.fields["proxy"]),
}
#: The columns that a list above the table filters, with the name of the list.
_FILTERED = {"cluster": "Cluster", "client_id": "Application", "vault": "Vault"}
#: What people call a column of which every value is empty.
_NOTHING = {"configuration": "", "version": "", "proxy": "no proxy"}


def render_configurations(rows: Sequence[Row]) -> str:
    """Return the section with the table and its filters."""
    if not rows:
        return wrap_section("table", "Configurations", "<p>No configurations.</p>", is_target=True)
    values = {key: Counter(map(shown, rows)) for key, (_head, shown) in _COLUMNS.items()}
    columns = [key for key in _COLUMNS if key in _FIXED or len(values[key]) > 1]
    heads = "".join(
        f'<th scope="col" aria-sort="none" data-key="{key}"><button type="button"'
        f' data-sort="{key}">{_COLUMNS[key][0]}</button></th>'
        for key in columns
    )
    body = "".join(_render_row(row, columns, beyond=number >= _MOST) for number, row in enumerate(rows))
    table = (
        f'{_render_folded(values, columns)}<div class="controls">{_render_controls(values, columns)}</div><div'
        ' class="scroll" tabindex="0" role="region" aria-label="Table of configurations"><table id="configurations"'
        f' data-most="{_MOST}"><caption class="hidden">Azure Key Vault'
        f' configurations</caption><thead><tr>{heads}</tr></thead><tbody>\n{body}</tbody></table></div><p class="empty"'
        ' id="none" hidden>No configuration matches.</p><button type="button" id="more" hidden></button>'
    )
    return wrap_section("table", "Configurations", table, is_target=True)


def _render_folded(values: Mapping[str, Counter[str]], columns: Sequence[str]) -> str:
    """Return the line with what is the same for all rows."""
    found = []
    for key, (head, _shown) in _COLUMNS.items():
        if key not in columns:
            (value,) = values[key]
            found.append(f"{head.lower()} {isolate_text(value)}" if value else _NOTHING.get(key, ""))
    said = ", ".join(filter(None, found))
    return f'<p class="soft" id="same">The same everywhere: {said}.</p>' if said else ""


def _render_controls(values: Mapping[str, Counter[str]], columns: Sequence[str]) -> str:
    counts = [(light, MEANINGS[light][0], values["health"][MEANINGS[light][0]]) for light in LIGHTS]
    chips = "".join(
        f'<button type="button" data-filter-state="{light}" aria-pressed="false">{name} <span>{count:,}</span></button>'
        for light, name, count in counts
        if count
    )
    lists = "".join(_render_list(key, name, values[key]) for key, name in _FILTERED.items() if key in columns)
    return (
        '<label for="filter">Filter <input type="search" id="filter" autocomplete="off"'
        f' spellcheck="false"></label><div role="group" aria-label="By health">{chips}</div>{lists}<button'
        ' type="button" id="reset">Reset</button><span id="shown" role="status"></span>'
    )


def _render_list(key: str, name: str, values: Counter[str]) -> str:
    options = "".join(
        f'<option value="{escape(value)}">{escape(value or "none")} ({count:,})</option>'
        for value, count in sorted(values.items())
    )
    return f'<label>{name} <select data-filter="{key}"><option value="*">all</option>{options}</select></label>'


def _render_row(row: Row, columns: Sequence[str], *, beyond: bool) -> str:
    hidden = " beyond" if beyond else ""
    cells = "".join(f'<td data-key="{key}"{_mark_long(key, row)}>{_render_cell(key, row)}</td>' for key in columns)
    note = _render_note(row)
    told = f'<tr class="note{hidden}"><td colspan="{len(columns)}">{note}</td></tr>' if note else ""
    return f'<tr class="row{hidden}" data-state="{row.light}">{cells}</tr>{told}\n'


def _mark_long(key: str, row: Row) -> str:
    """Return the class of a name that would make the table wider than the page, and so may be broken."""
    return ' class="long"' if key in ("cluster", "svm") and len(_COLUMNS[key][1](row)) > _LONGEST else ""


def _render_cell(key: str, row: Row) -> str:
    if key == "health":
        return render_badge(row.light, MEANINGS[row.light][0])
    value = _COLUMNS[key][1](row)
    return isolate(value).replace(".", "<wbr>.") if key == "vault" else isolate(value)


def _render_note(row: Row) -> str:
    """Return what is wrong with a configuration, in a row of its own."""
    checks = [
        ("Keys", row.state),
        ("Vault", row.azure),
        *(("Key servers" + (f" on {check.node}" if check.node else ""), check) for check in row.ekmip),
    ]
    told = [
        f"<p>{escape(name)} {escape(check.word)}{': ' if check.message else ''}{isolate_text(check.message)}</p>"
        for name, check in checks
        if check.light not in (OK, UNKNOWN) or check.message
    ]
    told += [f"<p>Key store {isolate_text(row.store)}</p>"] if row.store else []
    told += [
        f"<p>Azure: {isolate_text(str(problem.get('message')))}</p>"
        for problem in row.facts.problems
        if problem.get("severity") == "error"
    ]
    return "".join(told)
