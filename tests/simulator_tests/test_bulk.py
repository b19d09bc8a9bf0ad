# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PATCH of the collection: which records it changes, what it returns, and how it fails."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simulator_tests.support import JOBS, VAULTS, Api, job_end, pkcs12_base64

from simulator import Simulator

NEW = {"client_secret": "Secret2"}


def secrets(sim: Simulator) -> list[str]:
    """Return the number at the end of each secret, in the order of `uuids`."""
    state = sim.control.state()
    owners = [*state["svms"].values(), state["cluster"]]
    return [owner["configuration"]["client_secret"].removeprefix("Secret") for owner in owners]


def change(api: Api, json: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
    """Send a PATCH of the collection that must succeed."""
    response = api("PATCH", VAULTS, NEW if json is None else json, **query)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ({"svm__name": "svm1|svm3"}, "2121"),
        ({"svm__name": "svm*"}, "2221"),
        ({"svm__name": "!svm1"}, "1222"),
        ({"svm__name": "svm1|svm2", "client_id": "client1", "scope": "svm"}, "2211"),
        ({"scope": "cluster"}, "1112"),
        ({"state.available": "false"}, "1211"),
        ({"uuid": "*"}, "2222"),
        ({"svm__name": "nobody"}, "1111"),
    ],
)
def test_filters_select_same_records_as_get(
    sim: Simulator, api: Api, uuids: list[str], query: dict[str, str], changed: str
) -> None:
    sim.control.svm("svm2", wrapped=["node1"])
    found = api.get(**query)["num_records"]
    assert change(api, **query) == {"num_records": found}
    assert "".join(secrets(sim)) == changed


def test_uuids_select_records_and_are_logged(sim: Simulator, api: Api, uuids: list[str]) -> None:
    wanted = "|".join([uuids[0].upper(), uuids[2], "00000000-0000-0000-0000-000000000000"])
    assert change(api, uuid=wanted)["num_records"] == 2
    assert secrets(sim) == ["2", "1", "2", "1"]
    entry = sim.control.log()[0]
    assert (entry["method"], entry["path"], entry["query"], entry["body"]) == ("PATCH", VAULTS, {"uuid": wanted}, NEW)
    assert entry["raw_path"].startswith(f"{VAULTS}?uuid=")


def test_changes_same_fields_as_patch_of_one_record(sim: Simulator, api: Api, uuids: list[str]) -> None:
    change(api, {"client_id": "other", "client_secret": "Secret3", "proxy_host": "p"}, uuid="|".join(uuids[:2]))
    records = api.get(fields="client_id,proxy_host", uuid="|".join(uuids))["records"]
    assert [(record["client_id"], record.get("proxy_host")) for record in records] == [("other", "p")] * 2 + [
        ("client1", None)
    ] * 2
    assert sim.control.state()["svms"]["svm1"]["configuration"]["done"] == {"update": 1}


def test_sets_same_certificate_in_many_records(sim: Simulator, api: Api, uuids: list[str]) -> None:
    certificate = pkcs12_base64()
    assert change(api, {"client_certificate": certificate}, svm__name="svm*")["num_records"] == 3
    svms = sim.control.state()["svms"].values()
    assert [svm["configuration"]["client_certificate"] for svm in svms] == [certificate] * 3
    assert len({svm["configuration"]["fingerprint"] for svm in svms}) == 1


def test_returns_records_on_request(api: Api, uuids: list[str]) -> None:
    answer = change(
        api,
        uuid="|".join(uuids[:2]),
        return_records="true",
        continue_on_failure="true",
        serial_records="true",
        return_timeout=0,
    )
    assert (set(answer), answer["num_records"]) == ({"num_records", "records"}, 2)
    assert [record["uuid"] for record in answer["records"]] == uuids[:2]
    assert answer["records"] == [api.get(f"{VAULTS}/{uuid}") for uuid in uuids[:2]]


