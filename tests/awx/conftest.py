# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the AWX content share: the published awx.awx, a simulated controller that the role has set up, a
simulated ONTAP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.awx.support import controller
from ansible_collections.ontap.akv.tests.awx.support.launch import CONFIGURED, Desk
from ansible_collections.ontap.akv.tests.awx.support.setup import AwxJob, Machine, SetUp
from ansible_collections.ontap.akv.tests.awx.support.variables import LEAST, PLAYBOOKS, everything
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.awx import Awx
from ansible_collections.ontap.akv.tests.integration.support.runner import Job
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, SVMS, configured
from simulator import Simulator
from tooling import awx


@pytest.fixture
def secrets() -> Secrets:
    """The secrets of the test: none may be in any output."""
    return Secrets()


@pytest.fixture(scope="session")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Secrets], Machine]]:
    """Makes machines, each with an empty controller of its own."""
    with ExitStack() as stack:

        def machine(secrets: Secrets) -> Machine:
            files = [f"playbooks/{name}.yml" for name in PLAYBOOKS]
            running = stack.enter_context(controller.running(files))
            secrets.hide("the controller's token", running.token)
            return Machine(running, secrets, tmp_path_factory.mktemp("machine"), [awx.collections()])

        yield machine


@pytest.fixture
def machine(machines: Callable[[Secrets], Machine], secrets: Secrets) -> Machine:
    """A machine with an empty controller."""
    return machines(secrets)


@pytest.fixture(scope="session")
def done(machines: Callable[[Secrets], Machine]) -> tuple[Machine, SetUp]:
    """A machine whose controller was set up with the defaults, for tests that only look."""
    machine = machines(Secrets())
    return machine, machine.run(LEAST).ok()


@pytest.fixture(scope="session")
def clusters(machines: Callable[[Secrets], Machine]) -> tuple[Machine, dict[str, Any]]:
    """A machine whose controller was set up with other values for all, and what they were."""
    machine = machines(Secrets())
    machine.controller.store.playbooks = {f"keys/{name}.yml" for name in PLAYBOOKS}
    variables = everything(machine)
    machine.run(variables).ok()
    return machine, variables


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Simulator]:
    with Simulator(svms=list(SVMS)) as simulator:
        yield simulator


@pytest.fixture
def simulator(_simulator: Simulator) -> Simulator:
    """A simulated ONTAP as new."""
    _simulator.control.reset()
    return _simulator


@pytest.fixture
def awx_job(simulator: Simulator, tmp_path: Path) -> Iterator[AwxJob]:
    """Runs the playbook of the project that users copy as a job, on an empty inventory."""
    with ExitStack() as stack:

        def run(machine: Machine, variables: dict[str, Any], *arguments: str) -> Job:
            job = Awx(Ansible(simulator, machine.secrets, tmp_path), tmp_path, machine.job_environment())
            stack.callback(job.end)
            return job.job("awx_setup", {}, *arguments, variables=variables)

        yield run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a job has the files of its credentials."""
    path = tmp_path / "env"
    path.mkdir()
    return path


@pytest.fixture
def filled_in(simulator: Simulator, secrets: Secrets) -> dict[str, dict[str, str]]:
    """What someone filled in, by the end of the credential type's name."""
    secrets.hide("the simulator's password", simulator.password)
    ca = Path(str(simulator.ca_path)).read_text(encoding="utf-8")
    secret, old = secrets.new("client_secret"), secrets.new("old_client_secret")
    return {
        "ONTAP cluster": {"username": simulator.username, "password": simulator.password, "ca_certificate": ca},
        "Azure application": {
            "client_id": CLIENT_ID,
            "client_secret": secret,
            "old_client_secret": old,
            "expires": "2099-12-31",
        },
    }


@pytest.fixture
def desk(
    simulator: Simulator, secrets: Secrets, folder: Path, filled_in: dict[str, dict[str, str]]
) -> Callable[[Machine, str], Desk]:
    """Makes the desk where what a machine set up is launched, by the prefix of its names; three SVMs have the old
    secret.
    """
    configured(simulator, *CONFIGURED, client_secret=filled_in["Azure application"]["old_client_secret"])
    simulator.control.clear_log()

    def made(machine: Machine, prefix: str) -> Desk:
        return Desk(
            machine.controller.store,
            Ansible(simulator, secrets, folder),
            folder,
            {f"{prefix}{name}": inputs for name, inputs in filled_in.items()},
        )

    return made
