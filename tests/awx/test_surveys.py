# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys and templates set options of the roles; the syntax of the playbook is valid without awx.awx."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.awx.support.setup import Machine, SetUp
from ansible_collections.ontap.akv.tests.awx.support.variables import LEAST
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from tooling.paths import ROOT

#: Type of a question -> types of options; `raw` accepts all.
TYPES = {
    "text": ("str",),
    "textarea": ("str", "list"),
    "integer": ("int",),
    "multiplechoice": ("str", "bool"),
    "multiselect": ("list",),
}


def options(playbook: str) -> dict[str, Any]:
    """Return the options of the role of a playbook."""
    path = ROOT / "roles" / f"akv_{Path(playbook).stem}" / "meta" / "argument_specs.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]
    return found


def wrong(question: dict[str, Any], option: dict[str, Any]) -> list[str]:
    """Return why the option would not accept an answer."""
    problems = []
    if option["type"] != "raw" and option["type"] not in TYPES[question["type"]]:
        problems.append(f"{option['type']} from {question['type']}")
    if option["type"] == "bool" and sorted(question["choices"]) != ["false", "true"]:
        problems.append("choices of a bool")
    if set(question.get("choices", ())) - set(option.get("choices", question.get("choices", ()))):
        problems.append("choices")
    if option["type"] == "int" and question["default"] != option["default"]:
        problems.append(f"default {question['default']}, of the role {option['default']}")
    return problems


@pytest.mark.parametrize("kind", ["svms", "clusters"])
def test_questions_match_options_of_role(
    kind: str, done: tuple[Machine, SetUp], clusters: tuple[Machine, dict[str, Any]]
) -> None:
    """Every variable is an option of its role with a matching type, choices and default; only akv_hosts belongs to the
    playbooks.
    """
    store = (done if kind == "svms" else clusters)[0].controller.store
    for template in store.all("job_templates"):
        known = options(template["playbook"])
        questions = store.questions(template["id"])
        asked = {question["variable"]: question for question in questions if question["variable"] != "akv_hosts"}
        fixed = set(json.loads(template["extra_vars"])) - {"akv_hosts"}
        assert (asked.keys() | fixed) - known.keys() == set(), template["name"]
        assert not asked.keys() & fixed, template["name"]
        assert {
            name: problems for name, question in asked.items() if (problems := wrong(question, known[name]))
        } == {}, template["name"]


@pytest.mark.parametrize("kind", ["svms", "clusters"])
def test_only_expected_surveys_ask_about_azure_and_history(
    kind: str, done: tuple[Machine, SetUp], clusters: tuple[Machine, dict[str, Any]]
) -> None:
    """The rollback does not ask about Azure, which must not block the old credential."""
    machine, prefix = (done[0], "AKV ") if kind == "svms" else (clusters[0], "prod ")
    store = machine.controller.store
    asking: dict[str, set[str]] = {}
    for template in store.all("job_templates"):
        for question in store.questions(template["id"]):
            asking.setdefault(question["variable"], set()).add(template["name"].removeprefix(prefix))
    checking = {"health", "health, in workflows", "report"}
    assert asking["akv_verify_azure"] == {"rotate credentials", "rotate keys"} | (
        {"configure"} if kind == "clusters" else set()
    )
    assert asking["akv_azure"] == asking["akv_warn_days"] == checking
    assert asking["akv_history"] == {"report"}


@pytest.mark.parametrize("kind", ["svms", "clusters"])
def test_surveys_ask_for_no_secrets(
    kind: str, done: tuple[Machine, SetUp], clusters: tuple[Machine, dict[str, Any]]
) -> None:
    """They do not ask for akv_svm either if each host is an SVM."""
    store = (done if kind == "svms" else clusters)[0].controller.store
    for template in store.all("job_templates"):
        known = options(template["playbook"])
        asked = {question["variable"] for question in store.questions(template["id"])}
        assert [name for name in asked if known.get(name, {}).get("no_log")] == []
        assert kind == "clusters" or "akv_svm" not in asked


def test_playbook_syntax_is_valid_without_awx(machine: Machine, tmp_path: Path) -> None:
    """Only a run needs awx.awx, and names the missing module."""
    machine.collections = []
    command = [program("ansible-playbook"), "--syntax-check", "ontap.akv.awx_setup"]
    done = subprocess.run(
        command, env=machine.environment(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    run = machine.run(LEAST)
    assert run.status != 0
    assert "awx.awx.credential_type" in run.output
    assert machine.controller.log == []
