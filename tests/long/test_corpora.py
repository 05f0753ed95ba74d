"""Feeds captured from real sites, served from loopback and collected as a user would."""

import io
import json
import re
import tarfile
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import feedparser
import pytest

from cuttings.errors import ParseError
from cuttings.flow.intake import ARTICLES, FEEDS, read
from cuttings.model.capture import Document
from tests.farm import House, configuration, needs_shared


def members(archive):
    with tarfile.open(archive, "r:xz") as packed:
        files = ((member.name, packed.extractfile(member)) for member in packed)
        return {name: file.read() for name, file in files if file is not None}


@pytest.fixture(scope="module")
def feeds():
    index = json.loads(needs_shared("corpora", "feeds", "real", "index.json").read_text())
    bodies = members(needs_shared("corpora", "feeds", "real", "real-feeds.tar.xz"))
    return {row["file"]: (row, bodies[row["file"]]) for row in index}


@pytest.fixture(scope="module")
def served(feeds):
    bodies = [body for _, body in feeds.values()]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            number = re.fullmatch(r"/(\d+)", self.path)
            body = bodies[int(number[1])] if number else b""
            self.send_response(200 if number else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def distinct(row, body):
    """How many different entries a document has: what carries one guid and one link is one entry."""
    if row["format"] == "json":
        items = [item for item in json.loads(body)["items"] if isinstance(item, dict)]
        return len({str(item.get("id") or item.get("url") or item.get("title")) for item in items})
    entries = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False).entries
    return len({(entry.get("id"), entry.get("link"), entry.get("title")) for entry in entries})


def test_at_least_99_of_100_real_feeds_give_all_their_distinct_entries(feeds, served, tmp_path):
    house = House(tmp_path)
    urls = [f"{served}/{number}" for number in range(len(feeds))]
    house.configure(configuration(urls, extra=", full_text: feed"))

    receipts = {row["source"]: row for row in house.rows("collect", timeout=900)}

    records = Counter(row["source"] for row in house.rows("list", "--limit", "0"))
    short = {}
    for number, (file, (row, body)) in enumerate(feeds.items()):
        wanted, got = distinct(row, body), records[f"s{number}"]
        if got < wanted:
            short[file] = f"{got} of {wanted}: {receipts[f's{number}']['error']}"
    print(len(feeds), "feeds,", sum(records.values()), "records; short:", short)
    assert len(short) <= len(feeds) // 100, short


def test_every_file_of_the_suites_parses_or_is_refused_with_a_reason():
    refused: Counter[str] = Counter()
    read_well = 0
    for archive in sorted(needs_shared("corpora", "feeds", "suites").glob("*.tar.xz")):
        for name, body in members(archive).items():
            document = Document(body=body, url=f"https://suite.example/{name}")
            try:
                read(document, frozenset(), FEEDS | ARTICLES)
                read_well += 1
            except ParseError as error:
                refused[error.problem] += 1
    print(read_well, "read;", refused.most_common(12))
    assert read_well > 2_000
