# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control interface and the process: reset, seeds, the log, starting, stopping."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests
from simulator_tests.support import KEY, VAULTS, Api, body

from simulator import Control, ControlError, Simulator

TESTS = Path(__file__).parents[1]


def test_log_describes_request(sim: Simulator, api: Api) -> None:
    api("POST", VAULTS, body(), return_records="true")
    entry = sim.control.log()[0]
    assert entry.pop("at") == pytest.approx(time.time(), abs=5)
    assert entry.pop("connection") > 0
    assert entry.pop("user_agent").startswith("python-requests/")
    assert entry == {
        "number": 1,
        "method": "POST",
        "path": VAULTS,
        "query": {"return_records": "true"},
        "raw_path": f"{VAULTS}?return_records=true",
        "body": body(),
        "status": 201,
        "accept": "application/json",
        "auth": "basic",
        "user": "admin",
        "fault": None,
    }
    sim.control.clear_log()
    assert sim.control.log() == []


def test_reset_discards_state_and_sets_new_one(sim: Simulator, api: Api) -> None:
    api.create()
    sim.control.knob(page_size=1)
    sim.control.fault("status")
    sim.control.azure(reachable=False)
    sim.control.reset(version="9.14.1", svms=[{"name": "other", "encrypted_volumes": 5}])
    state = sim.control.state()
    assert (state["version"], list(state["svms"]), state["svms"]["other"]["volumes"]) == ("9.14.1", ["other"], 5)
    assert (state["knobs"]["page_size"], state["faults"], state["azure"]["reachable"]) == (None, [], True)
    assert sim.control.log() == []
    sim.control.reset({"svms": ["svm9"]})
    assert list(sim.control.state()["svms"]) == ["svm9"]
    with pytest.raises(ControlError):
        sim.control.reset(nonsense=1)


def test_request_from_before_reset_has_no_effect(sim: Simulator, api: Api) -> None:
    sim.control.fault("slow", seconds=0.3)
    with pytest.raises(requests.Timeout):
        api.session.post(sim.url + VAULTS, json=body(), verify=sim.ca_path, timeout=(5, 0.1))
    sim.control.reset()
    sim.control.knob(latency=0.3)
    assert api.get()["num_records"] == 0


def test_put_record_and_seed_create_configurations(sim: Simulator, api: Api) -> None:
    record = sim.control.put_record("svm1", key_id=f"{KEY}/1", client_secret="s")
    assert (record["client_secret"], record["wrapped"]) == ("s", ["node1", "node2"])
    assert sim.control.put_record("svm1")["uuid"] != record["uuid"]
    names = sim.control.seed(2, prefix="vs", svm={"encrypted_volumes": 3}, tenant_id="t9")
    assert names == ["vs00001", "vs00002"]
    assert sim.control.state()["svms"]["vs00002"]["encrypted_volumes"] == 3
    assert api.get(tenant_id="t9")["num_records"] == 2


def test_invalid_control_commands_are_rejected(sim: Simulator) -> None:
    control = sim.control
    for command, arguments in (
        ("nonsense", {}),
        ("svm", {"name": "nobody"}),
        ("svm", {"name": "svm1", "nonsense": 1}),
        ("add_svm", {"name": "svm1"}),
        ("put_record", {"svm": "svm1", "nonsense": 1}),
        ("put_record", {"svm": "svm1", "client_certificate": "x"}),
        ("node", {"name": "node9"}),
        ("reboot", {"node": "node9"}),
        ("azure", {"nonsense": 1}),
        ("knob", {"nonsense": 1}),
        ("jobs", {"hold": "nonsense"}),
        ("condition", {"operation": "nonsense", "code": "1"}),
        ("user", {"name": "x", "role": "nonsense"}),
    ):
        with pytest.raises(ControlError):
            control.call(command, **arguments)


def test_control_is_served_on_port_of_api(sim: Simulator) -> None:
    assert sim.ca_path is not None
    control = Control(sim.url, sim.ca_path)
    assert control.state()["version"] == "9.11.1"
    assert sim.control.log() == []
    control.close()


def test_advancing_clock_changes_date_header(sim: Simulator, api: Api) -> None:
    before = api("GET", VAULTS).headers["Date"]
    sim.control.advance(86400)
    assert api("GET", VAULTS).headers["Date"][:16] != before[:16]


def test_release_determines_fields_and_calls(sim: Simulator, api: Api) -> None:
    sim.control.reset(version="9.8")
    uuid = sim.control.put_record("svm1", key_id=f"{KEY}/1")["uuid"]
    path = f"{VAULTS}/{uuid}"
    assert "authentication_method" not in api.get(path)
    assert api("PATCH", path, {"key_id": f"{KEY}2"}).status_code == 200
    assert api.code("PATCH", path, {"client_id": "x"}) == "262196"
    assert api.code("PATCH", path, {"client_certificate": "x"}) == "262179"
    assert api.code("POST", f"{path}/restore") == "3"
    sim.control.reset(version="9.10.1")
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    assert api("POST", f"{path}/restore", return_timeout=5).status_code == 200
    assert api.code("POST", f"{path}/rekey-external", {"key_id": KEY}) == "3"
    sim.control.reset(version="9.14.1")
    path = f"{VAULTS}/{sim.control.put_record('svm1', key_id=f'{KEY}/1')['uuid']}"
    assert api.get(path)["key_id"] == f"{KEY}/1"
    assert api.get(path, fields="state")["state"]["code"] == "0"


