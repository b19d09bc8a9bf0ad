# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals to a module process: it ends soon, reports what continues in the cluster, and sends nothing more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import TIME_LIMIT
from ansible_collections.ontap.akv.tests.integration.support.ansible import connection
from ansible_collections.ontap.akv.tests.integration.support.log import until
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator
from tooling.paths import TREE, link_tree

SIGNALS = [signal.SIGTERM, signal.SIGINT]
JOBS = "/api/cluster/jobs/"
#: Seconds. Everything that a module waits for here takes longer, so that a module that continues to wait never ends in
#: time.
_PATIENCE = 60.0
_LONG = 300
#: What AnsiballZ does with a module: arguments, then main().
_START = """
import importlib, sys
from ansible.module_utils import basic
basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[2].encode(), "legacy"
importlib.import_module("ansible_collections.ontap.akv.plugins.modules." + sys.argv[1]).main()
"""


class Module:
    """A module in a separate process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ends(self, number: signal.Signals) -> dict[str, Any]:
        """Send a signal and return the result of the module, which must end in time."""
        self._process.send_signal(number)
        output, errors = self._process.communicate(timeout=_PATIENCE)
        assert errors == ""
        result: dict[str, Any] = json.loads(output)
        assert self._process.returncode == int(result.get("failed", False))
        return result

    def stops(self) -> dict[str, Any]:
        """Return the result of the module, which must fail without a signal."""
        output, errors = self._process.communicate(timeout=_PATIENCE)
        assert errors == ""
        result: dict[str, Any] = json.loads(output)
        assert result["failed"]
        return result

    def fails(self, number: signal.Signals) -> dict[str, Any]:
        """Send a signal and return the result of the module, which must fail and name the signal."""
        result = self.ends(number)
        assert result["failed"]
        assert number.name in result["msg"]
        return result


@contextmanager
def running(
    simulator: Simulator, module: str, *, variables: Mapping[str, str] | None = None, **options: Any
) -> Iterator[Module]:
    """Start a module against the simulator. variables: additional environment variables."""
    link_tree()
    env = {**os.environ, **connection(simulator), "PYTHONPATH": str(TREE), **(variables or {})}
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": options})
    with subprocess.Popen(
        [sys.executable, "-c", _START, module, arguments],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield Module(process)
        finally:
            process.kill()


def writes(log: list[dict[str, Any]]) -> int:
    """Return the number of writes in a log."""
    return sum(entry["method"] != "GET" for entry in log)


def both_states_are_known(log: list[dict[str, Any]]) -> bool:
    """Return whether the module knows the states of two jobs, because it reads them again."""
    asked = Counter(entry["path"] for entry in log if entry["path"].startswith(JOBS))
    return len(asked) == 2 and min(asked.values()) > 1


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_during_wait_reports_jobs(simulator: Simulator, number: signal.Signals) -> None:
    """The jobs are named, the SVM that was not started is reported, and no request follows."""
    configured(simulator, "svm1", "svm2", "svm3")
    for svm in ("svm1", "svm2", "svm3"):
        simulator.control.svm(svm, encrypted_volumes=1)
    simulator.control.jobs(hold="running")
    options = {
        "svm": ["svm1", "svm2", "svm3"],
        "key": "internal",
        "wait_timeout": _LONG,
        "timeout": 1,
        "concurrency": 2,
    }
    with running(simulator, "akv_rekey", **options) as module:
        until(simulator, both_states_are_known)
        result = module.fails(number)
    sent = len(simulator.control.log())
    jobs = {job["uuid"] for job in simulator.control.state()["jobs"]}
    assert len(jobs) == 2
    first, second, third = result["results"]
    assert {first["job"]["uuid"], second["job"]["uuid"]} == jobs
    for entry in (first, second):
        assert (entry["action"], entry["changed"], entry["job"]["state"]) == ("rekey", True, "running")
        assert "continues in the cluster" in entry["error"]["message"]
    assert (third["action"], third["changed"], third["job"]) == ("none", False, None)
    assert "nothing was sent" in third["error"]["message"]
    assert result["changed"]
    # Requests that were still on their way have arrived by now.
    simulator.control.jobs(hold=None, seconds=0)
    assert writes(simulator.control.log()) == 2
    assert len(simulator.control.log()) == sent


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_during_request_is_unknown_outcome(simulator: Simulator, number: signal.Signals) -> None:
    """A pending request may be done, so its outcome is reported as unknown."""
    simulator.control.fault("slow", method="POST", seconds=_LONG)
    described = {
        "name": "https://v.vault.azure.net/",
        "key_id": "https://v.vault.azure.net/keys/k",
        "client_id": "c",
        "tenant_id": "t",
    }
    with running(simulator, "azure_key_vault", svm="svm1", client_secret="marker-of-a-secret", **described) as module:
        until(simulator, lambda log: writes(log) == 1)
        result = module.fails(number)
    (entry,) = result["results"]
    assert (entry["action"], entry["changed"], entry["job"]) == ("create", True, None)
    assert "outcome is unknown" in entry["error"]["message"]
    assert "akv_info" in entry["error"]["hint"]
    assert "marker-of-a-secret" not in json.dumps(result)
    assert writes(simulator.control.log()) == 1


@pytest.mark.parametrize("module", ["azure_key_vault", "akv_rekey", "akv_restore", "akv_info"])
def test_signal_before_change_reports_no_change(simulator: Simulator, module: str) -> None:
    """While the module still reads, nothing was changed."""
    simulator.control.fault("slow", method="GET", seconds=_LONG)
    more = {"azure_key_vault": {"state": "absent"}, "akv_rekey": {"key": "internal"}}.get(module, {})
    with running(simulator, module, svm="svm1", **more) as process:
        until(simulator, lambda log: len(log) == 1)
        result = process.fails(signal.SIGTERM)
    assert not result["changed"]
    assert "nothing was changed" in result["msg"]
    assert len(simulator.control.log()) == 1


def test_time_limit_of_task_stops_module(simulator: Simulator) -> None:
    """The action passes the limit to the module, because programs between Ansible and the module may keep its output
    open.
    """
    simulator.control.fault("slow", method="GET", seconds=_LONG)
    with running(simulator, "akv_restore", variables={TIME_LIMIT: "0.1"}, svm="svm1") as module:
        result = module.stops()
    assert result["msg"].startswith(
        "the run was stopped by the time limit of the task (0.1 s were left): nothing was changed"
    )


def test_signal_ends_pause(simulator: Simulator) -> None:
    """Retry-After does not delay the end."""
    configured(simulator, "svm1")
    simulator.control.fault("status", method="PATCH", status=429, retry_after=_LONG)
    with running(simulator, "azure_key_vault", svm="svm1", client_id="x", wait_timeout=600) as module:
        until(simulator, lambda log: writes(log) == 1)
        result = module.fails(signal.SIGTERM)
    assert result["results"][0]["error"]
    assert writes(simulator.control.log()) == 1


def test_signal_after_change_reports_it(simulator: Simulator) -> None:
    """The change is made and reported; only the last read is missing."""
    configured(simulator, "svm1")
    simulator.control.fault("slow", method="GET", nth=2, seconds=_LONG)
    with running(
        simulator, "azure_key_vault", svm="svm1", proxy_host="proxy.example.com", update_credentials="on_create"
    ) as module:
        until(simulator, lambda log: len(log) == 3)
        result = module.ends(signal.SIGTERM)
    assert (result.get("failed", False), result["changed"], result["results"][0]["action"]) == (False, True, "update")
    assert "could not be read again" in json.dumps(result["warnings"])
