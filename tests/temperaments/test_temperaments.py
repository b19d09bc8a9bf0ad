# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every report is correct under each temperament and under a few combinations, and the judge detects wrong reports."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from simulator import Simulator
from simulator.temperaments import TEMPERAMENTS
from temperaments.cases import CASES, uuid_of
from temperaments.judge import judge
from temperaments.plans import GOES_ON, Plan, each, every, plan_of, played
from temperaments.run import Circumstances, Ran, run

#: Number of random combinations, and of those in one test; `make temperaments` runs thousands.
_SEEDS, _SLICE = 120, 20


@pytest.fixture(scope="module")
def sim() -> Iterator[Simulator]:
    """Run one simulator for all tests."""
    with Simulator() as simulator:
        yield simulator


def _wrong(sim: Simulator, plans: list[Plan]) -> list[str]:
    verdicts = [played(sim, plan)[1] for plan in plans]
    return [
        f"{verdict.plan.case}, {verdict.plan.circumstances}: {'; '.join(verdict.wrong)}"
        for verdict in verdicts
        if verdict.wrong
    ]


@pytest.mark.parametrize("name", ["", *TEMPERAMENTS])
def test_reports_are_correct(sim: Simulator, name: str) -> None:
    # Alternate between work that ends at once and work that continues; `make temperaments` runs both.
    plans = [each(name, case)[(place + len(name)) % 2] for place, case in enumerate(CASES.values())]
    wrong = _wrong(sim, plans)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("first", range(0, _SEEDS, _SLICE))
def test_reports_are_correct_under_combinations(sim: Simulator, first: int) -> None:
    wrong = _wrong(sim, [plan_of(seed) for seed in range(first, first + _SLICE)])
    assert not wrong, "\n".join(wrong)


def test_plans_cover_every_case_and_temperament() -> None:
    plans = every()
    assert {plan.case for plan in plans} == set(CASES)
    assert {name for plan in plans for name in plan.circumstances.temperaments} == set(TEMPERAMENTS)
    random = [plan_of(seed) for seed in range(1000)]
    assert {plan.case for plan in random} == set(CASES)
    assert {name for plan in random for name in plan.circumstances.temperaments} == set(TEMPERAMENTS)
    assert random[::100] == [plan_of(seed) for seed in range(0, 1000, 100)]


def test_cases_cover_each_module() -> None:
    modules = {case.module.__name__.rpartition(".")[2] for case in CASES.values()}
    assert modules == {"azure_key_vault", "akv_rekey", "akv_restore", "akv_migrate", "akv_info"}


Falsify = Callable[[dict[str, Any]], Any]


def _judged(sim: Simulator, case: str, falsify: Falsify, circumstances: Circumstances | None = None) -> str:
    """Return the verdict on a correct report that was falsified."""
    ran = run(sim, CASES[case], circumstances or Circumstances())
    plain = replace(ran, report=copy.deepcopy(ran.report)) if CASES[case].reads else None
    assert judge(ran, plain) == []
    falsified = copy.deepcopy(ran.report)
    falsify(falsified)
    return str(judge(replace(ran, report=falsified), plain))


@pytest.mark.parametrize(
    ("case", "falsify", "finding"),
    [
        (
            "rekey-external",
            lambda falsified: falsified["results"][1].update(changed=False),
            "changed: False (no error), in truth True",
        ),
        ("rekey-external", lambda falsified: falsified["results"][1].update(recovered=True), "no answer was lost"),
        ("rekey-external", lambda falsified: falsified["results"][1].update(uuid=uuid_of("svm3")), "in truth"),
        (
            "rekey-external",
            lambda falsified: falsified["results"][1].update(action="restore"),
            "action restore, expected rekey",
        ),
        ("rekey-external", lambda falsified: falsified["results"][1]["job"].update(state="running"), "but its job is"),
        ("rekey-external", lambda falsified: falsified["azure_key_vaults"].pop(), "0 records of it"),
        (
            "rekey-external",
            lambda falsified: falsified["azure_key_vaults"][0].update(client_id="another"),
            "the record has",
        ),
        ("rekey-external", lambda falsified: falsified["results"].pop(), "2 results for 3 targets"),
        ("rekey-external", lambda falsified: falsified.update(changed=False), "changed is not what the results say"),
        (
            "rekey-external",
            lambda falsified: falsified.update(failed=True),
            "failed or error is not what the results say",
        ),
        (
            "delete, one refused",
            lambda falsified: falsified["results"][1]["error"].update(code=None),
            "expected 65536867",
        ),
        (
            "delete, one refused",
            lambda falsified: falsified["results"][1].update(error=None),
            "error None, expected 65536867",
        ),
        ("delete, one refused", lambda falsified: falsified["results"][1].update(changed=True), "in truth False"),
        (
            "delete, one refused",
            lambda falsified: falsified["results"][1]["error"].update(message="the outcome is unknown: x"),
            "left open",
        ),
        ("read all", lambda falsified: falsified["azure_key_vaults"].pop(), "num_records is"),
        ("read all", lambda falsified: falsified.update(changed=True), "changed something"),
        (
            "read the state",
            lambda falsified: falsified["azure_key_vaults"][1]["state"].update(available="maybe"),
            "the records are",
        ),
    ],
)
def test_judge_detects_false_report(sim: Simulator, case: str, falsify: Falsify, finding: str) -> None:
    assert finding in _judged(sim, case, falsify)


def _ran(sim: Simulator, case: str, **circumstances: Any) -> Ran:
    return run(sim, CASES[case], Circumstances(**circumstances))


def test_judge_detects_repeated_write(sim: Simulator) -> None:
    ran = _ran(sim, "restore")
    post = next(entry for entry in ran.log if entry["method"] == "POST")
    assert "2 times POST" in str(judge(replace(ran, log=[*ran.log, post])))


def test_judge_detects_search_for_jobs(sim: Simulator) -> None:
    ran = _ran(sim, "restore")
    search = {**ran.log[0], "method": "GET", "path": "/api/cluster/jobs"}
    assert "asked for jobs 1 times" in str(judge(replace(ran, log=[*ran.log, search])))


def test_judge_detects_missing_work(sim: Simulator) -> None:
    ran = _ran(sim, "rotate a secret", job_seconds=GOES_ON)
    assert "afterwards" in str(judge(replace(ran, after=ran.before)))


def test_judge_detects_long_run_and_traceback(sim: Simulator) -> None:
    ran = _ran(sim, "restore")
    assert "requests in 1000 s" in str(judge(replace(ran, seconds=1000.0)))
    assert "KeyError" in str(judge(replace(ran, traceback="KeyError: 'uuid'")))
