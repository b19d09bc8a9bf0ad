# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of one cluster: when it is read next, and with which checks. Pure: the time is passed in.

- A plain look follows after C(interval), one that also requests the checks after C(health_interval). Both are maxima:
  they are shortened at random by up to C(jitter), so that many clusters are not asked at the same moment.
- A change that has to be confirmed leads to another look after 5 s, or after C(interval) if that is less. No more such
  looks follow each other than the confirmation needs, so that a state that keeps changing does not keep a cluster busy.
- After a cluster could not be read, the next look requests everything: the cluster may have lost its keys in the
  meantime.
- After two refused logins (one, if one look confirms) a cluster is left alone for ten minutes, then twice as long each
  time, up to an hour: an account that is refused too often is locked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

#: The kinds of work: a plain look, one with the checks, a read of the event log.
PLAIN, HEALTH, NEWS = "plain", "health", "news"

_SOON = 5.0
_FIRST_REST, _LONGEST_REST = 600.0, 3600.0
_MOST_DOUBLED = 10
_LATER = 3600.0
_NEVER = float("inf")


class Rates(NamedTuple):
    """How often a cluster is read.

    health and news: None for never. jitter: the part by which a pause may be shorter.
    """

    interval: float
    health: float | None = None
    news: float | None = None
    confirm: int = 1
    jitter: float = 0.0


class LookOutcome(NamedTuple):
    """The outcome of a look.

    refused: whether the login was. doubtful, unwell: see Detector. reminder: seconds until one is due.
    """

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
    """The schedule of one cluster, in seconds of a clock that never goes back."""

    def __init__(self, rates: Rates, now: float, draw: Callable[[float, float], float] = random.uniform) -> None:
        """Schedule the first look, with the checks, and before it the event log, so that nothing is missed.

        draw: returns a random number between two numbers.
        """
        self._rates = rates
        self._draw = draw
        begin = now + draw(0.0, min(_SOON, rates.jitter * rates.interval))
        self._due = _Due(begin, self._find_health(begin), begin if rates.news else _NEVER)
        self._again = 0
        self._refused = 0

    def find_next(self) -> tuple[float, str]:
        """Return when something is due, and what."""
        due = self._due
        at = min(due.plain, due.health, due.news)
        if at == due.news:
            return at, NEWS
        # Looks that are due at about the same time are combined.
        return at, HEALTH if due.health <= at + self._rates.interval / 2 else PLAIN

    def record_look(self, kind: str, now: float, outcome: LookOutcome) -> None:
        """Schedule what follows a look of a kind that ended now."""
        self._again = self._again + 1 if outcome.doubtful else 0
        soon = now + min(_SOON, self._rates.interval) if 0 < self._again <= self._rates.confirm else _NEVER
        if not outcome.read:
            self._postpone_unread(now, soon, refused=outcome.refused)
            return
        self._refused = 0
        due = self._due
        due.plain = min(self._find_after(now, self._rates.interval), soon)
        if kind == HEALTH:
            due.health = self._find_after(now, self._rates.health) if self._rates.health else _NEVER
        if outcome.unwell:
            due.health = min(due.health, soon)
        if outcome.reminder is not None:
            # The check to report again may be missing from the response; then a reminder must not bring the next look
            # forward.
            due.health = min(due.health, now + max(outcome.reminder, self._rates.interval))
        if due.news == _NEVER and self._rates.news:
            due.news = self._find_after(now, self._rates.news)

    def _postpone_unread(self, now: float, soon: float, *, refused: bool) -> None:
        self._refused = self._refused + 1 if refused else 0
        again = min(self._find_after(now, self._rates.interval), soon)
        if self._refused >= min(2, self._rates.confirm):
            rest = min(
                _LONGEST_REST, _FIRST_REST * 2 ** min(self._refused - min(2, self._rates.confirm), _MOST_DOUBLED)
            )
            again = now + max(self._rates.interval, rest)
        self._due = _Due(again, self._find_health(again))

    def record_news(self, now: float, *, news: bool) -> None:
        """Schedule what follows a read of the event log: if there are new messages, everything is read now."""
        if news:
            self._due.health = self._find_health(now)
            self._due.plain = now
        self._due.news = self._find_after(now, self._rates.news or _NEVER)

    def record_unread_news(self, now: float, *, served: bool) -> None:
        """Schedule what follows a failed read of the event log.

        served: whether this user can read one: then a look shows the problem.
        """
        if served:
            self.record_news(now, news=True)
        else:
            self._due.news = now + _LATER

    def _find_health(self, at: float) -> float:
        return at if self._rates.health else _NEVER

    def _find_after(self, now: float, seconds: float) -> float:
        return now + seconds * self._draw(1 - self._rates.jitter, 1.0)
