# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Other interpreters than the controller's: one without libraries, and the oldest one that modules support."""

from __future__ import annotations

import venv

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.tasks import DESCRIBED, akv, info
from simulator import Simulator
from tooling import cores
from tooling import venv as environments
from tooling.running import Failure

pytestmark = pytest.mark.module_only

# The oldest in requirements.txt; urllib3 1.26 handles TLS to an IP address differently from 2.
_OLDEST_LIBRARIES = ["requests==2.28.2", "urllib3==1.26.20"]
_OLDEST = ".".join(str(part) for part in cores.OLDEST_TARGET)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Create an interpreter with only the standard library."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, symlinks=True)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="session")
def oldest_python() -> str:
    """Return the oldest supported interpreter, with only the oldest supported requests."""
    python = cores.pythons().get(cores.OLDEST_TARGET)
    if python is None:
        pytest.skip(f"no Python {_OLDEST} on this machine; the modules' oldest Python is not tried")
    try:
        return str(environments.ensure("integration-target", python, [], _OLDEST_LIBRARIES))
    except Failure as failure:
        pytest.skip(f"no environment for Python {_OLDEST}: {str(failure).splitlines()[0]}")


def test_error_names_missing_library(ansible: Ansible, simulator: Simulator, bare_python: str) -> None:
    """The message is Ansible's usual one, and names the library and the interpreter."""
    runs = ansible.tasks([info(), akv("svm: svm1\nstate: absent")], python=bare_python, traceback=True)
    for run in runs:
        assert run.failed
        assert "Failed to import the required Python library (requests)" in run.msg
        assert bare_python in run.msg
        assert run.result["azure_key_vaults"] == []
    assert simulator.control.log() == []


def test_argument_errors_need_no_library(ansible: Ansible, bare_python: str) -> None:
    """Errors of the task are reported before missing libraries."""
    run = ansible.task(info("max_records: 0"), python=bare_python).refused()
    assert run.msg.startswith("max_records: ")


def test_modules_run_on_oldest_python(ansible: Ansible, oldest_python: str) -> None:
    """A full cycle on the oldest Python; without cryptography a certificate is sent with a warning."""
    content = base64_of(pfx(ends=-0.5))
    ansible.variables["certificate"] = ansible.secrets.hide("certificate", content)
    common = f"svm: [svm1, svm2]\nupdate_credentials: on_create{DESCRIBED}"
    cycle = ansible.cycle(akv(f'{common}\nclient_secret: "{{{{ client_secret }}}}"'), python=oldest_python)
    cycle.ok().predicted().settled()
    assert len(cycle.apply.requests.writes) == 2
    certificate = akv(f'{common}\nclient_certificate: "{{{{ certificate }}}}"')
    facts, check = ansible.tasks(
        ["ansible.builtin.setup: {gather_subset: ['!all', '!min', python]}", certificate],
        modes=[False, True],
        python=oldest_python,
    )
    version = facts.result["ansible_facts"]["ansible_python"]["version"]
    assert (version["major"], version["minor"]) == cores.OLDEST_TARGET
    assert "cryptography" in check.ok().warnings


def test_oldest_libraries_verify_ip_address(ansible: Ansible, simulator: Simulator, oldest_python: str) -> None:
    """A certificate for the address is accepted; one for another host is not, and nothing is sent."""
    assert simulator.hostname == "127.0.0.1"
    ansible.task(info(), python=oldest_python).ok()
    with Simulator(wrong_host_cert=True) as other:
        run = ansible.task(info(f"http_port: {other.port}\nca_path: {other.ca_path}"), python=oldest_python).refused()
        assert "was not accepted" in run.msg
        assert other.control.log() == []
