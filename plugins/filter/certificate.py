# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: certificate
short_description: Tell fingerprint and dates of a client certificate
version_added: 0.1.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes a PKCS#12 as O(ontap.akv.azure_key_vault#module:client_certificate) takes it, and tells what can be seen of it without a password.
  - What the module would refuse because of its form is an error here, too.
requirements:
  - The Python library C(cryptography) on the controller; without it the fingerprint is that of the PKCS#12, and no date is known.
options:
  _input:
    description: The PKCS#12 in base64, or the path of its file on the controller with O(file=true).
    type: str
    required: true
  file:
    description: Whether the input is the path of a file that holds the PKCS#12 (DER) or its base64.
    type: bool
    default: false
seealso:
  - module: ontap.akv.azure_key_vault
"""

EXAMPLES = r"""
- name: Verify that the certificate is valid for 30 more days
  ansible.builtin.assert:
    that: (akv_client_certificate | ontap.akv.certificate).days_left > 30
"""

RETURN = r"""
_value:
  description: What can be told of the certificate.
  type: dict
  contains:
    fingerprint:
      description: SHA-256 of the certificate in hexadecimal digits, of the whole PKCS#12 where the certificate cannot be seen.
      type: str
    not_before:
      description: From when on it is valid (UTC, ISO 8601), null where that cannot be seen.
      type: str
    not_after:
      description: Until when it is valid (UTC, ISO 8601), null where that cannot be seen.
      type: str
    days_left:
      description: Whole days until then, negative once it has expired; null where that cannot be seen.
      type: int
    valid:
      description: Whether it is valid now, null where that cannot be seen.
      type: bool
    unseen:
      description: Why the certificate cannot be seen, null where it can.
      type: str
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.module_utils.akv import certificate as certificates
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError


def certificate(value: Any, file: bool = False) -> dict[str, Any]:
    """Returns what can be told of a client certificate."""
    if not isinstance(value, str):
        raise AnsibleFilterError("ontap.akv.certificate: the input is no text")
    try:
        found = certificates.facts("client_certificate_path" if file else "client_certificate", value)
    except OptionError as exc:
        # Without its cause: what could not be decoded is a secret.
        raise AnsibleFilterError(f"ontap.akv.certificate: {exc.text()}") from None
    ends, now = found.not_after, dt.datetime.now(dt.timezone.utc)
    return {
        "fingerprint": found.fingerprint,
        "not_before": found.not_before and found.not_before.isoformat(),
        "not_after": ends and ends.isoformat(),
        "days_left": None if ends is None else (ends - now).days,
        "valid": None if ends is None or found.not_before is None else found.not_before <= now <= ends,
        "unseen": found.unseen,
    }


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Returns the filter by its name."""
        return {"certificate": certificate}
