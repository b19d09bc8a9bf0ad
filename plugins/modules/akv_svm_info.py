#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_svm_info
short_description: Get the SVMs of an ONTAP cluster
version_added: 1.0.0
description:
  - Returns the data SVMs of a cluster, with or without an Azure Key Vault configuration, and which of the named SVMs do
    not exist.
  - Use it to catch typing errors. M(ontap.akv.azure_key_vault) with O(ontap.akv.azure_key_vault#module:state=absent)
    treats a mistyped name as an SVM without a configuration.
  - The user needs the right for C(/api/svm/svms) (C(readonly)).
  - Needs ONTAP 9.8 or later.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ontap.akv.attributes
  - ontap.akv.attributes.info
attributes:
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
      change.
    support: full
options:
  svm:
    description:
      - Names or UUIDs of the SVMs to return. By default, all are returned.
      - White space, empty items, the wildcard V(*) and the other query operators of ONTAP are refused.
    type: list
    elements: str
    aliases: [vserver]
  release:
    description:
      - Whether to also return the ONTAP release of the cluster. This takes one more request.
      - The user then needs the right for C(/api/cluster) (C(readonly)). Without it, RV(release) is null.
    type: bool
    default: false
seealso:
  - module: ontap.akv.akv_info
  - module: ontap.akv.azure_key_vault
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: List all data SVMs of the cluster
  ontap.akv.akv_svm_info:
  register: svms

- name: Check that the SVMs exist
  ontap.akv.akv_svm_info:
    svm:
      - svm1
      - svm2
  register: svms
  failed_when: svms is failed or svms.missing | length > 0
"""

RETURN = r"""
svms:
  description: The SVMs that were found, with the field names of the REST API.
  returned: success
  type: list
  elements: dict
  sample:
    - uuid: 4f7abf4c-9a07-11ea-8d52-005056bbeba5
      name: svm1
      subtype: default
      state: running
num_records:
  description: Number of SVMs.
  returned: success
  type: int
  sample: 1
missing:
  description: The items of O(svm) that match no SVM of the cluster, each listed once.
  returned: success
  type: list
  elements: str
  sample: []
release:
  description: The ONTAP release of the cluster, null if the cluster does not report it.
  returned: if O(release=true)
  type: str
  sample: 9.16.1P2
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

from ansible_collections.ontap.akv.plugins.module_utils.akv import selection, svms
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(svm=selection.TARGET_OPTIONS["svm"], release={"type": "bool", "default": False})
RULES: dict[str, Any] = {}


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    wanted = selection.read_selector(task.params, wildcards=False, required=False).svms
    with task.open_client() as client:
        found = svms.read(client, wanted or None)
        release = {"release": svms.read_release(client)} if task.params["release"] else {}
    missing = [
        item for item in dict.fromkeys(task.params["svm"] or ()) if not any(svms.is_called(item, svm) for svm in found)
    ]
    return {"changed": False, "svms": found, "num_records": len(found), "missing": missing, **release}


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
