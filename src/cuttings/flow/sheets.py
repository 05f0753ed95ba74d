"""What a feed's files say: its ledger and the revisions it names, rendered.

A rendered entry is kept, in memory for the documents of late and in the cache
for all, so that a document costs its new entries.  Rendering runs in a thread:
readers, sources and servers are not kept waiting.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cuttings.errors import ArchiveDamaged
from cuttings.model.article import Record, RecordId
from cuttings.model.feed import (
    Address,
    Edition,
    Format,
    Item,
    LedgerHead,
    Page,
    PageItem,
    Place,
    Presentation,
    Sheet,
    parted,
)
from cuttings.ports import Archive, Cache, Ledger
from cuttings.render import corrections
from cuttings.render.html import Pages
from cuttings.text.digest import digest

IN_MEMORY = 32 * 1024 * 1024  # bytes of rendered entries
FEW = 3  # entries that are rendered as soon as looked for; most likely they are new

Parts = Mapping[RecordId, tuple[PageItem, bytes]]
"""Rendered entries; a sheet holds a record once."""


class Sheets:
    """Renders documents, closed pages and articles as the ledger has them; the feed is held by who calls."""

    def __init__(self, archive: Archive, ledger: Ledger, cache: Cache, pages: Pages) -> None:
        self._archive, self._ledger, self._cache, self._pages = archive, ledger, cache, pages
        self._recent = _Recent(IN_MEMORY)

    async def document(self, head: LedgerHead, form: Format) -> bytes:
        """Return a subscription document."""
        edition = edition_of(head)
        hubs = address_of(head).hubs
        sheet = Sheet(number=None, updated=edition.updated, prev=edition.pages or None, hubs=hubs)
        presentation = presentation_of(head)
        body, parts = await self._made(presentation, form, sheet, edition.items)
        self._recent.keep((presentation, form.name), parts)
        return body

    async def page(self, head: LedgerHead, number: int, form: Format) -> bytes:
        """Return a closed page."""
        [page] = await self._ledger.pages(head.key, number, number)
        following = number + 1 if number < head.pages else None
        sheet = Sheet(number=number, updated=page.closed, prev=number - 1 or None, next=following)
        body, _ = await self._made(presentation_of(head, page), form, sheet, page.items)
        return body

    async def article(self, head: LedgerHead, place: Place) -> bytes:
        """Return the page of one article as the feed shows it that has this place."""
        presentation = presentation_of(head)
        [item] = await self.items(presentation, [_item_of(place)])
        return await asyncio.to_thread(self._pages.article, presentation, item)

    async def items(self, presentation: Presentation, items: Sequence[PageItem]) -> list[Item]:
        """Return the records at their shown revisions, corrections as they are told.

        Raises ArchiveDamaged where one is missing.
        """
        wanted = [(parted(item.record)[0], item.shown.revision) for item in items]
        records = await self._archive.many(wanted)
        for record, revision in wanted:
            if (record, revision) not in records:
                raise ArchiveDamaged(f"revision {revision} of record {record} stands in a feed, but not in the archive")
        shown = (_as_shown(item, records[key]) for item, key in zip(items, wanted, strict=True))
        loaded = zip(items, shown, strict=True)
        return [
            Item(
                record=record,
                published_id=item.published_id,
                updated=item.updated,
                title=item.shown.title or record.title,
                note=item.shown.note,
                extent=item.shown.extent,
                origin=item.shown.origin,
                also=item.shown.also,
                link=record.url or _own_page(presentation, item),
            )
            for item, record in loaded
        ]

    async def _made(
        self, presentation: Presentation, form: Format, sheet: Sheet, items: Sequence[PageItem]
    ) -> tuple[bytes, Parts]:
        """Return a file and its parts."""
        recent = self._recent.get((presentation, form.name))
        parts = {item.record: part for item in items if (part := recent.get(item.record)) and part[0] == item}
        missing: Sequence[PageItem] = [item for item in items if item.record not in parts]
        if len(missing) > FEW:
            parts |= await asyncio.to_thread(self._cached, presentation, form, missing)
            missing = [item for item in missing if item.record not in parts]
        loaded = await self.items(presentation, missing) if missing else []

        def make() -> tuple[bytes, Parts]:
            whole = {**parts, **self._rendered(presentation, form, missing, loaded)}
            return form.document(presentation, sheet, [whole[item.record][1] for item in items]), whole

        return await asyncio.to_thread(make)

    def _cached(self, presentation: Presentation, form: Format, items: Sequence[PageItem]) -> Parts:
        bodies = ((item, self._cache.get(_key(presentation, form, item))) for item in items)
        return {item.record: (item, body) for item, body in bodies if body is not None}

    def _rendered(
        self, presentation: Presentation, form: Format, items: Sequence[PageItem], loaded: Sequence[Item]
    ) -> Parts:
        parts = {item.record: (item, form.entry(presentation, full)) for item, full in zip(items, loaded, strict=True)}
        for item, body in parts.values():
            self._cache.put(_key(presentation, form, item), body)
        return parts


class _Recent:
    """The parts of the documents rendered last, up to so many bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[tuple[Presentation, str], tuple[Parts, int]] = OrderedDict()

    def get(self, key: tuple[Presentation, str]) -> Parts:
        return self._kept.get(key, ({}, 0))[0]

    def keep(self, key: tuple[Presentation, str], parts: Parts) -> None:
        size = sum(len(body) for _, body in parts.values())
        self._size += size - self._kept.pop(key, ({}, 0))[1]
        self._kept[key] = parts, size
        while self._size > self._limit:
            self._size -= self._kept.popitem(last=False)[1][1]


def edition_of(head: LedgerHead) -> Edition:
    """Return the edition of a ledger that a decision was made in."""
    assert head.edition is not None
    return head.edition


def address_of(head: LedgerHead) -> Address:
    """Return the address of a ledger that a decision was made in."""
    assert head.address is not None
    return head.address


def presentation_of(head: LedgerHead, page: Page | None = None) -> Presentation:
    """Return what the document says of its feed, or what a page says, which keeps its words but not its address."""
    words, address = (page or edition_of(head)).head, address_of(head)
    return Presentation(
        feed_id=head.feed_id,
        name=address.names[0],
        title=words.title,
        language=words.language,
        site_title=words.site_title,
        site_url=address.site_url,
    )


def article_path(record: RecordId) -> str:
    """Return where an article's page lies below the published folder."""
    return f"articles/{record}.html"


def article_digest(head: LedgerHead, place: Place) -> bytes:
    """Return what differs where an article's page may."""
    return digest(repr(presentation_of(head)), repr(address_of(head).versions), repr(_item_of(place)))


def page_time(head: LedgerHead, changed: datetime, successor: datetime | None) -> datetime:
    """Return a page's last event: its closing or a withdrawal, its successor's closing, a new address."""
    return max(filter(None, (changed, successor, head.addressed)))


def _item_of(place: Place) -> PageItem:
    return PageItem(
        record=place.record,
        source=None,
        published_id=place.published_id,
        shown=place.shown,
        updated=place.updated,
    )


def _as_shown(item: PageItem, record: Record) -> Record:
    """Return a record under the id of the item that is made of it."""
    return replace(record, id=item.record) if parted(item.record)[1] is None else corrections.told(record)


def _own_page(presentation: Presentation, item: PageItem) -> str | None:
    return presentation.site_url + article_path(item.record) if item.shown.extent == "full" else None


def _key(presentation: Presentation, form: Format, item: PageItem) -> bytes:
    """A record's revision never changes, and a new archive mints new feed ids: no need to look at the text."""
    return digest(form.name, str(form.version), repr(presentation), repr(item))
