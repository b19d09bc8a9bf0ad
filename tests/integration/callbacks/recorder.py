# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin of the integration tests: what each task returned, and which requests of the log are its own."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: recorder
type: aggregate
short_description: Writes what each task returned as lines of JSON
description:
  - Writes one line of JSON for each task, and one for the statistics, to the file that E(RECORDER_FILE) names.
  - A line says how many requests the simulator at E(RECORDER_CONTROL) had logged before and after the task.
"""


class CallbackModule(CallbackBase):
    """Writes one line for each task that ended."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "recorder"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._before = 0

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool = False) -> None:  # noqa: ARG002 - Ansible gives them by name
        self._before = _logged()

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002 - Ansible gives it by name
        self._write(result, "failed")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write(result, "skipped")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write(result, "unreachable")

    def v2_playbook_on_stats(self, stats: Any) -> None:
        # What set_stats gave; that of all hosts stands under _run.
        _append({"stats": stats.custom, "hosts": {host: stats.summarize(host) for host in stats.processed}})

    def _write(self, result: Any, status: str) -> None:
        # The attributes without underscore exist from ansible-core 2.19 on.
        task = getattr(result, "task", None) or result._task
        returned = getattr(result, "result", None) or result._result
        host = (getattr(result, "host", None) or result._host).get_name()
        _append(
            {
                "name": task.get_name(),
                "host": host,
                "status": status,
                "result": returned,
                "before": self._before,
                "after": _logged(),
            }
        )


def _append(line: dict[str, Any]) -> None:
    with Path(os.environ["RECORDER_FILE"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, default=str) + "\n")


def _logged() -> int:
    """The number of requests in the simulator's log; 0 where there is no simulator."""
    control = os.environ.get("RECORDER_CONTROL")
    if not control:
        return 0
    # Proxies of the environment are for the modules under test.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(control + "log", data=b"{}", timeout=30) as answer:
        return len(json.load(answer))
