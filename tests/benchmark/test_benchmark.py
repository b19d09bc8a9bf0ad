# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the benchmark: figures, targets, the check of the work, pages; and a small run."""

from __future__ import annotations

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmark import azure, eda, fleet, inventory, memory, report, targets
from benchmark.alone import Alone
from benchmark.callbacks.stopwatch import _runs_a_module
from benchmark.cases import FAST, NAMES, PLAIN, REST_INFO, RESTIT, URI, VENDOR, Case, Contender, load
from benchmark.figures import Results, Sample, Series, duration, number, times
from benchmark.measure import _rotated, _sum, judge
from tooling.paths import link_tree
from tooling.running import Failure


def sample(seconds: float, *, requests: int = 1, connections: int = 1) -> Sample:
    return Sample(seconds, requests, connections, 1, seconds / 10, {"import": seconds / 4, "work": seconds / 2})


def series(*seconds: float, requests: int = 1, connections: int = 1) -> Series:
    return Series([sample(each, requests=requests, connections=connections) for each in seconds])


def contender(case: Case, name: str) -> Contender:
    return next(each for each in case.contenders if each.name == name)


def test_one_slow_round_does_not_change_median() -> None:
    measured = series(0.3, 0.1, 9.0, 0.2, 0.25)
    assert (measured.seconds, measured.fastest, measured.slowest) == (0.25, 0.1, 9.0)
    assert measured.busy == pytest.approx(0.1)
    assert measured.starts() == 1
    assert measured.part("work") == pytest.approx(0.125)


def test_figures_are_written_with_three_digits() -> None:
    assert [duration(each) for each in (0.00033, 0.0471, 0.999, 1.234, 12.34, 123.4)] == [
        "0.33 ms",
        "47 ms",
        "999 ms",
        "1.23 s",
        "12.3 s",
        "123 s",
    ]
    assert [times(each) for each in (0.248, 1.2, 132.4)] == ["0.25 x", "1.20 x", "132 x"]
    assert [number(each) for each in (100, 100.5, 10_000)] == ["100", "100.5", "10,000"]


@pytest.mark.parametrize("name", NAMES)
def test_every_case_compares_collection_with_others(name: str) -> None:
    case = load(name)
    names = [each.name for each in case.contenders]
    assert names[:2] == [FAST, PLAIN]
    assert len(names) == len(set(names)) > 2
    (fast,), (plain,) = (contender(case, each).tasks for each in (FAST, PLAIN))
    assert plain == {**fast, "vars": {"ontap_akv_in_process": False}}


def test_loop_over_sample_is_scaled() -> None:
    case = load("rekey")
    assert (
        len(case.targets(contender(case, RESTIT))),
        case.times(contender(case, RESTIT)),
        case.writes(contender(case, RESTIT)),
    ) == (10, 10, 10)
    assert (
        len(case.targets(contender(case, FAST))),
        case.times(contender(case, FAST)),
        case.writes(contender(case, FAST)),
    ) == (100, 1, 100)
    query = {
        "seconds": 0.5,
        "times": 1,
        "requests": [["GET", "/", 200]],
        "connections": 1,
        "starts": 1,
        "simulator_seconds": 0.1,
    }
    loop = {
        "seconds": 4.0,
        "times": 10,
        "requests": [["POST", "/", 200]] * 10,
        "connections": 10,
        "starts": 10,
        "simulator_seconds": 0.2,
    }
    assert _sum([query, loop]) == Sample(40.5, 101, 101, 101, 0.1 + 0.2 * 10)


def test_restore_targets_svms_without_keys() -> None:
    case = load("restore")
    lost = case.targets(contender(case, FAST))
    assert len(lost) == 10
    assert [arguments["name"] for command, arguments in case.before(0.0) if command == "svm"] == lost
    assert case.times(contender(case, URI)) == 1


def test_latency_is_set_after_reset() -> None:
    commands = [command for command, _arguments in load("nothing-20").before(0.02)]
    assert commands == ["reset", "knob", "seed"]
    assert dict(load("nothing-20").before(0.02))["knob"] == {"latency": 0.02}


