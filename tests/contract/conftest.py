# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The vendor's own client, connected to a simulated ONTAP, and the simulator of the tests of Azure."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from netapp_ontap import HostConnection

from simulator import Simulator

# The releases on both sides of the change of the status codes from integers to strings.
RELEASES = ("9.11.1", "9.12.1", "9.14.1")


@pytest.fixture(params=RELEASES)
def simulator(request: pytest.FixtureRequest) -> Iterator[Simulator]:
    """A cluster with two SVMs that hold encrypted volumes, one without volumes, and no configuration."""
    svms = [{"name": name, "volumes": 2, "encrypted_volumes": 1} for name in ("svm1", "svm2")]
    with Simulator(
        version=request.param, svms=[*svms, {"name": "empty", "volumes": 0, "encrypted_volumes": 0}]
    ) as running:
        yield running


@pytest.fixture
def connection(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[HostConnection]:
    """The client's connection, as the default one of every resource."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(simulator.ca_path))
    host = HostConnection(
        simulator.hostname, simulator.username, simulator.password, port=simulator.port, poll_interval=1
    )
    with host:
        yield host


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """One simulator for all tests of Azure, which reset it before each test."""
    with Simulator(svms=["svm1"]) as simulator:
        yield simulator
