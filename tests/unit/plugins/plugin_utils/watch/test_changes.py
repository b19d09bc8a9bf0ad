# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of the detector of changes on a cluster: each confirmed change is reported exactly once, and unconfirmed
ones never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.plugin_utils.watch.changes import (
    ADDED,
    TYPES,
    UNREAD_TYPES,
    Detector,
    Look,
    Notice,
    Reason,
)
from ansible_collections.ontap.akv.tests.unit.support.records import NO_VOLUMES
from ansible_collections.ontap.akv.tests.unit.support.records import record as plain

PROPERTIES = {"state": "state", "azure": "azure_reachability", "ekmip": "ekmip_reachability"}
CHECKS = tuple(PROPERTIES)
NODES = ("node1", "node2")
BAD = {"code": 346758, "message": "no"}


def record(
    number: int = 1,
    *,
    state: bool | None = True,
    azure: bool | None = True,
    ekmip: Sequence[bool] = (True, True),
    **fields: Any,
) -> dict[str, Any]:
    """Return a configuration as a poll with all checks reads it. None stands for a status that ONTAP omits."""
    return {
        **({} if state is None else {"state": {"available": state, **({} if state else BAD)}}),
        **({} if azure is None else {"azure_reachability": {"reachable": azure, **({} if azure else BAD)}}),
        "ekmip_reachability": [
            {"node": {"name": name}, "reachable": well, **({} if well else BAD)}
            for name, well in zip(NODES, ekmip, strict=False)
        ],
        **plain(number, **fields),
    }


class Cluster:
    """A detector that polls a cluster every minute."""

    def __init__(self, **settings: Any) -> None:
        self.detector = Detector(**{"confirm": 1, **settings})
        self.at = 0.0

    def shows(self, *records: dict[str, Any], checks: Sequence[str] = CHECKS, source: str = "poll") -> list[Notice]:
        """Poll the cluster, which returns these configurations."""
        self.at += 60
        return self.detector.look(Look(self.at, list(records), checks, source=source))

    def is_away(self, *, refused: bool = False) -> list[Notice]:
        """Poll the cluster, which cannot be read."""
        self.at += 60
        return self.detector.look(Look(self.at, error=Reason(6 if refused else None, "no answer"), refused=refused))


def types(changes: Sequence[Notice]) -> list[str]:
    return [change.type for change in changes]


def owner(change: Notice) -> Any:
    """Return the SVM of a change."""
    return None if change.record is None else change.record["svm"]["name"]


@pytest.mark.parametrize("check", ["state", "azure"])
def test_reports_loss_and_recovery_of_each_check_once(check: str) -> None:
    bad, good = TYPES[check]
    cluster = Cluster()
    assert cluster.shows(record()) == []
    (lost,) = cluster.shows(record(**{check: False}))
    assert (lost.type, lost.since, lost.at, lost.initial, lost.reminder, owner(lost)) == (
        bad,
        120,
        120,
        False,
        0,
        "svm1",
    )
    assert lost.wrong == Reason(346758, "no")
    assert cluster.shows(record(**{check: False})) == []
    # The check is not requested, so nothing is known and nothing is reported.
    assert cluster.shows(plain(), checks=()) == []
    (back,) = cluster.shows(record())
    assert (back.type, back.since, back.wrong) == (good, 300, Reason())
    assert cluster.shows(record()) == []


def test_reports_each_node_separately() -> None:
    cluster = Cluster()
    assert cluster.shows(record()) == []
    (lost,) = cluster.shows(record(ekmip=(True, False)))
    assert (lost.type, lost.node) == ("ekmip_unreachable", "node2")
    (other,) = cluster.shows(record(ekmip=(False, False)))
    assert other.node == "node1"
    # A node that left the cluster does not count as unreachable.
    (gone,) = cluster.shows(record(ekmip=(False,)))
    assert (gone.type, gone.node) == ("ekmip_reachable", "node2")
    assert [(change.type, change.node) for change in cluster.shows(record())] == [("ekmip_reachable", "node1")]


def test_key_that_waits_for_volumes_is_healthy() -> None:
    waiting = record() | {"state": {"available": False, "code": 346758, "message": NO_VOLUMES}}
    cluster = Cluster()
    assert cluster.shows(waiting) == []
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]
    assert types(cluster.shows(waiting)) == ["akv_state_restored"]


