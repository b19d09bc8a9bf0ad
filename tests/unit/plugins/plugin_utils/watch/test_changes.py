# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the detector reports about looks at a cluster: every change once, none twice, none lost, and nothing of what was
only seen in passing.
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
    """A configuration as a look shows it that asks for all checks; None for a status that ONTAP does not report."""
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
    """A detector, and looks at it that are a minute apart."""

    def __init__(self, **settings: Any) -> None:
        self.detector = Detector(**{"confirm": 1, **settings})
        self.at = 0.0

    def shows(self, *records: dict[str, Any], checks: Sequence[str] = CHECKS, source: str = "poll") -> list[Notice]:
        """A look that shows these configurations."""
        self.at += 60
        return self.detector.look(Look(self.at, list(records), checks, source=source))

    def is_away(self, *, refused: bool = False) -> list[Notice]:
        """A look that could not read the cluster."""
        self.at += 60
        return self.detector.look(Look(self.at, error=Reason(6 if refused else None, "no answer"), refused=refused))


def types(changes: Sequence[Notice]) -> list[str]:
    return [change.type for change in changes]


def owner(change: Notice) -> Any:
    """The SVM that a change is about."""
    return None if change.record is None else change.record["svm"]["name"]


@pytest.mark.parametrize("check", ["state", "azure"])
def test_a_check_that_becomes_wrong_and_well(check: str) -> None:
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
    # Not asked for: nothing is known, so nothing is reported.
    assert cluster.shows(plain(), checks=()) == []
    (back,) = cluster.shows(record())
    assert (back.type, back.since, back.wrong) == (good, 300, Reason())
    assert cluster.shows(record()) == []


def test_each_node_is_told_by_itself() -> None:
    cluster = Cluster()
    assert cluster.shows(record()) == []
    (lost,) = cluster.shows(record(ekmip=(True, False)))
    assert (lost.type, lost.node) == ("ekmip_unreachable", "node2")
    (other,) = cluster.shows(record(ekmip=(False, False)))
    assert other.node == "node1"
    # A node that left the cluster is none that cannot be reached.
    (gone,) = cluster.shows(record(ekmip=(False,)))
    assert (gone.type, gone.node) == ("ekmip_reachable", "node2")
    assert [(change.type, change.node) for change in cluster.shows(record())] == [("ekmip_reachable", "node1")]


def test_a_key_that_waits_for_volumes_is_well() -> None:
    waiting = record() | {"state": {"available": False, "code": 346758, "message": NO_VOLUMES}}
    cluster = Cluster()
    assert cluster.shows(waiting) == []
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]
    assert types(cluster.shows(waiting)) == ["akv_state_restored"]


def test_a_status_that_is_asked_for_and_not_reported_is_neither_lost_nor_restored() -> None:
    """It is said that it cannot be read. Of a configuration that is not enabled ONTAP reports nothing, which is no
    news.
    """
    cluster = Cluster()
    assert cluster.shows(record(), plain(2, enabled=False)) == []
    told = cluster.shows(plain(), plain(2, enabled=False))
    assert [(change.type, change.check) for change in told] == [("status_unreadable", check) for check in CHECKS]
    assert {change.wrong.message for change in told} == {"ONTAP does not say"}
    back = cluster.shows(record(), plain(2, enabled=False))
    assert [(change.type, change.check) for change in back] == [("status_readable", check) for check in CHECKS]


@pytest.mark.parametrize("nodes", [[], None, "node1"])
def test_a_list_of_no_nodes_says_nothing_of_a_node(nodes: Any) -> None:
    """A node that could not be reached did not come back with it."""
    cluster = Cluster()
    assert [change.node for change in cluster.shows(record(ekmip=(True, False)))] == ["node2"]
    (unread,) = cluster.shows(record() | {"ekmip_reachability": nodes})
    assert (unread.type, unread.check, unread.node) == ("status_unreadable", "ekmip", None)
    assert types(cluster.shows(record())) == ["ekmip_reachable", "status_readable"]


def test_why_a_status_cannot_be_read() -> None:
    """A loss that was reported stays one, with its reminders, until the status is read again."""
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


def test_a_status_that_cannot_be_read_in_passing_is_not_told() -> None:
    """Nor does it interrupt the row of what is seen before and after it."""
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    assert cluster.shows(record(state=False)) == []
    assert cluster.shows(record(state=None)) == []
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]


