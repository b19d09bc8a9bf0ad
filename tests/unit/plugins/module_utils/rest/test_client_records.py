# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    ApiError,
    ConnectionFailedError,
    ResponseError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, refusal
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

QUERY = {"fields": "*", "svm.name": "svm1|svm2"}


def read(client: Client, query: dict[str, str] | None = None) -> list[dict[str, Any]]:
    """Return all records of a collection."""
    return list(client.read_records(PATH, QUERY if query is None else query))


def test_reads_one_page(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, query=QUERY, json=page(record(1), record(2)))
    assert read(client) == [record(1), record(2)]


def test_follows_all_pages(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, query=QUERY, json=page(record(1), next_href=f"{PATH}?start.uuid=1&fields=*&max_records=1"))
    wire.on(
        "GET",
        PATH,
        query={"start.uuid": "1", "fields": "*", "max_records": "1"},
        json=page(record(2), next_href=f"{PATH}?start.uuid=2"),
    )
    wire.on("GET", PATH, query={"start.uuid": "2"}, json=page(record(3)))
    assert read(client) == [record(1), record(2), record(3)]


def test_continues_after_page_without_records(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(next_href=f"{PATH}?start=1"))
    wire.on("GET", PATH, json=page(next_href=f"{PATH}?start=2"))
    wire.on("GET", PATH, json=page(record(3)))
    assert read(client) == [record(3)]


def test_sends_query_of_next_link_unchanged(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(next_href=f"{PATH}?start.name=a%26b%3D%7C&svm.name=&max_records=5"))
    wire.on("GET", PATH, query={"start.name": "a&b=|", "svm.name": "", "max_records": "5"}, json=page())
    assert read(client) == []


def test_reads_next_page_only_when_needed(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1), record(2), next_href=f"{PATH}?start=2"))
    assert next(client.read_records(PATH, QUERY)) == record(1)


@pytest.mark.parametrize(
    "href",
    [
        f"https://elsewhere.example.com{PATH}?start=1",
        f"//elsewhere.example.com{PATH}?start=1",
        "/api/security/key-managers?start=1",
        f"{PATH}/../../cluster?start=1",
        "?start=1",
        17,
        ["/api"],
    ],
)
def test_refuses_next_link_to_another_host_or_path(wire: Wire, client: Client, href: Any) -> None:
    wire.on("GET", PATH, json=page(record(1), next_href=href))
    with pytest.raises(ResponseError, match="leads elsewhere"):
        read(client)


@pytest.mark.parametrize("links", [[f"{PATH}?a=1"], [f"{PATH}?a=1", f"{PATH}?a=2"]])
def test_detects_loop_of_pages(wire: Wire, client: Client, links: list[str]) -> None:
    for href in [*links, links[0]]:
        wire.on("GET", PATH, json=page(record(1), next_href=href))
    with pytest.raises(ResponseError, match="already read"):
        read(client)


@pytest.mark.parametrize("links", [None, [], {}, {"next": None}, {"next": {}}, {"self": {"href": PATH}}])
def test_page_without_next_link_is_the_last(wire: Wire, client: Client, links: Any) -> None:
    wire.on("GET", PATH, json={"records": [record(1)], "_links": links})
    assert read(client) == [record(1)]


def test_empty_collection_has_no_records(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json={"records": [], "num_records": 0})
    assert read(client) == []


@pytest.mark.parametrize(("told", "links"), [(2, None), (3, None), (2, {}), (10, {"self": {"href": PATH}})])
def test_refuses_page_with_missing_records(wire: Wire, client: Client, told: int, links: Any) -> None:
    """A missing record must not be mistaken for a configuration that does not exist."""
    wire.on("GET", PATH, json={"records": [record(1)], "num_records": told, "_links": links})
    with pytest.raises(ResponseError, match=f"reports {told} records but contains 1"):
        read(client)


def test_accepts_num_records_that_includes_next_pages(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json={**page(record(1), next_href=f"{PATH}?start=1"), "num_records": 2})
    wire.on("GET", PATH, json=page(record(2)))
    assert read(client) == [record(1), record(2)]


@pytest.mark.parametrize("records", [{}, "none", ["svm1"], [record(1), None]])
def test_refuses_records_that_are_not_a_list_of_objects(wire: Wire, client: Client, records: Any) -> None:
    wire.on("GET", PATH, json={"records": records})
    with pytest.raises(ResponseError, match="list of objects"):
        read(client)


@pytest.mark.parametrize(("timeout", "asked"), [(60, None), (30, None), (29, "14"), (10, "5"), (1, "1")])
def test_requests_page_within_short_timeout(wire: Wire, timeout: int, asked: str | None) -> None:
    connection = Connection(hostname="cluster", port=443, username="u", password="p", timeout=timeout)
    wire.on("GET", PATH, query={"fields": "*"} | ({"return_timeout": asked} if asked else {}), json=page())
    assert read(Client(Transport(connection, clock=wire.clock.clock)), {"fields": "*"}) == []


