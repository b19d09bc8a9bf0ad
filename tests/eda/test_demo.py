# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo-eda` with the installed collection: it succeeds, and leaves nothing running if it is stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.tests.eda.support.running import until
from ansible_collections.ontap.akv.tests.package.test_demo import started
from simulator import Control

#: Seconds; it should take less than a minute.
_PATIENCE = 60


@pytest.fixture
def start(collections: Path, tmp_path: Path) -> Callable[[], subprocess.Popen[str]]:
    return lambda: started("demo.eda", tmp_path, collections)


def processes(folder: Path) -> list[str]:
    """Return the programs with that folder in their command line or environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            content = (path / "cmdline").read_bytes() + (path / "environ").read_bytes()
        except OSError:
            continue
        if os.fsencode(folder) in content:
            found.append(content.partition(b"\0")[0].decode())
    return found


def test_demo_succeeds(start: Callable[[], subprocess.Popen[str]], tmp_path: Path) -> None:
    output, _nothing = start().communicate(timeout=_PATIENCE)
    assert "All of it went as planned" in output, output
    assert "3 restores, one for each SVM" in output
    assert "failed=0" in output
    assert processes(tmp_path) == []


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
    until(about.is_file, "the simulator does not start")
    started_with = json.loads(about.read_text(encoding="utf-8"))
    control = Control(started_with["control_url"], started_with["ca_path"])
    until(lambda: any(entry["method"] == "GET" for entry in control.log()), "nothing reads the cluster")
    control.close()
    (os.killpg if whole_group else os.kill)(process.pid, number)
    output, _nothing = process.communicate(timeout=_PATIENCE)
    assert process.returncode == 130, output
    assert "are stopped" in output
    until(lambda: processes(tmp_path) == [], "something still runs")
