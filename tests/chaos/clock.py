# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time for the runs: pauses cost next to nothing, and every thread sees them as if they had been waited for."""

from __future__ import annotations

import threading
import time

from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Clock

#: A pause takes this part of its time.
_SCALE = 1 / 50


class FastClock:
    """Each thread has a time of its own: the real one, and what it did not wait in pauses.

    With one time for all, a pause of one thread would use up the deadlines of the others, which wait for real answers.
    """

    def __init__(self) -> None:
        self._own = threading.local()

    @property
    def clock(self) -> Clock:
        """The clock as the collection wants it; its jitter is always the highest possible."""
        return Clock(monotonic=self.monotonic, sleep=self.sleep, now=lambda: time.time() + self._skipped, jitter=lambda _low, high: high)

    @property
    def _skipped(self) -> float:
        return getattr(self._own, "skipped", 0.0)

    def monotonic(self) -> float:
        """Seconds; only differences mean something, and only within a thread."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Waits a part of the seconds and skips the rest."""
        real = seconds * _SCALE
        time.sleep(real)
        self._own.skipped = self._skipped + seconds - real
