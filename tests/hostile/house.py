"""H-39, H-90 … H-116: lists, files and settings of people, and those who ask our own server."""

import asyncio
import csv
import gzip
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from unittest import mock

import pytest

from cuttings.archive.shelf import WarcShelf
from cuttings.archive.sqlite import SqliteArchive
from cuttings.config import importing, load, opml
from cuttings.config.values import Config
from cuttings.curate import rules
from cuttings.errors import ConfigErrors, ParseError, UsageError
from cuttings.model.feed import Feed, Located, Select
from cuttings.model.source import Source
from cuttings.ports import Query
from cuttings.text.visible import visible
from cuttings.web import server as web
from cuttings.web.feeds import Published
from tests.builders import NOW, record, visit
from tests.farm import free_port
from tests.hostile.rows import row
from tests.hostile.world import World, bounded, item, rss

POLYGLOT = b"<rss><!--<html><script>alert(1)</script></html>--></rss>"


class Site:
    """Our server over a folder of published files, asked by hand."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def ask(self, head: str, body: bytes = b"", *, wait: float = 5.0) -> str:
        """Send a request as it is written; return all that comes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n" + body)
        try:
            return (await asyncio.wait_for(reader.read(-1), wait)).decode("latin-1")
        except ConnectionError:
            return ""
        finally:
            writer.close()

    async def get(self, target: str = "/feeds/all.rss", *lines: str) -> str:
        return await self.ask("\n".join([f"GET {target} HTTP/1.1", "Host: me.example", "Connection: close", *lines]))


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Serve one feed on a free port."""

    async def ready() -> tuple[bool, str]:
        return True, "ready"

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "feeds").mkdir()
        for suffix, body in ((".rss", POLYGLOT), (".rss.gz", gzip.compress(POLYGLOT))):
            (Path(name) / f"feeds/all{suffix}").write_bytes(body)
        stop, up, made = asyncio.Event(), asyncio.Event(), Site(free_port())
        serving = asyncio.create_task(web.serve(Published(Path(name), ready), "127.0.0.1", made.port, stop, up))
        await up.wait()
        for _ in range(100):
            try:
                await made.get("/healthz")
                break
            except OSError:
                await asyncio.sleep(0.02)
        try:
            yield made
        finally:
            stop.set()
            await serving


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1]) if answer else 0


def config(text: str) -> Config:
    """Load a configuration."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "config.yaml"
        file.write_text(text, encoding="utf-8")
        return load.load(file, {})


@row("H-39", "H-111")
async def served_as_what_it_is(world: World) -> None:
    async with site() as ours:
        answer = (await ours.get()).lower()

    assert "content-type: application/rss+xml" in answer
    assert "x-content-type-options: nosniff" in answer
    assert "default-src 'none'" in answer
    assert "frame-ancestors 'none'" in answer


@row("H-90")
async def lists_without_measure(world: World) -> None:
    def outlines(count: int) -> bytes:
        return b"".join(b'<outline text="x" xmlUrl="https://a.example/%d"/>' % number for number in range(count))

    start, end = b"<opml version='2.0'><body>", b"</body></opml>"
    entities = b"<!DOCTYPE opml [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>" + start + b"&b;" + end
    for body in (
        bytes(200 << 20),
        start + b'<outline text="f">' * 10_000 + b"</outline>" * 10_000 + end,
        entities,
        start + outlines(100_000) + end,
    ):
        with bounded(3, 400), pytest.raises(ValueError, match=r"larger|depth|entities|more than"):
            opml.read(body)
    assert len(opml.read(start + outlines(10_000) + end).found) == 10_000


@row("H-91")
async def lists_that_include(world: World) -> None:
    body = b'<opml version="2.0"><body><outline type="include" text="x" url="file:///etc/passwd"/></body></opml>'

    listed = opml.read(body)

    assert not listed.found
    assert "not followed" in listed.warnings[0]


