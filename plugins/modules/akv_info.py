#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_info
short_description: Get the Azure Key Vault configurations of an ONTAP cluster
version_added: 1.0.0
description:
  - Returns the Azure Key Vault configurations of SVMs and of the cluster, with their state and reachability on request.
  - Without O(svm), O(uuid) and O(scope), returns the configurations of all SVMs and of the cluster. Those that are not
    enabled are left out by default; see O(inactive).
  - Needs ONTAP 9.8 or later.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ontap.akv.targets
  - ontap.akv.attributes
  - ontap.akv.attributes.info
attributes:
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
      change.
    support: full
options:
  fields:
    description:
      - The fields to return, by the names of the REST API. C(uuid), C(name), C(scope) and C(svm) are always returned.
      - V(*) is the plain configuration. V(**) is everything.
      - C(state), C(azure_reachability) and C(ekmip_reachability) are expensive for the cluster. They are returned only
        if named (or with V(**)).
    type: list
    elements: str
    default: ["*"]
  query:
    description:
      - Filters by any field that the REST API documents as a filter. Values can contain the query operators of ONTAP.
    type: dict
    default: {}
  order_by:
    description:
      - Fields to order by, each with an optional C(asc) or C(desc).
      - If O(svm) mixes names and UUIDs, each of the two groups is ordered separately.
    type: list
    elements: str
    default: []
  max_records:
    description:
      - Maximum number of records to return. By default, all are returned.
    type: int
  inactive:
    description:
      - Whether to also return configurations that are not enabled. They exist from ONTAP 9.14.1 on.
      - With V(false), they are returned only if O(uuid), O(configuration) or O(query) names them.
    type: bool
    default: false
  settings:
    description:
      - Whether to also return the settings of the cluster's key managers, what they mean during an outage of a vault,
        and the states of the key stores, as RV(settings), RV(outage), RV(key_stores) and RV(doubts).
      - Takes one more request, or two from ONTAP 9.15.1 on. The user then needs the rights for
        C(/api/security/key-manager-configs) and C(/api/security/key-stores) (C(readonly)).
      - RV(settings) leaves out what the release does not have. If the release reports no states of key stores,
        RV(key_stores) is empty; if the settings do not show what an outage does, RV(outage) is null.
      - If the cluster refuses to return what the release has, RV(doubts) says so; the module fails only if the login is
        refused.
    type: bool
    default: false
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_rekey
  - module: ontap.akv.akv_restore
  - module: ontap.akv.akv_settings
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: List all configurations of the cluster
  ontap.akv.akv_info:
  register: akv

- name: Check the SVMs whose names start with prod
  ontap.akv.akv_info:
    svm: prod*
    fields:
      - state
      - azure_reachability
      - ekmip_reachability
  register: health

- name: List the SVMs that use a certificate, and a key of any vault but kmip-akv-keyvault
  ontap.akv.akv_info:
    scope: svm
    query:
      authentication_method: certificate
      key_id: "!https://kmip-akv-keyvault.vault.azure.net/*"
    order_by:
      - svm.name desc
    max_records: 100
"""

RETURN = r"""
azure_key_vaults:
  description: The configurations that were found, with the field names of the REST API. Secrets are never included.
  returned: success
  type: list
  elements: dict
  sample:
    - uuid: 024cd3cf-9a08-11ea-8d52-005056bbeba5
      scope: svm
      svm:
        name: svm1
        uuid: 4f7abf4c-9a07-11ea-8d52-005056bbeba5
      name: https://kmip-akv-keyvault.vault.azure.net/
      client_id: aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa
      tenant_id: zzzzzzzz-yyyy-zzzz-yyyy-zzzzzzzzzzzz
      key_id: https://kmip-akv-keyvault.vault.azure.net/keys/key1
      authentication_method: client_secret
num_records:
  description: Number of configurations.
  returned: success
  type: int
  sample: 1
