# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends the requests of a plan, and settles lost answers by looking at what the cluster has.

A C(PATCH) or C(DELETE) is simply repeated by the transport; where every answer to it was lost, the configuration is read
and may show that it was done. A C(POST) whose answer was lost (no answer, a time-out, half an answer, HTTP 500, 502, 503
or 504, success that is not as documented) may have done its work, so it is never repeated blindly:

- creation: the configuration of the target is read. As wanted: it is taken as created. Another one: an error says so.
  None: the request is sent again, at most C(max_retries) times.
- re-key, restore: the jobs of the cluster are read. One for the same request that began, by the cluster's own clock, not
  before the last answer that came before the request: it is waited for. None: the outcome is unknown. So it is of a migration
  to Azure: its jobs name the key manager of the cluster, and may be those of any SVM.
- A job whose record is gone (ONTAP keeps it for 300 s) is settled by reading the configuration; what cannot be seen there
  has an unknown outcome.

The cluster's clock is the C(Date) header of its answers; it and the start of a job have whole seconds.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.error_codes import CATALOGUE
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
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client, Reply, Watcher, Write, unknown
from ansible_collections.ontap.akv.plugins.module_utils.rest.jobs import FAILURE, SUCCESS
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Deadline

#: Seconds for a look after the time for the request is over: the wait may end as much later.
_LAST_LOOK = 0.5
# A request whose answer was lost may still be on its way to becoming a job: how often the jobs are looked at.
_LOOKS = 3


@dataclass(frozen=True)
class Sending:
    """How one request of a plan is sent. watch: is told of its job."""

    client: Client
    change: Change
    write: Write
    deadline: Deadline
    wait: bool
    watch: Watcher

    def once(self) -> Reply:
        """Sends the request; the errors are those of Client.write()."""
        return self.client.write(self.write, deadline=self.deadline, wait=self.wait, watch=self.watch)

    def looking(self) -> Deadline | None:
        """Until when what became of the request is looked for, None without a limit."""
        return self.client.deadline(max(_LAST_LOOK, self.deadline.left())) if self.write.limited else None

    @property
    def creates(self) -> bool:
        """Whether the request creates the configuration."""
        return self.write.method == "POST" and self.write.path == resource.PATH


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
        return sending.once()
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


def _create(sending: Sending) -> Reply:
    """A creation; sent again as long as the cluster has none, and the answer to each try is lost."""
    lost: OutcomeUnknownError | None = None
    explained = True
    attempt = 0
    while True:
        attempt += 1
        try:
            return replace(_with_record(sending), recovered=lost is not None)
        except OutcomeUnknownError as exc:
            if exc.denied:
                raise
            lost = exc
            explained = explained and exc.code in CATALOGUE
        except ApiError as exc:
            # The request whose answer was lost may have arrived in the meantime, or somebody else's.
            found = _looked_for(sending, lost) if lost is not None and exc.conflict else None
            if lost is None or found is None:
                raise
            return _taken(sending.change, found, lost)
        except (ConnectionFailedError, StoppedError) as exc:
            if lost is not None:
                raise lost from exc
            raise
        found = _looked_for(sending, lost)
        if found is not None:
            return _taken(sending.change, found, lost)
        if not sending.client.pause(attempt, lost.retry_after, deadline=sending.deadline):
            raise _explained(lost) if explained else lost


def _with_record(sending: Sending) -> Reply:
    """A creation's answer; a record that is not the one of the target does not tell that anything was created."""
    reply = sending.once()
    if reply.record is None:
        return reply
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
        records = selection.of(sending.client, sending.change.target, ["*"], sending.looking()).records
    except AkvError as exc:
        raise lost from exc
    return records[0] if records else None


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


def _explained(lost: OutcomeUnknownError) -> AkvError:
    """The error where ONTAP itself said to every try why it failed, and nothing is there: what it said, and no doubt."""
    refusal = lost.__cause__
    if not isinstance(refusal, ApiError):
        return lost
    refusal.recovered = True
    return refusal


