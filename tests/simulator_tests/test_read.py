# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading: returned fields, operators, order, paging, links."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_tests.support import JOBS, KEY, VAULTS, Api

from simulator import Simulator

PLAIN = {"uuid", "scope", "svm", "client_id", "tenant_id", "name", "key_id", "authentication_method"}
ADVANCED = {"state", "azure_reachability", "ekmip_reachability"}


@pytest.fixture
def four(sim: Simulator) -> Simulator:
    """Create one configuration for each of three SVMs and for the cluster."""
    sim.control.put_record(client_id="main", name="https://c.vault.azure.net/")
    for number, svm in enumerate(("svm1", "svm2", "svm3"), 1):
        sim.control.put_record(svm, client_id=f"app{number}", proxy_host="p", proxy_port=1000 + number)
    sim.control.svm("svm3", wrapped=["node1"])
    return sim


def test_collection_has_identifying_fields_by_default(four: Simulator, api: Api) -> None:
    answer = api.get()
    assert answer["num_records"] == 4
    assert all(set(record) == {"uuid", "name"} for record in answer["records"])
    assert "_links" not in answer


def test_two_stars_add_advanced_fields_to_star(four: Simulator, api: Api) -> None:
    plain = api.get(fields="*")["records"]
    assert set(plain[1]) == PLAIN | {"proxy_host", "proxy_port"}
    assert set(plain[0]) == PLAIN - {"svm"}
    assert (plain[0]["scope"], plain[1]["scope"]) == ("cluster", "svm")
    everything = api.get(fields="**")["records"]
    assert set(everything[1]) == set(plain[1]) | ADVANCED


def test_single_record_has_common_fields_by_default(four: Simulator, api: Api) -> None:
    uuid = api.get(svm__name="svm1")["records"][0]["uuid"]
    assert set(api.get(f"{VAULTS}/{uuid}")) == PLAIN | {"proxy_host", "proxy_port"}
    assert set(api.get(f"{VAULTS}/{uuid}", fields="state.code,svm.name")) == {"uuid", "name", "state", "svm"}
    assert api.get(f"{VAULTS}/{uuid}", fields="state.code,svm.name")["state"] == {"code": 0}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"svm__name": "svm1"}, "1"),
        ({"svm__name": "svm1|svm3|nobody"}, "13"),
        ({"svm__name": "!svm1"}, "023"),
        ({"svm__name": "svm*"}, "123"),
        ({"svm__name": "*"}, "123"),
        ({"svm__name": "null"}, "0"),
        ({"svm__name": "!null"}, "123"),
        ({"svm__name": "!svm*"}, "0"),
        ({"scope": "cluster"}, "0"),
        ({"proxy_port": "1002"}, "2"),
        ({"proxy_port": ">1001"}, "23"),
        ({"proxy_port": ">=1001"}, "123"),
        ({"proxy_port": "<1002"}, "1"),
        ({"proxy_port": "<=1002"}, "12"),
        ({"proxy_port": "1002..1003"}, "23"),
        ({"proxy_port": "..1001"}, "1"),
        ({"proxy_port": [">1001", "<1003"]}, "2"),
        ({"client_id": "app1..app2"}, "12"),
        ({"client_id": "*p2|main"}, "02"),
        ({"state.available": "false"}, "3"),
        ({"azure_reachability.code": "0", "svm__name": "svm2"}, "2"),
        ({"ekmip_reachability.node.name": "node2", "svm__name": "svm2"}, "2"),
        ({"ekmip_reachability.node.name": "node9"}, ""),
        ({"key_id": KEY}, "0123"),
    ],
)
def test_operators_select_records(four: Simulator, api: Api, query: dict[str, Any], found: str) -> None:
    names = [record.get("svm", {}).get("name", "0") for record in api.get(fields="svm.name", **query)["records"]]
    assert "".join(name.removeprefix("svm") for name in names) == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"fields": "nonsense"}, "262197"),
        ({"fields": "client_secret"}, "262249"),
        ({"client_secret": "x"}, "262202"),
        ({"nonsense": "1"}, "262179"),
        ({"proxy_port": "many"}, "262197"),
        ({"state.available": "perhaps"}, "262197"),
        ({"max_records": "0"}, "262197"),
        ({"return_timeout": "121"}, "262197"),
        ({"return_records": "perhaps"}, "262197"),
        ({"order_by": "nonsense"}, "262197"),
        ({"order_by": "name sideways"}, "262197"),
        ({"start.token": "AAAA"}, "262197"),
    ],
)
def test_invalid_queries_are_refused(api: Api, query: dict[str, str], code: str) -> None:
    assert api.code("GET", VAULTS, **query) == code


