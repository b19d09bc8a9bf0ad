# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of a report, the alert rules and the dashboard, checked with promtool and a running Prometheus."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from ansible_collections.ontap.akv.plugins.plugin_utils.report.metrics import METRICS, write_metrics
from ansible_collections.ontap.akv.tests.monitoring.conftest import Outage, promtool, served, wait_for
from tooling.paths import ROOT

FOLDER = ROOT / "docs" / "monitoring"
RULES = FOLDER / "akv-alerts.yml"
DASHBOARD = FOLDER / "akv-dashboard.json"
DAY = 86400
GENERATED = "2026-11-28T15:06:00Z"
EPOCH = 1795878360
#: A sample: the metric, its labels as they are written, and the value.
_SAMPLE = re.compile(r"(\w+)(\{.*\})? (-?\d+)")


def azure_of(report: dict[str, Any]) -> dict[str, Any]:
    """Add to a report what Azure says about the key of its first configuration, and when the credential expires."""
    entry = report["clusters"][0]
    key = {"expires": "2026-12-20T00:00:00Z", "newest_version": "2", "newest_in_use": False, "purge_protected": False}
    result = {
        "uuid": entry["azure_key_vaults"][0]["uuid"],
        "usable": True,
        "problems": [],
        "key": key,
        "certificate": None,
    }
    entry |= {"credential_expires": "2026-12-03", "azure": [result]}
    return report


def samples(metrics: str) -> dict[str, int]:
    """Return the value of each series, as Prometheus names it."""
    lines = [line for line in metrics.splitlines() if not line.startswith("#")]
    found = [_SAMPLE.fullmatch(line) for line in lines]
    assert all(found), metrics
    return {f"{match.group(1)}{match.group(2) or ''}": int(match.group(3)) for match in found if match}


def test_promtool_accepts_metrics(outage: Outage) -> None:
    """Every metric is present, and promtool finds nothing: each has a help text and a conventional name."""
    outage.begin()
    metrics = write_metrics(azure_of(outage.report(GENERATED)))
    assert re.findall(r"^# TYPE (\w+) gauge$", metrics, re.MULTILINE) == list(METRICS)
    assert promtool("check", "metrics", stdin=metrics) == ""


def test_promtool_rejects_invalid_metrics() -> None:
    with pytest.raises(AssertionError, match="error while linting"):
        promtool("check", "metrics", stdin='ontap_akv_key_available{cluster="a\nb"} 1\n')


def test_special_characters_in_values_are_escaped(outage: Outage) -> None:
    """Values are escaped by the rules of the text format, so that no value ends its label."""
    report = outage.report(GENERATED)
    odd = 'a"b\\c\nd}{e, é 1'
    report["clusters"][0]["cluster"] = odd
    metrics = write_metrics(report)
    assert '{cluster="a\\"b\\\\c\\nd}{e, é 1"} 1' in metrics
    assert promtool("check", "metrics", stdin=metrics) == ""


def test_promtool_accepts_rules() -> None:
    assert "SUCCESS: 10 rules found" in promtool("check", "rules", RULES)


def test_dashboard_queries_existing_metrics(tmp_path: Path) -> None:
    """Its queries are valid PromQL, and name only metrics that the report writes."""
    panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    queries = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len(queries) == len(panels) > 10
    rules = [
        {"record": f"panel_{number}", "expr": query.replace("$cluster", ".*")} for number, query in enumerate(queries)
    ]
    file = tmp_path / "panels.yml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    assert f"SUCCESS: {len(rules)} rules found" in promtool("check", "rules", file)
    for name in (RULES, DASHBOARD):
        assert set(re.findall(r"ontap_akv_\w+", name.read_text(encoding="utf-8"))) <= set(METRICS), name


def expect_alert(
    alert: str, series: dict[str, str], moment: str, expected: list[dict[str, str]], severity: str, step: str = "1h"
) -> dict[str, Any]:
    """Return a test of promtool. expected: the labels of the alerts that fire at the moment, without annotations.
    step: between values.
    """
    return {
        "interval": step,
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "alert_rule_test": [
            {
                "eval_time": moment,
                "alertname": alert,
                "exp_alerts": [{"exp_labels": {**labels, "severity": severity}} for labels in expected],
            }
        ],
    }


