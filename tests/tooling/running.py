# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run programs, remember how each step went, and end with a summary that can be read at a glance."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from tooling.paths import LOGS, ROOT

#: A child that was told to end gets so long (s) before it is killed.
GRACE = 10


class Failure(Exception):
    """A step did not pass; the message is for the person who started it."""


class Terminated(KeyboardInterrupt):
    """This process alone was told to end: what it started does not know yet."""


class Skipped(Exception):
    """A step cannot run here; the message says why."""


@dataclass
class Watch:
    seconds: float = 0.0


@dataclass
class Result:
    """How one step went. `passed`, `failed` and `skipped` count tests, or 1 for a step that counts none."""

    name: str
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    note: str = ""
    reasons: list[str] = field(default_factory=list)


#: A program and its arguments.
Command = Sequence[str | Path]


def say(text: str) -> None:
    print(text, flush=True)


@contextmanager
def stopwatch() -> Iterator[Watch]:
    watch, start = Watch(), time.monotonic()
    try:
        yield watch
    finally:
        watch.seconds = time.monotonic() - start


def run(command: Command, env: Mapping[str, str], cwd: Path = ROOT, log: str | None = None) -> int:
    """Run a program to its end and return its status; with `log` its output goes to that file below .work/logs."""
    if log is None:
        return _wait(subprocess.Popen([str(part) for part in command], env=dict(env), cwd=cwd))
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{log}.log").open("w", encoding="utf-8") as output:
        return _wait(subprocess.Popen([str(part) for part in command], env=dict(env), cwd=cwd, stdout=output, stderr=subprocess.STDOUT))


def _wait(child: subprocess.Popen[bytes]) -> int:
    try:
        return child.wait()
    except KeyboardInterrupt as interrupt:
        # Ctrl-C reached the child too, which now clears up.
        end(child, tell=isinstance(interrupt, Terminated))
        raise


def end(child: subprocess.Popen[bytes], *, tell: bool = True) -> None:
    """Wait for a child to end, after telling it to or not; one that does not is killed. Signals can no longer cut this short."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for stop in (child.terminate, child.kill) if tell else (None, child.terminate, child.kill):
        if stop:
            stop()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
        return


def checked(command: Command, env: Mapping[str, str], cwd: Path = ROOT, log: str = "tool") -> None:
    """Run a program whose output matters only where it fails."""
    if run(command, env, cwd, log):
        path = LOGS / f"{log}.log"
        raise Failure(f"{path.read_text(encoding='utf-8', errors='replace').strip()}\n(failed: {' '.join(str(part) for part in command)})")


def stop_on_signals() -> None:
    """Have SIGTERM and SIGHUP end this as Ctrl-C does: what was started is stopped first."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


class Steps:
    """Runs steps one after the other; a failed one does not keep the others from running."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    def step(self, name: str, function: Callable[[], Result | None]) -> None:
        say(f"\n=== {name}")
        with stopwatch() as watch:
            try:
                result = function() or Result(name, passed=1)
            except Skipped as reason:
                result = Result(name, skipped=1, reasons=[str(reason)], note="skipped")
            except Failure as failure:
                say(str(failure))
                result = Result(name, failed=1, note=str(failure).splitlines()[-1])
        result.name, result.seconds = name, watch.seconds
        self.results.append(result)
        say(f"--- {name}: {_word(result)}, {watch.seconds:.0f} s")

    def close(self, heading: str) -> int:
        """Print the summary and return the status of the whole."""
        say(f"\n{heading}")
        width = max(len(result.name) for result in self.results)
        for result in self.results:
            say(f"  {result.name:<{width}}  {_word(result):<7} {result.seconds:>5.0f} s  {result.note}".rstrip())
        reasons = [f"  {result.name}: {reason}" for result in self.results for reason in result.reasons]
        if reasons:
            say("Skipped:")
            say("\n".join(reasons))
        passed, failed, skipped = (sum(getattr(result, key) for result in self.results) for key in ("passed", "failed", "skipped"))
        say(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
        return 1 if failed or not passed else 0


def _word(result: Result) -> str:
    if result.failed:
        return "FAILED"
    return "passed" if result.passed else "skipped"


def cpus() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
