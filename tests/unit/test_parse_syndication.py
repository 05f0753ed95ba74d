"""RSS and Atom: every entry, in the source's own words; known ones are not read again."""

import time
from datetime import timedelta

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Enclosure, Image, Parsed, Person
from cuttings.model.capture import Document
from cuttings.parse import syndication

SPACES = """
    xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
    xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
    xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"
"""
URL = "https://daily.example/feed.xml"


def rss(*items: str, channel: str = "", prolog: str = "") -> str:
    whole = "".join(f"<item>{item}</item>" for item in items)
    return f'{prolog}<rss version="2.0" {SPACES}><channel><title>Daily</title>{channel}{whole}</channel></rss>'


def atom(*entries: str, feed: str = "", attributes: str = "") -> str:
    whole = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {attributes}><title>Daily</title>{feed}{whole}</feed>'


def read(body: str | bytes, known: frozenset[bytes] = frozenset(), url: str = URL) -> Parsed:
    return syndication.read(Document(body=body if isinstance(body, bytes) else body.encode(), url=url), known)


def titles(parsed: Parsed) -> list[str | None]:
    return [entry.title for entry in parsed.entries]


def test_an_item_of_rss_is_read_field_by_field():
    [entry] = read(
        rss(
            """<title>Fish &amp;amp; &lt;b&gt;chips&lt;/b&gt;</title><link> /1?a=1&amp;amp;b=2 </link>
            <guid isPermaLink="false"> tag:daily.example,2026:1 </guid>
            <description>Of &lt;i&gt;fish&lt;/i&gt;.</description>
            <content:encoded><![CDATA[<p>Fish &nbsp; <img src="i.jpg"></p>]]></content:encoded>
            <pubDate>Tue, 24 Nov 2026 03:10:00 GMT</pubDate><dc:date>2026-11-24T03:10:00Z</dc:date>
            <dc:creator>Ann</dc:creator><author>bob@daily.example (Bob)</author>
            <category>Sea</category><category domain="x">Food &amp; drink</category>
            <enclosure url="/a.mp3" length="7" type="audio/mpeg"/><enclosure url="/b.mp3" length="" type=""/>
            <media:content url="https://img.example/i.jpg" medium="image"/>
            <media:content url="https://0.gravatar.com/avatar/x" medium="image"/>
            <comments>https://daily.example/1#comments</comments><atom:link rel="via" href="https://other.example/"/>"""
        )
    ).entries

    assert (entry.trace.guid, entry.trace.link) == ("tag:daily.example,2026:1", "https://daily.example/1?a=1&b=2")
    assert (entry.title, entry.title_type) == ("Fish &amp; <b>chips</b>", "html")
    assert (entry.summary, entry.summary_type) == ("Of <i>fish</i>.", "html")
    assert (entry.content, entry.content_type) == ('<p>Fish &nbsp; <img src="i.jpg"></p>', "html")
    assert (entry.published, entry.modified) == ("Tue, 24 Nov 2026 03:10:00 GMT", None)
    assert entry.authors == (Person(name="Ann"), Person(name="Bob"))
    assert entry.categories == ("Sea", "Food & drink")
    assert entry.enclosures == (
        Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg", length=7),
        Enclosure(url="https://daily.example/b.mp3"),
    )
    assert entry.image == Image(url="https://img.example/i.jpg")
    assert entry.links == (("via", "https://other.example/"), ("replies", "https://daily.example/1#comments"))
    assert entry.base == URL


