# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a fleet report as CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.azure import AzureFacts
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import format_iso
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import OK, PROBLEM, UNKNOWN, WARNING, Row

COLUMNS = (
    "cluster",
    "svm",
    "scope",
    "vault",
    "key_id",
    "key_version",
    "authentication_method",
    "client_id",
    "tenant_id",
    "proxy",
    "uuid",
    "available",
    "azure_reachable",
    "ekmip_unreachable",
    "message",
    "health",
    "generated",
    "key_expires",
    "credential_expires",
)
#: The columns of a report with results from Azure, after the others.
AZURE_COLUMNS = ("azure_usable", "newest_key_version", "newest_in_use", "purge_protected", "azure_message")
#: The health values, as a spreadsheet shows them.
HEALTH = {PROBLEM: "problem", WARNING: "warning", UNKNOWN: "not checked", OK: "healthy"}
# Values come from clusters. A spreadsheet must not evaluate one as a formula.
_FORMULA = re.compile("[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]")
# UTF-8 cannot encode these.
_SURROGATE = re.compile("[\ud800-\udfff]")


def write_csv(report: Mapping[str, Any]) -> str:
    """Return the report as CSV with a header and all values quoted: a line for each configuration and for each
    cluster that was not read.
    """
    file = io.StringIO()
    asked = any(isinstance(entry.get("azure"), list) for entry in rows.list_entries(report))
    columns = (*COLUMNS, *AZURE_COLUMNS) if asked else COLUMNS
    file.write(",".join(columns) + "\n")
    writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    for entry, row, record in rows.iterate_rows(report):
        values = {"message": entry.get("error"), "health": "not read"} if row is None else _collect_values(row, record)
        every = {"cluster": entry.get("cluster"), "generated": report.get("generated")}
        writer.writerow({name: _format_cell(value) for name, value in {**every, **values}.items() if name in columns})
    return file.getvalue()


def _collect_values(row: Row, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{
            name: record.get(name)
            for name in ("scope", "key_id", "authentication_method", "client_id", "tenant_id", "uuid")
        },
        "svm": _get_part(record, "svm", "name"),
        "vault": record.get("name"),
        "key_version": row.fields["version"],
        "proxy": record.get("proxy_host"),
        "available": _get_part(record, "state", "available"),
        "azure_reachable": _get_part(record, "azure_reachability", "reachable"),
        "ekmip_unreachable": ", ".join(
            check.node or check.word for check in row.ekmip if check.light not in (OK, UNKNOWN)
        ),
        "message": "; ".join(row.messages),
        "health": HEALTH[row.light],
        "key_expires": format_iso(row.facts.key_expires),
        "credential_expires": format_iso(row.facts.credential_expires),
        **_collect_azure(row.facts),
    }


def _collect_azure(facts: AzureFacts) -> dict[str, Any]:
    return {
        "azure_usable": facts.usable,
        "newest_key_version": facts.newest_version,
        "newest_in_use": facts.is_newest,
        "purge_protected": facts.purge_protected,
        "azure_message": "; ".join(
            rows.format_text(message)
            for message in [*(problem.get("message") for problem in facts.problems), facts.not_checked]
            if message
        ),
    }


def _get_part(record: Mapping[str, Any], name: str, part: str) -> Any:
    value = record.get(name)
    return value.get(part) if isinstance(value, Mapping) else None


def _format_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = _SURROGATE.sub("\ufffd", str(value)) if isinstance(value, (str, int, float)) else ""
    return f"'{shown}" if _FORMULA.match(shown) else shown
