# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A clock that never waits. It records each pause and advances by it."""

from __future__ import annotations

from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock

#: 2026-01-01 00:00:00 UTC, the moment at which every test begins.
BEGIN = 1767225600.0


class RecordedClock:
    """Time in seconds. now: since the test began. slept: every pause. jittered: the limits of each random pause."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.jittered: list[tuple[float, float]] = []

    @property
    def clock(self) -> Clock:
        """The clock in the form that the collection expects. Its jitter is always the highest possible."""
        return Clock(monotonic=lambda: self.now, sleep=self._sleep, now=lambda: BEGIN + self.now, jitter=self._jitter)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def _jitter(self, low: float, high: float) -> float:
        self.jittered.append((low, high))
        return high
