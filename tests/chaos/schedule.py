# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The disturbances of a run, all from one seed: faults, events in the cluster, and the way the task runs."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import Any

from chaos.scenario import OPERATIONS, WITH_JOB, Scenario, scenario
from simulator.temperaments import TEMPERAMENTS, combination, knobs_of

#: Kinds of faults that leave the client without a usable response to a request that may have done its work.
LOSING = frozenset(
    {
        "drop_before",
        "drop_after",
        "drop_during",
        "slow",
        "slow_after",
        "drip",
        "status",
        "status_after",
        "cut_json",
        "wrong_shape",
        "html",
    }
)
#: JSON that ONTAP does not return.
_SHAPES: tuple[Any, ...] = (
    [1, 2],
    "text",
    5,
    None,
    {"error": "a text"},
    {"error": {"message": "made up", "code": "9"}},
)
#: The same, but a response to PATCH or DELETE may look like this: only for requests whose responses have content.
_OBJECTS: tuple[Any, ...] = (
    {},
    {"records": {"uuid": 1}},
    {"records": [{"name": "no uuid"}]},
    {"records": [None]},
    {"job": {"uuid": 5}},
    {"job": []},
)
_STATUS = (429, 500, 502, 503, 504)
_FINAL = (400, 401, 403, 409)
#: Seconds between the timeout of the client and the arrival of a slow response.
LATE = 0.3
#: Operations in which the cluster is as slow as its jobs: these runs do not advance its clock.
_SHORT = {"queued_seconds": 0.1, "creation_delay": 0.1}
#: Knobs with which a response arrives before the work has ended or started: a success instead of it would be false.
_NOT_DONE = frozenset({"async_patch", "async_delete", "async_create", "queued_seconds", "busy_code"})
#: Operation -> the operation of the cluster that refuses a target, and its code.
_REFUSALS = {
    "create": ("create", "65537505"),
    "update": ("update", "65537547"),
    "delete": ("delete", "65536867"),
    "allow_rekey": ("rekey-external", "65537547"),
    "rekey_external": ("rekey-external", "65537547"),
    "rekey_internal": ("rekey-internal", "65537559"),
    "restore": ("restore", "65537515"),
}


@dataclass(frozen=True)
class Fault:
    """A fault as the control interface accepts it. nth: number among the requests that match method and path."""

    kind: str
    nth: int = 1
    times: int | None = 1
    method: str | None = None
    path: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        more = "".join(f", {name}={value!r}" for name, value in self.arguments.items())
        where = " ".join(text for text in (self.method, self.path) if text)
        return f"{self.kind} at request {self.nth}{f' of {where}' if where else ''}, {self.times or 'all'} times{more}"


@dataclass(frozen=True)
class Event:
    """An event in the cluster just before the client sends its nth request of a kind."""

    kind: str
    nth: int


@dataclass(frozen=True)
class Schedule:
    """All settings of one run.

    skew: seconds that the cluster's clock is ahead. earlier: seconds since another user did the same, None for never;
    earlier_failed: that job failed. hold, fail: behaviour of jobs, see the simulator's command jobs. refused: the owner
    that the cluster refuses; refusals: how often, None for always. temperaments: how the cluster responds.
    """

    seed: int
    scenario: Scenario
    options: dict[str, Any]
    faults: tuple[Fault, ...]
    events: tuple[Event, ...] = ()
    knobs: dict[str, Any] = field(default_factory=dict)
    skew: float = 0.0
    earlier: float | None = None
    job_seconds: float = 0.02
    hold: str | None = None
    fail: str | None = None
    earlier_failed: bool = False
    refused: str | None = None
    refusals: int | None = None
    temperaments: tuple[str, ...] = ()

    @property
    def all_knobs(self) -> dict[str, Any]:
        """Return the knobs of the temperaments and of the schedule itself."""
        return tempered(self.temperaments) | self.knobs

    @property
    def refusal(self) -> tuple[str, str]:
        """Return the operation that the cluster refuses, and its code."""
        return _REFUSALS[self.scenario.operation]

    @property
    def slow(self) -> float:
        """Return the seconds that a slow request takes."""
        return float(self.options["timeout"]) + LATE


