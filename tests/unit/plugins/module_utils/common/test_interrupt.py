# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that receives a signal, or whose result nobody reads. Integration tests check what a module then returns."""

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

#: Seconds after which a waiting test fails.
_PATIENCE = 60
#: A worker or module that writes to a file why it was stopped. Nothing else ends it.
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
#: Starts the child and waits for it.
_STARTER = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def wait_for_signal(number: signal.Signals) -> None:
    """Send a signal to this process during its work."""
    with handle_signals(Stop()):
        os.kill(os.getpid(), number)
        threading.Event().wait(_PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_first_signal_stops_work_and_later_signals_are_ignored(number: signal.Signals) -> None:
    with pytest.raises(Interrupted, match=number.name):
        wait_for_signal(number)
    # Unhandled, these signals would end the test run.
    os.kill(os.getpid(), signal.SIGTERM)
    os.kill(os.getpid(), signal.SIGINT)


def test_restores_signal_handlers_after_work_without_signal() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)]
    with handle_signals(Stop(), make_worker_cut_off()):
        pass
    assert [signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT)] == before


def test_cut_off_stops_work_and_error_names_cause() -> None:
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
def test_run_stops_when_its_parent_is_killed(tmp_path: Path, cut_off: str, cause: str) -> None:
    """The parent reads the output of a module, so killing it also removes the reader."""
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
    wait_until_written(report)
    assert report.read_text(encoding="utf-8") == cause


def wait_until_written(path: Path) -> None:
    """Wait until a file exists and is not empty."""
    for _try in range(_PATIENCE * 10):
        if path.is_file() and path.stat().st_size:
            return
        threading.Event().wait(0.1)
    raise AssertionError(path)


def test_detects_closed_reader_of_pipe_socket_and_terminal() -> None:
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


def test_file_and_closed_descriptor_do_not_count_as_unread(tmp_path: Path) -> None:
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
def test_module_cut_off_reports_expired_time_limit(limit: str, cause: str | None) -> None:
    assert make_module_cut_off({TIME_LIMIT: limit})() == cause
    assert make_module_cut_off({})() is None
