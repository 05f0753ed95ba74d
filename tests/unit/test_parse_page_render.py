"""What is kept of a page keeps its markup, and brings its own pictures along."""

import pytest

from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.render import Rendered, render
from cuttings.text import markup, xml

BASE = "https://daily.example/2026/tides.html"
TEXT = "<p>High water is at noon today, and again a little after midnight, says the harbour.</p>"


def page(body: str, *dropped: str) -> Rendered:
    """Render all blocks of a page but those with these texts."""
    found = blocks(xml.parse_html(f"<html><body>{body}</body></html>"))
    return render(found, [block.text not in dropped for block in found], BASE)


def html(body: str, *dropped: str) -> str:
    """As above, line feeds between elements taken out."""
    return page(body, *dropped).html.replace(">\n", ">")


def urls_of(rendered: Rendered) -> list[str]:
    return [image.url or "" for image in rendered.images]


@pytest.mark.parametrize(
    "kept",
    [
        "<p>One <strong>strong</strong>, <em>stressed</em>, H<sub>2</sub>O, m<sup>2</sup>, <code>x</code>.</p>",
        '<p><q>Said</q> <cite>she</cite> at <time datetime="2026-11-24">noon</time>, <abbr title="so">s.</abbr></p>',
        "<h2>Ebb</h2><p>Low.</p>",
        '<ol start="3"><li>Three</li><li>Four</li></ol><p>End.</p>',
        "<ul><li>One<ul><li>Inner</li></ul></li><li>Two</li></ul><p>End.</p>",
        "<dl><dt>Ebb</dt><dd>Water falls</dd></dl><p>End.</p>",
        "<blockquote><p>Said.</p><p>And so.</p></blockquote><p>End.</p>",
        '<p>A note<sup><a href="https://daily.example/2026/tides.html#fn1">1</a></sup>.</p>',
    ],
)
def test_markup_with_a_meaning_stays(kept):
    assert html(kept) == kept


def test_elements_without_a_meaning_go_and_their_words_stay():
    assert html("<div><section><span style='x'>One <font>two</font></span></section></div>") == "<p>One two</p>"


def test_a_page_has_one_first_heading_that_is_not_in_the_text():
    assert html("<h1>Part</h1><p>Text.</p>") == "<h2>Part</h2><p>Text.</p>"


def test_what_was_not_kept_is_not_rendered():
    assert html(f"<nav>Home</nav>{TEXT}<div>Share</div>", "Home", "Share") == TEXT


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('<a href="/ebb">ebb</a>', '<a href="https://daily.example/ebb">ebb</a>'),
        ('<a href="#note">note</a>', f'<a href="{BASE}#note">note</a>'),
        ('<a href="javascript:alert(1)">ebb</a>', "ebb"),
        ('<a name="here">ebb</a>', "ebb"),
        ('ebb <a href="/x"></a>', "ebb"),
        ('ebb<a href="#ebb">¶</a>', "ebb"),
    ],
)
def test_links_are_absolute_or_their_words_alone(given, kept):
    assert html(f"<p>{given}</p>") == f"<p>{kept}</p>"


def test_a_link_around_blocks_goes_into_them():
    assert html('<a href="/x"><div>One two</div></a>') == '<p><a href="https://daily.example/x">One two</a></p>'


def test_two_line_breaks_part_paragraphs_and_one_does_not():
    assert html("<div>One<br>two<br><br>three</div>") == "<p>One<br>two</p><p>three</p>"


def test_preformatted_text_keeps_its_white_space():
    assert html("<pre>a\n  b &lt;c&gt;<br>d</pre>") == "<pre><code>a\n  b &lt;c&gt;\nd</code></pre>"


def test_a_table_keeps_its_cells_where_they_are():
    table = (
        '<table><tr><th colspan="2">Tides</th></tr><tr><td></td><td>2 m</td></tr><tr><td>Ebb</td><td></td></tr></table>'
    )

    assert html(table + TEXT) == table + TEXT


def test_a_table_that_lays_the_page_out_is_none():
    assert html(f"<table><tr><td>{TEXT}{TEXT}</td><td>Menu</td></tr></table>", "Menu") == TEXT + TEXT


def test_items_and_quotations_of_a_list_that_holds_the_page_are_paragraphs():
    assert html(f"<ul><li>{TEXT * 5}</li></ul>") == TEXT * 5


