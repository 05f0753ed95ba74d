"""Our pages as a browser shows them, served as we serve them: on a phone and a desk, by day and by night."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from cuttings.model.article import Channel, Enclosure, Person
from cuttings.model.feed import Site
from cuttings.render import health
from cuttings.render.html import OURS, Card
from cuttings.web.feeds import Published
from cuttings.web.server import serve
from tests.browser import Browser, browser
from tests.builders import NOW, item, presentation, record, sheet, source, state
from tests.farm import free_port

WIDE = (
    "<h2>Tables</h2><table><tr>" + "<td>a rather wide cell</td>" * 20 + "</tr></table>"
    "<pre><code>" + "x" * 400 + "</code></pre><p>" + "unbroken" * 60 + "</p>"
    '<blockquote><p>Said <a href="https://daily.example/so">so</a>.</p></blockquote>'
    '<img src="https://pictures.invalid/a.png" alt="A harbour" width="3000" height="2000">'
)
AUDIO = Enclosure(url="https://daily.example/a.mp3", type="audio/mpeg")
RECORDS = (
    record(title="Tides", summary="High water at noon.", authors=(Person(name="Jane", url="https://daily.example/j"),)),
    record("https://daily.example/2", title="Wide" * 80, summary="https://daily.example/" + "y" * 300),
    record("https://daily.example/3", title="שלום עולם", summary="שלום", language="he", published=None),
    record("https://daily.example/4", title="", enclosures=(AUDIO,)),
    *(record(f"https://daily.example/o{n}", title=f"Ebb {n}", published=NOW - timedelta(days=n)) for n in range(1, 9)),
)
PAGES = (
    "",
    "sources.html",
    "feeds/front-page.html",
    "feeds/front-page/archive/000002.html",
    f"articles/{'a' * 26}.html",
)
WIDTHS = (320, 390, 1280)
CONTRAST = """(() => {
  const channel = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const ground = e => { for (; e; e = e.parentElement) { const c = numbers(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.body.querySelectorAll("*")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push([e.tagName, e.textContent.slice(0, 40), ratio]);
  }
  return poor; })()"""
SMALL = """[...document.querySelectorAll("nav a, .formats a, .meta a, .more a, footer a")]
  .filter(a => a.getBoundingClientRect().height < 24).map(a => a.textContent)"""


def site(folder: Path) -> None:
    """Write a page of each kind, with what is hard to lay out."""
    who = presentation(site_url="http://localhost/")
    shown = [item(one, note="Read this first." if not one.title else None) for one in RECORDS]
    parts = [OURS.entry(who, one) for one in shown]
    failing = state(met=NOW, failures=4, failing_since=NOW, error="no answer from " + "x" * 150)
    good = state(met=NOW, channel=Channel(title="The Daily"))
    told = [health.told(source(tags=("news",)), good), health.told(source("w"), failing)]
    days = {NOW.date() - timedelta(days=n): n + 1 for n in range(60)}
    ours = Site(title="My cuttings", url="http://localhost/")
    bodies = (
        OURS.index(ours, [Card(presentation=who, items=shown, days=days)] * 3, told),
        OURS.sources(ours, told),
        OURS.document(who, sheet(prev=2), parts),
        OURS.document(who, sheet(number=2, prev=1, next=3), parts),
        OURS.article(who, item(record(content=WIDE, subtitle="A line", rights="CC BY"), note="A note.")),
    )
    for path, body in zip(PAGES, bodies, strict=True):
        file = folder / (path or "index.html")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Browser, str]]:
    """A browser, and the address of a site."""
    site(tmp_path_factory.mktemp("site"))
    folder = tmp_path_factory.getbasetemp() / "site0"
    port, up = free_port(), threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def ready() -> tuple[bool, str]:
        return True, "ready"

    async def serving() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(serve(Published(folder, ready), "127.0.0.1", port, stop, started))
        await started.wait()
        await asyncio.sleep(0.1)
        up.set()
        await task

    thread = threading.Thread(target=loop.run_until_complete, args=(serving(),))
    thread.start()
    try:
        assert up.wait(10)
        with browser(tmp_path_factory.mktemp("profile")) as found:
            yield found, f"http://127.0.0.1:{port}/"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_is_quiet_and_can_be_read_by_day_and_by_night(seen: tuple[Browser, str], page: str) -> None:
    at, root = seen
    for width, dark in ((width, dark) for width in WIDTHS for dark in (False, True)):
        at.open(root + page, width=width, dark=dark)
        asked = {one["request"]["url"] for one in at.told("Network.requestWillBeSent")}

        assert at.evaluate("document.documentElement.scrollWidth") <= width
        assert {url for url in asked if not url.startswith("data:")} <= {root + page, "https://pictures.invalid/a.png"}
        assert [one for one in at.told("Log.entryAdded") if "pictures.invalid" not in str(one)] == []
        assert at.evaluate(CONTRAST) == []
        assert at.evaluate(SMALL) == []
        assert at.evaluate("document.scripts.length") == 0


@pytest.mark.parametrize("page", PAGES)
def test_who_does_not_see_a_page_finds_through_it(seen: tuple[Browser, str], page: str) -> None:
    at, root = seen
    at.open(root + page, width=1280)

    tree = [node for node in at.ask("Accessibility.getFullAXTree")["nodes"] if not node["ignored"]]
    named = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree]
    levels = at.evaluate("[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(h => +h.tagName[1])")

    roles = [role for role, _ in named]
    assert (roles.count("main"), roles.count("banner"), roles.count("contentinfo")) == (1, 1, 1)
    assert [role for role, name in named if role in ("link", "heading", "navigation") and not name.strip()] == []
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert at.evaluate("document.documentElement.lang") == "en"


def test_the_first_key_leads_past_the_head_of_a_page(seen: tuple[Browser, str]) -> None:
    at, root = seen
    at.open(root + "feeds/front-page.html", width=390)

    press(at, "Tab", 9)

    assert at.evaluate("document.activeElement.textContent") == "To the articles"
    assert at.evaluate("document.activeElement.getBoundingClientRect().width") > 80
    press(at, "Enter", 13, text="\r")
    press(at, "Tab", 9)
    assert at.evaluate("document.activeElement.closest('main') !== null")
    assert at.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_printed_page_is_the_article_on_white(seen: tuple[Browser, str]) -> None:
    at, root = seen
    at.open(root + PAGES[-1], width=1280, dark=True)
    at.ask("Emulation.setEmulatedMedia", media="print")

    assert at.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert at.evaluate("document.querySelector('footer').offsetHeight") == 0
    assert at.evaluate("document.querySelector('.text').offsetHeight") > 100


def press(at: Browser, key: str, code: int, **more: str) -> None:
    for kind in ("keyDown", "keyUp"):
        at.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **more)
