# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault as a client sees it, and what the cluster did."""

from __future__ import annotations

import base64
import json
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from simulator_tests.support import VAULTS, Api, body

from simulator import ControlError, Simulator
from simulator.faults import KINDS


def created(sim: Simulator) -> bool:
    """Return whether the POST created the configuration."""
    return sim.control.state()["svms"]["svm1"]["configuration"] is not None


@pytest.mark.parametrize(("kind", "done"), [("drop_before", False), ("drop_during", True), ("drop_after", True)])
def test_dropped_request_shows_whether_it_was_done(sim: Simulator, api: Api, kind: str, done: bool) -> None:
    sim.control.fault(kind, method="POST")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        api("POST", VAULTS, body())
    assert created(sim) is done
    entry = sim.control.log()[0]
    assert (entry["status"], entry["fault"]) == (None, kind)
    assert api.get()["num_records"] == int(done)


def test_connection_is_refused_set_number_of_times(sim: Simulator, api: Api) -> None:
    sim.control.fault("refuse", times=2)
    for _try in range(2):
        with pytest.raises(requests.ConnectionError):
            api.get()
    assert api.get()["num_records"] == 0
    counted = sim.control.connections()
    assert (counted["accepted"], counted["handshakes"], counted["refused"]) == (1, 1, 2)
    assert len(sim.control.log()) == 1


def test_idle_connection_can_be_dropped(sim: Simulator, api: Api) -> None:
    api.get()
    assert sim.control.drop_connections() >= 1
    api.get()
    first, second = (entry["connection"] for entry in sim.control.log())
    assert first != second


@pytest.mark.parametrize(("kind", "done"), [("status", False), ("status_after", True)])
@pytest.mark.parametrize(("shape", "text"), [("json", '"error"'), ("html", "<html>"), ("empty", "")])
def test_status_fault_has_set_body_and_retry_after(
    sim: Simulator, api: Api, kind: str, done: bool, shape: str, text: str
) -> None:
    sim.control.fault(kind, method="POST", status=429, retry_after=7, body=shape)
    response = api("POST", VAULTS, body())
    assert (response.status_code, response.headers["Retry-After"]) == (429, "7")
    assert text in response.text
    assert bool(response.text) is bool(text)
    assert parsedate_to_datetime(response.headers["Date"])
    assert created(sim) is done


def test_retry_after_can_be_date(sim: Simulator, api: Api) -> None:
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    sim.control.fault("status", status=503, retry_after=date)
    assert api("GET", VAULTS).headers["Retry-After"] == date


@pytest.mark.parametrize("kind", ["slow", "slow_after"])
def test_slow_response_does_not_delay_other_requests(sim: Simulator, api: Api, kind: str) -> None:
    """The response is late, the change is made at once or not at all; other requests are not delayed."""
    sim.control.fault(kind, seconds=60)
    begin = time.monotonic()
    with pytest.raises(requests.Timeout):
        api.session.post(sim.url + VAULTS, json=body(), verify=sim.ca_path, timeout=(20, 0.5))
    assert api("GET", VAULTS).status_code == 200
    while kind == "slow_after" and not created(sim):
        assert time.monotonic() - begin < 50
    assert created(sim) is (kind == "slow_after")
    assert time.monotonic() - begin < 50


def test_dripping_response_is_complete_but_slow(sim: Simulator, api: Api) -> None:
    sim.control.fault("drip", seconds=0.02, chunk=4)
    begin = time.monotonic()
    assert api.get() == {"records": [], "num_records": 0}
    assert time.monotonic() - begin > 0.1


def test_response_can_be_html_cut_json_or_wrong_shape(sim: Simulator, api: Api) -> None:
    sim.control.fault("html")
    assert api("GET", VAULTS).text.startswith("<!DOCTYPE html>")
    sim.control.fault("cut_json")
    response = api("GET", VAULTS)
    assert response.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        json.loads(response.text)
    sim.control.fault("wrong_shape", body=["nonsense"], status=201)
    response = api("POST", VAULTS, body())
    assert (response.status_code, response.json()) == (201, ["nonsense"])
    assert created(sim)
    sim.control.fault("wrong_shape", body=None, before=True)
    assert api("DELETE", f"{VAULTS}/nonsense").json() is None


