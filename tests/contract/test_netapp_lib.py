# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NetApp's library for ONTAPI runs commands of the CLI on the simulator."""

from __future__ import annotations

from typing import Any

import pytest
from netapp_lib.api.zapi import zapi

from simulator import Simulator

AZURE = ("security", "key-manager", "external", "azure")


def server(simulator: Simulator, password: str | None = None) -> Any:
    """Return a connection of the library."""
    connection = zapi.NaServer(simulator.hostname, username=simulator.username, password=password or simulator.password)
    connection.set_transport_type("HTTPS")
    connection.set_port(simulator.port)
    connection.set_api_version(1, 150)
    return connection


def call(*words: str, priv: str = "advanced") -> Any:
    """Return a call of system-cli."""
    arguments = zapi.NaElement("args")
    for word in words:
        arguments.add_new_child("arg", word)
    element = zapi.NaElement("system-cli")
    element.add_child_elem(arguments)
    element.add_new_child("priv", priv)
    return element


@pytest.fixture(autouse=True)
def configured(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn ONTAPI on, configure svm1, and let the library trust the simulator: Python's TLS reads the CA from here."""
    monkeypatch.setenv("SSL_CERT_FILE", str(simulator.ca_path))
    simulator.control.knob(ontapi=True)
    simulator.control.put_record("svm1", wrapped=[])


def done(simulator: Simulator) -> dict[str, int]:
    return dict(simulator.control.state()["svms"]["svm1"]["configuration"]["done"])


def test_commands_do_their_work(simulator: Simulator) -> None:
    connection = server(simulator)
    for words in (
        ("restore",),
        ("rekey-internal",),
        ("rekey-external", "-key-id", "https://vault1.vault.azure.net/keys/key2"),
    ):
        result = connection.invoke_successfully(call(*AZURE, *words, "-vserver", "svm1"))
        assert (result.get_child_content("cli-result-value"), result.get_child_content("cli-output")) == ("1", None)
    assert done(simulator) == {"restore": 1, "rekey-internal": 1, "rekey-external": 1}


def test_failed_command_returns_error_in_output(simulator: Simulator) -> None:
    result = server(simulator).invoke_successfully(call(*AZURE, "restore", "-vserver", "svm2"))
    assert result.get_child_content("cli-result-value") == "0"
    assert result.get_child_content("cli-output").startswith("Error: command failed: ")


def test_tunneled_call_applies_to_its_svm(simulator: Simulator) -> None:
    connection = server(simulator)
    connection.set_vserver("svm1")
    assert connection.invoke_successfully(call(*AZURE, "restore"), True).get_child_content("cli-result-value") == "1"
    assert done(simulator) == {"restore": 1}


@pytest.mark.parametrize(
    ("element", "code"), [(zapi.NaElement("no-such-call"), "13005"), (call("version", priv="root"), "13001")]
)
def test_invalid_calls_fail_with_code(simulator: Simulator, element: Any, code: str) -> None:
    with pytest.raises(zapi.NaApiError) as failed:
        server(simulator).invoke_successfully(element)
    assert failed.value.code == code
    assert failed.value.message


def test_wrong_password_and_disabled_service_are_errors(simulator: Simulator) -> None:
    command = call(*AZURE, "restore", "-vserver", "svm1")
    with pytest.raises(zapi.NaApiError) as refused:
        server(simulator, "wrong").invoke_successfully(command)
    assert refused.value.code == 401
    simulator.control.knob(ontapi=False)
    with pytest.raises(zapi.NaApiError) as off:
        server(simulator).invoke_successfully(command)
    assert off.value.code == 404
    assert done(simulator) == {}
