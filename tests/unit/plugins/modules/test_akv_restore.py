# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.modules import akv_restore
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    NO_VOLUMES,
    PATH,
    cluster_record,
    page,
    record,
    refusal,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.running import Play, warnings_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

JOB = "cd5f5d0e-0000-11ec-8d52-005056bbeba5"
AVAILABLE = {"available": True, "code": 0, "message": ""}
LOST = {"available": False, "code": 346758, "message": "Node: node1. Reason: The wrapped key is missing."}
EMPTY = {"available": False, "code": 346758, "message": NO_VOLUMES}
FIELDS = {"fields": "*,state", "scope": "svm", "svm.name": "svm1"}


def script_restore(wire: Wire, number: int = 1, **answer: Any) -> None:
    """Script the next request to restore a configuration."""
    wire.on(
        "POST",
        f"{PATH}/{uuid_of(number)}/restore",
        query={"return_timeout": "15"},
        body=None,
        **{"json": {"job": {"uuid": JOB}}, **answer},
    )


@pytest.mark.parametrize("state", [AVAILABLE, {"cluster_state": True, "code": 0}, {"available": True, "code": "0"}])
@pytest.mark.parametrize("check", [True, False])
def test_available_key_is_not_restored(play: Play, wire: Wire, state: dict[str, Any], check: bool) -> None:
    wire.on("GET", PATH, query=FIELDS, json=page(record(state=state)))
    result = play(akv_restore, check=check, diff=True, svm="svm1")
    assert (result["changed"], result["results"][0]["action"], result["results"][0]["message"]) == (False, "none", None)
    assert result["azure_key_vaults"][0]["state"]["available"] is True
    assert result["diff"] == {"before": {}, "after": {}}


@pytest.mark.parametrize("state", [LOST, {"cluster_state": False}, {"code": 346758}, {}, None])
def test_unavailable_key_is_restored_and_verified(play: Play, wire: Wire, state: dict[str, Any] | None) -> None:
    wire.on("GET", PATH, json=page(record(state=state)))
    script_restore(wire, json={"job": {"uuid": JOB}})
    wire.on("GET", PATH, query={"fields": "*,state", "uuid": uuid_of(1)}, json=page(record(state=AVAILABLE)))
    result = play(akv_restore, diff=True, svm="svm1")
    (target,) = result["results"]
    assert (target["action"], target["changed"], target["fields"], target["error"]) == ("restore", True, [], None)
    assert target["job"]["state"] == "success"
    assert result["azure_key_vaults"] == [record(state=AVAILABLE)]
    assert result["diff"]["after"]["svm1"]["state"]["available"] is True


def test_check_mode_predicts_restore(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=LOST)))
    result = play(akv_restore, check=True, svm="svm1")
    assert (result["changed"], result["results"][0]["action"]) == (True, "restore")
    assert result["azure_key_vaults"][0]["state"]["available"] is True


@pytest.mark.parametrize("check", [True, False])
def test_svm_without_volumes_is_not_restored_and_reported(play: Play, wire: Wire, check: bool) -> None:
    wire.on("GET", PATH, json=page(record(state={**EMPTY, "message": NO_VOLUMES.replace(" ", "\n", 8)})))
    result = play(akv_restore, check=check, svm="svm1")
    (target,) = result["results"]
    assert (target["action"], target["changed"], target["error"]) == ("none", False, None)
    assert target["message"] == NO_VOLUMES


@pytest.mark.parametrize("state", [AVAILABLE, LOST])
def test_force_always_restores(play: Play, wire: Wire, state: dict[str, Any]) -> None:
    wire.on("GET", PATH, json=page(record(state=state)))
    script_restore(wire)
    wire.on("GET", PATH, json=page(record(state=AVAILABLE)))
    assert play(akv_restore, svm="svm1", force=True)["changed"] is True


def test_force_restores_svm_without_volumes(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=EMPTY)))
    script_restore(wire, status=400, json=refusal("65537515", "Failed to restore keys."))
    wire.on("GET", PATH, json=page(record(state=EMPTY)))
    result = play(akv_restore, svm="svm1", force=True)
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "65537515")


