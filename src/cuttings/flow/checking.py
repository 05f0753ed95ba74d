"""Checking back: articles' pages are visited again, to find what was edited or removed, whatever feeds still show.

    due ──► fetch (conditional) ──► as it was? ──► lease ──► settle, as if the feed had told ──► commit ──► next look

The checks are a queue in the archive: who takes some puts them off, so that
what a process leaves undone is done an hour later.  Of each source one page
at a time is on the way.  A record is revised only while its source is leased.
Serves DESIGN 6 (Revisions, Manners).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from cuttings.flow.pages import NoPage, Page, PageReader, Unchanged
from cuttings.flow.settling import Batch, Origin, Reading, Taken
from cuttings.flow.stories import Stories
from cuttings.model.article import Channel, Record, SourceKey
from cuttings.model.check import Check, Looks
from cuttings.model.reason import Reason
from cuttings.model.source import Source, Visit
from cuttings.normalise import content, edits, identity
from cuttings.ports import Archive, Checks, Clock, Sources
from cuttings.schedule import checking
from cuttings.text.digest import digest
from cuttings.text.sketches import tokens

HOLD = timedelta(hours=1)  # what was taken is left to its taker for so long
NOT_NOW = timedelta(days=1)  # for a source that is paused, or not declared any more
OVER = timedelta(days=60)  # after so long such a source's pages are looked at no more
BUSY = timedelta(minutes=5)  # for one that is being visited
IN_TROUBLE = 3  # failures one after the other: the rest of the source's pages waits
KEPT = 0.5  # of its words, at least, an article or its headline keeps in an edit that is believed at once

Result = Literal["unchanged", "edited", "gone", "failed", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one look back came to; `waiting`: nothing was asked, or nothing can be kept now."""

    check: Check
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Checker:
    """Looks at pages of articles again.  `declared` are the sources that are followed now."""

    archive: Archive
    checks: Checks
    sources: Sources
    pages: PageReader
    stories: Stories
    clock: Clock
    declared: Mapping[SourceKey, Source]

    async def take(self, limit: int) -> Mapping[SourceKey, Sequence[Check]]:
        """Take what is due for this process alone, by source, the longest due first."""
        now = self.clock()
        taken: dict[SourceKey, list[Check]] = {}
        for check in await self.checks.take(now, now + HOLD, limit):
            taken.setdefault(check.source, []).append(check)
        return taken

    async def round(self, taken: Sequence[Check], until: datetime) -> Sequence[Checked]:
        """Look at pages of one source, one after the other, and begin none after `until`; raises only ArchiveError."""
        failures = 0
        done: list[Checked] = []
        for check in taken:
            if self.clock() > until:  # it would be another's by the time it is done
                break
            done.append(await self.check(check, in_trouble=failures >= IN_TROUBLE))
            failures = failures + 1 if done[-1].result == "failed" else 0 if done[-1].result != "waiting" else failures
        return done

    async def check(self, check: Check, *, in_trouble: bool = False) -> Checked:
        """Look at one page, unless there is a reason to do so later, and keep what came of it."""
        source, looks = self.declared.get(check.source), await self.checks.looks(check.source)
        record = await self.archive.get(check.record)
        later = _later(check, record, source, looks, self.clock(), in_trouble=in_trouble)
        if later is not None or record is None or source is None:
            return await self._kept(later or replace(check, due=None), "waiting")
        found = await self.pages.again(check.url, check.source, check.seen, source.own)
        if isinstance(found, NoPage) and found.waiting:
            wait = found.wish.retry_after or BUSY
            return await self._kept(
                checking.waiting(check, wait, self.clock(), checking.chance_of(check.record)), "waiting"
            )
        looks = checking.spent(looks, self.clock())
        if isinstance(found, Unchanged) or (isinstance(found, NoPage) and not found.removed):
            return await self._kept(*_in_vain(check, found, looks, self.clock()))
        return await self._revised(check, found, looks)

    async def _revised(self, check: Check, found: Page | NoPage, looks: Looks) -> Checked:
        """Revise a record by what came of its page, while its source is nobody else's."""
        now, chance = self.clock(), checking.chance_of(check.record)
        if not await self.sources.lease(now, 1, [check.source]):
            return await self._kept(checking.put_off(check, BUSY, now, chance), "waiting", looks)
        try:
            record = await self.archive.get(check.record)
            assert record is not None
            if isinstance(found, NoPage):
                return await self._kept(*_missing(check, record, found, looks, now))
            return await self._kept(*await self._settled(check, record, found, looks))
        finally:
            await self.sources.release([check.source])

    async def _settled(self, check: Check, record: Record, page: Page, looks: Looks) -> "_Outcome":
        """Return what a page that is not as it was makes of its record: a revision, or nothing."""
        now, chance, text = self.clock(), checking.chance_of(check.record), digest(page.draft.text)
        if text != check.doubt and _is_doubtful(record, page, check.seen.title):
            looked = checking.counted(looks, edited=False)
            return checking.doubted(check, looked, text, now, chance), "unchanged", looked, Visit(source=check.source)
        is_retitled = check.seen.title and page.seen.title and check.seen.title != page.seen.title
        draft = content.renewed(content.retitled(record) if is_retitled else record, page.draft)
        match = identity.Match(draft=draft, ident=record.ident, existing=record)
        counts = await self.archive.boilerplate(check.source)
        origin = Origin(key=check.source, provenance="page")
        batch = Batch(_TAKEN, origin, False, now, self.stories, counts)
        revision = await batch.settle(match, draft)
        looked = checking.counted(looks, edited=revision is not None)
        if revision is None:
            rested = checking.unchanged(check, looked, page.seen, page.wish, now, chance)
            return rested, "unchanged", looked, Visit(source=check.source, captures=page.captures)
        page = await self.pages.kept(page, check.source)
        captures = (*record.captures[:1], *(body.ref for body in page.bodies))
        visit = replace(batch.visit(), records=(replace(revision, captures=captures),), captures=page.captures)
        told = Reason(subject=record.id, step="check", rule="edited", fact=f"its page was read again: {check.url}")
        after = checking.edited(check, looked, page.seen, page.wish, now, chance)
        return after, "edited", looked, replace(visit, reasons=(*visit.reasons, told))

    async def _kept(
        self, check: Check, result: Result, looks: Looks | None = None, visit: Visit | None = None
    ) -> Checked:
        visit = visit or Visit(source=check.source)
        await self.archive.commit(replace(visit, checks=(check,), looks=looks))
        return Checked(check=check, result=result)


