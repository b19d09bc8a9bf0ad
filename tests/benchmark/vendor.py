# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m benchmark.vendor WORK`: the vendor's Python client as a script that its users would write.

The connection is in the environment, the names of the SVMs come as lines of standard input. Prints, as JSON, the
seconds that the import and the work took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

_START = time.perf_counter()
from netapp_ontap import HostConnection  # type: ignore[import-not-found]  # noqa: E402 - the import is timed
from netapp_ontap.resources import AzureKeyVault  # type: ignore[import-not-found]  # noqa: E402 - the import is timed

_IMPORTED = time.perf_counter()

_CONFIGURATION = {
    "name": "https://vault1.vault.azure.net/",
    "client_id": "client1",
    "tenant_id": "tenant1",
    "key_id": "https://vault1.vault.azure.net/keys/key1",
}
_SECRET = "benchmark-Secret1"
#: Seconds that the cluster may take for a job before it answers.
_WAIT = 20


def _query(names: list[str], fields: str) -> dict[str, Any]:
    """The configurations of these SVMs by SVM name, with one query and without the checks that cost most of the
    time.
    """
    found = AzureKeyVault.fast_get_collection(fields=fields, **{"svm.name": "|".join(names)})
    return {vault.svm["name"]: vault for vault in found}


def nothing(names: list[str]) -> None:
    """Compare each configuration; every one is as it should be."""
    found = _query(names, "*")
    differing = [
        name for name in names if any(getattr(found[name], field) != value for field, value in _CONFIGURATION.items())
    ]
    if differing:
        raise SystemExit(f"not as they should be: {', '.join(differing)}")


def create(names: list[str]) -> None:
    """Create what is missing."""
    found = _query(names, "svm")
    for name in names:
        if name not in found:
            AzureKeyVault(svm={"name": name}, client_secret=_SECRET, **_CONFIGURATION).post()


def rotate(names: list[str]) -> None:
    """Send the new secret with one request."""
    AzureKeyVault.patch_collection({"client_secret": _SECRET}, **{"svm.name": "|".join(names)})


def rekey(names: list[str]) -> None:
    """Re-key one after the other."""
    for vault in _query(names, "svm").values():
        AzureKeyVault(uuid=vault.uuid).rekey_internal(return_timeout=_WAIT)


def restore(_names: list[str]) -> None:
    """Restore the keys of every SVM that lacks them."""
    for vault in list(AzureKeyVault.fast_get_collection(fields="svm,state")):
        if not vault.state["available"]:
            AzureKeyVault(uuid=vault.uuid).restore(return_timeout=_WAIT)


def info(_names: list[str]) -> None:
    """Read everything."""
    records = [vault.resource_data for vault in AzureKeyVault.fast_get_collection(fields="*", max_records=10_000)]
    if len(records) != 10_000:
        raise SystemExit(f"{len(records)} records")


_WORK: dict[str, Callable[[list[str]], None]] = {
    each.__name__: each for each in (nothing, create, rotate, rekey, restore, info)
}


def main() -> None:
    """Do one work."""
    names = sys.stdin.read().split()
    start = time.perf_counter()
    with HostConnection(
        os.environ["ONTAP_HOSTNAME"],
        os.environ["ONTAP_USERNAME"],
        os.environ["ONTAP_PASSWORD"],
        port=int(os.environ["ONTAP_HTTP_PORT"]),
        poll_interval=1,
    ):
        _WORK[sys.argv[1]](names)
    work = time.perf_counter() - start
    sys.stdout.write(json.dumps({"import": _IMPORTED - _START, "work": work}))


if __name__ == "__main__":
    main()
