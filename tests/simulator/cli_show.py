# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the passthrough of REST shows of the CLI: the fields of "show" commands as records.

Source: "Getting started with the ONTAP REST API", "Using the private CLI passthrough"; the command reference, which has
the fields.
Values of enumerations, and `detail`, are an assumption.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from .cluster import Svm, Vault
from .schema import Field
from .tables import Record, Table
from .world import World

_AZURE = "security key-manager external azure"


@dataclass(frozen=True)
class Shown:
    """A row of a command. uuid: what identifies it, for the pages."""

    uuid: str
    svm: Svm
    record: Record


@dataclass(frozen=True)
class Show:
    """One command. level: the privilege level that it needs; keys: the fields that are always shown; fields: with
    the release of each.
    """

    level: str
    keys: tuple[str, ...]
    fields: Mapping[str, Field]
    rows: Callable[[World], Iterator[Shown]]

    def table(self, world: World, path: str) -> Table:
        """The table of its records."""
        fields = {name: field for name, field in self.fields.items() if field.readable(world.cluster.release)}
        keys = tuple(key for key in self.keys if key in fields)
        return Table(path, fields, lambda row, _advanced: dict(row.record), identity=keys, owner=attrgetter("svm"))


def _vserver(world: World, vault: Vault) -> str:
    return vault.svm.name or world.config.name


def _configurations(world: World) -> Iterator[Shown]:
    for vault in world.cluster.vaults.values():
        record = world.records.vault(vault, frozenset({"state"}))
        shown = {name: record[name] for name in _CONFIGURATION if name in record}
        shown |= {"vserver": _vserver(world, vault), "config_name": vault.configuration}
        if "state" in record:
            shown["state"] = "not_responding" if record["state"]["message"] else "available"
        yield Shown(vault.uuid, vault.svm, shown)


def _checks(world: World) -> Iterator[Shown]:
    """A row for each node and category of an enabled configuration."""
    for vault in world.cluster.vaults.values():
        if not vault.enabled:
            continue
        record = world.records.vault(vault, frozenset({"state", "azure_reachability", "ekmip_reachability"}))
        for status in record["ekmip_reachability"]:
            found = {
                "service_reachability": record["azure_reachability"],
                "ekmip_server": status,
                "kms_wrapped_key_status": record["state"],
            }
            for category, answer in found.items():
                shown = {"node": status["node"]["name"], "vserver": _vserver(world, vault), "category": category}
                shown["status"] = "failed" if answer["message"] else "ok"
                if answer["message"]:
                    shown["detail"] = answer["message"]
                yield Shown(f"{vault.uuid}/{shown['node']}/{category}", vault.svm, shown)


def _fields(**since: str) -> dict[str, Field]:
    kinds = {"proxy_port": "integer", "port": "integer", "enabled": "boolean"}
    return {name: Field(name, kinds.get(name, "string"), read=release) for name, release in since.items()}


_CONFIGURATION = _fields(
    vserver="9.8",
    config_name="9.14",
    enabled="9.14",
    client_id="9.8",
    tenant_id="9.8",
    name="9.8",
    state="9.8",
    key_id="9.8",
    proxy_type="9.8",
    proxy_host="9.8",
    proxy_port="9.8",
    proxy_username="9.8",
    authentication_method="9.10",
    oauth_host="9.14",
    vault_host="9.14",
    port="9.14",
)

#: By the words of the path, from which "show" is left out.
SHOWS = {
    _AZURE: Show("admin", ("vserver", "config_name"), _CONFIGURATION, _configurations),
    f"{_AZURE} check": Show(
        "advanced",
        ("node", "vserver", "category"),
        _fields(node="9.8", vserver="9.8", category="9.8", status="9.8", detail="9.8"),
        _checks,
    ),
}
