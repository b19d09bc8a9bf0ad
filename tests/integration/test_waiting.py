# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for jobs: up to the deadline and not longer, whatever happens to requests."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, azure_key_vault
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_KEY, configured
from simulator import Simulator

JOB = "/api/cluster/jobs/"
#: How much later than wait_timeout a task may end on a busy machine; missing responses take longer.
_LATE = 15.0


def rekeyed(simulator: Simulator, *, wait_timeout: int, timeout: int = 2) -> tuple[Done, float]:
    """Re-key svm1, and return the outcome and the seconds since the request."""
    configured(simulator, "svm1")
    done = run(
        simulator,
        akv_rekey,
        svm="svm1",
        key="external",
        key_id=OTHER_KEY,
        wait_timeout=wait_timeout,
        timeout=timeout,
        max_retries=9,
    )
    return done, simulator.control.advance(0) - done.requests.writes[0]["at"]


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_wait_timeout_ends_wait_for_job(simulator: Simulator, state: str) -> None:
    """None of these states is final; the job is named and continues."""
    simulator.control.jobs(hold=state)
    done, seconds = rekeyed(simulator, wait_timeout=1)
    # The wait begins before the cluster logs the request.
    assert 0.9 <= seconds < 1 + _LATE
    assert done.failed
    assert done.only["job"]["state"] == state
    assert "continues in the cluster" in done.result["msg"]


FAULTS: list[dict[str, Any]] = [
    {"kind": "slow", "seconds": 30},
    {"kind": "drip", "seconds": 0.3, "chunk": 1},
    {"kind": "status", "status": 503},
    {"kind": "status", "status": 429, "retry_after": 1},
    {"kind": "drop_before"},
    {"kind": "drop_during"},
    {"kind": "html", "status": 404},
    {"kind": "cut_json"},
    {"kind": "wrong_shape", "body": [1]},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_faults_do_not_extend_wait(simulator: Simulator, fault: dict[str, Any]) -> None:
    """If the response is missing or slow, the wait ends at the deadline and the job is named."""
    simulator.control.jobs(hold="running")
    simulator.control.fault(method="GET", path=JOB, times=None, **fault)
    done, seconds = rekeyed(simulator, wait_timeout=2)
    assert seconds < 2 + _LATE
    assert done.failed
    assert done.only["job"]["uuid"] == simulator.control.state()["jobs"][0]["uuid"]
    assert done.only["changed"]


@pytest.mark.parametrize("fault", FAULTS[1:], ids=lambda fault: fault["kind"])
def test_passing_faults_do_not_end_wait(simulator: Simulator, fault: dict[str, Any]) -> None:
    """The module continues to wait if reading the job fails for a while."""
    simulator.control.jobs(seconds=1.5)
    simulator.control.fault(method="GET", path=JOB, times=1 if fault["kind"] == "drip" else 2, **fault)
    done, _seconds = rekeyed(simulator, wait_timeout=20)
    assert not done.failed, done.result["msg"]
    assert done.only["job"]["state"] == "success"


def test_deadline_limits_first_request(simulator: Simulator) -> None:
    """The deadline also limits the request that starts the work; the module then looks for the outcome."""
    simulator.control.fault("slow", method="POST", seconds=30)
    done, seconds = rekeyed(simulator, wait_timeout=1, timeout=10)
    assert seconds < 1 + _LATE
    assert (done.failed, done.only["changed"]) == (True, True)
    assert "outcome is unknown" in done.result["msg"]


def test_refused_login_ends_wait(simulator: Simulator) -> None:
    """Further attempts could lock the account."""
    simulator.control.jobs(hold="running")
    simulator.control.fault(
        "wrong_shape", path=JOB, before=True, status=401, body={"error": {"code": "6", "message": "not authorized"}}
    )
    done, seconds = rekeyed(simulator, wait_timeout=30)
    assert seconds < 30
    assert [entry for entry in done.requests.lines if JOB in entry] == [f"GET {JOB}UUID"]
    assert done.requests.lines[-1] == f"GET {JOB}UUID"
    assert "Check user name and password" in done.result["error"]["hint"]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_delays_retry(simulator: Simulator, form: str) -> None:
    """Both forms are supported."""
    configured(simulator, "svm1")
    # A date has whole seconds, so up to one second may have passed already.
    after = 1 if form == "seconds" else formatdate(time.time() + 2, usegmt=True)
    simulator.control.fault("status", status=503, retry_after=after)
    done = run(simulator, akv_info)
    assert not done.failed
    first, second = done.requests
    assert second["at"] - first["at"] >= 0.9


def test_retry_after_beyond_deadline_is_error(simulator: Simulator) -> None:
    """A pause that ends after the deadline is not made: the error is reported at once."""
    configured(simulator, "svm1")
    simulator.control.fault("status", method="PATCH", status=429, retry_after=30)
    done = run(simulator, azure_key_vault, svm="svm1", proxy_host="proxy.example.com", wait_timeout=5)
    assert len(done.requests.writes) == 1
    assert done.result["error"]["status"] == 429
    assert not done.only["changed"]
