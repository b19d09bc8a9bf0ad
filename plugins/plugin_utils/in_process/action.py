# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module: work in Ansible's own worker if the result is the same, else in the plain module.

Packing a module, starting an interpreter for it and importing its libraries takes longer than its requests. The work of
the modules does not depend on AnsibleModule, so the worker can do it too: with the same argument specification and the
same code, and with return values that pass through JSON as a module's do.

This file uses as little of ansible-core as an action can. Everything else of ansible-core that the work in the worker
needs is in the other files of this package. They are imported and used so that any incompatible change leads to the
plain module.

ansible-playbook imports this file before it forks its workers, so the HTTP library is imported once per run.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible.plugins.action.normal import ActionModule as PlainModule

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import TIME_LIMIT
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core, plain

#: The process of ansible-playbook: it imports this file before it forks its workers.
_STARTER = os.getpid()
_COLLECTION = "ansible_collections.ontap.akv.plugins."
_NEEDED = (
    "module_utils.converge.apply",
    "module_utils.common.error_codes",
    "plugin_utils.in_process.decision",
    "plugin_utils.in_process.module",
    "module_utils.rest.session",
)


def _import_needed() -> str | None:
    """Import what the workers need; return why that cannot be used.

    An exception of a damaged library must not end a play.
    """
    try:
        with plain.silence_libraries():
            missing = [importlib.import_module(_COLLECTION + name) for name in _NEEDED][-1].LIBRARY_ERROR
    except Exception as exc:  # noqa: BLE001 - anything, see above
        return f"what it needs in Ansible's own process cannot be imported ({_describe(exc)})"
    return None if missing is None else "the Python of Ansible has no requests"


def _describe(exc: Exception) -> str:
    """Return the type and place of an exception, without its text, which may repeat an option."""
    frames = traceback.extract_tb(exc.__traceback__)
    return (
        f"{type(exc).__name__} in {Path(frames[-1].filename).name}, line {frames[-1].lineno}"
        if frames
        else type(exc).__name__
    )


_UNUSABLE = _import_needed()


class InProcess(PlainModule):
    """The base of the actions. module: the Python module that does the work."""

    module: ModuleType

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task and return what the plain module returns."""
        self._begun = time.monotonic()
        if _is_left_behind():
            # A worker makes all retries and loop iterations of a task; the next one must not start.
            signal.raise_signal(signal.SIGTERM)
            return {"failed": True, "changed": False, "msg": "ansible-playbook is gone: nothing was started"}
        prepared = self._prepare(task_vars or {})
        if isinstance(prepared, str):
            self._tell(f"runs in a process of its own: {prepared}")
            with plain.stop_with_task():
                return dict(super().run(tmp, task_vars))  # type: ignore[no-untyped-call]
        self._tell("runs in Ansible's own process; ontap_akv_in_process: false prevents that")
        with _change_folder(prepared.folder):
            output = prepared.work()
        if output.stop is not None and output.stop.number is not None:
            # The result will not be read: report what is still running in the cluster while there is time.
            with suppress(Exception):
                self._display.error("\n".join(output.errors), wrap_text=False)
            output.stop.pass_on()
        return self._parse_result(output.text)

    def _prepare(self, variables: dict[str, Any]) -> core.Prepared | str:
        """Return the work, or why the plain module has to do it; no request is sent here, whatever fails."""
        if _UNUSABLE is not None:
            return _UNUSABLE
        try:
            from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.decision import prepare

            return prepare(self, variables)
        except core.PlainModuleNeeded as exc:
            return str(exc)
        except Exception as exc:  # noqa: BLE001 - whatever another ansible-core has changed
            return f"this ansible-core differs from those that were tested ({_describe(exc)})"

    def _parse_result(self, text: str) -> dict[str, Any]:
        """Return what Ansible makes of an output.

        It was tried before the work; if it fails now, the outcome must not be lost.
        """
        try:
            return core.as_from_a_module(self, text)
        except Exception as exc:  # noqa: BLE001 - the work is done
            self._tell(f"returns its output as it is ({_describe(exc)})")
            return dict(json.loads(text))

    def _tell(self, text: str) -> None:
        """Show a message at -vvv."""
        with suppress(Exception):
            self._display.vvv(f"{self._task.action} {text}")

    def _compute_environment_string(self, *arguments: Any, **keywords: Any) -> Any:
        """Return the environment of the module's process: that of the task, and how long the module may run."""
        given = self._task.environment
        try:
            limit = self._find_time_left()
            if limit is not None:
                self._task.environment = [
                    *(given if isinstance(given, list) else [given]),
                    {TIME_LIMIT: f"{limit:.1f}"},
                ]
            return super()._compute_environment_string(*arguments, **keywords)  # type: ignore[no-untyped-call]
        except Exception:  # noqa: BLE001 - the time limit is optional, its failure must not fail the task
            self._task.environment = given
            return super()._compute_environment_string(*arguments, **keywords)  # type: ignore[no-untyped-call]
        finally:
            self._task.environment = given

    def _find_time_left(self) -> float | None:
        """Return the seconds until Ansible cuts off the task (timeout, async), None if the task has no such limit."""
        timeout = self._task.timeout
        limits = [max(0.1, timeout - (time.monotonic() - self._begun))] if timeout else []
        limits += [float(self._task.async_val)] if self._task.async_val else []
        return min(limits, default=None)


def _is_left_behind() -> bool:
    """Return whether the ansible-playbook of this worker was killed, as ansible-runner does to cancel a job.

    See module_utils/common/interrupt.
    """
    return core.RELEASE in core.TRIED and _STARTER not in (os.getpid(), os.getppid())


@contextmanager
def _change_folder(folder: str) -> Iterator[None]:
    """Change the working directory for a while: Ansible starts local modules in the directory of the playbook."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
