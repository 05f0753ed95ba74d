"""The archive is read again from its captures: what today's reader makes of it becomes a revision of ours, once."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.errors import ArchiveError
from cuttings.fetch import replay
from cuttings.flow.intake import FEEDS, Intake
from cuttings.flow.reread import Reread, Rereader
from cuttings.flow.settling import Origin
from cuttings.model.article import Record, SourceKey
from cuttings.model.capture import Exchange
from cuttings.model.source import Visit
from cuttings.ports import Query
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, Scripted, Ticking, fetched

KEY = SourceKey("https://daily.example/feed.xml")
APPEAL = "Dear reader, this paper lives on what you give. Become a member today and keep it free for everyone."
WORDS = "river stone bridge mayor barge pier council vote night crane steel toll".split()  # noqa: SIM905


def item(number: int) -> str:
    own = "".join(f"<p>Paragraph {'x' * number} tells of the {word} at some length, as ever.</p>" for word in WORDS)
    link = f"https://daily.example/{number}"
    return (
        f"<item><title>Tide {number}</title><link>{link}</link><guid>{link}</guid>"
        f"<content:encoded><![CDATA[{own}<p>{APPEAL}</p>]]></content:encoded></item>"
    )


def rss(numbers: Sequence[int]) -> bytes:
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Daily</title>'
    return (head + "".join(map(item, numbers)) + "</channel></rss>").encode()


class World:
    """An archive with a source's eight articles, and who reads it again."""

    def __init__(self) -> None:
        self.clock = Ticking(NOW)
        self.archive, self.captures = MemoryArchive(self.clock), MemoryCaptures()
        self.intake = Intake(
            archive=self.archive,
            captures=self.captures,
            sandbox=InlineSandbox(),
            fetcher=Scripted(self.clock, {}),
            clock=self.clock,
        )

    async def filled(self) -> "World":
        await self.archive.follow([source(url=str(KEY))], NOW)
        for numbers in ([1, 2], [3, 4, 5, 6, 7, 8]):
            taken = await self.intake.take_in(fetched(str(KEY), rss(numbers)), Origin(key=KEY), expected=FEEDS)
            async for visit in self.intake.portions(taken, Origin(key=KEY)):
                await self.archive.commit(visit)
        return self

    async def records(self) -> dict[str, Record]:
        return {one.title: one async for one in self.archive.newest(Query())}

    async def reread(self, reader: str = "today's", *, dry_run: bool = False) -> dict[str, Reread]:
        by = Rereader(
            archive=self.archive,
            sources=self.archive,
            captures=self.captures,
            sandbox=InlineSandbox(),
            clock=self.clock,
            reader=reader,
        )
        return {one.record.title: one async for one in by.reread(KEY, dry_run=dry_run)}

    async def as_read_by_an_older_reader(self, title: str) -> None:
        record = (await self.records())[title]
        older = replace(record, revision=record.revision + 1, cause="ours", content="<p>Cut.</p>", text="Cut.")
        await self.archive.commit(Visit(source=KEY, records=(older,)))


@pytest.fixture
async def world() -> World:
    return await World().filled()


async def test_what_recurs_is_counted_over_all_articles_and_taken_out_of_the_first_ones_too(world):
    assert APPEAL in (await world.records())["Tide 1"].text

    await world.reread()

    records = await world.records()
    assert not any(APPEAL in record.text for record in records.values())
    first = records["Tide 1"]
    assert (first.cause, first.arrival, first.revision) == ("ours", "quiet", 2)
    told = [reason for _, reason in await world.archive.reasons(first.id) if reason.step == "boilerplate"]
    assert [(reason.rule, reason.fact) for reason in told] == [("taken out: in 8 of 8 articles on end", APPEAL)]


async def test_what_an_older_reader_lost_comes_back(world):
    await world.reread()
    whole = (await world.records())["Tide 2"].text
    await world.as_read_by_an_older_reader("Tide 2")

    found = await world.reread("a newer one")

    assert {title for title, one in found.items() if one.result == "changed"} == {"Tide 2"}
    assert found["Tide 2"].fields == ("content", "text")
    assert (await world.records())["Tide 2"].text == whole


async def test_a_second_reading_by_the_same_reader_changes_nothing_and_is_not_even_begun(world):
    await world.reread()

    assert await world.reread() == {}
    assert all(one.result == "same" for one in (await world.reread("a newer one that reads alike")).values())


async def test_a_dry_run_tells_exactly_what_would_change_and_changes_nothing(world):
    await world.as_read_by_an_older_reader("Tide 3")
    before = await world.records()

    told = await world.reread(dry_run=True)
    after = await world.records()
    done = await world.reread()

    assert before == after
    assert [(t, one.result, one.fields) for t, one in told.items()] == [
        (t, one.result, one.fields) for t, one in done.items()
    ]


async def test_a_reading_that_was_cut_short_ends_as_one_that_was_not(world):
    whole = await World().filled()
    await whole.reread()
    reading = Rereader(
        archive=world.archive,
        sources=world.archive,
        captures=world.captures,
        sandbox=InlineSandbox(),
        clock=world.clock,
        reader="today's",
    ).reread(KEY)
    async for _ in reading:
        break
    await world.archive.release([KEY])

    await world.reread()

    assert {t: one.text for t, one in (await world.records()).items()} == {
        t: one.text for t, one in (await whole.records()).items()
    }


async def test_a_record_whose_capture_is_lost_stays_as_it_is_and_is_named(world):
    record = (await world.records())["Tide 4"]
    await world.archive.commit(Visit(source=KEY, records=(replace(record, revision=2, captures=()),)))

    found = await world.reread()

    assert (found["Tide 4"].result, found["Tide 4"].problem) == ("unreadable", "it has no captures")
    assert (await world.records())["Tide 4"].revision == 2


async def test_a_source_that_is_being_visited_is_left_alone(world):
    await world.archive.lease(NOW, 1, [KEY])

    with pytest.raises(ArchiveError, match="visited just now"):
        await world.reread()


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Type: text/xml\r\nContent-Length: 2", b"hi"),
        (b"Content-Type: text/xml\r\nTransfer-Encoding: chunked", b"1\r\nh\r\n1\r\ni\r\n0\r\n\r\n"),
        (b"Content-Type: text/xml", b"hi"),
        (b"Content-Type: text/xml\r\nX-Title: Caf\xc3\xa9", b"hi"),
    ],
)
def test_an_answer_is_read_again_as_it_came(head: bytes, body: bytes):
    answer = b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body
    exchange = Exchange(
        url="http://a.example/", at=NOW, request=b"GET", answer=answer, payload_sha256=b"", address=None
    )

    document = replay.document(exchange)

    assert (document.body, document.media_type, document.url) == (b"hi", "text/xml", "http://a.example/")
    assert document.headers.get("x-title", "Café") == "Café"
