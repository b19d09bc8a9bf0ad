# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every release of the vendor's Python client: all its operations on a simulator of the same release."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from tooling.wheels import wheel

#: The clients in the Python package index, which has none for 9.11.1. `make test` runs the first and the last.
VERSIONS = ("9.8.0", "9.9.1", "9.10.1", "9.12.1", "9.13.1", "9.14.1", "9.15.1", "9.16.1", "9.17.1", "9.18.1", "9.19.1")
NO_SUCH_API = {"error": "3"}
#: What a client calls although its release does not have it, or with an undocumented path (README.md, "Other
#: clients").
CLIENT_FAULTS = {
    "9.8.0": ("restore", "rekey-internal"),
    "9.9.1": ("restore", "rekey-internal"),
    "9.10.1": ("rekey-internal",),
}
SCRIPT = Path(__file__).with_name("client_lifecycle.py")


@pytest.fixture(params=VERSIONS)
def client_release(request: pytest.FixtureRequest) -> str:
    """Return a release of the client."""
    return str(request.param)


def results(version: str, simulator: Simulator, new: dict[str, Any]) -> dict[str, Any]:
    """Run all steps with a client and return their results."""
    package = wheel("netapp-ontap", version if version == "9.8.0" else f"{version}.0")
    env = {**os.environ, "PYTHONPATH": str(package), "REQUESTS_CA_BUNDLE": str(simulator.ca_path)}
    arguments = [
        simulator.hostname,
        str(simulator.port),
        simulator.username,
        simulator.password,
        simulator.control_url,
        json.dumps(new),
    ]
    command = [sys.executable, "-W", "ignore", str(SCRIPT), *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout))


def test_client_performs_all_operations(client_release: str) -> None:
    later = tuple(map(int, client_release.split("."))) >= (9, 14)
    new = {"vault_host": "vault.usgovcloudapi.net", "port": 8443} if later else {}
    svms = [{"name": name, "volumes": 1, "encrypted_volumes": 1} for name in ("svm1", "svm2")]
    with Simulator(version=client_release, svms=svms) as simulator:
        found = results(client_release, simulator, new)
        sent = [entry["body"] for entry in simulator.control.log() if entry["method"] == "PATCH" and entry["query"]]
    record = found.pop("read")
    assert {name: record[name] for name in ("client_id", "tenant_id", *new)} == {
        "client_id": "client1",
        "tenant_id": "tenant1",
        **new,
    }
    assert ("configuration" in record, "enabled" in record) == (later, later)
    refused = CLIENT_FAULTS.get(client_release, ())
    assert found == {
        "create": "svm1",
        "create another": "svm2",
        "collection": ["svm1", "svm2"],
        "filter": ["https://vault1.vault.azure.net/"],
        "count": 2,
        "find": True,
        "change": None,
        "change by query": None,
        "advanced": True,
        "restore": NO_SUCH_API if "restore" in refused else None,
        "rekey-internal": NO_SUCH_API if "rekey-internal" in refused else None,
        "rekey-external": None,
        "key": "https://vault1.vault.azure.net/keys/key12",
        # The clients of 9.10 to 9.13 know key stores before their releases do.
        "key stores": ["akv", "akv"] if later else None if client_release in ("9.8.0", "9.9.1") else NO_SUCH_API,
        "delete": None,
        "left": ["svm2"],
        "delete by query": None,
        "left in the end": 0,
        "create several": None if client_release in ("9.8.0", "9.9.1") else 2,
    }
    assert {"proxy_host": "proxy.example.com"} in sent
