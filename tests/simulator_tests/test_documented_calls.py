# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of the documentation, sent unchanged."""

from __future__ import annotations

import argparse
import shlex

import pytest
import requests
from simulator_tests.documented_calls import CONFIGURATION, CURRENT, MEANT, MISTYPED, SEED, STORE, SVM, Call
from simulator_tests.support import KEY, Api, pkcs12_base64

from simulator import Simulator
from simulator.tables import values

CERTIFICATE = pkcs12_base64()
#: What curl sends with -d if the caller sets no header.
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HEADERS = {"User-Agent": "curl/8.0", "Accept": "*/*"}


def prepare(sim: Simulator, version: str, needed: str) -> None:
    """Prepare the state that a call needs, with the UUIDs of the documentation."""
    encrypted = 0 if needed == "empty configuration" else 1
    sim.control.reset(
        version=version, svms=[{"name": "vs0", "uuid": SVM, "volumes": 1, "encrypted_volumes": encrypted}]
    )
    if needed != "svm":
        sim.control.put_record("vs0", uuid=CONFIGURATION, key_id=f"{KEY}/1")
    if needed == "store":
        sim.control.put_record("vs0", uuid=STORE, configuration="other", enabled=False)


def curl(sim: Simulator, api: Api, line: str) -> requests.Response:
    """Send what curl sends for a command line, except for the login."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("url")
    found = parser.parse_args(shlex.split(line.replace("CERTIFICATE", CERTIFICATE))[1:])
    headers = HEADERS | (FORM if found.data else {}) | dict(header.split(": ", 1) for header in found.headers)
    url = found.url.replace("https://<mgmt-ip>", sim.url)
    api.session.headers.clear()
    return api.session.request(
        found.method, url, data=found.data, headers=headers, verify=sim.ca_path or True, timeout=20
    )


def missing(response: requests.Response, fields: str) -> list[str]:
    content = response.json() if response.content else {}
    return [name for name in fields.split() if not values(content, name.split("."))]


@pytest.mark.parametrize("call", SEED, ids=lambda call: " ".join(shlex.split(call[1])[2:4]))
def test_call_of_reference_returns_documented_fields(sim: Simulator, api: Api, call: Call) -> None:
    needed, line, status, fields = call
    prepare(sim, "9.11.1", needed)
    response = curl(sim, api, line)
    assert (response.status_code, missing(response, fields)) == (status, []), response.text


@pytest.mark.parametrize("version", ["9.15.1", "9.19.1"])
@pytest.mark.parametrize("call", CURRENT, ids=lambda call: " ".join(shlex.split(call[1])[2:4]))
def test_call_of_newest_pages_returns_documented_fields(sim: Simulator, api: Api, call: Call, version: str) -> None:
    needed, line, status, fields = call
    prepare(sim, version, needed)
    if MISTYPED in line:
        refused = curl(sim, api, line)
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "65537553")
        line = line.replace(MISTYPED, MEANT)
    response = curl(sim, api, line)
    assert (response.status_code, missing(response, fields)) == (status, []), response.text
