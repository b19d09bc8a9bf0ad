# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an answer goes out: whole, or as a fault wants it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from starlette.types import Send

from . import codes
from .faults import Fault
from .protocol import Connection

_LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Sign in</form></body></html>"
_CHUNK = 65536


@dataclass
class Answer:
    """Status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: Spaces to send inside the JSON body, for answers too large to be built.
    padding: int = 0

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return len(self.body) + self.padding


def instead(fault: Fault) -> Answer:
    """The answer of a fault that comes before the work."""
    arguments = fault.arguments
    if fault.kind == "status":
        return status_answer(arguments)
    if fault.kind == "error":
        return _error_answer(arguments)
    if fault.kind == "redirect":
        location = arguments.get("location", "https://login.example.com/")
        return Answer(arguments.get("status", 302), {"location": location}, b"")
    if fault.kind == "html":
        return Answer(arguments.get("status", 200), {"content-type": "text/html"}, _LOGIN_PAGE)
    if fault.kind == "huge":
        body = b'{"num_records":0,"records":[]}'
        return Answer(200, {"content-type": "application/json"}, body, arguments.get("bytes", 50_000_000) - len(body))
    return Answer(arguments.get("status", 200), {"content-type": "application/json"}, b"{}")


def _error_answer(arguments: dict[str, Any]) -> Answer:
    """An error object of ONTAP, as of a cluster that is busy (8, 503)."""
    code = str(arguments.get("code", "8"))
    headers = {"content-type": "application/json"}
    if arguments.get("retry_after") is not None:
        headers["retry-after"] = str(arguments["retry_after"])
    error = {"error": {"message": arguments.get("message") or codes.text(None, code), "code": code}}
    return Answer(arguments.get("status", 503), headers, json.dumps(error).encode())


def status_answer(arguments: dict[str, Any]) -> Answer:
    """Any status, with Retry-After (seconds or an HTTP date) and a JSON ("json"), HTML ("html") or no ("empty")
    body.
    """
    status = arguments.get("status", 503)
    headers = {"content-type": "application/json"}
    if arguments.get("retry_after") is not None:
        headers["retry-after"] = str(arguments["retry_after"])
    body = arguments.get("body", "json")
    if body == "html":
        return Answer(status, headers | {"content-type": "text/html"}, _LOGIN_PAGE)
    error = {"error": {"message": f"Simulated status {status}.", "code": "0"}}
    return Answer(status, headers, b"" if body == "empty" else json.dumps(error).encode())


def _changed(fault: Fault, answer: Answer, raw_path: str) -> Answer:
    """The answer as the fault spoils it."""
    arguments = fault.arguments
    if fault.kind == "status_after":
        spoiled = status_answer(arguments)
        spoiled.headers["date"] = answer.headers["date"]
        return spoiled
    if fault.kind == "cut_json":
        answer.body = answer.body[: len(answer.body) // 2]
    elif fault.kind == "wrong_shape":
        answer.status = arguments.get("status", answer.status)
        answer.body = json.dumps(arguments["body"]).encode()
    elif fault.kind == "next_loop":
        answer.body = _with_next(answer.body, raw_path)
    elif fault.kind == "next_other_host":
        answer.body = _with_next(answer.body, arguments.get("location", f"https://other.example.com{raw_path}"))
    return answer


def _with_next(body: bytes, href: str) -> bytes:
    content = json.loads(body or b"{}")
    content.setdefault("_links", {})["next"] = {"href": href}
    return json.dumps(content).encode()


async def deliver(fault: Fault | None, answer: Answer, raw_path: str, connection: Connection, send: Send) -> bool:
    """Send the answer. Says whether all of it was sent to a client that was still there."""
    kind = fault.kind if fault is not None else None
    if fault is not None:
        if kind in ("drop_before", "drop_after"):
            connection.drop()
            return False
        answer = _changed(fault, answer, raw_path)
    if kind == "slow_after" and fault is not None:
        await asyncio.sleep(fault.arguments.get("seconds", 1))
    await _start(answer, send)
    if kind == "drop_during":
        await send({"type": "http.response.body", "body": answer.body[: answer.length // 2], "more_body": True})
        connection.drop(flush=True)
        return False
    if kind == "drip" and fault is not None:
        await _drip(fault, answer, connection, send)
    elif answer.padding > 0:
        await _pad(answer, connection, send)
    else:
        await send({"type": "http.response.body", "body": answer.body})
    return not connection.lost


async def _start(answer: Answer, send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items() if name != "content-length"]
    headers.append((b"content-length", str(answer.length).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})


async def _drip(fault: Fault, answer: Answer, connection: Connection, send: Send) -> None:
    size = fault.arguments.get("chunk", 1)
    for at in range(0, len(answer.body), size):
        if connection.lost:
            return
        await send({"type": "http.response.body", "body": answer.body[at : at + size], "more_body": True})
        await asyncio.sleep(fault.arguments.get("seconds", 0.1))
    await send({"type": "http.response.body", "body": b""})


async def _pad(answer: Answer, connection: Connection, send: Send) -> None:
    """The body with spaces before its last byte: valid JSON, if anybody reads that far."""
    await send({"type": "http.response.body", "body": answer.body[:-1], "more_body": True})
    rest = answer.padding
    while rest > 0 and not connection.lost:
        size = min(rest, _CHUNK)
        await send({"type": "http.response.body", "body": b" " * size, "more_body": True})
        rest -= size
    await send({"type": "http.response.body", "body": answer.body[-1:]})
