# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts that are built from the records of a cluster, and when cached records are used."""

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
    """Return a cluster."""
    return Cluster(
        name, {}, Connection(**{"hostname": "c1", "port": 443, "username": "admin", "password": "netapp1!", **more})
    )


def test_host_has_expected_variables() -> None:
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
def test_host_has_variables_for_non_default_connection(connection: dict[str, Any], more: dict[str, Any]) -> None:
    (host,) = build_hosts(cluster(**connection), [record(1)])
    assert {name: value for name, value in host.variables.items() if name in ("akv_https", "akv_http_port")} == more


def test_each_svm_is_one_host_in_order() -> None:
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
def test_host_uses_enabled_configuration_of_several(first: dict[str, Any], second: dict[str, Any], chosen: int) -> None:
    (host,) = build_hosts(cluster(), [record(2, svm=record(1)["svm"], **second), record(1, **first)])
    assert host.variables["akv"]["uuid"] == uuid_of(chosen)
    assert uuid_of(chosen) in str(host.doubt)


@pytest.mark.parametrize("name", ["", "svm[1:3]", "a,b", "!a", "a:b", "a b", "a\n", "{{ a }}", "ä"])
def test_refuses_invalid_svm_name(name: str) -> None:
    with pytest.raises(ResponseError, match="is not the name of an SVM"):
        build_hosts(cluster(), [record(1), record(2, svm={"name": name, "uuid": svm_uuid_of(2)})])


def test_builds_query_of_options() -> None:
    assert PLAIN.query == {"fields": "uuid,name,scope,svm,*"}
    assert read_query({}, every=False, health=True).query == {
        "fields": "uuid,name,scope,svm,*,state,azure_reachability,ekmip_reachability"
    }
    assert read_query({"svm.name": ["a", "b*"]}, every=False, health=False).query["svm.name"] == "a|b*"
    for query, every in (({"scope": "cluster"}, False), ({"max_records": 1}, False), ({"name": "x"}, True)):
        with pytest.raises(OptionError, match=r"^query: "):
            read_query(query, every=every, health=False)


def load_cache(cached: Any, *, timeout: int = 60, now: float = NOW) -> Kept:
    """Return the content of a cache."""
    return Kept(PLAIN, cached, timeout, now)


def build_cache(*clusters: Cluster) -> dict[str, Any]:
    """Return the content of a cache after these clusters were read."""
    return load_cache(None).merge(clusters, {each.name: Found(records=[record(1)]) for each in clusters})


def test_cache_is_used_until_it_expires() -> None:
    cached = build_cache(cluster())
    found = load_cache(cached, now=NOW + 59).find(cluster())
    assert found is not None
    assert [host.name for host in found.hosts] == ["svm1@east"]
    assert load_cache(cached, now=NOW + 60).find(cluster()) is None
    assert load_cache(cached, now=NOW - 1).find(cluster()) is None
    assert load_cache(cached, timeout=0, now=NOW + 1e9).find(cluster()) is not None


@pytest.mark.parametrize(
    "more", [{"hostname": "c2"}, {"port": 8443}, {"https": False}, {"username": "guest"}, {"cert_filepath": "a.pem"}]
)
def test_cache_of_another_connection_is_not_used(more: dict[str, Any]) -> None:
    assert load_cache(build_cache(cluster())).find(cluster(**more)) is None


def test_cache_ignores_password_and_timeouts() -> None:
    assert (
        load_cache(build_cache(cluster())).find(cluster(password="other", timeout=1, max_retries=0, ca_path="x"))
        is not None
    )


def test_merge_keeps_age_of_others_and_drops_removed_clusters() -> None:
    clusters = [cluster("east"), cluster("west"), cluster("gone")]
    later = load_cache(build_cache(*clusters), now=NOW + 30).merge(clusters[:2], {"west": Found(records=[record(2)])})
    assert {name: entry["read"] for name, entry in later.items()} == {"east": NOW, "west": NOW + 30}


def test_errors_are_not_cached() -> None:
    clusters = [cluster("east"), cluster("west")]
    entries = load_cache(build_cache(*clusters), now=NOW + 90).merge(
        clusters, {"east": Found(error="down"), "west": Found(records=[record(2)])}
    )
    assert list(entries) == ["west"]


def test_svm_without_configuration_is_a_host() -> None:
    (host,) = build_hosts(cluster(), [{"svm": {"name": "svm7", "uuid": svm_uuid_of(7)}}])
    assert host.variables["akv"] == {"svm": {"name": "svm7", "uuid": svm_uuid_of(7)}, "cluster": "east"}
