# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the run of a module ends: always with return values, and without secrets in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    MissingLibraryError,
    describe_failure,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import (
    CutOff,
    Interrupted,
    Stop,
    handle_signals,
    make_module_cut_off,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.masking import MASK, Mask
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

#: Return values that repeat ONTAP's data.
_RECORDS = frozenset({"azure_key_vaults", "svms", "settings", "diff"})


class Ended(NamedTuple):
    """A completed run: its return values and warnings, without secrets. stop: whether a signal ended it."""

    result: dict[str, Any]
    warnings: list[str]
    stop: Stop


def run_to_end(
    task: Task, argument_spec: Mapping[str, Any], execute: Callable[[Task], dict[str, Any]], cut_off: CutOff
) -> Ended:
    """Run a module's work to its end; convert the errors of the collection to return values.

    argument_spec: its secret options are masked. cut_off: returns why the run was abandoned.
    """
    for name, argument in argument_spec.items():
        if argument.get("no_log"):
            task.hide(task.params.get(name), name)
    stop = Stop()
    result = _execute(task, execute, stop, cut_off)
    mask = task.make_mask()
    masked = {
        name: mask.mask_data(value) if name in _RECORDS else mask.mask_own(value) for name, value in result.items()
    }
    # Newer releases of Ansible do not mask warnings.
    return Ended(masked, [mask.mask_own(text) for text in task.warnings], stop)


def describe_invocation(
    params: Mapping[str, Any], argument_spec: Mapping[str, Any], secrets: Collection[str]
) -> dict[str, Any]:
    """Return the arguments of a run as Ansible shows them, without secrets."""
    hidden = {
        each
        for name, argument in argument_spec.items()
        if argument.get("no_log")
        for each in (name, *argument.get("aliases", ()))
    }
    mask = Mask(secrets)
    shown = {
        name: MASK if name in hidden and value is not None else mask.mask_own(value) for name, value in params.items()
    }
    return {"module_args": shown}


def _execute(task: Task, execute: Callable[[Task], dict[str, Any]], stop: Stop, cut_off: CutOff) -> dict[str, Any]:
    result: dict[str, Any] | None = None
    try:
        with handle_signals(stop, cut_off):
            result = execute(task)
    except Interrupted as end:
        # The signal may arrive after all the work is done.
        result = result or describe_failure(
            end.make_error(
                "what was changed is not shown; read the configurations with ontap.akv.akv_info"
                if task.changing
                else "nothing was changed"
            )
        )
    except MissingLibraryError as exc:
        result = {**describe_failure(exc), "msg": missing_required_lib(exc.library), "exception": exc.reason}
    except AkvError as exc:
        result = describe_failure(exc)
    return result


def run(module: AnsibleModule, execute: Callable[[Task], dict[str, Any]]) -> None:
    """Run a module and end it: the only place that calls exit_json and fail_json."""
    task = Task(module.params, check_mode=module.check_mode, diff=module._diff)
    end = run_to_end(task, module.argument_spec, execute, make_module_cut_off(os.environ))
    shown = describe_invocation(module.params, module.argument_spec, {*task.secrets, *module.no_log_values})
    # The result is already free of secrets. Ansible would only replace words that happen to contain a secret.
    module.no_log_values.clear()
    for text in end.warnings:
        module.warn(text)
    if end.result.pop("failed", False):
        module.fail_json(**end.result, invocation=shown)
    module.exit_json(**end.result, invocation=shown)
