# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several configurations of an SVM, of which one is enabled, and their key stores."""

from __future__ import annotations

import pytest
from simulator_tests.support import NEW_KEY, STORES, VAULTS, Api, body

from simulator import ControlError, Simulator


@pytest.fixture(autouse=True)
def release(sim: Simulator) -> None:
    """Use the first release that has several configurations."""
    sim.control.reset(version="9.14.1")


def create(api: Api, name: str, svm: str = "svm1", **changes: object) -> str:
    """Create an inactive configuration and return its UUID."""
    response = api(
        "POST",
        VAULTS,
        body(svm, configuration={"name": name}, **changes),
        create_inactive="true",
        return_records="true",
        return_timeout=10,
    )
    assert response.status_code == 201, response.text
    return str(response.json()["records"][0]["uuid"])


def switch(api: Api, uuid: str, enabled: bool = True) -> None:
    assert api("PATCH", f"{STORES}/{uuid}", {"enabled": enabled}, return_timeout=10).status_code == 200


def found(api: Api) -> dict[str, bool]:
    records = api.get(fields="configuration.name,enabled")["records"]
    return {record["configuration"]["name"]: record["enabled"] for record in records}


def test_inactive_configuration_exists_beside_enabled_one(sim: Simulator, api: Api) -> None:
    first = api.create()
    second = create(api, "second", client_id="client2")
    assert found(api) == {"default": True, "second": False}
    assert api.get(f"{VAULTS}/{first}")["configuration"] == {"name": "default", "uuid": first}
    assert [record["uuid"] for record in api.get(enabled="false")["records"]] == [second]
    assert [record["uuid"] for record in api.get(configuration__name="sec*", svm__name="svm1")["records"]] == [second]
    state = sim.control.state()["svms"]["svm1"]
    assert (state["configuration"]["uuid"], state["inactive"]["second"]["client_id"]) == (first, "client2")
    assert (state["configuration"]["wrapped"], state["inactive"]["second"]["wrapped"]) == (["node1", "node2"], [])


def test_only_enabled_configuration_has_advanced_properties(api: Api) -> None:
    first, second = api.create(), create(api, "second")
    advanced = {"state", "azure_reachability", "ekmip_reachability"}
    assert set(api.get(f"{VAULTS}/{first}", fields=",".join(advanced))) >= advanced
    assert not set(api.get(f"{VAULTS}/{second}", fields="**")) & advanced
    assert [record["uuid"] for record in api.get(**{"state.available": "true|false"})["records"]] == [first]


def test_invalid_creation_is_refused(api: Api) -> None:
    create(api, "second")
    with_name = body(configuration={"name": "second"})
    inactive = {"create_inactive": "true"}
    assert api.code("POST", VAULTS, with_name, **inactive) == "65537589"
    assert api.code("POST", VAULTS, with_name) == "65537595"
    assert api.code("POST", VAULTS, body(), **inactive) == "65537594"
    assert api.code("POST", VAULTS, body(configuration={"name": ""}), **inactive) == "65538903"
    assert api.code("POST", VAULTS, body(configuration={"name": ""})) == "65538903"
    assert api.code("POST", VAULTS, body(configuration={"name": "x", "uuid": "1"}), **inactive) == "262196"
    assert api.code("POST", VAULTS, body(configuration="x")) == "262196"
    assert api.code("POST", VAULTS, body(), create_inactive="perhaps") == "262197"
    create(api, "default")
    assert api.code("POST", VAULTS, body()) == "65537589"
    create(api, "second", "svm2")
    api.create("svm2")
    assert api.code("POST", VAULTS, body("svm2")) == "65537500"


@pytest.mark.parametrize(
    "name", ["https:://vault1.vault.azure.net/", "http://vault1.vault.azure.net", "vault1", "https://"]
)
@pytest.mark.parametrize(("version", "code"), [("9.13.1", "262197"), ("9.14.1", "65537553"), ("9.19.1", "65537553")])
def test_vault_name_must_be_url(sim: Simulator, api: Api, version: str, code: str, name: str) -> None:
    sim.control.reset(version=version)
    assert api.code("POST", VAULTS, body(name=name)) == code


