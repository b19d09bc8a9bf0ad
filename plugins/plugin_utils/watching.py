# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watches many clusters at the same time, and tells what changes: the loop of the event source.

Each cluster has a task of its own, whose requests are made in threads: the loop of events is never blocked. The threads are
daemons, so that a request that hangs keeps no stopped process alive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from ansible_collections.ontap.akv.plugins.module_utils.errors import AkvError
from ansible_collections.ontap.akv.plugins.plugin_utils.changes import Detector, Look
from ansible_collections.ontap.akv.plugins.plugin_utils.watch_events import event_of
from ansible_collections.ontap.akv.plugins.plugin_utils.watch_options import Watch
from ansible_collections.ontap.akv.plugins.plugin_utils.watcher import Watcher

logger = logging.getLogger(__name__)
_LONGEST_DENIED = 3600.0

Result = TypeVar("Result")
Put = Callable[[dict[str, Any]], Awaitable[None]]


async def watch(settings: Watch, put: Put) -> None:
    """Tells what changes in the clusters, until it is cancelled. put: takes an event. Raises AkvError where an option is wrong."""
    watchers = [Watcher(cluster, settings.svms) for cluster in settings.clusters]
    for watcher in watchers:
        for warning in watcher.warnings:
            logger.warning("%s: %s", watcher.cluster.name, warning)
    # A cluster that does not answer must not take the place of one that does.
    places = {well: asyncio.Semaphore(settings.workers) for well in (True, False)}
    tasks = [asyncio.ensure_future(_Watching(watcher, settings, places, put).run()) for watcher in watchers]
    try:
        await asyncio.gather(*tasks)
    finally:
        for watcher in watchers:
            watcher.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Watching:
    """One cluster: when it is looked at, and what is told of it."""

    def __init__(self, watcher: Watcher, settings: Watch, places: dict[bool, asyncio.Semaphore], put: Put) -> None:
        self._watcher = watcher
        self._settings = settings
        self._places = places
        self._put = put
        self._detector = Detector(confirm=settings.confirm, initial=settings.initial, remind=settings.remind)
        self._health_due = 0.0
        self._denied = 0
        self._well = True
        self._ems = settings.ems
        self._source = "poll"

    async def run(self) -> None:
        """Looks, tells and waits, for ever."""
        while True:
            look = await self._look()
            for change in self._detector.look(look):
                event = event_of(self._watcher.cluster, change, self._watcher.mask)
                logger.info("%s", event["text"])
                await self._put(event)
            await self._wait(look)

    async def _look(self) -> Look:
        now = asyncio.get_running_loop().time()
        # What was seen once is looked at again soon, whatever it costs.
        dear = self._source == "ems" or now >= self._health_due or self._detector.waiting
        checks, source = (self._settings.checks if dear else ()), self._source
        look = await self._called(lambda: self._watcher.look(checks, source))
        self._source = "poll"
        self._well = look.records is not None
        self._denied = self._denied + 1 if look.certain else 0
        if dear and self._well:
            self._health_due = now + self._jittered(self._settings.health_interval)
        return look

    async def _wait(self, look: Look) -> None:
        """Until the next look is due, or the cluster's own log tells that it is."""
        pause = self._settings.interval
        if look.certain:
            # An account that is refused again and again is locked.
            pause = max(pause, min(_LONGEST_DENIED, self._settings.denied_interval * 2 ** min(self._denied - 1, 10)))
        loop = asyncio.get_running_loop()
        end = loop.time() + self._jittered(pause)
        while self._ems and self._well and loop.time() + self._settings.ems_interval < end:
            await asyncio.sleep(self._jittered(self._settings.ems_interval))
            if await self._news():
                self._source = "ems"
                return
        await asyncio.sleep(max(0.0, end - loop.time()))

    async def _news(self) -> bool:
        try:
            return bool(await self._called(self._watcher.news))
        except AkvError as exc:
            # Not asked again before the next look, which tells what is wrong.
            self._well = False
            if exc.unserved or exc.status in (403, 404):
                self._ems = False
                text = self._watcher.mask(exc.text())
                logger.warning("%s: its event log cannot be read, so it is only polled: %s", self._watcher.cluster.name, text)
            return False

    async def _called(self, function: Callable[[], Result]) -> Result:
        """Calls what makes a request, as soon as there is a place for it."""
        async with self._places[self._well]:
            return await in_thread(function)

    def _jittered(self, seconds: float) -> float:
        return seconds * random.uniform(1 - self._settings.jitter, 1 + self._settings.jitter)  # noqa: S311 - it spreads requests


async def in_thread(function: Callable[[], Result]) -> Result:
    """Returns what a function returns, called in a thread that nobody waits for when the process ends."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result] = loop.create_future()

    def work() -> None:
        outcome: tuple[Result | None, BaseException | None]
        try:
            outcome = function(), None
        except BaseException as exc:  # noqa: BLE001 - it is raised where it is waited for
            outcome = None, exc
        # The loop may be closed already.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, *outcome)

    def settle(result: Any, exc: BaseException | None) -> None:
        # Whoever waited may be gone.
        if not future.done():
            future.set_result(result) if exc is None else future.set_exception(exc)

    threading.Thread(target=work, daemon=True).start()
    return await future
