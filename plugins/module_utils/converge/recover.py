# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send the requests of a plan, and determine the outcome of lost responses from what the cluster has.

The transport simply repeats a C(PATCH) or C(DELETE). If every response to it is lost, the configuration is read and
may show that it was done. A C(POST) whose response is lost (no response, a timeout, half a response, HTTP 500, 502,
503 or 504 without a code that ONTAP documents, a success response that is not as documented) may have taken effect, so
it is never repeated blindly:

- Creation: the configuration of the target is read. If it is as expected, it counts as created. If it differs, an error
  reports that. If it does not exist, the request is sent again, at most C(max_retries) times.
- Re-key, restore: the jobs of the cluster are read. If one of the same request started no earlier (by the cluster's
  clock) than the last response before the request, it is waited for. Otherwise the outcome is unknown. The outcome of
  a migration to Azure is always unknown: its jobs name the key manager of the cluster, and may be those of any SVM.
- A job whose record is gone (ONTAP keeps it for 300 s): the configuration is read. If it cannot show the change, the
  outcome is unknown.

A request that the cluster accepted (202) without naming a job is not lost: until the deadline, the configuration is
read and compared with what was sent (C(sending.py)). A job that failed because the system was busy started nothing, so
its request is sent again.

The cluster's clock is the C(Date) header of its responses; both the header and the start of a job have whole seconds.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ApiError,
    ConnectionFailedError,
    Job,
    JobError,
    JobGoneError,
    OutcomeUnknownError,
    ResponseError,
    StoppedError,
    TargetError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge import older_releases
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.module_utils.converge.sending import (
    Sending,
    add_created,
    can_be_seen,
    can_show_work,
    choose_error,
    find,
    find_effect,
    is_unchanged,
    read_whether_work_shows,
    wait_until_seen,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import make_unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reply
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import ENDED, SUCCESS

# The number of times the jobs are read: a request whose response was lost may not have become a job yet.
_LOOKS = 3


def send(sending: Sending) -> Reply:
    """Send a request, or its equivalent in an older release, and determine its outcome if the response is lost.

    Raises the errors of Client.write().
    """
    try:
        return _settle(sending)
    except ApiError as exc:
        instead = older_releases.find_fallback(sending.client, sending.write, exc)
        if instead is None:
            raise older_releases.add_release_hint(sending.client, exc, sending.write) from exc.__cause__
    return send(replace(sending, write=instead))


def _settle(sending: Sending) -> Reply:
    if sending.creates:
        return _create(sending)
    since = sending.client.cluster_time
    try:
        return _send_and_wait(sending, since)
    except JobGoneError as exc:
        return _settle_gone_job(sending, exc)
    except OutcomeUnknownError as exc:
        if exc.job is not None or exc.denied:
            raise
        if sending.write.method != "POST":
            return _settle_lost_change(sending, exc)
        if sending.write.ends:
            return _settle_by_reading(sending, exc)
        # Without the cluster's time, a job cannot be distinguished from an older one; without the configuration in the
        # path, it cannot be distinguished from a job of another SVM.
        if not since or str((sending.change.record or {}).get("uuid")) not in sending.write.path:
            raise
        return _settle_by_job(sending, exc, since)


def _send_and_wait(sending: Sending, since: float) -> Reply:
    """Send the request and wait for its end, even if the cluster names no job for it."""
    try:
        reply = _send_until_begun(sending)
        return _settle_accepted(sending, reply, since) if reply.accepted else reply
    except JobError as exc:
        if sending.write.method != "DELETE" or not exc.gone:
            raise
        # Same as if the response had said it: the configuration no longer exists.
        return Reply(recovered=True) if exc.lost else Reply(by_another=exc.message)


def _send_until_begun(sending: Sending) -> Reply:
    """Send the request; retry if its job failed because the system was busy, since such a job started nothing."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return sending.send_once()
        except JobError as exc:
            if exc.taken_on:
                exc.taken_on = not is_unchanged(sending)
            if exc.taken_on or not exc.busy or not sending.client.pause(attempt, deadline=sending.deadline):
                raise


def _settle_accepted(sending: Sending, reply: Reply, since: float) -> Reply:
    """Return the outcome of a PATCH or DELETE that the cluster accepted without naming a job.

    The configuration shows the outcome; if it cannot, the jobs do.
    """
    if not sending.wait:
        return reply
    if can_be_seen(sending):
        return wait_until_seen(sending, partial(_check_failed_job, sending, since))
    what = f"the cluster accepted the {sending.change.action} and named no job, and what was sent cannot be read back"
    error = make_unknown(ResponseError(what, request=sending.write.request))
    if not since:
        raise error
    return _settle_by_job(sending, error, since, lost_response=False)


def _check_failed_job(sending: Sending, since: float) -> None:
    """Raise JobError if the only job found for the request has failed. The user need not be allowed to read jobs."""
    try:
        jobs = (
            sending.client.find_jobs(since, sending.write.request, sending.start_reading() or sending.deadline)
            if since
            else []
        )
    except AkvError as exc:
        if exc.status == 401:
            raise make_unknown(exc) from exc
        return
    if len(jobs) == 1 and jobs[0].state in ENDED - {SUCCESS}:
        sending.client.wait_for_end(jobs[0], sending.write.request, sending.deadline, sending.watch)


def _create(sending: Sending) -> Reply:
    """Create a configuration; retry as long as it does not exist and the response to each attempt is lost."""
    lost: OutcomeUnknownError | None = None
    attempt = 0
    while True:
        attempt += 1
        try:
            return replace(_create_once(sending), recovered=lost is not None)
        except OutcomeUnknownError as exc:
            if exc.denied or (exc.job is not None and not isinstance(exc, JobGoneError)):
                raise
            lost = exc
        except (ApiError, JobError) as exc:
            if lost is None:
                raise
            return _settle_refusal(sending, lost, exc)
        except (ConnectionFailedError, StoppedError) as exc:
            if lost is not None:
                raise lost from exc
            raise
        found = _look_for(sending, lost)
        if found is not None:
            return _take_as_created(sending.change, found, lost)
        if not sending.client.pause(attempt, lost.retry_after, deadline=sending.deadline):
            raise lost


def _settle_refusal(sending: Sending, lost: OutcomeUnknownError, refusal: AkvError) -> Reply:
    """Determine what a refusal means after an attempt whose response was lost.

    That attempt may have arrived in the meantime, or another run's.
    """
    attempt = 0
    while refusal.conflict:
        attempt += 1
        found = _look_for(sending, lost)
        if found is not None:
            return _take_as_created(sending.change, found, lost)
        # A new configuration may take some time to become visible.
        if attempt == _LOOKS or not sending.client.pause(attempt, deadline=sending.deadline):
            break
    # What came first, or what the cluster is busy with, may be the attempt whose response was lost.
    if refusal.busy:
        raise lost from refusal
    raise make_unknown(refusal) if refusal.conflict or not refusal.documented else refusal


def _create_once(sending: Sending) -> Reply:
    """Return the response to a creation; a record that is not the target's does not prove that anything was created."""
    reply = _send_until_begun(sending)
    if reply.record is None:
        return add_created(sending, reply)
    try:
        selection.get_uuid(reply.record)
        record = resource.clean_record(reply.record)
    except ResponseError as exc:
        raise make_unknown(exc) from exc
    name, wanted = resource.get_svm(record, "name"), sending.change.target.svm
    if name is not None and name != wanted and wanted != resource.get_svm(record, "uuid"):
        raise make_unknown(
            ResponseError("the response is not ONTAP's: a record of another SVM", request=sending.write.request)
        )
    return replace(reply, record=record)


def _look_for(sending: Sending, lost: OutcomeUnknownError) -> dict[str, Any] | None:
    """Return the target's configuration; if it cannot be read, the outcome stays unknown."""
    try:
        return find(sending)
    except AkvError as exc:
        raise choose_error(lost, exc) from exc


def _take_as_created(change: Change, found: dict[str, Any], lost: OutcomeUnknownError) -> Reply:
    # Requests that follow the creation cannot have taken effect yet.
    sent = {"scope", "authentication_method", *(change.writes[0].body or {})}
    wanted = {
        name: value for name, value in (change.expected or {}).items() if name in resource.DESCRIPTION and name in sent
    }
    different = sorted(
        name for name, value in wanted.items() if not resource.is_same_value(name, value, found.get(name))
    )
    if different:
        error = TargetError(
            "the response to the creation was lost, and the existing configuration is a different one; it differs"
            f" in {', '.join(different)}",
            target=different[0],
            hint="Another run or user seems to have created it at the same time. Read it with ontap.akv.akv_info,"
            " then run the task again.",
        )
        error.recovered = True
        raise error from lost
    secrets = " or ".join(sorted(change.shown)) or "credentials"
    unsure = (
        f"{change.target.label}: the response to the creation was lost; the existing configuration is as expected and"
        " counts as created."
    )
    return Reply(
        record=found,
        recovered=True,
        warnings=(f"{unsure} If another run created it at the same time, it may have the {secrets} of that run.",),
    )


def _settle_lost_change(sending: Sending, lost: OutcomeUnknownError) -> Reply:
    """Determine from the configuration the outcome of a PATCH or DELETE whose responses were all lost.

    The configuration does not show secrets.
    """
    found = _look_for(sending, lost)
    body = sending.write.body or {}
    if sending.write.method == "DELETE":
        done = found is None
    elif found is None or resource.UNSEEN & set(body) or _is_as_before(sending):
        raise lost
    else:
        done = not resource.find_differences(body, found)
    if not done:
        # It may still be done: by a queued job, or by a late request.
        raise lost
    return Reply(recovered=True)


def _is_as_before(sending: Sending) -> bool:
    """Return whether a field looks the same before and after the change, such as a key without its version.

    Such a field cannot show whether the change was made.
    """
    before = sending.change.record or {}
    return any(
        resource.is_same_value(name, value, before.get(name)) for name, value in (sending.write.body or {}).items()
    )


def _settle_by_reading(sending: Sending, lost: OutcomeUnknownError) -> Reply:
    """Determine from the configuration the outcome of a re-key or restore without a job whose response was lost.

    Raises the lost error if the configuration does not show it.
    """
    if not can_show_work(sending) or not read_whether_work_shows(sending, lost):
        raise lost
    return Reply(recovered=True)


def _settle_by_job(sending: Sending, lost: OutcomeUnknownError, since: float, *, lost_response: bool = True) -> Reply:
    """Determine the outcome from the request's job, which no response named. Raises the lost error if none is found."""
    try:
        job = _follow_first(sending, _find_jobs(sending, lost, since))
        if job.state == SUCCESS and can_show_work(sending) and not read_whether_work_shows(sending, lost):
            # Then it was the job of another run.
            raise lost
        reply = Reply(job=job)
    except JobGoneError as exc:
        reply = _settle_gone_job(sending, exc)
    except (JobError, WaitTimeoutError) as exc:
        exc.recovered = lost_response
        raise
    label, operation = sending.change.target.label, sending.change.action
    named = reply.job.uuid if reply.job else None
    why = (
        f"the response to the {operation} was lost"
        if lost_response
        else f"the cluster named no job for the {operation}"
    )
    unsure = f"{label}: {why}; job {named}, which began at that time, counts as its job."
    warning = f"{unsure} A job of another run that did the same in the same second cannot be distinguished from it."
    return replace(reply, recovered=lost_response, warnings=(*reply.warnings, warning))


def _find_jobs(sending: Sending, lost: OutcomeUnknownError, since: float) -> list[Job]:
    deadline = sending.start_reading() or sending.deadline
    for attempt in range(1, _LOOKS + 1):
        try:
            jobs = sending.client.find_jobs(since, sending.write.request, deadline)
        except AkvError as exc:
            raise choose_error(lost, exc) from exc
        if jobs:
            return jobs
        if attempt == _LOOKS or not sending.client.pause(attempt, deadline=deadline):
            break
    raise lost


def _follow_first(sending: Sending, jobs: list[Job]) -> Job:
    """Return the first of the matching jobs that did not fail; if all failed, raise the error of the last."""
    for job in jobs[:-1]:
        with contextlib.suppress(JobError):
            return _follow(sending, job)
    return _follow(sending, jobs[-1])


def _follow(sending: Sending, job: Job) -> Job:
    sending.watch(job)
    if sending.wait or job.state in ENDED:
        return sending.client.wait_for_end(job, sending.write.request, sending.deadline, sending.watch)
    return job


def _settle_gone_job(sending: Sending, gone: JobGoneError) -> Reply:
    """Determine from the configuration the outcome of a job whose record is gone."""
    if sending.write.method != "POST":
        return _settle_gone_change(sending, gone)
    if gone.job is None or not can_show_work(sending):
        raise gone
    if not read_whether_work_shows(sending, gone):
        raise _make_not_shown_error(sending, gone) from gone
    return Reply(job=gone.job._replace(state=SUCCESS), recovered=True)


def _settle_gone_change(sending: Sending, gone: JobGoneError) -> Reply:
    """Determine from the configuration the outcome of a PATCH or DELETE whose job is gone.

    If the configuration does not show the change, send the request once more, which does not alter what was done.
    """
    reply = _find_seen(sending, gone)
    if reply is None:
        try:
            reply = sending.send_once()
        except JobGoneError as exc:
            reply = _find_seen(sending, exc)
            if reply is None:
                raise (_make_not_shown_error(sending, exc) if can_be_seen(sending) else exc) from gone
    # A configuration that no longer exists was deleted by the first job.
    return replace(reply, recovered=True, by_another=None)


def _find_seen(sending: Sending, gone: JobGoneError) -> Reply | None:
    """Return the reply of a PATCH or DELETE if the configuration shows its effect.

    If the configuration cannot be read, the outcome stays unknown.
    """
    if not can_be_seen(sending):
        return None
    try:
        reply = find_effect(sending)
    except AkvError as exc:
        raise choose_error(gone, exc) from exc
    return reply and replace(reply, job=gone.job and gone.job._replace(state=SUCCESS))


def _make_not_shown_error(sending: Sending, gone: JobGoneError) -> JobError:
    error = JobError(
        f"the record of job {gone.job.uuid if gone.job else ''} is gone, and the configuration shows that it did not"
        " succeed",
        request=sending.write.request,
        job=gone.job,
        hint="Check the cluster's event log (event log show) for the reason, then run the task again.",
    )
    error.recovered = True
    return error
