"""Records, revisions, reasons and captures, as functions of a connection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import apsw

from cuttings.archive.codec import from_packable, microseconds, packable, time_of
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.capture import CaptureRef
from cuttings.model.feed import Candidate
from cuttings.model.reason import Reason
from cuttings.model.source import STRANDED_FOR, Capture
from cuttings.ports import Counts, Known
from cuttings.text.digest import is_made_here, record_id, urn_of
from cuttings.text.packing import PackingError, pack, unpack

AT_ONE_ADDRESS = 100
FOUND = 10  # ids that a prefix is answered with
LARGEST = 256 << 20  # bytes of a record unpacked; a hundred times what intake lets through

CANDIDATE = (
    "r.id, r.source, r.guid, r.story, r.revision, r.authored, r.news, r.order_date, r.language, r.categories, r.url,"
    " r.reserved"
)
_NEWEST = "SELECT v.body FROM records r JOIN revisions v ON v.record = r.number AND v.revision = r.revision"


# -- writing


def keep(connection: apsw.Connection, records: Sequence[Record]) -> int:
    """Keep new revisions under one commit number; return it.  Without records it is the last one."""
    if not records:
        return last_commit(connection)
    newest = max(microseconds(record.first_seen) for record in records)
    [(commit,)] = connection.execute(
        "UPDATE watershed SET commits = commits + 1, newest_seen = max(ifnull(newest_seen, ?1), ?1) RETURNING commits",
        (newest,),
    )
    for record in records:
        _keep_one(connection, record, commit)
    return int(commit)


def explain(connection: apsw.Connection, reasons: Iterable[Reason], at: datetime) -> None:
    """Keep why things are as they are."""
    for reason in reasons:
        connection.execute(
            "INSERT INTO reasons VALUES (?, ?, ?, ?, ?)",
            (bindable(reason.subject), microseconds(at), reason.step, reason.rule, bindable(reason.fact)),
        )


def keep_captures(connection: apsw.Connection, captures: Iterable[Capture]) -> None:
    """Remember where captures lie; of the same payload at the same address, the first."""
    for capture in captures:
        connection.execute("INSERT OR IGNORE INTO captures VALUES (?, ?, ?, ?, ?, ?)", _capture_row(capture))
        connection.execute("DELETE FROM stranded WHERE url = ?", (bindable(capture.url),))


def strand(connection: apsw.Connection, captures: Iterable[Capture], now: datetime) -> None:
    """See `ports.Archive`.  Of a payload that was brought before nobody knows whether it is another visit's."""
    connection.execute("DELETE FROM stranded WHERE at < ?", (microseconds(now - STRANDED_FOR),))
    for capture in captures:
        if capture.at >= now - STRANDED_FOR and captured(connection, capture.url, capture.payload_sha256) is None:
            connection.execute("INSERT OR REPLACE INTO stranded VALUES (?, ?, ?, ?, ?, ?)", _capture_row(capture))


def stranded(connection: apsw.Connection, url: str, now: datetime) -> Capture | None:
    """See `ports.Archive`."""
    sql = "SELECT payload_sha256, file, offset, at, record_id FROM stranded WHERE url = ? AND at >= ?"
    found = connection.execute(sql, (bindable(url), microseconds(now - STRANDED_FOR))).get
    if found is None:
        return None
    payload, file, offset, at, warc_id = found
    ref = CaptureRef(file=file, offset=offset)
    return Capture(ref=ref, url=url, at=time_of(at), payload_sha256=payload, record_id=warc_id)


def _capture_row(capture: Capture) -> tuple[bytes, str, str, int, int, str]:
    ref = capture.ref
    where = (capture.payload_sha256, bindable(capture.url), ref.file, ref.offset)
    return (*where, microseconds(capture.at), capture.record_id)


def _keep_one(connection: apsw.Connection, record: Record, commit: int) -> None:
    found = connection.execute("SELECT number, revision, story FROM records WHERE id = ?", (record.id,)).get
    if found is None:
        number = _insert(connection, record, commit)
    else:
        number, revision, story = found
        sql = "SELECT 1 FROM revisions WHERE record = ? AND revision = ?"
        if connection.execute(sql, (number, record.revision)).get:
            return
        if record.revision > revision:
            _update(connection, record, commit, number)
            if story != record.story:
                sql = "UPDATE records SET touched = ? WHERE story IN (?, ?)"
                connection.execute(sql, (commit, story, record.story))
    body = pack(packable(record))
    connection.execute("INSERT INTO revisions VALUES (?, ?, ?)", (number, record.revision, body))