def test_missing_status_is_reported_as_unreadable() -> None:
    """It is neither lost nor restored. A disabled configuration has no status, which is normal."""
    cluster = Cluster()
    assert cluster.shows(record(), plain(2, enabled=False)) == []
    told = cluster.shows(plain(), plain(2, enabled=False))
    assert [(change.type, change.check) for change in told] == [("status_unreadable", check) for check in CHECKS]
    assert {change.wrong.message for change in told} == {"ONTAP does not say"}
    back = cluster.shows(record(), plain(2, enabled=False))
    assert [(change.type, change.check) for change in back] == [("status_readable", check) for check in CHECKS]


@pytest.mark.parametrize("nodes", [[], None, "node1"])
def test_empty_node_list_does_not_end_problem_of_a_node(nodes: Any) -> None:
    """An unreachable node does not count as recovered."""
    cluster = Cluster()
    assert [change.node for change in cluster.shows(record(ekmip=(True, False)))] == ["node2"]
    (unread,) = cluster.shows(record() | {"ekmip_reachability": nodes})
    assert (unread.type, unread.check, unread.node) == ("status_unreadable", "ekmip", None)
    assert types(cluster.shows(record())) == ["ekmip_reachable", "status_readable"]


def test_unreadable_status_has_reason_and_keeps_reported_loss() -> None:
    """A reported loss stays open, with its reminders, until the status can be read again."""
    cluster, reason = Cluster(remind=1000), Reason(65537549, "It failed.")
    uuid = record()["uuid"]

    def shows_no_state() -> list[Notice]:
        cluster.at += 60
        return cluster.detector.look(Look(cluster.at, [record(state=None)], CHECKS, unread={(uuid, "state"): reason}))

    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]
    (unread,) = shows_no_state()
    assert (unread.type, unread.check, unread.wrong, owner(unread)) == ("status_unreadable", "state", reason, "svm1")
    assert shows_no_state() == []
    assert types(cluster.shows(record(state=False))) == ["status_readable"]
    assert types(cluster.shows(record())) == ["akv_state_restored"]
    assert types(shows_no_state()) == ["status_unreadable"]
    assert types(cluster.shows(record())) == ["status_readable"]


def test_briefly_unreadable_status_is_not_reported() -> None:
    """It does not interrupt the confirmation of another change either."""
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    assert cluster.shows(record(state=False)) == []
    assert cluster.shows(record(state=None)) == []
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]


def test_disabling_a_configuration_ends_its_problems() -> None:
    """Problems after it is enabled again are new."""
    cluster = Cluster(remind=60)
    cluster.shows(record(state=False, azure=None, enabled=True))
    drift, *closed = cluster.shows(plain(enabled=False))
    assert drift.changes == {"enabled": {"before": True, "after": False}}
    assert [(change.type, change.check, change.cause, change.changes) for change in closed] == [
        ("akv_state_restored", "state", "configuration_drift", {}),
        ("status_readable", "azure", "configuration_drift", {}),
    ]
    assert cluster.shows(plain(enabled=False)) == []
    assert cluster.detector.find_reminder() is None
    assert [(change.type, change.reminder) for change in cluster.shows(record(state=False, enabled=True))] == [
        ("configuration_drift", 0),
        ("akv_state_lost", 0),
    ]


def test_unconfirmed_changes_are_not_reported() -> None:
    """This covers a loss, a recovery, and a configuration that appears or disappears in only one poll."""
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    for _time in range(3):
        assert cluster.shows(record(state=False)) == []
        assert cluster.detector.unwell
        assert cluster.shows(record()) == []
        assert not cluster.detector.doubtful
    assert cluster.shows(record(), record(2, state=False)) == []
    assert (cluster.detector.unwell, cluster.detector.doubtful) == (False, True)
    assert cluster.shows(record()) == []
    assert cluster.shows() == []
    assert cluster.shows(record(client_id="other")) == []
    assert cluster.shows(record()) == []
    assert cluster.is_away() == []
    assert cluster.shows(record()) == []
    assert not cluster.detector.doubtful


def test_since_is_the_first_observation() -> None:
    cluster = Cluster(confirm=3)
    cluster.shows(record())
    assert cluster.shows(record(state=False)) == []
    # A poll without information does not interrupt the confirmation.
    assert cluster.shows(plain(), checks=()) == []
    assert cluster.is_away() == []
    assert cluster.shows(record(state=False)) == []
    (lost,) = cluster.shows(record(state=False))
    assert (lost.since, lost.at) == (120, 360)


