# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In Ansible's own process and in a separate one, users see the same output and playbooks get the same result."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import TIME_LIMIT
from ansible_collections.ontap.akv.tests.integration.support.ansible import IN_PROCESS, LONGEST_RUN, Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import pfx
from ansible_collections.ontap.akv.tests.integration.support.log import Requests, until
from ansible_collections.ontap.akv.tests.integration.support.playing import Playbook, nothing_follows, playing
from ansible_collections.ontap.akv.tests.integration.support.programs import program
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import (
    DESCRIBED,
    KEY,
    OTHER_KEY,
    akv,
    configured,
    info,
    rekey,
    restore,
)
from simulator import Simulator

JOBS = "/api/cluster/jobs/"
_NO_PROCESS = "ontap_akv_in_process"
_CONNECTIONS = Path(__file__).parent / "connections"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

#: Everything that a playbook can do with a task, in the forms that users write.
PLAY = """
- hosts: [one, two]
  gather_facts: false
  module_defaults: {group/ontap.akv.akv: {max_retries: 1}}
  vars: {wished: {svm: svm1}, secret: "{{ client_secret }}", template: "{{ '{{ 1 + 1 }}' }}"}
  handlers:
    - {name: told, ansible.builtin.debug: {msg: "told"}}
  tasks:
    - {name: defaults that the module does not know, ontap.akv.akv_info: {}, ignore_errors: true, module_defaults: {ontap.akv.akv_info: {wait: false}}}
    - block:
        - {name: read, ontap.akv.akv_info: {svm: ["svm*", "none*"]}, register: read, run_once: true, vars: {x: 1}}
        - {name: shown, ansible.builtin.debug: {var: read}}
        - {name: created, ontap.akv.azure_key_vault: {svm: [svm1, svm2], name: "VAULT", client_id: c, tenant_id: t, key_id: "KEY",
           concurrency: 1, client_secret: "{{ secret }}"}, register: created, notify: told, run_once: true}
        - {name: shown, ansible.builtin.debug: {var: created}}
        - {name: the same, ontap.akv.azure_key_vault: {svm: [svm1, svm2], name: "VAULT", client_secret: "{{ secret }}"}, register: same}
        - {name: shown, ansible.builtin.debug: {var: same}}
        - {name: in check mode, ontap.akv.azure_key_vault: {svm: svm1, client_id: d, client_secret: "{{ secret }}", proxy_username: "{{ template }}"},
           check_mode: true, diff: true}
        - {name: a diff, ontap.akv.azure_key_vault: {svm: svm1, client_id: d, client_secret: "{{ secret }}"}, diff: true, run_once: true}
        - {name: hidden, ontap.akv.azure_key_vault: {svm: svm1, client_id: e, client_secret: "{{ secret }}"}, no_log: true, run_once: true, register: hidden}
        - {name: shown, ansible.builtin.debug: {msg: "{{ hidden.results }}"}}
        - {name: a loop, ontap.akv.akv_info: {svm: "{{ item }}"}, loop: [svm1, svm2, "a|b"], register: loop, ignore_errors: true}
        - {name: shown, ansible.builtin.debug: {var: loop}}
        - {name: until, ontap.akv.akv_info: {}, register: tried, until: tried.attempts == 2, retries: 3, delay: 0}
        - {name: no failure, ontap.akv.akv_info: {svm: "a|b"}, register: not_failed, failed_when: false}
        - {name: shown, ansible.builtin.debug: {var: not_failed}}
        - {name: a failure, ontap.akv.akv_info: {}, register: failing, failed_when: failing.num_records == 2, changed_when: true, ignore_errors: true}
        - {name: options that exclude each other, ontap.akv.azure_key_vault: {svm: a, client_secret: "{{ secret }}", client_certificate: "{{ secret }}"},
           ignore_errors: true}
        - {name: a wrong type, ontap.akv.akv_rekey: {svm: a, key: internal, wait_timeout: soon}, ignore_errors: true}
        - {name: an alias, ontap.akv.akv_info: {vserver: svm1, svm: svm2}}
        - {name: nothing given, ontap.akv.akv_rekey: , ignore_errors: true}
        - {name: delegated, ontap.akv.akv_restore: {svm: "svm*"}, delegate_to: localhost, run_once: true}
        - {name: not run, ontap.akv.akv_restore: {svm: "svm*"}, when: false}
        - {name: a file, ontap.akv.azure_key_vault: {svm: svm1, client_certificate_path: client.pfx, update_credentials: always}, run_once: true}
        - {name: no such file, ontap.akv.azure_key_vault: {svm: svm1, client_certificate_path: other.pfx}, run_once: true}
      rescue:
        - {name: what failed, ansible.builtin.debug: {var: ansible_failed_result}}
    - {name: the end, ontap.akv.akv_restore: {svm: [svm1, nobody]}}
"""


