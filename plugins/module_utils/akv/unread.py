# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read configurations even if the cluster cannot read a status (an advanced property): without it, and with the reason.

Source: the pages of ONTAP 9.15.1 and later, which document the codes 65537549, 65537551 and 65537552 for a C(GET) with
advanced properties. They do not say whether one SVM fails a whole collection, so this module determines which
configuration and which property fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Deadline

#: UUIDs in one query: with them the URL stays below 4 KB.
_MOST_UUIDS = 90


class Unread(NamedTuple):
    """A status that the cluster could not read.

    svm: None for the cluster. name: the property's name. code, message: ONTAP's.
    """

    uuid: str
    svm: str | None
    name: str
    code: str | None
    message: str

    def as_dict(self) -> dict[str, str | None]:
        """Return the status as a return value."""
        return {"uuid": self.uuid, "svm": self.svm, "property": self.name, "code": self.code, "message": self.message}

    @property
    def text(self) -> str:
        """The status and the reason in one line."""
        code = f" (ONTAP error {self.code})" if self.code else ""
        return " ".join(f"{self.svm or 'cluster'}: {self.name} could not be read: {self.message.rstrip('.')}{code}.".split())


def read_records(client: Client, query: Mapping[str, str], deadline: Deadline | None, unread: list[Unread] | None) -> Iterator[dict[str, Any]]:
    """Yield the records of a query as ONTAP sends them, without the statuses that it cannot read. Raises AkvError.

    unread: the list to which these statuses are added; if it is None, such a failure is raised. A record may be yielded
    twice if a page fails after others.
    """
    try:
        yield from client.records(resource.PATH, query, deadline)
    except ApiError as exc:
        plain, expensive = _split(query["fields"].split(","))
        if unread is None or not exc.unreadable_status or not expensive or _depends_on_status(query):
            raise
        records = list(client.records(resource.PATH, {**query, "fields": ",".join(dict.fromkeys((*plain, "uuid", "svm")))}, deadline))
        found = _Statuses(client, deadline)
        uuids = [record["uuid"] for record in records if isinstance(record.get("uuid"), str)]
        for start in range(0, len(uuids), _MOST_UUIDS):
            found.read(uuids[start : start + _MOST_UUIDS], expensive)
        for record in records:
            yield {**record, **found.statuses.get(str(record.get("uuid")), {})}
        unread += _explained(records, found.failures)


def _split(fields: Sequence[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Return the inexpensive fields, and the requested fields of each advanced property."""
    plain: list[str] = []
    expensive: dict[str, list[str]] = {}
    for field in fields:
        name = field.split(".")[0]
        if field == "**":
            plain.append("*")
            expensive.update({each: [each] for each in resource.ADVANCED})
        elif name in resource.ADVANCED:
            expensive.setdefault(name, []).append(field)
        else:
            plain.append(field)
    return plain, expensive


def _depends_on_status(query: Mapping[str, str]) -> bool:
    """Return whether a query filters or sorts by a status; without the status it would return other records."""
    names = [*query, *query.get("order_by", "").split(",")]
    return any(name.strip().split(" ")[0].split(".")[0] in resource.ADVANCED for name in names)


class _Statuses:
    """The statuses that the cluster can read. statuses: by UUID. failures: by UUID and property."""

    def __init__(self, client: Client, deadline: Deadline | None) -> None:
        self._client = client
        self._deadline = deadline
        self.statuses: dict[str, dict[str, Any]] = {}
        self.failures: dict[tuple[str, str], ApiError] = {}

    def read(self, uuids: Sequence[str], expensive: Mapping[str, Sequence[str]]) -> None:
        """Read some properties of some configurations; split a failed request in halves until the cause is known."""
        query = {"uuid": "|".join(uuids), "fields": ",".join(["uuid", *(field for fields in expensive.values() for field in fields)])}
        try:
            for record in self._client.records(resource.PATH, query, self._deadline):
                told = {name: record[name] for name in expensive if name in record}
                self.statuses.setdefault(str(record.get("uuid")), {}).update(told)
        except ApiError as exc:
            if not exc.unreadable_status:
                raise
            half = len(uuids) // 2
            if half:
                self.read(uuids[:half], expensive)
                self.read(uuids[half:], expensive)
            elif len(expensive) > 1:
                for name, fields in expensive.items():
                    self.read(uuids, {name: fields})
            else:
                self.failures[uuids[0], next(iter(expensive))] = exc


def _explained(records: Sequence[Mapping[str, Any]], failures: Mapping[tuple[str, str], ApiError]) -> list[Unread]:
    owners = {str(record.get("uuid")): record.get("svm") for record in records}
    found = []
    for (uuid, name), exc in failures.items():
        svm = owners.get(uuid)
        found.append(Unread(uuid, svm.get("name") if isinstance(svm, dict) else None, name, exc.code, exc.message))
    return found