unread:
  description:
    - The statuses that were asked for and that the cluster could not read, such as the state of a key on a node that is
      down.
    - The record of such a configuration is returned without this property.
  returned: success
  type: list
  elements: dict
  sample: []
  contains:
    uuid:
      description: The UUID of the configuration.
      type: str
      returned: always
    svm:
      description: The name of its SVM, null for the configuration of the cluster.
      type: str
      returned: always
    property:
      description: The property of the REST API, C(state), C(azure_reachability) or C(ekmip_reachability).
      type: str
      returned: always
    code:
      description: The error code of ONTAP.
      type: str
      returned: always
      sample: "65537551"
    message:
      description: Why it could not be read, in ONTAP's words.
      type: str
      returned: always
settings:
  description: The settings of the cluster, as M(ontap.akv.akv_settings) returns them. Empty if the release does not
    have them, or if they could not be read.
  returned: success, if O(settings) is V(true)
  type: dict
  sample:
    cloud_kms_retry_count: 3
    health_monitor_polling_interval: 15
    health_monitor_policy:
      enabled: true
      manage_volume_offline: true
outage:
  description: What happens to the encrypted volumes if a vault cannot be reached. Null if the settings do not show it,
    as before ONTAP 9.15.1.
  returned: success, if O(settings) is V(true)
  type: str
  sample: volumes go offline after 4 failed polls, 15 minutes apart
key_stores:
  description: The states of the key stores of the returned configurations. Empty before ONTAP 9.16.1. The module
    reads them from ONTAP 9.15.1 on, but that release reports no states.
  returned: success, if O(settings) is V(true)
  type: list
  elements: dict
  sample: []
  contains:
    uuid:
      description: The UUID of the key store.
      type: str
      returned: always
    svm:
      description: The name of its SVM, null for the cluster.
      type: str
      returned: always
    configuration:
      description: The name of its configuration.
      type: str
      returned: always
    state:
      description: C(active), C(mixed), C(svm_kek_rekey), C(blocked), C(switching), C(initializing) or C(disabling).
      type: str
      returned: always
    meaning:
      description: What the state means, null for C(active).
      type: str
      returned: always
doubts:
  description: Which of RV(settings), RV(outage) and RV(key_stores) could not be read, and why.
  returned: success, if O(settings) is V(true)
  type: list
  elements: str
  sample: []
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

from ansible_collections.ontap.akv.plugins.module_utils.akv import selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.query import build_query, find
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread
from ansible_collections.ontap.akv.plugins.module_utils.akv.survey import read_survey
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec, check_range
from ansible_collections.ontap.akv.plugins.module_utils.converge.older_releases import check_release
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(
    **selection.TARGET_OPTIONS,
    fields={"type": "list", "elements": "str", "default": ["*"]},
    query={"type": "dict", "default": {}},
    order_by={"type": "list", "elements": "str", "default": []},
    max_records={"type": "int"},
    inactive={"type": "bool", "default": False},
    settings={"type": "bool", "default": False},
)
RULES: dict[str, Any] = {}


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    named = any(name.split(".")[0] in ("enabled", "configuration") for name in task.params["query"])
    chosen = selection.read_selector(
        task.params, wildcards=True, required=False, inactive=named or task.params["inactive"]
    )
    query = build_query(task.params)
    limit = task.params["max_records"]
    if limit is not None:
        check_range("max_records", limit, 1)
    uses = [name.split(".")[0] for name in (*task.params["fields"], *task.params["query"])]
    unread: list[Unread] = []
    with (
        task.open_client() as client,
        check_release(client, [*uses, *(["configuration"] if chosen.configuration else [])]),
    ):
        records = find(client, chosen, query, limit, unread=unread)
        more = read_survey(client, records) if task.params["settings"] else {}
    for status in unread:
        task.warn(status.text)
    if len(records) != limit and not task.params["query"]:
        _warn_of_idle_wildcards(task, chosen, records)
    return {
        "changed": False,
        "azure_key_vaults": records,
        "num_records": len(records),
        "unread": [status.as_dict() for status in unread],
        **more,
    }


def _warn_of_idle_wildcards(task: Task, chosen: selection.Selector, records: list[dict[str, Any]]) -> None:
    for item in chosen.svms:
        if "*" in item and not any(selection.is_match(item, record) for record in records):
            task.warn(f"svm: no SVM with an Azure key vault configuration matches {item}.")


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
