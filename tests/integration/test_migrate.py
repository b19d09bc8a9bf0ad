# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_migrate: requests, jobs, lost responses, and reports; test_releases.py has both ways on every release."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_migrate
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured, migrate
from simulator import Simulator

MANAGERS = "/api/security/key-managers"


@pytest.fixture
def manager(simulator: Simulator) -> str:
    """Return the UUID of the cluster's onboard key manager, which has the keys of svm1 and svm2."""
    configured(simulator, "svm1", "svm2", "svm3")
    uuid = str(simulator.control.put_key_manager(kind="onboard")["uuid"])
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1, keys_on_admin=True)
    return uuid


def to_azure(simulator: Simulator, *svms: str, **options: Any) -> Done:
    return run_brisk(simulator, akv_migrate, svm=list(svms), to="azure_key_vault", **options)


def on_admin(simulator: Simulator) -> list[str]:
    """Return the SVMs whose keys are with the cluster."""
    owners = simulator.control.state()["svms"]
    return [name for name in SVMS if owners[name].get("keys_on_admin")]


def writes(done: Done) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in done.requests.writes]


def test_keys_move_in_both_directions(simulator: Simulator, manager: str) -> None:
    """One request reads the key manager, and one for each SVM has source and destination."""
    there = to_azure(simulator, "svm1", "svm2")
    assert not there.failed, there.result
    uuids = [record["uuid"] for record in there.result["azure_key_vaults"]]
    assert writes(there) == [f"POST {MANAGERS}/{manager}/migrate"] * 2
    assert sorted(body["uuid"] for body in there.requests.bodies) == sorted(uuids)
    assert all(int(entry["query"]["return_timeout"]) > 0 for entry in there.requests.writes)
    assert [entry["path"] for entry in there.requests.reads].count(MANAGERS) == 1
    assert [
        (entry["action"], entry["changed"], entry["fields"], entry["job"]["state"]) for entry in there.result["results"]
    ] == [("migrate", True, ["uuid"], "success")] * 2
    assert on_admin(simulator) == []
    back = run_brisk(simulator, akv_migrate, svm=["svm1"], to="key_manager", key_manager=manager)
    assert writes(back) == [f"POST {MANAGERS}/{uuids[0]}/migrate"]
    assert back.requests.bodies == [{"uuid": manager}]
    assert MANAGERS not in [entry["path"] for entry in back.requests.reads]
    assert on_admin(simulator) == ["svm1"]


def test_check_mode_predicts_migration(ansible: Ansible, simulator: Simulator, manager: str) -> None:
    check, apply = ansible.tasks([migrate("svm: svm1\nto: azure_key_vault")] * 2, modes=[True, False])
    assert check.requests.writes == []
    assert check.ok().changed is apply.ok().changed is True
    assert check.result["diff"] == apply.result["diff"]
    assert check.result["diff"]["after"]["svm1"]["keys"] == "will be moved to azure_key_vault"
    assert [entry["action"] for entry in apply.results] == ["migrate"]


@pytest.mark.parametrize("fault", ["drop_after", "cut_json", "status_after"])
def test_lost_response_is_resolved_by_job(simulator: Simulator, manager: str, fault: str) -> None:
    """It is never sent again; a job that started at that time counts as its own, with a warning, if its path names the
    configuration.
    """
    to_azure(simulator, "svm1", "svm2")
    simulator.control.fault(fault, method="POST", **({"status": 503} if fault == "status_after" else {}))
    done = run_brisk(simulator, akv_migrate, svm=["svm1"], to="key_manager")
    assert not done.failed, done.result
    assert (done.only["recovered"], done.only["changed"], len(done.requests.writes)) == (True, True, 1)
    assert "counts as its job" in done.warnings
    assert on_admin(simulator) == ["svm1"]


@pytest.mark.parametrize("fault", ["drop_after", "cut_json"])
def test_lost_response_of_migration_to_azure_is_unknown(simulator: Simulator, manager: str, fault: str) -> None:
    """The path names the key manager of the cluster, so no job shows its SVM."""
    simulator.control.fault(fault, method="POST")
    done = to_azure(simulator, "svm1", "svm2", concurrency=1)
    assert [(entry["changed"], entry["recovered"], bool(entry["error"])) for entry in done.result["results"]] == [
        (True, False, True),
        (True, False, False),
    ]
    assert "the outcome is unknown" in done.result["msg"]
    assert len(done.requests.writes) == 2


