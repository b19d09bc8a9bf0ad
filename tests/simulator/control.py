# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface, server side: /_control/NAME with a JSON object of arguments. Local only, not in the log."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from starlette.types import Scope, Send

from . import codes, ems, roles, schema, seeding
from .azure import without_version
from .azure_cloud.control import AzureControl
from .cluster import ONBOARD, Condition, KeyManager, Vault
from .config import set_fields
from .errors import ApiError
from .records import observed
from .temperaments import knobs_of, names_of
from .traffic import TrafficControl, commands
from .world import User, World


class Control(TrafficControl):
    """The commands. Each public method is one; its arguments are the JSON object's."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._world = world

    def reset(self, **config: Any) -> None:
        """As after the start, with some of the start's values changed."""
        self._world.reset(config)

    def state(self) -> dict[str, Any]:
        """Everything that the simulator knows, secrets too."""
        world, cluster = self._world, self._world.cluster
        return {
            "version": str(cluster.release),
            "time": cluster.clock.now(),
            "nodes": {name: asdict(node) for name, node in cluster.nodes.items()},
            "svms": {svm.name: self._svm(svm.name) for svm in cluster.svms.values()},
            "cluster": self._svm(None),
            "settings": world.settings.record(),
            "azure": asdict(cluster.azure),
            "knobs": asdict(cluster.knobs),
            "jobs": [world.jobs.view(job, frozenset()) for job in world.jobs.present().values()],
            "faults": world.faults.waiting(),
            "conditions": [asdict(condition) for condition in cluster.conditions],
        }

    def _svm(self, name: str | None) -> dict[str, Any]:
        cluster = self._world.cluster
        svm = cluster.owner(name)
        vault, manager = cluster.vault_of(svm), cluster.key_managers.get(svm.uuid)
        return asdict(svm) | {
            "configuration": None if vault is None else _shown(vault),
            "inactive": {vault.configuration: _shown(vault) for vault in cluster.vaults_of(svm) if not vault.enabled},
            "other_key_manager": None if manager is None else _shown_manager(manager),
        }

    def svm(self, name: str | None = None, **changes: Any) -> dict[str, Any]:
        """Change an SVM (None: the cluster): volumes, encrypted_volumes, keys_on_admin, key_manager, wrapped,
        keystore_state.
        """
        cluster = self._world.cluster
        svm = cluster.owner(name)
        wrapped, state = changes.pop("wrapped", None), changes.pop("keystore_state", None)
        svm.change(changes)
        vault = cluster.vault_of(svm)
        if state is not None:
            if vault is None or state not in schema.KEY_STORE_STATES:
                raise ValueError(
                    f"keystore_state is one of {', '.join(schema.KEY_STORE_STATES)}, and of an SVM with a configuration"
                )
            vault.keystore_state = state
        if wrapped is not None and vault is not None:
            vault.wrapped = set(wrapped) & set(cluster.nodes)
        return self._svm(name)

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Set fields of the key manager settings by their flat names, without checks; gives all of them."""
        for name, value in changes.items():
            self._world.settings.set(name, value)
        return self._world.settings.record()

    def add_svm(self, name: str, **changes: Any) -> dict[str, Any]:
        """A new SVM."""
        self._world.cluster.add_svm(name, **changes)
        return self._svm(name)

    def remove_svm(self, name: str) -> None:
        """Remove an SVM with its configuration."""
        self._world.cluster.owner(name)
        self._world.cluster.remove_svm(name)

    def put_record(self, svm: str | None = None, **fields: Any) -> dict[str, Any]:
        """Give an SVM (None: the cluster) a configuration; `configuration` is its name, `enabled` whether it is the
        enabled one.
        """
        return _shown(seeding.put_record(self._world.cluster, self._world.cluster.owner(svm), fields))

    def remove_record(self, svm: str | None = None, configuration: str | None = None) -> None:
        """Take a configuration (None: each) away, as someone else would."""
        cluster = self._world.cluster
        for vault in cluster.vaults_of(cluster.owner(svm)):
            if configuration in (None, vault.configuration):
                cluster.drop(vault)

    def put_key_manager(self, svm: str | None = None, kind: str = ONBOARD, **fields: Any) -> dict[str, Any]:
        """Give an SVM (None: the cluster) another key manager: onboard or external; fields: uuid, servers,
        reachable.
        """
        cluster = self._world.cluster
        return _shown_manager(seeding.put_key_manager(cluster, cluster.owner(svm), kind, fields))

    def remove_key_manager(self, svm: str | None = None) -> None:
        """Take that key manager away."""
        cluster = self._world.cluster
        cluster.key_managers.pop(cluster.owner(svm).uuid, None)

    def seed(self, number: int, prefix: str = "seed", svm: dict[str, Any] | None = None, **fields: Any) -> list[str]:
        """`number` SVMs with configurations."""
        return seeding.seed(self._world.cluster, number, prefix, svm or {}, fields)

    def azure(self, **changes: Any) -> dict[str, Any]:
        """What Azure accepts: reachable, message, vaults, secrets, certificates, keys (None: anything); more in
        azure_cloud.
        """
        with observed(self._world.cluster):
            set_fields(self._world.cluster.azure, changes)
        return asdict(self._world.cluster.azure)

    def rotate_key(self, version: str, svm: str | None = None) -> None:
        """Azure has a new version of the key of an SVM (None: of the cluster), and ONTAP wraps with it by itself."""
        cluster, vault = self._world.cluster, self._vault(svm)
        old = vault.fields["key_id"]
        cluster.azure.add_version(old, version)
        vault.fields["key_id"], vault.plain = f"{without_version(old)}/{version}", None
        versions = {"oldKeyVersion": old.removeprefix(without_version(old)).strip("/"), "newKeyVersion": version}
        cluster.observe(ems.KEY_CHANGED, {**cluster.about(vault), **versions})

    def ems(
        self, name: str, node: str | None = None, svm: str | None = None, severity: str | None = None, **parameters: str
    ) -> None:
        """A node (None: the first that is up) writes an event into the event log. svm: whose configuration fills the
        parameters that are not given.
        """
        cluster = self._world.cluster
        filled = {}
        if svm is not None:
            filled = cluster.about(self._vault(svm)) if name in ems.KINDS else {"vserver": svm}
        cluster.observe(name, filled | parameters, None if node is None else self._node(node), severity)

    def _vault(self, svm: str | None) -> Vault:
        vault = self._world.cluster.vault_of(self._world.cluster.owner(svm))
        if vault is None:
            raise ValueError(f"{svm or 'the cluster'} has no configuration")
        return vault

    def reboot(self, node: str) -> None:
        """A node reboots: the wrapped keys are gone from it."""
        self._node(node)
        self._world.cluster.reboot(node)

    def node(self, name: str, **changes: Any) -> dict[str, Any]:
        """Change a node: up, ekmip, akv, certificate_auth, root_encrypted, cluster_interface."""
        node = self._node(name)
        set_fields(node, changes)
        return asdict(node)

    def _node(self, name: str) -> Any:
        nodes = self._world.cluster.nodes
        if name not in nodes:
            raise ValueError(f"there is no node {name}; there are {', '.join(nodes)}")
        return nodes[name]

    def user(
        self, name: str, password: str | None = None, role: str = "admin", privileges: dict[str, str] | None = None
    ) -> None:
        """Add or change a user; role admin or readonly, or the privileges of a REST role: path -> access level."""
        if role not in ("admin", "readonly"):
            raise ValueError("role is admin or readonly")
        levels = (
            tuple(roles.LEVELS) if self._world.cluster.release.at_least(roles.MORE_LEVELS_SINCE) else roles.FIRST_LEVELS
        )
        unknown = sorted(set((privileges or {}).values()) - set(levels))
        if unknown:
            raise ValueError(f"there is no access level {', '.join(unknown)}; there are {', '.join(levels)}")
        self._world.users[name] = User(name, password, role, privileges)

    def condition(
        self,
        operation: str,
        code: str | int,
        svm: str | None = None,
        times: int | None = None,
        message: str | None = None,
        status: int | None = None,
    ) -> None:
        """An operation ends with this error (SVM None: any; status None: that of an error of the work)."""
        known = codes.OPERATIONS + codes.LATER_OPERATIONS
        if operation not in known:
            raise ValueError(f"operation is one of {', '.join(known)}")
        self._world.cluster.conditions.append(Condition(operation, str(code), svm, times, message, status))

    def clear_conditions(self) -> None:
        """No more conditions."""
        self._world.cluster.conditions.clear()

    def knob(self, **knobs: Any) -> dict[str, Any]:
        """Turn knobs."""
        self._world.turn(knobs)
        return asdict(self._world.cluster.knobs)

    def temperament(self, *, names: str) -> dict[str, Any]:
        """Turn the knobs of temperaments (names with commas between them)."""
        return self.knob(**knobs_of(names_of(names)))

    def advance(self, seconds: float) -> float:
        """Move the cluster's clock on; what is due then happens now."""
        with observed(self._world.cluster):
            self._world.cluster.clock.offset += seconds
        self._world.jobs.wake()
        return self._world.cluster.clock.now()

    def jobs(self, **changes: Any) -> list[dict[str, Any]]:
        """Hold jobs in a state, let them fail, or change how long later ones take. Gives the jobs."""
        jobs = self._world.jobs
        jobs.turn(changes)
        return [jobs.view(job, frozenset()) for job in jobs.present().values()]


