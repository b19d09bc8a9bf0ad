# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The query parameters that every call accepts, and what each does."""

from __future__ import annotations

from typing import Any

import pytest
from simulator_tests.support import JOBS, MANAGERS, NEW_KEY, STORES, VAULTS, Api, body

from simulator import Simulator

NEW = {"client_secret": "Secret2"}
RESTORE = "/api/private/cli/security/key-manager/external/azure/restore"
GLOBAL = {
    "fields": "",
    "ignore_unknown_fields": "true",
    "return_records": "false",
    "return_timeout": "5",
    "max_records": "20",
    "offset": "0",
    "order_by": "",
    "pretty": "true",
    "continue_on_failure": "true",
}
WRONG = {
    "ignore_unknown_fields": "perhaps",
    "return_records": "perhaps",
    "return_timeout": "121",
    "max_records": "0",
    "offset": "-1",
    "order_by": "nonsense",
    "$orderBy": "uuid sideways",
    "pretty": "perhaps",
    "continue_on_failure": "perhaps",
    "fields": "nonsense",
}


def _calls(sim: Simulator) -> dict[str, tuple[str, str, Any]]:
    """Return the method, path and body of a successful call of every kind."""
    sim.control.reset(version="9.17.1")
    uuid, other = (sim.control.put_record(svm)["uuid"] for svm in ("svm1", "svm2"))
    sim.control.svm("svm1", encrypted_volumes=1)
    spare = sim.control.put_record("svm1", configuration="second", enabled=False)["uuid"]
    cluster = sim.control.put_key_manager()["uuid"]
    path = f"{VAULTS}/{uuid}"
    return {
        "collection": ("GET", VAULTS, None),
        "record": ("GET", path, None),
        "cluster": ("GET", "/api/cluster", None),
        "jobs": ("GET", JOBS, None),
        "events": ("GET", "/api/support/ems/events", None),
        "create": ("POST", VAULTS, body("svm3")),
        "update": ("PATCH", path, NEW),
        "delete": ("DELETE", f"{VAULTS}/{other}", None),
        "update many": ("PATCH", f"{VAULTS}?client_id=client1", NEW),
        "delete many": ("DELETE", f"{VAULTS}?uuid={other}", None),
        "switch many": ("PATCH", f"{STORES}?uuid={spare}", {"enabled": True}),
        "create records": ("POST", VAULTS, {"records": [body("svm3")]}),
        "update records": ("PATCH", VAULTS, {"records": [{"uuid": uuid, **NEW}]}),
        "delete records": ("DELETE", VAULTS, {"records": [{"uuid": other}]}),
        "restore": ("POST", f"{path}/restore", None),
        "rekey-internal": ("POST", f"{path}/rekey-internal", None),
        "rekey-external": ("POST", f"{path}/rekey-external", {"key_id": NEW_KEY}),
        "switch": ("PATCH", f"{STORES}/{spare}", {"enabled": True}),
        "delete inactive": ("DELETE", f"{STORES}/{spare}", None),
        "migrate": ("POST", f"{MANAGERS}/{uuid}/migrate", {"uuid": cluster}),
        "command": ("POST", RESTORE, {"vserver": "svm1"}),
    }


CALLS = [
    "collection",
    "record",
    "cluster",
    "jobs",
    "events",
    "create",
    "update",
    "delete",
    "update many",
    "delete many",
]
CALLS += ["switch many", "create records", "update records", "delete records"]
CALLS += ["restore", "rekey-internal", "rekey-external", "switch", "delete inactive", "migrate", "command"]


@pytest.mark.parametrize("call", CALLS)
def test_every_call_checks_and_accepts_parameters(sim: Simulator, api: Api, call: str) -> None:
    calls = _calls(sim)
    assert list(calls) == CALLS
    method, path, json = calls[call]
    for name, value in WRONG.items():
        response = api(method, path, json, **{name: value})
        assert (response.status_code, response.json()["error"]["code"]) == (400, "262197"), name
    assert api.code(method, path, json, nonsense="1") == "262179"
    response = api(method, path, json, **GLOBAL)
    assert response.status_code in (200, 201), response.text


def test_synchronous_call_ignores_return_timeout(sim: Simulator, api: Api) -> None:
    assert api("POST", VAULTS, body(), return_timeout=0).status_code == 201
    path = f"{VAULTS}/{sim.control.put_record('svm2')['uuid']}"
    assert api("PATCH", path, NEW, return_timeout=0).status_code == 200
    assert api("DELETE", path, return_timeout=0).status_code == 200


