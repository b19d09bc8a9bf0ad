# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the plain module runs, as far as no playbook can show it; the rest is in test_in_process.py.

Not among the unit tests: what is imported here has Ansible take the process for its controller, where modules warn otherwise.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible.plugins.action.normal import ActionModule as PlainModule

from ansible_collections.ontap.akv.plugins.action import akv_azure_info, akv_info, akv_migrate, akv_rekey, akv_restore, akv_svm_info, azure_key_vault
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import action as in_process
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core

ACTIONS = [akv_azure_info, akv_info, akv_migrate, akv_rekey, akv_restore, akv_svm_info, azure_key_vault]


class Told:
    """What of Ansible an action asks before it decides."""

    action = "ontap.akv.akv_info"
    async_val = timeout = 0
    delegate_to = become = None
    transport = "local"

    def __init__(self) -> None:
        self.args: dict[str, Any] = {}

    def vvv(self, text: str) -> None:
        """Forgets what is told."""

    def template(self, value: Any) -> Any:
        """Gives back a value that is no template."""
        return value


@pytest.fixture
def action(monkeypatch: pytest.MonkeyPatch) -> Any:
    """An action that is about to decide, where the plain module would say so."""
    action = akv_info.ActionModule.__new__(akv_info.ActionModule)
    action._task = action._display = action._templar = action._connection = Told()
    internal = {"_ansible_debug": False, "_ansible_keep_remote_files": False}
    monkeypatch.setattr(action, "_update_module_args", lambda _name, arguments, _variables: arguments.update(internal))
    monkeypatch.setattr(PlainModule, "_compute_environment_string", lambda *_arguments: "")
    monkeypatch.setattr(PlainModule, "run", lambda *_arguments: {"plain": True})
    return action


def reason(action: Any) -> str | None:
    """Why the plain module runs."""
    told = action._arguments({"ansible_python_interpreter": sys.executable})[1]
    return None if told is None else str(told)


def test_nothing_speaks_for_a_process(action: Any) -> None:
    assert reason(action) is None


def test_a_release_that_was_not_tried(action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that is particular to a release is even touched."""
    monkeypatch.setattr(core, "RELEASE", (2, 99))
    monkeypatch.setattr(action, "_update_module_args", None)
    monkeypatch.setattr(PlainModule, "_compute_environment_string", None)
    assert reason(action) == "this was not tried with this release of ansible-core"
    assert action.run(task_vars={}) == {"plain": True}


def test_macos(action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "macOS" in str(reason(action))


def test_no_requests(action: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the file is loaded once, what it found then decides."""
    monkeypatch.setattr(in_process, "_UNUSABLE", "the Python of Ansible has no requests")
    assert reason(action) == "the Python of Ansible has no requests"


@pytest.mark.parametrize("setting", ["_ansible_debug", "_ansible_keep_remote_files", "_ansible_tracebacks_for"])
def test_somebody_looks_into_modules(action: Any, monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    internal = {"_ansible_debug": False, "_ansible_keep_remote_files": False, setting: ["error"]}
    monkeypatch.setattr(action, "_update_module_args", lambda _name, arguments, _variables: arguments.update(internal))
    assert reason(action) == "files of modules or tracebacks are wanted"


@pytest.mark.parametrize("each", ACTIONS, ids=lambda each: each.__name__.rpartition(".")[2])
def test_each_module_has_its_action(each: Any) -> None:
    assert each.ActionModule.module.__name__.rpartition(".")[2] == each.__name__.rpartition(".")[2]
