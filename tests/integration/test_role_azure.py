# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_azure in the roles akv_health and akv_report: what the configurations use is checked in Azure, once for the whole run."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from ansible_collections.ontap.akv.tests.integration.support.plays import play
from ansible_collections.ontap.akv.tests.integration.support.roles import two_clusters
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

DAY = 24 * 3600


@pytest.fixture
def wish(simulator: Simulator) -> dict[str, Any]:
    """How Azure is reached."""
    return {"akv_azure": True, "akv_azure_oauth_host": simulator.azure.login_host, "akv_azure_ca_path": simulator.azure.ca_path}


def described(simulator: Simulator, key: str = "key1", **fields: Any) -> dict[str, str]:
    """The application and key of a configuration that the simulated Azure knows."""
    side = simulator.azure
    return {"name": side.vault_url(), "key_id": side.key_url(key), "client_id": side.client_id, "tenant_id": side.tenant_id, **fields}


def logins(simulator: Simulator) -> int:
    """Returns how often a token was requested."""
    return len([entry for entry in simulator.azure.control.log() if entry["path"].endswith("/token")])


def summary(played: Played) -> list[str]:
    (run,) = [run for run in played.runs if run.name.endswith("Show the summary")]
    return list(run.result["msg"])


def test_one_login_for_six_svms_of_two_clusters(plays: Ansible, simulator: Simulator, other: Simulator, wish: dict[str, Any]) -> None:
    """In check mode too, and in batches."""
    secret = plays.secrets.new("azure-secret")
    simulator.azure.control.application(simulator.azure.client_id, secrets=[secret])
    for each in (simulator, other):
        configured(each, "svm1", "svm2", "svm3", client_secret=secret, **described(simulator))
    for arguments, serial in ((("--check",), "100%"), ((), 1)):
        simulator.azure.control.clear_log()
        played = play(plays, "health", two_clusters(simulator, other), *arguments, akv_client_secret=secret, akv_serial=serial, **wish).ok()
        assert len(simulator.azure.control.log()) == 3
        assert logins(simulator) == 1
        assert played.stats == {"akv_problems": [], "akv_checked": 6, "akv_warnings": []}
        if serial != 1:
            assert summary(played) == ["Checked 6 configurations on 2 clusters (state, azure, ekmip) and 1 key in Azure: no problems."]
