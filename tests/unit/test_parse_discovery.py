import re
import tarfile
from pathlib import Path

import pytest

from cuttings.model.capture import Document
from cuttings.parse.discovery import MOST_FEED_LINKS, FeedLink, feeds_at, feeds_in, guesses
from tests.farm import needs_shared

URL = "https://daily.example/2026/tides"
HOME = "https://daily.example/"
OLD = "https://web.archive.org/web/20110926231958/http://diveintomark.org/tests/client/autodiscovery/"
CHANNEL = "UC0123456789abcdefghi-_9"


def found(html: str, url: str = URL, **headers: str) -> list[FeedLink]:
    return list(feeds_in(Document(body=html.encode(), url=url, headers={"content-type": "text/html", **headers})))


def addresses(html: str, url: str = URL, **headers: str) -> list[str]:
    return [link.url for link in found(html, url, **headers)]


def test_feeds_of_comments_and_of_other_sites_come_last():
    html = (
        '<link rel=alternate type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel=alternate type="application/atom+xml" href="https://other.example/feed">'
        '<link rel="ALTERNATE" type="application/feed+json; charset=utf-8" href="/feed.json" title="All">'
        '<link rel=alternate type="application/rss+xml" href="javascript:alert(1)">'
        '<link rel=alternate hreflang=de href="/de"><link rel=stylesheet type="text/css" href="/style.css">'
    )

    offers = found(html)

    assert [link.url for link in offers] == [
        *("https://daily.example/feed.json", "https://other.example/feed", "https://daily.example/comments/feed"),
    ]
    assert (offers[0].title, offers[0].why) == ("All", "the page names it in its head")
    assert offers[1].why == "the page names it in its head, on another site"
    assert offers[2].why == "the page names it in its head, of comments"


def test_of_ten_thousand_offered_feeds_the_first_few_are_looked_at():
    html = "".join(f'<link rel=alternate type="application/rss+xml" href="/{n}">' for n in range(10_000))

    assert len(found(html)) == MOST_FEED_LINKS
    assert len(found("".join(f'<a href="/{n}/feed">x</a>' for n in range(10_000)))) == MOST_FEED_LINKS


def test_of_one_feed_in_several_formats_the_richest_goes_first():
    html = (
        '<link rel=alternate type="application/rss+xml" title="Tides (RSS 2.0)" href="/rss">'
        '<link rel=alternate type="application/atom+xml" title="Tides (Atom)" href="/atom">'
        '<link rel=alternate type="application/atom+xml" title="Moons" href="/moons">'
    )

    assert addresses(html) == [f"https://daily.example/{name}" for name in ("atom", "rss", "moons")]


def test_an_api_is_no_feed():
    html = (
        '<link rel=alternate type="application/json" href="/wp-json/wp/v2/posts/1">'
        '<link rel=alternate type="application/json" title="JSON Feed" href="/all.json">'
        '<link rel=feed href="/posts">'
    )

    assert addresses(html) == ["https://daily.example/all.json", "https://daily.example/posts"]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (
            '</feed>; rel="alternate"; type="application/rss+xml"; title="All, \\"really\\""',
            [("/feed", 'All, "really"')],
        ),
        ('</a>; rel=next, <b>;rel="x ALTERNATE" ; type=application/atom+xml', [("/2026/b", None)]),
        ("</de>; rel=alternate; hreflang=de", []),
        ('</f>; rel=alternate; type="application/rss+xml"; anchor="#x"', []),
        ("</f>; type=application/rss+xml; rel=alternate; rel=next", [("/f", None)]),
        ("<javascript:x>; rel=alternate; type=application/rss+xml", []),
        ('<<<<<;;;;,,,,"""', []),
        ("<" * 100_000, []),
    ],
)
def test_a_server_names_feeds_in_a_link_header(field, expected):
    offers = found("<p>x", link=field)

    assert [(link.url.removeprefix("https://daily.example"), link.title) for link in offers] == expected
    assert all(link.how == "header" for link in offers)


