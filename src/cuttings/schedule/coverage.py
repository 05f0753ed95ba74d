"""What should have come from a source beside what came, and what was probably missed.

Pure.  Three ways to miss an entry leave traces: a document that holds nothing
we know (it rolled over between two visits), a hub that did not send what a
visit finds, a document that cannot be read any more.  The fourth leaves none:
the source goes quiet.  That is told by its habit: how likely is it that who
publishes so much says nothing for so long, by how well that habit is known
(a Poisson process of heaps whose rate has a gamma distribution), and never
before twice its longest silence has passed.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from cuttings.model.article import Trace
from cuttings.model.capture import Trouble
from cuttings.model.coverage import Coverage, Day, Gap, Hole, Missed
from cuttings.model.source import Rhythm, SourceState
from cuttings.schedule import rhythm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FEWEST = 3  # entries: a document with fewer shows nothing of what was before
PINNED = 3  # entries that we know at the head of an otherwise unknown document: it may always begin with them
BATCH = HOUR  # what was published within this is one heap, which may be all that the document ever holds
MOST_DAYS = 40  # that one visit says something of
MOST_MISSED = 100_000
UNLIKELY = math.log(1e-7)  # how unlikely a silence is when we speak of it: a thousand sources have a million a year
LONGER = 2.0  # times as long as ever before
SHORTEST_SILENCE = DAY
WEEKEND = timedelta(days=3, hours=12)  # the shortest silence we speak of where no second week was seen yet
KNOWN_WEEKS = timedelta(days=14)
PASSES = timedelta(days=1)  # trouble that ends by itself: what was published meanwhile is in the document afterwards
LASTS: frozenset[Trouble] = frozenset({"missing", "gone", "denied", "login", "parked", "page", "unreadable"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a good visit, or a push, found.

    `new` has the dates of new entries, None where one has none.  `overlap` is
    the share of known ones, None where no document was read.  `turned` says
    that it held nothing of before; `reach` is its oldest date then.
    """

    new: Sequence[datetime | None] = ()
    overlap: float | None = None
    turned: bool = False
    reach: datetime | None = None


def found(state: SourceState, present: Sequence[Trace], new: Mapping[bytes, datetime | None]) -> Found:
    """Return what a document holds beside what was known of it.

    `state` is as it was before, `new` the entries that nobody knew, by
    digest, with their dates.
    """
    dates = list(new.values())
    if not present or not state.present:
        return Found(new=dates)
    known = [trace.digest not in new for trace in present]
    overlap = sum(known) / len(known)
    if state.last_success is None or not _is_turned(state, present, known, dates):
        return Found(new=dates, overlap=overlap)
    return Found(new=dates, overlap=overlap, turned=True, reach=min(filter(None, dates), default=None))


def _is_turned(
    state: SourceState, present: Sequence[Trace], known: Sequence[bool], dates: Sequence[datetime | None]
) -> bool:
    """Tell whether the document's old end is behind what we knew; `known` is in the document's order."""
    assert state.last_success is not None
    dated = [one for one in dates if one is not None]
    if len(known) < FEWEST or any(one <= state.last_success for one in dated):
        return False
    pins = sum(known)
    if pins and (pins > PINNED or any(known[pins:]) or len(dated) < 2 or dated != sorted(dated, reverse=True)):
        return False
    batch = bool(dated) and max(dated) - min(dated) < BATCH
    return not (batch and len(present) != len(state.present))


def visited(before: SourceState, after: SourceState, seen: Found, now: datetime) -> SourceState:
    """Return the state after a good visit with its ledger carried on.

    `before` is as it was before the visit, `after` what the visit taught.
    """
    again = visited_again(before, seen, now)
    if again is not None:
        return replace(after, coverage=again)
    coverage = before.coverage or _begun(before, now)
    days, expected = _counted(coverage, before.rhythm, seen, now)
    gaps = [] if before.last_success is None else [*_rolled(before, seen, now), *_unpushed(before, after, now)]
    today = days[-1]
    days[-1] = replace(
        today, visits=today.visits + 1, overlap=_least(today.overlap, seen), gaps=_joined(today.gaps, gaps)
    )
    return replace(after, coverage=_heard(coverage, before.rhythm, after.rhythm, seen, days, expected, now))


def visited_again(before: SourceState, seen: Found, now: datetime) -> Coverage | None:
    """Return the ledger after a visit that brought nothing to a day that is begun, as most do; None: it is another.

    What was expected is counted later.
    """
    coverage = before.coverage
    if seen.new or coverage is None or not coverage.days or number_of(coverage.until) != number_of(now):
        return None
    today = coverage.days[-1]
    return replace(coverage, days=(*coverage.days[:-1], replace(today, visits=today.visits + 1)))


