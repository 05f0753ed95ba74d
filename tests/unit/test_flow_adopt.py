"""Adopt: who reads another program's feed sees nothing new when ours goes on with it, and then what is new."""

import io
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from functools import partial

import feedparser
import pytest

from cuttings import plugins
from cuttings.archive.memory import MemoryArchive
from cuttings.errors import UsageError
from cuttings.flow.adopt import Adopted, Adopter
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.publish import Followed, Publisher
from cuttings.model.article import Record, RecordId
from cuttings.model.feed import Feed, Select, Verdict
from cuttings.model.source import Source
from cuttings.ports import Query
from cuttings.schedule import Plan
from cuttings.text.dates import rfc3339
from tests.builders import NOW, record, visit
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking
from tests.publishing import SITE, MemoryCache, MemoryOutlet, feed_ids

PLANET = "https://planet.example/atom.xml"
ALICE, BOB = "https://alice.example/feed", "https://bob.example/rss"
FRONT = Feed(name="front", title="Front page", size=10)


def told(name, days, *, source=ALICE, updated=None):
    """Return an entry of a planet as Venus writes it."""
    published = rfc3339(NOW - timedelta(days=days))
    return (
        f"<entry><id>{name}</id><title>About {name}</title><link href='https://alice.example/{days}'/>"
        f"<published>{published}</published><updated>{rfc3339(updated) if updated else published}</updated>"
        f"<content type='html'>&lt;p&gt;All about {name}.&lt;/p&gt;</content>"
        f"<source><id>{source}</id><title>Alice</title><link rel='self' href='{source}'/></source></entry>"
    )


def planet(*entries, name="https://planet.example/"):
    head = f"<id>{name}</id><title>Planet</title><updated>{rfc3339(NOW)}</updated>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{"".join(entries)}</feed>'.encode()


def rss(*items):
    return f"<rss version='2.0'><channel><title>Old</title><link>/</link>{''.join(items)}</channel></rss>".encode()


def item(number, *, guid=None, link=True, date=True):
    """Return an item of an RSS feed as old planets write them."""
    day = format_datetime(NOW - timedelta(days=number))
    return (
        f"<item><title>No. {number}</title>"
        + (f"<link>https://alice.example/{number}?a=1&amp;b=2#top</link>" if link else "")
        + (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "")
        + (f"<pubDate>{day}</pubDate>" if date else "")
        + f"<description>This is no. {number}, and it says so.</description></item>"
    )


@dataclass
class House:
    """An archive, what it follows, and a feed of it; `old` is what the other program published last."""

    clock: Ticking = field(default_factory=Ticking)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    captures: MemoryCaptures = field(default_factory=MemoryCaptures)
    outlet: MemoryOutlet = field(default_factory=MemoryOutlet)
    sources: tuple[Source, ...] = (Source(name="alice", url=ALICE, full_text="feed"),)
    feed: Feed = FRONT
    verdicts: dict[RecordId, Verdict] = field(default_factory=dict)

    def __post_init__(self):
        self.fetcher = Scripted(self.clock, {})
        self.mint = partial(next, feed_ids())

    async def followed(self):
        states = await self.archive.follow(self.sources, self.clock())
        of = {states[source.name].key: source for source in self.sources}
        return Followed(sources=of, states={state.key: state for state in await self.archive.states()})

    def publisher(self):
        return Publisher(
            archive=self.archive,
            ledger=self.archive,
            outlet=self.outlet,
            cache=MemoryCache(),
            formats=[plugins.format_named(name) for name in ("rss", "atom", "json")],
            site=SITE,
            clock=self.clock,
            mint=self.mint,
        )

    def intake(self):
        return Intake(
            archive=self.archive,
            captures=self.captures,
            sandbox=InlineSandbox(),
            fetcher=self.fetcher,
            clock=self.clock,
        )

    async def adopt(self, old: bytes, target: str = PLANET) -> Adopted:
        self.fetcher.script[PLANET] = [old]
        adopter = Adopter(
            archive=self.archive,
            ledger=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({"old.xml": old}),
            sandbox=InlineSandbox(),
            intake=self.intake(),
            publisher=self.publisher(),
            clock=self.clock,
        )
        return await adopter.adopt(target, self.feed, await self.followed(), self.verdicts)

    async def publish(self):
        self.clock.pass_by(timedelta(minutes=1))
        await self.publisher().publish(self.feed, await self.followed(), self.verdicts)

    async def collect(self, url, body):
        self.fetcher.script[url] = [body]
        followed = await self.followed()
        key = next(key for key, source in followed.sources.items() if source.url == url)
        collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=self.intake(),
            clock=self.clock,
            chance=lambda: 0.0,
        )
        state = await self.archive.state(key)
        assert state is not None
        await collector.collect(followed.sources[key], state, Plan())
        self.clock.pass_by(timedelta(days=1))

    def published(self, suffix="atom"):
        return self.outlet.files[f"feeds/front.{suffix}"][0]

    async def records(self) -> list[Record]:
        return [one async for one in self.archive.newest(Query())]


