# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cluster is looked at next, and for what: pure, with the time given.

- A plain look comes after C(interval), one that asks for the checks too after C(health_interval); both are told as the longest:
  chance makes them shorter by up to C(jitter), so that many clusters are not asked in the same moment.
- What was seen and has to be confirmed is looked at again after 5 s, or C(interval) where that is less; at most as often in a row as
  has to be confirmed, so that what never rests does not keep a cluster busy.
- A cluster that could not be read is asked for everything the next time: it may have lost its keys with its answers.
- After two refused logins (one, where one look confirms) a cluster is left alone for ten minutes, then twice as long each time, up
  to an hour: an account that is refused too often is locked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

#: What is done: a plain look, one with the checks, a look into the event log.
PLAIN, HEALTH, NEWS = "plain", "health", "news"

_SOON = 5.0
_FIRST_REST, _LONGEST_REST = 600.0, 3600.0
_MOST_DOUBLED = 10
_LATER = 3600.0
_NEVER = float("inf")


class Rates(NamedTuple):
    """How often a cluster is looked at. health and news: None for never. jitter: the part by which a pause may be shorter."""

    interval: float
    health: float | None = None
    news: float | None = None
    confirm: int = 1
    jitter: float = 0.0


class LookOutcome(NamedTuple):
    """What a look led to. refused: whether the login was. doubtful, unwell: see Detector. reminder: seconds until one is due."""

    read: bool = True
    refused: bool = False
    doubtful: bool = False
    unwell: bool = False
    reminder: float | None = None


@dataclass
class _Due:
    plain: float
    health: float
    news: float = _NEVER


class Pace:
    """The times of one cluster, in seconds of a clock that never goes back."""

    def __init__(self, rates: Rates, now: float, draw: Callable[[float, float], float] = random.uniform) -> None:
        """The first look is due soon, with the checks; before it the event log, so that nothing is missed. draw: a number between two."""
        self._rates = rates
        self._draw = draw
        begin = now + draw(0.0, min(_SOON, rates.jitter * rates.interval))
        self._due = _Due(begin, self._health(begin), begin if rates.news else _NEVER)
        self._again = 0
        self._refused = 0

    def next(self) -> tuple[float, str]:
        """Returns when something is due, and what."""
        due = self._due
        at = min(due.plain, due.health, due.news)
        if at == due.news:
            return at, NEWS
        # Those that are due at about the same time are one look.
        return at, HEALTH if due.health <= at + self._rates.interval / 2 else PLAIN

    def record_look(self, kind: str, now: float, outcome: LookOutcome) -> None:
        """Takes in what a look of a kind, that ended now, led to."""
        self._again = self._again + 1 if outcome.doubtful else 0
        soon = now + min(_SOON, self._rates.interval) if 0 < self._again <= self._rates.confirm else _NEVER
        if not outcome.read:
            self._unread(now, soon, refused=outcome.refused)
            return
        self._refused = 0
        due = self._due
        due.plain = min(self._after(now, self._rates.interval), soon)
        if kind == HEALTH:
            due.health = self._after(now, self._rates.health) if self._rates.health else _NEVER
        if outcome.unwell:
            due.health = min(due.health, soon)
        if outcome.reminder is not None:
            # What is to be told again may not be there to be seen; then it does not hasten anything.
            due.health = min(due.health, now + max(outcome.reminder, self._rates.interval))
        if due.news == _NEVER and self._rates.news:
            due.news = self._after(now, self._rates.news)

    def _unread(self, now: float, soon: float, *, refused: bool) -> None:
        self._refused = self._refused + 1 if refused else 0
        again = min(self._after(now, self._rates.interval), soon)
        if self._refused >= min(2, self._rates.confirm):
            rest = min(_LONGEST_REST, _FIRST_REST * 2 ** min(self._refused - min(2, self._rates.confirm), _MOST_DOUBLED))
            again = now + max(self._rates.interval, rest)
        self._due = _Due(again, self._health(again))

    def record_news(self, now: float, *, news: bool) -> None:
        """Takes in what the event log told: news have everything looked at, now."""
        if news:
            self._due.health = self._health(now)
            self._due.plain = now
        self._due.news = self._after(now, self._rates.news or _NEVER)

    def record_unread_news(self, now: float, *, served: bool) -> None:
        """Takes in that the event log could not be read. served: whether the cluster has one for this user: then a look tells what is wrong."""
        if served:
            self.record_news(now, news=True)
        else:
            self._due.news = now + _LATER

    def _health(self, at: float) -> float:
        return at if self._rates.health else _NEVER

    def _after(self, now: float, seconds: float) -> float:
        return now + seconds * self._draw(1 - self._rates.jitter, 1.0)
