"""The wire: real sockets on loopback, servers that misbehave."""

import asyncio
import base64
import gc
import gzip
import os
import socket
import ssl
import struct
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Answer, Limits
from cuttings.fetch.egress import Transport, Untrusted, system_gate
from cuttings.fetch.gate import PORTS, Gate, Refused, Unresolved
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.model.capture import Failed, Fetched, NotModified, Request
from cuttings.text.digest import sha256
from tests.builders import NOW
from tests.certificates import proving, trusting
from tests.servers import Scripted, reply, scripted

QUICK = Limits(connect=1.0, first_byte=0.2, total=1.0, rate=100, window=0.2, body=100_000, idle=0.2, tick=0.02)
HERE = "127.0.0.1/32"
BODY = b"<rss>" + b"x" * 5_000 + b"</rss>"


class Client:
    """A fetcher over real sockets, let out to one address of loopback alone."""

    def __init__(self, limits: Limits = QUICK, tls: ssl.SSLContext | None = None, gate: Gate | None = None) -> None:
        gate = gate or system_gate([HERE])
        self.transport = Transport(gate, limits, tls)
        hosts = Hosts(timedelta(seconds=1), gate.is_ours)
        self.fetcher = HttpFetcher(
            self.transport,
            hosts,
            MemoryArchive(),
            lambda: NOW,
            user_agent="cuttings/1",
            max_body=limits.body,
            timeout=timedelta(seconds=limits.total),
        )

    async def fetch(self, url: str, **more):
        return await self.fetcher.fetch(Request(url=url, **more))


@pytest.fixture
async def server():
    async with scripted() as server:
        yield server


@pytest.fixture
async def client():
    client = Client()
    yield client
    await client.fetcher.aclose()


async def test_bytes_are_kept_as_sent_and_as_received(server: Scripted, client: Client):
    said = (
        b'HTTP/1.1 200 Oh  Well\r\nX-Odd:  two  blanks \r\netag: "1"\r\nTransfer-Encoding: chunked\r\n\r\n'
        b"5;a=b\r\n<rss>\r\n6\r\n</rss>\r\n0\r\nX-Trailer: t\r\n\r\n"
    )
    url = server.says("/a%7Eb?x=%2f&&y", said)

    got = await client.fetch(url)

    assert isinstance(got, Fetched)
    [exchange] = got.exchanges
    assert got.document.body == b"<rss></rss>"
    assert exchange.answer == said
    assert exchange.request == server.requests[0]
    assert exchange.request.startswith(f"GET /a%7Eb?x=%2f&&y HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n".encode())
    assert exchange.payload_sha256 == sha256(b"<rss></rss>")
    assert (exchange.address, exchange.truncated) == ("127.0.0.1", None)


async def test_validators_come_and_go_byte_for_byte(server: Scripted, client: Client):
    etag = 'W/"\xe9-gzip"'
    url = server.says("/", reply(200, BODY, f"ETag: {etag}", "Last-Modified: about noon"), reply(304))

    first = await client.fetch(url)
    second = await client.fetch(url, validators=first.validators)

    assert isinstance(second, NotModified)
    assert b'\r\nIf-None-Match: W/"\xe9-gzip"\r\nIf-Modified-Since: about noon\r\n' in server.requests[1]


async def test_one_connection_serves_a_host_one_request_at_a_time(server: Scripted, client: Client):
    urls = [server.says(f"/{number}", reply(200, BODY)) for number in range(10)]

    got = await asyncio.gather(*map(client.fetch, urls))

    assert all(isinstance(outcome, Fetched) for outcome in got)
    assert (server.connections, server.open_most) == (1, 1)


async def test_a_kept_connection_is_closed_when_it_idles(server: Scripted, client: Client):
    url = server.says("/", reply(200, BODY))

    await client.fetch(url)
    async with asyncio.timeout(2):
        while server.open_now:
            await asyncio.sleep(0.02)
    await client.fetch(url)

    assert server.connections == 2


