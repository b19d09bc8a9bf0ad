# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of the inventory plugin: what it stores, what it never stores, and when it is not used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.tests.integration.support.inventory import Inventory, Listed, Unsafe, cluster
from ansible_collections.ontap.akv.tests.integration.support.tasks import configured
from simulator import Simulator

TEMPLATE = "{{ 1/0 }}"


@pytest.fixture
def folder(inventory: Inventory, tmp_path: Path) -> Path:
    """Return the folder of the cache; each run is a separate process, so that nothing else is kept."""
    folder = tmp_path / "cache"
    inventory.environment |= {
        "ANSIBLE_INVENTORY_CACHE": "true",
        "ANSIBLE_INVENTORY_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_INVENTORY_CACHE_CONNECTION": str(folder),
    }
    return folder


def sent(*simulators: Simulator) -> list[int]:
    """Return the number of requests to each simulator since the last call."""
    numbers = [len(each.control.log()) for each in simulators]
    for each in simulators:
        each.control.clear_log()
    return numbers


def facts(listed: Listed) -> list[Any]:
    """Return the result of a run without warnings."""
    return [listed.status, listed.hosts, listed.groups]


def test_second_run_sends_no_request(
    inventory: Inventory, simulator: Simulator, other: Simulator, folder: Path
) -> None:
    """Hosts, variables and groups are the same, and texts of clusters are still not templates."""
    configured(simulator, "svm1", client_id=TEMPLATE)
    configured(other, "svm1", "svm2")
    clusters = [cluster(simulator, name="east"), cluster(other, name="west")]
    source = {"clusters": clusters, "compose": {"copied": "akv.client_id"}, "keyed_groups": [{"key": "akv_cluster"}]}
    first = inventory.list(source)
    assert sent(simulator, other) == [1, 1]
    again = inventory.list(source)
    assert sent(simulator, other) == [0, 0]
    assert facts(again) == facts(first)
    for text in (again.hosts["svm1@east"]["akv"]["client_id"], again.hosts["svm1@east"]["copied"]):
        assert isinstance(text, Unsafe)
        assert text == TEMPLATE


