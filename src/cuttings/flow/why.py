"""Why an article is as it is, and stands where it stands: what was kept of each decision, and what holds now.

    what it is ──► how it came ──► what was decided, in order ──► where it stands

Asks the archive and the captures; changes nothing, and troubles nobody.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from cuttings.errors import ArchiveError
from cuttings.fetch import robots
from cuttings.model.article import Record, RecordId
from cuttings.model.capture import CaptureRef
from cuttings.model.check import Check
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import SourceState
from cuttings.normalise import stories
from cuttings.ports import Archive, Captures, Checks, Sources
from cuttings.text import urls
from cuttings.text.dates import rfc3339
from cuttings.text.sketches import sketch
from cuttings.text.urls import UrlError

AGENT = "cuttings"  # our product token, which robots.txt speaks to
REVISIONS = 20  # the newest of a record, whose captures are looked at

_WITNESSED = ("title", "subtitle", "authors", "published", "modified", "rights", "image", "text")

Standings = Callable[[RecordId], Awaitable[Sequence[Reason]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision; `at` is None where it follows from what holds now."""

    step: str
    rule: str
    fact: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """All that is known of a record, or of a URL that is none (`record` None)."""

    subject: str
    record: Record | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who is asked; `standings` tells how a record stands in each feed."""

    archive: Archive
    sources: Sources
    checks: Checks
    captures: Captures
    standings: Standings

    async def of_record(self, record: Record) -> Answer:
        """Return every decision about a record."""
        state = await self.sources.state(record.source) if record.source else None
        steps = [
            *_what_it_is(record, state),
            *[step async for step in self._captured(record)],
            *[step async for step in self._story(record)],
            *await self._decided(record.id),
            *_since(record, state),
            *_looked_at(await self.checks.of(record.id)),
            *[_now(reason) for reason in await self.standings(record.id)],
        ]
        return Answer(subject=record.id, record=record, steps=tuple(steps))

    async def of_url(self, url: str) -> Sequence[Answer]:
        """Return the answers for a URL: its own, where there is something to say, and those of its records."""
        subject = subject_of(url)
        addresses = dict.fromkeys((url, urls.clean(url), urls.canonical(url)))
        records = [await self.archive.get(record) for record in await self.archive.at(list(addresses))]
        steps = [*await self._decided(subject), *[step async for step in self._of_source(subject)]]
        steps += [step async for step in self._manners(url)]
        own = [Answer(subject=subject, steps=tuple(steps))] if steps else []
        return [*own, *[await self.of_record(record) for record in records if record is not None]]

    async def _decided(self, subject: str) -> Sequence[Step]:
        kept = await self.archive.reasons(subject)
        return [Step(step=reason.step, rule=reason.rule, fact=reason.fact, at=at) for at, reason in kept]

    async def _captured(self, record: Record) -> AsyncIterator[Step]:
        """Yield what each revision was made of: when it came, from where, how many bytes."""
        for revision in (await self.archive.history(record.id))[-REVISIONS:]:
            for ref in revision.captures:
                yield await self._fetched(ref)
            made = f"by {'the author' if revision.cause == 'author' else 'us'}, from the {revision.provenance}"
            fact = f"{made}; {revision.status}, {revision.words} words, arrived {revision.arrival}"
            yield Step(step="revision", rule=str(revision.revision), fact=fact)

    async def _fetched(self, ref: CaptureRef) -> Step:
        at = f"{ref.file} at {ref.offset}"
        try:
            exchange = await self.captures.read(ref)
        except ArchiveError as error:
            return Step(step="fetch", rule="capture", fact=f"{at} cannot be read: {error}")
        came = f"{len(exchange.answer):,} bytes" + (f" from {exchange.address}" if exchange.address else "")
        rule = str(exchange.status) if exchange.request else "file"
        return Step(step="fetch", rule=rule, fact=f"{exchange.url or 'standard input'}: {came}; {at}", at=exchange.at)

    async def _story(self, record: Record) -> AsyncIterator[Step]:
        """Yield who tells the same: at the same address, or by a text that is near the same."""
        for other in await self._others(record):
            twin = await self.archive.get(other)
            if twin is None or twin.id == record.id or twin.story != record.story:
                continue
            fact = f"{twin.id} tells it too, from {(twin.source and urls.masked(twin.source)) or 'a one-off'}"
            if record.canonical_url is not None and twin.canonical_url == record.canonical_url:
                yield Step(step="story", rule="same address", fact=fact)
            elif why := stories.same_story(record, twin, record.source):
                yield Step(step="story", rule="same text", fact=f"{fact}: {why}")

    async def _others(self, record: Record) -> Iterable[RecordId]:
        """Return the records that may tell the same story, each once."""
        at_address = await self.archive.at([record.canonical_url]) if record.canonical_url else ()
        drawn = sketch(record.text)
        [alike] = await self.archive.alike([drawn], record.first_seen - stories.WITHIN) if drawn else [()]
        return dict.fromkeys((*at_address, RecordId(record.story), *alike))

    async def _of_source(self, subject: str) -> AsyncIterator[Step]:
        """Yield what is known of the sources that have this address, and of pages there that are still wanted."""
        for state in await self.sources.states():
            if subject in (subject_of(state.address), subject_of(state.key)):
                for step in _visited(state):
                    yield step
            for page in state.pending:
                if subject_of(page.url) == subject:
                    fact = f"{state.name}: wanted for {page.record}; {page.tries} tries so far"
                    yield Step(step="page", rule="again at the next visit", fact=fact)

    async def _manners(self, url: str) -> AsyncIterator[Step]:
        """Yield what the origin of a URL asks of us."""
        try:
            parsed = urls.parse(url)
        except UrlError as error:
            yield Step(step="fetch", rule="address", fact=str(error))
            return
        until = await self.sources.origin_wait(parsed.origin)
        if until is not None:
            yield Step(
                step="fetch", rule="waiting", fact=f"{parsed.host} asked to be left alone until {rfc3339(until)}"
            )
        known = await self.sources.robots(parsed.origin)
        if known is not None and not robots.allows(known.body, AGENT, parsed.public):
            lost = known.body is None
            fact = "could not be had, so nothing may be fetched" if lost else f"forbids {parsed.target[:200]}"
            yield Step(step="fetch", rule="robots.txt", fact=f"that of {parsed.host} {fact}", at=known.asked)


def _now(reason: Reason) -> Step:
    return Step(step=reason.step, rule=reason.rule, fact=reason.fact)


def _what_it_is(record: Record, state: SourceState | None) -> Iterator[Step]:
    if record.source is None:
        yield Step(step="source", rule="one-off", fact="archived by itself, followed by nobody")
    else:
        name, key = state.name if state else "unknown", urls.masked(record.source)
        address = urls.masked(state.address) if state else key
        moved = f", now at {address}" if address != key else ""
        yield Step(step="source", rule=name, fact=f"{key}{moved}")
    yield Step(step="identity", rule=_identity(record), fact=record.ident)
    if record.published is None:
        yield Step(
            step="dates", rule="unknown", fact=f"ordered by when it was first seen, {rfc3339(record.first_seen)}"
        )
    elif record.order_date != record.published:
        fact = f"{rfc3339(record.published)} lies ahead of {rfc3339(record.first_seen)}, when it was first seen"
        yield Step(step="dates", rule="ordered as first seen", fact=fact)
    yield Step(step="language", rule=record.language or "unknown")
    yield from _witnessed(record)


def _witnessed(record: Record) -> Iterator[Step]:
    """Yield who gave each field; what nobody else is named for, the source's own document did."""
    own = "the file" if record.provenance == "file" else "the entry of its feed"
    told = dict(record.witnesses)
    for name in _WITNESSED:
        if getattr(record, name):
            yield Step(step="witness", rule=name, fact=told.get(name, own))


