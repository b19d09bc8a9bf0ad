# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes playbooks and runs them with ansible-playbook: one run for a round of a case, or one for each contender."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from tooling import environment
from tooling.running import Failure

from .cases import Case, Contender
from .clusters import Cluster

#: Leave out the connection settings of this machine, which must not decide what is measured.
undisturbed = environment.without_connection
_HERE = Path(__file__).parent
_API = "/api/security/azure-key-vaults"
#: Every contender is told in its own way how to reach the cluster, once, as users do.
_LOGIN = {
    "hostname": "{{ cluster.hostname }}",
    "http_port": "{{ cluster.port }}",
    "username": "{{ cluster.username }}",
    "password": "{{ cluster.password }}",
}
_DEFAULTS: dict[str, dict[str, Any]] = {
    "group/ontap.akv.akv": {**_LOGIN, "ca_path": "{{ cluster.ca_path }}"},
    "group/netapp.ontap.netapp_ontap": {**_LOGIN, "https": True, "validate_certs": True, "use_rest": "always"},
    "ansible.builtin.uri": {
        "url_username": "{{ cluster.username }}",
        "url_password": "{{ cluster.password }}",
        "force_basic_auth": True,
        "ca_path": "{{ cluster.ca_path }}",
    },
}
_PLAY = {"hosts": "all", "gather_facts": False, "module_defaults": _DEFAULTS}


@dataclass(frozen=True)
class Ansible:
    """ansible-playbook with one place of collections beside those of the package `ansible`."""

    collections: Path
    folder: Path

    def run(
        self, tasks: Sequence[Mapping[str, Any]], hosts: Sequence[Cluster], *options: str, **variables: str
    ) -> float:
        """Run a play of these tasks on hosts that are clusters, and return how long the process lived (s)."""
        playbook, log = self.folder / "playbook.yml", self.folder / "playbook.log"
        playbook.write_text(
            yaml.safe_dump([{"name": "Benchmark", **_PLAY, "tasks": list(tasks)}], sort_keys=False), encoding="utf-8"
        )
        command: list[str | Path] = [
            Path(sys.executable).with_name("ansible-playbook"),
            "-i",
            self._inventory(hosts),
            *options,
            playbook,
        ]
        with log.open("w", encoding="utf-8") as output:
            start = time.perf_counter()
            done = subprocess.run(
                command,
                env=self._environment(hosts[0]) | variables,
                cwd=self.folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            seconds = time.perf_counter() - start
        if done.returncode:
            raise Failure(f"a playbook failed:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")
        return seconds

    def _inventory(self, hosts: Sequence[Cluster]) -> Path:
        path = self.folder / "inventory.yml"
        entries = {
            f"cluster{number}": {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "api": f"https://{cluster.hostname}:{cluster.port}{_API}",
                "cluster": {
                    name: getattr(cluster, name) for name in ("hostname", "port", "username", "password", "ca_path")
                },
            }
            for number, cluster in enumerate(hosts, 1)
        }
        path.write_text(yaml.safe_dump({"all": {"hosts": entries}}), encoding="utf-8")
        return path

    def _environment(self, cluster: Cluster) -> dict[str, str]:
        env = undisturbed(environment.for_ansible(Path(sys.executable), self.collections))
        # netapp.ontap comes with the package `ansible`; it finds its certificate authorities by this variable.
        return env | {"ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "true", "REQUESTS_CA_BUNDLE": cluster.ca_path}

    def timed(
        self, case: Case, contenders: Sequence[Contender], cluster: Cluster, latency: float
    ) -> list[dict[str, Any]]:
        """Run the tasks of these contenders in one play, after a warm-up, and return what the stopwatch wrote of
        each task.
        """
        plan: dict[str, Any] = {}
        tasks: list[dict[str, Any]] = []
        for of, contender in [*((case.small(), each) for each in contenders), *((case, each) for each in contenders)]:
            tasks += _tasks(of, contender, plan, latency=latency, measured=of is case)
        return self.recorded(tasks, plan, cluster)

    def recorded(
        self, tasks: Sequence[Mapping[str, Any]], plan: Mapping[str, Any], cluster: Cluster
    ) -> list[dict[str, Any]]:
        """Run tasks in one play and return what the stopwatch wrote. plan: name of a task -> how it is measured."""
        record, plan_file = self.folder / "record", self.folder / "plan.json"
        record.unlink(missing_ok=True)
        whole = {"control": _address(cluster.control_url), "pid": cluster.pid, "tasks": plan}
        plan_file.write_text(json.dumps(whole), encoding="utf-8")
        self.run(
            tasks,
            [cluster],
            ANSIBLE_CALLBACK_PLUGINS=str(_HERE / "callbacks"),
            ANSIBLE_CALLBACKS_ENABLED="stopwatch",
            BENCHMARK_PLAN=str(plan_file),
            BENCHMARK_RECORD=str(record),
        )
        return [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]


def _address(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return str(parts.hostname), int(parts.port or 80)


def _tasks(
    case: Case, contender: Contender, plan: dict[str, Any], *, latency: float, measured: bool
) -> Iterator[dict[str, Any]]:
    """The tasks of one contender, with names that are in the plan. The state is made before the first of them."""
    for number, task in enumerate(named(case, contender)):
        name = f"{'timed' if measured else 'warm-up'}, {contender.name}, task {number + 1}"
        plan[name] = {
            "measure": contender.name if measured else None,
            "times": case.times(contender) if "loop" in task else 1,
            "before": [] if number else case.before(latency),
        }
        yield {"name": name, **task}
    if measured and contender.check:
        yield {
            "name": f"check, {contender.name}",
            "ansible.builtin.assert": {"that": contender.check},
            "vars": {"count": case.count},
        }


def named(case: Case, contender: Contender) -> list[dict[str, Any]]:
    """The tasks with the variables that they mention."""
    variables = {"svms": case.svms, "targets": case.targets(contender), "secret": "benchmark-Secret1"}
    mentioned = [
        {name: value for name, value in variables.items() if name in yaml.safe_dump(task)} for task in contender.tasks
    ]
    return [
        {**task, "vars": {**task.get("vars", {}), **more}}
        for task, more in zip(contender.tasks, mentioned, strict=True)
    ]
