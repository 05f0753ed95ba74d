"""The door for the hubs that we are subscribed at: takes what they ask and send at our callbacks, hands on all else.

Standards: WebSub 5.3, 7; THREATS 1.11 (W1 to W3), H-115, H-120.  What a
callback is called is a secret: it stands in no log and in no answer.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qsl

from cuttings.errors import ArchiveError
from cuttings.web.asgi import SAFE, Receive, Scope, Send, TooLarge, TooSlow, answer, body_of, say

CALLBACK = re.compile(r"/websub/callback/([A-Za-z0-9_-]{43})")
LONGEST_QUERY = 16_384  # bytes
FIELDS = 50
WORDS = {202: "received", 404: "not found", 410: "gone", 415: "cannot be unpacked", 503: "too much at once"}


class Subscribed(Protocol):
    """Who knows our subscriptions; see `flow.push`."""

    def knows(self, token: str) -> bool:
        """Tell whether a callback is one of ours."""

    async def asked(self, token: str, query: Mapping[str, str]) -> bytes | None:
        """Answer a hub that asks whether we meant it, None: we did not."""

    async def received(self, token: str, headers: Mapping[bytes, bytes], body: bytes) -> int:
        """Take what a hub sends; return the HTTP status."""


class CallbackDoor:
    """An ASGI application before others; `prefix` tells the path below which readers reach us."""

    def __init__(
        self,
        subscribed: Subscribed,
        beyond: Callable[[Scope, Receive, Send], Awaitable[None]],
        prefix: Callable[[], str],
        max_body: Callable[[], int],
    ) -> None:
        self._subscribed, self._beyond, self._prefix, self._max_body = subscribed, beyond, prefix, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        token = self._token(scope["path"]) if scope["type"] == "http" else None
        if token is None:
            await self._beyond(scope, receive, send)
        elif scope["method"] == "POST":
            await self._receive(token, scope, receive, send)
        elif scope["method"] == "GET":
            await self._confirm(token, scope, send)
        else:
            await say(send, 405, "a WebSub callback; it takes GET and POST", [(b"allow", b"GET, POST")])

    def _token(self, path: str) -> str | None:
        if "/websub/callback/" not in path:
            return None
        found = CALLBACK.fullmatch(path) or CALLBACK.fullmatch(path.removeprefix(self._prefix()[:-1]))
        return found[1] if found else None

    async def _confirm(self, token: str, scope: Scope, send: Send) -> None:
        try:
            said = await self._subscribed.asked(token, _query(scope["query_string"]))
        except ArchiveError:
            await say(send, 503, WORDS[503])
            return
        if said is None:
            await say(send, 404, WORDS[404])
            return
        plain = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(said))]
        await answer(send, 200, [*plain, (b"cache-control", b"no-store"), *SAFE], said)

    async def _receive(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._subscribed.knows(token):  # then nothing of it is read
            await say(send, 410, WORDS[410])
            return
        try:
            body = await body_of(receive, self._max_body())
            status = await self._subscribed.received(token, dict(scope["headers"]), body)
        except TooLarge:
            await say(send, 413, "too large")
        except TooSlow:
            await say(send, 408, "too slow")
        except ArchiveError:
            await say(send, 503, WORDS[503], [(b"retry-after", b"60")])
        else:
            await say(send, status, WORDS[status], [(b"retry-after", b"60")] if status == 503 else [])


def _query(raw: Any) -> Mapping[str, str]:
    """Return the fields, the first of each name; nonsense is none."""
    try:
        pairs = parse_qsl(bytes(raw[:LONGEST_QUERY]).decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        return {}
    return dict(reversed(pairs))
