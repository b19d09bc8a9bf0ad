# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every endpoint needs: the parts of a request, and the forms of an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from . import bodies, errors, query, tunnel
from .cluster import Svm
from .config import Knobs
from .endpoints import Endpoint
from .errors import ApiError
from .jobs import RESULTS, Job
from .paging import Page, Pairs
from .parameters import Asked, Call, read
from .tables import Record, Table

#: A resource: its table, and its rows by uuid.
Resource = tuple[Table, Mapping[str, Any]]
Results = Callable[[Request, Asked], Response]
#: return_timeout of POST, PATCH and DELETE "on a single record, the default is 0 seconds" (reference, Parameters;
#: the same table says "Default value: 1", which belongs to collections: the sentence is taken for right).
RETURN_TIMEOUT = 0


def answer(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, or one without a body (None); the front sets the content type."""
    if content is None:
        return Response(b"", status, headers)
    return Response(json.dumps(content, ensure_ascii=False, separators=(",", ":")), status, headers)


def body_of(request: Request) -> dict[str, Any]:
    """The request's JSON object; no body counts as an empty one."""
    return bodies.parse(request.scope["simulator.body"])


def ask(request: Request, table: Table, *own: str, filters: bool = False, pairs: Pairs | None = None) -> Asked:
    """The checked query of a request.

    own: parameters of this call alone; filters: whether the resource's fields choose records; pairs: the query, if it
    is not that of the URL.
    """
    pairs = pairs_of(request) if pairs is None else pairs
    call = Call(request.method, filters, own)
    # DELETE of a collection takes `records`.
    if (call.reads or (call.method == "DELETE" and not filters)) and not bodies.is_empty(
        request.scope["simulator.body"]
    ):
        raise errors.no_body_allowed()
    if filters:
        refuse = request.scope["simulator.knobs"].tunnel_refuses_filters
        tunnel.check_filters(tunneled(request), table, pairs, refuse=refuse)
    return read(table, pairs, call)


def pairs_of(request: Request) -> Pairs:
    """The query as it was sent."""
    return request.query_params.multi_items()


def tunneled(request: Request) -> Svm | None:
    """The SVM of the tunneling headers."""
    svm: Svm | None = request.scope["simulator.svm"]
    return svm


def reachable(request: Request, resource: Resource) -> Mapping[str, Any]:
    """The rows that the request can reach."""
    return tunnel.within(tunneled(request), *resource)


def find(request: Request, resource: Resource) -> Any:
    """The row that the path names, or 404."""
    row = reachable(request, resource).get(request.path_params["uuid"].lower())
    if row is None:
        raise errors.not_found()
    return row


def hal(request: Request) -> bool:
    return bool(request.scope["simulator.hal"])


def records_of(body: dict[str, Any]) -> list[dict[str, Any]]:
    """`records` of a body: an array of objects, beside which nothing else is."""
    records = body["records"]
    if not isinstance(records, list):
        raise errors.array_expected("records")
    for name in body:
        if name not in ("records", "_links"):
            raise errors.unexpected_argument(name)
    if not records:
        raise errors.no_values()
    for record in records:
        if not isinstance(record, dict):
            raise errors.invalid_value("records", record, "object")
    return records


def no_body(request: Request) -> None:
    for name in body_of(request):
        raise errors.unexpected_argument(name)


def seconds_of(request: Request, asked: Asked, default: int = RETURN_TIMEOUT) -> float:
    """How long the request waits for work that runs as a job."""
    knobs: Knobs = request.scope["simulator.knobs"]
    return min(default if asked.seconds is None else asked.seconds, knobs.longest_return_timeout)


async def ended(jobs: list[Job], seconds: float) -> bool:
    """Wait so long for jobs to end; whether all of them did (never, where no one waits)."""
    if not seconds:
        return False
    try:
        async with asyncio.timeout(seconds):
            for job in jobs:
                await job.ended.wait()
    except TimeoutError:
        return False
    return True


async def outcome(
    job: Job, seconds: float, more: Callable[[], Record] | Record, early: Record | None = None
) -> Response:
    """200, with `more`, or the work's own error where it ended in time, else 202 and the job, with `early`
    (ontap-releases.md).
    """
    if not await ended([job], seconds):
        return answer({"job": job.as_answer()} | (early or {}), 202)
    if job.error is not None:
        raise job.error
    return answer({"job": job.as_answer()} | (more() if callable(more) else more))


async def completion(job: Job, seconds: float, more: Callable[[], Record], form: str) -> Response:
    """Response to a re-key, restore or migration, where it ended in time in the form that the knob of this name has."""
    status, content = form.split()
    if status == "202" or not await ended([job], seconds):
        return answer({"job": job.as_answer()}, 202)
    if job.error is not None:
        raise job.error
    return answer(None if content == "empty" else {"job": job.as_answer()} | more(), int(status))


def done(knobs: Knobs, more: Record) -> Response:
    """Response to a PATCH or DELETE that was done at once; with the record if it was asked for."""
    return answer(None if knobs.empty_success and not more else more)


async def accepted(job: Job, seconds: float, knobs: Knobs, more: Callable[[], Record] = dict) -> Response:
    """Response to a PATCH or DELETE that runs as a job; without a name of it (knob unnamed_jobs) nothing but its
    status shows the end.
    """
    if not knobs.unnamed_jobs:
        return await outcome(job, seconds, more)
    if not await ended([job], seconds):
        return answer(None, 202)
    if job.error is not None:
        raise job.error
    return done(knobs, more())


def refusal(scope: Scope, error: ApiError, headers: dict[str, str] | None = None) -> Response:
    """The answer of an error; a hostile server's one repeats what was sent."""
    knobs: Knobs = scope["simulator.knobs"]
    error = errors.in_words_of(error, knobs)
    content = {"error": error.error()}
    if knobs.echo_body:
        content["error"]["message"] += f" Request: {scope['simulator.body'].decode(errors='replace')}"
    if error.status == 401:
        headers = {"WWW-Authenticate": 'Basic realm="Private Area"'}
    return answer(content, error.status or knobs.error_status, headers)


def paged(content: Record, status: int = 200) -> Response:
    """A page of a collection; the header Link has the link to the next one, too."""
    following = content.get("_links", {}).get("next")
    return answer(content, status, None if following is None else {"Link": f'<{following["href"]}>; rel="next"'})


def listed(
    path: str,
    resource: Callable[[], Resource],
    page: Callable[[], Page],
    since: str = "9.8",
    results: Results | None = None,
) -> Endpoint:
    """GET of a collection. results: those of a job, for a collection whose records can be changed several at a time."""

    async def everything(request: Request) -> Response:
        table, rows = resource()
        asked = ask(request, table, *((RESULTS,) if results else ()), filters=True)
        if results is not None and RESULTS in asked.own:
            return results(request, asked)
        rows = reachable(request, (table, rows))
        return paged(query.collection(table, rows.values(), asked, pairs_of(request), page(), hal=hal(request)))

    return Endpoint("GET", path, everything, since)


def readable(
    path: str,
    resource: Callable[[], Resource],
    page: Callable[[], Page],
    since: str = "9.8",
    results: Results | None = None,
) -> list[Endpoint]:
    """GET of a collection and of one of its records."""

    async def single(request: Request) -> Response:
        table, rows = resource()
        row = find(request, (table, rows))
        return answer(query.one(table, row, ask(request, table), hal=hal(request)))

    return [listed(path, resource, page, since, results), Endpoint("GET", path + "/{uuid}", single, since)]
