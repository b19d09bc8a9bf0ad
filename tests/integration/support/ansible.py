# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the real ansible-playbook on tasks written as YAML, and returns what it did as data."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from simulator import Simulator
from tooling import environment
from tooling.paths import link_tree

_CALLBACKS = Path(__file__).resolve().parents[1] / "callbacks"
#: What -vvv says about a task that takes no process.
IN_PROCESS = "runs in Ansible's own process"
#: Seconds.
LONGEST_RUN = 120


@dataclass(frozen=True)
class Run:
    """What one task did. result: what the module returned. requests: those that reached the simulator meanwhile."""

    name: str
    status: str
    result: dict[str, Any]
    requests: Requests
    host: str = "localhost"

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def results(self) -> list[dict[str, Any]]:
        return list(self.result["results"])

    @property
    def actions(self) -> dict[str | None, str]:
        """SVM -> what was done."""
        return {entry["svm"]: entry["action"] for entry in self.results}

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(self.result["azure_key_vaults"])

    @property
    def warnings(self) -> str:
        return "\n".join(self.result.get("warnings", []))

    @property
    def msg(self) -> str:
        return _in_lines(self.result["msg"])

    @property
    def error(self) -> dict[str, Any]:
        return dict(self.result["error"])

    def ok(self) -> Run:
        """Returns itself; the task must not have failed."""
        assert not self.failed, self.result
        return self

    def refused(self) -> Run:
        """Returns itself; the task must have failed without a traceback."""
        assert self.failed, self.result
        assert "Traceback" not in json.dumps(self.result)
        return self


@dataclass(frozen=True)
class Played:
    """What ansible-playbook did. stats: what set_stats gave. hosts: host -> how many of its tasks were ok, failed and
    so on.

    output: what it printed. folder: where it ran.
    """

    status: int
    runs: list[Run]
    stats: dict[str, Any]
    hosts: dict[str, dict[str, int]]
    output: str
    folder: Path

    @property
    def last(self) -> Run:
        """The task that ended last."""
        return self.runs[-1]

    @property
    def texts(self) -> str:
        """What debug, assert and fail told, and the errors of modules."""
        return "\n".join(run.msg for run in self.runs if "msg" in run.result)

    def of(self, host: str) -> list[Run]:
        """The tasks of one host."""
        return [run for run in self.runs if run.host == host]

    def ok(self) -> Played:
        """Returns itself; all must have succeeded."""
        assert self.status == 0, self.output[-6000:]
        return self

    def failed(self) -> Played:
        """Returns itself; a task must have failed."""
        assert self.status == 2, f"{self.status}: {self.output[-6000:]}"
        return self


@dataclass(frozen=True)
class Cycle:
    """The same task four times: check, apply, check, apply."""

    check: Run
    apply: Run
    check_again: Run
    apply_again: Run

    def ok(self) -> Cycle:
        """Returns itself; no run must have failed."""
        for run in (self.check, self.apply, self.check_again, self.apply_again):
            run.ok()
        return self

    def predicted(self) -> Cycle:
        """Returns itself; check mode must have sent no write and reported what apply then did."""
        for check, apply in ((self.check, self.apply), (self.check_again, self.apply_again)):
            _same(check.requests.writes.lines, [])
            _same((check.status, check.changed), (apply.status, apply.changed))
            _same(_predictable(check), _predictable(apply))
            _same(check.result.get("diff"), apply.result.get("diff"))
        return self

    def settled(self, reads: int = 1) -> Cycle:
        """Returns itself; the second apply must have found everything as it should be, with that many requests."""
        for run in (self.check_again, self.apply_again):
            _same(run.ok().changed, False)
            _same(run.requests.lines, ["GET"] * reads)
            _same(set(run.actions.values()) | {"none"}, {"none"})
        return self


def _same(left: Any, right: Any) -> None:
    assert left == right, f"{left}\nis not\n{right}"


def _predictable(run: Run) -> list[dict[str, Any]]:
    """The results without what no one can know before: the job, and of what is yet to be created UUID and SVM's
    name.
    """
    unknown = {"create": {"job", "uuid", "svm"}}
    return [
        {key: value for key, value in entry.items() if key not in unknown.get(entry["action"], {"job"})}
        for entry in run.results
    ]


