# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the targets of the Makefile select, run in parallel, and print."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tooling import changed, cores, kinds, listing, selection, steps
from tooling.paths import ROOT
from tooling.running import Failure, Skipped
from tooling.selection import Candidate

#: A small collection: file -> content.
SOURCES = {
    "plugins/module_utils/low.py": "import json",
    "plugins/module_utils/high.py": "from ansible_collections.ontap.akv.plugins.module_utils import low",
    "plugins/modules/relative.py": "from ..module_utils.high import x",
    "tests/unit/conftest.py": "",
    "tests/unit/support/wire.py": "from ansible_collections.ontap.akv.plugins.module_utils.low import x",
    "tests/unit/plugins/test_low.py": "import ansible_collections.ontap.akv.plugins.module_utils.low as low",
    "tests/unit/plugins/test_wire.py": "from ansible_collections.ontap.akv.tests.unit.support.wire import Wire",
    "tests/unit/plugins/test_relative.py": (
        "def test() -> None:\n    from ansible_collections.ontap.akv.plugins.modules import relative"
    ),
    "tests/unit/plugins/test_simulator.py": "from simulator import x",
    "tests/unit/plugins/test_layers.py": "",
    "tests/simulator/__init__.py": "from simulator.app import x",
    "tests/simulator/app.py": "",
}
ALL = {name for name in SOURCES if "/test_" in name}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("file", "names"),
    [
        ("plugins/module_utils/low.py", {"low", "wire", "relative", "layers"}),
        ("plugins/module_utils/high.py", {"relative", "layers"}),
        ("plugins/modules/relative.py", {"relative", "layers"}),
        ("tests/unit/support/wire.py", {"wire"}),
        ("tests/unit/plugins/test_low.py", {"low"}),
        ("tests/simulator/app.py", {"simulator"}),
        ("README.md", set()),
        ("tests/integration/test_x.py", set()),
    ],
)
def test_check_runs_unit_tests_that_import_changed_file(root: Path, file: str, names: set[str]) -> None:
    assert set(changed.importing_tests([file], root)) == {f"tests/unit/plugins/test_{name}.py" for name in names}


@pytest.mark.parametrize("file", ["tests/unit/conftest.py", "plugins/plugin_utils/report.css"])
def test_check_runs_all_unit_tests_if_imports_are_unknown(root: Path, file: str) -> None:
    assert set(changed.importing_tests([file], root)) == ALL


def test_changed_module_selects_its_unit_tests() -> None:
    """Uses the real tree, so that a moved folder is detected."""
    (name,) = {path.name for path in (ROOT / "plugins" / "modules").glob("azure_key_vault.py")}
    found = changed.importing_tests([f"plugins/modules/{name}"])
    assert "tests/unit/plugins/modules/test_azure_key_vault.py" in found
    assert 0 < len(found) < len(list((ROOT / "tests" / "unit").rglob("test_*.py")))


def candidates(
    file: str, function: str, count: int = 1, *, ways: tuple[bool | None, ...] = (None,), starts: bool = True
) -> list[Candidate]:
    return [Candidate(file, function, way, starts) for way in ways for _number in range(count)]


@pytest.mark.parametrize(
    ("tests", "kept"),
    [
        pytest.param(candidates("test_a.py", "test", 5, starts=False), [True] * 5, id="what starts nothing"),
        pytest.param(candidates("test_a.py", "test", 5), [True, False, False, False, True], id="two instances"),
        pytest.param(candidates("test_a.py", "test", ways=(True, False)), [True, True], id="the first test both ways"),
        pytest.param(
            [*candidates("test_a.py", "a"), *candidates("test_a.py", "b", ways=(True, False))],
            [True, True, False],
            id="another one way",
        ),
        pytest.param(
            [*candidates("test_a.py", "a"), *candidates("test_a.py", "b", ways=(False,))],
            [True, True],
            id="one way alone",
        ),
        pytest.param(
            [*candidates("test_secrets.py", "a"), *candidates("test_secrets.py", "b", ways=(True, False))],
            [True, True, True],
            id="both ways are the subject",
        ),
    ],
)
def test_make_test_selects_expected_instances(tests: list[Candidate], kept: list[bool]) -> None:
    assert selection.select(tests) == kept