def pushed(before: SourceState, after: SourceState, new: Sequence[datetime | None], now: datetime) -> SourceState:
    """Return the state after a push with its ledger carried on."""
    seen = Found(new=new)
    coverage = before.coverage or _begun(before, now)
    days, expected = _counted(coverage, before.rhythm, seen, now)
    days[-1] = replace(days[-1], pushed=days[-1].pushed + len(new))
    return replace(after, coverage=_heard(coverage, before.rhythm, after.rhythm, seen, days, expected, now))


def failed(state: SourceState, now: datetime) -> SourceState:
    """Return the state after a visit that came to nothing: what was expected meanwhile is counted by the next good one.

    A source that never succeeded has no ledger.
    """
    if state.coverage is None:
        return state
    days = [*_open(state.coverage, now)]
    today = replace(days[-1], visits=days[-1].visits + 1, failed=days[-1].failed + 1)
    return replace(state, coverage=replace(state.coverage, days=(*days[:-1], today)))


def missed(state: SourceState, days: Sequence[Day], now: datetime) -> Sequence[Missed]:
    """Return what a person should know of a source: the gaps of these days, and what lasts, the latest first."""
    lasting = [one for one in (_unread(state, now), _quiet(state, now)) if one is not None]
    gaps = [gap for day in days for gap in day.gaps if not _is_filled(state, gap)]
    past = [Missed(why=g.why, since=g.since, until=g.until, count=g.count, times=g.times) for g in gaps]
    return [*lasting, *sorted(past, key=lambda one: one.since, reverse=True)]


def is_quiet(state: SourceState, now: datetime) -> bool:
    """Tell whether a source that can be read says nothing for longer than its habit allows."""
    coverage, heard = state.coverage, state.last_success
    if coverage is None or heard is None or state.failures or coverage.known <= 0:
        return False
    book = state.rhythm.since
    weeks = book is not None and coverage.since - book >= KNOWN_WEEKS
    if heard - coverage.since < (SHORTEST_SILENCE if weeks else WEEKEND):
        return False
    silent = _silent(state, coverage, heard)
    heaps = silent * coverage.heaps
    unlikely = -coverage.known * math.log1p(heaps / coverage.known) <= UNLIKELY
    return unlikely and silent > LONGER * coverage.longest


def _silent(state: SourceState, coverage: Coverage, heard: datetime) -> float:
    """Return how many entries its habit has us expect since something came last, until we heard of it last."""
    if heard <= coverage.until:
        return coverage.silent
    habit = replace(state.rhythm, per_day=coverage.habit, burst=1.0)
    return coverage.silent + rhythm.expected(habit, coverage.until, heard)


def is_at_risk(state: SourceState) -> bool:
    """Tell whether a source's document may drop entries before the visit that is planned."""
    if state.failures or state.last_visit is None or state.next_visit <= state.last_visit:
        return False
    coming = rhythm.expected(state.rhythm, state.last_visit, min(state.next_visit, state.last_visit + DAY * MOST_DAYS))
    return coming > rhythm.is_rolling(state.rhythm)


def number_of(when: datetime) -> int:
    """Return the number of a moment's day."""
    return (when - EPOCH).days


# -- the ledger


def _begun(state: SourceState, now: datetime) -> Coverage:
    """Begin a ledger; what a source that is known already did before is in none."""
    return Coverage(until=state.last_success or now, since=state.last_success or now)


def _open(coverage: Coverage, now: datetime) -> list[Day]:
    """Return the days from the one up to which all is counted until today."""
    today = number_of(now)
    first = max(min(number_of(coverage.until), today), today - MOST_DAYS)
    held = {day.number: day for day in coverage.days}
    return [held.get(number) or Day(number=number) for number in range(first, today + 1)]


def _counted(coverage: Coverage, habit: Rhythm, seen: Found, now: datetime) -> tuple[list[Day], float]:
    """Return the days with what was expected of them, and what came; and how much was expected in all."""
    expected = {
        number_of(one): rhythm.expected(habit, one, end, burst=1.0) for one, end in _pieces(coverage.until, now)
    }
    came = Counter(number_of(when) for when in _moments(coverage, seen, now))
    days = [_added(day, expected.get(day.number, 0.0), came[day.number]) for day in _open(coverage, now)]
    return days, sum(expected.values())


def _added(day: Day, expected: float, came: int) -> Day:
    if not expected and not came:
        return day
    return replace(day, expected=round(day.expected + expected, 3), seen=day.seen + came)


def _moments(coverage: Coverage, seen: Found, now: datetime) -> Iterator[datetime]:
    """Yield when new entries are counted; those of a first document that are older than our knowing it are not."""
    earliest = max(coverage.until, now - DAY * MOST_DAYS)
    for when in seen.new:
        if when is not None and earliest < when <= now:
            yield when
        elif coverage.days:
            yield now


