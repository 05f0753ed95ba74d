"""Publish: from the archive to the feeds.  Reading this is reading the other half of the program.

    write what the ledger says ──► decide ──► write what that changed

A decision is durable before any file shows it, and files are a function of
the ledger and of the revisions it names: what is missing, or was interrupted,
is made again, byte by byte, whenever we look.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from cuttings.curate import places
from cuttings.curate.preview import Preview, preview
from cuttings.curate.rules import compiled
from cuttings.curate.standing import standing
from cuttings.curate.terms import Terms
from cuttings.errors import UsageError
from cuttings.flow.files import Files
from cuttings.flow.front import Front
from cuttings.flow.sheets import Sheets, presentation_of
from cuttings.model.article import RecordId, SourceKey
from cuttings.model.feed import Address, Feed, Format, Head, LedgerHead, Presentation, Site, Taking, Verdict, path_of
from cuttings.model.reason import Reason
from cuttings.model.source import Source, SourceState
from cuttings.ports import Archive, Cache, Clock, Ledger, Outlet
from cuttings.render import html

Verdicts = Mapping[RecordId, Verdict]
"""What people decided of records in one feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish did, for people: who entered, what the document holds, what closed, how much was written."""

    feed: str
    entered: int = 0
    entries: int = 0
    pages: int = 0
    written: int = 0  # files


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """The sources followed now, and the states of all that ever were."""

    sources: Mapping[SourceKey, Source] = field(default_factory=dict)
    states: Mapping[SourceKey, SourceState] = field(default_factory=dict)


class Publisher:
    """Publishes feeds.  `mint` makes the id of a new one, a random urn:uuid."""

    def __init__(
        self,
        *,
        archive: Archive,
        ledger: Ledger,
        outlet: Outlet,
        cache: Cache,
        formats: Sequence[Format],
        site: Site,
        clock: Clock,
        mint: Callable[[], str],
        pages: html.Pages = html.OURS,
    ) -> None:
        self._ledger, self._outlet, self._formats = ledger, outlet, formats
        self._site, self._clock, self._mint = site, clock, mint
        self._versions = tuple((form.name, form.version) for form in formats)
        self._sheets = Sheets(archive, ledger, cache, pages)
        self._front = Front(ledger, outlet, pages, formats, site, clock)
        self._files = Files(ledger, outlet, self._sheets, formats, clock)

    async def publish(
        self,
        feed: Feed,
        followed: Followed,
        verdicts: Mapping[RecordId, Verdict] | None = None,
        *,
        thorough: bool = False,
        unhurried: bool = False,
    ) -> Published:
        """Let records enter a feed and write what that changes; `thorough` looks at every file there is.

        `unhurried`: a long quiet work is under way, and what it brings enters in whole pages.
        Safe to repeat, to kill at any moment, and beside other processes.
        Raises ArchiveError, and ConfigErrors where the feed's rule is faulty.
        """
        terms = replace(self._terms(feed, followed, verdicts or {}), unhurried=unhurried)
        key = (await self._open(feed)).key
        async with self._ledger.publishing(key):
            before = await self._made_by_us(await self._ledger.head(key))
            written = await self._as_the_ledger_says(before, thorough=thorough) if before.edition else 0
            decision = await self._ledger.decide(key, partial(places.decide, terms=terms, now=self._clock()))
            written += await self._files.write_changed(before, decision)
            head = decision.head
            if head.time is not None and head.time != before.written:
                await self._ledger.wrote(key, head.time)
        entries = len(head.edition.items) if head.edition else 0
        entered = head.places - before.places
        return Published(feed=feed.name, entered=entered, entries=entries, pages=len(decision.pages), written=written)

    async def adopt(
        self, feed: Feed, followed: Followed, verdicts: Verdicts, takings: Sequence[Taking], feed_id: str | None
    ) -> None:
        """Let a feed that has no places begin with those of another program's; the next publish writes them.

        `feed_id` is what that feed was known by, None: ours keeps its own.
        Raises UsageError where another process let the feed begin meanwhile.
        """
        terms = self._terms(feed, followed, verdicts)
        key = (await self._open(feed)).key
        async with self._ledger.publishing(key):
            if (await self._ledger.head(key)).places:
                raise UsageError(f"{feed.name} was published meanwhile")
            now = self._clock()
            await self._ledger.decide(
                key, partial(places.adopt, terms=terms, takings=takings, feed_id=feed_id, now=now)
            )

    async def preview(
        self, feed: Feed, followed: Followed, verdicts: Mapping[RecordId, Verdict] | None = None
    ) -> Preview:
        """Return what `publish` would change; nothing is written, the archive included."""
        terms = self._terms(feed, followed, verdicts or {})
        return await self._ledger.ask(_names(feed), partial(preview, terms=terms, now=self._clock()))

    async def standing(
        self, feed: Feed, followed: Followed, record: RecordId, verdicts: Mapping[RecordId, Verdict] | None = None
    ) -> Sequence[Reason]:
        """Return how a record stands in a feed now, and by which rule."""
        terms = self._terms(feed, followed, verdicts or {})
        return await self._ledger.ask(_names(feed), partial(standing, terms=terms, record=record, now=self._clock()))

    async def publish_site(self, feeds: Sequence[Feed], followed: Followed, *, thorough: bool = False) -> int:
        """Write the front page, the sources, the blogroll and the list of feeds; return how many files were written.

        `feeds` are all there are: with `thorough`, what belongs to none of
        them is deleted.
        """
        cards = [await self._card(feed) for feed in feeds]
        sources = [(key, source, followed.states.get(key)) for key, source in followed.sources.items()]
        written = await self._front.write(cards, sources)
        if thorough:
            await self._delete_strays(feeds)
        return written

    async def _open(self, feed: Feed) -> LedgerHead:
        return await self._ledger.open(_names(feed), self._mint, self._clock())

    async def _made_by_us(self, head: LedgerHead) -> LedgerHead:
        """Return the head; where a program with other formats wrote the files, that ours do it now is an event."""
        if head.address is None or head.address.versions == self._versions:
            return head
        return (
            await self._ledger.decide(head.key, partial(places.remade, versions=self._versions, now=self._clock()))
        ).head

    async def _as_the_ledger_says(self, head: LedgerHead, *, thorough: bool) -> int:
        """Write what an interrupted publish, or somebody who deleted files, left to be written."""
        is_whole = head.written == head.time and await self._files.stand(head)
        written = 0 if is_whole and not thorough else await self._files.write_all(head)
        if not is_whole:
            await self._files.delete_stray_articles()
        return written

    def _terms(self, feed: Feed, followed: Followed, verdicts: Mapping[RecordId, Verdict]) -> Terms:
        return Terms(
            feed=feed,
            rule=compiled(feed, followed.sources),
            head=Head(title=feed.title, language=self._site.language, site_title=self._site.title),
            address=Address(site_url=self._site.url, names=_names(feed), versions=self._versions, hubs=self._site.hubs),
            sources=followed.sources,
            states=followed.states,
            verdicts=verdicts,
        )

    async def _card(self, feed: Feed) -> html.Card:
        """Return a feed as the front page shows it; before its first publish it has no items."""
        head = await self._open(feed)
        if head.edition is None:
            return html.Card(presentation=self._not_yet(feed, head), items=())
        presentation = presentation_of(head)
        newest = head.edition.items[: html.SHOWN]
        items = await self._sheets.items(presentation, newest)
        days = await self._ledger.calendar(head.key, html.PLOTTED)
        return html.Card(presentation=presentation, items=items, count=len(head.edition.items), days=days)

    def _not_yet(self, feed: Feed, head: LedgerHead) -> Presentation:
        return Presentation(
            feed_id=head.feed_id,
            name=feed.name,
            title=feed.title,
            language=self._site.language,
            site_title=self._site.title,
            site_url=self._site.url,
        )

    async def _delete_strays(self, feeds: Sequence[Feed]) -> None:
        names = [name for feed in feeds for name in _names(feed)]
        documents = {path_of(name, None, form.suffix) for name in names for form in self._formats}
        folders = tuple(f"feeds/{name}/archive/" for name in names)
        for path in await self._outlet.times("feeds"):
            if path not in documents and not path.startswith(folders):
                await self._outlet.remove(path)
        await self._files.delete_stray_articles()


def _names(feed: Feed) -> tuple[str, ...]:
    return (feed.name, *feed.formerly)
