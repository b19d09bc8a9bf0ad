# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the inventory plugin: how long Ansible takes to know 10,000 SVMs of 20 clusters, and what that costs."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import yaml

from simulator import Control
from tooling import environment
from tooling.running import Failure, say

from . import machine, memory
from .clusters import Cluster, clusters, open_controls
from .figures import duration, number
from .playbook import undisturbed
from .report import HEADER, table

CLUSTERS, SVMS = 20, 500
_GROUPS = [
    {"key": "akv_cluster", "prefix": "cluster"},
    {"key": "akv.name | ansible.builtin.urlsplit('hostname')", "prefix": "vault"},
]
_LIST = ("ansible-inventory", "--list")


@dataclass(frozen=True)
class Way:
    """One way to read the inventory. cached: whether another run has read it before."""

    title: str
    command: Sequence[str]
    options: Mapping[str, Any]
    cached: bool = False

    @property
    def requests(self) -> int:
        """How many there must be: one for each cluster."""
        return 0 if self.cached else CLUSTERS


WAYS = (
    Way("`ansible-inventory --list`", _LIST, {}),
    Way("`ansible-inventory --graph`", ("ansible-inventory", "--graph"), {}),
    Way("`ansible-playbook --list-hosts`", ("ansible-playbook", "--list-hosts", "play.yml"), {}),
    Way("`ansible-inventory --list`, with the health of each SVM", _LIST, {"health": True}),
    Way("`ansible-inventory --list`, with two `keyed_groups`", _LIST, {"keyed_groups": _GROUPS}),
    Way("`ansible-inventory --list`, from the cache", _LIST, {}, cached=True),
)


@dataclass(frozen=True)
class Figures:
    """What came out for one way. seconds, cpu: one for each round. cpu: seconds of it that a core was busy with.
    peak: MB.
    """

    seconds: Sequence[float]
    cpu: Sequence[float]
    requests: int
    connections: int
    peak: float


def measure(collections: Path, folder: Path, rounds: int, latency: float) -> dict[str, Figures]:
    """Returns the figures of each way. latency: seconds of a round trip."""
    with clusters(folder / "fleet", CLUSTERS) as fleet, open_controls(fleet) as controls:
        for control in controls:
            control.seed(SVMS)
            control.knob(latency=latency)
        bench = _Bench(collections, folder, fleet, controls)
        found = {}
        for way in WAYS:
            found[way.title] = bench.figures(way, rounds)
            say(f"  {way.title}: {duration(median(found[way.title].seconds))}, {found[way.title].peak:.0f} MB")
    return found


