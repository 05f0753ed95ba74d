"""A feed: as it is declared (`Feed`), its history (`Place`, `Line`, `Page`), and what its files show (`Item`)."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NewType

from cuttings.model.article import Record, RecordId, SourceKey
from cuttings.model.reason import Reason
from cuttings.model.source import Extent
from cuttings.text import urls

FeedKey = NewType("FeedKey", str)
"""The first name a feed was published under; kept for ever."""

EXTENTS: tuple[Extent, ...] = ("link", "summary", "full")  # from least to most


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What a person wrote, with the place it was written at; `line` counts from 1, None where the file is not known."""

    text: str
    file: str = ""
    line: int | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """What a feed selects: keys join by and, values within one by or; an empty key selects everything."""

    sources: tuple[str, ...] = ()  # names
    tags: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()  # BCP 47 ranges: en takes en-GB (RFC 4647 3.3.1)
    any_words: tuple[Located, ...] = ()  # whole words, or /an RE2 pattern/, in title, summary or text
    none_words: tuple[Located, ...] = ()
    authors: tuple[str, ...] = ()  # names, case ignored
    newer_than: timedelta | None = None  # counted back from the newest `first_seen` of the archive
    where: Located | None = None  # a CEL expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A curated output as the configuration declares it."""

    name: str
    title: str
    select: Select = Select()
    approval: Literal["auto", "desk"] = "auto"
    content: Extent = "summary"
    duplicates: Literal["collapse", "keep"] = "collapse"
    revisions: Literal["ignore", "update", "announce"] = "update"
    size: int = 50
    formerly: tuple[str, ...] = ()
    of: tuple[str, ...] = ()  # the names of another feed, present one first: then this one tells of its corrections
    every: timedelta | None = None  # with `of`: this one tells the other's articles again, one each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where and under whose name we publish.  `url` ends in a slash."""

    title: str
    url: str
    language: str = "en"
    timezone: str = "UTC"
    contact: str | None = None
    hubs: tuple[str, ...] = ()  # addresses of WebSub hubs that tell of our documents, ours among them


