# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter days_until: dates in the forms of YAML, Azure and people."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.filter.days_until import FilterModule, count_days_until
from ansible_collections.ontap.akv.tests.unit.support.anything import ANY_JSON, TEXTS
from ansible_collections.ontap.akv.tests.unit.support.dates import get_today

UTC = dt.UTC


def test_filter_is_registered_by_name() -> None:
    assert FilterModule().filters() == {"days_until": count_days_until}


@given(st.integers(-3000, 3000))
def test_counts_days_for_every_form_of_date(days: int) -> None:
    """Texts, dates of YAML and dates of Azure are accepted."""
    day = get_today() + dt.timedelta(days=days)
    noon = dt.datetime.combine(day, dt.time(12))
    forms = [
        str(day),
        f" {day}\n",
        day,
        noon,
        noon.replace(tzinfo=UTC),
        f"{day}T23:59:59Z",
        f"{day} 00:00:00",
        f"{day}T12:00:00.1234567Z",
    ]
    assert [count_days_until(form) for form in forms] == [days] * len(forms)


def test_time_with_zone_is_converted_to_utc() -> None:
    today = get_today()
    assert (count_days_until(f"{today}T23:30:00-01:00"), count_days_until(f"{today}T00:30:00+01:00")) == (1, -1)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "soon",
        "2027-02-30",
        "2027-13-01",
        "27-06-30",
        "2027/06/30",
        "30.06.2027",
        "20270630",
        "2027-W26-3",
        "2027-06-30 soon",
        20270630,
        None,
        True,
        ["2027-06-30"],
        "٢٠٢٧-٠٦-٣٠",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_refuses_value_that_is_not_date(value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"is not a date; use YYYY-MM-DD"):
        count_days_until(value)


@given(ANY_JSON | TEXTS.map("2027-06-30T".__add__) | st.dates() | st.datetimes(timezones=st.none() | st.timezones()))
def test_raises_only_filter_errors(value: Any) -> None:
    with contextlib.suppress(AnsibleFilterError):
        assert isinstance(count_days_until(value), int)
