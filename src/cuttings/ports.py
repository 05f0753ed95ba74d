"""The promises that the flows rely on; `app` knows who keeps them.

All are async and safe to use from many tasks at once.  Where a method says
nothing of errors it raises only `ArchiveError` and its kin: what the network
or a publisher did wrong is a value.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, TypeVar

from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.capture import CaptureRef, Document, Exchange, Fetched, Outcome, Post, Posted, Request
from cuttings.model.check import Check, Looks
from cuttings.model.coverage import Day
from cuttings.model.feed import Candidate, Decision, FeedKey, LedgerHead, Line, Page, Place
from cuttings.model.hub import Listener
from cuttings.model.push import Delivery, Subscription
from cuttings.model.reason import Reason
from cuttings.model.source import Capture, Source, SourceState, Visit
from cuttings.text.boilerplate import Counts as BlockCounts

T = TypeVar("T")

Clock = Callable[[], datetime]
"""Tells the time: aware, UTC."""


class Fetcher(Protocol):
    """Does one GET, politely and within bounds."""

    async def fetch(self, request: Request) -> Outcome:
        """Return what came of it, redirects followed; never raises for what the network does."""


class Poster(Protocol):
    """Gives a message to an address on the web, through the same gate and in the same turns as a `Fetcher`."""

    async def post(self, post: Post) -> Posted:
        """Return what came of it; never raises for what the network does.  A redirect is an answer, unless followed."""


class Folders(Protocol):
    """Reads files of this machine; raises OSError."""

    async def walk(self, folder: str) -> Sequence[tuple[str, str]]:
        """Return (path below the folder, a stamp that changes when the file does) of all files we can read, by path."""

    async def read(self, folder: str, path: str) -> Fetched:
        """Return one file as a document without exchanges."""


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


class Shelf(Protocol):
    """Reads WARC files of others."""

    def documents(self, file: str) -> AsyncIterator[Document]:
        """Yield the decoded bodies of a file's good responses and its resources, in order.

        Damaged records are passed over; raises ParseError where the file is no
        WARC at all, OSError where it cannot be read.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the archive holds of the entries of a visit: newest revisions by identity and by link."""

    by_ident: Mapping[str, Record]
    by_link: Mapping[str, Record]
    stories: Mapping[str, str]  # canonical URL -> story
    returned: frozenset[str] = frozenset()  # idents that are ids we made ourselves, for a record of ours (H-85)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is: records, and those whose newest revision search does not know yet."""

    records: int
    unindexed: int


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

    async def latest(self) -> int:
        """Return the number of the newest commit; it has grown whenever somebody committed records."""

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

    async def at(self, urls: Sequence[str]) -> Sequence[RecordId]:
        """Return the records that one of these is the link or the canonical address of, at most a hundred, by id."""

    async def search(self, words: str, query: Query) -> Sequence[RecordId]:
        """Return, of the records that a query asks for, the best matches for plain words (no syntax).

        Only what is indexed so far is found.
        """

    async def index(self, limit: int = 500) -> int:
        """Index up to `limit` revisions that search does not know yet; return how many."""

    async def counts(self, source: SourceKey | None = None) -> Counts:
        """Return how much there is, of one source or of all and none."""

    async def reasons(self, subject: str) -> Sequence[tuple[datetime, Reason]]:
        """Return what was decided of a record's id or a URL, oldest first."""

    async def alike(self, sketches: Sequence[bytes], since: datetime) -> Sequence[Sequence[RecordId]]:
        """Return, for each sketch, records seen since then whose text may be near the same, the likeliest first.

        A sketch is a row of keys of eight bytes: texts that share one may be
        near the same, the likeliest share the most.  At most twenty each; only
        records whose `Visit` brought a sketch are found, and of these only the
        ones seen within about the last thirty days.
        """

    async def boilerplate(self, source: SourceKey) -> BlockCounts:
        """Return what recurs in a source's articles, as last committed; empty counts where nothing was."""

    async def captured(self, url: str, payload_sha256: bytes) -> Capture | None:
        """Return the first whole capture of this payload at this URL."""

    async def strand(self, captures: Sequence[Capture]) -> None:
        """Remember which of these captures no visit has brought: the process died before, or gave up reading them."""

    async def stranded(self, url: str) -> Capture | None:
        """Return the last capture at this URL that no visit has brought, None if it is older than `STRANDED_FOR`."""

    def working(self) -> AbstractAsyncContextManager[None]:
        """Show all processes, while it lasts, that a long quiet work is under way."""

    async def is_worked_on(self) -> bool:
        """Tell whether a long quiet work is under way, in whatever process; one that was killed is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """An origin's robots.txt when it was last `asked` for; `body` None: it could not be had, since `lost`."""

    asked: datetime
    body: bytes | None
    lost: datetime | None = None


