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
from starlette.routing import Route
from starlette.types import Scope

from . import errors, query
from .config import Knobs
from .errors import ApiError
from .jobs import Job
from .query import Page, Parameters, Record, Table

#: What GET reads: the table, and its rows by uuid.
Resource = tuple[Table, Mapping[str, Any]]
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
    given = dict(parameters(request))
    for name in given:
        if name not in known:
            raise errors.unexpected_argument(name)
    return given


def parameters(request: Request) -> Parameters:
    return request.query_params.multi_items()


def hal(request: Request) -> bool:
    return bool(request.scope["simulator.hal"])


def no_body(request: Request) -> None:
    for name in body_of(request):
        raise errors.unexpected_argument(name)


def return_timeout(request: Request, given: dict[str, str]) -> float:
    knobs: Knobs = request.scope["simulator.knobs"]
    return min(query.integer("return_timeout", given.get("return_timeout", str(RETURN_TIMEOUT)), 0, 120), knobs.longest_return_timeout)


async def ended(jobs: list[Job], seconds: float) -> bool:
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


async def outcome(job: Job, seconds: float, more: Callable[[], Record] | Record, early: Record | None = None) -> Response:
    """200, with `more`, or the work's own error where it ended in time, else 202 and the job, with `early` (ontap-releases.md)."""
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


def done(knobs: Knobs) -> Response:
    """Response to a PATCH or DELETE that was done at once."""
    return answer(None if knobs.empty_success else {})


async def accepted(job: Job, seconds: float, knobs: Knobs) -> Response:
    """Response to a PATCH or DELETE that runs as a job; without a name of it (knob unnamed_jobs) nothing but its status shows the end."""
    if not knobs.unnamed_jobs:
        return await outcome(job, seconds, {})
    if not await ended([job], seconds):
        return answer(None, 202)
    if job.error is not None:
        raise job.error
    return done(knobs)


def refusal(scope: Scope, error: ApiError) -> Response:
    """The answer of an error; a hostile server's one repeats what was sent."""
    knobs: Knobs = scope["simulator.knobs"]
    error = errors.in_words_of(error, knobs)
    content = {"error": error.error()}
    if knobs.echo_body:
        content["error"]["message"] += f" Request: {scope['simulator.body'].decode(errors='replace')}"
    headers = {"WWW-Authenticate": 'Basic realm="Private Area"'} if error.status == 401 else None
    return answer(content, error.status or knobs.error_status, headers)


def listed(path: str, resource: Callable[[], Resource], page: Callable[[], Page]) -> Route:
    """GET of a collection."""

    async def everything(request: Request) -> Response:
        table, rows = resource()
        return answer(query.collection(table, rows.values(), parameters(request), page(), hal=hal(request)))

    return Route(path, everything, methods=["GET"])


def readable(path: str, resource: Callable[[], Resource], page: Callable[[], Page]) -> list[Route]:
    """GET of a collection and of one of its records."""

    async def single(request: Request) -> Response:
        table, rows = resource()
        row = rows.get(request.path_params["uuid"].lower())
        if row is None:
            raise errors.not_found()
        return answer(query.one(table, row, parameters(request), hal=hal(request)))

    return [listed(path, resource, page), Route(path + "/{uuid}", single, methods=["GET"])]
