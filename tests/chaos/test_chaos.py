# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subset of `make chaos`, and tests that its judge detects wrong reports."""

from __future__ import annotations

import copy
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.rest import transport
from ansible_collections.ontap.akv.plugins.modules import akv_rekey
from chaos.judge import judge
from chaos.run import VAULTS, Attempt, Played
from chaos.runner import Runner, judge_seeds, list_seeds, table
from chaos.scenario import OPERATIONS, Scenario, uuid_of
from chaos.schedule import LOSING, Fault, Schedule, schedule
from simulator import Simulator

#: Number of schedules for each operation: about half a minute on two cores.
_SCHEDULES = 30
_OPTIONS = {"timeout": 2, "max_retries": 3, "concurrency": 1, "wait_timeout": 20, "wait": True}
_LOST = Fault("status_after", method="POST", arguments={"status": 503, "body": "html"})
_REFUSED = Fault("status", method="POST", arguments={"status": 409, "body": "html"})


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """Return a runner with a running simulator."""
    with Simulator() as sim:
        yield Runner(sim)


def _plan(
    operation: str, *faults: Fault, variant: str = "", options: dict[str, Any] | None = None, **more: Any
) -> Schedule:
    """Return a plan with one SVM and these faults."""
    return Schedule(
        -1,
        Scenario(operation, variant, ("svm1",), frozenset(), "svm", "9.11.1"),
        _OPTIONS | (options or {}),
        faults,
        **more,
    )


#: Earlier errors, each found by a random schedule.
_ONCE_WRONG = {
    "an error object in a 200 after the work": _plan(
        "delete", Fault("wrong_shape", method="DELETE", arguments={"body": {"error": {"message": "x"}}})
    ),
    "a 200 that names no job, without the work": _plan(
        "rekey_external", Fault("wrong_shape", method="POST", arguments={"body": {"job": []}, "before": True})
    ),
    "a creation answered with a record of something else": _plan(
        "create",
        Fault("wrong_shape", method="POST", arguments={"body": {"records": [{"name": "no uuid"}]}, "before": True}),
    ),
    "an update answered with a record of something else": _plan(
        "update",
        Fault("wrong_shape", method="PATCH", arguments={"body": {"records": [{"name": "no uuid"}]}}),
        variant="secret",
    ),
    "a record without a uuid in a list": _plan(
        "info", Fault("wrong_shape", arguments={"body": {"records": [{"name": "no uuid"}]}}), variant="query"
    ),
    "a redirect after a lost update": _plan(
        "update",
        Fault("status_after", method="PATCH", arguments={"status": 503}),
        Fault("redirect", method="PATCH"),
        variant="secret",
    ),
    "too many requests after a lost deletion": _plan(
        "delete",
        Fault("drop_after", method="DELETE"),
        Fault("status", method="DELETE", times=None, arguments={"status": 429}),
    ),
    "a failed job that is not waited for, and whose answer was lost": _plan(
        "rekey_internal", Fault("drop_after", method="POST"), options={"wait": False}, job_seconds=0.0, fail="65537515"
    ),
    "another run's failed job of the same second": _plan(
        "rekey_external", Fault("drop_after", method="POST"), earlier=0.0, earlier_failed=True
    ),
    "another run's job of the same second": _plan("rekey_external", Fault("drop_before", method="POST"), earlier=0.0),
    "Retry-After: 0 to each question after a job": _plan(
        "rekey_internal",
        Fault("status", path="^/api/cluster/jobs", times=None, arguments={"status": 429, "retry_after": 0}),
        options={"wait_timeout": 2},
        hold="running",
    ),
    "a creation that shows only after some time": _plan(
        "create",
        Fault("drop_after", nth=2),
        options={"max_retries": 2, "wait_timeout": 2},
        temperaments=("creation-late",),
    ),
    "a creation as a job whose answer was lost": _plan(
        "create",
        Fault("status_after", method="POST", arguments={"status": 500, "body": "html"}),
        temperaments=("creation-job",),
    ),
    "a deletion as a job whose answer was lost": _plan(
        "delete",
        Fault("status_after", method="DELETE", arguments={"status": 502, "body": "html"}),
        temperaments=("deletion-job",),
    ),
    "a creation that does not show yet, and an error that nobody knows": _plan(
        "create",
        Fault(
            "wrong_shape", method="POST", times=None, arguments={"body": {"error": {"message": "made up", "code": "9"}}}
        ),
        temperaments=("creation-late",),
    ),
    "a restore whose job is gone, and no status can be read": _plan(
        "restore",
        Fault("status_after", method="POST", arguments={"status": 502, "body": "json"}),
        temperaments=("jobs-gone", "status-error-all"),
        fail="65537515",
    ),
    "a redirected restore, and no status can be read": _plan(
        "restore", Fault("redirect", method="POST"), temperaments=("status-error-all",)
    ),
    "a dripping answer": _plan(
        "rekey_internal", Fault("drip", method="POST", arguments={"seconds": 0.3, "chunk": 1}), options={"timeout": 1}
    ),
}


