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
import os
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
    OptionError,
    Request,
    TlsError,
)

if TYPE_CHECKING:
    import requests

    from ansible_collections.ontap.akv.plugins.module_utils.options import Connection

VERSION = "0.1.0"
#: Bytes of one answer that are read; 10,000 records of this API are about 10 MB.
MAX_ANSWER = 32 * 1024 * 1024
_CHUNK = 64 * 1024
_RETRIED_STATUS = {
    "GET": frozenset({429, 500, 502, 503, 504}),
    "PATCH": frozenset({429, 500, 502, 503, 504}),
    "DELETE": frozenset({429, 500, 502, 503, 504}),
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
    time: Callable[[], float] = time.time
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
    """One HTTP answer. attempts: how many requests it took."""

    status: int
    content: bytes
    content_type: str
    attempts: int
    request: Request


class Transport:
    """Sends requests to one cluster over kept-alive connections; may be used by several threads."""

    def __init__(self, connection: Connection, *, connections: int = 1, clock: Clock | None = None) -> None:
        self.connection = connection
        self.clock = clock or Clock()
        self._connections = connections
        self._session: requests.Session | None = None
        self._verify: bool | str = connection.validate_certs

    def open(self) -> None:
        """Makes the session; raises MissingLibraryError without requests and OptionError for TLS files."""
        try:
            import requests
        except ImportError as exc:
            raise MissingLibraryError("requests", traceback.format_exc()) from exc
        session = requests.Session()
        session.auth = _authentication(self.connection)
        session.headers.update({"Accept": "application/json", "User-Agent": f"ontap.akv/{VERSION}"})
        if self.connection.https:
            self._verify, context = _trust(self.connection)
            session.mount("https://", _tls_adapter(context, self._connections))
        else:
            session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=self._connections, pool_block=True))
        self._session = session

    def close(self) -> None:
        """Closes every connection."""
        if self._session is not None:
            self._session.close()

    def request(
        self,
        request: Request,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        deadline: Deadline | None = None,
    ) -> Answer:
        """Sends a request, again where the policy above says so, and returns the last answer, whatever its status."""
        attempt = 0
        while True:
            attempt += 1
            try:
                status, headers, content = self._send(request, query, body, deadline)
            except ConnectionFailedError:
                if request.method == "POST" or not self._pause_before_next(attempt, None, deadline):
                    raise
                continue
            retried = status in _RETRIED_STATUS[request.method]
            if not retried or not self._pause_before_next(attempt, headers.get("Retry-After"), deadline):
                return Answer(status, content, headers.get("Content-Type", ""), attempt, request)

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
        import requests

        if self._session is None:
            self.open()
        assert self._session is not None
        limit = float(self.connection.timeout)
        if deadline is not None:
            limit = max(0.1, min(limit, deadline.left()))
        try:
            response = self._session.request(
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
                return response.status_code, response.headers, self._read(response, request, Deadline(limit, self.clock))
        except requests.RequestException as exc:
            raise _translated(exc, request, self.connection) from exc

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
            if not limit.left():
                raise _timed_out(request, self.connection)
        return bytes(content)


def _authentication(connection: Connection) -> Any:
    from requests.auth import HTTPBasicAuth

    if connection.username is not None and connection.password is not None:
        # As bytes: requests would encode text as Latin-1, ONTAP reads UTF-8 (RFC 7617).
        return HTTPBasicAuth(connection.username.encode(), connection.password.encode())
    # A session without any authentication lets requests look into .netrc; this one adds nothing and prevents that.
    return lambda prepared: prepared


def _trust(connection: Connection) -> tuple[bool | str, ssl.SSLContext]:
    """What requests verifies with, and the TLS context with the same trust, TLS 1.2 or later and the client certificate."""
    bundle = connection.ca_path if connection.validate_certs else None
    source = "ca_path"
    if connection.validate_certs and bundle is None:
        source = next((name for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE") if os.environ.get(name)), "ca_path")
        bundle = os.environ.get(source)
    try:
        is_folder = bundle is not None and os.path.isdir(bundle)
        context = ssl.create_default_context(cafile=None if is_folder else bundle, capath=bundle if is_folder else None)
    except OSError as exc:  # ssl.SSLError is one
        raise OptionError(source, f"{bundle} cannot be used as a bundle of certificate authorities: {exc.strerror or exc.reason}") from exc  # type: ignore[attr-defined]
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not connection.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if connection.cert_filepath is not None:
        _load_client_certificate(context, connection)
    return bundle or connection.validate_certs, context


def _load_client_certificate(context: ssl.SSLContext, connection: Connection) -> None:
    assert connection.cert_filepath is not None
    try:
        # An empty password: without one OpenSSL would ask for it on the terminal.
        context.load_cert_chain(connection.cert_filepath, connection.key_filepath, password="")
    except (OSError, ValueError) as exc:
        raise OptionError(
            "cert_filepath",
            f"{connection.cert_filepath} and key_filepath {connection.key_filepath} are not a PEM certificate with its private key",
            hint="Both must be PEM, belong together, and the key must not be encrypted.",
        ) from exc


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
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        moment = email.utils.parsedate_to_datetime(retry_after)
    except (TypeError, ValueError, IndexError):
        return None
    return max(0.0, moment.timestamp() - clock.time())


def _translated(exc: requests.RequestException, request: Request, connection: Connection) -> Exception:
    """Our error for one of requests; its own text is not used: it may hold a query or a proxy's password."""
    import requests

    causes = list(_causes(exc))
    if isinstance(exc, requests.exceptions.SSLError) and not any(map(_connection_ended, causes)):
        return _tls_error(causes, request, connection)
    unsent = isinstance(exc, (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError)) or any(
        type(cause).__name__ in ("NewConnectionError", "NameResolutionError", "ProxyError") for cause in causes
    )
    where = f"{connection.hostname}:{connection.port}"
    if isinstance(exc, requests.exceptions.ProxyError):
        return ConnectionFailedError(
            f"the proxy of the environment did not connect to {where}",
            request=request,
            sent=False,
            hint="Check https_proxy, or add the cluster to no_proxy.",
        )
    if isinstance(exc, requests.exceptions.Timeout) or any(isinstance(cause, TimeoutError) for cause in causes):
        return _timed_out(request, connection, sent=not unsent)
    if unsent:
        return ConnectionFailedError(
            f"no connection to {where}: {_reason(causes)}",
            request=request,
            sent=False,
            hint="Check hostname and http_port, and that the cluster management LIF is up and reachable from the host that runs the module.",
        )
    if isinstance(exc, requests.exceptions.ConnectionError) or isinstance(exc, requests.exceptions.ChunkedEncodingError):
        return ConnectionFailedError(f"the connection to {where} was lost", request=request, sent=True)
    return AnswerError(f"the answer from {where} cannot be read as HTTP", request=request)


def _causes(exc: BaseException | None) -> Any:
    """The exception and what it was raised for; urllib3 keeps the reason in arguments and attributes."""
    seen: set[int] = set()
    queue: list[Any] = [exc]
    while queue:
        cause = queue.pop(0)
        if isinstance(cause, BaseException) and id(cause) not in seen:
            seen.add(id(cause))
            yield cause
            queue += [getattr(cause, "reason", None), cause.__cause__, cause.__context__, *cause.args]


def _connection_ended(cause: BaseException) -> bool:
    return isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError))


def _tls_error(causes: list[BaseException], request: Request, connection: Connection) -> TlsError:
    failed = next((cause for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)), None)
    if failed is not None:
        return TlsError(
            f"the TLS certificate of {connection.hostname} was not accepted: {failed.verify_message}",
            request=request,
            hint="Give ca_path with the certificate authority of the cluster's certificate and use a hostname that the certificate names.",
        )
    reason = next((cause.reason for cause in causes if isinstance(cause, ssl.SSLError) and cause.reason), "handshake failure")
    return TlsError(
        f"no TLS connection to {connection.hostname}: {str(reason).replace('_', ' ').lower()}",
        request=request,
        hint="TLS 1.2 or later is needed; check http_port and https, and the client certificate where one is used.",
    )


def _timed_out(request: Request, connection: Connection, *, sent: bool = True) -> ConnectionFailedError:
    return ConnectionFailedError(
        f"no answer from {connection.hostname}:{connection.port} in time",
        request=request,
        sent=sent,
        hint=f"Raise timeout (now {connection.timeout} s) where the cluster is slow; check that its management LIF answers.",
    )


def _reason(causes: list[BaseException]) -> str:
    for cause in causes:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return "the name is not known" if any("NameResolution" in type(cause).__name__ for cause in causes) else "refused"
