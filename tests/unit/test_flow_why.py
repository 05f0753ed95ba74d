"""Why: every decision about an article can be asked for, also where no record came of it."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.archive.shelf import WarcShelf
from cuttings.fetch.folder import LocalFolders
from cuttings.flow.archive import Archiver
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.why import Asked
from cuttings.model.capture import Exchange, Failed, Fetched, Wish
from cuttings.model.reason import Reason
from cuttings.ports import Query
from cuttings.schedule import Plan
from cuttings.text.sketches import sketch
from tests.builders import NOW, source, visit
from tests.fakes import InlineSandbox, MemoryCaptures, Scripted, Ticking, fetched
from tests.unit.test_flow_stories import COPY
from tests.unit.test_normalise_stories import ORIGINAL

URL = "https://daily.example/feed.xml"
ONE = "https://daily.example/1"
TEXT = "The tide came in twice today, as it does, and nobody was surprised by it at all. " * 6


def item(link=ONE, guid=None, title="Tide", date="Tue, 24 Nov 2026 08:00:00 GMT", text=TEXT):
    named = f"<guid isPermaLink='false'>{guid}</guid>" if guid else ""
    return (
        f"<item><title>{title}</title><link>{link}</link>{named}<pubDate>{date}</pubDate>"
        f"<description>Short.</description><content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    )


def rss(*items):
    head = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        "<channel><title>Daily</title><link>https://daily.example/</link><description>Tides</description>"
    )
    return (head + "".join(items) + "</channel></rss>").encode()


def page(text=TEXT):
    words = "".join(f"<p>{text} Paragraph {n}.</p>" for n in range(6))
    return f"<html><head><title>Tide</title></head><body><article><h1>Tide</h1>{words}</article></body></html>".encode()


class Redirecting(Scripted):
    """A fetcher to which every answer comes by one redirect."""

    async def fetch(self, request):
        outcome = await super().fetch(request)
        if not isinstance(outcome, Fetched):
            return outcome
        answer = b"HTTP/1.1 301 Moved\r\n\r\n"
        hop = Exchange(url="http://old.example/", at=NOW, request=b"", answer=answer, payload_sha256=b"", address=None)
        return replace(outcome, exchanges=(hop, *outcome.exchanges))


@dataclass
class World:
    """An archive, who fills it, and who is asked."""

    clock: Ticking
    archive: MemoryArchive
    fetcher: Scripted
    collector: Collector
    archiver: Archiver
    asked: Asked

    async def visit(self, body=None, name="daily", **changes):
        declared = source(name, full_text=changes.pop("full_text", "feed"), **changes)
        if body is not None:
            self.fetcher.script[declared.address] = [body]
        key = (await self.archive.follow([declared], self.clock()))[name].key
        state = await self.archive.state(key)
        assert state is not None
        await self.collector.collect(declared, state, Plan())
        self.clock.pass_by(timedelta(hours=3))

    async def why(self, number=0):
        records = [record async for record in self.archive.newest(Query())]
        return told(await self.asked.of_record(records[number]))

    async def why_url(self, url):
        return [told(answer) for answer in await self.asked.of_url(url)]


def told(answer):
    return {(step.step, step.rule): step.fact for step in answer.steps}


def world_of(fetcher_kind=Scripted):
    clock = Ticking(NOW)
    archive, captures, fetcher = MemoryArchive(clock), MemoryCaptures(), fetcher_kind(clock, {})
    intake = Intake(archive=archive, captures=captures, sandbox=InlineSandbox(), fetcher=fetcher, clock=clock)
    shared = {"archive": archive, "fetcher": fetcher, "folders": LocalFolders(clock), "intake": intake, "clock": clock}

    async def standings(record):
        return [Reason(subject=record, step="feed", rule="live", fact="front: no. 1")]

    return World(
        clock,
        archive,
        fetcher,
        Collector(**shared, chance=lambda: 0.0),
        Archiver(**shared, shelf=WarcShelf(InlineSandbox()), sandbox=InlineSandbox()),
        Asked(archive=archive, sources=archive, checks=archive.checks, captures=captures, standings=standings),
    )


@pytest.fixture
def world():
    return world_of()


async def test_a_record_is_told_from_its_source_to_its_feeds(world):
    await world.visit(rss(item(guid="tag:1")))

    why = await world.why()

    assert next(iter(why)) == ("source", "daily")
    assert why["identity", "guid"] == "tag:1"
    assert "bytes from 192.0.2.1; captures/memory.warc.gz at 0" in next(
        fact for fact in why.values() if URL in fact and "bytes" in fact
    )
    assert why["revision", "1"].startswith("by the author, from the feed; feed, ")
    assert why["visit", "last success"] == "the source's document still holds it"
    assert list(why)[-1] == ("feed", "live")


async def test_each_redirect_is_told(world):
    world = world_of(Redirecting)
    await world.visit(rss(item()))

    assert (await world.why())["fetch", "redirected"] == f"http://old.example/ (301) -> {URL}"


@pytest.mark.parametrize(
    ("items", "rule", "fact"),
    [
        ([item()], "link", "it has no guid"),
        ([item(guid="1"), item(f"{ONE}0", guid="1", title="Ebb")], "link", "another entry has the guid 1 too"),
        ([item("", date="")], "digest", "it has no guid, and no link"),
        ([item(title="Tide"), item(title="Ebb")], "digest", "it has no guid, and another entry has its link too"),
    ],
)
async def test_what_goes_by_another_name_than_its_guid_says_why(world, items, rule, fact):
    await world.visit(rss(*items))

    assert (await world.why())["identity", rule] == fact


async def test_guids_made_anew_are_told_of_each_record_and_of_the_source(world):
    await world.visit(rss(*[item(f"{ONE}{n}", guid=f"a{n}", title=f"Tide {n}") for n in range(3)]))
    await world.visit(rss(*[item(f"{ONE}{n}", guid=f"b{n}", title=f"Tide {n}", text=TEXT * 2) for n in range(3)]))

    assert (await world.why())["identity", "link: guids change"].startswith("a")
    [of_source] = await world.why_url(URL)
    assert ("identity", "link: guids change") in of_source


async def test_dates_that_nobody_can_read_and_languages_that_nobody_declared_are_told(world):
    await world.visit(rss(item(date="yesterday, at noon")))

    why = await world.why()

    assert why["dates", "published unreadable"] == "yesterday, at noon"
    assert why["dates", "unknown"].startswith("ordered by when it was first seen")
    assert why["language", "told by the text"] == "en"


async def test_a_date_ahead_of_us_is_told(world):
    await world.visit(rss(item(date="Fri, 27 Nov 2026 08:00:00 GMT")))

    assert "lies ahead of" in (await world.why())["dates", "ordered as first seen"]


async def test_whose_text_it_is_and_why_a_page_did_not_come_is_told(world):
    world.fetcher.script[ONE] = [Failed(reason="503 Service Unavailable", at=NOW, status=503), page()]
    short = rss(item(text="Short…"))
    await world.visit(short, full_text="page")
    failed = await world.why()
    pending = await world.why_url(ONE)

    await world.visit(short, full_text="page")

    assert failed["page", "failed"] == "503 Service Unavailable"
    assert ("page", "again at the next visit") in failed
    assert ("page", "again at the next visit") in pending[0]
    why = await world.why()
    assert why["page", "again"] == f"the page came: {ONE}"
    assert why["revision", "2"].startswith("by us, from the page; full, ")
    [again] = [fact for (step, rule), fact in why.items() if step == "check" and rule.startswith("again at ")]
    assert again.endswith("0 edits found so")


async def test_records_of_one_story_name_each_other(world):
    await world.visit(rss(item(guid="1")))
    await world.visit(rss(item(guid="2")), name="weekly")

    newer, older = await world.why(0), await world.why(1)

    joined = newer if ("story", "same address") in newer else older
    assert [fact for (step, _), fact in joined.items() if step == "story"]
    assert ("story", "same address") in newer
    assert ("story", "same address") in older


async def test_records_that_tell_near_the_same_name_each_other(world):
    copy = replace(COPY, story=ORIGINAL.id)
    for one in (ORIGINAL, copy):
        await world.archive.commit(visit(one, sketches=((one.id, sketch(one.text)),)))

    answers = [told(await world.asked.of_record(one)) for one in (copy, ORIGINAL)]

    for other, why in zip((ORIGINAL, copy), answers, strict=True):
        assert why["story", "same text"].startswith(f"{other.id} tells it too")


async def test_a_double_in_one_document_is_told(world):
    await world.visit(rss(item(guid="1"), item(guid="1")))

    answers = await world.why_url(ONE)

    assert any(("identity", "twice in one document") in answer for answer in answers)


async def test_a_page_that_was_refused_can_be_asked_for(world):
    world.fetcher.script[ONE] = [Failed(reason="the robots.txt of daily.example forbids /1", at=NOW, connected=False)]

    await world.archiver.archive(ONE)
    await world.archiver.archive(ONE)

    [why] = await world.asked.of_url(f"{ONE}#top")
    kept = [step for step in why.steps if step.at is not None]
    assert [(step.step, step.rule, step.fact) for step in kept] == [
        ("fetch", "no answer", "the robots.txt of daily.example forbids /1")
    ]


async def test_what_cannot_be_read_can_be_asked_for_and_is_told_once(world):
    world.fetcher.script[ONE] = [b"\x00\x01\x02 no article"]

    await world.archiver.archive(ONE)
    await world.archiver.archive(ONE)

    kept = [reason for _, reason in await world.archive.reasons(ONE)]
    assert [(reason.step, reason.rule) for reason in kept] == [("parse", "unreadable")]


async def test_a_source_that_fails_tells_when_it_began_and_how_it_stands(world):
    world.fetcher.script[URL] = [Failed(reason="503 Service Unavailable", at=NOW, status=503, wish=Wish())]

    await world.visit()
    await world.visit()

    [why] = await world.why_url(URL)
    assert why["fetch", "503"] == "503 Service Unavailable"
    assert why["visit", "last"] == "failed: 503 Service Unavailable"
    assert len(await world.archive.reasons(URL)) == 1


async def test_entries_over_the_limit_are_told_of_their_document(world, monkeypatch):
    monkeypatch.setattr("cuttings.parse.syndication.MOST_ENTRIES", 2)
    monkeypatch.setattr("cuttings.parse.unseen.MOST_ENTRIES", 2, raising=False)

    await world.visit(rss(*[item(f"{ONE}{n}", title=f"Tide {n}") for n in range(4)]))

    [why] = await world.why_url(URL)
    assert "2 entries" in why["parse", "noted"]


async def test_what_robots_txt_forbids_and_who_asked_for_peace_is_told_of_any_url_there(world):
    await world.archive.keep_robots("https://daily.example:443", NOW, b"User-agent: *\nDisallow: /private\n")
    await world.archive.keep_origin_wait("https://daily.example:443", NOW + timedelta(hours=1))

    [why] = await world.why_url("https://daily.example/private/1")

    assert why["fetch", "robots.txt"] == "that of daily.example forbids /private/1"
    assert "2026-11-24T13:00:00Z" in why["fetch", "waiting"]


async def test_a_source_does_not_decide_how_long_a_reason_is(world):
    await world.visit(rss(item(guid="g" * 9000), item(f"{ONE}0", guid="g" * 9000, title="Ebb")))

    assert len((await world.why())["identity", "link"]) <= 2100


async def test_what_was_never_met_has_no_answer(world):
    assert await world.why_url("https://nobody.example/") == []


async def test_no_credentials_are_told(world):
    declared = "https://me:secret@daily.example/feed.xml"
    world.fetcher.script[declared] = [Failed(reason="401 Unauthorized", at=NOW, status=401)]

    await world.visit(url=declared)

    answers = await world.asked.of_url(declared)
    assert answers
    assert "secret" not in repr(answers)


async def test_a_capture_that_is_gone_is_said_to_be(world):
    await world.visit(rss(item()))
    world.asked.captures.exchanges[0] = None

    assert "cannot be read" in (await world.why())["fetch", "capture"]


def test_hops_are_none_where_there_was_no_redirect():
    assert fetched(URL, b"<rss/>").hops is None
