"""A source: as it is declared (`Source`), what we learned of it (`SourceState`), and one visit to it (`Visit`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from cuttings.model.article import Channel, Record, RecordId, SourceKey, Trace
from cuttings.model.capture import CaptureRef, Own, Trouble, Validators
from cuttings.model.check import Check, Looks
from cuttings.model.coverage import Coverage
from cuttings.model.push import Push
from cuttings.model.reason import Reason
from cuttings.text import urls
from cuttings.text.boilerplate import Counts

FullText = Literal["auto", "page", "feed"]
Extent = Literal["full", "summary", "link"]
IdentityRule = Literal["guid", "link"]
SourceKind = Literal["auto", "feed", "page", "sitemap", "list"]  # a list of sources, which an `include` names

FARTHEST = timedelta(days=60)  # no plan and no wish we grant reaches further: one that does was made by a wrong clock
STRANDED_FOR = timedelta(days=7)  # a capture that no visit brought stands for its page; then that is asked for again


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What the configuration says we follow.  Either `url` or `folder` is given.

    `address` is the URL, or the folder's path as written; it becomes the key
    when the source is first met.
    """

    name: str
    url: str | None = None
    folder: str | None = None  # absolute path
    written: str | None = None  # the folder's path as the configuration has it
    kind: SourceKind = "auto"
    selector: str | None = None  # CSS: which links of a page lead to its articles; None: found by structure
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # sent to its own origin alone
    auth: str | None = field(default=None, repr=False)  # for the field Authorization, likewise
    full_text: FullText = "auto"
    republish: Extent | None = None  # None: no ceiling
    tags: tuple[str, ...] = ()
    every: timedelta | None = None  # None: learned
    formerly: tuple[str, ...] = ()
    paused: bool = False  # declared, but not visited
    secret: bool = False  # its address holds what an environment variable said: told to nobody else

    @property
    def address(self) -> str:
        """The URL, or the folder's path as written."""
        return self.url or self.written or ""

    @property
    def own(self) -> Own | None:
        """What is sent along to the origin that the source was declared with."""
        said = (*self.headers, *((("Authorization", self.auth),) if self.auth else ()))
        return Own(origin=urls.parse(self.url).origin, headers=said) if self.url and said else None


PlannedBy = Literal["every", "rhythm", "rolling", "ttl", "period", "at_most", "floor", "push"]
"""Which rule set the interval after a good visit; see `schedule.words`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """What was learned of a source's habit; see `schedule.rhythm`.  Hours and weekdays are UTC, Monday first."""

    per_day: float | None = None  # new entries; None: nothing learned yet
    visits: int = 0  # successful visits that taught something
    fruitful: float = 0.0  # share of visits that brought something new, decaying
    days: float = 0.0  # how many days `per_day` is the mean of, decaying
    since: datetime | None = None  # since when hours and weekdays are counted
    until: datetime | None = None  # the last visit that was
    hours: tuple[float, ...] = ()  # entries by the hour they were published at
    weekdays: tuple[float, ...] = ()
    heaps: float = 0.5  # heaps for each entry: 1 where each comes alone
    burst: float = 1.0  # times as much as usual, at the last visit
    holds: int = 0  # entries in its document; 0: not known


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A permanent redirect seen, but not believed yet (STANDARDS HR-2).

    Not `familiar`: what stood there when it was first seen held nothing that
    we knew.  Such a move is never believed; a person may.
    """

    target: str
    first_seen: datetime
    seen: int = 1
    familiar: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move that was believed: what was asked before, what is asked since."""

    old: str
    new: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the documents that a source's own leads to (a sitemap of an index), as it was when it was last read."""

    url: str
    changed: str | None = None  # as the index says it, raw
    validators: Validators = Validators()
    not_before: datetime | None = None
    error: str | None = None  # why it did not come the last time
    passed: bool = False  # it was there before us, and never read