@pytest.mark.parametrize("file", selection.MATRICES)
def test_make_test_selects_every_nth_test_of_matrix(file: str) -> None:
    number = selection.MATRICES[file]
    tests = [each for position in range(7) for each in candidates(file, f"test_{position}", 2)]
    assert selection.select(tests) == [position % number == 0 for position in range(7) for _instance in range(2)]


@pytest.mark.parametrize("file", sorted({*selection.MATRICES, *selection.BOTH_WAYS}))
def test_files_with_selection_rule_exist(file: str) -> None:
    assert [folder for folder in selection.FOLDERS if (ROOT / "tests" / folder / file).is_file()]


def test_make_test_selects_tests_of_every_file() -> None:
    """A real collection of the tests: at least one test of every file is selected."""
    collect = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        *(str(ROOT / "tests" / folder) for folder in selection.FOLDERS),
    ]
    everything, quick = (
        set(re.findall(r"^(tests/\S+?)::(.+)$", output([*collect, *more]), re.MULTILINE)) for more in ([], ["--quick"])
    )
    assert quick < everything
    assert {file for file, _test in quick} == {file for file, _test in everything}


def test_listing_finds_removed_and_moved_tests() -> None:
    known = {
        "tests/a.py::test_stays",
        "tests/a.py::test_moves[x]",
        "tests/a.py::test_moves[y]",
        "tests/a.py::test_goes",
    }
    gone, moved = listing.compare(
        known, {"tests/a.py::test_stays", "tests/b/c.py::test_moves[x]", "tests/b/c.py::test_new"}
    )
    assert gone == {"tests/a.py::test_moves[y]", "tests/a.py::test_goes"}
    assert moved == {"tests/a.py::test_moves[x]"}


def output(command: list[str]) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("name", ["test_x", "test_x[a b]", "test_x[$HOME'\"`id`]", "test_x[a\\b-#-;-!]", "test_x[ü]"])
@pytest.mark.parametrize("newest", [False, True])
def test_command_for_failed_test_runs_it(tmp_path: Path, name: str, newest: bool) -> None:
    """The command goes through the user's shell, make, and the shell of make."""
    python = cores.Python((3, 99), Path("/opt/a python/bin/python3.99")) if newest else cores.own()
    report = f"{sys.executable} -c 'import sys; print(sys.argv[1:])'"
    (tmp_path / "Makefile").write_text(f'integration:\n\t@{report} "$(PYTHON)" $(ARGS)\n', encoding="utf-8")
    command = kinds.command_for("integration", f"tests/integration/test_a.py::{name}", python)
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    assert done.stdout == f"{[str(python.path) if newest else '', f'tests/integration/test_a.py::{name}']}\n"


