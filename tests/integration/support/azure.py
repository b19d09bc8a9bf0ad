# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs akv_azure_info in this process against the simulated Azure."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.ontap.akv.plugins.module_utils.azure.conversation import ask
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run_to_end
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.modules import akv_azure_info
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.proxy import proxy
from simulator import Simulator

#: The secret of a test that is not about secrets.
SECRET = "ordinary-Secret~of.the.tests"
#: Pauses are a hundredth as long.
_BRISK = Clock(sleep=lambda seconds: time.sleep(seconds / 100))


@dataclass(frozen=True)
class Checked:
    """What a run returned, and the requests that reached the simulated Azure meanwhile."""

    result: dict[str, Any]
    warnings: list[str]
    requests: Requests

    @property
    def usable(self) -> bool | None:
        assert not self.result.get("failed"), self.result
        assert self.result["changed"] is False
        usable: bool | None = self.result["usable"]
        return usable

    @property
    def azure(self) -> dict[str, Any]:
        return dict(self.result["azure"])

    @property
    def problems(self) -> list[tuple[str, str, str | None]]:
        """Check, severity and code of each problem; each says what is wrong and what to do."""
        assert all(problem["message"] and problem["hint"] for problem in self.result["problems"])
        return [(problem["check"], problem["severity"], problem["code"]) for problem in self.result["problems"]]

    @property
    def rights(self) -> dict[str, bool | None]:
        return {name: operation["ok"] for name, operation in self.azure["operations"].items()}


def options_for(simulator: Simulator, **options: Any) -> dict[str, Any]:
    """Returns the options of a task that succeeds, with changes; those of the value None are left out."""
    side = simulator.azure
    given = {
        "key_id": side.key_url(),
        "client_id": side.client_id,
        "tenant_id": side.tenant_id,
        "client_secret": SECRET,
        "oauth_host": side.login_host,
        "azure_ca_path": side.ca_path,
        **options,
    }
    return {name: value for name, value in given.items() if value is not None}


def azures_names(simulator: Simulator) -> AbstractContextManager[str]:
    """Serves a proxy that leads Azure's own names to the simulated Azure, and gives its URL."""
    side = simulator.azure
    hosts = {"vault1.vault.azure.net": side.vault_url(), "login.microsoftonline.com": side.login_url}
    return proxy({name: ("127.0.0.1", urlsplit(url).port or 0) for name, url in hosts.items()})


def check(simulator: Simulator, *, check_mode: bool = False, **options: Any) -> Checked:
    """Returns what the module found; its pauses are short."""
    checked = ArgumentSpecValidator(akv_azure_info.ARGUMENT_SPEC, **akv_azure_info.RULES).validate(
        options_for(simulator, **options)
    )
    assert not checked.error_messages, checked.error_messages
    control = simulator.azure.control
    before = len(control.log())
    with mock.patch.object(akv_azure_info, "ask", partial(ask, clock=_BRISK)):
        end = run_to_end(
            Task(checked.validated_parameters, check_mode=check_mode),
            akv_azure_info.ARGUMENT_SPEC,
            akv_azure_info.execute,
            None,
        )
    return Checked(end.result, end.warnings, Requests(control.log()[before:]))
