# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cluster is looked at, and for what: seldom, soon where it matters, and never in a way that locks an
account.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.plugin_utils.watch.pace import HEALTH, NEWS, PLAIN, LookOutcome, Pace, Rates

#: As the options are by default, but for chance.
DEFAULT = Rates(60.0, 300.0, confirm=2)
GOOD = LookOutcome()
DOWN = LookOutcome(read=False)
REFUSED = LookOutcome(read=False, refused=True)


class Cluster:
    """A cluster and what is done about it, which takes no time."""

    def __init__(self, rates: Rates = DEFAULT, *, draw: Any = None) -> None:
        self.now = 1000.0
        self.pace = Pace(rates, self.now, draw or max)

    def next(self, outcome: LookOutcome = GOOD, *, news: bool = False) -> tuple[str, float]:
        """Does what is due next. Returns what it was, and the seconds until then. outcome: of a look. news: whether
        the event log has some.
        """
        due, kind = self.pace.find_next()
        before, self.now = self.now, max(self.now, due)
        if kind == NEWS:
            self.pace.record_news(self.now, news=news)
        else:
            self.pace.record_look(kind, self.now, outcome)
        return kind, round(self.now - before, 6)

    def all(self, *outcomes: LookOutcome) -> list[tuple[str, float]]:
        """What is due next, with these outcomes."""
        return [self.next(outcome) for outcome in outcomes]


def begun(rates: Rates = DEFAULT) -> Cluster:
    """A cluster after its first look."""
    cluster = Cluster(rates)
    kind, _seconds = cluster.next()
    if rates.news:
        assert kind == NEWS
        kind, _seconds = cluster.next()
    assert kind == (HEALTH if rates.health else PLAIN)
    return cluster


def test_plain_looks_and_now_and_then_the_checks() -> None:
    """In one look where both are due."""
    assert begun().all(*[GOOD] * 10) == [*[(PLAIN, 60)] * 4, (HEALTH, 60), *[(PLAIN, 60)] * 4, (HEALTH, 60)]


def test_one_look_for_both_where_both_are_due_as_often() -> None:
    assert begun(Rates(60.0, 60.0, jitter=0.1)).all(*[GOOD] * 5) == [(HEALTH, 60)] * 5


def test_nothing_but_plain_looks_without_checks() -> None:
    cluster = begun(Rates(60.0))
    assert cluster.all(GOOD, DOWN, GOOD, GOOD) == [(PLAIN, 60)] * 4


@pytest.mark.parametrize(("interval", "spread"), [(60.0, 5.0), (10.0, 1.0), (3600.0, 5.0)])
def test_chance_only_makes_pauses_shorter(interval: float, spread: float) -> None:
    """Many clusters begin within a few seconds, and what the options say is the longest."""
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    cluster = Cluster(Rates(interval, jitter=0.1), draw=draw)
    assert cluster.all(GOOD, GOOD) == [(PLAIN, 0), (PLAIN, interval * 0.9)]
    assert drawn == [(0.0, spread), (0.9, 1.0), (0.9, 1.0)]


@pytest.mark.parametrize(("interval", "soon"), [(60.0, 5.0), (2.0, 2.0)])
def test_what_has_to_be_confirmed_is_looked_at_soon(interval: float, soon: float) -> None:
    """With the checks only where it is about one; then in the usual way again."""
    cluster = begun(Rates(interval, 1000.0, confirm=3))
    unwell, doubtful = LookOutcome(doubtful=True, unwell=True), LookOutcome(doubtful=True)
    assert cluster.next(doubtful) == (PLAIN, interval)
    assert cluster.all(unwell, unwell, GOOD, GOOD) == [(PLAIN, soon), (HEALTH, soon), (HEALTH, soon), (PLAIN, interval)]


def test_what_never_rests_does_not_hasten_every_look() -> None:
    cluster = begun(Rates(60.0, confirm=2))
    looks = cluster.all(*[LookOutcome(doubtful=True)] * 6)
    assert looks == [(PLAIN, 60), (PLAIN, 5), (PLAIN, 5), *[(PLAIN, 60)] * 3]


def test_a_cluster_that_could_not_be_read_is_asked_for_everything() -> None:
    """Soon, to confirm that, then at each interval, until it can be read."""
    cluster = begun()
    assert cluster.all(LookOutcome(read=False, doubtful=True), DOWN, DOWN, GOOD, GOOD) == [
        (PLAIN, 60),
        (HEALTH, 5),
        *[(HEALTH, 60)] * 2,
        (PLAIN, 60),
    ]


