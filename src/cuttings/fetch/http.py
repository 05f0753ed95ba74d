"""A visit by HTTP: polite, conditional, within bounds; what comes of it is a value.

Serves STANDARDS 8 (HC, HR, NB-1, RQ), 10 and 11 (RB); THREATS 1.5, 1.9 (C2), H-7 … H-14, H-26 … H-37, H-87.
Standards: RFC 9110 13 (conditional requests), 15.4 (redirects); RFC 9309 (robots).
"""

import asyncio
import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import httpx

from cuttings.fetch import headers as said
from cuttings.fetch import robots
from cuttings.fetch.egress import Untrusted
from cuttings.fetch.gate import Refused, Unresolved
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.posts import Posts
from cuttings.model.capture import (
    Document,
    Exchange,
    Failed,
    Fetched,
    NotModified,
    Outcome,
    Own,
    Post,
    Posted,
    Request,
    Trouble,
    Validators,
    Wish,
)
from cuttings.model.source import FARTHEST
from cuttings.ports import Clock, Robots, Sources
from cuttings.text import packing, urls
from cuttings.text.digest import sha256
from cuttings.text.urls import Url, UrlError

ACCEPT = (
    b"application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.8, "
    b"application/json;q=0.7, text/html;q=0.5, */*;q=0.1"
)
MOST_HOPS = 5
PERMANENT, TEMPORARY = (301, 308), (302, 303, 307)
WHOLE = (200, 203)  # a body that stands for the address
ROBOTS_FOR = timedelta(hours=24)  # RFC 9309 2.4
UNREACHABLE_FOR = timedelta(minutes=30)  # an outage is no rule: asked again sooner
LOST_FOR = timedelta(days=30)  # then it is as if there were none (RFC 9309 2.3.1.4)
ELSEWHERE, NOTHING = httpx.URL("http://the-extension.invalid/"), httpx.ByteStream(b"")  # see `_get`
INLINE = 65_536  # packed bytes; more are unpacked in a thread, so that the loop does not wait


@dataclass(slots=True)
class _Visit:
    """What a visit gathers on its way along the redirects."""

    at: datetime
    seconds: float  # left for the network
    request: Request
    credentials: tuple[str, str] | None = None  # origin, userinfo
    enough: int | None = None  # so many bytes of the body will do
    asked: datetime | None = None  # when the hop under way began
    seen: list[str] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    permanent: bool = True

    def failed(
        self,
        reason: str,
        status: int | None = None,
        wish: Wish = Wish(),
        connected: bool = True,
        trouble: Trouble | None = None,
    ) -> Failed:
        return Failed(
            reason=urls.masked(reason),
            at=self.at,
            status=status,
            connected=connected or bool(self.exchanges),
            trouble=trouble,
            wish=wish,
            exchanges=tuple(self.exchanges),
        )


