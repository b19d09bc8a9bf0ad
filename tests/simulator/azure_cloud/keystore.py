# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults with their keys, and who may do what with them."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from .material import SIZES

#: Rights on keys, as an access policy names them.
RIGHTS = ("get", "list", "wrapKey", "unwrapKey", "encrypt", "decrypt", "getrotationpolicy")
#: Operations that a key permits unless it says otherwise (recordings of the Azure SDK).
OPERATIONS = ("encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey")
#: Inner codes of a 403 that the command vault() sets as `denies` and `policy_code`.
DENIALS = ("AccessDenied", "ForbiddenByPolicy", "ForbiddenByRbac", "ForbiddenByFirewall", "ForbiddenByConnection")
TYPES = ("RSA", "RSA-HSM", "EC", "EC-HSM")

_NAMESPACE = uuid.UUID("4d4f2c8e-7d1a-41ef-9d6e-005056bbeba5")


@dataclass
class Version:
    """One version of a key. `material` is the number of its key pair; times are in seconds since 1970."""

    version: str
    created: int
    updated: int
    material: int
    enabled: bool = True
    expires: int | None = None
    not_before: int | None = None
    operations: list[str] = field(default_factory=lambda: list(OPERATIONS))
    size: int = 2048
    type: str = "RSA"
    tags: dict[str, str] | None = None

    def unusable(self, operation: str, now: float) -> str | None:
        """The inner code that refuses an operation, or None: a disabled key does not decrypt, one outside its
        validity period does not encrypt.
        """
        decrypts = operation in ("unwrapKey", "decrypt")
        if decrypts and not self.enabled:
            return "KeyDisabled"
        if not decrypts and self.not_before is not None and now < self.not_before:
            return "KeyNotYetValid"
        if not decrypts and self.expires is not None and now >= self.expires:
            return "KeyExpired"
        return None if operation in self.operations else "KeyOperationForbidden"


@dataclass
class Key:
    """A key with its versions, the newest last. `explicit`: a command set it up. If not, a request that named it
    created it.
    """

    name: str
    versions: list[Version] = field(default_factory=list)
    explicit: bool = True
    #: Soft-deleted.
    deleted: bool = False
    #: The rotation policy: `lifetimeActions` and `expiryTime`. A key whose owner set none has this one.
    lifetime_actions: list[dict[str, Any]] = field(
        default_factory=lambda: [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}]
    )
    expiry_time: str | None = None

    def find(self, version: str | None) -> Version | None:
        """A version, or (None) the newest one."""
        if not version:
            return self.versions[-1] if self.versions else None
        return next((each for each in self.versions if each.version == version.lower()), None)


@dataclass
class Grant:
    """What an application may do. `after`: the number of requests that are refused before the grant takes effect."""

    rights: list[str]
    after: int = 0


