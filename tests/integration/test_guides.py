# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guides: names in them exist, and every block of YAML is a file, which test_guides_examples.py runs."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.guides import (
    EXAMPLES,
    FOLDER,
    directives,
    examples,
    guides,
    readme_blocks,
    rows,
    targets,
)
from ansible_collections.ontap.akv.tests.integration.test_role_descriptions import LOOKING, PLAYBOOKS, loaded, options
from tooling.paths import ROOT

GUIDES = guides()
LANGUAGES = {".yml": "yaml", ".json": "json"}
#: README -> the examples in its blocks of YAML, in order.
READMES = {
    "README.md": ["readme/akv.yml"],
    "roles/awx_content/README.md": ["roles/awx_content_clusters.yml", "roles/awx_content_forward.yml"],
    **{f"roles/{role}/README.md": [f"roles/{role}.yml"] for role in PLAYBOOKS},
}
#: Guides that are generated with the documentation.
GENERATED = {"guide_troubleshooting"}
LABEL = "ansible_collections.ontap.akv.docsite."
#: Variables of every playbook: hosts, batches, and the connection.
COMMON = {"akv_hosts", "akv_serial", "akv_max_fail_percentage"} | set(
    re.findall(r"\bakv_\w+", (ROOT / "playbooks" / "vars" / "connection.yml").read_text(encoding="utf-8"))
)
#: Folders of what ontap.akv.NAME can be.
CALLED = (
    "plugins/modules",
    "plugins/inventory",
    "plugins/filter",
    "playbooks",
    "extensions/eda/rulebooks",
    "extensions/eda/plugins/event_source",
)
#: Other programs that blocks of shell may call.
PROGRAMS = {"az", "cp", "export", "make", "openssl", "pip", "podman", "read", "cd", "tar", "ansible-builder", "python3"}


def shell_blocks() -> list[tuple[str, str]]:
    """Return the guide and text of every shell block, including those of the README."""
    found = [
        (name, each.content)
        for name, text in GUIDES.items()
        for each in directives(text, "code-block")
        if each.argument == "shell"
    ]
    return found + [("readme", block) for block in readme_blocks(ROOT / "README.md", "shell")]


def commands() -> list[tuple[str, list[str]]]:
    """Return the guide and words of every command in a shell block."""
    lines = [
        (guide, line.partition(" # ")[0].removesuffix(" </dev/null"))
        for guide, block in shell_blocks()
        for line in block.replace("\\\n", " ").splitlines()
    ]
    parts = [(guide, part) for guide, line in lines for part in re.split(r" && |; ", line)]
    return [(guide, shlex.split(part)) for guide, part in parts if part.strip()]


PLAYS = [(guide, words) for guide, words in commands() if words[0] == "ansible-playbook"]


def test_guides_are_listed_in_order() -> None:
    """Guides are listed in reading order."""
    (section,) = loaded(ROOT / "docs" / "docsite" / "extra-docs.yml")["sections"]
    listed = section["toctree"]
    expected = [
        "guide_getting_started",
        "guide_concepts",
        "guide_azure",
        "guide_day2",
        "guide_scale",
        "guide_awx",
        "guide_faults",
        "guide_troubleshooting",
        "guide_migration",
    ]
    assert [name for name in listed if name in expected] == [name for name in expected if name in listed]
    assert set(listed) - GENERATED == set(GUIDES) - GENERATED


@pytest.mark.parametrize("name", GUIDES)
def test_guide_contains_no_yaml(name: str) -> None:
    """Blocks contain shell commands or plain text; YAML is included from files."""
    blocks = directives(GUIDES[name], "code-block")
    assert {block.argument for block in blocks} <= {"shell", "text"}
    assert len(blocks) == GUIDES[name].count("code-block::")
    assert directives(GUIDES[name], "code") == directives(GUIDES[name], "sourcecode") == []
    # A literal block without a directive.
    assert re.findall(r"^(?!\s*\.\.).*::$", GUIDES[name], re.MULTILINE) == []


