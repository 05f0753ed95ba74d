"""Read the archive again, from its captures, with the reader of today: what it now makes of each article.

    captures ──► read ──► count what recurs, over all ──► judge ──► the record of today?  ──► a revision by us

Nothing is fetched, and nothing is lost: what differs becomes a revision whose
cause is `ours`, never an edit of the author's.  The same captures and the same
reader give the same answer, so that a second reading changes nothing, and one
that was cut short is taken up where it was.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cuttings.errors import ArchiveError, ParseError
from cuttings.fetch import replay
from cuttings.flow.intake import ARTICLES, FEEDS, SITEMAPS
from cuttings.flow.settling import Reading
from cuttings.flow.stories import Stories
from cuttings.model.article import Draft, Record, SourceKey, words_of
from cuttings.model.capture import CaptureRef, Document
from cuttings.model.reason import Reason
from cuttings.model.source import SourceState, Visit
from cuttings.normalise import content, edits, identity
from cuttings.ports import Archive, Captures, Clock, Query, Sandbox, Sources
from cuttings.text import blocks, boilerplate
from cuttings.text.boilerplate import Counts

PORTION = 100  # records that are read side by side, and committed together
HELD = 5_000  # drafts that are kept from counting to judging; beyond, captures are read twice
READINGS = 16  # documents that are kept read: a feed's serves many records

LISTS = FEEDS | SITEMAPS  # documents that hold entries

Result = Literal["same", "changed", "unreadable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """What a reading anew made of one record: the revision it leads to, or why there is none."""

    record: Record
    result: Result
    revision: Record | None = None
    fields: tuple[str, ...] = ()  # that differ
    notes: tuple[tuple[str, str, str], ...] = ()  # (step, rule, fact) of what was decided on the way
    sketch: bytes | None = None  # of the text, as `Draft.sketch`
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereader:
    """Reads records anew.  `reader` names the present reader: what was read wholly by it is passed over."""

    archive: Archive
    sources: Sources
    captures: Captures
    sandbox: Sandbox
    clock: Clock
    reader: str

    async def reread(
        self, key: SourceKey | None, since: datetime | None = None, *, dry_run: bool = False
    ) -> AsyncIterator[Reread]:
        """Yield what becomes of each record of a source (None: of those without one), newest first.

        Unless `dry_run`, what differs is committed in portions.  A source
        that is being visited now is refused with ArchiveError; nothing of a
        source that this reader read wholly already, and that brought nothing
        since, is yielded.
        """
        state = await self._leased(key) if key is not None and not dry_run else None
        try:
            mark = await self._mark(key)
            if state is not None and since is None and state.reread == mark:
                return
            pass_ = _Pass(self, key, since)
            counts = await pass_.counted() if key is not None else None
            async for portion in pass_.judged(counts):
                if not dry_run:
                    await self._commit(key, portion, counts)
                for one in portion:
                    yield one
            if state is not None and since is None:
                fresh = await self.sources.state(state.key) or state
                await self.archive.commit(Visit(source=key, state=replace(fresh, reread=mark), boilerplate=counts))
        finally:
            if state is not None:
                await self.sources.release([state.key])

    async def _leased(self, key: SourceKey) -> SourceState:
        """Take the source for this process, so that nobody revises its records meanwhile."""
        leased = await self.sources.lease(self.clock(), 1, [key])
        if not leased:
            raise ArchiveError("it is being visited just now; try again in a minute")
        return leased[0]

    async def _mark(self, key: SourceKey | None) -> str:
        """Name what a whole reading would read, and by what."""
        return f"{self.reader} {(await self.archive.counts(key)).records if key is not None else ''}".strip()

    async def _commit(self, key: SourceKey | None, portion: Sequence[Reread], counts: Counts | None) -> None:
        revisions = [one.revision for one in portion if one.revision is not None]
        if not revisions:
            return
        reasons = [
            Reason(subject=one.record.id, step=step, rule=rule, fact=fact)
            for one in portion
            if one.revision is not None
            for step, rule, fact in (("reread", "by us", f"changed: {', '.join(one.fields)}"), *one.notes)
        ]
        visit = Visit(
            source=key,
            records=tuple(revisions),
            reasons=tuple(reasons),
            sketches=tuple((one.record.id, one.sketch) for one in portion if one.revision and one.sketch),
            boilerplate=counts,
        )
        await self.archive.commit(visit)


class _Pass:
    """One source's reading anew."""

    def __init__(self, by: Rereader, key: SourceKey | None, since: datetime | None) -> None:
        self._by, self._key, self._since = by, key, since
        self._drafts: OrderedDict[str, Draft] = OrderedDict()
        self._readings: OrderedDict[CaptureRef, Awaitable[Reading]] = OrderedDict()
        self._stories = Stories(by.archive)

    async def counted(self) -> Counts:
        """Return what recurs over all articles of the source, each counted once, in the order they came."""
        found: list[tuple[datetime, str, list[str]]] = []
        async for portion in self._portions(None):
            for record, draft in zip(portion, await self._read_all(portion), strict=True):
                if isinstance(draft, Draft):
                    found.append((record.first_seen, record.id, blocks.texts(blocks.parts(draft.content))))
        counts = Counts()
        for _, _, texts in sorted(found, key=lambda one: one[:2]):
            counts = boilerplate.learn(counts, texts)
        return counts

    async def judged(self, counts: Counts | None) -> AsyncIterator[Sequence[Reread]]:
        """Yield what becomes of the records, portion by portion."""
        async for portion in self._portions(self._since):
            drafts = await self._read_all(portion)
            yield [await self._judged(record, draft, counts) for record, draft in zip(portion, drafts, strict=True)]

    async def _judged(self, record: Record, draft: Draft | str, counts: Counts | None) -> Reread:
        if isinstance(draft, str):
            return Reread(record=record, result="unreadable", problem=draft)
        if counts is not None:
            draft = content.without_boilerplate(draft, counts)
        revision = _revision(record, draft)
        joined = await self._stories.joined(draft, revision, record.first_seen)
        revision = replace(revision, story=joined.story)
        fields = _differing(record, revision)
        if not fields:
            return Reread(record=record, result="same")
        return Reread(
            record=record,
            result="changed",
            revision=revision,
            fields=fields,
            notes=draft.notes,
            sketch=draft.sketch,
        )

    async def _portions(self, since: datetime | None) -> AsyncIterator[Sequence[Record]]:
        sources = () if self._key is None else (self._key,)
        portion: list[Record] = []
        async for record in self._by.archive.newest(Query(sources=sources, since=since)):
            if record.source != self._key or record.status == "gone":
                continue
            portion.append(record)
            if len(portion) == PORTION:
                yield portion
                portion = []
        if portion:
            yield portion

    async def _read_all(self, portion: Sequence[Record]) -> Sequence[Draft | str]:
        return await asyncio.gather(*(self._read(record) for record in portion))

    async def _read(self, record: Record) -> Draft | str:
        """Return a record's article as its captures give it today, or why they do not."""
        held = self._drafts.get(record.id)
        if held is not None:
            return held
        try:
            readings = [await self._reading(ref) for ref in record.captures]
        except (ArchiveError, ParseError) as error:
            return error.problem if isinstance(error, ParseError) else str(error)
        draft = _draft(record, readings)
        if draft is None:
            return "the captures do not hold it any more" if readings else "it has no captures"
        if len(self._drafts) < HELD:
            self._drafts[record.id] = draft
        return draft

    async def _reading(self, ref: CaptureRef) -> Reading:
        """Return a captured document read, once for all who ask for it."""
        held = self._readings.get(ref)
        if held is None:
            held = self._readings[ref] = asyncio.ensure_future(self._read_capture(ref))
            if len(self._readings) > READINGS:
                self._readings.popitem(last=False)
        return await held

    async def _read_capture(self, ref: CaptureRef) -> Reading:
        document = await _captured(ref, self._by.archive, self._by.captures)
        reading: Reading = await self._by.sandbox.run(
            "cuttings.flow.intake:read", document, frozenset(), LISTS | ARTICLES
        )
        return reading


