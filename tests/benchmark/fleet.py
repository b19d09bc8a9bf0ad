# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the playbooks on a fleet: 200 clusters of 50 SVMs, 20 forks. One process simulates all clusters."""

from __future__ import annotations

import json
import os
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import yaml

from simulator import Control
from tooling import environment
from tooling.running import Failure, end, say

from . import machine
from .callbacks.stopwatch import cpu_seconds
from .clusters import Cluster, clusters, open_controls
from .figures import duration, number
from .playbook import undisturbed
from .report import HEADER, table
from .targets import Target

_API = "/api/security/azure-key-vaults"
#: What a request is for, by method and path. A write names the configuration.
_PURPOSES = {
    ("GET", _API): "configurations",
    ("GET", "/api/security/key-manager-configs"): "settings",
    ("GET", "/api/svm/svms"): "SVMs",
    ("GET", "/api/cluster"): "release",
    ("PATCH", _API): "updates",
}
_FIELDS = "*,state,azure_reachability,ekmip_reachability"
_RECAP = re.compile(r"^\S+ +: ok=(\d+) .*failed=(\d+) +skipped=(\d+)", re.MULTILINE)
_HEALTH_SECONDS, _REPORT_SECONDS, _MEGABYTES = 25.0, 40.0, 400.0


@dataclass(frozen=True)
class Size:
    """The size of a fleet."""

    clusters: int = 200
    svms: int = 50
    forks: int = 20

    @property
    def total(self) -> int:
        """The number of SVMs of all clusters."""
        return self.clusters * self.svms


