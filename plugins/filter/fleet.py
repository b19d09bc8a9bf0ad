# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
short_description: Collect what was read from the clusters of many hosts
version_added: 0.1.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes names of hosts, and returns for each of them what M(ontap.akv.akv_info) returned when it ran for that host.
  - One call replaces a loop that would copy thousands of configurations between facts.
options:
  _input:
    description: Names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, C(hostvars).
    type: dict
    required: true
  register:
    description: Name of the variable in which the result of M(ontap.akv.akv_info) was registered.
    type: str
    required: true
  cluster:
    description: Name of the variable that holds the name of a host's cluster. If that variable is not set, the name of
      the host is used.
    type: str
    default: akv_cluster
seealso:
  - module: ontap.akv.akv_info
  - plugin: ontap.akv.fleet_report
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show the clusters that could not be read
  ansible.builtin.debug:
    msg: "{{ ansible_play_batch | ontap.akv.fleet(hostvars, 'akv') | selectattr('error') | map(attribute='cluster') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: An entry for each host.
  type: list
  elements: dict
  contains:
    host:
      description: The host.
      type: str
    cluster:
      description: Its cluster.
      type: str
    error:
      description: Why the cluster could not be read, null if it could.
      type: str
    azure_key_vaults:
      description: The configurations.
      type: list
      elements: dict
    unread:
      description: The statuses that the cluster could not read, as M(ontap.akv.akv_info) returns them.
      type: list
      elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def fleet(hosts: Any, hostvars: Any, register: str, cluster: str = "akv_cluster") -> list[dict[str, Any]]:
    """Return what was read from the clusters of hosts."""
    if not isinstance(hosts, Sequence) or isinstance(hosts, str) or not isinstance(hostvars, Mapping):
        raise AnsibleFilterError("ontap.akv.fleet: the input must be a list of hosts, and hostvars the variables of all hosts")
    return [_entry(host, hostvars[host], register, cluster) for host in hosts]


def _entry(host: str, variables: Mapping[str, Any], register: str, cluster: str) -> dict[str, Any]:
    result = variables.get(register)
    if not isinstance(result, Mapping):
        result = {"failed": True, "msg": "it was not read"}
    error = (result.get("msg") or "it could not be read") if result.get("failed") else None
    found = {name: result.get(name) or [] for name in ("azure_key_vaults", "unread")}
    return {"host": host, "cluster": variables.get(cluster) or host, "error": error, **found}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fleet": fleet}
