# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source as ansible-rulebook starts it: the file is run, and its main() is given a queue and the options."""

from __future__ import annotations

import asyncio
import contextlib
import runpy
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

_FILE = Path(__file__).parents[3] / "extensions" / "eda" / "plugins" / "event_source" / "akv_health.py"
#: Seconds; far longer than anything here takes.
_PATIENCE = 30.0


def main() -> Callable[..., Any]:
    """Returns the entry of the source."""
    return runpy.run_path(str(_FILE))["main"]  # type: ignore[no-any-return]


def documentation() -> str:
    """Returns what the source says of itself."""
    return str(runpy.run_path(str(_FILE))["DOCUMENTATION"])


class Source:
    """A source that runs, and the events that it has put."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.events: list[dict[str, Any]] = []
        self.task: asyncio.Task[None] | None = None

    async def until(self, condition: Callable[[], Any], what: str) -> None:
        """Waits until something is so, as long as the source runs."""
        end = asyncio.get_running_loop().time() + _PATIENCE
        while not condition():
            assert self.task is not None
            if self.task.done():
                self.task.result()
            assert asyncio.get_running_loop().time() < end, (
                f"{what}; so far: {[event['text'] for event in self.events]}"
            )
            await asyncio.sleep(0.01)
            while not self.queue.empty():
                self.events.append(self.queue.get_nowait())

    async def told(self, *types: str) -> list[dict[str, Any]]:
        """Waits for just these events, in whatever order, and returns them; what was reported before is forgotten."""
        await self.until(lambda: len(self.events) >= len(types), f"{types} did not come")
        told, self.events = self.events, []
        assert sorted(event["type"] for event in told) == sorted(types), [event["text"] for event in told]
        return told


@contextlib.asynccontextmanager
async def watching(clusters: Sequence[dict[str, Any]], **options: Any) -> AsyncIterator[Source]:
    """Runs a source that looks often, and stops it."""
    source = Source()
    args = {"clusters": list(clusters), "interval": 0.1, "health_interval": 0.1, "confirm": 1, **options}
    source.task = asyncio.create_task(main()(source.queue, args))
    try:
        yield source
    finally:
        source.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await source.task
