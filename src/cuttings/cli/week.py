"""A source's week as a small plot: when it publishes, as far as that was learned.  Pure."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

from cuttings.cli import tell
from cuttings.cli.report import Report, Standing
from cuttings.model.source import Rhythm
from cuttings.schedule import rhythm as habit
from cuttings.schedule.words import why_then

BARS = "▁▂▃▄▅▆▇█"
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Week:
    """A source's habit in a line; the plots are empty where nothing is known of its hours."""

    name: str
    hours: str
    weekdays: str
    per_day: str
    next: str  # when it is visited next, and why then


def weeks(found: Report, zone: str, most: int | None) -> Sequence[Week]:
    """Return the weeks of the sources that are visited next, the first one first; None: of all."""
    visited = [one for one in found.standings if one.next is not None]
    first = heapq.nsmallest(len(visited) if most is None else most, visited, key=lambda one: one.next or found.now)
    return [_week(one, zone) for one in first]


def _week(one: Standing, zone: str) -> Week:
    if one.state is None:
        return Week(one.source.name, "", "", "–", "–")
    rhythm = one.state.rhythm
    by_hour, by_day = habit.profile(rhythm) if rhythm.hours else ((), ())
    per_day = f"{rhythm.per_day:.2g}" if rhythm.per_day and rhythm.per_day < 1000 else f"{rhythm.per_day or 0:,.0f}"
    then = f"{tell.when(one.next, zone)[-11:]}, {why_then(one.source, one.state)}"
    return Week(one.source.name, bars(by_hour), bars(by_day), per_day, then)


def lines(rhythm: Rhythm) -> Sequence[tuple[str, str]]:
    """Return the hours of a day (UTC) and the days of a week, as names and plots; nothing where none is known."""
    if not rhythm.hours:
        return ()
    by_hour, by_day = habit.profile(rhythm)
    week = " ".join(f"{name}{bar}" for name, bar in zip(DAYS, bars(by_day), strict=True))
    return (("hours", f"0 {bars(by_hour)} 24 UTC"), ("weekdays", week))


def bars(heights: Sequence[float]) -> str:
    """Return a bar for each height, the highest one full."""
    most = max(heights, default=0.0)
    if most <= 0:
        return BARS[0] * len(heights)
    return "".join(BARS[min(int(height / most * len(BARS)), len(BARS) - 1)] for height in heights)
