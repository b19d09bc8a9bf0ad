# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of a role with akv_verify_azure by ansible-playbook, while Azure is disturbed or the run is stopped."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos.azure.schedule import SECRET, Truth
from chaos.schedule import Fault
from simulator import Simulator
from tooling import environment
from tooling.paths import link_tree

ROLES = ("configure", "rotate_credentials", "rotate_key")
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
#: Faults after which the verification cannot succeed, and some that a retry overcomes. None of them takes long.
_FAULTS = (
    *(
        Fault("html", times=None),
        Fault("html", times=None, path="/token$"),
        Fault("cut_json", path="/wrapkey$"),
        Fault("cut_json", path="/token$"),
    ),
    *(
        Fault("redirect", path="^/keys/key1$", nth=2),
        Fault("redirect", path="/token$"),
        Fault("drop_before", path="/unwrapkey$", times=None),
    ),
    *(
        Fault("status", path="/decrypt$", arguments={"status": 403, "body": "html"}),
        Fault("status", nth=3, arguments={"status": 204, "body": "empty"}),
    ),
    *(
        Fault("wrong_shape", path="/unwrapkey$", arguments={"body": {"value": 5}}),
        Fault("wrong_shape", path="/token$", arguments={"body": {}}),
    ),
    *(
        Fault("status", nth=2, arguments={"status": 503, "body": "html"}),
        Fault("drop_after", nth=4),
        Fault("refuse", times=None),
    ),
)
#: Seconds. A response that is held back for the whole run, and what any run may take.
_HELD, _LONGEST = 60, 120


@dataclass(frozen=True)
class RoleSchedule:
    """All settings of one run. stop: the signal that ends it at the nth request to Azure, None for none."""

    seed: int
    role: str
    truth: Truth
    fault: Fault | None
    stop: signal.Signals | None
    nth: int
    check_mode: bool


def role_schedule(seed: int) -> RoleSchedule:
    """Return the schedule of a seed; consecutive seeds use the roles in turn, and one in three runs is stopped."""
    rng = random.Random(f"role {seed}")  # noqa: S311 - it must be repeatable, not secret
    stopped = seed // len(ROLES) % 3 == 0
    login = rng.choice(("right", "right", "right", "right", "expired", "wrong"))
    key = rng.choice(("good", "good", "good", "good", "disabled", "expired"))
    fault = rng.choice((*_FAULTS, None)) if not stopped else None
    stop = rng.choice(_STOPS) if stopped else None
    return RoleSchedule(
        seed,
        ROLES[seed % len(ROLES)],
        Truth(login, key),
        fault,
        stop,
        rng.randint(1, 2),
        not stopped and rng.random() < 0.15,
    )


@dataclass(frozen=True)
class RoleRun:
    """What happened. status: of ansible-playbook. writes: methods and paths of the requests to ONTAP that change
    something. asked: how many Azure got.
    """

    schedule: RoleSchedule
    status: int
    output: str
    writes: list[str]
    asked: int
    hit: bool


def play_role(sim: Simulator, schedule: RoleSchedule) -> RoleRun:
    """Run the role of a schedule and return what happened."""
    sim.control.reset()
    schedule.truth.prepare(sim.azure)
    control, fault = sim.azure.control, schedule.fault
    variables = _variables(sim, schedule.role)
    if fault is not None:
        control.fault(fault.kind, path=fault.path, nth=fault.nth, times=fault.times, **fault.arguments)
    if schedule.stop is not None:
        control.fault("slow", nth=schedule.nth, times=None, seconds=_HELD)
    sim.control.clear_log()
    control.clear_log()
    with tempfile.TemporaryDirectory(prefix="akv-") as folder:
        status, output = _run(sim, schedule, Path(folder), variables)
    log = sim.control.log()
    writes = [f"{entry['method']} {entry['path']}" for entry in log if entry["method"] != "GET"]
    asked = control.log()
    hit = any(entry["fault"] for entry in asked) or control.connections()["refused"] > 0
    return RoleRun(schedule, status, output, writes, len(asked), hit)


