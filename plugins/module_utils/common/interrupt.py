# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run that is told to end (SIGTERM, SIGINT), or that nobody waits for any more; it still says what goes on in the cluster.

Ansible cuts off more than it ends. After a task timeout, or when a worker or ansible-playbook is killed, the process of a module lives
on and would change one SVM after the other. What ends the module then has to work on every release of ansible-core and in
containers, whatever the tree of processes looks like:

- Nobody can read the output: the other end of the pipe (or terminal) is closed.
- The time limit of the task is over. The action hands it over in the environment, for what stands between Ansible and the module and
  keeps the pipe open.
- For work in the process of an Ansible worker: ansible-playbook, its parent, is gone.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Optional

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import StoppedError

#: The environment variable with the seconds that a module may run.
TIME_LIMIT = "ONTAP_AKV_TIME_LIMIT"

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_EVERY = 0.5
_STDOUT = 1

#: Returns why nobody waits for the run any more, None as long as somebody does.
CutOff = Callable[[], Optional[str]]


class Interrupted(BaseException):
    """Raised in the main thread when the run has to end; like KeyboardInterrupt no error of the work. cause: a signal or a reason."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    def error(self, what: str, **more: Any) -> StoppedError:
        """Return the error that says what was left undone, or what goes on."""
        return StoppedError(f"the run was stopped by {self.cause}: {what}", **more)


class Stop:
    """What ended a run early. number: the signal, None if there was none. cause: why it was sent, None if only its sender knows."""

    def __init__(self) -> None:
        self.number: int | None = None
        self.cause: str | None = None
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Raise Interrupted (the signal handler); later signals are ignored, since the run is ending already."""
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self.number = number
        raise Interrupted(self.cause or signal.Signals(number).name)

    def restore(self) -> None:
        """Give the signals back to their former handlers, unless the run is ending."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self.interrupt:
                signal.signal(number, handler)

    def pass_on(self) -> None:
        """Let the signal do what it would have done without the run, in a process that goes on after it. Does nothing without a signal."""
        if self.number is not None:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            os.kill(os.getpid(), self.number)


@contextmanager
def interruptible(stop: Stop, cut_off: CutOff | None = None) -> Iterator[None]:
    """Raise Interrupted in the block on the first signal, or when cut_off gives a reason."""
    for number in _SIGNALS:
        signal.signal(number, stop.interrupt)
    ended, ending = threading.Event(), threading.Lock()
    if cut_off is not None:
        threading.Thread(target=_watch, args=(cut_off, stop, ended, ending), daemon=True).start()
    try:
        yield
    finally:
        # A signal that was sent already is delivered before the handlers are the former ones.
        with ending:
            ended.set()
        stop.restore()


def _watch(cut_off: CutOff, stop: Stop, ended: threading.Event, ending: threading.Lock) -> None:
    """Send SIGTERM to this process once nobody waits for the run."""
    while not ended.wait(_LOOK_EVERY):
        cause = cut_off()
        with ending:
            if cause is not None and not ended.is_set():
                stop.cause = cause
                os.kill(os.getpid(), signal.SIGTERM)
                return


def cut_off_in_worker() -> CutOff:
    """Return what ends the work in a worker of Ansible: that its parent, ansible-playbook, is gone."""
    parent = os.getppid()
    return lambda: None if os.getppid() == parent else "the end of ansible-playbook"


def cut_off_in_module(environ: Mapping[str, str]) -> CutOff:
    """Return what ends the process of a module: nobody can read its output, or its time limit is over."""
    end, limit = float("inf"), environ.get(TIME_LIMIT, "")
    with suppress(ValueError):
        end = time.monotonic() + float(limit)

    def cut_off() -> str | None:
        if is_unread(_STDOUT):
            return "a closed output, which Ansible does not read any more"
        return f"the time limit of the task ({limit} s were left)" if time.monotonic() >= end else None

    return cut_off


def is_unread(descriptor: int) -> bool:
    """Return whether the other end of a pipe, socket or terminal is closed; false for files and for what cannot be polled."""
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        events = poll.poll(0)
    except OSError:
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _descriptor, event in events)
