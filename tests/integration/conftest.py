# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the integration tests share: one simulator for each worker, and ansible-playbook to run against it.

Every test that runs ansible-playbook is there twice: with the modules' work in Ansible's own process, and with plain
modules.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from ansible_collections.ontap.akv.tests.integration.support.ansible import IN_PROCESS, Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.awx import Awx
from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import SVMS
from simulator import Simulator

#: A certificate authority that is not the simulator's: what an environment often names, and what ca_path must win over.
_FOREIGN_CA = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(scope="session")
def _simulator() -> Iterator[Simulator]:
    with Simulator(svms=list(SVMS)) as simulator:
        yield simulator


@pytest.fixture
def simulator(_simulator: Simulator) -> Simulator:
    """A simulator as new."""
    _simulator.control.reset()
    return _simulator


@pytest.fixture
def secrets() -> Secrets:
    """The secrets of the test: none may be in any output."""
    return Secrets()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Both ways for every test that runs ansible-playbook, but where the test itself says that only one can be."""
    if "in_process" in metafunc.fixturenames:
        ways = [False] if metafunc.definition.get_closest_marker("module_only") else [True, False]
        metafunc.parametrize(
            "in_process", ways, ids=["in-process" if way else "module" for way in ways], scope="function"
        )


@pytest.fixture
def ansible(
    simulator: Simulator, secrets: Secrets, tmp_path: Path, foreign_ca: Path, in_process: bool
) -> Iterator[Ansible]:
    """Runs ansible-playbook against the simulator; the way of the test is the one that its tasks took."""
    secrets.hide("the simulator's password", simulator.password)
    variables = {"client_secret": secrets.new("client-secret"), "proxy_password": secrets.new("proxy-password")}
    env = connection(simulator) | dict.fromkeys(_FOREIGN_CA, str(foreign_ca))
    # Nothing said is the default: in process.
    way = {} if in_process else {"ontap_akv_in_process": False}
    runner = Ansible(simulator, secrets, tmp_path, env, variables, way)
    yield runner
    # A test that chose the way itself looks for itself.
    assert runner.way is not way or (IN_PROCESS in runner.output) is in_process


@pytest.fixture
def plays(simulator: Simulator, secrets: Secrets, tmp_path: Path) -> Ansible:
    """Runs the playbooks and roles of the collection, in the way that is the default; login and CA come from the
    environment.
    """
    secrets.hide("the simulator's password", simulator.password)
    env = {
        name: value
        for name, value in connection(simulator).items()
        if name not in ("ONTAP_HOSTNAME", "ONTAP_HTTP_PORT")
    }
    return Ansible(simulator, secrets, tmp_path, env)


@pytest.fixture
def awx(simulator: Simulator, secrets: Secrets, tmp_path: Path) -> Iterator[Awx]:
    """An AWX; its credential for ONTAP holds user name, password and CA, and every other field of it is empty."""
    password = secrets.awkward("password")
    simulator.control.user("bäcker", password)
    env = {"ONTAP_HOSTNAME": "", "ONTAP_USERNAME": "bäcker", "ONTAP_PASSWORD": password, "ONTAP_VALIDATE_CERTS": ""}
    files = {
        "ONTAP_CA_PATH": Path(str(simulator.ca_path)).read_text(encoding="utf-8"),
        "ONTAP_CERT_FILEPATH": "",
        "ONTAP_KEY_FILEPATH": "",
    }
    awx = Awx(Ansible(simulator, secrets, tmp_path), tmp_path, env, files)
    yield awx
    awx.end()


@pytest.fixture(scope="session")
def _other() -> Iterator[Simulator]:
    with Simulator(svms=list(SVMS), password="other-Password2") as simulator:
        yield simulator


@pytest.fixture
def other(_other: Simulator, secrets: Secrets) -> Simulator:
    """Another simulator as new."""
    _other.control.reset()
    secrets.hide("the other simulator's password", _other.password)
    return _other


@pytest.fixture
def inventory(simulator: Simulator, secrets: Secrets, tmp_path: Path, foreign_ca: Path) -> Inventory:
    """Runs ansible-inventory; how to reach a simulator is left to the test."""
    secrets.hide("the simulator's password", simulator.password)
    return Inventory(Ansible(simulator, secrets, tmp_path), tmp_path, dict.fromkeys(_FOREIGN_CA, str(foreign_ca)))


@pytest.fixture(scope="session")
def foreign_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PEM file of a certificate authority that signed nothing here."""
    path = tmp_path_factory.mktemp("foreign") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(path)
    return path
