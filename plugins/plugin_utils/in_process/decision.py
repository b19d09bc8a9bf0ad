# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision whether a task's work is done in Ansible's own process.

Everything that can fail because of that fails here, before the first request.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import TIME_LIMIT
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import module as without_process

if TYPE_CHECKING:
    from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.action import InProcess

#: The variable that switches it off.
SWITCH = "ontap_akv_in_process"
_REHEARSED = '{"changed": false}'


def prepare(action: InProcess, variables: Mapping[str, Any]) -> core.Prepared:
    """Return the work of a task.

    Raises PlainModuleNeeded with the reason, or anything if ansible-core is not as expected.
    """
    if core.RELEASE not in core.TRIED:
        raise core.PlainModuleNeeded("this was not tested with this release of ansible-core")
    folder = action._loader.get_basedir()
    wanted = _is_wanted(action, variables)
    if wanted is None:
        return core.Prepared(partial(without_process.refuse, f"{SWITCH}: it is neither true nor false"), folder)
    given = dict(action._task.args)
    action._update_module_args(action._task.action, given, variables)
    for reason in (None if wanted else f"{SWITCH} is false", *_list_reasons(action, given, variables)):
        if reason is not None:
            raise core.PlainModuleNeeded(reason)
    _rehearse(action)
    return core.Prepared(without_process.prepare(action.module, _build_arguments(given), core.RELEASE), folder)


def _is_wanted(action: InProcess, variables: Mapping[str, Any]) -> bool | None:
    """Return whether the switch allows it, None if its value is not a boolean."""
    value = action._templar.template(variables.get(SWITCH))
    try:
        return value is None or bool(boolean(value))
    except TypeError:
        return None


def _build_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments as a module gets them."""
    try:
        return core.as_a_module_gets_it(given)
    except (AnsibleError, TypeError, ValueError):
        raise core.PlainModuleNeeded("Ansible has to say what is wrong with the options") from None


def _rehearse(action: InProcess) -> None:
    """Raise if the output of a module cannot be turned into its result: after the work, that would lose the outcome."""
    result = core.as_from_a_module(action, _REHEARSED)
    if result.get("changed") is not False or result.get("failed"):
        raise ValueError(_REHEARSED)


def _list_reasons(action: InProcess, given: Mapping[str, Any], variables: Mapping[str, Any]) -> Iterator[str | None]:
    """Yield each reason for the plain module, None if it does not apply."""
    environment: dict[str, Any] = {}
    action._compute_environment_string(environment)
    environment.pop(TIME_LIMIT, None)
    debugged = given["_ansible_debug"] or given["_ansible_keep_remote_files"] or given.get("_ansible_tracebacks_for")
    transport = action._connection.transport
    yield "the HTTP library is not safe in a forked process of macOS" if sys.platform == "darwin" else None
    yield f"the connection is {transport}" if transport != "local" else None
    yield "become" if action._connection.become is not None else None
    yield "async" if action._task.async_val else None
    yield "the task has a timeout" if action._task.timeout else None
    yield "the task has an environment" if environment else None
    yield "module files are kept, or tracebacks are requested" if debugged else None
    yield _find_other_interpreter(action, variables)


def _find_other_interpreter(action: InProcess, variables: Mapping[str, Any]) -> str | None:
    """Return why another Python than Ansible's own has to run the module.

    Leaving the choice to Ansible (auto) is no reason.
    """
    if action._task.delegate_to:
        variables = variables.get("ansible_delegated_vars", {}).get(action._task.delegate_to, variables)
    asked = constants.config.get_config_value("INTERPRETER_PYTHON", variables=variables)
    asked = str(action._templar.template(asked) or "").strip()
    if not asked or asked.startswith("auto") or _is_own_python(asked):
        return None
    return f"another interpreter is requested ({asked})"


def _is_own_python(asked: str) -> bool:
    """Return whether an interpreter, a path or a name, is the one that runs Ansible, with the same libraries."""
    path = shutil.which(asked)
    own = Path(sys.executable)
    return path is not None and Path(path).parent == own.parent and own.samefile(path)
