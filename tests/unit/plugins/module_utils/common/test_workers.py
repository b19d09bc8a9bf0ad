# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool of threads that does the work of a task: whatever ends the wait for it ends the work."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel

_PATIENCE = 60


class TimeoutOfTask(BaseException):
    """What Ansible raises in the main thread when a task has had its time."""


@pytest.fixture
def _alarm() -> Iterator[None]:
    """An alarm that ends the wait, as a task timeout does."""

    def cut_off(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutOfTask

    before = signal.signal(signal.SIGALRM, cut_off)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm")
def test_an_exception_in_the_thread_that_waits_ends_the_work() -> None:
    """The item that is under way ends; no other one is started, although the process continues."""
    begun: list[int] = []
    goes_on, others = threading.Event(), set(threading.enumerate())

    def work(number: int, _item: str) -> None:
        begun.append(number)
        os.kill(os.getpid(), signal.SIGALRM)
        assert goes_on.wait(_PATIENCE)

    with pytest.raises(TimeoutOfTask):
        run_in_parallel(work, dict(enumerate("abc")), workers=1)
    goes_on.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(_PATIENCE)
    assert begun == [0]


def test_an_exception_of_a_call_is_raised_once_the_others_have_ended() -> None:
    done: list[int] = []

    def work(number: int, _item: str) -> None:
        if number == 0:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="0"):
        run_in_parallel(work, dict(enumerate("abc")), workers=2)
    assert sorted(done) == [1, 2]