def _insert(connection: apsw.Connection, record: Record, commit: int) -> int:
    authored, news = _authored(record, commit)
    values = (record.id, bindable_or_none(record.source), *_columns(record), authored, news, commit)
    connection.execute(
        """INSERT INTO records (id, source, guid, url, canonical_url, story, revision, order_date, language,
           categories, reserved, authored, news, touched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        values,
    )
    return connection.last_insert_rowid()


def _update(connection: apsw.Connection, record: Record, commit: int, number: int) -> None:
    authored, news = _authored(record, commit)
    connection.execute(
        """UPDATE records SET guid = ?, url = ?, canonical_url = ?, story = ?, revision = ?, order_date = ?,
           language = ?, categories = ?, reserved = ?, authored = max(authored, ?), news = max(news, ?), touched = ?
           WHERE number = ?""",
        (*_columns(record), authored, news, commit, number),
    )


def _columns(record: Record) -> tuple[str | int | None, ...]:
    return (
        *map(bindable_or_none, (record.guid, record.url, record.canonical_url)),
        *(record.story, record.revision, microseconds(record.order_date)),
        *(bindable_or_none(record.language), array(record.categories), record.held_back),
    )


def _authored(record: Record, commit: int) -> tuple[int, int]:
    """Return which revision by the author this is, and which news, each 0 if it is none."""
    by_author = record.cause == "author"
    return (record.revision if by_author else 0), (commit if by_author and record.arrival == "ordinary" else 0)


# -- asking


def last_commit(connection: apsw.Connection) -> int:
    """Return the number of the newest commit, 0 if there was none."""
    return int(connection.execute("SELECT commits FROM watershed").get)


def counts(connection: apsw.Connection, source: SourceKey | None) -> Counts:
    """Return how much there is; each figure is counted in an index."""
    if source is None:
        one, behind = "SELECT count(*) FROM records", "SELECT count(*) FROM records WHERE indexed < revision"
        return Counts(records=connection.execute(one).get, unindexed=connection.execute(behind).get)
    one = "SELECT count(*) FROM records WHERE source = ?"
    behind = "SELECT count(*) FROM records WHERE indexed < revision AND +source = ?"
    bound = (bindable(source),)
    return Counts(records=connection.execute(one, bound).get, unindexed=connection.execute(behind, bound).get)


def known(
    connection: apsw.Connection,
    source: SourceKey | None,
    idents: Iterable[str],
    links: Iterable[str],
    canonicals: Iterable[str],
) -> Known:
    """See `ports.Archive`.  An ident is found by the id that follows from it."""
    idents = tuple(idents)
    returned = frozenset(ident for ident in idents if is_made_here(ident) and _is_published_as(connection, ident))
    if _has_none(connection, source):
        idents = links = ()
    by_ident = ((ident, newest(connection, RecordId(record_id(source, ident)))) for ident in idents)
    by_link = ((link, _by_link(connection, source, link)) for link in links)
    stories = ((canonical, _story(connection, canonical)) for canonical in canonicals)
    return Known(
        by_ident={ident: record for ident, record in by_ident if record is not None},
        by_link={link: record for link, record in by_link if record is not None},
        stories={canonical: story for canonical, story in stories if story is not None},
        returned=returned,
    )


def _has_none(connection: apsw.Connection, source: SourceKey | None) -> bool:
    """Tell whether a source is met for the first time: then nothing need be looked for."""
    return (
        connection.execute("SELECT 1 FROM records WHERE source IS ? LIMIT 1", (bindable_or_none(source),)).get is None
    )


def _is_published_as(connection: apsw.Connection, made: str) -> bool:
    record = connection.execute("SELECT record FROM published_ids WHERE id = ?", (made,)).get
    return record is not None and urn_of(record) == made


def newest(connection: apsw.Connection, record: RecordId) -> Record | None:
    """Return a record's newest revision."""
    return _first(connection.execute(f"{_NEWEST} WHERE r.id = ?", (record,)))


def revision(connection: apsw.Connection, record: RecordId, number: int) -> Record | None:
    """Return one revision of a record."""
    sql = "SELECT v.body FROM records r JOIN revisions v ON v.record = r.number WHERE r.id = ? AND v.revision = ?"
    return _first(connection.execute(sql, (record, number)))


def many(connection: apsw.Connection, wanted: Iterable[tuple[RecordId, int]]) -> Mapping[tuple[RecordId, int], Record]:
    """See `ports.Archive`."""
    found = ((key, revision(connection, *key)) for key in wanted)
    return {key: record for key, record in found if record is not None}


def history(connection: apsw.Connection, record: RecordId) -> Sequence[Record]:
    """See `ports.Archive`."""
    sql = "SELECT v.body FROM records r JOIN revisions v ON v.record = r.number WHERE r.id = ? ORDER BY v.revision"
    return tuple(read_body(body) for (body,) in connection.execute(sql, (record,)))


def find(connection: apsw.Connection, prefix: str) -> Sequence[RecordId]:
    """See `ports.Archive`."""
    sql = "SELECT id FROM records WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT ?2"
    return tuple(RecordId(id_) for (id_,) in connection.execute(sql, (bindable(prefix.lower()), FOUND)))


def at(connection: apsw.Connection, urls: Sequence[str]) -> Sequence[RecordId]:
    """See `ports.Archive`.  Links are indexed below their sources, so each of these is asked."""
    sql = """SELECT id FROM records WHERE canonical_url = ?1
             UNION SELECT id FROM records WHERE source IS NULL AND url = ?1
             UNION SELECT r.id FROM sources s CROSS JOIN records r ON r.source = s.key AND r.url = ?1 LIMIT ?2"""
    found = {id_ for url in urls for (id_,) in connection.execute(sql, (bindable(url), AT_ONE_ADDRESS))}
    return tuple(RecordId(id_) for id_ in sorted(found)[:AT_ONE_ADDRESS])


def reasons(connection: apsw.Connection, subject: str) -> Sequence[tuple[datetime, Reason]]:
    """See `ports.Archive`."""
    sql = "SELECT at, step, rule, fact FROM reasons WHERE subject = ? ORDER BY rowid"
    return tuple(
        (time_of(at), Reason(subject=subject, step=step, rule=rule, fact=fact))
        for at, step, rule, fact in connection.execute(sql, (bindable(subject),))
    )


def captured(connection: apsw.Connection, url: str, payload_sha256: bytes) -> Capture | None:
    """See `ports.Archive`."""
    sql = "SELECT file, offset, at, record_id FROM captures WHERE payload_sha256 = ? AND url = ?"
    found = connection.execute(sql, (payload_sha256, bindable(url))).get
    if found is None:
        return None
    file, offset, at, warc_id = found
    ref = CaptureRef(file=file, offset=offset)
    return Capture(ref=ref, url=url, at=time_of(at), payload_sha256=payload_sha256, record_id=warc_id)


def candidate(row: Sequence[Any]) -> Candidate:
    """Return what a row of the CANDIDATE columns says."""
    id_, source, guid, story, revision_, authored, news, order_date, language, categories, url, reserved = row
    return Candidate(
        id=RecordId(id_),
        source=source,
        guid=guid,
        story=story,
        revision=revision_,
        authored=authored,
        news=news,
        order_date=time_of(order_date),
        language=language,
        categories=tuple(json.loads(categories)),
        url=url,
        reserved=bool(reserved),
    )


# -- rows and values


def read_body(body: bytes) -> Record:
    """Return the record that a body holds.  Raises ArchiveDamaged where it is not what we wrote."""
    try:
        return from_packable(Record, unpack(body, LARGEST))
    except (PackingError, ValueError, TypeError) as error:
        raise ArchiveDamaged(f"a record cannot be read: {error}") from error


def bindable(text: str) -> str:
    """Return a text as a column takes it: a lone surrogate, which UTF-8 does not know, becomes a question mark."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def bindable_or_none(text: str | None) -> str | None:
    """Return `bindable` of a text that may be unknown."""
    return None if text is None else bindable(text)


def array(texts: Sequence[str]) -> str:
    """Return texts as a JSON array, which holds each in its quotes."""
    return bindable(json.dumps(texts, ensure_ascii=False))


def _first(cursor: apsw.Cursor) -> Record | None:
    body: bytes | None = cursor.get
    return None if body is None else read_body(body)


def _by_link(connection: apsw.Connection, source: SourceKey | None, link: str) -> Record | None:
    """Return the latest record of a source that has this link."""
    sql = f"{_NEWEST} WHERE r.source IS ? AND r.url = ? ORDER BY r.number DESC LIMIT 1"
    return _first(connection.execute(sql, (bindable_or_none(source), bindable(link))))


def _story(connection: apsw.Connection, canonical: str) -> str | None:
    """Return the story of the first record at a canonical URL."""
    sql = "SELECT story FROM records WHERE canonical_url = ? ORDER BY number LIMIT 1"
    story: str | None = connection.execute(sql, (bindable(canonical),)).get
    return story
