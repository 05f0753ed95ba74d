"""A month of two hundred feeds, restarted a thousand times: nothing to be blamed for, and nothing lost."""

import asyncio

import pytest

from tests.scorekeeper.client import month
from tests.scorekeeper.feeds import world
from tests.scorekeeper.score import Breach

FEEDS, DAYS, RESTARTS = 200, 30, 1000


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    house = tmp_path_factory.mktemp("house")
    return asyncio.run(month(house, world(FEEDS, DAYS), days=DAYS, restarts=RESTARTS))


@pytest.mark.parametrize("behaviour", list(Breach), ids=lambda breach: breach.name.lower().replace("_", " "))
def test_of_the_behaviours_that_are_scored_none_is_broken(done, behaviour):
    assert [breach for breach in done.score.breaches if breach[0] is behaviour] == []


def test_each_feed_is_asked_unconditionally_once(done):
    often = [book.feed.number for book in done.score.books.values() if max(book.unconditional.values(), default=0) > 0]

    print(f"{done.score.requests} requests, {sum(book.kills for book in done.score.books.values())} visits killed")
    assert done.score.requests > FEEDS * DAYS
    assert often == []


def test_all_that_could_be_had_is_in_the_archive(done):
    assert len(done.held) > FEEDS * DAYS
    assert not done.missing


def test_visits_do_not_come_on_the_hour(done):
    minutes = done.score.minutes

    assert minutes[0] < 2 * sum(minutes.values()) / 60


def test_who_asks_by_hand_breaks_nothing_but_our_own_floors(tmp_path):
    ours = {Breach.TOO_OFTEN, Breach.MISSING_TOO_OFTEN}

    asked = asyncio.run(month(tmp_path, world(40, 6), days=6, restarts=60, by_hand=8))

    assert [breach for breach in asked.score.breaches if breach[0] not in ours] == []
    assert [breach for breach in asked.score.breaches if breach[0] in ours] != []
    assert not asked.missing
