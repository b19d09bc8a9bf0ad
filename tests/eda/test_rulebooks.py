# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rulebooks and the examples of the guide as ansible-rulebook reads them, and their documentation."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_rulebook.json_generator import visit_ruleset
from ansible_rulebook.rule_types import RuleSet
from ansible_rulebook.rules_parser import parse_rule_sets
from ansible_rulebook.validators import Validate

from tooling.paths import ROOT

RULEBOOKS = ROOT / "extensions" / "eda" / "rulebooks"
EXAMPLES = ROOT / "docs" / "docsite" / "rst" / "examples" / "eda"
SOURCE = ROOT / "extensions" / "eda" / "plugins" / "event_source" / "akv_health.py"
NAMES = ("self_heal", "self_heal_awx", "watch")
#: Names in the texts that are not variables of a rulebook but of playbooks or of the source.
_NO_VARIABLES = {
    "akv_health",
    "akv_events",
    "akv_escalation",
    "akv_state_lost",
    "akv_state_restored",
    "akv_state",
    "akv_retries",
    "akv_delay",
}
#: A variable, its meaning over several lines, and the default that it states.
_DESCRIBED = re.compile(r"^# (akv_\w+) +(.*(?:\n# {20,}.*)*)", re.MULTILINE)


def loaded(path: Path) -> list[dict[str, Any]]:
    """Return the rulesets of a file."""
    return list(yaml.safe_load(path.read_text(encoding="utf-8")))


def parsed(path: Path, **variables: Any) -> list[RuleSet]:
    """Return the rulesets as ansible-rulebook parses them, after it validated schema and conditions."""
    data = loaded(path)
    Validate.rulebook(data)
    rulesets = parse_rule_sets(data, variables)
    for ruleset in rulesets:
        visit_ruleset(ruleset, variables)
    return rulesets


def rulebook(name: str) -> Path:
    """Return the file of a rulebook of the collection."""
    return RULEBOOKS / f"{name}.yml"


def source_arguments(name: str) -> dict[str, Any]:
    """Return the options that a rulebook sets for the event source."""
    (ruleset,) = loaded(rulebook(name))
    (source,) = ruleset["sources"]
    return dict(source["ontap.akv.akv_health"])


def test_every_rulebook_is_tested() -> None:
    assert {path.stem for path in RULEBOOKS.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_rulebook_is_valid_without_variables(name: str, collection_found: None) -> None:
    parsed(rulebook(name))


@pytest.mark.parametrize("name", NAMES)
def test_rulebook_is_valid_with_optional_variables(name: str, collection_found: None) -> None:
    parsed(rulebook(name), akv_rotate_when_unreachable="yes", akv_notify_playbook="notify.yml")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*rulebook*.yml")), ids=lambda path: path.name)
def test_rulebook_of_guide_is_valid(path: Path, collection_found: None) -> None:
    (ruleset,) = parsed(path)
    (source,) = ruleset.sources
    assert set(source.source_args) <= options()


def options() -> set[str]:
    """Return the options of the event source according to its documentation."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (text,) = [
        node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and getattr(node.targets[0], "id", "") == "DOCUMENTATION"
    ]
    return set(yaml.safe_load(text)["options"])


@pytest.mark.parametrize("name", NAMES)
def test_source_options_are_documented(name: str) -> None:
    assert set(source_arguments(name)) <= options()


def test_rulebooks_use_same_source_options() -> None:
    first, *others = map(source_arguments, NAMES)
    assert all(other == first for other in others)


def described(name: str) -> dict[str, str]:
    """Return the variables in the head of a rulebook and their meanings, including those that rulebooks share."""
    head = rulebook(name).read_text(encoding="utf-8").partition("\n- name:")[0]
    return {variable: "" for variable in re.findall(r"\bakv_\w+", head) if variable not in _NO_VARIABLES} | dict(
        _DESCRIBED.findall(head)
    )


@pytest.mark.parametrize("name", NAMES)
def test_head_names_every_variable(name: str) -> None:
    """It names no other variable, and the defaults that it states are right."""
    text = rulebook(name).read_text(encoding="utf-8")
    head, _mark, body = text.partition("\n- name:")
    used = set(re.findall(r"\bakv_\w+", body)) - _NO_VARIABLES
    assert set(re.findall(r"\bakv_\w+", head)) - _NO_VARIABLES == used
    defaults = {
        variable: default.strip("'") for variable, default in re.findall(r"\b(akv_\w+) \| default\(([^)]*)\)", body)
    }
    for variable, meaning in _DESCRIBED.findall(head):
        stated = re.search(r"default ([\w ]+?)(?:;|\.|$)", " ".join(meaning.replace("#", " ").split()))
        if stated and defaults[variable] not in ("", "[]"):
            assert stated[1].partition(" (")[0] == defaults[variable], variable


def test_template_names_match_role() -> None:
    """Default names of templates match those that ontap.akv.awx_setup uses."""
    role = yaml.safe_load((ROOT / "roles" / "awx_content" / "vars" / "main" / "names.yml").read_text(encoding="utf-8"))[
        "awx_content_default_names"
    ]
    prefix = yaml.safe_load((ROOT / "roles" / "awx_content" / "defaults" / "main.yml").read_text(encoding="utf-8"))[
        "awx_content_prefix"
    ]
    names = {key: name.replace("{{ awx_content_prefix }}", prefix) for key, name in role.items()}
    used = re.findall(
        r"\b(akv_\w+_(?:template|workflow)) \| default\('(.*?)'\)",
        rulebook("self_heal_awx").read_text(encoding="utf-8"),
    )
    assert dict(used) == {
        "akv_recover_template": names["recover"],
        "akv_rotate_template": names["rotate_credentials"],
        "akv_recovery_workflow": names["recovery"],
    }
