# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Azure starts and stops with the simulated ONTAP."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from simulator_tests.azure_support import AzureApi, printed_playbook

from simulator import Simulator


def test_login_and_vaults_have_separate_ports(azure: AzureApi) -> None:
    side = azure.sim.azure
    urls = [side.login_url, side.vault_url(), side.vault_url("vault2"), azure.sim.url]
    assert len({urlsplit(url).port for url in urls}) == 4
    assert azure.get(side.key_url("key1")).status_code == 401
    assert azure.get(side.login_url + "/keys/key1").status_code == 404


def test_azure_uses_https_even_if_ontap_uses_http() -> None:
    with Simulator(svms=["svm1"], tls=False) as sim, AzureApi(sim) as azure:
        assert azure.get(sim.azure.key_url()).status_code == 401


def test_ports_are_closed_on_exit() -> None:
    with Simulator(svms=["svm1"]) as sim:
        ports = [sim.azure.port, urlsplit(sim.azure.vault_url()).port]
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port or 0), timeout=5)


def test_reset_keeps_addresses_and_forgets_setup(azure: AzureApi) -> None:
    side = azure.sim.azure
    url = side.key_url()
    side.control.application(side.client_id, secrets=["right"])
    azure.sim.control.reset()
    assert side.key_url() == url
    assert azure.read(url)["key"]["kid"].startswith(url + "/")
    assert side.control.state()["applications"] == {}


def test_printed_playbook_has_valid_values(tmp_path: Path) -> None:
    """`python -m simulator`: the values printed for akv_azure_info log in and read the key."""
    with printed_playbook(tmp_path) as plays, requests.Session() as session:
        about = json.loads((tmp_path / "simulator.json").read_text())
        tasks = plays[0]["tasks"]
        vault, task = (
            next(task[name] for task in tasks if name in task)
            for name in ("ontap.akv.azure_key_vault", "ontap.akv.akv_azure_info")
        )
        for name in ("key_id", "client_id", "tenant_id", "client_secret"):
            assert vault[name] == task[name]
        form = {"grant_type": "client_credentials", "scope": "https://localhost/.default"} | {
            name: task[name] for name in ("client_id", "client_secret")
        }
        session.trust_env = False
        token_url = f"https://{task['oauth_host']}/{task['tenant_id']}/oauth2/v2.0/token"
        token = session.post(token_url, data=form, verify=task["azure_ca_path"], timeout=20).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        key = session.get(
            task["key_id"], params={"api-version": "7.4"}, headers=headers, verify=about["azure_ca_path"], timeout=20
        ).json()
        assert key["key"]["kid"].startswith(about["azure_key_id"] + "/")