@pytest.fixture
def both(ansible: Ansible) -> Ansible:
    """Runs ansible-playbook; the tests here choose the way themselves."""
    ansible.way = {}
    return ansible


pytestmark = pytest.mark.module_only


def plain(text: str) -> str:
    """Output without what differs from run to run."""
    return re.sub(r"'?/[^ ']*/playbook\.yml", "playbook.yml", _UUID.sub("UUID", text))


def printed(ansible: Ansible, folder: Path, **variables: Any) -> str:
    """Runs the play above from another folder than its own; returns what a person sees of it."""
    playbook, inventory = folder / "playbook.yml", folder / "inventory.yml"
    playbook.write_text(PLAY.replace("VAULT", KEY.partition("keys/")[0]).replace("KEY", KEY), encoding="utf-8")
    host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(yaml.safe_dump({"all": {"vars": host, "hosts": {"one": {}, "two": {}}}}), encoding="utf-8")
    extra = folder / "variables.yml"
    extra.write_text(yaml.safe_dump({**ansible.variables, **variables}), encoding="utf-8")
    ansible.simulator.control.reset()
    done = subprocess.run(
        [program("ansible-playbook"), "-v", "--forks", "1", "-i", inventory, "-e", f"@{extra}", playbook],
        env={**ansible.job_environment(folder), **ansible.environment},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=LONGEST_RUN,
        check=False,
    )
    assert ansible.secrets.found_in(done.stdout + done.stderr) == []
    return plain(done.stdout + done.stderr)


