# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-rulebook with a rulebook of the installed collection, and its output while it runs."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from simulator import Simulator
from tooling import environment

T = TypeVar("T")
#: s; far longer than anything here takes.
PATIENCE = 180.0
#: What --print-events prints of each event, as Python writes it.
_EVENT = re.compile(r"^Event:\n(\{.*?\})\n\*{10,}$", re.MULTILINE | re.DOTALL)


def until(condition: Callable[[], T], what: str, *, patience: float = PATIENCE) -> T:
    """Waits until a condition gives something, and returns that."""
    end = time.monotonic() + patience
    while not (given := condition()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return given


@dataclass
class Running:
    """A rulebook that runs. folder: its temporary files. output: the file with all that it and its playbooks print."""

    process: subprocess.Popen[bytes]
    folder: Path
    output: Path
    secrets: Secrets
    _before_end: str | None = None

    @property
    def text(self) -> str:
        """All that was printed so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of the source so far."""
        return [ast.literal_eval(found) for found in _EVENT.findall(self.text)]

    def of(self, *kinds: str, **fields: Any) -> list[dict[str, Any]]:
        """The events of these types with these fields."""
        return [
            event
            for event in self.events
            if event["type"] in kinds and all(event[name] == value for name, value in fields.items())
        ]

    def until(self, condition: Callable[[], T], what: str, *, patience: float = PATIENCE) -> T:
        """Waits until a condition gives something, as long as the rulebook runs."""

        def given() -> T:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.text[-6000:]}"
            return condition()

        try:
            return until(given, what, patience=patience)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.text[-6000:]}") from None

    def told(self, text: str, *, times: int = 1) -> None:
        """Waits until something is printed."""
        self.until(lambda: self.text.count(text) >= times, f"never told {times} times: {text}")

    def stop(self) -> None:
        """Ends it as a service manager does: every process of the service gets the signal."""
        self._before_end = self._before_end or self.text
        for pid in (*self.playbooks(), *([self.process.pid] if self.process.poll() is None else [])):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        self._ended()

    def interrupt(self) -> None:
        """Ends it as Ctrl-C does: the processes in the foreground get the signal."""
        self._before_end = self.text
        os.killpg(self.process.pid, signal.SIGINT)
        self._ended()

    def _ended(self) -> None:
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
        until(lambda: not self.playbooks(), "a playbook is left")

    def playbooks(self) -> list[int]:
        """The processes that run its playbooks."""
        mark = os.fsencode(f"{self.folder}/")
        return [
            pid
            for pid, command in _commands()
            if pid != self.process.pid and mark in command and b"ansible-playbook" in command
        ]

    def judge(self) -> None:
        """Nothing that it printed is a secret or a traceback; what ansible-runner leaves where it is killed, only its
        user can read.

        A worker of Ansible that is told to end while it starts may tell a traceback of Ansible's own.
        """
        found = self.secrets.found_in(self.text)
        assert not found, f"told: {found}"
        before = self.text if self._before_end is None else self._before_end
        assert "Traceback (most recent call last)" not in before, before[-8000:]
        assert [path for path in self.folder.iterdir() if path.stat().st_mode & 0o077] == []


def _commands() -> list[tuple[int, bytes]]:
    """All processes with their command lines."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append((int(path.parent.name), path.read_bytes()))
        except OSError:
            continue
    return found


@dataclass
class Place:
    """Where rulebooks are run: clusters by name, the login for all of them in the environment, an inventory without
    a host of theirs.
    """

    folder: Path
    collections: Path
    secrets: Secrets
    clusters: Mapping[str, Simulator]
    environment: dict[str, str] = field(default_factory=dict)
    running: list[Running] = field(default_factory=list)

    def start(self, rulebook: str, *arguments: str, **variables: Any) -> Running:
        """Starts a rulebook by its name or path; arguments: more of them. variables: of the rulebook."""
        folder = self.folder / f"run{len(self.running)}"
        folder.mkdir()
        # A short path: Ansible makes a socket there.
        temporary = Path(tempfile.mkdtemp(prefix="akv-"))
        given = _written(folder / "vars.yml", {"akv_clusters": self.listed(), **variables})
        inventory = _written(
            folder / "inventory.yml",
            {
                "all": {
                    "hosts": {
                        "localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
                    }
                }
            },
        )
        output = folder / "output"
        with output.open("wb") as stream:
            process = subprocess.Popen(
                [
                    program("ansible-rulebook"),
                    "--print-events",
                    "-r",
                    rulebook,
                    "-i",
                    inventory,
                    "-e",
                    given,
                    *arguments,
                ],
                env=self.variables() | {"TMPDIR": str(temporary)},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running.append(Running(process, temporary, output, self.secrets))
        return self.running[-1]

    def listed(self) -> list[dict[str, Any]]:
        """The clusters as a variable of the rulebook."""
        return [
            {"name": name, "hostname": each.hostname, "http_port": each.port} for name, each in self.clusters.items()
        ]

    def variables(self) -> dict[str, str]:
        """The environment of whoever works here."""
        first = next(iter(self.clusters.values()))
        authorities = self.folder / "authorities.pem"
        authorities.write_text(
            "".join(Path(str(each.ca_path)).read_text(encoding="utf-8") for each in self.clusters.values()),
            encoding="utf-8",
        )
        clean = environment.without_connection(environment.for_ansible(Path(sys.executable), self.collections))
        clean.pop("JAVA_TOOL_OPTIONS", None)
        login = {"ONTAP_USERNAME": first.username, "ONTAP_PASSWORD": first.password, "ONTAP_CA_PATH": str(authorities)}
        return {**clean, **login, **self.environment}

    def end(self) -> None:
        """Ends what still runs, and judges all that ran."""
        for each in self.running:
            each.stop()
        try:
            for each in self.running:
                each.judge()
        finally:
            for each in self.running:
                shutil.rmtree(each.folder)


def _written(path: Path, data: Any) -> str:
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)
