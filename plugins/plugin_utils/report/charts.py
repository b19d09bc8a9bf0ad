# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The charts of a fleet report as inline SVG: horizontal bars with their numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

#: With more bars, a chart is harder to read; the table beside it has all of them.
MOST_BARS = 12
_WIDTH, _LABEL, _NUMBER, _LINE, _BAR = 720, 210, 190, 26, 14
_LONGEST_LABEL = 30


class Bar(NamedTuple):
    """One bar. parts: the number of each class. caption: the text beside it."""

    label: str
    parts: Mapping[str, int]
    caption: str

    @property
    def total(self) -> int:
        """Sum of the parts."""
        return sum(self.parts.values())


def draw_chart(identity: str, title: str, bars: Sequence[Bar], unit: str) -> str:
    """Return a chart of the first bars, with a line for the rest. identity: unique in the page. unit: what is counted."""
    shown = list(bars[:MOST_BARS])
    rest = bars[MOST_BARS:]
    longest = max((each.total for each in shown), default=0) or 1
    height = _LINE * (len(shown) + bool(rest)) + 4
    lines = [_draw_bar(number, each, longest) for number, each in enumerate(shown)]
    if rest:
        more = f"and {len(rest)} more, with {sum(each.total for each in rest)} {unit}"
        lines.append(f'<text class="label" x="0" y="{_LINE * len(shown) + 17}">{escape(more)}</text>')
    described = "; ".join(f"{each.label}: {each.caption}" for each in shown)
    return (
        f'<svg role="img" aria-labelledby="{identity}-title {identity}-desc" viewBox="0 0 {_WIDTH} {height}">'
        f'<title id="{identity}-title">{escape(title)}</title><desc id="{identity}-desc">{escape(described)}</desc>{"".join(lines)}</svg>'
    )


def _draw_bar(number: int, each: Bar, longest: int) -> str:
    top = _LINE * number + 5
    scale = (_WIDTH - _LABEL - _NUMBER) / longest
    label = each.label if len(each.label) <= _LONGEST_LABEL else f"{each.label[: _LONGEST_LABEL - 1]}…"
    drawn, left = [], float(_LABEL)
    for name, count in each.parts.items():
        if count:
            width = max(count * scale, 2.0)
            drawn.append(f'<rect class="{name}" x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_BAR}"/>')
            left += width
    return (
        f'<text class="label" x="{_LABEL - 10}" y="{top + 12}" text-anchor="end">{escape(label)}</text>{"".join(drawn)}'
        f'<text class="number" x="{left + 8:.1f}" y="{top + 12}">{escape(each.caption)}</text>'
    )