class HttpFetcher:
    """Keeps `ports.Fetcher` and `Poster` over a transport that does one request (`fetch.egress`; a fake one in tests).

    `user_agent` begins with our product token, which robots.txt speaks to.
    `timeout` is for all of a visit's network time, waits for turns left out;
    `max_body` bounds a body after unpacking.  `own_feed` names the feed of
    ours that a URL is a file of: following it would be a loop (H-85).
    """

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        hosts: Hosts,
        sources: Sources,
        clock: Clock,
        *,
        user_agent: str,
        concurrency: int = 64,
        max_body: int = 16 << 20,
        timeout: timedelta = timedelta(seconds=60),
        own_feed: Callable[[str], str | None] = lambda url: None,
    ) -> None:
        self._own_feed = own_feed
        self._transport, self._hosts, self._sources, self._clock = transport, hosts, sources, clock
        self._agent = user_agent.partition("/")[0]
        self._headers = [
            (b"User-Agent", user_agent.encode("ascii", "replace")),
            (b"Accept", ACCEPT),
            (b"Accept-Encoding", packing.OFFERED.encode()),
        ]
        self._slots = asyncio.Semaphore(concurrency)
        self._max_body, self._seconds = max_body, timeout.total_seconds()
        self._asking: dict[str, asyncio.Lock] = {}  # origins whose robots.txt is being fetched
        self._posts = Posts(transport, hosts, sources, clock, user_agent.encode("ascii", "replace"))

    async def fetch(self, request: Request) -> Outcome:
        """Do one GET with all that belongs to it; see `ports.Fetcher`."""
        return await self._fetch(_Visit(self._clock(), self._seconds, request))

    async def post(self, post: Post) -> Posted:
        """Give a message to an address; see `ports.Poster`."""
        return await self._posts.post(post)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _fetch(self, visit: _Visit) -> Outcome:
        try:
            url = urls.parse(visit.request.url)
        except UrlError as error:
            return visit.failed(str(error), connected=False, trouble="barred")
        if url.userinfo is not None:
            visit.credentials = (url.origin, url.userinfo)
        return await self._follow(visit, url)

    async def _follow(self, visit: _Visit, url: Url) -> Outcome:
        """Ask, and follow redirects by hand: each hop is parsed, judged and asked like the first."""
        while True:
            visit.seen.append(url.public)
            own = self._own_feed(url.public)
            if own is not None:
                reason = f"{url.public} is our own feed {own}, which is no source"
                return visit.failed(reason, connected=False, trouble="barred")
            response = await self._ask(visit, url)
            if isinstance(response, Failed):
                return response
            location = _location(response)
            if location is None:
                return await self._outcome(visit, url, response)
            visit.exchanges.append(await _exchange(visit, url, response))
            step = _next(visit, url, response.status_code, location)
            if isinstance(step, str):
                return visit.failed(step, response.status_code, trouble="redirects")
            url = step

    async def _ask(self, visit: _Visit, url: Url) -> httpx.Response | Failed:
        """Do one hop, if the origin's robots.txt has nothing against it and when it is our turn."""
        pace = 0.0
        if visit.request.robots:
            rules = await self._robots(url)
            if isinstance(rules, Failed):
                return rules if rules.waiting else visit.failed(_lost(rules, url), connected=False)
            if not robots.allows(rules, self._agent, url.public):
                reason = f"the robots.txt of {url.host} forbids {url.target[:200]}"
                return visit.failed(reason, connected=False, trouble="denied")
            pace = robots.crawl_delay(rules, self._agent)
        async with self._hosts.turn(url.host, pace) as turn:
            waiting = await self._must_wait(visit, url)  # here, since the turn before may have been told off
            if waiting is not None:
                turn.unused()
                return waiting
            async with self._slots:
                return await self._get(url, visit)

    async def _must_wait(self, visit: _Visit, url: Url) -> Failed | None:
        until = await self._sources.origin_wait(url.origin)
        now = self._clock()
        if until is None or not now < until < now + FARTHEST:
            return None
        reason = f"{url.host} asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
        return replace(visit.failed(reason, wish=Wish(retry_after=until - now), connected=False), waiting=True)

    async def _get(self, url: Url, visit: _Visit) -> httpx.Response | Failed:
        """Send and receive; what the origin asks of all comes into force before the next turn begins.

        Where to is said by the extension `url` alone: httpx would take the
        address apart once more, which costs as much as all else of a request.
        """
        told: dict[str, object] = {"url": url, "total": max(visit.seconds, 0.0)}
        if visit.enough is not None:
            told["enough"] = visit.enough
        pairs = self._pairs(visit, url)
        request = httpx.Request("GET", ELSEWHERE, headers=pairs, stream=NOTHING, extensions=told)
        visit.asked = self._clock()
        began = time.monotonic()
        try:
            response = await self._transport.handle_async_request(request)
        except httpx.TransportError as error:
            trouble = _trouble(error)
            return visit.failed(
                str(error) or "the connection failed", connected=trouble in ("certificate", "silent"), trouble=trouble
            )
        finally:
            visit.seconds -= time.monotonic() - began
        if response.status_code in said.ASKING:
            wait = said.peace(response.status_code, said.fields(response.headers.raw), visit.asked)
            if wait is not None:
                await self._sources.keep_origin_wait(url.origin, self._clock() + wait)
        return response

    def _pairs(self, visit: _Visit, url: Url) -> list[tuple[bytes, bytes]]:
        conditional = _conditional(visit.request.validators, url)
        own = _own(visit.request.own, url) or _authorization(visit.credentials, url)
        if not conditional and not own:
            return self._headers
        said = {name.lower() for name, _ in own}
        return [*(pair for pair in self._headers if pair[0].lower() not in said), *conditional, *own]

    async def _outcome(self, visit: _Visit, url: Url, response: httpx.Response) -> Outcome:
        """What the last hop's answer means."""
        status = response.status_code
        fields = said.fields(response.headers.raw)
        wish = said.wish_of(status, fields, visit.asked or visit.at)
        if status == 304:
            return self._not_modified(visit, url, response, wish)
        exchange = await _exchange(visit, url, response)
        visit.exchanges.append(exchange)
        if exchange.truncated is not None and (visit.enough is None or exchange.truncated != "length"):
            problem = str(response.extensions.get("problem", "the body is not whole"))
            return visit.failed(problem, status, wish, trouble="silent" if status in WHOLE else None)
        if status not in WHOLE:
            return visit.failed(_named(status), status, wish)
        return await self._fetched(visit, url, response, fields, wish)

    def _not_modified(self, visit: _Visit, url: Url, response: httpx.Response, wish: Wish) -> Outcome:
        if not _conditional(visit.request.validators, url):
            return visit.failed("304, though nothing conditional was asked", 304, wish)
        given = said.validators_of(response.headers.raw, url.public)
        kept = said.renewed(visit.request.validators, given)
        return NotModified(at=visit.at, validators=kept, wish=wish, moved_to=_moved_to(visit, url))

    async def _fetched(
        self, visit: _Visit, url: Url, response: httpx.Response, fields: Mapping[str, str], wish: Wish
    ) -> Outcome:
        packed = await _body(response)
        try:
            body = await self._unpacked(packed, fields.get("content-encoding", ""))
        except packing.PackingError as error:
            return visit.failed(
                f"the body cannot be unpacked: {error}", response.status_code, wish, trouble="unreadable"
            )
        return Fetched(
            document=Document(body=body, url=url.public, headers=fields),
            at=visit.at,
            sha256=visit.exchanges[-1].payload_sha256 if body is packed else sha256(body),
            validators=said.validators_of(response.headers.raw, url.public),
            wish=wish,
            exchanges=tuple(visit.exchanges),
            moved_to=_moved_to(visit, url),
        )

    async def _unpacked(self, packed: bytes, coding: str) -> bytes:
        if not coding:
            return packed
        if len(packed) <= INLINE:
            return packing.unpacked(packed, coding, self._max_body)
        return await asyncio.to_thread(packing.unpacked, packed, coding, self._max_body)

    async def _robots(self, url: Url) -> bytes | Failed:
        """Return what an origin's robots.txt says, asked for at most once a day; else why it could not be had."""
        async with self._asking.setdefault(url.origin, asyncio.Lock()):
            try:
                known = await self._sources.robots(url.origin)
                now = self._clock()
                if known is not None and known.asked <= now < known.asked + _good_for(known, now):
                    return _said(known, Failed(reason="", at=known.asked), now)
                asked = await self._robots_asked(url)
                if isinstance(asked, Failed) and asked.waiting:
                    return asked
                await self._sources.keep_robots(url.origin, now, asked if isinstance(asked, bytes) else None)
            finally:
                self._asking.pop(url.origin, None)
        if isinstance(asked, bytes):
            return asked
        return _said(known, asked, now)

    async def _robots_asked(self, url: Url) -> bytes | Failed:
        """RFC 9309 2.3.1: 2xx speaks; 4xx and redirects to nowhere allow all; the rest, and 429, forbid."""
        request = Request(url=f"{url.scheme}://{url.authority}/robots.txt")
        outcome = await self._fetch(_Visit(self._clock(), self._seconds, request, enough=robots.LONGEST))
        if isinstance(outcome, Fetched):
            return outcome.document.body[: robots.LONGEST]
        if not isinstance(outcome, Failed):
            return Failed(reason="304, though nothing conditional was asked", at=outcome.at, status=304)
        unavailable = outcome.status is not None and 300 <= outcome.status < 500 and outcome.status not in (304, 429)
        return b"" if unavailable else outcome


