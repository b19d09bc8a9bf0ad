# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks at one cluster: over a connection that is kept, one request at a time, and never with an exception for what a cluster does."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.ontap.akv.plugins.module_utils import akv, select
from ansible_collections.ontap.akv.plugins.module_utils.client import Client
from ansible_collections.ontap.akv.plugins.module_utils.errors import AkvError, MissingLibraryError
from ansible_collections.ontap.akv.plugins.module_utils.fitting import fitting
from ansible_collections.ontap.akv.plugins.module_utils.masking import masker
from ansible_collections.ontap.akv.plugins.module_utils.query import query_of
from ansible_collections.ontap.akv.plugins.module_utils.task import Task
from ansible_collections.ontap.akv.plugins.module_utils.transport import Transport
from ansible_collections.ontap.akv.plugins.plugin_utils.changes import PROPERTIES, Look, Wrong
from ansible_collections.ontap.akv.plugins.plugin_utils.clusters import Cluster
from ansible_collections.ontap.akv.plugins.plugin_utils.ems import Ems


class Watcher:
    """Looks at one cluster; to be used by one thread at a time, but for stop()."""

    def __init__(self, cluster: Cluster, svms: Sequence[str], *, now: Callable[[], float] = time.time) -> None:
        self.cluster = cluster
        self._chosen = select.selector({"svm": list(svms) or None}, wildcards=True, required=False, inactive=True)
        self._now = now
        self._task = Task(cluster.params)
        self._transport: Transport | None = None
        self._client: Client | None = None
        self._ems: Ems | None = None
        self._stopped = False
        # Opened here, so that what is secret is known before the first error.
        self._task.connection()
        self.mask = masker(self._task.secrets)

    @property
    def warnings(self) -> list[str]:
        """What is to be told of how the cluster is reached."""
        return self._task.warnings

    def look(self, checks: Sequence[str], source: str = "poll") -> Look:
        """Returns what the cluster shows now. Raises MissingLibraryError."""
        at = self._now()
        try:
            return Look(at, self._records(checks), checks, source=source)
        except MissingLibraryError:
            raise
        except AkvError as exc:
            # The next look begins anew: files of certificates may have been replaced, and a connection may be of a cluster that was.
            self.close()
            return Look(at, error=Wrong(exc.code, exc.text()), certain=exc.denied, source=source)

    def _records(self, checks: Sequence[str]) -> list[dict[str, Any]]:
        client = self._opened()
        dear = [PROPERTIES[check] for check in checks]
        query = query_of({"svm": None, "uuid": None, "scope": None, "query": {}, "fields": ["*", *dear], "order_by": []})
        found: dict[str, dict[str, Any]] = {}
        deadline = client.deadline(self.cluster.connection.timeout)
        with fitting(client, dear):
            for targets in select.filters(self._chosen, dear=bool(dear)):
                for record in client.records(akv.PATH, {**query, **targets}, deadline):
                    shown = akv.public(select.owned(record))
                    if select.selects(self._chosen, shown):
                        found.setdefault(select.uuid_of(shown), shown)
        return list(found.values())

    def news(self) -> list[str]:
        """Returns the names of the messages in the cluster's event log, since the last time, that are about keys. Raises AkvError."""
        client = self._opened()
        self._ems = self._ems or Ems(client)
        return [message.name for message in self._ems.news()]

    def _opened(self) -> Client:
        if self._client is None:
            self._transport = Transport(self._task.connection())
            self._client = Client(self._transport)
            if self._stopped:
                self._transport.stop()
        return self._client

    def close(self) -> None:
        """Closes the connection; the next look opens another one."""
        if self._transport is not None:
            self._transport.close()
        self._transport = self._client = self._ems = None

    def stop(self) -> None:
        """Sends nothing more; a look that is under way ends with an error."""
        self._stopped = True
        transport = self._transport
        if transport is not None:
            transport.stop()
