# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""akv_info with settings: the cluster's behavior during an outage, and the states of key stores."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.akv import survey
from ansible_collections.ontap.akv.plugins.modules import akv_info
from ansible_collections.ontap.akv.tests.unit.support.records import (
    PATH,
    cluster_record,
    page,
    record,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

CONFIGS = "/api/security/key-manager-configs"
STORES = "/api/security/key-stores"
NUMBERS = {"cloud_kms_retry_count": 3, "health_monitor_polling_interval": 15}
ON = {"enabled": True, "manage_volume_offline": True}
KNOWN = {**NUMBERS, "health_monitor_policy": {"akv": ON, "kmip": ON}}


def store(number: int, state: str | None = "active", **more: Any) -> dict[str, Any]:
    """Return a key store as ONTAP sends it."""
    svm = {"uuid": svm_uuid_of(number), "name": f"svm{number}"}
    return {
        "uuid": uuid_of(number),
        "svm": svm,
        "configuration": {"name": "default"},
        "type": "akv",
        **({"state": state} if state else {}),
        **more,
    }


def refused(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "No."}}


def test_returns_no_settings_without_the_option(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    assert not {"settings", "outage", "key_stores", "doubts"} & set(play(akv_info))


def test_returns_settings_and_key_stores(play: Play, wire: Wire) -> None:
    """Only key stores of the returned configurations are returned, and only if they report a state."""
    wire.on("GET", PATH, json=page(record(1), cluster_record()))
    wire.on("GET", CONFIGS, query={"fields": "**"}, json=KNOWN)
    cluster = {name: value for name, value in store(9, "mixed").items() if name != "svm"}
    others = (store(2, "blocked"), store(1, None), store(1, type="kmip"))
    wire.on(
        "GET",
        STORES,
        query={"type": "akv", "fields": "uuid,svm,configuration,type,state"},
        json=page(store(1), cluster, *others),
    )
    result = play(akv_info, settings=True)
    assert result["settings"] == {**NUMBERS, "health_monitor_policy": ON}
    assert (result["outage"], result["doubts"]) == ("volumes go offline after 4 failed polls, 15 minutes apart", [])
    assert [(found["svm"], found["state"]) for found in result["key_stores"]] == [("svm1", "active"), (None, "mixed")]
    assert [found["meaning"] for found in result["key_stores"]] == [None, survey.STATES["mixed"]]


def test_does_not_query_key_stores_without_policy(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", CONFIGS, json=NUMBERS)
    result = play(akv_info, settings=True)
    assert (result["settings"], result["outage"], result["key_stores"], result["doubts"]) == (NUMBERS, None, [], [])


@pytest.mark.parametrize("code", ["262179", "262197", "3"])
def test_accepts_release_without_key_store_states(play: Play, wire: Wire, code: str) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", CONFIGS, json=KNOWN)
    wire.on("GET", STORES, status=400, json=refused(code))
    result = play(akv_info, settings=True)
    assert (result["key_stores"], result["doubts"]) == ([], [])


def test_accepts_release_without_settings(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", CONFIGS, status=404, json=refused("3"))
    result = play(akv_info, settings=True)
    assert (result["settings"], result["outage"], result["key_stores"], result["doubts"]) == ({}, None, [], [])


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403, "json": refused("6")},
        {"status": 500, "json": {}},
        {"raises": requests.exceptions.ReadTimeout()},
        {"json": []},
    ],
)
def test_unreadable_settings_and_states_are_doubts(play: Play, wire: Wire, answer: dict[str, Any]) -> None:
    """The configurations are returned nevertheless."""
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", CONFIGS, **answer)
    wire.on("GET", STORES, **answer)
    result = play(akv_info, settings=True, max_retries=0)
    assert not result.get("failed")
    assert result["num_records"] == 1
    assert (result["settings"], result["outage"], result["key_stores"]) == ({}, None, [])
    settings, stores = result["doubts"]
    assert settings.startswith("what happens to the volumes during an outage of a vault could not be read: ")
    assert stores.startswith("the states of the key stores could not be read: ")


@pytest.mark.parametrize("path", [CONFIGS, STORES])
@pytest.mark.parametrize("body", [refused("6"), refused("6691623"), {}])
def test_refused_login_is_an_error(play: Play, wire: Wire, path: str, body: dict[str, Any]) -> None:
    """The account may have been locked or changed meanwhile, so nothing is known, and no further request is sent."""
    wire.on("GET", PATH, json=page(record(1)))
    if path == STORES:
        wire.on("GET", CONFIGS, json=KNOWN)
    wire.on("GET", path, status=401, json=body)
    result = play(akv_info, settings=True)
    assert (result["failed"], result["error"]["status"], result["error"]["path"]) == (True, 401, path)
    assert result["msg"].endswith("The login was refused. Check user name and password, or the client certificate.")


def test_returns_meaning_of_each_state(play: Play, wire: Wire) -> None:
    for state in ("mixed", "svm_kek_rekey", "blocked", "switching", "initializing", "disabling", "something new"):
        wire.on("GET", PATH, json=page(record(1)))
        wire.on("GET", CONFIGS, json=KNOWN)
        wire.on("GET", STORES, json=page(store(1, state)))
        (found,) = play(akv_info, settings=True)["key_stores"]
        assert found["meaning"] == survey.STATES.get(state, "this collection does not know this state")
