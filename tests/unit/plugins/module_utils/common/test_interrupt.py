# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is told to end, or that no one waits for any more; what a module says then is in the integration tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import (
    TIME_LIMIT,
    Interrupted,
    Stop,
    handle_signals,
    is_unread,
    make_module_cut_off,
    make_worker_cut_off,
)

#: Seconds after which a test that waits in vain fails.
_PATIENCE = 60
#: A worker or module that says in a file why it was stopped. It never ends otherwise.
_CHILD = """
import sys, threading
from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import (
    Interrupted,
    Stop,
    handle_signals,
    make_module_cut_off,
    make_worker_cut_off,
)
try:
    with handle_signals(Stop(), {cut_off}):
        print("ready", flush=True)
        threading.Event().wait()
except Interrupted as end:
    open({report!r}, "w").write(end.cause)
"""
#: Starts it, and stays.
_STARTER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def wait_to_be_stopped(number: signal.Signals) -> None:
    """Work that is told to end."""
    with handle_signals(Stop()):
        os.kill(os.getpid(), number)
        threading.Event().wait(_PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_work_and_later_ones_nothing_more(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name):
        wait_to_be_stopped(number)
    # They would have ended the test.
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)


def test_without_a_signal_everything_is_as_before() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with handle_signals(Stop(), make_worker_cut_off()):
        pass
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_work_that_nobody_waits_for_is_stopped_with_the_reason() -> None:
    with pytest.raises(Interrupted) as raised, handle_signals(Stop(), lambda: "an impatient test"):
        threading.Event().wait(_PATIENCE)
    assert (
        raised.value.make_error("nothing was done").message
        == "the run was stopped by an impatient test: nothing was done"
    )


@pytest.mark.parametrize(
    ("cut_off", "cause"),
    [
        ("make_worker_cut_off()", "the end of ansible-playbook"),
        ("make_module_cut_off({})", "a closed output, which Ansible no longer reads"),
    ],
)
def test_a_run_whose_starter_is_killed(tmp_path: Path, cut_off: str, cause: str) -> None:
    """The starter reads the output of a module: with it the reader is gone."""
    report = tmp_path / "report"
    child = _CHILD.format(cut_off=cut_off, report=str(report))
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", _STARTER, child], env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.stdout.close()
    until_written(report)
    assert report.read_text(encoding="utf-8") == cause


def until_written(path: Path) -> None:
    """Wait for a file with something in it."""
    for _try in range(_PATIENCE * 10):
        if path.is_file() and path.stat().st_size:
            return
        threading.Event().wait(0.1)
    raise AssertionError(path)


def test_the_end_of_a_pipe_a_socket_or_a_terminal_is_noticed() -> None:
    left, right = socket.socketpair()
    read, write = os.pipe()
    controller, terminal = os.openpty()
    with left:
        for kept, other in ((left.fileno(), right.detach()), (write, read), (terminal, controller)):
            assert not is_unread(kept)
            os.close(other)
            assert is_unread(kept)
    os.close(write)
    os.close(terminal)


def test_a_file_and_a_closed_descriptor_have_no_reader_that_could_be_gone(tmp_path: Path) -> None:
    with (
        (tmp_path / "output").open("w", encoding="utf-8") as output,
        Path(os.devnull).open("w", encoding="utf-8") as nothing,
    ):
        assert not is_unread(output.fileno())
        assert not is_unread(nothing.fileno())
        closed = os.dup(output.fileno())
    os.close(closed)
    assert not is_unread(closed)


@pytest.mark.parametrize(
    ("limit", "cause"),
    [("0", "the time limit of the task (0 s were left)"), ("3600.0", None), ("soon", None), ("", None)],
)
def test_the_time_limit_of_a_module(limit: str, cause: str | None) -> None:
    assert make_module_cut_off({TIME_LIMIT: limit})() == cause
    assert make_module_cut_off({})() is None
