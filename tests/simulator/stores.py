# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on key stores: which of an owner's configurations is the enabled one.

Sources: public documentation, "Enable a keystore configuration" and "Delete an inactive keystore configuration" (9.14
to 9.17).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from . import codes, errors, schema
from .cluster import KeyManager, Vault
from .errors import documented
from .jobs import Work
from .vaults import Vaults

Row = Vault | KeyManager


class KeyStores:
    """The operations, on one cluster."""

    def __init__(self, vaults: Vaults) -> None:
        self.vaults = vaults
        self.cluster = vaults.cluster

    def rows(self) -> dict[str, Row]:
        """Every key manager there is, by uuid."""
        return {**self.cluster.vaults, **{manager.uuid: manager for manager in self.cluster.key_managers.values()}}

    def parse(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the body of a PATCH."""
        return schema.check_body(body, schema.KEY_STORE, codes.UPDATE, self.cluster.release)

    @staticmethod
    def check(given: Mapping[str, Any]) -> None:
        """Checks of a PATCH that need no key store."""
        if "enabled" not in given:
            raise errors.missing(["enabled"])

    def do_switch(self, row: Row, given: dict[str, Any]) -> Work:
        """Check and do a PATCH at once. Gives what takes it back."""
        before = self.cluster.vault_of(row.svm)
        self.switch(row, given)()
        if before is not None:
            return partial(self.do_enable, before)
        return partial(self.do_disable, row) if isinstance(row, Vault) else lambda: None

    def switch(self, row: Row, given: dict[str, Any]) -> Work:
        """Checks of a PATCH that need no work. Gives the work."""
        self.check(given)
        if not isinstance(row, Vault):
            # What becomes of the others is not simulated.
            raise errors.bad_value("Only configurations of Azure Key Vault can be switched.", target="uuid")
        knob = self.cluster.knobs.keystore_disable
        if not given["enabled"] and not (self.cluster.release.at_least("9.17") if knob is None else knob):
            # "keystore disable" is among the related commands from 9.17 on only.
            raise errors.invalid_value("enabled", "false", "true")
        return partial(self.do_enable if given["enabled"] else self.do_disable, row)

    def do_enable(self, vault: Vault) -> None:
        """The work of enabling: the SVM's keys are wrapped by it, and the one that was enabled is inactive."""
        self.vaults.alive(codes.ENABLE, vault)
        if vault.enabled:
            return
        if vault.svm.keys_on_admin and self.cluster.knobs.admin_keys_refuse_create:
            raise documented(codes.CREATE, "65537505")
        if vault.svm.uuid in self.cluster.key_managers:
            raise documented(codes.CREATE, "65537500")
        self.vaults.needs_azure(vault, None)
        self.cluster.enable(vault)
        self.vaults.wrap(vault)
        vault.count(codes.ENABLE)

    def do_disable(self, vault: Vault) -> None:
        """The work of disabling: as for a deletion, no volume key may be left."""
        self.vaults.alive(codes.DISABLE, vault)
        if not vault.enabled:
            return
        if vault.svm.own_keys:
            raise documented(codes.DELETE, "65536867")
        self.cluster.disable(vault)
        vault.count(codes.DISABLE)

    def delete(self, row: Row | None) -> None:
        """DELETE of an inactive configuration; None: there is no such key store."""
        if row is None or row.uuid not in self.rows():
            error = documented(codes.DELETE_INACTIVE, "65538908", target="uuid")
            error.status = 404
            raise error
        if not isinstance(row, Vault):
            raise documented(codes.DELETE_INACTIVE, "65538907")
        self.vaults.conditions(codes.DELETE_INACTIVE, row.svm)
        if row.enabled:
            raise documented(codes.DELETE_INACTIVE, "65538905")
        self.cluster.drop(row)
