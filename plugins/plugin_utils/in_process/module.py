# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AnsibleModule does around the work of a module: arguments, masking, the line in the system log, the output."""

from __future__ import annotations

import json
import syslog
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Stop, make_worker_cut_off
from ansible_collections.ontap.akv.plugins.module_utils.run.module import describe_invocation, run_to_end
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.plain import silence_libraries

#: Arguments with this prefix come from Ansible and not from the task.
_INTERNAL = "_ansible_"
#: From this release on, AnsibleModule does not log warnings.
_LOGS_NO_WARNINGS = (2, 19)


@dataclass(frozen=True)
class Output:
    """The output of a module. errors: why targets failed, by target. stop: whether a signal ended the work."""

    text: str
    errors: tuple[str, ...] = ()
    stop: Stop | None = None


def prepare(module: ModuleType, given: Mapping[str, Any], core: tuple[int, ...]) -> Callable[[], Output]:
    """Return the work of a module, ready to send the requests. given: its arguments, with those that Ansible adds.

    core: the release of ansible-core. Everything that is needed from ansible-core is already used here, so that an
    incompatible change cannot fail after the first request.
    """
    told = {name.removeprefix(_INTERNAL): value for name, value in given.items() if name.startswith(_INTERNAL)}
    checked = ArgumentSpecValidator(module.ARGUMENT_SPEC, **module.RULES).validate(
        {name: value for name, value in given.items() if not name.startswith(_INTERNAL)}
    )
    params, secrets = checked.validated_parameters, set(checked._no_log_values)
    warnings = [f"Both option {each['option']} and its alias {each['alias']} are set." for each in checked._warnings]
    form = partial(_format, told=told, deprecations=list(checked._deprecations))
    if checked.error_messages:
        refused = {"failed": True, "msg": _describe_refusal(checked, told)}
        # These are Ansible's texts and values, masked as Ansible does.
        refusal = Output(
            form(remove_values(refused, secrets), remove_values({"module_args": params}, secrets), warnings=warnings)
        )
        return lambda: refusal
    task = Task(params, check_mode=told["check_mode"], diff=told["diff"])
    log = _Log(params, module.ARGUMENT_SPEC, checked._aliases, secrets, told)
    log.log_invocation()

    def work() -> Output:
        with silence_libraries():
            end = run_to_end(task, module.ARGUMENT_SPEC, module.execute, make_worker_cut_off())
        with suppress(Exception):
            # The log was written to before; if it is unavailable now, the result must not be lost.
            log.log_warnings(end.warnings if core < _LOGS_NO_WARNINGS else [])
        shown = describe_invocation(params, module.ARGUMENT_SPEC, {*task.secrets, *secrets})
        return Output(
            form({"changed": False, **end.result}, shown, warnings=warnings + end.warnings),
            _list_errors(end.result),
            end.stop,
        )

    return work


def refuse(message: str) -> Output:
    """Return the output of a module that has done nothing."""
    return Output(json.dumps({"changed": False, "failed": True, "msg": message}))


def _list_errors(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Return why targets failed, or why all of them failed."""
    errors = [
        f"{target['svm'] or 'cluster'}: {target['error']['message']}"
        for target in result.get("results", ())
        if target["error"]
    ]
    return tuple(errors) or (str(result.get("msg", "")),)


def _describe_refusal(checked: Any, told: Mapping[str, Any]) -> str:
    message = str(checked.errors.msg)
    return (
        f"Unsupported parameters for ({told['module_name']}) module: {message}"
        if isinstance(checked.errors[0], UnsupportedError)
        else message
    )


def _format(
    result: dict[str, Any],
    shown: dict[str, Any],
    *,
    told: Mapping[str, Any],
    warnings: list[str],
    deprecations: list[Any],
) -> str:
    """Return the text that a module prints. shown: the invocation, which has no secrets, like the result."""
    if result.pop("failed", False):
        # In the order that fail_json uses.
        result.update(failed=True, msg=result.pop("msg"))
    # Before 2.21, Ansible does not say whether it wants the invocation: it always does.
    if told.get("inject_invocation", True):
        result["invocation"] = shown
    result.update({name: listed for name, listed in (("warnings", warnings), ("deprecations", deprecations)) if listed})
    return json.dumps(result)


class _Log(AnsibleModule):
    """The part of AnsibleModule that writes to the system log of the host; the same for every module."""

    def __init__(  # pylint: disable=super-init-not-called
        self,
        params: Mapping[str, Any],
        argument_spec: Mapping[str, Any],
        aliases: dict[str, str],
        secrets: set[str],
        told: Mapping[str, Any],
    ) -> None:
        self.params = params
        self.argument_spec = argument_spec
        self.aliases = aliases
        self.no_log = told["no_log"]
        self.no_log_values = secrets
        self._debug = False
        self._name = told["module_name"]
        self._syslog_facility = told["syslog_facility"]
        self._target_log_info = told["target_log_info"]

    def log_invocation(self) -> None:
        """Log the line with the options."""
        if not self.no_log:
            self._log_invocation()  # type: ignore[no-untyped-call]
            syslog.closelog()

    def log_warnings(self, warnings: list[str]) -> None:
        """Log a line for each warning."""
        # They no longer hold a secret, as in the module.
        self.no_log_values = set()
        for warning in warnings:
            self.log(f"[WARNING] {warning}")  # type: ignore[no-untyped-call]
            syslog.closelog()

    def fail_json(self, msg: str, **_more: Any) -> None:  # type: ignore[override]
        """Do nothing: a NUL cannot be logged, and the work refuses the option that holds one."""
