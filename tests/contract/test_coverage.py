"""What every archive promises of the ledger of what should have come."""

from dataclasses import replace
from datetime import date

from cuttings.model.coverage import KEPT_DAYS, Coverage, Day, Gap
from cuttings.model.source import Visit
from tests.builders import DAILY, NOW, at, state

TODAY = 20_781  # 2026-11-24
LOST = Gap(why="rolled", since=at(-600), until=at(-60), count=7, times=2)
EPOCH = date(1970, 1, 1)


async def keep(archive, *days, key=DAILY):
    coverage = Coverage(until=NOW, since=NOW, days=days, silent=1.5, longest=2.25, habit=4.0, heaps=0.75, known=9.0)
    await archive.commit(Visit(source=key, state=state(key, coverage=coverage)))


async def test_days_come_back_as_they_were_committed_oldest_first(archive):
    whole = Day(number=TODAY, expected=3.25, seen=4, pushed=1, visits=9, failed=2, overlap=0.5, gaps=(LOST,))
    await keep(archive, Day(number=TODAY - 1, visits=3), whole)

    assert list(await archive.coverage.days(DAILY, date(2026, 11, 23))) == [Day(number=TODAY - 1, visits=3), whole]
    assert list(await archive.coverage.days(DAILY, whole.date)) == [whole]
    assert list(await archive.coverage.days("https://other.example/", EPOCH)) == []


async def test_the_ledger_between_visits_comes_back_with_the_state(archive):
    await keep(archive, Day(number=TODAY, gaps=(LOST,)))

    known = await archive.state(DAILY)

    assert known.coverage == Coverage(
        until=NOW,
        since=NOW,
        days=(Day(number=TODAY, gaps=(LOST,)),),
        silent=1.5,
        longest=2.25,
        habit=4.0,
        heaps=0.75,
        known=9.0,
    )


async def test_a_day_is_as_it_was_committed_last(archive):
    await keep(archive, Day(number=TODAY, visits=1, gaps=(LOST,)))
    await keep(archive, Day(number=TODAY, visits=2, gaps=(LOST,)))
    await keep(archive, Day(number=TODAY, visits=2, gaps=(LOST,)))

    assert list(await archive.coverage.days(DAILY, EPOCH)) == [Day(number=TODAY, visits=2, gaps=(LOST,))]


async def test_a_day_that_is_not_over_is_in_the_state_alone(archive):
    await keep(archive, Day(number=TODAY - 1, visits=3), Day(number=TODAY, visits=1))

    assert list(await archive.coverage.days(DAILY, EPOCH)) == [Day(number=TODAY - 1, visits=3)]


async def test_only_days_with_gaps_are_found_by_their_gaps(archive):
    other = "https://other.example/feed.xml"
    await keep(archive, Day(number=TODAY - 1, gaps=(LOST,)), Day(number=TODAY))
    await keep(archive, Day(number=TODAY, gaps=(LOST,)), key=other)

    assert await archive.coverage.gaps(date(2026, 11, 24)) == {other: [Day(number=TODAY, gaps=(LOST,))]}
    assert set(await archive.coverage.gaps(date(2026, 11, 23))) == {DAILY, other}


async def test_a_source_keeps_so_many_days_and_no_more(archive):
    day = Day(number=TODAY, visits=1)
    for number in range(TODAY - KEPT_DAYS - 5, TODAY + 1, 40):
        await keep(archive, *(replace(day, number=one) for one in range(number, number + 41)))

    kept = await archive.coverage.days(DAILY, EPOCH)

    assert len(kept) == KEPT_DAYS
