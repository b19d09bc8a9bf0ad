# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An ansible-playbook that is running, to be told to end or to be cut off; in a container, too."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible, connection
from ansible_collections.ontap.akv.tests.integration.support.log import Requests, until
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from simulator import Simulator

JOBS = "/api/cluster/jobs/"
#: A shell has what it starts in the background ignore this signal, and tests may run there.
_START = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execvp(sys.argv[1], sys.argv[1:])"
#: The first process of a container is a shell, whose session is that of no process in there.
_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c", '"$@"; exit $?', "sh")
#: The processes above ansible-playbook: unshare, and the shell.
_ABOVE = 2


def has_containers() -> bool:
    """Return whether a namespace of processes can be made here."""
    try:
        return (
            subprocess.run([*_CONTAINER, "true"], capture_output=True, timeout=LONGEST_RUN, check=False).returncode == 0
        )
    except OSError:
        return False


class Playbook:
    """An ansible-playbook that is running. process: itself, or what keeps its container."""

    def __init__(self, process: subprocess.Popen[str], *, contained: bool = False) -> None:
        self.process = process
        self._contained = contained

    def pid(self) -> int:
        """Return the process of ansible-playbook."""
        pid = self.process.pid
        for _step in range(_ABOVE if self._contained else 0):
            (pid,) = children(pid)
        return pid

    def worker(self) -> int:
        """Return the process that Ansible forked for the task."""
        (worker,) = children(self.pid())
        return worker

    def ended(self) -> str:
        """Return what it printed; it must not end by what it waits for, which takes longer."""
        return self.process.communicate(timeout=LONGEST_RUN)[0]


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]


@contextmanager
def playing(
    simulator: Simulator,
    ansible: Ansible,
    folder: Path,
    task: str,
    *,
    contained: bool = False,
    variables: dict[str, Any] | None = None,
) -> Iterator[Playbook]:
    """Starts a play with one task, in the foreground of a session of its own as in a terminal."""
    playbook = folder / "playbook.yml"
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, **(variables or {})}
    play = {"hosts": "localhost", "gather_facts": False, "vars": host, "tasks": [yaml.safe_load(task)]}
    playbook.write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")
    env = {**ansible.job_environment(folder), **connection(simulator)}
    with subprocess.Popen(
        [
            sys.executable,
            "-c",
            _START,
            *(_CONTAINER if contained else ()),
            program("ansible-playbook"),
            "-vvv",
            playbook,
        ],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield Playbook(process, contained=contained)
        finally:
            process.kill()


def nothing_follows(simulator: Simulator) -> None:
    """One write was sent; and whoever is still there asks after its job at least every two seconds."""
    until(simulator, lambda log: simulator.control.advance(0) - log[-1]["at"] > 2.5)
    sent = len(simulator.control.log())
    simulator.control.jobs(hold=None, seconds=0)
    log = Requests(simulator.control.log())
    assert len(log) == sent
    assert log.writes.lines == ["POST /UUID/rekey-external"]
