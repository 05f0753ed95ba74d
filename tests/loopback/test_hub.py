"""Our WebSub hub against subscribers on loopback: the cases of websub.rocks for hubs (100 to 106), and hostile ones."""

import hashlib
import hmac
import itertools
import ssl
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.answer import Limits
from cuttings.fetch.egress import Transport, system_gate
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.flow.hub import MOST_A_HOST, MOST_WAITING_A_HOST, Hub
from cuttings.model.hub import Listener, Topic
from tests.builders import NOW, at
from tests.certificates import proving, trusting
from tests.publishing import MemoryOutlet
from tests.servers import reply, scripted
from tests.subscribers import Subscriber, subscriber

SITE = "https://mine.example/"
OWN = f"{SITE}hub"
TOPICS = [
    Topic(url=f"{SITE}feeds/front.{suffix}", path=f"feeds/front.{suffix}", media_type=media_type)
    for suffix, media_type in [
        ("atom", "application/atom+xml; charset=utf-8"),
        ("rss", "application/rss+xml; charset=utf-8"),
        ("json", "application/feed+json; charset=utf-8"),
    ]
]
ATOM = TOPICS[0]


class Desk:
    """A hub with all it needs, and a clock that can be set."""

    def __init__(self, *networks: str, others: tuple[str, ...] = ()) -> None:
        self.now, self.networks = NOW, networks
        self.taken: list[bool] = []  # of what was told, in order
        self.archive, self.outlet = MemoryArchive(), MemoryOutlet()
        self.poster = self.reaching()
        self.others = others
        self.hub = self.started()

    def clock(self) -> datetime:
        return self.now

    def reaching(self, tls: ssl.SSLContext | None = None) -> HttpFetcher:
        """Return a way to callbacks that trusts as it is told, None: whom the system does."""
        return HttpFetcher(
            Transport(system_gate(self.networks), Limits(first_byte=1.0, tick=0.02), tls),
            Hosts(timedelta(0)),
            self.archive,
            self.clock,
            user_agent="cuttings/1",
        )

    async def trust(self, tls: ssl.SSLContext | None) -> None:
        """Trust others from now on."""
        await self.poster.aclose()
        self.poster = self.reaching(tls)
        self.hub.renew(self.poster, TOPICS, (OWN, *self.others), OWN)

    def started(self) -> Hub:
        tokens = (f"challenge-{number}" for number in itertools.count())
        made = Hub(
            listeners=self.archive.listeners,
            poster=self.poster,
            outlet=self.outlet,
            clock=self.clock,
            token=lambda: next(tokens),
            report=self.taken.append,
        )
        made.renew(self.poster, TOPICS, (OWN, *self.others), OWN)
        return made

    async def publish(self, body: bytes, minutes: float, topic: Topic = ATOM) -> None:
        """Publish a document, and tell who is to be told of it."""
        self.now = at(minutes)
        await self.outlet.put(topic.path, body, at(minutes))
        await self.work()

    async def work(self) -> None:
        await self.hub.work()
        await self.hub.rest()

    async def ask(self, callback: str, mode: str = "subscribe", topic: Topic = ATOM, **more: str) -> int:
        """Ask as a form does, and let the callback be asked; return the status."""
        form = {"hub.mode": mode, "hub.topic": topic.url, "hub.callback": callback}
        answered = await self.hub.ask(form | {f"hub.{name}": value for name, value in more.items()})
        await self.work()
        return answered.status

    async def listener(self, callback: str, topic: Topic = ATOM) -> Listener | None:
        return await self.archive.listeners.get(topic.url, callback)


@pytest.fixture
async def desk():
    made = Desk("127.0.0.1/32")
    await made.publish(b"<feed>0</feed>", 0)
    yield made
    await made.poster.aclose()


@pytest.fixture
async def reader():
    async with subscriber() as made:
        yield made


