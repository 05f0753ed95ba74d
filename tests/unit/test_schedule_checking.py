"""When an article's page is looked at again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cuttings.model.capture import Wish
from cuttings.model.check import UNSEEN, Looks
from cuttings.schedule import checking
from tests.builders import NOW, record

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NO_WISH = Wish()
NEVER_EDITS, OFTEN_EDITS = Looks(looked=150.0, edited=0.0), Looks(looked=100.0, edited=30.0)


def begun(wish=NO_WISH, **changes):
    check = checking.begun(record(**{"published": None, "first_seen": NOW} | changes), UNSEEN, wish, NOW)
    assert check is not None
    return check


def ages(looks, check=None, chance=0.0):
    """Return the ages at which a page is looked at that is always there and never changes."""
    check, found = check or begun(), []
    check = replace(check, due=checking.due(check, looks, chance))
    while check.due is not None:
        found.append(check.due - NOW)
        check = checking.unchanged(check, looks, UNSEEN, NO_WISH, check.due, chance)
    return found


def test_a_page_is_looked_at_soon_then_ever_more_rarely_then_never():
    assert ages(Looks()) == [HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY]


def test_one_of_a_source_that_never_edits_is_looked_at_less_and_of_one_that_does_more():
    assert len(ages(NEVER_EDITS)) == 2
    assert len(ages(OFTEN_EDITS)) == 9


def test_an_article_that_was_edited_once_is_looked_at_more():
    edited = checking.edited(begun(), Looks(), UNSEEN, NO_WISH, NOW + HOUR, 0.0)

    assert edited.due == NOW + 3 * HOUR


def test_looks_are_late_by_up_to_a_tenth_and_those_of_two_records_differ():
    assert ages(Looks(), chance=0.5)[0] == HOUR * 1.05
    assert begun(ident="https://daily.example/a").due != begun(ident="https://daily.example/b").due


def test_an_age_that_an_article_had_when_it_came_is_passed_over():
    assert checking.begun(record(published=NOW - 400 * DAY), UNSEEN, NO_WISH, NOW) is None
    assert NOW + 4 * DAY <= begun(published=NOW - 3 * DAY).due <= NOW + 5 * DAY


@pytest.mark.parametrize("changes", [{"source": None}, {"url": None}])
def test_what_has_no_source_or_no_page_is_not_looked_at(changes):
    assert checking.begun(record(**changes), UNSEEN, NO_WISH, NOW) is None


def test_a_page_is_not_looked_at_before_its_server_wants_it():
    assert begun(Wish(fresh_for=10 * HOUR)).due >= NOW + DAY
    later = checking.unchanged(begun(), Looks(), UNSEEN, Wish(fresh_for=2 * DAY), NOW + HOUR, 0.0)

    assert later.due == NOW + 7 * DAY


def test_a_missing_page_counts_when_it_is_missing_again_hours_later():
    first, gone_at_once = checking.missing(begun(), Looks(), NOW + HOUR, 0.0)
    again, still = checking.missing(first, Looks(), NOW + 2 * HOUR, 0.0)
    after, gone = checking.missing(again, Looks(), NOW + 7 * HOUR, 0.0)

    assert (gone_at_once, still, gone) == (False, False, True)
    assert first.due == again.due == NOW + 7 * HOUR
    assert after.due == NOW + DAY  # it may come back


def test_a_page_that_comes_back_in_between_was_not_missing():
    first, _ = checking.missing(begun(), Looks(), NOW + HOUR, 0.0)
    back = checking.unchanged(first, Looks(), UNSEEN, NO_WISH, NOW + 6 * HOUR, 0.0)

    assert not checking.missing(back, Looks(), NOW + DAY, 0.0)[1]


def test_what_fails_is_tried_later_and_later_and_at_last_given_up():
    check, waits, now = begun(), [], NOW
    while check.due is not None:
        check = checking.failed(check, NO_WISH, now, 0.0)
        if check.due is not None:
            waits.append(check.due - now)
            now = check.due

    assert waits == sorted(waits)
    assert len(waits) == checking.GIVE_UP - 1
    assert now - NOW > 14 * DAY


def test_a_failure_that_says_how_long_is_believed():
    assert checking.failed(begun(), Wish(retry_after=5 * DAY), NOW, 0.0).due == NOW + 5 * DAY


def test_a_check_planned_before_its_source_was_known_is_put_off_unasked():
    later = checking.not_yet(begun(), NEVER_EDITS, NOW + HOUR, 0.0)

    assert later is not None
    assert later.due == NOW + DAY
    assert checking.not_yet(begun(), Looks(), NOW + HOUR, 0.0) is None


def test_a_text_that_is_another_each_time_is_not_asked_for_more_often_than_others():
    once = checking.doubted(begun(), Looks(), b"a", NOW + HOUR, 0.0)
    twice = checking.doubted(once, Looks(), b"b", NOW + 7 * HOUR, 0.0)

    assert (once.due, twice.due) == (NOW + 7 * HOUR, NOW + DAY)


def test_the_requests_of_a_day_are_counted_anew_each_day():
    looks = Looks()
    for _ in range(checking.A_DAY):
        assert not checking.is_spent(looks, NOW)
        looks = checking.spent(looks, NOW)

    assert checking.is_spent(looks, NOW)
    assert not checking.is_spent(looks, NOW + DAY)
    assert checking.until_tomorrow(begun(), NOW, 0.0).due == NOW.replace(hour=0) + DAY
