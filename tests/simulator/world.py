# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that one simulator is: the cluster, its jobs, its users, the faults that wait, and the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import roles, seeding
from .azure_cloud.clouds import Addresses
from .cluster import Cluster
from .config import Config
from .jobs import Jobs
from .log import AzureEntry, Log
from .migration import Migration
from .paging import Page
from .records import Records
from .settings import Settings
from .stores import KeyStores
from .traffic import Traffic
from .vaults import Vaults


@dataclass
class User:
    """Who may log in. A "readonly" user may only GET. privileges: those of a REST role (path -> access level), in
    the place of the role.
    """

    name: str
    password: str | None
    role: str = "admin"
    privileges: dict[str, str] | None = None
    failed: int = 0

    @property
    def uuid(self) -> str:
        """What identifies it."""
        return self.name

    def may(self, method: str, path: str) -> bool:
        """Whether the user may send a request to the REST API; HEAD and OPTIONS need the right to read (the latter:
        assumption).
        """
        method = "GET" if method in ("HEAD", "OPTIONS") else method
        if self.privileges is not None:
            return roles.allows(self.privileges, method, path)
        return self.role != "readonly" or method == "GET"


class World(Traffic):
    """Lives in the server's event loop; nothing else may touch it."""

    def __init__(self, config: Config, addresses: Addresses | None = None) -> None:
        super().__init__()
        self._addresses = addresses or Addresses()
        #: The traffic of Azure's ports.
        self.azure_traffic = Traffic(Log(AzureEntry))
        self.started_with = config
        self._build(config)

    def _build(self, config: Config) -> None:
        self.config = config
        self.cluster = Cluster(config)
        self.cluster.azure.addresses = self._addresses
        seeding.seed(self.cluster, config.seed, "seed", {"encrypted_volumes": 1}, {})
        self.settings = Settings()
        self.jobs = Jobs(self.cluster, config.job_seconds)
        self.vaults = Vaults(self.cluster)
        self.stores = KeyStores(self.vaults)
        self.migration = Migration(self.stores)
        self.records = Records(self.cluster)
        #: Method and path of the requests that were refused since the cluster was busy.
        self.refused_as_busy: set[tuple[str, str]] = set()
        self.users = {config.username: User(config.username, config.password)}

    def reset(self, changes: dict[str, Any] | None = None) -> None:
        """As after the start, or with another configuration; log, faults and jobs are gone."""
        self.jobs.stop()
        self._build(self.started_with.changed(changes or {}))
        self.forget()
        self.azure_traffic.forget()

    def turn(self, changes: dict[str, Any]) -> None:
        """Turn knobs; prepared records and tables follow."""
        self.cluster.knobs.turn(changes)
        self.refused_as_busy.clear()
        self.records = Records(self.cluster)
        for vault in self.cluster.vaults.values():
            vault.plain = None

    def page(self) -> Page:
        """Paging as the knobs stand."""
        knobs = self.cluster.knobs
        return Page(knobs.page_size, knobs.empty_pages, count=knobs.record_count, order=knobs.record_order)

    def busy(self, method: str, path: str) -> bool:
        """Whether a request is refused since the cluster is busy: the first of its kind, with the knob busy_code."""
        if self.cluster.knobs.busy_code is None or (method, path) in self.refused_as_busy:
            return False
        self.refused_as_busy.add((method, path))
        return True

    def login(self, name: str, password: str | None) -> User | None:
        """The user with this password (None: a certificate vouched for the name), unless locked or wrong."""
        user = self.users.get(name)
        if user is None or self.locked(user):
            return None
        if password is not None and password != user.password:
            user.failed += 1
            return None
        user.failed = 0
        return user

    def locked(self, user: User) -> bool:
        """Whether a user is locked out, after too many failed logins."""
        limit = self.cluster.knobs.lockout_after
        return limit is not None and user.failed >= limit
