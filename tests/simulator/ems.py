# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event log of the cluster (EMS): what its nodes have observed.

Names, severities, texts and parameters are those of the public EMS references of 9.10.1 to 9.17.1; README.md says which
of them comes when.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cluster import Node, Vault
    from .releases import Release

#: Azure serves a configuration, or does not; its key is at hand, or is not; Azure has made a new version of it.
AVAILABLE, NOT_AVAILABLE = "ekmip.akv.available", "ekmip.akv.notAvailable"
VOLUME_ONLINE, VOLUME_OFFLINE = "ekmip.akv.volOnline", "ekmip.akv.volOffline"
KEY_EXPIRED, KEY_CHANGED = "ekmip.akv.keyExpired", "ekmip.akv.keyVersionChanged"
#: A node came up without the keys of an SVM; it came up at all.
NOT_RETRIEVED, BOOTED = "km.keyretrieve.failed", "mgr.boot.disk_done"

#: How many events are kept; the oldest go first, as in a log that is rotated.
KEPT = 2000
_OTHER = "notice"


@dataclass(frozen=True)
class Kind:
    """An event of the catalogue. text names its parameters; until 9.13 it may have been another one. since: the
    first release that has it.
    """

    severity: str
    text: str
    before: str | None = None
    since: str = "9.8"

    def text_in(self, release: Release) -> str:
        """The text as a release writes it."""
        return self.text if self.before is None or release.at_least("9.14") else self.before


_DETAILS = 'AKV configuration details, SVM: "{svm}", configuration name: "{configName}"'
KINDS = {
    AVAILABLE: Kind(
        "notice",
        f'The AKV Key Management Service is now available. {_DETAILS}, AKV name: "{{name}}".',
        'The Azure Key Vault "{name}" configured for Vserver "{vserver}" is now available.',
    ),
    NOT_AVAILABLE: Kind(
        "alert",
        f'The AKV Key Management Service is not available. {_DETAILS}, AKV name: "{{name}}".',
        'The Azure Key Vault "{name}" configured for Vserver "{vserver}" is not available.',
    ),
    KEY_EXPIRED: Kind(
        "error",
        f'The AKV key version has expired. Key ID: "{{keyId}}". {_DETAILS}, AKV name: "{{name}}".',
        'The key-id "{keyId}", owned by the Azure Key Vault "{name}" and configured for Vserver "{vserver}", has'
        " expired.",
    ),
    KEY_CHANGED: Kind(
        "notice",
        'The AKV key version has been changed. AKV configuration details, SVM "{svm}", configuration name'
        ' "{configName}", AKV: "{name}", previous key version: "{oldKeyVersion}", current key version:'
        ' "{newKeyVersion}".',
        'The key version of the key-id owned by the Azure Key Vault "{name}" configured for Vserver "{vserver}" has'
        ' been changed from "{oldKeyVersion}" to "{newKeyVersion}".',
    ),
    VOLUME_OFFLINE: Kind(
        "alert",
        "The SVM has been blocked and any encrypted volumes belonging to the SVM have been taken offline due to key"
        ' access errors. AKV configuration details, SVM: "{svm}", configuration name "{configName}", key ID: "{keyId}",'
        ' AKV name: "{name}".',
        'Encrypted volumes belonging to Vserver "{vserver}" have been taken offline due to key access errors associated'
        ' with the key-id "{keyId}" owned by Azure Key Vault "{name}".',
    ),
    VOLUME_ONLINE: Kind(
        "notice",
        f'Encrypted volumes belonging to the SVM are now back online. {_DETAILS}, key ID "{{keyId}}", AKV name:'
        ' "{name}".',
        'Encrypted volumes belonging to Vserver "{vserver}" associated with the key-id "{keyId}" owned by Azure Key'
        ' Vault "{name}" are now back online.',
        since="9.13",
    ),
    NOT_RETRIEVED: Kind(
        "alert", "Key auto-retrieve failed on node {node} for Vserver {vserver} (ID {vserverId}, UUID {vserverUuid})."
    ),
    "raid.encrypt.no.key": Kind(
        "error", "No encryption key is available for volume '{volume}' because of error '{error}'."
    ),
    "gb.sfo.veto.kmgr.keysmissing": Kind(
        "error",
        'Giveback of aggregate "{aggr}" failed due to the unavailability of the volume encryption keys for the'
        ' encrypted volumes of the aggregate on partner node "{node}". Details: {details}.',
    ),
    BOOTED: Kind("informational", "{ver} boot complete. Last disk update written at {last_write_time}"),
}


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
        """What identifies it: its place below the path of the collection."""
        return f"{self.node.name}/{self.index}"


