"""A visit by HTTP: what is sent, what is believed, and what comes of it; the wire itself is tests/loopback's."""

import gzip
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from cuttings.archive.memory import MemoryArchive
from cuttings.fetch.egress import Untrusted
from cuttings.fetch.gate import Refused, Unresolved
from cuttings.fetch.hosts import Hosts
from cuttings.fetch.http import HttpFetcher
from cuttings.model.capture import Failed, Fetched, NotModified, Own, Request, Validators, Wish
from cuttings.model.feed import Feed, Site, own_feed
from cuttings.text.digest import sha256
from tests.builders import NOW

FEED = "https://daily.example/feed.xml"
BODY = b"<rss/>"


class Web(httpx.AsyncBaseTransport):
    """Answers by address, each with the next of its answers, the last one again and again; 404 where there is none."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = {url: list(said) if isinstance(said, list) else [said] for url, said in answers.items()}
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        said = self.answers.get(request.extensions["url"].public, [answer(404)])
        found = said.pop(0) if len(said) > 1 else said[0]
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, dict)
        return httpx.Response(**found, request=request)

    @property
    def asked(self) -> list[str]:
        return [request.extensions["url"].public for request in self.requests]


def answer(status: int = 200, body: bytes = b"", extensions: Any = None, **headers: str) -> dict[str, Any]:
    """What to make a response of; `_` in a header's name is a hyphen."""
    pairs = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"status_code": status, "headers": pairs, "stream": httpx.ByteStream(body), "extensions": extensions or {}}


class House:
    """A fetcher with all it needs, and a clock that can be set."""

    def __init__(self, answers: Mapping[str, Any], max_body: int = 1 << 20, **more: Any) -> None:
        self.now = NOW
        self.web, self.sources = Web(answers), MemoryArchive()
        self.fetcher = HttpFetcher(
            self.web,
            Hosts(timedelta(0)),
            self.sources,
            lambda: self.now,
            user_agent="cuttings/1 (+mailto:a@daily.example)",
            max_body=max_body,
            **more,
        )

    async def fetch(self, url: str = FEED, validators: Validators = Validators(), robots: bool = False):
        return await self.fetcher.fetch(Request(url=url, validators=validators, robots=robots))


async def test_a_body_comes_with_all_that_is_known_of_it():
    house = House({FEED: answer(body=BODY, ETag='W/"1"', Cache_Control="max-age=60", X_A="1", x_a="2")})

    got = await house.fetch()

    assert isinstance(got, Fetched)
    assert (got.document.body, got.document.url, got.sha256, got.at) == (BODY, FEED, sha256(BODY), NOW)
    assert got.document.headers["x-a"] == "1, 2"
    assert got.validators == Validators(etag=b'W/"1"', url=FEED)
    assert got.wish == Wish(fresh_for=timedelta(minutes=1))
    assert got.moved_to is None
    assert [exchange.payload_sha256 for exchange in got.exchanges] == [sha256(BODY)]


async def test_we_say_who_we_are_and_nothing_that_tracks():  # RQ-2 … RQ-6
    house = House({FEED: answer(body=BODY, Set_Cookie="a=b")})

    await house.fetch()
    await house.fetch()

    for request in house.web.requests:
        assert set(request.headers) == {"user-agent", "accept", "accept-encoding"}
        assert request.headers["user-agent"] == "cuttings/1 (+mailto:a@daily.example)"
        assert request.headers["accept"].startswith("application/atom+xml, application/rss+xml, application/feed+json")
        assert "gzip" in request.headers["accept-encoding"]


async def test_validators_go_back_byte_for_byte_and_both():  # HC-1, HC-2
    house = House({FEED: answer(304)})

    await house.fetch(validators=Validators(etag=b'W/"\xe9-gzip"', modified=b"about noon", url=FEED))

    sent = dict(house.web.requests[0].headers.raw)
    assert (sent[b"If-None-Match"], sent[b"If-Modified-Since"]) == (b'W/"\xe9-gzip"', b"about noon")


async def test_a_304_renews_the_validators():  # HC-5
    house = House({FEED: answer(304, ETag='"2"', Cache_Control="max-age=60")})

    got = await house.fetch(validators=Validators(etag=b'"1"', modified=b"then", url=FEED))

    assert got == NotModified(
        at=NOW,
        validators=Validators(etag=b'"2"', modified=b"then", url=FEED),
        wish=Wish(fresh_for=timedelta(minutes=1)),
    )


