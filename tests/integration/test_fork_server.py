# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A forked run equals a fresh process in configuration, environment, output, return code and files."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.tests.integration.support import programs
from ansible_collections.ontap.akv.tests.integration.support.ansible import LONGEST_RUN, Ansible

RUNS = {"forked": programs.run_forked, "fresh": programs.run_fresh}
#: What differs between any two runs: process IDs, times, names of temporary files.
_CHANGING = re.compile(
    r"ansible-(?:local|tmp)-[\w.-]+|tmp\w{8}|\b\d+\.\d{3,}(?:-\d+)*\b|0:00:\d\d\.\d+|\d{4}-\d\d-\d\d"
    r" \d\d:\d\d:\d\d\.\d+|\bpid \d+"
)
#: The playbook prints everything that a process inherits.
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - name: Show what the process knows
      ansible.builtin.debug:
        msg:
          - "{{ lookup('ansible.builtin.env', 'GREETING') }}"
          - "{{ lookup('ansible.builtin.pipe', 'pwd; umask; ulimit -n; date +%H; env | sort | grep -v ^_=') }}"
          - "{{ lookup('ansible.builtin.config', 'DEFAULT_FORKS', 'DEFAULT_STDOUT_CALLBACK', 'ANSIBLE_NOCOLOR', 'DEFAULT_TIMEOUT') }}"
          - "{{ ansible_config_file }} {{ ansible_version.full }} {{ ansible_playbook_python }} {{ playbook_dir }}"
    - name: Run a module in a process of its own
      ansible.builtin.command: cat /proc/self/stat
      changed_when: false
      register: started
    - name: Show its standard streams
      ansible.builtin.command: sh -c 'cat; readlink /proc/self/fd/0'
      changed_when: false
    - name: Fail
      ansible.builtin.fail:
        msg: as it should
"""
#: Variables that decide how the play above is printed.
_OTHERS = {"ANSIBLE_FORKS": "7", "ANSIBLE_FORCE_COLOR": "true", "ANSIBLE_NOCOLOR": "", "TZ": "Asia/Tokyo"}
#: A callback plugin that blocks the start of a play.
_HANGING = """
import os
from ansible.plugins.callback import CallbackBase