def test_a_configuration_that_is_not_enabled_any_more_has_no_troubles() -> None:
    """It was switched off for another one; what is wrong when it is enabled again is new."""
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


def test_what_is_seen_in_passing_is_not_told() -> None:
    """Neither a loss that one look saw, nor a recovery, nor a configuration that was there for a moment, or away."""
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


def test_since_is_when_it_was_seen_first() -> None:
    cluster = Cluster(confirm=3)
    cluster.shows(record())
    assert cluster.shows(record(state=False)) == []
    # A look that shows nothing interrupts nothing.
    assert cluster.shows(plain(), checks=()) == []
    assert cluster.is_away() == []
    assert cluster.shows(record(state=False)) == []
    (lost,) = cluster.shows(record(state=False))
    assert (lost.since, lost.at) == (120, 360)


@pytest.mark.parametrize("initial", [True, False])
def test_what_is_wrong_already(initial: bool) -> None:
    """At the first look, and at the second of two that have to agree; what comes later is not initial, and is reported
    in any case.
    """
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


def test_configurations_come_change_and_go() -> None:
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


def test_what_a_new_release_tells_is_no_drift() -> None:
    """Fields that were not told before, and the version of a key; from then on they count. Nor is what comes and
    goes with the checks.
    """
    cluster = Cluster()
    key = plain()["key_id"]
    cluster.shows(plain(), checks=())
    newer = {"enabled": True, "oauth_host": "login.microsoftonline.com", "port": 443, "key_id": f"{key}/{'a' * 32}"}
    assert types(cluster.shows(plain(**newer), checks=())) == []
    assert types(cluster.shows(plain(), checks=())) == []
    (drift,) = cluster.shows(plain(**{**newer, "port": 8443, "key_id": f"{key}/{'b' * 32}"}), checks=())
    assert list(drift.changes) == ["key_id", "port"]


@pytest.mark.parametrize("unset", [{}, {"proxy_host": None}, {"proxy_host": ""}])
def test_a_proxy_that_comes_or_goes_is_drift(unset: dict[str, Any]) -> None:
    """ONTAP leaves out what is not set, or tells an empty text, which is the same."""
    cluster = Cluster()
    cluster.shows(plain(), checks=())
    assert cluster.shows(plain(**unset), checks=()) == []
    (drift,) = cluster.shows(plain(proxy_host="proxy"), checks=())
    assert drift.changes["proxy_host"]["after"] == "proxy"
    (drift,) = cluster.shows(plain(**unset), checks=())
    assert drift.changes["proxy_host"]["before"] == "proxy"


def test_the_same_written_otherwise_is_no_drift() -> None:
    cluster = Cluster()
    cluster.shows(plain(), checks=())
    assert (
        cluster.shows(
            plain(name=plain()["name"].upper(), client_id=plain()["client_id"].upper(), proxy_port=""), checks=()
        )
        == []
    )


def test_a_drift_that_goes_on_is_told_as_a_whole() -> None:
    """What was not confirmed in between is not reported; before is what was reported last."""
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


def test_a_configuration_that_goes_takes_its_troubles_along() -> None:
    """Each event that was reported has its counterpart, which names the cause; what was not reported has none."""
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
def test_what_was_not_told_is_not_ended(gone: list[dict[str, Any]]) -> None:
    """Reason at a first look that is not told, or seen too briefly."""
    silent = Cluster(initial=False)
    assert silent.shows(record(state=False, enabled=True)) == []
    assert len(silent.shows(*gone)) == 1
    brief = Cluster(confirm=2)
    for _time in range(2):
        brief.shows(record(enabled=True))
    brief.shows(record(state=False, enabled=True))
    assert len(brief.shows(*gone) + brief.shows(*gone)) == 1


def test_a_cluster_that_cannot_be_read() -> None:
    """Nothing is reported about its configurations; afterwards they are compared with what they were before."""
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


def test_nothing_is_told_before_the_cluster_is() -> None:
    """Single looks that read it show the loss often enough; it is told when the cluster is known to be back, and not
    earlier.
    """
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    assert types(cluster.is_away() + cluster.is_away()) == ["cluster_unreachable"]
    for _time in range(3):
        assert cluster.shows(record(state=False)) == []
        assert cluster.is_away() == []
    assert cluster.shows(record(state=False)) == []
    told = cluster.shows(record(state=False))
    assert [(change.type, change.since) for change in told] == [("cluster_reachable", 600), ("akv_state_lost", 240)]


