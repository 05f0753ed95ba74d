"""The one way in: a fetched document, a pushed body, a saved file and a re-read capture all come by here.

Captures come before records: what brings something new is on disk before the
record that is made of it is committed.  Foreign bytes are read in the sandbox.
"""

import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuttings import plugins
from cuttings.errors import ParseError
from cuttings.model.article import Arrival, Channel, Draft, Provenance, Record, SourceKey, Trace, words_of
from cuttings.model.capture import Document, Fetched, Outcome, Request
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Capture, FullText, IdentityRule, PendingPage, SourceState, Visit
from cuttings.normalise import content, identity
from cuttings.parse import sniff
from cuttings.ports import Archive, Captures, Clock, Fetcher, Sandbox

log = logging.getLogger(__name__)

FEEDS = frozenset({"syndication", "jsonfeed"})
ARTICLES = frozenset({"page", "plaintext"})
NEWS_OF_A_FIRST_VISIT = timedelta(days=1)  # a first visit's older entries enter feeds quietly
MASS = 200  # more new entries than this in one visit of a known source enter feeds quietly (THREATS I7)
PORTION = timedelta(seconds=0.5)  # what came within this time is committed together
PAGE_TRIES = 3  # the first visit and the next two
PENDING_PAGES = 500  # how many pages that did not come are remembered for each source


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the sandbox made of a document: cleaned drafts of what is new or changed, traces of all it holds."""

    kind: str
    channel: Channel
    drafts: tuple[Draft, ...]
    present: tuple[Trace, ...]
    warnings: tuple[str, ...]


def read(document: Document, known: frozenset[bytes], expected: frozenset[str]) -> Reading:
    """Read foreign bytes: tell what they are, parse what is not `known`, clean it.  Runs in the sandbox.

    Raises ParseError where the document is none of the `expected` kinds.
    """
    kind = sniff.kind(document)
    if kind not in expected:
        raise ParseError(document.url, f"{_KINDS.get(kind, kind)}, not {_wanted(expected)}")
    parsed = plugins.source_kind(kind)(document, known)
    drafts = tuple(content.clean(entry, parsed.channel) for entry in parsed.entries)
    warnings = parsed.warnings
    if parsed.left_out:
        warnings += (f"{parsed.left_out} entries over the limit were left out",)
    return Reading(kind=kind, channel=parsed.channel, drafts=drafts, present=parsed.present, warnings=warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Whose document is taken in, and how: a source's, or a one-off (`key` None)."""

    key: SourceKey | None
    full_text: FullText = "feed"
    provenance: Provenance = "feed"
    quiet: bool = False  # whatever comes of it enters feeds quietly
    path: str | None = None  # the guid of a page or text in a folder


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


