# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of a collection: where one ends, and the link to the next one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from . import errors

#: ONTAP ends a page after this many records (ontap-releases.md, "How ONTAP's REST interface behaves").
PAGE = 10_000
CURSOR = "start.token"
#: What a next link does not repeat: where the query began.
_BEGINNINGS = (CURSOR, "offset")

Pairs = Sequence[tuple[str, str]]
Cursor = dict[str, Any]


@dataclass
class Page:
    """Paging as the control interface wants it."""

    size: int | None = None
    empty: int = 0
    #: Whether num_records is reported, and the seed of an order in place of the usual one.
    count: bool = True
    order: int | None = None


def read_cursor(text: str) -> Cursor:
    """Read the token of a next link."""
    try:
        cursor = json.loads(base64.urlsafe_b64decode(text.encode()))
        return {"at": int(cursor["at"]), "last": cursor["last"], "next": cursor["next"], "empty": int(cursor["empty"])}
    except (ValueError, KeyError, TypeError, binascii.Error):
        raise errors.invalid_value(CURSOR, text, "token of a next link") from None


@dataclass(frozen=True)
class Cut:
    """One page of the rows found."""

    rows: list[Any]
    found: list[Any]
    start: int
    #: Pages without records that come before the next one.
    empty: int

    def token(self, taken: int | None = None) -> str | None:
        """The token of the next page, if there is one. taken: how many rows of this page were done; None: all of
        them.
        """
        end = self.start + (len(self.rows) if taken is None else taken)
        return _write_cursor(self.found, end, self.empty) if end < len(self.found) else None


def cut(found: list[Any], cursor: Cursor, page: Page, limit: int) -> Cut:
    """One page of the rows."""
    start = _start(found, cursor)
    empty = cursor.get("empty", page.empty)
    if empty > 0 and start < len(found):
        return Cut([], found, start, empty - 1)
    return Cut(found[start : start + min(limit, page.size or PAGE)], found, start, page.empty)


def _start(found: list[Any], cursor: Cursor) -> int:
    """Where the last page ended, also when records before it have come or gone since (a DELETE removes its own
    page).
    """
    at, last = int(cursor.get("at", 0)), cursor.get("last")
    if not cursor or (0 < at <= len(found) and found[at - 1].uuid == last):
        return at
    places = {row.uuid: place for place, row in enumerate(found)}
    return places[last] + 1 if last in places else places.get(cursor["next"], at)


def _write_cursor(found: list[Any], at: int, empty: int) -> str:
    cursor = {"at": at, "last": found[at - 1].uuid if at else None, "next": found[at].uuid, "empty": empty}
    return base64.urlsafe_b64encode(json.dumps(cursor, separators=(",", ":")).encode()).decode()


def href(path: str, pairs: Pairs) -> str:
    """The link to a collection with a query."""
    return f"{path}?{urlencode(pairs, safe='*,')}" if pairs else path


def next_href(path: str, pairs: Pairs, cursor: str) -> str:
    """The link to the next page: the same query with a token."""
    return href(path, [*((name, text) for name, text in pairs if name not in _BEGINNINGS), (CURSOR, cursor)])
