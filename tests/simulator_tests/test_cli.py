# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The passthrough of REST to the CLI: /api/private/cli."""

from __future__ import annotations

import time
from typing import Any

import pytest
from simulator_tests.support import JOBS, KEY, NEW_KEY, VAULTS, Api

from simulator import Simulator

CLI = "/api/private/cli/security/key-manager"
AZURE = f"{CLI}/external/azure"
ADVANCED = {"privilege_level": "advanced"}


@pytest.fixture(autouse=True)
def vault(sim: Simulator) -> str:
    """Create a configuration of svm1 on the oldest release, with a lost wrapped key and an encrypted volume."""
    sim.control.reset(version="9.8.0")
    sim.control.svm("svm1", encrypted_volumes=1)
    return str(sim.control.put_record("svm1", wrapped=[])["uuid"])


def configuration(sim: Simulator) -> dict[str, Any]:
    return dict(sim.control.state()["svms"]["svm1"]["configuration"])


@pytest.mark.parametrize("version", ["9.8.0", "9.19.1"])
def test_commands_do_their_work(sim: Simulator, api: Api, version: str) -> None:
    sim.control.reset(version=version)
    sim.control.svm("svm1", encrypted_volumes=1)
    sim.control.put_record("svm1", wrapped=[])
    for name, more in (
        ("restore", {}),
        ("rekey-internal", {}),
        ("rekey-external", {"key-id": NEW_KEY}),
        ("rekey-external", {"key_id": KEY}),
    ):
        response = api("POST", f"{AZURE}/{name}", {"vserver": "svm1", **more}, **ADVANCED)
        assert (response.status_code, response.json()) == (200, {}), name
    found = configuration(sim)
    assert (found["wrapped"], found["key_id"]) == (["node1", "node2"], KEY)
    assert found["done"] == {"restore": 1, "rekey-internal": 1, "rekey-external": 2}


def test_commands_need_documented_privilege_level(sim: Simulator, api: Api) -> None:
    """As in the command reference: restore needs admin, the others advanced; the level is in the query or in
    the body.
    """
    body = {"vserver": "svm1"}
    assert api("POST", f"{AZURE}/restore", body).status_code == 200
    response = api("POST", f"{AZURE}/rekey-internal", body)
    assert (response.status_code, response.json()["error"]["code"], response.json()["error"]["message"]) == (
        404,
        "3",
        "API not found",
    )
    assert api.code("POST", f"{AZURE}/rekey-internal", body, privilege_level="admin") == "3"
    assert api("POST", f"{AZURE}/rekey-internal", body, privilege_level="diagnostic").status_code == 200
    assert api("POST", f"{AZURE}/rekey-internal", {**body, "privilege_level": "advanced"}).status_code == 200
    assert api.code("POST", f"{AZURE}/rekey-internal", body, privilege_level="root") == "262197"
    assert configuration(sim)["done"] == {"restore": 1, "rekey-internal": 2}


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        (f"{AZURE}/nonsense", {"vserver": "svm1"}, "3"),
        (f"{AZURE}/show", {"vserver": "svm1"}, "3"),
        ("/api/private/cli/", {}, "3"),
        (f"{AZURE}/restore", {}, "262212"),
        (f"{AZURE}/restore", {"vserver": ""}, "262212"),
        (f"{AZURE}/restore", {"vserver": 1}, "262197"),
        (f"{AZURE}/restore", {"vserver": "svm1", "x": "1"}, "262179"),
        (f"{AZURE}/restore", {"vserver": "nobody"}, "2621462"),
        (f"{AZURE}/restore", {"vserver": "svm2"}, "65537120"),
        (f"{AZURE}/restore", {"vserver": "simulated"}, "65537120"),
        (f"{AZURE}/rekey-external", {"vserver": "svm1"}, "262212"),
        (f"{AZURE}/rekey-external", {"vserver": "svm1", "key-id": "x"}, "65537523"),
        (f"{CLI}/migrate", {"from-vserver": "svm1"}, "262212"),
        (f"{CLI}/migrate", {"from-vserver": "nobody", "to-vserver": "svm1"}, "2621462"),
        (f"{CLI}/migrate", {"from-vserver": "svm1", "to-vserver": "svm2"}, "4"),
        (f"{CLI}/migrate", {"from-vserver": "svm1", "to-vserver": "svm1"}, "2"),
    ],
)
def test_invalid_commands_are_refused(sim: Simulator, api: Api, path: str, body: dict[str, Any], code: str) -> None:
    assert api.code("POST", path, body, **ADVANCED) == code
    assert configuration(sim)["done"] == {}


