"""An article's page: its text with its markup, what it says of itself, the feeds it offers."""

import json
import tarfile
from pathlib import Path

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Entry, Image, Person
from cuttings.model.capture import Document
from cuttings.parse.discovery import base_of, tree_of
from cuttings.parse.page import read
from cuttings.text import markup

SHARED = Path(__file__).parents[2].parent / "shared" / "corpora" / "articles"
URL = "https://daily.example/2026/tides"
PROSE = "The tide came in late that night, and the boats lay dry until the morning, when the wind turned at last. " * 4

PAGE = f"""<!doctype html><html lang="en-GB"><head><title>Tides | The Daily</title>
<meta property="og:site_name" content="The Daily"><meta name="description" content="A late &amp; long tide.">
<meta property="article:published_time" content="2026-11-24T03:10:00+01:00">
<meta name="author" content="By Jane Doe and John Roe">
<meta property="og:image" content="/lead.jpg"><meta property="article:section" content="Sea">
<link rel="canonical" href="/tides"><link rel="Alternate feed" type="application/rss+xml" title="All" href="/feed.xml">
</head><body><nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<article><h1>The tides of a night</h1><p class="article-dek">Nobody saw it coming.</p>
<p>{PROSE}<a href="/before">An earlier report</a> said so.</p>
<figure><img data-src="/boats?size=large" src="data:image/gif;base64,R0lGOD">
<figcaption>Boats, <b>dry</b></figcaption></figure>
<h2>What came of it</h2><ol><li>{PROSE[:100]}</li><li>The second thing that came of it all</li></ol>
<p>{PROSE}</p><blockquote><p>{PROSE[:120]}</p></blockquote>
<pre><code>def tide():
    return "high"</code></pre><p>{PROSE}</p></article>
<script>alert(1)</script></body></html>"""


def page(html: str = PAGE, url: str = URL) -> Document:
    return Document(body=html.encode(), url=url, headers={"content-type": "text/html; charset=utf-8"})


def article(html: str = PAGE, url: str = URL) -> Entry:
    [entry] = read(page(html, url), set()).entries
    return entry


def test_a_page_says_what_it_is():
    entry = article()

    assert (entry.title, entry.subtitle, entry.summary) == (
        *("The tides of a night", "Nobody saw it coming.", "A late & long tide."),
    )
    assert entry.authors == (Person(name="Jane Doe"), Person(name="John Roe"))
    assert (entry.published, entry.modified, entry.language) == ("2026-11-24T03:10:00+01:00", None, "en-GB")
    assert (entry.canonical, entry.trace.link, entry.trace.guid) == ("https://daily.example/tides", URL, None)
    assert entry.image == Image(url="https://daily.example/lead.jpg")
    assert (entry.categories, entry.status) == (("Sea",), "full")
    assert read(page(), set()).channel.title == "The Daily"


def test_its_text_keeps_its_markup():
    content = markup.sanitised(article().content or "", URL)

    assert '<a href="https://daily.example/before"' in content
    assert "<h2>What came of it</h2>" in content
    assert content.count("<li>") == 2 == content.count("<ol>") * 2
    assert "<blockquote>" in content
    assert 'def tide():\n    return "high"' in content
    assert "Home" not in content
    assert "Nobody saw it coming" not in content  # the subtitle stands apart


def test_an_image_without_file_extension_is_kept_with_its_caption():
    content = markup.sanitised(article().content or "", URL)

    assert (
        '<figure><img src="https://daily.example/boats?size=large" alt=""><figcaption>Boats, <b>dry</b></figcaption>'
        in content
    )
    assert "<p></p>" not in content


def test_the_headline_is_not_in_the_text_once_more():
    assert "The tides of a night" not in (article().content or "")


