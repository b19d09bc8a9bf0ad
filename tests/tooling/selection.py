# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Selection of the tests for `make test`. `make test-all` runs all tests.

Only tests that start programs of Ansible, or a client of the vendor's of its own process, are ever left out, because
all others are fast. The rules use files, parameters and fixtures, so that new tests do not need an entry here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Folders below tests/ whose tests may be left out.
FOLDERS = frozenset({"integration", "awx", "contract"})
#: Fixtures that start programs of Ansible, or a client of the vendor's.
STARTERS = frozenset(
    {
        "ansible",
        "plays",
        "awx",
        "inventory",
        "project",
        "both",
        "desk",
        "done",
        "clusters",
        "machine",
        "installed",
        "client_release",
    }
)
#: Number of instances of a parametrized test that are kept, spread evenly over its parameters.
INSTANCES = 2
#: Files that test a matrix of releases, interpreters, roles, guides or jobs: file -> N; every Nth test is kept.
MATRICES = {
    "test_awx_jobs.py": 2,
    "test_awx_jobs_cancelled.py": 2,
    "test_connection.py": 2,
    "test_example_project.py": 3,
    "test_fork_server.py": 3,
    "test_guides_access.py": 2,
    "test_in_process.py": 3,
    "test_interpreters.py": 2,
    "test_inventory_faults.py": 2,
    "test_payload.py": 2,
    "test_playbooks.py": 3,
    "test_releases_playbook.py": 2,
    "test_role_azure.py": 2,
    "test_role_configure.py": 2,
    "test_role_decommission.py": 2,
    "test_role_health.py": 2,
    "test_role_outcomes.py": 2,
    "test_role_recover.py": 2,
    "test_role_report.py": 2,
    "test_role_rotate_credentials.py": 3,
    "test_role_rotate_key.py": 3,
    "test_setup.py": 4,
}
#: Files in which every test is kept in both modes (the module in Ansible's process, and in a separate process);
#: in other files only the first test is kept in both.
BOTH_WAYS = frozenset({"test_secrets.py"})


@dataclass(frozen=True)
class Candidate:
    """A test, as the rules see it.

    in_process: None if it does not run in both modes. starts: whether it starts programs of Ansible, or a client.
    """

    file: str
    function: str
    in_process: bool | None
    starts: bool


def select(candidates: Sequence[Candidate]) -> list[bool]:
    """Return for each test whether `make test` runs it."""
    kept = [not candidate.starts for candidate in candidates]
    for file, numbers in _grouped(
        (candidate.file, number) for number, candidate in enumerate(candidates) if candidate.starts
    ).items():
        functions = _grouped((candidates[number].function, number) for number in numbers)
        for position, instances in enumerate(functions.values()):
            if position % MATRICES.get(file, 1) == 0:
                for number in _instances(candidates, instances, first=position == 0):
                    kept[number] = True
    return kept


def _grouped(pairs: Iterable[tuple[str, int]]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for key, number in pairs:
        groups[key].append(number)
    return groups


def _instances(candidates: Sequence[Candidate], numbers: list[int], *, first: bool) -> list[int]:
    """Select from the instances of one test function."""
    both = first or candidates[numbers[0]].file in BOTH_WAYS
    ways = {way: [number for number in numbers if candidates[number].in_process is way] for way in (True, False, None)}
    if ways[True] and not both:
        ways[False] = []
    return [number for chosen in ways.values() for number in _spread(chosen)]


def _spread(numbers: list[int]) -> list[int]:
    """Return at most INSTANCES of them, including the first and the last."""
    if len(numbers) <= INSTANCES:
        return numbers
    return [numbers[round(step * (len(numbers) - 1) / (INSTANCES - 1))] for step in range(INSTANCES)]
