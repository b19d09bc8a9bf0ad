# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The features of each ONTAP release: one table for the modules, their documentation and the simulated ONTAP.

Source: the vendor's Python clients of 9.8.0 to 9.19.1 (the fields of their resources for Azure key vaults, key stores
and the settings of key managers), the public pages of C(PATCH /security/key-manager-configs), the ONTAP
9.11.1 REST API reference, and the public documentation of the CLI. Only the standard library is imported here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple


class Version(NamedTuple):
    """An ONTAP release without its patch level: 9.11.1 is (9, 11)."""

    generation: int
    major: int

    def __str__(self) -> str:
        """The name of the first version that was shipped of the release."""
        return (
            f"{self.generation}.{self.major}"
            if self < FIRST_WITH_THREE_NUMBERS
            else f"{self.generation}.{self.major}.1"
        )


FIRST_WITH_THREE_NUMBERS = Version(9, 9)
#: The release of the reference that the collection is built on: its features need no check of the cluster's release.
BASE = Version(9, 11)


class Field(NamedTuple):
    """The release from which a property can be read, set at creation, and changed; None: never.

    last_change: the last release that accepts it in a C(PATCH) of the configuration.
    """

    read: Version | None
    create: Version | None
    change: Version | None
    last_change: Version | None = None


def _make_version(major: int) -> Version:
    return Version(9, major)


_ALWAYS = Field(_make_version(8), _make_version(8), _make_version(8))
_SECRET = Field(None, _make_version(8), _make_version(8))
_STATUS = Field(_make_version(8), None, None)
_HOSTS = Field(_make_version(14), _make_version(14), _make_version(14))
_VERIFICATION = Field(_make_version(14), None, _make_version(14))

FIELDS: dict[str, Field] = {
    "name": Field(_make_version(8), _make_version(8), None),
    "client_id": Field(_make_version(8), _make_version(8), _make_version(9)),
    "tenant_id": Field(_make_version(8), _make_version(8), _make_version(9)),
    "key_id": Field(_make_version(8), _make_version(8), _make_version(8), _make_version(10)),
    "client_secret": _SECRET,
    "client_certificate": Field(None, _make_version(10), _make_version(10)),
    "authentication_method": Field(_make_version(10), None, None),
    "proxy_type": _ALWAYS,
    "proxy_host": _ALWAYS,
    "proxy_port": _ALWAYS,
    "proxy_username": _ALWAYS,
    "proxy_password": _SECRET,
    "state": _STATUS,
    "azure_reachability": _STATUS,
    "ekmip_reachability": _STATUS,
    # Set at creation, together with create_inactive.
    "configuration": Field(_make_version(14), _make_version(14), None),
    # At creation as create_inactive; later through the key store of the configuration.
    "enabled": Field(_make_version(14), _make_version(14), _make_version(14)),
    "oauth_host": _HOSTS,
    "vault_host": _HOSTS,
    "port": _HOSTS,
    "verify_host": _VERIFICATION,
    "verify_ip": _VERIFICATION,
    "skip_verification": Field(_make_version(16), _make_version(16), _make_version(16)),
}

#: Calls other than reading and changing a configuration.
CALLS: dict[str, Version] = {
    "rekey-internal": _make_version(10),
    "rekey-external": _make_version(11),
    "restore": _make_version(10),
    "migrate": _make_version(9),
    "key-stores": _make_version(14),
    "key-manager-configs": _make_version(10),
}
#: The settings of the cluster's key managers: the first release that returns and accepts each.
SETTINGS: dict[str, Version] = {
    "health_monitor_polling_interval": _make_version(10),
    "cloud_kms_retry_count": _make_version(11),
    "health_monitor_policy": _make_version(15),
}
#: The first release whose key stores report a state.
KEY_STORE_STATE = _make_version(16)

CREATE, CHANGE = "create", "change"
#: The newest release that was examined.
NEWEST = _make_version(19)
#: What earlier releases use instead of a call.
INSTEAD = {"rekey-external": "PATCH", "rekey-internal": "CLI", "restore": "CLI"}


def read_version(cluster: Mapping[str, Any]) -> Version | None:
    """Return the release that the cluster's record (C(GET /api/cluster)) reports, None if it reports none."""
    version = cluster.get("version")
    numbers = [version.get("generation"), version.get("major")] if isinstance(version, dict) else [None]
    if not all(isinstance(number, int) and not isinstance(number, bool) for number in numbers):
        return None
    return Version(*numbers)


def find_first(field: str) -> Version:
    """Return the first release that supports a field in any operation."""
    known = FIELDS[field]
    return min(version for version in (known.read, known.create, known.change) if version is not None)


def find_newer_than_base(fields: Iterable[str]) -> list[str]:
    """Return those of the given fields that no operation of the base release supports."""
    return [name for name in fields if name in FIELDS and find_first(name) > BASE]
