"""Articles whose pages are looked at again, as functions of a connection."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import apsw

from cuttings.archive.codec import from_text, microseconds, text, time_of
from cuttings.archive.sqlite.record_rows import bindable
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.check import Check, Looks
from cuttings.model.source import FARTHEST

_ELSEWHERE = frozenset({"record", "source", "due"})
_COLUMNS = "record, source, due, state"


def keep(connection: apsw.Connection, checks: Iterable[Check], source: SourceKey | None, looks: Looks | None) -> None:
    """Keep when pages are looked at next, those never to be again are let go; and what looking came to."""
    if source is not None and looks is not None:
        sql = "INSERT INTO looks VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = ?2"
        connection.execute(sql, (bindable(source), text(looks)))
    for check in checks:
        if check.due is None:
            connection.execute("DELETE FROM checks WHERE record = ?", (check.record,))
            continue
        connection.execute(
            "INSERT INTO checks VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET due = ?3, state = ?4",
            (check.record, bindable(check.source), microseconds(check.due), text(check, _ELSEWHERE)),
        )


def take(connection: apsw.Connection, now: datetime, until: datetime, limit: int) -> Sequence[Check]:
    """See `ports.Checks`; a due time in the far future is the work of a wrong clock."""
    taken: list[Any] = []
    for when, bound in (("due <= ?", now), ("due > ?", now + 2 * FARTHEST)):  # each is found in the index
        sql = f"SELECT {_COLUMNS} FROM checks WHERE {when} ORDER BY due LIMIT ?"
        taken += connection.execute(sql, (microseconds(bound), limit - len(taken))).fetchall()
    for row in taken:
        connection.execute("UPDATE checks SET due = ? WHERE record = ?", (microseconds(until), row[0]))
    return [_check(row) for row in taken]


def nothing_due(connection: apsw.Connection, now: datetime) -> bool:
    """Tell whether `take` would find nothing."""
    sql = "SELECT EXISTS (SELECT 1 FROM checks WHERE due <= ?) OR EXISTS (SELECT 1 FROM checks WHERE due > ?)"
    return not connection.execute(sql, (microseconds(now), microseconds(now + 2 * FARTHEST))).get


def check_of(connection: apsw.Connection, record: RecordId) -> Check | None:
    """See `ports.Checks`."""
    row = next(connection.execute(f"SELECT {_COLUMNS} FROM checks WHERE record = ?", (record,)), None)
    return None if row is None else _check(row)


def counted(connection: apsw.Connection) -> tuple[int, datetime | None]:
    """See `ports.Checks`."""
    [(count, first)] = connection.execute("SELECT count(*), min(due) FROM checks")
    return count, None if first is None else time_of(first)


def looks_of(connection: apsw.Connection, source: SourceKey) -> Looks:
    """See `ports.Checks`."""
    kept = connection.execute("SELECT state FROM looks WHERE source = ?", (bindable(source),)).get
    try:
        return Looks() if kept is None else from_text(Looks, kept)
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"the looks at {source} cannot be read: {error}") from error


def _check(row: Sequence[Any]) -> Check:
    record, source, due, state = row
    try:
        return from_text(Check, state, record=record, source=source, due=time_of(due))
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"the check of {record} cannot be read: {error}") from error
