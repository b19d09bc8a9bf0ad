# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the SVMs of many clusters at the same time, and turns them into hosts."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource, selection, svms
from ansible_collections.ontap.akv.plugins.module_utils.akv.query import build_query, find
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    MissingLibraryError,
    OptionError,
    Request,
    ResponseError,
)
from ansible_collections.ontap.akv.plugins.module_utils.common.workers import run_in_parallel
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster

#: The names that ONTAP accepts for an SVM; any other could be a pattern or a range to Ansible.
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_DEFAULT_PORTS = {True: 443, False: 80}
_SVMS = selection.Selector(scope="svm")
#: Changes with the format of the cached data.
_FORM = 1


class Asked(NamedTuple):
    """The query for each cluster.

    query: filters of the configurations. every: whether SVMs without a configuration count too.
    """

    query: Mapping[str, str]
    every: bool


class SvmHost(NamedTuple):
    """One SVM. doubt: why its variables may be those of the wrong configuration."""

    name: str
    variables: dict[str, Any]
    doubt: str | None = None


class Found(NamedTuple):
    """The result for a cluster, or the error.

    records: those of its hosts, without secrets, as a cache may store them.
    """

    hosts: Sequence[SvmHost] = ()
    records: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()
    error: str | None = None


def read_query(query: Mapping[str, Any], *, every: bool, health: bool) -> Asked:
    """Return the query that the options of a source ask for. Raises OptionError."""
    if query and every:
        raise OptionError(
            "query",
            "it cannot be combined with svms: all, which would show the SVMs that it leaves out as SVMs without a"
            " configuration",
        )
    fields = ["*", *(resource.ADVANCED if health else ())]
    return Asked(
        build_query({"svm": None, "uuid": None, "scope": "svm", "query": query, "fields": fields, "order_by": []}),
        every,
    )


def read(clusters: Sequence[Cluster], asked: Asked, workers: int) -> dict[str, Found]:
    """Return the result for each cluster, by name, in the given order. Raises MissingLibraryError."""
    found: dict[int, Found] = {}

    def look(number: int, cluster: Cluster) -> None:
        found[number] = _look(cluster, asked)

    run_in_parallel(look, dict(enumerate(clusters)), workers=min(workers, len(clusters)))
    return {cluster.name: found[number] for number, cluster in enumerate(clusters)}


def _look(cluster: Cluster, asked: Asked) -> Found:
    task = Task(cluster.params)
    try:
        records = _read_records(task, asked)
        # A server may echo what it was sent.
        records = task.make_mask().mask_data(records)
        return Found(build_hosts(cluster, records), records, task.warnings)
    except MissingLibraryError:
        raise
    except AkvError as exc:
        return Found(warnings=task.warnings, error=task.make_mask().mask_own(exc.as_text()))


def _read_records(task: Task, asked: Asked) -> list[dict[str, Any]]:
    with task.open_client() as client:
        configured = find(client, _SVMS, asked.query, None)
        if not asked.every:
            return configured
        names = {resource.get_svm(record, "name") for record in configured}
        others = [svm for svm in svms.read(client) if svm["name"] not in names]
    return [*configured, *({"svm": {"name": svm["name"], "uuid": svm["uuid"]}} for svm in others)]


def build_hosts(cluster: Cluster, records: Sequence[Mapping[str, Any]]) -> list[SvmHost]:
    """Return the hosts of the given SVM records, ordered by name.

    Raises ResponseError if the name of an SVM is not valid.
    """
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_name.setdefault(_get_svm(record), []).append(record)
    shared = _list_shared(cluster)
    return [_build_host(cluster, name, by_name[name], shared) for name in sorted(by_name)]


def _get_svm(record: Mapping[str, Any]) -> str:
    name = resource.get_svm(record, "name") or ""
    if not _NAME.fullmatch(name):
        raise ResponseError(
            f"the response is not ONTAP's: {name!r} is not the name of an SVM",
            status=200,
            request=Request("GET", resource.PATH),
        )
    return name


def _list_shared(cluster: Cluster) -> dict[str, Any]:
    """Return the connection settings that differ from the defaults, and the host name; none of them is secret."""
    connection = cluster.connection
    port = {} if connection.port == _DEFAULT_PORTS[connection.https] else {"akv_http_port": connection.port}
    https = {} if connection.https else {"akv_https": False}
    return {"akv_hostname": connection.hostname, "akv_cluster": cluster.name, **port, **https}


def _build_host(cluster: Cluster, svm: str, records: Sequence[Mapping[str, Any]], shared: Mapping[str, Any]) -> SvmHost:
    """Return the host of an SVM. From ONTAP 9.14, an SVM can have several configurations: the enabled one is used."""
    chosen = min(records, key=lambda record: (record.get("enabled") is False, str(record.get("uuid"))))
    name = f"{svm}@{cluster.name}"
    doubt = None
    if len(records) > 1:
        doubt = f"{name}: there are {len(records)} configurations; the variable akv holds {chosen.get('uuid')}"
    return SvmHost(name, {**shared, "akv_svm": svm, "akv": {**chosen, "cluster": cluster.name}}, doubt)


class Kept:
    """The cached results of a source: for each cluster what was read, when, and for which query.

    Each cluster is stored by itself, so that a cluster that could not be read is not mistaken for an empty one. The
    time of the read is stored too, because Ansible's cache renews the age of everything that it writes, and always
    writes all of it.
    """

    def __init__(self, asked: Asked, cached: Any, timeout: int, now: float) -> None:
        """timeout: seconds for which an entry is valid, 0 for no limit."""
        self._asked = asked
        self._entries: dict[str, Any] = dict(cached) if isinstance(cached, Mapping) else {}
        self._timeout = timeout
        self._now = now

    def find(self, cluster: Cluster) -> Found | None:
        """Return the cached result of a cluster, None if the cluster has to be read."""
        entry = self._entries.get(cluster.name)
        if (
            not isinstance(entry, dict)
            or entry.get("about") != self._make_key(cluster)
            or not self._is_young(entry.get("read"))
        ):
            return None
        try:
            # Plain text only: Ansible's cache can hold templates that it trusts.
            records = [dict(record) for record in json.loads(json.dumps(entry["records"]))]
            return Found(build_hosts(cluster, records), records)
        except (AkvError, KeyError, TypeError, ValueError):
            return None  # Something else wrote it.

    def merge(self, clusters: Sequence[Cluster], read: Mapping[str, Found]) -> dict[str, Any]:
        """Return what to store: the results just read, and those of the other clusters that are still listed."""
        entries = {}
        for cluster in clusters:
            found = read.get(cluster.name)
            if found is None:
                entries[cluster.name] = self._entries[cluster.name]
            elif found.error is None:
                entries[cluster.name] = {
                    "about": self._make_key(cluster),
                    "read": self._now,
                    "records": list(found.records),
                }
        return entries

    def _is_young(self, read: Any) -> bool:
        return isinstance(read, (int, float)) and (not self._timeout or 0 <= self._now - read < self._timeout)

    def _make_key(self, cluster: Cluster) -> str:
        """Return a key of the cluster and the query: a result for one query must not be used for another."""
        connection = cluster.connection
        about = [
            _FORM,
            connection.base_url,
            connection.username,
            connection.cert_filepath,
            dict(self._asked.query),
            self._asked.every,
        ]
        return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()
