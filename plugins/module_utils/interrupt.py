# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is told to end (SIGTERM, SIGINT) ends at once, and still says what goes on in the cluster."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.errors import StoppedError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interrupted(BaseException):
    """Raised in the main thread when the process is told to end; like KeyboardInterrupt no error of the work."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def error(self, what: str, **more: Any) -> StoppedError:
        """Returns the error that says what was left undone, or what goes on."""
        return StoppedError(f"the run was stopped by {self.name}: {what}", **more)


@contextmanager
def interruptible() -> Iterator[None]:
    """Has the first signal raise Interrupted; later ones are ignored: the run is ending already."""
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def interrupt(number: int, _frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Interrupted(signal.Signals(number).name)

    for number in _SIGNALS:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is interrupt:
                signal.signal(number, handler)