def _in_vain(sending: Sending, lost: OutcomeUnknownError) -> Reply:
    """What the configuration shows of a PATCH or DELETE of which no answer told; a secret cannot be seen."""
    found = _looked_for(sending, lost)
    body = sending.write.body or {}
    if sending.write.method == "DELETE":
        done = found is None
    elif found is None or resource.WRITE_ONLY & set(body) or _as_before(sending):
        raise lost
    else:
        done = all(resource.same_value(name, value, found.get(name)) for name, value in body.items())
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
    if not _can_show(sending) or not _shown(sending, lost):
        raise lost
    return Reply(recovered=True)


def _by_its_job(sending: Sending, lost: OutcomeUnknownError, since: float) -> Reply:
    """A re-key or restore whose answer was lost, as its job tells; raises the lost error where there is none."""
    try:
        job = _ended(sending, _jobs_since(sending, lost, since))
        if job.state == SUCCESS and _can_show(sending) and not _shown(sending, lost):
            # Then it was the job of another run.
            raise lost
        reply = Reply(job=job)
    except JobGoneError as exc:
        reply = _after_a_job_that_is_gone(sending, exc)
    except (JobError, WaitTimeoutError) as exc:
        exc.recovered = True
        raise
    label, operation = sending.change.target.label, sending.change.action
    named = reply.job.uuid if reply.job else None
    unsure = f"{label}: the answer to the {operation} was lost; job {named}, which began at that time, is taken for its job."
    warning = f"{unsure} That of another run which did the same in the same second could not be told from it."
    return replace(reply, recovered=True, warnings=(*reply.warnings, warning))


def _jobs_since(sending: Sending, lost: OutcomeUnknownError, since: float) -> list[Job]:
    deadline = sending.looking() or sending.deadline
    for attempt in range(1, _LOOKS + 1):
        try:
            jobs = sending.client.jobs_since(since, sending.write.request, deadline)
        except AkvError as exc:
            raise lost from exc
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
    if sending.wait or job.state in (SUCCESS, FAILURE):
        return sending.client.ended(job, sending.write.request, sending.deadline, sending.watch)
    return job


def _after_a_job_that_is_gone(sending: Sending, gone: JobGoneError) -> Reply:
    """What the configuration shows of a job whose record is gone; a PATCH or DELETE can simply be sent again."""
    if sending.write.method != "POST":
        return replace(sending.once(), recovered=True)
    if gone.job is None or not _can_show(sending):
        raise gone
    if not _shown(sending, gone):
        error = JobError(
            f"the record of job {gone.job.uuid} is gone, and the configuration shows that it did not succeed",
            request=sending.write.request,
            job=gone.job,
            hint="Look into the cluster's event log (event log show) for the reason, then run the task again.",
        )
        error.recovered = True
        raise error from gone
    return Reply(job=gone.job._replace(state=SUCCESS), recovered=True)


def _can_show(sending: Sending) -> bool:
    """Whether a configuration can show that a re-key or restore was done: not where it looks the same before and after."""
    before = sending.change.record or {}
    if sending.change.action == "restore":
        return not resource.available(before)
    key_id = (sending.write.body or {}).get("key_id")
    return key_id is not None and not resource.same_key(key_id, before.get("key_id"))


def _shown(sending: Sending, lost: OutcomeUnknownError) -> bool:
    """Reads whether the configuration shows that a re-key or restore was done; where it cannot be read the outcome stays unknown."""
    change = sending.change
    try:
        now = selection.read_again(sending.client, [(change.record or {})["uuid"]], read_for(change), sending.looking())
    except AkvError as exc:
        raise lost from exc
    record = next(iter(now.values()), {})
    return resource.available(record) if change.action == "restore" else resource.same_key((sending.write.body or {})["key_id"], record.get("key_id"))
