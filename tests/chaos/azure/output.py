# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the output of `make chaos` that is about Azure."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from chaos.azure.roles import role_schedule
from chaos.azure.runner import ROLE, AzureRunner, AzureVerdict, judge_seeds
from chaos.azure.schedule import azure_schedule
from simulator import Simulator


def run_all(kind: str, seeds: Sequence[int], workers: int) -> int:
    """Run schedules, print wrong outcomes and the totals, and return the number of wrong outcomes."""
    start, endings, hits, wrong, disturbed = time.monotonic(), Counter[str](), Counter[str](), 0, 0
    for number, verdict in enumerate(judge_seeds(kind, seeds, workers), 1):
        endings[verdict.ending] += 1
        hits.update(verdict.hits)
        disturbed += bool(verdict.hits)
        wrong += bool(verdict.wrong)
        if verdict.wrong:
            print(describe(verdict), flush=True)
        if number % 500 == 0:
            print(f"... {number} of {len(seeds)} after {time.monotonic() - start:.0f} s", flush=True)
    ended = ", ".join(f"{name} {count}" for name, count in sorted(endings.items()))
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(hits.items()))
    print(
        f"\nAzure, {kind}: {len(seeds)} schedules, {disturbed} disturbed; {ended}\nfaults and events that hit: {kinds}"
    )
    print(f"{len(seeds)} schedules in {time.monotonic() - start:.0f} s, {wrong} wrong outcomes", flush=True)
    return wrong


def describe(verdict: AzureVerdict) -> str:
    """Return what is wrong with a run, and the command that repeats it."""
    texts = "\n  ".join(verdict.wrong)
    return (
        f'WRONG, {verdict.kind}, seed {verdict.seed}: make chaos ARGS="--only {verdict.kind} --seed {verdict.seed}"\n '
        f" {texts}"
    )


def repeat(kind: str, seed: int) -> int:
    """Run one schedule, print all that is known about it, and return 1 if it went wrong."""
    with Simulator(svms=["svm1", "svm2"]) as sim:
        runner = AzureRunner(sim)
        if kind == ROLE:
            print(role_schedule(seed))
            verdict = runner.role(seed)
        else:
            print(azure_schedule(seed))
            asked, verdict = runner.module(azure_schedule(seed))
            for entry in asked.log:
                print(
                    f"  {entry['number']:>3} {entry['method']:<5} {entry['service']:<5} {entry['path']} ->"
                    f" {entry['status']} {entry['fault'] or ''}"
                )
            print(asked.report, asked.warnings)
    print(describe(verdict) if verdict.wrong else f"right: {verdict.ending}")
    return 1 if verdict.wrong else 0
