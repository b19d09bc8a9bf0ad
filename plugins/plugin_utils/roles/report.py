# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_report: what it knows about a host, and the last lines of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.health import list_outages, list_warnings
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.wording import format_count

FILES = ("akv.html", "akv.json", "akv.csv")


def collect_facts(*, coverage: Mapping[str, Any], credential_expires: Any) -> dict[str, Any]:
    """Return what the entry of a host holds besides its configurations, without what is not known.

    coverage: the result of akv_svm_info. credential_expires: the given date.
    """
    date = {"credential_expires": str(credential_expires)} if credential_expires else {}
    return {**{name: coverage[name] for name in ("svms", "release") if coverage.get(name) is not None}, **date}


def summarize(*, clusters: Sequence[Mapping[str, Any]], folder: str, metrics: str, predicted: bool) -> list[str]:
    """Return the summary of a report; the last line has the files and the counts.

    clusters: see the filter fleet. metrics: the file of the metrics.
    """
    unread = [
        f"- {entry['cluster']} could not be read: {join_lines(entry['error'])}" for entry in clusters if entry["error"]
    ]
    found = format_count(sum(len(entry["azure_key_vaults"]) for entry in clusters), "configuration")
    read = len({entry["cluster"] for entry in clusters if not entry["error"]})
    verb = "Would write" if predicted else "Wrote"
    files = ", ".join([*(f"{folder}/{name}" for name in FILES), metrics])
    warnings = [
        f"- warning: {entry['cluster']}: {join_lines(text)}" for entry in clusters for text in list_warnings(entry)
    ]
    known = [*dict.fromkeys(warnings), *_summarize_azure(clusters), *list_outages(clusters)]
    return [*unread, *known, f"{verb} {found} of {format_count(read, 'cluster')} to {files}."]


def _summarize_azure(clusters: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line on what Azure returned for the configurations, none if it was not checked."""
    results = [result for entry in clusters for result in entry.get("azure", [])]
    if not any("azure" in entry for entry in clusters):
        return []
    counts = {
        "not usable": sum(result["usable"] is False for result in results),
        "not checked": sum(result["usable"] is None for result in results),
        "with a warning": sum(result["usable"] is True and bool(result["problems"]) for result in results),
    }
    found = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
    return [f"Azure, {format_count(len(results), 'configuration')} in use: {found or 'no problems'}."]
