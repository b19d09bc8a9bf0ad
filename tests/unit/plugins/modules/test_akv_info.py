# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_info
from ansible_collections.ontap.akv.tests.unit.support.records import (
    PATH,
    cluster_record,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

ALWAYS_REQUESTED = "uuid,name,scope,svm"


@pytest.mark.parametrize("check", [True, False])
def test_returns_all_configurations_by_default(play: Play, wire: Wire, check: bool) -> None:
    wire.on(
        "GET",
        PATH,
        query={"fields": f"{ALWAYS_REQUESTED},*"},
        json=page(record(1, client_secret="s", _links={}), cluster_record()),
    )
    result = play(akv_info, check=check)
    assert result["azure_key_vaults"] == [record(1), cluster_record()]
    assert (result["num_records"], result["changed"]) == (2, False)
    assert "results" not in result


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        ({"svm": "svm1"}, {"scope": "svm", "svm.name": "svm1"}),
        ({"svm": "prod*,svm1"}, {"scope": "svm", "svm.name": "prod*|svm1"}),
        ({"svm": svm_uuid_of(1)}, {"scope": "svm", "svm.uuid": svm_uuid_of(1)}),
        ({"svm": "*"}, {"scope": "svm"}),
        ({"svm": "svm1", "scope": "svm"}, {"scope": "svm", "svm.name": "svm1"}),
        ({"scope": "svm"}, {"scope": "svm"}),
        ({"scope": "cluster"}, {"scope": "cluster"}),
        ({"uuid": uuid_of(1)}, {"uuid": uuid_of(1)}),
        (
            {"query": {"key_id": "!*key1", "azure_reachability.code": ">0"}},
            {"key_id": "!*key1", "azure_reachability.code": ">0"},
        ),
        ({"query": {"state.available": False, "proxy_port": 80}}, {"state.available": "false", "proxy_port": "80"}),
        ({"query": {"client_id": ["a", "b"], "proxy_host": "null"}}, {"client_id": "a|b", "proxy_host": "null"}),
        ({"query": {"scope": "svm"}}, {"scope": "svm"}),
        ({"order_by": ["svm.name desc", "name"]}, {"order_by": "svm.name desc,name"}),
        ({"fields": ["state", "azure_reachability"]}, {"fields": f"{ALWAYS_REQUESTED},state,azure_reachability"}),
        ({"fields": ["**"]}, {"fields": f"{ALWAYS_REQUESTED},**"}),
        (
            {"fields": ["name", "svm.name", "ekmip_reachability.*"]},
            {"fields": f"{ALWAYS_REQUESTED},svm.name,ekmip_reachability.*"},
        ),
        ({"fields": []}, {"fields": f"{ALWAYS_REQUESTED},*"}),
        ({"max_records": 5}, {"max_records": "5"}),
        ({"max_records": 50000}, {"max_records": "10000"}),
    ],
)
def test_builds_query_of_arguments(play: Play, wire: Wire, arguments: dict[str, Any], query: dict[str, str]) -> None:
    expensive = {"state": {"code": 0}, "azure_reachability": {"code": 0}, "ekmip_reachability": []}
    wire.on("GET", PATH, query={"fields": f"{ALWAYS_REQUESTED},*", **query}, json=page(record(1, **expensive)))
    assert play(akv_info, **arguments)["changed"] is False


def test_follows_all_pages_and_merges_duplicates(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1), next_href=f"{PATH}?start=1"))
    wire.on("GET", PATH, json=page(next_href=f"{PATH}?start=2"))
    wire.on("GET", PATH, json=page(record(2), record(1)))
    result = play(akv_info)
    assert result["azure_key_vaults"] == [record(1), record(2)]
    assert result["num_records"] == 2


def test_max_records_stops_paging(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1), record(2), next_href=f"{PATH}?start=2"))
    wire.on("GET", PATH, json=page(record(3), record(4), next_href=f"{PATH}?start=4"))
    assert play(akv_info, max_records=3)["azure_key_vaults"] == [record(1), record(2), record(3)]


