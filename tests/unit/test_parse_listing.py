"""Pages that list articles are read as lists of entries."""

import tarfile

import pytest

from cuttings.errors import ParseError
from cuttings.flow.intake import LISTINGS
from cuttings.flow.intake import read as taken_in
from cuttings.model.article import Parsed
from cuttings.model.capture import Document
from cuttings.parse.listing import MOST_ENTRIES, read
from tests.farm import needs_shared

URL = "https://daily.example/news/"
NAV = (
    '<nav><a href="/">Home</a><a href="/news/">News</a><a href="/the-sea-and-its-many-tides">All of the sea</a></nav>'
    '<div class="breadcrumb"><a href="/2026/11/where-we-are-now">Where we all are now</a></div>'
)
FOOT = (
    '<aside><h3><a href="/2020/01/most-read-of-all-times">Most read of all times, by you</a></h3></aside>'
    '<footer><a href="/privacy-policy-of-the-daily">How we treat what we know of you</a></footer>'
)


def page(body: str, url: str = URL) -> Document:
    html = f'<html lang="en"><head><title>The Daily</title></head><body>{NAV}<main>{body}</main>{FOOT}</body></html>'
    return Document(body=html.encode(), url=url, headers={"content-type": "text/html"})


def card(n: int, more: str = "") -> str:
    return f'<li><h2><a href="/2026/11/tide-{n}">The tide of day {n} came late</a></h2><p>So it did.</p>{more}</li>'


def shown(parsed: Parsed) -> list[tuple[str | None, str | None]]:
    return [(entry.trace.link, entry.title) for entry in parsed.entries]


def listed(body: str, selector: str | None = None) -> list[str]:
    paths = [link for link, _ in shown(read(page(body), frozenset(), selector)) if link]
    return [link.removeprefix("https://daily.example") for link in paths]


def test_headlines_in_a_row_are_articles_and_menus_are_not():
    parsed = read(page(f"<ul>{card(2)}{card(1)}</ul>"), frozenset())

    assert shown(parsed) == [
        (f"https://daily.example/2026/11/tide-{n}", f"The tide of day {n} came late") for n in (2, 1)
    ]
    assert (parsed.channel.title, parsed.channel.language) == ("The Daily", "en")
    assert all(entry.trace.guid is None for entry in parsed.entries)


def test_a_date_in_the_same_card_is_the_articles():
    marked = card(3, '<time datetime="2026-11-24T08:00:00Z">3 hours ago</time>')
    written = card(2, '<span class="when">23 November 2026</span>')

    entries = read(page(f"<ul>{marked}{written}{card(1)}</ul>"), frozenset()).entries

    assert [entry.published for entry in entries] == ["2026-11-24T08:00:00Z", "23 November 2026", None]


def test_links_of_one_card_are_one_article_with_its_headline():
    body = (
        '<article><a href="/2026/11/tide-1?utm_source=x"><img src="t.jpg"></a><a class="tag" href="/tag/sea">Sea</a>'
        '<h3><a href="/2026/11/tide-1">The tide of day 1 came late</a></h3><a href="/author/jane">Jane Doe</a>'
        '<a href="/2026/11/tide-1#more">Read more about it here</a><time>24 November 2026</time></article>'
    )

    [entry] = read(page(body), frozenset()).entries

    assert (entry.trace.link, entry.title) == ("https://daily.example/2026/11/tide-1", "The tide of day 1 came late")


def test_a_link_around_a_whole_card_is_called_by_what_it_says_first():
    body = "".join(
        f'<a class="card" href="/2026/11/tide-{n}"><figure><figcaption>A photograph by somebody</figcaption></figure>'
        f"<div><p>The tide of day {n} came late</p><p>And what else there is to be said of it.</p></div></a>"
        for n in range(3)
    )

    assert [title for _, title in shown(read(page(body), frozenset()))] == [
        f"The tide of day {n} came late" for n in range(3)
    ]


