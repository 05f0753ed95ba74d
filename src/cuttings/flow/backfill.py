"""Backfill: from a source's past to the archive, document by document, as far back as there is any.

    lease ──► fetch ──► capture, committed ──► take in, in portions ──► the next document, committed ──► release

What is done and what comes next is part of the source's state, committed with
what it brought: a walk that was cut short at any moment goes on where it was,
and asks again for nothing that came and was captured.  Only what was on its way
when the process died, nobody knows to have come.  Between two documents the
source is free for its ordinary visits.  Standards: RFC 5005 (STANDARDS 4.2, FC-1 … FC-8).
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from cuttings.errors import ArchiveError, ParseError
from cuttings.fetch import replay
from cuttings.flow import walks
from cuttings.flow.intake import FEEDS, PENDING_PAGES, SITEMAPS, Intake
from cuttings.flow.salvage import salvaged, whole
from cuttings.flow.settling import Origin, Taken
from cuttings.model.article import Channel, SourceKey
from cuttings.model.capture import Document, Failed, Fetched, NotModified, Outcome, Request
from cuttings.model.reason import subject_of
from cuttings.model.source import Capture, Past, Source, SourceState, Step, Visit
from cuttings.normalise.identity import Match
from cuttings.parse import history
from cuttings.parse.discovery import header
from cuttings.ports import Archive, Captures, Clock, Fetcher, Sources
from cuttings.text import urls
from cuttings.text.digest import sha256

LONGEST = timedelta(hours=12)  # of one run at one source
CHUNK = 100  # articles that are taken in before the source is free for a moment
ROBOTS_FOR = timedelta(hours=24)  # RFC 9309 2.4
TRIES, LONGEST_WAIT = 3, timedelta(minutes=5)  # for a document whose server asks for a little patience
TURN, TURNS = 1.0, 60  # seconds between two tries to get the source from who visits it, and how many

Result = Literal["done", "partly", "waiting", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of one run; `since` None: all of the past."""

    documents: int = walks.MOST_DOCUMENTS
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What a run came to at one source, or (`result` None) has come to up to now.

    `left` is about how many documents are still to come, None where nobody
    can tell.  `complete` says that an archived feed is here from its beginning.
    """

    source: str
    result: Result | None = None
    way: str | None = None
    next: str | None = None  # the document that would be asked for next
    documents: int = 0
    new: int = 0
    left: int | None = None
    complete: bool = False
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfiller:
    """Walks through sources' pasts.  `sleep` waits for so many seconds."""

    archive: Archive
    sources: Sources
    captures: Captures
    fetcher: Fetcher
    intake: Intake
    clock: Clock
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def backfill(self, source: Source, key: SourceKey, limits: Limits = Limits()) -> AsyncIterator[Walked]:
        """Yield how far a source's walk is after each document, and last what it came to.

        What the network or the publisher did wrong is in what is yielded; only
        our own failures (ArchiveError) are raised.
        """
        walk = _Walk(self, source, key, limits, self.clock())
        while walk.result is None:
            await walk.step()
            yield walk.told()

    async def planned(self, source: Source, key: SourceKey) -> Walked:
        """Return what a walk would begin with; nothing is asked for."""
        state = await self.sources.state(key)
        if state is None or (why := walks.no_past(source)):
            return Walked(source=source.name, result="nothing", error="it was never visited" if state is None else why)
        past = walks.under_way(source, state, self.clock())
        return _told(source, past, state.channel)