async def test_100_a_subscriber_is_asked_to_confirm_and_given_the_next_document(desk: Desk, reader: Subscriber):
    status = await desk.ask(reader.callback("/cb?own=%20query"))
    await desk.publish(b"<feed>1</feed>", 1)

    [asked], [given] = reader.asked, reader.given
    assert status == 202
    assert asked.target.startswith("/cb?own=%20query&hub.mode=subscribe&")
    assert (asked.query["hub.topic"], asked.query["hub.lease_seconds"]) == (ATOM.url, "864000")
    assert given.target == "/cb?own=%20query"
    assert given.body == b"<feed>1</feed>"
    assert given.headers["content-type"] == ATOM.media_type
    assert given.headers["link"] == f'<{OWN}>; rel="hub", <{ATOM.url}>; rel="self"'
    assert "x-hub-signature" not in given.headers


async def test_101_who_gave_a_secret_gets_signed_documents(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback(), secret="ge heim")
    await desk.publish(b"<feed>1</feed>", 1)

    expected = hmac.new(b"ge heim", b"<feed>1</feed>", hashlib.sha256).hexdigest()
    assert reader.given[0].headers["x-hub-signature"] == f"sha256={expected}"


async def test_102_what_a_hub_does_not_know_is_passed_over(desk: Desk, reader: Subscriber):
    assert await desk.ask(reader.callback(), foo="bar") == 202
    assert "hub.foo" not in reader.asked[0].query
    assert await desk.listener(reader.callback())


async def test_103_who_subscribes_again_overrides_what_was_once_that_is_confirmed(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback(), secret="one")
    desk.now, reader.confirms = at(2), False
    await desk.ask(reader.callback(), secret="forged", lease_seconds="3600")
    unconfirmed = await desk.listener(reader.callback())
    desk.now, reader.confirms = at(4), True
    await desk.ask(reader.callback(), secret="two", lease_seconds="7200")
    confirmed = await desk.listener(reader.callback())

    assert unconfirmed is not None and confirmed is not None
    assert (unconfirmed.secret, unconfirmed.expires) == ("one", NOW + timedelta(days=10))
    assert (confirmed.secret, confirmed.expires) == ("two", at(4 + 120))


async def test_104_who_unsubscribes_is_given_no_more_once_that_is_confirmed(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback())
    desk.now, reader.confirms = at(2), False
    await desk.ask(reader.callback(), "unsubscribe")
    await desk.publish(b"<feed>1</feed>", 3)
    desk.now, reader.confirms = at(4), True
    await desk.ask(reader.callback(), "unsubscribe")
    await desk.publish(b"<feed>2</feed>", 5)

    assert [given.body for given in reader.given] == [b"<feed>1</feed>"]
    assert reader.asked[-1].query["hub.mode"] == "unsubscribe"


@pytest.mark.parametrize("topic", TOPICS[1:], ids=["105 plain", "106 JSON"])
async def test_105_and_106_a_document_comes_with_its_own_media_type(desk: Desk, reader: Subscriber, topic: Topic):
    await desk.ask(reader.callback(), topic=topic)
    await desk.publish(b"body", 1, topic)

    assert [(given.body, given.headers["content-type"]) for given in reader.given] == [(b"body", topic.media_type)]


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"hub.mode": "publish"}, 400),
        ({"hub.mode": ""}, 400),
        ({"hub.topic": "https://other.example/feed"}, 404),
        ({"hub.topic": f"{SITE}feeds/front/archive/000001.atom"}, 404),
        ({"hub.callback": "javascript:alert(1)"}, 400),
        ({"hub.callback": "http://user:pass@reader.example/"}, 400),
        ({"hub.callback": "https://reader.example/" + "a" * 2_000}, 400),
        ({"hub.secret": "s" * 200}, 400),
        ({"hub.lease_seconds": "-1"}, 400),
        ({"hub.lease_seconds": "forever"}, 400),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(desk: Desk, form: dict[str, str], status: int):
    good = {"hub.mode": "subscribe", "hub.topic": ATOM.url, "hub.callback": "https://reader.example/"}

    answered = await desk.hub.ask(good | form)

    assert answered.status == status
    assert answered.words