def test_an_entry_of_atom_is_read_field_by_field():
    [entry] = read(
        atom(
            """<id>tag:daily.example,2026:1</id><title type="text">1 &lt; 2 &amp;amp; &lt;b></title>
            <link href="/atom/1" type="application/json"/><link href="1"/>
            <link rel="enclosure" href="/a.mp3" length="x"/>
            <published>2026-11-24T03:10:00Z</published><updated>2026-11-24T04:10:00Z</updated>
            <author><name>Ann</name><uri>/ann</uri></author><author><email>bob@daily.example</email></author>
            <category term="sea" label="The sea"/><rights>CC BY</rights><summary>Of &lt;fish>.</summary>
            <content type="xhtml" xml:base="/deep/" xml:lang="de"><div xmlns="http://www.w3.org/1999/xhtml"><p>Fisch</p></div>
            </content>""",
            attributes='xml:base="https://base.example/blog/"',
        )
    ).entries

    assert (entry.trace.guid, entry.trace.link) == ("tag:daily.example,2026:1", "https://base.example/blog/1")
    assert (entry.title, entry.title_type) == ("1 < 2 &amp; <b>", "text")
    assert (entry.summary, entry.summary_type) == ("Of <fish>.", "text")
    assert (entry.content, entry.content_type, entry.language) == ("<p>Fisch</p>", "html", "de")
    assert entry.base == "https://base.example/deep/"
    assert (entry.published, entry.modified) == ("2026-11-24T03:10:00Z", "2026-11-24T04:10:00Z")
    assert [person.name for person in entry.authors] == ["Ann", "bob@daily.example"]
    assert (entry.categories, entry.rights) == (("sea",), "CC BY")
    assert entry.enclosures == (Enclosure(url="https://base.example/a.mp3"),)


def test_the_channel_is_read_with_its_wishes():
    channel = read(
        rss(
            channel="""<link>https://daily.example/</link><language>en-GB</language><copyright>CC BY</copyright>
            <ttl>90</ttl><skipHours><hour>0</hour><hour>24</hour><hour>5</hour></skipHours>
            <skipDays><day>Saturday</day><day>sunday</day></skipDays>
            <sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
            <atom:link rel="self" href="https://daily.example/rss"/><atom:link rel="hub" href="https://hub.example/"/>
            <atom:link rel="prev-archive" href="/archive/1"/>"""
        )
    ).channel

    assert (channel.title, channel.link, channel.self_url) == (
        "Daily",
        "https://daily.example/",
        "https://daily.example/rss",
    )
    assert (channel.language, channel.rights, channel.id) == ("en-GB", "CC BY", None)
    assert (channel.ttl, channel.update_every) == (timedelta(minutes=90), timedelta(hours=6))
    assert (set(channel.skip_hours), set(channel.skip_days)) == ({0, 5}, {5, 6})
    assert channel.hubs == ("https://hub.example/",)
    assert channel.links == (("prev-archive", "https://daily.example/archive/1"),)


def test_atom_has_an_id_and_its_authors_are_those_of_entries_without():
    parsed = read(
        atom(
            "<id>a</id>",
            "<id>b</id><source><author><name>Cy</name></author></source>",
            feed="<id>urn:x</id><author><name>Ann</name></author>",
        )
    )

    assert parsed.channel.id == "urn:x"
    assert [entry.authors for entry in parsed.entries] == [(Person(name="Ann"),), (Person(name="Cy"),)]


def test_items_of_rdf_lie_outside_the_channel_and_their_dc_date_is_when_they_were_published():
    parsed = read(
        """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Daily</title></channel>
        <item rdf:about="https://daily.example/1"><title>One</title><dc:date>2026-11-24</dc:date></item></rdf:RDF>"""
    )

    [entry] = parsed.entries
    assert (entry.trace.guid, entry.trace.link) == ("https://daily.example/1", "https://daily.example/1")
    assert (entry.published, entry.modified) == ("2026-11-24", None)


@pytest.mark.parametrize(
    ("item", "link"),
    [
        ("<guid>https://daily.example/1</guid>", "https://daily.example/1"),
        ('<guid isPermaLink="false">https://daily.example/1</guid>', None),
        ("<guid>1234</guid>", None),
        ("<link/><atom:link href='https://daily.example/1'/>", "https://daily.example/1"),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>JaVa\tScRiPt:alert(1)</link>", None),
        ("<link>data:text/html,x</link>", None),
        ("<link>//evil.example/</link>", "https://evil.example/"),
    ],
)
def test_a_link_is_an_address_of_the_web_or_none(item, link):
    [trace] = read(rss(item)).present

    assert trace.link == link


def test_a_base_of_another_scheme_is_passed_over():
    [entry] = read(atom("<link href='1'/><content>x</content>", attributes='xml:base="javascript:x//"')).entries

    assert (entry.trace.link, entry.base) == ("https://daily.example/1", URL)


