# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for the whole run; every test starts from its first state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from simulator_tests.azure_support import AzureApi
from simulator_tests.support import Api

from simulator import Simulator


@pytest.fixture(scope="session")
def running() -> Iterator[Simulator]:
    """A simulator with three SVMs whose jobs take 50 ms."""
    with Simulator(svms=["svm1", "svm2", "svm3"], job_seconds=0.05) as simulator:
        yield simulator


@pytest.fixture
def sim(running: Simulator) -> Simulator:
    """The simulator, as after its start."""
    running.control.reset()
    return running


@pytest.fixture
def api(sim: Simulator) -> Iterator[Api]:
    """A client of it."""
    client = Api(sim)
    yield client
    client.session.close()


@pytest.fixture
def azure(sim: Simulator) -> Iterator[AzureApi]:
    """A client of the simulated Azure beside it."""
    with AzureApi(sim) as client:
        yield client


@pytest.fixture
def uuids(sim: Simulator) -> list[str]:
    """svm1 to svm3 and the cluster have a configuration; the uuids in that order."""
    return [sim.control.put_record(svm, client_secret="Secret1")["uuid"] for svm in ("svm1", "svm2", "svm3", None)]


@pytest.fixture
def spares(sim: Simulator) -> list[str]:
    """svm1 and svm2 have an enabled configuration and a spare one; the uuids of the spare ones."""
    sim.control.reset(version="9.17.1")
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm)
    return [sim.control.put_record(svm, configuration="spare", enabled=False)["uuid"] for svm in ("svm1", "svm2")]
