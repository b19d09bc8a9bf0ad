# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the cluster's key managers: /api/security/key-manager-configs.

Sources: public documentation, "Retrieve key manager configurations" and "Update key manager configurations" (9.10.1 to
9.19.1); the vendor's clients of these releases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from . import codes, errors, schema
from .cluster import EXTERNAL, Cluster
from .tables import Record

#: The key managers that have a policy; the last one from 9.17 on.
KEY_MANAGERS = ("akv", "aws", "gcp", "ikp", "kmip", "okm", "barbican")
#: The documented limits.
LIMITS = {"cloud_kms_retry_count": (0, 10), "health_monitor_polling_interval": (15, 30)}


def _policies() -> dict[str, dict[str, bool]]:
    return {name: {"enabled": True, "manage_volume_offline": True} for name in KEY_MANAGERS}


@dataclass
class Settings:
    """The values of one cluster; at the start those of the documentation's examples."""

    cc_mode_enabled: bool = False
    cloud_kms_retry_count: int = 3
    health_monitor_polling_interval: int = 15
    health_monitor_policy: dict[str, dict[str, bool]] = field(default_factory=_policies)

    def record(self) -> Record:
        """The record; the table leaves out what a release does not have."""
        return {
            "cc_mode_enabled": self.cc_mode_enabled,
            "cloud_kms_retry_count": self.cloud_kms_retry_count,
            "health_monitor_polling_interval": self.health_monitor_polling_interval,
            "health_monitor_policy": self.health_monitor_policy,
        }

    def set(self, name: str, value: Any) -> None:
        """Set a field by its flat name."""
        _group, _dot, rest = name.partition(".")
        if not rest:
            setattr(self, name, value)
            return
        manager, _dot, leaf = rest.partition(".")
        self.health_monitor_policy[manager][leaf] = value


def update(cluster: Cluster, settings: Settings, body: dict[str, Any]) -> None:
    """Carry out a PATCH: all of it, or nothing."""
    given = schema.check_body(_numbers(body), schema.KEY_MANAGER_CONFIG, codes.UPDATE, cluster.release)
    passphrase = given.pop("passphrase", None)
    if not given:
        raise errors.missing(["cloud_kms_retry_count"])
    for name, (low, high) in LIMITS.items():
        if name in given and not low <= given[name] <= high:
            raise errors.invalid_value(name, given[name], f"integer {low}..{high}")
    if given.get("cc_mode_enabled"):
        _check_mode(cluster, passphrase)
    if "health_monitor_polling_interval" in given and not _has_external(cluster):
        raise errors.documented(codes.SETTINGS, "65537304")
    for name, value in given.items():
        settings.set(name, value)


def _check_mode(cluster: Cluster, passphrase: str | None) -> None:
    if passphrase is None:
        raise errors.documented(codes.SETTINGS, "65537302")
    if cluster.itself.uuid not in cluster.key_managers:
        raise errors.documented(codes.SETTINGS, "65537301")


def _has_external(cluster: Cluster) -> bool:
    return bool(cluster.vaults) or any(manager.kind == EXTERNAL for manager in cluster.key_managers.values())


def _numbers(body: dict[str, Any]) -> dict[str, Any]:
    """The body with numbers for texts of digits: the documentation's example sends "20"."""
    return {
        name: int(value) if name in LIMITS and isinstance(value, str) and value.isdecimal() else value
        for name, value in body.items()
    }
