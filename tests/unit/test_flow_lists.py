"""A list of sources that lives at an address: followed like a source, its changes told, its last good copy kept."""

import json
from dataclasses import dataclass, field, replace

import pytest

from cuttings.archive.lists import FolderLists
from cuttings.archive.memory import MemoryArchive
from cuttings.config import living
from cuttings.config.load import load
from cuttings.config.opml import Outline
from cuttings.flow.collect import Collector
from cuttings.flow.intake import Intake
from cuttings.flow.lists import ListReader
from cuttings.model.capture import Failed
from cuttings.model.source import Receipt, Source, SourceState
from cuttings.schedule import Plan
from tests.builders import NOW, source
from tests.fakes import InlineSandbox, MemoryCaptures, MemoryFolders, Scripted, Ticking

URL = "https://lists.example/blogroll.opml"
NAME = living.name_of(URL)


def opml(*outlines: tuple[str, str]) -> bytes:
    listed = "".join(f'<outline type="rss" text="{title}" xmlUrl="{url}"/>' for title, url in outlines)
    return f'<opml version="2.0"><head/><body><outline text="Sea">{listed}</outline></body></opml>'.encode()


A, B, C = (("A", "https://a.example/feed"), ("B", "https://b.example/feed"), ("C", "https://c.example/feed"))


@dataclass
class MemoryLists:
    kept: dict[str, bytes] = field(default_factory=dict)

    async def has(self, name: str) -> bool:
        return name in self.kept

    async def keep(self, name: str, body: bytes) -> None:
        self.kept[name] = body


@dataclass
class World:
    clock: Ticking
    fetcher: Scripted
    archive: MemoryArchive
    lists: MemoryLists
    collector: Collector
    declared: Source

    async def visit(self) -> Receipt:
        receipt = await self.collector.collect(self.declared, await self.state(), Plan())
        self.clock.pass_by(Plan().at_most)
        return receipt

    async def state(self) -> SourceState:
        key = (await self.archive.follow([self.declared], self.clock()))[self.declared.name].key
        known = await self.archive.state(key)
        assert known is not None
        return known

    @property
    def urls(self) -> list[str]:
        return [one["url"] for one in json.loads(self.lists.kept[NAME])["sources"]]

    async def told(self) -> list[tuple[str, str]]:
        return [(reason.rule, reason.fact) for _, reason in await self.archive.reasons(URL) if reason.step == "list"]


@pytest.fixture
def world() -> World:
    clock = Ticking(NOW)
    archive, fetcher, lists = MemoryArchive(clock), Scripted(clock, {}), MemoryLists()
    sandbox = InlineSandbox()
    intake = Intake(archive=archive, captures=MemoryCaptures(), sandbox=sandbox, fetcher=fetcher, clock=clock)
    collector = Collector(
        archive=archive,
        fetcher=fetcher,
        folders=MemoryFolders({}),
        intake=intake,
        clock=clock,
        chance=lambda: 0.0,
        lists=ListReader(lists=lists, sandbox=sandbox, intake=intake),
    )
    return World(clock, fetcher, archive, lists, collector, source("blogroll.opml", url=URL, kind="list"))


async def test_what_a_list_names_is_kept_and_its_changes_are_told(world):
    renamed = ("The B", B[1])
    world.fetcher.script[URL] = [opml(A, B), opml(renamed, C)]
    await world.visit()
    first = world.urls

    await world.visit()

    assert (first, world.urls) == ([A[1], B[1]], [B[1], C[1]])
    assert await world.told() == [
        ("renamed", f"B ({B[1]}) to The B"),
        ("added", f"C ({C[1]})"),
        ("removed", f"A ({A[1]})"),
    ]


async def test_a_lists_own_headers_are_sent_along_with_what_asks_for_it(world):
    world.declared = replace(world.declared, auth="Bearer a")
    world.fetcher.script[URL] = [opml(A)]

    await world.visit()

    assert [one.own and dict(one.own.headers) for one in world.fetcher.asked] == [{"Authorization": "Bearer a"}]


