# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`Simulator.azure`: where the simulated Azure is, and its control interface, client side. The package's docstring
shows how to use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..client import Control, TrafficControl
from .clouds import Addresses
from .directory import DEFAULT_CLIENT, DEFAULT_TENANT

if TYPE_CHECKING:
    from ..server import Simulator


class AzureControl(TrafficControl):
    """Every method is a command of control.py beside this file, which describes the arguments."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def call(self, command: str, **arguments: Any) -> Any:
        """Send one command."""
        return self._control.call(f"azure/{command}", **arguments)

    def state(self) -> dict[str, Any]:
        """Everything that Azure knows: time, tenants, applications, vaults with their keys, faults."""
        return dict(self.call("state"))

    def tenant(self, id: str, domains: Sequence[str] = (), cloud: str | None = None) -> dict[str, Any]:
        """Add or replace a tenant; from then on only tenants that were added exist."""
        return dict(self.call("tenant", id=id, domains=list(domains), cloud=cloud))

    def application(self, client_id: str, **changes: Any) -> dict[str, Any]:
        """Add or change an application: tenants, secrets, certificates, enabled, refusal; from then on only those
        that were added exist.
        """
        return dict(self.call("application", client_id=client_id, **changes))

    def remove_application(self, client_id: str) -> None:
        """Remove an application."""
        self.call("remove_application", client_id=client_id)

    def login(self, busy: int, code: int = 90055, retry_after: int | None = None) -> None:
        """The next `busy` token requests get 90055 (429) or 90033 (503)."""
        self.call("login", busy=busy, code=code, retry_after=retry_after)

    def vault(self, name: str = "vault1", **changes: Any) -> dict[str, Any]:
        """Change a vault: tenant, rbac, policy_code, denies, recovery_level, recoverable_days, throttled,
        retry_after, resource, challenge.
        """
        return dict(self.call("vault", name=name, **changes))

    def grant(self, client_id: str, rights: Sequence[str] | None = None, vault: str = "vault1", after: int = 0) -> None:
        """Give an application these rights (None: all), and no others; `after` requests are refused before."""
        given = {} if rights is None else {"rights": list(rights)}
        self.call("grant", client_id=client_id, vault=vault, after=after, **given)

    def revoke(self, client_id: str, vault: str = "vault1") -> None:
        """Take all rights from an application."""
        self.call("revoke", client_id=client_id, vault=vault)

    def key(self, name: str = "key1", vault: str = "vault1", **changes: Any) -> dict[str, Any]:
        """Set up a key or change it, or one of its versions; from then on only keys that were set up exist in the
        vault.
        """
        return dict(self.call("key", name=name, vault=vault, **changes))

    def new_version(
        self, name: str = "key1", vault: str = "vault1", version: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A key gets a new version, the newest."""
        return dict(self.call("new_version", name=name, vault=vault, version=version, **changes))

    def tokens(self, seconds: int) -> None:
        """How long the tokens that are issued from now on are valid."""
        self.call("tokens", seconds=seconds)


class AzureSide:
    """Where the simulated Azure is."""

    #: The tenant of vaults for which no other was set, and a client ID of the right form.
    tenant_id = DEFAULT_TENANT
    client_id = DEFAULT_CLIENT

    def __init__(self, simulator: Simulator, addresses: Addresses) -> None:
        self._simulator = simulator
        self._addresses = addresses

    @property
    def host(self) -> str:
        """The host of all of its ports."""
        host = self._simulator.hostname
        return f"[{host}]" if ":" in host else "localhost"

    @property
    def port(self) -> int:
        """The port of the login."""
        return self._addresses.login_port

    @property
    def login_host(self) -> str:
        """HOST:PORT of the login, as the option oauth_host takes it."""
        return f"{self.host}:{self.port}"

    @property
    def login_url(self) -> str:
        """The URL of the login, without a path."""
        return f"https://{self.login_host}"

    def vault_url(self, name: str = "vault1") -> str:
        """The URL of a vault, without a slash at its end; the vaults of `azure_vaults` (Config) have one."""
        ports = {vault: port for port, vault in self._addresses.vaults.items()}
        return f"https://{self.host}:{ports[name]}"

    def key_url(self, name: str = "key1", vault: str = "vault1", version: str | None = None) -> str:
        """The URL of a key."""
        return f"{self.vault_url(vault)}/keys/{name}" + (f"/{version}" if version else "")

    @property
    def ca_path(self) -> str:
        """The CA that issued the certificate."""
        path = self._simulator.azure_ca_path
        if path is None:
            raise RuntimeError("the simulator does not run")
        return path

    @property
    def control(self) -> AzureControl:
        """A client of the control interface."""
        return AzureControl(self._simulator.control)
