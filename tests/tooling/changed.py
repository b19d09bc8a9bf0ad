# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make check`: lint the changed files, and run the unit tests that import them.

The changed files are those since the last commit, or those of the last commit if nothing changed since.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from tooling import checks, cores, kinds
from tooling.paths import COLLECTION, ROOT
from tooling.running import Failure, Skipped, say
from tooling.steps import Result, Steps

_PREFIX = ".".join(COLLECTION.parts)
_UNITS = "tests/unit/"
#: Folders with code that unit tests import.
_IMPORTED = ("plugins", "extensions", "tests/unit", "tests/simulator")
#: Unit tests that read files of plugins/ instead of importing them.
_READERS = ("test_layers.py", "test_documentation.py")


def run_check(_rest: list[str]) -> int:
    """Lint the changed files, and run the unit tests of them and of the files that import them."""
    files = changed()
    python = cores.own()
    core = cores.newest_for(python)
    say(f"{len(files)} changed files")
    tests = importing_tests(files)
    steps = Steps()
    units = partial(_units, core, tests)
    steps.side_by_side([("lint", partial(_lint, files))], [("units", units)])
    return steps.close("make check")


def changed() -> list[str]:
    """Return the files that differ from the last commit, new ones too; if none differ, the files of that commit."""
    since = [
        *_git("diff", "--name-only", "--diff-filter=d", "HEAD"),
        *_git("ls-files", "--others", "--exclude-standard"),
    ]
    return sorted(set(since)) or _git("diff-tree", "--no-commit-id", "--name-only", "--diff-filter=d", "-r", "HEAD")


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments, "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"make check needs a git repository: {done.stderr.strip()}")
    return [name for name in done.stdout.split("\0") if name]


def _lint(files: list[str]) -> Result:
    if not files:
        raise Skipped("nothing changed")
    return checks.lint_files(files)


def _units(core: str, tests: list[str]) -> Result:
    if not tests:
        raise Skipped("no unit test imports what changed")
    return kinds.run_kind("units", core, cores.own(), tests, kinds.Manner(("--quick",), logged=True))


def importing_tests(files: Iterable[str], root: Path = ROOT) -> list[str]:
    """Return the files of unit tests that changed or that import, directly or indirectly, a file that changed."""
    sources = {str(path.relative_to(root)) for folder in _IMPORTED for path in (root / folder).rglob("*.py")}
    imports = {source: _imports(root, source, sources) for source in sources}
    touched = {file for file in files if file.startswith(tuple(f"{folder}/" for folder in _IMPORTED))}
    everything = any(not file.endswith(".py") for file in touched)
    reached = sources if everything else _importers(touched & sources, imports)
    readers = _READERS if any(file.startswith("plugins/") for file in touched) else ()
    return sorted(
        file
        for file in sources
        if file.startswith(_UNITS)
        and Path(file).name.startswith("test_")
        and (file in reached or Path(file).name in readers)
    )


def _importers(files: set[str], imports: Mapping[str, set[str]]) -> set[str]:
    """Return the files and all files that import one of them."""
    reached, found = set(files), set(files)
    while found:
        found = {source for source, needed in imports.items() if needed & found} - reached
        reached |= found
    return reached


def _imports(root: Path, source: str, sources: set[str]) -> set[str]:
    """Return the source files that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((root / source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _absolute(source, node)
            names.add(module)
            names.update(f"{module}.{alias.name}" for alias in node.names)
    # pytest imports it for every test in its folder and the folders below.
    conftests = {str(folder / "conftest.py") for folder in Path(source).parents} if source.startswith(_UNITS) else set()
    return {
        path
        for path in [*conftests, *(path for name in names for path in _paths(name))]
        if path in sources and path != source
    }


def _absolute(source: str, node: ast.ImportFrom) -> str:
    """Return the full name of the module that an import names, also for a relative import."""
    if not node.level:
        return node.module or ""
    package = Path(source).parent.parts
    return ".".join([_PREFIX, *package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def _paths(name: str) -> list[str]:
    """Return the possible paths of a module: in the collection by its full name, or below tests/."""
    place = (
        name.removeprefix(f"{_PREFIX}.").replace(".", "/")
        if name.startswith(f"{_PREFIX}.")
        else f"tests/{name.replace('.', '/')}"
    )
    return [f"{place}.py", f"{place}/__init__.py"]
