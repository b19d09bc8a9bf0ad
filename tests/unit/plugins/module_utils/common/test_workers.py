# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool of threads that does the work of a task. An exception during the wait stops the pool."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel

_PATIENCE = 60


class TaskTimeout(BaseException):
    """The exception that Ansible raises in the main thread when a task times out."""


@pytest.fixture
def _alarm() -> Iterator[None]:
    """An alarm that ends the wait, as a task timeout does."""

    def cut_off(_number: int, _frame: FrameType | None) -> None:
        raise TaskTimeout

    before = signal.signal(signal.SIGALRM, cut_off)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm")
def test_exception_in_waiting_thread_starts_no_further_items() -> None:
    """The item in progress finishes. No other one is started, although the process continues."""
    begun: list[int] = []
    released, others = threading.Event(), set(threading.enumerate())

    def work(number: int, _item: str) -> None:
        begun.append(number)
        os.kill(os.getpid(), signal.SIGALRM)
        assert released.wait(_PATIENCE)

    with pytest.raises(TaskTimeout):
        run_in_parallel(work, dict(enumerate("abc")), workers=1)
    released.set()
    for thread in set(threading.enumerate()) - others:
        thread.join(_PATIENCE)
    assert begun == [0]


def test_raises_exception_of_item_after_other_items_finish() -> None:
    done: list[int] = []

    def work(number: int, _item: str) -> None:
        if number == 0:
            raise ValueError(number)
        done.append(number)

    with pytest.raises(ValueError, match="0"):
        run_in_parallel(work, dict(enumerate("abc")), workers=2)
    assert sorted(done) == [1, 2]
