"""What reading a feed costs: whole, unchanged but for one entry, and against feedparser's defaults.

Everything is processor time of one process in one run, on a feed made here;
ours includes cleaning, language and digests, feedparser's its own cleaning.
"""

import io
import time
from collections.abc import Callable

import feedparser

from cuttings.flow.intake import FEEDS, read
from cuttings.model.capture import Document

ENTRIES = 20
ROUNDS = 30
SENTENCE = "the tide came in slowly over the flats and nobody on the quay was surprised by it "


def feed(entries: int, newest: int = 0) -> bytes:
    """Return an RSS document; `newest` numbers its first entry."""
    items = "".join(_item(number) for number in range(newest, newest - entries, -1))
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Tides</title>'
    return f"<?xml version='1.0'?>{head}<link>https://tides.example/</link>{items}</channel></rss>".encode()


def _item(number: int) -> str:
    paragraphs = "".join(f"<p>{SENTENCE * 4} <a href='/{number}/{p}'>{p}</a>.</p>" for p in range(8))
    link = f"https://tides.example/{number}"
    return (
        f"<item><title>Tide {number}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>Tue, 24 Nov 2026 08:00:00 GMT</pubDate><description>Tide {number} came in.</description>"
        f"<content:encoded><![CDATA[{paragraphs}]]></content:encoded></item>"
    )


def cpu(work: Callable[[], object]) -> float:
    """Return the least processor time of a round, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times) * 1000


def main() -> None:
    """Print the costs and their ratios."""
    old, new = (Document(body=feed(ENTRIES, n), url="https://tides.example/feed") for n in (100, 101))
    known = frozenset(trace.digest for trace in read(old, frozenset(), FEEDS).present)
    cold = cpu(lambda: read(new, frozenset(), FEEDS))
    one = cpu(lambda: read(new, known, FEEDS))
    theirs = cpu(lambda: feedparser.parse(io.BytesIO(new.body)))
    print(f"parse: a feed of {ENTRIES} entries, {len(new.body) >> 10} KiB")
    print(f"  cold                 {cold:8.2f} ms   {cold / theirs:.2f} of feedparser's defaults")
    print(f"  one new entry        {one:8.2f} ms   {one / cold:.2f} of cold")
    print(f"  feedparser, defaults {theirs:8.2f} ms")


if __name__ == "__main__":
    main()
