# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records of a collection a query means, in which order, and the response that shows them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from . import errors
from .paging import Cut, Page, Pairs, cut, href, next_href
from .parameters import Asked
from .selection import advanced_groups
from .tables import Record, Table, add_links, project, values


def one(table: Table, row: Any, asked: Asked, *, hal: bool) -> Record:
    """GET of one record."""
    table.check(row, asked.selection.advanced)
    record = project(table.view(row, asked.selection.advanced), asked.selection.tree)
    return add_links(table, record) if hal else record


def collection(table: Table, rows: Iterable[Any], asked: Asked, pairs: Pairs, page: Page, *, hal: bool) -> Record:
    """GET of a collection, one page of it."""
    chosen = _page(table, _mixed(table, rows, page), asked, page)
    answer: Record = {}
    if asked.records:
        advanced, tree = asked.selection.advanced, asked.selection.tree
        records = [project(table.view(row, advanced), tree) for row in chosen.rows]
        answer["records"] = [add_links(table, record) for record in records] if hal else records
    if page.count or not asked.records:
        answer["num_records"] = len(chosen.rows)
    if links := links_of(table, pairs, chosen.token(), hal=hal):
        answer["_links"] = links
    return answer


def links_of(table: Table, pairs: Pairs, cursor: str | None, *, hal: bool) -> Record:
    """`_links` of a collection: itself, and the next page, which is there whatever the Accept header says."""
    links: Record = {"self": {"href": href(table.path, pairs)}} if hal else {}
    return links if cursor is None else links | {"next": {"href": next_href(table.path, pairs, cursor)}}


def choose(table: Table, rows: Iterable[Any], asked: Asked, page: Page) -> Cut:
    """The rows that a writing query means, one page of them.

    "As long as at least one field is specified in the query portion of the URL"; the code is an assumption.
    """
    if not asked.filters:
        raise errors.bad_value("A query is required to change the records of a collection.")
    return _page(table, rows, asked, page)


def _page(table: Table, rows: Iterable[Any], asked: Asked, page: Page) -> Cut:
    found = _order(table, matching(table, rows, asked), asked)
    # Of a page after the first one, the token says where it begins.
    return cut(found if asked.cursor else found[asked.offset :], asked.cursor, page, asked.limit)


def _mixed(table: Table, rows: Iterable[Any], page: Page) -> Iterable[Any]:
    """The rows in an order that depends on a seed alone, so that one page follows another."""
    if page.order is None or table.ordered:
        return rows
    return sorted(rows, key=lambda row: hashlib.sha256(f"{page.order}{row.uuid}".encode()).digest())


def matching(table: Table, rows: Iterable[Any], asked: Asked) -> list[Any]:
    """The rows that pass every filter; the advanced properties are worked out only of those that pass the plain
    ones.
    """
    found = list(rows)
    for name, test in sorted(asked.filters, key=lambda named: table.fields[named[0]].advanced):
        path, advanced = name.split("."), advanced_groups(table, [name])
        found = [row for row in found if test(values(table.view(row, advanced), path))]
    if asked.cross_field is None:
        return found
    searched, matches = asked.cross_field
    return [row for row in found if matches(table.view(row, searched.advanced))]


def _order(table: Table, rows: list[Any], asked: Asked) -> list[Any]:
    """Stable: the last named field first. Records without a value come last in either direction (assumption)."""
    for name, descending in reversed(asked.order):
        path, advanced = name.split("."), advanced_groups(table, [name])
        keyed = [(values(table.view(row, advanced), path), row) for row in rows]
        having = sorted(((key[0], row) for key, row in keyed if key), key=lambda pair: pair[0], reverse=descending)
        rows = [row for _key, row in having] + [row for key, row in keyed if not key]
    return rows