def test_other_methods_and_query_parameters_are_refused(api: Api) -> None:
    assert api("GET", f"{AZURE}/restore").status_code == 405
    assert api.code("POST", f"{AZURE}/restore", {"vserver": "svm1"}, vserver="svm1") == "262179"
    assert api.code("POST", f"{AZURE}/restore", {"vserver": "svm1"}, return_timeout=121) == "262197"


def test_command_returns_after_its_work(sim: Simulator, api: Api) -> None:
    sim.control.jobs(seconds=0.5)
    begin = time.monotonic()
    assert api("POST", f"{AZURE}/restore", {"vserver": "svm1"}).status_code == 200
    assert time.monotonic() - begin >= 0.5
    sim.control.node("node2", up=False)
    assert api.code("POST", f"{AZURE}/restore", {"vserver": "svm1"}) == "65537515"
    sim.control.condition("rekey-internal", "65537559", times=1)
    assert api.code("POST", f"{AZURE}/rekey-internal", {"vserver": "svm1"}, **ADVANCED) == "65537559"
    assert [job["description"] for job in sim.control.jobs()][:1] == ["security key-manager external azure restore"]


@pytest.mark.parametrize("command", ["migrate", "key/migrate"])
def test_migrate_moves_keys_in_both_directions(sim: Simulator, api: Api, vault: str, command: str) -> None:
    sim.control.put_key_manager()
    there = {"from-vserver": "svm1", "to-vserver": "simulated"}
    back = {"from_vserver": "simulated", "to_vserver": "svm1"}
    assert api("POST", f"{CLI}/{command}", there, **ADVANCED).status_code == 200
    assert sim.control.state()["svms"]["svm1"]["keys_on_admin"]
    assert api.code("POST", f"{CLI}/{command}", there, **ADVANCED) == "65537559"
    assert api("POST", f"{CLI}/{command}", back, **ADVANCED).status_code == 200
    assert not sim.control.state()["svms"]["svm1"]["keys_on_admin"]
    assert api.code("DELETE", f"{VAULTS}/{vault}") == "65536867"
    assert configuration(sim)["done"] == {"migrate": 2}


def test_readonly_user_cannot_run_command(sim: Simulator, api: Api) -> None:
    sim.control.user("reader", "r", role="readonly")
    api.session.auth = ("reader", "r")
    assert api.code("POST", f"{AZURE}/restore", {"vserver": "svm1"}) == "6"


def shown(api: Api, path: str = AZURE, **query: Any) -> list[dict[str, Any]]:
    """Return the records of a GET request."""
    answer = api.get(path, **query)
    assert set(answer) == {"records", "num_records"}
    return list(answer["records"])