class Intake:
    """Takes documents in: reads, captures, identifies, asks for pages where the text is not whole.

    `own_feed` names the feed of ours that a URL is a file of: its mirror
    elsewhere is no source either (THREATS 1.13, Y2).
    """

    def __init__(
        self,
        *,
        archive: Archive,
        captures: Captures,
        sandbox: Sandbox,
        fetcher: Fetcher,
        clock: Clock,
        own_feed: Callable[[str], str | None] = lambda url: None,
    ) -> None:
        self._own_feed = own_feed
        self._archive, self._captures, self._sandbox = archive, captures, sandbox
        self._fetcher, self._clock = fetcher, clock

    async def take_in(
        self,
        fetched: Fetched,
        origin: Origin,
        *,
        known: frozenset[bytes] = frozenset(),
        rule: IdentityRule = "guid",
        expected: frozenset[str] = FEEDS,
    ) -> Taken:
        """Read a document and capture it if it brings something; nothing is committed yet.

        Raises ParseError where it cannot be read; it is captured then as well,
        once.
        """
        try:
            reading: Reading = await self._sandbox.run("cuttings.flow.intake:read", fetched.document, known, expected)
            self._refuse_our_own(reading, fetched.document)
        except ParseError as error:
            await self._keep_once(fetched, origin.key, error.problem)
            raise
        if not reading.drafts:
            return Taken(reading=reading, matched=(), stories={}, rule=rule, reasons=(), captures=())
        kept = await self._keep(fetched, origin.key)
        taken = await self._identified(reading, fetched, origin, rule, kept)
        url = fetched.document.url
        noted = [Reason(subject=subject_of(url), step="parse", rule="noted", fact=fact) for fact in reading.warnings]
        return replace(taken, hops=fetched.hops, reasons=(*taken.reasons, *await self.news(noted)))

    async def news(self, reasons: Sequence[Reason]) -> Sequence[Reason]:
        """Return those of some reasons that were not given before: a lasting trouble is told once."""
        told = {reason for one in {one.subject for one in reasons} for _, reason in await self._archive.reasons(one)}
        return [reason for reason in dict.fromkeys(reasons) if reason not in told]

    async def portions(self, taken: Taken, origin: Origin, state: SourceState | None = None) -> AsyncIterator[Visit]:
        """Yield what was taken in as visits to commit: what is whole at once, the rest as its pages come.

        Only the last one carries the state, so that a visit cut short is done
        again.  A state without `met` makes it a first visit.
        """
        started = self._clock()
        batch = _Batch(taken, origin, state is not None and state.met is None, started)
        waiting = []
        for match in taken.matched:
            if _wants_page(match.draft, origin.full_text):
                waiting.append(match)
            else:
                batch.settle(match, match.draft)
        if waiting and batch.records:
            yield batch.visit()
            batch.clear()
        for match in waiting:
            await self._with_page(match, batch)
            if self._clock() - batch.since >= PORTION and match is not waiting[-1]:
                yield batch.visit()
                batch.clear(self._clock())
        if state is not None:
            pending = {page.record: page for page in (*state.pending, *batch.pending)}
            state = replace(state, pending=tuple(pending.values())[-PENDING_PAGES:], met=state.met or batch.now)
        yield replace(batch.visit(), state=state)

    async def pending(self, state: SourceState) -> Visit | None:
        """Try the pages that did not come at the last visits; None when there are none to try."""
        if not state.pending:
            return None
        records: list[Record] = []
        captures: list[Capture] = []
        reasons: list[Reason] = []
        left: list[PendingPage] = []
        for page in state.pending:
            record = await self._archive.get(page.record)
            if record is None or record.status != "feed":
                continue
            outcome = await self._page(page.url, state.key)
            if isinstance(outcome, str):
                reasons.append(Reason(subject=record.id, step="page", rule="again", fact=outcome))
                if page.tries + 1 < PAGE_TRIES:
                    left.append(replace(page, tries=page.tries + 1))
                continue
            draft, kept = outcome
            full = content.merged(_draft_of(record), draft)
            captures += kept
            if content.changed(record, full):
                refs = (*record.captures, kept[-1].ref)
                ours = record.followed_by(full, cause="ours", provenance="page", arrival="quiet", captures=refs)
                records.append(ours)
                reasons.append(Reason(subject=record.id, step="page", rule="again", fact=f"the page came: {page.url}"))
        return Visit(
            source=state.key,
            records=tuple(records),
            state=replace(state, pending=tuple(left)),
            captures=tuple(captures),
            reasons=tuple(reasons),
        )

    async def _identified(
        self, reading: Reading, fetched: Fetched, origin: Origin, rule: IdentityRule, kept: Sequence[Capture]
    ) -> Taken:
        drafts = reading.drafts
        if origin.path is not None and reading.kind in ARTICLES:
            drafts = tuple(replace(draft, trace=replace(draft.trace, guid=origin.path)) for draft in drafts)
            reading = replace(reading, drafts=drafts, present=tuple(draft.trace for draft in drafts))
        if origin.key is None:
            return await self._one_offs(reading, fetched.document, kept)
        wanted = identity.wanted(drafts)
        known = await self._archive.known(origin.key, wanted.idents, wanted.links, wanted.canonicals)
        drafts, returned = identity.without_returned(drafts, known)
        found = identity.match(drafts, reading.present, known, rule)
        return Taken(
            reading=reading,
            matched=found.matches,
            stories=known.stories,
            rule=found.rule,
            reasons=(*found.reasons, *returned),
            captures=tuple(kept),
        )

    def _refuse_our_own(self, reading: Reading, document: Document) -> None:
        own = self._own_feed(reading.channel.self_url or "")
        if own is not None and reading.kind in FEEDS:
            raise ParseError(document.url, f"it is our own feed {own} at another address, which is no source")

    async def _one_offs(self, reading: Reading, document: Document, kept: Sequence[Capture]) -> Taken:
        idents = [identity.one_off(draft, document) for draft in reading.drafts]
        canonicals = [draft.canonical_url for draft in reading.drafts if draft.canonical_url]
        known = await self._archive.known(None, idents, (), canonicals)
        matches = {
            ident: identity.Match(draft=draft, ident=ident, existing=known.by_ident.get(ident))
            for ident, draft in zip(idents, reading.drafts, strict=True)
        }
        return Taken(
            reading=reading,
            matched=tuple(matches.values()),
            stories=known.stories,
            rule="guid",
            reasons=(),
            captures=tuple(kept),
        )

    async def _with_page(self, match: identity.Match, batch: "_Batch") -> None:
        """Settle a match by its page; where the page does not come, keep what the feed gave and try again later."""
        assert match.draft.url is not None
        outcome = await self._page(match.draft.url, batch.origin.key)
        if isinstance(outcome, str):
            batch.without_page(match, outcome)
            return
        page, kept = outcome
        batch.captures += kept
        batch.settle(match, content.merged(match.draft, page), kept[-1])

    async def _page(self, url: str, source: SourceKey | None) -> tuple[Draft, Sequence[Capture]] | str:
        """Return an article's page read and captured, or why it did not come."""
        outcome: Outcome = await self._fetcher.fetch(Request(url=url, robots=True))
        if not isinstance(outcome, Fetched):
            return getattr(outcome, "reason", "the server said it had not changed, though we never had it")
        try:
            reading: Reading = await self._sandbox.run(
                "cuttings.flow.intake:read", outcome.document, frozenset(), frozenset({"page"})
            )
        except ParseError as error:
            return error.problem
        if not reading.drafts:
            return "no article was found on the page"
        draft, hops = reading.drafts[0], outcome.hops
        if hops is not None:
            draft = replace(draft, notes=(*draft.notes, ("fetch", "redirected", hops)))
        return draft, await self._keep(outcome, source)

    async def _keep(self, fetched: Fetched, source: SourceKey | None) -> Sequence[Capture]:
        return await self._captures.keep(fetched, source, await self._same(fetched))

    async def _keep_once(self, fetched: Fetched, source: SourceKey | None, problem: str) -> None:
        """Keep what cannot be read, and why it could not."""
        if await self._same(fetched) is None:
            kept = await self._captures.keep(fetched, source)
            refusal = Reason(subject=subject_of(fetched.document.url), step="parse", rule="unreadable", fact=problem)
            await self._archive.commit(
                Visit(source=source, captures=tuple(kept), reasons=tuple(await self.news([refusal])))
            )

    async def _same(self, fetched: Fetched) -> Capture | None:
        last = fetched.exchanges[-1] if fetched.exchanges else None
        url, payload = (last.url, last.payload_sha256) if last else (fetched.document.url, fetched.sha256)
        return await self._archive.captured(url, payload)