def test_relative_references_of_a_proxied_feed_are_the_articles():
    item = "<link>https://daily.example/1</link><description>x</description>"

    [entry] = read(rss(item), url="https://feeds.feedburner.com/daily").entries

    assert entry.base == "https://daily.example/1"


def test_known_entries_are_present_in_order_but_not_read_again():
    items = [f"<guid>{n}</guid><title>{n}</title>" for n in range(5)]
    known = frozenset(trace.digest for trace in read(rss(*items[1:4])).present)

    parsed = read(rss(*items))

    assert titles(read(rss(*items), known)) == ["0", "4"]
    assert read(rss(*items), known).present == parsed.present
    assert [trace.guid for trace in parsed.present] == ["0", "1", "2", "3", "4"]


def test_a_changed_entry_is_read_again_but_not_for_its_counters():
    before = read(rss("<guid>a</guid><title>A</title><slash:comments>1</slash:comments>"))
    known = frozenset(trace.digest for trace in before.present)

    assert titles(read(rss("<guid>a</guid><title>A</title><slash:comments>22</slash:comments>"), known)) == []
    assert titles(read(rss("<guid>a</guid><title>B</title><slash:comments>1</slash:comments>"), known)) == ["B"]


@pytest.mark.parametrize(
    "body",
    [
        rss("<guid>1</guid><title>caf&eacute; & bar</title>", "<guid>2</guid><title>two</title>"),
        rss("<guid>1</guid><title>café &amp; bar</title>", "<guid>2</guid><title>two</title>").replace("</rss>", ""),
        rss("<guid>1</guid><title>café &amp; bar</title><x:y/>", "<guid>2</guid><title>two</title>"),
        rss("<guid>1</guid><title>café &amp; bar</title>", "<guid>2</guid><title>two</title>") + "<!-- --> <b>junk",
        "PHP Warning: x\n<?xml version='1.0'?>"
        + rss("<guid>1</guid><title>café &amp; bar</title>", "<guid>2</guid><title>two</title>"),
        rss(
            "<guid>1</guid><title>&cafe; &amp; bar</title>",
            "<guid>2</guid><title>two</title>",
            prolog='<!DOCTYPE rss [<!ENTITY cafe "caf&#233;">]>',
        ),
    ],
    ids=["entities without DTD", "cut off", "undeclared prefix", "text after the end", "text before", "own entities"],
)
def test_a_broken_document_gives_what_can_be_read_of_it_each_time_alike(body):
    parsed = read(body)

    assert titles(parsed) == ["café & bar", "two"]
    assert [trace.guid for trace in parsed.present] == ["1", "2"]
    again = read(body, frozenset(trace.digest for trace in parsed.present[:1]))
    assert (titles(again), again.present) == (["two"], parsed.present)


def test_of_two_documents_in_one_the_first_is_read():
    parsed = read(rss("<title>one</title>") + rss("<title>two</title>"))

    assert titles(parsed) == ["one"]
    assert "Extra content" in parsed.warnings[0]


def test_an_item_within_an_item_is_not_lost():
    assert titles(read(rss("<title>one</title><item><title>two</title></item>"))) == ["one", "two"]


def test_references_to_what_is_no_character_are_replaced():
    [entry] = read(rss("<title>a&#0;b&#xFFFF;c&#xD800;d&#99999999;e&#233;</title>")).entries

    assert entry.title == "a\ufffdb\ufffdc\ufffdd\ufffdeé"


@pytest.mark.parametrize(
    ("author", "name"),
    [
        ("<author>ann@daily.example (Ann Lee)</author>", "Ann Lee"),
        ("<author>Ann Lee &lt;ann@daily.example&gt;</author>", "Ann Lee"),
        ("<author>ann@daily.example</author>", "ann@daily.example"),
        ("<author><name>Ann Lee</name></author>", "Ann Lee"),
        ("<atom:author><atom:name>Ann Lee</atom:name></atom:author>", "Ann Lee"),
        ("<dc:creator><![CDATA[<b>Ann</b> Lee]]></dc:creator>", "Ann Lee"),
        ("<itunes:author>Ann Lee</itunes:author><dc:creator> Ann Lee </dc:creator>", "Ann Lee"),
    ],
)
def test_an_author_is_named_however_the_source_writes_names(author, name):
    [entry] = read(rss(author)).entries

    assert [person.name for person in entry.authors] == [name]


