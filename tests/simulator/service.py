# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every port of the simulator does with a request: read it, log it, apply faults, and send the response."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from email.utils import formatdate

from starlette.types import Receive, Scope, Send

from . import delivery
from .delivery import Answer
from .faults import BEFORE, Fault
from .log import Entry
from .protocol import Connection
from .traffic import Traffic
from .world import World


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body; None if the client went away before its end: such a request never arrived."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


class Service(ABC):
    """The ASGI application of a port, without what it serves."""

    def __init__(self, world: World, traffic: Traffic) -> None:
        self.world = world
        self.traffic = traffic

    @abstractmethod
    def log(self, scope: Scope, body: bytes) -> Entry:
        """Add the request to the log."""

    @abstractmethod
    async def work(self, scope: Scope, entry: Entry) -> Answer:
        """Do what the request asks for."""

    def fault(self, entry: Entry) -> Fault | None:
        """The fault that hits a request."""
        return self.traffic.faults.take(entry.method, entry.path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body = await read_body(receive)
        if body is not None:
            await self.answer(scope, body, send)

    async def answer(self, scope: Scope, body: bytes, send: Send) -> None:
        """Answer one request that has arrived."""
        scope["simulator.headers"] = {name: value.decode("latin-1") for name, value in scope["headers"]}
        scope["simulator.body"] = body
        entry = self.log(scope, body)
        try:
            await self._serve(scope, send, entry)
        except asyncio.CancelledError:
            return

    async def _serve(self, scope: Scope, send: Send, entry: Entry) -> None:
        connection: Connection = scope["simulator.connection"]
        fault = self.fault(entry)
        entry.fault = fault.kind if fault else None
        wait = self.world.cluster.knobs.latency * connection.round_trips()
        if fault is not None and fault.kind == "slow":
            wait += fault.arguments.get("seconds", 1)
        if wait:
            cluster = self.world.cluster
            await asyncio.sleep(wait)
            if self.world.cluster is not cluster:
                # A reset came between: this request belongs to what was before it.
                connection.drop()
                return
        if fault is not None and (fault.kind in BEFORE or fault.arguments.get("before")):
            result = delivery.instead(fault)
        else:
            result = await self.work(scope, entry)
        result.headers.setdefault("date", formatdate(self.world.cluster.clock.now(), usegmt=True))
        if await delivery.deliver(fault, result, entry.raw_path, connection, send):
            entry.status = result.status
