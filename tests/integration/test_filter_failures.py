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
    """Return an error as a module returns it."""
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


def outcome(svm: str, wrong: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return what a module reports about one SVM."""
    return {"svm": svm, "action": "rekey", "changed": wrong is None, "message": None, "error": wrong, **more}


def failed(*results: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return the result of a failed task."""
    first = next((entry["error"] for entry in results if entry["error"]), None)
    return {"failed": True, "changed": False, "msg": "the first one", "error": first, "results": list(results), **more}


def names(result: dict[str, Any], *svms: str, **keywords: Any) -> list[str]:
    """Return the names of the failed SVMs."""
    return [entry["svm"] for entry in list_failures(result, svms, **keywords)]


def test_filter_is_registered_by_name() -> None:
    assert FilterModule().filters() == {"failures": list_failures}


def test_successful_task_has_no_failures() -> None:
    assert list_failures({"failed": False, "results": [outcome("svm1")]}, ["svm1"]) == []
    assert list_failures({"results": [outcome("svm1")]}, ["svm1"]) == []


def test_skipped_task_and_missing_results_have_no_failures() -> None:
    assert list_failures({"skipped": True, "changed": False}, ["svm1"]) == []
    assert list_failures({"failed": False, "azure_key_vaults": []}, ["svm1"]) == []


def test_failure_has_code_and_text_with_hint() -> None:
    result = failed(
        outcome("svm1"), outcome("svm2", error("65537547", "The keys are elsewhere.", hint="Move them.", status=400))
    )
    assert list_failures(result, ["svm1", "svm2"]) == [
        {
            "svm": "svm2",
            "code": "65537547",
            "denied": False,
            "text": "svm2: The keys are elsewhere (ONTAP error 65537547). Move them.",
        }
    ]


def test_error_without_code_and_hint_has_text() -> None:
    assert list_failures(failed(outcome("svm1", error(message="no response in time"))), ["svm1"]) == [
        {"svm": "svm1", "code": None, "denied": False, "text": "svm1: no response in time."}
    ]


def test_excluded_codes_are_no_failures() -> None:
    result = failed(outcome("svm1", error(NO_KEY)), outcome("svm2", error("4")), outcome("svm3"))
    assert names(result, "svm1", "svm2", "svm3", but=[NO_KEY]) == ["svm2"]
    assert names(failed(outcome("svm1", error(NO_KEY))), "svm1", but=[NO_KEY]) == []


@pytest.mark.parametrize("results", [None, []])
def test_all_svms_fail_if_task_has_no_results(results: list[Any] | None) -> None:
    """All SVMs failed, whether the list is missing or empty."""
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


def test_task_without_known_targets_has_one_failure() -> None:
    """There is one failure for the task; if the task reports targets, one for each, such as the cluster."""
    assert list_failures({"failed": True, "msg": "no connection"}) == [
        {"svm": None, "code": None, "denied": False, "text": "no connection"}
    ]
    result = failed(outcome("svm1"), {**outcome("", error("4")), "svm": None})
    assert [(entry["svm"], entry["text"]) for entry in list_failures(result)] == [
        (None, "cluster: refused (ONTAP error 4).")
    ]
    assert list_failures({"failed": False, "results": []}) == []


def test_svm_missing_from_results_counts_as_failed() -> None:
    """Its outcome is unknown."""
    assert names(failed(outcome("svm1", error("4"))), "svm1", "svm2") == ["svm1", "svm2"]
    # A code that does not count as failure says nothing about other SVMs.
    assert names(failed(outcome("svm1", error(NO_KEY))), "svm1", "svm2", but=[NO_KEY]) == ["svm2"]


@pytest.mark.parametrize(
    "refusal", [{"status": 401}, {"status": 403}, {"status": 400, "code": "6"}], ids=["401", "403", "code 6"]
)
def test_svms_not_started_after_refused_login_count_as_failed(refusal: dict[str, Any]) -> None:
    """A module reports them without an error and as not changed, but they were not started."""
    idle = outcome(
        "svm2", action="none", changed=False, message="not started, because the cluster denied access for svm1"
    )
    found = list_failures(failed(outcome("svm1", {**error("6"), **refusal}), idle), ["svm1", "svm2"])
    assert [(entry["svm"], entry["denied"]) for entry in found] == [("svm1", True), ("svm2", True)]
    assert found[1]["text"] == "svm2: not started, because the cluster denied access for svm1"


def test_uncertain_svm_after_refused_login_counts_as_failed() -> None:
    """It is reported as changed to be safe, but it was not completed."""
    doubtful = outcome("svm2", changed=True, message="not started, because the cluster denied access for svm1")
    assert names(failed(outcome("svm1", error("6", status=401)), doubtful), "svm1", "svm2") == ["svm1", "svm2"]


def test_unchanged_svm_beside_refused_login_is_no_failure() -> None:
    """They needed no change, and have no message."""
    settled = outcome("svm2", action="none", changed=False)
    assert names(failed(outcome("svm1", error("6", status=403)), settled), "svm1", "svm2") == ["svm1"]


def test_unchanged_svm_with_message_is_no_failure() -> None:
    """Its message is not a failure unless a login was refused."""
    settled = outcome("svm2", action="none", changed=False, message="another run was faster")
    assert names(failed(outcome("svm1", error("4", status=404)), settled), "svm1", "svm2") == ["svm1"]


def test_refused_login_without_results_marks_svms_as_denied() -> None:
    result = {"failed": True, "msg": "the cluster refused the login", "error": error("6", status=401)}
    assert [entry["denied"] for entry in list_failures(result, ["svm1", "svm2"])] == [True, True]


@pytest.mark.parametrize("wrong", ["text", ["list"], None, 1])
def test_refuses_input_that_is_not_result(wrong: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"ontap\.akv\.failures: the input is not a registered result"):
        list_failures(wrong, ["svm1"])
