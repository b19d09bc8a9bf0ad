# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pieces of HTML that a fleet report is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def section(identity: str, title: str, content: str) -> str:
    """Returns a section of the page. content: HTML."""
    return f'<section id="{identity}" aria-labelledby="{identity}-head"><h2 id="{identity}-head">{escape(title)}</h2>{content}</section>\n'


def plain_table(caption: str, heads: Sequence[str], lines: Iterable[Sequence[str]], *, counts: bool = False) -> str:
    """Returns a table that may be wider than the page. heads, lines: HTML. counts: whether digits alone are a number."""

    def kind(value: str) -> str:
        return ' class="count"' if counts and value.isdecimal() else ""

    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join("<tr>" + "".join(f"<td{kind(cell)}>{cell}</td>" for cell in line) + "</tr>" for line in lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table><caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def bdi(value: str) -> str:
    """Returns a value of a cluster as HTML; the direction in which it is written does not change what is beside it."""
    return f"<bdi>{escape(value)}</bdi>" if value else ""
