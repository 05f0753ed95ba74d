"""A source's past is walked through once, from wherever a walk was cut short, whatever its archives are like."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.errors import GaveUp
from cuttings.flow import backfill, intake, walks
from cuttings.flow.backfill import Backfiller, Limits, Walked
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.model.article import Record
from cuttings.model.capture import Exchange, Failed, Fetched, Outcome, Request, Wish
from cuttings.model.source import Past, Source, Step
from cuttings.ports import Query
from cuttings.schedule import Plan
from tests.builders import NOW, source, visit
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking, fetched

SITE = "https://daily.example/"
TEXT = "<p>" + "The tide came in twice today, as it does, and nobody was surprised by it. " * 12 + "</p>"


def atom(*names: str, updated: str = "2020-01-01T00:00:00Z", text: str = TEXT, head: str = "", **links: str) -> bytes:
    """Return an Atom document of entries with these names; `links` by their rel, `_` for `-`."""
    told = "".join(f'<link rel="{rel.replace("_", "-")}" href="{url}"/>' for rel, url in links.items())
    entries = "".join(
        f'<entry><id>tag:daily.example:{name}</id><title>{name}</title><link href="{SITE}{name}"/>'
        f'<updated>{updated}</updated><published>{updated}</published><content type="html"><![CDATA[{text}]]></content>'
        "</entry>"
        for name in names
    )
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title>{head}{told}{entries}</feed>'.encode()


class Killed(BaseException):
    """The process ends here."""


@dataclass
class World:
    clock: Ticking
    fetcher: Scripted
    archive: MemoryArchive
    captures: MemoryCaptures
    declared: Source
    slept: list[float] = field(default_factory=list)

    def serve(self, path: str, *answers: bytes | Failed | Fetched) -> None:
        self.fetcher.script[SITE + path] = list(answers)

    def intake(self) -> Intake:
        return Intake(
            archive=self.archive,
            captures=self.captures,
            sandbox=InlineSandbox(),
            fetcher=self.fetcher,
            clock=self.clock,
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.pass_by(timedelta(seconds=seconds))

    async def visit(self) -> None:
        collector = Collector(
            archive=self.archive,
            fetcher=self.fetcher,
            folders=MemoryFolders({}),
            intake=self.intake(),
            clock=self.clock,
            chance=lambda: 0.0,
        )
        state = (await self.archive.follow([self.declared], self.clock()))[self.declared.name]
        known = await self.archive.state(state.key)
        assert known is not None
        await collector.collect(self.declared, known, Plan())
        self.clock.pass_by(timedelta(days=1))
        self.fetcher.asked.clear()

    async def walk(self, limits: Limits | None = None) -> Walked:
        """Walk, as a process of its own would; return what it came to."""
        key = (await self.archive.follow([self.declared], self.clock()))[self.declared.name].key
        backfiller = Backfiller(
            archive=self.archive,
            sources=self.archive,
            captures=self.captures,
            fetcher=self.fetcher,
            intake=self.intake(),
            clock=self.clock,
            sleep=self.sleep,
        )
        told = [walked async for walked in backfiller.backfill(self.declared, key, limits or Limits())]
        return told[-1]

    async def past(self) -> Past:
        [state] = await self.archive.states()
        assert state.past is not None
        return state.past

    async def records(self) -> dict[str, Record]:
        return {record.title: record async for record in self.archive.newest(Query())}

    async def titles(self) -> Sequence[str]:
        return sorted(await self.records())

    @property
    def asked(self) -> list[str]:
        return [request.url.removeprefix(SITE) for request in self.fetcher.asked]


@pytest.fixture
def world() -> World:
    clock = Ticking(NOW)
    return World(clock, Scripted(clock, {}), MemoryArchive(clock), MemoryCaptures(), source(full_text="feed"))


def archived(world: World, pages: int = 3) -> None:
    """An archive as RFC 5005 has it: the subscription document holds e, page N holds pN."""
    world.serve("feed.xml", atom("e", prev_archive=f"archive/{pages}"))
    for number in range(1, pages + 1):
        links = {"current": SITE + "feed.xml"} | ({"prev_archive": f"{number - 1}"} if number > 1 else {})
        world.serve(f"archive/{number}", atom(f"p{number}", **links))


async def test_an_archive_is_walked_to_its_beginning_and_says_that_it_is_complete(world):
    archived(world)
    await world.visit()

    done = await world.walk()

    assert (done.result, done.complete, done.new, done.documents) == ("done", True, 3, 3)
    assert await world.titles() == ["e", "p1", "p2", "p3"]


async def test_what_is_found_says_so_and_arrives_quietly(world):
    archived(world)
    await world.visit()

    await world.walk()

    found = (await world.records())["p2"]
    assert (found.provenance, found.arrival, found.captures != ()) == ("backfill", "quiet", True)


async def test_a_second_walk_asks_for_new_archives_alone(world):
    archived(world)
    await world.visit()
    await world.walk()
    archived(world, pages=4)
    world.serve("feed.xml", atom("f", prev_archive="archive/4"))
    await world.visit()

    done = await world.walk()

    assert (world.asked, done.new, done.complete) == (["archive/4"], 1, True)


async def killed_at(world: World, moment: int) -> None:
    """Walk, and end at this commit; then the next process learns what was captured and brought by no visit."""
    commits, commit = 0, world.archive.commit

    class Dying(MemoryArchive):
        async def commit(self, visit):
            nonlocal commits
            commits += 1
            if commits == moment:
                raise Killed
            return await commit(visit)

    survivor, dying = world.archive, Dying(world.clock)
    dying.__dict__ = survivor.__dict__
    world.archive = dying
    with suppress(Killed):
        await world.walk()
    world.archive = survivor
    await survivor.strand(world.captures.kept)


@pytest.mark.parametrize("moment", range(1, 12))
async def test_a_walk_cut_short_anywhere_goes_on_there_and_asks_for_nothing_twice(world, moment):
    archived(world)
    await world.visit()
    await killed_at(world, moment)

    done = await world.walk()

    assert sorted(world.asked) == ["archive/1", "archive/2", "archive/3"]
    assert (done.complete, await world.titles()) == (True, ["e", "p1", "p2", "p3"])


def paged_articles(world: World) -> None:
    """An archive of one document, whose three articles are whole on their pages alone."""
    world.declared = source(full_text="page")
    world.serve("feed.xml", atom(prev_archive="archive/1"))
    world.serve("archive/1", atom("a", "b", "c", text="<p>Read on.</p>"))
    for name in "abc":
        page = f"<html><head><title>{name}</title></head><body><article><h1>{name}</h1>{TEXT}</article></body></html>"
        world.serve(name, page.encode())


@pytest.mark.parametrize("moment", range(1, 8))
async def test_articles_pages_that_came_before_the_end_are_not_asked_for_again(world, moment):
    paged_articles(world)
    await world.visit()
    await killed_at(world, moment)

    done = await world.walk()

    assert sorted(world.asked) == ["a", "archive/1", "b", "c"]
    found = await world.records()
    assert (done.complete, {name: record.status for name, record in found.items()}) == (
        True,
        dict.fromkeys("abc", "full"),
    )
    assert all(len(record.captures) == 2 for record in found.values())  # the archive's, and the page's


async def test_a_document_that_came_by_a_redirect_is_not_asked_for_again(world):
    archived(world, pages=1)
    moved = b"HTTP/1.1 301 Moved\r\nLocation: /old/1\r\nContent-Length: 0\r\n\r\n"
    hop = Exchange(url=SITE + "archive/1", at=NOW, request=b"GET", answer=moved, payload_sha256=b"0" * 32, address=None)
    body = atom("p1", current=SITE + "feed.xml")
    await world.visit()
    for url, exchange in ((hop.url, hop), (SITE + "old/1", None)):
        came = fetched(url, body) if exchange is None else fetched(url, b"", exchanges=(exchange,))
        await world.captures.keep(came, None)
    await world.archive.strand(world.captures.kept[-2:])

    done = await world.walk()

    assert (world.asked, done.complete, await world.titles()) == ([], True, ["e", "p1"])


async def test_a_page_that_our_reader_gave_up_on_is_read_at_the_next_visit_and_not_asked_for_again(world, monkeypatch):
    class Tired(InlineSandbox):
        gave_up = False

        async def run(self, function, *arguments):
            if not Tired.gave_up and arguments[0].url == SITE + "b":
                Tired.gave_up = True
                raise GaveUp(SITE + "b", "reading it took longer than 20 s")
            return await super().run(function, *arguments)

    paged_articles(world)
    await world.visit()
    monkeypatch.setattr(f"{__name__}.InlineSandbox", Tired)
    await world.walk()
    asked, before = list(world.asked), (await world.records())["b"]

    await world.visit()

    assert (asked, before.status) == (["archive/1", "a", "b", "c"], "feed")
    assert {record.status for record in (await world.records()).values()} == {"full"}
    assert len(world.captures.kept) == 4


@pytest.mark.parametrize("rel", ["prev-archive", "next"])
async def test_the_way_into_the_past_may_stand_in_the_headers(world, rel):
    def led(url: str, body: bytes, to: str) -> Fetched:
        whole = fetched(SITE + url, body)
        headers = {**whole.document.headers, "link": f'<https://else.example/>; rel="hub", <{to}>; rel="{rel} x"'}
        return replace(whole, document=replace(whole.document, headers=headers))

    world.serve("feed.xml", led("feed.xml", atom("e"), "archive/2"))
    world.serve("archive/2", led("archive/2", atom("p2"), "/archive/1"))
    world.serve("archive/1", atom("p1"))
    await world.visit()

    done = await world.walk()

    assert (world.asked, done.result) == (["archive/2", "archive/1"], "done")
    assert await world.titles() == ["e", "p1", "p2"]


BROKEN: dict[str, tuple[dict[str, bytes | Failed | Fetched | None], list[str], str | None]] = {
    "a loop": ({"archive/1": atom("p1", prev_archive="3")}, ["p1", "p2", "p3"], "circle"),
    "a page that leads to itself": ({"archive/2": atom("p2", prev_archive="2")}, ["p2", "p3"], "circle"),
    "a page that leads to the front": ({"archive/2": atom("p2", prev_archive="../feed.xml")}, ["p2", "p3"], "circle"),
    "a hole": ({"archive/2": None}, ["p3"], "404"),
    "one that is gone": ({"archive/2": Failed(reason="410 Gone", at=NOW, status=410)}, ["p3"], "410"),
    "a page of the web": ({"archive/2": b"<html><body><p>Come in.</p></body></html>"}, ["p3"], "page"),
    "another host": ({"archive/2": atom("p2", prev_archive="https://else.example/1")}, ["p2", "p3"], "another site"),
    "a redirect to another host": (
        {"archive/2": fetched("https://else.example/2", atom("p2", prev_archive="1"))},
        ["p3"],
        "another site",
    ),
    "one that is cut": ({"archive/2": atom("p2", prev_archive="1")[:-60]}, ["p1", "p2", "p3"], None),
    "the same under another address": (
        {"archive/2": atom("p3", prev_archive="1", current=SITE + "feed.xml")},
        ["p3"],
        "another document held",
    ),
    "none of it again": ({"archive/2": atom("e", "e", prev_archive="1")}, ["p1", "p3"], None),
    "wrong order": ({"archive/2": atom("p1", prev_archive="1"), "archive/1": atom("p2")}, ["p1", "p2", "p3"], None),
    "an empty page": ({"archive/2": atom(prev_archive="1")}, ["p1", "p3"], None),
    "no `current`": ({"archive/2": atom("p2", prev_archive=SITE + "archive/1")}, ["p1", "p2", "p3"], None),
}


@pytest.mark.parametrize("kind", BROKEN)
async def test_a_broken_archive_gives_what_it_has_and_is_named(world, kind):
    pages, expected, error = BROKEN[kind]
    archived(world)
    for path, answer in pages.items():
        world.fetcher.script.pop(SITE + path)
        if answer is not None:
            world.serve(path, answer)
    await world.visit()

    done = await world.walk()

    assert await world.titles() == ["e", *expected]
    assert (done.result, done.complete) == (("partly", False) if error else ("done", True))
    assert (error or "") in (done.error or "")


async def test_what_was_missing_is_asked_for_by_the_next_walk_alone(world):
    archived(world)
    hole = world.fetcher.script.pop(SITE + "archive/2")
    await world.visit()
    await world.walk()
    world.fetcher.script[SITE + "archive/2"] = hole
    world.fetcher.asked.clear()

    done = await world.walk()

    assert (world.asked, done.complete) == (["archive/2", "archive/1"], True)
    assert await world.titles() == ["e", "p1", "p2", "p3"]


async def test_an_endless_chain_has_an_end(world):
    @dataclass
    class Endless(Scripted):
        async def fetch(self, request: Request) -> Outcome:
            number = int(request.url.rpartition("/")[2]) if "archive" in request.url else 0
            self.script.setdefault(request.url, [atom(f"p{number}", prev_archive=f"{SITE}archive/{number + 1}")])
            return await Scripted.fetch(self, request)

    world.fetcher = Endless(world.clock, {})
    world.serve("feed.xml", atom("e", prev_archive="archive/1"))
    world.serve("robots.txt", Failed(reason="404", at=NOW, status=404))
    world.serve("sitemap.xml", Failed(reason="404", at=NOW, status=404))
    await world.visit()
    [state] = await world.archive.states()
    first = Step(url=SITE + "archive/1", way="archived")
    far = Past(began=NOW, ahead=(first,), documents=walks.MOST_DOCUMENTS - 3)
    await world.archive.commit(visit(state=replace(state, past=far)))

    done = await world.walk()

    assert (done.documents, done.result) == (3, "partly")
    assert f"more than {walks.MOST_DOCUMENTS}" in (done.error or "")


async def test_of_two_versions_the_newer_stays(world):
    old = atom("e", updated="2019-01-01T00:00:00Z", text=TEXT.replace("twice", "once"))
    world.serve("feed.xml", atom("e", prev_archive="archive/1"))
    world.serve("archive/1", old)
    await world.visit()

    await world.walk()

    assert "twice" in (await world.records())["e"].text


async def test_pages_that_change_are_walked_and_the_next_walk_stops_where_it_knows_all(world):
    world.serve("feed.xml", atom("e", next="feed.xml?p=2"))
    world.serve("feed.xml?p=2", atom("d", next="feed.xml?p=3"), atom("e", "d", next="feed.xml?p=3"))
    world.serve("feed.xml?p=3", atom("c"))
    await world.visit()
    first = await world.walk()
    world.fetcher.asked.clear()

    second = await world.walk()

    assert (first.new, first.complete, await world.titles()) == (2, False, ["c", "d", "e"])
    assert (second.result, world.asked) == ("done", ["feed.xml?p=2"])


async def test_numbered_pages_are_asked_for_where_the_generator_has_them_and_a_404_is_their_end(world):
    world.serve("feed.xml", atom("e", head='<generator uri="https://wordpress.org/">WordPress</generator>'))
    for number in (2, 3):
        world.serve(f"feed.xml?paged={number}", atom(f"p{number}"))
    await world.visit()

    done = await world.walk()

    assert (done.result, await world.titles()) == ("done", ["e", "p2", "p3"])
    assert world.asked == ["feed.xml?paged=2", "feed.xml?paged=3", "feed.xml?paged=4"]


async def test_windows_are_asked_for_where_the_feed_counts_its_entries(world):
    def said(first: int) -> str:
        names = {"totalResults": 3, "startIndex": first, "itemsPerPage": 1}
        return "".join(
            f'<o:{name} xmlns:o="http://a9.com/-/spec/opensearchrss/1.0/">{value}</o:{name}>'
            for name, value in names.items()
        )

    world.serve("feed.xml", atom("e", head=said(1)))
    world.serve("feed.xml?start-index=2&max-results=1", atom("d", head=said(2)))
    world.serve("feed.xml?start-index=3&max-results=1", atom("c", head=said(3)))
    await world.visit()

    done = await world.walk()

    assert (done.result, done.documents, await world.titles()) == ("done", 2, ["c", "d", "e"])


async def test_a_json_feed_leads_to_its_next_url(world):
    def feed(name: str, following: str) -> bytes:
        item = f'{{"id": "{name}", "url": "{SITE}{name}", "title": "{name}", "content_html": "{TEXT}"}}'
        version = "https://jsonfeed.org/version/1.1"
        return f'{{"version": "{version}", "title": "Daily", {following}"items": [{item}]}}'.encode()

    world.serve("feed.xml", feed("e", f'"next_url": "{SITE}older.json", '))
    world.serve("older.json", feed("d", ""))
    await world.visit()

    await world.walk()

    assert await world.titles() == ["d", "e"]


async def test_a_feed_that_is_complete_has_no_past(world):
    history = "http://purl.org/syndication/history/1.0"
    world.serve("feed.xml", atom("e", head=f'<fh:complete xmlns:fh="{history}"/>', next="feed.xml?p=2"))
    await world.visit()

    done = await world.walk()

    assert (done.result, world.asked) == ("done", [])


async def test_where_a_feed_leads_nowhere_the_sitemap_does(world):
    world.declared = source()
    page = "<html><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article></body></html>"
    world.serve("feed.xml", atom("Fresh"))
    world.serve("robots.txt", b"User-agent: *\nSitemap: https://daily.example/map.xml\n")
    urls = "".join(f"<url><loc>{SITE}{path}</loc></url>" for path in ("Fresh", "old", "dead"))
    world.serve("map.xml", f"<urlset>{urls}</urlset>".encode())
    paragraphs = "".join(f"<p>{TEXT[3:-4]} Paragraph {n} of it.</p>" for n in range(4))
    world.serve("old", page.format("A tide of old", paragraphs).encode())
    await world.visit()

    done = await world.walk()
    asked = list(world.asked)
    world.fetcher.asked.clear()
    await world.walk()

    assert (done.new, await world.titles()) == (1, ["A tide of old", "Fresh"])
    assert sorted(asked) == ["dead", "map.xml", "old", "robots.txt"]
    assert world.asked == ["robots.txt", "map.xml"]  # neither what is an article nor what is none


async def test_a_server_that_asks_for_a_little_patience_gets_it_and_one_for_more_is_left_until_then(world):
    archived(world)
    soon = Failed(reason="busy", at=NOW, status=429, wish=Wish(retry_after=timedelta(seconds=3)))
    late = replace(soon, wish=Wish(retry_after=timedelta(hours=3)))
    world.serve("archive/2", soon, late, atom("p2", prev_archive="1"))
    await world.visit()

    left = await world.walk()
    done = await world.walk()

    assert (left.result, world.slept, left.new) == ("waiting", [3.0], 1)
    assert (done.complete, await world.titles()) == (True, ["e", "p1", "p2", "p3"])
    assert world.asked == ["archive/3", "archive/2", "archive/2", "archive/2", "archive/1"]


@dataclass
class Restrained(Scripted):
    """Asks nothing before the one host there is wants to be asked, as the fetcher does."""

    until: datetime = NOW

    async def fetch(self, request: Request) -> Outcome:
        left = self.until - self.clock()
        if left > timedelta(0):
            return Failed(reason="waiting", at=self.clock(), waiting=True, wish=Wish(retry_after=left))
        outcome = await super().fetch(request)
        if isinstance(outcome, Failed) and outcome.wish.retry_after is not None:
            self.until = self.clock() + outcome.wish.retry_after
        return outcome


def told_off(wait: timedelta) -> Failed:
    return Failed(reason="429", at=NOW, status=429, wish=Wish(retry_after=wait))


@pytest.fixture
def restrained(world: World) -> World:
    world.fetcher = Restrained(world.clock, {})
    return world


async def test_articles_whose_host_asks_for_a_little_patience_come_in_full_in_the_same_run(restrained):
    paged_articles(restrained)
    restrained.fetcher.script[SITE + "b"].insert(0, told_off(timedelta(seconds=3)))
    await restrained.visit()

    done = await restrained.walk()

    assert (done.result, done.complete, restrained.slept) == ("done", True, [3.0])
    assert {record.status for record in (await restrained.records()).values()} == {"full"}
    assert restrained.asked == ["archive/1", "a", "b", "c", "b"]


async def test_articles_whose_host_asks_for_more_patience_are_waited_for_however_often_it_does(restrained):
    paged_articles(restrained)
    restrained.fetcher.script[SITE + "b"][:0] = [told_off(timedelta(hours=3))] * 5
    await restrained.visit()

    left = [await restrained.walk()]
    asked = list(restrained.asked)
    for _ in range(5):
        restrained.clock.pass_by(timedelta(hours=4))
        left.append(await restrained.walk())

    assert (asked, "articles" in (left[0].error or "")) == (["archive/1", "a", "b"], True)
    assert [one.result for one in left] == ["waiting"] * 5 + ["done"]
    assert {record.status for record in (await restrained.records()).values()} == {"full"}


async def test_articles_that_a_host_puts_off_are_asked_for_by_an_ordinary_visit_however_often_it_did(restrained):
    paged_articles(restrained)
    restrained.fetcher.script[SITE + "b"][:0] = [told_off(timedelta(days=2))] * 5
    await restrained.visit()
    await restrained.walk()

    for _ in range(16):  # days, at half of which nothing is asked
        await restrained.visit()

    assert {record.status for record in (await restrained.records()).values()} == {"full"}


async def test_a_walk_waits_before_so_many_pages_are_missing_that_some_would_be_forgotten(restrained, monkeypatch):
    monkeypatch.setattr(backfill, "CHUNK", 10)
    for module in (backfill, intake):
        monkeypatch.setattr(module, "PENDING_PAGES", 50)
    names = [f"n{number}" for number in range(70)]
    restrained.declared = source(full_text="page")
    restrained.serve("feed.xml", atom(prev_archive="archive/1"))
    restrained.serve("archive/1", atom(*names, text="<p>Read on.</p>"))
    for name in names:
        restrained.serve(name, f"<html><body><article><h1>{name}</h1>{TEXT}</article></body></html>".encode())
    restrained.fetcher.script[SITE + "n1"].insert(0, told_off(timedelta(hours=3)))
    await restrained.visit()

    left = await restrained.walk()
    restrained.clock.pass_by(timedelta(hours=4))
    done = await restrained.walk()

    assert (left.result, left.new) == ("waiting", 50)
    found = await restrained.records()
    assert (len(found), done.result) == (70, "done")
    assert {record.status for record in found.values()} == {"full"}
    assert len(restrained.asked) == 72  # each once, but the one that was put off


async def test_so_many_pages_and_no_more_are_asked_for_at_a_time(world):
    archived(world)
    await world.visit()

    some = await world.walk(Limits(documents=2))
    rest = await world.walk()

    assert (some.result, some.new, some.left, rest.new, rest.complete) == ("partly", 2, 1, 1, True)


async def test_a_walk_turns_back_at_what_is_too_old_and_a_later_one_goes_on_there(world):
    archived(world)
    await world.visit()

    short = await world.walk(Limits(since=NOW))
    rest = await world.walk()

    assert (short.new, short.complete, rest.new, rest.complete) == (1, False, 2, True)
