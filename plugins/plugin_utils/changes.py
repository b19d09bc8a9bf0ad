# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has changed between looks at one cluster: pure, with the time given.

Each thing that can change (whether the cluster can be read, a configuration, each check of it) is a subject with a value.
A value counts once it was seen in so many looks in a row, and only then it is told that it changed. What a look does not
show (the cluster could not be read, a check was not asked for) leaves a subject as it was, and interrupts no row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils import health
from ansible_collections.ontap.akv.plugins.module_utils.akv import unreachable, unreached

#: Of each check: the event when it is wrong, and when it is well again.
TYPES = {
    "state": ("akv_state_lost", "akv_state_restored"),
    "azure": ("azure_unreachable", "azure_reachable"),
    "ekmip": ("ekmip_unreachable", "ekmip_reachable"),
    "cluster": ("cluster_unreachable", "cluster_reachable"),
}
ADDED, REMOVED, DRIFT = "configuration_added", "configuration_removed", "configuration_drift"
PROPERTIES = {"state": "state", "azure": "azure_reachability", "ekmip": "ekmip_reachability"}
#: Neither compared nor told as a change: who a configuration is, and how it is.
_NOT_COMPARED = frozenset({"uuid", "_links", *PROPERTIES.values()})
#: In the place of a configuration that is not there.
_GONE: Mapping[str, Any] = {}

_CONFIGURATION, _WELL, _WRONG = "configuration", "well", "wrong"

Subject = tuple[str, ...]


class Wrong(NamedTuple):
    """What a look says of something that is wrong."""

    code: int | str | None = None
    message: str = ""


@dataclass(frozen=True)
class Look:
    """What one look at a cluster showed. at: seconds since 1970. records: None where it could not be read, for the reason in error.

    checks: those that were asked for. certain: whether an error needs no second look, as a refused login. source: poll or ems.
    """

    at: float
    records: Sequence[Mapping[str, Any]] | None = None
    checks: Sequence[str] = ()
    error: Wrong = field(default_factory=Wrong)
    certain: bool = False
    source: str = "poll"


@dataclass(frozen=True)
class Change:
    """Something that is told. record: the configuration that it is about, None where it is about the cluster.

    since, at: seconds since 1970. initial: whether it was so at the first look. reminder: how often it was told again.
    """

    type: str
    since: float
    at: float
    source: str
    record: Mapping[str, Any] | None = None
    node: str | None = None
    wrong: Wrong = field(default_factory=Wrong)
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    initial: bool = False
    reminder: int = 0


@dataclass
class _Subject:
    """A value that was confirmed, and the one that waits to be. told: what was told last of it while it is wrong."""

    value: Any
    candidate: Any = None
    seen: int = 0
    since: float = 0.0
    source: str = "poll"
    told: Change | None = None

    def confirmed(self, value: Any, look: Look, needed: int) -> bool:
        """Returns whether this look makes the value another one than before."""
        if value == self.value:
            self.seen = 0
            return False
        if self.seen == 0 or value != self.candidate:
            self.candidate, self.seen, self.since, self.source = value, 0, look.at, look.source
        self.seen += 1
        if self.seen < needed:
            return False
        self.value, self.seen = value, 0
        return True


