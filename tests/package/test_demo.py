# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo` with the installed collection: it succeeds, and leaves nothing running if it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import environment

#: Seconds; far more than anything here takes.
_PATIENCE = 90
_MOST_LINES = 60


def started(program: str, folder: Path, collections: Path) -> subprocess.Popen[str]:
    """Start a demo as make does, with its output in a pipe."""
    env = environment.for_tools(Path(sys.executable))
    command = [sys.executable, "-m", program, str(folder), str(collections)]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


@pytest.fixture
def start(collections: Path, tmp_path: Path) -> Callable[[], subprocess.Popen[str]]:
    return lambda: started("demo", tmp_path, collections)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_demo_succeeds(start: Callable[[], subprocess.Popen[str]], tmp_path: Path) -> None:
    output, _nothing = start().communicate(timeout=_PATIENCE)
    assert "All of it went as planned." in output, output
    full = (tmp_path / "output.txt").read_text(encoding="utf-8")
    assert "failed=0" in full
    assert "WARNING" not in full + output
    report = (tmp_path / "report" / "akv.html").read_text(encoding="utf-8")
    assert f"The report, to be opened in a browser: {tmp_path}" in output
    assert f"The full output of ansible-playbook: {tmp_path / 'output.txt'}" in output
    assert "demo-cluster" in report
    assert "4 recovered" in report
    _check_order(output)


def _check_order(output: str) -> None:
    """Check that the output is short, and that its parts are in the expected order."""
    lines = output.splitlines()
    assert len(lines) <= _MOST_LINES, output
    assert max(map(len, lines)) <= 140
    milestones = [
        "usable: true",
        "svm1, svm2, svm3: created",
        "svm1, svm2, svm3: nothing to do",
        "STOPPED",
        "AADSTS7000222",
        "az ad app credential reset",
        "nothing was sent, and the old secret is still in use",
        "svm2, svm3: updated",
        "3 SVMs of the application",
        "svm1, svm2, svm3: re-keyed",
        "svm1: Top-level internal key protection key (KEK) is unavailable",
        "svm4: Top-level",
        "svm1, svm2, svm3, svm4: restored",
        "svm1: client_secret",
        "svm4: removed",
    ]
    at = 0
    for part in milestones:
        found = output.find(part, at)
        assert found >= 0, f"{part} is missing, or too early:\n{output}"
        at = found


@pytest.mark.parametrize(
    ("number", "whole_group"),
    [(signal.SIGINT, True), (signal.SIGTERM, False)],
    ids=["Ctrl-C", "SIGTERM to the driver alone"],
)
def test_stopped_demo_leaves_nothing_running(
    number: signal.Signals, whole_group: bool, start: Callable[[], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = start()
    about = tmp_path / "simulator.json"
    wait_for(about.is_file)
    simulator = json.loads(about.read_text(encoding="utf-8"))["pid"]
    # The playbook runs: the driver writes its inventory just before.
    wait_for((tmp_path / "inventory.yml").is_file)
    (os.killpg if whole_group else os.kill)(process.pid, number)
    output, _nothing = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 130, output
    assert "the simulated ONTAP is stopped" in output
    assert not alive(simulator)
    assert not about.exists()