@dataclass(frozen=True)
class Message:
    """A kind of event that the release has; its name identifies it."""

    uuid: str
    severity: str
    text: str


class Ems:
    """The log, the oldest event first, and the names that the release has in its catalogue."""

    def __init__(self, release: Release) -> None:
        self.events: deque[Event] = deque(maxlen=KEPT)
        self._release = release
        self._names = {name for name, kind in KINDS.items() if release.at_least(kind.since)}
        self._counts: dict[str, int] = {}

    def __contains__(self, name: object) -> bool:
        """Whether the catalogue has an event; what was put into the log by hand is in it too."""
        return name in self._names

    def catalogue(self) -> dict[str, Message]:
        """The kinds of events, by name."""
        known = {name: KINDS.get(name, Kind(_OTHER, "")) for name in sorted(self._names)}
        return {name: Message(name, kind.severity, kind.text_in(self._release)) for name, kind in known.items()}

    def observe(
        self, node: Node, moment: float, name: str, values: Mapping[str, str], severity: str | None = None
    ) -> None:
        """A node writes an event, where the release has it. values: of its parameters; of an event that is not
        known, all of them.
        """
        kind = KINDS.get(name)
        if kind is not None and name not in self._names:
            return
        self._names.add(name)
        text = ", ".join(f"{key}: {{{key}}}" for key in values) if kind is None else kind.text_in(self._release)
        values = defaultdict(str, values)
        parameters = {field: values[field] for _text, field, _format, _conversion in Formatter().parse(text) if field}
        index = self._counts[node.name] = self._counts.get(node.name, 0) + 1
        severity = severity or (_OTHER if kind is None else kind.severity)
        self.events.append(Event(node, index, moment, name, severity, f"{name}: {text.format_map(values)}", parameters))

    def newest_first(self) -> dict[str, Event]:
        """The events as ONTAP lists them, by what identifies them; a node keeps its own, and tells them while it is
        up (assumption).
        """
        return {event.uuid: event for event in reversed(self.events) if event.node.up}


@dataclass(frozen=True)
class Way:
    """How a configuration stands with Azure: whether that serves it, and whether it has no key for the volumes that
    need one.
    """

    served: bool
    keyless: bool


def told(before: Way, after: Way) -> list[str]:
    """The events that report a change; at once (assumption: ONTAP looks every 15 minutes, and takes volumes offline
    after 60).
    """
    names = []
    if before.served != after.served:
        names.append(AVAILABLE if after.served else NOT_AVAILABLE)
    if before.keyless != after.keyless:
        names.append(VOLUME_OFFLINE if after.keyless else VOLUME_ONLINE)
    return names


def about(vault: Vault, cluster_name: str) -> dict[str, str]:
    """The values of the parameters of events about a configuration; the owner of the cluster's own is named as the
    cluster (assumption).
    """
    owner = vault.svm.name or cluster_name
    return {
        "svm": owner,
        "vserver": owner,
        "vserverUuid": vault.svm.uuid,
        # No other place shows it (assumption: any number that stays the same).
        "vserverId": str(int(vault.svm.uuid[:4], 16)),
        "configName": vault.configuration,
        "name": vault.fields["name"],
        "keyId": vault.fields["key_id"],
    }
