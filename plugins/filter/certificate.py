# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: certificate
short_description: Read the fingerprint and the dates of a client certificate
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes a PKCS#12 in the form of O(ontap.akv.azure_key_vault#module:client_certificate) of
    M(ontap.akv.azure_key_vault), and returns its fingerprint and dates.
  - If the module would refuse the PKCS#12 because of its form, the filter fails.
requirements:
  - The Python library C(cryptography) on the controller, for the dates and the fingerprint of the certificate. Without
    it, the fingerprint is that of the PKCS#12, and the dates are null.
options:
  _input:
    description: The PKCS#12 in base64, or the path of its file on the controller with O(file=true).
    type: str
    required: true
  file:
    description: Whether the input is the path of a file that holds the PKCS#12, as DER or in base64.
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
  description: What can be read from the certificate.
  type: dict
  contains:
    fingerprint:
      description: SHA-256 of the certificate in hexadecimal digits; of the whole PKCS#12 if the certificate cannot be
        read.
      type: str
    not_before:
      description: Start of its validity (UTC, ISO 8601), null if the certificate cannot be read.
      type: str
    not_after:
      description: End of its validity (UTC, ISO 8601), null if the certificate cannot be read.
      type: str
    days_left:
      description: Whole days until the end of its validity, negative once it has expired; null if the certificate
        cannot be read.
      type: int
    valid:
      description: Whether it is valid now, null if the certificate cannot be read.
      type: bool
    unseen:
      description: Why the certificate cannot be read, null if it can.
      type: str
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.module_utils.akv import certificate as certificates
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError


def read_certificate(value: Any, file: bool = False) -> dict[str, Any]:
    """Return what can be read from a client certificate without its password."""
    if not isinstance(value, str):
        raise AnsibleFilterError("ontap.akv.certificate: the input is not a text")
    try:
        found = certificates.read_facts("client_certificate_path" if file else "client_certificate", value)
    except OptionError as exc:
        # The cause is not chained: the value that could not be decoded is a secret.
        raise AnsibleFilterError(f"ontap.akv.certificate: {exc.as_text()}") from None
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
        """Return the filter by its name."""
        return {"certificate": read_certificate}
