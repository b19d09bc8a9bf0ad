# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands before the simulated Azure: the log, faults, and which service a request is for."""

from __future__ import annotations

import json
import logging
from typing import cast
from urllib.parse import parse_qsl

from starlette.types import Scope

from ..delivery import Answer
from ..faults import Fault
from ..log import AzureEntry, Entry
from ..service import Service
from ..world import World
from . import http
from .http import Request
from .login import Login
from .vault import Vaults

_LOGGER = logging.getLogger("simulator")


class AzureFront(Service):
    """The ASGI application of Azure's ports."""

    def __init__(self, world: World) -> None:
        super().__init__(world, world.azure_traffic)

    def log(self, scope: Scope, body: bytes) -> Entry:
        """Add the request to the log, without its body: what of it can be kept, the service adds."""
        headers = {name.decode("latin-1"): value for name, value in scope["simulator.headers"].items()}
        host = headers.get("host") or "{}:{}".format(*scope["server"])
        text = scope["query_string"].decode("latin-1")
        path = scope["path"]
        query = dict(parse_qsl(text, keep_blank_values=True))
        service = "login" if self.world.cluster.azure.addresses.vault_host(host) is None else "vault"
        request = scope["simulator.request"] = Request(scope["method"], host, path, query, headers, body)
        return self.traffic.log.add(
            connection=scope["simulator.connection"].number,
            method=request.method,
            path=path,
            query=query,
            raw_path=scope["raw_path"].decode("latin-1") + (f"?{text}" if text else ""),
            body=None,
            accept=headers.get("accept"),
            user_agent=headers.get("user-agent"),
            at=self.world.cluster.clock.now(),
            service=service,
            host=host,
            misplaced=self._misplaced(service, request),
        )

    def _misplaced(self, service: str, request: Request) -> list[str]:
        """Credentials that this request must not hold."""
        if service == "login":
            return ["token"] if "authorization" in request.headers else []
        everything = (
            request.body.decode("latin-1") + json.dumps(dict(request.headers)) + json.dumps(dict(request.query))
        )
        found = [name for name in ("client_secret", "client_assertion") if name in everything]
        known = {
            secret.value
            for application in self.world.cluster.azure.directory.applications.values()
            for secret in application.secrets or []
        }
        known |= self.world.cluster.azure.directory.seen
        known |= {value for values in (self.world.cluster.azure.secrets or {}).values() for value in values}
        return found + ["secret"] * any(value in everything for value in known)

    def fault(self, entry: Entry) -> Fault | None:
        """The fault that hits a request. If Azure or the vault is out of reach, the connection is dropped."""
        fault = super().fault(entry)
        azure, host = self.world.cluster.azure, cast(AzureEntry, entry).host
        hidden = azure.addresses.vault_host(host) is not None and not azure.has_vault(f"https://{host}")
        return Fault("drop_before") if hidden or not azure.serves_here else fault

    async def work(self, scope: Scope, entry: Entry) -> Answer:
        """The response of the login or of the vault."""
        cluster, request = self.world.cluster, scope["simulator.request"]
        host = cluster.azure.addresses.vault_host(request.host)
        try:
            if host is None:
                return Login(cluster).answer(request, cast(AzureEntry, entry))
            return Vaults(cluster).answer(host, request, cast(AzureEntry, entry))
        except Exception:
            _LOGGER.exception("%s %s", entry.method, entry.raw_path)
            return http.answer({"error": {"code": "InternalServerError", "message": "bug in the simulator"}}, 500)
