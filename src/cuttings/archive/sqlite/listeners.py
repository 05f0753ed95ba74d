"""Keeps `ports.Listeners` in the archive's file."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import apsw

from cuttings.archive.codec import from_text, microseconds, text, time_of
from cuttings.archive.sqlite.connections import Connections
from cuttings.errors import ArchiveDamaged
from cuttings.model.hub import Listener

_ELSEWHERE = frozenset({"topic", "callback", "host", "due"})
_SELECT = "SELECT topic, callback, host, due, state"
_KEEP = "INSERT INTO listeners VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET host = ?3, due = ?4, state = ?5"


_DUE = """FROM (
    SELECT *, row_number() OVER (PARTITION BY host ORDER BY due, topic, callback) AS turn FROM listeners WHERE due <= ?
) WHERE turn <= ? ORDER BY due, topic, callback LIMIT ?"""


class SqliteListeners:
    """The archive's part that knows who is told of our documents."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def keep(self, listeners: Sequence[Listener]) -> None:
        """See `ports.Listeners`."""
        await self._connections.write(lambda connection: connection.executemany(_KEEP, _rows(listeners)))

    async def forget(self, topic: str, callback: str) -> None:
        """See `ports.Listeners`."""
        sql = "DELETE FROM listeners WHERE topic = ? AND callback = ?"
        await self._connections.write(lambda connection: connection.execute(sql, (topic, callback)))

    async def get(self, topic: str, callback: str) -> Listener | None:
        """See `ports.Listeners`."""
        found = await self._asked("FROM listeners WHERE topic = ? AND callback = ?", topic, callback)
        return found[0] if found else None

    async def of(self, topic: str) -> Sequence[Listener]:
        """See `ports.Listeners`."""
        return await self._asked("FROM listeners WHERE topic = ? ORDER BY callback", topic)

    async def topics(self) -> Sequence[str]:
        """See `ports.Listeners`."""
        sql = "SELECT DISTINCT topic FROM listeners ORDER BY topic"
        return await self._connections.read(lambda connection: [topic for (topic,) in connection.execute(sql)])

    async def due(self, now: datetime, limit: int, a_host: int) -> Sequence[Listener]:
        """See `ports.Listeners`."""
        return await self._asked(_DUE, microseconds(now), a_host, limit)

    async def count(self, host: str | None = None) -> int:
        """See `ports.Listeners`."""
        sql = "SELECT count(*) FROM listeners WHERE host = ?1 OR ?1 IS NULL"
        found: int = await self._connections.read(lambda connection: connection.execute(sql, (host,)).get)
        return found

    async def _asked(self, which: str, *values: object) -> Sequence[Listener]:
        def ask(connection: apsw.Connection) -> list[Listener]:
            return [_listener(row) for row in connection.execute(f"{_SELECT} {which}", values)]

        return await self._connections.read(ask)


def _rows(listeners: Sequence[Listener]) -> Iterator[tuple[str, str, str, int, str]]:
    for one in listeners:
        yield one.topic, one.callback, one.host, microseconds(one.due), text(one, _ELSEWHERE)


def _listener(row: Sequence[Any]) -> Listener:
    topic, callback, host, due, state = row
    try:
        return from_text(Listener, state, topic=topic, callback=callback, host=host, due=time_of(due))
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"who is told of {topic} cannot be read: {error}") from error
