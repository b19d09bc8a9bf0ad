# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAPI: system-cli, its errors, and web services that are switched off."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest
import requests
from simulator_tests.support import KEY, NEW_KEY, VAULTS, Api

from simulator import Simulator

PATH = "/servlets/netapp.servlets.admin.XMLrequest_filer"
NAMESPACE = "{http://www.netapp.com/filer/admin}"
AZURE = "security key-manager external azure"


@pytest.fixture(autouse=True)
def vault(sim: Simulator) -> str:
    """Create a configuration of svm1 with a lost wrapped key and an encrypted volume."""
    sim.control.svm("svm1", encrypted_volumes=1)
    return str(sim.control.put_record("svm1", wrapped=[])["uuid"])


def request(command: str, priv: str | None = "advanced", vfiler: str = "", each: bool = True) -> str:
    """Return a call of system-cli, with one argument for each word or one for all."""
    arguments = "".join(f"<arg>{word}</arg>" for word in (command.split() if each else [command]))
    level = f"<priv>{priv}</priv>" if priv else ""
    tunnel = f' vfiler="{vfiler}"' if vfiler else ""
    return (
        f'<netapp xmlns="{NAMESPACE[1:-1]}"'
        f' version="1.150"{tunnel}><system-cli><args>{arguments}</args>{level}</system-cli></netapp>'
    )


def send(api: Api, data: str | bytes, **more: Any) -> requests.Response:
    return api.session.post(api.sim.url + PATH, data=data, verify=api.sim.ca_path, timeout=20, **more)


def call(api: Api, data: str) -> ET.Element:
    """Send a call and return its results."""
    response = send(api, data)
    assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, "text/xml")
    results = ET.fromstring(response.content)[0]  # noqa: S314 - the simulator's own
    assert results.tag == f"{NAMESPACE}results"
    return results


def output(results: ET.Element) -> tuple[str, str]:
    """Return cli-result-value and cli-output of a call that passed."""
    assert results.attrib == {"status": "passed"}
    texts = [results.findtext(f"{NAMESPACE}{name}") for name in ("cli-result-value", "cli-output")]
    return texts[0] or "", texts[1] or ""


def errno(results: ET.Element) -> str:
    assert results.attrib["status"] == "failed"
    assert results.attrib["reason"]
    return results.attrib["errno"]


def done(sim: Simulator) -> dict[str, int]:
    return dict(sim.control.state()["svms"]["svm1"]["configuration"]["done"])


@pytest.mark.parametrize("each", [True, False])
def test_commands_do_their_work(sim: Simulator, api: Api, each: bool) -> None:
    for command in (
        f"{AZURE} restore -vserver svm1",
        f"{AZURE} rekey-internal -vserver svm1",
        f"{AZURE} rekey-external -vserver svm1 -key-id {NEW_KEY}",
    ):
        assert output(call(api, request(command, each=each))) == ("1", "")
    assert done(sim) == {"restore": 1, "rekey-internal": 1, "rekey-external": 1}
    assert sim.control.state()["svms"]["svm1"]["configuration"]["key_id"] == NEW_KEY
    entry = sim.control.log()[0]
    assert (entry["method"], entry["path"], entry["body"], entry["status"]) == (
        "POST",
        PATH,
        request(f"{AZURE} restore -vserver svm1", each=each),
        200,
    )


def test_commands_need_documented_privilege_level(sim: Simulator, api: Api) -> None:
    for priv, value in ((None, "0"), ("admin", "0"), ("advanced", "1"), ("diag", "1"), ("diagnostic", "1")):
        assert output(call(api, request(f"{AZURE} rekey-internal -vserver svm1", priv)))[0] == value
    assert output(call(api, request(f"{AZURE} restore -vserver svm1", None)))[0] == "1"
    assert done(sim) == {"rekey-internal": 3, "restore": 1}


def test_migrate_moves_keys(sim: Simulator, api: Api) -> None:
    sim.control.put_key_manager(None, "external")
    assert output(call(api, request("security key-manager key migrate -from-vserver svm1 -to-vserver simulated"))) == (
        "1",
        "",
    )
    assert sim.control.state()["svms"]["svm1"]["keys_on_admin"]


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (f"{AZURE} nonsense -vserver svm1", "not a recognized command"),
        (f"{AZURE} restore", "vserver"),
        (f"{AZURE} restore -vserver", "vserver"),
        (f"{AZURE} restore -vserver nobody", "does not exist"),
        (f"{AZURE} restore -vserver svm2", "not configured"),
        (f"{AZURE} restore -vserver svm1 -x 1", "x"),
        (f"{AZURE} rekey-external -vserver svm1 -key-id x", "Invalid key ID format"),
    ],
)
def test_failed_command_is_passed_call_by_default(sim: Simulator, api: Api, command: str, word: str) -> None:
    value, text = output(call(api, request(command)))
    assert (value, text.startswith("Error: "), word in text) == ("0", True, True)
    sim.control.knob(ontapi_failed=True)
    errno(call(api, request(command)))
    assert done(sim) == {}