@dataclass(frozen=True)
class Way:
    """One run of ansible-playbook.

    command: its arguments. purposes: the requests for each cluster, by purpose; C(svms) is one for each SVM. shown: a
    text that the output contains if everything was done. share: one in so many clusters takes part.
    """

    title: str
    command: Sequence[str]
    purposes: Mapping[str, int | str] = field(default_factory=dict)
    shown: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    share: int = 1

    def count_hosts(self, size: Size) -> int:
        """Return how many clusters take part."""
        return max(1, size.clusters // self.share)

    def count_requests(self, size: Size) -> dict[str, int]:
        """Return how many requests each cluster has to get, by purpose."""
        return {name: size.svms if count == "svms" else int(count) for name, count in self.purposes.items()}


HEALTH = Way(
    "`ontap.akv.health`",
    ("ontap.akv.health",),
    {"configurations": 1, "settings": 1},
    "Checked {total} configurations on {clusters} clusters (state, azure, ekmip): no problems.",
)
REPORT = Way(
    "`ontap.akv.report`",
    ("ontap.akv.report", "-e", "akv_report_directory=report"),
    {"configurations": 1, "settings": 1, "SVMs": 1, "release": 1},
    "Wrote {total} configurations of {clusters} clusters to",
)
RECOVER = Way(
    "`ontap.akv.recover --check`",
    ("ontap.akv.recover", "--check", "-e", "akv_hosts=all"),
    {"configurations": 1},
    "nothing to restore; {svms} configurations checked, and no key is missing.",
)
#: Each of its two batches (a canary, then all others) is read, sent, and read again twice: by the module and the check.
#: A quarter of the clusters is enough to know what each takes.
ROTATION = Way(
    "`ontap.akv.rotate_credentials`, a new secret",
    ("ontap.akv.rotate_credentials", "-e", "akv_hosts=part", "-e", "akv_client_id=client1"),
    {"configurations": 7, "updates": "svms"},
    variables={"ONTAP_AKV_CLIENT_SECRET": "benchmark-Secret1"},
    share=4,
)
PEER = Way("`ansible.builtin.uri`, the reads of `health`", ("uri.yml",), {"configurations": 1, "settings": 1})
#: What Ansible itself takes for a task.
_IDLE_TASKS = 3
FLOOR = Way(f"{_IDLE_TASKS} tasks that do nothing", ("floor.yml",))
#: The rotation is the last: it changes the clusters.
WAYS = (HEALTH, REPORT, RECOVER, PEER, FLOOR, ROTATION)


@dataclass(frozen=True)
class Figures:
    """The figures of one way. cpu: seconds of all processes of ansible-playbook. memory: MB, of the largest of them.

    hosts: the number of clusters that took part. tasks: the number of tasks for each of them. requests: the highest
    number for any cluster, by purpose. simulator: CPU seconds of the simulated clusters.
    """

    seconds: float
    cpu: float
    memory: float
    hosts: int
    tasks: int
    requests: Mapping[str, int]
    simulator: float


def measure(collections: Path, folder: Path, size: Size) -> dict[str, Figures]:
    """Return the figures of each way."""
    with clusters(folder / "fleet", size.clusters) as fleet, open_controls(fleet) as controls:
        for control in controls:
            control.seed(size.svms)
        bench = _Bench(collections, folder, fleet, controls, size)
        bench.write_inventory()
        bench.write_plays()
        found: dict[str, Figures] = {}
        for way in WAYS:
            found[way.title] = figures = bench.run(way)
            say(f"  {way.title}: {duration(figures.seconds)}, CPU {duration(figures.cpu)}, {figures.memory:.0f} MB")
    return found


@dataclass(frozen=True)
class _Bench:
    collections: Path
    folder: Path
    fleet: Sequence[Cluster]
    controls: Sequence[Control]
    size: Size

    def write_inventory(self) -> None:
        """Write an inventory whose hosts are the clusters, with the variables of the playbooks."""
        hosts = {
            f"cluster{count:03d}": {
                "akv_hostname": each.hostname,
                "akv_http_port": each.port,
                "akv_username": each.username,
                "akv_password": each.password,
                # Its own, because reading a file with the certificates of the whole fleet takes time.
                "akv_ca_path": str(self.folder / "fleet" / f"cluster{count}" / "ca.pem"),
            }
            for count, each in enumerate(self.fleet, 1)
        }
        part: dict[str, Any] = {"hosts": {name: {} for name in list(hosts)[: ROTATION.count_hosts(self.size)]}}
        content = yaml.safe_dump({"all": {"hosts": hosts, "children": {"part": part}}})
        (self.folder / "fleet.yml").write_text(content, encoding="utf-8")

    def write_plays(self) -> None:
        """Write the plays of the peer and of the tasks that do nothing."""
        url = "https://{{ akv_hostname }}:{{ akv_http_port }}"
        login = {
            "url_username": "{{ akv_username }}",
            "url_password": "{{ akv_password }}",
            "force_basic_auth": True,
            "ca_path": "{{ akv_ca_path }}",
        }
        reads = {
            "Read the configurations": f"{url}{_API}?fields={_FIELDS}",
            "Read the settings": f"{url}/api/security/key-manager-configs?fields=*",
        }
        connection = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        peer = [
            {"name": name, "ansible.builtin.uri": {"url": address, **login}, "register": "answer"}
            for name, address in reads.items()
        ]
        floor = [{"name": f"Task {count}", "ansible.builtin.assert": {"that": True}} for count in range(_IDLE_TASKS)]
        for name, listed in (("uri", peer), ("floor", floor)):
            play = {"name": "Benchmark", "hosts": "all", "gather_facts": False, "vars": connection, "tasks": listed}
            (self.folder / f"{name}.yml").write_text(yaml.safe_dump([play], sort_keys=False), encoding="utf-8")

    def run(self, way: Way) -> Figures:
        """Run it once; everything must have been done."""
        for control in self.controls:
            control.clear_log()
        env = {**undisturbed(environment.for_ansible(Path(sys.executable), self.collections)), **way.variables}
        program = Path(sys.executable).with_name("ansible-playbook")
        command = [str(program), "-i", "fleet.yml", "--forks", str(self.size.forks), *way.command]
        output = self.folder / "playbook.log"
        busy = cpu_seconds(self.fleet[0].pid)
        seconds, code, used = time_program(command, env, output)
        text = output.read_text(encoding="utf-8", errors="replace")
        hosts = way.count_hosts(self.size)
        recap = [(int(ok), int(failed), int(skipped)) for ok, failed, skipped in _RECAP.findall(text)]
        shown = way.shown.format(total=self.size.total, clusters=self.size.clusters, svms=self.size.svms)
        if code or shown not in text or len(recap) != hosts or any(each[1] for each in recap):
            raise Failure(f"{way.title} failed:\n{text[-3000:]}")
        return Figures(
            seconds,
            used.ru_utime + used.ru_stime,
            used.ru_maxrss * 1024 / 1e6,
            hosts,
            # The first host has the tasks that run once, too.
            min(ok + skipped for ok, _failed, skipped in recap),
            count_requests(way, [control.log() for control in self.controls[:hosts]], self.size),
            cpu_seconds(self.fleet[0].pid) - busy,
        )


def time_program(
    command: Sequence[str], env: Mapping[str, str], output: Path
) -> tuple[float, int, resource.struct_rusage]:
    """Run a program in the directory of its output; return how long it lived (s), its exit code and what it used,
    together with all that it waited for. If this is interrupted, the program ends, too.
    """
    with output.open("w", encoding="utf-8") as stream:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=env, cwd=output.parent, stdout=stream, stderr=subprocess.STDOUT)
        try:
            _pid, status, used = os.wait4(process.pid, 0)
        except BaseException:
            end(process)
            raise
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return seconds, process.returncode, used


def count_requests(way: Way, logs: Sequence[Sequence[Mapping[str, Any]]], size: Size) -> dict[str, int]:
    """Return the highest number of requests that any cluster got, by purpose. Raises Failure if one got fewer than
    needed, was asked for anything else, or refused a request.
    """
    needed, most = way.count_requests(size), Counter[str]()
    for log in logs:
        counts = Counter(_find_purpose(entry) for entry in log)
        refused = [entry for entry in log if entry["status"] != 200]
        if refused or set(counts) != set(needed) or any(counts[name] < count for name, count in needed.items()):
            raise Failure(f"{way.title}: a cluster got {dict(counts)} and not {needed}; refused: {refused[:3]}")
        most |= counts
    return dict(most)