class Sources(Protocol):
    """What is known of each source, and who may visit it now."""

    async def follow(self, sources: Sequence[Source], now: datetime) -> Mapping[str, SourceState]:
        """Make the declared sources known and due, the paused and all others undue; return the states by declared name.

        A source is a known one if its address, one it moved through, or one in
        `formerly` is known; only else is it new, its key its address.  `present`
        is left out of the states.
        """

    async def keys(self, sources: Sequence[Source]) -> Mapping[str, SourceKey]:
        """Return the keys that these sources have, or would have once they are followed, by declared name."""

    async def states(self) -> Sequence[SourceState]:
        """Return the states of all sources ever followed, by name; `present`, which only a visit needs, is left out."""

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

    async def overdue(self, now: datetime) -> tuple[int, datetime | None]:
        """Return how many followed sources are due and leased by nobody, and since when the first of them is."""

    async def hasten(self, keys: Sequence[SourceKey], times: Sequence[datetime]) -> None:
        """Bring the next visits forward to these times, within each source's `not_before`."""

    async def origin_wait(self, origin: str) -> datetime | None:
        """Return until when an origin (scheme://host:port) asked to be left alone, None: it did not."""

    async def robots(self, origin: str) -> Robots | None:
        """Return what is known of an origin's robots.txt, None when it was never asked for."""

    async def keep_robots(self, origin: str, at: datetime, body: bytes | None) -> None:
        """Remember what an origin's robots.txt said, None: it could not be had."""

    async def keep_origin_wait(self, origin: str, until: datetime) -> None:
        """Remember that an origin asked to be left alone; never shortens what stands."""


class Checks(Protocol):
    """Which articles' pages are looked at again, and when; `Archive.commit` keeps what comes of it."""

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Check]:
        """Return up to `limit` checks that are due, the longest due first, and put them off until `until`.

        So nobody else takes them before; whoever ends without committing what
        came of them leaves them to be taken then.
        """

    async def of(self, record: RecordId) -> Check | None:
        """Return when a record's page is looked at next, None where it is not."""

    async def counts(self) -> tuple[int, datetime | None]:
        """Return how many pages are to be looked at again, and when the first of them is due."""

    async def looks(self, source: SourceKey) -> Looks:
        """Return what looking back at a source's pages came to."""


class CoverageDays(Protocol):
    """What should have come from each source on each day, beside what came; `Archive.commit` keeps it with the state.

    Of each source the days of `coverage.KEPT_DAYS` are kept.  The day that is
    not over is in the source's state alone, unless something was missed on it.
    """

    async def days(self, source: SourceKey, since: date) -> Sequence[Day]:
        """Return what is known of a source's days, that day and later, oldest first."""

    async def gaps(self, since: date) -> Mapping[SourceKey, Sequence[Day]]:
        """Return the days, that day and later, on which something was missed, by source, oldest first."""


