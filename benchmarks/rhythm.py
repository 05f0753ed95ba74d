"""How long articles wait to be fetched, for the same number of requests: us, three ways of others, and an oracle.

A simulation on a virtual clock: thirty days of sources whose rates are real
(`publishing`).  Our part is played by the functions that the program runs:
`rhythm.taught`, `cadence.price`, `schedule.after`.  The others are given as many
requests as we spent.  The first week, in which habits are learned, is told apart.

    python -m benchmarks.rhythm [--every N] [--rates FILE]
"""

import argparse
import math
import random
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import publishing
from benchmarks.publishing import BEFORE, DAYS, Array, Publisher
from cuttings import schedule
from cuttings.model.article import SourceKey
from cuttings.model.capture import NotModified, Validators
from cuttings.model.source import SourceState
from cuttings.schedule import Plan, cadence, rhythm

BEGIN = datetime(2026, 11, 2, tzinfo=UTC)
WEEK, END = 7 * 24.0, 30 * 24.0  # hours: learning ends, and what is counted
LAST = DAYS * 24.0
LEAST, MOST = 5 / 60, 24.0  # hours between two visits, for everybody
VALIDATORS = Validators(etag=b'"1"', url="https://daily.example/feed")
FRUITFUL = math.log(2)  # heaps of entries expected when every second visit brings something
SEED = 6

Visits = Sequence[float]
"""When a source was visited, in hours."""

Way = Callable[[Publisher, random.Random, float], Visits]
"""A scheduler: all visits to one source, at some knob; a greater one makes more requests."""


@dataclass(frozen=True)
class Came:
    """What came of all visits of one way, in a span of time."""

    waits: Array
    lost: int
    requests: int

    @property
    def mean(self) -> float:
        return float(self.waits.mean())


