# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks of the modules, the cluster for each, and the expected report, whatever the temperament of the cluster."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_migrate, akv_rekey, akv_restore, azure_key_vault
from simulator import Simulator

VAULT = "https://kmip-akv-keyvault.vault.azure.net/"
KEY, NEW_KEY = f"{VAULT}keys/key1", f"{VAULT}keys/key2"
VERSION, NEW_VERSION = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
CLIENT, NEW_CLIENT = "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa", "cccccccc-dddd-cccc-dddd-cccccccccccc"
TENANT = "eeeeeeee-ffff-eeee-ffff-eeeeeeeeeeee"
OLD_SECRET, SECRET, WRONG_SECRET = "old-Secret-of-cases", "new-Secret-of-cases", "wrong-Secret-of-cases"
PROPERTIES = {"name": VAULT, "client_id": CLIENT, "tenant_id": TENANT, "key_id": KEY}
PROXY = {"proxy_type": "http", "proxy_host": "proxy.example.com", "proxy_port": 3128}
SVMS = ("svm1", "svm2", "svm3")
SPARE = "spare"
CLUSTER = "the cluster"
READER = ("reader", "reader-Password1")
ALL, MANY = ("9.11.1", "9.14.1", "9.17.1"), ("9.8", "9.10.1", "9.11.1", "9.12.1", "9.14.1", "9.17.1")


@dataclass(frozen=True)
class Expected:
    """The expected report for one target, and its expected state afterwards.

    owner: the name of the SVM, CLUSTER for the cluster. code: code of the error, None for success.
    after: properties of the configuration afterwards (its name is `configuration`); None: it does not exist.
    done: the operation that is counted.
    """

    owner: str
    action: str
    changed: bool
    code: str | None = None
    after: Mapping[str, Any] | None = field(default_factory=dict)
    done: str | None = None
    configuration: str = "default"


@dataclass(frozen=True)
class Case:
    """One task. before: the configuration of each owner. svm: fields of every SVM. user: who runs it, None for the
    administrator.

    traceless: whether neither the configuration nor its status shows afterwards that it was done.
    versions: ONTAP releases of the cluster.
    """

    name: str
    module: ModuleType
    options: Mapping[str, Any]
    expected: tuple[Expected, ...]
    before: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    svm: Mapping[str, Any] = field(default_factory=dict)
    arrange: Callable[[Simulator], Any] | None = None
    user: tuple[str, str] | None = None
    traceless: bool = False
    versions: tuple[str, ...] = ALL

    @property
    def reads(self) -> bool:
        """Whether the task changes nothing."""
        return self.module is akv_info

    def prepare(self, sim: Simulator, version: str) -> None:
        """Bring the cluster to its state before the task."""
        svms = [{"name": name, "volumes": 2, **self.svm} for name in SVMS]
        sim.control.reset(version=version, svms=svms)
        for owner, fields in self.before.items():
            name = None if owner == CLUSTER else owner
            made = {
                **PROPERTIES,
                "client_secret": OLD_SECRET,
                "uuid": uuid_of(owner, fields.get("configuration", "default")),
                **fields,
            }
            sim.control.put_record(name, **made)
        if self.arrange is not None:
            self.arrange(sim)
        if self.user is not None:
            sim.control.user(*self.user, role="readonly")

    def params(self, sim: Simulator) -> dict[str, Any]:
        """Return the options of the task, with the defaults of the argument specification."""
        username, password = self.user or (sim.username, sim.password)
        connection = {
            "hostname": sim.hostname,
            "http_port": sim.port,
            "username": username,
            "password": password,
            "ca_path": sim.ca_path,
        }
        given = {**connection, "svm": list(SVMS), **self.options}
        return {name: given.get(name, argument.get("default")) for name, argument in self.module.ARGUMENT_SPEC.items()}


