# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log: which events it gets, and how clients read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from simulator_tests.support import KEY, Api

from simulator import Simulator

EVENTS = "/api/support/ems/events"


def names(api: Api, **query: str) -> list[str]:
    """Return the names of the events that a query finds, in the order of the response."""
    return [record["message"]["name"] for record in api.get(EVENTS, fields="message.name", **query)["records"]]


def parameters(event: dict[str, Any]) -> dict[str, str]:
    """Return the parameters of an event by name."""
    return {parameter["name"]: parameter["value"] for parameter in event["parameters"]}


def test_log_is_empty_at_first(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1")
    assert api.get(EVENTS) == {"records": [], "num_records": 0}


def test_newest_event_comes_first(sim: Simulator, api: Api) -> None:
    """The example of the vendor's client reads the latest event like this; the index counts for each node."""
    for node, name in (("node1", "a.first"), ("node2", "a.second"), ("node1", "b.third")):
        sim.control.ems(name, node=node, svm="svm1")
        sim.control.advance(1)
    assert names(api) == ["b.third", "a.second", "a.first"]
    (latest,) = api.get(EVENTS, fields="message.name", max_records="1")["records"]
    assert set(latest) == {"index", "node", "message"}
    assert (latest["index"], latest["node"]["name"]) == (2, "node1")
    assert names(api, order_by="time", message__name="a.*") == ["a.first", "a.second"]


def test_event_has_documented_fields(sim: Simulator) -> None:
    sim.control.ems("wafl.vol.full", node="node2", severity="error", svm="svm1")
    with Api(sim, accept="application/hal+json") as api:
        answer = api.get(EVENTS, fields="*")
        (event,) = answer["records"]
        assert event["_links"]["self"]["href"] == f"{EVENTS}/node2/1"
        assert event["node"]["_links"]["self"]["href"].endswith(event["node"]["uuid"])
        assert event["message"] == {"name": "wafl.vol.full", "severity": "error"}
        assert event["parameters"] == [{"name": "vserver", "value": "svm1"}]
        assert abs(datetime.fromisoformat(event["time"]).timestamp() - sim.control.state()["time"]) < 5
        assert set(api.get(EVENTS)["records"][0]) == {"index", "node", "time", "message", "log_message", "_links"}
        assert api.code("GET", f"{EVENTS}/node2/1") == "3"


def test_filters_select_events(sim: Simulator, api: Api) -> None:
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm)
    sim.control.ems("ekmip.akv.available", node="node1", svm="svm1")
    before = sim.control.advance(100)
    sim.control.ems("ekmip.akv.notAvailable", node="node2", svm="svm2")
    sim.control.ems("other.event", node="node2")
    moment = datetime.fromtimestamp(before - 1).astimezone().isoformat(timespec="seconds")
    assert names(api, message__name="ekmip.akv.*|km.cmek.*") == ["ekmip.akv.notAvailable", "ekmip.akv.available"]
    assert names(api, time=f">={moment}") == ["other.event", "ekmip.akv.notAvailable"]
    assert names(api, time=f">={moment}", message__name="ekmip.*", parameters__value="svm2") == [
        "ekmip.akv.notAvailable"
    ]
    assert names(api, node__name="node1") == ["ekmip.akv.available"]
    assert names(api, index="2") == ["other.event"]
    assert api.code("GET", EVENTS, time="yesterday") == "262197"


def test_event_name_unknown_to_release_is_refused(sim: Simulator, api: Api) -> None:
    """A filter with it is refused, a wildcard does not find it, and it is not written."""
    sim.control.put_record("svm1")
    assert api.code("GET", EVENTS, message__name="ekmip.akv.available|ekmip.akv.volOnline") == "262197"
    assert names(api, message__name="ekmip.akv.volOn*") == []
    sim.control.ems("ekmip.akv.volOnline", svm="svm1")
    assert names(api) == []
    sim.control.reset(version="9.13.1")
    sim.control.put_record("svm1")
    assert names(api, message__name="ekmip.akv.volOnline") == []
    sim.control.ems("ekmip.akv.volOnline", svm="svm1")
    assert names(api, message__name="ekmip.akv.volOnline") == ["ekmip.akv.volOnline"]


