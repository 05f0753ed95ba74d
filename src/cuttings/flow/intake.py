"""The one way in: a fetched document, a pushed body, a saved file and a re-read capture all come by here.

Captures come before records: what brings something new is on disk before the
record that is made of it is committed.  Foreign bytes are read in the sandbox.
"""

import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings import plugins
from cuttings.errors import ParseError
from cuttings.flow.pages import NoPage, Page, PageReader, keep, same
from cuttings.flow.settling import Batch, Origin, Reading, Taken
from cuttings.flow.stories import Stories
from cuttings.model.article import Draft, Parsed, Record, SourceKey, Trace, words_of
from cuttings.model.capture import Document, Fetched, Own
from cuttings.model.check import Check
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Capture, FullText, IdentityRule, PendingPage, SourceState, Visit
from cuttings.normalise import content, edits, identity
from cuttings.parse import posing, reservations, sniff
from cuttings.ports import Archive, Captures, Clock, Fetcher, Sandbox
from cuttings.schedule import checking
from cuttings.text import urls
from cuttings.text.urls import UrlError

log = logging.getLogger(__name__)

FEEDS = frozenset({"syndication", "jsonfeed"})
ARTICLES = frozenset({"page", "plaintext"})
SITEMAPS = frozenset({"sitemap"})
LISTINGS = frozenset({"listing"})
PORTION = timedelta(seconds=0.5)  # what came within this time is committed together
PAGE_TRIES = 3  # the first visit and the next two
UNSAID = timedelta(hours=4)  # where a host does not say how long it wants to be left alone (NB-1)
PENDING_PAGES = 500  # how many pages that did not come are remembered for each source


