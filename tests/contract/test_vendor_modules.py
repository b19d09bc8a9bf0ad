# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks with modules of the vendor's collection (netapp.ontap) on the simulator: modules for related resources, and
modules that call any API.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from contract.vendor_modules import PACKAGE, RELEASE, run

from simulator import Simulator
from tooling.wheels import collection

pytestmark = [
    pytest.mark.usefixtures("connected"),
    # The modules warn that they do not verify the server, and use a deprecated part of ansible-core.
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning", "ignore::DeprecationWarning"),
]

VAULTS = "security/azure-key-vaults"
PRIVILEGES = [{"path": "/api/security/azure-key-vaults", "access": "all"}]
BODY = {
    "name": "https://vault1.vault.azure.net/",
    "key_id": "https://vault1.vault.azure.net/keys/key1",
    "client_id": "client1",
    "tenant_id": "tenant1",
    "client_secret": "first",
}


class Task(Protocol):
    """A function that runs a task."""

    def __call__(self, module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        """Run a task that must not fail, and return its result."""


@pytest.fixture(scope="module", params=["9.11.1", "9.14.1", "9.19.1"])
def shared(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Run a cluster with two SVMs."""
    with Simulator(
        version=request.param, svms=[{"name": name, "encrypted_volumes": 1} for name in ("svm1", "svm2")]
    ) as running:
        yield running


@pytest.fixture
def connected(shared: Simulator) -> Simulator:
    """Reset the cluster."""
    shared.control.reset()
    return shared


@pytest.fixture
def task(connected: Simulator, monkeypatch: pytest.MonkeyPatch) -> Task:
    """Return a function that runs a task."""

    def run_task(module: str, *, check: bool = False, **options: Any) -> dict[str, Any]:
        result = run(monkeypatch, connected, module, options, check=check)
        assert not result.get("failed"), (result.get("msg"), result.get("error_message"))
        return result

    return run_task


def writes(simulator: Simulator) -> list[str]:
    return [
        f"{entry['method']} {entry['raw_path']}"
        for entry in simulator.control.log()
        if entry["method"] not in ("GET", "OPTIONS")
    ]


def secrets(simulator: Simulator) -> dict[str, Any]:
    """Return the secret of each SVM's configuration."""
    svms = simulator.control.state()["svms"]
    return {name: (svm["configuration"] or {}).get("client_secret") for name, svm in svms.items()}


def test_vendor_collection_has_pinned_version() -> None:
    manifest = collection("netapp.ontap", PACKAGE) / "ansible_collections" / "netapp" / "ontap" / "MANIFEST.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"] == RELEASE


def test_rest_info_reads_configurations(connected: Simulator, task: Task) -> None:
    connected.control.put_record("svm1")
    result = task("na_ontap_rest_info", gather_subset=[VAULTS], fields=["*"], use_python_keys=True)
    (record,) = result["ontap_info"]["security_azure_key_vaults"]["records"]
    assert (record["svm"]["name"], record["scope"]) == ("svm1", "svm")


@pytest.mark.parametrize("fields", [[], ["*"]])
def test_rest_info_reads_related_resources(connected: Simulator, task: Task, fields: list[str]) -> None:
    connected.control.put_key_manager()
    subsets = [
        "cluster",
        "cluster/nodes",
        "cluster/jobs",
        "svm/svms",
        "security/roles",
        "security/accounts",
        "support/ems/events",
        "support/ems/messages",
    ]
    found = task("na_ontap_rest_info", gather_subset=subsets, fields=fields)["ontap_info"]
    assert set(found) == set(subsets)
    assert {record["name"] for record in found["svm/svms"]["records"]} == {"svm1", "svm2"}
    assert {record["name"] for record in found["cluster/nodes"]["records"]} == {"node1", "node2"}
    assert found["cluster"]["name"] == "simulated"
    assert all(found[name]["records"] for name in ("security/roles", "security/accounts", "support/ems/messages"))


def test_svm_module_finds_only_real_differences(connected: Simulator, task: Task) -> None:
    assert (
        task("na_ontap_svm", name="svm1", ipspace="Default", subtype="default", language="c.utf_8")["changed"] is False
    )
    assert task("na_ontap_svm", name="svm9", state="absent")["changed"] is False
    assert task("na_ontap_svm", name="svm1", comment="new", check=True)["modify"] == {"comment": "new"}
    assert writes(connected) == []


def test_cluster_module_finds_only_real_differences(connected: Simulator, task: Task) -> None:
    assert task("na_ontap_cluster", cluster_name="simulated")["changed"] is False
    assert task("na_ontap_cluster", cluster_location="here", timezone={"name": "Etc/UTC"}, check=True)["modify"] == {
        "cluster_location": "here"
    }
    assert writes(connected) == []


def test_node_module_finds_only_real_differences(connected: Simulator, task: Task) -> None:
    assert task("na_ontap_node", name="node1", location="")["changed"] is False
    assert task("na_ontap_node", name="node1", location="here", check=True)["modify"] == {"location": "here"}
    assert writes(connected) == []


def test_key_manager_module_predicts_changes(connected: Simulator, task: Task) -> None:
    onboard = {"passphrase": "long enough to be a passphrase of it"}
    assert task("na_ontap_security_key_manager", onboard=onboard, check=True)["changed"] is True
    assert task("na_ontap_security_key_manager", vserver="svm1", state="absent", check=True)["changed"] is False
    connected.control.put_key_manager()
    assert task("na_ontap_security_key_manager", state="absent", check=True)["changed"] is True
    assert writes(connected) == []


def test_role_and_user_modules_find_only_real_differences(connected: Simulator, task: Task) -> None:
    connected.control.user("akv", "secret", privileges={PRIVILEGES[0]["path"]: "all"})
    assert task("na_ontap_user_role", name="akv", privileges=PRIVILEGES)["changed"] is False
    applications = [{"application": "http", "authentication_methods": ["password"]}]
    assert task("na_ontap_user", name="akv", role_name="akv", application_dicts=applications)["changed"] is False
    assert task("na_ontap_user_role", name="other", privileges=PRIVILEGES, check=True)["changed"] is True
    assert writes(connected) == []


def test_restit_creates_for_svm_in_header(connected: Simulator, task: Task) -> None:
    task("na_ontap_restit", api=VAULTS, method="POST", vserver_name="svm1", wait_for_completion=True, body=BODY)
    assert secrets(connected) == {"svm1": "first", "svm2": None}
    assert connected.control.state()["cluster"]["configuration"] is None


def test_restit_reads_for_svm_in_header(connected: Simulator, task: Task) -> None:
    for svm in ("svm1", "svm2", None):
        connected.control.put_record(svm)
    response = task("na_ontap_restit", api=VAULTS, vserver_name="svm2", query={"fields": "svm.name"})["response"]
    assert [record["svm"]["name"] for record in response["records"]] == ["svm2"]
    (svm2,) = task("na_ontap_restit", api="svm/svms", query={"name": "svm2"})["response"]["records"]
    response = task("na_ontap_restit", api=VAULTS, vserver_uuid=svm2["uuid"], query={"fields": "svm.name"})["response"]
    assert [record["svm"]["name"] for record in response["records"]] == ["svm2"]


@pytest.mark.parametrize("wait", [False, True])
def test_restit_changes_and_deletes_for_svm_in_header(connected: Simulator, task: Task, wait: bool) -> None:
    for svm in ("svm1", "svm2"):
        connected.control.put_record(svm, client_secret="first")
        connected.control.svm(svm, encrypted_volumes=0)
    common = {"api": VAULTS, "vserver_name": "svm1", "query": {"name": "*"}, "wait_for_completion": wait}
    task("na_ontap_restit", method="PATCH", body={"client_secret": "second"}, **common)
    assert secrets(connected) == {"svm1": "second", "svm2": "first"}
    task("na_ontap_restit", method="DELETE", **common)
    assert secrets(connected) == {"svm1": None, "svm2": "first"}


@pytest.mark.parametrize("operation", ["rekey-internal", "rekey-external", "restore"])
def test_restit_waits_for_job(connected: Simulator, task: Task, operation: str) -> None:
    uuid = connected.control.put_record("svm1")["uuid"]
    body = {"key_id": "https://vault1.vault.azure.net/keys/key2"} if operation == "rekey-external" else {}
    task("na_ontap_restit", api=f"{VAULTS}/{uuid}/{operation}", method="POST", body=body, wait_for_completion=True)
    assert connected.control.state()["svms"]["svm1"]["configuration"]["done"] == {operation: 1}


def test_restit_reads_allowed_methods(task: Task) -> None:
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(
        task("na_ontap_restit", api=VAULTS, method="OPTIONS")["response"]["Allow"].split(", ")
    )


def test_rest_cli_runs_commands_and_shows(connected: Simulator, task: Task) -> None:
    connected.control.put_record("svm1")
    restore = "security/key-manager/external/azure/restore"
    task(
        "na_ontap_rest_cli",
        command=restore,
        verb="POST",
        body={"vserver": "svm1"},
        params={"privilege_level": "advanced"},
    )
    assert connected.control.state()["svms"]["svm1"]["configuration"]["done"] == {"restore": 1}
    shown = task(
        "na_ontap_rest_cli",
        command="security/key-manager/external/azure",
        verb="GET",
        params={"fields": "vserver,name"},
    )
    assert [record["vserver"] for record in shown["msg"]["records"]] == ["svm1"]


def test_unsupported_api_is_clear_error(connected: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, connected, "na_ontap_login_messages", {"vserver": "svm1", "banner": "hello"})
    assert (result["failed"], "'code': '3'" in result["msg"]) == (True, True)
    assert [entry["status"] for entry in connected.control.log()][-1] == 404
