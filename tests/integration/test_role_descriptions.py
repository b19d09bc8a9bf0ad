# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation of roles and playbooks matches their variables, defaults, options and connection."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils.common.options import OPTIONS, WITHOUT_EFFECT
from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from tooling.paths import ROOT

#: Role -> its playbook.
PLAYBOOKS = {
    "akv_configure": "configure",
    "akv_decommission": "decommission",
    "akv_health": "health",
    "akv_recover": "recover",
    "akv_report": "report",
    "akv_rotate_credentials": "rotate_credentials",
    "akv_rotate_key": "rotate_key",
}
LOOKING = ("akv_health", "akv_report")
#: A row of the table: variable, default, meaning.
ROWS = re.compile(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", re.MULTILINE)


def loaded(path: Path) -> Any:
    """Return the content of a YAML file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def options(role: str) -> dict[str, dict[str, Any]]:
    """Return the specification of a role's variables."""
    return dict(loaded(ROOT / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]["main"]["options"])


def defaults(role: str) -> dict[str, Any]:
    """Return the defaults of a role."""
    return dict(loaded(ROOT / "roles" / role / "defaults" / "main.yml"))


def from_environment(value: Any) -> str | None:
    """Return the environment variable that a default is looked up in, None for any other default."""
    found = re.fullmatch(r"\{\{ lookup\('ansible\.builtin\.env', '(\w+)'\) \}\}", str(value))
    return found and found[1]


def head(role: str) -> str:
    """Return the comment at the top of a role's playbook."""
    lines = (ROOT / "playbooks" / f"{PLAYBOOKS[role]}.yml").read_text(encoding="utf-8").splitlines()
    beginning = lines.index("#")
    end = next(number for number, line in enumerate(lines[beginning:], beginning) if not line.startswith("#"))
    return "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[beginning:end])


def play_of(role: str) -> dict[str, Any]:
    """Return the only play of a role's playbook."""
    (only,) = loaded(ROOT / "playbooks" / f"{PLAYBOOKS[role]}.yml")
    return dict(only)


def in_readme(value: Any) -> str:
    """Return a default as written in the table of a README."""
    if value in ("", [], {}):
        return ""
    if isinstance(value, list):
        return f"`{', '.join(value)}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_role_is_tested() -> None:
    there = {path.parent.parent.name for path in (ROOT / "roles").glob("akv_*/tasks/main.yml")}
    assert there == set(PLAYBOOKS)


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_defaults_match_specification(role: str) -> None:
    """Each variable is required or has the specified default, which may come from the environment; others have none."""
    specified, given = options(role), defaults(role)
    assert {name for name, option in specified.items() if not option.get("required")} == set(given)
    for name, value in given.items():
        variable = from_environment(value)
        if variable:
            assert "default" not in specified[name]
            assert f"E({variable})" in specified[name]["description"], name
        else:
            assert specified[name].get("default", "") == value, name


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_readme_lists_every_variable(role: str) -> None:
    """The variables are in the order of the specification, with its defaults and descriptions."""
    rows = ROWS.findall((ROOT / "roles" / role / "README.md").read_text(encoding="utf-8"))
    specified, given = options(role), defaults(role)
    assert [name for name, _default, _meaning in rows] == list(specified)
    for name, default, meaning in rows:
        expected = (
            "required"
            if specified[name].get("required")
            else ""
            if from_environment(given[name])
            else in_readme(given[name])
        )
        assert default.strip() == expected, name
        assert plain(meaning) == plain(specified[name]["description"]), name


def plain(text: str) -> str:
    """Return a text without the markup for code of Markdown or Ansible."""
    text = re.sub(r"\b[COVEM]\(((?:ontap\.akv\.\w+#module:)?)(.*?)\)", r"\2", text)
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_playbook_names_every_variable(role: str) -> None:
    """The comment at the top names exactly the variables of the role; defaults in it are the same."""
    text = head(role)
    general = {"akv_hosts", "akv_serial", "akv_max_fail_percentage"}
    assert set(re.findall(r"\bakv_\w+", text)) == set(options(role)) | general
    given = defaults(role)
    entries = re.split(r"\n(?=akv_)", text)
    for entry in entries:
        found = re.match(r"(akv_\w+)\s(?!.*\bakv_).*; default (true|false|[0-9]+)\b", entry, re.DOTALL)
        if found and found[1] not in general:
            assert in_readme(given[found[1]]) == f"`{found[2]}`", entry


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_plays_have_same_structure(role: str) -> None:
    """Playbooks that write require hosts; the defaults in the comment at the top are those of the play."""
    play, text = play_of(role), head(role)
    default = "'all', true" if role in LOOKING else "''"
    assert (
        play["hosts"]
        == f"{{{{ akv_hosts | default({default}) | ontap.akv.matching_hosts(groups, ansible_limit | default('')) }}}}"
    )
    assert (
        "akv_hosts               the hosts, default all"
        if role in LOOKING
        else "akv_hosts               the hosts, as a pattern; required"
    ) in text
    (percentage,) = re.findall(r"akv_max_fail_percentage .*; default ([0-9]+)$", text, re.MULTILINE)
    assert (
        play["vars"]["_akv_max_fail_percentage"]
        == f"{{{{ {percentage} if akv_max_fail_percentage | default('') is in ['', none] else akv_max_fail_percentage"
        " }}"
    )
    (serial,) = re.findall(r"akv_serial .*; default (.*)$", text, re.MULTILINE)
    written = re.sub(r"[0-9]+%", r"'\g<0>'", serial)
    size = f"akv_serial | default({written}, true)"
    # Without these keywords, because hosts that Ansible does not start because of them do not count as failed.
    assert not {"serial", "max_fail_percentage"} & set(play)
    assert play["vars"]["_akv_role"] == f"ontap.akv.{role}"
    assert f"'serial': {size}}}" in play["vars"]["_akv_own_batch"]
    if role in LOOKING:
        assert f"'serial': {size}}}" in play["vars"]["_akv_batch_hosts"]
    assert (play["gather_facts"], play["vars_files"]) == (False, ["vars/connection.yml"])
    assert play["module_defaults"] == {"group/ontap.akv.akv": "{{ akv_connection }}"}


def test_connection_has_every_option() -> None:
    """The comment at the top of the file names the variable of each option."""
    path = ROOT / "playbooks" / "vars" / "connection.yml"
    connection = dict(re.findall(r"'(\w+)': (akv_\w+) \|", loaded(path)["akv_connection"]))
    assert connection == {name: f"akv_{name}" for name in set(OPTIONS) - {"use_rest"} - WITHOUT_EFFECT}
    named = set(
        re.findall(
            r"\bakv_\w+",
            "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")),
        )
    )
    assert named == set(connection.values())


