# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`ansible-test sanity` on a copy of the checkout, with a separate HOME and selected Pythons."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from tooling import environment, kinds, tree
from tooling.cores import Python
from tooling.paths import HOME, LOGS, WORK
from tooling.running import Failure, run
from tooling.steps import Result

#: Replaces the get-pip script that ansible-test would download: uses the copy of pip bundled with Python.
_GET_PIP = """\
import ensurepip, os, re, subprocess, sys
ensurepip.bootstrap(default_pip=True)
wanted = [name for name in sys.argv[1:] if not name.startswith("-") and re.split("[=<>~]", name)[0] != "pip"]
if wanted:
    environment = {key: value for key, value in os.environ.items() if key != "GET_PIP"}
    sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", *wanted], env=environment))
"""


#: The tests that `make test` runs: documentation against specification, imports without optional packages, style.
QUICK = ("--test", "validate-modules", "--test", "import", "--test", "pep8")


def run_sanity(core: str, python: Python, arguments: Sequence[str] = ()) -> Result:
    """Run the sanity tests of one ansible-core on one Python, with no ignore file."""
    interpreter = kinds.core_environment(core, python)
    collection = tree.copy("sanity")
    ignored = list((collection / "tests" / "sanity").glob("ignore*"))
    if ignored:
        raise Failure(f"no sanity test is to be ignored: {', '.join(path.name for path in ignored)}")
    env = environment.for_tools(interpreter)
    # ansible-test runs each python3.N that it finds on PATH, and fails at the first shim that does not work.
    env["PATH"] = f"{_programs([python])}:{interpreter.parent}:/usr/local/bin:/usr/bin:/bin"
    # Not below the name of another collection, and without the Python packages of the tests.
    del env["PYTHONPATH"]
    _prepare_home(interpreter)
    command: list[str | Path] = [
        interpreter,
        interpreter.parent / "ansible-test",
        "sanity",
        "--local",
        "--color",
        "no",
        "--python",
        python.name,
        *arguments,
    ]
    log = f"sanity-{core}-py{python.name}"
    status = run(command, env, cwd=collection, log=log)
    output = (LOGS / f"{log}.log").read_text(encoding="utf-8", errors="replace")
    if status or "All targets skipped" in output:
        found = [line for line in output.splitlines() if line.startswith(("ERROR: ", "FATAL: ", "WARNING: All"))]
        raise Failure(
            "\n".join(
                [
                    *(found or output.splitlines()[-30:]),
                    f"ansible-test sanity ended with status {status}; all of it: {LOGS / log}.log",
                ]
            )
        )
    number = len(re.findall(r"^Running sanity test ", output, re.MULTILINE))
    return Result("", passed=1, note=f"{number} tests of ansible-test, none ignored")


def _programs(pythons: Iterable[Python]) -> Path:
    """Return a folder with one link for each of these Pythons, and nothing else."""
    folder = WORK / "pythons"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for python in pythons:
        (folder / f"python{python.name}").symlink_to(python.path)
    return folder


def _prepare_home(interpreter: Path) -> None:
    """Give ansible-test's pip the user's settings and cache, which its empty environment would hide."""
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for name in _get_pip_names(interpreter):
        (cache / name).write_text(_GET_PIP, encoding="utf-8")
    config = HOME / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(_pip_settings(interpreter), encoding="utf-8")


def _get_pip_names(interpreter: Path) -> set[str]:
    """Return the file names under which this ansible-test looks for its get-pip script."""
    requirements = next(
        interpreter.parent.parent.glob("lib/python*/site-packages/ansible_test/_internal/python_requirements.py")
    )
    versions = re.findall(r"""["'](\d\d\.\d(?:\.\d)?)["']""", requirements.read_text(encoding="utf-8"))
    return {f"get_pip_{version.replace('.', '_')}.py" for version in versions}


def _pip_settings(interpreter: Path) -> str:
    pip = [str(interpreter), "-m", "pip"]
    env = environment.for_pip()
    listed = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, env=env, check=True).stdout
    cache = subprocess.run([*pip, "cache", "dir"], capture_output=True, text=True, env=env, check=True).stdout.strip()
    settings = {"cache-dir": cache}
    # If two lines set the same option, the later one wins.
    for line in listed.splitlines():
        key, _equals, value = line.partition("=")
        name = key.rpartition(".")[2]
        if name not in ("user", "target", "prefix", "require-virtualenv"):
            settings[name] = str(ast.literal_eval(value))
    return "[global]\n" + "".join(_setting(key, value) for key, value in settings.items())


def _setting(key: str, value: str) -> str:
    return f"{key} = " + "\n    ".join(value.splitlines()) + "\n"
