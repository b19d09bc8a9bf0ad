# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's query operators: one filter value becomes a predicate over the values that a record has in that field."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from . import errors
from .schema import Field

Predicate = Callable[[list[Any]], bool]
#: Kinds whose values in a record have another form than operands.
_FOLDED = ("integer", "datetime")

#: Characters of a literal are moved by this, into a range that no text uses; how many can be moved; and the mark of an
#: empty literal.
_SHIFT, _SHIFTED = 0xE000, 0x80
_NOTHING = chr(_SHIFT + _SHIFTED)
#: What can stand before a value.
_BEGINNING = re.compile(r"(^|\|)!*(<=?|>=?)?$|\.\.$")

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
}


def predicate(field: Field, text: str) -> Predicate:
    """`a|b`, `!a`, `a*`, `<` `>` `<=` `>=`, `a..b`, `null`, `!null`, `"a*"`, `{a|b}` ("Getting started", "Record
    filtering").
    """
    shielded = _shield(field, text)
    # A list of names of events has commas (Harvest, its EMS collector); elsewhere a comma belongs to the value
    # (assumption).
    alternatives = (shielded if field.among is None else shielded.replace(",", "|")).split("|")
    if all(_is_plain(item) for item in alternatives):
        wanted = frozenset(_convert(field, item) for item in alternatives)
        if field.kind not in _FOLDED:
            return lambda values: not wanted.isdisjoint(values)
        return lambda values: any(_fold(field, value) in wanted for value in values)
    tests = [_alternative(field, item) for item in alternatives]
    return lambda values: any(test(values) for test in tests)


def _shield(field: Field, text: str) -> str:
    """Shift what quotes or braces enclose out of the range of operators; they count where a value begins
    (assumption).
    """
    result, at = "", 0
    while at < len(text):
        if text[at] in '"{' and (not result or _BEGINNING.search(result)):
            end = _end_of_literal(text, at)
            if end < 0:
                raise errors.invalid_value(field.name, text, "closed quote or brace")
            result += "".join(
                chr(ord(character) + _SHIFT) if ord(character) < _SHIFTED else character
                for character in text[at + 1 : end]
            )
            # A literal that is empty still ends the beginning.
            result += _NOTHING
            at = end
        else:
            result += text[at]
        at += 1
    return result


def _end_of_literal(text: str, at: int) -> int:
    """Where the quote or brace at a place is closed; braces can be nested. -1: nowhere."""
    if text[at] == '"':
        return text.find('"', at + 1)
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    return -1


def _plain(text: str) -> str:
    """A value as it was before it was shielded."""
    characters = (character for character in text if character != _NOTHING)
    return "".join(
        chr(ord(character) - _SHIFT) if _SHIFT <= ord(character) < _SHIFT + _SHIFTED else character
        for character in characters
    )


def _is_plain(item: str) -> bool:
    return not (item.startswith(("!", "<", ">")) or "*" in item or ".." in item or item == "null")


def _alternative(field: Field, item: str) -> Predicate:
    if item == "null":
        return lambda values: not values
    if item == "!null":
        return bool
    if item.startswith("!"):
        inner = _alternative(field, item[1:])
        return lambda values: not inner(values)
    return _positive(field, item)


def _positive(field: Field, item: str) -> Predicate:
    for sign, compare in _COMPARISONS.items():
        if item.startswith(sign):
            if item == sign:
                raise errors.no_operand(field.name, item)
            bound = _convert(field, item[len(sign) :])
            return lambda values: any(compare(_fold(field, value), bound) for value in values)
    if ".." in item:
        return _range(field, item)
    if "*" in item:
        pattern = re.compile(".*".join(re.escape(_plain(part)) for part in item.split("*")), re.DOTALL)
        return lambda values: any(pattern.fullmatch(str(_fold(field, value))) for value in values)
    wanted = _convert(field, item)
    return lambda values: any(_fold(field, value) == wanted for value in values)


def _range(field: Field, item: str) -> Predicate:
    first, _dots, last = item.partition("..")
    if not first and not last:
        raise errors.no_operand(field.name, item)
    low = _convert(field, first) if first else None
    high = _convert(field, last) if last else None

    def inside(value: Any) -> bool:
        return (low is None or value >= low) and (high is None or value <= high)

    return lambda values: any(inside(_fold(field, value)) for value in values)


def _convert(field: Field, text: str) -> Any:
    """The operand in the field's type."""
    text = _plain(text)
    if field.among is not None and text not in field.among:
        raise errors.invalid_value(field.name, text, "value that is known")
    try:
        if field.kind == "integer":
            return int(text)
        if field.kind == "datetime":
            # In seconds since 1970, too (Harvest, its EMS collector).
            return float(text) if text.isdecimal() else datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise errors.invalid_value(field.name, text, field.kind) from None
    if field.kind == "boolean":
        if text.lower() not in ("true", "false"):
            raise errors.invalid_value(field.name, text, field.kind)
        return text.lower() == "true"
    return text.lower() if field.kind == "uuid" else text


def _fold(field: Field, value: Any) -> Any:
    """A record's value in the form that operands have."""
    if field.kind == "integer":
        return int(value)
    if field.kind == "datetime":
        return datetime.fromisoformat(value).timestamp()
    return value
