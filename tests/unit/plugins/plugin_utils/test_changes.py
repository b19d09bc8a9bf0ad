# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the detector tells of looks at a cluster: every change once, none twice, none lost, and nothing of what was only seen in passing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.plugin_utils.changes import TYPES, Change, Detector, Look, Wrong

UUIDS = ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")
CHECKS = ("state", "azure", "ekmip")
NODES = ("node1", "node2")
WRONG = {"code": 346758, "message": "no"}
WAITING = {"available": False, "code": 65537200, "message": "No volumes created yet for the SVM. Wrapped KEK status will be available after creating encrypted volumes."}


def record(uuid: str = UUIDS[0], *, state: bool | None = None, azure: bool | None = None, ekmip: Sequence[bool] = (), **fields: Any) -> dict[str, Any]:
    """A configuration as a look shows it; of a check None is what was not asked for."""
    found = {"uuid": uuid, "scope": "svm", "svm": {"name": f"svm{uuid[0]}", "uuid": uuid}, "name": "https://v.vault.azure.net/", **fields}
    if state is not None:
        found["state"] = {"available": state, **({} if state else WRONG)}
    if azure is not None:
        found["azure_reachability"] = {"reachable": azure, **({} if azure else WRONG)}
    if ekmip:
        found["ekmip_reachability"] = [{"node": {"name": name}, "reachable": well} for name, well in zip(NODES, ekmip)]
    return found


class Cluster:
    """A detector, and looks at it that are a minute apart."""

    def __init__(self, **settings: Any) -> None:
        self.detector = Detector(**{"confirm": 1, **settings})
        self.at = 0.0

    def shows(self, *records: dict[str, Any], source: str = "poll") -> list[Change]:
        """A look that shows these configurations."""
        self.at += 60
        return self.detector.look(Look(self.at, list(records), CHECKS, source=source))

    def is_away(self, *, certain: bool = False) -> list[Change]:
        """A look that could not read the cluster."""
        self.at += 60
        return self.detector.look(Look(self.at, error=Wrong("6" if certain else None, "no answer"), certain=certain))


def types(changes: Sequence[Change]) -> list[str]:
    return [change.type for change in changes]


@pytest.mark.parametrize("check", ["state", "azure"])
def test_a_check_that_becomes_wrong_and_well(check: str) -> None:
    bad, good = TYPES[check]
    cluster = Cluster()
    assert cluster.shows(record(**{check: True})) == []
    (lost,) = cluster.shows(record(**{check: False}))
    assert (lost.type, lost.since, lost.at, lost.initial, lost.reminder) == (bad, 120, 120, False, 0)
    assert lost.wrong == Wrong(346758, "no")
    assert lost.record == record(**{check: False})
    assert cluster.shows(record(**{check: False})) == []
    # Not asked for: nothing is known, so nothing is told.
    assert cluster.shows(record()) == []
    assert types(cluster.shows(record(**{check: True}))) == [good]
    assert cluster.shows(record(**{check: True})) == []


def test_each_node_is_told_by_itself() -> None:
    cluster = Cluster()
    assert cluster.shows(record(ekmip=(True, True))) == []
    (lost,) = cluster.shows(record(ekmip=(True, False)))
    assert (lost.type, lost.node) == ("ekmip_unreachable", "node2")
    (other,) = cluster.shows(record(ekmip=(False, False)))
    assert other.node == "node1"
    assert [(change.type, change.node) for change in cluster.shows(record(ekmip=(True, True)))] == [("ekmip_reachable", "node1"), ("ekmip_reachable", "node2")]


def test_a_key_that_waits_for_volumes_is_well() -> None:
    cluster = Cluster()
    assert cluster.shows(record() | {"state": WAITING}) == []
    assert types(cluster.shows(record(state=False))) == ["akv_state_lost"]
    assert types(cluster.shows(record() | {"state": WAITING})) == ["akv_state_restored"]


def test_what_is_seen_in_passing_is_not_told() -> None:
    """Neither a loss that one look saw, nor a recovery, nor a configuration that was there for a moment, or away."""
    cluster = Cluster(confirm=2)
    cluster.shows(record(state=True))
    for _time in range(3):
        assert cluster.shows(record(state=False)) == []
        assert cluster.detector.waiting
        assert cluster.shows(record(state=True)) == []
        assert not cluster.detector.waiting
    assert cluster.shows(record(state=True), record(UUIDS[1], state=False)) == []
    assert cluster.shows(record(state=True)) == []
    assert cluster.shows() == []
    assert cluster.shows(record(state=True, client_id="other")) == []
    assert cluster.shows(record(state=True)) == []
    assert cluster.is_away() == []
    assert cluster.shows(record(state=True)) == []
    assert not cluster.detector.waiting


