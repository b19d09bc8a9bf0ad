# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that differ between releases, or that are not documented: each switch of the simulator, over the wire."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests
from simulator_tests.support import JOBS, NEW_KEY, VAULTS, Api, body

from simulator import ControlError, Simulator

STORES = "/api/security/key-stores"


@pytest.fixture
def path(sim: Simulator) -> str:
    """Return the path of svm1's configuration, whose wrapped key is lost on both nodes."""
    return f"{VAULTS}/{sim.control.put_record('svm1', wrapped=[])['uuid']}"


def configuration(sim: Simulator, svm: str = "svm1") -> dict[str, Any] | None:
    """Return the configuration of an SVM as the simulator knows it."""
    found: dict[str, Any] | None = sim.control.state()["svms"][svm]["configuration"]
    return found


def job_of(api: Api, response: requests.Response) -> dict[str, Any]:
    """Return the record of the job in a response, once it has ended."""
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        record = api.get(f"{JOBS}/{response.json()['job']['uuid']}")
        if "end_time" in record:
            return record
    raise AssertionError("the job did not end")


def test_unknown_knob_values_are_rejected(sim: Simulator) -> None:
    for knobs in ({"completion": "204"}, {"error_status": 418}, {"no_such_knob": 1}):
        with pytest.raises(ControlError):
            sim.control.knob(**knobs)
    assert sim.control.state()["knobs"]["completion"] is None


@pytest.mark.parametrize("status", [400, 409, 500])
def test_errors_of_work_have_set_status(sim: Simulator, api: Api, path: str, status: int) -> None:
    sim.control.knob(error_status=status)
    sim.control.azure(secrets={})
    sim.control.svm("svm1", encrypted_volumes=1)
    sim.control.node("node2", up=False)
    requests_and_codes = (
        (api("PATCH", path, {"client_secret": "wrong"}), "65537540"),
        (api("DELETE", path), "65536867"),
        (api("POST", f"{path}/restore", return_timeout=5), "65537515"),
        (api("POST", VAULTS, body("svm1")), "65537500"),
    )
    for response, code in requests_and_codes:
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    # An invalid request always has status 400.
    assert api("PATCH", path, {"no_such_field": 1}).status_code == 400


