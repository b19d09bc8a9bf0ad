# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of every kind of test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.unit.support import examples
from tooling import selection


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that `make` passes."""
    group = parser.getgroup("ontap.akv")
    group.addoption("--quick", action="store_true", help="leave out what costs most and finds least (as make test)")
    group.addoption(
        "--fresh",
        action="store_true",
        help="start a fresh process for each run of a program of Ansible instead of forking one",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose how programs of Ansible are run, and how many examples hypothesis tries."""
    programs.use_fresh_processes(always=config.getoption("--fresh"))
    # A shell starts jobs in the background with SIGINT ignored, which programs that the tests start would inherit.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # What hypothesis keeps on disk, whatever its settings say, goes where everything generated goes.
    os.environ.setdefault(
        "HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parents[1] / ".work" / "cache" / "hypothesis")
    )
    examples.use(quick=config.getoption("--quick"))


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """Restore the signal handlers: a program that a later test starts would inherit that a signal is ignored."""
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = [signal.getsignal(number) for number in numbers]
    yield
    for number, handler in zip(numbers, before, strict=True):
        signal.signal(number, handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each test record its ID in the report; leave out what `--quick` leaves out."""
    for item in items:
        item.user_properties.append(("id", item.nodeid))
    if not config.getoption("--quick"):
        return
    kept = selection.select([_candidate(item) for item in items])
    config.hook.pytest_deselected(items=[item for item, wanted in zip(items, kept, strict=True) if not wanted])
    items[:] = [item for item, wanted in zip(items, kept, strict=True) if wanted]


def _candidate(item: pytest.Item) -> selection.Candidate:
    parameters = dict(item.callspec.params) if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    in_process = parameters.pop("in_process", None)
    return selection.Candidate(
        file=item.path.name,
        function=getattr(item, "originalname", None) or item.name,
        in_process=in_process,
        starts=item.path.parent.name in selection.FOLDERS
        and not selection.STARTERS.isdisjoint(getattr(item, "fixturenames", ())),
    )