def schedule(seed: int) -> Schedule:
    """Return the schedule of a seed; consecutive seeds use the operations in turn."""
    rng = random.Random(seed)  # noqa: S311 - it must be repeatable, not secret
    task = scenario(OPERATIONS[seed % len(OPERATIONS)], rng)
    hold, fail, events = _jobs(task, rng)
    timeout = rng.choices((1, 2), (80, 20))[0]
    options: dict[str, Any] = {"timeout": timeout, "max_retries": rng.choices((0, 1, 2, 3), (10, 20, 20, 50))[0]}
    if task.operation != "info":
        options |= {
            "concurrency": rng.randint(1, 3),
            "wait_timeout": rng.choice((2, 5, 20)),
            "wait": rng.random() < 0.9,
        }
    faults = tuple(
        _fault(task, timeout, rng, first=not count) for count in range(rng.choices((1, 2, 3, 4), (40, 30, 20, 10))[0])
    )
    plan = Schedule(
        seed=seed,
        scenario=task,
        options=options,
        faults=faults,
        events=events,
        knobs=_knobs(task, faults, rng),
        skew=rng.choice((0.0, 0.0, -7200.0, 3600.5, 0.4)),
        earlier=rng.choice((0.0, 1.5, 100.0)) if task.operation in WITH_JOB and rng.random() < 0.25 else None,
        job_seconds=rng.choice((0.0, 0.02, 0.05)),
        hold=hold,
        fail=fail,
        earlier_failed=rng.random() < 0.3,
    )
    return _responding(_refusing(plan, rng), rng)


def _refusing(plan: Schedule, rng: random.Random) -> Schedule:
    """Let the cluster refuse one of the SVMs, once or always."""
    svms = [owner for owner in plan.scenario.owners if owner is not None]
    if not svms or plan.scenario.operation not in _REFUSALS or _lies(plan.faults) or rng.random() > 0.2:
        return plan
    return replace(plan, refused=rng.choice(svms), refusals=rng.choice((1, 1, 2, None)))


def _responding(plan: Schedule, rng: random.Random) -> Schedule:
    """Select some of the ways in which the cluster may respond."""
    names = combination(rng, most=3) if rng.random() < 0.6 else ()
    if _lies(plan.faults):
        names = tuple(name for name in names if not _NOT_DONE & set(TEMPERAMENTS[name].knobs))
    return replace(plan, temperaments=names)


def tempered(names: tuple[str, ...]) -> dict[str, Any]:
    """Return the knobs of temperaments, adapted to the time of these runs."""
    knobs = knobs_of(names)
    return knobs | {name: seconds for name, seconds in _SHORT.items() if name in knobs}


def _jobs(task: Scenario, rng: random.Random) -> tuple[str | None, str | None, tuple[Event, ...]]:
    """Select the behaviour of jobs, and events in the cluster meanwhile."""
    events = []
    hold = fail = None
    if task.operation in WITH_JOB or task.operation == "update":
        way = rng.choices(("end", "held", "let go", "fail"), (65, 8, 15, 12))[0]
        hold = rng.choice(("queued", "running", "paused")) if way in ("held", "let go") else None
        fail = "65537515" if way == "fail" else None
        if way == "let go":
            events.append(Event("let go", rng.randint(2, 9)))
    if rng.random() < 0.15:
        events.append(Event("drop connections", rng.randint(2, 6)))
    if task.operation in WITH_JOB and rng.random() < 0.2:
        # Longer than the cluster keeps the record of an ended job.
        events.append(Event("400 s pass", rng.randint(2, 8)))
    return hold, fail, tuple(events)


def _knobs(task: Scenario, faults: tuple[Fault, ...], rng: random.Random) -> dict[str, Any]:
    knobs: dict[str, Any] = {}
    if rng.random() < 0.2:
        knobs = {"page_size": 1, "empty_pages": rng.randint(0, 1)}
    # 200 instead of 202 with a job would say that a PATCH is done; that it is not done yet could not be detected.
    if task.operation in ("update", "allow_rekey") and not _lies(faults) and rng.random() < 0.4:
        knobs["async_patch"] = True
    return knobs


def _lies(faults: Sequence[Fault]) -> bool:
    """Whether a response that reports a job or a refusal is replaced by one that reports success."""
    return any(fault.kind == "status_after" and fault.arguments["status"] == 200 for fault in faults)


def _says_done(kind: str, arguments: dict[str, Any]) -> bool:
    """Whether a fault replaces a response by a success without a job."""
    if kind in ("status", "status_after"):
        return bool(arguments["status"] == 200 and arguments["body"] == "empty")
    return kind == "wrong_shape" and any(arguments["body"] is body and "job" not in body for body in _OBJECTS)


