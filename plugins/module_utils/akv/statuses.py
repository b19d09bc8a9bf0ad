# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read configurations even if the cluster cannot read a status (an advanced property): without it, and with the reason.

Source: the pages of ONTAP 9.15.1 and later, which document the codes 65537549, 65537551 and 65537552 for a C(GET) with
advanced properties. They do not say whether one SVM fails a whole collection, so this module determines which
configuration and which property fail. If a response lacks a status without an error, a request for that configuration
alone shows the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import join_lines
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Reader

#: UUIDs in one query: with them the URL stays below 4 KB.
_MOST_UUIDS = 90


class Unread(NamedTuple):
    """A status that the cluster could not read.

    svm: None for the cluster. name: the property's name. error: the reason.
    """

    uuid: str
    svm: str | None
    name: str
    error: ApiError

    def as_dict(self) -> dict[str, str | None]:
        """Return the status as a return value."""
        return {
            "uuid": self.uuid,
            "svm": self.svm,
            "property": self.name,
            "code": self.error.code,
            "message": self.error.message,
        }

    @property
    def text(self) -> str:
        """The status and the reason in one line."""
        code = f" (ONTAP error {self.error.code})" if self.error.code else ""
        return join_lines(
            f"{self.svm or 'cluster'}: {self.name} could not be read: {self.error.message.rstrip('.')}{code}."
        )


def read_records(
    client: Reader,
    query: Mapping[str, str],
    deadline: Deadline | None,
    unread: list[Unread] | None,
    lookups: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the records of a query as ONTAP sends them, without the statuses that it cannot read. Raises AkvError.

    unread: the list to which these statuses are added; if it is None, such a failure is raised. A record may be yielded
    twice if a page fails after others. lookups: maximum number of requests for the reasons, which are then also read
    for statuses that are missing without an error; None: no limit, and only after an error.
    """
    plain, expensive = _split(query["fields"].split(","))
    search = _Search(client, deadline, lookups)
    try:
        if lookups is None:
            yield from client.read_records(resource.PATH, query, deadline)
            return
        records = list(client.read_records(resource.PATH, query, deadline))
    except ApiError as exc:
        if unread is None or not exc.unreadable_status or not expensive or _is_status_needed(query):
            raise
        records = list(
            client.read_records(
                resource.PATH, {**query, "fields": ",".join(dict.fromkeys((*plain, "uuid", "svm")))}, deadline
            )
        )
        search.read_all([uuid for record in records if (uuid := _get_uuid(record))], expensive, exc)
    if lookups is not None:
        search.explain(records, expensive)
    for record in records:
        yield {**record, **search.statuses.get(str(record.get("uuid")), {})}
    if unread is not None:
        unread += _list_unread(records, search.failures)


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


def _is_status_needed(query: Mapping[str, str]) -> bool:
    """Return whether a query filters or sorts by a status; without the status it would return other records."""
    names = [*query, *query.get("order_by", "").split(",")]
    return any(name.strip().split(" ")[0].split(".")[0] in resource.ADVANCED for name in names)


class _Search:
    """The search for the statuses that the cluster can read. statuses: by UUID. failures: by UUID and property.

    lookups: maximum number of requests, None for no limit.
    """

    def __init__(self, client: Reader, deadline: Deadline | None, lookups: int | None) -> None:
        self._client = client
        self._deadline = deadline
        self._left = float("inf") if lookups is None else lookups
        self.statuses: dict[str, dict[str, Any]] = {}
        self.failures: dict[tuple[str, str], ApiError] = {}

    def read_all(self, uuids: Sequence[str], expensive: Mapping[str, Sequence[str]], refusal: ApiError) -> None:
        """Read some properties of some configurations. refusal: the error of the request for all of them."""
        for start in range(0, len(uuids), _MOST_UUIDS):
            self._read(uuids[start : start + _MOST_UUIDS], expensive, refusal)

    def explain(self, records: Sequence[Mapping[str, Any]], expensive: Mapping[str, Sequence[str]]) -> None:
        """Read the statuses that enabled configurations lack without an error, each configuration alone."""
        for record in records:
            uuid = _get_uuid(record)
            # ONTAP reports no status for a configuration that is not enabled.
            if uuid is None or record.get("enabled") is False:
                continue
            read = {**record, **self.statuses.get(uuid, {})}
            lacking = {
                name: fields
                for name, fields in expensive.items()
                if read.get(name) is None and (uuid, name) not in self.failures
            }
            if lacking:
                self._read([uuid], lacking, None)

    def _read(self, uuids: Sequence[str], expensive: Mapping[str, Sequence[str]], refusal: ApiError | None) -> None:
        """Read statuses; split a failed request in halves until the cause is known.

        refusal: the error of a request for more, which is the reason if no more requests may be sent.
        """
        if self._left <= 0:
            self._fail(uuids, expensive, refusal)
            return
        self._left -= 1
        try:
            for record in self._request(uuids, ["uuid", *(field for fields in expensive.values() for field in fields)]):
                told = {name: record[name] for name in expensive if record.get(name) is not None}
                self.statuses.setdefault(str(record.get("uuid")), {}).update(told)
        except ApiError as exc:
            # A configuration that was removed in the meantime is missing from the next read.
            if not exc.unreadable_status and not exc.gone:
                raise
            half = len(uuids) // 2
            if half:
                self._read(uuids[:half], expensive, exc)
                self._read(uuids[half:], expensive, exc)
            elif len(expensive) > 1 and not exc.gone:
                for name, fields in expensive.items():
                    self._read(uuids, {name: fields}, exc)
            else:
                self._fail(uuids, expensive, exc)

    def _request(self, uuids: Sequence[str], fields: Sequence[str]) -> Iterator[dict[str, Any]]:
        if len(uuids) == 1:
            record = self._client.read_record(
                resource.build_path(uuids[0]), {"fields": ",".join(fields)}, self._deadline
            )
            yield {**record, "uuid": uuids[0]}
        else:
            yield from self._client.read_records(
                resource.PATH, {"uuid": "|".join(uuids), "fields": ",".join(fields)}, self._deadline
            )

    def _fail(self, uuids: Sequence[str], names: Iterable[str], reason: ApiError | None) -> None:
        if reason is not None:
            self.failures.update({(uuid, name): reason for uuid in uuids for name in names})


def _get_uuid(record: Mapping[str, Any]) -> str | None:
    """Return the UUID of a record, None if it must not become part of a path."""
    uuid = record.get("uuid")
    return uuid if isinstance(uuid, str) and resource.is_uuid(uuid) else None


def _list_unread(records: Sequence[Mapping[str, Any]], failures: Mapping[tuple[str, str], ApiError]) -> list[Unread]:
    owners = {str(record.get("uuid")): record.get("svm") for record in records}
    found = []
    for (uuid, name), exc in failures.items():
        svm = owners.get(uuid)
        found.append(Unread(uuid, svm.get("name") if isinstance(svm, dict) else None, name, exc))
    return found
