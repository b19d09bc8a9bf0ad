# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Role akv_report and its playbook: the content of the files, regardless of their layout."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, other_cluster, play
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, KEY, NAME, TENANT_ID, configured
from simulator import Simulator


def in_json(folder: Path) -> dict[str, Any]:
    """Return the content of the JSON file."""
    return dict(json.loads((folder / "akv.json").read_text(encoding="utf-8")))


def in_csv(folder: Path) -> list[dict[str, str]]:
    """Return the lines of the CSV file as a spreadsheet reads them."""
    with (folder / "akv.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, strict=True))
    assert all(None not in line and None not in line.values() for line in lines)
    return lines


def test_report_contains_all_configurations(
    plays: Ansible, simulator: Simulator, other: Simulator, tmp_path: Path
) -> None:
    """The report covers two clusters and an unreachable one; check mode writes nothing; a second run changes only the
    date.
    """
    configured(simulator, "svm1", "svm2", None, proxy_host="proxy.example.com", proxy_port=8080)
    configured(other, "svm1")
    hosts = {
        "east": cluster(simulator),
        "west": other_cluster(other, akv_cluster="western"),
        "down": {"akv_hostname": "127.0.0.1", "akv_http_port": 1, "akv_max_retries": 0},
    }
    folder = tmp_path / "new" / "reports"
    for each in (simulator, other):
        each.control.knob(leak_secrets=True)
    check = play(plays, "report", hosts, "--check", akv_report_directory=str(folder)).failed()
    assert not folder.parent.exists()
    assert {host: found["failures"] for host, found in check.hosts.items()} == {"east": 0, "west": 0, "down": 1}

    played = play(plays, "report", hosts, akv_report_directory=str(folder)).failed()
    report = in_json(folder)
    found = {entry["host"]: entry for entry in report["clusters"]}
    assert {host: (entry["cluster"], entry["error"] is None) for host, entry in found.items()} == {
        "east": ("east", True),
        "west": ("western", True),
        "down": ("down", False),
    }
    state = simulator.control.state()
    owners = [*state["svms"].values(), state["cluster"]]
    assert {each["uuid"] for each in found["east"]["azure_key_vaults"]} == {
        owner["configuration"]["uuid"] for owner in owners if owner["configuration"]
    }
    assert [each["svm"]["name"] for each in found["west"]["azure_key_vaults"]] == ["svm1"]
    assert "127.0.0.1:1" in found["down"]["error"]

    lines = in_csv(folder)
    assert [(line["cluster"], line["svm"], line["scope"]) for line in lines] == [
        ("east", "svm1", "svm"),
        ("east", "svm2", "svm"),
        ("east", "", "cluster"),
        ("western", "svm1", "svm"),
        ("down", "", ""),
    ]
    assert lines[0] == {
        "cluster": "east",
        "svm": "svm1",
        "scope": "svm",
        "vault": NAME,
        "key_id": KEY,
        "key_version": "",
        "authentication_method": "client_secret",
        "client_id": CLIENT_ID,
        "tenant_id": TENANT_ID,
        "proxy": "proxy.example.com",
        "uuid": state["svms"]["svm1"]["configuration"]["uuid"],
        "available": "true",
        "azure_reachable": "true",
        "ekmip_unreachable": "",
        "message": "",
        "health": "healthy",
        "generated": report["generated"],
        "key_expires": "",
        "credential_expires": "",
    }
    assert lines[-1]["message"] == found["down"]["error"]
    *_unread, last = next(run.result["msg"] for run in played.runs if run.name.endswith("Show the summary"))
    assert last == f"Wrote 4 configurations of 2 clusters to {folder}: akv.html, akv.json, akv.csv, akv.prom."
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    assert list(files) == ["akv-history.json", "akv.csv", "akv.html", "akv.json", "akv.prom"]
    assert {host: (entry.get("release"), len(entry.get("svms", []))) for host, entry in found.items()} == {
        "east": ("9.11.1", 5),
        "west": ("9.11.1", 5),
        "down": (None, 0),
    }
    for line in (
        'ontap_akv_cluster_up{cluster="down"} 0',
        'ontap_akv_key_available{cluster="east",svm="svm2",configuration="default"} 1',
        'ontap_akv_vault_reachable{cluster="east",svm="",configuration="default"} 1',
    ):
        assert line in files["akv.prom"].splitlines()
    assert "seeded-Secret1" not in "".join(files.values())
    assert [oct((folder / name).stat().st_mode & 0o777) for name in (".", *files)] == ["0o750", *["0o640"] * 4, "0o644"]
    assert Requests(simulator.control.log()).writes == []
    summary = played.stats["akv_report_summary"]
    assert (summary["clusters"], summary["unread"], summary["configurations"], summary["counts"]["ok"]) == (3, 1, 4, 4)
    assert [cause["cause"] for cause in summary["causes"]] == ["down could not be read"]
    assert summary["generated"] == report["generated"]

    play(plays, "report", hosts, akv_report_directory=str(folder)).failed()
    again = in_json(folder)
    assert in_csv(folder) == [{**line, "generated": again["generated"]} for line in lines]
    kept = json.loads((folder / "akv-history.json").read_text(encoding="utf-8"))["reports"]
    assert [point["generated"] for point in kept] == sorted({report["generated"], again["generated"]})
    assert {(point["ok"], point["unread"]) for point in kept} == {(4, 1)}
    assert again.pop("generated") >= report.pop("generated")
    assert again == report


def test_values_are_written_as_text(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Formulas, quotes, line breaks, other alphabets and templates are text; an existing folder keeps its mode; false
    is not an empty value.
    """
    odd = {
        "svm1": {"client_id": "=cmd|' /C calc'!A0", "tenant_id": '"quoted", and more', "proxy_host": "-1+1"},
        "svm2": {"client_id": "@SUM(1)", "tenant_id": "first\nsecond", "proxy_host": "\tx"},
        "svm3": {"client_id": "Schlüssel-ключ-鍵", "tenant_id": "{{ 6 * 7 }}", "proxy_host": "\n=1"},
        "svm4": {"client_id": "+1", "tenant_id": "{% raw %}", "proxy_host": "\uff1d1"},
    }
    for svm, fields in odd.items():
        configured(simulator, svm, **fields)
    simulator.control.reboot("node1")
    simulator.control.azure(reachable=False, message="{{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}")
    folder = tmp_path / "reports"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    play(plays, "report", None, akv_report_directory=str(folder), akv_report_health=True).ok()
    assert oct(folder.stat().st_mode & 0o777) == "0o755"
    (entry,) = in_json(folder)["clusters"]
    found = {each["svm"]["name"]: each for each in entry["azure_key_vaults"]}
    assert {svm: {name: found[svm][name] for name in fields} for svm, fields in odd.items()} == odd
    assert "{{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}" in found["svm1"]["azure_reachability"]["message"]
    lines = {line["svm"]: (line["client_id"], line["tenant_id"], line["proxy"]) for line in in_csv(folder)}
    assert lines == {
        "svm1": ("'=cmd|' /C calc'!A0", '"quoted", and more', "'-1+1"),
        "svm2": ("'@SUM(1)", "first\nsecond", "'\tx"),
        "svm3": ("Schlüssel-ключ-鍵", "{{ 6 * 7 }}", "'\n=1"),
        "svm4": ("'+1", "{% raw %}", "'\uff1d1"),
    }
    assert {(line["available"], line["azure_reachable"]) for line in in_csv(folder)} == {("false", "false")}
    assert all("node1" in line["message"] for line in in_csv(folder))


def test_report_is_written_to_working_directory_by_default(plays: Ansible, simulator: Simulator) -> None:
    """The report is written to the working directory; hosts that are SVMs are reported with only their SVM."""
    configured(simulator, "svm1", "svm2", None)
    hosts: dict[str, Any] = {
        f"{svm}@east": cluster(simulator, akv_cluster="east", akv_svm=svm, akv={"svm": {"name": svm}})
        for svm in ("svm1", "svm3")
    }
    played = play(plays, "report", hosts, akv_svm="").ok()
    summary = next(run.msg for run in played.runs if run.name.endswith("Show the summary"))
    assert "- east: svm3: no configuration found: check the name of the SVM, and the permissions of the user" in summary
    report = in_json(played.folder / "akv-report")
    assert [(entry["host"], len(entry["azure_key_vaults"])) for entry in report["clusters"]] == [
        ("svm1@east", 1),
        ("svm3@east", 0),
    ]
    assert [line["svm"] for line in in_csv(played.folder / "akv-report")] == ["svm1"]
    assert Requests(simulator.control.log()).lines == ["GET"] * 2


def test_report_includes_batches_and_failed_hosts(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """A cluster that is left out would raise no alert, because its metrics would just end."""
    configured(simulator, "svm1")
    hosts = {name: cluster(simulator) for name in ("east", "north")} | {"west": cluster(simulator, akv_svms="svm1")}
    played = play(plays, "report", hosts, akv_serial=1, akv_report_directory=str(tmp_path / "reports")).failed()
    assert "akv_svms is not a variable of this collection" in played.output
    assert played.output.count("Write the files") == 1
    found = {entry["host"]: entry["error"] for entry in in_json(tmp_path / "reports")["clusters"]}
    assert found == {"east": None, "north": None, "west": "it was not read"}
    metrics = (tmp_path / "reports" / "akv.prom").read_text(encoding="utf-8")
    for name, up in {"east": 1, "north": 1, "west": 0}.items():
        assert f'ontap_akv_cluster_up{{cluster="{name}"}} {up}' in metrics


def in_page(folder: Path) -> str:
    """Return the HTML page."""
    return (folder / "akv.html").read_text(encoding="utf-8")


def test_report_shows_changes_since_previous_one(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The previous report is the last one in the folder or a named one; check mode changes neither."""
    configured(simulator, "svm1", "svm2")
    folder = tmp_path / "reports"

    def reported(**variables: Any) -> str:
        play(
            plays,
            "report",
            None,
            akv_report_directory=str(folder),
            akv_report_health=True,
            akv_cluster="east",
            **variables,
        ).ok()
        return in_page(folder)

    first = reported(akv_report_previous="", akv_report_title="")
    assert 'id="changes"' not in first
    (tmp_path / "first.json").write_bytes((folder / "akv.json").read_bytes())
    simulator.control.reboot("node1")
    configured(simulator, "svm3")
    second = reported(akv_report_title="Ours <1>")
    assert "<title>Ours &lt;1&gt;</title>" in second
    assert "2 degraded, 1 added." in second
    assert "</time>: no changes." in reported()
    third = reported(akv_report_previous=str(tmp_path / "first.json"))
    assert "2 degraded, 1 added." in third
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    play(plays, "report", None, "--check", akv_report_directory=str(folder), akv_cluster="east").ok()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_invalid_previous_report_is_reported(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """A named report must exist and be valid; an invalid one in the folder is mentioned on the page and replaced."""
    configured(simulator, "svm1")
    folder = tmp_path / "reports"
    folder.mkdir()
    for broken in ("{", "[]", '{"clusters": 1}', "\udcff"):
        (folder / "akv.json").write_bytes(broken.encode(errors="surrogateescape"))
        play(plays, "report", None, akv_report_directory=str(folder)).ok()
        assert "could not be used (it is not a report in JSON)" in in_page(folder)
        assert len(in_json(folder)["clusters"]) == 1
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for name, reason in (("missing.json", "No such file or directory"), ("broken.json", "it is not a report in JSON")):
        before = in_page(folder)
        failed = play(
            plays, "report", None, akv_report_directory=str(folder), akv_report_previous=str(tmp_path / name)
        ).failed()
        assert f"previous: {tmp_path / name} could not be used: {reason}" in " ".join(failed.output.split())
        assert in_page(folder) == before


def test_report_of_misspelled_svm_writes_nothing(
    plays: Ansible, simulator: Simulator, other: Simulator, tmp_path: Path
) -> None:
    """The report of the fleet, its history and metrics stay as they are, and no directory is created."""
    configured(simulator, "svm1")
    configured(other, "svm1")
    hosts = {"east": cluster(simulator), "west": other_cluster(other)}
    folder, metrics = tmp_path / "reports", tmp_path / "metrics"
    metrics.mkdir()
    variables = {"akv_report_directory": str(folder), "akv_report_metrics_directory": str(metrics)}
    play(plays, "report", hosts, **variables).ok()
    before = {path: path.read_bytes() for each in (folder, metrics) for path in each.iterdir()}
    assert len(before) == 5
    failed = play(plays, "report", hosts, **variables, akv_svm="svm66").failed()
    assert "No configuration found for svm66 on east, west, so nothing was written." in failed.texts
    assert "akv_report_summary" not in failed.stats
    assert {path: path.read_bytes() for each in (folder, metrics) for path in each.iterdir()} == before
    play(plays, "report", hosts, akv_report_directory=str(tmp_path / "new"), akv_svm="svm66").failed()
    assert not (tmp_path / "new").exists()


def test_page_contains_cluster_data_as_text(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Markup and templates of a cluster are text, and secrets are removed even if ONTAP returns them."""
    simulator.control.knob(leak_secrets=True)
    configured(
        simulator, "svm1", client_id="<script>alert(1)</script>", tenant_id="{{ 6 * 7 }}", proxy_host='"><img src=x>'
    )
    play(plays, "report", None, akv_report_directory=str(tmp_path / "r"), akv_cluster="<b>east</b>").ok()
    page = in_page(tmp_path / "r")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 6 * 7 }}" in page
    assert "&quot;&gt;&lt;img src=x&gt;" in page
    assert "&lt;b&gt;east&lt;/b&gt;" in page
    assert page.count("<script>") == 1
    assert '<a href="akv.csv">' in page
    assert "<img" not in page
    assert "seeded-Secret1" not in page
