"""The promises that the flows rely on; `app` knows who keeps them.

All are async and safe to use from many tasks at once.  Where a method says
nothing of errors it raises only `ArchiveError` and its kin: what the network
or a publisher did wrong is a value.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.capture import CaptureRef, Exchange, Fetched, Outcome, Request
from cuttings.model.feed import Candidate, Decision, FeedKey, LedgerHead, Line, Page, Place
from cuttings.model.reason import Reason
from cuttings.model.source import Capture, Source, SourceState, Visit

Clock = Callable[[], datetime]
"""Tells the time: aware, UTC."""


class Fetcher(Protocol):
    """Does one GET, politely and within bounds."""

    async def fetch(self, request: Request) -> Outcome:
        """Return what came of it, redirects followed; never raises for what the network does."""


class Sandbox(Protocol):
    """Runs a function on foreign bytes in a process of its own, with limits on time and memory."""

    async def run(self, function: str, *arguments: Any) -> Any:
        """Return what `package.module:name` returns.

        Arguments and result are pickled.  Raises ParseError where the function
        did, and also where the worker ran out of time or memory or died.
        """


class Captures(Protocol):
    """Keeps bytes as received, as WARC 1.1."""

    async def keep(
        self, fetched: Fetched, source: SourceKey | None, same_as: Capture | None = None
    ) -> Sequence[Capture]:
        """Write all exchanges of a visit, or the file as a `resource`; return where they lie, the body's last.

        They are on disk (fsync) when this returns.  With `same_as`, an earlier
        capture of the same payload, the body is written as a `revisit`.
        """

    async def read(self, ref: CaptureRef) -> Exchange:
        """Return a capture as it was kept.  Raises ArchiveDamaged where it is not what was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the archive holds of the entries of a visit: newest revisions by identity and by link."""

    by_ident: Mapping[str, Record]
    by_link: Mapping[str, Record]
    stories: Mapping[str, str]  # canonical URL -> story


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Which records `newest` is asked for; None and empty select everything, keys join by and."""

    sources: Sequence[SourceKey] = ()
    feed: FeedKey | None = None  # placed and not withdrawn there
    language: str | None = None  # BCP 47 range
    tag: str | None = None  # a record's category
    since: datetime | None = None  # order date, inclusive
    until: datetime | None = None  # order date, exclusive
    limit: int | None = None


class Archive(Protocol):
    """Keeps records for ever.

    A method returns only when its work would survive a power cut.  Commands
    may use an archive beside its daemon.
    """

    async def commit(self, visit: Visit) -> int:
        """Add what is new, revise what changed, remember state, reasons and captures; all or nothing.

        Returns the commit's number; numbers grow.  A record's new revision
        that is there already is passed over, so that a commit may be repeated.
        """

    async def known(
        self, source: SourceKey | None, idents: Iterable[str], links: Iterable[str], canonicals: Iterable[str]
    ) -> Known:
        """Return the newest revision of each record of `source` with one of these, and these URLs' stories."""

    async def get(self, record: RecordId, revision: int | None = None) -> Record | None:
        """Return a record's revision, None: the newest; None when there is none."""

    async def many(self, wanted: Iterable[tuple[RecordId, int]]) -> Mapping[tuple[RecordId, int], Record]:
        """Return these revisions; one that does not exist is left out."""

    def newest(self, query: Query) -> AsyncIterator[Record]:
        """Yield newest revisions by order date, then id, descending; memory does not grow with their number."""

    async def history(self, record: RecordId) -> Sequence[Record]:
        """Return all revisions, oldest first."""

    async def find(self, prefix: str) -> Sequence[RecordId]:
        """Return up to ten ids that begin so, for people who type."""

    async def search(self, words: str, limit: int) -> Sequence[RecordId]:
        """Return the best matches for plain words (no syntax) of what is indexed so far."""

    async def index(self, limit: int = 500) -> int:
        """Index up to `limit` revisions that search does not know yet; return how many."""

    async def reasons(self, subject: str) -> Sequence[tuple[datetime, Reason]]:
        """Return what was decided of a record's id or a URL, oldest first."""

    async def captured(self, url: str, payload_sha256: bytes) -> Capture | None:
        """Return the first whole capture of this payload at this URL."""


