"""A sitemap is followed like a feed: what is new in it comes, what was there before us does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.sitemaps import FIRST, MOST_PARTS
from cuttings.model.capture import Failed
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.ports import Query
from cuttings.schedule import Plan
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking

SITE = "https://daily.example/"
MAP = SITE + "sitemap.xml"
TEXT = "The tide came in twice today, as it does, and nobody was surprised by it. " * 5


def page(name: str, text: str = TEXT, date: str = "2026-11-24T08:00:00Z") -> bytes:
    words = "".join(f"<p>{text} Paragraph {n} of {name}.</p>" for n in range(6))
    head = f'<title>Tide {name}</title><meta property="article:published_time" content="{date}">'
    return (f"<html><head>{head}</head><body><article><h1>Tide {name}</h1>{words}</article></body></html>").encode()


def urlset(*said: tuple[str, str | None]) -> bytes:
    urls = "".join(f"<url><loc>{_loc(path)}</loc>{_date(date)}</url>" for path, date in said)
    return f"<urlset>{urls}</urlset>".encode()


def index(*said: tuple[str, str | None]) -> bytes:
    parts = "".join(f"<sitemap><loc>{_loc(path)}</loc>{_date(date)}</sitemap>" for path, date in said)
    return f"<sitemapindex>{parts}</sitemapindex>".encode()


def _loc(path: str) -> str:
    return path if "://" in path else SITE + path


def _date(date: str | None) -> str:
    return f"<lastmod>{date}</lastmod>" if date else ""


@dataclass
class World:
    clock: Ticking
    fetcher: Scripted
    archive: MemoryArchive
    collector: Collector
    declared: Source

    def serve(self, path: str, *answers: bytes | Failed) -> None:
        self.fetcher.script[_loc(path)] = list(answers)

    def pages(self, *names: str) -> None:
        for name in names:
            self.serve(name, page(name))

    async def visit(self) -> Receipt:
        self.fetcher.asked.clear()
        receipt = await self.collector.collect(self.declared, await self.state(), Plan())
        self.clock.pass_by(timedelta(days=1))
        return receipt

    async def state(self) -> SourceState:
        key = (await self.archive.follow([self.declared], self.clock()))[self.declared.name].key
        known = await self.archive.state(key)
        assert known is not None
        return known

    async def titles(self) -> Sequence[str]:
        return sorted([record.title async for record in self.archive.newest(Query())])

    @property
    def asked(self) -> list[str]:
        return [request.url.removeprefix(SITE) for request in self.fetcher.asked]


@pytest.fixture
def world() -> World:
    clock = Ticking(NOW)
    archive, fetcher = MemoryArchive(clock), Scripted(clock, {})
    intake = Intake(archive=archive, captures=MemoryCaptures(), sandbox=InlineSandbox(), fetcher=fetcher, clock=clock)
    collector = Collector(
        archive=archive, fetcher=fetcher, folders=MemoryFolders({}), intake=intake, clock=clock, chance=lambda: 0.0
    )
    return World(clock, fetcher, archive, collector, source(url=MAP, kind="sitemap"))


async def test_new_addresses_become_articles_and_an_unchanged_list_costs_one_request(world):
    world.pages("a", "b")
    world.serve("sitemap.xml", urlset(("a", None)), urlset(("a", None), ("b", None)))
    await world.visit()

    receipt = await world.visit()
    quiet = await world.visit()

    assert (receipt.new, await world.titles()) == (1, ["Tide a", "Tide b"])
    assert (quiet.outcome, world.asked) == ("unchanged", ["sitemap.xml"])


async def test_a_changed_date_has_the_page_read_again(world):
    world.serve("a", page("a"), page("a", TEXT + "Now it ebbs."))
    world.serve("sitemap.xml", urlset(("a", "2026-11-24")), urlset(("a", "2026-11-25")))
    await world.visit()

    assert (await world.visit()).changed == 1


async def test_a_first_visit_takes_the_newest_and_the_rest_never_comes(world):
    world.declared = source(url=MAP, kind="sitemap", full_text="feed")
    said = [(f"p{number:03}", f"2026-10-{1 + number // 3:02}") for number in range(FIRST + 20)]
    world.serve("sitemap.xml", urlset(*said), urlset(*said, ("new", "2026-11-25")))

    first = await world.visit()
    second = await world.visit()

    assert (first.new, second.new) == (FIRST, 1)
    assert (await world.state()).horizon is not None
    assert await world.archive.at([SITE + "p000"]) == []


async def test_of_an_index_only_the_parts_that_say_they_changed_are_asked(world):
    world.pages("a", "b", "c")
    world.serve(
        "sitemap.xml",
        index(("1.xml", "2026-11-01"), ("2.xml", "2026-11-24")),
        index(("1.xml", "2026-11-01"), ("2.xml", "2026-11-25")),
    )
    world.serve("1.xml", urlset(("a", None)))
    world.serve("2.xml", urlset(("b", None)), urlset(("b", None), ("c", None)))

    await world.visit()
    await world.visit()

    assert world.asked == ["sitemap.xml", "2.xml", "c"]
    assert await world.titles() == ["Tide a", "Tide b", "Tide c"]


async def test_an_index_that_contains_itself_and_others_without_end_is_bounded(world):
    world.serve("sitemap.xml", index(("sitemap.xml", None), *((f"i{n}.xml", None) for n in range(40))))
    for number in range(40):
        world.serve(f"i{number}.xml", index(("sitemap.xml", None), *((f"i{number}-{n}.xml", None) for n in range(40))))

    receipt = await world.visit()

    assert receipt.outcome == "failed"
    assert len(world.asked) <= 1 + MOST_PARTS


async def test_a_site_is_followed_by_the_sitemaps_that_its_robots_txt_names(world):
    world.declared = source(url=SITE, kind="sitemap")
    world.pages("a")
    world.serve("robots.txt", b"User-agent: *\nSitemap: https://daily.example/news.xml\n")
    world.serve("news.xml", urlset(("a", None)))

    receipt = await world.visit()

    assert (receipt.new, world.asked) == (1, ["robots.txt", "news.xml", "a"])


@pytest.mark.parametrize("robots", [Failed(reason="404", at=NOW, status=404), b"User-agent: *\n", page("no robots")])
async def test_a_site_whose_robots_txt_names_none_is_asked_for_the_usual_one(world, robots):
    world.declared = source(url=SITE, kind="sitemap")
    world.pages("a")
    world.serve("robots.txt", robots)
    world.serve("sitemap.xml", urlset(("a", None)))

    receipt = await world.visit()

    assert (receipt.new, receipt.error, (await world.state()).failures) == (1, None, 0)


async def test_a_site_without_any_is_a_failure(world):
    world.declared = source(url=SITE, kind="sitemap")

    receipt = await world.visit()

    assert (receipt.outcome, (await world.state()).failures) == ("failed", 1)
    assert "sitemap.xml: 404" in (receipt.error or "")


async def test_what_an_index_held_before_us_does_not_come_with_a_part_that_is_read_late(world):
    world.pages("a", "late", "old")
    parts = [(f"{n}.xml", f"2026-11-{23 - n:02}") for n in range(MOST_PARTS + 1)]
    last = parts[-1][0]
    for name, _ in parts:
        world.serve(name, urlset(("a", "2026-11-23")))
    world.serve(last, urlset(("old", "2026-11-01"), ("late", "2026-11-26")))
    world.serve("sitemap.xml", index(*parts), index(*parts[:-1], (last, "2026-11-26")))
    await world.visit()

    await world.visit()

    assert world.asked == ["sitemap.xml", last, "late"]
    assert await world.titles() == ["Tide a", "Tide late"]


async def test_a_new_address_with_an_old_date_comes_where_all_others_are_known(world):
    names = [f"p{number}" for number in range(FIRST + 1)]
    said = [(name, "2026-11-24") for name in names]
    world.pages(*names, "new")
    world.serve("sitemap.xml", urlset(*said), urlset(*said, ("new", "2020-01-01")))
    world.declared = source(url=MAP, kind="sitemap", full_text="feed")
    await world.visit()

    assert (await world.visit()).new == 1


async def test_a_missing_part_is_asked_for_once_a_day_and_stays_a_trouble(world):
    world.declared = source(url=SITE, kind="sitemap")
    await world.visit()
    world.clock.pass_by(timedelta(hours=-18))

    receipt = await world.visit()

    assert (receipt.outcome, world.asked) == ("failed", ["robots.txt"])


async def test_a_part_that_fails_costs_only_itself_and_is_asked_again(world):
    world.pages("a", "b")
    world.serve("sitemap.xml", index(("1.xml", "2026-11-01"), ("2.xml", "2026-11-02")))
    world.serve("1.xml", Failed(reason="503", at=NOW, status=503), urlset(("a", None)))
    world.serve("2.xml", urlset(("b", None)))

    first = await world.visit()
    second = await world.visit()

    assert (first.new, second.new, second.error) == (1, 1, None)


async def test_dates_that_all_change_at_once_are_not_believed(world):
    names = [f"p{number}" for number in range(30)]
    world.pages(*names, "new")
    world.serve(
        "sitemap.xml",
        urlset(*((n, "2026-11-24") for n in names)),
        urlset(*((n, "2026-11-25") for n in [*names, "new"])),
    )
    await world.visit()

    receipt = await world.visit()

    assert (receipt.new, world.asked) == (1, ["sitemap.xml", "new"])


async def test_addresses_of_other_sites_and_pages_that_are_no_articles_leave_no_record(world):
    world.serve("about", b"<html><body><nav><a href='/'>Home</a> <a href='/b'>B</a></nav></body></html>")
    world.serve("sitemap.xml", urlset(("https://victim.example/x", None), ("about", None)))

    receipt = await world.visit()

    assert (receipt.new, await world.titles()) == (0, [])
    assert "https://victim.example/x" not in world.asked
    assert [reason.rule for _, reason in await world.archive.reasons(SITE + "about")] == ["no article"]


async def test_an_old_article_that_comes_late_is_quiet(world):
    world.pages("a")
    world.serve("old", page("old", date="2015-01-01T00:00:00Z"))
    world.serve("sitemap.xml", urlset(("a", None)), urlset(("a", None), ("old", None)))
    await world.visit()

    await world.visit()

    arrivals = {record.title: record.arrival async for record in world.archive.newest(Query())}
    assert arrivals == {"Tide a": "ordinary", "Tide old": "quiet"}
