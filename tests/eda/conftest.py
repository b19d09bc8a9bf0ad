# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the event-driven part share: the collection as a user has it installed, simulated clusters, the
real ansible-rulebook.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.tests.eda.support.running import Place
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from simulator import Simulator
from tooling import tree


@pytest.fixture(scope="session")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for collections with this one alone, out of its tarball."""
    place = tmp_path_factory.mktemp("collections")
    # Each worker of pytest-xdist builds its own.
    name = f"eda-{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    tree.install(Path(sys.executable), tree.build(Path(sys.executable), name), place)
    return place


@pytest.fixture
def secrets() -> Secrets:
    """The secrets of the test: none may be in any output."""
    return Secrets()


@pytest.fixture(scope="session")
def _simulators() -> Iterator[dict[str, Simulator]]:
    with Simulator(svms=[]) as east, Simulator(svms=[]) as west:
        yield {"east": east, "west": west}


@pytest.fixture
def east(_simulators: dict[str, Simulator]) -> Simulator:
    """A cluster without an SVM."""
    _simulators["east"].control.reset()
    return _simulators["east"]


@pytest.fixture
def west(_simulators: dict[str, Simulator]) -> Simulator:
    """Another one."""
    _simulators["west"].control.reset()
    return _simulators["west"]


@pytest.fixture
def place(collections: Path, tmp_path: Path, secrets: Secrets) -> Iterator[Callable[..., Place]]:
    """Makes the place where rulebooks watch clusters, by name."""
    made: list[Place] = []

    def make(**clusters: Simulator) -> Place:
        secrets.hide("the password", next(iter(clusters.values())).password)
        folder = tmp_path / f"place{len(made)}"
        folder.mkdir()
        made.append(Place(folder, collections, secrets, clusters))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
def collection_found(collections: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ansible-rulebook, in this process, finds the collection where it is installed."""
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(collections))
