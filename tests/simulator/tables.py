# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a resource: what its records are made of, and the records themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from .schema import Field

if TYPE_CHECKING:
    from .cluster import Svm

Record = dict[str, Any]
Tree = dict[str, Any]


def _nothing(_row: Any, _advanced: frozenset[str]) -> None:
    """Most records can always be read."""


@dataclass(frozen=True)
class Table:
    """What reading needs to know of a resource. `view(row, advanced)` gives a record with its nested fields."""

    path: str
    fields: Mapping[str, Field]
    view: Callable[[Any, frozenset[str]], Record]
    #: Fields that every answer has (reference, "Retrieving the advanced properties ...").
    identity: tuple[str, ...] = ("uuid",)
    #: Fields that a collection has where none are named, besides.
    default: tuple[str, ...] = ()
    #: Fields that can be set and never read, and those of them that a hostile server shows all the same.
    secrets: frozenset[str] = frozenset()
    leaked: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)
    #: There is one such record, at the path itself.
    single: bool = False
    #: Raises what a GET of one record fails with, though the collection may not.
    check: Callable[[Any, frozenset[str]], None] = _nothing
    #: Whether the collection has an order of its own.
    ordered: bool = False
    #: The place of a record below the path.
    key: Callable[[Record], str] = itemgetter("uuid")
    #: The SVM that a row belongs to; None for a resource that belongs to no SVM.
    owner: Callable[[Any], Svm | None] | None = None


def project(value: Any, tree: Tree) -> Any:
    """A new record with the chosen fields only."""
    if isinstance(value, list):
        return [project(item, tree) for item in value]
    return {
        name: value[name] if branch is None else project(value[name], branch)
        for name, branch in tree.items()
        if name in value
    }


def values(record: Any, path: Sequence[str]) -> list[Any]:
    """The values of a field; several where a list is on the way (ekmip_reachability), none where it is not set."""
    for place, name in enumerate(path):
        if isinstance(record, list):
            return [found for item in record for found in values(item, path[place:])]
        if name not in record:
            return []
        record = record[name]
    return record if isinstance(record, list) else [record]


def add_links(table: Table, record: Record) -> Record:
    """HAL links of a record and of what it refers to."""
    record["_links"] = {"self": {"href": table.path if table.single else f"{table.path}/{table.key(record)}"}}
    for path, target in table.links.items():
        for referred in values(record, path.split(".")):
            if "uuid" in referred:
                referred["_links"] = {"self": {"href": f"{target}/{referred['uuid']}"}}
    return record
