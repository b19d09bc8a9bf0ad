# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make bench`: how to run it, and where the results go."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from tooling.paths import ROOT, WORK
from tooling.running import Failure, say, stop_on_signals

from . import alone, azure, chart, eda, fleet, inventory, machine, report, targets
from .cases import NAMES, load
from .clusters import clusters
from .measure import Bench
from .playbook import Ansible

#: Where the figures of a whole run are published, and those of any other are kept.
_PUBLISHED, _KEPT = ROOT / "docs" / "benchmarks", WORK / "bench" / "results"
_FOLDER = WORK / "bench" / "run"
_ROUNDS = 5
_HOSTS = 25
#: The case in which memory is looked at too.
_LARGE = "info"


def main(arguments: Sequence[str]) -> int:
    """Returns 0 where everything could be measured, whatever came out."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.rounds < 1 or options.latency < 0:
        parser.error("there is at least one round, and no latency below zero")
    stop_on_signals()
    try:
        for chosen, measure in (("inventory", _inventory), ("eda", _eda), ("azure", _azure), ("fleet", _fleet)):
            if getattr(options, chosen):
                return measure(options)
        run = _measure(options)
    except Failure as failure:
        say(f"bench: {failure}")
        return 1
    except KeyboardInterrupt:
        say("\nbench: interrupted; the simulators are stopped")
        return 130
    _write(run, options)
    return 0


def _inventory(options: argparse.Namespace) -> int:
    folder = _PUBLISHED if options.rounds >= _ROUNDS else _KEPT
    inventory.publish(options.collections, _FOLDER, folder, options.rounds, options.latency)
    say(f"bench: see {folder.relative_to(ROOT)}")
    return 0


def _eda(options: argparse.Namespace) -> int:
    folder = _PUBLISHED if options.rounds >= _ROUNDS else _KEPT
    eda.publish(options.collections, _FOLDER, folder, options.rounds)
    say(f"bench: see {folder.relative_to(ROOT)}")
    return 0


def _azure(options: argparse.Namespace) -> int:
    folder = _PUBLISHED if options.rounds >= _ROUNDS else _KEPT
    azure.publish(options.collections, _FOLDER, folder, options.rounds)
    say(f"bench: see {folder.relative_to(ROOT)}")
    return 0


def _fleet(options: argparse.Namespace) -> int:
    fleet.publish(options.collections, _FOLDER, _PUBLISHED)
    say(f"bench: see {_PUBLISHED.relative_to(ROOT)}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...", description="Measures the collection beside what users have today."
    )
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="of every contender (%(default)s)")
    parser.add_argument(
        "--only", nargs="+", choices=NAMES, default=NAMES, metavar="CASE", help=f"these cases of {', '.join(NAMES)}"
    )
    parser.add_argument("--inventory", action="store_true", help="the inventory plugin, and nothing else")
    parser.add_argument("--eda", action="store_true", help="the event source, and nothing else")
    parser.add_argument("--azure", action="store_true", help="akv_azure_info, and nothing else")
    parser.add_argument("--fleet", action="store_true", help="the playbooks on 200 clusters, once, and nothing else")
    parser.add_argument(
        "--latency",
        type=float,
        default=0.0,
        metavar="MS",
        help="milliseconds of a round trip to the cluster (%(default)s)",
    )
    parser.add_argument("--collections", type=Path, required=True, help=argparse.SUPPRESS)
    return parser


def _measure(options: argparse.Namespace) -> report.Run:
    about = machine.machine()
    start = time.monotonic()
    cases = [load(name) for name in NAMES if name in options.only]
    with ExitStack() as stack:
        # All at once: the first that is stopped takes signals from those who are still running.
        (one,) = stack.enter_context(clusters(_FOLDER / "one"))
        many = stack.enter_context(clusters(_FOLDER / "many", _HOSTS))
        bench = Bench(Ansible(options.collections, _FOLDER), one, many, options.rounds, options.latency / 1000)
        say(f"bench: {len(cases)} cases, {options.rounds} rounds")
        answers, start_seconds = alone.measure(one), bench.playbook_start()
        for case in cases:
            bench.run(case)
        peaks = bench.peaks(load(_LARGE)) if _LARGE in options.only else {}
    return report.Run(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        minutes=(time.monotonic() - start) / 60,
        rounds=options.rounds,
        latency_ms=options.latency,
        machine=about,
        versions=machine.versions(options.collections),
        cases=cases,
        results=bench.results,
        peaks=peaks,
        alone=answers,
        playbook_start=start_seconds,
        targets=targets.evaluate(bench.results, cases, peaks),
    )


def _write(run: report.Run, options: argparse.Namespace) -> None:
    """A whole run is published; one of fewer cases or rounds must not take its place."""
    whole = options.rounds >= _ROUNDS and len(run.cases) == len(NAMES)
    folder = _PUBLISHED if whole else _KEPT
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"latency-{options.latency:g}-ms" if options.latency else "results"
    page = folder / (f"{stem}.md" if options.latency else "README.md")
    chart.draw(run.cases, run.results, folder / f"{stem}.svg")
    page.write_text(report.page(run, f"{stem}.svg", f"{stem}.json"), encoding="utf-8")
    (folder / f"{stem}.json").write_text(json.dumps(_data(run), indent=1) + "\n", encoding="utf-8")
    for target in run.targets:
        say(f"{target.word.strip('*'):<13} {target.what}: wanted {target.wanted}, measured {target.measured}")
    say(f"bench: {run.minutes:.1f} minutes; see {page.relative_to(ROOT)}")


def _data(run: report.Run) -> dict[str, object]:
    """Every round of every contender."""
    data = {
        name: getattr(run, name)
        for name in ("date", "minutes", "rounds", "latency_ms", "playbook_start", "machine", "versions", "peaks")
    }
    results = {case: {name: series.as_data() for name, series in found.items()} for case, found in run.results.items()}
    return {**data, "simulator": [asdict(each) for each in run.alone], "cases": results}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
