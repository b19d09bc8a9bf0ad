# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short summary of a fleet report that set_stats publishes: an artifact of the job, and a variable of the next
one in a workflow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report import history, rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.causes import find_causes
from ansible_collections.ontap.akv.plugins.plugin_utils.report.coverage import summarize_clusters
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import format_iso, parse_time
from ansible_collections.ontap.akv.plugins.plugin_utils.report.outlook import look_ahead
from ansible_collections.ontap.akv.plugins.plugin_utils.report.overview import judge_fleet

#: Causes and expiry dates that are published; the files of the report have all of them.
MOST = 10
#: Characters of a text. Names come from the clusters.
_LONGEST = 200


def publish(*, report: Mapping[str, Any]) -> dict[str, Any]:
    """Return C(akv_report_summary) for set_stats, a few kilobytes for a fleet of any size.

    report: in the form of the role akv_report's akv.json.
    """
    found, unread = sorted(rows.build_rows(report), key=rows.sort_key), rows.list_unread(report)
    clusters = len(summarize_clusters(report, found))
    verdict = judge_fleet(found, unread, clusters)
    causes = find_causes(found, unread)
    expiries = look_ahead(found, parse_time(report.get("generated"))).expiries
    point = history.count_report(report)
    summary = {
        "generated": point.generated,
        "verdict": " ".join(filter(None, (verdict.text, verdict.more))),
        "clusters": clusters,
        "unread": len({each.cluster for each in unread}),
        "configurations": point.total,
        "counts": dict(point.counts),
        "causes": [
            {
                "health": cause.light,
                "cause": _cut(cause.title),
                "where": _cut(cause.where),
                "configurations": len(cause.rows),
            }
            for cause in causes[:MOST]
        ],
        "more_causes": max(0, len(causes) - MOST),
        "expires": [
            {
                "kind": _cut(each.kind),
                "name": _cut(each.name),
                "vault": _cut(each.owner),
                "date": format_iso(each.moment),
                "days": each.days,
            }
            for each in expiries[:MOST]
        ],
    }
    return {"akv_report_summary": summary}


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
