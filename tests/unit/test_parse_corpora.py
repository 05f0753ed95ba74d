"""All of the corpora: real feeds give all their entries, and no file of any suite is more than a ParseError."""

import ast
import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Entry, Parsed
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.plugins import source_kind

CORPORA = Path(__file__).parents[2].parent / "shared" / "corpora" / "feeds"
SUITES = sorted(CORPORA.glob("suites/*.tar.xz"))

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason=f"the corpora are not at {CORPORA}")


def files(archive: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(archive.read_bytes())) as tar:
        for member in tar:
            if member.isfile() and (file := tar.extractfile(member)):
                yield member.name.removeprefix("./"), file.read()


def read(body: bytes, known: frozenset[bytes] = frozenset(), **about: Any) -> Parsed | None:
    """Return what our reader of its kind makes of it, None for what is no feed."""
    document = Document(**{"body": body, "url": "https://daily.example/dir/feed", **about})
    kind = sniff.kind(document)
    return source_kind(kind)(document, known) if kind in ("syndication", "jsonfeed") else None


def test_real_feeds_give_all_their_entries_and_none_of_them_again():
    index = {feed["file"]: feed["entries"] for feed in json.loads((CORPORA / "real" / "index.json").read_text())}
    odd = []
    for name, body in files(CORPORA / "real" / "real-feeds.tar.xz"):
        parsed = read(body)
        if name in index and (parsed is None or len(parsed.entries) != index[name]):
            odd.append(name)
        if parsed is not None:
            again = read(body, frozenset(trace.digest for trace in parsed.present))
            assert again is not None
            assert (again.entries, again.present) == ((), parsed.present), name

    assert len(index) > 300
    assert len(odd) <= len(index) // 100, odd


@pytest.mark.parametrize("suite", SUITES, ids=[suite.name.partition(".")[0] for suite in SUITES])
def test_no_file_of_a_suite_is_more_than_a_parse_error(suite):
    for _, body in files(suite):
        with suppress(ParseError):
            read(body)


EXPECTED = re.compile(r"entries\[(\d)\]((?:\['?\w+'?\]){1,3})\s*==\s*(.+)")


def test_what_feedparser_expects_of_its_well_formed_feeds_holds_of_our_entries():
    held, odd = 0, []
    for name, body in files(CORPORA / "suites" / "feedparser.tar.xz"):
        expected = re.search(rb"Expect:\s*(.+)", body)
        # what sanitising and resolving make of a text is asked of `normalise`
        if not expected or not re.match(r"wellformed/(?!base|sanitize|namespace)", name):
            continue
        found = EXPECTED.fullmatch(expected[1].decode().strip().removeprefix("not bozo and "))
        parsed = read(body) if found else None
        if not found or not parsed or found[2] not in OURS:
            continue
        ours = OURS[found[2]](parsed.entries[int(found[1])])
        with suppress(ValueError, SyntaxError):
            theirs = ast.literal_eval(found[3])
            if _alike(ours, theirs):
                held += 1
            else:
                odd.append((name, ours, theirs))

    assert held > 100
    assert len(odd) <= 0.03 * (held + len(odd)), odd


def _text(entry: Entry) -> str | None:
    return entry.summary or entry.content


OURS: dict[str, Any] = {
    "['title']": lambda entry: entry.title,
    "['title_detail']['value']": lambda entry: entry.title,
    "['link']": lambda entry: entry.trace.link,
    "['id']": lambda entry: entry.trace.guid,
    "['guid']": lambda entry: entry.trace.guid,
    "['published']": lambda entry: entry.published,
    "['updated']": lambda entry: entry.modified,
    "['summary']": _text,
    "['description']": _text,
    "['content'][0]['value']": lambda entry: entry.content,
    "['author_detail']['name']": lambda entry: entry.authors[0].name,
    "['author_detail']['url']": lambda entry: entry.authors[0].url,
    "['authors'][0]['name']": lambda entry: entry.authors[0].name,
    "['authors'][1]['name']": lambda entry: entry.authors[1].name,
    "['enclosures'][0]['href']": lambda entry: entry.enclosures[0].url,
    "['enclosures'][0]['url']": lambda entry: entry.enclosures[0].url,
    "['enclosures'][0]['length']": lambda entry: str(entry.enclosures[0].length),
    "['enclosures'][0]['type']": lambda entry: entry.enclosures[0].type,
    "['category']": lambda entry: entry.categories[0],
    "['tags'][0]['term']": lambda entry: entry.categories[0],
    "['tags'][1]['term']": lambda entry: entry.categories[1],
}


def _alike(ours: str | None, theirs: object) -> bool:
    """Compare without what feedparser's sanitiser does to markup: how an empty element is closed, what is escaped."""
    if isinstance(theirs, str) and ours is not None:
        return re.sub(r"\s*/>", ">", ours).lower() == re.sub(r"\s*/>", ">", theirs).lower()
    return (ours or "") == (theirs or "")