@pytest.mark.parametrize("name", GUIDES)
def test_included_files_exist(name: str) -> None:
    """This covers the file, its language, and the lines at which a part begins and ends."""
    includes = directives(GUIDES[name], "literalinclude")
    assert len(includes) == GUIDES[name].count("literalinclude::")
    for each in includes:
        path = FOLDER / each.argument
        assert path.is_file(), each.argument
        assert path.is_relative_to(EXAMPLES)
        assert each.options["language"] == LANGUAGES[path.suffix]
        begins, ends = each.options.get("start-at", ""), each.options.get("end-before", "")
        _before, found, rest = (
            path.read_text(encoding="utf-8").partition(begins)
            if begins
            else ("", "x", path.read_text(encoding="utf-8"))
        )
        assert found, f"{each.argument} has no {begins}"
        assert ends in rest, f"{each.argument} has no {ends} after {begins}"
        assert set(each.options) <= {"language", "caption", "start-at", "end-before", "dedent"}
        assert each.options.get("caption", path.name).endswith(path.name)


def test_every_example_is_included() -> None:
    included = {
        each.argument.removeprefix("examples/")
        for text in GUIDES.values()
        for each in directives(text, "literalinclude")
    }
    in_readmes = {name for names in READMES.values() for name in names}
    assert set(examples()) == included | in_readmes


def test_readmes_contain_examples() -> None:
    """Every block of YAML in a README for users is an exact copy of an example."""
    there = {
        str(path.relative_to(ROOT))
        for folder in (ROOT, ROOT / "docs", ROOT / "roles")
        for path in folder.glob("*/README.md")
    } | {"README.md"}
    assert {name for name in there if readme_blocks(ROOT / name, "yaml")} == set(READMES)
    for readme, names in READMES.items():
        files = [(EXAMPLES / name).read_text(encoding="utf-8") for name in names]
        assert [f"---\n{block}" for block in readme_blocks(ROOT / readme, "yaml")] == files, readme


@pytest.mark.parametrize("block", [block for _guide, block in shell_blocks()], ids=lambda text: text.partition("\n")[0])
def test_shell_blocks_have_valid_syntax(block: str) -> None:
    subprocess.run(["sh", "-n", "-c", block], check=True)


def test_commands_and_make_targets_exist() -> None:
    """Programs belong to Ansible or to a short list; targets of make exist."""
    named = {Path(words[0]).name for _guide, words in commands()}
    unknown = {name for name in named if not name.startswith("ansible")} - PROGRAMS
    # CONTROLLER_HOST=... and the like.
    assert {name for name in unknown if "=" not in name} == set()
    everything = "\n".join(GUIDES.values()) + "".join(f"``{' '.join(words)}``" for _guide, words in commands())
    made = set(re.findall(r"``make ([a-z-]+)", everything))
    assert made
    assert made <= targets()


@pytest.mark.parametrize("name", GUIDES)
def test_names_of_collection_exist(name: str) -> None:
    """ontap.akv.NAME is a module, a plugin, a role, a playbook, a rulebook, an event source or the group of modules."""
    known = {path.stem for folder in CALLED for path in (ROOT / folder).glob("*.*")}
    known |= {path.name for path in (ROOT / "roles").iterdir()} | {"akv"}
    found = set(re.findall(r"(?<!ansible_collections\.)\bontap\.akv\.(\w+)", GUIDES[name]))
    assert found - known == set()


def test_commands_use_existing_files_and_variables() -> None:
    """Playbook, inventory and variable files exist, and every variable belongs to the playbook."""
    assert len(PLAYS) > 20
    for guide, words in PLAYS:
        where = [
            EXAMPLES / guide.removeprefix("guide_"),
            EXAMPLES / "getting_started",
            EXAMPLES / "readme",
            EXAMPLES / "awx",
            EXAMPLES / "day2",
        ]
        given = [words[number + 1] for number, word in enumerate(words) if word in ("-e", "-i")]
        playbook = next(word for word in words[1:] if word not in given and not word.startswith("-"))
        files = [value.removeprefix("@") for value in given if value.endswith(".yml") and "=" not in value]
        files += [playbook] if playbook.endswith(".yml") else []
        assert [name for name in files if not any((folder / name).is_file() for folder in where)] == [], words
        role = playbook.replace("ontap.akv.", "akv_")
        if role in PLAYBOOKS:
            known = set(options(role)) | COMMON
            variables = {value.partition("=")[0] for value in given if "=" in value}
            for name in (value[1:] for value in given if value.startswith("@")):
                variables |= set(loaded(next(folder / name for folder in where if (folder / name).is_file())))
            assert variables - known == set(), words
            assert "akv_hosts" in variables or role in LOOKING, words


