# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the cases: round after round, in each every contender once, and each round in another order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from statistics import median
from typing import Any

from simulator import Control
from tooling import environment
from tooling.running import Failure, say

from . import memory
from .callbacks.stopwatch import cpu_seconds
from .cases import VENDOR, Case, Contender
from .clusters import Cluster
from .figures import Results, Sample, Series
from .playbook import Ansible, named, undisturbed


@dataclass
class Bench:
    """One run. one: the cluster of most cases. many: those of the cases that are about forks."""

    ansible: Ansible
    one: Cluster
    many: Sequence[Cluster]
    rounds: int
    latency: float
    results: Results = field(default_factory=dict)

    def playbook_start(self) -> float:
        """The median of what an ansible-playbook takes that has nothing to do (s)."""
        return median(self.ansible.run([], [self.one]) for _round in range(self.rounds))

    def run(self, case: Case) -> None:
        """All rounds of a case."""
        samples: dict[str, list[Sample]] = {contender.name: [] for contender in case.contenders}
        for number in range(self.rounds):
            taking_part = [each for each in _rotated(case.contenders, number) if number < (each.rounds or self.rounds)]
            for name, sample in self._round(case, taking_part):
                samples[name].append(sample)
            say(
                f"  {case.name}, round {number + 1}: "
                + ", ".join(f"{name} {taken[-1].seconds:.2f} s" for name, taken in samples.items())
            )
        self.results[case.name] = {
            each.name: Series(samples[each.name], case.times(each), each.note) for each in case.contenders
        }

    def _round(self, case: Case, contenders: Sequence[Contender]) -> Iterable[tuple[str, Sample]]:
        if case.name.startswith("clusters"):
            return [(each.name, self._hosts(case, each)) for each in contenders]
        vendor = [each for each in contenders if each.name == VENDOR]
        playing = [each for each in contenders if each.name != VENDOR]
        # Before the play or after it, as the order of this round has it.
        if contenders[0] in vendor:
            return [*((each.name, self._vendor(case, each)) for each in vendor), *self._play(case, playing)]
        return [*self._play(case, playing), *((each.name, self._vendor(case, each)) for each in vendor)]

    def _play(self, case: Case, contenders: Sequence[Contender]) -> list[tuple[str, Sample]]:
        lines = self.ansible.timed(case, contenders, self.one, self.latency)
        samples = []
        for contender in contenders:
            own = [line for line in lines if line["measure"] == contender.name]
            judge(case, contender, [request for line in own for request in line["requests"]], _all_jobs(own))
            samples.append((contender.name, _sum(own)))
        return samples

    def _vendor(self, case: Case, contender: Contender) -> Sample:
        """The vendor's client, in a process of its own from its start to its end."""
        control = Control(self.one.control_url)
        _prepare(control, case, self.latency)
        busy, start = cpu_seconds(self.one.pid), time.perf_counter()
        printed = run_vendor(case, contender, self.one)
        seconds, busy = time.perf_counter() - start, cpu_seconds(self.one.pid) - busy
        log, accepted = control.log(), control.connections()["accepted"]
        judge(
            case,
            contender,
            [[entry["method"], entry["path"], entry["status"]] for entry in log],
            Counter(job["state"] for job in control.jobs()),
        )
        control.close()
        repeated = case.times(contender)
        # The import is needed once however many SVMs there are.
        whole = seconds + printed["work"] * (repeated - 1)
        parts = {"import": printed["import"], "work": printed["work"] * repeated}
        return Sample(whole, len(log) * repeated, accepted, None, busy * repeated, parts)

    def _hosts(self, case: Case, contender: Contender) -> Sample:
        """A play on all clusters; the time of the whole process."""
        controls = [Control(cluster.control_url) for cluster in self.many]
        for control in controls:
            _prepare(control, case, self.latency)
        busy = cpu_seconds(self.many[0].pid)
        seconds = self.ansible.run(named(case, contender), self.many, "--forks", str(case.forks))
        busy = cpu_seconds(self.many[0].pid) - busy
        logs, accepted = (
            [control.log() for control in controls],
            sum(control.connections()["accepted"] for control in controls),
        )
        for control, log in zip(controls, logs, strict=True):
            judge(case, contender, [[entry["method"], entry["path"], entry["status"]] for entry in log], Counter())
            control.close()
        return Sample(seconds, sum(map(len, logs)), accepted, None, busy)

    def peaks(self, case: Case) -> dict[str, float]:
        """The most memory (MB) that each contender of a case took, each in a run of its own in which no time is
        taken.
        """
        peaks = {}
        for contender in case.contenders:
            control = Control(self.one.control_url)
            _prepare(control, case, self.latency)
            control.close()
            probe = memory.probe(self.ansible.folder)
            if contender.name == VENDOR:
                run_vendor(case, contender, self.one, probe.variables)
            else:
                self.ansible.run(named(case, contender), [self.one], **probe.variables)
            peaks[contender.name] = probe.peak(contender.name)
        return peaks


