"""When a source is visited next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings import schedule
from cuttings.model.article import Channel, SourceKey
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Validators, Wish
from cuttings.model.source import Rhythm, SourceState
from cuttings.schedule import DAY, HOUR, MINUTE, Plan, rhythm

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
PLAN = Plan()


def state(**changes):
    known = SourceState(
        key=SourceKey("https://daily.example/feed"),
        name="daily",
        address="https://daily.example/feed",
        validators=Validators(etag=b'"1"', url="https://daily.example/feed"),
        next_visit=NOW,
    )
    return replace(known, **changes)


def fetched(**changes):
    document = Document(body=b"", url="https://daily.example/feed")
    return replace(Fetched(document=document, at=NOW, sha256=b""), **changes)


def not_modified(**changes):
    return replace(NotModified(at=NOW, validators=Validators(etag=b'"1"')), **changes)


def failed(**changes):
    return replace(Failed(reason="the server said 500", at=NOW, status=500), **changes)


def wait_after(known, outcome, plan=PLAN, chance=0.0):
    return schedule.after(known, outcome, plan, NOW, chance).next_visit - NOW


def test_a_source_we_know_nothing_of_is_visited_every_two_hours():
    assert wait_after(state(), fetched()) == 2 * HOUR


def test_a_source_without_validators_is_visited_once_a_day():
    assert wait_after(state(validators=Validators()), fetched()) == DAY


def test_a_busy_source_is_visited_more_often_and_a_quiet_one_less():
    often = wait_after(state(rhythm=Rhythm(per_day=4)), fetched())
    seldom = wait_after(state(rhythm=Rhythm(per_day=1 / 9)), fetched())

    assert (often, seldom) == (HOUR, 6 * HOUR)


def test_only_a_source_that_is_worth_it_is_visited_below_the_floor():
    busy = Rhythm(per_day=400)

    assert wait_after(state(rhythm=busy), fetched()) == HOUR
    assert wait_after(state(rhythm=replace(busy, fruitful=0.6)), fetched()) == 6 * MINUTE


def test_the_publishers_invitation_lowers_the_floor_but_not_below_at_least():
    busy = state(rhythm=Rhythm(per_day=100_000))

    assert wait_after(busy, fetched(wish=Wish(fresh_for=10 * MINUTE))) == 10 * MINUTE
    assert wait_after(replace(busy, channel=Channel(ttl=MINUTE)), fetched()) == 5 * MINUTE


def test_a_persons_wish_holds_within_the_floor():
    assert wait_after(state(), fetched(), Plan(every=3 * HOUR)) == 3 * HOUR
    assert wait_after(state(), fetched(), Plan(every=10 * MINUTE)) == HOUR


def test_ttl_and_update_period_slow_down_but_never_beyond_at_most():
    assert wait_after(state(channel=Channel(ttl=5 * HOUR)), fetched()) == 5 * HOUR
    assert wait_after(state(channel=Channel(update_every=30 * DAY)), fetched()) == DAY


@given(seconds=st.integers(1, 10**6), chance=st.floats(0, 0.999), micro=st.integers(0, 999_999))
def test_nobody_is_asked_before_max_age_or_retry_after_is_over(seconds, chance, micro):
    now = NOW.replace(microsecond=micro)
    wish = Wish(fresh_for=timedelta(seconds=seconds))
    order = Wish(retry_after=timedelta(seconds=seconds))

    for outcome in (fetched(wish=wish), not_modified(wish=wish), failed(wish=order, status=503)):
        after = schedule.after(state(), outcome, PLAN, now, chance)
        assert after.not_before is not None
        assert after.not_before >= now + timedelta(seconds=seconds)
        assert after.next_visit >= after.not_before
        assert schedule.forbidden_until(after, after.not_before - timedelta(microseconds=1)) == after.not_before
        assert schedule.forbidden_until(after, after.not_before) is None


def test_visits_are_late_by_up_to_a_tenth():
    assert wait_after(state(), fetched(), chance=0.5) == 2.1 * HOUR


def test_hours_and_days_that_the_channel_skips_are_skipped():
    morning_off = Channel(skip_hours=frozenset(range(10, 15)))
    tuesday_off = Channel(skip_days=frozenset({1}))

    assert schedule.after(state(channel=morning_off), fetched(), PLAN, NOW, 0).next_visit.hour == 15
    assert schedule.after(state(channel=tuesday_off), fetched(), PLAN, NOW, 0).next_visit.weekday() == 2


def test_a_channel_that_skips_every_hour_is_not_believed():
    assert wait_after(state(channel=Channel(skip_hours=frozenset(range(24)))), fetched()) == 2 * HOUR


def test_failures_back_off_from_the_usual_interval_and_a_success_forgets_them():
    known, waits = state(), []
    for _ in range(5):
        known = schedule.after(known, failed(), PLAN, NOW, 0)
        waits.append(known.next_visit - NOW)

    assert waits == [2 * HOUR, 4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]
    assert known.error == "the server said 500"
    healthy = schedule.after(known, fetched(), PLAN, NOW, 0)
    assert (healthy.failures, healthy.error, healthy.failing_since) == (0, None, None)


def test_where_nobody_was_troubled_we_try_again_within_minutes_for_an_hour():
    known, now, waits = state(), NOW, []
    for _ in range(8):
        known = schedule.after(known, failed(status=None, connected=False), PLAN, now, 0)
        waits.append((known.next_visit - now) / MINUTE)
        now = known.next_visit

    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert waits[6] > 60


def test_a_429_without_a_word_is_left_alone_for_four_hours():
    assert wait_after(state(), failed(status=429)) == 4 * HOUR


def test_a_404_is_asked_daily_then_weekly_but_for_ever():
    lost = state(failures=20, failing_since=NOW - 3 * DAY)
    long_lost = state(failures=50, failing_since=NOW - 60 * DAY)

    assert wait_after(lost, failed(status=404)) == DAY
    assert wait_after(long_lost, failed(status=404)) == 7 * DAY


def test_a_410_counts_when_it_comes_again_a_day_later():
    first = schedule.after(state(), failed(status=410), PLAN, NOW, 0)
    second = schedule.after(first, failed(status=410), PLAN, NOW + DAY, 0)

    assert (first.stopped, schedule.forbidden_until(first, NOW + HOUR)) == (False, NOW + DAY)
    assert second.stopped
    assert schedule.forbidden_until(second, NOW + 400 * DAY) == schedule.NEVER


def test_a_410_that_was_a_mistake_is_forgotten():
    first = schedule.after(state(), failed(status=410), PLAN, NOW, 0)
    back = schedule.after(first, fetched(), PLAN, NOW + DAY, 0)
    again = schedule.after(back, failed(status=410), PLAN, NOW + 2 * DAY, 0)

    assert not again.stopped


@pytest.mark.parametrize(
    ("later", "believed"),
    [([0, 0], True), ([0], False), ([24], True), ([23], False)],
)
def test_a_permanent_move_is_believed_at_the_third_visit_or_a_day_later(later, believed):
    moved = fetched(moved_to="https://new.example/feed")
    known = schedule.after(state(), moved, PLAN, NOW, 0)
    for hours in later:
        known = schedule.after(known, moved, PLAN, NOW + hours * HOUR, 0)

    assert (known.address == "https://new.example/feed") is believed


def test_a_move_that_is_taken_back_is_forgotten():
    moved = fetched(moved_to="https://portal.example/login")
    known = schedule.after(state(), moved, PLAN, NOW, 0)
    known = schedule.after(known, fetched(), PLAN, NOW + 25 * HOUR, 0)
    known = schedule.after(known, moved, PLAN, NOW + 50 * HOUR, 0)

    assert known.address == "https://daily.example/feed"


def test_a_first_visit_reads_the_rate_off_the_dates():
    week = [NOW - day * DAY for day in range(8)]

    assert rhythm.taught(Rhythm(), week, 8, None, NOW).per_day == 1


def test_later_visits_shift_the_rate_towards_what_they_brought():
    learned = rhythm.taught(Rhythm(per_day=1, visits=1), [], 10, NOW - DAY, NOW)

    assert learned.per_day is not None
    assert 1 < learned.per_day < 10
    assert learned.fruitful == pytest.approx(0.2)
