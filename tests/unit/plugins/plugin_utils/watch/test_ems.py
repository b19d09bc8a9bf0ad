# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""News of the event log: each message is reported once, whatever the clocks show, with one small query."""

from __future__ import annotations

import email.utils
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.ems import NAMES, PATH, Ems, Message
from ansible_collections.ontap.akv.tests.unit.support.clock import BEGIN
from ansible_collections.ontap.akv.tests.unit.support.records import CONNECTION, page
from ansible_collections.ontap.akv.tests.unit.support.wire import ANY, Wire

GONE, BACK = "ekmip.akv.notAvailable", "ekmip.akv.available"
FILTER = "ekmip.akv.*|km.volume.mount.*|km.cmek.akvkms.*|mgr.boot.*|km.keyretrieve.*|raid.encrypt.no.*|gb.sfo.veto.kmgr.*|arl.veto.kmgr.*|other.veto.kmgr.*"
QUERY = {"message.name": FILTER, "fields": "time,message.name,log_message,parameters"}


def event(
    index: Any, name: Any = GONE, node: Any = "node1", moment: Any = "2026-01-01T00:00:01+00:00", **more: Any
) -> dict[str, Any]:
    """Return an event as ONTAP sends it."""
    return {
        "node": {"name": node, "uuid": "x"},
        "index": index,
        "time": moment,
        "message": {"name": name, "severity": "alert"},
        **more,
    }


def script_events(
    wire: Wire, *events: dict[str, Any], after: float | None = 0.0, query: Any = ANY, next_href: str | None = None
) -> None:
    """Script a response with events, the newest first. after: the cluster's time in seconds, None if it sends none."""
    date = {} if after is None else {"Date": email.utils.formatdate(BEGIN + after, usegmt=True)}
    wire.on("GET", PATH, query=query, json=page(*events, next_href=next_href), headers=date)


def read_names(ems: Ems, client: Client) -> list[tuple[str, str]]:
    """Return the name and the node of each new event."""
    return [(message.name, message.node) for message in ems.read_news(client)]


@pytest.fixture
def begun(wire: Wire, client: Client) -> Ems:
    """A log that was read once and was empty."""
    ems = Ems()
    script_events(wire)
    assert ems.read_news(client) == []
    return ems


def test_query_starts_15_minutes_before_last_response(wire: Wire, client: Client) -> None:
    """This applies to the first query as well. The time of this machine does not matter."""
    wire.clock.now = 7200.0
    wire.on("GET", "/api/cluster", json={}, headers={"Date": email.utils.formatdate(BEGIN + 5, usegmt=True)})
    client.read_release()
    ems = Ems()
    script_events(wire, after=20, query={**QUERY, "time": ">=2025-12-31T23:45:05+00:00"})
    script_events(wire, after=90, query={**QUERY, "time": ">=2025-12-31T23:45:20+00:00"})
    script_events(wire, after=100, query={**QUERY, "time": ">=2025-12-31T23:46:30+00:00"})
    assert [ems.read_news(client) for _time in range(3)] == [[], [], []]


def test_query_covers_each_name_with_a_wildcard() -> None:
    patterns = FILTER.split("|")
    assert all(pattern.endswith(".*") for pattern in patterns)
    assert all(any(name.startswith(pattern[:-1]) for pattern in patterns) for name in NAMES)


@pytest.mark.parametrize(
    "name",
    ["km.volume.mount.fail", "km.volume.mount.mismatch", "km.cmek.akvkms.blocked", "km.cmek.akvkms.somethingNew"],
)
def test_accepts_messages_of_later_releases(wire: Wire, client: Client, begun: Ems, name: str) -> None:
    """All messages of a family count, but not those of similar families."""
    script_events(wire, event(2, "km.cmek.gckms.available"), event(1, name))
    assert read_names(begun, client) == [(name, "node1")]


def test_events_of_first_read_are_no_news(wire: Wire, client: Client) -> None:
    """This holds even if the cluster has sent no time yet, and if more events came in the same second."""
    ems = Ems()
    script_events(wire, event(1), query={**QUERY, "time": ">=1970-01-01T00:00:00+00:00"})
    script_events(wire, event(2, BACK), event(1))
    assert [read_names(ems, client) for _time in range(2)] == [[], [(BACK, "node1")]]


