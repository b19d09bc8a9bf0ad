# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clock for the runs: pauses take almost no real time, but each thread sees the full time pass."""

from __future__ import annotations

import threading
import time

from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock

#: Part of the time of a pause that is really waited.
_SCALE = 1 / 50


class FastClock:
    """A separate time for each thread: the real time plus the skipped parts of its pauses.

    With a common time, a pause of one thread would use up the deadlines of others that wait for real responses.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    @property
    def clock(self) -> Clock:
        """Return a clock for the collection; its jitter is always the maximum."""
        return Clock(
            monotonic=self.monotonic,
            sleep=self.sleep,
            now=lambda: time.time() + self._skipped,
            jitter=lambda _low, high: high,
        )

    @property
    def _skipped(self) -> float:
        return getattr(self._own, "skipped", 0.0)

    def monotonic(self) -> float:
        """Return seconds; only differences within a thread are meaningful."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Wait for a part of the seconds and skip the rest."""
        real = seconds * _SCALE
        time.sleep(real)
        self._own.skipped = self._skipped + seconds - real
