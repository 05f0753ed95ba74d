"""When a source is visited next."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings import schedule
from cuttings.model.article import Channel, SourceKey, Trace
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Validators, Wish
from cuttings.model.source import Move, Moved, Rhythm, SourceState
from cuttings.schedule import DAY, HOUR, MINUTE, Plan, moves, rhythm

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


def test_a_source_that_failed_before_it_was_ever_read_is_not_left_alone_for_a_day():
    unread = state(validators=Validators())

    assert wait_after(unread, failed(status=503)) == 2 * HOUR


def test_a_source_without_validators_is_visited_once_a_day():
    assert wait_after(state(validators=Validators()), fetched()) == DAY


def test_a_busy_source_is_visited_more_often_and_a_quiet_one_less():
    often = wait_after(state(rhythm=Rhythm(per_day=4)), fetched())
    seldom = wait_after(state(rhythm=Rhythm(per_day=1 / 9)), fetched())

    assert (often, seldom) == (HOUR, 6 * HOUR)


def test_only_a_source_that_is_worth_it_is_visited_below_the_floor():
    cheap, busy = Plan(price=1e-6), Rhythm(per_day=400, heaps=1.0, fruitful=0.6)

    assert wait_after(state(rhythm=Rhythm(per_day=12, heaps=1.0, fruitful=0.6)), fetched(), cheap) == HOUR
    assert wait_after(state(rhythm=busy), fetched(), cheap) == 5 * MINUTE
    assert wait_after(state(rhythm=replace(busy, heaps=0.1)), fetched(), cheap) > 20 * MINUTE
    assert wait_after(state(rhythm=busy), fetched()) == 6 * MINUTE
    assert wait_after(state(rhythm=replace(busy, fruitful=0.4)), fetched()) == HOUR  # it is foretold, and did not come


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
    assert wait_after(state(), fetched(), chance=0.5) == 2.05 * HOUR


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


def test_while_trouble_is_young_a_feed_that_rolls_over_fast_is_asked_before_it_loses_entries():
    fast = state(rhythm=Rhythm(per_day=24.0, days=14.0, holds=20), last_success=NOW - 2 * HOUR)
    known, now, waits = fast, NOW, []
    for _ in range(30):
        known = schedule.after(known, failed(status=503), PLAN, now, 0)
        waits.append((known.next_visit - now) / HOUR)
        now = known.next_visit

    assert sum(waits[:3]) < 12  # three more tries before twenty entries have gone by
    assert min(waits) >= 1
    assert waits[-1] == 24  # trouble that stays is no mood
    assert wait_after(replace(fast, failures=3), failed(status=404)) > 3 * HOUR


def test_where_nobody_was_troubled_we_try_again_within_minutes_for_an_hour():
    known, now, waits = state(), NOW, []
    for _ in range(8):
        known = schedule.after(known, failed(status=None, connected=False), PLAN, now, 0)
        waits.append((known.next_visit - now) / MINUTE)
        now = known.next_visit

    assert waits[:6] == [1, 2, 4, 8, 16, 32]
    assert waits[6] > 60


def test_a_429_without_a_word_is_left_alone_for_four_hours_then_twice_as_long():  # NB-1
    waits = [wait_after(state(failures=failures), failed(status=429)) for failures in (0, 1, 2, 20)]

    assert waits == [4 * HOUR, 8 * HOUR, 16 * HOUR, DAY]


@pytest.mark.parametrize(
    "outcome", [failed(status=503, wish=Wish(retry_after=5 * HOUR)), fetched(wish=Wish(fresh_for=5 * HOUR))]
)
def test_after_a_wait_that_was_asked_for_not_all_come_back_at_once(outcome):
    known = state(failures=0)

    waits = [wait_after(known, outcome, chance=chance) for chance in (0.0, 0.5)]

    assert waits == [5 * HOUR, 5.25 * HOUR]


def test_who_waits_for_the_same_moment_is_spread_behind_it():
    until = NOW + 2 * HOUR

    spread = [schedule.put_off(state(), until, NOW, chance).next_visit - until for chance in (0.0, 0.5)]

    assert spread == [0 * HOUR, 6 * MINUTE]


def test_no_visit_is_planned_on_the_hour():  # RQ-7
    planned = [schedule.after(state(), fetched(), PLAN, NOW - 30 * MINUTE, chance).next_visit for chance in (0.0, 0.01)]

    assert [(when.hour, when.minute > 0) for when in planned] == [(11, True), (11, True)]


def test_when_sleeping_hours_end_not_all_come_at_once_and_nobody_may_ask_before():  # NB-3, NB-5
    asleep = state(channel=Channel(skip_hours=frozenset(range(10, 15))))

    ends = {schedule.after(asleep, fetched(), PLAN, NOW, chance).next_visit.minute for chance in (0.0, 0.3, 0.9)}

    assert len(ends) == 3
    assert schedule.forbidden_until(asleep, NOW + 3 * HOUR) == NOW.replace(hour=15, minute=0)
    assert schedule.forbidden_until(asleep, NOW) is None


@pytest.mark.parametrize(
    ("outcome", "trouble"),
    [
        (failed(status=404), "missing"),
        (failed(status=410), "gone"),
        (failed(status=451), "denied"),
        (failed(status=503), "busy"),
        (failed(status=500), "server"),
        (failed(status=304), "server"),
        (failed(status=301), "redirects"),
        (failed(status=200), "unreadable"),
        (failed(status=200, trouble="login"), "login"),
        (failed(status=None), "silent"),
        (failed(status=None, connected=False), "unreached"),
        (failed(status=None, connected=False, trouble="name"), "name"),
    ],
)
def test_the_state_says_what_kind_of_trouble_there_is_until_it_is_over(outcome, trouble):
    after = schedule.after(state(), outcome, PLAN, NOW, 0)

    assert after.trouble == trouble
    assert schedule.after(after, fetched(), PLAN, NOW, 0).trouble is None


@pytest.mark.parametrize("trouble", ["missing", "name", "login", "parked", "page", "denied"])
def test_what_does_not_end_by_itself_is_asked_daily_then_weekly_but_for_ever(trouble):
    lost = state(failures=20, failing_since=NOW - 3 * DAY)
    long_lost = state(failures=50, failing_since=NOW - 60 * DAY)

    assert wait_after(lost, failed(trouble=trouble)) == DAY
    assert wait_after(long_lost, failed(trouble=trouble)) == 7 * DAY
    assert wait_after(long_lost, failed(status=500)) == DAY


def test_a_410_counts_when_it_comes_again_a_day_later():
    first = schedule.after(state(), failed(status=410), PLAN, NOW, 0)
    second = schedule.after(first, failed(status=410), PLAN, NOW + DAY, 0)

    assert (first.stopped, schedule.forbidden_until(first, NOW + HOUR)) == (False, NOW + DAY)
    assert second.stopped
    assert schedule.forbidden_until(second, NOW + 30 * DAY) == second.next_visit == NOW + 31 * DAY


@pytest.mark.parametrize("outcome", [{"status": 410}, {"status": 503}, {"status": None, "connected": False}])
def test_who_is_gone_is_asked_once_a_month_whatever_comes(outcome):
    gone = state(gone=NOW - 40 * DAY, stopped=True)

    after = schedule.after(gone, failed(**outcome), PLAN, NOW, 0.5)

    assert (after.stopped, after.gone) == (True, gone.gone)
    assert after.not_before == after.next_visit == NOW + 30.75 * DAY


def test_who_was_gone_and_comes_back_is_followed_as_before():
    back = schedule.after(state(gone=NOW - 40 * DAY, stopped=True), fetched(), PLAN, NOW, 0)

    assert (back.stopped, back.gone, back.next_visit) == (False, None, NOW + 2 * HOUR)


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


def test_a_believed_move_is_remembered_with_what_was_asked_before():
    moved = fetched(moved_to="https://new.example/feed")
    known = state()
    for days in (0, 2):
        known = schedule.after(known, moved, PLAN, NOW + days * DAY, 0)

    assert known.moved == (Moved(old="https://daily.example/feed", new="https://new.example/feed", at=NOW + 2 * DAY),)


def test_a_move_to_what_holds_nothing_known_is_never_believed_but_shown():  # HR-2
    moved = fetched(moved_to="https://portal.example/feed")
    known = schedule.after(state(), moved, PLAN, NOW, 0, familiar=False)
    for days in range(1, 40):
        known = schedule.after(known, moved, PLAN, NOW + days * DAY, 0)

    assert known.address == "https://daily.example/feed"
    assert known.move == Move(target="https://portal.example/feed", first_seen=NOW, seen=40, familiar=False)


def test_a_move_that_a_person_takes_back_is_asked_where_it_was_and_not_believed_again():
    old, new = "https://daily.example/feed", "https://new.example/feed"
    known = moves.believed(state(not_before=NOW + DAY), new, NOW)

    undone = moves.disbelieved(known, NOW)
    assert undone is not None
    assert (undone.address, undone.moved, undone.refused) == (old, (), (new,))
    assert (undone.not_before, undone.next_visit) == (None, NOW)

    for days in range(40):  # once taken back by the server, too
        target = None if days == 20 else new
        undone = schedule.after(undone, fetched(moved_to=target), PLAN, NOW + days * DAY, 0)
    assert (undone.address, undone.move and undone.move.familiar) == (old, False)
    assert moves.believed(undone, new, NOW).refused == ()


def test_a_move_that_was_only_seen_can_be_refused_and_where_there_is_none_nothing_is_taken_back():
    seen = schedule.after(state(), fetched(moved_to="https://new.example/feed"), PLAN, NOW, 0)

    refused = moves.disbelieved(seen, NOW)

    assert refused is not None
    assert refused.address == seen.address
    assert (refused.move and refused.move.familiar, refused.refused) == (False, ("https://new.example/feed",))
    assert moves.disbelieved(state(), NOW) is None


def test_a_declared_address_leads_over_all_moves_to_where_the_source_is_asked():
    key = "https://daily.example/feed"
    known = moves.believed(moves.believed(state(), "https://b.example/", NOW), "https://c.example/", NOW)

    assert [step.old for step in moves.since(key, known)] == [key, "https://b.example/"]
    assert [step.old for step in moves.since("https://b.example/", known)] == ["https://b.example/"]
    assert moves.since("https://c.example/", known) == moves.since("https://else.example/", known) == ()
    assert moves.since(key, moves.believed(known, key, NOW)) == ()


def test_an_empty_document_says_nothing_of_a_move():
    after = schedule.after(state(), fetched(moved_to="https://new.example/feed"), PLAN, NOW, 0, familiar=None)

    assert after.move is None


def entry(guid=None, link=None, title=None):
    return Trace(guid=guid, link=link, title=title, digest=b"")


@pytest.mark.parametrize(
    ("known", "present", "familiar"),
    [
        ([], [entry("x")], True),
        ([entry("a")], [], None),
        ([entry("a")], [entry("b"), entry("a")], True),
        ([entry("a", "http://old.example/2026/tide")], [entry("b", "https://new.example/2026/tide")], True),
        ([entry("a", "http://old.example/")], [entry("b", "https://new.example/")], False),
        ([entry("a", title="Tides")], [entry("b", title="Tides")], True),
        ([entry("a", title="")], [entry("b", title="")], False),
    ],
)
def test_a_site_that_moves_takes_its_articles_along(known, present, familiar):
    assert moves.familiar(known, present) is familiar
