# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bounded pool of threads that can be left behind after a signal.

The pools of the standard library are joined when the process ends: a hanging request would keep a stopped run alive.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TypeVar

_LOOK_EVERY = 0.2

Item = TypeVar("Item")


def run_in_parallel(function: Callable[[int, Item], None], items: Mapping[int, Item], *, workers: int) -> None:
    """Call a function with each item and its number, several at a time and in their order.

    The calling thread only waits, so a signal handler can raise an exception there at any time. An exception of a call
    is raised here as soon as no other call is in progress.
    """
    waiting = queue.SimpleQueue[tuple[int, Item]]()
    for entry in items.items():
        waiting.put(entry)
    ended: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def work() -> None:
        try:
            with contextlib.suppress(queue.Empty):
                while True:
                    number, item = waiting.get_nowait()
                    function(number, item)
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the waiting thread
            ended.put(exc)
        else:
            ended.put(None)

    try:
        for _number in range(workers):
            threading.Thread(target=work, daemon=True).start()
        failures = [exc for exc in (_wait_for_end(ended) for _number in range(workers)) if exc is not None]
    except BaseException:
        # Anything that ends the wait, such as a signal or Ansible's time limit, ends the work: no new item is started.
        with contextlib.suppress(queue.Empty):
            while True:
                waiting.get_nowait()
        raise
    if failures:
        raise failures[0]


def _wait_for_end(ended: queue.SimpleQueue[BaseException | None]) -> BaseException | None:
    """Return what one of the threads ended with.

    Checks regularly, since a signal does not always wake a thread that waits for a lock.
    """
    while True:
        with contextlib.suppress(queue.Empty):
            return ended.get(timeout=_LOOK_EVERY)