def test_failed_work_returns_error_in_output(sim: Simulator, api: Api) -> None:
    sim.control.node("node2", up=False)
    value, text = output(call(api, request(f"{AZURE} restore -vserver svm1")))
    assert (value, text.startswith("Error: command failed: Failed to restore keys")) == ("0", True)
    sim.control.knob(ontapi_failed=True)
    assert errno(call(api, request(f"{AZURE} restore -vserver svm1"))) == "65537515"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("{", "13001"),
        ("<netapp/>", "13001"),
        ("<x><system-cli/></x>", "13001"),
        ("<netapp><system-cli/></netapp>", "13001"),
        ("<netapp><system-cli><args/></system-cli></netapp>", "13001"),
        ("<netapp><system-get-nonsense/></netapp>", "13005"),
        (request("version", "root"), "13001"),
        (request("'"), "13001"),
        (request(f"{AZURE} restore", vfiler="nobody"), "15661"),
    ],
)
def test_invalid_calls_fail_with_errno(api: Api, data: str, code: str) -> None:
    assert errno(call(api, data)) == code


def test_tunnel_runs_command_in_svm(sim: Simulator, api: Api) -> None:
    assert output(call(api, request(f"{AZURE} restore", vfiler="svm1")))[0] == "1"
    assert done(sim) == {"restore": 1}


def test_show_and_check_return_status(sim: Simulator, api: Api) -> None:
    value, text = output(call(api, request(f"{AZURE} show -vserver svm1 -instance", "admin")))
    assert (value, f"Key Identifier of AKV Key Encryption Key: {KEY}\n" in text) == ("1", True)
    check = request(f"{AZURE} check -vserver svm1")
    value, text = output(call(api, check))
    assert (value, text.count("Status: OK"), text.count("Status: FAILED")) == ("1", 2, 1)
    assert "KEK" in text
    sim.control.svm("svm1", wrapped=["node1", "node2"])
    assert output(call(api, check))[1].count("Status: OK") == 3
    sim.control.node("node2", ekmip=False)
    assert "embedded KMIP" in output(call(api, check))[1]


def test_login_and_role_are_checked(sim: Simulator, api: Api) -> None:
    api.session.auth = None
    assert send(api, request("version")).status_code == 401
    assert "Basic" in send(api, request("version")).headers["WWW-Authenticate"]
    assert send(api, request("version"), auth=("admin", "wrong")).status_code == 401
    pair = (str(sim.client_cert_path), str(sim.client_key_path))
    assert send(api, request("version"), cert=pair).status_code == 200
    sim.control.user("reader", "r", role="readonly")
    api.session.auth = ("reader", "r")
    assert errno(call(api, request(f"{AZURE} restore -vserver svm1"))) == "13003"
    assert done(sim) == {}


def test_fault_applies_to_ontapi(sim: Simulator, api: Api) -> None:
    sim.control.fault("drop_after", path="XMLrequest_filer")
    with pytest.raises(requests.ConnectionError):
        send(api, request(f"{AZURE} restore -vserver svm1"))
    assert done(sim) == {"restore": 1}


@pytest.mark.parametrize(("version", "status"), [("9.8.0", 200), ("9.12.1", 200), ("9.13.1", 404), ("9.19.1", 404)])
def test_ontapi_is_off_by_default_since_9_13(sim: Simulator, api: Api, version: str, status: int) -> None:
    sim.control.reset(version=version)
    response = send(api, request("version"))
    assert response.status_code == status
    assert status == 200 or response.headers["content-type"] == "text/html"
    sim.control.knob(ontapi=True)
    assert send(api, request("version")).status_code == 200
    sim.control.knob(ontapi=False)
    assert send(api, request("version")).status_code == 404
    assert api("GET", VAULTS).status_code == 200


def test_ontapi_works_without_rest(sim: Simulator, api: Api) -> None:
    sim.control.knob(rest=False)
    for path in (VAULTS, "/api/cluster", "/api/private/cli/version"):
        response = api("GET", path)
        assert (response.status_code, response.headers["content-type"]) == (404, "text/html")
    assert output(call(api, request(f"{AZURE} restore -vserver svm1")))[0] == "1"
    assert api.session.get(sim.url + PATH, verify=sim.ca_path, timeout=20).status_code == 405