@dataclass(slots=True)
class _Walk:
    """One run at one source; `state` is what is known of it while it is ours."""

    by: Backfiller
    source: Source
    key: SourceKey
    limits: Limits
    began: datetime
    result: Result | None = None
    error: str | None = None
    documents: int = 0  # of this run
    new: int = 0
    _state: SourceState | None = None
    _past: Past | None = None
    _channel: Channel | None = None
    _tried: set[str] = field(default_factory=set)  # of the document that is held: what had its turn in this run
    _tries: int = 0
    _page_tries: int = 0  # in a row, at which no page came that was put off

    def told(self) -> Walked:
        if self._past is None:
            return Walked(source=self.source.name, result=self.result, error=self.error)
        told = _told(self.source, self._past, self._channel)
        error = self.error or "; ".join(self._past.errors[:3]) or None
        return replace(told, result=self.result, documents=self.documents, new=self.new, error=error)

    async def step(self) -> None:
        """Do one document, or a chunk of its articles, while nobody else visits the source."""
        self._state = await self._leased()
        if self._state is None:
            self._stop("waiting", "it is being visited just now")
            return
        wait = None
        try:
            wait = await self._next()
        finally:
            await self.by.sources.release([self.key])
        if wait is not None:
            await self.by.sleep(wait.total_seconds())

    @property
    def state(self) -> SourceState:
        assert self._state is not None
        return self._state

    @property
    def past(self) -> Past:
        assert self._past is not None
        return self._past

    async def _leased(self) -> SourceState | None:
        for _ in range(TURNS):
            leased = await self.by.sources.lease(self.by.clock(), 1, [self.key])
            if leased:
                return leased[0]
            await self.by.sleep(TURN)
        return None

    async def _next(self) -> timedelta | None:
        """Do what comes next; return how long its server wants us to wait."""
        if why := walks.no_past(self.source):
            self._stop("nothing", why)
            return None
        if self.state.met is None:
            self._stop("waiting", f"it could not be visited yet: {self.state.error or 'nobody tried'}")
            return None
        self._past = walks.under_way(self.source, self.state, self.by.clock())
        wait = await self._pages_put_off()
        if wait is not None or self.result is not None:
            return wait
        if not self.past.ahead:
            await self._remember(walks.ended(self.past, self.source, self.state, self.by.clock()))
            if self.past.ended is not None:
                self._stop("partly" if self.past.errors else "done")
            return None
        if self._is_enough():
            self._stop("partly", "there is more: `cuttings backfill` goes on there")
            return None
        return await self._document(self.past.ahead[0])

    async def _pages_put_off(self) -> timedelta | None:
        """Ask for articles' pages whose hosts wanted to be asked later; return how long to wait for them.

        While there are many, or nothing else is to be done, the walk ends for now where they may not be asked for.
        """
        wait, before = None, len(self.state.pending)
        if any(page.tries == 0 for page in self.state.pending):
            visit, wait = await self.by.intake.put_off(self.state, self.source.own)
            await self.by.archive.commit(visit)
            self._state = visit.state
        left = len(self.state.pending)
        if wait is not None:
            self._page_tries = self._page_tries + 1 if left == before else 1
            if wait <= LONGEST_WAIT and self._page_tries <= TRIES:
                return wait
        if left > PENDING_PAGES - CHUNK or (wait is not None and not self.past.ahead):
            self._stop("waiting", f"the pages of {left} articles are to come first")
        return None

    def _is_enough(self) -> bool:
        late = self.by.clock() - self.began > LONGEST
        return late or (self.documents >= self.limits.documents and self.past.held is None)

    async def _document(self, step: Step) -> timedelta | None:
        """Ask for a document, unless it is held, and take it in."""
        fetched = await self._held() or await self._robots(step)
        if fetched is None:
            if why := walks.refused(self.past, step, self.source, self.state):
                await self._remember(walks.dropped(self.past, step, why, again=False))
                return None
            held = await salvaged(step.url, self.by.archive, self.by.captures)
            outcome = held.fetched if held is not None else await self._asked(step)
            if isinstance(outcome, Failed | NotModified):
                return await self._missed(step, outcome)
            fetched, kept = outcome, held.captures if held is not None else await self._kept(outcome)
            if not walks.is_ours(fetched.document.url, self.source, self.state):
                why = f"{urls.masked(step.url)} leads to another site"
                await self._remember(walks.dropped(self.past, step, why, again=True), captures=kept)
                return None
            await self._hold(kept)
        await self._take_in(step, fetched)
        return None

    async def _asked(self, step: Step) -> Outcome:
        return await self.by.fetcher.fetch(Request(url=step.url, robots=True, own=self.source.own))

    async def _kept(self, fetched: Fetched) -> Sequence[Capture]:
        return await self.by.intake.capture(fetched, self.key)

    async def _hold(self, kept: Sequence[Capture]) -> None:
        """Remember that a document came: it is not asked for again, whatever happens now."""
        self.documents, self._tries = self.documents + 1, 0
        self._tried.clear()
        await self._remember(replace(self.past, held=kept[-1], documents=self.past.documents + 1), captures=kept)

    async def _held(self) -> Fetched | None:
        """Return the document that came and is not wholly taken in, as its capture has it."""
        held = self.past.held
        if held is None:
            return None
        try:
            document = replay.document(await whole(held, self.by.archive, self.by.captures))
        except (ArchiveError, ParseError):
            return None
        return Fetched(document=document, at=held.at, sha256=sha256(document.body))

    async def _robots(self, step: Step) -> Fetched | None:
        """Return a site's robots.txt where it was asked for of late: it names sitemaps too."""
        now = self.by.clock()
        known = await self.by.sources.robots(urls.origin(step.url)) if walks.is_root(step) else None
        if known is None or not known.body or not known.asked <= now < known.asked + ROBOTS_FOR:
            return None
        document = Document(body=known.body, url=step.url, headers={"content-type": "text/plain"})
        return Fetched(document=document, at=known.asked, sha256=sha256(known.body))

    async def _missed(self, step: Step, outcome: Failed | NotModified) -> timedelta | None:
        """What did not come: wait a little, leave it for later, or go without."""
        reason = outcome.reason if isinstance(outcome, Failed) else "304, though we never had it"
        wait, self._tries = outcome.wish.retry_after, self._tries + 1
        if wait is not None and wait <= LONGEST_WAIT and self._tries <= TRIES:
            return wait
        match walks.verdict(step, outcome):
            case "end":
                following = [history.usual_sitemap(step)] if walks.is_root(step) else []
                await self._remember(walks.went_on(self.past, step, following))
            case "lost":
                await self._remember(walks.dropped(self.past, step, f"{urls.masked(step.url)}: {reason}", again=True))
            case "later":
                self._stop("waiting", f"{urls.masked(step.url)}: {reason}")
        return None

    async def _take_in(self, step: Step, fetched: Fetched) -> None:
        try:
            taken = await self._taken(step, fetched)
        except ParseError as error:
            if walks.is_root(step):
                await self._remember(walks.went_on(self.past, step, [history.usual_sitemap(step)]))
            else:
                again = step.way == "archived"
                await self._remember(
                    walks.dropped(self.past, step, f"{urls.masked(step.url)}: {error.problem}", again=again)
                )
            return
        self._channel = header.told(taken.reading.channel, fetched.document)
        told = walks.held_by(taken.reading.present)
        if told in self.past.seen:
            why = f"{urls.masked(step.url)} holds what another document held"
            await self._remember(walks.dropped(self.past, step, why, again=False))
            return
        wanted = await self._wanted(taken, listed=step.way == "sitemap")
        self._tried |= {match.ident for match in wanted[:CHUNK]}
        await self._bring(replace(taken, matched=wanted[:CHUNK]))
        if len(wanted) > CHUNK and self.past.new < walks.MOST_NEW:
            await self._remember(self.past)
            return
        following = walks.leads_to(step, self._channel, len(taken.reading.present))
        if self._is_older(step, taken):
            await self._remember(walks.turned_back(self.past, step, following, told))
            return
        following = [] if self._is_here(step, taken, wanted) else following
        lasting = step.way != "sitemap" or self.limits.since is None
        await self._remember(walks.went_on(self.past, step, following, told=told, lasting=lasting))

    async def _taken(self, step: Step, fetched: Fetched) -> Taken:
        listed = step.way == "sitemap"
        return await self.by.intake.take_in(
            fetched,
            self._origin,
            known=frozenset(trace.digest for trace in self.state.present),
            rule="link" if listed else self.state.identity,
            expected=SITEMAPS if listed else FEEDS,
            kept=[self.past.held] if self.past.held else (),
        )

    @property
    def _origin(self) -> Origin:
        full_text, own = self.source.full_text, self.source.own
        return Origin(key=self.key, full_text=full_text, provenance="backfill", quiet=True, own=own)

    async def _wanted(self, taken: Taken, *, listed: bool) -> list[Match]:
        """Return what is to become records: what is new, or newer than what we hold (FC-2); a chunk, and one more."""
        found = [match for match in taken.matched if match.ident not in self._tried and _is_newer(match)]
        if not listed:
            return found[: CHUNK + 1]
        fresh: list[Match] = []
        for match in found:
            if match.existing is None and not self._is_too_old(match) and await self._is_unknown(match.draft.url):
                fresh.append(match)
                if len(fresh) > CHUNK:
                    break
        return fresh

    async def _is_unknown(self, url: str | None) -> bool:
        """Tell whether an address of a sitemap may be an article that we do not have."""
        if url is None or not walks.is_ours(url, self.source, self.state):
            return False
        told = await self.by.archive.reasons(subject_of(url))
        return not any(reason.rule == "no article" for _, reason in told) and not await self.by.archive.at([url])

    async def _bring(self, taken: Taken) -> None:
        """Commit what a document's articles become, as their pages come."""
        if not taken.matched:
            return
        async for visit in self.by.intake.portions(taken, self._origin, self.state):
            assert visit.state is not None
            fresh = sum(record.revision == 1 for record in visit.records)
            self.new += fresh
            self._past = replace(self.past, new=self.past.new + fresh)
            self._state = replace(self.state, pending=visit.state.pending)
            await self.by.archive.commit(replace(visit, state=self._state))

    def _is_too_old(self, match: Match) -> bool:
        moment, since = match.draft.modified or match.draft.published, self.limits.since
        return moment is not None and since is not None and moment < since

    def _is_older(self, step: Step, taken: Taken) -> bool:
        """Tell whether all that a document holds is older than what is asked for."""
        dates, since = _dates(taken), self.limits.since
        return step.way != "sitemap" and since is not None and bool(dates) and max(dates) < since

    def _is_here(self, step: Step, taken: Taken, wanted: Sequence[Match]) -> bool:
        """Tell whether all that comes before a document of changing pages was here at the end of the last walk."""
        if step.way not in ("paged", "numbered") or self.past.whole is None or not taken.reading.present:
            return False
        return not wanted and not self._tried and all(date < self.past.whole for date in _dates(taken))

    async def _remember(self, past: Past, captures: Sequence[Capture] = ()) -> None:
        """Commit how far the walk is, with what was captured for it."""
        self._past = past
        self._state = replace(self.state, past=past)
        await self.by.archive.commit(Visit(source=self.key, captures=tuple(captures), state=self._state))

    def _stop(self, result: Result, error: str | None = None) -> None:
        self.result, self.error = result, error


def _is_newer(match: Match) -> bool:
    """Tell whether an entry is new to us, or newer than what we hold of it (FC-2)."""
    old = match.existing
    if old is None:
        return True
    moment, held = match.draft.modified or match.draft.published, old.modified or old.published
    return old.status != "gone" and moment is not None and held is not None and moment > held


def _dates(taken: Taken) -> list[datetime]:
    return [moment for draft in taken.reading.drafts if (moment := draft.published or draft.modified)]


def _told(source: Source, past: Past, channel: Channel | None) -> Walked:
    ahead = past.ahead[0] if past.ahead else None
    left = history.left(ahead, channel) if ahead is not None else 0
    return Walked(
        source=source.name,
        way=ahead.way if ahead is not None else past.way,
        next=urls.masked(ahead.url) if ahead is not None else None,
        left=left if left is None or len(past.ahead) < 2 else max(left, len(past.ahead)),
        complete=past.ended is not None and past.whole is not None and past.way == "archived",
    )
