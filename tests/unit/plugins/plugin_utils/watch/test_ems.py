# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""News of the event log: each message once, whatever the clocks say, and with one small question."""

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
ASKED = {"message.name": FILTER, "fields": "time,message.name,log_message,parameters"}


def event(
    index: Any, name: Any = GONE, node: Any = "node1", moment: Any = "2026-01-01T00:00:01+00:00", **more: Any
) -> dict[str, Any]:
    """Returns an event as ONTAP sends it."""
    return {
        "node": {"name": node, "uuid": "x"},
        "index": index,
        "time": moment,
        "message": {"name": name, "severity": "alert"},
        **more,
    }


def answers(
    wire: Wire, *events: dict[str, Any], after: float | None = 0.0, query: Any = ANY, next_href: str | None = None
) -> None:
    """Has the log answer with events, the newest first. after: seconds on the cluster's clock, None where it does
    not tell.
    """
    date = {} if after is None else {"Date": email.utils.formatdate(BEGIN + after, usegmt=True)}
    wire.on("GET", PATH, query=query, json=page(*events, next_href=next_href), headers=date)


def told(ems: Ems, client: Client) -> list[tuple[str, str]]:
    """The name and the node of each piece of news."""
    return [(message.name, message.node) for message in ems.read_news(client)]


@pytest.fixture
def begun(wire: Wire, client: Client) -> Ems:
    """A log that was read once, and was empty."""
    ems = Ems()
    answers(wire)
    assert ems.read_news(client) == []
    return ems


def test_the_question(wire: Wire, client: Client) -> None:
    """It goes back a quarter of an hour behind the cluster's last answer, the first one too; the time of this
    machine does not matter.
    """
    wire.clock.now = 7200.0
    wire.on("GET", "/api/cluster", json={}, headers={"Date": email.utils.formatdate(BEGIN + 5, usegmt=True)})
    client.read_release()
    ems = Ems()
    answers(wire, after=20, query={**ASKED, "time": ">=2025-12-31T23:45:05+00:00"})
    answers(wire, after=90, query={**ASKED, "time": ">=2025-12-31T23:45:20+00:00"})
    answers(wire, after=100, query={**ASKED, "time": ">=2025-12-31T23:46:30+00:00"})
    assert [ems.read_news(client) for _time in range(3)] == [[], [], []]


def test_each_name_is_asked_for_with_a_wildcard() -> None:
    patterns = FILTER.split("|")
    assert all(pattern.endswith(".*") for pattern in patterns)
    assert all(any(name.startswith(pattern[:-1]) for pattern in patterns) for name in NAMES)


@pytest.mark.parametrize(
    "name",
    ["km.volume.mount.fail", "km.volume.mount.mismatch", "km.cmek.akvkms.blocked", "km.cmek.akvkms.somethingNew"],
)
def test_messages_of_later_releases(wire: Wire, client: Client, begun: Ems, name: str) -> None:
    """A whole family counts; what only looks like it does not."""
    answers(wire, event(2, "km.cmek.gckms.available"), event(1, name))
    assert told(begun, client) == [(name, "node1")]


def test_what_is_there_at_first_is_no_news(wire: Wire, client: Client) -> None:
    """Also where the cluster has told no time yet, and where more came in the same second."""
    ems = Ems()
    answers(wire, event(1), query={**ASKED, "time": ">=1970-01-01T00:00:00+00:00"})
    answers(wire, event(2, BACK), event(1))
    assert [told(ems, client) for _time in range(2)] == [[], [(BACK, "node1")]]


