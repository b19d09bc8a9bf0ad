# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: failures
short_description: List the SVMs that failed in a task, and why
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes the registered result of a task that changes configurations, such as M(ontap.akv.akv_rekey), and returns the
    SVMs that failed.
  - If the task failed before it knew its targets, for example because the cluster cannot be reached, all SVMs in O(svm)
    failed. If O(svm) is not set, the result is one failure without an SVM.
  - If the cluster refused the login, the SVMs for which nothing was sent count as failed too.
options:
  _input:
    description: The registered result.
    type: dict
    required: true
  svm:
    description: Names of the SVMs that the task was about.
    type: list
    elements: str
    default: []
  but:
    description: Error codes of ONTAP that do not count as failures.
    type: list
    elements: str
    default: []
seealso:
  - module: ontap.akv.akv_rekey
"""

EXAMPLES = r"""
- name: Create new internal keys
  ontap.akv.akv_rekey:
    svm: [svm1, svm2]
    key: internal
  register: rekey
  ignore_errors: true

- name: Show the SVMs that failed, except those without an internal key
  ansible.builtin.debug:
    msg: "{{ rekey | ontap.akv.failures(['svm1', 'svm2'], but=['65537559']) | map(attribute='text') }}"
"""

RETURN = r"""
_value:
  description: The SVMs that failed.
  type: list
  elements: dict
  contains:
    svm:
      description: Name of the SVM, null for the cluster or if it is not known.
      type: str
    code:
      description: The error code of ONTAP, null if ONTAP returned none.
      type: str
    denied:
      description: Whether the cluster refused the login or denied a permission, so that further attempts could lock the
        account.
      type: bool
    text:
      description: The SVM, and why it failed.
      type: str
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.module_utils.common.error_codes import DENIED_CODES


def list_failures(result: Any, svm: Sequence[str] = (), but: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the SVMs of a task that failed, as data."""
    if not isinstance(result, Mapping):
        raise AnsibleFilterError("ontap.akv.failures: the input is not a registered result")
    if not result.get("failed"):
        return []
    entries = [entry for entry in result.get("results") or [] if isinstance(entry, Mapping)]
    told = {entry.get("svm") for entry in entries}
    denied = any(_is_denied(entry.get("error")) for entry in entries)
    found = [_describe_failure(entry, but, denied) for entry in entries]
    untold: list[str | None] = [name for name in svm if name not in told]
    if not told and not untold:
        untold = [None]
    return [failure for failure in found if failure is not None] + [_describe_untold(name, result) for name in untold]


def _describe_failure(entry: Mapping[str, Any], but: Sequence[str], denied: bool) -> dict[str, Any] | None:
    """Return the failure of a target that a module reports, None if it succeeded."""
    name, error = entry.get("svm"), entry.get("error")
    label = name if entry.get("configuration") in (None, "default") else f"{name or 'cluster'}/{entry['configuration']}"
    if error:
        return (
            None
            if error.get("code") in but
            else {
                "svm": name,
                "code": error.get("code"),
                "denied": _is_denied(error),
                "text": _format_text(label, error),
            }
        )
    if denied and entry.get("message"):
        # After a refused login no further target is started: reported without an error, but not done.
        return {"svm": name, "code": None, "denied": True, "text": _format_named(label, entry["message"])}
    return None


def _describe_untold(name: str | None, result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the failure of an SVM that a failed task does not report on. name: None if the SVM is not known."""
    msg = result.get("msg") or "the task failed without a message"
    return {
        "svm": name,
        "code": None,
        "denied": _is_denied(result.get("error")),
        "text": msg if name is None else _format_named(name, msg),
    }


def _is_denied(error: Mapping[str, Any] | None) -> bool:
    """Return whether the login was refused or a permission denied."""
    return error is not None and (error.get("status") in (401, 403) or error.get("code") in DENIED_CODES)


def _format_text(name: str | None, error: Mapping[str, Any]) -> str:
    code = f" (ONTAP error {error['code']})" if error.get("code") else ""
    message = str(error.get("message") or "the task failed without a message").rstrip(".")
    return _format_named(name, f"{message}{code}. {error.get('hint') or ''}".rstrip())


def _format_named(name: str | None, text: str) -> str:
    return f"{name or 'cluster'}: {text}"


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"failures": list_failures}