def seen_by(document):
    """Return how a reader built on feedparser knows the entries of a document, in its order."""
    return [entry.get("id") or entry.get("link") for entry in feedparser.parse(io.BytesIO(document)).entries]


@pytest.fixture
def house():
    return House()


THREE = planet(told("tag:a,2020:3", 1), told("tag:a,2020:2", 2), told("tag:b,2020:9", 3, source=BOB))


@pytest.mark.parametrize("suffix", ["rss", "atom", "json"])
async def test_the_next_document_has_the_same_ids_in_the_same_order(house, suffix):
    done = await house.adopt(THREE)
    await house.publish()

    assert (done.taken, done.new, done.passed) == (3, 3, ())
    if suffix == "json":
        assert b'"id":"tag:a,2020:3"' in house.published("json").replace(b'": ', b'":')
    else:
        assert seen_by(house.published(suffix)) == seen_by(THREE) == ["tag:a,2020:3", "tag:a,2020:2", "tag:b,2020:9"]


async def test_the_order_of_the_document_stays_where_it_is_not_that_of_its_dates(house):
    old = planet(told("tag:a,2020:1", 300, updated=NOW), told("tag:a,2020:2", 2), told("tag:a,2020:3", 1))

    await house.adopt(old)
    await house.publish()
    await house.publish()

    assert seen_by(house.published()) == seen_by(old)


async def test_the_feed_goes_on_under_the_id_that_it_had(house):
    await house.adopt(THREE)
    await house.publish()

    assert feedparser.parse(io.BytesIO(house.published())).feed.id == "https://planet.example/"


@pytest.mark.parametrize("dated", [True, False])
async def test_of_rss_without_guids_the_links_are_the_ids_as_they_are_written(house, dated):
    old = rss(*(item(number, date=dated) for number in (1, 2, 3)))

    await house.adopt(old)
    await house.publish()

    assert seen_by(house.published("rss")) == seen_by(old)
    assert seen_by(house.published("rss"))[0] == "https://alice.example/1?a=1&b=2#top"


async def test_ids_that_are_none_for_the_whole_world_stay_too(house):
    old = rss(item(1, guid="17 at old"), item(2, guid="16 at old"))

    await house.adopt(old)
    await house.publish()

    assert seen_by(house.published("rss")) == ["17 at old", "16 at old"]


async def test_what_comes_later_follows_on_top_and_what_is_known_does_not_come_again(house):
    await house.adopt(THREE)
    await house.publish()
    own = planet(told("tag:a,2020:4", -0.02), told("tag:a,2020:3", 1), told("tag:a,2020:2", 2))

    await house.collect(ALICE, own)
    await house.publish()

    assert seen_by(house.published()) == ["tag:a,2020:4", *seen_by(THREE)]
    assert len(await house.records()) == 4


async def test_an_article_of_a_source_that_is_followed_is_its_record(house):
    await house.adopt(THREE)

    of = {one.guid: one.source for one in await house.records()}
    assert of == {"tag:a,2020:3": ALICE, "tag:a,2020:2": ALICE, "tag:b,2020:9": None}


async def test_a_source_that_is_followed_only_later_does_not_tell_it_again(house):
    await house.adopt(THREE)
    house.sources = (*house.sources, Source(name="bob", url=BOB, full_text="feed"))

    await house.collect(BOB, planet(told("tag:b,2020:9", 3, source=BOB)))
    await house.publish()

    assert seen_by(house.published()) == seen_by(THREE)
    assert sum(b"tag:b,2020:9" in body for path, (body, _) in house.outlet.files.items() if ".atom" in path) == 1


async def test_what_was_collected_before_is_matched_and_stays_as_it_is(house):
    await house.collect(ALICE, planet(told("tag:a,2020:3", 1), told("tag:a,2020:0", 30)))

    done = await house.adopt(THREE)
    await house.publish()

    assert (done.taken, done.new) == (3, 2)
    assert seen_by(house.published()) == seen_by(THREE)
    assert {one.revision for one in await house.records()} == {1}


