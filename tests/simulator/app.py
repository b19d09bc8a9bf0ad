# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST API: which path leads to which operation."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors, query, web
from .access import Access
from .endpoints import Endpoint, allowed
from .errors import ApiError
from .job_api import JobApi
from .passthrough import Passthrough
from .records import CLUSTER, EVENTS, MESSAGES, NODES, SVMS
from .security import Security
from .vault_api import VaultApi
from .web import Resource
from .world import World


class Api:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        """The ASGI application."""
        routes: list[Route] = [Endpoint("GET", CLUSTER, self._get_cluster)]
        resources = {NODES: self._nodes, SVMS: self._svms}
        for path, resource in resources.items():
            routes += web.readable(path, resource, self.world.page)
        for path, resource in {EVENTS: self._events, MESSAGES: self._messages}.items():
            routes.append(web.listed(path, resource, self.world.page))
        routes += VaultApi(self.world).routes() + JobApi(self.world).routes() + Security(self.world).routes()
        routes += Access(self.world).routes() + Passthrough(self.world).routes()
        self.routes = routes
        handlers = {ApiError: _refused, HTTPException: self._no_route}
        return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]

    # A reset makes a new cluster: what these give must be looked up at each request.

    def _nodes(self) -> Resource:
        return self.world.records.nodes, {node.uuid: node for node in self.world.cluster.nodes.values()}

    def _svms(self) -> Resource:
        return self.world.records.svms, {svm.uuid: svm for svm in self.world.cluster.svms.values()}

    def _events(self) -> Resource:
        return self.world.records.events, self.world.cluster.ems.newest_first()

    def _messages(self) -> Resource:
        return self.world.records.messages, self.world.cluster.ems.catalogue()

    async def _get_cluster(self, request: Request) -> Response:
        table = self.world.records.itself
        return web.answer(query.one(table, None, web.ask(request, table), hal=web.hal(request)))

    async def _no_route(self, request: Request, error: HTTPException) -> Response:
        """Respond to OPTIONS, and to what no endpoint is for."""
        if error.status_code != 405:
            return web.refusal(request.scope, errors.no_such_api(error.status_code))
        headers = {"Allow": ", ".join(allowed(self.routes, request.scope))}
        if request.method == "OPTIONS":
            return web.answer({}, 200, headers)
        return web.refusal(request.scope, errors.no_such_api(405), headers)


async def _refused(request: Request, error: ApiError) -> Response:
    return web.refusal(request.scope, error)
