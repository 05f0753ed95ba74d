"""What visits teach of a source's habit, and when that says to come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.cli import week
from cuttings.model.article import Channel
from cuttings.model.capture import NotModified, Validators
from cuttings.model.source import Rhythm
from cuttings.schedule import DAY, HOUR, Plan, after, cadence, rhythm, words
from tests.builders import source, state

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
EARLY = MONDAY + 8 * 7 * DAY
VALIDATORS = Validators(etag=b'"1"', url="https://daily.example/feed")


def lived(publishes, weeks=6, every=3 * HOUR):
    """Return the rhythm learned of a source that publishes so many entries from `now` on, by steps of `every`."""
    known, now = rhythm.taught(Rhythm(), [], 0, None, MONDAY), MONDAY
    while now < MONDAY + weeks * 7 * DAY:
        dates = [now + every / 2] * publishes(now)
        known, now = rhythm.taught(known, dates, len(dates), now, now + every, holds=20), now + every
    return known


MORNINGS = lived(lambda now: 4 if now.hour == 6 else 0)
WORKDAYS = lived(lambda now: 1 if now.weekday() < 5 else 0, every=HOUR)


def wait(known, now=EARLY, price=cadence.USUAL_PRICE):
    return cadence.next_wait(known, now, price)[0]


def test_four_times_the_entries_are_worth_twice_the_visits():
    assert wait(Rhythm(per_day=4)) == wait(Rhythm(per_day=1)) / 2


def test_a_source_is_visited_when_its_busy_hours_are_over_and_left_alone_before():
    before_breakfast, after_it = wait(MORNINGS, EARLY + HOUR), wait(MORNINGS, EARLY + 10 * HOUR)

    assert 4 * HOUR < before_breakfast < 8 * HOUR
    assert after_it > 4 * HOUR


def test_quiet_weekends_are_learned_and_a_visit_then_waits_longer():
    assert wait(WORKDAYS, EARLY + 5 * DAY) > 1.5 * wait(WORKDAYS, EARLY + 1 * DAY)


def test_what_little_was_seen_hardly_bends_a_flat_day():
    hours, _ = rhythm.profile(rhythm.taught(Rhythm(), [MONDAY - HOUR], 1, None, MONDAY))

    assert sum(hours) == pytest.approx(24, rel=0.1)
    assert max(hours) < 8


def test_a_weekday_of_which_half_was_seen_is_not_thought_to_be_quiet_or_busy():
    noon = MONDAY + DAY / 2
    _, weekdays = rhythm.profile(
        rhythm.taught(Rhythm(), [noon + hours * HOUR for hours in range(33)], 33, None, noon + 32 * HOUR)
    )

    assert max(weekdays) < 1.1
    assert min(weekdays) > 0.9


def test_a_burst_brings_the_next_visit_forward_and_fades():
    calm = Rhythm(per_day=6, days=14, since=MONDAY, until=EARLY)
    lively = rhythm.taught(calm, [], 12, EARLY - 2 * HOUR, EARLY)

    assert wait(lively) < 0.7 * wait(calm)
    quiet = lively
    for hours in range(2, 26, 2):
        quiet = rhythm.taught(quiet, [], 0, EARLY + (hours - 2) * HOUR, EARLY + hours * HOUR)
    assert quiet.burst < 1.1


def test_a_document_that_rolls_over_is_visited_before_entries_are_lost():
    short = replace(Rhythm(per_day=240, heaps=1.0), holds=12)
    pause, rolls = cadence.next_wait(short, EARLY, price=1e6)

    assert rolls
    assert 240 * (pause / DAY) < 12 / 2


def test_the_hour_stays_where_a_document_would_drop_entries_but_few_visits_bring_something():
    heaps = Rhythm(per_day=48, heaps=0.2, holds=10)
    known = state(rhythm=heaps, validators=VALIDATORS)
    waited = after(known, NotModified(at=EARLY, validators=VALIDATORS), Plan(), EARLY, 0.5)

    assert cadence.EVEN / 0.2 > 48 / 24 > rhythm.is_rolling(heaps)
    assert waited.next_visit - EARLY >= HOUR


def test_entries_that_rolled_over_unseen_are_reckoned_with():
    known = rhythm.taught(Rhythm(), [EARLY - hours * HOUR for hours in range(10)], 10, None, EARLY, holds=10)
    now, dates = EARLY + 10 * HOUR, [EARLY + 10 * HOUR - minutes * HOUR / 60 for minutes in range(10)]
    flooded = rhythm.taught(known, dates, 10, EARLY, now, holds=10)

    assert rhythm.expected(flooded, now, now + DAY) > 2 * rhythm.expected(known, now, now + DAY)


def test_entries_that_come_in_heaps_make_fewer_visits_worth_it():
    heaps = lived(lambda now: 12 if now.weekday() == now.hour // 3 else 0)

    assert heaps.heaps < MORNINGS.heaps < 1.01
    assert cadence.worth_after(replace(MORNINGS, heaps=0.1), EARLY, DAY) >= cadence.worth_after(MORNINGS, EARLY, DAY)


def test_an_older_versions_rhythm_goes_on_from_its_rate():
    old = Rhythm(per_day=24.0, visits=50, fruitful=0.4)
    known = rhythm.taught(old, [], 1, EARLY, EARLY + HOUR)

    assert known.per_day == pytest.approx(24, rel=0.01)


def test_what_is_known_stays_small_however_long_a_source_is_followed():
    years = lived(lambda now: 3, weeks=60, every=12 * HOUR)

    assert (len(years.hours), len(years.weekdays)) == (24, 7)
    assert years.until is not None
    assert years.since is not None
    assert years.until - years.since <= rhythm.LONGEST_BOOK
    assert years.per_day == pytest.approx(6, rel=0.1)


def test_a_price_spends_the_budget_and_no_more():
    habits = [Rhythm(per_day=rate) for rate in (0.2, 1, 3, 9, 27, 81)]
    price = cadence.price(habits, 60, timedelta(minutes=5), DAY)
    a_day = sum(DAY / (wait(one, price=price) * (1 + cadence.JITTER / 2)) for one in habits)

    assert a_day == pytest.approx(60, rel=0.03)
    assert cadence.price(habits, 600, timedelta(minutes=5), DAY) < price
    assert cadence.price(habits, 0, timedelta(minutes=5), DAY) > 1e6


@given(
    rate=st.floats(0, 1e5),
    heaps=st.floats(0.05, 1),
    burst=st.floats(0.05, 20),
    new=st.integers(0, 10_000),
    hours=st.floats(0.001, 2000),
    days=st.lists(st.floats(-4000, 4000), max_size=5),
)
def test_no_visit_and_no_date_leads_to_nonsense(rate, heaps, burst, new, hours, days):
    known = Rhythm(per_day=rate, heaps=heaps, burst=burst, since=EARLY, until=EARLY, holds=3)
    now = EARLY + hours * HOUR
    known = rhythm.taught(known, [now + day * DAY for day in days], new, EARLY, now)

    assert known.per_day is not None
    assert 0 <= known.per_day <= rhythm.MOST
    assert timedelta(0) <= wait(known, now) <= DAY
    assert 0.05 <= known.burst <= 20


def test_a_clock_that_went_back_teaches_nothing_wrong():
    known = rhythm.taught(MORNINGS, [], 3, EARLY, EARLY - DAY)

    assert timedelta(0) < wait(known) <= DAY


@pytest.mark.parametrize(
    ("known", "plan", "says"),
    [
        (state(rhythm=Rhythm(per_day=4)), Plan(), "when about one visit in 6 finds something new"),
        (state(rhythm=Rhythm(per_day=400, fruitful=0.9)), Plan(), "when about 2 new entries are expected"),
        (state(rhythm=Rhythm(per_day=0.1)), Plan(), "when about one visit in"),
        (state(rhythm=Rhythm(per_day=240, holds=12, heaps=1.0, fruitful=0.9)), Plan(price=1e6), "holds 12 entries"),
        (state(channel=Channel(ttl=5 * HOUR)), Plan(), "asks for 5h between visits"),
        (state(channel=Channel(update_every=6 * HOUR)), Plan(), "changes every 6h"),
        (state(rhythm=Rhythm(per_day=0.001)), Plan(), "however little is expected"),
        (state(rhythm=Rhythm(per_day=15)), Plan(), "less than every second visit"),
        (state(), Plan(every=3 * HOUR), "by your wish (3h)"),
    ],
)
def test_it_is_said_which_rule_decided_the_next_visit(known, plan, says):
    known = replace(known, validators=VALIDATORS)
    planned = after(known, NotModified(at=EARLY, validators=VALIDATORS), plan, EARLY, 0.5)

    assert says in words.why_then(source(every=plan.every), planned)


def test_the_week_is_drawn_where_it_is_known():
    [(hours, day), (weekdays, days)] = week.lines(MORNINGS)

    assert (hours, weekdays) == ("hours", "weekdays")
    assert day.index("█") == len("0 ") + 7
    assert days.startswith("Mo")
    assert week.lines(Rhythm()) == ()
