"""What we publish as RSS, Atom and JSON Feed: the standards, and that it reads back as it was meant."""

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from cuttings.model.article import Enclosure, Image, Person
from cuttings.model.capture import Document
from cuttings.model.feed import Also, Format, Item, Origin, Sheet
from cuttings.parse import syndication as reader
from cuttings.render import jsonfeed, syndication, wording
from cuttings.render.syndication import ATOM, RSS
from cuttings.text import markup
from tests import structure
from tests.builders import NOW, item, presentation, record, sheet

JSON = jsonfeed.FORMAT
FORMATS = (RSS, ATOM, JSON)
CHECKS: dict[str, Callable[[bytes], list[str]]] = {
    "rss": structure.rss,
    "atom": structure.atom,
    "json": structure.json_feed,
}
HOSTILE = (
    *("]]>", "<![CDATA[", "<script>alert(1)</script>", '"><svg onload=alert(1)>', "<b>", "</title>", "a < b", "<T>"),
    *("&amp;", "&", "&nbsp;", "&#0;", "&amp;amp;", "AT&T", "\u202e", "\u2066", "\ufeff", "\x00", "\x0b", "\x85"),
    *("\ud800", "\uffff", "\U0001f469\u200d\U0001f680", "{{ 7 * 7 }}", "%s", "\n", "\t", "  ", "\xa0", "é", "e\u0301"),
)

texts = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=12), max_size=6).map("".join)
addresses = st.sampled_from(
    ("https://a.example/x?y=1&z=2", "http://b.example/ä", "javascript:alert(1)", "data:text/html,x", "//c.example", "")
)
people = st.builds(Person, name=texts, url=st.none() | addresses)
enclosures = st.builds(
    Enclosure,
    url=addresses,
    type=st.none() | st.sampled_from(("audio/mpeg", "nonsense", "a/b\n")),
    length=st.none() | st.integers(0, 2**40),
)
images = st.builds(Image, url=st.none() | addresses, alt=st.none() | texts, caption=st.none() | texts)
origins = st.builds(
    Origin,
    title=st.none() | texts,
    url=st.none() | addresses | st.just("https://user:secret@d.example/feed"),
    home=st.none() | addresses,
    id=st.none() | st.just("tag:d.example,2026:feed"),
    rights=st.none() | texts,
)


@st.composite
def items(draw: Any) -> Item:
    number = draw(st.integers(0, 10**9))
    kept = record(
        f"https://daily.example/{number}",
        title=draw(texts),
        summary=draw(st.none() | texts),
        content=draw(st.just("") | texts.map(lambda text: f"<p>{text}</p>")),
        text=draw(texts),
        authors=tuple(draw(st.lists(people, max_size=3))),
        categories=tuple(draw(st.lists(texts, max_size=3))),
        rights=draw(st.none() | texts),
        image=draw(st.none() | images),
        enclosures=tuple(draw(st.lists(enclosures, max_size=3))),
        language=draw(st.sampled_from((None, "en", "de-CH"))),
        published=draw(st.sampled_from((None, NOW - timedelta(days=1), NOW + timedelta(days=900)))),
    )
    return item(
        kept,
        title=kept.title,
        note=draw(st.none() | texts),
        extent=draw(st.sampled_from(("full", "summary", "link"))),
        origin=draw(origins),
        link=draw(st.none() | st.just(kept.url) | addresses),
    )


several = st.lists(items(), max_size=3, unique_by=lambda one: one.record.id).map(tuple)


def is_mojibake(text: str) -> bool:
    """Tell whether feedparser will take a text for UTF-8 that was read as Latin-1, and mend it."""
    try:
        return not text.isascii() and bool(text.encode("iso-8859-1").decode("utf-8"))
    except UnicodeError:
        return False


def written(form: Format, frame: Sheet) -> bytes:
    who = presentation()
    return form.document(who, frame, [form.entry(who, one) for one in frame.items])


def entries(form: Format, frame: Sheet) -> list[Any]:
    """Return the elements of the entries of an XML document."""
    tag = "item" if form is RSS else f"{structure.A}entry"
    return list(etree.fromstring(written(form, frame)).iter(tag))


