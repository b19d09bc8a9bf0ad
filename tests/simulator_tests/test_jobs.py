# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work that runs as a job: return_timeout, states, failures, and how long its record is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from simulator_tests.support import JOBS, VAULTS, Api

from simulator import Simulator


def wait(read: Callable[[], Any], seconds: float = 5) -> Any:
    """Return the first true value of the function."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        outcome = read()
        if outcome:
            return outcome
    raise AssertionError("waited in vain")


@pytest.fixture
def path(sim: Simulator) -> str:
    """Return the path of svm1's configuration, whose wrapped key is lost on both nodes."""
    return f"{VAULTS}/{sim.control.put_record('svm1', wrapped=[])['uuid']}"


def test_job_is_returned_at_once_by_default(sim: Simulator, api: Api, path: str) -> None:
    sim.control.jobs(seconds=60)
    response = api("POST", f"{path}/restore")
    assert response.status_code == 202
    job = response.json()["job"]
    assert job["_links"]["self"]["href"] == f"{JOBS}/{job['uuid']}"
    record = api.get(f"{JOBS}/{job['uuid']}", fields="*")
    assert (record["state"], record["description"]) == ("queued", f"POST {path}/restore")
    assert record["svm"]["name"] == "svm1"
    assert "end_time" not in record
    sim.control.advance(30)
    assert api.get(f"{JOBS}/{job['uuid']}", fields="state")["state"] == "running"
    assert sim.control.state()["svms"]["svm1"]["configuration"]["wrapped"] == []
    sim.control.advance(31)
    record = api.get(f"{JOBS}/{job['uuid']}")
    assert (record["state"], record["message"], record["code"]) == ("success", "success", 0)
    assert record["end_time"] > record["start_time"]
    assert sim.control.state()["svms"]["svm1"]["configuration"]["wrapped"] == ["node1", "node2"]


def test_response_is_final_if_job_ends_in_time(api: Api, path: str) -> None:
    response = api("POST", f"{path}/restore", return_timeout=10)
    assert response.status_code == 200
    assert set(response.json()) == {"job"}
    assert api.get(f"{JOBS}/{response.json()['job']['uuid']}")["state"] == "success"


def test_job_is_returned_after_return_timeout(sim: Simulator, api: Api, path: str) -> None:
    sim.control.jobs(seconds=60)
    begin = time.monotonic()
    assert api("POST", f"{path}/restore", return_timeout=1).status_code == 202
    assert 1 <= time.monotonic() - begin < 30


def test_response_has_error_if_job_fails_in_time(sim: Simulator, api: Api, path: str) -> None:
    sim.control.node("node2", up=False)
    response = api("POST", f"{path}/restore", return_timeout=10)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "65537515")


def test_job_has_error_if_it_fails_later(sim: Simulator, api: Api, path: str) -> None:
    sim.control.node("node2", up=False)
    uuid = api("POST", f"{path}/restore").json()["job"]["uuid"]
    record = wait(lambda: _ended(api, uuid))
    assert (record["state"], record["code"]) == ("failure", 65537515)
    assert record["error"]["code"] == "65537515"
    assert record["message"] == record["error"]["message"]


def _ended(api: Api, uuid: str) -> dict[str, Any] | None:
    record = api.get(f"{JOBS}/{uuid}")
    return record if "end_time" in record else None


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_held_job_stays_in_its_state(sim: Simulator, api: Api, path: str, state: str) -> None:
    sim.control.jobs(hold=state, seconds=0.01)
    response = api("POST", f"{path}/restore", return_timeout=1)
    assert response.status_code == 202
    uuid = response.json()["job"]["uuid"]
    sim.control.advance(1000)
    assert api.get(f"{JOBS}/{uuid}")["state"] == state
    sim.control.jobs(hold=None)
    assert wait(lambda: _ended(api, uuid))["state"] == "success"


def test_job_can_be_made_to_fail(sim: Simulator, api: Api, path: str) -> None:
    sim.control.jobs(fail="65537544")
    assert api.code("POST", f"{path}/restore", return_timeout=5) == "65537544"
    sim.control.jobs(fail=None, hold="running")
    uuid = api("POST", f"{path}/restore").json()["job"]["uuid"]
    sim.control.jobs(fail="4")
    sim.control.jobs(hold=None)
    assert wait(lambda: _ended(api, uuid))["error"]["code"] == "4"
    assert sim.control.state()["svms"]["svm1"]["configuration"]["wrapped"] == []


def test_job_record_is_removed_300_seconds_after_end(sim: Simulator, api: Api, path: str) -> None:
    uuid = api("POST", f"{path}/restore", return_timeout=5).json()["job"]["uuid"]
    sim.control.advance(299)
    assert api.get(f"{JOBS}/{uuid}")["state"] == "success"
    sim.control.advance(2)
    assert api.code("GET", f"{JOBS}/{uuid}") == "4"
    assert api.get(JOBS)["num_records"] == 0


