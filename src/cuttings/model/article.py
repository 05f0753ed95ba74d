"""An article: as its source puts it (`Entry`), cleaned (`Draft`), and as we keep it (`Record`)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, NewType

from cuttings.model.capture import CaptureRef
from cuttings.text.dates import rfc3339

RecordId = NewType("RecordId", str)
"""128 bits of sha256 of the record's key, as 26 characters of lower-case base32."""

SourceKey = NewType("SourceKey", str)
"""The first address a source was followed under; kept for ever."""

Digest = bytes
"""The first 16 bytes of a sha256."""

Status = Literal["full", "feed", "partial", "gone"]
Provenance = Literal["feed", "page", "push", "file", "backfill"]
Cause = Literal["author", "ours"]
Arrival = Literal["ordinary", "quiet"]

Witnesses = tuple[tuple[str, str], ...]
"""(field, who said so) of the fields that another witness gave than the source's own document."""

MOST_PARTS = 10  # pages that one article is cut into, as far as we follow
TOLD_ONLY = ("tdm",)  # reserved against mining: recorded, and no word against giving on
CLOCK_TOLERANCE = timedelta(minutes=10)  # a source's clock may run ahead of ours by this much


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who wrote; `name` is plain text and never empty."""

    name: str
    url: str | None = None  # absolute


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A lead image; `alt` and `caption` are plain text."""

    url: str | None  # absolute; None where only its caption was saved
    alt: str | None = None
    caption: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that goes along; `length` in bytes, None when unknown."""

    url: str  # absolute, http or https
    type: str | None = None
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is remembered of an entry that a document holds, known or new.

    `guid` and `title` are trimmed, `link` is absolute; each is None where the
    document gave none.  `digest` is of the entry's own markup.
    """

    guid: str | None
    link: str | None
    title: str | None
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a source's document, in its own words: translated, nothing decided.

    Text fields may hold markup where `title_type` and the like say "html".
    `base` is the absolute URL its relative references resolve against.
    """

    trace: Trace
    base: str
    title: str | None = None
    title_type: Literal["text", "html"] = "text"
    subtitle: str | None = None
    summary: str | None = None
    summary_type: Literal["text", "html"] = "html"
    content: str | None = None
    content_type: Literal["text", "html"] = "html"
    authors: tuple[Person, ...] = ()
    published: str | None = None  # raw, as the document has it
    modified: str | None = None  # raw, as the document has it
    language: str | None = None
    categories: tuple[str, ...] = ()
    rights: str | None = None
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    canonical: str | None = None  # what a page says of itself
    links: tuple[tuple[str, str], ...] = ()  # further (rel, absolute URL)
    status: Status = "feed"  # a saved page is "full"
    witnesses: Witnesses = ()
    notes: tuple[tuple[str, str, str], ...] = ()  # (step, rule, fact) of what the reader had to decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An article as read from one document: cleaned and dated, not yet identified.

    Fields as in `Record`.  `whole` says that the text looks like all of the
    article, so that its page need not be asked.  `notes` are (step, rule,
    fact) of what was decided on the way.
    """

    trace: Trace
    title: str
    subtitle: str | None = None
    url: str | None
    canonical_url: str | None
    authors: tuple[Person, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    categories: tuple[str, ...] = ()
    rights: str | None = None
    summary: str | None = None
    content: str = ""
    text: str = ""
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    status: Status
    whole: bool = True
    links: tuple[tuple[str, str], ...] = ()  # (rel, absolute URL) of other parts and versions of a page
    sketch: bytes | None = None  # what finds near-same texts, see normalise.stories; None: too short to tell
    witnesses: Witnesses = ()
    reserved: tuple[str, ...] = ()  # what its publisher reserves, see parse.reservations
    notes: tuple[tuple[str, str, str], ...] = ()

    @property
    def words(self) -> int:
        """How many words the text has, white space parting them."""
        return len(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A paragraph that an edit changed: `at` counts from 0 in the new text, `old` or `new` is "" where it had none."""

    at: int
    old: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What a revision changed of the one before; `material` names why it is more than a slip, empty: minor."""

    material: tuple[str, ...] = ()  # of "headline", "number", "name", "negation", "quotation", "removed", "text"
    changes: tuple[Change, ...] = ()  # bounded; see normalise.edits
    at: datetime | None = None  # our clock, when it was seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One article in its normal form.  Never edited: a newer text is a new revision."""

    id: RecordId  # the same for ever; see normalise.identity
    source: SourceKey | None  # None for a one-off; the name shown is looked up
    ident: str  # what identifies it within its source: a guid, a link or a digest
    guid: str | None  # as the document has it, trimmed
    url: str | None  # the entry's link, absolute
    canonical_url: str | None  # absolute; what makes two records one story
    story: str  # the id of the story's first record
    revision: int = 1  # counts from 1
    cause: Cause = "author"
    status: Status
    provenance: Provenance
    arrival: Arrival = "ordinary"  # how this revision arrived; decides live or quiet in a feed
    title: str  # plain text, one line; may be empty
    subtitle: str | None = None
    authors: tuple[Person, ...] = ()
    published: datetime | None = None  # None when the source is silent
    modified: datetime | None = None
    first_seen: datetime  # our clock, of the first revision
    language: str | None = None  # BCP 47
    categories: tuple[str, ...] = ()
    rights: str | None = None
    summary: str | None = None  # plain text
    content: str = ""  # sanitised HTML fragment, absolute URLs only
    text: str = ""  # content as plain text, blocks parted by blank lines
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    captures: tuple[CaptureRef, ...] = ()
    witnesses: Witnesses = ()
    edit: Edit | None = None  # None: the first revision, or one of an older time
    titles: tuple[str, ...] = ()  # headlines it had before, the newest last; see normalise.edits
    reserved: tuple[str, ...] = ()  # what its publisher reserves: it is kept, and not given on in full

    @property
    def words(self) -> int:
        """How many words the text has, white space parting them."""
        return len(self.text.split())

    @property
    def held_back(self) -> bool:
        """Whether its publisher reserves more than mining: then feeds do not give it on in full."""
        return any(one not in TOLD_ONLY for one in self.reserved)

    @property
    def order_date(self) -> datetime:
        """What orders records: `published`, or `first_seen` where that is unknown or lies ahead of it."""
        if self.published is None or self.published > self.first_seen + CLOCK_TOLERANCE:
            return self.first_seen
        return self.published

    def followed_by(self, draft: Draft, **changes: Any) -> "Record":
        """Return the next revision: the draft's words under this record's identity."""
        return replace(self, **{**words_of(draft), "revision": self.revision + 1, **changes})

    def followed_by_itself(self, **changes: Any) -> "Record":
        """Return the next revision: the same words, and what else changed."""
        return replace(self, **{"revision": self.revision + 1, **changes})


def words_of(article: Draft | Record) -> dict[str, Any]:
    """Return the fields that a record takes over from a draft as they are."""
    return {name: getattr(article, name) for name in _SHARED}


def as_json(record: Record, source: str | None) -> dict[str, Any]:
    """Return a record in its public form; `source` is its source's name.  What is unknown is None."""
    return {
        "id": record.id,
        "source": source,
        "guid": record.guid,
        "url": record.url,
        "canonical_url": record.canonical_url,
        "story": record.story,
        "revision": record.revision,
        "cause": record.cause,
        "status": record.status,
        "provenance": record.provenance,
        "title": record.title,
        "subtitle": record.subtitle,
        "authors": [{"name": one.name, "url": one.url} for one in record.authors],
        "published": _time(record.published),
        "modified": _time(record.modified),
        "first_seen": _time(record.first_seen),
        "language": record.language,
        "categories": list(record.categories),
        "rights": record.rights,
        "reserved": list(record.reserved),
        "summary": record.summary,
        "content": record.content,
        "text": record.text,
        "words": record.words,
        "image": record.image and {"url": record.image.url, "alt": record.image.alt, "caption": record.image.caption},
        "enclosures": [{"url": one.url, "type": one.type, "length": one.length} for one in record.enclosures],
        "captures": [{"file": one.file, "offset": one.offset} for one in record.captures],
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else rfc3339(moment)


_SHARED = (
    *("url", "canonical_url", "status", "title", "subtitle", "authors", "published", "modified", "language"),
    *("categories", "rights", "summary", "content", "text", "image", "enclosures"),
    *("witnesses", "reserved"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """What a source's document says of itself; every field None or empty when it is silent."""

    title: str | None = None  # plain text
    link: str | None = None  # its home page, absolute
    self_url: str | None = None  # absolute
    id: str | None = None  # an Atom feed's id
    language: str | None = None
    rights: str | None = None
    updated: str | None = None  # raw
    authors: tuple[Person, ...] = ()
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0 to 23, GMT
    skip_days: frozenset[int] = frozenset()  # 0 is Monday
    update_every: timedelta | None = None  # the syndication module's period over its frequency
    hubs: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()  # as it was fetched, those a push is read by; kept where there are hubs
    links: tuple[tuple[str, str], ...] = field(default=())  # further (rel, absolute URL), e.g. prev-archive
    parts: tuple[tuple[str, str | None], ...] = ()  # of an index: (absolute URL, when last changed, raw)
    generator: str | None = None  # what made it, as it says itself
    complete: bool = False  # it holds all that there is (RFC 5005 2)
    window: tuple[int, int, int] | None = None  # OpenSearch: how many there are, the first one here from 1, a page's


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a source kind read from a document.

    `entries` are the new or changed ones in document order, `present` the
    traces of all that the document holds, `left_out` how many entries were
    over the limit.  `warnings` are what was tolerated.
    """

    channel: Channel
    entries: tuple[Entry, ...]
    present: tuple[Trace, ...]
    left_out: int = 0
    warnings: tuple[str, ...] = ()