def test_reads_node_svm_text_and_time_of_events(wire: Wire, client: Client, begun: Ems) -> None:
    """The SVM is a parameter with one of two names. The time is in the cluster's time zone."""
    owner = [{"name": "name", "value": "https://vault1.vault.azure.net/"}, {"name": "vserver", "value": "svm1"}]
    script_events(
        wire,
        event(
            2,
            BACK,
            moment="2025-12-31T19:00:02-05:00",
            parameters=[{"name": "svm", "value": "svm2"}],
            log_message="ekmip.akv.available: Text",
        ),
        event(1, moment="2026-01-01T00:00:01Z", parameters=owner),
        event(7, "raid.encrypt.no.key", "node2", moment="2026-01-01T00:00:00+00:00"),
    )
    assert begun.read_news(client) == [
        Message("raid.encrypt.no.key", "node2", None, "raid.encrypt.no.key", BEGIN),
        Message(GONE, "node1", "svm1", GONE, BEGIN + 1),
        Message(BACK, "node1", "svm2", "ekmip.akv.available: Text", BEGIN + 2),
    ]


def test_reports_each_event_once(wire: Wire, client: Client, begun: Ems) -> None:
    """An event may come late, after newer ones of other nodes. Each node has its own index, which may restart."""
    script_events(wire, event(1))
    script_events(wire, event(2, BACK), event(1))
    script_events(wire, event(2, BACK), event(1, node="node2", moment="2025-12-31T23:59:00+00:00"), event(1))
    script_events(wire, event(2, BACK), event(1))
    script_events(wire, event(2, moment="2026-01-01T00:00:50+00:00"), event(2, BACK))
    assert [read_names(begun, client) for _time in range(5)] == [
        [(GONE, "node1")],
        [(BACK, "node1")],
        [(GONE, "node2")],
        [],
        [(GONE, "node1")],
    ]


def test_events_of_returning_node_are_not_repeated(wire: Wire, client: Client, begun: Ems) -> None:
    """Its log cannot be read meanwhile. Events of its boot are news."""
    script_events(wire, event(1, node="node2"), after=10)
    script_events(wire, after=200)
    script_events(
        wire, event(2, "km.keyretrieve.failed", "node2", "2026-01-01T00:04:00+00:00"), event(1, node="node2"), after=600
    )
    assert [read_names(begun, client) for _time in range(3)] == [
        [(GONE, "node2")],
        [],
        [("km.keyretrieve.failed", "node2")],
    ]


def test_forgets_events_older_than_the_query(wire: Wire, client: Client, begun: Ems) -> None:
    """They are not requested again, so the memory stays limited."""
    script_events(wire, event(1), after=10)
    script_events(wire, after=2000)
    script_events(wire, after=2000, query={**QUERY, "time": ">=2026-01-01T00:18:20+00:00"})
    assert [len(begun.read_news(client)) for _time in range(3)] == [1, 0, 0]
    assert not begun._known


def test_ignores_events_that_are_not_about_keys(wire: Wire, client: Client, begun: Ems) -> None:
    """The wildcard may match other events, and a server may ignore the filter."""
    script_events(wire, event(2, "mgr.boot.floppy_done"), event(1, "wafl.vol.full"))
    assert begun.read_news(client) == []


def test_reads_all_pages(wire: Wire, client: Client, begun: Ems) -> None:
    """A page may be empty."""
    script_events(wire, *(event(number) for number in range(300, 200, -1)), next_href=f"{PATH}?start=1")
    script_events(wire, next_href=f"{PATH}?start=2")
    script_events(wire, *(event(number) for number in range(200, 0, -1)), query={"start": "2"})
    assert len(begun.read_news(client)) == 300


def test_continues_on_a_new_connection(wire: Wire, client: Client, begun: Ems) -> None:
    script_events(wire, event(1), after=1000)
    assert read_names(begun, client) == [(GONE, "node1")]
    script_events(
        wire,
        event(2, BACK, moment="2026-01-01T00:16:00+00:00"),
        after=1030,
        query={**QUERY, "time": ">=2026-01-01T00:01:40+00:00"},
    )
    assert read_names(begun, Client(Transport(CONNECTION, clock=wire.clock.clock))) == [(BACK, "node1")]