@pytest.mark.parametrize(
    ("content", "content_type", "told"),
    [
        (b"<html>login</html>", "text/html", "text/html"),
        (b'{"records": [{"uuid":', "application/json", "application/json"),
        (b"[1, 2]", "application/json", "application/json"),
        (b'"text"', "", "no content type"),
        (b"\xff\xfe", "application/octet-stream", "application/octet-stream"),
        (b"[" * 200000, "application/json", "application/json"),
    ],
)
def test_refuses_response_that_is_not_a_json_object(
    wire: Wire, client: Client, content: bytes, content_type: str, told: str
) -> None:
    wire.on("GET", PATH, content=content, content_type=content_type)
    with pytest.raises(ResponseError, match=told) as failed:
        read(client)
    assert failed.value.status == 200
    assert failed.value.hint
    assert "login</html>" not in failed.value.as_text()


def test_api_error_keeps_code_message_and_target(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, status=400, json=refusal("262197", "The value is invalid.", target="svm.name"))
    with pytest.raises(ApiError) as failed:
        read(client)
    told = failed.value.as_dict()
    hint = told.pop("hint")
    assert told == {
        "code": "262197",
        "message": "The value is invalid.",
        "target": "svm.name",
        "status": 400,
        "method": "GET",
        "path": PATH,
    }
    assert hint


def test_error_with_status_200_is_raised(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=refusal("4", "entry doesn't exist"))
    with pytest.raises(ApiError, match="entry doesn't exist"):
        read(client)


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": 4, "message": "gone"}, "4", "gone"),
        ({"code": "4"}, "4", "ONTAP gave no message"),
        ({"message": "m" * 5000}, None, "(a message of 5000 characters, left out)"),
        ({"message": "odd", "target": ["a"]}, None, "odd"),
        ("text", None, "an error without a description"),
    ],
)
def test_reads_errors_of_unusual_shape(wire: Wire, client: Client, error: Any, code: str | None, message: str) -> None:
    wire.on("GET", PATH, status=400, json={"error": error})
    with pytest.raises(ApiError) as failed:
        read(client)
    assert (failed.value.code, failed.value.message, failed.value.target) == (code, message, None)


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "password"),
        (403, "role"),
        (404, "ONTAP cluster"),
        (405, "management services"),
        (418, "management services"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"<html>no</html>", b"{}"])
def test_error_response_without_explanation_has_hint_for_status(
    wire: Wire, client: Client, status: int, hint: str, content: bytes
) -> None:
    wire.on("GET", PATH, status=status, content=content)
    with pytest.raises(ApiError, match=f"HTTP {status} without an explanation") as failed:
        read(client)
    assert failed.value.status == status
    assert failed.value.code is None
    assert hint in str(failed.value.hint)


@pytest.mark.parametrize(("status", "hint"), [(401, "password"), (403, "role")])
def test_undocumented_code_has_hint_for_status(wire: Wire, client: Client, status: int, hint: str) -> None:
    wire.on("GET", PATH, status=status, json={"error": {"code": "99", "message": "no"}})
    with pytest.raises(ApiError, match="no") as failed:
        read(client)
    assert hint in str(failed.value.hint)


def test_error_after_two_tries_reports_their_number(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, status=503, content=b"busy")
    wire.on("GET", PATH, status=400, content=b"busy")
    with pytest.raises(ApiError, match="HTTP 400 to each of 2 tries"):
        read(client)


def test_error_after_several_tries_reports_their_number(wire: Wire, client: Client) -> None:
    for _number in range(4):
        wire.on("GET", PATH, status=503, content=b"busy")
    with pytest.raises(ApiError, match="HTTP 503 to each of 4 tries"):
        read(client)


def test_error_contains_no_request_or_response_data(wire: Wire, client: Client) -> None:
    wire.on(
        "GET", PATH, status=500, content=json.dumps({"secret": "hunter2"}).encode(), headers={"Set-Cookie": "hunter3"}
    )
    for _number in range(3):
        wire.on("GET", PATH, status=500)
    with pytest.raises(ApiError) as failed:
        read(client, {"name": "hunter4"})
    assert "hunter" not in failed.value.as_text() + repr(failed.value.__dict__)


def test_lost_read_is_a_connection_error(wire: Wire, client: Client) -> None:
    for _number in range(4):
        wire.on("GET", PATH, raises=requests.ReadTimeout())
    with pytest.raises(ConnectionFailedError, match="in time"):
        read(client)


@pytest.mark.parametrize("links", [["next"], "next", {"next": {"href": None}}, {"next": "here"}, {"next": {"href": 7}}])
def test_refuses_malformed_next_link(wire: Wire, client: Client, links: Any) -> None:
    """The records on the next pages would be mistaken for missing ones."""
    wire.on("GET", PATH, json={"records": [record(1)], "_links": links})
    with pytest.raises(ResponseError, match="cannot be read"):
        read(client)


def test_limits_number_of_pages_without_records(wire: Wire, client: Client) -> None:
    for number in range(101):
        wire.on("GET", PATH, json=page(next_href=f"{PATH}?start={number}"))
    with pytest.raises(ResponseError, match="do not end"):
        read(client)