def test_order_by_sorts_records(four: Simulator, api: Api) -> None:
    def names(order: str) -> list[str | None]:
        records = api.get(fields="svm.name", order_by=order)["records"]
        return [record.get("svm", {}).get("name") for record in records]

    assert names("svm.name desc") == ["svm3", "svm2", "svm1", None]
    assert names("proxy_host,svm.name asc") == ["svm1", "svm2", "svm3", None]
    assert names("state.available,svm.name")[:2] == ["svm3", "svm1"]


def follow(api: Api, path: str) -> list[list[str]]:
    """Return the UUIDs, page by page."""
    pages = []
    for _page in range(50):
        answer = api("GET", path).json()
        pages.append([record["uuid"] for record in answer["records"]])
        assert answer["num_records"] == len(pages[-1])
        assert "self" not in answer.get("_links", {})
        following = answer.get("_links", {}).get("next")
        if following is None:
            return pages
        path = following["href"]
    raise AssertionError("endless")


def test_pages_contain_every_record_once(sim: Simulator, api: Api) -> None:
    sim.control.seed(7)
    everything = [record["uuid"] for record in api.get()["records"]]
    assert follow(api, f"{VAULTS}?max_records=3&client_id=client*") == [everything[:3], everything[3:6], everything[6:]]
    sim.control.knob(page_size=4, empty_pages=2)
    pages = follow(api, VAULTS)
    assert [len(page) for page in pages] == [0, 0, 4, 0, 0, 3]
    assert [uuid for page in pages for uuid in page] == everything
    sim.control.knob(page_size=None, empty_pages=0)
    assert api.get(return_records="false") == {"num_records": 7}


def test_paging_continues_after_record_was_removed(sim: Simulator, api: Api) -> None:
    names = sim.control.seed(6)
    first = api.get(max_records=3)
    sim.control.remove_record(names[0])
    second = api.get(first["_links"]["next"]["href"])
    assert len(second["records"]) == 3
    assert not {record["uuid"] for record in second["records"]} & {record["uuid"] for record in first["records"]}


@pytest.mark.parametrize("accept", ["application/hal+json", "*/*"])
def test_hal_response_has_links(four: Simulator, api: Api, accept: str) -> None:
    api.accept = accept
    answer = api.get(fields="svm,ekmip_reachability", max_records=2)
    record = answer["records"][1]
    assert record["_links"]["self"]["href"] == f"{VAULTS}/{record['uuid']}"
    assert record["svm"]["_links"]["self"]["href"] == f"/api/svm/svms/{record['svm']['uuid']}"
    node = record["ekmip_reachability"][1]["node"]
    assert node["_links"]["self"]["href"] == f"/api/cluster/nodes/{node['uuid']}"
    assert answer["_links"]["self"]["href"] == f"{VAULTS}?fields=svm,ekmip_reachability&max_records=2"
    assert set(answer["_links"]) == {"self", "next"}
    assert "_links" in api.get(f"{VAULTS}/{record['uuid']}")


def test_cluster_nodes_and_svms_can_be_read(four: Simulator, api: Api) -> None:
    cluster = api.get("/api/cluster")
    assert cluster["version"] | {"full": ""} == {"full": "", "generation": 9, "major": 11, "minor": 1}
    assert cluster["version"]["full"].startswith("NetApp Release 9.11.1")
    for path, names in (("/api/cluster/nodes", ["node1", "node2"]), ("/api/svm/svms", ["svm1", "svm2", "svm3"])):
        records = api.get(path)["records"]
        assert [record["name"] for record in records] == names
        assert api.get(f"{path}/{records[1]['uuid']}")["name"] == names[1]
        assert [record["name"] for record in api.get(path, name="*1")["records"]] == names[:1]
    assert api.get(JOBS) == {"records": [], "num_records": 0}


