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
#: Folders in which a name without its folder may be: the layers, and a role as an example.
FOLDERS = (
    ROOT,
    ROOT / "plugins" / "module_utils",
    ROOT / "plugins" / "module_utils" / "converge",
    ROOT / "roles" / "akv_health",
)
#: Types of fields of an issue form, and the attributes that each must have.
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
    """Return the targets that a text names, between backticks or on a shell line."""
    return set(re.findall(r"(?:`|^ *)make ([a-z-]+)", markdown, re.MULTILINE))


def steps() -> list[dict[str, Any]]:
    return [step for job in loaded(WORKFLOW)["jobs"].values() for step in job["steps"]]


def file_exists(name: str) -> bool:
    """Return whether such a file exists; NAME stands for any name."""
    return any(any(folder.glob(name.replace("NAME", "*"))) for folder in FOLDERS)


def slug(heading: str) -> str:
    """Return the anchor that the code host gives a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("file", TEXTS)
def test_named_targets_exist(file: str) -> None:
    assert made(text(file)) <= TARGETS


def test_contributing_names_every_target() -> None:
    assert made(text("CONTRIBUTING.md")) == TARGETS


@pytest.mark.parametrize("file", ["CONTRIBUTING.md", "SECURITY.md", ".github/PULL_REQUEST_TEMPLATE.md"])
def test_named_files_exist(file: str) -> None:
    """File names are between backticks, and have a slash or the suffix of a file."""
    names = re.findall(r"`([\w.][\w./-]*)`", text(file))
    files = {
        name
        for name in names
        if ("/" in name or re.search(r"\.(?:py|md|ya?ml|rst|toml)$", name)) and not name.startswith(".work/")
    }
    assert files
    assert [name for name in sorted(files) if not file_exists(name)] == []


@pytest.mark.parametrize("file", TEXTS)
def test_links_have_existing_destinations(file: str) -> None:
    headings = {slug(heading) for heading in re.findall(r"^#+ (.+)$", text(file), re.MULTILINE)}
    for link in re.findall(r"\]\(([^)]+)\)", text(file)):
        if link.startswith("#"):
            assert link[1:] in headings, link
        elif not link.startswith("https://"):
            assert (ROOT / link).is_file(), link


def test_named_lists_exist_in_named_files() -> None:
    """The text says "`NAMES` in `FILE`", or two names."""
    found = re.findall(r"`([A-Z]+)`(?: and `([A-Z]+)`)? (?:in|of)\s+`([\w./]+)`", text("CONTRIBUTING.md"))
    assert len(found) > 5
    for *names, file in found:
        for name in filter(None, names):
            assert re.search(rf"^{name}\b", text(file), re.MULTILINE), f"{file} has no {name}"


def test_workflow_runs_only_targets() -> None:
    """Every command either prepares the machine or runs a target."""
    matrix = loaded(WORKFLOW)["jobs"]["test"]["strategy"]["matrix"]["target"]
    commands = [line for step in steps() for line in step.get("run", "").splitlines()]
    calls = [words for words in map(str.split, commands) if words[0] == "make"]
    called = {name for words in calls for name in (matrix if words[1] == "${{" else [words[1]])}
    assert {"test", "test-all", "test-browser", "test-eda", "docs"} <= called <= TARGETS
    assert {command.split()[0] for command in commands} <= {"make", "apt-get", "chown"}


def test_workflow_has_read_permission_only() -> None:
    workflow = loaded(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert not [job for job in workflow["jobs"].values() if "permissions" in job or "timeout-minutes" not in job]
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == len(workflow["jobs"])
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    # A pull request from a fork runs its own code: never with the rights or secrets of this repository.
    assert "pull_request_target" not in workflow["on"]
    assert "secrets." not in WORKFLOW.read_text(encoding="utf-8")


def test_actions_belong_to_code_host_and_have_major_version() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []


def test_workflow_caches_pip_downloads() -> None:
    """The cache depends on every file of requirements, so that no change is missed."""
    files = [
        step["with"]["cache-dependency-path"].split() for step in steps() if step.get("with", {}).get("cache") == "pip"
    ]
    assert files
    assert all(each == ["requirements.txt", "tests/requirements/*.txt"] for each in files)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_valid(path: Path) -> None:
    """Forms have the shape that the code host expects: it does not show an invalid form."""
    form = loaded(path)
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    for field in fields:
        assert set(field) <= {"type", "id", "attributes", "validations"}
        assert FIELDS[field["type"]] <= set(field["attributes"])
    identifiers = [field["id"] for field in fields]
    assert len(identifiers) == len(set(identifiers))
    assert any(field.get("validations", {}).get("required") for field in fields)


def test_bug_report_asks_to_remove_secrets() -> None:
    (box,) = [field for field in loaded(FORMS[0])["body"] if field["type"] == "checkboxes"]
    (option,) = box["attributes"]["options"]
    assert option["required"]
    assert "secret" in option["label"]


def test_issue_without_form_is_disabled() -> None:
    config = loaded(GITHUB / "ISSUE_TEMPLATE" / "config.yml")
    assert config["blank_issues_enabled"] is False
    assert all(
        set(link) == {"name", "url", "about"} and link["url"].startswith("https://") for link in config["contact_links"]
    )