@row("H-92")
async def formulas(world: World) -> None:
    body = b"""<opml version="2.0"><body><outline text="=HYPERLINK(&quot;//evil.example&quot;)">
    <outline text="+1 @SUM" xmlUrl="https://a.example/"/></outline></body></opml>"""
    [outline] = opml.read(body).found

    table = importing.table([Source(name=outline.title or "", url=outline.url, tags=outline.tags)])

    cells = [cell for line in csv.reader(table.splitlines()) for cell in line]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@row("H-95")
async def damaged_captures_of_others(world: World) -> None:
    def response(number: int, length: int | None = None) -> bytes:
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nNumber %d" % number
        head = (
            f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/{number}\r\n"
            f"WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-{number:012}>\r\nWARC-Date: 2026-11-24T12:00:00Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {length or len(http)}\r\n\r\n"
        )
        return gzip.compress(head.encode() + http + b"\r\n\r\n")

    for file in (
        response(1) + response(2)[:-30],
        response(1) + response(2, 10**12) + response(3),
        response(1) + gzip.compress(response(2)) + response(3),
        response(1) + b"nonsense" * 50 + response(3),
        b"nonsense",
        b"",
    ):
        with tempfile.NamedTemporaryFile(suffix=".warc.gz") as kept:
            Path(kept.name).write_bytes(file)
            with bounded(11):
                try:
                    found = [one.body async for one in WarcShelf(world.sandbox).documents(kept.name)]
                except ParseError:
                    found = []
        assert found[:1] == ([b"Number 1"] if len(file) > 100 and file.startswith(b"\x1f\x8b") else [])
        assert len(found) <= 3


@row("H-97")
async def patterns_that_explode(world: World) -> None:
    def rule(pattern: str) -> rules.Rule:
        located = Located(text=pattern, file="config.yaml", line=9, key="feeds[0].select.any_words")
        return rules.compiled(Feed(name="all", title="All", select=Select(any_words=(located,))), {})

    text = "!" + "a" * 1_000_000
    for pattern in (r"/^(a+)+$/", r"/(a|a)*b/", r"/(a*)*c/", r"/(.*)(.*)(.*)(.*)x$/"):
        with bounded(1):
            assert not rule(pattern).matches(record(text=text), lambda: record(text=text), NOW)
    for pattern in (f"/{'a' * (1 << 20)}/", r"/(a)\1/", "/(a{1000}){1000}/", "/(/"):
        with bounded(1), pytest.raises(UsageError, match=r"config\.yaml:9"):
            rule(pattern)


@row("H-99")
async def templates_in_texts(world: World) -> None:
    title = "{{7*7}} ${7*7} #{7*7} %s %(x)s {% raw %} {0}"

    record = await world.only(rss(item(1, title=title)))

    assert record.title == title
    files = await world.files()
    assert "49" not in files["feeds/all.html"].partition("<body")[2].partition("{{7*7}}")[0][-40:]
    assert all(title in files[f"feeds/all.{suffix}"] for suffix in ("rss", "atom", "json", "html"))


@row("H-100")
async def objects_in_yaml(world: World) -> None:
    marker = Path(tempfile.gettempdir()) / "cuttings-was-here"
    for value in (f'!!python/object/apply:os.system ["touch {marker}"]', "!!python/name:os.system"):
        with pytest.raises(ConfigErrors):
            config(f"site: {{title: {value}}}\n")
    assert not marker.exists()


@row("H-103")
async def names_that_forge_lines(world: World) -> None:
    name = "daily\\n2026-11-24 error: all gone\\e[2J"

    with pytest.raises(ConfigErrors) as caught:
        config(f'sources:\n  - {{name: "{name}", url: "https://a.example/"}}\n')

    assert "\x1b" not in visible(str(caught.value))
    assert "\n" not in visible(str(caught.value.errors[0]))


