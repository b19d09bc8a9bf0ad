# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The endpoints of a collection whose records can be changed: GET, with the results of a job, and changes of several
records.

Source: "Getting started with the ONTAP REST API", "Operations on multiple records".
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from . import codes, errors, query, web
from .batch import Batch, Step, Undo
from .bulk import Bulk
from .endpoints import Endpoint
from .jobs import RESULTS, Job
from .paging import CURSOR, Cut
from .parameters import COLLECTION_TIMEOUT, Asked
from .selection import select
from .tables import Record
from .web import Resource
from .world import World

#: What the results of a job do not take: parameters "for controlling the iteration of the collection".
_ITERATION = frozenset({"max_records", "offset", "return_timeout", CURSOR})
#: How a query-based change runs: at once, as one job, or as a job for each record.
AT_ONCE, ONE_JOB, JOBS = "at once", "one job", "jobs"


@dataclass(frozen=True)
class Change:
    """PATCH or DELETE of one record: what the body may have, the work, and how a query runs it."""

    parse: Callable[[Mapping[str, Any]], dict[str, Any]]
    #: Checks of the body that a request makes before it begins with the records found.
    check: Callable[[dict[str, Any]], None]
    #: Does it, and gives how it is taken back.
    do: Callable[[Any, dict[str, Any]], Undo | None]
    runs: str


def deletion(delete: Callable[[Any], None], runs: str) -> Change:
    """DELETE of one record."""
    return Change(_no_fields, lambda _given: None, lambda row, _given: delete(row), runs)