def test_report_names_failed_tests(tmp_path: Path) -> None:
    """Reads the report of a real run of pytest, with the IDs that conftest.py records."""
    (tmp_path / "tests").mkdir()
    (tmp_path / "conftest.py").write_text(
        "def pytest_collection_modifyitems(items):\n    for item in items:\n        item.user_properties.append(('id',"
        " item.nodeid))\n",
        encoding="utf-8",
    )
    (tmp_path / "tests" / "test_a.py").write_text(
        textwrap.dedent("""
            import pytest

            @pytest.fixture
            def broken():
                raise OSError("no such thing")

            class TestA:
                @pytest.mark.parametrize("x", ["a b", "c::d"])
                def test_fails(self, x):
                    assert x == "c::d"

            def test_error(broken): ...

            @pytest.mark.skip(reason="it rains")
            def test_skipped(): ...
        """),
        encoding="utf-8",
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-o", "junit_family=xunit1", f"--junitxml={report}", "tests"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    result = kinds.read_report(report, "units", cores.own())
    assert (result.passed, result.failed, result.skipped, result.reasons) == (1, 2, 1, ["it rains"])
    assert {failure.identifier for failure in result.failures} == {
        "tests/test_a.py::TestA::test_fails[a b]",
        "tests/test_a.py::test_error",
    }
    assert any("no such thing" in failure.text for failure in result.failures)
    assert len(kinds.identifiers(report)) == 4


def failing() -> steps.Result:
    failed = steps.FailedTest("tests/a.py::test_x", "assert 1 == 2", 'make units ARGS="tests/a.py::test_x"')
    return steps.Result("", passed=3, failed=1, note="3 tests, 1 failed", failures=[failed])


def raising(error: Exception) -> Callable[[], steps.Result]:
    def step() -> steps.Result:
        raise error

    return step


def test_summary_names_failed_steps(capsys: pytest.CaptureFixture[str]) -> None:
    run = steps.Steps()
    run.side_by_side(
        [("units", failing), ("lint", raising(Failure("mypy found something")))],
        [
            ("test-browser", raising(Skipped("there is no Chromium"))),
            ("docs", raising(ValueError("a fault of a step"))),
        ],
    )
    assert run.close("make test") == 1
    lines, _blank, summary = capsys.readouterr().out.rpartition("\n\n")
    for line in (
        "FAILED   units",
        "FAILED   lint",
        "skipped  test-browser",
        "FAILED   docs",
        "a fault of a step",
        "assert 1 == 2",
        "mypy found something",
    ):
        assert line in lines
    assert "make test: 3 passed, 3 failed, 1 skipped in " in summary
    assert "test-browser: there is no Chromium" in summary
    assert summary.endswith('To run a failed test alone:\n  make units ARGS="tests/a.py::test_x"\n')


def test_run_fails_if_every_step_is_skipped() -> None:
    run = steps.Steps()
    run.step("test-browser", raising(Skipped("there is no Chromium")))
    assert run.close("make test") == 1


def test_lanes_run_in_parallel() -> None:
    barrier = threading.Barrier(2, timeout=60)

    def meet() -> None:
        barrier.wait()

    run = steps.Steps()
    run.side_by_side([("one", meet)], [("two", meet)])
    assert run.close("lanes") == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_ends_programs_of_every_lane(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C reaches the whole group, SIGTERM only the program of make; both lanes have started a program, and start no
    other.
    """
    script = f"""
        import os, sys
        from pathlib import Path
        from tooling import running, steps
        running.LOGS = Path({str(tmp_path)!r})
        code = "import os, pathlib, time; print(os.getpid(), flush=True); time.sleep(3600)"
        def lane(name):
            started = lambda: running.checked([sys.executable, "-c", code], os.environ, log=name)
            return [("first", started), ("second", lambda: running.checked([sys.executable, "-c", "pass"], os.environ, log=name + "-second"))]
        running.stop_on_signals()
        try:
            steps.Steps().side_by_side(lane("a"), lane("b"))
        except KeyboardInterrupt:
            sys.exit(130)
    """
    env = os.environ | {"PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], env=env, start_new_session=True, stdout=subprocess.DEVNULL
    ) as process:
        children = [pid_in(tmp_path / f"{name}.log", process) for name in "ab"]
        if number is signal.SIGINT:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(timeout=60) == 130
    for child in children:
        with pytest.raises(ProcessLookupError):
            os.kill(child, 0)
    if number is signal.SIGTERM:
        # Ctrl-C may end a program before this process receives it.
        assert not list(tmp_path.glob("*-second.log"))


def pid_in(log: Path, process: subprocess.Popen[bytes]) -> int:
    """Wait until a program has written its process ID."""
    while not (log.is_file() and log.read_text(encoding="utf-8").endswith("\n")):
        assert process.poll() is None
    return int(log.read_text(encoding="utf-8"))
