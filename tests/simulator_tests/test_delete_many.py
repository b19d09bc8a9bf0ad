# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DELETE of a collection by a query, and both changes of key stores."""

from __future__ import annotations

import pytest
from simulator_tests.support import JOBS, STORES, VAULTS, Api, enabled, left

from simulator import Simulator


@pytest.mark.parametrize(
    ("query", "rest"),
    [
        ({"svm__name": "svm1|svm3"}, "2c"),
        ({"svm__name": "svm*"}, "c"),
        ({"scope": "cluster"}, "123"),
        ({"svm__name": '"svm2"', "client_id": "client1"}, "13c"),
        ({"svm__name": "nobody"}, "123c"),
        ({"uuid": "*", "max_records": 1, "order_by": "svm.name desc"}, "12c"),
    ],
)
def test_deletes_records_that_match_query(
    sim: Simulator, api: Api, uuids: list[str], query: dict[str, str], rest: str
) -> None:
    response = api("DELETE", VAULTS, **query)
    assert (response.status_code, response.json()["num_records"]) == (200, 4 - len(rest))
    assert left(sim) == rest


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "2"),
        ({"max_records": "2"}, "2"),
        ({"nonsense": "1"}, "262179"),
        ({"client_secret": "x"}, "262202"),
        ({"svm__name": '"svm1'}, "262197"),
    ],
)
def test_invalid_query_deletes_nothing(
    sim: Simulator, api: Api, uuids: list[str], query: dict[str, str], code: str
) -> None:
    assert api.code("DELETE", VAULTS, **query) == code
    assert left(sim) == "123c"


def test_body_with_query_is_refused(sim: Simulator, api: Api, uuids: list[str]) -> None:
    assert api.code("DELETE", VAULTS, {"name": "x"}, svm__name="svm1") == "262198"
    assert api.code("DELETE", VAULTS, {"records": [{"uuid": uuids[0]}]}, svm__name="svm1") == "262186"
    assert left(sim) == "123c"


def test_pages_skip_no_record(sim: Simulator, api: Api, uuids: list[str]) -> None:
    """Each page removes its records; a record that cannot be deleted is not tried twice."""
    sim.control.svm("svm1", encrypted_volumes=1)
    path, query, counts = VAULTS, {"uuid": "*", "max_records": 1, "continue_on_failure": "true"}, []
    while path:
        answer = api("DELETE", path, **query).json()
        counts.append(answer["num_records"])
        path, query = answer.get("_links", {}).get("next", {}).get("href", ""), {}
    assert (len(counts), sum(counts)) == (4, 3)
    assert left(sim) == "1"


def test_stops_at_first_failure_by_default(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.svm("svm2", encrypted_volumes=1)
    assert api.code("DELETE", VAULTS, svm__name="svm*", order_by="svm.name") == "65536867"
    assert left(sim) == "23c"
    answer = api("DELETE", VAULTS, svm__name="svm*", continue_on_failure="true").json()
    assert (answer["num_records"], [error["code"] for error in answer["errors"]]) == (1, ["65536867"])
    assert left(sim) == "2c"


def test_returns_deleted_records_on_request(sim: Simulator, api: Api, uuids: list[str]) -> None:
    api.accept = "application/hal+json"
    record = api.get(f"{VAULTS}/{uuids[1]}", fields="scope,svm")
    answer = api("DELETE", VAULTS, svm__name="svm2", return_records="true", fields="scope,svm").json()
    assert answer["records"] == [record]
    assert answer["_links"] == {"self": {"href": f"{VAULTS}?svm.name=svm2&return_records=true&fields=scope,svm"}}


def test_deletion_can_run_as_one_job_for_each_record(sim: Simulator, api: Api, uuids: list[str]) -> None:
    """The example of "SVM tunneling": a job for each record."""
    sim.control.knob(async_delete=True)
    answer = api("DELETE", VAULTS, svm__name="svm1|svm2").json()
    assert (set(answer), answer["num_records"]) == ({"jobs", "num_records"}, 2)
    described = [api.get(f"{JOBS}/{job['uuid']}")["description"] for job in answer["jobs"]]
    assert described == [f"DELETE {VAULTS}/{uuid}" for uuid in uuids[:2]]
    assert left(sim) == "3c"


def test_tunnel_limits_deletion_to_svm(sim: Simulator, api: Api, uuids: list[str]) -> None:
    api.headers = {"X-Dot-SVM-Name": "svm1"}
    assert api("DELETE", VAULTS, client_id="client1").json() == {"num_records": 1}
    assert left(sim) == "23c"


def test_user_without_right_deletes_nothing(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.user("changer", "Password1", privileges={VAULTS: "read_modify"})
    api.session.auth = ("changer", "Password1")
    assert api("DELETE", VAULTS, svm__name="svm1").status_code == 403
    assert left(sim) == "123c"


def test_query_enables_key_stores(sim: Simulator, api: Api, spares: list[str]) -> None:
    answer = api("PATCH", STORES, {"enabled": True}, configuration__name="spare").json()
    assert (set(answer), answer["num_records"]) == ({"jobs", "num_records"}, 2)
    assert enabled(api) == ["spare", "spare"]
    assert api.code("PATCH", STORES, {}, configuration__name="spare") == "262212"
    assert api.code("PATCH", STORES, {"enabled": True}) == "2"
    assert api.code("PATCH", STORES, {"type": "akv"}, configuration__name="spare") == "262196"


def test_job_fails_if_key_store_cannot_be_enabled(sim: Simulator, api: Api, spares: list[str]) -> None:
    sim.control.condition("enable", "65537500", svm="svm1")
    answer = api("PATCH", STORES, {"enabled": True}, configuration__name="spare", order_by="svm.name").json()
    assert [api.get(f"{JOBS}/{job['uuid']}")["state"] for job in answer["jobs"]] == ["failure"]
    assert enabled(api) == ["default", "default"]


def test_query_deletes_inactive_key_stores(sim: Simulator, api: Api, spares: list[str]) -> None:
    assert api("DELETE", STORES, configuration__name="spare", svm__name="svm2").json() == {"num_records": 1}
    assert [record["uuid"] for record in api.get(STORES, enabled="false")["records"]] == spares[:1]
    assert api.code("DELETE", STORES, enabled="true") == "65538905"
    sim.control.reset(version="9.13.1")
    assert api("DELETE", STORES, configuration__name="spare").status_code == 404