def test_since_is_when_it_was_seen_first() -> None:
    cluster = Cluster(confirm=3)
    cluster.shows(record(state=True))
    assert cluster.shows(record(state=False)) == []
    # A look that shows nothing interrupts nothing.
    assert cluster.shows(record()) == []
    assert cluster.is_away() == []
    assert cluster.shows(record(state=False)) == []
    (lost,) = cluster.shows(record(state=False))
    assert (lost.since, lost.at) == (120, 360)


@pytest.mark.parametrize("initial", [True, False])
def test_what_is_wrong_already(initial: bool) -> None:
    """At the first look, and at the second of two that have to agree; what comes later is not initial, and is told in any case."""
    cluster = Cluster(confirm=2, initial=initial, remind=60)
    assert cluster.shows(record(state=False), record(UUIDS[1], state=True)) == []
    told = cluster.shows(record(state=False), record(UUIDS[1], state=False))
    assert [(change.type, change.initial) for change in told] == ([("akv_state_lost", True)] if initial else [])
    told = cluster.shows(record(state=False), record(UUIDS[1], state=False))
    assert [(change.record or {})["uuid"] for change in told if not change.reminder] == [UUIDS[1]]
    assert [change.initial for change in told if not change.reminder] == [False]
    assert [change.reminder for change in told if change.reminder] == ([1] if initial else [])
    cluster.shows(record(state=True), record(UUIDS[1], state=False))
    assert "akv_state_restored" in types(cluster.shows(record(state=True), record(UUIDS[1], state=False)))


def test_configurations_come_change_and_go() -> None:
    cluster = Cluster()
    assert cluster.shows(record(client_id="one")) == []
    (added,) = cluster.shows(record(client_id="one"), record(UUIDS[1], state=True))
    assert (added.type, (added.record or {})["uuid"]) == ("configuration_added", UUIDS[1])
    changed = record(client_id="two") | {"svm": {"name": "renamed", "uuid": UUIDS[0]}}
    (drift,) = cluster.shows(changed, record(UUIDS[1]))
    assert drift.type == "configuration_drift"
    assert drift.changes == {"client_id": {"before": "one", "after": "two"}, "svm.name": {"before": "svm1", "after": "renamed"}}
    (removed,) = cluster.shows(changed)
    assert (removed.type, (removed.record or {})["svm"]["name"]) == ("configuration_removed", "svm2")
    assert cluster.shows(changed) == []


def test_a_configuration_that_goes_takes_its_troubles_along() -> None:
    cluster = Cluster()
    cluster.shows(record(state=True))
    assert types(cluster.shows(record(state=False, azure=False))) == ["akv_state_lost", "azure_unreachable"]
    assert types(cluster.shows()) == ["configuration_removed"]
    assert types(cluster.shows(record(state=True, azure=True))) == ["configuration_added"]
    assert types(cluster.shows(record(state=False, azure=True))) == ["akv_state_lost"]


def test_a_cluster_that_cannot_be_read() -> None:
    """Nothing is told of its configurations; afterwards they are compared with what they were before."""
    cluster = Cluster(confirm=2)
    cluster.shows(record(state=True, client_id="one"))
    assert cluster.is_away() == []
    (away,) = cluster.is_away()
    assert (away.type, away.record, away.wrong.message) == ("cluster_unreachable", None, "no answer")
    assert cluster.is_away() == []
    assert cluster.shows(record(state=False, client_id="two")) == []
    assert types(cluster.shows(record(state=False, client_id="two"))) == ["cluster_reachable", "configuration_drift", "akv_state_lost"]


def test_a_refused_login_is_told_at_once() -> None:
    cluster = Cluster(confirm=5)
    (away,) = cluster.is_away(certain=True)
    assert (away.type, away.wrong.code, away.initial) == ("cluster_unreachable", "6", True)
    assert cluster.is_away(certain=True) == []


def test_reminders() -> None:
    """Each number once for each trouble, of what is still wrong at the look that is told; none of what a look does not show."""
    cluster = Cluster(remind=100)
    cluster.shows(record(state=True))
    (lost,) = cluster.shows(record(state=False))
    assert cluster.shows(record(state=False)) == []
    (first,) = cluster.shows(record(state=False))
    assert (first.type, first.since, first.reminder) == ("akv_state_lost", lost.since, 1)
    assert cluster.shows(record()) == []
    assert cluster.shows(record()) == []
    assert [change.reminder for change in cluster.shows(record(state=False))] == [2]
    assert types(cluster.is_away()) == ["cluster_unreachable"]
    assert cluster.is_away() == []
    assert [(change.type, change.reminder) for change in cluster.is_away()] == [("cluster_unreachable", 1)]
    back = cluster.shows(record(state=False))
    assert [(change.type, change.reminder) for change in back] == [("cluster_reachable", 0), ("akv_state_lost", 3)]
    cluster.shows(record(state=True))
    assert [change.reminder for change in cluster.shows(record(state=False))] == [0]


