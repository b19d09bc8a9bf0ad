# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: days_until
short_description: Count the days until a date
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes a date and returns the number of days from today until then, both in UTC. It is 0 today and negative for a
    date in the past.
options:
  _input:
    description:
      - The date as C(YYYY-MM-DD), or with a time as Azure returns it, such as C(2027-06-30T12:00:00Z). A date that YAML
        has parsed is accepted too.
    type: raw
    required: true
seealso:
  - plugin: ontap.akv.akv_health
    plugin_type: role
    description: The role that uses this filter to check the dates of a credential.
"""

EXAMPLES = r"""
- name: Verify that the credential is valid for 30 more days
  ansible.builtin.assert:
    that: "'2027-06-30' | ontap.akv.days_until >= 30"
"""

RETURN = r"""
_value:
  description: Days until the date.
  type: int
"""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].+)?", re.ASCII)


def count_days_until(value: Any) -> int:
    """Return the number of days from today until a date, in UTC."""
    return (_parse_day(value) - dt.datetime.now(dt.timezone.utc).date()).days


def _parse_day(value: Any) -> dt.date:
    """Return the day in UTC; a time without a zone counts as UTC."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value).strip()
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        moment = dt.datetime.fromisoformat(text)
        return moment.astimezone(dt.timezone.utc).date() if moment.tzinfo else moment.date()
    except (ValueError, OverflowError):
        raise AnsibleFilterError(f"ontap.akv.days_until: {text!r} is not a date; use YYYY-MM-DD") from None


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"days_until": count_days_until}
