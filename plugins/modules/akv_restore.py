#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_restore
short_description: Restore the keys of ONTAP SVMs from Azure Key Vault
version_added: 1.0.0
description:
  - Restores the internal keys of SVMs if they are not available on every node, for example after a reboot. ONTAP has
    Azure unwrap them again, and loads them on the nodes that lack them.
  - Reads the state of all targets, restores only what is missing, and reads the state again to verify it.
  - Needs ONTAP 9.8 or later. Before ONTAP 9.10.1, the module uses the CLI, for which the user needs the right for
    C(/api/private/cli/security/key-manager/external/azure) (C(all)). A CLI command has no job. The module waits for the
    command even with O(wait=false), and the command has to end within O(timeout) and O(wait_timeout).
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
      - With O(force=true), the keys are restored in every run.
options:
  force:
    description:
      - Whether to restore even if the key is available.
      - Without it, an SVM whose key is not available because it has no encrypted volumes yet is skipped.
    type: bool
    default: false
notes:
  - With O(use_rest=never), the module cannot read the configurations. It runs the command for every named SVM in every
    run, and does not verify the result. RV(azure_key_vaults) is empty, and O(wait_timeout) is the time for the command
    of one SVM. O(svm) must hold names, without wildcards. O(wait=false) is refused, and so are SVM names with
    characters that can have a special meaning on the command line.
  - The task fails if a key is still not available after the restore. With O(wait=false), the result is not verified.
  - Reading the state is expensive for the cluster. The module reads it once before and once after the restore.
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_rekey
  - module: ontap.akv.akv_info
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: Restore the missing keys of all SVMs
  ontap.akv.akv_restore:
    svm: "*"

- name: Restore the keys of one SVM, whatever their state
  ontap.akv.akv_restore:
    svm: svm1
    force: true
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
      sample: restore
    changed:
      description: Whether the target was changed, or may have been changed if the outcome is unknown.
      type: bool
      returned: always
    fields:
      description: Names of the fields that were sent.
      type: list
      elements: str
      returned: always
      sample: []
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

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import TARGET_OPTIONS, Selected, require_record
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import TargetError
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec, read_use_rest
from ansible_collections.ontap.akv.plugins.module_utils.converge.converge import Procedure, converge
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import WAIT_OPTIONS, Outcome
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, build_operation, plan_nothing
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(**TARGET_OPTIONS, **WAIT_OPTIONS, force={"type": "bool", "default": False})
RULES: dict[str, Any] = {}


def plan(selected: Selected, *, force: bool, mask: Callable[[str], str] = str) -> Change:
    """Return the plan to restore the keys of one target. mask: removes secrets from ONTAP's messages."""
    record = require_record(selected)
    if not force and resource.is_available(record):
        return plan_nothing(selected.target, record)
    if not force and resource.is_waiting_for_volumes(record):
        return plan_nothing(selected.target, record, message=mask(resource.get_state_message(record) or "") or None)
    write = build_operation(record, "restore")
    expected = {**record, "state": {"available": True, "code": 0, "message": ""}}
    return Change(selected.target, "restore", record, expected, (write,))


def verify(outcome: Outcome, *, mask: Callable[[str], str] = str) -> Outcome:
    """Return an outcome, with an error if the key is still unavailable after the restore. mask: as for the plan."""
    record = outcome.record or {}
    if resource.is_available(record):
        return outcome
    if outcome.record is not None and "state" not in record:
        unread = TargetError(
            "the keys were restored, but whether they are available could not be read",
            target="state",
            hint="Run ontap.akv.akv_info with fields: state. It reports why the state could not be read.",
        )
        return replace(outcome, error=unread)
    reason = mask(resource.get_state_message(record) or "") or "ONTAP gives no reason"
    hint = "Read azure_reachability and ekmip_reachability with ontap.akv.akv_info to see which node is affected."
    if resource.is_waiting_for_volumes(record):
        hint = (
            "This is not a problem: there is nothing to restore until the SVM has an encrypted volume. Without force,"
            " the task says so."
        )
    error = TargetError(f"the keys were restored, but are still not available: {reason}", target="state", hint=hint)
    return replace(outcome, error=error)


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    if read_use_rest(task.params) == "never":
        from ansible_collections.ontap.akv.plugins.module_utils.converge.cli import run_commands

        return run_commands(task, "restore", ["restore"], shown={"keys": "will be restored"})
    mask = task.remove_secrets
    return converge(
        task,
        Procedure(
            ["*", "state"], partial(plan, force=task.params["force"], mask=mask), verify=partial(verify, mask=mask)
        ),
    )


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
