# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of tests that pytest runs."""

from __future__ import annotations

import shlex
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tooling import browser, cores, environment, java, monitoring, venv
from tooling import coverage as measurement
from tooling.cores import Python
from tooling.paths import HOME, REPORTS, ROOT, link_tree
from tooling.running import Failure, Skipped, cpus, run
from tooling.steps import FailedTest, Result

#: kind -> its folder below tests/, in the order of execution.
#: Kinds that cannot use every core run while the linters use the others.
FOLDERS = {
    "units": "unit",
    "awx": "awx",
    "package": "package",
    "bench-tests": "benchmark",
    "test-browser": "browser",
    "test-monitoring": "monitoring",
    "simulator-tests": "simulator_tests",
    "contract": "contract",
    "chaos": "chaos",
    "temperaments": "temperaments",
    "test-eda": "eda",
    "integration": "integration",
}
#: Kinds with a separate environment, by the name of their requirements file.
OWN = {"test-eda": "eda"}
#: Kinds that need programs outside a virtual environment; each function raises Skipped if one is missing.
NEEDS = {"test-browser": browser.needed, "test-eda": java.needed, "test-monitoring": monitoring.needed}
#: Workers for each core. Tests that wait for a simulator or a clock leave the core idle.
#: Kinds that are not listed have one worker, because their tests share an expensive setup or use every core themselves.
WORKERS = {"units": 1, "simulator-tests": 2, "integration": 2, "contract": 2, "test-eda": 1, "temperaments": 1}
_MOST_WORKERS = 8


def core_environment(core: str, python: Python, requirements: str = "test") -> Path:
    """Return the interpreter of the environment with one ansible-core and everything that its tests need."""
    name = "core" if requirements == "test" else requirements
    return venv.ensure(f"{name}-{core}", python, [requirements], [f"ansible-core~={core}.0"])


@dataclass(frozen=True)
class Manner:
    """How to run a kind.

    options: additional options of pytest. coverage: name of the measurement.
    logged: write the output to a log, not to the terminal.
    """

    options: tuple[str, ...] = ()
    coverage: str | None = None
    logged: bool = False


def run_kind(kind: str, core: str, python: Python, arguments: Sequence[str] = (), manner: Manner = Manner()) -> Result:
    """Run one kind of test, or the tests that the arguments name, on one ansible-core."""
    folder = ROOT / "tests" / FOLDERS[kind]
    if not any(folder.rglob("test_*.py")):
        raise Skipped(f"{folder.relative_to(ROOT)} holds no test yet")
    report = report_of(kind, core)
    report.unlink(missing_ok=True)
    if kind in NEEDS:
        NEEDS[kind]()
    interpreter = core_environment(core, python, OWN.get(kind, "test"))
    env = environment.for_tools(interpreter)
    if kind == "test-browser":
        env |= browser.variables()
    env["ANSIBLE_HOME"] = str(HOME / ".ansible")
    if manner.coverage:
        env.update(measurement.variables(manner.coverage, python.version))
    link_tree()
    # The only report family that contains the properties that tests record.
    written = ["-o", "junit_family=xunit1", f"--junitxml={report}"]
    log = f"{kind}-{core}" if manner.logged else None
    status = run(
        [interpreter, "-m", "pytest", "-q", *written, *_workers(kind), *manner.options, *(arguments or [str(folder)])],
        env,
        log=log,
    )
    result = read_report(report, kind, python)
    if status and not result.failed:
        raise Failure(f"pytest ended with status {status}" + (f"; its output: .work/logs/{log}.log" if log else ""))
    return result


def report_of(kind: str, core: str) -> Path:
    """Return the path of the JUnit report of the last run of a kind."""
    return REPORTS / f"{kind}-{core}.xml"


def _workers(kind: str) -> list[str]:
    number = min(cpus() * WORKERS.get(kind, 0), _MOST_WORKERS)
    return ["-n", str(number), "--dist", "worksteal"] if number > 1 else []


def command_for(kind: str, identifier: str, python: Python) -> str:
    """Return the command that runs one test alone."""
    other = "" if python == cores.own() else f" PYTHON={shlex.quote(str(python.path))}"
    # make expands dollar signs, and its shell removes the quotes.
    argument = shlex.quote(identifier).replace("$", "$$")
    quoted = shlex.quote(f"ARGS={argument}") if set(argument) & set('"\\`$!') else f'ARGS="{argument}"'
    return f"make {kind}{other} {quoted}"


def identifiers(report: Path) -> set[str]:
    """Return the IDs of the tests in a JUnit report."""
    return {_identifier(case) for case in ET.parse(report).getroot().iter("testcase")}  # noqa: S314 - pytest wrote it


def _identifier(case: ET.Element) -> str:
    """Return the ID of a test, as tests/conftest.py records it."""
    found = [str(each.get("value")) for each in case.iter("property") if each.get("name") == "id"]
    # A module that cannot be imported has no ID.
    return found[0] if found else str(case.get("classname") or case.get("name")).replace(".", "/") + ".py"


def read_report(report: Path, kind: str, python: Python) -> Result:
    """Count the results of a JUnit report; collect the reasons of skipped tests (each once) and the failed tests."""
    if not report.is_file():
        raise Failure("pytest wrote no report")
    root = ET.parse(report).getroot()  # noqa: S314 - pytest wrote it just now
    cases = list(root.iter("testcase"))
    wrong = [(case, element) for case in cases for element in case if element.tag in ("failure", "error")]
    failures = {_identifier(case): element for case, element in reversed(wrong)}
    skipped = [element for case in cases for element in case.findall("skipped")]
    passed = len(cases) - len(failures) - len(skipped)
    failed = [
        FailedTest(name, element.text or str(element.get("message")), command_for(kind, name, python))
        for name, element in reversed(failures.items())
    ]
    reasons = sorted({str(element.get("message")) for element in skipped})
    note = (
        f"{passed} tests"
        + (f", {len(failed)} failed" if failed else "")
        + (f", {len(skipped)} skipped" if skipped else "")
    )
    return Result(
        "", passed=passed, failed=len(failed), skipped=len(skipped), note=note, reasons=reasons, failures=failed
    )
