"""What a document costs after one new entry, against feedgen building the same document whole.

Ours: the new record read from its archive, rendered, kept in the cache, the
document joined.  Theirs: each entry made and the whole serialised, by feedgen
with the extensions that our entries have.  Processor time of one process.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from tests.builders import at, ledger_head, page_item, record, shown, visit

from benchmarks.measure import Work, in_turns, say_cost, say_ratio
from cuttings.archive import codec
from cuttings.archive.sqlite.archive import SqliteArchive
from cuttings.flow.sheets import Sheets, presentation_of
from cuttings.model.article import Record
from cuttings.model.feed import Address, Edition, Format, Head, Item, LedgerHead, Origin, PageItem, Sheet
from cuttings.outlet import FolderCache
from cuttings.render import html, syndication

ENTRIES = 500
ROUNDS = 15
SERIES = 10  # rebuilds a round, each after one more new entry
HEAD = Head(title="Front page", language="en", site_title="My cuttings")
ORIGIN = Origin(title="The Daily", url="https://daily.example/feed.xml", home="https://daily.example/")
ADDRESS = Address(site_url="https://cuttings.example/", names=("front-page",), versions=(("rss", 1), ("atom", 1)))
SENTENCE = "The tide came in slowly over the flats and nobody on the quay was surprised by it, nor by the gulls. "


def records(count: int) -> list[Record]:
    """Return articles of four kilobytes each."""
    return [_record(number) for number in range(count)]


def _record(number: int) -> Record:
    link = f"https://daily.example/2026/11/tide-{number}"
    paragraphs = [f'<p>{SENTENCE * 4}<a href="{link}#{p}">Tide {number}</a>.</p>' for p in range(8)]
    return record(
        link,
        title=f"Tide {number} & what it brought",
        content="".join(paragraphs),
        text="\n\n".join([SENTENCE * 4] * 8),
        summary=f"Tide {number} came in.",
        categories=("tides", "quays"),
        first_seen=at(number),
    )


def items_of(kept: Sequence[Record]) -> list[PageItem]:
    """Return what a document holds of records."""
    return [page_item(one.id, shown=shown(origin=ORIGIN), updated=one.first_seen) for one in kept]


def head_of(items: Sequence[PageItem]) -> LedgerHead:
    """Return a ledger whose document holds these items."""
    updated = items[0].updated
    edition = Edition(items=tuple(items), pages=1, head=HEAD, address=ADDRESS, updated=updated)
    return ledger_head(time=updated, address=ADDRESS, edition=edition, pages=1)


def read_back(head: LedgerHead) -> LedgerHead:
    """Return a ledger's head as the archive does: nothing in it is the very object it was."""
    return codec.from_text(LedgerHead, codec.text(head))


def built(form: Format, head: LedgerHead, items: Sequence[Item]) -> bytes:
    """Return the document as feedgen builds it."""
    is_rss = form is syndication.RSS
    assert head.edition is not None
    presentation = presentation_of(head)
    sheet = Sheet(number=None, updated=head.edition.updated, prev=1)
    feed = (syndication.rss_channel if is_rss else syndication.atom_feed)(presentation, sheet)
    for item in items:
        entry = (syndication.rss_item if is_rss else syndication.atom_item)(presentation, item)
        feed.add_entry(entry, order="append")
    body: bytes = feed.rss_str() if is_rss else feed.atom_str()
    return body


def decided(newest_first: Sequence[PageItem]) -> Iterator[LedgerHead]:
    """Yield what the ledger says after each decision; each lets in one record."""
    for start in range(len(newest_first) - ENTRIES, -1, -1):
        yield read_back(head_of(newest_first[start : start + ENTRIES]))


async def compare(form: Format, archive: SqliteArchive, newest_first: Sequence[PageItem], cache: Path) -> None:
    """Print what both cost, and whether they wrote the same bytes."""
    sheets = Sheets(archive, archive, FolderCache(cache), html.OURS)
    last = head_of(newest_first[:ENTRIES])
    whole = await sheets.items(presentation_of(last), newest_first[:ENTRIES])
    heads, series, bodies = decided(newest_first), list[LedgerHead](), dict[str, bytes]()
    await sheets.document(next(heads), form)

    def decide() -> None:
        series[:] = islice(heads, SERIES)

    async def ours() -> None:
        for head in series:
            bodies["ours"] = await sheets.document(head, form)

    async def theirs() -> None:
        bodies["theirs"] = built(form, last, whole)

    works = {"ours": Work(ours, lambda: time.process_time() / SERIES, decide), "theirs": Work(theirs)}
    costs = await in_turns(works, ROUNDS)
    say_cost(f"{form.name}: one new entry of {ENTRIES}", costs["ours"])
    say_cost(f"{form.name}: feedgen builds it whole", costs["theirs"])
    say_ratio(f"{form.name}: cheaper by", costs["theirs"], costs["ours"], at_least=40)
    same = "yes" if bodies["ours"] == bodies["theirs"] else "NO"
    print(f"  {form.name}: the same bytes: {same} ({len(bodies['ours']) >> 10} KiB)")


async def compared() -> None:
    """Compare both formats, each with an archive and a cache on disk."""
    with tempfile.TemporaryDirectory() as folder:
        async with SqliteArchive.opened(Path(folder, "archive")) as archive:
            kept = records(ENTRIES + (ROUNDS + 1) * SERIES)
            await archive.commit(visit(*kept))
            newest_first = items_of(kept)[::-1]
            for form in (syndication.RSS, syndication.ATOM):
                await compare(form, archive, newest_first, Path(folder, "cache"))


def main() -> None:
    """Print costs, ratios and bars."""
    print(f"publish: a document of {ENTRIES} entries, one of them new")
    asyncio.run(compared())


if __name__ == "__main__":
    main()