def bare_rules(folder: Path, kept: tuple[str, ...] = ()) -> Path:
    """Copy the rules without annotations other than those kept, because promtool would compare their texts."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for rule in rules["groups"][0]["rules"]:
        rule["annotations"] = {name: rule["annotations"][name] for name in kept}
    path = folder / "rules.yml"
    path.write_text(json.dumps(rules), encoding="utf-8")
    return path


def test_rules_fire_only_during_outage(outage: Outage, tmp_path: Path) -> None:
    """The series come from reports before, during and after a simulated outage: two hours each, an hour apart."""
    before = samples(write_metrics(outage.report(GENERATED)))
    outage.begin()
    during = samples(write_metrics(outage.report(GENERATED)))
    assert set(before) == set(during)
    series = {
        name: " ".join(str(part[name]) for part in (before, before, during, during, before, before)) for name in before
    }
    owners = [{"cluster": "east", "svm": svm, "configuration": "default"} for svm in ("svm1", "svm2", "")]
    named = [{name: value for name, value in owner.items() if value} for owner in owners]
    tests = []
    for alert in ("OntapAkvKeysNotAvailable", "OntapAkvVaultUnreachable"):
        tests += [
            expect_alert(alert, series, moment, fired, "critical")
            for moment, fired in (("1h", []), ("2h", named), ("3h", named), ("4h", []))
        ]
    tests += [expect_alert("OntapAkvClusterNotRead", series, "0h", [{"cluster": "down"}], "warning")]
    judge(tests, tmp_path)


def test_rules_on_dates_fire_on_right_day(outage: Outage, tmp_path: Path) -> None:
    """Time in promtool's tests begins in 1970, so the dates are moved: the report is created on day 100."""
    report = azure_of(outage.report(GENERATED))
    # Another host reads the same cluster, with a different result.
    report["clusters"].append({**report["clusters"][0], "release": "9.99.1"})
    found = samples(write_metrics(report))
    moved = {name: value - EPOCH + 100 * DAY if value > EPOCH / 2 else value for name, value in found.items()}
    series = {name: f"{value}x130" for name, value in moved.items()}
    info = next(name for name in found if name.startswith("ontap_akv_configuration_info"))
    labels = dict(re.findall(r'(\w+)="([^"]*)"', info))
    key = {name: labels[name] for name in ("vault", "key")}
    application = {name: labels[name] for name in ("client_id", "authentication_method")}
    # The report is from 28 November, the credential expires on 3 December and the key on 20 December.
    days = {
        "OntapAkvKeyExpiresIn30Days": (91, 92, key, "warning"),
        "OntapAkvKeyExpiresIn7Days": (114, 115, key, "critical"),
        "OntapAkvCredentialExpiresIn30Days": (74, 75, application, "warning"),
        "OntapAkvCredentialExpiresIn7Days": (97, 98, application, "critical"),
        "OntapAkvReportStale": (101, 102, {}, "warning"),
    }
    tests = []
    for alert, (quiet, fires, expected, severity) in days.items():
        tests += [
            expect_alert(alert, series, f"{quiet}d", [], severity, "1d"),
            expect_alert(alert, series, f"{fires}d", [expected], severity, "1d"),
        ]
    judge(tests, tmp_path, "1d")


_OWNER = 'cluster="east",svm="svm1",configuration="default"'
_CONFIGURATION = f'ontap_akv_configuration_info{{{_OWNER},vault="v",key="k",client_id="i",authentication_method="m"}}'
_KEY = {f"ontap_akv_key_expiry_timestamp_seconds{{{_OWNER}}}": "3600x3", _CONFIGURATION: "1x3"}
_CREDENTIAL = {f"ontap_akv_credential_expiry_timestamp_seconds{{{_OWNER}}}": "3600x3", _CONFIGURATION: "1x3"}
_NODE = {f'ontap_akv_node_reachable{{{_OWNER},node="n1"}}': "0x3"}
_NODE_OF_TWO = {**_NODE, 'ontap_akv_node_reachable{cluster="east",svm="svm2",configuration="default",node="n1"}': "0x3"}


