# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_verify_azure in the roles that write: Azure is checked first, and what it refuses is sent to no SVM."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.plays import play
from ansible_collections.ontap.akv.tests.integration.support.roles import message, writes
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator


@pytest.fixture
def azure_variables(simulator: Simulator) -> dict[str, Any]:
    """Return the variables for the simulated Azure, for any of the roles."""
    return {
        "akv_verify_azure": True,
        "akv_azure_oauth_host": simulator.azure.login_host,
        "akv_azure_ca_path": simulator.azure.ca_path,
    }


def described(simulator: Simulator) -> dict[str, str]:
    """Return the fields of a configuration that the simulated Azure knows."""
    side = simulator.azure
    return {
        "name": side.vault_url(),
        "key_id": side.key_url(),
        "client_id": side.client_id,
        "tenant_id": side.tenant_id,
    }


def test_configure_sends_nothing_if_secret_has_expired(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    secret = plays.secrets.new("azure-secret")
    azure = simulator.azure.control
    azure.application(simulator.azure.client_id, secrets=[{"value": secret, "expires_in": -60}])
    entries = [{"svm": "svm1"}, {"svm": ["svm2", "svm3"]}]
    variables: dict[str, Any] = {
        "akv_configurations": entries,
        "akv_common": described(simulator),
        "akv_client_secret": secret,
        **azure_variables,
    }
    for arguments in (("--check",), ()):
        played = play(plays, "configure", None, *arguments, **variables).failed()
        assert "AADSTS7000222" in message(played)
        assert f"--id {simulator.azure.client_id}" in message(played)
        assert simulator.control.log() == []
        # Once for both entries: the challenge and the login.
        assert len(azure.log()) == 2
        azure.clear_log()
    azure.application(simulator.azure.client_id, secrets=[secret])
    played = play(plays, "configure", None, **variables).ok()
    assert len(writes(simulator)) == 3
    assert len(azure.log()) == 7


def test_configure_does_not_check_azure_by_default(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    variables = {
        "akv_configurations": [{"svm": "svm1"}],
        "akv_common": described(simulator),
        "akv_client_secret": plays.secrets.new("azure-secret"),
    }
    play(plays, "configure", None, **variables, **{**azure_variables, "akv_verify_azure": False}).ok()
    assert simulator.azure.control.log() == []


def test_refused_credential_is_not_rotated(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    old, new = plays.secrets.new("old-secret"), plays.secrets.new("new-secret")
    simulator.azure.control.application(simulator.azure.client_id, secrets=[old])
    configured(simulator, "svm1", "svm2", client_secret=old, **described(simulator))
    variables = {
        "akv_client_id": simulator.azure.client_id,
        "akv_client_secret": new,
        "akv_old_client_secret": old,
        **azure_variables,
    }
    played = play(plays, "rotate_credentials", None, **variables).failed()
    assert "AADSTS7000215" in message(played)
    assert writes(simulator) == []
    simulator.azure.control.application(simulator.azure.client_id, secrets=[old, new])
    play(plays, "rotate_credentials", None, **variables).ok()
    assert len(writes(simulator)) == 2


def test_disabled_key_is_not_rotated(plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]) -> None:
    secret = plays.secrets.new("azure-secret")
    configured(simulator, "svm1", client_secret=secret, **described(simulator))
    simulator.control.svm("svm1", volumes=1, encrypted_volumes=1)
    azure = simulator.azure.control
    azure.key("key1")
    azure.key("key2", enabled=False)
    variables = {
        "akv_key": "external",
        "akv_key_id": simulator.azure.key_url("key2"),
        "akv_svm": "*",
        "akv_client_secret": secret,
        **azure_variables,
    }
    played = play(plays, "rotate_key", None, **variables).failed()
    assert "is disabled" in message(played)
    assert writes(simulator) == []
    azure.key("key2", enabled=True)
    play(plays, "rotate_key", None, **variables).ok()
    assert len(writes(simulator)) == 1


def test_key_is_not_rotated_without_credential_to_verify(
    plays: Ansible, simulator: Simulator, azure_variables: dict[str, Any]
) -> None:
    configured(simulator, "svm1", **described(simulator))
    played = play(
        plays,
        "rotate_key",
        None,
        akv_key="external",
        akv_key_id=simulator.azure.key_url("key2"),
        akv_svm="*",
        **azure_variables,
    ).failed()
    assert "client_secret" in message(played)
    assert writes(simulator) == []
