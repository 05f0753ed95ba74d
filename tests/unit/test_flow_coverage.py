"""What was missed, of all sources: through visits on a clock of days, and at a glance."""

from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.flow import coverage
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.model.coverage import Coverage, Day, Gap, Missed
from cuttings.model.push import Push
from cuttings.model.source import Visit
from cuttings.schedule import Plan
from tests.builders import DAILY, NOW, source, state
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SIZE = 10  # entries that its document holds
TEXT = "The tide came in twice today, as it does, and nobody was surprised by it. " * 5


class SilentHub:
    """Stands for a `Subscriber` whose hub confirmed, and sends nothing."""

    def __init__(self, clock: Ticking) -> None:
        self.clock = clock

    def until(self, key: str) -> datetime:
        return self.clock() + 5 * DAY

    def told(self, key: str) -> bool:
        return False

    def heard(self, source: object, state: object) -> None:
        pass


class Town:
    """One source with an entry each hour, visited as it is planned, and what is told of it."""

    def __init__(self) -> None:
        self.clock = Ticking(NOW)
        self.fetcher, self.archive = Scripted(self.clock, {}), MemoryArchive(self.clock)
        captures, sandbox = MemoryCaptures(), InlineSandbox()
        intake = Intake(
            archive=self.archive, captures=captures, sandbox=sandbox, fetcher=self.fetcher, clock=self.clock
        )
        self.collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=intake,
            clock=self.clock,
            chance=lambda: 0.0,
        )
        self.source = source(full_text="feed")
        self.webpage = False

    def document(self) -> bytes:
        if self.webpage:
            return b"<html><head><title>Welcome</title></head><body><p>We have a new site.</p></body></html>"
        hours = int((self.clock() - NOW) / HOUR)
        items = "".join(
            f"<item><title>Tide {n}</title><link>https://daily.example/{n}</link><guid>https://daily.example/{n}</guid>"
            f"<pubDate>{format_datetime(NOW + n * HOUR)}</pubDate><description>{TEXT}</description></item>"
            for n in range(hours, hours - SIZE, -1)
        )
        return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Daily</title>{items}</channel></rss>'.encode()

    async def visit_until(self, end) -> None:
        while self.clock() < end:
            await self.visit(HOUR)

    async def visit(self, later: timedelta) -> None:
        self.fetcher.script[self.source.address] = [self.document()]
        declared = await self.archive.follow([self.source], self.clock())
        known = await self.archive.state(declared[self.source.name].key)
        assert known is not None
        await self.collector.collect(self.source, replace(known, not_before=None), Plan())
        self.clock.pass_by(later)

    async def missed(self) -> list[Missed]:
        now = self.clock()
        states = [(self.source, one) for one in await self.archive.states()]
        return [lack.missed for lack in await coverage.lacks(states, self.archive.coverage, now - DAY, now)]


@pytest.fixture
def town() -> Town:
    return Town()


async def test_who_rolls_over_twice_between_visits_is_told_within_a_day(town):
    await town.visit_until(NOW + DAY)
    assert await town.missed() == []

    await town.visit(timedelta(0))  # at the end of the day
    town.clock.pass_by(2.5 * SIZE * HOUR)
    await town.visit(HOUR)

    [gap] = await town.missed()
    assert (gap.why, gap.since) == ("rolled", NOW + DAY)
    assert 0.6 * 1.5 * SIZE <= gap.count <= 1.4 * 1.5 * SIZE


async def test_a_feed_that_silently_became_a_web_page_is_told_within_a_day(town):
    await town.visit_until(NOW + DAY)
    town.webpage = True

    await town.visit_until(NOW + 1.5 * DAY)

    [gap] = await town.missed()
    assert (gap.why, gap.until) == ("unread", None)
    assert 6 <= gap.count <= 18


async def test_what_is_well_again_is_told_no_more(town):
    await town.visit_until(NOW + DAY)
    town.webpage = True
    await town.visit_until(NOW + DAY + 3 * HOUR)
    town.webpage = False

    await town.visit(HOUR)

    assert await town.missed() == []
    [known] = await town.archive.states()
    assert known.coverage is not None
    assert known.coverage.days[-1].failed == 3


async def test_a_push_that_never_came_is_told_once_a_visit_found_what_it_should_have_brought(town):
    town.collector = replace(town.collector, pushes=SilentHub(town.clock))
    town.clock.pass_by(HOUR / 2)  # what is younger than minutes may still come

    await town.visit_until(NOW + DAY)

    assert {gap.why for gap in await town.missed()} == {"unpushed"}


async def test_a_glance_counts_sources_and_entries_and_costs_one_look_in_five_minutes():
    clock, asked = Ticking(NOW), []
    gap = Gap(why="rolled", since=NOW - 2 * HOUR, until=NOW - HOUR, count=7)
    ledger = Coverage(until=NOW, since=NOW, days=(Day(number=20_781, gaps=(gap,)),))
    archive = MemoryArchive(clock)
    known = state(coverage=ledger, push=Push())
    await archive.commit(Visit(source=DAILY, state=known))

    async def ask(since):
        asked.append(since)
        return await coverage.lacks([(source(), known)], archive.coverage, since, clock())

    glance = coverage.Glance(ask, clock)
    found = [await glance.found() for _ in range(3)]
    clock.pass_by(timedelta(minutes=6))
    await glance.found()

    assert found == [{"rolled": (1, 7)}] * 3
    assert asked == [NOW - DAY, NOW - DAY + timedelta(minutes=6)]
    assert coverage.words(found[0]).startswith("sources of the last day: 1 rolled over unseen (about 7 articles);")
    assert coverage.words({}) == ""


async def test_a_paused_source_is_not_told():
    failing = state(failures=1, failing_since=NOW, last_success=NOW, trouble="page")

    paused = await coverage.lacks([(source(paused=True), failing)], MemoryArchive().coverage, NOW, NOW)

    assert paused == []
