"""A site that was made of what tries to run a script, opened file by file in a browser: feeds, corrections, all of it.

The files come from a server that says nothing but their media type, and the
browser heeds no policy that stands in a page: what keeps scripts out is how
things are cleaned and written, not what browsers are told besides.
"""

import html
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.browser import browser
from tests.farm import House
from tests.hostile.scripts import WORDS, payloads

EVERY = 5  # of the payloads: each core and each shell is among them
A_SOURCE = 20  # payloads
TYPES = {
    "html": "text/html",
    "rss": "text/xml",
    "atom": "text/xml",
    "opml": "text/xml",
}  # a browser shows application/rss+xml as plain text
COUNTER = "self.ran = []; for (const name of ['alert', 'msgbox']) self[name] = () => ran.push(location.href);"
PROVOKE = """[...document.querySelectorAll("*")].flatMap(element => {
  for (const kind of ["load", "error", "mouseover", "focus", "toggle"]) element.dispatchEvent(new Event(kind));
  const link = element.closest("a, area");
  if (link ? /^(java|vb)script:/.test(link.protocol) : element.matches("button, input")) element.click?.();
  const told = ["xmlns", "style", "id", "name"].filter(name => element.closest(".text") && element.hasAttribute(name));
  const odd = "script, iframe, frame, object, embed, base, form, input, template, [http-equiv=refresh], body style";
  return element.matches(odd) ? [element.tagName] : told.map(name => `${element.tagName} ${name}`);
})"""
ALIVE = {
    "html": "<!doctype html><title>x</title><p>x</p><script>alert(1)</script>",
    "rss": "<rss><channel><title><script xmlns='http://www.w3.org/1999/xhtml'>alert(1)</script></title></channel></rss>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:h='http://www.w3.org/1999/xhtml'>"
    "<title><h:img src='x' onerror='alert(1)'/></title></feed>",
    "opml": "<opml><a xmlns='http://www.w3.org/1999/xhtml' href='javascript:alert(1)'>x</a></opml>",
}


