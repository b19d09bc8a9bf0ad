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

#: Everything that a playbook can do with a task, as users write it.
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
    """Run ansible-playbook; the tests select where the module runs."""
    ansible.way = {}
    return ansible


pytestmark = pytest.mark.module_only


def plain(text: str) -> str:
    """Remove what differs from run to run."""
    return re.sub(r"'?/[^ ']*/playbook\.yml", "playbook.yml", _UUID.sub("UUID", text))


def printed(ansible: Ansible, folder: Path, **variables: Any) -> str:
    """Run the play above from another folder, and return its output."""
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


def test_output_is_the_same(both: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """This holds for the whole output of a play, with warnings and errors, and for the requests."""
    (tmp_path / "client.pfx").write_bytes(pfx())
    in_process = printed(both, tmp_path)
    requests = Requests(simulator.control.log()).lines
    module = printed(both, tmp_path, ontap_akv_in_process=False)
    assert in_process.splitlines() == module.splitlines()
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
        assert word in in_process, in_process


def results(ansible: Ansible, tasks: list[str], **keywords: Any) -> list[dict[str, Any]]:
    """Run tasks on a reset simulator, and return their registered results."""
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
def test_plain_module_runs_if_behavior_could_differ(
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
    """Write a program: a sudo that keeps the user, or an interpreter that Ansible does not know."""
    path.write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_invalid_switch_is_refused(both: Ansible) -> None:
    both.way = {_NO_PROCESS: "sometimes"}
    run = both.task(info()).refused()
    assert "ontap_akv_in_process: it is neither true nor false" in run.msg
    assert run.requests == []


def test_no_process_is_started(both: Ansible, simulator: Simulator) -> None:
    """This holds whether Ansible selects the interpreter, or its own one is set by path or by name."""
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


def test_configured_task_timeout_uses_plain_module(both: Ansible, simulator: Simulator) -> None:
    """ANSIBLE_TASK_TIMEOUT counts as a timeout of the task."""
    configured(simulator, "svm1")
    both.environment |= {"ANSIBLE_TASK_TIMEOUT": "3000"}
    both.task(info()).ok()
    assert "runs in a process of its own: the task has a timeout" in both.output
    assert f"{TIME_LIMIT}=" in both.output


def test_registered_results_are_the_same(both: Ansible) -> None:
    """This includes the options of the task."""
    tasks = [
        info('fields: ["**"]'),
        akv(f'svm: [svm1, svm3]{DESCRIBED}\nclient_id: other\nclient_secret: "{{{{ client_secret }}}}"'),
        rekey(f"svm: [svm1, svm4]\nkey: external\nkey_id: {OTHER_KEY}"),
        rekey("svm: svm2\nkey: internal"),
        restore('svm: "*"\nforce: true'),
        akv("svm: [svm1, svm2]\nstate: absent"),
    ]
    in_process = results(both, tasks)
    both.way = {_NO_PROCESS: False}
    module = results(both, tasks)
    assert in_process == module
    assert all("invocation" in result for result in in_process) is all("invocation" in result for result in module)


@pytest.fixture
def waiting(simulator: Simulator, both: Ansible, tmp_path: Path) -> Iterator[Playbook]:
    """Start a play that waits for the job of the first of two SVMs, in the first of two items of a loop."""
    configured(simulator, "svm1", "svm2")
    simulator.control.jobs(hold="running")
    options = f"svm: [svm1, svm2]\nkey: external\nkey_id: {OTHER_KEY}\nconcurrency: 1\ntimeout: 1\nwait_timeout: 600"
    task = f"{rekey(options)}\nloop: [1, 2]"
    with playing(simulator, both, tmp_path, task) as play:
        until(simulator, lambda log: any(entry["path"].startswith(JOBS) for entry in log))
        yield play


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_worker_ends_task(simulator: Simulator, waiting: Playbook, number: signal.Signals) -> None:
    """It names the job that continues, and starts neither the next SVM nor the next item of the loop."""
    os.kill(waiting.worker(), number)
    output = waiting.ended()
    (job,) = simulator.control.state()["jobs"]
    assert IN_PROCESS in output
    assert job["uuid"] in output
    assert "continues in the cluster" in " ".join(output.split())
    nothing_follows(simulator)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_to_play_ends_task(simulator: Simulator, waiting: Playbook, number: signal.Signals) -> None:
    """Ctrl-C in a terminal reaches the whole foreground group; AWX signals only the play."""
    if number == signal.SIGINT:
        os.killpg(waiting.process.pid, number)
    else:
        waiting.process.send_signal(number)
    waiting.ended()
    nothing_follows(simulator)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no /proc")
def test_killed_play_sends_nothing_more(simulator: Simulator, waiting: Playbook) -> None:
    """Its workers do not continue."""
    waiting.process.kill()
    waiting.process.wait()
    nothing_follows(simulator)


def test_timeout_ends_request(simulator: Simulator, both: Ansible, secrets: Secrets) -> None:
    """The option timeout ends it, as in the module."""
    simulator.control.fault("slow", method="GET", seconds=600)
    run = both.task(info("timeout: 1\nmax_retries: 0")).refused()
    assert "in time" in run.msg
    assert secrets.found_in(both.output) == []


@pytest.fixture
def broken_headers() -> Iterator[int]:
    """Start a server that repeats the Authorization header in an invalid header line, which libraries log; return its
    port.
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
        # This wakes the thread that waits.
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("in_worker", [True, False])
def test_log_of_libraries_is_discarded(both: Ansible, broken_headers: int, tmp_path: Path, in_worker: bool) -> None:
    """Ansible's log would contain it unmasked."""
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


def test_plain_module_runs_if_library_is_broken(both: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The plain module runs, and succeeds with another Python."""
    configured(simulator, "svm1")
    damaged = tmp_path / "lib" / "requests"
    damaged.mkdir(parents=True)
    (damaged / "__init__.py").write_text("raise AttributeError('partially initialized')", encoding="utf-8")
    both.environment["PYTHONPATH"] = str(damaged.parent)
    python = script(tmp_path / "python", f'unset PYTHONPATH; exec {sys.executable} "$@"')
    in_process, other = both.tasks(
        [info(), yaml.safe_dump({**yaml.safe_load(info()), "vars": {"ansible_python_interpreter": python}})],
        traceback=True,
    )
    assert in_process.failed
    assert other.ok().result["num_records"] == 1
    assert "what it needs in Ansible's own process cannot be imported (AttributeError" in both.output


def test_secret_equal_to_status_word_keeps_status(both: Ansible, simulator: Simulator) -> None:
    """Masking it does not change the status."""
    configured(simulator, "svm1")
    tasks = [
        akv(f'svm: svm1\nclient_secret: "{word}"\nupdate_credentials: on_create') for word in ("False", "True", "None")
    ]
    in_process = both.tasks(tasks)
    both.way = {_NO_PROCESS: False}
    for run, module in zip(in_process, both.tasks(tasks), strict=True):
        assert (run.status, run.result["changed"]) == (module.status, module.result["changed"]) == ("ok", False)


def test_switch_without_value_uses_default(both: Ansible, simulator: Simulator) -> None:
    both.way = {_NO_PROCESS: None}
    assert both.task(info()).ok().requests.lines == ["GET"]
    assert IN_PROCESS in both.output


def test_options_that_are_not_json_are_refused(both: Ansible, simulator: Simulator) -> None:
    """Ansible reports the same error as for every module."""
    task = "ontap.akv.akv_info:\n  svm: !!binary aGVsbG8="
    in_process = both.task(task)
    both.way = {_NO_PROCESS: False}
    module = both.task(task)
    assert (in_process.status, in_process.result.get("msg")) == (module.status, module.result.get("msg"))
