# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripted wire: a script responds to the requests that the real session passes to its transport adapter."""

from __future__ import annotations

import io
import json as json_library
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock

#: A query or a body that the test does not judge.
ANY: Any = object()


@dataclass(frozen=True)
class Expected:
    """An expected request and its response. content: bytes, or a function of the request. takes: the response time."""

    method: str
    path: str
    query: Any = ANY
    body: Any = ANY
    status: int = 200
    content: bytes | Callable[[Seen], bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    raises: Exception | None = None
    takes: float = 0.0


@dataclass(frozen=True)
class Seen:
    """A request as it would have been sent over the network."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: Any
    timeout: float
    verify: bool | str
    proxies: Mapping[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """The query of the URL."""
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


class Wire:
    """Responds in the order of the script, or in any order if several targets are changed in parallel."""

    def __init__(self, clock: RecordedClock) -> None:
        self.clock = clock
        self.in_order = True
        self.seen: list[Seen] = []
        self.adapters: list[HTTPAdapter] = []
        self.complaints: list[str] = []
        self.before_answer: Callable[[Seen], None] | None = None
        self._script: list[Expected] = []
        self._lock = threading.Lock()

    def on(
        self, method: str, path: str, *, json: Any = None, content_type: str = "application/hal+json", **more: Any
    ) -> None:
        """Add a request to the script, see Expected. json: the body of the response."""
        headers = {"Content-Type": content_type, **more.pop("headers", {})}
        if json is not None:
            more["content"] = json_library.dumps(json).encode()
        self._script.append(Expected(method, path, headers=headers, **more))

    def done(self) -> None:
        """Assert that exactly the expected requests were sent."""
        assert self.complaints == []
        assert [f"{left.method} {left.path}" for left in self._script] == []

    def send(self, adapter: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Return the response of the script to a request."""
        assert request.url is not None
        assert request.method is not None
        seen = Seen(
            request.method,
            request.url,
            dict(request.headers),
            _body(request),
            kwargs["timeout"],
            kwargs["verify"],
            dict(kwargs["proxies"]),
        )
        with self._lock:
            self.seen.append(seen)
            self.adapters.append(adapter)
            expected = self._next(seen)
            self.clock.now += expected.takes
        if self.before_answer is not None:
            self.before_answer(seen)
        if expected.raises is not None:
            raise expected.raises
        content = expected.content(seen) if callable(expected.content) else expected.content
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(content),
            headers=expected.headers,
            status=expected.status,
            preload_content=False,
            decode_content=True,
        )
        response: requests.Response = adapter.build_response(request, raw)
        return response

    def _next(self, seen: Seen) -> Expected:
        """Remove the expectation that matches a request from the script and return it."""
        fitting = [entry for entry in self._script if (entry.method, entry.path) == (seen.method, seen.path)]
        candidates = self._script[:1] if self.in_order else fitting[:1]
        problem = _difference(candidates[0], seen) if candidates else "nothing more was expected"
        if problem:
            self.complaints.append(f"{seen.method} {seen.path}: {problem}")
            raise AssertionError(self.complaints[-1])
        self._script.remove(candidates[0])
        return candidates[0]


def _body(request: requests.PreparedRequest) -> Any:
    """Return the body of a request: JSON, or the fields of a form."""
    if not isinstance(request.body, bytes):
        return request.body
    if request.headers.get("Content-Type") == "application/x-www-form-urlencoded":
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    return json_library.loads(request.body)


def _difference(expected: Expected, seen: Seen) -> str | None:
    if (expected.method, expected.path) != (seen.method, seen.path):
        return f"expected was {expected.method} {expected.path}"
    for what, wanted, found in (("query", expected.query, seen.query), ("body", expected.body, seen.body)):
        if wanted is not ANY and wanted != found:
            return f"expected was the {what} {wanted!r}, not {found!r}"
    return None
