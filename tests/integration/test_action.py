# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the action falls back to the plain module, in cases that a playbook cannot show, such as changes of
ansible-core.

The rest is in test_in_process.py. These are not unit tests, because the imports make Ansible treat the process as its
controller.
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

#: Without role_task, which runs others of these modules.
MODULES = sorted(
    path.stem for path in (Path(__file__).parents[2] / "plugins" / "modules").glob("*.py") if path.stem != "role_task"
)
_COLLECTION = "ansible_collections.ontap.akv.plugins"
_PACKAGE = f"{_COLLECTION}.plugin_utils.in_process"
_PLAIN = {"changed": False, "plain": True}
_NAME = "ontap.akv.akv_info"
_UNLIKE = (
    "this ansible-core differs from those that were tested (",
    "what it needs in Ansible's own process cannot be imported (",
)


class Without:
    """An object of Ansible that lacks one attribute, or has another value for it."""

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
    """A display that keeps the lines of -vvv."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def vvv(self, text: str) -> None:
        """Keep a line."""
        self.lines.append(text)


@pytest.fixture
def fresh_import() -> Iterator[None]:
    """Remove the modules of the action, as if the process had not imported them yet."""
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
    """Return the options of a task that reads the only configuration of a simulator."""
    configured(simulator, "svm1")
    return cluster(simulator)


class Action:
    """An action for a task on a local connection, with Ansible's own objects; it is imported when it runs."""

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
        """Remove an attribute from an object of the action, such as task.timeout, or give it another value."""
        holder, name = path.split(".")
        self._given[holder] = Without(self._given[holder], name, *instead)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PlainModule, "run", lambda *_arguments: dict(_PLAIN))


def assert_plain(action: Action, simulator: Simulator, *reasons: str) -> None:
    """Check that the plain module runs, that the reason is shown, and that nothing was sent."""
    assert action.run() == _PLAIN
    assert simulator.control.log() == []
    (line,) = action.shown.lines
    assert line.startswith(tuple(f"{_NAME} runs in a process of its own: {reason}" for reason in reasons)), line


def unlike(*_arguments: Any, **_keywords: Any) -> Any:
    """Act like a function whose arguments have changed."""
    raise TypeError("unexpected keyword argument")


@pytest.mark.usefixtures("fresh_import")
def test_module_runs_in_process_by_default(options: dict[str, Any], simulator: Simulator) -> None:
    """Only what the other tests remove prevents the work in this process."""
    action = Action(options)
    result = action.run()
    assert (result.get("num_records"), result["changed"]) == (1, False), (result, action.shown.lines)
    assert len(simulator.control.log()) == 1
    assert "runs in Ansible's own process" in action.shown.lines[0]


#: What the action uses of the objects that it gets from Ansible; for some also another value.
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
#: What it reads from validated arguments.
CHECKED = ["validated_parameters", "error_messages", "_no_log_values", "_warnings", "_deprecations", "_aliases"]
#: What every action or module needs, or what only a type checker reads.
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
#: What only some releases have, or what has a separate test below.
OTHERS = {"constants", "encoders", "json", "wrap_var", "remove_internal_keys", "__version__"}


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize(("path", "instead"), OBJECTS)
def test_plain_module_runs_if_object_lacks_attribute(
    options: dict[str, Any], simulator: Simulator, path: str, instead: tuple[Any, ...]
) -> None:
    action = Action(options)
    action.lack(path, *instead)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize("gone", [True, False], ids=["gone", "other-arguments"])
@pytest.mark.parametrize(("owner", "name"), CALLED, ids=lambda each: each if isinstance(each, str) else "")
def test_plain_module_runs_if_called_function_changed(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, gone: bool
) -> None:
    action = Action(options)
    owner = next(each for each in owner.__mro__ if name in vars(each))
    monkeypatch.delattr(owner, name) if gone else monkeypatch.setattr(owner, name, unlike)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize(("module", "name"), IMPORTED)
