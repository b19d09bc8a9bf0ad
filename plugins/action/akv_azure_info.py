# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.options import OPTIONS
from ansible_collections.ontap.akv.plugins.modules import akv_azure_info
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process.action import InProcess

#: The connection settings of the cluster: C(module_defaults) of the group pass them to every module, but this module
#: does not contact the cluster.
_OF_THE_CLUSTER = {each for name, option in OPTIONS.items() for each in (name, *option.aliases)} - set(
    akv_azure_info.ARGUMENT_SPEC
)


class ActionModule(InProcess):
    """The action of akv_azure_info."""

    module = akv_azure_info

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task without the connection settings of the cluster."""
        for name in _OF_THE_CLUSTER:
            self._task.args.pop(name, None)
        return super().run(tmp, task_vars)