async def test_a_304_that_nobody_asked_for_is_a_failure():  # HC-6, H-30
    house = House({FEED: answer(304)})

    got = await house.fetch(validators=Validators(etag=b'"1"', url="https://other.example/"))

    assert isinstance(got, Failed)
    assert got.status == 304
    assert "if-none-match" not in house.web.requests[0].headers


async def test_validators_go_to_the_final_address_that_gave_them_alone():  # HC-3
    target = "https://other.example/f"
    house = House({FEED: answer(302, Location=target), target: answer(304)})

    got = await house.fetch(validators=Validators(etag=b'"1"', url=target))

    assert isinstance(got, NotModified)
    assert ["if-none-match" in request.headers for request in house.web.requests] == [False, True]


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [((301,), True), ((308, 301), True), ((302,), False), ((301, 302), False), ((307, 308), False), ((303,), False)],
)
async def test_only_an_unbroken_chain_of_permanent_redirects_is_a_move(statuses, moved):
    addresses = [FEED, *(f"https://daily.example/{number}" for number in range(len(statuses)))]
    steps = zip(addresses[:-1], statuses, addresses[1:], strict=True)
    hops = {before: answer(status, Location=after) for before, status, after in steps}
    house = House({**hops, addresses[-1]: answer(body=BODY)})

    got = await house.fetch()

    assert isinstance(got, Fetched)
    assert got.document.url == addresses[-1]
    assert got.moved_to == (addresses[-1] if moved else None)
    assert [exchange.url for exchange in got.exchanges] == addresses


async def test_a_downgrade_is_followed_but_is_no_move():  # H-14
    house = House({FEED: answer(301, Location="http://daily.example/f"), "http://daily.example/f": answer(body=BODY)})

    got = await house.fetch()

    assert isinstance(got, Fetched)
    assert got.moved_to is None


async def test_a_relative_location_is_resolved():  # HR-7
    house = House({FEED: answer(301, Location="../ü?x=1#top"), "https://daily.example/%C3%BC?x=1": answer(body=BODY)})

    assert isinstance(await house.fetch(), Fetched)


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "gopher://h/", "ftp://h/", "data:text/xml,x", "http://127.1/"]
)
async def test_a_redirect_leads_to_web_addresses_alone(target):  # H-8
    got = await House({FEED: answer(302, Location=target)}).fetch()

    assert isinstance(got, Failed)
    assert "no web address" in got.reason


async def test_a_circle_is_told():  # H-11
    other = "https://daily.example/b"
    house = House({FEED: answer(301, Location=other), other: answer(301, Location=FEED)})

    got = await house.fetch()

    assert isinstance(got, Failed)
    assert got.reason == f"redirected in a circle: {FEED} -> {other} -> {FEED}"


@pytest.mark.parametrize("url", ["https://me.example/planet/feeds/front.rss", "https://daily.example/feed.xml"])
async def test_our_own_feed_is_no_source_by_its_address_or_a_redirect(url):  # H-85
    own = "https://me.example/planet/feeds/front.rss"
    feeds = [Feed(name="front", title="Front page")]
    site = Site(title="Mine", url="https://me.example/planet/")
    house = House({FEED: answer(302, Location=own)}, own_feed=partial(own_feed, site, feeds))

    got = await house.fetch(url)

    assert isinstance(got, Failed)
    assert got.reason == f"{own} is our own feed front, which is no source"
    assert own not in house.web.asked
    assert got.connected == (url == FEED)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://me.example/planet/feeds/front.rss", "front"),
        ("http://ME.example:80/planet/feeds/front/archive/000001.atom?x=1", "front"),
        ("https://me.example/planet/feeds/old.json", "front"),
        ("https://me.example/planet/feeds/another.rss", None),
        ("https://me.example/blog/feeds/front.rss", None),
        ("https://me.example.org/planet/feeds/front.rss", None),
        ("not a url", None),
    ],
)
def test_a_feed_of_ours_is_known_by_its_address(url, name):
    feeds = [Feed(name="front", title="Front page", formerly=("old",))]

    assert own_feed(Site(title="Mine", url="https://me.example/planet/"), feeds, url) == name


async def test_five_redirects_are_followed_and_no_more():
    chain = {f"https://daily.example/{n}": answer(302, Location=f"/{n + 1}") for n in range(30)}

    got = await House(chain | {"https://daily.example/5": answer(body=BODY)}).fetch("https://daily.example/0")
    too_far = await House(chain).fetch("https://daily.example/0")

    assert isinstance(got, Fetched)
    assert isinstance(too_far, Failed)
    assert "more than 5" in too_far.reason
    assert len(too_far.exchanges) == 6


