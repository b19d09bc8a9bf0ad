# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Responses that are not ONTAP's, or are incomplete."""

from __future__ import annotations

import gzip
import itertools
import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from http import HTTPStatus
from typing import Any

from ansible_collections.ontap.akv.tests.unit.support.cluster import Honest
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, svm_uuid_of, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.stage import Hostility, http

PAGE = (
    b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action='/login'>Sign in</form></body></html>"
)
OTHER_JOB = "cd5f5d0e-0000-11ec-8d52-999999999999"
_DEPTH = 10000


def whole(
    content: bytes, *headers: str, status: int = 0, kind: str = "application/hal+json", refuses: bool = False
) -> Hostility:
    """Return a response of known length, by default with the status of the true one."""
    return Hostility(lambda honest: [http(status or honest.status, content, *headers, kind=kind)], refuses=refuses)


def body(what: Any, status: int = 0, **more: Any) -> Hostility:
    """Return a JSON response."""
    return whole(json.dumps(what).encode(), status=status, **more)


def html(status: int, content: bytes = PAGE) -> Hostility:
    """Return a page of a proxy. 502 does not show what the cluster did."""
    return whole(content, status=status, kind="text/html", refuses=400 <= status < 500)


def raw(content: bytes) -> Hostility:
    """Return bytes followed by the end of the connection."""
    return Hostility(lambda _honest: [content], ends=True)


def one_after_another(*hostilities: Hostility) -> Hostility:
    """Return a response that sends each of these once, and then always the last one."""
    rest = list(hostilities)

    def pieces(honest: Honest) -> Iterable[bytes]:
        return (rest.pop(0) if len(rest) > 1 else rest[0]).pieces(honest)

    return Hostility(pieces, ends=any(hostility.ends for hostility in hostilities))


def spoiled(change: Callable[[bytes], bytes], *headers: str, status: int = 0) -> Hostility:
    """Return the true response with a damaged body."""
    return Hostility(lambda honest: [http(status or honest.status, change(json.dumps(honest.body).encode()), *headers)])


def _cut(honest: Honest) -> list[bytes]:
    return [http(honest.status, json.dumps(honest.body).encode())[:-1]]


