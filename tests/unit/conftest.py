# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the unit tests: the scripted wire, its clock, and modules that run on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock
from ansible_collections.ontap.akv.tests.unit.support.records import CONNECTION
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

# Other tests import the controller, which refuses text that a module in its own process accepts.
os.environ["ANSIBLE_MODULE_STRICT_UTF8_RESPONSE"] = "false"

HOST_VARIABLES = (
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
)
ONTAP_VARIABLES = (
    "HOSTNAME",
    "USERNAME",
    "PASSWORD",
    "CERT_FILEPATH",
    "KEY_FILEPATH",
    "HTTP_PORT",
    "VALIDATE_CERTS",
    "CA_PATH",
)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the connection settings of the host's environment."""
    for name in HOST_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ONTAP_VARIABLES:
        monkeypatch.delenv(f"ONTAP_{name}", raising=False)


@pytest.fixture
def clock() -> RecordedClock:
    """A clock that never waits."""
    return RecordedClock()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bundle of one certificate authority: loading all those of the host takes longer than most tests."""
    return pair("authority", authority=True).pem(tmp_path_factory.mktemp("bundle"), "authority")[0]


@pytest.fixture
def wire(clock: RecordedClock, bundle: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """A scripted wire. A test fails if it leaves responses of the script unused."""
    wire = Wire(clock)

    def send(
        adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any
    ) -> requests.Response:
        return wire.send(adapter, request, **kwargs)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    yield wire
    wire.done()


@pytest.fixture
def client(wire: Wire) -> Client:
    """A client on the scripted wire with the default options."""
    return Client(Transport(CONNECTION, clock=wire.clock.clock))


@pytest.fixture
def play(wire: Wire, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Play:
    """A runner of modules on the scripted wire."""
    return Play(wire.clock, monkeypatch, capsys)