def test_concurrency_is_that_of_task() -> None:
    assert {name: load(name).concurrency for name in ("create", "rekey", "info")} == {
        "create": 8,
        "rekey": 10,
        "info": 8,
    }


def test_every_round_begins_with_another_contender() -> None:
    contenders = load("create").contenders
    firsts = [_rotated(contenders, number)[0] for number in range(len(contenders))]
    assert firsts == list(contenders)
    assert sorted(each.name for each in _rotated(contenders, 3)) == sorted(each.name for each in contenders)


_CREATED = ["POST", "/api/security/azure-key-vaults", 201]
_READ = ["GET", "/api/security/azure-key-vaults", 200]


def test_complete_work_is_accepted() -> None:
    case = load("create")
    judge(case, contender(case, FAST), [_READ, *[_CREATED] * 100], Counter())
    reading = load("nothing-1")
    judge(reading, contender(reading, URI), [_READ], Counter())
    rotation = load("rotate")
    judge(
        rotation,
        contender(rotation, FAST),
        [_READ, *[["PATCH", "/api/security/azure-key-vaults/uuid", 200]] * 100],
        Counter(),
    )


@pytest.mark.parametrize(
    ("name", "requests", "jobs"),
    [
        ("create", [_READ, *[_CREATED] * 99], {}),
        ("create", [_READ, *[_CREATED] * 99, ["POST", "/api/security/azure-key-vaults", 400]], {}),
        ("create", [], {}),
        ("nothing-1", [_READ, ["PATCH", "/api/security/azure-key-vaults/uuid", 200]], {}),
        ("rotate", [_READ], {}),
        (
            "rekey",
            [["POST", "/api/security/azure-key-vaults/uuid/rekey-internal", 202]] * 100,
            {"success": 99, "running": 1},
        ),
    ],
)
def test_incomplete_work_fails(name: str, requests: list[list[object]], jobs: dict[str, int]) -> None:
    case = load(name)
    with pytest.raises(Failure, match=name):
        judge(case, contender(case, FAST), requests, Counter(jobs))


def test_module_processes_are_counted_once() -> None:
    assert _runs_a_module(["/bin/sh", "-c", "python3 /tmp/x/AnsiballZ_uri.py && sleep 0"])
    assert _runs_a_module(b"/bin/sh -c 'python3 /tmp/x/AnsiballZ_uri.py'")
    assert not _runs_a_module(["/bin/sh", "-c", "chmod u+rwx /tmp/x/ /tmp/x/AnsiballZ_uri.py && sleep 0"])
    assert not _runs_a_module(["/bin/sh", "-c", "mkdir -p /tmp/x"])


def results(*, fast: float, plain: float, connections: int = 8) -> Results:
    """Return results in which all other contenders take one second, and a loop 60."""
    own = {
        FAST: series(fast, connections=connections),
        PLAIN: series(plain),
        URI: series(1.0),
        REST_INFO: series(1.0),
        VENDOR: series(1.0),
    }
    jobs = {
        FAST: series(10 + fast, requests=101, connections=10),
        PLAIN: series(10 + plain, requests=131, connections=10),
    }
    return {
        "nothing-1": {**own, RESTIT: series(1.0)},
        "nothing-100": {**own, RESTIT: series(60.0)},
        "rotate": own,
        "rekey": jobs,
        "clusters-forks-5": own,
    }


def outcomes(found: Results, peaks: dict[str, float]) -> dict[str, bool | None]:
    return {target.what: target.reached for target in targets.evaluate(found, [load(name) for name in NAMES], peaks)}


def test_targets_depend_on_results() -> None:
    good = outcomes(results(fast=0.2, plain=0.9), {PLAIN: 149.0})
    assert {what for what, reached in good.items() if not reached} == {
        "re-key of 100 SVMs (plain module): requests per SVM"
    }
    bad = outcomes(results(fast=4.0, plain=2.0, connections=10), {PLAIN: 151.0})
    assert {what for what, reached in bad.items() if reached} == {
        "re-key of 100 SVMs, ten at a time (plain module)",
        "re-key of 100 SVMs: requests per SVM",
        "rotation of one secret on 100 SVMs: requests",
    }


