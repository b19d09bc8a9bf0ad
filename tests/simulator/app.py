# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST API: which path leads to which operation."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from . import bulk, codes, errors, query
from .cluster import Vault
from .errors import ApiError
from .jobs import Job, Work
from .query import Parameters, Record, Table
from .records import CLUSTER, JOBS, NODES, SVMS, VAULTS
from .world import World

#: What GET reads: the table, and its rows by uuid.
Resource = tuple[Table, Mapping[str, Any]]
#: return_timeout of POST, PATCH and DELETE "on a single record, the default is 0 seconds" (reference, Parameters;
#: the same table says "Default value: 1", which belongs to collections: the sentence is taken for right).
RETURN_TIMEOUT = 0


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer; the front sets the content type."""
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), status, headers)


def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object; no body counts as an empty one."""
    body = request.scope["simulator.body"]
    if not body.strip():
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        raise errors.bad_value("Invalid JSON input.") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise errors.bad_value("Invalid JSON input. An object is expected.")
    return content


def options(request: Request, *known: str) -> dict[str, str]:
    """The query of a write: each parameter must be one that the reference lists there."""
    given = dict(_parameters(request))
    for name in given:
        if name not in known:
            raise errors.unexpected_argument(name)
    return given


def _parameters(request: Request) -> Parameters:
    return request.query_params.multi_items()


def _hal(request: Request) -> bool:
    return bool(request.scope["simulator.hal"])


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
        routes += self._readable(VAULTS, self._vaults)
        routes += self._readable(NODES, self._nodes)
        routes += self._readable(SVMS, self._svms)
        routes += self._readable(JOBS, self._jobs)
        handlers = {ApiError: _refused, HTTPException: _no_route}
        return Starlette(routes=routes, exception_handlers=handlers)  # type: ignore[arg-type]

    # A reset makes a new cluster: what these give must be looked up at each request.

    def _nodes(self) -> Resource:
        return self.world.records.nodes, {node.uuid: node for node in self.world.cluster.nodes.values()}

    def _svms(self) -> Resource:
        return self.world.records.svms, {svm.uuid: svm for svm in self.world.cluster.svms.values()}

    def _vaults(self) -> Resource:
        return self.world.records.vaults, self.world.cluster.vaults

    def _jobs(self) -> Resource:
        return self.world.jobs.table, self.world.jobs.present()

    def _readable(self, path: str, resource: Callable[[], Resource]) -> list[Route]:
        """GET of a collection and of one of its records."""

        async def everything(request: Request) -> Response:
            table, rows = resource()
            page = self.world.page()
            return answer(query.collection(table, rows.values(), _parameters(request), page, hal=_hal(request)))

        async def single(request: Request) -> Response:
            table, rows = resource()
            row = rows.get(request.path_params["uuid"].lower())
            if row is None:
                raise errors.not_found()
            return answer(query.one(table, row, _parameters(request), hal=_hal(request)))

        return [Route(path, everything, methods=["GET"]), Route(path + "/{uuid}", single, methods=["GET"])]

    async def _get_cluster(self, request: Request) -> Response:
        given = [(name, text) for name, text in _parameters(request) if name != "return_timeout"]
        return answer(query.one(self.world.records.itself, None, given, hal=_hal(request)))

    def _vault(self, request: Request) -> Vault:
        return self.world.vaults.find(request.path_params["uuid"])

    def _record(self, request: Request, vault: Vault) -> Record:
        return query.one(self.world.records.vaults, vault, [], hal=_hal(request))

    async def _create(self, request: Request) -> Response:
        given = options(request, "return_records")
        wanted = query.boolean("return_records", given.get("return_records", "false"))
        vault = self.world.vaults.create(body_of(request))
        content: Record = {"num_records": 1}
        if wanted:
            content["records"] = [self._record(request, vault)]
        return answer(content, 201, {"Location": f"{VAULTS}/{vault.uuid}"})

    async def _update(self, request: Request) -> Response:
        seconds = _return_timeout(options(request, "return_timeout"))
        vault = self._vault(request)
        vaults = self.world.vaults
        given = vaults.update(body_of(request))
        if not self.world.cluster.knobs.async_patch:
            vaults.do_update(vault, given)
            return answer({})
        return await _outcome(self._start_update(vault, given), seconds, {})

    async def _update_many(self, request: Request) -> Response:
        knobs = self.world.cluster.knobs
        if not knobs.collection_patch:
            raise errors.no_such_api(405)
        table, vaults, parameters = self.world.records.vaults, self.world.vaults, _parameters(request)
        options, filters = bulk.split(parameters)
        found, cursor = query.choose(table, self.world.cluster.vaults.values(), filters, self.world.page())
        work = bulk.Bulk(vaults, found, vaults.update(body_of(request)), options)
        # Of a query that ended before its end, the vendor's client sends the PATCH again to the next link.
        always: Record = {} if cursor is None else {"_links": {"next": query.next_link(table, parameters, cursor)}}
        if knobs.collection_patch_count is not None:
            always["num_records"] = knobs.collection_patch_count
        if not knobs.async_patch:
            work.run()
            return answer(work.answer(partial(self._record, request)) | always)
        early = {"num_records": len(found)} | always
        if knobs.collection_patch_jobs:
            return await self._update_by_jobs(work, early)
        job = self.world.jobs.start(f"PATCH {VAULTS}", work.run, self.world.cluster.itself)
        return await _outcome(job, options.seconds, lambda: work.answer(partial(self._record, request)) | always, early)

    async def _update_by_jobs(self, work: bulk.Bulk, more: Record) -> Response:
        """A job for each record: the vendor's client waits for all of `jobs`, and takes the errors from them."""
        jobs = [self._start_update(vault, work.given) for vault in work.found]
        ended = await _ended(jobs, work.options.seconds)
        return answer({"jobs": [job.as_answer() for job in jobs]} | more, 200 if ended else 202)

    def _start_update(self, vault: Vault, given: dict[str, Any]) -> Job:
        return self._start(f"PATCH {VAULTS}/{vault.uuid}", partial(self.world.vaults.do_update, vault, given), vault)

    async def _delete(self, request: Request) -> Response:
        options(request)
        self.world.vaults.delete(self._vault(request))
        return answer({})

    async def _rekey_external(self, request: Request) -> Response:
        vaults = self.world.vaults
        vault, seconds, wanted = self._action(request, "9.11")
        key_id = vaults.rekey_external(vault, body_of(request))
        work = partial(vaults.do_rekey_external, vault, key_id)
        return await self._run(request, codes.REKEY_EXTERNAL, work, vault, seconds, wanted)

    async def _rekey_internal(self, request: Request) -> Response:
        vault, seconds, wanted = self._action(request, "9.10")
        _no_body(request)
        work = partial(self.world.vaults.do_rekey_internal, vault)
        return await self._run(request, codes.REKEY_INTERNAL, work, vault, seconds, wanted)

    async def _restore(self, request: Request) -> Response:
        vault, seconds, wanted = self._action(request, "9.10")
        _no_body(request)
        work = partial(self.world.vaults.do_restore, vault)
        return await self._run(request, codes.RESTORE, work, vault, seconds, wanted)

    def _action(self, request: Request, since: str) -> tuple[Vault, int, bool]:
        """What rekey and restore have in common (reference, Parameters)."""
        if not self.world.cluster.release.at_least(since):
            raise errors.no_such_api()
        given = options(request, "return_timeout", "return_records")
        wanted = query.boolean("return_records", given.get("return_records", "false"))
        return self._vault(request), _return_timeout(given), wanted

    def _start(self, description: str, work: Work, vault: Vault) -> Job:
        return self.world.jobs.start(description, work, vault.svm)

    async def _run(self, request: Request, operation: str, work: Work, vault: Vault, seconds: int, wanted: bool) -> Response:
        job = self._start(f"POST {VAULTS}/{vault.uuid}/{operation}", work, vault)
        more = (lambda: {"num_records": 1, "records": [self._record(request, vault)]}) if wanted else dict
        return await _outcome(job, seconds, more)