class Detector:
    """Turns looks at one cluster into what has changed."""

    def __init__(self, *, confirm: int, initial: bool = True, remind: float = 0.0) -> None:
        """confirm: looks in a row. initial: whether what is wrong at the first look is told. remind: seconds, 0 for never."""
        self._confirm = confirm
        self._initial = initial
        self._remind = remind
        self._subjects: dict[Subject, _Subject] = {}
        self._records: dict[str, Mapping[str, Any]] = {}
        # When each kind of thing was looked at for the first time.
        self._first: dict[str, float] = {}

    @property
    def waiting(self) -> bool:
        """Whether something was seen that another look has to confirm."""
        return any(subject.seen for subject in self._subjects.values())

    def look(self, look: Look) -> list[Change]:
        """Returns what this look makes known: first of the cluster, then of its configurations."""
        if look.records is None:
            return self._checked(("cluster",), look.error, look, needed=1 if look.certain else self._confirm)
        found = self._checked(("cluster",), None, look)
        records = {str(record["uuid"]): record for record in look.records}
        found += self._configurations(records, look)
        for uuid, record in records.items():
            # One that waits to be confirmed is not there yet.
            if self._subjects[_CONFIGURATION, uuid].value:
                found += self._health(uuid, record, look)
        return found

    def _configurations(self, records: Mapping[str, Mapping[str, Any]], look: Look) -> list[Change]:
        # Before the first look there is nothing to compare with.
        begun = _CONFIGURATION in self._first
        self._first.setdefault(_CONFIGURATION, look.at)
        needed = self._confirm if begun else 1
        gone = [uuid for uuid in self._records if uuid not in records]
        found = []
        for uuid in [*records, *gone]:
            subject = self._subjects.setdefault((_CONFIGURATION, uuid), _Subject(_GONE))
            before, now = subject.value, _compared(records[uuid]) if uuid in records else _GONE
            if subject.confirmed(now, look, needed) and begun:
                found.append(_configuration(before, records.get(uuid) or self._records[uuid], subject, look))
            if uuid in records:
                self._records[uuid] = records[uuid]
            elif not subject.value:
                # Also of what was seen too briefly to be told.
                self._forget(uuid)
        return found

    def _forget(self, uuid: str) -> None:
        for name in [name for name in self._subjects if uuid in name[1:2]]:
            del self._subjects[name]
        del self._records[uuid]

    def _health(self, uuid: str, record: Mapping[str, Any], look: Look) -> list[Change]:
        found = []
        for check in look.checks:
            for node, wrong in _told(check, record):
                found += self._checked((check, uuid, *([] if node is None else [node])), wrong, look, record=record)
        return found

    def _checked(self, name: Subject, wrong: Wrong | None, look: Look, *, record: Mapping[str, Any] | None = None, needed: int | None = None) -> list[Change]:
        """A subject that is well or wrong; what is well at first is not worth a word."""
        bad, good = TYPES[name[0]]
        first = self._first.setdefault(name[0], look.at)
        subject = self._subjects.setdefault(name, _Subject(_WELL))
        if subject.confirmed(_WELL if wrong is None else _WRONG, look, needed or self._confirm):
            node = name[2] if len(name) > 2 else None
            told = Change(good if wrong is None else bad, subject.since, look.at, subject.source, record, node)
            if wrong is None:
                subject.told = None
                return [told]
            told = replace(told, wrong=wrong, initial=subject.since == first)
            if told.initial and not self._initial:
                return []
        elif wrong is not None and subject.told is not None and self._is_due(subject.told, look):
            told = replace(subject.told, at=look.at, source=look.source, record=record, wrong=wrong, reminder=subject.told.reminder + 1)
        else:
            return []
        subject.told = told
        return [told]

    def _is_due(self, told: Change, look: Look) -> bool:
        return bool(self._remind) and look.at - told.at >= self._remind


def _compared(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a configuration is compared, by the names of the fields."""
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name in _NOT_COMPARED:
            continue
        if isinstance(value, Mapping):
            flat.update({f"{name}.{part}": item for part, item in value.items() if part != "_links"})
        else:
            flat[name] = value
    return flat


def _configuration(before: Mapping[str, Any], record: Mapping[str, Any], subject: _Subject, look: Look) -> Change:
    now = subject.value
    kind = DRIFT if before and now else ADDED if now else REMOVED
    names = sorted(name for name in {*before, *now} if before.get(name) != now.get(name)) if kind == DRIFT else []
    changes = {name: {"before": before.get(name), "after": now.get(name)} for name in names}
    return Change(kind, subject.since, look.at, subject.source, record, changes=changes)


def _told(check: str, record: Mapping[str, Any]) -> Iterator[tuple[str | None, Wrong | None]]:
    """What a record says of a check, for each node where ONTAP tells nodes; nothing where it does not say."""
    wrong = {problem.node: Wrong(problem.code, problem.message) for problem in health.problems([record], [check])}
    if check == "ekmip":
        nodes = record.get(PROPERTIES[check])
        for status in nodes if isinstance(nodes, list) else ():
            if unreached(status) is not None:
                node = health.node_of(status)
                yield node, wrong.get(node)
    elif check == "azure":
        if unreachable(record) is not None:
            yield None, wrong.get(None)
    elif isinstance(record.get(PROPERTIES[check]), Mapping):
        yield None, wrong.get(None)
