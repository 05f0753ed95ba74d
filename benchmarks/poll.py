"""What a poll costs, whole: fetched, stored, cleaned, its language told; processor time of all our processes.

Cold are the real feeds of ../shared/corpora (a feed made here, where they are
not), against httpx and feedparser with their defaults, which store nothing,
and against aiohttp and lxml.  A poll that brings nothing is measured against
aiohttp, sha256 and one row of SQLite a visit, which asks as politely.
"""

import asyncio
import hashlib
import io
import multiprocessing
import resource
import sqlite3
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path

import aiohttp
import feedparser
import httpx
from lxml import etree
from tests.farm import free_port

from benchmarks.measure import Cost, Work, in_turns, processor_of, say_cost, say_ratio
from benchmarks.parse import SENTENCE, feed
from cuttings import app
from cuttings.config.load import load
from cuttings.errors import ParseError
from cuttings.flow.intake import FEEDS, read
from cuttings.model.capture import Document

CORPUS = Path(__file__).parents[2] / "shared/corpora/feeds/real/real-feeds.tar.xz"
COLD_ROUNDS, ROUNDS = 3, 8
SOURCES = 200  # of a poll that brings nothing
AT_ONCE = 64
WARM = "warm"  # sources that wake the workers up, before anything is measured
TABLE = "create table visit(url text primary key, digest, status)"
FOREIGN = feed(2).replace(
    SENTENCE.encode(), "la marea salì piano sulle secche e nessuno sul molo ne fu sorpreso ".encode()
)


def feeds() -> Sequence[bytes]:
    """Return every other feed of the corpus, or some made here."""
    if not CORPUS.is_file():
        return [feed(20, 100 * number) for number in range(1, 21)]
    with tarfile.open(CORPUS) as tar:
        files = [
            file
            for member in tar
            if member.name.endswith(("xml", "rss", "atom", "rdf")) and (file := tar.extractfile(member))
        ]
        return [file.read() for file in files[::2]]


