# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other resources that tools read: cluster, nodes, SVMs, roles, accounts, events."""

from __future__ import annotations

import pytest
from simulator_tests.support import Api

from simulator import Simulator

CLUSTER = "/api/cluster"
NODES = "/api/cluster/nodes"
SVMS = "/api/svm/svms"
MANAGERS = "/api/security/key-managers"
ROLES = "/api/security/roles"
ACCOUNTS = "/api/security/accounts"
MESSAGES = "/api/support/ems/messages"
EVENTS = "/api/support/ems/events"


def test_cluster_has_fields_that_tools_read(api: Api) -> None:
    record = api.get(
        CLUSTER,
        fields=(
            "name,location,contact,dns_domains,name_servers,ntp_servers,management_interfaces,timezone,certificate,uuid"
        ),
    )
    assert record["management_interfaces"][0]["ip"]["address"] == "192.0.2.1"
    assert record["timezone"] == {"name": "Etc/UTC"}
    assert {"contact", "location", "dns_domains", "name_servers", "ntp_servers", "certificate"} <= set(record)


def test_node_has_fields_that_tools_read(sim: Simulator, api: Api) -> None:
    sim.control.advance(3600)
    (record,) = api.get(NODES, name="node1", fields="*")["records"]
    assert [interface["ip"]["address"] for interface in record["management_interfaces"]] == ["192.0.2.11"]
    assert record["version"] == api.get(CLUSTER, fields="version")["version"]
    assert (record["state"], record["membership"], record["ha"]["partners"][0]["name"]) == ("up", "member", "node2")
    assert 3600 <= record["uptime"] < 7200
    sim.control.reboot("node1")
    assert api.get(NODES, uptime="<3600", fields="name")["records"] == [{"uuid": record["uuid"], "name": "node1"}]


def test_svm_has_fields_that_tools_read(api: Api) -> None:
    (record,) = api.get(
        SVMS, name="svm1", fields="subtype,language,snapshot_policy,ipspace,comment,nfs,state,max_volumes,aggregates"
    )["records"]
    assert (record["ipspace"]["name"], record["state"], record["subtype"]) == ("Default", "running", "default")
    assert (record["max_volumes"], record["aggregates"], record["nfs"]["enabled"]) == ("unlimited", [], False)
    assert len(api.get(SVMS, **{"nfs.enabled": "false"})["records"]) == 3


@pytest.mark.parametrize("path", [CLUSTER, NODES, SVMS, MANAGERS, ROLES, ACCOUNTS, MESSAGES])
def test_unknown_field_is_refused(api: Api, path: str) -> None:
    assert api.code("GET", path, fields="name,nonsense") == "262197"


@pytest.mark.parametrize(("version", "known"), [("9.8", False), ("9.9.1", True)])
def test_field_unknown_to_release_is_refused(sim: Simulator, api: Api, version: str, known: bool) -> None:
    sim.control.reset(version=version)
    response = api("GET", SVMS, fields="max_volumes")
    assert response.ok is known
    assert known or response.json()["error"]["code"] == "262197"


def test_field_that_is_not_simulated_has_no_value(api: Api) -> None:
    assert "service_processor" not in api.get(NODES, fields="service_processor.state")["records"][0]


def test_status_of_key_manager_is_returned_only_on_request(sim: Simulator, api: Api) -> None:
    sim.control.put_key_manager()
    assert "status" not in api.get(MANAGERS, fields="*")["records"][0]
    for fields in ("status", "status.code,status.message", "status,external,uuid,onboard"):
        assert api.get(MANAGERS, fields=fields)["records"][0]["status"]["code"] == 65537200


def test_roles_match_users(sim: Simulator, api: Api) -> None:
    sim.control.user("Akv", "secret", privileges={"/api/security/azure-key-vaults": "all"})
    names = [record["name"] for record in api.get(ROLES)["records"]]
    assert names == ["admin", "readonly", "none", "Akv"]
    (role,) = api.get(ROLES, name="Akv", scope="cluster", fields="privileges,builtin")["records"]
    assert role["privileges"] == [{"path": "/api/security/azure-key-vaults", "access": "all"}]
    assert role["builtin"] is False
    owner = role["owner"]["uuid"]
    assert api.get(f"{ROLES}/{owner}/Akv")["privileges"] == role["privileges"]
    assert api.get(f"{ROLES}/{owner}/admin", fields="builtin")["builtin"] is True
    assert api.code("GET", f"{ROLES}/{owner}/other") == "4"
    assert api.code("GET", f"{ROLES}/00000000-0000-0000-0000-000000000000/Akv") == "4"


def test_accounts_match_users(sim: Simulator, api: Api) -> None:
    sim.control.user("other", "secret", role="readonly")
    records = {record["name"]: record for record in api.get(ACCOUNTS, fields="role,applications,locked")["records"]}
    assert {name: record["role"]["name"] for name, record in records.items()} == {
        sim.username: "admin",
        "other": "readonly",
    }
    assert records["other"]["applications"][0]["authentication_methods"] == ["password"]
    place = f"{ACCOUNTS}/{records['other']['owner']['uuid']}/other"
    assert api.get(place, fields="scope")["scope"] == "cluster"
    api.accept = "application/hal+json"
    assert api.get(place)["_links"]["self"]["href"] == place


def test_locked_account_is_shown(sim: Simulator, api: Api) -> None:
    sim.control.knob(lockout_after=1)
    sim.control.user("other", "secret")
    with Api(sim) as wrong:
        wrong.session.auth = ("other", "wrong")
        assert wrong("GET", CLUSTER).status_code == 401
    assert [record["name"] for record in api.get(ACCOUNTS, locked="true")["records"]] == ["other"]


@pytest.mark.parametrize(("version", "known"), [("9.12.1", False), ("9.13.1", True)])
def test_event_catalog_depends_on_release(sim: Simulator, api: Api, version: str, known: bool) -> None:
    sim.control.reset(version=version)
    records = api.get(MESSAGES, fields="name,severity")["records"]
    names = {record["name"]: record["severity"] for record in records}
    assert names["ekmip.akv.notAvailable"] == "alert"
    assert ("ekmip.akv.volOnline" in names) is known
    # A filter of the event log accepts every name in the catalog.
    assert all(api("GET", EVENTS, **{"message.name": name}).ok for name in names)


def test_events_can_be_filtered_by_list_and_epoch_time(sim: Simulator, api: Api) -> None:
    """Harvest sends such filters; a comma in a filter of another field is part of the value."""
    sim.control.put_record("svm1")
    for name in ("ekmip.akv.notAvailable", "raid.encrypt.no.key", "ekmip.akv.available"):
        sim.control.ems(name, svm="svm1")
    listed = {"message.name": "ekmip.akv.notAvailable,raid.encrypt.no.key"}
    assert api.get(EVENTS, **listed, time=">=1500000000")["num_records"] == 2
    assert api.get(EVENTS, **listed, time=">=4000000000")["num_records"] == 0
    assert api.code("GET", EVENTS, **{"message.name": "ekmip.akv.notAvailable,nonsense"}) == "262197"
    assert api.get(SVMS, name="svm1,svm2")["num_records"] == 0
