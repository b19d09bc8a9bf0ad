# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run programs and stop them when this process is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from tooling.paths import LOGS, ROOT

#: Seconds between the signal to end a program and the signal to kill it.
GRACE = 10


class Failure(Exception):
    """A step failed; the message explains why."""


class Terminated(KeyboardInterrupt):
    """A signal that only this process received, not its child processes."""


class Skipped(Exception):
    """A step cannot run here; the message says why."""


@dataclass
class Watch:
    seconds: float = 0.0


#: A program and its arguments.
Command = Sequence[str | Path]

#: Programs that are running, of all threads.
_running: set[subprocess.Popen[bytes]] = set()
_lock = threading.Lock()
_stopping = threading.Event()


def say(text: str) -> None:
    """Print a text in one piece, so that threads do not mix their lines."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def stopwatch() -> Iterator[Watch]:
    watch, start = Watch(), time.monotonic()
    try:
        yield watch
    finally:
        watch.seconds = time.monotonic() - start


def run(command: Command, env: Mapping[str, str], cwd: Path = ROOT, log: str | Path | None = None) -> int:
    """Run a program to its end and return its status; with `log` its output goes to that file, a name below
    .work/logs.
    """
    words = [str(part) for part in command]
    if _stopping.is_set():
        raise Failure("interrupted")
    if log is None:
        return _wait(_start(words, env, cwd, None))
    LOGS.mkdir(parents=True, exist_ok=True)
    with (log if isinstance(log, Path) else LOGS / f"{log}.log").open("wb") as output:
        return _wait(_start(words, env, cwd, output.fileno()))


def _start(words: list[str], env: Mapping[str, str], cwd: Path, output: int | None) -> subprocess.Popen[bytes]:
    with _lock:
        if _stopping.is_set():
            raise Failure("interrupted")
        # Programs that run in parallel must not read from the terminal.
        stdin = None if output is None else subprocess.DEVNULL
        child = subprocess.Popen(
            words,
            env=dict(env),
            cwd=cwd,
            stdin=stdin,
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
        )
        _running.add(child)
    return child


def _wait(child: subprocess.Popen[bytes]) -> int:
    try:
        status = child.wait()
    except KeyboardInterrupt as interrupt:
        # The children received Ctrl-C too and are cleaning up.
        end_all(notify=isinstance(interrupt, Terminated))
        raise
    with _lock:
        _running.discard(child)
    return status


def end_all(*, notify: bool = True) -> None:
    """End every program that run() started, and prevent it from starting others."""
    with _lock:
        _stopping.set()
        children = list(_running)
    for child in children if notify else []:
        child.terminate()
    for child in children:
        end(child, notify=notify)


def end(child: subprocess.Popen[bytes], *, notify: bool = True) -> None:
    """Wait for a child process to end, optionally after a signal; kill it if it does not end.

    Further signals to this process do not interrupt the wait.
    """
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    for stop in (child.terminate, child.kill) if notify else (None, child.terminate, child.kill):
        if stop:
            stop()
        try:
            child.wait(GRACE)
        except subprocess.TimeoutExpired:
            continue
        return


def checked(command: Command, env: Mapping[str, str], cwd: Path = ROOT, log: str = "tool") -> None:
    """Run a program whose output matters only if it fails."""
    if run(command, env, cwd, log):
        path = LOGS / f"{log}.log"
        raise Failure(
            f"{path.read_text(encoding='utf-8', errors='replace').strip()}\n(failed:"
            f" {' '.join(str(part) for part in command)})"
        )


def stop_on_signals() -> None:
    """Handle SIGTERM and SIGHUP like Ctrl-C: stop the started programs first."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)


def cpus() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
