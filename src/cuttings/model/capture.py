"""Bytes as received, and what a visit to an address came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Trouble = Literal[
    "name",  # nobody knows the name
    "unreached",  # no connection was made
    "barred",  # we do not go there: not public, a port that is not allowed, our own feed
    "certificate",
    "silent",  # a connection, and no whole answer
    "redirects",  # without end, or to nowhere
    "missing",  # 404
    "gone",  # 410
    "denied",  # 401, 403, 451
    "busy",  # 429, 503
    "server",  # any other status that is no answer
    "login",  # a page with a form for a password where the document should be
    "parked",  # a page that sells the name
    "page",  # another page
    "unreadable",  # what came cannot be read
    "ours",  # our own fault
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRef:
    """Where a capture lies: a file below the archive's folder, and the byte its gzip member starts at."""

    file: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next request conditional, byte for byte as the server sent it (RFC 9110 13.1)."""

    etag: bytes | None = None
    modified: bytes | None = None
    url: str = ""  # the final address that gave them; they go nowhere else

    def __bool__(self) -> bool:
        return self.etag is not None or self.modified is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """Headers that a source has sent along, credentials among them: to one origin alone, and told to nobody."""

    origin: str  # scheme://host:port
    headers: tuple[tuple[str, str], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A GET that someone wants done.  `robots` says whether robots.txt has a say."""

    url: str
    validators: Validators = Validators()
    robots: bool = False
    own: Own | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One HTTP request and its answer as they went over the wire (for a WARC).

    `answer` is the whole message, head and body, transfer coding included;
    `truncated` is None, or why the body is not whole: length, time or
    disconnect.
    """

    url: str
    at: datetime  # when the request began
    request: bytes
    answer: bytes
    payload_sha256: bytes  # of the body after transfer decoding, before content decoding (WARC 1.1, 5.9)
    address: str | None  # the peer's, without port
    truncated: str | None = None

    @property
    def status(self) -> int | None:
        """The status of the answer, None where its bytes were not kept."""
        words = self.answer[:64].split(b" ", 2)
        return int(words[1][:3]) if len(words) > 1 and words[1][:3].isdigit() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A body to be read: decoded, with its final address and its headers (lower-case names).

    For a file `url` is what identifies it, or "" where nothing does.
    """

    body: bytes
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """The declared media type in lower case without parameters; "" when there is none."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """When the server would like us back: `retry_after` is an order, `fresh_for` the life of what it gave.

    Both None when it did not say.
    """

    retry_after: timedelta | None = None
    fresh_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body came.  `at` is when the visit began; `exchanges` are all hops, the last one the body's (none for a file).

    `moved_to` is where an unbroken chain of permanent redirects led, else None.
    """

    document: Document
    at: datetime
    sha256: bytes  # of the decoded body
    validators: Validators = Validators()
    wish: Wish = Wish()
    exchanges: tuple[Exchange, ...] = ()
    moved_to: str | None = None

    @property
    def hops(self) -> str | None:
        """The redirects on the way, for people; None where there were none."""
        steps = [f"{one.url} ({one.status or 'redirect'})" for one in self.exchanges[:-1]]
        return " -> ".join([*steps, self.exchanges[-1].url]) if steps else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """A 304 to a conditional request; `validators` are what to keep from now on (RFC 9111 4.3.4)."""

    at: datetime
    validators: Validators
    wish: Wish = Wish()
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The visit came to nothing.

    `reason` is one line for people, without secrets.  `status` is None when
    no HTTP answer came; `connected` is False when nobody was troubled (DNS, no
    route, refused).  `trouble` is its kind, None where the status says it.
    `waiting` says that nothing was sent, since `wish` forbids it.
    """

    reason: str
    at: datetime
    status: int | None = None
    connected: bool = True
    trouble: Trouble | None = None
    waiting: bool = False
    wish: Wish = Wish()
    exchanges: tuple[Exchange, ...] = ()


Outcome = Fetched | NotModified | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message for somebody's address: a POST, or a GET where `body` is None.

    What comes back is an acknowledgement, not a document: nothing of it is
    kept as a capture.  `follow`: a 307 or 308 is followed, the body sent again.
    """

    url: str
    body: bytes | None
    content_type: str = "application/x-www-form-urlencoded"
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # ASCII; a signature among them
    follow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came of a `Post`.  `reason` is one line for people; "" where the answer was 2xx.

    `status` is None when no HTTP answer came; `connected` is False when
    nobody was troubled.  `url` is the address that answered in the end.
    """

    url: str
    status: int | None = None
    body: bytes = b""  # its beginning, unpacked never: none is asked for packed
    reason: str = ""
    connected: bool = True
    retry_after: timedelta | None = None

    @property
    def accepted(self) -> bool:
        """Whether the answer was 2xx."""
        return self.status is not None and 200 <= self.status < 300
