"""The desk's address: what is for the owner alone.  Bare ASGI.

Reads only, and lets no other site's pages read: a browser that was lured
here by a name (DNS rebinding) is told apart by the Host it asks for.
Standards: STANDARDS SV-3, SV-14; RFC 9110 7.4 (421).
"""

import ipaddress
from collections.abc import Awaitable, Callable

from cuttings.web.asgi import SAFE, Probe, Receive, Scope, Send, answer, health, say

Exposition = Callable[[str], Awaitable[tuple[str, bytes]]]
"""Gives what is counted, for an Accept header: media type and body."""


class Desk:
    """An ASGI application with `/metrics`, `/healthz` and `/readyz`.

    `local`: it listens on a loopback address, so a Host that is another name
    than localhost was not meant for it.
    """

    def __init__(self, exposition: Exposition, ready: Probe, *, local: bool) -> None:
        self._exposition, self._ready, self._local = exposition, ready, local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        if scope["method"] not in ("GET", "HEAD"):
            await say(send, 405, "GET and HEAD only", [(b"allow", b"GET, HEAD")])
        elif self._local and not _is_local(headers.get(b"host", b"").decode("latin-1")):
            await say(send, 421, "the desk is reached by its address or as localhost")
        elif await health(scope["path"], self._ready, send):
            return
        elif scope["path"] == "/metrics":
            await self._metrics(headers.get(b"accept", b"").decode("latin-1"), send)
        else:
            await say(send, 404, "not found; here are /metrics, /healthz and /readyz")

    async def _metrics(self, accept: str, send: Send) -> None:
        media_type, body = await self._exposition(accept)
        head = [(b"content-type", media_type.encode("latin-1")), (b"content-length", b"%d" % len(body))]
        await answer(send, 200, [*head, (b"cache-control", b"no-store"), *SAFE], body)


def _is_local(host: str) -> bool:
    """Tell whether a Host header is localhost or a literal address."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return name.lower() in ("localhost", "")
    return True
