# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenario of a run: the existing configurations, and the options of the task."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore, azure_key_vault
from simulator import Simulator

NAME = "https://kmip-akv-keyvault.vault.azure.net/"
KEY, OTHER_KEY = f"{NAME}keys/key1", f"{NAME}keys/key2"
CLIENT, OTHER_CLIENT = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa", "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
OLD_SECRET, SECRET = "old-Secret-of-chaos", "new-Secret-of-chaos"
PROPERTIES = {"name": NAME, "client_id": CLIENT, "tenant_id": TENANT, "key_id": KEY}
PROXY = "proxy.example.com"

MODULES: dict[str, ModuleType] = {
    "create": azure_key_vault,
    "update": azure_key_vault,
    "delete": azure_key_vault,
    "allow_rekey": azure_key_vault,
    "rekey_external": akv_rekey,
    "rekey_internal": akv_rekey,
    "restore": akv_restore,
    "info": akv_info,
}
OPERATIONS = tuple(MODULES)
#: Operations that the cluster runs as a job.
WITH_JOB = frozenset({"allow_rekey", "rekey_external", "rekey_internal", "restore"})
#: Operation and variant -> the options for the expected state.
_WISHED: dict[tuple[str, str], dict[str, Any]] = {
    ("create", ""): {**PROPERTIES, "client_secret": SECRET, "update_credentials": "on_create"},
    ("update", "proxy"): {
        "proxy_type": "http",
        "proxy_host": PROXY,
        "proxy_port": "3128",
        "proxy_password": "proxy-Password-of-chaos",
    },
    ("update", "secret"): {"client_secret": SECRET, "update_credentials": "always"},
    ("update", "client"): {"client_id": CLIENT, "client_secret": SECRET, "update_credentials": "on_create"},
    ("delete", ""): {"state": "absent"},
    ("allow_rekey", "key"): {"key_id": OTHER_KEY, "allow_rekey": True},
    ("allow_rekey", "both"): {"key_id": OTHER_KEY, "allow_rekey": True, "proxy_host": PROXY},
    ("rekey_external", ""): {"key": "external", "key_id": OTHER_KEY},
    ("rekey_external", "force"): {"key": "external", "key_id": OTHER_KEY, "force": True},
    ("rekey_internal", ""): {"key": "internal"},
    ("restore", ""): {},
    ("restore", "force"): {"force": True},
    ("info", ""): {},
    ("info", "state"): {"fields": ["*", "state"]},
    ("info", "query"): {"query": {"client_id": CLIENT}, "order_by": ["uuid"]},
}
#: Variants that change every target, so that no target can already be as expected.
_ALWAYS = frozenset({("update", "secret"), ("rekey_external", "force"), ("rekey_internal", ""), ("restore", "force")})


_NOTHING: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
#: Properties before the task in addition to PROPERTIES: if a configuration is not as expected, and if it already is.
_BEFORE: dict[tuple[str, str], tuple[dict[str, Any], dict[str, Any]]] = {
    ("update", "proxy"): ({}, {"proxy_type": "http", "proxy_host": PROXY, "proxy_port": 3128}),
    ("update", "client"): ({"client_id": OTHER_CLIENT}, {}),
    ("allow_rekey", "key"): ({}, {"key_id": OTHER_KEY}),
    ("allow_rekey", "both"): ({}, {"key_id": OTHER_KEY, "proxy_host": PROXY}),
    ("rekey_external", ""): ({}, {"key_id": OTHER_KEY}),
    # Only the count of operations shows that this one was done.
    ("rekey_external", "force"): ({"key_id": OTHER_KEY}, {}),
    ("restore", ""): ({"wrapped": ["node1"]}, {}),
}


@dataclass(frozen=True)
class Scenario:
    """One task. owners: names of SVMs, None for the cluster. already: those that are as expected before it.

    chosen: how the task names its targets (svm, wildcard, uuid, cluster).
    """

    operation: str
    variant: str
    owners: tuple[str | None, ...]
    already: frozenset[str | None]
    chosen: str
    version: str

    @property
    def module(self) -> ModuleType:
        """Return the module that the task calls."""
        return MODULES[self.operation]

    @property
    def module_name(self) -> str:
        """Return the name of the module."""
        return self.module.__name__.rpartition(".")[2]

    def options(self, sim: Simulator) -> dict[str, Any]:
        """Return the options of the task, with the defaults of its argument specification."""
        given = {**_connection(sim), **self._targets(), **_WISHED[self.operation, self.variant]}
        return {name: given.get(name, argument.get("default")) for name, argument in self.module.ARGUMENT_SPEC.items()}

    def _targets(self) -> dict[str, Any]:
        if self.chosen == "cluster":
            return {"scope": "cluster"}
        if self.chosen == "uuid":
            return {"uuid": uuid_of(self.owners[0])}
        return {"svm": ["svm*"] if self.chosen == "wildcard" else list(self.owners)}

    def prepare(self, sim: Simulator, job_seconds: float) -> None:
        """Bring the cluster to its state before the task."""
        encrypted = 1 if self.operation == "rekey_internal" else 0
        svms = [
            {"name": name, "volumes": 2, "encrypted_volumes": encrypted} for name in self.owners if name is not None
        ]
        sim.control.reset(svms=svms, version=self.version, job_seconds=job_seconds)
        if None in self.owners:
            sim.control.svm(None, encrypted_volumes=encrypted)
        for owner in self.owners:
            fields = self._before(owner)
            if fields is not None:
                sim.control.put_record(owner, uuid=uuid_of(owner), **fields)

    def _before(self, owner: str | None) -> dict[str, Any] | None:
        """Return the configuration of an owner before the task, None if it does not exist."""
        done = owner in self.already
        if self.operation == "create":
            return {**PROPERTIES, "client_secret": SECRET} if done else None
        if self.operation == "delete" and done:
            return None
        return {
            **PROPERTIES,
            "client_secret": OLD_SECRET,
            **_BEFORE.get((self.operation, self.variant), _NOTHING)[done],
        }


def uuid_of(owner: str | None) -> str:
    """Return the UUID of an owner's configuration that exists before the task."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"chaos:{owner}"))


def _connection(sim: Simulator) -> dict[str, Any]:
    return {
        "hostname": sim.hostname,
        "http_port": sim.port,
        "username": sim.username,
        "password": sim.password,
        "ca_path": sim.ca_path,
    }


def scenario(operation: str, rng: random.Random) -> Scenario:
    """Return a random task of one operation on one to three targets."""
    variant = rng.choice([variant for name, variant in _WISHED if name == operation])
    chosen = rng.choices(("svm", "wildcard", "uuid", "cluster"), (70, 10, 10, 10))[0]
    if (chosen == "wildcard" and MODULES[operation] is azure_key_vault) or (chosen == "uuid" and operation == "create"):
        chosen = "svm"
    number = 1 if chosen in ("uuid", "cluster") else rng.randint(1, 3)
    owners: tuple[str | None, ...] = (
        (None,) if chosen == "cluster" else tuple(f"svm{count}" for count in range(1, number + 1))
    )
    quiet = (operation, variant) in _ALWAYS or chosen == "wildcard"
    already = frozenset(owner for owner in owners if rng.random() < 0.15 and not quiet)
    return Scenario(operation, variant, owners, already, chosen, rng.choices(("9.11.1", "9.12.1"), (80, 20))[0])
