# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a module over real HTTPS against a cluster with some temperaments.

A pause takes no real time: it advances the clock of the cluster.
"""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from chaos.run import execute
from simulator import Control, Simulator
from simulator.temperaments import knobs_of
from temperaments.cases import CLUSTER, SVMS, Case

#: The cluster returns 202 at once, or (if jobs take no time) the result of the work: nothing depends on real time.
_AT_ONCE = 0.001


@dataclass(frozen=True)
class Circumstances:
    """Circumstances of a task besides its case: temperaments, the release, duration of jobs (0: they end in time)."""

    temperaments: tuple[str, ...] = ()
    version: str = "9.11.1"
    job_seconds: float = 0.0
    concurrency: int = 3
    #: Owner whose configuration has no readable status with one of these temperaments; None: any owner.
    unreadable: str | None = None

    @property
    def knobs(self) -> dict[str, Any]:
        """Return the knobs of the temperaments."""
        return knobs_of(self.temperaments)

    def __str__(self) -> str:
        return (
            f"ONTAP {self.version}, {' + '.join(self.temperaments) or 'no temperament'}, jobs of {self.job_seconds} s"
        )

    def hides_status(self, owner: str) -> bool:
        """Whether the status of a configuration cannot be read."""
        return "status_error" in self.knobs and self.unreadable in (None, owner)


@dataclass
class Ran:
    """What a module reported, and what happened. before, after: the state of each owner in the simulator."""

    case: Case
    circumstances: Circumstances
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    report: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    traceback: str | None = None
    seconds: float = 0.0


class SharedClock:
    """A common clock for client and cluster: a pause of the client advances the cluster too, and takes no real time."""

    def __init__(self, sim: Simulator) -> None:
        self._control = Control(sim.control_url)
        self._lock = threading.Lock()
        self._skipped = 0.0

    @property
    def clock(self) -> Clock:
        """Return a clock for the collection."""
        return Clock(self.monotonic, self.sleep, lambda: time.time() + self._skipped, lambda _low, high: high)

    def monotonic(self) -> float:
        """Return seconds; only differences are meaningful."""
        return time.monotonic() + self._skipped

    def sleep(self, seconds: float) -> None:
        """Advance the time."""
        with self._lock:
            self._skipped += seconds
            self._control.advance(seconds)

    def close(self) -> None:
        """Close the connection to the simulator."""
        self._control.close()


def run(sim: Simulator, case: Case, circumstances: Circumstances) -> Ran:
    """Run a task and wait until all work has ended."""
    case.prepare(sim, circumstances.version)
    sim.control.jobs(seconds=circumstances.job_seconds)
    sim.control.knob(longest_return_timeout=_AT_ONCE, status_error_svm=circumstances.unreadable, **circumstances.knobs)
    ran = Ran(case, circumstances, before=owners(sim))
    sim.control.clear_log()
    shared = SharedClock(sim)
    start = shared.monotonic()
    transport = functools.partial(Transport, clock=shared.clock)
    params = case.params(sim) | ({} if case.reads else {"concurrency": circumstances.concurrency})
    with mock.patch.object(task, "Transport", transport):
        execute(case.module, params, ran)
    ran.seconds = shared.monotonic() - start
    shared.close()
    ran.log = sim.control.log()
    sim.control.advance(1000)
    ran.after = owners(sim)
    return ran


def owners(sim: Simulator) -> dict[str, Any]:
    """Return the state of each owner in the simulator, with its configurations by name."""
    state = sim.control.state()
    found = {name: state["svms"][name] for name in SVMS} | {CLUSTER: state["cluster"]}
    for owner in found.values():
        enabled, others = owner.pop("configuration"), owner.pop("inactive")
        owner["configurations"] = {**others, **({enabled["configuration"]: enabled} if enabled else {})}
    return found
