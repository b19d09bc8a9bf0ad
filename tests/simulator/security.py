# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST endpoints of key stores, of other key managers with migrate, and of the settings of all of them."""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from . import query, settings, web
from .collection_api import AT_ONCE, JOBS, Change, CollectionApi, deletion
from .endpoints import Endpoint
from .parameters import Asked
from .records import KEY_MANAGER_CONFIGS, KEY_MANAGERS, KEY_STORES
from .web import Resource
from .world import World

#: From when on each is there (ontap-releases.md, "Endpoints"; README.md tells where public documentation differs).
_KEY_STORES_SINCE = "9.14"
_MIGRATE_SINCE = "9.9"
_SETTINGS_SINCE = "9.10"


class Security:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._collection = CollectionApi(world, self._stores, self._changes, since=_KEY_STORES_SINCE)

    def routes(self) -> list[Endpoint]:
        """All of them."""
        store = KEY_STORES + "/{uuid}"
        return [
            Endpoint("PATCH", store, self._switch, _KEY_STORES_SINCE),
            Endpoint("DELETE", store, self._delete, _KEY_STORES_SINCE),
            Endpoint("GET", KEY_MANAGER_CONFIGS, self._get_settings, _SETTINGS_SINCE),
            Endpoint("PATCH", KEY_MANAGER_CONFIGS, self._set, _SETTINGS_SINCE),
            Endpoint("POST", KEY_MANAGERS + "/{uuid}/migrate", self._migrate, _MIGRATE_SINCE),
            *self._collection.routes(KEY_STORES, self._stores),
            *web.readable(KEY_MANAGERS, self._managers, self.world.page),
        ]

    def _stores(self) -> Resource:
        return self.world.records.key_stores, self.world.stores.rows()

    def _changes(self) -> dict[str, Change]:
        stores, asynchronous = self.world.stores, self.world.cluster.knobs.async_delete
        return {
            "PATCH": Change(stores.parse, stores.check, stores.do_switch, JOBS),
            "DELETE": deletion(stores.delete, JOBS if asynchronous else AT_ONCE),
        }

    def _managers(self) -> Resource:
        managers = self.world.cluster.key_managers.values()
        return self.world.records.key_managers, {manager.uuid: manager for manager in managers}

    def _ask(self, request: Request) -> Asked:
        return web.ask(request, self.world.records.key_stores)

    async def _get_settings(self, request: Request) -> Response:
        table = self.world.records.settings
        return web.answer(query.one(table, self.world.settings, web.ask(request, table), hal=web.hal(request)))

    async def _set(self, request: Request) -> Response:
        web.ask(request, self.world.records.settings)
        settings.update(self.world.cluster, self.world.settings, web.body_of(request))
        return web.done(self.world.cluster.knobs, {})

    async def _switch(self, request: Request) -> Response:
        asked, row = self._ask(request), web.find(request, self._stores())
        work = self.world.stores.switch(row, self.world.stores.parse(web.body_of(request)))
        job = self.world.jobs.start(f"PATCH {KEY_STORES}/{row.uuid}", work, row.svm)
        return await web.accepted(job, web.seconds_of(request, asked), self.world.cluster.knobs)

    async def _delete(self, request: Request) -> Response:
        asked, knobs, uuid = self._ask(request), self.world.cluster.knobs, request.path_params["uuid"]
        work = partial(self.world.stores.delete, web.reachable(request, self._stores()).get(uuid.lower()))
        if not knobs.async_delete:
            work()
            return web.done(knobs, {})
        job = self.world.jobs.start(f"DELETE {KEY_STORES}/{uuid}", work, self.world.cluster.itself)
        return await web.accepted(job, web.seconds_of(request, asked), knobs)

    async def _migrate(self, request: Request) -> Response:
        asked, source = web.ask(request, self.world.records.key_managers), request.path_params["uuid"]
        rows = web.reachable(request, (self.world.records.key_stores, self.world.stores.rows()))
        way = self.world.migration.between(rows, source, web.body_of(request))
        work = partial(self.world.migration.do_migrate, way)
        job = self.world.jobs.start(f"POST {KEY_MANAGERS}/{source}/migrate", work, way.svm)
        return await web.completion(job, web.seconds_of(request, asked), dict, self.world.cluster.completion)
