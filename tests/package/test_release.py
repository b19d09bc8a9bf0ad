# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make release` writes, and what `make release-check` finds, in a temporary repository."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tooling import release, tree
from tooling.paths import ROOT

NOW = next(iter(release.versions()["galaxy.yml"]))


def git(repository: Path, *arguments: str) -> None:
    person = ["-c", "user.name=somebody", "-c", "user.email=somebody@example.com"]
    subprocess.run(["git", *person, *arguments], cwd=repository, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Create a repository with the files of a release, committed as after `make release` for 7.8.9."""
    for file in (*release.PLACES, "CHANGELOG.rst"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, tmp_path / file)
    (tmp_path / "changelogs" / "fragments").mkdir(parents=True)
    release.write_version("7.8.9", tmp_path)
    changelog = tmp_path / "CHANGELOG.rst"
    changelog.write_text(changelog.read_text(encoding="utf-8").replace(f"v{NOW}", "v7.8.9", 1), encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "7.8.9")
    return tmp_path


def test_all_places_name_same_version() -> None:
    assert set.union(*release.versions().values()) == {NOW}
    assert all(release.versions().values())


def test_no_other_file_names_version() -> None:
    """A new place has to be added to release.PLACES. Figures keep the version that they were measured with."""
    naming = (f"ontap-akv-{NOW}", f"akv-ee:{NOW}", f"akv-de:{NOW}", f'VERSION = "{NOW}"', f"ontap.akv/{NOW}")
    files = [
        file
        for file in tree.source_files()
        if not file.startswith(("docs/benchmarks/", "changelogs/")) and file.endswith((".py", ".yml", ".rst", ".md"))
    ]
    texts = {file: (ROOT / file).read_text(encoding="utf-8") for file in files}
    assert {file for file, text in texts.items() if any(name in text for name in naming)} == set(release.PLACES) - {
        "galaxy.yml"
    }


def test_release_changes_only_version(repository: Path) -> None:
    assert release.versions(repository) == {file: {"7.8.9"} for file in release.PLACES}
    for file in release.PLACES:
        assert (repository / file).read_text(encoding="utf-8").replace("7.8.9", NOW) == (ROOT / file).read_text(
            encoding="utf-8"
        )


def test_finished_release_has_no_problems_before_and_after_tag(repository: Path) -> None:
    assert release.problems(repository) == []
    git(repository, "tag", "--annotate", "--message", "7.8.9", "v7.8.9")
    assert release.problems(repository) == []


def test_reports_different_version(repository: Path) -> None:
    file = repository / "execution-environment.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("7.8.9", "7.8.8"), encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message", "x")
    assert release.problems(repository) == ["execution-environment.yml names 7.8.8, not 7.8.9"]


def test_reports_changelog_of_another_version(repository: Path) -> None:
    file = repository / "CHANGELOG.rst"
    file.write_text(file.read_text(encoding="utf-8").replace("v7.8.9", "v7.8.8"), encoding="utf-8")
    git(repository, "commit", "--quiet", "--all", "--message", "x")
    assert release.problems(repository) == ["CHANGELOG.rst begins with 7.8.8, not 7.8.9: make release ARGS=7.8.9"]


def test_reports_plugin_missing_from_changelog(repository: Path) -> None:
    """This happens if version_added is not the version of the release."""
    for file in (
        "plugins/modules/akv_info.py",
        "plugins/modules/akv_new.py",
        "roles/akv_newer/meta/argument_specs.yml",
    ):
        (repository / file).parent.mkdir(parents=True, exist_ok=True)
        (repository / file).touch()
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "x")
    assert release.problems(repository) == [
        "CHANGELOG.rst does not list akv_new, akv_newer as new: is version_added the version that brings it?"
    ]


def test_reports_remaining_fragments(repository: Path) -> None:
    (repository / "changelogs" / "fragments" / "9-new.yml").write_text("---\nbugfixes: [x]\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "--message", "x")
    assert release.problems(repository) == ["9-new.yml in changelogs/fragments: make release ARGS=7.8.9"]


def test_reports_uncommitted_files(repository: Path) -> None:
    (repository / "new.txt").touch()
    assert release.problems(repository) == ["1 files are not committed, as new.txt"]
    with (repository / "CHANGELOG.rst").open("a", encoding="utf-8") as changelog:
        changelog.write("more\n")
    assert release.problems(repository) == ["2 files are not committed, as CHANGELOG.rst"]


def test_reports_tag_of_earlier_commit(repository: Path) -> None:
    git(repository, "tag", "--annotate", "--message", "7.8.9", "v7.8.9")
    git(repository, "commit", "--quiet", "--allow-empty", "--message", "later")
    assert release.problems(repository) == [
        "v7.8.9 is a tag of an earlier commit: a release is never changed, take another version"
    ]


@pytest.mark.parametrize("arguments", [[], ["1.2"], ["v1.2.3"], ["1.2.3-rc1"], ["1.2.3", "1.2.4"]])
def test_invalid_version_shows_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert release.run_release(arguments) == 2
    assert "make release ARGS=1.2.3" in capsys.readouterr().out
