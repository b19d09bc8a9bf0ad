# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_settings: what a cluster does if a vault is unreachable."""

from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_settings
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run_brisk
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured, settings
from simulator import Simulator
from simulator.temperaments import TEMPERAMENTS

PATH = "/api/security/key-manager-configs"


def test_change_is_predicted_and_idempotent(ansible: Ansible, simulator: Simulator) -> None:
    """With and without check mode; a second run is one GET. Other key managers keep their policies."""
    simulator.control.reset(version="9.15.1", svms=list(SVMS))
    configured(simulator, "svm1")
    task = settings(
        "cloud_kms_retry_count: 0\nhealth_monitor_polling_interval: 30\nhealth_monitor_policy:\n "
        " manage_volume_offline: false"
    )
    predicted, changed, again, same = ansible.tasks([task, task, task, task], modes=[True, False, True, False])
    before = {
        "cloud_kms_retry_count": 3,
        "health_monitor_polling_interval": 15,
        "health_monitor_policy": {"enabled": True, "manage_volume_offline": True},
    }
    after = {
        "cloud_kms_retry_count": 0,
        "health_monitor_polling_interval": 30,
        "health_monitor_policy": {"enabled": True, "manage_volume_offline": False},
    }
    for run in (predicted.ok(), changed.ok()):
        assert (run.changed, run.result["settings"]) == (True, after)
    assert [line.split("?")[0] for line in changed.requests.lines] == [f"GET {PATH}", f"PATCH {PATH}", f"GET {PATH}"]
    for run in (again.ok(), same.ok()):
        assert (run.changed, run.result["settings"]) == (False, after)
    assert [len(run.requests) for run in (predicted, again, same)] == [1, 1, 1]
    state = simulator.control.state()["settings"]
    assert {name: policy for name, policy in state["health_monitor_policy"].items() if name != "akv"}.keys() >= {
        "kmip",
        "okm",
    }
    assert all(
        policy == before["health_monitor_policy"]
        for name, policy in state["health_monitor_policy"].items()
        if name != "akv"
    )
    assert state["cc_mode_enabled"] is False


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
def test_lost_response_is_resolved_by_reading(simulator: Simulator, fault: str) -> None:
    """Every response to the change is lost: the module reads whether it was made."""
    configured(simulator, "svm1")
    simulator.control.fault(fault, method="PATCH", times=None)
    run = run_brisk(simulator, akv_settings, health_monitor_polling_interval=20, max_retries=1)
    made = fault == "drop_after"
    assert (run.failed, run.result["changed"]) == (not made, True)
    assert simulator.control.state()["settings"]["health_monitor_polling_interval"] == (20 if made else 15)
    assert ("outcome is unknown" in run.result.get("msg", "")) is not made


def test_cluster_without_external_key_manager_is_refused(simulator: Simulator) -> None:
    run = run_brisk(simulator, akv_settings, health_monitor_polling_interval=20)
    assert (run.failed, run.result["changed"], run.result["error"]["code"]) == (True, False, "65537304")


@pytest.mark.parametrize(("version", "needs"), [("9.9.1", "9.10.1"), ("9.14.1", "9.15.1")])
def test_settings_unknown_to_release_are_refused(simulator: Simulator, version: str, needs: str) -> None:
    """No write is sent, and the hint names the release."""
    simulator.control.reset(version=version, svms=list(SVMS))
    run = run_brisk(
        simulator, akv_settings, health_monitor_polling_interval=20, health_monitor_policy={"enabled": False}
    )
    assert (run.failed, run.result["changed"]) == (True, False)
    assert f"needs ONTAP {needs} or later" in run.result["error"]["hint"]
    assert run.result["error"]["hint"].endswith(f", and the cluster has {version}.")
    assert not [entry for entry in simulator.control.log() if entry["method"] != "GET"]


def test_change_works_with_every_temperament(simulator: Simulator) -> None:
    """However a cluster responds, the setting is changed and reported, and a second run changes nothing."""
    for name in TEMPERAMENTS:
        simulator.control.reset(svms=list(SVMS))
        configured(simulator, "svm1")
        simulator.control.temperament(name)
        first, second = (run_brisk(simulator, akv_settings, health_monitor_polling_interval=25) for _run in range(2))
        assert (first.failed, second.failed) == (False, False), name
        assert (first.result["changed"], second.result["changed"]) == (True, False), name
        assert simulator.control.state()["settings"]["health_monitor_polling_interval"] == 25, name
