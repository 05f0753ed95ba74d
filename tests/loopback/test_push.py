"""The cases of websub.rocks for subscribers, over real sockets: a publisher, a hub, and our callback.

The numbers are those of its tests: 100 to 104 discovery, 200 to 205
subscribing, 300 to 302 what is pushed.
"""

import asyncio
import hmac
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport, system_gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.model.article import SourceKey
from cuttings.web.asgi import say
from cuttings.web.push import CallbackDoor
from cuttings.web.server import serve
from tests.builders import source
from tests.certificates import proving, trusting
from tests.farm import free_port
from tests.pushing import World, feed
from tests.servers import Scripted, reply, scripted
from tests.unit.test_flow_collect import item

RSS = "Content-Type: application/rss+xml"


async def not_ours(scope, receive, send):
    await say(send, 404, "not ours")


class Rocks(World):
    """A publisher and a hub at one address of loopback, and ourselves at another."""

    def __init__(self, server: Scripted, port: int, tls: ssl.SSLContext | None = None, **changes) -> None:
        of = source(url=server.url("/feed"), full_text="feed", **changes)
        super().__init__(of=of, site=f"http://127.0.0.1:{port}/")
        self.server, self.site = server, f"http://127.0.0.1:{port}/"
        self.fetcher = self.poster = self.out = HttpFetcher(
            Transport(system_gate(["127.0.0.1/32", "::1/128"]), Limits(first_byte=1.0, tick=0.02), tls),
            Hosts(timedelta(0)),
            self.archive,
            self.clock,
            user_agent="cuttings/1",
        )
        self.begin(self.site)

    def form(self, number: int = -1) -> dict[str, str]:
        """Return what a hub was asked."""
        forms = [body for body in self.server.bodies if body]
        return {name: value for name, [value] in parse_qs(forms[number].decode()).items()}

    async def asks(self, **changes: str) -> tuple[int, bytes]:
        """Answer for the hub: ask the callback whether it was meant."""
        form = self.form()
        query = {name: form[name] for name in ("hub.mode", "hub.topic")}
        query |= {"hub.challenge": "w?h y", "hub.lease_seconds": "864000"}
        query |= {f"hub.{key}": said for key, said in changes.items()}
        return await self.http("GET", f"{form['hub.callback']}?{urlencode(query)}")

    async def http(self, method: str, url: str, body: bytes = b"", *lines: str) -> tuple[int, bytes]:
        path = url.removeprefix(self.site[:-1])
        reader, writer = await asyncio.open_connection("127.0.0.1", int(self.site[:-1].rpartition(":")[2]))
        head = [f"{method} {path} HTTP/1.1", "Host: us", "Connection: close", f"Content-Length: {len(body)}", *lines]
        writer.write("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        answer = await reader.read()
        writer.close()
        head_, _, rest = answer.partition(b"\r\n\r\n")
        await self.work()
        return int(head_.split()[1]), rest

    async def given_a_secret(self, secret: str) -> str:
        """Say that the hub was asked over https; return the callback."""
        [one] = await self.archive.subscriptions.all()
        await self.archive.subscriptions.keep([replace(one, secret=secret)])
        await self.push.begin()
        return one.callback


@asynccontextmanager
async def rocks(proves: Path | None = None, **changes) -> AsyncIterator[Rocks]:
    """Let it all begin; with `proves`, the folder of a certificate, the publisher and the hub speak TLS."""
    async with scripted(proving(proves) if proves else None) as server:
        server.host = "localhost" if proves else server.host
        port, stop, up = free_port(), asyncio.Event(), asyncio.Event()
        world = Rocks(server, port, trusting(proves) if proves else None, **changes)
        door = CallbackDoor(world.push, not_ours, lambda: "/", lambda: 1 << 20)
        serving = asyncio.create_task(serve(door, "127.0.0.1", port, stop, up))
        await up.wait()
        try:
            yield world
        finally:
            stop.set()
            await serving
            await world.out.aclose()


@pytest.fixture
async def world() -> AsyncIterator[Rocks]:
    async with rocks() as world:
        yield world


def atom(hub: str, own: str) -> bytes:
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Daily</title><id>urn:x</id><link rel="hub" href="{hub}"/>'
        f'<link rel="self" href="{own}"/><entry><id>urn:1</id><title>Tide</title><link href="https://daily.example/1"/>'
        "<content>High.</content></entry></feed>"
    ).encode()