@pytest.mark.parametrize("confirm", [1, 2, 5])
def test_a_refused_login_is_left_alone(confirm: int) -> None:
    """After the second time (the first, where one look confirms), for longer and longer, but not for ever; a good
    login forgets that.
    """
    cluster = begun(Rates(60.0, 300.0, confirm=confirm))
    first = LookOutcome(read=False, refused=True, doubtful=confirm > 1)
    looks = cluster.all(first, *[REFUSED] * 6)
    again = [5] if confirm > 1 else []
    assert [seconds for _kind, seconds in looks] == [60, *again, 600, 1200, 2400, *[3600] * 3][:7]
    cluster.all(GOOD)
    assert [seconds for _kind, seconds in cluster.all(GOOD, first, REFUSED, REFUSED)][2:] == [*again, 600, 1200][:2]


def test_who_looks_seldom_is_not_hastened_by_a_refused_login() -> None:
    cluster = begun(Rates(7200.0, confirm=1))
    assert cluster.all(REFUSED, REFUSED, REFUSED) == [(PLAIN, 7200)] * 3


def test_a_reminder_needs_a_look_with_the_checks() -> None:
    """When it is due, but not more often than plain ones."""
    cluster = begun()
    assert cluster.next(LookOutcome(reminder=130.0)) == (PLAIN, 60)
    assert cluster.all(LookOutcome(reminder=70.0), LookOutcome(reminder=200.0), GOOD) == [
        (PLAIN, 60),
        (HEALTH, 60),
        (PLAIN, 60),
    ]
    assert cluster.next(LookOutcome(reminder=-5.0)) == (PLAIN, 60)
    assert cluster.next(LookOutcome(reminder=-65.0)) == (HEALTH, 60)


class TestEventLog:
    """A log that is read each ten seconds."""

    rates = Rates(60.0, 300.0, 10.0, confirm=2)

    def test_it_is_read_before_the_first_look(self) -> None:
        """What comes after that is news, and nothing falls between the two."""
        assert [Cluster(self.rates).next(), begun(self.rates).next()] == [(NEWS, 0), (NEWS, 10)]

    def test_looks_do_not_move_it(self) -> None:
        cluster = begun(self.rates)
        assert [cluster.next() for _time in range(8)] == [*[(NEWS, 10)] * 6, (PLAIN, 0), (NEWS, 10)]

    def test_news_have_everything_looked_at(self) -> None:
        cluster = begun(self.rates)
        assert cluster.next(news=True) == (NEWS, 10)
        assert cluster.next() == (HEALTH, 0)
        assert cluster.next() == (NEWS, 10)

    def test_it_is_not_read_while_the_cluster_cannot_be(self) -> None:
        cluster = begun(self.rates)
        while cluster.next(DOWN)[0] == NEWS:
            pass
        assert cluster.all(DOWN, GOOD) == [(HEALTH, 60)] * 2
        assert cluster.next() == (NEWS, 10)

    def test_a_log_that_cannot_be_read(self) -> None:
        """A look tells what is wrong with the cluster; one that this user must not read is tried again in an hour."""
        cluster = begun(self.rates)
        cluster.pace.record_unread_news(cluster.now, served=True)
        assert cluster.next() == (HEALTH, 0)
        cluster.pace.record_unread_news(cluster.now, served=False)
        since = cluster.now
        while cluster.next()[0] != NEWS:
            pass
        assert cluster.now - since == 3600


@given(
    outcomes=st.lists(st.sampled_from([GOOD, REFUSED, LookOutcome(doubtful=True, unwell=True)]), max_size=60),
    confirm=st.integers(1, 4),
)
def test_refused_logins_are_far_apart(outcomes: list[LookOutcome], confirm: int) -> None:
    """Of those in a row, at most two within ten minutes."""
    cluster = Cluster(Rates(10.0, 20.0, 5.0, confirm=confirm))
    refused: list[float] = []
    for outcome in outcomes:
        if cluster.next(outcome)[0] != NEWS:
            refused = [*refused, cluster.now] if outcome.refused else []
        assert all(later - first >= 600 for first, later in zip(refused, refused[2:], strict=False))
