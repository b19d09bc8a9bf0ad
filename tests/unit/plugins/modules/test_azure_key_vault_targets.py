# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: one SVM under two names, a configuration that is not in use, and a modifier that is no property."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import azure_key_vault
from ansible_collections.ontap.akv.tests.unit.support.records import (
    KEY,
    PATH,
    VAULT,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

SVMS = "/api/svm/svms"
ONE = f"{PATH}/{uuid_of(1)}"
SECRET = {"client_secret": "a-secret-of-azure"}
FULL = {"name": VAULT, "client_id": record()["client_id"], "tenant_id": record()["tenant_id"], "key_id": KEY, **SECRET}
SVM_1 = {"uuid": svm_uuid_of(1), "name": "svm1"}


def absent(wire: Wire) -> None:
    """Expects the queries for names and for UUIDs; there is no configuration."""
    wire.on("GET", PATH, json=page())
    wire.on("GET", PATH, json=page())


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("svm", [["svm1", svm_uuid_of(1)], [svm_uuid_of(1), "svm1"], [svm_uuid_of(1).upper(), "svm1"]])
def test_one_svm_by_name_and_by_uuid_is_created_once(play: Play, wire: Wire, svm: list[str], check: bool) -> None:
    absent(wire)
    wire.on("GET", SVMS, query={"uuid": svm_uuid_of(1), "fields": "uuid,name,subtype,state"}, json=page(SVM_1))
    if not check:
        wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm=svm, check=check, **FULL)
    assert not result.get("failed"), result
    assert [(entry["action"], entry["changed"]) for entry in result["results"]] == [("create", True)]


@pytest.mark.parametrize("found", [page(), page({"uuid": svm_uuid_of(2), "name": "svm2"})])
def test_two_svms_stay_two(play: Play, wire: Wire, found: dict[str, Any]) -> None:
    absent(wire)
    wire.on("GET", SVMS, json=found)
    result = play(azure_key_vault, svm=["svm1", svm_uuid_of(2)], check=True, **FULL)
    assert len(result["results"]) == 2


def test_svms_that_cannot_be_told_apart_get_nothing(play: Play, wire: Wire) -> None:
    absent(wire)
    wire.on("GET", SVMS, status=403, json=refusal("6", "not authorized"))
    result = play(azure_key_vault, svm=["svm1", svm_uuid_of(1)], **FULL)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)


def test_names_alone_need_no_look_at_the_svms(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page())
    assert len(play(azure_key_vault, svm=["svm1", "svm2"], check=True, **FULL)["results"]) == 2


@pytest.mark.parametrize(
    ("more", "warned"), [({}, True), ({"configuration": "second"}, False), ({"uuid": uuid_of(1), "svm": None}, False)]
)
def test_a_configuration_that_is_not_enabled_is_worth_a_word(
    play: Play, wire: Wire, more: dict[str, Any], warned: bool
) -> None:
    if "configuration" in more:
        wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 14}})
    wire.on("GET", PATH, json=page(record(enabled=False, configuration={"name": "second", "uuid": uuid_of(8)})))
    result = play(azure_key_vault, **{"svm": "svm1", **more}, client_id=record()["client_id"])
    assert result["changed"] is False
    assert any("is not enabled, so the SVM does not use it" in text for text in warnings_of(result)) is warned


def newer(wire: Wire, *records: dict[str, Any]) -> None:
    """Expects the questions for the release and for the configurations."""
    wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 16}})
    wire.on("GET", PATH, json=page(*records))


@pytest.mark.parametrize("reported", [None, False, True])
def test_skip_verification_is_never_compared(play: Play, wire: Wire, reported: bool | None) -> None:
    newer(wire, record(skip_verification=reported))
    assert (
        play(azure_key_vault, svm="svm1", skip_verification=True, client_id=record()["client_id"])["changed"] is False
    )


@pytest.mark.parametrize("reported", [None, False, True])
@pytest.mark.parametrize("asked", [False, True])
def test_skip_verification_goes_with_a_credential(play: Play, wire: Wire, reported: bool | None, asked: bool) -> None:
    newer(wire, record(skip_verification=reported))
    wire.on("PATCH", ONE, body={**SECRET, "skip_verification": asked})
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", skip_verification=asked, update_credentials="always", **SECRET)
    assert not result.get("failed"), result
    assert result["results"][0]["fields"] == ["client_secret", "skip_verification"]


def test_skip_verification_does_not_go_without_a_credential(play: Play, wire: Wire) -> None:
    newer(wire, record())
    wire.on("PATCH", ONE, body={"client_id": "x"})
    wire.on("GET", PATH, json=page(record(client_id="x")))
    assert play(azure_key_vault, svm="svm1", skip_verification=True, client_id="x")["changed"]


def test_skip_verification_goes_with_a_creation(play: Play, wire: Wire) -> None:
    newer(wire)
    wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm="svm1", skip_verification=True, **FULL)
    assert not result.get("failed"), result
    assert wire.seen[-1].body["skip_verification"] is True
