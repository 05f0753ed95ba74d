"""The archive in one SQLite file: keeps `ports.Archive`, `ports.Sources` and `ports.Ledger`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self, TypeVar

import apsw

from cuttings.archive import locks
from cuttings.archive.sqlite import (
    check_rows,
    coverage,
    fulltext,
    ledger_rows,
    likeness,
    listing,
    record_rows,
    source_rows,
)
from cuttings.archive.sqlite.checks import SqliteChecks
from cuttings.archive.sqlite.connections import Connections, tidied
from cuttings.archive.sqlite.coverage import SqliteCoverage
from cuttings.archive.sqlite.listeners import SqliteListeners
from cuttings.archive.sqlite.subscriptions import SqliteSubscriptions
from cuttings.errors import ArchiveReadOnly, ArchiveUnavailable
from cuttings.model.article import Channel, Record, RecordId, SourceKey, Trace
from cuttings.model.feed import Decision, FeedKey, LedgerHead, Page, Place
from cuttings.model.reason import Reason
from cuttings.model.source import Capture, Source, SourceState, Visit
from cuttings.ports import Clock, Counts, Known, Query, Robots, View
from cuttings.text.boilerplate import Counts as BlockCounts
from cuttings.text.digest import digest

T = TypeVar("T")

FILE = "cuttings.sqlite3"
WORKS = "works"  # in it, likewise for each long quiet work
LEASES = "leases"  # a file for each process, locked while it lives, and one for each feed that was ever published

PIECE = 200  # records read at once when all are walked
INDEXED = 50  # records put into search in one transaction, so that no visit waits long for it
DECISIONS = 5  # times a decision is asked while other feeds take the ids it chose


def system_clock() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class SqliteArchive:
    """One process's hold on an archive; others may have theirs beside it."""

    def __init__(self, connections: Connections, presence: locks.Presence | None, folder: Path, clock: Clock) -> None:
        self._connections, self._presence, self._folder, self._clock = connections, presence, folder, clock
        self.read_only = presence is None  # where it lies nothing can be written: all that would raises ArchiveReadOnly
        self.checks = SqliteChecks(connections)
        self.listeners = SqliteListeners(connections)
        self.subscriptions = SqliteSubscriptions(connections)
        self.coverage = SqliteCoverage(connections)
        self._leased: dict[SourceKey, _Leased] = {}
        self._states = source_rows.States()

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, *, linger: float = 0.0, clock: Clock = system_clock) -> AsyncIterator[Self]:
        """Open the archive in a folder, made if need be, and close it at the end.

        Visits wait up to `linger` seconds for others to be committed with
        them.  One that lies where nothing can be written is opened for
        reading.  Raises ArchiveUnavailable and ArchiveDamaged.
        """
        async with AsyncExitStack() as stack:
            presence = await asyncio.to_thread(_present, folder)
            if presence is not None:
                stack.callback(presence.close)
            connections = await asyncio.to_thread(Connections, folder / FILE, linger, read_only=presence is None)
            stack.push_async_callback(connections.close)
            yield cls(connections, presence, folder, clock)

    # -- Long works

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """See `ports.Archive`."""
        self._present()
        presence = await asyncio.to_thread(locks.Presence, self._folder / LEASES / WORKS)
        try:
            yield
        finally:
            await asyncio.to_thread(presence.close)

    async def is_worked_on(self) -> bool:
        """See `ports.Archive`."""
        return await asyncio.to_thread(locks.any_lives, self._folder / LEASES / WORKS)

    # -- Archive

    async def commit(self, visit: Visit) -> int:
        """See `ports.Archive`."""
        at = self._clock()
        state = visit.state
        news = None if state is None else self._news(state)

        def keep(connection: apsw.Connection) -> int:
            commit = record_rows.keep(connection, visit.records)
            record_rows.keep_captures(connection, visit.captures)
            record_rows.explain(connection, visit.reasons, at)
            likeness.keep_sketches(connection, visit.sketches, visit.records)
            if visit.source is not None and visit.boilerplate is not None:
                likeness.keep_counts(connection, visit.source, visit.boilerplate)
            check_rows.keep(connection, visit.checks, visit.source, visit.looks)
            if state is not None and news is not None:
                source_rows.keep_state(connection, state, moved=news.moved, document=news.document)
                coverage.keep(connection, state)
            return commit

        commit = await self._connections.write(keep, patient=True, what="visit")
        if state is not None and state.key in self._leased:
            self._leased[state.key] = _Leased.of(state)
        return commit

    async def latest(self) -> int:
        """See `ports.Archive`."""
        return await self._connections.read(record_rows.last_commit)

    async def known(
        self, source: SourceKey | None, idents: Iterable[str], links: Iterable[str], canonicals: Iterable[str]
    ) -> Known:
        """See `ports.Archive`."""
        asked = (list(idents), list(links), list(canonicals))
        return await self._connections.read(lambda connection: record_rows.known(connection, source, *asked))

    async def get(self, record: RecordId, revision: int | None = None) -> Record | None:
        """See `ports.Archive`."""
        if revision is None:
            return await self._connections.read(lambda connection: record_rows.newest(connection, record))
        return await self._connections.read(lambda connection: record_rows.revision(connection, record, revision))

    async def many(self, wanted: Iterable[tuple[RecordId, int]]) -> Mapping[tuple[RecordId, int], Record]:
        """See `ports.Archive`."""
        keys = list(wanted)
        return await self._connections.read(lambda connection: record_rows.many(connection, keys))

    async def newest(self, query: Query) -> AsyncIterator[Record]:
        """See `ports.Archive`.  What is committed meanwhile may be met or missed; nothing else is."""
        left, after = query.limit, None
        while left is None or left > 0:
            size = PIECE if left is None else min(PIECE, left)
            found = await self._piece(query, after, size)
            for record in found.records:
                yield record
            if found.after is None:
                return
            after = found.after
            left = None if left is None else left - size

    async def history(self, record: RecordId) -> Sequence[Record]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: record_rows.history(connection, record))

    async def find(self, prefix: str) -> Sequence[RecordId]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: record_rows.find(connection, prefix))

    async def at(self, urls: Sequence[str]) -> Sequence[RecordId]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: record_rows.at(connection, urls))

    async def search(self, words: str, query: Query) -> Sequence[RecordId]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: fulltext.search(connection, words, query))

    async def index(self, limit: int = 500) -> int:
        """See `ports.Archive`."""
        behind = await self._connections.read(lambda connection: fulltext.behind(connection, limit))
        for start in range(0, len(behind), INDEXED):
            await self._index(behind[start : start + INDEXED])
        return len(behind)

    async def counts(self, source: SourceKey | None = None) -> Counts:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: record_rows.counts(connection, source))

    async def reasons(self, subject: str) -> Sequence[tuple[datetime, Reason]]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: record_rows.reasons(connection, subject))

    async def alike(self, sketches: Sequence[bytes], since: datetime) -> Sequence[Sequence[RecordId]]:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: likeness.alike(connection, sketches, since))

    async def boilerplate(self, source: SourceKey) -> BlockCounts:
        """See `ports.Archive`."""
        return await self._connections.read(lambda connection: likeness.counts_of(connection, source))

    async def captured(self, url: str, payload_sha256: bytes) -> Capture | None:
        """See `ports.Archive`."""
        return self._connections.ask(lambda connection: record_rows.captured(connection, url, payload_sha256))

    async def strand(self, captures: Sequence[Capture]) -> None:
        """See `ports.Archive`."""
        now = self._clock()
        await self._connections.write(lambda connection: record_rows.strand(connection, captures, now))

    async def stranded(self, url: str) -> Capture | None:
        """See `ports.Archive`."""
        now = self._clock()
        return self._connections.ask(lambda connection: record_rows.stranded(connection, url, now))

    # -- Sources

    async def follow(self, sources: Sequence[Source], now: datetime) -> Mapping[str, SourceState]:
        """See `ports.Sources`.  Where nothing was declared anew, nothing is written; nor where nothing can be."""
        changes = await self._connections.read(lambda connection: source_rows.would_change(connection, sources))
        if changes and not self.read_only:
            await self._connections.write(lambda connection: source_rows.follow(connection, sources, now))
        return await self._connections.read(lambda connection: _by_name(connection, sources))

    async def keys(self, sources: Sequence[Source]) -> Mapping[str, SourceKey]:
        """See `ports.Sources`."""
        return await self._connections.read(lambda connection: source_rows.keys_of(connection, sources))

    async def states(self) -> Sequence[SourceState]:
        """See `ports.Sources`."""
        return await self._connections.read(self._states.read)

    async def state(self, key: SourceKey) -> SourceState | None:
        """See `ports.Sources`."""
        return await self._connections.read(
            lambda connection: next(source_rows.states_of(connection, [key], present=True), None)
        )

    async def lease(self, now: datetime, limit: int, keys: Sequence[SourceKey] | None = None) -> Sequence[SourceState]:
        """See `ports.Sources`."""
        presence = self._present()
        token = presence.token

        def take(connection: apsw.Connection) -> Sequence[SourceKey]:
            source_rows.free_the_dead(connection, presence.lives)
            if keys is None:
                return source_rows.lease_due(connection, token, now, limit)
            return source_rows.lease_named(connection, token, keys, limit)

        taken = await self._connections.write(take, durable=False, what="lease")
        if not taken:
            return ()
        states = await self._connections.read(
            lambda connection: tuple(source_rows.states_of(connection, taken, present=True))
        )
        self._leased.update((state.key, _Leased.of(state)) for state in states)
        return states

    async def release(self, keys: Sequence[SourceKey]) -> None:
        """See `ports.Sources`."""
        token = self._present().token
        await self._connections.write(
            lambda connection: source_rows.release(connection, token, keys), durable=False, what="release"
        )
        for key in keys:
            self._leased.pop(key, None)

    async def next_due(self) -> datetime | None:
        """See `ports.Sources`."""
        return self._connections.ask(source_rows.next_due)

    async def overdue(self, now: datetime) -> tuple[int, datetime | None]:
        """See `ports.Sources`."""
        return await self._connections.read(lambda connection: source_rows.overdue(connection, now))

    async def hasten(self, keys: Sequence[SourceKey], times: Sequence[datetime]) -> None:
        """See `ports.Sources`."""
        await self._connections.write(lambda connection: source_rows.hasten(connection, keys, times))

    async def origin_wait(self, origin: str) -> datetime | None:
        """See `ports.Sources`."""
        return self._connections.ask(lambda connection: source_rows.origin_wait(connection, origin))

    async def keep_origin_wait(self, origin: str, until: datetime) -> None:
        """See `ports.Sources`."""
        await self._connections.write(lambda connection: source_rows.keep_origin_wait(connection, origin, until))

    async def robots(self, origin: str) -> Robots | None:
        """See `ports.Sources`."""
        return self._connections.ask(lambda connection: source_rows.robots(connection, origin))

    async def keep_robots(self, origin: str, at: datetime, body: bytes | None) -> None:
        """See `ports.Sources`."""
        await self._connections.write(lambda connection: source_rows.keep_robots(connection, origin, at, body))

    # -- Ledger

    async def open(self, names: Sequence[str], mint: Callable[[], str], now: datetime) -> LedgerHead:
        """See `ports.Ledger`."""
        head = await self._connections.read(lambda connection: ledger_rows.opened(connection, names))
        if head is not None:
            return head
        return await self._connections.write(lambda connection: ledger_rows.open_feed(connection, names, mint))

    async def begun(self, names: Sequence[str]) -> LedgerHead | None:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.begun(connection, names))

    def publishing(self, key: FeedKey) -> AbstractAsyncContextManager[None]:
        """See `ports.Ledger`."""
        return locks.held(self._folder / LEASES / f"feed-{digest(key).hex()}")

    async def decide(self, key: FeedKey, decision: Callable[[View], Decision]) -> Decision:
        """See `ports.Ledger`.

        The decision is made beside the writing; only what it returns waits
        for its turn.
        """

        def decided(connection: apsw.Connection) -> tuple[LedgerHead, Decision]:
            view = ledger_rows.SqliteView(connection, key)
            return view.head, decision(view)

        for _ in range(DECISIONS):
            before, made = await self._connections.read(decided)
            if not ledger_rows.is_news(made, before):
                return made
            try:
                await self._keep(key, made)
            except ledger_rows.Taken:
                continue
            return made
        raise ArchiveUnavailable(f"{key}: other feeds took the ids it chose, {DECISIONS} times in a row")

    async def ask(self, names: Sequence[str], question: Callable[[View], T]) -> T:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: question(ledger_rows.view_of(connection, names)))

    async def wrote(self, key: FeedKey, time: datetime) -> None:
        """See `ports.Ledger`.  If it is lost, the files are looked at once more."""
        await self._connections.write(
            lambda connection: ledger_rows.wrote(connection, key, time), durable=False, what="wrote"
        )

    async def head(self, key: FeedKey) -> LedgerHead:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.head(connection, key))

    async def pages(self, key: FeedKey, first: int, last: int) -> Sequence[Page]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.pages(connection, key, first, last))

    async def page_times(self, key: FeedKey) -> Sequence[tuple[int, datetime, datetime]]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.page_times(connection, key))

    async def calendar(self, key: FeedKey, days: int) -> Mapping[date, int]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.calendar(connection, key, days))

    async def articles(self, key: FeedKey, after: RecordId | None, limit: int) -> Sequence[RecordId]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.articles(connection, key, after, limit))

    async def in_full(self, records: Sequence[RecordId]) -> Mapping[RecordId, tuple[FeedKey, Place]]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.in_full(connection, records))

    async def holders(self, published_ids: Sequence[str]) -> Mapping[str, RecordId]:
        """See `ports.Ledger`."""
        return await self._connections.read(lambda connection: ledger_rows.holders(connection, published_ids))

    async def stamps(self, contents: Mapping[str, bytes], now: datetime) -> Mapping[str, datetime]:
        """See `ports.Ledger`."""
        known = await self._connections.read(lambda connection: ledger_rows.known_stamps(connection, contents))
        if known is not None:
            return known
        return await self._connections.write(
            lambda connection: ledger_rows.stamps(connection, contents, now), what="stamp"
        )

    # -- housekeeping

    async def tidy(self) -> int:
        """Keep the database in order; return the bytes of its write-ahead log that went into it."""
        if self._presence is not None:
            await asyncio.to_thread(self._presence.forget_the_dead)
        return await asyncio.to_thread(tidied, self._folder / FILE)

    # -- below the promises

    def _present(self) -> locks.Presence:
        if self._presence is None:
            raise ArchiveReadOnly(f"{self._folder}: cannot be written, only read")
        return self._presence

    def _news(self, state: SourceState) -> "_News":
        """Return what a state says that the one leased did not."""
        leased = self._leased.get(state.key)
        if leased is None:
            return _News(moved=True, document=True)
        same = state.present is leased.present and state.channel is leased.channel
        return _News(moved=state.address != leased.address, document=not same)

    async def _piece(self, query: Query, after: listing.Key | None, limit: int) -> listing.Piece:
        return await self._connections.read(lambda connection: listing.piece(connection, query, after, limit))

    async def _index(self, behind: Sequence[fulltext.Behind]) -> None:
        await self._connections.write(
            lambda connection: fulltext.index(connection, behind), durable=False, what="index"
        )

    async def _keep(self, key: FeedKey, decision: Decision) -> None:
        at = self._clock()
        await self._connections.write(
            lambda connection: ledger_rows.keep_decision(connection, key, decision, at), what="place"
        )


@dataclass(frozen=True, slots=True)
class _Leased:
    """What a leased state said, so that a visit without news writes one small row."""

    address: str
    present: Sequence[Trace]
    channel: Channel

    @classmethod
    def of(cls, state: SourceState) -> Self:
        return cls(state.address, state.present, state.channel)


@dataclass(frozen=True, slots=True)
class _News:
    """Whether a visit changed a source's address, and what its document held."""

    moved: bool
    document: bool


def _by_name(connection: apsw.Connection, declared: Sequence[Source]) -> Mapping[str, SourceState]:
    keys = source_rows.keys_of(connection, declared)
    wanted = dict.fromkeys(keys.values())
    states = {state.key: state for state in source_rows.states_of(connection, wanted, present=False)}
    return {name: states[key] for name, key in keys.items() if key in states}


def _present(folder: Path) -> locks.Presence | None:
    """Show that this process is at work on an archive; None where it is there, and cannot be written."""
    try:
        return locks.Presence(folder / LEASES)
    except OSError as error:
        if error.errno in locks.READ_ONLY and (folder / FILE).exists():
            return None
        raise ArchiveUnavailable(f"{folder}: cannot be written: {error.strerror}") from error
