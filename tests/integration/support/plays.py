# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the collection, run by name on inventories of clusters and SVMs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible, Played
from simulator import Simulator

#: Verifications that fail are tried once more, at once.
FAST = {"akv_retries": 1, "akv_delay": 0}


def cluster(simulator: Simulator, **variables: Any) -> dict[str, Any]:
    """Returns the variables of an inventory host that is a cluster."""
    return {"akv_hostname": simulator.hostname, "akv_http_port": simulator.port, **variables}


def other_cluster(other: Simulator, **variables: Any) -> dict[str, Any]:
    """Returns the variables of a host for the other simulator."""
    return cluster(
        other, akv_username=other.username, akv_password=other.password, akv_ca_path=str(other.ca_path), **variables
    )


def play(
    ansible: Ansible, name: str, hosts: Mapping[str, Mapping[str, Any]] | None = None, *arguments: str, **variables: Any
) -> Played:
    """Runs a playbook of the collection for all hosts of an inventory, by default one cluster, with extra variables."""
    ansible.variables = {"akv_hosts": "all", **FAST, **variables}
    return ansible.play(f"ontap.akv.{name}", hosts or {"cluster1": cluster(ansible.simulator)}, *arguments)
