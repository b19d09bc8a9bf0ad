# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on this host that responds as the cluster does, except for one hostile response."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ansible_collections.ontap.akv.tests.unit.support.cluster import Cluster, Honest, Seen
from ansible_collections.ontap.akv.tests.unit.support.records import JOBS, PATH

_LENGTH = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_END = b"\r\n\r\n"
#: The first bytes of a TLS handshake.
_TLS = b"\x16\x03"


def http(status: int, content: bytes, *headers: str, kind: str = "application/hal+json", reason: str = "X") -> bytes:
    """Return an HTTP response of known length."""
    lines = [f"HTTP/1.1 {status} {reason}", f"Content-Type: {kind}", f"Content-Length: {len(content)}", *headers]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + _END + content


def honestly(honest: Honest) -> bytes:
    """Return the true response of ONTAP as bytes."""
    date = "Date: Thu, 01 Jan 2026 00:00:00 GMT"
    return http(honest.status, json.dumps(honest.body).encode(), date, reason=honest.status.phrase)


@dataclass(frozen=True)
class Hostility:
    """A hostile response in pieces, which may come slowly.

    ends: whether the connection ends after it. refuses: whether it means that nothing was done.
    """

    pieces: Callable[[Honest], Iterable[bytes]]
    ends: bool = False
    refuses: bool = False


#: Whether a request gets the hostile response, given the request and all requests so far, including this one.
Place = Callable[[Seen, "list[Seen]"], bool]


def selection(seen: Seen, before: list[Seen]) -> bool:
    """Match the query for the targets."""
    return seen.method == "GET" and seen.path == PATH and not any(other.is_write for other in before)


def writing(seen: Seen, before: list[Seen]) -> bool:
    """Match every request that changes something."""
    return seen.is_write


def polling(seen: Seen, before: list[Seen]) -> bool:
    """Match the polls of a job."""
    return seen.path.startswith(f"{JOBS}/")


def reading_after(seen: Seen, before: list[Seen]) -> bool:
    """Match the reads of configurations after a change."""
    return seen.method == "GET" and seen.path.startswith(PATH) and any(other.is_write for other in before)


def after_a_write(seen: Seen, before: list[Seen]) -> bool:
    """Match every read after a change, including jobs."""
    return not seen.is_write and any(other.is_write for other in before)


@dataclass
class Stage:
    """A running server. works: whether the cluster applies a write before the hostile response is sent."""

    cluster: Cluster
    place: Place
    hostility: Hostility
    works: bool = True
    context: ssl.SSLContext | None = None
    port: int = 0
    connections: int = 0
    hits: int = 0
    requests: list[Seen] = field(default_factory=list)
    complaints: list[BaseException] = field(default_factory=list)
    sockets: list[socket.socket] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        """Close every connection, so that no thread outlives the test."""
        self.stopping.set()
        for connection in list(self.sockets):
            with contextlib.suppress(OSError):
                # Called on the plain socket, because shutdown() of TLS must not be called from another thread.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    @property
    def writes(self) -> list[Seen]:
        """The requests that change something."""
        return [seen for seen in self.requests if seen.is_write]

    def converse(self, raw: socket.socket) -> None:
        """Respond to the requests of one connection until either side ends it."""
        self.connections += 1
        # The client may close the connection at any time.
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = self.context.wrap_socket(raw, server_side=True) if self.context else raw
            self.sockets.append(connection)
            with connection:
                while not self.stopping.is_set() and (seen := _request(connection)) is not None:
                    if not self._answer(connection, seen):
                        return

    def _answer(self, connection: socket.socket, seen: Seen) -> bool:
        """Send the response to a request. Return whether the connection can be used for another one."""
        self.requests.append(seen)
        if not self.place(seen, list(self.requests)):
            connection.sendall(honestly(self.cluster.answer(seen)))
            return True
        self.hits += 1
        honest = self.cluster.answer(seen) if self.works or not seen.is_write else Honest(HTTPStatus.OK, {})
        for piece in self.hostility.pieces(honest):
            if self.stopping.is_set():
                return False
            connection.sendall(piece)
        return not self.hostility.ends


def _request(connection: socket.socket) -> Seen | None:
    data = b""
    while _END not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
        if data.startswith(_TLS):
            connection.sendall(http(400, b"a plain HTTP server got TLS", "Connection: close", kind="text/plain"))
            return None
    head, _end, content = data.partition(_END)
    length = _LENGTH.search(head)
    while length and len(content) < int(length[1]):
        content += connection.recv(65536)
    method, target, _version = head.split(b"\r\n", 1)[0].decode().split(" ")
    return Seen(method, target, json.loads(content) if content else None)


@contextmanager
def staged(stage: Stage) -> Iterator[Stage]:
    """Run a server on a free port. Fail if an error occurred in the server itself."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                stage.converse(self.request)
            except BaseException as exc:
                stage.complaints.append(exc)
                raise

    class Server(socketserver.ThreadingTCPServer):
        request_queue_size = 100

    with Server(("127.0.0.1", 0), Handler) as server:
        stage.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True)
        thread.start()
        try:
            yield stage
        finally:
            server.shutdown()
            thread.join()
            stage.stop()
    assert stage.complaints == []


@contextmanager
def trap() -> Iterator[Any]:
    """Yield a port to which nothing may connect. Fail if a connection was made."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]
        listener.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            _connection, address = listener.accept()
            raise AssertionError(f"a connection was made to another host, from {address}")
