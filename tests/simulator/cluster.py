# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cluster: clock, nodes, SVMs and the AKV configurations that they have."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from . import ems
from .azure import Azure
from .config import Config, set_fields

#: The configuration that every release knows (public documentation of "azure enable": it creates one of this name).
DEFAULT = "default"
ONBOARD, EXTERNAL = "onboard", "external"

_NAMESPACE = uuid.UUID("6f1f2b1c-7d1a-11ef-9d6e-005056bbeba5")


def named_uuid(kind: str, name: str) -> str:
    """The UUID of an object: the same name has the same UUID in every simulator: logs of two runs can be compared."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{name}"))


class Clock:
    """The cluster's clock: real time, and what the control interface has advanced it by."""

    def __init__(self) -> None:
        self._base = time.time() - time.monotonic()
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._base + time.monotonic() + self.offset

    @staticmethod
    def text(moment: float) -> str:
        """ONTAP's form of a date and time."""
        return datetime.fromtimestamp(int(moment), UTC).isoformat()


@dataclass
class Node:
    """A node of the cluster."""

    name: str
    uuid: str
    up: bool = True
    #: Whether its embedded KMIP server answers.
    ekmip: bool = True
    #: Whether it can enable the AKV feature, and certificate authentication for it.
    akv: bool = True
    certificate_auth: bool = True
    root_encrypted: bool = False
    #: Whether it has an interface with the cluster role.
    cluster_interface: bool = True
    #: When it came up, by the cluster's clock.
    booted: float = 0.0


@dataclass
class Svm:
    """A data SVM, or (without a name) the cluster itself as the owner of the cluster-scoped configuration."""

    name: str | None
    uuid: str
    volumes: int = 1
    encrypted_volumes: int = 0
    #: Volume keys lie on the key manager of the admin SVM.
    keys_on_admin: bool = False
    #: The SVM's key manager is there; off, it was disabled behind the API's back.
    key_manager: bool = True

    @property
    def scope(self) -> str:
        """ "svm", or "cluster"."""
        return "cluster" if self.name is None else "svm"

    @property
    def own_keys(self) -> bool:
        """Whether volume keys are on the SVM's own key manager."""
        return self.encrypted_volumes > 0 and not self.keys_on_admin

    def change(self, changes: dict[str, Any]) -> None:
        """Set fields; encrypted volumes are volumes."""
        set_fields(self, changes)
        self.volumes = max(self.volumes, self.encrypted_volumes)


@dataclass
class KeyManager:
    """An onboard key manager, or external KMIP servers; of the cluster (the admin SVM) or of an SVM."""

    uuid: str
    svm: Svm
    kind: str = ONBOARD
    servers: tuple[str, ...] = ()
    #: Whether it (its servers) can be reached.
    reachable: bool = True

    @property
    def scope(self) -> str:
        """ "svm", or "cluster"."""
        return self.svm.scope


@dataclass
class Vault:
    """One AKV configuration. `secret`, `certificate` and `proxy_password` never leave it."""

    uuid: str
    svm: Svm
    #: From 9.14 on an owner may have several, of which one is enabled; before that, this one.
    configuration: str = DEFAULT
    enabled: bool = True
    #: The plain fields that the caller set, flat; what is not set is not there.
    fields: dict[str, Any] = field(default_factory=dict)
    secret: str | None = None
    certificate: str | None = None
    proxy_password: str | None = None
    #: SHA-256 of the certificate's DER, and its last moment (None: not to be seen without a password).
    fingerprint: str | None = None
    expires: float | None = None
    #: State of its key store while it is enabled, from 9.16 on.
    keystore_state: str = "active"
    #: Names of the nodes that have the wrapped internal key.
    wrapped: set[str] = field(default_factory=set)
    #: When it was created, by the cluster's clock (0: it was there from the start).
    created: float = 0.0
    #: How often each operation changed this configuration.
    done: dict[str, int] = field(default_factory=dict)
    plain: dict[str, Any] | None = None

    @property
    def scope(self) -> str:
        """ "svm", or "cluster"."""
        return self.svm.scope

    def count(self, operation: str) -> None:
        """Note a finished operation and forget the prepared record."""
        self.done[operation] = self.done.get(operation, 0) + 1
        self.plain = None


@dataclass
class Condition:
    """An error that an operation is to end with: for what no state of the simulator stands for."""

    operation: str
    code: str
    svm: str | None = None
    times: int | None = None
    message: str | None = None
    #: None: that of an error of the work.
    status: int | None = None


