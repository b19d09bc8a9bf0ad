# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make readme-check`: run the commands of the README in environments that hold only ansible-core."""

from __future__ import annotations

import os
import shutil

from tooling import cores, environment, kinds, tree, venv
from tooling.cores import Python
from tooling.paths import VENVS, WORK, link_tree
from tooling.running import Failure, checked
from tooling.steps import Result


def run_readme_check() -> Result:
    """Run the README's commands on the oldest and the newest supported ansible-core, each in a new environment."""
    chosen, skipped = cores.matrix()
    wanted = {next(iter(cores.SUPPORTED)), cores.newest_core()}
    pairs = [(core, python) for core, python in chosen if core in wanted]
    if not pairs:
        raise Failure("\n".join(skipped))
    for core, python in pairs:
        _run_on(core, python)
    tested = ", ".join(f"{core} on Python {python.name}" for core, python in pairs)
    reasons = [reason for reason in skipped if any(f"ansible-core {core}:" in reason for core in wanted)]
    return Result("", passed=len(pairs), skipped=len(reasons), note=f"ansible-core {tested}", reasons=reasons)


def _run_on(core: str, python: Python) -> None:
    """Run the commands on one ansible-core; the simulator runs in the environment of the tests."""
    name = f"readme-{core}"
    # A new one each time: the README installs the libraries into it.
    shutil.rmtree(VENVS / f"{name}-py{python.name}", ignore_errors=True)
    programs = venv.ensure(name, python, [], [f"ansible-core~={core}.0"]).parent
    checkout, folder = tree.copy(name), WORK / name / "user"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    own = cores.own()
    tests = kinds.core_environment(cores.newest_for(own), own)
    env = environment.for_tools(tests)
    env["PYTHONPATH"] = os.pathsep.join([str(link_tree()), env["PYTHONPATH"]])
    checked([tests, "-m", "published.readme", folder, checkout, programs], env, cwd=folder, log=name)
