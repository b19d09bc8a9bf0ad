# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks and playbooks by ansible-runner, with a private data directory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.programs import program

_IDENT = "job"
#: Events that end a task on a host.
_ENDED = ("runner_on_ok", "runner_on_failed", "runner_on_unreachable")


@dataclass(frozen=True)
class Job:
    """What a job left behind. text: all that was kept and printed. events: its job events, in order. status: as
    ansible-runner told it.
    """

    text: str
    events: list[dict[str, Any]]
    requests: Requests
    status: str = ""

    @property
    def ended(self) -> list[dict[str, Any]]:
        """The events that hold the results of the tasks."""
        return [event for event in self.events if event["event"] in _ENDED]

    @property
    def printed(self) -> str:
        """What ansible-playbook printed."""
        return "\n".join(event.get("stdout", "") for event in self.events)

    @property
    def told(self) -> str:
        """The messages that tasks ended with."""
        return "\n".join(
            str(event["event_data"]["res"]["msg"]) for event in self.ended if "msg" in event["event_data"]["res"]
        )

    @property
    def _statistics(self) -> dict[str, Any]:
        (event,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return dict(event["event_data"])

    @property
    def artifacts(self) -> dict[str, Any]:
        """What set_stats gave: AWX takes it from the last event, as artifacts of the job and variables of the
        workflow's next one.
        """
        return dict(self._statistics.get("artifact_data", {}))

    @property
    def hosts(self) -> list[str]:
        """The hosts that tasks ran on."""
        return sorted(self._statistics["processed"])

    def ok(self) -> Job:
        """Returns itself; the job must have succeeded."""
        assert self.status == "successful", f"{self.status}: {self.printed[-6000:]}"
        return self

    def failed(self) -> Job:
        """Returns itself; a task must have failed."""
        assert self.status == "failed", f"{self.status}: {self.printed[-6000:]}"
        return self


@contextmanager
def started(
    *arguments: str, ansible: Ansible, folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Starts ansible-runner in a folder; it is gone in the end."""
    with subprocess.Popen(
        [program("ansible-runner"), *arguments],
        env={**ansible.job_environment(folder), **(env or {})},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def left_behind(folder: Path, ansible: Ansible, printed: str = "", *, but: Sequence[str] = ()) -> Job:
    """Returns what a job left in the folder of its artifacts, but for files of some names, beside what
    ansible-runner printed.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in but]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    paths = [path for path in files if path.parent.name == "job_events" and not path.name.endswith("-partial.json")]
    events = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    assert events, printed
    status = folder / "status"
    return Job(
        printed + text,
        sorted(events, key=lambda event: int(event["counter"])),
        Requests(ansible.simulator.control.log()),
        status.read_text(encoding="utf-8") if status.is_file() else "",
    )


@dataclass(frozen=True)
class Runner:
    """Runs jobs in one private data directory. variables: what the job has as extra variables, secrets too."""

    ansible: Ansible
    folder: Path
    variables: dict[str, Any]

    @property
    def artifacts(self) -> Path:
        """Where a job leaves what it left behind."""
        return self.folder / "artifacts" / _IDENT

    @property
    def printed(self) -> str:
        """What ansible-playbook printed, as ansible-runner kept it."""
        return (self.artifacts / "stdout").read_text(encoding="utf-8")

    def run(self, tasks: Sequence[str], *, user: str = "bäcker") -> Job:
        """Runs tasks (YAML of one module call each) with -vvvv and --diff, each one whatever the earlier ones led
        to.
        """
        with self.started(tasks, user=user) as process:
            printed = "".join(process.communicate(timeout=LONGEST_RUN))
        return left_behind(self.artifacts, self.ansible, printed)

    @contextmanager
    def started(self, tasks: Sequence[str], *, user: str = "bäcker") -> Iterator[subprocess.Popen[str]]:
        """Starts a job."""
        self._lay_out(
            [
                {"name": f"task {number}", "ignore_errors": True, **yaml.safe_load(task)}
                for number, task in enumerate(tasks)
            ],
            user,
        )
        with started(
            "run", str(self.folder), "-p", "playbook.yml", "-i", _IDENT, ansible=self.ansible, folder=self.folder
        ) as process:
            yield process

    def _lay_out(self, tasks: list[dict[str, Any]], user: str) -> None:
        """The private data directory: the secrets are the job's variables and nowhere in its environment."""
        simulator = self.ansible.simulator
        login = {
            "hostname": simulator.hostname,
            "http_port": simulator.port,
            "ca_path": str(simulator.ca_path),
            "username": user,
            "password": "{{ password }}",
        }
        play = {
            "hosts": "localhost",
            "gather_facts": False,
            "module_defaults": {"group/ontap.akv.akv": login},
            "tasks": tasks,
        }
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
