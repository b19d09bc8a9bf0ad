#!/usr/bin/python
# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: akv_info
short_description: Get the Azure Key Vault configurations of an ONTAP cluster
version_added: 0.1.0
description:
  - Returns the Azure Key Vault configurations of SVMs and of the cluster, with their state and reachability when asked for.
  - Without O(svm), O(uuid) or O(scope), all of them.
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
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
options:
  fields:
    description:
      - The fields to return, by the names of the REST API. C(uuid), C(name), C(scope) and C(svm) are always returned.
      - V(*) is the plain configuration and the default. V(**) is everything.
      - C(state), C(azure_reachability) and C(ekmip_reachability) cost the cluster work and are returned only when named (or with V(**)).
    type: list
    elements: str
    default: ["*"]
  query:
    description:
      - Filters, by any field that the REST API documents as a filter, with the query operators of ONTAP in the values.
    type: dict
    default: {}
  order_by:
    description:
      - Fields to order by, each with an optional C(asc) or C(desc).
      - Where O(svm) mixes names and UUIDs, each of the two groups is ordered by itself.
    type: list
    elements: str
    default: []
  max_records:
    description:
      - The most records to return. All by default.
    type: int
seealso:
  - module: ontap.akv.azure_key_vault
  - module: ontap.akv.akv_rekey
  - module: ontap.akv.akv_restore
"""

EXAMPLES = r"""
# The connection comes from ONTAP_HOSTNAME, ONTAP_USERNAME and ONTAP_PASSWORD.
- name: All configurations of the cluster
  ontap.akv.akv_info:
  register: akv

- name: What is wrong with the SVMs whose names begin with prod
  ontap.akv.akv_info:
    svm: prod*
    fields:
      - state
      - azure_reachability
      - ekmip_reachability
  register: health

- name: Which SVMs use a certificate, or a key of another vault
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
  description: The configurations that were found, with the field names of the REST API. Never a secret.
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
      key_id: https://keyvault1.vault.azure.net/keys/key1
      authentication_method: client_secret
num_records:
  description: How many configurations were found.
  returned: success
  type: int
  sample: 1
error:
  description: What went wrong.
  returned: on failure
  type: dict
  contains:
    code:
      description: The error code of ONTAP, null where ONTAP gave none.
      type: str
      returned: always
      sample: "65537120"
    message:
      description: What was refused.
      type: str
      returned: always
    target:
      description: The option or parameter at fault, where one is known.
      type: str
      returned: always
    status:
      description: The HTTP status, null where there was no answer.
      type: int
      returned: always
    method:
      description: The HTTP method of the request.
      type: str
      returned: always
    path:
      description: The path of the request, without its query.
      type: str
      returned: always
    hint:
      description: What to do about it.
      type: str
      returned: always
"""

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ontap.akv.plugins.module_utils import akv, select
from ansible_collections.ontap.akv.plugins.module_utils.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.options import argument_spec, in_range, text
from ansible_collections.ontap.akv.plugins.module_utils.running import run
from ansible_collections.ontap.akv.plugins.module_utils.task import Task

ARGUMENT_SPEC = argument_spec(
    **select.TARGET_OPTIONS,
    fields={"type": "list", "elements": "str", "default": ["*"]},
    query={"type": "dict", "default": {}},
    order_by={"type": "list", "elements": "str", "default": []},
    max_records={"type": "int"},
)
RULES: dict[str, Any] = {}

ALWAYS_ASKED = ("uuid", "name", "scope", "svm")
_FIELD = re.compile(r"\*\*?|[a-z_]+(\.[a-z_]+)*(\.\*)?")
_ORDER = re.compile(r"[a-z_]+(\.[a-z_]+)*( +(asc|desc))?", re.IGNORECASE)
# Parameters of the request that are no filters; each has an option of its own, or none on purpose.
_NO_FILTERS = frozenset({"fields", "max_records", "order_by", "return_records", "return_timeout"})
# Filters that an option sets too: a name in svm never reaches the cluster-scoped configuration.
_IMPLIED = {"svm": ("scope",)}
_LARGEST_PAGE = 10000


def _checked(option: str, values: list[str], pattern: re.Pattern[str], form: str) -> list[str]:
    for value in values:
        if not pattern.fullmatch(value):
            raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return values


def _value(name: str, value: Any) -> str:
    """A filter's value as ONTAP wants it in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and value:
        return "|".join(_value(name, item) for item in value)
    if isinstance(value, (str, int)):
        return text("query", str(value))
    raise OptionError("query", f"the value of {name} is neither a string, a number, a boolean nor a list of some of them")


def query_of(params: Mapping[str, Any]) -> dict[str, str]:
    """Returns the query that the options of a task make, without the targets; raises OptionError."""
    for name in params["query"]:
        if name in _NO_FILTERS:
            raise OptionError("query", f"{name} is no filter", hint="Use the options fields, order_by and max_records.")
        if not _FIELD.fullmatch(name) or "*" in name:
            raise OptionError("query", f"{name!r} is not the name of a field")
        for option in ("svm", "uuid", "scope"):
            if params[option] and name.split(".")[0] in (option, *_IMPLIED.get(option, ())):
                raise OptionError("query", f"{name} is given beside the option {option}; give one of them")
    fields = _checked("fields", params["fields"], _FIELD, "the name of a field, * or **")
    order = _checked("order_by", params["order_by"], _ORDER, "the name of a field, and asc or desc behind it if wanted")
    query = {name: _value(name, value) for name, value in params["query"].items()}
    query["fields"] = ",".join(dict.fromkeys((*ALWAYS_ASKED, *(fields or ["*"]))))
    if order:
        query["order_by"] = ",".join(order)
    return query


def find(client: Client, chosen: select.Selector, query: Mapping[str, str], limit: int | None, *, dear: bool) -> list[dict[str, Any]]:
    """Returns the configurations that the targets and the query select, each once, at most limit of them."""
    found: dict[str, dict[str, Any]] = {}
    page = {} if limit is None else {"max_records": str(min(limit, _LARGEST_PAGE))}
    for targets in select.filters(chosen, dear=dear):
        for record in client.records(akv.PATH, {**query, **targets, **page}):
            shown = akv.public(select.owned(record))
            uuid = select.uuid_of(shown)
            # A list too long for a URL is asked for without its names, so the answer may hold more.
            if select.selects(chosen, shown):
                found.setdefault(uuid, shown)
            if len(found) == limit:
                return list(found.values())
    return list(found.values())


def execute(task: Task) -> dict[str, Any]:
    """Runs the module without AnsibleModule. Raises AkvError."""
    chosen = select.selector(task.params, wildcards=True, required=False)
    query = query_of(task.params)
    limit = task.params["max_records"]
    if limit is not None:
        in_range("max_records", limit, 1)
    dear = any(field.split(".")[0] in (*akv.ADVANCED, "**") for field in task.params["fields"])
    with task.client() as client:
        records = find(client, chosen, query, limit, dear=dear)
    if len(records) != limit and not task.params["query"]:
        _warn_of_idle_wildcards(task, chosen, records)
    return {"changed": False, "azure_key_vaults": records, "num_records": len(records)}


def _warn_of_idle_wildcards(task: Task, chosen: select.Selector, records: list[dict[str, Any]]) -> None:
    for item in chosen.svms:
        if "*" in item and not any(select.matches(item, record) for record in records):
            task.warn(f"svm: no SVM with an Azure key vault configuration matches {item}.")


def main() -> None:
    run(AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True, **RULES), execute)


if __name__ == "__main__":
    main()