def test_inactive_configuration_can_be_changed_but_not_rekeyed(sim: Simulator, api: Api) -> None:
    api.create()
    path = f"{VAULTS}/{create(api, 'second')}"
    sim.control.svm("svm1", encrypted_volumes=1)
    # ONTAP does not check the credential of an inactive configuration in Azure.
    sim.control.azure(secrets={"client1": ["Secret1"]})
    assert api("PATCH", path, {"client_secret": "Secret2", "proxy_host": "p"}).status_code == 200
    assert sim.control.state()["svms"]["svm1"]["inactive"]["second"]["client_secret"] == "Secret2"
    for operation, sent in (("rekey-internal", None), ("restore", None), ("rekey-external", {"key_id": NEW_KEY})):
        assert api.code("POST", f"{path}/{operation}", sent, return_timeout=5) == "65537120"
    assert api.code("DELETE", path) == "65537120"


def test_enabling_disables_previous_configuration(sim: Simulator, api: Api) -> None:
    api.create()
    second = create(api, "second")
    sim.control.svm("svm1", encrypted_volumes=1)
    switch(api, second)
    assert found(api) == {"default": False, "second": True}
    assert api.get(f"{VAULTS}/{second}", fields="state")["state"]["available"]
    state = sim.control.state()["svms"]["svm1"]
    assert (state["configuration"]["done"], state["inactive"]["default"]["wrapped"]) == ({"create": 1, "enable": 1}, [])
    switch(api, second)
    assert sim.control.state()["svms"]["svm1"]["configuration"]["done"] == {"create": 1, "enable": 1}


def test_enabling_runs_as_job(sim: Simulator, api: Api) -> None:
    second = create(api, "second")
    sim.control.jobs(hold="running")
    response = api("PATCH", f"{STORES}/{second}", {"enabled": True})
    assert response.status_code == 202
    assert found(api) == {"second": False}
    assert sim.control.jobs()[0]["description"] == f"PATCH {STORES}/{second}"
    sim.control.jobs(fail="4")
    sim.control.jobs(hold=None)
    sim.control.advance(10)
    assert sim.control.jobs()[0]["state"] == "failure"
    assert found(api) == {"second": False}


def test_enabling_is_refused_by_state_of_cluster(sim: Simulator, api: Api) -> None:
    second = create(api, "second")
    path = f"{STORES}/{second}"
    enable = {"enabled": True}
    sim.control.azure(reachable=False)
    assert api.code("PATCH", path, enable, return_timeout=5) == "346758"
    sim.control.azure(reachable=True)
    sim.control.condition("enable", "65539593", svm="svm1", times=1)
    assert api.code("PATCH", path, enable, return_timeout=5) == "65539593"
    sim.control.svm("svm1", keys_on_admin=True)
    assert api.code("PATCH", path, enable, return_timeout=5) == "65537505"
    sim.control.knob(admin_keys_refuse_create=False)
    sim.control.put_key_manager("svm1", "external")
    assert api.code("PATCH", path, enable, return_timeout=5) == "65537500"
    assert found(api) == {"second": False}
    sim.control.remove_key_manager("svm1")
    switch(api, second)
    assert found(api) == {"second": True}


def test_invalid_patch_of_key_store_is_refused(sim: Simulator, api: Api) -> None:
    path = f"{STORES}/{create(api, 'second')}"
    assert api.code("PATCH", path, {}) == "262212"
    assert api.code("PATCH", path, {"enabled": "yes"}) == "262197"
    assert api.code("PATCH", path, {"type": "akv"}) == "262196"
    assert api.code("PATCH", path, {"nonsense": 1}) == "262179"
    assert api.code("PATCH", path, {"enabled": True}, nonsense="true") == "262179"
    assert api.code("PATCH", f"{STORES}/00000000-0000-0000-0000-000000000000", {"enabled": True}) == "4"
    manager = sim.control.put_key_manager()["uuid"]
    assert api.code("PATCH", f"{STORES}/{manager}", {"enabled": False}) == "2"


