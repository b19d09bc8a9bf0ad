# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Dates of a fleet report: read from data, and written for people."""

from __future__ import annotations

import datetime as dt
import functools
import re
from html import escape
from typing import Any

UTC = dt.timezone.utc
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)


def parse_time(value: Any) -> dt.datetime | None:
    """Return a date or time in ISO 8601 as a time in UTC, None if it is neither; without a zone it is UTC."""
    if isinstance(value, dt.date):
        value = value.isoformat()
    return _parse_text(value.strip()) if isinstance(value, str) else None


@functools.lru_cache(maxsize=1024)
def _parse_text(text: str) -> dt.datetime | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def format_iso(moment: dt.datetime | None) -> str:
    """Return a time as data, empty for None."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def format_date(moment: dt.datetime) -> str:
    """Return a day as people write it, such as C(28 Nov 2026)."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def format_time(moment: dt.datetime) -> str:
    """Return a time as people write it, such as C(28 Nov 2026, 15:06 UTC)."""
    return f"{format_date(moment)}, {moment.hour:02}:{moment.minute:02} UTC"


def render_time(value: Any) -> str:
    """Return a time of a report as HTML: for people, with the data in the attribute; a text that is no time stays as
    it is.
    """
    moment = parse_time(value)
    return (
        f'<time datetime="{format_iso(moment)}">{format_time(moment)}</time>'
        if moment
        else escape(value if isinstance(value, str) else "")
    )


def count_days(moment: dt.datetime, since: dt.datetime) -> int:
    """Return the whole days from one time to another; negative if it has passed."""
    return (moment - since).days


def format_distance(days: int) -> str:
    """Return how far away a day is, such as C(in 12 days)."""
    if days < 0:
        return f"expired {-days:,} day{'' if days == -1 else 's'} ago"
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days:,} days")