class Cluster:
    """All state behind the API. Lives in the server's event loop; nothing else may touch it."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.release = config.release
        self.clock = Clock()
        self.knobs = config.knobs()
        self.azure = Azure(
            now=self.clock.now, in_use=lambda: [vault.fields["key_id"] for vault in self.vaults.values()]
        )
        self.ems = ems.Ems(config.release)
        self.uuid = named_uuid("cluster", config.name)
        self.nodes = {name: Node(name, named_uuid("node", name), booted=self.clock.now()) for name in config.nodes}
        self.itself = Svm(None, self.uuid)
        self.svms: dict[str, Svm] = {}
        self.vaults: dict[str, Vault] = {}
        self.conditions: list[Condition] = []
        #: Other key managers than Azure's, by the uuid of their owner.
        self.key_managers: dict[str, KeyManager] = {}
        self._by_owner: dict[str, list[Vault]] = {}
        for described in config.svms:
            self.add_svm(**({"name": described} if isinstance(described, str) else described))

    @property
    def completion(self) -> str:
        """Response to a re-key, restore or migration that ended in time (pages of 9.14.1 and later: 201 without a
        body).
        """
        return self.knobs.completion or ("201 empty" if self.release.at_least("9.14") else "200 job")

    @property
    def creates_as_job(self) -> bool:
        """Whether POST of a configuration runs as a job (pages of 9.15.1 and later: 202 with a job, or 201)."""
        return self.release.at_least("9.15") if self.knobs.async_create is None else self.knobs.async_create

    def add_svm(self, name: str, **changes: Any) -> Svm:
        """A new data SVM."""
        if name in self.svms:
            raise ValueError(f"SVM {name} exists already")
        svm = Svm(name, named_uuid("svm", name))
        svm.change(changes)
        self.svms[name] = svm
        return svm

    def remove_svm(self, name: str) -> None:
        """Remove a data SVM with its configurations."""
        svm = self.svms.pop(name)
        self.key_managers.pop(svm.uuid, None)
        for vault in self.vaults_of(svm):
            self.drop(vault)

    def owner(self, name: str | None) -> Svm:
        """A data SVM by name, or the cluster itself."""
        if name is None:
            return self.itself
        if name not in self.svms:
            raise ValueError(f"there is no SVM {name}")
        return self.svms[name]

    def vault_of(self, svm: Svm) -> Vault | None:
        """The enabled configuration of an SVM (of the cluster)."""
        return next((vault for vault in self.vaults_of(svm) if vault.enabled), None)

    def shown(self) -> dict[str, Vault]:
        """The configurations that GET shows, by uuid."""
        if not self.knobs.creation_delay:
            return self.vaults
        since = self.clock.now() - self.knobs.creation_delay
        return {uuid: vault for uuid, vault in self.vaults.items() if vault.created <= since}

    def vaults_of(self, svm: Svm) -> tuple[Vault, ...]:
        """Every configuration of an SVM (of the cluster)."""
        return tuple(self._by_owner.get(svm.uuid, ()))

    def managed(self, svm: Svm) -> bool:
        """Whether an SVM has an enabled key manager of any kind."""
        return svm.uuid in self.key_managers or self.vault_of(svm) is not None

    def named_vault(self, svm: Svm, configuration: str) -> Vault | None:
        """A configuration of an SVM by its name."""
        return next((vault for vault in self.vaults_of(svm) if vault.configuration == configuration), None)

    def add(self, vault: Vault) -> None:
        """Store a new configuration; one that is enabled takes that from the one that was."""
        if vault.enabled:
            self.enable(vault)
        self.vaults[vault.uuid] = vault
        self._by_owner.setdefault(vault.svm.uuid, []).append(vault)

    def enable(self, vault: Vault) -> None:
        """Make a configuration the enabled one of its owner; the one that was loses its wrapped keys (assumption)."""
        before = self.vault_of(vault.svm)
        if before is not None and before is not vault:
            self.disable(before)
        vault.enabled, vault.plain = True, None

    @staticmethod
    def disable(vault: Vault) -> None:
        """Make a configuration an inactive one."""
        vault.enabled, vault.plain = False, None
        vault.wrapped.clear()

    def drop(self, vault: Vault) -> None:
        """Remove a configuration."""
        self.vaults.pop(vault.uuid, None)
        owned = [other for other in self.vaults_of(vault.svm) if other is not vault]
        if owned:
            self._by_owner[vault.svm.uuid] = owned
        else:
            self._by_owner.pop(vault.svm.uuid, None)

    def reboot(self, name: str) -> None:
        """A node that reboots is up again, without the wrapped keys (issue: "a node reboot loses the wrapped key")."""
        node = self.nodes[name]
        node.up, node.booted = True, self.clock.now()
        written = self.clock.text(self.clock.now())
        self.observe(ems.BOOTED, {"ver": f"NetApp Release {self.release}", "last_write_time": written}, node)
        for vault in self.vaults.values():
            lost = name in vault.wrapped and vault.svm.own_keys
            vault.wrapped.discard(name)
            if lost:
                self.observe(ems.NOT_RETRIEVED, {**self.about(vault), "node": name}, node)

    def about(self, vault: Vault) -> dict[str, str]:
        """The values that events about a configuration have."""
        return ems.about(vault, self.config.name)

    def observe(
        self, name: str, values: Mapping[str, str], node: Node | None = None, severity: str | None = None
    ) -> None:
        """A node (None: the first that is up) writes an event into the event log. values: of its parameters."""
        node = node or next((each for each in self.nodes.values() if each.up), next(iter(self.nodes.values())))
        self.ems.observe(node, self.clock.now(), name, values, severity)

    def all_nodes(self, test: Callable[[Node], bool]) -> bool:
        """Whether every node passes."""
        return all(test(node) for node in self.nodes.values())

    def down(self) -> list[str]:
        """Names of the nodes that are down."""
        return [node.name for node in self.nodes.values() if not node.up]

    def condition(self, operation: str, svm: Svm) -> Condition | None:
        """The condition set for this operation, used up once."""
        for condition in self.conditions:
            if condition.operation == operation and condition.svm in (None, svm.name):
                if condition.times is not None:
                    condition.times -= 1
                    if condition.times <= 0:
                        self.conditions.remove(condition)
                return condition
        return None

    def owners(self) -> Iterator[Svm]:
        """Every possible owner of a configuration."""
        yield self.itself
        yield from self.svms.values()