async def _captured(ref: CaptureRef, archive: Archive, captures: Captures) -> Document:
    """Return what a capture holds; a revisit's body is with the first of its kind (WARC 1.1, 6.7)."""
    exchange = await captures.read(ref)
    whole = await archive.captured(exchange.url, exchange.payload_sha256)
    if whole is not None and whole.ref != ref:
        exchange = await captures.read(whole.ref)
    return replay.document(exchange)


def _draft(record: Record, readings: Sequence[Reading]) -> Draft | None:
    """Return a record's article from the documents it was made of: its feed's entry, its pages."""
    entries = [one for one in readings if one.kind in LISTS]
    pages = [one.drafts[0] for one in readings if one.kind in ARTICLES and one.drafts]
    told = [draft for one in entries if (draft := identity.entry_of(record, one.drafts)) is not None]
    if entries and not told:
        return None
    if not told:
        return content.joined(pages) if pages else None
    if not pages:
        return told[-1]
    return content.merged(content.yielding(told[-1], record), content.joined(pages))


def _revision(record: Record, draft: Draft) -> Record:
    """Return the revision by us that a draft would be."""
    return record.followed_by(
        draft,
        published=draft.published or record.published,
        cause="ours",
        arrival="quiet",
        edit=edits.judged(record, draft),
    )


def _differing(record: Record, revision: Record) -> tuple[str, ...]:
    """Name what a revision says otherwise than the record; who said it is no news."""
    old, new = {**words_of(record), "story": record.story}, {**words_of(revision), "story": revision.story}
    return tuple(name for name in new if name != "witnesses" and old[name] != new[name])
