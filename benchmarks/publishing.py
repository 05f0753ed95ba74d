"""A made-up world of sources that publish: real rates, drawn habits.

How much each source publishes a day is real (the mean of 30 days of news sites'
feeds); when it does is drawn from a seed.  One in five publishes at any hour,
three in five by a working day of some time zone, one in five (of those below twenty a day) in one to three
appointed hours.  Weekends are quieter for most.  One in four publishes in heaps of
three on average.  About once a week a source is two to six times as busy for
some hours.  Documents hold 10 to 100 entries, those of the busiest 300.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

RATES = Path(__file__).parents[2] / "shared" / "corpora" / "lists" / "mediacloud-story-rates.csv"
BEFORE, DAYS = 60, 31  # days of history that first documents show, and days that are lived through
HOURS = (BEFORE + DAYS) * 24
SIZES = (10, 15, 20, 25, 30, 50, 100)
SHARES = (0.35, 0.1, 0.2, 0.1, 0.1, 0.1, 0.05)
BUSY = 300  # entries a day
APPOINTED = 20  # entries a day: nobody publishes more than that in an hour or two

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True)
class Publisher:
    """One source: when it publishes (hours since the first visit is possible), and how many entries it shows."""

    times: Array  # sorted; before zero: what was there already
    holds: int
    rates: Array  # entries an hour, for each hour from -BEFORE days on
    habit: Array  # the same without bursts
    heap: float  # entries that come together, on average


def rates(path: Path, every: int) -> list[float]:
    """Return stories a day of each n-th source, by rate."""
    with path.open(encoding="utf-8") as lines:
        found = sorted(float(row["stories_per_day_30d_avg"]) for row in csv.DictReader(lines))
    return found[every // 2 :: every]


def publisher(per_day: float, draw: np.random.Generator) -> Publisher:
    """Return a source of this rate with a drawn habit."""
    habit = _by_hour(per_day, draw)[np.arange(HOURS) % 24] * _by_day(draw)[np.arange(HOURS) // 24 % 7]
    habit = habit / habit.mean() * per_day / 24
    lively = _bursts(draw)
    whole = habit * lively
    scale = per_day / 24 / whole.mean()
    holds = BUSY if per_day > BUSY else int(draw.choice(SIZES, p=SHARES))
    heap = 3.0 if draw.random() < 0.25 else 1.0
    times = _times(whole * scale, heap, draw)
    return Publisher(times, holds, whole * scale, habit * scale * lively.mean(), heap)


def _by_hour(per_day: float, draw: np.random.Generator) -> Array:
    kind, hours = draw.random(), np.arange(24)
    if kind < 0.2:
        return np.ones(24)
    local = (hours + draw.integers(-8, 10)) % 24
    if kind < 0.8 or per_day > APPOINTED:
        begin, end = draw.integers(6, 10), draw.integers(17, 24)
        shape = 0.05 + ((local >= begin) & (local < end)) * (1 + np.sin((local - begin) / (end - begin) * np.pi))
        return np.asarray(shape)
    shape = np.full(24, 0.15 / 24)
    shape[draw.choice(24, draw.integers(1, 4), replace=False)] += 0.85
    return shape


def _by_day(draw: np.random.Generator) -> Array:
    week, first = np.ones(7), int(draw.integers(0, 7))  # days are counted from some weekday
    if draw.random() < 0.7:
        week[[first, (first + 1) % 7]] = draw.uniform(0.1, 1.0)
    return week


def _bursts(draw: np.random.Generator) -> Array:
    lively = np.ones(HOURS)
    for begin in draw.integers(0, HOURS, draw.poisson(HOURS / 168)):
        lively[begin : begin + 1 + int(draw.exponential(5))] = draw.uniform(2, 6)
    return lively


def _times(rate: Array, heap: float, draw: np.random.Generator) -> Array:
    heaps = draw.poisson(rate / heap)
    begun = np.repeat(np.arange(HOURS), heaps) + draw.random(int(heaps.sum())) - BEFORE * 24
    sizes = draw.geometric(1 / heap, len(begun))
    times = np.repeat(begun, sizes) + draw.random(int(sizes.sum())) * (heap > 1) / 30
    return np.asarray(np.sort(times))
