# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log of the cluster (EMS): what its nodes have observed.

The names are those of the public EMS reference (ekmip.akv events, 9.10 and later); which of them comes when is an assumption.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import Node, Vault

#: Azure serves a configuration again, or no longer; a volume lost its key.
AVAILABLE, NOT_AVAILABLE, VOLUME_OFFLINE = "ekmip.akv.available", "ekmip.akv.notAvailable", "ekmip.akv.volOffline"
_SEVERITIES = {AVAILABLE: "notice", NOT_AVAILABLE: "alert", VOLUME_OFFLINE: "alert"}
#: How many events are kept; the oldest go first, as in a log that is rotated.
KEPT = 2000


@dataclass(frozen=True)
class Event:
    """One observed event. index: counts the events of its node. time: seconds since 1970, by the cluster's clock."""

    node: Node
    index: int
    time: float
    name: str
    severity: str
    log_message: str
    parameters: Mapping[str, str]

    @property
    def uuid(self) -> str:
        """What tells it from all others: its place below the path of the collection."""
        return f"{self.node.name}/{self.index}"


class Ems:
    """The log, the oldest event first."""

    def __init__(self) -> None:
        self.events: deque[Event] = deque(maxlen=KEPT)
        self._counts: dict[str, int] = {}

    def observe(self, node: Node, moment: float, name: str, parameters: Mapping[str, str], severity: str | None = None) -> Event:
        """A node writes an event."""
        index = self._counts[node.name] = self._counts.get(node.name, 0) + 1
        told = ", ".join(f'{key}: "{value}"' for key, value in parameters.items())
        event = Event(node, index, moment, name, severity or _SEVERITIES.get(name, "notice"), f"{name}: {told}", dict(parameters))
        self.events.append(event)
        return event

    def newest_first(self) -> dict[str, Event]:
        """All events as ONTAP lists them, by what tells them apart."""
        return {event.uuid: event for event in reversed(self.events)}


def about(vault: Vault) -> dict[str, str]:
    """The parameters of an event about a configuration; the documented ones of ekmip.gckms, by their meaning (assumption)."""
    return {"vserver": vault.svm.name or "", "keyVault": vault.fields["name"], "keyId": vault.fields["key_id"]}
