"""What the archive in SQLite promises beyond the contract: it outlives crashes, and its size costs nothing."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from cuttings.archive.migrations import STEPS
from cuttings.archive.sqlite import (
    SqliteArchive,
    connections,
    fulltext,
    ledger_rows,
    likeness,
    listing,
    record_rows,
    sole_daemon,
    source_rows,
)
from cuttings.archive.sqlite import (
    archive as archive_module,
)
from cuttings.errors import ArchiveDamaged, ArchiveUnavailable
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import Decision, FeedKey
from cuttings.ports import Query
from cuttings.text import boilerplate
from tests.builders import DAILY, NOW, at, line, next_revision, page, page_item, place, record, source, state, visit

ROOT = Path(__file__).parents[2]
WHOLE = [record(f"https://daily.example/{n}", published=at(-n), text="Tide. " * 200) for n in range(30)]


@pytest.fixture
async def archive(tmp_path) -> AsyncIterator[SqliteArchive]:
    async with SqliteArchive.opened(tmp_path) as opened:
        yield opened


def database(folder: Path) -> Path:
    return folder / archive_module.FILE


@contextlib.contextmanager
def running(code: str, *arguments: str):
    """Run Python in another process that is killed at the end."""
    head = "import asyncio, sys\nfrom pathlib import Path\nfrom cuttings.archive.sqlite import SqliteArchive\n"
    builders = "from tests.builders import *\n"
    process = subprocess.Popen(
        [sys.executable, "-c", head + builders + code, *arguments], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


# -- what is acknowledged is kept


async def test_all_is_there_after_it_was_closed(tmp_path):
    async with SqliteArchive.opened(tmp_path) as archive:
        await archive.commit(visit(*WHOLE))
        await archive.follow([source()], NOW)

    async with SqliteArchive.opened(tmp_path) as archive:
        assert [found.id async for found in archive.newest(Query())] == [found.id for found in WHOLE]
        assert [found.name for found in await archive.states()] == ["daily"]


COMMITTING = """
async def main():
    async with SqliteArchive.opened(Path(sys.argv[1])) as archive:
        async def one(n):
            first = record(str(n))
            await archive.commit(visit(first, next_revision(first, title=str(n)), reasons=(reason(first.id),)))
            print(n, flush=True)
        n = 0
        while True:
            await asyncio.gather(*(one(n + k) for k in range(7)))
            n += 7
asyncio.run(main())
"""


async def test_what_was_acknowledged_survives_kill_9_and_no_visit_is_there_by_half(tmp_path):
    acknowledged: list[str] = []
    for lines in (5, 60):
        with running(COMMITTING, str(tmp_path)) as process:
            acknowledged += [process.stdout.readline().strip() for _ in range(lines)]
            process.kill()
            acknowledged += process.stdout.read().split()

    async with SqliteArchive.opened(tmp_path) as archive:
        for n in acknowledged:
            kept = await archive.get(record(n).id)
            assert kept is not None
            assert kept.title == n
        for found in [found async for found in archive.newest(Query())]:
            assert found.revision == 2
            assert len(await archive.reasons(found.id)) >= 1


async def test_a_visit_that_cannot_be_kept_fails_alone(archive):
    impossible = record("impossible", title=object())

    outcomes = await asyncio.gather(
        *(archive.commit(visit(found)) for found in WHOLE[:5]),
        archive.commit(visit(record("beside"), impossible)),
        *(archive.commit(visit(found)) for found in WHOLE[5:]),
        return_exceptions=True,
    )

    assert [type(found) for found in outcomes if not isinstance(found, int)] == [TypeError]
    assert len([found async for found in archive.newest(Query())]) == len(WHOLE)
    assert await archive.get(record("beside").id) is None


FILLING = """
import resource
from cuttings.errors import ArchiveUnavailable
async def main():
    async with SqliteArchive.opened(Path(sys.argv[1])) as archive:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
        n = 0
        try:
            while True:
                text = "".join(chr(0x4E00 + (n * 7919 + k * k) % 20000) for k in range(3000))
                await archive.commit(visit(record(str(n), text=text)))
                print(n, flush=True)
                n += 1
        except ArchiveUnavailable:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            await archive.commit(visit(record("after")))
            print("after", flush=True)
