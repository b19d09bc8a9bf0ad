# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the plain module runs, as far as no playbook can show it, above all if something of ansible-core has changed.

The rest is in test_in_process.py. Not among the unit tests: what is imported here has Ansible take the process for its
controller, where modules warn otherwise.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible import constants
from ansible.module_utils import basic
from ansible.module_utils.common import arg_spec
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.action.normal import ActionModule as PlainModule
from ansible.plugins.connection.local import Connection
from ansible.template import Templar

from ansible_collections.ontap.akv.plugins.module_utils.rest import session
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core
from ansible_collections.ontap.akv.tests.integration.support.inventory import cluster
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

MODULES = sorted(path.stem for path in (Path(__file__).parents[2] / "plugins" / "modules").glob("*.py"))
_COLLECTION = "ansible_collections.ontap.akv.plugins"
_PACKAGE = f"{_COLLECTION}.plugin_utils.in_process"
_PLAIN = {"changed": False, "plain": True}
_NAME = "ontap.akv.akv_info"
_UNLIKE = (
    "this ansible-core differs from those that were tested (",
    "what it needs in Ansible's own process cannot be imported (",
)


class Without:
    """An object of Ansible that lacks one attribute, or has another thing in its place."""

    def __init__(self, whole: Any, name: str, *instead: Any) -> None:
        self.__dict__.update(_whole=whole, _name=name, _instead=instead)

    def __getattr__(self, name: str) -> Any:
        if name != self._name:
            return getattr(self._whole, name)
        if not self._instead:
            raise AttributeError(name)
        return self._instead[0]

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._whole, name, value)


class Shown:
    """What a display received at -vvv."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def vvv(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)


@pytest.fixture
def afresh() -> Iterator[None]:
    """A process that has imported nothing of the action yet."""
    kept = {
        name: sys.modules.pop(name)
        for name in list(sys.modules)
        if name.startswith((_PACKAGE, f"{_COLLECTION}.action"))
    }
    yield
    for name in [name for name in sys.modules if name.startswith((_PACKAGE, f"{_COLLECTION}.action"))]:
        del sys.modules[name]
    sys.modules.update(kept)


@pytest.fixture
def options(simulator: Simulator) -> dict[str, Any]:
    """The options of a task that reads the one configuration of a simulator."""
    configured(simulator, "svm1")
    return cluster(simulator)


class Action:
    """An action for a task on a local connection, made of Ansible's own objects; it is imported when it runs."""

    def __init__(self, options: dict[str, Any]) -> None:
        loader = DataLoader()
        self.variables: dict[str, Any] = {"ansible_python_interpreter": sys.executable}
        context = PlayContext()
        task = Task()
        task.action, task.args = _NAME, options
        self._given: dict[str, Any] = {
            "task": task,
            "connection": Connection(context, None),
            "play_context": context,
            "loader": loader,
            "templar": Templar(loader=loader, variables=self.variables),
            "shared_loader_obj": None,
        }
        self.shown = Shown()

    def run(self) -> dict[str, Any]:
        """Run the task."""
        plugin = importlib.import_module(f"{_COLLECTION}.action.akv_info").ActionModule(**self._given)
        plugin._display = self.shown
        return dict(plugin.run(task_vars=self.variables))

    def lack(self, path: str, *instead: Any) -> None:
        """Take an attribute away from an object of the action, such as task.timeout, or put another thing in its
        place.
        """
        holder, name = path.split(".")
        self._given[holder] = Without(self._given[holder], name, *instead)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainModule, "run", lambda *_arguments: dict(_PLAIN))


def assert_plain(action: Action, simulator: Simulator, *reasons: str) -> None:
    """The plain module runs instead, which is said, and nothing was sent."""
    assert action.run() == _PLAIN
    assert simulator.control.log() == []
    (line,) = action.shown.lines
    assert line.startswith(tuple(f"{_NAME} runs in a process of its own: {reason}" for reason in reasons)), line


def unlike(*_arguments: Any, **_keywords: Any) -> Any:
    """What takes other arguments than before."""
    raise TypeError("unexpected keyword argument")


