# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: filters, `fields`, `order_by`, paging and links of one collection or record."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode

from . import errors, operators
from .schema import Field

Record = dict[str, Any]
Parameters = Sequence[tuple[str, str]]
Tree = dict[str, Any]

#: ONTAP ends a page after this many records (ontap-releases.md, "How ONTAP's REST interface behaves").
PAGE = 10_000
_CURSOR = "start.token"
#: What a query may have beside filters: of GET, and of PATCH as far as it is about the choice of records.
_READING = frozenset({"fields", "max_records", "return_timeout", "return_records", "order_by", _CURSOR})
_CHOOSING = frozenset({_CURSOR})


def _nothing(_row: Any, _advanced: frozenset[str]) -> None:
    """Most records can always be read."""


@dataclass(frozen=True)
class Table:
    """What reading needs to know of a resource. `view(row, advanced)` gives a record with its nested fields."""

    path: str
    fields: Mapping[str, Field]
    view: Callable[[Any, frozenset[str]], Record]
    #: Fields that every answer has (reference, "Retrieving the advanced properties ...").
    identity: tuple[str, ...] = ("uuid",)
    #: Fields that a collection has where none are named, besides.
    default: tuple[str, ...] = ()
    #: Write-only fields that a hostile server shows all the same.
    leaked: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    #: There is one such record, at the path itself.
    single: bool = False
    #: Raises what a GET of one record fails with, though the collection may not.
    check: Callable[[Any, frozenset[str]], None] = _nothing
    #: Whether the collection has an order of its own.
    ordered: bool = False
    #: The place of a record below the path.
    key: Callable[[Record], str] = itemgetter("uuid")


@dataclass
class Page:
    """Paging as the control interface wants it."""

    size: int | None = None
    empty: int = 0
    #: Whether num_records is told, and the seed of an order in place of the usual one.
    count: bool = True
    order: int | None = None


@dataclass
class Selection:
    """The fields that an answer has: a tree of names, and which advanced properties have to be worked out."""

    tree: Tree
    advanced: frozenset[str]


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


def select(table: Table, wanted: Iterable[str]) -> Selection:
    """`fields`: names, groups of names, `*` (all but the advanced ones), `**` (all)."""
    names: dict[str, None] = dict.fromkeys(table.identity)
    for item in wanted:
        names.update(dict.fromkeys(_expand(table, item)))
    names.update(dict.fromkeys(table.leaked))
    tree: Tree = {}
    for name in names:
        branch = tree
        *groups, leaf = name.split(".")
        for group in groups:
            branch = branch.setdefault(group, {})
        branch[leaf] = None
    return Selection(tree, _groups(table, names))


def _groups(table: Table, names: Iterable[str]) -> frozenset[str]:
    chosen = (name for name in names if name in table.fields and table.fields[name].advanced)
    return frozenset(name.partition(".")[0] for name in chosen)


def _expand(table: Table, item: str) -> list[str]:
    if item in ("*", "**"):
        return [name for name, known in table.fields.items() if item == "**" or not known.advanced]
    if item in table.fields:
        return [item]
    names = [name for name in table.fields if name.startswith(f"{item}.")]
    if not names and not item.endswith("_links"):
        raise errors.invalid_value("fields", item, "field")
    return names


def project(value: Any, tree: Tree) -> Any:
    """A new record with the chosen fields only."""
    if isinstance(value, list):
        return [project(item, tree) for item in value]
    return {name: value[name] if branch is None else project(value[name], branch) for name, branch in tree.items() if name in value}


def values(record: Any, path: Sequence[str]) -> list[Any]:
    """The values of a field; several where a list is on the way (ekmip_reachability), none where it is not set."""
    for place, name in enumerate(path):
        if isinstance(record, list):
            return [found for item in record for found in values(item, path[place:])]
        if name not in record:
            return []
        record = record[name]
    return record if isinstance(record, list) else [record]


def add_links(table: Table, record: Record) -> Record:
    """HAL links of a record and of what it refers to."""
    record["_links"] = {"self": {"href": table.path if table.single else f"{table.path}/{table.key(record)}"}}
    for path, target in table.links.items():
        for referred in values(record, path.split(".")):
            if "uuid" in referred:
                referred["_links"] = {"self": {"href": f"{target}/{referred['uuid']}"}}
    return record


def one(table: Table, row: Any, parameters: Parameters, *, hal: bool) -> Record:
    """GET of one record: the common fields where none are named (ontap-releases.md)."""
    wanted = ["*"]
    for name, text in parameters:
        if name != "fields":
            raise errors.unexpected_argument(name)
        wanted = _names(text)
    selection = select(table, wanted)
    table.check(row, selection.advanced)
    record = project(table.view(row, selection.advanced), selection.tree)
    return add_links(table, record) if hal else record


def _names(text: str) -> list[str]:
    return [item.strip() for item in text.split(",") if item.strip()]


@dataclass
class _Asked:
    """A collection's query, checked."""

    fields: list[str] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    filters: list[tuple[str, operators.Predicate]] = field(default_factory=list)
    limit: int = PAGE
    records: bool = True
    cursor: dict[str, Any] = field(default_factory=dict)


def _ask(table: Table, parameters: Parameters, known: frozenset[str]) -> _Asked:
    asked = _Asked()
    for name, text in parameters:
        if name in known:
            _option(table, asked, name, text)
        elif name in table.fields:
            asked.filters.append((name, operators.predicate(table.fields[name], text)))
        else:
            raise errors.unexpected_argument(name)
    return asked