def read_back(form: Format, body: bytes) -> list[tuple[str | None, str]]:
    """Return (id, title as our own reader takes it) of each entry."""
    if form is JSON:
        return [(one["id"], markup.plain(one.get("title", ""), "text")) for one in json.loads(body)["items"]]
    parsed = reader.read(Document(body=body, url="https://cuttings.example/f", headers={}), frozenset())
    return [(one.trace.guid, markup.plain(one.title or "", one.title_type)) for one in parsed.entries]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@settings(max_examples=50, deadline=None)
@given(shown=several)
def test_whatever_records_hold_the_document_keeps_the_standard(form: Format, shown: tuple[Item, ...]) -> None:
    assert CHECKS[form.name](written(form, sheet(*shown, prev=7))) == []


@pytest.mark.parametrize("form", (RSS, ATOM), ids=lambda form: form.name)
@settings(max_examples=15, deadline=None)
@given(shown=several)
def test_ids_and_order_read_back_with_feedparser(form: Format, shown: tuple[Item, ...]) -> None:
    body = written(form, sheet(*shown))

    found = feedparser.parse(io.BytesIO(body))

    assert not found.bozo
    assert [entry.id for entry in found.entries] == [one.published_id for one in shown]


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@settings(max_examples=40, deadline=None)
@given(title=texts)
def test_a_title_published_and_read_three_times_stays_the_same(form: Format, title: str) -> None:
    original = current = wording.line(title)
    assume(not is_mojibake(original))

    for _ in range(3):
        body = written(form, sheet(item(title=current, extent="summary")))
        [(_, current)] = read_back(form, body)

    assert current == original


@pytest.mark.parametrize("form", (RSS, ATOM), ids=lambda form: form.name)
@settings(max_examples=15, deadline=None)
@given(shown=several)
def test_joined_documents_are_byte_for_byte_what_feedgen_builds_whole(form: Format, shown: tuple[Item, ...]) -> None:
    who, frame = presentation(), sheet(*shown, number=3, prev=2, next=4)
    whole = syndication.rss_channel(who, frame) if form is RSS else syndication.atom_feed(who, frame)
    for one in shown:
        made = syndication.rss_item(who, one) if form is RSS else syndication.atom_item(who, one)
        whole.add_entry(made, order="append")

    expected = whole.rss_str() if form is RSS else whole.atom_str()

    assert written(form, frame) == expected


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_same_state_gives_the_same_bytes(form: Format) -> None:
    frame = sheet(item(), item(record("https://daily.example/2")))

    assert written(form, frame) == written(form, frame)


@pytest.mark.parametrize("form", (RSS, ATOM), ids=lambda form: form.name)
def test_a_closed_page_links_its_neighbours_and_the_document(form: Format) -> None:
    body = written(form, sheet(item(), number=2, prev=1, next=3))

    root: Any = etree.fromstring(body)
    head = root[0] if form is RSS else root
    links = {link.get("rel"): link.get("href") for link in head.iterchildren(f"{structure.A}link")}
    base = "https://cuttings.example/planet/feeds/front-page"
    assert links["self"] == f"{base}/archive/000002.{form.suffix}"
    assert links["current"] == f"{base}.{form.suffix}"
    assert links["prev-archive"] == f"{base}/archive/000001.{form.suffix}"
    assert links["next-archive"] == f"{base}/archive/000003.{form.suffix}"
    assert head.find(f"{structure.FH}archive") is not None
    assert CHECKS[form.name](body) == []


def test_a_closed_page_of_a_json_feed_links_its_neighbours_and_the_document() -> None:
    feed = json.loads(written(JSON, sheet(item(), number=2, prev=1, next=3)))

    base = "https://cuttings.example/planet/feeds/front-page"
    assert feed["feed_url"] == f"{base}/archive/000002.json"
    assert feed["next_url"] == f"{base}/archive/000001.json"
    assert feed["_archive"]["current"] == f"{base}.json"
    assert feed["_archive"]["next"] == f"{base}/archive/000003.json"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_the_first_document_links_to_no_history(form: Format) -> None:
    body = written(form, sheet(item()))

    assert b"prev-archive" not in body
    assert b"next_url" not in body
    assert b"current" not in body