def test_plain_module_runs_if_import_is_missing(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    action = Action(options)
    monkeypatch.delattr(importlib.import_module(module), name)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize("name", CHECKED)
def test_plain_module_runs_if_validated_arguments_changed(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    action, validate = Action(options), arg_spec.ArgumentSpecValidator.validate
    monkeypatch.setattr(
        arg_spec.ArgumentSpecValidator, "validate", lambda *arguments: Without(validate(*arguments), name)
    )
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
def test_plain_module_runs_if_refused_arguments_lack_errors(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    action, validate = Action({**options, "unknown": 1}), arg_spec.ArgumentSpecValidator.validate
    monkeypatch.setattr(
        arg_spec.ArgumentSpecValidator, "validate", lambda *arguments: Without(validate(*arguments), "errors")
    )
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize(
    "result",
    [object(), {"failed": True, "msg": "Module result deserialization failed."}],
    ids=["another-class", "a-failure"],
)
def test_plain_module_runs_if_output_cannot_be_parsed(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, result: object
) -> None:
    """This is checked before the first request, because the outcome would be lost afterwards."""
    action = Action(options)
    monkeypatch.setattr(PlainModule, "_parse_returned_data", lambda *_arguments: result)
    assert_plain(action, simulator, *_UNLIKE)


@pytest.mark.usefixtures("fresh_import")
def test_outcome_is_returned_if_parsing_fails_after_requests(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If ansible-core fails to parse the output after requests were sent, the module does not run again."""
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


@pytest.mark.usefixtures("fresh_import")
def test_display_without_vvv_is_accepted(options: dict[str, Any], simulator: Simulator) -> None:
    """A display without -vvv affects neither the work nor the plain module."""
    action = Action(options)
    action.shown = object()  # type: ignore[assignment]
    assert action.run()["num_records"] == 1
    action.lack("task.args")
    assert action.run() == _PLAIN


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize("version", [None, "2.99.0", "development"])
def test_plain_module_runs_on_untested_release(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    """Nothing that differs between releases is used."""
    action = Action(options)
    release = importlib.import_module("ansible.release")
    (
        monkeypatch.delattr(release, "__version__")
        if version is None
        else monkeypatch.setattr(release, "__version__", version)
    )
    monkeypatch.setattr(PlainModule, "_update_module_args", None)
    assert_plain(action, simulator, "this was not tested with this release of ansible-core")


@pytest.mark.usefixtures("fresh_import")
def test_plain_module_runs_on_macos(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    action = Action(options)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert_plain(action, simulator, "the HTTP library is not safe in a forked process of macOS")


@pytest.mark.usefixtures("fresh_import")
def test_plain_module_runs_without_requests(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library is looked for once, when the file is loaded."""
    action = Action(options)
    monkeypatch.setattr(session, "LIBRARY_ERROR", "no module named requests")
    assert_plain(action, simulator, "the Python of Ansible has no requests")


@pytest.mark.usefixtures("fresh_import")
@pytest.mark.parametrize("setting", ["_ansible_debug", "_ansible_keep_remote_files", "_ansible_tracebacks_for"])
def test_plain_module_runs_if_module_is_debugged(
    options: dict[str, Any], simulator: Simulator, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    action, update = Action(options), PlainModule._update_module_args

    def add(plugin: Any, name: str, arguments: dict[str, Any], *more: Any) -> None:
        update(plugin, name, arguments, *more)
        arguments[setting] = ["error"]

    monkeypatch.setattr(PlainModule, "_update_module_args", add)
    assert_plain(action, simulator, "module files are kept, or tracebacks are requested")


def test_lists_cover_used_names_of_ansible_core() -> None:
    """Imports from ansible-core and its private names are in one of the lists above."""
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
    # The lists contain no name that is not used any more.
    assert {"_update_module_args", "ArgumentSpecValidator", "_log_invocation", "_no_log_values"} <= used


def written(tree: ast.AST) -> set[str]:
    """Return the attributes that a file sets on its own objects."""
    return {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}


@pytest.mark.parametrize("name", MODULES)
def test_each_module_has_action(name: str) -> None:
    action = importlib.import_module(f"{_COLLECTION}.action.{name}").ActionModule
    assert action.module.__name__.rpartition(".")[2] == name
