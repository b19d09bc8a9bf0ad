# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a fleet report as metrics in Prometheus' text format, for the textfile collector of the node exporter.

Every series appears once, because the collector refuses a file with a duplicate: if several hosts read the same
configuration, the lowest value counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.plugin_utils.report import rows
from ansible_collections.ontap.akv.plugins.plugin_utils.report.dates import parse_time
from ansible_collections.ontap.akv.plugins.plugin_utils.report.rows import UNKNOWN, CheckResult, Row

_INFO = "ontap_akv_configuration_info"
#: The labels that name a configuration: cluster, svm, configuration.
_OWNER_LABELS = 3
#: Metric -> its help text, in the order of the file.
METRICS = {
    "ontap_akv_cluster_up": "Whether the cluster could be read: 1 yes, 0 no.",
    "ontap_akv_key_available": (
        "Whether the keys are available on every node of the cluster, or not needed yet: 1 yes, 0 no."
    ),
    "ontap_akv_vault_reachable": "Whether the cluster reaches the vault: 1 yes, 0 no.",
    "ontap_akv_node_reachable": "Whether the node reaches the key servers of the cluster: 1 yes, 0 no.",
    "ontap_akv_key_expiry_timestamp_seconds": "When the key in Azure expires, in seconds since the epoch.",
    "ontap_akv_credential_expiry_timestamp_seconds": (
        "When the client secret or certificate expires, in seconds since the epoch."
    ),
    "ontap_akv_key_newest": "Whether the newest version of the key in Azure is in use: 1 yes, 0 no.",
    _INFO: "The configuration in its labels; always 1.",
    "ontap_akv_report_timestamp_seconds": "When the report was created, in seconds since the epoch.",
}
_Labels = tuple[tuple[str, str], ...]
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Sample(NamedTuple):
    """One sample. labels: in the order in which they are written."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    value: int


def write_metrics(report: Mapping[str, Any]) -> str:
    """Return the metrics of a report."""
    values: dict[str, dict[_Labels, int]] = {metric: {} for metric in METRICS}
    for sample in _collect_samples(report):
        found = values[sample.metric]
        found[sample.labels] = min(sample.value, found.get(sample.labels, sample.value))
    values[_INFO] = _merge_infos(values[_INFO])
    lines = []
    for metric, text in METRICS.items():
        if values[metric]:
            lines += [f"# HELP {metric} {text}", f"# TYPE {metric} gauge"]
            lines += [f"{metric}{_format_labels(labels)} {value}" for labels, value in values[metric].items()]
    return "".join(f"{line}\n" for line in lines)


def _merge_infos(found: Iterable[_Labels]) -> dict[_Labels, int]:
    """Return one series for each configuration, because rules that join a metric with it accept only one.

    A label that one host did not read, such as the release, comes from another host.
    """
    merged: dict[_Labels, dict[str, str]] = {}
    for labels in found:
        known = merged.setdefault(labels[:_OWNER_LABELS], {})
        for name, value in labels[_OWNER_LABELS:]:
            known[name] = known.get(name) or value
    return {(*owner, *known.items()): 1 for owner, known in merged.items()}


def _format_labels(labels: tuple[tuple[str, str], ...]) -> str:
    pairs = ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in labels)
    return f"{{{pairs}}}" if pairs else ""


def _collect_samples(report: Mapping[str, Any]) -> Iterator[Sample]:
    for entry in rows.list_entries(report):
        yield Sample(
            "ontap_akv_cluster_up",
            (("cluster", _clean(entry.get("cluster") or entry.get("host"))),),
            int(not entry.get("error")),
        )
    for entry, row, record in rows.iterate_rows(report):
        if row is not None:
            yield from _sample_configuration(entry, row, record)
    generated = parse_time(report.get("generated"))
    if generated:
        yield Sample("ontap_akv_report_timestamp_seconds", (), int(generated.timestamp()))


def _sample_configuration(entry: Mapping[str, Any], row: Row, record: Mapping[str, Any]) -> Iterator[Sample]:
    labels = (
        ("cluster", _clean(entry.get("cluster") or entry.get("host"))),
        ("svm", _clean(resource.get_svm(record, "name"))),
        # Releases before 9.14 have one configuration and do not name it.
        ("configuration", row.fields["configuration"] or selection.DEFAULT),
    )
    for metric, check in (("ontap_akv_key_available", row.state), ("ontap_akv_vault_reachable", row.azure)):
        yield from _sample_check(metric, labels, check)
    for node in row.ekmip:
        if node.node:
            yield from _sample_check("ontap_akv_node_reachable", (*labels, ("node", node.node)), node)
    for metric, moment in (("key", row.facts.key_expires), ("credential", row.facts.credential_expires)):
        if moment is not None:
            yield Sample(f"ontap_akv_{metric}_expiry_timestamp_seconds", labels, int(moment.timestamp()))
    if row.facts.is_newest is not None:
        yield Sample("ontap_akv_key_newest", labels, int(row.facts.is_newest))
    values = {
        "vault": record.get("name"),
        "key": record.get("key_id"),
        "client_id": record.get("client_id"),
        "authentication_method": record.get("authentication_method"),
        "release": entry.get("release"),
    }
    yield Sample(_INFO, (*labels, *((name, _clean(value)) for name, value in values.items())), 1)


def _sample_check(metric: str, labels: tuple[tuple[str, str], ...], check: CheckResult) -> Iterator[Sample]:
    """Yield the result of a check as 0 or 1; nothing if it was not made."""
    if check.light != UNKNOWN:
        yield Sample(metric, labels, int(check.light == rows.OK))


def _clean(value: Any) -> str:
    """Return a value as the text of a label: UTF-8 cannot encode lone surrogates."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""
