"""Feeds and pages that try to run a script in a reader's browser, on our pages, in a browser: none does (G-S2)."""

import html
import json
import re
import shutil
import subprocess
import tarfile

import pytest

from cuttings.errors import ParseError
from cuttings.flow.intake import FEEDS, read
from cuttings.model.capture import Document
from cuttings.render.html import OURS
from tests.builders import NOW, item, presentation, record, sheet
from tests.farm import needs_shared
from tests.hostile.scripts import feed, pages, payloads

A_PAGE = 100  # payloads
SHOWN = ("url", "title", "subtitle", "summary", "content", "text", "authors", "categories", "enclosures", "image")
# A page's own policy lets our counter run and nothing else; the browser then tells us of each script it was kept from.
COUNTER = """
<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-ours'; object-src 'none'; frame-src 'none'">
<script nonce="ours">
const tried = [];
const note = event => tried.push(event.effectiveDirective + " " + event.sample);
document.addEventListener("securitypolicyviolation", note);
addEventListener("submit", event => event.preventDefault(), true);
addEventListener("click", event => {
  const link = event.target.closest("a, area");
  if (link && link.protocol !== "javascript:") event.preventDefault();
}, true);
addEventListener("load", () => {
  for (const element of document.querySelectorAll("iframe, frame, object, embed, base, body script")) {
    tried.push(element.tagName);
  }
  for (const element of document.body.querySelectorAll("*")) {
    for (const kind of ["load", "error", "mouseover", "focus", "toggle"]) element.dispatchEvent(new Event(kind));
    if (element.closest("a, area, button") && element.click) element.click();
  }
  setTimeout(() => document.documentElement.setAttribute("data-tried", JSON.stringify(tried)), 500);
});
</script>
"""
ALIVE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
)


def suite():
    """Return the documents of feedparser's suite that try to get something active through."""
    with tarfile.open(needs_shared("corpora", "feeds", "suites", "feedparser.tar.xz"), "r:xz") as packed:
        files = ((member.name, packed.extractfile(member)) for member in packed if "sanit" in member.name)
        return {name: file.read() for name, file in files if file is not None}


def shown_of(documents, kinds, url):
    """Read documents as a visit does, and return what a feed would show of them."""
    items = []
    for name, body in documents.items():
        try:
            reading = read(Document(body=body, url=url), frozenset(), kinds)
        except ParseError:
            continue
        for number, draft in enumerate(reading.drafts):
            made = record(f"{name}#{number}", **{field: getattr(draft, field) for field in SHOWN})
            items.append(item(made, title=made.title, note=draft.title, link=draft.url))
    return items


def pages_of(items):
    """Return our pages of these items: those that list them, and those that show them whole, joined."""
    of = presentation()
    for start in range(0, len(items), A_PAGE):
        some = items[start : start + A_PAGE]
        yield OURS.document(of, sheet(*some, updated=NOW), [OURS.entry(of, one) for one in some]).decode()
        articles = [OURS.article(of, one).decode() for one in some]
        bodies = [re.split(r"</?body[^>]*>", article)[1] for article in articles]
        yield f"<!doctype html><html><head></head><body>{''.join(bodies)}</body></html>"


def tried_on(page, folder):
    """Open a page in a browser; return what it was kept from running."""
    file = folder / "page.html"
    file.write_text(re.sub(r"<head[^>]*>", lambda head: head[0] + COUNTER, page, count=1), "utf-8")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    command += ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]
    command += [f"--user-data-dir={folder}/profile", "--virtual-time-budget=5000", "--dump-dom", f"file://{file}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    found = re.search(r'data-tried="([^"]*)"', done.stdout)
    assert found, done.stdout[:2000]
    return json.loads(html.unescape(found[1]))


@pytest.fixture(scope="module")
def browser():
    if shutil.which("chromium") is None:
        pytest.skip("no chromium")


@pytest.mark.parametrize("payload", ALIVE)
def test_the_browser_tells_of_what_is_alive(browser, payload, tmp_path):
    assert tried_on(f"<html><head></head><body>{payload}</body></html>", tmp_path)


def test_nothing_of_what_feeds_try_runs_on_our_pages(browser, tmp_path):
    own = {f"own-{number}": feed(tried) for number, tried in enumerate(payloads())}

    items = shown_of(suite() | own, FEEDS, "https://daily.example/feed.xml")

    assert len(items) > 1_500
    assert [found for page in pages_of(items) for found in tried_on(page, tmp_path)] == []


def test_nothing_of_what_pages_try_runs_on_our_pages(browser, tmp_path):
    documents = {f"page-{number}": page for number, page in enumerate(pages(payloads()))}

    items = shown_of(documents, frozenset({"page"}), "https://daily.example/tides.html")

    assert len(items) > 100
    assert any(item.record.image and item.record.image.caption for item in items)
    assert [found for page in pages_of(items) for found in tried_on(page, tmp_path)] == []