def test_which_look_it_was() -> None:
    cluster = Cluster(confirm=2)
    cluster.shows(record(state=True))
    cluster.shows(record(state=False), source="ems")
    assert [change.source for change in cluster.shows(record(state=False))] == ["ems"]


#: One configuration in one look: None where it is not there, else what each check says of it.
_SEEN = st.none() | st.fixed_dictionaries(
    {
        "state": st.none() | st.booleans(),
        "azure": st.none() | st.booleans(),
        "ekmip": st.just(()) | st.tuples(st.booleans(), st.booleans()),
        "client_id": st.sampled_from(["one", "two"]),
    }
)
_LOOKS = st.lists(st.just("away") | st.tuples(_SEEN, _SEEN), min_size=1, max_size=25)


def _observed(looks: Sequence[Any]) -> dict[tuple[str, ...], list[Any]]:
    """What each subject was seen as, look by look, where it was seen at all: the plain definition, without any state."""
    seen: dict[tuple[str, ...], list[Any]] = {("cluster",): []}
    for look in looks:
        seen["cluster",].append(look != "away")
        if look != "away":
            for uuid, found in zip(UUIDS, look):
                seen.setdefault(("configuration", uuid), []).append(found and found["client_id"])
    return seen


def _confirmed(values: Sequence[Any], confirm: int, first: Any) -> Any:
    """What counts in the end: the last value that was seen so many times in a row."""
    value = first
    for end in range(len(values)):
        row = values[max(0, end + 1 - confirm) : end + 1]
        if len(row) == confirm and all(each == row[0] for each in row):
            value = row[0]
    return value


def _told(looks: Sequence[Any], detector: Detector) -> list[Change]:
    told = []
    for number, look in enumerate(looks):
        if look == "away":
            told += detector.look(Look(float(number), error=Wrong(None, "away")))
        else:
            shown = [record(uuid, **found) for uuid, found in zip(UUIDS, look) if found is not None]
            told += detector.look(Look(float(number), shown, CHECKS))
    return told


def _subject(change: Change) -> tuple[Any, ...]:
    kind = next((check for check, pair in TYPES.items() if change.type in pair), "configuration")
    return kind, (change.record or {}).get("uuid"), change.node


@given(looks=_LOOKS, confirm=st.integers(1, 3))
def test_the_events_tell_what_is(looks: list[Any], confirm: int) -> None:
    """Whatever was looked at: who only hears the events knows what the looks have confirmed, of the cluster and of every configuration."""
    told = _told(looks, Detector(confirm=confirm))
    observed = _observed(looks)
    reachable = True
    there: dict[str, Any] = {}
    first = next((look for look in looks if look != "away"), (None, None))
    for uuid, found in zip(UUIDS, first):
        there[uuid] = found and found["client_id"]
    begun = dict(there)
    for change in told:
        if change.type.startswith("cluster_"):
            reachable = change.type == "cluster_reachable"
        elif change.type.startswith("configuration_"):
            there[change.record["uuid"]] = None if change.type == "configuration_removed" else change.record["client_id"]  # type: ignore[index]
    assert reachable is _confirmed(observed["cluster",], confirm, first=True)
    for uuid in UUIDS:
        assert there[uuid] == _confirmed(observed.get(("configuration", uuid), [])[1:], confirm, first=begun[uuid])


@given(looks=_LOOKS, confirm=st.integers(1, 3))
def test_no_event_comes_twice(looks: list[Any], confirm: int) -> None:
    """Of one thing wrong and well take turns, and the first is wrong; a configuration that was removed begins anew."""
    last: dict[tuple[Any, ...], str] = {}
    for change in _told(looks, Detector(confirm=confirm)):
        subject = _subject(change)
        if subject[0] == "configuration":
            assert change.type == "configuration_drift" or last.get(subject) != change.type
            if change.type == "configuration_drift":
                assert change.changes
                continue
            if change.type == "configuration_removed":
                last = {other: kind for other, kind in last.items() if other[1] != subject[1]}
        else:
            assert last.get(subject, TYPES[subject[0]][1]) != change.type
        last[subject] = change.type


@given(values=st.lists(st.none() | st.booleans(), min_size=1, max_size=30), confirm=st.integers(1, 4), check=st.sampled_from(["state", "azure"]))
def test_a_check_is_what_was_confirmed(values: list[bool | None], confirm: int, check: str) -> None:
    """Each change of what counts is one event, at the look that confirmed it; looks that do not show it interrupt nothing."""
    detector = Detector(confirm=confirm)
    counts = True
    row: list[bool] = []
    for number, value in enumerate(values):
        told = detector.look(Look(float(number), [record(**{check: value})], CHECKS))
        row += [] if value is None else [value]
        changed = value is not None and value is not counts and len(row) >= confirm and all(each is value for each in row[-confirm:])
        assert types(told) == ([TYPES[check][bool(value)]] if changed else [])
        counts = bool(value) if changed else counts
