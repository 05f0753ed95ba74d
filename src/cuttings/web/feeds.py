"""Serves the published files: bare ASGI, no database, no templates.

Standards: RFC 9110 8.8 (validators), 9.3.2 (HEAD), 13 (conditional requests),
14 (ranges), 15.4.5 (304); RFC 7303 (media types); STANDARDS SV-1…14.
Every error body is plain text and says nothing of what was asked.
"""

import asyncio
import os
import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from cuttings.text import dates
from cuttings.web.asgi import SAFE, Header, Probe, Receive, Scope, Send, answer, health, say

TYPES = {
    "html": b"text/html; charset=utf-8",
    "rss": b"application/rss+xml; charset=utf-8",
    "atom": b"application/atom+xml; charset=utf-8",
    "json": b"application/feed+json; charset=utf-8",
    "opml": b"text/x-opml; charset=utf-8",
}
NAME = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}"  # as the configuration allows it
SERVED = re.compile(
    rf"(?:index\.html|sources\.html|blogroll\.opml|feeds\.json|feeds/{NAME}\.(?:rss|atom|json|html)"
    rf"|feeds/{NAME}/archive/\d{{6,9}}\.(?:rss|atom|json|html)|articles/[a-z2-7]{{26}}(?:\.\d{{1,9}}|\.replay)?\.html)"
)
CLOSED = re.compile(rf"feeds/{NAME}/archive/")
FRESH, FRESH_CLOSED = 300, 7 * 86_400  # seconds a document, and a closed page, may be kept unasked (FH-10)
HELD = 32 << 20  # bytes of file bodies held in memory
LARGEST_HELD = 1 << 20


@dataclass(frozen=True, slots=True)
class _File:
    """A published file as it lies on disk, with the headers that each answer about it has."""

    at: str  # where it lies
    body: bytes
    etag: bytes
    modified: datetime
    stamp: tuple[int, int, int]
    headers: Sequence[Header]


