# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The requests of Terraform's provider and of Harvest on the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from contract.shapes import HEADERS, NEW_VAULT, SHAPES, VAULTS, Shape

from simulator import Simulator
from simulator.tables import values


@pytest.fixture(scope="module", params=["9.12.1", "9.14.1", "9.19.1"])
def running(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """Run a cluster with two SVMs."""
    with Simulator(version=request.param, svms=[{"name": "svm1"}, {"name": "svm2"}], job_seconds=0.05) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    """Reset the cluster, and add an event to its log."""
    running.control.reset()
    running.control.put_record("svm2")
    running.control.ems("ekmip.akv.notAvailable", node="node1", svm="svm2")
    return running


def send(simulator: Simulator, shape: Shape, path: str) -> requests.Response:
    """Send a request with exactly the headers of its tool."""
    with requests.Session() as session:
        session.trust_env, session.auth = False, (simulator.username, simulator.password)
        session.headers.clear()
        session.headers.update(HEADERS[shape.tool])
        return session.request(
            shape.method,
            simulator.url + path,
            params=dict(shape.query),
            json=shape.body,
            verify=simulator.ca_path,
            timeout=20,
        )


def place(simulator: Simulator, path: str) -> str:
    """Return the path with the UUIDs of this cluster."""
    if "{vault}" in path:
        return path.format(vault=simulator.control.put_record("svm1")["uuid"])
    if "{job}" in path:
        uuid = simulator.control.put_record("svm1")["uuid"]
        restored = send(simulator, Shape("terraform", "", "", method="POST"), f"{VAULTS}/{uuid}/restore")
        return path.format(job=restored.json()["job"]["uuid"])
    return path


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: f"{shape.tool}-{shape.method}-{shape.source}")
def test_response_has_fields_that_tool_reads(simulator: Simulator, shape: Shape) -> None:
    response = send(simulator, shape, place(simulator, shape.path))
    assert response.status_code == shape.status, response.text
    content: dict[str, Any] = response.json()
    if shape.status == 404:
        assert content["error"]["code"] == "3"
    record = content.get("records", [content])[0]
    assert [name for name in shape.reads if not values(record, name.split("."))] == []


def test_terraform_creates_changes_and_deletes_configuration(simulator: Simulator) -> None:
    """Terraform's requests create, change and delete a configuration; responses have links."""
    create, change, delete = (shape for shape in SHAPES if shape.tool == "terraform" and shape.method != "GET")
    (record,) = send(simulator, create, create.path).json()["records"]
    assert record["_links"]["self"]["href"] == f"{VAULTS}/{record['uuid']}"
    assert record["client_id"] == NEW_VAULT["client_id"]
    assert send(simulator, change, change.path.format(vault=record["uuid"])).ok
    assert simulator.control.state()["svms"]["svm1"]["configuration"]["client_secret"] == "second"
    assert send(simulator, delete, delete.path.format(vault=record["uuid"])).ok
    assert simulator.control.state()["svms"]["svm1"]["configuration"] is None


def test_harvest_finds_only_events_in_its_list(simulator: Simulator) -> None:
    simulator.control.ems("raid.encrypt.no.key", node="node2")
    simulator.control.ems("ekmip.akv.keyVersionChanged", node="node2", svm="svm2")
    (shape,) = (shape for shape in SHAPES if shape.path.endswith("/events"))
    records = send(simulator, shape, shape.path).json()["records"]
    assert {record["message"]["name"] for record in records} == {"ekmip.akv.notAvailable", "raid.encrypt.no.key"}