async def test_a_redirect_without_a_location_is_a_failure():
    got = await House({FEED: answer(301)}).fetch()

    assert isinstance(got, Failed)
    assert (got.status, got.reason) == (301, "301 Moved Permanently")


async def test_credentials_go_to_their_origin_alone_and_nowhere_into_what_we_keep():  # H-10, HR-4
    other = "https://other.example/f"
    house = House(
        {
            FEED: answer(301, Location="/moved"),
            "https://daily.example/moved": answer(302, Location=other),
            other: answer(body=BODY),
        }
    )

    got = await house.fetch("https://us%65r:secret@daily.example/feed.xml")

    sent = [request.headers.get("authorization") for request in house.web.requests]
    assert sent == ["Basic dXNlcjpzZWNyZXQ=", "Basic dXNlcjpzZWNyZXQ=", None]
    assert isinstance(got, Fetched)
    assert "secret" not in repr(got)


async def test_a_move_within_the_origin_keeps_the_credentials():
    house = House({FEED: answer(301, Location="/f"), "https://daily.example/f": answer(body=BODY)})

    got = await house.fetch("https://u:p@daily.example/feed.xml")

    assert isinstance(got, Fetched)
    assert got.moved_to == "https://u:p@daily.example/f"
    assert got.document.url == "https://daily.example/f"


async def test_reasons_hold_no_secrets():
    house = House({FEED + "?token=secret": answer(302, Location="ftp://u:secret@h/?key=secret")})

    got = await house.fetch(FEED + "?token=secret")

    assert isinstance(got, Failed)
    assert "secret" not in got.reason


@pytest.mark.parametrize("status", [429, 503])
async def test_an_origin_that_asks_for_peace_has_it(status):  # NB-1
    house = House({FEED: answer(status, Retry_After="120")})

    told = await house.fetch()
    house.now += timedelta(seconds=119)
    waiting = await house.fetch("https://daily.example/another.xml")
    elsewhere = await house.fetch("http://daily.example/another.xml")
    house.now += timedelta(seconds=1)
    again = await house.fetch()

    assert isinstance(told, Failed)
    assert (told.status, told.waiting, told.wish.retry_after) == (status, False, timedelta(minutes=2))
    assert isinstance(waiting, Failed)
    assert (waiting.waiting, waiting.wish.retry_after) == (True, timedelta(seconds=1))
    assert isinstance(elsewhere, Failed)
    assert elsewhere.status == 404
    assert isinstance(again, Failed)
    assert again.status == status
    assert house.web.asked == [FEED, "http://daily.example/another.xml", FEED]


async def test_a_429_without_a_word_is_four_hours_of_peace_for_the_origin():  # NB-1
    house = House({FEED: answer(429)})

    told = await house.fetch()
    house.now += timedelta(hours=4) - timedelta(seconds=1)
    waiting = await house.fetch("https://daily.example/another.xml")

    assert isinstance(told, Failed)
    assert told.wish == Wish()
    assert isinstance(waiting, Failed)
    assert waiting.waiting


@pytest.mark.parametrize("status", [404, 500, 502])
async def test_retry_after_on_other_errors_is_for_the_address_alone(status):
    house = House({FEED: answer(status, Retry_After="120")})

    told = await house.fetch()
    elsewhere = await house.fetch("https://daily.example/another.xml")

    assert isinstance(told, Failed)
    assert told.wish.retry_after == timedelta(minutes=2)
    assert isinstance(elsewhere, Failed)
    assert not elsewhere.waiting


async def test_a_redirect_target_that_asked_for_peace_has_it_too():
    target = "https://other.example/f"
    house = House({FEED: answer(302, Location=target)})
    await house.sources.keep_origin_wait("https://other.example:443", NOW + timedelta(hours=1))

    got = await house.fetch()

    assert isinstance(got, Failed)
    assert got.waiting
    assert house.web.asked == [FEED]


@pytest.mark.parametrize("status", [204, 206, 400, 401, 403, 404, 410, 451, 500, 502, 599])
async def test_other_statuses_are_failures_with_their_name(status):
    got = await House({FEED: answer(status, body=b"banner")}).fetch()

    assert isinstance(got, Failed)
    assert got.status == status
    assert str(status) in got.reason
    assert "banner" not in got.reason
    assert got.connected