class _Batch:
    """What is ready to be committed."""

    def __init__(self, taken: Taken, origin: Origin, first: bool, now: datetime) -> None:
        self.taken, self.origin, self.first, self.since = taken, origin, first, now
        self.now = now.replace(microsecond=0)  # records tell whole seconds
        self.stories = dict(taken.stories)
        self.records: list[Record] = []
        self.captures: list[Capture] = list(taken.captures)
        self.reasons: list[Reason] = list(taken.reasons)
        self.pending: list[PendingPage] = []
        fresh = sum(match.existing is None for match in taken.matched)
        self.mass = not first and fresh > MASS

    def settle(self, match: identity.Match, draft: Draft, page: Capture | None = None) -> Record | None:
        """Make the record, or its next revision, unless only noise changed."""
        provenance: Provenance = "page" if page is not None else self.origin.provenance
        record = identity.settle(
            replace(match, draft=draft),
            source=self.origin.key,
            provenance=provenance,
            arrival=self._arrival(draft),
            cause="author",
            now=self.now,
            stories=self.stories,
        )
        if record is None:
            return None
        kept = [*self.taken.captures[-1:], *([page] if page else [])]
        record = replace(record, captures=tuple(capture.ref for capture in kept))
        if record.canonical_url:
            self.stories.setdefault(record.canonical_url, record.story)
        self.records.append(record)
        notes = [*match.notes, *draft.notes, *self._notes(record)]
        self.reasons += [Reason(subject=record.id, step=s, rule=r, fact=f) for s, r, f in notes]
        return record

    def _notes(self, record: Record) -> Iterator[tuple[str, str, str]]:
        """Yield how a record's document was come by, and which story it joins."""
        if self.taken.hops is not None:
            yield "fetch", "redirected", self.taken.hops
        if record.revision == 1 and record.story != record.id:
            yield "story", "same address", f"joins the story of {record.story} by {record.canonical_url}"

    def without_page(self, match: identity.Match, why: str) -> None:
        """Keep what the feed gave, but never put it in the place of a whole text."""
        existing = match.existing
        if existing is not None and existing.status != "feed":
            self.reasons.append(Reason(subject=existing.id, step="page", rule="failed, text kept", fact=why))
            return
        record = self.settle(match, match.draft) or existing
        if record is None or match.draft.url is None:
            return
        self.reasons.append(Reason(subject=record.id, step="page", rule="failed", fact=why))
        self.pending.append(PendingPage(record=record.id, url=match.draft.url))

    def visit(self) -> Visit:
        """Return what is ready."""
        return Visit(
            source=self.origin.key,
            records=tuple(self.records),
            captures=tuple(self.captures),
            reasons=tuple(self.reasons),
        )

    def clear(self, now: datetime | None = None) -> None:
        """Begin the next portion."""
        self.records, self.captures, self.reasons = [], [], []
        self.since = now or self.since

    def _arrival(self, draft: Draft) -> Arrival:
        if self.origin.quiet or self.mass:
            return "quiet"
        recent = draft.published is not None and draft.published >= self.now - NEWS_OF_A_FIRST_VISIT
        return "quiet" if self.first and not recent else "ordinary"


def _wants_page(draft: Draft, full_text: FullText) -> bool:
    if draft.url is None or full_text == "feed":
        return False
    return full_text == "page" or not draft.whole


def _draft_of(record: Record) -> Draft:
    trace = Trace(guid=record.guid, link=record.url, title=record.title, digest=b"")
    return Draft(trace=trace, **words_of(record))


_KINDS = {
    "page": "a web page",
    "plaintext": "plain text",
    "syndication": "a feed",
    "jsonfeed": "a JSON Feed",
    "opml": "an OPML list",
}


def _wanted(expected: frozenset[str]) -> str:
    return "a feed" if expected == FEEDS else " or ".join(sorted(_KINDS.get(kind, kind) for kind in expected))
