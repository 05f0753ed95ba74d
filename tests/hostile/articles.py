"""H-58 … H-86, H-121 … H-124: what entries say of themselves, what articles carry, and what we publish of it."""

import re
from datetime import timedelta
from typing import Any

import lxml.html

from cuttings.model.article import CLOCK_TOLERANCE
from cuttings.text import xml
from tests.hostile.rows import row
from tests.hostile.world import World, bounded, item, rss
from tests.servers import reply, scripted

HTML = "Content-Type: text/html"
_NAMES = "script iframe frame object embed applet form input button base template noscript math style link meta"
ACTIVE = set(_NAMES.split())
LINKS = {"href", "src", "action", "formaction", "data", "poster", "background", "cite", "ping", "srcset"}


def active_in(html: str, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Return the elements and attributes of a piece of markup that could do something."""
    if not html.strip():
        return []
    root = lxml.html.document_fromstring(f"<html><body>{html}</body></html>" if "<html" not in html else html)
    elements = list(root.iter("*"))
    found = [element.tag for element in elements if element.tag in (ACTIVE | {"svg"}) - allowed]
    for element in elements:
        if element.tag in allowed:
            continue
        for name, value in ((str(name), str(value)) for name, value in element.items()):
            odd = name in LINKS and not re.match(r"https?://|mailto:|tel:|[^:]*(?:$|/|#)", value)
            if name.startswith("on") or name in ("srcdoc", "ping", "formaction") or odd:
                found.append(f"{element.tag} {name}={value}")
    return found


def is_dead(files: dict[str, str]) -> bool:
    """Tell whether nothing in our pages could run; their own head and drawings are ours."""
    ours = frozenset({"svg", "style", "link", "meta"})
    alive = {path: active_in(body, ours) for path, body in files.items() if path.endswith("html")}
    return not any(alive.values())


@row("H-58")
async def twice_in_one_document(world: World) -> None:
    older = item(1, text="<p>Old words.</p>", date="Mon, 23 Nov 2026 08:00:00 GMT")

    assert (await world.only(rss(item(1, text="<p>New words.</p>"), older))).text == "New words."


@row("H-59")
async def another_source_s_guid(world: World) -> None:
    await world.kept(rss(item(1, title="Honest")), name="honest")
    await world.kept(rss(item(1, title="Forged", link="https://evil.example/1")), name="evil")

    records = await world.records()
    assert {record.title: record.revision for record in records} == {"Honest": 1, "Forged": 1}
    assert (await world.files())["feeds/all.json"].count('"Honest"') == 1


@row("H-60")
async def guids_are_only_keys(world: World) -> None:
    guids = ["../../etc/passwd", ";rm -rf /", "x" * 1_000_000, "", "   ", "a&#1;b", "%00", "-- '; DROP TABLE records"]
    items = [item(n, guid=guid, title=f"T{n}") for n, guid in enumerate(guids)]

    records = await world.kept(rss(*items))

    assert len(records) == len(guids)
    assert all(re.fullmatch(r"[a-z2-7]{26}", record.id) for record in records)
    allowed = re.compile(r"[a-z]+\.(?:html|opml|json)|feeds/all(?:/archive/\d{6})?\.\w+|articles/[a-z2-7]{26}\.html")
    assert all(allowed.fullmatch(path) for path in await world.files())


@row("H-61")
async def dates_of_the_future(world: World) -> None:
    dates = ("Fri, 31 Dec 9999 23:59:59 GMT", "Wed, 25 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 12:09:00 GMT")
    records = await world.kept(rss(*(item(n, date=date) for n, date in enumerate(dates))))

    assert all(record.order_date <= record.first_seen + CLOCK_TOLERANCE for record in records)
    await world.files()
    await world.kept(rss(item(9, title="News", date="Tue, 24 Nov 2026 15:00:00 GMT")))
    shown = re.findall(r"<title>([^<]*)</title>", (await world.files())["feeds/all.rss"])
    assert shown[1] == "News"


@row("H-62")
async def dates_that_are_none(world: World) -> None:
    dates = ("0001-01-01", "Thu, 01 Jan 1969 00:00:00 GMT", "-1", str(2**63), "292277026596-01-01T00:00:00Z")

    records = await world.kept(rss(*(item(n, date=date) for n, date in enumerate(dates))))

    assert [record.published for record in records if record.url != "https://daily.example/1"] == [None] * 4


@row("H-63")
async def redated_at_each_visit(world: World) -> None:
    await world.kept(rss(item(1, date="Tue, 24 Nov 2026 08:00:00 GMT")))
    before = await world.feeds()

    record = await world.only(rss(item(1, date="Tue, 24 Nov 2026 11:00:00 GMT")))

    assert record.revision == 1
    assert await world.feeds() == before


@row("H-64")
async def another_guid_at_each_visit(world: World) -> None:
    for visit in range(5):
        records = await world.kept(rss(*(item(n, guid=f"{visit}-{n}") for n in range(4))))

    assert len(records) == 4
    assert (await world.files())["feeds/all.rss"].count("<item>") == 4


@row("H-65")
async def edited_without_end(world: World) -> None:
    seen = []
    for edit in range(6):
        record = await world.only(rss(item(1, title=f"Edit {edit}")))
        seen.append(record.revision)
        state = await world.state()
        assert state.next_visit - (state.last_visit or state.next_visit) >= timedelta(minutes=5)

    assert seen == [1, 2, 3, 4, 5, 6]  # one a visit at most, and visits are at least five minutes apart


@row("H-66")
async def removed_upstream(world: World) -> None:
    await world.kept(rss(item(1), item(2)))
    before = await world.feeds()

    records = await world.kept(rss(item(2)))

    assert len(records) == 2
    assert await world.feeds() == before


@row("H-67")
async def markup_in_titles(world: World) -> None:
    titles = (
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "&lt;img src=x onerror=alert(1)&gt;",
        "&quot;&gt;&lt;svg/onload=alert(1)&gt;",
    )
    await world.kept(rss(*(item(n, title=f"T {title}") for n, title in enumerate(titles))))

    assert is_dead(await world.files())


@row("H-68")
async def titles_that_mislead(world: World) -> None:
    long = "x" * 1_000_000
    records = await world.kept(
        rss(item(1, title="a\u202eb\u200bc"), item(2, title=long), item(3, title="a\n\nb"), item(4, title="👩‍👩‍👧"))
    )

    by_url = {record.url or "": record.title for record in records}
    assert len(by_url["https://daily.example/2"]) <= 1_000
    assert by_url["https://daily.example/3"] == "a b"
    assert by_url["https://daily.example/4"] == "👩‍👩‍👧"
    files = await world.files()
    assert not any("x" * 2_000 in body for body in files.values())
    assert not any("a\u202eb" in body for path, body in files.items() if path.endswith(".html")), (
        "it turns the page around"
    )


@row("H-69")
async def links_that_are_none(world: World) -> None:
    links = (
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
    )
    items = [item(n, link=link, guid=f"g{n}", title=f"T{n}") for n, link in enumerate(links)]
    bodies = [item(n + 50, text=f'<p><a href="{link}">x</a> words</p>') for n, link in enumerate(links)]

    records = await world.kept(rss(*items, *bodies, item(99, link="//evil.example/x", guid="g99")))

    assert [record.url for record in records if record.guid in {f"g{n}" for n in range(6)}] == [None] * 6
    assert not any(active_in(record.content) for record in records)
    assert is_dead(await world.files())


MUTATIONS = (
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<template><script>alert(1)</script></template><a id=cookie name=cookie>x</a>",
    "<form><input name=action><button formaction=javascript:alert(1)>x</button></form>",
    "<p><a href='&#106;avascript:alert(1)'>x</a></p>",
)


@row("H-70")
async def mutations(world: World) -> None:
    records = await world.kept(rss(*(item(n, text=f"<p>words</p>{body}") for n, body in enumerate(MUTATIONS))))

    assert not any(active_in(record.content) for record in records)
    assert not any(re.search(r"\s(?:id|name)=", record.content) for record in records)
    assert is_dead(await world.files())


@row("H-71")
async def frames_and_objects(world: World) -> None:
    body = (
        "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x><form><input></form>"
        "<meta http-equiv=refresh content='0;url=//evil.example'><base href='//evil.example/'>"
        "<p>words <a href='/x'>x</a></p>"
    )
    record = await world.only(rss(item(1, text=body)))

    assert not re.search(r"iframe|object|embed|form|meta|base|evil", record.content)
    assert is_dead(await world.files())


@row("H-72")
async def styles(world: World) -> None:
    body = (
        '<style>@import "//evil.example/x.css"</style><p style="position:fixed" class="x">words</p>'
        "<link rel=stylesheet href=x>"
    )

    record = await world.only(rss(item(1, text=body)))

    assert record.content == "<p>words</p>"


@row("H-73")
async def broken_srcset(world: World) -> None:
    image = '<img src="https://daily.example/a.png" srcset="x&quot;&gt;<script>alert(1)</script> 1x">'
    body = f"<p>words</p>{image}<p>more</p>"

    record = await world.only(rss(item(1, text=body)))

    assert "srcset" not in record.content
    assert "script" not in record.content


@row("H-74")
async def what_follows_readers(world: World) -> None:
    pixels = (
        '<img src="https://t.example/p.gif" width=1 height=1><img src="https://t.example/q.gif" width="0" height="0">'
    )
    body = (
        f'<p>words <a href="https://daily.example/x?utm_source=a&amp;id=1" ping="https://t.example/">x</a></p>{pixels}'
    )

    record = await world.only(rss(item(1, link="https://daily.example/1?utm_medium=rss", text=body)))

    assert record.content == '<p>words <a href="https://daily.example/x?id=1" rel="noopener noreferrer">x</a></p>'
    assert record.url == "https://daily.example/1"


@row("H-75")
async def images_that_ask_us_to_act(world: World) -> None:
    record = await world.only(rss(item(1, text='<p>words</p><img src="/logout"><p>more words</p>')))

    assert "/logout" not in record.content or "https://daily.example" in record.content or "127.0.0.1" in record.content


@row("H-76")
async def tags_without_measure(world: World) -> None:
    for body in ("<b>x" * 150_000, "<div>" * 100_000, "<p>" + "word " * 300_000):
        with bounded(6):
            receipt = await world.take(rss(item(1, text=body)))

        assert "our reader failed" not in (receipt.error or "")


@row("H-77")
async def ends_of_cdata(world: World) -> None:
    await world.kept(
        rss("<item><guid>1</guid><title>a ]]&gt; b</title><description>x ]]&gt;&lt;![CDATA[ y</description></item>")
    )

    for path, body in (await world.files()).items():
        if path.endswith((".rss", ".atom", ".opml")):
            xml.parse(body.encode())


@row("H-83")
async def drawn_thumbnails(world: World) -> None:
    active = '<media:thumbnail url="data:image/svg+xml,&lt;svg onload=alert(1)&gt;"/>'
    thumbnail = f'{active}<media:thumbnail url="https://x.example/a.svg"/>'

    record = await world.only(rss(item(1, more=thumbnail)))

    assert record.image is None or record.image.url == "https://x.example/a.svg"
    assert is_dead(await world.files())


@row("H-84")
async def forged_provenance(world: World) -> None:
    link = '<link rel="self" href="https://trusted.example/"/>'
    forged = f"<source><id>urn:trusted</id><title>The Trusted Times</title>{link}</source>"
    words = '<title>x</title><link href="https://evil.example/1"/><content>words</content>'
    entry = f"<entry><id>urn:x:1</id>{words}{forged}</entry>"
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:evil</id><title>Evil</title>{entry}</feed>'.encode()

    await world.kept(body)

    files = await world.files()
    assert "Evil" in files["feeds/all.atom"]
    assert not any("trusted" in body.lower() for body in files.values())


@row("H-85")
async def our_own_feed(world: World) -> None:
    await world.kept(rss(item(1)), name="origin")
    ours = (await world.files())["feeds/all.rss"].encode()
    here = f"{world.site.url}feeds/all.rss"

    by_address = await world.visit(name="loop", url=here)
    by_redirect = await world.visit(reply(301, b"", f"Location: {here}"), name="around")
    by_mirror = await world.take(ours, name="mirror")

    for receipt in (by_address, by_redirect, by_mirror):
        assert "our own feed all" in (receipt.error or "")
    assert len(await world.records()) == 1


@row("H-86")
async def two_that_follow_each_other(world: World) -> None:
    changes: dict[str, Any] = {"duplicates": "keep"}
    stories = rss(item(1), "<item><guid>no-link</guid><title>Without link</title><description>x</description></item>")
    async with scripted() as elsewhere:
        other = World(elsewhere, world.sandbox)
        other.site = type(world.site)(title="Theirs", url="https://they.example/")
        other.__post_init__()
        counts = []
        for _ in range(6):
            for one, peer in ((world, other), (other, world)):
                await one.take(stories, name="origin")
                files = await peer.files(**changes)
                await one.take(files["feeds/all.atom"].encode(), "Content-Type: application/atom+xml", name="peer")
            counts.append((len(await world.records()), len(await other.records())))
        await other.fetcher.aclose()

    assert counts[2:] == counts[2:3] * 4
    assert max(counts[-1]) <= 8


async def page_of(world: World, answer: Any) -> Any:
    """Let an article's page answer so, and return the record that came of its entry."""
    world.server.says("/robots.txt", reply(404))
    link = world.server.says("/page", answer)
    [record] = await world.kept(rss(item(1, link=link)), full_text="page")
    return record


@row("H-121")
async def pages_that_are_none(world: World) -> None:
    record = await page_of(world, reply(302, b"", "Location: /paper.pdf", "Content-Disposition: attachment"))
    assert record.status == "feed"
    assert "page" in {r.step for _, r in await world.archive.reasons(record.id)}

    for answer in (
        reply(200, b"%PDF-1.7 " + bytes(5_000), "Content-Type: application/pdf"),
        reply(200, b"<html>" + b"x" * (3 << 20), HTML),
        reply(200, b"<html><body><div id=app></div><script>render()</script></body></html>", HTML),
    ):
        again = await page_of(World(world.server, world.sandbox), answer)
        assert "nobody was surprised" in again.text


@row("H-122")
async def pages_made_to_hurt(world: World) -> None:
    for body in (
        b"<html><meta charset=utf-7><p>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</p></html>",
        b"<html><frameset>" + b"<frame src=x><iframe src=x>" * 5_000 + b"</frameset></html>",
        b"<html>" + b"<table><tr><td>x" * 100_000 + b"</html>",
    ):
        with bounded(13):
            record = await page_of(World(world.server, world.sandbox), reply(200, body, HTML))
        assert not active_in(record.content)


@row("H-123")
async def pages_for_robots_alone(world: World) -> None:
    words = "".join(f"<p>{'A quite different story for those who ask by name. ' * 8}{n}</p>" for n in range(5))
    record = await page_of(world, reply(200, f"<html><article><h1>Tide 1</h1>{words}</article></html>".encode(), HTML))

    assert record.provenance == "page"
    assert [capture.url for capture in world.captures.kept][-1].endswith("/page")
    assert record.captures[-1] == world.captures.kept[-1].ref


@row("H-124")
async def hosts_that_look_alike(world: World) -> None:
    record = await world.only(rss(item(1, link="https://аpple.example/1")))  # its first letter is Cyrillic

    assert (record.url or "").startswith("https://xn--")
    assert not any("аpple" in body for body in (await world.files()).values())