def read(document: Document, known: frozenset[bytes], expected: frozenset[str], selector: str | None = None) -> Reading:
    """Read foreign bytes: tell what they are, parse what is not `known`, clean it.  Runs in the sandbox.

    `selector` says which links of a listing lead to articles.  Raises
    ParseError where the document is none of the `expected` kinds.
    """
    document = sniff.unpacked(document)
    kind: str = sniff.kind(document)
    if kind == "plaintext" and expected == SITEMAPS:
        kind = "sitemap"  # a robots.txt, which names some
    if kind == "page" and expected == LISTINGS:
        kind = "listing"
    if kind not in expected:
        instead = posing.what(document) if kind == "page" else None
        came = posing.WORDS[instead] if instead else _KINDS.get(kind, kind)
        raise ParseError(document.url, f"{came}, not {_wanted(expected)}", instead)
    reader: Callable[..., Parsed] = plugins.source_kind(kind)
    parsed = reader(document, known, *([selector] if selector else []))
    drafts = tuple(content.clean(entry, parsed.channel) for entry in parsed.entries)
    reserved = reservations.of(document)
    if reserved:
        note = ("republish", "reserved", f"its publisher says {', '.join(reserved)}: {reservations.meaning(reserved)}")
        drafts = tuple(replace(draft, reserved=reserved, notes=(*draft.notes, note)) for draft in drafts)
    warnings = parsed.warnings
    if parsed.left_out:
        warnings += (f"{parsed.left_out} entries over the limit were left out",)
    return Reading(kind=kind, channel=parsed.channel, drafts=drafts, present=parsed.present, warnings=warnings)


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
        self._stories = Stories(archive)
        self._pages = PageReader(archive=archive, captures=captures, sandbox=sandbox, fetcher=fetcher)

    async def take_in(
        self,
        fetched: Fetched,
        origin: Origin,
        *,
        known: frozenset[bytes] = frozenset(),
        rule: IdentityRule = "guid",
        expected: frozenset[str] = FEEDS,
        kept: Sequence[Capture] = (),
    ) -> Taken:
        """Read a document and capture it if it brings something; nothing is committed yet.

        `kept` are its captures where it was captured before.  Raises ParseError
        where it cannot be read; it is captured then as well, once.
        """
        try:
            reading: Reading = await self._sandbox.run(
                "cuttings.flow.intake:read", fetched.document, known, expected, origin.selector
            )
            self._refuse_our_own(reading, fetched.document)
        except ParseError as error:
            await self._keep_once(fetched, origin.key, error.problem)
            raise
        if not reading.drafts:
            return Taken(reading=reading, matched=(), stories={}, rule=rule, reasons=(), captures=())
        kept = kept or await keep(fetched, origin.key, self._archive, self._captures)
        taken = await self._identified(reading, fetched, origin, rule, kept)
        url = fetched.document.url
        noted = [Reason(subject=subject_of(url), step="parse", rule="noted", fact=fact) for fact in reading.warnings]
        return replace(taken, hops=fetched.hops, reasons=(*taken.reasons, *await self.news(noted)))

    async def capture(self, fetched: Fetched, source: SourceKey | None) -> Sequence[Capture]:
        """Keep a document that is none of articles."""
        return await keep(fetched, source, self._archive, self._captures)

    async def news(self, reasons: Sequence[Reason]) -> Sequence[Reason]:
        """Return those of some reasons that were not given before: a lasting trouble is told once."""
        told = {reason for one in {one.subject for one in reasons} for _, reason in await self._archive.reasons(one)}
        return [reason for reason in dict.fromkeys(reasons) if reason not in told]

    async def portions(self, taken: Taken, origin: Origin, state: SourceState | None = None) -> AsyncIterator[Visit]:
        """Yield what was taken in as visits to commit: what is whole at once, the rest as its pages come.

        Only the last one carries the state, so that a visit cut short is done
        again; of the past, which is not, each carries what is still to come.
        A state without `met` makes it a first visit.
        """
        started = self._clock()
        counts = await self._archive.boilerplate(origin.key) if origin.key is not None else None
        first = state is not None and state.met is None
        batch = Batch(taken, origin, first, started, self._stories, counts)
        walked = state if origin.provenance == "backfill" else None
        waiting = []
        for match in taken.matched:
            if _wants_page(match.draft, origin.full_text):
                waiting.append(match)
            else:
                await batch.settle(match, match.draft)
        if waiting and batch.records:
            yield _portion(batch, walked)
            batch.clear()
        came = False
        for match in waiting:
            came = await self._with_page(match, batch) or came
            if self._clock() - batch.since >= PORTION and match is not waiting[-1]:
                yield _portion(batch, walked)
                batch.clear(self._clock())
        if state is not None:
            state = replace(state, met=state.met or batch.now, pageless=0 if came else state.pageless)
        yield _portion(batch, state)

    async def pending(self, state: SourceState, own: Own | None = None) -> Visit | None:
        """Try the pages that did not come at the last visits; None when there are none to try.

        An article whose page was not there at two visits is gone.
        """
        if not state.pending:
            return None
        tried = await self._tried_again(state, state.pending, own)
        return tried.visit(state)

    async def put_off(self, state: SourceState, own: Own | None = None) -> tuple[Visit, timedelta | None]:
        """Try the pages whose hosts wanted to be asked later; return how long they still do, None: not any more."""
        tried = await self._tried_again(state, [page for page in state.pending if not page.tries], own)
        return tried.visit(state, [page for page in state.pending if page.tries]), tried.wait

    async def _tried_again(self, state: SourceState, pages: Sequence[PendingPage], own: Own | None) -> "_Again":
        tried = _Again()
        for page in pages:
            record = await self._archive.get(page.record)
            if record is None or record.status != "feed":
                continue
            if tried.is_put_off(page):
                continue
            found = await self._pages.read(page.url, state.key, own)
            if isinstance(found, NoPage):
                tried.missed(page, record, found, self._clock().replace(microsecond=0))
            else:
                tried.came(page, record, found, self._clock())
        return tried

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

    async def _with_page(self, match: identity.Match, batch: Batch) -> bool:
        """Settle a match by its page, or by the feed alone until it comes; tell whether it came."""
        assert match.draft.url is not None
        found = await self._pages.read(match.draft.url, batch.origin.key, batch.origin.own)
        listed = batch.taken.reading.kind in LISTINGS
        if isinstance(found, NoPage):
            batch.captures += found.captures
            unfit = found.no_article or (found.removed and batch.origin.provenance == "backfill")
            if unfit and (listed or not match.draft.title) and match.existing is None:
                batch.pass_over(match.draft.url, found.reason)
            else:
                await batch.without_page(match, found.reason, removed=found.removed, put_off=found.put_off)
            return False
        batch.captures += found.captures
        told = content.yielded(match.draft, found.draft) if listed else match.draft
        record = await batch.settle(match, content.merged(told, found.draft), found.bodies)
        batch.checks += _again(record, found, batch.now)
        return True

    async def _keep_once(self, fetched: Fetched, source: SourceKey | None, problem: str) -> None:
        """Keep what cannot be read, and why it could not."""
        if await same(fetched, self._archive) is None:
            kept = await self._captures.keep(fetched, source)
            refusal = Reason(subject=subject_of(fetched.document.url), step="parse", rule="unreadable", fact=problem)
            await self._archive.commit(
                Visit(source=source, captures=tuple(kept), reasons=tuple(await self.news([refusal])))
            )


