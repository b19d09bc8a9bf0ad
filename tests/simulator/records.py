# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GET shows of a configuration, and the tables of all resources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter, itemgetter
from typing import Any

from . import codes, ems, errors, schema, surroundings, vendor_fields
from .azure import Credential, without_version
from .cluster import DEFAULT, ONBOARD, Clock, Cluster, KeyManager, Node, Svm, Vault
from .codes import NOT_AVAILABLE
from .tables import Record, Table

VAULTS = "/api/security/azure-key-vaults"
NODES = "/api/cluster/nodes"
SVMS = "/api/svm/svms"
JOBS = "/api/cluster/jobs"
CLUSTER = "/api/cluster"
KEY_STORES = "/api/security/key-stores"
KEY_MANAGERS = "/api/security/key-managers"
KEY_MANAGER_CONFIGS = "/api/security/key-manager-configs"
EVENTS = "/api/support/ems/events"
MESSAGES = "/api/support/ems/messages"

_NO_VOLUMES = (
    "No volumes created yet for the SVM. Wrapped KEK status will be available after creating encrypted volumes."
)
_LOST = "The wrapped KEK is not present on the node."


def credential(vault: Vault) -> Credential:
    """What the configuration shows to Azure."""
    fields = vault.fields
    return Credential(
        fields["client_id"], fields["tenant_id"], vault.secret, vault.certificate, vault.fingerprint, vault.expires
    )


def azure_fault(cluster: Cluster, vault: Vault, key_id: str | None = None) -> str | None:
    """Why Azure does not serve this configuration (with another key, where one is given), or None.

    ONTAP unwraps with the key that it has, and wraps with a new one (assumption).
    """
    azure, now, shown = cluster.azure, cluster.clock.now(), credential(vault)
    own = vault.fields["key_id"]
    refused = (
        azure.lacks(vault.fields["name"], key_id or own)
        or azure.refuses(shown, now)
        or azure.forbids(shown, own, ("unwrapKey",), now)
    )
    return (
        refused
        if refused is not None or key_id is None
        else azure.forbids(shown, key_id, ("wrapKey", "unwrapKey"), now)
    )


def way(cluster: Cluster, vault: Vault) -> ems.Way:
    """How the configuration stands with Azure, as the event log tells it."""
    azure, now, shown, key_id = cluster.azure, cluster.clock.now(), credential(vault), vault.fields["key_id"]
    refused = (
        azure.hides(vault.fields["name"])
        or azure.refuses(shown, now)
        or azure.forbids(shown, key_id, ("unwrapKey",), now)
    )
    return ems.Way(refused is None, keyless=vault.svm.own_keys and not azure.keeps(key_id))


@contextmanager
def observed(cluster: Cluster) -> Iterator[None]:
    """Something changes in Azure, or time goes by: events tell what that changes for the configurations."""
    before = {uuid: way(cluster, vault) for uuid, vault in cluster.vaults.items() if vault.enabled}
    yield
    for uuid, was in before.items():
        vault = cluster.vaults[uuid]
        for name in ems.told(was, way(cluster, vault)):
            cluster.observe(name, cluster.about(vault))


