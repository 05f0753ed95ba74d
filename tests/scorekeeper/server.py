"""The scorekeeper's side of the wire: answers by what a feed's time has come to, and books who asked for what.

No sockets: it stands where our own transport stands, and sees the request
that would have gone out.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime

import httpx

from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport
from cuttings.fetch.gate import Gate
from tests.scorekeeper.feeds import HOUR, Feed, Kind, document, page
from tests.scorekeeper.score import DISALLOWED, Ask, FeedBook, Score

ROBOTS = b"User-agent: *\nDisallow: /*%s$\n" % DISALLOWED.encode()
DATABASE_DOWN = b"<!DOCTYPE html><html><body><h1>Error establishing a database connection</h1></body></html>"
ASKED_FOR = {"429": timedelta(hours=3), "503": timedelta(minutes=40)}
Said = tuple[int, list[tuple[bytes, bytes]], bytes]


class Server:
    """All hosts of the feeds; `outages` are when none of them can be reached."""

    def __init__(
        self,
        feeds: list[Feed],
        clock: Callable[[], datetime],
        score: Score,
        outages: Sequence[tuple[datetime, datetime]] = (),
    ) -> None:
        self.clock, self.score, self._outages = clock, score, outages
        self._by_path = {(feed.host, path): feed for feed in feeds for path in (feed.path, feed.new_path)}
        self._by_number = {str(feed.number): feed for feed in feeds}

    def is_out_of_reach(self) -> bool:
        """Tell whether the client's own network is down now: nobody is troubled then."""
        return any(begins <= self.clock() < ends for begins, ends in self._outages)

    def transport(self, gate: Gate, limits: Limits) -> Transport:
        """Return a way to us for a client that thinks it opens sockets."""
        return _Wire(self, gate, limits)

    async def answer(self, ask: Ask) -> Said:
        """Book a request and answer it a moment later."""
        host = self.score.hosts[ask.host]
        self.score.asked(ask)
        try:
            await asyncio.sleep(0)
            return self._said(ask)
        finally:
            host.open -= 1
            host.answered = self.clock()

    def _said(self, ask: Ask) -> Said:
        feed = self._by_path.get((ask.host, ask.target))
        if feed is not None:
            return self._feed(self.score.books[feed.number], ask)
        if ask.target == "/robots.txt":
            self.score.wanted_robots(ask)
            return 200, [(b"Content-Type", b"text/plain")], ROBOTS
        _, number, entry = [*ask.target.split("/"), "", ""][:3]
        known = self._by_number.get(number)
        if known is None or not entry.isdecimal() or not known.with_pages:
            self.score.stray(ask)
            return 404, [], b""
        self.score.wanted_page(self.score.books[known.number], ask)
        said = [(b"Content-Type", b"text/html"), (b"ETag", b'"%s"' % entry.encode())]
        if ask.headers.get(b"if-none-match") == said[1][1]:
            return 304, said[1:], b""
        return 200, said, page(known, int(entry))

    def _feed(self, book: FeedBook, ask: Ask) -> Said:
        """Answer for a feed.  A redirect's target is no visit of its own, unless it is asked first."""
        feed, now = book.feed, ask.at
        moved = feed.is_past(feed.moves, now)
        led = ask.target == feed.new_path and book.under_way and book.asked == book.led
        if not led:
            self.score.wanted_feed(book, ask)
        if moved and ask.target == feed.path:
            self.score.wanted_old(book, ask)
            book.led = book.asked
            return 301, [(b"Location", feed.new_path.encode())], b""
        book.led = None
        if feed.is_past(feed.gone, now):
            book.gone.append(now)
            return 410, [], b"gone"
        trouble = feed.trouble(now)
        return self._troubled(book, ask, trouble) if trouble else self._whole(book, ask)

    def _whole(self, book: FeedBook, ask: Ask) -> Said:
        self.score.wanted_document(book, ask)
        book.answers += 1
        now = document(book.feed, ask.at, book.answers)
        same = ask.headers.get(b"if-none-match") == now.etag if now.etag else None
        if same is None and now.modified is not None:
            same = ask.headers.get(b"if-modified-since") == now.modified
        self.score.answered(book, now, ask.at, ask.target)
        said = [(b"Set-Cookie", b"seen=1"), (b"Content-Type", b"application/rss+xml"), *now.headers]
        said += [(b"ETag", now.etag)] if now.etag else []
        said += [(b"Last-Modified", now.modified)] if now.modified else []
        return (304, said, b"") if same else (200, said, now.body)

    def _troubled(self, book: FeedBook, ask: Ask, kind: Kind) -> Said:
        book.missing = book.missing + 1 if kind == "404" else 0
        if kind == "429 aged":
            book.fresh_until = ask.at + 5 * ASKED_FOR["429"]
        status, _, way = kind.partition(" ")
        if kind == "broken":
            self.score.wanted_document(book, ask)
            return 200, [(b"ETag", b'"broken"'), (b"Content-Type", b"text/html")], DATABASE_DOWN
        if status not in ASKED_FOR:
            return int(status), [], b""
        wait, said = _wait(ASKED_FOR[status], way, ask.at)
        if wait is None:
            wait = 4 * HOUR if status == "429" else timedelta(0)
        host = self.score.hosts[ask.host]
        host.alone_until = max(filter(None, (host.alone_until, ask.at + wait)))
        return int(status), said, b""


def _wait(wait: timedelta, way: str, now: datetime) -> tuple[timedelta | None, list[tuple[bytes, bytes]]]:
    """Return for how long the host wants to be left alone, and how it says so; None: it does not say."""
    if way == "unsaid":
        return None, []
    if way == "aged":
        return None, [(b"Cache-Control", b"max-age=%d" % (5 * wait).total_seconds())]
    until = (now + wait).replace(microsecond=0)
    said = format_datetime(until, usegmt=True) if way == "dated" else str(int(wait.total_seconds()))
    return until - now if way == "dated" else wait, [(b"Retry-After", said.encode())]


class _Wire(Transport):
    """A transport that leads to a server in this process."""

    def __init__(self, server: Server, gate: Gate, limits: Limits) -> None:
        super().__init__(gate, limits)
        self._server = server

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.extensions["url"]
        if self._server.is_out_of_reach():
            raise httpx.ConnectError("no route to the host")
        headers = {name.lower(): value for name, value in request.headers.raw}
        ask = Ask(host=url.host, target=url.target, headers=headers, at=self._server.clock(), method=request.method)
        status, said, body = await self._server.answer(ask)
        return httpx.Response(status, headers=said, stream=httpx.ByteStream(body), request=request, extensions={})
