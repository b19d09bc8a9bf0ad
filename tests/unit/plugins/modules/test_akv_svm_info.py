# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_svm_info
from ansible_collections.ontap.akv.tests.unit.support.records import page, svm_uuid_of, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

SVMS = "/api/svm/svms"
FIELDS = "uuid,name,subtype,state"


def svm(number: int, **more: Any) -> dict[str, Any]:
    """Return an SVM as ONTAP sends it."""
    return {"uuid": svm_uuid_of(number), "name": f"svm{number}", "subtype": "default", "state": "running", **more}


@pytest.mark.parametrize("check", [True, False])
def test_returns_all_svms_by_default(play: Play, wire: Wire, check: bool) -> None:
    wire.on(
        "GET", SVMS, query={"fields": FIELDS}, json=page(svm(1, _links={}, aggregates=[]), next_href=f"{SVMS}?start=1")
    )
    wire.on("GET", SVMS, json=page(svm(2, state="stopped"), svm(1)))
    assert play(akv_svm_info, check=check)["svms"] == [svm(1), svm(2, state="stopped")]


@pytest.mark.parametrize(
    ("items", "queries"),
    [
        (["svm1", "svm2", "svm1"], [{"name": "svm1|svm2"}]),
        ([svm_uuid_of(1).upper()], [{"uuid": svm_uuid_of(1)}]),
        ([svm_uuid_of(2), "svm1"], [{"name": "svm1"}, {"uuid": svm_uuid_of(2)}]),
    ],
)
def test_returns_selected_svms(play: Play, wire: Wire, items: list[str], queries: list[dict[str, str]]) -> None:
    for query in queries:
        wire.on("GET", SVMS, query={"fields": FIELDS, **query}, json=page(svm(1), svm(2), svm(3)))
    result = play(akv_svm_info, svm=items)
    assert result["missing"] == []
    assert {found["name"] for found in result["svms"]} == ({"svm1"} if len(items) == 1 else {"svm1", "svm2"})
    assert result["num_records"] == len(result["svms"])


@pytest.mark.parametrize(
    ("version", "release"),
    [
        (
            {"full": "NetApp Release 9.16.1P2: Tue Feb 04 16:23:11 UTC 2025", "generation": 9, "major": 16, "minor": 1},
            "9.16.1P2",
        ),
        ({"full": "NetApp Release Hasty__9.17.1RC1: Tue", "generation": 9}, "9.17.1RC1"),
        ({"generation": 9, "major": 14, "minor": 1}, "9.14.1"),
        ({"generation": 9, "major": 8}, "9.8"),
        ({}, None),
        ("9.14.1", None),
    ],
)
def test_returns_release_on_request(play: Play, wire: Wire, version: Any, release: str | None) -> None:
    wire.on("GET", SVMS, json=page(svm(1)))
    wire.on("GET", "/api/cluster", query={"fields": "version"}, json={"version": version})
    assert play(akv_svm_info, release=True)["release"] == release


def test_unreadable_release_is_null(play: Play, wire: Wire) -> None:
    wire.on("GET", SVMS, json=page(svm(1)))
    wire.on("GET", "/api/cluster", status=403, json={"error": {"code": "6", "message": "not authorized"}})
    assert play(akv_svm_info, release=True)["release"] is None


def test_returns_missing_svms_as_given(play: Play, wire: Wire) -> None:
    """Names are compared exactly, UUIDs in any letter case."""
    wire.in_order = False
    wire.on("GET", SVMS, json=page(svm(1), svm(10)))
    wire.on("GET", SVMS, json=page(svm(1)))
    items = ["SVM1", "svm", svm_uuid_of(9).upper(), "svm1", svm_uuid_of(1).upper(), "svm"]
    result = play(akv_svm_info, svm=items)
    assert result["missing"] == ["SVM1", "svm", svm_uuid_of(9).upper()]
    assert [found["name"] for found in result["svms"]] == ["svm1"]
    assert not result["changed"]


def test_splits_long_list_into_queries(play: Play, wire: Wire) -> None:
    names = [f"svm-with-a-long-name-{number:04d}" for number in range(200)]
    for half in (names[:100], names[100:]):
        wire.on("GET", SVMS, query={"fields": FIELDS, "name": "|".join(half)}, json=page(svm(1, name=half[0])))
    result = play(akv_svm_info, svm=names)
    assert [found["name"] for found in result["svms"]] == [names[0]]
    assert result["missing"] == names[1:]


@pytest.mark.parametrize(
    "record", [{"name": "svm1"}, {"uuid": "x", "name": "svm1"}, {"uuid": uuid_of(1)}, {"uuid": uuid_of(1), "name": 1}]
)
def test_invalid_svm_record_is_an_error(play: Play, wire: Wire, record: dict[str, Any]) -> None:
    wire.on("GET", SVMS, json=page(record))
    result = play(akv_svm_info, svm="svm1")
    assert result["failed"]
    assert result["error"]["path"] == SVMS


def test_properties_that_are_not_text_become_null(play: Play, wire: Wire) -> None:
    wire.on("GET", SVMS, json=page(svm(1, state={"a": 1}, subtype=None)))
    assert play(akv_svm_info)["svms"] == [svm(1, state=None, subtype=None)]


@pytest.mark.parametrize("items", [[], ["*"], ["svm*"], ["a|b"], [""], ["a b"], ["!svm1"]])
def test_refuses_invalid_arguments(play: Play, items: list[str]) -> None:
    result = play(akv_svm_info, svm=items)
    assert (result["failed"], result["error"]["target"]) == (True, "svm")
