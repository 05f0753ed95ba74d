"""Adopt: another program's last published feed becomes the beginning of one of ours.

    read its document ──► find or make the records ──► take its ids and its order over as places

So whoever reads that feed sees nothing new when ours takes its place, and then
what is new.  Nothing is published here; the next publish does that.
Serves PLACES (`adopt`: live lines with foreign ids in the document's order).
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cuttings.curate.ids import LONGEST
from cuttings.errors import ParseError, UsageError
from cuttings.flow.intake import FEEDS, Intake
from cuttings.flow.intake import read as read_feed
from cuttings.flow.publish import Followed, Publisher, Verdicts
from cuttings.flow.settling import Batch, Origin, Reading, Taken
from cuttings.flow.stories import Stories
from cuttings.model.article import Draft, RecordId, SourceKey
from cuttings.model.capture import Document, Fetched, NotModified, Request
from cuttings.model.feed import Feed, Taking
from cuttings.model.source import Capture, Source, SourceState
from cuttings.normalise import identity
from cuttings.parse import attribution, sniff
from cuttings.parse.attribution import Credit
from cuttings.ports import Archive, Clock, Fetcher, Folders, Ledger, Sandbox
from cuttings.text import urls

MOST = 1_000  # entries of one document; planets have dozens


@dataclass(frozen=True, slots=True, kw_only=True)
class Planet:
    """What the sandbox made of another program's document; the credits are those of `reading.present`, or none."""

    reading: Reading
    credits: tuple[Credit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What became of it: how many entries were taken over, how many of them are new here, and which were not, why."""

    taken: int = 0
    new: int = 0
    passed: tuple[tuple[str, str], ...] = ()
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """An entry with the id that its readers know it by, and the source it came from, None: nobody we know."""

    id: str
    draft: Draft
    source: SourceKey | None


def read(document: Document) -> Planet:
    """Read foreign bytes.  Runs in the sandbox.  Raises ParseError where they are no feed."""
    reading = read_feed(document, frozenset(), FEEDS)
    found = attribution.read(sniff.unpacked(document))
    return Planet(reading=reading, credits=found if len(found) == len(reading.present) else ())


@dataclass(frozen=True, kw_only=True)
class Adopter:
    """Takes feeds over; what the world does wrong is in the result."""

    archive: Archive
    ledger: Ledger
    fetcher: Fetcher
    folders: Folders
    sandbox: Sandbox
    intake: Intake
    publisher: Publisher
    clock: Clock

    async def adopt(self, target: str, feed: Feed, followed: Followed, verdicts: Verdicts) -> Adopted:
        """Take over the feed at an address or in a file as the beginning of ours.

        Raises UsageError where ours has begun already.  Killed before its end
        it may be repeated.
        """
        await self._refuse_begun(feed)
        try:
            fetched = await self._document(target)
            planet: Planet = await self.sandbox.run("cuttings.flow.adopt:read", fetched.document)
        except (ParseError, OSError, _Unreachable) as error:
            return Adopted(error=_words(error))
        entries, passed = _named(planet, _finder(followed))
        kept = await self.intake.capture(fetched, None) if entries else ()
        work = _Matching(self.archive, planet.reading, fetched.document, kept, self.clock())
        takings = await work.of(entries, await self.ledger.holders([one.id for one in entries]), followed.states)
        passed += work.passed
        if not takings:
            return Adopted(passed=tuple(passed), error="none of its entries can be taken over, so nothing was")
        await self.publisher.adopt(feed, followed, verdicts, takings, _fit(planet.reading.channel.id))
        return Adopted(taken=len(takings), new=work.new, passed=tuple(passed))

    async def _refuse_begun(self, feed: Feed) -> None:
        if feed.of:
            raise UsageError(f"{feed.name} is made of another feed, and takes nothing over")
        head = await self.ledger.begun((feed.name, *feed.formerly))
        if head is not None and head.places:
            raise UsageError(
                f"{feed.name} has {head.places} articles already, under their own ids; adopt before the first publish,"
                " or into a new feed"
            )

    async def _document(self, target: str) -> Fetched:
        if "://" not in target:
            path = Path(target)
            return await self.folders.read(str(path.parent), path.name)
        outcome = await self.fetcher.fetch(Request(url=target))
        if isinstance(outcome, Fetched):
            return outcome
        reason = "nothing came" if isinstance(outcome, NotModified) else outcome.reason
        raise _Unreachable(reason)


class _Matching:
    """Finds the record of each entry, or makes it; no two entries are one record."""

    def __init__(
        self, archive: Archive, reading: Reading, document: Document, kept: Sequence[Capture], now: datetime
    ) -> None:
        self.passed: list[tuple[str, str]] = []
        self.new = 0
        self._archive, self._reading, self._document, self._kept, self._now = archive, reading, document, kept, now
        self._records: dict[str, RecordId] = {}  # by the id that readers know
        self._used: set[RecordId] = set()
        self._links = Counter(draft.url for draft in reading.drafts)

    async def of(
        self,
        entries: Sequence[Named],
        holders: Mapping[str, RecordId],
        states: Mapping[SourceKey, SourceState],
    ) -> list[Taking]:
        """Return what is to be taken over, in document order; new records are committed when this returns."""
        left = [one for one in entries if not await self._is_held(one, holders)]
        for key in dict.fromkeys(one.source for one in left if one.source is not None):
            await self._of_source(key, [one for one in left if one.source == key], states)
        await self._of_nobody([one for one in left if one.id not in self._records])
        return [
            Taking(record=self._records[one.id], published_id=one.id, updated=one.draft.modified or one.draft.published)
            for one in entries
            if one.id in self._records
        ]

    async def _is_held(self, one: Named, holders: Mapping[str, RecordId]) -> bool:
        """Tell whether an entry's id is published already, by another feed of ours, and then for which record."""
        if one.id not in holders:
            return False
        record = await self._archive.get(holders[one.id])
        if record is None or not self._take(one, record.id):
            self.passed.append((one.id, "another item is published under this id"))
        return True

    async def _of_source(
        self, key: SourceKey, entries: Sequence[Named], states: Mapping[SourceKey, SourceState]
    ) -> None:
        """Match entries with the records of their source, and make those that it does not have yet."""
        drafts = [one.draft for one in entries]
        wanted = identity.wanted(drafts)
        known = await self._archive.known(key, wanted.idents, wanted.links, wanted.canonicals)
        rule = states[key].identity if key in states else "guid"
        matched = identity.match(drafts, [draft.trace for draft in drafts], known, rule).matches
        of = {one.draft: one for one in entries}
        for match in matched:
            if match.existing is not None:
                self._take(of[match.draft], match.existing.id)
        fresh = [(of[match.draft], match) for match in matched if match.existing is None]
        await self._make(key, fresh, known.stories)

    async def _of_nobody(self, entries: Sequence[Named]) -> None:
        """Match entries whose source nobody knows by their address, or make them one-offs."""
        canonicals = [one.draft.canonical_url for one in entries if one.draft.canonical_url]
        names = [identity.one_off(one.draft, self._document) for one in entries]
        known = await self._archive.known(None, [*names, *(one.id for one in entries)], (), canonicals)
        shared = Counter(names)
        fresh = []
        for one, name in zip(entries, names, strict=True):
            ident = name if shared[name] == 1 else one.id
            held = known.by_ident.get(ident)
            found = [held.id] if held else await self._at(one.draft)
            if not any(self._take(one, record) for record in found):
                alone = self._links[one.draft.url] == 1
                fresh.append((one, identity.Match(draft=one.draft, ident=ident, existing=None, alone=alone)))
        await self._make(None, fresh, known.stories)

    async def _at(self, draft: Draft) -> Sequence[RecordId]:
        """Return the records at an entry's address, where it is the only one there."""
        alone = draft.url is not None and self._links[draft.url] == 1
        return await self._archive.at([draft.url]) if alone and draft.url else ()

    async def _make(
        self, key: SourceKey | None, fresh: Sequence[tuple[Named, identity.Match]], stories: Mapping[str, str]
    ) -> None:
        """Commit a record for each of these, from what the document says."""
        if not fresh:
            return
        taken = Taken(
            reading=self._reading,
            matched=tuple(match for _, match in fresh),
            stories=stories,
            rule="guid",
            reasons=(),
            captures=tuple(self._kept),
        )
        origin = Origin(key=key, provenance="file", quiet=True)
        batch = Batch(taken, origin, False, self._now, Stories(self._archive), None)
        for one, match in fresh:
            record = await batch.settle(match, match.draft)
            if record is not None and self._take(one, record.id):
                self.new += 1
        await self._archive.commit(batch.visit())

    def _take(self, one: Named, record: RecordId) -> bool:
        """Note which record an entry is, unless another one is it."""
        if record in self._used:
            return False
        self._used.add(record)
        self._records[one.id] = record
        return True


class _Unreachable(Exception):
    """What was asked for did not come; the message says why."""


def _named(
    planet: Planet, source_of: Callable[[Credit], SourceKey | None]
) -> tuple[list[Named], list[tuple[str, str]]]:
    """Return the entries by the ids that readers know them by, each once, and those that cannot be taken over, why."""
    told = dict(zip(planet.reading.present, planet.credits, strict=False))
    found: dict[str, Named] = {}
    passed = []
    for draft in planet.reading.drafts:
        credit = told.get(draft.trace, Credit())
        credit = credit if credit.guid == draft.trace.guid else Credit()  # they may be read otherwise than they stand
        name = draft.trace.guid or credit.link or draft.trace.link
        label = draft.title or draft.url or "an entry without a title"
        if name is None:
            passed.append((label, "it has neither an id nor a link, so no reader knows it again"))
        elif _fit(name) is None:
            passed.append((label, "its id is too long, or has what no id may"))
        elif len(found) == MOST:
            passed.append((name, f"it is beyond the first {MOST}"))
        elif name in found:
            passed.append((name, "another entry before it has the same id"))
        else:
            found[name] = Named(id=name, draft=draft, source=source_of(credit))
    return list(found.values()), passed


def _finder(followed: Followed) -> Callable[[Credit], SourceKey | None]:
    """Return what finds the source that a credit means: by the address of its feed, its id, its home page."""
    addresses: dict[str, SourceKey] = {}
    ids: dict[str, SourceKey] = {}
    homes: dict[str, set[SourceKey]] = {}
    for key, state in followed.states.items():
        for address in _addresses(state, followed.sources.get(key)):
            addresses.setdefault(_comparable(address), key)
        if state.channel.id:
            ids.setdefault(state.channel.id, key)
        if state.channel.link:
            homes.setdefault(_comparable(state.channel.link), set()).add(key)

    def find(credit: Credit) -> SourceKey | None:
        named = [one for one in (credit.source_url, credit.source_id) if one]
        found = [addresses[_comparable(one)] for one in named if _comparable(one) in addresses]
        found += [ids[one] for one in named if one in ids]
        at_home = homes.get(_comparable(credit.source_home or ""), set())
        return next(iter(found), None) or (next(iter(at_home)) if len(at_home) == 1 else None)

    return find


def _addresses(state: SourceState, source: Source | None) -> list[str]:
    """Return every address that a source is, or was, known at."""
    moved = [address for one in state.moved for address in (one.old, one.new)]
    return [state.key, state.address, *moved, *((source.address, *source.formerly) if source else ())]


def _comparable(address: str) -> str:
    """Return an address so that two ways to write it, http and https among them, are one."""
    return urls.canonical(address).partition("://")[2] if "://" in address else address


def _fit(name: str | None) -> str | None:
    """Return an id that may stand in a feed, None for any other."""
    return name if name and len(name) <= LONGEST and name.isprintable() else None


def _words(error: Exception) -> str:
    if isinstance(error, ParseError):
        return error.problem
    return (isinstance(error, OSError) and error.strerror) or str(error)