def test_a_short_title_takes_no_paragraph_along_that_begins_with_its_words():
    written = PAGE.replace("The tides of a night", "The tides").replace(
        "Nobody saw it coming.", "The tides came in late."
    )

    assert "The tides came in late." in markup.text_of(article(written.replace("article-dek", "")).content or "")


def test_a_known_page_is_not_read_again():
    known = {article().trace.digest}

    again = read(page(), known)

    assert (again.entries, [trace.digest for trace in again.present]) == ((), list(known))


def test_linked_data_is_heard():
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "The Daily"},
            {
                "@type": ["NewsArticle"],
                "headline": "Tides",
                "author": [{"@type": "Person", "name": "Jane Doe", "url": "/jane"}],
                "datePublished": "2026-11-23T10:00:00Z",
                "dateModified": "2026-11-24T10:00:00Z",
            },
        ]
    }
    entry = article(f'<title>x</title><script type="application/ld+json">{json.dumps(data)}</script><p>{PROSE}</p>')

    assert (entry.title, entry.published, entry.modified) == ("Tides", "2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z")
    assert entry.authors == (Person(name="Jane Doe", url="https://daily.example/jane"),)


@pytest.mark.parametrize("data", ["[" * 100_000, "{", "null", '{"@type": 1}', '{"@graph": {"@graph": []}}', '"x"'])
def test_broken_linked_data_costs_nothing(data):
    entry = article(f'<title>Tides</title><script type="application/ld+json">{data}</script><p>{PROSE}</p>')

    assert (entry.title, entry.published) == ("Tides", None)


def test_a_page_without_date_has_none():
    entry = article(f"<title>Tides</title><p>{PROSE}</p><p>Copyright 2026, 24 November 2026</p>")

    assert (entry.published, entry.modified) == (None, None)


@pytest.mark.parametrize("base", ["javascript:alert(1)", "//evil.example/", "data:text/html,x"])
def test_a_base_on_another_site_is_no_base(base):
    root, _ = tree_of(page(f'<base href="{base}"><title>T</title>'))

    assert base_of(root, URL) == URL


def test_a_saved_page_is_named_by_what_it_says_of_itself():
    entry = article(PAGE.replace('href="/tides"', 'href="https://daily.example/tides"'), url="inbox/tides.html")

    assert (entry.trace.link, entry.canonical) == ("https://daily.example/tides", "https://daily.example/tides")


def test_a_page_without_text_is_no_articles_whatever_its_title():
    for html in ("<title>Please enable scripts</title><div id=app></div>", "<div></div>"):
        with pytest.raises(ParseError, match="no article"):
            read(page(html), set())


@pytest.mark.parametrize(
    "html", ["<table>" * 20_000 + PROSE, "<div>" * 5_000 + PROSE, "<p>" + "&#0;\ufffe\x01" * 100, "<a>" * 20_000]
)
def test_hostile_pages_are_read_or_refused(html):
    try:
        article(f"<title>T</title>{html}")
    except ParseError as error:
        assert error.url == URL


@pytest.mark.skipif(not SHARED.exists(), reason="the shared corpora are not there")
def test_real_pages_give_the_text_that_people_marked():
    gold = json.loads((SHARED / "scrapinghub" / "ground-truth.json").read_text())
    scores = []
    with tarfile.open(SHARED / "scrapinghub" / "html.tar.xz") as pages:
        for member in [member for member in pages if member.name.endswith(".html")][:30]:
            truth = gold[Path(member.name).stem]
            file = pages.extractfile(member)
            assert file is not None
            [entry] = read(Document(body=file.read(), url=truth.get("url", URL)), set()).entries
            scores.append(overlap(markup.text_of(markup.sanitised(entry.content or "", URL)), truth["articleBody"]))

    assert sum(scores) / len(scores) > 0.93


def overlap(one: str, other: str) -> float:
    """F1 of the sets of words' neighbourhoods."""
    first, second = shingles(one), shingles(other)
    return 2 * len(first & second) / max(len(first) + len(second), 1)


def shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}
