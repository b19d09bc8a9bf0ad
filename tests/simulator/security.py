# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST endpoints of key stores and of other key managers, with migrate."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors, query, web
from .records import KEY_MANAGERS, KEY_STORES
from .web import Resource
from .world import World

#: From when on each is there (ontap-releases.md, "Endpoints"; README.md tells where public documentation differs).
_KEY_STORES_SINCE = "9.14"
_MIGRATE_SINCE = "9.9"


class Security:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Route]:
        """All of them."""
        store = KEY_STORES + "/{uuid}"
        return [
            Route(store, self._switch, methods=["PATCH"]),
            Route(store, self._delete, methods=["DELETE"]),
            Route(KEY_MANAGERS + "/{uuid}/migrate", self._migrate, methods=["POST"]),
            *web.readable(KEY_STORES, self._stores, self.world.page),
            *web.readable(KEY_MANAGERS, self._managers, self.world.page),
        ]

    def _since(self, release: str) -> None:
        if not self.world.cluster.release.at_least(release):
            raise errors.no_such_api()

    def _stores(self) -> Resource:
        self._since(_KEY_STORES_SINCE)
        return self.world.records.key_stores, self.world.stores.rows()

    def _managers(self) -> Resource:
        managers = self.world.cluster.key_managers.values()
        return self.world.records.key_managers, {manager.uuid: manager for manager in managers}

    async def _switch(self, request: Request) -> Response:
        self._since(_KEY_STORES_SINCE)
        seconds = web.return_timeout(request, web.options(request, "return_timeout"))
        vault, work = self.world.stores.switch(request.path_params["uuid"], web.body_of(request))
        job = self.world.jobs.start(f"PATCH {KEY_STORES}/{vault.uuid}", work, vault.svm)
        return await web.accepted(job, seconds, self.world.cluster.knobs)

    async def _delete(self, request: Request) -> Response:
        self._since(_KEY_STORES_SINCE)
        seconds = web.return_timeout(request, web.options(request, *self.world.delete_options))
        knobs, uuid = self.world.cluster.knobs, request.path_params["uuid"]
        work = partial(self.world.stores.delete, uuid)
        if not knobs.async_delete:
            work()
            return web.done(knobs)
        return await web.accepted(self.world.jobs.start(f"DELETE {KEY_STORES}/{uuid}", work, self.world.cluster.itself), seconds, knobs)

    async def _migrate(self, request: Request) -> Response:
        self._since(_MIGRATE_SINCE)
        given = web.options(request, "return_timeout", "return_records")
        query.boolean("return_records", given.get("return_records", "false"))
        seconds, source = web.return_timeout(request, given), request.path_params["uuid"]
        way = self.world.migration.between(source, web.body_of(request))
        work = partial(self.world.migration.do_migrate, way)
        job = self.world.jobs.start(f"POST {KEY_MANAGERS}/{source}/migrate", work, way.svm)
        return await web.completion(job, seconds, dict, self.world.cluster.completion)
