# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configurations that a task selects: the options svm, uuid and scope, and one query for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target, get_configuration, get_svm
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread, read_records
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    OptionError,
    Request,
    ResponseError,
    TargetError,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_exact
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Deadline, Reader

TARGET_OPTIONS: dict[str, dict[str, Any]] = {
    "svm": {"type": "list", "elements": "str", "aliases": ["vserver"]},
    "uuid": {"type": "str"},
    "scope": {"type": "str", "choices": ["cluster", "svm"]},
    "configuration": {"type": "str"},
}
#: The name of the configuration in releases that support only one.
DEFAULT = "default"

_CONFIGURATION = re.compile(r"[^\s*,]{1,255}")
_OPERATORS = re.compile(r"[|!<>]|\.\.")
#: Characters of one query value: with the rest, the URL stays at about the 4 KB that every proxy accepts.
_LONGEST_VALUE = 3900
#: More than any release accepts for the name of an SVM (public documentation: 47).
_LONGEST_NAME = 255


class Selector(NamedTuple):
    """The checked options svm, uuid, scope and configuration.

    inactive: whether to include configurations that are not enabled.
    """

    svms: tuple[str, ...] = ()
    uuid: str | None = None
    scope: str | None = None
    configuration: str | None = None
    inactive: bool = True


class Selected(NamedTuple):
    """A target and its configurations. idle: names of configurations that are not enabled and were left out."""

    target: Target
    records: tuple[dict[str, Any], ...] = ()
    idle: tuple[str, ...] = ()

    @property
    def record(self) -> dict[str, Any] | None:
        """The target's configuration, None if it does not exist. Raises TargetError if the target has several."""
        if len(self.records) > 1:
            uuids = ", ".join(sorted(record["uuid"] for record in self.records))
            hint = "Give the name of one of them as configuration, or its uuid."
            raise TargetError(f"there are {len(self.records)} configurations: {uuids}", target="svm", hint=hint)
        return self.records[0] if self.records else None


def require_record(selected: Selected) -> dict[str, Any]:
    """Return the target's configuration. Raises TargetError if it does not exist or if the target has several."""
    record = selected.record
    if record is None:
        raise TargetError(
            f"no Azure key vault configuration exists for {selected.target.label}",
            target="uuid" if selected.target.uuid else "svm" if selected.target.svm else "scope",
            hint=(
                f"Those that are not enabled have to be named by configuration: {', '.join(selected.idle)}."
                if selected.idle
                else ("List the configurations with ontap.akv.akv_info, or create one with ontap.akv.azure_key_vault.")
            ),
        )
    return record


def read_selector(
    params: Mapping[str, Any], *, wildcards: bool, required: bool = True, inactive: bool = False
) -> Selector:
    """Return what the task selects. Raises OptionError if the options select nothing, or two things at once.

    inactive: whether to include configurations that are not enabled even if the task does not name them.
    """
    svms, uuid, scope, configuration = (params.get(name) for name in ("svm", "uuid", "scope", "configuration"))
    given = [
        name
        for name, chosen in (
            ("svm", svms is not None),
            ("uuid", uuid is not None),
            ("scope: cluster", scope == "cluster"),
        )
        if chosen
    ]
    if len(given) > 1:
        raise OptionError(given[0], f"it cannot be combined with {' and '.join(given[1:])}; use one of them")
    if required and scope == "svm" and not given:
        raise OptionError(
            "scope",
            "svm alone is a filter of ontap.akv.akv_info, and does not say which SVMs the task is about",
            hint="Give svm or uuid.",
        )
    if required and not given:
        raise OptionError(
            "svm", "the task does not say which configurations it is about; give svm, uuid or scope: cluster"
        )
    if uuid is not None and not resource.is_uuid(check_exact("uuid", uuid)):
        raise OptionError("uuid", f"{uuid!r} is not a UUID")
    if configuration is not None and uuid is not None:
        raise OptionError("configuration", "it cannot be combined with uuid, which already names one configuration")
    if configuration is not None and (not _CONFIGURATION.fullmatch(configuration) or _has_operator(configuration)):
        raise OptionError(
            "configuration",
            f"{configuration!r} is not the name of a configuration; use a name without white space and operators",
        )
    named = inactive or uuid is not None or configuration is not None
    return Selector(_check_svms(svms, wildcards=wildcards), uuid and uuid.lower(), scope, configuration, named)