@pytest.mark.usefixtures("afresh")
def test_nothing_speaks_for_a_process(options: dict[str, Any], simulator: Simulator) -> None:
    """So what the other tests take away is all that keeps the work from being done here."""
    action = Action(options)
    result = action.run()
    assert (result.get("num_records"), result["changed"]) == (1, False), (result, action.shown.lines)
    assert len(simulator.control.log()) == 1
    assert "runs in Ansible's own process" in action.shown.lines[0]


#: What the action asks of the objects that Ansible hands to it. Of some also another value.
OBJECTS: list[tuple[str, tuple[Any, ...]]] = [
    ("task.args", ()),
    ("task.args", (None,)),
    ("task.async_val", ()),
    ("task.timeout", ()),
    ("task.delegate_to", ()),
    ("task.environment", ()),
    ("connection.transport", ()),
    ("connection.become", ()),
    ("templar.template", ()),
    ("templar.template", (unlike,)),
    ("loader.get_basedir", ()),
    ("loader.get_basedir", (unlike,)),
]
#: What it calls of ansible-core.
CALLED: list[tuple[Any, str]] = [
    (PlainModule, "_update_module_args"),
    (PlainModule, "_compute_environment_string"),
    (PlainModule, "_parse_returned_data"),
    (type(constants.config), "get_config_value"),
    (arg_spec.ArgumentSpecValidator, "validate"),
    (basic.AnsibleModule, "_log_invocation"),
    (basic.AnsibleModule, "log"),
]
#: What it imports, each where it is imported from.
IMPORTED: list[tuple[str, str]] = [
    ("ansible.constants", "config"),
    ("ansible.errors", "AnsibleError"),
    ("ansible.module_utils.common.arg_spec", "ArgumentSpecValidator"),
    ("ansible.module_utils.common.parameters", "remove_values"),
    ("ansible.module_utils.errors", "UnsupportedError"),
    ("ansible.module_utils.parsing.convert_bool", "boolean"),
    *(
        []
        if core.RELEASE >= (2, 19)
        else [("ansible.utils.unsafe_proxy", "wrap_var"), ("ansible.module_utils.common.json", "AnsibleJSONEncoder")]
    ),
    *([] if core.RELEASE >= (2, 21) else [("ansible.vars.clean", "remove_internal_keys")]),
    *(
        [("ansible.module_utils.common.json", name) for name in ("get_module_encoder", "Direction")]
        if core.RELEASE >= (2, 19)
        else []
    ),
]
#: What it reads of a checked list of arguments.
CHECKED = ["validated_parameters", "error_messages", "_no_log_values", "_warnings", "_deprecations", "_aliases"]
#: What every action or module needs, or what only a type checker sees.
NEEDED_BY_ALL = {
    "ActionModule",
    "AnsibleModule",
    "ActionBase",
    "_task",
    "_connection",
    "_templar",
    "_loader",
    "_display",
}
#: What only one of the releases has, or what has a test of its own below.
OTHERS = {"constants", "encoders", "json", "wrap_var", "remove_internal_keys", "__version__"}


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(("path", "instead"), OBJECTS)
def test_an_object_of_ansible_lacks_something(
    options: dict[str, Any], simulator: Simulator, path: str, instead: tuple[Any, ...]
) -> None:
    action = Action(options)
    action.lack(path, *instead)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "other-arguments"])
@pytest.mark.parametrize(("owner", "name"), CALLED, ids=lambda each: each if isinstance(each, str) else "")
def test_something_that_is_called_has_changed(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, gone: bool
) -> None:
    action = Action(options)
    owner = next(each for each in owner.__mro__ if name in vars(each))
    monkeypatch.delattr(owner, name) if gone else monkeypatch.setattr(owner, name, unlike)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(("module", "name"), IMPORTED)
