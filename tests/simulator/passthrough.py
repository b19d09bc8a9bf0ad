# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to the CLI: the passthrough of REST (/api/private/cli) and ONTAPI's system-cli."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import errors, ontapi, web
from .cli import LEVELS, Cli, Run, UnknownCommandError
from .errors import ApiError
from .tables import Table
from .world import World

PRIVATE = "/api/private/cli"
#: Its records have no fields that are known beforehand.
TABLE = Table(PRIVATE, {}, lambda row, _advanced: dict(row), identity=())


class Passthrough:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cli = Cli(world)

    def routes(self) -> list[Route]:
        """Both."""
        return [
            Route(PRIVATE + "/{words:path}", self._private, methods=["POST"]),
            Route(ontapi.PATH, self._ontapi, methods=["POST"]),
        ]

    async def _done(self, run: Run) -> str:
        """Run a command to its end: whoever sends one waits as long as it takes (assumption)."""
        if run.output is not str:
            return run.output()
        job = self.world.jobs.start(run.line, run.work, run.svm)
        await job.ended.wait()
        if job.error is not None:
            raise job.error
        return run.output()

    async def _private(self, request: Request) -> Response:
        asked = web.ask(request, TABLE, "privilege_level")
        body = web.body_of(request)
        level = _level(asked.own.get("privilege_level", body.pop("privilege_level", LEVELS[0])))
        words = request.path_params["words"].strip("/").split("/")
        try:
            run = self.cli.understand(" ".join(words), _options(body), level, shows=False, svm=web.tunneled(request))
            output = await self._done(run)
        except UnknownCommandError as error:
            raise errors.no_such_api() from error
        except ApiError as error:
            # What has no HTTP status of its own ("Getting started": 500).
            error.status = self.world.cluster.knobs.cli_error_status if error.status in (None, 400) else error.status
            raise
        return web.answer({"cli_output": output} if output else {})

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
            raise ontapi.CallError(ontapi.NO_PRIVILEGE, f"Insufficient privileges: user '{user.name}' does not have write access to this resource")
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
