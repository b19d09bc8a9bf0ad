# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a cluster is polled, and for what: rarely, soon if it matters, and never so often that an account is locked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.plugin_utils.watch.pace import HEALTH, NEWS, PLAIN, LookOutcome, Pace, Rates

#: The default options without jitter.
DEFAULT = Rates(60.0, 300.0, confirm=2)
GOOD = LookOutcome()
DOWN = LookOutcome(read=False)
REFUSED = LookOutcome(read=False, refused=True)


class Cluster:
    """A cluster whose polls take no time."""

    def __init__(self, rates: Rates = DEFAULT, *, draw: Any = None) -> None:
        self.now = 1000.0
        self.pace = Pace(rates, self.now, draw or max)

    def next(self, outcome: LookOutcome = GOOD, *, news: bool = False) -> tuple[str, float]:
        """Do what is due next. Return what it was, and the seconds until then.

        outcome: the outcome of a poll. news: whether the event log has news.
        """
        due, kind = self.pace.find_next()
        before, self.now = self.now, max(self.now, due)
        if kind == NEWS:
            self.pace.record_news(self.now, news=news)
        else:
            self.pace.record_look(kind, self.now, outcome)
        return kind, round(self.now - before, 6)

    def all(self, *outcomes: LookOutcome) -> list[tuple[str, float]]:
        """Do what is due next with each of these outcomes."""
        return [self.next(outcome) for outcome in outcomes]


def begun(rates: Rates = DEFAULT) -> Cluster:
    """Return a cluster after its first poll."""
    cluster = Cluster(rates)
    kind, _seconds = cluster.next()
    if rates.news:
        assert kind == NEWS
        kind, _seconds = cluster.next()
    assert kind == (HEALTH if rates.health else PLAIN)
    return cluster


def test_polls_often_and_checks_health_less_often() -> None:
    """If both are due, one request serves both."""
    assert begun().all(*[GOOD] * 10) == [*[(PLAIN, 60)] * 4, (HEALTH, 60), *[(PLAIN, 60)] * 4, (HEALTH, 60)]


def test_equal_intervals_need_one_request_for_both() -> None:
    assert begun(Rates(60.0, 60.0, jitter=0.1)).all(*[GOOD] * 5) == [(HEALTH, 60)] * 5


def test_only_polls_without_health_checks() -> None:
    cluster = begun(Rates(60.0))
    assert cluster.all(GOOD, DOWN, GOOD, GOOD) == [(PLAIN, 60)] * 4


@pytest.mark.parametrize(("interval", "spread"), [(60.0, 5.0), (10.0, 1.0), (3600.0, 5.0)])
def test_jitter_only_shortens_pauses(interval: float, spread: float) -> None:
    """Many clusters start within a few seconds, and the options give the longest interval."""
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    cluster = Cluster(Rates(interval, jitter=0.1), draw=draw)
    assert cluster.all(GOOD, GOOD) == [(PLAIN, 0), (PLAIN, interval * 0.9)]
    assert drawn == [(0.0, spread), (0.9, 1.0), (0.9, 1.0)]


@pytest.mark.parametrize(("interval", "soon"), [(60.0, 5.0), (2.0, 2.0)])
def test_unconfirmed_changes_are_polled_soon(interval: float, soon: float) -> None:
    """Health is checked only if the change concerns it. Then the usual interval applies again."""
    cluster = begun(Rates(interval, 1000.0, confirm=3))
    unwell, doubtful = LookOutcome(doubtful=True, unwell=True), LookOutcome(doubtful=True)
    assert cluster.next(doubtful) == (PLAIN, interval)
    assert cluster.all(unwell, unwell, GOOD, GOOD) == [(PLAIN, soon), (HEALTH, soon), (HEALTH, soon), (PLAIN, interval)]


def test_constant_changes_do_not_shorten_every_interval() -> None:
    cluster = begun(Rates(60.0, confirm=2))
    looks = cluster.all(*[LookOutcome(doubtful=True)] * 6)
    assert looks == [(PLAIN, 60), (PLAIN, 5), (PLAIN, 5), *[(PLAIN, 60)] * 3]


def test_unreadable_cluster_is_polled_with_health_checks() -> None:
    """It is polled soon to confirm it, and then at each interval until it can be read."""
    cluster = begun()
    assert cluster.all(LookOutcome(read=False, doubtful=True), DOWN, DOWN, GOOD, GOOD) == [
        (PLAIN, 60),
        (HEALTH, 5),
        *[(HEALTH, 60)] * 2,
        (PLAIN, 60),
    ]


@pytest.mark.parametrize("confirm", [1, 2, 5])
def test_refused_login_is_retried_at_growing_intervals(confirm: int) -> None:
    """The intervals grow up to a limit after the second refusal (the first if one poll confirms it)."""
    cluster = begun(Rates(60.0, 300.0, confirm=confirm))
    first = LookOutcome(read=False, refused=True, doubtful=confirm > 1)
    looks = cluster.all(first, *[REFUSED] * 6)
    again = [5] if confirm > 1 else []
    assert [seconds for _kind, seconds in looks] == [60, *again, 600, 1200, 2400, *[3600] * 3][:7]
    cluster.all(GOOD)
    assert [seconds for _kind, seconds in cluster.all(GOOD, first, REFUSED, REFUSED)][2:] == [*again, 600, 1200][:2]


def test_refused_login_does_not_shorten_long_interval() -> None:
    cluster = begun(Rates(7200.0, confirm=1))
    assert cluster.all(REFUSED, REFUSED, REFUSED) == [(PLAIN, 7200)] * 3


def test_due_reminder_triggers_health_check() -> None:
    """It is checked when the reminder is due, but not more often than the poll interval."""
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
    """A log that is read every ten seconds."""

    rates = Rates(60.0, 300.0, 10.0, confirm=2)

    def test_log_is_read_before_the_first_poll(self) -> None:
        """Later events are news, and none is lost between the log and the poll."""
        assert [Cluster(self.rates).next(), begun(self.rates).next()] == [(NEWS, 0), (NEWS, 10)]

    def test_polls_do_not_delay_the_log(self) -> None:
        cluster = begun(self.rates)
        assert [cluster.next() for _time in range(8)] == [*[(NEWS, 10)] * 6, (PLAIN, 0), (NEWS, 10)]

    def test_news_trigger_health_check(self) -> None:
        cluster = begun(self.rates)
        assert cluster.next(news=True) == (NEWS, 10)
        assert cluster.next() == (HEALTH, 0)
        assert cluster.next() == (NEWS, 10)

    def test_log_is_not_read_while_cluster_is_unreadable(self) -> None:
        cluster = begun(self.rates)
        while cluster.next(DOWN)[0] == NEWS:
            pass
        assert cluster.all(DOWN, GOOD) == [(HEALTH, 60)] * 2
        assert cluster.next() == (NEWS, 10)

    def test_unreadable_log_triggers_poll_or_is_retried_hourly(self) -> None:
        """A poll shows the problem of the cluster. A log that this user may not read is tried again after an hour."""
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
def test_at_most_two_refused_logins_within_ten_minutes(outcomes: list[LookOutcome], confirm: int) -> None:
    """Of consecutive refused logins, at most two fall within ten minutes."""
    cluster = Cluster(Rates(10.0, 20.0, 5.0, confirm=confirm))
    refused: list[float] = []
    for outcome in outcomes:
        if cluster.next(outcome)[0] != NEWS:
            refused = [*refused, cluster.now] if outcome.refused else []
        assert all(later - first >= 600 for first, later in zip(refused, refused[2:], strict=False))
