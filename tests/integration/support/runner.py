# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks by ansible-runner, with a private data directory as AWX makes it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible, program
from ansible_collections.ontap.akv.tests.integration.support.log import Requests

_IDENT = "job"
#: Events that end a task on a host.
_ENDED = ("runner_on_ok", "runner_on_failed", "runner_on_unreachable")


@dataclass(frozen=True)
class Job:
    """What a job left behind. text: all its files and what ansible-runner printed. events: its job events, in order."""

    text: str
    events: list[dict[str, Any]]
    requests: Requests

    @property
    def ended(self) -> list[dict[str, Any]]:
        """The events that hold the results of the tasks."""
        return [event for event in self.events if event["event"] in _ENDED]


@dataclass(frozen=True)
class Runner:
    """Runs jobs in one private data directory. variables: what the job has as extra variables, secrets too."""

    ansible: Ansible
    folder: Path
    variables: dict[str, Any]

    @property
    def printed(self) -> str:
        """What ansible-playbook printed, as ansible-runner kept it."""
        return (self.folder / "artifacts" / _IDENT / "stdout").read_text(encoding="utf-8")

    def run(self, tasks: Sequence[str], *, user: str = "bäcker") -> Job:
        """Runs tasks (YAML of one module call each) with -vvvv and --diff, each one whatever the earlier ones led to."""
        with self.started(tasks, user=user) as process:
            printed = "".join(process.communicate(timeout=LONGEST_RUN))
        files = [path for path in sorted((self.folder / "artifacts" / _IDENT).rglob("*")) if path.is_file()]
        text = "".join(path.read_text(encoding="utf-8") for path in files)
        paths = [path for path in files if path.parent.name == "job_events" and not path.name.endswith("-partial.json")]
        events = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        assert events, printed
        return Job(printed + text, sorted(events, key=lambda event: int(event["counter"])), Requests(self.ansible.simulator.control.log()))

    @contextmanager
    def started(self, tasks: Sequence[str], *, user: str = "bäcker") -> Iterator[subprocess.Popen[str]]:
        """Starts a job."""
        self._lay_out([{"name": f"task {number}", "ignore_errors": True, **yaml.safe_load(task)} for number, task in enumerate(tasks)], user)
        with subprocess.Popen(
            [program("ansible-runner"), "run", str(self.folder), "-p", "playbook.yml", "-i", _IDENT],
            env=self.ansible.job_environment(self.folder),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def _lay_out(self, tasks: list[dict[str, Any]], user: str) -> None:
        """The private data directory: the secrets are the job's variables and nowhere in its environment."""
        simulator = self.ansible.simulator
        login = {"hostname": simulator.hostname, "http_port": simulator.port, "ca_path": str(simulator.ca_path), "username": user, "password": "{{ password }}"}
        play = {"hosts": "localhost", "gather_facts": False, "module_defaults": {"group/ontap.akv.akv": login}, "tasks": tasks}
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        for name, data in {
            "project/playbook.yml": [play],
            "inventory/hosts.yml": {"all": {"hosts": {"localhost": host}}},
            "env/extravars": self.variables,
            "env/cmdline": "-vvvv --diff",
        }.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(data if isinstance(data, str) else yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