def own_feed(site: Site, feeds: Sequence[Feed], url: str) -> str | None:
    """Return the name of the feed of ours that a URL is a file of, None: of none."""
    ours, asked = (urls.canonical(one).partition("://")[2] for one in (f"{site.url}feeds/", url))
    if not asked.startswith(ours):
        return None
    name = re.split(r"[./?]", asked.removeprefix(ours), maxsplit=1)[0]
    return next((feed.name for feed in feeds if name in (feed.name, *feed.formerly)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a person decided of a record in a feed (the values of a pick)."""

    action: Literal["add", "drop", "hold", "withdraw"] | None = None
    pin: bool = False
    title: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A person's verdict with its place in the file of picks; `title` is for who reads that file."""

    record: RecordId
    verdict: Verdict
    title: str | None = None
    line: int | None = None


def revision_id(record: RecordId, revision: int) -> RecordId:
    """Return what a feed of corrections knows one revision of a record by: there it is an item of its own."""
    return RecordId(f"{record}.{revision}")


def instalment_id(record: RecordId) -> RecordId:
    """Return what a replay knows a record by: there it is an item of its own."""
    return RecordId(f"{record}.replay")


def parted(id_: RecordId) -> tuple[RecordId, int | None]:
    """Return the record, and which revision of it `revision_id` named; None: the id names no revision."""
    record, _, revision = id_.partition(".")
    return RecordId(record), int(revision) if revision.isdecimal() else None


Picks = Mapping[str, Sequence[Pick]]
"""The picks of each feed, by its present name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A record as a feed's decision sees it: what its newest revision says, without the text.

    `authored` is its newest revision by the author; `news` is the archive
    commit that brought the newest of those which arrived ordinarily, 0 if none
    did.
    """

    id: RecordId
    source: SourceKey | None
    guid: str | None
    story: str
    revision: int
    authored: int
    news: int
    order_date: datetime
    language: str | None
    categories: tuple[str, ...]
    url: str | None = None
    reserved: bool = False  # its publisher does not want it given on in full


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an item came from, for attribution; every field None when unknown."""

    title: str | None = None
    url: str | None = None  # the source's feed
    home: str | None = None
    id: str | None = None  # an absolute IRI
    rights: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """Where else the same story is told: in another source, named by its title, None when unknown."""

    url: str  # absolute
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A record as it was last shown: which revision, under which words, how much of it, whence, and where else."""

    revision: int
    title: str | None = None  # None: the record's own
    note: str | None = None
    extent: Extent = "summary"
    origin: Origin = Origin()
    also: tuple[Also, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The event by which a record entered a feed, and what the feed made of the record since.

    The first five never change.  `visible` (in the feed by verdict and rule,
    and not withdrawn) and `order_date` are as last judged.
    """

    record: RecordId
    published_id: str  # an absolute IRI, never shared, never changed
    at: datetime
    live: bool
    number: int  # counts the feed's places, from 1, in the order they entered
    shown: Shown
    updated: datetime
    order_date: datetime
    visible: bool = True
    announced: int = 0  # the news (archive commit) that was last announced or passed over
    due: bool = False  # visible, and its news waits for room
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entering or announcement, in the order they happened; open while `page` is None."""

    number: int  # counts the feed's lines, from 1
    record: RecordId
    live: bool
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageItem:
    """What a document or a closed page holds of a record: a snapshot, about 150 bytes."""

    record: RecordId
    source: SourceKey | None
    published_id: str
    shown: Shown
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a document or page says of its feed, as it was then."""

    title: str
    language: str
    site_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A closed part of a feed's history (RFC 5005 4).  Its items are in the order they entered."""

    number: int  # from 1
    closed: datetime
    changed: datetime  # the latest withdrawal, else `closed`
    head: Head
    items: tuple[PageItem, ...]


Versions = tuple[tuple[str, int], ...]
"""The formats by name, each with its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What the links in all files of a feed are made of; a change rewrites them all."""

    site_url: str
    names: tuple[str, ...]  # the present name first
    versions: Versions
    hubs: tuple[str, ...] = ()  # of the subscription documents alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What the document holds and links to; its `updated` is the event that made it differ from the last."""

    items: tuple[PageItem, ...]
    pages: int  # how many pages are closed; the last one is prev-archive
    head: Head
    address: Address
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """The part of a feed's ledger that every decision reads and writes whole.

    `time` is the last event, `written` the one up to which all files are known
    to be written.  `mark` is the last archive commit judged, None before the
    first decision.  `rules` and `ceilings` are digests of what selected and of
    what bounded the extent, `verdicts` the picks, as last judged.
    """

    key: FeedKey
    feed_id: str  # a random urn:uuid, minted at the first publish
    time: datetime | None = None
    mark: int | None = None
    rules: str = ""
    ceilings: str = ""
    verdicts: Mapping[RecordId, Verdict] = field(default_factory=dict)
    address: Address | None = None
    addressed: datetime | None = None
    edition: Edition | None = None
    pages: int = 0
    lines: int = 0
    places: int = 0
    written: datetime | None = None
    adopted: Mapping[RecordId, datetime] = field(default_factory=dict)  # taken over: the date that orders each for ever
    waiting: tuple[RecordId, ...] = ()  # what a long quiet work brought and fills no page yet: fewer than `size`
    instalment: datetime | None = None  # of a replay, when the last one was due; None: the next is due at once


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One entry of another program's document, to be taken over: which record it is, and what its readers know."""

    record: RecordId
    published_id: str
    updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All events of one publish, committed as one transaction; all times are `head.time`.

    `places` are new or moved on.  `unlined` are the records whose lines are all
    taken away, before `lines`, which are appended or got their page number, are
    kept.  `pages` are the newly closed, `changed_pages` those whose items
    changed by a withdrawal or a lowered ceiling.
    """

    head: LedgerHead
    places: Sequence[Place] = ()
    lines: Sequence[Line] = ()
    unlined: Sequence[RecordId] = ()
    pages: Sequence[Page] = ()
    changed_pages: Sequence[Page] = ()
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A record as one feed shows it: all that rendering an entry needs."""

    record: Record  # at the shown revision
    published_id: str
    updated: datetime
    title: str  # the record's, or a person's
    note: str | None
    extent: Extent
    origin: Origin
    link: str | None  # the original first, else our own page of it, else None
    also: tuple[Also, ...] = ()  # where else the story is told


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """What entries and documents of one feed share: who it is and where it is found."""

    feed_id: str
    name: str
    title: str
    language: str
    site_title: str
    site_url: str  # ends in a slash


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One file's frame: the subscription document (`number` None) or a closed page.

    Its path below `site_url` is `path_of(presentation.name, number, suffix)`.
    `items` may be left empty: a document is made of its rendered parts alone.
    """

    number: int | None
    updated: datetime
    items: tuple[Item, ...] = ()
    prev: int | None = None  # a page's number
    hubs: tuple[str, ...] = ()  # addresses of WebSub hubs that tell when it changes
    next: int | None = None  # a page's number; None for the document and the last page


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A way to write a feed: a name and two plain functions (bytes are a function of the arguments alone)."""

    name: str
    suffix: str  # without dot
    media_type: str
    version: int
    entry: Callable[[Presentation, Item], bytes]
    document: Callable[[Presentation, Sheet, Sequence[bytes]], bytes]


def path_of(name: str, number: int | None, suffix: str) -> str:
    """Return where a document (`number` None) or a closed page lies below the published folder."""
    return f"feeds/{name}.{suffix}" if number is None else f"feeds/{name}/archive/{number:06d}.{suffix}"


NEWER = timedelta(seconds=1)  # each event is later than the one before by at least this much