async def test_an_unchanged_list_is_a_304_and_nothing_is_written(world):
    world.fetcher.script[URL] = [opml(A)]
    await world.visit()
    world.lists.kept[NAME] = b"as it was"

    receipt = await world.visit()

    assert (receipt.outcome, world.lists.kept[NAME]) == ("unchanged", b"as it was")


async def test_a_list_whose_copy_is_lost_is_asked_for_whole(world):
    world.fetcher.script[URL] = [opml(A)]
    await world.visit()
    world.lists.kept.clear()

    await world.visit()

    assert world.urls == [A[1]]


@pytest.mark.parametrize(
    "answer",
    [
        b"<html><body>Please log in</body></html>",
        opml(),
        b"<!DOCTYPE o [<!ENTITY a 'aaaa'>]><opml><body>&a;</body></opml>",
        Failed(reason="503", at=NOW, status=503),
    ],
)
async def test_what_is_no_list_leaves_the_last_good_one(world, answer):
    world.fetcher.script[URL] = [opml(A), answer]
    await world.visit()

    receipt = await world.visit()

    assert (receipt.outcome, world.urls) == ("failed", [A[1]])


async def test_a_list_is_cut_where_it_names_more_than_we_let_others_choose(world):
    world.fetcher.script[URL] = [opml(*((f"{n}", f"https://a{n}.example/") for n in range(living.MOST + 5)))]

    await world.visit()

    assert len(world.urls) == living.MOST


async def test_the_configuration_is_made_with_what_was_kept(world, tmp_path):
    (tmp_path / "c.yaml").write_text(
        f"sources:\n  - {{name: mine, url: '{A[1]}'}}\n  - include: {URL}\n"
        "feeds: [{name: f, select: {sources: [mine, B]}}]\n"
    )
    before = load(tmp_path / "c.yaml", {})
    world.fetcher.script[URL] = [opml(A, B)]
    await world.visit()
    await FolderLists(before.archive / living.FOLDER).keep(NAME, world.lists.kept[NAME])

    after = load(tmp_path / "c.yaml", {})

    assert [one.name for one in before.followed] == ["mine", "blogroll.opml"]
    assert any("no source is named B" in one for one in before.warnings)
    assert [(one.name, one.url, one.tags) for one in after.sources] == [("mine", A[1], ()), ("B", B[1], ("Sea",))]
    assert after.declared["B"].include == URL
    assert before.archive / living.FOLDER / NAME in after.includes


def test_a_list_cannot_take_the_name_of_a_source_that_is_written_out(tmp_path):
    (tmp_path / "c.yaml").write_text(f"sources:\n  - include: {URL}\n  - https://mine.example/feed\n")
    kept = tmp_path / "archive" / living.FOLDER / NAME
    kept.parent.mkdir(parents=True)
    kept.write_bytes(living.kept(URL, [Outline("https://other.example/feed", "mine.example", ())]))

    assert {one.name: one.url for one in load(tmp_path / "c.yaml", {}).sources} == {
        "mine.example": "https://mine.example/feed",
        "mine.example-2": "https://other.example/feed",
    }


@pytest.mark.parametrize("body", ["", "[]", '{"sources": [{"url": 1}]}', '{"sources": [{"url": "file:///etc"}]}'])
def test_a_copy_that_is_not_ours_is_a_warning_and_names_nothing(tmp_path, body):
    (tmp_path / "c.yaml").write_text(f"sources:\n  - include: {URL}\n")
    kept = tmp_path / "archive" / living.FOLDER / NAME
    kept.parent.mkdir(parents=True)
    kept.write_text(body)

    config = load(tmp_path / "c.yaml", {})

    assert (config.sources, len(config.lists)) == ((), 1)
    assert any("not as we wrote it" in one for one in config.warnings)
