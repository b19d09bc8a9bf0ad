# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one cluster: session, TLS, authentication, time-outs and the retry policy.

The only module that imports requests, and only when the first request is made.

Which faults are tried again, and how long is waited:

- C(GET), C(PATCH) and C(DELETE) after a connection that could not be made, was lost or timed out, and after the
  HTTP status 429, 500, 502, 503 or 504. They leave the cluster in the same state however often they arrive.
- C(POST) after 429 only, which says that nothing was done. Any other lost answer to a C(POST) is left to the caller:
  the cluster may have done the work.
- Nothing after any other status, and nothing after a failed TLS verification: another try meets the same certificate.
- At most C(max_retries) tries after the first. Between them C(Retry-After) (seconds or an HTTP date) is honoured,
  else the pause doubles from 0.5 s to at most 8 s, with jitter so that many hosts do not come back together.
- A pause that does not fit into the deadline of the request, or a C(Retry-After) over 300 s, ends the tries.
"""

from __future__ import annotations

import email.utils
import json
import random
import ssl
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.errors import (
    AnswerError,
    ConnectionFailedError,
    MissingLibraryError,
    Request,
)
from ansible_collections.ontap.akv.plugins.module_utils.faults import timed_out, translated
from ansible_collections.ontap.akv.plugins.module_utils.options import Connection
from ansible_collections.ontap.akv.plugins.module_utils.tls import trust

if TYPE_CHECKING:
    import requests

VERSION = "0.1.0"
#: Bytes of one answer that are read; 10,000 records of this API are about 10 MB.
MAX_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024
# Answers that do not tell whether the work was done.
_LOST_STATUS = frozenset({500, 502, 503, 504})
_RETRIED_STATUS = {
    "GET": _LOST_STATUS | {429},
    "PATCH": _LOST_STATUS | {429},
    "DELETE": _LOST_STATUS | {429},
    "POST": frozenset({429}),
}
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 8.0
_LONGEST_RETRY_AFTER = 300.0


@dataclass(frozen=True)
class Clock:
    """Where time comes from, in seconds; tests give their own."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    jitter: Callable[[float, float], float] = random.uniform