#: Responses to any request that do not show its outcome.
STRANGE = {
    "html_200": html(200),
    "html_201": html(201),
    "html_202": html(202),
    "html_401": html(401),
    "html_403": html(403),
    "html_404": html(404),
    "html_429": html(429),
    "html_500": html(500),
    "html_502": html(502),
    "empty_404": html(404, b""),
    "empty_502": html(502, b""),
    "object_404": body({}, 404, refuses=True),
    "list_404": body([], 404, refuses=True),
    "redirect_302": whole(b"", "Location: https://login.example.com/saml", status=302, refuses=True),
    "redirect_307": whole(b"", "Location: //login.example.com", status=307, refuses=True),
    "redirect_without_target": whole(b"", status=301, refuses=True),
    "not_modified": whole(b"", status=304, refuses=True),
    "list": body([]),
    "list_of_objects": body([{"uuid": uuid_of(1)}]),
    "null": body(None),
    "string": body("records"),
    "number": body(5),
    "true": body(True),
    "nan": whole(b"NaN"),
    "cut_json": spoiled(lambda content: content[: len(content) // 2]),
    "cut_http": Hostility(_cut, ends=True),
    "two_objects": spoiled(lambda content: content + content),
    "not_utf_8": spoiled(lambda content: content.replace(b"}", b', "name": "\xff\xfe\xfa"}')),
    "nan_inside": spoiled(lambda content: content[:-1] + (b", " if len(content) > 2 else b"") + b'"x": NaN}'),
    "infinity_inside": spoiled(
        lambda content: content[:-1] + (b", " if len(content) > 2 else b"") + b'"x": -Infinity}'
    ),
    "5000_digits": spoiled(
        lambda content: content[:-1] + (b", " if len(content) > 2 else b"") + b'"x": ' + b"9" * 5000 + b"}"
    ),
    "lists_10000_deep": whole(b"[" * _DEPTH + b"]" * _DEPTH),
    "objects_10000_deep": whole(b'{"records":' * _DEPTH + b"1" + b"}" * _DEPTH),
    "jobs_10000_deep": whole(b'{"job":' * _DEPTH + b"1" + b"}" * _DEPTH),
    "error": body({"error": {"code": "4", "message": "entry doesn't exist"}}, 200, refuses=True),
    "error_as_text": body({"error": "no"}, 200, refuses=True),
    "error_as_list": body({"error": [1]}, 200, refuses=True),
    "error_empty": body({"error": {}}, 200, refuses=True),
    "error_empty_list": body({"error": []}, 200, refuses=True),
    "error_of_numbers": body({"error": {"code": 7, "message": 5, "target": 6}}, 400, refuses=True),
    "error_900_deep": whole(
        b'{"error": {"message": ' + b"[" * 900 + b"]" * 900 + b', "code": ' + b"[" * 900 + b"]" * 900 + b"}}",
        status=400,
        refuses=True,
    ),
    "error_4000_deep": whole(
        b'{"error": {"message": ' + b"[" * 4000 + b"]" * 4000 + b', "code": {}}}', status=400, refuses=True
    ),
    "error_long": body({"error": {"message": "x" * 100_000, "code": "9" * 100_000}}, 400, refuses=True),
    "http_0.9": raw(b"<html>Sign in</html>"),
    "ssh": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "binary": raw(bytes(range(256)) * 40),
    "no_status": raw(b"HTTP/1.1 \r\n\r\n"),
    "status_abc": raw(b"HTTP/1.1 abc OK\r\n\r\n"),
    "status_101": raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
    "status_999": raw(b"HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n"),
    "nothing": raw(b""),
    "only_a_head": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
    "half_a_head": raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "lengths_that_differ": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
    "length_is_no_number": raw(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n<html>"),
    "chunk_size_is_no_number": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"),
    "chunk_size_below_0": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n"),
    "chunk_size_of_5000_digits": raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 5000 + b"\r\n{}\r\n0\r\n\r\n"
    ),
    "chunks_that_stop": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "header_of_1_mb": raw(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1024 * 1024 + b"\r\nContent-Length: 2\r\n\r\n{}"),
    "5000_headers": raw(b"HTTP/1.1 200 OK\r\n" + b"X-Many: x\r\n" * 5000 + b"Content-Length: 2\r\n\r\n{}"),
    "gzip_that_is_none": whole(b"{}", "Content-Encoding: gzip"),
    "gzip_cut_off": spoiled(lambda content: gzip.compress(content * 9)[:-12], "Content-Encoding: gzip"),
    "content_type_of_60_kb": whole(b"<html>", kind="text/" + "x" * 60_000),
    "location_of_60_kb": whole(b"", "Location: https://" + "x" * 60_000, status=302, refuses=True),
    "retry_after_beyond_any_calendar": whole(
        b"", "Retry-After: Fri, 31 Dec 2027 23:59:59 +99999999999999999999", status=503
    ),
    "retry_after_in_year_1": whole(b"", "Retry-After: Mon, 01 Jan 0001 00:00:00 -0000", status=503),
    "retry_after_of_5000_digits": whole(b"", "Retry-After: " + "9" * 5000, status=503),
    "date_beyond_any_calendar": whole(b"", "Date: Fri, 31 Dec 2027 23:59:59 +99999999999999999999", status=502),
}

_OWNER = {"uuid": svm_uuid_of(1), "name": "svm1"}

#: Responses to the query for configurations: JSON objects with invalid records.
SHAPES = {
    "empty": whole(b""),
    "blank": whole(b"  \r\n"),
    "object": body({}),
    "records_null": body({"records": None}),
    "records_object": body({"records": record()}),
    "records_string": body({"records": "none"}),
    "records_missing": body({"num_records": 0}),
    "records_of_numbers": body({"records": [1, 2]}),
    "records_of_null": body({"records": [None]}),
    "records_of_lists": body({"records": [[]]}),
    "records_told_but_not_there": body({"records": [], "num_records": 1}),
    "records_twice": whole(json.dumps(page(record(1), record(2)))[:-1].encode() + b', "records": []}'),
    "all_twice": whole(json.dumps(page(record(1), record(2)))[:-1].encode() + b', "records": [], "num_records": 0}'),
    "error_beside_records": body({**page(), "error": {"message": "half of the nodes are away", "code": "3"}}),
    "uuid_missing": body(page(record(uuid=None))),
    "uuid_null": body({"records": [{**record(), "uuid": None}]}),
    "uuid_number": body(page(record(uuid=5))),
    "uuid_empty": body(page(record(uuid=""))),
    "uuid_list": body(page(record(uuid=[uuid_of(1)]))),
    "uuid_leads_elsewhere": body(page(record(uuid="../../cluster/jobs/x"))),
    "uuid_with_query": body(page(record(uuid=uuid_of(1) + "?force=true"))),
    "uuid_in_other_digits": body(page(record(uuid=uuid_of(1).replace("0", "\u0660")))),
    "svm_null": body({"records": [{**record(), "svm": None}]}),
    "svm_number": body(page(record(svm=5))),
    "svm_list": body(page(record(svm=[_OWNER]))),
    "svm_empty": body(page(record(svm={}))),
    "svm_of_numbers": body(page(record(svm={"uuid": 5, "name": 6}))),
    "svm_name_number": body(page(record(svm={**_OWNER, "name": 5}))),
    "svm_name_null": body(page(record(svm={**_OWNER, "name": None}))),
    "svm_name_missing": body(page(record(svm={"uuid": svm_uuid_of(1)}))),
    "svm_missing": body(page(record(svm=None))),
    "scope_number": body(page(record(scope=5, svm=None))),
    "scope_unknown": body(page(record(scope="node", svm=None))),
    "record_900_deep": whole(
        b'{"records": [{"uuid": "' + uuid_of(1).encode() + b'", "svm": ' + b'{"a": ' * 900 + b"1" + b"}" * 900 + b"}]}"
    ),
    "next_at_another_host": body(page(next_href=f"https://other.example.com{PATH}?start=1")),
    "next_at_another_host_without_scheme": body(page(next_href=f"//other.example.com{PATH}?start=1")),
    "next_at_another_path": body(page(next_href="/api/cluster/jobs?start=1")),
    "next_at_a_path_with_dots": body(page(next_href=f"{PATH}/../../cluster/jobs?start=1")),
    "next_without_path": body(page(next_href="?start=1")),
    "next_number": body(page(next_href=5)),  # type: ignore[arg-type]
    "next_unreadable": body(page(next_href="https://[")),
    "next_of_half_a_character": body(page(next_href=f"{PATH}?start=\ud800")),
    "next_again_and_again": body(page(next_href=f"{PATH}?start=1")),
    "next_is_a_string": body({**page(), "_links": {"next": f"{PATH}?start=1"}}),
    "links_are_a_list": body({**page(), "_links": [{"next": {"href": f"{PATH}?start=1"}}]}),
}

#: Responses to accepted work with an invalid job.
NO_JOB = {
    f"job_{name}": body(what, HTTPStatus.ACCEPTED)
    for name, what in {
        "missing": {},
        "null": {"job": None},
        "list": {"job": [{"uuid": OTHER_JOB}]},
        "string": {"job": OTHER_JOB},
        "without_uuid": {"job": {}},
        "uuid_null": {"job": {"uuid": None}},
        "uuid_number": {"job": {"uuid": 5}},
        "uuid_empty": {"job": {"uuid": ""}},
        "uuid_leads_elsewhere": {"job": {"uuid": "../../security/accounts"}},
        "uuid_with_query": {"job": {"uuid": f"{OTHER_JOB}?fields=*"}},
        "uuid_of_another_host": {"job": {"uuid": "//other.example.com/x"}},
    }.items()
}

#: Responses to a poll of a job that do not show that it ended.
JOBS_IN_BAD_SHAPE = {
    f"job_{name}": body(what)
    for name, what in {
        "empty": {},
        "state_null": {"state": None},
        "state_number": {"state": 5},
        "state_list": {"state": ["success"]},
        "state_object": {"state": {"success": True}},
        "state_in_capitals": {"state": "SUCCESS"},
        "state_unknown": {"state": "done"},
        "in_records": {"records": [{"uuid": OTHER_JOB, "state": "success"}]},
        "in_itself": {"job": {"uuid": OTHER_JOB, "state": "success"}},
        "of_another_uuid": {"uuid": OTHER_JOB, "state": "success"},
        "message_long": {"state": "running", "message": "x" * 100_000},
        "error_list": {"state": "running", "error": [1]},
    }.items()
}

#: Responses to a creation with the status of a success and without a valid record.
NO_RECORD = {
    f"record_{name}": body(what, HTTPStatus.CREATED)
    for name, what in {
        "null": {"records": [None]},
        "list": {"records": [[]]},
        "string": {"records": "svm2"},
        "uuid_null": {"records": [{"uuid": None}]},
        "uuid_number": {"records": [{"uuid": 5}]},
        "uuid_leads_elsewhere": {"records": [{"uuid": "../x"}]},
        "of_another_svm": page(record(9)),
        "two": page(record(8), record(9)),
    }.items()
}
NO_RECORD["record_blank"] = whole(b" \n", status=201)
NO_RECORD["record_100_deep"] = whole(
    b'{"records": [{"uuid": "' + uuid_of(50).encode() + b'", "svm": ' + b'{"a": ' * 100 + b"1" + b"}" * 101 + b"]}",
    status=201,
)

_LONG = 50_000_000
_PIECE = b" " * 65536


def _with_head(*headers: str) -> bytes:
    return "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", *headers, "", "")).encode()


