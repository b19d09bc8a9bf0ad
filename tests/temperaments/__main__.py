# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line and output of `make temperaments`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence

from simulator import Simulator
from simulator.temperaments import names_of
from temperaments.cases import CASES
from temperaments.plans import Plan, Verdict, each, every, judge_plans, plan_of, played
from temperaments.run import Circumstances, Ran

_SEEDS = 4000


def main(arguments: Sequence[str]) -> int:
    """Return 0 if no report was wrong."""
    options = _parser().parse_args(arguments)
    # Exit normally, so that the worker processes end too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    chosen = _chosen(options)
    if chosen is not None:
        return _tell(chosen)
    start = time.monotonic()
    plans = [*every(), *map(plan_of, range(options.first, options.first + options.seeds))]
    print(f"temperaments: {len(plans)} runs, {options.workers} at a time", flush=True)
    wrong = 0
    for number, verdict in enumerate(judge_plans(plans, options.workers), 1):
        wrong += bool(verdict.wrong)
        if verdict.wrong:
            print(_wrong(verdict), flush=True)
        if number % 1000 == 0:
            print(f"... {number} of {len(plans)} after {time.monotonic() - start:.0f} s", flush=True)
    print(f"{len(plans)} runs in {time.monotonic() - start:.0f} s, {wrong} wrong reports")
    return 1 if wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make temperaments ARGS=...",
        description="Runs every module against clusters of any temperament and judges its report.",
    )
    parser.add_argument("--seed", type=int, help="repeat the one run of this seed and tell everything about it")
    help_text = "only this one (several with commas: together), and tell everything about wrong reports"
    parser.add_argument("--temperament", help=help_text)
    parser.add_argument("--case", choices=CASES, help="only this case, with --temperament")
    parser.add_argument(
        "--seeds", type=int, default=_SEEDS, help="random combinations, after each temperament by itself (%(default)s)"
    )
    parser.add_argument("--first", type=int, default=0, help="the first seed: others than last time (%(default)s)")
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes (%(default)s)")
    return parser


def _chosen(options: argparse.Namespace) -> list[Plan] | None:
    if options.seed is not None:
        return [plan_of(options.seed)]
    if options.temperament is None:
        return None
    names = names_of(options.temperament)
    cases = [CASES[options.case]] if options.case else list(CASES.values())
    if len(names) == 1:
        return [plan for case in cases for plan in each(names[0], case)]
    versions = [(case, plan.circumstances) for case in cases for plan in each("", case)]
    return [Plan(case.name, Circumstances(names, usual.version, usual.job_seconds)) for case, usual in versions]


def _tell(plans: list[Plan]) -> int:
    """Run a few plans; print all details of those with a wrong report, and of a single plan."""
    wrong = 0
    with Simulator() as sim:
        for plan in plans:
            ran, verdict = played(sim, plan)
            wrong += bool(verdict.wrong)
            if verdict.wrong or len(plans) == 1:
                _describe(ran)
                print(_wrong(verdict) if verdict.wrong else "right")
    print(f"{len(plans)} runs, {wrong} wrong reports")
    return 1 if wrong else 0


def _describe(ran: Ran) -> None:
    print(f"\n{ran.case.name}: {ran.circumstances}, {ran.seconds:.1f} s by the clock of the run")
    for entry in ran.log:
        query = "&".join(f"{name}={value}" for name, value in entry["query"].items())
        print(f"  {entry['number']:>3} {entry['method']:<6} {entry['path']}?{query} -> {entry['status']}")
    print(f"report: {json.dumps(ran.report, indent=2)}\nwarnings: {ran.warnings}")


def _wrong(verdict: Verdict) -> str:
    texts = "\n  ".join(verdict.wrong)
    return f"WRONG, {verdict.plan.case}, {verdict.plan.circumstances}: {verdict.plan.command}\n  {texts}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
