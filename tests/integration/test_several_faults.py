# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault on the PATCH of one SVM among several: the others are updated, and every result is true."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.several import (
    ONE,
    SECRET,
    THREE,
    changed,
    state,
    true_of_each,
    updates,
)
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured
from simulator import Simulator

#: What happens to every PATCH of one SVM, the number of attempts with max_retries: 1, and whether its work is still
#: done.
FAULTS: dict[str, tuple[dict[str, Any], int, bool]] = {
    "lost before": ({"kind": "drop_before"}, 2, False),
    "lost after": ({"kind": "drop_after"}, 2, True),
    "lost during": ({"kind": "drop_during"}, 2, True),
    "400": ({"kind": "status", "status": 400}, 1, False),
    "409": ({"kind": "status", "status": 409}, 1, False),
    "429": ({"kind": "status", "status": 429}, 2, False),
    "500": ({"kind": "status", "status": 500, "body": "html"}, 2, False),
    "503": ({"kind": "status", "status": 503, "body": "empty"}, 2, False),
    "504": ({"kind": "status", "status": 504}, 2, False),
    "503 after": ({"kind": "status_after", "status": 503, "body": "html"}, 2, True),
    "a login page": ({"kind": "html"}, 1, False),
    "half an answer": ({"kind": "cut_json"}, 1, True),
    "another shape": ({"kind": "wrong_shape", "body": [1]}, 1, True),
    "a redirect": ({"kind": "redirect", "location": "https://login.example.com/", "status": 302}, 1, False),
    "time-out after": ({"kind": "slow_after", "seconds": 1.4}, 2, True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_of_one_svm_does_not_stop_others(simulator: Simulator, fault: str) -> None:
    """The others are updated; for the one, nothing was done or the outcome is unknown."""
    configured(simulator, *SVMS, None)
    before = state(simulator)
    arguments, tries, worked = FAULTS[fault]
    simulator.control.fault(method="PATCH", path=before["svm2"]["uuid"], times=None, **arguments)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=1, **SECRET)
    assert done.requests.writes.lines == ["PATCH /UUID"] * (2 + tries)
    assert updates(simulator, *THREE) == [1, tries if worked else 0, 1]
    assert changed(simulator, before) == ({"svm1", "svm2", "svm3"} if worked else {"svm1", "svm3"})
    assert [entry["error"] is None for entry in done.result["results"]] == [True, False, True]
    true_of_each(simulator, done, before)


@pytest.mark.parametrize("fault", [name for name in FAULTS if "time-out" not in name])
def test_fault_of_all_svms_is_error_of_each(simulator: Simulator, fault: str) -> None:
    """Each has its own error."""
    configured(simulator, *SVMS, None)
    simulator.control.fault(method="PATCH", path=ONE, times=None, **FAULTS[fault][0])
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=0, **SECRET)
    assert done.failed
    assert done.requests.writes.lines == ["PATCH /UUID"] * 3
    assert changed(simulator, before) <= set(THREE)
    true_of_each(simulator, done, before)


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("code", ["6", None])
def test_refused_login_stops_further_updates(simulator: Simulator, code: str | None, status: int) -> None:
    """Nothing is sent after the first refusal: more could lock the account."""
    configured(simulator, *SVMS, None)
    body = {"error": {"message": "User is not authorized", "code": code}} if code else {}
    simulator.control.fault("wrong_shape", method="PATCH", times=None, status=status, body=body, before=True)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, concurrency=1, **SECRET)
    assert done.requests.lines == ["GET", "PATCH /UUID"]
    first, *others = done.result["results"]
    assert (first["error"]["status"], first["error"]["path"], first["changed"]) == (
        status,
        f"{VAULTS}/{before['svm1']['uuid']}",
        False,
    )
    for entry in others:
        assert (entry["action"], entry["changed"], entry["error"]) == ("none", False, None)
        assert entry["message"].startswith("not started")
    assert changed(simulator, before) == set()
