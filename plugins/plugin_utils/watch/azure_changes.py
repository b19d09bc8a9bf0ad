# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detection of changes between looks at Azure. Pure: the time is passed in.

A look runs some checks, each for one application and one key. What is reported is about the application (its login, its
certificate), about the key in any version (its expiry, a newer version), or about both. The checks that share it decide
together: it is wrong if one of them shows a problem, and healthy if one of them shows no problem. What a check
could not decide stays as it was; that Azure could not be asked is a subject of its own.

As in a cluster, a change is reported after a number of looks in a row have shown it. Every reported problem is also
reported as ended, when it is over, and when no configuration uses the application or the key any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError
from ansible_collections.ontap.akv.plugins.plugin_utils.azure import verdicts
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Check
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.verdicts import AzureVerdict
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import (
    HEALTHY,
    WRONG,
    AzureSubject,
    Look,
    Notice,
    Reason,
    Subject,
)

#: The kind of a check that could not be run, or only in part.
UNCHECKED = "unchecked"
#: For each kind of finding: the event when it begins, and the event when it ends.
AZURE_TYPES = {
    verdicts.LOGIN_REFUSED: ("azure_login_refused", "azure_login_accepted"),
    verdicts.CERTIFICATE_EXPIRING: ("azure_certificate_expiring", "azure_certificate_renewed"),
    verdicts.KEY_UNUSABLE: ("azure_key_unusable", "azure_key_usable"),
    verdicts.KEY_EXPIRING: ("azure_key_expiring", "azure_key_renewed"),
    verdicts.KEY_NEW_VERSION: ("azure_key_new_version", "azure_key_newest_version"),
    UNCHECKED: ("azure_check_failed", "azure_check_resumed"),
}
#: The cause of the end of a problem that was not solved.
NOT_USED = "not_used"
_OF_APPLICATION = (verdicts.LOGIN_REFUSED, verdicts.CERTIFICATE_EXPIRING)
_OF_KEY = (verdicts.KEY_EXPIRING, verdicts.KEY_NEW_VERSION)
#: Seconds. A warning is not repeated more often: weeks may pass before an operator acts.
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class AzureLook:
    """The result of one look at Azure. at: seconds since 1970.

    checks: those that cover the configurations now. verdicts: of the checks that were run now, by identity.
    """

    at: float
    checks: Sequence[Check]
    verdicts: Mapping[str, AzureVerdict]


class _Topic(NamedTuple):
    """What can be wrong: a kind, and the application, the key, or both. Empty for the one that it is not about."""

    kind: str
    application: str
    key: str


class _Sighting(NamedTuple):
    """What a check showed to be wrong. lasting: whether it is a warning, which may stay for weeks."""

    reason: Reason
    expires: str | None = None
    lasting: bool = False


