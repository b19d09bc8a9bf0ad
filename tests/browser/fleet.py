# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports on made-up fleets, in the form in which role akv_report writes them."""

from __future__ import annotations

from typing import Any

VAULT = "https://ourvault.vault.azure.net/"
_CODE = {"state": 65537515, "azure": 65537540, "ekmip": 65536999}


def record(cluster: int, number: int, **fields: Any) -> dict[str, Any]:
    """A configuration that is well."""
    return {
        "uuid": f"85619643-9a06-11ea-8d52-{cluster:04d}{number:08d}",
        "scope": "svm",
        "svm": {"name": f"svm{number}", "uuid": f"15619643-9a06-11ea-8d52-{cluster:04d}{number:08d}"},
        "name": VAULT,
        "key_id": f"{VAULT}keys/{('ontap', 'finance', 'archive')[number % 3]}/48a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "authentication_method": "certificate" if number % 4 == 0 else "client_secret",
        "client_id": "11111111-2222-3333-4444-555555555555",
        "tenant_id": "66666666-7777-8888-9999-000000000000",
        "state": {"available": True, "code": 0, "message": ""},
        "azure_reachability": {"reachable": True, "code": 0, "message": ""},
        "ekmip_reachability": [{"node": {"name": f"node{node}"}, "reachable": True, "code": 0, "message": ""} for node in (1, 2)],
        **fields,
    }


def lost() -> dict[str, Any]:
    return {"state": {"available": False, "code": _CODE["state"], "message": "The wrapped KEK is not present on node2."}}


def away() -> dict[str, Any]:
    return {"azure_reachability": {"reachable": False, "code": _CODE["azure"], "message": "The client secret has expired."}}


def unreached() -> dict[str, Any]:
    nodes = record(1, 1)["ekmip_reachability"]
    return {"ekmip_reachability": [nodes[0], {"node": {"name": "node2"}, "reachable": False, "code": _CODE["ekmip"], "message": "No answer."}]}


def unchecked(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "state" and not name.endswith("reachability")}


def entry(cluster: int, records: list[dict[str, Any]]) -> dict[str, Any]:
    name = f"cluster{cluster}.example.com"
    return {"host": name, "cluster": name, "error": None, "azure_key_vaults": records}


def report(*entries: dict[str, Any], generated: str = "2026-03-02T02:30:00Z") -> dict[str, Any]:
    return {"generated": generated, "clusters": list(entries)}


def some() -> dict[str, Any]:
    """Five clusters, one of which cannot be read, with something of every kind: 12 well, 2 problems, 1 warning, 3 not checked."""
    return report(
        entry(1, [record(1, number) for number in range(1, 7)]),
        entry(2, [record(2, 1, **lost()), record(2, 2), record(2, 3), record(2, 10, proxy_type="https", proxy_host="proxy.example.com", proxy_port=8080)]),
        entry(3, [record(3, 1, **away()), record(3, 2, **unreached()), record(3, 3), record(3, 4), record(3, 5)]),
        entry(4, [unchecked(record(4, number)) for number in (1, 2, 3)]),
        {"host": "c5", "cluster": "cluster5.example.com", "error": "no connection to cluster5.example.com:443: timed out", "azure_key_vaults": []},
    )


def before() -> dict[str, Any]:
    """The same fleet a day earlier."""
    earlier = some()
    earlier["generated"] = "2026-03-01T02:30:00Z"
    first, second, third = (each["azure_key_vaults"] for each in earlier["clusters"][:3])
    first.pop()
    first[0]["key_id"] = f"{VAULT}keys/finance/00112233445566778899aabbccddeeff"
    second[0] = record(2, 1)
    third.append(record(3, 6))
    return earlier


def many(clusters: int, each: int) -> dict[str, Any]:
    """A large fleet, of which every hundredth configuration has lost its keys."""
    return report(
        *(
            entry(cluster, [record(cluster, number, **(lost() if number % 100 == 0 else {})) for number in range(1, each + 1)])
            for cluster in range(1, clusters + 1)
        )
    )