@dataclass
class KeyVault:
    """A vault. `grants` None: every application of the tenant may do everything."""

    host: str
    tenant: str | None = None
    #: Rights come from roles (Azure RBAC), not from an access policy.
    rbac: bool = False
    grants: dict[str, Grant] | None = None
    #: The inner code of a right that an access policy does not give: both are seen (AccessDenied, ForbiddenByPolicy).
    policy_code: str = "AccessDenied"
    #: An inner code that every authenticated request gets: one of DENIALS.
    denies: str | None = None
    recovery_level: str = "Recoverable"
    recoverable_days: int = 90
    #: The number of requests with a token that get 429, with this Retry-After (None: without).
    throttled: int = 0
    retry_after: int | None = None
    #: The audience that the challenge names instead of the right one; "" leaves it out.
    resource: str | None = None
    #: The whole WWW-Authenticate header instead of the right one; "" leaves the header out.
    challenge: str | None = None
    keys: dict[str, Key] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the vault."""
        return self.host.partition(".")[0]

    def allows(self, client_id: str, right: str, *, count: bool = False) -> bool:
        """Whether an application has a right; `count`: this is a request, which brings a new grant nearer."""
        if self.grants is None:
            return True
        grant = self.grants.get(client_id.lower())
        if grant is None:
            return False
        if grant.after > 0:
            grant.after -= count
            return False
        # One role action covers reading and listing: Microsoft.KeyVault/vaults/keys/read.
        return right in grant.rights or (self.rbac and right == "list" and "get" in grant.rights)


class KeyStore:
    """All vaults. A vault in which no key was set up has every key that a request names."""

    def __init__(self, now: Callable[[], float], in_use: Callable[[], Iterable[str]]) -> None:
        self._now = now
        #: Key ids of ONTAP's configurations, their hosts as the vaults' public ones.
        self._in_use = in_use
        self._materials = itertools.count()
        self.vaults: dict[str, KeyVault] = {}

    def vault(self, host: str) -> KeyVault:
        """The vault of a host, which is created if it does not exist."""
        return self.vaults.setdefault(host.lower(), KeyVault(host.lower()))

    def find(self, vault: KeyVault, name: str, version: str | None = None) -> Key | None:
        """The key of a name, if it exists. In a vault without a key that was set up, it is created with the versions
        that ONTAP uses.
        """
        key = vault.keys.get(name.lower())
        if key is None:
            if any(each.explicit for each in vault.keys.values()):
                return None
            key = self._invent(vault, name)
        if version and not key.explicit and key.find(version) is None:
            oldest = key.versions[0].created
            key.versions.insert(0, self._new_version(version, created=oldest - 86400))
        return None if key.deleted else key

    def has(self, host: str, name: str, version: str) -> bool:
        """Whether a vault has a key (in a version); nothing is created."""
        vault = self.vaults.get(host)
        if vault is None or not any(each.explicit for each in vault.keys.values()):
            return True
        key = vault.keys.get(name)
        return key is not None and not key.deleted and (not key.explicit or key.find(version) is not None)

    def refusal(
        self, host: str, key: tuple[str, str], client_id: str, operations: Iterable[str], now: float
    ) -> str | None:
        """The inner code that refuses operations on a key (name, version) to an application, or None; nothing is
        counted.
        """
        vault = self.vaults.get(host)
        if vault is None:
            return None
        found = vault.keys.get(key[0])
        version = None if found is None else found.find(key[1])
        for operation in operations:
            if vault.denies is not None or not vault.allows(client_id, operation):
                return vault.denies or ("ForbiddenByRbac" if vault.rbac else vault.policy_code)
            inner = None if version is None else version.unusable(operation, now)
            if inner is not None:
                return inner
        return None

    def _invent(self, vault: KeyVault, name: str) -> Key:
        prefix = f"https://{vault.host}/keys/{name.lower()}/"
        used = [key_id.lower().removeprefix(prefix) for key_id in self._in_use() if key_id.lower().startswith(prefix)]
        key = Key(name, explicit=False)
        for version in dict.fromkeys(used or [uuid.uuid5(_NAMESPACE, prefix).hex]):
            key.versions.append(self._new_version(version))
        vault.keys[name.lower()] = key
        return key

    def _new_version(self, version: str | None = None, *, created: int | None = None) -> Version:
        moment = int(self._now()) if created is None else created
        return Version((version or uuid.uuid4().hex).lower(), moment, moment, next(self._materials))

    def put_key(self, vault: KeyVault, name: str, changes: dict[str, Any]) -> Key:
        """Set up a key, or change it: fields of the key, and those of a version (`version`: which, a new one if
        unknown; else the newest).
        """
        key, changes = vault.keys.get(name.lower()) or Key(name), dict(changes)
        of_key = {
            field_name: changes.pop(field_name)
            for field_name in ("deleted", "lifetime_actions", "expiry_time")
            if field_name in changes
        }
        wanted = changes.pop("version", None)
        version = key.find(wanted) or self._new_version(wanted)
        change_version(version, changes)
        for field_name, value in of_key.items():
            setattr(key, field_name, value)
        if version not in key.versions:
            key.versions.append(version)
        key.versions.sort(key=lambda each: each.created)
        key.explicit = True
        vault.keys = {known: each for known, each in vault.keys.items() if each.explicit} | {name.lower(): key}
        return key

    def add_version(self, vault: KeyVault, name: str, version: str | None, changes: dict[str, Any]) -> Version:
        """A new version of a key, newer than all others."""
        key = self.find(vault, name) or self.put_key(vault, name, {})
        if version and key.find(version) is not None:
            raise ValueError(f"the key {name} has a version {version} already")
        newest = key.versions[-1].created
        added = self._new_version(version, created=max(int(self._now()), newest + 1))
        change_version(added, changes)
        key.versions.append(added)
        return added


def change_version(version: Version, changes: dict[str, Any]) -> None:
    """Set fields of a version; ValueError for unknown ones."""
    settable = set(vars(version)) - {"version", "material"}
    unknown = sorted(set(changes) - settable)
    if unknown:
        raise ValueError(f"unknown: {', '.join(unknown)}; known: {', '.join(sorted(settable))}")
    if changes.get("type", "RSA") not in TYPES or changes.get("size", 2048) not in SIZES:
        raise ValueError(f"type is one of {', '.join(TYPES)}, size one of {', '.join(map(str, SIZES))}")
    for name, value in changes.items():
        setattr(version, name, value)
