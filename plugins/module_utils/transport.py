# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to one cluster: session, TLS, authentication, time-outs and the retry policy.

The only module that imports requests, and only when the first request is made.

Which faults are tried again, and how long is waited:

- C(GET), C(PATCH) and C(DELETE) after a connection that could not be made, was lost or timed out, and after the
  HTTP status 429, 500, 502, 503 or 504. They leave the cluster in the same state however often they arrive.
- C(POST) after 429, which says that nothing was done, and after a connection that could not be made, so that nothing
  was sent. Any other lost answer to a C(POST) is left to the caller: the cluster may have done the work.
- Nothing after any other status, and nothing after a failed TLS verification: another try meets the same certificate.
- At most C(max_retries) tries after the first. Between them C(Retry-After) (seconds or an HTTP date) is honoured,
  else the pause doubles from 0.5 s to at most 8 s, with jitter so that many hosts do not come back together.
- A pause that does not fit into the deadline of the request, or a C(Retry-After) over 300 s, ends the tries.
- A request that may be repeated until its deadline (the question after a job) knows no C(max_retries); its pauses are at
  most 2 s.

One try ends C(timeout) seconds after it began, or at the deadline, however slowly its answer comes.
"""

from __future__ import annotations

import email.utils
import json
import random
import ssl
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.errors import (
    AkvError,
    AnswerError,
    ConnectionFailedError,
    MissingLibraryError,
    Request,
    StoppedError,
)
from ansible_collections.ontap.akv.plugins.module_utils.faults import translated
from ansible_collections.ontap.akv.plugins.module_utils.limits import limited, limited_socket
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
_LONGEST_PATIENT_PAUSE = 2.0
_LONGEST_RETRY_AFTER = 300.0
_LONGEST_HOST = 253


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
    """One HTTP answer.

    attempts: how many requests it took. lost: whether an earlier one may have done its work. date: when it was sent, by
    the server's clock, in seconds since 1970. retry_after: the seconds that it asks to wait for.
    """

    status: int
    content: bytes
    content_type: str
    attempts: int
    lost: bool
    request: Request
    date: float | None = None
    retry_after: float | None = None


class Transport:
    """Sends requests to one cluster over kept-alive connections; may be used by several threads."""

    def __init__(self, connection: Connection, *, connections: int = 1, clock: Clock | None = None) -> None:
        self.connection = connection
        self.clock = clock or Clock()
        self._connections = connections
        self._session: requests.Session | None = None
        self._verify: bool | str = connection.validate_certs
        self._stopped = threading.Event()

    def _opened(self) -> requests.Session:
        """Makes the session; raises MissingLibraryError without requests and OptionError for TLS files."""
        try:
            import requests
        except ImportError as exc:
            raise MissingLibraryError("requests", traceback.format_exc()) from exc
        session = requests.Session()
        session.auth = _authentication(self.connection)
        session.headers.update({"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": f"ontap.akv/{VERSION}"})
        if self.connection.https:
            self._verify, context = trust(self.connection)
            session.mount("https://", _adapter(context, self._connections))
        else:
            session.mount("http://", _adapter(None, self._connections))
        self._session = session
        return session

    def stop(self) -> None:
        """Sends nothing more: what would, in any thread, raises StoppedError from now on."""
        self._stopped.set()

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
        patient: bool = False,
    ) -> Answer:
        """Sends a request, again where the policy above says so, and returns the last answer, whatever its status.

        query: may be a function that is called before each try. patient: tries until the deadline.
        """
        attempt = 0
        lost = False
        while True:
            attempt += 1
            try:
                status, headers, content = self._send(request, query() if callable(query) else query, body, deadline)
            except ConnectionFailedError as exc:
                lost = exc.sent = lost or exc.sent
                if (request.method == "POST" and exc.sent) or not self.pause(attempt, deadline=deadline, patient=patient):
                    raise
                continue
            except AkvError as exc:
                exc.lost = lost
                raise
            retry_after = _seconds(headers.get("Retry-After"), self.clock)
            retried = status in _RETRIED_STATUS[request.method]
            if not retried or not self.pause(attempt, retry_after, deadline=deadline, patient=patient):
                content_type, date = headers.get("Content-Type", ""), _moment(headers.get("Date"))
                return Answer(status, content, content_type, attempt, lost, request, date, retry_after)
            lost = lost or status in _LOST_STATUS

    def pause(self, attempt: int, retry_after: float | None = None, *, deadline: Deadline | None = None, patient: bool = False) -> bool:
        """Waits after a try, the first one is number 1; returns whether there is to be another."""
        if attempt > self.connection.max_retries and not patient:
            return False
        # Retry-After may be 0, or a date that has passed: that is no reason to hurry.
        pause = retry_after
        if not pause:
            longest = min(_LONGEST_PATIENT_PAUSE if patient else _LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt - 1, 10))
            pause = self.clock.jitter(longest / 2, longest)
        if (pause > _LONGEST_RETRY_AFTER and not patient) or (deadline is not None and pause >= deadline.left()):
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
        if self._stopped.is_set():
            raise StoppedError("the run was stopped before this request was sent", request=request)
        try:
            with limited(Deadline(limit, self.clock).left):
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
                    return response.status_code, response.headers, _read(response, request)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as exc:
            raise translated(exc, request, self.connection) from exc


def _read(response: requests.Response, request: Request) -> bytes:
    """The body as it came; its size is bounded, so it must not be compressed."""
    encoding = response.headers.get("Content-Encoding", "identity")
    if encoding.strip().lower() not in ("identity", ""):
        raise AnswerError(
            "the answer is compressed, which was not asked for",
            status=response.status_code,
            request=request,
            hint="Check hostname, and what stands between the cluster and the host that runs the module.",
        )
    content = bytearray()
    for chunk in response.raw.stream(_CHUNK, decode_content=False):
        content += chunk
        if len(content) > MAX_ANSWER:
            raise AnswerError(
                f"the answer is larger than {MAX_ANSWER // 1024 // 1024} MiB",
                status=response.status_code,
                request=request,
                hint="Ask for fewer records (max_records, a filter) or fewer fields; or check what answers at this address.",
            )
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and len(content) < int(announced):
        # Newer releases of urllib3 see this themselves.
        raise ConnectionFailedError("the connection was lost in the middle of the answer", request=request, sent=True)
    return bytes(content)


def _authentication(connection: Connection) -> Any:
    from requests.auth import HTTPBasicAuth

    if connection.username is not None and connection.password is not None:
        # As bytes: requests would encode text as Latin-1, ONTAP reads UTF-8 (RFC 7617).
        return HTTPBasicAuth(connection.username.encode(), connection.password.encode())
    # A session without any authentication lets requests look into .netrc; this one adds nothing and prevents that.
    return lambda prepared: prepared


def _adapter(context: ssl.SSLContext | None, connections: int) -> Any:
    """What requests sends through: our TLS context (none for plain http) and sockets that keep the limit, through a proxy too."""
    import urllib3
    from requests.adapters import HTTPAdapter

    pools = _pools()
    trust_of_ours: dict[str, Any] = {} if context is None else {"ssl_context": context}

    class Adapter(HTTPAdapter):
        """Gives what is ours to every pool of connections."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **{**kwargs, **trust_of_ours})
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **{**kwargs, **trust_of_ours})
            if isinstance(manager, urllib3.ProxyManager):
                manager.pool_classes_by_scheme = pools
            return manager

    if context is not None and context.verify_mode == ssl.CERT_NONE:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    return Adapter(pool_maxsize=connections, pool_block=True)


def _pools() -> dict[str, Any]:
    """The pools of urllib3 with connections whose sockets keep the limit."""
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return limited_socket(super()._new_conn())

    class Tls(HTTPSConnection):
        def _new_conn(self) -> Any:
            return limited_socket(super()._new_conn())

    return {
        "http": type("PlainPool", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls}),
    }


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
        host = urlsplit(location).hostname or "the same host"
    except ValueError:
        host = ""
    return host if 0 < len(host) <= _LONGEST_HOST else "an address that cannot be read"


def _seconds(retry_after: str | None, clock: Clock) -> float | None:
    """The seconds that a Retry-After header asks for, None where it says nothing that can be used."""
    if retry_after and retry_after.isascii() and retry_after.strip().isdecimal():
        return float(retry_after)
    moment = _moment(retry_after)
    return None if moment is None else max(0.0, moment - clock.now())


def _moment(date: str | None) -> float | None:
    """An HTTP date in seconds since 1970, None where it is none."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() if date else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
