# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many runs: the seeds of each operation, a process with its own simulator for each core, and the totals."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chaos.judge import excused, judge
from chaos.processes import spread
from chaos.run import Played, play
from chaos.scenario import OPERATIONS, Scenario
from chaos.schedule import Schedule, schedule
from simulator import Simulator

#: Number of seeds that a process takes at a time.
_SLICE = 20


@dataclass(frozen=True)
class Verdict:
    """Outcome of one run.

    ending: ok, unchanged, as reported. hits: faults that applied, by kind; places: by the number of the request.
    """

    seed: int
    operation: str
    module: str
    ending: str
    hits: Counter[str]
    places: Counter[int]
    recovered: int = 0
    unknown: int = 0
    doubted: int = 0
    wrong: tuple[str, ...] = ()
    seconds: float = 0.0


class Runner:
    """Run schedules on one simulator; the result of a scenario without faults is determined once."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._undisturbed: dict[tuple[Scenario, tuple[str, ...]], Played] = {}

    def undisturbed(self, scenario: Scenario, temperaments: tuple[str, ...] = ()) -> Played:
        """Return the run without faults, which must be right; with temperaments its outcome may be unknown."""
        played = self._undisturbed.get((scenario, temperaments))
        if played is None:
            played = self._undisturbed[scenario, temperaments] = play(self._sim, scenario, temperaments=temperaments)
            wrong = judge(played, played)
            if (played.report.get("failed") and not temperaments) or played.traceback or wrong:
                raise AssertionError(
                    f"{scenario}, {temperaments} without any fault: {played.report or played.traceback} {wrong}"
                )
        return played

    def _undisturbed_of(self, plan: Schedule) -> Played:
        return self.undisturbed(plan.scenario, plan.temperaments)

    def play(self, plan: Schedule) -> Played:
        """Run one schedule."""
        return play(self._sim, plan.scenario, plan)

    def verdict(self, plan: Schedule, played: Played, seconds: float = 0.0) -> Verdict:
        """Judge one run."""
        results = played.report.get("results") or []
        hits = Counter(entry["fault"] for entry in played.log if entry["fault"])
        hits.update({"refuse": played.refused} if played.refused else {})
        hits.update(event.kind for event in plan.events if event.nth <= len(played.attempts))
        return Verdict(
            seed=plan.seed,
            operation=plan.scenario.operation,
            module=plan.scenario.module_name,
            ending=_ending(played),
            hits=hits,
            places=Counter(entry["number"] for entry in played.log if entry["fault"]),
            recovered=sum(told["recovered"] for told in results),
            unknown=sum("outcome is unknown" in (told["error"] or {}).get("message", "") for told in results),
            doubted=excused(played, self._undisturbed_of(plan)),
            wrong=tuple(judge(played, self._undisturbed_of(plan))),
            seconds=seconds,
        )


def _ending(played: Played) -> str:
    if not played.report.get("failed") and played.traceback is None:
        return "ok"
    return "unchanged" if played.before == played.after else "as reported"


def list_seeds(operations: Iterable[str], number: int, first: int = 0) -> list[int]:
    """Return the seeds for this number of schedules of each operation."""
    wanted = {OPERATIONS.index(operation) for operation in operations}
    return [seed for seed in range(first, first + number * len(OPERATIONS)) if seed % len(OPERATIONS) in wanted]


def judge_seeds(seeds: Sequence[int], workers: int) -> Iterator[Verdict]:
    """Run the schedules of these seeds and return their outcomes in this order."""
    return spread(run_seeds, seeds, workers=workers, size=_SLICE)


def run_seeds(seeds: Sequence[int]) -> list[Verdict]:
    """Run the schedules of some seeds in this process."""
    found = []
    with Simulator() as sim:
        runner = Runner(sim)
        for seed in seeds:
            start, plan = time.monotonic(), schedule(seed)
            runner.undisturbed(plan.scenario, plan.temperaments)
            found.append(runner.verdict(plan, runner.play(plan), time.monotonic() - start))
    return found


@dataclass
class Tally:
    """Totals of some runs."""

    schedules: int = 0
    hit: int = 0
    endings: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    places: Counter[int] = field(default_factory=Counter)
    recovered: int = 0
    unknown: int = 0
    doubted: int = 0
    wrong: int = 0

    def add(self, verdict: Verdict) -> None:
        """Count one run."""
        self.schedules += 1
        self.hit += bool(verdict.hits)
        self.endings[verdict.ending] += 1
        self.hits.update(verdict.hits)
        self.places.update(verdict.places)
        self.recovered += verdict.recovered
        self.unknown += verdict.unknown
        self.doubted += verdict.doubted
        self.wrong += bool(verdict.wrong)

    @property
    def row(self) -> tuple[int, ...]:
        """Return the numbers for HEADINGS."""
        faults = sum(self.hits.values())
        return (
            self.schedules,
            self.hit,
            faults,
            *(self.endings[name] for name in ("ok", "unchanged", "as reported")),
            self.recovered,
            self.unknown,
            self.doubted,
            self.wrong,
        )


#: Requests from this number on are counted together.
_LATE = 12


def _places(places: Counter[int]) -> Iterator[str]:
    for place in range(1, _LATE):
        yield f"{place}: {places[place]}"
    yield f"{_LATE} and later: {sum(count for place, count in places.items() if place >= _LATE)}"


HEADINGS = (
    "schedules",
    "disturbed",
    "faults",
    "succeeded",
    "failed, unchanged",
    "failed, as reported",
    "recovered",
    "unknown",
    "told as doubtful",
    "WRONG",
)


def table(found: Sequence[Verdict]) -> str:
    """Return the numbers by operation, by module and in total, and how often each kind of fault applied."""
    tallies: dict[str, Tally] = {}
    for verdict in found:
        for name in (f"{verdict.module}: {verdict.operation}", verdict.module, "all"):
            tallies.setdefault(name, Tally()).add(verdict)
    names = sorted(tallies, key=lambda name: (name == "all", name.partition(":")[0], ":" not in name, name))
    width = max(len(name) for name in names)
    lines = [" " * width + "".join(f"  {heading}" for heading in HEADINGS)]
    for name in names:
        numbers = zip(HEADINGS, tallies[name].row, strict=True)
        lines.append(f"{name:<{width}}" + "".join(f"  {number:>{len(heading)}}" for heading, number in numbers))
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(tallies["all"].hits.items()))
    places = ", ".join(_places(tallies["all"].places))
    return "\n".join(
        [*lines, f"faults and events that hit: {kinds}", f"faults by the number of the request that they hit: {places}"]
    )