def test_captions_of_pictures_are_not_the_article():
    video = "<media:group><media:description>A film.\n\nOf fish.</media:description></media:group>"

    alone, beside = read(rss(video, f"<description>The article.</description>{video}")).entries

    assert (alone.summary, alone.summary_type) == ("A film.\n\nOf fish.", "text")
    assert (beside.summary, beside.content) == ("The article.", None)


def test_the_plain_copy_that_podcasts_carry_is_not_the_content():
    [entry] = read(
        rss("<description>&lt;p&gt;Fish.&lt;/p&gt;</description><itunes:summary>Fish.</itunes:summary>")
    ).entries

    assert (entry.summary, entry.content) == ("<p>Fish.</p>", None)


def test_entries_beyond_the_limit_are_counted(monkeypatch):
    monkeypatch.setattr(syndication, "MOST_ENTRIES", 3)
    items = [f"<title>{n}</title>" for n in range(5)]

    for body in (rss(*items), rss(*items).replace("</channel>", "&x;</channel>")):
        parsed = read(body)
        assert (titles(parsed), parsed.left_out) == (["0", "1", "2"], 2)
        assert parsed.warnings[-1] == "2 entries beyond the first 3 were left out"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><body>no feed</body></html>",
        "<a>" * 1_000_000,
        rss("<title>" + "x" * 11_000_000 + "</title>"),
        rss(
            "<title>&e9;</title>",
            prolog="<!DOCTYPE rss [<!ENTITY e0 'ha'>"
            + "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
            + "]>",
        ),
        rss("&e;" * 10_000, prolog=f"<!DOCTYPE rss [<!ENTITY e '{'x' * 10_000}'>]>"),
        rss("<title>&p;</title>", prolog="<!DOCTYPE rss [<!ENTITY % p '<!ENTITY q \"x\">'> %p;]>"),
    ],
    ids=["empty", "a page", "deep", "long", "entities of entities", "a large entity often", "parameter entities"],
)
def test_what_is_no_feed_or_made_to_hurt_is_refused_at_once(body):
    start = time.process_time()

    with pytest.raises(ParseError):
        read(body)

    assert time.process_time() - start < 2


def test_no_file_is_opened_for_an_entity_and_the_rest_is_read():
    prolog = """<!DOCTYPE rss [<!ENTITY e SYSTEM "file:///etc/passwd">
    <!ENTITY % HTMLlat1 PUBLIC "-//W3C//ENTITIES Latin 1 for XHTML//EN" "http://evil.example/"> %HTMLlat1;]>"""

    parsed = read(rss("<title>x&e;y</title>", "<title>caf&eacute;</title>", prolog=prolog))

    assert "root" not in str(parsed)
    assert titles(parsed)[1] == "café"


@pytest.mark.parametrize("broken", ["", "&broken;"])
def test_an_author_of_64_kb_of_address_costs_nothing(broken):
    start = time.process_time()

    read(rss(f"<title>x</title>{broken}<author>a@{'a.' * 32_000}</author>"))

    assert time.process_time() - start < 0.5


def test_ten_thousand_categories_cost_little_and_are_capped():
    start = time.process_time()

    [entry] = read(rss("".join(f"<category>{n}</category>" for n in range(10_000)))).entries

    assert len(entry.categories) == 200
    assert time.process_time() - start < 1


@pytest.mark.parametrize("length", ["-1", "1e400", "12 MB", "0", "9" * 40])
def test_a_length_that_is_none_is_unknown(length):
    [entry] = read(
        rss(f'<enclosure url="https://daily.example/a" length="{length}" type="text/html&#13;&#10;x"/>')
    ).entries

    assert entry.enclosures == (Enclosure(url="https://daily.example/a"),)


def test_the_encoding_of_http_goes_before_the_declared_one():
    body = rss("<title>höh</title>", prolog="<?xml version='1.0' encoding='utf-8'?>").encode("cp1252")
    headers = {"content-type": "text/xml; charset=ISO-8859-1"}

    assert titles(syndication.read(Document(body=body, url=URL, headers=headers), set())) == ["höh"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_any_unicode_is_read(encoding):
    assert titles(read(rss("<title>höh</title>").encode(encoding))) == ["höh"]