def test_max_records_limits_both_queries_of_a_mixed_list(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", PATH, json=page(record(1), record(2), record(3)))
    items = ["svm1", svm_uuid_of(1), svm_uuid_of(2), svm_uuid_of(3)]
    assert play(akv_info, svm=items, max_records=2)["azure_key_vaults"] == [record(1), record(2)]


def test_max_records_reached_by_first_query_skips_second(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    assert play(akv_info, svm=["svm1", svm_uuid_of(2)], max_records=1)["num_records"] == 1


def test_too_long_list_returns_only_named_svms(play: Play, wire: Wire) -> None:
    names = [f"svm-with-a-long-name-{number:04d}" for number in range(400)]
    wire.on("GET", PATH, query={"fields": f"{ALWAYS_REQUESTED},*", "scope": "svm"}, json=page(record(1), record(2)))
    assert play(akv_info, svm=[*names, "svm2"])["azure_key_vaults"] == [record(2)]


def test_splits_long_list_when_fields_are_expensive(play: Play, wire: Wire) -> None:
    names = [f"svm-with-a-long-name-{number:04d}" for number in range(200)]
    for half in (names[:100], names[100:]):
        wire.on(
            "GET",
            PATH,
            query={"fields": f"{ALWAYS_REQUESTED},state", "scope": "svm", "svm.name": "|".join(half)},
            json=page(),
        )
    assert play(akv_info, svm=names, fields=["state"])["num_records"] == 0


@pytest.mark.parametrize("arguments", [{"svm": "svm9"}, {"uuid": uuid_of(9)}, {"scope": "cluster"}, {}])
def test_returns_nothing_when_nothing_is_found(play: Play, wire: Wire, arguments: dict[str, Any]) -> None:
    wire.on("GET", PATH, json=page())
    result = play(akv_info, **arguments)
    assert (result["azure_key_vaults"], result["num_records"]) == ([], 0)
    assert warnings_of(result) == []


def test_warns_about_unmatched_wildcard(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    (warning,) = warnings_of(play(akv_info, svm="svm*,prod*"))
    assert "prod*" in warning


def test_returns_codes_and_state_in_current_form(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, state={"cluster_state": False, "code": "346758"})))
    result = play(akv_info, fields=["state"])
    assert result["azure_key_vaults"][0]["state"] == {"available": False, "code": 346758}


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({"svm": "a|b"}, "svm"),
        ({"svm": []}, "svm"),
        ({"svm": "a", "uuid": uuid_of(1)}, "svm"),
        ({"svm": "a", "scope": "cluster"}, "svm"),
        ({"uuid": "x"}, "uuid"),
        ({"max_records": 0}, "max_records"),
        ({"max_records": -1}, "max_records"),
        ({"fields": ["name,state"]}, "fields"),
        ({"fields": [""]}, "fields"),
        ({"fields": ["***"]}, "fields"),
        ({"fields": ["a&b=c"]}, "fields"),
        ({"order_by": ["name sideways"]}, "order_by"),
        ({"order_by": ["*"]}, "order_by"),
        ({"query": {"fields": "*"}}, "query"),
        ({"query": {"max_records": 1}}, "query"),
        ({"query": {"order_by": "name"}}, "query"),
        ({"query": {"return_timeout": 1}}, "query"),
        ({"query": {"na me": "x"}}, "query"),
        ({"query": {"*": "x"}}, "query"),
        ({"query": {"name": {"a": 1}}}, "query"),
        ({"query": {"name": None}}, "query"),
        ({"svm": "a", "query": {"svm.name": "b"}}, "query"),
        ({"uuid": uuid_of(1), "query": {"uuid": "b"}}, "query"),
        ({"scope": "svm", "query": {"scope": "cluster"}}, "query"),
    ],
)
def test_refuses_invalid_arguments(play: Play, arguments: dict[str, Any], target: str) -> None:
    result = play(akv_info, **arguments)
    assert (result["failed"], result["error"]["target"]) == (True, target)
    assert result["error"]["status"] is None


def test_record_without_uuid_is_an_error(play: Play, wire: Wire) -> None:
    """It has no SVM either, so the filter by SVM would drop it silently."""
    wire.on("GET", PATH, json={"records": [{"name": "no uuid"}]})
    assert play(akv_info, svm="svm1")["failed"]


