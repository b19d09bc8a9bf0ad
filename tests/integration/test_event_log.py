# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""New messages in the event log of a simulated cluster, and the requests that read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.ems import PATH, Ems
from simulator import Simulator

GONE, BACK, LOST, BOOTED = (
    "ekmip.akv.notAvailable",
    "ekmip.akv.available",
    "km.keyretrieve.failed",
    "mgr.boot.disk_done",
)


def configured(simulator: Simulator) -> None:
    """Configure two SVMs with encrypted volumes."""
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, encrypted_volumes=1)
        simulator.control.put_record(svm)


@pytest.fixture
def client(simulator: Simulator) -> Iterator[Client]:
    """Return a client of the simulator that has sent no requests yet."""
    configured(simulator)
    connection = Connection(
        hostname=simulator.hostname,
        port=simulator.port,
        username=simulator.username,
        password=simulator.password,
        ca_path=simulator.ca_path,
    )
    transport = Transport(connection)
    yield Client(transport)
    transport.close()


@pytest.fixture
def ems(simulator: Simulator, client: Client) -> Ems:
    """Return the event log, after it was read once."""
    client.read_release()
    ems = Ems()
    assert ems.read_news(client) == []
    simulator.control.clear_log()
    return ems


def read_names(ems: Ems, client: Client) -> list[tuple[str, str | None]]:
    """Return the name and the SVM of each new message."""
    return sorted(((message.name, message.svm) for message in ems.read_news(client)), key=str)


def count_requests(simulator: Simulator) -> int:
    """Return the number of requests, all of which read the log."""
    paths = [entry["path"] for entry in simulator.control.log()]
    assert set(paths) <= {PATH}
    return len(paths)


@pytest.mark.parametrize("version", ["9.8", "9.11.1", "9.13.1", "9.14.1", "9.19.1"])
def test_new_messages_are_reported_once(simulator: Simulator, client: Client, version: str) -> None:
    """Each read is one request on every release; earlier messages are not new."""
    simulator.control.reset(version=version)
    configured(simulator)
    simulator.control.azure(reachable=False)
    ems = Ems()
    assert read_names(ems, client) == []
    simulator.control.azure(reachable=True)
    simulator.control.ems("wafl.vol.full", svm="svm1")
    assert read_names(ems, client) == [(BACK, "svm1"), (BACK, "svm2")]
    simulator.control.reboot("node2")
    simulator.control.rotate_key("abc2", svm="svm2")
    assert read_names(ems, client) == [
        ("ekmip.akv.keyVersionChanged", "svm2"),
        (LOST, "svm1"),
        (LOST, "svm2"),
        (BOOTED, None),
    ]
    assert read_names(ems, client) == []
    assert count_requests(simulator) == 4


def test_simultaneous_messages_are_all_reported(simulator: Simulator, client: Client, ems: Ems) -> None:
    """None is lost if times are equal, on several nodes, and over several pages, some of them empty."""
    simulator.control.knob(page_size=7, empty_pages=1)
    for count in range(50):
        simulator.control.ems(GONE if count % 2 else BACK, node=f"node{count % 2 + 1}", svm="svm1")
        simulator.control.ems("other.event")
    news = ems.read_news(client)
    assert {(message.name, message.node) for message in news} == {(BACK, "node1"), (GONE, "node2")}
    assert len(news) == 50
    assert ems.read_news(client) == []


@pytest.mark.parametrize("seconds", [-86400, 86400])
def test_clock_of_cluster_may_differ(simulator: Simulator, client: Client, seconds: float) -> None:
    """The clock of the cluster applies from the first read on."""
    simulator.control.advance(seconds)
    simulator.control.ems(GONE, svm="svm1")
    ems = Ems()
    assert read_names(ems, client) == []
    for _time in range(3):
        simulator.control.advance(3600)
        simulator.control.ems(BACK, svm="svm1")
        assert read_names(ems, client) == [(BACK, "svm1")]


def test_messages_of_node_are_reported_when_it_is_up(simulator: Simulator, client: Client, ems: Ems) -> None:
    """Its messages are reported when it is up again; earlier ones are not repeated."""
    simulator.control.ems(GONE, node="node1", svm="svm1")
    assert read_names(ems, client) == [(GONE, "svm1")]
    simulator.control.node("node1", up=False)
    simulator.control.ems("raid.encrypt.no.key", node="node1", volume="vol1")
    for _time in range(3):
        simulator.control.advance(200)
        assert read_names(ems, client) == []
    simulator.control.reboot("node1")
    assert read_names(ems, client) == [(LOST, "svm1"), (LOST, "svm2"), (BOOTED, None), ("raid.encrypt.no.key", None)]


def test_failed_read_loses_no_message(simulator: Simulator, client: Client, ems: Ems) -> None:
    """This holds however long the log cannot be read."""
    simulator.control.ems(GONE, svm="svm1")
    simulator.control.fault("status", path="ems/events", status=403)
    with pytest.raises(ApiError) as refused:
        ems.read_news(client)
    assert refused.value.status == 403
    assert count_requests(simulator) == 1
    simulator.control.advance(7200)
    simulator.control.ems(BACK, svm="svm1")
    assert read_names(ems, client) == [(BACK, "svm1"), (GONE, "svm1")]
