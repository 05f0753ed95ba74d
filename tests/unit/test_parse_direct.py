"""What is read of an entry directly is what feedparser says of it; anything unusual is left to feedparser."""

import pytest

from cuttings.model.capture import Document
from cuttings.parse import direct, syndication, unseen
from cuttings.text import xml
from tests.unit.test_parse_syndication import URL, atom, rss

RSS_ITEMS = [
    "<title>Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt;</title><link> /1?a=1&amp;amp;b=2&amp;c; </link><guid>1</guid>",
    "<media:title>Of media</media:title><title>Own</title><dc:title>Of Dublin</dc:title>",
    "<title></title><media:title>Of media</media:title>",
    "<description>Short.</description><content:encoded><![CDATA[<p>Long.</p>]]></content:encoded>",
    "<content:encoded><![CDATA[<p>Long.</p>]]></content:encoded><description>&lt;i>Short.&lt;/i></description>",
    "<itunes:summary>Plain &amp;amp; simple</itunes:summary><description>Again</description>",
    "<description>First</description><itunes:summary>&lt;p>Marked up&lt;/p></itunes:summary>",
    "<pubDate>Tue, 24 Nov 2026 03:10:00 GMT</pubDate><dc:date>2026-11-24</dc:date>",
    "<category>Sea</category><category domain='x'>Food</category><category>Sea</category><dc:subject/>",
    "<itunes:keywords>tea, ,cake</itunes:keywords><media:keywords>fish,chips</media:keywords>",
    "<enclosure url='http:///a.mp3' length='7' type='AUDIO/mpeg'/><itunes:image href='/i.jpg'/>",
    "<media:content url='/v.mp4' type='video/mp4'><media:title>Inner</media:title></media:content>",
    "<media:group><media:content url='/a.jpg' medium='image'/><media:thumbnail>/t.jpg</media:thumbnail></media:group>",
    "<atom:link rel='via' href='/via'/><comments>/1#c</comments><slash:comments>3</slash:comments>",
    "<author>ann@daily.example (Ann)</author><source url='/s'>Other</source><title>After</title>",
    "<title xml:lang='de_AT'>Caf\u00c3\u00a9 \u0096</title><language>de</language><copyright>Us</copyright>",
]
ATOM_ENTRIES = [
    "<id>1</id><title type='html'>A &lt;b>b&lt;/b></title><link href='/1'/><link rel='enclosure' href='/a.mp3'/>",
    "<title>&lt;b> &amp;amp;</title><summary>S</summary><content type='html'>&lt;p>C&lt;/p></content>",
    "<published>2026-11-24</published><updated>2026-11-25</updated><author><name>Ann</name></author>",
    "<content type='html' xml:base='https://other.example/x/' xml:lang='fr'>&lt;a href='y'>y&lt;/a></content>",
    "<category term='a' label='A'/><category term='a' label='A'/><rights>Us</rights><content src='/c.html'/>",
]
UNUSUAL = [
    "<title>with <b>markup</b></title>",
    "<description mode='base64'>aGVsbG8=</description>",
    "<image><url>/i.png</url></image>",
    "<source><title>Atom's</title></source>",
    "<content type='xhtml'><div>C</div></content>",
    "<link xml:base='/elsewhere/'>1</link>",
    "<title><!-- a comment -->Fish</title>",
]


@pytest.mark.parametrize("document", [*map(rss, RSS_ITEMS), *map(atom, ATOM_ENTRIES)])
def test_what_is_read_directly_is_what_feedparser_says(document, monkeypatch):
    directly, entry = parsed(document), entry_of(document)

    monkeypatch.setattr(direct, "raw", lambda entry, like_html: None)

    assert entry is not None
    assert directly == parsed(document)


@pytest.mark.parametrize("item", UNUSUAL)
def test_what_is_unusual_is_left_to_feedparser(item):
    assert entry_of(rss(item)) is None


def test_of_one_document_each_entry_goes_its_own_way_and_their_order_stays():
    items = ["<title>1</title>", "<title>2</title><image/>", "<title>3</title>"]

    entries = parsed(rss(*items)).entries

    assert [entry.title for entry in entries] == ["1", "2", "3"]


def test_an_entry_is_read_alike_wherever_it_stands():
    """To feedparser a content of the channel is one of the first item, whichever that is."""
    item = "<itunes:summary>Plain</itunes:summary><description>&lt;p>Marked up&lt;/p></description>"

    first, second = parsed(rss(item, item, channel="<content:encoded>Of the channel</content:encoded>")).entries

    assert (first.summary, first.content) == (second.summary, second.content)


def parsed(document):
    return syndication.read(Document(body=document.encode(), url=URL), frozenset())


def entry_of(document):
    root = xml.parse(document.encode())
    entry = next(root.iter("{*}item", "{*}entry"))
    unseen._tame(entry)
    return direct.raw(entry, syndication._like_html if xml.local_name(root) == "rss" else None)