def test_other_requests_do_not_move_the_query(wire: Wire, client: Client, begun: Ems) -> None:
    """The next query starts before the previous one, whatever time has passed and whatever else was requested."""
    wire.on("GET", "/api/cluster", json={}, headers={"Date": email.utils.formatdate(BEGIN + 9000, usegmt=True)})
    client.read_release()
    script_events(
        wire,
        event(1, moment="2026-01-01T01:00:00+00:00"),
        after=9001,
        query={**QUERY, "time": ">=2025-12-31T23:45:00+00:00"},
    )
    assert read_names(begun, client) == [(GONE, "node1")]


def test_reads_whole_log_when_cluster_sends_no_time(wire: Wire, client: Client) -> None:
    """Each query requests the whole log."""
    ems = Ems()
    for events in ((), (event(1),), (event(1),)):
        script_events(wire, *events, after=None, query={**QUERY, "time": ">=1970-01-01T00:00:00+00:00"})
    assert [len(ems.read_news(client)) for _time in range(3)] == [0, 1, 0]


def test_response_without_time_does_not_move_the_query(wire: Wire, client: Client, begun: Ems) -> None:
    """It comes on a new connection, as from a proxy."""
    script_events(wire, after=1000)
    assert read_names(begun, client) == []
    for _time in range(2):
        script_events(wire, after=None, query={**QUERY, "time": ">=2026-01-01T00:01:40+00:00"})
    silent = Client(Transport(CONNECTION, clock=wire.clock.clock))
    assert [read_names(begun, silent) for _time in range(2)] == [[], []]


@pytest.mark.parametrize(("status", "code"), [(404, "3"), (403, "6")])
def test_refused_query_loses_no_events(wire: Wire, client: Client, begun: Ems, status: int, code: str) -> None:
    """The error is raised unchanged, after one request."""
    script_events(wire, event(1), after=1000)
    assert read_names(begun, client) == [(GONE, "node1")]
    wire.on("GET", PATH, status=status, json={"error": {"code": code, "message": "refused"}})
    with pytest.raises(ApiError) as refused:
        begun.read_news(client)
    assert (refused.value.code, refused.value.status) == (code, status)
    script_events(
        wire,
        event(2, BACK, moment="2026-01-01T00:16:00+00:00"),
        event(1),
        after=2000,
        query={**QUERY, "time": ">=2026-01-01T00:01:40+00:00"},
    )
    assert read_names(begun, client) == [(BACK, "node1")]


def test_interrupted_read_is_repeated_as_a_whole(wire: Wire, client: Client, begun: Ems) -> None:
    script_events(wire, event(2, BACK), next_href=f"{PATH}?start=1")
    wire.on("GET", PATH, status=403, json={"error": {"code": "6", "message": "refused"}})
    with pytest.raises(ApiError):
        begun.read_news(client)
    script_events(wire, event(2, BACK), event(1, moment="2026-01-01T00:00:00+00:00"))
    assert read_names(begun, client) == [(GONE, "node1"), (BACK, "node1")]


@pytest.mark.parametrize(
    "broken",
    [
        {"node": None},
        {"node": "node1"},
        {"index": "1"},
        {"message": None},
        {"message": {"name": 1}},
        {"time": None},
        {"time": "2026-01-01T00:00:01"},
    ],
)
def test_refuses_invalid_events(wire: Wire, client: Client, broken: dict[str, Any]) -> None:
    script_events(wire, {**event(1), **broken})
    with pytest.raises(ResponseError, match="without a node, an index, a time or a name"):
        Ems().read_news(client)


@pytest.mark.parametrize("parameters", [None, "x", [], ["x"], [{"name": "svm"}], [{"name": "aggr", "value": "aggr1"}]])
def test_event_without_svm_has_no_svm(wire: Wire, client: Client, begun: Ems, parameters: Any) -> None:
    script_events(wire, event(1, parameters=parameters))
    assert [message.svm for message in begun.read_news(client)] == [None]