async def test_a_kept_connection_that_the_server_closed_is_asked_again_on_a_new_one(server: Scripted, client: Client):
    async def answers_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply(200, BODY))
        await reader.readuntil(b"\r\n\r\n")  # the next request, which it does not answer

    url = server.says("/", answers_once, reply(200, BODY))

    first, second = await client.fetch(url), await client.fetch(url)

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert server.connections == 2


class Counting(asyncio.Protocol):
    """Answers whatever is asked, and counts how many connections were open at once."""

    open_now = open_most = 0

    def connection_made(self, transport):
        self.transport = transport
        Counting.open_now += 1
        Counting.open_most = max(Counting.open_most, Counting.open_now)

    def data_received(self, data):
        self.transport.write(reply(200, BODY))

    def connection_lost(self, exc):
        Counting.open_now -= 1


async def test_a_connection_that_made_room_for_others_is_closed_before_the_host_gets_a_new_one(server: Scripted):
    client = Client(replace(QUICK, kept=1), gate=system_gate(["127.0.0.0/8"]))
    counted = await asyncio.get_running_loop().create_server(Counting, "127.0.0.2", 0)
    url = f"http://127.0.0.2:{counted.sockets[0].getsockname()[1]}/"
    other = server.says("/", reply(200, BODY))

    for _ in range(5):
        assert isinstance(await client.fetch(url), Fetched)
        assert isinstance(await client.fetch(other), Fetched)

    assert Counting.open_most == 1
    await client.fetcher.aclose()
    counted.close()


async def test_another_port_of_a_host_waits_until_the_first_connection_is_closed(server: Scripted, client: Client):
    async with scripted() as other:
        target = other.says("/", reply(200, BODY))
        url = server.says("/", reply(302, b"", f"Location: {target}"))

        got = await client.fetch(url)

        assert isinstance(got, Fetched)
        assert server.open_now == 0


async def test_a_redirect_into_the_house_is_refused(server: Scripted, client: Client):  # H-7
    async with scripted(host="127.0.0.2") as inner:
        url = server.says("/", reply(302, b"", f"Location: {inner.says('/latest/', reply(200, BODY))}"))

        got = await client.fetch(url)

        assert isinstance(got, Failed)
        assert "not public" in got.reason
        assert inner.connections == 0


@pytest.mark.parametrize("url", ["http://localhost:{}/", "http://127.0.0.1:{}/", "http://[::1]:{}/"])
async def test_without_leave_nothing_of_loopback_is_reached(server: Scripted, url: str):  # H-1
    client = Client(gate=system_gate())

    got = await client.fetch(url.format(server.port))

    assert isinstance(got, Failed)
    assert not got.connected
    assert server.connections == 0


async def test_a_name_that_changes_its_mind_is_dialled_where_it_was_judged(server: Scripted):  # H-6
    async with scripted(host="127.0.0.2") as inner:
        answers = [["127.0.0.1"], ["127.0.0.2"]]

        async def resolve(host: str) -> list[str]:
            return answers.pop(0)

        client = Client(gate=Gate([HERE], PORTS, resolve))
        server.says("/", reply(200, BODY, "Connection: close"))
        url = f"http://rebinding.example:{server.port}/"

        first, second = await client.fetch(url), await client.fetch(url)

        assert isinstance(first, Fetched)
        assert first.exchanges[0].address == "127.0.0.1"
        assert isinstance(second, Failed)
        assert inner.connections == 0


async def test_the_next_address_is_tried_where_one_does_not_answer(server: Scripted):
    async def resolve(host: str) -> list[str]:
        return ["127.0.0.3", "127.0.0.1"]

    server.says("/", reply(200, BODY))
    client = Client(gate=Gate(["127.0.0.0/8"], PORTS, resolve))

    assert isinstance(await client.fetch(f"http://two.example:{server.port}/"), Fetched)


