# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_report: what it knows about a host, the content of its files, and the last lines of a run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.filter.fleet_report import render_report
from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.plugin_utils.report.history import extend_history
from ansible_collections.ontap.akv.plugins.plugin_utils.report.summary import publish
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.health import list_outages, list_warnings
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count

FILES = ("akv.html", "akv.json", "akv.csv")


def collect_facts(*, coverage: Mapping[str, Any], credential_expires: Any) -> dict[str, Any]:
    """Return what the entry of a host holds besides its configurations, without what is not known.

    coverage: the result of akv_svm_info. credential_expires: the given date.
    """
    date = {"credential_expires": str(credential_expires)} if credential_expires else {}
    return {**{name: coverage[name] for name in ("svms", "release") if coverage.get(name) is not None}, **date}


def build(
    *,
    report: Mapping[str, Any],
    earlier: Mapping[str, Any],
    title: Any,
    keep: Any,
    summary: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything that the role writes, publishes and shows, from one pass over the fleet.

    C(contents) are the texts by file name, C(published) goes to set_stats, C(lines) are the summary. C(error) says why
    the earlier report cannot be used; then there is nothing else.

    earlier: the path of the earlier report (C(previous)), and whether it need not exist (C(optional)). keep: the number
    of reports in the history. summary: the other arguments of summarize().
    """
    # Ansible's own containers resolve each value again whenever it is read.
    report = json.loads(json.dumps(report))
    history = extend_history(report=report, path=f"{summary['folder']}/akv-history.json", keep=int(keep))
    try:
        page = render_report(report, **earlier, title=title, history=history)
    except AnsibleFilterError as exc:
        return {"error": str(exc)}
    contents = {
        "akv-history.json": _write_json(history),
        "akv.html": page,
        "akv.json": _write_json(report),
        "akv.csv": render_report(report, form="csv"),
        "akv.prom": render_report(report, form="prometheus"),
    }
    published = publish(report=report)
    verdict = published["akv_report_summary"]["verdict"]
    lines = summarize(clusters=report["clusters"], verdict=verdict, **summary)
    return {"error": "", "contents": contents, "published": published, "lines": lines}


def _write_json(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def find_absent(*, cluster: str, read: Mapping[str, Any], svms: Sequence[str]) -> list[str]:
    """Return a line for each named SVM without a configuration. read: what akv_info returned."""
    if read.get("failed"):
        return []
    missing = configurations.find_missing(read.get("azure_key_vaults") or [], svms)
    return [f"{cluster}: {problem.text}" for problem in health.find_problems([], [], missing)]


def summarize(
    *,
    clusters: Sequence[Mapping[str, Any]],
    verdict: str,
    absent: Sequence[str],
    folder: str,
    metrics: str,
    predicted: bool,
) -> list[str]:
    """Return the summary of a report: what it says about the fleet; the last line has the files and the counts.

    clusters: see the filter fleet. verdict: of the page. absent: see find_absent(). metrics: the file of the metrics.
    """
    unread = [
        f"- {entry['cluster']} could not be read: {join_lines(entry['error'])}" for entry in clusters if entry["error"]
    ]
    found = format_count(sum(len(entry["azure_key_vaults"]) for entry in clusters), "configuration")
    read = len({entry["cluster"] for entry in clusters if not entry["error"]})
    verb = "Would write" if predicted else "Wrote"
    path, name = os.path.split(metrics)
    files = ", ".join([*FILES, name] if path == folder else FILES)
    elsewhere = "" if path == folder else f" Metrics: {metrics}."
    warnings = [
        f"- warning: {entry['cluster']}: {join_lines(text)}" for entry in clusters for text in list_warnings(entry)
    ]
    known = [*dict.fromkeys(warnings), *_summarize_azure(clusters), *list_outages(clusters)]
    missing = [f"- {text}" for text in dict.fromkeys(absent)]
    return [
        verdict,
        *unread,
        *missing,
        *known,
        f"{verb} {found} of {format_count(read, 'cluster')} to {folder}: {files}.{elsewhere}",
    ]


def _summarize_azure(clusters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line on what Azure returned for the configurations, none if it was not checked."""
    results = [result for entry in clusters for result in entry.get("azure", [])]
    if not any("azure" in entry for entry in clusters):
        return []
    if not results:
        return ["Azure: no configuration is in use, so nothing was checked."]
    counts = {
        "not usable": sum(result["usable"] is False for result in results),
        "not checked": sum(result["usable"] is None for result in results),
        "with a warning": sum(result["usable"] is True and bool(result["problems"]) for result in results),
    }
    found = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    return [f"Azure, {format_count(len(results), 'configuration')} in use: {found or 'no problems'}."]
