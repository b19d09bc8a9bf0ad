# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query of a URL: the parameters of every call, the filters of a collection, and the parameters of one call.

Source of the first: public documentation, "Getting started with the ONTAP REST API", "Query parameters" and "Records
and pagination".
Each is checked in every call; one that a call has no use for (max_records of a single record) changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from . import crossfield, errors, operators
from .paging import CURSOR, PAGE, Cursor, Pairs, read_cursor
from .selection import Selection, select, split
from .tables import Table

#: "When iterating over a collection, the default is 15 seconds" (reference, return_timeout).
COLLECTION_TIMEOUT = 15
_RETURN_TIMEOUT_MAX = 120


@dataclass(frozen=True)
class Call:
    """What a call takes. filters: whether the fields of the resource choose records. own: parameters that other
    calls do not have.
    """

    method: str
    filters: bool = False
    own: tuple[str, ...] = ()

    @property
    def reads(self) -> bool:
        """Whether it is a GET, or a HEAD, which works as a GET does."""
        return self.method in ("GET", "HEAD")


@dataclass
class Asked:
    """A checked query. None: not given."""

    selection: Selection
    fields: list[str] = field(default_factory=list)
    lenient: bool = False
    order: list[tuple[str, bool]] = field(default_factory=list)
    filters: list[tuple[str, operators.Predicate]] = field(default_factory=list)
    cross_field: tuple[Selection, crossfield.Test] | None = None
    limit: int = PAGE
    offset: int = 0
    records: bool = False
    seconds: int | None = None
    go_on: bool = False
    cursor: Cursor = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)

    def flag(self, name: str) -> bool:
        """A parameter of this call alone that is true or false; false if it is not given."""
        return boolean(name, self.own.get(name, "false"))


def read(table: Table, pairs: Pairs, call: Call) -> Asked:
    """Check the query of a call, and refuse what ONTAP refuses."""
    # "The default setting for return_records is true for GET calls and false for all other methods."
    asked = Asked(select(table, (), ()), records=call.reads)
    across = {name: text for name, text in pairs if name in (crossfield.QUERY, crossfield.FIELDS)}
    if across and not call.reads:
        raise errors.cross_field(
            "262277",
            "The query_fields and query parameters may only be specified for GET requests.",
            next(iter(across)),
        )
    if across and call.filters:
        asked.cross_field = crossfield.read(table, across)
    for name, text in pairs:
        if name in _GLOBAL:
            _GLOBAL[name](table, asked, name, text)
        elif name in across and call.filters:
            continue
        elif name == CURSOR and call.filters:
            asked.cursor = read_cursor(text)
        elif name in call.own:
            asked.own[name] = text
        elif name in table.fields and call.filters:
            asked.filters.append((name, operators.predicate(table.fields[name], text)))
        else:
            raise _refusal(table, name, call)
    default = table.default if call.filters and call.reads else ("*",)
    asked.selection = select(table, asked.fields, default, lenient=asked.lenient)
    return asked


def _refusal(table: Table, name: str, call: Call) -> errors.ApiError:
    if name in table.secrets:
        return errors.secret_in_url(name)
    if name in table.fields and call.method == "POST":
        return errors.filter_on_post(name)
    return errors.unexpected_argument(name)


def _read_fields(_table: Table, asked: Asked, _name: str, text: str) -> None:
    asked.fields += split(text)


def _read_lenient(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.lenient = boolean(name, text)


def _read_records(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.records = boolean(name, text)


def _read_seconds(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.seconds = integer(name, text, 0, _RETURN_TIMEOUT_MAX)


def _read_limit(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.limit = integer(name, text, 1, None)


def _read_offset(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.offset = integer(name, text, 0, None)


def _read_order(table: Table, asked: Asked, name: str, text: str) -> None:
    asked.order += [_direction(table, name, item.strip()) for item in text.split(",") if item.strip()]


def _read_pretty(_table: Table, _asked: Asked, name: str, text: str) -> None:
    """Only the form of the JSON depends on it (front.py)."""
    boolean(name, text)


def _read_go_on(_table: Table, asked: Asked, name: str, text: str) -> None:
    asked.go_on = boolean(name, text)


_GLOBAL: dict[str, Callable[[Table, Asked, str, str], None]] = {
    "fields": _read_fields,
    "ignore_unknown_fields": _read_lenient,
    "return_records": _read_records,
    "return_timeout": _read_seconds,
    "max_records": _read_limit,
    "offset": _read_offset,
    "order_by": _read_order,
    "$orderBy": _read_order,
    "pretty": _read_pretty,
    "continue_on_failure": _read_go_on,
}


def _direction(table: Table, parameter: str, item: str) -> tuple[str, bool]:
    name, _space, direction = item.partition(" ")
    if name in table.secrets:
        raise errors.not_sortable(name)
    if name not in table.fields:
        raise errors.invalid_value(parameter, name, "field")
    if direction.strip().lower() not in ("", "asc", "desc"):
        raise errors.invalid_value(parameter, item, "asc or desc")
    return name, direction.strip().lower() == "desc"


def integer(name: str, text: str, low: int, high: int | None) -> int:
    """A whole number within its documented limits."""
    expected = f"integer {low}..{'' if high is None else high}"
    try:
        number = int(text)
    except ValueError:
        raise errors.invalid_value(name, text, expected) from None
    if number < low or (high is not None and number > high):
        raise errors.invalid_value(name, text, expected)
    return number


def boolean(name: str, text: str) -> bool:
    """true or false, as ONTAP writes them."""
    if text.lower() not in ("true", "false"):
        raise errors.invalid_value(name, text, "boolean")
    return text.lower() == "true"
