"""H-38 … H-58, H-78 … H-82 and their like: documents that are not what they say, or made to hurt a reader."""

import json
import time

import pytest

from cuttings.errors import ParseError
from cuttings.flow.intake import FEEDS
from cuttings.flow.settling import Reading
from tests.hostile.rows import row
from tests.hostile.world import World, bounded, document, item, rss
from tests.servers import reply

URL = "https://daily.example/feed.xml"
READ = "cuttings.flow.intake:read"


async def read(world: World, body: bytes, **headers: str) -> Reading:
    """Read a document in the sandbox."""
    reading: Reading = await world.sandbox.run(READ, document(body, **headers), frozenset(), FEEDS)
    return reading


async def refused(world: World, body: bytes, seconds: float = 2.0) -> str:
    """Return why the sandbox does not read a document; quickly, and without costing us memory."""
    with bounded(seconds, 32), pytest.raises(ParseError) as caught:
        await read(world, body)
    return caught.value.problem


async def titles(world: World, body: bytes, **headers: str) -> list[str]:
    """Return the titles that are read of a document."""
    return [draft.title for draft in (await read(world, body, **headers)).drafts]


@row("H-38")
async def wrong_media_types(world: World) -> None:
    for media in ("text/html", "application/octet-stream", "image/png", "nonsense"):
        assert await titles(world, rss(item()), **{"content-type": media}) == ["Tide 1"]


@row("H-40")
async def bombs_of_entities(world: World) -> None:
    nested = "".join(f"<!ENTITY e{n} '{f'&e{n - 1};' * 10}'>" for n in range(1, 10))
    for subset, text in (
        (f"<!ENTITY e0 'ha'>{nested}", "&e9;"),
        (f"<!ENTITY e '{'x' * 10_000}'>", "&e;" * 10_000),
        ("<!ENTITY % p '<!ENTITY q \"x\">'> %p;", "&q;"),
        ("<!ENTITY a '&b;'><!ENTITY b '&a;'>", "&a;"),
    ):
        body = rss(item(title=text), prolog=f"<!DOCTYPE rss [{subset}]>")
        await titles(world, rss(item()))  # so that a worker is warm
        assert await refused(world, body, 0.5)


@row("H-41")
async def external_entities(world: World) -> None:
    asked = world.server.says("/secret", reply(200, b"sesame"))
    for system in ("file:///etc/passwd", asked):
        prolog = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "{system}">]>'
        included = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{system}" parse="text"/>'
        for body in (rss(item(title="a&x;b"), prolog=prolog), rss(item(more=included))):
            try:
                drafts = str((await read(world, body)).drafts)
            except ParseError:
                continue
            assert "root:" not in drafts
            assert "sesame" not in drafts
    assert world.server.connections == 0


@row("H-42")
async def external_dtd(world: World) -> None:
    dtd = world.server.says("/rss-0.91.dtd", reply(200, b'<!ENTITY title "evil">'))
    prolog = f'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "{dtd}">'

    assert await titles(world, rss(item(), prolog=prolog)) == ["Tide 1"]
    assert world.server.connections == 0


@row("H-43")
async def stylesheets(world: World) -> None:
    await world.kept(rss(item(), prolog='<?xml-stylesheet type="text/xsl" href="http://evil.example/x.xsl"?>'))

    assert not any("xml-stylesheet" in body or "evil.example" in body for body in (await world.files()).values())


@row("H-44")
async def depth(world: World) -> None:
    for body in (b"<a>" * 1_000_000, rss(item(more="<b>" * 300 + "</b>" * 300)), b"[" * 1_000_000):
        try:
            with bounded(3, 32):
                await read(world, body)
        except ParseError as error:
            assert "our reader failed" not in error.problem
    assert await titles(world, rss(item())) == ["Tide 1"]


@row("H-45")
async def width(world: World) -> None:
    attributes = " ".join(f"a{n}='x'" for n in range(1_000_000))
    spaces = " ".join(f"xmlns:n{n}='urn:{n}'" for n in range(200_000))
    for body in (rss(f"<item {attributes}/>"), rss(f"<item {spaces}/>"), rss(f"<!--{'x' * 12_000_000}-->" + item())):
        try:
            with bounded(11, 64):
                await read(world, body)
        except ParseError as error:
            assert "our reader failed" not in error.problem


@row("H-46")
async def fifty_thousand_entries(world: World) -> None:
    body = rss(*(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(50_000)))

    reading = await read(world, body)

    assert len(reading.drafts) == 10_000
    assert reading.drafts[-1].title == "9999"
    assert any("40000" in warning for warning in reading.warnings)


@row("H-47")
async def encodings(world: World) -> None:
    text = rss(item(title="Ebbe und Flut ä")).decode()
    seven = text.replace("ä", "+AOQ-").encode()
    for refused_one in (
        b'<?xml version="1.0" encoding="utf-7"?>' + seven,
        b"+/v8" + seven,
        text.encode("utf-32"),
        b'<?xml version="1.0" encoding="cp037"?>'.decode().encode("cp037") + text.encode("cp037"),
    ):
        assert await refused(world, refused_one)
    for body in (
        text.encode("utf-16"),
        b"\xef\xbb\xbf" + text.encode(),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="utf-16"?>' + text.encode(),
        text.replace("<item>", "\ufeff<item>").encode(),
    ):
        assert await titles(world, body) == ["Ebbe und Flut ä"]


@row("H-48")
async def windows_1252_as_utf_8(world: World) -> None:
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + rss(item(title="“Caf\u00e9”")).decode().encode("cp1252")

    reading = await read(world, body)

    assert [draft.title for draft in reading.drafts] == ["“Café”"]
    assert any("windows-1252" in warning for warning in reading.warnings)


