# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a module over real HTTPS: prepared, disturbed according to its schedule, and recorded for the judge."""

from __future__ import annotations

import functools
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from unittest import mock

import requests
from requests.adapters import HTTPAdapter

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, describe_failure
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from chaos.clock import FastClock
from chaos.scenario import KEY, Scenario, uuid_of
from chaos.schedule import Event, Schedule, tempered
from simulator import Control, Simulator
from tooling import environment

VAULTS = "/api/security/azure-key-vaults"
#: Real seconds after which a run is aborted: no schedule needs nearly as many.
CUT_OFF = 40.0


@dataclass(frozen=True)
class Attempt:
    """One request that the client sent. Times are those of the sending thread; real_start is that of the machine."""

    thread: int
    method: str
    path: str
    start: float
    end: float
    real_start: float


@dataclass
class Played:
    """The record of a run: what the module reported, and what happened.

    before, after: the configuration of each owner, read when all work has ended. seconds: duration by its own
    clock. cut: whether it was aborted.
    """

    scenario: Scenario
    schedule: Schedule | None
    before: list[dict[str, Any] | None]
    after: list[dict[str, Any] | None] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    traceback: str | None = None
    log: list[dict[str, Any]] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    seconds: float = 0.0
    cut: bool = False


class Wire:
    """Hook between requests and the network: records each request, and triggers events before it is sent."""

    def __init__(self, sim: Simulator, clock: FastClock, events: tuple[Event, ...]) -> None:
        self.attempts: list[Attempt] = []
        self._prefix = f"{sim.url}/api/"
        self._control = Control(sim.control_url)
        self._clock = clock
        self._events = list(events)
        self._number = 0
        self._lock = threading.Lock()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Record all requests of this process to the simulator's API."""
        send = HTTPAdapter.send

        @functools.wraps(send)
        def watching(
            adapter: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **kwargs: Any
        ) -> requests.Response:
            if not (request.url or "").startswith(self._prefix):
                return send(adapter, request, *args, **kwargs)
            self._happen()
            start, real_start = self._clock.monotonic(), time.monotonic()
            try:
                return send(adapter, request, *args, **kwargs)
            finally:
                path = request.path_url.partition("?")[0]
                self.attempts.append(
                    Attempt(
                        threading.get_ident(), request.method or "", path, start, self._clock.monotonic(), real_start
                    )
                )

        with mock.patch.object(HTTPAdapter, "send", watching):
            yield
        self._control.close()

    def _happen(self) -> None:
        with self._lock:
            self._number += 1
            due = [event for event in self._events if event.nth <= self._number]
            self._events = [event for event in self._events if event not in due]
            for event in due:
                if event.kind == "drop connections":
                    self._control.drop_connections()
                elif event.kind == "let go":
                    self._control.jobs(hold=None)
                else:
                    self._control.advance(400)


class _Run(Protocol):
    """A run that records whether it was aborted."""

    cut: bool


def _release(control: Control) -> None:
    control.clear_faults()
    control.jobs(hold=None)
    control.drop_connections()


@contextmanager
def cut_off(sim: Simulator, run: _Run, release: Callable[[Control], object]) -> Iterator[None]:
    """Abort a run that does not end. release: clears the faults and closes the connections."""

    def cut() -> None:
        run.cut = True
        control = Control(sim.control_url)
        release(control)
        control.close()

    timer = threading.Timer(CUT_OFF, cut)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def play(
    sim: Simulator, scenario: Scenario, schedule: Schedule | None = None, temperaments: tuple[str, ...] = ()
) -> Played:
    """Run a scenario, disturbed by a schedule or (without one) undisturbed, and wait until all work has ended.

    temperaments: how the cluster responds without a schedule.
    """
    with clean_environment():
        return _played(sim, scenario, schedule, tempered(temperaments))


@contextmanager
def clean_environment() -> Iterator[None]:
    """Leave out the settings of this machine that would redirect requests."""
    with mock.patch.dict(os.environ):
        for name in environment.CONNECTION:
            os.environ.pop(name, None)
            os.environ.pop(name.upper(), None)
        yield


