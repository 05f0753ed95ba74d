"""The scorekeeper: our program in a short simulated time has nothing to be blamed for, and who behaves badly is."""

from datetime import timedelta

import pytest

from tests.scorekeeper.client import month
from tests.scorekeeper.feeds import START, Feed, Trouble, document, world
from tests.scorekeeper.score import Ask, Breach, Score
from tests.scorekeeper.server import Server

AGENT = "cuttings/1 (+mailto:a@score.example)"
ASKS = {
    "user-agent": AGENT,
    "accept": "application/atom+xml, application/rss+xml, application/feed+json",
    "accept-encoding": "gzip",
}
FEED = Feed(number=0, host="host0.example", days=3, a_day=1)


async def blamed(feed, *asks):
    """Return what a client is blamed for that asks so: (hours, what is sent beyond the usual[, where])."""
    now = START
    score = Score([feed], AGENT)
    server = Server([feed], lambda: now, score)
    for hours, sent, *where in asks:
        now = START + timedelta(hours=hours)
        headers = {name.encode(): value for name, value in ({**ASKS, **sent}).items()}
        pairs = {name: value.encode() if isinstance(value, str) else value for name, value in headers.items()}
        await server.answer(Ask(host=feed.host, target=where[0] if where else feed.path, headers=pairs, at=now))
        score.has(feed.number)
    return {breach for breach, *_ in score.breaches}


def validators(feed, hours=0.0):
    """Return what a feed gave at its answer after so many hours, as it is sent back."""
    now = document(feed, START + timedelta(hours=hours), 1)
    return {"if-none-match": now.etag, "if-modified-since": now.modified}


GIVEN = validators(FEED)
LATER = next(hours for hours in range(1, 72) if validators(FEED, hours) != GIVEN)
STALE = {**validators(FEED, LATER), "if-modified-since": GIVEN["if-modified-since"]}


@pytest.mark.parametrize(
    ("breach", "asks"),
    [
        (Breach.UNCONDITIONAL, [(0, {}), (2, {})]),
        (Breach.ETAG_NOT_ISSUED, [(0, {}), (2, {**GIVEN, "if-none-match": '"mine"'})]),
        (Breach.MODIFIED_NOT_ISSUED, [(0, {}), (2, {**GIVEN, "if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"})]),
        (Breach.ONE_NOT_REFRESHED, [(0, {}), (LATER, GIVEN), (LATER + 2, STALE)]),
        (Breach.STALE_VALIDATOR, [(0, {}), (LATER, GIVEN), (LATER + 2, GIVEN)]),
        (Breach.TOO_OFTEN, [(0, {}), (0.5, GIVEN)]),
        (Breach.COOKIE, [(0, {"cookie": "seen=1"})]),
        (Breach.REFERER, [(0, {"referer": "http://host0.example/"})]),
        (Breach.MANGLED, [(0, {}, "/0/feed.xml?fresh=1")]),
        (Breach.DOUBLE_FETCH, [(0, {}, "/favicon.ico")]),
        (Breach.AGENT, [(0, {"user-agent": "Mozilla/5.0"})]),
        (Breach.FORCED, [(0, {}), (2, {}), (4, {}), (6, {})]),
        (Breach.BURST, [(0, {}), (0.0001, GIVEN)]),
        (Breach.ACCEPT, [(0, {"accept": "*/*"})]),
        (Breach.ROBOTS, [(0, {}, "/0/1")]),
    ],
    ids=lambda value: value.name if isinstance(value, Breach) else "",
)
async def test_who_behaves_badly_is_blamed(breach, asks):
    feed = Feed(number=0, host="host0.example", days=3, a_day=1, with_pages=breach is Breach.ROBOTS)

    assert breach in await blamed(feed, *asks)


@pytest.mark.parametrize(
    ("breach", "feed", "asks"),
    [
        (Breach.RETRY_AFTER, {"troubles": "503"}, [(0, {}), (0.5, {})]),
        (Breach.MAX_AGE, {"max_age": 7200}, [(0, {}), (1.5, GIVEN)]),
        (Breach.GONE, {"gone": 0.0}, [(0, {}), (25, {}), (50, {})]),
        (Breach.OLD_ADDRESS, {"moves": 0.0}, [(2 * number, {}) for number in range(4)]),
        (Breach.SKIPPED_HOUR, {"skips": (11,)}, [(0, {}), (2, GIVEN)]),
        (Breach.MISSING_TOO_OFTEN, {"troubles": "404"}, [(2 * number, {}) for number in range(9)]),
        (Breach.NOT_REFRESHED_ON_SAME_BODY, {"validated": "restless"}, [(0, {}), (2, "first"), (4, "first")]),
    ],
    ids=lambda value: value.name if isinstance(value, Breach) else "",
)
async def test_who_does_not_listen_is_blamed(breach, feed, asks):
    told = dict(feed)
    if "troubles" in told:
        told["troubles"] = (Trouble(told["troubles"], 0.0, 3.0),)
    listened = Feed(number=0, host="host0.example", days=3, a_day=0.01 if breach == 5 else 1, **told)
    first = validators(listened)

    asks = [(hours, first if sent == "first" else sent) for hours, sent in asks]

    assert breach in await blamed(listened, *asks)


async def test_who_behaves_well_is_not_blamed():
    later = validators(FEED, LATER)

    assert await blamed(FEED, (0, {}), (LATER, GIVEN), (LATER + 2, later), (LATER + 26, later)) == set()


async def test_we_have_nothing_to_be_blamed_for_in_three_days(tmp_path):
    feeds = world(12, days=3)

    done = await month(tmp_path, feeds, days=3, restarts=6)

    assert done.score.requests > 150
    assert done.score.breaches == []
    assert not done.missing
