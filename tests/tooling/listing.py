# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The IDs of all tests, compared with those that ran or with a saved list."""

from __future__ import annotations

from pathlib import Path

from tooling import cores, environment, kinds
from tooling.paths import LOGS, ROOT, link_tree
from tooling.running import Failure, checked, say
from tooling.steps import Result

#: Maximum number of IDs in a failure message.
_MOST = 20


def collected(kind: str) -> set[str]:
    """Return the IDs of the tests of one kind."""
    python = cores.own()
    interpreter = kinds.core_environment(cores.newest_for(python), python, kinds.OWN.get(kind, "test"))
    link_tree()
    log = f"collect-{kind}"
    checked(
        [interpreter, "-m", "pytest", "--collect-only", "-q", ROOT / "tests" / kinds.FOLDERS[kind]],
        environment.for_tools(interpreter),
        log=log,
    )
    lines = (LOGS / f"{log}.log").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line.startswith("tests/") and "::" in line}


def check_complete(core: str) -> Result:
    """Verify for every kind that ran that no existing test was left out."""
    ran, missing = 0, []
    for kind in kinds.FOLDERS:
        report = kinds.report_of(kind, core)
        if report.is_file():
            identifiers = kinds.identifiers(report)
            ran += len(identifiers)
            missing += sorted(collected(kind) - identifiers)
    if missing:
        raise Failure("\n".join([f"{len(missing)} tests did not run:", *missing[:_MOST]]))
    return Result("", passed=1, note=f"none of {ran} tests left out")


def run_listing(rest: list[str]) -> int:
    """Print the IDs of all tests; with the path of a file, print the IDs in it that no test file contains any more."""
    identifiers = sorted(set().union(*(collected(kind) for kind in kinds.FOLDERS)))
    if not rest:
        say("\n".join(identifiers))
        return 0
    known = {line for line in Path(rest[0]).read_text(encoding="utf-8").splitlines() if "::" in line}
    gone, moved = compare(known, set(identifiers))
    say(
        "\n".join(
            [
                *sorted(gone),
                (
                    f"Of {len(known)} tests {len(gone)} are gone and {len(moved)} are in another file;"
                    f" {len(identifiers)} tests exist."
                ),
            ]
        )
    )
    return 1 if gone else 0


def compare(known: set[str], now: set[str]) -> tuple[set[str], set[str]]:
    """Return the known tests that no longer exist, and those that exist under the same name in another file."""
    names = {_name(identifier) for identifier in now}
    missing = known - now
    moved = {identifier for identifier in missing if _name(identifier) in names}
    return missing - moved, moved


def _name(identifier: str) -> str:
    return identifier.partition("::")[2]