def _check_svms(items: Sequence[str] | None, *, wildcards: bool) -> tuple[str, ...]:
    if items is None:
        return ()
    if not items:
        raise OptionError("svm", "the list is empty; give the name of at least one SVM")
    for item in items:
        problem = _find_problem(item, wildcards=wildcards)
        if problem:
            raise OptionError("svm", f"{item!r} is not accepted: {problem}", hint="Give SVM names or SVM UUIDs.")
    return tuple(dict.fromkeys(item.lower() if resource.is_uuid(item) else item for item in items))


def _find_problem(item: str, *, wildcards: bool) -> str | None:
    problems = (
        (not item.strip(), "it is empty"),
        (re.search(r"\s", item), "it holds white space"),
        (_has_operator(item), "it holds a query operator of ONTAP"),
        ("," in item, "it holds a comma; each SVM is an item of its own"),
        (not item.isprintable(), "it holds characters that cannot be printed"),
        (len(item) > _LONGEST_NAME, f"the name of an SVM has at most {_LONGEST_NAME} characters"),
        ("*" in item and not wildcards, "this module does not accept wildcards"),
    )
    return next((problem for applies, problem in problems if applies), None)


def _has_operator(value: str) -> bool:
    """Return whether a value of a query is or contains an operator of ONTAP."""
    return _OPERATORS.search(value) is not None or value.lower() == "null"


def build_filters(chosen: Selector, *, expensive: bool) -> list[dict[str, str]]:
    """Return the queries that find all targets. expensive: whether they read properties that are expensive for the
    cluster.

    A name or wildcard never matches the cluster's configuration: the query already limits the scope.
    """
    common = {
        name: value for name, value in (("scope", chosen.scope), ("configuration.name", chosen.configuration)) if value
    }
    if chosen.uuid:
        return [{"uuid": chosen.uuid, **common}]
    if not chosen.svms:
        return [common]
    return [
        {**common, "scope": "svm", **query} for query in build_svm_queries(chosen.svms, "svm.", expensive=expensive)
    ]


def build_svm_queries(svms: Sequence[str], prefix: str, *, expensive: bool) -> list[dict[str, str]]:
    """Return the queries that find the given SVMs (names and UUIDs). prefix: of the fields name and uuid of an SVM."""
    names = [item for item in svms if not resource.is_uuid(item)]
    uuids = [item for item in svms if resource.is_uuid(item)]
    found = build_queries(f"{prefix}name", names, expensive=expensive) + build_queries(
        f"{prefix}uuid", uuids, expensive=expensive
    )
    return [{}] if {} in found else found


def build_queries(field: str, values: Sequence[str], *, expensive: bool) -> list[dict[str, str]]:
    """Return one query for all values.

    If it would be too long for a URL: one query for all records, or several queries if the properties are expensive
    (expensive).
    """
    if not values:
        return []
    if "*" in values:
        return [{}]
    if len(quote("|".join(values))) <= _LONGEST_VALUE:
        return [{field: "|".join(values)}]
    if not expensive:
        return [{}]
    half = len(values) // 2
    return build_queries(field, values[:half], expensive=expensive) + build_queries(
        field, values[half:], expensive=expensive
    )


