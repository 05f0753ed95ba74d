"""Collect: from a source to the archive.  Reading this is reading half of the program.

    lease ──► fetch ──► take in (capture, parse, identify) ──► commit ──► next visit

Records, state and reasons of a visit are one transaction; its captures were
on disk before.  A crash in between costs one more visit, never an article.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cuttings import schedule
from cuttings.errors import ParseError
from cuttings.flow import sitemaps
from cuttings.flow.intake import ARTICLES, FEEDS, LISTINGS, Intake
from cuttings.flow.lists import ListReader
from cuttings.flow.push import Subscriber
from cuttings.flow.settling import Origin
from cuttings.model.article import SourceKey, Trace
from cuttings.model.capture import Failed, Fetched, NotModified, Outcome, Request, Trouble
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Receipt, Source, SourceKind, SourceState, Visit, VisitOutcome
from cuttings.parse.discovery import header
from cuttings.ports import Archive, Clock, Fetcher, Folders
from cuttings.schedule import Plan, coverage, moves, pushing, rhythm
from cuttings.text import urls

PRESENT = 10_000  # traces remembered of a document; as many as we read entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Visits sources.  `chance` gives numbers in [0, 1) for jitter; `asking` are those who wait for an answer now."""

    archive: Archive
    fetcher: Fetcher
    folders: Folders
    intake: Intake
    clock: Clock
    chance: Callable[[], float]
    lists: ListReader | None = None  # None: there are no lists of sources
    pushes: Subscriber | None = None  # None: who visits knows nothing of hubs
    asking: set[SourceKey] = field(default_factory=set)

    async def collect(self, source: Source, state: SourceState, plan: Plan) -> Receipt:
        """Visit a leased source once, and keep what is new.

        What the network or the publisher did wrong is in the receipt; only our
        own failures (ArchiveError) are raised.  Safe to repeat at any moment.
        """
        until = schedule.forbidden_until(state, self.clock())
        if until is not None:
            return await self._wait(source, state, until)
        reached = True
        if source.folder is not None:
            visits = self._look_into(source, source.folder, state)
        else:
            if source.kind == "list" and self.lists is not None:
                state = await self.lists.asked(source, state)
            outcome = await self._asked(source, state)
            if isinstance(outcome, Failed) and outcome.waiting:
                return await self._wait(source, state, self.clock() + (outcome.wish.retry_after or schedule.MINUTE))
            reached = not isinstance(outcome, Failed) or outcome.connected
            visits = self._visit(source, state, outcome, plan)
        tally = _Tally()
        async for visit in visits:
            await self.archive.commit(visit)
            tally.add(visit)
        if self.pushes is not None and tally.state is not None:
            self.pushes.heard(source, tally.state)
        return tally.receipt(source.name, reached)

    def put_off(self, source: Source, state: SourceState, plan: Plan, why: str) -> SourceState:
        """Return the state after a visit that we failed to keep: the publisher is not asked again at once for it."""
        now = self.clock()
        if source.folder is not None:
            return replace(schedule.after_folder(state, now), error=why)
        return schedule.after(state, Failed(reason=why, at=now), plan, now, self.chance())

    async def _asked(self, source: Source, state: SourceState) -> Outcome:
        self.asking.add(state.key)
        try:
            url = sitemaps.root_of(state.address) if source.kind == "sitemap" else state.address
            outcome = await self.fetcher.fetch(Request(url=url, validators=state.validators, own=source.own))
            return sitemaps.of_root(state.address, outcome) if source.kind == "sitemap" else outcome
        finally:
            self.asking.discard(state.key)

    async def _wait(self, source: Source, state: SourceState, until: datetime) -> Receipt:
        """Put off a visit that must not be made before `until`; nothing was sent."""
        if state.next_visit <= until != state.not_before:
            later = schedule.put_off(state, until, self.clock(), self.chance())
            await self.archive.commit(Visit(source=state.key, state=later))
        return Receipt(source=source.name, outcome="waiting", next=until, error=state.error)

    async def _visit(self, source: Source, state: SourceState, outcome: Outcome, plan: Plan) -> AsyncIterator[Visit]:
        """Yield what a visit to an address comes to; the last portion carries the next state."""
        before = state
        pending = await self.intake.pending(state, source.own)
        if pending is not None and pending.state is not None:
            state = pending.state
            yield replace(pending, state=None)
        async for visit in self._outcome(source, state, outcome):
            if visit.state is not None:
                verdict, chance = _verdict(outcome, visit.state), self.chance()
                familiar = _familiar(outcome, before, visit.state)
                after = schedule.after(visit.state, verdict, plan, self.clock(), chance, familiar)
                if after.failures and after.coverage is state.coverage:
                    after = coverage.failed(after, self.clock())
                visit = replace(visit, state=after)
            yield visit

    async def _outcome(self, source: Source, state: SourceState, outcome: Outcome) -> AsyncIterator[Visit]:
        if source.kind == "sitemap":
            walk = sitemaps.Walk(self.fetcher, self.intake, source, state, self.clock())
            if walk.goes_on_from(outcome):
                async for visit in walk.visits(outcome):
                    yield visit
                yield Visit(source=state.key, state=self._taught(walk.state, walk.new, walk.dates, source.kind))
                return
        match outcome:
            case Failed():
                why = () if outcome.reason == state.error else await self.intake.news([_failure(state, outcome)])
                yield Visit(source=state.key, state=replace(state, error=outcome.reason), reasons=tuple(why))
            case NotModified():
                rested = state
                if state.error is not None or outcome.validators != state.validators:  # seldom
                    rested = replace(state, validators=outcome.validators, error=None)
                yield Visit(source=state.key, state=self._taught(rested, 0))
            case Fetched():
                async for visit in self._fetched(source, state, outcome):
                    yield visit

    async def _fetched(self, source: Source, state: SourceState, fetched: Fetched) -> AsyncIterator[Visit]:
        read = replace(state, validators=fetched.validators, error=None)
        if fetched.sha256 == state.fingerprint:
            yield Visit(source=state.key, state=self._taught(read, 0))
            return
        if source.kind == "list":
            yield await self._listed(source, state, read, fetched)
            return
        origin, expected = Origin(key=state.key, full_text=source.full_text, own=source.own), FEEDS
        if source.kind == "page":
            origin, expected = replace(origin, provenance="page", selector=source.selector), LISTINGS
        known = frozenset(trace.digest for trace in state.present)
        try:
            taken = await self.intake.take_in(fetched, origin, known=known, rule=state.identity, expected=expected)
        except ParseError as error:
            yield Visit(source=state.key, state=replace(state, error=_problem(error, state), trouble=_instead(error)))
            return
        fresh = [match.draft for match in taken.matched if match.existing is None]
        present, new = taken.reading.present, {draft.trace.digest: draft.published for draft in fresh}
        dates = [draft.published for draft in fresh if draft.published is not None]
        found = coverage.found(read, present, new)
        learned = replace(
            self._taught(read, len(fresh), dates, source.kind, len(present), found),
            fingerprint=fetched.sha256,
            present=taken.reading.present[:PRESENT],
            identity=taken.rule,
            channel=header.told(taken.reading.channel, fetched.document),
        )
        async for visit in self.intake.portions(taken, origin, learned):
            yield visit

    async def _listed(self, source: Source, state: SourceState, read: SourceState, fetched: Fetched) -> Visit:
        assert self.lists is not None
        try:
            return await self.lists.taken(source, self._taught(read, 0), fetched)
        except ParseError as error:
            return Visit(source=state.key, state=replace(state, error=error.problem, trouble="unreadable"))

    async def _look_into(self, source: Source, folder: str, state: SourceState) -> AsyncIterator[Visit]:
        """Yield what is new or edited in a folder, file by file; a file that cannot be read costs only itself."""
        before = {trace.guid: trace for trace in state.present}
        present: list[Trace] = []
        errors: list[str] = []
        try:
            found = await self.folders.walk(folder)
        except OSError as error:
            rested = schedule.after_folder(state, self.clock())
            yield Visit(source=state.key, state=replace(rested, error=f"{folder}: {error.strerror or error}"))
            return
        for path, stamp in found:
            held = before.get(path)
            if held is not None and held.title == stamp:
                present.append(held)
                continue
            try:
                fetched = await self.folders.read(folder, path)
                origin = Origin(key=state.key, full_text=source.full_text, provenance="file", path=path)
                taken = await self.intake.take_in(fetched, origin, expected=FEEDS | ARTICLES)
                async for visit in self.intake.portions(taken, origin, state):
                    yield replace(visit, state=None)
            except ParseError as error:  # remembered as read: it is not tried again before it changes
                errors.append(f"{path}: {error.problem}")
            except OSError as error:
                errors.append(f"{path}: {error.strerror or error}")
                continue
            present.append(Trace(guid=path, link=None, title=stamp, digest=fetched.sha256[:16]))
        now = self.clock()
        seen = replace(state, present=tuple(present), met=state.met or now)
        after = schedule.after_folder(seen, now)
        yield Visit(source=state.key, state=replace(after, error="; ".join(errors) or None))

    def _taught(
        self,
        state: SourceState,
        new: int,
        dates: Sequence[datetime] = (),
        kind: SourceKind = "auto",
        holds: int | None = None,
        found: coverage.Found | None = None,
    ) -> SourceState:
        now, since, all_dates = self.clock(), state.last_success, [*dates, *[None] * (new - len(dates))]
        if since is not None and state.push is not None:  # a push has taught what came before it
            since = max(since, state.rhythm.until or since)
        seen = found or coverage.Found(new=all_dates)
        again = coverage.visited_again(state, seen, now)
        learned = rhythm.taught(state.rhythm, dates, new, since, now, kind, holds)
        after = replace(state, rhythm=learned, coverage=again or state.coverage)
        if self.pushes is not None:
            expected = [] if self.pushes.told(state.key) else all_dates
            after = pushing.visited(after, self.pushes.until(state.key), expected, now)
        return after if again is not None else coverage.visited(state, after, seen, now)


