# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: matching_hosts
short_description: Require that a host pattern matches at least one host
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Returns a host pattern unchanged if it matches at least one host of the inventory within the limit of the run.
  - Otherwise it fails, so that a playbook that would run on no host does not end successfully. Ansible itself only
    reports C(no hosts matched).
  - With C(--syntax-check), C(--list-tasks) and C(--list-tags) only an empty pattern is refused, since these need no
    inventory.
options:
  _input:
    description: The pattern, as in the keyword C(hosts) of a play.
    type: raw
    required: true
  groups:
    description: The groups of the inventory with their hosts, the variable C(groups).
    type: dict
    required: true
  limit:
    description: The limit of the run, the variable C(ansible_limit).
    type: str
    default: ""
  variable:
    description: Name of the variable that holds the pattern, for messages.
    type: str
    default: akv_hosts
"""

EXAMPLES = r"""
- name: Check the health of Azure Key Vault
  hosts: "{{ akv_hosts | default('all') | ontap.akv.matching_hosts(groups, ansible_limit | default('')) }}"
  gather_facts: false
  module_defaults:
    group/ontap.akv.akv:
      hostname: "{{ inventory_hostname }}"
  roles:
    - role: ontap.akv.akv_health
"""

RETURN = r"""
_value:
  description: The pattern.
  type: raw
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleError, AnsibleFilterError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import find_nearest

#: Options of ansible-playbook that run no play.
_RUNS_NOTHING = ("syntax", "listtasks", "listtags")
#: How similar a name has to be to be suggested: a host without its domain is.
_SIMILAR = 0.5


def require_hosts(pattern: Any, groups: Any, limit: Any = "", variable: str = "akv_hosts") -> Any:
    """Return a host pattern. Raises AnsibleFilterError if it matches no host within the limit."""
    if pattern is None or not str(pattern).strip() or pattern == []:
        raise AnsibleFilterError(
            f"{variable} is required: the hosts of the inventory to run on, as a host pattern such as 'all' or"
            " 'cluster1.example.com'."
        )
    if not isinstance(groups, Mapping):
        raise AnsibleFilterError("ontap.akv.matching_hosts: groups must be the variable groups")
    if any(context.CLIARGS.get(option) for option in _RUNS_NOTHING):
        return pattern
    inventory = _build_inventory(groups)
    try:
        if not inventory.get_hosts(pattern):
            raise AnsibleFilterError(_explain_no_match(pattern, inventory))
        inventory.subset(limit or None)
        if not inventory.get_hosts(pattern):
            raise AnsibleFilterError(
                f"No host matches both the pattern {_format_pattern(pattern)} and the limit {str(limit)!r}. Correct one"
                " of them."
            )
    except AnsibleFilterError:
        raise
    except AnsibleError as exc:
        raise AnsibleFilterError(f"The host pattern {_format_pattern(pattern)} cannot be used: {exc}") from None
    return pattern


def _build_inventory(groups: Mapping[str, Any]) -> InventoryManager:
    """Return an inventory with these groups, which evaluates patterns as Ansible does."""
    inventory = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(group)
        for host in hosts:
            inventory.add_host(host, group=group)
    return inventory


def _explain_no_match(pattern: Any, inventory: InventoryManager) -> str:
    if not inventory.get_hosts("all"):
        return (
            f"No host matches the pattern {_format_pattern(pattern)}: the inventory is empty. Give an inventory with"
            " hosts: -i FILE, or -i NAME, with a comma after the name of a host."
        )
    known = [*inventory.groups, *inventory.hosts]
    nearest = find_nearest(pattern, known, _SIMILAR) if isinstance(pattern, str) else None
    question = f" Did you mean {nearest!r}?" if nearest else ""
    return (
        f"No host of the inventory matches the pattern {_format_pattern(pattern)}.{question} Correct the pattern or the"
        " inventory (-i)."
    )


def _format_pattern(pattern: Any) -> str:
    return repr(",".join(map(str, pattern)) if isinstance(pattern, (list, tuple)) else str(pattern))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"matching_hosts": require_hosts}
