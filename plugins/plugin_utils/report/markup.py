# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML elements of a fleet report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def wrap_section(identity: str, title: str, content: str) -> str:
    """Return a section of the page. content: HTML."""
    return f'<section id="{identity}" aria-labelledby="{identity}-head"><h2 id="{identity}-head">{escape(title)}</h2>{content}</section>\n'


def render_table(caption: str, heads: Sequence[str], lines: Iterable[Sequence[str]], *, counts: bool = False) -> str:
    """Return a table that may be wider than the page. heads, lines: HTML. counts: align cells of digits as numbers."""

    def cell_class(value: str) -> str:
        return ' class="count"' if counts and value.isdecimal() else ""

    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td{cell_class(cell)}>{cell}</td>" for cell in line) + "</tr>" for line in lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table><caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def isolate(value: str) -> str:
    """Return a value of a cluster as HTML, isolated so that its writing direction does not affect its neighbors."""
    return f"<bdi>{escape(value)}</bdi>" if value else ""
