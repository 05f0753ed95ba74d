"""`cuttings adopt` over a farm of sites: what a planet published last is taken over, and readers notice nothing."""

import io
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import escape, quoteattr

import feedparser
import pytest

from tests.farm import House, configuration, farm
from tests.loopback.test_archive_targets import download

ATOM, RSS = "atom", "rss2"


@pytest.fixture(scope="module")
def world():
    with farm("-n", "24") as running:
        yield running


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def feeds_of(world, kind):
    """Return the addresses of the plain sites of a kind."""
    rows = [row for row in world.rows("truth?hash=0") if row["traits"]["format"] == kind]
    return [row["feed"] for row in rows][:4]


def gathered(feeds):
    """Return (feed, entry) of all that these hold, the newest first, as a planet would."""
    found = [(url, entry) for url in feeds for entry in feedparser.parse(io.BytesIO(download(url))).entries]
    return sorted(found, key=lambda one: one[1].get("published_parsed") or one[1].get("updated_parsed"), reverse=True)


def venus(found):
    """Return an Atom feed as Planet Venus writes it."""
    entries = "".join(
        f"<entry><id>{escape(one.get('id') or one.link)}</id><title>{escape(one.title)}</title>"
        f"<link href={quoteattr(one.link)}/><updated>{one.get('updated') or one.get('published')}</updated>"
        f"<content type='html'>{escape(one.get('summary', one.title))}</content>"
        f"<source><id>{escape(url)}</id><title>A site</title><link rel='self' href={quoteattr(url)}/></source></entry>"
        for url, one in found
    )
    head = "<id>https://planet.example/</id><title>Planet</title><updated>2026-11-24T12:00:00Z</updated>"
    return f'<feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'


def old_rss(found):
    """Return an RSS feed that knows no guids."""
    items = "".join(
        f"<item><title>{escape(one.title)}</title><link>{escape(one.link)}</link><pubDate>{one.published}</pubDate>"
        f"<description>{escape(one.get('summary', one.title))}</description></item>"
        for url, one in found
    )
    return f"<rss version='2.0'><channel><title>Old</title><link>https://planet.example/</link>{items}</channel></rss>"


@contextmanager
def served(folder):
    """Serve the files of a folder on loopback."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def seen_by(body):
    """Return how readers built on feedparser know the entries of a document, in its order."""
    return [entry.get("id") or entry.get("link") for entry in feedparser.parse(io.BytesIO(body)).entries]


def published(house, suffix):
    return seen_by((house.published / "feeds" / f"all.{suffix}").read_bytes())


@pytest.mark.parametrize(("kind", "made", "suffix"), [(ATOM, venus, "atom"), (RSS, old_rss, "rss")])
def test_readers_see_nothing_new_and_then_what_is_new(world, house, kind, made, suffix):
    feeds = feeds_of(world, kind)
    names = [f"s{number}" for number in range(len(feeds))]
    house.configure(configuration(feeds, extra=", full_text: feed").replace("size: 50", "size: 500"))
    planet = made(gathered(feeds))
    known = seen_by(planet.encode())
    (house.folder / "planet.xml").write_text(planet, encoding="utf-8")

    with served(house.folder) as address:
        [told] = house.rows("adopt", f"{address}/planet.xml", "--feed", "all")
    house.run("publish")
    first = published(house, suffix)
    house.run("collect")
    house.run("publish")
    second = published(house, suffix)
    world.tick(96)
    house.run("collect", *names)
    house.run("publish")
    third = published(house, suffix)

    assert (told["taken"], told["new"], told["error"]) == (len(known), len(known), None)
    assert len(known) > 20
    assert first == known
    assert [one for one in second if one not in known] == []
    assert [one for one in third if one in known] == second
    assert len(third) > len(second)
