"""The ledgers of feeds, as functions of a connection, and what a decision sees of them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import apsw

from cuttings.archive.codec import from_text, microseconds, text, time_of
from cuttings.archive.sqlite import record_rows
from cuttings.archive.sqlite.record_rows import CANDIDATE, bindable, bindable_or_none
from cuttings.errors import ArchiveError
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.feed import (
    NEWER,
    Candidate,
    Decision,
    FeedKey,
    Head,
    LedgerHead,
    Line,
    Page,
    PageItem,
    Place,
    Shown,
)

_PLACE = "record, number, published_id, at, live, updated, order_date, visible, withdrawn, announced, due, shown"
_LINE = "number, record, live, page"
DAY = 86_400_000_000  # microseconds

_HEAD_ELSEWHERE = frozenset({"written"})


class Taken(Exception):
    """Another feed has published another record under this id meanwhile."""


# -- writing


def open_feed(connection: apsw.Connection, names: Sequence[str], mint: Callable[[], str]) -> LedgerHead:
    """See `ports.Ledger`."""
    found = (connection.execute("SELECT feed FROM feed_names WHERE name = ?", (name,)).get for name in names)
    key = FeedKey(next((feed for feed in found if feed is not None), names[0]))
    for name in names:
        connection.execute("INSERT OR IGNORE INTO feed_names VALUES (?, ?)", (name, key))
    if connection.execute("SELECT 1 FROM feeds WHERE key = ?", (key,)).get is None:
        fresh = LedgerHead(key=key, feed_id=mint())
        connection.execute("INSERT INTO feeds (key, head) VALUES (?, ?)", (key, text(fresh, _HEAD_ELSEWHERE)))
    return head(connection, key)


def opened(connection: apsw.Connection, names: Sequence[str]) -> LedgerHead | None:
    """Return the ledger that all these names lead to already, None where there is something to write."""
    found = {connection.execute("SELECT feed FROM feed_names WHERE name = ?", (name,)).get for name in names}
    if len(found) != 1 or None in found:
        return None
    return head(connection, found.pop())


def begun(connection: apsw.Connection, names: Sequence[str]) -> LedgerHead | None:
    """Return the ledger that the first of these names that leads anywhere leads to."""
    asked = (connection.execute("SELECT feed FROM feed_names WHERE name = ?", (name,)).get for name in names)
    key = next((key for key in asked if key is not None), None)
    return None if key is None else head(connection, key)


def keep_decision(connection: apsw.Connection, key: FeedKey, decision: Decision, at: datetime) -> None:
    """Keep all events of a decision, made at `at`.  Raises Taken where a published id belongs to another record."""
    connection.execute("UPDATE feeds SET head = ? WHERE key = ?", (text(decision.head, _HEAD_ELSEWHERE), key))
    for record in decision.unlined:
        connection.execute("DELETE FROM lines WHERE feed = ? AND record = ?", (key, record))
    for line in decision.lines:
        values = (key, line.number, line.record, line.live, line.page)
        connection.execute("INSERT OR REPLACE INTO lines VALUES (?, ?, ?, ?, ?)", values)
    for place in decision.places:
        _keep_place(connection, key, place)
    for page in (*decision.pages, *decision.changed_pages):
        _keep_page(connection, key, page)
    record_rows.explain(connection, decision.reasons, at)


def is_news(decision: Decision, before: LedgerHead) -> bool:
    """Tell whether a decision has anything to keep."""
    events = (decision.places, decision.lines, decision.unlined, decision.pages, decision.changed_pages)
    return decision.head != before or any(events) or bool(decision.reasons)


def wrote(connection: apsw.Connection, key: FeedKey, time: datetime) -> None:
    """See `ports.Ledger`."""
    connection.execute("UPDATE feeds SET written = ? WHERE key = ?", (microseconds(time), key))


def stamps(connection: apsw.Connection, contents: Mapping[str, bytes], now: datetime) -> Mapping[str, datetime]:
    """See `ports.Ledger`."""
    whole = now.replace(microsecond=0)
    return {path: _stamp(connection, path, digest, whole) for path, digest in contents.items()}


def known_stamps(connection: apsw.Connection, contents: Mapping[str, bytes]) -> Mapping[str, datetime] | None:
    """Return the stamps of contents that are all known already, else None."""
    sql = "SELECT at FROM stamps WHERE path = ? AND digest = ?"
    found = {path: connection.execute(sql, (path, digest)).get for path, digest in contents.items()}
    return None if None in found.values() else {path: time_of(at) for path, at in found.items()}


def _stamp(connection: apsw.Connection, path: str, digest: bytes, now: datetime) -> datetime:
    found = connection.execute("SELECT digest, at FROM stamps WHERE path = ?", (path,)).get
    if found is not None and found[0] == digest:
        return time_of(found[1])
    at = now if found is None else max(now, time_of(found[1]) + NEWER)
    connection.execute("INSERT OR REPLACE INTO stamps VALUES (?, ?, ?)", (path, digest, microseconds(at)))
    return at


def _keep_place(connection: apsw.Connection, key: FeedKey, place: Place) -> None:
    connection.execute(
        "INSERT OR IGNORE INTO published_ids (id, record) VALUES (?, ?)", (place.published_id, place.record)
    )
    holder = connection.execute("SELECT record FROM published_ids WHERE id = ?", (place.published_id,)).get
    if holder != place.record:
        raise Taken(place.published_id)
    connection.execute(
        f"INSERT OR REPLACE INTO places (feed, extent, {_PLACE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(key, place.shown.extent, place.record, place.number, place.published_id, microseconds(place.at)),
            *(place.live, microseconds(place.updated), microseconds(place.order_date), place.visible),
            *(place.withdrawn, place.announced, place.due, text(place.shown)),
        ),
    )


def _keep_page(connection: apsw.Connection, key: FeedKey, page: Page) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?)",
        (key, page.number, microseconds(page.closed), microseconds(page.changed), text(page.head)),
    )
    connection.execute("DELETE FROM page_items WHERE feed = ? AND page = ?", (key, page.number))
    for position, item in enumerate(page.items):
        connection.execute(
            "INSERT INTO page_items VALUES (?, ?, ?, ?, ?, ?)",
            (key, page.number, position, item.record, bindable_or_none(item.source), text(item)),
        )


# -- asking


def head(connection: apsw.Connection, key: FeedKey) -> LedgerHead:
    """See `ports.Ledger`.  Raises ArchiveError for a feed that was never opened."""
    found = connection.execute("SELECT head, written FROM feeds WHERE key = ?", (key,)).get
    if found is None:
        raise ArchiveError(f"no feed was ever published under the key {key}")
    kept, written = found
    return from_text(LedgerHead, kept, written=None if written is None else time_of(written))


def pages(connection: apsw.Connection, key: FeedKey, first: int, last: int) -> Sequence[Page]:
    """See `ports.Ledger`."""
    sql = "SELECT number, closed, changed, head FROM pages WHERE feed = ? AND number BETWEEN ? AND ? ORDER BY number"
    rows = connection.execute(sql, (key, first, last)).fetchall()
    return tuple(_page(connection, key, row) for row in rows)


def page_times(connection: apsw.Connection, key: FeedKey) -> Sequence[tuple[int, datetime, datetime]]:
    """See `ports.Ledger`."""
    sql = "SELECT number, closed, changed FROM pages WHERE feed = ? ORDER BY number"
    return tuple(
        (number, time_of(closed), time_of(changed)) for number, closed, changed in connection.execute(sql, (key,))
    )


def calendar(connection: apsw.Connection, key: FeedKey, days: int) -> Mapping[date, int]:
    """See `ports.Ledger`."""
    newest = connection.execute("SELECT max(order_date) FROM places WHERE feed = ? AND visible", (key,)).get
    if newest is None:
        return {}
    start = (newest // DAY - days + 1) * DAY
    sql = """SELECT (order_date - ?) / ? AS day, count(*) FROM places
             WHERE feed = ? AND visible AND order_date >= ? GROUP BY day"""
    first = time_of(start).date()
    rows = connection.execute(sql, (start, DAY, key, start))
    return {first + timedelta(days=day): count for day, count in rows}


def articles(connection: apsw.Connection, key: FeedKey, after: RecordId | None, limit: int) -> Sequence[RecordId]:
    """See `ports.Ledger`."""
    sql = """SELECT record FROM places WHERE feed = ? AND record > ? AND extent = 'full' AND NOT withdrawn
             ORDER BY record LIMIT ?"""
    return tuple(RecordId(record) for (record,) in connection.execute(sql, (key, after or "", limit)))


def in_full(connection: apsw.Connection, wanted: Iterable[RecordId]) -> Mapping[RecordId, tuple[FeedKey, Place]]:
    """See `ports.Ledger`."""
    sql = f"""SELECT feed, {_PLACE} FROM places WHERE record = ? AND extent = 'full' AND NOT withdrawn
              ORDER BY feed LIMIT 1"""
    found = ((record, connection.execute(sql, (record,)).get) for record in wanted)
    return {record: (FeedKey(row[0]), _place(row[1:])) for record, row in found if row is not None}


def holders(connection: apsw.Connection, published_ids: Iterable[str]) -> Mapping[str, RecordId]:
    """See `ports.Ledger`."""
    sql = "SELECT record FROM published_ids WHERE id = ?"
    found = ((one, connection.execute(sql, (bindable(one),)).get) for one in published_ids)
    return {one: RecordId(record) for one, record in found if record is not None}


def view_of(connection: apsw.Connection, names: Sequence[str]) -> "SqliteView":
    """Return a view of the feed that one of these names leads to, else of one that would begin."""
    found = (connection.execute("SELECT feed FROM feed_names WHERE name = ?", (name,)).get for name in names)
    key = next((FeedKey(feed) for feed in found if feed is not None), None)
    begun = LedgerHead(key=FeedKey(names[0]), feed_id="") if key is None else None
    return SqliteView(connection, key or FeedKey(names[0]), begun)


class SqliteView:
    """Keeps `ports.View` over a connection that sees one state."""

    def __init__(self, connection: apsw.Connection, key: FeedKey, begun: LedgerHead | None = None) -> None:
        """Look at a feed; `begun` is the head of one that was never opened."""
        self._connection, self._key = connection, key
        self.head = begun or head(connection, key)
        self.commit, seen = connection.execute("SELECT commits, newest_seen FROM watershed").get
        self.newest_seen = None if seen is None else time_of(seen)

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """See `ports.View`."""
        return self._candidates("r.touched > ?", after)

    def candidate(self, record: RecordId) -> Candidate | None:
        """See `ports.View`."""
        return next(self._candidates("r.id = ?", record), None)

    def record(self, record: RecordId) -> Record | None:
        """See `ports.View`."""
        return record_rows.newest(self._connection, record)

    def revision(self, record: RecordId, number: int) -> Record | None:
        """See `ports.View`."""
        return record_rows.revision(self._connection, record, number)

    def beside(self, names: Sequence[str]) -> "SqliteView | None":
        """See `ports.View`."""
        return None if begun(self._connection, names) is None else view_of(self._connection, names)

    def twins(self, story: str) -> Iterator[Candidate]:
        """See `ports.View`."""
        return self._candidates("r.story = ?", story)

    def place(self, record: RecordId) -> Place | None:
        """See `ports.View`."""
        return next(self._places("record = ?", record), None)

    def story_is_placed(self, story: str) -> bool:
        """See `ports.View`."""
        sql = """SELECT 1 FROM records r WHERE r.story = ?
                 AND EXISTS (SELECT 1 FROM places p WHERE p.feed = ? AND p.record = r.id) LIMIT 1"""
        return self._connection.execute(sql, (story, self._key)).get is not None

    def published_id(self, record: RecordId) -> str | None:
        """See `ports.View`."""
        sql = "SELECT id FROM published_ids WHERE record = ? ORDER BY number LIMIT 1"
        found: str | None = self._connection.execute(sql, (record,)).get
        return found

    def published_id_taken(self, published_id: str) -> bool:
        """See `ports.View`."""
        sql = "SELECT 1 FROM published_ids WHERE id = ?"
        return self._connection.execute(sql, (bindable(published_id),)).get is not None

    def lines(self, record: RecordId) -> Sequence[Line]:
        """See `ports.View`."""
        return tuple(self._lines("record = ? ORDER BY number", record))

    def live_lines(self) -> Iterator[Line]:
        """See `ports.View`."""
        return self._lines(
            """live AND EXISTS (SELECT 1 FROM places p WHERE p.feed = lines.feed AND p.record = lines.record
               AND p.visible) ORDER BY number DESC"""
        )

    def places_by_date(self) -> Iterator[Place]:
        """See `ports.View`."""
        return self._places("visible ORDER BY order_date DESC, record DESC")

    def visible_before(self, date: datetime) -> Iterator[Place]:
        """See `ports.View`."""
        return self._places("visible AND order_date < ? ORDER BY order_date, record", microseconds(date))

    def open_lines(self) -> Sequence[Line]:
        """See `ports.View`."""
        return tuple(self._lines("page IS NULL ORDER BY number"))

    def due(self) -> Sequence[Place]:
        """See `ports.View`."""
        return tuple(self._places("due ORDER BY number"))

    def pages_with(self, record: RecordId) -> Sequence[Page]:
        """See `ports.View`."""
        return tuple(self._pages("record = ?", record))

    def pages_of(self, source: SourceKey) -> Iterator[Page]:
        """See `ports.View`."""
        return self._pages("source = ?", bindable(source))

    def _candidates(self, where: str, value: str | int) -> Iterator[Candidate]:
        rows = self._connection.execute(f"SELECT {CANDIDATE} FROM records r WHERE {where}", (value,))
        return map(record_rows.candidate, rows)

    def _places(self, where: str, *values: str | int) -> Iterator[Place]:
        sql = f"SELECT {_PLACE} FROM places WHERE feed = ? AND {where}"
        return map(_place, self._connection.execute(sql, (self._key, *values)))

    def _lines(self, where: str, *values: str) -> Iterator[Line]:
        sql = f"SELECT {_LINE} FROM lines WHERE feed = ? AND {where}"
        return map(_line, self._connection.execute(sql, (self._key, *values)))

    def _pages(self, where: str, value: str) -> Iterator[Page]:
        """Yield the pages with such items, one in memory at a time."""
        numbers = f"SELECT DISTINCT page FROM page_items WHERE feed = ? AND {where} ORDER BY page"
        found: list[Any] = self._connection.execute(numbers, (self._key, value)).fetchall()
        for (number,) in found:
            yield from pages(self._connection, self._key, number, number)


def _place(row: Sequence[Any]) -> Place:
    record, number, published_id, at, live, updated, order_date, visible, withdrawn, announced, due, shown = row
    return Place(
        record=record,
        number=number,
        published_id=published_id,
        at=time_of(at),
        live=bool(live),
        updated=time_of(updated),
        order_date=time_of(order_date),
        visible=bool(visible),
        withdrawn=bool(withdrawn),
        announced=announced,
        due=bool(due),
        shown=from_text(Shown, shown),
    )


def _line(row: Sequence[Any]) -> Line:
    number, record, live, page = row
    return Line(number=number, record=record, live=bool(live), page=page)


def _page(connection: apsw.Connection, key: FeedKey, row: Sequence[Any]) -> Page:
    number, closed, changed, head_ = row
    sql = "SELECT item FROM page_items WHERE feed = ? AND page = ? ORDER BY position"
    items = tuple(from_text(PageItem, item) for (item,) in connection.execute(sql, (key, number)))
    return Page(
        number=number, closed=time_of(closed), changed=time_of(changed), head=from_text(Head, head_), items=items
    )
