"""H-1 … H-37: addresses, redirects, servers that misbehave, headers that lie."""

import gzip
import re
import sys
import zlib
from datetime import timedelta

import brotli
import httpx

from cuttings.fetch.headers import LONGEST_FRESH, LONGEST_WAIT
from cuttings.model.capture import Failed, Fetched
from tests.hostile.rows import row
from tests.hostile.world import World, bounded, fetched, item, rss
from tests.loopback.test_fetch_wire import dripping, endless, endless_head, short, silent, steady
from tests.servers import reply, scripted

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

XML = "Content-Type: application/rss+xml"


@row("H-1")
async def loopback(world: World) -> None:
    world.names["localhost"] = [["127.0.0.1"]]

    assert "not public" in await world.refused(world.server.url())
    assert "not public" in await world.refused(f"http://localhost:{world.server.port}/")


@row("H-2")
async def other_notations(world: World) -> None:
    for host in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0"):
        assert "four decimal numbers" in await world.refused(f"http://{host}:{world.server.port}/")


@row("H-3")
async def unicode_digits(world: World) -> None:
    for host in ("①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1"):
        await world.refused(f"http://{host}:{world.server.port}/")


@row("H-4")
async def embedded_ipv4(world: World) -> None:
    for host in ("::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::ffff:7f00:1"):
        assert "not public" in await world.refused(f"http://[{host}]/")


@row("H-5")
async def one_bad_address_of_a_name(world: World) -> None:
    world.names["two.example"] = [["93.184.216.34", "::1"]]

    assert "not public" in await world.refused("http://two.example/")


@row("H-6")
async def rebinding(world: World) -> None:
    world.names["flips.example"] = [["127.0.0.1"], ["127.0.0.2"]]
    world.server.says("/", reply(200, rss()))

    outcome = await world.ask(f"http://flips.example:{world.server.port}/")

    assert fetched(outcome).exchanges[0].address == "127.0.0.1"
    assert world.looked_up == ["flips.example"]


@row("H-7")
async def redirect_to_metadata(world: World) -> None:
    url = world.server.says("/", reply(302, b"", "Location: http://169.254.169.254/latest/"))

    outcome = await world.ask(url)

    assert isinstance(outcome, Failed)
    assert "169.254.169.254 is not public" in outcome.reason


@row("H-8")
async def redirect_to_another_scheme(world: World) -> None:
    for target in ("file:///etc/passwd", "gopher://127.0.0.1:70/", "ftp://127.0.0.1/", "data:text/xml,<rss/>"):
        outcome = await world.ask(world.server.says("/", reply(302, b"", f"Location: {target}")))

        assert isinstance(outcome, Failed)
        assert "no web address" in outcome.reason


@row("H-9")
async def parser_differentials(world: World) -> None:
    here = f"127.0.0.1:{world.server.port}"
    for url in (f"http://example.com\\@{here}/", f"http://{here}\t/", f"http://{here}/\r\nX: y", f" http://{here}/"):
        assert "backslash" in await world.refused(url, world.gate(["127.0.0.1/32"]))


@row("H-10")
async def credentials(world: World) -> None:
    async with scripted() as other:
        elsewhere = other.says("/", reply(404))
        url = world.server.says("/", reply(302, b"", f"Location: {elsewhere}"))

        outcome = await world.ask(url.replace("//", "//user:sesame@"))

    assert isinstance(outcome, Failed)
    assert b"Authorization: Basic" in world.server.requests[0]
    assert b"authorization" not in other.requests[0].lower()
    assert "sesame" not in outcome.reason


@row("H-11")
async def redirects_without_end(world: World) -> None:
    one, two = world.server.url("/1"), world.server.url("/2")
    world.server.says("/1", reply(301, b"", f"Location: {two}"))
    world.server.says("/2", reply(301, b"", f"Location: {one}"))
    for number in range(30):
        world.server.says(f"/c{number}", reply(302, b"", f"Location: /c{number + 1}"))

    circle, chain = await world.ask(one), await world.ask(world.server.url("/c0"))

    assert isinstance(circle, Failed)
    assert isinstance(chain, Failed)
    assert circle.reason == f"redirected in a circle: {one} -> {two} -> {one}"
    assert "more than 5 redirects" in chain.reason
    assert sum(target.startswith("/c") for target in world.server.targets()) == 6


@row("H-12")
async def login_page_of_a_portal(world: World) -> None:
    world.server.says(
        "/login", reply(200, b"<html><title>Log in</title><form></form></html>", "Content-Type: text/html")
    )

    for _ in range(4):
        receipt = await world.visit(reply(301, b"", "Location: /login"))
        world.clock.pass_by(timedelta(days=2))

    assert (receipt.error or "").startswith("a page to log in at, not a feed")
    assert (await world.state()).address == world.server.url("/daily.xml")


