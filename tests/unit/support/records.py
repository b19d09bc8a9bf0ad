# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records as ONTAP sends them, and constants that many tests share."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection

PATH = "/api/security/azure-key-vaults"
JOBS = "/api/cluster/jobs"
VAULT = "https://kmip-akv-keyvault.vault.azure.net/"
KEY = "https://kmip-akv-keyvault.vault.azure.net/keys/key1"
VERSION = "a8e619fd8f234db3b0b95c59540e2a74"
CONNECTION = Connection(hostname="cluster.example.com", port=443, username="admin", password="netapp1!")

#: The message of the reference for an SVM without volumes (code 346758).
NO_VOLUMES = (
    "Top-level internal key protection key (KEK) is unavailable on the following nodes with the associated reasons:"
    " Node: node1. Reason: No volumes created yet for the SVM. Wrapped KEK status will be available after creating"
    " encrypted volumes."
)


def uuid_of(number: int) -> str:
    """Return the UUID of the configuration with a number."""
    return f"024cd3cf-9a08-11ea-8d52-{number:012d}"


def svm_uuid_of(number: int) -> str:
    """Return the UUID of the SVM with a number."""
    return f"4f7abf4c-9a07-11ea-8d52-{number:012d}"


def record(number: int = 1, **more: Any) -> dict[str, Any]:
    """Return the configuration of SVM svmNUMBER with some properties replaced. None removes a property."""
    whole = {
        "uuid": uuid_of(number),
        "scope": "svm",
        "svm": {"uuid": svm_uuid_of(number), "name": f"svm{number}"},
        "name": VAULT,
        "client_id": "aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa",
        "tenant_id": "cccccccc-dddd-cccc-dddd-cccccccccccc",
        "key_id": KEY,
        "authentication_method": "client_secret",
        **more,
    }
    return {name: value for name, value in whole.items() if value is not None}


def cluster_record(**more: Any) -> dict[str, Any]:
    """Return the configuration of the cluster."""
    return record(99, svm=None, **{"scope": "cluster", **more})


def page(*records: dict[str, Any], next_href: str | None = None) -> dict[str, Any]:
    """Return the body of the response to a query."""
    body: dict[str, Any] = {"records": list(records), "num_records": len(records)}
    if next_href is not None:
        body["_links"] = {"next": {"href": next_href}}
    return body


def refusal(code: str | None, message: str = "refused", **more: Any) -> dict[str, Any]:
    """Return the body of an error response."""
    error = {"message": message, **more}
    return {"error": error if code is None else {"code": code, **error}}
