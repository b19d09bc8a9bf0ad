# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SVM tunneling: a request with X-Dot-SVM-Name or X-Dot-SVM-UUID reads and changes what belongs to that SVM, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from simulator_tests.support import JOBS, KEY, MANAGERS, NEW_KEY, STORES, VAULTS, Api, body

from simulator import Simulator

NEW = {"client_secret": "Secret2"}
AZURE = "/api/private/cli/security/key-manager/external/azure"


@pytest.fixture
def uuids(sim: Simulator) -> dict[str | None, str]:
    """Create configurations of svm1, svm2 and the cluster, and return their UUIDs by SVM."""
    return {svm: sim.control.put_record(svm, client_secret="Secret1")["uuid"] for svm in ("svm1", "svm2", None)}


@pytest.fixture(params=["name", "UUID", "both"])
def tunnel(sim: Simulator, request: pytest.FixtureRequest) -> Iterator[Api]:
    """Return a client whose requests are limited to svm1, with each combination of headers."""
    uuid = sim.control.state()["svms"]["svm1"]["uuid"]
    headers = {
        "name": {"X-Dot-SVM-Name": "svm1"},
        "UUID": {"X-Dot-SVM-UUID": uuid.upper()},
        "both": {"X-Dot-SVM-Name": "svm1", "X-Dot-SVM-UUID": uuid},
    }
    with Api(sim, headers=headers[request.param]) as client:
        yield client


@pytest.fixture
def svm1(sim: Simulator) -> Iterator[Api]:
    """Return a client whose requests are limited to svm1 by name."""
    with Api(sim, headers={"X-Dot-SVM-Name": "svm1"}) as client:
        yield client


def secrets(sim: Simulator) -> str:
    """Return the number at the end of the secrets of svm1, svm2 and the cluster; "-" for none."""
    state = sim.control.state()
    owners = [state["svms"]["svm1"], state["svms"]["svm2"], state["cluster"]]
    return "".join((owner["configuration"] or {"client_secret": "-"})["client_secret"][-1] for owner in owners)


def test_post_without_svm_creates_configuration_of_svm(sim: Simulator, tunnel: Api) -> None:
    uuid = tunnel.create(None)
    state = sim.control.state()
    assert state["cluster"]["configuration"] is None
    assert state["svms"]["svm1"]["configuration"]["uuid"] == uuid


def test_post_may_name_same_svm(sim: Simulator, tunnel: Api) -> None:
    uuid = sim.control.state()["svms"]["svm1"]["uuid"]
    assert tunnel("POST", VAULTS, body({"name": "svm1", "uuid": uuid.upper()})).status_code == 201


@pytest.mark.parametrize("by", ["name", "uuid"])
def test_post_that_names_another_svm_is_refused(sim: Simulator, tunnel: Api, by: str) -> None:
    svm = {"name": "svm2"} if by == "name" else {"uuid": sim.control.state()["svms"]["svm2"]["uuid"]}
    response = tunnel("POST", VAULTS, body(svm))
    assert (response.status_code, response.json()["error"]["target"]) == (400, f"svm.{by}")
    assert all(svm["configuration"] is None for svm in sim.control.state()["svms"].values())


def test_collection_has_records_of_svm_only(uuids: dict[str | None, str], tunnel: Api) -> None:
    assert [record["uuid"] for record in tunnel.get()["records"]] == [uuids["svm1"]]
    assert tunnel.get(return_records="false") == {"num_records": 1}
    assert [record["uuid"] for record in tunnel.get(svm__name="svm1|svm2")["records"]] == [uuids["svm1"]]
    assert tunnel.get(scope="cluster")["records"] == []


@pytest.mark.parametrize(
    "query", [{"svm__name": "svm2"}, {"svm__name": "!svm1"}, {"svm__name": "null"}, {"svm__uuid": "0"}]
)
def test_filter_on_another_svm_is_refused_by_default(
    sim: Simulator, uuids: dict[str | None, str], svm1: Api, query: dict[str, str]
) -> None:
    for method, json in (("GET", None), ("PATCH", NEW)):
        response = svm1(method, VAULTS, json, **query)
        assert (response.status_code, response.json()["error"]["target"]) == (400, next(iter(query)).replace("__", "."))
    sim.control.temperament("tunnel-finds-nothing")
    assert svm1.get(**query)["records"] == []
    assert svm1("PATCH", VAULTS, NEW, **query).json() == {"num_records": 0}
    assert secrets(sim) == "111"


def test_patch_with_query_is_limited_to_svm(sim: Simulator, uuids: dict[str | None, str], tunnel: Api) -> None:
    assert tunnel("PATCH", VAULTS, NEW, client_id="client1").json() == {"num_records": 1}
    assert secrets(sim) == "211"
    # The headers do not count as a query: a collection is not changed without one.
    assert tunnel.code("PATCH", VAULTS, NEW) == "2"