class _Again:
    """What came of the pages that were tried once more."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._captures: list[Capture] = []
        self._reasons: list[Reason] = []
        self._left: list[PendingPage] = []
        self._put_off: list[PendingPage] = []  # asked for, and told to come later: the others have their turn first
        self._waits: dict[str, timedelta] = {}  # by origin
        self._checks: list[Check] = []
        self._given_up = 0
        self._came = False

    @property
    def wait(self) -> timedelta | None:
        """How long hosts want to be left alone yet; None: there is none that does."""
        return max(self._waits.values(), default=None)

    def is_put_off(self, page: PendingPage) -> bool:
        """Tell whether a page's host was asked of just now, and wants to be asked later; then it stays to be tried."""
        waits = _origin(page.url) in self._waits
        if waits:
            self._left.append(page)
        return waits

    def missed(self, page: PendingPage, record: Record, why: NoPage, now: datetime) -> None:
        self._captures += why.captures
        if why.put_off:
            self._waits[_origin(page.url)] = why.wish.retry_after or UNSAID
            self._put_off.append(page)
            return
        self._note(record, why.reason)
        if why.removed and page.removed:
            self._records.append(edits.gone(record, now))
        elif page.tries + 1 < PAGE_TRIES:
            self._left.append(replace(page, tries=page.tries + 1, removed=why.removed))
        else:
            self._given_up += 1

    def came(self, page: PendingPage, record: Record, found: Page, now: datetime) -> None:
        held = _draft_of(record)
        listed = record.provenance == "page" and record.status == "feed"  # only a page that lists it told of it yet
        full = content.merged(content.yielded(held, found.draft) if listed else held, found.draft)
        self._came = True
        self._captures += found.captures
        if edits.judged(record, full) is not None:
            refs = (*record.captures, *(body.ref for body in found.bodies))
            ours = record.followed_by(full, cause="ours", provenance="page", arrival="quiet", captures=refs)
            self._records.append(ours)
            self._checks += _again(ours, found, now)
            self._note(record, f"the page came: {page.url}")

    def visit(self, state: SourceState, others: Sequence[PendingPage] = ()) -> Visit:
        pageless = 0 if self._came else state.pageless + self._given_up
        return Visit(
            source=state.key,
            records=tuple(self._records),
            state=replace(state, pending=(*others, *self._left, *self._put_off), pageless=pageless),
            captures=tuple(self._captures),
            reasons=tuple(self._reasons),
            checks=tuple(self._checks),
        )

    def _note(self, record: Record, fact: str) -> None:
        self._reasons.append(Reason(subject=record.id, step="page", rule="again", fact=fact))


def _portion(batch: Batch, state: SourceState | None) -> Visit:
    """Return what is ready, with the state as it will be: the pages that did not come among it."""
    if state is None:
        return batch.visit()
    pending = {page.record: page for page in (*state.pending, *batch.pending)}
    return replace(batch.visit(), state=replace(state, pending=tuple(pending.values())[-PENDING_PAGES:]))


def _wants_page(draft: Draft, full_text: FullText) -> bool:
    if draft.url is None or full_text == "feed":
        return False
    return full_text == "page" or not draft.whole


def _again(record: Record | None, page: Page, now: datetime) -> list[Check]:
    """Return when the page that a record's text came from is looked at again."""
    if record is None or record.status == "feed":
        return []
    check = checking.begun(record, page.seen, page.wish, now)
    return [] if check is None else [check]


def _origin(url: str) -> str:
    try:
        return urls.origin(url)
    except UrlError:
        return url


def _draft_of(record: Record) -> Draft:
    trace = Trace(guid=record.guid, link=record.url, title=record.title, digest=b"")
    return Draft(trace=trace, **words_of(record))


_KINDS = {
    "page": "a web page",
    "plaintext": "plain text",
    "syndication": "a feed",
    "jsonfeed": "a JSON Feed",
    "opml": "an OPML list",
    "sitemap": "a sitemap",
    "listing": "a page that lists articles",
}


def _wanted(expected: frozenset[str]) -> str:
    return "a feed" if expected == FEEDS else " or ".join(sorted(_KINDS.get(kind, kind) for kind in expected))
