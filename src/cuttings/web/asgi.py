"""What our ASGI applications share: the types, plain answers, and the headers that every answer has.

Standards: ASGI 3.0; STANDARDS SV-14.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
Probe = Callable[[], Awaitable[tuple[bool, str]]]
"""Tells whether some source succeeded lately, and says so in words."""

SAFE: tuple[Header, ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; img-src https: http: data:; style-src 'unsafe-inline'; sandbox "
     b"allow-popups allow-popups-to-escape-sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
)  # fmt: skip


SLOWEST_BODY = 15.0  # seconds that a client may take over a request's body (THREATS H-115)


class TooLarge(Exception):
    """A request's body has more bytes than it may."""


class TooSlow(Exception):
    """A request's body did not come in time, or broke off."""


async def body_of(receive: Receive, limit: int, within: float = SLOWEST_BODY) -> bytes:
    """Return a request's body; raises TooLarge beyond so many bytes, TooSlow after so many seconds."""
    pieces, size = [], 0
    try:
        async with asyncio.timeout(within):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise TooSlow
                pieces.append(message.get("body", b""))
                size += len(pieces[-1])
                if size > limit:
                    raise TooLarge
                if not message.get("more_body", False):
                    return b"".join(pieces)
    except TimeoutError as error:
        raise TooSlow from error


async def health(path: str, ready: Probe, send: Send) -> bool:
    """Answer `/healthz` and `/readyz`; tell whether it was one of these."""
    if path == "/healthz":
        await say(send, 200, "alive")
    elif path == "/readyz":
        is_ready, words = await ready()
        await say(send, 200 if is_ready else 503, words)
    else:
        return False
    return True


async def say(send: Send, status: int, words: str, headers: Sequence[Header] = ()) -> None:
    """Answer with a line of plain text that nobody keeps."""
    body = words.encode() + b"\n"
    plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await answer(send, status, [*plain, (b"cache-control", b"no-store"), *SAFE, *headers], body)


async def answer(send: Send, status: int, headers: Sequence[Header], body: bytes) -> None:
    """Answer with a body that is at hand."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})
    await send({"type": "http.response.body", "body": body})
