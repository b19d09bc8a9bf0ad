# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.akv import selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected, Selector
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, ResponseError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.tests.unit.support.records import (
    PATH,
    cluster_record,
    page,
    record,
    svm_uuid_of,
    uuid_of,
)
from ansible_collections.ontap.akv.tests.unit.support.wire import Wire

FIELDS = ["*"]


def read_selector_of(
    svm: list[str] | None = None, uuid: str | None = None, scope: str | None = None, **more: Any
) -> Selector:
    """Return the selection of a task."""
    return selection.read_selector({"svm": svm, "uuid": uuid, "scope": scope}, **{"wildcards": True, **more})


# The options


@pytest.mark.parametrize(
    ("svm", "word"),
    [
        (["svm1|svm2"], "operator"),
        (["!svm1"], "operator"),
        (["<svm1"], "operator"),
        ([">svm1"], "operator"),
        (["svm1..svm5"], "operator"),
        (["null"], "operator"),
        (["!null"], "operator"),
        (["NULL"], "operator"),
        (["svm 1"], "white space"),
        ([" svm1"], "white space"),
        (["svm1\n"], "white space"),
        ([""], "is empty"),
        (["  "], "is empty"),
        (["svm1", ""], "is empty"),
        ([], "list is empty"),
    ],
)
@pytest.mark.parametrize("wildcards", [True, False])
def test_refuses_invalid_svm_entries(svm: list[str], word: str, wildcards: bool) -> None:
    with pytest.raises(OptionError, match=word) as refused:
        read_selector_of(svm, wildcards=wildcards)
    assert refused.value.target == "svm"


@pytest.mark.parametrize("item", ["*", "prod*", "*1", "a*b*c"])
def test_accepts_wildcards_only_when_allowed(item: str) -> None:
    assert read_selector_of([item]).svms == (item,)
    with pytest.raises(OptionError, match="wildcard"):
        read_selector_of([item], wildcards=False)


@pytest.mark.parametrize("item", ["svm1", "svm_1.prod-2", "nullable", "svm:1", svm_uuid_of(1), "a" * 47, "24"])
def test_accepts_svm_names_and_uuids(item: str) -> None:
    assert read_selector_of([item], wildcards=False).svms == (item,)


@pytest.mark.parametrize(
    ("options", "both"),
    [
        ({"svm": ["a"], "uuid": uuid_of(1)}, ("svm", "uuid")),
        ({"svm": ["a"], "scope": "cluster"}, ("svm", "scope: cluster")),
        ({"uuid": uuid_of(1), "scope": "cluster"}, ("uuid", "scope: cluster")),
        ({"svm": ["a"], "uuid": uuid_of(1), "scope": "cluster"}, ("svm", "uuid", "scope: cluster")),
        ({"svm": [], "scope": "cluster"}, ("svm", "scope: cluster")),
    ],
)
def test_refuses_more_than_one_selection(options: dict[str, Any], both: tuple[str, ...]) -> None:
    with pytest.raises(OptionError, match="cannot be combined") as refused:
        read_selector_of(**options)
    assert all(name in refused.value.message for name in both)


def test_requires_a_selection_unless_optional() -> None:
    with pytest.raises(OptionError, match="give svm, uuid or scope: cluster"):
        read_selector_of()
    with pytest.raises(OptionError) as refused:
        read_selector_of(scope="svm")
    assert refused.value.target == "scope"
    assert "svm alone is a filter" in refused.value.message
    assert read_selector_of(required=False) == Selector(inactive=False)
    assert read_selector_of(scope="svm", required=False) == Selector(scope="svm", inactive=False)


@pytest.mark.parametrize("uuid", ["", "svm1", "*", uuid_of(1)[:-1], f"{uuid_of(1)}|{uuid_of(2)}"])
def test_refuses_invalid_uuid(uuid: str) -> None:
    with pytest.raises(OptionError, match="is not a UUID") as refused:
        read_selector_of(uuid=uuid)
    assert refused.value.target == "uuid"


