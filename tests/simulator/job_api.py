# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST endpoints of jobs.

Source: public documentation, "Update the state of an asynchronous job" and "Cluster jobs endpoint overview".
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from . import errors, web
from .endpoints import Endpoint
from .jobs import Job
from .records import JOBS
from .web import Resource
from .world import World

_ACTIONS = ("cancel", "pause", "resume")


class JobApi:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Endpoint]:
        """All of them."""
        return [Endpoint("PATCH", JOBS + "/{uuid}", self._act), *web.readable(JOBS, self._resource, self.world.page)]

    def _resource(self) -> Resource:
        return self.world.jobs.table, self.world.jobs.present()

    async def _act(self, request: Request) -> Response:
        asked, job = web.ask(request, self.world.jobs.table, "action"), web.find(request, self._resource())
        web.no_body(request)
        action = asked.own.get("action")
        if action is None:
            raise errors.missing(["action"])
        if action not in _ACTIONS:
            raise errors.invalid_value("action", action, ", ".join(_ACTIONS))
        self._do(action, job)
        return web.done(self.world.cluster.knobs, {})

    def _do(self, action: str, job: Job) -> None:
        """Cancel a job. That jobs of Azure Key Vault can be cancelled but not paused is an assumption: their pages
        do not say.
        """
        if job.end is not None:
            raise errors.of_the_work("458762", "Job is already in a terminal state.")
        if action == "resume":
            raise errors.of_the_work("458771", "The specified job is running.")
        if action == "pause":
            raise errors.of_the_work("458783", "This job does not support pause.")
        if not self.world.cluster.knobs.jobs_cancellable:
            raise errors.of_the_work("458784", "This job does not support cancel.")
        self.world.jobs.cancel(job)
