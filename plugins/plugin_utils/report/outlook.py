# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes next: keys and credentials by the day on which they expire, keys that can be purged, and old versions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import count_days
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import OK, PROBLEM, WARNING, Row

#: Days before the expiry from which it is a problem, and from which it is a warning.
_PROBLEM_DAYS, _WARNING_DAYS = 7, 30


class Expiry(NamedTuple):
    """A key or credential with its day of expiry. kind: what it is. owner: the vault or nothing. rows: the
    configurations that use it.
    """

    moment: dt.datetime
    days: int
    light: str
    kind: str
    name: str
    owner: str
    rows: Sequence[Row]


class KeyUse(NamedTuple):
    """A key and the configurations that use it."""

    vault: str
    key: str
    rows: Sequence[Row]


class Outlook(NamedTuple):
    """What comes next. unprotected: keys without purge protection. outdated: keys of which an old version is in use."""

    expiries: Sequence[Expiry]
    unprotected: Sequence[KeyUse]
    outdated: Sequence[KeyUse]


def look_ahead(rows: Sequence[Row], generated: dt.datetime | None) -> Outlook:
    """Return what comes next for the configurations in use. generated: the time of the report, by default now."""
    used = [row for row in rows if row.fields["enabled"] != "false"]
    since = generated or dt.datetime.now(dt.timezone.utc)
    return Outlook(
        sorted(
            [*_list_keys(used, since), *_list_credentials(used, since)],
            key=lambda expiry: (expiry.moment, expiry.kind, expiry.name),
        ),
        group_keys(used, lambda row: row.facts.purge_protected is False),
        group_keys(used, lambda row: row.facts.is_newest is False),
    )


def group_keys(rows: Sequence[Row], chosen: Callable[[Row], bool]) -> list[KeyUse]:
    """Return the keys of some configurations, the one that is used most first."""
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if chosen(row):
            found.setdefault((row.fields["vault"], row.fields["key"]), []).append(row)
    return sorted(
        (KeyUse(vault, key, group) for (vault, key), group in found.items()),
        key=lambda use: (-len(use.rows), use.vault, use.key),
    )


def _list_keys(rows: Sequence[Row], since: dt.datetime) -> list[Expiry]:
    groups: dict[tuple[str, str, dt.datetime], list[Row]] = {}
    for row in rows:
        if row.facts.key_expires is not None:
            groups.setdefault((row.fields["key"], row.fields["vault"], row.facts.key_expires), []).append(row)
    return [_build(moment, since, "Key", name, vault, group) for (name, vault, moment), group in groups.items()]


def _list_credentials(rows: Sequence[Row], since: dt.datetime) -> list[Expiry]:
    groups: dict[tuple[str, str, dt.datetime], list[Row]] = {}
    for row in rows:
        if row.facts.credential_expires is not None:
            kind = (row.fields["method"] or "credential").capitalize()
            groups.setdefault((kind, row.fields["client_id"], row.facts.credential_expires), []).append(row)
    return [_build(moment, since, kind, name, "", group) for (kind, name, moment), group in groups.items()]


def _build(moment: dt.datetime, since: dt.datetime, kind: str, name: str, owner: str, rows: Sequence[Row]) -> Expiry:
    days = count_days(moment, since)
    light = PROBLEM if days < _PROBLEM_DAYS else WARNING if days < _WARNING_DAYS else OK
    return Expiry(moment, days, light, kind, name, owner, rows)