@pytest.mark.parametrize(("asked", "granted"), [("1", 3_600), ("10000000000000", 30 * 86_400), ("7200", 7_200)])
async def test_a_lease_is_finite_and_neither_very_short_nor_very_long(
    desk: Desk, reader: Subscriber, asked: str, granted: int
):  # H-117
    await desk.ask(reader.callback(), lease_seconds=asked)

    found = await desk.listener(reader.callback())
    assert found is not None
    assert found.expires == NOW + timedelta(seconds=granted)
    assert reader.asked[0].query["hub.lease_seconds"] == str(granted)


async def test_an_expired_subscription_is_told_nothing_and_forgotten(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback(), lease_seconds="3600")

    await desk.publish(b"<feed>1</feed>", 61)

    assert reader.given == []
    assert await desk.listener(reader.callback()) is None


async def test_a_callback_where_we_may_not_go_is_never_asked(reader: Subscriber):  # H-120
    desk = Desk()

    status = await desk.ask(reader.callback())

    assert status == 202  # the answer does not depend on what comes of it
    assert reader.got == []
    assert await desk.listener(reader.callback()) is None


async def test_a_redirect_confirms_nothing(desk: Desk, reader: Subscriber):
    async with scripted() as server:
        query = urlencode({"hub.mode": "subscribe", "hub.topic": ATOM.url, "hub.challenge": "challenge-0"})
        target = f"/?{query}&hub.lease_seconds=864000"
        server.says(target, reply(307, b"", f"Location: {reader.callback()}?hub.challenge=challenge-0"))

        await desk.ask(server.url("/"))

        assert server.targets() == [target]
        assert reader.got == []
        assert await desk.listener(server.url("/")) is None


async def test_a_callback_is_asked_once_a_minute_whatever_its_query_says(desk: Desk, reader: Subscriber):
    reader.confirms = False
    for number in range(5):
        await desk.ask(reader.callback(f"/victim?{number}"))
    at_once = len(reader.asked)
    desk.now = at(1)
    await desk.work()

    assert (at_once, len(reader.asked)) == (1, 2)


async def test_one_host_has_so_many_requests_and_so_many_subscriptions(desk: Desk):
    form = {"hub.mode": "subscribe", "hub.topic": ATOM.url}
    statuses = [
        (await desk.hub.ask({**form, "hub.callback": f"https://victim.example/{number}"})).status
        for number in range(MOST_WAITING_A_HOST + 1)
    ]
    held = [
        Listener(topic=ATOM.url, callback=f"https://full.example/{number}", host="full.example", due=at(9))
        for number in range(MOST_A_HOST)
    ]
    await desk.archive.listeners.keep(held)

    assert statuses == [202] * MOST_WAITING_A_HOST + [429]
    assert (await desk.hub.ask({**form, "hub.callback": "https://full.example/new"})).status == 429
    assert (await desk.hub.ask({**form, "hub.callback": "https://full.example/1"})).status == 202


async def test_who_cannot_be_told_is_tried_again_later_and_later_and_keeps_the_lease(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback())
    reader.status = 500
    await desk.publish(b"<feed>1</feed>", 1)
    tries = []
    for minute in range(2, 4_000):
        desk.now = at(minute)
        before = len(reader.given)
        await desk.work()
        tries += [minute] * (len(reader.given) - before)
    reader.status = 200
    await desk.publish(b"<feed>2</feed>", 4_000)

    assert tries == [2, 7, 37, 157, 637, 2_077]
    assert reader.given[-1].body == b"<feed>2</feed>"


async def test_410_ends_a_subscription(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback())
    reader.status = 410

    await desk.publish(b"<feed>1</feed>", 1)

    assert await desk.listener(reader.callback()) is None


