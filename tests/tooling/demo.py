# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`, `make demo-eda`: install the collection into a separate environment, run it on a simulated ONTAP."""

from __future__ import annotations

import shutil
from pathlib import Path

from tooling import cores, environment, java, tree, venv
from tooling.paths import ROOT, WORK
from tooling.running import Failure, Skipped, run, say


def demo_environment(name: str = "demo", *more: str) -> Path:
    """Create the environment: ansible-core, requirements.txt, and the simulator; more: additional requirements."""
    python = cores.own()
    return venv.ensure(
        name,
        python,
        ["simulator", *more],
        [f"ansible-core~={cores.newest_for(python)}.0", "-r", str(ROOT / "requirements.txt")],
    )


def installed(interpreter: Path, name: str = "demo") -> Path:
    """Build and install the collection; return the folder where Ansible finds it."""
    say("building the collection and installing it")
    collections = WORK / name / "collections"
    tree.install(interpreter, tree.build(interpreter, name), collections)
    return collections


def run_demo(arguments: list[str]) -> int:
    """Install everything, then run tests/demo."""
    return _run("demo", demo_environment(), arguments)


def run_demo_eda(arguments: list[str]) -> int:
    """Run the demo of ansible-rulebook, which needs Java."""
    try:
        java.needed()
    except Skipped as reason:
        raise Failure(str(reason)) from None
    return _run("demo-eda", demo_environment("demo-eda", "rulebook"), arguments)


def _run(name: str, interpreter: Path, arguments: list[str]) -> int:
    collections = installed(interpreter, name)
    run_folder = WORK / name / "run"
    shutil.rmtree(run_folder, ignore_errors=True)
    run_folder.mkdir(parents=True)
    env = environment.for_tools(interpreter)
    return run([interpreter, "-m", name.replace("-", "."), run_folder, collections, *arguments], env)
