# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on this host for tests of TLS and of connections that end, which the scripted wire cannot provide."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n{"num_records": 0}'
_HEAD_ENDS = b"\r\n\r\n"

Behaviour = Callable[[socket.socket], None]


@dataclass
class Server:
    """A running server. connections: their number. heads: the head of each request."""

    port: int
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)


def read_head(connection: socket.socket) -> bytes:
    """Read a request up to its body. Return nothing if the client closed the connection."""
    head = b""
    while _HEAD_ENDS not in head:
        part = connection.recv(4096)
        if not part:
            return b""
        head += part
    return head


@contextmanager
def serving(context: ssl.SSLContext | None = None, *, end: Behaviour | None = None) -> Iterator[Server]:
    """Run a server on a free port that responds to every request, or passes each connection to end."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(listener.getsockname()[1])
        stopping = threading.Event()

        def serve(raw: socket.socket) -> None:
            # The client may close the connection at any time, which some tests do.
            with raw, contextlib.suppress(OSError):
                connection = context.wrap_socket(raw, server_side=True) if context else raw
                with connection:
                    while head := read_head(connection):
                        server.heads.append(head)
                        if end is not None:
                            end(connection)
                            return
                        connection.sendall(ANSWER)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while not stopping.is_set():
                    raw, _address = listener.accept()
                    if stopping.is_set():
                        raw.close()
                        return
                    server.connections += 1
                    threading.Thread(target=serve, args=(raw,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            stopping.set()
            # Only a connection wakes accept().
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=1):
                pass
            thread.join()


def free_port() -> int:
    """Return a port of this host on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
