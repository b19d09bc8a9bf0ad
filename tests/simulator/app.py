# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST API: which path leads to which operation."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import bulk, codes, errors, query, web
from .cluster import Vault
from .errors import ApiError
from .jobs import Job, Work
from .passthrough import Passthrough
from .query import Record
from .records import CLUSTER, EVENTS, JOBS, NODES, SVMS, VAULTS
from .security import Security
from .web import Resource
from .world import World


class Api:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def app(self) -> Starlette:
        """The ASGI application."""
        vault = VAULTS + "/{uuid}"
        routes = [
            Route(CLUSTER, self._get_cluster, methods=["GET"]),
            Route(VAULTS, self._create, methods=["POST"]),
            Route(VAULTS, self._update_many, methods=["PATCH"]),
            Route(vault, self._update, methods=["PATCH"]),
            Route(vault, self._delete, methods=["DELETE"]),
            Route(vault + "/rekey-external", self._rekey_external, methods=["POST"]),
            Route(vault + "/rekey-internal", self._rekey_internal, methods=["POST"]),
            Route(vault + "/restore", self._restore, methods=["POST"]),
        ]
        resources = {VAULTS: self._vaults, NODES: self._nodes, SVMS: self._svms, JOBS: self._jobs}
        for path, resource in resources.items():
            routes += web.readable(path, resource, self.world.page)
        routes.append(web.listed(EVENTS, self._events, self.world.page))
        routes += Security(self.world).routes() + Passthrough(self.world).routes()
        handlers = {ApiError: _refused, HTTPException: _no_route}
        return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]

    # A reset makes a new cluster: what these give must be looked up at each request.

    def _nodes(self) -> Resource:
        return self.world.records.nodes, {node.uuid: node for node in self.world.cluster.nodes.values()}

    def _svms(self) -> Resource:
        return self.world.records.svms, {svm.uuid: svm for svm in self.world.cluster.svms.values()}

    def _vaults(self) -> Resource:
        return self.world.records.vaults, self.world.cluster.shown()

    def _jobs(self) -> Resource:
        return self.world.jobs.table, self.world.jobs.present()

    def _events(self) -> Resource:
        return self.world.records.events, self.world.cluster.ems.newest_first()

    async def _get_cluster(self, request: Request) -> Response:
        given = [(name, text) for name, text in web.parameters(request) if name != "return_timeout"]
        return web.answer(query.one(self.world.records.itself, None, given, hal=web.hal(request)))

    def _vault(self, request: Request) -> Vault:
        return self.world.vaults.find(request.path_params["uuid"])

    def _record(self, request: Request, vault: Vault) -> Record:
        return query.one(self.world.records.vaults, vault, [], hal=web.hal(request))

    async def _create(self, request: Request) -> Response:
        release, knobs = self.world.cluster.release, self.world.cluster.knobs
        options = {"return_timeout": "9.15", "create_inactive": "9.14", "return_records": "9.8"}
        given = web.options(request, *(name for name, since in options.items() if release.at_least(since)))
        wanted, inactive = (query.boolean(name, given.get(name, "false")) for name in ("return_records", "create_inactive"))
        seconds = web.return_timeout(request, given)
        vault, fields = self.world.vaults.create(web.body_of(request), inactive=inactive)
        work = partial(self.world.vaults.do_create, vault, fields)
        headers = {"Location": f"{VAULTS}/{vault.uuid}"} if knobs.creation_location else None
        if knobs.async_create:
            job = self._start(f"POST {VAULTS}", work, vault)
            if not await web.ended([job], seconds):
                return web.answer({"job": job.as_answer()}, 202, headers)
            if job.error is not None:
                raise job.error
        else:
            work()
        return web.answer(None if knobs.empty_creation else self._created(request, vault, wanted=wanted), 201, headers)

    def _created(self, request: Request, vault: Vault, *, wanted: bool) -> Record:
        content: Record = {"num_records": 1} if self.world.cluster.knobs.record_count else {}
        return content | ({"records": [self._record(request, vault)]} if wanted else {})

    async def _update(self, request: Request) -> Response:
        seconds = web.return_timeout(request, web.options(request, "return_timeout"))
        vault = self._vault(request)
        vaults = self.world.vaults
        given = vaults.update(web.body_of(request))
        if not self.world.cluster.knobs.async_patch:
            vaults.do_update(vault, given)
            return web.done(self.world.cluster.knobs)
        return await web.accepted(self._start_update(vault, given), seconds, self.world.cluster.knobs)

    async def _update_many(self, request: Request) -> Response:
        knobs = self.world.cluster.knobs
        if not knobs.collection_patch:
            raise errors.no_such_api(405)
        table, vaults, parameters = self.world.records.vaults, self.world.vaults, web.parameters(request)
        options, filters = bulk.split(parameters)
        found, cursor = query.choose(table, self.world.cluster.vaults.values(), filters, self.world.page())
        work = bulk.Bulk(vaults, found, vaults.update(web.body_of(request)), options)
        # Of a query that ended before its end, the vendor's client sends the PATCH again to the next link.
        always: Record = {} if cursor is None else {"_links": {"next": query.next_link(table, parameters, cursor)}}
        if knobs.collection_patch_count is not None:
            always["num_records"] = knobs.collection_patch_count
        if not knobs.async_patch:
            work.run()
            return web.answer(work.answer(partial(self._record, request)) | always)
        early = {"num_records": len(found)} | always
        if knobs.collection_patch_jobs:
            return await self._update_by_jobs(work, early)
        job = self.world.jobs.start(f"PATCH {VAULTS}", work.run, self.world.cluster.itself)
        return await web.outcome(job, options.seconds, lambda: work.answer(partial(self._record, request)) | always, early)

    async def _update_by_jobs(self, work: bulk.Bulk, more: Record) -> Response:
        """A job for each record: the vendor's client waits for all of `jobs`, and takes the errors from them."""
        jobs = [self._start_update(vault, work.given) for vault in work.found]
        ended = await web.ended(jobs, work.options.seconds)
        return web.answer({"jobs": [job.as_answer() for job in jobs]} | more, 200 if ended else 202)

    def _start_update(self, vault: Vault, given: dict[str, Any]) -> Job:
        return self._start(f"PATCH {VAULTS}/{vault.uuid}", partial(self.world.vaults.do_update, vault, given), vault)

    async def _delete(self, request: Request) -> Response:
        seconds = web.return_timeout(request, web.options(request, *self.world.delete_options))
        knobs, vault = self.world.cluster.knobs, self._vault(request)
        work = partial(self.world.vaults.delete, vault)
        if not knobs.async_delete:
            work()
            return web.done(knobs)
        return await web.accepted(self._start(f"DELETE {VAULTS}/{vault.uuid}", work, vault), seconds, knobs)

    async def _rekey_external(self, request: Request) -> Response:
        vaults = self.world.vaults
        vault, seconds, wanted = self._action(request, "9.11")
        key_id = vaults.rekey_external(vault, web.body_of(request))
        work = partial(vaults.do_rekey_external, vault, key_id)
        return await self._run(request, codes.REKEY_EXTERNAL, work, vault, seconds, wanted)

    async def _rekey_internal(self, request: Request) -> Response:
        vault, seconds, wanted = self._action(request, "9.10")
        web.no_body(request)
        work = partial(self.world.vaults.do_rekey_internal, vault)
        return await self._run(request, codes.REKEY_INTERNAL, work, vault, seconds, wanted)

    async def _restore(self, request: Request) -> Response:
        vault, seconds, wanted = self._action(request, "9.10")
        web.no_body(request)
        work = partial(self.world.vaults.do_restore, vault)
        return await self._run(request, codes.RESTORE, work, vault, seconds, wanted)

    def _action(self, request: Request, since: str) -> tuple[Vault, float, bool]:
        """What rekey and restore have in common (reference, Parameters)."""
        if not self.world.cluster.release.at_least(since):
            raise errors.no_such_api()
        given = web.options(request, "return_timeout", "return_records")
        wanted = query.boolean("return_records", given.get("return_records", "false"))
        return self._vault(request), web.return_timeout(request, given), wanted

    def _start(self, description: str, work: Work, vault: Vault) -> Job:
        return self.world.jobs.start(description, work, vault.svm)

    async def _run(self, request: Request, operation: str, work: Work, vault: Vault, seconds: float, wanted: bool) -> Response:
        job = self._start(f"POST {VAULTS}/{vault.uuid}/{operation}", work, vault)
        more = (lambda: {"num_records": 1, "records": [self._record(request, vault)]}) if wanted else dict
        return await web.completion(job, seconds, more, self.world.cluster.completion)


async def _refused(request: Request, error: ApiError) -> Response:
    return web.refusal(request.scope, error)


async def _no_route(request: Request, error: HTTPException) -> Response:
    return web.refusal(request.scope, errors.no_such_api(error.status_code))