def test_huge_response_has_set_size(sim: Simulator, api: Api) -> None:
    sim.control.fault("huge", bytes=3_000_000)
    response = api("GET", VAULTS)
    assert len(response.content) == 3_000_000
    assert response.json() == {"num_records": 0, "records": []}
    sim.control.fault("huge")
    with api.session.get(sim.url + VAULTS, verify=sim.ca_path, stream=True, timeout=5) as response:
        assert response.headers["Content-Length"] == "50000000"


def test_redirect_and_next_link_can_lead_elsewhere(sim: Simulator, api: Api) -> None:
    sim.control.fault("redirect", location="https://other.example.com/x", status=307)
    response = api.session.get(sim.url + VAULTS, verify=sim.ca_path, allow_redirects=False, timeout=5)
    assert (response.status_code, response.headers["Location"]) == (307, "https://other.example.com/x")
    sim.control.fault("next_loop")
    assert api.get(max_records=5)["_links"]["next"]["href"] == f"{VAULTS}?max_records=5"
    sim.control.fault("next_other_host")
    assert api.get()["_links"]["next"]["href"].startswith("https://other.example.com/")


def test_fault_applies_to_matching_requests(sim: Simulator, api: Api) -> None:
    sim.control.fault("status", method="GET", path="/nodes$", nth=2, times=2, status=503)
    sim.control.fault("status", method="POST|DELETE", status=500)

    def status(method: str, path: str) -> int:
        return api(method, path).status_code

    assert [status("GET", "/api/cluster/nodes") for _try in range(4)] == [200, 503, 503, 200]
    assert status("GET", VAULTS) == 200
    assert status("DELETE", f"{VAULTS}/x") == 500
    assert status("DELETE", f"{VAULTS}/x") == 404
    assert sim.control.state()["faults"] == []
    sim.control.fault("status", times=None, status=502)
    assert [status("GET", VAULTS) for _try in range(3)] == [502] * 3
    sim.control.clear_faults()
    assert status("GET", VAULTS) == 200


def test_request_counts_for_every_fault(sim: Simulator, api: Api) -> None:
    sim.control.fault("status", nth=1, status=500)
    sim.control.fault("status", nth=3, status=503)
    assert [api("GET", VAULTS).status_code for _try in range(4)] == [500, 200, 503, 200]


def test_unknown_faults_are_rejected(sim: Simulator) -> None:
    for arguments in ({"kind": "nonsense"}, {"kind": "slow", "status": 1}, {"kind": "slow", "path": "("}):
        with pytest.raises(ControlError):
            sim.control.fault(**arguments)
    with pytest.raises(ControlError):
        sim.control.fault("wrong_shape")
    assert sim.control.state()["faults"] == []
    assert len(KINDS) == 17


@pytest.mark.parametrize(("config", "handshakes"), [({}, 2), ({"tls_maximum": "1.2"}, 3), ({"tls": False}, 1)])
def test_latency_applies_to_handshakes_and_requests(config: dict[str, Any], handshakes: int) -> None:
    with Simulator(latency=0.15, **config) as sim, Api(sim) as api:
        seconds = []
        for _request in range(5):
            begin = time.monotonic()
            api.get()
            seconds.append(time.monotonic() - begin)
        assert seconds[0] >= 0.15 * (1 + handshakes)
        # Compare the fastest request, because a busy machine delays some.
        assert 0.15 <= min(seconds[1:]) < seconds[0]
        assert sim.control.connections()["accepted"] == 1


def test_latency_of_a_connection_does_not_delay_others(sim: Simulator) -> None:
    sim.control.knob(latency=60)
    for _client in range(3):
        with Api(sim) as api, pytest.raises(requests.Timeout):
            api.session.get(sim.url + VAULTS, verify=sim.ca_path, timeout=(5, 0.1))
    assert [entry["status"] for entry in sim.control.log()] == [None] * 3
    sim.control.reset()
    assert sim.control.state()["knobs"]["latency"] == 0


def test_incomplete_request_is_ignored(sim: Simulator, api: Api) -> None:
    text = json.dumps(body())
    context = ssl.create_default_context(cafile=sim.ca_path)
    with (
        socket.create_connection((sim.hostname, sim.port)) as plain,
        context.wrap_socket(plain, server_hostname=sim.hostname) as connection,
    ):
        token = base64.b64encode(f"{sim.username}:{sim.password}".encode()).decode()
        head = f"POST {VAULTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {token}\r\nContent-Length: {len(text)}"
        connection.sendall(f"{head}\r\n\r\n{text[:-1]}".encode())
    assert api.get()["num_records"] == 0
    assert [entry["method"] for entry in sim.control.log()] == ["GET"]