@contextmanager
def served(files: Mapping[str, tuple[str, bytes]]) -> Iterator[str]:
    """Serve files by their paths: media type and body; yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            media, body = files.get(self.path, ("", b""))
            self.send_response(200 if media else 404)
            self.send_header("Content-Type", media or "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def rss(tried: list[str], day: int) -> bytes:
    """Return a feed with a payload in each place of each item; on another day it says something else."""
    return f"""<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
    xmlns:media="http://search.yahoo.com/mrss/"><channel><title>{html.escape(tried[0])}</title>
    <link>{html.escape(tried[1])}</link><description>{html.escape(tried[2])}</description>
    {"".join(_item(one, day) for one in tried)}</channel></rss>""".encode()


def _item(tried: str, day: int) -> str:
    words, number = html.escape(tried), hash_of(tried)
    link = words if number % 3 == 0 else f"https://daily.example/{number}"
    told = html.escape(f"<p>{number % 90 + 10 * day} boats came in. {WORDS[number % 4]}</p>{tried}<p>{tried}</p>")
    return f"""<item><title>{words}</title><link>{link}</link><guid isPermaLink="false">{number}</guid>
    <author>{words}</author><category>{words}</category><enclosure url="{words}" type="{words}" length="1"/>
    <media:content url="https://daily.example/a.jpg" medium="image"><media:title>{words}</media:title>
    <media:description>{words}</media:description></media:content><description>{words}</description>
    <content:encoded>{told}</content:encoded></item>"""


def atom(tried: list[str], day: int) -> bytes:
    """As `rss`, with what Atom alone has: a person's address, a title that is HTML, rights, a source."""
    entries = []
    for one in tried:
        words, number = html.escape(one), hash_of(one)
        told = html.escape(f"<p>{number % 90 + 10 * day} boats came in. {WORDS[number % 4]}</p>{one}")
        entries.append(f"""<entry><id>urn:x:{number}</id><title type="html">{words}</title><link href="{words}"/>
        <updated>2026-01-0{day}T00:00:00Z</updated><author><name>{words}</name><uri>{words}</uri></author>
        <rights>{words}</rights><summary>{words}</summary><content type="html">{told}</content></entry>""")
    return f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="{html.escape(tried[0])}"><id>urn:x</id>
    <title type="html">{html.escape(tried[1])}</title><link href="{html.escape(tried[2])}"/>
    <subtitle>{html.escape(tried[3])}</subtitle>{"".join(entries)}</feed>""".encode()


def hash_of(tried: str) -> int:
    return sum(number * ord(letter) for number, letter in enumerate(tried, 7)) % 1_000_003


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, bytes]]:
    """All files of a site that followed such sources, and saw each of their articles change."""
    house = House(tmp_path_factory.mktemp("house"))
    tried = ["\t".join(one.split("\0")) for one in payloads()[::EVERY]]
    chunks = [tried[start : start + A_SOURCE] for start in range(0, len(tried), A_SOURCE)]
    files: dict[str, tuple[str, bytes]] = {}
    with served(files) as root:
        lines = ["archive: archive/", "site: {title: '<script>alert(1)</script>', url: 'http://127.0.0.1:8080/'}"]
        lines += ["fetch: {allow_networks: [127.0.0.0/8]}", "sources:"]
        lines += [f"  - {{name: s{n}, url: '{root}/{n}', full_text: feed, tags: ['<b']}}" for n in range(len(chunks))]
        lines += ["feeds:", "  - {name: all, title: '<img src=x onerror=alert(1)>', content: full, size: 50}"]
        lines += [
            "  - {name: corrections, kind: revisions, of: all}",
            "  - {name: again, kind: replay, of: all, every: 1m}",
        ]
        house.configure("\n".join(lines) + "\n")
        for day in (1, 2):
            for number, chunk in enumerate(chunks):
                made = (atom if number % 3 == 2 else rss)(chunk, day)
                files[f"/{number}"] = ("application/xml", made)
            _collect(house, len(chunks))
            house.run("publish", timeout=900)
    found = sorted(path for path in house.published.rglob("*") if path.is_file() and path.suffix != ".gz")
    return {f"/{path.relative_to(house.published)}": (_type(path.suffix[1:]), path.read_bytes()) for path in found}


def _collect(house: House, count: int) -> None:
    """Visit all sources; what a busy machine did not read in its seconds is visited once more."""
    names = [f"s{number}" for number in range(count)]
    for _ in range(3):
        visiting = house.start("collect", *names)
        told = visiting.communicate(timeout=900)
        if visiting.returncode == 0:
            return
    pytest.fail(f"some source cannot be read: {told}")


def _type(suffix: str) -> str:
    return TYPES.get(suffix, "application/json") + "; charset=utf-8"


def tried_in(files: Mapping[str, tuple[str, bytes]], folder, names) -> dict[str, list[str]]:
    """Open files in a browser; return what ran, was asked for or stands there that should not, by file."""
    found: dict[str, list[str]] = {}
    with served(files) as root, browser(folder) as at:
        at.ask("Page.setBypassCSP", enabled=True)
        at.ask("Page.addScriptToEvaluateOnNewDocument", source=COUNTER)
        for name in names:
            at.open(root + name, width=1000)
            odd = at.evaluate(PROVOKE)
            assert at.evaluate("new XMLSerializer().serializeToString(document).length") > 40  # it was shown
            ran = at.ask("Runtime.evaluate", expression="JSON.stringify(self.ran)", returnByValue=True)
            asked = {one["request"]["url"]: one["type"] for one in at.told("Network.requestWillBeSent")}
            known = {root + name, root + "/favicon.ico"}  # the browser's own wish, where a document names no icon
            more = [f"{kind} {url}" for url, kind in asked.items() if kind != "Image" and url not in known]
            trouble = [*odd, *json.loads(ran["result"]["value"]), *more]
            if trouble:
                found[name] = trouble
    return found


def test_a_file_that_runs_something_is_told(tmp_path):
    files = {f"/alive.{suffix}": (_type(suffix), text.encode()) for suffix, text in ALIVE.items()}

    found = tried_in(files, tmp_path, list(files))

    assert {name for name, trouble in found.items() if any("alive" in one for one in trouble)} == set(files)


def test_nothing_of_what_feeds_try_runs_in_any_file_that_we_publish(site, tmp_path):
    kinds = {"/index.html", "/sources.html", "/blogroll.opml", "/feeds.json", "/feeds/corrections.atom"}
    assert kinds <= set(site)
    archived = [name for name in site if name.startswith("/feeds/all/archive/")]
    revised = [name for name in site if name.count(".") == 2 and ".replay" not in name]
    articles = [name for name in site if name.startswith("/articles/")]
    print(f"{len(site)} files: {len(articles)} articles, {len(revised)} of them corrections, {len(archived)} archived")
    assert min(len(archived), len(revised), len(articles)) > 20

    assert tried_in(site, tmp_path, list(site)) == {}
