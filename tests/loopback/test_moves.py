"""A source that moved: believed, written down, taken back; and what its pages reserve."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cuttings import app
from cuttings.cli.main import main
from cuttings.config.load import load
from cuttings.ports import Query
from tests.farm import configuration
from tests.servers import Scripted, reply, scripted

WORDS = {"meta": "harbour", "header": "market", "tdm": "mountain"}
PAGE = "<html><head><title>{title}</title>{head}</head><body><article><h1>{title}</h1><p>{text}</p></article></body>"


def site(server: Scripted) -> None:
    """An old address that leads to a new one for good, with three articles: two reserved, one only against mining."""
    heads = {"meta": '<meta name="robots" content="noarchive">'}
    fields = {"header": "X-Robots-Tag: noarchive", "tdm": "TDM-Reservation: 1"}
    items = ""
    for path, word in WORDS.items():
        text = " ".join(f"On day {n} the {word} was quiet, and nobody there spoke of {n * n}." for n in range(30))
        page = PAGE.format(title=path, head=heads.get(path, ""), text=text).encode()
        lines = ["Content-Type: text/html; charset=utf-8", *filter(None, [fields.get(path)])]
        url = server.says(f"/{path}", reply(200, page, *lines))
        items += f"<item><title>{path}</title><link>{url}</link><guid>{url}</guid></item>"
    feed = f"<rss version='2.0'><channel><title>Daily</title>{items}</channel></rss>".encode()
    first = reply(200, feed, "Content-Type: application/rss+xml")
    new = server.says("/new.xml", reply(200, feed, "Content-Type: application/rss+xml", 'ETag: "1"'))
    server.says("/old.xml", first, reply(301, b"", f"Location: {new}"))


class House:
    """The program in this process, with a configuration and an archive."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.file, self.capsys = folder / "config.yaml", capsys
        self.published = folder / "archive/published"

    @property
    def text(self) -> str:
        return self.file.read_text()

    async def lives(self, *, visits: int) -> list[str]:
        """Visit the source so often, and publish; return what came of it."""
        async with app.opened(load(self.file, os.environ), following=True) as house:
            outcomes = [(await house.collect(["daily"]))[0].outcome for _ in range(visits)]
            await house.publish()
            self.records = {one.id: one async for one in house.archive.newest(Query())}
        return [str(one) for one in outcomes]

    async def moves(self, *options: str) -> dict[str, Any]:
        """Run `source moves`; return what it prints."""
        with pytest.raises(SystemExit) as left:
            await asyncio.to_thread(main, ["--json", "--config", str(self.file), "source", "moves", *options])
        assert not left.value.code
        return dict(json.loads(self.capsys.readouterr().out))

    def files(self) -> dict[str, bytes]:
        """Return the feed's documents."""
        return {path.name: path.read_bytes() for path in (self.published / "feeds").iterdir()}

    def items(self) -> Iterator[dict[str, Any]]:
        yield from json.loads(self.files()["all.json"])["items"]


async def test_a_move_is_written_down_and_taken_back_and_no_id_nor_byte_of_a_feed_changes(tmp_path, capsys):
    house = House(tmp_path, capsys)
    async with scripted() as server:
        site(server)
        old, new = server.url("/old.xml"), server.url("/new.xml")
        before = configuration([old], names=["daily"], extra=", full_text: page, republish: full  # mine")
        before = before.replace("  # mine}", "}  # mine")
        house.file.write_text(before)

        await house.lives(visits=4)  # the first at the old address, and three that are led on
        files, records = house.files(), house.records
        believed, applied = await house.moves(), await house.moves("--apply")
        written = house.text

        assert [one["standing"] for one in believed["moves"]] == ["believed"]
        assert (applied["patch"], applied["applied"]) == (believed["patch"], ["daily"])
        keys = ", full_text: page, republish: full"
        assert written == before.replace(f"'{old}'{keys}", f"'{new}'{keys}, formerly: [{old}]")
        assert await house.lives(visits=1) == ["unchanged"]
        assert (house.files(), house.records) == (files, records)
        assert (await house.moves())["moves"] == []

        undone, asked = await house.moves("--undo", "daily"), len(server.requests)
        await house.lives(visits=4)

        assert (undone["undone"], house.text) == (["daily"], before)
        assert server.targets()[asked:] == ["/old.xml", "/new.xml"] * 4
        assert [one["standing"] for one in (await house.moves())["moves"]] == ["doubtful"]
        assert house.records == records
        assert house.files().keys() == files.keys()


async def test_what_pages_reserve_is_kept_whole_and_given_on_as_a_summary(tmp_path, capsys):  # RB-8
    house = House(tmp_path, capsys)
    async with scripted() as server:
        site(server)
        house.file.write_text(
            configuration([server.url("/new.xml")], names=["daily"], extra=", full_text: page, republish: full")
        )

        await house.lives(visits=1)

    reserved = {record.title: record.reserved for record in house.records.values()}
    assert reserved == {"meta": ("noarchive",), "header": ("noarchive",), "tdm": ("tdm",)}
    assert {record.status for record in house.records.values()} == {"full"}
    assert [item["title"] for item in house.items() if "content_html" in item] == ["tdm"]
    [mined] = [str(record.id) for record in house.records.values() if record.title == "tdm"]
    assert [path.name for path in (house.published / "articles").glob("*.html")] == [f"{mined}.html"]
    others = b"".join(house.files()[f"all.{suffix}"] for suffix in ("rss", "atom", "json", "html"))
    assert (b"On day 29 the mountain" in others, b"On day 29 the harbour" in others) == (True, False)
