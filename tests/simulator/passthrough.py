# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to the CLI: the passthrough of REST (/api/private/cli) and ONTAPI's system-cli."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from . import errors, ontapi, query, web
from .cli import COMMANDS, LEVELS, Cli, Run, UnknownCommandError
from .cli_show import SHOWS
from .endpoints import Endpoint, Handler
from .errors import ApiError
from .jobs import Job
from .parameters import Asked
from .tables import Table
from .world import World

PRIVATE = "/api/private/cli"
#: Its records have no fields that are known beforehand.
TABLE = Table(PRIVATE, {}, lambda row, _advanced: dict(row), identity=())


class _Command(Endpoint):
    """The endpoint of the commands that a method is for."""

    def __init__(self, method: str, handler: Handler, commands: Container[str]) -> None:
        super().__init__(method, PRIVATE + "/{words:path}", handler)
        self._commands = commands

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for such a command."""
        match, child = super().matches(scope)
        return (
            (match, child)
            if match is not Match.NONE and _line(child["path_params"]) in self._commands
            else (Match.NONE, {})
        )


class Passthrough:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cli = Cli(world)

    def routes(self) -> list[Route]:
        """Both ways."""
        works = {line for line, command in COMMANDS.items() if not command.shows}
        return [
            _Command("GET", self._show, SHOWS),
            _Command("POST", self._private, works),
            Route(ontapi.PATH, self._ontapi, methods=["POST"]),
        ]

    def _start(self, run: Run) -> Job:
        return self.world.jobs.start(run.line, run.work, run.svm)

    async def _done(self, run: Run) -> str:
        """Run a command to its end: whoever sends one waits as long as it takes (assumption)."""
        if run.output is str:
            job = self._start(run)
            await job.ended.wait()
            if job.error is not None:
                raise job.error
        return run.output()

    async def _show(self, request: Request) -> Response:
        """GET: the fields that are asked for, and those that identify a row."""
        line = _line(request.path_params)
        show = SHOWS[line]
        table = show.table(self.world, request.url.path)
        # A hyphen of the CLI is an underscore here; both are taken.
        pairs = [
            (_underscored(name), _underscored(text) if name == "fields" else text)
            for name, text in web.pairs_of(request)
        ]
        asked = web.ask(request, table, "privilege_level", filters=True, pairs=pairs)
        if LEVELS.index(_level(asked.own.get("privilege_level", LEVELS[0]))) < LEVELS.index(show.level):
            raise errors.no_such_api()
        if any(item.lstrip("!") in ("*", "**") for item in asked.fields):
            raise errors.no_wildcard()
        rows = web.reachable(request, (table, {row.uuid: row for row in show.rows(self.world)}))
        return web.paged(query.collection(table, rows.values(), asked, pairs, self.world.page(), hal=False))

    async def _private(self, request: Request) -> Response:
        """POST: a command that does something."""
        asked = web.ask(request, TABLE, "privilege_level")
        body = web.body_of(request)
        level = _level(asked.own.get("privilege_level", body.pop("privilege_level", LEVELS[0])))
        try:
            run = self.cli.understand(
                _line(request.path_params), _options(body), level, shows=False, svm=web.tunneled(request)
            )
            if self.world.cluster.knobs.cli_jobs:
                return await self._as_job(request, asked, run)
            output = await self._done(run)
        except UnknownCommandError as error:
            raise errors.no_such_api() from error
        except ApiError as error:
            # What has no HTTP status of its own ("Getting started": 500).
            error.status = self.world.cluster.knobs.cli_error_status if error.status in (None, 400) else error.status
            raise
        return web.answer({"cli_output": output} if output else {})

    async def _as_job(self, request: Request, asked: Asked, run: Run) -> Response:
        """A command that uses a job is not waited for, unless return_timeout says so ("Getting started"; the status:
        assumption).
        """
        job = self._start(run)
        number = f"[Job {len(self.world.jobs.jobs)}]"
        if not await web.ended([job], web.seconds_of(request, asked)):
            return web.answer({"job": job.as_answer(), "cli_output": f"{number} Job is queued: {run.line}.\n"}, 202)
        if job.error is not None:
            raise job.error
        return web.answer({"job": job.as_answer(), "cli_output": f"{number} Job succeeded: Successful\n"})

    async def _ontapi(self, request: Request) -> Response:
        try:
            content = await self._called(request)
        except ontapi.CallError as error:
            content = ontapi.failed(error.errno, error.reason)
        return Response(content, media_type="text/xml")

    async def _called(self, request: Request) -> str:
        user = request.scope["simulator.user"]
        # A REST role is for the application http alone (assumption).
        if user.role == "readonly" or user.privileges is not None:
            raise ontapi.CallError(
                ontapi.NO_PRIVILEGE,
                f"Insufficient privileges: user '{user.name}' does not have write access to this resource",
            )
        call = ontapi.read(request.scope["simulator.body"])
        options = dict(call.options)
        if call.vserver is not None:
            if call.vserver not in self.world.cluster.svms:
                raise ontapi.CallError(ontapi.NO_SUCH_VSERVER, "Specified vserver not found")
            options.setdefault("vserver", call.vserver)
        try:
            run = self.cli.understand(call.line, options, call.level, shows=True)
            return ontapi.passed(await self._done(run))
        except ApiError as error:
            if self.world.cluster.knobs.ontapi_failed:
                raise ontapi.CallError(error.code, error.message) from error
            unknown = isinstance(error, UnknownCommandError)
            return ontapi.passed(f"Error: {'' if unknown else 'command failed: '}{error.message}\n", succeeded=False)


def _line(path_params: Mapping[str, str]) -> str:
    """The words of a path as a command."""
    return " ".join(path_params["words"].strip("/").split("/"))


def _underscored(name: str) -> str:
    return name.replace("-", "_")


def _level(text: Any) -> str:
    if text not in LEVELS:
        raise errors.invalid_value("privilege_level", text, " or ".join(LEVELS))
    return str(text)


def _options(body: dict[str, Any]) -> dict[str, str]:
    """The body's fields as options; an underscore stands for a hyphen, which is taken too."""
    options = {}
    for name, value in body.items():
        if not isinstance(value, str):
            raise errors.invalid_value(name, value, "string")
        options[name.replace("_", "-")] = value
    return options
