# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data that a report writes besides the page: metrics, the history, dates and the CSV columns of dates."""

from __future__ import annotations

import csv as csv_reader
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.plugin_utils.report import csv, dates, history, metrics
from ansible_collections.ontap.akv.tests.unit.plugins.plugin_utils.report.test_page import record, report

KEY = "https://ourvault.vault.azure.net/keys/ontap"
OWNER = 'cluster="cluster1",svm="svm1",configuration="default"'


def azure(**key: Any) -> dict[str, Any]:
    """Return the result of Azure for the configuration of record()."""
    return {
        "uuid": record()["uuid"],
        "usable": True,
        "not_checked": None,
        "problems": [],
        "key": key,
        "certificate": None,
    }


def build_report_with(*records: Any, **entry: Any) -> dict[str, Any]:
    found = report(*records)
    found["clusters"][0] |= entry
    return found


def values(written: str, metric: str) -> dict[str, int]:
    """Return the labels and the value of each sample of a metric."""
    lines = [
        line.removeprefix(metric).rpartition(" ")
        for line in written.splitlines()
        if line.startswith((f"{metric}{{", f"{metric} "))
    ]
    return {labels: int(value) for labels, _space, value in lines}


def test_only_checked_statuses_have_samples() -> None:
    lost = record(
        2, state={"available": False, "code": 7, "message": "lost"}, azure_reachability={"reachable": False, "code": 1}
    )
    unchecked = {
        name: value for name, value in record(3).items() if name != "state" and not name.endswith("reachability")
    }
    whole = record(4, scope="cluster", svm=None, configuration={"name": "second"})
    written = metrics.write_metrics(report(record(), lost, unchecked, whole, health=None))
    name = 'cluster="cluster1",svm="{}",configuration="{}"'
    owners = [name.format("svm1", "default"), name.format("svm2", "default"), name.format("", "second")]
    for metric in ("ontap_akv_key_available", "ontap_akv_vault_reachable"):
        assert values(written, metric) == {
            f"{{{owner}}}": value for owner, value in zip(owners, (1, 0, 1), strict=True)
        }
    assert values(written, "ontap_akv_node_reachable") == {
        f'{{{owner},node="{node}"}}': 1 for owner in owners for node in ("node1", "node2")
    }
    assert len(values(written, "ontap_akv_configuration_info")) == 4
    assert values(written, "ontap_akv_report_timestamp_seconds") == {"": 1767323045}
    assert "ontap_akv_key_expiry" not in written


def test_information_metric_has_labels() -> None:
    written = metrics.write_metrics(build_report_with(record(), release="9.14.1"))
    (labels,) = values(written, "ontap_akv_configuration_info")
    expected = f'vault="https://ourvault.vault.azure.net/",key="{KEY}/0123456789abcdef",client_id="client-1",authentication_method="client_secret"'
    assert labels == f'{{{OWNER},{expected},release="9.14.1"}}'


def test_configuration_read_by_several_hosts_has_one_information() -> None:
    """With two, every rule that joins them would fail in Prometheus, and no alert would fire."""
    found = build_report_with(record(), release="9.14.1")
    svm_alone = report(record(key_id=f"{KEY}/fedcba9876543210"), record(2))["clusters"][0]
    for clusters in ([svm_alone, *found["clusters"]], [*found["clusters"], svm_alone]):
        written = metrics.write_metrics({**found, "clusters": clusters})
        informed = values(written, "ontap_akv_configuration_info")
        assert len(informed) == 2
        (labels,) = (labels for labels in informed if 'svm="svm1"' in labels)
        assert labels.endswith('release="9.14.1"}')


def test_cluster_is_down_when_one_of_its_hosts_failed() -> None:
    found = report(record(), cluster="shared")
    found["clusters"] += [
        *report(record(), cluster="shared")["clusters"],
        *report(cluster="shared", error="timed out")["clusters"],
    ]
    written = metrics.write_metrics(found)
    assert values(written, "ontap_akv_cluster_up") == {'{cluster="shared"}': 0}
    # The textfile collector refuses a file in which a series appears twice.
    assert len(values(written, "ontap_akv_key_available")) == 1


