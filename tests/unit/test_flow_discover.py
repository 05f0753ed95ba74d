import pytest

from cuttings.flow.discover import AtHand, discover
from cuttings.model.capture import Failed, Request
from tests.builders import NOW
from tests.fakes import InlineSandbox, Scripted, Ticking, fetched

HOME = "https://daily.example/"
FEED = b'<rss version="2.0"><channel><title>Tides</title><item><guid>1</guid><title>T</title></item></channel></rss>'
NAMES = b'<html><link rel=alternate type="text/xml" href="/gone"><link rel=alternate type="text/xml" href="/rss"><p>x'
SILENT = b"<html><title>T</title><p>x"


async def asked(script, address=HOME, **how):
    """Return what is discovered, and the addresses that were asked."""
    fetcher = Scripted(Ticking(), script)
    return await discover(address, fetcher, InlineSandbox(), **how), [one.url for one in fetcher.asked]


async def test_what_a_page_offers_is_not_fetched_unless_that_is_asked_for():
    found, requests = await asked({HOME: [NAMES]})

    assert [feed.url for feed in found.feeds] == [f"{HOME}gone", f"{HOME}rss"]
    assert (requests, found.fetched) == ([HOME], None)


async def test_what_is_confirmed_was_fetched_and_the_rest_is_left_out():
    found, requests = await asked({HOME: [NAMES], f"{HOME}rss": [FEED]}, confirm=True)

    [feed] = found.feeds
    assert (feed.url, feed.title, feed.confirmed) == (f"{HOME}rss", "Tides", True)
    assert feed.why == "the page names it in its head, fetched, and it is one"
    assert found.fetched is not None
    assert found.fetched.document.body == FEED
    assert requests == [HOME, f"{HOME}gone", f"{HOME}rss"]


async def test_where_nothing_that_is_offered_is_a_feed_it_says_so():
    found, _ = await asked({HOME: [NAMES], f"{HOME}rss": [SILENT]}, confirm=True)

    assert (found.feeds, found.error) == ((), "what it offers is no feed")


async def test_usual_addresses_are_tried_on_request_until_one_is_a_feed():
    script = {HOME: [SILENT], f"{HOME}feed": [SILENT], f"{HOME}rss.xml": [FEED]}

    silent, few = await asked(script)
    found, requests = await asked(script, guess=True)

    assert (silent.feeds, silent.error, few) == ((), "the page names no feed", [HOME])
    assert [(feed.url, feed.how) for feed in found.feeds] == [(f"{HOME}rss.xml", "guess")]
    assert requests == [HOME, f"{HOME}feed", f"{HOME}atom.xml", f"{HOME}rss.xml"]


async def test_a_usual_address_that_leads_elsewhere_is_no_hit():
    class Leading(Scripted):
        async def fetch(self, request):
            self.asked.append(request)
            return fetched("https://other.example/feed", SILENT if request.url == HOME else FEED)

    fetcher = Leading(Ticking(), {})
    found = await discover(HOME, fetcher, InlineSandbox(), guess=True)

    assert found.feeds == ()
    assert all(request.robots for request in fetcher.asked[1:])


async def test_a_feed_is_downloaded_once_for_who_discovers_and_then_follows_it():
    found, requests = await asked({f"{HOME}rss": [FEED]}, f"{HOME}rss", confirm=True, guess=True)
    assert found.fetched is not None
    later = Scripted(Ticking(), {f"{HOME}rss": [b"later"]})
    at_hand = AtHand(fetcher=later, held={found.feeds[0].url: found.fetched})

    first = await at_hand.fetch(Request(url=f"{HOME}rss"))
    await at_hand.fetch(Request(url=f"{HOME}rss"))

    assert (requests, found.feeds[0].how) == ([f"{HOME}rss"], "itself")
    assert first is found.fetched
    assert len(later.asked) == 1


@pytest.mark.parametrize("address", ["feed://daily.example/", "feed:https://daily.example/", "Feed://daily.example/"])
async def test_an_address_that_feed_readers_take_is_one_of_the_web(address):
    _, requests = await asked({}, address)

    assert requests == [HOME]


async def test_a_platform_that_does_not_let_us_in_still_tells_by_its_address():
    url = "https://www.reddit.com/r/tides/"
    found, _ = await asked({url: [Failed(reason="403 Forbidden", at=NOW, status=403)]}, url)

    assert [feed.why for feed in found.feeds] == ["where Reddit keeps a feed"]


async def test_a_list_and_a_sitemap_are_named_with_the_way_to_follow_them():
    for body, words in (
        (b"<opml version='2.0'><body/></opml>", "source import"),
        (b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'/>", "kind: sitemap"),
    ):
        found, _ = await asked({HOME: [body]})
        assert words in (found.error or "")
