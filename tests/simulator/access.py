# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The REST endpoints of roles and accounts: the users that the control interface makes, to be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from . import errors, query, vendor_fields, web
from .endpoints import Endpoint
from .records import SVMS
from .tables import Record, Table
from .web import Resource
from .world import User, World

ROLES = "/api/security/roles"
ACCOUNTS = "/api/security/accounts"
#: The predefined roles that the simulator has (public documentation, "Predefined roles for cluster administrators").
_BUILTIN = {"admin": {"/api": "all"}, "readonly": {"/api": "readonly"}, "none": {"/api": "none"}}


@dataclass(frozen=True)
class Role:
    """A role of the cluster; the privileges of a user are a role with the user's name."""

    name: str
    privileges: Mapping[str, str]
    builtin: bool = False

    @property
    def uuid(self) -> str:
        """What identifies it."""
        return self.name


class Access:
    """The endpoints, on one world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[Endpoint]:
        """All of them."""
        return [*self._readable(ROLES, self._roles), *self._readable(ACCOUNTS, self._accounts)]

    def _readable(self, path: str, resource: Callable[[], Resource]) -> list[Endpoint]:
        """GET of a collection and of one of its records, which is below the UUID of its owner."""

        async def single(request: Request) -> Response:
            table, rows = resource()
            row = rows.get(request.path_params["name"])
            if row is None or request.path_params["owner"].lower() != self.world.cluster.uuid:
                raise errors.not_found("name")
            return web.answer(query.one(table, row, web.ask(request, table), hal=web.hal(request)))

        return [web.listed(path, resource, self.world.page), Endpoint("GET", path + "/{owner}/{name}", single)]

    def _resource(self, path: str, kind: str, rows: Mapping[str, Any], view: Any) -> Resource:
        fields = vendor_fields.readable(kind, self.world.cluster.release)
        place = "{owner[uuid]}/{name}".format_map
        table = Table(
            path, fields, view, identity=("owner.uuid", "owner.name", "name"), links={"owner": SVMS}, key=place
        )
        return table, rows

    def _roles(self) -> Resource:
        rows = {name: Role(name, privileges, builtin=True) for name, privileges in _BUILTIN.items()}
        rows |= {
            user.name: Role(user.name, user.privileges)
            for user in self.world.users.values()
            if user.privileges is not None
        }
        return self._resource(ROLES, "role", rows, self._role)

    def _accounts(self) -> Resource:
        return self._resource(ACCOUNTS, "account", self.world.users, self._account)

    def _owned(self) -> Record:
        cluster = self.world.cluster
        return {"owner": {"uuid": cluster.uuid, "name": cluster.config.name}, "scope": "cluster"}

    def _role(self, role: Role, _advanced: frozenset[str]) -> Record:
        privileges = [{"path": path, "access": access} for path, access in role.privileges.items()]
        return self._owned() | {"name": role.name, "builtin": role.builtin, "privileges": privileges}

    def _account(self, user: User, _advanced: frozenset[str]) -> Record:
        method = "certificate" if user.password is None else "password"
        application = {
            "application": "http",
            "authentication_methods": [method],
            "second_authentication_method": "none",
        }
        return self._owned() | {
            "name": user.name,
            "applications": [application],
            "role": {"name": user.role if user.privileges is None else user.name},
            "locked": self.world.locked(user),
            "comment": "",
            "password_hash_algorithm": "sha512",
        }
