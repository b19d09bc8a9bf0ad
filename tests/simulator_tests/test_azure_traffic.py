# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults, log and connections of the simulated Azure, separate from those of the simulated ONTAP."""

from __future__ import annotations

import json
import socket
import ssl
import time

import pytest
import requests
from simulator_tests.azure_support import AzureApi
from simulator_tests.support import Api

from simulator import Simulator

SECRET = "s3cret-Value-of-the-test"


def test_log_has_client_and_kind_of_credential(azure: AzureApi, api: Api) -> None:
    side = azure.sim.azure
    side.control.application(side.client_id, secrets=[SECRET])
    api.get()
    azure.get(side.key_url())
    azure.log_in(client_secret=SECRET)
    azure.operate(side.key_url(), "wrapkey", b"plain bytes")
    azure.login(client_secret="wrong " + SECRET)
    log = side.control.log()
    assert [(entry["service"], entry["method"], entry["auth"], entry["user"], entry["status"]) for entry in log] == [
        ("vault", "GET", None, None, 401),
        ("login", "POST", "client_secret", side.client_id, 200),
        ("vault", "POST", "bearer", side.client_id, 200),
        ("login", "POST", "client_secret", side.client_id, 401),
    ]
    assert log[1]["body"] == {
        "grant_type": "client_credentials",
        "client_id": side.client_id,
        "scope": "https://localhost/.default",
    }
    assert log[2]["body"] == {"alg": "RSA-OAEP-256"}
    assert [entry["misplaced"] for entry in log] == [[], [], [], []]
    assert log[0]["host"] == side.vault_url().removeprefix("https://")
    assert [entry["path"] for entry in azure.sim.control.log()] == ["/api/security/azure-key-vaults"]


def test_log_has_no_secrets_or_tokens(azure: AzureApi) -> None:
    side = azure.sim.azure
    azure.log_in(client_secret=SECRET)
    azure.operate(side.key_url(), "wrapkey", b"plain bytes")
    azure.login(client_secret=None, client_assertion="a.b.c")
    # Secrets in wrong places.
    azure.login(Client_Secret=SECRET, client_secret=None)
    azure.send("POST", f"{side.login_url}/{side.tenant_id}/oauth2/v2.0/token", data=SECRET)
    kept = json.dumps(side.control.log())
    for hidden in (SECRET, azure.token or "no token", "a.b.c"):
        assert hidden not in kept


def test_log_marks_misplaced_credentials(azure: AzureApi) -> None:
    side = azure.sim.azure
    side.control.application(side.client_id, secrets=[SECRET])
    azure.send("POST", side.key_url() + "/wrapkey", data={"client_secret": "x"})
    azure.send("POST", side.key_url() + "/wrapkey", data=SECRET)
    azure.token = "a token"
    azure.get(side.login_url + "/")
    assert [entry["misplaced"] for entry in side.control.log()] == [["client_secret"], ["secret"], ["token"]]


def test_log_marks_credentials_accepted_by_another_service(azure: AzureApi) -> None:
    side = azure.sim.azure
    azure.log_in(client_secret=SECRET, scope="https://vault.azure.net/.default")
    azure.get(side.key_url())
    azure.get(side.key_url(), note=SECRET)
    assert [entry["misplaced"] for entry in side.control.log()] == [[], ["token"], ["secret", "token"]]
    # The query is part of the log: it is the client that put the secret there.
    assert side.control.log()[2]["query"]["note"] == SECRET


def test_faults_are_separate_from_those_of_ontap(azure: AzureApi, api: Api) -> None:
    side = azure.sim.azure
    side.control.fault("status", status=503, path="/token$", times=1)
    side.control.fault("status", status=429, path="^/keys/", retry_after=2, times=1)
    assert api("GET", "/api/cluster").status_code == 200
    assert azure.login().status_code == 503
    assert azure.login().status_code == 200
    throttled = azure.get(side.key_url())
    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "2")
    assert azure.get(side.key_url()).status_code == 401
    azure.sim.control.fault("status", times=None)
    assert azure.login().status_code == 200
    assert [entry["fault"] for entry in side.control.log()] == ["status", None, "status", None, None]


@pytest.mark.parametrize(
    ("kind", "more"), [("html", {}), ("redirect", {}), ("cut_json", {}), ("drip", {"seconds": 0.0, "chunk": 100})]
)
def test_fault_damages_response(azure: AzureApi, kind: str, more: dict[str, float]) -> None:
    side = azure.sim.azure
    azure.log_in()
    side.control.fault(kind, path="^/keys/", **more)
    response = azure.get(side.key_url())
    if kind == "drip":
        assert response.json()["key"]
    elif kind == "redirect":
        assert response.is_redirect
    else:
        with pytest.raises(requests.JSONDecodeError):
            response.json()


@pytest.mark.parametrize("kind", ["refuse", "drop_before", "drop_after", "drop_during"])
def test_fault_drops_connection(azure: AzureApi, kind: str) -> None:
    side = azure.sim.azure
    side.control.fault(kind)
    with pytest.raises(requests.RequestException):
        azure.get(side.key_url())
    assert azure.get(side.key_url()).status_code == 401


def test_connections_are_counted_and_dropped_separately(azure: AzureApi, api: Api) -> None:
    side = azure.sim.azure
    api.get()
    before = azure.sim.control.connections()
    side.control.drop_connections()
    side.control.clear_log()
    azure.log_in()
    azure.read(side.key_url())
    azure.read(side.key_url(vault="vault2"))
    counted = side.control.connections()
    assert (counted["accepted"], counted["handshakes"], counted["open"]) == (3, 3, 3)
    assert azure.sim.control.connections() == before
    assert side.control.drop_connections() == 3
    assert side.control.connections()["open"] == 0
    assert azure.sim.control.connections() == before


def test_latency_applies_to_azure() -> None:
    with Simulator(svms=["svm1"], latency=0.05) as sim, AzureApi(sim) as azure:
        begin = time.monotonic()
        azure.get(sim.azure.key_url())
        assert time.monotonic() - begin >= 0.15


@pytest.mark.parametrize(
    "name",
    [
        "vault1.vault.azure.net",
        "vault1.vault.usgovcloudapi.net",
        "vault1.vault.azure.cn",
        "hsm1.managedhsm.azure.net",
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "vault1.localhost",
    ],
)
def test_certificate_is_valid_for_public_names(azure: AzureApi, name: str) -> None:
    """A proxy can then direct these names to the simulator."""
    context = ssl.create_default_context(cafile=azure.sim.azure.ca_path)
    with (
        socket.create_connection(("127.0.0.1", azure.sim.azure.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        assert secure.version()


def test_azure_listens_on_ipv6() -> None:
    if not socket.has_ipv6:
        pytest.skip("this Python has no IPv6")
    try:
        with Simulator(svms=["svm1"], host="::1") as sim, AzureApi(sim) as azure:
            response = azure.get(sim.azure.key_url())
            assert f'authorization="https://[::1]:{sim.azure.port}/' in response.headers["WWW-Authenticate"]
            azure.log_in(scope="https://[::1]/.default")
            assert azure.get(sim.azure.key_url()).status_code == 200
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")
