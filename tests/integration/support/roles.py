# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a role said and sent, and the hosts that it ran on."""

from __future__ import annotations

from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Played
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster
from simulator import Simulator


def writes(simulator: Simulator) -> Requests:
    """Returns what was sent to change something."""
    return Requests(simulator.control.log()).writes


def refused_logins(simulator: Simulator) -> int:
    """Returns how many requests were answered with 401."""
    return [entry["status"] for entry in simulator.control.log()].count(401)


def message(played: Played, host: str = "cluster1") -> str:
    """Returns what the task said with which the play of a host ended."""
    return played.of(host)[-1].msg


def two_clusters(simulator: Simulator, other: Simulator) -> dict[str, dict[str, Any]]:
    """Returns inventory hosts that are two clusters, each with a login and a certificate authority of its own."""
    login = {"akv_username": other.username, "akv_password": other.password, "akv_ca_path": str(other.ca_path)}
    return {"cluster1": cluster(simulator), "cluster2": cluster(other, **login)}


def svm_host(simulator: Simulator, svm: str) -> dict[str, Any]:
    """Returns the variables of an inventory host that is an SVM, as the inventory plugin gives them; its cluster is
    called east.
    """
    return cluster(simulator, akv_cluster="east", akv_svm=svm, akv={"svm": {"name": svm}, "cluster": "east"})
