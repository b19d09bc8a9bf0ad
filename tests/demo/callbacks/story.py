# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Callback plugin of the demo: writes what the playbook does as a short story, in the order of the SVMs."""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: story
type: aggregate
short_description: Writes what a playbook does, a few lines for each task
description:
  - Writes to the file that E(AKV_DEMO_STORY) names.
  - Shows the tasks of the playbook itself. Of roles, it shows what changed, messages of C(ansible.builtin.debug), and
    failures.
"""

#: The action of a result -> how the story says it.
_WORDS = {
    "create": "created",
    "update": "updated",
    "delete": "removed",
    "rekey": "re-keyed",
    "restore": "restored",
    "none": "nothing to do",
}
_QUIET = frozenset(
    {"assert", "uri", "set_fact", "set_stats", "import_role", "include_role", "include_tasks", "validate_argument_spec"}
)
_WIDTH, _MOST_LINES = 110, 4
#: What Azure adds to a message for Microsoft's support.
_TRACE = re.compile(r" Trace ID:.* Timestamp: \S+( \S+Z)?")


class CallbackModule(CallbackBase):
    """Writes the story."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "story"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._story = Path(os.environ["AKV_DEMO_STORY"])
        self._told = ""
        self._messages: set[tuple[str, ...]] = set()

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool = False) -> None:  # noqa: ARG002 - Ansible gives it by name
        if _is_own(task) and _action(task) == "include_role":
            self._tell(task.get_name(), [])

    def v2_runner_on_ok(self, result: Any) -> None:
        task, returned = _parts(result)
        action = _action(task)
        lines = [] if action in _QUIET else list(_lines(action, returned))
        # A role that runs twice says the same twice.
        repeated = action == "debug" and tuple(lines) in self._messages
        if lines and not repeated and (_is_own(task) or action == "debug" or returned.get("changed")):
            self._messages.add(tuple(lines))
            self._tell(task.get_name(), lines)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:  # noqa: ARG002 - Ansible gives it by name
        task, returned = _parts(result)
        self._tell(task.get_name(), ["STOPPED", *_texts(returned.get("msg"))])

    def v2_runner_item_on_ok(self, result: Any) -> None:
        task, returned = _parts(result)
        if _action(task) == "debug":
            self._tell(
                task.get_name(),
                [textwrap.shorten(line, _WIDTH, placeholder=" ...") for line in _texts(returned.get("msg"))],
            )

    def _tell(self, name: str, lines: Iterable[str]) -> None:
        """Write the name of a task once, and its lines below it."""
        # The name of the role is left out.
        name = name.rpartition(" : ")[2]
        text = "" if name == self._told else f"* {name}\n"
        self._told = name
        for line in lines:
            text += "".join(
                f"    {part}\n" for part in textwrap.wrap(line, _WIDTH, break_long_words=False)[:_MOST_LINES]
            )
        with self._story.open("a", encoding="utf-8") as file:
            file.write(text)


def _is_own(task: Any) -> bool:
    """Whether a task is in the playbook itself, not in a role."""
    return getattr(task, "_role", None) is None


def _action(task: Any) -> str:
    return str(task.action.rpartition(".")[2])


def _parts(result: Any) -> tuple[Any, dict[str, Any]]:
    # The attributes without underscore exist from ansible-core 2.19 on.
    return getattr(result, "task", None) or result._task, dict(getattr(result, "result", None) or result._result)


def _lines(action: str, returned: dict[str, Any]) -> Iterator[str]:
    """Yield what a task did."""
    if action == "debug":
        if "results" not in returned:
            yield from _texts(returned.get("msg"))
    elif "usable" in returned:
        problems = [problem["message"] for problem in returned["problems"]]
        yield f"usable: {str(returned['usable']).lower()}, {', '.join(problems) or 'no problems'}"
    else:
        yield from _targets(returned)


def _targets(returned: dict[str, Any]) -> Iterator[str]:
    """Yield the SVMs, together if the same was done to those that follow each other."""
    together: list[tuple[str, list[str]]] = []
    for entry in sorted(_entries(returned), key=_order):
        word = _WORDS.get(entry["action"], entry["action"])
        if not together or together[-1][0] != word:
            together.append((word, []))
        together[-1][1].append(entry["svm"] or "cluster")
    for word, names in together:
        yield f"{', '.join(names)}: {word}"


def _entries(returned: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the result of each SVM, of a module or of a loop of one."""
    for entry in returned.get("results") or []:
        if "action" in entry and "svm" in entry:
            yield entry
        else:
            yield from _entries(entry)


def _order(entry: dict[str, Any]) -> list[tuple[int, str]]:
    """Return a key that sorts svm2 before svm10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", entry["svm"] or "")]


def _texts(message: Any) -> list[str]:
    return [_TRACE.sub("", str(line).strip()) for line in (message if isinstance(message, list) else [message]) if line]
