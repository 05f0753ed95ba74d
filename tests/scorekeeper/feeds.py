"""The feeds that the scorekeeper serves: what each publishes when, how it answers, and what befalls it.

Everything follows from a feed's number and the time.
"""

import itertools
import random
from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from typing import Literal

START = datetime(2026, 3, 2, 9, 17, tzinfo=UTC)
HOLDS = 40  # entries in a document
BACKLOG = 10  # entries there are at the start
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONGEST_WAIT = 28 * HOUR  # a day, the jitter on it, and an hour or two that another feed of the host asked for

Validated = Literal["both", "etag", "weak", "modified", "odd", "sticky", "restless", "none"]
Kind = Literal["429", "429 unsaid", "429 dated", "429 aged", "503", "503 unsaid", "404", "403", "500", "broken"]


@dataclass(frozen=True)
class Trouble:
    """From `begins` to `ends`, in days after the start, a feed has nothing but this to give."""

    kind: Kind
    begins: float
    ends: float


@dataclass(frozen=True)
class Feed:
    """One feed.  `moves` and `gone` are days after the start; None: never."""

    number: int
    host: str
    a_day: float = 2.0
    validated: Validated = "both"
    max_age: int | None = None  # seconds
    by_expires: bool = False  # says it by Expires instead
    ttl: int | None = None  # minutes
    skips: tuple[int, ...] = ()  # hours, GMT
    troubles: tuple[Trouble, ...] = ()
    moves: float | None = None
    gone: float | None = None
    with_pages: bool = False  # its entries are summaries; the text is on their pages
    days: float = 30.0

    @property
    def path(self) -> str:
        return f"/{self.number}/feed.xml"

    @property
    def new_path(self) -> str:
        return f"/{self.number}/moved.xml"

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"

    @cached_property
    def times(self) -> tuple[datetime, ...]:
        """When its entries come out, the backlog before the start."""
        chance = random.Random(self.number)
        times = [START - DAY * (BACKLOG - number) for number in range(BACKLOG)]
        now, end = START, START + DAY * self.days
        while (now := now + DAY * chance.expovariate(self.a_day)) < end:
            times.append(now.replace(microsecond=0))
        return tuple(times)

    def count(self, now: datetime) -> int:
        """Return how many entries are out."""
        return bisect_right(self.times, now)

    def trouble(self, now: datetime) -> Kind | None:
        since = (now - START) / DAY
        return next((one.kind for one in self.troubles if one.begins <= since < one.ends), None)

    def is_past(self, day: float | None, now: datetime) -> bool:
        return day is not None and now >= START + DAY * day

    def guid(self, number: int) -> str:
        return f"http://{self.host}/{self.number}/{number}"

    def obtainable(self, until: datetime) -> set[str]:
        """Return what a polite client must have by `until`: shown, without trouble, for longer than it has to wait."""
        last = until if self.gone is None else min(until, START + DAY * self.gone)
        ends = [*self.times[HOLDS:], *[last] * HOLDS]  # when each rolls off
        spans = zip(self.times, ends, strict=False)
        return {self.guid(number) for number, span in enumerate(spans) if self._calm(*span, last) >= LONGEST_WAIT}

    def _calm(self, begins: datetime, ends: datetime, last: datetime) -> timedelta:
        """Return the longest time without trouble between two moments."""
        edges = [begins, min(ends, last)]
        for trouble in self.troubles:
            edges += [START + DAY * trouble.begins, START + DAY * trouble.ends]
        edges = sorted(min(max(edge, begins), ends, last) for edge in edges)
        calm = [(b - a) for a, b in itertools.pairwise(edges) if self.trouble(a + (b - a) / 2) is None]
        return max(calm, default=timedelta(0))


@dataclass(frozen=True)
class Document:
    """A feed's document at a time."""

    body: bytes
    etag: bytes | None
    modified: bytes | None
    headers: tuple[tuple[bytes, bytes], ...] = field(default=())