def test_bulk_job_belongs_to_svm(sim: Simulator, uuids: dict[str | None, str], svm1: Api, api: Api) -> None:
    sim.control.knob(async_patch=True)
    job = svm1("PATCH", VAULTS, NEW, client_id="client1", return_timeout=0).json()["job"]["uuid"]
    other = api("PATCH", f"{VAULTS}/{uuids['svm2']}", NEW).json()["job"]["uuid"]
    assert [record["uuid"] for record in svm1.get(JOBS)["records"]] == [job]
    assert svm1.get(f"{JOBS}/{job}")["svm"]["name"] == "svm1"
    assert svm1("GET", f"{JOBS}/{other}").status_code == 404


ONE: dict[str, Callable[[Api, str], Any]] = {
    "GET": lambda api, path: api("GET", path),
    "PATCH": lambda api, path: api("PATCH", path, NEW),
    "DELETE": lambda api, path: api("DELETE", path),
    "restore": lambda api, path: api("POST", f"{path}/restore", return_timeout=5),
    "rekey-internal": lambda api, path: api("POST", f"{path}/rekey-internal", return_timeout=5),
    "rekey-external": lambda api, path: api("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}, return_timeout=5),
}


@pytest.mark.parametrize("call", ONE)
def test_record_of_another_svm_is_not_found(sim: Simulator, uuids: dict[str | None, str], svm1: Api, call: str) -> None:
    before = sim.control.state()
    for owner in ("svm2", None):
        response = ONE[call](svm1, f"{VAULTS}/{uuids[owner]}")
        assert (response.status_code, response.json()["error"]["code"]) == (404, "4")
    assert sim.control.state()["svms"] == before["svms"]
    if call != "rekey-internal":
        assert ONE[call](svm1, f"{VAULTS}/{uuids['svm1']}").status_code == 200


def test_rekey_with_another_svm_in_body_is_refused(uuids: dict[str | None, str], svm1: Api) -> None:
    assert (
        svm1.code("POST", f"{VAULTS}/{uuids['svm1']}/rekey-external", {"key_id": KEY, "svm": {"name": "svm2"}})
        == "262197"
    )


@pytest.mark.parametrize("path", [STORES, MANAGERS])
def test_key_stores_and_managers_are_limited_to_svm(sim: Simulator, api: Api, svm1: Api, path: str) -> None:
    sim.control.reset(version="9.17.1")
    own, other = (sim.control.put_key_manager(svm, "external")["uuid"] for svm in ("svm1", "svm2"))
    assert [record["uuid"] for record in svm1.get(path)["records"]] == [own]
    assert svm1("GET", f"{path}/{other}").status_code == 404
    assert svm1("DELETE", f"{STORES}/{other}").status_code == 404
    assert svm1("PATCH", f"{STORES}/{other}", {"enabled": True}).status_code == 404
    assert svm1.code("POST", f"{MANAGERS}/{other}/migrate", {"uuid": own}) == "4"
    assert api.get(path)["num_records"] == 2


def test_cluster_resources_stay_visible(svm1: Api) -> None:
    assert [record["name"] for record in svm1.get("/api/svm/svms")["records"]] == ["svm1"]
    assert svm1.get("/api/cluster/nodes")["num_records"] == 2
    assert svm1.get("/api/cluster")["name"] == "simulated"


def test_passthrough_runs_in_svm(sim: Simulator, uuids: dict[str | None, str], svm1: Api) -> None:
    assert svm1("POST", f"{AZURE}/restore", {}).status_code == 200
    assert svm1.code("POST", f"{AZURE}/restore", {"vserver": "svm2"}) == "262186"
    state = sim.control.state()["svms"]
    assert [state[svm]["configuration"]["done"] for svm in ("svm1", "svm2")] == [{"restore": 1}, {}]
    path = "/api/private/cli/security/key-manager/key/migrate"
    assert svm1.code("POST", path, {"from-vserver": "svm1", "to-vserver": "svm2"}, privilege_level="advanced") == "3"


@pytest.mark.parametrize(
    ("name", "uuid", "code"),
    [
        ("nobody", None, "2621462"),
        ("", None, "2621462"),
        ("simulated", None, "2621462"),
        (None, "nobody", "2621462"),
        ("svm1", "svm2", "2621706"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_headers_without_valid_svm_are_refused(
    sim: Simulator, api: Api, method: str, name: str | None, uuid: str | None, code: str
) -> None:
    svms = sim.control.state()["svms"]
    headers = {"X-Dot-SVM-Name": name, "X-Dot-SVM-UUID": svms[uuid]["uuid"] if uuid in svms else uuid}
    api.headers = {header: value for header, value in headers.items() if value is not None}
    response = api(method, VAULTS, body(None) if method == "POST" else None)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_body_with_conflicting_name_and_uuid_is_refused(sim: Simulator, api: Api) -> None:
    svm = {"name": "svm1", "uuid": sim.control.state()["svms"]["svm2"]["uuid"]}
    assert api.code("POST", VAULTS, body(svm)) == "2621706"


def test_login_is_checked_before_svm(sim: Simulator, api: Api) -> None:
    api.headers = {"X-Dot-SVM-Name": "nobody"}
    api.session.auth = ("nobody", "x")
    assert api("GET", VAULTS).status_code == 401
