"""What a source's visits teach of its habit: how much it publishes, at which hours, on which days, in bursts.

Pure: what was known, what a visit brought and the time in, the rhythm out.
What is known of one source is some forty numbers, however long it is followed.
All hours and weekdays are UTC.  When to come for it says `cadence`.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings.model.source import Rhythm, SourceKind
from cuttings.schedule import week

MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)

MEMORY = 4 * WEEK  # what was published so long ago counts for 1/e in a rate; a first document says nothing of before
LONGEST_BOOK = 8 * WEEK  # hours and weekdays are counted over so long; then all counts are halved
USUAL: Mapping[SourceKind, float] = {"sitemap": 4.0, "page": 0.5, "list": 0.1}  # entries a day before anything is known
USUAL_FEED = 1.0
DOUBT = 0.05  # entries that the usual rate counts for: feeds differ a thousandfold, so that it is worth little
FADES = 6 * HOUR  # a burst is over, as far as we know, 1/e of it after so long
LIVELY, LIVELIEST = 3.0, 9.0  # times as much as when it is calm, in a burst
OFTEN, SELDOM = 0.03, 0.005  # how likely that is before a visit tells
CALM = 1 / (1 + OFTEN * (LIVELY - 1) + SELDOM * (LIVELIEST - 1))  # so that all is as usual on average
LEARNS, LEARNS_FIRST = 0.05, 0.3  # how much one visit says of how entries come: singly or in heaps; at first more
FEWEST_HEAPS = 0.05
MOST = 1e5  # entries a day that we believe


def taught(
    rhythm: Rhythm,
    published: Sequence[datetime],
    new: int,
    since: datetime | None,
    now: datetime,
    kind: SourceKind = "auto",
    holds: int | None = None,
) -> Rhythm:
    """Return the rhythm after a visit that brought `new` entries, `since` being the last good visit.

    `published` are the dates that the new ones have, `holds` how many entries
    the document has, None: as before.  The first visit has no `since`: what it
    teaches is read off the dates, and says nothing of how fruitful visits are.
    """
    if holds is not None:
        rhythm = replace(rhythm, holds=holds)
    if since is None or since >= now:
        return _met(rhythm, sorted(published), now, kind)
    if rhythm.since is None:  # learned by an older version, or nothing yet
        usual = USUAL.get(kind, USUAL_FEED)
        days = DOUBT / usual if rhythm.per_day is None else WEEK / DAY
        rhythm = replace(rhythm, per_day=rhythm.per_day or usual, days=days, since=since, until=since)
    dated = sorted(one for one in published if since < one <= now)
    began = dated[0] if new and new >= rhythm.holds > 0 and dated else since  # what came before rolled over unseen
    usual = expected(rhythm, began, now, burst=1.0)
    return _counted(_learned(rhythm, new, usual, since, now), dated, new, since, now)


def expected(rhythm: Rhythm, begin: datetime, end: datetime, burst: float | None = None) -> float:
    """Return how many entries the source publishes between two moments, if it keeps its habit.

    `burst` instead of its own; 1.0: as it usually is.
    """
    whole, rest = divmod(end - begin, WEEK)
    entries = (rhythm.per_day or 0.0) * 7 * whole
    left = rest / HOUR
    for length, rate in ahead(rhythm, begin, burst):
        if left <= length:
            return entries + rate * left
        entries, left = entries + rate * length, left - length
    return entries


def ahead(rhythm: Rhythm, now: datetime, burst: float | None = None) -> Iterator[tuple[float, float]]:
    """Yield, from now on, hours (the first is the rest of one) and the entries an hour that they bring, for a week."""
    by_hour, by_day = profile(rhythm)
    base, more = (rhythm.per_day or 0.0) / 24, (rhythm.burst if burst is None else burst) - 1.0
    fade, length = math.exp(-HOUR / FADES), 1.0 - (now.minute * 60 + now.second) / 3600
    hour, weekday = now.hour, now.weekday()
    for _ in range(7 * 24 + 1):
        yield length, base * by_hour[hour] * by_day[weekday] * (1.0 + more)
        more, length = more * fade, 1.0
        hour += 1
        if hour == 24:
            hour, weekday = 0, (weekday + 1) % 7


def profile(rhythm: Rhythm) -> tuple[Sequence[float], Sequence[float]]:
    """Return how many times as much as on average is published at each hour, and on each weekday.

    None is more believed than was seen (`week`).
    """
    if rhythm.since is None or not rhythm.hours or rhythm.until is None:
        return _FLAT_DAY, _FLAT_WEEK
    days = (rhythm.until - rhythm.since) / DAY
    return week.day(rhythm.hours), week.week(rhythm.weekdays, rhythm.since, days)


def is_rolling(rhythm: Rhythm) -> float:
    """Return after how many entries the document may have dropped some that we did not see.

    Entries come by chance, and in heaps of any size: what is expected stays
    three standard deviations below what the document holds.
    """
    if rhythm.holds <= 0:
        return math.inf
    spread = 3 * math.sqrt(2 / rhythm.heaps - 1)  # heaps come as Poisson's, their sizes are geometric
    return float((math.sqrt(spread * spread + 4 * rhythm.holds) - spread) / 2) ** 2


def _met(rhythm: Rhythm, published: Sequence[datetime], now: datetime, kind: SourceKind) -> Rhythm:
    """Return what a first document says: the rate from its dates, the hours and days that these fall on."""
    dated = [one for one in published if one <= now]
    recent = dated[bisect_left(dated, now - MEMORY) :]
    usual = USUAL.get(kind, USUAL_FEED)
    if not dated:
        return replace(rhythm, per_day=usual, days=DOUBT / usual, visits=1, since=now, until=now)
    began = recent[0] if len(recent) == len(dated) else now - MEMORY
    span = (now - began) / DAY
    rate = (len(recent) - (began != now - MEMORY) + DOUBT) / (span + DOUBT / usual)
    met = replace(
        rhythm, per_day=min(rate, MOST), days=min(span, MEMORY / DAY), visits=1, since=min(began, now), until=began
    )
    return _counted(met, recent, len(recent), began, now)


def _learned(rhythm: Rhythm, new: int, usual: float, since: datetime, now: datetime) -> Rhythm:
    """Return the rhythm with what the visit says of its rate, of bursts and heaps, and of how fruitful visits are."""
    fading = math.exp(-(now - since) / FADES)
    burst = 1.0 + (rhythm.burst - 1.0) * fading
    chance = 1 - math.exp(-rhythm.heaps * usual * burst)
    learns = max(LEARNS, LEARNS_FIRST / max(rhythm.visits / 10, 1.0))
    heaps = rhythm.heaps * math.exp(learns * ((new > 0) - chance))
    per_day, days = _rated(rhythm, new, usual, now - since)
    return replace(
        rhythm,
        per_day=per_day,
        days=days,
        burst=_livelier(burst, new * rhythm.heaps, usual * rhythm.heaps),
        heaps=min(max(heaps, FEWEST_HEAPS), 1.0),
        fruitful=rhythm.fruitful * 0.8 + 0.2 * (new > 0),
        visits=rhythm.visits + 1,
        until=now,
    )


def _livelier(before: float, heaps: float, usual: float) -> float:
    """Return how many times as much as usual is published, when so many heaps came where so many are usual.

    A source is calm, lively or very lively: each is as likely as it was
    before the visit, times how well it explains what came.
    """
    before, usual = before / CALM, usual * CALM
    very = min(max((before - LIVELY) / (LIVELIEST - LIVELY), 0.0), 1.0)
    lively = min((before - 1) / (LIVELY - 1), 1.0) - very
    lively, very = max(lively, OFTEN), max(very, SELDOM)
    calm = max(1 - lively - very, SELDOM)
    lively *= _explains(LIVELY, heaps, usual)
    very *= _explains(LIVELIEST, heaps, usual)
    return CALM * (calm + lively * LIVELY + very * LIVELIEST) / (calm + lively + very)


def _explains(times: float, heaps: float, usual: float) -> float:
    """Return how much more likely so many are where so many times as many are usual (Poisson)."""
    return math.exp(min(heaps * math.log(times) - (times - 1) * usual, 100.0))


def _rated(rhythm: Rhythm, new: int, usual: float, passed: timedelta) -> tuple[float, float]:
    """Return its rate, entries a day, and the ordinary days it was learned over (a quiet night counts for little)."""
    per_day = max(rhythm.per_day or 0.0, 1e-6)
    days, keeps = usual / per_day, math.exp(-passed / MEMORY)
    before = max(rhythm.days, 1e-9) * keeps
    rate = (per_day * before + new) / max(before + days, 1e-9)
    return min(rate, MOST), before + days


def _counted(rhythm: Rhythm, dated: Sequence[datetime], new: int, since: datetime, now: datetime) -> Rhythm:
    """Return the rhythm with the new entries in its book of hours and weekdays; a heap of them counts as one."""
    rhythm = _halved(rhythm if rhythm.until == now else replace(rhythm, until=now))
    where = list(dated)
    if now - since <= 3 * HOUR:  # when the others were published is known well enough
        where += [since + (now - since) / 2] * (new - len(where))
    if not where:
        return rhythm
    hours, weekdays = list(rhythm.hours) or [0.0] * 24, list(rhythm.weekdays) or [0.0] * 7
    for one in where:
        hours[one.hour] += rhythm.heaps
        weekdays[one.weekday()] += rhythm.heaps
    return replace(rhythm, hours=_short(hours), weekdays=_short(weekdays))


def _halved(rhythm: Rhythm) -> Rhythm:
    if rhythm.since is None or rhythm.until is None or rhythm.until - rhythm.since <= LONGEST_BOOK:
        return rhythm
    half = rhythm.since + WEEK * round((rhythm.until - rhythm.since) / WEEK / 2)
    hours, weekdays = ([count / 2 for count in counts] for counts in (rhythm.hours, rhythm.weekdays))
    return replace(rhythm, since=half, hours=_short(hours), weekdays=_short(weekdays))


def _short(counts: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(count, 2) for count in counts)


_FLAT_DAY, _FLAT_WEEK = (1.0,) * 24, (1.0,) * 7