@pytest.mark.parametrize("fields", [["clientid"], ["state", "vault.name"], ["client_secret"]])
def test_unknown_field_error_lists_known_fields(play: Play, fields: list[str]) -> None:
    """ONTAP judges the filters of query."""
    error = play(akv_info, fields=fields)["error"]
    assert error["target"] == "fields"
    assert "is not a field" in error["message"]
    assert "azure_reachability" in error["hint"]
    assert "client_id" in error["hint"]


@pytest.mark.parametrize(
    ("status", "words"), [(401, "The login was refused."), (403, "The user is not allowed to do this.")]
)
@pytest.mark.parametrize("body", [None, refusal("6")])
def test_hint_distinguishes_refused_login_from_missing_permission(
    play: Play, wire: Wire, status: int, words: str, body: Any
) -> None:
    wire.on("GET", PATH, status=status, **({} if body is None else {"json": body}))
    assert play(akv_info)["error"]["hint"].startswith(words)


def test_max_records_does_not_count_disabled_configurations(play: Play, wire: Wire) -> None:
    """Since 9.14.1 an SVM may have disabled configurations beside the enabled one. They do not count."""
    standby, used = record(2, svm=record(1)["svm"]), record(1)
    query = {"fields": f"{ALWAYS_REQUESTED},client_id", "scope": "svm", "svm.name": "svm1"}
    wire.on("GET", PATH, query=query, json=page(standby, used))
    wire.on("GET", PATH, json=page({**standby, "enabled": False}, {**used, "enabled": True}))
    result = play(akv_info, svm="svm1", fields=["client_id"], max_records=1)
    assert [found["uuid"] for found in result["azure_key_vaults"]] == [uuid_of(1)]


def test_unreadable_status_is_reported_and_records_are_returned(play: Play, wire: Wire) -> None:
    """The records are returned together with each status that could not be read, and the reason."""
    status = {
        "state": {"available": True, "code": 0, "message": ""},
        "azure_reachability": {"reachable": True, "code": 0, "message": ""},
    }
    refused = {"status": 500, "json": refusal("65537551", "The KEK is unavailable on node2.")}
    wire.on("GET", PATH, query={"fields": f"{ALWAYS_REQUESTED},state,azure_reachability"}, **refused)
    wire.on("GET", PATH, query={"fields": ALWAYS_REQUESTED}, json=page(record(1), record(2)))
    both, alone = f"{uuid_of(1)}|{uuid_of(2)}", f"{PATH}/{uuid_of(2)}"
    wire.on("GET", PATH, query={"uuid": both, "fields": "uuid,state,azure_reachability"}, **refused)
    wire.on(
        "GET",
        f"{PATH}/{uuid_of(1)}",
        query={"fields": "uuid,state,azure_reachability"},
        json={"uuid": uuid_of(1), **status},
    )
    wire.on("GET", alone, query={"fields": "uuid,state,azure_reachability"}, **refused)
    wire.on("GET", alone, query={"fields": "uuid,state"}, **refused)
    reachable = {"azure_reachability": status["azure_reachability"]}
    wire.on("GET", alone, query={"fields": "uuid,azure_reachability"}, json={"uuid": uuid_of(2), **reachable})
    result = play(akv_info, fields=["state", "azure_reachability"])
    assert result["azure_key_vaults"] == [record(1, **status), record(2, **reachable)]
    message = "The KEK is unavailable on node2."
    assert result["unread"] == [
        {"uuid": uuid_of(2), "svm": "svm2", "property": "state", "code": "65537551", "message": message}
    ]
    assert warnings_of(result) == [
        "svm2: state could not be read: The KEK is unavailable on node2 (ONTAP error 65537551)."
    ]


@pytest.mark.parametrize("arguments", [{"query": {"state.available": True}}, {"order_by": ["state.code"]}])
def test_query_by_unreadable_status_fails(play: Play, wire: Wire, arguments: dict[str, Any]) -> None:
    """Without the filter, the result would be a different one."""
    wire.on("GET", PATH, status=400, json=refusal("65537549", "no status"))
    assert play(akv_info, fields=["state"], **arguments)["error"]["code"] == "65537549"
