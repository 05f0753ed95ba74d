"""The one place that opens sockets: a transport that goes where the gate lets it, and nowhere else.

A URL is parsed once (`text.urls`), judged once (`fetch.gate`), and the
connection made to the literal address that was judged.  Bytes are kept as
sent and as received, and bounded in size and time while they arrive.  Nothing
in the environment (proxies, netrc) has a say.

Serves THREATS 1.1 (S1, S3, S6, S8), 1.5 (T1), H-18, H-19.
Standards: RFC 9112 (HTTP/1.1), RFC 6125 (names in certificates).
"""

import asyncio
import errno
import socket
import ssl
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx

from cuttings.fetch.answer import Answer, Limits
from cuttings.fetch.gate import PORTS, Gate
from cuttings.text.urls import Url, UrlError, parse

DNS_THREADS = 16  # getaddrinfo blocks; in an executor of its own it holds up nothing else
MOST_TRIED = 4  # addresses of one name

_SAYINGS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.ENETUNREACH: "no route to the host",
    errno.EHOSTUNREACH: "no route to the host",
    errno.EADDRNOTAVAIL: "no route to the host",
}


class Untrusted(httpx.ConnectError):
    """Connected, but no TLS came of it: no valid certificate, no common version, or nonsense."""


class Transport(httpx.AsyncBaseTransport):
    """HTTP/1.1 over connections of our own, GET and POST; the body comes whole, with the bytes as sent and received.

    A request's extensions may hold `url` (a `text.urls.Url`, then the request
    goes exactly there), `total` (seconds, instead of the limit's) and `enough`
    (bytes of a body, of which no more are wanted).  The
    response's hold `request`, `answer` (bytes, head and body), `peer`, and
    where the body is not whole `truncated` ("length", "time", "disconnect")
    with `problem`.  Raises httpx.TransportError where no head came; its text
    is one line for people.  A connection is kept for a host's next request;
    one to another of its ports is closed first, so that callers who ask one
    at a time have one at a time.
    """

    def __init__(self, gate: Gate, limits: Limits | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._gate = gate
        self._limits = limits or Limits()
        self._tls = tls
        self._busy: set[_Connection] = set()
        self._idle: dict[str, _Connection] = {}  # by host, the longest idle first
        self._watch: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Do one request; once more on a new connection where the server had closed the kept one."""
        url = request.extensions.get("url") or _parsed(request)
        head = _head(request, url)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + request.extensions.get("total", self._limits.total)
        enough = request.extensions.get("enough")
        limits = self._limits if enough is None else replace(self._limits, body=enough, refuse=False)
        connection = self._kept(url)
        if connection is not None:
            answer = await self._ask(connection, head, deadline, limits)
            if not answer.stale:
                return _response(request, head, connection.peer, answer)
        connection = await self._connect(url, loop, deadline)
        answer = await self._ask(connection, head, deadline, limits)
        return _response(request, head, connection.peer, answer)

    async def aclose(self) -> None:
        """Close what is kept; break off what is under way."""
        for connection in (*self._busy, *self._idle.values()):
            connection.abort()
        self._idle.clear()
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        await asyncio.sleep(0)  # the loop closes sockets on its next turn

    async def _ask(self, connection: "_Connection", head: bytes, deadline: float, limits: Limits) -> Answer:
        answer, done = connection.ask(head, deadline, limits)
        self._busy.add(connection)
        if self._watch is None:
            self._watch = connection.loop.call_later(self._limits.tick, self._look, connection.loop)
        try:
            await done
        except BaseException:
            connection.abort()
            raise
        finally:
            self._busy.discard(connection)
        if answer.problem:
            connection.abort()
        elif answer.keep:
            self._keep(connection)
        else:
            connection.close()
        return answer

    def _kept(self, url: Url) -> "_Connection | None":
        connection = self._idle.pop(url.host, None)
        if connection is None or connection.closed:
            return None
        if connection.origin == url.origin:
            return connection
        connection.close()
        return None

    def _keep(self, connection: "_Connection") -> None:
        connection.since = connection.loop.time()
        surplus = self._idle.pop(connection.host, None)
        if surplus is None and len(self._idle) >= self._limits.kept:
            surplus = self._idle.pop(next(iter(self._idle)))
        if surplus is not None:
            surplus.close()
        self._idle[connection.host] = connection

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Every tick: end what takes too long, close what idles.  One timer for all is cheaper than one a request."""
        now = loop.time()
        for connection in tuple(self._busy):
            connection.check(now)
        for host, connection in tuple(self._idle.items()):
            if not connection.closed and connection.since + self._limits.idle > now:
                break
            del self._idle[host]
            connection.close()
        more = self._busy or self._idle
        self._watch = loop.call_later(self._limits.tick, self._look, loop) if more else None

    async def _connect(self, url: Url, loop: asyncio.AbstractEventLoop, deadline: float) -> "_Connection":
        await asyncio.sleep(0)  # what was closed a moment ago is closed in the loop's next turn: one a host
        within = min(self._limits.connect, deadline - loop.time())
        try:
            async with asyncio.timeout(within):
                addresses = await self._gate.addresses(url.host, url.port)
                sock = await _dialled(loop, addresses[:MOST_TRIED], url.port, within)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("no connection in time") from error
        except OSError as error:
            raise httpx.ConnectError(_said(error)) from error
        try:
            return await self._spoken(loop, sock, url, within)
        except OSError as error:
            sock.close()
            raise httpx.ConnectError(_said(error)) from error
        except BaseException:
            sock.close()
            raise

    async def _spoken(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, url: Url, within: float
    ) -> "_Connection":
        """Put our protocol, and TLS where it belongs, onto a connected socket."""
        connection = _Connection(loop, url, self._limits)
        if url.scheme == "http":
            await loop.create_connection(lambda: connection, sock=sock)
            return connection
        if self._tls is None:
            self._tls = _trust()
        try:
            await loop.create_connection(
                lambda: connection,
                sock=sock,
                ssl=self._tls,
                server_hostname=url.host,
                ssl_handshake_timeout=within,
                ssl_shutdown_timeout=1.0,
            )
        except ssl.SSLCertVerificationError as error:
            raise Untrusted(f"the certificate of {url.host} is not valid: {error.verify_message}") from error
        except OSError as error:  # SSLError, resets and the handshake's timeout among them
            raise Untrusted(f"no TLS connection with {url.host}: {_said(error)}") from error
        return connection


def system_gate(
    allow_networks: Iterable[str] = (), allow_ports: Iterable[int] = PORTS, own: Collection[tuple[str, int]] = ()
) -> Gate:
    """Return a gate that asks the system's resolver, for absolute names: its search list is not ours (H-17).

    `localhost` has no absolute form; nor have names of the hosts file, which
    are looked for where there are networks of the house.
    """
    networks = tuple(allow_networks)
    threads = ThreadPoolExecutor(DNS_THREADS, thread_name_prefix="dns")

    def ask(host: str) -> list[str]:
        try:
            return _asked("localhost" if host == "localhost" else f"{host}.")
        except socket.gaierror:
            if not networks:
                raise
            return _asked(host)

    async def resolve(host: str) -> Sequence[str]:
        return await asyncio.get_running_loop().run_in_executor(threads, ask, host)

    return Gate(networks, allow_ports, resolve, own=own)


class _Connection(asyncio.Protocol):
    """One connection: bytes in and out, one exchange at a time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, url: Url, limits: Limits) -> None:
        self.loop, self.host, self.origin, self.peer = loop, url.host, url.origin, ""
        self.closed = False
        self.since = 0.0  # idle since
        self._limits = limits
        self._used = False
        self._transport: asyncio.Transport
        self._answer: Answer | None = None
        self._done: asyncio.Future[None]
        self._began = self._deadline = self._window = 0.0
        self._size_then = 0

    def ask(self, head: bytes, deadline: float, limits: Limits) -> tuple[Answer, "asyncio.Future[None]"]:
        """Send a request; the future is done when the answer is, one way or another."""
        self._answer = answer = Answer(limits, reused=self._used)
        self._done = done = self.loop.create_future()
        self._began = self._window = self.loop.time()
        self._size_then, self._deadline, self._used = 0, deadline, True
        if self.closed:
            self.connection_lost(None)
        else:
            self._transport.write(head)
        return answer, done

    def check(self, now: float) -> None:
        """End the exchange if it takes longer than it may."""
        answer, limits = self._answer, self._limits
        if answer is None:
            return
        if now > self._deadline:
            self._late(answer, "the answer took too long")
        elif not answer.size:
            if now > self._began + limits.first_byte:
                self._late(answer, "no answer came in time")
        elif now > self._window + limits.window:
            if answer.size - self._size_then < limits.rate * limits.window:
                self._late(answer, "the answer came too slowly")
            self._window, self._size_then = now, answer.size

    def close(self) -> None:
        self.closed = True
        self._transport.close()

    def abort(self) -> None:
        self.closed = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if peer else ""

    def data_received(self, data: bytes) -> None:
        if self._answer is None:  # bytes that nobody asked for
            self.abort()
        elif self._answer.feed(data):
            self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        if self._answer is not None:
            self._answer.cut(exc)
            self._end()

    def _late(self, answer: Answer, problem: str) -> None:
        answer.broken(problem, "time")
        self._end()

    def _end(self) -> None:
        assert self._answer is not None
        self._answer.end()
        self._answer = None
        if not self._done.done():
            self._done.set_result(None)


async def _dialled(
    loop: asyncio.AbstractEventLoop, addresses: Sequence[str], port: int, within: float
) -> socket.socket:
    """Return a socket connected to the first of the addresses that takes us; each has its share of the time."""
    if len(addresses) == 1:
        return await _connected(loop, addresses[0], port)
    problem = "no address"
    for address in addresses:
        try:
            async with asyncio.timeout(within / len(addresses)):
                return await _connected(loop, address, port)
        except OSError as error:  # TimeoutError among them
            problem = _said(error)
    raise httpx.ConnectError(problem)


async def _connected(loop: asyncio.AbstractEventLoop, address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, (address, port))
        peer = sock.getpeername()
    except BaseException:
        sock.close()
        raise
    if peer[:2] != (address, port):
        sock.close()
        raise OSError(errno.EADDRNOTAVAIL, "not the address that was asked for")
    return sock


def _response(request: httpx.Request, head: bytes, peer: str, answer: Answer) -> httpx.Response:
    if not answer.headed:
        raise answer.error()
    extensions: dict[str, object] = {"request": head, "answer": answer.as_received(), "peer": peer}
    if answer.problem:
        extensions |= {"problem": answer.problem, "truncated": answer.truncated}
    body = httpx.ByteStream(b"".join(answer.pieces))
    return httpx.Response(answer.status, headers=answer.fields, stream=body, request=request, extensions=extensions)


def _head(request: httpx.Request, url: Url) -> bytes:
    """The request as it goes over the wire: the target byte for byte, Host from the same `url`; a POST's body too."""
    if request.method not in ("GET", "POST"):
        raise httpx.UnsupportedProtocol("only GET and POST are spoken here")
    lines = [f"{request.method} {url.target} HTTP/1.1\r\nHost: {url.authority}".encode("ascii")]
    lines += [name + b": " + value for name, value in request.headers.raw if name.lower() != b"host"]
    return b"\r\n".join(lines) + b"\r\n\r\n" + (request.content if request.method == "POST" else b"")


def _parsed(request: httpx.Request) -> Url:
    try:
        return parse(str(request.url))
    except UrlError as error:
        raise httpx.UnsupportedProtocol(str(error)) from error


def _said(error: OSError) -> str:
    """One line for people."""
    if isinstance(error, TimeoutError):
        return "no connection in time"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "broken off").replace("_", " ").lower()
    return _SAYINGS.get(error.errno or 0) or (error.strerror or "broken off").lower()


def _trust() -> ssl.SSLContext:
    """The system's certificates and certifi's; TLS 1.2 at least.  Made once: it costs 20 ms."""
    context = httpx.create_ssl_context(trust_env=False)
    context.load_default_certs()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _asked(name: str) -> list[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)]
