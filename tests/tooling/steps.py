# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of a target: one line for each step when it ends, and a short summary."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tooling.running import Failure, Skipped, Terminated, end_all, say, stopwatch

#: Maximum number of failed tests of a step whose text is printed; the log contains all of them.
_MOST_FAILURES = 10
_MOST_LINES = 60


@dataclass(frozen=True)
class FailedTest:
    """A test that failed: its node ID, the message of pytest, and the command that runs it alone."""

    identifier: str
    text: str
    command: str


@dataclass
class Result:
    """Result of a step. `passed`, `failed` and `skipped` count tests, or 1 for a step that does not count tests."""

    name: str
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    reasons: list[str] = field(default_factory=list)
    failures: list[FailedTest] = field(default_factory=list)


#: Name of a step, and the function that it runs.
Step = tuple[str, Callable[[], Result | None]]


class Steps:
    """Run steps, one after the other or in parallel lanes; a failed step does not stop the others."""

    def __init__(self) -> None:
        self.results: list[Result] = []
        self._start = time.monotonic()

    def step(self, name: str, function: Callable[[], Result | None]) -> None:
        """Run one step and print its line."""
        with stopwatch() as watch:
            try:
                result = function() or Result(name, passed=1)
            except Skipped as reason:
                result = Result(name, skipped=1, reasons=[str(reason)])
            except Failure as failure:
                result = Result(name, failed=1, note=str(failure))
        result.name, result.seconds = name, watch.seconds
        self.results.append(result)
        say(_described(result))

    def side_by_side(self, *lanes: Sequence[Step]) -> None:
        """Run lanes of steps in parallel, each lane in its order. An interrupt ends the programs of all lanes."""
        threads = [threading.Thread(target=self._lane, args=(lane,)) for lane in lanes]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except KeyboardInterrupt as interrupt:
            end_all(notify=isinstance(interrupt, Terminated))
            for thread in threads:
                thread.join()
            raise

    def _lane(self, lane: Sequence[Step]) -> None:
        for name, function in lane:
            try:
                self.step(name, function)
            except Exception as error:  # noqa: BLE001 - an error in the code of one step must not end its lane silently
                self.results.append(Result(name, failed=1, note=repr(error)))
                say(_described(self.results[-1]))

    def close(self, heading: str) -> int:
        """Print the summary and return the exit status."""
        say(f"\n{heading}: {self._totals()}")
        reasons = [f"  {result.name}: {reason}" for result in self.results for reason in result.reasons]
        if reasons:
            say("Skipped:\n" + "\n".join(reasons))
        failed = [result for result in self.results if result.failed]
        if failed:
            say(f"Failed: {', '.join(result.name for result in failed)}")
        commands = [failure.command for result in failed for failure in result.failures]
        if commands:
            say("To run a failed test alone:\n" + "\n".join(f"  {command}" for command in commands))
        return 1 if failed or not any(result.passed for result in self.results) else 0

    def _totals(self) -> str:
        passed, failed, skipped = (
            sum(getattr(result, key) for result in self.results) for key in ("passed", "failed", "skipped")
        )
        counts = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return (
            f"{counts} in {_duration(time.monotonic() - self._start)} (CPU time"
            f" {_duration(used.ru_utime + used.ru_stime)})"
        )


def _described(result: Result) -> str:
    """Return the line of a step and its problems."""
    summary = "" if result.failed and not result.failures else result.note
    line = f"{_word(result):<8} {result.name:<26} {summary:<40} {result.seconds:>5.0f} s"
    if not result.failed:
        return line
    if not result.failures:
        return f"{line}\n{result.note}\n"
    shown = result.failures[:_MOST_FAILURES]
    left = len(result.failures) - len(shown)
    texts = [
        f"\n{failure.identifier}\n{_end_of(failure.text)}\nTo run it alone: {failure.command}\n" for failure in shown
    ]
    return "".join([line, "\n", *texts, f"\nand {left} more failed\n" if left else ""])


def _end_of(text: str) -> str:
    lines = text.splitlines()
    return "\n".join(["[...]", *lines[-_MOST_LINES:]] if len(lines) > _MOST_LINES else lines)


def _word(result: Result) -> str:
    if result.failed:
        return "FAILED"
    return "passed" if result.passed else "skipped"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
