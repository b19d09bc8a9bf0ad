# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's clients of three releases: their lists of fields against the table of releases, and each of them on a simulator of its release."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile

import pytest

from simulator import Simulator
from tooling.data import data
from tooling.wheels import wheel

VERSIONS = ("9.12.1", "9.14.1", "9.19.1")
#: The clients on both sides of each new setting, and of the state of key stores.
SETTINGS_VERSIONS = ("9.10.1", "9.12.1", "9.14.1", "9.15.1", "9.16.1", "9.19.1")
#: What the lists hold beside the fields of the table: the owner, the identity, and links.
OTHERS = {"links", "scope", "svm.links", "svm.name", "svm.uuid", "uuid"}
#: The client of 9.12.1 lists these for writing; the reference has them as results alone.
READ_ONLY = {"authentication_method", "ekmip_reachability"}
RELEASES = data("releases")

SCRIPT = """
import json, sys
from netapp_ontap import HostConnection, config
from netapp_ontap.resources import AzureKeyVault
host, port, user, password, new = sys.argv[1:6]
config.CONNECTION = HostConnection(host, username=user, password=password, port=int(port))
vault = AzureKeyVault(svm={"name": "svm1"}, name="https://v.vault.azure.net/", key_id="https://v.vault.azure.net/keys/k", client_id="c", tenant_id="t",
                      client_secret="s", **json.loads(new))
vault.post(hydrate=True)
vault.get(fields="*")
vault.client_secret = "another"
vault.patch()
vault.restore()
vault.rekey_internal()
vault.get(fields="state,azure_reachability,ekmip_reachability")
state = vault.to_dict()["state"]
vault.get(fields="*")
record = vault.to_dict()
vault.delete()
print(json.dumps([record, state, len(list(AzureKeyVault.get_collection()))]))
"""


def lists(version: str, resource: str = "azure_key_vault") -> dict[str, set[str]]:
    """The lists of fields of a client, by their names, read without importing it."""
    with zipfile.ZipFile(wheel("netapp-ontap", f"{version}.0")) as archive:
        source = archive.read(f"netapp_ontap/resources/{resource}.py")
    found = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = {str(ast.literal_eval(element)) for element in node.value.elts}
    return found


@pytest.mark.parametrize(("listed", "operation"), [("gettable_fields", "read"), ("postable_fields", "create"), ("patchable_fields", "change")])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_fields_are_those_of_the_table(version: str, listed: str, operation: str) -> None:
    generation, major, _minor = (int(number) for number in version.split("."))
    release = RELEASES.Version(generation, major)
    expected = set()
    for name, field in RELEASES.FIELDS.items():
        first = getattr(field, operation)
        last = field.last_change if operation == "change" else None
        # Set at creation and changed by other calls than those of this resource.
        elsewhere = name == "enabled" and operation != "read"
        if first is not None and first <= release and (last is None or release <= last) and not elsewhere:
            expected.add(name)
    there = lists(version)[listed] - OTHERS
    assert there - (READ_ONLY if operation != "read" else set()) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_the_client_of_a_release_on_a_cluster_of_that_release(version: str) -> None:
    """Created, read, changed, restored, re-keyed and removed, with what 9.14.1 adds where there is it."""
    new = {"vault_host": "vault.usgovcloudapi.net", "port": 8443} if version != "9.12.1" else {}
    with Simulator(version=version, svms=[{"name": "svm1", "volumes": 1, "encrypted_volumes": 1}]) as simulator:
        simulator.control.azure(reachable=True)
        env = {**os.environ, "PYTHONPATH": str(wheel("netapp-ontap", f"{version}.0")), "REQUESTS_CA_BUNDLE": str(simulator.ca_path)}
        arguments = [simulator.hostname, str(simulator.port), simulator.username, simulator.password, json.dumps(new)]
        # What keeps the keys of volumes cannot be removed.
        script = SCRIPT.replace("vault.delete()", "import urllib.request; urllib.request.urlopen(sys.argv[6], data=sys.argv[7].encode()); vault.delete()")
        emptied = [simulator.control_url + "svm", json.dumps({"name": "svm1", "encrypted_volumes": 0})]
        done = subprocess.run([sys.executable, "-c", script, *arguments, *emptied], env=env, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        record, state, left = json.loads(done.stdout.splitlines()[-1])
        assert {name: record[name] for name in new} == new
        assert ("configuration" in record, "enabled" in record) == (version != "9.12.1", version != "9.12.1")
        assert state["available"] is True
        assert left == 0


@pytest.mark.parametrize("version", SETTINGS_VERSIONS)
def test_the_settings_are_those_of_the_table(version: str) -> None:
    """Each can be read and changed from the same release on."""
    generation, major, _minor = (int(number) for number in version.split("."))
    expected = {name for name, first in RELEASES.SETTINGS.items() if first <= RELEASES.Version(generation, major)}
    fields = lists(version, "key_manager_config")
    assert fields["gettable_fields"] - {"links", "cc_mode_enabled"} == expected
    assert fields["patchable_fields"] - {"passphrase", "cc_mode_enabled"} == expected


@pytest.mark.parametrize("version", SETTINGS_VERSIONS)
def test_the_state_of_a_key_store_is_that_of_the_table(version: str) -> None:
    generation, major, _minor = (int(number) for number in version.split("."))
    has = RELEASES.Version(generation, major) >= RELEASES.KEY_STORE_STATE
    assert ("state" in lists(version, "security_keystore")["gettable_fields"]) is has
