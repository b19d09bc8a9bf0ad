# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to one cluster: timeouts and the retry policy.

Which faults are retried, and how long the pauses are:

- C(GET), C(PATCH) and C(DELETE) are retried if the connection could not be made, was lost or timed out, and after the
  HTTP status 429, 500, 502, 503 or 504. They leave the cluster in the same state however often they arrive.
- C(POST) is retried after 429, which means that nothing was done, and if the connection could not be made, so that
  nothing was sent. Any other lost response to a C(POST) is left to the caller: the cluster may have done the work.
- The caller can inspect responses with C(judge), which knows more than the status: if nothing was started, any request
  may be sent again; if the response is final, none is.
- A C(POST) that changes nothing (C(repeatable)) is retried in the same cases as a C(GET).
- Nothing is retried after any other status or after a failed TLS verification: a retry gets the same certificate.
- There are at most C(max_retries) tries after the first. C(Retry-After) (seconds or an HTTP date) is honoured between
  them. Without it, the pause doubles from 0.5 s to at most 8 s, with jitter so that many hosts do not retry together.
- If a pause does not fit into the deadline of the request, or C(Retry-After) is over 300 s, there are no more tries.
- A request that may be repeated until its deadline (polling a job) ignores C(max_retries); its pauses are at most 2 s.

One try ends C(timeout) seconds after its start, or at the deadline, however slowly its response arrives.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ConnectionFailedError,
    Request,
    StoppedError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Clock, Deadline, Judge, Response

if TYPE_CHECKING:
    from ansible_collections.ontap.akv.plugins.module_utils.rest.session import Session

# Responses that leave open whether the work was done.
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


class Transport:
    """Send requests to one cluster over persistent connections; may be used by several threads."""

    def __init__(self, connection: Connection, *, connections: int = 1, clock: Clock | None = None) -> None:
        self.connection = connection
        self.clock = clock or Clock()
        self._connections = connections
        self._session: Session | None = None
        self._stopped = threading.Event()

    def open(self) -> Session:
        """Make the session without sending a request.

        Raises MissingLibraryError if requests is not installed, and OptionError for TLS files.
        """
        from ansible_collections.ontap.akv.plugins.module_utils.rest.session import Session

        self._session = Session(self.connection, self._connections)
        return self._session

    def stop(self) -> None:
        """Stop sending requests: from now on, an attempt to send one in any thread raises StoppedError."""
        self._stopped.set()

    def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            self._session.close()

    def request(  # noqa: PLR0913 - all but the request by name, and most are absent
        self,
        request: Request,
        *,
        query: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
        body: Mapping[str, Any] | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        deadline: Deadline | None = None,
        patient: bool = False,
        repeatable: bool = False,
        judge: Judge | None = None,
    ) -> Response:
        """Send a request, with retries by the policy above, and return the last response, whatever its status.

        body: sent as JSON; bytes are sent as they are (XML). query: may be a function, called before each try.
        headers: override those that belong to the body. patient: retries until the deadline. repeatable: a C(POST)
        changes nothing on the server. judge: inspects a response that is not a success.
        """
        policy = "GET" if repeatable else request.method
        attempt = 0
        lost = False
        while True:
            attempt += 1
            try:
                status, received, content = self._send(
                    request, query() if callable(query) else query, body, headers, deadline
                )
            except ConnectionFailedError as exc:
                lost = exc.sent = lost or exc.sent
                if (
                    (policy == "POST" and exc.sent)
                    or not exc.passes
                    or not self.pause(attempt, deadline=deadline, patient=patient)
                ):
                    raise
                continue
            except AkvError as exc:
                exc.lost = lost
                raise
            retry_after = _read_seconds(received.get("Retry-After"), self.clock)
            verdict = judge(status, content) if judge is not None else None
            retried = status in _RETRIED_STATUS[policy] if verdict is None else verdict
            if not retried or not self.pause(attempt, retry_after, deadline=deadline, patient=patient):
                told = Response(
                    status,
                    content,
                    received.get("Content-Type", ""),
                    attempt,
                    lost,
                    request,
                    _read_date(received.get("Date")),
                    retry_after,
                )
                return told._replace(
                    challenge=received.get("WWW-Authenticate"),
                    location=received.get("Location"),
                    mask=self.connection.mask,
                )
            lost = lost or (verdict is None and status in _LOST_STATUS)

    def pause(
        self, attempt: int, retry_after: float | None = None, *, deadline: Deadline | None = None, patient: bool = False
    ) -> bool:
        """Wait after a try (the first one is number 1); return whether to try again."""
        if attempt > self.connection.max_retries and not patient:
            return False
        # Retry-After may be 0, or a date in the past; still keep a minimum pause.
        pause = retry_after
        if not pause:
            longest = min(
                _LONGEST_PATIENT_PAUSE if patient else _LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(attempt - 1, 10)
            )
            pause = self.clock.jitter(longest / 2, longest)
        if (pause > _LONGEST_RETRY_AFTER and not patient) or (deadline is not None and pause >= deadline.left):
            return False
        self.clock.sleep(pause)
        return True

    def _send(
        self,
        request: Request,
        query: Mapping[str, str] | None,
        body: Mapping[str, Any] | bytes | None,
        headers: Mapping[str, str] | None,
        deadline: Deadline | None,
    ) -> tuple[int, Mapping[str, str], bytes]:
        session = self._session or self.open()
        limit = float(self.connection.timeout)
        if deadline is not None:
            limit = max(0.1, min(limit, deadline.left))
        if self._stopped.is_set():
            raise StoppedError("the run was stopped before this request was sent", request=request)
        end = Deadline(limit, self.clock)
        return session.send(request, query, body, headers=headers, seconds=limit, left=lambda: end.left)


def _read_seconds(retry_after: str | None, clock: Clock) -> float | None:
    """Return the seconds that a Retry-After header asks for, None if it holds no usable value."""
    if retry_after and retry_after.isascii() and retry_after.strip().isdecimal():
        return float(retry_after)
    moment = _read_date(retry_after)
    return None if moment is None else max(0.0, moment - clock.now())


def _read_date(date: str | None) -> float | None:
    """Return an HTTP date in seconds since 1970, None if it is not a date."""
    # No extra cost: the HTTP library has already imported it by the time there is a date to read.
    import email.utils

    try:
        return email.utils.parsedate_to_datetime(date).timestamp() if date else None
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