def _no_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a DELETE: it has nothing but what identifies the record."""
    for name in body:
        raise errors.cannot_set(name)
    return {}


class CollectionApi:
    """The endpoints of one collection. changes: PATCH and DELETE as they are now (a reset makes new ones)."""

    def __init__(
        self,
        world: World,
        resource: Callable[[], Resource],
        changes: Callable[[], Mapping[str, Change]],
        *,
        since: str = "9.8",
    ) -> None:
        self.world = world
        self._resource = resource
        self._changes = changes
        self._since = since

    def routes(self, path: str, shown: Callable[[], Resource]) -> list[Endpoint]:
        """All of them. shown: the resource as GET shows it."""
        writes = [Endpoint(method, path, self._change, self._since) for method in ("PATCH", "DELETE")]
        return [*web.readable(path, shown, self.world.page, self._since, self._results), *writes]

    async def _change(self, request: Request) -> Response:
        if request.method == "PATCH" and not self.world.cluster.knobs.collection_patch:
            raise errors.no_such_api(405)
        change = self._changes()[request.method]
        table = self._resource()[0]
        asked = web.ask(request, table, "serial_records", filters=True)
        asked.flag("serial_records")
        body = web.body_of(request)
        if "records" in body:
            if asked.filters:
                raise errors.query_and_records()
            steps = [self._step(request, change, record) for record in web.records_of(body)]
            return await self.run_records(request, asked, steps)
        return await self._by_query(request, asked, change, body)

    async def _by_query(self, request: Request, asked: Asked, change: Change, body: dict[str, Any]) -> Response:
        table, rows = self._resource()
        if request.method == "DELETE" and body:
            raise errors.no_body_allowed()
        chosen = query.choose(table, web.reachable(request, (table, rows)).values(), asked, self.world.page())
        given = change.parse(body)
        change.check(given)
        record = partial(query.one, table, asked=asked, hal=web.hal(request))
        work = Bulk(chosen.rows, asked, partial(_apply, change, given), record, request.method == "DELETE")
        if change.runs == AT_ONCE:
            work.run()
            return self._answer(request, work.answer(self.world.cluster.knobs), chosen)
        if change.runs == JOBS:
            return await self._by_jobs(request, asked, work, chosen)
        return await self._by_job(request, asked, work, chosen)

    def _answer(
        self, request: Request, content: Record, chosen: Cut, status: int = 200, taken: int | None = None
    ) -> Response:
        """A response with the link to the rest, to which the client sends the request again. taken: how many rows
        were started.
        """
        count = self.world.cluster.knobs.collection_patch_count
        if request.method == "PATCH" and count is not None:
            content["num_records"] = count
        links = query.links_of(self._resource()[0], web.pairs_of(request), chosen.token(taken), hal=web.hal(request))
        return web.paged(content | ({"_links": links} if links else {}), status)

    async def _by_job(self, request: Request, asked: Asked, work: Bulk, chosen: Cut) -> Response:
        job = self._start(request, work.run)
        if not await web.ended([job], web.seconds_of(request, asked, COLLECTION_TIMEOUT)):
            return self._answer(request, {"job": job.as_answer(), "num_records": len(work.found)}, chosen, 202)
        if job.error is not None:
            raise job.error
        return self._answer(request, {"job": job.as_answer()} | work.answer(self.world.cluster.knobs), chosen)

    async def _by_jobs(self, request: Request, asked: Asked, work: Bulk, chosen: Cut) -> Response:
        """A job for each record, one after the other, for as long as return_timeout allows; the vendor's client
        waits for all of `jobs`.
        """
        path = self._resource()[0].path
        limit = asyncio.get_running_loop().time() + web.seconds_of(request, asked, COLLECTION_TIMEOUT)
        jobs: list[Job] = []
        ended = True
        for row in work.found:
            if jobs and (not ended or (jobs[-1].error is not None and not asked.go_on)):
                break
            jobs.append(self.world.jobs.start(f"{request.method} {path}/{row.uuid}", partial(work.work, row), row.svm))
            ended = await web.ended(jobs[-1:], max(0, limit - asyncio.get_running_loop().time()))
        # After a failure the rest is not started, and there is no link to it (assumption).
        taken = len(chosen.found) if jobs and ended and jobs[-1].error is not None and not asked.go_on else len(jobs)
        content = {"jobs": [job.as_answer() for job in jobs], "num_records": len(jobs)}
        return self._answer(request, content, chosen, 200 if ended else 202, taken)

    def _start(self, request: Request, work: Callable[[], None], batch: Batch | None = None) -> Job:
        owner = web.tunneled(request) or self.world.cluster.itself
        return self.world.jobs.start(f"{request.method} {self._resource()[0].path}", work, owner, batch)

    # Records in the body.

    def _step(self, request: Request, change: Change, record: dict[str, Any]) -> Step:
        """The step of one record of PATCH or DELETE, which its uuid identifies. What is no record of its own schema
        is refused at once.
        """
        uuid = record.pop("uuid", None)
        if uuid is None:
            raise errors.missing(["uuid"])
        if not isinstance(uuid, str):
            raise errors.invalid_value("uuid", uuid, "uuid")
        given = change.parse(record)
        step = Step({"uuid": uuid}, list(given), lambda: None)

        def do() -> Undo | None:
            row = web.reachable(request, self._resource()).get(uuid.lower())
            if row is None:
                raise errors.not_found()
            step.row = row
            change.check(given)
            return change.do(row, given)

        step.do = do
        return step

    async def run_records(self, request: Request, asked: Asked, steps: list[Step]) -> Response:
        """Run the steps of a body's `records` as a job, whose results have an address of their own."""
        deletes = request.method == "DELETE"
        batch = Batch(request.method, self._resource()[0].path, steps, go_on=asked.go_on or deletes)
        job = self._start(request, batch.run, batch)
        headers = {"Location": job.results} if request.method == "POST" else None
        if not await web.ended([job], web.seconds_of(request, asked)):
            return web.answer({"job": job.as_answer()}, 202, headers)
        if job.error is not None:
            raise job.error
        return web.answer({"job": job.as_answer()}, 201 if request.method == "POST" else 200, headers)

    def _results(self, request: Request, asked: Asked) -> Response:
        """The records that a job was about, as they are now, with the fields that it was about, and its errors."""
        for name, _text in web.pairs_of(request):
            if name in _ITERATION:
                raise errors.unexpected_argument(name)
        table, rows = self._resource()
        batch = self._ended_batch(request, asked.own[RESULTS], table.path)
        names = {id(step.row): step.names for step in batch.steps if step.row is not None and step.row.uuid in rows}
        found = query.matching(table, [step.row for step in batch.steps if id(step.row) in names], asked)
        records = []
        for row in found:
            known = [name for name in names[id(row)] if name in table.fields]
            shown = asked if asked.fields else replace(asked, selection=select(table, known, ()))
            records.append(query.one(table, row, shown, hal=web.hal(request)))
        content: Record = {"records": records, "num_records": len(records)}
        for name, failures in (("errors", batch.errors), ("rollback_errors", batch.rollback_errors)):
            if failures:
                content[name] = [error.error() for error in failures]
        if links := query.links_of(table, web.pairs_of(request), None, hal=web.hal(request)):
            content["_links"] = links
        return web.answer(content)

    def _ended_batch(self, request: Request, uuid: str, path: str) -> Batch:
        job = web.reachable(request, (self.world.jobs.table, self.world.jobs.present())).get(uuid.lower())
        if job is None:
            raise errors.not_found(RESULTS)
        if job.batch is None or job.batch.path != path:
            raise errors.ApiError("262294", codes.text(codes.RECORDS, "262294"), target=RESULTS)
        if job.end is None:
            raise errors.ApiError("262293", codes.text(codes.RECORDS, "262293"), target=RESULTS)
        batch: Batch = job.batch
        return batch


def _apply(change: Change, given: dict[str, Any], row: Any) -> None:
    change.do(row, given)