@pytest.mark.parametrize(
    ("version", "expected", "text"),
    [
        (
            "9.11.1",
            {"vserver": "svm1"},
            'The Azure Key Vault "https://vault1.vault.azure.net/" configured for Vserver "svm1" is not available.',
        ),
        (
            "9.14.1",
            {"svm": "svm1", "configName": "default"},
            'SVM: "svm1", configuration name: "default", AKV name: "https://vault1.vault.azure.net/".',
        ),
    ],
)
def test_outage_and_recovery_of_azure_are_logged(
    sim: Simulator, api: Api, version: str, expected: dict[str, str], text: str
) -> None:
    """One event for each affected configuration, and none if nothing changes."""
    sim.control.reset(version=version)
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm, client_id=svm, client_secret="right")
    sim.control.azure(reachable=False)
    sim.control.azure(message="still away")
    assert names(api) == ["ekmip.akv.notAvailable"] * 2
    event = api.get(EVENTS, fields="*", order_by="index", max_records="1")["records"][0]
    assert parameters(event) == {**expected, "name": "https://vault1.vault.azure.net/"}
    assert event["message"]["severity"] == "alert"
    assert event["log_message"].startswith("ekmip.akv.notAvailable: ")
    assert event["log_message"].endswith(text)
    sim.control.azure(reachable=True, secrets={"svm2": ["right"]})
    assert names(api)[:-2] == ["ekmip.akv.available"]
    (event,) = api.get(EVENTS, fields="parameters", message__name="ekmip.akv.available")["records"]
    assert "svm2" in parameters(event).values()


def test_missing_key_is_logged_if_volumes_need_it(sim: Simulator, api: Api) -> None:
    """Reported if volumes need the key; the recovery only by a release that has that event."""
    for version, back in (("9.11.1", []), ("9.13.1", ["ekmip.akv.volOnline"])):
        sim.control.reset(version=version)
        sim.control.svm("svm1", encrypted_volumes=1)
        for svm in ("svm1", "svm2"):
            sim.control.put_record(svm)
        sim.control.azure(keys=[])
        (event,) = api.get(EVENTS, fields="message,parameters")["records"]
        assert event["message"] == {"name": "ekmip.akv.volOffline", "severity": "alert"}
        assert parameters(event) == {"vserver": "svm1", "keyId": KEY, "name": "https://vault1.vault.azure.net/"}
        sim.control.azure(keys=None)
        assert names(api) == [*back, "ekmip.akv.volOffline"]


def test_new_key_version_is_logged(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1", key_id=f"{KEY}/abc1")
    sim.control.rotate_key("abc2", svm="svm1")
    (event,) = api.get(EVENTS, fields="message.name,parameters")["records"]
    assert event["message"]["name"] == "ekmip.akv.keyVersionChanged"
    assert {"oldKeyVersion": "abc1", "newKeyVersion": "abc2"}.items() <= parameters(event).items()
    sim.control.knob(key_versions=True)
    assert api.get(fields="key_id")["records"][0]["key_id"] == f"{KEY}/abc2"


def test_reboot_logs_svms_that_lost_keys(sim: Simulator, api: Api) -> None:
    """The node reports the SVMs that lost their volume keys, but no SVM without encrypted volumes."""
    sim.control.svm("svm1", encrypted_volumes=1)
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm)
    sim.control.reboot("node2")
    lost, booted = api.get(EVENTS, fields="message,node,parameters")["records"]
    assert booted["message"] == {"name": "mgr.boot.disk_done", "severity": "informational"}
    assert (lost["message"], lost["node"]["name"]) == ({"name": "km.keyretrieve.failed", "severity": "alert"}, "node2")
    assert {"node": "node2", "vserver": "svm1"}.items() <= parameters(lost).items()
    sim.control.reboot("node2")
    assert names(api, message__name="km.*") == ["km.keyretrieve.failed"]


def test_events_of_node_are_hidden_while_it_is_down(sim: Simulator, api: Api) -> None:
    sim.control.ems("a.first", node="node1")
    sim.control.node("node1", up=False)
    sim.control.ems("b.second", node="node1")
    sim.control.ems("c.third", node="node2")
    assert names(api) == ["c.third"]
    sim.control.node("node1", up=True)
    assert names(api) == ["c.third", "b.second", "a.first"]


def test_pages_are_stable_when_event_arrives(sim: Simulator, api: Api) -> None:
    """A new event between two pages does not shift the rest."""
    for count in range(5):
        sim.control.ems(f"some.event{count}")
    page = api.get(EVENTS, fields="message.name", max_records="2")
    sim.control.ems("late.event")
    found = [record["index"] for record in page["records"]]
    while "_links" in page:
        page = api.get(page["_links"]["next"]["href"])
        found += [record["index"] for record in page["records"]]
    assert found == [5, 4, 3, 2, 1]


def test_readonly_user_can_read_log(sim: Simulator, api: Api) -> None:
    sim.control.user("reader", "Reader-password1", role="readonly")
    api.session.auth = ("reader", "Reader-password1")
    assert api.get(EVENTS)["num_records"] == 0
    api.session.auth = ("reader", "wrong")
    assert api.code("GET", EVENTS) == "6"


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_log_cannot_be_written_by_clients(api: Api, method: str) -> None:
    assert api.code(method, EVENTS) == "3"


def test_reset_empties_log(sim: Simulator, api: Api) -> None:
    sim.control.ems("any.event")
    sim.control.reset()
    assert names(api) == []