@pytest.mark.parametrize(
    ("error", "connected", "trouble"),
    [
        (httpx.ConnectError("connection refused"), False, "unreached"),
        (httpx.ConnectTimeout("no connection in time"), False, "unreached"),
        (Unresolved("the name was not found"), False, "name"),
        (Refused("10.0.0.1 is not public"), False, "barred"),
        (Untrusted("the certificate is not valid"), True, "certificate"),
        (httpx.ReadTimeout("no answer came in time"), True, "silent"),
        (httpx.RemoteProtocolError("no valid HTTP came"), True, "silent"),
    ],
)
async def test_what_the_network_does_is_a_value(error, connected, trouble):
    got = await House({FEED: error}).fetch()

    assert got == Failed(reason=str(error), at=NOW, connected=connected, trouble=trouble)


@pytest.mark.parametrize("url", ["http://127.1/", "ftp://h/", "https://daily.example/a b", "x"])
async def test_an_address_that_is_none_is_a_value_too(url):
    house = House({})

    got = await house.fetch(url)

    assert isinstance(got, Failed)
    assert not house.web.requests


async def test_a_packed_body_is_unpacked_and_kept_as_it_came():
    packed = gzip.compress(BODY)
    house = House({FEED: answer(body=packed, Content_Encoding="gzip")})

    got = await house.fetch()

    assert isinstance(got, Fetched)
    assert (got.document.body, got.sha256) == (BODY, sha256(BODY))
    assert got.exchanges[0].payload_sha256 == sha256(packed)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(BODY)[:-3], "gzip"),  # H-29
        (gzip.compress(bytes(1 << 22)), "gzip"),  # H-26
        (gzip.compress(bytes(range(256)) * 65_536), "gzip"),
        (gzip.compress(BODY), "gzip, gzip"),
    ],
    ids=["cut", "bomb", "large", "two"],
)
async def test_a_body_that_cannot_be_unpacked_is_a_failure(body, coding):
    got = await House({FEED: answer(body=body, Content_Encoding=coding)}).fetch()

    assert isinstance(got, Failed)
    assert "cannot be unpacked" in got.reason
    assert len(got.exchanges) == 1


async def test_a_cut_body_is_a_failure_that_keeps_what_came():  # H-20, H-21
    cut = {"truncated": "disconnect", "problem": "the connection was closed", "answer": b"HTTP/1.1 200"}

    got = await House({FEED: answer(body=b"<rs", extensions=cut, ETag='"1"')}).fetch()

    assert isinstance(got, Failed)
    assert (got.status, got.reason) == (200, "the connection was closed")
    assert (got.exchanges[0].truncated, got.exchanges[0].answer) == ("disconnect", b"HTTP/1.1 200")


ROBOTS = "https://daily.example/robots.txt"
PAGE = "https://daily.example/private/1"
RULES = answer(body=b"User-agent: *\nDisallow: /private/\n")


async def test_pages_obey_robots_and_feeds_need_not():  # RB-8
    house = House({ROBOTS: RULES, PAGE: answer(body=BODY), FEED: answer(body=BODY)})

    forbidden = await house.fetch(PAGE, robots=True)
    allowed = await house.fetch(FEED, robots=True)
    feed = await house.fetch(PAGE)

    assert isinstance(forbidden, Failed)
    assert "robots.txt" in forbidden.reason
    assert isinstance(allowed, Fetched)
    assert isinstance(feed, Fetched)
    assert house.web.asked == [ROBOTS, FEED, PAGE]


async def test_robots_is_asked_once_a_day():  # RB-4
    house = House({ROBOTS: RULES})

    for house.now in (NOW, NOW + timedelta(hours=23), NOW + timedelta(hours=24)):
        await house.fetch(PAGE, robots=True)

    assert house.web.asked == [ROBOTS, ROBOTS]


@pytest.mark.parametrize(
    ("said", "allowed"),
    [  # RB-3
        (answer(404), True),
        (answer(403), True),
        (answer(429, Retry_After="0"), False),
        (answer(500), False),
        (httpx.ConnectError("connection refused"), False),
        (answer(body=b""), True),
        (answer(302, Location="https://other.example/robots"), True),
        (answer(302, Location="http://127.0.0.1/"), False),
        (answer(301, Location="/robots.txt"), True),  # in a circle: RFC 9309 2.3.1.2
        (answer(304), False),
        (answer(body=b"\xff\x00" * 400_000), True),  # H-87
        (answer(body=b"User-agent: *\nDisallow: /\n", extensions={"truncated": "length", "problem": "large"}), False),
        (answer(body=b"User-agent: *\nAllow: /\n", extensions={"truncated": "length", "problem": "large"}), True),
        (answer(extensions={"truncated": "disconnect", "problem": "cut"}), False),
    ],
)
async def test_what_robots_says_by_not_speaking(said, allowed):
    other = {"https://other.example/robots": answer(body=b""), "http://127.0.0.1/": Refused("not public")}
    house = House({ROBOTS: said, PAGE: answer(body=BODY), **other})

    assert isinstance(await house.fetch(PAGE, robots=True), Fetched) is allowed


