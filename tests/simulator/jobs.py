# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs: work that continues in the cluster whether or not anybody waits for it."""

from __future__ import annotations

import asyncio
import heapq
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from . import codes, schema
from .batch import Batch
from .cluster import Cluster, Svm
from .errors import ApiError, in_words_of, of_the_work
from .records import JOBS, SVMS
from .tables import Record, Table

#: The part of a job's time that it spends queued (assumption).
_QUEUED = 0.2
#: "Command execution failed with custom error from the program" (reference, PATCH of a job).
CANCELLED = "459753"
#: The parameter of a GET of the collection that asks for the results of a job.
RESULTS = "job_results_uuid"
_LIVE = ("queued", "running", "paused")

#: Does the work and gives the records for return_records; raises ApiError where it fails.
Work = Callable[[], None]


@dataclass
class Job:
    """One job. It ends at `due` on the cluster's clock, or never while it is held."""

    uuid: str
    description: str
    work: Work
    start: float
    seconds: float
    svm: Svm | None = None
    failure: str | None = None
    due: float = 0.0
    end: float | None = None
    error: ApiError | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    #: The records that the job is about, if a body named them.
    batch: Batch | None = None

    @property
    def results(self) -> str:
        """Where the results of a job with `records` are."""
        return "" if self.batch is None else f"{self.batch.path}?{RESULTS}={self.uuid}"

    def as_answer(self) -> Record:
        """`job` of an answer. Its links are there whatever the Accept header says: the vendor's collection needs it."""
        links = {"self": {"href": f"{JOBS}/{self.uuid}"}}
        return {
            "uuid": self.uuid,
            "_links": links if self.batch is None else links | {"results": {"href": self.results}},
        }


class Jobs:
    """The jobs of one cluster."""

    def __init__(self, cluster: Cluster, seconds: float) -> None:
        self.clock = cluster.clock
        self.knobs = cluster.knobs
        self.seconds = seconds
        self.hold: str | None = None
        self.fail: str | None = None
        self.jobs: dict[str, Job] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        #: (end, uuid) of those that have ended, the earliest first (a heap).
        self._ended: list[tuple[float, str]] = []
        self.table = Table(JOBS, schema.JOB, self.view, links={"svm": SVMS}, owner=attrgetter("svm"))

    def start(self, description: str, work: Work, svm: Svm, batch: Batch | None = None) -> Job:
        """Start a job for some work. batch: the records of the body that it is about."""
        now = self.clock.now()
        job = Job(str(uuid.uuid4()), description, work, now, self.seconds, svm, self.fail, batch=batch)
        job.due = now + self.knobs.queued_seconds + job.seconds
        self.jobs[job.uuid] = job
        self._schedule(job)
        return job

    def _schedule(self, job: Job) -> None:
        timer = self._timers.pop(job.uuid, None)
        if timer is not None:
            timer.cancel()
        if job.end is not None or self.hold is not None:
            return
        rest = job.due - self.clock.now()
        if rest <= 0:
            self._finish(job)
        else:
            self._timers[job.uuid] = asyncio.get_running_loop().call_later(rest, self._schedule, job)

    def _finish(self, job: Job) -> None:
        timer = self._timers.pop(job.uuid, None)
        if timer is not None:
            timer.cancel()
        job.end = max(job.due, job.start)
        heapq.heappush(self._ended, (job.end, job.uuid))
        try:
            if job.failure is not None:
                raise of_the_work(job.failure, codes.text(None, job.failure))
            job.work()
        except ApiError as error:
            job.error = error
        job.ended.set()

    def cancel(self, job: Job) -> None:
        """End a job that has not ended: it fails without having done its work (code and text: assumption)."""
        job.failure, job.due = CANCELLED, self.clock.now()
        self._finish(job)

    def turn(self, changes: dict[str, Any]) -> None:
        """hold (queued, running, paused, or None to let go), fail (code or None), seconds (of later jobs)."""
        unknown = set(changes) - {"hold", "fail", "seconds"}
        if unknown or changes.get("hold") not in (None, *_LIVE):
            raise ValueError(f"jobs takes hold ({', '.join(_LIVE)} or None), fail and seconds, not {changes}")
        self.seconds = changes.get("seconds", self.seconds)
        if "fail" in changes:
            self.fail = changes["fail"]
            self._fail_live()
        if "hold" in changes:
            self._hold(changes["hold"])

    def _fail_live(self) -> None:
        for job in self.jobs.values():
            if job.end is None:
                job.failure = self.fail

    def _hold(self, state: str | None) -> None:
        released = self.hold is not None and state is None
        self.hold = state
        for job in list(self.jobs.values()):
            if released and job.end is None:
                job.due = self.clock.now() + job.seconds
            self._schedule(job)

    def wake(self) -> None:
        """The clock was advanced: end what is due."""
        for job in list(self.jobs.values()):
            self._schedule(job)

    def stop(self) -> None:
        """Forget everything."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._ended.clear()
        self.jobs.clear()

    def present(self) -> dict[str, Job]:
        """The jobs whose record is still there, by uuid."""
        limit = self.clock.now() - self.knobs.job_retention
        while self._ended and self._ended[0][0] <= limit:
            del self.jobs[heapq.heappop(self._ended)[1]]
        return self.jobs

    def state(self, job: Job) -> str:
        """queued, running, paused, success, or the state of a job that failed."""
        if job.end is not None:
            return "success" if job.error is None else self.knobs.failed_job_state
        if self.hold is not None:
            return self.hold
        return "queued" if self.clock.now() < job.due - job.seconds * (1 - _QUEUED) else "running"

    def view(self, job: Job, _advanced: frozenset[str]) -> Record:
        """A job's record."""
        record: Record = {
            "uuid": job.uuid,
            "state": self.state(job),
            "start_time": self.clock.text(job.start),
        }
        description = self._description(job)
        if description is not None:
            record["description"] = description
        if job.svm is not None and job.svm.name is not None:
            record["svm"] = {"uuid": job.svm.uuid, "name": job.svm.name}
        if job.end is not None:
            record["end_time"] = self.clock.text(job.end)
            record |= self._outcome(job)
        elif job.batch is not None:
            code, message = job.batch.progress
            record |= {"message": message, "code": int(code)}
        return record

    def _description(self, job: Job) -> str | None:
        """The documented one is method and path (ontap-releases.md); the others: assumption."""
        texts = {
            "query": f"{job.description}?return_timeout=15",
            "resource": job.description.replace(" /api/", " /"),
            "words": "Azure Key Vault operation",
            "none": None,
        }
        return texts.get(self.knobs.job_description, job.description)

    def _outcome(self, job: Job) -> Record:
        if job.error is None:
            return {"message": "success", "code": 0}
        told = in_words_of(job.error, self.knobs)
        error, code = told.error(), told.code
        return {"message": error["message"], "code": int(code) if code.isdigit() else 0, "error": error}
