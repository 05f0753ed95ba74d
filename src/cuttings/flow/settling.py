"""A document's articles become records: what recurs is taken out, the story is found, what is ready waits here.

Between reading (`flow.intake`) and committing; one for each visit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuttings.flow.stories import Stories
from cuttings.model.article import Arrival, Channel, Draft, Provenance, Record, RecordId, SourceKey, Trace
from cuttings.model.capture import Own
from cuttings.model.check import Check
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Capture, FullText, IdentityRule, PendingPage, Visit
from cuttings.normalise import content, identity
from cuttings.text import blocks, boilerplate
from cuttings.text.boilerplate import Counts

NEWS_OF_A_FIRST_VISIT = timedelta(days=1)  # a first visit's older entries enter feeds quietly
MASS = 200  # more new entries than this in one visit of a known source enter feeds quietly (THREATS I7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sandbox made of a document: cleaned drafts of what is new or changed, traces of all it holds."""

    kind: str
    channel: Channel
    drafts: tuple[Draft, ...]
    present: tuple[Trace, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose document is taken in, and how: a source's, or a one-off (`key` None)."""

    key: SourceKey | None
    full_text: FullText = "feed"
    provenance: Provenance = "feed"
    quiet: bool = False  # whatever comes of it enters feeds quietly
    path: str | None = None  # the guid of a page or text in a folder
    own: Own | None = None  # what is sent along to its articles' pages
    selector: str | None = None  # of a page that lists articles: which of its links lead to them
    since: datetime | None = None  # new entries that were published before it enter feeds quietly


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A document that was read and captured; what is `matched` is new or changed, but no record yet."""

    reading: Reading
    matched: Sequence[identity.Match]
    stories: Mapping[str, str]
    rule: IdentityRule
    reasons: tuple[Reason, ...]
    captures: tuple[Capture, ...]
    hops: str | None = None  # the redirects that led to it


class Batch:
    """What is ready to be committed.

    `counts` is what recurs in the source's articles, None for one-offs; the
    articles that are new here are counted along.
    """

    def __init__(
        self, taken: Taken, origin: Origin, first: bool, now: datetime, stories: Stories, counts: Counts | None
    ) -> None:
        self.taken, self.origin, self.first, self.since = taken, origin, first, now
        self._joining, self._counts, self._counted = stories, counts, False
        self._sketches: list[tuple[RecordId, bytes]] = []
        self.now = now.replace(microsecond=0)  # records tell whole seconds
        self.stories = dict(taken.stories)
        self.records: list[Record] = []
        self.captures: list[Capture] = list(taken.captures)
        self.reasons: list[Reason] = list(taken.reasons)
        self.pending: list[PendingPage] = []
        self.checks: list[Check] = []  # when pages are looked at again
        fresh = sum(match.existing is None for match in taken.matched)
        self.mass = not first and fresh > MASS

    async def settle(self, match: identity.Match, draft: Draft, pages: Sequence[Capture] = ()) -> Record | None:
        """Make the record, or its next revision, unless only noise changed."""
        past = self.origin.provenance == "backfill"  # says how an article was found, wherever its text is from
        provenance: Provenance = "page" if pages and not past else self.origin.provenance
        match, draft = self._without_boilerplate(match, draft)
        record = identity.settle(
            replace(match, draft=draft),
            source=self.origin.key,
            provenance=provenance,
            arrival=self._arrival(draft, match.existing is None),
            cause="author",
            now=self.now,
            stories=self.stories,
        )
        if record is None:
            return None
        joined = await self._joining.joined(draft, record, self.now)
        listed = self.taken.reading.kind == "listing"  # says where the article is, and nothing that is of it
        kept = [*([] if listed else self.taken.captures[-1:]), *pages]
        record = replace(record, story=joined.story, captures=tuple(capture.ref for capture in kept))
        self._joining.note(draft, record)
        if draft.sketch is not None:
            self._sketches.append((record.id, draft.sketch))
        if record.canonical_url:
            self.stories.setdefault(record.canonical_url, record.story)
        self.records.append(record)
        notes = [*match.notes, *draft.notes, *self._notes(record, joined.why)]
        self.reasons += [Reason(subject=record.id, step=s, rule=r, fact=f) for s, r, f in notes]
        return record

    def _without_boilerplate(self, match: identity.Match, draft: Draft) -> tuple[identity.Match, Draft]:
        """Count a new article, and take what recurs out of it; out of what we hold too, so that it is no edit."""
        if self._counts is None:
            return match, draft
        if match.existing is None:
            self._counts = boilerplate.learn(self._counts, blocks.texts(blocks.parts(draft.content)))
            self._counted = True
        else:
            match = replace(match, existing=content.without_boilerplate(match.existing, self._counts))
        return match, content.without_boilerplate(draft, self._counts)

    def _notes(self, record: Record, why: str | None) -> Iterator[tuple[str, str, str]]:
        """Yield how a record's document was come by, and which story it joins."""
        if self.taken.hops is not None:
            yield "fetch", "redirected", self.taken.hops
        if why is not None:
            yield "story", "near the same", f"joins the story of {record.story}: {why}"
        elif record.revision == 1 and record.story != record.id:
            yield "story", "same address", f"joins the story of {record.story} by {record.canonical_url}"

    async def without_page(
        self, match: identity.Match, why: str, *, removed: bool = False, put_off: bool = False
    ) -> None:
        """Keep what the feed gave, but never put it in the place of a whole text; the page is tried again."""
        existing = match.existing
        if existing is not None and existing.status != "feed":
            self.reasons.append(Reason(subject=existing.id, step="page", rule="failed, text kept", fact=why))
            return
        record = await self.settle(match, match.draft) or existing
        if record is None or match.draft.url is None:
            return
        self.reasons.append(Reason(subject=record.id, step="page", rule="failed", fact=why))
        tries = 0 if put_off else 1
        self.pending.append(PendingPage(record=record.id, url=match.draft.url, tries=tries, removed=removed))

    def pass_over(self, url: str, why: str) -> None:
        """Note that an address leads to no article, and make no record of it."""
        self.reasons.append(Reason(subject=subject_of(url), step="page", rule="no article", fact=why))

    def visit(self) -> Visit:
        """Return what is ready."""
        return Visit(
            source=self.origin.key,
            records=tuple(self.records),
            captures=tuple(self.captures),
            reasons=tuple(self.reasons),
            sketches=tuple(self._sketches),
            boilerplate=self._counts if self._counted else None,
            checks=tuple(self.checks),
        )

    def clear(self, now: datetime | None = None) -> None:
        """Begin the next portion."""
        self.records, self.captures, self.reasons, self._sketches, self.checks = [], [], [], [], []
        self.since = now or self.since

    def _arrival(self, draft: Draft, is_new: bool) -> Arrival:
        since = self.origin.since
        old = is_new and since is not None and draft.published is not None and draft.published < since
        if self.origin.quiet or self.mass or old:
            return "quiet"
        recent = draft.published is not None and draft.published >= self.now - NEWS_OF_A_FIRST_VISIT
        return "quiet" if self.first and not recent else "ordinary"
