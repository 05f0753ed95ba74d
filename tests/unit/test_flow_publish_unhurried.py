"""While a long quiet work is under way, what it brings enters in whole pages, and the rest at its end."""

import random
from datetime import timedelta

import pytest

from cuttings.archive.sqlite import SqliteArchive
from cuttings.model.feed import FeedKey
from tests.builders import NOW, next_revision, record
from tests.press import ONE, Press, article

SIZE = 3


def past(number: int):
    """Return an article that a backfill brought."""
    when = NOW - timedelta(days=1000 - number)
    return record(f"https://daily.example/old/{number}", published=when, provenance="backfill", arrival="quiet")


@pytest.fixture
async def press():
    """A feed whose first decision is behind it, with enough live articles that no old one shows."""
    made = Press(size=SIZE)
    await made.publish()
    await made.publish(*(article(number) for number in (10, 11, 12)))
    return made


def paged(press: Press) -> list[list[str]]:
    """Return what the closed pages hold."""
    names = sorted(path for path in press.outlet.files if "/archive/" in path and path.endswith(".one"))
    return [list(press.shown(name)) for name in names]


async def test_what_a_walk_brings_enters_in_whole_pages_and_the_rest_when_it_is_over(press):
    before = paged(press)
    olds = [past(number) for number in range(8)]

    entered = [(await press.publish(*olds[at : at + 2], unhurried=True)).entered for at in range(0, 8, 2)]
    during = paged(press)[len(before) :]
    rest = await press.publish()

    assert entered == [0, 3, 3, 0]
    assert [len(page) for page in during] == [3, 3]
    assert rest.entered == 2
    told = [one for page in paged(press)[len(before) :] for one in page]
    assert told == [one.id for one in olds]


async def test_news_does_not_wait_for_a_walk_nor_does_a_first_visit_or_what_a_person_picks(press):
    first = record("https://daily.example/first", arrival="quiet", published=NOW - timedelta(days=9))
    picked = past(1)
    press.pick(picked, action="add")

    done = await press.publish(ONE, first, picked, past(2), unhurried=True)

    assert done.entered == 3
    assert {ONE.id, picked.id} <= set(press.shown())


async def test_what_our_rereading_lets_in_waits_for_company_and_what_an_import_brings(press):
    seen = record("https://daily.example/again", published=NOW - timedelta(days=99), arrival="quiet")
    imported = record("https://else.example/1", source=None, arrival="quiet")

    done = await press.publish(seen, next_revision(seen, cause="ours"), imported, unhurried=True)

    assert (done.entered, (await press.publish()).entered) == (0, 2)


async def test_a_feed_that_begins_waits_for_nothing():
    press = Press(size=SIZE)

    assert (await press.publish(past(1), past(2), unhurried=True)).entered == 2


async def test_who_waits_and_is_refused_meanwhile_does_not_enter(press):
    await press.publish(past(1), past(2), unhurried=True)
    press.pick(past(1), action="drop")

    assert (await press.publish()).entered == 1


async def test_who_waits_and_is_told_anew_comes_to_the_front(press):
    await press.publish(past(1), unhurried=True)
    newer = next_revision(past(1), title="Anew", arrival="ordinary")

    assert (await press.publish(newer, unhurried=True)).entered == 1
    assert past(1).id in press.shown()


@pytest.mark.parametrize("seed", range(30))
async def test_whatever_comes_between_a_reader_of_the_history_finds_everything_once(seed):
    chance, press = random.Random(seed), Press(size=SIZE)
    await press.publish()
    numbers, everything = iter(range(1000)), set()
    for _ in range(12):
        came = [past(next(numbers)) for _ in range(chance.randrange(6))]
        came += [article(next(numbers)) for _ in range(chance.randrange(2))]
        everything |= {one.id for one in came}
        await press.publish(*came, unhurried=chance.random() < 0.7)
        assert len((await press.archive.head(FeedKey("front"))).waiting) < SIZE
        assert set(press.shown()) | {one for page in paged(press) for one in page} >= {
            one.id for one in came if one.arrival == "ordinary"
        }
    await press.publish()

    told = [one for page in paged(press) for one in page]
    assert len(told) == len(set(told))
    assert set(told) | set(press.shown()) == everything
    files = dict(press.outlet.files)
    await press.publish()
    assert press.outlet.files == files


async def test_processes_see_that_a_long_work_is_under_way_until_it_ends_or_is_killed(tmp_path):
    async with SqliteArchive.opened(tmp_path) as one, SqliteArchive.opened(tmp_path) as other:
        before = await other.is_worked_on()
        async with one.working():
            during = await other.is_worked_on(), await one.is_worked_on()
            async with other.working():
                pass
            still = await other.is_worked_on()
        after = await other.is_worked_on()

        left = tmp_path / "leases" / "works" / ("0" * 32)
        left.touch()  # as a process leaves it that is killed

        assert (before, during, still, after, await one.is_worked_on()) == (False, (True, True), True, False, False)
