# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each resource has and which field can be set where: facts of the reference and of ontap-releases.md."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tooling.data import data

from . import codes, errors
from .releases import Release


@dataclass(frozen=True)
class Field:
    """One leaf field. A release name says from when on it can be read or set; None: never."""

    name: str
    kind: str = "string"
    read: str | None = "9.8"
    post: str | None = None
    patch: str | None = None
    #: The first release in which PATCH refuses the field again.
    patch_until: str | None = None
    advanced: bool = False
    #: A filter that names a value that is not among these is refused; one with a wildcard is not.
    among: Container[str] | None = None

    def readable(self, release: Release) -> bool:
        """Whether GET knows the field."""
        return self.read is not None and release.at_least(self.read)

    def settable(self, operation: str, release: Release) -> bool:
        """Whether POST (create) or PATCH (update) takes the field."""
        if operation == codes.CREATE:
            return self.post is not None and release.at_least(self.post)
        if self.patch is None or not release.at_least(self.patch):
            return False
        return self.patch_until is None or not release.at_least(self.patch_until)

    def known(self, release: Release) -> bool:
        """Whether the release has the field at all."""
        firsts = [first for first in (self.read, self.post, self.patch) if first is not None]
        return any(release.at_least(first) for first in firsts)


def _table(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


#: The collection's own table of releases, which the contract tests compare with the vendor's clients.
_RELEASES = data("releases")


def _in_table(name: str, kind: str = "string", *, settable: bool = True, advanced: bool = False) -> Field:
    """A field with the releases of the table. settable: whether a request on the configuration itself can set it."""
    known = _RELEASES.FIELDS[name.partition(".")[0]]
    post, patch, last = (known.create, known.change, known.last_change) if settable else (None, None, None)
    until = _RELEASES.Version(last.generation, last.major + 1) if last else None
    read, post, patch, until = (
        None if version is None else str(version) for version in (known.read, post, patch, until)
    )
    return Field(name, kind, read, post, patch, until, advanced)


AZURE_KEY_VAULT = _table(
    Field("uuid", "uuid"),
    Field("scope"),
    Field("svm.uuid", "uuid", post="9.8"),
    Field("svm.name", post="9.8"),
    _in_table("client_id"),
    _in_table("tenant_id"),
    _in_table("client_secret"),
    _in_table("client_certificate"),
    _in_table("authentication_method"),
    _in_table("name"),
    _in_table("key_id"),
    _in_table("proxy_type"),
    _in_table("proxy_host"),
    _in_table("proxy_port", "integer"),
    _in_table("proxy_username"),
    _in_table("proxy_password"),
    _in_table("configuration.name"),
    _in_table("configuration.uuid", "uuid", settable=False),
    _in_table("enabled", "boolean", settable=False),
    _in_table("oauth_host"),
    _in_table("vault_host"),
    _in_table("port", "integer"),
    _in_table("verify_host", "boolean"),
    _in_table("verify_ip", "boolean"),
    _in_table("skip_verification", "boolean"),
    _in_table("state.available", "boolean", advanced=True),
    _in_table("state.message", advanced=True),
    _in_table("state.code", "integer", advanced=True),
    _in_table("azure_reachability.reachable", "boolean", advanced=True),
    _in_table("azure_reachability.message", advanced=True),
    _in_table("azure_reachability.code", "integer", advanced=True),
    _in_table("ekmip_reachability.node.uuid", "uuid", advanced=True),
    _in_table("ekmip_reachability.node.name", advanced=True),
    _in_table("ekmip_reachability.reachable", "boolean", advanced=True),
    _in_table("ekmip_reachability.message", advanced=True),
    _in_table("ekmip_reachability.code", "integer", advanced=True),
)

#: The values of a configuration for which none were set (ontap-releases.md, "Fields"; the last three: assumption).
AZURE_KEY_VAULT_DEFAULTS: dict[str, Any] = {
    "oauth_host": "login.microsoftonline.com",
    "vault_host": "vault.azure.net",
    "port": 443,
    "verify_host": True,
    "verify_ip": True,
    "skip_verification": False,
}

KEY_STORE = _table(
    Field("uuid", "uuid"),
    Field("configuration.name"),
    Field("configuration.uuid", "uuid"),
    Field("enabled", "boolean", patch="9.14"),
    Field("scope"),
    Field("svm.uuid", "uuid"),
    Field("svm.name"),
    Field("type"),
    Field("location"),
    Field("state", read="9.16"),
)

#: The states of a key store (public documentation, 9.16.1 and later).
KEY_STORE_STATES = ("active", "mixed", "svm_kek_rekey", "blocked", "switching", "initializing", "disabling")

_INTERVAL, _RETRIES, _POLICY = "health_monitor_polling_interval", "cloud_kms_retry_count", "health_monitor_policy"


def _setting(name: str, kind: str, *, since: str | None = None, advanced: bool = False) -> Field:
    first = since or str(_RELEASES.SETTINGS[name.partition(".")[0]])
    return Field(name, kind, first, patch=first, advanced=advanced)


KEY_MANAGER_CONFIG = _table(
    _setting("cc_mode_enabled", "boolean", since="9.10"),
    _setting(_RETRIES, "integer"),
    _setting(_INTERVAL, "integer"),
    # Returned only if it is named ("Retrieve key manager configurations", 9.15.1 and later).
    *(
        _setting(
            f"{_POLICY}.{manager}.{leaf}", "boolean", since="9.17" if manager == "barbican" else None, advanced=True
        )
        for manager in ("akv", "aws", "barbican", "gcp", "ikp", "kmip", "okm")
        for leaf in ("enabled", "manage_volume_offline")
    ),
    Field("passphrase", read=None, patch="9.10"),
)

#: Body of migrate: the destination (public documentation, "Migrate SVM keys between security key managers").
MIGRATE = _table(Field("uuid", "uuid", post="9.9"))

JOB = _table(
    Field("uuid", "uuid"),
    Field("description"),
    Field("state"),
    Field("message"),
    Field("code", "integer"),
    Field("start_time", "datetime"),
    Field("end_time", "datetime"),
    Field("error.code"),
    Field("error.message"),
    Field("error.target"),
    Field("svm.uuid", "uuid"),
    Field("svm.name"),
    Field("node.name"),
)

#: An observed event (reference, "Retrieve observed events"; its older fields only).
EVENT = _table(
    Field("index", "integer"),
    Field("time", "datetime"),
    Field("node.uuid", "uuid"),
    Field("node.name"),
    Field("message.name"),
    Field("message.severity"),
    Field("log_message"),
    Field("parameters.name"),
    Field("parameters.value"),
    Field("source"),
)

#: Body of rekey-external (reference, "Re-key the external key in the key hierarchy", "Request Body").
REKEY_EXTERNAL = _table(
    Field("key_id", post="9.11"),
    Field("scope", post="9.11"),
    Field("svm.uuid", "uuid", post="9.11"),
    Field("svm.name", post="9.11"),
)


def leaves(body: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The body's fields as ("svm.name", value); links, which the examples of the reference have, are no input."""
    for key, value in body.items():
        name = f"{prefix}{key}"
        if key == "_links" and isinstance(value, dict):
            continue
        if isinstance(value, dict) and value:
            yield from leaves(value, f"{name}.")
        else:
            yield name, value


def readable(table: Mapping[str, Field], release: Release) -> dict[str, Field]:
    """The fields that GET knows in a release."""
    return {name: field for name, field in table.items() if field.readable(release)}


def write_only(table: Mapping[str, Field], release: Release) -> frozenset[str]:
    """The fields that a release can set and never read."""
    return frozenset(name for name, field in table.items() if field.read is None and field.known(release))


def _is_group(table: Mapping[str, Field], name: str, release: Release) -> bool:
    return any(known.startswith(f"{name}.") and field.known(release) for known, field in table.items())


def _refusal(field: Field | None, name: str, table: Mapping[str, Field], release: Release) -> errors.ApiError:
    if name.partition(".")[0] == "_links" or (field is None and _is_group(table, name, release)):
        return errors.cannot_set(name)
    if field is None or not field.known(release):
        return errors.unexpected_argument(name)
    return errors.cannot_set(name)


def check_body(body: Mapping[str, Any], table: Mapping[str, Field], operation: str, release: Release) -> dict[str, Any]:
    """The body as flat fields, or the error that ONTAP gives for the first one that it refuses."""
    checked: dict[str, Any] = {}
    for name, value in leaves(body):
        field = table.get(name)
        if field is None or not field.settable(operation, release):
            raise _refusal(field, name, table, release)
        if isinstance(value, list):
            raise errors.unexpected_array(name)
        if name in checked:
            raise errors.specified_twice(name, as_path=True)
        _check_type(field, value)
        checked[name] = value
    return checked


def _check_type(field: Field, value: Any) -> None:
    if field.name == "proxy_port" and value == "":
        return  # An empty string takes out a proxy field, whatever its type (an assumption, see README.md).
    wanted = int if field.kind == "integer" else bool if field.kind == "boolean" else str
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is int):
        raise errors.invalid_value(field.name, value, field.kind)
