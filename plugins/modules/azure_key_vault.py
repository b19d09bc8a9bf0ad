#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: azure_key_vault
short_description: Manage the Azure Key Vault configurations of ONTAP SVMs
version_added: 1.0.0
description:
  - Creates, updates and deletes the Azure Key Vault (AKV) key managers of SVMs, or that of the cluster.
  - One task handles any number of SVMs. It reads the current state with one query and sends only what differs.
  - If O(svm) contains both names and UUIDs, and some of these SVMs do not have a configuration yet, the user needs the
    right for C(/api/svm/svms) (C(readonly)).
  - Needs ONTAP 9.8 or later. Options that need a later release say so. On an earlier release they are refused, and
    nothing is changed.
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
      - ONTAP never returns O(client_secret), O(client_certificate) and O(proxy_password), so they cannot be compared.
        With O(update_credentials=always), they are sent and RV(ignore:changed) is true in every run.
options:
  state:
    description:
      - V(present) creates or updates the configuration. Only options that are set are compared.
      - V(absent) deletes the configuration. An SVM that does not exist, for example because of a typing error, is not
        an error; see M(ontap.akv.akv_svm_info).
    type: str
    choices: [present, absent]
    default: present
  name:
    description:
      - HTTPS URL of the vault. Required to create a configuration. It cannot be changed later.
    type: str
  client_id:
    description:
      - Application (client) ID of the Azure application that has access to the vault. Required to create a
        configuration.
      - Changing it needs ONTAP 9.9.1 or later.
    type: str
  tenant_id:
    description:
      - Directory (tenant) ID of the Azure application. Required to create a configuration.
      - Changing it needs ONTAP 9.9.1 or later.
    type: str
  key_id:
    description:
      - Identifier of the key encryption key, C(https://VAULT/keys/NAME) with an optional version. Required to create a
        configuration.
      - The version is compared only if the task gives one and ONTAP reports one (from 9.14.1 on).
      - A different key is an error unless O(allow_rekey=true), because ONTAP then wraps the internal key of the SVM
        again.
    type: str
  client_secret:
    description:
      - Secret of the Azure application. Mutually exclusive with O(client_certificate) and O(client_certificate_path).
      - It cannot be compared; see O(update_credentials).
    type: str
  client_certificate:
    description:
      - Certificate and private key of the Azure application, as PKCS#12 without a password, in base64. White space and
        line breaks are removed.
      - It cannot be compared; see O(update_credentials).
      - If the Python library C(cryptography) is installed, a certificate that has expired or is not yet valid is
        refused. Without C(cryptography), or if the PKCS#12 has a password, the task warns that the dates could not be
        checked. ONTAP does not accept a PKCS#12 with a password (65537573).
      - Needs ONTAP 9.10.1 or later.
    type: str
  client_certificate_path:
    description:
      - Path of a file with O(client_certificate) on the host that runs the module, as PKCS#12 (DER) or in base64.
    type: path
  proxy_type:
    description:
      - Type of the proxy that ONTAP uses to reach Azure. An empty string removes it.
    type: str
    choices: [http, https, ""]
  proxy_host:
    description:
      - Host of the proxy. An empty string removes it.
      - If another option of the proxy is set, and neither the task nor the configuration has a host, the task warns.
    type: str
  proxy_port:
    description:
      - TCP port of the proxy, from 1 to 65535. An empty string removes it.
    type: str
  proxy_username:
    description:
      - User name for the proxy. An empty string removes it.
    type: str
  proxy_password:
    description:
      - Password for the proxy. It cannot be compared. It is sent with every change of another proxy option, and as set
        with O(update_credentials).
    type: str
  update_credentials:
    description:
      - When to send O(client_secret), O(client_certificate) and O(proxy_password).
      - V(on_create) sends them when the configuration is created, and when the authentication method, O(client_id) or
        O(tenant_id) changes.
      - V(always) sends them in every run, which always reports a change. Use it to rotate a credential.
      - V(when_unreachable) sends them like V(on_create), and if ONTAP reports that it cannot reach the vault.
      - If not set, V(on_create) applies, and the task warns if a secret was not sent.
      - V(always) and V(when_unreachable) warn if the task has no credential.
    type: str
    choices: [on_create, always, when_unreachable]
  allow_rekey:
    description:
      - Whether to re-key if O(key_id) differs.
    type: bool
    default: false
  enabled:
    description:
      - Whether the configuration is in use. Only one configuration of an SVM can be in use.
      - Without the option O(configuration), a new configuration gets the name C(default) and is in use, unless this
        option is V(false). A new configuration with another name is in use only with O(enabled=true).
      - Needs ONTAP 9.14.1 or later.
    type: bool
  oauth_host:
    description:
      - Host of the Azure login endpoint, such as C(login.microsoftonline.us) or C(login.partner.microsoftonline.cn).
        ONTAP's default is C(login.microsoftonline.com).
      - Needs ONTAP 9.14.1 or later.
    type: str
  vault_host:
    description:
      - Domain of the vaults, such as C(vault.usgovcloudapi.net) or C(vault.azure.cn). ONTAP's default is
        C(vault.azure.net).
      - Needs ONTAP 9.14.1 or later.
    type: str
  port:
    description:
      - TCP port of the vault, from 1 to 65535. ONTAP's default is 443.
      - Needs ONTAP 9.14.1 or later.
    type: int
  verify_host:
    description:
      - Whether ONTAP verifies the host name in the certificate of the vault.
      - Needs ONTAP 9.14.1 or later.
    type: bool
  verify_ip:
    description:
      - Whether ONTAP verifies the IP address in the certificate of the vault.
      - Needs ONTAP 9.14.1 or later.
    type: bool
  skip_verification:
    description:
      - Whether ONTAP accepts a credential without checking that it can reach the vault with it.
      - Sent with every request that carries a credential, and never by itself. It is not compared with anything. The
        task warns if it has no credential.
      - Needs ONTAP 9.16.1 or later.
    type: bool
seealso:
  - module: ontap.akv.akv_rekey
  - module: ontap.akv.akv_restore
  - module: ontap.akv.akv_info
  - name: ONTAP REST API, Azure key vaults
    description: The reference of the API that this module uses.
    link: https://docs.netapp.com/us-en/ontap-restapi-9111/ontap/security_azure-key-vaults_endpoint_overview.html
"""

EXAMPLES = r"""
- name: Configure two SVMs
  ontap.akv.azure_key_vault:
    hostname: "{{ ontap_hostname }}"
    username: "{{ ontap_username }}"
    password: "{{ ontap_password }}"
    svm:
      - svm1
      - svm2
    name: https://kmip-akv-keyvault.vault.azure.net/
    client_id: aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa
    tenant_id: zzzzzzzz-yyyy-zzzz-yyyy-zzzzzzzzzzzz
    key_id: https://kmip-akv-keyvault.vault.azure.net/keys/key1
    client_secret: "{{ akv_client_secret }}"
    update_credentials: on_create

# In the following examples, the connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: Rotate the client secret
  ontap.akv.azure_key_vault:
    svm: svm1,svm2
    client_secret: "{{ akv_client_secret }}"
    update_credentials: always

- name: Configure an SVM with a certificate and a proxy
  ontap.akv.azure_key_vault:
    svm: svm3
    name: https://kmip-akv-keyvault.vault.azure.net/
    client_id: aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa
    tenant_id: zzzzzzzz-yyyy-zzzz-yyyy-zzzzzzzzzzzz
    key_id: https://kmip-akv-keyvault.vault.azure.net/keys/key1
    client_certificate_path: "{{ akv_client_certificate_path }}"
    proxy_type: http
    proxy_host: proxy.example.com
    proxy_port: 3128
    update_credentials: when_unreachable

- name: Use another key
  ontap.akv.azure_key_vault:
    svm: svm1
    key_id: https://kmip-akv-keyvault.vault.azure.net/keys/key2
    allow_rekey: true

- name: Use a vault of Azure Government (ONTAP 9.14.1 or later)
  ontap.akv.azure_key_vault:
    svm: svm4
    name: https://kmip-akv-keyvault.vault.usgovcloudapi.net/
    client_id: aaaaaaaa-bbbb-aaaa-bbbb-aaaaaaaaaaaa
    tenant_id: zzzzzzzz-yyyy-zzzz-yyyy-zzzzzzzzzzzz
    key_id: https://kmip-akv-keyvault.vault.usgovcloudapi.net/keys/key1
    client_secret: "{{ akv_client_secret }}"
    update_credentials: on_create
    oauth_host: login.microsoftonline.us
    vault_host: vault.usgovcloudapi.net

- name: Delete the configuration
  ontap.akv.azure_key_vault:
    svm: svm3
    state: absent
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
      sample: create
    changed:
      description: Whether the target was changed, or may have been changed if the outcome is unknown.
      type: bool
      returned: always
    fields:
      description: Names of the fields that were sent.
      type: list
      elements: str
      returned: always
      sample: [client_secret]
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

from functools import partial
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import TARGET_OPTIONS, Selected
from ansible_collections.ontap.akv.plugins.module_utils.akv.svms import merge_same
from ansible_collections.ontap.akv.plugins.module_utils.common.options import build_argument_spec
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration
from ansible_collections.ontap.akv.plugins.module_utils.converge.converge import Procedure, converge
from ansible_collections.ontap.akv.plugins.module_utils.converge.outcome import WAIT_OPTIONS
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, plan_nothing
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

ARGUMENT_SPEC = build_argument_spec(
    **TARGET_OPTIONS,
    **WAIT_OPTIONS,
    state={"type": "str", "choices": ["present", "absent"], "default": "present"},
    name={"type": "str"},
    client_id={"type": "str"},
    tenant_id={"type": "str"},
    key_id={"type": "str", "no_log": False},
    client_secret={"type": "str", "no_log": True},
    client_certificate={"type": "str", "no_log": True},
    client_certificate_path={"type": "path"},
    proxy_type={"type": "str", "choices": ["http", "https", ""]},
    proxy_host={"type": "str"},
    proxy_port={"type": "str"},
    proxy_username={"type": "str"},
    proxy_password={"type": "str", "no_log": True},
    update_credentials={"type": "str", "choices": ["on_create", "always", "when_unreachable"], "no_log": False},
    allow_rekey={"type": "bool", "default": False, "no_log": False},
    enabled={"type": "bool"},
    oauth_host={"type": "str"},
    vault_host={"type": "str"},
    port={"type": "int"},
    verify_host={"type": "bool"},
    verify_ip={"type": "bool"},
    skip_verification={"type": "bool"},
)
RULES: dict[str, Any] = {"mutually_exclusive": [("client_secret", "client_certificate", "client_certificate_path")]}


def plan(selected: Selected, wanted: configuration.Wanted | None) -> Change:
    """Return the changes for one target; wanted is None if the configuration must not exist."""
    record = selected.record
    if wanted is None:
        return (
            plan_nothing(selected.target, None)
            if record is None
            else configuration.plan_deletion(selected.target, record)
        )
    if record is None:
        return configuration.plan_creation(selected.target, wanted)
    return configuration.plan_update(selected.target, record, wanted)


def execute(task: Task) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError."""
    wanted = None if task.params["state"] == "absent" else _read_wanted(task)
    asked = ["azure_reachability"] if wanted and wanted.asks_reachability else []
    uses = [
        name
        for name in (*resource.WAY_FIELDS, resource.SKIP_VERIFICATION, "enabled")
        if wanted and task.params[name] is not None
    ]
    if wanted and "client_certificate" in wanted.credentials:
        # A release without certificates does not know this field either, and reports that before anything is written.
        asked.append("authentication_method")
        uses.append("client_certificate")
    procedure = Procedure(
        ["*", *asked],
        partial(plan, wanted=wanted),
        wildcards=False,
        inactive=True,
        uses=uses,
        narrow=merge_same if wanted else None,
    )
    return converge(task, procedure)


def _read_wanted(task: Task) -> configuration.Wanted:
    # A certificate that was given instead of its path must not be shown.
    task.hide(configuration.find_misplaced_certificate(task.params))
    wanted = configuration.read_wanted(task.params)
    for secret in wanted.credentials.values():
        task.hide(secret)
    for text in wanted.warnings:
        task.warn(text)
    return wanted


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
