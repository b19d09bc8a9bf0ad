# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many runs of akv_azure_info and of the roles, and the totals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.azure.judge import judge
from chaos.azure.roles import judge_role, play_role, role_schedule
from chaos.azure.run import Asked, play
from chaos.azure.schedule import AzureSchedule, Truth, Wish, azure_schedule
from chaos.processes import spread
from simulator import Simulator

#: The two kinds of runs: the module in this process, and a role by ansible-playbook.
MODULE, ROLE = "akv_azure_info", "roles"
#: Number of seeds that a process takes at a time.
_SLICES = {MODULE: 20, ROLE: 2}


@dataclass(frozen=True)
class AzureVerdict:
    """Outcome of one run. ending: what the module or role came to. hits: faults and events that applied, by kind."""

    kind: str
    seed: int
    ending: str
    hits: tuple[str, ...]
    wrong: tuple[str, ...] = ()


class AzureRunner:
    """Runs schedules on one simulator. What is reported of a state of Azure without faults is determined once."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim
        self._undisturbed: dict[tuple[Truth, Wish], Asked] = {}

    def undisturbed(self, truth: Truth, wish: Wish) -> Asked:
        """Return the run without faults, which must be right."""
        asked = self._undisturbed.get((truth, wish))
        if asked is None:
            asked = self._undisturbed[truth, wish] = play(self._sim, AzureSchedule(-1, truth, wish))
            wrong = judge(asked, asked)
            if wrong:
                raise AssertionError(f"{truth}, {wish} without any fault: {wrong}")
        return asked

    def module(self, plan: AzureSchedule) -> tuple[Asked, AzureVerdict]:
        """Run the module and judge its report."""
        undisturbed, asked = self.undisturbed(plan.truth, plan.wish), play(self._sim, plan)
        ending = "stopped" if asked.report.get("failed") else f"usable {asked.report.get('usable')}"
        return asked, AzureVerdict(MODULE, plan.seed, ending, tuple(asked.hits), tuple(judge(asked, undisturbed)))

    def role(self, seed: int) -> AzureVerdict:
        """Run a role and judge what it sent."""
        plan = role_schedule(seed)
        usable = self.undisturbed(plan.truth, Wish()).report["usable"]
        run = play_role(self._sim, plan)
        hits = (plan.stop.name,) if plan.stop else (plan.fault.kind,) if plan.fault and run.hit else ()
        ending = "nothing sent" if not run.writes else "rotated or configured"
        return AzureVerdict(ROLE, seed, ending, hits, tuple(judge_role(run, usable)))


def judge_seeds(kind: str, seeds: Sequence[int], workers: int) -> Iterator[AzureVerdict]:
    """Run the schedules of these seeds and return their outcomes in this order."""
    return spread(_module_runs if kind == MODULE else _role_runs, seeds, workers=workers, size=_SLICES[kind])


def _module_runs(seeds: Sequence[int]) -> list[AzureVerdict]:
    with Simulator(svms=["svm1", "svm2"]) as sim:
        runner = AzureRunner(sim)
        return [runner.module(azure_schedule(seed))[1] for seed in seeds]


def _role_runs(seeds: Sequence[int]) -> list[AzureVerdict]:
    with Simulator(svms=["svm1", "svm2"]) as sim:
        runner = AzureRunner(sim)
        return [runner.role(seed) for seed in seeds]
