"""Pages for people, the catalogue and the blogroll: what they link to, and that nothing gets through them."""

import hashlib
import json
import re
from base64 import b64encode
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from lxml import etree

from cuttings.model.article import Channel, Enclosure, Person
from cuttings.model.feed import Item, Origin, Site
from cuttings.render import html, jsonfeed, opml, syndication
from cuttings.render.html import OURS, Card
from tests.builders import NOW, item, presentation, record, sheet, source, state
from tests.unit.test_render_feeds import items

SITE = Site(title="My cuttings", url="https://cuttings.example/planet/")
KNOWN_TAGS = {
    *("html", "head", "meta", "title", "link", "style", "body", "header", "main", "footer", "nav", "section"),
    *("article", "div", "p", "span", "bdi", "time", "a", "h1", "h2", "h3", "ol", "ul", "li", "svg", "circle", "path"),
    *("figure", "img", "figcaption", "b", "em", "code"),
}


class Page(HTMLParser):
    """What a browser would make of a page, near enough."""

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.alternates: dict[str, str] = {}
        self.names: set[str] = set()
        self.text = ""
        self.feed(body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.names |= values.keys()
        if tag == "a":
            self.links.append(values["href"])
        if tag == "link" and values.get("rel") == "alternate":
            self.alternates[values["type"]] = values["href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def feed_page(*shown: Item, **changes: object) -> bytes:
    who = presentation()
    return OURS.document(who, sheet(*shown, **changes), [OURS.entry(who, one) for one in shown])


def test_the_index_shows_each_feed_with_its_formats_and_ten_newest_articles() -> None:
    shown = [item(record(f"https://daily.example/{n}", title=f"Tide no. {n}.")) for n in range(12)]

    page = Page(OURS.index(SITE, [Card(presentation=presentation(), items=shown)]))

    assert "Front page" in page.text
    assert [n for n in range(12) if f"Tide no. {n}." in page.text] == list(range(10))
    for suffix in ("html", "rss", "atom", "json"):
        assert f"/planet/feeds/front-page.{suffix}" in page.links
    assert "/planet/blogroll.opml" in page.links


def test_an_index_of_empty_feeds_asks_for_patience() -> None:
    empty = OURS.index(SITE, [Card(presentation=presentation(), items=())])
    filled = OURS.index(SITE, [Card(presentation=presentation(), items=(item(),))])

    assert b"Collecting; reload in a moment" in empty
    assert b"Collecting" not in filled


def test_an_index_without_feeds_says_where_they_are_declared() -> None:
    assert b"no feed yet" in OURS.index(SITE, [])


@pytest.mark.parametrize("page", ["index", "feed", "article"])
def test_every_page_leads_feed_readers_to_the_feeds(page: str) -> None:
    made = {
        "index": OURS.index(SITE, [Card(presentation=presentation(), items=())]),
        "feed": feed_page(item()),
        "article": OURS.article(presentation(), item()),
    }

    alternates = Page(made[page]).alternates

    assert alternates["application/atom+xml"] == "/planet/feeds/front-page.atom"
    assert alternates["application/rss+xml"] == "/planet/feeds/front-page.rss"
    assert alternates["application/feed+json"] == "/planet/feeds/front-page.json"


def test_a_feed_page_links_the_original_first_and_our_copy_only_where_it_is_full() -> None:
    full = Page(feed_page(item()))
    short = Page(feed_page(item(extent="summary")))

    own = f"/planet/articles/{record().id}.html"
    assert full.links.index("https://daily.example/1") < full.links.index(own)
    assert own not in short.links


def test_our_own_page_of_an_article_is_linked_where_there_is_no_original() -> None:
    kept = record("tag:daily,2026:1", url=None)
    shown = item(kept, link=f"https://cuttings.example/planet/articles/{kept.id}.html")

    page = Page(feed_page(shown))

    assert f"/planet/articles/{kept.id}.html" in page.links


def test_closed_pages_link_to_both_sides_and_say_when_they_were_filled() -> None:
    page = Page(feed_page(item(), number=2, prev=1, next=3, updated=NOW))

    assert "/planet/feeds/front-page/archive/000001.html" in page.links
    assert "/planet/feeds/front-page/archive/000003.html" in page.links
    assert "added on or before 24 Nov 2026" in page.text


def test_the_last_closed_page_leads_back_to_the_front() -> None:
    page = Page(feed_page(item(), number=2, prev=1))

    assert page.links.count("/planet/feeds/front-page.html") == 2


@settings(max_examples=60, deadline=None)
@given(shown=items())
def test_nothing_that_a_record_holds_becomes_markup(shown: Item) -> None:
    pages = (
        feed_page(shown),
        OURS.article(presentation(), shown),
        OURS.index(SITE, [Card(presentation=presentation(), items=(shown,))]),
    )

    for page in map(Page, pages):
        assert page.tags <= KNOWN_TAGS
        assert not [name for name in page.names if name.startswith("on")]
        assert all(re.match(r"https?://|/planet/|/$|#main$", link) for link in page.links)


def test_pages_run_nothing_and_load_nothing_but_pictures_of_articles() -> None:
    page = OURS.article(presentation(), item()).decode()

    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)

    assert style and policy
    digest = b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1].replace("&#39;", "'") == html.POLICY
    assert f"style-src 'sha256-{digest}'" in html.POLICY
    assert html.POLICY.startswith("default-src 'none';")
    assert "url(" not in style[1]
    assert "<script" not in page


