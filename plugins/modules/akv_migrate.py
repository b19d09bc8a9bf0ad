#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_migrate
short_description: Migrate the keys of ONTAP SVMs to or from Azure Key Vault
version_added: 1.0.0
description:
  - Moves the keys of an SVM's encrypted volumes between the key manager of the cluster (onboard or external) and the
    Azure Key Vault configuration of the SVM.
  - Use O(to=azure_key_vault) to resolve ONTAP's error 65537547. Use O(to=key_manager) before you remove a
    configuration. ONTAP refuses to remove it while it holds keys (65536867).
  - Needs ONTAP 9.9.1 or later.
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.connection
  - ontap.akv.targets
  - ontap.akv.waiting
  - ontap.akv.attributes
  - ontap.akv.attributes.actions
attributes:
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
      change.
    support: none
    details:
      - ONTAP does not report where the keys of an SVM are, so the module requests the migration in every run.
options:
  to:
    description:
      - Where to move the keys.
      - V(azure_key_vault) is the configuration of the SVM, V(key_manager) the key manager of the cluster.
    type: str
    choices: [azure_key_vault, key_manager]
    required: true
  key_manager:
    description:
      - UUID of the key manager of the cluster. Required if the cluster has several.
    type: str
notes:
  - The user needs the right for C(/api/security/key-managers) (C(read_create), or C(all) before ONTAP 9.11.1), which
    other modules do not use.
  - ONTAP supports Azure Key Vault for data SVMs only, and not on MetroCluster.
  - With O(to=azure_key_vault), a lost response is an error with an unknown outcome, because ONTAP's jobs do not show
    whose keys they move.
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_info
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: Move the keys of two SVMs to the vault
  ontap.akv.akv_migrate:
    svm:
      - svm1
      - svm2
    to: azure_key_vault
    wait_timeout: 900

- name: Move the keys back before the configuration is removed
  ontap.akv.akv_migrate:
    svm: svm1
    to: key_manager
"""

RETURN = r"""
# Made by `make return-values` from here
azure_key_vaults:
  description:
    - The configurations of the targets after the task, with the field names of the REST API. Secrets are never
      included.
    - In check mode, the predicted configurations.
  returned: always
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
      state:
        available: true
        code: 0
        message: ""
results:
  description: One entry for each target, in the order of the task.
  returned: always, as soon as the targets are known
  type: list
  elements: dict
  contains:
    svm:
      description: Name of the SVM, or the value given in the task if the name is not known; null for the
        cluster.
      type: str
      returned: always
    uuid:
      description: UUID of the configuration; null if it does not exist.
      type: str
      returned: always
    configuration:
      description: Name of the configuration.
      type: str
      returned: on ONTAP 9.14.1 or later
    action:
      description: What was done, or would be done in check mode; V(none) if nothing had to be done or nothing
        was started.
      type: str
      returned: always
      sample: migrate
    changed:
      description: Whether the target was changed, or may have been changed if the outcome is unknown.
      type: bool
      returned: always
    fields:
      description: Names of the fields that were sent.
      type: list
      elements: str
      returned: always
      sample: [uuid]
    job:
      description: The job of the cluster; null if the response named none.
      type: dict
      returned: always
      contains:
        uuid:
          description: UUID of the job; see C(/api/cluster/jobs/UUID).
          type: str
          returned: always
        state:
          description: V(queued), V(running), V(paused), V(success), V(failure), V(error), V(cancelled) or
            V(expired).
          type: str
          returned: always
        message:
          description: The message of the job; null without one.
          type: str
          returned: always
    message:
      description: Why nothing was done, if that needs an explanation, for example in ONTAP's words; otherwise
        null.
      type: str
      returned: always
    recovered:
      description: Whether the response was lost and the outcome was determined by reading the state of the
        cluster.
      type: bool
      returned: always
    error:
      description: The error of this target, with the same keys as RV(error); null if it succeeded.
      type: dict
      returned: always
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

from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import TARGET_OPTIONS, Selected, require_record
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, Request, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_exact
from ansible_collections.ontap.akv.plugins.module_utils.converge.converge import Procedure, converge
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import WAIT_OPTIONS, Planner
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Write
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(
    **TARGET_OPTIONS,
    **WAIT_OPTIONS,
    to={"type": "str", "choices": ["azure_key_vault", "key_manager"], "required": True},
    key_manager={"type": "str", "no_log": False},
)
RULES: dict[str, Any] = {}
# Source: the vendor's Python client, /security/key-managers and its migrate, ONTAP 9.9.1 and later.
_PATH = "/api/security/key-managers"


def find_key_manager(client: Client) -> str:
    """Return the UUID of the key manager (onboard, external) of scope cluster. Raises OptionError if there is not
    exactly one.
    """
    records = list(client.read_records(_PATH, {"scope": "cluster", "fields": "uuid,scope"}))
    uuids = sorted({_get_uuid(record) for record in records if record.get("scope", "cluster") == "cluster"})
    if len(uuids) == 1:
        return uuids[0]
    found = f"has {len(uuids)}: {', '.join(uuids)}" if uuids else "does not have one"
    hint = (
        "Give the UUID of one of them."
        if uuids
        else "Set up the onboard key manager, or external key servers, first (security key-manager)."
    )
    raise OptionError("key_manager", f"it is required, because the scope of the cluster {found}", hint=hint)


def _get_uuid(record: Mapping[str, Any]) -> str:
    uuid = record.get("uuid")
    if not isinstance(uuid, str) or not resource.is_uuid(uuid):
        raise ResponseError(
            "the response is not ONTAP's: a key manager without a UUID", status=200, request=Request("GET", _PATH)
        )
    return uuid


def plan(selected: Selected, *, key_manager: str, to: str) -> Change:
    """Return the plan to migrate the keys of one target. key_manager: UUID of the cluster's key manager."""
    record = require_record(selected)
    source, destination = (key_manager, record["uuid"]) if to == "azure_key_vault" else (record["uuid"], key_manager)
    write = Write("POST", f"{_PATH}/{source}/migrate", {"uuid": destination}, waits=True)
    return Change(selected.target, "migrate", record, record, (write,), shown={"keys": f"will be moved to {to}"})


def prepare(client: Client, *, key_manager: str | None, to: str) -> Planner:
    """Return the planner, once the cluster's key manager is known."""
    return partial(plan, key_manager=key_manager or find_key_manager(client), to=to)


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    key_manager, to = task.params["key_manager"], task.params["to"]
    if key_manager is not None and not resource.is_uuid(check_exact("key_manager", key_manager)):
        raise OptionError("key_manager", f"{key_manager!r} is not a UUID")
    return converge(
        task,
        Procedure(["*"], partial(plan, key_manager="", to=to), ready=partial(prepare, key_manager=key_manager, to=to)),
    )


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
