# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read configurations by fields, filters and order: the query of akv_info and of the inventory."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread, read_records
from ansible_collections.ontap.akv.plugins.module_utils.common import releases
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import check_text
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reader

ALWAYS_ASKED = ("uuid", "name", "scope", "svm")
_FIELD = re.compile(r"\*\*?|[a-z_]+(\.[a-z_]+)*(\.\*)?")
_ORDER = re.compile(r"[a-z_]+(\.[a-z_]+)*( +(asc|desc))?", re.IGNORECASE)
# Parameters of the request that are not filters; each has its own option, or deliberately has no option.
_NO_FILTERS = frozenset({"fields", "max_records", "order_by", "return_records", "return_timeout"})
# Filters that an option sets, too: a name in svm never matches the cluster's configuration.
_IMPLIED = {"svm": ("scope",)}
_LARGEST_PAGE = 10000
_KNOWN = frozenset(
    {*ALWAYS_ASKED, "*", "**", *(name for name, field in releases.FIELDS.items() if field.read is not None)}
)


def _check(option: str, values: list[str], pattern: re.Pattern[str], form: str) -> list[str]:
    for value in values:
        if not pattern.fullmatch(value):
            raise OptionError(option, f"{value!r} is not accepted; give {form}")
    return values


def _check_known(names: Iterable[str]) -> None:
    """Raise OptionError for a field that does not exist in any release; the hint lists the fields that do."""
    for name in names:
        if name.split(".")[0] not in _KNOWN:
            raise OptionError(
                "fields",
                f"{name!r} is not a field of a configuration",
                hint=f"The fields are {', '.join(sorted(_KNOWN - {'*', '**'}))}.",
            )


def _format_value(name: str, value: Any) -> str:
    """Return a filter's value in the form that ONTAP expects in a query."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and value:
        return "|".join(_format_value(name, item) for item in value)
    if isinstance(value, (str, int)):
        return check_text("query", str(value))
    raise OptionError(
        "query", f"the value of {name} is neither a string, a number, a boolean nor a list of some of them"
    )


def build_query(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the query that the options of a task define, without the targets. Raises OptionError."""
    for name in params["query"]:
        if name in _NO_FILTERS:
            raise OptionError(
                "query", f"{name} is not a filter", hint="Use the options fields, order_by and max_records."
            )
        if not _FIELD.fullmatch(name) or "*" in name:
            raise OptionError("query", f"{name!r} is not the name of a field")
        for option in ("svm", "uuid", "scope", "configuration"):
            if params.get(option) and name.split(".")[0] in (option, *_IMPLIED.get(option, ())):
                raise OptionError("query", f"{name} and the option {option} exclude each other; use one of them")
    fields = _check("fields", params["fields"], _FIELD, "the name of a field, * or **")
    _check_known(fields)
    order = _check("order_by", params["order_by"], _ORDER, "the name of a field, optionally followed by asc or desc")
    query = {name: _format_value(name, value) for name, value in params["query"].items()}
    # The response is matched with the requested configuration by this field.
    named = ["configuration"] if params.get("configuration") else []
    query["fields"] = ",".join(dict.fromkeys((*ALWAYS_ASKED, *named, *(fields or ["*"]))))
    if order:
        query["order_by"] = ",".join(order)
    return query


def find(
    client: Reader,
    chosen: selection.Selector,
    query: Mapping[str, str],
    limit: int | None,
    *,
    unread: list[Unread] | None = None,
    lookups: int | None = None,
) -> list[dict[str, Any]]:
    """Return the configurations that the targets and the query select, each once, at most limit of them.

    unread: the list to which statuses that the cluster cannot read are added; the records are returned without them.
    If it is None, such a failure is raised. lookups: see read_records.
    """
    fields = query["fields"].split(",")
    missing: list[Unread] | None = None if unread is None else []
    if chosen.inactive or {"*", "**", "enabled"} & set(fields):
        records = list(_read(client, chosen, query, limit, unread=missing, lookups=lookups).values())
    else:
        # Which configurations are enabled is known only after reading them, so the limit is applied last.
        records = _select_enabled(client, _read(client, chosen, query, None, unread=missing, lookups=lookups), fields)[
            :limit
        ]
    if unread is not None:
        returned = {record["uuid"] for record in records}
        unread += [status for status in missing or () if status.uuid in returned]
    return records


def _read(
    client: Reader,
    chosen: selection.Selector,
    query: Mapping[str, str],
    limit: int | None,
    *,
    unread: list[Unread] | None,
    lookups: int | None,
) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    page = {} if limit is None else {"max_records": str(min(limit, _LARGEST_PAGE))}
    expensive = bool({"**", *resource.ADVANCED} & {field.split(".")[0] for field in query["fields"].split(",")})
    for targets in selection.build_filters(chosen, expensive=expensive):
        for record in read_records(client, {**query, **targets, **page}, None, unread, lookups):
            shown = resource.clean_record(selection.check_owner(record))
            uuid = selection.get_uuid(shown)
            # A list too long for a URL is requested without its names, so the response may hold more records.
            if selection.is_selected(chosen, shown):
                found.setdefault(uuid, shown)
            if len(found) == limit:
                return found
    return found


def _select_enabled(client: Reader, found: Mapping[str, dict[str, Any]], fields: Sequence[str]) -> list[dict[str, Any]]:
    """Return the configurations without those that are not enabled, if the requested fields do not include that.

    Sends another query only for configurations that may not be enabled: those whose owner has more than one, and
    those without any of the requested expensive properties.
    """
    expensive = {field.split(".")[0] for field in fields} & set(resource.ADVANCED)
    owners = Counter(resource.get_svm(record, "uuid") for record in found.values())
    doubtful = [
        uuid
        for uuid, record in found.items()
        if owners[resource.get_svm(record, "uuid")] > 1 or (expensive and not expensive & set(record))
    ]
    told = selection.read_again(client, doubtful, ["*"])
    return [record for uuid, record in found.items() if told.get(uuid, {}).get("enabled") is not False]
