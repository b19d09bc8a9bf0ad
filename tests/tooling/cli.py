# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The targets of the Makefile."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from functools import partial

from tooling import (
    browser,
    changed,
    checks,
    cores,
    coverage,
    demo,
    docs,
    environment,
    image,
    kinds,
    listing,
    published,
    recording,
    release,
    return_values,
    sanity,
    sbom,
    support,
    tested,
    tree,
    troubleshooting,
    venv,
)
from tooling.cores import Python
from tooling.paths import ROOT, WORK, link_tree
from tooling.running import Failure, run, say, stop_on_signals
from tooling.steps import Result, Step, Steps

#: Kinds that count for the coverage of plugins/ and run on several releases of ansible-core.
_MEASURED = ("units", "integration")
#: Kinds that `make test` leaves out: they need a separate environment, or test the figures of the benchmark.
_FULL_ONLY = ("test-eda", "bench-tests")
#: Kinds with one worker that `make test` runs after the linters, beside the others, so that both cores are busy.
_AFTER_LINT = ("awx", "package")


def main(arguments: list[str]) -> int:
    """Run one target; the arguments after its name go to the tool behind it."""
    stop_on_signals()
    target, rest = (arguments[0] if arguments else "help"), arguments[1:]
    if target not in _TARGETS:
        say(f"unknown target {target}; there are: {', '.join(_TARGETS)}")
        return 2
    try:
        return _TARGETS[target](rest)
    except Failure as failure:
        say(f"\nFAILED: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\ninterrupted; what was started is stopped")
        return 130


def _own() -> tuple[str, Python]:
    python = cores.own()
    return cores.newest_for(python), python


def _test(_rest: list[str]) -> int:
    """Run every linter, and the tests that find the most faults for their run time; make test-all runs all tests."""
    core, python = _own()
    steps = Steps()
    lint: list[Step] = [
        ("lint", checks.lint),
        ("docs-check", checks.docs_check),
        ("docs", docs.run_docs),
        ("galaxy-check", checks.galaxy_check),
    ]
    sanity_step: Step = ("sanity", partial(sanity.run_sanity, core, python, sanity.QUICK))
    tests = {kind: _tests(kind, core, python, "--quick") for kind in kinds.FOLDERS if kind not in _FULL_ONLY}
    beside = [tests.pop(kind) for kind in _AFTER_LINT]
    steps.side_by_side([*lint, sanity_step, *beside], list(tests.values()))
    return steps.close(f"make test: ansible-core {core} on Python {python.name}")


def _test_all(_rest: list[str]) -> int:
    """Run all checks and tests on the chosen Python; on the newest core, the units and a part of integration.

    That part, which `make test` selects, starts fresh processes and measures coverage; on the chosen Python all tests
    run, in forked processes. `make test-newest` runs everything in fresh processes on the newest core.
    """
    core, python = _own()
    newest, newer = cores.newest_pair()
    steps = Steps()
    coverage.start("test")
    part = {"integration": ["--quick"]} if newest != core else {}
    measured = {
        kind: _tests(kind, newest, newer, "--fresh", *part.get(kind, ()), coverage="test") for kind in _MEASURED
    }
    own = [_tests(kind, core, python) for kind in kinds.FOLDERS if newest != core or kind not in _MEASURED]
    lint: list[Step] = [
        ("lint", checks.lint),
        ("docs-check", checks.docs_check),
        ("docs", docs.run_docs),
        ("galaxy-check", checks.galaxy_check),
    ]
    steps.side_by_side([*lint, ("sanity", partial(sanity.run_sanity, core, python)), *measured.values()], own)
    steps.step("coverage", lambda: coverage.report("test", kinds.core_environment(newest, newer)))
    steps.step("test IDs", lambda: listing.check_complete(core))
    return steps.close(
        f"make test-all: ansible-core {core} on Python {python.name} and {newest} on Python {newer.name}"
    )


def _test_newest(_rest: list[str]) -> int:
    """Run units and integration on the newest ansible-core that any Python of this machine supports."""
    core, python = cores.newest_pair()
    if core == cores.newest_for(cores.own()):
        say(
            f"nothing to do: Python {cores.own().name} takes ansible-core {core}, the newest that any Python here takes"
        )
        return 0
    steps = Steps()
    for kind in _MEASURED:
        steps.step(*_tests(kind, core, python, "--fresh"))
    return steps.close(f"ansible-core {core} on Python {python.name}")


def _tests(kind: str, core: str, python: Python, *options: str, coverage: str | None = None) -> Step:
    """Return the step that runs one kind of test and writes its output to a log."""
    name = kind if core == _own()[0] else f"{kind} {core}"
    return name, partial(kinds.run_kind, kind, core, python, (), kinds.Manner(options, coverage, logged=True))


def _kind(kind: str) -> Callable[[list[str]], int]:
    def target(rest: list[str]) -> int:
        core, python = _own()
        steps = Steps()
        steps.step(kind, lambda: kinds.run_kind(kind, core, python, rest))
        return steps.close(f"ansible-core {core} on Python {python.name}")

    return target


def _check(name: str, function: Callable[[], Result]) -> Callable[[list[str]], int]:
    def target(_rest: list[str]) -> int:
        steps = Steps()
        steps.step(name, function)
        return steps.close(f"make {name}")

    return target