@pytest.mark.parametrize(
    ("query", "body", "code"),
    [
        ({}, NEW, "2"),
        ({"return_timeout": "5", "serial_records": "true"}, NEW, "2"),
        ({"nonsense": "1"}, NEW, "262179"),
        ({"client_secret": "Secret1"}, NEW, "262202"),
        ({"fields": "*"}, NEW, "2"),
        ({"max_records": "1", "order_by": "name"}, NEW, "2"),
        ({"uuid": "*", "fields": "nonsense"}, NEW, "262197"),
        ({"uuid": "*", "order_by": "nonsense"}, NEW, "262197"),
        ({"uuid": "*", "max_records": "0"}, NEW, "262197"),
        ({"uuid": "*", "continue_on_failure": "perhaps"}, NEW, "262197"),
        ({"uuid": "*", "return_timeout": "121"}, NEW, "262197"),
        ({"proxy_port": "many"}, NEW, "262197"),
        ({"uuid": "*"}, {}, "65537541"),
        ({"uuid": "*"}, {"name": "https://other.vault.azure.net/"}, "262196"),
        ({"uuid": "*"}, {"nonsense": 1}, "262179"),
        ({"uuid": "*"}, {"client_secret": 1}, "262197"),
        ({"uuid": "*"}, {"client_id": "other"}, "65537517"),
        ({"uuid": "*"}, {"client_secret": ""}, "65537540"),
    ],
)
def test_invalid_patch_is_refused(
    sim: Simulator, api: Api, uuids: list[str], query: dict[str, str], body: dict[str, Any], code: str
) -> None:
    assert api.code("PATCH", VAULTS, body, **query) == code
    assert secrets(sim) == ["1", "1", "1", "1"]


