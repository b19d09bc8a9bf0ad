# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans: every task under each temperament, and random combinations by seed, run in several processes."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chaos.processes import spread
from simulator import Simulator
from simulator.releases import Release
from simulator.temperaments import TEMPERAMENTS, combination
from temperaments.cases import CASES, SVMS, Case
from temperaments.judge import judge
from temperaments.run import Circumstances, Ran, run

#: Number of plans that a process takes at a time.
_SLICE = 50
#: Work that ends at once, and work that is still running when the response is sent.
ENDS, GOES_ON = 0.0, 5.0


@dataclass(frozen=True)
class Plan:
    """One run. seed: the seed of a random one."""

    case: str
    circumstances: Circumstances
    seed: int | None = None

    @property
    def command(self) -> str:
        """Return the command that repeats the run."""
        if self.seed is not None:
            return f'make temperaments ARGS="--seed {self.seed}"'
        names = ",".join(self.circumstances.temperaments)
        return f"make temperaments ARGS=\"--temperament '{names}' --case '{self.case}'\""


@dataclass(frozen=True)
class Verdict:
    """The problems of the report of a run."""

    plan: Plan
    wrong: tuple[str, ...]


def each(name: str, case: Case) -> list[Plan]:
    """Return the plans of a case under one temperament ("" for none), with both kinds of jobs.

    They use the first release of the case that the temperament changes.
    """
    since = TEMPERAMENTS[name].since if name else "9.8"
    fitting = [version for version in case.versions if Release.parse(version).at_least(since)]
    # Use the release of the reference, if it is one of them.
    version = "9.11.1" if "9.11.1" in fitting else fitting[0]
    return [Plan(case.name, Circumstances((name,) if name else (), version, seconds)) for seconds in (ENDS, GOES_ON)]


def every() -> list[Plan]:
    """Return each case under each temperament, and without one."""
    return [plan for name in ("", *TEMPERAMENTS) for case in CASES.values() for plan in each(name, case)]


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed; consecutive seeds use the cases in turn."""
    rng = random.Random(seed)  # noqa: S311 - it must be repeatable, not secret
    case = list(CASES.values())[seed % len(CASES)]
    circumstances = Circumstances(
        combination(rng),
        rng.choice(case.versions),
        rng.choice((ENDS, GOES_ON)),
        rng.randint(1, 3),
        rng.choice((None, *SVMS)),
    )
    return Plan(case.name, circumstances, seed)


def played(sim: Simulator, plan: Plan) -> tuple[Ran, Verdict]:
    """Run a plan and judge it."""
    case = CASES[plan.case]
    plain = run(sim, case, Circumstances(version=plan.circumstances.version)) if case.reads else None
    ran = run(sim, case, plan.circumstances)
    return ran, Verdict(plan, tuple(judge(ran, plain)))


def judge_plans(plans: Sequence[Plan], workers: int) -> Iterator[Verdict]:
    """Run plans in several processes and return the problems of each, in order."""
    return spread(judged, plans, workers=workers, size=_SLICE)


def judged(plans: Sequence[Plan]) -> list[Verdict]:
    """Run plans in this process."""
    with Simulator() as sim:
        return [played(sim, plan)[1] for plan in plans]
