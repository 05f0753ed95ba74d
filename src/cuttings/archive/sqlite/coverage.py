"""Keeps `ports.CoverageDays` in the archive's file."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import apsw

from cuttings.archive.codec import from_text, text
from cuttings.archive.sqlite.connections import Connections
from cuttings.archive.sqlite.record_rows import bindable
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import SourceKey
from cuttings.model.coverage import KEPT_DAYS, Day
from cuttings.model.source import SourceState

_ELSEWHERE = frozenset({"number"})
_KEEP = "INSERT INTO coverage VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET gaps = ?3, state = ?4"
_FIRST = date(1970, 1, 1)


def keep(connection: apsw.Connection, state: SourceState) -> None:
    """Keep the days that are over, or on which something was missed; those too old go when a day is over."""
    if state.coverage is None or not (lasting := state.coverage.lasting):
        return
    key, days = bindable(state.key), state.coverage.days
    for day in lasting:
        connection.execute(_KEEP, (key, day.number, int(bool(day.gaps)), text(day, _ELSEWHERE)))
    if len(days) > 1:
        oldest = lasting[-1].number - KEPT_DAYS
        connection.execute("DELETE FROM coverage WHERE source = ? AND day <= ?", (key, oldest))


class SqliteCoverage:
    """The archive's part that knows what should have come."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def days(self, source: SourceKey, since: date) -> Sequence[Day]:
        """See `ports.CoverageDays`."""
        rows = await self._asked("source = ? AND day >= ? ORDER BY day", bindable(source), _number(since))
        return [day for _, day in rows]

    async def gaps(self, since: date) -> Mapping[SourceKey, Sequence[Day]]:
        """See `ports.CoverageDays`."""
        found: dict[SourceKey, list[Day]] = {}
        for key, day in await self._asked("gaps AND day >= ? ORDER BY day, source", _number(since)):
            found.setdefault(key, []).append(day)
        return found

    async def _asked(self, which: str, *values: Any) -> Sequence[tuple[SourceKey, Day]]:
        def ask(connection: apsw.Connection) -> list[tuple[SourceKey, Day]]:
            return [
                _day(row)
                for row in connection.execute(f"SELECT source, day, state FROM coverage WHERE {which}", values)
            ]

        return await self._connections.read(ask)


def _number(when: date) -> int:
    return (when - _FIRST).days


def _day(row: Sequence[Any]) -> tuple[SourceKey, Day]:
    source, number, state = row
    try:
        return SourceKey(source), from_text(Day, state, number=number)
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"day {number} of {source} cannot be read: {error}") from error
