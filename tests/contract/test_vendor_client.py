# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's Python client creates, reads, patches, re-keys, restores and deletes on the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from netapp_ontap import HostConnection, NetAppRestError
from netapp_ontap.resources import AzureKeyVault, Cluster, EmsEvent, Job, Node, Svm

from simulator import Simulator

pytestmark = pytest.mark.usefixtures("connection")

VAULT = "https://vault1.vault.azure.net/"
KEY = "https://vault1.vault.azure.net/keys/key1"


def create(svm: str | None = "svm1", **fields: Any) -> AzureKeyVault:
    """Create a configuration with the client, and return the record in the response."""
    owner = {"svm": {"name": svm}} if svm else {}
    resource = AzureKeyVault(
        **{
            "name": VAULT,
            "key_id": KEY,
            "client_id": "client1",
            "tenant_id": "tenant1",
            "client_secret": "first",
            **owner,
            **fields,
        }
    )
    resource.post(hydrate=True)
    return resource


def read(resource: AzureKeyVault, fields: str = "*") -> AzureKeyVault:
    again = AzureKeyVault(uuid=resource.uuid)
    again.get(fields=fields)
    return again


def test_created_configuration_can_be_read() -> None:
    created = create()
    found = read(created)
    assert (found.svm.name, found.scope, found.name, found.client_id, found.tenant_id) == (
        "svm1",
        "svm",
        VAULT,
        "client1",
        "tenant1",
    )
    assert found.authentication_method == "client_secret"
    assert "client_secret" not in found.to_dict()


def test_configuration_of_cluster_has_no_svm() -> None:
    found = read(create(None))
    assert found.scope == "cluster"
    assert "svm" not in found.to_dict()


def test_second_creation_is_refused_with_documented_code() -> None:
    create()
    with pytest.raises(NetAppRestError) as refused:
        create()
    assert refused.value.http_err_response.http_response.json()["error"]["code"] == "65537500"


def test_collection_supports_fields_query_and_paging(simulator: Simulator) -> None:
    simulator.control.seed(25, name=VAULT)
    create("svm2")
    simulator.control.knob(page_size=4, empty_pages=1)
    everyone = list(AzureKeyVault.get_collection(fields="*", max_records=10))
    assert len(everyone) == 26
    assert [found.svm.name for found in AzureKeyVault.get_collection(fields="svm", **{"svm.name": "svm1|svm2"})] == [
        "svm2"
    ]
    # If a count has pages, the client reads only the first one.
    simulator.control.knob(page_size=None, empty_pages=0)
    assert AzureKeyVault.count_collection() == 26


def test_find_returns_match_or_none() -> None:
    create()
    assert AzureKeyVault.find(**{"svm.name": "svm1"}).name == VAULT
    assert AzureKeyVault.find(**{"svm.name": "svm2"}) is None


def test_patch_changes_secret_and_proxy(simulator: Simulator) -> None:
    resource = create()
    changes = {"client_secret": "second", "proxy_host": "proxy.example.com", "proxy_port": 3128, "proxy_type": "http"}
    patched = AzureKeyVault(uuid=resource.uuid)
    for name, value in changes.items():
        setattr(patched, name, value)
    patched.patch()
    found = read(resource)
    assert (found.proxy_host, found.proxy_port, found.proxy_type) == ("proxy.example.com", 3128, "http")
    sent = [entry["body"] for entry in simulator.control.log() if entry["method"] == "PATCH"]
    assert sent == [changes]


# PATCH of a collection: at once, as one job, or as a job for each record.
AS_JOBS = pytest.mark.parametrize(("as_job", "as_jobs"), [(False, False), (True, False), (True, True)])


@AS_JOBS
def test_patch_collection_changes_matching_records(simulator: Simulator, as_job: bool, as_jobs: bool) -> None:
    first, second, other = create("svm1"), create("svm2"), create("empty")
    simulator.control.knob(async_patch=as_job, collection_patch_jobs=as_jobs)
    found = f"{first.uuid}|{second.uuid}"
    response = AzureKeyVault.patch_collection({"client_secret": "second"}, poll_interval=1, uuid=found)
    # The client returns no response for one job without a link to its results.
    assert (as_job and not as_jobs) or response.http_response.json()["num_records"] == 2
    svms = simulator.control.state()["svms"]
    assert [svms[name]["configuration"]["client_secret"] for name in ("svm1", "svm2", "empty")] == [
        "second",
        "second",
        "first",
    ]
    assert read(other).uuid == other.uuid
    assert [entry["query"] for entry in simulator.control.log() if entry["method"] == "PATCH"] == [{"uuid": found}]


