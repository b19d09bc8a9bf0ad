# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is told to end (SIGTERM, SIGINT) ends at once, and still says what goes on in the cluster.

A run whose starter is gone ends as well: ansible-runner cancels a job by killing ansible-playbook, whose workers, each in
a session of its own from ansible-core 2.19 on, live on with their modules, and would go on to change one SVM after the other.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import StoppedError

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_LOOK_EVERY = 0.5


class Interrupted(BaseException):
    """Raised in the main thread when the process is told to end; like KeyboardInterrupt no error of the work."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def error(self, what: str, **more: Any) -> StoppedError:
        """Returns the error that says what was left undone, or what goes on."""
        return StoppedError(f"the run was stopped by {self.name}: {what}", **more)


class Stop:
    """What a signal did to a run. number: the signal, None where there was none."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._before = {number: signal.getsignal(number) for number in _SIGNALS}

    def interrupt(self, number: int, _frame: FrameType | None) -> None:
        """The signal handler: raises Interrupted; later signals are ignored, since the run is ending already."""
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        self.number = number
        raise Interrupted(signal.Signals(number).name)

    def restore(self) -> None:
        """Gives the signals back to who had them, but for a run that is ending."""
        for number, handler in self._before.items():
            if signal.getsignal(number) == self.interrupt:
                signal.signal(number, handler)

    def pass_on(self) -> None:
        """Has the signal do what it would have done without the run; for a process that goes on after it. Nothing where there was none."""
        if self.number is not None:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            os.kill(os.getpid(), self.number)


@contextmanager
def interruptible(stop: Stop, *, starter: Callable[[], tuple[int, ...]] | None = None) -> Iterator[None]:
    """Has the first signal raise Interrupted.

    starter: tells the processes without any of which the run is to end, such as lineage() or parent().
    """
    for number in _SIGNALS:
        signal.signal(number, stop.interrupt)
    ended = threading.Event()
    if starter is not None:
        threading.Thread(target=_stop_without, args=(starter, ended), daemon=True).start()
    try:
        yield
    finally:
        ended.set()
        stop.restore()


def parent() -> tuple[int, ...]:
    """Returns the process that started this one."""
    return (os.getppid(),)


def lineage(pid: int | None = None) -> tuple[int, ...]:
    """Returns the processes above this one, or another, up to the parent of the leader of its session; none where that is far up, or cannot be seen.

    The leader is the worker of Ansible, at most two shells up, or the shell of an SSH connection; who stands above its
    parent may come and go.
    """
    pid = os.getpid() if pid is None else pid
    above: list[int] = []
    for _step in range(4):
        try:
            # man proc_pid_stat: the fields after the name, which is in parentheses, are state, parent, group, session.
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parent, session = int(fields[1]), int(fields[3])
        except (OSError, ValueError, IndexError):
            return ()
        above.append(parent)
        if session == pid:
            return tuple(above)
        pid = parent
    return ()


def _stop_without(starter: Callable[[], tuple[int, ...]], ended: threading.Event) -> None:
    """Ends this process, as a signal does, once one of those that it was started by is gone."""
    above = starter()
    while above and not ended.wait(_LOOK_EVERY):
        now = starter()
        # What cannot be seen for a moment is not gone.
        if now and now != above:
            os.kill(os.getpid(), signal.SIGTERM)
            return