class CallbackModule(CallbackBase):
    CALLBACK_NAME = "hang"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook):
        with open("{identifier}", "w") as file:
            file.write(str(os.getpid()))
        open("{pipe}").read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "playbook.yml").write_text(PLAYBOOK, encoding="utf-8")
    (tmp_path / "ansible.cfg").write_text("[defaults]\nforks = 3\ntimeout = 17\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def environment(ansible: Ansible, folder: Path) -> dict[str, str]:
    return {**ansible.job_environment(folder), "GREETING": "grüß dich", "ANSIBLE_LOCAL_TEMP": str(folder / "local")}


def outcome(done: subprocess.CompletedProcess[str]) -> tuple[int, list[str], list[str]]:
    """Return the outcome of a run without what differs between any two runs."""
    output, errors = (_CHANGING.sub("", text) for text in (done.stdout, done.stderr))
    return (
        done.returncode,
        [line for line in output.splitlines() if '"stdout' not in line and '"cmd"' not in line],
        errors.splitlines(),
    )


def both(
    name: str, arguments: Sequence[str], env: Mapping[str, str], cwd: Path
) -> list[subprocess.CompletedProcess[str]]:
    return [run(name, arguments, env, cwd, timeout=LONGEST_RUN) for run in RUNS.values()]


@pytest.mark.module_only
@pytest.mark.parametrize(
    "settings",
    [{}, {"ANSIBLE_FORKS": "7", "ANSIBLE_FORCE_COLOR": "true", "ANSIBLE_NOCOLOR": "", "TZ": "Asia/Tokyo"}],
    ids=["file", "environment"],
)
def test_play_runs_as_in_fresh_process(environment: dict[str, str], folder: Path, settings: dict[str, str]) -> None:
    """With the second parameter, the same server has already run a play with other settings."""
    forked, fresh = both("ansible-playbook", ["-v", "playbook.yml"], environment | settings, folder)
    assert outcome(forked) == outcome(fresh)
    assert forked.returncode == 2
    assert "grüß dich" in forked.stdout
    assert ("\x1b[" in forked.stdout) is ("ANSIBLE_FORCE_COLOR" in settings)


@pytest.mark.module_only
@pytest.mark.parametrize(
    "settings",
    [{}, {"ANSIBLE_FORKS": "7", "ANSIBLE_STRATEGY": "free", "ANSIBLE_ROLES_PATH": "/r"}],
    ids=["file", "environment"],
)
def test_configuration_is_that_of_fresh_process(
    environment: dict[str, str], folder: Path, settings: dict[str, str]
) -> None:
    """Compares every setting of ansible-core and its origin."""
    forked, fresh = both("ansible-config", ["dump"], environment | settings, folder)
    assert outcome(forked) == outcome(fresh)
    assert (
        f"DEFAULT_FORKS(env: ANSIBLE_FORKS) = {settings['ANSIBLE_FORKS']}" in forked.stdout
        if settings
        else "ansible.cfg) = 3" in forked.stdout
    )


@pytest.mark.module_only
@pytest.mark.parametrize(
    "arguments",
    [["gone.yml"], ["--no-such-option"], ["--version"], ["-i", "gone", "playbook.yml", "--list-tasks"]],
    ids=" ".join,
)
def test_other_outcomes_are_those_of_fresh_process(
    environment: dict[str, str], folder: Path, arguments: list[str]
) -> None:
    forked, fresh = both("ansible-playbook", arguments, environment, folder)
    assert outcome(forked) == outcome(fresh)


@pytest.mark.module_only
def test_temporary_files_are_removed(environment: dict[str, str], folder: Path) -> None:
    """Each process creates and removes its own folder for temporary files."""
    for _time in range(2):
        programs.run_forked("ansible-playbook", ["playbook.yml"], environment, folder, timeout=LONGEST_RUN)
    assert list((folder / "local").iterdir()) == []


@pytest.mark.module_only
def test_concurrent_runs_are_separate(environment: dict[str, str], folder: Path) -> None:
    """Each run gets its own output."""
    found: dict[str, str] = {}

    def play(name: str) -> None:
        found[name] = programs.run_forked(
            "ansible-playbook", ["playbook.yml"], environment | {"GREETING": name}, folder, timeout=LONGEST_RUN
        ).stdout

    threads = [threading.Thread(target=play, args=(name,)) for name in ("first", "second", "third")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all([name for name in found if f'"{name}"' in output] == [own] for own, output in found.items())


@pytest.mark.module_only
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_run_is_killed_at_timeout(
    environment: dict[str, str], folder: Path, run: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    """The play waits for a named pipe without a writer, and leaves its process ID."""
    os.mkfifo(folder / "pipe")
    (folder / "callbacks").mkdir()
    (folder / "callbacks" / "hang.py").write_text(
        _HANGING.format(identifier=folder / "id", pipe=folder / "pipe"), encoding="utf-8"
    )
    settings = {"ANSIBLE_CALLBACK_PLUGINS": str(folder / "callbacks"), "ANSIBLE_CALLBACKS_ENABLED": "hang"}
    for seconds in (3, 30, 300):
        with pytest.raises(subprocess.TimeoutExpired):
            run("ansible-playbook", ["playbook.yml"], environment | settings, folder, timeout=seconds)
        if (folder / "id").is_file():
            break
    identifier = int((folder / "id").read_text(encoding="utf-8"))
    with pytest.raises(ProcessLookupError):
        os.kill(identifier, signal.SIGKILL)


def test_preload_imports_nothing_that_depends_on_configuration() -> None:
    code = """
        import sys
        from fork_server import preload
        before = set(sys.modules)
        preload()
        print([name for name in sys.modules if name == "ansible.constants" or name.startswith("ansible_collections")], len(sys.modules) > len(before) + 200)
    """
    folder = Path(programs.__file__).parent
    # The folder must not be on the path: its secrets.py would hide Python's.
    loaded = (
        "import importlib.util, sys\nspec = importlib.util.spec_from_file_location('fork_server',"
        f" {str(folder / 'fork_server.py')!r})\n"
    )
    loaded += (
        "sys.modules['fork_server'] ="
        " importlib.util.module_from_spec(spec)\nspec.loader.exec_module(sys.modules['fork_server'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", loaded + textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[] True\n"
