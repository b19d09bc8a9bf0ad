# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface of the simulated Azure: /_control/azure/NAME with a JSON object of arguments."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..config import set_fields
from ..records import observed
from ..traffic import TrafficControl
from .clouds import DOMAIN
from .directory import Application, Secret, Tenant, register
from .keystore import DENIALS, RIGHTS, Grant, Key, KeyVault

if TYPE_CHECKING:
    from ..azure import Azure
    from ..world import World


class AzureControl(TrafficControl):
    """The commands. Each public method is one; its arguments are the JSON object's."""

    def __init__(self, world: World) -> None:
        super().__init__(world.azure_traffic)
        self._world = world

    @property
    def _azure(self) -> Azure:
        return self._world.cluster.azure

    def _observed(self) -> AbstractContextManager[None]:
        """ONTAP notices what a command changes."""
        return observed(self._world.cluster)

    def _now(self) -> float:
        return self._world.cluster.clock.now()

    def state(self) -> dict[str, Any]:
        """Everything that Azure knows, secrets too."""
        azure = self._azure
        return {
            "time": self._now(),
            "tenants": {name: asdict(tenant) for name, tenant in azure.directory.tenants.items()},
            "applications": {name: asdict(application) for name, application in azure.directory.applications.items()},
            "vaults": {vault.name: asdict(vault) for vault in azure.store.vaults.values()},
            "faults": self._traffic.faults.waiting(),
        }

    def tenant(self, id: str, domains: Sequence[str] = (), cloud: str | None = None) -> dict[str, Any]:
        """Add or replace a tenant; from then on only tenants that were added exist. cloud: the host of the login of
        another cloud.
        """
        tenant = Tenant(id, list(domains), cloud)
        with self._observed():
            self._azure.directory.put_tenant(tenant)
        return asdict(tenant)

    def application(self, client_id: str, **changes: Any) -> dict[str, Any]:
        """Add or change an application; from then on only applications that were added exist.

        tenants (ids; None: all); secrets (texts, or {"value", "expires" or "expires_in"}; None: as azure(secrets=)
        says); certificates (PEM, base64 of DER, or base64 of a PKCS#12 without a password; None: none but those of
        azure(certificates=));
        enabled; refusal (AADSTS number).
        """
        directory = self._azure.directory
        application = directory.applications.get(client_id.lower()) or Application(client_id)
        if changes.get("secrets") is not None:
            changes["secrets"] = [self._secret(given) for given in changes["secrets"]]
        if changes.get("certificates") is not None:
            changes["certificates"] = [register(text) for text in changes["certificates"]]
        if changes.get("tenants") is not None:
            changes["tenants"] = [directory.tenant_id(name) for name in changes["tenants"]]
        with self._observed():
            set_fields(application, changes)
            directory.put_application(application)
        return asdict(application)

    def _secret(self, given: str | dict[str, Any]) -> Secret:
        if isinstance(given, str):
            return Secret(given)
        return Secret(**self._moments(given, {"expires_in": "expires"}))

    def _moments(self, given: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
        """Arguments in seconds from now as moments."""
        return {
            names.get(name, name): int(self._now() + value) if name in names and value is not None else value
            for name, value in given.items()
        }

    def remove_application(self, client_id: str) -> None:
        """Remove an application from all tenants; from then on only applications that were added exist."""
        self.application(client_id, tenants=[])

    def login(self, busy: int, code: int = 90055, retry_after: int | None = None) -> None:
        """The next `busy` token requests get this code: 90055 (429) or 90033 (503), with a Retry-After if one is
        given.
        """
        if code not in (90055, 90033):
            raise ValueError("code is 90055 or 90033")
        directory = self._azure.directory
        directory.busy, directory.busy_code, directory.retry_after = busy, code, retry_after

    def vault(self, name: str = "vault1", **changes: Any) -> dict[str, Any]:
        """Change a vault: tenant, rbac, policy_code, denies, recovery_level, recoverable_days, throttled,
        retry_after, resource, challenge.
        """
        vault = self._vault(name)
        if {"keys", "grants", "host"} & set(changes):
            raise ValueError("keys are set up by key(), rights by grant() and revoke()")
        if changes.get("denies") not in (None, *DENIALS) or changes.get("policy_code", "AccessDenied") not in DENIALS:
            raise ValueError(f"denies and policy_code are one of {', '.join(DENIALS)}")
        with self._observed():
            set_fields(vault, changes)
        return asdict(vault)

    def _vault(self, name: str) -> KeyVault:
        return self._azure.store.vault(name if "." in name else f"{name}.{DOMAIN}")

    def grant(self, client_id: str, rights: Sequence[str] = RIGHTS, vault: str = "vault1", after: int = 0) -> None:
        """Give an application these rights, and no others; from then on only applications with a grant have any.

        after: as many requests as are refused before the grant takes effect.
        """
        unknown = sorted(set(rights) - set(RIGHTS))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}; rights are {', '.join(RIGHTS)}")
        found = self._vault(vault)
        with self._observed():
            found.grants = (found.grants or {}) | {client_id.lower(): Grant(list(rights), after)}

    def revoke(self, client_id: str, vault: str = "vault1") -> None:
        """Take all rights from an application; only applications with a grant have any."""
        found = self._vault(vault)
        with self._observed():
            found.grants = {name: grant for name, grant in (found.grants or {}).items() if name != client_id.lower()}

    def key(self, name: str = "key1", vault: str = "vault1", **changes: Any) -> dict[str, Any]:
        """Set up a key or change it; from then on only keys that were set up exist in the vault.

        Of the key: deleted, lifetime_actions, expiry_time. Of a version (`version`: which, a new one if unknown; else
        the newest): enabled, expires, not_before, created, updated (seconds since 1970), expires_in, starts_in (seconds
        from now), operations, size, type, tags.
        """
        given = self._moments(changes, {"expires_in": "expires", "starts_in": "not_before"})
        found = self._vault(vault)
        with self._observed():
            key = self._azure.store.put_key(found, name, given)
        return _shown(found, key)

    def new_version(
        self, name: str = "key1", vault: str = "vault1", version: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """A key gets a new version, the newest; fields of the version as for key()."""
        given = self._moments(changes, {"expires_in": "expires", "starts_in": "not_before"})
        found = self._vault(vault)
        self._azure.store.add_version(found, name, version, given)
        return _shown(found, found.keys[name.lower()])

    def tokens(self, seconds: int) -> None:
        """How long the tokens that are issued from now on are valid."""
        self._azure.tokens.seconds = seconds


def _shown(vault: KeyVault, key: Key) -> dict[str, Any]:
    newest = key.versions[-1].version
    return {"key_id": f"https://{vault.host}/keys/{key.name}/{newest}", "version": newest, **asdict(key)}