def _good_for(known: Robots, now: datetime) -> timedelta:
    return ROBOTS_FOR if known.body is not None or _is_lost_for_long(known, now) else UNREACHABLE_FOR


def _said(known: Robots | None, otherwise: Failed, now: datetime) -> bytes | Failed:
    """What a robots.txt said that was not had anew; one that nobody could get for a month forbids no more."""
    if known is None:
        return otherwise
    if known.body is None:
        return b"" if _is_lost_for_long(known, now) else otherwise
    return known.body if known.asked <= now < known.asked + ROBOTS_FOR else otherwise


def _is_lost_for_long(known: Robots, now: datetime) -> bool:
    return known.body is None and known.lost is not None and now - known.lost >= LOST_FOR


def _conditional(validators: Validators, url: Url) -> list[tuple[bytes, bytes]]:
    """Both validators, byte for byte, and to nobody but the address that gave them (HC-1 … HC-3)."""
    if not validators or validators.url != url.public:
        return []
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.modified))
    return [(name, value) for name, value in pairs if value is not None]


def _own(own: Own | None, url: Url) -> list[tuple[bytes, bytes]]:
    """What the source has sent along, to the origin that it was declared with alone (HR-4)."""
    if own is None or own.origin != url.origin:
        return []
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in own.headers]


