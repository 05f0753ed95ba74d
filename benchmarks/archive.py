"""Whether a question costs the same of a million records as of ten thousand: time that goes by, both on disk.

The rows are what the archive itself would write, in fewer and larger steps;
the two archives differ in how many there are, not in how they are spread:
each source has a hundred records, and some words as many in both.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import apsw
from tests.builders import NOW, record

from benchmarks.measure import Work, in_turns, say_cost, say_ratio
from cuttings.archive.codec import microseconds, packable
from cuttings.archive.sqlite.archive import FILE, SqliteArchive
from cuttings.model.article import RecordId, SourceKey
from cuttings.ports import Query
from cuttings.text.digest import record_id
from cuttings.text.packing import pack

FEW, MANY = 10_000, 1_000_000
ROUNDS, ASKED = 15, 10  # questions a round
OF_A_SOURCE = 100  # records
BODIES = 500  # different ones; the others are copies
RARE, RARELY = "quillfish", 40  # a word, and in how many records it stands in both archives
COMMON, EVERY = "lantern", 200  # a word that stands in one of so many records
PIECE = 10_000  # rows a call
VOCABULARY = [
    f"{a}{b}{c}" for a in "bdfgklmprst" for b in ("a", "ei", "ou") for c in ("rn", "nd", "lt", "sk", "mp", "v")
]


Ask = Callable[[SqliteArchive], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Words:
    """What articles say: a few hundred texts, drawn once."""

    texts: Sequence[str]
    bodies: Sequence[bytes]


def words() -> Words:
    """Return the texts, and each as a record's body."""
    draw = random.Random(4)
    texts = [" ".join(draw.choices(VOCABULARY, k=60)) for _ in range(BODIES)]
    made = (record(text=text, content=f"<p>{text}</p>", title=text[:40], summary=text[:150]) for text in texts)
    return Words(texts, [pack(packable(one)) for one in made])


async def build(folder: Path, count: int) -> float:
    """Make an archive of so many records; return the seconds it took."""
    began = time.perf_counter()
    async with SqliteArchive.opened(folder):
        pass
    await asyncio.to_thread(fill, folder / FILE, count, words())
    async with SqliteArchive.opened(folder) as archive:
        await archive.tidy()
    return time.perf_counter() - began


def fill(database: Path, count: int, said: Words) -> None:
    """Put the rows in, then make the indexes again: sorted, they take a tenth of the time."""
    with closing(apsw.Connection(str(database))) as connection:
        connection.pragma("synchronous", "OFF")
        connection.pragma("cache_size", -(256 << 10))
        connection.execute("BEGIN IMMEDIATE")
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'records' AND sql NOT NULL"
        indexes = connection.execute(sql).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        _fill(connection, count, said)
        for _, made in indexes:
            connection.execute(str(made))
        connection.execute("COMMIT")


def _fill(connection: apsw.Connection, count: int, said: Words) -> None:
    inserted = """INSERT INTO records (number, id, source, guid, url, canonical_url, story, revision, order_date,
                  language, categories, authored, news, touched, indexed)
                  VALUES (?1, ?2, ?3, ?4, ?4, ?4, ?2, 1, ?5, 'en', '["tides"]', 1, ?6, ?6, 1)"""
    _insert(connection, inserted, _rows(count))
    numbers = range(1, count + 1)
    bodies = ((number, 1, said.bodies[number % BODIES]) for number in numbers)
    _insert(connection, "INSERT INTO revisions VALUES (?, ?, ?)", bodies)
    texts = ((number, *_text(number, count, said.texts[number % BODIES])) for number in numbers)
    _insert(connection, "INSERT INTO search (rowid, title, summary, text) VALUES (?, ?, ?, ?)", texts)
    newest = microseconds(NOW) + count
    connection.execute("UPDATE watershed SET commits = ?, newest_seen = ?", (count, newest))


def _insert(connection: apsw.Connection, sql: str, rows: Iterator[tuple[object, ...]]) -> None:
    while piece := list(islice(rows, PIECE)):
        connection.executemany(sql, piece)


def _rows(count: int) -> Iterator[tuple[object, ...]]:
    """Yield what differs from record to record; sources take turns, so their records lie apart."""
    sources = count // OF_A_SOURCE
    first = microseconds(NOW) - count * 1_000_000
    for number in range(1, count + 1):
        source, link = source_of(number % sources), f"https://daily.example/{number}"
        yield number, record_id(source, link), source, link, first + number * 1_000_000, number // 20


def _text(number: int, count: int, text: str) -> tuple[str, str, str]:
    rare = f" {RARE}" if number % (count // RARELY) == 0 else ""
    common = f" {COMMON}" if number % EVERY == 0 else ""
    return text[:40], text[:150], text + rare + common


def source_of(number: int) -> SourceKey:
    """Return the key of a source."""
    return SourceKey(f"https://source-{number}.example/feed.xml")


async def ask_newest(archive: SqliteArchive, query: Query) -> None:
    """Ask for the newest records, some times."""
    for _ in range(ASKED):
        found = [one async for one in archive.newest(query)]
        assert len(found) == query.limit


async def ask_words(archive: SqliteArchive, word: str, query: Query) -> None:
    """Search for a word as the command does, and read what was found, some times."""
    for _ in range(ASKED):
        found = [await archive.get(RecordId(id_)) for id_ in await archive.search(word, query)]
        assert len(found) == query.limit


QUESTIONS: Mapping[str, Ask] = {
    "the newest fifty": partial(ask_newest, query=Query(limit=50)),
    "fifty before a moment in its midst": partial(
        ask_newest, query=Query(limit=50, until=NOW - timedelta(seconds=FEW / 2))
    ),
    "a source's newest fifty": partial(ask_newest, query=Query(sources=[source_of(7)], limit=50)),
    f"search: a word of {RARELY} records": partial(ask_words, word=RARE, query=Query(limit=20)),
    f"search: a word of one in {EVERY}": partial(ask_words, word=COMMON, query=Query(limit=20)),
}


async def compared(folder: Path) -> None:
    """Build both archives, ask both the same in turns, print the ratios."""
    for count in (FEW, MANY):
        took = await build(folder / str(count), count)
        size = (folder / str(count) / FILE).stat().st_size
        print(f"  {count:,} records: built in {took:.0f} s, {size >> 20:,} MiB", flush=True)
    async with (
        SqliteArchive.opened(folder / str(FEW)) as few,
        SqliteArchive.opened(folder / str(MANY)) as many,
    ):
        for name, ask in QUESTIONS.items():
            works = {"few": _work(ask, few), "many": _work(ask, many)}
            costs = await in_turns(works, ROUNDS)
            say_cost(f"{name}, of {FEW:,}", costs["few"])
            say_cost(f"{name}, of {MANY:,}", costs["many"])
            say_ratio(name, costs["many"], costs["few"], at_most=2)


def _work(ask: Ask, archive: SqliteArchive) -> Work:
    return Work(partial(ask, archive), lambda: time.perf_counter() / ASKED)


def main() -> None:
    """Print costs, ratios and bars; the archives lie in the temporary folder and are deleted afterwards."""
    print(f"archive: the same questions to {FEW:,} records and to {MANY:,}")
    with tempfile.TemporaryDirectory(prefix="cuttings-") as folder:
        asyncio.run(compared(Path(folder)))


if __name__ == "__main__":
    main()
