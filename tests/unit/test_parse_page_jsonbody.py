"""A body in the page's JSON: taken where it is this article's and longer than what the page shows, else left."""

import json

import pytest

from cuttings.parse.page.blocks import blocks
from cuttings.parse.page.jsonbody import LARGEST, Body, body_of
from cuttings.text import markup, xml

LINES = [
    f"The harbour of town {number} lay dry on day {number * 7}, and {number + 40} boats waited for the water to return."
    for number in range(12)
]
TITLE = "The tides of a night in spring"


JSON = '<script type="application/json">{}</script>'


def found(data: object, shown: str = LINES[0], script: str = JSON, aside: str = "") -> Body | None:
    """The body that a page has which shows lines as its text, and others aside."""
    text = "".join(f"<p>{line}</p>" for line in shown.split("\n"))
    return body_in(f"<main>{text}</main>{aside}{script.format(json.dumps(data))}")


def body_in(html: str) -> Body | None:
    root = xml.parse_html(f"<html><body>{html}</body></html>")
    shown = blocks(root)
    return body_of(root, shown, [block.chain[-2].tag == "main" for block in shown], TITLE, "")


def text_of(body: Body | None) -> list[str]:
    return markup.text_of(markup.sanitised(body.html if body else "", "")).split("\n\n")


def test_a_body_in_plain_text_has_its_lines_as_paragraphs():
    data = {"@type": "NewsArticle", "headline": TITLE, "articleBody": "\n\n".join(LINES)}

    assert text_of(found(data, script='<script type="application/ld+json">{}</script>')) == LINES


@pytest.mark.parametrize("escape", [str, markup.escaped])
def test_a_body_in_html_keeps_its_markup(escape):
    body = "".join(f"<p>{line} <em>So it was.</em></p>" for line in LINES)

    kept = found({"page": {"content": escape(body)}})

    assert kept is not None
    assert kept.html.count("<em>So it was.</em></p>") == len(LINES)


def test_a_tree_of_nodes_is_rendered_without_what_is_no_text():
    link = {"type": "link", "data": {"href": "https://daily.example/dry"}, "content": [{"value": "Dry"}]}
    nodes = [
        {"type": "paragraph", "content": [{"type": "text", "value": line}, link, {"type": "strong", "content": ["!"]}]}
        for line in LINES
    ]
    advert = {"type": "inline-newsletter", "content": [{"type": "text", "value": "Sign up."}]}
    heading = {"type": "heading", "content": [{"type": "text", "value": "What <came> of it"}]}

    kept = found({"props": {"story": {"headline": TITLE, "body": [nodes[0], advert, heading, *nodes[1:]]}}})

    assert kept is not None
    assert f'<p>{LINES[3]}<a href="https://daily.example/dry">Dry</a><strong>!</strong></p>' in kept.html
    assert "<h2>What &lt;came&gt; of it</h2>" in kept.html
    assert "Sign up" not in kept.html
    assert kept.at == "props.story.body"


def test_data_assigned_to_a_variable_is_read():
    assert found({"body": "\n".join(LINES)}, script="<script>window.__STATE__ = {};</script>") is not None


def test_a_paragraph_that_stands_twice_is_taken_once():
    body = "".join(f"<p>{line}</p>" for line in [LINES[0], *LINES])

    assert text_of(found({"body": body})) == LINES


@pytest.mark.parametrize(
    ("shown", "body"),
    [
        ("\n".join(LINES[:11]), LINES),  # hardly longer
        ("\n".join(LINES), [*LINES, *LINES]),  # the same, said twice
        ("Another report says that the wind will turn to the east by Friday noon, and stay there.", LINES),
        (LINES[0], ["body{color:red;margin:0}"] * 60),
    ],
)
def test_what_is_no_longer_text_of_this_article_is_left(shown, body):
    assert found({"body": "".join(f"<p>{line}</p>" for line in body)}, shown) is None


def test_what_the_page_shows_beside_its_text_was_left_out_on_purpose():
    aside = "".join(f"<p>{line}</p>" for line in LINES[1:])

    assert found({"body": "\n".join(LINES)}, aside=aside) is None


def test_where_nothing_is_shown_the_headline_tells_whose_it_is():
    def told(headline: str) -> Body | None:
        return found({"headline": headline, "articleBody": "\n".join(LINES)}, "")

    assert told(TITLE) is not None
    assert told("Another headline of another report") is None


@pytest.mark.parametrize(
    "text", ["[" * 90_000, '{"body": "' + "a" * LARGEST, '{"a":' * 5_000, "{" + " " * 5_000, "=" * 9_000]
)
def test_hostile_json_brings_nothing(text):
    assert body_in(f"<p>x</p><script>x = {text}</script>") is None
