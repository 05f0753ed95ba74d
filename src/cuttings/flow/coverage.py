"""What was missed, of all that is followed: the ledger's gaps beside what lasts until now."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cuttings.model.article import SourceKey
from cuttings.model.coverage import Day, Missed, Missing
from cuttings.model.source import Source, SourceState
from cuttings.ports import Clock, CoverageDays
from cuttings.schedule import coverage

FRESH = timedelta(minutes=5)  # an answer that is so old is given again
LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """One thing that was missed of a source."""

    source: Source
    state: SourceState
    missed: Missed


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What some days of a source come to: `at_risk` where its document may drop entries before the next visit."""

    source: Source
    expected: float
    seen: int
    pushed: int
    visits: int
    failed: int
    overlap: float | None
    at_risk: bool


async def lacks(
    followed: Sequence[tuple[Source, SourceState]], days: CoverageDays, since: datetime, now: datetime
) -> Sequence[Lack]:
    """Return what was missed since then, source by source, the latest first; what is paused is left out."""
    gaps = await days.gaps(since.date())
    return await asyncio.to_thread(_lacks, followed, gaps, since, now)  # of thousands of sources it takes a while


def _lacks(
    followed: Sequence[tuple[Source, SourceState]],
    gaps: Mapping[SourceKey, Sequence[Day]],
    since: datetime,
    now: datetime,
) -> Sequence[Lack]:
    return [
        Lack(source=source, state=state, missed=missed)
        for source, state in followed
        if not source.paused and source.kind != "list"
        for missed in coverage.missed(state, gaps.get(state.key, ()), now)
        if missed.until is None or missed.until >= since
    ]


async def standing(source: Source, state: SourceState, days: CoverageDays, since: datetime) -> Standing:
    """Return what a source's days since then come to."""
    kept = {day.number: day for day in await days.days(state.key, since.date())}
    open_days = state.coverage.days if state.coverage else ()
    kept |= {day.number: day for day in open_days if day.date >= since.date()}
    known = kept.values()
    return Standing(
        source=source,
        expected=sum(day.expected for day in known),
        seen=sum(day.seen for day in known),
        pushed=sum(day.pushed for day in known),
        visits=sum(day.visits for day in known),
        failed=sum(day.failed for day in known),
        overlap=min((day.overlap for day in known if day.overlap is not None), default=None),
        at_risk=coverage.is_at_risk(state),
    )


class Glance:
    """How many sources miss something, and how much, by why; as it was at most five minutes ago.

    `ask` gives what was missed since a moment; it costs a look at all sources.
    """

    def __init__(self, ask: Callable[[datetime], Awaitable[Sequence[Lack]]], clock: Clock) -> None:
        self._ask, self._clock = ask, clock
        self._asked: datetime | None = None
        self._found: Mapping[Missing, tuple[int, int]] = {}

    async def found(self) -> Mapping[Missing, tuple[int, int]]:
        """Return (sources, entries) of the last day, by why."""
        now = self._clock()
        if self._asked is None or not timedelta(0) <= now - self._asked < FRESH:
            self._asked = now
            self._found = tally(await self._ask(now - LATELY))
        return self._found


def tally(found: Sequence[Lack]) -> Mapping[Missing, tuple[int, int]]:
    """Return (sources, entries) by why."""
    by_why: dict[Missing, tuple[set[str], int]] = {}
    for lack in found:
        names, count = by_why.get(lack.missed.why, (set(), 0))
        by_why[lack.missed.why] = (names | {lack.state.key}, count + lack.missed.count)
    return {why: (len(names), count) for why, (names, count) in by_why.items()}


def words(found: Mapping[Missing, tuple[int, int]]) -> str:
    """Return in a few words what a glance found; "" where nothing was missed."""
    told: Mapping[Missing, str] = {
        "rolled": "{0} rolled over unseen (about {1} articles)",
        "unpushed": "{0} with late pushes",
        "unread": "{0} cannot be read",
        "quiet": "{0} gone quiet",
    }
    parts = [told[why].format(*found[why]) for why in told if why in found]
    return f"sources of the last day: {', '.join(parts)}; `cuttings gaps` says more" if parts else ""
