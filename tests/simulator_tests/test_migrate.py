# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other key managers, and volume keys that move between them and Azure Key Vault."""

from __future__ import annotations

import pytest
from simulator_tests.support import NEW_KEY, VAULTS, Api, body

from simulator import ControlError, Simulator

MANAGERS = "/api/security/key-managers"
NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def ends(sim: Simulator) -> tuple[str, str]:
    """Return the UUIDs of the cluster's onboard key manager and of svm1's configuration; svm1 has encrypted volumes."""
    vault = sim.control.put_record("svm1")["uuid"]
    sim.control.svm("svm1", encrypted_volumes=2)
    return sim.control.put_key_manager()["uuid"], vault


def migrate(api: Api, source: str, destination: str) -> None:
    response = api("POST", f"{MANAGERS}/{source}/migrate", {"uuid": destination}, return_timeout=10)
    assert response.status_code == 200, response.text


def refused(api: Api, source: str, destination: str) -> str:
    return api.code("POST", f"{MANAGERS}/{source}/migrate", {"uuid": destination}, return_timeout=10)


def on_admin(sim: Simulator) -> bool:
    return bool(sim.control.state()["svms"]["svm1"]["keys_on_admin"])


def test_key_managers_are_described_and_filtered(sim: Simulator, api: Api) -> None:
    onboard = sim.control.put_key_manager()["uuid"]
    external = sim.control.put_key_manager("svm2", "external", servers=["10.0.0.1:5696", "10.0.0.2:5696"])["uuid"]
    sim.control.put_record("svm1")
    assert api.get(MANAGERS) == {"records": [{"uuid": onboard}, {"uuid": external}], "num_records": 2}
    assert api.get(f"{MANAGERS}/{onboard}") == {"uuid": onboard, "scope": "cluster", "onboard": {"enabled": True}}
    found = api.get(f"{MANAGERS}/{external}")
    assert (found["scope"], found["svm"]["name"]) == ("svm", "svm2")
    assert [server["server"] for server in found["external"]["servers"]] == ["10.0.0.1:5696", "10.0.0.2:5696"]
    assert [record["uuid"] for record in api.get(MANAGERS, scope="cluster")["records"]] == [onboard]
    assert [record["uuid"] for record in api.get(MANAGERS, external__servers__server="10.0.0.2*")["records"]] == [
        external
    ]
    assert api.code("GET", MANAGERS, fields="enabled") == "262197"
    assert api.code("GET", f"{MANAGERS}/{NOBODY}") == "4"
    assert api.code("POST", MANAGERS, {"onboard": {"passphrase": "x"}}) == "3"
    sim.control.reset(version="9.14.1")
    onboard = sim.control.put_key_manager()["uuid"]
    assert api.get(f"{MANAGERS}/{onboard}")["configuration"] == {"name": "default", "uuid": onboard}


def test_svm_with_another_key_manager_refuses_configuration(sim: Simulator, api: Api) -> None:
    sim.control.put_key_manager("svm1", "external")
    assert api.code("POST", VAULTS, body()) == "65537500"
    sim.control.remove_key_manager("svm1")
    api.create()


