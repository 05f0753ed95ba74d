"""Sitemaps are read as lists of entries, indexes as lists of parts."""

import gzip

import pytest

from cuttings.errors import ParseError
from cuttings.flow.intake import SITEMAPS
from cuttings.flow.intake import read as taken_in
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.parse.sitemap import read

URL = "https://daily.example/sitemap.xml"
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
NEWS = (
    "<news:news><news:publication><news:name>Daily</news:name><news:language>de</news:language></news:publication>"
    "<news:publication_date>2026-11-24T08:00:00+01:00</news:publication_date><news:title>Tides &amp; moon</news:title>"
    "<news:keywords>sea, tides</news:keywords></news:news><image:image><image:loc>/a.jpg</image:loc></image:image>"
)


def document(body: str, url: str = URL) -> Document:
    return Document(body=body.encode(), url=url)


def urlset(*urls: str) -> Document:
    return document(f"<?xml version='1.0'?><urlset {SPACES}>{''.join(f'<url>{url}</url>' for url in urls)}</urlset>")


def index(*parts: str) -> Document:
    listed = "".join(f"<sitemap>{part}</sitemap>" for part in parts)
    return document(f"<sitemapindex {SPACES}>{listed}</sitemapindex>")


def test_an_entry_is_an_address_and_when_it_changed():
    [entry] = read(urlset("<loc> /a?b=1&amp;c=2 </loc><lastmod>2026-11-24</lastmod>"), set()).entries

    assert (entry.trace.link, entry.modified) == ("https://daily.example/a?b=1&c=2", "2026-11-24")
    assert (entry.title, entry.published, entry.trace.guid) == (None, None, None)


def test_a_news_sitemap_says_title_date_language_keywords_and_image():
    parsed = read(urlset(f"<loc>/a</loc>{NEWS}"), set())

    [entry] = parsed.entries
    assert (entry.title, entry.published) == ("Tides & moon", "2026-11-24T08:00:00+01:00")
    assert (entry.language, entry.categories) == ("de", ("sea", "tides"))
    assert entry.image is not None and entry.image.url == "https://daily.example/a.jpg"
    assert parsed.channel.title == "Daily"


def test_the_newest_comes_first_and_without_dates_the_last():
    dated = [f"<loc>/{day}</loc><lastmod>2026-11-{day}</lastmod>" for day in (10, 12, 11)]
    parsed = read(urlset("<loc>/x</loc>", *dated, "<loc>/y</loc>"), set())

    assert [(entry.trace.link or "").rpartition("/")[2] for entry in parsed.entries] == ["12", "11", "10", "y", "x"]


def test_what_is_known_is_passed_over_until_its_date_changes():
    before = read(urlset("<loc>/a</loc><lastmod>2026-11-10</lastmod>", "<loc>/b</loc>"), set())
    known = {trace.digest for trace in before.present}

    after = read(urlset("<loc>/a</loc><lastmod>2026-11-11</lastmod>", "<loc>/b</loc>"), known)

    assert [entry.trace.link for entry in after.entries] == ["https://daily.example/a"]
    assert len(after.present) == 2


def test_an_index_lists_its_parts_the_last_changed_first_then_those_at_both_ends():
    dated = [f"<loc>/{day}.xml</loc><lastmod>2026-11-{day}</lastmod>" for day in (10, 12)]
    parsed = read(index("<loc>/1.xml</loc>", *dated, "<loc>/2.xml</loc>", "<loc>/3.xml</loc>"), set())

    names = [url.rpartition("/")[2] for url, _ in parsed.channel.parts]
    assert names == ["12.xml", "10.xml", "3.xml", "1.xml", "2.xml"]
    assert (parsed.entries, parsed.channel.parts[0][1]) == ((), "2026-11-12")


def test_robots_txt_names_sitemaps_on_any_host_each_once():
    robots = "User-agent: *\nSitemap: https://cdn.example/s.xml.gz\n sitemap:/b.xml\nSITEMAP: /b.xml # 2\n"

    parsed = read(document(robots, "https://daily.example/robots.txt"), set())

    assert [url for url, _ in parsed.channel.parts] == ["https://cdn.example/s.xml.gz", "https://daily.example/b.xml"]


def test_a_packed_sitemap_is_unpacked_within_bounds():
    packed = Document(body=gzip.compress(urlset("<loc>/a</loc>").body), url=URL + ".gz")
    bomb = Document(body=gzip.compress(b" " * (sniff.LARGEST + 1)), url=URL + ".gz")

    assert len(taken_in(packed, frozenset(), SITEMAPS).drafts) == 1
    with pytest.raises(ParseError, match="cannot be unpacked"):
        taken_in(bomb, frozenset(), SITEMAPS)


def test_more_entries_than_we_read_are_counted():
    parsed = read(urlset(*(f"<loc>/{number}</loc>" for number in range(10_003))), set())

    assert (len(parsed.entries), parsed.left_out) == (10_000, 3)


@pytest.mark.parametrize(
    "body",
    [
        "<urlset><url><loc>https://a",
        "<!DOCTYPE u [<!ENTITY a 'b'>]><urlset><url><loc>&a;</loc></url></urlset>",
        "<rss/>",
        "<html><body><p>Not found</p></body></html>",
        "",
    ],
)
def test_what_is_no_sitemap_is_said_to_be_none(body):
    with pytest.raises(ParseError):
        taken_in(document(body), frozenset(), SITEMAPS)


def test_addresses_that_are_none_are_passed_over():
    odd = ["<loc>javascript:alert(1)</loc>", "<loc/>", "<lastmod>2026-11-24</lastmod>", "<loc>ftp://a.example/</loc>"]

    assert read(urlset(*odd, "<loc>/a</loc>"), set()).present[0].link == "https://daily.example/a"
