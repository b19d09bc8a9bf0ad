# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that the records of a cluster make, and what a cache may give back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, ResponseError
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.fleet import Found, Kept, build_hosts, read_query
from ansible_collections.ontap.akv.tests.unit.support.records import record, svm_uuid_of, uuid_of

PLAIN = read_query({}, every=False, health=False)
NOW = 1_000_000.0


def cluster(name: str = "east", **more: Any) -> Cluster:
    """Returns a cluster."""
    return Cluster(
        name, {}, Connection(**{"hostname": "c1", "port": 443, "username": "admin", "password": "netapp1!", **more})
    )


def test_variables_of_a_host() -> None:
    (host,) = build_hosts(cluster(), [record(1)])
    assert host.name == "svm1@east"
    assert host.variables == {
        "akv_hostname": "c1",
        "akv_cluster": "east",
        "akv_svm": "svm1",
        "akv": {**record(1), "cluster": "east"},
    }
    assert host.doubt is None


@pytest.mark.parametrize(
    ("connection", "more"),
    [
        ({"port": 80, "https": False}, {"akv_https": False}),
        ({"port": 443, "https": False}, {"akv_https": False, "akv_http_port": 443}),
        ({"port": 80}, {"akv_http_port": 80}),
    ],
)
def test_what_is_not_the_default_is_told(connection: dict[str, Any], more: dict[str, Any]) -> None:
    (host,) = build_hosts(cluster(**connection), [record(1)])
    assert {name: value for name, value in host.variables.items() if name in ("akv_https", "akv_http_port")} == more


def test_hosts_are_in_order_and_one_for_each_svm() -> None:
    doubled = [record(3), record(2), record(4, svm={"name": "svm2", "uuid": svm_uuid_of(2)}, enabled=True), record(1)]
    hosts = build_hosts(cluster(), doubled)
    assert [host.name for host in hosts] == ["svm1@east", "svm2@east", "svm3@east"]
    assert hosts[1].variables["akv"]["uuid"] == uuid_of(2)
    assert [host.doubt is not None for host in hosts] == [False, True, False]


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        ({"enabled": False}, {"enabled": True}, 2),
        ({"enabled": False}, {}, 2),
        ({}, {"enabled": True}, 1),
        ({"enabled": False}, {"enabled": False}, 1),
    ],
)
def test_of_several_configurations_the_one_in_use(first: dict[str, Any], second: dict[str, Any], chosen: int) -> None:
    (host,) = build_hosts(cluster(), [record(2, svm=record(1)["svm"], **second), record(1, **first)])
    assert host.variables["akv"]["uuid"] == uuid_of(chosen)
    assert uuid_of(chosen) in str(host.doubt)


@pytest.mark.parametrize("name", ["", "svm[1:3]", "a,b", "!a", "a:b", "a b", "a\n", "{{ a }}", "ä"])
def test_a_name_that_no_svm_has(name: str) -> None:
    with pytest.raises(ResponseError, match="is not the name of an SVM"):
        build_hosts(cluster(), [record(1), record(2, svm={"name": name, "uuid": svm_uuid_of(2)})])


def test_what_is_asked_for() -> None:
    assert PLAIN.query == {"fields": "uuid,name,scope,svm,*"}
    assert read_query({}, every=False, health=True).query == {
        "fields": "uuid,name,scope,svm,*,state,azure_reachability,ekmip_reachability"
    }
    assert read_query({"svm.name": ["a", "b*"]}, every=False, health=False).query["svm.name"] == "a|b*"
    for query, every in (({"scope": "cluster"}, False), ({"max_records": 1}, False), ({"name": "x"}, True)):
        with pytest.raises(OptionError, match=r"^query: "):
            read_query(query, every=every, health=False)


def kept(cached: Any, *, timeout: int = 60, now: float = NOW) -> Kept:
    """Returns what a cache holds."""
    return Kept(PLAIN, cached, timeout, now)


def stored(*clusters: Cluster) -> dict[str, Any]:
    """Returns what a cache holds after these clusters were read."""
    return kept(None).merge(clusters, {each.name: Found(records=[record(1)]) for each in clusters})


def test_what_was_read_serves_until_its_time_is_over() -> None:
    cached = stored(cluster())
    found = kept(cached, now=NOW + 59).find(cluster())
    assert found is not None
    assert [host.name for host in found.hosts] == ["svm1@east"]
    assert kept(cached, now=NOW + 60).find(cluster()) is None
    assert kept(cached, now=NOW - 1).find(cluster()) is None
    assert kept(cached, timeout=0, now=NOW + 1e9).find(cluster()) is not None


@pytest.mark.parametrize(
    "more", [{"hostname": "c2"}, {"port": 8443}, {"https": False}, {"username": "guest"}, {"cert_filepath": "a.pem"}]
)
def test_what_was_read_elsewhere_does_not_serve(more: dict[str, Any]) -> None:
    assert kept(stored(cluster())).find(cluster(**more)) is None


def test_another_password_and_patience_do_not_matter() -> None:
    assert kept(stored(cluster())).find(cluster(password="other", timeout=1, max_retries=0, ca_path="x")) is not None


def test_reading_one_cluster_makes_no_other_younger_and_forgets_those_that_are_gone() -> None:
    clusters = [cluster("east"), cluster("west"), cluster("gone")]
    later = kept(stored(*clusters), now=NOW + 30).merge(clusters[:2], {"west": Found(records=[record(2)])})
    assert {name: entry["read"] for name, entry in later.items()} == {"east": NOW, "west": NOW + 30}


def test_an_error_is_not_kept() -> None:
    clusters = [cluster("east"), cluster("west")]
    entries = kept(stored(*clusters), now=NOW + 90).merge(
        clusters, {"east": Found(error="down"), "west": Found(records=[record(2)])}
    )
    assert list(entries) == ["west"]


def test_an_svm_without_a_configuration() -> None:
    (host,) = build_hosts(cluster(), [{"svm": {"name": "svm7", "uuid": svm_uuid_of(7)}}])
    assert host.variables["akv"] == {"svm": {"name": "svm7", "uuid": svm_uuid_of(7)}, "cluster": "east"}