def _sanity(rest: list[str]) -> int:
    core, python = _own()
    steps = Steps()
    steps.step("sanity", lambda: sanity.run_sanity(core, python, rest))
    return steps.close(f"ansible-core {core} on Python {python.name}")


def _simulator(rest: list[str]) -> int:
    """Start a simulated ONTAP with sample SVMs, until Ctrl-C."""
    interpreter = demo.demo_environment()
    collections = demo.installed(interpreter)
    folder = WORK / "simulator"
    say("A terminal that has ansible-playbook and the collection:")
    say(
        f"  export PATH={shlex.quote(str(interpreter.parent))}:$PATH"
        f" ANSIBLE_COLLECTIONS_PATH={shlex.quote(str(collections))}\n"
    )
    try:
        return run([interpreter, "-m", "simulator", "--directory", folder, *rest], environment.for_tools(interpreter))
    except KeyboardInterrupt:
        return 0


def _chaos(rest: list[str]) -> int:
    """Run all fault schedules; the kind of test with this name runs a few of them."""
    return _in_core_environment("chaos", rest)


def _in_core_environment(program: str, rest: list[str]) -> int:
    """Run a package below tests/ that uses the collection."""
    interpreter = kinds.core_environment(*_own())
    env = environment.for_tools(interpreter)
    env["PYTHONPATH"] = os.pathsep.join([str(link_tree()), env["PYTHONPATH"]])
    return run([interpreter, "-m", program, *rest], env)


def _temperaments(rest: list[str]) -> int:
    """Run every module under each temperament and thousands of combinations; the kind of test runs a few."""
    return _in_core_environment("temperaments", rest)


def _bench(rest: list[str]) -> int:
    """Compare the collection, installed as a user would, with what users have today."""
    core, python = cores.newest_pair()
    if core != cores.newest_core():
        oldest, newest = cores.SUPPORTED[cores.newest_core()]
        say(
            f"make bench wants ansible-core {cores.newest_core()}, and that a Python {oldest[0]}.{oldest[1]} to"
            f" {newest[0]}.{newest[1]}"
        )
        return 2
    interpreter = venv.ensure("bench", python, ["bench"], [f"ansible-core~={core}.0"])
    collections = WORK / "bench" / "collections"
    tree.install(interpreter, tree.build(interpreter, "bench"), collections)
    return run(
        [interpreter, "-m", "benchmark", "--collections", collections, *rest], environment.for_tools(interpreter)
    )


def _format(_rest: list[str]) -> int:
    """Format the Python files with ruff and apply its automatic fixes."""
    programs = checks.lint_environment().parent
    env = environment.for_tools(programs / "python")
    run([programs / "ruff", "check", "--fix", "--quiet", "."], env)
    return run([programs / "ruff", "format", "."], env)


def _report_picture(_rest: list[str]) -> int:
    """Take the picture of the report of a fleet with problems, which the browser tests use, too."""
    page = WORK / "browser" / "picture.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    if _in_core_environment("ansible_collections.ontap.akv.tests.browser.mixed_page", [str(page)]):
        raise Failure("the page could not be written")

    def taken() -> Result:
        return Result("", passed=1, note=str(browser.picture(page).relative_to(ROOT)))

    return _check("report-picture", taken)([])


def _support_table(_rest: list[str]) -> int:
    """Write the table of the README that shows what works on which release."""
    support.PART.write()
    return 0


def _troubleshooting(_rest: list[str]) -> int:
    """Write the error codes into the guides."""
    for part in troubleshooting.PARTS:
        part.write()
    return 0


def _return_values(_rest: list[str]) -> int:
    """Write the return values that modules share into their documentation."""
    for part in return_values.PARTS:
        part.write()
    return 0


def _clean(_rest: list[str]) -> int:
    shutil.rmtree(WORK, ignore_errors=True)
    say(f"removed {WORK.relative_to(ROOT)}")
    return 0


def _help(_rest: list[str]) -> int:
    say(f"targets: {', '.join(_TARGETS)}")
    return 0


_TARGETS: dict[str, Callable[[list[str]], int]] = {
    "demo": demo.run_demo,
    "demo-eda": demo.run_demo_eda,
    "check": changed.run_check,
    "test": _test,
    "test-all": _test_all,
    "test-newest": _test_newest,
    "test-cores": tested.run_test_cores,
    "test-ids": listing.run_listing,
    "simulator": _simulator,
    "lint": _check("lint", checks.lint),
    "docs-check": _check("docs-check", checks.docs_check),
    "docs": _check("docs", docs.run_docs),
    "galaxy-check": _check("galaxy-check", checks.galaxy_check),
    "sanity": _sanity,
    **{kind: _kind(kind) for kind in kinds.FOLDERS},
    "chaos": _chaos,
    "temperaments": _temperaments,
    "bench": _bench,
    "format": _format,
    "recording": _check("recording", recording.run_recording),
    "report-picture": _report_picture,
    "support-table": _support_table,
    "troubleshooting": _troubleshooting,
    "return-values": _return_values,
    "release": release.run_release,
    "execution-environment": image.run_execution_environment,
    "sbom": _check("sbom", sbom.make_sbom),
    "audit": _check("audit", sbom.audit),
    "readme-check": _check("readme-check", published.run_readme_check),
    "release-check": _check("release-check", release.run_check),
    "clean": _clean,
    "help": _help,
}
