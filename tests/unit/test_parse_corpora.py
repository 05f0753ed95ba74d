"""All of the corpora: real feeds give all their entries, and no file of any suite is more than a ParseError."""

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
from cuttings.model.article import Parsed
from cuttings.model.capture import Document
from cuttings.parse import sniff
from cuttings.plugins import source_kind
from tests.expectations import Case, case, differences

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


CLAIMED = re.compile(r"^\| `(wellformed/[\w./-]+)` \|", re.MULTILINE)


def test_what_feedparser_expects_of_its_well_formed_feeds_holds_of_our_entries():
    asked = [found for name, body in files(CORPORA / "suites" / "feedparser.tar.xz") if (found := _case(name, body))]
    odd = {one.name: told for one in asked if (told := differences(one))}
    explained = CLAIMED.findall((Path(__file__).parents[2] / "docs" / "wellformed.md").read_text("utf-8"))

    assert len(asked) > 180
    assert len(odd) <= 0.03 * len(asked), odd
    assert sorted(odd) == sorted(explained)


def _case(name: str, body: bytes) -> Case | None:
    """Return a case of the well-formed ones; what sanitising makes of a text is asked of `normalise`."""
    return case(name, body) if re.match(r"wellformed/(?!sanitize/)", name) else None