def test_lists_show_no_pictures_and_articles_do() -> None:
    shown = item(record(content='<p>High.</p><img src="https://daily.example/a.png" alt="">'))

    assert "img" not in Page(feed_page(shown)).tags
    assert "img" in Page(OURS.article(presentation(), shown)).tags


def test_an_article_page_tells_who_wrote_it_where_it_is_from_and_under_which_terms() -> None:
    kept = record(
        authors=(Person(name="Jane Doe"),),
        rights="CC BY 4.0",
        subtitle="And what the harbour makes of it",
        enclosures=(Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg", length=12_400_000),),
    )

    page = Page(OURS.article(presentation(), item(kept, note="Read this first.")))

    for said in ("Jane Doe", "The Daily", "CC BY 4.0", "And what the harbour", "Audio, 12.4 MB", "Read this first."):
        assert said in page.text
    assert "https://daily.example/1" in page.links


def test_a_feed_page_draws_the_days_of_its_own_articles() -> None:
    days = [NOW - timedelta(days=ago) for ago in range(5)]
    shown = [item(record(f"https://daily.example/{day:%d}", published=day)) for day in days]

    page = feed_page(*shown)

    assert "5 articles from 20 Nov to 24 Nov 2026, 1 on the busiest day" in Page(page).text
    assert page.count(b"v-24h3v24z") == 5


def test_an_undated_article_says_when_it_was_seen() -> None:
    assert "seen 24 Nov 2026" in Page(feed_page(item(record(published=None)))).text
    assert "seen" not in Page(feed_page(item(record(published=NOW - timedelta(days=3))))).text


def test_an_article_without_title_is_known_by_how_it_begins() -> None:
    shown = item(record(title="", text="A thought about herring, " * 20))

    assert "A thought about herring" in Page(feed_page(shown)).text.partition("…")[0]


def test_the_same_state_gives_the_same_page() -> None:
    assert feed_page(item()) == feed_page(item())


def test_the_catalogue_names_each_feed_with_its_id_and_formats() -> None:
    found = json.loads(jsonfeed.catalogue(SITE, [presentation()], [syndication.RSS, html.FORMAT]))

    [feed] = found["feeds"]
    assert feed["id"] == presentation().feed_id
    assert feed["formats"]["rss"] == {
        "url": "https://cuttings.example/planet/feeds/front-page.rss",
        "type": "application/rss+xml",
    }
    assert feed["formats"]["html"]["url"] == "https://cuttings.example/planet/feeds/front-page.html"


def test_the_blogroll_lists_sources_as_they_call_themselves() -> None:
    met = state(
        channel=Channel(title="The Daily & Sunday", link="https://daily.example/"), address="https://new.example/f"
    )

    body = opml.blogroll(SITE, [(source(tags=("news", "a,b/c")), met), (source("weekly"), None)])

    first, second = list(etree.fromstring(body).iter("outline"))
    assert {str(name): value for name, value in first.attrib.items()} == {
        "type": "rss",
        "text": "The Daily & Sunday",
        "title": "The Daily & Sunday",
        "xmlUrl": "https://new.example/f",
        "htmlUrl": "https://daily.example/",
        "category": "news,a b c",
    }
    assert (second.get("text"), second.get("xmlUrl")) == ("weekly", "https://weekly.example/feed.xml")


@pytest.mark.parametrize("address", ["https://me:hunter2@daily.example/f", "https://daily.example/f?token=hunter2"])
def test_a_source_with_a_credential_in_its_address_stays_out_of_the_blogroll(address: str) -> None:
    body = opml.blogroll(SITE, [(source(url=address), None), (source("weekly"), None)])

    assert b"hunter2" not in body
    assert len(list(etree.fromstring(body).iter("outline"))) == 1


@pytest.mark.parametrize("keys", [{"kind": "sitemap"}, {"kind": "page"}, {"auth": "Basic eA=="}])
def test_what_no_reader_could_subscribe_to_stays_out_of_the_blogroll(keys: dict[str, str]) -> None:
    body = opml.blogroll(SITE, [(source(**keys), None), (source("weekly"), None)])

    assert [outline.get("text") for outline in etree.fromstring(body).iter("outline")] == ["weekly"]


def test_a_folder_is_nothing_to_subscribe_to_and_an_empty_blogroll_is_still_opml() -> None:
    folder = source(url=None, folder="/srv/inbox", written="inbox/")

    root = etree.fromstring(opml.blogroll(SITE, [(folder, None)]))

    assert root.get("version") == "2.0"
    assert [outline.get("text") for outline in root.iter("outline")] == ["No sources yet"]
    assert b"inbox" not in etree.tostring(root)


def test_a_source_of_unknown_origin_is_named_by_the_host_of_the_article() -> None:
    assert "daily.example" in Page(feed_page(item(origin=Origin()))).text


def test_templates_trust_nothing_by_themselves() -> None:
    for template in (Path(html.__file__).parent / "templates").iterdir():
        assert "|safe" not in template.read_text().replace(" ", "")
