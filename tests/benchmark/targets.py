# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be reached, decided by the figures of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .cases import FAST, PLAIN, REST_INFO, RESTIT, URI, Case
from .figures import Results, Series, duration, number, times

#: Seconds that the jobs of the case "rekey" take where ten always run.
_IDEAL = 10.0
_PLAINLY = " (plain module)"


@dataclass(frozen=True)
class Target:
    """One thing to reach. reached: None where the run did not measure it."""

    what: str
    wanted: str
    measured: str
    reached: bool | None

    @property
    def word(self) -> str:
        """For a table."""
        return {True: "reached", False: "**not reached**", None: "not measured"}[self.reached]


def evaluate(results: Results, cases: Sequence[Case], peaks: Mapping[str, float]) -> list[Target]:
    """Every target. peaks: megabytes by contender, of the case "info"."""
    found = []
    for what, wanted, measure in _targets(results, cases, peaks):
        try:
            measured, reached = measure()
        except KeyError:
            # A case that was left out.
            measured, reached = "", None
        found.append(Target(what, wanted, measured, reached))
    return found


#: Tells what was measured, and whether it is enough.
_Measure = Callable[[], tuple[str, bool]]


def _targets(results: Results, cases: Sequence[Case], peaks: Mapping[str, float]) -> list[tuple[str, str, _Measure]]:
    listed: list[tuple[str, str, _Measure]] = []
    for contender, suffix in ((FAST, ""), (PLAIN, _PLAINLY)):
        listed += _of_both(results, contender, suffix)
    return [
        *listed,
        (
            "rotation of one secret on 100 SVMs: requests",
            "at most 102",
            lambda: _at_most(results["rotate"][FAST].requests, 102, number),
        ),
        ("connections of each task", "at most `concurrency` + 1", lambda: _connections(results, cases)),
        (
            "one SVM, nothing to do, against `uri`",
            "at most 0.25 x",
            lambda: _ratio(results["nothing-1"], FAST, URI, 0.25),
        ),
        (
            f"one SVM, nothing to do{_PLAINLY}, against `na_ontap_restit`",
            "at most 1.00 x",
            lambda: _ratio(results["nothing-1"], PLAIN, RESTIT, 1.0),
        ),
        (
            "25 clusters at 5 forks, against `na_ontap_rest_info`",
            "at most 0.30 x",
            lambda: _ratio(results["clusters-forks-5"], FAST, REST_INFO, 0.3),
        ),
        (
            f"`akv_info` of 10,000 records{_PLAINLY}: memory",
            "at most 150 MB",
            lambda: _at_most(peaks[PLAIN], 150, lambda megabytes: f"{megabytes:.0f} MB"),
        ),
    ]


def _of_both(results: Results, contender: str, suffix: str) -> list[tuple[str, str, _Measure]]:
    """What both ways to run the modules are to reach."""

    def rekey() -> tuple[str, bool]:
        start, seconds = results["nothing-1"][PLAIN].seconds, results["rekey"][contender].seconds
        most = 1.15 * _IDEAL + start
        return f"{duration(seconds)}, at most {duration(most)}", seconds <= most

    def requests() -> tuple[str, bool]:
        return _at_most(results["rekey"][contender].requests / 100, 1.3, lambda each: f"{each:.2f}")

    def loop() -> tuple[str, bool]:
        ratio = results["nothing-100"][RESTIT].seconds / results["nothing-100"][contender].seconds
        return times(ratio), ratio >= 40

    return [
        (
            f"nothing to do for 100 SVMs{suffix}, against one `uri` task",
            "at most 1.25 x",
            lambda: _ratio(results["nothing-100"], contender, URI, 1.25),
        ),
        (f"nothing to do for 100 SVMs{suffix}, against the loop of `na_ontap_restit`", "at least 40 x faster", loop),
        (f"re-key of 100 SVMs, ten at a time{suffix}", "at most 1.15 x 10 s + one module start", rekey),
        (f"re-key of 100 SVMs{suffix}: requests per SVM", "at most 1.3", requests),
    ]


def _ratio(case: Mapping[str, Series], left: str, right: str, most: float) -> tuple[str, bool]:
    # With one digit more than a target has, so that what just misses it does not look like it.
    return _at_most(case[left].seconds / case[right].seconds, most, lambda ratio: f"{ratio:.3f} x")


def _at_most(value: float, most: float, shown: Callable[[float], str]) -> tuple[str, bool]:
    return shown(value), value <= most


def _connections(results: Results, cases: Sequence[Case]) -> tuple[str, bool]:
    """The most that any round of a case with writes had, against what its concurrency allows."""
    found = {
        case.name: (max(results[case.name][each].most_connections for each in (FAST, PLAIN)), case.concurrency + 1)
        for case in cases
        if case.write and case.name in results
    }
    if not found:
        raise KeyError("connections")
    return ", ".join(f"{name} {most} of {allowed}" for name, (most, allowed) in found.items()), all(
        most <= allowed for most, allowed in found.values()
    )