def test_write_returns_record_on_request(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    record = api.get(path)
    for method, json in (("PATCH", NEW), ("DELETE", None)):
        assert api(method, path, json, return_records="true").json() == {"num_records": 1, "records": [record]}
    answer = api("POST", VAULTS, body(), return_records="true", fields="scope").json()
    assert set(answer["records"][0]) == {"uuid", "name", "scope"}


def test_pretty_indents_response(sim: Simulator, api: Api) -> None:
    sim.control.put_record("svm1")
    plain, pretty = api("GET", VAULTS), api("GET", VAULTS, pretty="true")
    assert (plain.text.count("\n"), pretty.text.count("\n  ")) == (0, 7)
    assert plain.json() == pretty.json()
    assert api("GET", VAULTS, nonsense="1", pretty="true").text.startswith('{\n  "error": {\n')
    assert api("GET", VAULTS, pretty="false").text == plain.text


@pytest.mark.parametrize("path", [VAULTS, "one"])
def test_unknown_fields_are_ignored_on_request(sim: Simulator, api: Api, path: str) -> None:
    uuid = sim.control.put_record("svm1")["uuid"]
    path = path if path == VAULTS else f"{VAULTS}/{uuid}"
    answer = api.get(path, fields="scope,nonsense,svm.nonsense", ignore_unknown_fields="true")
    assert set(answer["records"][0] if path == VAULTS else answer) == {"uuid", "name", "scope"}
    assert api.code("GET", path, fields="scope,nonsense", ignore_unknown_fields="false") == "262197"
    # It applies to fields only.
    assert api.code("GET", path, nonsense="1", ignore_unknown_fields="true") == "262179"


def test_empty_fields_mean_default_fields(sim: Simulator, api: Api) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    for place in (VAULTS, path):
        assert api.get(place, fields="") == api.get(place)


def test_offset_skips_records(sim: Simulator, api: Api) -> None:
    sim.control.seed(7)
    everything = [record["uuid"] for record in api.get()["records"]]
    assert [record["uuid"] for record in api.get(offset=5)["records"]] == everything[5:]
    assert api.get(offset=7)["records"] == []
    assert api.get(offset=9, return_records="false") == {"num_records": 0}
    ordered = [record["uuid"] for record in api.get(order_by="svm.name desc", offset=2)["records"]]
    assert ordered == everything[::-1][2:]


def test_offset_applies_once_to_all_pages(sim: Simulator, api: Api) -> None:
    sim.control.seed(7)
    everything = [record["uuid"] for record in api.get()["records"]]
    found, path, query = [], VAULTS, {"offset": 2, "max_records": 2}
    while path:
        answer = api.get(path, **query)
        found.append([record["uuid"] for record in answer["records"]])
        path, query = answer.get("_links", {}).get("next", {}).get("href", ""), {}
    assert found == [everything[2:4], everything[4:6], everything[6:]]


def test_count_without_records_has_pages(sim: Simulator, api: Api) -> None:
    sim.control.seed(5)
    first = api.get(return_records="false", max_records=3)
    second = api.get(first["_links"]["next"]["href"])
    assert (first["num_records"], second) == (3, {"num_records": 2})


def test_dollar_order_by_sorts_like_order_by(sim: Simulator, api: Api) -> None:
    for svm in ("svm1", "svm2"):
        sim.control.put_record(svm)
    names = [record["svm"]["name"] for record in api.get(fields="svm.name", **{"$orderBy": "svm.name desc"})["records"]]
    assert names == ["svm2", "svm1"]
    assert api.code("GET", VAULTS, order_by="client_secret") == "262268"


def test_max_records_and_order_by_apply_to_patch(sim: Simulator, api: Api) -> None:
    for svm in ("svm1", "svm2", "svm3"):
        sim.control.put_record(svm, client_secret="Secret1")
    path, query, counts = VAULTS, {"scope": "svm", "max_records": 2, "order_by": "svm.name desc"}, []
    while path:
        answer = api("PATCH", path, NEW, **query).json()
        changed = [
            name
            for name, svm in sim.control.state()["svms"].items()
            if svm["configuration"]["client_secret"] == "Secret2"
        ]
        counts.append((answer["num_records"], changed))
        path, query = answer.get("_links", {}).get("next", {}).get("href", ""), {}
    assert counts == [(2, ["svm2", "svm3"]), (1, ["svm1", "svm2", "svm3"])]


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_secret_in_url_is_refused_and_not_echoed(sim: Simulator, api: Api, method: str) -> None:
    path = f"{VAULTS}/{sim.control.put_record('svm1')['uuid']}"
    for place in {
        "GET": (VAULTS, path),
        "POST": (VAULTS, f"{path}/restore"),
        "PATCH": (VAULTS, path),
        "DELETE": (path,),
    }[method]:
        response = api(method, place, NEW if method == "PATCH" else None, client_secret="hidden")
        assert (response.status_code, response.json()["error"]["code"]) == (400, "262202")
        assert "hidden" not in response.text


def test_filter_on_post_is_refused(api: Api) -> None:
    response = api("POST", VAULTS, body(), svm__name="svm1")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["target"]) == (400, "262211", "svm.name")
