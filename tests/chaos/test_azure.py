# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A subset of the schedules of Azure of `make chaos`, and tests that their judges detect wrong reports."""

from __future__ import annotations

import copy
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chaos.azure.judge import judge
from chaos.azure.roles import ROLES, RoleRun, RoleSchedule, judge_role, role_schedule
from chaos.azure.run import Asked
from chaos.azure.runner import MODULE, AzureRunner, judge_seeds
from chaos.azure.schedule import KEYS, LOGINS, OLD, SECRET, UNKNOWN, VAULTS, AzureSchedule, Truth, Wish, azure_schedule
from chaos.schedule import Event, Fault
from simulator import Simulator
from simulator.faults import KINDS

_SCHEDULES = 160
_GOOD = RoleSchedule(-1, "rotate_key", Truth(), None, None, 1, check_mode=False)


def _seed(role: str, fits: Callable[[RoleSchedule], Any]) -> int:
    """Return the first seed whose schedule of a role fits."""
    return next(seed for seed in range(1000) if role_schedule(seed).role == role and fits(role_schedule(seed)))


#: A role that is stopped, one that meets a fault, and one that finds nothing wrong; each role once.
_ROLE_SEEDS = (
    _seed("configure", lambda plan: plan.stop),
    _seed("rotate_credentials", lambda plan: plan.fault and plan.truth == Truth() and not plan.check_mode),
    _seed("rotate_key", lambda plan: replace(plan, seed=-1, nth=1) == _GOOD),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[AzureRunner]:
    """Return a runner with a running simulator."""
    with Simulator(svms=["svm1", "svm2"]) as sim:
        yield AzureRunner(sim)


def test_reports_are_correct() -> None:
    """A few schedules; `make chaos` runs thousands."""
    found = list(judge_seeds(MODULE, range(_SCHEDULES), len(os.sched_getaffinity(0))))
    wrong = [f"seed {verdict.seed}: {'; '.join(verdict.wrong)}" for verdict in found if verdict.wrong]
    assert not wrong, "\n".join(wrong)
    assert sum(bool(verdict.hits) for verdict in found) > _SCHEDULES * 0.6
    assert {verdict.ending for verdict in found} == {"usable True", "usable False", "usable None", "stopped"}


@pytest.mark.parametrize("seed", _ROLE_SEEDS, ids=lambda seed: role_schedule(seed).role)
def test_role_writes_only_after_successful_verification(runner: AzureRunner, seed: int) -> None:
    """Runs a role with ansible-playbook."""
    assert runner.role(seed).wrong == ()


def test_schedules_cover_stops_and_faults_for_every_role() -> None:
    """Stops, faults, check mode and states of Azure occur for every role."""
    plans = [role_schedule(seed) for seed in range(120)]
    for some in (
        [plan for plan in plans if plan.stop],
        [plan for plan in plans if plan.fault],
        [plan for plan in plans if plan.check_mode],
    ):
        assert {plan.role for plan in some} == set(ROLES)
    assert len({plan.stop for plan in plans}) == 4


def test_seeds_give_repeatable_schedules() -> None:
    """Each seed gives its own, repeatable schedule; every state and every kind of fault occurs."""
    plans = [azure_schedule(seed) for seed in range(1000)]
    assert plans[::50] == [azure_schedule(seed) for seed in range(0, 1000, 50)]
    assert {plan.truth.login for plan in plans} == set(LOGINS)
    assert {plan.truth.key for plan in plans} == set(KEYS)
    assert {plan.truth.vault for plan in plans} == set(VAULTS)
    kinds = {fault.kind for plan in plans for fault in plan.faults}
    assert kinds == set(KINDS) - {"error", "next_loop", "next_other_host"}


def _plan(*faults: Fault, wish: Wish | None = None, **more: Any) -> AzureSchedule:
    return AzureSchedule(-1, Truth(), wish or Wish(), faults, **more)


#: Earlier errors, each found by a random schedule or by the judge of this one.
_ONCE_WRONG = {
    "a key without a version and a type": _plan(
        Fault("wrong_shape", path="^/keys/key1$", nth=2, arguments={"body": {"key": {}}, "before": True})
    ),
    "a list of versions that is none": _plan(
        Fault("wrong_shape", path="/versions$", arguments={"body": {"value": 5}}), wish=Wish(versions=True)
    ),
    "the right to read, of a version that was not read": _plan(
        Fault("status_after", nth=4, arguments={"status": 429, "body": "empty", "retry_after": 400}),
        wish=Wish(version=UNKNOWN, versions=True),
    ),
}


@pytest.mark.parametrize("plan", _ONCE_WRONG.values(), ids=_ONCE_WRONG.keys())
def test_known_wrong_reports_are_correct(runner: AzureRunner, plan: AzureSchedule) -> None:
    """Reports that were wrong in earlier versions."""
    asked, verdict = runner.module(plan)
    assert asked.hits
    assert (asked.report["usable"], verdict.wrong) == (None, ())


def test_stopped_run_has_no_verdict(runner: AzureRunner) -> None:
    """A signal at any request ends the module without a verdict, so the roles stop."""
    for nth in (1, 2, 3, 7):
        asked, verdict = runner.module(_plan(events=(Event("interrupt", nth),)))
        assert (len(asked.hosts), verdict.ending, verdict.wrong) == (nth, "stopped", ())


Falsify = Callable[[Asked], Any]
_PROBLEM = {"check": "login", "severity": "error", "code": None, "message": "x", "hint": "y"}


@pytest.mark.parametrize(
    ("falsify", "finding"),
    [
        (lambda asked: asked.report.update(usable=False), "usable is False, and without faults True"),
        (lambda asked: asked.report.update(usable=None), "usable is null without a fault"),
        (
            lambda asked: asked.report["azure"]["operations"]["decrypt"].update(ok=False),
            "reported and true: {'decrypt'",
        ),
        (
            lambda asked: asked.report["azure"]["operations"]["decrypt"].update(ok=None),
            "without a fault, it is reported",
        ),
        (lambda asked: asked.report["azure"]["key"].update(version=OLD), "reported and true: {'key version'"),
        (
            lambda asked: asked.report["problems"].append(
                {"check": "login", "severity": "error", "code": "AADSTS1", "message": "x", "hint": "y"}
            ),
            "with the errors",
        ),
        (lambda asked: asked.report["azure"]["login"].update(oauth_host=f"x{SECRET}"), "the secret is in the report"),
        (lambda asked: asked.warnings.append(asked.tokens[0]), "a token is in the report"),
        (lambda asked: asked.report.pop("problems"), "the report has"),
        (lambda asked: asked.report.update(changed=True), "changed is True"),
        (lambda asked: asked.report.update(failed=True, msg="x"), "it failed: x"),
        (lambda asked: asked.hosts.append("login.example.com"), "requests were sent to"),
        (lambda asked: setattr(asked, "traceback", "KeyError"), "KeyError"),
        (lambda asked: setattr(asked, "cut", True), "did not end by itself"),
    ],
)
def test_judge_detects_false_report(runner: AzureRunner, falsify: Falsify, finding: str) -> None:
    """The judge compares the report with what is true in Azure."""
    undisturbed = runner.undisturbed(Truth(), Wish())
    falsified = copy.deepcopy(undisturbed)
    falsify(falsified)
    assert finding in str(judge(falsified, undisturbed))


def test_judge_detects_verdict_from_broken_response(runner: AzureRunner) -> None:
    """A page of a proxy must not become a refusal by Azure."""
    asked, verdict = runner.module(_plan(Fault("html", path="/token$", times=None)))
    assert verdict.wrong == ()
    asked.report["usable"] = False
    assert "usable is False, and without faults True" in str(judge(asked, runner.undisturbed(Truth(), Wish())))


@pytest.mark.parametrize(
    ("changes", "usable", "finding"),
    [
        ({"writes": ["PATCH /x"]}, False, "this was sent to ONTAP"),
        ({"writes": ["PATCH /x"], "status": 2}, True, "it failed (2), and this was sent"),
        ({"writes": []}, True, "nothing was sent to ONTAP"),
        ({"writes": [], "status": 0}, None, "it succeeded with usable None"),
        ({"output": f"secret: {SECRET}"}, True, "the secret is in the output"),
        ({"output": "Traceback (most recent call last)"}, True, "a traceback"),
        ({"asked": 0}, True, "Azure was not asked"),
        ({"schedule": replace(_GOOD, check_mode=True)}, True, "this was sent to ONTAP"),
        ({"schedule": replace(_GOOD, stop=signal.SIGTERM)}, True, "this was sent to ONTAP"),
    ],
)
def test_judge_detects_role_that_continues(changes: dict[str, Any], usable: bool | None, finding: str) -> None:
    """The judge of the roles compares what was sent to ONTAP with the verdict of Azure."""
    run = RoleRun(_GOOD, 0, "", ["PATCH /api/security/azure-key-vaults/1"], 7, hit=False)
    assert judge_role(run, usable=True) == []
    assert finding in str(judge_role(replace(run, **changes), usable))
