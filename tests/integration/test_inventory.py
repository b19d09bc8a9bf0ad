# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory plugin: hosts and groups that ansible-inventory returns for one and for several clusters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.tests.integration.support.ansible import connection
from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory, Unsafe, cluster
from ansible_collections.ontap.akv.tests.integration.support.log import Requests
from ansible_collections.ontap.akv.tests.integration.support.tasks import CLIENT_ID, KEY, NAME, TENANT_ID, configured
from simulator import Simulator

EXPENSIVE = ("state", "azure_reachability", "ekmip_reachability")
TEMPLATE = "{{ 1/0 }} {{ lookup('ansible.builtin.env', 'HOME') }}"


def two(simulator: Simulator, other: Simulator, **more: Any) -> dict[str, Any]:
    """Return a source of both clusters."""
    return {"clusters": [cluster(simulator, name="east"), cluster(other, name="west")], **more}


def test_lists_svms_of_one_cluster(inventory: Inventory, simulator: Simulator) -> None:
    """The connection comes from the environment, with one request; the cluster's configuration and SVMs without one are
    not hosts.
    """
    uuid, _other, _cluster = configured(simulator, "svm1", "svm3", None)
    inventory.environment |= connection(simulator)
    listed = inventory.list({})
    assert listed.names == ["svm1@127.0.0.1", "svm3@127.0.0.1"]
    assert listed.hosts["svm1@127.0.0.1"] == {
        "akv_hostname": simulator.hostname,
        "akv_http_port": simulator.port,
        "akv_cluster": simulator.hostname,
        "akv_svm": "svm1",
        "akv": {
            "uuid": uuid,
            "scope": "svm",
            "svm": {"name": "svm1", "uuid": simulator.control.state()["svms"]["svm1"]["uuid"]},
            "name": NAME,
            "client_id": CLIENT_ID,
            "tenant_id": TENANT_ID,
            "key_id": KEY,
            "authentication_method": "client_secret",
            "cluster": simulator.hostname,
        },
    }
    assert Requests(simulator.control.log()).lines == ["GET"]
    assert simulator.control.log()[0]["query"]["scope"] == "svm"
    assert "[WARNING]" not in listed.told


def test_same_svm_name_on_two_clusters_is_two_hosts(
    inventory: Inventory, simulator: Simulator, other: Simulator
) -> None:
    """Each is a host, and can be selected by the names of SVM and cluster."""
    configured(simulator, "svm1", "svm2")
    configured(other, "svm1")
    listed = inventory.list(two(simulator, other))
    assert listed.names == ["svm1@east", "svm1@west", "svm2@east"]
    assert [listed.hosts[name]["akv_http_port"] for name in listed.names] == [
        simulator.port,
        other.port,
        simulator.port,
    ]
    assert listed.hosts["svm1@west"]["akv"]["cluster"] == listed.hosts["svm1@west"]["akv_cluster"] == "west"
    limited = inventory.list(two(simulator, other), "--limit", "svm1@*,!*@west")
    assert limited.names == ["svm1@east"]


def test_constructs_groups_and_variables(inventory: Inventory, simulator: Simulator, other: Simulator) -> None:
    configured(simulator, "svm1", "svm2")
    configured(other, "svm1", name="https://other.vault.azure.net/", key_id="https://other.vault.azure.net/keys/key9")
    source = two(
        simulator,
        other,
        compose={"vault": "akv.name | ansible.builtin.urlsplit('hostname')", "missing": "akv.nonesuch.really"},
        groups={"other_vault": "'other' in vault", "never": "akv.nonesuch.really"},
        keyed_groups=[{"key": "akv_cluster", "prefix": "cluster"}, {"key": "akv_svm", "separator": ""}],
    )
    listed = inventory.list(source)
    assert listed.hosts["svm1@west"]["vault"] == "other.vault.azure.net"
    assert "missing" not in listed.hosts["svm1@west"]
    assert listed.groups["other_vault"] == ["svm1@west"]
    assert listed.groups["cluster_east"] == ["svm1@east", "svm2@east"]
    assert listed.groups["svm1"] == ["svm1@east", "svm1@west"]
    extra = {
        **source,
        "use_extra_vars": True,
        "compose": {"place": "akv_cluster ~ '-' ~ site"},
        "leading_separator": False,
        "keyed_groups": [{"key": "akv_svm"}],
    }
    listed = inventory.list(extra, "-e", "site=north")
    assert (listed.hosts["svm2@east"]["place"], listed.groups["svm2"]) == ("east-north", ["svm2@east"])
    strict = inventory.list({**source, "strict": True})
    assert strict.hosts == {}
    assert "Could not set missing for host svm1@east" in strict.told