def test_job_records_are_removed_in_order_of_their_ends(sim: Simulator, api: Api, path: str) -> None:
    def start(seconds: float) -> str:
        sim.control.jobs(seconds=seconds)
        return str(api("POST", f"{path}/restore").json()["job"]["uuid"])

    late, early = start(100), start(10)
    sim.control.advance(110)
    sim.control.advance(250)
    assert [job["uuid"] for job in api.get(JOBS)["records"]] == [late]
    assert api.code("GET", f"{JOBS}/{early}") == "4"
    assert api.get(f"{JOBS}/{late}")["state"] == "success"


def test_filters_select_jobs(sim: Simulator, api: Api, path: str) -> None:
    other = sim.control.put_record("svm2")["uuid"]
    api("POST", f"{path}/restore", return_timeout=5)
    sim.control.advance(60)
    since = sim.control.state()["time"]
    api("POST", f"{VAULTS}/{other}/restore", return_timeout=5)
    sim.control.jobs(hold="running")
    api("POST", f"{path}/restore")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(since - 1))

    def number(**query: str) -> int:
        return int(api.get(JOBS, **query)["num_records"])

    assert number() == 3
    assert number(description=f"POST {path}/restore") == 2
    assert number(description="*restore", state="success") == 2
    assert number(state="queued|running|paused") == 1
    assert number(start_time=f">={stamp}") == 2
    assert number(start_time=f"<{stamp}") == 1
    assert number(start_time=f">={stamp}", description=f"POST {path}/*") == 1
    assert api.code("GET", JOBS, start_time=">=yesterday") == "262197"


def test_patch_can_run_as_job(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(async_patch=True)
    assert "job" in api("PATCH", path, {"client_secret": "Secret2"}, return_timeout=5).json()
    response = api("PATCH", path, {"client_secret": "Secret3"})
    assert response.status_code == 202
    uuid = response.json()["job"]["uuid"]
    assert wait(lambda: _ended(api, uuid))["description"] == f"PATCH {path}"
    assert sim.control.state()["svms"]["svm1"]["configuration"]["client_secret"] == "Secret3"


def test_job_continues_without_client(sim: Simulator, api: Api, path: str) -> None:
    sim.control.jobs(seconds=0.5)
    with pytest.raises(requests.Timeout):
        api.session.post(f"{sim.url}{path}/restore", params={"return_timeout": 5}, verify=sim.ca_path, timeout=(5, 0.1))
    record = wait(lambda: [job for job in sim.control.jobs() if job["state"] == "success"])[0]
    assert record["description"] == f"POST {path}/restore"
    assert sim.control.state()["svms"]["svm1"]["configuration"]["wrapped"] == ["node1", "node2"]
    assert [entry["status"] for entry in sim.control.log()] == [None]


def test_job_fails_if_configuration_disappears(sim: Simulator, api: Api, path: str) -> None:
    sim.control.jobs(hold="running")
    uuid = api("POST", f"{path}/restore").json()["job"]["uuid"]
    sim.control.remove_record("svm1")
    sim.control.jobs(hold=None)
    assert wait(lambda: _ended(api, uuid))["error"]["code"] == "65537120"


def test_cancelled_job_fails_and_changes_nothing(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1', wrapped=[])['uuid']}"
    sim.control.jobs(hold="running")
    job = f"{JOBS}/{api('POST', f'{path}/restore').json()['job']['uuid']}"
    response = api("PATCH", job, action="cancel")
    assert (response.status_code, response.json()) == (200, {})
    record = api.get(job)
    assert (record["state"], record["error"]["code"], "end_time" in record) == ("failure", "459753", True)
    sim.control.jobs(hold=None)
    assert sim.control.state()["svms"]["svm1"]["configuration"]["done"] == {}
    assert api.code("PATCH", job, action="cancel") == "458762"


def test_cancelling_job_ends_wait_for_it(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    sim.control.jobs(hold="running")
    with ThreadPoolExecutor() as pool, Api(sim) as waiting:
        response = pool.submit(waiting, "POST", f"{path}/restore", return_timeout=20)
        jobs = wait(lambda: api.get(JOBS)["records"])
        assert api("PATCH", f"{JOBS}/{jobs[0]['uuid']}", action="cancel").status_code == 200
        assert response.result().json()["error"]["code"] == "459753"


def test_unsupported_actions_are_refused(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    sim.control.jobs(hold="running")
    job = f"{JOBS}/{api('POST', f'{path}/restore').json()['job']['uuid']}"
    assert api.code("PATCH", job, action="pause") == "458783"
    assert api.code("PATCH", job, action="resume") == "458771"
    assert api.code("PATCH", job, action="stop") == "262197"
    assert api.code("PATCH", job) == "262212"
    assert api.code("PATCH", job, {"state": "paused"}, action="cancel") == "262179"
    sim.control.temperament("jobs-not-cancellable")
    assert api.code("PATCH", job, action="cancel") == "458784"
    assert api.get(job)["state"] == "running"
    assert api.code("PATCH", f"{JOBS}/00000000-0000-0000-0000-000000000000", action="cancel") == "4"
