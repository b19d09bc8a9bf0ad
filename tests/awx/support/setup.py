# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the playbook awx_setup by the real ansible-playbook with the real modules of awx.awx."""

from __future__ import annotations

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.ontap.akv.tests.awx.support.controller import Controller
from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.integration.support.runner import Job
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from tooling import environment
from tooling.paths import link_tree

#: Runs the playbook as a job of a machine's controller, with variables of the job template and more arguments.
AwxJob = Callable[..., Job]

_CALLBACKS = Path(__file__).resolve().parents[2] / "integration" / "callbacks"
#: Seconds; some sixty modules, each a process.
LONGEST_RUN = 300


@dataclass(frozen=True)
class SetUp:
    """One run. status: that of ansible-playbook. changed: names of the tasks that reported a change. writes:
    requests that could change something.
    """

    status: int
    output: str
    changed: list[str]
    writes: list[str]

    def ok(self) -> SetUp:
        """Returns itself; the run must have succeeded."""
        assert self.status == 0, self.output
        return self


@dataclass
class Machine:
    """Where the playbook runs. collections: folders with collections beside this one. output: all that its runs
    printed.
    """

    controller: Controller
    secrets: Secrets
    folder: Path
    collections: list[Path]
    output: str = field(default="")

    def run(self, variables: Mapping[str, Any], *arguments: str) -> SetUp:
        """Run the playbook with those variables."""
        folder = self.folder / uuid.uuid4().hex
        folder.mkdir(parents=True)
        path = folder / "variables.yml"
        path.write_text(yaml.safe_dump(dict(variables)), encoding="utf-8")
        record = folder / "record"
        before = len(self.controller.writes)
        env = self.environment() | self.controller.environment() | {"RECORDER_FILE": str(record)}
        command = ["-vvv", "--diff", "-e", f"@{path}", *arguments, "ontap.akv.awx_setup"]
        done = programs.run("ansible-playbook", command, env, folder, timeout=LONGEST_RUN)
        recorded = record.read_text(encoding="utf-8") if record.is_file() else ""
        output = done.stdout + done.stderr + recorded
        self.output += output
        assert self.secrets.found_in(output) == []
        lines = [json.loads(line) for line in recorded.splitlines()]
        changed = [line["name"] for line in lines if line.get("result", {}).get("changed")]
        return SetUp(done.returncode, output, changed, self.controller.writes[before:])

    @property
    def collections_path(self) -> str:
        """Where this collection and the others are."""
        return ":".join(map(str, [link_tree(), *self.collections]))

    def job_environment(self) -> dict[str, str]:
        """What a job of the controller has: its execution environment holds the collections, and the credential type
        of the Automation Platform, whose fields for user name and password are empty, sets the connection.
        """
        login = {
            "HOST": self.controller.url,
            "OAUTH_TOKEN": self.controller.token,
            "USERNAME": "",
            "PASSWORD": "",
            "VERIFY_SSL": "False",
        }
        return {
            "ANSIBLE_COLLECTIONS_PATH": self.collections_path,
            **{f"{name}_{field}": value for name in ("CONTROLLER", "TOWER") for field, value in login.items()},
        }

    def environment(self) -> dict[str, str]:
        """The environment of ansible-playbook, with this collection and the others."""
        clean = environment.without_connection(environment.for_ansible(Path(sys.executable)))
        return clean | {
            "ANSIBLE_COLLECTIONS_PATH": self.collections_path,
            "ANSIBLE_CALLBACK_PLUGINS": str(_CALLBACKS),
            "ANSIBLE_CALLBACKS_ENABLED": "recorder",
        }
