# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to AWX with the installed collection: its commands, the variables that set AWX up, and its names.

tests/integration/test_guides.py and test_guides_examples.py check the rest, as for every guide.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import yaml

from tooling import environment, tree
from tooling.paths import COLLECTION, ROOT

RST = ROOT / "docs" / "docsite" / "rst"
GUIDE = (RST / "guide_awx.rst").read_text(encoding="utf-8")
AWX = RST / "examples" / "awx" / "awx.yml"


def test_variables_for_awx_setup_are_valid(tmp_path: Path, collections: Path) -> None:
    shutil.copy(AWX, tmp_path)
    command = ["ansible-playbook", "--syntax-check", "-e", "@awx.yml", "ontap.akv.awx_setup"]
    env = environment.for_ansible(Path(sys.executable), collections)
    done = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    specs = yaml.safe_load((ROOT / "roles" / "awx_content" / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    options = specs["argument_specs"]["main"]["options"]
    for name, value in yaml.safe_load(AWX.read_text(encoding="utf-8")).items():
        assert name in options
        assert set(value if "options" in options[name] else ()) <= set(options[name].get("options", ()))


def test_commands_create_build_context() -> None:
    block, *_others = re.findall(r"^\.\. code-block:: shell\n\n((?:   .*\n|\n)+)", GUIDE, re.MULTILINE)
    commands = textwrap.dedent(block)
    source = tree.copy("guide")
    shutil.rmtree(source.parent / "akv-ee", ignore_errors=True)
    env = environment.for_ansible(Path(sys.executable))
    # Leave out what needs an engine and what is installed already; run the rest unchanged.
    commands = re.sub(r"^pip install .*\n", "", commands, flags=re.MULTILINE)
    commands, replaced = re.subn(
        r"ansible-builder build --tag \S+", "ansible-builder create --output-filename Containerfile", commands
    )
    assert replaced == 1
    done = subprocess.run(
        ["sh", "-e", "-c", commands], cwd=source, env=env, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    containerfile = (source.parent / "akv-ee" / "context" / "Containerfile").read_text(encoding="utf-8")
    chosen = re.findall(r"--build-arg (\w+)=", GUIDE)
    assert chosen
    assert [name for name in chosen if f"ARG {name}=" not in containerfile] == []


@pytest.mark.parametrize("name", sorted(set(re.findall(r"\b(?:ONTAP|akv|awx_content)_\w+\b", GUIDE))))
def test_names_exist_in_collection(name: str, collections: Path) -> None:
    installed = collections / COLLECTION
    files = [
        path
        for folder in ("plugins", "playbooks", "roles")
        for path in (installed / folder).rglob("*")
        if path.suffix in {".py", ".yml"}
    ]
    names = {path.name for path in (installed / "roles").glob("*")}
    assert name in names or any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files)