def _option(table: Table, asked: _Asked, name: str, text: str) -> None:
    if name == "fields":
        asked.fields += _names(text)
    elif name == "max_records":
        asked.limit = integer(name, text, 1, None)
    elif name == "return_timeout":
        integer(name, text, 0, 120)
    elif name == "return_records":
        asked.records = boolean(name, text)
    elif name == "order_by":
        asked.order += [_direction(table, item) for item in _names(text)]
    else:
        asked.cursor = _read_cursor(text)


def _direction(table: Table, item: str) -> tuple[str, bool]:
    name, _space, direction = item.partition(" ")
    if name not in table.fields:
        raise errors.invalid_value("order_by", name, "field")
    if direction.strip().lower() not in ("", "asc", "desc"):
        raise errors.invalid_value("order_by", item, "asc or desc")
    return name, direction.strip().lower() == "desc"


def _read_cursor(text: str) -> dict[str, Any]:
    try:
        cursor = json.loads(base64.urlsafe_b64decode(text.encode()))
        return {"at": int(cursor["at"]), "uuid": cursor["uuid"], "empty": int(cursor["empty"])}
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise errors.invalid_value(_CURSOR, text, "token of a next link") from None


def collection(table: Table, rows: Iterable[Any], parameters: Parameters, page: Page, *, hal: bool) -> Record:
    """GET of a collection, one page of it."""
    asked = _ask(table, parameters, _READING)
    selection = select(table, asked.fields or table.default)
    found = _order(table, _matching(table, _mixed(table, rows, page), asked), asked)
    if not asked.records:
        return {"num_records": len(found)}
    chosen, cursor = _cut(found, asked, page)
    records = [project(table.view(row, selection.advanced), selection.tree) for row in chosen]
    answer: Record = {"records": records} | ({"num_records": len(records)} if page.count else {})
    if hal:
        for record in records:
            add_links(table, record)
        answer["_links"] = {"self": {"href": _href(table, parameters)}}
    if cursor is not None:
        answer.setdefault("_links", {})["next"] = next_link(table, parameters, cursor)
    return answer


def _mixed(table: Table, rows: Iterable[Any], page: Page) -> Iterable[Any]:
    """The rows in an order that depends on a seed alone, so that one page follows another."""
    if page.order is None or table.ordered:
        return rows
    return sorted(rows, key=lambda row: hashlib.sha256(f"{page.order}{row.uuid}".encode()).digest())


def choose(table: Table, rows: Iterable[Any], parameters: Parameters, page: Page) -> tuple[list[Any], str | None]:
    """The rows that a writing query means, one page of them, and the cursor of the next page.

    Its filters are those of GET; a query without any is refused (assumption).
    """
    asked = _ask(table, parameters, _CHOOSING)
    if not asked.filters:
        raise errors.bad_value("A query is required to change the records of a collection.")
    return _cut(_matching(table, rows, asked), asked, page)


def _matching(table: Table, rows: Iterable[Any], asked: _Asked) -> list[Any]:
    """The rows that pass every filter; the advanced properties are worked out only of those that pass the plain ones."""
    found = list(rows)
    for name, test in sorted(asked.filters, key=lambda named: table.fields[named[0]].advanced):
        path, advanced = name.split("."), _groups(table, [name])
        found = [row for row in found if test(values(table.view(row, advanced), path))]
    return found


def _order(table: Table, rows: list[Any], asked: _Asked) -> list[Any]:
    """Stable: the last named field first. Records without a value come last in either direction (assumption)."""
    for name, descending in reversed(asked.order):
        path, advanced = name.split("."), _groups(table, [name])
        keyed = [(values(table.view(row, advanced), path), row) for row in rows]
        having = sorted(((key[0], row) for key, row in keyed if key), key=lambda pair: pair[0], reverse=descending)
        rows = [row for _key, row in having] + [row for key, row in keyed if not key]
    return rows


def _cut(found: list[Any], asked: _Asked, page: Page) -> tuple[list[Any], str | None]:
    start = _start(found, asked.cursor)
    empty = asked.cursor.get("empty", page.empty)
    size = min(asked.limit, page.size or PAGE)
    if empty > 0 and start < len(found):
        return [], _write_cursor(found, start, empty - 1)
    end = start + size
    return found[start:end], _write_cursor(found, end, page.empty) if end < len(found) else None


def _start(found: list[Any], cursor: dict[str, Any]) -> int:
    """Where the last page ended, also when records before it have come or gone since."""
    at = int(cursor.get("at", 0))
    last = cursor.get("uuid")
    if last is None or (0 < at <= len(found) and found[at - 1].uuid == last):
        return at
    return next((place + 1 for place, row in enumerate(found) if row.uuid == last), at)


def _write_cursor(found: list[Any], at: int, empty: int) -> str:
    cursor = {"at": at, "uuid": found[at - 1].uuid if at else None, "empty": empty}
    return base64.urlsafe_b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode()


def _href(table: Table, parameters: Parameters) -> str:
    return f"{table.path}?{urlencode(parameters, safe='*,')}" if parameters else table.path


def next_link(table: Table, parameters: Parameters, cursor: str) -> Record:
    """The link to the next page: the same query with a cursor."""
    rest = [(name, text) for name, text in parameters if name != _CURSOR]
    return {"href": _href(table, [*rest, (_CURSOR, cursor)])}
