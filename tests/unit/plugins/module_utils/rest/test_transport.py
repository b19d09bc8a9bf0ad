# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import email.utils
from dataclasses import replace

import pytest
import requests
import urllib3

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ConnectionFailedError,
    Request,
    ResponseError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest import session
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support.clock import BEGIN, RecordedClock
from ansible_collections.ontap.akv.tests.unit.support.records import CONNECTION, PATH
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

METHODS = ["GET", "PATCH", "DELETE", "POST"]
TEMPORARY = [429, 500, 502, 503, 504]
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def send(
    wire: Wire, method: str = "GET", *, deadline: Deadline | None = None, connection: Connection = CONNECTION
) -> Response:
    """Send one request over the scripted wire."""
    return Transport(connection, clock=wire.clock.clock).request(Request(method, PATH), deadline=deadline)


def lost() -> requests.ConnectionError:
    """Return the error of a connection that ended before the response."""
    return requests.ConnectionError(
        urllib3.exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset by peer"))
    )


def refused() -> requests.ConnectionError:
    """Return the error of a connection that could not be established."""
    pool = urllib3.HTTPSConnectionPool("cluster.example.com")
    reason = urllib3.exceptions.NewConnectionError(
        urllib3.connection.HTTPSConnection("cluster.example.com"), "Connection refused"
    )
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(pool, PATH, reason))


@pytest.mark.parametrize("status", TEMPORARY)
@pytest.mark.parametrize("method", METHODS)
def test_retries_temporary_status_but_not_post(wire: Wire, method: str, status: int) -> None:
    repeated = method != "POST" or status == 429
    wire.on(method, PATH, status=status)
    if repeated:
        wire.on(method, PATH, status=200)
    answer = send(wire, method)
    assert (answer.status, answer.attempts) == ((200, 2) if repeated else (status, 1))


@pytest.mark.parametrize("status", [200, 201, 202, 400, 401, 403, 404, 405, 408, 409, 422, 501, 505])
@pytest.mark.parametrize("method", METHODS)
def test_does_not_retry_other_status(wire: Wire, method: str, status: int) -> None:
    wire.on(method, PATH, status=status, headers={"Retry-After": "1"})
    assert send(wire, method).status == status
    assert wire.clock.slept == []


@pytest.mark.parametrize("fault", [lost, refused, requests.ReadTimeout, requests.ConnectTimeout])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_retries_after_lost_connection(wire: Wire, method: str, fault: type[Exception]) -> None:
    wire.on(method, PATH, raises=fault())
    wire.on(method, PATH, json={"num_records": 0})
    answer = send(wire, method)
    assert (answer.status, answer.attempts, answer.content) == (200, 2, b'{"num_records": 0}')


@pytest.mark.parametrize("fault", [lost, requests.ReadTimeout])
def test_does_not_repeat_post_that_may_have_arrived(wire: Wire, fault: type[Exception]) -> None:
    wire.on("POST", PATH, raises=fault())
    with pytest.raises(ConnectionFailedError) as failed:
        send(wire, "POST")
    assert failed.value.sent
    assert wire.clock.slept == []


@pytest.mark.parametrize("fault", [refused, requests.ConnectTimeout])
def test_retries_post_that_was_not_sent(wire: Wire, fault: type[Exception]) -> None:
    wire.on("POST", PATH, raises=fault())
    wire.on("POST", PATH, status=201)
    assert (answer := send(wire, "POST")).attempts == 2
    assert not answer.lost


def test_post_without_connection_counts_as_not_sent(wire: Wire) -> None:
    for _number in range(4):
        wire.on("POST", PATH, raises=refused())
    with pytest.raises(ConnectionFailedError) as failed:
        send(wire, "POST")
    assert not failed.value.sent


def test_stops_after_max_retries(wire: Wire) -> None:
    for _number in range(4):
        wire.on("GET", PATH, status=503)
    answer = send(wire)
    assert (answer.status, answer.attempts) == (503, 4)


def test_max_retries_0_tries_once(wire: Wire) -> None:
    wire.on("GET", PATH, raises=lost())
    with pytest.raises(ConnectionFailedError):
        send(wire, connection=Connection(hostname="cluster", port=443, username="u", password="p", max_retries=0))


