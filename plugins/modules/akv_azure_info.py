#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_azure_info
short_description: Check in Azure whether a credential and a key are ready for ONTAP
version_added: 1.0.0
description:
  - Logs in to Azure with the credential that ONTAP uses, reads the key, and wraps, unwraps, encrypts and decrypts
    random bytes with it.
  - Reports current problems (an expired secret, a disabled key, a missing right, a firewall) and future ones (a key or
    a certificate that expires soon, a newer version, a vault without purge protection).
  - Contacts Azure, never the cluster, and changes nothing. It shows how Azure looks from the host that runs the task.
    The SVMs may reach Azure by another route, such as a private endpoint; use C(delegate_to) to run the task on a host
    next to the cluster.
  - Sends at most seven requests on two connections, with one login. Retries are additional, and so is one request for
    each page of versions with O(versions=true).
  - The application needs the key permissions C(get), C(wrapKey), C(unwrapKey), C(encrypt) and C(decrypt), and C(list)
    for O(versions).
  - Does not depend on the release of ONTAP. What it checks applies to ONTAP 9.8 and later.
  - A network failure, an error page of a proxy or an untrusted certificate does not fail the task. RV(usable) is then
    null.
requirements:
  - requests
  - cryptography (for O(client_certificate) and O(client_certificate_path))
author:
  - ontap.akv contributors (!UNKNOWN)
extends_documentation_fragment:
  - ontap.akv.attributes
  - ontap.akv.attributes.info
attributes:
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
      change.
    support: full
  platform:
    details:
      - The module runs on any POSIX host and reaches Azure by HTTPS.
