# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to versions names what is supported; its images differ from those of the tarball only in the source of
the collection.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tooling.paths import ROOT

RST = ROOT / "docs" / "docsite" / "rst"
GUIDE = (RST / "guide_versions.rst").read_text(encoding="utf-8")
EXAMPLES = RST / "examples" / "versions"
PUBLISHED = {"name": "ontap.akv", "version": ">=1.0.0,<2.0.0"}


def load(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def releases(requirement: str) -> list[str]:
    """Return the releases of ansible-core that a requirement allows."""
    first, end = re.fullmatch(r"ansible-core>=2\.(\d+),<2\.(\d+)", requirement).groups()  # type: ignore[union-attr]
    return [f"2.{number}" for number in range(int(first), int(end))]


@pytest.mark.parametrize("name", ["execution-environment.yml", "decision-environment.yml"])
def test_images_install_published_collection(name: str) -> None:
    own, example = load(ROOT / name), load(EXAMPLES / name)
    assert example["dependencies"].pop("galaxy") == {"collections": [PUBLISHED]}
    del own["dependencies"]["galaxy"]
    # The tarball that is copied into the build.
    del own["additional_build_files"]
    assert example == own


def test_requirements_name_published_collection() -> None:
    assert load(EXAMPLES / "requirements.yml") == {"collections": [PUBLISHED]}


def test_guide_names_supported_ansible_core() -> None:
    """The guide names the releases that the image allows; the collection requires the first one."""
    (named,) = re.findall(r"\* - ansible-core\n     - (.*)\n", GUIDE)
    assert named.split(", ") == releases(
        load(ROOT / "execution-environment.yml")["dependencies"]["ansible_core"]["package_pip"]
    )
    assert load(ROOT / "meta" / "runtime.yml")["requires_ansible"] == f">={named.split(', ')[0]}.0"


def test_guide_names_supported_ontap() -> None:
    """The guide names the first and the last release of the table in the README."""
    (header,) = re.findall(r"^\| ONTAP \| (.*) \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    columns = header.split(" | ")
    (named,) = re.findall(r"\* - ONTAP\n     - (\S+) to (\S+);", GUIDE)
    assert named == (columns[0], columns[-1].split(" to ")[-1])
