# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files for contributors and for the code host: the files and targets that they name exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.guides import targets
from tooling.paths import ROOT

GITHUB = ROOT / ".github"
WORKFLOW = GITHUB / "workflows" / "ci.yml"
FORMS = [GITHUB / "ISSUE_TEMPLATE" / "bug_report.yml", GITHUB / "ISSUE_TEMPLATE" / "feature_request.yml"]
TEXTS = ("CONTRIBUTING.md", "SECURITY.md", "CODE_OF_CONDUCT.md", "README.md", ".github/PULL_REQUEST_TEMPLATE.md")
#: Where a name without its folder may be meant: the layers, and a role that is like every other.
FOLDERS = (
    ROOT,
    ROOT / "plugins" / "module_utils",
    ROOT / "plugins" / "module_utils" / "converge",
    ROOT / "roles" / "akv_health",
)
#: Kinds of fields of an issue form, and what each must have beside an id.
FIELDS = {
    "input": {"label"},
    "textarea": {"label"},
    "dropdown": {"label", "options"},
    "checkboxes": {"label", "options"},
}
TARGETS = {*targets(), "help"}


def text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


def loaded(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def made(markdown: str) -> set[str]:
    """The targets that a text tells people to make, between backticks or on a line of a shell."""
    return set(re.findall(r"(?:`|^ *)make ([a-z-]+)", markdown, re.MULTILINE))


def steps() -> list[dict[str, Any]]:
    return [step for job in loaded(WORKFLOW)["jobs"].values() for step in job["steps"]]


def is_there(name: str) -> bool:
    """Whether there is such a file; NAME stands for any name."""
    return any(any(folder.glob(name.replace("NAME", "*"))) for folder in FOLDERS)


def slug(heading: str) -> str:
    """The anchor that the code host gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("file", TEXTS)
def test_every_target_is_one(file: str) -> None:
    assert made(text(file)) <= TARGETS


def test_every_target_is_explained() -> None:
    assert made(text("CONTRIBUTING.md")) == TARGETS


@pytest.mark.parametrize("file", ["CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"])
def test_every_file_is_there(file: str) -> None:
    """What stands between backticks and has a slash, or ends as a file does."""
    names = re.findall(r"`([\w.][\w./-]*)`", text(file))
    files = {
        name
        for name in names
        if ("/" in name or re.search(r"\.(?:py|md|ya?ml|rst|toml)$", name)) and not name.startswith(".work/")
    }
    assert files
    assert [name for name in sorted(files) if not is_there(name)] == []


@pytest.mark.parametrize("file", TEXTS)
def test_every_link_leads_somewhere(file: str) -> None:
    headings = {slug(heading) for heading in re.findall(r"^#+ (.+)$", text(file), re.MULTILINE)}
    for link in re.findall(r"\]\(([^)]+)\)", text(file)):
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif not link.startswith("https://"):
            assert (ROOT / link).is_file(), link


def test_every_list_is_where_it_is_said_to_be() -> None:
    """`NAMES` in `FILE`, also two of them."""
    found = re.findall(r"`([A-Z]+)`(?: and `([A-Z]+)`)? (?:in|of)\s+`([\w./]+)`", text("CONTRIBUTING.md"))
    assert len(found) > 5
    for *names, file in found:
        for name in filter(None, names):
            assert re.search(rf"^{name}\b", text(file), re.MULTILINE), f"{file} has no {name}"


def test_the_workflow_calls_targets_alone() -> None:
    """Whatever it runs prepares the machine, or is a target with the Python to run it with."""
    matrix = loaded(WORKFLOW)["jobs"]["test"]["strategy"]["matrix"]["target"]
    commands = [line for step in steps() for line in step.get("run", "").splitlines()]
    calls = [words for words in map(str.split, commands) if words[0] == "make"]
    called = {name for words in calls for name in (matrix if words[1] == "${{" else [words[1]])}
    assert {"test", "test-all", "test-browser", "test-eda", "docs"} <= called <= TARGETS
    assert {command.split()[0] for command in commands} <= {"make", "apt-get", "chown"}


def test_the_workflow_may_read_alone() -> None:
    workflow = loaded(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert not [job for job in workflow["jobs"].values() if "permissions" in job or "timeout-minutes" not in job]
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(workflow["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    # A pull request from elsewhere runs its own code: never with the rights or secrets of this repository.
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in WORKFLOW.read_text(encoding="utf-8")


def test_actions_are_the_hosts_own_in_a_major_version() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []


def test_the_workflow_keeps_what_pip_loads() -> None:
    """By every file of requirements, so that a change of one is not missed."""
    files = [
        step["with"]["cache-dependency-path"].split() for step in steps() if step.get("with", {}).get("cache") == "pip"
    ]
    assert files
    assert all(each == ["requirements.txt", "tests/requirements/*.txt"] for each in files)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms(path: Path) -> None:
    """As the code host wants them: it shows a form that it does not understand to no one."""
    form = loaded(path)
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    for field in fields:
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert FIELDS[field["type"]] <= set(field["attributes"])
    identifiers = [field["id"] for field in fields]
    assert len(identifiers) == len(set(identifiers))
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_a_bug_report_asks_for_no_secret() -> None:
    (box,) = [field for field in loaded(FORMS[0])["body"] if field["type"] == "checkboxes"]
    (option,) = box["attributes"]["options"]
    assert option["required"]
    assert "secret" in option["label"]


def test_every_issue_has_a_form() -> None:
    config = loaded(GITHUB / "ISSUE_TEMPLATE" / "config.yml")
    assert config["blank_issues_enabled"] is False
    assert all(
        set(link) == {"name", "url", "about"} and link["url"].startswith("https://") for link in config["contact_links"]
    )