def listing(hub: str, own: str) -> bytes:
    links = "".join(
        f'<li><a href="/2026/11/tide-{n}">The tide came in again today, part {n}</a></li>' for n in range(8)
    )
    head = f'<title>Daily</title><link rel="hub" href="{hub}"><link rel="self" href="{own}">'
    evil = '<link rel="hub" href="https://evil.example/">'
    return f"<!doctype html><html><head>{head}</head><body>{evil}<ul>{links}</ul></body></html>".encode()


async def test_100_the_header_names_the_hub(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    link = f'Link: <{hub}>; rel="hub", <{own}>; rel="self"'
    world.server.says("/feed", reply(200, feed(item(1), hub="", own=""), RSS, link))

    await world.visit()

    assert world.form()["hub.topic"] == own
    assert (await world.asks())[0] == 200


async def test_101_the_head_of_a_page_names_the_hub():
    async with rocks(kind="page", selector="li a") as world:
        hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
        world.server.says("/feed", reply(200, listing(hub, own), "Content-Type: text/html"))

        await world.visit()

        assert [target for target in world.server.targets() if target == "/hub"] == ["/hub"]
        assert world.form()["hub.topic"] == own


@pytest.mark.parametrize("make", [atom, lambda hub, own: feed(item(1), hub=hub, own=own)], ids=["102 Atom", "103 RSS"])
async def test_102_and_103_the_document_names_the_hub(world: Rocks, make):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    world.server.says("/feed", reply(200, make(hub, own), "Content-Type: application/xml"))

    await world.visit()

    assert world.form()["hub.topic"] == own


async def test_104_the_header_goes_before_the_document(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    link = f"Link: <{hub}>; rel=hub, <{own}>; rel=self"
    wrong = feed(item(1), hub=world.server.url("/wrong"), own=world.server.url("/other"))
    world.server.says("/feed", reply(200, wrong, RSS, link))

    await world.visit()

    assert world.server.targets() == ["/feed", "/hub"]
    assert world.form()["hub.topic"] == own


async def test_200_the_topic_is_the_address_that_the_document_says(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/canonical")
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))

    await world.visit()

    assert world.form()["hub.topic"] == own


@pytest.mark.parametrize("status", [302, 301], ids=["201", "202"])
async def test_201_and_202_the_hub_is_found_behind_a_redirect(world: Rocks, status: int):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/moved")
    world.server.says("/feed", reply(status, b"", "Location: /moved"))
    world.server.says("/moved", reply(200, feed(item(1), hub=hub, own=own), RSS))

    await world.visit()

    assert world.form()["hub.topic"] == own


@pytest.mark.parametrize("status", [307, 308], ids=["203", "204"])
async def test_203_and_204_another_hub_is_asked_where_the_first_sends_us(world: Rocks, status: int):
    hub, own = world.server.says("/hub", reply(status, b"", "Location: /new-hub")), world.server.url("/feed")
    world.server.says("/new-hub", reply(202))
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))

    await world.visit()

    assert world.server.targets() == ["/feed", "/hub", "/new-hub"]
    assert await world.asks() == (200, b"w?h y")


async def test_205_a_confirmation_of_another_topic_is_refused(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))
    await world.visit()

    assert (await world.asks(topic="http://other.example/"))[0] == 404
    assert world.push.until(SourceKey(own)) is None


async def test_300_what_is_pushed_is_answered_2xx_and_taken_in(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))
    await world.visit()
    await world.asks()

    status, _ = await world.http("POST", world.form()["hub.callback"], feed(item(2), item(1)), RSS)

    assert status == 202
    assert await world.titles() == ["Tide 1 feed", "Tide 2 push"]