class _Tally:
    """Counts what the portions of a visit brought."""

    def __init__(self) -> None:
        self.new = self.changed = 0
        self.state: SourceState | None = None

    def add(self, visit: Visit) -> None:
        self.new += sum(record.revision == 1 for record in visit.records)
        self.changed += sum(record.revision > 1 for record in visit.records)
        self.state = visit.state or self.state

    def receipt(self, name: str, reached: bool) -> Receipt:
        error = self.state.error if self.state else None
        outcome: VisitOutcome = "new" if self.new or self.changed else "failed" if error else "unchanged"
        after = self.state.next_visit if self.state else None
        return Receipt(
            source=name,
            outcome=outcome,
            new=self.new,
            changed=self.changed,
            error=error,
            reached=reached,
            next=after,
        )


def _failure(state: SourceState, outcome: Failed) -> Reason:
    rule = str(outcome.status) if outcome.status is not None else "no answer"
    return Reason(subject=subject_of(state.address), step="fetch", rule=rule, fact=outcome.reason)


def _verdict(outcome: Outcome, state: SourceState) -> Outcome:
    """Return the outcome, or the failure that a body which could not be read amounts to."""
    if state.error is None:  # a robots.txt may be missing where the sitemap is not
        return NotModified(at=outcome.at, validators=state.validators) if isinstance(outcome, Failed) else outcome
    if isinstance(outcome, Failed):
        return replace(outcome, reason=state.error)
    return Failed(reason=state.error, at=outcome.at, status=200, trouble=state.trouble, wish=outcome.wish)


def _familiar(outcome: Outcome, before: SourceState, after: SourceState) -> bool | None:
    """Tell whether what a permanent redirect led to is of this source; asked only where there was one."""
    if isinstance(outcome, Failed) or outcome.moved_to is None:
        return True
    return moves.familiar(before.present, after.present)


def _problem(error: ParseError, state: SourceState) -> str:
    """What came where a document should be, and from where, if it was led there."""
    led = error.instead is not None and error.url and error.url != state.address
    return f"{error.problem} (at {urls.masked(error.url)})" if led else error.problem


def _instead(error: ParseError) -> Trouble:
    came: dict[str | None, Trouble] = {"page": "page", "login": "login", "parked": "parked"}
    return came.get(error.instead, "unreadable")
