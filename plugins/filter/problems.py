# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: problems
short_description: List the problems of Azure Key Vault configurations
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes configurations as M(ontap.akv.akv_info) returns them, with the properties that O(checks) need, and returns
    their problems.
  - If the keys of an SVM are not available because it has no encrypted volumes yet, that is not a problem. If ONTAP
    does not report a requested property, that is a problem.
options:
  _input:
    description: Configurations, as in RV(ontap.akv.akv_info#module:azure_key_vaults).
    type: list
    elements: dict
    required: true
  checks:
    description:
      - The checks to make. V(state) needs the property C(state), V(azure) the property C(azure_reachability), V(ekmip)
        the property C(ekmip_reachability).
    type: list
    elements: str
    choices: [state, azure, ekmip]
    default: [state, azure, ekmip]
  svm:
    description:
      - Names or UUIDs of SVMs that must be among the configurations; a missing one is a problem.
    type: list
    elements: str
    default: []
  unread:
    description:
      - The statuses that the cluster could not read, as in RV(ontap.akv.akv_info#module:unread). The reason is then
        part of the problem.
    type: list
    elements: dict
    default: []
seealso:
  - module: ontap.akv.akv_info
"""

EXAMPLES = r"""
- name: Read the state of the SVMs
  ontap.akv.akv_info:
    fields:
      - state
      - azure_reachability
  register: akv

- name: Verify that there are no problems
  ansible.builtin.assert:
    that: problems | length == 0
    fail_msg: "{{ problems | map(attribute='text') | join(', ') }}"
  vars:
    problems: "{{ akv.azure_key_vaults | ontap.akv.problems(checks=['state', 'azure']) }}"
"""

RETURN = r"""
_value:
  description: The problems, in the order of the configurations.
  type: list
  elements: dict
  contains:
    check:
      description: The check that found the problem, or V(configuration) if an SVM in O(svm) does not have a
        configuration.
      type: str
    svm:
      description: Name of the SVM, null for the cluster's configuration.
      type: str
    uuid:
      description: UUID of the configuration.
      type: str
    node:
      description: Name of the node with the problem, null if it is not about a single node.
      type: str
    code:
      description: The code that ONTAP returned, null if it returned none.
      type: int
    message:
      description: The message from ONTAP.
      type: str
    checked:
      description: False if the cluster could not read the status.
      type: bool
    text:
      description: The problem in one line.
      type: str
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.module_utils.akv import health


def find_problems(
    records: Any, checks: Any = tuple(health.CHECKS), svm: Any = (), unread: Any = ()
) -> list[dict[str, Any]]:
    """Return the problems of configurations, as data."""
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        raise AnsibleFilterError(
            "ontap.akv.problems: the input is no list of configurations, such as azure_key_vaults of ontap.akv.akv_info"
        )
    wanted = _check_texts("checks", checks, f"a list of {', '.join(health.CHECKS)}")
    unknown = [check for check in wanted if check not in health.CHECKS]
    if unknown:
        raise AnsibleFilterError(
            f"ontap.akv.problems: checks: give a list of {', '.join(health.CHECKS)}, not {unknown[0]!r}"
        )
    svms = _check_texts("svm", [svm] if isinstance(svm, str) else svm, "a list of names or UUIDs")
    if not isinstance(unread, (list, tuple)) or not all(isinstance(status, Mapping) for status in unread):
        raise AnsibleFilterError("ontap.akv.problems: unread: give the value unread of ontap.akv.akv_info")
    return [{**found._asdict(), "text": found.text} for found in health.find_problems(records, wanted, svms, unread)]


def _check_texts(option: str, value: Any, form: str) -> list[str]:
    items = list(value) if isinstance(value, Iterable) and not isinstance(value, str | Mapping) else None
    if items is None or not all(isinstance(item, str) for item in items):
        raise AnsibleFilterError(f"ontap.akv.problems: {option}: give {form}")
    return items


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"problems": find_problems}
