# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports on made-up fleets, in the form in which role akv_report writes them."""

from __future__ import annotations

import datetime as dt
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
        "ekmip_reachability": [
            {"node": {"name": f"node{node}"}, "reachable": True, "code": 0, "message": ""} for node in (1, 2)
        ],
        **fields,
    }


def lost() -> dict[str, Any]:
    return {
        "state": {"available": False, "code": _CODE["state"], "message": "The wrapped KEK is not present on node2."}
    }


def away() -> dict[str, Any]:
    return {
        "azure_reachability": {"reachable": False, "code": _CODE["azure"], "message": "The client secret has expired."}
    }


def unreached() -> dict[str, Any]:
    nodes = record(1, 1)["ekmip_reachability"]
    return {
        "ekmip_reachability": [
            nodes[0],
            {"node": {"name": "node2"}, "reachable": False, "code": _CODE["ekmip"], "message": "No answer."},
        ]
    }


def unchecked(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "state" and not name.endswith("reachability")}


def entry(cluster: int, records: list[dict[str, Any]]) -> dict[str, Any]:
    name = f"cluster{cluster}.example.com"
    return {"host": name, "cluster": name, "error": None, "azure_key_vaults": records}


def report(*entries: dict[str, Any], generated: str = "2026-03-02T02:30:00Z") -> dict[str, Any]:
    return {"generated": generated, "clusters": list(entries)}


def some() -> dict[str, Any]:
    """Five clusters, one of which cannot be read, with something of every kind: 12 well, 2 problems, 1 warning, 3
    not checked.
    """
    return report(
        entry(1, [record(1, number) for number in range(1, 7)]),
        entry(
            2,
            [
                record(2, 1, **lost()),
                record(2, 2),
                record(2, 3),
                record(2, 10, proxy_type="https", proxy_host="proxy.example.com", proxy_port=8080),
            ],
        ),
        entry(3, [record(3, 1, **away()), record(3, 2, **unreached()), record(3, 3), record(3, 4), record(3, 5)]),
        entry(4, [unchecked(record(4, number)) for number in (1, 2, 3)]),
        {
            "host": "c5",
            "cluster": "cluster5.example.com",
            "error": "no connection to cluster5.example.com:443: timed out",
            "azure_key_vaults": [],
        },
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
            entry(
                cluster,
                [record(cluster, number, **(lost() if number % 100 == 0 else {})) for number in range(1, each + 1)],
            )
            for cluster in range(1, clusters + 1)
        )
    )


#: The applications and vaults of the mixed fleet.
_APPLICATIONS = ("0d4f2c9a-6b7e-4f53-9a51-6f0c2f6f6a01", "7be1c4de-2a90-47d5-8f0e-53a1f5f3b202")
_VAULTS = (
    "https://kv-production-weu.vault.azure.net/",
    "https://kv-finance-frc.vault.azure.net/",
    "https://kv-archive.vault.azure.net/",
)
_PURPOSES = ("nfs", "cifs", "sap", "oracle-finance", "vdi", "archive", "backup", "kubernetes-registry")
_MISSING = {
    "azure_reachability": {
        "reachable": False,
        "code": 65537564,
        "message": "The key vault kv-finance-frc was not found.",
    }
}
_EXPIRES = {"kv-production-weu": "2027-03-01T00:00:00Z", "kv-finance-frc": "2026-12-19T00:00:00Z", "kv-archive": None}


def mixed(each: int = 20, clusters: int = 3) -> dict[str, Any]:
    """A fleet as people have one: an unreachable cluster, a vault that is gone, a node without keys, an old version,
    dates that come near.
    """
    names = ("fra-prod01.storage.example.com", "fra-prod02.storage.example.com", "ams-dr01.storage.example.com")
    entries = [
        _mixed_entry(number, names[number] if number < len(names) else f"site{number:03d}.storage.example.com", each)
        for number in range(clusters)
    ]
    down = {
        "host": "muc-lab01",
        "cluster": "muc-lab01.storage.example.com",
        "error": "no connection to muc-lab01.storage.example.com:443: timed out",
    }
    return {
        "generated": "2026-11-28T15:06:00Z",
        "health": True,
        "clusters": [*entries, {**down, "azure_key_vaults": []}],
    }


