# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the event source: what it takes to watch 500 clusters of 20 SVMs in one process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from simulator import Control
from tooling import environment
from tooling.paths import ROOT
from tooling.running import Failure, say

from . import machine
from .clusters import Cluster, clusters
from .playbook import undisturbed
from .report import HEADER, table

CLUSTERS, SVMS = 500, 20
#: Seconds: between two looks, and a window in which they are counted.
INTERVAL, WINDOW = 10, 20
_NEVER = 7 * 86400

#: What is done at each interval, and the options for it.
WAYS: Mapping[str, Mapping[str, Any]] = {
    "read the configurations": {"interval": INTERVAL, "health_interval": _NEVER},
    "read them with all three checks": {"interval": INTERVAL, "health_interval": INTERVAL},
    "read the event log": {
        "interval": _NEVER,
        "health_interval": _NEVER,
        "ems": True,
        "ems_interval": INTERVAL,
    },
}


@dataclass(frozen=True)
class Figures:
    """What came out for one way, for each window. cpu: seconds of a core. memory: MB. late: s by which anything else
    in the loop was served late.
    """

    requests: Sequence[int]
    cpu: Sequence[float]
    memory: Sequence[float]
    late: Sequence[float]
    connections: int

    @property
    def each(self) -> float:
        """Milliseconds of a core for one request and what is made of its answer."""
        return 1000 * median(cpu / max(1, requests) for cpu, requests in zip(self.cpu, self.requests, strict=True))


def measure(collections: Path, folder: Path, rounds: int) -> dict[str, Figures]:
    """Returns the figures of each way; one simulated cluster stands for all of them."""
    with clusters(folder / "watched") as (cluster,):
        control = Control(cluster.control_url)
        control.seed(SVMS)
        found = {}
        for title, options in WAYS.items():
            found[title] = _watched(cluster, control, collections, options, rounds)
            say(f"  {title}: {found[title].each:.2f} ms of a core, {max(found[title].memory):.0f} MB")
        control.close()
    return found


def _watched(cluster: Cluster, control: Control, collections: Path, options: Mapping[str, Any], rounds: int) -> Figures:
    listed = [
        {"hostname": cluster.hostname, "http_port": cluster.port, "name": f"cluster{count}"}
        for count in range(1, CLUSTERS + 1)
    ]
    login = {"username": cluster.username, "password": cluster.password, "ca_path": str(cluster.ca_path)}
    env = undisturbed(environment.for_ansible(Path(sys.executable), collections)) | {
        "PYTHONPATH": f"{ROOT / 'tests'}:{collections}"
    }
    command = [
        sys.executable,
        "-m",
        "benchmark.watch",
        json.dumps({**login, "clusters": listed, **options}),
        str(WINDOW),
    ]
    control.clear_log()
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told, requests = [], []
        for _window in range(rounds + 1):
            line = process.stdout.readline()
            if not line:
                raise Failure("the event source ended by itself")
            told.append(json.loads(line))
            requests.append(len(control.log()))
        process.terminate()
    if told[-1]["events"]:
        raise Failure("something was told of clusters in which nothing happened")
    counted = [after - before for before, after in pairwise(requests)]
    values = {name: [each[name] for each in told[1:]] for name in ("cpu", "memory", "late")}
    return Figures(counted, connections=control.connections()["accepted"], **values)


def page(found: Mapping[str, Figures], rounds: int, about: Mapping[str, str]) -> str:
    """The figures as a page of Markdown."""
    head = (
        "at each interval",
        f"requests in {WINDOW} s",
        "wanted",
        "CPU of a request",
        "of a core",
        "memory",
        "loop late, at most",
        "connections",
    )
    wanted = CLUSTERS * WINDOW // INTERVAL
    rows = [
        (
            title,
            " ".join(map(str, each.requests)),
            str(wanted),
            f"{each.each:.2f} ms",
            f"{100 * median(each.cpu) / WINDOW:.0f}%",
            f"{max(each.memory):.0f} MB",
            f"{1000 * max(each.late):.0f} ms",
            str(each.connections),
        )
        for title, each in found.items()
    ]
    plain, expensive = (
        next(found[title].each for title in found if word in title) for word in ("the configurations", "checks")
    )
    usual = CLUSTERS * (plain * (1 / 60 - 1 / 300) + expensive / 300) / 10
    return (
        f"{HEADER}# Watching {CLUSTERS} clusters of {SVMS} SVMs\n\n`make bench ARGS=--eda` measured the event source"
        f" `ontap.akv.akv_health` in a separate process, without ansible-rulebook: {rounds} windows of\n{WINDOW} s"
        f" for each row, with an interval of {INTERVAL} s and a jitter of 0.1 (an interval is up to a tenth shorter, so"
        " there are more\nrequests than expected). One simulated cluster, in another process on the same"
        " machine, responds for all of them; nothing changes in it.\nMemory is that of the whole process, including"
        f" Python and the libraries.\n\n{table(head, rows)}\nWith the default intervals of the event source"
        f" (60 s, 300 s) this is {usual:.1f}% of a core. Each cluster has one kept-alive connection.\n\n"
        "| | |\n| --- | --- |\n" + "".join(f"| {name} | {value} |\n" for name, value in about.items())
    )


def publish(collections: Path, folder: Path, target: Path, rounds: int) -> None:
    """Measures, and writes the page and the raw figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    about = {**machine.machine(), **machine.own()}
    found = measure(collections, folder, rounds)
    target.mkdir(parents=True, exist_ok=True)
    (target / "eda.md").write_text(page(found, rounds, about), encoding="utf-8")
    data = {"rounds": rounds, "machine": about, "ways": {title: asdict(each) for title, each in found.items()}}
    (target / "eda.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