def test_condition_can_set_its_own_status(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(error_status=500)
    sim.control.condition("delete", "65537120", times=1)
    sim.control.condition("delete", "65537120", status=404, times=1)
    assert [api("DELETE", path).status_code for _count in range(3)] == [500, 404, 200]


@pytest.mark.parametrize(
    ("completion", "status", "named"),
    [("200 job", 200, True), ("201 job", 201, True), ("201 empty", 201, False), ("202 job", 202, True)],
)
def test_response_to_finished_work_has_set_form(
    sim: Simulator, api: Api, path: str, completion: str, status: int, named: bool
) -> None:
    sim.control.knob(completion=completion)
    for action, json in (("restore", None), ("rekey-external", {"key_id": NEW_KEY})):
        response = api("POST", f"{path}/{action}", json, return_timeout=5)
        assert response.status_code == status
        assert ("job" in response.json()) if named else response.content == b""
    # Work that continues always names its job.
    sim.control.jobs(hold="running")
    response = api("POST", f"{path}/restore")
    assert response.status_code == 202
    assert response.json()["job"]["uuid"]


@pytest.mark.parametrize(("version", "status"), [("9.13.1", 200), ("9.14.1", 201)])
def test_response_to_finished_work_depends_on_release(sim: Simulator, api: Api, version: str, status: int) -> None:
    sim.control.reset(version=version)
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    response = api("POST", f"{path}/restore", return_timeout=5)
    assert (response.status_code, bool(response.content)) == (status, status == 200)


def test_response_to_finished_migration_can_be_empty(sim: Simulator, api: Api) -> None:
    sim.control.svm("svm1", encrypted_volumes=1)
    own, onboard = sim.control.put_record("svm1")["uuid"], sim.control.put_key_manager()["uuid"]
    sim.control.knob(completion="201 empty")
    response = api("POST", f"/api/security/key-managers/{own}/migrate", {"uuid": onboard}, return_timeout=5)
    assert (response.status_code, response.content) == (201, b"")
    assert sim.control.state()["svms"]["svm1"]["keys_on_admin"] is True


def test_accepted_changes_can_have_no_body(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(async_patch=True, async_delete=True, unnamed_jobs=True)
    sim.control.jobs(hold="running")
    for response in (api("PATCH", path, {"client_secret": "Secret2"}), api("DELETE", path)):
        assert (response.status_code, response.content) == (202, b"")
    assert (configuration(sim) or {})["client_secret"] != "Secret2"
    sim.control.jobs(hold=None)
    sim.control.advance(10)
    assert configuration(sim) is None
    assert api("GET", path).status_code == 404


def test_finished_change_has_body_despite_unnamed_jobs(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(async_patch=True, unnamed_jobs=True)
    response = api("PATCH", path, {"client_secret": "Secret2"}, return_timeout=5)
    assert (response.status_code, response.json()) == (200, {})
    sim.control.azure(secrets={})
    assert api.code("PATCH", path, {"client_secret": "Secret3"}, return_timeout=5) == "65537540"


def test_success_can_have_no_body(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(empty_success=True)
    for response in (api("PATCH", path, {"client_secret": "Secret2"}), api("DELETE", path)):
        assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize("version", ["9.11.1", "9.17.1"])
def test_return_timeout_waits_for_job_of_deletion(sim: Simulator, api: Api, version: str) -> None:
    sim.control.reset(version=version)
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    sim.control.knob(async_delete=True)
    response = api("DELETE", path, return_timeout=5)
    assert (response.status_code, job_of(api, response)["description"]) == (200, f"DELETE {path}")
    assert configuration(sim) is None


def test_job_of_deletion_can_fail(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(async_delete=True)
    sim.control.svm("svm1", encrypted_volumes=1)
    assert job_of(api, api("DELETE", path))["error"]["code"] == "65536867"


def test_accepted_key_store_changes_can_have_no_body(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.17.1")
    store = sim.control.put_record("svm1", configuration="spare", enabled=False)["uuid"]
    sim.control.knob(unnamed_jobs=True, async_delete=True)
    response = api("PATCH", f"{STORES}/{store}", {"enabled": True})
    assert (response.status_code, response.content) == (202, b"")
    sim.control.advance(10)
    assert (configuration(sim) or {})["configuration"] == "spare"
    sim.control.put_record("svm1")
    response = api("DELETE", f"{STORES}/{store}")
    assert (response.status_code, response.content) == (202, b"")
    sim.control.advance(10)
    assert sim.control.state()["svms"]["svm1"]["inactive"] == {}


def test_creation_can_have_no_body_and_no_location(sim: Simulator, api: Api) -> None:
    sim.control.knob(empty_creation=True)
    response = api("POST", VAULTS, body(), return_records="true")
    assert (response.status_code, response.content) == (201, b"")
    assert response.headers["Location"] == f"{VAULTS}/{(configuration(sim) or {})['uuid']}"
    sim.control.knob(creation_location=False)
    assert "Location" not in api("POST", VAULTS, body("svm2")).headers


@pytest.mark.parametrize(("version", "as_job"), [("9.14.1", False), ("9.15.1", True), ("9.19.1", True)])
def test_creation_runs_as_job_since_9_15(sim: Simulator, api: Api, version: str, as_job: bool) -> None:
    sim.control.reset(version=version)
    response = api("POST", VAULTS, body())
    assert (response.status_code, "job" in response.json()) == ((202, True) if as_job else (201, False))
    job = api.get(f"{JOBS}/{response.json()['job']['uuid']}", fields="state") if as_job else None
    assert job is None or job["state"] in ("queued", "running", "success")
    assert response.headers["Location"].startswith(f"{VAULTS}/")
    assert api("POST", VAULTS, body("svm2"), return_timeout=10).status_code == 201
    # Checks that need no work come first.
    assert api.code("POST", VAULTS, body("svm3", name="vault1")) == "65537553"


@pytest.mark.parametrize("version", ["9.11.1", "9.15.1"])
def test_creation_can_run_as_job(sim: Simulator, api: Api, version: str) -> None:
    sim.control.reset(version=version)
    sim.control.knob(async_create=True)
    sim.control.jobs(hold="running")
    response = api("POST", VAULTS, body(), return_records="true")
    assert response.status_code == 202
    assert configuration(sim) is None
    location = response.headers["Location"]
    assert api("GET", location).status_code == 404
    sim.control.jobs(hold=None)
    assert job_of(api, response)["description"] == f"POST {VAULTS}"
    assert api.get(location)["client_id"] == "client1"


def test_return_timeout_waits_for_job_of_creation(sim: Simulator, api: Api) -> None:
    sim.control.knob(async_create=True)
    response = api("POST", VAULTS, body(), return_timeout=5, return_records="true")
    assert (response.status_code, response.json()["records"][0]["uuid"]) == (201, (configuration(sim) or {})["uuid"])
    assert api.code("POST", VAULTS, body(), return_timeout=5) == "65537500"
    assert job_of(api, api("POST", VAULTS, body()))["error"]["code"] == "65537500"


def test_new_configuration_can_appear_late(sim: Simulator, api: Api) -> None:
    sim.control.knob(creation_delay=2)
    location = api("POST", VAULTS, body()).headers["Location"]
    assert api.get(return_records="false")["num_records"] == 0
    assert api("GET", location).status_code == 404
    assert api.code("POST", VAULTS, body()) == "65537500"
    sim.control.advance(2)
    assert api.get(location)["name"]


@pytest.mark.parametrize(
    ("code", "status"), [("7", 429), ("7", 503), ("8", 409), ("8", 503), ("262160", 429), ("2621573", 409)]
)
def test_busy_cluster_changes_nothing(sim: Simulator, api: Api, path: str, code: str, status: int) -> None:
    sim.control.knob(busy_code=code, busy_status=status)
    # A restore that was accepted changes nothing while the others are compared.
    sim.control.jobs(hold="running")
    for method, place, json in (
        ("POST", f"{path}/restore", None),
        ("PATCH", path, {"client_secret": "Secret2"}),
        ("GET", VAULTS, None),
        ("DELETE", path, None),
    ):
        before = sim.control.state()["svms"]
        response = api(method, place, json)
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)
        assert sim.control.state()["svms"] == before
        assert api(method, place, json).status_code < 300


def test_error_fault_replaces_work(sim: Simulator, api: Api, path: str) -> None:
    """The same for selected requests."""
    sim.control.fault("error", method="POST", code="7", status=503, retry_after=2)
    response = api("POST", f"{path}/restore", return_timeout=5)
    assert (response.status_code, response.json()["error"]["code"], response.headers["Retry-After"]) == (503, "7", "2")
    assert (configuration(sim) or {})["done"] == {}
    assert api("POST", f"{path}/restore", return_timeout=5).status_code == 200


@pytest.mark.parametrize("state", ["failure", "error", "cancelled", "expired"])
def test_failed_job_has_set_state(sim: Simulator, api: Api, path: str, state: str) -> None:
    sim.control.knob(failed_job_state=state)
    sim.control.jobs(fail="65537515")
    record = job_of(api, api("POST", f"{path}/restore"))
    assert (record["state"], record["error"]["code"]) == (state, "65537515")
    assert api.get(JOBS, state=state)["num_records"] == 1


def test_job_stays_queued_for_set_time(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(queued_seconds=20)
    uuid = api("POST", f"{path}/restore").json()["job"]["uuid"]
    assert api.get(f"{JOBS}/{uuid}")["state"] == "queued"
    sim.control.advance(19)
    assert api.get(f"{JOBS}/{uuid}")["state"] == "queued"
    sim.control.advance(2)
    assert api.get(f"{JOBS}/{uuid}")["state"] == "success"


def test_job_record_can_disappear_at_once(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(job_retention=0)
    uuid = api("POST", f"{path}/restore", return_timeout=5).json()["job"]["uuid"]
    assert api.code("GET", f"{JOBS}/{uuid}") == "4"
    assert (configuration(sim) or {})["wrapped"] == ["node1", "node2"]


def test_job_description_has_set_form(sim: Simulator, api: Api, path: str) -> None:
    api("POST", f"{path}/restore", return_timeout=5)
    resource = path.removeprefix("/api")
    expected = {
        "path": f"POST {path}/restore",
        "resource": f"POST {resource}/restore",
        "query": f"POST {path}/restore?return_timeout=15",
        "none": None,
    }
    for form, text in expected.items():
        sim.control.knob(job_description=form)
        assert api.get(JOBS, fields="description")["records"][0].get("description") == text
    sim.control.knob(job_description="words")
    assert path not in api.get(JOBS, fields="description")["records"][0]["description"]


def test_status_can_be_unreadable(sim: Simulator, api: Api, path: str) -> None:
    other = sim.control.put_record("svm2")["uuid"]
    sim.control.knob(status_error="65537549", status_error_svm="svm1")
    assert api.code("GET", VAULTS, fields="state") == "65537549"
    assert api.code("GET", path, fields="azure_reachability") == "65537549"
    assert api.get(fields="*")["num_records"] == 2
    assert api.get(f"{VAULTS}/{other}", fields="state")["state"]["available"] is True
    sim.control.knob(status_error_scope="record")
    records = {record["uuid"]: record for record in api.get(fields="state")["records"]}
    assert [("state" in records[uuid]) for uuid in (path.rpartition("/")[2], other)] == [False, True]
    assert api.code("GET", path, fields="state") == "65537549"


def test_missing_right_has_set_code(sim: Simulator, api: Api, path: str) -> None:
    sim.control.user("reader", "Password1", role="readonly")
    api.session.auth = ("reader", "Password1")
    for code, status in (("6", 403), ("6691623", 400)):
        sim.control.knob(denial_code=code)
        response = api("DELETE", path)
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    # A refused login is still one.
    api.session.auth = ("reader", "wrong")
    response = api("GET", VAULTS)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "6")


def test_unknown_uuid_has_set_code(sim: Simulator, api: Api) -> None:
    for code, status in (("4", 404), ("8586226", 400)):
        sim.control.knob(unknown_uuid_code=code)
        response = api("GET", f"{VAULTS}/11111111-2222-3333-4444-555555555555")
        assert (response.status_code, response.json()["error"]["code"]) == (status, code)


def test_svm_without_configuration_has_set_code(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(not_configured_code="65537511")
    sim.control.svm("svm1", key_manager=False)
    assert api.code("POST", f"{path}/restore", return_timeout=5) == "65537511"
    assert job_of(api, api("POST", f"{path}/restore"))["error"]["code"] == "65537511"


def test_collection_can_omit_num_records(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(record_count=False)
    assert set(api.get()) == {"records"}
    assert set(api("POST", VAULTS, body("svm2"), return_records="true").json()) == {"records"}
    assert api.get(return_records="false") == {"num_records": 2}


def test_records_can_have_another_order(sim: Simulator, api: Api) -> None:
    names = sim.control.seed(20)

    def order(**query: str) -> list[str]:
        return [record["svm"]["name"] for record in api.get(fields="svm.name", **query)["records"]]

    assert order() == names
    sim.control.knob(record_order=1)
    mixed = order()
    assert mixed != names
    assert sorted(mixed) == names
    assert order() == mixed
    assert order(order_by="svm.name") == names
    # The order is the same from page to page.
    page = api.get(fields="svm.name", max_records="12")
    rest = api.get(page["_links"]["next"]["href"])
    assert [record["svm"]["name"] for record in page["records"] + rest["records"]] == mixed


def test_errors_of_passthrough_have_set_status(sim: Simulator, api: Api, path: str) -> None:
    private = "/api/private/cli/security/key-manager/external/azure/rekey-internal"
    for status in (400, 500):
        sim.control.knob(cli_error_status=status)
        response = api("POST", private, {"vserver": "svm1"}, privilege_level="advanced")
        assert (response.status_code, response.json()["error"]["code"]) == (status, "65537559")
    assert api("POST", "/api/private/cli/no/such/command", {}).status_code == 404


def test_return_timeout_can_be_cut_short(sim: Simulator, api: Api, path: str) -> None:
    sim.control.knob(longest_return_timeout=0.001)
    sim.control.jobs(seconds=60)
    begin = time.monotonic()
    assert api("POST", f"{path}/restore", return_timeout=15).status_code == 202
    assert time.monotonic() - begin < 10
    sim.control.jobs(seconds=0)
    assert api("POST", f"{path}/restore", return_timeout=15).status_code == 200
