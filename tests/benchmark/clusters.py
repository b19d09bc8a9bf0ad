# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Simulated clusters in a process of their own: `python -m benchmark.clusters DIRECTORY NUMBER` is that process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from simulator import Control, Simulator
from tooling.running import Failure, end

#: Seconds that a process of clusters may take to start.
_START = 60


@dataclass(frozen=True)
class Cluster:
    """How to reach one of them. pid: of the process that it shares with the others."""

    hostname: str
    port: int
    username: str
    password: str
    ca_path: str
    control_url: str
    pid: int


@contextmanager
def clusters(folder: Path, number: int = 1) -> Iterator[list[Cluster]]:
    """Start a process of so many clusters; it is stopped however this ends. They trust one bundle, that of all of
    them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about, log = folder / "clusters.json", folder / "clusters.log"
    about.unlink(missing_ok=True)
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmark.clusters", str(folder), str(number)],
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield _started(process, about, log)
        finally:
            end(process)


def _started(process: subprocess.Popen[bytes], about: Path, log: Path) -> list[Cluster]:
    deadline = time.monotonic() + _START
    while not about.is_file():
        if process.poll() is not None or time.monotonic() > deadline:
            raise Failure(f"the simulated clusters did not start:\n{log.read_text(encoding='utf-8')}")
        time.sleep(0.05)
    return [Cluster(**described) for described in json.loads(about.read_text(encoding="utf-8"))]


def _serve(folder: Path, number: int) -> None:
    """Run the clusters until told to end, or until the process that wanted them is gone."""
    parent, ended = os.getppid(), threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    with ExitStack() as stack:
        running = [
            stack.enter_context(Simulator(directory=folder / f"cluster{count}")) for count in range(1, number + 1)
        ]
        bundle = folder / "ca.pem"
        bundle.write_text(
            "".join(Path(str(each.ca_path)).read_text(encoding="ascii") for each in running), encoding="ascii"
        )
        described = [asdict(_described(each, bundle)) for each in running]
        part = folder / "clusters.part"
        part.write_text(json.dumps(described), encoding="utf-8")
        part.replace(folder / "clusters.json")
        while not ended.wait(0.5) and os.getppid() == parent:
            pass


def _described(running: Simulator, bundle: Path) -> Cluster:
    return Cluster(
        running.hostname,
        running.port,
        running.username,
        running.password,
        str(bundle),
        running.control_url,
        os.getpid(),
    )


@contextmanager
def open_controls(fleet: Sequence[Cluster]) -> Iterator[list[Control]]:
    """Yield the controls of the clusters, and close them at the end."""
    controls = [Control(cluster.control_url) for cluster in fleet]
    try:
        yield controls
    finally:
        for control in controls:
            control.close()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]), int(sys.argv[2]))