@dataclass(frozen=True)
class _Bench:
    collections: Path
    folder: Path
    fleet: Sequence[Cluster]
    controls: Sequence[Control]

    def figures(self, way: Way, rounds: int) -> Figures:
        """All rounds of a way, and one more for the memory, in which no time is taken."""
        source = self._source(way)
        if way.cached:
            self._run(way, source)
        taken = []
        for _round in range(rounds):
            for control in self.controls:
                control.clear_log()
            taken.append(self._run(way, source))
        logs, accepted = (
            [control.log() for control in self.controls],
            sum(control.connections()["accepted"] for control in self.controls),
        )
        if sum(map(len, logs)) != way.requests or any(entry["status"] != 200 for log in logs for entry in log):
            raise Failure(f"{way.title}: {sum(map(len, logs))} requests, and not {way.requests} that were served")
        probe = memory.probe(self.folder)
        self._run(way, source, **probe.variables)
        seconds, cpu = zip(*taken, strict=True)
        return Figures(seconds, cpu, sum(map(len, logs)), accepted, probe.peak_of(way.command[0]))

    def _source(self, way: Way) -> Path:
        """What is common to all clusters once, the rest for each."""
        first = self.fleet[0]
        login = {"username": first.username, "password": first.password, "ca_path": first.ca_path}
        listed = [
            {"hostname": each.hostname, "http_port": each.port, "name": f"cluster{count}"}
            for count, each in enumerate(self.fleet, 1)
        ]
        cache = {
            "cache": way.cached,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(self.folder / "cache"),
        }
        path = self.folder / "fleet.akv.yml"
        path.write_text(
            yaml.safe_dump({"plugin": "ontap.akv.svms", **login, "clusters": listed, **cache, **way.options}),
            encoding="utf-8",
        )
        return path

    def _run(self, way: Way, source: Path, **variables: str) -> tuple[float, float]:
        """Runs it once and returns how long the process lived, and how long it kept a core busy (s); every SVM must
        be there.
        """
        (self.folder / "play.yml").write_text("[{name: All, hosts: all, gather_facts: false}]", encoding="utf-8")
        env = undisturbed(environment.for_ansible(Path(sys.executable), self.collections)) | variables
        command: list[str | Path] = [Path(sys.executable).with_name(way.command[0]), *way.command[1:], "-i", source]
        output = self.folder / "inventory.out"
        with output.open("w", encoding="utf-8") as stream:
            start, busy = time.perf_counter(), _cpu()
            done = subprocess.run(
                command, env=env, cwd=self.folder, stdout=stream, stderr=subprocess.PIPE, text=True, check=False
            )
            taken = time.perf_counter() - start, _cpu() - busy
        wanted = [f"seed{SVMS:05d}@cluster{count}" for count in range(1, CLUSTERS + 1)]
        told = output.read_text(encoding="utf-8")
        if done.returncode or done.stderr or not all(name in told for name in wanted):
            raise Failure(f"{way.title} failed, or not all SVMs are there:\n{done.stderr[-3000:]}")
        return taken


def _cpu() -> float:
    """What the processes that ended have used so far (s)."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def page(found: Mapping[str, Figures], rounds: int, latency_ms: float, about: Mapping[str, str]) -> str:
    """The figures as a page of Markdown."""
    taken = f"{rounds} round{'s' if rounds > 1 else ''}"
    network = f"with a round trip of {latency_ms:g} ms" if latency_ms else "without network latency"
    head = ("", "median", "fastest to slowest", "CPU", "requests", "connections", "peak memory")
    rows = [(title, *_row(each)) for title, each in found.items()]
    return (
        f"{HEADER}# The inventory of {CLUSTERS * SVMS:,} SVMs of {CLUSTERS} clusters\n\n`make bench"
        f" ARGS=--inventory` measured this in {taken} {network}. The time is that of the whole process, including the"
        " start\nof Ansible and its output. The simulated clusters, which share one process on the same machine, count"
        " requests and connections. Memory is\nmeasured in a separate run."
        f"\n\n{table(head, rows)}\nAnsible compiles and evaluates each expression of `compose`, `groups` or"
        " `keyed_groups` for each host, which takes the additional time\nof the row"
        " with two of them.\n\n| | |\n| --- | --- |\n"
        + "".join(f"| {name} | {value} |\n" for name, value in about.items())
    )


def _row(each: Figures) -> Sequence[str]:
    spread = f"{duration(min(each.seconds))} to {duration(max(each.seconds))}"
    costs = (number(each.requests), number(each.connections), f"{each.peak:.0f} MB")
    return (duration(median(each.seconds)), spread, duration(median(each.cpu)), *costs)


def publish(collections: Path, folder: Path, target: Path, rounds: int, latency_ms: float) -> None:
    """Measures, and writes the page and the raw figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**machine.machine(), **machine.versions(collections)}
    found = measure(collections, folder, rounds, latency_ms / 1000)
    target.mkdir(parents=True, exist_ok=True)
    stem = f"inventory-latency-{latency_ms:g}-ms" if latency_ms else "inventory"
    (target / f"{stem}.md").write_text(page(found, rounds, latency_ms, about), encoding="utf-8")
    data = {
        "rounds": rounds,
        "latency_ms": latency_ms,
        "machine": about,
        "ways": {title: asdict(each) for title, each in found.items()},
    }
    (target / f"{stem}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
