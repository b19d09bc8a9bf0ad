# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The decision environment: the build context that ansible-builder creates from its definition, before a container
engine is needed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.package.test_execution_environment import contents, context_of, requirements_of
from tooling import java
from tooling.paths import ROOT


def definition(name: str) -> dict[str, Any]:
    """Return one of the definitions."""
    return dict(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def context(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the build context; the definition is given by name."""
    return context_of(
        "decision-environment.yml", tarball, tmp_path_factory.mktemp("build"), "-f", "decision-environment.yml"
    )


def test_context_contains_tarball(context: Path, tarball: Path) -> None:
    assert contents(context / "_build" / tarball.name) == contents(tarball)
    galaxy = yaml.safe_load((context / "_build" / "requirements.yml").read_text(encoding="utf-8"))
    assert galaxy == {"collections": [{"name": tarball.name, "type": "file"}]}


def test_adds_ansible_rulebook_and_java_to_execution_environment() -> None:
    decision, execution = definition("decision-environment.yml"), definition("execution-environment.yml")
    more = {name: decision["dependencies"].pop(name) for name in ("python", "system")}
    assert decision == execution
    assert set(more["python"]) == requirements_of("tests/requirements/rulebook.txt")
    assert more["system"] == [f"java-{java.OLDEST}-openjdk-headless [platform:rpm]"]


def test_build_installs_ansible_rulebook_and_java(context: Path) -> None:
    """The steps of the build read the lists of the definition."""
    assert (context / "_build" / "requirements.txt").read_text(encoding="utf-8").split() == definition(
        "decision-environment.yml"
    )["dependencies"]["python"]
    assert (context / "_build" / "bindep.txt").read_text(encoding="utf-8").strip() == definition(
        "decision-environment.yml"
    )["dependencies"]["system"][0]
    steps = (context / "Containerfile").read_text(encoding="utf-8")
    assert "requirements.txt" in steps
    assert "bindep.txt" in steps
