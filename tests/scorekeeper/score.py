"""The scorekeeper's judgement: what a client asked, held against what it was told before.

The fifteen behaviours of the feed reader score project (STANDARDS 10) by
their numbers, and beyond them what other scorecards and RFC 9309 ask for.
"""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from tests.scorekeeper.feeds import DAY, HOUR, Document, Feed

SLACK = timedelta(milliseconds=5)
AT_LEAST = timedelta(minutes=5)  # between two visits, whatever a feed invites to
PACE = timedelta(seconds=1)
A_TURN = timedelta(seconds=10)  # that a request may have waited for its turn at a host when the hour struck
WORTH_IT = 0.36  # entries expected: a visit that finds nothing new at two of three times is one too many
PAGE_AGAIN = timedelta(minutes=30)  # an article is looked at again when it is an hour old, not at once
ROBOTS_FOR = 23 * HOUR
ASK_AGAIN_GONE = 28 * DAY
DISALLOWED = "7"  # how the targets of pages end that robots.txt forbids
FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json")


class Breach(IntEnum):
    """What a client may do wrong; up to FORCED as the feed reader score project counts."""

    UNCONDITIONAL = 1
    ETAG_NOT_ISSUED = 2
    MODIFIED_NOT_ISSUED = 3
    ONE_NOT_REFRESHED = 4
    NOT_REFRESHED_ON_SAME_BODY = 5
    STALE_VALIDATOR = 6
    TOO_OFTEN = 7
    RETRY_AFTER = 8
    MAX_AGE = 9
    COOKIE = 10
    REFERER = 11
    MANGLED = 12
    DOUBLE_FETCH = 13
    AGENT = 14
    FORCED = 15
    BURST = 16
    CONCURRENT = 17
    OLD_ADDRESS = 18
    GONE = 19
    ROBOTS = 20
    SKIPPED_HOUR = 21
    ACCEPT = 22
    MISSING_TOO_OFTEN = 23


@dataclass(frozen=True)
class Ask:
    """One request as it came."""

    host: str
    target: str
    headers: Mapping[bytes, bytes]  # lower-case names
    at: datetime
    method: str = "GET"


@dataclass
class FeedBook:
    """What a feed told a client, and when."""

    feed: Feed
    given: list[tuple[bytes | None, bytes | None]] = field(default_factory=list)  # validators, the newest last
    gave: set[str] = field(default_factory=set)  # addresses that gave validators
    body_was_the_same: bool = False
    asked: datetime | None = None
    fresh_until: datetime | None = None
    fruitful: deque[bool] = field(default_factory=lambda: deque(maxlen=16))
    count: int = 0  # of entries in the last whole document
    answers: int = 0
    unconditional: Counter[str] = field(default_factory=Counter)
    old_asked: int = 0
    gone: list[datetime] = field(default_factory=list)
    missing: int = 0  # 404s in a row
    led: datetime | None = None  # when the old address led to the new one: what follows is the same visit
    sure: int = 0  # of `given`, how many the client said that it has
    under_way: bool = False  # asked, and the client did not say yet that it has the answer
    forgiven: bool = False  # it was killed before it could remember the last answer
    kills: int = 0

    def invited(self) -> timedelta:
        """Return how soon the feed itself would have us back."""
        said = [HOUR if self.given or not self.count else DAY]
        said += [timedelta(minutes=self.feed.ttl)] if self.feed.ttl else []
        said += [timedelta(seconds=self.feed.max_age)] if self.feed.max_age else []
        said += [DAY * WORTH_IT / self.feed.a_day]
        lately = (list(self.fruitful)[-visits:] for visits in (4, 8, 16))
        often = any(len(visits) >= 4 and sum(visits) >= len(visits) / 2 for visits in lately)
        return AT_LEAST if often else max(AT_LEAST, min(said))


@dataclass
class HostBook:
    """What a host asked of its clients."""

    alone_until: datetime | None = None
    answered: datetime | None = None
    open: int = 0
    read_robots: datetime | None = None
    pages: dict[str, datetime] = field(default_factory=dict)  # when each was last given, by target
    forgiven: bool = False  # a client died that may not have kept what we last said


