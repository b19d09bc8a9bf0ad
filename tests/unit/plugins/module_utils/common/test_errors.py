# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.ontap.akv.plugins.module_utils.common import error_codes
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    ConnectionFailedError,
    MissingLibraryError,
    OptionError,
    Request,
)

PAGES: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parents[3] / "data" / "ontap_error_codes.yml").read_text(encoding="utf-8")
)
KINDS = ("codes", "passing", "unexplained")


def list_documented_codes(*kinds: str) -> set[tuple[str | None, str]]:
    """Return the operations and codes that the pages list."""
    return {(page["operation"], str(code)) for page in PAGES for kind in kinds for code in page.get(kind, ())}


@pytest.mark.parametrize(("operation", "code"), sorted(list_documented_codes(*KINDS), key=str))
def test_every_documented_code_has_cause_and_hint(operation: str | None, code: str) -> None:
    entry = error_codes.CATALOGUE[code]
    assert operation in entry.operations or (operation is None and len(entry.operations) < 1)
    assert entry.cause.endswith(".")
    assert entry.hint.endswith(".")
    assert error_codes.find_hint(code) == entry.hint


def test_catalogue_contains_only_documented_codes_and_operations() -> None:
    claimed = {
        (operation, code) for code, entry in error_codes.CATALOGUE.items() for operation in entry.operations or (None,)
    }
    assert claimed == list_documented_codes(*KINDS)


def test_every_page_names_a_known_release() -> None:
    shipped = {"9.8", "9.9.1", *(f"9.{major}.1" for major in range(10, 20))}
    assert {page["release"] for page in PAGES} <= {*shipped, "newest"}
    assert all(page["page"] for page in PAGES)


def test_unexplained_code_counts_as_possible_partial_change() -> None:
    """The configuration is read again, because the meaning of such a code is not documented."""
    assert all(ApiError("No.", code=code).partial for _operation, code in list_documented_codes("unexplained"))


def test_key_store_codes_have_distinct_hints() -> None:
    hints = [entry.hint for entry in error_codes.CATALOGUE.values() if error_codes.KEY_STORE in entry.operations]
    assert len(hints) >= 60
    assert len(set(hints)) == len(hints)


def test_failure_during_switch_counts_as_possible_partial_change() -> None:
    """The record is read again, because the keys of some volumes may have been moved."""
    on_the_way = ("65536212", "65536987", "65537533", "65539444", "65539840", "65539857", "65539858", "65539859")
    assert all(ApiError("No.", code=code).partial for code in on_the_way)
    before = ("65536602", "65539205", "65539206", "65539218", "65539222", "65539513", "65539704", "65539839")
    assert not any(ApiError("No.", code=code).partial for code in before)


def test_catalogue_omits_codes_that_no_request_can_cause() -> None:
    assert not {code for _operation, code in list_documented_codes("not met", "left out")} & set(error_codes.CATALOGUE)


def test_code_with_unknown_outcome_is_not_treated_as_documented() -> None:
    """A call inside the cluster that timed out or failed unexpectedly may have taken effect."""
    for _operation, code in list_documented_codes("left out"):
        assert not ApiError("RPC timed out.", code=code, status=500).documented


def test_code_of_request_that_started_nothing_is_retryable() -> None:
    passing = {code for code, entry in error_codes.CATALOGUE.items() if entry.passes}
    documented = {code for _operation, code in list_documented_codes("passing")}
    assert passing == {"7", "8", "262160", "2621573", "65539434", "65539436"} == documented
    for status in (400, 409, 429, 503):
        error = ApiError("busy", code="8", status=status)
        assert (error.busy, error.documented, error.final) == (True, True, False)
    assert ApiError("Invalid client secret.", code="65537540", status=500).final


def test_status_code_has_hint_but_does_not_say_what_a_request_did() -> None:
    """The configuration is read again after it, as after an undocumented code."""
    error = ApiError("AKV service is not reachable from all nodes.", code="346758", status=500)
    assert error.hint is not None
    assert "ontap.akv.akv_azure_info" in error.hint
    assert (error.documented, error.busy, error.final) == (False, False, False)
    assert ApiError("Not reachable.", code="346758", status=409).conflict
    assert not set(error_codes.STATUS_CODES) & set(error_codes.CATALOGUE)


@pytest.mark.parametrize("code", [None, "", "99"])
def test_unknown_code_has_no_hint(code: str | None) -> None:
    assert error_codes.find_hint(code) is None


def test_api_error_is_returned_with_all_fields() -> None:
    error = ApiError(
        "No such key vault.", code="65537120", target="uuid", status=404, request=Request("PATCH", "/api/x")
    )
    assert error.as_dict() == {
        "code": "65537120",
        "message": "No such key vault.",
        "target": "uuid",
        "status": 404,
        "method": "PATCH",
        "path": "/api/x",
        "hint": error_codes.CATALOGUE["65537120"].hint,
    }
    assert error.as_text().startswith("No such key vault (ONTAP error 65537120). ")
    assert error.as_text().endswith(error_codes.CATALOGUE["65537120"].hint)


def test_error_without_response_is_returned_with_nulls() -> None:
    error = OptionError("svm", "it is empty")
    assert error.as_dict() == {
        "code": None,
        "message": "svm: it is empty",
        "target": "svm",
        "status": None,
        "method": None,
        "path": None,
        "hint": None,
    }
    assert error.as_text() == "svm: it is empty."


def test_explicit_hint_overrides_catalogue_hint() -> None:
    assert AkvError("no", code="4", hint="Look here.").hint == "Look here."


@pytest.mark.parametrize(
    ("status", "code", "denied", "gone", "conflict"),
    [
        (401, None, True, False, False),
        (403, None, True, False, False),
        (400, "6", True, False, False),
        (400, "6691623", True, False, False),
        (400, "8586226", False, True, False),
        (400, "65537120", False, True, False),
        (500, "65537511", False, True, False),
        # Another server, such as a proxy, may send a page with this status.
        (404, None, False, False, False),
        (400, "4", False, True, False),
        (400, "2", False, False, False),
        (400, "1", False, False, True),
        (400, "65537500", False, False, True),
        (409, None, False, False, True),
        # Refused for a specific reason.
        (409, "65536867", False, False, False),
        (None, None, False, False, False),
    ],
)
def test_classifies_error_as_denied_gone_or_conflict(
    status: int | None, code: str | None, denied: bool, gone: bool, conflict: bool
) -> None:
    error = ApiError("no", code=code, status=status)
    assert (error.denied, error.gone, error.conflict) == (denied, gone, conflict)


def test_missing_library_error_names_library_and_reason() -> None:
    error = MissingLibraryError("requests", "Traceback ...")
    assert (error.library, error.reason) == ("requests", "Traceback ...")
    assert "requests" in str(error)


def test_connection_error_records_whether_request_was_sent() -> None:
    assert ConnectionFailedError("lost", request=Request("POST", "/api/x"), sent=True).sent
