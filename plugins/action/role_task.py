# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action role_task: a step of a role that runs modules, in one task of a host.

Ansible forks a process for each task of each host. On a fleet, that takes longer than the requests of the modules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.ontap.akv.plugins.action import akv_info, akv_svm_info
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import health, report
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.host import RoleHost

STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "health.check": health.check,
    "report.read": report.read,
}
_MODULES = {"akv_info": akv_info, "akv_svm_info": akv_svm_info}


class ActionModule(ActionBase):
    """The action of this file."""

    _requires_connection = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the step, and return its result."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        step = self._task.args.get("step")
        if step not in STEPS:
            raise AnsibleActionFail(f"ontap.akv.role_task: {step!r} is not a step")
        host = RoleHost(
            name=str(variables["inventory_hostname"]),
            names=[name for name in variables if name.startswith("akv_")],
            list_inventory_names=lambda: list(variables["hostvars"][variables["inventory_hostname"]]),
            read_variables=lambda names: {
                name: self._templar.template(variables[name]) for name in names if name in variables
            },
            run_module=lambda name, options: self._run_module(name, options, variables),
        )
        return {"changed": False, **STEPS[step](host, **self._task.args["data"])}

    def _run_module(self, name: str, options: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        """Return the result of a module of this collection, which gets the connection options of this task."""
        task = self._task.copy()
        task.action = f"ontap.akv.{name}"
        task.args = {**{key: value for key, value in self._task.args.items() if key not in ("step", "data")}, **options}
        action = _MODULES[name].ActionModule(
            task, self._connection, self._play_context, self._loader, self._templar, self._shared_loader_obj
        )
        return dict(action.run(task_vars=variables))