def test_dates_and_versions_come_from_azure_or_variables() -> None:
    found = build_report_with(
        record(), azure=[azure(expires="2026-06-30T12:00:00Z", newest_in_use=True)], credential_expires="2026-03-01"
    )
    written = metrics.write_metrics(found)
    assert values(written, "ontap_akv_key_expiry_timestamp_seconds") == {f"{{{OWNER}}}": 1782820800}
    assert values(written, "ontap_akv_credential_expiry_timestamp_seconds") == {f"{{{OWNER}}}": 1772323200}
    assert values(written, "ontap_akv_key_newest") == {f"{{{OWNER}}}": 1}
    (line,) = csv_reader.DictReader(csv.write_csv(found).splitlines())
    assert (line["health"], line["generated"]) == ("healthy", "2026-01-02T03:04:05Z")
    assert (line["key_expires"], line["credential_expires"]) == ("2026-06-30T12:00:00Z", "2026-03-01T00:00:00Z")


def test_certificate_date_overrides_given_date() -> None:
    result = azure()
    result["certificate"] = {"not_after": "2026-02-01T00:00:00Z"}
    written = metrics.write_metrics(build_report_with(record(), azure=[result], credential_expires="2026-03-01"))
    assert values(written, "ontap_akv_credential_expiry_timestamp_seconds") == {f"{{{OWNER}}}": 1769904000}


@pytest.mark.parametrize(("newest", "value"), [(True, 1), (False, 0), (None, None)])
def test_unknown_version_has_no_newest_sample(newest: bool | None, value: int | None) -> None:
    written = metrics.write_metrics(build_report_with(record(), azure=[azure(newest_in_use=newest)]))
    assert values(written, "ontap_akv_key_newest") == ({} if value is None else {f"{{{OWNER}}}": value})


def test_ignores_azure_result_of_another_configuration() -> None:
    written = metrics.write_metrics(
        build_report_with(record(), azure=[{**azure(expires="2026-06-30T12:00:00Z"), "uuid": "other"}])
    )
    assert "expiry" not in written


@pytest.mark.parametrize("found", [5, {}, [5], [{}], [{"azure": 5}], [{**azure(), "key": 5, "problems": 5}]])
def test_ignores_azure_results_of_unexpected_form(found: Any) -> None:
    assert "expiry" not in metrics.write_metrics(build_report_with(record(), azure=found, credential_expires="soon"))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2026-11-28T15:06:00Z", "28 Nov 2026, 15:06 UTC"),
        ("2026-11-28T15:06:00+02:00", "28 Nov 2026, 13:06 UTC"),
        ("2026-11-28", "28 Nov 2026, 00:00 UTC"),
        ("2026-11-31", None),
        ("20261128", None),
        ("tomorrow", None),
        (None, None),
        (5, None),
    ],
)
def test_formats_dates_for_readers(value: Any, read: str | None) -> None:
    moment = dates.parse_time(value)
    assert (dates.format_time(moment) if moment else None) == read


@pytest.mark.parametrize(
    ("days", "text"),
    [(-40, "expired 40 days ago"), (-1, "expired 1 day ago"), (0, "today"), (1, "tomorrow"), (1500, "in 1,500 days")],
)
def test_formats_distances_in_days(days: int, text: str) -> None:
    assert dates.format_distance(days) == text


def extend_and_save(path: Path, generated: str, keep: int = 30, *records: Any) -> list[dict[str, Any]]:
    """Add a report to a history and save it."""
    found = history.extend_history(report=report(*records, generated=generated), path=str(path), keep=keep)
    path.write_text(json.dumps(found), encoding="utf-8")
    return list(found["reports"])


def test_history_contains_counts_of_last_reports(tmp_path: Path) -> None:
    path = tmp_path / "akv-history.json"
    lost = record(2, state={"available": False, "code": 7})
    first = extend_and_save(path, "2026-01-01T00:00:00Z", 30, record(), lost)
    assert first == [
        {"generated": "2026-01-01T00:00:00Z", "problem": 1, "warning": 0, "unknown": 0, "ok": 1, "unread": 0}
    ]
    for day in (2, 3, 4):
        found = extend_and_save(path, f"2026-01-0{day}T00:00:00Z", 3, record())
    assert [each["generated"][:10] for each in found] == ["2026-01-02", "2026-01-03", "2026-01-04"]
    # The same report again replaces itself.
    assert extend_and_save(path, "2026-01-04T00:00:00Z", 3) == [*found[:2], {**found[2], "ok": 0}]
    assert extend_and_save(path, "2026-01-05T00:00:00Z", 0, record()) == []


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"reports": 5}', '{"reports": [5, {}, {"generated": "2026-01-01", "problem": true}]}']
)
def test_invalid_history_file_counts_as_empty(tmp_path: Path, content: str) -> None:
    path = tmp_path / "akv-history.json"
    path.write_text(content, encoding="utf-8")
    assert len(extend_and_save(path, "2026-01-01T00:00:00Z")) == 1