def select(
    client: Reader,
    chosen: Selector,
    fields: Sequence[str],
    deadline: Deadline | None = None,
    unread: list[Unread] | None = None,
) -> list[Selected]:
    """Read the targets of a task from the cluster; return them in the task's order, each once. Raises AkvError.

    unread: the list to which statuses that the cluster cannot read are added.
    """
    expensive = bool(set(fields) & set(resource.ADVANCED))
    everything = read(client, build_filters(chosen, expensive=expensive), fields, deadline, unread)
    found = [record for record in everything if _is_chosen(chosen, record)]
    if chosen.uuid:
        mine = tuple(record for record in found if record["uuid"].lower() == chosen.uuid)
        return [
            Selected(_make_target(mine[0], uuid=chosen.uuid) if mine else Target(chosen.uuid, uuid=chosen.uuid), mine)
        ]
    if chosen.scope == "cluster":
        target = Target(make_label("cluster", chosen.configuration), configuration=chosen.configuration)
        return [_add_idle(Selected(target, tuple(record for record in found if _is_clusters(record))), everything)]
    return [
        _add_idle(selected, everything)
        for selected in _assign(chosen, [record for record in found if not _is_clusters(record)])
    ]


def _add_idle(selected: Selected, everything: Sequence[dict[str, Any]]) -> Selected:
    """Return a target; if it has no enabled configuration, add the names of those that are not enabled."""
    target = selected.target
    if selected.records or target.configuration is not None:
        return selected
    own = [
        record
        for record in everything
        if (_is_clusters(record) if target.svm is None else is_match(target.svm, record))
    ]
    names = (get_configuration(record, "name") for record in own if record.get("enabled") is False)
    return selected._replace(idle=tuple(sorted(name for name in names if name)))


def read(
    client: Reader,
    queries: Iterable[Mapping[str, str]],
    fields: Sequence[str],
    deadline: Deadline | None = None,
    unread: list[Unread] | None = None,
) -> list[dict[str, Any]]:
    """Return the records of several queries as modules return them, each record once.

    unread: the list to which statuses that the cluster cannot read are added.
    """
    found: dict[str, dict[str, Any]] = {}
    for query in queries:
        for record in read_records(
            client, {**query, "fields": ",".join(fields)}, deadline, [] if unread is None else unread
        ):
            found.setdefault(get_uuid(record), resource.clean_record(check_owner(record)))
    return list(found.values())


def read_target(client: Reader, target: Target, fields: Sequence[str], deadline: Deadline | None = None) -> Selected:
    """Re-read one target from the cluster. Raises AkvError."""
    svms = (target.svm_uuid or target.svm,) if target.svm is not None else ()
    chosen = (
        Selector(uuid=target.uuid)
        if target.uuid
        else Selector(svms, scope=None if svms else "cluster", configuration=target.configuration)
    )
    found = select(client, chosen, fields, deadline)
    return Selected(target, tuple(record for selected in found for record in selected.records))