class AzureDetector:
    """Turns looks at Azure into changes."""

    def __init__(self, *, confirm: int, initial: bool = True, remind: float = 0.0) -> None:
        """Start without any knowledge. The arguments are those of Detector."""
        self._confirm = confirm
        self._initial = initial
        self._remind = remind
        self._subjects: dict[_Topic, Subject] = {}
        # The last that each check showed, by its identity and by kind; None for no problem.
        self._shown: dict[str, dict[str, _Sighting | None]] = {}
        # What the first look was about and no look has decided yet.
        self._undecided: set[_Topic] | None = None

    def look(self, look: AzureLook) -> list[Notice]:
        """Return the changes that this look shows."""
        for identity, verdict in look.verdicts.items():
            self._shown.setdefault(identity, {}).update(_list_sightings(verdict))
        current = {check.identity for check in look.checks}
        self._shown = {identity: shown for identity, shown in self._shown.items() if identity in current}
        topics = _list_topics(look.checks)
        if self._undecided is None:
            self._undecided = set(topics)
        found = list(self._close_unused(topics, look))
        for topic, checks in topics.items():
            found += self._judge(topic, checks, look)
        return found

    def find_awaited(self, checks: Sequence[Check]) -> set[str]:
        """Return the checks to run soon, by identity: those that never ran, and those that have to confirm a change."""
        found = {check.identity for check in checks if check.identity not in self._shown}
        for topic, own in _list_topics(checks).items():
            wrong = self._find_wrong(topic.kind, own)
            if wrong is not None and (WRONG if wrong else HEALTHY) != self._get_value(topic):
                found |= {check.identity for check in own}
        return found

    def _get_value(self, topic: _Topic) -> str:
        return str(self._subjects[topic].value) if topic in self._subjects else HEALTHY

    def _find_wrong(self, kind: str, checks: Iterable[Check]) -> list[tuple[Check, _Sighting]] | None:
        """Return the checks that last showed a problem, and the problems; None if no check has decided so far."""
        shown = [
            (check, self._shown[check.identity][kind])
            for check in checks
            if kind in self._shown.get(check.identity, {})
        ]
        return [(check, sighting) for check, sighting in shown if sighting is not None] if shown else None

    def _judge(self, topic: _Topic, checks: Sequence[Check], look: AzureLook) -> Iterator[Notice]:
        if not any(
            topic.kind in _list_sightings(look.verdicts[check.identity])
            for check in checks
            if check.identity in look.verdicts
        ):
            return
        wrong = self._find_wrong(topic.kind, checks) or []
        subject = self._subjects.setdefault(topic, Subject(HEALTHY))
        initial = self._undecided is not None and topic in self._undecided
        if initial and self._undecided is not None:
            self._undecided.discard(topic)
        if not subject.confirm(
            WRONG if wrong else HEALTHY, Look(look.at, source="azure"), self._confirm, initial=initial
        ):
            yield from self._remind_of(subject, topic, wrong, look) if wrong else ()
            return
        bad, good = AZURE_TYPES[topic.kind]
        notice = Notice(
            bad if wrong else good, subject.since, look.at, subject.source, azure=_describe(topic, checks, wrong)
        )
        if not wrong:
            subject.told = None
            yield notice
        elif self._initial or not subject.initial:
            subject.told = replace(notice, wrong=wrong[0][1].reason, initial=subject.initial)
            yield subject.told

    def _remind_of(
        self, subject: Subject, topic: _Topic, wrong: Sequence[tuple[Check, _Sighting]], look: AzureLook
    ) -> Iterator[Notice]:
        """Yield the reminder of a problem that was reported and continues, if one is due."""
        told, sighting = subject.told, wrong[0][1]
        if (
            told is None
            or not self._remind
            or look.at - told.at < (max(self._remind, _DAY) if sighting.lasting else self._remind)
        ):
            return
        subject.told = replace(
            told, at=look.at, wrong=sighting.reason, reminder=told.reminder + 1, azure=_describe(topic, (), wrong)
        )
        yield subject.told

    def _close_unused(self, topics: Mapping[_Topic, Sequence[Check]], look: AzureLook) -> Iterator[Notice]:
        """Yield the end of every reported problem of an application or key that no configuration uses any more."""
        for topic in [known for known in self._subjects if known not in topics]:
            told = self._subjects.pop(topic).told
            if told is not None:
                good = AZURE_TYPES[topic.kind][1]
                yield Notice(good, look.at, look.at, "azure", cause=NOT_USED, azure=told.azure)


def _list_sightings(verdict: AzureVerdict) -> dict[str, _Sighting | None]:
    """Return what a verdict says of each kind that it has decided."""
    shown: dict[str, _Sighting | None] = {kind: None for kind in verdict.known if kind in AZURE_TYPES}
    for finding in reversed(verdict.findings):
        if finding.kind in AZURE_TYPES:
            reason = Reason(finding.code, f"{finding.message} {finding.hint or ''}".strip())
            shown[finding.kind] = _Sighting(
                reason, _find_expiry(finding.kind, verdict), finding.severity == verdicts.WARNING
            )
    shown[UNCHECKED] = None if verdict.doubt is None else _Sighting(Reason(message=verdict.doubt))
    return shown


def _find_expiry(kind: str, verdict: AzureVerdict) -> str | None:
    if kind == verdicts.CERTIFICATE_EXPIRING:
        return (verdict.certificate or {}).get("not_after")
    return (verdict.key or {}).get("expires") if kind == verdicts.KEY_EXPIRING else None


def _list_topics(checks: Iterable[Check]) -> dict[_Topic, list[Check]]:
    """Return everything that some checks are about, each with its checks."""
    found: dict[_Topic, list[Check]] = {}
    for check in checks:
        application = " ".join(check.options.get(name, "") for name in ("client_id", "tenant_id", "oauth_host")).lower()
        key = _identify_key(check.options["key_id"])
        for kind in AZURE_TYPES:
            topic = _Topic(kind, "" if kind in _OF_KEY else application, "" if kind in _OF_APPLICATION else key)
            found.setdefault(topic, []).append(check)
    return found


def _identify_key(key_id: str) -> str:
    """Return a key in any version, in a form to compare."""
    try:
        (_scheme, host, port), name, _version = resource.parse_key(key_id)
    except OptionError:
        return key_id.lower()  # The check reports it.
    return f"{host}:{port}/{name}".lower()


def _describe(topic: _Topic, checks: Sequence[Check], wrong: Sequence[tuple[Check, _Sighting]]) -> AzureSubject:
    """Return what an event is about: the checks that show the problem, or else all of them."""
    shown = [check for check, _sighting in wrong] or list(checks)
    options = shown[0].options
    return AzureSubject(
        options["client_id"] if topic.application else None,
        options["key_id"] if topic.key else None,
        wrong[0][1].expires if wrong else None,
        [use for check in shown for use in check.uses],
    )
