# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the loops of the event source share: calls in threads, so that nothing blocks the loop, and the way of an
event.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")
Put = Callable[[dict[str, Any]], Awaitable[None]]


def read_clock() -> float:
    """Return the time of the running loop (s)."""
    return asyncio.get_running_loop().time()


async def announce(events: Iterable[dict[str, Any]], put: Put) -> None:
    """Log events and send them."""
    for event in events:
        logger.info("%s", event["text"])
        await put(event)


async def run_in_thread(function: Callable[[], Result]) -> Result:
    """Return what a function returns, called in a daemon thread: the end of the process does not wait for it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def work() -> None:
        outcome: tuple[Result | None, BaseException | None]
        try:
            outcome = function(), None
        except BaseException as exc:  # noqa: BLE001 - it is raised again in the caller
            outcome = None, exc
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, *outcome)

    def settle(result: Any, exc: BaseException | None) -> None:
        # The caller may be gone.
        if not future.done():
            future.set_result(result) if exc is None else future.set_exception(exc)

    threading.Thread(target=work, daemon=True).start()
    return await future
