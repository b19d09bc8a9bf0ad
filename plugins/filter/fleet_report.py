# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_report
short_description: Convert a report on all configurations to an HTML page, a table or metrics
version_added: 1.0.0
author:
  - ontap.akv contributors (!UNKNOWN)
description:
  - Takes what the role P(ontap.akv.akv_report#role) writes to C(akv.json), and returns it as a single HTML page without
    external resources, as CSV lines, or as metrics.
  - In the page, everything that comes from the clusters is shown as text, never as markup.
options:
  _input:
    description: The report.
    type: dict
    required: true
    suboptions:
      generated:
        description: When the report was created (UTC, ISO 8601).
        type: str
      health:
        description: Whether state and reachability were requested. If not, a configuration that does not report them
          counts as not checked.
        type: bool
        default: false
      clusters:
        description: The clusters.
        type: list
        elements: dict
        suboptions:
          cluster:
            description: Name of the cluster.
            type: str
          error:
            description: Why it could not be read, null if it could.
            type: str
          azure_key_vaults:
            description: Its configurations, as M(ontap.akv.akv_info) returns them.
            type: list
            elements: dict
          outage:
            description: What happens to its encrypted volumes if a vault cannot be reached. Null or missing if that is
              not known.
            type: str
          key_stores:
            description: Those of its key stores that M(ontap.akv.akv_info) returns that are not active.
            type: list
            elements: dict
          doubts:
            description: What could not be read of C(outage) and C(key_stores), and why.
            type: list
            elements: str
  previous:
    description: The path of an earlier C(akv.json) on the controller. The page then shows what has changed since then.
    type: path
  optional:
    description:
      - Whether to accept that the file in O(previous) does not exist or does not hold a report.
      - If the file does not hold a report, the page says so.
    type: bool
    default: false
  title:
    description: The title of the page.
    type: str
  history:
    description: The counts of the last reports, as the role writes them to C(akv-history.json). The page then shows the
      trend, and links to C(akv.csv) and C(akv.json) in its directory.
    type: dict
  form:
    description: Whether to return an HTML page, CSV lines for a spreadsheet, in which no value is a formula, or metrics
      in the text format of Prometheus.
    type: str
    choices: [html, csv, prometheus]
    default: html
seealso:
  - plugin: ontap.akv.akv_report
    plugin_type: role
"""

EXAMPLES = r"""
- name: Write a page from an earlier report
  ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.file', 'akv.json') | from_json |
      ontap.akv.fleet_report(previous='last-week.json') }}"
    dest: akv.html
    mode: "0640"
"""

RETURN = r"""
_value:
  description: The page, the CSV lines, or the metrics.
  type: str
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv, metrics
from ansible_collections.ontap.akv.plugins.plugin_utils.report.page import render

_WRITERS: dict[str, Callable[[Mapping[str, Any]], str]] = {"csv": csv.write_csv, "prometheus": metrics.write_metrics}


def render_report(
    report: Any,
    previous: str | None = None,
    optional: bool = False,
    title: str | None = None,
    form: str = "html",
    history: Any = None,
) -> str:
    """Return a report as an HTML page, as CSV or as metrics."""
    if not _is_report(report):
        raise AnsibleFilterError("ontap.akv.fleet_report: the input is not a report: it has no list of clusters")
    if form not in ("html", *_WRITERS):
        raise AnsibleFilterError(
            f"ontap.akv.fleet_report: form: {form} is not accepted; use html, {' or '.join(_WRITERS)}"
        )
    if form in _WRITERS:
        return _WRITERS[form](report)
    earlier, note = _read_previous(previous, optional=optional) if previous else (None, "")
    return render(report, earlier, title=title or "", note=note, kept=history)


def _read_previous(previous: str, *, optional: bool) -> tuple[Mapping[str, Any] | None, str]:
    """Return an earlier report, or none and why there is no comparison."""
    if optional and not Path(previous).exists():
        return None, ""
    try:
        earlier = json.loads(Path(previous).read_text(encoding="utf-8"))
        if not _is_report(earlier):
            raise ValueError("it holds no list of clusters")
    except (OSError, ValueError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it is not a report in JSON"
        if optional:
            return None, f"Not known: the earlier report {previous} could not be used ({why})."
        raise AnsibleFilterError(f"ontap.akv.fleet_report: previous: {previous} could not be used: {why}") from None
    return earlier, ""


def _is_report(value: Any) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("clusters"), list)


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"fleet_report": render_report}
