"""Messages to addresses on the web: subscribing at a hub, asking a callback, giving it what is new, pinging.

In the same turns as visits, through the same gate; the answer is an
acknowledgement, of which the beginning is kept.  Credentials in an address go
nowhere; no redirect is followed but a 307 or 308 where that is wanted, each hop
judged like the first, and none that leads from TLS to where none is spoken.
Standards: RFC 9110 9.3.3 (POST), 15.4.8 and 15.4.9 (redirects that keep it); WebSub 5.1.2.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus

import httpx

from cuttings.fetch import headers as said
from cuttings.fetch.hosts import Hosts
from cuttings.model.capture import Post, Posted
from cuttings.model.source import FARTHEST
from cuttings.ports import Clock, Sources
from cuttings.text import urls
from cuttings.text.urls import Url, UrlError

MOST_HOPS = 3
KEPT = 65_536  # bytes of an answer
AT_ONCE = 64  # beside the visits
WITHIN = 20.0  # seconds that one hop may take
SENT_AGAIN = (307, 308)


class Posts:
    """Keeps `ports.Poster` over a transport that does one request."""

    def __init__(
        self, transport: httpx.AsyncBaseTransport, hosts: Hosts, sources: Sources, clock: Clock, user_agent: bytes
    ) -> None:
        self._transport, self._hosts, self._sources, self._clock = transport, hosts, sources, clock
        self._agent = user_agent
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def post(self, post: Post) -> Posted:
        """Send it, and once more for each redirect that is followed; see `ports.Poster`."""
        left = MOST_HOPS if post.follow else 0
        while True:
            try:
                url = urls.parse(post.url)
            except UrlError as error:
                return Posted(url=post.url, reason=urls.masked(str(error)), connected=False)
            posted, location = await self._sent(url, post)
            target = urls.absolute(url.public, location) if location and posted.status in SENT_AGAIN else None
            if not left or target is None:
                return posted
            if url.scheme == "https" and not target.startswith("https:"):  # a hub's form holds a secret
                return replace(posted, reason=f"{posted.reason}, to where no TLS is spoken")
            left, post = left - 1, replace(post, url=target)

    async def _sent(self, url: Url, post: Post) -> tuple[Posted, str | None]:
        async with self._hosts.turn(url.host) as turn:
            wait = await self._asked_to_wait(url)
            if wait is not None:
                turn.unused()
                reason = f"{url.host} asked to be left alone"
                return Posted(url=url.public, reason=reason, connected=False, retry_after=wait), None
            async with self._slots:
                return await self._answered(url, post)

    async def _asked_to_wait(self, url: Url) -> timedelta | None:
        until, now = await self._sources.origin_wait(url.origin), self._clock()
        return until - now if until is not None and now < until < now + FARTHEST else None

    async def _answered(self, url: Url, post: Post) -> tuple[Posted, str | None]:
        at = self._clock()
        try:
            response = await self._transport.handle_async_request(self._request(url, post))
        except httpx.TransportError as error:
            connected = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            reason = urls.masked(str(error) or "the connection failed")
            return Posted(url=url.public, reason=reason, connected=connected), None
        fields, status = said.fields(response.headers.raw), response.status_code
        wait = said.peace(status, fields, at) if status in said.ASKING else None
        if wait is not None:
            await self._sources.keep_origin_wait(url.origin, at + wait)
        reason = "" if 200 <= status < 300 else _named(status)
        posted = Posted(url=url.public, status=status, body=await _beginning(response), reason=reason, retry_after=wait)
        return posted, fields.get("location")

    def _request(self, url: Url, post: Post) -> httpx.Request:
        fields: list[tuple[bytes, bytes]] = [(b"User-Agent", self._agent), (b"Accept", b"*/*")]
        if post.body is not None:
            fields.append((b"Content-Type", post.content_type.encode("ascii")))
        fields += [(name.encode("ascii"), value.encode("ascii")) for name, value in post.headers]
        return httpx.Request(
            "GET" if post.body is None else "POST",
            url.public,
            headers=fields,
            content=post.body,
            extensions={"url": url, "total": WITHIN, "enough": KEPT},
        )


async def _beginning(response: httpx.Response) -> bytes:
    assert isinstance(response.stream, httpx.AsyncByteStream)
    return b"".join([piece async for piece in response.stream])[:KEPT]


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"