@pytest.mark.parametrize("initial", [True, False])
def test_reports_initial_problems_only_when_requested(initial: bool) -> None:
    """Initial problems are those that the first polls confirm. Later ones are not initial and always reported."""
    cluster = Cluster(confirm=2, initial=initial, remind=60)
    assert cluster.shows(record(state=False), record(2)) == []
    told = cluster.shows(record(state=False), record(2, state=False))
    assert [(change.type, change.initial) for change in told] == ([("akv_state_lost", True)] if initial else [])
    told = cluster.shows(record(state=False), record(2, state=False))
    assert [owner(change) for change in told if not change.reminder] == ["svm2"]
    assert [change.initial for change in told if not change.reminder] == [False]
    assert [change.reminder for change in told if change.reminder] == ([1] if initial else [])
    cluster.shows(record(), record(2, state=False))
    assert "akv_state_restored" in types(cluster.shows(record(), record(2, state=False)))


def test_reports_added_changed_and_removed_configurations() -> None:
    cluster = Cluster()
    assert cluster.shows(plain(client_id="one"), checks=()) == []
    (added,) = cluster.shows(plain(client_id="one"), plain(2), checks=())
    assert (added.type, owner(added), added.changes) == ("configuration_added", "svm2", {})
    changed = plain(client_id="two", svm={"name": "renamed", "uuid": plain()["svm"]["uuid"]})
    (drift,) = cluster.shows(changed, plain(2), checks=())
    assert (drift.type, owner(drift)) == ("configuration_drift", "renamed")
    assert drift.changes == {
        "client_id": {"before": "one", "after": "two"},
        "svm.name": {"before": "svm1", "after": "renamed"},
    }
    (removed,) = cluster.shows(changed, checks=())
    assert (removed.type, owner(removed)) == ("configuration_removed", "svm2")
    assert cluster.shows(changed, checks=()) == []


def test_fields_of_a_new_release_are_no_drift() -> None:
    """New fields and versions of keys are compared only from the next poll on."""
    cluster = Cluster()
    key = plain()["key_id"]
    cluster.shows(plain(), checks=())
    newer = {"enabled": True, "oauth_host": "login.microsoftonline.com", "port": 443, "key_id": f"{key}/{'a' * 32}"}
    assert types(cluster.shows(plain(**newer), checks=())) == []
    assert types(cluster.shows(plain(), checks=())) == []
    (drift,) = cluster.shows(plain(**{**newer, "port": 8443, "key_id": f"{key}/{'b' * 32}"}), checks=())
    assert list(drift.changes) == ["key_id", "port"]


@pytest.mark.parametrize("unset", [{}, {"proxy_host": None}, {"proxy_host": ""}])
def test_added_or_removed_proxy_is_drift(unset: dict[str, Any]) -> None:
    """ONTAP omits unset fields or reports an empty text, which is equivalent."""
    cluster = Cluster()
    cluster.shows(plain(), checks=())
    assert cluster.shows(plain(**unset), checks=()) == []
    (drift,) = cluster.shows(plain(proxy_host="proxy"), checks=())
    assert drift.changes["proxy_host"]["after"] == "proxy"
    (drift,) = cluster.shows(plain(**unset), checks=())
    assert drift.changes["proxy_host"]["before"] == "proxy"


def test_different_spelling_is_no_drift() -> None:
    cluster = Cluster()
    cluster.shows(plain(), checks=())
    assert (
        cluster.shows(
            plain(name=plain()["name"].upper(), client_id=plain()["client_id"].upper(), proxy_port=""), checks=()
        )
        == []
    )


def test_continuing_drift_is_reported_as_a_whole() -> None:
    """Unconfirmed values in between are not reported. before is the value that was reported last."""
    cluster = Cluster(confirm=2)
    cluster.shows(plain(client_id="one"), checks=())
    assert cluster.shows(plain(client_id="two"), checks=()) == []
    assert cluster.shows(plain(client_id="three", proxy_host="p"), checks=()) == []
    (drift,) = cluster.shows(plain(client_id="three", proxy_host="p"), checks=())
    assert drift.changes == {
        "client_id": {"before": "one", "after": "three"},
        "proxy_host": {"before": None, "after": "p"},
    }
    assert drift.since == 180


