# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop of the event source: watches many clusters at the same time and reports changes.

Each cluster has its own task. Its requests are sent and evaluated in threads, so that the event loop is never blocked.
The threads are daemons, so that a hanging request does not keep a stopped process alive.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_changes import AzureDetector
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_loop import AzureLoop
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_options import AzureOptions
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_watcher import AzureWatcher
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import Detector
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.loop import (
    Put,
    Result,
    announce,
    read_clock,
    run_in_thread,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import WatchOptions
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.pace import HEALTH, NEWS, LookOutcome, Pace, Rates
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.watcher import ClusterWatcher

logger = logging.getLogger(__name__)
#: Seconds after which a cluster that does not respond frees its place among the workers; it keeps its own thread in any
#: case.
_PATIENCE = 5.0
_REFUSED_LOGIN, _NOT_FOUND = 401, 404


async def watch(settings: WatchOptions, put: Put) -> None:
    """Report the changes in the clusters until cancelled.

    put: takes an event. Raises AkvError if an option is wrong.
    """
    watchers = await run_in_thread(
        lambda: [_make_watcher(settings, number) for number in range(len(settings.clusters))]
    )
    for watcher in watchers:
        for warning in watcher.warnings:
            logger.warning("%s: %s", watcher.cluster.name, warning)
    places = asyncio.Semaphore(settings.workers)
    azure = _make_azure_loop(settings, settings.azure, watchers, put) if settings.azure else None
    noted = azure.note if azure else _ignore
    loops = [_ClusterLoop(watcher, settings, places, put, noted).run() for watcher in watchers]
    tasks = [asyncio.ensure_future(loop) for loop in (*loops, *([azure.run()] if azure else []))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for watcher in watchers:
            watcher.stop()
        if azure:
            azure.watcher.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _make_watcher(settings: WatchOptions, number: int) -> ClusterWatcher:
    detector = Detector(confirm=settings.confirm, initial=settings.initial, remind=settings.remind)
    return ClusterWatcher(settings.clusters[number], settings.chosen, detector)


def _make_azure_loop(
    settings: WatchOptions, options: AzureOptions, watchers: Sequence[ClusterWatcher], put: Put
) -> AzureLoop:
    detector = AzureDetector(confirm=settings.confirm, initial=settings.initial, remind=settings.remind)
    watcher = AzureWatcher(options, detector, lambda: (secret for each in watchers for secret in each.secrets))
    return AzureLoop(watcher, len(watchers), options.interval, settings, put)


def _ignore(_watcher: ClusterWatcher) -> None:
    """Do nothing after a look: Azure is not asked."""


class _ClusterLoop:
    """The loop of one cluster: reads, reports and waits."""

    def __init__(
        self,
        watcher: ClusterWatcher,
        settings: WatchOptions,
        places: asyncio.Semaphore,
        put: Put,
        noted: Callable[[ClusterWatcher], None],
    ) -> None:
        """noted: called after each look."""
        self._watcher = watcher
        self._checks = settings.checks
        self._remind = settings.remind
        self._places = places
        self._put = put
        self._noted = noted
        news = settings.ems_interval if settings.ems else None
        rates = Rates(
            settings.interval, settings.health_interval, news, confirm=settings.confirm, jitter=settings.jitter
        )
        self._pace = Pace(rates, read_clock())
        self._source = "poll"
        self._away = False

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            due, kind = self._pace.find_next()
            if await self._wait(due):
                await (self._read_news() if kind == NEWS else self._look(kind))

    async def _wait(self, due: float) -> bool:
        """Wait until something is due and return whether it is.

        A reminder of an unreachable cluster may be due meanwhile.
        """
        if self._away and self._remind and due - read_clock() > self._remind:
            await asyncio.sleep(self._remind)
            await self._announce(self._watcher.remind())
            return False
        await asyncio.sleep(max(0.0, due - read_clock()))
        return True

    async def _look(self, kind: str) -> None:
        checks, source = (self._checks if kind == HEALTH else ()), self._source
        outcome, events = await self._call(lambda: self._watcher.look(checks, source))
        self._source = "poll"
        await self._take(kind, outcome, events)

    async def _take(self, kind: str, outcome: LookOutcome, events: Iterable[dict[str, Any]]) -> None:
        """Process the outcome of a look and send its events."""
        self._away = not outcome.read
        self._pace.record_look(kind, read_clock(), outcome)
        self._noted(self._watcher)
        await self._announce(events)

    async def _announce(self, events: Iterable[dict[str, Any]]) -> None:
        await announce(events, self._put)

    async def _read_news(self) -> None:
        try:
            news = await self._call(self._watcher.read_news)
        except AkvError as exc:
            if exc.status == _REFUSED_LOGIN:
                # It counts like the refusal of a look: more refusals could lock the account.
                await self._take(NEWS, *self._watcher.note_refusal(exc))
                return
            served = not (exc.unserved or exc.denied or exc.status == _NOT_FOUND)
            self._pace.record_unread_news(read_clock(), served=served)
            if not served:
                logger.warning(
                    "%s: its event log cannot be read: %s",
                    self._watcher.cluster.name,
                    self._watcher.remove_secrets(exc),
                )
            return
        self._pace.record_news(read_clock(), news=news)
        if news:
            self._source = "ems"

    async def _call(self, function: Callable[[], Result]) -> Result:
        """Call a function that sends requests as soon as a worker is free."""
        async with self._places:
            answer = asyncio.ensure_future(run_in_thread(function))
            try:
                await asyncio.wait({answer}, timeout=_PATIENCE)
            except asyncio.CancelledError:
                answer.cancel()
                raise
        return await answer
