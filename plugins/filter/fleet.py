# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet
short_description: Collect what was read from the clusters of many hosts
version_added: 1.0.0
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
  azure:
    description: Name of the variable that holds what Azure returned for the configurations of a host. If that variable
      is not set or null, Azure was not checked.
    type: str
  more:
    description: Name of a variable that holds a dictionary with further data of a host. Its keys are added to the entry
      of the host.
    type: str
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
  description: An entry for each host. It also has the keys of the variable that O(more) names.
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
    settings:
      description: The settings of the cluster, as M(ontap.akv.akv_info) returns them.
      returned: if they were read
      type: dict
    outage:
      description: What happens to the encrypted volumes if a vault cannot be reached, null if that is not known.
      returned: if the settings were read
      type: str
    key_stores:
      description: Those of the key stores that M(ontap.akv.akv_info) returns that are not active.
      returned: if the settings were read
      type: list
      elements: dict
    doubts:
      description: Which of C(settings), C(outage) and C(key_stores) could not be read, and why.
      returned: if the settings were read
      type: list
      elements: str
    azure:
      description:
        - What Azure returned for each configuration that is in use. All configurations with the same application and
          key have the same values.
        - Times are in UTC, in ISO 8601.
      returned: if Azure was checked
      type: list
      elements: dict
      contains:
        uuid:
          description: UUID of the configuration.
          type: str
        usable:
          description: V(true) if Azure accepts the login and the key can be used, V(false) if not, null if that is not
            known.
          type: bool
        not_checked:
          description: Why Azure was not checked, or not completely, for example because the application has no
            credential; null if it was checked.
          type: str
        problems:
          description: Current and future problems.
          type: list
          elements: dict
          contains:
            kind:
              description: One of V(login_refused), V(key_unusable), V(key_expiring), V(key_new_version),
                V(certificate_expiring) and V(key_unprotected).
              type: str
            severity:
              description: V(error) or V(warning).
              type: str
            code:
              description: The error code of Azure; null if Azure returned none.
              type: str
            message:
              description: What is wrong.
              type: str
            hint:
              description: What to do about it, null for an unknown code.
              type: str
        key:
          description: The key, null if it could not be read.
          type: dict
          contains:
            key_id:
              description: Identifier of the key with its version.
              type: str
            version:
              description: The version that was read; the newest one if ONTAP does not report a version.
              type: str
            newest_version:
              description: The newest version.
              type: str
            newest_in_use:
              description: Whether ONTAP uses the newest version, null if ONTAP does not report a version.
              type: bool
            enabled:
              description: Whether the version is enabled.
              type: bool
            not_before:
              description: When the version becomes valid; null if no date is set.
              type: str
            expires:
              description: When the version expires; null if it never does.
              type: str
            days_left:
              description: Whole days until the version expires, negative after that; null if it never expires.
              type: int
            recovery_level:
              description: What happens to a deleted key, in Azure's words.
              type: str
            purge_protected:
              description: Whether a deleted key cannot be purged before its retention period ends.
              type: bool
        certificate:
          description: The client certificate of the check, null with a client secret, whose expiry Azure does not show
            to the application.
          type: dict
          contains:
            not_before:
              description: When it becomes valid.
              type: str
            not_after:
              description: When it expires.
              type: str
            days_left:
              description: Whole days until it expires, negative after that.
              type: int
            thumbprint:
              description: Its SHA-1 thumbprint, as the Azure portal shows it.
              type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError


def collect_fleet(
    hosts: Any,
    hostvars: Any,
    register: str,
    cluster: str = "akv_cluster",
    azure: str | None = None,
    more: str | None = None,
) -> list[dict[str, Any]]:
    """Return what was read from the clusters of hosts."""
    if not isinstance(hosts, Sequence) or isinstance(hosts, str) or not isinstance(hostvars, Mapping):
        raise AnsibleFilterError(
            "ontap.akv.fleet: the input must be a list of hosts, and hostvars the variables of all hosts"
        )
    # Ansible collects the variables of a host whenever they are looked up.
    return [
        {
            **build_entry(host, variables.get(cluster) or host, variables.get(register)),
            **_add_facts(variables, azure, more),
        }
        for host, variables in ((host, hostvars[host]) for host in hosts)
    ]


def _add_facts(variables: Mapping[str, Any], azure: str | None, more: str | None) -> dict[str, Any]:
    """Return what is known about a host besides its configurations."""
    checked = variables.get(azure) if azure else None
    facts = variables.get(more) if more else None
    return {
        **({"azure": checked} if isinstance(checked, list) else {}),
        **(facts if isinstance(facts, Mapping) else {}),
    }


def build_entry(host: str, cluster: str, result: Any) -> dict[str, Any]:
    """Return the entry of a host. result: what akv_info returned; anything but a dictionary if it did not run."""
    if not isinstance(result, Mapping):
        result = {"failed": True, "msg": "it was not read"}
    error = (result.get("msg") or "it could not be read") if result.get("failed") else None
    found = {name: result.get(name) or [] for name in ("azure_key_vaults", "unread")}
    return {"host": host, "cluster": cluster, "error": error, **found, **_select_survey(result)}


def _select_survey(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the cluster does during an outage, and the key stores that are not active; nothing if that was not
    read.
    """
    if not isinstance(result.get("settings"), Mapping):
        return {}
    stores = [store for store in result.get("key_stores") or [] if store.get("meaning")]
    return {
        "settings": result["settings"],
        "outage": result.get("outage"),
        "key_stores": stores,
        "doubts": result.get("doubts") or [],
    }


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fleet": collect_fleet}