def test_a_person_sees_no_difference(both: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The whole output of a play, with warnings and errors, and the requests."""
    (tmp_path / "client.pfx").write_bytes(pfx())
    mine = printed(both, tmp_path)
    requests = Requests(simulator.control.log()).lines
    module = printed(both, tmp_path, ontap_akv_in_process=False)
    assert mine.splitlines() == module.splitlines()
    assert sorted(requests) == sorted(Requests(simulator.control.log()).lines)
    for word in (
        "no Azure key vault configuration",
        "what failed",
        "other.pfx",
        "Unsupported parameters",
        "is not accepted",
        "censored",
        "[WARNING]",
        "+    ",
    ):
        assert word in mine, mine


def results(ansible: Ansible, tasks: list[str], **keywords: Any) -> list[dict[str, Any]]:
    """Runs tasks on a simulator as new; returns all that they registered."""
    ansible.simulator.control.reset()
    configured(ansible.simulator, "svm1", "svm2")
    return [yaml.safe_load(plain(yaml.safe_dump(run.result))) for run in ansible.tasks(tasks, **keywords)]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"become": True, "become_user": "root"}, "become"),
        ({"async": 60, "poll": 1}, "async"),
        ({"timeout": 3000}, "the task has a timeout"),
        ({"environment": {"LANG": "C.UTF-8"}}, "the task has an environment"),
        ({"vars": {_NO_PROCESS: False}}, "ontap_akv_in_process is false"),
        ({"vars": {_NO_PROCESS: "{{ 'no' }}"}}, "ontap_akv_in_process is false"),
        ({"vars": {"ansible_connection": "elsewhere"}}, "the connection is elsewhere"),
        ({"vars": {"ansible_python_interpreter": "{{ other_python }}"}}, "another interpreter is requested ("),
    ],
)
def test_the_module_runs_where_the_two_could_differ(
    both: Ansible, simulator: Simulator, tmp_path: Path, more: dict[str, Any], reason: str
) -> None:
    configured(simulator, "svm1")
    sudo = script(
        tmp_path / "sudo", 'while [ $# -gt 0 ]; do case "$1" in /bin/sh|sh) break;; esac; shift; done\nexec "$@"'
    )
    both.variables["other_python"] = script(tmp_path / "python", f'exec {sys.executable} "$@"')
    both.environment |= {
        "ANSIBLE_CONNECTION_PLUGINS": str(_CONNECTIONS),
        "ANSIBLE_BECOME_EXE": sudo,
        "ANSIBLE_ASYNC_DIR": str(tmp_path / "async"),
    }
    (run,) = both.tasks([yaml.safe_dump({**yaml.safe_load(info()), **more})])
    assert run.ok().result["num_records"] == 1
    assert f"ontap.akv.akv_info runs in a process of its own: {reason}" in both.output
    assert IN_PROCESS not in both.output
    limits = [float(limit) for limit in re.findall(rf"{TIME_LIMIT}=([0-9.]+)", both.output)]
    assert bool(limits) is ("async" in more or "timeout" in more)
    assert all(0 < limit <= more.get("async", more.get("timeout")) for limit in limits)


def script(path: Path, lines: str) -> str:
    """Writes a program: a sudo that becomes who is there already, or an interpreter that Ansible cannot know."""
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_a_switch_that_is_none(both: Ansible) -> None:
    both.way = {_NO_PROCESS: "sometimes"}
    run = both.task(info()).refused()
    assert "ontap_akv_in_process: it is neither true nor false" in run.msg
    assert run.requests == []


def test_no_process_is_started(both: Ansible, simulator: Simulator) -> None:
    """Whether Ansible chooses the interpreter or its own one is named, by path or by name."""
    configured(simulator, "svm1")
    tasks = [
        yaml.safe_dump({**yaml.safe_load(info()), "vars": {"ansible_python_interpreter": python}})
        for python in ("auto", "python3", sys.executable)
    ]
    for run in both.tasks(tasks):
        assert run.ok().result["num_records"] == 1
    assert both.output.count(IN_PROCESS) == 3
    assert "EXEC" not in both.output
    both.output = ""
    both.way = {_NO_PROCESS: False}
    both.task(info()).ok()
    assert "EXEC" in both.output


def test_a_timeout_of_the_configuration(both: Ansible, simulator: Simulator) -> None:
    """ANSIBLE_TASK_TIMEOUT is one of the task, too."""
    configured(simulator, "svm1")
    both.environment |= {"ANSIBLE_TASK_TIMEOUT": "3000"}
    both.task(info()).ok()
    assert "runs in a process of its own: the task has a timeout" in both.output
    assert f"{TIME_LIMIT}=" in both.output


def test_what_is_registered_is_the_same(both: Ansible) -> None:
    """Value for value, with the options that the task was run with."""
    tasks = [
        info('fields: ["**"]'),
        akv(f'svm: [svm1, svm3]{DESCRIBED}\nclient_id: other\nclient_secret: "{{{{ client_secret }}}}"'),
        rekey(f"svm: [svm1, svm4]\nkey: external\nkey_id: {OTHER_KEY}"),
        rekey("svm: svm2\nkey: internal"),
        restore('svm: "*"\nforce: true'),
        akv("svm: [svm1, svm2]\nstate: absent"),
    ]
    mine = results(both, tasks)
    both.way = {_NO_PROCESS: False}
    module = results(both, tasks)
    assert mine == module
    assert all("invocation" in result for result in mine) is all("invocation" in result for result in module)


@pytest.fixture
def waiting(simulator: Simulator, both: Ansible, tmp_path: Path) -> Iterator[Playbook]:
    """A play that waits for the job of the first of two SVMs, in the first of two items of a loop."""
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(hold="running")
    options = f"svm: [svm1, svm2]\nkey: external\nkey_id: {OTHER_KEY}\nconcurrency: 1\ntimeout: 1\nwait_timeout: 600"
    task = f"{rekey(options)}\nloop: [1, 2]"
    with playing(simulator, both, tmp_path, task) as play:
        until(simulator, lambda log: any(entry["path"].startswith(JOBS) for entry in log))
        yield play


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_told_to_end(simulator: Simulator, waiting: Playbook, number: signal.Signals) -> None:
    """The job that continues is named; neither the next SVM nor the next item of the loop is started."""
    os.kill(waiting.worker(), number)
    output = waiting.ended()
    (job,) = simulator.control.state()["jobs"]
    assert IN_PROCESS in output
    assert job["uuid"] in output
    assert "continues in the cluster" in " ".join(output.split())
    nothing_follows(simulator)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_play_that_is_told_to_end(simulator: Simulator, waiting: Playbook, number: signal.Signals) -> None:
    """As Ctrl-C in a terminal does it, to all of the foreground, and as AWX does it."""
    if number == signal.SIGINT:
        os.killpg(waiting.process.pid, number)
    else:
        waiting.process.send_signal(number)
    waiting.ended()
    nothing_follows(simulator)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_a_play_that_is_killed(simulator: Simulator, waiting: Playbook) -> None:
    """Its workers do not continue on their own."""
    waiting.process.kill()
    waiting.process.wait()
    nothing_follows(simulator)


def test_a_request_that_hangs(simulator: Simulator, both: Ansible, secrets: Secrets) -> None:
    """It ends with the option timeout, as in the module."""
    simulator.control.fault("slow", method="GET", seconds=600)
    run = both.task(info("timeout: 1\nmax_retries: 0")).refused()
    assert "in time" in run.msg
    assert secrets.found_in(both.output) == []


@pytest.fixture
def broken_headers() -> Iterator[int]:
    """The port of a server that repeats the Authorization header in a line that is no header; libraries log such
    lines.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listener.accept()
                    with connection:
                        asked = connection.recv(65536)
                        login = next(line for line in asked.split(b"\r\n") if line.startswith(b"Authorization"))
                        body = b'{"records": [], "num_records": 0}'
                        connection.sendall(
                            b"HTTP/1.1 200 OK\r\nX: 1\r\nbroken line "
                            + login
                            + b"\r\nContent-Length: %d\r\n\r\n" % len(body)
                            + body
                        )

        threading.Thread(target=serve, daemon=True).start()
        yield int(listener.getsockname()[1])
        # It wakes who waits there.
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("in_worker", [True, False])
def test_what_libraries_log_is_thrown_away(both: Ansible, broken_headers: int, tmp_path: Path, in_worker: bool) -> None:
    """It would stand in Ansible's log, unmasked."""
    password = both.secrets.mark("password of the header", "0123456789abcdefABCDEF")
    both.environment |= {"ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log")}
    both.way = {_NO_PROCESS: in_worker}
    both.task(
        info(
            f"hostname: 127.0.0.1\nhttps: false\nhttp_port: {broken_headers}\nusername: u\npassword:"
            f" {password}\nmax_retries: 0"
        )
    )
    log = (tmp_path / "ansible.log").read_text(encoding="utf-8")
    assert (IN_PROCESS in log) is in_worker
    assert "headers" not in log.partition("akv_info")[2].replace("azure_key_vaults", "")
    assert both.secrets.found_in(log) == []