asyncio.run(main())
"""


async def test_a_full_disk_is_said_and_got_over(tmp_path):
    with running(FILLING, str(tmp_path)) as process:
        printed = process.stdout.read().split()

    assert printed[-1] == "after"
    assert len(printed) > 3
    async with SqliteArchive.opened(tmp_path) as archive:
        kept = await archive.many((record(n).id, 1) for n in printed)
        assert len(kept) == len(printed)


# -- beside other processes


LEASING = """
async def main():
    async with SqliteArchive.opened(Path(sys.argv[1])) as archive:
        leased = await archive.lease(at(1), 3)
        print(*(found.name for found in leased), flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_lease_ends_with_its_process_at_once(archive, tmp_path):
    await archive.follow([source(name) for name in "abcd"], NOW)
    with running(LEASING, str(tmp_path)) as process:
        theirs = process.stdout.readline().split()
        ours = [found.name for found in await archive.lease(at(1), 10)]
        await archive.release([source(name).address for name in ours])
        process.kill()
        process.wait()

        after = [found.name for found in await archive.lease(at(1), 10)]

    assert (len(theirs), sorted(theirs + ours)) == (3, ["a", "b", "c", "d"])
    assert sorted(after) == ["a", "b", "c", "d"]


async def test_a_lease_ends_when_its_archive_is_closed(archive, tmp_path):
    await archive.follow([source()], NOW)
    async with SqliteArchive.opened(tmp_path) as other:
        assert len(await other.lease(NOW, 1)) == 1
        assert await archive.lease(NOW, 1) == ()

    assert len(await archive.lease(NOW, 1)) == 1


async def test_nobody_releases_what_another_one_holds(archive, tmp_path):
    await archive.follow([source()], NOW)
    async with SqliteArchive.opened(tmp_path) as other:
        await other.lease(NOW, 1)
        await archive.release([DAILY])

        assert await archive.lease(NOW, 1) == ()


PUBLISHING = """
async def main():
    async with SqliteArchive.opened(Path(sys.argv[1])) as archive:
        head = await archive.open(["front"], lambda: "urn:uuid:1", NOW)
        async with archive.publishing(head.key):
            print("held", flush=True)
            await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_a_feed_is_free_when_its_publisher_is_killed(archive, tmp_path):
    async def publish() -> None:
        async with archive.publishing(FeedKey("front")):
            pass

    with running(PUBLISHING, str(tmp_path)) as process:
        assert process.stdout.readline() == "held\n"
        waiting = asyncio.create_task(publish())
        await asyncio.wait({waiting}, timeout=0.1)
        assert not waiting.done()
        process.kill()
        await asyncio.wait_for(waiting, 5)


def test_there_is_one_daemon(tmp_path):
    with (
        sole_daemon(tmp_path),
        pytest.raises(ArchiveUnavailable, match="another daemon"),
        sole_daemon(tmp_path),
    ):
        pass
    with sole_daemon(tmp_path):
        pass


async def test_another_ones_transaction_is_waited_for_and_then_said(archive, tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "BUSY", 20)
    async with SqliteArchive.opened(tmp_path) as impatient:
        holder = apsw.Connection(str(database(tmp_path)))
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ArchiveUnavailable, match="locked"):
            await impatient.commit(visit(record()))
        patient = asyncio.create_task(archive.commit(visit(record("patient"))))
        await asyncio.wait({patient}, timeout=0.05)
        holder.execute("ROLLBACK")
        await patient
        await impatient.commit(visit(record()))

    assert len([found async for found in archive.newest(Query())]) == 2


async def test_two_open_a_new_archive_at_once(tmp_path):
    async def opened() -> int:
        async with SqliteArchive.opened(tmp_path / "new" / "archive") as archive:
            return await archive.commit(visit(record()))

    assert await asyncio.gather(*(opened() for _ in range(5)))


# -- what is not ours, not whole, or not to be had


async def test_a_newer_archive_is_refused(tmp_path):
    async with SqliteArchive.opened(tmp_path):
        pass
    with contextlib.closing(apsw.Connection(str(database(tmp_path)))) as newer:
        newer.pragma("user_version", len(STEPS) + 1)

    with pytest.raises(ArchiveUnavailable, match="newer"):
        async with SqliteArchive.opened(tmp_path):
            pass


async def test_a_database_of_another_program_is_refused_and_left_alone(tmp_path):
    with contextlib.closing(apsw.Connection(str(database(tmp_path)))) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = database(tmp_path).read_bytes()

    with pytest.raises(ArchiveDamaged, match="not one of cuttings"):
        async with SqliteArchive.opened(tmp_path):
            pass

    with contextlib.closing(apsw.Connection(str(database(tmp_path)))) as other:
        assert other.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]
    assert len(before) == 8192


async def test_what_is_no_database_is_damage(tmp_path):
    database(tmp_path).write_bytes(b"not a database at all, but long enough to look at" * 100)

    with pytest.raises(ArchiveDamaged):
        async with SqliteArchive.opened(tmp_path):
            pass


async def test_overwritten_pages_are_damage(tmp_path):
    async with SqliteArchive.opened(tmp_path) as archive:
        await archive.commit(visit(*WHOLE))
    body = bytearray(database(tmp_path).read_bytes())
    body[4096 * 2 :] = b"\xa5" * (len(body) - 4096 * 2)
    database(tmp_path).write_bytes(body)

    with pytest.raises(ArchiveDamaged):
        async with SqliteArchive.opened(tmp_path) as archive:
            async for _ in archive.newest(Query()):
                pass


async def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ArchiveUnavailable, match="file"):
        async with SqliteArchive.opened(tmp_path / "file"):
            pass


# -- size costs nothing


class Explained:
    """A connection that notes how each question is answered."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.plans: list[str] = []

    def execute(self, sql: str, values: tuple[Any, ...] = ()):
        plan = self._connection.execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
        self.plans += [f"{step[3]}  in  {' '.join(sql.split())}" for step in plan]
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows):
        for row in rows:
            self.execute(sql, row)

    def __getattr__(self, name: str):
        return getattr(self._connection, name)

    def slow(self) -> list[str]:
        """Return the steps that look at all rows, or sort them; to walk along an index is neither."""
        allowed = ("SCAN watershed", "SCAN search VIRTUAL TABLE", "SCAN CONSTANT ROW", "SCAN r USING")
        steps = [plan for plan in self.plans if "SCAN" in plan or "TEMP B-TREE" in plan]
        return [plan for plan in steps if not plan.startswith(allowed)]


