# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_report
short_description: Make a page of HTML, or a table, out of a report on all configurations
version_added: 0.1.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes what the role P(ontap.akv.akv_report#role) writes into C(akv.json), and returns it as one page of HTML that needs nothing from elsewhere.
  - Whatever the clusters say is text in it, never markup.
options:
  _input:
    description: The report.
    type: dict
    required: true
    suboptions:
      generated:
        description: When it was made (UTC, ISO 8601).
        type: str
      health:
        description: Whether state and reachability were asked for. If not, a configuration that does not tell them was not checked.
        type: bool
        default: false
      clusters:
        description: The clusters.
        type: list
        elements: dict
        suboptions:
          cluster:
            description: What the cluster is called.
            type: str
          error:
            description: Why it could not be read, null where it could.
            type: str
          azure_key_vaults:
            description: Its configurations, as M(ontap.akv.akv_info) returns them.
            type: list
            elements: dict
  previous:
    description: The path of an earlier C(akv.json) on the controller. The page then tells what changed since.
    type: path
  optional:
    description:
      - Whether a file that is not there, or holds no report, is no error.
      - The page tells so of one that holds no report.
    type: bool
    default: false
  title:
    description: The title of the page.
    type: str
  form:
    description: Whether the page is made, or lines for a spreadsheet in which no value is a formula.
    type: str
    choices: [html, csv]
    default: html
seealso:
  - plugin: ontap.akv.akv_report
    plugin_type: role
"""

EXAMPLES = r"""
- name: Write a page from an earlier report
  ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.file', 'akv.json') | from_json | ontap.akv.fleet_report(previous='last-week.json') }}"
    dest: akv.html
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The page, or the lines.
  type: str
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv
from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render


def fleet_report(report: Any, previous: str | None = None, optional: bool = False, title: str | None = None, form: str = "html") -> str:
    """Returns a report as a page of HTML or as CSV."""
    if not _is_report(report):
        raise AnsibleFilterError("ontap.akv.fleet_report: the input is no report: it has no list of clusters")
    if form not in ("html", "csv"):
        raise AnsibleFilterError(f"ontap.akv.fleet_report: form: {form} is neither html nor csv")
    if form == "csv":
        return csv.write_csv(report)
    if not previous or (optional and not Path(previous).exists()):
        return render(report, title=title or "")
    try:
        earlier = json.loads(Path(previous).read_text(encoding="utf-8"))
        if not _is_report(earlier):
            raise ValueError("it holds no list of clusters")
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is no report in JSON"
        if optional:
            return render(report, title=title or "", note=f"Not known: the earlier report {previous} could not be used ({why}).")
        raise AnsibleFilterError(f"ontap.akv.fleet_report: previous: {previous} could not be used: {why}") from None
    return render(report, earlier, title=title or "")


def _is_report(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("clusters"), list)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Returns the filter by its name."""
        return {"fleet_report": fleet_report}
