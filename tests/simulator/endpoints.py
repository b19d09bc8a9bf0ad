# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One method of one path, from a release on; and what OPTIONS says about a path.

Source: "Getting started with the ONTAP REST API", "HTTP methods".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route
from starlette.types import Scope

Handler = Callable[[Request], Awaitable[Response]]
#: The order in which the example of the page lists them.
_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "DELETE", "PATCH")


class Endpoint(Route):
    """A route that a release before `since` does not have."""

    def __init__(self, method: str, path: str, handler: Handler, since: str = "9.8") -> None:
        super().__init__(path, handler, methods=[method])
        self._since = since

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether a request is for this endpoint."""
        return super().matches(scope) if scope["simulator.release"].at_least(self._since) else (Match.NONE, {})


def allowed(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """The methods of a path."""
    methods = {"OPTIONS"}
    for route in routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return [method for method in _METHODS if method in methods]
