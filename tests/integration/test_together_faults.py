# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault on the PATCH of the collection, and every fault on the single ones after it: what is told is what was done."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import VAULTS
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS, configured
from ansible_collections.ontap.akv.tests.integration.support.together import COLLECTION, ONE, SECRET, THREE, changed, rest, state, true_of_each, updates
from simulator import Simulator

#: What happens to a PATCH, the tries of it with max_retries: 1, and whether its work is done all the same.
FAULTS: dict[str, tuple[dict[str, Any], int, bool]] = {
    "lost before": ({"kind": "drop_before"}, 2, False),
    "lost after": ({"kind": "drop_after"}, 2, True),
    "lost during": ({"kind": "drop_during"}, 2, True),
    "400": ({"kind": "status", "status": 400}, 1, False),
    "403": ({"kind": "status", "status": 403}, 1, False),
    "409": ({"kind": "status", "status": 409}, 1, False),
    "429": ({"kind": "status", "status": 429}, 2, False),
    "500": ({"kind": "status", "status": 500, "body": "html"}, 2, False),
    "503": ({"kind": "status", "status": 503, "body": "empty"}, 2, False),
    "504": ({"kind": "status", "status": 504}, 2, False),
    "503 after": ({"kind": "status_after", "status": 503, "body": "html"}, 2, True),
    "a login page": ({"kind": "html"}, 1, False),
    "half an answer": ({"kind": "cut_json"}, 1, True),
    "another shape": ({"kind": "wrong_shape", "body": [1]}, 1, True),
    "no count": ({"kind": "wrong_shape", "body": {}}, 1, True),
    "a redirect": ({"kind": "redirect", "location": "https://login.example.com/", "status": 302}, 1, False),
    "time-out after": ({"kind": "slow_after", "seconds": 1.4}, 2, True),
}


def faulty(simulator: Simulator, name: str, path: str) -> None:
    """Every PATCH to this path meets the fault."""
    simulator.control.fault(method="PATCH", path=path, times=None, **FAULTS[name][0])


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_where_each_by_itself_works(simulator: Simulator, fault: str) -> None:
    """Everything is done and told, without a doubt."""
    configured(simulator, *SVMS, None)
    faulty(simulator, fault, COLLECTION)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=1, **SECRET)
    _fault, tries, worked = FAULTS[fault]
    assert (done.result.get("msg"), done.warnings) == (None, "")
    assert done.requests.lines == ["GET", *["PATCH"] * tries, *["PATCH /UUID"] * 3, "GET"]
    assert updates(simulator, *THREE) == [tries + 1 if worked else 1] * 3
    assert changed(simulator, before) == set(THREE)
    assert [(told["action"], told["changed"], told["recovered"]) for told in done.result["results"]] == [("update", True, False)] * 3
    true_of_each(simulator, done, before)


def test_a_fault_before_late_work(simulator: Simulator) -> None:
    """The client gives up, the cluster works later: the state is the same whichever request comes last."""
    configured(simulator, *SVMS, None)
    simulator.control.fault("slow", method="PATCH", path=COLLECTION, times=None, seconds=1.4)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=0, **SECRET)
    rest(simulator, lambda now: all(now[svm]["done"].get("update") == 2 for svm in THREE))
    assert not done.failed
    assert changed(simulator, before) == set(THREE)
    true_of_each(simulator, done, before)


def _mixed() -> list[Any]:
    # A time-out takes its time, and is a lost answer like others.
    quick = [name for name in FAULTS if "time-out" not in name]
    pairs = [(first, then) for first in quick for then in quick]
    return [pytest.param(first, then, id=f"{first}, then {then}") for first, then in pairs]


@pytest.mark.parametrize(("first", "then"), _mixed())
def test_any_fault_before_any_other(simulator: Simulator, first: str, then: str) -> None:
    """The one request meets one fault, each of the single ones another: what may have been done is told."""
    configured(simulator, *SVMS, None)
    faulty(simulator, first, COLLECTION)
    faulty(simulator, then, ONE)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=0, **SECRET)
    true_of_each(simulator, done, before)
    assert changed(simulator, before) <= set(THREE)
    # What is no object is an error; an empty one is how ONTAP answers one PATCH.
    assert done.failed is (then != "no count")


@pytest.mark.parametrize("first", FAULTS)
def test_a_login_that_is_refused_after_a_fault(simulator: Simulator, first: str) -> None:
    """No further SVM is started; what the one request may have done is told all the same."""
    configured(simulator, *SVMS, None)
    faulty(simulator, first, COLLECTION)
    simulator.control.fault("status", method="PATCH", path=ONE, times=None, status=401)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, timeout=1, max_retries=0, concurrency=2, **SECRET)
    assert done.failed
    # Two at a time were on their way already.
    assert len(done.requests.writes.about(*(before[svm]["uuid"] for svm in THREE))) <= 2
    true_of_each(simulator, done, before)


@pytest.mark.parametrize("code", ["6", None])
def test_a_refused_login_ends_it(simulator: Simulator, code: str | None) -> None:
    """One request with the login that is refused, and no other one: more could lock the account."""
    configured(simulator, *SVMS, None)
    body = {"error": {"message": "User is not authorized", "code": code}} if code else {}
    simulator.control.fault("wrong_shape", method="PATCH", times=None, status=401, body=body, before=True)
    before = state(simulator)
    done = run_brisk(simulator, azure_key_vault, svm=THREE, **SECRET)
    assert done.requests.lines == ["GET", "PATCH"]
    first, *others = done.result["results"]
    assert (first["error"]["status"], first["error"]["path"], first["changed"]) == (401, VAULTS, False)
    for told in others:
        assert (told["action"], told["changed"], told["error"]) == ("none", False, None)
        assert told["message"].startswith("not started")
    assert changed(simulator, before) == set()
