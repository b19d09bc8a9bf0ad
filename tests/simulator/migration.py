# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrating an SVM's volume keys between its own key manager and that of the cluster (the admin SVM), either way.

Source: public documentation, "Migrate SVM keys between security key managers". It has no table of error codes: what
each case ends with is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import codes, errors, schema
from .cluster import Svm, Vault
from .errors import documented, of_the_work
from .records import azure_fault
from .stores import KeyStores, Row


@dataclass(frozen=True)
class Way:
    """From where to where, and whose keys."""

    source: Row
    destination: Row

    @property
    def svm(self) -> Svm:
        """The data SVM: one of both ends is its own, the other the cluster's."""
        return self.destination.svm if self.source.scope == "cluster" else self.source.svm

    @property
    def to_cluster(self) -> bool:
        """Whether the keys go to the cluster's key manager."""
        return self.destination.scope == "cluster"


class Migration:
    """The operation, on one cluster."""

    def __init__(self, stores: KeyStores) -> None:
        self.stores = stores
        self.cluster = stores.cluster

    def between(self, rows: Mapping[str, Row], source_uuid: str, body: dict[str, Any]) -> Way:
        """Checks of the REST call that need no work. rows: the key managers that the request can reach."""
        given = schema.check_body(body, schema.MIGRATE, codes.CREATE, self.cluster.release)
        if not given.get("uuid"):
            raise errors.missing(["uuid"])
        source, destination = rows.get(source_uuid.lower()), rows.get(given["uuid"].lower())
        if source is None:
            raise errors.not_found("source.uuid")
        if destination is None:
            raise errors.not_found("uuid")
        return self._way(source, destination)

    def named(self, source: str, destination: str) -> Way:
        """The same for the command, which names the owners: an SVM, or the cluster by its name."""
        return self._way(self._enabled("from-vserver", source), self._enabled("to-vserver", destination))

    def _enabled(self, option: str, name: str) -> Row:
        cluster = self.cluster
        svm = cluster.itself if name == cluster.config.name else cluster.svms.get(name)
        if svm is None:
            raise errors.no_svm(name, option)
        row = cluster.vault_of(svm) or cluster.key_managers.get(svm.uuid)
        if row is None:
            raise errors.not_found(option)
        return row

    @staticmethod
    def _way(source: Row, destination: Row) -> Way:
        if {source.scope, destination.scope} != {"svm", "cluster"}:
            raise errors.bad_value(
                "Keys are migrated between the key manager of an SVM and that of the cluster.", target="uuid"
            )
        return Way(source, destination)

    def do_migrate(self, way: Way) -> None:
        """The work."""
        self.stores.vaults.conditions(codes.MIGRATE, way.svm)
        for row in (way.source, way.destination):
            self._ready(row)
        if not way.svm.encrypted_volumes or way.svm.keys_on_admin == way.to_cluster:
            raise of_the_work("65537559", "There are no keys of the SVM in the source key manager.")
        way.svm.keys_on_admin = way.to_cluster
        own = way.source if way.to_cluster else way.destination
        if isinstance(own, Vault):
            own.count(codes.MIGRATE)
            if not way.to_cluster:
                self.stores.vaults.wrap(own)

    def _ready(self, row: Row) -> None:
        """Each end must be there still, be enabled, and be reachable."""
        if row.uuid not in self.stores.rows() or (isinstance(row, Vault) and not row.enabled):
            raise documented(codes.UPDATE, "65537120")
        fault = (
            azure_fault(self.cluster, row)
            if isinstance(row, Vault)
            else None
            if row.reachable
            else "The key servers do not respond"
        )
        if fault is not None:
            raise of_the_work(str(codes.NOT_AVAILABLE), f"The key manager {row.uuid} is not reachable - {fault}.")
