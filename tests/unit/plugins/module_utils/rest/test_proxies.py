# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Proxies between the module and the cluster, on real sockets. Errors name the fault without the URL of the proxy, and
the request never counts as sent.
"""

from __future__ import annotations

import base64
import importlib.util
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from requests.utils import should_bypass_proxies

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ConnectionFailedError, Request
from ansible_collections.ontap.akv.plugins.module_utils.rest.proxies import Proxy, find_proxy
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock

PASSWORD = "pr0xy-s3cret"
PATH = "/api/cluster"


@contextmanager
def serve(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    """Serve a handler and yield the port."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serve_response(answer: bytes, *, at_once: bool = False) -> Iterator[int]:
    """Serve the same response to every client. at_once: after the first byte, not after an empty line."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            if at_once:
                self.rfile.read(1)
            while not at_once and self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    with serve(Handler) as port:
        yield port


def find_unused_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture
def failed(monkeypatch: pytest.MonkeyPatch, clock: RecordedClock) -> Any:
    """Send a POST through a proxy that cannot connect. Return the error, which must not contain the password."""

    def send(url: str, variable: str = "https_proxy", **more: Any) -> ConnectionFailedError:
        monkeypatch.setenv(variable, url)
        connection = Connection(
            "cluster.example.com", 8443, username="u", password="p", validate_certs=False, **{"max_retries": 1, **more}
        )
        transport = Transport(connection, clock=clock.clock)
        with pytest.raises(ConnectionFailedError) as error:
            transport.request(Request("POST", PATH))
        transport.close()
        text = error.value.as_text()
        assert PASSWORD not in text
        assert "://user" not in text
        assert error.value.message.startswith("no connection to cluster.example.com:8443: ")
        assert not error.value.sent
        return error.value

    return send


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
def test_reports_proxy_that_requires_login(failed: Any, variable: str) -> None:
    with serve_response(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as port:
        error = failed(f"http://user:{PASSWORD}@127.0.0.1:{port}", variable)
    assert f"the proxy ({variable}) requires a login, or refused the one that was sent (HTTP 407)" in error.message
    assert variable in error.hint


@pytest.mark.parametrize("status", [403, 502, 503])
def test_reports_proxy_that_refuses_to_connect(failed: Any, status: int) -> None:
    with serve_response(f"HTTP/1.1 {status} No {PASSWORD}\r\nContent-Length: 0\r\n\r\n".encode()) as port:
        error = failed(f"http://127.0.0.1:{port}")
    assert f"the proxy (https_proxy) did not connect to it (HTTP {status})" in error.message
    assert "no_proxy" in error.hint


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h", "socks4"])
def test_reports_unreachable_proxy(failed: Any, scheme: str) -> None:
    error = failed(f"{scheme}://user:{PASSWORD}@127.0.0.1:{find_unused_port()}")
    assert "the proxy (https_proxy) cannot be reached: Connection refused" in error.message


def test_reports_unknown_name_of_proxy(failed: Any) -> None:
    assert (
        "the proxy (https_proxy) cannot be reached: its name is not known"
        in failed(f"http://user:{PASSWORD}@proxy.invalid:3128").message
    )


def test_reports_proxy_without_tls(failed: Any) -> None:
    with serve_response(b"HTTP/1.1 400 Bad Request\r\n\r\n", at_once=True) as port:
        error = failed(f"https://127.0.0.1:{port}")
    assert "no TLS connection to the proxy (https_proxy)" in error.message
    assert "http://" in error.hint


@pytest.mark.parametrize(
    ("url", "what"),
    [
        (f"http://user:{PASSWORD}[@127.0.0.1:3128", "must be percent-encoded"),
        (f"http://user:{PASSWORD}/x@127.0.0.1:3128", "must be percent-encoded"),
        (f"user:{PASSWORD}#x@127.0.0.1:3128", "must be percent-encoded"),
        (f"http://user:{PASSWORD}@127.0.0.1:port", "its port is not a number from 1 to 65535"),
        ("http://127.0.0.1:99999", "its port is not a number from 1 to 65535"),
        ("http://127.0.0.1:0", "its port is not a number from 1 to 65535"),
        ("ftp://127.0.0.1:3128", "does not begin with http://"),
        ("http://", "it names no host"),
        ("http://[::1:3128", "its host is not a name or an address"),
        ("http://proxy..example.com:3128", "its host is not a name or an address"),
        (f"http://{'a' * 64}.example.com:3128", "its host is not a name or an address"),
        ("http://127.0.0.1:3128\n", "its URL holds white space"),
        (f"http://user:{PASSWORD}@proxy\u200b.example.com:3128", "its URL holds white space"),
    ],
)
def test_reports_invalid_proxy_url_without_retries(failed: Any, clock: RecordedClock, url: str, what: str) -> None:
    error = failed(url, max_retries=3)
    assert "the proxy (https_proxy) cannot be used: " in error.message
    assert what in error.message
    assert clock.slept == []


@pytest.mark.parametrize("password", ["%E2%82%AC%5B1", "€%5B1"])
def test_sends_proxy_password_as_utf_8(failed: Any, password: str) -> None:
    """The proxy receives it as UTF-8, as curl sends it."""
    seen = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            seen.extend(iter(lambda: self.rfile.readline().strip(), b""))
            self.wfile.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")

    with serve(Handler) as port:
        error = failed(f"http://us%C3%A4r:{password}@127.0.0.1:{port}")
    assert "(HTTP 407)" in error.message
    assert b"Proxy-Authorization: Basic " + base64.b64encode("usär:€[1".encode()) in seen


def test_reports_missing_socks_library(failed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *more: None if name == "socks" else find(name, *more))
    error = failed(f"socks5://user:{PASSWORD}@127.0.0.1:1080")
    assert "it is a SOCKS proxy, and the Python library PySocks is missing" in error.message
    assert "PySocks" in error.hint


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (b"\x05\xff", "requires a login, or refused"),
        (b"\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00", "could not connect to it"),
    ],
    ids=["no login accepted", "connection refused"],
)
def test_reports_errors_of_socks_proxy(failed: Any, answer: bytes, what: str) -> None:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(100)
            self.request.sendall(answer[:2])
            if len(answer) > 2:
                self.request.recv(500)
                self.request.sendall(answer[2:])

    with serve(Handler) as port:
        error = failed(f"socks5h://127.0.0.1:{port}")
    assert f"the proxy (https_proxy) {what}" in error.message


# Which proxy is used


def choose_proxy(connection: Connection) -> Proxy | None:
    """Return the proxy that a session chooses for a connection."""
    return find_proxy(connection, partial(should_bypass_proxies, no_proxy=None))


@pytest.mark.parametrize(
    ("host", "no_proxy", "excluded"),
    [
        ("fd00::1", "fd00::1", True),
        ("fd00::1", "[fd00::1]", True),
        ("fd00::1", "fd00:0:0::0001", True),
        ("fd00::1", "10.0.0.1, FD00::1", True),
        ("fd00::1", "a.example.com fd00::/8", True),
        ("fd00::1", "*", True),
        ("fe80::1%eth0", "fe80::/10", True),
        ("fd00::1", "", False),
        ("fd00::1", "::1", False),
        ("fd00::1", "1", False),
        ("fd00::1", "fd01::/16", False),
        ("192.0.2.1", "192.0.2.0/24", True),
        ("192.0.2.1", "198.51.100.0/24", False),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.1:443", True),
        ("192.0.2.1", "192.0.2.1:8443", False),
        ("192.0.2.1", "198.51.100.0/24 192.0.2.0/24", True),
        ("192.0.2.1", "localhost\n192.0.2.1", True),
        ("192.0.2.1", "192.0.2.11 192.0.2.10", False),
        ("fd00::1", "[fd00::1]:443", True),
        ("fd00::1", "[fd00::1]:8443", False),
        ("fd00::443", "fd00::443", True),
        ("192.0.2.1", "fd00::/8 192.0.2.1", True),
        ("fd00::1", "192.0.2.0/24 fd00::1", True),
        ("cluster.example.com", ".example.com", True),
        ("cluster.example.com", "other.example.com", False),
        ("cluster.example.com", "localhost cluster.example.com", True),
        ("cluster.example.com", "localhost .example.com", True),
        ("cluster.example.com", "example.com localhost", True),
        ("cluster.example.com", "localhost\tcluster.example.com\nother", True),
        ("cluster.example.com", " localhost , cluster.example.com ", True),
        ("cluster.example.com", "localhost, EXAMPLE.com:443", True),
        ("CLUSTER.example.com", "cluster.example.com", True),
        ("cluster.example.com", "example.com:8443", False),
        ("cluster.example.com.", "localhost cluster.example.com", True),
        ("cluster.example.com", "cluster.example.com.", True),
        ("cluster.example.com", "localhost *", True),
        ("cluster.example.com", "localhost ,, other", False),
        ("cluster.example.com", "cluster .example", False),
        ("mycluster.example.com", "localhost cluster.example.com", False),
        ("localhostcluster", "localhost cluster", False),
    ],
)
def test_no_proxy_excludes_hosts_and_networks(
    monkeypatch: pytest.MonkeyPatch, host: str, no_proxy: str, excluded: bool
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv(variable, no_proxy)
        assert (choose_proxy(Connection(host, 443)) is None) is excluded


def test_settings_of_the_operating_system_count_without_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """On macOS and Windows, the exceptions may come from there."""
    excluded = {"https://cluster1:443"}
    monkeypatch.setenv("https_proxy", "http://proxy.example.com:3128")
    assert find_proxy(Connection("cluster1", 443), excluded.__contains__) is None
    assert find_proxy(Connection("cluster2", 443), excluded.__contains__) is not None
    monkeypatch.setenv("no_proxy", "cluster2")
    assert find_proxy(Connection("cluster1", 443), excluded.__contains__) is not None


def test_chooses_proxy_by_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "proxy.example.com:3128")
    assert choose_proxy(Connection("cluster", 443)) is None
    assert choose_proxy(Connection("cluster", 80, https=False)) == ("http://proxy.example.com:3128", "http_proxy")
