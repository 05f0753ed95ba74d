"""JSON Feed: its entries in order, one bad item costs none of the rest."""

import json

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Enclosure, Image, Person
from cuttings.model.capture import Document
from cuttings.parse import jsonfeed

ITEM = {
    "id": "https://daily.example/1",
    "url": "/1",
    "external_url": "https://other.example/x",
    "title": "Fish & <chips>",
    "summary": "Of fish.",
    "content_html": "<p>Fish.</p>",
    "content_text": "Fish.",
    "date_published": "2026-11-24T03:10:00Z",
    "date_modified": "2026-11-24T04:10:00Z",
    "authors": [{"name": "Ann", "url": "https://ann.example/"}, {"avatar": "x"}],
    "tags": ["sea", 3, ""],
    "language": "de",
    "image": "https://daily.example/i.jpg",
    "attachments": [
        {"url": "https://daily.example/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 7},
        {"url": "file:///etc/passwd", "mime_type": "text/plain"},
        {"url": "https://daily.example/b.mp3", "size_in_bytes": -1},
    ],
}


def document(items: object, **feed: object) -> Document:
    whole = {"version": "https://jsonfeed.org/version/1.1", "title": "Daily", "items": items, **feed}
    return Document(body=json.dumps(whole).encode(), url="https://daily.example/feed.json")


def test_an_item_is_read_field_by_field():
    [entry] = jsonfeed.read(document([ITEM]), set()).entries

    assert (entry.trace.guid, entry.trace.link) == ("https://daily.example/1", "https://daily.example/1")
    assert (entry.title, entry.title_type) == ("Fish & <chips>", "text")
    assert (entry.content, entry.content_type) == ("<p>Fish.</p>", "html")
    assert (entry.summary, entry.summary_type) == ("Of fish.", "text")
    assert (entry.published, entry.modified) == ("2026-11-24T03:10:00Z", "2026-11-24T04:10:00Z")
    assert entry.authors == (Person(name="Ann", url="https://ann.example/"),)
    assert (entry.categories, entry.language) == (("sea",), "de")
    assert entry.image == Image(url="https://daily.example/i.jpg")
    assert entry.enclosures == (
        Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg", length=7),
        Enclosure(url="https://daily.example/b.mp3"),
    )
    assert entry.links == (("related", "https://other.example/x"),)


def test_the_channel_is_read_with_the_author_of_version_1_0():
    parsed = jsonfeed.read(
        document(
            [{"id": 7, "content_text": "x"}],
            home_page_url="/",
            feed_url="/feed.json",
            language="en",
            author={"name": "Ann"},
            hubs=[{"type": "WebSub", "url": "https://hub.example/"}],
            next_url="/page/2",
        ),
        set(),
    )

    channel = parsed.channel
    assert (channel.title, channel.link, channel.language) == ("Daily", "https://daily.example/", "en")
    assert channel.self_url == "https://daily.example/feed.json"
    assert channel.hubs == ("https://hub.example/",)
    assert channel.links == (("next", "https://daily.example/page/2"),)
    assert parsed.entries[0].authors == channel.authors == (Person(name="Ann"),)
    assert (parsed.entries[0].trace.guid, parsed.entries[0].content_type) == ("7", "text")


def test_an_item_without_an_id_but_with_a_url_is_an_article_all_the_same():
    parsed = jsonfeed.read(document([{"url": "https://daily.example/7", "content_text": "Tides"}]), set())

    assert [(trace.guid, trace.link) for trace in parsed.present] == [(None, "https://daily.example/7")]


def test_an_item_without_id_and_url_is_skipped_and_the_rest_is_read():
    parsed = jsonfeed.read(document([None, 3, {"title": "x"}, {"id": " "}, {"id": True}, {"id": "a"}]), set())

    assert [trace.guid for trace in parsed.present] == ["a"]
    assert parsed.warnings == ("5 items without id and url were skipped",)


def test_known_entries_are_present_but_not_read_again():
    first = jsonfeed.read(document([ITEM, {"id": "b"}]), set())
    again = jsonfeed.read(document([{"id": "c"}, {"id": "b"}, ITEM]), {trace.digest for trace in first.present})

    assert [entry.trace.guid for entry in again.entries] == ["c"]
    assert [trace.guid for trace in again.present] == ["c", "b", "https://daily.example/1"]


def test_items_beyond_the_limit_are_counted():
    parsed = jsonfeed.read(document([{"id": n} for n in range(jsonfeed.MOST_ENTRIES + 5)]), set())

    assert (len(parsed.entries), parsed.left_out) == (jsonfeed.MOST_ENTRIES, 5)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"items": {}}',
        b'{"items": [], "items": []}',
        b'{"items": [{"id": "a", "id": "b"}]}',
        b'{"items": [], "x": NaN}',
        b'{"items": [], "x": -Infinity}',
        b'{"items": [' + b"[" * 100 + b"]" * 100 + b"]}",
        b'{"items": [' + b"[" * 100_000,
        b'{"items": [], "x": ' + b"9" * 1_000_000 + b"}",
    ],
)
def test_what_is_no_json_feed_or_made_to_hurt_is_refused(body):
    with pytest.raises(ParseError):
        jsonfeed.read(Document(body=body, url="https://daily.example/feed.json"), set())
