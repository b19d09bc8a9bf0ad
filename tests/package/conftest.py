# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection as a user gets it: built as a tarball, installed by ansible-galaxy."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tooling import tree


@pytest.fixture(scope="session")
def tarball() -> Path:
    """In a folder of this worker: the others build theirs at the same time."""
    return tree.build(Path(sys.executable), f"package-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def collections(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty place for collections with this one alone installed."""
    place = tmp_path_factory.mktemp("collections")
    tree.install(Path(sys.executable), tarball, place)
    return place