@pytest.fixture
async def explained(archive, tmp_path):
    await archive.follow([source(name) for name in "abc"], NOW)
    await archive.commit(visit(*WHOLE))
    await archive.open(["front"], lambda: "urn:uuid:1", NOW)
    with contextlib.closing(connections._connect(database(tmp_path))) as connection:
        yield Explained(connection)


@pytest.mark.parametrize(
    "query",
    [
        Query(),
        Query(sources=[DAILY]),
        Query(sources=[DAILY, SourceKey(source("a").address)]),
        Query(feed=FeedKey("front")),
        Query(since=at(-9), until=at(-1)),
        Query(sources=[DAILY], since=at(-9)),
        Query(language="en", tag="sea"),
    ],
)
def test_newest_is_walked_along_an_index(explained, query):
    for after in (None, (10**15, "x")):
        listing.piece(explained, query, after, 50)

    assert explained.slow() == []


def test_whatever_a_visit_asks_and_writes_is_found_by_an_index(explained):
    first = WHOLE[0]
    record_rows.keep(explained, [record("new"), next_revision(first, story=WHOLE[1].story)])
    record_rows.known(explained, DAILY, [first.ident], [first.url or ""], ["https://daily.example/"])
    record_rows.find(explained, "abc")
    record_rows.history(explained, first.id)
    record_rows.reasons(explained, first.id)
    record_rows.captured(explained, DAILY, b"1")
    likeness.keep_sketches(explained, [(first.id, b"8 bytes.")], [first])
    likeness.alike(explained, [b"8 bytes."], at(-9))
    likeness.keep_counts(explained, DAILY, boilerplate.Counts())
    likeness.counts_of(explained, DAILY)
    source_rows.keep_state(explained, state(), moved=True, document=True)
    source_rows.next_due(explained)
    source_rows.lease_due(explained, "me", at(9), 2)
    source_rows.free_the_dead(explained, lambda token: False)
    source_rows.lease_named(explained, "me", [DAILY], 9)
    source_rows.release(explained, "me", [DAILY])
    fulltext.index(explained, fulltext.behind(explained, 9))

    assert explained.slow() == []