def _played(sim: Simulator, scenario: Scenario, schedule: Schedule | None, knobs: dict[str, Any]) -> Played:
    scenario.prepare(sim, schedule.job_seconds if schedule else 0.0)
    options = scenario.options(sim)
    clock = FastClock()
    if schedule is not None:
        options |= schedule.options
        _disturb(sim, schedule)
        knobs = schedule.all_knobs
    sim.control.knob(**knobs)
    played = Played(scenario, schedule, configurations(sim, scenario))
    wire = Wire(sim, clock, schedule.events if schedule else ())
    for fault in schedule.faults if schedule else ():
        sim.control.fault(
            fault.kind, method=fault.method, path=fault.path, nth=fault.nth, times=fault.times, **fault.arguments
        )
    sim.control.clear_log()
    transport = functools.partial(Transport, clock=clock.clock)
    start = clock.monotonic()
    with cut_off(sim, played, _release), wire.watched(), mock.patch.object(task, "Transport", transport):
        execute(scenario.module, options, played)
    played.seconds = clock.monotonic() - start
    played.attempts = wire.attempts
    _rest(sim, played)
    return played


class Recorded(Protocol):
    """What a module reported: its result and warnings, or the traceback of an exception that is not an AkvError."""

    report: dict[str, Any]
    warnings: list[str]
    traceback: str | None


def execute(module: Any, options: dict[str, Any], record: Recorded) -> None:
    """Run a module as Ansible does, up to the exit that prints the result."""
    run = task.Task(options, environ={})
    try:
        record.report = module.execute(run)
    except AkvError as exc:
        record.report = describe_failure(exc)
    except Exception:  # noqa: BLE001 - any other exception is reported to the judge
        record.traceback = traceback.format_exc()
    record.warnings = run.warnings


def _disturb(sim: Simulator, schedule: Schedule) -> None:
    """Prepare everything except knobs and faults, which would affect the preparation."""
    if schedule.skew:
        sim.control.advance(schedule.skew)
    if schedule.earlier is not None:
        sim.control.jobs(fail="65537515" if schedule.earlier_failed else None)
        for owner in schedule.scenario.owners:
            _do_before(sim, schedule, owner)
        sim.control.jobs(fail=None)
        sim.control.advance(schedule.earlier)
    if schedule.refused is not None:
        operation, code = schedule.refusal
        # A creation that hangs is executed after the client gave it up. If its repetition was refused meanwhile, for a
        # reason that is gone by then, no client can know it.
        hangs = operation == "create" and any(fault.kind == "slow" for fault in schedule.faults)
        sim.control.condition(operation, code, svm=schedule.refused, times=None if hangs else schedule.refusals)
    if schedule.hold or schedule.fail:
        sim.control.jobs(hold=schedule.hold, fail=schedule.fail)


def _do_before(sim: Simulator, schedule: Schedule, owner: str | None) -> None:
    """Run the same operation earlier, as another user."""
    operation = {"rekey_internal": "rekey-internal", "restore": "restore"}.get(
        schedule.scenario.operation, "rekey-external"
    )
    before = sim.control.state()["svms"].get(owner) or sim.control.state()["cluster"]
    key_id = before["configuration"].get("key_id", KEY)
    requests.post(
        f"{sim.url}{VAULTS}/{uuid_of(owner)}/{operation}",
        params={"return_timeout": "5"},
        json={"key_id": key_id} if operation == "rekey-external" else None,
        auth=(sim.username, sim.password),
        verify=sim.ca_path,
        timeout=10,
    )
    if operation == "restore":
        sim.control.svm(owner, wrapped=before["configuration"]["wrapped"])


def configurations(sim: Simulator, scenario: Scenario) -> list[dict[str, Any] | None]:
    """Return the configuration of each owner, including secrets and counts of operations."""
    state = sim.control.state()
    return [(state["cluster"] if owner is None else state["svms"][owner])["configuration"] for owner in scenario.owners]


def _rest(sim: Simulator, played: Played) -> None:
    """Wait until all work that the run left behind has ended, and read the state."""
    played.log = sim.control.log()
    played.refused = sim.control.connections()["refused"]
    if played.schedule is not None and any(entry["fault"] == "slow" for entry in played.log):
        # The client gave up, but the cluster works when the delay of the fault is over; nothing shows this work before.
        last = max(attempt.real_start for attempt in played.attempts)
        time.sleep(max(0.0, last + played.schedule.slow + 0.05 - time.monotonic()))
    sim.control.clear_faults()
    sim.control.jobs(hold=None)
    for _count in range(100):
        sim.control.advance(10)
        state = sim.control.state()
        if all("end_time" in job for job in state["jobs"]):
            break
    played.jobs = state["jobs"]
    played.after = configurations(sim, played.scenario)
