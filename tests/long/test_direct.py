"""Over all of the corpora, what is read of an entry directly is what feedparser says of it."""

from contextlib import suppress

import pytest

from cuttings.errors import ParseError
from cuttings.model.article import Parsed
from cuttings.parse import direct
from tests.unit import test_parse_corpora as corpora

pytestmark = corpora.pytestmark

# feedparser takes what their channels say for a part of their first items.
LEAKING = ("feed-test-audio.xml", "rss2/rss_2.0_ch9.xml", "pagination-links.rss")
SETS = [corpora.CORPORA / "real/real-feeds.tar.xz", *corpora.SUITES]


@pytest.mark.parametrize("suite", SETS, ids=lambda path: path.name)
def test_what_is_read_directly_is_what_feedparser_says(suite, monkeypatch):
    directly = {name: _read(body) for name, body in corpora.files(suite)}

    monkeypatch.setattr(direct, "raw", lambda entry, like_html: None)

    odd = [name for name, body in corpora.files(suite) if _read(body) != directly[name]]
    assert [name for name in odd if not name.endswith(LEAKING)] == []


def _read(body: bytes) -> Parsed | None:
    with suppress(ParseError):
        return corpora.read(body)
    return None
