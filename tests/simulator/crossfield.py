# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`query` with `query_fields`: one pattern that is searched for in several fields.

Source: "Getting started with the ONTAP REST API", "Filtering records with cross-field queries" and "Cross-Field Query
Errors".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from . import errors
from .selection import Selection, choose, split
from .tables import Record, Table, values

QUERY, FIELDS = "query", "query_fields"
#: A pattern outside of double quotes ends at a space, an alternative at a bar as well.
_TOKEN = re.compile(r'"([^"]*)"|([^\s|"]+)|(\|)|(\s+)')

Test = Callable[[Record], bool]
Pattern = Callable[[str], bool]


def read(table: Table, given: Mapping[str, str]) -> tuple[Selection, Test]:
    """The fields that are searched, and the test of a record; given: both parameters."""
    if set(given) != {QUERY, FIELDS}:
        raise errors.cross_field(
            "262273", "Both 'query_fields' and 'query' must be specified if either one is specified.", next(iter(given))
        )
    terms = _terms(given[QUERY])
    items = split(given[FIELDS])
    if not any(not item.startswith("!") for item in items):
        raise errors.cross_field("262275", "At least one field must be specified for the cross-field query.", FIELDS)
    for item in items:
        if items.count(item) > 1:
            raise errors.cross_field(
                "262276", f'Field "{item}" was specified twice for the "query_fields" parameter.', FIELDS
            )
        if item in table.secrets:
            raise errors.not_queried(item)
    searched = choose(table, items, (), parameter=FIELDS)
    paths = [name.split(".") for name in searched.names]

    def test(record: Record) -> bool:
        found = [_text(value) for path in paths for value in values(record, path)]
        return all(any(pattern(text) for pattern in alternatives for text in found) for alternatives in terms)

    return searched, test


def _terms(query: str) -> list[list[Pattern]]:
    """The terms of a query, all of which a record must have: the alternatives of each."""
    if query.count('"') % 2:
        raise errors.cross_field("262272", "The specified query contains an unmatched quote.", QUERY)
    terms: list[list[Pattern]] = []
    joined = False
    for quoted, plain, alternative, _space in _TOKEN.findall(query):
        pattern = _pattern(quoted, plain)
        if alternative:
            joined = True
        elif pattern is not None:
            if joined and terms:
                terms[-1].append(pattern)
            else:
                terms.append([pattern])
            joined = False
    if not terms:
        raise errors.cross_field(
            "262274", "The specified query is either empty or is equivalent to an empty query.", QUERY
        )
    return terms


def _pattern(quoted: str, plain: str) -> Pattern | None:
    """A value contains text without a wildcard; with one, the whole value has that form. Wildcards alone search for
    nothing (assumption).
    """
    if not (quoted or plain.strip("*")):
        return None
    if "*" not in plain:
        return lambda value: (quoted or plain) in value
    form = re.compile(".*".join(re.escape(part) for part in plain.split("*")), re.DOTALL)
    return lambda value: form.fullmatch(value) is not None


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