async def test_what_was_archived_before_goes_into_the_history_and_not_to_the_front(house):
    await house.collect(ALICE, planet(*(told(f"tag:a,2019:{number}", 20 + number) for number in range(30))))

    await house.adopt(THREE)
    await house.publish()

    pages = [body for path, (body, _) in house.outlet.files.items() if "/archive/" in path and path.endswith("atom")]
    assert seen_by(house.published()) == seen_by(THREE)
    assert {one for page in pages for one in seen_by(page)} == {one.guid for one in await house.records()}


async def test_a_record_that_another_feed_has_published_under_the_id_is_the_one(house):
    held = record("tag:a,2020:3", source=None)
    await house.archive.commit(visit(held, source=None))
    house.feed = replace(FRONT, name="other")
    await house.publish()
    house.feed = FRONT

    done = await house.adopt(THREE)
    await house.publish()

    assert (done.taken, done.new) == (3, 2)
    assert seen_by(house.published()) == seen_by(THREE)


async def test_the_rules_of_the_feed_do_not_drop_what_was_taken_over(house):
    house.feed = replace(FRONT, select=Select(sources=("alice",)))

    await house.adopt(THREE)
    await house.publish()
    house.feed = replace(FRONT, select=Select(languages=("fr",)))
    await house.publish()

    assert seen_by(house.published()) == seen_by(THREE)


async def test_a_person_may_drop_what_was_taken_over(house):
    await house.adopt(THREE)
    [gone] = [one for one in await house.records() if one.guid == "tag:a,2020:2"]
    house.verdicts = {gone.id: Verdict(action="drop")}

    await house.publish()

    assert seen_by(house.published()) == ["tag:a,2020:3", "tag:b,2020:9"]


async def test_more_than_the_feed_holds_stands_in_its_pages(house):
    house.feed = replace(FRONT, size=2)

    await house.adopt(THREE)
    await house.publish()

    pages = [body for path, (body, _) in house.outlet.files.items() if path.endswith("00001.atom")]
    assert seen_by(house.published()) == ["tag:a,2020:3", "tag:a,2020:2"]
    assert "tag:b,2020:9" in seen_by(pages[0])


async def test_a_file_is_taken_over_as_well(house):
    await house.adopt(THREE, "old.xml")
    await house.publish()

    assert seen_by(house.published()) == seen_by(THREE)


async def test_the_files_follow_from_the_ledger_alone(house):
    await house.adopt(THREE)
    await house.publish()
    before = dict(house.outlet.files)

    house.outlet.files.clear()
    await house.publish()

    assert house.outlet.files == before


async def test_two_ids_for_one_article_are_two_items(house):
    await house.collect(ALICE, planet(told("tag:a,2020:3", 1)))
    twice = planet(told("tag:a,2020:3", 1), told("tag:a,2020:3-again", 1))

    await house.adopt(twice)
    await house.publish()

    assert seen_by(house.published()) == seen_by(twice)


async def test_entries_that_no_reader_knows_again_are_named_and_left(house):
    old = rss(item(1), item(2, link=False), item(3), item(3))

    done = await house.adopt(old)

    assert done.taken == 2
    assert [why for _, why in done.passed] == [
        "it has neither an id nor a link, so no reader knows it again",
        "another entry before it has the same id",
    ]


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (b"<html><body><p>Gone.</p></body></html>", "not a feed"),
        (rss(item(1, link=False), item(2, link=False)), "none of its entries"),
        (rss(), "none of its entries"),
        (b"", "empty"),
    ],
)
async def test_what_cannot_be_taken_over_is_refused_with_a_reason(house, old, words):
    done = await house.adopt(old)

    assert words in (done.error or "")
    assert (await house.records(), await house.archive.begun(["front"])) == ([], None)


async def test_a_feed_that_has_begun_takes_nothing_over(house):
    await house.archive.commit(visit(record()))
    await house.publish()

    with pytest.raises(UsageError, match="has 1 articles already"):
        await house.adopt(THREE)


async def test_a_feed_is_taken_over_once(house):
    await house.adopt(THREE)

    with pytest.raises(UsageError, match="has 3 articles already"):
        await house.adopt(THREE)


async def test_it_may_be_repeated_when_it_was_killed_between_its_commits(house):
    await house.adopt(THREE)
    other = House(archive=house.archive, feed=replace(FRONT, name="second"), sources=house.sources)

    done = await other.adopt(THREE)

    assert (done.taken, done.new) == (3, 0)


async def test_where_nothing_answers_the_reason_is_told(house):
    done = await house.adopt(THREE, "https://gone.example/feed")

    assert done.error == "404 Not Found"
