"""The newest records first, in pieces, each found by an index alone: as fast at ten million as at ten thousand."""

import heapq
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import apsw

from cuttings.archive.codec import microseconds
from cuttings.archive.sqlite.record_rows import bindable, read_body
from cuttings.model.article import Record
from cuttings.ports import Query

MERGED = 50  # sources up to which each is looked through by itself

Key = tuple[int, str]  # order date, id


@dataclass(frozen=True, slots=True)
class Piece:
    """Some records, and where the next piece begins; None when there is none."""

    records: Sequence[Record]
    after: Key | None


def piece(connection: apsw.Connection, query: Query, after: Key | None, limit: int) -> Piece:
    """Return up to `limit` newest revisions that a query asks for, those below `after`."""
    found = list(_found(connection, query, after, limit))
    last = found[-1][0] if len(found) == limit else None
    return Piece([read_body(_body(connection, number)) for _, number in found], last)


def _found(connection: apsw.Connection, query: Query, after: Key | None, limit: int) -> Iterator[tuple[Key, int]]:
    """Yield keys and numbers of records, highest key first."""
    if query.feed is None and 1 < len(query.sources) <= MERGED:
        each = [_found(connection, replace(query, sources=[key]), after, limit) for key in dict.fromkeys(query.sources)]
        merged = heapq.merge(*each, reverse=True)
        return (found for found, _ in zip(merged, range(limit), strict=False))
    sql, values = _sql(query, after)
    return (((date, id_), number) for date, id_, number in connection.execute(f"{sql} LIMIT ?", (*values, limit)))


def _sql(query: Query, after: Key | None) -> tuple[str, list[str | int]]:
    """Return the question, and the values it is asked with.

    A feed's records are ordered as that feed last judged them.
    """
    if query.feed is None:
        tables, order = "records r", "r.order_date, r.id"
    else:
        tables, order = "places p JOIN records r ON r.id = p.record", "p.order_date, p.record"
    asked, values = wheres(query, continued=after is not None)
    if after is not None:
        asked.append(f"({order}) < (?, ?)")
        values += after
    where = " AND ".join(asked) or "1"
    newest_first = ", ".join(f"{column} DESC" for column in order.split(", "))
    return f"SELECT {order}, r.number FROM {tables} WHERE {where} ORDER BY {newest_first}", values


def wheres(query: Query, *, continued: bool = False) -> tuple[list[str], list[str | int]]:
    """Return what a query asks of records `r`, and, where it names a feed, of its places `p`."""
    date = "r.order_date" if query.feed is None else "p.order_date"
    asked: list[tuple[str, list[str | int]]] = []
    if query.feed is not None:
        asked.append(("p.feed = ? AND NOT p.withdrawn", [query.feed]))
    if query.sources:
        marks = ", ".join("?" * len(query.sources))
        asked.append((f"r.source IN ({marks})" if len(query.sources) > 1 else "r.source = ?", [*query.sources]))
    if query.language is not None and query.language != "*":
        prefix = query.language.lower() + "-"
        asked.append(("substr(lower(r.language) || '-', 1, ?) = ?", [len(prefix), prefix]))
    if query.tag is not None:
        quoted = json.dumps(query.tag.casefold(), ensure_ascii=False)
        asked.append(("instr(fold(r.categories), ?) > 0", [bindable(quoted)]))
    if query.since is not None:
        asked.append((f"{date} >= ?", [microseconds(query.since)]))
    if query.until is not None and not continued:  # what comes after a key is before `until` anyway
        asked.append((f"{date} < ?", [microseconds(query.until)]))
    return [where for where, _ in asked], [value for _, values in asked for value in values]


def _body(connection: apsw.Connection, number: int) -> bytes:
    sql = """SELECT v.body FROM records r JOIN revisions v ON v.record = r.number AND v.revision = r.revision
             WHERE r.number = ?"""
    body: bytes = connection.execute(sql, (number,)).get
    return body
