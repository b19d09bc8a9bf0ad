# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Simulator`: a simulated ONTAP in a thread of this process."""

from __future__ import annotations

import asyncio
import os
import tempfile
import threading
from pathlib import Path
from ssl import SSLContext
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from . import tls
from .azure_cloud.client import AzureSide
from .azure_cloud.clouds import Addresses
from .azure_cloud.front import AzureFront
from .client import Control
from .config import Config
from .front import Front
from .protocol import Listener, protocol_for
from .traffic import Traffic
from .world import World

_START_SECONDS = 30


class _Server(uvicorn.Server):
    """Uvicorn that starts and stops on events instead of looking ten times a second."""

    def __init__(self, config: uvicorn.Config, ready: threading.Event, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._stop = stop

    async def main_loop(self) -> None:
        """Accepting now, until told to stop."""
        self._ready.set()
        await self._stop.wait()

    async def shutdown(self, sockets: Any = None) -> None:
        """Close at once: jobs and answers that are under way end with the simulator."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=2)
        for listener in sockets or []:
            listener.close()


class Simulator:
    """`with Simulator(svms=["svm1"]) as sim:` starts one on a free port of 127.0.0.1 and stops it in the end."""

    def __init__(self, *, directory: str | os.PathLike[str] | None = None, **config: Any) -> None:
        self.config = Config(**config)
        self.hostname = self.config.host
        self.username = self.config.username
        self.password = self.config.password
        self.port = 0
        self.control_port = 0
        self._addresses = Addresses()
        self.ca_path: str | None = None
        self.azure_ca_path: str | None = None
        self.client_cert_path: str | None = None
        self.client_key_path: str | None = None
        self._given = directory
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self._control: Control | None = None

    @property
    def url(self) -> str:
        """Where the API is, without a path."""
        host = f"[{self.hostname}]" if ":" in self.hostname else self.hostname
        return f"{'https' if self.config.tls else 'http'}://{host}:{self.port}"

    @property
    def control_url(self) -> str:
        """Where the control interface is, on a port of its own that no fault touches."""
        return f"http://127.0.0.1:{self.control_port}/_control/"

    @property
    def azure(self) -> AzureSide:
        """The simulated Azure beside it."""
        return AzureSide(self, self._addresses)

    @property
    def control(self) -> Control:
        """A client of the control interface."""
        if self._control is None:
            self._control = Control(self.control_url)
        return self._control

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> Simulator:
        """Start, and return when connections are accepted. A start that fails leaves nothing behind."""
        listeners: list[Listener] = []
        try:
            contexts = self._make_certificates()
            listeners.append(Listener.open(self.hostname, self.config.port))
            listeners.append(Listener.open("127.0.0.1", 0))
            listeners += [Listener.open(self.hostname, 0) for _port in ("login", *self.config.azure_vaults)]
            self.port, self.control_port, self._addresses.login_port, *vaults = (
                listener.port for listener in listeners
            )
            self._addresses.vaults = dict(zip(vaults, self.config.azure_vaults, strict=True))
            self._run_thread(listeners, contexts)
        except BaseException:
            self.stop()
            for listener in listeners:
                listener.close()
            raise
        return self

    def _make_certificates(self) -> tuple[SSLContext | None, SSLContext]:
        """The TLS contexts of the API and of Azure."""
        if self._given:
            directory = Path(self._given)
        else:
            self._temporary = tempfile.TemporaryDirectory(prefix="simulator-")
            directory = Path(self._temporary.name)
        directory.mkdir(parents=True, exist_ok=True)
        material = tls.make(directory.resolve(), self.config)
        self.azure_ca_path = material.ca_path
        if not self.config.tls:
            return None, material.azure_context
        self.ca_path = material.ca_path
        self.client_cert_path, self.client_key_path = material.client_cert_path, material.client_key_path
        return material.context, material.azure_context

    def _run_thread(self, listeners: list[Listener], contexts: tuple[SSLContext | None, SSLContext]) -> None:
        ready = [threading.Event() for _server in ("API", "control", "Azure")]
        self._thread = threading.Thread(
            target=self._thread_main, args=(listeners, contexts, ready), name="simulator", daemon=True
        )
        self._thread.start()
        for event in ready:
            if not event.wait(_START_SECONDS):
                raise TimeoutError(f"the simulator did not start within {_START_SECONDS} s")
        if self._failure is not None:
            raise RuntimeError(f"the simulator did not start: {self._failure}") from self._failure

    def _thread_main(
        self, listeners: list[Listener], contexts: tuple[SSLContext | None, SSLContext], ready: list[threading.Event]
    ) -> None:
        try:
            asyncio.run(self._serve(listeners, contexts, ready))
        except BaseException as failure:  # noqa: BLE001 - start() raises it in the caller's thread
            self._failure = failure
        finally:
            for event in ready:
                event.set()

    async def _serve(
        self, listeners: list[Listener], contexts: tuple[SSLContext | None, SSLContext], ready: list[threading.Event]
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        world = World(self.config, self._addresses)
        for listener in (listeners[0], *listeners[2:]):
            traffic: Traffic = world if listener is listeners[0] else world.azure_traffic
            listener.refuses, listener.on_accept = traffic.refuses, traffic.accepted
        app, azure = Front(world), AzureFront(world)
        servers = [
            _server(app, world, contexts[0], ready[0], self._stop),
            _server(app, world, None, ready[1], self._stop, counted=False),
            _server(azure, world.azure_traffic, contexts[1], ready[2], self._stop),
        ]
        sockets = [listeners[:1], listeners[1:2], listeners[2:]]
        tasks = [server.serve(sockets=[*own]) for server, own in zip(servers, sockets, strict=True)]
        try:
            await asyncio.gather(*tasks)
        finally:
            world.jobs.stop()

    def stop(self) -> None:
        """Stop, and return when the port is closed. Does nothing where nothing runs."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._thread is not None:
            if self._thread.is_alive() and self._loop is not None and self._stop is not None:
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)
            self._thread = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None


def _server(
    app: ASGIApp,
    traffic: Traffic,
    context: SSLContext | None,
    ready: threading.Event,
    stop: asyncio.Event,
    *,
    counted: bool = True,
) -> _Server:
    config = uvicorn.Config(
        app,
        http=protocol_for(traffic, counted=counted),
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=1024,
        # As long as any test or playbook may think between two requests.
        timeout_keep_alive=600,
    )
    config.load()
    config.ssl = context
    return _Server(config, ready, stop)
