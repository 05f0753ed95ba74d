"""One answer as it arrives: parsed by httptools, bounded on the way, its bytes kept as they came.

No sockets here: bytes are fed in.  Serves THREATS 1.4 (B1) and H-20 … H-25.

Standards: RFC 9112 (HTTP/1.1), RFC 9110 15.2 (interim answers).
"""

from dataclasses import dataclass

import httptools
import httpx

INTERIM = 10  # 1xx answers before the real one


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server may cost us.  Times in seconds, sizes in bytes."""

    connect: float = 10.0  # also for the TLS handshake after it
    first_byte: float = 20.0
    total: float = 60.0
    rate: int = 1024  # a second, at least, over each `window` once bytes come
    window: float = 15.0
    head: int = 65_536
    fields: int = 100
    body: int = 16 << 20  # after transfer decoding
    refuse: bool = True  # a body that is said to be longer; False: its beginning is wanted
    idle: float = 4.0  # that a connection is kept for the next request: pages of one site follow each other
    kept: int = 100  # connections at once
    tick: float = 0.5  # how often the times are looked at


class Answer:
    """What is received of one answer; the callbacks' target of httptools."""

    __slots__ = (
        "_field_bytes",
        "_field_count",
        "_framed",
        "_interim",
        "_limits",
        "_parser",
        "_reused",
        "_size",
        "chunks",
        "fields",
        "headed",
        "keep",
        "pieces",
        "problem",
        "size",
        "status",
        "truncated",
        "whole",
    )

    def __init__(self, limits: Limits, reused: bool) -> None:
        self._limits, self._reused = limits, reused
        self._field_bytes = self._field_count = self._interim = self._size = 0
        self._framed = False
        self.chunks: list[bytes] = []  # as received
        self.pieces: list[bytes] = []  # of the body
        self.fields: list[tuple[bytes, bytes]] = []
        self.size = self.status = 0
        self.headed = self.whole = self.keep = False
        self.problem: str | None = None
        self.truncated: str | None = None
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        # Bare line feeds and folded fields are seen in the wild; all else stays strict.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_lf_after_cr=True, lenient_optional_cr_before_lf=True
        )

    @property
    def stale(self) -> bool:
        """A kept connection that the server had closed already: to be asked again on a new one."""
        return self._reused and not self.size and self.truncated == "disconnect"

    def feed(self, data: bytes) -> bool:
        """Take bytes; return whether the answer is at its end."""
        self.size += len(data)
        self.chunks.append(data)
        assert self._parser is not None
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self.broken("no valid HTTP came")
        if not self.headed and self.size > self._limits.head:
            self.broken("the head of the answer is too large", "length")
        elif self.size > 2 * self._limits.body + self._limits.head:  # chunks of one byte, endless extensions
            self.broken("the answer is too large", "length")
        return self.whole or self.problem is not None

    def cut(self, error: Exception | None) -> None:
        """The connection ended: that is the end of a body without a length, and a cut for all others."""
        if self.headed and not self._framed and error is None:
            self.whole = True
        elif self.size == 0:
            self.broken("the connection was closed without an answer", "disconnect")
        else:
            self.broken("the connection was closed before the answer was whole", "disconnect")

    def broken(self, problem: str, truncated: str | None = None) -> None:
        """Say why there will be no whole answer; the first reason stands."""
        if self.whole and self.status == 304:  # nothing of it can be missing
            self.keep = False
        elif self.problem is None:
            self.problem, self.truncated, self.keep = problem, truncated or "disconnect", False

    def end(self) -> None:
        """Let go of the parser, whose callbacks hold us: a cycle would keep bodies until the next full collection."""
        self._parser = None

    def as_received(self) -> bytes:
        """The final answer's bytes: interim ones stand before it, each a head alone."""
        whole = b"".join(self.chunks)
        for _ in range(self._interim):
            ends = [n + len(mark) for mark in (b"\r\n\r\n", b"\n\n") if (n := whole.find(mark)) >= 0]
            whole = whole[min(ends, default=0) :]
        return whole

    def error(self) -> httpx.TransportError:
        """What to raise where no head came."""
        problem = self.problem or "no valid HTTP came"
        if self.truncated == "time":
            return httpx.ReadTimeout(problem)
        return httpx.RemoteProtocolError(problem) if self.size else httpx.ReadError(problem)

    def on_message_begin(self) -> None:
        if self.whole and self.status != 304:  # some send the body that a 304 must not have
            self._stop("bytes came after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._field_bytes += len(name) + len(value)
        self._field_count += 1
        if self._field_bytes > self._limits.head or self._field_count > self._limits.fields:
            self._stop("the head of the answer is too large", "length")
        if self.headed:  # a trailer
            return
        if b"\x00" in value:
            self._stop("a NUL in a header")
        lowered = name.lower()
        if lowered == b"transfer-encoding":
            self._framed = True
            if value.strip().lower() != b"chunked":
                self._stop("a transfer coding that nobody asked for")
        elif lowered == b"content-length":
            self._framed = True
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        assert self._parser is not None
        self.status = status = self._parser.get_status_code()
        if not self._parser.get_http_version().startswith("1."):
            self._stop("not HTTP/1.1")
        if 100 <= status < 200:
            self._interim += 1
            if status == 101 or self._interim > INTERIM:
                self._stop("interim answers without end")
            self.fields, self._framed = [], False
            return
        self.headed = True
        if self._framed and self._limits.refuse:
            self._check_length()

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body[: self._limits.body - self._size])
        self._size += len(body)
        if self._size > self._limits.body:
            self._stop(f"the body is larger than {self._limits.body} bytes", "length")

    def on_message_complete(self) -> None:
        if self.headed and self._parser is not None:
            self.whole = True
            self.keep = bool(self._parser.should_keep_alive())

    def _check_length(self) -> None:
        """Do not begin to read what will be refused."""
        for name, value in self.fields:
            if name.lower() == b"content-length" and int(value) > self._limits.body and self.status != 304:
                self._stop(f"the body is larger than {self._limits.body} bytes", "length")

    def _stop(self, problem: str, truncated: str | None = None) -> None:
        """Leave the parser from within a callback."""
        self.broken(problem, truncated)
        raise ValueError(problem)
