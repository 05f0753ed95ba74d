"""A visit to a source, from the lease to the receipt."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.folder import LocalFolders
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.model.capture import Failed, Validators, Wish
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.ports import Query
from cuttings.schedule import Plan
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking, fetched

URL = "https://daily.example/feed.xml"
TEXT = "The tide came in twice today, as it does, and nobody was surprised by it. " * 5


def item(number: int, text: str = TEXT, **changes: str) -> str:
    link = changes.get("link", f"https://daily.example/{number}")
    guid = changes.get("guid", link)
    title = changes.get("title", f"Tide {number}")
    date = changes.get("date", "Tue, 24 Nov 2026 08:00:00 GMT")
    return (
        f"<item><title>{title}</title><link>{link}</link><guid>{guid}</guid><pubDate>{date}</pubDate>"
        f"<description>Short.</description><content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    )


def summary_item(number: int) -> str:
    link = f"https://daily.example/{number}"
    known = f"<title>Tide {number}</title><link>{link}</link><guid>{link}</guid>"
    return f"<item>{known}<description>Only…</description></item>"


def rss(*items: str) -> bytes:
    head = (
        '<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        "<channel><title>Daily</title><link>https://daily.example/</link><description>Tides</description>"
    )
    return (head + "".join(items) + "</channel></rss>").encode()


def page(text: str = TEXT) -> bytes:
    words = "".join(f"<p>{text} Paragraph {n}.</p>" for n in range(6))
    return f"<html><head><title>Tide</title></head><body><article><h1>Tide</h1>{words}</article></body></html>".encode()


@dataclass
class World:
    """Everything around a collector, on a clock that is set by hand."""

    clock: Ticking
    fetcher: Scripted
    archive: MemoryArchive
    captures: MemoryCaptures
    folders: MemoryFolders
    collector: Collector

    async def visit(self, declared: Source, later: timedelta = timedelta(hours=3)) -> Receipt:
        state = await self.state(declared)
        receipt = await self.collector.collect(declared, state, Plan())
        self.clock.pass_by(later)
        return receipt

    async def state(self, declared: Source) -> SourceState:
        key = (await self.archive.follow([declared], self.clock()))[declared.name].key
        known = await self.archive.state(key)
        assert known is not None
        return known

    async def records(self):
        return [record async for record in self.archive.newest(Query())]


@pytest.fixture
def world() -> World:
    clock = Ticking(NOW)
    archive, captures, fetcher, folders = MemoryArchive(clock), MemoryCaptures(), Scripted(clock, {}), MemoryFolders({})
    intake = Intake(archive=archive, captures=captures, sandbox=InlineSandbox(), fetcher=fetcher, clock=clock)
    collector = Collector(
        archive=archive, fetcher=fetcher, folders=folders, intake=intake, clock=clock, chance=lambda: 0.0
    )
    return World(clock, fetcher, archive, captures, folders, collector)


async def test_a_first_visit_keeps_every_entry_and_its_document(world):
    world.fetcher.script[URL] = [rss(item(1), item(2))]

    receipt = await world.visit(source(full_text="feed"))

    records = await world.records()
    assert (receipt.outcome, receipt.new, receipt.changed) == ("new", 2, 0)
    assert {record.title for record in records} == {"Tide 1", "Tide 2"}
    assert all(record.captures == (world.captures.kept[0].ref,) for record in records)


async def test_the_next_request_is_conditional_and_a_304_costs_nothing(world):
    world.fetcher.script[URL] = [rss(item(1))]
    await world.visit(source(full_text="feed"))

    receipt = await world.visit(source(full_text="feed"))

    assert (receipt.outcome, len(world.captures.kept)) == ("unchanged", 1)
    assert world.fetcher.asked[1].validators.etag is not None


async def test_a_body_that_only_rearranges_what_we_know_is_not_captured_again(world):
    world.fetcher.script[URL] = [rss(item(1), item(2)), rss(item(2), item(1))]
    await world.visit(source(full_text="feed"))

    receipt = await world.visit(source(full_text="feed"))

    assert (receipt.outcome, len(world.captures.kept)) == ("unchanged", 1)


async def test_an_edit_is_a_revision_and_no_second_record(world):
    world.fetcher.script[URL] = [rss(item(1)), rss(item(1, TEXT + "Now it ebbs."), item(2))]
    await world.visit(source(full_text="feed"))

    receipt = await world.visit(source(full_text="feed"))

    assert (receipt.new, receipt.changed) == (1, 1)
    [edited] = [record for record in await world.records() if record.title == "Tide 1"]
    assert (edited.revision, edited.cause, edited.text.endswith("Now it ebbs.")) == (2, "author", True)
    assert [kept.revision for kept in await world.archive.history(edited.id)] == [1, 2]


async def test_a_first_visit_is_quiet_but_for_the_news_of_the_day(world):
    old = item(2, date="Mon, 02 Nov 2026 08:00:00 GMT")
    world.fetcher.script[URL] = [rss(item(1), old, item(3, date=""))]

    await world.visit(source(full_text="feed"))

    arrivals = {record.title: record.arrival for record in await world.records()}
    assert arrivals == {"Tide 1": "ordinary", "Tide 2": "quiet", "Tide 3": "quiet"}


async def test_more_than_two_hundred_new_entries_at_once_are_quiet(world):
    world.fetcher.script[URL] = [rss(item(0)), rss(*(item(n) for n in range(202)))]
    await world.visit(source(full_text="feed"))

    await world.visit(source(full_text="feed"))

    late = [record for record in await world.records() if record.title != "Tide 0"]
    assert (len(late), {record.arrival for record in late}) == (201, {"quiet"})


async def test_where_the_feed_is_not_whole_the_page_is_read(world):
    world.fetcher.script |= {URL: [rss(summary_item(1))], "https://daily.example/1": [page()]}

    await world.visit(source())

    [record] = await world.records()
    assert (record.status, record.provenance) == ("full", "page")
    assert "Paragraph 5" in record.text
    assert len(record.captures) == 2
    assert world.fetcher.asked[1].robots


async def test_a_page_that_does_not_come_is_tried_twice_more_and_then_let_be(world):
    world.fetcher.script |= {URL: [rss(summary_item(1))], "https://daily.example/1": [Failed(reason="503", at=NOW)]}

    for _ in range(5):
        await world.visit(source())

    [record] = await world.records()
    asked = [request.url for request in world.fetcher.asked].count("https://daily.example/1")
    assert (record.status, record.revision, asked) == ("feed", 1, 3)


async def test_a_page_that_comes_later_is_a_revision_of_our_making(world):
    down = Failed(reason="503", at=NOW)
    world.fetcher.script |= {URL: [rss(summary_item(1))], "https://daily.example/1": [down, page()]}
    await world.visit(source())

    await world.visit(source())

    [record] = await world.records()
    assert (record.revision, record.cause, record.status, record.arrival) == (2, "ours", "full", "quiet")


async def test_a_failing_page_never_replaces_a_text_that_we_have(world):
    edited = summary_item(1).replace("Only…", "Edited…")
    down = Failed(reason="503", at=NOW)
    world.fetcher.script |= {
        URL: [rss(summary_item(1)), rss(edited)],
        "https://daily.example/1": [page(), down],
    }
    await world.visit(source())

    await world.visit(source())

    [record] = await world.records()
    assert (record.revision, record.status) == (1, "full")


@pytest.mark.parametrize("body", [b"", b"<html><body>Please log in</body></html>", b"%PDF-1.4"])
async def test_what_is_no_feed_is_a_failed_visit_and_everything_known_stays(world, body):
    world.fetcher.script[URL] = [rss(item(1)), body]
    await world.visit(source(full_text="feed"))
    before = await world.state(source())

    receipt = await world.visit(source(full_text="feed"))

    after = await world.state(source())
    assert (receipt.outcome, len(await world.records())) == ("failed", 1)
    assert (after.validators, after.fingerprint, after.failures) == (before.validators, before.fingerprint, 1)
    assert receipt.error


async def test_a_feed_that_breaks_off_gives_what_can_be_read(world):
    whole = rss(item(1), item(2))
    world.fetcher.script[URL] = [whole[: whole.index(b"</item><item>") + 20]]

    receipt = await world.visit(source(full_text="feed"))

    assert receipt.new >= 1
    assert "Tide 1" in {record.title for record in await world.records()}


async def test_an_unreachable_source_is_a_failed_visit_with_its_reason_and_its_next_try(world):
    world.fetcher.script[URL] = [Failed(reason="no such host", at=NOW, connected=False)]

    receipt = await world.visit(source())

    assert (receipt.outcome, receipt.error, receipt.reached) == ("failed", "no such host", False)
    assert receipt.next == NOW + timedelta(minutes=1)


async def test_nothing_is_sent_before_the_server_wants_us_back(world):
    order = Wish(retry_after=timedelta(hours=5))
    world.fetcher.script[URL] = [Failed(reason="503", at=NOW, status=503, wish=order)]
    await world.visit(source())

    receipt = await world.visit(source())

    assert (receipt.outcome, receipt.next, len(world.fetcher.asked)) == ("waiting", NOW + timedelta(hours=5), 1)


async def test_who_waits_for_an_origins_peace_is_spread_behind_it(world):
    told = Failed(reason="asked to be left alone", at=NOW, waiting=True, wish=Wish(retry_after=timedelta(hours=2)))
    world.fetcher.script[URL] = [told]
    world.collector = replace(world.collector, chance=lambda: 0.5)

    receipt = await world.visit(source())

    assert (receipt.outcome, receipt.next) == ("waiting", NOW + timedelta(hours=2))
    assert (await world.state(source())).next_visit == NOW + timedelta(hours=2, minutes=6)


async def test_while_the_channel_sleeps_nobody_is_asked_whether_due_or_by_hand(world):  # NB-3, NB-5
    sleeping = b"<skipHours>" + b"".join(b"<hour>%d</hour>" % hour for hour in range(13, 20)) + b"</skipHours><item>"
    world.fetcher.script[URL] = [rss(item(1)).replace(b"<item>", sleeping, 1)]
    await world.visit(source(full_text="feed"), later=timedelta(hours=3))

    receipt = await world.visit(source(full_text="feed"))

    wakes = NOW.replace(hour=20)
    assert (receipt.outcome, receipt.next, len(world.fetcher.asked)) == ("waiting", wakes, 1)
    assert (await world.state(source())).next_visit > wakes


LOGIN = b"<html><head><title>Log in</title></head><body><form><input type=password></form></body></html>"
SOLD = b"<html><head><title>daily.example</title></head><body>This domain is for sale.</body></html>"


@pytest.mark.parametrize(
    ("body", "trouble", "told"),
    [
        (LOGIN, "login", "a page to log in at, not a feed"),
        (SOLD, "parked", "a page that offers the site's name for sale, not a feed"),
        (page(), "page", "a web page, not a feed"),
        (b"", "unreadable", "an empty body"),
    ],
)
async def test_what_came_instead_of_a_feed_is_told_and_believed_to_be_no_move(world, body, trouble, told):  # H-12
    elsewhere = "https://portal.example/auth"
    instead = fetched(elsewhere, body, moved_to=elsewhere)
    world.fetcher.script[URL] = [rss(item(1)), instead]
    await world.visit(source(full_text="feed"))

    for _ in range(4):
        receipt = await world.visit(source(full_text="feed"), later=timedelta(days=1))

    after = await world.state(source())
    assert (after.trouble, after.address, after.move) == (trouble, URL, None)
    assert (receipt.error or "").startswith(told)
    assert (elsewhere in (receipt.error or "")) is (trouble != "unreadable")


@pytest.mark.parametrize(
    ("there", "address"),
    [
        (rss(item(1), item(2)), "https://new.example/feed"),
        (rss(item(1, link="https://new.example/1", title="Anew")), "https://new.example/feed"),
        (rss(item(7, link="https://other.example/7")), URL),
    ],
)
async def test_a_move_is_believed_where_something_known_came_along(world, there, address):  # HR-2
    moved = fetched("https://new.example/feed", there, moved_to="https://new.example/feed")
    world.fetcher.script[URL] = [rss(item(1)), moved]
    await world.visit(source(full_text="feed"))

    for _ in range(5):
        await world.visit(source(full_text="feed"), later=timedelta(days=1))

    after = await world.state(source())
    assert after.address == address
    assert [step.old for step in after.moved] == ([URL] if address != URL else [])
    assert after.move is None or not after.move.familiar


async def test_each_200_replaces_both_validators_though_the_body_is_the_same(world):  # HC-4
    body = rss(item(1))
    said = [Validators(etag=b'"1"', modified=b"then", url=URL), Validators(etag=b'"2"', url=URL), Validators()]
    world.fetcher.script[URL] = [fetched(URL, body, validators=given) for given in said]

    kept = []
    for _ in said:
        await world.visit(source(full_text="feed"))
        kept.append((await world.state(source())).validators)

    assert kept == said
    assert len(world.captures.kept) == 1


async def test_a_304_that_nobody_asked_for_teaches_nothing(world):  # HC-6
    world.fetcher.script[URL] = [
        rss(item(1)),
        Failed(reason="304, though …", at=NOW, status=304),
        rss(item(1), item(2)),
    ]

    receipts = [await world.visit(source(full_text="feed"), later=timedelta(days=1)) for _ in range(3)]

    assert [receipt.outcome for receipt in receipts] == ["new", "failed", "new"]


async def test_what_a_page_reserves_is_kept_with_its_record_and_told_in_why(world):  # RB-8
    reserving = page().replace(b"<head>", b'<head><meta name="robots" content="noarchive">')
    world.fetcher.script |= {URL: [rss(summary_item(1))], "https://daily.example/1": [reserving]}

    await world.visit(source())

    [record] = await world.records()
    told = [reason.fact for _, reason in await world.archive.reasons(record.id) if reason.step == "republish"]
    assert (record.reserved, record.status) == (("noarchive",), "full")
    assert told == ["its publisher says noarchive: kept, and not given on in full"]


async def test_a_folder_gives_its_pages_texts_and_feeds_and_an_edited_file_is_a_revision(world):
    inbox = Source(name="inbox", folder="/inbox", written="inbox/")
    text = b"Skip to content\n\nTides\n\nOn the sea.\n\n" + b"\n\n".join([TEXT.encode()] * 3)
    world.folders.files = {"a.txt": text, "b.html": page(), "c.xml": rss(item(1))}
    await world.visit(inbox)

    world.folders.files = {**world.folders.files, "a.txt": text + b"\n\nIt ebbs at last, slowly, over the mud flats."}
    receipt = await world.visit(inbox)

    records = await world.records()
    assert (len(records), receipt.new, receipt.changed) == (3, 0, 1)
    assert {record.guid for record in records} == {"a.txt", "b.html", "https://daily.example/1"}
    assert {record.provenance for record in records} == {"file"}


async def test_a_file_that_cannot_be_read_costs_only_itself(world):
    inbox = Source(name="inbox", folder="/inbox", written="inbox/")
    world.folders.files = {"a.html": b"%PDF-1.4", "b.html": page()}

    receipt = await world.visit(inbox)

    assert (receipt.new, len(await world.records())) == (1, 1)
    assert "a.html" in (receipt.error or "")


async def test_a_file_that_cannot_be_read_is_not_tried_again_before_it_changes(world):
    inbox = Source(name="inbox", folder="/inbox", written="inbox/")
    world.folders.files = {"a.html": b"%PDF-1.4"}
    first, second = await world.visit(inbox), await world.visit(inbox)

    world.folders.files = {"a.html": page()}
    third = await world.visit(inbox)

    assert [receipt.outcome for receipt in (first, second, third)] == ["failed", "unchanged", "new"]


async def test_a_folder_that_is_not_there_is_a_failed_visit_and_looked_for_again(world):
    world.collector = replace(world.collector, folders=LocalFolders(world.clock))

    receipt = await world.visit(Source(name="inbox", folder="/nowhere/at/all", written="inbox/"))

    assert (receipt.outcome, receipt.error) == ("failed", "/nowhere/at/all: No such file or directory")
    assert receipt.next == NOW + timedelta(minutes=1)


async def test_pages_that_are_given_up_are_counted_until_one_comes(world):
    down = Failed(reason="503", at=NOW)
    feeds = [rss(summary_item(1)), rss(summary_item(1)), rss(summary_item(1)), rss(summary_item(2))]
    world.fetcher.script |= {URL: feeds, "https://daily.example/1": [down], "https://daily.example/2": [page()]}
    counts = []

    for _ in range(4):
        await world.visit(source())
        counts.append((await world.state(source())).pageless)

    assert counts == [0, 0, 1, 0]


async def test_a_record_waits_for_its_page_once_however_often_its_entry_is_edited(world):
    down = Failed(reason="503", at=NOW)
    edits = [rss(summary_item(1).replace("Only", words)) for words in ("Only", "Even", "Ever")]
    world.fetcher.script |= {URL: edits, "https://daily.example/1": [down]}

    for _ in edits:
        await world.visit(source())

    assert len((await world.state(source())).pending) == 1
