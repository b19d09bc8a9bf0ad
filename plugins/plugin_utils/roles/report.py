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

from ansible_collections.ontap.akv.plugins.filter.fleet import build_entry
from ansible_collections.ontap.akv.plugins.filter.fleet_report import render_report
from ansible_collections.ontap.akv.plugins.module_utils.akv.health import PROPERTIES, find_problems
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.plugin_utils.report.history import extend_history
from ansible_collections.ontap.akv.plugins.plugin_utils.report.summary import publish
from ansible_collections.ontap.akv.plugins.plugin_utils.roles import configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.health import list_outages, list_warnings
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.host import RoleHost, pass_warnings, read_configurations
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.variables import find_errors_of_host
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count, join_few, read_names

FILES = ("akv.html", "akv.json", "akv.csv")


def read(  # noqa: PLR0913 - all of them by name
    host: RoleHost,
    *,
    cluster: str,
    svm: Any,
    health: bool,
    coverage: bool,
    azure: bool,
    values: Mapping[str, Any],
    stop: str = "",
) -> dict[str, Any]:
    """Read the configurations and SVMs of a host, and return its C(entry), as the filter fleet does, and as C(absent)
    the requested SVMs without a configuration.

    If a variable is wrong, nothing is read, and the result is a failure with C(msg). stop: why this host is not
    started, an empty text if it is. svm: C(akv_svm). health, coverage: whether the report has them. azure: whether
    to return as C(source) what akv_info returned. values: the variables to check.
    """
    svms = read_names(svm)
    errors = stop or find_errors_of_host(host, "akv_report", {"akv_svm": svms, **values})
    if errors:
        return {"failed": True, "msg": errors}
    found = read_configurations(host, svms, fields=["*", *(PROPERTIES.values() if health else ())])
    # A host that is one SVM does not read all SVMs of its cluster. Without the right for /api/svm/svms, the report says
    # that the coverage is not known.
    whole = coverage and not svms and not found.get("failed")
    survey = host.run_module("akv_svm_info", {"release": True}) if whole else {}
    facts = _collect_facts(coverage=survey, credential_expires=values["akv_credential_expires"])
    entry = {**build_entry(host.name, cluster, found), **facts}
    absent = [] if found.get("failed") else configurations.find_missing(found.get("azure_key_vaults") or [], svms)
    return {"entry": entry, "absent": absent, **pass_warnings(found, survey), **({"source": found} if azure else {})}


def _collect_facts(*, coverage: Mapping[str, Any], credential_expires: Any) -> dict[str, Any]:
    """Return what the entry of a host holds besides its configurations, without what is not known.

    coverage: the result of akv_svm_info. credential_expires: the given date.
    """
    date = {"credential_expires": str(credential_expires)} if credential_expires else {}
    return {**{name: coverage[name] for name in ("svms", "release") if coverage.get(name) is not None}, **date}


def build(  # noqa: PLR0913 - all of them by name
    *,
    hosts: Sequence[str],
    hostvars: Mapping[str, Any],
    report: Mapping[str, Any],
    earlier: Mapping[str, Any],
    title: Any,
    keep: Any,
    summary: Mapping[str, Any],
) -> dict[str, Any]:
    """Return everything that the role writes, publishes and shows, from one pass over the fleet.

    C(contents) are the texts by file name, C(published) goes to set_stats, C(lines) are the summary. C(error) says why
    the report must not be written; then there is nothing else.

    hosts, hostvars: those of the report, and the variables of all hosts. report: what it holds beside the clusters.
    earlier: the path of the earlier report (C(previous)), and whether it need not exist (C(optional)). keep: the number
    of reports in the history. summary: the other arguments of summarize().
    """
    # Ansible's own containers resolve each value again whenever it is read.
    results = json.loads(json.dumps([_get_result(host, hostvars[host]) for host in hosts]))
    error = _find_error(results)
    if error:
        return {"error": error}
    report = {**report, "clusters": [result["entry"] for result in results]}
    absent = [line for result in results for line in _list_absent(result)]
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
    found = published["akv_report_summary"]
    lines = summarize(clusters=report["clusters"], found=found, absent=absent, **summary)
    return {"error": "", "contents": contents, "published": published, "lines": lines}


def _get_result(host: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was read of a host, with what Azure returned; a host that failed before that was not read."""
    found = variables.get("_akv_report_found")
    if not isinstance(found, Mapping) or "entry" not in found:
        return {"entry": build_entry(host, variables.get("akv_cluster") or host, None), "absent": []}
    azure = variables.get("_akv_report_azure")
    described = {"azure": azure} if isinstance(azure, list) else {}
    return {"entry": {**found["entry"], **described}, "absent": found["absent"]}


def _find_error(results: Sequence[Mapping[str, Any]]) -> str:
    """Return why the results must not replace the earlier report, an empty text if they may.

    If no requested SVM has a configuration, their names are probably misspelled, and the report would be empty. A host
    that could not be read, or that was not asked for SVMs, belongs in the report.
    """
    nothing = [not (found["entry"]["error"] or found["entry"]["azure_key_vaults"]) for found in results]
    if not (results and all(nothing) and all(found["absent"] for found in results)):
        return ""
    svms = ", ".join(dict.fromkeys(svm for found in results for svm in found["absent"]))
    clusters = join_few((found["entry"]["cluster"] for found in results), "more clusters")
    return (
        f"No configuration found for {svms} on {clusters}, so nothing was written. Check the names, and the permissions"
        " of the user."
    )


def _list_absent(result: Mapping[str, Any]) -> list[str]:
    """Return a line for each requested SVM of a host without a configuration."""
    return [f"{result['entry']['cluster']}: {problem.text}" for problem in find_problems([], [], result["absent"])]


def _list_causes(found: Mapping[str, Any]) -> list[str]:
    """Return a line for each published cause, without the clusters that could not be read: those have their own."""
    lines = [f"- {cause['cause']}: {cause['where']}" for cause in found["causes"] if cause["configurations"]]
    more = found["more_causes"]
    return [*lines, *([f"- and {format_count(more, 'more cause')}, see akv.html"] if more else [])]


def _write_json(data: Any) -> str:
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def summarize(
    *,
    clusters: Sequence[Mapping[str, Any]],
    found: Mapping[str, Any],
    absent: Sequence[str],
    folder: str,
    metrics: str,
    predicted: bool,
) -> list[str]:
    """Return the summary of a report: what it says about the fleet; the last line has the files and the counts.

    clusters: see the filter fleet. found: what publish() returned. absent: see _list_absent(). metrics: the file of the
    metrics.
    """
    unread = [
        f"- {entry['cluster']} could not be read: {join_lines(entry['error'])}" for entry in clusters if entry["error"]
    ]
    written = format_count(sum(len(entry["azure_key_vaults"]) for entry in clusters), "configuration")
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
        found["verdict"],
        *unread,
        *missing,
        *_list_causes(found),
        *known,
        f"{verb} {written} of {format_count(read, 'cluster')} to {folder}: {files}.{elsewhere}",
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
