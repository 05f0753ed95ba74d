"""Messages to addresses over real sockets: what is sent, what is followed, what is refused."""

from datetime import timedelta

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport, system_gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.model.capture import Post
from tests.builders import NOW
from tests.servers import Scripted, reply, scripted


class Sender:
    """Who posts over real sockets, let out to one address of loopback alone."""

    def __init__(self, *networks: str) -> None:
        gate = system_gate(networks)
        self.archive = MemoryArchive()
        self.poster = HttpFetcher(
            Transport(gate, Limits(first_byte=1.0, tick=0.02)),
            Hosts(timedelta(0)),
            self.archive,
            lambda: NOW,
            user_agent="cuttings/1",
        )

    async def post(self, url: str, body: bytes | None = b"a=b", **more):
        try:
            return await self.poster.post(Post(url=url, body=body, **more))
        finally:
            await self.poster.aclose()


@pytest.fixture
async def server():
    async with scripted() as server:
        yield server


@pytest.fixture
def sender() -> Sender:
    return Sender("127.0.0.1/32")


async def test_a_form_goes_out_with_its_length_and_the_answer_comes_back(server: Scripted, sender: Sender):
    url = server.says("/hub?a=1", reply(202, b"fine"))

    posted = await sender.post(url, b"hub.mode=publish", headers=(("X-Hub-Signature", "sha256=00"),))

    assert (posted.status, posted.body, posted.accepted, posted.reason) == (202, b"fine", True, "")
    [request] = server.requests
    lines = request.lower().split(b"\r\n")
    assert lines[0] == b"post /hub?a=1 http/1.1"
    assert {b"content-length: 16", b"x-hub-signature: sha256=00", b"user-agent: cuttings/1"} <= set(lines)
    assert b"content-type: application/x-www-form-urlencoded" in lines
    assert server.bodies == [b"hub.mode=publish"]


async def test_no_body_is_a_get_and_a_redirect_is_an_answer(server: Scripted, sender: Sender):
    url = server.says("/callback", reply(307, b"", "Location: /other"))

    posted = await sender.post(url, None)

    assert (posted.status, posted.accepted, posted.reason) == (307, False, "307 Temporary Redirect")
    assert server.targets() == ["/callback"]
    assert server.requests[0].startswith(b"GET ")


@pytest.mark.parametrize(("status", "again"), [(307, True), (308, True), (302, False), (301, False)])
async def test_only_a_redirect_that_keeps_the_post_is_followed(
    server: Scripted, sender: Sender, status: int, again: bool
):
    url = server.says("/hub", reply(status, b"", "Location: /new"))
    server.says("/new", reply(202))

    posted = await sender.post(url, follow=True)

    assert server.targets() == (["/hub", "/new"] if again else ["/hub"])
    assert posted.accepted is again
    assert not again or server.bodies == [b"a=b"] * 2


async def test_an_endless_redirect_ends(server: Scripted, sender: Sender):
    url = server.says("/hub", reply(307, b"", "Location: /hub"))

    posted = await sender.post(url, follow=True)

    assert posted.status == 307
    assert len(server.requests) == 4


async def test_what_is_not_public_gets_nothing(server: Scripted):
    url = server.says("/hub", reply(202))

    posted = await Sender().post(url)

    assert (posted.status, posted.connected) == (None, False)
    assert "not public" in posted.reason
    assert server.requests == []


async def test_an_endless_answer_is_cut(server: Scripted, sender: Sender):
    url = server.says("/hub", reply(202, b"x" * 1_000_000))

    posted = await sender.post(url)

    assert posted.status == 202
    assert len(posted.body) <= 65_536


async def test_who_asked_to_be_left_alone_is_sent_nothing(server: Scripted, sender: Sender):
    url = server.says("/hub", reply(503, b"", "Retry-After: 60"))

    first = await sender.post(url)
    second = await sender.post(url)

    assert first.retry_after == second.retry_after == timedelta(minutes=1)
    assert second.status is None
    assert len(server.requests) == 1
