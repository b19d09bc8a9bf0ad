# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin of the benchmark: how long each task of a play took, and what reached the simulator meanwhile.

It imports nothing that Ansible has not imported already: workers are forks, and must not find the libraries of a
contender loaded for them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: stopwatch
type: aggregate
short_description: Writes how long each measured task took
description:
  - Reads from the file that E(BENCHMARK_PLAN) names which tasks are measured, and what the simulator is told before
    each.
  - A task lasts from its start to the start of the next one. What the simulator is told in between does not count.
  - Writes one line of JSON for each measured task to the file that E(BENCHMARK_RECORD) names.
"""


class CallbackModule(CallbackBase):
    """Takes the time of tasks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "stopwatch"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._plan: dict[str, Any] = json.loads(Path(os.environ["BENCHMARK_PLAN"]).read_text(encoding="utf-8"))
        self._record = Path(os.environ["BENCHMARK_RECORD"])
        self._starts = _Starts(self._record.with_suffix(".starts"))
        self._running: dict[str, Any] | None = None
        self._cpu = self._start = 0.0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool = False) -> None:  # noqa: ARG002 - Ansible gives it by name
        self._end(time.perf_counter())
        planned = self._plan["tasks"].get(task.get_name())
        if planned is None:
            return
        for command, arguments in planned["before"]:
            self._tell(command, arguments)
        self._tell("clear_log", {})
        self._starts.count()
        if planned["measure"] is not None:
            self._running, self._cpu = planned, cpu_seconds(self._plan["pid"])
            self._start = time.perf_counter()

    def v2_playbook_on_stats(self, stats: Any) -> None:  # noqa: ARG002 - Ansible gives it by name
        self._end(time.perf_counter())

    def _end(self, now: float) -> None:
        """Write down the task that ended, if it is a measured one."""
        if self._running is None:
            return
        line = {
            "measure": self._running["measure"],
            "times": self._running["times"],
            "seconds": now - self._start,
            "simulator_seconds": cpu_seconds(self._plan["pid"]) - self._cpu,
            "starts": self._starts.count(),
            "requests": [[entry["method"], entry["path"], entry["status"]] for entry in self._tell("log", {})],
            "connections": self._tell("connections", {})["accepted"],
            "jobs": Counter(job["state"] for job in self._tell("jobs", {})),
        }
        self._running = None
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _tell(self, command: str, arguments: dict[str, Any]) -> Any:
        """Send one command to the simulator's control interface."""
        body = json.dumps(arguments).encode()
        head = (
            f"POST /_control/{command} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\nContent-Length:"
            f" {len(body)}\r\n\r\n"
        )
        with socket.create_connection(tuple(self._plan["control"]), timeout=60) as connection:
            connection.sendall(head.encode() + body)
            answer = b"".join(iter(lambda: connection.recv(1 << 20), b""))
        status, _blank, content = answer.partition(b"\r\n\r\n")
        if b" 200 " not in status.splitlines()[0]:
            raise RuntimeError(f"{command}: {content.decode()}")
        return json.loads(content)


class _Starts:
    """Counts the processes that workers start for a module. Workers are forks, so they leave it in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.touch()
        original = subprocess.Popen.__init__

        def counted(process: Any, command: Any, *arguments: Any, **keywords: Any) -> None:
            if _runs_a_module(command):
                with path.open("ab") as file:
                    file.write(b".")
            original(process, command, *arguments, **keywords)

        subprocess.Popen.__init__ = counted  # type: ignore[method-assign, assignment]

    def count(self) -> int:
        """Module processes since the last time."""
        number = self._path.stat().st_size
        os.truncate(self._path, 0)
        return number


def _runs_a_module(command: Any) -> bool:
    """Whether this starts a module, and does not merely make its file executable."""
    words = command if isinstance(command, (str, bytes)) else b" ".join(os.fsencode(word) for word in command)
    text = os.fsdecode(words)
    return "AnsiballZ_" in text and "chmod" not in text


def cpu_seconds(pid: int) -> float:
    """CPU time that all threads of a process have used; /proc would tell it in hundredths of a second only."""
    # What clock_getcpuclockid(3) of the C library makes of a process's number on Linux.
    return time.clock_gettime((~pid << 3) | 2)