class Listeners(Protocol):
    """Who is told when a document of ours changes: subscribers of our hub, and other hubs."""

    async def keep(self, listeners: Sequence[Listener]) -> None:
        """Keep these, each in the place of what was kept of its topic and callback; all or none."""

    async def forget(self, topic: str, callback: str) -> None:
        """Let one go; who is not there is gone already."""

    async def get(self, topic: str, callback: str) -> Listener | None:
        """Return one, None where there is none."""

    async def of(self, topic: str) -> Sequence[Listener]:
        """Return who is told of a document, by callback."""

    async def topics(self) -> Sequence[str]:
        """Return the addresses of documents that somebody is told of, sorted."""

    async def due(self, now: datetime, limit: int, a_host: int) -> Sequence[Listener]:
        """Return up to `limit` for whom there is something to do, the longest due first, of one host up to `a_host`."""

    async def count(self, host: str | None = None) -> int:
        """Return how many there are, at a host or in all."""


class Subscriptions(Protocol):
    """Our subscriptions at the hubs of sources, and what was pushed to us and is not taken in yet."""

    async def all(self) -> Sequence[Subscription]:
        """Return all subscriptions, by token."""

    async def keep(self, subscriptions: Sequence[Subscription]) -> None:
        """Keep these, each in the place of what was kept of its token; all or none."""

    async def forget(self, tokens: Sequence[str]) -> None:
        """Let subscriptions go; what is not there is gone already."""

    async def deliver(self, delivery: Delivery, subscription: Subscription) -> int:
        """Keep what was pushed, and the subscription it came by, both or neither; return the delivery's number."""

    async def delivered(self) -> Sequence[tuple[int, SourceKey, int]]:
        """Return (number, source, bytes) of what is not taken in yet, the oldest first."""

    async def delivery(self, number: int) -> Delivery | None:
        """Return what was pushed, None where it was taken in."""

    async def taken(self, numbers: Sequence[int]) -> None:
        """Forget deliveries that were taken in; those that are not there are forgotten already."""


class View(Protocol):
    """One consistent look at a feed's ledger and the archive: plain calls, no awaiting, for the pure decision."""

    head: LedgerHead
    commit: int  # the newest archive commit in sight
    newest_seen: datetime | None  # the newest first_seen in sight

    def arrivals(self, after: int) -> Iterator[Candidate]:
        """Yield the records touched by a later commit than `after` (0: all records), in any order.

        A commit touches the records it gives a revision and, where that says
        another story than the one before, all records of both stories.
        """

    def candidate(self, record: RecordId) -> Candidate | None:
        """Return one record."""

    def record(self, record: RecordId) -> Record | None:
        """Return the newest revision of one record, its text too: a rule that needs it asks for few."""

    def revision(self, record: RecordId, number: int) -> Record | None:
        """Return one revision of a record."""

    def beside(self, names: Sequence[str]) -> "View | None":
        """Return the same look at the feed published under one of these names, None where there was none yet."""

    def twins(self, story: str) -> Iterator[Candidate]:
        """Yield all records of a story."""

    def place(self, record: RecordId) -> Place | None:
        """Return its place in this feed."""

    def story_is_placed(self, story: str) -> bool:
        """Tell whether a record that is now of this story has a place in this feed (withdrawn ones too)."""

    def published_id(self, record: RecordId) -> str | None:
        """Return the id that this record was first published under, in any feed."""

    def published_id_taken(self, published_id: str) -> bool:
        """Tell whether a record holds this id, in any feed."""

    def lines(self, record: RecordId) -> Sequence[Line]:
        """Return the lines of one record, oldest first."""

    def live_lines(self) -> Iterator[Line]:
        """Yield the live lines of visible places, newest first."""

    def places_by_date(self) -> Iterator[Place]:
        """Yield the visible places by (order date, record), newest first."""

    def visible_before(self, date: datetime) -> Iterator[Place]:
        """Yield the visible places of an earlier order date, oldest first; it costs what it yields."""

    def open_lines(self) -> Sequence[Line]:
        """Return the lines that are in no page, oldest first."""

    def due(self) -> Sequence[Place]:
        """Return the places that are `due`, by number."""

    def pages_with(self, record: RecordId) -> Sequence[Page]:
        """Return the pages that hold it, by number."""

    def pages_of(self, source: SourceKey) -> Iterator[Page]:
        """Yield the pages that hold something of this source, by number."""