def test_target_without_results_has_no_outcome() -> None:
    assert set(outcomes({}, {}).values()) == {None}


def test_page_shows_figures_and_missed_targets() -> None:
    cases = [load("nothing-1"), load("rekey")]
    found = results(fast=0.05, plain=2.0)
    found["rekey"][RESTIT] = Series([sample(250.0, requests=300)], 10, "a loop")
    run = report.Run(
        date="2026-01-01",
        minutes=1.0,
        rounds=1,
        latency_ms=20.0,
        playbook_start=0.75,
        machine={"CPU": "fast, 2 cores"},
        versions={"Python": "3.13.0"},
        cases=cases,
        results={case.name: found[case.name] for case in cases},
        peaks={FAST: 84.0, PLAIN: 61.0},
        alone=[Alone("one record", 0.0005, 0.0002)],
        targets=targets.evaluate(found, cases, {}),
    )
    page = report.page(run, "chart.svg", "raw.json")
    assert "| `ontap.akv` | 50 ms | 50 ms to 50 ms | 1.00 x | 1 | 8 | 1 | 10% | 1 |" in page
    assert "| `netapp.ontap.na_ontap_restit`: a loop | 250 s (10 SVMs x 10) | 250 s to 250 s | 25 x | 300 |" in page
    assert (
        "| one SVM, nothing to do (plain module), against `na_ontap_restit` | at most 1.00 x | 2.000 x | **not"
        " reached** |" in page
    )
    assert "a round trip of 20 ms" in page
    assert "| one record | 0.50 ms | 2,000 | 0.20 ms |" in page
    assert "which takes 750 ms" in page


def test_page_of_event_source_shows_figures() -> None:
    """The time of a request is the median of the windows; by default, there is one plain read each minute, and every
    fifth one includes the checks.
    """
    plain = eda.Figures([1000, 1000, 1000], [2.0, 4.0, 1.0], [90.0, 94.4, 92.0], [0.01, 0.02, 0.03], 500)
    expensive = eda.Figures([1000, 500], [6.0, 3.0], [95.0, 95.0], [0.01, 0.01], 500)
    page = eda.page(dict(zip(eda.WAYS, (plain, expensive, plain), strict=True)), 3, {"Python": "3.13.0"})
    assert "| read the configurations | 1000 1000 1000 | 1000 | 2.00 ms | 10% | 94 MB | 30 ms | 500 |" in page
    assert "this is 2.3% of a core" in page
    assert "| Python | 3.13.0 |" in page


def test_page_of_inventory_shows_figures() -> None:
    found = {"a way": inventory.Figures([3.0, 1.0, 2.0], [0.5, 0.4, 0.9], 20, 19, 210.4)}
    page = inventory.page(found, 3, 0.0, {"Python": "3.13.0"})
    assert "10,000 SVMs of 20 clusters" in page
    assert "in 3 rounds without network latency" in page
    assert "| a way | 2.00 s | 1.00 s to 3.00 s | 500 ms | 20 | 19 | 210 MB |" in page
    assert "| Python | 3.13.0 |" in page


def test_page_of_azure_shows_figures_and_targets() -> None:
    """Targets use the maximum of all checks, and the time of a check with a secret."""
    plain = azure.Figures([0.04, 0.02, 0.03], 1, 1, 0)
    check = azure.Figures([0.09, 0.06, 0.075], 7, 2, 1)
    found = {azure.TASK: plain, azure.SECRET: check, azure.LOGIN: azure.Figures([0.05], 2, 2, 1)}
    page = azure.page(found, 3, {"Python": "3.13.0"})
    assert "| `akv_azure_info`, client secret | 75 ms | 60 ms to 90 ms | 2.50 x | 7 | 2 | 1 |" in page
    assert "| one check: requests | at most 7 | 7 | reached |" in page
    assert [target.reached for target in azure.evaluate(found)] == [True] * 4
    slow = {**found, azure.SECRET: azure.Figures([0.1], 8, 3, 2)}
    assert [target.reached for target in azure.evaluate(slow)] == [False] * 4


