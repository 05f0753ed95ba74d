"""A page that lists articles is followed: each becomes a record by its own page."""

from datetime import UTC, datetime

from cuttings.model.source import Source
from tests.unit.test_flow_collect import World, world

__all__ = ["world"]

LIST = "https://daily.example/news/"
TEXT = "The tide came in twice today, as it does, and nobody was surprised by it. " * 5
LISTED = Source(name="daily", url=LIST, kind="page")


def listing(*numbers: int) -> bytes:
    cards = "".join(
        f'<li><h2><a href="/2026/11/tide-{n}">Late tide of day {n} …</a></h2><time>{n} November 2026</time></li>'
        for n in numbers
    )
    return f"<html><title>Daily</title><ul>{cards}</ul></html>".encode()


def article(number: int, date: str = "") -> bytes:
    words = "".join(f"<p>{TEXT} Paragraph {n} of {number}.</p>" for n in range(6))
    head = f'<title>The tide of day {number} came late</title><meta property="article:published_time" content="{date}">'
    heading = f"<h1>The tide of day {number} came late</h1>"
    return f"<html><head>{head}</head><body><article>{heading}{words}</article></body></html>".encode()


def serve(world: World, *numbers: int) -> None:
    for n in numbers:
        world.fetcher.script[f"https://daily.example/2026/11/tide-{n}"] = [article(n, f"2026-11-{n:02}T08:00:00Z")]


async def test_what_is_listed_comes_with_its_pages_title_date_and_text(world):
    world.fetcher.script[LIST] = [listing(2, 1)]
    serve(world, 1, 2)

    receipt = await world.visit(LISTED)

    records = {record.url: record for record in await world.records()}
    record = records["https://daily.example/2026/11/tide-2"]
    assert (receipt.new, len(records)) == (2, 2)
    assert (record.title, record.status, record.provenance) == ("The tide of day 2 came late", "full", "page")
    assert record.published == datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert list(record.captures) != [world.captures.kept[0].ref]
    assert len(record.captures) == 1


async def test_a_later_visit_asks_for_what_is_new_alone(world):
    world.fetcher.script[LIST] = [listing(2, 1), listing(3, 2, 1).replace(b" \xe2\x80\xa6<", b", edited<")]
    serve(world, 1, 2, 3)
    await world.visit(LISTED)
    world.fetcher.asked.clear()

    receipt = await world.visit(LISTED)

    assert (receipt.new, receipt.changed) == (1, 0)
    assert [one.url for one in world.fetcher.asked] == [LIST, "https://daily.example/2026/11/tide-3"]


async def test_what_is_listed_and_is_no_article_becomes_no_record(world):
    world.fetcher.script[LIST] = [listing(2, 1)]
    serve(world, 1)
    world.fetcher.script["https://daily.example/2026/11/tide-2"] = [
        b"<html><title>Tides</title><div id=app></div></html>"
    ]

    receipt = await world.visit(LISTED)

    assert (receipt.outcome, receipt.new) == ("new", 1)


async def test_an_article_whose_page_does_not_come_is_kept_as_it_is_listed_and_tried_again(world):
    world.fetcher.script[LIST] = [listing(2)]
    await world.visit(LISTED)
    [listed] = await world.records()
    serve(world, 2)

    await world.visit(LISTED)

    [record] = await world.records()
    assert (listed.title, listed.status, listed.captures) == ("Late tide of day 2 …", "feed", ())
    assert listed.published == datetime(2026, 11, 2, tzinfo=UTC)
    assert (record.title, record.status, record.revision) == ("The tide of day 2 came late", "full", 2)


async def test_a_list_that_is_gone_from_its_page_is_trouble_and_nothing_is_lost(world):
    world.fetcher.script[LIST] = [listing(1), b"<html><title>Daily</title><p>We are moving.</p></html>"]
    serve(world, 1)
    await world.visit(LISTED)

    receipt = await world.visit(LISTED)

    assert receipt.outcome == "failed"
    assert "selector" in (receipt.error or "")
    assert len(await world.records()) == 1