def test_removing_a_configuration_ends_its_problems() -> None:
    """Each reported event has a counterpart that names the cause. Unreported ones have none."""
    cluster = Cluster()
    cluster.shows(record())
    assert types(cluster.shows(record(state=False, azure=False, ekmip=(True, False)))) == [
        "akv_state_lost",
        "azure_unreachable",
        "ekmip_unreachable",
    ]
    removed, *closed = cluster.shows()
    assert (removed.type, removed.cause) == ("configuration_removed", None)
    assert [(change.type, change.check, change.node, owner(change), change.cause) for change in closed] == [
        ("akv_state_restored", "state", None, "svm1", "configuration_removed"),
        ("azure_reachable", "azure", None, "svm1", "configuration_removed"),
        ("ekmip_reachable", "ekmip", "node2", "svm1", "configuration_removed"),
    ]
    assert cluster.shows() == []
    assert types(cluster.shows(record())) == ["configuration_added"]
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]


@pytest.mark.parametrize("gone", [[], [plain(enabled=False)]], ids=["removed", "disabled"])
def test_unreported_problem_has_no_end_event(gone: list[dict[str, Any]]) -> None:
    """The problem is initial and not requested, or too brief."""
    silent = Cluster(initial=False)
    assert silent.shows(record(state=False, enabled=True)) == []
    assert len(silent.shows(*gone)) == 1
    brief = Cluster(confirm=2)
    for _time in range(2):
        brief.shows(record(enabled=True))
    brief.shows(record(state=False, enabled=True))
    assert len(brief.shows(*gone) + brief.shows(*gone)) == 1


def test_reports_unreachable_cluster_and_compares_afterwards() -> None:
    """Nothing is reported about its configurations. Afterwards they are compared with their earlier state."""
    cluster = Cluster(confirm=2)
    cluster.shows(record(client_id="one"), record(2))
    assert cluster.is_away() == []
    (away,) = cluster.is_away()
    assert (away.type, away.record, away.wrong.message, away.since) == ("cluster_unreachable", None, "no answer", 120)
    assert cluster.is_away() == []
    changed = record(state=False, client_id="two")
    assert cluster.shows(changed) == []
    assert types(cluster.shows(changed)) == [
        "cluster_reachable",
        "configuration_drift",
        "configuration_removed",
        "akv_state_lost",
    ]


def test_reports_nothing_until_cluster_is_confirmed_reachable() -> None:
    """Single polls show the loss often enough, but it is reported after the cluster is confirmed reachable."""
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    assert types(cluster.is_away() + cluster.is_away()) == ["cluster_unreachable"]
    for _time in range(3):
        assert cluster.shows(record(state=False)) == []
        assert cluster.is_away() == []
    assert cluster.shows(record(state=False)) == []
    told = cluster.shows(record(state=False))
    assert [(change.type, change.since) for change in told] == [("cluster_reachable", 600), ("akv_state_lost", 240)]


def test_refused_login_is_confirmed_by_at_most_two_polls() -> None:
    """Each further login could lock the account."""
    cluster = Cluster(confirm=5)
    cluster.shows(record())
    assert cluster.is_away(refused=True) == []
    (away,) = cluster.is_away(refused=True)
    assert (away.type, away.wrong.code, away.initial) == ("cluster_unreachable", 6, False)
    assert cluster.is_away(refused=True) == []
    (first,) = Cluster(confirm=1).is_away(refused=True)
    assert first.initial


def test_reminds_of_ongoing_problems_with_increasing_numbers() -> None:
    """Each problem that a poll still shows gets each number once. Problems that a poll does not show get none."""
    cluster = Cluster(remind=100)
    cluster.shows(record())
    assert cluster.detector.find_reminder() is None
    (lost,) = cluster.shows(record(state=False))
    assert cluster.detector.find_reminder() == 220
    assert cluster.shows(record(state=False)) == []
    (first,) = cluster.shows(record(state=False))
    assert (first.type, first.since, first.at, first.reminder, owner(first)) == (
        "akv_state_lost",
        lost.since,
        240,
        1,
        "svm1",
    )
    assert cluster.shows(plain(), checks=()) == []
    assert cluster.shows(plain(), checks=()) == []
    assert [change.reminder for change in cluster.shows(record(state=False))] == [2]
    assert types(cluster.is_away()) == ["cluster_unreachable"]
    assert cluster.is_away() == []
    assert [(change.type, change.reminder) for change in cluster.is_away()] == [("cluster_unreachable", 1)]
    assert cluster.detector.find_reminder() == cluster.at + 100
    back = cluster.shows(record(state=False))
    assert [(change.type, change.reminder) for change in back] == [("cluster_reachable", 0), ("akv_state_lost", 3)]
    cluster.shows(record())
    assert [change.reminder for change in cluster.shows(record(state=False))] == [0]