def _find_purpose(entry: Mapping[str, Any]) -> str:
    path = str(entry["path"]).partition("?")[0]
    if entry["method"] == "PATCH":
        path = path.rpartition("/")[0]
    return _PURPOSES.get((entry["method"], path), f"{entry['method']} {path}")


def evaluate(found: Mapping[str, Figures], size: Size) -> list[Target]:
    """Return what is to be reached, decided by the figures."""
    memory = max(each.memory for each in found.values())
    goals = [
        *(
            Target(f"{way.title}: time", f"at most {most:.0f} s", duration(seconds), seconds <= most)
            for way, most in ((HEALTH, _HEALTH_SECONDS), (REPORT, _REPORT_SECONDS))
            for seconds in (found[way.title].seconds,)
        ),
        Target("memory of any process", f"at most {_MEGABYTES:.0f} MB", f"{memory:.0f} MB", memory <= _MEGABYTES),
    ]
    for way in (HEALTH, REPORT, RECOVER):
        wanted, counted = way.count_requests(size), found[way.title].requests
        goals.append(
            Target(
                f"{way.title}: queries of a cluster for one purpose",
                "1",
                number(max(counted.values())),
                dict(counted) == wanted,
            )
        )
    return goals


def page(found: Mapping[str, Figures], size: Size, about: Mapping[str, str]) -> str:
    """Return the figures as a page of Markdown."""
    goals = evaluate(found, size)
    targets = ((each.what, each.wanted, each.measured, each.word) for each in goals)
    head = ("", "time", "CPU", "CPU of a host", "memory", "hosts", "tasks of a host", "requests to a cluster")
    rows = [
        (
            title,
            duration(each.seconds),
            duration(each.cpu),
            duration(each.cpu / each.hosts),
            f"{each.memory:.0f} MB",
            str(each.hosts),
            str(each.tasks),
            ", ".join(f"{name} {count}" for name, count in each.requests.items()) or "none",
        )
        for title, each in found.items()
    ]
    return (
        f"{HEADER}# A fleet of {size.clusters} clusters with {size.svms} SVMs each\n\n`make bench ARGS=--fleet`"
        f" measured this in one run of each playbook with {size.forks} forks, without network latency."
        f" The {size.clusters} clusters are the hosts of the inventory. One process on the\nsame machine"
        " simulates all of them, and counts the requests. Time, CPU and memory are those of `ansible-playbook` with all"
        " its processes, from start to end;\nmemory is that of the largest process."
        " Other load on the machine makes times and CPU higher.\n\n"
        f"{table(('', 'target', 'measured', 'result'), targets)}"
        f"\n{table(head, rows)}\n{_explain(found, goals)}\n| | |\n| --- | --- |\n"
        + "".join(f"| {name} | {value} |\n" for name, value in about.items())
    )


def _explain(found: Mapping[str, Figures], goals: Sequence[Target]) -> str:
    """Return where the time goes, and which goals were missed."""
    missed = "; ".join(goal.what for goal in goals if not goal.reached)
    floor, health, peer = (found[way.title].cpu / found[way.title].hosts for way in (FLOOR, HEALTH, PEER))
    each = floor / _IDLE_TASKS
    shares = ", ".join(
        f"{min(1.0, each * figures.tasks * figures.hosts / figures.cpu):.0%} of {way.title}"
        for way in (HEALTH, REPORT, RECOVER, ROTATION)
        for figures in (found[way.title],)
    )
    return (
        (f"**Not reached:** {missed}. The next paragraph says where the time goes.\n\n" if missed else "")
        + "Ansible forks a process for each task of each host. A task that does nothing takes"
        f" {duration(each)} of CPU on each host, so Ansible's own work is\n{shares}.\nThe two reads of `health` take"
        f" {duration(peer)} of CPU on each host as tasks with `uri`, which evaluate nothing; the whole playbook takes"
        f" {duration(health)}.\n"
    )


def publish(collections: Path, folder: Path, target: Path) -> None:
    """Measure, and write the page and the raw figures into a folder."""
    size = Size()
    folder.mkdir(parents=True, exist_ok=True)
    about = {**machine.machine(), **machine.own()}
    found = measure(collections, folder, size)
    target.mkdir(parents=True, exist_ok=True)
    (target / "fleet.md").write_text(page(found, size, about), encoding="utf-8")
    data = {**asdict(size), "machine": about, "ways": {title: asdict(each) for title, each in found.items()}}
    (target / "fleet.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for goal in evaluate(found, size):
        say(f"{goal.word.strip('*'):<13} {goal.what}: wanted {goal.wanted}, measured {goal.measured}")
