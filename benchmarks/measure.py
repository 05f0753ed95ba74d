"""What the benchmarks share: rounds that take turns, and a ratio beside its bar.

A figure alone says little: machines differ, and so does their load.  So each
is put in proportion to another of the same run, measured in turns with it.
"""

import shutil
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

Clock = Callable[[], float]
"""Returns seconds, of which differences count."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that is done once a round, the clock that tells what it cost, and what comes before it for free."""

    do: Callable[[], Awaitable[object]]
    clock: Clock = time.process_time
    ready: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost over all rounds, in seconds."""

    least: float
    median: float


async def in_turns(works: Mapping[str, Work], rounds: int) -> Mapping[str, Cost]:
    """Do all works in turns, so many rounds and one that does not count, and return what each cost."""
    costs: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + 1):
        for name, work in works.items():
            work.ready()
            began = work.clock()
            await work.do()
            costs[name].append(work.clock() - began)
    return {name: Cost(min(each[1:]), statistics.median(each[1:])) for name, each in costs.items()}


def say_cost(name: str, cost: Cost) -> None:
    """Print a line about a cost."""
    print(f"  {name:<44}{_shown(cost.least):>10}   median {_shown(cost.median):>10}")


def say_ratio(name: str, of: Cost, to: Cost, *, at_most: float | None = None, at_least: float | None = None) -> None:
    """Print the ratio of two costs, and the bar it has to keep; it does if that of the least costs does."""
    least, median = of.least / to.least, of.median / to.median
    bar, holds = "", True
    if at_most is not None:
        bar, holds = f"at most {at_most:g}", least <= at_most
    if at_least is not None:
        bar, holds = f"at least {at_least:g}", least >= at_least
    verdict = f"   bar: {bar}: {'holds' if holds else 'DOES NOT HOLD'}" if bar else ""
    print(f"  {name:<44}{least:>9.2f}x   median {median:>9.2f}x{verdict}")


def found(program: str) -> str | None:
    """Return where a program lies, None where it is not installed."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def processor_of(process: int) -> Clock:
    """Return the clock of the processor time that another process uses, all its threads together (clock_gettime(2))."""
    return lambda: time.clock_gettime((~process << 3) | 2)


def _shown(seconds: float) -> str:
    return f"{seconds * 1000:,.3f} ms"