def test_reminds_of_refused_cluster_without_polling() -> None:
    cluster = Cluster(remind=100)
    assert cluster.detector.remind(0) == []
    cluster.is_away(refused=True)
    assert cluster.detector.remind(159) == []
    (again,) = cluster.detector.remind(160)
    assert (again.type, again.since, again.at, again.reminder, again.wrong.code) == (
        "cluster_unreachable",
        60,
        160,
        1,
        6,
    )
    assert cluster.detector.remind(200) == []
    assert Detector(confirm=1).remind(1e9) == []


def test_event_has_source_of_first_observation() -> None:
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    cluster.shows(record(state=False), source="ems")
    assert [change.source for change in cluster.shows(record(state=False))] == ["ems"]


#: The status of a check, None if ONTAP cannot read it.
_STATUS = st.sampled_from([True, True, False, False, None])
#: One configuration in one poll: None if it does not exist, else the statuses of its checks.
_SEEN = st.none() | st.fixed_dictionaries(
    {
        "state": _STATUS,
        "azure": _STATUS,
        "node1": st.booleans(),
        "node2": st.booleans(),
        "client_id": st.sampled_from(["one", "two"]),
    }
)
#: A poll that cannot read the cluster, or the requested checks and two configurations.
_LOOK = st.just("away") | st.tuples(st.sampled_from([(), CHECKS, ("state",)]), _SEEN, _SEEN)
#: Most polls repeat the previous one, or nothing would ever be confirmed.
_LOOKS = st.lists(st.tuples(_LOOK, st.integers(1, 4)), min_size=1, max_size=10).map(
    lambda rows: [look for look, times in rows for _time in range(times)]
)


#: Stands for a node if a status cannot be read.
UNREAD = "unread"


class Truth:
    """The confirmed state by its plain definition: a value counts once the last polls that show it agree."""

    def __init__(self, confirm: int) -> None:
        self.confirm = confirm
        self.rows: dict[Any, list[Any]] = {}
        self.reachable = True
        self.there: dict[int, str | None] | None = None
        self.wrong: set[Any] = set()

    def _agree(self, subject: Any, value: Any) -> bool:
        row = self.rows.setdefault(subject, [])
        row.append(value)
        return len(row) >= self.confirm and all(each == value for each in row[-self.confirm :])

    def looks(self, look: Any) -> None:
        """Apply a poll."""
        if self._agree("cluster", look != "away"):
            self.reachable = look != "away"
        if look == "away":
            return
        checks, *found = look
        if self.there is None:
            self.there = {number: each and each["client_id"] for number, each in enumerate(found, 1)}
        for number, each in enumerate(found, 1):
            described = each and each["client_id"]
            if self._agree(number, described) and self.reachable:
                self.there[number] = described
            if self.there[number] is None:
                self.wrong = {subject for subject in self.wrong if subject[0] != number}
                self.rows = {
                    subject: row
                    for subject, row in self.rows.items()
                    if not isinstance(subject, tuple) or subject[0] != number
                }
            elif each is not None:
                self._health(number, each, checks)

    def _health(self, number: int, found: dict[str, Any], checks: Sequence[str]) -> None:
        shown = {
            ("state", None): found["state"],
            ("azure", None): found["azure"],
            ("ekmip", "node1"): found["node1"],
            ("ekmip", "node2"): found["node2"],
        }
        shown |= {(check, UNREAD): found[check] is not None for check in ("state", "azure")}
        for (check, node), well in shown.items():
            if check in checks and well is not None and self._agree((number, check, node), well) and self.reachable:
                (self.wrong.discard if well else self.wrong.add)((number, check, node))


