"""The archive in memory: all that `ports` promises, but durability.

It is what the other archives are compared with, and what tests use, so it
is plain: dictionaries, and loops over them.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from cuttings.archive.memory_checks import MemoryChecks
from cuttings.archive.memory_coverage import MemoryCoverage
from cuttings.archive.memory_listeners import MemoryListeners
from cuttings.archive.memory_subscriptions import MemorySubscriptions
from cuttings.archive.memory_view import History, Kept, MemoryView
from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.feed import NEWER, Decision, FeedKey, LedgerHead, Page, Place
from cuttings.model.reason import Reason
from cuttings.model.source import FARTHEST, STRANDED_FOR, Capture, Source, SourceState, Visit
from cuttings.ports import Counts, Known, Query, Robots, View
from cuttings.text import language
from cuttings.text.boilerplate import Counts as BlockCounts
from cuttings.text.digest import urn_of

T = TypeVar("T")

FOUND = 10  # ids that a prefix is answered with
MOST_ALIKE = 20


class MemoryArchive:
    """Keeps `ports.Archive`, `ports.Sources` and `ports.Ledger`."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.checks = MemoryChecks()
        self.listeners = MemoryListeners()
        self.subscriptions = MemorySubscriptions()
        self.coverage = MemoryCoverage()
        self._commit = self._works = 0
        self._records: dict[RecordId, Kept] = {}
        self._reasons: defaultdict[str, list[tuple[datetime, Reason]]] = defaultdict(list)
        self._captures: dict[tuple[str, bytes], Capture] = {}
        self._stranded: dict[str, Capture] = {}
        self._sketches: defaultdict[RecordId, set[bytes]] = defaultdict(set)  # the keys of its sketches
        self._boilerplate: dict[SourceKey, BlockCounts] = {}
        self._states: dict[SourceKey, SourceState] = {}
        self._addresses: dict[str, SourceKey] = {}  # every address a source ever had
        self._followed: set[SourceKey] = set()
        self._declared: dict[SourceKey, str] = {}  # addresses as they were last declared
        self._leased: dict[SourceKey, str] = {}  # and the address that was leased
        self._waits: dict[str, datetime] = {}
        self._robots: dict[str, Robots] = {}
        self._names: dict[str, FeedKey] = {}
        self._feeds: dict[FeedKey, History] = {}
        self._published: dict[str, RecordId] = {}
        self._stamps: dict[str, tuple[bytes, datetime]] = {}

    # -- Long works

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """See `ports.Archive`."""
        self._works += 1
        try:
            yield
        finally:
            self._works -= 1

    async def is_worked_on(self) -> bool:
        """See `ports.Archive`."""
        return self._works > 0

    # -- Archive

    async def commit(self, visit: Visit) -> int:
        """See `ports.Archive`."""
        self._commit += 1
        for record in visit.records:
            self._keep(record)
        for capture in visit.captures:
            self._captures.setdefault((capture.url, capture.payload_sha256), capture)
            self._stranded.pop(capture.url, None)
        self._explain(visit.reasons)
        for id_, sketch in visit.sketches:
            if id_ in self._records:
                self._sketches[id_] |= _keys(sketch)
        if visit.source is not None and visit.boilerplate is not None:
            self._boilerplate[visit.source] = visit.boilerplate
        self.checks.keep(visit.checks, visit.source, visit.looks)
        if visit.state is not None:
            self._states[visit.state.key] = self._visited(visit.state)
            self.coverage.keep(visit.state)
            self._addresses.setdefault(visit.state.address, visit.state.key)
        return self._commit

    async def latest(self) -> int:
        """See `ports.Archive`."""
        return self._commit

    async def known(
        self, source: SourceKey | None, idents: Iterable[str], links: Iterable[str], canonicals: Iterable[str]
    ) -> Known:
        """See `ports.Archive`."""
        idents, links, canonicals = set(idents), set(links), set(canonicals)
        newest = [kept.newest for kept in self._records.values()]
        ours = [record for record in newest if record.source == source]
        stories: dict[str, str] = {}
        for record in newest:
            if record.canonical_url in canonicals and record.canonical_url is not None:
                stories.setdefault(record.canonical_url, record.story)
        return Known(
            by_ident={record.ident: record for record in ours if record.ident in idents},
            by_link={record.url: record for record in ours if record.url is not None and record.url in links},
            stories=stories,
            returned=frozenset(one for one in idents if (of := self._published.get(one)) and urn_of(of) == one),
        )

    async def get(self, record: RecordId, revision: int | None = None) -> Record | None:
        """See `ports.Archive`."""
        revisions = await self.history(record)
        if revision is None:
            return revisions[-1] if revisions else None
        return next((kept for kept in revisions if kept.revision == revision), None)

    async def many(self, wanted: Iterable[tuple[RecordId, int]]) -> Mapping[tuple[RecordId, int], Record]:
        """See `ports.Archive`."""
        found = {(record, revision): await self.get(record, revision) for record, revision in wanted}
        return {key: record for key, record in found.items() if record is not None}

    async def newest(self, query: Query) -> AsyncIterator[Record]:
        """See `ports.Archive`."""
        asked = [kept.newest for kept in self._records.values() if self._is_asked(kept.newest, query)]
        for record in sorted(asked, key=lambda record: (record.order_date, record.id), reverse=True)[: query.limit]:
            yield record

    async def history(self, record: RecordId) -> Sequence[Record]:
        """See `ports.Archive`."""
        return [revision for _, revision in self._records[record].revisions] if record in self._records else []

    async def find(self, prefix: str) -> Sequence[RecordId]:
        """See `ports.Archive`."""
        return sorted(record for record in self._records if record.startswith(prefix))[:FOUND]

    async def at(self, urls: Sequence[str]) -> Sequence[RecordId]:
        """See `ports.Archive`."""
        newest = (kept.newest for kept in self._records.values())
        return sorted(one.id for one in newest if one.url in urls or (one.canonical_url or "") in urls)[:100]

    async def search(self, words: str, query: Query) -> Sequence[RecordId]:
        """See `ports.Archive`; the best match is the newest one."""
        wanted = words.casefold().split()
        indexed = [kept.newest for kept in self._records.values() if kept.indexed]
        matches = [record for record in indexed if wanted and all(word in _searchable(record) for word in wanted)]
        newest = sorted(matches, key=lambda record: (record.order_date, record.id), reverse=True)
        return [record.id for record in newest if self._is_asked(record, query)][: query.limit]

    async def index(self, limit: int = 500) -> int:
        """See `ports.Archive`."""
        behind = [kept for kept in self._records.values() if kept.indexed < kept.newest.revision][:limit]
        for kept in behind:
            kept.indexed = kept.newest.revision
        return len(behind)

    async def counts(self, source: SourceKey | None = None) -> Counts:
        """See `ports.Archive`."""
        asked = [kept for kept in self._records.values() if source is None or kept.newest.source == source]
        behind = [kept for kept in asked if kept.indexed < kept.newest.revision]
        return Counts(records=len(asked), unindexed=len(behind))

    async def reasons(self, subject: str) -> Sequence[tuple[datetime, Reason]]:
        """See `ports.Archive`."""
        return list(self._reasons[subject])

    async def alike(self, sketches: Sequence[bytes], since: datetime) -> Sequence[Sequence[RecordId]]:
        """See `ports.Archive`; sketches are never forgotten."""
        found = []
        for keys in map(_keys, sketches):
            shared = {id_: len(keys & held) for id_, held in self._sketches.items()}
            recent = [id_ for id_ in shared if shared[id_] and self._records[id_].newest.first_seen >= since]
            found.append(sorted(recent, key=lambda id_: (-shared[id_], id_))[:MOST_ALIKE])
        return found

    async def boilerplate(self, source: SourceKey) -> BlockCounts:
        """See `ports.Archive`."""
        return self._boilerplate.get(source, BlockCounts())

    async def captured(self, url: str, payload_sha256: bytes) -> Capture | None:
        """See `ports.Archive`."""
        return self._captures.get((url, payload_sha256))

    async def strand(self, captures: Sequence[Capture]) -> None:
        """See `ports.Archive`."""
        for capture in captures:
            if (capture.url, capture.payload_sha256) not in self._captures:
                self._stranded[capture.url] = capture

    async def stranded(self, url: str) -> Capture | None:
        """See `ports.Archive`."""
        found = self._stranded.get(url)
        return found if found is not None and found.at >= self._clock() - STRANDED_FOR else None

    # -- Sources

    async def follow(self, sources: Sequence[Source], now: datetime) -> Mapping[str, SourceState]:
        """See `ports.Sources`."""
        keys = {source.name: self._met(source, now) for source in sources}
        self._followed = {keys[source.name] for source in sources if not source.paused}
        return {name: replace(self._states[key], present=()) for name, key in keys.items()}

    async def keys(self, sources: Sequence[Source]) -> Mapping[str, SourceKey]:
        """See `ports.Sources`."""
        return {source.name: self._key(source) for source in sources}

    async def states(self) -> Sequence[SourceState]:
        """See `ports.Sources`."""
        states = sorted(self._states.values(), key=lambda state: state.name)
        return [replace(state, present=()) for state in states]

    async def state(self, key: SourceKey) -> SourceState | None:
        """See `ports.Sources`."""
        return self._states.get(key)

    async def lease(self, now: datetime, limit: int, keys: Sequence[SourceKey] | None = None) -> Sequence[SourceState]:
        """See `ports.Sources`."""
        free = [self._states[key] for key in self._followed - self._leased.keys() if keys is None or key in keys]
        due = [state for state in free if keys is not None or not now < _due(state) <= now + FARTHEST]
        leased = sorted(due, key=lambda state: (_due(state), state.key))[:limit]
        self._leased.update((state.key, state.address) for state in leased)
        return leased

    async def release(self, keys: Sequence[SourceKey]) -> None:
        """See `ports.Sources`."""
        for key in keys:
            self._leased.pop(key, None)

    async def next_due(self) -> datetime | None:
        """See `ports.Sources`."""
        free = (self._states[key] for key in self._followed - self._leased.keys())
        return min(map(_due, free), default=None)

    async def overdue(self, now: datetime) -> tuple[int, datetime | None]:
        """See `ports.Sources`."""
        free = (self._states[key] for key in self._followed - self._leased.keys())
        due = [when for when in map(_due, free) if when <= now]
        return len(due), min(due, default=None)

    async def hasten(self, keys: Sequence[SourceKey], times: Sequence[datetime]) -> None:
        """See `ports.Sources`."""
        for key, time in zip(keys, times, strict=True):
            state = self._states[key]
            earliest = max(time, state.not_before or time)
            self._states[key] = replace(state, next_visit=min(state.next_visit, earliest))

    async def origin_wait(self, origin: str) -> datetime | None:
        """See `ports.Sources`."""
        return self._waits.get(origin)

    async def keep_origin_wait(self, origin: str, until: datetime) -> None:
        """See `ports.Sources`."""
        self._waits[origin] = max(until, self._waits.get(origin, until))

    async def robots(self, origin: str) -> Robots | None:
        """See `ports.Sources`."""
        return self._robots.get(origin)

    async def keep_robots(self, origin: str, at: datetime, body: bytes | None) -> None:
        """See `ports.Sources`."""
        before = self._robots.get(origin)
        lost = (before and before.lost) or at
        self._robots[origin] = Robots(asked=at, body=body, lost=lost if body is None else None)

    # -- Ledger

    async def open(self, names: Sequence[str], mint: Callable[[], str], now: datetime) -> LedgerHead:
        """See `ports.Ledger`."""
        key = next((self._names[name] for name in names if name in self._names), FeedKey(names[0]))
        for name in names:
            self._names.setdefault(name, key)
        if key not in self._feeds:
            self._feeds[key] = History(LedgerHead(key=key, feed_id=mint()))
        return self._feeds[key].head

    async def begun(self, names: Sequence[str]) -> LedgerHead | None:
        """See `ports.Ledger`."""
        key = next((self._names[name] for name in names if name in self._names), None)
        return None if key is None else self._feeds[key].head

    def publishing(self, key: FeedKey) -> AbstractAsyncContextManager[None]:
        """See `ports.Ledger`."""
        return self._feeds[key].lock

    async def decide(self, key: FeedKey, decision: Callable[[View], Decision]) -> Decision:
        """See `ports.Ledger`."""
        feed = self._feeds[key]
        decided = decision(self.look(key))
        feed.head = decided.head
        self._place(feed, decided)
        self._explain(decided.reasons)
        return decided

    async def ask(self, names: Sequence[str], question: Callable[[View], T]) -> T:
        """See `ports.Ledger`."""
        key = next((self._names[name] for name in names if name in self._names), None)
        feed = History(LedgerHead(key=FeedKey(names[0]), feed_id="")) if key is None else self._feeds[key]
        return question(self._view(feed))

    def look(self, key: FeedKey) -> MemoryView:
        """Return what a decision would see now."""
        return self._view(self._feeds[key])

    async def wrote(self, key: FeedKey, time: datetime) -> None:
        """See `ports.Ledger`."""
        feed = self._feeds[key]
        feed.head = replace(feed.head, written=time)

    async def head(self, key: FeedKey) -> LedgerHead:
        """See `ports.Ledger`."""
        return self._feeds[key].head

    async def pages(self, key: FeedKey, first: int, last: int) -> Sequence[Page]:
        """See `ports.Ledger`."""
        return [page for number, page in sorted(self._feeds[key].pages.items()) if first <= number <= last]

    async def page_times(self, key: FeedKey) -> Sequence[tuple[int, datetime, datetime]]:
        """See `ports.Ledger`."""
        return [(page.number, page.closed, page.changed) for _, page in sorted(self._feeds[key].pages.items())]

    async def calendar(self, key: FeedKey, days: int) -> Mapping[date, int]:
        """See `ports.Ledger`."""
        places = self._feeds[key].places.values()
        found = Counter(place.order_date.astimezone(UTC).date() for place in places if place.visible)
        return {day: count for day, count in found.items() if day > max(found) - timedelta(days=days)}

    async def articles(self, key: FeedKey, after: RecordId | None, limit: int) -> Sequence[RecordId]:
        """See `ports.Ledger`."""
        shown = (record for record, place in self._feeds[key].places.items() if _is_in_full(place))
        return sorted(record for record in shown if after is None or record > after)[:limit]

    async def in_full(self, records: Sequence[RecordId]) -> Mapping[RecordId, tuple[FeedKey, Place]]:
        """See `ports.Ledger`."""
        first: dict[RecordId, tuple[FeedKey, Place]] = {}
        for (key, feed), record in itertools.product(sorted(self._feeds.items(), key=lambda kv: kv[0]), records):
            place = feed.places.get(record)
            if place is not None and _is_in_full(place):
                first.setdefault(record, (key, place))
        return first

    async def holders(self, published_ids: Sequence[str]) -> Mapping[str, RecordId]:
        """See `ports.Ledger`."""
        return {one: self._published[one] for one in published_ids if one in self._published}

    async def stamps(self, contents: Mapping[str, bytes], now: datetime) -> Mapping[str, datetime]:
        """See `ports.Ledger`."""
        for path, digest in contents.items():
            last, at = self._stamps.get(path, (None, None))
            if digest != last:
                whole = now.replace(microsecond=0)
                self._stamps[path] = (digest, whole if at is None else max(whole, at + NEWER))
        return {path: self._stamps[path][1] for path in contents}

    # -- below the promises

    def _view(self, feed: History) -> MemoryView:
        return MemoryView(feed, self._records, self._published, self._commit, self._beside)

    def _beside(self, names: Sequence[str]) -> MemoryView | None:
        key = next((self._names[name] for name in names if name in self._names), None)
        return None if key is None else self._view(self._feeds[key])

    def _keep(self, record: Record) -> None:
        kept = self._records.setdefault(record.id, Kept([]))
        if any(record.revision == revision.revision for _, revision in kept.revisions):
            return
        before = kept.newest.story if kept.revisions else record.story
        kept.revisions.append((self._commit, record))
        kept.touched = self._commit
        if record.story != before:
            for other in self._records.values():
                if other.newest.story in (before, record.story):
                    other.touched = self._commit

    def _is_asked(self, record: Record, query: Query) -> bool:
        placed = self._feeds[query.feed].places.get(record.id) if query.feed in self._feeds else None
        return (
            (not query.sources or record.source in query.sources)
            and (query.feed is None or (placed is not None and not placed.withdrawn))
            and (query.language is None or language.matches(query.language, record.language))
            and (query.tag is None or query.tag.casefold() in map(str.casefold, record.categories))
            and (query.since is None or record.order_date >= query.since)
            and (query.until is None or record.order_date < query.until)
        )

    def _met(self, source: Source, now: datetime) -> SourceKey:
        """Return a declared source's key; a source that is known under a new address is asked there from now on."""
        key = self._key(source)
        state = self._states.get(key) or SourceState(key=key, name="", address=source.address, next_visit=now)
        if source.address not in (state.address, self._declared.get(key)):
            state = replace(state, address=source.address, move=None, gone=None, stopped=False)
            state = replace(state, not_before=None, next_visit=now)
        self._states[key] = replace(state, name=source.name)
        self._declared[key] = source.address
        for address in (source.address, *source.formerly, key):
            self._addresses.setdefault(address, key)
        return key

    def _key(self, source: Source) -> SourceKey:
        known = (
            self._addresses[address] for address in (source.address, *source.formerly) if address in self._addresses
        )
        return next(known, SourceKey(source.address))

    def _visited(self, state: SourceState) -> SourceState:
        """Return a visit's state under the name and, unless it moved, the address that the configuration has by now."""
        before = self._states.get(state.key, state)
        moved = state.address != self._leased.get(state.key)
        return replace(state, name=before.name, address=state.address if moved else before.address)

    def _place(self, feed: History, decided: Decision) -> None:
        feed.lines = {n: line for n, line in feed.lines.items() if line.record not in decided.unlined}
        feed.lines.update((line.number, line) for line in decided.lines)
        feed.pages.update((page.number, page) for page in (*decided.pages, *decided.changed_pages))
        for place in decided.places:
            feed.places[place.record] = place
            assert self._published.setdefault(place.published_id, place.record) == place.record

    def _explain(self, reasons: Iterable[Reason]) -> None:
        for reason in reasons:
            self._reasons[reason.subject].append((self._clock(), reason))


def _is_due(state: SourceState, now: datetime) -> bool:
    return not now < _due(state) <= now + FARTHEST


def _due(state: SourceState) -> datetime:
    return max(state.next_visit, state.not_before or state.next_visit)


def _is_in_full(place: Place) -> bool:
    return place.shown.extent == "full" and not place.withdrawn


def _keys(sketch: bytes) -> set[bytes]:
    return {sketch[start : start + 8] for start in range(0, len(sketch), 8)}


def _searchable(record: Record) -> str:
    return " ".join(filter(None, (record.title, record.subtitle, record.summary, record.text))).casefold()