def test_merges_duplicates_and_keeps_order() -> None:
    assert read_selector_of(["b", "a", "b", "c", "a"]).svms == ("b", "a", "c")
    assert read_selector_of(uuid=uuid_of(1).upper()).uuid == uuid_of(1)


# The query


MANY = [f"svm-with-a-long-name-{number:04d}" for number in range(400)]


def queries(selector: Selector, *, expensive: bool = False) -> list[dict[str, str]]:
    """Return the queries of a selection."""
    return selection.build_filters(selector, expensive=expensive)


@pytest.mark.parametrize("expensive", [True, False])
@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        (Selector(), [{}]),
        (Selector(scope="svm"), [{"scope": "svm"}]),
        (Selector(scope="cluster"), [{"scope": "cluster"}]),
        (Selector(uuid=uuid_of(1)), [{"uuid": uuid_of(1)}]),
        (Selector(uuid=uuid_of(1), scope="svm"), [{"uuid": uuid_of(1), "scope": "svm"}]),
        (Selector(("a", "b*", "c")), [{"scope": "svm", "svm.name": "a|b*|c"}]),
        (
            Selector((svm_uuid_of(1), svm_uuid_of(2))),
            [{"scope": "svm", "svm.uuid": f"{svm_uuid_of(1)}|{svm_uuid_of(2)}"}],
        ),
        (
            Selector(("a", svm_uuid_of(1))),
            [{"scope": "svm", "svm.name": "a"}, {"scope": "svm", "svm.uuid": svm_uuid_of(1)}],
        ),
        (Selector(("*",)), [{"scope": "svm"}]),
        (Selector(("a", "*")), [{"scope": "svm"}]),
        (Selector(("*", svm_uuid_of(1))), [{"scope": "svm"}]),
    ],
)
def test_builds_queries_for_each_kind_of_selection(
    selector: Selector, expected: list[dict[str, str]], expensive: bool
) -> None:
    assert queries(selector, expensive=expensive) == expected


def test_100_svms_need_one_query() -> None:
    assert queries(Selector(tuple(MANY[:100]))) == [{"scope": "svm", "svm.name": "|".join(MANY[:100])}]


def test_queries_all_svms_when_list_is_too_long_for_a_url() -> None:
    assert queries(Selector(tuple(MANY))) == [{"scope": "svm"}]


def test_splits_long_list_when_fields_are_expensive() -> None:
    found = queries(Selector(tuple(MANY)), expensive=True)
    assert 2 <= len(found) <= 8
    assert [name for query in found for name in query["svm.name"].split("|")] == MANY
    assert all(len(query["svm.name"]) <= 3500 for query in found)


# The targets that are found


def find(client: Client, selector: Selector, fields: list[str] | None = None) -> list[Selected]:
    """Return the targets that a task selects."""
    return selection.select(client, selector, fields or FIELDS)


def target(number: int, **more: Any) -> Target:
    """Return the target of an existing SVM."""
    return Target(f"svm{number}", svm=f"svm{number}", svm_uuid=svm_uuid_of(number), **more)


def test_returns_targets_in_order_of_task(wire: Wire, client: Client) -> None:
    wire.on(
        "GET",
        PATH,
        query={"fields": "*", "scope": "svm", "svm.name": "svm3|svm1|svm2"},
        json=page(record(1), record(3)),
    )
    assert find(client, Selector(("svm3", "svm1", "svm2"))) == [
        Selected(target(3), (record(3),)),
        Selected(target(1), (record(1),)),
        Selected(Target("svm2", svm="svm2")),
    ]


def test_merges_overlapping_selections(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1), record(2), record(3)))
    wire.on("GET", PATH, json=page(record(2)))
    found = find(client, Selector(("svm2", "svm*", svm_uuid_of(2).upper(), "*3")))
    assert [selected.target for selected in found] == [target(2), target(1), target(3)]
    assert [len(selected.records) for selected in found] == [1, 1, 1]


def test_unmatched_wildcard_is_a_target_without_record(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1)))
    assert find(client, Selector(("svm1", "test*"))) == [
        Selected(target(1), (record(1),)),
        Selected(Target("test*", svm="test*")),
    ]


