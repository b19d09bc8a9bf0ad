# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access to the simulated ONTAP: basic authentication, client certificates, roles, lockout, valid and invalid TLS."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from simulator_tests.support import NEW_KEY, VAULTS, Api, body

from simulator import ControlError, Simulator


def get(sim: Simulator, **arguments: object) -> requests.Response:
    """Send a GET request, with no settings from the environment."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(f"{sim.url}/api/cluster", timeout=10, **({"verify": sim.ca_path} | arguments))  # type: ignore[arg-type]


def basic(text: bytes) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text).decode()}"}


def test_request_without_valid_login_is_refused(sim: Simulator) -> None:
    response = get(sim)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "6")
    assert "Basic" in response.headers["WWW-Authenticate"]
    for headers in (
        basic(b"admin:wrong"),
        basic(b"nobody:x"),
        basic(b"admin"),
        basic(b"\xff:x"),
        {"Authorization": "Basic ?"},
    ):
        assert get(sim, headers=headers).status_code == 401
    assert get(sim, headers={"Authorization": "Bearer x"}).status_code == 401
    assert [entry["auth"] for entry in sim.control.log()] == [None, "basic", "basic", "basic", "basic", "basic", None]


def test_non_ascii_login_is_decoded_as_utf8(sim: Simulator) -> None:
    sim.control.user("jürgen", "pässwörd:%")
    assert get(sim, headers=basic("jürgen:pässwörd:%".encode())).status_code == 200
    assert get(sim, headers=basic("jürgen:pässwörd:%".encode("latin-1"))).status_code == 401
    assert sim.control.log()[0]["user"] == "jürgen"


def test_client_certificate_logs_in(sim: Simulator) -> None:
    pair = (sim.client_cert_path, sim.client_key_path)
    assert get(sim, cert=pair).status_code == 200
    entry = sim.control.log()[0]
    assert (entry["auth"], entry["user"]) == ("certificate", "admin")


def test_client_certificate_of_unknown_ca_is_refused(sim: Simulator, tmp_path: Path) -> None:
    pair = tmp_path / "pair.pem"
    trustme.CA().issue_cert("x.example.com", common_name="admin").private_key_and_cert_chain_pem.write_to_path(pair)
    with pytest.raises(requests.ConnectionError):
        get(sim, cert=str(pair))
    assert sim.control.connections() == {"accepted": 1, "handshakes": 0, "refused": 0, "open": 0}


def test_readonly_role_cannot_write_and_failed_logins_lock_user(sim: Simulator, api: Api) -> None:
    sim.control.user("reader", "r", role="readonly")
    api.session.auth = ("reader", "r")
    assert api.get()["num_records"] == 0
    response = api("POST", VAULTS, body())
    assert (response.status_code, response.json()["error"]["code"]) == (403, "6")
    sim.control.knob(lockout_after=2)
    for _try in range(2):
        assert get(sim, headers=basic(b"admin:wrong")).status_code == 401
    api.session.auth = (sim.username, sim.password)
    assert api("GET", VAULTS).status_code == 401


def test_privileges_of_rest_role_apply_by_path(sim: Simulator, api: Api) -> None:
    """The longest matching path counts, and a path matches whole segments only."""
    uuid = api.create()
    privileges = {
        "/api/security": "none",
        VAULTS: "read_create",
        f"{VAULTS}/{uuid}/restore": "readonly",
        "/api/cluster/jobs": "readonly",
    }
    sim.control.user("limited", "l", privileges=privileges)
    api.session.auth = ("limited", "l")
    assert api.get()["num_records"] == 1
    assert api("POST", f"{VAULTS}/{uuid}/rekey-external", {"key_id": NEW_KEY}).status_code == 202
    for method, path in (
        ("PATCH", f"{VAULTS}/{uuid}"),
        ("DELETE", f"{VAULTS}/{uuid}"),
        ("POST", f"{VAULTS}/{uuid}/restore"),
    ):
        assert api(method, path).status_code == 403
    for path in ("/api/cluster", "/api/svm/svms", "/api/security/key-managers", "/api/security/azure-key-vaultsx"):
        response = api("GET", path)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "6")
    assert api("GET", "/api/cluster/jobs").status_code == 200


def test_access_level_unknown_to_release_is_rejected(sim: Simulator) -> None:
    with pytest.raises(ControlError, match="there is no access level write"):
        sim.control.user("limited", "l", privileges={VAULTS: "write"})
    sim.control.reset(version="9.10.1")
    with pytest.raises(ControlError, match="there is no access level read_modify"):
        sim.control.user("limited", "l", privileges={VAULTS: "read_modify"})


def test_connection_is_kept_alive(sim: Simulator, api: Api) -> None:
    for _number in range(3):
        api.get()
    counted = sim.control.connections()
    assert (counted["accepted"], counted["handshakes"], counted["refused"]) == (1, 1, 0)
    assert len({entry["connection"] for entry in sim.control.log()}) == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("config", [{"wrong_host_cert": True}, {"expired_cert": True}, {"tls_maximum": "1.1"}])
def test_client_rejects_invalid_tls(config: dict[str, Any]) -> None:
    with Simulator(**config) as simulator:
        with pytest.raises(requests.exceptions.SSLError):
            get(simulator)
        assert simulator.control.connections()["handshakes"] == 0
        assert simulator.control.log() == []


def test_plain_http_and_ipv6_are_supported() -> None:
    with Simulator(tls=False) as simulator:
        assert simulator.ca_path is None
        assert get(simulator, verify=True).status_code == 401
    with Simulator(host="::1") as simulator:
        assert simulator.url == f"https://[::1]:{simulator.port}"
        assert get(simulator).status_code == 401
