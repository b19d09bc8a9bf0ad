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
from ansible_collections.ontap.akv.tests.integration.support.plays import cluster, play
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, KEY, NAME, TENANT_ID, configured
from simulator import Simulator


def in_json(folder: Path) -> dict[str, Any]:
    """Returns what stands in the JSON."""
    return dict(json.loads((folder / "akv.json").read_text(encoding="utf-8")))


def in_csv(folder: Path) -> list[dict[str, str]]:
    """Returns the lines of the CSV as a spreadsheet reads them."""
    with (folder / "akv.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file, strict=True))
    assert all(None not in line and None not in line.values() for line in lines)
    return lines


def test_what_there_is(plays: Ansible, simulator: Simulator, other: Simulator, tmp_path: Path) -> None:
    """Of two clusters and one that is down; check mode writes nothing; a second run changes the date alone."""
    configured(simulator, "svm1", "svm2", None, proxy_host="proxy.example.com", proxy_port=8080)
    configured(other, "svm1")
    west = cluster(
        other,
        akv_username=other.username,
        akv_password=other.password,
        akv_ca_path=str(other.ca_path),
        akv_cluster="western",
    )
    hosts = {
        "east": cluster(simulator),
        "west": west,
        "down": {"akv_hostname": "127.0.0.1", "akv_http_port": 1, "akv_max_retries": 0},
    }
    folder = tmp_path / "new" / "reports"
    for each in (simulator, other):
        each.control.knob(leak_secrets=True)
    check = play(plays, "report", hosts, "--check", akv_report_directory=str(folder)).failed()
    assert not folder.parent.exists()
    assert {host: told["failures"] for host, told in check.hosts.items()} == {"east": 0, "west": 0, "down": 1}

    played = play(plays, "report", hosts, akv_report_directory=str(folder)).failed()
    report = in_json(folder)
    told = {entry["host"]: entry for entry in report["clusters"]}
    assert {host: (entry["cluster"], entry["error"] is None) for host, entry in told.items()} == {
        "east": ("east", True),
        "west": ("western", True),
        "down": ("down", False),
    }
    state = simulator.control.state()
    owners = [*state["svms"].values(), state["cluster"]]
    assert {each["uuid"] for each in told["east"]["azure_key_vaults"]} == {
        owner["configuration"]["uuid"] for owner in owners if owner["configuration"]
    }
    assert [each["svm"]["name"] for each in told["west"]["azure_key_vaults"]] == ["svm1"]
    assert "127.0.0.1:1" in told["down"]["error"]

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
    assert lines[-1]["message"] == told["down"]["error"]
    *_unread, last = next(run.result["msg"] for run in played.runs if run.name.endswith("Show the summary"))
    assert last == f"Wrote 4 configurations of 2 clusters to {folder}: akv.html, akv.json, akv.csv, akv.prom."
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    assert list(files) == ["akv-history.json", "akv.csv", "akv.html", "akv.json", "akv.prom"]
    assert {host: (entry.get("release"), len(entry.get("svms", []))) for host, entry in told.items()} == {
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


def test_values_are_text_whatever_they_look_like(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Formulas, quotes, lines, other alphabets, templates; a folder that is there keeps its mode; false is not
    nothing.
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
    told = {each["svm"]["name"]: each for each in entry["azure_key_vaults"]}
    assert {svm: {name: told[svm][name] for name in fields} for svm, fields in odd.items()} == odd
    assert "{{ lookup('ansible.builtin.env', 'ONTAP_PASSWORD') }}" in told["svm1"]["azure_reachability"]["message"]
    lines = {line["svm"]: (line["client_id"], line["tenant_id"], line["proxy"]) for line in in_csv(folder)}
    assert lines == {
        "svm1": ("'=cmd|' /C calc'!A0", '"quoted", and more', "'-1+1"),
        "svm2": ("'@SUM(1)", "first\nsecond", "'\tx"),
        "svm3": ("Schlüssel-ключ-鍵", "{{ 6 * 7 }}", "'\n=1"),
        "svm4": ("'+1", "{% raw %}", "'\uff1d1"),
    }
    assert {(line["available"], line["azure_reachable"]) for line in in_csv(folder)} == {("false", "false")}
    assert all("node1" in line["message"] for line in in_csv(folder))


def test_where_it_is_written(plays: Ansible, simulator: Simulator) -> None:
    """By default beside where Ansible was started, the SVMs of hosts that are SVMs alone, and nothing where nothing
    is.
    """
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


def test_batches_and_hosts_that_failed_before_they_were_read_are_in_one_report(
    plays: Ansible, simulator: Simulator, tmp_path: Path
) -> None:
    """Left out, a cluster would raise no alert: the metrics of the last report would just end."""
    configured(simulator, "svm1")
    hosts = {name: cluster(simulator) for name in ("east", "north")} | {"west": cluster(simulator, akv_svms="svm1")}
    played = play(plays, "report", hosts, akv_serial=1, akv_report_directory=str(tmp_path / "reports")).failed()
    assert "akv_svms is not a variable of this collection" in played.output
    assert played.output.count("Write the files") == 1
    told = {entry["host"]: entry["error"] for entry in in_json(tmp_path / "reports")["clusters"]}
    assert told == {"east": None, "north": None, "west": "it was not read"}
    metrics = (tmp_path / "reports" / "akv.prom").read_text(encoding="utf-8")
    for name, up in {"east": 1, "north": 1, "west": 0}.items():
        assert f'ontap_akv_cluster_up{{cluster="{name}"}} {up}' in metrics


def in_page(folder: Path) -> str:
    """Returns the page."""
    return (folder / "akv.html").read_text(encoding="utf-8")


def test_what_changed_since(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Since the last report in the folder, or the one that is named; check mode leaves both as they are."""
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
    assert "</time>: none." in reported()
    third = reported(akv_report_previous=str(tmp_path / "first.json"))
    assert "2 degraded, 1 added." in third
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    play(plays, "report", None, "--check", akv_report_directory=str(folder), akv_cluster="east").ok()
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_earlier_reports_that_are_none(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """One that is named has to be there and to be a report; of the one in the folder the page tells, and the new one
    takes its place.
    """
    configured(simulator, "svm1")
    folder = tmp_path / "reports"
    folder.mkdir()
    for broken in ("{", "[]", '{"clusters": 1}', "\udcff"):
        (folder / "akv.json").write_bytes(broken.encode(errors="surrogateescape"))
        play(plays, "report", None, akv_report_directory=str(folder)).ok()
        assert "could not be used (it is not a report in JSON)" in in_page(folder)
        assert len(in_json(folder)["clusters"]) == 1
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    for name, said in (("missing.json", "No such file or directory"), ("broken.json", "it is not a report in JSON")):
        before = in_page(folder)
        failed = play(
            plays, "report", None, akv_report_directory=str(folder), akv_report_previous=str(tmp_path / name)
        ).failed()
        assert f"previous: {tmp_path / name} could not be used: {said}" in " ".join(failed.output.split())
        assert in_page(folder) == before


def test_the_page_holds_text_alone(plays: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """Markup and templates from a cluster, and from one that cannot be read; and no secret, even where ONTAP sends
    one.
    """
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