@row("H-104")
async def searches_with_syntax(world: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        async with SqliteArchive.opened(Path(name)) as archive:
            await archive.commit(visit(record(title="The tide", text="The tide came in.")))
            await archive.index()

            for words in ('"', "*", "NEAR(tide", "tide OR", "a\0b", "') --", "x" * 100_000, "-tide", "^", "text:tide"):
                with bounded(1):
                    await archive.search(words, Query(limit=10))
            assert len(await archive.search('the "tide', Query(limit=10))) == 1


@row("H-105")
async def queries_beyond_measure(world: World) -> None:
    async with site() as ours:
        for query in ("?page=1000000000000000000", "?limit=-1", "?after=garbage", "?" + "x" * 5_000):
            assert status(await ours.get(f"/feeds/all.rss{query}")) == 200


@row("H-106")
async def names_of_others(world: World) -> None:
    async with site() as ours:
        answers = [
            await ours.ask("GET /nowhere HTTP/1.1\nHost: evil.example\nConnection: close"),
            await ours.ask("GET http://evil.example/feeds/all.rss HTTP/1.1\nHost: evil.example\nConnection: close"),
            await ours.get("/feeds/all.rss", "X-Forwarded-Host: evil.example", "Forwarded: host=evil.example"),
        ]

    await world.kept(rss(item(1)))
    assert not any("evil" in answer for answer in answers)
    assert "https://me.example/planet/feeds/all.rss" in (await world.files())["feeds/all.rss"]


@row("H-107")
async def tags_beyond_measure(world: World) -> None:
    async with site() as ours:
        with bounded(3):
            large = await ours.get("/feeds/all.rss", "If-None-Match: " + '"x' * 500_000)
            many = await ours.get("/feeds/all.rss", "If-None-Match: " + ", ".join(f'"{n}"' for n in range(5_000)))
            after = await ours.get()

    assert status(large) in (0, 400, 413, 431)
    assert (status(many), status(after)) == (200, 200)


@row("H-108")
async def a_thousand_ranges(world: World) -> None:
    async with site() as ours:
        answer = await ours.get("/feeds/all.rss", "Range: bytes=" + ",".join("0-50" for _ in range(1_000)))

    assert status(answer) == 200
    assert answer.count("</rss>") == 1


@row("H-109")
async def odd_codings(world: World) -> None:
    async with site() as ours:
        for accepted in ("*;q=0", "bogus", "gzip;q=0", "", ";;;,,,"):
            answer = await ours.get("/feeds/all.rss", f"Accept-Encoding: {accepted}")
            assert "content-encoding" not in answer.lower()
            assert answer.endswith("</rss>")


@row("H-110")
async def requests_that_change(world: World) -> None:
    async with site() as ours:
        for method in ("POST", "PUT", "DELETE", "PATCH"):
            head = f"{method} /feeds/all.rss HTTP/1.1\nHost: me.example\nConnection: close\nContent-Length: 0"
            assert status(await ours.ask(head)) in (403, 405)


@row("H-115")
async def slow_clients(world: World) -> None:
    with mock.patch.object(web, "SLOWEST_HEAD", 1_000):
        async with site() as ours:
            slow = [await asyncio.open_connection("127.0.0.1", ours.port) for _ in range(50)]
            for _, writer in slow:
                writer.write(b"GET / HTTP/1.1\r\nHost: ")
            body = await ours.ask("POST / HTTP/1.1\nHost: x\nConnection: close\nContent-Length: 100000")
            with bounded(1):
                assert status(await ours.get()) == 200
            async with asyncio.timeout(4):
                ends = await asyncio.gather(*(reader.read() for reader, _ in slow))
            for _, writer in slow:
                writer.close()

    assert status(body) == 405
    assert all(end == b"" or b" 408 " in end for end in ends)


@row("H-116")
async def idle_connections(world: World) -> None:
    async with site() as ours:
        idle = [await asyncio.open_connection("127.0.0.1", ours.port) for _ in range(1_000)]
        with bounded(1):
            answer = await ours.get()
        for _, writer in idle:
            writer.transport.abort()

    assert status(answer) == 200