def _identity(record: Record) -> str:
    named = {record.canonical_url: "canonical address", record.url: "link", record.guid: "guid"}  # the last one counts
    prefix = record.ident.partition(":")[0]
    return named.get(record.ident) or {"digest": "digest", "sha256": "the file itself"}.get(prefix, "as first met")


def _since(record: Record, state: SourceState | None) -> Iterator[Step]:
    """Yield what the last visit saw of a record, and what is still to come."""
    if state is None or state.last_success is None:
        return
    ours = (record.ident, record.guid, record.url)
    present = any(name and name in ours for trace in state.present for name in (trace.guid, trace.link))
    fact = "the source's document still holds it" if present else "the source's document does not hold it any more"
    yield Step(step="visit", rule="last success", fact=fact, at=state.last_success)
    for page in state.pending:
        if page.record == record.id:
            yield Step(step="page", rule="again at the next visit", fact=f"{page.tries} tries so far: {page.url}")


def _looked_at(check: Check | None) -> Iterator[Step]:
    """Yield when an article's page is looked at again."""
    if check is None or check.due is None:
        return
    told = [f"last at {rfc3339(check.looked)}", f"{check.edits} edits found so"]
    told += [f"{check.failures} failures in a row"] if check.failures else []
    told += [f"not there since {rfc3339(check.missing)}"] if check.missing else []
    yield Step(step="check", rule=f"again at {rfc3339(check.due)}", fact="; ".join(told))


def _visited(state: SourceState) -> Iterator[Step]:
    """Yield how a source stands."""
    yield Step(step="source", rule=state.name, fact=f"followed as {urls.masked(state.key)}")
    if state.address != state.key:
        yield Step(step="source", rule="moved", fact=f"asked at {urls.masked(state.address)}")
    if state.move is not None:
        then = "one more or so, and it is believed" if state.move.familiar else "not believed unless a person says so"
        fact = f"{state.move.seen} visits ended at {urls.masked(state.move.target)}; {then}"
        yield Step(step="source", rule="moving", fact=fact, at=state.move.first_seen)
    if state.identity == "link":
        yield Step(step="identity", rule="link: guids change", fact="its guids are made anew each time")
    if state.last_visit is not None:
        came = f"failed: {state.error}" if state.error else "good"
        yield Step(step="visit", rule="last", fact=came, at=state.last_visit)
    if state.gone is not None:
        yield Step(
            step="visit",
            rule="410",
            fact="gone" + (", asked once a month" if state.stopped else ""),
            at=state.gone,
        )
    due = max(state.next_visit, state.not_before or state.next_visit)
    yield Step(step="visit", rule="next", fact=f"not before {rfc3339(due)}")