def test_a_refused_login_needs_two_looks_at_the_most() -> None:
    """Each further one could lock the account."""
    cluster = Cluster(confirm=5)
    cluster.shows(record())
    assert cluster.is_away(refused=True) == []
    (away,) = cluster.is_away(refused=True)
    assert (away.type, away.wrong.code, away.initial) == ("cluster_unreachable", 6, False)
    assert cluster.is_away(refused=True) == []
    (first,) = Cluster(confirm=1).is_away(refused=True)
    assert first.initial


def test_reminders() -> None:
    """Each number once for each trouble, of what is still wrong at the look that is reported; none of what a look does
    not show.
    """
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


def test_a_cluster_that_is_left_alone_is_told_again_all_the_same() -> None:
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


def test_which_look_it_was() -> None:
    cluster = Cluster(confirm=2)
    cluster.shows(record())
    cluster.shows(record(state=False), source="ems")
    assert [change.source for change in cluster.shows(record(state=False))] == ["ems"]


#: What a check says, None if ONTAP cannot read it.
_STATUS = st.sampled_from([True, True, False, False, None])
#: One configuration in one look: None where it is not there, else what the checks say of it.
_SEEN = st.none() | st.fixed_dictionaries(
    {
        "state": _STATUS,
        "azure": _STATUS,
        "node1": st.booleans(),
        "node2": st.booleans(),
        "client_id": st.sampled_from(["one", "two"]),
    }
)
#: A look that cannot read the cluster; or the checks that are asked for, and two configurations.
_LOOK = st.just("away") | st.tuples(st.sampled_from([(), CHECKS, ("state",)]), _SEEN, _SEEN)
#: Most looks are like the one before: else nothing would ever be confirmed.
_LOOKS = st.lists(st.tuples(_LOOK, st.integers(1, 4)), min_size=1, max_size=10).map(
    lambda rows: [look for look, times in rows for _time in range(times)]
)


#: In the place of a node, for a status that cannot be read.
UNREAD = "unread"


class Truth:
    """What the looks have confirmed, by the plain definition: a value counts once the last looks that show it all
    agree.
    """

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
        """Takes a look in."""
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
    """Who only hears the events."""

    def __init__(self) -> None:
        self.reachable = True
        self.there: dict[int, str | None] = {}
        self.wrong: set[Any] = set()

    def hears(self, change: Notice) -> None:
        """Believes what is reported, and that it is news."""
        pairs = {**TYPES, UNREAD: UNREAD_TYPES}
        kind, wrong = next(
            ((check, change.type == pair[0]) for check, pair in pairs.items() if change.type in pair),
            ("configuration", False),
        )
        if kind == "cluster":
            assert self.reachable is wrong
            self.reachable = not wrong
            return
        assert self.reachable, "of a cluster that cannot be read nothing is told"
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
    """A look as the detector is given it."""
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
def test_the_events_tell_what_is(looks: list[Any], confirm: int) -> None:
    """Whatever is looked at, in whatever order: who only hears the events knows at each moment what was confirmed,
    and hears nothing twice.
    """
    detector, truth, listener = Detector(confirm=confirm), Truth(confirm), Listener()
    for number, look in enumerate(looks):
        begins = truth.there is None
        truth.looks(look)
        told = detector.look(look_of(number, look))
        if begins and truth.there is not None:
            # What is there at the first look that can read the cluster is not told.
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
def test_each_reminder_comes_once(looks: list[Any], confirm: int, remind: int) -> None:
    """Its number is one higher than that of the last event of the same trouble, which is as long ago as was asked
    for; nothing else changes.
    """
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
def test_what_flutters_is_not_told(values: list[bool], confirm: int) -> None:
    """As long as nothing lasts for so many looks."""
    detector = Detector(confirm=confirm)
    detector.look(Look(0.0, [record()], CHECKS))
    row = 0
    for number, value in enumerate(values, 1):
        row = row + 1 if not value else 0
        shown_well = value or row >= confirm
        row = 0 if shown_well else row
        assert detector.look(Look(float(number), [record(state=shown_well, azure=shown_well)], CHECKS)) == []