def test_show_returns_fields_of_matching_records(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm2", client_id="client2", proxy_port=8080)
    sim.control.put_record(None, client_id="client3")
    assert [record["vserver"] for record in shown(api)] == ["svm1", "svm2", "simulated"]
    assert shown(api, vserver="svm1") == [{"vserver": "svm1"}]
    assert shown(api, fields="client-id,key_id,state", vserver="svm1") == [
        {"vserver": "svm1", "client_id": "client1", "key_id": KEY, "state": "not_responding"}
    ]
    assert [record["vserver"] for record in shown(api, **{"client-id": "client2|client3"})] == ["svm2", "simulated"]
    assert shown(api, proxy_port=">80", fields="proxy-port") == [{"vserver": "svm2", "proxy_port": 8080}]
    assert [record["vserver"] for record in shown(api, order_by="client_id desc", max_records=5)] == [
        "simulated",
        "svm2",
        "svm1",
    ]
    assert api.get(AZURE, return_records="false") == {"num_records": 3}


def test_show_returns_pages(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm2")
    first = api.get(AZURE, max_records=1, fields="client-id")
    assert api.get(first["_links"]["next"]["href"])["records"] == [{"vserver": "svm2", "client_id": "client1"}]


def test_show_has_configuration_name_since_9_14(sim: Simulator, api: Api) -> None:
    assert api.code("GET", AZURE, fields="config-name") == "262197"
    sim.control.reset(version="9.14.1")
    sim.control.put_record("svm1")
    sim.control.put_record("svm1", configuration="second", enabled=False)
    found = shown(api, fields="enabled")
    assert [(record["config_name"], record["enabled"]) for record in found] == [("default", True), ("second", False)]
    assert shown(api, **{"config-name": "second"}) == [{"vserver": "svm1", "config_name": "second"}]


def test_check_returns_status_by_node_and_category(sim: Simulator, api: Api) -> None:
    path = f"{AZURE}/check"
    assert api.code("GET", path) == "3"
    found = shown(api, path, fields="status,detail", node="node1", **ADVANCED)
    assert [(record["category"], record["status"]) for record in found] == [
        ("service_reachability", "ok"),
        ("ekmip_server", "ok"),
        ("kms_wrapped_key_status", "failed"),
    ]
    assert "KEK" in found[2]["detail"]
    assert len(shown(api, path, **ADVANCED)) == 6


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"fields": "*"}, "262220"),
        ({"fields": "**"}, "262220"),
        ({"fields": "client-id,*"}, "262220"),
        ({"fields": "nonsense"}, "262197"),
        ({"nonsense": "1"}, "262179"),
        ({"privilege_level": "root"}, "262197"),
    ],
)
def test_invalid_show_is_refused(api: Api, query: dict[str, str], code: str) -> None:
    assert api.code("GET", AZURE, **query) == code


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (AZURE, "GET, HEAD, OPTIONS"),
        (f"{AZURE}/check", "GET, HEAD, OPTIONS"),
        (f"{AZURE}/restore", "OPTIONS, POST"),
        (f"{CLI}/key/migrate", "OPTIONS, POST"),
    ],
)
def test_options_returns_allowed_methods(api: Api, path: str, methods: str) -> None:
    assert api("OPTIONS", path).headers["Allow"] == methods
    assert api("DELETE", path).status_code == 405
    assert api("OPTIONS", f"{path}/nonsense").status_code == 404


def test_show_in_tunnel_returns_records_of_svm(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm2")
    api.headers = {"X-Dot-SVM-Name": "svm2"}
    assert shown(api) == [{"vserver": "svm2"}]


def test_command_without_job_ignores_return_timeout(sim: Simulator, api: Api) -> None:
    """A command without a job of its own ends with its work."""
    sim.control.jobs(seconds=0.2)
    assert api("POST", f"{AZURE}/restore", {"vserver": "svm1"}, return_timeout=0).json() == {}
    assert configuration(sim)["done"] == {"restore": 1}


def test_command_can_return_job_and_cli_output(sim: Simulator, api: Api) -> None:
    sim.control.knob(cli_jobs=True)
    sim.control.jobs(hold="running")
    response = api("POST", f"{AZURE}/restore", {"vserver": "svm1"})
    assert (response.status_code, set(response.json())) == (202, {"job", "cli_output"})
    assert response.json()["cli_output"] == "[Job 1] Job is queued: security key-manager external azure restore.\n"
    assert api.get(f"{JOBS}/{response.json()['job']['uuid']}")["state"] == "running"
    sim.control.jobs(hold=None)
    response = api("POST", f"{AZURE}/restore", {"vserver": "svm1"}, return_timeout=5)
    assert (response.status_code, response.json()["cli_output"]) == (200, "[Job 2] Job succeeded: Successful\n")
    sim.control.node("node2", up=False)
    response = api("POST", f"{AZURE}/restore", {"vserver": "svm1"}, return_timeout=5)
    assert (response.status_code, response.json()["error"]["code"]) == (500, "65537515")