def document(feed: Feed, now: datetime, answers: int) -> Document:
    """Return what a feed serves now; `answers` counts those it gave before, for the restless."""
    count = feed.count(now)
    newest = format_datetime(feed.times[count - 1], usegmt=True).encode()
    tag = f"{feed.number}-{count}"
    etags: dict[Validated, str] = {
        "both": f'"{tag}"',
        "etag": f'"{tag}"',
        "weak": f'W/"{tag}-gzip"',
        "odd": tag,
        "sticky": f'"{tag}"',
        "restless": f'"{tag}-{answers}"',
    }
    etag = etags.get(feed.validated)
    modified = {"etag": None, "none": None, "odd": b"last " + newest, "sticky": b"Sun, 01 Mar 2026 00:00:00 GMT"}
    return Document(
        body=body(feed, count),
        etag=etag.encode() if etag else None,
        modified=modified.get(feed.validated, newest),
        headers=_freshness(feed, now),
    )


def body(feed: Feed, count: int) -> bytes:
    """Return its RSS with the newest of so many entries."""
    items = "".join(_item(feed, number) for number in range(count - 1, max(-1, count - 1 - HOLDS), -1))
    ttl = f"<ttl>{feed.ttl}</ttl>" if feed.ttl else ""
    hours = "".join(f"<hour>{hour}</hour>" for hour in feed.skips)
    skips = f"<skipHours>{hours}</skipHours>" if hours else ""
    head = f"<title>Feed {feed.number}</title><link>http://{feed.host}/</link><description>-</description>{ttl}{skips}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{items}</channel></rss>'.encode()


def page(feed: Feed, number: int) -> bytes:
    """Return an entry's page."""
    words = " ".join(f"<p>{_sentence(feed, number)} {_sentence(feed, number + 1)}</p>" for _ in range(4))
    return f"<html><head><title>Entry {number}</title></head><body><article>{words}</article></body></html>".encode()


def _item(feed: Feed, number: int) -> str:
    link, date = feed.guid(number), format_datetime(feed.times[number], usegmt=True)
    said = "Read on." if feed.with_pages else _sentence(feed, number)
    named = f"<title>Entry {number} of {feed.number}</title><link>{link}</link><guid>{link}</guid>"
    return f"<item>{named}<pubDate>{date}</pubDate><description>{said}</description></item>"


def _sentence(feed: Feed, number: int) -> str:
    return f"What happened on tide {number} at harbour {feed.number} was seen by {number * 7 + 3} people."


def _freshness(feed: Feed, now: datetime) -> tuple[tuple[bytes, bytes], ...]:
    if feed.max_age is None:
        return ()
    if not feed.by_expires:
        return ((b"Cache-Control", b"public, max-age=%d" % feed.max_age),)
    expires = now + timedelta(seconds=feed.max_age)
    said = ((b"Date", now), (b"Expires", expires))
    return tuple((name, format_datetime(when, usegmt=True).encode()) for name, when in said)


_TROUBLES: tuple[Kind, ...] = (
    "429",
    "503",
    "429 unsaid",
    "503 unsaid",
    "500",
    "404",
    "403",
    "broken",
    "429 dated",
    "429 aged",
)
_VALIDATED: tuple[Validated, ...] = ("both", "etag", "weak", "modified", "odd", "sticky", "restless", "none")


def world(count: int, days: float) -> list[Feed]:
    """Return so many feeds with all that can befall one within so many days, three to a host."""
    return [_feed(number, days) for number in range(count)]


def _feed(number: int, days: float) -> Feed:
    chance = random.Random(f"feed {number}")
    begins = days * chance.uniform(0.1, 0.5)
    lasts = min(chance.choice((0.2, 1.0, 4.0)), days * 0.2)
    kind = _TROUBLES[number // 2 % len(_TROUBLES)]
    return Feed(
        number=number,
        host=f"host{number // 3}.example",
        a_day=chance.choice((0.2, 1, 3, 8)),
        validated=_VALIDATED[number % len(_VALIDATED)],
        max_age=chance.choice((None, None, 600, 1800, 7200, 86_400)),
        by_expires=number % 5 == 0,
        ttl=chance.choice((None, None, 30, 240)),
        skips=tuple(range(6)) if number % 7 == 3 else (),
        troubles=(Trouble(kind, begins, begins + lasts),) if number % 2 == 0 else (),
        moves=days * 0.2 if number % 10 == 9 else None,
        gone=days * 0.3 if number % 20 == 1 else None,
        with_pages=number % 40 == 5,
        days=days,
    )
