# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations on AKV configurations: what each checks, which error it ends with, and what it changes."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from . import certificates, codes, errors, schema
from .cluster import DEFAULT, Cluster, Svm, Vault
from .errors import ApiError, documented
from .records import azure_fault, credential
from .tunnel import complete, find_svm

_KEY_ID = re.compile(r"^https://[^/\s]+/keys/[0-9A-Za-z-]+(/[0-9A-Za-z]+)?/?$")
_PROXY_TYPES = ("http", "https")
_REQUIRED = ("client_id", "tenant_id", "key_id", "name")
_SECRETS = ("client_secret", "client_certificate", "proxy_password")

#: Faults of the codes that have no number of their own in the reference (assumption).
_UNREACHABLE = str(codes.NOT_AVAILABLE)


class Vaults:
    """The operations, on one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def create(
        self, body: dict[str, Any], svm: Svm | None = None, *, inactive: bool = False
    ) -> tuple[Vault, dict[str, Any]]:
        """Checks of POST that need no work. Gives the configuration that is to be, and the checked fields.

        svm: that of the tunneling headers. inactive: beside the one that is enabled, under a name of its own
        (ontap-releases.md, "Fields").
        """
        return self.prepare(self.parse(codes.CREATE, body), svm, inactive=inactive)

    def parse(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of the body of a POST or PATCH, if they exist, can be set and have the right type."""
        return schema.check_body(body, schema.AZURE_KEY_VAULT, operation, self.cluster.release)

    def prepare(self, given: dict[str, Any], svm: Svm | None, *, inactive: bool) -> tuple[Vault, dict[str, Any]]:
        """Checks of parsed fields of a POST."""
        complete(svm, given)
        owner = self._owner(given)
        self._required(given)
        self._check_vault(given["name"])
        _check_values(codes.CREATE, given)
        name = self._configuration(given, inactive=inactive)
        if inactive:
            self._check_free(owner, name)
        return Vault(str(uuid.uuid4()), owner, name, enabled=not inactive), given

    def do_create(self, vault: Vault, given: dict[str, Any]) -> None:
        """The work of POST."""
        self.conditions(codes.CREATE, vault.svm)
        self._may_create(vault.svm, given, inactive=not vault.enabled)
        self._check_free(vault.svm, vault.configuration)
        self._apply(codes.CREATE, vault, given)
        vault.created = self.cluster.clock.now()
        self.cluster.add(vault)
        if vault.enabled:
            self.wrap(vault)
        vault.count(codes.CREATE)

    def _check_free(self, svm: Svm, configuration: str) -> None:
        """An owner has one configuration of a name."""
        if self.cluster.named_vault(svm, configuration) is not None:
            raise documented(codes.CREATE, "65537589", target="configuration.name")

    @staticmethod
    def _configuration(given: dict[str, Any], *, inactive: bool) -> str:
        """`configuration.name` goes together with create_inactive (ontap-releases.md)."""
        name = given.pop("configuration.name", None)
        checks = (
            ("65538903", name == ""),
            ("65537594", inactive and name is None),
            ("65537595", not inactive and name is not None),
        )
        for code, applies in checks:
            if applies:
                raise documented(codes.CREATE, code, target="configuration.name")
        return name or DEFAULT

    def _owner(self, given: dict[str, Any]) -> Svm:
        """`svm` of a POST; none stands for the cluster (reference, overview, first example)."""
        name, svm_uuid = given.pop("svm.name", None), given.pop("svm.uuid", None)
        return self.cluster.itself if name is None and svm_uuid is None else find_svm(self.cluster, name, svm_uuid)

    def conditions(self, operation: str, svm: Svm) -> None:
        """Ends with the error that the control interface wants."""
        condition = self.cluster.condition(operation, svm)
        if condition is not None:
            message = condition.message or codes.text(operation, condition.code)
            raise ApiError(condition.code, message, status=condition.status)

    def _configured(self, operation: str, svm: Svm) -> None:
        if not svm.key_manager:
            raise documented(operation, "65537120")

    @staticmethod
    def _required(given: dict[str, Any]) -> None:
        missing = [name for name in _REQUIRED if not given.get(name)]
        if missing:
            raise errors.missing(missing)
        if not given.get("client_secret") and not given.get("client_certificate"):
            raise documented(codes.CREATE, "65537567")

    def _check_vault(self, name: str) -> None:
        """The name of the vault is a URL; the page of POST has a code of its own for that (before 9.14: assumption)."""
        if urlsplit(name).scheme == "https" and urlsplit(name).netloc:
            return
        if self.cluster.release.at_least("9.14"):
            raise documented(codes.CREATE, "65537553", target="name")
        raise errors.invalid_value("name", name, "uri")

    def _may_create(self, svm: Svm, given: dict[str, Any], *, inactive: bool) -> None:
        """The cluster and the SVM as they stand (reference, error table of POST)."""
        checks = (
            ("65537506", self.cluster.knobs.metrocluster),
            ("65537518", not self.cluster.all_nodes(lambda node: node.cluster_interface)),
            ("65537512", not self.cluster.all_nodes(lambda node: node.akv)),
            ("65537500", not inactive and self.cluster.managed(svm)),
            ("65537505", not inactive and svm.keys_on_admin and self.cluster.knobs.admin_keys_refuse_create),
        )
        for code, applies in checks:
            if applies:
                raise documented(codes.CREATE, code)
        if given.get("client_certificate") and not self.cluster.all_nodes(lambda node: node.certificate_auth):
            raise documented(codes.CREATE, "65537512")

    def _apply(self, operation: str, vault: Vault, given: dict[str, Any]) -> None:
        """Put checked fields into the configuration; an empty proxy field is one that is not set (assumption)."""
        certificate = given.get("client_certificate")
        if certificate:
            clock, knobs = self.cluster.clock, self.cluster.knobs
            seen = certificates.look(operation, certificate, now=clock.now(), fips=knobs.fips)
            vault.certificate, vault.secret = certificate, None
            vault.fingerprint, vault.expires = seen.fingerprint, seen.expires
        elif given.get("client_secret"):
            vault.secret, vault.certificate = given["client_secret"], None
            vault.fingerprint = vault.expires = None
        if "proxy_password" in given:
            vault.proxy_password = given["proxy_password"] or None
        for name, value in given.items():
            if name not in _SECRETS:
                vault.fields[name] = value
        for name in [name for name, value in vault.fields.items() if value in ("", 0) and value is not False]:
            del vault.fields[name]
        vault.plain = None

    def wrap(self, vault: Vault) -> bool:
        """Put the wrapped key on the nodes, which needs Azure. Says whether every node has it now."""
        down = self.cluster.down()
        if azure_fault(self.cluster, vault) is None:
            vault.wrapped |= {name for name in self.cluster.nodes if name not in down}
            return not down
        return False

    def update(self, body: dict[str, Any]) -> dict[str, Any]:
        """Checks of PATCH that need no work. Gives the checked fields."""
        given = self.parse(codes.UPDATE, body)
        self.check_update(given)
        return given

    @staticmethod
    def check_update(given: dict[str, Any]) -> None:
        """Checks of parsed fields of a PATCH."""
        if not given:
            raise documented(codes.UPDATE, "65537541")
        _check_values(codes.UPDATE, given)

    def do_update(self, vault: Vault, given: dict[str, Any]) -> None:
        """The work of PATCH: all of it or nothing."""
        self.alive(codes.UPDATE, vault)
        if vault.enabled and vault.svm.keys_on_admin:
            raise documented(codes.UPDATE, "65537547")
        self._credentials(vault, given)
        trial = replace(vault, fields=dict(vault.fields))
        self._apply(codes.UPDATE, trial, given)
        rekeys = trial.fields["key_id"] != vault.fields["key_id"]
        if vault.enabled:
            self._judge(trial, given)
        if rekeys:
            self.conditions(codes.REKEY_EXTERNAL, vault.svm)
            self.needs_azure(trial, None)
        vars(vault).update(vars(trial))
        vault.count(codes.UPDATE)
        if rekeys:
            # 9.8 to 9.10: key_id in a PATCH is the re-key (ontap-releases.md, "Endpoints").
            vault.count(codes.REKEY_EXTERNAL)

    def undo_update(self, vault: Vault, before: Vault) -> None:
        """Take back a PATCH, as the rollback of an operation on several records does."""
        self.alive(codes.UPDATE, vault)
        vars(vault).update(vars(before), done=vault.done)
        vault.count(codes.UPDATE)

    def _credentials(self, vault: Vault, given: dict[str, Any]) -> None:
        """A new identity needs a new credential; certificates need nodes that can (reference, error table of PATCH)."""
        secret, certificate = given.get("client_secret"), given.get("client_certificate")
        moved = any(
            given.get(name, vault.fields.get(name)) != vault.fields.get(name) for name in ("client_id", "tenant_id")
        )
        if moved and not secret and not certificate:
            raise documented(codes.UPDATE, "65537517", target="client_secret")
        if "client_secret" in given and not secret:
            raise documented(codes.UPDATE, "65537540", target="client_secret")
        if certificate and not self.cluster.all_nodes(lambda node: node.certificate_auth):
            raise documented(codes.UPDATE, "65537577")

    def _judge(self, trial: Vault, given: dict[str, Any]) -> None:
        """Azure judges a new credential, where it can be asked (assumption: else it is stored as it is)."""
        code = "65537573" if given.get("client_certificate") else "65537540" if given.get("client_secret") else None
        if code is None or trial.fields.get("skip_verification") or not self.cluster.azure.reachable:
            return
        fault = self.cluster.azure.refuses(credential(trial), self.cluster.clock.now())
        if fault is not None:
            target = "client_certificate" if code == "65537573" else "client_secret"
            raise documented(codes.UPDATE, code, target=target, detail=f"Reason: {fault}.")

    def delete(self, vault: Vault) -> None:
        """DELETE; the checks of the cluster's own keys are for its own configuration (assumption)."""
        self.alive(codes.DELETE, vault)
        if not vault.enabled:
            raise documented(codes.DELETE, "65537120")
        if vault.svm.own_keys:
            raise documented(codes.DELETE, "65536867")
        knobs = self.cluster.knobs
        checks = (
            ("65536242", knobs.drive_keys == "assigned"),
            ("65536243", knobs.drive_keys == "unknown"),
            ("65536924", knobs.nse_keys > 0),
            ("196608080", not self.cluster.all_nodes(lambda node: not node.root_encrypted)),
            ("196608305", knobs.nae_aggregates > 0),
        )
        for code, applies in checks:
            if applies and vault.scope == "cluster":
                raise documented(codes.DELETE, code)
        self.cluster.drop(vault)

    def rekey_external(self, vault: Vault, body: dict[str, Any]) -> str:
        """Checks of rekey-external that need no work. Gives the new key id."""
        given = schema.check_body(body, schema.REKEY_EXTERNAL, codes.CREATE, self.cluster.release)
        if not given.get("key_id"):
            raise errors.missing(["key_id"])
        self.check_key(given["key_id"])
        for name, own in (("svm.name", vault.svm.name), ("svm.uuid", vault.svm.uuid), ("scope", vault.scope)):
            if given.get(name, own) != own:
                raise errors.invalid_value(name, given[name], "that of the configuration")
        return str(given["key_id"])

    @staticmethod
    def check_key(key_id: str) -> None:
        """The form of a key identifier."""
        _check_values(codes.CREATE, {"key_id": key_id})

    def do_rekey_external(self, vault: Vault, key_id: str) -> None:
        """The work of rekey-external: wrap the SVM's key with another key of Azure."""
        self._active(codes.REKEY_EXTERNAL, vault)
        if vault.svm.keys_on_admin:
            raise documented(codes.REKEY_EXTERNAL, "65537547")
        self.needs_azure(vault, key_id)
        vault.fields["key_id"] = key_id
        vault.count(codes.REKEY_EXTERNAL)

    def do_rekey_internal(self, vault: Vault) -> None:
        """The work of rekey-internal: a new SVM key, wrapped again."""
        self._active(codes.REKEY_INTERNAL, vault)
        if vault.svm.keys_on_admin:
            raise documented(codes.REKEY_INTERNAL, "65537547")
        if not vault.svm.encrypted_volumes:
            raise documented(codes.REKEY_INTERNAL, "65537559")
        self.needs_azure(vault, None)
        vault.count(codes.REKEY_INTERNAL)

    def do_restore(self, vault: Vault) -> None:
        """The work of restore: the wrapped key is on every node again."""
        self._active(codes.RESTORE, vault)
        if not self.wrap(vault):
            fault = azure_fault(self.cluster, vault)
            detail = f"Reason: {fault}." if fault else f"Node: {', '.join(self.cluster.down())}."
            raise documented(codes.RESTORE, "65537515", detail=detail)
        vault.count(codes.RESTORE)

    def alive(self, operation: str, vault: Vault) -> None:
        """The configuration is still there, and its SVM's key manager."""
        self.conditions(operation, vault.svm)
        self._configured(operation, vault.svm)
        if vault.uuid not in self.cluster.vaults:
            raise documented(operation, "65537120")

    def _active(self, operation: str, vault: Vault) -> None:
        """There is nothing to re-key or restore of a configuration that is not enabled (assumption)."""
        self.alive(operation, vault)
        if not vault.enabled:
            raise documented(operation, "65537120")

    def needs_azure(self, vault: Vault, key_id: str | None) -> None:
        """Azure must serve the configuration (with another key, where one is given)."""
        fault = azure_fault(self.cluster, vault, key_id)
        if fault is not None:
            raise errors.of_the_work(_UNREACHABLE, f"AKV service is not reachable from all nodes - {fault}.")


def _check_values(operation: str, given: dict[str, Any]) -> None:
    """The form of values; types are right already."""
    if given.get("client_secret") and given.get("client_certificate"):
        raise errors.bad_value('Fields "client_secret" and "client_certificate" exclude each other.')
    if "key_id" in given and not _KEY_ID.match(given["key_id"]):
        raise documented(operation, "65537523", target="key_id")
    if given.get("proxy_type") and given["proxy_type"] not in _PROXY_TYPES:
        raise errors.invalid_value("proxy_type", given["proxy_type"], "http or https")
    for name, low in (("proxy_port", 0), ("port", 1)):
        if given.get(name) not in (None, "") and not low <= given[name] <= 65535:
            raise errors.invalid_value(name, given[name], f"integer {low}..65535")