def test_rss_names_the_source_and_the_original() -> None:
    [found] = entries(RSS, sheet(item()))

    assert found.findtext("link") == "https://daily.example/1"
    assert found.findtext("source") == "The Daily"
    assert found.find("source").get("url") == "https://daily.example/feed.xml"
    assert found.find("guid").get("isPermaLink") == "false"


def test_atom_names_the_source_its_terms_and_where_it_was_found() -> None:
    shown = item(origin=Origin(title="The Daily", url="https://daily.example/feed.xml", rights="CC BY"))

    [found] = entries(ATOM, sheet(shown))

    source = found.find(f"{structure.A}source")
    links = {link.get("rel", "alternate"): link.get("href") for link in found.iterchildren(f"{structure.A}link")}
    assert links == {"alternate": "https://daily.example/1", "via": "https://daily.example/feed.xml"}
    assert source.findtext(f"{structure.A}id") == "https://daily.example/feed.xml"
    assert source.findtext(f"{structure.A}title") == "The Daily"
    assert source.findtext(f"{structure.A}updated") == "2026-11-24T12:00:00Z"
    assert found.findtext(f"{structure.A}rights") == "CC BY"


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("address", ("https://me:hunter2@daily.example/f", "https://daily.example/f?token=hunter2"))
def test_a_source_address_with_a_credential_is_published_nowhere(form: Format, address: str) -> None:
    body = written(form, sheet(item(origin=Origin(title="The Daily", url=address, home="https://daily.example/"))))

    assert b"hunter2" not in body
    assert CHECKS[form.name](body) == []


@pytest.mark.parametrize(("extent", "article", "summary"), [("full", 1, 1), ("summary", 0, 1), ("link", 0, 0)])
@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_no_more_is_shown_than_the_extent_allows(form: Format, extent: str, article: int, summary: int) -> None:
    kept = record(
        content="<p>The whole article.</p>",
        text="The whole article.",
        summary="In short.",
        image=Image(url="https://daily.example/a.png"),
        enclosures=(Enclosure(url="https://daily.example/a.mp3"),),
    )

    body = form.entry(presentation(), item(kept, extent=extent))

    assert (b"The whole article." in body) == bool(article)
    assert (b"In short." in body) == bool(summary)
    assert (b"a.png" in body) == (b"a.mp3" in body) == (extent != "link")
    assert b"Tides" in body


def test_a_missing_summary_is_the_beginning_of_the_text_cut_at_a_word() -> None:
    kept = record(summary=None, text="word " * 100)

    found = wording.summary(item(kept, extent="summary"))

    assert found is not None
    assert len(found) <= 300
    assert found.endswith("word…")


def test_an_item_without_url_carries_its_summary_as_content() -> None:
    shown = item(record("tag:a", url=None, summary="In short."), extent="summary", link=None)

    [found] = entries(ATOM, sheet(shown))
    [as_json] = json.loads(written(JSON, sheet(shown)))["items"]

    assert found.findtext(f"{structure.A}content") == "In short."
    assert as_json["content_text"] == "In short."
    assert "url" not in as_json


def test_an_empty_title_is_empty_in_atom_and_left_out_elsewhere() -> None:
    shown = item(title="", extent="summary")

    [in_rss] = entries(RSS, sheet(shown))
    [in_atom] = entries(ATOM, sheet(shown))
    [in_json] = json.loads(written(JSON, sheet(shown)))["items"]

    assert in_rss.find("title") is None
    assert in_atom.findtext(f"{structure.A}title") == ""
    assert "title" not in in_json


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_an_unknown_date_is_not_invented_and_one_from_the_future_not_passed_on(form: Format) -> None:
    unknown = form.entry(presentation(), item(record(published=None)))
    future = form.entry(presentation(), item(record(published=NOW + timedelta(days=9))))

    for body in (unknown, future):
        assert not any(name in body for name in (b"pubDate", b"<published", b"date_published"))


