# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AnsibleModule does around the work of a module: arguments, masking, the line in the system's log, the output."""

from __future__ import annotations

import json
import logging
import syslog
import warnings as libraries
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Stop, cut_off_in_worker
from ansible_collections.ontap.akv.plugins.module_utils.run.module import ended, invocation
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

#: What begins so among the arguments comes from Ansible and not from the task.
_INTERNAL = "_ansible_"


@dataclass(frozen=True)
class Output:
    """What a module prints. errors: why targets failed, by target. stop: whether a signal ended the work."""

    text: str
    errors: tuple[str, ...] = ()
    stop: Stop | None = None


def output(module: ModuleType, given: Mapping[str, Any], core: tuple[int, ...]) -> Output:
    """Runs a module without a process. given: the arguments of the task, and those that Ansible adds. core: its release."""
    told = {name.removeprefix(_INTERNAL): value for name, value in given.items() if name.startswith(_INTERNAL)}
    checked = ArgumentSpecValidator(module.ARGUMENT_SPEC, **module.RULES).validate(
        {name: value for name, value in given.items() if not name.startswith(_INTERNAL)}
    )
    params, secrets = checked.validated_parameters, set(checked._no_log_values)
    warnings = [f"Both option {each['option']} and its alias {each['alias']} are set." for each in checked._warnings]
    if checked.error_messages:
        refused = {"failed": True, "msg": _refusal(checked, told)}
        # These are Ansible's words and values, masked as Ansible does.
        return Output(_formatted(remove_values(refused, secrets), remove_values({"module_args": params}, secrets), told, warnings, checked._deprecations))
    log = _Log(params, module.ARGUMENT_SPEC, checked._aliases, secrets, told)
    log.invocation()
    task = Task(params, check_mode=told["check_mode"], diff=told["diff"])
    with silent_libraries():
        end = ended(task, module.ARGUMENT_SPEC, module.execute, cut_off_in_worker())
    log.warnings(end.warnings if core < (2, 19) else [])
    shown = invocation(params, module.ARGUMENT_SPEC, {*task.secrets, *secrets})
    text = _formatted({"changed": False, **end.result}, shown, told, warnings + end.warnings, checked._deprecations)
    results = end.result.get("results", ())
    errors = tuple(f"{result['svm'] or 'cluster'}: {result['error']['message']}" for result in results if result["error"])
    return Output(text, errors or (str(end.result.get("msg", "")),), end.stop)


def _refusal(checked: Any, told: Mapping[str, Any]) -> str:
    message = str(checked.errors.msg)
    return f"Unsupported parameters for ({told['module_name']}) module: {message}" if isinstance(checked.errors[0], UnsupportedError) else message


def _formatted(result: dict[str, Any], shown: dict[str, Any], told: Mapping[str, Any], warnings: list[str], deprecations: list[Any]) -> str:
    """The text that a module prints. shown: the invocation, which is without secrets as the result is."""
    if result.pop("failed", False):
        # In the order in which fail_json has them.
        result.update(failed=True, msg=result.pop("msg"))
    # Before 2.21 Ansible does not say whether it is wanted: it is, always.
    if told.get("inject_invocation", True):
        result["invocation"] = shown
    result.update({name: listed for name, listed in (("warnings", warnings), ("deprecations", deprecations)) if listed})
    return json.dumps(result)


@contextmanager
def silent_libraries() -> Iterator[None]:
    """What libraries warn of, or log, is thrown away as the stderr of a module is: it would be told beside Ansible, and unmasked."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with libraries.catch_warnings():
            libraries.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


class _Log(AnsibleModule):
    """The part of AnsibleModule that writes into the log of the host, which is that of every module."""

    def __init__(  # pylint: disable=super-init-not-called
        self, params: Mapping[str, Any], argument_spec: Mapping[str, Any], aliases: dict[str, str], secrets: set[str], told: Mapping[str, Any]
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

    def invocation(self) -> None:
        """Writes the line that tells the options."""
        if not self.no_log:
            self._log_invocation()  # type: ignore[no-untyped-call]
            syslog.closelog()

    def warnings(self, warnings: list[str]) -> None:
        """Writes a line for each warning."""
        for warning in warnings:
            self.log(f"[WARNING] {warning}")  # type: ignore[no-untyped-call]
            syslog.closelog()

    def fail_json(self, msg: str, **_more: Any) -> None:  # type: ignore[override]
        """Does nothing: a NUL cannot be logged, and the option that holds one is refused by the work."""
