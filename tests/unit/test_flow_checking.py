"""Looking back at an article's page: what was edited, what was removed, and what is left alone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.flow.checking import Checker
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.pages import PageReader
from cuttings.flow.reread import Rereader
from cuttings.flow.rounds import Rounds
from cuttings.flow.stories import Stories
from cuttings.model.article import SourceKey
from cuttings.model.capture import Failed, Wish
from cuttings.model.check import Looks
from cuttings.model.source import Visit
from cuttings.ports import Query
from cuttings.schedule import Plan, checking
from tests.builders import DAILY, NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking
from tests.unit.test_flow_collect import rss, summary_item

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEED, PAGE = "https://daily.example/feed.xml", "https://daily.example/1"
TIDE = "The tide came in twice today, as it does, and nobody at the harbour was much surprised by it. "
MISSING = Failed(reason="404 Not Found", at=NOW, status=404)
BROKEN = Failed(reason="500 Internal Server Error", at=NOW, status=500)


def page(last="The harbour closes at nine.", title="Tide 1", aside=""):
    words = "".join(f"<p>{TIDE * 3} Paragraph {n}.</p>" for n in range(5))
    article = f"<article><h1>{title}</h1>{words}<p>{last} {TIDE}</p></article>"
    return f"<html><head><title>{title}</title></head><body>{aside}{article}</body></html>".encode()


class World:
    """One source with one article, taken in at NOW, and its page as `pages` say from then on."""

    def __init__(self, *pages, **declared):
        self.key = DAILY
        self.clock, self.archive, self.captures = Ticking(NOW), MemoryArchive(), MemoryCaptures()
        self.fetcher = Scripted(self.clock, {FEED: [rss(summary_item(1))], PAGE: [page(), *pages]})
        self.source = source(**declared)
        kept: dict[str, Any] = {"archive": self.archive, "captures": self.captures, "fetcher": self.fetcher}
        kept["sandbox"] = InlineSandbox()
        intake = Intake(**kept, clock=self.clock)
        self.collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=intake,
            clock=self.clock,
            chance=lambda: 0.0,
        )
        self.pages = PageReader(**kept)

    async def collected(self):
        self.key = (await self.archive.follow([self.source], NOW))["daily"].key
        [state] = await self.archive.lease(NOW, 1)
        await self.collector.collect(self.source, state, Plan())
        await self.archive.release([self.key])
        self.fetcher.asked.clear()
        return self

    def rounds(self):
        return Rounds(
            checker=Checker(
                archive=self.archive,
                checks=self.archive.checks,
                sources=self.archive,
                pages=self.pages,
                stories=Stories(self.archive),
                clock=self.clock,
                declared={self.key: self.source},
            )
        )

    async def look(self, later=2 * HOUR):
        self.clock.pass_by(later)
        return await self.rounds().all()

    async def record(self):
        [record] = [one async for one in self.archive.newest(Query())]
        return record

    async def check(self):
        return await self.archive.checks.of((await self.record()).id)

    async def told(self):
        reasons = await self.archive.reasons((await self.record()).id)
        return [reason.rule for _, reason in reasons if reason.step == "check"]


async def test_a_page_that_did_not_change_is_asked_conditionally_and_leaves_no_trace():
    world = await World().collected()

    found = await world.look()

    assert found == {"unchanged": 1}
    assert world.fetcher.asked[0].validators.etag is not None
    assert world.fetcher.asked[0].robots
    assert (len(world.captures.kept), (await world.record()).revision) == (2, 1)
    assert 3 * HOUR < (await world.check()).due - world.clock() < 5 * HOUR


async def test_an_edit_is_a_revision_by_the_author_made_of_the_feed_and_the_new_page():
    world = await World(page("The harbour closes at eight, not at nine.")).collected()
    before = await world.record()

    assert await world.look() == {"edited": 1}

    after = await world.record()
    assert (after.revision, after.cause, after.arrival, after.provenance) == (2, "author", "ordinary", "page")
    assert "closes at eight" in after.text
    assert after.captures == (before.captures[0], world.captures.kept[-1].ref)
    assert (after.title, after.guid, after.edit.at) == (before.title, before.guid, world.clock())
    assert await world.told() == ["edited"]
    assert (await world.archive.checks.looks(world.key)).edited == 1


async def test_a_page_that_is_shorter_than_it_was_is_an_edit_too():
    shorter = page().replace(f"<p>{TIDE * 3} Paragraph 2.</p>".encode(), b"")
    world = await World(shorter).collected()

    assert await world.look() == {"edited": 1}
    assert "Paragraph 2" not in (await world.record()).text


async def test_what_only_stands_around_an_article_is_no_edit_and_is_not_captured():
    world = await World(page(aside="<nav>Seven people are reading this</nav>")).collected()

    assert await world.look() == {"unchanged": 1}
    assert len(world.captures.kept) == 2


async def test_another_headline_on_the_page_is_the_articles():
    world = await World(page(title="Harbour closes as storm floods the quay")).collected()

    assert await world.look() == {"edited": 1}

    after = await world.record()
    assert (after.title, after.titles) == ("Harbour closes as storm floods the quay", ("Tide 1",))


async def test_an_article_missing_at_two_looks_hours_apart_is_gone_and_kept():
    world = await World(MISSING).collected()

    once = await world.look()
    before = await world.record()
    twice = await world.look(7 * HOUR)

    after = await world.record()
    assert (once, before.status, twice, after.status) == ({"unchanged": 1}, "full", {"gone": 1}, "gone")
    assert (after.text, after.cause, after.edit.material) == (before.text, "author", ("removed",))
    assert await world.told() == ["not there", "removed"]


async def test_one_that_comes_back_is_no_longer_gone():
    world = await World(MISSING, MISSING, page()).collected()
    await world.look()
    await world.look(7 * HOUR)

    assert await world.look(2 * DAY) == {"edited": 1}
    assert (await world.record()).status == "full"


async def test_one_that_stays_away_is_told_once_and_asked_until_it_is_old():
    world = await World(MISSING).collected()

    for _ in range(40):
        await world.look(DAY)

    assert await world.told() == ["not there", "removed"]
    assert (await world.record()).revision == 2
    assert await world.check() is None
    assert len(world.fetcher.asked) < 6


async def test_a_host_in_trouble_is_asked_later_and_given_up_at_last():
    world = await World(BROKEN).collected()

    for _ in range(60):
        await world.look(DAY)

    assert len(world.fetcher.asked) == checking.GIVE_UP
    assert await world.told() == ["given up"]
    assert (await world.record()).revision == 1


async def test_where_nothing_may_be_sent_the_check_waits_and_counts_for_nothing():
    waiting = Failed(reason="asked to wait", at=NOW, connected=False, waiting=True, wish=Wish(retry_after=DAY))
    world = await World(waiting, page()).collected()

    assert await world.look() == {"waiting": 1}

    check = await world.check()
    assert (check.failures, check.due >= world.clock() + DAY) == (0, True)
    assert await world.archive.checks.looks(world.key) == Looks()


async def test_another_text_at_the_address_is_believed_when_it_comes_again():
    said = "Shares of the railway fell by {} percent before noon, said two brokers."
    words = "".join(f"<p>{said.format(n)}</p>" for n in range(20))
    other = f"<html><head><title>Shares</title></head><body><article><h1>Shares</h1>{words}</article></body></html>"
    world = await World(other.encode()).collected()

    first = await world.look()
    before = await world.record()
    second = await world.look(7 * HOUR)

    assert (first, before.revision, second) == ({"unchanged": 1}, 1, {"edited": 1})
    assert "railway" in (await world.record()).text


async def test_a_page_that_says_another_thing_each_time_costs_no_more_than_others():
    pages = [page(last=f"Number {n} is the number of this visit.") for n in range(60)]
    world = await World(*pages).collected()

    for _ in range(20):
        await world.look(6 * HOUR)
    for _ in range(40):
        await world.look(DAY)

    assert len(world.fetcher.asked) <= len(checking.LIVELY)
    assert await world.check() is None


async def test_a_record_is_left_alone_while_its_source_is_visited():
    world = await World(page("The harbour closes at eight.")).collected()
    await world.archive.lease(NOW, 1, [world.key])

    assert await world.look() == {"waiting": 1}
    await world.archive.release([world.key])

    assert await world.look(HOUR) == {"edited": 1}


async def test_a_look_that_was_broken_off_is_taken_up_an_hour_later():
    world = await World(page("The harbour closes at eight.")).collected()
    world.clock.pass_by(2 * HOUR)
    await world.rounds().checker.take(10)

    assert await world.look(HOUR / 2) == {}
    assert await world.look(HOUR) == {"edited": 1}


@pytest.mark.parametrize("changes", [{"paused": True}, {"name": "other"}])
async def test_pages_of_a_source_that_is_not_followed_are_not_asked_for(changes):
    world = await World(page("The harbour closes at eight.")).collected()
    world.source = replace(world.source, **changes)
    if "name" in changes:
        world.key = SourceKey("https://other.example/")

    assert await world.look() == {"waiting": 1}
    assert world.fetcher.asked == []


async def test_a_source_whose_feed_is_all_that_is_wanted_has_no_checks():
    world = await World(full_text="feed").collected()

    assert await world.archive.checks.counts() == (0, None)


async def test_a_sources_requests_of_a_day_are_bounded_and_the_rest_waits_for_tomorrow():
    world = await World(page("The harbour closes at eight.")).collected()
    looks = Looks(day=NOW.replace(hour=0), spent=checking.A_DAY)
    await world.archive.commit(Visit(source=world.key, looks=looks))

    assert await world.look() == {"waiting": 1}
    assert await world.look(DAY) == {"edited": 1}


async def test_an_edited_article_is_what_a_reading_again_makes_of_its_captures():
    world = await World(page("The harbour closes at eight.", title="Harbour closes as storm floods")).collected()
    await world.look()

    assert await reread(world) == ["same"]


async def reread(world):
    rereader = Rereader(
        archive=world.archive,
        sources=world.archive,
        captures=world.captures,
        sandbox=InlineSandbox(),
        clock=world.clock,
        reader="today's",
    )
    return [one.result async for one in rereader.reread(world.key)]
