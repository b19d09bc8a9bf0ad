# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .alone import Alone
from .cases import FAST, PLAIN, VENDOR, Case
from .figures import Results, Series, duration, number, times
from .targets import Target

HEADER = """\
<!--
Copyright: (c) 2026, ontap.akv contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
"""
_HOW = """\
## How it was measured

- All contenders run on one machine, in one Python environment, against one simulated ONTAP in a separate process, over TLS. Each is
  written as its users write it; see `tests/benchmark/cases/` and `tests/benchmark/vendor.py` in the repository. All use the same Python
  interpreter and the local connection. Facts are not gathered, and no other setting of Ansible is changed.
- In each round of a case, every contender runs once; the order differs from round to round. All tasks of a round run in one
  `ansible-playbook`, after a warm-up with one SVM for each contender. A time is measured from the start of a task to the start of the next
  one, so it does not include the start of `ansible-playbook`, which takes {start}. The simulator's state is set in between and not timed.
  `{vendor}` runs as a script: its time is that of the whole process. With 25 clusters, the time is that of the whole `ansible-playbook`.
- A figure counts only if the work was done: every request was served, everything that had to change was written, every job succeeded, and
  the number of results is right.
- The loops with `uri` and `na_ontap_restit` compare nothing and report nothing. A playbook that compares and reports takes longer.
- "10 SVMs x 10": a loop runs for ten of the 100 SVMs, and its time, requests and processes are multiplied by ten. A query for all SVMs
  before the loop counts once. If a case waits for jobs, loops run in the first three rounds only; see the column "rounds".
- `{fast}` works in Ansible's own process. It imports `requests` once in a run of `ansible-playbook`, with its first task. This import is
  part of the warm-up, and of the times with 25 clusters. `{plain}` is the same task with `ontap_akv_in_process: false`.
- The simulator counts requests and connections. Requests are medians; connections are the maximum of all rounds.
"""


@dataclass(frozen=True)
class Run:
    """All that a run found out."""

    date: str
    minutes: float
    rounds: int
    latency_ms: float
    playbook_start: float
    machine: Mapping[str, str]
    versions: Mapping[str, str]
    cases: Sequence[Case]
    results: Results
    peaks: Mapping[str, float]
    alone: Sequence[Alone]
    targets: Sequence[Target]


def page(run: Run, chart: str, raw: str) -> str:
    """The whole page. chart, raw: names of the files beside it."""
    parts = [
        HEADER,
        "# Benchmarks\n",
        _introduction(run, raw),
        f"![Times of all contenders in all cases]({chart})\n",
        "## Targets\n",
        table(
            ("", "target", "measured", "result"),
            ((target.what, target.wanted, target.measured, target.word) for target in run.targets),
        ),
        *(_case(case, run.results[case.name]) for case in run.cases),
        _memory(run),
        _how(run),
        _simulator(run),
        _about(run),
    ]
    return "\n".join(part for part in parts if part)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown; figures are in all columns but the first."""
    lines = [head, ["---", *(["---:"] * (len(head) - 1))], *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _introduction(run: Run, raw: str) -> str:
    network = f"with a round trip of {run.latency_ms:g} ms" if run.latency_ms else "without network latency"
    rounds = f"{run.rounds} round{'s' if run.rounds > 1 else ''}"
    return (
        f"`make bench` measured these figures on {run.date} in {rounds} {network}, which took {run.minutes:.0f} minutes."
        f" [{raw}]({raw})\nhas every round of every contender. Times are medians, and ratios are ratios of medians.\n"
    )


def _case(case: Case, series: Mapping[str, Series]) -> str:
    head = (
        "",
        "median",
        "fastest to slowest",
        f"`{FAST}` is 1",
        "requests",
        "connections",
        "module processes",
        "simulator busy",
        "rounds",
    )
    own = series[FAST].seconds
    rows = [_row(name, each, own) for name, each in series.items()]
    return f"## {case.heading}\n\n{case.about}\n\n{table(head, rows)}"


def _row(name: str, series: Series, own: float) -> list[str]:
    starts = series.starts()
    return [
        _described(name, series),
        duration(series.seconds) + (f" (10 SVMs x {series.times})" if series.times > 1 else ""),
        f"{duration(series.fastest)} to {duration(series.slowest)}",
        times(series.seconds / own),
        number(series.requests),
        number(series.most_connections),
        "" if starts is None else number(starts),
        f"{series.busy:.0%}",
        str(len(series.samples)),
    ]


def _described(name: str, series: Series) -> str:
    parts = ""
    if name == VENDOR:
        parts = f"; import {duration(series.part('import'))}, work {duration(series.part('work'))}"
    return f"`{name}`" + (f": {series.note}" if series.note else "") + parts


def _memory(run: Run) -> str:
    if not run.peaks:
        return ""
    rows = [
        (
            f"`{name}`" + (" (Ansible's worker, including everything in `ansible-playbook`)" if name == FAST else ""),
            f"{peak:.0f} MB",
        )
        for name, peak in run.peaks.items()
    ]
    text = "The peak memory of the process that did the work, in a separate run for each contender.\n"
    return f"## Memory of reading 10,000 configurations\n\n{text}\n{table(('', 'peak'), rows)}"


def _how(run: Run) -> str:
    return _HOW.format(vendor=VENDOR, fast=FAST, plain=PLAIN, start=duration(run.playbook_start))


def _simulator(run: Run) -> str:
    busiest = max(
        ((series.busy, case, name) for case, of in run.results.items() for name, series in of.items()), default=None
    )
    rows = [(each.what, duration(each.seconds), f"{each.rate:,.0f}", duration(each.busy)) for each in run.alone]
    titles = {case.name: case.heading for case in run.cases}
    highest = (
        f' The highest value is {busiest[0]:.0%}, of `{busiest[2]}` in "{titles.get(busiest[1], busiest[1])}".'
        if busiest
        else ""
    )
    text = (
        'The column "simulator busy" is the share of a contender\'s time in which the simulator used a core.'
        f"{highest}\nIf Python's `http.client`, the simplest client, queries it over TLS on the same machine with a core of"
        " its own, the simulator takes:\n"
    )
    return (
        "## The simulator is not the"
        f" limit\n\n{text}\n{table(('', 'per request', 'requests per second', 'CPU of the simulator'), rows)}"
    )


def _about(run: Run) -> str:
    rows = [*run.machine.items(), *run.versions.items()]
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"## Machine and versions\n\n| | |\n| --- | --- |\n{table}"
