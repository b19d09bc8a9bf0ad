# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the requests of a plan, and settles lost answers by looking at what the cluster has.

A C(PATCH) or C(DELETE) is simply repeated by the transport; where every answer to it was lost, the configuration is read
and may show that it was done. A C(POST) whose answer was lost (no answer, a time-out, half an answer, HTTP 500, 502, 503
or 504 without a code that ONTAP documents, success that is not as documented) may have done its work, so it is never repeated blindly:

- creation: the configuration of the target is read. As wanted: it is taken as created. Another one: an error says so.
  None: the request is sent again, at most C(max_retries) times.
- re-key, restore: the jobs of the cluster are read. One for the same request that began, by the cluster's own clock, not
  before the last answer that came before the request: it is waited for. None: the outcome is unknown. So it is of a migration
  to Azure: its jobs name the key manager of the cluster, and may be those of any SVM.
- A job whose record is gone (ONTAP keeps it for 300 s) is settled by reading the configuration; what cannot be seen there
  has an unknown outcome.

A request that the cluster accepted (202) without the name of a job is not lost: until the deadline the configuration is read and compared
with what was sent (C(sending.py)). A job that failed because the system was busy began nothing, so its request is sent again.

The cluster's clock is the C(Date) header of its answers; it and the start of a job have whole seconds.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    AnswerError,
    ApiError,
    ConnectionFailedError,
    Job,
    JobError,
    JobGoneError,
    OutcomeUnknownError,
    StoppedError,
    TargetError,
    WaitTimeoutError,
)
from ansible_collections.ontap.akv.plugins.module_utils.converge import older_releases
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change, read_for
from ansible_collections.ontap.akv.plugins.module_utils.converge.sending import (
    Sending,
    answered_instead,
    can_be_seen,
    done,
    find,
    nothing_seen,
    wait_until_seen,
    with_created,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Reply, unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import ENDED, SUCCESS

# A request whose answer was lost may still be on its way to becoming a job: how often the jobs are looked at.
_LOOKS = 3


def send(sending: Sending) -> Reply:
    """Sends a request, or what an older release has in its place, and settles its answer where it is lost; the errors are those of Client.write()."""
    try:
        return _settled(sending)
    except ApiError as exc:
        instead = older_releases.fallback_for(sending.client, sending.write, exc)
        if instead is None:
            raise older_releases.with_release_hint(sending.client, exc, sending.write) from exc.__cause__
    return send(replace(sending, write=instead))


def _settled(sending: Sending) -> Reply:
    if sending.creates:
        return _create(sending)
    since = sending.client.cluster_time
    try:
        return _ended_reply(sending, since)
    except JobGoneError as exc:
        return _after_a_job_that_is_gone(sending, exc)
    except OutcomeUnknownError as exc:
        if exc.job is not None or exc.denied:
            raise
        if sending.write.method != "POST":
            return _in_vain(sending, exc)
        if sending.write.ends:
            return _by_looking(sending, exc)
        # Without the cluster's own time no job can be told from an older one, and without the configuration in the path none
        # from that of another SVM.
        if not since or str((sending.change.record or {}).get("uuid")) not in sending.write.path:
            raise
        return _by_its_job(sending, exc, since)


def _ended_reply(sending: Sending, since: float) -> Reply:
    """Sends the request and waits for its end, also if the cluster names no job for it."""
    try:
        reply = _sent(sending)
        return _accepted(sending, reply, since) if reply.accepted else reply
    except JobError as exc:
        if sending.write.method != "DELETE" or not exc.gone:
            raise
        # As if the response itself had said so: there is nothing left to delete.
        return Reply(by_another=exc.message)


def _sent(sending: Sending) -> Reply:
    """Sends the request; again if its job failed because the system was busy, since nothing was begun then."""
    attempt = 0
    while True:
        attempt += 1
        try:
            return sending.once()
        except JobError as exc:
            if exc.taken_on:
                exc.taken_on = not _as_it_was(sending)
            if exc.taken_on or not exc.busy or not sending.client.pause(attempt, deadline=sending.deadline):
                raise


def _as_it_was(sending: Sending) -> bool:
    """Whether the configuration shows that a job that was cut off did nothing; where it cannot be seen, a part may have been done."""
    try:
        if sending.write.method == "POST":
            return _can_show(sending) and not _shown(sending)
        now = find(sending)
    except AkvError:
        return False
    return can_be_seen(sending) and now is not None and nothing_seen(sending, now)


def _accepted(sending: Sending, reply: Reply, since: float) -> Reply:
    """A PATCH or DELETE that the cluster took on without naming a job, as the configuration shows it, else as the jobs do."""
    if not sending.wait:
        return reply
    if can_be_seen(sending):
        return wait_until_seen(sending, partial(_failed_job, sending, since))
    what = f"the cluster accepted the {sending.change.action} and named no job, and what was sent cannot be read back"
    error = unknown(AnswerError(what, request=sending.write.request))
    if not since:
        raise error
    return _by_its_job(sending, error, since, lost_answer=False)


def _failed_job(sending: Sending, since: float) -> None:
    """Raises JobError if the only job of the request that can be found has failed; nobody has to be allowed to read the jobs."""
    try:
        jobs = sending.client.jobs_since(since, sending.write.request, sending.looking() or sending.deadline) if since else []
    except AkvError as exc:
        if exc.status == 401:
            raise unknown(exc) from exc
        return
    if len(jobs) == 1 and jobs[0].state in ENDED - {SUCCESS}:
        sending.client.ended(jobs[0], sending.write.request, sending.deadline, sending.watch)


def _create(sending: Sending) -> Reply:
    """A creation; sent again as long as the cluster has none, and the answer to each try is lost."""
    lost: OutcomeUnknownError | None = None
    attempt = 0
    while True:
        attempt += 1
        try:
            return replace(_with_record(sending), recovered=lost is not None)
        except OutcomeUnknownError as exc:
            if exc.denied or (exc.job is not None and not isinstance(exc, JobGoneError)):
                raise
            lost = exc
        except ApiError as exc:
            if lost is None:
                raise
            return _after_a_refusal(sending, lost, exc)
        except (ConnectionFailedError, StoppedError) as exc:
            if lost is not None:
                raise lost from exc
            raise
        found = _looked_for(sending, lost)
        if found is not None:
            return _taken(sending.change, found, lost)
        if not sending.client.pause(attempt, lost.retry_after, deadline=sending.deadline):
            raise lost


def _after_a_refusal(sending: Sending, lost: OutcomeUnknownError, refusal: ApiError) -> Reply:
    """What a refusal means after a try whose answer was lost: that one may have arrived in the meantime, or somebody else's."""
    found = _looked_for(sending, lost) if refusal.conflict else None
    if found is not None:
        return _taken(sending.change, found, lost)
    # The cluster may be busy with the try whose answer was lost.
    raise lost if refusal.busy else refusal


def _with_record(sending: Sending) -> Reply:
    """A creation's answer; a record that is not the one of the target does not tell that anything was created."""
    reply = _sent(sending)
    if reply.record is None:
        return with_created(sending, reply)
    try:
        selection.uuid_of(reply.record)
        record = resource.public(reply.record)
    except AnswerError as exc:
        raise unknown(exc) from exc
    name, wanted = selection.svm_of(record, "name"), sending.change.target.svm
    if name is not None and name != wanted and wanted != selection.svm_of(record, "uuid"):
        raise unknown(AnswerError("the answer is not ONTAP's: a record of another SVM", request=sending.write.request))
    return replace(reply, record=record)


def _looked_for(sending: Sending, lost: OutcomeUnknownError) -> dict[str, Any] | None:
    """The target's configuration; where it cannot be read the outcome stays unknown."""
    try:
        return find(sending)
    except AkvError as exc:
        raise answered_instead(lost, exc) from exc


def _taken(change: Change, found: dict[str, Any], lost: OutcomeUnknownError) -> Reply:
    # What follows the creation cannot be there yet.
    sent = {"scope", "authentication_method", *(change.writes[0].body or {})}
    wanted = {name: value for name, value in (change.expected or {}).items() if name in resource.DESCRIPTION and name in sent}
    different = sorted(name for name, value in wanted.items() if not resource.same_value(name, value, found.get(name)))
    if different:
        error = TargetError(
            f"the answer to the creation was lost, and the configuration that is there now is another one, different in {', '.join(different)}",
            target=different[0],
            hint="Somebody else seems to have created it at the same time: look with ontap.akv.akv_info, then run the task again.",
        )
        error.recovered = True
        raise error from lost
    secrets = " or ".join(sorted(change.shown)) or "credentials"
    unsure = f"{change.target.label}: the answer to the creation was lost; the configuration that is there is as wanted and is taken as created."
    return Reply(record=found, recovered=True, warnings=(f"{unsure} If another run created it at the same time, whose {secrets} it has cannot be told.",))


def _in_vain(sending: Sending, lost: OutcomeUnknownError) -> Reply:
    """What the configuration shows of a PATCH or DELETE of which no answer told; a secret cannot be seen."""
    found = _looked_for(sending, lost)
    body = sending.write.body or {}
    if sending.write.method == "DELETE":
        done = found is None
    elif found is None or resource.UNSEEN & set(body) or _as_before(sending):
        raise lost
    else:
        done = not resource.differences(body, found)
    if not done:
        # It may still be done: a job that waits in the queue, a request that is late.
        raise lost
    return Reply(recovered=True)


def _as_before(sending: Sending) -> bool:
    """Whether a field looked before the change as it is to look afterwards, such as a key without its version: then it shows nothing."""
    before = sending.change.record or {}
    return any(resource.same_value(name, value, before.get(name)) for name, value in (sending.write.body or {}).items())


def _by_looking(sending: Sending, lost: OutcomeUnknownError) -> Reply:
    """A re-key or restore without a job whose answer was lost, as the configuration shows it; raises the lost error where it does not."""
    if not _can_show(sending) or not _was_shown(sending, lost):
        raise lost
    return Reply(recovered=True)


def _by_its_job(sending: Sending, lost: OutcomeUnknownError, since: float, *, lost_answer: bool = True) -> Reply:
    """What the job of a request tells that no response named; raises the lost error if there is none."""
    try:
        job = _ended(sending, _jobs_since(sending, lost, since))
        if job.state == SUCCESS and _can_show(sending) and not _was_shown(sending, lost):
            # Then it was the job of another run.
            raise lost
        reply = Reply(job=job)
    except JobGoneError as exc:
        reply = _after_a_job_that_is_gone(sending, exc)
    except (JobError, WaitTimeoutError) as exc:
        exc.recovered = lost_answer
        raise
    label, operation = sending.change.target.label, sending.change.action
    named = reply.job.uuid if reply.job else None
    why = f"the answer to the {operation} was lost" if lost_answer else f"the cluster named no job for the {operation}"
    unsure = f"{label}: {why}; job {named}, which began at that time, is taken for its job."
    warning = f"{unsure} That of another run which did the same in the same second could not be told from it."
    return replace(reply, recovered=lost_answer, warnings=(*reply.warnings, warning))


def _jobs_since(sending: Sending, lost: OutcomeUnknownError, since: float) -> list[Job]:
    deadline = sending.looking() or sending.deadline
    for attempt in range(1, _LOOKS + 1):
        try:
            jobs = sending.client.jobs_since(since, sending.write.request, deadline)
        except AkvError as exc:
            raise answered_instead(lost, exc) from exc
        if jobs:
            return jobs
        if attempt == _LOOKS or not sending.client.pause(attempt, deadline=deadline):
            break
    raise lost


def _ended(sending: Sending, jobs: list[Job]) -> Job:
    """The first of some jobs that did not fail, one of which is that of the request; where all did, the error of the last."""
    for job in jobs[:-1]:
        with contextlib.suppress(JobError):
            return _followed(sending, job)
    return _followed(sending, jobs[-1])


def _followed(sending: Sending, job: Job) -> Job:
    sending.watch(job)
    if sending.wait or job.state in ENDED:
        return sending.client.ended(job, sending.write.request, sending.deadline, sending.watch)
    return job


def _after_a_job_that_is_gone(sending: Sending, gone: JobGoneError) -> Reply:
    """What the configuration shows of a job whose record is gone."""
    if sending.write.method != "POST":
        return _change_whose_job_is_gone(sending, gone)
    if gone.job is None or not _can_show(sending):
        raise gone
    if not _was_shown(sending, gone):
        raise _not_shown(sending, gone) from gone
    return Reply(job=gone.job._replace(state=SUCCESS), recovered=True)


def _change_whose_job_is_gone(sending: Sending, gone: JobGoneError) -> Reply:
    """A PATCH or DELETE, as the configuration shows it; what it does not show is sent once more, which changes nothing that was done."""
    reply = _seen(sending, gone)
    if reply is None:
        try:
            reply = sending.once()
        except JobGoneError as exc:
            reply = _seen(sending, exc)
            if reply is None:
                raise (_not_shown(sending, exc) if can_be_seen(sending) else exc) from gone
    # What is gone by now was deleted by the first job.
    return replace(reply, recovered=True, by_another=None)


def _seen(sending: Sending, gone: JobGoneError) -> Reply | None:
    """The end of a PATCH or DELETE if the configuration shows it; the outcome stays unknown if that cannot be read."""
    if not can_be_seen(sending):
        return None
    try:
        reply = done(sending)
    except AkvError as exc:
        raise answered_instead(gone, exc) from exc
    return reply and replace(reply, job=gone.job and gone.job._replace(state=SUCCESS))


def _not_shown(sending: Sending, gone: JobGoneError) -> JobError:
    error = JobError(
        f"the record of job {gone.job.uuid if gone.job else ''} is gone, and the configuration shows that it did not succeed",
        request=sending.write.request,
        job=gone.job,
        hint="Look into the cluster's event log (event log show) for the reason, then run the task again.",
    )
    error.recovered = True
    return error


def _can_show(sending: Sending) -> bool:
    """Whether a configuration can show that a re-key or restore was done: not where it looks the same before and after."""
    before = sending.change.record
    if before is None:
        return False
    if sending.change.action == "restore":
        return not resource.available(before)
    key_id = (sending.write.body or {}).get("key_id")
    return key_id is not None and not resource.same_key(key_id, before.get("key_id"))


def _was_shown(sending: Sending, lost: OutcomeUnknownError) -> bool:
    """Reads whether the configuration shows that a re-key or restore was done; if it cannot be read, the outcome stays unknown."""
    try:
        return _shown(sending)
    except AkvError as exc:
        raise answered_instead(lost, exc) from exc


def _shown(sending: Sending) -> bool:
    change = sending.change
    now = selection.read_again(sending.client, [(change.record or {})["uuid"]], read_for(change), sending.looking())
    record = next(iter(now.values()), {})
    return resource.available(record) if change.action == "restore" else resource.same_key((sending.write.body or {})["key_id"], record.get("key_id"))
