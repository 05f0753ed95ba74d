"""When articles were published, as a small drawing: bars on a line, and words for who does not see it.

Pure; bounded whatever the dates are: at most MOST bars of a day, a week, a
month or a year each, the newest ones.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

MOST = 92  # bars: three months of days
FEWEST = 3  # days with articles; fewer are told by the list itself
TALLEST, PITCH, THICK = 24, 4, 3  # in the units of the drawing

_UNITS: tuple[tuple[str, Callable[[date], int]], ...] = (
    ("day", date.toordinal),
    ("week", lambda day: (day.toordinal() - 1) // 7),  # from Monday
    ("month", lambda day: day.year * 12 + day.month),
    ("year", lambda day: day.year),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars from the oldest to the newest; `path` is an SVG path within `width` x `height`."""

    path: str
    width: int
    height: int
    first: date  # of an article that is drawn
    last: date
    count: int
    unit: str
    most: int  # in one bar


def drawn(days: Mapping[date, int]) -> Plot | None:
    """Return the plot of so many articles on each day, None where there are too few days to see anything."""
    if len(days) < FEWEST:
        return None
    oldest, last = min(days), max(days)
    unit, number = next((u for u in _UNITS if u[1](last) - u[1](oldest) < MOST), _UNITS[-1])
    start = max(number(oldest), number(last) - MOST + 1)
    shown = {day: count for day, count in days.items() if number(day) >= start}
    bars: Counter[int] = Counter()
    for day, count in shown.items():
        bars[number(day) - start] += count
    most = max(bars.values())
    return Plot(
        path="".join(_bar(place, count, most) for place, count in sorted(bars.items())),
        width=(max(bars) + 1) * PITCH - (PITCH - THICK),
        height=TALLEST,
        first=min(shown),
        last=last,
        count=sum(shown.values()),
        unit=unit,
        most=most,
    )


def _bar(place: int, count: int, most: int) -> str:
    height = max(2, round(count * TALLEST / most))
    return f"M{place * PITCH} {TALLEST}v-{height}h{THICK}v{height}z"
