# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter problems: problems of configurations as data, and a clear error for any other input."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.filter.problems import FilterModule, find_problems
from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON
from ansible_collections.ontap.akv.tests.unit.support.records import record, uuid_of

DEGRADED = record(
    state={"available": False, "code": 346758, "message": "Node: node1.\nReason: lost"},
    azure_reachability={"reachable": True},
)


def test_filter_is_registered_by_name() -> None:
    assert FilterModule().filters() == {"problems": find_problems}


def test_returns_problems_as_data() -> None:
    assert find_problems([DEGRADED], checks=["state", "azure"], svm=["svm1", "svm9"]) == [
        {
            "check": "configuration",
            "svm": "svm9",
            "uuid": None,
            "node": None,
            "code": None,
            "message": "check the name of the SVM, and the permissions of the user",
            "checked": True,
            "text": "svm9: no configuration found: check the name of the SVM, and the permissions of the user",
        },
        {
            "check": "state",
            "svm": "svm1",
            "uuid": uuid_of(1),
            "node": None,
            "code": 346758,
            "message": "Node: node1. Reason: lost",
            "checked": True,
            "text": "svm1: the keys are not available: Node: node1. Reason: lost (code 346758)",
        },
    ]


def test_runs_all_checks_by_default() -> None:
    assert [found["check"] for found in find_problems([record()])] == list(health.CHECKS) == ["state", "azure", "ekmip"]


def test_accepts_generators() -> None:
    """Jinja's filters return generators: the second configuration is checked like the first."""
    found = find_problems(
        [record(1), record(2)], checks=(check for check in ("state",)), svm=(svm for svm in ("svm3", "svm4"))
    )
    assert [(each["check"], each["svm"]) for each in found] == [
        ("configuration", "svm3"),
        ("configuration", "svm4"),
        ("state", "svm1"),
        ("state", "svm2"),
    ]


def test_accepts_one_svm_as_text() -> None:
    assert [found["svm"] for found in find_problems([], checks=[], svm="svm1")] == ["svm1"]


@pytest.mark.parametrize("records", [None, "svm1", {"records": []}, [None], [record(), "svm1"], 1])
def test_refuses_input_that_is_not_list_of_configurations(records: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="the input is no list of configurations"):
        find_problems(records)


@pytest.mark.parametrize("checks", [None, "state", ["state", "stat"], [["state"]], [None], {"state": True}, 1])
def test_refuses_unknown_checks(checks: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="checks: give a list of state, azure, ekmip"):
        find_problems([], checks=checks)


@pytest.mark.parametrize("svm", [None, [1], [None], {"svm1": 1}, 1])
def test_refuses_svm_that_is_not_list_of_names(svm: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="svm: give a list of names or UUIDs"):
        find_problems([], svm=svm)


@given(ANY_JSON, st.just(["state"]) | ANY_JSON, st.just(["svm1"]) | ANY_JSON)
def test_raises_only_filter_errors(records: Any, checks: Any, svm: Any) -> None:
    with contextlib.suppress(AnsibleFilterError):
        json.dumps(find_problems(records, checks, svm))