def test_reports_are_correct() -> None:
    """A few schedules for every operation; `make chaos` runs the full set."""
    found = list(judge_seeds(list_seeds(OPERATIONS, _SCHEDULES), len(os.sched_getaffinity(0))))
    print(table(found))  # noqa: T201 - pytest shows it if the test fails
    wrong = [
        f"{verdict.operation}, seed {verdict.seed}: {'; '.join(verdict.wrong)}" for verdict in found if verdict.wrong
    ]
    assert not wrong, "\n".join(wrong)
    assert Counter(verdict.operation for verdict in found) == dict.fromkeys(OPERATIONS, _SCHEDULES)
    assert sum(bool(verdict.hits) for verdict in found) > len(found) * 0.7


def _several(*faults: Fault, variant: str = "secret", timeout: int = 2, **more: Any) -> Schedule:
    """Return a plan in which three SVMs get the same update."""
    scenario = Scenario("update", variant, ("svm1", "svm2", "svm3"), frozenset(), "svm", "9.11.1")
    return Schedule(-1, scenario, _OPTIONS | {"concurrency": 3, "max_retries": 0, "timeout": timeout}, faults, **more)


_EACH = f"{VAULTS}/"
_SEVERAL = {
    "no connection": _several(Fault("drop_before", path=_EACH, method="PATCH", times=None)),
    "lost answers": _several(Fault("drop_after", path=_EACH, method="PATCH", times=None)),
    "failed jobs": _several(knobs={"async_patch": True}, fail="65537515"),
    "a login refused to the question after a job": _several(
        Fault("status", path="^/api/cluster/jobs", arguments={"status": 401}),
        variant="proxy",
        timeout=1,
        knobs={"async_patch": True},
    ),
    "too many requests, and a refusal of one": _several(
        Fault("status", path=_EACH, times=2, arguments={"status": 429}), refused="svm3"
    ),
    "a refused login beside a refusal of one": _several(
        Fault("status", path=_EACH, times=None, arguments={"status": 401}), refused="svm3"
    ),
}


@pytest.mark.parametrize("plan", _SEVERAL.values(), ids=_SEVERAL.keys())
def test_same_update_of_several_svms_is_reported_correctly(runner: Runner, plan: Schedule) -> None:
    """Each SVM has its own request, and its outcome is reported."""
    played = runner.play(plan)
    assert all(entry["path"] != VAULTS for entry in played.log if entry["method"] == "PATCH")
    assert runner.verdict(plan, played).wrong == ()


@pytest.mark.parametrize("plan", _ONCE_WRONG.values(), ids=_ONCE_WRONG.keys())
def test_known_wrong_reports_are_correct(runner: Runner, plan: Schedule) -> None:
    """Reports that were wrong in earlier versions."""
    verdict = runner.verdict(plan, runner.play(plan))
    assert verdict.hits
    assert verdict.wrong == ()


def test_seeds_give_repeatable_schedules() -> None:
    """Each seed gives its own, repeatable schedule; every operation and every kind of fault occurs."""
    plans = [schedule(seed) for seed in range(1000)]
    assert plans[::50] == [schedule(seed) for seed in range(0, 1000, 50)]
    assert {plan.scenario.operation for plan in plans} == set(OPERATIONS)
    kinds = Counter(fault.kind for plan in plans for fault in plan.faults)
    assert set(kinds) >= {"refuse", "redirect", *LOSING}
    assert {fault.nth for plan in plans for fault in plan.faults if fault.method is None} >= set(range(1, 8))


