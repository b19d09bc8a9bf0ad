# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action of every module: its work in Ansible's own worker wherever nobody could tell the difference, else the plain module.

Packing a module, starting an interpreter for it and importing its libraries takes longer than its requests. The work of
the modules lies below AnsibleModule, so that the worker can do it too: with the same specification of the arguments and
the same work, and with return values that pass through JSON as a module's do.

ansible-playbook imports this file before it forks its workers: the HTTP library is imported once in a run.
"""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action.normal import ActionModule as PlainModule

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import TIME_LIMIT
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core, plain
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import module as without_process

#: The process of ansible-playbook: it imports this file before it forks its workers.
_STARTER = os.getpid()
#: The variable that switches it off.
SWITCH = "ontap_akv_in_process"
_PACKAGES = "ansible_collections.ontap.akv.plugins.module_utils."


def _unusable() -> str | None:
    """Imports what the workers need; returns why that cannot be used. What a damaged library raises must not end a play."""
    try:
        with without_process.silent_libraries():
            needed = ("converge.apply", "common.error_codes", "rest.session")
            missing = [importlib.import_module(_PACKAGES + name) for name in needed][-1].LIBRARY_ERROR
    except Exception as exc:  # noqa: BLE001 - anything, see above
        return f"the HTTP library of Ansible's own Python cannot be used ({type(exc).__name__})"
    return None if missing is None else "the Python of Ansible has no requests"


_UNUSABLE = _unusable()


class InProcess(PlainModule):
    """The base of the actions. module: the Python module whose work it is."""

    module: ModuleType

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Runs the task and returns what the plain module returns."""
        self._begun = time.monotonic()
        variables = task_vars or {}
        if _is_left_behind():
            # A worker makes all tries and all rounds of a loop; the next one must not begin.
            signal.raise_signal(signal.SIGTERM)
            return {"failed": True, "changed": False, "msg": "ansible-playbook is gone: nothing was begun"}
        wanted = self._wanted(variables)
        if wanted is None:
            return {"failed": True, "changed": False, "msg": f"{SWITCH}: it is neither true nor false"}
        arguments, reason = self._arguments(variables) if wanted else ({}, f"{SWITCH} is false")
        if reason is not None:
            self._display.vvv(f"{self._task.action} runs in a process of its own: {reason}")
            with plain.ending_with_task():
                return dict(super().run(tmp, task_vars))  # type: ignore[no-untyped-call]
        self._display.vvv(f"{self._task.action} runs in the process of Ansible; {SWITCH}: false prevents that")
        with _in_folder(self._loader.get_basedir()):
            output = without_process.output(self.module, arguments, core.RELEASE)
        if output.stop is not None and output.stop.number is not None:
            # Nobody will read the result: what goes on in the cluster is told while there is time.
            self._display.error("\n".join(output.errors), wrap_text=False)
            output.stop.pass_on()
        return core.as_from_a_module(self, output.text)

    def _compute_environment_string(self, raw_environment_out: dict[str, Any] | None = None) -> Any:
        """Return the environment of the module's process: that of the task, and how long the module may run."""
        given = self._task.environment
        limit = self._time_left()
        if limit is not None:
            self._task.environment = [*(given if isinstance(given, list) else [given]), {TIME_LIMIT: f"{limit:.1f}"}]
        try:
            return super()._compute_environment_string(raw_environment_out)  # type: ignore[no-untyped-call]
        finally:
            self._task.environment = given

    def _time_left(self) -> float | None:
        """Return the seconds after which Ansible will have cut off the task, None if it never does."""
        timeout = self._task.timeout
        limits = [max(0.1, timeout - (time.monotonic() - self._begun))] if timeout else []
        limits += [float(self._task.async_val)] if self._task.async_val else []
        return min(limits, default=None)

    def _wanted(self, variables: Mapping[str, Any]) -> bool | None:
        """Whether the switch allows it, None where it says neither yes nor no."""
        value = self._templar.template(variables.get(SWITCH))
        try:
            return value is None or bool(boolean(value))
        except TypeError:
            return None

    def _arguments(self, variables: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
        """The arguments as a module gets them, and why the plain module is to run, None where both ways do the same."""
        if core.RELEASE not in core.TRIED:
            return {}, "this was not tried with this release of ansible-core"
        given = dict(self._task.args)
        self._update_module_args(self._task.action, given, variables)
        reason = self._reason_for_a_process(given, variables)
        if reason is not None:
            return {}, reason
        try:
            return core.as_a_module_gets_it(given), None
        except (AnsibleError, TypeError, ValueError):
            return {}, "Ansible has to say what is wrong with the options"

    def _reason_for_a_process(self, given: Mapping[str, Any], variables: Mapping[str, Any]) -> str | None:
        environment: dict[str, Any] = {}
        super()._compute_environment_string(environment)  # type: ignore[no-untyped-call]
        debugged = given["_ansible_debug"] or given["_ansible_keep_remote_files"] or given.get("_ansible_tracebacks_for")
        reasons = (
            (_UNUSABLE, _UNUSABLE),
            (sys.platform == "darwin", "the HTTP library is not safe in a forked process of macOS"),
            (self._connection.transport != "local", f"the connection is {self._connection.transport}"),
            (self._connection.become is not None, "become"),
            (self._task.async_val, "async"),
            (self._task.timeout, "the task has a timeout"),
            (environment, "the task has an environment"),
            (debugged, "files of modules or tracebacks are wanted"),
        )
        return next((reason for applies, reason in reasons if applies), None) or self._other_interpreter(variables)

    def _other_interpreter(self, variables: Mapping[str, Any]) -> str | None:
        """Why another Python than Ansible's own is to run the module. Leaving the choice to Ansible (auto) is no reason."""
        if self._task.delegate_to:
            variables = variables.get("ansible_delegated_vars", {}).get(self._task.delegate_to, variables)
        asked = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
        asked = str(self._templar.template(asked) or "").strip()
        if not asked or asked.startswith("auto") or _is_own_python(asked):
            return None
        return f"another interpreter is asked for ({asked})"


def _is_left_behind() -> bool:
    """Whether this is a worker whose ansible-playbook was killed, as ansible-runner does to cancel a job; see module_utils/common/interrupt."""
    return core.RELEASE in core.TRIED and _STARTER not in (os.getpid(), os.getppid())


def _is_own_python(asked: str) -> bool:
    """Whether an interpreter, a path or a name, is the one that runs Ansible, with the same libraries."""
    path = shutil.which(asked)
    own = Path(sys.executable)
    return path is not None and Path(path).parent == own.parent and own.samefile(path)


@contextmanager
def _in_folder(folder: str) -> Iterator[None]:
    """Ansible starts local modules in the folder of the playbook: paths of files count from there."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
