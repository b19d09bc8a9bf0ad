# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in forks, or in jobs that each get a slice of the inventory, as in AWX; nothing is kept on the controller."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_KEY, configured
from simulator import Simulator

SVMS = [f"svm{number}" for number in range(1, 6)]
#: One host for each SVM; all of them are on the cluster in the environment.
PLAY: list[dict[str, Any]] = [
    {
        "hosts": "all",
        "gather_facts": False,
        "tasks": [{"ontap.akv.akv_rekey": {"svm": "{{ inventory_hostname }}", "key": "external", "key_id": OTHER_KEY}}],
    }
]


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a folder for temporary files, with a short path because of sockets."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def started(ansible: Ansible, folder: Path, temporary: Path, hosts: list[str], *more: str) -> subprocess.Popen[str]:
    """Start the play for some hosts, with a separate home folder."""
    (folder / "home").mkdir(parents=True)
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **ansible.way}
    for name, data in {"play.yml": PLAY, "hosts.yml": {"all": {"vars": local, "hosts": dict.fromkeys(hosts)}}}.items():
        (folder / name).write_text(yaml.safe_dump(data), encoding="utf-8")
    home = str(folder / "home")
    env = {
        **ansible.job_environment(folder),
        **connection(ansible.simulator),
        "HOME": home,
        "ANSIBLE_HOME": f"{home}/ansible",
        "TMPDIR": str(temporary),
    }
    command = [program("ansible-playbook"), "-vvv", "-i", "hosts.yml", *more, "play.yml"]
    return subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def ended(ansible: Ansible, process: subprocess.Popen[str]) -> None:
    """Wait for a play, which must succeed."""
    output, _none = process.communicate(timeout=LONGEST_RUN)
    ansible.output += output
    assert process.returncode == 0, output


def keys(simulator: Simulator) -> list[str]:
    """Return the key of each SVM."""
    return [simulator.control.state()["svms"][name]["configuration"]["key_id"] for name in SVMS]


def test_two_slices_do_work_of_one_job(ansible: Ansible, simulator: Simulator, tmp_path: Path, temporary: Path) -> None:
    """Each SVM is re-keyed once, by the job of its slice."""
    configured(simulator, *SVMS)
    # AWX gives slice N of M every M-th host.
    jobs = [started(ansible, tmp_path / str(number), temporary, SVMS[number::2]) for number in range(2)]
    for job in jobs:
        ended(ansible, job)
    assert keys(simulator) == [OTHER_KEY] * len(SVMS)
    requests = Requests(simulator.control.log())
    assert requests.writes.lines == ["POST /UUID/rekey-external"] * len(SVMS)
    assert len({entry["path"] for entry in requests.writes}) == len(SVMS)


def test_forks_keep_nothing_on_controller(
    ansible: Ansible, simulator: Simulator, tmp_path: Path, temporary: Path
) -> None:
    """Only files of Ansible itself remain; the next run gets all information from the cluster."""
    configured(simulator, *SVMS)
    ended(ansible, started(ansible, tmp_path / "first", temporary, SVMS, "--forks", "5"))
    assert keys(simulator) == [OTHER_KEY] * len(SVMS)
    left = {str(path.relative_to(tmp_path)) for path in (tmp_path / "first").rglob("*") if path.is_file()}
    assert left == {"first/play.yml", "first/hosts.yml", "first/ansible.cfg"}
    assert [path for path in temporary.rglob("*") if path.is_file()] == []
    simulator.control.clear_log()
    ended(ansible, started(ansible, tmp_path / "second", temporary, SVMS, "--forks", "2"))
    assert Requests(simulator.control.log()).lines == ["GET"] * len(SVMS)