async def test_an_outage_of_robots_is_no_rule_for_a_day():
    house = House({ROBOTS: [answer(500), answer(404)], PAGE: answer(body=BODY)})

    first = await house.fetch(PAGE, robots=True)
    house.now += timedelta(minutes=31)
    second = await house.fetch(PAGE, robots=True)

    assert isinstance(first, Failed)
    assert isinstance(second, Fetched)


async def test_a_robots_that_nobody_could_get_for_a_month_forbids_no_more():  # RB-3
    house = House({ROBOTS: answer(500), PAGE: answer(body=BODY)})
    await house.fetch(PAGE, robots=True)

    house.now += timedelta(days=29)
    before = await house.fetch(PAGE, robots=True)
    house.now += timedelta(days=1)
    after = await house.fetch(PAGE, robots=True)
    house.now += timedelta(hours=23)
    await house.fetch(PAGE, robots=True)

    assert isinstance(before, Failed)
    assert isinstance(after, Fetched)
    assert house.web.asked.count(ROBOTS) == 3


async def test_a_host_that_asked_for_peace_is_not_asked_for_its_robots_and_that_says_nothing_of_them():
    house = House({ROBOTS: RULES, FEED: answer(body=BODY)})
    await house.sources.keep_origin_wait("https://daily.example:443", NOW + timedelta(minutes=5))

    told = await house.fetch(robots=True)
    house.now += timedelta(minutes=5)
    then = await house.fetch(robots=True)

    assert isinstance(told, Failed)
    assert (told.waiting, told.wish.retry_after) == (True, timedelta(minutes=5))
    assert isinstance(then, Fetched)
    assert house.web.asked == [ROBOTS, FEED]


async def test_of_a_robots_without_end_only_the_beginning_is_asked_for():
    house = House({ROBOTS: RULES, PAGE: answer(body=BODY)})

    await house.fetch(FEED, robots=True)

    assert ["enough" in request.extensions for request in house.web.requests] == [True, False]
    assert house.web.requests[0].extensions["enough"] == 500 * 1024


async def test_a_redirected_page_obeys_the_robots_of_where_it_leads():
    other = "https://other.example/x"
    house = House(
        {
            FEED: answer(302, Location=other),
            "https://other.example/robots.txt": answer(body=b"User-agent: cuttings\nDisallow: /\n"),
        }
    )

    got = await house.fetch(robots=True)

    assert isinstance(got, Failed)
    assert other not in house.web.asked


async def test_the_time_for_a_visit_is_shared_by_its_hops():
    house = House({FEED: answer(302, Location="/f"), "https://daily.example/f": answer(body=BODY)})

    await house.fetch()

    seconds = [request.extensions["total"] for request in house.web.requests]
    assert 60.0 >= seconds[0] > seconds[1] > 50.0


OWN = Own(
    origin="https://daily.example:443", headers=(("X-Api-Key", "k3y"), ("accept", "text/x"), ("Authorization", "A b"))
)


async def test_what_a_source_has_sent_along_goes_to_its_own_origin_alone_and_is_kept_nowhere():
    sent = b"GET /feed.xml HTTP/1.1\r\nX-Api-Key: k3y\r\naccept: text/x\r\nAuthorization: A b\r\n\r\n"
    there, elsewhere = "https://daily.example/2.xml", "https://daily.example:8443/3.xml"
    house = House(
        {
            FEED: answer(302, location=there, extensions={"request": sent}),
            there: answer(302, location=elsewhere),
            elsewhere: answer(200, BODY),
        }
    )

    got = await house.fetcher.fetch(Request(url=FEED, own=OWN))

    first, second, third = [request.headers for request in house.web.requests]
    assert (first["x-api-key"], first["authorization"], first.get_list("accept")) == ("k3y", "A b", ["text/x"])
    assert second["authorization"] == "A b"
    assert "x-api-key" not in third and "authorization" not in third
    assert isinstance(got, Fetched)
    assert b"k3y" not in got.exchanges[0].request and b"A b" not in got.exchanges[0].request
    assert b"\r\nX-Api-Key: redacted\r\n" in got.exchanges[0].request


async def test_a_robots_txt_is_asked_without_what_a_source_has_sent_along():
    house = House({FEED: answer(200, BODY), "https://daily.example/robots.txt": answer(404)})

    await house.fetcher.fetch(Request(url=FEED, own=OWN, robots=True))

    assert ["authorization" in request.headers for request in house.web.requests] == [False, True]