@pytest.mark.parametrize("signature", ["X-Hub-Signature: sha256=abcd", "X-Nothing: 1"], ids=["301", "302"])
async def test_301_and_302_what_is_not_signed_as_agreed_is_not_taken_in(world: Rocks, signature: str):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))
    await world.visit()
    await world.asks()
    callback, body = await world.given_a_secret("s3cret"), feed(item(2), item(1))

    await world.http("POST", callback, body, RSS, signature)
    assert await world.titles() == ["Tide 1 feed"]

    right = hmac.new(b"s3cret", body, "sha256").hexdigest()
    await world.http("POST", callback, body, RSS, f"X-Hub-Signature: sha256={right}")
    assert await world.titles() == ["Tide 1 feed", "Tide 2 push"]


async def test_strangers_and_too_much_are_refused_before_they_are_read(world: Rocks):
    hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
    world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))
    await world.visit()
    await world.asks()
    callback = world.form()["hub.callback"]

    assert (await world.http("POST", callback, b"a" * ((1 << 20) + 1)))[0] == 413
    assert (await world.http("POST", callback[:-43] + "z" * 43, feed(item(2))))[0] == 410
    assert (await world.http("GET", callback[:-43] + "z" * 43))[0] == 404
    assert (await world.http("PUT", callback))[0] == 405
    assert await world.http("GET", callback[:-3]) == (404, b"not ours\n")


async def test_a_hub_over_tls_is_given_a_secret_and_only_what_it_signs_is_taken_in(certificates: Path):
    async with rocks(certificates) as world:
        hub, own = world.server.says("/hub", reply(202)), world.server.url("/feed")
        world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))
        await world.visit()
        confirmed = await world.asks()
        callback, secret, body = world.form()["hub.callback"], world.form()["hub.secret"], feed(item(2), item(1))
        signature = hmac.new(secret.encode(), body, "sha256").hexdigest()

        await world.http("POST", callback, body, RSS)
        unsigned = await world.titles()
        await world.http("POST", callback, body, RSS, f"X-Hub-Signature: sha256={signature}")

        assert own.startswith("https://localhost:")
        assert world.form()["hub.topic"] == own
        assert confirmed == (200, b"w?h y")
        assert unsigned == ["Tide 1 feed"]
        assert await world.titles() == ["Tide 1 feed", "Tide 2 push"]


async def test_a_hub_whose_certificate_cannot_be_trusted_is_named_and_the_source_visited_as_ever(certificates: Path):
    async with rocks() as world, scripted(proving(certificates)) as stranger:
        stranger.host = "localhost"
        own = world.server.url("/feed")
        pages = [feed(*map(item, range(1, last)), hub=stranger.url("/hub"), own=own) for last in (2, 3)]
        world.server.says("/feed", *(reply(200, page, RSS) for page in pages))

        await world.visit()
        await world.visit()

        [kept] = await world.archive.subscriptions.all()
        assert kept.error is not None
        assert "certificate of localhost" in kept.error
        assert (kept.failures, kept.confirmed, kept.due > world.clock()) == (1, None, True)
        assert stranger.requests == []
        assert await world.titles() == ["Tide 1 feed", "Tide 2 feed"]


async def test_the_secret_for_a_hub_over_tls_goes_nowhere_in_the_clear(certificates: Path):
    async with rocks(certificates) as world, scripted() as clear:
        leading = reply(307, b"", f"Location: {clear.url('/hub')}")
        hub, own = world.server.says("/hub", leading), world.server.url("/feed")
        world.server.says("/feed", reply(200, feed(item(1), hub=hub, own=own), RSS))

        await world.visit()

        [kept] = await world.archive.subscriptions.all()
        assert "hub.secret" in world.form()
        assert clear.requests == []
        assert (kept.failures, kept.error) == (1, "307 Temporary Redirect, to where no TLS is spoken")