def test_keys_move_in_both_directions(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    path = f"{VAULTS}/{vault}"
    assert api.code("DELETE", path) == "65536867"
    migrate(api, vault, onboard)
    assert on_admin(sim)
    assert api.code("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}, return_timeout=5) == "65537547"
    sim.control.svm("svm1", wrapped=[])
    migrate(api, onboard, vault)
    assert not on_admin(sim)
    state = sim.control.state()["svms"]["svm1"]["configuration"]
    assert (state["done"], state["wrapped"]) == ({"migrate": 2}, ["node1", "node2"])
    assert api("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}, return_timeout=5).status_code == 200
    migrate(api, vault.upper(), onboard.upper())
    assert api("DELETE", path).status_code == 200


def test_keys_move_to_external_servers_of_cluster(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    external = sim.control.put_key_manager(None, "external")["uuid"]
    migrate(api, ends[1], external)
    assert on_admin(sim)


def test_migration_runs_as_job(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    sim.control.jobs(hold="running")
    response = api("POST", f"{MANAGERS}/{vault}/migrate", {"uuid": onboard})
    assert response.status_code == 202
    job = sim.control.jobs()[0]
    assert (job["uuid"], job["description"], job["svm"]["name"]) == (
        response.json()["job"]["uuid"],
        f"POST {MANAGERS}/{vault}/migrate",
        "svm1",
    )
    assert not on_admin(sim)
    sim.control.jobs(hold=None)
    sim.control.advance(10)
    assert on_admin(sim)


def test_invalid_request_is_refused_without_job(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    for source, destination, target in ((NOBODY, vault, "source.uuid"), (onboard, NOBODY, "uuid")):
        response = api("POST", f"{MANAGERS}/{source}/migrate", {"uuid": destination})
        assert (response.status_code, response.json()["error"]["code"], response.json()["error"]["target"]) == (
            404,
            "4",
            target,
        )
    other = sim.control.put_record("svm2")["uuid"]
    assert refused(api, vault, other) == "2"
    assert refused(api, vault, vault) == "2"
    assert refused(api, onboard, onboard) == "2"
    path = f"{MANAGERS}/{vault}/migrate"
    assert api.code("POST", path, {}) == "262212"
    assert api.code("POST", path, {"uuid": 1}) == "262197"
    assert api.code("POST", path, {"uuid": onboard, "x": 1}) == "262179"
    assert api.code("POST", path, {"uuid": onboard}, x=1) == "262179"
    assert api.code("POST", path, {"uuid": onboard}, return_timeout=121) == "262197"
    assert sim.control.jobs() == []


def test_job_fails_with_code_of_cause(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    assert refused(api, onboard, vault) == "65537559"
    sim.control.azure(reachable=False)
    assert refused(api, vault, onboard) == "346758"
    sim.control.azure(reachable=True)
    sim.control.put_key_manager(uuid=onboard, reachable=False)
    assert refused(api, vault, onboard) == "346758"
    sim.control.put_key_manager(uuid=onboard)
    sim.control.condition("migrate", "65536968", svm="svm1", times=1)
    assert refused(api, vault, onboard) == "65536968"
    sim.control.jobs(fail="65536968")
    assert refused(api, vault, onboard) == "65536968"
    sim.control.jobs(fail=None)
    assert not on_admin(sim)
    sim.control.svm("svm1", encrypted_volumes=0)
    assert refused(api, vault, onboard) == "65537559"


def test_job_fails_if_key_manager_disappears(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    sim.control.jobs(hold="running")
    api("POST", f"{MANAGERS}/{vault}/migrate", {"uuid": onboard})
    sim.control.remove_key_manager()
    sim.control.jobs(hold=None)
    sim.control.advance(10)
    assert sim.control.jobs()[0]["error"]["code"] == "65537120"
    assert not on_admin(sim)


def test_keys_cannot_move_to_inactive_configuration(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.14.1")
    onboard = sim.control.put_key_manager()["uuid"]
    vault = sim.control.put_record("svm1", configuration="second", enabled=False)["uuid"]
    sim.control.svm("svm1", encrypted_volumes=1, keys_on_admin=True)
    assert refused(api, onboard, vault) == "65537120"


def test_keys_can_move_to_another_vault(sim: Simulator, api: Api, ends: tuple[str, str]) -> None:
    onboard, vault = ends
    migrate(api, vault, onboard)
    assert api("DELETE", f"{VAULTS}/{vault}").status_code == 200
    other = body(name="https://vault2.vault.azure.net/")
    assert api.code("POST", VAULTS, other) == "65537505"
    sim.control.knob(admin_keys_refuse_create=False)
    assert api("POST", VAULTS, other).status_code == 201
    migrate(api, onboard, api.get()["records"][0]["uuid"])
    assert not on_admin(sim)


def test_invalid_control_commands_are_rejected(sim: Simulator) -> None:
    for arguments in ({"kind": "nonsense"}, {"svm": "nobody"}, {"svm": "svm1", "kind": "onboard"}, {"nonsense": 1}):
        with pytest.raises(ControlError):
            sim.control.call("put_key_manager", **arguments)
