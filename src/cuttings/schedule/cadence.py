"""When to come for what a source publishes, if a request has its price.

Pure.  A visit costs `price`: the entry-hours of waiting that it has to save.
At the best moments the entries that wait (N) outweigh those that coming later
would spare the next visit: N = sqrt(2 * price * rate).  Where the rate is even
that is an interval of sqrt(2 * price / rate); where it is not, a visit comes
when a busy time ends, and none while nothing is published.

One price for all sources spends requests where they shorten waits most;
`price` finds the one at which a budget is spent.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from cuttings.model.source import Rhythm
from cuttings.schedule import rhythm as habit

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

USUAL_PRICE = 1 / 12  # at which a source of one entry a day, whenever it comes, is visited every two hours
USUAL_BUDGET = 12.0  # requests a day and source
JITTER = 0.05  # visits are late by up to this share of the interval, so that hosts do not see us march in step
ENOUGH = 1000  # sources, evenly by rate, tell what all of them spend
FRUITFUL = 0.5  # share of the last visits that brought something new; what is only foretold moves no floor
EVEN = math.log(2)  # heaps of entries expected when every second visit brings something


def next_wait(rhythm: Rhythm, now: datetime, price: float, within: timedelta = DAY) -> tuple[timedelta, bool]:
    """Return how long to leave a source alone so that its entries wait the least, `within` at most.

    Beside it whether its document would have rolled over else.
    """
    if rhythm.per_day is None:
        rhythm = Rhythm(per_day=habit.USUAL_FEED)
    passed, waiting, most, full = 0.0, 0.0, within / HOUR, _full(rhythm)
    for length, rate in habit.ahead(rhythm, now):
        weighs = math.sqrt(2 * price * rate)
        enough = min(weighs, full)
        if waiting + rate * length >= enough:
            wait = timedelta(hours=passed + max(enough - waiting, 0.0) / max(rate, 1e-9))
            return min(wait, within), full < weighs and wait < within
        waiting, passed = waiting + rate * length, passed + length
        if passed >= most:
            break
    return within, False


def worth_after(rhythm: Rhythm, now: datetime, within: timedelta = DAY) -> timedelta:
    """Return after how long every second visit, at least, brings something new, and did so lately."""
    return reached(rhythm, now, EVEN / rhythm.heaps, within) if rhythm.fruitful >= FRUITFUL else within


def before_loss(rhythm: Rhythm, since: datetime, now: datetime, within: timedelta = DAY) -> timedelta:
    """Return after how long a quarter of what a document can still take is used up: who fails may fail again.

    `since` is the last good visit.
    """
    left = habit.is_rolling(rhythm) - habit.expected(rhythm, since, now)
    return reached(rhythm, now, max(left, 0.0) / 4, within)


def reached(rhythm: Rhythm, now: datetime, entries: float, within: timedelta) -> timedelta:
    """Return after how long so many entries are expected, `within` at most."""
    passed, waiting, most = 0.0, 0.0, within / HOUR
    for length, rate in habit.ahead(rhythm, now):
        if waiting + rate * length >= entries:
            return min(timedelta(hours=passed + (entries - waiting) / max(rate, 1e-9)), within)
        waiting, passed = waiting + rate * length, passed + length
        if passed >= most:
            break
    return within


def price(rhythms: Iterable[Rhythm], a_day: float, at_least: timedelta, at_most: timedelta) -> float:
    """Return the price at which these sources are visited so often a day, all together; floors and bounds hold.

    A budget that even the rarest visits exceed, or the most do not spend, gives
    a very high or a very low one.
    """
    known = sorted(rhythms, key=_rate)
    step = len(known) // ENOUGH + 1
    habits = [_Habit(one, at_least, at_most) for one in known[step // 2 :: step]]
    enough = a_day * len(habits) / max(len(known), 1)
    low, high = math.log(1e-6), math.log(1e9)
    for _ in range(24):
        middle = (low + high) / 2
        root = 1 / math.sqrt(2 * math.exp(middle))
        spent = sum(one.visits(root) for one in habits)
        low, high = (middle, high) if spent > enough else (low, middle)
    return math.exp(high)


def _full(rhythm: Rhythm) -> float:
    """Return after how many entries we come before a document drops some; a short one is not chased."""
    return max(habit.is_rolling(rhythm), EVEN)


def _rate(rhythm: Rhythm) -> float:
    return habit.USUAL_FEED if rhythm.per_day is None else rhythm.per_day


class _Habit:
    """What a source's rhythm comes to in visits a day: in no hour more than its floor allows, and at least some."""

    __slots__ = ("fewest", "hours")

    def __init__(self, rhythm: Rhythm, at_least: timedelta, at_most: timedelta) -> None:
        by_hour, by_day = habit.profile(rhythm)
        usual = _rate(rhythm) / 24 * (sum(map(math.sqrt, by_day)) / 7) ** 2
        full, worth, most = _full(rhythm), EVEN / rhythm.heaps, HOUR / at_least
        self.fewest = DAY / at_most
        self.hours = []
        for rate in (usual * of for of in by_hour):
            top = min(max(1.0, rate / worth), most)
            self.hours.append((math.sqrt(rate), min(rate / full, top), top))

    def visits(self, root: float) -> float:
        spent = sum(min(max(one * root, least), top) for one, least, top in self.hours)
        return max(spent, self.fewest) / (1 + JITTER / 2)