def test_missing_svm_uuid_is_a_target_with_that_uuid(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page())
    assert find(client, Selector((svm_uuid_of(7),))) == [
        Selected(Target(svm_uuid_of(7), svm=svm_uuid_of(7), svm_uuid=svm_uuid_of(7)))
    ]


def test_svm_selection_never_returns_cluster_configuration(wire: Wire, client: Client) -> None:
    """This holds even if a response contains it although the query excludes it."""
    wire.on("GET", PATH, json=page(record(1), cluster_record(), cluster_record(uuid=uuid_of(98), scope=None)))
    assert [selected.target.label for selected in find(client, Selector(("*",)))] == ["svm1"]


def test_scope_cluster_returns_only_cluster_configuration(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, query={"fields": "*", "scope": "cluster"}, json=page(record(1), cluster_record()))
    assert find(client, Selector(scope="cluster")) == [Selected(Target("cluster"), (cluster_record(),))]


@pytest.mark.parametrize("held", [record(1), cluster_record(uuid=uuid_of(1))])
def test_uuid_selects_configuration_of_svm_or_cluster(wire: Wire, client: Client, held: dict[str, Any]) -> None:
    wire.on(
        "GET",
        PATH,
        query={"fields": "*", "uuid": uuid_of(1)},
        json=page(record(2), {**held, "uuid": uuid_of(1).upper()}),
    )
    (selected,) = find(client, Selector(uuid=uuid_of(1)))
    assert selected.target == (target(1, uuid=uuid_of(1)) if "svm" in held else Target("cluster", uuid=uuid_of(1)))
    assert len(selected.records) == 1


def test_missing_uuid_is_a_target_without_record(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page())
    assert find(client, Selector(uuid=uuid_of(5))) == [Selected(Target(uuid_of(5), uuid=uuid_of(5)))]


def test_refuses_response_with_unnamed_svm(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1, svm={"uuid": svm_uuid_of(1)})))
    with pytest.raises(ResponseError, match="SVM cannot be read"):
        find(client, Selector(("svm1",)))


def test_reads_expensive_fields_in_several_queries(wire: Wire, client: Client) -> None:
    expected = queries(Selector(tuple(MANY)), expensive=True)
    for query in expected:
        wire.on("GET", PATH, query={**query, "fields": "*,state"}, json=page())
    assert len(find(client, Selector(tuple(MANY)), ["*", "state"])) == len(MANY)


def test_ambiguous_target_error_names_uuids_of_configurations() -> None:
    selected = Selected(target(1), (record(1), record(1, uuid=uuid_of(8))))
    with pytest.raises(TargetError, match="there are 2 configurations") as refused:
        _unused = selected.record
    assert uuid_of(1) in refused.value.message
    assert uuid_of(8) in refused.value.message
    assert "uuid" in str(refused.value.hint)


def test_several_configurations_of_one_svm_are_one_target(wire: Wire, client: Client) -> None:
    both = (record(1), record(1, uuid=uuid_of(8)))
    wire.on("GET", PATH, json=page(*both))
    assert find(client, Selector(("svm1", "svm*"))) == [Selected(target(1), both)]


@pytest.mark.parametrize(
    ("absent", "option"),
    [(Target("svm1", svm="svm1"), "svm"), (Target(uuid_of(1), uuid=uuid_of(1)), "uuid"), (Target("cluster"), "scope")],
)
def test_missing_record_error_names_target_and_option(absent: Target, option: str) -> None:
    with pytest.raises(TargetError, match=f"no Azure key vault configuration exists for {absent.label}") as refused:
        selection.require_record(Selected(absent))
    assert refused.value.target == option
    assert selection.require_record(Selected(absent, (record(1),))) == record(1)


def test_reads_records_once_and_without_secrets(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1, client_secret="hunter2")))
    wire.on("GET", PATH, json=page(record(1), record(2)))
    assert selection.read(client, [{"a": "1"}, {"a": "2"}], FIELDS) == [record(1), record(2)]


