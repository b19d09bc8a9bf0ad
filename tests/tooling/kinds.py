# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of tests that pytest runs."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from tooling import browser, environment, java, venv
from tooling import coverage as measurement
from tooling.cores import Python
from tooling.paths import HOME, REPORTS, ROOT, link_tree
from tooling.running import Failure, Result, Skipped, cpus, run

#: kind -> its folder below tests/
FOLDERS = {
    "units": "unit",
    "simulator-tests": "simulator_tests",
    "integration": "integration",
    "contract": "contract",
    "awx": "awx",
    "test-browser": "browser",
    "test-eda": "eda",
    "chaos": "chaos",
    "temperaments": "temperaments",
    "bench-tests": "benchmark",
    "package": "package",
}
#: Kinds with an environment of their own, by the name of their requirements file.
OWN = {"test-eda": "eda"}
#: Kinds that need what no environment can hold; each raises Skipped where it is not there.
NEEDS = {"test-browser": browser.needed, "test-eda": java.needed}
#: Kinds that take long, and whose tests share nothing: one worker for each core.
PARALLEL = ("units", "integration", "awx", "test-eda", "temperaments")


def core_environment(core: str, python: Python, requirements: str = "test") -> Path:
    """The interpreter of the environment that holds one ansible-core and everything its tests need."""
    name = "core" if requirements == "test" else requirements
    return venv.ensure(f"{name}-{core}", python, [requirements], [f"ansible-core~={core}.0"])


def run_kind(kind: str, core: str, python: Python, arguments: list[str], coverage: str | None = None) -> Result:
    """Run one kind of test on one ansible-core; `coverage` names the measurement it belongs to."""
    folder = ROOT / "tests" / FOLDERS[kind]
    if not any(folder.rglob("test_*.py")):
        raise Skipped(f"{folder.relative_to(ROOT)} holds no test yet")
    if kind in NEEDS:
        NEEDS[kind]()
    interpreter = core_environment(core, python, OWN.get(kind, "test"))
    env = environment.for_tools(interpreter)
    if kind == "test-browser":
        env |= browser.variables()
    env["ANSIBLE_HOME"] = str(HOME / ".ansible")
    if coverage:
        env.update(measurement.variables(coverage))
    link_tree()
    report = REPORTS / f"{kind}-{core}.xml"
    workers = ["-n", str(min(cpus(), 8)), "--dist", "worksteal"] if kind in PARALLEL and cpus() > 1 else []
    status = run([interpreter, "-m", "pytest", "-q", f"--junitxml={report}", *workers, *(arguments or [str(folder)])], env)
    result = _read(report)
    if status and not result.failed:
        raise Failure(f"pytest ended with status {status}")
    return result


def _read(report: Path) -> Result:
    """Count a JUnit report, and collect why tests were skipped, each reason once."""
    if not report.is_file():
        raise Failure("pytest wrote no report")
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    root = ET.parse(report).getroot()  # noqa: S314 - pytest wrote it just now
    for suite in root.iter("testsuite"):
        for key in counts:
            counts[key] += int(suite.get(key, "0"))
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    reasons = sorted({str(element.get("message")) for element in root.iter("skipped")})
    return Result("", passed=passed, failed=failed, skipped=counts["skipped"], note=f"{passed} passed", reasons=reasons)