def _pieces(begin: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield a time in pieces of one day each, as far back as is counted."""
    begin = max(begin, end - DAY * MOST_DAYS)
    while begin < end:
        midnight = EPOCH + DAY * (number_of(begin) + 1)
        yield begin, min(midnight, end)
        begin = midnight


def _least(overlap: float | None, seen: Found) -> float | None:
    if seen.overlap is None or not seen.new:
        return overlap
    return round(min(1.0 if overlap is None else overlap, seen.overlap), 3)


def _heard(
    coverage: Coverage,
    habit: Rhythm,
    learned: Rhythm,
    seen: Found,
    days: Sequence[Day],
    expected: float,
    now: datetime,
) -> Coverage:
    """Return the ledger with the silence that goes on, or ended; `habit` is what we expected by."""
    lasted = coverage.silent + (expected * coverage.habit / habit.per_day if habit.per_day else 0.0)
    if coverage.days and not seen.new:
        return replace(coverage, until=max(now, coverage.until), days=tuple(days), silent=round(lasted, 3))
    per_day = learned.per_day or 0.0
    ended = lasted if coverage.days else _first(seen, learned)
    return Coverage(
        until=now,
        days=tuple(days),
        since=now,
        longest=round(max(coverage.longest, ended), 3),
        habit=per_day,
        heaps=learned.heaps,
        known=round(per_day * learned.days * learned.heaps, 3),
    )


def _first(seen: Found, learned: Rhythm) -> float:
    """Return the longest silence between the entries of a first document."""
    dated = sorted(one for one in seen.new if one is not None)
    longest = max((after - one for one, after in pairwise(dated)), default=timedelta(0))
    return min(longest / DAY, rhythm.MEMORY / DAY) * (learned.per_day or 0.0)


# -- gaps


def _rolled(before: SourceState, seen: Found, now: datetime) -> Iterator[Gap]:
    """Yield the gap before a document that held nothing of before."""
    begin = before.last_success
    if not seen.turned or begin is None:
        return
    end = seen.reach if seen.reach is not None and begin < seen.reach <= now else now
    count = _between(before.rhythm, seen, begin, end, now)
    yield Gap(why="rolled", since=begin, until=end, count=min(max(round(count), 1), MOST_MISSED))


def _between(habit: Rhythm, seen: Found, begin: datetime, end: datetime, now: datetime) -> float:
    """Return about how many entries were published in between: between what is usual and what the document shows.

    Where it rolled over, the source was livelier than usual; nobody knows
    since when.
    """
    usual = rhythm.expected(habit, begin, end, burst=1.0)
    if end >= now:
        return usual - len(seen.new)
    lively = len(seen.new) * ((end - begin) / max(now - end, HOUR))
    return math.sqrt(max(usual, 1.0) * max(lively, 1.0))


def _unpushed(before: SourceState, after: SourceState, now: datetime) -> Iterator[Gap]:
    had = before.push.missed if before.push else 0
    count = (after.push.missed if after.push else 0) - had
    if count > 0 and before.last_success is not None:
        yield Gap(why="unpushed", since=before.last_success, until=now, count=count)


def _joined(gaps: tuple[Gap, ...], more: Sequence[Gap]) -> tuple[Gap, ...]:
    """Return a day's gaps, one of each kind."""
    by_kind: dict[Hole, Gap] = {gap.why: gap for gap in gaps}
    for gap in more:
        had = by_kind.get(gap.why)
        by_kind[gap.why] = gap if had is None else _with(had, gap)
    return tuple(by_kind.values())


def _with(one: Gap, other: Gap) -> Gap:
    since, until = min(one.since, other.since), max(one.until, other.until)
    count = min(one.count + other.count, MOST_MISSED)
    return replace(one, since=since, until=until, count=count, times=one.times + other.times)


def _is_filled(state: SourceState, gap: Gap) -> bool:
    """Tell whether the source's past was walked since, to its end."""
    past = state.past
    return gap.why == "rolled" and past is not None and past.whole is not None and past.whole >= gap.until


# -- what lasts


def _unread(state: SourceState, now: datetime) -> Missed | None:
    """Return that a source cannot be read: at once where this does not pass by itself, else after a day."""
    since = state.failing_since
    if not state.failures or since is None or state.last_success is None:
        return None
    if state.trouble not in LASTS and now - since < PASSES:
        return None
    begin = max(state.last_success, now - DAY * MOST_DAYS)
    late = rhythm.expected(state.rhythm, begin, max(begin, now), burst=1.0)
    return Missed(why="unread", since=state.last_success, count=round(late))


def _quiet(state: SourceState, now: datetime) -> Missed | None:
    coverage, heard = state.coverage, state.last_success
    if coverage is None or heard is None or not is_quiet(state, now):
        return None
    return Missed(why="quiet", since=coverage.since, count=round(_silent(state, coverage, heard)))