def test_lists_all_svms_with_health(inventory: Inventory, simulator: Simulator) -> None:
    """svms: all needs one more request, health none; an SVM without a configuration has only cluster and SVM."""
    configured(simulator, "svm2", None)
    simulator.control.node("node2", ekmip=False)
    listed = inventory.list({**cluster(simulator), "svms": "all", "health": True})
    assert listed.names == [f"svm{number}@127.0.0.1" for number in range(1, 6)]
    uuid = simulator.control.state()["svms"]["svm1"]["uuid"]
    assert listed.hosts["svm1@127.0.0.1"]["akv"] == {"cluster": "127.0.0.1", "svm": {"name": "svm1", "uuid": uuid}}
    akv = listed.hosts["svm2@127.0.0.1"]["akv"]
    assert (akv["state"]["available"], akv["azure_reachability"]["reachable"]) == (True, True)
    assert [node["reachable"] for node in akv["ekmip_reachability"]] == [True, False]
    assert Requests(simulator.control.log()).lines == ["GET", "GET /api/svm/svms"]
    plain = inventory.list(cluster(simulator))
    assert not set(EXPENSIVE) & set(plain.hosts["svm2@127.0.0.1"]["akv"])


def test_query_selects_svms(inventory: Inventory, simulator: Simulator) -> None:
    configured(simulator, "svm1", "svm2", "svm3")
    listed = inventory.list(
        {**cluster(simulator), "query": {"svm.name": ["svm1", "svm3"], "authentication_method": "!certificate"}}
    )
    assert listed.names == ["svm1@127.0.0.1", "svm3@127.0.0.1"]


def test_reads_all_pages_of_every_cluster(inventory: Inventory, simulator: Simulator, other: Simulator) -> None:
    """All pages are read, including empty ones, on one connection for each cluster."""
    simulator.control.seed(25)
    simulator.control.knob(page_size=10, empty_pages=1)
    other.control.seed(250)
    other.control.knob(page_size=100)
    for each in (simulator, other):
        each.control.clear_log()
    listed = inventory.list(two(simulator, other))
    assert len(listed.hosts) == 275
    logs = [Requests(each.control.log()) for each in (simulator, other)]
    assert [log.lines for log in logs] == [["GET"] * 6, ["GET"] * 3]
    assert [each.control.connections()["accepted"] for each in (simulator, other)] == [1, 1]


def test_text_of_cluster_is_never_template(inventory: Inventory, simulator: Simulator, tmp_path: Path) -> None:
    """This holds for variables, composed variables, plays, and the export that AWX uses."""
    configured(simulator, "svm1", proxy_host="proxy", proxy_username=TEMPLATE, client_id=TEMPLATE)
    source = {
        **cluster(simulator),
        "compose": {"copied": "akv.proxy_username", "joined": "'x' ~ akv.client_id"},
        "keyed_groups": [{"key": "akv.client_id"}],
    }
    listed = inventory.list(source, "--export")
    host = listed.hosts["svm1@127.0.0.1"]
    for text in (
        host["akv"]["proxy_username"],
        host["akv"]["client_id"],
        host["copied"],
        host["joined"],
        host["akv"]["svm"]["name"],
    ):
        assert isinstance(text, Unsafe)
    assert host["copied"] == host["akv"]["proxy_username"] == TEMPLATE
    shown = "{{ [akv.proxy_username, akv.client_id, copied, joined] }}"
    play = [
        {
            "hosts": "all",
            "connection": "local",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.copy": {"content": shown, "dest": "{{ target }}"}}],
        }
    ]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    exported = tmp_path / "exported.sh"
    answer = inventory.run("ansible-inventory", ["--list", "--export", "-i", str(inventory.source(source))]).stdout
    exported.write_text(f"#!/bin/sh\ncat <<'END'\n{answer}\nEND\n", encoding="utf-8")
    exported.chmod(0o700)
    for number, hosts in enumerate((inventory.source(source), exported)):
        target = tmp_path / f"shown{number}"
        done = inventory.run("ansible-playbook", ["-i", str(hosts), "-e", f"target={target}", "play.yml"])
        assert done.returncode == 0, done.stdout
        # Releases before 2.19 write a list as Python does.
        assert yaml.safe_load(target.read_text(encoding="utf-8")) == [TEMPLATE, TEMPLATE, TEMPLATE, f"x{TEMPLATE}"]


