# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's REST conventions on top of the transport: errors, pages, writes and jobs.

How a job is waited for: the cluster waits first, as long as C(return_timeout) says, which is half of what is left of
the wait, half of C(timeout) and at most 15 s, so that neither our time-out nor a proxy's ends the request first. Only then
is the job asked for, after 0.1 s, then at growing intervals, until the deadline that started when the request was sent. An
interval is at most 2 s, and at most 0.3 s or a tenth of the time since then: by no more than that is the end of a job
slept over. The states success, failure, error, cancelled and expired end a job; queued, running and paused, and any state that is
not known, do not. Connection faults, and responses that are not the cluster's, do not end the wait; a refused login does.

An error object of ONTAP whose code is in the catalogue is ONTAP's answer, whatever the HTTP status: the request was refused, and what
it asked for was not done. An error without such a code leaves open what was done if its status is not one of a refusal (400 to 499).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    AnswerError,
    ApiError,
    ConnectionFailedError,
    Job,
    JobError,
    JobGoneError,
    OutcomeUnknownError,
    Request,
    StoppedError,
    TlsError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import CUT_OFF, FAILED, JOBS, SUCCESS, job_of, named_job, query_for, since
from ansible_collections.ontap.akv.plugins.module_utils.rest.responses import decoded, is_retried, records_of
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Answer, Deadline, Transport

_CLUSTER = "/api/cluster"
_LONGEST_RETURN_TIMEOUT = 30.0
_COLLECTION_RETURN_TIMEOUT = 15
_FIRST_POLL = 0.1
_POLL_GROWTH = 1.5
_LONGEST_POLL = 2.0
_SHORT_POLL = 0.3
_SLEPT_OVER = 0.1
#: A page may be empty because its time is over (15 s), but not for ever; with 10,000 records a page that is 20 million.
_MOST_EMPTY_PAGES = 100
_MOST_PAGES = 2000
_LOOK_HINT = "The cluster may have done it: look with ontap.akv.akv_info, and at /api/cluster/jobs, before the task is run again."


class Write(NamedTuple):
    """One request that changes something. waits: whether the cluster accepts C(return_timeout) for it.

    ends: whether success is the end of the work, without a job. older: the first release that has this call, and what is
    sent to one before that.
    """

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: tuple[tuple[str, str], ...] = ()
    waits: bool = False
    ends: bool = False
    older: tuple[releases.Version, Write] | None = None

    @property
    def limited(self) -> bool:
        """Whether it ends with the wait; a creation or deletion has no job that is waited for."""
        return self.waits or self.ends

    @property
    def request(self) -> Request:
        """What errors say of this request."""
        return Request(self.method, self.path)


@dataclass(frozen=True)
class Reply:
    """What a write led to. record: the one that the answer holds. recovered: a lost answer was settled by looking.

    warnings: what cannot be told for certain. by_another: what was to be done was there already, and not by this run.
    accepted: the cluster took the request on (202) and named no job, so that its end has to be looked for. location: the path of what was created.
    """

    job: Job | None = None
    record: dict[str, Any] | None = None
    recovered: bool = False
    warnings: tuple[str, ...] = ()
    by_another: str | None = None
    accepted: bool = False
    location: str | None = None


#: Told of each job as soon as it is known, so that a run that is stopped can name it.
Watcher = Callable[[Job], None]


def _unwatched(_job: Job) -> None:
    """Ignore the job (default watcher)."""