def test_two_simulators_in_one_process_are_independent() -> None:
    with (
        Simulator(svms=["a"]) as one,
        Simulator(svms=["b"], version="9.14.1") as two,
        Api(one) as first,
        Api(two) as second,
    ):
        assert one.port != two.port
        first.create("a")
        assert second.get()["num_records"] == 0
        assert two.control.log()[0]["number"] == 1
        one.stop()
        assert second.get("/api/cluster")["version"]["major"] == 14


def test_concurrent_creations_succeed(sim: Simulator) -> None:
    for number in range(20):
        sim.control.add_svm(f"p{number}")
    failures: list[str] = []

    def create(start: int) -> None:
        with Api(sim) as api:
            for number in range(start, 20, 10):
                response = api("POST", VAULTS, body(f"p{number}"))
                failures.extend([] if response.status_code == 201 else [response.text])

    threads = [threading.Thread(target=create, args=(start,)) for start in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sim.control.connections()["accepted"] == 10


def test_failed_start_leaves_no_threads(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        simulator = Simulator(port=taken.getsockname()[1])
        before = threading.active_count()
        with pytest.raises(OSError, match="in use"):
            simulator.start()
        assert threading.active_count() == before
    with pytest.raises(ValueError, match="no ONTAP release"):
        Simulator(version="nine")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="exists"):
        Simulator(directory=tmp_path / "file").start()


def test_stopping_does_not_wait_for_clients() -> None:
    simulator = Simulator(svms=["svm1"], job_seconds=60).start()
    uuid = simulator.control.put_record("svm1")["uuid"]
    control = simulator.control
    failed = threading.Event()

    def wait_long() -> None:
        with Api(simulator) as api:
            try:
                api("POST", f"{VAULTS}/{uuid}/restore", return_timeout=60)
            except requests.ConnectionError:
                failed.set()

    client = threading.Thread(target=wait_long)
    client.start()
    while not control.jobs():
        pass
    begin = time.monotonic()
    simulator.stop()
    assert time.monotonic() - begin < 20
    assert failed.wait(5)
    client.join()
    simulator.stop()


class Process:
    """`python -m simulator` in a separate process."""

    def __init__(self, directory: Path, *arguments: str) -> None:
        self.file = directory / "simulator.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "simulator", "--directory", str(directory), *arguments],
            env=os.environ | {"PYTHONPATH": str(TESTS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def about(self) -> dict[str, object]:
        """Return the content of the file as soon as it exists."""
        limit = time.monotonic() + 20
        while time.monotonic() < limit and self.process.poll() is None:
            if self.file.exists():
                return dict(json.loads(self.file.read_text()))
        raise AssertionError(self.process.communicate())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_process_starts_as_configured_and_ends_on_signal(tmp_path: Path, number: signal.Signals) -> None:
    process = Process(tmp_path, "--svm", "only", "--ontap-version", "9.12.1", "--seed", "2", "--latency", "1.5")
    try:
        about = process.about()
        assert about["pid"] == process.process.pid
        control = Control(str(about["control_url"]))
        state = control.state()
        assert state["knobs"]["latency"] == 0.0015
        configured = {name: svm["configuration"] is not None for name, svm in state["svms"].items()}
        assert configured == {"only": False, "seed00001": True, "seed00002": True}
        assert state["svms"]["seed00002"]["encrypted_volumes"] == 1
        control.close()
        process.process.send_signal(number)
        out, err = process.process.communicate(timeout=10)
    finally:
        process.process.kill()
    assert (process.process.returncode, err) == (0, "")
    assert str(about["url"]) in out
    assert "ONTAP_CA_PATH" in out
    assert not process.file.exists()


def test_process_says_why_it_does_not_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = Process(tmp_path, "--port", str(taken.getsockname()[1])).process
        _out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert err.startswith("The simulator did not start: ")
    assert "Traceback" not in err


def test_process_ends_with_its_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--directory", str(tmp_path), "--end-with-parent"]
    script = f"import subprocess; subprocess.Popen({command!r}, stdout=subprocess.DEVNULL); input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(TESTS)}, stdin=subprocess.PIPE
    )
    file = tmp_path / "simulator.json"
    limit = time.monotonic() + 20
    while not file.exists() and time.monotonic() < limit:
        pass
    parent.kill()
    parent.communicate()
    while file.exists() and time.monotonic() < limit:
        pass
    assert not file.exists()