def test_every_file_of_an_article_goes_along() -> None:
    files = (
        Enclosure(url="https://daily.example/a.mp3", length=5),
        Enclosure(url="https://daily.example/a.pdf", type="application/pdf"),
    )
    shown = item(record(enclosures=files))

    for form in (RSS, ATOM):
        [found] = feedparser.parse(io.BytesIO(written(form, sheet(shown)))).entries
        assert [(one.href, one.type) for one in found.enclosures] == [
            ("https://daily.example/a.mp3", "audio/mpeg"),
            ("https://daily.example/a.pdf", "application/pdf"),
        ]


def test_the_lead_image_stands_in_front_of_a_full_article_once() -> None:
    picture = Image(url="https://daily.example/a.png?b=1&c=2", alt="A harbour", caption="At low tide")
    bare = record(content="<p>High.</p>", image=picture)
    inside = record(content='<p><img src="https://daily.example/a.png?b=1&amp;c=2"></p>', image=picture)

    assert wording.content(item(bare)).startswith('<figure><img src="https://daily.example/a.png?b=1&amp;c=2" alt=')
    assert wording.content(item(inside)).count("<img") == 1


def test_the_note_of_the_editor_stands_in_front() -> None:
    shown = item(record(summary="Tea & cake <now>"), note="Read this first.")

    [found] = entries(RSS, sheet(shown))

    assert found.findtext("description") == "<p>Read this first.</p><p>Tea &amp; cake &lt;now&gt;</p>"
    assert found.findtext(f"{structure.CONTENT}encoded") == "<p><em>Read this first.</em></p><p>High.</p>"


def test_what_slipped_into_the_archive_is_cleaned_on_the_way_out() -> None:
    kept = record(content="<p onclick=x()>High.<script>alert(1)</script><p>Low")

    body = RSS.entry(presentation(), item(kept))

    assert b"alert" not in body
    assert b"onclick" not in body


def test_another_language_than_the_feeds_is_said() -> None:
    shown = item(record(language="de"))

    assert b"<dc:language>de</dc:language>" in RSS.entry(presentation(), shown)
    assert b'xml:lang="de"' in ATOM.entry(presentation(), shown)
    assert b"lang" not in ATOM.entry(presentation(language="DE"), shown)


def test_an_endless_title_is_cut() -> None:
    assert len(wording.title(item(title="x" * 10**6))) <= 1000


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_where_else_a_story_is_told_stands_in_every_format(form):
    links = (Also(url="https://w.example/?a=1&b=2", title="<i>Weekly"), Also(url="javascript:alert(1)", title="Never"))

    body = written(form, sheet(item(also=links)))

    assert CHECKS[form.name](body) == []
    assert b"alert(1)" not in body
    if form is JSON:
        [one] = json.loads(body)["items"]
        assert one["_also"]["links"] == [{"url": "https://w.example/?a=1&b=2", "title": "<i>Weekly"}]
    else:
        [link] = etree.fromstring(body).iterfind(f".//{structure.A}link[@rel='related']")
        assert (link.get("href"), link.get("title")) == ("https://w.example/?a=1&b=2", "<i>Weekly")


def test_documents_name_the_hubs_that_tell_of_them_and_no_other_byte_changes():  # WP-1, JF-9
    hubs = ("https://mine.example/hub", "https://hub.example/?a=1&b=2")
    for form in FORMATS:
        named, plain = (written(form, sheet(item(), hubs=told)) for told in (hubs, ()))
        assert CHECKS[form.name](named) == []
        assert written(form, sheet(item(), hubs=hubs)) == named
        if form is JSON:
            assert json.loads(named).pop("hubs") == [{"type": "WebSub", "url": url} for url in hubs]
            continue
        links = feedparser.parse(io.BytesIO(named)).feed.links
        assert [link.href for link in links if link.rel == "hub"] == list(hubs)
        assert len([link for link in links if link.rel == "self"]) == 1
        without = b"\n".join(line for line in named.split(b"\n") if b'rel="hub"' not in line)
        assert without == plain
