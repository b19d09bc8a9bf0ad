# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a configuration with one release of the vendor's Python client, which test_clients.py puts into
PYTHONPATH.

Prints the result of each step as JSON: what it returned, or the code of ONTAP's error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import requests
import urllib3.util.connection
from netapp_ontap import HostConnection, NetAppRestError, config, resources
from netapp_ontap.resources import AzureKeyVault

HOST, PORT, USER, PASSWORD, CONTROL, NEW = sys.argv[1:7]
VAULT, KEY = "https://vault1.vault.azure.net/", "https://vault1.vault.azure.net/keys/key1"
HTTPS = 443
RESULTS: dict[str, Any] = {}


def connect() -> None:
    """Connect to the simulator: the clients up to 9.10 know no other port than 443, so their connections are
    redirected.
    """
    connection = urllib3.util.connection.create_connection

    def redirected(address: tuple[str, int], *arguments: Any, **options: Any) -> Any:
        return connection((HOST, int(PORT)) if address[1] == HTTPS else address, *arguments, **options)

    urllib3.util.connection.create_connection = redirected
    config.CONNECTION = HostConnection(HOST, username=USER, password=PASSWORD)


def control(command: str, **arguments: Any) -> None:
    """Change the cluster behind the client's back."""
    requests.post(CONTROL + command, json=arguments, timeout=20).raise_for_status()


def step(name: str, work: Callable[[], Any]) -> None:
    """Do a step."""
    try:
        RESULTS[name] = work()
    except NetAppRestError as error:
        RESULTS[name] = {"error": error.http_err_response.http_response.json()["error"]["code"]}


def described(svm: str) -> AzureKeyVault:
    """A configuration that is to be."""
    fields = {
        "name": VAULT,
        "key_id": KEY,
        "client_id": "client1",
        "tenant_id": "tenant1",
        "client_secret": "first",
        **json.loads(NEW),
    }
    return AzureKeyVault(svm={"name": svm}, **fields)


def read(resource: AzureKeyVault, fields: str = "*") -> dict[str, Any]:
    """The record as the client parses it."""
    found = AzureKeyVault(uuid=resource.uuid)
    found.get(fields=fields)
    record: dict[str, Any] = found.to_dict()
    return record


def change(resource: AzureKeyVault, **fields: Any) -> None:
    """PATCH of one record."""
    changed = AzureKeyVault(uuid=resource.uuid)
    for name, value in fields.items():
        setattr(changed, name, value)
    changed.patch()


def re_key(resource: AzureKeyVault) -> None:
    """With the call of the release: rekey-external, or key_id in a PATCH."""
    if hasattr(resource, "rekey_external"):
        resource.rekey_external(body={"key_id": f"{KEY}2"}, poll_interval=1)
    else:
        change(resource, key_id=f"{KEY}2")


def stores() -> list[str] | None:
    """The types of the key stores, if the client knows them."""
    keystore = getattr(resources, "SecurityKeystore", None)
    return keystore and [store.type for store in keystore.get_collection(fields="type")]


def several() -> int | None:
    """POST of the records in one body, if the client knows it."""
    if not hasattr(AzureKeyVault, "post_collection"):
        return None
    AzureKeyVault.post_collection([described("svm1"), described("svm2")], poll_interval=1)
    return int(AzureKeyVault.count_collection())


def main() -> None:
    """All steps, in order."""
    connect()
    first, second = described("svm1"), described("svm2")
    step("create", lambda: first.post(hydrate=True, poll_interval=1) and first.svm.name)
    step("create another", lambda: second.post(hydrate=True, poll_interval=1) and second.svm.name)
    step("read", lambda: read(first))
    step("collection", lambda: sorted(found.svm.name for found in AzureKeyVault.get_collection(fields="*")))
    step(
        "filter", lambda: [found.name for found in AzureKeyVault.get_collection(fields="name", **{"svm.name": "svm1"})]
    )
    step("count", AzureKeyVault.count_collection)
    step("find", lambda: AzureKeyVault.find(**{"svm.name": "svm2"}).uuid == second.uuid)
    step("change", lambda: change(first, client_secret="second"))
    step(
        "change by query",
        lambda: AzureKeyVault.patch_collection({"proxy_host": "proxy.example.com"}, **{"svm.name": "svm*"}) and None,
    )
    step("advanced", lambda: read(first, "state,azure_reachability,ekmip_reachability")["state"]["available"])
    step("restore", lambda: first.restore(poll_interval=1) and None)
    step("rekey-internal", lambda: first.rekey_internal(poll_interval=1) and None)
    step("rekey-external", lambda: re_key(first))
    step("key", lambda: read(first)["key_id"])
    step("key stores", stores)
    for svm in ("svm1", "svm2"):
        control("svm", name=svm, encrypted_volumes=0)
    step("delete", lambda: first.delete() and None)
    step("left", lambda: [found.svm.name for found in AzureKeyVault.get_collection(fields="svm")])
    step("delete by query", lambda: AzureKeyVault.delete_collection(**{"svm.name": "svm2"}) and None)
    step("left in the end", AzureKeyVault.count_collection)
    step("create several", several)


if __name__ == "__main__":
    main()
    json.dump(RESULTS, sys.stdout)