def test_peak_memory_is_read_by_program(tmp_path: Path) -> None:
    probe = memory.probe(tmp_path)
    probe.path.write_text("ansible-inventory 1000 9000\npython3 5000 0\nansible-inventory 2000 0\n", encoding="utf-8")
    assert probe.peak_of("ansible-inventory") == pytest.approx(2.048)


def test_page_of_fleet_shows_figures_and_missed_targets() -> None:
    """Targets are compared with the figures; the page names those not reached, and the share of Ansible itself."""
    size = fleet.Size(clusters=10, svms=5, forks=2)
    found = {
        way.title: fleet.Figures(10.0, 20.0, 120.4, 10, 5, way.count_requests(size), 0.5) for way in fleet.WAYS
    } | {fleet.FLOOR.title: fleet.Figures(5.0, 6.0, 90.0, 10, 3, {}, 0.0)}
    page = fleet.page(found, size, {"Python": "3.13.0"})
    assert "# A fleet of 10 clusters with 5 SVMs each" in page
    assert "| `ontap.akv.health`: time | at most 25 s | 10.0 s | reached |" in page
    assert "| memory of any process | at most 400 MB | 120 MB | reached |" in page
    row = "10.0 s | 20.0 s | 2.00 s | 120 MB | 10 | 5 | configurations 7, updates 5 |"
    assert f"| `ontap.akv.rotate_credentials`, a new secret | {row}" in page
    assert "50% of `ontap.akv.health`" in page
    assert "Not reached" not in page
    slow = fleet.Figures(41.0, 80.0, 401.0, 10, 5, {"configurations": 2, "settings": 1, "SVMs": 1, "release": 1}, 0.5)
    missed = [goal.what for goal in fleet.evaluate({**found, fleet.REPORT.title: slow}, size) if not goal.reached]
    assert missed == [
        "`ontap.akv.report`: time",
        "memory of any process",
        "`ontap.akv.report`: queries of a cluster for one purpose",
    ]
    assert "**Not reached:** `ontap.akv.report`: time" in fleet.page({**found, fleet.REPORT.title: slow}, size, {})


def test_requests_are_counted_for_each_cluster_and_purpose() -> None:
    size = fleet.Size(clusters=2, svms=2, forks=1)
    query = {"method": "GET", "path": "/api/security/azure-key-vaults?fields=*", "status": 200}
    write = {"method": "PATCH", "path": "/api/security/azure-key-vaults/uuid", "status": 200}
    settings = {"method": "GET", "path": "/api/security/key-manager-configs", "status": 200}
    assert fleet.count_requests(fleet.ROTATION, [[query] * 7 + [write] * 2] * 2, size) == {
        "configurations": 7,
        "updates": 2,
    }
    assert fleet.count_requests(fleet.HEALTH, [[query, settings], [query, query, settings]], size) == {
        "configurations": 2,
        "settings": 1,
    }
    for log in ([query], [query, settings, write], [{**query, "status": 500}, settings]):
        with pytest.raises(Failure, match="health"):
            fleet.count_requests(fleet.HEALTH, [[query, settings], log], size)


def test_small_fleet_is_measured(tmp_path: Path) -> None:
    """Every playbook runs on two clusters with two SVMs each, and sends one query for each purpose and cluster."""
    size = fleet.Size(clusters=2, svms=2, forks=2)
    found = fleet.measure(link_tree(), tmp_path, size)
    assert list(found) == [way.title for way in fleet.WAYS]
    assert {way.title: way.count_requests(size) for way in fleet.WAYS} == {
        title: dict(each.requests) for title, each in found.items()
    }
    assert found[fleet.FLOOR.title].tasks == 3 < found[fleet.HEALTH.title].tasks
    assert [goal.reached for goal in fleet.evaluate(found, size) if "queries" in goal.what] == [True] * 3
    assert [each.hosts for each in found.values()] == [2, 2, 2, 2, 2, 1]
    assert all(each.seconds > 0 and each.cpu > 0 and each.memory > 10 for each in found.values())


def test_interrupted_run_leaves_no_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started = []

    def interrupt(pid: int, _options: int) -> None:
        started.append(pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "wait4", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fleet.time_program([sys.executable, "-c", "import signal; signal.pause()"], os.environ, tmp_path / "output")
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)
