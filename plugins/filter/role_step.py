# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: role_step
short_description: Plan, check or summarize for a role of this collection
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - The roles of this collection call this filter to plan their work, to check results, and to write summaries. It
    changes nothing.
  - It is only for these roles. Its steps can change with every release.
options:
  _input:
    description: The data of the step.
    type: dict
    required: true
  step:
    description: The role (without its prefix) and the step, such as V(health.summarize).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show the names in a text, as a role reads them
  ansible.builtin.debug:
    msg: "{{ {'value': 'svm1, svm2'} | ontap.akv.role_step('wording.read_names') }}"
"""

RETURN = r"""
_value:
  description: What the step returns.
  type: raw
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.plugin_utils.azure import checks
from ansible_collections.ontap.akv.plugins.plugin_utils.in_process import core
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import (
    azure,
    azure_state,
    configure,
    decommission,
    health,
    outcomes,
    recover,
    report,
    rotate_credentials,
    rotate_key,
    stopping,
    variables,
    wording,
)

STEPS: dict[str, Callable[..., Any]] = {
    "azure.list_checks_of_application": azure.list_checks_of_application,
    "azure.list_checks_of_entries": azure.list_checks_of_entries,
    "azure.list_checks_of_keys": azure.list_checks_of_keys,
    "azure.find_credential": checks.find_credential,
    "azure.judge": azure.judge,
    "azure.make_label": checks.make_label,
    "azure_state.assign": azure_state.assign,
    "azure_state.collect": azure_state.collect,
    "azure_state.describe": azure_state.describe,
    "azure_state.find_credential": azure_state.find_credential,
    "azure_state.find_earlier": azure_state.find_earlier,
    "azure_state.list_checks": azure_state.list_checks,
    "azure_state.select_own": azure_state.select_own,
    "configure.find_duplicates": configure.find_duplicates,
    "configure.find_errors": configure.find_errors,
    "configure.is_hopeless": configure.is_hopeless,
    "configure.judge": configure.judge,
    "configure.summarize": configure.summarize,
    "configure.list_uuids": configure.list_uuids,
    "decommission.plan": decommission.plan,
    "decommission.summarize": decommission.summarize,
    "health.add_azure": health.add_azure,
    "health.summarize": health.summarize,
    "outcomes.has_denial": outcomes.has_denial,
    "recover.plan": recover.plan,
    "recover.summarize": recover.summarize,
    "report.build": report.build,
    "rotate_credentials.announce": rotate_credentials.announce,
    "rotate_credentials.select_changed": rotate_credentials.select_changed,
    "rotate_credentials.build_credentials": rotate_credentials.build_credentials,
    "rotate_credentials.find_errors": rotate_credentials.find_errors,
    "rotate_credentials.explain_stop": rotate_credentials.explain_stop,
    "rotate_credentials.judge": rotate_credentials.judge,
    "rotate_credentials.is_put_back": rotate_credentials.is_put_back,
    "rotate_credentials.plan": rotate_credentials.plan,
    "rotate_credentials.summarize": rotate_credentials.summarize,
    "rotate_credentials.build_targets": rotate_credentials.build_targets,
    "rotate_key.find_errors": rotate_key.find_errors,
    "rotate_key.is_stopped": rotate_key.is_stopped,
    "rotate_key.list_finished": rotate_key.list_finished,
    "rotate_key.judge": rotate_key.judge,
    "rotate_key.plan": rotate_key.plan,
    "rotate_key.list_refused": rotate_key.list_refused,
    "rotate_key.list_reported": rotate_key.list_reported,
    "rotate_key.summarize": rotate_key.summarize,
    "rotate_key.list_healthy": rotate_key.list_healthy,
    "rotate_key.find_without_internal_key": rotate_key.find_without_internal_key,
    "stopping.find_batch": stopping.find_batch,
    "stopping.find_stop_reason": stopping.find_stop_reason,
    "stopping.list_batch": stopping.list_batch,
    "variables.find_errors": variables.find_errors,
    "variables.find_start_errors": variables.find_start_errors,
    "variables.find_unknown_options": variables.find_unknown_options,
    "variables.list_given": variables.list_given,
    "variables.select_connection_options": variables.select_connection_options,
    "wording.read_names": wording.read_names,
}


def run_step(data: Any, step: str) -> Any:
    """Return what a step of a role makes of its data."""
    if not isinstance(data, Mapping) or step not in STEPS:
        raise AnsibleFilterError(f"ontap.akv.role_step: {step!r} is not a step, or its data is not a dictionary")
    # Texts of the clusters are in it, and facts hold it.
    return core.remove_trust(STEPS[step](**data))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"role_step": run_step}