def test_pause_doubles_up_to_8_seconds_with_jitter(wire: Wire) -> None:
    for _number in range(7):
        wire.on("GET", PATH, status=503)
    send(wire, connection=Connection(hostname="cluster", port=443, username="u", password="p", max_retries=6))
    assert wire.clock.slept == [0.5, 1, 2, 4, 8, 8]
    assert wire.clock.jittered == [(pause / 2, pause) for pause in wire.clock.slept]


def http_date(seconds: float) -> str:
    """Return an HTTP date that is the given seconds after the start of the test."""
    return email.utils.formatdate(BEGIN + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 0.5),
        (http_date(12), 12),
        (http_date(-60), 0.5),
        ("300", 300),
        ("soon", 0.5),
        ("-3", 0.5),
        ("", 0.5),
        ("1.5", 0.5),
    ],
)
def test_honors_retry_after(wire: Wire, retry_after: str, pause: float) -> None:
    wire.on("GET", PATH, status=503, headers={"Retry-After": retry_after})
    wire.on("GET", PATH)
    send(wire)
    assert wire.clock.slept == [pause]


@pytest.mark.parametrize("retry_after", ["301", "9" * 400, http_date(301)])
def test_too_long_retry_after_ends_the_retries(wire: Wire, retry_after: str) -> None:
    wire.on("GET", PATH, status=429, headers={"Retry-After": retry_after})
    assert send(wire).status == 429
    assert wire.clock.slept == []


def test_post_waits_for_retry_after(wire: Wire) -> None:
    wire.on("POST", PATH, status=429, headers={"Retry-After": "20"})
    wire.on("POST", PATH, status=201)
    assert send(wire, "POST").status == 201
    assert wire.clock.slept == [20]


def test_does_not_pause_beyond_deadline(wire: Wire) -> None:
    wire.on("PATCH", PATH, status=503, headers={"Retry-After": "10"})
    assert send(wire, "PATCH", deadline=Deadline(10, wire.clock.clock)).status == 503
    assert wire.clock.slept == []


def test_deadline_shortens_timeout_of_request(wire: Wire) -> None:
    wire.on("PATCH", PATH, status=503, takes=45)
    wire.on("PATCH", PATH)
    send(wire, "PATCH", deadline=Deadline(50, wire.clock.clock))
    assert [seen.timeout for seen in wire.seen] == [50, 4.5]


def test_uses_timeout_option_without_deadline(wire: Wire) -> None:
    wire.on("GET", PATH)
    send(wire, connection=Connection(hostname="cluster", port=443, username="u", password="p", timeout=17))
    assert wire.seen[0].timeout == 17


def test_refuses_response_above_size_limit(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "MAX_RESPONSE", 1024 * 1024)
    wire.on("GET", PATH, content=b" " * (1024 * 1024 + 1))
    with pytest.raises(ResponseError, match="larger than 1 MiB"):
        send(wire)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_refuses_compressed_response(wire: Wire, encoding: str) -> None:
    """A few compressed bytes could expand to more than the memory holds."""
    wire.on("GET", PATH, content=b"no gzip", headers={"Content-Encoding": encoding})
    with pytest.raises(ResponseError, match="compressed"):
        send(wire)
    assert wire.seen[0].headers["Accept-Encoding"] == "identity"


def test_truncated_response_counts_as_lost(wire: Wire) -> None:
    """urllib3 1.26 does not detect it."""
    wire.on("GET", PATH, content=b'{"records"', headers={"Content-Length": "500"})
    wire.on("GET", PATH, content=b"{}")
    assert send(wire).attempts == 2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(wire: Wire, method: str, status: int) -> None:
    wire.on(method, PATH, status=status, headers={"Location": "https://elsewhere.example.com/"})
    with pytest.raises(ResponseError, match=rf"redirect \(HTTP {status}\) to elsewhere.example.com;") as failed:
        send(wire, method)
    assert failed.value.status == status


@pytest.mark.parametrize(
    ("location", "host"),
    [
        ("https://admin:secret@elsewhere.example.com:8443/login?next=1", "elsewhere.example.com"),
        ("/api/login", "the same host"),
        ("", "the same host"),
    ],
)
def test_redirect_error_names_only_the_host(wire: Wire, location: str, host: str) -> None:
    wire.on("GET", PATH, status=302, headers={"Location": location})
    with pytest.raises(ResponseError) as failed:
        send(wire)
    assert f" to {host};" in failed.value.message
    assert "next=1" not in failed.value.as_text()
    assert "secret" not in failed.value.as_text()