@row("H-49")
async def characters_that_are_none(world: World) -> None:
    title = "a&#0;b&#xFFFF;c&#xD800;d\x01e\x0bf"
    await world.kept(rss(item(title=title, text="<p>x&#0;y&#xD83D;z</p>")))

    for body in (await world.files()).values():
        assert not set(body) & {"\0", "\x01", "\x0b", "\uffff", "\ufffe"}
        body.encode()


@row("H-50")
async def overlong_utf_8(world: World) -> None:
    record = await world.only(rss(item(title="TITLE")).replace(b"TITLE", b"a\xc0\xbcscript\xc0\xbe"))

    assert "<script" not in record.title
    assert "<" not in record.title


@row("H-51")
async def broken_markup(world: World) -> None:
    unclosed = rss(item(1), item(2)).replace(b"</title><link>https://daily.example/2", b"<link>https://daily.example/2")
    for body in (rss(item(1, more="<odd:thing>x</odd:thing>")), unclosed, rss(item(1)) + b"text after it"):
        reading = await read(world, body)
        assert reading.drafts[0].title == "Tide 1"


@row("H-52")
async def bare_ampersands(world: World) -> None:
    assert await titles(world, rss(item(title="Salt & Pepper&nbsp;&eacute;"))) == ["Salt & Pepper é"]


@row("H-53")
async def two_documents_in_one(world: World) -> None:
    assert await titles(world, rss(item(1)) + rss(item(2))) == ["Tide 1"]


@row("H-54")
async def json_made_to_hurt(world: World) -> None:
    start = '{"version": "https://jsonfeed.org/version/1.1", "title": "Daily", "items": '
    for body in (
        start + "[" * 100_000 + "]" * 100_000 + "}",
        start + '[{"id": ' + "9" * 1_000_000 + "}]}",
        start + '[{"id": NaN}], "x": ' + "[" * 100_000,
    ):
        try:
            with bounded(2, 32):
                assert not (await read(world, body.encode())).drafts
        except ParseError as error:
            assert "our reader failed" not in error.problem
    twice = start + '[{"id": "1", "id": "2", "content_text": "x"}]}'
    assert "a name twice" in await refused(world, twice.encode())


@row("H-55", "H-56")
async def chains_are_not_followed(world: World) -> None:
    own, other = world.server.url("/daily.xml"), world.server.says("/next", reply(200, b"{}"))
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "x", "items": [{"id": "1", "content_text": "y"}]}

    await world.kept(json.dumps(feed | {"next_url": own}).encode(), "Content-Type: application/feed+json")
    await world.take(json.dumps(feed | {"next_url": other}).encode(), "Content-Type: application/feed+json")
    await world.take(rss(item(), channel=f'<atom:link rel="prev-archive" href="{own}"/>'))

    assert world.server.targets() == ["/daily.xml"] * 3


@row("H-57")
async def odd_bases(world: World) -> None:
    entry = '<entry xml:base="javascript:"><id>urn:x:1</id><title>x</title><link href="/a"/></entry>'
    atom = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>{entry}</feed>'

    [draft] = (await read(world, atom.encode())).drafts

    assert draft.url == "https://daily.example/a"


@row("H-78")
async def author_of_64_kb(world: World) -> None:
    await titles(world, rss(item()))
    began = time.monotonic()

    await read(world, rss(item(more=f"<author>a@{'a.' * 32_000}</author>")))

    assert time.monotonic() - began < 0.5


@row("H-79")
async def ten_thousand_categories(world: World) -> None:
    odd = "<category>a,b/c&quot;d'&lt;e</category>"
    record = await world.only(rss(item(more=odd + "".join(f"<category>{n}</category>" for n in range(10_000)))))

    assert len(record.categories) == 200
    assert record.categories[0] == "a,b/c\"d'<e"
    assert "<e<" not in "".join((await world.files()).values())


@row("H-80")
async def odd_enclosures(world: World) -> None:
    given = (
        ('url="https://daily.example/1.mp3" length="-1" type="text/html&#13;&#10;X: y"', None),
        ('url="https://daily.example/2.mp3" length="1e400" type="audio/mpeg"', "audio/mpeg"),
        ('url="file:///etc/passwd" length="1" type="audio/mpeg"', None),
        ('url="javascript:alert(1)" length="1" type="audio/mpeg"', None),
    )
    record = await world.only(rss(item(more="".join(f"<enclosure {words}/>" for words, _ in given))))

    assert [(one.url[-5:], one.length) for one in record.enclosures] in ([("1.mp3", None), ("2.mp3", None)],)
    assert all("\r" not in (one.type or "") for one in record.enclosures)


@row("H-81")
async def new_feed_url(world: World) -> None:
    moved = "<itunes:new-feed-url>https://evil.example/feed.xml</itunes:new-feed-url>"
    for _ in range(4):
        await world.kept(rss(item(), channel=moved))

    assert (await world.state()).address == world.server.url("/daily.xml")


@row("H-88")
async def ten_thousand_feeds_offered(world: World) -> None:
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="/{n}.xml">' for n in range(10_000))

    seen = await world.sandbox.run("cuttings.flow.archive:look", document(f"<html>{links}<p>x</p></html>".encode()))

    assert len(seen.feeds) == 20


@row("H-89")
async def feeds_offered_elsewhere(world: World) -> None:
    kind = 'rel="alternate" type="application/rss+xml"'
    links = f'<link {kind} href="javascript:alert(1)"><link {kind} href="http://10.0.0.1/feed">'

    seen = await world.sandbox.run("cuttings.flow.archive:look", document(f"<html>{links}<p>x</p></html>".encode()))

    assert seen.feeds == ("http://10.0.0.1/feed",)
    assert "not public" in await world.refused(seen.feeds[0])
