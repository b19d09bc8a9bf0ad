# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A status that the cluster cannot read costs neither the records nor the other statuses, and the reason is known."""

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


def refuses(wire: Wire, path: str, code: str = "65537549", **query: str) -> None:
    """The next request is refused."""
    wire.on(
        "GET", path, **({"query": query} if query else {}), status=400, json=refusal(code, "Failed to get the status.")
    )


def among(*numbers: int, names: Sequence[str] = NAMES) -> dict[str, str]:
    """The query for the statuses of several configurations."""
    return {"uuid": "|".join(uuid_of(number) for number in numbers), "fields": ",".join(["uuid", *names])}


def single(number: int) -> str:
    return f"{PATH}/{uuid_of(number)}"


def test_one_request_if_all_can_be_read(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, **ALL), record(2, **ALL)))
    assert find(client) == ({uuid_of(1): ALL, uuid_of(2): ALL}, {})


@pytest.mark.parametrize("lookups", [None, 200])
@pytest.mark.parametrize("code", sorted(UNREADABLE_STATUS_CODES))
def test_one_configuration_fails_the_collection(client: Client, wire: Wire, code: str, lookups: int | None) -> None:
    """The requests are halved until the cause is known; of the one at fault each status is read by itself."""
    refuses(wire, PATH, code)
    wire.on("GET", PATH, json=page(record(1), record(2), record(3)))
    refuses(wire, PATH, code, **among(1, 2, 3))
    refuses(wire, single(1), code)
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "azure_reachability": AZURE})
    refuses(wire, single(1), code)
    wire.on("GET", PATH, query=among(2, 3), json=page({"uuid": uuid_of(2), **ALL}, {"uuid": uuid_of(3), **ALL}))
    found, unread = find(client, lookups=lookups)
    assert found == {uuid_of(1): {"state": STATE, "azure_reachability": AZURE}, uuid_of(2): ALL, uuid_of(3): ALL}
    assert unread == {(uuid_of(1), "ekmip_reachability"): code}


def test_a_status_that_is_missing_in_an_answer(client: Client, wire: Wire) -> None:
    """It is asked for alone, for the reason; one that is not enabled has none, and is not asked."""
    wire.on("GET", PATH, json=page(record(1), record(2, state=STATE), record(3, enabled=False)))
    refuses(wire, single(1))
    assert find(client, "state") == (
        {uuid_of(1): {}, uuid_of(2): {"state": STATE}, uuid_of(3): {}},
        {(uuid_of(1), "state"): "65537549"},
    )


def test_a_status_that_is_missing_is_not_looked_up_without_lookups(client: Client, wire: Wire) -> None:
    """A module reads each record once; the reason is worth a request only to whoever watches."""
    wire.on("GET", PATH, json=page(record(1)))
    assert find(client, "state", lookups=None) == ({uuid_of(1): {}}, {})


def test_a_status_that_a_half_lacks_is_looked_up(client: Client, wire: Wire) -> None:
    """A request for several configurations may succeed without a status; then the reason is still unknown."""
    refuses(wire, PATH)
    wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on(
        "GET",
        PATH,
        query=among(1, 2, names=["state"]),
        json=page({"uuid": uuid_of(1)}, {"uuid": uuid_of(2), "state": STATE}),
    )
    refuses(wire, single(1), "65537552")
    assert find(client, "state") == (
        {uuid_of(1): {}, uuid_of(2): {"state": STATE}},
        {(uuid_of(1), "state"): "65537552"},
    )


def test_a_status_that_is_missing_for_no_reason(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), json={"uuid": uuid_of(1)})
    assert find(client, "state") == ({uuid_of(1): {}}, {})


@pytest.mark.parametrize("lookups", [None, 200])
def test_a_configuration_that_is_gone_meanwhile(client: Client, wire: Wire, lookups: int | None) -> None:
    """One request is enough, for all of its statuses."""
    refuses(wire, PATH)
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), status=404, json=refusal("4", "entry doesn't exist"))
    reasons = {(uuid_of(1), "state"): "4", (uuid_of(1), "azure_reachability"): "4"}
    assert find(client, "state", "azure_reachability", lookups=lookups) == ({uuid_of(1): {}}, reasons)


@pytest.mark.parametrize("at", [PATH, single(1)])
def test_any_other_refusal_is_one(client: Client, wire: Wire, at: str) -> None:
    """A refused login is not tried again for each configuration."""
    if at != PATH:
        wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on("GET", at, status=401, json=refusal("6", "not authorized"))
    with pytest.raises(ApiError) as refused:
        find(client, "state")
    assert refused.value.denied


def test_the_requests_are_limited(client: Client, wire: Wire) -> None:
    """Of the configurations that are left, the refusal of a request for more of them is the reason."""
    refuses(wire, PATH, "65537551")
    wire.on("GET", PATH, json=page(record(1), record(2)))
    refuses(wire, PATH, "65537552", **among(1, 2, names=["state"]))
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    found, unread = find(client, "state", lookups=2)
    assert (found, unread) == ({uuid_of(1): {"state": STATE}, uuid_of(2): {}}, {(uuid_of(2), "state"): "65537552"})


def test_a_uuid_that_is_none_becomes_no_path(client: Client, wire: Wire) -> None:
    """The record is refused as not ONTAP's, and nothing is sent to the place that it names."""
    wire.on("GET", PATH, json=page({**record(1), "uuid": "../../cluster"}))
    with pytest.raises(ResponseError):
        find(client, "state")
    assert len(wire.seen) == 1
