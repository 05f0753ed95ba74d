"""Search by words (FTS5), filled behind the ingest: in its transaction it would cost five times the insert."""

from collections.abc import Sequence
from dataclasses import dataclass

import apsw

from cuttings.archive.sqlite import listing
from cuttings.archive.sqlite.record_rows import bindable, read_body
from cuttings.model.article import Record, RecordId
from cuttings.ports import Query

WORDS = 64  # of a query; more only cost time
LONGEST = 1000  # characters of a query that are looked at
WEIGHTS = "10.0, 4.0, 1.0"  # of a word in title, summary, text


@dataclass(frozen=True, slots=True)
class Behind:
    """A newest revision that search does not know yet."""

    number: int
    record: Record


def behind(connection: apsw.Connection, limit: int) -> Sequence[Behind]:
    """Return up to `limit` revisions that are to be indexed, read outside of any writing."""
    sql = """SELECT r.number, v.body FROM records r JOIN revisions v ON v.record = r.number AND v.revision = r.revision
             WHERE r.indexed < r.revision ORDER BY r.number LIMIT ?"""
    return [Behind(number, read_body(body)) for number, body in connection.execute(sql, (limit,))]


def index(connection: apsw.Connection, found: Sequence[Behind]) -> None:
    """Index revisions, in the place of older ones of the same records."""
    for each in found:
        words = (each.record.title, each.record.summary or "", each.record.text)
        connection.execute("DELETE FROM search WHERE rowid = ?", (each.number,))
        connection.execute(
            "INSERT INTO search (rowid, title, summary, text) VALUES (?, ?, ?, ?)",
            (each.number, *(_without_nul(bindable(text)) for text in words)),
        )
        connection.execute("UPDATE records SET indexed = ? WHERE number = ?", (each.record.revision, each.number))


def search(connection: apsw.Connection, words: str, query: Query) -> Sequence[RecordId]:
    """See `ports.Archive`.  All words must be there; the best matches come first, of equals the newest."""
    asked = _quoted(words)
    if not asked:
        return ()
    limit = -1 if query.limit is None else query.limit
    tables, (wheres, values) = "search", listing.wheres(query)
    if wheres:  # else only who is shown need be looked up
        tables += " JOIN records r ON r.number = search.rowid"
    if query.feed is not None:
        tables += " JOIN places p ON p.record = r.id"
    where = " AND ".join(["search MATCH ?", *wheres])
    sql = f"""SELECT r.id FROM
                (SELECT search.rowid AS number, bm25(search, {WEIGHTS}) AS score FROM {tables} WHERE {where}
                 ORDER BY score, search.rowid DESC LIMIT ?) best
              JOIN records r ON r.number = best.number ORDER BY best.score, r.order_date DESC"""
    return tuple(RecordId(id_) for (id_,) in connection.execute(sql, (asked, *values, limit)))


def _quoted(words: str) -> str:
    """Return a query in which nothing is syntax: each word is a string of its own."""
    plain = _without_nul(bindable(words[:LONGEST])).split()
    return " ".join('"' + word.replace('"', '""') + '"' for word in plain[:WORDS])


def _without_nul(text: str) -> str:
    return text.replace("\0", " ")