def test_play_reaches_each_cluster(
    inventory: Inventory, simulator: Simulator, other: Simulator, tmp_path: Path
) -> None:
    """The variables of a host direct a module to its cluster."""
    configured(simulator, "svm1", "svm2")
    configured(other, "svm1")
    inventory.environment |= {
        name: value for name, value in connection(simulator).items() if name in ("ONTAP_USERNAME", "ONTAP_PASSWORD")
    }
    other.control.user(simulator.username, simulator.password)
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(
        "".join(Path(str(each.ca_path)).read_text(encoding="ascii") for each in (simulator, other)), encoding="ascii"
    )
    source = {
        "ca_path": str(bundle),
        "clusters": [
            {"hostname": each.hostname, "http_port": each.port, "name": name}
            for each, name in ((simulator, "east"), (other, "west"))
        ],
    }
    task = {
        "ontap.akv.akv_info": {
            "hostname": "{{ akv_hostname }}",
            "http_port": "{{ akv_http_port }}",
            "ca_path": str(bundle),
            "svm": "{{ akv_svm }}",
        },
        "register": "info",
    }
    check = {"ansible.builtin.assert": {"that": "info.azure_key_vaults[0].uuid == akv.uuid"}}
    play = [{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [task, check]}]
    (tmp_path / "play.yml").write_text(yaml.safe_dump(play), encoding="utf-8")
    done = inventory.run("ansible-playbook", ["-i", str(inventory.source(source)), "play.yml"])
    assert done.returncode == 0, done.stdout
    assert [len(each.control.log()) for each in (simulator, other)] == [3, 2]


def test_svm_with_several_configurations_is_one_host(inventory: Inventory, simulator: Simulator) -> None:
    """There is one host, with the enabled configuration or else the first by UUID; a warning names the choice."""
    svm = {name: {"name": name, "uuid": f"4f7abf4c-9a07-11ea-8d52-00000000000{name[-1]}"} for name in ("svm1", "svm2")}
    uuids = [f"024cd3cf-9a08-11ea-8d52-00000000000{number}" for number in range(4)]
    records = [
        {"uuid": uuids[0], "scope": "svm", "svm": svm["svm1"], "enabled": False, "name": NAME},
        {"uuid": uuids[1], "scope": "svm", "svm": svm["svm1"], "enabled": True, "name": NAME},
        {"uuid": uuids[3], "scope": "svm", "svm": svm["svm2"], "enabled": False, "name": NAME},
        {"uuid": uuids[2], "scope": "svm", "svm": svm["svm2"], "enabled": False, "name": NAME},
    ]
    simulator.control.fault("wrong_shape", method="GET", body={"records": records, "num_records": 4})
    listed = inventory.list({"clusters": [cluster(simulator, name="east")]})
    assert {name: variables["akv"]["uuid"] for name, variables in listed.hosts.items()} == {
        "svm1@east": uuids[1],
        "svm2@east": uuids[2],
    }
    assert f"svm1@east: there are 2 configurations; the variable akv holds {uuids[1]}" in listed.told


def test_plugin_can_be_enabled_by_name(inventory: Inventory, simulator: Simulator) -> None:
    """This works without the plugin auto."""
    configured(simulator, "svm1")
    assert inventory.list(cluster(simulator), env={"ANSIBLE_INVENTORY_ENABLED": "ontap.akv.svms"}).names == [
        "svm1@127.0.0.1"
    ]


@pytest.mark.parametrize("name", ["akv.yml", "akv.yaml", "production.akv.yaml"])
def test_accepts_file_name(inventory: Inventory, simulator: Simulator, name: str) -> None:
    configured(simulator, "svm1")
    assert inventory.list(cluster(simulator), name=name).names == ["svm1@127.0.0.1"]


@pytest.mark.parametrize("name", ["fleet.yml", "fakv.yml", "fleet.akv.json"])
def test_ignores_other_file_names(inventory: Inventory, simulator: Simulator, name: str) -> None:
    configured(simulator, "svm1")
    assert inventory.list(json.dumps({"plugin": "ontap.akv.svms", **cluster(simulator)}), name=name).hosts == {}
    assert simulator.control.log() == []