def _chunk(content: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(content), content)


def _long(_honest: Honest) -> Iterator[bytes]:
    """Yield valid JSON that is too large to be read."""
    yield _with_head(f"Content-Length: {_LONG + 2}") + b"{"
    for start in range(0, _LONG, len(_PIECE)):
        yield _PIECE[: _LONG - start]
    yield b"}"


def _endless(_honest: Honest) -> Iterator[bytes]:
    yield _with_head("Transfer-Encoding: chunked") + _chunk(b"{")
    while True:
        yield _chunk(_PIECE)


def _packed(encoding: str, content: bytes) -> Hostility:
    return Hostility(
        lambda _honest: [_with_head(f"Content-Encoding: {encoding}", f"Content-Length: {len(content)}") + content]
    )


@cache
def _bomb() -> bytes:
    """Return 50 MB of valid JSON, compressed to 50 KB."""
    packer = zlib.compressobj(9, wbits=31)
    return (
        packer.compress(b"{")
        + b"".join(packer.compress(_PIECE) for _number in range(_LONG // len(_PIECE)))
        + packer.compress(b"}")
        + packer.flush()
    )


#: Responses that are larger than any of this API. All but the endless one are valid JSON.
LARGE = {
    "long": Hostility(_long),
    "endless": Hostility(_endless, ends=True),
    "gzip_bomb": _packed("gzip", _bomb()),
    "gzip_bomb_in_gzip": _packed("gzip, gzip", gzip.compress(_bomb())),
    "deflate_bomb": _packed("deflate", zlib.compress(gzip.decompress(_bomb()))),
}

#: Seconds between two pieces of a slow response, and the maximum number of pieces, so that every test ends.
_PAUSE = 0.1
_PIECES = 300


def _slowly(head: bytes, pieces: Iterable[bytes]) -> Hostility:
    def come(_honest: Honest) -> Iterator[bytes]:
        yield head
        for piece in itertools.islice(itertools.cycle(pieces), _PIECES):
            time.sleep(_PAUSE)
            yield piece

    return Hostility(come, ends=True)


#: Responses that begin but do not end in time.
SLOW = {
    "silence": _slowly(b"", [b""]),
    "drip_status": _slowly(b"HTTP/1.1 2", [b"0"]),
    "drip_head": _slowly(b"HTTP/1.1 200 OK\r\nX-Long: ", [b"x"]),
    "drip_headers": _slowly(b"HTTP/1.1 200 OK\r\n", [b"X-Many: x\r\n"]),
    "drip_body": _slowly(_with_head("Content-Length: 1000000"), [b" "]),
    "drip_chunks": _slowly(_with_head("Transfer-Encoding: chunked"), [b"1\r\n \r\n"]),
    "drip_large_chunks": _slowly(_with_head("Transfer-Encoding: chunked"), [_chunk(_PIECE)]),
    "drip_trailers": _slowly(_with_head("Transfer-Encoding: chunked") + b"0\r\n", [b"X-Many: x\r\n"]),
    "drip_until_the_end": _slowly(_with_head(), [b" "]),
    "continue_100": _slowly(b"", [b"HTTP/1.1 100 Continue\r\n\r\n"]),
}