@pytest.mark.parametrize("name", GUIDES)
def test_variables_exist_in_collection(name: str) -> None:
    """akv_... and ONTAP_... in a guide occur in the code of the collection."""
    files = [
        path
        for folder in ("plugins", "playbooks", "roles", "extensions")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".yml"}
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    text = re.sub(r"examples/\S+", "", GUIDES[name])
    # Roles of the cluster are defined in the guide.
    ours = set(re.findall(r"-role (\w+)", text))
    found = set(re.findall(r"\b(?:ONTAP|akv)_\w+\b", text)) - ours
    assert {
        variable
        for variable in found
        if not re.search(rf"\b{variable}\b", code) and not (ROOT / "roles" / variable).is_dir()
    } == set()


def test_quoted_errors_exist_in_code() -> None:
    """Quotes in the table are texts in the code."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "plugins" / "module_utils").rglob("*.py")]
    texts = [node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    code = "\n".join(str(text) for text in texts)
    table = next(
        each for each in directives(GUIDES["guide_getting_started"], "list-table") if "- What to check" in each.content
    )
    quoted = [text for cell, _advice in rows(table.content) for text in re.findall("``(.*?)``", cell)]
    assert len(quoted) > 7
    assert [text for text in quoted if text not in code and text.removeprefix("ONTAP error ") not in code] == []


@pytest.mark.parametrize("name", GUIDES)
def test_references_have_labels(name: str) -> None:
    labels = {label for text in GUIDES.values() for label in re.findall(r"^\.\. _([\w.]+):$", text, re.MULTILINE)}
    found = re.findall(r":ref:`[^`]*<([^>]+)>`", GUIDES[name], re.DOTALL)
    assert set(found) <= labels
    assert f".. _{LABEL}{name}:\n" in GUIDES[name]


@pytest.mark.parametrize("name", GUIDES)
def test_images_exist_and_have_alt_text(name: str) -> None:
    for each in directives(GUIDES[name], "image") + directives(GUIDES[name], "figure"):
        assert (FOLDER / each.argument).is_file()
        assert each.options["alt"]


@pytest.mark.parametrize("path", sorted((FOLDER / "images").glob("*.svg")), ids=lambda path: path.name)
def test_drawings_are_accessible_and_self_contained(path: Path) -> None:
    """They have a title, a description and colors for light and dark, and load nothing."""
    text = path.read_text(encoding="utf-8")
    root = ET.fromstring(text)  # noqa: S314 - a file of the project
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    named = {root.find(f"{space}title").get("id"), root.find(f"{space}desc").get("id")}  # type: ignore[union-attr]
    assert named == set(str(root.get("aria-labelledby")).split())
    assert "prefers-color-scheme: dark" in text
    assert re.findall(r"https?://(?!www\.w3\.org/2000/svg)", text) == []
    assert set(re.findall(r"var\((--[a-z-]+)\)", text)) == set(re.findall(r"(--[a-z-]+): #", text))


def test_files_of_project_match_guide() -> None:
    """Files of docs/project that the guide to AWX shows are the same except for comments."""
    names = [name.removeprefix("awx/") for name in examples() if name.startswith("awx/") and name != "awx/awx.yml"]
    assert len(names) == 5
    for name in names:
        shown, there = (
            (folder / name).read_text(encoding="utf-8").splitlines()
            for folder in (EXAMPLES / "awx", ROOT / "docs" / "project")
        )
        assert [line for line in shown if not line.lstrip().startswith("#")] == [
            line for line in there if not line.lstrip().startswith("#")
        ]


def test_examples_are_valid_yaml() -> None:
    for name in examples():
        text = (EXAMPLES / name).read_text(encoding="utf-8")
        assert yaml.safe_load(text)
        assert text.startswith("---\n") or name.endswith(".json")
