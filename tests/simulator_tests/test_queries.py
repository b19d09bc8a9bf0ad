# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries: escaped values, queries across fields, and the forms of `fields`."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_tests.support import VAULTS, Api

from simulator import Simulator

#: client_id of svm1 to svm3, with characters that are operators.
SPECIAL = ("joe*", "a|b", "{jim}")
NAMES = ("svm1", "svm2", "svm3")


def found(api: Api, **query: Any) -> str:
    """Return the numbers of the SVMs whose configurations a query finds."""
    return "".join(record["svm"]["name"][-1] for record in api.get(fields="svm.name", **query)["records"])


@pytest.fixture
def special(sim: Simulator) -> Simulator:
    """Create three configurations whose client_id contains operators."""
    for svm, client_id in zip(NAMES, SPECIAL, strict=True):
        sim.control.put_record(svm, client_id=client_id)
    return sim


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        ('"joe*"', "1"),
        ("{joe*}", "1"),
        ("{a|b}", "2"),
        ('"a|b"', "2"),
        ("{{jim}}", "3"),
        ('"{jim}"', "3"),
        ('{"abc"}', ""),
        ('"joe*"|{a|b}', "12"),
        ("!{a|b}", "13"),
        ('!"joe*"|"joe*"', "123"),
        ('>="a|b"', "123"),
        ('"a|b".."joe*"', "12"),
        ("{a|}*", "2"),
        ('"joe"*', "1"),
        ('"null"', ""),
        ('"!null"', ""),
        ('"<z"', ""),
        ('""', ""),
        ("joe*", "1"),
        ("a|b", ""),
        ("*}", "3"),
    ],
)
def test_escaped_value_matches_literally(special: Simulator, api: Api, value: str, numbers: str) -> None:
    assert found(api, client_id=value) == numbers


@pytest.mark.parametrize("value", ['"joe', "{joe", "{{jim}", '"a"|"b'])
def test_unclosed_quotes_and_braces_are_refused(special: Simulator, api: Api, value: str) -> None:
    assert api.code("GET", VAULTS, client_id=value) == "262197"


def test_escaped_value_may_look_like_operator(sim: Simulator, api: Api) -> None:
    for svm, client_id in zip(NAMES, ("null", '"abc"', "1..9"), strict=True):
        sim.control.put_record(svm, client_id=client_id)
    assert found(api, client_id='"null"') == "1"
    assert found(api, client_id="null") == ""
    assert found(api, client_id='{"abc"}') == "2"
    assert found(api, client_id='"1..9"') == "3"


