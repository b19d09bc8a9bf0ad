# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop of the event source that looks at Azure for all clusters."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from functools import partial
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_watcher import AzureWatcher
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.loop import Put, announce, read_clock, run_in_thread
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import WatchOptions
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.watcher import ClusterWatcher

logger = logging.getLogger(__name__)
#: Seconds after which a change is looked at again, to confirm it.
_SOON = 5.0


class AzureLoop:
    """Runs all checks at an interval, and sooner those that are new or have to confirm a change."""

    def __init__(self, watcher: AzureWatcher, clusters: int, interval: float, settings: WatchOptions, put: Put) -> None:
        """clusters: their number. interval: seconds between two looks with all checks."""
        self.watcher = watcher
        self._clusters = clusters
        self._interval = interval
        self._confirm = settings.confirm
        self._jitter = settings.jitter
        self._put = put
        self._draw = random.uniform
        self._known: dict[str, list[dict[str, Any]]] = {}
        self._ready, self._changed = asyncio.Event(), asyncio.Event()
        self._full = 0.0
        self._again = 0

    def note(self, cluster: ClusterWatcher) -> None:
        """Take over the configurations of a cluster after a look at it."""
        name, configurations = cluster.cluster.name, cluster.configurations
        if self._known.get(name) is not configurations:
            self._known[name] = configurations
            self._changed.set()
        if len(self._known) == self._clusters:
            self._ready.set()

    async def run(self) -> None:
        """Run until cancelled."""
        # A check counts for all clusters, so all of them are looked at first.
        await self._ready.wait()
        while True:
            self._changed.clear()
            full = read_clock() >= self._full
            fleet = [
                {"cluster": name, "azure_key_vaults": configurations}
                for name, configurations in sorted(self._known.items())
            ]
            outcome = await run_in_thread(partial(self.watcher.look, fleet, full=full))
            for warning in outcome.warnings:
                logger.warning("%s", warning)
            await announce(outcome.events, self._put)
            due = self._plan_next(outcome.doubtful, full=full)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._changed.wait(), max(0.0, due - read_clock()))

    def _plan_next(self, doubtful: bool, *, full: bool) -> float:
        """Return when to look again: no more looks follow each other soon than the confirmation needs."""
        if full:
            self._full = read_clock() + self._interval * self._draw(1 - self._jitter, 1.0)
        self._again = self._again + 1 if doubtful else 0
        soon = read_clock() + min(_SOON, self._interval)
        return min(self._full, soon) if 0 < self._again <= self._confirm else self._full