options:
  key_id:
    description:
      - Identifier of the key, C(https://VAULT/keys/NAME) or C(https://VAULT/keys/NAME/VERSION).
      - A version has 32 hexadecimal digits. Without one, the newest version is checked.
    type: str
    required: true
  name:
    description:
      - The vault as an HTTPS URL, as for O(ontap.akv.azure_key_vault#module:name) of M(ontap.akv.azure_key_vault).
      - If it is not the vault of O(key_id), the result has a warning. The module contacts the vault of O(key_id).
    type: str
  client_id:
    description:
      - Application (client) ID of the Azure application, a GUID.
    type: str
    required: true
  tenant_id:
    description:
      - Directory (tenant) ID of the Azure application, a GUID.
    type: str
    required: true
  client_secret:
    description:
      - Secret of the Azure application. It is sent only to O(oauth_host).
      - Exactly one of O(client_secret), O(client_certificate) and O(client_certificate_path) is required.
    type: str
  client_certificate:
    description:
      - Certificate and private key of the Azure application, as PKCS#12 in base64 and without a password. White space
        and line breaks are removed.
      - Neither the certificate nor its private key is sent. The private key signs the login (PS256), so it must be an
        RSA key.
    type: str
  client_certificate_path:
    description:
      - Path of a file with O(client_certificate) on the host that runs the module, as PKCS#12 (DER) or in base64.
    type: path
  oauth_host:
    description:
      - Host of the login, C(HOST) or C(HOST:PORT).
      - The default depends on the domain of the vault. It is C(login.microsoftonline.com) for C(vault.azure.net) and
        C(managedhsm.azure.net), C(login.microsoftonline.us) for C(vault.usgovcloudapi.net) and
        C(managedhsm.usgovcloudapi.net), and C(login.partner.microsoftonline.cn) for C(vault.azure.cn) and
        C(managedhsm.azure.cn).
      - Required for a vault in any other domain.
    type: str
  proxy_type:
    description:
      - How the proxy itself is reached. An empty string means V(http).
    type: str
    choices: [http, https, ""]
  proxy_host:
    description:
      - Host of the proxy to Azure. It takes precedence over the environment variables E(https_proxy) and E(no_proxy),
        which apply if the option is empty or not set.
      - Required if another option of the proxy is set and not empty.
    type: str
  proxy_port:
    description:
      - TCP port of the proxy, from 1 to 65535. An empty string means the default port of O(proxy_type).
    type: str
  proxy_username:
    description:
      - User name for the proxy. An empty string means none. Required if O(proxy_password) is set.
    type: str
  proxy_password:
    description:
      - Password for the proxy.
    type: str
  azure_ca_path:
    description:
      - Bundle of certificate authorities (PEM file, or directory in the format that OpenSSL expects) to trust instead
        of the system's, for the login, the vault and a proxy of type V(https).
      - If not set, the environment variable E(ONTAP_AKV_AZURE_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE) or
        E(CURL_CA_BUNDLE).
      - A file of 0 bytes counts as not given.
    type: path
  checks:
    description:
      - What to check. V(login) is the login and the tenant of the vault, V(key) the key and its attributes,
        V(operations) the operations that ONTAP uses the key for.
      - V(key) and V(operations) include the login.
    type: list
    elements: str
    choices: [login, key, operations]
    default: [login, key, operations]
  versions:
    description:
      - Whether to also list all versions of the key, if O(checks) includes V(key). This needs the key permission
        C(list).
    type: bool
    default: false
  warn_days:
    description:
      - A key or certificate that expires within this number of days causes a warning.
    type: int
    default: 30
  timeout:
    description:
      - Time limit of one HTTP request in seconds, until its response is complete.
    type: int
    default: 10
  max_retries:
    description:
      - How many times a request is retried after a lost connection or the HTTP status 429, 500, 502, 503 or 504.
        C(Retry-After) is honored.
      - The first missing right is tested once more after two seconds, regardless of this value, because it may just
        have been granted.
    type: int
    default: 2
notes:
  - The connection settings of the cluster, which C(module_defaults) for C(group/ontap.akv.akv) may hold, are ignored,
    except O(timeout) and O(max_retries).
  - Redirects are not followed. The access token is sent only to a vault that belongs to the audience that it names in
    its challenge.
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_rekey
"""

EXAMPLES = r"""
- name: Check that Azure is ready for ONTAP
  ontap.akv.akv_azure_info:
    key_id: https://vault1.vault.azure.net/keys/ontap-kek
    tenant_id: 3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f
    client_id: 7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c
    client_secret: "{{ akv_client_secret }}"
  register: azure

- name: Fail if the login or the key cannot be used
  ontap.akv.akv_azure_info:
    key_id: https://vault1.vault.azure.net/keys/ontap-kek
    tenant_id: 3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f
    client_id: 7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c
    client_secret: "{{ akv_client_secret }}"
  register: azure
  failed_when: azure is failed or azure.usable is not true

- name: Check a certificate, list all versions of the key, and warn earlier
  ontap.akv.akv_azure_info:
    key_id: https://vault1.vault.azure.net/keys/ontap-kek
    tenant_id: 3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f
    client_id: 7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c
    client_certificate_path: "{{ akv_client_certificate_path }}"
    versions: true
    warn_days: 60
"""

RETURN = r"""
usable:
  description:
    - V(true) if none of RV(problems) is an error, V(false) if Azure refused something or the key or the certificate
      cannot be used, null if Azure could not be reached from this host.
  returned: success
  type: bool
  sample: true
problems:
  description: Current and future problems; an empty list if none were found.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: What the problem is about, one of V(login), V(certificate), V(vault), V(key), V(operations) and
        V(connection).
      type: str
      returned: always
      sample: login
    severity:
      description: V(error) or V(warning).
      type: str
      returned: always
      sample: error
    code:
      description: The error code of Azure; null if Azure returned none.
      type: str
      returned: always
      sample: AADSTS7000222
    reason:
      description:
        - What the collection found, such as V(key_expiring), V(newer_version), V(purgeable), V(certificate_expiring),
          V(certificate_expired), V(other_tenant) or V(network). For a refused login, the C(error) of the response.
        - Null if the code is sufficient.
      type: str
      returned: always
      sample: key_expiring
    message:
      description: What is wrong, in Azure's words if it returned a message.
      type: str
      returned: always
    hint:
      description: What to do about it, with the command of the Azure CLI if there is one; null for an unknown code.
      type: str
      returned: always
azure:
  description: What Azure returned. Times are in UTC, in ISO 8601.
  returned: success
  type: dict
  contains:
    vault:
      description: The vault. RV(azure.vault.tenant_id) and RV(azure.vault.resource) are what the vault reports about
        itself; null if it reports nothing.
      type: dict
      returned: always
      contains:
        url:
          description: The URL of the vault.
          type: str
          returned: always
        tenant_id:
          description: The tenant that the vault trusts.
          type: str
          returned: always
        resource:
          description: The audience that a token for the vault must have.
          type: str
          returned: always
    login:
      description: The login.
      type: dict
      returned: always
      contains:
        ok:
          description: Whether Azure accepted the credential, null if that is not known.
          type: bool
          returned: always
        method:
          description: V(client_secret) or V(certificate).
          type: str
          returned: always
        oauth_host:
          description: The host of the login.
          type: str
          returned: always
    certificate:
      description: The client certificate, null without one.
      type: dict
      returned: always
      contains:
        not_before:
          description: When it becomes valid.
          type: str
          returned: always
        not_after:
          description: When it expires.
          type: str
          returned: always
        days_left:
          description: Whole days until it expires, negative after that.
          type: int
          returned: always
        thumbprint:
          description: Its SHA-1 thumbprint, as the Azure portal shows it.
          type: str
          returned: always
    key:
      description: The version of the key that was checked, null if it could not be read.
      type: dict
      returned: always
      contains:
        key_id:
          description: Identifier of the key with its version.
          type: str
          returned: always
        version:
          description: Version of the key.
          type: str
          returned: always
        newest_version:
          description: Newest version of the key, null if it was not read.
          type: str
          returned: always
        is_newest:
          description: Whether the version is the newest one, null if that is not known.
          type: bool
          returned: always
        type:
          description: Type of the key, such as V(RSA) or V(RSA-HSM).
          type: str
          returned: always
        size:
          description: Size of an RSA key in bits.
          type: int
          returned: always
        permitted_operations:
          description: What the key permits.
          type: list
          elements: str
          returned: always
        enabled:
          description: Whether the version is enabled.
          type: bool
          returned: always
        not_before:
          description: When the version becomes valid, null if no date is set.
          type: str
          returned: always
        expires:
          description: When the version expires; null if it never does.
          type: str
          returned: always
        days_left:
          description: Whole days until the version expires, negative after that; null if it never expires.
          type: int
          returned: always
        created:
          description: When the version was created.
          type: str
          returned: always
        updated:
          description: When the version was last changed.
          type: str
          returned: always
        recovery_level:
          description: What happens to a deleted key, in Azure's words.
          type: str
          returned: always
          sample: Recoverable
        purge_protected:
          description: Whether a deleted key cannot be purged before its retention period ends.
          type: bool
          returned: always
    operations:
      description:
        - V(get), V(wrapKey), V(unwrapKey), V(encrypt) and V(decrypt), each with V(ok) and V(code). V(ok) is null if it
          was not tested.
        - If O(checks) includes V(key) and O(key_id) names a version that is not the newest, V(encrypt) is not tested,
          so that seven requests are enough. V(wrapKey) is the same operation, but has a separate right.
      type: dict
      returned: always
      sample:
        get: {ok: true, code: null}
        unwrapKey: {ok: false, code: KeyDisabled}
    versions:
      description: All versions of the key, the newest first, each with C(key_id), C(version), C(enabled),
        C(not_before), C(expires), C(created) and C(updated) as in RV(azure.key). Null if O(versions=false) or if they
        could not be listed.
      type: list
      elements: dict
      returned: always
# Made by `make return-values` from here
error:
  description: The error; with several targets, the first one in the order of the task.
  returned: on failure
  type: dict
  contains:
    code:
      description: Always null. The codes of Azure are in RV(problems[].code).
      type: str
      returned: always
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

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import (
    KeyId,
    is_same_vault,
    is_uuid,
    parse_key,
    parse_vault,
)
from ansible_collections.ontap.akv.plugins.module_utils.azure.conversation import ask
from ansible_collections.ontap.akv.plugins.module_utils.azure.judge import judge
from ansible_collections.ontap.akv.plugins.module_utils.azure.options import (
    ARGUMENTS,
    LONGEST_WARNING,
    is_host,
    read_connection,
    read_login_host,
)
from ansible_collections.ontap.akv.plugins.module_utils.azure.record import CHECKS, Host, Question
from ansible_collections.ontap.akv.plugins.module_utils.common import options
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_exact
from ansible_collections.ontap.akv.plugins.module_utils.run.module import run
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task

if TYPE_CHECKING:
    from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import ClientCertificate

_CREDENTIALS = ("client_secret", "client_certificate", "client_certificate_path")
_KEY_NAME = re.compile(r"[0-9A-Za-z-]{1,127}")
_KEY_VERSION = re.compile(r"[0-9A-Fa-f]{32}")

ARGUMENT_SPEC: dict[str, Any] = {
    "key_id": {"type": "str", "required": True, "no_log": False},
    "name": {"type": "str"},
    "client_id": {"type": "str", "required": True},
    "tenant_id": {"type": "str", "required": True},
    "client_secret": {"type": "str", "no_log": True},
    "client_certificate": {"type": "str", "no_log": True},
    "client_certificate_path": {"type": "path"},
    "checks": {"type": "list", "elements": "str", "choices": list(CHECKS), "default": list(CHECKS)},
    "versions": {"type": "bool", "default": False},
    "warn_days": {"type": "int", "default": 30},
    **ARGUMENTS,
}
RULES: dict[str, Any] = {"mutually_exclusive": [_CREDENTIALS], "required_one_of": [_CREDENTIALS]}


def execute(task: Task, note: Callable[[Any], None] | None = None) -> dict[str, Any]:
    """Run the module without AnsibleModule. Raises AkvError for invalid options and for a missing library.

    note: see ask().
    """
    question = _read_question(task)
    record = ask(question, hide=task.hide, note=note)
    return {"changed": False, **judge(record, question, time.time())._asdict()}


def _read_question(task: Task) -> Question:
    """Return the validated options; raise OptionError before any request."""
    params = task.params
    key = _parse_key(params["key_id"])
    for name in ("client_id", "tenant_id"):
        if not is_uuid(params[name]):
            raise OptionError(name, f"{params[name]!r} is not a GUID such as 3f6c1d2e-8a4b-4c5d-9e7f-0a1b2c3d4e5f")
    if not params["checks"]:
        raise OptionError("checks", f"it is empty; give at least one of {', '.join(CHECKS)}")
    return Question(
        vault=Host(*key.vault[1:]),
        key=key.name,
        # As Azure returns it.
        version=key.version.lower() if key.version else None,
        client_id=params["client_id"],
        tenant_id=params["tenant_id"],
        oauth_host=read_login_host(params, key.vault[1]),
        reach=read_connection(params, task.remove_secrets),
        secret=_read_secret(params),
        certificate=_read_certificate(task),
        checks=params["checks"],
        versions=params["versions"],
        warn_days=options.check_range("warn_days", params["warn_days"], 0, LONGEST_WARNING),
        other_vault=_find_other_vault(params["name"], params["key_id"]),
    )


def _parse_key(value: str) -> KeyId:
    """Return the parts of a key identifier; raise OptionError if it is not one."""
    key = parse_key(value)
    if not is_host(key.vault[1]):
        raise OptionError("key_id", f"{value!r} is not accepted: its host is not a name, an IPv4 or an IPv6 address")
    if not _KEY_NAME.fullmatch(key.name):
        raise OptionError(
            "key_id", f"{value!r} is not accepted: the name of a key has 1 to 127 letters, digits and hyphens"
        )
    if key.version is not None and not _KEY_VERSION.fullmatch(key.version):
        raise OptionError(
            "key_id",
            f"{value!r} is not accepted: a version has 32 hexadecimal digits; omit it to use the newest version",
        )
    return key


def _read_secret(params: Mapping[str, Any]) -> str | None:
    secret: str | None = params["client_secret"]
    if secret is not None and not secret.strip():
        raise OptionError("client_secret", "it is empty")
    return None if secret is None else check_exact("client_secret", secret)


def _read_certificate(task: Task) -> ClientCertificate | None:
    if task.params["client_certificate"] is None and task.params["client_certificate_path"] is None:
        return None
    import base64

    from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import find_given, find_misplaced
    from ansible_collections.ontap.akv.plugins.module_utils.azure.assertion import open_certificate

    # A certificate that was given instead of its path must not be shown.
    task.hide(find_misplaced(task.params))
    option, content = find_given(task.params) or ("client_certificate", b"")
    task.hide(base64.b64encode(content).decode())
    return open_certificate(option, content)


def _find_other_vault(name: str | None, key_id: str) -> str | None:
    """Return the vault that C(name) names, if it is not the vault of the key."""
    if name is None:
        return None
    parse_vault(name)
    return None if is_same_vault(name, key_id.partition("/keys/")[0]) else name


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