async def test_the_keys_of_sketches_older_than_a_month_are_let_go(archive, tmp_path):
    for day in range(0, 200, 2):
        one = record(str(day), first_seen=NOW + timedelta(days=day))
        await archive.commit(visit(one, sketches=((one.id, bytes([day] * 8)),)))

    with contextlib.closing(apsw.Connection(str(database(tmp_path)))) as connection:
        kept = [row[0] for row in connection.execute("SELECT record FROM sketch_keys ORDER BY seen")]
    assert 100 - 46 // 2 <= kept[0] <= 100 - 30 // 2
    assert kept == list(range(kept[0], 101))


def test_whatever_a_decision_asks_is_found_by_an_index(explained):
    key, one = FeedKey("front"), WHOLE[0].id
    view = ledger_rows.SqliteView(explained, key)
    head = replace(view.head, time=NOW)
    decision = Decision(
        head=head, places=[place(one)], lines=[line(one)], unlined=[one], pages=[page(1, page_item(one))]
    )
    ledger_rows.keep_decision(explained, key, decision, NOW)
    for question in (
        *(view.arrivals(5), view.twins("story"), view.live_lines(), view.places_by_date(), view.open_lines()),
        *(view.due(), view.pages_with(one), view.pages_of(DAILY), view.lines(one)),
    ):
        list(question)
    view.candidate(one)
    view.place(one)
    view.story_is_placed("story")
    view.published_id(one)
    view.published_id_taken("x")
    ledger_rows.articles(explained, key, RecordId("a"), 9)
    ledger_rows.in_full(explained, [one])
    ledger_rows.pages(explained, key, 1, 1)

    assert explained.slow() == []


def test_a_visit_where_nothing_changed_is_one_small_row(explained):
    source_rows.keep_state(explained, state(), moved=True, document=True)
    before = explained.total_changes()

    source_rows.keep_state(explained, state(last_visit=at(5)), moved=False, document=False)

    assert explained.total_changes() - before == 1


async def test_following_the_same_sources_again_writes_nothing(archive, tmp_path):
    declared = [source(name) for name in "abc"]
    await archive.follow(declared, NOW)
    with contextlib.closing(apsw.Connection(str(database(tmp_path)))) as watch:
        before = watch.pragma("data_version")
        followed = await archive.follow(declared, at(5))

        assert watch.pragma("data_version") == before
    assert list(followed) == ["a", "b", "c"]


async def test_housekeeping_empties_the_log_and_leaves_it_while_others_read(tmp_path):
    async with SqliteArchive.opened(tmp_path) as archive:
        await archive.commit(visit(*(record(str(number)) for number in range(50))))
        log = tmp_path / "cuttings.sqlite3-wal"
        with contextlib.closing(apsw.Connection(str(tmp_path / "cuttings.sqlite3"))) as other:
            other.execute("BEGIN; SELECT count(*) FROM records").fetchall()
            assert await archive.tidy() == 0

        assert await archive.tidy() > 100_000
        assert log.stat().st_size == 0
        assert (await archive.counts()).records == 50


async def test_origins_that_nobody_asks_for_any_more_are_forgotten_unless_they_asked_for_peace(archive):
    now = NOW + timedelta(days=61)
    for number in range(5):
        await archive.keep_robots(f"https://{number}.example:443", NOW, b"")
    await archive.keep_origin_wait("https://1.example:443", now + timedelta(days=1))

    await archive.keep_robots("https://new.example:443", now, b"")

    known = [number for number in range(5) if await archive.robots(f"https://{number}.example:443") is not None]
    assert known == [1]