class Client:
    """Reads records from one cluster, changes them and waits for its jobs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._clock = transport.clock
        self._cluster_time = 0.0
        self._release: tuple[releases.Version | None] | None = None
        self._asking = threading.Lock()

    @property
    def cluster_time(self) -> float:
        """The latest time that ONTAP told by its own clock (the Date header), in seconds since 1970; 0 before an answer."""
        return self._cluster_time

    def deadline(self, seconds: float) -> Deadline:
        """Returns a deadline that starts now."""
        return Deadline(seconds, self._clock)

    def pause(self, attempt: int, retry_after: float | None = None, *, deadline: Deadline | None = None) -> bool:
        """Waits after a try as the transport does; returns whether there is to be another."""
        return self._transport.pause(attempt, retry_after, deadline=deadline)

    def sleep(self, seconds: float) -> None:
        """Waits before another look at work that goes on."""
        self._clock.sleep(seconds)

    def stop(self) -> None:
        """Sends nothing more."""
        self._transport.stop()

    def release(self) -> releases.Version | None:
        """Returns the release of the cluster, which is asked for once; None where it does not tell it. Raises AkvError for a refused login."""
        with self._asking:
            if self._release is None:
                try:
                    answer = self._get(Request("GET", _CLUSTER), query={"fields": "version"})
                    self._release = (releases.of(self._decoded(answer)),)
                except AkvError as exc:
                    # As for a user without rights on it. What the release is needed for goes on without it.
                    self._release = (None,)
                    if exc.status == 401:
                        # What follows would be one more refused login.
                        raise
            return self._release[0]

    def records(self, path: str, query: Mapping[str, str], deadline: Deadline | None = None) -> Iterator[dict[str, Any]]:
        """Yields the records of a collection, page after page, before a deadline where there is one.

        A page without records that names a next one is no end. Raises AkvError.
        """
        request = Request("GET", path)
        following: dict[str, str] | None = {**query, **self._patience()}
        seen: set[str] = set()
        empty = 0
        while following is not None:
            body = self._decoded(self._get(request, query=following, deadline=deadline))
            page = records_of(body, request)
            yield from page
            empty = 0 if page else empty + 1
            if empty > _MOST_EMPTY_PAGES or len(seen) > _MOST_PAGES:
                raise AnswerError("the pages do not come to an end", status=200, request=request)
            following = _next_query(body, request, seen)

    def record(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        """Return the one record at a path. Raises AkvError."""
        return self._decoded(self._get(Request("GET", path), query=query))

    def _get(self, request: Request, **how: Any) -> Answer:
        return self._transport.request(request, judge=is_retried, **how)

    def _decoded(self, answer: Answer, *, error_is_data: bool = False) -> dict[str, Any]:
        body = decoded(answer, error_is_data=error_is_data)
        # Threads may overtake each other here; the earlier of two moments is as good.
        self._cluster_time = max(self._cluster_time, answer.date or 0.0)
        return body

    def _patience(self) -> dict[str, str]:
        """Asks for shorter pages where the time-out for one request is not above ONTAP's own for a page (15 s)."""
        shorter = max(1, self._transport.connection.timeout // 2)
        return {"return_timeout": str(shorter)} if shorter < _COLLECTION_RETURN_TIMEOUT else {}

    def write(self, write: Write, *, deadline: Deadline, wait: bool, watch: Watcher = _unwatched) -> Reply:
        """Sends a change and, if told to, waits until its job has ended. watch: is told of the job.

        A C(DELETE) that finds nothing has nothing left to do. Raises OutcomeUnknownError if the answer was lost, JobError if the job
        ended without success, JobGoneError if its record is gone, WaitTimeoutError if it goes on, ApiError if ONTAP refused.
        """

        def query() -> dict[str, str]:
            # Asked for each try: a pause before a repeated one has used up some of what is left.
            waits = {"return_timeout": str(self._return_timeout(deadline) if wait else 0)} if write.waits else {}
            return {**dict(write.query), **waits}

        answer = delivered(self._transport, write.request, query=query, body=write.body, deadline=deadline if write.limited else None, judge=is_retried)
        try:
            body = self._accepted(answer)
        except ApiError as exc:
            if write.method == "DELETE" and exc.gone:
                return Reply(recovered=True) if answer.lost else Reply(by_another=exc.message)
            raise
        job = named_job(body, ended=answer.status != 202)
        if job is None and _leaves_open(answer, body, write):
            raise unknown(AnswerError("the answer does not tell what became of the work", status=answer.status, request=write.request))
        if wait and answer.status == 202 and job is not None:
            job = self.ended(job, write.request, deadline, watch)
        return Reply(job=job, record=_only_record(body), accepted=answer.status == 202 and job is None, location=answer.location)

    def _return_timeout(self, deadline: Deadline) -> int:
        return int(min(deadline.left(), self._transport.connection.timeout, _LONGEST_RETURN_TIMEOUT) / 2)

    def jobs_since(self, moment: float, request: Request, deadline: Deadline) -> list[Job]:
        """Returns the jobs of a request that began at a moment of the cluster's clock or after it. Raises AkvError."""
        return since(self.records(JOBS, query_for(request.path), deadline), request, moment)

    def ended(self, job: Job, request: Request, deadline: Deadline, watch: Watcher = _unwatched) -> Job:
        """Returns a job once it has ended with success; the errors are those of write()."""
        asked = Request("GET", f"{JOBS}/{job.uuid}")
        pause = _FIRST_POLL
        while True:
            watch(job)
            if job.state == SUCCESS:
                return job
            if job.state in FAILED:
                raise _failed(job, request)
            if job.state in CUT_OFF:
                raise _cut_off(job, request)
            if not deadline.left():
                raise goes_on(f"job {job.uuid} has not ended in wait_timeout, its state is {job.state}", request, job)
            self._clock.sleep(min(pause, deadline.left()))
            pause = min(_LONGEST_POLL, pause * _POLL_GROWTH, max(_SHORT_POLL, _SLEPT_OVER * deadline.passed()))
            job = self._asked_for(asked, job, deadline)

    def _asked_for(self, asked: Request, job: Job, deadline: Deadline) -> Job:
        """What the cluster says of a job; as it was known before where no answer of the cluster came."""
        try:
            answer = self._get(asked, deadline=deadline, patient=True)
            record = self._decoded(answer, error_is_data=True)
            return job_of(record, job.uuid) if isinstance(record.get("state"), str) else job
        except ApiError as exc:
            if exc.gone:
                raise unknown(exc, job, JobGoneError) from exc
            if exc.denied or (exc.final and exc.code is not None):
                raise unknown(exc, job) from exc
            if exc.retry_after is not None:
                # The pause that is asked for ends after the deadline.
                raise goes_on(f"job {job.uuid} has not ended in wait_timeout, its state is {job.state}", asked, job) from exc
        except TlsError as exc:
            raise unknown(exc, job) from exc
        except (AnswerError, ConnectionFailedError):
            pass
        return job

    def _accepted(self, answer: Answer) -> dict[str, Any]:
        """The body of the answer to a write, or what its failure means for the cluster's state."""
        try:
            return self._decoded(answer)
        except ApiError as exc:
            # Without a code that is known, what ends with 5xx, or with both success and an error, may be done.
            refused = 400 <= answer.status < 500 or (exc.documented and answer.status >= 500)
            # An earlier try may have done it.
            if not refused or (answer.lost and not exc.gone):
                raise unknown(exc) from exc
            raise
        except AnswerError as exc:
            raise unknown(exc) from exc


def delivered(transport: Transport, request: Request, **how: Any) -> Answer:
    """Returns the answer to a request that changes something; raises OutcomeUnknownError where it may have been done without one. how: as for the transport."""
    try:
        return transport.request(request, **how)
    except ConnectionFailedError as exc:
        if not exc.sent:
            raise
        raise unknown(exc) from exc
    except (AnswerError, TlsError, StoppedError) as exc:
        redirected = exc.status is not None and 300 <= exc.status < 400
        if exc.lost or (isinstance(exc, AnswerError) and not redirected):
            raise unknown(exc) from exc
        raise


def _failed(job: Job, request: Request) -> JobError:
    message = job.message or "the cluster gives no reason"
    return JobError(f"job {job.uuid} failed: {message}", code=job.code, request=request, job=job)


def _cut_off(job: Job, request: Request) -> JobError:
    said = f": {job.message}" if job.message else ""
    message = f"job {job.uuid} ended with state {job.state}{said}; the outcome may be partial"
    error = JobError(message, code=job.code, request=request, job=job, hint="Look with ontap.akv.akv_info what was done, then run the task again.")
    error.taken_on = True
    return error


def goes_on(what: str, request: Request, job: Job | None = None) -> WaitTimeoutError:
    """Returns the error for work that has not ended when the time to wait for it is over."""
    return WaitTimeoutError(
        f"{what}; it goes on in the cluster",
        target="wait_timeout",
        request=request,
        hint=f"Look at {JOBS}/{job.uuid if job else ''}; raise wait_timeout if such work needs longer.",
        job=job,
    )


def _leaves_open(answer: Answer, body: Mapping[str, Any], write: Write) -> bool:
    """Whether a response without the name of a job leaves open what became of the work.

    Documented are: 200 and 201 for work that has ended, 202 for an update, a deletion or a creation that goes on. A re-key, restore or
    migration that goes on names its job.
    """
    if "job" in body:
        return True
    if write.ends and answer.status in (200, 201):
        # A command that fails is an error of its own. If an output tells of one all the same, nothing else does.
        return str(body.get("cli_output")).lstrip().startswith("Error")
    if write.ends or (write.method == "POST" and write.waits):
        return answer.status not in (200, 201) or bool(body)
    return write.method == "POST" and answer.status not in (201, 202)


def unknown(exc: AkvError, job: Job | None = None, kind: type[OutcomeUnknownError] = OutcomeUnknownError) -> OutcomeUnknownError:
    """Returns the error for a request that may have been done although it ended with another error."""
    return kind(
        f"the outcome is unknown: {exc.message}",
        code=exc.code,
        target=exc.target,
        status=exc.status,
        request=exc.request,
        hint=f"{exc.hint} {_LOOK_HINT}" if exc.denied and exc.hint else _LOOK_HINT,
        job=job,
        retry_after=exc.retry_after,
    )


def _next_query(body: Mapping[str, Any], request: Request, seen: set[str]) -> dict[str, str] | None:
    """The query of the next page, None on the last one; a link to anywhere else is not followed."""
    links = body.get("_links") or {}
    link = links.get("next") if isinstance(links, dict) else links
    if not link:
        return None
    href = link.get("href") if isinstance(link, dict) else None
    try:
        parts = urlsplit(href) if isinstance(href, str) else None
    except ValueError:
        parts = None
    if parts is None or parts.scheme or parts.netloc or parts.path != request.path:
        raise AnswerError("the link to the next page leads elsewhere, or cannot be read; it is not followed", status=200, request=request)
    if href in seen:
        raise AnswerError("the link to the next page leads to a page that was read already", status=200, request=request)
    seen.add(str(href))
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _only_record(body: Mapping[str, Any]) -> dict[str, Any] | None:
    records = body.get("records")
    first = records[0] if isinstance(records, list) and len(records) == 1 else None
    return first if isinstance(first, dict) else None
