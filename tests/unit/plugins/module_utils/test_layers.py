# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the house that are about the sources themselves."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils import session

#: The root of the collection. Not resolved: in a tree made for tests it may be a symbolic link or a copy.
ROOT = Path(__file__).parents[4]
UTILS = "ansible_collections.ontap.akv.plugins.module_utils"

#: Each may import only from those before it.
ORDER = (
    "catalogue",
    "errors",
    "options",
    "releases",
    "limits",
    "tls",
    "faults",
    "session",
    "transport",
    "jobs",
    "answers",
    "client",
    "akv",
    "older",
    "fitting",
    "certificate",
    "select",
    "query",
    "svms",
    "health",
    "managers",
    "plan",
    "vault",
    "recover",
    "interrupt",
    "workers",
    "outcome",
    "apply",
    "report",
    "masking",
    "task",
    "converge",
    "ontapi",
    "commands",
    "running",
)
#: What talks HTTP.
LIBRARIES = {"requests", "urllib3"}

SOURCES = sorted((ROOT / "plugins" / "module_utils").glob("*.py"))
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))


def imported(source: Path) -> set[str]:
    """Returns the full names of everything that a source imports, wherever it does so."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_at_once(source: Path) -> set[str]:
    """Returns the full names of what is imported as soon as the source is."""
    tree = ast.parse(source.read_text())
    return {f"{node.module}.{alias.name}" for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def rooms(names: set[str]) -> set[str]:
    """Returns which of our own module_utils are among names."""
    return {name.removeprefix(f"{UTILS}.").split(".")[0] for name in names if name.startswith(f"{UTILS}.")}


def called(source: Path) -> set[str]:
    """Returns the names of all functions and methods that a source calls."""
    calls = [node.func for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    return {call.attr if isinstance(call, ast.Attribute) else call.id for call in calls if isinstance(call, (ast.Attribute, ast.Name))}


def test_every_room_has_its_place() -> None:
    assert {source.stem for source in SOURCES} == set(ORDER)
    assert len(MODULES) >= 4


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_rooms_import_downwards_only(source: Path) -> None:
    below = set(ORDER[: ORDER.index(source.stem)])
    assert rooms(imported(source)) <= below


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=lambda source: source.stem)
def test_only_the_session_talks_http(source: Path) -> None:
    if source.stem != "session":
        assert not {name.split(".")[0] for name in imported(source)} & LIBRARIES


@pytest.mark.parametrize("source", MODULES, ids=lambda source: source.stem)
def test_modules_know_neither_transport_nor_connection(source: Path) -> None:
    assert not rooms(imported(source)) & {"transport", "session", "tls", "faults"}


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=lambda source: source.stem)
def test_a_run_ends_in_one_place(source: Path) -> None:
    assert bool(called(source) & {"fail_json", "exit_json"}) is (source.stem == "running")


@pytest.mark.parametrize("source", [source for source in SOURCES if source.stem != "running"], ids=lambda source: source.stem)
def test_all_but_the_end_work_without_ansible_module(source: Path) -> None:
    """So that an inventory plugin or a lookup can use the same client."""
    assert not {name for name in imported(source) if name.startswith("ansible.module_utils.basic")}


def test_only_the_transport_opens_a_session_and_only_for_a_request() -> None:
    """A module that ends on bad arguments does not pay for the HTTP library; test_imports.py shows it."""
    at_import = {source.stem for source in SOURCES if "session" in rooms(imported_at_once(source))}
    later = {source.stem for source in SOURCES if "session" in rooms(imported(source))}
    assert (at_import, later) == (set(), {"transport"})


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=lambda source: source.stem)
def test_nothing_catches_everything(source: Path) -> None:
    handlers = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.ExceptHandler)]
    for handler in handlers:
        assert handler.type is not None, f"{source.name}:{handler.lineno}"
        names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        # The pool of threads raises it again, in the thread that waits.
        assert not names & {"Exception", "BaseException"} or source.stem == "workers"


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=lambda source: source.stem)
def test_no_file_is_long(source: Path) -> None:
    """In lines of code: what a module's documentation takes is for its readers to judge."""
    text = source.read_text()
    strings = [node.value for node in ast.parse(text).body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)]
    documentation = sum(len(node.value.splitlines()) for node in strings if isinstance(node.value, str))
    assert len(text.splitlines()) - documentation <= 400


def test_the_version_is_the_one_of_the_collection() -> None:
    galaxy = ROOT / "galaxy.yml"
    if not galaxy.exists():
        pytest.skip("an installed collection has no galaxy.yml")
    assert yaml.safe_load(galaxy.read_text())["version"] == session.VERSION
