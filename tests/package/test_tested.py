# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `make test-cores` runs and writes, how `make audit` judges a report, and what `make sbom` covers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tooling import cores, image, sbom, tested
from tooling.paths import ROOT
from tooling.running import Failure, Skipped
from tooling.tested import Choice, Row

ALL = tuple(cores.SUPPORTED)
KINDS = ("units", "integration", "sanity")
ROWS = [
    Row("2.18.19", "3.11.7", "6,035 unit tests, sanity", "2026-11-28"),
    Row("2.20.10", "3.12.1", "20 integration tests", "2026-11-29"),
]
PACKAGE: dict[str, Any] = {"name": "a", "version": "1.0", "vulns": []}


@pytest.mark.parametrize(
    ("arguments", "choice"),
    [
        ([], Choice(ALL, KINDS, ())),
        (["2.20", "2.18"], Choice(("2.20", "2.18"), KINDS, ())),
        (["units", "2.18"], Choice(("2.18",), ("units",), ())),
        (["integration", "-k", "create"], Choice(ALL, ("integration",), ("-k", "create"))),
    ],
)
def test_arguments_select_releases_and_kinds(arguments: list[str], choice: Choice) -> None:
    assert tested.choose(arguments) == choice


def test_written_table_can_be_read() -> None:
    assert tested.rows_of(tested.table(ROWS)) == ROWS


def test_sentence_names_versions_and_days() -> None:
    assert tested.sentence(ROWS) == "2.18.19 on Python 3.11, 2.20.10 on Python 3.12; 2026-11-28 to 2026-11-29"
    assert tested.sentence(ROWS[:1] + ROWS[:1]).endswith("; 2026-11-28")


@pytest.mark.parametrize(
    ("tests", "merged"),
    [
        ("20 integration tests", "6,035 unit tests, sanity, 20 integration tests"),
        ("6,040 unit tests", "6,040 unit tests, sanity"),
        ("sanity", "6,035 unit tests, sanity"),
    ],
)
def test_runs_of_one_day_are_merged(tests: str, merged: str) -> None:
    assert tested.merge(ROWS[0], ROWS[0]._replace(tests=tests)).tests == merged


@pytest.mark.parametrize("change", [{"date": "2026-11-30"}, {"core": "2.18.20"}, {"python": "3.11.8"}])
def test_run_of_another_day_or_version_replaces_row(change: dict[str, str]) -> None:
    new = ROWS[0]._replace(tests="20 integration tests", **change)
    assert tested.merge(ROWS[0], new) == new
    assert tested.merge(None, new) == new


def test_guide_and_readme_are_current() -> None:
    guide, readme = tested.parts(tested.rows_of((ROOT / "docs/docsite/rst/guide_versions.rst").read_text("utf-8")))
    assert guide.read() == guide.written()
    assert readme.read() == readme.written()
    releases = [row.release for row in tested.rows_of(guide.read())]
    assert releases
    assert releases == [release for release in ALL if release in releases]


def test_audit_passes_if_every_package_was_checked() -> None:
    assert sbom.judge([PACKAGE, PACKAGE]).passed == 1


def test_audit_is_skipped_if_package_was_not_checked() -> None:
    """pip-audit itself exits with status 0 in this case."""
    with pytest.raises(Skipped, match=r"1 of 2 packages were not checked.*: b"):
        sbom.judge([PACKAGE, {"name": "b", "skip_reason": "Dependency not found on PyPI"}])


def test_vulnerability_fails_audit_despite_unchecked_packages() -> None:
    with pytest.raises(Failure, match=r"a 1\.0: CVE-1"):
        sbom.judge([{**PACKAGE, "vulns": [{"id": "CVE-1"}]}, {"name": "b", "skip_reason": "x"}])


def test_bill_of_materials_covers_image() -> None:
    found = sbom.requirements()
    for name in ("ansible-core>=", "ansible-runner>=", "requests>=", "netapp-lib>=", "cryptography>="):
        assert len([line for line in found if line.startswith(name)]) == 1
    assert len(found) == 5


def test_definition_can_be_adapted_to_debian(tmp_path: Path) -> None:
    definition = tmp_path / "execution-environment.yml"
    definition.write_bytes((ROOT / definition.name).read_bytes())
    image.adapt(definition)
    text = definition.read_text(encoding="utf-8")
    assert "almalinux" not in text.partition("images:")[2].partition("#")[0]
    assert "package_system" not in text
    assert "python_path: /usr/bin/python3.13" in text
