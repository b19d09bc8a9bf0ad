# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of one cluster over a persistent connection, one request at a time.

A problem of the cluster is never raised as an exception.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.plugins.module_utils.akv.query import build_query, find
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selector
from ansible_collections.ontap.akv.plugins.module_utils.akv.statuses import Unread
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import AkvError
from ansible_collections.ontap.akv.plugins.module_utils.common.texts import parse_whole_number
from ansible_collections.ontap.akv.plugins.module_utils.converge.older_releases import check_release
from ansible_collections.ontap.akv.plugins.module_utils.rest.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run.task import Task
from ansible_collections.ontap.akv.plugins.plugin_utils.fleet.clusters import Cluster
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import Detector, Look, Reason
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.ems import Ems
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.events import make_event
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.pace import LookOutcome

#: Maximum number of requests of one look for the reasons why statuses cannot be read.
_MOST_LOOKUPS = 200


class ClusterWatcher:
    """Reads one cluster and remembers what was reported about it. Only stop() may be called from another thread.

    warnings: warnings about the connection settings. configurations: those of the cluster, as far as they are
    confirmed; another list after they have changed.
    """

    def __init__(
        self, cluster: Cluster, chosen: Selector, detector: Detector, *, now: Callable[[], float] = time.time
    ) -> None:
        """now: seconds since 1970. Raises AkvError if an option cannot be used."""
        self.cluster = cluster
        self._chosen = chosen
        self._detector = detector
        self._now = now
        self._task = Task(cluster.params)
        self._ems = Ems()
        self._stopped = False
        self.configurations: list[dict[str, Any]] = []
        self._transport: Transport | None = None
        self._client = self._connect()

    def _connect(self) -> Client:
        """Return a client that is not connected yet.

        Raises AkvError if an option, or a file that it names, cannot be used.
        """
        transport = Transport(self._task.read_connection())
        transport.open()
        self._transport = transport
        if self._stopped:
            transport.stop()
        return Client(transport)

    @property
    def warnings(self) -> list[str]:
        """Warnings about the connection settings."""
        return self._task.warnings

    def look(self, checks: Sequence[str], source: str) -> tuple[LookOutcome, list[dict[str, Any]]]:
        """Read the cluster; return the outcome and the events to send."""
        return self._judge(self._look(checks, source))

    def note_refusal(self, error: AkvError) -> tuple[LookOutcome, list[dict[str, Any]]]:
        """Record that the login was refused to another request than a look; return the same as look()."""
        return self._judge(Look(self._now(), error=_make_reason(error), refused=True, source="ems"))

    def _judge(self, look: Look) -> tuple[LookOutcome, list[dict[str, Any]]]:
        changes = self._detector.look(look)
        configurations = self._detector.list_configurations()
        if configurations != self.configurations:
            self.configurations = configurations
        reminder = self._detector.find_reminder()
        outcome = LookOutcome(
            read=look.records is not None,
            refused=look.refused,
            doubtful=self._detector.doubtful,
            unwell=self._detector.unwell,
            reminder=None if reminder is None else reminder - self._now(),
        )
        return outcome, self._make_events(changes)

    def _make_events(self, changes: Sequence[Any]) -> list[dict[str, Any]]:
        if not changes:
            return []
        mask = self._task.make_mask()
        return [make_event(self.cluster, change, mask) for change in changes]

    def remind(self) -> list[dict[str, Any]]:
        """Return the reminder, if one is due, for a cluster that could not be read and must not be asked yet."""
        return self._make_events(self._detector.remind(self._now()))

    def _look(self, checks: Sequence[str], source: str) -> Look:
        at = self._now()
        try:
            if self._transport is None:
                self._client = self._connect()
            records, unread = self._read_records(checks)
            return Look(at, records, checks, unread=unread, source=source)
        except AkvError as exc:
            # The next look reconnects: certificate files and addresses may have changed meanwhile.
            self._close()
            return Look(at, error=_make_reason(exc), refused=exc.denied, source=source)

    def _read_records(self, checks: Sequence[str]) -> tuple[list[dict[str, Any]], dict[tuple[str, str], Reason]]:
        """Return the configurations, and why statuses could not be read, by UUID and check."""
        statuses = {health.PROPERTIES[check]: check for check in checks}
        query = build_query(
            {"svm": None, "uuid": None, "scope": None, "query": {}, "fields": ["*", *statuses], "order_by": []}
        )
        unread: list[Unread] = []
        with check_release(self._client, list(statuses)):
            records = find(self._client, self._chosen, query, None, unread=unread, lookups=_MOST_LOOKUPS)
        return records, {(each.uuid, statuses[each.name]): _make_reason(each.error) for each in unread}

    def read_news(self) -> bool:
        """Return whether the event log of the cluster has new messages about keys. Raises AkvError."""
        return bool(self._ems.read_news(self._client))

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets of the cluster, which no text may hold."""
        return frozenset(self._task.secrets)

    def remove_secrets(self, error: AkvError) -> str:
        """Return an error as text without a secret."""
        return str(self._task.make_mask().mask_own(error.as_text()))

    def _close(self) -> None:
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def stop(self) -> None:
        """Send nothing more.

        A look that is under way ends with an error; one that waits for a response ends when that arrives.
        """
        self._stopped = True
        transport = self._transport
        if transport is not None:
            transport.stop()
            transport.close()


def _make_reason(error: AkvError) -> Reason:
    """Return an error as the reason of a problem."""
    code = parse_whole_number(error.code or "")
    return Reason(error.code if code is None else code, error.as_text())
