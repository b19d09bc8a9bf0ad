# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AnsibleModule does around the work of a module: arguments, masking, the line in the system's log, the output."""

from __future__ import annotations

import contextlib
import json
import syslog
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.module_utils.errors import UnsupportedError

from ansible_collections.ontap.akv.plugins.module_utils.interrupt import Stop
from ansible_collections.ontap.akv.plugins.module_utils.running import ended
from ansible_collections.ontap.akv.plugins.module_utils.task import Task

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
        return Output(_formatted({"failed": True, "msg": _refusal(checked, told)}, params, told, secrets, warnings, checked._deprecations))
    _log(basic.heuristic_log_sanitize(_shown(params, module.ARGUMENT_SPEC, checked._aliases), secrets), told, secrets)
    task = Task(params, check_mode=told["check_mode"], diff=told["diff"])
    end = ended(task, module.ARGUMENT_SPEC, module.execute, core=core)
    # Later releases log no warnings.
    for warning in end.warnings if core < (2, 19) else ():
        _log(f"[WARNING] {warning}", told, secrets | task.secrets)
    text = _formatted({"changed": False, **end.result}, params, told, secrets | task.secrets, warnings + end.warnings, checked._deprecations)
    results = end.result.get("results", ())
    errors = tuple(f"{result['svm'] or 'cluster'}: {result['error']['message']}" for result in results if result["error"])
    return Output(text, errors or (str(end.result.get("msg", "")),), end.stop)


def _refusal(checked: Any, told: Mapping[str, Any]) -> str:
    message = str(checked.errors.msg)
    return f"Unsupported parameters for ({told['module_name']}) module: {message}" if isinstance(checked.errors[0], UnsupportedError) else message


def _formatted(
    result: dict[str, Any], params: Mapping[str, Any], told: Mapping[str, Any], secrets: set[str], warnings: list[str], deprecations: list[Any]
) -> str:
    added = {"warnings": warnings, "deprecations": deprecations}
    result = {**result, **{name: listed for name, listed in added.items() if listed}}
    # Before 2.21 Ansible does not say whether it is wanted: it is, always.
    if told.get("inject_invocation", True):
        result["invocation"] = {"module_args": params}
    return json.dumps(remove_values(result, secrets))


def _shown(params: Mapping[str, Any], argument_spec: Mapping[str, Any], aliases: Mapping[str, str]) -> str:
    shown = (
        f"{name}=NOT_LOGGING_PARAMETER" if argument_spec.get(aliases.get(name, name), {}).get("no_log") else f"{name}={value}" for name, value in params.items()
    )
    return f"Invoked with {' '.join(shown)}"


def _log(text: str, told: Mapping[str, Any], secrets: set[str]) -> None:
    """Writes a line as every module does into the log of the host that it runs on."""
    if told["no_log"]:
        return
    text = f"{told['target_log_info']} {text}" if told.get("target_log_info") else text
    syslog.openlog(f"ansible-{told['module_name']}", 0, getattr(syslog, str(told["syslog_facility"]), syslog.LOG_USER))
    # A NUL cannot be logged; the options that hold one are refused soon.
    with contextlib.suppress(ValueError):
        syslog.syslog(syslog.LOG_INFO, remove_values(text, secrets))
    syslog.closelog()