class Published:
    """An ASGI application over a folder of published files, with `/healthz` and `/readyz`.

    `prefix` is the path of the address where readers reach us ("/news/"): a
    proxy in front may leave it on or take it off.
    """

    def __init__(self, folder: Path, ready: Probe, prefix: str = "/") -> None:
        self.prefix = prefix
        self.links: Mapping[str, bytes] = {}  # by path, what the field Link says of a document (STANDARDS WP-1, WP-4)
        self._folder, self._ready = folder, ready
        self._held: OrderedDict[str, _File] = OrderedDict()
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI 3.0)."""
        if scope["type"] != "http":
            return
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            await say(send, 405, "GET, HEAD and OPTIONS only", [(b"allow", b"GET, HEAD, OPTIONS")])
        elif scope["method"] == "OPTIONS":
            await answer(send, 204, [(b"allow", b"GET, HEAD, OPTIONS"), (b"access-control-allow-origin", b"*")], b"")
        elif scope["path"] == self.prefix[:-1] != "":
            await say(send, 308, "a slash is missing", [(b"location", quote(self.prefix).encode())])
        else:
            await self._serve(self._inside(scope["path"]), scope, send)

    def _inside(self, path: str) -> str:
        """Return a path without the prefix; one that is served as it stands lost it to the proxy."""
        if self.prefix == "/" or SERVED.fullmatch(path[1:]) or not path.startswith(self.prefix):
            return path
        return path[len(self.prefix) - 1 :]

    async def _serve(self, asked: str, scope: Scope, send: Send) -> None:
        path = asked.lstrip("/") or "index.html"
        if path not in self._held and SERVED.fullmatch(path) is None:
            if not await health(asked, self._ready, send):
                await say(send, 404, "not found")
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        packed = _accepts_gzip(headers.get(b"accept-encoding", b"")[:1000]) and b"range" not in headers
        file = await self._file(path + ".gz" if packed else path)
        if file is None and packed:
            packed, file = False, await self._file(path)
        if file is None:
            waiting = path == "index.html"
            await say(send, 503 if waiting else 404, "Collecting; reload in a moment" if waiting else "not found")
            return
        await _send_file(send, scope["method"], path, headers, file, packed, self.links.get(path))

    async def _file(self, path: str) -> _File | None:
        """Return a file, from memory while it has not changed on disk."""
        held = self._held.get(path)
        if held is not None and held.stamp == _stamp(held.at):
            self._held.move_to_end(path)
            return held
        file = await asyncio.to_thread(_load, self._folder, path)
        before = self._held.pop(path, None)  # another request may have loaded it meanwhile
        self._bytes -= len(before.body) if before else 0
        if file is not None and len(file.body) <= LARGEST_HELD:
            self._held[path] = file
            self._bytes += len(file.body)
            while self._bytes > HELD:
                self._bytes -= len(self._held.popitem(last=False)[1].body)
        return file


async def _send_file(
    send: Send,
    method: str,
    path: str,
    headers: dict[bytes, bytes],
    file: _File,
    packed: bool,
    link: bytes | None = None,
) -> None:
    if _is_current(headers, file):
        await answer(send, 304, file.headers, b"")
        return
    media = b"application/json" if path == "feeds.json" else TYPES[path.rpartition(".")[2]]
    shared = [*file.headers, (b"content-type", media), (b"accept-ranges", b"bytes")]
    if link is not None:
        shared.append((b"link", link))
    if packed:
        shared.append((b"content-encoding", b"gzip"))
    status, body = 200, file.body
    part = None if packed else _range(headers, file)
    if part == ():
        await answer(send, 416, [(b"content-range", b"bytes */%d" % len(body)), *SAFE], b"")
        return
    if part:
        first, last = part
        shared.append((b"content-range", b"bytes %d-%d/%d" % (first, last, len(body))))
        status, body = 206, body[first : last + 1]
    shared.append((b"content-length", b"%d" % len(body)))
    await answer(send, status, shared, b"" if method == "HEAD" else body)


def _is_current(headers: dict[bytes, bytes], file: _File) -> bool:
    """Tell whether a 304 is right; If-None-Match wins over If-Modified-Since (RFC 9110 13.2.2)."""
    match = headers.get(b"if-none-match")
    if match == file.etag:
        return True
    if match is not None:
        tags = [tag.strip().removeprefix(b"W/") for tag in match[:8192].split(b",")[:100]]
        return b"*" in tags or file.etag in tags
    since = headers.get(b"if-modified-since")
    when = dates.parse(since.decode("latin-1")) if since is not None else None
    return when is not None and file.modified <= when


def _range(headers: dict[bytes, bytes], file: _File) -> tuple[int, int] | tuple[()] | None:
    """Return the bytes asked for, both ends included; None: all of them; (): outside the file (416).

    Of several ranges none is served: the whole file is a valid answer.
    """
    asked = re.fullmatch(rb"bytes=(\d{0,18})-(\d{0,18})", headers.get(b"range", b"").strip())
    if asked is None or asked.groups() == (b"", b""):
        return None
    condition = headers.get(b"if-range")
    if condition is not None and condition != file.etag:
        return None
    size, (first, last) = len(file.body), asked.groups()
    if not first:
        start, end = max(size - int(last), 0), size - 1
        return (start, end) if int(last) and size else ()
    start, end = int(first), min(int(last or size - 1), size - 1)
    return (start, end) if start <= end else ()


@lru_cache(maxsize=64)
def _accepts_gzip(accepted: bytes) -> bool:
    for part in accepted.lower().split(b","):
        coding, _, weight = part.partition(b";")
        if coding.strip() in (b"gzip", b"x-gzip"):
            return re.fullmatch(rb"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        seen = os.lstat(path)
    except OSError:
        return None
    return (seen.st_mtime_ns, seen.st_size, seen.st_ino)


def _load(folder: Path, path: str) -> _File | None:
    at = str(folder / path)
    try:
        descriptor = os.open(at, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        seen = os.fstat(descriptor)
        body = file.read()
    etag = b'"%s"' % sha256(body).hexdigest()[:32].encode()
    modified = datetime.fromtimestamp(int(seen.st_mtime), UTC)
    return _File(
        at=at,
        body=body,
        etag=etag,
        modified=modified,
        stamp=(seen.st_mtime_ns, seen.st_size, seen.st_ino),
        headers=_headers(path, etag, modified),
    )


def _headers(path: str, etag: bytes, modified: datetime) -> Sequence[Header]:
    fresh = FRESH_CLOSED if CLOSED.match(path) else FRESH
    return (
        (b"etag", etag),
        (b"last-modified", dates.http_date(modified).encode()),
        (b"cache-control", b"public, max-age=%d" % fresh),
        (b"vary", b"accept-encoding"),
        (b"access-control-allow-origin", b"*"),
        *SAFE,
    )
