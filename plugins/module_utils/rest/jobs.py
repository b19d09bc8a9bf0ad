# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of the cluster's jobs, and the search for a job whose UUID no response named."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.common.errors import Job, Request, limit_message, read_code
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import parse_moment

JOBS = "/api/cluster/jobs"
SUCCESS = "success"
#: The work ended with an error; ONTAP releases use either word.
FAILED = frozenset({"failure", "error"})
#: The work was interrupted; part of it may have been done.
CUT_OFF = frozenset({"cancelled", "canceled", "expired"})
ENDED = frozenset({SUCCESS}) | FAILED | CUT_OFF
_METHODS = ("POST", "PATCH", "DELETE")
# It becomes part of a path.
_UUID = re.compile(r"[0-9A-Za-z-]{1,64}")


def read_named_job(body: Mapping[str, Any], *, ended: bool) -> Job | None:
    """Return the job named in the response to a write: accepted into the queue, or ended.

    ended: whether the status says that the work has ended. It ended with success, unless the job's state is another
    one.
    """
    job = body.get("job")
    uuid = _read_uuid(job) if isinstance(job, dict) else None
    if uuid is None or not isinstance(job, dict):
        return None
    if ended and isinstance(job.get("state"), str):
        return read_job(job, uuid)
    return Job(uuid, SUCCESS if ended else "queued")


def read_job(record: Mapping[str, Any], uuid: str) -> Job:
    """Return the job that a record describes."""
    error = record.get("error")
    error = error if isinstance(error, dict) else {}
    message = error.get("message") or record.get("message")
    return Job(
        uuid,
        str(record.get("state")),
        limit_message(message) if message else None,
        read_code(error.get("code", record.get("code"))),
    )


def build_query(path: str) -> dict[str, str]:
    """Return the query that finds the jobs of a request: ONTAP describes each as "METHOD PATH" (releases, jobs)."""
    return {"description": f"*{_shorten(path)}*", "fields": "description,state,start_time,code,message,error"}


def select_since(records: Iterable[Mapping[str, Any]], request: Request, moment: float) -> list[Job]:
    """Return the jobs of a request that started at or after a time by the cluster's clock; unsuccessful ones last.

    Both times are in whole seconds. A job that waits in the queue may have no start time yet.
    """
    dated = [_read_dated(record) for record in records if _is_about(record, request)]
    found = [job for began, job in dated if job is not None and began >= math.floor(moment)]
    return sorted(found, key=lambda job: job.state in FAILED | CUT_OFF)


def _shorten(path: str) -> str:
    return path.removeprefix("/api")


def _is_about(record: Mapping[str, Any], request: Request) -> bool:
    description = record.get("description")
    if not isinstance(description, str):
        return False
    method, _space, _rest = description.partition(" ")
    other = method.upper() in _METHODS and method.upper() != request.method
    return not other and description.partition("?")[0].rstrip("/").endswith(_shorten(request.path))


def _read_dated(record: Mapping[str, Any]) -> tuple[float, Job | None]:
    uuid = _read_uuid(record)
    if uuid is None:
        return -math.inf, None
    job = read_job(record, uuid)
    start = record.get("start_time")
    if start is None:
        return (-math.inf if job.state in ENDED else math.inf), job
    began = parse_moment(start)
    return (-math.inf if began is None else began), job


def _read_uuid(record: Mapping[str, Any]) -> str | None:
    uuid = record.get("uuid")
    return uuid if isinstance(uuid, str) and _UUID.fullmatch(uuid) else None
