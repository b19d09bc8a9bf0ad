#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_rekey
short_description: Re-key the external or the internal key of Azure Key Vault configurations of ONTAP
version_added: 1.0.0
description:
  - With O(key=external), wraps the internal key of an SVM with another external key (a key encryption key, KEK, in the
    Azure key vault), or with another version of it.
  - With O(key=internal), replaces the internal key of the SVM (the SVM KEK), which the external key wraps.
  - Needs ONTAP 9.8 or later. Before ONTAP 9.11.1, the module changes the external key with a C(PATCH) of the
    configuration. Before ONTAP 9.10.1, it replaces the internal key through the CLI, for which the user needs the right
    for C(/api/private/cli/security/key-manager/external/azure) (C(all)). A CLI command has no job. The module waits for
    the command even with O(wait=false), and the command has to end within O(timeout) and O(wait_timeout).
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
    support: partial
    details:
      - O(key=internal) and O(force=true) re-key in every run.
      - O(key=external) changes nothing if ONTAP reports exactly this key. Before 9.14.1, ONTAP reports keys without
        their version. If the task then names a version, the module re-keys in every run and warns.
options:
  key:
    description:
      - The key to replace.
    type: str
    choices: [external, internal]
    required: true
  key_id:
    description:
      - Identifier of the new key encryption key, C(https://VAULT/keys/NAME) with an optional version.
      - Required with O(key=external), refused with O(key=internal).
      - Without a version, it matches any version of the key that ONTAP reports; see O(force).
    type: str
  force:
    description:
      - Whether to re-key even if ONTAP already reports O(key_id). Refused with O(key=internal).
    type: bool
    default: false
notes:
  - With O(use_rest=never), the module cannot read the configurations. It runs the command for every named SVM in every
    run, and does not verify the result. RV(azure_key_vaults) is empty, and O(wait_timeout) is the time for the command
    of one SVM. O(svm) must hold names, without wildcards. O(wait=false) is refused, and so are SVM names and keys with
    characters that can have a special meaning on the command line.
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_restore
  - module: ontap.akv.akv_info
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: Use another key of the vault for two SVMs
  ontap.akv.akv_rekey:
    svm:
      - svm1
      - svm2
    key: external
    key_id: https://kmip-akv-keyvault.vault.azure.net/keys/key2

- name: Replace the internal keys of all SVMs, ten SVMs at a time
  ontap.akv.akv_rekey:
    svm: "*"
    key: internal
    concurrency: 10
    wait_timeout: 600

- name: Start a re-key without waiting for it
  ontap.akv.akv_rekey:
    svm: svm1
    key: internal
    wait: false
  register: rekey
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
      sample: rekey
    changed:
      description: Whether the target was changed, or may have been changed if the outcome is unknown.
      type: bool
      returned: always
    fields:
      description: Names of the fields that were sent.
      type: list
      elements: str
      returned: always
      sample: [key_id]
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
from dataclasses import replace
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import TARGET_OPTIONS, Selected, require_record
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec, read_use_rest
from ansible_collections.ontap.akv.plugins.module_utils.converge.converge import Procedure, converge
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import WAIT_OPTIONS, Planner
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import (
    WILL_BE_REKEYED,
    Change,
    build_operation,
    plan_nothing,
    plan_rekey,
)
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(
    **TARGET_OPTIONS,
    **WAIT_OPTIONS,
    key={"type": "str", "choices": ["external", "internal"], "required": True, "no_log": False},
    key_id={"type": "str", "no_log": False},
    force={"type": "bool", "default": False},
)
RULES: dict[str, Any] = {"required_if": [("key", "external", ["key_id"])]}


def plan_internal(selected: Selected) -> Change:
    """Return the plan to replace the internal key of one target; ONTAP shows nothing to compare, so always a change."""
    record = require_record(selected)
    write = build_operation(record, "rekey-internal")
    return Change(selected.target, "rekey", record, record, (write,), shown={"internal_key": WILL_BE_REKEYED})


def plan_external(selected: Selected, key_id: str, *, force: bool) -> Change:
    """Return the plan to change the key encryption key of one target."""
    record = require_record(selected)
    reported = record.get("key_id")
    same = resource.is_same_key(key_id, reported)
    hidden = same and resource.is_version_hidden(key_id, reported)
    if same and not hidden and not force:
        return plan_nothing(selected.target, record)
    unsure = (
        f"{selected.target.label}: this ONTAP release reports the key without its version, so it is not known whether"
        f" {key_id} is already in use."
    )
    warnings = (f"{unsure} The re-key is therefore done in every run.",) if hidden and not force else ()
    change = plan_rekey(selected.target, record, key_id, warnings=warnings)
    return replace(change, shown={"external_key": WILL_BE_REKEYED}) if same else change


def _choose_planner(params: Mapping[str, Any]) -> Planner:
    key_id = params["key_id"]
    if params["key"] == "external":
        resource.parse_key(key_id)
        return partial(plan_external, key_id=key_id, force=params["force"])
    for name, given in (("key_id", key_id is not None), ("force", params["force"])):
        if given:
            raise OptionError(name, "it is refused with key: internal", hint="Remove it, or set key: external.")
    return plan_internal


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    planner = _choose_planner(task.params)
    if read_use_rest(task.params) != "never":
        return converge(task, Procedure(["*"], planner))
    from ansible_collections.ontap.akv.plugins.module_utils.converge.cli import check_word, run_commands

    if task.params["key"] == "internal":
        return run_commands(task, "rekey", ["rekey-internal"], shown={"internal_key": WILL_BE_REKEYED})
    key_id = check_word("key_id", task.params["key_id"])
    return run_commands(
        task, "rekey", ["rekey-external", "-key-id", key_id], shown={"key_id": key_id}, sent={"key_id": key_id}
    )


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
