#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_settings
short_description: Set what an ONTAP cluster does when an Azure key vault cannot be reached
version_added: 1.0.0
description:
  - Sets the interval of a cluster's checks of its key managers, the retries of a connection, and whether it takes
    encrypted volumes offline if an Azure key vault cannot be reached.
  - O(cloud_kms_retry_count) and O(health_monitor_polling_interval) apply to the whole cluster and to every external key
    manager. O(health_monitor_policy) applies to Azure Key Vault only; the policies of other key managers are not
    changed.
  - Only options that differ from the current settings are sent. At least one option is required.
  - With O(health_monitor_policy.enabled=true) and O(health_monitor_policy.manage_volume_offline=true), ONTAP takes the
    encrypted volumes of an SVM offline after its key has not been accessible for 4 polls. NetApp documents this number
    for the default interval of 15 minutes only. If one of them is V(false), the volumes stay online until a node
    reboots.
  - The Common Criteria mode (C(cc_mode_enabled)) is not changed.
  - The user needs the right for C(/api/security/key-manager-configs) (C(read_modify), or C(all) before ONTAP 9.11.1).
  - Needs ONTAP 9.10.1 or later.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ontap.akv.attributes
attributes:
  check_mode:
    support: full
    details:
      - Reads the settings and predicts C(changed), C(settings) and C(diff). Sends no request that changes anything.
  diff_mode:
    support: full
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
      change.
    support: full
options:
  cloud_kms_retry_count:
    description:
      - How many times ONTAP retries a connection to a cloud key manager, from 0 to 10.
      - Needs ONTAP 9.11.1 or later.
    type: int
  health_monitor_polling_interval:
    description:
      - Minutes between two checks of the key managers, from 15 to 30.
      - ONTAP accepts a change only if the cluster has an external key manager.
    type: int
  health_monitor_policy:
    description:
      - The policy of the health monitor for Azure Key Vault.
      - Needs ONTAP 9.15.1 or later.
    type: dict
    suboptions:
      enabled:
        description: Whether the health monitor checks Azure Key Vault.
        type: bool
      manage_volume_offline:
        description: Whether the health monitor may take encrypted volumes offline if the vault cannot be reached.
        type: bool
seealso:
  - module: ontap.akv.akv_info
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: Check the vaults every 30 minutes
  ontap.akv.akv_settings:
    health_monitor_polling_interval: 30

- name: Retry more often, and keep the volumes online during an outage of Azure (ONTAP 9.15.1 or later)
  ontap.akv.akv_settings:
    cloud_kms_retry_count: 5
    health_monitor_policy:
      manage_volume_offline: false
"""

RETURN = r"""
settings:
  description:
    - The settings after the task, in check mode as predicted.
    - Settings that the release does not have are absent.
  returned: success, and on failure after a change
  type: dict
  sample:
    cloud_kms_retry_count: 3
    health_monitor_polling_interval: 15
    health_monitor_policy:
      enabled: true
      manage_volume_offline: true
  contains:
    cloud_kms_retry_count:
      description: How many times ONTAP retries a connection to a cloud key manager.
      type: int
      returned: from ONTAP 9.11.1
      sample: 3
    health_monitor_polling_interval:
      description: Minutes between two checks of the key managers.
      type: int
      returned: always
      sample: 15
    health_monitor_policy:
      description: The policy of the health monitor for Azure Key Vault.
      type: dict
      returned: from ONTAP 9.15.1
      sample:
        enabled: true
        manage_volume_offline: true
diff:
  description: The settings before and after the task, under the key C(cluster). Empty without a change.
  returned: with C(--diff)
  type: dict
# Made by `make return-values` from here
error:
  description: The error; with several targets, the first one in the order of the task.
  returned: on failure
  type: dict
  contains:
    code:
      description: The error code of ONTAP; null if ONTAP returned none.
      type: str
      returned: always
      sample: "65537120"
    message:
      description: What is wrong.
      type: str
      returned: always
    target:
      description: The option or parameter at fault; null if it is not known.
      type: str
      returned: always
    status:
      description: The HTTP status code; null without a response.
      type: int
      returned: always
    method:
      description: The HTTP method of the request; null if the error is not about a request.
      type: str
      returned: always
    path:
      description: The path of the request, without its query; null if the error is not about a request.
      type: str
      returned: always
    hint:
      description: What to do next; null if that is not known.
      type: str
      returned: always
# to here
"""

from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv import settings
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec, check_range
from ansible_collections.ontap.akv.plugins.module_utils.converge import change_settings
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(
    cloud_kms_retry_count={"type": "int"},
    health_monitor_polling_interval={"type": "int"},
    health_monitor_policy={
        "type": "dict",
        "options": {"enabled": {"type": "bool"}, "manage_volume_offline": {"type": "bool"}},
        "required_one_of": [("enabled", "manage_volume_offline")],
    },
)
RULES: dict[str, Any] = {
    "required_one_of": [("cloud_kms_retry_count", "health_monitor_polling_interval", "health_monitor_policy")]
}


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    wanted = _read_wanted(task)
    with task.open_client() as client:
        return change_settings.converge(task, client, wanted)


def _read_wanted(task: Task) -> dict[str, Any]:
    """Return the settings that the task gives. Raises OptionError for a number out of range, or without a setting."""
    wanted = {
        name: check_range(name, task.params[name], low, high)
        for name, (low, high) in settings.LIMITS.items()
        if task.params[name] is not None
    }
    policy = {part: value for part, value in (task.params[settings.POLICY] or {}).items() if value is not None}
    if not wanted and not policy:
        # Empty values count as given to Ansible.
        raise OptionError(
            settings.POLICY,
            f"it is empty; at least one setting is required: {', '.join((*settings.LIMITS, settings.POLICY))}",
        )
    return {**wanted, **({settings.POLICY: policy} if policy else {})}


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
