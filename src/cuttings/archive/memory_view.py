"""What a decision sees of the archive in memory: records, a feed's ledger, and a look at both."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.feed import Candidate, LedgerHead, Line, Page, Place


@dataclass(slots=True)
class Kept:
    """A record: its revisions, each with the commit that brought it."""

    revisions: list[tuple[int, Record]]
    touched: int = 0  # the last commit that concerned it
    indexed: int = 0  # the last revision that search knows

    @property
    def newest(self) -> Record:
        return self.revisions[-1][1]

    def candidate(self) -> Candidate:
        newest = self.newest
        by_author = [(commit, record) for commit, record in self.revisions if record.cause == "author"]
        return Candidate(
            id=newest.id,
            source=newest.source,
            guid=newest.guid,
            story=newest.story,
            revision=newest.revision,
            authored=max((record.revision for _, record in by_author), default=0),
            news=max((commit for commit, record in by_author if record.arrival == "ordinary"), default=0),
            order_date=newest.order_date,
            language=newest.language,
            categories=newest.categories,
            url=newest.url,
            reserved=newest.held_back,
        )


@dataclass(slots=True)
class History:
    """One feed's ledger."""

    head: LedgerHead
    places: dict[RecordId, Place] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    pages: dict[int, Page] = field(default_factory=dict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class MemoryView:
    """Keeps `ports.View`."""

    def __init__(
        self,
        feed: History,
        records: Mapping[RecordId, Kept],
        published: Mapping[str, RecordId],
        commit: int,
        beside: Callable[[Sequence[str]], "MemoryView | None"],
    ) -> None:
        self._beside = beside
        self._feed, self._records, self._published = feed, records, published
        self.head, self.commit = feed.head, commit
        self.newest_seen = max((kept.newest.first_seen for kept in records.values()), default=None)

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """See `ports.View`."""
        return (kept.candidate() for kept in self._records.values() if kept.touched > after)

    def candidate(self, record: RecordId) -> Candidate | None:
        """See `ports.View`."""
        return self._records[record].candidate() if record in self._records else None

    def record(self, record: RecordId) -> Record | None:
        """See `ports.View`."""
        return self._records[record].newest if record in self._records else None

    def revision(self, record: RecordId, number: int) -> Record | None:
        """See `ports.View`."""
        kept = self._records[record].revisions if record in self._records else []
        return next((one for _, one in kept if one.revision == number), None)

    def beside(self, names: Sequence[str]) -> "MemoryView | None":
        """See `ports.View`."""
        return self._beside(names)

    def twins(self, story: str) -> Iterator[Candidate]:
        """See `ports.View`."""
        return (kept.candidate() for kept in self._records.values() if kept.newest.story == story)

    def place(self, record: RecordId) -> Place | None:
        """See `ports.View`."""
        return self._feed.places.get(record)

    def story_is_placed(self, story: str) -> bool:
        """See `ports.View`."""
        return any(self._records[record].newest.story == story for record in self._feed.places)

    def published_id(self, record: RecordId) -> str | None:
        """See `ports.View`."""
        return next((id_ for id_, holder in self._published.items() if holder == record), None)

    def published_id_taken(self, published_id: str) -> bool:
        """See `ports.View`."""
        return published_id in self._published

    def lines(self, record: RecordId) -> Sequence[Line]:
        """See `ports.View`."""
        return [line for line in self._by_number() if line.record == record]

    def live_lines(self) -> Iterator[Line]:
        """See `ports.View`."""
        lines = reversed(self._by_number())
        return (line for line in lines if line.live and self._feed.places[line.record].visible)

    def places_by_date(self) -> Iterator[Place]:
        """See `ports.View`."""
        visible = [place for place in self._feed.places.values() if place.visible]
        return iter(sorted(visible, key=lambda place: (place.order_date, place.record), reverse=True))

    def visible_before(self, date: datetime) -> Iterator[Place]:
        """See `ports.View`."""
        return reversed([place for place in self.places_by_date() if place.order_date < date])

    def open_lines(self) -> Sequence[Line]:
        """See `ports.View`."""
        return [line for line in self._by_number() if line.page is None]

    def due(self) -> Sequence[Place]:
        """See `ports.View`."""
        return sorted((p for p in self._feed.places.values() if p.due), key=lambda place: place.number)

    def pages_with(self, record: RecordId) -> Sequence[Page]:
        """See `ports.View`."""
        pages = sorted(self._feed.pages.values(), key=lambda page: page.number)
        return [page for page in pages if any(item.record == record for item in page.items)]

    def pages_of(self, source: SourceKey) -> Iterator[Page]:
        """See `ports.View`."""
        pages = sorted(self._feed.pages.values(), key=lambda page: page.number)
        return (page for page in pages if any(item.source == source for item in page.items))

    def _by_number(self) -> list[Line]:
        return [line for _, line in sorted(self._feed.lines.items())]
