"""What finds near-same texts, and what recurs in a source's, as functions of a connection.

A sketch is a row of keys of eight bytes (see `ports.Archive.alike`).  Keys lie
by periods of some days: those that come together lie together, and whole
periods are let go, a portion with each visit, so that the table holds the keys
of about a month.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache

import apsw

from cuttings.archive.codec import EPOCH, microseconds
from cuttings.archive.sqlite.record_rows import bindable, newest
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.text.boilerplate import Counts

PERIOD = timedelta(days=15)  # fewer are asked faster, more are kept closer to thirty days
PERIODS = 3  # are kept: of thirty days at least, of forty-five at most
MOST_KEYS = 64  # of one sketch
MOST_ALIKE = 20
LET_GO = 3  # old keys for each new one


# -- sketches


def keep_sketches(
    connection: apsw.Connection, sketches: Sequence[tuple[RecordId, bytes]], records: Iterable[Record]
) -> None:
    """Make records that are kept findable by what their texts are like."""
    seen = {record.id: record.first_seen for record in records}
    rows = sorted(row for id_, sketch in sketches for row in _rows(connection, id_, sketch, seen.get(id_)))
    if not rows:
        return
    connection.executemany("INSERT OR IGNORE INTO sketch_keys VALUES (?, ?, ?, ?)", rows)
    sql = "SELECT period, key, seen, record FROM sketch_keys WHERE period <= ? LIMIT ?"
    old = connection.execute(sql, (rows[-1][0] - PERIODS, LET_GO * len(rows))).fetchall()
    connection.executemany("DELETE FROM sketch_keys WHERE (period, key, seen, record) = (?, ?, ?, ?)", old)


def alike(connection: apsw.Connection, sketches: Sequence[bytes], since: datetime) -> Sequence[Sequence[RecordId]]:
    """See `ports.Archive`."""
    first, last = (connection.execute(f"SELECT {which}(period) FROM sketch_keys").get for which in ("min", "max"))
    if last is None:
        return [()] * len(sketches)
    periods = range(max(_period(since), first, last - PERIODS + 1), last + 1)
    return [_alike(connection, keys_of(sketch), microseconds(since), periods) for sketch in sketches]


def _alike(connection: apsw.Connection, keys: Sequence[int], since: int, periods: Sequence[int]) -> Sequence[RecordId]:
    if not keys:
        return ()
    sql = _sharing(len(keys))
    shared = Counter(row for period in periods for row in connection.execute(sql, (period, since, *keys)))
    best = sorted(shared, key=lambda row: (-shared[row], row))[:MOST_ALIKE]
    return [RecordId(connection.execute("SELECT id FROM records WHERE number = ?", (row[0],)).get) for row in best]


@cache
def _sharing(keys: int) -> str:
    """Return a question for the records that have so many keys, of each the newest few: some come by thousands."""
    one = """SELECT * FROM (SELECT record, seen FROM sketch_keys WHERE period = ?1 AND key = ?{} AND seen >= ?2
             ORDER BY seen DESC, record DESC LIMIT 20)"""
    return " UNION ALL ".join(one.format(number) for number in range(3, keys + 3))


def keys_of(sketch: bytes) -> Sequence[int]:
    """Return the keys of a sketch, each once."""
    count = min(len(sketch) // 8, MOST_KEYS)
    return tuple(dict.fromkeys(struct.unpack_from(f"<{count}q", sketch)))


def _rows(
    connection: apsw.Connection, id_: RecordId, sketch: bytes, seen: datetime | None
) -> Iterator[tuple[int, int, int, int]]:
    number = connection.execute("SELECT number FROM records WHERE id = ?", (id_,)).get
    if number is None:
        return
    if seen is None:
        record = newest(connection, id_)
        assert record is not None
        seen = record.first_seen
    for key in keys_of(sketch):
        yield _period(seen), key, microseconds(seen), number


def _period(time: datetime) -> int:
    return (time - EPOCH) // PERIOD


# -- what recurs


def keep_counts(connection: apsw.Connection, source: SourceKey, counts: Counts) -> None:
    """Keep what was counted over a source's articles."""
    connection.execute(
        "INSERT INTO boilerplate VALUES (?1, ?2) ON CONFLICT DO UPDATE SET counts = ?2",
        (bindable(source), counts.packed()),
    )


def counts_of(connection: apsw.Connection, source: SourceKey) -> Counts:
    """See `ports.Archive.boilerplate`."""
    packed = connection.execute("SELECT counts FROM boilerplate WHERE source = ?", (bindable(source),)).get
    try:
        return Counts() if packed is None else Counts.unpacked(packed)
    except ValueError as error:
        raise ArchiveDamaged(f"what recurs in {source} cannot be read: {error}") from error