class Listener:
    """A receiver that knows only the events."""

    def __init__(self) -> None:
        self.reachable = True
        self.there: dict[int, str | None] = {}
        self.wrong: set[Any] = set()

    def hears(self, change: Notice) -> None:
        """Apply an event, which must be news."""
        pairs = {**TYPES, UNREAD: UNREAD_TYPES}
        kind, wrong = next(
            ((check, change.type == pair[0]) for check, pair in pairs.items() if change.type in pair),
            ("configuration", False),
        )
        if kind == "cluster":
            assert self.reachable is wrong
            self.reachable = not wrong
            return
        assert self.reachable, "an event about a cluster that cannot be read"
        number = int(owner(change).removeprefix("svm"))
        if kind != "configuration":
            subject = (number, change.check, UNREAD if kind == UNREAD else change.node)
            assert kind in (UNREAD, change.check)
            assert (subject in self.wrong) is not wrong
            (self.wrong.add if wrong else self.wrong.discard)(subject)
        else:
            self._configuration(number, change)

    def _configuration(self, number: int, change: Notice) -> None:
        before = self.there[number]
        if change.type == "configuration_drift":
            ((name, pair),) = change.changes.items()
            assert (name, pair["before"]) == ("client_id", before)
            self.there[number] = pair["after"]
        elif change.type == "configuration_removed":
            assert before is not None
            self.there[number] = None
        else:
            assert before is None
            self.there[number] = ADDED


def look_of(number: int, look: Any) -> Look:
    """Return a poll as the detector receives it."""
    if look == "away":
        return Look(float(number))
    checks, *found = look
    absent = {PROPERTIES[check] for check in CHECKS if check not in checks}
    whole = [record(place, **_as_fields(**each)) for place, each in enumerate(found, 1) if each is not None]
    return Look(
        float(number), [{name: value for name, value in each.items() if name not in absent} for each in whole], checks
    )


def _as_fields(*, node1: bool, node2: bool, **more: Any) -> dict[str, Any]:
    return {**more, "ekmip": (node1, node2)}


@given(looks=_LOOKS, confirm=st.integers(1, 3))
def test_events_match_confirmed_state(looks: list[Any], confirm: int) -> None:
    """For any sequence of polls, the events alone show the confirmed state at any time, and none is repeated."""
    detector, truth, listener = Detector(confirm=confirm), Truth(confirm), Listener()
    for number, look in enumerate(looks):
        begins = truth.there is None
        truth.looks(look)
        told = detector.look(look_of(number, look))
        if begins and truth.there is not None:
            # Configurations of the first successful poll are not reported.
            listener.there = dict(truth.there)
        for change in told:
            listener.hears(change)
            assert change.since <= change.at == number
        assert listener.reachable is truth.reachable
        assert listener.wrong == truth.wrong
        for name, value in (truth.there or {}).items():
            assert listener.there[name] in ((value, ADDED) if value else (None,))
            listener.there[name] = value


@given(looks=_LOOKS, confirm=st.integers(1, 3), remind=st.integers(1, 5))
def test_each_reminder_is_sent_once(looks: list[Any], confirm: int, remind: int) -> None:
    """Its number is one higher than that of the previous event of the problem, at least one interval ago."""
    detector, silent = Detector(confirm=confirm, remind=remind), Detector(confirm=confirm)
    last: dict[Any, Notice] = {}
    for number, look in enumerate(looks):
        seen = look_of(number, look)
        told = detector.look(seen)
        assert [change for change in told if not change.reminder] == silent.look(seen)
        for change in told:
            subject = (None if change.record is None else owner(change), change.type, change.check, change.node)
            if change.reminder:
                assert change.reminder == last[subject].reminder + 1
                assert change.at - last[subject].at >= remind
                assert change.since == last[subject].since
            last[subject] = change


@given(values=st.lists(st.booleans(), max_size=40), confirm=st.integers(2, 5))
def test_flapping_status_is_not_reported(values: list[bool], confirm: int) -> None:
    """No value lasts long enough to be confirmed."""
    detector = Detector(confirm=confirm)
    detector.look(Look(0.0, [record()], CHECKS))
    row = 0
    for number, value in enumerate(values, 1):
        row = row + 1 if not value else 0
        shown_well = value or row >= confirm
        row = 0 if shown_well else row
        assert detector.look(Look(float(number), [record(state=shown_well, azure=shown_well)], CHECKS)) == []
