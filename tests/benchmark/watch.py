# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmark.watch OPTIONS SECONDS`: the event source by itself, and what it used (JSON, a line for each
window of so many seconds).

The first line is about the start, up to the first look at each cluster: SECONDS after it began. It ends at the end of
its input.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.watch.options import read_options
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.watching import watch


def _used() -> tuple[float, float]:
    """Seconds that a core was busy with this process, and its memory now (MB)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    resident = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * resource.getpagesize() / 1e6
    return used.ru_utime + used.ru_stime, resident


async def _main(options: dict[str, Any], seconds: float) -> None:
    events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    task = asyncio.ensure_future(watch(read_options(options, os.environ), events.put))
    loop = asyncio.get_running_loop()
    input_ended = loop.run_in_executor(None, sys.stdin.read)
    late, begun, before = 0.0, time.monotonic(), 0.0
    while not input_ended.done():
        due = loop.time() + 0.05
        await asyncio.sleep(0.05)
        late = max(late, loop.time() - due)
        if task.done():
            task.result()
        if time.monotonic() - begun >= seconds:
            cpu, memory = _used()
            line = json.dumps({"cpu": cpu - before, "memory": memory, "late": late, "events": events.qsize()})
            print(line, flush=True)  # noqa: T201
            before, late, begun = cpu, 0.0, begun + seconds
    task.cancel()


if __name__ == "__main__":
    asyncio.run(_main(json.loads(sys.argv[1]), float(sys.argv[2])))
