# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coverage of plugins/ over several kinds of tests, including AnsiballZ module processes.

The .pth file of coverage starts it in every Python process with COVERAGE_PROCESS_START: pytest, ansible-playbook, its
workers, and modules, whose files are in a zip archive below a temporary folder. `[paths]` maps the three locations
(checkout, symbolic link, archive) to one when the data is combined.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tooling import environment
from tooling.cores import Version
from tooling.paths import COLLECTION, REPORTS, ROOT
from tooling.running import Failure, checked, run
from tooling.steps import Result

#: Oldest Python with sys.monitoring.
_SYSMON = (3, 12)
#: Required coverage of the lines of plugins/, in per cent.
WANTED = 95.0
_CONFIG = """\
[run]
data_file = {folder}/data
parallel = true
concurrency = thread, multiprocessing
# What a worker of ansible-playbook, or a module that is ended by a signal, saw would else be lost.
patch = _exit
sigterm = true
# AnsiballZ makes them up in its archives.
omit = */__init__.py
disable_warnings = no-data-collected, module-not-measured
{what}
[paths]
plugins =
    {root}/plugins
    */{collection}/plugins
[report]
include_namespace_packages = true
show_missing = true
skip_covered = true
exclude_also =
    if TYPE_CHECKING:
"""
_RUNNING = "include =\n    {root}/plugins/*\n    */{collection}/plugins/*"
#: With `source`, files that no process imported count as not covered.
_EVERY_FILE = "source =\n    {root}/plugins"


def _folder(name: str) -> Path:
    return REPORTS / "coverage" / name


def _config(name: str, what: str, file: str) -> Path:
    path = _folder(name) / file
    path.parent.mkdir(parents=True, exist_ok=True)
    places = {"root": ROOT, "collection": COLLECTION}
    path.write_text(_CONFIG.format(folder=_folder(name), what=what.format(**places), **places), encoding="utf-8")
    return path


def start(name: str) -> None:
    """Delete the data of an earlier run."""
    shutil.rmtree(_folder(name), ignore_errors=True)


def variables(name: str, version: Version) -> dict[str, str]:
    """Return the environment variables that measure plugins/ in a process and all its child processes."""
    started = {"COVERAGE_PROCESS_START": str(_config(name, _RUNNING, "running.ini"))}
    # Much faster than tracing, which is the default there; earlier Pythons do not have it.
    return started | ({"COVERAGE_CORE": "sysmon"} if version >= _SYSMON else {})


def report(name: str, interpreter: Path) -> Result:
    """Combine the data and compare it with the required coverage."""
    env, folder = environment.for_tools(interpreter), _folder(name)
    if not any(folder.glob("data.*")):
        raise Failure("no process measured a line of plugins/")
    config = _config(name, _EVERY_FILE, "every-file.ini")
    rc = f"--rcfile={config}"
    tool: list[str | Path] = [interpreter, "-m", "coverage"]
    checked([*tool, "run", rc, ROOT / "tests" / "tooling" / "__init__.py"], env, log="coverage-every-file")
    checked([*tool, "combine", "--quiet", rc], env, log="coverage-combine")
    for unfinished in folder.glob("data.*"):
        # Left by a process that was killed while writing; the tools below cannot read it.
        unfinished.unlink()
    checked([*tool, "json", "--quiet", rc, "-o", folder / "coverage.json"], env, log="coverage-json")
    checked([*tool, "html", "--quiet", rc, "-d", folder / "html"], env, log="coverage-html")
    run([*tool, "report", rc], env, log="coverage-report")
    totals = json.loads((folder / "coverage.json").read_text(encoding="utf-8"))["totals"]
    share = 100.0 * totals["covered_lines"] / max(totals["num_statements"], 1)
    note = f"{share:.1f} % of {totals['num_statements']} lines of plugins/ ({WANTED:.0f} % wanted)"
    if share < WANTED:
        raise Failure(
            f"{note}; which lines: {(folder / 'html' / 'index.html').relative_to(ROOT)} or"
            " .work/logs/coverage-report.log"
        )
    return Result("", passed=1, note=note)
