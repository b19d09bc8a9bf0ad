# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an exchange with a server consists of: time limits, responses, requests that change something, their results.

Only data: the files of this package, and those that use a client, share it without importing one another.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Job, Request
from ansible_collections.ontap.akv.plugins.module_utils.common.releases import Version

#: Inspects the status and content of a response: True allows a retry, since nothing was started; False means that the
#: response is final; None leaves the decision to the status.
Judge = Callable[[int, bytes], "bool | None"]


class Clock(NamedTuple):
    """The source of time, in seconds; tests replace it."""

    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    jitter: Callable[[float, float], float] = random.uniform


class Deadline:
    """A moment of the monotonic clock at which all waiting ends."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self._end = self._start + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, not less than 0."""
        return max(0.0, self._end - self._clock.monotonic())

    @property
    def passed(self) -> float:
        """The seconds that have passed since the deadline was set."""
        return self._clock.monotonic() - self._start


class Response(NamedTuple):
    """One HTTP response.

    attempts: the number of requests it took. lost: whether an earlier one may have done its work. date: when it was
    sent, by the server's clock, in seconds since 1970. retry_after: the seconds that the server asks to wait.
    challenge: its WWW-Authenticate header. mask: removes secrets from its text. location: its Location header.
    """

    status: int
    content: bytes
    content_type: str
    attempts: int
    lost: bool
    request: Request
    date: float | None = None
    retry_after: float | None = None
    challenge: str | None = None
    mask: Callable[[str], str] = str
    location: str | None = None


class Write(NamedTuple):
    """One request that changes something. waits: whether the cluster accepts C(return_timeout) for it.

    ends: whether success means that the work has ended, without a job. older: the first release that has this call, and
    what to send to earlier releases.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: tuple[tuple[str, str], ...] = ()
    waits: bool = False
    ends: bool = False
    older: tuple[Version, Write] | None = None

    @property
    def limited(self) -> bool:
        """Whether the deadline applies to the request; not for a creation or deletion, which has no job to wait for."""
        return self.waits or self.ends

    @property
    def request(self) -> Request:
        """The request as errors name it."""
        return Request(self.method, self.path)


@dataclass(frozen=True)
class Reply:
    """The result of a write. record: the only record of the response. recovered: re-reading settled a lost response.

    warnings: what is uncertain. by_another: the expected state already existed, and not because of this run. accepted:
    the cluster accepted the request (202) but named no job, so the caller has to find out how the work ended.
    location: the path of the created record.
    """

    job: Job | None = None
    record: dict[str, Any] | None = None
    recovered: bool = False
    warnings: tuple[str, ...] = ()
    by_another: str | None = None
    accepted: bool = False
    location: str | None = None


#: Called with each job as soon as it is known, so that a stopped run can name it.
Watcher = Callable[[Job], None]


class Reader(Protocol):
    """What reads records of a cluster: the client."""

    def read_records(
        self, path: str, query: Mapping[str, str], deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a collection. Raises AkvError."""

    def read_record(self, path: str, query: Mapping[str, str], deadline: Deadline | None = None) -> dict[str, Any]:
        """Return the one record at a path. Raises AkvError."""
