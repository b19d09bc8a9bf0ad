# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.akv import health, resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.health import Problem
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON, GOOD_RECORDS, TEXTS
from ansible_collections.ontap.akv.tests.unit.support.records import (
    NO_VOLUMES,
    cluster_record,
    record,
    svm_uuid_of,
    uuid_of,
)

LOST = "Node: node1. Reason: The wrapped KEK is not present on the node."


def found(check: str, **properties: Any) -> list[Problem]:
    """Return the problems that one check finds in one configuration."""
    return health.find_problems([record(**properties)], [check])


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ({"available": True}, None),
        # An available key is available whatever the code is.
        ({"available": True, "code": 1, "message": "odd"}, None),
        ({"available": False, "code": 346758, "message": NO_VOLUMES}, None),
        ({"code": 346758, "message": NO_VOLUMES}, None),
        ({"available": False, "code": 346758, "message": LOST}, LOST),
        ({"code": 346758, "message": LOST}, LOST),
        ({"available": False, "code": 346758, "message": f"{NO_VOLUMES} {LOST}"}, f"{NO_VOLUMES} {LOST}"),
        ({"available": False}, "ONTAP gives no reason"),
        ({"available": "true"}, "ONTAP gives no reason"),
        ({}, "ONTAP gives no reason"),
        (None, "ONTAP does not say"),
        ("available", "ONTAP does not say"),
    ],
)
def test_reports_unavailable_or_missing_state(state: Any, told: str | None) -> None:
    """An SVM without volumes has no problem. A missing status is a problem."""
    assert [problem.message for problem in found("state", state=state)] == ([] if told is None else [told])


@pytest.mark.parametrize(
    ("reachability", "told"),
    [
        ({"reachable": True, "code": 0}, None),
        ({"code": 0}, None),
        ({"reachable": False, "code": 346758, "message": "time out"}, "time out"),
        ({"code": 346758, "message": "time out"}, "time out"),
        ({"reachable": False, "code": 0}, "ONTAP gives no reason"),
        ({"message": "what is that"}, "what is that"),
        ({}, "ONTAP gives no reason"),
        (None, "ONTAP does not say"),
        (True, "ONTAP does not say"),
    ],
)
def test_reports_unreachable_or_missing_azure_status(reachability: Any, told: str | None) -> None:
    assert [problem.message for problem in found("azure", azure_reachability=reachability)] == (
        [] if told is None else [told]
    )


def test_reports_ekmip_problems_per_node() -> None:
    nodes = [
        {"node": {"name": "node1"}, "reachable": True, "code": 0},
        {
            "node": {"name": "node2"},
            "reachable": False,
            "code": 65537552,
            "message": "embedded KMIP server\nstatus unavailable",
        },
        {"node": {"uuid": uuid_of(3)}, "reachable": False},
        {"node": "node4", "reachable": False},
        "node5",
    ]
    told = found("ekmip", ekmip_reachability=nodes)
    assert [(problem.node, problem.code, problem.message) for problem in told] == [
        ("node2", 65537552, "embedded KMIP server status unavailable"),
        ("unknown", None, "ONTAP gives no reason"),
        ("unknown", None, "ONTAP gives no reason"),
        ("unknown", None, "ONTAP does not say"),
    ]
    assert (
        told[0].text
        == "svm1: the EKMIP server cannot be reached, node node2: embedded KMIP server status unavailable (code"
        " 65537552)"
    )


@pytest.mark.parametrize("nodes", [None, [], "node1", {"node": {"name": "node1"}, "reachable": True}])
def test_reports_missing_ekmip_status(nodes: Any) -> None:
    (problem,) = found("ekmip", ekmip_reachability=nodes)
    assert (problem.node, problem.message) == (None, "ONTAP does not say")


def test_runs_only_selected_checks_in_order_of_configurations() -> None:
    told = health.find_problems([record(2), cluster_record(), record(1)], ["azure", "state"])
    assert [(problem.svm, problem.check) for problem in told] == [
        (svm, check) for svm in ("svm2", None, "svm1") for check in ("azure", "state")
    ]
    assert told[2].text.startswith("cluster: the vault cannot be reached: ")
    assert [problem.uuid for problem in told[::2]] == [uuid_of(2), uuid_of(99), uuid_of(1)]
    assert health.find_problems([record()], []) == []


def test_reports_missing_svms_by_name_or_uuid() -> None:
    """Names are compared exactly, UUIDs in any letter case."""
    asked = ["svm1", "SVM1", svm_uuid_of(2).upper(), svm_uuid_of(3), ""]
    missing = health.find_problems([record(1), record(2), cluster_record()], [], asked)
    assert [problem.svm for problem in missing] == ["SVM1", svm_uuid_of(3), ""]
    assert {problem.check for problem in missing} == {"configuration"}


def test_line_breaks_in_names_do_not_start_new_lines() -> None:
    odd = record(
        svm={"name": "svm1\n- svm2: all is well"},
        ekmip_reachability=[{"node": {"name": "node1\r\nnode2"}, "reachable": False, "message": "a\u2028b"}],
    )
    (problem,) = health.find_problems([odd], ["ekmip"])
    assert len(problem.text.splitlines()) == 1
    assert problem.text.startswith(
        "svm1 - svm2: all is well: the EKMIP server cannot be reached, node node1 node2: a b"
    )


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["state", "azure_reachability", "ekmip_reachability", "svm", "uuid"]), ANY_JSON
        ),
        max_size=3,
    ),
    st.lists(TEXTS),
)
def test_any_record_gives_one_line_problems(records: list[dict[str, Any]], svms: list[str]) -> None:
    """Each checked property with a problem is reported in one line."""
    told = health.find_problems(records, list(health.CHECKS), svms)
    for problem in told:
        assert len(problem.text.splitlines()) == 1
        assert problem.code is None or isinstance(problem.code, (int, str))
    assert sum(problem.check == "azure" for problem in told) == sum(
        resource.is_unreachable(each) is not False for each in records
    )


@given(GOOD_RECORDS)
def test_reports_no_problem_only_when_ontap_confirms_it(each: dict[str, Any]) -> None:
    """A missing status of the keys, of Azure or of a node never counts as healthy."""
    public = resource.clean_record(each)
    told = {problem.check for problem in health.find_problems([public], list(health.CHECKS))}
    if "state" not in told:
        assert public["state"].get("available") is True or NO_VOLUMES in public["state"]["message"]
    if "azure" not in told:
        assert public["azure_reachability"].get("reachable", public["azure_reachability"].get("code") == 0) is True
    if "ekmip" not in told:
        assert public["ekmip_reachability"]
        assert all(node.get("reachable", node.get("code") == 0) is True for node in public["ekmip_reachability"])


def test_unreadable_status_is_reported_with_its_reason() -> None:
    """The status is neither healthy nor known to be a problem."""
    there = record(azure_reachability={"reachable": True, "code": 0, "message": ""})
    unread = [
        {
            "uuid": there["uuid"],
            "svm": "svm1",
            "property": "state",
            "code": "65537551",
            "message": "The KEK is unavailable.",
        }
    ]
    (found,) = health.find_problems([there], ["state", "azure"], unread=unread)
    assert (found.check, found.svm, found.checked, found.code) == ("state", "svm1", False, "65537551")
    assert found.text == "svm1: the state of the keys could not be read: The KEK is unavailable. (code 65537551)"