@pytest.mark.parametrize(
    ("image", "address"),
    [
        ('<img src="a.jpg">', "2026/a.jpg"),
        ('<img src="data:image/gif;base64,R0" data-src="/a.jpg">', "a.jpg"),
        ('<img src="/blank.gif" data-lazy-src="/a.jpg">', "a.jpg"),
        ('<img src="/a-1.jpg" srcset="/a-3.jpg 1200w, /a-2.jpg 600w">', "a-3.jpg"),
        ('<img src="/a-1.jpg" srcset="/a,1.jpg 1x, /a,2.jpg 2x">', "a,2.jpg"),
        ('<picture><source srcset="/a.webp 800w"><img src="/a.jpg"></picture>', "a.webp"),
        ('<img src="/blank.gif"><noscript><img src="/a.jpg"></noscript>', "a.jpg"),
        ('<noscript><img src="/a.jpg"></noscript>', "a.jpg"),
        ('<amp-img src="/a.jpg" width="800" height="600"></amp-img>', "a.jpg"),
    ],
)
def test_an_image_is_found_wherever_its_address_waits(image, address):
    found = page(f"{TEXT}<div>{image}</div>{TEXT.replace('noon', 'two')}")

    assert urls_of(found) == [f"https://daily.example/{address}"]
    assert found.html.count("<img") == 1


def test_an_image_keeps_its_alternative_and_its_caption_which_is_no_text():
    caption = 'The <a href="https://daily.example/h">harbour</a>. Photo: Ann'
    figure = f"<figure><img src=/a.jpg alt='A &lt;quay&gt;'><figcaption>{caption}</figcaption></figure>"

    found = page(TEXT + figure + TEXT.replace("noon", "two"))

    assert f'alt="A &lt;quay&gt;"><figcaption>{caption}</figcaption></figure>' in found.html
    assert found.images[0].caption == "The harbour. Photo: Ann"
    assert found.captions == {2}
    assert "harbour. Photo" not in markup.text_of(markup.sanitised(found.html, BASE))


def test_a_caption_is_known_by_its_class_too_and_kept_or_not_it_goes_with_its_image():
    box = '<div class="wp-caption"><img src="/a.jpg"><p class="wp-caption-text">The quay</p></div>'

    for dropped in ((), ("The quay",)):
        assert "<figcaption>The quay</figcaption>" in html(TEXT + box + TEXT.replace("noon", "two"), *dropped)


def test_a_text_that_is_called_a_caption_without_a_picture_is_text():
    assert html(f'{TEXT}<p class="caption">High and dry.</p>') == f"{TEXT}<p>High and dry.</p>"


def test_an_image_before_the_text_opens_it():
    found = page(f"<article><h1>Tides</h1><p>By Ann</p><img src=/a.jpg>{TEXT}</article>", "Tides", "By Ann")

    assert (urls_of(found), found.opens) == (["https://daily.example/a.jpg"], True)


@pytest.mark.parametrize(
    "ornament",
    [
        '<img src="/icons/mail.png">',
        '<img class="avatar" src="/ann.jpg">',
        '<img src="/a.gif" width="1" height="1">',
        '<img src="/a.jpg" style="width:16px">',
        '<div class="share-row"><img src="/a.jpg"></div>',
        '<div><a href="/other"><img src="/a.jpg"></a><a href="/other">Another article altogether</a></div>',
        '<figure><img src="/a.jpg"><a href="/o">A story about quite other things</a></figure>',
        '<aside><img src="/a.jpg"></aside>',
        '<img src="javascript:alert(1)">',
        '<img data-src="{&quot;a&quot;:1}">',
    ],
)
def test_icons_faces_counters_and_what_leads_to_other_articles_are_left_out(ornament):
    dropped = ("Another article altogether", "A story about quite other things")

    assert urls_of(page(TEXT + ornament + TEXT.replace("noon", "two"), *dropped)) == []


def test_an_image_that_stands_for_a_character_is_that_character():
    assert html('<p>Good <img class="emoji" alt="🌊" src="/e.svg"> tide</p>') == "<p>Good 🌊 tide</p>"


def test_the_same_image_twice_is_there_once():
    assert (
        len(page('<img src="/harbour-view-300x200.jpg">' + TEXT + '<img src="/harbour-view.jpg">' + TEXT).images) == 1
    )


def test_what_stands_in_a_page_cannot_leave_its_place_in_the_markup():
    found = html(
        '<p title="&quot;><script>">&lt;script&gt;alert(1)&lt;/script&gt;</p>'
        '<img alt="&quot; onerror=&quot;x" src="/a&quot;b.jpg">'
    )

    assert "<script" not in found
    assert ' onerror="' not in found


def test_nothing_kept_is_nothing():
    assert page("<p>Menu</p><img src=/a.jpg>", "Menu").html == ""
