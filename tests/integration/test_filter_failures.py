# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter failures: which SVMs of a task failed, and why."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.ontap.akv.plugins.filter.failures import FilterModule, list_failures

NO_KEY = "65537559"


def error(code: str | None = None, message: str = "refused", **more: Any) -> dict[str, Any]:
    """Returns an error as a module returns it."""
    return {
        "code": code,
        "message": message,
        "target": None,
        "status": None,
        "method": None,
        "path": None,
        "hint": None,
        **more,
    }


def told(svm: str, wrong: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Returns what a module reports about one SVM."""
    return {"svm": svm, "action": "rekey", "changed": wrong is None, "message": None, "error": wrong, **more}


def failed(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Returns the result of a task that failed."""
    first = next((entry["error"] for entry in results if entry["error"]), None)
    return {"failed": True, "changed": False, "msg": "the first one", "error": first, "results": list(results), **more}


def names(result: dict[str, Any], *svms: str, **keywords: Any) -> list[str]:
    """Returns the names of those that failed."""
    return [entry["svm"] for entry in list_failures(result, svms, **keywords)]


def test_is_a_filter_by_its_name() -> None:
    assert FilterModule().filters() == {"failures": list_failures}


def test_a_task_that_succeeded() -> None:
    assert list_failures({"failed": False, "results": [told("svm1")]}, ["svm1"]) == []
    assert list_failures({"results": [told("svm1")]}, ["svm1"]) == []


def test_a_task_that_was_skipped_and_one_without_results_that_succeeded() -> None:
    assert list_failures({"skipped": True, "changed": False}, ["svm1"]) == []
    assert list_failures({"failed": False, "azure_key_vaults": []}, ["svm1"]) == []


def test_what_is_told_of_one_that_failed() -> None:
    result = failed(
        told("svm1"), told("svm2", error("65537547", "The keys are elsewhere.", hint="Move them.", status=400))
    )
    assert list_failures(result, ["svm1", "svm2"]) == [
        {
            "svm": "svm2",
            "code": "65537547",
            "denied": False,
            "text": "svm2: The keys are elsewhere (ONTAP error 65537547). Move them.",
        }
    ]


def test_an_error_without_code_and_hint() -> None:
    assert list_failures(failed(told("svm1", error(message="no response in time"))), ["svm1"]) == [
        {"svm": "svm1", "code": None, "denied": False, "text": "svm1: no response in time."}
    ]


def test_codes_that_count_as_no_failure() -> None:
    result = failed(told("svm1", error(NO_KEY)), told("svm2", error("4")), told("svm3"))
    assert names(result, "svm1", "svm2", "svm3", but=[NO_KEY]) == ["svm2"]
    assert names(failed(told("svm1", error(NO_KEY))), "svm1", but=[NO_KEY]) == []


@pytest.mark.parametrize("results", [None, []])
def test_a_task_that_failed_before_it_knew_its_targets(results: list[Any] | None) -> None:
    """All of them failed, whether there is no list or one that is empty."""
    result = {
        "failed": True,
        "msg": "no connection to cluster1:443: refused",
        "results": results,
        "error": error(message="no connection"),
    }
    assert list_failures(result, ["svm1", "svm2"]) == [
        {"svm": name, "code": None, "denied": False, "text": f"{name}: no connection to cluster1:443: refused"}
        for name in ("svm1", "svm2")
    ]
    assert [entry["text"] for entry in list_failures({"failed": True}, ["svm1"])] == [
        "svm1: the task failed without a message"
    ]


def test_a_task_whose_targets_nobody_knows() -> None:
    """One failure; none more where the task reports its targets, the cluster's own configuration among them."""
    assert list_failures({"failed": True, "msg": "no connection"}) == [
        {"svm": None, "code": None, "denied": False, "text": "no connection"}
    ]
    result = failed(told("svm1"), {**told("", error("4")), "svm": None})
    assert [(entry["svm"], entry["text"]) for entry in list_failures(result)] == [
        (None, "cluster: refused (ONTAP error 4).")
    ]
    assert list_failures({"failed": False, "results": []}) == []


def test_one_of_which_a_failed_task_tells_nothing() -> None:
    """It is not known to be done."""
    assert names(failed(told("svm1", error("4"))), "svm1", "svm2") == ["svm1", "svm2"]
    # The answer to a code that counts as no failure says nothing of others.
    assert names(failed(told("svm1", error(NO_KEY))), "svm1", "svm2", but=[NO_KEY]) == ["svm2"]


@pytest.mark.parametrize(
    "refusal", [{"status": 401}, {"status": 403}, {"status": 400, "code": "6"}], ids=["401", "403", "code 6"]
)
def test_those_that_were_not_begun_after_a_refused_login(refusal: dict[str, Any]) -> None:
    """A module tells them without an error, and as not changed; they are not done."""
    idle = told("svm2", action="none", changed=False, message="not started, because the cluster denied access for svm1")
    found = list_failures(failed(told("svm1", {**error("6"), **refusal}), idle), ["svm1", "svm2"])
    assert [(entry["svm"], entry["denied"]) for entry in found] == [("svm1", True), ("svm2", True)]
    assert found[1]["text"] == "svm2: not started, because the cluster denied access for svm1"


def test_one_that_an_earlier_request_may_have_changed_beside_a_refused_login() -> None:
    """Told as changed, to be on the safe side; not done either."""
    doubtful = told("svm2", changed=True, message="not started, because the cluster denied access for svm1")
    assert names(failed(told("svm1", error("6", status=401)), doubtful), "svm1", "svm2") == ["svm1", "svm2"]


def test_those_that_are_as_they_should_be_beside_a_refused_login() -> None:
    """Nothing was to be done for them, and nothing is said of them."""
    settled = told("svm2", action="none", changed=False)
    assert names(failed(told("svm1", error("6", status=403)), settled), "svm1", "svm2") == ["svm1"]


def test_one_that_needed_nothing_beside_another_failure() -> None:
    """A message that explains it is no failure as long as no login was refused."""
    settled = told("svm2", action="none", changed=False, message="another run was faster")
    assert names(failed(told("svm1", error("4", status=404)), settled), "svm1", "svm2") == ["svm1"]


def test_a_login_refused_before_the_targets_were_known() -> None:
    result = {"failed": True, "msg": "the cluster refused the login", "error": error("6", status=401)}
    assert [entry["denied"] for entry in list_failures(result, ["svm1", "svm2"])] == [True, True]


@pytest.mark.parametrize("wrong", ["text", ["list"], None, 1])
def test_what_is_no_result_of_a_task(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"ontap\.akv\.failures: the input is not a registered result"):
        list_failures(wrong, ["svm1"])
