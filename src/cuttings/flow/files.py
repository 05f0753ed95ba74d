"""The files of one feed: which there are, which are stale, and in what order they are written.

A file's time is its last event in the ledger, so existence and time tell
whether it is stale.  Articles come first, then missing pages, documents, and pages that
changed: at no instant does a document lead to a file that is not there, nor a
page close before its entries are found elsewhere (STANDARDS FH-8), and where
the documents stand, so does all that they lead to.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cuttings.flow.sheets import Sheets, address_of, article_digest, article_path, edition_of, page_time
from cuttings.model.article import RecordId
from cuttings.model.feed import Decision, Format, LedgerHead, Place, path_of
from cuttings.ports import Clock, Ledger, Outlet

ARTICLES_AT_ONCE = 200  # whose places are in memory at a time
WRITTEN_AT_ONCE = 4  # articles: a disk that is asked to make several files last takes little longer than for one

Standing = Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    path: str
    number: int | None  # a closed page's, None for the document
    form: Format
    at: datetime


class Files:
    """Writes what a ledger says; the feed is held by who calls.  Methods return how many files they wrote."""

    def __init__(self, ledger: Ledger, outlet: Outlet, sheets: Sheets, formats: Sequence[Format], clock: Clock) -> None:
        self._ledger, self._outlet, self._sheets = ledger, outlet, sheets
        self._formats, self._clock = formats, clock

    async def stand(self, head: LedgerHead) -> bool:
        """Tell whether the subscription documents are there and as they should be."""
        wanted = [file.path for file in self._wanted(head, (), document=True)]
        return all([await self._outlet.time_of(path) == edition_of(head).updated for path in wanted])

    async def write_all(self, head: LedgerHead) -> int:
        """Make all files as the ledger has them, and delete what it does not have."""
        times = await self._page_times(head)
        wanted = self._wanted(head, times.items(), document=True)
        standing = await self._standing(file.path for file in wanted if file.number is None)
        for name in address_of(head).names:
            standing |= await self._outlet.times(f"feeds/{name}/archive")
        written = await self._write_all_articles(head)
        written += await self._write(head, wanted, standing)
        for path in standing.keys() - {file.path for file in wanted}:
            await self._outlet.remove(path)
        return written

    async def write_changed(self, before: LedgerHead, decision: Decision) -> int:
        """Make the files that a decision changed: all of them if it was about titles or addresses."""
        head = decision.head
        if before.edition is None or (before.address, before.edition.head) != (head.address, edition_of(head).head):
            return await self.write_all(head)
        if head.time == before.time:
            return 0
        numbers = {page.number for page in (*decision.pages, *decision.changed_pages)}
        if decision.pages and before.pages:
            numbers.add(before.pages)  # it gains the link to its successor
        times = [(number, await self._page_time(head, number)) for number in sorted(numbers)]
        wanted = self._wanted(head, times, document=before.edition.updated != edition_of(head).updated)
        changed = [place for place in decision.places if place.number <= before.places or place.shown.extent == "full"]
        written = await self.write_articles(head, [place.record for place in changed])
        return written + await self._write(head, wanted, await self._standing(file.path for file in wanted))

    async def write_articles(self, head: LedgerHead, records: Sequence[RecordId]) -> int:
        """Make or delete these articles' pages; the first feed by key that shows one in full has the say."""
        written = 0
        for start in range(0, len(records), ARTICLES_AT_ONCE):
            written += await self._write_some_articles(head, records[start : start + ARTICLES_AT_ONCE])
        return written

    async def delete_stray_articles(self) -> None:
        """Delete the pages of articles that no feed shows in full any more."""
        paths = list(await self._outlet.times("articles"))
        for start in range(0, len(paths), ARTICLES_AT_ONCE):
            batch = paths[start : start + ARTICLES_AT_ONCE]
            records = [RecordId(path.removeprefix("articles/").removesuffix(".html")) for path in batch]
            kept = {article_path(record) for record in await self._ledger.in_full(records)}
            for path in (path for path in batch if path not in kept):
                await self._outlet.remove(path)

    async def _write(self, head: LedgerHead, wanted: Sequence[_File], standing: Standing) -> int:
        stale = [file for file in wanted if standing.get(file.path) != file.at]
        missing = [file for file in stale if file.number is not None and file.path not in standing]
        documents = [file for file in stale if file.number is None]
        changed = [file for file in stale if file.number is not None and file.path in standing]
        for files in (missing, documents, changed):
            await self._put(head, files)
        return len(stale)

    async def _put(self, head: LedgerHead, files: Sequence[_File]) -> None:
        """Render each sheet once in each format, and write it under all the feed's names."""
        body, rendered = b"", None
        for file in files:
            if rendered != (file.number, file.form.name):
                body, rendered = await self._body(head, file), (file.number, file.form.name)
            await self._outlet.put(file.path, body, file.at)

    async def _body(self, head: LedgerHead, file: _File) -> bytes:
        if file.number is None:
            return await self._sheets.document(head, file.form)
        return await self._sheets.page(head, file.number, file.form)

    def _wanted(self, head: LedgerHead, times: Iterable[tuple[int, datetime]], *, document: bool) -> Sequence[_File]:
        sheets: list[tuple[int | None, datetime]] = [*times]
        if document:
            sheets.append((None, edition_of(head).updated))
        return [
            _File(path=path_of(name, number, form.suffix), number=number, form=form, at=at)
            for number, at in sheets
            for form in self._formats
            for name in address_of(head).names
        ]

    async def _standing(self, paths: Iterable[str]) -> dict[str, datetime | None]:
        """Return the times of those files that are there, each with its .gz."""
        times = [(path, await self._outlet.time_of(path)) for path in paths]
        return {path: at for path, at in times if at is not None}

    async def _page_times(self, head: LedgerHead) -> dict[int, datetime]:
        rows = await self._ledger.page_times(head.key)
        successors = [*(closed for _, closed, _ in rows[1:]), None]
        return {
            number: page_time(head, changed, successor)
            for (number, _, changed), successor in zip(rows, successors, strict=bool(rows))
        }

    async def _page_time(self, head: LedgerHead, number: int) -> datetime:
        page, *successor = await self._ledger.pages(head.key, number, number + 1)
        return page_time(head, page.changed, successor[0].closed if successor else None)

    async def _write_all_articles(self, head: LedgerHead) -> int:
        written, last = 0, None
        while batch := await self._ledger.articles(head.key, last, ARTICLES_AT_ONCE):
            written += await self._write_some_articles(head, batch)
            last = batch[-1]
        return written

    async def _write_some_articles(self, head: LedgerHead, records: Sequence[RecordId]) -> int:
        shown = await self._ledger.in_full(records)
        keys = {key for key, _ in shown.values()}
        heads = {key: head if key == head.key else await self._ledger.head(key) for key in keys}
        digests = {article_path(record): article_digest(heads[key], place) for record, (key, place) in shown.items()}
        times = await self._ledger.stamps(digests, self._clock())
        paths = {article_path(record): (heads[key], place) for record, (key, place) in shown.items()}
        stale = [path for path in paths if await self._outlet.time_of(path) != times[path]]
        for start in range(0, len(stale), WRITTEN_AT_ONCE):
            batch = stale[start : start + WRITTEN_AT_ONCE]
            await _all_of(self._put_article(path, *paths[path], times[path]) for path in batch)
        for record in records:
            if record not in shown:
                await self._outlet.remove(article_path(record))
        return len(stale)

    async def _put_article(self, path: str, head: LedgerHead, place: Place, at: datetime) -> None:
        await self._outlet.put(path, await self._sheets.article(head, place), at)


async def _all_of(works: Iterable[Awaitable[None]]) -> None:
    """Wait for all, however they end, so that nothing is written once the feed is let go; raise what one raised."""
    for ended in await asyncio.gather(*works, return_exceptions=True):
        if ended is not None:
            raise ended
