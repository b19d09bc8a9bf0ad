# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP protocol, with what ASGI does not report: the connection of a request, and its client."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .traffic import Traffic


class Connection:
    """One connection, for the application: its number, its client certificate's name, and a way to drop it."""

    def __init__(self, number: int, protocol: HttpToolsProtocol) -> None:
        self.number = number
        self._protocol = protocol
        self._new = True

    def round_trips(self) -> int:
        """How often something went to and fro for this request; for a connection's first, the handshakes count too."""
        first, self._new = self._new, False
        if not first:
            return 1
        tls = self._protocol.transport.get_extra_info("ssl_object")
        if tls is None:
            return 2
        return 3 if tls.version() == "TLSv1.3" else 4

    @property
    def user(self) -> str | None:
        """The common name of the client's certificate, which the handshake has verified."""
        certificate = self._protocol.transport.get_extra_info("peercert") or {}
        names = [value for names in certificate.get("subject", ()) for key, value in names if key == "commonName"]
        return names[0] if names else None

    @property
    def lost(self) -> bool:
        """Whether the client is gone."""
        return self._protocol.cycle.disconnected

    def drop(self, *, flush: bool = False) -> None:
        """End the connection without a word, after what was written already where `flush` is set."""
        self._protocol.cycle.disconnected = True
        if flush:
            self._protocol.transport.close()
        else:
            self._protocol.transport.abort()


class SimulatorProtocol(HttpToolsProtocol):
    """Counts handshakes, puts the connection into each request's scope, and ends at once when the server stops."""

    traffic: Traffic
    counted = True
    connection: Connection

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        super().connection_lost(exc)
        self.traffic.open.discard(self)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The TLS handshake is done (on plain HTTP: the connection is there)."""
        super().connection_made(transport)
        log = self.traffic.log
        if self.counted:
            log.handshakes += 1
            self.traffic.open.add(self)
        log.opened += 1
        self.connection = Connection(log.opened, self)

    def on_message_begin(self) -> None:
        """A request starts."""
        super().on_message_begin()
        self.scope["simulator.connection"] = self.connection  # type: ignore[typeddict-unknown-key]

    def shutdown(self) -> None:
        """The server stops: no waiting for what clients still do with this connection."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()


def protocol_for(traffic: Traffic, *, counted: bool) -> type[SimulatorProtocol]:
    """A protocol class of one service: uvicorn takes a class, and two services share nothing."""
    return type("BoundProtocol", (SimulatorProtocol,), {"traffic": traffic, "counted": counted})


class Listener(socket.socket):
    """A listening socket that counts what it accepts, and can refuse: accepted by the kernel, reset before TLS."""

    refuses: Callable[[], bool] | None = None
    on_accept: Callable[[], None] | None = None

    @classmethod
    def open(cls, host: str, port: int) -> Listener:
        """Listen on a port, 0 for a free one."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Without the protocol's number asyncio leaves TCP_NODELAY off, which costs 40 ms an answer.
        listener = cls(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((host, port))
        except OSError:
            listener.close()
            raise
        return listener

    @property
    def port(self) -> int:
        """The port that it has."""
        return int(self.getsockname()[1])

    def accept(self) -> tuple[socket.socket, Any]:
        """Accept, or refuse in the way that asyncio takes for "the client went away"."""
        client, address = super().accept()
        if self.refuses is not None and self.refuses():
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            raise ConnectionAbortedError("refused by a fault")
        if self.on_accept is not None:
            self.on_accept()
        return client, address