async def test_many_changes_within_moments_are_told_once(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback())
    for second in range(1, 60):
        await desk.publish(b"<feed>%d</feed>" % second, 1 + second / 60)
    await desk.publish(b"<feed>60</feed>", 5)

    assert [given.body for given in reader.given] == [b"<feed>1</feed>", b"<feed>31</feed>", b"<feed>60</feed>"]


async def test_what_changed_while_we_were_away_is_told_at_the_next_start(desk: Desk, reader: Subscriber):
    await desk.ask(reader.callback())
    await desk.outlet.put(ATOM.path, b"<feed>1</feed>", at(1))
    desk.now = at(2)

    desk.hub = desk.started()
    await desk.work()
    await desk.work()

    assert [given.body for given in reader.given] == [b"<feed>1</feed>"]


async def test_another_hub_is_told_of_each_change_and_again_where_that_fails(reader: Subscriber):
    async with scripted() as server:
        hub = server.says("/hub", reply(307, b"", "Location: /new"))
        server.says("/new", reply(500), reply(204))
        desk = Desk("127.0.0.1/32", others=(hub,))

        await desk.publish(b"<feed>1</feed>", 1)
        await desk.publish(b"<feed>1</feed>", 2)
        desk.now = at(3)
        await desk.work()

        form = urlencode({"hub.mode": "publish", "hub.url": ATOM.url, "hub.topic": ATOM.url}).encode()
        assert server.targets() == ["/hub", "/new", "/hub", "/new"]
        assert server.bodies == [form] * 4
        await desk.poster.aclose()


async def test_a_callback_over_tls_is_asked_and_given_like_others(certificates: Path):
    desk = Desk("127.0.0.1/32", "::1/128")
    await desk.trust(trusting(certificates))
    async with subscriber(proving(certificates)) as reader:
        await desk.publish(b"<feed>0</feed>", 0)
        await desk.ask(reader.callback(), secret="geheim")
        await desk.publish(b"<feed>1</feed>", 1)

        expected = hmac.new(b"geheim", b"<feed>1</feed>", hashlib.sha256).hexdigest()
        assert reader.callback().startswith("https://localhost:")
        assert [(given.body, given.headers["x-hub-signature"]) for given in reader.given] == [
            (b"<feed>1</feed>", f"sha256={expected}")
        ]
    await desk.poster.aclose()


async def test_a_callback_whose_certificate_cannot_be_trusted_subscribes_nothing(certificates: Path, caplog):
    desk = Desk("127.0.0.1/32", "::1/128")
    async with subscriber(proving(certificates)) as reader:
        await desk.publish(b"<feed>0</feed>", 0)
        caplog.set_level("INFO")

        status = await desk.ask(reader.callback())

        assert status == 202  # the answer does not depend on what comes of it
        assert reader.got == []
        assert await desk.listener(reader.callback()) is None
        assert "the certificate of localhost is not valid" in caplog.text
    await desk.poster.aclose()


async def test_who_loses_our_trust_is_tried_again_and_holds_up_nobody(certificates: Path, reader: Subscriber, caplog):
    desk = Desk("127.0.0.1/32", "::1/128")
    await desk.trust(trusting(certificates))
    async with subscriber(proving(certificates)) as secure:
        await desk.publish(b"<feed>0</feed>", 0)
        for callback in (secure.callback(), reader.callback()):
            await desk.ask(callback, secret="geheim")
        caplog.set_level("INFO")

        await desk.trust(None)
        await desk.publish(b"<feed>1</feed>", 1)
        untrusted, told = await desk.listener(secure.callback()), [given.body for given in reader.given]
        await desk.trust(trusting(certificates))
        desk.now = at(2)
        await desk.work()

        assert told == [b"<feed>1</feed>"]
        assert "the certificate of localhost is not valid" in caplog.text
        assert untrusted is not None
        assert (untrusted.failures, untrusted.expires) == (1, NOW + timedelta(days=10))
        assert [given.body for given in secure.given] == [b"<feed>1</feed>"]
        assert sorted(desk.taken) == [False, True, True]
    await desk.poster.aclose()
