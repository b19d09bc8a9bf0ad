# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Configurations created without a request: the initial state of tests and demonstrations."""

from __future__ import annotations

import time
import uuid
from typing import Any

from . import certificates, codes, schema
from .cluster import DEFAULT, EXTERNAL, ONBOARD, Cluster, KeyManager, Svm, Vault
from .config import set_fields
from .records import azure_fault

DEFAULTS: dict[str, Any] = {
    "client_id": "client1",
    "tenant_id": "tenant1",
    "name": "https://vault1.vault.azure.net/",
    "key_id": "https://vault1.vault.azure.net/keys/key1",
}
_SECRET = "seeded-Secret1"


def put_record(cluster: Cluster, svm: Svm, fields: dict[str, Any]) -> Vault:
    """Give an SVM (the cluster) a configuration, in place of the one of that name; an enabled one makes the others
    inactive.
    """
    given = dict(fields)
    vault = Vault(
        str(given.pop("uuid", None) or uuid.uuid4()),
        svm,
        given.pop("configuration", DEFAULT),
        given.pop("enabled", True),
    )
    if not (cluster.release.at_least("9.14") or (vault.configuration == DEFAULT and vault.enabled)):
        raise ValueError(f"ONTAP {cluster.release} has one configuration for an SVM, which is enabled")
    wrapped = given.pop("wrapped", None)
    certificate = given.pop("client_certificate", None)
    secret = given.pop("client_secret", None)
    if certificate:
        seen = certificates.look(codes.UPDATE, certificate, now=time.time(), fips=False)
        vault.certificate, vault.fingerprint, vault.expires = certificate, seen.fingerprint, seen.expires
    else:
        vault.secret = secret or _SECRET
    vault.proxy_password = given.pop("proxy_password", None)
    unknown = set(given) - set(schema.readable(schema.AZURE_KEY_VAULT, cluster.release))
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    vault.fields = DEFAULTS | given
    _replace(cluster, svm, vault)
    if wrapped is None and vault.enabled and azure_fault(cluster, vault) is None:
        wrapped = [name for name, node in cluster.nodes.items() if node.up]
    vault.wrapped = set(wrapped or ())
    return vault


def _replace(cluster: Cluster, svm: Svm, vault: Vault) -> None:
    old = cluster.named_vault(svm, vault.configuration)
    if old is not None:
        cluster.drop(old)
    cluster.add(vault)


def put_key_manager(cluster: Cluster, svm: Svm, kind: str, fields: dict[str, Any]) -> KeyManager:
    """Give an SVM (the cluster) a key manager of another kind, in place of the one that it may have."""
    if kind not in (ONBOARD, EXTERNAL):
        raise ValueError(f"kind is {ONBOARD} or {EXTERNAL}")
    if kind == ONBOARD and svm.name is not None:
        raise ValueError("only the cluster has an onboard key manager")
    manager = KeyManager(str(uuid.uuid4()), svm, kind, servers=() if kind == ONBOARD else ("kmip.example.com:5696",))
    set_fields(manager, fields)
    cluster.key_managers[svm.uuid] = manager
    return manager


def seed(cluster: Cluster, number: int, prefix: str, svm: dict[str, Any], fields: dict[str, Any]) -> list[str]:
    """`number` SVMs PREFIX00001 ... with a configuration each; those that exist keep what they are."""
    names = [f"{prefix}{count:05d}" for count in range(1, number + 1)]
    for name in names:
        owner = cluster.svms.get(name) or cluster.add_svm(name, **svm)
        put_record(cluster, owner, fields)
    return names