def processor() -> float:
    """Return the processor time of this process, its workers and those that are gone."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    total = time.process_time() + ended.ru_utime + ended.ru_stime
    for child in multiprocessing.active_children():
        with suppress(OSError):
            total += processor_of(child.pid or 0)()
    return total


async def answer(bodies: Sequence[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Give a feed by the number in the path; /fresh is never a 304, whatever is asked."""
    with suppress(asyncio.IncompleteReadError, ConnectionError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1]
            body = FOREIGN if WARM.encode() in path else bodies[int(path.rpartition(b"/")[2]) % len(bodies)]
            if b"if-none-match" in head.lower() and not path.startswith(b"/fresh"):
                writer.write(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
            else:
                tag = b"" if path.startswith(b"/fresh") else b'ETag: "1"\r\n'
                kind = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n"
                writer.write(kind + tag + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    writer.close()


async def publisher(port: int) -> None:
    """Be the server of all feeds, until somebody ends us."""
    server = await asyncio.start_server(partial(answer, feeds()), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def publishing() -> Iterator[str]:
    """Run the server in a process of its own; yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.poll", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@asynccontextmanager
async def collecting(folder: Path, sources: dict[str, str]) -> AsyncIterator[app.App]:
    """Open an archive that follows these sources, its workers awake."""
    lines = "".join(f"  - {{name: {name}, url: '{url}', full_text: feed}}\n" for name, url in sources.items())
    file = folder / "config.yaml"
    file.write_text(f"fetch: {{allow_networks: [127.0.0.0/8]}}\nsources:\n{lines}")
    async with app.opened(load(file, {}), following=True, lingering=True) as opened:
        await opened.collect([name for name in sources if name.startswith(WARM)])
        yield opened


async def visited(ours: app.App, names: Sequence[str]) -> None:
    """Collect as `collect` does; search is filled behind it."""
    keys = {source.name: key for key, source in ours.declared.items()}
    await ours.crew(lambda receipt: None).visit([keys[name] for name in names])


async def indexed(ours: app.App) -> None:
    """Fill the search."""
    while await ours.archive.index():
        pass


async def each(urls: Sequence[str], do: Callable[[str], Awaitable[None]]) -> None:
    """Do something for each address, AT_ONCE of them at a time."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def seated(url: str) -> None:
        async with seats:
            await do(url)

    await asyncio.gather(*map(seated, urls))


async def with_feedparser(urls: Sequence[str]) -> None:
    """Fetch and read with httpx's and feedparser's defaults; keep nothing."""
    async with httpx.AsyncClient() as client:

        async def visit(url: str) -> None:
            feedparser.parse(io.BytesIO((await client.get(url)).content))

        await each(urls, visit)


async def with_lxml(urls: Sequence[str]) -> None:
    """Fetch with aiohttp, make lxml's tree; clean, tell and keep nothing."""
    async with aiohttp.ClientSession() as client:

        async def visit(url: str) -> None:
            async with client.get(url) as response:
                etree.fromstring(await response.read(), etree.XMLParser(recover=True))

        await each(urls, visit)


async def with_a_row(client: aiohttp.ClientSession, database: sqlite3.Connection, urls: Sequence[str]) -> None:
    """Ask with a validator, hash what comes, write one row."""

    async def visit(url: str) -> None:
        async with client.get(url, headers={"If-None-Match": '"1"'}) as response:
            digest = hashlib.sha256(await response.read()).digest()
        with database:
            database.execute("insert or replace into visit values (?, ?, ?)", (url, digest, response.status))

    await each(urls, visit)


async def cold(address: str, count: int) -> None:
    """Print what the first poll of everything costs."""
    urls = {f"s{number}": f"{address}/{number}" for number in range(count)}
    warm = {f"{WARM}{number}": f"{address}/warm/{number}" for number in range(4)}
    names = ("ours", "ours, then indexed for search", "httpx + feedparser, defaults", "aiohttp + lxml")
    costs: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(COLD_ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            async with collecting(Path(folder), urls | warm) as ours:
                await _clocked(costs["ours"], visited(ours, list(urls)))
                await _clocked(costs["ours, then indexed for search"], indexed(ours))
        await _clocked(costs["httpx + feedparser, defaults"], with_feedparser(list(urls.values())))
        await _clocked(costs["aiohttp + lxml"], with_lxml(list(urls.values())))
    least = {name: Cost(min(times), statistics.median(times)) for name, times in costs.items()}
    print(f"poll, cold: {count} feeds, stored, cleaned, language told")
    for name, cost in least.items():
        say_cost(name, cost)
    say_ratio("ours to httpx + feedparser", least["ours"], least["httpx + feedparser, defaults"], at_most=0.6)
    say_ratio("ours to aiohttp + lxml", least["ours"], least["aiohttp + lxml"])


async def _clocked(costs: list[float], work: Awaitable[None]) -> None:
    began = processor()
    await work
    costs.append(processor() - began)


async def unchanged(address: str) -> None:
    """Print what a poll costs that brings nothing."""
    numbers = range(SOURCES)
    same, fresh = (
        {f"{kind}{number}": f"{address}/{kind}/{number}" for number in numbers} for kind in ("same", "fresh")
    )
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(Path(folder, "rows.db"))
        database.executescript("pragma journal_mode=wal; pragma synchronous=normal;" + TABLE)
        async with collecting(Path(folder), same | fresh) as ours, aiohttp.ClientSession() as client:
            await ours.collect([*same, *fresh])
            rows = partial(with_a_row, client, database)
            works = {
                "ours, 304": Work(partial(visited, ours, list(same)), processor),
                "ours, the same body in a 200": Work(partial(visited, ours, list(fresh)), processor),
                "aiohttp + sha256 + a row, 304": Work(partial(rows, list(same.values())), processor),
                "aiohttp + sha256 + a row, 200": Work(partial(rows, list(fresh.values())), processor),
            }
            costs = await in_turns(works, ROUNDS)
    print(f"poll, unchanged: {SOURCES} sources")
    for name, cost in costs.items():
        say_cost(name, cost)
    say_ratio("ours to aiohttp + sha256 + a row", costs["ours, 304"], costs["aiohttp + sha256 + a row, 304"], at_most=3)
    say_ratio("the same body in a 200 to a 304", costs["ours, the same body in a 200"], costs["ours, 304"], at_most=2)


async def one_new(bodies: Sequence[bytes]) -> None:
    """Print what reading costs where one entry of some twenty is new."""
    documents = [Document(body=body, url="https://daily.example/feed") for body in bodies]
    known = []
    for document in documents:
        with suppress(ParseError):
            present = read(document, frozenset(), FEEDS).present
            if 15 <= len(present) <= 25:
                known.append((document, frozenset(trace.digest for trace in present[1:])))

    async def reading(fresh: bool) -> None:
        for document, digests in known:
            read(document, frozenset() if fresh else digests, FEEDS)

    costs = await in_turns({"all new": Work(partial(reading, True)), "one new": Work(partial(reading, False))}, ROUNDS)
    print(f"poll, one new entry: {len(known)} documents of fifteen to twenty-five entries")
    for name, cost in costs.items():
        say_cost(name, cost)
    say_ratio("one new entry to all", costs["one new"], costs["all new"], at_most=0.25)


async def main() -> None:
    """Print the costs and their ratios."""
    bodies = feeds()
    await one_new(bodies)
    with publishing() as address:
        await unchanged(address)
        await cold(address, len(bodies))


if __name__ == "__main__":
    asyncio.run(publisher(int(sys.argv[1])) if len(sys.argv) > 1 else main())
