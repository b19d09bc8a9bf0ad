# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The content of the tarball, and versions that it shares with the rest of the project."""

from __future__ import annotations

import fnmatch
import tarfile
from pathlib import Path

import pytest
import yaml

from tooling import cores, tree
from tooling.paths import ROOT

#: What a user needs; everything else stays in the repository.
WANTED = (
    "CHANGELOG.rst",
    "FILES.json",
    "LICENSE",
    "LICENSES/*.txt",
    "MANIFEST.json",
    "README.md",
    "SECURITY.md",
    "changelogs/changelog.yaml",
    "decision-environment.yml",
    "docs/*",
    "execution-environment.yml",
    "extensions/eda/*.py",
    "extensions/eda/rulebooks/*.yml",
    "meta/ee-requirements.txt",
    "meta/execution-environment.yml",
    "meta/runtime.yml",
    "playbooks/*.yml",
    "plugins/*.py",
    "plugins/plugin_utils/report/report.css",
    "plugins/plugin_utils/report/report.js",
    "roles/*",
    "requirements.txt",
)
#: Kinds of plugins that a module_defaults group is for.
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))


@pytest.fixture(scope="module")
def names(tarball: Path) -> set[str]:
    with tarfile.open(tarball) as archive:
        return {member.name for member in archive.getmembers() if member.isfile()}


def test_tarball_contains_only_wanted_files(names: set[str]) -> None:
    assert [name for name in sorted(names) if not any(fnmatch.fnmatchcase(name, pattern) for pattern in WANTED)] == []


def test_tarball_contains_all_wanted_files(names: set[str]) -> None:
    assert [pattern for pattern in WANTED if not fnmatch.filter(names, pattern)] == []
    plugins = {name for name in tree.source_files() if name.startswith(("plugins/", "extensions/"))}
    assert plugins - names == set()


def test_tarball_is_small(tarball: Path) -> None:
    # An unwanted picture or environment would be larger than all the code.
    assert tarball.stat().st_size < 750_000


def test_action_group_contains_every_module() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert MODULES
    assert sorted(runtime["action_groups"]["akv"]) == MODULES


def test_oldest_ansible_core_is_consistent() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={next(iter(cores.SUPPORTED))}.0"


def test_oldest_python_is_consistent() -> None:
    config = yaml.safe_load((ROOT / "tests" / "config.yml").read_text(encoding="utf-8"))
    assert config["modules"]["python_requires"] == ">={}.{}".format(*cores.OLDEST_TARGET)