def main() -> None:
    """Play both budgets and print them."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.rhythm")
    options.add_argument("--every", type=int, default=10, help="one of so many sources")
    options.add_argument("--rates", type=Path, default=publishing.RATES)
    asked = options.parse_args()
    draw = np.random.default_rng(SEED)
    world = [publishing.publisher(one, draw) for one in publishing.rates(asked.rates, asked.every)]
    print(f"rhythm: {len(world):,} sources (one of {asked.every}), 30 days; waits in minutes")
    for interval, bar in ((2.0, 0.40), (1.0, 0.42)):
        play(world, interval, bar)


def play(world: Sequence[Publisher], interval: float, bar: float) -> None:
    """Let everybody visit the same world with the requests of a fixed interval, and print what came of it."""
    began = time.process_time()
    ours = _ours(world, 24 / interval)
    budget = _came(world, ours, WEEK, END).requests
    cost = (time.process_time() - began) / sum(map(len, ours))
    print(f"\n  as many requests as every {interval:g} h; a decision of ours costs {cost * 1e6:.0f} us")
    peers = {
        "fixed interval": _calibrated(world, fixed, budget),
        "by the week's entries (entry_frequency)": _calibrated(world, proportional, budget),
        "up and down": _calibrated(world, adaptive, budget),
        "ours": ours,
        "an oracle of habits": _foreseen(world, budget, lambda one: one.habit),
        "an oracle of habits and bursts": _foreseen(world, budget, lambda one: one.rates),
    }
    for title, begin, end in (("the first week", 0.0, WEEK), ("after it", WEEK, END)):
        print(f"  {title:<42}{'mean':>8}{'median':>8}{'95 %':>8}{'lost':>9}{'requests':>11}")
        came = {name: _came(world, visits, begin, end) for name, visits in peers.items()}
        for name, one in came.items():
            middle, late = np.percentile(one.waits * 60, (50, 95))
            print(f"    {name:<40}{one.mean * 60:8.1f}{middle:8.1f}{late:8.1f}{one.lost:9,}{one.requests:11,}")
    _judge(came, bar)


def fixed(source: Publisher, draw: random.Random, knob: float) -> Visits:
    """Come every so often."""
    return list(np.arange(draw.random() * 24 / knob, LAST, 24 / knob))


def proportional(source: Publisher, draw: random.Random, knob: float) -> Visits:
    """Come as often as entries did in the last week, times a factor (miniflux: entry_frequency)."""
    times, now, visits = source.times.tolist(), draw.random() * 2, []
    while now < LAST:
        visits.append(now)
        week = bisect_right(times, now) - bisect_right(times, now - 168)
        now += min(max(168 / max(week * knob, 1e-9), LEAST), MOST)
    return visits


def adaptive(source: Publisher, draw: random.Random, knob: float) -> Visits:
    """Come sooner after a visit that brought something, later after one that did not (as Media Cloud's fetcher)."""
    times, now, wait, seen, visits = source.times.tolist(), draw.random() * 2, 2.0, 0, []
    while now < LAST:
        visits.append(now)
        here = bisect_right(times, now)
        wait = min(max(wait / 1.25 if here > seen else wait * 1.25 ** (1 / knob), LEAST), MOST)
        seen, now = here, now + wait
    return visits


def _ours(world: Sequence[Publisher], a_day: float) -> list[Visits]:
    """Come as the program does; the price is found anew each day, as the daemon does each hour."""
    draw, plan = random.Random(SEED), Plan()
    times = [(one.times + 0.0).tolist() for one in world]
    states = [_unmet(BEGIN + timedelta(hours=2 * draw.random())) for _ in world]
    visits: list[list[float]] = [[] for _ in world]
    for day in range(DAYS):
        until = BEGIN + timedelta(days=day + 1)
        habits = [state.rhythm for state in states]
        plan = replace(plan, price=cadence.price(habits, a_day * len(world), plan.at_least, plan.at_most))
        for at, source in enumerate(world):
            while states[at].next_visit < until:
                visits[at].append((states[at].next_visit - BEGIN).total_seconds() / 3600)
                states[at] = _visited(states[at], source, times[at], visits[at], plan, draw.random())
    return list(visits)


def _unmet(at: datetime) -> SourceState:
    address = "https://daily.example/feed"
    return SourceState(key=SourceKey(address), name="daily", address=address, validators=VALIDATORS, next_visit=at)


def _visited(
    state: SourceState, source: Publisher, times: Sequence[float], visits: Visits, plan: Plan, chance: float
) -> SourceState:
    """Return the state after a visit, as `flow.collect` makes it."""
    here = bisect_right(times, visits[-1])
    first = max(here - source.holds, 0)
    if len(visits) > 1:
        first = max(first, bisect_right(times, visits[-2]))
    shown = [BEGIN + timedelta(hours=one) for one in times[first:here]]
    now = state.next_visit
    learned = rhythm.taught(state.rhythm, shown, here - first, state.last_success, now, holds=min(source.holds, here))
    outcome = NotModified(at=now, validators=VALIDATORS)
    return schedule.after(replace(state, rhythm=learned), outcome, plan, now, chance)


def _calibrated(world: Sequence[Publisher], way: Way, budget: int) -> list[Visits]:
    """Return the visits of a way at the knob at which it makes as many requests."""
    low, high = math.log(0.01), math.log(200)
    visits: list[Visits] = []
    for _ in range(12):
        middle = (low + high) / 2
        draw = random.Random(SEED)
        visits = [way(one, draw, math.exp(middle)) for one in world]
        spent = _requests(visits)
        if abs(spent - budget) < budget * 0.001:
            break
        low, high = (low, middle) if spent > budget else (middle, high)
    return visits


def _requests(visits: Sequence[Visits]) -> int:
    return sum(int(((one := np.asarray(each)) >= WEEK).sum() - (one >= END).sum()) for each in visits)


# The oracle: for each source the best of all plans, found by dynamic programming


def _foreseen(world: Sequence[Publisher], budget: int, known: Callable[[Publisher], Array]) -> list[Visits]:
    low, high = math.log(1e-4), math.log(100)
    plans: list[Visits] = []
    for _ in range(9):
        middle = (low + high) / 2
        plans = _planned(world, known, math.exp(middle))
        spent = _requests(plans)
        if abs(spent - budget) < budget * 0.003:
            break
        low, high = (middle, high) if spent > budget else (low, middle)
    return plans


def _planned(world: Sequence[Publisher], known: Callable[[Publisher], Array], price: float) -> list[Visits]:
    """Return the best plan of each source at this price, on a grid as fine as its intervals need."""
    plans: list[Visits] = [[] for _ in world]
    usual = [math.sqrt(2 * price / max(float(one.habit.mean()), 1e-9)) for one in world]
    for step, longest in ((1 / 12, 8.0), (1 / 6, 16.0), (0.5, 24.0), (1.0, 24.0)):
        fit = [at for at, one in enumerate(usual) if _grid(one) == step]
        if fit:
            table = np.array([known(world[at])[BEFORE * 24 :] for at in fit])
            worth = FRUITFUL * np.array([[world[at].heap] for at in fit])
            for at, plan in zip(fit, _best(table, worth, price, step, round(longest / step)), strict=True):
                plans[at] = plan
    return plans


def _grid(usual: float) -> float:
    return next((step for step, most in ((1 / 12, 1.0), (1 / 6, 2.0), (0.5, 5.0)) if usual < most), 1.0)


def _best(rates: Array, worth: Array, price: float, step: float, longest: int) -> Iterator[Visits]:
    """Yield for each row of hourly rates the visits at which waits and the price of visits together are least.

    `worth` is how many entries each has to expect to be visited within the hour.
    """
    a_step = np.repeat(rates, round(1 / step), axis=1) * step
    count, slots = a_step.shape
    moments = (np.arange(slots) + 0.5) * step
    entries = np.concatenate([np.zeros((count, 1)), np.cumsum(a_step, axis=1)], axis=1)
    when = np.concatenate([np.zeros((count, 1)), np.cumsum(a_step * moments, axis=1)], axis=1)
    cost, back = np.zeros((count, slots + 1)), np.zeros((count, slots + 1), dtype=np.int32)
    for slot in range(1, slots + 1):
        first = max(slot - longest, 0)
        waits = slot * step * (entries[:, slot, None] - entries[:, first:slot])
        total = cost[:, first:slot] + waits - (when[:, slot, None] - when[:, first:slot])
        below = max(slot - round(1 / step) + 1 - first, 0)  # where fewer than every second visit is worth it (Manners)
        total[:, below:][(entries[:, slot, None] - entries[:, first + below : slot]) < worth] = np.inf
        chosen = total.argmin(axis=1)
        cost[:, slot], back[:, slot] = total[np.arange(count), chosen] + price, chosen + first
    for row in range(count):
        at, visits = slots, []
        while at > 0:
            visits.append(at * step)
            at = int(back[row, at])
        yield visits[::-1]


# What came of it


def _came(world: Sequence[Publisher], visits: Sequence[Visits], begin: float, end: float) -> Came:
    """Return how long the stories of a span waited; those that rolled over unseen waited and are lost."""
    waits, lost, requests = [], 0, 0
    for source, each in zip(world, visits, strict=True):
        at = np.asarray([*each, LAST + 1e-6])
        requests += int(((at >= begin) & (at < end)).sum())
        seen = np.searchsorted(source.times, at, side="right")
        over = np.diff(seen) - source.holds
        lost += int(over[(over > 0) & (at[1:] >= begin) & (at[1:] < end)].sum())
        told = source.times[(source.times >= begin) & (source.times < end)]
        waits.append(at[np.minimum(np.searchsorted(at, told), len(at) - 1)] - told)
    return Came(np.concatenate(waits), lost, requests)


def _judge(came: dict[str, Came], bar: float) -> None:
    ours = came["ours"]
    peer = min(came["by the week's entries (entry_frequency)"].mean, came["up and down"].mean)
    lost = max(came["fixed interval"].lost, 1)
    for name, figure, most in (
        ("mean wait, of the fixed interval's", ours.mean / came["fixed interval"].mean, bar),
        ("mean wait, of the better adaptive peer's", ours.mean / peer, 0.75),
        ("mean wait, of the oracle's of habits", ours.mean / came["an oracle of habits"].mean, 1.15),
        ("mean wait, of the oracle's of both", ours.mean / came["an oracle of habits and bursts"].mean, 1.15),
        ("entries lost, of the fixed interval's", ours.lost / lost, 0.1),
    ):
        print(f"    {name:<44}{figure:6.3f}   bar: at most {most:g}: {'holds' if figure <= most else 'DOES NOT HOLD'}")


if __name__ == "__main__":
    main()