def _authorization(credentials: tuple[str, str] | None, url: Url) -> list[tuple[bytes, bytes]]:
    """RFC 7617, to the origin that the credentials were written for alone (HR-4)."""
    if credentials is None or credentials[0] != url.origin:
        return []
    return [(b"Authorization", b"Basic " + base64.b64encode(unquote_to_bytes(credentials[1])))]


def _location(response: httpx.Response) -> str | None:
    """Where a redirect leads, as written; None: this is no redirect.  Of two, the first counts."""
    if response.status_code not in PERMANENT and response.status_code not in TEMPORARY:
        return None
    for name, value in response.headers.raw:
        if name.lower() == b"location":
            return said.text(value)
    return None


def _next(visit: _Visit, url: Url, status: int, location: str) -> Url | str:
    """Return the next hop, or why there is none."""
    target = urls.absolute(url.public, location)
    if target is None:
        return f"{_named(status)} to what is no web address: {location[:200]!r}"
    following = replace(urls.parse(target), userinfo=None)
    chain = " -> ".join((*visit.seen, following.public))
    if following.public in visit.seen:
        return f"redirected in a circle: {chain}"
    if len(visit.seen) > MOST_HOPS:
        return f"more than {MOST_HOPS} redirects: {chain}"
    downgrade = url.scheme == "https" and following.scheme == "http"
    visit.permanent = visit.permanent and status in PERMANENT and not downgrade
    return following


def _moved_to(visit: _Visit, url: Url) -> str | None:
    """Where only permanent steps led; with the credentials where they are still the origin's."""
    if len(visit.seen) < 2 or not visit.permanent:
        return None
    if visit.credentials is not None and visit.credentials[0] == url.origin:
        return f"{url.scheme}://{visit.credentials[1]}@{url.authority}{url.target}"
    return url.public


async def _exchange(visit: _Visit, url: Url, response: httpx.Response) -> Exchange:
    """The hop as a WARC wants it.  A transport that keeps no bytes leaves them empty."""
    extensions = response.extensions
    return Exchange(
        url=url.public,
        at=visit.asked or visit.at,
        request=_scrubbed(extensions.get("request", b""), _own(visit.request.own, url)),
        answer=extensions.get("answer", b""),
        payload_sha256=sha256(await _body(response)),
        address=extensions.get("peer"),
        truncated=extensions.get("truncated"),
    )


def _scrubbed(request: bytes, own: list[tuple[bytes, bytes]]) -> bytes:
    """The request as it was sent, but for what the source has sent along: that may be secret."""
    for name, value in own:
        request = request.replace(b"\r\n%s: %s\r\n" % (name, value), b"\r\n%s: redacted\r\n" % name)
    return request


async def _body(response: httpx.Response) -> bytes:
    """The body before content decoding.  `Response.read` would unpack it, without bounds."""
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return b"".join([piece async for piece in response.stream])


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _lost(why: Failed, url: Url) -> str:
    reason = f" ({why.reason})" if why.reason else ""
    return f"the robots.txt of {url.host} could not be had{reason}, so nothing there may be fetched"


def _trouble(error: httpx.TransportError) -> Trouble:
    if isinstance(error, Untrusted):
        return "certificate"
    if isinstance(error, Refused):
        return "barred"
    if isinstance(error, Unresolved):
        return "name"
    return "unreached" if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) else "silent"