def test_links_that_look_like_feeds_come_after_those_that_are_named():
    html = (
        '<a href="/rss.xml">x</a><a href="feed:https://daily.example/all.atom">y</a><a href="/follow">RSS feed</a>'
        '<a href="https://reader.example/add/https://daily.example/feed/">Add</a><a href="/feedback">Feedback</a>'
        '<a href="/?feed=rss2">z</a><a href="#rss">RSS</a><link rel=alternate type="text/xml" href="/named">'
    )

    offers = found(html)

    paths = ("named", "rss.xml", "all.atom", "follow", "?feed=rss2")
    assert [link.url for link in offers] == [f"https://daily.example/{path}" for path in paths]
    assert offers[1].why == "a link on the page that looks like one"


PLATFORMS = {
    f"https://youtube.com/channel/{CHANNEL}/videos": [f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}"],
    "https://www.youtube.com/user/Tides": ["https://www.youtube.com/feeds/videos.xml?user=Tides"],
    "https://m.youtube.com/playlist?list=PL1-x": ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL1-x"],
    "https://www.youtube.com/watch?v=1&list=PL1": ["https://www.youtube.com/feeds/videos.xml?playlist_id=PL1"],
    "https://www.youtube.com/watch?v=1": [],
    "https://www.reddit.com/r/tides/": ["https://www.reddit.com/r/tides/.rss"],
    "https://old.reddit.com/user/jane/": ["https://www.reddit.com/user/jane/.rss"],
    "https://github.com/jane": ["https://github.com/jane.atom"],
    "https://github.com/jane/tides": [
        f"https://github.com/jane/tides/{name}.atom" for name in ("releases", "commits", "tags")
    ],
    "https://github.com/jane/tides/tree/v2": [
        f"https://github.com/jane/tides/{name}.atom" for name in ("commits/v2", "releases", "tags")
    ],
    "https://github.com/features": [],
    "https://jane.substack.com/p/tides": ["https://jane.substack.com/feed"],
    "https://open.substack.com/pub/jane/p/tides": ["https://jane.substack.com/feed"],
    "https://jane.tumblr.com/tagged/sea": ["https://jane.tumblr.com/tagged/sea/rss"],
    "https://www.tumblr.com/blog/jane": ["https://jane.tumblr.com/rss"],
    "https://medium.com/@jane/tides-1": ["https://medium.com/feed/@jane"],
    "https://medium.com/the-sea": ["https://medium.com/feed/the-sea"],
    "https://medium.com/tag/sea": ["https://medium.com/feed/tag/sea"],
    "https://jane.blogspot.com/search/label/Sea": [
        *("https://jane.blogspot.com/feeds/posts/default/-/Sea", "https://jane.blogspot.com/feeds/posts/default"),
        "https://jane.blogspot.com/feeds/comments/default",
    ],
    "https://jane.wordpress.com/category/sea/page/2/": [
        *("https://jane.wordpress.com/category/sea/feed/", "https://jane.wordpress.com/feed/"),
        "https://jane.wordpress.com/comments/feed/",
    ],
    "https://notgithub.com/jane/tides": [],
    "https://a.b.substack.com/": [],
    "ftp://github.com/jane": [],
}


@pytest.mark.parametrize("url", PLATFORMS)
def test_an_address_on_a_platform_gives_its_feeds_away(url):
    assert [link.url for link in feeds_at(url)] == PLATFORMS[url]


