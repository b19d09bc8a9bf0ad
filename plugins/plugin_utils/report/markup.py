# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTML elements of a fleet report, and how it counts."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import LIGHTS, OK, PROBLEM, UNKNOWN, WARNING, Row

#: Name and meaning of each health value.
MEANINGS = {
    PROBLEM: ("Problem", "keys not available, or vault not reachable"),
    WARNING: ("Warning", "a node does not reach the key servers, or a key store is not active"),
    UNKNOWN: ("Not checked", "not requested, or not known"),
    OK: ("Healthy", "keys available, everything reachable"),
}
#: The widths and heights of bars are classes, because the page's policy allows no style attributes.
BAR_CLASSES = "".join(f".w{number}{{width:{number}%}}.h{number}{{height:{number}%}}" for number in range(101))
#: Browsers break a line after a hyphen.
_BREAKABLE = re.compile(r"\S*-\S*")


def wrap_section(identity: str, title: str, content: str, *, is_target: bool = False) -> str:
    """Return a section of the page; empty without content. content: HTML. is_target: whether a link moves the focus
    to it.
    """
    if not content:
        return ""
    focus = ' tabindex="-1"' if is_target else ""
    return (
        f'<section id="{identity}"{focus} aria-labelledby="{identity}-head"><h2'
        f' id="{identity}-head">{escape(title)}</h2>{content}</section>\n'
    )


@functools.lru_cache(maxsize=4096)
def isolate(value: str) -> str:
    """Return a value of a cluster as HTML, isolated so that its writing direction does not affect its neighbors."""
    return f"<bdi>{escape(value)}</bdi>" if value else ""


@functools.lru_cache(maxsize=4096)
def isolate_text(text: str) -> str:
    """Return a text with names of a cluster as HTML, isolated; a name is broken only if it is longer than a line."""
    if not text:
        return ""
    parts, end = [], 0
    for name in _BREAKABLE.finditer(text):
        parts += [escape(text[end : name.start()]), f'<span class="whole">{escape(name.group())}</span>']
        end = name.end()
    return f"<bdi>{''.join(parts)}{escape(text[end:])}</bdi>"


def render_badge(light: str, word: str) -> str:
    """Return a health value or the result of a check."""
    return f'<span class="badge {light}">{escape(word)}</span>'


def fold(summary: str, content: str) -> str:
    """Return content that is one click away. summary, content: HTML."""
    return f"<details><summary>{summary}</summary>{content}</details>"


def render_bar(parts: Mapping[str, int], longest: int) -> str:
    """Return a bar with a part for each count, as wide as its share of the longest bar; every part can be seen."""
    shown = {name: max(1, count * 100 // (longest or 1)) for name, count in parts.items() if count}
    drawn = "".join(f'<i class="{name} w{width}"></i>' for name, width in shown.items())
    return f'<span class="track">{drawn}</span>'


def render_bars(lines: Iterable[tuple[str, str, str, str]]) -> str:
    """Return lines of a name, a second line below it, a bar and a caption, all of them HTML."""
    items = "".join(
        f'<li><span class="name">{name}{f"<small>{more}</small>" if more else ""}</span>{drawn}<span'
        f' class="caption">{caption}</span></li>'
        for name, more, drawn, caption in lines
    )
    return f'<ul class="bars">{items}</ul>'


def count_of(number: int, noun: str) -> str:
    """Return a number and what it counts, such as C(1 SVM) or C(1,200 SVMs)."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def count_owners(rows: Iterable[Row]) -> str:
    """Return how many SVMs and clusters some configurations belong to; one without an SVM is the cluster's."""
    owners = {(row.cluster, row.fields["svm"]) for row in rows}
    clusters = sum(not svm for _cluster, svm in owners)
    svms = len(owners) - clusters
    parts = [count_of(svms, "SVM")] if svms or not clusters else []
    return " and ".join([*parts, *([count_of(clusters, "cluster configuration")] if clusters else [])])


def locate(rows: Sequence[Row]) -> str:
    """Return how many SVMs are affected, and where: C(7 SVMs of fra-prod02)."""
    clusters = list(dict.fromkeys(row.cluster for row in rows))
    return f"{count_owners(rows)} of {clusters[0] if len(clusters) == 1 else count_of(len(clusters), 'cluster')}"


def format_counts(counts: Mapping[str, int]) -> str:
    """Return counts by health as text, without zeros."""
    nouns = {PROBLEM: ("problem", "problems"), WARNING: ("warning", "warnings")}
    names = {light: nouns.get(light, (MEANINGS[light][0].lower(),) * 2) for light in LIGHTS}
    return ", ".join(f"{counts[light]:,} {names[light][counts[light] > 1]}" for light in LIGHTS if counts.get(light))


def shorten_vault(vault: str) -> str:
    """Return the host of a vault."""
    return vault.partition("//")[2].strip("/").removesuffix(":443") or vault


def name_vault(vault: str) -> str:
    """Return the first name of the host of a vault, by which people call it."""
    return shorten_vault(vault).partition(".")[0] or "without a name"