def test_a_message(wire: Wire, client: Client, begun: Ems) -> None:
    """The SVM is a parameter that has two names; the time has the zone of the cluster."""
    owner = [{"name": "name", "value": "https://vault1.vault.azure.net/"}, {"name": "vserver", "value": "svm1"}]
    answers(
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


def test_each_event_is_news_once(wire: Wire, client: Client, begun: Ems) -> None:
    """Also where it comes late, behind newer ones of other nodes; index counts for each node, and may begin again."""
    answers(wire, event(1))
    answers(wire, event(2, BACK), event(1))
    answers(wire, event(2, BACK), event(1, node="node2", moment="2025-12-31T23:59:00+00:00"), event(1))
    answers(wire, event(2, BACK), event(1))
    answers(wire, event(2, moment="2026-01-01T00:00:50+00:00"), event(2, BACK))
    assert [told(begun, client) for _time in range(5)] == [
        [(GONE, "node1")],
        [(BACK, "node1")],
        [(GONE, "node2")],
        [],
        [(GONE, "node1")],
    ]


def test_a_node_that_goes_and_comes_back_tells_nothing_twice(wire: Wire, client: Client, begun: Ems) -> None:
    """Its log cannot be read meanwhile; what it wrote as it booted is news."""
    answers(wire, event(1, node="node2"), after=10)
    answers(wire, after=200)
    answers(
        wire, event(2, "km.keyretrieve.failed", "node2", "2026-01-01T00:04:00+00:00"), event(1, node="node2"), after=600
    )
    assert [told(begun, client) for _time in range(3)] == [[(GONE, "node2")], [], [("km.keyretrieve.failed", "node2")]]


def test_what_is_older_than_the_question_is_forgotten(wire: Wire, client: Client, begun: Ems) -> None:
    """It is not asked for again; nothing grows for ever."""
    answers(wire, event(1), after=10)
    answers(wire, after=2000)
    answers(wire, after=2000, query={**ASKED, "time": ">=2026-01-01T00:18:20+00:00"})
    assert [len(begun.read_news(client)) for _time in range(3)] == [1, 0, 0]
    assert not begun._known


def test_what_is_not_about_keys_is_no_news(wire: Wire, client: Client, begun: Ems) -> None:
    """A neighbour that the wildcard finds, and what a server tells that does not know the filter."""
    answers(wire, event(2, "mgr.boot.floppy_done"), event(1, "wafl.vol.full"))
    assert begun.read_news(client) == []


def test_all_pages_are_read(wire: Wire, client: Client, begun: Ems) -> None:
    """One of them may be empty."""
    answers(wire, *(event(number) for number in range(300, 200, -1)), next_href=f"{PATH}?start=1")
    answers(wire, next_href=f"{PATH}?start=2")
    answers(wire, *(event(number) for number in range(200, 0, -1)), query={"start": "2"})
    assert len(begun.read_news(client)) == 300


def test_it_outlives_the_connection(wire: Wire, client: Client, begun: Ems) -> None:
    answers(wire, event(1), after=1000)
    assert told(begun, client) == [(GONE, "node1")]
    answers(
        wire,
        event(2, BACK, moment="2026-01-01T00:16:00+00:00"),
        after=1030,
        query={**ASKED, "time": ">=2026-01-01T00:01:40+00:00"},
    )
    assert told(begun, Client(Transport(CONNECTION, clock=wire.clock.clock))) == [(BACK, "node1")]


def test_a_look_in_between_moves_nothing(wire: Wire, client: Client, begun: Ems) -> None:
    """The next question goes back behind the last one, however long ago that was and whatever else was asked
    meanwhile.
    """
    wire.on("GET", "/api/cluster", json={}, headers={"Date": email.utils.formatdate(BEGIN + 9000, usegmt=True)})
    client.read_release()
    answers(
        wire,
        event(1, moment="2026-01-01T01:00:00+00:00"),
        after=9001,
        query={**ASKED, "time": ">=2025-12-31T23:45:00+00:00"},
    )
    assert told(begun, client) == [(GONE, "node1")]


def test_a_cluster_that_tells_no_time(wire: Wire, client: Client) -> None:
    """It is asked for all of its log each time."""
    ems = Ems()
    for events in ((), (event(1),), (event(1),)):
        answers(wire, *events, after=None, query={**ASKED, "time": ">=1970-01-01T00:00:00+00:00"})
    assert [len(ems.read_news(client)) for _time in range(3)] == [0, 1, 0]


def test_an_answer_without_a_time(wire: Wire, client: Client, begun: Ems) -> None:
    """On a new connection, as from a proxy: the question stays where it was."""
    answers(wire, after=1000)
    assert told(begun, client) == []
    for _time in range(2):
        answers(wire, after=None, query={**ASKED, "time": ">=2026-01-01T00:01:40+00:00"})
    silent = Client(Transport(CONNECTION, clock=wire.clock.clock))
    assert [told(begun, silent) for _time in range(2)] == [[], []]


@pytest.mark.parametrize(("status", "code"), [(404, "3"), (403, "6")])
def test_a_refused_question_forgets_nothing(wire: Wire, client: Client, begun: Ems, status: int, code: str) -> None:
    """The error comes as it is, after one request."""
    answers(wire, event(1), after=1000)
    assert told(begun, client) == [(GONE, "node1")]
    wire.on("GET", PATH, status=status, json={"error": {"code": code, "message": "refused"}})
    with pytest.raises(ApiError) as refused:
        begun.read_news(client)
    assert (refused.value.code, refused.value.status) == (code, status)
    answers(
        wire,
        event(2, BACK, moment="2026-01-01T00:16:00+00:00"),
        event(1),
        after=2000,
        query={**ASKED, "time": ">=2026-01-01T00:01:40+00:00"},
    )
    assert told(begun, client) == [(BACK, "node1")]


def test_an_answer_that_breaks_off_is_told_whole_the_next_time(wire: Wire, client: Client, begun: Ems) -> None:
    answers(wire, event(2, BACK), next_href=f"{PATH}?start=1")
    wire.on("GET", PATH, status=403, json={"error": {"code": "6", "message": "refused"}})
    with pytest.raises(ApiError):
        begun.read_news(client)
    answers(wire, event(2, BACK), event(1, moment="2026-01-01T00:00:00+00:00"))
    assert told(begun, client) == [(GONE, "node1"), (BACK, "node1")]


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
def test_what_is_no_event(wire: Wire, client: Client, broken: dict[str, Any]) -> None:
    answers(wire, {**event(1), **broken})
    with pytest.raises(ResponseError, match="without a node, an index, a time or a name"):
        Ems().read_news(client)


@pytest.mark.parametrize("parameters", [None, "x", [], ["x"], [{"name": "svm"}], [{"name": "aggr", "value": "aggr1"}]])
def test_an_event_without_an_svm(wire: Wire, client: Client, begun: Ems, parameters: Any) -> None:
    answers(wire, event(1, parameters=parameters))
    assert [message.svm for message in begun.read_news(client)] == [None]
