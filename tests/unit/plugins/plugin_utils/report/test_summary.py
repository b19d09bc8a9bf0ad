# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a report that set_stats publishes: short for a fleet of any size, and without secrets."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report.summary import MOST, publish
from ansible_collections.ontap.akv.plugins.plugin_utils.roles.variables import find_errors
from ansible_collections.ontap.akv.tests.unit.plugins.plugin_utils.report.test_page import record, report


def summarize(found: dict[str, Any]) -> dict[str, Any]:
    published = publish(report=found)
    assert list(published) == ["akv_report_summary"]
    summary: dict[str, Any] = published["akv_report_summary"]
    return summary


def lost(number: int, **fields: Any) -> dict[str, Any]:
    return record(number, state={"available": False, "code": str(number), "message": f"lost {number}"}, **fields)


def test_summary_has_verdict_counts_causes_and_dates() -> None:
    found = report(record(1), lost(2), credential_expires=None)
    found["clusters"][0]["credential_expires"] = "2026-01-12"
    found["clusters"].append({"host": "down", "cluster": "down", "error": "timed out", "azure_key_vaults": []})
    assert summarize(found) == {
        "generated": "2026-01-02T03:04:05Z",
        "verdict": "1 of 2 SVMs on 1 of 2 clusters needs action. 1 of 2 clusters could not be read.",
        "clusters": 2,
        "unread": 1,
        "configurations": 2,
        "counts": {"problem": 1, "warning": 0, "unknown": 0, "ok": 1},
        "causes": [
            {"health": "problem", "cause": "down could not be read", "where": "", "configurations": 0},
            {
                "health": "problem",
                "cause": "Keys are not available",
                "where": "1 SVM of cluster1",
                "configurations": 1,
            },
        ],
        "more_causes": 0,
        "expires": [
            {"kind": "Client secret", "name": "client-1", "vault": "", "date": "2026-01-12T00:00:00Z", "days": 9}
        ],
    }


def test_summary_of_large_fleet_is_limited() -> None:
    """A thousand causes and dates with very long names need less than 30 kB. The next dates come first."""
    found = report()
    found["clusters"] = [
        {
            "host": f"c{number}",
            "cluster": f"c{number}" + "x" * 5000,
            "error": None,
            "credential_expires": f"20{99 - number % 50}-01-01",
            "azure_key_vaults": [
                lost(number, client_id=f"app-{number}" + "y" * 5000, authentication_method="z" * 5000)
            ],
        }
        for number in range(1, 1001)
    ]
    summary = summarize(found)
    assert (len(summary["causes"]), summary["more_causes"]) == (MOST, 1000 - MOST)
    assert [each["date"][:4] for each in summary["expires"]] == ["2050"] * MOST
    assert len(json.dumps(summary)) < 30_000


def test_summary_of_empty_fleet_is_not_healthy() -> None:
    found = report()
    found["clusters"] = []
    summary = summarize(found)
    assert (summary["verdict"], summary["configurations"], summary["causes"], summary["expires"]) == (
        "No configurations were found.",
        0,
        [],
        [],
    )


def test_next_job_of_a_workflow_accepts_the_summary() -> None:
    """AWX passes it on as an extra variable, and the roles refuse unknown names."""
    assert find_errors(["akv_report_summary"], {}) == []