@pytest.mark.parametrize("role", [path.name for path in sorted((ROOT / "roles").iterdir())])
def test_no_variable_of_role_has_no_log(role: str) -> None:
    """ansible-core 2.18 refuses encrypted values for variables with no_log. Secrets are texts, which the check of
    variables does not repeat.
    """
    pending = list(options(role).items())
    found: dict[str, Any] = {}
    while pending:
        name, option = pending.pop()
        found[name] = option
        pending += option.get("options", {}).items()
    assert [name for name, option in found.items() if "no_log" in option] == []
    secret = ("secret", "password", "certificate", "client_key")
    assert {found[name]["type"] for name in found if name.endswith(secret) and not name.startswith("update")} <= {"str"}


def test_entries_of_configure_have_options_of_module() -> None:
    """Options of connection and waiting and uuid, which cannot describe a state, are left out; the task passes the
    others.
    """
    left_out = {*OPTIONS, "uuid", "concurrency", "wait", "wait_timeout"}
    module = {name: option for name, option in azure_key_vault.ARGUMENT_SPEC.items() if name not in left_out}
    entry = options("akv_configure")["akv_configurations"]["options"]
    assert set(entry) == set(module)
    # Only the cluster's configuration is named by scope.
    choices = {name: option.get("choices") for name, option in module.items()} | {"scope": ["cluster"]}
    assert {name: option.get("choices") for name, option in entry.items()} == choices
    tasks = loaded(ROOT / "roles" / "akv_configure" / "tasks" / "main.yml")
    (task,) = (task["ontap.akv.azure_key_vault"] for task in tasks[0]["block"] if "ontap.akv.azure_key_vault" in task)
    assert set(task) == set(module) | {"concurrency", "wait_timeout"}
    assert [name for name in module if not re.search(rf"_akv_configure_(entry|credential)\.{name} ", task[name])] == []


def scalars(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """Yield the values of a YAML document."""
    if isinstance(node, yaml.MappingNode):
        for _name, value in node.value:
            yield from scalars(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from scalars(value)
    elif isinstance(node, yaml.ScalarNode):
        yield node


@pytest.mark.parametrize("role", PLAYBOOKS)
def test_variables_contain_no_complex_templates(role: str) -> None:
    """No value has more than three lines or a nested conditional; decisions are filters with tests."""
    for path in sorted((ROOT / "roles" / role / "vars").rglob("*.yml")):
        text = path.read_text(encoding="utf-8")
        for value in scalars(yaml.compose(text)):
            lines = text.splitlines()[value.start_mark.line : value.end_mark.line]
            # The first line of a block has only the name.
            assert sum(map(bool, map(str.strip, lines))) <= (4 if value.style in (">", "|") else 3), value.start_mark
            assert len(re.findall(r"\bif\b", value.value)) <= 1, value.start_mark


def test_no_template_returns_none() -> None:
    """ansible-core 2.18 converts None from a template to an empty text: a filter would get a text instead of a dict."""
    files = [path for folder in ("roles", "playbooks") for path in (ROOT / folder).rglob("*.yml")]
    assert files
    assert [str(path) for path in files if re.search(r"\belse none *}}", path.read_text(encoding="utf-8"))] == []