def test_something_that_is_imported_is_gone(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    action = Action(options)
    monkeypatch.delattr(importlib.import_module(module), name)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("name", CHECKED)
def test_the_checked_arguments_lack_something(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    action, validate = Action(options), arg_spec.ArgumentSpecValidator.validate
    monkeypatch.setattr(
        arg_spec.ArgumentSpecValidator, "validate", lambda *arguments: Without(validate(*arguments), name)
    )
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
def test_the_refused_arguments_lack_their_errors(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, validate = Action({**options, "unknown": 1}), arg_spec.ArgumentSpecValidator.validate
    monkeypatch.setattr(
        arg_spec.ArgumentSpecValidator, "validate", lambda *arguments: Without(validate(*arguments), "errors")
    )
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize(
    "result",
    [object(), {"failed": True, "msg": "Module result deserialization failed."}],
    ids=["another-class", "a-failure"],
)
def test_the_output_of_a_module_does_not_become_its_result(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, result: object
) -> None:
    """That is tried before the first request: afterwards the outcome would be lost."""
    action = Action(options)
    monkeypatch.setattr(PlainModule, "_parse_returned_data", lambda *_arguments: result)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("afresh")
def test_an_outcome_is_not_lost(options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ansible-core makes of one output and not of another: the requests were sent, so the module does not
    run again.
    """
    action, parse = Action(options), PlainModule._parse_returned_data
    monkeypatch.setattr(
        PlainModule,
        "_parse_returned_data",
        lambda plugin, answer, *more: parse(plugin, answer, *more) if len(answer["stdout"]) < 50 else 1 / 0,
    )
    result = action.run()
    assert (result.get("num_records"), result["changed"]) == (1, False), (result, action.shown.lines)
    assert len(simulator.control.log()) == 1
    assert "returns its output as it is (ZeroDivisionError" in action.shown.lines[-1]


@pytest.mark.usefixtures("afresh")
def test_a_display_that_says_nothing(options: dict[str, Any], simulator: Simulator) -> None:
    """Neither the work nor the plain module is lost for a line at -vvv."""
    action = Action(options)
    action.shown = object()  # type: ignore[assignment]
    assert action.run()["num_records"] == 1
    action.lack("task.args")
    assert action.run() == _PLAIN


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("version", [None, "2.99.0", "development"])
def test_a_release_that_was_not_tried(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    """Nothing that is particular to a release is even touched."""
    action = Action(options)
    release = importlib.import_module("ansible.release")
    (
        monkeypatch.delattr(release, "__version__")
        if version is None
        else monkeypatch.setattr(release, "__version__", version)
    )
    monkeypatch.setattr(PlainModule, "_update_module_args", None)
    assert_plain(action, simulator, "this was not tested with this release of ansible-core")


@pytest.mark.usefixtures("afresh")
def test_macos(options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    action = Action(options)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert_plain(action, simulator, "the HTTP library is not safe in a forked process of macOS")


@pytest.mark.usefixtures("afresh")
def test_no_requests(options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the file is loaded once, what it found then decides."""
    action = Action(options)
    monkeypatch.setattr(session, "LIBRARY_ERROR", "no module named requests")
    assert_plain(action, simulator, "the Python of Ansible has no requests")


@pytest.mark.usefixtures("afresh")
@pytest.mark.parametrize("setting", ["_ansible_debug", "_ansible_keep_remote_files", "_ansible_tracebacks_for"])
def test_somebody_looks_into_modules(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    action, update = Action(options), PlainModule._update_module_args

    def add(plugin: Any, name: str, arguments: dict[str, Any], *more: Any) -> None:
        update(plugin, name, arguments, *more)
        arguments[setting] = ["error"]

    monkeypatch.setattr(PlainModule, "_update_module_args", add)
    assert_plain(action, simulator, "module files are kept, or tracebacks are requested")


def test_all_that_is_used_of_ansible_has_a_test() -> None:
    """What is imported from ansible-core, and what is private there, is in one of the lists above."""
    known = {name for _owner, name in (*CALLED, *IMPORTED)} | {*CHECKED} | NEEDED_BY_ALL | OTHERS
    used: set[str] = set()
    for path in sorted(Path(core.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))} | written(
            tree
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and str(node.module).partition(".")[0] == "ansible":
                used |= {alias.name for alias in node.names}
            if isinstance(node, ast.Attribute) and node.attr.startswith("_") and node.attr not in own:
                used.add(node.attr)
    assert used - known - {"__traceback__", "__cause__", "__context__", "__name__"} == set()
    # A list does not outlive what it is about.
    assert {"_update_module_args", "ArgumentSpecValidator", "_log_invocation", "_no_log_values"} <= used


def written(tree: ast.AST) -> set[str]:
    """The attributes that a file gives to its own objects."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_its_action(name: str) -> None:
    action = importlib.import_module(f"{_COLLECTION}.action.{name}").ActionModule
    assert action.module.__name__.rpartition(".")[2] == name
