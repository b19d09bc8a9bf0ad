# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST, PATCH and DELETE of several records in a body: the job, its results, and the state after a failure."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from simulator_tests.support import JOBS, STORES, VAULTS, Api, body, enabled, job_end, left

from simulator import Simulator

SECRETS = [{"client_secret": f"Secret{number}"} for number in range(3)]


def records(*bodies: dict[str, Any]) -> dict[str, Any]:
    """Return a body with several records."""
    return {"records": list(bodies)}


def job_of(response: requests.Response) -> dict[str, Any]:
    """Return the job of a response that did not wait for it."""
    assert response.status_code == 202, response.text
    return dict(response.json()["job"])


def ended(api: Api, response: requests.Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the record of the ended job, and its results."""
    job = job_of(response)
    return job_end(api, job["uuid"]), api.get(job["_links"]["results"]["href"])


def held_secrets(sim: Simulator) -> list[str | None]:
    """Return the secrets of svm1 to svm3."""
    return [(svm["configuration"] or {}).get("client_secret") for svm in sim.control.state()["svms"].values()]


def test_creates_records_in_job(sim: Simulator, api: Api) -> None:
    response = api("POST", VAULTS, records(body("svm1"), body("svm2", proxy_host="p")))
    job = job_of(response)
    results = f"{VAULTS}?job_results_uuid={job['uuid']}"
    assert job["_links"] == {"self": {"href": f"{JOBS}/{job['uuid']}"}, "results": {"href": results}}
    assert response.headers["Location"] == results
    record, found = ended(api, response)
    assert (record["state"], record["description"]) == ("success", f"POST {VAULTS}")
    assert left(sim) == "12"
    assert set(found) == {"records", "num_records"}
    assert [item["svm"] for item in found["records"]] == [{"name": "svm1"}, {"name": "svm2"}]
    assert set(found["records"][0]) == {"uuid", "name", "svm", "client_id", "tenant_id", "key_id"}
    assert found["records"][1]["proxy_host"] == "p"
    assert "Secret1" not in str(found)


def test_return_timeout_waits_for_job(sim: Simulator, api: Api) -> None:
    response = api("POST", VAULTS, records(body("svm1")), return_timeout=5)
    assert (response.status_code, set(response.json())) == (201, {"job"})
    assert response.headers["Location"] == response.json()["job"]["_links"]["results"]["href"]
    uuid = api.get(response.headers["Location"])["records"][0]["uuid"]
    assert api("PATCH", VAULTS, records({"uuid": uuid} | SECRETS[2]), return_timeout=5).status_code == 200
    response = api("PATCH", VAULTS, records({"uuid": uuid, "client_id": "other"}), return_timeout=5)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "262287")
    assert api("DELETE", VAULTS, records({"uuid": uuid}), return_timeout=5).status_code == 200
    assert left(sim) == ""


@pytest.mark.parametrize(
    ("method", "given", "code"),
    [
        ("POST", {"records": {}}, "262254"),
        ("PATCH", {"records": "x"}, "262254"),
        ("DELETE", {"records": 1}, "262254"),
        ("POST", {"records": ["x"]}, "262197"),
        ("POST", {"records": []}, "262190"),
        ("POST", {"records": [{"client_id": "a"}], "name": "x"}, "262179"),
        ("POST", {"records": [{"nonsense": 1}]}, "262179"),
        ("POST", {"records": [{"client_id": 1}]}, "262197"),
        ("POST", {"records": [{"scope": "svm"}]}, "262196"),
        ("PATCH", {"records": [{"client_secret": "x"}]}, "262212"),
        ("PATCH", {"records": [{"uuid": 1}]}, "262197"),
        ("PATCH", {"records": [{"uuid": "1", "name": "x"}]}, "262196"),
        ("DELETE", {"records": [{}]}, "262212"),
        ("DELETE", {"records": [{"uuid": "1", "name": "x"}]}, "262196"),
    ],
)
def test_malformed_records_are_refused_without_job(
    sim: Simulator, api: Api, method: str, given: dict[str, Any], code: str
) -> None:
    good = body("svm1") if method == "POST" else {"uuid": sim.control.put_record("svm1")["uuid"]}
    if isinstance(given["records"], list) and given["records"]:
        given = {**given, "records": [good, *given["records"]]}
    assert api.code(method, VAULTS, given) == code
    assert api.get(JOBS)["records"] == []


def test_invalid_parameters_are_refused(sim: Simulator, api: Api) -> None:
    given = records(body("svm1"))
    assert api.code("POST", VAULTS, given, serial_records="perhaps") == "262197"
    assert api.code("POST", VAULTS, given, svm__name="svm1") == "262211"
    assert api.code("PATCH", VAULTS, records({"uuid": "1"}), svm__name="svm1") == "262186"
    assert api.code("POST", VAULTS, given, job_results_uuid="1") == "262179"
    assert api("POST", VAULTS, given, serial_records="true").status_code == 202


def test_job_fails_if_record_is_invalid(sim: Simulator, api: Api) -> None:
    for bad, reason in (
        ({"tenant_id": None}, "missing required value"),
        ({"key_id": "x"}, "key ID format"),
        ({"svm": {"name": "nobody"}}, "does not exist"),
    ):
        job, _results = ended(api, api("POST", VAULTS, records(body(**bad))))
        assert (job["state"], job["error"]["code"], job["code"]) == ("failure", "262287", 262287)
        assert reason.lower() in job["message"].lower()


def test_failed_creation_is_rolled_back(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm3")
    job, results = ended(api, api("POST", VAULTS, records(body("svm1"), body("svm2"), body("svm3"))))
    assert job["error"]["code"] == "262287"
    assert results["records"] == []
    assert [error["code"] for error in results["errors"]] == ["262287"]
    assert results["errors"][0]["message"].startswith(
        'POST of record "svm.name: svm3, name: https://vault1.vault.azure.net/" failed. Reason: '
    )
    assert "rollback_errors" not in results
    assert left(sim) == "3"


def test_failed_rollback_is_reported(sim: Simulator, api: Api) -> None:
    """A configuration with encrypted volumes cannot be deleted: it stays, and the results contain it."""
    sim.control.svm("svm1", encrypted_volumes=1)
    sim.control.put_record("svm3")
    job, results = ended(api, api("POST", VAULTS, records(body("svm1"), body("svm2"), body("svm3"))))
    assert job["error"]["code"] == "262288"
    assert [record["svm"]["name"] for record in results["records"]] == ["svm1"]
    assert [error["code"] for error in results["errors"] + results["rollback_errors"]] == ["262287", "262287"]
    assert results["rollback_errors"][0]["message"].startswith(
        f'DELETE of record "uuid: {results["records"][0]["uuid"]}" failed. Reason: '
    )
    assert left(sim) == "13"


def test_creation_continues_after_failure_on_request(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm2")
    given = records(body("svm1"), body("svm2"), body("svm3"))
    job, results = ended(api, api("POST", VAULTS, given, continue_on_failure="true"))
    assert job["error"]["code"] == "262292"
    assert 'POST of record "svm.name: svm2' in job["message"]
    assert [record["svm"]["name"] for record in results["records"]] == ["svm1", "svm3"]
    assert len(results["errors"]) == 1
    assert left(sim) == "123"


def test_updates_records_in_job(sim: Simulator, api: Api, uuids: list[str]) -> None:
    given = records(
        *({"uuid": uuid, "proxy_host": f"p{number}"} | SECRETS[number] for number, uuid in enumerate(uuids[:3]))
    )
    job, results = ended(api, api("PATCH", VAULTS, given))
    assert (job["state"], job["description"]) == ("success", f"PATCH {VAULTS}")
    assert held_secrets(sim) == ["Secret0", "Secret1", "Secret2"]
    expected = [
        {"uuid": uuid, "name": "https://vault1.vault.azure.net/", "proxy_host": f"p{number}"}
        for number, uuid in enumerate(uuids[:3])
    ]
    assert results["records"] == expected


def test_failed_update_is_rolled_back(sim: Simulator, api: Api, uuids: list[str]) -> None:
    before, state = held_secrets(sim), api.get(fields="*")["records"]
    sim.control.svm("svm3", keys_on_admin=True)
    given = records(
        *(
            {"uuid": uuid, "tenant_id": "t2", "proxy_host": "p"} | SECRETS[number]
            for number, uuid in enumerate(uuids[:3])
        )
    )
    job, results = ended(api, api("PATCH", VAULTS, given))
    assert job["error"]["code"] == "262287"
    assert held_secrets(sim) == before
    assert api.get(fields="*")["records"] == state
    assert [record["uuid"] for record in results["records"]] == uuids[:3]
    assert results["errors"][0]["message"].startswith(
        f'PATCH of record "uuid: {uuids[2]}" failed. Reason: One or more volume encryption keys'
    )
    job, _results = ended(api, api("PATCH", VAULTS, given, continue_on_failure="true"))
    assert job["error"]["code"] == "262292"
    assert held_secrets(sim)[:2] == ["Secret0", "Secret1"]


def test_update_of_unknown_record_changes_nothing(sim: Simulator, api: Api, uuids: list[str]) -> None:
    before = held_secrets(sim)
    missing = "00000000-0000-0000-0000-000000000000"
    job, _results = ended(
        api, api("PATCH", VAULTS, records({"uuid": uuids[0]} | SECRETS[0], {"uuid": missing} | SECRETS[1]))
    )
    assert job["message"] == f'PATCH of record "uuid: {missing}" failed. Reason: entry doesn\'t exist.'
    assert held_secrets(sim) == before
    job, _results = ended(api, api("PATCH", VAULTS, records({"uuid": uuids[0]})))
    assert "No inputs were provided" in job["message"]


def test_deletion_continues_after_failure(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.svm("svm2", encrypted_volumes=1)
    job, results = ended(api, api("DELETE", VAULTS, records(*({"uuid": uuid} for uuid in uuids))))
    assert job["error"]["code"] == "262292"
    assert left(sim) == "2"
    assert [record["uuid"] for record in results["records"]] == [uuids[1]]
    assert [error["message"].partition(" failed")[0] for error in results["errors"]] == [
        f'DELETE of record "uuid: {uuids[1]}"'
    ]
    sim.control.svm("svm2", encrypted_volumes=0)
    job, results = ended(api, api("DELETE", VAULTS, records({"uuid": uuids[1].upper()})))
    assert (job["state"], results) == ("success", {"records": [], "num_records": 0})


def test_running_job_reports_progress_and_no_results(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.jobs(hold="running")
    job = job_of(api("PATCH", VAULTS, records(*({"uuid": uuid} | SECRETS[0] for uuid in uuids[:2]))))
    record = api.get(f"{JOBS}/{job['uuid']}")
    assert (record["state"], record["code"], record["message"]) == ("running", 262289, "0 of 2 records complete.")
    response = api("GET", job["_links"]["results"]["href"])
    assert (response.status_code, response.json()["error"]["code"]) == (400, "262293")
    sim.control.jobs(hold=None)
    assert job_end(api, job["uuid"])["message"] == "success"


def test_results_of_other_jobs_are_refused(sim: Simulator, api: Api, uuids: list[str]) -> None:
    single = api("POST", f"{VAULTS}/{uuids[0]}/restore").json()["job"]["uuid"]
    assert api.code("GET", VAULTS, job_results_uuid=single) == "262294"
    sim.control.reset(version="9.14.1")
    uuid = sim.control.put_record("svm1")["uuid"]
    job = job_of(api("PATCH", VAULTS, records({"uuid": uuid} | SECRETS[0])))
    job_end(api, job["uuid"])
    assert api.code("GET", STORES, job_results_uuid=job["uuid"]) == "262294"
    assert api.code("GET", VAULTS, job_results_uuid="00000000-0000-0000-0000-000000000000") == "4"
    assert api.code("GET", "/api/svm/svms", job_results_uuid=job["uuid"]) == "262179"
    sim.control.advance(400)
    assert api.code("GET", VAULTS, job_results_uuid=job["uuid"]) == "4"


def test_results_accept_fields_and_filters(sim: Simulator, api: Api, uuids: list[str]) -> None:
    job = job_of(api("PATCH", VAULTS, records(*({"uuid": uuid} | SECRETS[0] for uuid in uuids[:3]))))
    job_end(api, job["uuid"])
    path = job["_links"]["results"]["href"]
    assert [record["svm"]["name"] for record in api.get(path, fields="svm.name", svm__name="!svm2")["records"]] == [
        "svm1",
        "svm3",
    ]
    for name, value in {"max_records": 1, "offset": 1, "return_timeout": 1, "start.token": "x"}.items():
        assert api.code("GET", path, **{name: value}) in ("262179", "262197")
    api.accept = "application/hal+json"
    found = api.get(path)
    assert found["_links"] == {"self": {"href": path}}
    assert found["records"][0]["_links"]["self"]["href"] == f"{VAULTS}/{uuids[0]}"


def test_tunnel_limits_records_to_svm(sim: Simulator, api: Api, uuids: list[str]) -> None:
    with Api(sim, headers={"X-Dot-SVM-Name": "svm1"}) as tunnel:
        job, results = ended(tunnel, tunnel("DELETE", VAULTS, records({"uuid": uuids[0]}, {"uuid": uuids[1]})))
        assert job["svm"]["name"] == "svm1"
        assert (left(sim), results["records"]) == ("23c", [])
        assert ended(tunnel, tunnel("POST", VAULTS, records(body(None))))[0]["state"] == "success"
        assert ended(tunnel, tunnel("POST", VAULTS, records(body("svm2"))))[0]["state"] == "failure"
        other = job_of(api("PATCH", VAULTS, records({"uuid": uuids[1]} | SECRETS[0])))
        assert tunnel("GET", other["_links"]["results"]["href"]).status_code == 404
    assert left(sim) == "123c"


def test_key_stores_are_enabled_and_deleted_as_records(sim: Simulator, api: Api, spares: list[str]) -> None:
    job, results = ended(api, api("PATCH", STORES, records(*({"uuid": uuid, "enabled": True} for uuid in spares))))
    assert (job["state"], results["records"]) == ("success", [{"uuid": uuid, "enabled": True} for uuid in spares])
    assert enabled(api) == ["spare", "spare"]
    missing = {"uuid": "00000000-0000-0000-0000-000000000000", "enabled": True}
    inactive = [record["uuid"] for record in api.get(STORES, enabled="false", order_by="svm.name")["records"]]
    job, _results = ended(api, api("PATCH", STORES, records({"uuid": inactive[0], "enabled": True}, missing)))
    assert (job["error"]["code"], enabled(api)) == ("262287", ["spare", "spare"])
    job, _results = ended(api, api("DELETE", STORES, records(*({"uuid": uuid} for uuid in inactive))))
    assert (job["state"], api.get(STORES)["num_records"]) == ("success", 2)


def test_inactive_configurations_are_created_as_records(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.14.1")
    given = records(*(body(svm, configuration={"name": "spare"}) for svm in ("svm1", "svm2")))
    job, results = ended(api, api("POST", VAULTS, given, create_inactive="true"))
    assert (job["state"], [record["configuration"]["name"] for record in results["records"]]) == (
        "success",
        ["spare", "spare"],
    )


def test_cancelled_job_deletes_no_record(sim: Simulator, api: Api, uuids: list[str]) -> None:
    sim.control.jobs(hold="running")
    job = job_of(api("DELETE", VAULTS, records(*({"uuid": uuid} for uuid in uuids))))
    assert api("PATCH", f"{JOBS}/{job['uuid']}", action="cancel").status_code == 200
    assert left(sim) == "123c"
