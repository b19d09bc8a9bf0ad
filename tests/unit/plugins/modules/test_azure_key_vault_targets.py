# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: one SVM given by name and UUID, disabled configurations, and skip_verification."""

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


def script_no_configurations(wire: Wire) -> None:
    """Script the queries for names and for UUIDs, which return no configuration."""
    wire.on("GET", PATH, json=page())
    wire.on("GET", PATH, json=page())


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("svm", [["svm1", svm_uuid_of(1)], [svm_uuid_of(1), "svm1"], [svm_uuid_of(1).upper(), "svm1"]])
def test_svm_given_by_name_and_uuid_is_created_once(play: Play, wire: Wire, svm: list[str], check: bool) -> None:
    script_no_configurations(wire)
    wire.on("GET", SVMS, query={"uuid": svm_uuid_of(1), "fields": "uuid,name,subtype,state"}, json=page(SVM_1))
    if not check:
        wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm=svm, check=check, **FULL)
    assert not result.get("failed"), result
    assert [(entry["action"], entry["changed"]) for entry in result["results"]] == [("create", True)]


@pytest.mark.parametrize("found", [page(), page({"uuid": svm_uuid_of(2), "name": "svm2"})])
def test_different_name_and_uuid_are_two_targets(play: Play, wire: Wire, found: dict[str, Any]) -> None:
    script_no_configurations(wire)
    wire.on("GET", SVMS, json=found)
    result = play(azure_key_vault, svm=["svm1", svm_uuid_of(2)], check=True, **FULL)
    assert len(result["results"]) == 2


def test_unreadable_svms_fail_before_any_change(play: Play, wire: Wire) -> None:
    script_no_configurations(wire)
    wire.on("GET", SVMS, status=403, json=refusal("6", "not authorized"))
    result = play(azure_key_vault, svm=["svm1", svm_uuid_of(1)], **FULL)
    assert (result["failed"], result["changed"], result["error"]["status"]) == (True, False, 403)


def test_names_alone_need_no_query_for_svms(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page())
    assert len(play(azure_key_vault, svm=["svm1", "svm2"], check=True, **FULL)["results"]) == 2


@pytest.mark.parametrize(
    ("more", "warned"), [({}, True), ({"configuration": "second"}, False), ({"uuid": uuid_of(1), "svm": None}, False)]
)
def test_warns_about_implicitly_selected_disabled_configuration(
    play: Play, wire: Wire, more: dict[str, Any], warned: bool
) -> None:
    if "configuration" in more:
        wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 14}})
    wire.on("GET", PATH, json=page(record(enabled=False, configuration={"name": "second", "uuid": uuid_of(8)})))
    result = play(azure_key_vault, **{"svm": "svm1", **more}, client_id=record()["client_id"])
    assert result["changed"] is False
    assert any("is not enabled, so the SVM does not use it" in text for text in warnings_of(result)) is warned


def script_release_and_query(wire: Wire, *records: dict[str, Any]) -> None:
    """Script the queries for the release and for the configurations."""
    wire.on("GET", "/api/cluster", json={"version": {"generation": 9, "major": 16}})
    wire.on("GET", PATH, json=page(*records))


@pytest.mark.parametrize("reported", [None, False, True])
def test_skip_verification_is_never_compared(play: Play, wire: Wire, reported: bool | None) -> None:
    script_release_and_query(wire, record(skip_verification=reported))
    assert (
        play(azure_key_vault, svm="svm1", skip_verification=True, client_id=record()["client_id"])["changed"] is False
    )


@pytest.mark.parametrize("reported", [None, False, True])
@pytest.mark.parametrize("asked", [False, True])
def test_skip_verification_is_sent_with_a_credential(
    play: Play, wire: Wire, reported: bool | None, asked: bool
) -> None:
    script_release_and_query(wire, record(skip_verification=reported))
    wire.on("PATCH", ONE, body={**SECRET, "skip_verification": asked})
    wire.on("GET", PATH, json=page(record()))
    result = play(azure_key_vault, svm="svm1", skip_verification=asked, update_credentials="always", **SECRET)
    assert not result.get("failed"), result
    assert result["results"][0]["fields"] == ["client_secret", "skip_verification"]


def test_skip_verification_is_not_sent_without_a_credential(play: Play, wire: Wire) -> None:
    script_release_and_query(wire, record())
    wire.on("PATCH", ONE, body={"client_id": "x"})
    wire.on("GET", PATH, json=page(record(client_id="x")))
    assert play(azure_key_vault, svm="svm1", skip_verification=True, client_id="x")["changed"]


def test_skip_verification_is_sent_with_a_create(play: Play, wire: Wire) -> None:
    script_release_and_query(wire)
    wire.on("POST", PATH, status=201, json=page(record()))
    result = play(azure_key_vault, svm="svm1", skip_verification=True, **FULL)
    assert not result.get("failed"), result
    assert wire.seen[-1].body["skip_verification"] is True
