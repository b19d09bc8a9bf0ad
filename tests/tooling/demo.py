# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: the collection built and installed into an environment of its own, then run against a simulated ONTAP."""

from __future__ import annotations

import shutil
from pathlib import Path

from tooling import cores, environment, tree, venv
from tooling.paths import ROOT, WORK
from tooling.running import run, say

FOLDER = WORK / "demo"


def demo_environment() -> Path:
    """As a user would have it: ansible-core, requirements.txt, and the simulator."""
    python = cores.own()
    return venv.ensure("demo", python, ["simulator"], [f"ansible-core~={cores.newest_for(python)}.0", "-r", str(ROOT / "requirements.txt")])


def installed(interpreter: Path) -> Path:
    """Build the collection and install it; give the folder where Ansible finds it."""
    say("building the collection and installing it")
    collections = FOLDER / "collections"
    tree.install(interpreter, tree.build(interpreter, "demo"), collections)
    return collections


def run_demo(arguments: list[str]) -> int:
    """Install everything, then hand over to tests/demo."""
    interpreter = demo_environment()
    collections = installed(interpreter)
    run_folder = FOLDER / "run"
    shutil.rmtree(run_folder, ignore_errors=True)
    run_folder.mkdir(parents=True)
    env = environment.for_tools(interpreter)
    return run([interpreter, "-m", "demo", run_folder, collections, *arguments], env)