def test_escaping_works_for_other_types(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1", proxy_host="p", proxy_port=8080)
    assert found(api, proxy_port='"8080"') == "1"
    assert api.code("GET", VAULTS, proxy_port='"80*"') == "262197"
    assert found(api, svm__name='"svm1"') == "1"


def test_escaping_works_in_query_of_patch(special: Simulator, api: Api) -> None:
    assert api("PATCH", VAULTS, {"client_secret": "x"}, client_id="{joe*}|{a|b}").json() == {"num_records": 2}


@pytest.mark.parametrize(
    ("name", "value"),
    [("proxy_port", "<"), ("proxy_port", ">="), ("client_id", "!<="), ("proxy_port", ".."), ("client_id", "a|>")],
)
def test_operator_without_value_is_refused(api: Api, name: str, value: str) -> None:
    assert api.code("GET", VAULTS, **{name: value}) == "262194"


@pytest.fixture
def widgets(sim: Simulator) -> Simulator:
    """Create rows for queries across fields: tenant_id and client_id of three SVMs."""
    rows = (("chocolate", "1 2 3"), ("spinach", "three fifty"), ("strawberry chocolate", "thirty"))
    for svm, (tenant, client) in zip(NAMES, rows, strict=True):
        sim.control.put_record(svm, tenant_id=tenant, client_id=client)
    return sim


@pytest.mark.parametrize(
    ("fields", "query", "numbers"),
    [
        ("tenant_id", "spinach", "2"),
        ("tenant_id", "chocolate|spinach", "123"),
        ("tenant_id", "chocolate strawberry", "3"),
        ("tenant_id", "strawberry  chocolate", "3"),
        ("client_id", "*3|three", "12"),
        ("client_id", "th*", "23"),
        ("client_id", "three*fifty", "2"),
        ("client_id", "fifty*three", ""),
        ("tenant_id,client_id", "chocolate th*", "3"),
        ("tenant_id, client_id", "chocolate thirty|3", "13"),
        ("client_id", '"1 2"', "1"),
        ("client_id", '"th*"', ""),
        ("tenant_id,svm", "svm1", "1"),
        ("svm.{name,uuid}", "svm2", "2"),
        ("*", "strawberry svm3", "3"),
        ("*,!tenant_id", "strawberry", ""),
        ("svm,!svm.name", "svm2", ""),
        ("client_id", "nothing", ""),
        ("state.available", "true", "123"),
    ],
)
def test_query_across_fields_finds_records(widgets: Simulator, api: Api, fields: str, query: str, numbers: str) -> None:
    assert found(api, query_fields=fields, query=query) == numbers


def test_query_across_fields_works_with_filter_and_pages(widgets: Simulator, api: Api) -> None:
    assert found(api, query_fields="*", query="chocolate", svm__name="!svm1") == "3"
    page = api.get(query_fields="tenant_id", query="chocolate|spinach", max_records=2, fields="svm.name")
    assert [record["svm"]["name"] for record in page["records"]] == ["svm1", "svm2"]
    assert [record["svm"]["name"] for record in api.get(page["_links"]["next"]["href"])["records"]] == ["svm3"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"query_fields": "*", "query": 'a "b'}, "262272"),
        ({"query": "a"}, "262273"),
        ({"query_fields": "*"}, "262273"),
        ({"query_fields": "*", "query": ""}, "262274"),
        ({"query_fields": "*", "query": "  "}, "262274"),
        ({"query_fields": "*", "query": '"" | *'}, "262274"),
        ({"query_fields": "", "query": "a"}, "262275"),
        ({"query_fields": "!name", "query": "a"}, "262275"),
        ({"query_fields": "name,scope,name", "query": "a"}, "262276"),
        ({"query_fields": "svm.{name,name}", "query": "a"}, "262276"),
        ({"query_fields": "nonsense", "query": "a"}, "262197"),
        ({"query_fields": "client_secret", "query": "a"}, "262250"),
        ({"query_fields": "svm.{name", "query": "a"}, "262286"),
    ],
)
def test_invalid_query_across_fields_is_refused(api: Api, query: dict[str, str], code: str) -> None:
    response = api("GET", VAULTS, **query)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_query_across_fields_is_refused_except_for_get(sim: Simulator, api: Api, method: str) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    for place in (path if method == "DELETE" else VAULTS, f"{path}/restore" if method == "POST" else path):
        assert api.code(method, place, query_fields="*", query="svm1") == "262277"
    assert api.code("GET", path, query_fields="*", query="svm1") == "262179"


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ("svm.{name,uuid}", {"svm.name", "svm.uuid"}),
        ("svm.{name}", {"svm.name"}),
        ("svm,!svm.uuid", {"svm.name"}),
        ("!svm.uuid,svm", {"svm.name"}),
        ("scope, svm.{name}, !scope", {"svm.name"}),
        ("svm.{name,!uuid}", {"svm.name"}),
        ("ekmip_reachability.{node.{name},code}", {"ekmip_reachability.node.name", "ekmip_reachability.code"}),
        ("*,!svm,!proxy_host", {"scope", "client_id", "tenant_id", "key_id", "authentication_method"}),
        ("state,!state.{message,code}", {"state.available"}),
        ("!uuid,scope", {"scope"}),
    ],
)
@pytest.mark.parametrize("single", [False, True])
def test_each_form_of_fields_selects_fields(
    sim: Simulator, api: Api, single: bool, fields: str, shown: set[str]
) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    record = api.get(path, fields=fields) if single else api.get(fields=fields)["records"][0]
    assert _names(record) == {"uuid", "name"} | shown


def test_single_exclusion_keeps_other_default_fields(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    assert _names(api.get(path, fields="!svm.uuid")) == _names(api.get(path)) - {"svm.uuid"}


@pytest.mark.parametrize("fields", ["svm.{name", "svm.name}", "svm.{name}}", "svm.{name}x", "{{name}"])
def test_unmatched_braces_in_fields_are_refused(api: Api, fields: str) -> None:
    assert api.code("GET", VAULTS, fields=fields) == "262286"


@pytest.mark.parametrize("fields", ["svm.{nonsense}", "!nonsense", "svm.!name"])
def test_unknown_fields_are_refused(api: Api, fields: str) -> None:
    assert api.code("GET", VAULTS, fields=fields) == "262197"


def _names(value: Any, prefix: str = "") -> set[str]:
    """Return the names of the leaf fields of a record."""
    if isinstance(value, list):
        return set().union(*(_names(item, prefix) for item in value))
    if isinstance(value, dict):
        return set().union(*(_names(item, f"{prefix}.{name}" if prefix else name) for name, item in value.items()))
    return {prefix}