@pytest.mark.parametrize(("version", "code"), [("9.14.1", "262197"), ("9.16.1", "262197"), ("9.17.1", "65536867")])
def test_disabling_is_possible_since_9_17(sim: Simulator, api: Api, version: str, code: str) -> None:
    sim.control.reset(version=version)
    uuid = api.create()
    sim.control.svm("svm1", encrypted_volumes=1)
    assert api.code("PATCH", f"{STORES}/{uuid}", {"enabled": False}, return_timeout=5) == code
    sim.control.knob(keystore_disable=True)
    sim.control.svm("svm1", encrypted_volumes=0)
    switch(api, uuid, False)
    switch(api, uuid, False)
    assert found(api) == {"default": False}
    assert sim.control.state()["svms"]["svm1"]["inactive"]["default"]["done"] == {"create": 1, "disable": 1}


def test_only_inactive_key_store_can_be_deleted(sim: Simulator, api: Api) -> None:
    first, second = api.create(), create(api, "second")
    assert api.code("DELETE", f"{STORES}/{first}") == "65538905"
    response = api("DELETE", f"{STORES}/00000000-0000-0000-0000-000000000000")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "65538908")
    assert api.code("DELETE", f"{STORES}/{sim.control.put_key_manager()['uuid']}") == "65538907"
    sim.control.condition("delete-inactive", "65539593", times=1)
    assert api.code("DELETE", f"{STORES}/{second}") == "65539593"
    assert api("DELETE", f"{STORES}/{second}").status_code == 200
    assert api.code("DELETE", f"{STORES}/{second}") == "65538908"
    assert found(api) == {"default": True}
    assert api("DELETE", f"{VAULTS}/{first}").status_code == 200
    assert found(api) == {}


def test_key_stores_describe_each_key_manager(sim: Simulator, api: Api) -> None:
    first, second = api.create(), create(api, "second")
    onboard = sim.control.put_key_manager()["uuid"]
    external = sim.control.put_key_manager("svm2", "external")["uuid"]
    assert api.get(STORES)["records"] == [{"uuid": uuid} for uuid in (first, second, onboard, external)]
    records = api.get(STORES, fields="*")["records"]
    assert [(record["type"], record["location"], record["enabled"], record["scope"]) for record in records] == [
        ("akv", "external", True, "svm"),
        ("akv", "external", False, "svm"),
        ("okm", "onboard", True, "cluster"),
        ("kmip", "external", True, "svm"),
    ]
    assert records[1] == api.get(f"{STORES}/{second}")
    assert records[1]["configuration"] == {"name": "second", "uuid": second}
    assert (records[3]["svm"]["name"], "svm" in records[2]) == ("svm2", False)
    assert [record["uuid"] for record in api.get(STORES, svm__name="svm1", enabled="true")["records"]] == [first]
    assert api.code("GET", STORES, fields="state") == "262197"
    sim.control.reset(version="9.16.1")
    api.create()
    create(api, "second")
    assert [record.get("state") for record in api.get(STORES, fields="state")["records"]] == ["active", None]


def test_control_puts_and_removes_configurations(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1")
    sim.control.put_record("svm1", configuration="second", enabled=False)
    assert found(api) == {"default": True, "second": False}
    sim.control.put_record("svm1", configuration="third")
    assert found(api) == {"default": False, "second": False, "third": True}
    sim.control.put_record("svm1", configuration="second", enabled=False, oauth_host="a.example.com")
    assert len(api.get(oauth_host="a.example.com")["records"]) == 1
    sim.control.remove_record("svm1", configuration="third")
    assert found(api) == {"default": False, "second": False}
    sim.control.remove_record("svm1")
    assert found(api) == {}
    sim.control.reset(version="9.13.1")
    for fields in ({"configuration": "second"}, {"enabled": False}, {"oauth_host": "a.example.com"}):
        with pytest.raises(ControlError):
            sim.control.put_record("svm1", **fields)


def test_removed_svm_takes_all_its_configurations(sim: Simulator, api: Api) -> None:
    api.create()
    create(api, "second")
    sim.control.put_key_manager("svm1", "external")
    sim.control.remove_svm("svm1")
    assert (api.get()["num_records"], api.get(STORES)["num_records"]) == (0, 0)