def _no_body(request: Request) -> None:
    for name in body_of(request):
        raise errors.unexpected_argument(name)


def _return_timeout(given: dict[str, str]) -> int:
    return query.integer("return_timeout", given.get("return_timeout", str(RETURN_TIMEOUT)), 0, 120)


async def _ended(jobs: list[Job], seconds: int) -> bool:
    """Wait so long for jobs to end; whether all of them did (never, where nobody waits)."""
    if not seconds:
        return False
    try:
        async with asyncio.timeout(seconds):
            for job in jobs:
                await job.ended.wait()
    except TimeoutError:
        return False
    return True


async def _outcome(job: Job, seconds: int, more: Callable[[], Record] | Record, early: Record | None = None) -> Response:
    """200, with `more`, or the work's own error where it ended in time, else 202 and the job, with `early` (ontap-releases.md)."""
    if not await _ended([job], seconds):
        return answer({"job": job.as_answer()} | (early or {}), 202)
    if job.error is not None:
        raise job.error
    return answer({"job": job.as_answer()} | (more() if callable(more) else more))


def refusal(scope: Scope, error: ApiError) -> Response:
    """The answer of an error; a hostile server's one repeats what was sent."""
    content = {"error": error.error()}
    if scope["simulator.echo"]:
        content["error"]["message"] += f" Request: {scope['simulator.body'].decode(errors='replace')}"
    headers = {"WWW-Authenticate": 'Basic realm="Private Area"'} if error.status == 401 else None
    return answer(content, error.status, headers)


async def _refused(request: Request, error: ApiError) -> Response:
    return refusal(request.scope, error)


async def _no_route(request: Request, error: HTTPException) -> Response:
    return refusal(request.scope, errors.no_such_api(error.status_code))