def uuid_of(owner: str, configuration: str = "default") -> str:
    """Return the UUID of a configuration that exists before the task."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cases:{owner}:{configuration}"))


def _each(action: str, **more: Any) -> tuple[Expected, ...]:
    return tuple(Expected(name, action, True, **more) for name in SVMS)


def _except(expected: tuple[Expected, ...], *refused: Expected) -> tuple[Expected, ...]:
    """Return the expectations with other ones for some owners."""
    others = {each.owner: each for each in refused}
    return tuple(others.get(each.owner, each) for each in expected)


def _configured(**fields: Any) -> dict[str, dict[str, Any]]:
    return dict.fromkeys(SVMS, fields)


def _svm(name: str | None, **changes: Any) -> Callable[[Simulator], Any]:
    return lambda sim: sim.control.svm(name, **changes)


def _condition(operation: str, code: str) -> Callable[[Simulator], Any]:
    """Let svm2 fail with an error that no state of the simulator causes."""
    return lambda sim: sim.control.condition(operation, code, svm="svm2")


def _unreachable(sim: Simulator) -> None:
    sim.control.azure(reachable=False)


def _one_secret(sim: Simulator) -> None:
    sim.control.azure(secrets={CLIENT: [OLD_SECRET, SECRET]})


def _node_down(sim: Simulator) -> None:
    sim.control.node("node2", up=False)


def _onboard(sim: Simulator) -> None:
    sim.control.put_key_manager()


_CREATE = {**PROPERTIES, "client_secret": SECRET, "update_credentials": "on_create"}
_CREATED = {**PROPERTIES, "client_secret": SECRET}
_UPDATE = {**{name: str(value) for name, value in PROXY.items()}, "proxy_password": "proxy-Password-of-cases"}
_ROTATE = {"client_secret": SECRET, "update_credentials": "always"}
_ONE = {"svm": ["svm1"]}
_REKEYED = _each("rekey", after={"key_id": NEW_KEY}, done="rekey-external")


def _refused(action: str, code: str, **more: Any) -> Expected:
    return Expected("svm2", action, False, code, **more)


_CONFIGURATIONS = (
    Case("create", azure_key_vault, _CREATE, _each("create", after=_CREATED, done="create")),
    Case(
        "create for the cluster",
        azure_key_vault,
        {**_CREATE, "svm": None, "scope": "cluster"},
        (Expected(CLUSTER, "create", True, after=_CREATED, done="create"),),
    ),
    Case(
        "create, some exist",
        azure_key_vault,
        _CREATE,
        _except(
            _each("create", after=_CREATED, done="create"),
            Expected("svm2", "none", False, after={"client_secret": OLD_SECRET}),
        ),
        before={"svm2": {}},
    ),
    Case(
        "create, one refused",
        azure_key_vault,
        _CREATE,
        _except(_each("create", after=_CREATED, done="create"), _refused("create", "65537505", after=None)),
        arrange=_svm("svm2", keys_on_admin=True),
    ),
    Case(
        "create with a version of the key",
        azure_key_vault,
        {**_CREATE, "key_id": f"{KEY}/{VERSION}"},
        _each("create", after={"key_id": f"{KEY}/{VERSION}"}, done="create"),
    ),
    Case(
        "update, nothing to do, with a version of the key",
        azure_key_vault,
        {"key_id": f"{KEY}/{VERSION}"},
        tuple(Expected(name, "none", False) for name in SVMS),
        before=_configured(key_id=f"{KEY}/{VERSION}"),
    ),
    Case(
        "update the proxy", azure_key_vault, _UPDATE, _each("update", after=PROXY, done="update"), before=_configured()
    ),
    Case(
        "update the credentials",
        azure_key_vault,
        {**_ROTATE, "client_id": NEW_CLIENT},
        _each("update", after={"client_id": NEW_CLIENT, "client_secret": SECRET}, done="update"),
        before=_configured(),
    ),
    Case(
        "rotate a secret",
        azure_key_vault,
        _ROTATE,
        _each("update", after={"client_secret": SECRET}, done="update"),
        before=_configured(),
        traceless=True,
    ),
    Case(
        "update, nothing to do",
        azure_key_vault,
        PROPERTIES,
        tuple(Expected(name, "none", False) for name in SVMS),
        before=_configured(),
    ),
    Case(
        "update, wrong secret",
        azure_key_vault,
        {**_ROTATE, "client_secret": WRONG_SECRET},
        tuple(Expected(name, "update", False, "65537540", after={"client_secret": OLD_SECRET}) for name in SVMS),
        before=_configured(),
        arrange=_one_secret,
        traceless=True,
    ),
    Case(
        "update, one refused",
        azure_key_vault,
        _UPDATE,
        _except(_each("update", after=PROXY, done="update"), _refused("update", "65537547")),
        before=_configured(),
        arrange=_svm("svm2", keys_on_admin=True),
    ),
    Case(
        "update, one is not configured",
        azure_key_vault,
        _UPDATE,
        _except(_each("update", after=PROXY, done="update"), _refused("update", "65537120")),
        before=_configured(),
        arrange=_svm("svm2", key_manager=False),
    ),
    Case("delete", azure_key_vault, {"state": "absent"}, _each("delete", after=None), before=_configured()),
    Case(
        "delete, one refused",
        azure_key_vault,
        {"state": "absent"},
        _except(_each("delete", after=None), _refused("delete", "65536867")),
        before=_configured(),
        arrange=_svm("svm2", encrypted_volumes=1),
    ),
    Case(
        "delete, one is not configured",
        azure_key_vault,
        {"state": "absent"},
        _except(_each("delete", after=None), Expected("svm2", "*", False)),
        before=_configured(),
        arrange=_condition("delete", "65537120"),
    ),
    Case(
        "delete, one does not exist any more",
        azure_key_vault,
        {"state": "absent"},
        _except(_each("delete", after=None), Expected("svm2", "*", False)),
        before=_configured(),
        arrange=_condition("delete", "4"),
    ),
    Case(
        "delete without the right",
        azure_key_vault,
        {"state": "absent", "svm": ["svm1"]},
        (Expected("svm1", "delete", False, "6"),),
        before=_configured(),
        user=READER,
    ),
    Case(
        "change the properties and the key",
        azure_key_vault,
        {**_UPDATE, "key_id": NEW_KEY, "allow_rekey": True},
        _each("rekey", after={**PROXY, "key_id": NEW_KEY}, done="rekey-external"),
        before=_configured(),
    ),
    Case(
        "enable another configuration",
        azure_key_vault,
        {**_ONE, "configuration": SPARE, "enabled": True},
        (Expected("svm1", "update", True, after={"enabled": True}, configuration=SPARE, done="enable"),),
        before={"svm1": {"configuration": SPARE, "enabled": False}},
        versions=("9.14.1", "9.17.1"),
    ),
    Case(
        "delete a configuration that is not enabled",
        azure_key_vault,
        {**_ONE, "configuration": SPARE, "state": "absent"},
        (Expected("svm1", "delete", True, after=None, configuration=SPARE),),
        before={"svm1": {"configuration": SPARE, "enabled": False}},
        versions=("9.14.1", "9.17.1"),
    ),
)

_INTERNAL, _EXTERNAL = {"key": "internal"}, {"key": "external", "key_id": NEW_KEY}
_KEYS = (
    Case(
        "rekey-internal",
        akv_rekey,
        _INTERNAL,
        _each("rekey", done="rekey-internal"),
        _configured(),
        {"encrypted_volumes": 1},
        traceless=True,
        versions=MANY,
    ),
    Case(
        "rekey-internal, one refused",
        akv_rekey,
        _INTERNAL,
        _except(_each("rekey", done="rekey-internal"), _refused("rekey", "65537559")),
        _configured(),
        {"encrypted_volumes": 1},
        arrange=_svm("svm2", encrypted_volumes=0),
        traceless=True,
        versions=MANY,
    ),
    Case(
        "rekey-external",
        akv_rekey,
        _EXTERNAL,
        _REKEYED,
        _configured(),
        versions=MANY,
    ),
    Case(
        "rekey-external to another version",
        akv_rekey,
        {"key": "external", "key_id": f"{KEY}/{NEW_VERSION}"},
        _each("rekey", after={"key_id": f"{KEY}/{NEW_VERSION}"}, done="rekey-external"),
        _configured(key_id=f"{KEY}/{VERSION}"),
        traceless=True,
    ),
    Case(
        "rekey-external, one refused",
        akv_rekey,
        _EXTERNAL,
        _except(_REKEYED, _refused("rekey", "65537547", after={"key_id": KEY})),
        _configured(),
        arrange=_svm("svm2", keys_on_admin=True),
    ),
    Case(
        "rekey-external, one is not configured",
        akv_rekey,
        _EXTERNAL,
        _except(_REKEYED, _refused("rekey", "65537120", after={"key_id": KEY})),
        _configured(),
        arrange=_svm("svm2", key_manager=False),
    ),
    Case(
        "rekey-external without the right",
        akv_rekey,
        {**_EXTERNAL, **_ONE},
        (Expected("svm1", "rekey", False, "6", after={"key_id": KEY}),),
        _configured(),
        user=READER,
    ),
    Case("restore", akv_restore, {}, _each("restore", done="restore"), _configured(wrapped=["node1"]), versions=MANY),
    Case(
        "restore, forced",
        akv_restore,
        {"force": True},
        _each("restore", done="restore"),
        _configured(),
        traceless=True,
        versions=MANY,
    ),
    Case(
        "restore, nothing to do",
        akv_restore,
        {},
        tuple(Expected(name, "none", False) for name in SVMS),
        _configured(),
        versions=MANY,
    ),
    Case(
        "restore, refused",
        akv_restore,
        {},
        tuple(Expected(name, "restore", False, "65537515") for name in SVMS),
        _configured(wrapped=[]),
        arrange=_unreachable,
        versions=MANY,
    ),
    Case(
        "restore, in part",
        akv_restore,
        {},
        tuple(Expected(name, "restore", True, "65537515") for name in SVMS),
        _configured(wrapped=[]),
        arrange=_node_down,
    ),
    Case(
        "migrate to the cluster",
        akv_migrate,
        {"to": "key_manager"},
        _each("migrate", done="migrate"),
        _configured(),
        {"encrypted_volumes": 1},
        arrange=_onboard,
        traceless=True,
        versions=("9.10.1", *ALL),
    ),
    Case(
        "migrate to Azure Key Vault",
        akv_migrate,
        {"to": "azure_key_vault"},
        _each("migrate", done="migrate"),
        _configured(),
        {"encrypted_volumes": 1, "keys_on_admin": True},
        arrange=_onboard,
        traceless=True,
        versions=("9.10.1", *ALL),
    ),
    Case(
        "migrate, refused",
        akv_migrate,
        {"to": "key_manager"},
        tuple(Expected(name, "migrate", False, "65537559") for name in SVMS),
        _configured(),
        arrange=_onboard,
        traceless=True,
    ),
)

_READ = {"svm": None}
_READ_OPTIONS: dict[str, dict[str, Any]] = {
    "all": {},
    "every field": {"fields": ["**"]},
    "the state": {"fields": ["*", "state"]},
    "the reachabilities": {"fields": ["azure_reachability", "ekmip_reachability"]},
    "two SVMs": {"svm": ["svm1", "svm3"]},
    "by wildcard": {"svm": ["svm*"], "fields": ["client_id", "state"]},
    "one by UUID": {"uuid": uuid_of("svm2")},
    "an unknown UUID": {"uuid": uuid_of("nobody")},
    "by query": {"query": {"client_id": CLIENT}},
    "in order": {"order_by": ["uuid"]},
}
_READINGS = tuple(
    Case(
        f"read {name}",
        akv_info,
        {**_READ, **options},
        (),
        {**_configured(), CLUSTER: {}, "svm2": {"wrapped": []}},
        versions=MANY,
    )
    for name, options in _READ_OPTIONS.items()
)

CASES: dict[str, Case] = {case.name: case for case in (*_CONFIGURATIONS, *_KEYS, *_READINGS)}
