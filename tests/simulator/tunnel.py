# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SVM that a request names: in its body, or by SVM tunneling, whose headers limit the request to this SVM.

Source: public documentation, "Getting started with the ONTAP REST API", "SVM tunneling". Codes, and what the section
leaves open, are assumptions (README.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import errors, operators
from .cluster import Cluster, Svm
from .paging import Pairs
from .tables import Table

_NAME, _UUID = b"x-dot-svm-name", b"x-dot-svm-uuid"


def svm_of(cluster: Cluster, headers: Mapping[bytes, str]) -> Svm | None:
    """The SVM that the headers name, or None without them. A header without a value names no SVM that exists."""
    name, uuid = headers.get(_NAME), headers.get(_UUID)
    return (
        None if name is None and uuid is None else find_svm(cluster, name, uuid, ("X-Dot-SVM-Name", "X-Dot-SVM-UUID"))
    )


def find_svm(
    cluster: Cluster, name: str | None, uuid: str | None, targets: tuple[str, str] = ("svm.name", "svm.uuid")
) -> Svm:
    """The SVM with a name, a UUID or both. targets: where the request has them."""
    by_name = None if name is None else cluster.svms.get(name)
    by_uuid = None if uuid is None else next((svm for svm in cluster.svms.values() if svm.uuid == uuid.lower()), None)
    for given, found, target in ((name, by_name, targets[0]), (uuid, by_uuid, targets[1])):
        if given is not None and found is None:
            raise errors.no_svm(given, target)
    if by_name is not None and by_uuid is not None and by_name is not by_uuid:
        raise errors.different_svms(targets[1])
    svm = by_name or by_uuid
    if svm is None:
        raise errors.missing([targets[0]])
    return svm


def within(svm: Svm | None, table: Table, rows: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rows that a request can reach: those of its SVM. A resource that belongs to no SVM is not limited
    (assumption).
    """
    if svm is None or table.owner is None:
        return rows
    return {uuid: row for uuid, row in rows.items() if table.owner(row) is svm}


def check_filters(svm: Svm | None, table: Table, pairs: Pairs, *, refuse: bool) -> None:
    """Refuse a filter that excludes the SVM of the headers, as "do not match" is a 400; refuse: whether it is, or
    finds nothing (knob).
    """
    if svm is None or table.owner is None or not refuse:
        return
    for name, own in (("svm.name", svm.name), ("svm.uuid", svm.uuid)):
        for text in (text for given, text in pairs if given == name and name in table.fields):
            if not operators.predicate(table.fields[name], text)([own]):
                raise errors.other_svm(name, text)


def complete(svm: Svm | None, given: dict[str, Any]) -> None:
    """Put the SVM into the fields of a body, which need not have it; another SVM there is refused."""
    if svm is None:
        return
    for name, own in (("svm.name", svm.name), ("svm.uuid", svm.uuid)):
        if name in given and (given[name].lower() if name == "svm.uuid" else given[name]) != own:
            raise errors.other_svm(name, given[name])
    given["svm.name"] = svm.name
