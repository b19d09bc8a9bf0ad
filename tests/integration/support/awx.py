# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs jobs and inventory updates as AWX 24.6 does (RunJob, RunInventoryUpdate, AWXReceptorJob in its sources).

The control node makes a private data directory and sends it as a stream, with the environment of the job, to an
ansible-runner worker, in a container there and in another folder here. Events, states and artifacts come back as a
stream.
"""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ansible_runner
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.runner import Job
from tooling.paths import ROOT

#: The project that users copy; its playbooks are one line each.
PROJECT = ROOT / "docs" / "project"
#: What AWX sets for every job, and what it adds for an inventory update.
_SETTINGS = {
    "ANSIBLE_FORCE_COLOR": "True",
    "ANSIBLE_HOST_KEY_CHECKING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
    "ANSIBLE_PARAMIKO_RECORD_HOST_KEYS": "False",
    "ANSIBLE_RETRY_FILES_ENABLED": "False",
    "AWX_HOST": "https://awx.example.com",
    "INVENTORY_ID": "2",
    "MAX_EVENT_RES": "700000",
    "PROJECT_REVISION": "0" * 40,
}
_UPDATE = {
    "ANSIBLE_HOST_PATTERN_MISMATCH": "error",
    "ANSIBLE_INVENTORY_EXPORT": "True",
    "ANSIBLE_VERBOSE_TO_STDERR": "True",
    "INVENTORY_SOURCE_ID": "3",
}
_PROMPTS = {r"Password:\s*?$": "", r"Vault password:\s*?$": ""}


class _Answers(yaml.SafeDumper):
    """Writes what someone answered: none of it is a template."""


_Answers.add_representer(str, lambda dumper, text: dumper.represent_scalar("!unsafe", text))


@dataclass(frozen=True)
class Started:
    """A job that a worker runs. parameters: what both sides receive. hidden: the variables of the environment that
    AWX shows without values.
    """

    process: subprocess.Popen[bytes]
    ansible: Ansible
    parameters: dict[str, Any]
    runner: Path
    hidden: frozenset[str]

    def cancel(self) -> None:
        """Cancels it as AWX does: the worker is told to end."""
        self.process.send_signal(signal.SIGTERM)

    def end(self) -> Job:
        """Waits for the end; nothing that AWX keeps, nor anything else that the job left in the container, may hold
        a secret.
        """
        self.process.wait(timeout=LONGEST_RUN)
        events: list[dict[str, Any]] = []
        states: list[dict[str, Any]] = []
        with self.runner.with_suffix(".out").open("rb") as stream:
            result = ansible_runner.run(
                streamer="process",
                quiet=True,
                _input=stream,
                event_handler=events.append,
                status_handler=lambda state, **_config: states.append(state),
                cancel_callback=lambda: False,
                **self.parameters,
            )
        text = (
            json.dumps([events, [self._shown(state) for state in states]])
            + self._files()
            + self.runner.with_suffix(".err").read_text(encoding="utf-8")
        )
        self.ansible.output += text
        assert self.ansible.secrets.found_in(text) == []
        return Job(text, events, Requests(self.ansible.simulator.control.log()), result.status)

    def _shown(self, state: Mapping[str, Any]) -> dict[str, Any]:
        """A state as AWX keeps it: with command and environment, in which it replaces what came from secret fields
        of credentials.
        """
        return {
            **state,
            "env": {name: value for name, value in state.get("env", {}).items() if name not in self.hidden},
        }

    def _files(self) -> str:
        """All files that the job left: not those of AWX itself, nor the one in which ansible-runner writes down its
        environment.
        """
        left = [
            path
            for path in sorted(self.runner.rglob("*"))
            if path.is_file() and path.parent != self.runner / "env" and path.name != "command"
        ]
        return "".join(f"{path}\n{path.read_text(encoding='utf-8')}" for path in left)


@dataclass
class Awx:
    """An AWX. env: what credentials give to the environment; files: variable -> what the file holds that it names.
    An empty field is an empty text.
    """

    ansible: Ansible
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    started: list[Started] = field(default_factory=list)

    def job(self, playbook: str, hosts: Mapping[str, Mapping[str, Any]], *arguments: str, **keywords: Any) -> Job:
        """Runs a playbook of the project on hosts to its end; see launch()."""
        return self.launch(playbook, hosts, *arguments, **keywords).end()

    def launch(
        self, playbook: str, hosts: Mapping[str, Mapping[str, Any]], *arguments: str, **keywords: Any
    ) -> Started:
        """Starts a playbook of the project on hosts; see laid_out()."""
        node = self.laid_out(hosts, *arguments, **keywords)
        env = {"JOB_ID": str(len(self.started) + 1)}
        return self._start(node, env, playbook=f"playbooks/{playbook}.yml", inventory="hosts", passwords=_PROMPTS)

    def laid_out(
        self,
        hosts: Mapping[str, Mapping[str, Any]],
        *arguments: str,
        variables: Mapping[str, Any] | None = None,
        **answers: Any,
    ) -> Path:
        """Makes the private data directory of a job. arguments: more of them. variables: of the job template.
        answers: to its survey.
        """
        node = self._node()
        for name, data, mode in (
            ("inventory/hosts", _inventory(hosts), 0o700),
            ("env/cmdline", shlex.join(["-u", "root", *arguments]), 0o600),
            ("env/extravars", _extravars(variables or {}, {**answers, "awx_job_id": len(self.started) + 1}), 0o600),
        ):
            written(node / name, data, mode)
        return node

    def alone(self, hosts: Mapping[str, Mapping[str, Any]], *arguments: str, **keywords: Any) -> Path:
        """Makes a private data directory for ansible-runner without an AWX: the environment is a file in it, too."""
        node = self.laid_out(hosts, *arguments, **keywords)
        env = {**self._paths(node), **self.env, **self._injected(node, node)}
        written(node / "env" / "envvars", yaml.safe_dump(env), 0o600)
        return node

    def update(self, source: Mapping[str, Any]) -> tuple[Job, dict[str, dict[str, Any]]]:
        """Updates the inventory from a source, which is a file of the project. Returns the hosts with their
        variables, too.
        """
        node = self._node()
        ident = str(len(self.started) + 1)
        written(node / "project" / "inventory" / "akv.yml", yaml.safe_dump(dict(source)), 0o644)
        runner = self._runner(ident)
        output = f"artifacts/{ident}/output.json"
        command = [
            "ansible-inventory",
            "--list",
            "--export",
            "-i",
            f"{runner}/project/inventory/akv.yml",
            "--output",
            f"{runner}/{output}",
        ]
        written(node / "args", " ".join([*command, "--playbook-dir", f"{runner}/project/inventory", "-vvvvv"]), 0o600)
        job = self._start(node, {**_UPDATE, "INVENTORY_UPDATE_ID": ident}).end()
        path = node / output
        return job, json.loads(path.read_text(encoding="utf-8"))["_meta"]["hostvars"] if path.is_file() else {}

    def end(self) -> None:
        """Ends what still runs."""
        for job in self.started:
            job.process.kill()
            job.process.wait()

    def _runner(self, ident: str) -> Path:
        """The private data directory as the job sees it."""
        return self.folder / ident / "runner"

    def _node(self) -> Path:
        """A private data directory on the control node, with a copy of the project."""
        node = self._runner(str(len(self.started) + 1)).with_name("awx")
        (node / "cp").mkdir(parents=True)
        shutil.copytree(PROJECT, node / "project")
        written(
            node / "env" / "settings",
            json.dumps({"job_timeout": 0, "suppress_ansible_output": True, "suppress_output_file": True}),
            0o600,
        )
        return node

    def _start(self, node: Path, env: Mapping[str, str], **parameters: Any) -> Started:
        """Sends a private data directory to a worker."""
        ident = str(len(self.started) + 1)
        runner = self._runner(ident)
        envvars = {**_SETTINGS, **self._paths(runner), **env, **self.env, **self._injected(node, runner)}
        told = {
            "ident": ident,
            "private_data_dir": str(node),
            "suppress_env_files": True,
            "fact_cache_type": "jsonfile",
            "envvars": envvars,
            **parameters,
        }
        sent = runner.with_suffix(".in")
        with sent.open("wb") as stream:
            ansible_runner.run(streamer="transmit", _output=stream, cancel_callback=lambda: False, **told)
        with (
            sent.open("rb") as read,
            runner.with_suffix(".out").open("wb") as back,
            runner.with_suffix(".err").open("wb") as errors,
        ):
            process = subprocess.Popen(
                [program("ansible-runner"), "worker", f"--private-data-dir={runner}"],
                env=self.ansible.job_environment(runner.parent),
                cwd=runner.parent,
                stdin=read,
                stdout=back,
                stderr=errors,
            )
        job = Started(process, self.ansible, told, runner, frozenset({*self.env, *self.files}))
        self.started.append(job)
        return job

    def _paths(self, runner: Path) -> dict[str, str]:
        """Where roles and collections are: below the private data directory, or in the execution environment."""
        path = self.ansible.job_environment(runner.parent)["ANSIBLE_COLLECTIONS_PATH"]
        collections = f"{runner}/requirements_collections:{path}"
        return {
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "ANSIBLE_ROLES_PATH": f"{runner}/requirements_roles",
            "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{runner}/cp",
            "AWX_PRIVATE_DATA_DIR": str(runner),
        }

    def _injected(self, node: Path, runner: Path) -> dict[str, str]:
        """Writes the files of the credentials; one whose field is empty is there all the same."""
        for name, data in self.files.items():
            written(node / "env" / f"tmp{name.lower()}", data, 0o600)
        return {name: f"{runner}/env/tmp{name.lower()}" for name in self.files}


def written(path: Path, data: str, mode: int) -> None:
    """Writes a file, with this mode from the beginning."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=mode)
    path.write_text(data, encoding="utf-8")


def sliced(hosts: Mapping[str, Mapping[str, Any]], count: int) -> list[dict[str, Mapping[str, Any]]]:
    """Returns the slices that AWX makes of an inventory: each gets every so-manieth host by name."""
    names = sorted(hosts)
    return [{name: hosts[name] for name in names[number::count]} for number in range(count)]


def _inventory(hosts: Mapping[str, Mapping[str, Any]]) -> str:
    """A script, as AWX writes it."""
    shown = {
        name: {**variables, "remote_tower_enabled": "true", "remote_tower_id": number}
        for number, (name, variables) in enumerate(hosts.items(), 1)
    }
    data = json.dumps({"all": {"hosts": list(hosts)}, "_meta": {"hostvars": shown}})
    return f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({data!r})\n"


def _extravars(variables: Mapping[str, Any], answers: Mapping[str, Any]) -> str:
    """Variables of the job template may be templates, answers are none."""
    return (yaml.safe_dump(dict(variables)) if variables else "") + yaml.dump(dict(answers), Dumper=_Answers)