@pytest.mark.parametrize(
    ("alert", "series", "moment", "labels", "summary"),
    [
        ("OntapAkvKeyExpiresIn7Days", _KEY, "0h", {"vault": "v", "key": "k"}, "The key k expires in 1h 0m 0s"),
        ("OntapAkvKeyExpiresIn7Days", _KEY, "2h", {"vault": "v", "key": "k"}, "The key k has expired"),
        (
            "OntapAkvCredentialExpiresIn7Days",
            _CREDENTIAL,
            "2h",
            {"client_id": "i", "authentication_method": "m"},
            "The credential (m) of application i has expired",
        ),
        (
            "OntapAkvNodeUnreachable",
            _NODE,
            "1h",
            {"cluster": "east", "node": "n1"},
            "Node n1 of east does not reach the key servers for 1 configuration",
        ),
        (
            "OntapAkvNodeUnreachable",
            _NODE_OF_TWO,
            "1h",
            {"cluster": "east", "node": "n1"},
            "Node n1 of east does not reach the key servers for 2 configurations",
        ),
    ],
)
def test_summary_fits_value(
    alert: str, series: dict[str, str], moment: str, labels: dict[str, str], summary: str, tmp_path: Path
) -> None:
    """Singular and plural, and a date before and after it has passed."""
    severity = "warning" if alert == "OntapAkvNodeUnreachable" else "critical"
    test = expect_alert(alert, series, moment, [labels], severity)
    test["alert_rule_test"][0]["exp_alerts"][0]["exp_annotations"] = {"summary": summary}
    judge([test], tmp_path, kept=("summary",))


def test_missing_report_fires_alert(tmp_path: Path) -> None:
    judge([expect_alert("OntapAkvReportMissing", {"up": "1x3"}, "1h", [{}], "warning")], tmp_path)


def judge(tests: list[dict[str, Any]], folder: Path, step: str = "1h", kept: tuple[str, ...] = ()) -> None:
    """Have promtool run tests of the rules. step: between evaluations. kept: the annotations to compare."""
    bare_rules(folder, kept)
    file = folder / "tests.yml"
    file.write_text(
        json.dumps({"rule_files": ["rules.yml"], "evaluation_interval": step, "tests": tests}), encoding="utf-8"
    )
    assert "SUCCESS" in promtool("test", "rules", file)


def test_promtool_detects_rule_that_does_not_fire(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="FAILED"):
        judge(
            [
                expect_alert(
                    "OntapAkvKeysNotAvailable",
                    {'ontap_akv_key_available{svm="a"}': "1x3"},
                    "1h",
                    [{"svm": "a"}],
                    "critical",
                )
            ],
            tmp_path,
        )


def test_prometheus_fires_alert_during_outage(outage: Outage, tmp_path: Path) -> None:
    """A node exporter serves the file, and Prometheus scrapes it: the alert begins and ends with the outage."""
    textfiles = tmp_path / "textfiles"
    textfiles.mkdir()

    def write(metrics: str) -> None:
        (textfiles / "akv.prom.new").write_text(metrics, encoding="utf-8")
        (textfiles / "akv.prom.new").replace(textfiles / "akv.prom")

    healthy = write_metrics(outage.report(GENERATED))
    write(healthy)
    exporter_options = ("--web.listen-address=127.0.0.1:0", "--collector.disable-defaults", "--collector.textfile")
    with served(
        "prometheus-node-exporter", *exporter_options, f"--collector.textfile.directory={textfiles}"
    ) as exporter:
        settings = {
            "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [exporter]}]}],
        }
        config = tmp_path / "prometheus.yml"
        config.write_text(json.dumps(settings), encoding="utf-8")
        options = (
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            "--web.listen-address=127.0.0.1:0",
        )
        with served("prometheus", *options) as prometheus:

            def ask(path: str, **query: str) -> Any:
                response = requests.get(
                    f"http://{prometheus}/api/v1/{path}", params=query, timeout=10, proxies={"http": ""}
                )
                return response.json()["data"] if response.ok else None

            def firing() -> list[str]:
                alerts = (ask("alerts") or {"alerts": []})["alerts"]
                return sorted(
                    each["labels"].get("svm", "")
                    for each in alerts
                    if each["labels"]["alertname"] == "OntapAkvKeysNotAvailable"
                )

            def stored(query: str) -> Any:
                found = ask("query", query=query)
                return found["result"] if found else []

            wait_for(lambda: stored("ontap_akv_key_available == 1"))
            assert stored("node_textfile_scrape_error == 0")
            assert firing() == []
            outage.begin()
            write(write_metrics(outage.report(GENERATED)))
            wait_for(lambda: firing() == ["", "svm1", "svm2"])
            assert stored("node_textfile_scrape_error == 0")
            write(healthy)
            wait_for(lambda: firing() == [])