def _mixed_entry(cluster: int, name: str, each: int) -> dict[str, Any]:
    records = [_mixed_record(cluster, number) for number in range(1, each + 1)]
    others = [{"name": f"svm-{purpose}-test", "uuid": f"test-{purpose}"} for purpose in _PURPOSES[: 2 + cluster]]
    azure = [_in_azure(record) for record in records]
    svms = [*({"name": record["svm"]["name"]} for record in records), *others]
    outage = "volumes go offline after 4 failed polls, 15 minutes apart" if cluster % 2 == 0 else "volumes stay online"
    facts = {"release": ("9.16.1P2", "9.15.1P7", "9.14.1")[cluster % 3], "svms": svms, "outage": outage, "azure": azure}
    return {**entry(cluster, records), "host": name, "cluster": name, **facts}


def _mixed_record(cluster: int, number: int) -> dict[str, Any]:
    vault = _VAULTS[1 if cluster == 1 and number % 3 == 0 else 2 if number % 5 == 0 else 0]
    fields: dict[str, Any] = {}
    if cluster == 1 and vault == _VAULTS[1]:
        fields |= _MISSING
    if cluster == 2 and number in (2, 4):
        fields |= lost()
    if cluster == 0 and number in (7, 8, 9):
        fields |= unreached()
    version = "48a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6" if number % 4 else "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    name = f"svm-{_PURPOSES[number % len(_PURPOSES)]}-{number:02d}"
    return record(
        cluster,
        number,
        svm={"name": name},
        name=vault,
        key_id=f"{vault}keys/ontap-svm-kek/{version}",
        client_id=_APPLICATIONS[number % 7 == 0],
        authentication_method="certificate" if number % 7 == 0 else "client_secret",
        **fields,
    )


def _in_azure(found: dict[str, Any]) -> dict[str, Any]:
    vault = found["name"].partition("//")[2].partition(".")[0]
    certificate = {"not_after": "2026-12-03T10:00:00Z"} if found["authentication_method"] == "certificate" else None
    key = {
        "expires": _EXPIRES[vault],
        "newest_version": "48a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "newest_in_use": found["key_id"].endswith("c6"),
        "purge_protected": vault != "kv-archive",
    }
    return {
        "uuid": found["uuid"],
        "usable": True,
        "not_checked": None,
        "problems": [],
        "key": key,
        "certificate": certificate,
    }


def earlier() -> dict[str, Any]:
    """The mixed fleet a day earlier, before the vault was gone and a node had lost keys."""
    found = mixed()
    found["generated"] = "2026-11-27T15:06:00Z"
    for each in found["clusters"]:
        for number, one in enumerate(each["azure_key_vaults"]):
            one |= {name: value for name, value in record(1, 1).items() if name in ("state", "azure_reachability")}
            if number % 9 == 0:
                one["proxy_host"] = "proxy.example.com"
        del each["azure_key_vaults"][3:5]
    return found


def trend() -> dict[str, Any]:
    """The history of the mixed fleet: 30 nights, one of them with an outage."""
    counts = [
        (8, 3, 49) if day == 29 else (20, 0, 40) if day == 11 else (0, int(day % 6 == 0), 58) for day in range(30)
    ]
    first = dt.datetime(2026, 10, 30, 15, 6, tzinfo=dt.UTC)
    points = [(f"{first + dt.timedelta(days=day):%Y-%m-%dT%H:%M:%SZ}", *count) for day, count in enumerate(counts)]
    return {
        "reports": [
            {"generated": when, "problem": bad, "warning": odd, "unknown": 0, "ok": good, "unread": 0}
            for when, bad, odd, good in points
        ]
    }