def _fault(task: Scenario, timeout: int, rng: random.Random, *, first: bool) -> Fault:
    make = rng.choices([maker for maker, _weight in _MAKERS], [weight for _maker, weight in _MAKERS])[0]
    kind, arguments, limits = make(timeout, rng)
    if task.operation in WITH_JOB and _says_done(kind, arguments):
        # A success for a re-key or restore (9.14.1 and later); without the work it would be false and undetectable.
        limits = "GET"
    times = rng.choices((1, 2, 3, None), (70, 14, 12, 4))[0]
    if kind in ("slow", "slow_after", "drip"):
        # Each of these faults takes real time.
        times = 1 if times is None else min(times, 2)
    return Fault(kind, **_place(task, limits, rng, first=first), times=times, arguments=arguments)


def _place(task: Scenario, limits: str | None, rng: random.Random, *, first: bool) -> dict[str, Any]:
    """Select any request of the run, one of its writes, or one of its reads of a job.

    The first fault affects a request that is always sent; further ones may affect requests that result from it.
    """
    writes = 0 if task.operation == "info" else len(task.owners) - len(task.already)
    more = 0 if first else 3
    way = rng.choices(
        ("any", "write", "job"), (50, 38 if writes else 0, 12 if writes and task.operation in WITH_JOB else 0)
    )[0]
    if limits is not None:
        # An undetectable false response must not affect other requests.
        return {"method": limits, "nth": rng.randint(1, 1 + writes + more)}
    if way == "write":
        return {"method": "POST|PATCH|DELETE", "nth": rng.randint(1, writes + more)}
    if way == "job":
        return {"path": "^/api/cluster/jobs", "nth": rng.randint(1, 1 + more)}
    return {"nth": rng.randint(1, 1 + writes + more)}


Made = tuple[str, dict[str, Any], str | None]
Maker = Callable[[int, random.Random], Made]


def _plain(kind: str) -> Maker:
    return lambda _timeout, _rng: (kind, {}, None)


def _slow(timeout: int, rng: random.Random) -> Made:
    # Longer than the client waits, or shorter.
    return rng.choice(("slow", "slow_after")), {"seconds": timeout + LATE if rng.random() < 0.7 else 0.05}, None


def _drip(_timeout: int, rng: random.Random) -> Made:
    return "drip", rng.choice(({"seconds": 0.3, "chunk": 1}, {"seconds": 0.02, "chunk": 100})), None


def _passing(_timeout: int, rng: random.Random) -> Made:
    status = rng.choice(_STATUS)
    arguments: dict[str, Any] = {"status": status, "body": rng.choice(("json", "html", "empty"))}
    if rng.random() < 0.3:
        arguments["retry_after"] = rng.choice((0, 1, 4, "soon", formatdate(_NEAR, usegmt=True)))
    # 429 says that nothing was done: if the work was done, it would be false.
    after = status != 429 and rng.random() < 0.5
    return "status_after" if after else "status", arguments, None


#: A time in the past, for Retry-After.
_NEAR = 1_700_000_000


def _final(_timeout: int, rng: random.Random) -> Made:
    # 404 for a repeated DELETE is a success, so it must be true there.
    status = rng.choice((*_FINAL, 404))
    return (
        "status",
        {"status": status, "body": rng.choice(("json", "html", "empty"))},
        "GET|POST|PATCH" if status == 404 else None,
    )


def _empty(_timeout: int, rng: random.Random) -> Made:
    """Return an empty 200, only after work that has ended.

    ONTAP's responses to a change that has ended may be empty too, so the client cannot distinguish them.
    """
    if rng.random() < 0.5:
        return "status_after", {"status": 200, "body": "empty"}, "GET|PATCH|DELETE"
    return "status", {"status": 200, "body": "empty"}, "GET"


def _html(_timeout: int, rng: random.Random) -> Made:
    return "html", {"status": rng.choice((200, 200, 503))}, None


def _redirect(_timeout: int, rng: random.Random) -> Made:
    return "redirect", {"location": "https://login.example.com/", "status": rng.choice((301, 302, 307))}, None


def _shape(_timeout: int, rng: random.Random) -> Made:
    before = rng.random() < 0.4
    body = rng.choice(_SHAPES + _OBJECTS)
    method = "GET|POST" if before and body in _OBJECTS else None
    # ONTAP returns an empty object for work that has ended.
    return "wrong_shape", {"body": body, "before": before}, "GET" if before and body == {} else method


_MAKERS: tuple[tuple[Maker, int], ...] = (
    (_plain("refuse"), 8),
    (_plain("drop_before"), 12),
    (_plain("drop_after"), 14),
    (_plain("drop_during"), 10),
    (_plain("cut_json"), 6),
    (_plain("next_loop"), 1),
    (_plain("next_other_host"), 1),
    (_slow, 4),
    (_drip, 2),
    (_passing, 24),
    (_final, 4),
    (_empty, 4),
    (_html, 4),
    (_redirect, 3),
    (_shape, 8),
)
