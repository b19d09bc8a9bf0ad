# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ONTAP's REST conventions on top of the transport: errors, pages, writes and jobs.

How the client waits for a job: first, the cluster waits, for C(return_timeout) at most. That is half of what is left of
the wait, half of C(timeout) or 15 s, whichever is shortest, so that neither our timeout nor a proxy's ends the request
first. Only then does the client poll the job: after 0.1 s, then at growing intervals, until the deadline, which started
when the request was sent. An interval is at most 2 s, and at most 0.3 s or a tenth of the time that has passed,
whichever is longer. So the client notices the end of a job that much later at most. The states success, failure, error,
cancelled and expired end a job; queued, running, paused and any unknown state do not. Connection faults and responses
that do not come from the cluster do not end the wait; a refused login does.

An ONTAP error object whose code is in the catalogue is ONTAP's response, whatever the HTTP status: ONTAP refused the
request and did not do the work. After an error without such a code, it is unknown what was done, unless the status is a
refusal (400 to 499).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    ConnectionFailedError,
    Job,
    JobError,
    JobGoneError,
    OutcomeUnknownError,
    Request,
    ResponseError,
    StoppedError,
    TlsError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Reply, Response, Watcher, Write
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import (
    CUT_OFF,
    ENDED,
    FAILED,
    JOBS,
    SUCCESS,
    build_query,
    read_job,
    read_named_job,
    select_since,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.responses import decode, is_retried, read_page
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport

_CLUSTER = "/api/cluster"
_LONGEST_RETURN_TIMEOUT = 30.0
_COLLECTION_RETURN_TIMEOUT = 15
_FIRST_POLL = 0.1
_POLL_GROWTH = 1.5
_LONGEST_POLL = 2.0
_SHORT_POLL = 0.3
_SLEPT_OVER = 0.1
#: A page can be empty because its time limit (15 s) has passed, but the number of pages is limited. With 10,000 records
#: a page, the limits below allow 20 million records.
_MOST_EMPTY_PAGES = 100
_MOST_PAGES = 2000
_LOOK_HINT = (
    "The cluster may have done the work. Read the configuration with ontap.akv.akv_info, and /api/cluster/jobs, before"
    " you run the task again."
)


def _ignore_job(_job: Job) -> None:
    """Ignore the job (default watcher)."""


class Client:
    """Read records from one cluster, changes them and waits for its jobs."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._clock = transport.clock
        self._cluster_time = 0.0
        self._release: tuple[releases.Version | None] | None = None
        self._asking = threading.Lock()

    @property
    def cluster_time(self) -> float:
        """Return the latest time by ONTAP's clock (Date header) in seconds since 1970; 0 before the first response."""
        return self._cluster_time

    def start_deadline(self, seconds: float) -> Deadline:
        """Return a deadline that starts now."""
        return Deadline(seconds, self._clock)

    def pause(self, attempt: int, retry_after: float | None = None, *, deadline: Deadline | None = None) -> bool:
        """Wait after a try as the transport does; return whether to try again."""
        return self._transport.pause(attempt, retry_after, deadline=deadline)

    def sleep(self, seconds: float) -> None:
        """Wait before checking again on work in progress."""
        self._clock.sleep(seconds)

    def stop(self) -> None:
        """Stop sending requests."""
        self._transport.stop()

    def read_release(self) -> releases.Version | None:
        """Return the cluster's release, which is requested once; None if the cluster does not report it.

        Raises AkvError for a refused login.
        """
        with self._asking:
            if self._release is None:
                try:
                    response = self._get(Request("GET", _CLUSTER), query={"fields": "version"})
                    self._release = (releases.read_version(self._decode(response)),)
                except AkvError as exc:
                    # Such as for a user without the right to read it. Continue without the release.
                    self._release = (None,)
                    if exc.status == 401:
                        # Continuing would mean another refused login.
                        raise
            return self._release[0]

    def read_records(
        self, path: str, query: Mapping[str, str], deadline: Deadline | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the records of a collection, page after page, before the deadline if there is one.

        A page without records that links to a next page is not the last one. Raises AkvError.
        """
        request = Request("GET", path)
        following: dict[str, str] | None = {**query, **self._build_page_query()}
        seen: set[str] = set()
        empty = 0
        while following is not None:
            body = self._decode(self._get(request, query=following, deadline=deadline))
            page = read_page(body, request)
            yield from page
            empty = 0 if page else empty + 1
            if empty > _MOST_EMPTY_PAGES or len(seen) > _MOST_PAGES:
                raise ResponseError("the pages do not end", status=200, request=request)
            following = _build_next_query(body, request, seen)

    def read_record(self, path: str, query: Mapping[str, str], deadline: Deadline | None = None) -> dict[str, Any]:
        """Return the one record at a path, before the deadline if there is one. Raises AkvError."""
        return self._decode(self._get(Request("GET", path), query=query, deadline=deadline))

    def _get(self, request: Request, **how: Any) -> Response:
        return self._transport.request(request, judge=is_retried, **how)

    def _decode(self, response: Response, *, error_is_data: bool = False) -> dict[str, Any]:
        body = decode(response, error_is_data=error_is_data)
        # Threads may overtake each other here; the earlier of two times is good enough.
        self._cluster_time = max(self._cluster_time, response.date or 0.0)
        return body

    def _build_page_query(self) -> dict[str, str]:
        """Return a query for shorter pages if the timeout of one request is too close to ONTAP's for a page (15 s)."""
        shorter = max(1, self._transport.connection.timeout // 2)
        return {"return_timeout": str(shorter)} if shorter < _COLLECTION_RETURN_TIMEOUT else {}

    def write(self, write: Write, *, deadline: Deadline, wait: bool, watch: Watcher = _ignore_job) -> Reply:
        """Send a change and, if wait is set, wait until its job has ended. watch: called with the job.

        A C(DELETE) of something that does not exist has nothing left to do. Raises OutcomeUnknownError if the response
        was lost, JobError if the job ended without success, JobGoneError if its record no longer exists,
        WaitTimeoutError if it continues, ApiError if ONTAP refused.
        """

        def make_query() -> dict[str, str]:
            # Called before each try: a pause before a retry has used up some of the time that was left.
            waits = {"return_timeout": str(self._choose_return_timeout(deadline) if wait else 0)} if write.waits else {}
            return {**dict(write.query), **waits}

        response = deliver(
            self._transport,
            write.request,
            query=make_query,
            body=write.body,
            deadline=deadline if write.limited else None,
            judge=is_retried,
        )
        try:
            body = self._read_accepted(response)
        except ApiError as exc:
            if write.method == "DELETE" and exc.gone:
                return Reply(recovered=True) if response.lost else Reply(by_another=exc.message)
            raise
        job = read_named_job(body, ended=response.status != 202)
        if job is None and _is_outcome_open(response, body, write):
            raise make_unknown(
                ResponseError("the response does not show what happened", status=response.status, request=write.request)
            )
        if job is not None and (job.state in ENDED - {SUCCESS} or (wait and job.state != SUCCESS)):
            try:
                job = self.wait_for_end(job, write.request, deadline, watch)
            except JobError as exc:
                # An earlier attempt may have done it.
                exc.lost = response.lost
                if exc.lost and not exc.gone:
                    raise make_unknown(exc, exc.job) from exc
                raise
        return Reply(
            job=job,
            record=_read_only_record(body),
            accepted=response.status == 202 and job is None,
            location=response.location,
        )

    def _choose_return_timeout(self, deadline: Deadline) -> int:
        return int(min(deadline.left, self._transport.connection.timeout, _LONGEST_RETURN_TIMEOUT) / 2)

    def find_jobs(self, moment: float, request: Request, deadline: Deadline) -> list[Job]:
        """Return the jobs of a request that started at or after a time by the cluster's clock. Raises AkvError."""
        return select_since(self.read_records(JOBS, build_query(request.path), deadline), request, moment)

    def wait_for_end(self, job: Job, request: Request, deadline: Deadline, watch: Watcher = _ignore_job) -> Job:
        """Return a job once it has ended with success; raises the errors of write()."""
        asked = Request("GET", f"{JOBS}/{job.uuid}")
        pause = _FIRST_POLL
        while True:
            watch(job)
            if job.state == SUCCESS:
                return job
            if job.state in FAILED:
                raise _make_failed_error(job, request)
            if job.state in CUT_OFF:
                raise _make_cut_off_error(job, request)
            if not deadline.left:
                raise _make_job_timeout(job, request)
            self._clock.sleep(min(pause, deadline.left))
            pause = min(_LONGEST_POLL, pause * _POLL_GROWTH, max(_SHORT_POLL, _SLEPT_OVER * deadline.passed))
            job = self._read_job(asked, job, deadline)

    def _read_job(self, asked: Request, job: Job, deadline: Deadline) -> Job:
        """Return the job as the cluster reports it; unchanged if no usable response came from the cluster."""
        try:
            response = self._get(asked, deadline=deadline, patient=True)
            record = self._decode(response, error_is_data=True)
            return read_job(record, job.uuid) if isinstance(record.get("state"), str) else job
        except ApiError as exc:
            if exc.gone:
                raise make_unknown(exc, job, JobGoneError) from exc
            if exc.denied or (exc.final and exc.code is not None):
                raise make_unknown(exc, job) from exc
            if exc.retry_after is not None:
                # The requested pause would end after the deadline.
                raise _make_job_timeout(job, asked) from exc
        except TlsError as exc:
            raise make_unknown(exc, job) from exc
        except (ResponseError, ConnectionFailedError):
            pass
        return job

    def _read_accepted(self, response: Response) -> dict[str, Any]:
        """Return the body of the response to a write; raise what its failure means for the state of the cluster."""
        try:
            return self._decode(response)
        except ApiError as exc:
            # Without a known code, the work may be done after a status of 5xx, or after a success that holds an error.
            refused = 400 <= response.status < 500 or (exc.documented and response.status >= 500)
            # An earlier try may have done the work.
            if not refused or (response.lost and not exc.gone):
                raise make_unknown(exc) from exc
            raise
        except ResponseError as exc:
            raise make_unknown(exc) from exc


def deliver(transport: Transport, request: Request, **how: Any) -> Response:
    """Return the response to a request that changes something. how: arguments of the transport.

    Raises OutcomeUnknownError if the work may have been done although no response arrived.
    """
    try:
        return transport.request(request, **how)
    except ConnectionFailedError as exc:
        if not exc.sent:
            raise
        raise make_unknown(exc) from exc
    except (ResponseError, TlsError, StoppedError) as exc:
        redirected = exc.status is not None and 300 <= exc.status < 400
        if exc.lost or (isinstance(exc, ResponseError) and not redirected):
            raise make_unknown(exc) from exc
        raise


def _make_failed_error(job: Job, request: Request) -> JobError:
    message = job.message or "the cluster gives no reason"
    return JobError(f"job {job.uuid} failed: {message}", code=job.code, request=request, job=job)


def _make_cut_off_error(job: Job, request: Request) -> JobError:
    said = f": {job.message}" if job.message else ""
    message = f"job {job.uuid} ended with state {job.state}{said}; the outcome may be partial"
    error = JobError(
        message,
        code=job.code,
        request=request,
        job=job,
        hint="Read the configuration with ontap.akv.akv_info to see what was done, then run the task again.",
    )
    error.taken_on = True
    return error


def _make_job_timeout(job: Job, request: Request) -> WaitTimeoutError:
    return make_wait_timeout(f"job {job.uuid} did not end within wait_timeout (state {job.state})", request, job)


def make_wait_timeout(what: str, request: Request, job: Job | None = None) -> WaitTimeoutError:
    """Return the error for work that has not ended when the time to wait for it is over."""
    return WaitTimeoutError(
        f"{what}; it continues in the cluster",
        target="wait_timeout",
        request=request,
        hint=f"Check {JOBS}/{job.uuid if job else ''}. Increase wait_timeout if such work takes longer.",
        job=job,
    )


def _is_outcome_open(response: Response, body: Mapping[str, Any], write: Write) -> bool:
    """Whether a response that names no job leaves the outcome of the work open.

    Documented: 200 and 201 for work that has ended; 202 for an update, a deletion or a creation that continues. A
    re-key, restore or migration that continues names its job.
    """
    if "job" in body:
        return True
    if write.ends and response.status in (200, 201):
        # A command that fails is an error response. If the output reports a failure all the same, nothing else does.
        return any(line.lstrip().startswith("Error") for line in str(body.get("cli_output")).splitlines())
    if write.ends or (write.method == "POST" and write.waits):
        return response.status not in (200, 201) or bool(body)
    return write.method == "POST" and response.status not in (201, 202)


def make_unknown(
    exc: AkvError, job: Job | None = None, kind: type[OutcomeUnknownError] = OutcomeUnknownError
) -> OutcomeUnknownError:
    """Return the error for a request that may have been done although it ended with another error."""
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


def _build_next_query(body: Mapping[str, Any], request: Request, seen: set[str]) -> dict[str, str] | None:
    """Return the query of the next page, None on the last page; links to any other place are not followed."""
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
        raise ResponseError(
            "the link to the next page leads elsewhere or cannot be read; it was not followed",
            status=200,
            request=request,
        )
    if href in seen:
        raise ResponseError(
            "the link to the next page leads to a page that was already read", status=200, request=request
        )
    seen.add(str(href))
    return dict(parse_qsl(parts.query, keep_blank_values=True))


def _read_only_record(body: Mapping[str, Any]) -> dict[str, Any] | None:
    records = body.get("records")
    first = records[0] if isinstance(records, list) and len(records) == 1 else None
    return first if isinstance(first, dict) else None