def test_a_damaged_library_ends_no_play(both: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The plain module runs, and with a Python of its own it works."""
    configured(simulator, "svm1")
    damaged = tmp_path / "lib" / "requests"
    damaged.mkdir(parents=True)
    (damaged / "__init__.py").write_text("raise AttributeError('partially initialized')", encoding="utf-8")
    both.environment["PYTHONPATH"] = str(damaged.parent)
    python = script(tmp_path / "python", f'unset PYTHONPATH; exec {sys.executable} "$@"')
    mine, other = both.tasks(
        [info(), yaml.safe_dump({**yaml.safe_load(info()), "vars": {"ansible_python_interpreter": python}})],
        traceback=True,
    )
    assert mine.failed
    assert other.ok().result["num_records"] == 1
    assert "what it needs in Ansible's own process cannot be imported (AttributeError" in both.output


def test_a_secret_that_reads_as_a_status(both: Ansible, simulator: Simulator) -> None:
    """It hides none: what was not changed is not reported as changed."""
    configured(simulator, "svm1")
    tasks = [
        akv(f'svm: svm1\nclient_secret: "{word}"\nupdate_credentials: on_create') for word in ("False", "True", "None")
    ]
    mine = both.tasks(tasks)
    both.way = {_NO_PROCESS: False}
    for run, module in zip(mine, both.tasks(tasks), strict=True):
        assert (run.status, run.result["changed"]) == (module.status, module.result["changed"]) == ("ok", False)


def test_a_switch_without_a_value(both: Ansible, simulator: Simulator) -> None:
    both.way = {_NO_PROCESS: None}
    assert both.task(info()).ok().requests.lines == ["GET"]
    assert IN_PROCESS in both.output


def test_options_that_are_no_json(both: Ansible, simulator: Simulator) -> None:
    """Ansible says so, as for every module."""
    task = "ontap.akv.akv_info:\n  svm: !!binary aGVsbG8="
    mine = both.task(task)
    both.way = {_NO_PROCESS: False}
    module = both.task(task)
    assert (mine.status, mine.result.get("msg")) == (module.status, module.result.get("msg"))