@row("H-13")
async def moved_once_and_back(world: World) -> None:
    world.server.says("/other", reply(200, rss(item(2)), XML))

    await world.visit(reply(301, b"", "Location: /other"), reply(200, rss(item(1)), XML))
    world.clock.pass_by(timedelta(days=2))
    await world.visit()
    await world.visit(reply(301, b"", "Location: /other"))

    state = await world.state()
    assert (state.address, state.move and state.move.seen) == (world.server.url("/daily.xml"), 1)


@row("H-14")
async def downgrade(world: World) -> None:
    def said(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "https":
            return httpx.Response(301, headers={"Location": "http://daily.example/feed.xml"})
        return httpx.Response(200, stream=httpx.ByteStream(rss()))

    fetcher = world.fetcher_through(transport=httpx.MockTransport(said))

    assert fetched(await world.ask("https://daily.example/feed.xml", fetcher)).moved_to is None


@row("H-15")
async def ports_of_other_services(world: World) -> None:
    for port in (22, 25, 6379, 11211):
        assert "fetch.allow_ports" in await world.refused(f"http://93.184.216.34:{port}/")


@row("H-16")
async def odd_hosts(world: World) -> None:
    for host in (
        f"{'a' * 300}.example",
        "a..example",
        ".example",
        "example..",
        "example%00.com",
        "a" * 64 + ".example",
    ):
        assert "not a host name" in await world.refused(f"http://{host}/")
    assert not world.looked_up


@row("H-17")
async def alias_into_the_house(world: World) -> None:
    world.names["www.example"] = [["10.1.2.3"]]

    assert "not public" in await world.refused("http://www.example/")


@row("H-18")
async def silent_server(world: World) -> None:
    with bounded(2):
        receipt = await world.visit(silent)

    assert receipt.error == "no answer came in time"


@row("H-19")
async def slow_server(world: World) -> None:
    for behaviour, problem in ((dripping, "too slowly"), (steady, "too long")):
        with bounded(3):
            receipt = await world.visit(behaviour)

        assert problem in (receipt.error or "")


@row("H-20")
async def endless_body(world: World) -> None:
    with bounded(3):
        receipt = await world.visit(endless)

    assert "larger than" in (receipt.error or "")


@row("H-21")
async def lengths_that_lie(world: World) -> None:
    promised = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"
    for answer, problem in (
        (promised, "larger than"),
        (short, "closed before"),
        (reply(200, rss()) + b"more", "after the end"),
    ):
        assert problem in ((await world.visit(answer)).error or "")
    assert not await world.records()


@row("H-22")
async def two_framings(world: World) -> None:
    body = b"5\r\n<rss>\r\n0\r\n\r\n"
    for lines in (("Transfer-Encoding: chunked", "Content-Length: 15"), ("Content-Length: 15", "Content-Length: 16")):
        head = "\r\n".join(["HTTP/1.1 200 OK", *lines]).encode() + b"\r\n\r\n"
        assert (await world.visit(head + body)).outcome == "failed"


@row("H-23")
async def heads_without_measure(world: World) -> None:
    large = reply(200, rss(), "X: " + "x" * (1 << 20))
    many = reply(200, rss(), *(f"X-{n}: y" for n in range(10_000)))
    for answer in (large, many, endless_head, reply(200, rss(), "X: a\0b")):
        assert (await world.visit(answer)).outcome == "failed"
    folded = reply(200, rss(item()), XML, "X: a\r\n b")
    assert (await world.visit(folded)).outcome == "new"


@row("H-24")
async def no_status_line(world: World) -> None:
    assert "no valid HTTP" in ((await world.visit(rss(item()) + b"\r\n\r\n")).error or "")


@row("H-25")
async def interim_answers_without_end(world: World) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\n\r\n"

    receipt = await world.visit(early * 1_000 + reply(200, rss()))

    assert receipt.error == "interim answers without end"
    assert (await world.visit(early * 9 + reply(200, rss(item()), XML))).outcome == "new"


async def bomb(world: World, coding: str, body: bytes) -> None:
    """Let a body go off; it must cost little and bring nothing."""
    answer = reply(200, body, f"Content-Encoding: {coding}")
    with bounded(2, 32):
        receipt = await world.visit(answer)

    assert "cannot be unpacked" in (receipt.error or "")


@row("H-26")
async def bombs_of_gzip(world: World) -> None:
    once = gzip.compress(bytes(64 << 20))

    await bomb(world, "gzip", once)
    await bomb(world, "gzip", gzip.compress(bytes(3 << 20)) * 100)
    await bomb(world, "deflate", zlib.compress(bytes(64 << 20)))


@row("H-27")
async def bombs_of_brotli_and_zstd(world: World) -> None:
    blank, by_brotli, by_zstd = bytes(1 << 20), brotli.Compressor(quality=1), zstd.ZstdCompressor(level=1)

    await bomb(world, "br", b"".join(by_brotli.process(blank) for _ in range(200)) + by_brotli.finish())
    await bomb(world, "zstd", b"".join(by_zstd.compress(blank) for _ in range(512)) + by_zstd.flush())


@row("H-28")
async def layers_and_labels(world: World) -> None:
    layered = gzip.compress(gzip.compress(rss(item())))

    three = await world.visit(reply(200, gzip.compress(layered), "Content-Encoding: gzip, gzip, gzip"))
    plain = await world.visit(reply(200, rss(item()), "Content-Encoding: gzip"))

    assert (three.outcome, plain.outcome) == ("failed", "new")


@row("H-29")
async def cut_gzip(world: World) -> None:
    await world.visit(reply(200, rss(item(1)), 'ETag: "1"', XML))
    cut = gzip.compress(rss(*map(item, range(200))))[:-20]

    receipt = await world.visit(reply(200, cut, "Content-Encoding: gzip", 'ETag: "2"'))

    assert "cannot be unpacked" in (receipt.error or "")
    assert (await world.state()).validators.etag == b'"1"'
    assert len(await world.records()) == 1


@row("H-30")
async def unasked_304(world: World) -> None:
    receipt = await world.visit(reply(304))

    assert receipt.error == "304, though nothing conditional was asked"
    await world.visit()
    assert b"if-none-match" not in world.server.requests[-1].lower()


@row("H-31")
async def odd_etags(world: World) -> None:
    for etag, sent in (('W/"a"', True), ("unquoted", True), ('"' + "x" * 2_000 + '"', False), ("\x01", False)):
        await world.visit(reply(200, rss(item()), f"ETag: {etag}", XML), name="daily")
        await world.visit(name="daily")

        assert (f"If-None-Match: {etag}\r\n".encode() in world.server.requests[-1]) == sent
        assert len(world.server.requests[-1]) < 1_500


@row("H-32")
async def retry_after(world: World) -> None:
    for said, wait in (
        ("999999999", LONGEST_WAIT),
        ("-5", None),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("soon", None),
    ):
        outcome = await world.ask(world.server.says("/", reply(503, b"", f"Retry-After: {said}")))

        assert isinstance(outcome, Failed)
        assert outcome.wish.retry_after == wait
        world.clock.pass_by(timedelta(days=31))


@row("H-34", "H-35")
async def freshness(world: World) -> None:
    for lines, fresh in (
        (["Cache-Control: max-age=1e99"], None),
        (["Cache-Control: max-age=" + "9" * 90], LONGEST_FRESH),
        (['Cache-Control: max-age="60"'], timedelta(minutes=1)),
        (["Cache-Control: max-age=60", "Cache-Control: max-age=999999"], timedelta(minutes=1)),
        (["Expires: 0", "Date: Tue, 24 Nov 2036 12:00:00 GMT"], None),
        (["Expires: Tue, 24 Nov 2026 12:00:00 GMT", "Date: Tue, 24 Nov 2036 12:00:00 GMT"], None),
    ):
        outcome = await world.ask(world.server.says("/", reply(200, rss(), *lines)))

        assert fetched(outcome).wish.fresh_for == fresh, lines


@row("H-36")
async def gone_for_a_moment(world: World) -> None:
    await world.visit(reply(410), reply(200, rss(item()), XML))
    world.clock.pass_by(timedelta(days=1))

    receipt = await world.visit()

    state = await world.state()
    assert (receipt.outcome, state.stopped, state.gone) == ("new", False, None)


@row("H-37")
async def cookies(world: World) -> None:
    await world.visit(reply(200, rss(item()), XML, *(f"Set-Cookie: c{n}={'x' * 200}" for n in range(90))))
    await world.visit()

    assert not re.search(rb"(?i)\r\ncookie:", world.server.requests[-1])


@row("H-87")
async def robots(world: World) -> None:
    page = world.server.says("/page", reply(200, b"<html><p>Page</p></html>"))
    large = b"#" * (600 << 10) + b"\nUser-agent: *\nDisallow: /\n"
    for said, allowed in (
        (reply(200, large), True),
        (reply(302, b"", "Location: http://10.0.0.1/robots.txt"), False),
        (reply(503), False),
        (reply(200, bytes(range(256)) * 100), True),
        (reply(404), True),
    ):
        world.server.says("/robots.txt", said)
        world.clock.pass_by(timedelta(days=2))

        outcome = await world.ask(page, robots=True)

        assert isinstance(outcome, Fetched) == allowed


@row("H-125")
async def clock_that_jumps(world: World) -> None:
    await world.visit(reply(200, rss(item(1)), 'ETag: "1"', XML))
    world.clock.pass_by(timedelta(days=3650))
    await world.visit(reply(200, rss(item(2)), 'ETag: "2"', XML))
    world.clock.pass_by(timedelta(days=-3650))

    leased = await world.archive.lease(world.clock(), 10)

    assert [state.name for state in leased] == ["daily"]
    receipt = await world.visit(reply(200, rss(item(3)), XML))
    assert receipt.outcome == "new"
