"""A replay over a month of days: an instalment each day, in order, the same files whenever they are made again."""

import io
import shutil
from datetime import timedelta

import feedparser

from cuttings import app
from cuttings.config.load import load
from cuttings.text.dates import rfc3339
from tests.builders import NOW
from tests.fakes import Ticking

ARTICLES = 35
CONFIG = """
sources: [{name: inbox, path: inbox/}]
feeds:
  - {name: front, content: full}
  - {name: again, kind: replay, of: front, every: 1d, size: 7, content: full}
"""


def feed_of(numbers):
    entries = "".join(
        f"<entry><id>tag:a,2020:{number}</id><title>No. {number}</title><link href='https://a.example/{number}'/>"
        f"<published>{rfc3339(NOW - timedelta(days=100 - number))}</published><updated>{rfc3339(NOW)}</updated>"
        f"<content>This is no. {number}.</content></entry>"
        for number in numbers
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><id>tag:a,2020:a</id><title>A</title>{entries}</feed>"


def files_in(folder):
    """Return the bytes and times of all files."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


def told(folder):
    """Return the titles in the replay's document, and their ids."""
    entries = feedparser.parse(io.BytesIO((folder / "feeds" / "again.atom").read_bytes())).entries
    return [(entry.title, entry.id) for entry in entries]


async def test_thirty_days_give_thirty_instalments_in_order_and_the_same_bytes_again(tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.xml").write_text(feed_of(range(ARTICLES)))
    (tmp_path / "config.yaml").write_text(CONFIG)
    clock, published = Ticking(), tmp_path / "archive" / "published"
    heard: list[str] = []
    ids: dict[str, str] = {}

    config = load(tmp_path / "config.yaml", {})
    async with app.opened(config, following=True, outside=app.Outside(clock=clock)) as opened:
        await opened.collect(["inbox"])
        for _ in range(30):
            await opened.publish()
            assert not await opened.has_turns()
            heard.append(told(published)[0][0])
            assert all(ids.setdefault(title, one) == one for title, one in told(published))
            clock.pass_by(timedelta(hours=23, minutes=59))
            assert not await opened.has_turns()
            before = files_in(published)
            shutil.rmtree(published)
            await opened.publish()
            assert files_in(published) == before
            clock.pass_by(timedelta(minutes=1))
            assert await opened.has_turns()

    assert heard == [f"No. {number}" for number in range(30)]
    assert len(set(ids.values())) == 30