def _variables(sim: Simulator, role: str) -> dict[str, Any]:
    """Prepare the cluster for a role and return its variables."""
    side = sim.azure
    azure = {
        "akv_verify_azure": True,
        "akv_azure_oauth_host": side.login_host,
        "akv_azure_ca_path": side.ca_path,
        "akv_retries": 1,
        "akv_delay": 0,
    }
    described = {"name": side.vault_url(), "client_id": side.client_id, "tenant_id": side.tenant_id}
    if role == "configure":
        common = {**described, "key_id": side.key_url()}
        return {
            **azure,
            "akv_configurations": [{"svm": "svm1"}, {"svm": "svm2"}],
            "akv_common": common,
            "akv_client_secret": SECRET,
        }
    side.control.key("key2")
    before = "key1" if role == "rotate_credentials" else "key2"
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm, **described, key_id=side.key_url(before), client_secret=SECRET)
        sim.control.svm(svm, volumes=1, encrypted_volumes=1)
    if role == "rotate_credentials":
        return {**azure, "akv_client_id": side.client_id, "akv_client_secret": SECRET, "akv_svm": "*"}
    return {**azure, "akv_key": "external", "akv_key_id": side.key_url(), "akv_svm": "*", "akv_client_secret": SECRET}


def _run(sim: Simulator, schedule: RoleSchedule, folder: Path, variables: dict[str, Any]) -> tuple[int, str]:
    link_tree()
    cluster = {"akv_hostname": sim.hostname, "akv_http_port": sim.port}
    files = {
        "inventory.yml": {"all": {"hosts": {"cluster1": cluster}}},
        "variables.yml": {"akv_hosts": "all", **variables},
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    (folder / "ansible.cfg").touch()
    login = {
        "ONTAP_USERNAME": sim.username,
        "ONTAP_PASSWORD": sim.password,
        "ONTAP_CA_PATH": str(sim.ca_path),
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
    }
    command = [
        sys.executable,
        "-m",
        "ansible.cli.playbook",
        "-vvv",
        "-i",
        "inventory.yml",
        "-e",
        "@variables.yml",
        f"ontap.akv.{schedule.role}",
    ]
    output = folder / "output"
    with output.open("w", encoding="utf-8") as printed:
        process = subprocess.Popen(
            [*command, *(["--check"] if schedule.check_mode else [])],
            env={**environment.for_ansible(Path(sys.executable)), **login},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stopper = threading.Thread(target=_stop, args=(sim, schedule, process), daemon=True)
        stopper.start()
        try:
            status = process.wait(_LONGEST)
        finally:
            process.kill()
        stopper.join()
    _settle(sim, folder)
    return status, output.read_text(encoding="utf-8")


def _stop(sim: Simulator, schedule: RoleSchedule, process: subprocess.Popen[bytes]) -> None:
    """Send the signal of a schedule once Azure has the request that is held back."""
    while schedule.stop is not None and process.poll() is None:
        if len(sim.azure.control.log()) >= schedule.nth:
            # As a terminal does it, Ctrl-C ends every process of the run.
            (os.killpg if schedule.stop is signal.SIGINT else os.kill)(process.pid, schedule.stop)
            return
        time.sleep(0.02)


def _settle(sim: Simulator, folder: Path) -> None:
    """Wait until every process of the run has ended: a worker outlives ansible-playbook for a moment if that is
    killed.
    """
    sim.azure.control.clear_faults()
    deadline = time.monotonic() + _LONGEST
    while _is_running(folder) and time.monotonic() < deadline:
        sim.azure.control.drop_connections()
        time.sleep(0.05)


def _is_running(folder: Path) -> bool:
    """Whether a process has the folder of the run in its environment."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if os.fsencode(folder) in path.read_bytes():
                return True
    return False


def judge_role(run: RoleRun, usable: bool | None) -> list[str]:
    """Return what is wrong with a run. usable: what akv_azure_info returns of the same credential and key without
    faults.
    """
    schedule, wrong = run.schedule, []
    may_write = usable is True and schedule.stop is None and not schedule.check_mode
    if run.writes and not may_write:
        wrong.append(f"usable is {usable}, and this was sent to ONTAP: {run.writes}")
    if run.writes and run.status != 0:
        wrong.append(f"it failed ({run.status}), and this was sent to ONTAP: {run.writes}")
    if (run.status == 0) and (usable is not True or schedule.stop is not None):
        wrong.append(f"it succeeded with usable {usable}")
    if run.status == 0 and may_write and not run.writes:
        wrong.append("it succeeded, and nothing was sent to ONTAP")
    if not run.hit and schedule.stop is None and (run.status == 0) is not (usable is True):
        wrong.append(f"without a fault it ended with {run.status}, usable is {usable}")
    if not run.asked and not (schedule.fault and schedule.fault.kind == "refuse"):
        wrong.append("Azure was not asked")
    if SECRET in run.output or SECRET[len(SECRET) // 2 :] in run.output:
        wrong.append("the secret is in the output")
    if "Traceback (most recent call last)" in run.output:
        wrong.append(f"a traceback: {run.output[-2000:]}")
    return wrong
