# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test-cores`: the tests on every supported ansible-core, and the table of what ran in the guide to versions."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tooling import cores, environment, kinds, sanity
from tooling.cores import Python
from tooling.generated import Part
from tooling.paths import ROOT
from tooling.running import say
from tooling.steps import Result, Steps

_GUIDE = ROOT / "docs" / "docsite" / "rst" / "guide_versions.rst"
_KINDS = ("units", "integration", "sanity")
_ROW = re.compile(r"   \* - (\d\S+)\n     - (\S+)\n     - (.+)\n     - (\S+)\n")
_HEAD = """
.. list-table::
   :header-rows: 1

   * - Release
     - Python
     - Tests that passed
     - Date
"""
_VERSIONS = "import sys, ansible.release as r; print(r.__version__, '.'.join(map(str, sys.version_info[:3])))"


class Row(NamedTuple):
    """What passed on one release: exact versions, the number of tests of each kind, and the day."""

    core: str
    python: str
    tests: str
    date: str

    @property
    def release(self) -> str:
        return self.core.rpartition(".")[0]


@dataclass(frozen=True)
class Choice:
    """The releases, the kinds of tests, and the options of pytest that the arguments of the target name."""

    releases: tuple[str, ...]
    kinds: tuple[str, ...]
    options: tuple[str, ...]


def choose(arguments: Sequence[str]) -> Choice:
    """Return what to run: `2.18 units` runs the unit tests on 2.18; without names, everything runs."""
    releases = tuple(each for each in arguments if each in cores.SUPPORTED)
    chosen = tuple(each for each in arguments if each in _KINDS)
    options = tuple(each for each in arguments if each not in releases + chosen)
    return Choice(releases or tuple(cores.SUPPORTED), chosen or _KINDS, options)


def run_test_cores(arguments: list[str]) -> int:
    """Run units, integration and sanity on every supported ansible-core that the Pythons of this machine allow."""
    choice = choose(arguments)
    chosen, skipped = cores.matrix()
    steps = Steps()
    for core, python in chosen:
        if core in choice.releases:
            first = len(steps.results)
            for kind in choice.kinds:
                steps.step(f"{kind} {core}", partial(_run, kind, core, python, choice.options))
            results = steps.results[first:]
            if not any(result.failed for result in results):
                # At once, because the other releases take an hour.
                write(_row(kinds.core_environment(core, python), results))
    status = steps.close("make test-cores")
    for reason in skipped:
        say(f"not run: {reason}")
    return status


def _run(kind: str, core: str, python: Python, options: tuple[str, ...]) -> Result:
    if kind == "sanity":
        return sanity.run_sanity(core, python)
    # Options choose among the integration tests; the unit tests all run.
    options = options if kind == "integration" else ()
    return kinds.run_kind(kind, core, python, (), kinds.Manner(options, logged=True))


def _row(interpreter: Path, results: Sequence[Result]) -> Row:
    """Describe what passed on one release."""
    done = subprocess.run(
        [interpreter, "-c", _VERSIONS], env=environment.clean(), capture_output=True, text=True, check=True
    )
    core, python = done.stdout.split()
    names = {"units": "unit tests", "integration": "integration tests"}
    parts = []
    for result in results:
        kind = result.name.split()[0]
        parts.append(f"{result.passed:,} {names[kind]}" if kind in names else kind)
    return Row(core, python, ", ".join(parts), dt.datetime.now(dt.UTC).date().isoformat())


def rows_of(text: str) -> list[Row]:
    """Return the rows of the table in a text."""
    return [Row(*found) for found in _ROW.findall(text)]


def merge(old: Row | None, new: Row) -> Row:
    """Add what another run of the same versions on the same day tested; a kind that ran again replaces its number."""
    if old is None or old._replace(tests="") != new._replace(tests=""):
        return new
    tests = {part.rpartition(" ")[0].lstrip("0123456789,"): part for part in f"{old.tests}, {new.tests}".split(", ")}
    return new._replace(tests=", ".join(tests.values()))


def table(rows: Sequence[Row]) -> str:
    """Return the table for the guide."""
    lines = [f"   * - {row.core}\n     - {row.python}\n     - {row.tests}\n     - {row.date}\n" for row in rows]
    return "".join([_HEAD, *lines, "\n"])


def sentence(rows: Sequence[Row]) -> str:
    """Return the tested versions in one line for the README."""
    tested = [f"{row.core} on Python {row.python.rpartition('.')[0]}" for row in rows]
    dates = sorted({row.date for row in rows})
    return f"{', '.join(tested)}; {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}"


def parts(rows: Sequence[Row]) -> tuple[Part, Part]:
    """Return the generated parts of the guide and of the README."""
    guide = Part(_GUIDE, ".. made by make test-cores\n", ".. until here\n", lambda: table(rows))
    readme = ROOT / "README.md"
    return guide, Part(readme, "<!-- made by `make test-cores` -->", "<!-- until here -->", lambda: sentence(rows))


def write(new: Row) -> None:
    """Replace the row of the release that ran, in the guide and in the README."""
    known = {row.release: row for row in rows_of(_GUIDE.read_text(encoding="utf-8"))}
    known[new.release] = merge(known.get(new.release), new)
    for part in parts([known[release] for release in cores.SUPPORTED if release in known]):
        part.write()