def test_one_of_a_row_that_says_little_is_an_article_like_the_others():
    section = '<li class="item"><a href="/0/">Tides</a></li>'
    others = "".join(
        f'<li class="item"><a href="/2026/11/tide-{n}/">The tide of day {n} came late</a></li>' for n in range(4)
    )
    short = '<li class="item"><a href="/2026/11/ebb-2/">Of ebbs</a></li>'

    found = listed(f"<ul>{others}{short}{section}</ul>")

    assert "/2026/11/ebb-2/" in found
    assert "/0/" not in found


def test_sections_and_other_sites_are_no_articles():
    below = "".join(f'<h2><a href="/sea/what-it-brought-{n}">What the tide brought, {n}</a></h2>' for n in range(3))
    section = '<h2><a href="/sea/">All the news from the sea</a></h2>'
    other = '<h2><a href="https://other.example/2026/11/what-others-say">What others say of the sea</a></h2>'

    assert listed(section + below + other) == [f"/sea/what-it-brought-{n}" for n in range(3)]


def test_a_selector_says_which_links_they_are_wherever_they_lead():
    body = (
        '<p class="x"><a href="/a">A</a></p><p class="x">no link</p><p class="y"><a href="/b">B</a></p>'
        '<a class="x" href="https://other.example/c">C</a><a class="x" href="#top">D</a>'
        '<a class="x" href="javascript:e">E</a>'
    )

    assert listed(body, ".x") == ["/a", "https://other.example/c"]


@pytest.mark.parametrize(
    ("body", "selector", "words"),
    [
        ("<p>Nothing here.</p>", None, "lists no articles"),
        ("<p>Nothing here.</p>", "h2 a", "finds no link"),
        ("<p>Nothing here.</p>", "h2 >", "not a selector"),
        ('<form action="/login">Log in <input type="password"></form>', None, "log in"),
    ],
)
def test_a_page_without_a_list_is_an_error_that_says_what_to_do(body, selector, words):
    html = f"<html><head><title>Log in</title></head><body>{body}</body></html>"
    with pytest.raises(ParseError, match=words):
        read(Document(body=html.encode(), url=URL), frozenset(), selector)


def test_what_is_known_is_not_read_again_whatever_stands_beside_it():
    first = read(page(f"<ul>{card(1)}{card(2)}</ul>"), frozenset())
    known = frozenset(trace.digest for trace in first.present)

    later = read(page(f"<ul>{card(3)}{card(1, '12 comments')}{card(2, '3 hours ago')}</ul>"), known)

    assert [entry.trace.link for entry in later.entries] == ["https://daily.example/2026/11/tide-3"]
    assert len(later.present) == 3


def test_a_feed_where_a_page_should_be_is_refused():
    feed = Document(body=b"<rss version='2.0'><channel/></rss>", url=URL)
    with pytest.raises(ParseError, match="a feed, not a page that lists articles"):
        taken_in(feed, frozenset(), LISTINGS)


@pytest.mark.parametrize(
    "body", ["<a href=/2026/11/a-b-c-d>" * 20_000, "<div>" * 5_000 + card(1), "".join(map(card, range(6_000)))]
)
def test_hostile_lists_are_bounded(body):
    try:
        assert len(read(page(body), frozenset()).entries) <= MOST_ENTRIES
    except ParseError as error:
        assert error.url == URL


def test_a_real_home_page_gives_its_headlines():
    with tarfile.open(needs_shared("corpora", "feeds", "suites", "discovery-pages.tar.xz")) as tar:
        member = next(one for one in tar if one.name.endswith("japantimes.html"))
        file = tar.extractfile(member)
        assert file is not None
        document = Document(body=file.read(), url="https://www.japantimes.co.jp/")

    entries = read(document, frozenset()).entries

    assert len(entries) >= 8
    assert all("/2019/" in (entry.trace.link or "") and entry.title for entry in entries)
