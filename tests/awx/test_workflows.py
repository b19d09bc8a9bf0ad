# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflows, run node by node on a simulated ONTAP, with the data that each job passes to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.ontap.akv.tests.awx.support import launch
from ansible_collections.ontap.akv.tests.awx.support.launch import CONFIGURED, Desk, client_secrets
from ansible_collections.ontap.akv.tests.awx.support.setup import Machine
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.secrets import Secrets
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID
from simulator import Simulator

#: One retry without a delay.
FAST = {"akv_retries": 1, "akv_delay": 0}
ROTATION = "prod check, approve and rotate credentials"
RECOVERY = "Are the keys well?"

Clusters = tuple[Machine, dict[str, Any]]
Desks = Callable[[Machine, str], Desk]


def test_rotation_verifies_new_certificate(
    clusters: Clusters, desk: Desks, simulator: Simulator, filled_in: dict[str, dict[str, str]], secrets: Secrets
) -> None:
    """Rotates from a secret to a client certificate."""
    azure = filled_in["Azure application"]
    azure |= {"client_secret": "", "client_certificate": secrets.hide("certificate", base64_of(pfx()))}
    simulator.control.azure(secrets={CLIENT_ID: [azure["old_client_secret"]]}, certificates=None)
    ran = desk(clusters[0], "prod ").workflow(ROTATION, launch.clusters(simulator), **FAST)
    assert ran == {"check": True, "approve": True, "rotate": True, "verify": True}
    sent = Requests(simulator.control.log()).writes.bodies
    assert [body["client_certificate"] for body in sent] == [azure["client_certificate"]] * len(CONFIGURED)


def test_denied_rotation_sends_nothing(clusters: Clusters, desk: Desks, simulator: Simulator) -> None:
    """AWX treats an approval that expires like a denied one."""
    ran = desk(clusters[0], "prod ").workflow(ROTATION, launch.clusters(simulator), approve=False, **FAST)
    assert ran == {"check": True, "approve": False}
    assert Requests(simulator.control.log()).writes == []


def test_wrong_secret_is_rolled_back(
    clusters: Clusters, desk: Desks, simulator: Simulator, filled_in: dict[str, dict[str, str]]
) -> None:
    """The canary fails, and every SVM has the old secret again."""
    azure = filled_in["Azure application"]
    simulator.control.azure(secrets={CLIENT_ID: [azure["old_client_secret"]]})
    ran = desk(clusters[0], "prod ").workflow(ROTATION, launch.clusters(simulator), **FAST)
    assert ran == {"check": True, "approve": True, "rotate": False, "roll back": True}
    assert client_secrets(simulator) == dict.fromkeys(CONFIGURED, azure["old_client_secret"])


def test_rotation_is_rolled_back_if_verification_fails(
    clusters: Clusters, desk: Desks, simulator: Simulator, filled_in: dict[str, dict[str, str]]
) -> None:
    """The new secret is revoked in Azure after the rotation: every SVM has the old one again."""
    azure = filled_in["Azure application"]
    old, new = azure["old_client_secret"], azure["client_secret"]
    simulator.control.azure(secrets={CLIENT_ID: [old, new]})
    revoked = {"verify": lambda: simulator.control.azure(secrets={CLIENT_ID: [old]})}
    ran = desk(clusters[0], "prod ").workflow(ROTATION, launch.clusters(simulator), before=revoked, **FAST)
    assert ran == {"check": True, "approve": True, "rotate": True, "verify": False, "roll back": True}
    assert client_secrets(simulator) == dict.fromkeys(CONFIGURED, old)


def test_recovery_restores_keys(clusters: Clusters, desk: Desks, simulator: Simulator) -> None:
    """After a reboot the check fails, the keys are restored, and the second check ignores the data of the first one."""
    simulator.control.reboot("node1")
    ran = desk(clusters[0], "prod ").workflow(RECOVERY, launch.clusters(simulator), **FAST)
    assert ran == {"check": False, "recover": True, "verify": True}


def test_recovery_restores_nothing_if_healthy(clusters: Clusters, desk: Desks, simulator: Simulator) -> None:
    ran = desk(clusters[0], "prod ").workflow(RECOVERY, launch.clusters(simulator), **FAST)
    assert ran == {"check": True}
    assert Requests(simulator.control.log()).writes == []
