# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detection of changes between reads ("looks") of one cluster. Pure: the time is passed in.

Everything that can change (whether the cluster can be read, a configuration, each of its checks) is a subject with a
value. A new value counts once it was seen in a given number of looks in a row; only then is the change reported. If a
look does not show a subject (the cluster could not be read, a check was not requested, ONTAP could not read a status),
the subject keeps its value and the row is not interrupted. That a status cannot be read is a subject of its own. While
a cluster is reported as unreachable, nothing is reported about its configurations.

Every reported problem is also reported as ended: when it is over, and when its configuration is removed or no longer
enabled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import health
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Use
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.description import compare, describe, is_same, refine

#: For each check: the event when it fails, and the event when it passes again.
TYPES = {
    "state": ("akv_state_lost", "akv_state_restored"),
    "azure": ("azure_unreachable", "azure_reachable"),
    "ekmip": ("ekmip_unreachable", "ekmip_reachable"),
    "cluster": ("cluster_unreachable", "cluster_reachable"),
}
#: The same for a status that ONTAP cannot read.
UNREAD_TYPES = ("status_unreadable", "status_readable")
ADDED, REMOVED, DRIFT = "configuration_added", "configuration_removed", "configuration_drift"
#: Refused logins in a row that count as certain: each further one could lock the account.
_MOST_REFUSED = 2
#: The value of a configuration that does not exist.
_GONE: Mapping[str, Any] = {}
#: The fields that identify a configuration.
_IDENTITY = ("uuid", "scope", "svm", "configuration")

#: The values of everything that can be a problem.
HEALTHY, WRONG = "healthy", "wrong"
_CLUSTER, _CONFIGURATION = "cluster", "configuration"
_NEVER = float("inf")


class Trouble(NamedTuple):
    """A possible problem: a check, the node if it is about one, and whether the status cannot be read."""

    check: str
    node: str | None = None
    unread: bool = False

    @property
    def types(self) -> tuple[str, str]:
        """Return the event types of its beginning and its end."""
        return UNREAD_TYPES if self.unread else TYPES[self.check]


_ITSELF = Trouble(_CLUSTER)


class Reason(NamedTuple):
    """What a look reports about a problem."""

    code: int | str | None = None
    message: str | None = None


#: Why a status could not be read if it is neither reported nor refused.
_UNSAID = Reason(message="ONTAP does not say")


@dataclass(frozen=True)
class Look:
    """The result of one look at a cluster. at: seconds since 1970.

    records: None if it could not be read (error says why). checks: those that were requested. unread: why statuses
    could not be read, by UUID and check. refused: whether the login was refused. source: poll or ems.
    """

    at: float
    records: Sequence[Mapping[str, Any]] | None = None
    checks: Sequence[str] = ()
    error: Reason = field(default_factory=Reason)
    unread: Mapping[tuple[str, str], Reason] = field(default_factory=dict)
    refused: bool = False
    source: str = "poll"


class AzureSubject(NamedTuple):
    """What a change in Azure is about: an application, a key, or both.

    expires: when the key or certificate does, in ISO 8601. uses: the configurations that use it.
    """

    client_id: str | None
    key_id: str | None
    expires: str | None
    uses: Sequence[Use]


@dataclass(frozen=True)
class Notice:
    """A change to report. record: the configuration that it is about, None if it is about the cluster or Azure.

    azure: what it is about in Azure.

    since, at: seconds since 1970. check: what it is about, None for the cluster or the whole configuration.
    cause: the type of the change that ended a problem, None if the check itself passes again.
    initial: whether the first look already showed it. reminder: how often it was reported again.
    """

    type: str
    since: float
    at: float
    source: str = "poll"
    record: Mapping[str, Any] | None = None
    check: str | None = None
    node: str | None = None
    wrong: Reason = field(default_factory=Reason)
    cause: str | None = None
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    initial: bool = False
    reminder: int = 0
    azure: AzureSubject | None = None


