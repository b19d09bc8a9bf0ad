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
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import OK, UNKNOWN, Row

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
)
#: The columns of a report with results from Azure, after the others.
AZURE_COLUMNS = (
    "azure_usable",
    "key_expires",
    "credential_expires",
    "newest_key_version",
    "newest_in_use",
    "purge_protected",
    "azure_message",
)
# Values come from clusters. A spreadsheet must not evaluate one as a formula.
_FORMULA = re.compile("[=+@\t\r\n\uff1d\uff0b\uff0d\uff20-]")
# UTF-8 cannot encode these.
_SURROGATE = re.compile("[\ud800-\udfff]")


def write_csv(report: Mapping[str, Any]) -> str:
    """Return the report as CSV with a header and all values quoted: a line for each configuration and for each cluster that was not read."""
    file = io.StringIO()
    in_azure = _index_azure(report)
    columns = COLUMNS if in_azure is None else (*COLUMNS, *AZURE_COLUMNS)
    file.write(",".join(columns) + "\n")
    writer = csv.DictWriter(file, columns, restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    for entry, row, record in rows.iterate_rows(report):
        values = {"message": entry.get("error")} if row is None else _collect_values(row, record)
        if in_azure is not None and row is not None:
            values.update(_collect_azure(in_azure.get((id(entry), str(record.get("uuid"))), {})))
        writer.writerow({name: _format_cell(value) for name, value in {"cluster": entry.get("cluster"), **values}.items()})
    return file.getvalue()


def _collect_values(row: Row, record: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: record.get(name) for name in ("scope", "key_id", "authentication_method", "client_id", "tenant_id", "uuid")},
        "svm": _get_part(record, "svm", "name"),
        "vault": record.get("name"),
        "key_version": row.fields["version"],
        "proxy": record.get("proxy_host"),
        "available": _get_part(record, "state", "available"),
        "azure_reachable": _get_part(record, "azure_reachability", "reachable"),
        "ekmip_unreachable": ", ".join(check.node or check.word for check in row.ekmip if check.light not in (OK, UNKNOWN)),
        "message": "; ".join(row.messages),
    }


def _index_azure(report: Mapping[str, Any]) -> dict[tuple[int, str], Mapping[str, Any]] | None:
    """Return the results from Azure by the identity of a cluster's entry and the UUID of a configuration, None if Azure was not checked."""
    entries = [entry for entry in report["clusters"] if isinstance(entry, Mapping) and isinstance(entry.get("azure"), list)]
    found = {(id(entry), str(result.get("uuid"))): result for entry in entries for result in entry["azure"] if isinstance(result, Mapping)}
    return found if entries else None


def _collect_azure(result: Mapping[str, Any]) -> dict[str, Any]:
    problems = result.get("problems")
    messages = [problem.get("message") for problem in problems if isinstance(problem, Mapping)] if isinstance(problems, list) else []
    return {
        "azure_usable": result.get("usable"),
        "key_expires": _get_part(result, "key", "expires"),
        "credential_expires": _get_part(result, "certificate", "not_after"),
        "newest_key_version": _get_part(result, "key", "newest_version"),
        "newest_in_use": _get_part(result, "key", "newest_in_use"),
        "purge_protected": _get_part(result, "key", "purge_protected"),
        "azure_message": "; ".join(rows.text(message) for message in [*messages, result.get("not_checked")] if message),
    }


def _get_part(record: Mapping[str, Any], name: str, part: str) -> Any:
    value = record.get(name)
    return value.get(part) if isinstance(value, Mapping) else None


def _format_cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = _SURROGATE.sub("\ufffd", str(value)) if isinstance(value, (str, int, float)) else ""
    return f"'{shown}" if _FORMULA.match(shown) else shown
