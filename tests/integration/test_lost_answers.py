# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lost responses over the wire: before the work, after it, and in the middle of the response.

The simulator counts the work that was done, regardless of what the module reports.
"""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_rekey, akv_restore, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    OTHER_CLIENT_ID,
    OTHER_KEY,
    PROPERTIES,
    configured,
)
from simulator import Simulator

FULL = {"svm": "svm1", **PROPERTIES, "client_secret": "secret-of-azure", "update_credentials": "on_create"}
JOBS = "GET /api/cluster/jobs"

#: What happens to the request, and whether its work is still done.
LOST = [
    pytest.param({"kind": "drop_before"}, False, id="before the work"),
    pytest.param({"kind": "drop_after"}, True, id="after the work"),
    pytest.param({"kind": "drop_during"}, True, id="during the answer"),
    pytest.param({"kind": "status", "status": 500}, False, id="500 before"),
    pytest.param({"kind": "status_after", "status": 502, "body": "html"}, True, id="502 after"),
    pytest.param({"kind": "status", "status": 503, "body": "empty"}, False, id="503 before"),
    pytest.param({"kind": "status_after", "status": 504}, True, id="504 after"),
    pytest.param({"kind": "cut_json"}, True, id="half an answer"),
    pytest.param({"kind": "html"}, False, id="a login page before"),
    pytest.param({"kind": "slow_after", "seconds": 1.5}, True, id="time-out after"),
]


def state(simulator: Simulator, svm: str = "svm1") -> dict[str, Any]:
    """Return the configuration of an SVM in the cluster."""
    return dict(simulator.control.state()["svms"][svm]["configuration"])


def ended(done: Done) -> tuple[str, bool, bool, bool]:
    """Return action, changed and recovered of the only target, and whether the task failed."""
    entry = done.only
    return entry["action"], entry["changed"], entry["recovered"], done.failed


@pytest.mark.parametrize(("fault", "worked"), LOST)
def test_creation_is_found_or_sent_again(simulator: Simulator, fault: dict[str, Any], worked: bool) -> None:
    """The module looks for the configuration and sends the request again only if it is missing."""
    simulator.control.fault(method="POST", path=f"{VAULTS}$", **fault)
    done = run_brisk(simulator, azure_key_vault, timeout=1, **FULL)
    assert ended(done) == ("create", True, True, False)
    assert done.requests.lines == ["GET", "POST", "GET", *([] if worked else ["POST"])]
    assert state(simulator)["done"] == {"create": 1}
    assert done.result["azure_key_vaults"][0]["uuid"] == state(simulator)["uuid"] == done.only["uuid"]
    assert ("it may have the client_secret of that run" in done.warnings) is worked


@pytest.mark.parametrize(("fault", "worked"), LOST)
@pytest.mark.parametrize("key", ["internal", "external"])
def test_rekey_is_found_by_its_job_or_unknown(
    simulator: Simulator, key: str, fault: dict[str, Any], worked: bool
) -> None:
    """The module looks for the job and never sends a second request: it is done once, or reported as unknown."""
    configured(simulator, "svm1")
    simulator.control.svm("svm1", encrypted_volumes=1)
    simulator.control.fault(method="POST", **fault)
    more = {"key_id": OTHER_KEY} if key == "external" else {}
    done = run_brisk(simulator, akv_rekey, svm="svm1", key=key, timeout=1, **more)
    assert done.requests.writes.lines == [f"POST /UUID/rekey-{key}"]
    assert JOBS in done.requests.lines
    assert state(simulator)["done"].get(f"rekey-{key}", 0) == int(worked)
    assert ended(done) == ("rekey", True, worked, not worked)
    assert worked or "outcome is unknown" in done.result["msg"]
    assert not worked or done.only["job"]["state"] == "success"


@pytest.mark.parametrize(("fault", "worked"), LOST)
def test_restore_is_found_by_state_or_unknown(simulator: Simulator, fault: dict[str, Any], worked: bool) -> None:
    """Like a re-key; the state of the keys decides."""
    configured(simulator, "svm1")
    simulator.control.reboot("node1")
    simulator.control.fault(method="POST", **fault)
    done = run_brisk(simulator, akv_restore, svm="svm1", timeout=1)
    assert done.requests.writes.lines == ["POST /UUID/restore"]
    assert state(simulator)["done"].get("restore", 0) == int(worked)
    assert ended(done) == ("restore", True, worked, not worked)
    assert done.result["azure_key_vaults"][0]["state"]["available"] is worked


@pytest.mark.parametrize(
    ("fault", "worked"), [param for param in LOST if param.values[0]["kind"] not in ("cut_json", "html")]
)
def test_update_and_deletion_are_sent_again(simulator: Simulator, fault: dict[str, Any], worked: bool) -> None:
    """They are sent again with the same result."""
    configured(simulator, "svm1")
    simulator.control.fault(method="PATCH", **fault)
    update = run_brisk(simulator, azure_key_vault, svm="svm1", proxy_host="proxy.example.com", timeout=1)
    assert ended(update)[::3] == ("update", False)
    assert update.requests.lines == ["GET", "PATCH /UUID", "PATCH /UUID", "GET"]
    assert state(simulator)["proxy_host"] == "proxy.example.com"
    simulator.control.fault(method="DELETE", **fault)
    deletion = run_brisk(simulator, azure_key_vault, svm="svm1", state="absent", timeout=1)
    assert ended(deletion) == ("delete", True, worked, False)
    assert deletion.requests.lines == ["GET", "DELETE /UUID", "DELETE /UUID"]
    assert simulator.control.state()["svms"]["svm1"]["configuration"] is None


@pytest.mark.parametrize("kind", ["cut_json", "html"])
def test_unreadable_response_to_update_or_deletion_is_resolved(simulator: Simulator, kind: str) -> None:
    """The configuration afterwards shows whether the work was done."""
    configured(simulator, "svm1")
    simulator.control.fault(kind, method="PATCH")
    update = run_brisk(simulator, azure_key_vault, svm="svm1", proxy_host="proxy.example.com")
    worked = kind == "cut_json"
    assert ended(update) == ("update", True, worked, not worked)
    assert update.result["azure_key_vaults"][0].get("proxy_host") == state(simulator).get("proxy_host")
    simulator.control.fault(kind, method="DELETE")
    deletion = run_brisk(simulator, azure_key_vault, svm="svm1", state="absent")
    assert ended(deletion) == ("delete", True, worked, not worked)
    assert len(deletion.result["azure_key_vaults"]) == int(not worked)


def test_creation_done_after_timeout_is_found_by_retry(simulator: Simulator) -> None:
    """After a timeout, the work is done only after the module looked for it: the retry finds it."""
    simulator.control.fault("slow", method="POST", seconds=1.3)
    done = run_brisk(simulator, azure_key_vault, timeout=1, **FULL)
    assert ended(done) == ("create", True, True, False)
    assert state(simulator)["done"] == {"create": 1}


@pytest.mark.parametrize("field", ["client_id", "key_id", "proxy_host"])
def test_different_configuration_of_another_run_is_error(simulator: Simulator, field: str) -> None:
    """A different configuration is an error and is not overwritten."""
    other = {"client_id": OTHER_CLIENT_ID, "key_id": OTHER_KEY, "proxy_host": "other.example.com"}[field]
    simulator.control.put_record("svm1", **{**PROPERTIES, field: other})
    before = state(simulator)
    # It was created after the selection.
    simulator.control.fault("wrong_shape", method="GET", body={"records": [], "num_records": 0})
    simulator.control.fault("drop_before", method="POST")
    options = {**FULL, "proxy_host": "proxy.example.com"} if field == "proxy_host" else FULL
    done = run_brisk(simulator, azure_key_vault, **options)
    assert ended(done) == ("create", False, True, True)
    assert f"differs in {field}" in done.result["msg"]
    assert state(simulator) == before


@pytest.mark.parametrize("operation", ["rekey-internal", "restore"])
def test_job_of_earlier_run_is_ignored(simulator: Simulator, operation: str) -> None:
    """By the cluster's clock, which differs from the controller's, its job began before the targets were selected."""
    configured(simulator, "svm1")
    simulator.control.svm("svm1", encrypted_volumes=1)
    simulator.control.advance(-7200 if operation == "restore" else 7200)
    module, more = (akv_restore, {"force": True}) if operation == "restore" else (akv_rekey, {"key": "internal"})
    assert not run_brisk(simulator, module, svm="svm1", **more).failed
    simulator.control.advance(5)
    simulator.control.fault("drop_before", method="POST")
    done = run_brisk(simulator, module, svm="svm1", **more)
    assert done.failed
    assert "outcome is unknown" in done.result["msg"]
    assert state(simulator)["done"][operation] == 1
    simulator.control.advance(5)
    simulator.control.fault("drop_after", method="POST")
    done = run_brisk(simulator, module, svm="svm1", **more)
    assert ended(done)[2:] == (True, False)
    assert state(simulator)["done"][operation] == 2


def test_lost_job_is_found_without_waiting(simulator: Simulator) -> None:
    configured(simulator, "svm1")
    simulator.control.svm("svm1", encrypted_volumes=1)
    simulator.control.jobs(hold="queued")
    simulator.control.fault("drop_after", method="POST")
    done = run_brisk(simulator, akv_rekey, svm="svm1", key="internal", wait=False)
    (job,) = simulator.control.state()["jobs"]
    assert done.only["job"] == {"uuid": job["uuid"], "state": "queued", "message": None}
    assert ended(done) == ("rekey", True, True, False)


@pytest.mark.parametrize(("operation", "shown"), [("external", True), ("internal", False), ("restore", True)])
def test_missing_job_record_is_resolved_by_configuration(simulator: Simulator, operation: str, shown: bool) -> None:
    """The job ended more than 300 s ago: the configuration shows the outcome if possible."""
    configured(simulator, "svm1")
    simulator.control.svm("svm1", encrypted_volumes=1)
    simulator.control.reboot("node1")
    simulator.control.jobs(seconds=1.2)
    # The job ends while the cluster is too busy to return it, and its record is gone afterwards.
    simulator.control.fault("status", method="GET", path="/cluster/jobs/", status=503, retry_after=1)
    simulator.control.fault(
        "wrong_shape",
        method="GET",
        path="/cluster/jobs/",
        before=True,
        status=404,
        body={"error": {"code": "4", "message": "gone"}},
    )
    if operation == "restore":
        done = run(simulator, akv_restore, svm="svm1", wait_timeout=4, timeout=2)
    else:
        more = {"key_id": OTHER_KEY} if operation == "external" else {}
        done = run(simulator, akv_rekey, svm="svm1", key=operation, wait_timeout=4, timeout=2, **more)
    assert done.only["job"]["uuid"] == simulator.control.state()["jobs"][0]["uuid"]
    assert done.requests.writes.lines == [f"POST /UUID/{operation if operation == 'restore' else 'rekey-' + operation}"]
    assert state(simulator)["done"] == {operation if operation == "restore" else f"rekey-{operation}": 1}
    if shown:
        assert ended(done)[1:] == (True, True, False)
    else:
        assert (done.failed, done.only["changed"]) == (True, True)
        assert "outcome is unknown" in done.result["msg"]
