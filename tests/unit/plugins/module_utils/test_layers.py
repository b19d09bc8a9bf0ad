# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The layout of the sources: which package may import which, and what is limited to one file."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils.rest import session

#: The root of the collection. Not resolved: in a tree made for tests it may be a symbolic link or a copy.
ROOT = Path(__file__).parents[4]
PLUGINS = "ansible_collections.ontap.akv.plugins"
UTILS = f"{PLUGINS}.module_utils"

#: The packages of module_utils, and those that each may import besides itself.
ARROWS = {
    "common": set(),
    "rest": {"common"},
    "azure": {"rest", "common"},
    "akv": {"rest", "common"},
    "run": {"rest", "common"},
    "converge": {"akv", "run", "rest", "common"},
}
#: The packages of plugin_utils; each may import all of module_utils, and only these of its neighbours.
PLUGIN_ARROWS = {
    "azure": set(),
    "in_process": set(),
    "fleet": set(),
    "report": set(),
    "roles": {"azure", "report"},
    "watch": {"azure", "fleet"},
}
#: The longest chain of files of module_utils of which each imports the next.
LONGEST_CHAIN = 9
#: The first word of the name of a function or method: a verb, or "as" for another form of the same object.
VERBS = """
add address announce apply as ask assign build call can carry change check choose clean close collect combine
compare complete compute confirm connect converge count create cut decode deliver deny describe draw drop encode
escape execute explain extend fail fetch fill find fold follow format generalize get group handle has hash hide
identify ignore import index init interrupt is isolate iterate join judge leave limit list load locate log look main
make mark mask merge name normalize note open operate parse pass pause plan poll postpone predict prepare publish
quote read record recv refine refresh refuse rehearse remind remove render replace report request require restore
run sample
say select send sendall set settle shorten sign silence sleep sort split start stop summarize take tell translate
trust use verify wait warn watch work wrap write
"""
#: Methods that a library or Ansible calls by these names.
NAMED_BY_OTHERS = {"_new_conn", "filters", "proxy_manager_for"}
#: Classes that Ansible finds by these names.
CLASSES_OF_ANSIBLE = {"ActionModule", "FilterModule", "InventoryModule", "ModuleDocFragment"}
#: What talks HTTP.
LIBRARIES = {"requests", "urllib3"}

SOURCES = sorted((ROOT / "plugins" / "module_utils").rglob("*.py"))
PLUGIN_SOURCES = sorted((ROOT / "plugins" / "plugin_utils").rglob("*.py"))
MODULES = sorted((ROOT / "plugins" / "modules").glob("*.py"))
EVERYTHING = sorted((ROOT / "plugins").rglob("*.py"))


def name_of(source: Path) -> str:
    """Return the package and name of a source, such as C(rest.client)."""
    return f"{source.parent.name}.{source.stem}"