class Score:
    """Books each request and what it did wrong."""

    def __init__(self, feeds: list[Feed], agent: str) -> None:
        self.agent = agent
        self.books = {feed.number: FeedBook(feed) for feed in feeds}
        self.hosts = {feed.host: HostBook() for feed in feeds}
        self.breaches: list[tuple[Breach, str, datetime, str]] = []
        self.requests = 0
        self.minutes: Counter[int] = Counter()  # of feeds' requests, by minute of the hour

    def asked(self, ask: Ask) -> None:
        """Judge what is the same for whatever is asked."""
        self.requests += 1
        host = self.hosts[ask.host]
        host.open += 1
        self._blame(host.open > 1, Breach.CONCURRENT, ask, "another request is open")
        self._blame(_before(ask.at, host.alone_until), Breach.RETRY_AFTER, ask, f"asked for {host.alone_until}")
        burst = host.answered is not None and ask.at < host.answered + PACE - SLACK
        self._blame(burst, Breach.BURST, ask, f"the last answer came at {host.answered}")
        self._blame(b"cookie" in ask.headers, Breach.COOKIE, ask)
        self._blame(b"referer" in ask.headers, Breach.REFERER, ask)
        self._blame("?" in ask.target, Breach.MANGLED, ask)
        self._blame(ask.method != "GET", Breach.DOUBLE_FETCH, ask, ask.method)
        self._blame(ask.headers.get(b"user-agent", b"").decode() != self.agent, Breach.AGENT, ask)
        accepts = ask.headers.get(b"accept", b"").decode()
        self._blame(not all(media in accepts for media in FEED_TYPES), Breach.ACCEPT, ask, accepts)
        self._blame(b"gzip" not in ask.headers.get(b"accept-encoding", b""), Breach.ACCEPT, ask, "no gzip")

    def stray(self, ask: Ask) -> None:
        """Nobody told the client of this address."""
        self._blame(True, Breach.DOUBLE_FETCH, ask, "nothing leads there")

    def wanted_feed(self, book: FeedBook, ask: Ask) -> None:
        """Judge a request for a feed at its first address, before it is known what is answered."""
        self.minutes[ask.at.minute] += 1
        book.under_way = True
        if book.asked is not None and not book.forgiven:
            gap = ask.at - book.asked
            news = f"after {gap}; what visits brought: {list(map(int, book.fruitful))}"
            self._blame(gap < book.invited() - SLACK, Breach.TOO_OFTEN, ask, news)
            self._blame(_before(ask.at, book.fresh_until), Breach.MAX_AGE, ask, f"fresh until {book.fresh_until}")
            self._blame(book.missing > 6 and gap < 23 * HOUR, Breach.MISSING_TOO_OFTEN, ask, f"after {gap}")
            self._judge_gone(book, ask)
            skipped = book.count > 0 and (ask.at - A_TURN).hour in book.feed.skips
            self._blame(skipped, Breach.SKIPPED_HOUR, ask)
        book.asked = ask.at

    def wanted_document(self, book: FeedBook, ask: Ask) -> None:
        """Judge the validators that come with a request for a feed where it is."""
        sent = ask.headers.get(b"if-none-match"), ask.headers.get(b"if-modified-since")
        if sent == (None, None):
            self._judge_unconditional(book, ask)
            return
        if sent in (book.given[max(0, book.sure - 1) :] if book.forgiven else book.given[-1:]):
            return
        etags, dates = {etag for etag, _ in book.given}, {modified for _, modified in book.given}
        if sent[0] is not None and sent[0] not in etags:
            self._blame(True, Breach.ETAG_NOT_ISSUED, ask, repr(sent))
        elif sent[1] is not None and sent[1] not in dates:
            self._blame(True, Breach.MODIFIED_NOT_ISSUED, ask, repr(sent))
        elif book.body_was_the_same:
            self._blame(True, Breach.NOT_REFRESHED_ON_SAME_BODY, ask, repr(sent))
        elif (sent[0] == book.given[-1][0]) != (sent[1] == book.given[-1][1]):
            self._blame(True, Breach.ONE_NOT_REFRESHED, ask, repr(sent))
        else:
            self._blame(True, Breach.STALE_VALIDATOR, ask, repr(sent))

    def wanted_old(self, book: FeedBook, ask: Ask) -> None:
        """The client asked where the feed was: three times is what makes a move believed."""
        book.old_asked += 1
        self._blame(book.old_asked > 3 + book.kills, Breach.OLD_ADDRESS, ask, f"for the {book.old_asked}th time")

    def wanted_robots(self, ask: Ask) -> None:
        """robots.txt is good for a day."""
        host = self.hosts[ask.host]
        again = host.read_robots is not None and ask.at < host.read_robots + ROBOTS_FOR and not host.forgiven
        self._blame(again, Breach.DOUBLE_FETCH, ask, f"read {host.read_robots}")
        host.read_robots, host.forgiven = ask.at, False

    def wanted_page(self, book: FeedBook, ask: Ask) -> None:
        """Pages may be asked for by who read robots.txt within a day, and where that does not forbid it."""
        host = self.hosts[ask.host]
        read, before = host.read_robots, host.pages.get(ask.target)
        self._blame(read is None or ask.at > read + DAY + HOUR, Breach.ROBOTS, ask, f"read {read}")
        self._blame(ask.target.endswith(DISALLOWED), Breach.ROBOTS, ask, "disallowed")
        if before is not None and not book.forgiven:
            self._blame(ask.at < before + PAGE_AGAIN, Breach.TOO_OFTEN, ask, f"given {before}")
            self._blame(b"if-none-match" not in ask.headers, Breach.UNCONDITIONAL, ask)
        host.pages[ask.target] = ask.at

    def answered(self, book: FeedBook, document: Document, now: datetime, target: str) -> None:
        """A good answer went out: what it said counts from now on."""
        count = book.feed.count(now)
        if book.count:
            book.fruitful.append(count > book.count)
        book.body_was_the_same = count == book.count
        book.count, book.missing = count, 0
        if document.etag or document.modified:
            book.given.append((document.etag, document.modified))
            book.gave.add(target)
        book.fresh_until = now + timedelta(seconds=book.feed.max_age) if book.feed.max_age else None

    def killed(self) -> None:
        """The client died: it may ask once more for what it could not remember."""
        for book in self.books.values():
            if book.under_way:
                book.under_way, book.forgiven = False, True
                book.kills += 1
                self.hosts[book.feed.host].forgiven = True
                if book.gone and book.gone[-1] == book.asked:
                    book.gone.pop()

    def has(self, number: int) -> None:
        """The client says that it has the last answer."""
        book = self.books[number]
        book.under_way = book.forgiven = False
        book.sure = len(book.given)

    def _judge_unconditional(self, book: FeedBook, ask: Ask) -> None:
        if ask.target not in book.gave or book.forgiven:
            return
        book.unconditional[ask.target] += 1
        self._blame(True, Breach.UNCONDITIONAL, ask)
        often = book.unconditional[ask.target]
        self._blame(often > 2, Breach.FORCED, ask, f"{often} times")

    def _judge_gone(self, book: FeedBook, ask: Ask) -> None:
        if len(book.gone) == 1:
            self._blame(ask.at < book.gone[0] + DAY - SLACK, Breach.GONE, ask, "too early to confirm a 410")
        elif book.gone:
            self._blame(ask.at < book.gone[-1] + ASK_AGAIN_GONE, Breach.GONE, ask, "after a confirmed 410")

    def _blame(self, guilty: bool, breach: Breach, ask: Ask, fact: str = "") -> None:
        if guilty:
            self.breaches.append((breach, f"{ask.host}{ask.target}", ask.at, fact))


def _before(at: datetime, until: datetime | None) -> bool:
    return until is not None and at < until - SLACK
