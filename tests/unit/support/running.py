# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A runner of modules that works as Ansible does: AnsibleModule reads the arguments, the output is the result."""

from __future__ import annotations

import json
import sys
from functools import partial
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings as collected_warnings

from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock

LOGIN = {"hostname": "cluster.example.com", "username": "admin", "password": "netapp1!"}


class Play:
    """Runs modules on a scripted wire. output: everything that the last run printed."""

    def __init__(
        self, clock: RecordedClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._clock = clock
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.output = ""

    def __call__(
        self, module: ModuleType, *, check: Any = False, diff: Any = False, **arguments: Any
    ) -> dict[str, Any]:
        """Run a module and return its result. Options with the value None are left out."""

        given = {name: value for name, value in {**LOGIN, **arguments}.items() if value is not None}
        arguments = {"ANSIBLE_MODULE_ARGS": {**given, "_ansible_check_mode": check, "_ansible_diff": diff}}
        with self._monkeypatch.context() as patch:
            patch.setattr(task, "Transport", partial(Transport, clock=self._clock.clock))
            patch.setattr(basic, "_ANSIBLE_ARGS", json.dumps(arguments).encode())
            # Since ansible-core 2.19: the profile of a module that runs without the controller's own types.
            patch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
            if internal := sys.modules.get("ansible.module_utils._internal"):
                # Other tests may have imported the controller, but a module runs without it.
                patch.setattr(internal, "is_controller", False, raising=False)
            collected_warnings._global_warnings.clear()
            collected_warnings._global_deprecations.clear()
            with pytest.raises(SystemExit) as end:
                module.main()
        self.output = self._capsys.readouterr().out
        result: dict[str, Any] = json.loads(self.output)
        assert bool(end.value.code) == bool(result.get("failed"))
        return result


def warnings_of(result: dict[str, Any]) -> list[str]:
    """Return the texts of the warnings. Since ansible-core 2.19 each warning is an object."""
    return [warning if isinstance(warning, str) else warning["event"]["msg"] for warning in result.get("warnings", [])]