@pytest.mark.parametrize(
    ("url", "html", "expected"),
    [
        (
            "https://daily.example/blog/category/sea/",
            '<link rel="https://api.w.org/" href="https://daily.example/blog/wp-json/">',
            ["blog/category/sea/feed/", "blog/feed/", "blog/comments/feed/"],
        ),
        (
            "https://daily.example/?author=2",
            '<link rel="https://api.w.org/" href="https://daily.example/index.php?rest_route=/">',
            ["?author=2&feed=rss2", "?feed=rss2", "?feed=comments-rss2"],
        ),
        (HOME, '<meta name="generator" content="WordPress 6.8">', ["feed/", "comments/feed/"]),
        (HOME, '<link rel="https://api.w.org/" href="https://evil.example/wp-json/">', []),
        ("https://daily.example/@jane/1", "<div id=mastodon></div>", ["@jane.rss"]),
        ("https://daily.example/tags/sea", "<div id=mastodon></div>", ["tags/sea.rss"]),
        ("https://daily.example/@jane", "<div id=other></div>", []),
    ],
)
def test_a_page_gives_the_program_away_that_made_it(url, html, expected):
    assert addresses(html, url) == [HOME + path for path in expected]


def test_a_channel_is_known_by_its_page_where_its_address_is_a_name():
    html = f'<link rel=canonical href="https://www.youtube.com/channel/{CHANNEL}"><p>x'

    [link] = found(html, "https://www.youtube.com/@tides")

    assert (link.url, link.why) == (
        f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}",
        "where YouTube keeps a feed",
    )


def test_what_is_named_goes_before_what_is_only_likely():
    html = (
        '<link rel="https://api.w.org/" href="/wp-json/"><a href="/rss.xml">RSS</a>'
        '<link rel=alternate type="application/rss+xml" href="https://feeds.example/daily">'
    )

    assert [link.how for link in found(html, HOME)] == ["head", "platform", "link", "platform"]
    assert found(html, HOME)[-1].comments


def test_usual_addresses_are_six_at_most():
    assert guesses("https://daily.example") == tuple(
        HOME + name for name in ("feed", "atom.xml", "rss.xml", "index.xml", "feed.json")
    )
    assert guesses("https://daily.example/blog/x")[0] == "https://daily.example/blog/feed"
    assert len(guesses("https://daily.example/blog/x")) == 6


def test_every_page_of_the_feedfinder_suite_leads_to_its_feed():
    read = 0
    for name, body in _pages("feedvalidator", "feedfinder-tests/html4-"):
        page = Path(name).name

        [link] = feeds_in(Document(body=body, url=OLD + page, headers={"content-type": "text/html"}))

        assert link.url.endswith("/" + page.replace(".html", ".xml")), name
        read += 1
    print(f"feedfinder-tests: {read} of {read} pages lead to their feed")
    assert read == 43


def test_every_home_page_of_the_suite_offers_what_it_names():
    read = offered = 0
    for name, body in _pages("discovery-pages", ""):
        named = _named(body.decode("utf-8", "replace"))

        links = feeds_in(Document(body=body, url=HOME, headers={"content-type": "text/html"}))

        told = [link.url.removeprefix(HOME) for link in links if link.how == "head"]
        assert sorted(told) == sorted(href.removeprefix("/") for href in named), name
        assert links[0].how == "head", name
        read, offered = read + 1, offered + len(named)
    print(f"discovery-pages: all {offered} feeds that {read} pages name are offered")
    assert (read, offered) == (7, 10)


def _pages(suite: str, prefix: str) -> list[tuple[str, bytes]]:
    with tarfile.open(needs_shared("corpora", "feeds", "suites", f"{suite}.tar.xz")) as tar:
        members = [one for one in tar if one.name.removeprefix("./").startswith(prefix) and one.name.endswith(".html")]
        return [(one.name, file.read()) for one in members if (file := tar.extractfile(one))]


def _named(html: str) -> list[str]:
    """What a page's `<link>` elements name as feeds, by a reading of our own."""
    links = re.findall(r"<link [^>]*alternate[^>]*>", html, re.IGNORECASE)
    return [
        href[1]
        for link in links
        if re.search(r"(?:rss|atom)\+xml", link) and (href := re.search(r'href="([^"]*)"', link))
    ]