def test_stops_at_first_failure_by_default(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.svm("svm2", keys_on_admin=True)
    assert api.code("PATCH", VAULTS, NEW, uuid="|".join(uuids)) == "65537547"
    assert secrets(sim) == ["2", "1", "1", "1"]


def test_continues_after_failures_on_request(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.svm("svm2", keys_on_admin=True)
    sim.control.condition("update", "65537504", svm="svm3")
    answer = change(api, uuid="|".join(uuids), continue_on_failure="true")
    assert answer["num_records"] == 2
    assert [error["code"] for error in answer["errors"]] == ["65537547", "65537504"]
    assert secrets(sim) == ["2", "1", "1", "2"]


def test_secret_refused_by_azure_changes_nothing(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.azure(secrets={"client1": ["Secret1"]})
    response = api("PATCH", VAULTS, NEW, uuid="|".join(uuids))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "65537540")
    assert secrets(sim) == ["1", "1", "1", "1"]


def test_knobs_change_count_and_turn_patch_off(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(collection_patch_count=7)
    assert change(api, uuid=uuids[0]) == {"num_records": 7}
    sim.control.knob(collection_patch=False, collection_patch_count=None)
    response = api("PATCH", VAULTS, NEW, uuid=uuids[1])
    assert (response.status_code, response.json()["error"]["code"]) == (405, "3")
    assert secrets(sim) == ["2", "1", "1", "1"]


def test_patch_is_split_into_pages(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(page_size=3, empty_pages=1)
    path, counts = VAULTS, []
    query = {"client_id": "client1", "return_records": "true"}
    while path:
        answer = api("PATCH", path, NEW, **query).json()
        counts.append((answer["num_records"], secrets(sim)))
        path, query = answer.get("_links", {}).get("next", {}).get("href", ""), {}
    assert [count for count, _secrets in counts] == [0, 3, 0, 1]
    assert [after.count("2") for _count, after in counts] == [0, 3, 3, 4]


def test_patch_can_run_as_job(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(async_patch=True)
    answer = change(api, uuid="|".join(uuids[:3]))
    assert (set(answer), answer["num_records"]) == ({"job", "num_records"}, 3)
    sim.control.jobs(hold="running")
    response = api("PATCH", VAULTS, {"client_secret": "Secret3"}, uuid="|".join(uuids[1:]), return_timeout=0)
    assert (response.status_code, response.json()["num_records"]) == (202, 3)
    assert secrets(sim) == ["2", "2", "2", "1"]
    sim.control.jobs(hold=None)
    record = job_end(api, response.json()["job"]["uuid"])
    assert (record["description"], record["state"], "svm" in record) == (f"PATCH {VAULTS}", "success", False)
    assert secrets(sim) == ["2", "3", "3", "3"]


def test_job_fails_with_error_of_record(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(async_patch=True)
    sim.control.svm("svm2", keys_on_admin=True)
    assert api.code("PATCH", VAULTS, NEW, uuid="|".join(uuids)) == "65537547"
    response = api("PATCH", VAULTS, {"client_secret": "Secret3"}, uuid="|".join(uuids), return_timeout=0)
    assert job_end(api, response.json()["job"]["uuid"])["error"]["code"] == "65537547"
    assert secrets(sim) == ["3", "1", "1", "1"]


def test_job_fails_if_configuration_disappears(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(async_patch=True)
    sim.control.jobs(hold="running")
    job = api("PATCH", VAULTS, NEW, uuid="|".join(uuids), return_timeout=0).json()["job"]
    sim.control.remove_record("svm2")
    sim.control.jobs(hold=None)
    assert job_end(api, job["uuid"])["error"]["code"] == "65537120"


def test_each_record_can_have_its_job(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(async_patch=True, collection_patch_jobs=True)
    sim.control.svm("svm2", keys_on_admin=True)
    answer = change(api, uuid="|".join(uuids), continue_on_failure="true")
    assert (set(answer), answer["num_records"]) == ({"jobs", "num_records"}, 4)
    records = [api.get(f"{JOBS}/{job['uuid']}") for job in answer["jobs"]]
    assert [record["description"] for record in records] == [f"PATCH {VAULTS}/{uuid}" for uuid in uuids]
    assert [record["state"] for record in records] == ["success", "failure", "success", "success"]
    assert secrets(sim) == ["2", "1", "2", "2"]
    assert api("PATCH", VAULTS, NEW, uuid=uuids[0], return_timeout=0).status_code == 202


def test_no_further_job_starts_after_failed_one(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.knob(async_patch=True, collection_patch_jobs=True)
    sim.control.svm("svm2", keys_on_admin=True)
    answer = change(api, uuid="|".join(uuids))
    assert (set(answer), answer["num_records"]) == ({"jobs", "num_records"}, 2)
    assert [api.get(f"{JOBS}/{job['uuid']}")["state"] for job in answer["jobs"]] == ["success", "failure"]
    assert secrets(sim) == ["2", "1", "1", "1"]


def test_no_further_job_starts_after_return_timeout(sim: Simulator, api: Api, uuids: list[str]) -> None:
    """A record is started after the previous one is done; the next link leads to the rest."""
    sim.control.knob(async_patch=True, collection_patch_jobs=True)
    path, query, statuses, jobs = VAULTS, {"uuid": "*", "return_timeout": 0}, [], []
    while path:
        response = api("PATCH", path, NEW, **query)
        answer = response.json()
        statuses.append((response.status_code, answer["num_records"]))
        jobs += answer["jobs"]
        path, query = answer.get("_links", {}).get("next", {}).get("href", ""), {}
    assert statuses == [(202, 1)] * 4
    assert {job_end(api, job["uuid"])["description"].rpartition("/")[2] for job in jobs} == set(uuids)
    assert secrets(sim) == ["2", "2", "2", "2"]


@pytest.mark.parametrize(("kind", "done"), [("drop_before", False), ("drop_during", True), ("drop_after", True)])
def test_dropped_connection_shows_whether_patch_was_done(
    sim: Simulator, api: Api, uuids: list[str], kind: str, done: bool
) -> None:
    sim.control.fault(kind, method="PATCH", path="azure-key-vaults$")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api("PATCH", VAULTS, NEW, uuid="|".join(uuids))
    assert secrets(sim) == ["2" if done else "1"] * 4


@pytest.mark.parametrize(
    ("kind", "done"), [("status", False), ("html", False), ("status_after", True), ("cut_json", True)]
)
def test_damaged_response_shows_whether_patch_was_done(
    sim: Simulator, api: Api, uuids: list[str], kind: str, done: bool
) -> None:
    sim.control.fault(kind, method="PATCH", path="azure-key-vaults$")
    response = api("PATCH", VAULTS, NEW, uuid="|".join(uuids))
    assert "num_records" not in response.text or not response.text.endswith("}")
    assert secrets(sim) == ["2" if done else "1"] * 4
    assert change(api, uuid=uuids[0])["num_records"] == 1


def test_readonly_user_is_refused(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.user("reader", "pw", role="readonly")
    api.session.auth = ("reader", "pw")
    assert api("PATCH", VAULTS, NEW, uuid=uuids[0]).status_code == 403
    assert secrets(sim) == ["1", "1", "1", "1"]
