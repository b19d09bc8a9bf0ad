# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If the cluster cannot read a status, the records and other statuses are still returned, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.akv.query import find as find_records
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selector
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread
from ansible_collections.ontap.akv.plugins.module_utils.common.error_codes import UNREADABLE_STATUS_CODES
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, refusal, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

PLAIN = ["uuid", "name", "scope", "svm", "*"]
STATE, AZURE, EKMIP = (
    {"available": True},
    {"reachable": True, "code": 0},
    [{"node": {"name": "node1"}, "reachable": True}],
)
ALL = {"state": STATE, "azure_reachability": AZURE, "ekmip_reachability": EKMIP}
NAMES = tuple(ALL)


def find(
    client: Client, *names: str, lookups: int | None = 200
) -> tuple[dict[str, Any], dict[tuple[str, str], str | None]]:
    """Return the statuses by configuration, and the reasons for those that are missing."""
    unread: list[Unread] = []
    query = {"fields": ",".join([*PLAIN, *(names or NAMES)])}
    records = find_records(client, Selector(), query, None, unread=unread, lookups=lookups)
    found = {each["uuid"]: {name: each[name] for name in NAMES if name in each} for each in records}
    return found, {(each.uuid, each.name): each.error.code for each in unread}


def refuse_next(wire: Wire, path: str, code: str = "65537549", **query: str) -> None:
    """Script an error response to the next request."""
    wire.on(
        "GET", path, **({"query": query} if query else {}), status=400, json=refusal(code, "Failed to get the status.")
    )


def build_status_query(*numbers: int, names: Sequence[str] = NAMES) -> dict[str, str]:
    """Return the query for the statuses of several configurations."""
    return {"uuid": "|".join(uuid_of(number) for number in numbers), "fields": ",".join(["uuid", *names])}


def single(number: int) -> str:
    return f"{PATH}/{uuid_of(number)}"


def test_reads_all_statuses_in_one_request(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, **ALL), record(2, **ALL)))
    assert find(client) == ({uuid_of(1): ALL, uuid_of(2): ALL}, {})


@pytest.mark.parametrize("lookups", [None, 200])
@pytest.mark.parametrize("code", sorted(UNREADABLE_STATUS_CODES))
def test_isolates_configuration_that_fails_the_whole_query(
    client: Client, wire: Wire, code: str, lookups: int | None
) -> None:
    """The requests are halved until the configuration is found. Then each of its statuses is read separately."""
    refuse_next(wire, PATH, code)
    wire.on("GET", PATH, json=page(record(1), record(2), record(3)))
    refuse_next(wire, PATH, code, **build_status_query(1, 2, 3))
    refuse_next(wire, single(1), code)
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "azure_reachability": AZURE})
    refuse_next(wire, single(1), code)
    wire.on(
        "GET", PATH, query=build_status_query(2, 3), json=page({"uuid": uuid_of(2), **ALL}, {"uuid": uuid_of(3), **ALL})
    )
    found, unread = find(client, lookups=lookups)
    assert found == {uuid_of(1): {"state": STATE, "azure_reachability": AZURE}, uuid_of(2): ALL, uuid_of(3): ALL}
    assert unread == {(uuid_of(1), "ekmip_reachability"): code}


def test_looks_up_reason_of_status_missing_in_response(client: Client, wire: Wire) -> None:
    """It is requested separately to get the reason. A disabled configuration has no status and is not requested."""
    wire.on("GET", PATH, json=page(record(1), record(2, state=STATE), record(3, enabled=False)))
    refuse_next(wire, single(1))
    assert find(client, "state") == (
        {uuid_of(1): {}, uuid_of(2): {"state": STATE}, uuid_of(3): {}},
        {(uuid_of(1), "state"): "65537549"},
    )


def test_does_not_look_up_missing_status_without_lookups(client: Client, wire: Wire) -> None:
    """A module reads each record once. Only the event source spends another request on the reason."""
    wire.on("GET", PATH, json=page(record(1)))
    assert find(client, "state", lookups=None) == ({uuid_of(1): {}}, {})


def test_looks_up_status_missing_in_partial_request(client: Client, wire: Wire) -> None:
    """A request for several configurations may succeed without a status; then the reason is still unknown."""
    refuse_next(wire, PATH)
    wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on(
        "GET",
        PATH,
        query=build_status_query(1, 2, names=["state"]),
        json=page({"uuid": uuid_of(1)}, {"uuid": uuid_of(2), "state": STATE}),
    )
    refuse_next(wire, single(1), "65537552")
    assert find(client, "state") == (
        {uuid_of(1): {}, uuid_of(2): {"state": STATE}},
        {(uuid_of(1), "state"): "65537552"},
    )


def test_missing_status_without_error_has_no_reason(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), json={"uuid": uuid_of(1)})
    assert find(client, "state") == ({uuid_of(1): {}}, {})


@pytest.mark.parametrize("lookups", [None, 200])
def test_looks_up_removed_configuration_once(client: Client, wire: Wire, lookups: int | None) -> None:
    """One request is enough, for all of its statuses."""
    refuse_next(wire, PATH)
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), status=404, json=refusal("4", "entry doesn't exist"))
    reasons = {(uuid_of(1), "state"): "4", (uuid_of(1), "azure_reachability"): "4"}
    assert find(client, "state", "azure_reachability", lookups=lookups) == ({uuid_of(1): {}}, reasons)


@pytest.mark.parametrize("at", [PATH, single(1)])
def test_other_errors_are_raised_at_once(client: Client, wire: Wire, at: str) -> None:
    """A refused login is not retried for each configuration."""
    if at != PATH:
        wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on("GET", at, status=401, json=refusal("6", "not authorized"))
    with pytest.raises(ApiError) as refused:
        find(client, "state")
    assert refused.value.denied


def test_limits_number_of_lookups(client: Client, wire: Wire) -> None:
    """The remaining configurations get the error of the last request that covered them as the reason."""
    refuse_next(wire, PATH, "65537551")
    wire.on("GET", PATH, json=page(record(1), record(2)))
    refuse_next(wire, PATH, "65537552", **build_status_query(1, 2, names=["state"]))
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    found, unread = find(client, "state", lookups=2)
    assert (found, unread) == ({uuid_of(1): {"state": STATE}, uuid_of(2): {}}, {(uuid_of(2), "state"): "65537552"})


def test_invalid_uuid_is_never_used_in_a_path(client: Client, wire: Wire) -> None:
    """The record is refused as invalid, and no request is sent to the path that it names."""
    wire.on("GET", PATH, json=page({**record(1), "uuid": "../../cluster"}))
    with pytest.raises(ResponseError):
        find(client, "state")
    assert len(wire.seen) == 1