_Outcome = tuple[Check, Result, Looks, Visit]

_NOTHING = Reading(kind="page", channel=Channel(), drafts=(), present=(), warnings=())
_TAKEN = Taken(reading=_NOTHING, matched=(), stories={}, rule="guid", reasons=(), captures=())


def _later(
    check: Check, record: Record | None, source: Source | None, looks: Looks, now: datetime, *, in_trouble: bool
) -> Check | None:
    """Return a check that is not made now, None where it is."""
    chance = checking.chance_of(check.record)
    if record is None or (source is not None and source.full_text == "feed"):
        return replace(check, due=None)
    if source is None or source.paused:
        return checking.put_off(check, NOT_NOW, now, chance) if now - check.start < OVER else replace(check, due=None)
    if in_trouble:
        return checking.put_off(check, checking.HOUR, now, chance)
    if checking.is_spent(looks, now):
        return checking.until_tomorrow(check, now, chance)
    return checking.not_yet(check, looks, now, chance)


def _in_vain(check: Check, found: Unchanged | NoPage, looks: Looks, now: datetime) -> _Outcome:
    """Return what is kept of a look that told nothing new."""
    chance, visit = checking.chance_of(check.record), Visit(source=check.source)
    if isinstance(found, Unchanged):
        looks = checking.counted(looks, edited=False)
        return checking.unchanged(check, looks, found.seen, found.wish, now, chance), "unchanged", looks, visit
    later = checking.failed(check, found.wish, now, chance)
    if later.due is None:
        told = Reason(subject=check.record, step="check", rule="given up", fact=found.reason)
        visit = replace(visit, reasons=(told,))
    return later, "failed", looks, visit


def _missing(check: Check, record: Record, found: NoPage, looks: Looks, now: datetime) -> _Outcome:
    """Return what is kept where the server said that there is no such page: it counts when it says so again."""
    after, is_gone = checking.missing(check, looks, now, checking.chance_of(check.record))
    visit = Visit(source=check.source)
    if not is_gone or record.status == "gone":
        told = Reason(subject=record.id, step="check", rule="not there", fact=found.reason)
        return after, "unchanged", looks, replace(visit, reasons=() if check.missing else (told,))
    told = Reason(subject=record.id, step="check", rule="removed", fact=f"{found.reason}, at two visits: {check.url}")
    gone = edits.gone(record, now.replace(microsecond=0))
    return after, "gone", looks, replace(visit, records=(gone,), reasons=(told,))


def _is_doubtful(record: Record, page: Page, headline: str) -> bool:
    """Tell whether a page may be another article's, or a fault of the server's.

    It says little, or nothing like the article under nothing like its `headline`.
    """
    if record.status == "gone":
        return False
    before, after = Counter(tokens(record.text)), Counter(tokens(page.draft.text))
    if after.total() < KEPT * before.total():
        return True
    return not _keeps(before, after) and not _keeps(Counter(tokens(headline)), Counter(tokens(page.seen.title)))


def _keeps(before: Counter[str], after: Counter[str]) -> bool:
    return (before & after).total() >= KEPT * before.total()