@dataclass
class Subject:
    """A confirmed value, and a candidate that waits for confirmation.

    told: the last notice about it during a problem.
    """

    value: Any
    candidate: Any = None
    seen: int = 0
    since: float = 0.0
    initial: bool = False
    source: str = "poll"
    told: Notice | None = None

    def confirm(
        self,
        value: Any,
        look: Look,
        needed: float,
        *,
        alike: Callable[[Any, Any], bool] | None = None,
        initial: bool = False,
    ) -> bool:
        """Return whether this look changes the confirmed value. alike: compares two values if == is not enough."""
        if value == self.value or (alike is not None and alike(self.value, value)):
            self.seen = 0
            return False
        if self.seen == 0 or value != self.candidate:
            self.candidate, self.seen, self.since, self.source, self.initial = value, 0, look.at, look.source, initial
        self.seen += 1
        if self.seen < needed:
            return False
        self.value, self.seen = value, 0
        return True


class Detector:
    """Turns looks at one cluster into changes."""

    def __init__(self, *, confirm: int, initial: bool = True, remind: float = 0.0) -> None:
        """Start without any knowledge of the cluster.

        confirm: looks in a row. initial: whether to report problems that the first look shows. remind: seconds, 0 for
        never.
        """
        self._confirm = confirm
        self._initial = initial
        self._remind = remind
        self._itself = Subject(HEALTHY)
        self._configurations: dict[str, Subject] = {}
        self._identities: dict[str, Mapping[str, Any]] = {}
        # By configuration; a check has a subject only during a confirmed or suspected problem.
        self._troubles: dict[str, dict[Trouble, Subject]] = {}
        # What the looks so far have covered.
        self._begun: set[str] = set()

    @property
    def readable(self) -> bool:
        """Whether the cluster can be read, as far as that is confirmed."""
        return bool(self._itself.value == HEALTHY)

    @property
    def doubtful(self) -> bool:
        """Whether something was seen that another look has to confirm."""
        return self.unwell or any(subject.seen for subject in (self._itself, *self._configurations.values()))

    @property
    def unwell(self) -> bool:
        """Whether a check was seen to change, so that only a look with the checks can confirm it."""
        return any(subject.seen for troubles in self._troubles.values() for subject in troubles.values())

    def list_configurations(self) -> list[dict[str, Any]]:
        """Return the configurations of the cluster, as far as they are confirmed, with the fields that describe
        them.
        """
        return [
            {**subject.value, **self._identities[uuid]}
            for uuid, subject in self._configurations.items()
            if subject.value
        ]

    def find_reminder(self) -> float | None:
        """Return when the next reminder is due, in seconds since 1970; None if there is nothing to repeat."""
        troubles = (subject for each in self._troubles.values() for subject in each.values())
        told = [subject.told for subject in (troubles if self.readable else [self._itself]) if subject.told is not None]
        return min(each.at for each in told) + self._remind if told and self._remind else None

    def look(self, look: Look) -> list[Notice]:
        """Return the changes that this look shows: first those of the cluster, then those of its configurations."""
        if look.records is None:
            enough = min(self._confirm, _MOST_REFUSED) if look.refused else self._confirm
            found = self._check(self._itself, _ITSELF, look.error, look, enough)
            self._begun.add(_CLUSTER)
            return list(found)
        found = list(self._check(self._itself, _ITSELF, None, look, self._confirm))
        # What the look shows counts, but it is reported only after the cluster is.
        needed = self._confirm if self.readable else _NEVER
        records = {str(record["uuid"]): record for record in look.records}
        found += self._compare(records, look, needed)
        for uuid, record in records.items():
            # An unconfirmed configuration does not exist yet; ONTAP reports nothing more about one that is not enabled.
            if look.checks and self._configurations[uuid].value and record.get("enabled") is not False:
                found += self._check_health(uuid, record, look, needed)
        self._begun |= {_CLUSTER, _CONFIGURATION, *look.checks}
        return found

    def remind(self, at: float) -> list[Notice]:
        """Return the reminder, if one is due, for a cluster that cannot be read and is not read now.

        at: seconds since 1970.
        """
        told = self._itself.told
        return [] if told is None else list(self._remind_of(self._itself, told.wrong, Look(at)))

    def _compare(self, records: Mapping[str, Mapping[str, Any]], look: Look, needed: float) -> Iterator[Notice]:
        """Yield the configurations that were added, removed or changed."""
        begun = _CONFIGURATION in self._begun
        for uuid in [*records, *(uuid for uuid in self._configurations if uuid not in records)]:
            subject = self._configurations.setdefault(uuid, Subject(_GONE))
            before, now = subject.value, describe(records[uuid]) if uuid in records else _GONE
            # Before the first look there is nothing to compare with.
            if subject.confirm(now, look, needed if begun else 1, alike=is_same):
                if now:
                    self._identities[uuid] = {name: value for name, value in records[uuid].items() if name in _IDENTITY}
                changed = _describe_change(before, self._identities[uuid], subject, look)
                if begun:
                    yield changed
                if not now or now.get("enabled") is False:
                    yield from _close_all(self._troubles.pop(uuid, {}), changed)
            elif not subject.seen and now != before:
                subject.value = refine(before, now)
            if not subject.value and uuid not in records:
                # It was removed, or it was seen too briefly to be reported.
                del self._configurations[uuid]
                self._identities.pop(uuid, None)

    def _check_health(self, uuid: str, record: Mapping[str, Any], look: Look, needed: float) -> Iterator[Notice]:
        unread = {
            check: look.unread.get((uuid, check), _UNSAID)
            for check in look.checks
            if not health.is_reported(record, check)
        }
        checks = [check for check in look.checks if check not in unread]
        wrong = {
            Trouble(problem.check, problem.node): Reason(problem.code, problem.message)
            for problem in health.find_problems([record], checks)
        }
        wrong |= {Trouble(check, unread=True): reason for check, reason in unread.items()}
        subjects = self._troubles.setdefault(uuid, {})
        # Whatever was read and is not wrong is healthy; a node that is no longer reported is not a problem.
        shown = [
            known
            for known in subjects
            if known not in wrong and (known.check in checks or (known.unread and known.check in look.checks))
        ]
        for name in [*wrong, *shown]:
            subject = subjects.setdefault(name, Subject(HEALTHY))
            yield from self._check(subject, name, wrong.get(name), look, needed, record=record)
            if subject.value == HEALTHY and not subject.seen:
                del subjects[name]
        if not subjects:
            del self._troubles[uuid]

    def _check(
        self,
        subject: Subject,
        name: Trouble,
        wrong: Reason | None,
        look: Look,
        needed: float,
        *,
        record: Mapping[str, Any] | None = None,
    ) -> Iterable[Notice]:
        """Yield the changes of a healthy or failing subject; one that is healthy at the first look is not reported."""
        check, node, _unread = name
        bad, good = name.types
        if not subject.confirm(HEALTHY if wrong is None else WRONG, look, needed, initial=check not in self._begun):
            return [] if wrong is None or needed == _NEVER else self._remind_of(subject, wrong, look, record)
        told = Notice(
            good if wrong is None else bad,
            subject.since,
            look.at,
            subject.source,
            record,
            None if check == _CLUSTER else check,
            node,
        )
        if wrong is None:
            subject.told = None
            return [told]
        if subject.initial and not self._initial:
            return []
        subject.told = replace(told, wrong=wrong, initial=subject.initial)
        return [subject.told]

    def _remind_of(
        self, subject: Subject, wrong: Reason, look: Look, record: Mapping[str, Any] | None = None
    ) -> Iterable[Notice]:
        """Return the reminder of a problem that was reported and continues, if one is due."""
        told = subject.told
        if told is None or not self._remind or look.at - told.at < self._remind:
            return []
        subject.told = replace(
            told, at=look.at, source=look.source, record=record, wrong=wrong, reminder=told.reminder + 1
        )
        return [subject.told]


def _close_all(troubles: Mapping[Trouble, Subject], change: Notice) -> Iterator[Notice]:
    """Yield the end of every reported problem of a configuration. change: the reason why it is no longer checked."""
    for trouble, subject in troubles.items():
        if subject.told is not None:
            yield replace(
                change, type=trouble.types[1], check=trouble.check, node=trouble.node, cause=change.type, changes={}
            )


def _describe_change(before: Mapping[str, Any], identity: Mapping[str, Any], subject: Subject, look: Look) -> Notice:
    now = subject.value
    kind = DRIFT if before and now else ADDED if now else REMOVED
    return Notice(
        kind, subject.since, look.at, subject.source, identity, changes=compare(before, now) if kind == DRIFT else {}
    )