def test_cache_contains_no_secret(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    """This covers secrets of the connection, those that a server should not send, and a repeated password."""
    configured(
        simulator, "svm1", client_secret=inventory.ansible.secrets.new("client-secret"), proxy_host=simulator.password
    )
    simulator.control.knob(leak_secrets=True)
    inventory.list(cluster(simulator))
    (kept,) = [path for path in folder.rglob("*") if path.is_file()]
    text = kept.read_text(encoding="utf-8")
    assert "authentication_method" in text
    assert inventory.ansible.secrets.found_in(text) == []
    assert simulator.username not in text


def test_flush_reads_again(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    """--flush-cache of a play reads again, and the next run uses the new cache."""
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    configured(simulator, "svm2")
    assert sent(simulator) == [1]
    (inventory.folder / "play.yml").write_text("[{hosts: all, gather_facts: false}]", encoding="utf-8")
    done = inventory.run(
        "ansible-playbook",
        ["--list-hosts", "--flush-cache", "-i", str(inventory.source(cluster(simulator))), "play.yml"],
    )
    assert done.returncode == 0
    assert "svm2@127.0.0.1" in done.stdout
    assert sent(simulator) == [1]
    assert inventory.list(cluster(simulator)).names == ["svm1@127.0.0.1", "svm2@127.0.0.1"]
    assert sent(simulator) == [0]


def test_failed_cluster_is_not_cached(
    inventory: Inventory, simulator: Simulator, other: Simulator, folder: Path
) -> None:
    """The failed cluster is read again in each run until it responds; the other is not."""
    configured(simulator, "svm1")
    configured(other, "svm1")
    source = {"clusters": [cluster(simulator, name="east"), cluster(other, name="west")]}
    simulator.control.user("admin", "another-password")
    for asked in ([1, 1], [1, 0]):
        listed = inventory.list(source)
        assert listed.names == ["svm1@west"]
        assert "cluster east: " in listed.told
        assert sent(simulator, other) == asked
    simulator.control.user("admin", simulator.password)
    for asked in ([1, 0], [0, 0]):
        assert inventory.list(source).names == ["svm1@east", "svm1@west"]
        assert sent(simulator, other) == asked


def test_cached_cluster_is_listed_until_cache_expires(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    """Its hosts are listed until the cache expires; after that it is an error."""
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    simulator.control.fault("html", times=None)
    assert inventory.list(cluster(simulator)).names == ["svm1@127.0.0.1"]
    age(folder, 3601)
    listed = inventory.list(cluster(simulator))
    assert listed.hosts == {}
    assert "not a JSON object" in listed.told


def age(folder: Path, seconds: float) -> None:
    """Make the cached data older, but not its file, which Ansible rewrites whenever something in it changes."""

    def older(kept: dict[str, Any]) -> None:
        kept["127.0.0.1"]["read"] -= seconds

    change(folder, older)


def change(folder: Path, how: Callable[[dict[str, Any]], object]) -> None:
    """Change the cached data, as a user with write access could."""
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    kept = json.loads(path.read_text(encoding="utf-8"))
    # Since ansible-core 2.19 it is wrapped.
    inner = json.loads(kept["__payload__"]) if "__payload__" in kept else kept
    how(inner)
    path.write_text(
        json.dumps({"__payload__": json.dumps(inner)} if "__payload__" in kept else inner), encoding="utf-8"
    )


def test_cache_is_used_only_for_same_request(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    """Data for other options, another user or another cluster is not used; another timeout or group does not matter."""
    configured(simulator, "svm1")
    simulator.control.user("reader", "password-of-the-reader", role="readonly")
    plain = {"clusters": [cluster(simulator, name="east")]}
    inventory.list(plain)
    assert sent(simulator) == [1]
    for more in ({"health": True}, {"svms": "all"}, {"query": {"svm.name": "svm*"}}):
        inventory.list({**plain, **more})
        assert sent(simulator) == [2 if "svms" in more else 1]
    inventory.list(
        {"clusters": [cluster(simulator, name="east", username="reader", password="password-of-the-reader")]}
    )
    assert sent(simulator) == [1]
    inventory.list({"clusters": [cluster(simulator, name="east", hostname="localhost")]})
    assert sent(simulator) == [1]
    inventory.list(
        {
            "clusters": [cluster(simulator, name="east", hostname="localhost", timeout=10)],
            "keyed_groups": [{"key": "akv_svm"}],
        }
    )
    assert sent(simulator) == [0]


def test_each_source_has_its_own_cache(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    inventory.list({**cluster(simulator), "query": {"svm.name": "svm2"}}, name="other.akv.yml")
    assert sent(simulator) == [2]
    assert inventory.list(cluster(simulator)).names == ["svm1@127.0.0.1"]
    assert sent(simulator) == [0]


#: Changes that make an entry invalid.
DAMAGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "nothing": lambda kept: kept.clear(),
    "no entry": lambda kept: kept.update({"127.0.0.1": 1}),
    "half an entry": lambda kept: kept["127.0.0.1"].pop("records"),
    "no moment": lambda kept: kept["127.0.0.1"].update(read="now"),
    "from the future": lambda kept: kept["127.0.0.1"].update(read=2e12),
    "no records": lambda kept: kept["127.0.0.1"].update(records=[1]),
    "a name that is a range": lambda kept: kept["127.0.0.1"]["records"][0]["svm"].update(name="svm[1:3]"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_invalid_cache_entry_is_ignored(
    inventory: Inventory, simulator: Simulator, folder: Path, damage: Callable[[dict[str, Any]], object]
) -> None:
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    change(folder, damage)
    assert inventory.list(cluster(simulator)).names == ["svm1@127.0.0.1"]
    assert sent(simulator) == [2]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"__payload__": 1}'])
def test_invalid_cache_file_is_ignored(inventory: Inventory, simulator: Simulator, folder: Path, text: str) -> None:
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    (path,) = [path for path in folder.rglob("*") if path.is_file()]
    path.write_text(text, encoding="utf-8")
    assert inventory.list(cluster(simulator)).names == ["svm1@127.0.0.1"]
    assert sent(simulator) == [2]


def test_cached_text_is_never_template(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    """This holds even for a text that is marked as trusted."""
    configured(simulator, "svm1")
    inventory.list(cluster(simulator))
    trusted = {
        "value": TEMPLATE,
        "tags": [{"__ansible_type": "TrustedAsTemplate"}],
        "__ansible_type": "_AnsibleTaggedStr",
    }
    change(folder, lambda kept: kept["127.0.0.1"]["records"][0].update(client_id=trusted, tenant_id=TEMPLATE))
    akv = inventory.list(cluster(simulator)).hosts["svm1@127.0.0.1"]["akv"]
    assert sent(simulator) == [1]
    told = akv["client_id"]["value"] if isinstance(akv["client_id"], dict) else akv["client_id"]
    assert [isinstance(text, Unsafe) and text == TEMPLATE for text in (told, akv["tenant_id"])] == [True, True]


def test_nothing_is_stored_without_cache(inventory: Inventory, simulator: Simulator, folder: Path) -> None:
    configured(simulator, "svm1")
    for _run in range(2):
        inventory.list({**cluster(simulator), "cache": False})
    assert sent(simulator) == [2]
    assert not folder.exists() or not list(folder.rglob("*"))
