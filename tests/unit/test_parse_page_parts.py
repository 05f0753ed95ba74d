"""The further pages of an article and its other versions are found by their addresses, and its pages read as one."""

import pytest

from cuttings.model.article import MOST_PARTS
from cuttings.parse.page.parts import parts_of
from cuttings.text import xml
from cuttings.text.blocks import joined

URL = "https://daily.example/2026/tides.html"


def found(html: str, url: str = URL) -> list[tuple[str, str]]:
    return list(parts_of(xml.parse_html(f"<html><body><p>x</p>{html}</body></html>"), url))


@pytest.mark.parametrize(
    ("url", "second", "third"),
    [
        (URL, "?page=2", "?page=3"),
        ("https://daily.example/tides", "/tides/2", "/tides/3"),
        ("https://daily.example/tides/", "https://daily.example/tides/page/2/", "/tides/page/3/"),
        (URL, "tides_2.html", "tides_3.html"),
        ("https://daily.example/tides-p1.html", "tides-p2.html", "tides-p3.html"),
        ("https://daily.example/a/tides,10", "/a/tides,10,page2", "/a/tides,10,page3"),
    ],
)
def test_further_pages_are_found_in_order(url, second, third):
    links = found(f'<a href="{third}">3</a> <a href="{second}">2</a> <a href="{url}">1</a>', url)

    assert [rel for rel, _ in links] == ["next", "next"]
    assert [target.rpartition(end)[1] for (_, target), end in zip(links, (second, third), strict=True)] == [
        second,
        third,
    ]


def test_from_a_later_page_only_those_after_it_are_next():
    assert found('<a href="?page=1">1</a><a href="?page=3">3</a>', f"{URL}?page=2") == [("next", f"{URL}?page=3")]


@pytest.mark.parametrize(
    "link",
    [
        '<link rel="next" href="/2026/boats.html">',  # the next article
        '<a rel="next" href="/2026/">Next</a>',
        '<a href="https://other.example/2026/tides.html?page=2">2</a>',
        '<a href="tides-2.html">What came after the tides</a>',  # another story
        '<a href="/2026/tides.html?page=99">99</a>',
        '<a href="/2026/tides/comments/2">2</a>',
        '<a href="javascript:next(2)">2</a>',
        '<a href="//[2">2</a>',
    ],
)
def test_what_is_no_page_of_the_article_is_left(link):
    assert found(link) == []


def test_a_page_that_holds_all_comes_first():
    assert found('<a href="?page=2">2</a><a href="?page=all">On one page</a>')[0] == ("all", f"{URL}?page=all")


def test_other_versions_are_told():
    head = '<link rel="amphtml" href="/amp/2026/tides"><link rel="amphtml" href="https://cdn.example/tides">'

    assert found(head + '<a href="/print/2026/tides.html">Print</a>') == [
        ("amphtml", "https://daily.example/amp/2026/tides"),
        ("print", "https://daily.example/print/2026/tides.html"),
    ]


@pytest.mark.parametrize("url", ["", "inbox/tides.html", "https://daily.example/", "https://daily.example/a b"])
def test_what_has_no_address_of_its_own_has_no_parts(url):
    assert found('<a href="https://daily.example/page/2">2</a>', url) == []


def test_no_more_than_a_few_are_followed():
    assert len(found("".join(f'<a href="?page={n}">{n}</a>' for n in range(2, 50)))) == MOST_PARTS


def test_pages_read_as_one_without_what_each_repeats():
    intro = "<p>Nobody in the harbour saw it coming.</p>"

    whole = joined([f"{intro}<p>One.</p><p>It fell.</p>", f"{intro}<p>Two.</p><p>It fell.</p>"])

    assert whole == f"{intro}<p>One.</p><p>It fell.</p><p>Two.</p><p>It fell.</p>"
