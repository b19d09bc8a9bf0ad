# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that send the same update to several SVMs, and the state of every configuration afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured
from simulator import Simulator

SECRET = {"client_secret": "new-secret-of-azure", "update_credentials": "always"}
ONE = f"{VAULTS}/"
THREE = ["svm1", "svm2", "svm3"]
_PATIENCE = 30.0


def state(simulator: Simulator) -> dict[str | None, dict[str, Any]]:
    """Owner (None: the cluster) -> its configuration."""
    told = simulator.control.state()
    return {
        None: told["cluster"]["configuration"],
        **{name: svm["configuration"] for name, svm in told["svms"].items()},
    }


def updates(simulator: Simulator, *svms: str) -> list[int]:
    """How often each SVM's configuration was updated."""
    now = state(simulator)
    return [now[svm]["done"].get("update", 0) for svm in svms]


def changed(simulator: Simulator, before: dict[str | None, dict[str, Any]]) -> set[str | None]:
    """The owners whose configuration is not what it was."""
    now = state(simulator)
    return {owner for owner, configuration in now.items() if configuration != before[owner]}


def ten(simulator: Simulator) -> list[str]:
    """Ten SVMs with a configuration, and others with one that no task here names."""
    configured(simulator, *SVMS, None)
    return simulator.control.seed(10)


def rest(simulator: Simulator, condition: Callable[[dict[str | None, dict[str, Any]]], bool]) -> None:
    """Waits until the configurations are so: what a client gave up, the cluster may do later."""
    end = time.monotonic() + _PATIENCE
    while not condition(state(simulator)):
        assert time.monotonic() < end, state(simulator)
        time.sleep(0.01)


def true_of_each(simulator: Simulator, done: Done, before: dict[str | None, dict[str, Any]]) -> None:
    """Assert that no result says less than what was done, and none says more except that the outcome is unknown."""
    now = state(simulator)
    for told in done.result["results"]:
        svm = told["svm"]
        really = now[svm] != before[svm]
        said = str(told["error"] and told["error"]["message"])
        unsure = "outcome is unknown" in said or "continues in the cluster" in said
        assert told["changed"] or not really, f"{svm} was changed, and the result does not say so: {said}"
        assert really or not told["changed"] or unsure, f"{svm} was not changed, but the result says so: {said}"
        if told["error"] is None and told["message"] is None:
            assert now[svm]["client_secret"] == SECRET["client_secret"]
