# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The linters, one function for each group."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tooling import cores, environment, tree, venv
from tooling.paths import COLLECTION, ROOT, TREE, WORK, link_tree
from tooling.running import Failure, checked, say
from tooling.steps import Result

_ENVIRONMENT = "lint"
#: Function that runs one tool: takes the folder of programs and the environment.
Tool = Callable[[Path, dict[str, str]], None]


def lint_environment() -> Path:
    python = cores.own()
    return venv.ensure(_ENVIRONMENT, python, ["lint"], [f"ansible-core~={cores.newest_for(python)}.0"])


def lint() -> Result:
    """Check style and types: ruff, mypy, yamllint, shellcheck, licences, ansible-lint."""
    return _all(
        {
            "ruff": _ruff,
            "ruff format": _ruff_format,
            "mypy": _mypy,
            "yamllint": _yamllint,
            "shellcheck": _shellcheck,
            "reuse": _reuse,
            "ansible-lint": _ansible_lint,
        }
    )


def lint_files(files: Sequence[str]) -> Result:
    """Lint some files, each linter those of its kind.

    mypy and ansible-lint check the whole project if any of the files is of their kind.
    """
    python, yaml = _ending(files, ".py"), _ending(files, ".yml", ".yaml")
    scripts = [name for name in files if name.endswith(".sh") or name == ".ci/run"]
    chosen: dict[str, tuple[Tool, Sequence[str]]] = {
        "ruff": (partial(_ruff, files=python), python),
        "ruff format": (partial(_ruff_format, files=python), python),
        "mypy": (_mypy, python),
        "yamllint": (partial(_yamllint, files=yaml), yaml),
        "shellcheck": (_shellcheck, scripts),
        "ansible-lint": (_ansible_lint, [name for name in files if name.startswith(("roles/", "playbooks/"))]),
        "reuse": (_reuse, files),
    }
    return _all({name: tool for name, (tool, own) in chosen.items() if own})


def _ending(files: Sequence[str], *suffixes: str) -> list[str]:
    return [name for name in files if name.endswith(suffixes)]


def docs_check() -> Result:
    """Check what users read: plugin documentation, the docs folder, the changelog."""
    return _all({"antsibull-docs": _antsibull_docs, "antsibull-changelog": _changelog})


def galaxy_check() -> Result:
    """Check the tarball as Galaxy and Automation Hub do."""
    return _all({"galaxy-importer": _galaxy_importer})


def _all(tools: dict[str, Tool]) -> Result:
    """Run every tool, even after one failed, and report which failed."""
    interpreter = lint_environment()
    env = environment.for_ansible(interpreter)
    link_tree()
    failed = []
    for name, tool in tools.items():
        try:
            tool(interpreter.parent, env)
        except Failure as failure:
            say(f"{name}:\n{failure}\n")
            failed.append(name)
    if failed:
        raise Failure(f"{', '.join(failed)} found something")
    return Result("", passed=len(tools), note=", ".join(tools))


def _ruff(programs: Path, env: dict[str, str], files: Sequence[str] = (".",)) -> None:
    checked([programs / "ruff", "check", *files], env, log="ruff")


def _ruff_format(programs: Path, env: dict[str, str], files: Sequence[str] = (".",)) -> None:
    checked([programs / "ruff", "format", "--check", *files], env, log="ruff-format")


def _mypy(programs: Path, env: dict[str, str]) -> None:
    # Check by import name: the plugins through the link tree, the simulator and the tooling from tests/.
    env = {**env, "MYPYPATH": f"{TREE}:{ROOT / 'tests'}"}
    mypy: list[str | Path] = [programs / "mypy", "--config-file", ROOT / "pyproject.toml"]
    collection = TREE / COLLECTION
    checked(
        [*mypy, "--python-version", "3.10", collection / "plugins", collection / "extensions"], env, log="mypy-plugins"
    )
    packages = [
        name
        for name in ("tooling", "simulator", "chaos", "temperaments", "benchmark", "published")
        if (ROOT / "tests" / name).is_dir()
    ]
    checked([*mypy, *(part for name in packages for part in ("-p", name))], env, log="mypy-tests")


def _yamllint(programs: Path, env: dict[str, str], files: Sequence[str] = (".",)) -> None:
    checked([programs / "yamllint", "--strict", *files], env, log="yamllint")


def _shellcheck(programs: Path, env: dict[str, str]) -> None:
    scripts = [name for name in tree.source_files() if name.endswith(".sh") or name == ".ci/run"]
    if scripts:
        checked([programs / "shellcheck", *scripts], env, log="shellcheck")


def _reuse(programs: Path, env: dict[str, str]) -> None:
    checked([programs / "reuse", "lint", "--lines"], env, log="reuse")


def _ansible_lint(programs: Path, env: dict[str, str]) -> None:
    # Use a copy: ansible-lint writes below the project, and takes the name of the collection from the folder.
    collection = tree.copy("lint")
    env = {**env, "ANSIBLE_COLLECTIONS_PATH": str(WORK / "lint")}
    checked(
        [programs / "ansible-lint", "--offline", "--profile", "production", "--nocolor"],
        env,
        cwd=collection,
        log="ansible-lint",
    )


def _antsibull_docs(programs: Path, env: dict[str, str]) -> None:
    collection = tree.copy("docs-check")
    env = {**env, "ANSIBLE_COLLECTIONS_PATH": str(WORK / "docs-check")}
    command: list[str | Path] = [
        programs / "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs=self",
        "--check-extra-docs-refs",
        ".",
    ]
    checked(command, env, cwd=collection, log="antsibull-docs")


def _changelog(programs: Path, env: dict[str, str]) -> None:
    collection = tree.copy("changelog")
    env = {**env, "ANSIBLE_COLLECTIONS_PATH": str(WORK / "changelog")}
    checked([programs / "antsibull-changelog", "lint"], env, cwd=collection, log="antsibull-changelog")
    checked([programs / "antsibull-changelog", "generate"], env, cwd=collection, log="antsibull-changelog-generate")
    if (collection / "CHANGELOG.rst").read_bytes() != (ROOT / "CHANGELOG.rst").read_bytes():
        raise Failure("CHANGELOG.rst is not what antsibull-changelog generates from changelogs/changelog.yaml")


def _galaxy_importer(programs: Path, env: dict[str, str]) -> None:
    # Galaxy requires the key, but the project has no public repository that galaxy.yml could name.
    tarball = tree.build(programs / "python", "galaxy", "repository: https://example.com/ontap/akv\n")
    config = WORK / "galaxy" / "galaxy-importer.cfg"
    config.write_text(
        "[galaxy-importer]\ncheck_changelog = True\ncheck_required_tags = True\nrun_ansible_doc = True\n"
        "run_ansible_lint = False\nrun_flake8 = False\nrequire_v1_or_greater = False\nlog_level_main = INFO\n",
        encoding="utf-8",
    )
    env = {**env, "GALAXY_IMPORTER_CONFIG": str(config)}
    # It finds its tools on PATH.
    env["PATH"] = os.pathsep.join([str(programs), env["PATH"]])
    checked(
        [programs / "python", "-m", "galaxy_importer.main", tarball], env, cwd=WORK / "galaxy", log="galaxy-importer"
    )