def _shown(vault: Vault) -> dict[str, Any]:
    return {
        "uuid": vault.uuid,
        "scope": vault.scope,
        "configuration": vault.configuration,
        "enabled": vault.enabled,
        **vault.fields,
        "client_secret": vault.secret,
        "client_certificate": vault.certificate,
        "proxy_password": vault.proxy_password,
        "fingerprint": vault.fingerprint,
        "wrapped": sorted(vault.wrapped),
        "done": dict(vault.done),
    }


def _shown_manager(manager: KeyManager) -> dict[str, Any]:
    return {
        "uuid": manager.uuid,
        "kind": manager.kind,
        "servers": list(manager.servers),
        "reachable": manager.reachable,
    }


class ControlApp:
    """The commands over HTTP."""

    def __init__(self, world: World) -> None:
        self._traffic = {"drop_connections": world, "azure/drop_connections": world.azure_traffic}
        self._commands: dict[str, Callable[..., Any]] = commands(Control(world))
        self._commands |= {f"azure/{name}": command for name, command in commands(AzureControl(world)).items()}

    async def answer(self, scope: Scope, body: bytes, send: Send) -> None:
        """One command."""
        name = scope["path"].removeprefix("/_control/")
        dropped = self._traffic.get(name)
        before = set(dropped.open) if dropped is not None else set()
        status, content = self._run(name, body)
        # Told only when the sockets are closed (a few turns of the loop), so that the caller's next request meets
        # closed ones.
        while dropped is not None and before & dropped.open:  # noqa: ASYNC110
            await asyncio.sleep(0)
        data = json.dumps(content).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    def _run(self, name: str, body: bytes) -> tuple[int, Any]:
        command = self._commands.get(name)
        if command is None:
            return 404, {"error": f"unknown command {name!r}; known: {', '.join(sorted(self._commands))}"}
        try:
            return 200, command(**(json.loads(body) if body else {}))
        except ApiError as error:
            return 400, {"error": error.message}
        except (TypeError, ValueError, KeyError) as error:
            return 400, {"error": str(error)}