async def test_proxies_of_the_environment_have_no_say(server: Scripted, client: Client, monkeypatch):  # S8
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")

    assert isinstance(await client.fetch(server.says("/", reply(200, BODY))), Fetched)


async def test_nobody_there_is_nobody_troubled(client: Client):
    async with scripted() as gone:
        url = gone.url()

    got = await client.fetch(url)

    assert got == Failed(reason="connection refused", at=NOW, connected=False, trouble="unreached")


async def test_a_name_that_does_not_exist_is_nobody_troubled(client: Client):
    got = await client.fetch("http://does-not-exist.invalid/")

    assert isinstance(got, Failed)
    assert not got.connected
    assert "does-not-exist.invalid" in got.reason


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"400\r\n" + b"x" * 1024 + b"\r\n")
        await writer.drain()


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"A: b\r\n" * 10)
        await writer.drain()


async def steady(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not reader.at_eof():
        writer.write(b"x" * 50)
        await writer.drain()
        await asyncio.sleep(0.02)


async def slamming(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.0 200 OK\r\n\r\n<rss>")
    await writer.drain()
    at_once = struct.pack("ii", 1, 0)  # no lingering: the connection ends in a reset
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)


async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<rss>")
    await writer.drain()


TWO_LENGTHS = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"


@pytest.mark.parametrize(
    ("behaviour", "status", "reason", "truncated"),
    [
        (silent, None, "no answer came in time", None),  # H-18
        (dripping, 200, "too slowly", "time"),  # H-19
        (steady, 200, "too long", "time"),
        (endless, 200, "larger than", "length"),  # H-20
        (endless_head, None, "too large", None),  # H-23
        (slamming, None, "closed without an answer", None),
        (reply(200, BODY) + b"more", 200, "after the end", "disconnect"),
        (b"<html>", None, "no valid HTTP", None),  # H-24
        (TWO_LENGTHS, None, "no valid HTTP", None),  # H-22
        (resetting, 200, "closed before", "disconnect"),
        (short, 200, "closed before", "disconnect"),  # H-21
    ],
)
async def test_servers_that_misbehave_cost_little_and_are_told(
    server: Scripted, client: Client, behaviour, status, reason, truncated
):
    async with asyncio.timeout(3):
        got = await client.fetch(server.says("/", behaviour))

    assert isinstance(got, Failed)
    assert (got.status, got.connected) == (status, True)
    assert reason in got.reason
    assert [exchange.truncated for exchange in got.exchanges] == ([truncated] if truncated else [])


SAID = b"User-agent: *\nDisallow: /private/\n"


async def declared_large(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500000000\r\n\r\n" + SAID)
    while not reader.at_eof():
        writer.write(b"# nothing\n" * 1000)
        await writer.drain()


async def large_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + SAID)
    while not reader.at_eof():
        writer.write(b"# nothing\n" * 1000)
        await writer.drain()


@pytest.mark.parametrize("behaviour", [declared_large, large_without_end])
async def test_of_a_robots_of_500_mb_the_beginning_counts(server: Scripted, client: Client, behaviour):  # H-87
    server.says("/robots.txt", behaviour)
    private, public = (server.says(path, reply(200, BODY)) for path in ("/private/1", "/1"))

    forbidden = await client.fetch(private, robots=True)
    allowed = await client.fetch(public, robots=True)

    assert isinstance(forbidden, Failed)
    assert "forbids /private/1" in forbidden.reason
    assert isinstance(allowed, Fetched)
    assert len(server.requests) == 2


async def test_what_came_of_a_cut_body_is_kept(server: Scripted, client: Client):
    got = await client.fetch(server.says("/", short))

    assert isinstance(got, Failed)
    assert got.exchanges[0].answer == b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<rss>"


async def test_who_is_cancelled_leaves_no_connection(server: Scripted, client: Client):
    visit = asyncio.ensure_future(client.fetch(server.says("/", silent)))
    async with asyncio.timeout(2):
        while not server.requests:
            await asyncio.sleep(0.01)

    visit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visit

    async with asyncio.timeout(2):
        while server.open_now:
            await asyncio.sleep(0.01)


async def test_a_hanging_host_does_not_hold_up_another(server: Scripted):
    client = Client(gate=system_gate(["127.0.0.0/8"]))
    async with scripted(host="127.0.0.2") as other:
        hanging = asyncio.ensure_future(client.fetch(server.says("/", silent)))

        got = await client.fetch(other.says("/", reply(200, BODY)))

        assert isinstance(got, Fetched)
        assert not hanging.done()
        await hanging


async def test_an_answer_leaves_no_work_to_the_garbage_collector(server: Scripted, client: Client):
    behaviours: list[Any] = [reply(200, BODY), endless, b"<html>", silent]
    urls = [server.says(f"/{number}", said) for number, said in enumerate(behaviours)]

    gc.collect()
    gc.disable()
    try:
        for url in urls:
            await client.fetch(url)
        left = [one for one in gc.get_objects() if isinstance(one, Answer)]
    finally:
        gc.enable()

    assert left == []


async def test_a_large_packed_body_is_unpacked(server: Scripted):
    body = base64.b64encode(os.urandom(150_000))
    client = Client(Limits(body=1 << 20))

    got = await client.fetch(server.says("/", reply(200, gzip.compress(body), "Content-Encoding: gzip")))

    assert isinstance(got, Fetched)
    assert got.document.body == body
    await client.fetcher.aclose()


async def test_only_get_and_post_are_spoken(server: Scripted, client: Client):
    with pytest.raises(httpx.UnsupportedProtocol):
        await client.transport.handle_async_request(httpx.Request("PUT", server.url()))


@pytest.fixture
async def secure(certificates: Path):
    async with scripted(tls=proving(certificates)) as server:
        server.host = "localhost"
        yield server


async def test_tls_is_spoken_to_who_proves_the_name(secure: Scripted, certificates: Path):
    client = Client(tls=trusting(certificates), gate=system_gate(["127.0.0.0/8", "::1/128"]))

    got = await asyncio.gather(*(client.fetch(secure.says(f"/{number}", reply(200, BODY))) for number in range(3)))

    assert all(isinstance(outcome, Fetched) for outcome in got)
    assert secure.connections == 1
    await client.fetcher.aclose()


async def test_a_stranger_s_certificate_is_refused(secure: Scripted, certificates: Path):  # RQ-11
    client = Client(gate=system_gate(["127.0.0.0/8", "::1/128"]))

    got = await client.fetch(secure.says("/", reply(200, BODY)))

    assert isinstance(got, Failed)
    assert "certificate of localhost" in got.reason
    assert got.connected
    assert not secure.requests


async def test_a_certificate_for_another_name_is_refused(secure: Scripted, certificates: Path):
    client = Client(tls=trusting(certificates))
    secure.host = "127.0.0.1"

    got = await client.fetch(secure.says("/", reply(200, BODY)))

    assert isinstance(got, Failed)
    assert "certificate" in got.reason
    assert not secure.requests


async def test_tls_with_who_speaks_none_fails_and_says_so(server: Scripted, certificates: Path):
    client = Client(tls=trusting(certificates))

    with pytest.raises(Untrusted, match="no TLS connection"):
        await client.transport.handle_async_request(httpx.Request("GET", server.url().replace("http:", "https:")))


async def test_errors_are_of_httpx_and_of_ours(client: Client):
    refusals = {
        "http://10.0.0.1/": Refused,
        "http://does-not-exist.invalid/": Unresolved,
        "http://127.1/": httpx.UnsupportedProtocol,
    }
    for url, kind in refusals.items():
        with pytest.raises(kind):
            await client.transport.handle_async_request(httpx.Request("GET", url))