class Records:
    """Builds the records of one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        readable = schema.readable(schema.AZURE_KEY_VAULT, cluster.release)
        secrets = schema.write_only(schema.AZURE_KEY_VAULT, cluster.release)
        if cluster.knobs.cluster_state_name:
            readable["state.cluster_state"] = schema.Field("state.cluster_state", "boolean", advanced=True)
        self.vaults = Table(
            VAULTS,
            readable,
            self.vault,
            identity=("uuid", "name"),
            check=self._check_status,
            secrets=secrets,
            leaked=tuple(sorted(secrets)) if cluster.knobs.leak_secrets else (),
            owner=attrgetter("svm"),
            links={"svm": SVMS, "ekmip_reachability.node": NODES},
        )
        self._defaults = {name: value for name, value in schema.AZURE_KEY_VAULT_DEFAULTS.items() if name in readable}
        self.key_stores = Table(
            KEY_STORES,
            schema.readable(schema.KEY_STORE, cluster.release),
            self.key_store,
            links={"svm": SVMS},
            owner=attrgetter("svm"),
        )
        managed = vendor_fields.readable("security_key_manager", cluster.release)
        self.key_managers = Table(KEY_MANAGERS, managed, self.key_manager, links={"svm": SVMS}, owner=attrgetter("svm"))
        known = schema.readable(schema.KEY_MANAGER_CONFIG, cluster.release)
        self.settings = Table(
            KEY_MANAGER_CONFIGS,
            known,
            lambda row, _advanced: row.record(),
            identity=(),
            secrets=frozenset({"passphrase"}),
            single=True,
        )
        self.nodes = Table(NODES, vendor_fields.readable("node", cluster.release), self.node, identity=("uuid", "name"))
        self.svms = Table(
            SVMS,
            vendor_fields.readable("svm", cluster.release),
            self.svm,
            identity=("uuid", "name"),
            owner=lambda svm: svm,
        )
        # What a client that names no fields gets: "Returned by default" in the vendor's client.
        shown = ("time", "message.name", "log_message")
        place = "{node[name]}/{index}".format_map
        identity = ("index", "node.uuid", "node.name")
        catalogued = schema.EVENT | {"message.name": schema.Field("message.name", among=cluster.ems)}
        self.events = Table(
            EVENTS,
            catalogued,
            self.event,
            identity=identity,
            default=shown,
            links={"node": NODES},
            key=place,
            ordered=True,
        )
        self.itself = Table(
            CLUSTER,
            vendor_fields.readable("cluster", cluster.release),
            self.itself_record,
            identity=("uuid", "name"),
            single=True,
        )
        self.messages = Table(
            MESSAGES,
            vendor_fields.readable("ems_message", cluster.release),
            self.message,
            identity=("name",),
            key=itemgetter("name"),
        )
        self._strings = self._knob(cluster.knobs.string_codes, "9.12")
        self._versions = self._knob(cluster.knobs.key_versions, "9.14")

    def _knob(self, value: bool | None, since: str) -> bool:
        return self.cluster.release.at_least(since) if value is None else value

    def vault(self, vault: Vault, advanced: frozenset[str]) -> Record:
        """A configuration; the advanced properties only as far as they were asked for, and of an enabled one."""
        if vault.plain is None:
            vault.plain = self._plain(vault)
        if not vault.enabled:
            advanced = frozenset()
        knobs = self.cluster.knobs
        if advanced and self._unreadable(vault):
            if knobs.status_error_scope == "collection":
                raise self._status_error()
            advanced = frozenset()
        if not advanced and not self.vaults.leaked:
            return vault.plain
        record = dict(vault.plain)
        if "state" in advanced:
            record["state"] = self._state(vault)
        if "azure_reachability" in advanced:
            record["azure_reachability"] = self._azure(vault)
        if "ekmip_reachability" in advanced:
            record["ekmip_reachability"] = [self._ekmip(node) for node in self.cluster.nodes.values()]
        if self.vaults.leaked:
            record |= self._secrets(vault)
        return record

    def _unreadable(self, vault: Vault) -> bool:
        knobs = self.cluster.knobs
        return knobs.status_error is not None and vault.enabled and knobs.status_error_svm in (None, vault.svm.name)

    def _status_error(self) -> errors.ApiError:
        code = str(self.cluster.knobs.status_error)
        return errors.of_the_work(code, codes.text(codes.READ, code))

    def _check_status(self, vault: Vault, advanced: frozenset[str]) -> None:
        """GET of one record fails where its status cannot be read (pages of GET from 9.15.1 on)."""
        if advanced and self._unreadable(vault):
            raise self._status_error()

    def _plain(self, vault: Vault) -> Record:
        record = self._owned(vault) | self._configuration(vault) | self._defaults | vault.fields
        if not self._versions:
            record["key_id"] = without_version(record["key_id"])
        record["authentication_method"] = "certificate" if vault.certificate else "client_secret"
        return record

    @staticmethod
    def _owned(row: Vault | KeyManager) -> Record:
        record: Record = {"uuid": row.uuid, "scope": row.scope}
        if row.svm.name is not None:
            record["svm"] = {"uuid": row.svm.uuid, "name": row.svm.name}
        return record

    @staticmethod
    def _configuration(row: Vault | KeyManager) -> Record:
        """Which configuration it is; its uuid is the record's own in every example of the documentation. Projection
        leaves out what a release lacks.
        """
        name, enabled = (row.configuration, row.enabled) if isinstance(row, Vault) else (DEFAULT, True)
        return {"configuration": {"name": name, "uuid": row.uuid}, "enabled": enabled}

    def key_store(self, row: Vault | KeyManager, _advanced: frozenset[str]) -> Record:
        """Any key manager as a key store (public documentation, "Security key-stores endpoint overview")."""
        record = self._owned(row) | self._configuration(row)
        kind = "akv" if isinstance(row, Vault) else "okm" if row.kind == ONBOARD else "kmip"
        record |= {"type": kind, "location": "onboard" if kind == "okm" else "external"}
        if record["enabled"]:
            record["state"] = row.keystore_state if isinstance(row, Vault) else "active"
        return record

    def key_manager(self, row: KeyManager, _advanced: frozenset[str]) -> Record:
        """An onboard key manager, or an external one with its servers."""
        if row.kind == ONBOARD:
            way: Record = {"onboard": {"enabled": True}}
        else:
            way = {
                "external": {"servers": [{"server": server, "timeout": 25, "username": ""} for server in row.servers]}
            }
        status = {"message": "No action needed at this time.", "code": 65537200}
        return self._owned(row) | self._configuration(row) | way | {"status": status}

    @staticmethod
    def _secrets(vault: Vault) -> Record:
        secrets = {
            "client_secret": vault.secret,
            "client_certificate": vault.certificate,
            "proxy_password": vault.proxy_password,
        }
        return {name: value for name, value in secrets.items() if value is not None}

    def _status(self, name: str, message: str | None, **others: Any) -> Record:
        """`{name: bool, message, code}` as state and the reachabilities have it; `message` None is good."""
        code: int | str = 0 if message is None else NOT_AVAILABLE
        status: Record = {**others, name: message is None, "message": message or ""}
        if message is not None and self.cluster.knobs.omit_false:
            del status[name]
        status["code"] = str(code) if self._strings else code
        return status

    def _state(self, vault: Vault) -> Record:
        name = "cluster_state" if self.cluster.knobs.cluster_state_name else "available"
        reason = _NO_VOLUMES if vault.svm.volumes == 0 and vault.svm.name is not None else _LOST
        lacking = [node for node in self.cluster.nodes if node not in vault.wrapped or reason is _NO_VOLUMES]
        if not lacking:
            return self._status(name, None)
        listed = " ".join(f"Node: {node}. Reason: {reason}" for node in lacking)
        return self._status(
            name,
            "Top-level internal key protection key (KEK) is unavailable on the following nodes with the associated"
            f" reasons: {listed}",
        )

    def _azure(self, vault: Vault) -> Record:
        fault = azure_fault(self.cluster, vault)
        down = self.cluster.down()
        if fault is None and down:
            fault = f"Node {', '.join(down)} is down"
        message = None if fault is None else f"AKV service is not reachable from all nodes - {fault}."
        return self._status("reachable", message)

    def _ekmip(self, node: Node) -> Record:
        good = node.up and node.ekmip
        message = None if good else "embedded KMIP server status unavailable on node."
        return self._status("reachable", message, node={"uuid": node.uuid, "name": node.name})

    def itself_record(self, _row: None, _advanced: frozenset[str]) -> Record:
        """The cluster itself."""
        return surroundings.cluster_record(self.cluster)

    def node(self, node: Node, _advanced: frozenset[str]) -> Record:
        """A node."""
        return surroundings.node_record(self.cluster, node)

    @staticmethod
    def event(event: ems.Event, _advanced: frozenset[str]) -> Record:
        """An observed event."""
        return {
            "index": event.index,
            "time": Clock.text(event.time),
            "node": {"uuid": event.node.uuid, "name": event.node.name},
            "message": {"name": event.name, "severity": event.severity},
            "log_message": event.log_message,
            "parameters": [{"name": name, "value": value} for name, value in event.parameters.items()],
            "source": "mgwd",
        }

    @staticmethod
    def message(message: ems.Message, _advanced: frozenset[str]) -> Record:
        """A kind of event that the release has."""
        return {"name": message.uuid, "severity": message.severity, "description": message.text, "deprecated": False}

    @staticmethod
    def svm(svm: Svm, _advanced: frozenset[str]) -> Record:
        """A data SVM."""
        return surroundings.svm_record(svm)
