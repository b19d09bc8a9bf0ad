# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A status that the cluster cannot read costs neither the records nor the other statuses, and the reason is known."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.akv import statuses
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selector
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import UNREADABLE_CODES, find_with_statuses
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import ApiError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.tests.unit.support.records import PATH, page, record, refusal, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

QUERY = {"fields": "uuid,name,scope,svm,*"}
STATE, AZURE, EKMIP = {"available": True}, {"reachable": True, "code": 0}, [{"node": {"name": "node1"}, "reachable": True}]
ALL = {"state": STATE, "azure_reachability": AZURE, "ekmip_reachability": EKMIP}
NAMES = list(ALL)


def find(client: Client, *names: str) -> tuple[dict[str, Any], dict[tuple[str, str], str | None]]:
    """Return the statuses by configuration, and the reasons for those that are missing."""
    records, unread = find_with_statuses(client, Selector(), QUERY, list(names or NAMES))
    found = {each["uuid"]: {name: each[name] for name in NAMES if name in each} for each in records}
    return found, {(each.uuid, each.name): each.error and each.error.code for each in unread}


def refuses(wire: Wire, path: str, code: str = "65537549") -> None:
    """The next request is refused."""
    wire.on("GET", path, status=400, json=refusal(code, "Failed to get the status."))


def single(number: int) -> str:
    return f"{PATH}/{uuid_of(number)}"


def test_one_request_if_all_can_be_read(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1, **ALL), record(2, **ALL)))
    assert find(client) == ({uuid_of(1): ALL, uuid_of(2): ALL}, {})


def test_nothing_of_the_kind_is_asked_for(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    assert find_with_statuses(client, Selector(), QUERY, [])[1] == []
    assert wire.seen[0].query["fields"] == QUERY["fields"]


@pytest.mark.parametrize("code", sorted(UNREADABLE_CODES))
def test_one_configuration_fails_the_collection(client: Client, wire: Wire, code: str) -> None:
    """The other one is read alone; of the one at fault each status is tried by itself."""
    refuses(wire, PATH, code)
    wire.on("GET", PATH, json=page(record(1), record(2)))
    refuses(wire, single(1), code)
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "azure_reachability": AZURE})
    refuses(wire, single(1), code)
    wire.on("GET", single(2), json={"uuid": uuid_of(2), **ALL})
    found, unread = find(client)
    assert found == {uuid_of(1): {"state": STATE, "azure_reachability": AZURE}, uuid_of(2): ALL}
    assert unread == {(uuid_of(1), "ekmip_reachability"): code}


def test_a_status_that_is_missing_in_an_answer(client: Client, wire: Wire) -> None:
    """It is asked for alone, for the reason; one that is not enabled has none, and is not asked."""
    wire.on("GET", PATH, json=page(record(1), record(2, state=STATE), record(3, enabled=False)))
    refuses(wire, single(1))
    assert find(client, "state") == ({uuid_of(1): {}, uuid_of(2): {"state": STATE}, uuid_of(3): {}}, {(uuid_of(1), "state"): "65537549"})


def test_a_status_that_is_missing_for_no_reason(client: Client, wire: Wire) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), json={"uuid": uuid_of(1)})
    assert find(client, "state") == ({uuid_of(1): {}}, {(uuid_of(1), "state"): None})


def test_a_configuration_that_is_gone_meanwhile(client: Client, wire: Wire) -> None:
    refuses(wire, PATH)
    wire.on("GET", PATH, json=page(record(1)))
    wire.on("GET", single(1), status=404, json=refusal("4", "entry doesn't exist"))
    assert find(client, "state") == ({uuid_of(1): {}}, {(uuid_of(1), "state"): "4"})


@pytest.mark.parametrize("at", [PATH, single(1)])
def test_any_other_refusal_is_one(client: Client, wire: Wire, at: str) -> None:
    """A refused login is not tried again for each configuration."""
    if at != PATH:
        wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on("GET", at, status=401, json=refusal("6", "not authorized"))
    with pytest.raises(ApiError) as refused:
        find(client, "state")
    assert refused.value.denied


def test_the_requests_are_limited(client: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the configurations that are left, the refusal of all is the reason."""
    monkeypatch.setattr(statuses, "_MOST_SINGLE", 1)
    refuses(wire, PATH, "65537551")
    wire.on("GET", PATH, json=page(record(1), record(2)))
    wire.on("GET", single(1), json={"uuid": uuid_of(1), "state": STATE})
    assert find(client, "state") == ({uuid_of(1): {"state": STATE}, uuid_of(2): {}}, {(uuid_of(2), "state"): "65537551"})
