# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real ansible-inventory on sources written as data, and returns its output as data."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from simulator import Simulator

PLUGIN = "ontap.akv.svms"


class Unsafe(str):
    """A text of which ansible-inventory told that it is no template."""

    __slots__ = ()


@dataclass(frozen=True)
class Listed:
    """What a run told. hosts: their variables. groups: their own hosts. told: what it said beside, in one line."""

    status: int
    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    told: str

    @property
    def names(self) -> list[str]:
        """The names of the hosts."""
        return list(self.hosts)


@dataclass
class Inventory:
    """Runs ansible-inventory. environment: what is set beside the clean environment. output: all that it printed in
    a test.
    """

    ansible: Ansible
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    output: str = ""

    def source(self, source: Mapping[str, Any] | str, name: str = "fleet.akv.yml") -> Path:
        """Writes a source, a text as it stands."""
        path = self.folder / name
        path.write_text(
            source if isinstance(source, str) else yaml.safe_dump({"plugin": PLUGIN, **source}, sort_keys=False),
            encoding="utf-8",
        )
        return path

    def list(
        self,
        source: Mapping[str, Any] | str,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        name: str = "fleet.akv.yml",
    ) -> Listed:
        """Returns what ansible-inventory --list reports about a source, with -vvvv."""
        done = self.run("ansible-inventory", [*arguments, "-vvvv", "--list", "-i", str(self.source(source, name))], env)
        told = json.loads(done.stdout, object_hook=_unsafe) if done.returncode == 0 else {"_meta": {"hostvars": {}}}
        groups = {group: list(entry.get("hosts", [])) for group, entry in told.items() if group != "_meta"}
        return Listed(done.returncode, told["_meta"]["hostvars"], groups, " ".join(done.stderr.split()))

    def run(
        self, command: str, arguments: Sequence[str], env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a program of Ansible; it may print no secret and no traceback."""
        done = programs.run(command, arguments, self.variables(env), self.folder, timeout=LONGEST_RUN)
        self.output += done.stdout + done.stderr
        assert self.ansible.secrets.found_in(self.output) == []
        assert "Traceback (most recent call last)" not in self.output, self.output
        return done

    @contextmanager
    def started(self, source: Mapping[str, Any]) -> Iterator[subprocess.Popen[str]]:
        """Starts ansible-inventory."""
        command = [program("ansible-inventory"), "--list", "-i", str(self.source(source))]
        pipes: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
        with subprocess.Popen(command, env=self.variables(), cwd=self.folder, **pipes) as process:
            try:
                yield process
            finally:
                process.kill()

    def variables(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a run; what is verbose goes to where it does not mix with the answer."""
        return {
            **self.ansible.job_environment(self.folder),
            "ANSIBLE_VERBOSE_TO_STDERR": "true",
            **self.environment,
            **(env or {}),
        }


def _unsafe(entry: dict[str, Any]) -> Any:
    return Unsafe(entry["__ansible_unsafe"]) if set(entry) == {"__ansible_unsafe"} else entry


def cluster(simulator: Simulator, **more: Any) -> dict[str, Any]:
    """Returns how to reach a simulator, as connection options."""
    login = {"username": simulator.username, "password": simulator.password, "ca_path": str(simulator.ca_path)}
    return {"hostname": simulator.hostname, "http_port": simulator.port, **login, **more}
