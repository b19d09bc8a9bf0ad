# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`fields`: names, groups of names, `*`, `**`, `svm.{name,uuid}` and `!svm.uuid` ("Getting started", "Requesting
specific fields").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from . import errors
from .tables import Table, Tree


@dataclass(frozen=True)
class Selection:
    """Fields of a resource, and which advanced properties have to be worked out for them."""

    names: tuple[str, ...]
    advanced: frozenset[str]

    @property
    def tree(self) -> Tree:
        """The names as a tree."""
        return _tree(self.names)


def split(text: str) -> list[str]:
    """Split the value of `fields` into single names, with braces resolved; empty items do not count."""
    return [name for item in _items(text) for name in _unfold(item)]


def _items(text: str) -> Iterator[str]:
    """Split at the commas that are outside of braces."""
    depth, item = 0, ""
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            raise errors.mismatched_braces(text)
        if character == "," and depth == 0:
            yield item.strip()
            item = ""
        else:
            item += character
    if depth:
        raise errors.mismatched_braces(text)
    yield item.strip()


def _unfold(item: str) -> Iterator[str]:
    group, brace, inner = item.partition("{")
    if not brace:
        if item:
            yield item
        return
    if not inner.endswith("}"):
        raise errors.mismatched_braces(item)
    for name in split(inner[:-1]):
        yield f"!{group}{name[1:]}" if name.startswith("!") else f"{group}{name}"


def select(table: Table, wanted: Iterable[str], default: Iterable[str], *, lenient: bool = False) -> Selection:
    """Select the fields of a response: those that `fields` names, or the default, and always those that identify a
    record.

    lenient: a field that does not exist is left out (ignore_unknown_fields).
    """
    chosen = choose(table, wanted, default, lenient=lenient)
    # Even if they are excluded (assumption).
    return _selection(table, [*table.identity, *chosen.names, *table.leaked])


def choose(
    table: Table, wanted: Iterable[str], default: Iterable[str], *, lenient: bool = False, parameter: str = "fields"
) -> Selection:
    """Choose the named fields, or the default if none is included."""
    asked = list(wanted)
    included = [item for item in asked if not item.startswith("!")]
    names: dict[str, None] = {}
    for item in included or default:
        names.update(dict.fromkeys(_expand(table, item, parameter, lenient=lenient)))
    for item in asked:
        if item.startswith("!"):
            for name in _expand(table, item[1:], parameter, lenient=lenient):
                names.pop(name, None)
    return _selection(table, names)


def _selection(table: Table, names: Iterable[str]) -> Selection:
    unique = tuple(dict.fromkeys(names))
    return Selection(unique, advanced_groups(table, unique))


def _tree(names: Iterable[str]) -> Tree:
    tree: Tree = {}
    for name in names:
        branch = tree
        *groups, leaf = name.split(".")
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[leaf] = None
    return tree


def advanced_groups(table: Table, names: Iterable[str]) -> frozenset[str]:
    """The advanced properties that some fields are part of."""
    chosen = (name for name in names if name in table.fields and table.fields[name].advanced)
    return frozenset(name.partition(".")[0] for name in chosen)


def _expand(table: Table, item: str, parameter: str, *, lenient: bool) -> list[str]:
    if item in ("*", "**"):
        return [name for name, known in table.fields.items() if item == "**" or not known.advanced]
    if item in table.fields:
        return [item]
    if item in table.secrets:
        raise errors.not_readable(item)
    names = [name for name in table.fields if name.startswith(f"{item}.")]
    if not names and not lenient and not item.endswith("_links"):
        raise errors.invalid_value(parameter, item, "field")
    return names
