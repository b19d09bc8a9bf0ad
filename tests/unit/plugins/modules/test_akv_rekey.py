# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_rekey
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    KEY,
    PATH,
    VAULT,
    VERSION,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

KEY_2 = f"{VAULT}keys/key2"
JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
VERSIONED = f"{KEY}/{VERSION}"


def path(number: int, kind: str) -> str:
    """Return the path of a re-key."""
    return f"{PATH}/{uuid_of(number)}/rekey-{kind}"


def external(play: Play, key_id: str, **more: Any) -> dict[str, Any]:
    """Run an external re-key of svm1."""
    return play(akv_rekey, svm="svm1", key="external", key_id=key_id, **more)


@pytest.mark.parametrize(
    ("wanted", "reported"),
    [
        (KEY, KEY),
        (f"{KEY}/", KEY),
        (KEY, VERSIONED),
        (VERSIONED, VERSIONED),
        (KEY.replace("https://kmip", "HTTPS://KMIP"), KEY),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_same_key_is_not_changed(play: Play, wire: Wire, wanted: str, reported: str, check: bool) -> None:
    wire.on("GET", PATH, query={"fields": "*", "scope": "svm", "svm.name": "svm1"}, json=page(record(key_id=reported)))
    result = external(play, wanted, check=check, diff=True)
    assert (result["changed"], result["results"][0]["action"]) == (False, "none")
    assert warnings_of(result) == []
    assert result["diff"] == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ("wanted", "reported"),
    [
        (KEY_2, KEY),
        (f"{KEY}/other", VERSIONED),
        (KEY_2, VERSIONED),
        ("https://other.example/keys/key1", KEY),
        (KEY, None),
    ],
)
def test_different_key_is_rekeyed(play: Play, wire: Wire, wanted: str, reported: str | None) -> None:
    wire.on("GET", PATH, json=page(record(key_id=reported)))
    wire.on(
        "POST",
        path(1, "external"),
        query={"return_timeout": "15"},
        body={"key_id": wanted},
        json={"job": {"uuid": JOB}},
    )
    wire.on("GET", PATH, query={"fields": "*", "uuid": uuid_of(1)}, json=page(record(key_id=wanted)))
    result = external(play, wanted, diff=True)
    (target,) = result["results"]
    assert (target["action"], target["changed"], target["fields"]) == ("rekey", True, ["key_id"])
    assert target["job"]["state"] == "success"
    assert result["diff"]["after"]["svm1"]["key_id"] == wanted
    assert result["azure_key_vaults"] == [record(key_id=wanted)]
    assert warnings_of(result) == []


@pytest.mark.parametrize("check", [True, False])
def test_unreported_version_is_rekeyed_with_a_warning(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, json=page(record()))
    if not check:
        wire.on("POST", path(1, "external"), body={"key_id": VERSIONED})
        wire.on("GET", PATH, json=page(record()))
    result = external(play, VERSIONED, check=check, diff=True)
    assert result["changed"] is True
    (warning,) = warnings_of(result)
    assert "version" in warning
    assert "svm1" in warning
    assert result["diff"]["before"] != result["diff"]["after"]


@pytest.mark.parametrize("wanted", [KEY, VERSIONED])
def test_force_rekeys_without_a_warning(play: Play, wire: Wire, wanted: str) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", path(1, "external"), body={"key_id": wanted})
    wire.on("GET", PATH, json=page(record()))
    result = external(play, wanted, force=True, diff=True)
    assert result["changed"] is True
    assert warnings_of(result) == []
    assert result["diff"]["after"]["svm1"]["external_key"] == "will be re-keyed"


@pytest.mark.parametrize("check", [True, False])
def test_internal_key_is_always_rekeyed(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, json=page(record(1), record(2)))
    if not check:
        for number in (1, 2):
            wire.on("POST", path(number, "internal"), query={"return_timeout": "15"}, body=None)
        wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.in_order = False
    result = play(akv_rekey, check=check, diff=True, svm="*", key="internal")
    assert [(target["action"], target["changed"], target["fields"]) for target in result["results"]] == [
        ("rekey", True, [])
    ] * 2
    assert list(result["diff"]["after"]) == ["svm1", "svm2"]
    assert result["diff"]["after"]["svm1"]["internal_key"] == "will be re-keyed"
    assert result["azure_key_vaults"] == [record(1), record(2)]


def test_fails_when_configuration_is_missing_after_rekey(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("POST", f"{PATH}/{uuid_of(1)}/rekey-internal", status=201)
    wire.on("GET", PATH, json=page())
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "the re-key succeeded, but the configuration no longer exists" in result["msg"]


def test_returns_job_without_waiting(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", path(1, "internal"), query={"return_timeout": "0"}, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_rekey, svm="svm1", key="internal", wait=False)
    assert result["results"][0]["job"] == {"uuid": JOB, "state": "queued", "message": None}
    assert result["changed"] is True


def test_failed_job_is_reported_with_a_hint(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", path(1, "internal"), status=202, json={"job": {"uuid": JOB}})
    wire.on(
        "GET",
        f"{JOBS}/{JOB}",
        json={"state": "failure", "code": 65537559, "message": "There are no existing internal keys for the SVM."},
    )
    result = play(akv_rekey, svm="svm1", key="internal")
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["error"]["code"] == "65537559"
    assert "encrypted volume" in result["error"]["hint"]
    assert result["results"][0]["job"]["state"] == "failure"


def test_refused_rekey_changes_nothing(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record()))
    wire.on("POST", path(1, "external"), status=404, json=refusal("65537547", "keys are elsewhere"))
    result = external(play, KEY_2)
    assert result["error"]["code"] == "65537547"
    assert result["results"][0]["changed"] is False


@pytest.mark.parametrize(
    ("arguments", "target"),
    [
        ({"key": "internal", "key_id": KEY}, "key_id"),
        ({"key": "internal", "force": True}, "force"),
        ({"key": "external", "key_id": "key1"}, "key_id"),
        ({"key": "external", "key_id": ""}, "key_id"),
    ],
)
def test_refuses_invalid_arguments(play: Play, arguments: dict[str, Any], target: str) -> None:
    result = play(akv_rekey, svm="svm1", **arguments)
    assert (result["failed"], result["error"]["target"]) == (True, target)


@pytest.mark.parametrize("arguments", [{}, {"key": "external"}, {"key": "other"}])
def test_ansible_refuses_missing_or_wrong_arguments(play: Play, arguments: dict[str, Any]) -> None:
    result = play(akv_rekey, svm="svm1", **arguments)
    assert result["failed"] is True
    assert "key" in result["msg"]
    assert "error" not in result


@pytest.mark.parametrize("svm", ["svm1", svm_uuid_of(1)])
def test_hint_mentions_existing_disabled_configuration(play: Play, wire: Wire, svm: str) -> None:
    standby = {"enabled": False, "configuration": {"name": "standby", "uuid": uuid_of(9)}}
    for records in ([record(1, **standby), record(2)], [record(2)]):
        wire.on("GET", PATH, json=page(*records))
    hints = [play(akv_rekey, svm=svm, key="internal")["error"]["hint"] for _records in range(2)]
    assert hints[0] == "Those that are not enabled have to be named by configuration: standby."
    assert "not enabled" not in hints[1]
