# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of the detector of changes in Azure: each change and its end are reported once, and nothing that a check
could not decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.common.masking import Mask
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.checks import Check, find_checks
from ansible_collections.ontap.akv.plugins.plugin_utils.azure.verdicts import (
    KINDS,
    AzureFinding,
    AzureVerdict,
    make_unchecked,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.azure_changes import (
    AZURE_TYPES,
    UNCHECKED,
    AzureDetector,
    AzureLook,
)
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import Notice
from ansible_collections.ontap.akv.plugins.plugin_utils.watch.events import make_event
from ansible_collections.ontap.akv.tests.unit.support.records import record

ONE, TWO = "7b2e9c4a-1d3f-4e6a-8b5c-9d0e1f2a3b4c", "0a1b2c3d-4e5f-4a6b-8c7d-8e9f0a1b2c3d"
KEY1, KEY2 = "https://vault1.vault.azure.net/keys/key1", "https://vault1.vault.azure.net/keys/key2"
OLD, NEW = "0" * 31 + "1", "0" * 31 + "2"
DAY = 24 * 3600
WARNINGS = ("key_expiring", "key_new_version", "certificate_expiring")


def build_record(number: int = 1, key_id: str = f"{KEY1}/{OLD}", client_id: str = ONE, **fields: Any) -> dict[str, Any]:
    """Return a configuration that uses a key and an application."""
    return record(number, key_id=key_id, client_id=client_id, **fields)


def verdict(wrong: Sequence[str] = (), *, known: Sequence[str] = KINDS, doubt: str | None = None) -> AzureVerdict:
    """Return a verdict with problems of some kinds."""
    findings = [
        AzureFinding(kind, "warning" if kind in WARNINGS else "error", f"It is {kind}.", "Do something.", "Code1")
        for kind in wrong
    ]
    dates = {"expires": "2026-01-01T00:00:00Z"}
    return AzureVerdict(
        None if doubt else not wrong, doubt, tuple(known), findings, dates, {"not_after": "2027-01-01T00:00:00Z"}
    )


class Azure:
    """A detector that checks Azure every hour."""

    def __init__(self, **settings: Any) -> None:
        self.detector = AzureDetector(**{"confirm": 1, **settings})
        self.at = 0.0

    def shows(self, found: AzureVerdict, *records: Mapping[str, Any]) -> list[Notice]:
        """Run all checks with the same result."""
        return self.shows_each([found] * len(records or [1]), *(records or [build_record()]))

    def shows_each(self, found: Sequence[AzureVerdict | None], *records: Mapping[str, Any]) -> list[Notice]:
        """Run each check with its own result. None stands for a check that is not run."""
        self.at += 3600
        checks = checks_of(*records)
        verdicts = {check.identity: each for check, each in zip(checks, found, strict=False) if each is not None}
        return self.detector.look(AzureLook(self.at, checks, verdicts))

    def awaits(self, *records: Mapping[str, Any]) -> int:
        """Return how many checks have to run soon."""
        return len(self.detector.find_awaited(checks_of(*records)))


def checks_of(*records: Mapping[str, Any]) -> list[Check]:
    return find_checks([{"cluster": "east", "azure_key_vaults": list(records)}])


def types(changes: Sequence[Notice]) -> list[str]:
    return [change.type for change in changes]


def build_line(change: Notice) -> str:
    return str(make_event(None, change, Mask(()))["text"])


@pytest.mark.parametrize("kind", [kind for kind in AZURE_TYPES if kind != UNCHECKED])
def test_reports_begin_and_end_of_each_problem_once(kind: str) -> None:
    bad, good = AZURE_TYPES[kind]
    azure = Azure()
    assert azure.shows(verdict()) == []
    (begun,) = azure.shows(verdict([kind]))
    assert (begun.type, begun.since, begun.at, begun.initial, begun.cause, begun.source) == (
        bad,
        7200,
        7200,
        False,
        None,
        "azure",
    )
    assert (begun.wrong.code, begun.wrong.message) == ("Code1", f"It is {kind}. Do something.")
    assert azure.shows(verdict([kind])) == []
    (ended,) = azure.shows(verdict())
    assert (ended.type, ended.since, ended.wrong.message) == (good, 14400, None)
    assert azure.shows(verdict()) == []


@pytest.mark.parametrize(
    ("kind", "client_id", "key_id", "expires"),
    [
        ("login_refused", ONE, None, None),
        ("certificate_expiring", ONE, None, "2027-01-01T00:00:00Z"),
        ("key_unusable", ONE, f"{KEY1}/{OLD}", None),
        ("key_expiring", None, f"{KEY1}/{OLD}", "2026-01-01T00:00:00Z"),
        ("key_new_version", None, f"{KEY1}/{OLD}", None),
    ],
)
def test_event_names_application_key_and_users(
    kind: str, client_id: str | None, key_id: str | None, expires: str | None
) -> None:
    """A login concerns an application with any key. A date concerns a key of any application."""
    other = (
        build_record(2, client_id=TWO)
        if client_id is None
        else build_record(2, key_id=KEY2)
        if key_id is None
        else build_record(2)
    )
    (begun,) = Azure().shows(verdict([kind]), build_record(1), other)
    event = make_event(None, begun, Mask(()))
    assert (event["client_id"], event["key_id"], event["expires"]) == (client_id, key_id, expires)
    assert [(use["cluster"], use["svm"]) for use in event["used_by"]] == [("east", "svm1"), ("east", "svm2")]
    assert (event["cluster"], event["svm"], event["uuid"], event["scope"]) == (None, None, None, None)
    about = ", ".join([*([f"application {client_id}"] if client_id else []), *([f"key {key_id}"] if key_id else [])])
    assert event["text"].startswith(f"Azure: {about} (used by svm1@east, svm2@east): ")
    assert event["text"].endswith(f"since 1970-01-01T01:00:00Z: It is {kind}. Do something. (code Code1)")


def test_text_counts_further_users() -> None:
    (begun,) = Azure().shows(verdict(["key_expiring"]), *(build_record(number) for number in range(1, 6)))
    assert "(used by svm1@east, svm2@east, svm3@east, 2 more): the key expires soon" in build_line(begun)
    assert len(make_event(None, begun, Mask(()))["used_by"]) == 5


@pytest.mark.parametrize(
    "doubtful", [make_unchecked("No route."), verdict(known=["certificate_expiring"], doubt="No route.")]
)
def test_undecided_check_neither_begins_nor_ends_a_problem(doubtful: AzureVerdict) -> None:
    """It is reported once, and so is its end."""
    azure = Azure()
    assert types(azure.shows(verdict(["login_refused", "key_unusable"]))) == [
        "azure_login_refused",
        "azure_key_unusable",
    ]
    (failed,) = azure.shows(doubtful)
    assert (failed.type, failed.wrong.message) == ("azure_check_failed", "No route.")
    assert "it cannot be checked in Azure since" in build_line(failed)
    assert azure.shows(doubtful) == []
    assert types(azure.shows(verdict(["login_refused"]))) == ["azure_key_usable", "azure_check_resumed"]
    assert types(azure.shows(doubtful)) == ["azure_check_failed"]
    assert types(azure.shows(verdict())) == ["azure_login_accepted", "azure_check_resumed"]


def test_undecided_check_does_not_count_as_confirmation() -> None:
    """It does not restart the count either."""
    azure, away = Azure(confirm=2), verdict(known=(), doubt="No route.")
    assert azure.shows(verdict()) == []
    assert azure.shows(verdict(["login_refused"])) == []
    assert azure.shows(away) == []
    assert types(azure.shows(verdict(["login_refused"]))) == ["azure_login_refused"]


def test_unconfirmed_change_is_not_reported() -> None:
    azure = Azure(confirm=2)
    assert azure.awaits(build_record()) == 1
    assert azure.shows(verdict()) == []
    assert azure.awaits(build_record()) == 0
    assert azure.shows(verdict(["login_refused"])) == []
    assert azure.awaits(build_record()) == 1
    assert azure.shows(verdict()) == []
    assert azure.awaits(build_record()) == 0
    assert azure.shows(verdict(["login_refused"])) == []
    (begun,) = azure.shows(verdict(["login_refused"]))
    assert (begun.type, begun.since, begun.at) == ("azure_login_refused", 4 * 3600, 5 * 3600)
    assert azure.awaits(build_record()) == 0


@pytest.mark.parametrize("initial", [True, False])
def test_reports_initial_problems_only_when_requested(initial: bool) -> None:
    """This holds even if the first check failed. Problems of a later configuration are not initial."""
    azure = Azure(initial=initial, confirm=2)
    away = verdict(known=(), doubt="No route.")
    assert azure.shows(away) == []
    assert types(azure.shows(away)) == (["azure_check_failed"] if initial else [])
    told = azure.shows(verdict(["key_expiring"])) + azure.shows(verdict(["key_expiring"]))
    # As with clusters, the end of an unreported problem is reported.
    assert [(change.type, change.initial) for change in told] == [
        *([("azure_key_expiring", True)] if initial else []),
        ("azure_check_resumed", False),
    ]
    both = [build_record(1), build_record(2, key_id=KEY2)]
    azure.shows(verdict(["key_expiring"]), *both)
    assert [(change.type, change.initial) for change in azure.shows(verdict(["key_expiring"]), *both)] == [
        ("azure_key_expiring", False)
    ]


def test_new_version_is_in_use_when_all_configurations_have_it() -> None:
    """The event names the configurations that still use the earlier version."""
    azure, old, new = Azure(), verdict(["key_new_version"]), verdict()
    assert azure.shows(verdict(), build_record(1), build_record(2)) == []
    (begun,) = azure.shows(old, build_record(1), build_record(2))
    assert begun.type == "azure_key_new_version"
    moved = build_record(1, key_id=f"{KEY1}/{NEW}")
    assert azure.awaits(moved, build_record(2)) == 1
    assert azure.shows_each([new, None], moved, build_record(2)) == []
    (ended,) = azure.shows_each([new], moved, build_record(2, key_id=f"{KEY1}/{NEW}"))
    assert (ended.type, ended.cause) == ("azure_key_newest_version", None)
    assert "the newest version of the key is in use" in build_line(ended)


def test_remaining_version_is_confirmed_soon() -> None:
    """The configuration with the earlier version is removed. The other one was checked before."""
    azure = Azure()
    azure.shows_each([verdict(["key_unusable"]), verdict()], build_record(1), build_record(2, key_id=f"{KEY1}/{NEW}"))
    left = build_record(2, key_id=f"{KEY1}/{NEW}")
    assert azure.shows_each([None], left) == []
    assert azure.awaits(left) == 1
    assert types(azure.shows_each([verdict()], left)) == ["azure_key_usable"]


@pytest.mark.parametrize("gone", [[], [build_record(enabled=False)], [build_record(key_id=KEY2, client_id=TWO)]])
def test_problem_ends_when_nothing_uses_key_or_application(gone: list[dict[str, Any]]) -> None:
    """The end is reported with its reason. If the problem returns, it is reported again."""
    azure, wrong = Azure(), verdict(["login_refused", "key_unusable", "key_expiring"])
    assert len(azure.shows(wrong)) == 3
    ended = azure.shows_each([verdict() for _each in gone], *gone)
    assert [(change.type, change.cause) for change in ended] == [
        ("azure_login_accepted", "not_used"),
        ("azure_key_usable", "not_used"),
        ("azure_key_renewed", "not_used"),
    ]
    assert "no longer checked, no configuration uses it" in build_line(ended[0])
    assert len(azure.shows(wrong)) == 3


def test_reminds_of_errors_at_interval_and_of_warnings_daily() -> None:
    """There is no reminder while Azure cannot be reached."""
    azure = Azure(remind=7200)
    azure.shows(verdict(["login_refused", "key_expiring"]))
    told = [change for _hour in range(24) for change in azure.shows(verdict(["login_refused", "key_expiring"]))]
    assert [change.reminder for change in told if change.type == "azure_login_refused"] == list(range(1, 13))
    (warning,) = (change for change in told if change.type == "azure_key_expiring")
    assert (warning.reminder, warning.at - warning.since) == (1, DAY)
    away = verdict(known=(), doubt="No route.")
    assert types(azure.shows(away)) == ["azure_check_failed"]
    assert [(change.type, change.reminder) for _hour in range(4) for change in azure.shows(away)] == [
        ("azure_check_failed", 1),
        ("azure_check_failed", 2),
    ]


_USED = [(ONE, f"{KEY1}/{OLD}"), (ONE, f"{KEY1}/{NEW}"), (TWO, f"{KEY1}/{NEW}"), (ONE, KEY2)]
_CHECKS = checks_of(*(build_record(number, key_id, client_id) for number, (client_id, key_id) in enumerate(_USED, 1)))
_SHOWN_KINDS = ("login_refused", "key_unusable", "key_expiring")
#: The result of a check: None if it is not run, else whether each kind is a problem (None: undecided) and whether
#: the check failed.
_FOUND = st.none() | st.fixed_dictionaries(
    {**dict.fromkeys(_SHOWN_KINDS, st.sampled_from([None, True, False])), UNCHECKED: st.booleans()}
)
#: One poll: for each configuration whether it exists, and the result of its check.
_LOOK = st.tuples(*[st.none() | st.tuples(_FOUND)] * len(_USED))
#: Most polls repeat the previous one, or nothing would ever be confirmed.
_LOOKS = st.lists(st.tuples(_LOOK, st.integers(1, 4)), min_size=1, max_size=10).map(
    lambda rows: [look for look, times in rows for _time in range(times)]
)


def topic_of(kind: str, client_id: str | None, key_id: str | None) -> tuple[str, str | None, str | None]:
    """Return the subject of a problem: the login of an application, the date of a key, or a key and an application."""
    key = key_id and key_id.split("/keys/")[1].split("/")[0]
    return kind, None if kind == "key_expiring" else client_id, None if kind == "login_refused" else key


class Truth:
    """The confirmed state by its plain definition: a value counts once the last polls that decided it agree."""

    def __init__(self, confirm: int) -> None:
        self.confirm = confirm
        self.last: dict[tuple[int, str], bool] = {}
        self.rows: dict[Any, list[bool]] = {}
        self.wrong: set[Any] = set()

    def looks(self, look: Sequence[Any]) -> None:
        """Apply a poll."""
        fresh, about = set(), {}
        for number, (client_id, key_id) in enumerate(_USED):
            for kind in (*_SHOWN_KINDS, UNCHECKED):
                if look[number] is None:
                    self.last.pop((number, kind), None)
                    continue
                topic = topic_of(kind, client_id, key_id)
                about.setdefault(topic, []).append(number)
                (found,) = look[number]
                if found is not None and found[kind] is not None:
                    self.last[number, kind] = found[kind]
                    fresh.add(topic)
        for topic in fresh:
            row = self.rows.setdefault(topic, [])
            row.append(any(self.last.get((number, topic[0]), False) for number in about[topic]))
            if len(row) >= self.confirm and len(set(row[-self.confirm :])) == 1:
                (self.wrong.add if row[-1] else self.wrong.discard)(topic)
        self.wrong &= set(about)
        self.rows = {topic: row for topic, row in self.rows.items() if topic in about}


def look_of(number: int, look: Sequence[Any]) -> AzureLook:
    """Return a poll as the detector receives it."""
    checks = [check for check, each in zip(_CHECKS, look, strict=True) if each is not None]
    found = [each[0] for each in look if each is not None]
    verdicts = {
        check.identity: _verdict_of(each) for check, each in zip(checks, found, strict=True) if each is not None
    }
    return AzureLook(float(number), checks, verdicts)


def _verdict_of(found: Mapping[str, Any]) -> AzureVerdict:
    known = [kind for kind in _SHOWN_KINDS if found[kind] is not None]
    return verdict(
        [kind for kind in known if found[kind]], known=known, doubt="No route." if found[UNCHECKED] else None
    )


@given(looks=_LOOKS, confirm=st.integers(1, 3))
def test_events_match_confirmed_state(looks: list[Any], confirm: int) -> None:
    """For any sequence of polls, the events alone show the confirmed state at any time, and none is repeated."""
    detector, truth = AzureDetector(confirm=confirm), Truth(confirm)
    heard: set[Any] = set()
    for number, look in enumerate(looks):
        truth.looks(look)
        for change in detector.look(look_of(number, look)):
            assert change.azure is not None
            assert change.since <= change.at == number
            kind, begins = next(
                (kind, change.type == pair[0]) for kind, pair in AZURE_TYPES.items() if change.type in pair
            )
            topic = topic_of(kind, change.azure.client_id, change.azure.key_id)
            assert (topic in heard) is not begins
            (heard.add if begins else heard.discard)(topic)
        assert heard == truth.wrong


@given(looks=_LOOKS, confirm=st.integers(1, 3))
def test_awaited_checks_run_until_they_are_decided(looks: list[Any], confirm: int) -> None:
    """After enough polls of only the awaited checks, nothing is left to confirm."""
    detector = AzureDetector(confirm=confirm)
    for number, look in enumerate(looks):
        detector.look(look_of(number, look))
    checks = look_of(0, looks[-1]).checks
    last = {
        check.identity: _verdict_of(dict.fromkeys((*_SHOWN_KINDS, UNCHECKED), number % 2 == 0))
        for number, check in enumerate(checks)
    }
    for again in range((confirm + 1) * len(_USED)):
        awaited = detector.find_awaited(checks)
        detector.look(AzureLook(1000.0 + again, checks, {identity: last[identity] for identity in awaited}))
    assert detector.find_awaited(checks) == set()


@given(looks=_LOOKS, confirm=st.integers(1, 3), remind=st.integers(1, 5))
def test_reminders_do_not_change_other_events(looks: list[Any], confirm: int, remind: int) -> None:
    detector, silent = AzureDetector(confirm=confirm, remind=remind), AzureDetector(confirm=confirm)
    for number, look in enumerate(looks):
        seen = look_of(number, look)
        assert types([change for change in detector.look(seen) if not change.reminder]) == types(silent.look(seen))