@dataclass
class Ansible:
    """Runs playbooks against one simulator. environment: what is set beside the clean environment.

    way: the variables that decide whether modules get a process. output: all that the runs of the test printed and
    returned.
    """

    simulator: Simulator
    secrets: Secrets
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    way: Mapping[str, Any] = field(default_factory=dict)
    output: str = ""

    def cycle(self, task: str, **keywords: Any) -> Cycle:
        """Runs a task (YAML of one module call) as check, apply, check, apply, whatever the earlier ones led to."""
        return Cycle(*self.tasks([task] * 4, modes=[True, False, True, False], **keywords))

    def task(self, task: str, *, check_mode: bool = False, **keywords: Any) -> Run:
        """Runs one task."""
        return self.tasks([task], modes=[check_mode], **keywords)[0]

    def tasks(self, tasks: Sequence[str], *, modes: Sequence[bool] = (), play: str = "", **keywords: Any) -> list[Run]:
        """Runs tasks (YAML of one module call each) in one play, each one whatever the earlier ones led to."""
        modes = modes or [False] * len(tasks)
        listed = [
            {"name": f"task {number}", "check_mode": mode, "diff": True, "ignore_errors": True, **yaml.safe_load(task)}
            for number, (task, mode) in enumerate(zip(tasks, modes, strict=True))
        ]
        runs = self.playbook({**(yaml.safe_load(play) or {}), "tasks": listed}, **keywords)
        assert len(runs) == len(tasks), self.output
        return runs

    def playbook(
        self,
        play: Mapping[str, Any],
        *,
        env: Mapping[str, str | None] | None = None,
        python: str = sys.executable,
        traceback: bool = False,
    ) -> list[Run]:
        """Runs a play and returns what its tasks did.

        env: variables for this run, None removes one. python: runs the modules. traceback: whether one may be shown.
        """
        host = {"ansible_connection": "local", "ansible_python_interpreter": python}
        played = self.play(
            [{"hosts": "localhost", "gather_facts": False, **play}], {"localhost": host}, env=env, traceback=traceback
        )
        return played.runs

    def play(
        self,
        playbook: str | list[Mapping[str, Any]],
        hosts: Mapping[str, Mapping[str, Any]],
        *arguments: str,
        env: Mapping[str, str | None] | None = None,
        traceback: bool = False,
    ) -> Played:
        """Runs a playbook, by name or as plays, on hosts with their variables, and returns all that it did.

        arguments: more of them for ansible-playbook. env, traceback: as of playbook().
        """
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir()
        name = playbook if isinstance(playbook, str) else _written(folder / "playbook.yml", playbook)
        inventory = _written(folder / "inventory.yml", {"all": {"hosts": dict(hosts)}})
        variables = _written(folder / "variables.yml", {**self.variables, **self.way})
        record = folder / "record"
        command = ["-vvvv", "-i", inventory, "-e", f"@{variables}", *arguments, name]
        done = programs.run(
            "ansible-playbook", command, self._environment(record, env or {}), folder, timeout=LONGEST_RUN
        )
        recorded = record.read_text(encoding="utf-8") if record.is_file() else ""
        self._judge(done.stdout + done.stderr + recorded, traceback=traceback)
        log = self.simulator.control.log()
        lines = [json.loads(line) for line in recorded.splitlines()]
        statistics: dict[str, Any] = next((line for line in lines if "stats" in line), {"stats": {}, "hosts": {}})
        runs = [_run(line, log) for line in lines if "stats" not in line]
        return Played(
            done.returncode,
            runs,
            statistics["stats"].get("_run", {}),
            statistics["hosts"],
            done.stdout + done.stderr,
            folder,
        )

    def _judge(self, output: str, *, traceback: bool) -> None:
        """No run may print or return a secret, nor a traceback where none is part of the message."""
        self.output += output
        assert self.secrets.found_in(output) == []
        assert traceback or "Traceback (most recent call last)" not in output, output

    def job_environment(self, folder: Path) -> dict[str, str]:
        """The environment of a program that runs ansible-playbook itself: the clean one, with nothing of the
        connection.
        """
        clean = environment.without_connection(environment.for_ansible(Path(sys.executable)))
        # Empty, so that no other configuration file is read.
        configuration = folder / "ansible.cfg"
        configuration.touch()
        link_tree()
        return {**clean, "ANSIBLE_CONFIG": str(configuration)}

    def _environment(self, record: Path, env: Mapping[str, str | None]) -> dict[str, str]:
        wanted: dict[str, str | None] = {
            **self.job_environment(record.parent),
            "ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
            "RECORDER_FILE": str(record),
            "RECORDER_CONTROL": self.simulator.control_url,
            **self.environment,
            **env,
        }
        return {name: value for name, value in wanted.items() if value is not None}


def connection(simulator: Simulator) -> dict[str, str]:
    """Returns the environment variables that lead to a simulator."""
    return {
        "ONTAP_HOSTNAME": simulator.hostname,
        "ONTAP_HTTP_PORT": str(simulator.port),
        "ONTAP_USERNAME": simulator.username,
        "ONTAP_PASSWORD": simulator.password,
        "ONTAP_CA_PATH": str(simulator.ca_path),
    }


def documentation(*plugins: str) -> dict[str, Any]:
    """Returns what ansible-doc knows of plugins."""
    link_tree()
    done = programs.run(
        "ansible-doc",
        ["--json", *plugins],
        environment.for_ansible(Path(sys.executable)),
        Path.cwd(),
        timeout=LONGEST_RUN,
    )
    done.check_returncode()
    return dict(json.loads(done.stdout))


def _written(path: Path, data: Any) -> str:
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return str(path)


def _in_lines(message: Any) -> str:
    """A message as text; debug, assert and fail take a list of lines, too."""
    return "\n".join(map(str, message)) if isinstance(message, list) else str(message)


def _run(line: dict[str, Any], log: list[dict[str, Any]]) -> Run:
    return Run(
        line["name"], line["status"], line["result"], Requests(log[line["before"] : line["after"]]), line["host"]
    )
