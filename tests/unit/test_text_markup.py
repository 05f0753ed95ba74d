"""HTML fragments: what is let in, and how they read as plain text."""

import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cuttings.text.markup import (
    DEEPEST,
    escaped,
    kind_of,
    legal,
    opening_image,
    paragraphs,
    plain,
    sanitised,
    summary,
    text_of,
)

BASE = "https://daily.example/2026/tides"
ALLOWED_ATTRIBUTES = {"href", "src", "alt", "title", "rel", "width", "height", "lang", "dir", "colspan", "rowspan"}
ACTIVE = {"script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "meta", "base", "link"}


class Seen(HTMLParser):
    """What another parser than the sanitiser's sees in a fragment."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")

    @property
    def is_harmless(self) -> bool:
        addresses = self.attributes.get("href", set()) | self.attributes.get("src", set())
        return (
            not self.tags & ACTIVE
            and self.attributes.keys() <= ALLOWED_ATTRIBUTES
            and all(re.match(r"https?://|mailto:|tel:", address) for address in addresses)
        )


def test_relative_addresses_become_absolute_and_tracking_goes():
    clean = sanitised('<a href="/next?utm_source=feed&id=7">Next</a><img src="map.png" alt="Map">', BASE)

    assert clean == (
        '<a href="https://daily.example/next?id=7" rel="noopener noreferrer">Next</a>'
        '<img src="https://daily.example/2026/map.png" alt="Map">'
    )


def test_without_a_base_relative_addresses_are_dropped_and_their_words_kept():
    assert text_of(sanitised('<p><a href="/next">Next</a></p>', "")) == "Next"
    assert "href" not in sanitised('<a href="/next">Next</a>', "")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:alert(1)">x</a>',
        '<a href="JaVaScRiPt:alert(1)">x</a>',
        '<a href="java\tscript:alert(1)">x</a>',
        '<a href="&#106;avascript:alert(1)">x</a>',
        '<a href="data:text/html,<script>alert(1)</script>">x</a>',
        '<a href="vbscript:x">x</a><a href="blob:x">x</a>',
        "<svg><style><img src=x onerror=alert(1)></style></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<template><script>alert(1)</script></template>",
        '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
        "<object data=x></object><embed src=x><form action=x><input formaction=x></form>",
        '<meta http-equiv=refresh content="0;url=x"><base href="//evil.example/">',
        '<p style="position:fixed" id="body" class="x" name="y">x</p>',
        '<img srcset="x onerror=alert(1)" src="data:image/svg+xml,<svg onload=alert(1)>">',
        "<div><a ping=https://evil.example/ href=https://a.example/>x</a></div>",
    ],
)
def test_nothing_active_is_let_in(hostile):
    assert Seen(sanitised(hostile, BASE)).is_harmless


@given(st.text(alphabet="<>/\"'=& \n\0aimgsrcxonpt:;-!", max_size=60))
def test_whatever_comes_in_the_result_is_regular_and_cleaning_it_again_is_safe(soup):
    clean = sanitised(soup, BASE)

    assert Seen(clean).is_harmless
    assert legal(clean) == clean
    assert "<" not in re.sub(r'<(/?)([a-z][a-z0-9]*)((?: [^\s"=<>]+="[^"]*")*)>', "", clean)


INLINE = st.recursive(
    st.text(alphabet="abc <&>é\u00a0", min_size=1, max_size=8).map(escaped),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["em", "strong", "code", "sub", "q"]),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)
BLOCKS = st.lists(
    st.one_of(
        INLINE.map(lambda inner: f"<p>{inner}</p>"),
        INLINE.map(lambda inner: f"<blockquote><p>{inner}</p></blockquote>"),
        INLINE.map(lambda inner: f"<ul><li>{inner}</li><li>two</li></ul>"),
        INLINE.map(lambda inner: f"<table><tbody><tr><td>{inner}</td><td>b</td></tr></tbody></table>"),
        st.just('<figure><img src="a.png?x=1&amp;y=2" alt="A"><figcaption>Cap</figcaption></figure>'),
        INLINE.map(lambda inner: f'<p><a href="b?utm_medium=x&amp;c=1">{inner}</a></p>'),
    ),
    max_size=5,
).map("".join)


@given(BLOCKS)
def test_cleaning_is_idempotent(html):
    once = sanitised(html, BASE)

    assert sanitised(once, "") == once


@pytest.mark.parametrize(
    "pixel",
    [
        '<img src="https://t.example/p.gif" width="1" height="1">',
        '<img src="https://t.example/p.gif" width=0>',
        '<img src="https://t.example/p.gif" style="display:none">',
        '<img src="https://t.example/p.gif" style="width: 1px; height: 1px">',
        '<img src="https://feeds.feedburner.com/~r/daily/~4/abc">',
        '<img src="https://pixel.wp.com/b.gif?x=1">',
        '<img src="https://daily.example/?republication-pixel=true&post=1">',
        '<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">',
        "<img alt=x>",
    ],
)
def test_images_that_count_readers_or_show_nothing_go(pixel):
    assert sanitised(f"<p>High.{pixel}</p>", BASE) == "<p>High.</p>"


def test_an_image_that_waits_for_a_script_gets_its_address():
    lazy = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="/boat.jpg" style="max-width:1px2">'

    assert sanitised(lazy, BASE) == '<img src="https://daily.example/boat.jpg">'


def test_an_image_in_a_noscript_is_kept():
    assert "boat.jpg" in sanitised('<noscript><img src="/boat.jpg"></noscript>', BASE)


def test_controls_and_lone_surrogates_are_replaced():
    assert sanitised("<p>a\ud800b&#1;c&#0;d\x0ce&#xFFFF;</p>", BASE).count("\ufffd") >= 3
    assert legal(sanitised("<p>a\ud800&#1;</p>", BASE)) == sanitised("<p>a\ud800&#1;</p>", BASE)


@pytest.mark.parametrize(
    "soup",
    ["<div>" * 100_000, "<b>" * 50_000 + "</p>" * 50_000, "<x>" * 50_000 + "<p>" * 50_000, "<noscript " * 100_000],
    ids=["nested", "formatting", "unknown", "unclosed"],
)
def test_deep_nesting_costs_no_time(soup):
    begun = time.process_time()

    clean = sanitised(soup + "end", BASE)

    assert clean.count("<div>") <= DEEPEST
    assert time.process_time() - begun < 3  # without a bound it is over twenty


def test_text_is_one_line_a_block():
    html = sanitised(
        "<h2>Tides</h2><p>High\n  water &amp; <b>low</b> water.<br>Again.</p><ul><li>one<li>two</ul>"
        "<figure><img src=a.png alt=Alt><figcaption>Caption</figcaption></figure>"
        "<table><tr><th>Time<td>3:10</table><div>x<br><br>y</div>",
        BASE,
    )

    assert text_of(html).split("\n\n") == [
        *("Tides", "High water & low water. Again.", "one", "two", "Time 3:10", "x", "y"),
    ]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("Tom &amp; <b>Jerry</b>", "html", "Tom & Jerry"),
        ("Tom &amp; <b>Jerry</b>", "text", "Tom &amp; <b>Jerry</b>"),
        ("x < y", "html", "x < y"),
        ("<script>alert(1)</script>Tides", "html", "Tides"),
        ('"><svg/onload=alert(1)>Tides', "html", '">'),
        ("a\x00b\tc\nd\u202ee\u2066f\x85g", "text", "a b c def g"),
        ("e\u0301", "text", "é"),
        ("&#8238;Tides&#0;", "html", "Tides\ufffd"),
        ("", "html", ""),
    ],
)
def test_a_title_is_one_plain_line(value, kind, expected):
    assert plain(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x < y", "text"),
        ("vector<T>", "text"),
        ("AT&T and R&D", "text"),
        ("Tom &amp; Jerry", "html"),
        ("<b>Tides</b>", "html"),
        ("a<br/>b", "html"),
        ("It&#8217;s", "html"),
    ],
)
def test_an_undeclared_text_is_markup_only_where_it_shows(value, kind):
    assert kind_of(value) == kind


@given(st.text(max_size=400), st.integers(min_value=10, max_value=300))
def test_a_summary_keeps_its_limit(text, limit):
    cut = summary(text, limit)

    assert len(cut) <= limit
    assert cut.endswith("…") or cut == " ".join(text.split())


def test_a_summary_ends_at_a_word():
    assert summary("High water comes late they say", 22) == "High water comes late…"
    assert summary("水" * 400, 300) == "水" * 299 + "…"


def test_plain_text_becomes_paragraphs_and_back():
    assert paragraphs("One\nline\n\n \nTwo <b>") == "<p>One<br>line</p><p>Two &lt;b&gt;</p>"
    assert text_of(paragraphs("One\n\nTwo & <b>")) == "One\n\nTwo & <b>"


def test_the_opening_image_is_taken_out_with_its_figure_and_caption():
    html = sanitised(
        '<figure><a href="/big"><img src="/boat.jpg" alt="A boat"></a><figcaption>The <b>boat</b></figcaption></figure>'
        "<p>High.</p>",
        BASE,
    )

    opening = opening_image(html)

    assert opening is not None
    assert (opening.url, opening.alt, opening.caption) == ("https://daily.example/boat.jpg", "A boat", "The boat")
    assert opening.rest == "<p>High.</p>"


@pytest.mark.parametrize(
    "html", ["<p>High.<img src=a.png></p>", '<p><img src=a.png width="16">High.</p>', "<p>High.</p>"]
)
def test_an_image_below_text_and_an_icon_open_nothing(html):
    assert opening_image(sanitised(html, BASE)) is None