def test_request_lost_before_work_is_unknown(simulator: Simulator, manager: str) -> None:
    simulator.control.fault("drop_before", method="POST")
    done = to_azure(simulator, "svm1")
    assert "the outcome is unknown" in done.only["error"]["message"]
    assert (done.only["changed"], len(done.requests.writes)) == (True, 1)


def test_failure_of_one_svm_does_not_stop_other(simulator: Simulator, manager: str) -> None:
    """The other SVM is migrated; the error of the job is reported."""
    simulator.control.svm("svm1", keys_on_admin=False, encrypted_volumes=0)
    done = to_azure(simulator, "svm1", "svm2", concurrency=1)
    assert done.failed
    assert [(entry["svm"], entry["changed"], bool(entry["error"])) for entry in done.result["results"]] == [
        ("svm1", False, True),
        ("svm2", True, False),
    ]
    assert on_admin(simulator) == []


def test_job_without_wait_is_returned(simulator: Simulator, manager: str) -> None:
    simulator.control.jobs(hold="running")
    started = run(simulator, akv_migrate, svm=["svm1"], to="azure_key_vault", wait=False)
    assert started.only["job"]["state"] in ("queued", "running")
    late = run_brisk(simulator, akv_migrate, svm=["svm2"], to="azure_key_vault", wait_timeout=1)
    assert "continues in the cluster" in late.only["error"]["message"]
    assert late.only["changed"] is True


def test_missing_or_invalid_key_manager_is_error(simulator: Simulator) -> None:
    """A missing key manager or an invalid UUID is an error before any write. Nothing is read if no SVM is selected."""
    configured(simulator, "svm1")
    none = to_azure(simulator, "svm1")
    assert (none.result["error"]["target"], none.requests.writes) == ("key_manager", [])
    wrong = to_azure(simulator, "svm1", key_manager="onboard")
    assert (wrong.result["error"]["target"], wrong.requests) == ("key_manager", [])
    idle = to_azure(simulator, "nothing*")
    assert (idle.failed, idle.result["changed"], "matches" in idle.warnings) == (False, False, True)
    assert Requests(idle.requests).lines == ["GET"]
    unknown = to_azure(simulator, "nobody", key_manager="024cd3cf-9a08-11ea-8d52-005056bbeba5")
    assert "no Azure key vault configuration exists" in unknown.only["error"]["message"]


def test_key_manager_of_svm_is_not_used(simulator: Simulator, manager: str) -> None:
    """The request filters by scope, and the response is filtered again; a key manager without a UUID is an error."""
    other = simulator.control.put_key_manager("svm4", kind="external", servers=["kmip.example.com"])["uuid"]
    done = to_azure(simulator, "svm1")
    assert not done.failed, done.result
    (asked,) = [entry["query"] for entry in done.requests.reads if entry["path"] == MANAGERS]
    assert asked["scope"] == "cluster"
    both = [{"uuid": other, "scope": "svm", "svm": {"name": "svm4"}}, {"uuid": manager, "scope": "cluster"}]
    simulator.control.fault("wrong_shape", path=f"{MANAGERS}$", body={"records": both, "num_records": 2})
    unheeded = to_azure(simulator, "svm2")
    assert not unheeded.failed, unheeded.result
    assert writes(unheeded) == [f"POST {MANAGERS}/{manager}/migrate"]
    for records in ([{"scope": "cluster"}], [{"uuid": "../../cluster", "scope": "cluster"}], [{"uuid": 5}]):
        simulator.control.fault("wrong_shape", path=f"{MANAGERS}$", body={"records": records, "num_records": 1})
        wrong = to_azure(simulator, "svm1")
        assert "a key manager without a UUID" in wrong.result["msg"]
        assert wrong.requests.writes == []
    two = [{"uuid": manager, "scope": "cluster"}, {"uuid": other, "scope": "cluster"}]
    simulator.control.fault("wrong_shape", path=f"{MANAGERS}$", body={"records": two, "num_records": 2})
    several = to_azure(simulator, "svm1")
    assert (several.result["error"]["target"], several.requests.writes) == ("key_manager", [])
    assert f"has 2: {', '.join(sorted([manager, other]))}" in several.result["msg"]


def test_refused_login_starts_no_further_migration(simulator: Simulator, manager: str) -> None:
    simulator.control.user("reader", "secret-of-the-reader", role="readonly")
    done = to_azure(simulator, "svm1", "svm2", username="reader", password="secret-of-the-reader", concurrency=1)
    assert [entry["action"] for entry in done.result["results"]] == ["migrate", "none"]
    assert len(done.requests.writes) == 1