def test_patch_collection_follows_next_links(simulator: Simulator) -> None:
    simulator.control.seed(5)
    simulator.control.knob(page_size=2)
    AzureKeyVault.patch_collection({"client_secret": "second"}, client_id="client1")
    assert {
        svm["configuration"]["client_secret"]
        for svm in simulator.control.state()["svms"].values()
        if svm["configuration"]
    } == {"second"}
    assert len([entry for entry in simulator.control.log() if entry["method"] == "PATCH"]) == 3


@AS_JOBS
def test_failed_patch_collection_raises_error(simulator: Simulator, as_job: bool, as_jobs: bool) -> None:
    create("svm1")
    create("svm2")
    simulator.control.knob(async_patch=as_job, collection_patch_jobs=as_jobs)
    simulator.control.svm("svm2", keys_on_admin=True)
    with pytest.raises(NetAppRestError):
        AzureKeyVault.patch_collection(
            {"client_secret": "second"}, poll_interval=1, return_timeout=0, **{"svm.name": "svm*"}
        )


def test_advanced_properties_are_returned_only_if_named(simulator: Simulator) -> None:
    resource = create()
    assert "state" not in read(resource).to_dict()
    # Since 9.12 the client expects codes to be strings; earlier ones expect integers.
    simulator.control.knob(string_codes=True)
    found = read(resource, "state,azure_reachability,ekmip_reachability").to_dict()
    assert found["state"]["available"] is True
    assert found["azure_reachability"]["reachable"] is True
    assert {entry["node"]["name"] for entry in found["ekmip_reachability"]} == {"node1", "node2"}


def test_rekey_external_waits_for_its_job() -> None:
    resource = create()
    resource.rekey_external(body={"key_id": "https://vault1.vault.azure.net/keys/key2"}, poll=True, poll_interval=1)
    assert read(resource).key_id.startswith("https://vault1.vault.azure.net/keys/key2")


def test_rekey_internal_waits_for_its_job() -> None:
    resource = create()
    response = resource.rekey_internal(poll=True, poll_interval=1)
    assert response.http_response.status_code in (200, 202)
    jobs = list(Job.get_collection(fields="*", description="*rekey-internal*"))
    assert [job.state for job in jobs] == ["success"]


def test_restore_recovers_keys_lost_by_reboot(simulator: Simulator) -> None:
    simulator.control.knob(string_codes=True)
    resource = create()
    simulator.control.reboot("node1")
    assert read(resource, "state").to_dict()["state"].get("available") is not True
    resource.restore(poll=True, poll_interval=1)
    assert read(resource, "state").state.available is True


def test_failed_job_raises_error(simulator: Simulator) -> None:
    create()
    simulator.control.node("node2", up=False)
    with pytest.raises(NetAppRestError):
        AzureKeyVault.find(**{"svm.name": "svm1"}).restore(poll=True, poll_interval=1)


def test_delete_succeeds_only_without_encrypted_volumes(simulator: Simulator) -> None:
    resource = create()
    with pytest.raises(NetAppRestError) as refused:
        resource.delete()
    assert refused.value.http_err_response.http_response.json()["error"]["code"] == "65536867"
    simulator.control.svm("svm1", encrypted_volumes=0)
    resource.delete()
    assert AzureKeyVault.count_collection() == 0


def test_client_reads_cluster_svms_and_nodes(simulator: Simulator) -> None:
    cluster = Cluster()
    cluster.get(fields="version")
    major = simulator.config.version.split(".")[:2]
    assert [str(cluster.version.generation), str(cluster.version.major)] == major
    assert {svm.name for svm in Svm.get_collection()} == {"svm1", "svm2", "empty"}
    assert {node.name for node in Node.get_collection()} == {"node1", "node2"}


def test_wrong_password_is_refused(simulator: Simulator) -> None:
    wrong = HostConnection(simulator.hostname, simulator.username, "no", port=simulator.port)
    with wrong, pytest.raises(NetAppRestError) as refused:
        list(AzureKeyVault.get_collection())
    assert refused.value.status_code == 401


def test_client_reads_event_log(simulator: Simulator) -> None:
    """Reads the latest event, as in the client's example, and events by a filter."""
    simulator.control.put_record("svm1")
    simulator.control.ems("ekmip.akv.notAvailable", node="node1", svm="svm1")
    simulator.control.ems("other.event", node="node2")
    latest = next(iter(EmsEvent.get_collection(fields="message.name", max_records=1)))
    assert (latest.message.name, latest.node.name, latest.index) == ("other.event", "node2", 1)
    (event,) = EmsEvent.get_collection(fields="*", **{"message.name": "ekmip.*"})
    assert event.message.severity == "alert"
    assert "svm1" in [parameter.value for parameter in event.parameters]
    assert event.time.year >= 2025
