# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SVMs of a cluster, with or without a configuration.

Source: ONTAP REST API reference, C(/svm/svms), which lists the data SVMs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError, Request, ResponseError
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Reader

PATH = "/api/svm/svms"
FIELDS = ("uuid", "name", "subtype", "state")
CLUSTER = "/api/cluster"
#: The release in C(version.full), such as C(NetApp Release 9.16.1P2: Tue Feb 04 16:23:11 UTC 2026).
_RELEASE = re.compile(r"(?<![\d.])9\.\d+(?:\.\d+)*(?:[A-Z]+\d+)?", re.ASCII)


def read(client: Reader, items: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Return the SVMs of a cluster with the properties in FIELDS, each once. Raises AkvError.

    items: names and UUIDs of the SVMs to return, None for all.
    """
    found: dict[str, dict[str, Any]] = {}
    for query in [{}] if items is None else selection.build_svm_queries(items, "", expensive=True):
        for record in client.read_records(PATH, {**query, "fields": ",".join(FIELDS)}):
            svm = _read_svm(record)
            # A server that does not know a filter returns more records.
            if items is None or any(is_called(item, svm) for item in items):
                found.setdefault(svm["uuid"], svm)
    return list(found.values())


def read_release(client: Reader) -> str | None:
    """Return the release of a cluster with its patch, None if the cluster does not report it. Raises AkvError for a
    refused login.
    """
    try:
        version = client.read_record(CLUSTER, {"fields": "version"}).get("version")
    except AkvError as exc:
        if exc.status == 401:
            raise
        return None
    if not isinstance(version, dict):
        return None
    full = _RELEASE.search(str(version.get("full") or ""))
    # The first release of some years has no third number, such as 9.8.
    numbers = [str(version[part]) for part in ("generation", "major", "minor") if isinstance(version.get(part), int)]
    said = ".".join(numbers) if len(numbers) > 1 else None
    return full.group() if full else said


def merge_same(client: Reader, found: Sequence[selection.Selected]) -> list[selection.Selected]:
    """Return the targets of a task without duplicates: an SVM that is given both by name and by UUID is kept once.

    Without a configuration no record links the name to the UUID; then the SVMs are read from the cluster, once.
    Raises AkvError.
    """
    absent = [one.target for one in found if not one.records and one.target.svm is not None]
    names = {target.svm for target in absent if target.svm_uuid is None}
    uuids = [target.svm_uuid for target in absent if target.svm_uuid is not None]
    if not names or not uuids:
        return list(found)
    called = {svm["uuid"].lower(): svm["name"] for svm in read(client, uuids)}
    merged: dict[Any, selection.Selected] = {}
    for one in found:
        uuid = one.target.svm_uuid if not one.records else None
        name = called.get(uuid.lower()) if uuid is not None else None
        key = ("svm", name or one.target.svm) if not one.records else ("target", one.target)
        merged.setdefault(key, one)
    return list(merged.values())


def is_called(item: str, svm: Mapping[str, Any]) -> bool:
    """Return whether a name or UUID is that of an SVM."""
    return bool(svm["uuid"].lower() == item.lower() if resource.is_uuid(item) else svm["name"] == item)


def _read_svm(record: Mapping[str, Any]) -> dict[str, Any]:
    uuid, name = record.get("uuid"), record.get("name")
    if not isinstance(uuid, str) or not resource.is_uuid(uuid) or not isinstance(name, str):
        raise ResponseError(
            "the response is not ONTAP's: an SVM without a name or a UUID", status=200, request=Request("GET", PATH)
        )
    return {field: record[field] if isinstance(record.get(field), str) else None for field in FIELDS}
