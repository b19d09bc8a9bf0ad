# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends a run that is stopped (SIGTERM, SIGINT) or abandoned; the run still reports what continues in the cluster.

Ansible does not end every process that it abandons. After a task timeout, or when a worker or ansible-playbook is
killed, the process of a module keeps running and would change one SVM after another. The following conditions therefore
end a run. They work on every release of ansible-core and in containers, whatever the process tree looks like:

- The output can no longer be read: the other end of the pipe (or terminal) is closed.
- The time limit of the task has passed. The action passes it in the environment, in case a process between Ansible and
  the module keeps the pipe open.
- For work in the process of an Ansible worker: ansible-playbook, its parent, no longer exists.
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

#: The environment variable with the number of seconds that a module may run.
TIME_LIMIT = "ONTAP_AKV_TIME_LIMIT"

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_EVERY = 0.5
_STDOUT = 1

#: Returns why the run was abandoned, None while its result is still expected.
CutOff = Callable[[], Optional[str]]


class Interrupted(BaseException):
    """Raised in the main thread when the run has to end; like KeyboardInterrupt, not an error of the work.

    cause: a signal or a reason.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause

    def make_error(self, what: str, **more: Any) -> StoppedError:
        """Return the error that reports what was not done, or what continues."""
        return StoppedError(f"the run was stopped by {self.cause}: {what}", **more)


class Stop:
    """What ended a run early.

    number: the signal, None if there was none. cause: why it was sent, None if only its sender knows.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self.cause: str | None = None
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """Raise Interrupted (the signal handler); later signals are ignored, since the run is already ending."""
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self.number = number
        raise Interrupted(self.cause or signal.Signals(number).name)

    def restore(self) -> None:
        """Restore the previous signal handlers, unless the run is ending."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self.interrupt:
                signal.signal(number, handler)

    def pass_on(self) -> None:
        """Deliver the signal to the previous handlers, in a process that continues after the run.

        Does nothing without a signal.
        """
        if self.number is not None:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            os.kill(os.getpid(), self.number)


@contextmanager
def handle_signals(stop: Stop, cut_off: CutOff | None = None) -> Iterator[None]:
    """Raise Interrupted in the block on the first signal, or when cut_off returns a reason."""
    for number in _SIGNALS:
        signal.signal(number, stop.interrupt)
    ended, ending = threading.Event(), threading.Lock()
    if cut_off is not None:
        threading.Thread(target=_watch, args=(cut_off, stop, ended, ending), daemon=True).start()
    try:
        yield
    finally:
        # A signal that has already been sent is delivered before the previous handlers are restored.
        with ending:
            ended.set()
        stop.restore()


def _watch(cut_off: CutOff, stop: Stop, ended: threading.Event, ending: threading.Lock) -> None:
    """Send SIGTERM to this process once the run is abandoned."""
    while not ended.wait(_LOOK_EVERY):
        cause = cut_off()
        with ending:
            if cause is not None and not ended.is_set():
                stop.cause = cause
                os.kill(os.getpid(), signal.SIGTERM)
                return


def make_worker_cut_off() -> CutOff:
    """Return the condition that ends work in an Ansible worker: ansible-playbook, its parent, no longer exists."""
    parent = os.getppid()
    return lambda: None if os.getppid() == parent else "the end of ansible-playbook"


def make_module_cut_off(environ: Mapping[str, str]) -> CutOff:
    """Return the condition that ends a module process: its output cannot be read, or its time limit has passed."""
    end, limit = float("inf"), environ.get(TIME_LIMIT, "")
    with suppress(ValueError):
        end = time.monotonic() + float(limit)

    def find_cause() -> str | None:
        if is_unread(_STDOUT):
            return "a closed output, which Ansible no longer reads"
        return f"the time limit of the task ({limit} s were left)" if time.monotonic() >= end else None

    return find_cause


def is_unread(descriptor: int) -> bool:
    """Return whether the other end of a pipe, socket or terminal is closed.

    False for files and for anything that cannot be polled.
    """
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        events = poll.poll(0)
    except OSError:
        return False
    return any(event & (select.POLLERR | select.POLLHUP) for _descriptor, event in events)
