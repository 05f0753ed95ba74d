"""The plot: what it shows, in which steps, and that it stays small."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.render import plot

TODAY = date(2026, 11, 24)


def days_ago(*days: int) -> dict[date, int]:
    return {TODAY - timedelta(days=day): 1 for day in days}


def test_each_day_is_a_bar_as_tall_as_it_had_articles():
    found = plot.drawn({TODAY: 4, TODAY - timedelta(days=1): 2, TODAY - timedelta(days=4): 1})

    assert found is not None
    assert (found.unit, found.count, found.most) == ("day", 7, 4)
    assert (found.first, found.last) == (TODAY - timedelta(days=4), TODAY)
    assert found.path == "M0 24v-6h3v6zM12 24v-12h3v12zM16 24v-24h3v24z"
    assert (found.width, found.height) == (19, 24)


@pytest.mark.parametrize("days", [(), (0,), (0, 9)])
def test_of_fewer_than_three_days_nothing_is_drawn(days):
    assert plot.drawn(days_ago(*days)) is None


@pytest.mark.parametrize(
    ("span", "unit"), [(91, "day"), (92, "week"), (600, "week"), (700, "month"), (2700, "month"), (3000, "year")]
)
def test_a_longer_time_is_told_in_longer_steps(span, unit):
    found = plot.drawn(days_ago(0, 1, span))

    assert found is not None
    assert found.unit == unit


def test_weeks_begin_on_monday():
    monday = date(2026, 11, 23)
    found = plot.drawn({monday: 1, monday - timedelta(days=1): 2, monday - timedelta(days=300): 1})

    assert found is not None
    assert (found.unit, found.most) == ("week", 2)


def test_what_is_older_than_the_longest_plot_is_left_out():
    found = plot.drawn({date(1066, 10, 14): 5, TODAY: 1, date(2000, 1, 1): 1})

    assert found is not None
    assert (found.first, found.count) == (date(2000, 1, 1), 2)


@given(days=st.dictionaries(st.dates(), st.integers(1, 10**9), max_size=300))
def test_it_stays_within_its_frame_whatever_the_dates_are(days):
    found = plot.drawn(days)

    if found is None:
        return
    bars = re.findall(r"M(\d+) 24v-(\d+)", found.path)
    assert 0 < len(bars) <= plot.MOST
    for place, top in bars:
        assert int(place) + plot.THICK <= found.width <= plot.MOST * plot.PITCH
        assert 0 < int(top) <= found.height