def test_judge_detects_repeated_post(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a client that wrongly repeats a POST after 503, the same faults cause wrong outcomes."""
    monkeypatch.setitem(transport._RETRIED_STATUS, "POST", frozenset({429, 503}))
    for operation in ("rekey_internal", "rekey_external", "restore"):
        plan = _plan(operation, _LOST)
        assert "done more often than asked for" in str(runner.verdict(plan, runner.play(plan)).wrong)


def test_judge_detects_unexpected_exception(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that a module does not expect would be a traceback."""
    plan = _plan("rekey_internal")
    runner.undisturbed(plan.scenario)
    monkeypatch.setattr(akv_rekey, "execute", _broken)
    assert "KeyError" in str(runner.verdict(plan, runner.play(plan)).wrong)


def _broken(_task: ModuleType) -> dict[str, Any]:
    raise KeyError("uuid")


Falsify = Callable[[dict[str, Any]], Any]


def _judged(runner: Runner, plan: Schedule, falsify: Falsify) -> list[str]:
    """Return the verdict on a run whose report was falsified."""
    played = runner.play(plan)
    undisturbed = runner.undisturbed(plan.scenario)
    assert judge(played, undisturbed) == []
    falsified = copy.deepcopy(played.report)
    falsify(falsified)
    return judge(replace(played, report=falsified), undisturbed)


@pytest.mark.parametrize(
    ("falsify", "finding"),
    [
        (lambda falsified: falsified["results"][0].update(changed=False), "but it was changed"),
        (lambda falsified: falsified["results"][0].update(recovered=True), "no answer was lost"),
        (lambda falsified: falsified["results"][0].update(uuid=uuid_of("svm2")), "but the configuration has"),
        (
            lambda falsified: falsified["azure_key_vaults"][0].update(key_id="https://other.example.com/keys/key1"),
            "differs from the cluster's in key_id",
        ),
        (lambda falsified: falsified["azure_key_vaults"].clear(), "there are 0 records"),
        (lambda falsified: falsified["results"].clear(), "0 results for 1 targets"),
        (lambda falsified: falsified.pop("results"), "no target is said to be worked on"),
        (lambda falsified: falsified.update(changed=False), "changed is not what the results say"),
        (lambda falsified: falsified.update(failed=True), "failed is not what the results say"),
        (lambda falsified: falsified["results"][0]["job"].update(state="running"), "to be waited for"),
    ],
)
def test_judge_detects_false_success(runner: Runner, falsify: Falsify, finding: str) -> None:
    """The report must state what was done."""
    assert finding in str(_judged(runner, _plan("rekey_external"), falsify))


@pytest.mark.parametrize(
    ("falsify", "finding"),
    [
        (lambda falsified: falsified["results"][0].update(changed=True), "but nothing was done"),
        (
            lambda falsified: falsified["results"][0].update(error=None, changed=True),
            "no error (action rekey), but it is not as expected",
        ),
        (
            lambda falsified: falsified["results"][0].update(error=None, action="none"),
            "no error (action none), but it is not as expected",
        ),
    ],
)
def test_judge_detects_false_failure(runner: Runner, falsify: Falsify, finding: str) -> None:
    """The report must state what was refused."""
    assert finding in str(_judged(runner, _plan("rekey_internal", _REFUSED), falsify))


def test_judge_detects_unreported_lost_response(runner: Runner) -> None:
    """A success without a response must be marked as recovered."""
    plan = _plan("create", Fault("drop_after", method="POST"))
    played = runner.play(plan)
    report = runner.undisturbed(plan.scenario).report
    uuid = (played.after[0] or {})["uuid"]
    result = {**report["results"][0], "uuid": uuid, "recovered": False}
    assert "no POST was answered" in str(
        judge(replace(played, report={**report, "results": [result]}), runner.undisturbed(plan.scenario))
    )


def test_judge_detects_missing_record(runner: Runner) -> None:
    """akv_info must return all existing records."""
    assert "azure_key_vaults is not what the cluster has" in str(
        _judged(runner, _plan("info"), lambda falsified: falsified["azure_key_vaults"].clear())
    )


def test_judge_detects_too_long_wait(runner: Runner) -> None:
    """wait_timeout limits the wait of a task for a job."""
    plan = _plan("rekey_internal")
    played: Played = runner.play(plan)
    late = [
        replace(attempt, end=attempt.end + 30) if attempt.method == "POST" else attempt for attempt in played.attempts
    ]
    assert all(isinstance(attempt, Attempt) for attempt in late)
    assert "wait_timeout is 20 s" in str(judge(replace(played, attempts=late), runner.undisturbed(plan.scenario)))
    assert "did not end by itself" in str(judge(replace(played, cut=True), runner.undisturbed(plan.scenario)))