def test_sends_expected_url_headers_and_body(wire: Wire) -> None:
    transport = Transport(CONNECTION, clock=wire.clock.clock)
    wire.on("PATCH", PATH)
    transport.request(Request("PATCH", PATH), query={"return_timeout": "15", "name": "ä|b c"}, body={"client_id": "ä"})
    seen = wire.seen[0]
    assert seen.url.startswith("https://cluster.example.com:443/api/security/azure-key-vaults?")
    assert seen.query == {"return_timeout": "15", "name": "ä|b c"}
    assert seen.body == {"client_id": "ä"}
    assert seen.headers["Accept"] == "application/json"
    assert seen.headers["Content-Type"] == "application/json"
    assert seen.headers["User-Agent"] == f"ontap.akv/{session.VERSION}"


def test_request_without_body_has_no_content_type(wire: Wire) -> None:
    wire.on("POST", PATH)
    send(wire, "POST")
    assert wire.seen[0].body is None
    assert "Content-Type" not in wire.seen[0].headers


def test_uses_plain_http_when_https_is_false(wire: Wire) -> None:
    wire.on("GET", PATH)
    send(wire, connection=Connection(hostname="cluster", port=80, https=False, username="u", password="p"))
    assert wire.seen[0].url == f"http://cluster:80{PATH}"


def test_creates_session_once(wire: Wire) -> None:
    transport = Transport(CONNECTION, clock=wire.clock.clock)
    adapters = []
    wire.before_answer = lambda _seen: adapters.append(wire.adapters[-1])
    for _number in range(2):
        wire.on("GET", PATH)
        transport.request(Request("GET", PATH))
    assert adapters[0] is adapters[1]
    transport.close()


def test_closes_unused_transport(clock: RecordedClock) -> None:
    Transport(CONNECTION, clock=clock.clock).close()


def test_deadline_is_never_negative(clock: RecordedClock) -> None:
    deadline = Deadline(5, clock.clock)
    clock.now = 3
    assert deadline.left == 2
    clock.now = 9
    assert deadline.left == 0


@pytest.mark.parametrize("status", TEMPORARY)
def test_retries_repeatable_post_like_get(wire: Wire, status: int) -> None:
    wire.on("POST", "/token", status=status)
    wire.on("POST", "/token", status=200)
    transport = Transport(CONNECTION, clock=wire.clock.clock)
    assert transport.request(Request("POST", "/token"), body=b"a=1", headers=FORM, repeatable=True).status == 200


def test_retries_repeatable_post_after_lost_connection(wire: Wire) -> None:
    wire.on("POST", "/token", raises=requests.exceptions.ReadTimeout())
    wire.on("POST", "/token", status=200)
    transport = Transport(CONNECTION, clock=wire.clock.clock)
    assert transport.request(Request("POST", "/token"), body=b"a=1", headers=FORM, repeatable=True).attempts == 2


def test_request_headers_override_headers_of_body(wire: Wire) -> None:
    wire.on("POST", "/token", body={"a": "1"}, status=401, headers={"WWW-Authenticate": "Bearer x"})
    transport = Transport(CONNECTION, clock=wire.clock.clock)
    assert (
        transport.request(Request("POST", "/token"), body=b"a=1", headers={**FORM, "X-Other": "yes"}).challenge
        == "Bearer x"
    )
    assert wire.seen[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert wire.seen[0].headers["Accept"] == "application/json"
    assert wire.seen[0].headers["X-Other"] == "yes"


def test_proxy_option_overrides_environment(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://environment.example.com:1")
    monkeypatch.setenv("no_proxy", CONNECTION.hostname)
    wire.on("GET", "/path")
    transport = Transport(replace(CONNECTION, proxy="http://asked.example.com:3128"), clock=wire.clock.clock)
    transport.request(Request("GET", "/path"))
    assert wire.seen[0].proxies == {"https": "http://asked.example.com:3128"}
    assert "asked.example.com" not in repr(transport.connection)