def imported(source: Path) -> set[str]:
    """Return the full names of everything that a source imports, at any place."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{source.name} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_at_once(source: Path) -> set[str]:
    """Return the full names of what is imported when the source is imported."""
    tree = ast.parse(source.read_text())
    return {
        f"{node.module}.{alias.name}" for node in tree.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }


def own_files(names: set[str], root: str = UTILS) -> set[str]:
    """Return which files of module_utils (or another root) are among imported names, such as C(rest.client)."""
    return {".".join(name.removeprefix(f"{root}.").split(".")[:2]) for name in names if name.startswith(f"{root}.")}


def packages_of(files: set[str]) -> set[str]:
    return {name.split(".")[0] for name in files}


def called(source: Path) -> set[str]:
    """Return the names of all functions and methods that a source calls."""
    calls = [node.func for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    return {
        call.attr if isinstance(call, ast.Attribute) else call.id
        for call in calls
        if isinstance(call, (ast.Attribute, ast.Name))
    }


def test_every_file_is_in_a_known_package() -> None:
    found = {source.parent.name for source in SOURCES}
    assert found <= set(ARROWS)
    assert found >= set(ARROWS) - {"azure"}
    assert {source.parent.name for source in PLUGIN_SOURCES} == set(PLUGIN_ARROWS)
    assert len(MODULES) >= 4


@pytest.mark.parametrize("source", SOURCES, ids=name_of)
def test_packages_import_downwards_only(source: Path) -> None:
    package = source.parent.name
    assert packages_of(own_files(imported(source))) <= ARROWS[package] | {package}
    assert not own_files(imported(source), f"{PLUGINS}.plugin_utils")


@pytest.mark.parametrize("source", PLUGIN_SOURCES, ids=name_of)
def test_plugin_utils_import_only_listed_neighbours(source: Path) -> None:
    package = source.parent.name
    assert packages_of(own_files(imported(source), f"{PLUGINS}.plugin_utils")) <= PLUGIN_ARROWS[package] | {package}


def test_imports_form_no_cycle_and_no_long_chain() -> None:
    arrows = {name_of(source): own_files(imported(source)) for source in SOURCES}
    lengths: dict[str, int] = {}

    def chain(name: str, above: tuple[str, ...]) -> int:
        assert name not in above, f"circle: {' -> '.join((*above, name))}"
        if name not in lengths:
            lengths[name] = 1 + max((chain(below, (*above, name)) for below in arrows[name]), default=0)
        return lengths[name]

    assert max(chain(name, ()) for name in arrows) <= LONGEST_CHAIN


@pytest.mark.parametrize("source", EVERYTHING, ids=name_of)
def test_function_names_begin_with_a_verb(source: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(source.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    named = {
        node.name
        for node in functions
        if "property" not in {ast.unparse(decorator) for decorator in node.decorator_list}
    }
    others = {
        name
        for name in named - NAMED_BY_OTHERS
        if not name.startswith("__") and name.lstrip("_").split("_")[0] not in VERBS.split()
    }
    assert not others


def test_public_class_names_are_unique() -> None:
    trees = [ast.parse(source.read_text()) for source in EVERYTHING]
    names = [
        node.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert {name for name in names if names.count(name) > 1} <= CLASSES_OF_ANSIBLE


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=name_of)
def test_only_the_session_talks_http(source: Path) -> None:
    if source.stem != "session":
        assert not {name.split(".")[0] for name in imported(source)} & LIBRARIES


@pytest.mark.parametrize("source", MODULES, ids=name_of)
def test_modules_import_neither_transport_nor_connection(source: Path) -> None:
    assert not own_files(imported(source)) & {"rest.transport", "rest.session", "rest.tls", "rest.network_errors"}


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=name_of)
def test_only_run_module_calls_fail_json_and_exit_json(source: Path) -> None:
    assert bool(called(source) & {"fail_json", "exit_json"}) is (name_of(source) == "run.module")


@pytest.mark.parametrize("source", [source for source in SOURCES if name_of(source) != "run.module"], ids=name_of)
def test_only_run_module_imports_ansible_basic(source: Path) -> None:
    """So that an inventory plugin or a lookup can use the same client."""
    assert not {name for name in imported(source) if name.startswith("ansible.module_utils.basic")}


def test_only_transport_imports_session_and_imports_it_late() -> None:
    """A module that fails on wrong arguments does not import the HTTP library; test_imports.py checks it."""
    at_import = {name_of(source) for source in SOURCES if "rest.session" in own_files(imported_at_once(source))}
    later = {name_of(source) for source in SOURCES if "rest.session" in own_files(imported(source))}
    assert (at_import, later) == (set(), {"rest.transport"})


@pytest.mark.parametrize("source", SOURCES + MODULES, ids=name_of)
def test_no_handler_catches_every_exception(source: Path) -> None:
    handlers = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.ExceptHandler)]
    for handler in handlers:
        assert handler.type is not None, f"{source.name}:{handler.lineno}"
        names = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        # The pool of threads raises the exception again in the waiting thread.
        assert not names & {"Exception", "BaseException"} or source.stem == "workers"


@pytest.mark.parametrize("source", SOURCES + PLUGIN_SOURCES + MODULES, ids=name_of)
def test_files_have_at_most_360_lines_of_code(source: Path) -> None:
    """In lines of code: without blank lines and comments, the documentation at its top, and tables of data."""
    text = source.read_text()
    tree = ast.parse(text)
    values = [node.value for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    strings = [node.value for node in values if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    strings.append(ast.get_docstring(tree) or "")
    tables = [(node.end_lineno or node.lineno) - node.lineno for node in values if isinstance(node, ast.Dict)]
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert len(lines) - sum(len(string.splitlines()) for string in strings) - sum(tables) <= 360


def test_short_file_has_several_importers() -> None:
    """A file of fewer than 50 lines that only one other file imports belongs in that file."""
    importers = Counter(name for source in EVERYTHING for name in imported_files(source))
    for source in SOURCES + PLUGIN_SOURCES:
        if len(source.read_text().splitlines()) < 50:
            assert importers[name_of(source)] > 1, source


def imported_files(source: Path) -> set[str]:
    """Return the files of module_utils and plugin_utils that a source imports."""
    names = imported(source)
    return own_files(names) | own_files(names, f"{PLUGINS}.plugin_utils")


def test_session_version_matches_galaxy_yml() -> None:
    galaxy = ROOT / "galaxy.yml"
    if not galaxy.exists():
        pytest.skip("an installed collection has no galaxy.yml")
    assert yaml.safe_load(galaxy.read_text())["version"] == session.VERSION
