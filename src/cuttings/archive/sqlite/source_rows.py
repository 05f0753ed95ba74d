"""Sources, the queue they are, and the origins they live on, as functions of a connection."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, overload

import apsw

from cuttings.archive.codec import from_text, microseconds, packable, text, time_of
from cuttings.archive.sqlite.record_rows import LARGEST, bindable
from cuttings.errors import ArchiveDamaged
from cuttings.model.article import Channel, SourceKey, Trace
from cuttings.model.source import FARTHEST, Source, SourceState
from cuttings.ports import Robots
from cuttings.text.packing import PackingError, pack, unpack

_COLUMNS = "s.key, s.name, s.address, s.stopped, s.next_visit, s.not_before, s.state, d.channel"
_STATES = f"SELECT {_COLUMNS}, NULL FROM sources s LEFT JOIN documents d ON d.source = s.key"
_WHOLE_STATES = _STATES.replace("NULL", "d.present")
_ELSEWHERE = frozenset({"key", "name", "address", "stopped", "next_visit", "not_before", "present", "channel"})

REMEMBERED = timedelta(days=60)  # an origin whose robots.txt nobody asked for: any link may name a new one
SWEPT = 10  # at a time


@dataclass(frozen=True, slots=True)
class _Declared:
    """What is to be written for one declared source."""

    name: str
    address: str  # as it is declared
    anew: bool  # it is asked there from now on, whatever the old address said
    addresses: tuple[str, ...]  # not yet known ones
    followed: bool


# -- following


def follow(connection: apsw.Connection, sources: Sequence[Source], now: datetime) -> None:
    """Make the declared sources known and followed, the others not."""
    declared, undeclared = _changes(connection, sources)
    for key, changes in declared.items():
        _declare(connection, key, changes, now)
    for key in undeclared:
        connection.execute("UPDATE sources SET followed = 0 WHERE key = ?", (key,))


def would_change(connection: apsw.Connection, sources: Sequence[Source]) -> bool:
    """Tell whether `follow` has anything to write."""
    return any(_changes(connection, sources))


def keys_of(connection: apsw.Connection, sources: Sequence[Source]) -> Mapping[str, SourceKey]:
    """Return the keys of declared sources by name."""
    known = _addresses(connection)
    return {source.name: _key(source, known) for source in sources}


def _changes(
    connection: apsw.Connection, sources: Sequence[Source]
) -> tuple[Mapping[SourceKey, _Declared], Sequence[SourceKey]]:
    """Return what following these sources changes, and who is not followed any more."""
    known = _addresses(connection)
    rows = {row[0]: row[1:] for row in connection.execute("SELECT key, name, address, declared, followed FROM sources")}
    declared: dict[SourceKey, _Declared] = {}
    for source in sources:
        key = _key(source, known)
        addresses = dict.fromkeys((source.address, *source.formerly, key))
        fresh = tuple(address for address in addresses if address not in known)
        known.update(dict.fromkeys(fresh, key))
        had = rows[key][1:3] if key in rows else ()
        declared[key] = _Declared(source.name, source.address, source.address not in had, fresh, not source.paused)
    undeclared = [key for key, row in rows.items() if row[3] and key not in declared]
    return {key: new for key, new in declared.items() if not _is_same(rows.get(key), new)}, undeclared


def _is_same(row: Sequence[Any] | None, new: _Declared) -> bool:
    if row is None or new.addresses:
        return False
    name, _, declared, followed = row
    return (bool(followed), name, declared) == (new.followed, new.name, new.address)


def _declare(connection: apsw.Connection, key: SourceKey, new: _Declared, now: datetime) -> None:
    for address in new.addresses:
        connection.execute("INSERT OR IGNORE INTO addresses VALUES (?, ?)", (address, key))
    state = SourceState(key=key, name=new.name, address=new.address, next_visit=now)
    connection.execute(
        """INSERT INTO sources (key, name, address, declared, followed, stopped, next_visit, state)
           VALUES (?1, ?2, ?3, ?3, ?6, 0, ?4, ?5)
           ON CONFLICT DO UPDATE SET name = ?2, declared = ?3, followed = ?6""",
        (key, new.name, new.address, microseconds(now), text(state, _ELSEWHERE), new.followed),
    )
    if new.anew:  # what the old address said (moved, gone, not before) does not bind the new one
        connection.execute(
            """UPDATE sources SET address = ?, stopped = 0, next_visit = ?, not_before = NULL,
               state = json_remove(state, '$.move', '$.gone') WHERE key = ?""",
            (new.address, microseconds(now), key),
        )


def _addresses(connection: apsw.Connection) -> dict[str, SourceKey]:
    return {address: SourceKey(key) for address, key in connection.execute("SELECT address, source FROM addresses")}


def _key(source: Source, known: Mapping[str, SourceKey]) -> SourceKey:
    had = (known[address] for address in (source.address, *source.formerly) if address in known)
    return next(had, SourceKey(source.address))


# -- states


def keep_state(connection: apsw.Connection, state: SourceState, *, moved: bool, document: bool) -> None:
    """Keep a visit's state; its name is the configuration's.

    Not `moved`: its address is left as it is, which the configuration may
    have changed meanwhile.  Not `document`: so is what it held.
    """
    connection.execute(
        """INSERT INTO sources (key, name, address, followed, stopped, next_visit, not_before, state)
           VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6, ?7)
           ON CONFLICT DO UPDATE SET stopped = ?4, next_visit = ?5, not_before = ?6, state = ?7""",
        (
            *(state.key, state.name, state.address, state.stopped, microseconds(state.next_visit)),
            *(None if state.not_before is None else microseconds(state.not_before), text(state, _ELSEWHERE)),
        ),
    )
    if moved:
        connection.execute("UPDATE sources SET address = ? WHERE key = ?", (state.address, state.key))
        connection.execute("INSERT OR IGNORE INTO addresses VALUES (?, ?)", (state.address, state.key))
    if document:
        connection.execute(
            """INSERT INTO documents VALUES (?1, ?2, ?3)
               ON CONFLICT DO UPDATE SET channel = ?2, present = ?3 WHERE channel IS NOT ?2 OR present IS NOT ?3""",
            (state.key, text(state.channel), _packed(state.present)),
        )


class States:
    """The states of all sources, as they were read last: a publish asks for all, and few have changed."""

    def __init__(self) -> None:
        self._held: dict[SourceKey, tuple[tuple[Any, ...], SourceState]] = {}

    def read(self, connection: apsw.Connection) -> Sequence[SourceState]:
        """Return the states by name, without what their documents hold."""
        held, fresh = self._held, {}
        for row in connection.execute(f"{_STATES} ORDER BY s.name, s.key"):
            before = held.get(row[0])
            fresh[row[0]] = before if before is not None and before[0] == row else (row, _state(row))
        self._held = fresh
        return tuple(state for _, state in fresh.values())


def states_of(connection: apsw.Connection, keys: Iterable[SourceKey], *, present: bool) -> Iterator[SourceState]:
    """Yield the states of those sources that are known."""
    sql = f"{_WHOLE_STATES if present else _STATES} WHERE s.key = ?"
    for key in keys:
        yield from map(_state, connection.execute(sql, (bindable(key),)))


def _state(row: Sequence[Any]) -> SourceState:
    key, name, address, stopped, next_visit, not_before, state, channel, present = row
    try:
        return from_text(
            SourceState,
            state,
            key=key,
            name=name,
            address=address,
            stopped=bool(stopped),
            next_visit=time_of(next_visit),
            not_before=None if not_before is None else time_of(not_before),
            present=() if present is None else _Packed(key, present),
            channel=Channel() if channel is None else from_text(Channel, channel),
        )
    except (ValueError, TypeError) as error:
        raise ArchiveDamaged(f"the state of {key} cannot be read: {error}") from error


def _packed(present: Sequence[Trace]) -> bytes:
    """Pack traces as [guid, link, title, digest in hexadecimal]; by names they would take twice the time."""
    return pack(packable([(trace.guid, trace.link, trace.title, trace.digest.hex()) for trace in present]))


class _Packed(Sequence[Trace]):
    """Traces as they are kept, unpacked when they are looked at: a visit that is answered with a 304 never does.

    Looking may raise ArchiveDamaged.
    """

    def __init__(self, key: str, body: bytes) -> None:
        self._key, self._body = key, body
        self._traces: tuple[Trace, ...] | None = None

    @overload
    def __getitem__(self, index: int) -> Trace: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Trace]: ...

    def __getitem__(self, index: int | slice) -> Trace | Sequence[Trace]:
        return self._unpacked()[index]

    def __iter__(self) -> Iterator[Trace]:
        return iter(self._unpacked())

    def __len__(self) -> int:
        return len(self._unpacked())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._unpacked() == tuple(other)

    def __hash__(self) -> int:
        return hash(self._unpacked())

    def _unpacked(self) -> tuple[Trace, ...]:
        if self._traces is None:
            try:
                rows = json.loads(unpack(self._body, LARGEST).decode("utf-8", "surrogatepass"))
                self._traces = tuple(
                    Trace(guid=guid, link=link, title=title, digest=bytes.fromhex(digest))
                    for guid, link, title, digest in rows
                )
            except (PackingError, ValueError, TypeError) as error:
                raise ArchiveDamaged(f"what {self._key} held cannot be read: {error}") from error
        return self._traces


# -- leases


def free_the_dead(connection: apsw.Connection, lives: Callable[[str], bool]) -> None:
    """Take back what processes held that have ended."""
    holders: list[Any] = connection.execute("SELECT DISTINCT lease FROM sources WHERE lease IS NOT NULL").fetchall()
    for (token,) in holders:
        if not lives(token):
            connection.execute("UPDATE sources SET lease = NULL WHERE lease = ?", (token,))


def lease_due(connection: apsw.Connection, token: str, now: datetime, limit: int) -> Sequence[SourceKey]:
    """Take those that are due, the longest due first; a due time in the far future is the work of a wrong clock."""
    taken: list[Any] = []
    for when, bound in (("due <= ?", now), ("due > ?", now + FARTHEST)):  # each is found in the index
        sql = f"""UPDATE sources SET lease = ? WHERE key IN
                  (SELECT key FROM sources WHERE lease IS NULL AND {when} ORDER BY due LIMIT ?) RETURNING due, key"""
        taken += connection.execute(sql, (token, microseconds(bound), limit - len(taken))).fetchall()
    return [SourceKey(key) for _, key in sorted(taken)]


def lease_named(connection: apsw.Connection, token: str, keys: Iterable[SourceKey], limit: int) -> Sequence[SourceKey]:
    """Take those of these that are followed and free, due or not."""
    sql = "UPDATE sources SET lease = ? WHERE key = ? AND lease IS NULL AND followed RETURNING key"
    taken: list[SourceKey] = []
    for key in dict.fromkeys(keys):
        if len(taken) < limit:
            taken += [key for _ in connection.execute(sql, (token, key))]
    return taken


def release(connection: apsw.Connection, token: str, keys: Iterable[SourceKey]) -> None:
    """Give back what this process holds of these."""
    for key in keys:
        connection.execute("UPDATE sources SET lease = NULL WHERE key = ? AND lease = ?", (key, token))


def next_due(connection: apsw.Connection) -> datetime | None:
    """Return when the next source is due that nobody holds."""
    sql = "SELECT due FROM sources WHERE lease IS NULL AND due IS NOT NULL ORDER BY due LIMIT 1"
    due = connection.execute(sql).get
    return None if due is None else time_of(due)


def overdue(connection: apsw.Connection, now: datetime) -> tuple[int, datetime | None]:
    """See `ports.Sources`."""
    sql = "SELECT count(*), min(due) FROM sources WHERE lease IS NULL AND due IS NOT NULL AND due <= ?"
    [(count, since)] = connection.execute(sql, (microseconds(now),))
    return count, None if since is None else time_of(since)


def hasten(connection: apsw.Connection, keys: Iterable[SourceKey], times: Iterable[datetime]) -> None:
    """See `ports.Sources`."""
    for key, time in zip(keys, times, strict=True):
        connection.execute(
            "UPDATE sources SET next_visit = min(next_visit, max(?1, ifnull(not_before, ?1))) WHERE key = ?2",
            (microseconds(time), key),
        )


# -- origins


def origin_wait(connection: apsw.Connection, origin: str) -> datetime | None:
    """See `ports.Sources`."""
    wait = connection.execute("SELECT wait FROM origins WHERE origin = ?", (bindable(origin),)).get
    return None if wait is None else time_of(wait)


def keep_origin_wait(connection: apsw.Connection, origin: str, until: datetime) -> None:
    """See `ports.Sources`."""
    connection.execute(
        """INSERT INTO origins (origin, wait) VALUES (?1, ?2)
           ON CONFLICT DO UPDATE SET wait = max(ifnull(wait, ?2), ?2)""",
        (bindable(origin), microseconds(until)),
    )


def robots(connection: apsw.Connection, origin: str) -> Robots | None:
    """See `ports.Sources`."""
    sql = "SELECT robots_at, robots, ifnull(robots_lost, robots_at) FROM origins WHERE origin = ? AND robots_at NOTNULL"
    found = connection.execute(sql, (bindable(origin),)).get
    if found is None:
        return None
    asked, body, lost = found
    return Robots(asked=time_of(asked), body=body, lost=time_of(lost) if body is None else None)


def keep_robots(connection: apsw.Connection, origin: str, at: datetime, body: bytes | None) -> None:
    """See `ports.Sources`."""
    connection.execute(
        """INSERT INTO origins (origin, robots_at, robots, robots_lost) VALUES (?1, ?2, ?3, iif(?3 IS NULL, ?2, NULL))
           ON CONFLICT DO UPDATE SET robots_at = ?2, robots = ?3,
           robots_lost = iif(?3 IS NULL, ifnull(robots_lost, ?2), NULL)""",
        (bindable(origin), microseconds(at), body),
    )
    connection.execute(
        """DELETE FROM origins WHERE origin IN
           (SELECT origin FROM origins WHERE robots_at IS NOT NULL AND robots_at < ?1 ORDER BY robots_at LIMIT ?2)
           AND ifnull(wait, 0) < ?3""",
        (microseconds(at - REMEMBERED), SWEPT, microseconds(at)),
    )
