# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A minimal cluster for the tests of hostile responses. It records the effects of writes, whatever it responded."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import WRITE_ONLY
from ansible_collections.ontap.akv.tests.unit.support.records import (
    JOBS,
    PATH,
    page,
    record,
    refusal,
    svm_uuid_of,
    uuid_of,
)

_CREATED = 50


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    method: str
    target: str
    body: Any = None

    @property
    def path(self) -> str:
        """The path of the URL."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query of the URL."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def is_write(self) -> bool:
        """Whether the request changes something."""
        return self.method != "GET"


@dataclass(frozen=True)
class Honest:
    """The true response of ONTAP."""

    status: HTTPStatus
    body: Any


@dataclass
class Cluster:
    """svm1 has a configuration whose key is not available, svm2 has none.

    jobs_end: whether jobs ever do their work.

    done: the writes that had their effect, as "METHOD PATH".
    """

    jobs_end: bool = True
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        state = {"available": False, "code": 346758, "message": "The key is not there."}
        self.records = {
            uuid_of(1): record(1, state=state, azure_reachability={"reachable": True, "code": 0, "message": ""})
        }
        self._lock = threading.Lock()

    def answer(self, seen: Seen) -> Honest:
        """Apply a request and return the response."""
        with self._lock:
            if seen.path == PATH:
                return self._created(seen) if seen.is_write else Honest(HTTPStatus.OK, page(*self.records.values()))
            if seen.path == JOBS:
                return Honest(HTTPStatus.OK, page(*self.jobs.values()))
            if seen.path.startswith(JOBS):
                return _found(self.jobs.get(seen.path.rpartition("/")[2]))
            uuid, _slash, operation = seen.path.removeprefix(f"{PATH}/").partition("/")
            one = self.records.get(uuid)
            return self._changed(seen, one, operation) if one is not None and seen.is_write else _found(one)

    def _created(self, seen: Seen) -> Honest:
        if any(one["svm"]["name"] == seen.body["svm"]["name"] for one in self.records.values()):
            return Honest(HTTPStatus.CONFLICT, refusal("65537500", "A key manager has already been configured."))
        plain = {name: value for name, value in seen.body.items() if name not in WRITE_ONLY}
        new = record(_CREATED, **{**plain, "svm": {"name": seen.body["svm"]["name"], "uuid": svm_uuid_of(_CREATED)}})
        self.records[new["uuid"]] = new
        self.done.append(f"{seen.method} {seen.path}")
        return Honest(HTTPStatus.CREATED, page(new))

    def _changed(self, seen: Seen, one: dict[str, Any], operation: str) -> Honest:
        if operation:
            return self._job(seen, one)
        self.done.append(f"{seen.method} {seen.path}")
        if seen.method == "DELETE":
            del self.records[one["uuid"]]
        else:
            one.update({name: value for name, value in seen.body.items() if name not in WRITE_ONLY})
        return Honest(HTTPStatus.OK, {})

    def _job(self, seen: Seen, one: dict[str, Any]) -> Honest:
        uuid = f"cd5f5d0e-0000-11ec-8d52-{len(self.jobs):012d}"
        ended: dict[str, Any] = (
            {"state": "success", "message": "success", "code": 0} if self.jobs_end else {"state": "running"}
        )
        self.jobs[uuid] = {
            "uuid": uuid,
            "description": f"POST {seen.path}",
            "start_time": "2026-01-01T00:00:00+00:00",
            **ended,
        }
        if self.jobs_end:
            self.done.append(f"{seen.method} {seen.path}")
            one["state"] = {"available": True, "code": 0, "message": ""}
            one.update(seen.body or {})
        return Honest(HTTPStatus.ACCEPTED, {"job": {"uuid": uuid}})


def _found(what: dict[str, Any] | None) -> Honest:
    if what is None:
        return Honest(HTTPStatus.NOT_FOUND, refusal("4", "entry doesn't exist"))
    return Honest(HTTPStatus.OK, what)