class Deadline:
    """A moment of the monotonic clock after which nothing is waited for any more."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._end = clock.monotonic() + seconds

    def left(self) -> float:
        """Returns the seconds that are left, not less than 0."""
        return max(0.0, self._end - self._clock.monotonic())


@dataclass(frozen=True)
class Answer:
    """One HTTP answer. attempts: how many requests it took. lost: whether an earlier one may have done its work."""

    status: int
    content: bytes
    content_type: str
    attempts: int
    lost: bool
    request: Request


class Transport:
    """Sends requests to one cluster over kept-alive connections; may be used by several threads."""

    def __init__(self, connection: Connection, *, connections: int = 1, clock: Clock | None = None) -> None:
        self.connection = connection
        self.clock = clock or Clock()
        self._connections = connections
        self._session: requests.Session | None = None
        self._verify: bool | str = connection.validate_certs

    def _opened(self) -> requests.Session:
        """Makes the session; raises MissingLibraryError without requests and OptionError for TLS files."""
        try:
            import requests
        except ImportError as exc:
            raise MissingLibraryError("requests", traceback.format_exc()) from exc
        session = requests.Session()
        session.auth = _authentication(self.connection)
        session.headers.update({"Accept": "application/json", "User-Agent": f"ontap.akv/{VERSION}"})
        if self.connection.https:
            self._verify, context = trust(self.connection)
            session.mount("https://", _tls_adapter(context, self._connections))
        else:
            session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=self._connections, pool_block=True))
        self._session = session
        return session

    def close(self) -> None:
        """Closes every connection."""
        if self._session is not None:
            self._session.close()

    def request(
        self,
        request: Request,
        *,
        query: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        body: Mapping[str, Any] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Sends a request, again where the policy above says so, and returns the last answer, whatever its status.

        query: may be a function that is called before each try.
        """
        attempt = 0
        lost = False
        while True:
            attempt += 1
            try:
                status, headers, content = self._send(request, query() if callable(query) else query, body, deadline)
            except ConnectionFailedError as exc:
                lost = exc.sent = lost or exc.sent
                if request.method == "POST" or not self._pause_before_next(attempt, None, deadline):
                    raise
                continue
            retried = status in _RETRIED_STATUS[request.method]
            if not retried or not self._pause_before_next(attempt, headers.get("Retry-After"), deadline):
                return Answer(status, content, headers.get("Content-Type", ""), attempt, lost, request)
            lost = lost or status in _LOST_STATUS

    def _pause_before_next(self, attempt: int, retry_after: str | None, deadline: Deadline | None) -> bool:
        """Waits before the next try; returns whether there is to be one."""
        if attempt > self.connection.max_retries:
            return False
        pause = _seconds(retry_after, self.clock)
        if pause is None:
            longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (attempt - 1))
            pause = self.clock.jitter(longest / 2, longest)
        if pause > _LONGEST_RETRY_AFTER or (deadline is not None and pause >= deadline.left()):
            return False
        self.clock.sleep(pause)
        return True

    def _send(
        self, request: Request, query: Mapping[str, str] | None, body: Mapping[str, Any] | None, deadline: Deadline | None
    ) -> tuple[int, Mapping[str, str], bytes]:
        session = self._session or self._opened()
        import requests
        import urllib3

        limit = float(self.connection.timeout)
        if deadline is not None:
            limit = max(0.1, min(limit, deadline.left()))
        whole = Deadline(limit, self.clock)
        try:
            response = session.request(
                request.method,
                self.connection.base_url + request.path,
                params=query,
                data=None if body is None else json.dumps(body).encode(),
                headers=None if body is None else {"Content-Type": "application/json"},
                timeout=limit,
                allow_redirects=False,
                stream=True,
                verify=self._verify,
            )
            with response:
                _refuse_redirect(response, request)
                return response.status_code, response.headers, self._read(response, request, whole)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as exc:
            raise translated(exc, request, self.connection) from exc

    def _read(self, response: requests.Response, request: Request, limit: Deadline) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > MAX_ANSWER:
                raise AnswerError(
                    f"the answer is larger than {MAX_ANSWER // 1024 // 1024} MiB",
                    status=response.status_code,
                    request=request,
                    hint="Ask for fewer records (max_records, a filter) or fewer fields; or check what answers at this address.",
                )
            # A chunk that is not full was the last one: what is here already is not thrown away.
            if len(chunk) == _CHUNK and not limit.left():
                raise timed_out(request, self.connection)
        return bytes(content)


def _authentication(connection: Connection) -> Any:
    from requests.auth import HTTPBasicAuth

    if connection.username is not None and connection.password is not None:
        # As bytes: requests would encode text as Latin-1, ONTAP reads UTF-8 (RFC 7617).
        return HTTPBasicAuth(connection.username.encode(), connection.password.encode())
    # A session without any authentication lets requests look into .netrc; this one adds nothing and prevents that.
    return lambda prepared: prepared


def _tls_adapter(context: ssl.SSLContext, connections: int) -> Any:
    from requests.adapters import HTTPAdapter

    class TlsAdapter(HTTPAdapter):
        """Gives our TLS context to every pool, the one through a proxy too."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context, **kwargs)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            return super().proxy_manager_for(proxy, ssl_context=context, **kwargs)

    if context.verify_mode == ssl.CERT_NONE:
        import urllib3

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return TlsAdapter(pool_maxsize=connections, pool_block=True)


def _refuse_redirect(response: requests.Response, request: Request) -> None:
    if 300 <= response.status_code < 400:
        host = _host(response.headers.get("Location", ""))
        raise AnswerError(
            f"the answer is a redirect (HTTP {response.status_code}) to {host}; redirects are not followed",
            status=response.status_code,
            request=request,
            hint="Give the cluster's own management address as hostname; check https and http_port.",
        )


def _host(location: str) -> str:
    try:
        return urlsplit(location).hostname or "the same host"
    except ValueError:
        return "an address that cannot be read"


def _seconds(retry_after: str | None, clock: Clock) -> float | None:
    """The seconds that a Retry-After header asks for, None where it says nothing that can be used."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, moment.timestamp() - clock.now())