def test_rereads_records_in_one_query(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, query={"fields": "*", "uuid": f"{uuid_of(1)}|{uuid_of(2)}"}, json=page(record(2), record(1)))
    assert selection.read_again(client, [uuid_of(1), uuid_of(2)], FIELDS) == {
        uuid_of(1): record(1),
        uuid_of(2): record(2),
    }


def test_refuses_record_without_uuid(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(record(1, uuid=None)))
    with pytest.raises(ResponseError, match="without a UUID"):
        find(client, Selector(("svm1",)))


@pytest.mark.parametrize(
    ("item", "takes"),
    [
        ("svm1", True),
        ("svm", False),
        ("SVM1", False),
        ("svm*", True),
        ("*1", True),
        ("*", True),
        ("s*m*1", True),
        ("*2", False),
        ("sv.1", False),
        (svm_uuid_of(1), True),
        (svm_uuid_of(2), False),
    ],
)
def test_matches_names_wildcards_and_uuids(item: str, takes: bool) -> None:
    assert selection.is_match(item, record(1)) is takes
    assert not selection.is_match("svm1", cluster_record())


@given(
    st.lists(
        st.sampled_from(["svm1", "svm2", "svm3", "svm*", "*", "*1", svm_uuid_of(1), svm_uuid_of(2)]),
        min_size=1,
        unique=True,
    )
)
def test_assigns_each_configuration_to_one_target(items: list[str]) -> None:
    there = [record(number) for number in (1, 2, 3)]
    found = selection._assign(Selector(tuple(items)), there)
    uuids = [held["uuid"] for selected in found for held in selected.records]
    assert len(uuids) == len(set(uuids))
    assert set(uuids) == {held["uuid"] for held in there if any(selection.is_match(item, held) for item in items)}


# Several configurations of one SVM (ONTAP 9.14.1 and later)


def build_records_of_svm1(*names: str | None, enabled: bool | None = True) -> list[dict[str, Any]]:
    """Return configurations of svm1 with these names. None stands for a record of a release without names."""
    owner = {"svm": {"uuid": svm_uuid_of(1), "name": "svm1"}}
    told = [{"configuration": {"name": name}, "enabled": enabled} if name else {} for name in names]
    return [record(number, **owner, **more) for number, more in enumerate(told, start=1)]


@pytest.mark.parametrize(("name", "found"), [("second", [2]), ("default", [1, 3]), ("third", [])])
def test_filters_by_name_when_server_ignores_the_query(wire: Wire, client: Client, name: str, found: list[int]) -> None:
    """A record without a name is the default configuration."""
    task = selection.read_selector({"svm": ["svm1"], "configuration": name}, wildcards=True)
    wire.on(
        "GET",
        PATH,
        query={"fields": "*", "scope": "svm", "svm.name": "svm1", "configuration.name": name},
        json=page(*build_records_of_svm1("default", "second", None)),
    )
    (selected,) = selection.select(client, task, FIELDS)
    assert [each["uuid"] for each in selected.records] == [uuid_of(number) for number in found]
    assert selected.target.label == ("svm1" if name == "default" else f"svm1/{name}")


def test_refuses_configuration_together_with_uuid() -> None:
    with pytest.raises(OptionError, match="cannot be combined with uuid") as refused:
        selection.read_selector({"uuid": uuid_of(1), "configuration": "second"}, wildcards=True)
    assert refused.value.target == "configuration"


@pytest.mark.parametrize("more", [{"uuid": uuid_of(1)}, {"svm": ["svm1"], "configuration": "second"}])
def test_explicit_selection_includes_disabled_configuration(wire: Wire, client: Client, more: dict[str, Any]) -> None:
    task = selection.read_selector(more, wildcards=True)
    wire.on("GET", PATH, json=page(*build_records_of_svm1("second", enabled=False)))
    (selected,) = selection.select(client, task, FIELDS)
    assert [each["uuid"] for each in selected.records] == [uuid_of(1)]


def test_svm_selection_skips_disabled_configuration(wire: Wire, client: Client) -> None:
    wire.on("GET", PATH, json=page(*build_records_of_svm1("second", enabled=False)))
    (selected,) = selection.select(client, read_selector_of(["svm1"]), FIELDS)
    assert selected.records == ()