class Sources(Protocol):
    """What is known of each source, and who may visit it now."""

    async def follow(self, sources: Sequence[Source], now: datetime) -> Mapping[str, SourceState]:
        """Make the declared sources known and due, the others undue; return their states by declared name.

        A source is a known one if its address, one it moved through, or one in
        `formerly` is known; only else is it new, its key its address.
        """

    async def states(self) -> Sequence[SourceState]:
        """Return the states of all sources ever followed, by name."""

    async def state(self, key: SourceKey) -> SourceState | None:
        """Return what is known of a source."""

    async def lease(self, now: datetime, limit: int, keys: Sequence[SourceKey] | None = None) -> Sequence[SourceState]:
        """Take up to `limit` followed sources that are due (with `keys`: these, due or not) for this process alone.

        A lease ends with `release`, or with the process that holds it, after
        kill -9 too.
        """

    async def release(self, keys: Sequence[SourceKey]) -> None:
        """Give leases back."""

    async def next_due(self) -> datetime | None:
        """Return when the next followed source is due, None when there is none."""

    async def hasten(self, keys: Sequence[SourceKey], times: Sequence[datetime]) -> None:
        """Bring the next visits forward to these times, within each source's `not_before`."""

    async def origin_wait(self, origin: str) -> datetime | None:
        """Return until when an origin (scheme://host:port) asked to be left alone, None: it did not."""

    async def robots(self, origin: str) -> tuple[datetime, bytes | None] | None:
        """Return when robots.txt was last asked and what it said (None: unreachable), None when it never was."""

    async def keep_robots(self, origin: str, at: datetime, body: bytes | None) -> None:
        """Remember what an origin's robots.txt said."""

    async def keep_origin_wait(self, origin: str, until: datetime) -> None:
        """Remember that an origin asked to be left alone; never shortens what stands."""


class View(Protocol):
    """One consistent look at a feed's ledger and the archive: plain calls, no awaiting, for the pure decision."""

    head: LedgerHead
    commit: int  # the newest archive commit in sight
    newest_seen: datetime | None  # the newest first_seen in sight

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """Yield records that gained a revision or another story in a later commit than `after` (0: all records)."""

    def candidate(self, record: RecordId) -> Candidate | None:
        """Return one record."""

    def place(self, record: RecordId) -> Place | None:
        """Return its place in this feed."""

    def story_is_placed(self, story: str) -> bool:
        """Tell whether a record of this story has a place in this feed (withdrawn ones too)."""

    def published_id_taken(self, published_id: str, by_other_than: RecordId) -> bool:
        """Tell whether another record holds this id, in any feed."""

    def published_id(self, record: RecordId) -> str | None:
        """Return the id that this record was first published under, in any feed."""

    def live_records(self) -> Iterator[RecordId]:
        """Yield the records of live lines, newest line first; a record with two lines comes twice."""

    def placed_by_date(self) -> Iterator[Candidate]:
        """Yield all placed, not withdrawn records by (order date, id), newest first."""

    def open_lines(self) -> Sequence[Line]:
        """Return the lines that are in no page, oldest first."""

    def due(self) -> Sequence[Place]:
        """Return the places whose news waits to be announced, by number."""

    def pages_with(self, record: RecordId) -> Sequence[Page]:
        """Return the pages that hold it."""

    def pages_of(self, source: SourceKey) -> Sequence[Page]:
        """Return the pages that hold something of this source."""


class Ledger(Protocol):
    """The history of each feed: from it alone its files follow."""

    async def open(self, names: Sequence[str], mint: Callable[[], str], now: datetime) -> LedgerHead:
        """Return the ledger of the feed published under one of these names (present one first); else begin one."""

    def publishing(self, key: FeedKey) -> AbstractAsyncContextManager[None]:
        """Hold the feed for this process alone; waits for another one, ends with the process."""

    async def decide(self, key: FeedKey, decision: Callable[[View], Decision]) -> Decision:
        """Call a pure function with a view, in a thread, and commit what it returns; all or nothing.

        Only for who is `publishing`.  Where another feed took one of the ids
        meanwhile, it is asked once more.
        """

    async def head(self, key: FeedKey) -> LedgerHead:
        """Return the head of a feed's ledger."""

    async def pages(self, key: FeedKey, first: int, last: int) -> Sequence[Page]:
        """Return closed pages by number, both ends included."""

    async def page_times(self, key: FeedKey) -> Sequence[tuple[int, datetime, datetime]]:
        """Return (number, closed, changed) of all pages, by number: enough to tell which files are stale."""

    async def articles(self, key: FeedKey, after: RecordId | None, limit: int) -> Sequence[Place]:
        """Return places that are not withdrawn and shown in full, by record id."""

    async def stamp(self, path: str, digest: bytes, now: datetime) -> datetime:
        """Return when the file at `path` last came to have this content: an event, kept if it is new."""


class Outlet(Protocol):
    """A folder of files that any web server can serve."""

    async def put(self, path: str, body: bytes, at: datetime) -> None:
        """Write a file and its .gz beside it, each whole or not at all, with `at` as its time."""

    async def time_of(self, path: str) -> datetime | None:
        """Return the time of a file whose .gz is there as well, else None."""

    async def paths(self, folder: str) -> Sequence[str]:
        """Return the paths of all files below a folder, without their .gz."""

    async def remove(self, path: str) -> None:
        """Delete a file and its .gz; gone already is fine."""
