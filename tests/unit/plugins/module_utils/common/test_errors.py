# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common import error_codes
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    ConnectionFailedError,
    MissingLibraryError,
    OptionError,
    Request,
)

#: "ONTAP Error Response Codes" of the ONTAP 9.11.1 REST API reference, "Manage Azure Key Vaults", by endpoint.
REFERENCE = {
    "create": """3735553 3735664 3735665 3735700 52559972 65537500 65537504 65537505 65537506 65537512 65537514 65537518 65537523
        65537526 65537567 65537573""",
    "update": "65537120 65537504 65537517 65537540 65537541 65537547 65537573 65537577",
    "delete": """65536242 65536243 65536817 65536827 65536834 65536867 65536883 65536884 65536924 65537120 196608080 196608301
        196608305""",
    "rekey-external": "65537120 65537547",
    "rekey-internal": "65537120 65537547 65537559",
    "restore": "65537120 65537515",
}
#: Of the pages of other releases, by endpoint.
OTHERS = {
    "create": "65537553 65537589 65537592 65537593 65537594 65537595 65538902 65538903 65539704",
    "rekey-external": "65537610 65539436 65539437 65539855",
    "rekey-internal": "65537610 65539436 65539437 65539856",
    "restore": "65537511 65537544",
    "migrate": "65536886 65536959 65536968 65537117 65537551 65537552 65537564 65537611 65539434 65539435",
    "key store": """65536602 65537605 65538905 65538907 65538908 65538909 65538910 65539207 65539212 65539218 65539222 65539593
        65539704""",
}
LATER = [(operation, code) for operation, codes in OTHERS.items() for code in codes.split()]
DOCUMENTED = [(operation, code) for operation, codes in REFERENCE.items() for code in codes.split()]


@pytest.mark.parametrize(("operation", "code"), DOCUMENTED + LATER)
def test_every_documented_code_is_explained(operation: str, code: str) -> None:
    entry = error_codes.CATALOGUE[code]
    assert operation in entry.operations
    assert entry.cause.endswith(".")
    assert entry.hint.endswith(".")
    assert error_codes.hint_for(code) == entry.hint


def test_the_catalogue_claims_no_operation_that_no_page_documents() -> None:
    claimed = {(operation, code) for code, entry in error_codes.CATALOGUE.items() for operation in entry.operations}
    assert claimed == set(DOCUMENTED) | set(LATER)


def test_what_may_have_been_done_is_no_answer() -> None:
    """A call inside the cluster that timed out, or failed in a way that nobody expected, leaves open what was done."""
    for code in ("65541", "65552", "65562", "262145"):
        assert not ApiError("RPC timed out.", code=code, status=500).documented


def test_what_began_nothing_may_be_tried_again() -> None:
    passing = {code for code, entry in error_codes.CATALOGUE.items() if entry.passes}
    assert passing == {"7", "8", "262160", "2621573"}
    for status in (400, 409, 429, 503):
        error = ApiError("busy", code="8", status=status)
        assert (error.busy, error.documented, error.final) == (True, True, False)
    assert ApiError("Invalid client secret.", code="65537540", status=500).final


@pytest.mark.parametrize("code", ["1", "2", "3", "4", "6", "7", "8", "262160", "262179", "262196", "262197", "2621573", "6691623", "8586226", "65537549"])
def test_the_codes_of_all_endpoints_have_a_hint(code: str) -> None:
    assert error_codes.CATALOGUE[code].operations == ()
    assert error_codes.hint_for(code)


@pytest.mark.parametrize("code", [None, "", "99"])
def test_an_unknown_code_has_no_hint(code: str | None) -> None:
    assert error_codes.hint_for(code) is None


def test_an_error_of_ontap_as_a_return_value() -> None:
    error = ApiError("No such key vault.", code="65537120", target="uuid", status=404, request=Request("PATCH", "/api/x"))
    assert error.as_dict() == {
        "code": "65537120",
        "message": "No such key vault.",
        "target": "uuid",
        "status": 404,
        "method": "PATCH",
        "path": "/api/x",
        "hint": error_codes.CATALOGUE["65537120"].hint,
    }
    assert error.text().startswith("No such key vault (ONTAP error 65537120). ")
    assert error.text().endswith(error_codes.CATALOGUE["65537120"].hint)


def test_an_error_without_an_answer_has_nulls() -> None:
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
    assert error.text() == "svm: it is empty."


def test_a_hint_of_its_own_wins_over_the_one_of_the_catalogue() -> None:
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
        # A page of something else may come with this status.
        (404, None, False, False, False),
        (400, "4", False, True, False),
        (400, "2", False, False, False),
        (400, "1", False, False, True),
        (400, "65537500", False, False, True),
        (409, None, False, False, True),
        # Refused for a reason of its own.
        (409, "65536867", False, False, False),
        (None, None, False, False, False),
    ],
)
def test_what_an_error_means(status: int | None, code: str | None, denied: bool, gone: bool, conflict: bool) -> None:
    error = ApiError("no", code=code, status=status)
    assert (error.denied, error.gone, error.conflict) == (denied, gone, conflict)


def test_a_missing_library_is_named_with_its_reason() -> None:
    error = MissingLibraryError("requests", "Traceback ...")
    assert (error.library, error.reason) == ("requests", "Traceback ...")
    assert "requests" in str(error)


def test_a_failed_connection_tells_whether_the_request_may_have_arrived() -> None:
    assert ConnectionFailedError("lost", request=Request("POST", "/api/x"), sent=True).sent