@pytest.mark.parametrize(("after", "reason"), [([record(state=LOST)], "wrapped key is missing"), ([], "no reason")])
def test_key_still_unavailable_after_restore_is_an_error(
    play: Play, wire: Wire, after: list[dict[str, Any]], reason: str
) -> None:
    wire.on("GET", PATH, json=page(record(state=LOST)))
    script_restore(wire)
    wire.on("GET", PATH, json=page(*after))
    result = play(akv_restore, svm="svm1")
    assert (result["failed"], result["changed"]) == (True, True)
    assert "still not available" in result["msg"]
    assert reason in result["msg"]
    assert result["error"]["target"] == "state"
    assert result["azure_key_vaults"] == after


def test_missing_state_after_restore_is_an_error(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=LOST)))
    script_restore(wire)
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_restore, svm="svm1")
    assert (result["failed"], result["changed"], result["error"]["target"]) == (True, True, "state")
    assert "whether they are available could not be read" in result["msg"]


def test_failed_restore_with_unknown_state_counts_as_changed(play: Play, wire: Wire) -> None:
    """65537515: some nodes may have their keys again, although nothing shows it."""
    wire.on("GET", PATH, json=page(record()))
    script_restore(wire, status=400, json=refusal("65537515", "Failed to restore keys."))
    wire.on("GET", PATH, json=page(record()))
    result = play(akv_restore, svm="svm1")
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537515")


def test_unreadable_state_after_restore_is_an_error(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, state=LOST), record(2, state=AVAILABLE)))
    script_restore(wire)
    wire.on("GET", PATH, status=400, json=refusal("2", "no"))
    result = play(akv_restore, svm="svm1,svm2")
    assert (result["failed"], result["changed"]) == (True, True)
    assert [bool(target["error"]) for target in result["results"]] == [True, False]


def test_does_not_verify_restore_without_waiting(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=LOST)))
    wire.on(
        "POST", f"{PATH}/{uuid_of(1)}/restore", query={"return_timeout": "0"}, status=202, json={"job": {"uuid": JOB}}
    )
    wire.on("GET", PATH, json=page(record(state=LOST)))
    result = play(akv_restore, svm="svm1", wait=False)
    assert "failed" not in result
    assert result["results"][0]["job"]["state"] == "queued"


def test_failed_restore_job_is_the_reported_error(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, state=LOST), record(2, state=LOST)))
    wire.in_order = False
    script_restore(wire, 1, status=202, json={"job": {"uuid": JOB}})
    wire.on("GET", f"{JOBS}/{JOB}", json={"state": "failure", "code": 65537515, "message": "Failed on node2."})
    script_restore(wire, 2)
    both = f"{uuid_of(1)}|{uuid_of(2)}"
    wire.on(
        "GET",
        PATH,
        query={"fields": "*,state", "uuid": both},
        json=page(record(1, state=LOST), record(2, state=AVAILABLE)),
    )
    result = play(akv_restore, svm="svm*")
    assert "Failed on node2" in result["msg"]
    assert [(target["changed"], bool(target["error"])) for target in result["results"]] == [
        (False, True),
        (True, False),
    ]
    assert warnings_of(result) == []


def test_restore_failed_on_some_nodes_counts_as_changed(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=LOST)))
    script_restore(wire, status=400, json=refusal("65537515", "Failed to restore keys on some nodes in the cluster."))
    less = {**LOST, "message": "Node: node2. Reason: the wrapped key is missing."}
    wire.on("GET", PATH, json=page(record(state=less)))
    result = play(akv_restore, svm="svm1")
    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, True, "65537515")
    assert result["azure_key_vaults"][0]["state"] == less


def test_forced_restore_without_volumes_hints_at_reason(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(state=EMPTY)))
    script_restore(wire)
    wire.on("GET", PATH, json=page(record(state=EMPTY)))
    assert "until the SVM has an encrypted volume" in play(akv_restore, svm="svm1", force=True)["error"]["hint"]


def test_restores_configuration_of_cluster(play: Play, wire: Wire) -> None:
    wire.on("GET", PATH, query={"fields": "*,state", "scope": "cluster"}, json=page(cluster_record(state=LOST)))
    script_restore(wire, 99)
    wire.on("GET", PATH, json=page(cluster_record(state=AVAILABLE)))
    result = play(akv_restore, diff=True, scope="cluster")
    assert result["results"][0]["svm"] is None
    assert list(result["diff"]["before"]) == ["cluster"]
