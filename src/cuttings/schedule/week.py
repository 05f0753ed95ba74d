"""The shape of a source's day and week, from counts of what it published at each hour and on each weekday.

Pure.  A day may be flat, round or full of appointed hours: how far what was
seen of an hour speaks for those around it is itself read off the counts.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

FLAT_HOURS = 3.0  # entries, all day long, that speak for a flat one
FLAT_DAY = 4.0  # entries that speak for a weekday like every other
ROUNDS = (0, 1, 3)  # further times that each hour's count is shared with its neighbours, and how much of it then stays
STAYS = (1.0, 1 / 2, 70 / 256)
BELIEVES = 0.7  # counts of hours tell a little less than if each entry came by itself


def week(weekdays: Sequence[float], since: datetime, days: float) -> Sequence[float]:
    """Return how many times as much as on average is published on each weekday; `days` were seen."""
    a_day = sum(weekdays) / max(days, 1e-9)
    seen = _days_seen(since, days)
    shrunk = [(count + FLAT_DAY) / (a_day * of + FLAT_DAY) for count, of in zip(weekdays, seen, strict=True)]
    mean = sum(shrunk) / 7
    return [of / mean for of in shrunk]


@lru_cache(maxsize=1024)  # it is asked for three times a visit, and changes only with what is new
def day(hours: tuple[float, ...]) -> Sequence[float]:
    """Return how many times as much as on average is published at each hour.

    It is the mean of a flat day and ever rounder ones, each as much as it
    foretells every count by the others.
    """
    whole = sum(hours)
    days, odds = [[1.0] * 24], [-whole * math.log(24)]
    for smooth, stays in _rounder(hours):
        days.append([(count * 24 + FLAT_HOURS) / (whole + FLAT_HOURS) for count in smooth])
        odds.append(_foretold(hours, smooth, stays, whole))
    best = max(odds)
    weights = [math.exp(BELIEVES * (one - best)) for one in odds]
    total = sum(weights)
    return [sum(map(float.__mul__, weights, column)) / total for column in zip(*days, strict=True)]


def _rounder(hours: Sequence[float]) -> Iterator[tuple[Sequence[float], float]]:
    """Yield the counts, ever more shared among neighbours, and how much of each stayed where it was."""
    smooth = list(hours)
    for rounds, stays in zip(ROUNDS, STAYS, strict=True):
        for _ in range(rounds):
            before, after = smooth[-1:] + smooth[:-1], smooth[1:] + smooth[:1]
            smooth = [(left + 2 * here + right) / 4 for left, here, right in zip(before, smooth, after, strict=True)]
        yield smooth, stays


def _foretold(hours: Sequence[float], smooth: Sequence[float], stays: float, whole: float) -> float:
    """Return how likely (a logarithm) the entries are, each by all the others."""
    others = max(whole - 1, 0.0) + FLAT_HOURS
    return sum(
        count * math.log((max(like - min(count, 1.0) * stays, 0.0) + FLAT_HOURS / 24) / others)
        for count, like in zip(hours, smooth, strict=True)
        if count
    )


def _days_seen(since: datetime, days: float) -> Sequence[float]:
    """Return for how long each weekday was seen, in days, when so many passed."""
    weeks, rest = divmod(days, 7)
    first = since.weekday() + (since.hour * 60 + since.minute) / 1440
    seen = [weeks] * 7
    while rest > 1e-9:
        part = min(rest, 1 - first % 1)
        seen[int(first) % 7] += part
        first, rest = first + part + 1e-12, rest - part
    return seen