class Ledger(Protocol):
    """The history of each feed: from it alone its files follow."""

    async def open(self, names: Sequence[str], mint: Callable[[], str], now: datetime) -> LedgerHead:
        """Return the ledger of the feed published under one of these names (present one first); else begin one.

        A name leads to its ledger for ever; names not seen before lead there from now on.
        """

    async def begun(self, names: Sequence[str]) -> LedgerHead | None:
        """Return the ledger of the feed published under one of these names, None where `open` never began one."""

    def publishing(self, key: FeedKey) -> AbstractAsyncContextManager[None]:
        """Hold the feed for this process alone; waits for another one, ends with the process."""

    async def decide(self, key: FeedKey, decision: Callable[[View], Decision]) -> Decision:
        """Call a pure function with a view, in a thread, and commit what it returns; all or nothing.

        Only for who is `publishing`.  Where another feed took one of the ids
        meanwhile, it is asked once more.
        """

    async def ask(self, names: Sequence[str], question: Callable[[View], T]) -> T:
        """Call a pure function with the view that `decide` would give it, in a thread, and keep nothing.

        The feed is the one published under one of these names (present one
        first); one that never was is seen as it would begin.
        """

    async def wrote(self, key: FeedKey, time: datetime) -> None:
        """Remember that all files are written as the ledger had them at this event."""

    async def head(self, key: FeedKey) -> LedgerHead:
        """Return the head of a feed's ledger."""

    async def pages(self, key: FeedKey, first: int, last: int) -> Sequence[Page]:
        """Return closed pages by number, both ends included."""

    async def page_times(self, key: FeedKey) -> Sequence[tuple[int, datetime, datetime]]:
        """Return (number, closed, changed) of all pages, by number: enough to tell which files are stale."""

    async def calendar(self, key: FeedKey, days: int) -> Mapping[date, int]:
        """Return how many visible places there are of each day (UTC) of their order date.

        Of so many days up to the newest one; a day without any is left out.
        """

    async def articles(self, key: FeedKey, after: RecordId | None, limit: int) -> Sequence[RecordId]:
        """Return records that this feed shows in full and has not withdrawn, by id, those after `after`."""

    async def in_full(self, records: Sequence[RecordId]) -> Mapping[RecordId, tuple[FeedKey, Place]]:
        """Return, of the feeds that show a record in full and have not withdrawn it, the first by key, with its place.

        A record that no feed shows so is left out.
        """

    async def holders(self, published_ids: Sequence[str]) -> Mapping[str, RecordId]:
        """Return which records hold these published ids, in any feed; an id that nobody holds is left out."""

    async def stamps(self, contents: Mapping[str, bytes], now: datetime) -> Mapping[str, datetime]:
        """Return when the files at these paths last came to have the contents with these digests.

        A digest that is new for its path is an event at `now` (whole seconds),
        at least a second after the one before, and is kept.
        """


class Outlet(Protocol):
    """A folder of files that any web server can serve."""

    async def put(self, path: str, body: bytes, at: datetime) -> None:
        """Write a file and its .gz beside it, each whole or not at all, with `at` as its time."""

    async def time_of(self, path: str) -> datetime | None:
        """Return the time of a file whose .gz is there as well, else None."""

    async def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, None where it is not there."""

    async def times(self, folder: str) -> Mapping[str, datetime | None]:
        """Return the paths of all files below a folder, without their .gz, each with what `time_of` says of it."""

    async def remove(self, path: str) -> None:
        """Delete a file and its .gz; gone already is fine."""


class Lists(Protocol):
    """Keeps what was last read of lists of sources; the configuration is made from it."""

    async def has(self, name: str) -> bool:
        """Tell whether something is kept under this name."""

    async def keep(self, name: str, body: bytes) -> None:
        """Put this in the place of what was kept before; on disk when this returns, whole or not at all."""


class Cache(Protocol):
    """Keeps what can be made again; plain calls, for threads.  Never raises: what cannot be kept is not kept."""

    def get(self, key: bytes) -> bytes | None:
        """Return what was put under this key, None when it is not there (any more)."""

    def put(self, key: bytes, body: bytes) -> None:
        """Keep a body."""