Way = Literal["archived", "paged", "numbered", "sitemap"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A document of a source's past, and what leads to it.

    `number` is a numbered page's, or how deep a sitemap stands in others;
    `changed` is what led to it says of its last change, raw.
    """

    url: str
    way: Way
    number: int = 0
    changed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """How far a source's past was walked; see `flow.walks`.  Addresses and what they held are told by digests."""

    began: datetime  # the last walk
    ended: datetime | None = None  # None: it is under way
    way: Way | None = None  # of the last step
    ahead: tuple[Step, ...] = ()  # what is asked for next comes first
    held: "Capture | None" = None  # of the first one ahead: it came, and is not wholly taken in
    lost: tuple[Step, ...] = ()  # what did not come: asked for again by the next walk
    seen: tuple[str, ...] = ()  # what this walk saw: nothing twice
    known: tuple[str, ...] = ()  # documents that do not change: never asked for again
    documents: int = 0  # of this walk
    new: int = 0  # records that this walk brought
    whole: datetime | None = None  # all that was there before is here; None: nobody can say so
    errors: tuple[str, ...] = ()  # why this walk was not followed to the beginning


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingPage:
    """A record whose page did not come yet; `tries` visits have tried.  0: its host wanted to be asked later."""

    record: RecordId
    url: str
    tries: int = 1
    removed: bool = False  # the last time, the server said that it is not there


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """What is known of a source between visits.

    `not_before` is the server's word for this address and yields to nobody;
    `next_visit` is our own plan.  `fingerprint` is the sha256 of the last
    body read, `present` what that body held.  `met` is None until a first
    document was read.
    """

    key: SourceKey
    name: str  # as it was last declared
    address: str  # what is asked now: another than the key after a believed move
    validators: Validators = Validators()
    fingerprint: bytes | None = None
    present: Sequence[Trace] = ()  # never changed
    identity: IdentityRule = "guid"
    channel: Channel = Channel()
    met: datetime | None = None
    last_visit: datetime | None = None
    last_success: datetime | None = None
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    error: str | None = None  # of the last visit
    trouble: Trouble | None = None  # its kind; None: all is well
    gone: datetime | None = None  # when a 410 first came
    stopped: bool = False  # a confirmed 410: asked once a month, and by nobody before `not_before`
    not_before: datetime | None = None
    next_visit: datetime
    planned_by: PlannedBy | None = None  # None: not a good visit's interval
    rhythm: Rhythm = Rhythm()
    push: Push | None = None  # None: no hub was ever heard of
    coverage: Coverage | None = None  # None: it never succeeded
    move: Move | None = None
    moved: tuple[Moved, ...] = ()  # the moves that were believed, the oldest first
    refused: tuple[str, ...] = ()  # where it moved, as a person says that it did not
    pending: tuple[PendingPage, ...] = ()
    pageless: int = 0  # articles whose page was given up since one came last
    parts: tuple[Part, ...] = ()
    horizon: datetime | None = None  # of a sitemap: what changed last before this was there before us, and passed over
    past: Past | None = None  # None: never walked
    reread: str | None = None  # by which reader all its records were read last; see flow.reread


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A capture that is on disk: where, of what, and the digest that finds it again."""

    ref: CaptureRef
    url: str
    at: datetime
    payload_sha256: bytes
    record_id: str  # its WARC-Record-ID, "<urn:uuid:…>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit, or a portion of it, came to: made durable by one commit.

    `records` are new revisions (revision 1: a new record).  `state` is None
    while portions are still to come, and for one-offs.
    """

    source: SourceKey | None
    records: tuple[Record, ...] = ()
    state: SourceState | None = None
    reasons: tuple[Reason, ...] = ()
    captures: tuple[Capture, ...] = ()
    sketches: tuple[tuple[RecordId, bytes], ...] = ()  # of its records' texts, for finding near-same ones later
    boilerplate: Counts | None = None  # what recurs in the source's articles, as counted now; None: as before
    checks: tuple[Check, ...] = ()  # when pages are looked at again
    looks: Looks | None = None  # what looking back at the source's pages came to; None: as before


VisitOutcome = Literal["new", "unchanged", "failed", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of a visit, for people and `--json`."""

    source: str  # its name
    outcome: VisitOutcome
    new: int = 0
    changed: int = 0
    error: str | None = None
    reached: bool = True  # False: no connection was made at all
    next: datetime | None = None  # the next visit
