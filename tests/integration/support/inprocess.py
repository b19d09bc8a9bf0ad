# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module's work in this process, without AnsibleModule: for the many cases that differ only in what happens
on the wire.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any
from unittest import mock

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, describe_failure
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task as task_module
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.tests.integration.support.ansible import connection
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from simulator import Simulator


@dataclass(frozen=True)
class Done:
    """What a run returned, its warnings, and the requests that reached the simulator meanwhile."""

    result: dict[str, Any]
    warnings: str
    requests: Requests

    @property
    def failed(self) -> bool:
        return bool(self.result.get("failed"))

    @property
    def only(self) -> dict[str, Any]:
        """The result of the one target."""
        (entry,) = self.result["results"]
        return dict(entry)


#: Pauses are a tenth as long; how often one is made, and the deadlines, are as they are.
_BRISK = Clock(sleep=lambda seconds: time.sleep(seconds / 10))


def run_brisk(simulator: Simulator, module: ModuleType, **options: Any) -> Done:
    """The same as run() for tests that are not about how long something is waited for."""
    with mock.patch.object(task_module, "Transport", partial(Transport, clock=_BRISK)):
        return run(simulator, module, **options)


def run(
    simulator: Simulator, module: ModuleType, *, check_mode: bool = False, diff: bool = False, **options: Any
) -> Done:
    """Returns what a module did; an error that is none of ours is raised."""
    environ = connection(simulator)
    # The specification takes its fallbacks from this process's environment; these three have one.
    given = {
        "hostname": environ["ONTAP_HOSTNAME"],
        "http_port": environ["ONTAP_HTTP_PORT"],
        "ca_path": environ["ONTAP_CA_PATH"],
        **options,
    }
    checked = ArgumentSpecValidator(module.ARGUMENT_SPEC).validate(given)
    assert not checked.error_messages, checked.error_messages
    task = Task(checked.validated_parameters, check_mode=check_mode, diff=diff, environ=environ)
    before = len(simulator.control.log())
    try:
        result = module.execute(task)
    except AkvError as exc:
        result = describe_failure(exc)
    return Done(result, "\n".join(task.warnings), Requests(simulator.control.log()[before:]))
