# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command line and output of `make chaos`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Sequence

from chaos.azure.output import repeat, run_all
from chaos.azure.runner import MODULE, ROLE
from chaos.judge import truths
from chaos.run import Played
from chaos.runner import Runner, Verdict, judge_seeds, list_seeds, table
from chaos.scenario import OPERATIONS
from chaos.schedule import Schedule, schedule
from simulator import Simulator

#: Number of schedules for each operation.
_SCHEDULES = 500
#: Schedules of Azure for each schedule of an operation. A run of a role costs seconds.
_SHARES = {MODULE: 4.0, ROLE: 0.1}


def main(arguments: Sequence[str]) -> int:
    """Return 0 if no outcome was wrong."""
    options = _parser().parse_args(arguments)
    # Exit normally, so that the worker processes end too.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    chosen = options.only or [*OPERATIONS, *_SHARES]
    if options.seed is not None:
        return repeat(chosen[0], options.seed) if chosen[0] in _SHARES else _one(options.seed)
    operations = [name for name in chosen if name in OPERATIONS]
    wrong = _run_modules(operations, options) if operations else 0
    for kind, share in _SHARES.items():
        if kind in chosen:
            seeds = [round(number * share) for number in (options.first, options.first + options.schedules)]
            wrong += run_all(kind, range(*seeds), options.workers)
    return 1 if wrong else 0


def _run_modules(operations: list[str], options: argparse.Namespace) -> int:
    """Run the modules that use ONTAP, print the totals, and return the number of wrong outcomes."""
    start = time.monotonic()
    seeds = list_seeds(operations, options.schedules, options.first * len(OPERATIONS))
    print(f"chaos: {len(seeds)} schedules of faults, {options.workers} at a time", flush=True)
    found = []
    for verdict in judge_seeds(seeds, options.workers):
        found.append(verdict)
        if verdict.wrong:
            print(_wrong(verdict), flush=True)
        if len(found) % 500 == 0:
            print(f"... {len(found)} of {len(seeds)} after {time.monotonic() - start:.0f} s", flush=True)
    wrong = sum(bool(verdict.wrong) for verdict in found)
    print(f"\n{table(found)}\n{len(found)} schedules in {time.monotonic() - start:.0f} s, {wrong} wrong outcomes")
    return wrong


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make chaos ARGS=...", description="Runs every module through random faults and judges what it reports."
    )
    parser.add_argument(
        "--seed", type=int, help="repeat the one run of this seed (of Azure with --only) and print all its details"
    )
    parser.add_argument("--schedules", type=int, default=_SCHEDULES, help="schedules for each operation (%(default)s)")
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        help="skip this number of schedules of each operation, to run others than last time (%(default)s)",
    )
    parser.add_argument(
        "--only", action="append", choices=[*OPERATIONS, *_SHARES], help="this operation; may be given several times"
    )
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)), help="processes (%(default)s)")
    return parser


def _wrong(verdict: Verdict) -> str:
    texts = "\n  ".join(verdict.wrong)
    return (
        f'WRONG, {verdict.module} {verdict.operation}, seed {verdict.seed}: make chaos ARGS="--seed {verdict.seed}"\n '
        f" {texts}"
    )


def _one(seed: int) -> int:
    """Print one run with all recorded details."""
    plan = schedule(seed)
    with Simulator() as sim:
        runner = Runner(sim)
        undisturbed = runner.undisturbed(plan.scenario, plan.temperaments)
        played = runner.play(plan)
        verdict = runner.verdict(plan, played)
    _describe(plan, played)
    for owner, truth in zip(plan.scenario.owners, truths(played, undisturbed), strict=True):
        print(f"truth of {owner or 'the cluster'}: {truth}")
    print(_wrong(verdict) if verdict.wrong else f"right: {verdict.ending}")
    return 1 if verdict.wrong else 0


def _describe(plan: Schedule, played: Played) -> None:
    print(f"temperaments: {', '.join(plan.temperaments) or 'none'}")
    print(f"{plan.scenario}\noptions: {plan.options}, knobs: {plan.knobs}, clock ahead by {plan.skew} s")
    print(
        "somebody else did the same so many seconds before:"
        f" {plan.earlier}{', and failed' if plan.earlier_failed else ''}"
    )
    print(f"jobs: {plan.job_seconds} s, hold {plan.hold}, fail {plan.fail}")
    print(
        f"refused: {plan.refusal} of {plan.refused}, times: {plan.refusals or 'all'}"
        if plan.refused
        else "no SVM is refused"
    )
    print(
        "\n".join(
            [
                *(f"fault: {fault}" for fault in plan.faults),
                *(f"event: {event.kind} before request {event.nth}" for event in plan.events),
            ]
        )
    )
    for entry in played.log:
        query = "&".join(f"{name}={value}" for name, value in entry["query"].items() if name != "fields")
        print(
            f"  {entry['number']:>3} {entry['method']:<6} {entry['path']}?{query} -> {entry['status']}"
            f" {entry['fault'] or ''}"
        )
    print(f"refused connections: {played.refused}; {played.seconds:.1f} s by the clock of the run")
    print(f"report: {json.dumps(played.report, indent=2)}\nwarnings: {played.warnings}")
    for owner, before, after in zip(plan.scenario.owners, played.before, played.after, strict=True):
        print(f"{owner or 'the cluster'} before: {before}\n{' ' * len(owner or 'the cluster')} after:  {after}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