def test_unknown_path_uuid_and_method_are_refused(api: Api) -> None:
    response = api("GET", "/api/security/nonsense")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "3")
    response = api("GET", f"{VAULTS}/00000000-0000-0000-0000-000000000000")
    assert response.status_code == 404
    assert response.json()["error"] == {"code": "4", "message": "entry doesn't exist", "target": "uuid"}
    assert api("PUT", VAULTS).status_code == 405


def test_state_names_cause(sim: Simulator, api: Api) -> None:
    for svm in ("svm1", "svm2", "svm3"):
        sim.control.put_record(svm)
    sim.control.svm("svm2", volumes=0)
    sim.control.reboot("node2")
    sim.control.svm("svm3", wrapped=["node1", "node2"])
    states = [record["state"] for record in api.get(fields="state", svm__name="*")["records"]]
    assert [state["available"] for state in states] == [False, False, True]
    assert [state["code"] for state in states] == [346758, 346758, 0]
    assert "Node: node2." in states[0]["message"]
    assert "node1" not in states[0]["message"]
    assert "No volumes created yet for the SVM." in states[1]["message"]


def test_reachability_depends_on_azure_and_nodes(sim: Simulator, api: Api) -> None:
    uuid = sim.control.put_record("svm1", client_secret="old")["uuid"]

    def reachable() -> tuple[bool, str]:
        found = api.get(f"{VAULTS}/{uuid}", fields="azure_reachability")["azure_reachability"]
        return found["reachable"], found["message"]

    assert reachable() == (True, "")
    for changes, word in (
        ({"reachable": False, "message": "no route"}, "no route"),
        ({"reachable": True, "secrets": {"client1": ["new"]}}, "secret"),
        ({"secrets": None, "vaults": ["https://other.vault.azure.net"]}, "vault"),
        ({"vaults": ["https://VAULT1.vault.azure.net:443"], "keys": []}, "key1"),
    ):
        sim.control.azure(**changes)
        assert not reachable()[0]
        assert word in reachable()[1]
    sim.control.azure(keys=[KEY])
    assert reachable()[0]
    sim.control.node("node2", ekmip=False)
    nodes = api.get(f"{VAULTS}/{uuid}", fields="ekmip_reachability")["ekmip_reachability"]
    assert [(node["node"]["name"], node["reachable"]) for node in nodes] == [("node1", True), ("node2", False)]
    sim.control.node("node2", up=False)
    assert "node2" in reachable()[1]


def test_knobs_change_response(sim: Simulator, api: Api) -> None:
    uuid = sim.control.put_record(
        "svm1", key_id=f"{KEY}/12ab", client_secret="hidden", proxy_password="hidden-too", wrapped=[]
    )["uuid"]
    assert api.get(f"{VAULTS}/{uuid}")["key_id"] == KEY
    sim.control.knob(key_versions=True, omit_false=True)
    assert api.get(f"{VAULTS}/{uuid}")["key_id"] == f"{KEY}/12ab"
    assert set(api.get(f"{VAULTS}/{uuid}", fields="state")["state"]) == {"message", "code"}
    sim.control.knob(cluster_state_name=True, omit_false=False, string_codes=True)
    assert api.get(f"{VAULTS}/{uuid}", fields="state")["state"]["cluster_state"] is False
    assert api.get(f"{VAULTS}/{uuid}", fields="state")["state"]["code"] == "346758"
    assert "hidden" not in api("GET", f"{VAULTS}/{uuid}", fields="**").text
    sim.control.knob(leak_secrets=True)
    record = api.get()["records"][0]
    assert (record["client_secret"], record["proxy_password"]) == ("hidden", "hidden-too")
