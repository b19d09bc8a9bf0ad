# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log: what writes into it, and how it is read."""

from __future__ import annotations

from datetime import datetime

import pytest
from simulator_tests.support import Api

from simulator import Simulator

EVENTS = "/api/support/ems/events"


def names(api: Api, **query: str) -> list[str]:
    """The names of the events that a query finds, in the order of the answer."""
    return [record["message"]["name"] for record in api.get(EVENTS, fields="message.name", **query)["records"]]


def test_nothing_happened(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1")
    assert api.get(EVENTS) == {"records": [], "num_records": 0}


def test_the_newest_event_comes_first(sim: Simulator, api: Api) -> None:
    """As the example of the vendor's client asks for the latest one; index counts for each node."""
    for node, name in (("node1", "a.first"), ("node2", "a.second"), ("node1", "b.third")):
        sim.control.observe(name, node=node, vserver="svm1")
        sim.control.advance(1)
    assert names(api) == ["b.third", "a.second", "a.first"]
    (latest,) = api.get(EVENTS, fields="message.name", max_records="1")["records"]
    assert set(latest) == {"index", "node", "message"}
    assert (latest["index"], latest["node"]["name"]) == (2, "node1")
    assert names(api, order_by="time", message__name="a.*") == ["a.first", "a.second"]


def test_what_an_event_has(sim: Simulator) -> None:
    sim.control.observe("wafl.vol.full", node="node2", severity="error", vserver="svm1")
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


def test_filters(sim: Simulator, api: Api) -> None:
    sim.control.observe("ekmip.akv.available", node="node1", vserver="svm1")
    before = sim.control.advance(100)
    sim.control.observe("ekmip.akv.notAvailable", node="node2", vserver="svm2")
    sim.control.observe("other.event", node="node2")
    moment = datetime.fromtimestamp(before - 1).astimezone().isoformat(timespec="seconds")
    assert names(api, message__name="ekmip.akv.*|km.cmek.*") == ["ekmip.akv.notAvailable", "ekmip.akv.available"]
    assert names(api, time=f">={moment}") == ["other.event", "ekmip.akv.notAvailable"]
    assert names(api, time=f">={moment}", message__name="ekmip.*", parameters__value="svm2") == ["ekmip.akv.notAvailable"]
    assert names(api, node__name="node1") == ["ekmip.akv.available"]
    assert names(api, index="2") == ["other.event"]
    assert api.code("GET", EVENTS, time="yesterday") == "262197"


def test_azure_goes_and_comes(sim: Simulator, api: Api) -> None:
    """One event for each configuration that it is about, and none where nothing changes."""
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm, client_id=svm, client_secret="right")
    sim.control.azure(reachable=False)
    sim.control.azure(message="still away")
    assert names(api) == ["ekmip.akv.notAvailable"] * 2
    sim.control.azure(reachable=True, secrets={"svm2": ["right"]})
    assert names(api)[:-2] == ["ekmip.akv.available"]
    (event,) = api.get(EVENTS, fields="parameters", message__name="ekmip.akv.available")["records"]
    assert {"name": "vserver", "value": "svm2"} in event["parameters"]


def test_a_node_reboots(sim: Simulator, api: Api) -> None:
    """Volumes of SVMs whose key goes are offline; who has no encrypted volume loses nothing that would be noticed."""
    sim.control.svm("svm1", encrypted_volumes=1)
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm)
    sim.control.reboot("node2")
    (event,) = api.get(EVENTS, fields="message,node,parameters")["records"]
    assert (event["message"]["name"], event["node"]["name"]) == ("ekmip.akv.volOffline", "node2")
    assert {"name": "vserver", "value": "svm1"} in event["parameters"]
    sim.control.reboot("node2")
    assert len(names(api)) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_it_is_only_read(api: Api, method: str) -> None:
    assert api.code(method, EVENTS) == "3"


def test_a_reset_empties_it(sim: Simulator, api: Api) -> None:
    sim.control.observe("any.event")
    sim.control.reset()
    assert names(api) == []
