"""Keeps `ports.Checks` in the archive's file."""

from collections.abc import Sequence
from datetime import datetime

from cuttings.archive.sqlite import check_rows
from cuttings.archive.sqlite.connections import Connections
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.check import Check, Looks


class SqliteChecks:
    """The archive's part that knows which pages are to be looked at again."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Check]:
        """See `ports.Checks`."""
        if self._connections.ask(lambda connection: check_rows.nothing_due(connection, now)):
            return ()  # most ticks write nothing
        return await self._connections.write(
            lambda connection: check_rows.take(connection, now, until, limit), durable=False
        )

    async def of(self, record: RecordId) -> Check | None:
        """See `ports.Checks`."""
        return await self._connections.read(lambda connection: check_rows.check_of(connection, record))

    async def counts(self) -> tuple[int, datetime | None]:
        """See `ports.Checks`."""
        return await self._connections.read(check_rows.counted)

    async def looks(self, source: SourceKey) -> Looks:
        """See `ports.Checks`."""
        return await self._connections.read(lambda connection: check_rows.looks_of(connection, source))