def read_again(
    client: Reader,
    uuids: Sequence[str],
    fields: Sequence[str],
    deadline: Deadline | None = None,
    unread: list[Unread] | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the current configurations with these UUIDs, by UUID.

    unread: the list to which statuses that the cluster cannot read are added.
    """
    expensive = bool(set(fields) & set(resource.ADVANCED))
    records = read(client, build_queries("uuid", uuids, expensive=expensive), fields, deadline, unread)
    return {record["uuid"]: record for record in records}


def get_uuid(record: Mapping[str, Any]) -> str:
    """Return the UUID of a record. Raises ResponseError if the record does not have one."""
    uuid = record.get("uuid")
    # The UUID becomes part of the path of a write request.
    if not isinstance(uuid, str) or not resource.is_uuid(uuid):
        raise _make_error("a record without a UUID")
    return uuid


def check_owner(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the record if its owner is known.

    Raises ResponseError for any other record: it must not be mistaken for a missing configuration.
    """
    if record.get("scope", "svm") not in ("svm", "cluster"):
        raise _make_error("a record whose scope cannot be read")
    if (record.get("scope") == "svm" or "svm" in record) and get_svm(record, "name") is None:
        raise _make_error("a record whose SVM cannot be read")
    return record


def _make_error(what: str) -> ResponseError:
    return ResponseError(f"the response is not ONTAP's: {what}", status=200, request=Request("GET", resource.PATH))


def _is_clusters(record: Mapping[str, Any]) -> bool:
    return record["scope"] == "cluster" if "scope" in record else "svm" not in record


def get_key_store(record: Mapping[str, Any]) -> str:
    """Return the UUID of a configuration's key store. Raises TargetError if ONTAP does not report it."""
    uuid = get_configuration(record, "uuid")
    if uuid is None or not resource.is_uuid(uuid):
        raise TargetError("configuration: ONTAP does not report the UUID of its key store", target="configuration")
    return uuid


def _is_chosen(chosen: Selector, record: Mapping[str, Any]) -> bool:
    """Return whether a record has the requested configuration name, if any, and is enabled, if that is required."""
    if chosen.configuration is not None and (get_configuration(record, "name") or DEFAULT) != chosen.configuration:
        return False
    return chosen.inactive or record.get("enabled") is not False


def make_label(owner: str, configuration: str | None) -> str:
    """Return what messages call a configuration: its owner, with the configuration's name if it is not the default."""
    return owner if configuration in (None, DEFAULT) else f"{owner}/{configuration}"


def _make_target(record: Mapping[str, Any], *, uuid: str | None = None) -> Target:
    configuration = get_configuration(record, "name")
    if _is_clusters(record):
        return Target(make_label("cluster", configuration), uuid=uuid, configuration=configuration)
    svm_uuid = get_svm(record, "uuid")
    name = get_svm(record, "name") or svm_uuid
    return Target(
        make_label(name or record["uuid"], configuration),
        svm=name,
        svm_uuid=svm_uuid,
        uuid=uuid,
        configuration=configuration,
    )


def is_selected(chosen: Selector, record: Mapping[str, Any]) -> bool:
    """Return whether a task selects a record, even if the server ignored filters of the query."""
    if chosen.uuid and get_uuid(record).lower() != chosen.uuid:
        return False
    if chosen.scope and _is_clusters(record) != (chosen.scope == "cluster"):
        return False
    if not _is_chosen(chosen, record):
        return False
    return not chosen.svms or any(is_match(item, record) for item in chosen.svms)


def _assign(chosen: Selector, records: Sequence[dict[str, Any]]) -> list[Selected]:
    """Return one target with its records for each SVM; a record belongs to the first item of svm that matches it."""
    selected: list[Selected] = []
    taken: set[str] = set()
    for item in chosen.svms:
        matching = [record for record in records if is_match(item, record)]
        groups: dict[str, list[dict[str, Any]]] = {}
        for record in matching:
            groups.setdefault(get_svm(record, "uuid") or get_svm(record, "name") or record["uuid"], []).append(record)
        for key, group in sorted(groups.items(), key=lambda pair: get_svm(pair[1][0], "name") or ""):
            if key not in taken:
                taken.add(key)
                target = _make_target(group[0])
                one = len(group) == 1
                selected.append(
                    Selected(
                        target if one else target._replace(label=target.svm or key, configuration=None), tuple(group)
                    )
                )
        if not matching:
            label = make_label(item, chosen.configuration)
            selected.append(
                Selected(
                    Target(
                        label,
                        svm=item,
                        svm_uuid=item if resource.is_uuid(item) else None,
                        configuration=chosen.configuration,
                    )
                )
            )
    return selected


def is_match(item: str, record: Mapping[str, Any]) -> bool:
    """Return whether an item of svm (name, wildcard or UUID) matches a record."""
    if _is_clusters(record):
        return False
    if resource.is_uuid(item):
        return (get_svm(record, "uuid") or "").lower() == item.lower()
    pattern = ".*".join(re.escape(part) for part in item.split("*"))
    return re.fullmatch(pattern, get_svm(record, "name") or "") is not None