def _rotated(contenders: Sequence[Contender], number: int) -> list[Contender]:
    first = number % len(contenders)
    return [*contenders[first:], *contenders[:first]]


def _prepare(control: Control, case: Case, latency: float) -> None:
    for command, arguments in case.before(latency):
        control.call(command, **arguments)
    control.clear_log()


def run_vendor(
    case: Case, contender: Contender, cluster: Cluster, variables: dict[str, str] | None = None
) -> dict[str, float]:
    """Run the script of the vendor's client and return what it printed."""
    env = undisturbed(environment.for_tools(Path(sys.executable))) | {
        "ONTAP_HOSTNAME": cluster.hostname,
        "ONTAP_HTTP_PORT": str(cluster.port),
        "ONTAP_USERNAME": cluster.username,
        "ONTAP_PASSWORD": cluster.password,
        "REQUESTS_CA_BUNDLE": cluster.ca_path,
    }
    if variables:
        env |= variables | {"PYTHONPATH": os.pathsep.join([variables["PYTHONPATH"], env["PYTHONPATH"]])}
    command = [sys.executable, "-m", "benchmark.vendor", case.name.partition("-")[0]]
    done = subprocess.run(
        command, input="\n".join(case.targets(contender)), env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Failure(f"the vendor's client failed:\n{done.stderr[-3000:]}")
    return dict(json.loads(done.stdout))


def _all_jobs(lines: Sequence[dict[str, Any]]) -> Counter[str]:
    jobs: Counter[str] = Counter()
    for line in lines:
        jobs.update(line["jobs"])
    return jobs


def _sum(lines: Sequence[dict[str, Any]]) -> Sample:
    """The figures of all tasks of a contender; a loop over a sample of the SVMs counts for all."""

    def total(figure: str) -> float:
        return float(sum(line[figure] * line["times"] for line in lines))

    requests = sum(len(line["requests"]) * line["times"] for line in lines)
    return Sample(
        total("seconds"), requests, int(total("connections")), int(total("starts")), total("simulator_seconds")
    )


def judge(case: Case, contender: Contender, requests: Sequence[Sequence[Any]], jobs: Counter[str]) -> None:
    """No figure counts unless the work was done: every request was served, all writes arrived, all jobs succeeded."""
    refused = [request for request in requests if not 200 <= request[2] < 300]
    if refused or not requests:
        raise Failure(f"{case.name}, {contender.name}: refused or missing requests: {refused[:3]}")
    done = sum(_is_write(case, method, path) for method, path, _status in requests)
    wanted = case.writes(contender)
    if done != wanted:
        raise Failure(f"{case.name}, {contender.name}: {done} requests changed something, and not {wanted}")
    if set(jobs) - {"success"}:
        raise Failure(f"{case.name}, {contender.name}: jobs ended as {dict(jobs)}")


def _is_write(case: Case, method: str, path: str) -> bool:
    return method != "GET" if case.write is None else fnmatchcase(f"{method} {path}", f"{case.write}*")
