# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to AWX: its commands, its files (those of docs/project, which the integration tests run) and its names."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from tooling import environment, tree
from tooling.paths import COLLECTION, ROOT

GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_awx.rst").read_text(encoding="utf-8")


class Block(NamedTuple):
    """A code block of the guide; caption: the file that it belongs into."""

    language: str
    caption: str
    text: str


def blocks() -> list[Block]:
    found = re.findall(r"^\.\. code-block:: (\w+)\n(?:   :caption: (.+)\n)?\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    return [Block(language, caption, textwrap.dedent(text).strip() + "\n") for language, caption, text in found]


FILES = {block.caption: block.text for block in blocks() if block.language == "yaml"}
PROJECT = ROOT / "docs" / "project"


def test_every_file_is_named_and_is_yaml() -> None:
    assert all(block.caption for block in blocks() if block.language == "yaml")
    assert all(text.startswith("---\n") and yaml.safe_load(text) for text in FILES.values())
    assert {block.language for block in blocks()} == {"shell", "yaml"}
    assert len(blocks()) == GUIDE.count("code-block::")


@pytest.mark.parametrize("commands", [block.text for block in blocks() if block.language == "shell"], ids=lambda text: text.partition("\n")[0])
def test_syntax_of_commands(commands: str) -> None:
    subprocess.run(["sh", "-n", "-c", commands], check=True)


@pytest.mark.parametrize("name", sorted(set(FILES) - {"awx.yml"}))
def test_files_of_the_project_are_as_they_are_there(name: str) -> None:
    there = [line for line in (PROJECT / name).read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    assert FILES[name].splitlines() == there


def test_what_sets_awx_up(tmp_path: Path, collections: Path) -> None:
    (tmp_path / "awx.yml").write_text(FILES["awx.yml"], encoding="utf-8")
    command = ["ansible-playbook", "--syntax-check", "-e", "@awx.yml", "ontap.akv.awx_setup"]
    env = environment.for_ansible(Path(sys.executable), collections)
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    specs = yaml.safe_load((ROOT / "roles" / "awx_content" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specs["argument_specs"]["main"]["options"]
    for name, value in yaml.safe_load(FILES["awx.yml"]).items():
        assert name in options
        assert set(value if "options" in options[name] else ()) <= set(options[name].get("options", ()))


def test_the_commands_make_the_build_context() -> None:
    commands = next(block.text for block in blocks() if block.language == "shell")
    source = tree.copy("guide")
    shutil.rmtree(source.parent / "akv-ee", ignore_errors=True)
    env = environment.for_ansible(Path(sys.executable))
    # What needs an engine and what is here already is left out; the rest is as it stands.
    commands = re.sub(r"^pip install .*\n", "", commands, flags=re.MULTILINE)
    commands, replaced = re.subn(r"ansible-builder build --tag \S+", "ansible-builder create --output-filename Containerfile", commands)
    assert replaced == 1
    done = subprocess.run(["sh", "-e", "-c", commands], cwd=source, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    containerfile = (source.parent / "akv-ee" / "context" / "Containerfile").read_text(encoding="utf-8")
    chosen = re.findall(r"--build-arg (\w+)=", GUIDE)
    assert chosen
    assert [name for name in chosen if f"ARG {name}=" not in containerfile] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\b(?:ONTAP|akv|awx_content)_\w+\b", GUIDE))))
def test_every_name_is_one_of_the_collection(name: str, collections: Path) -> None:
    installed = collections / COLLECTION
    files = [path for folder in ("plugins", "playbooks", "roles") for path in (installed / folder).rglob("*") if path.suffix in {".py", ".yml"}]
    names = {path.name for path in (installed / "roles").glob("*")}
    assert name in names or any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files)
