"""A source's week as a small plot: when it publishes, as far as that was learned.  Pure."""

from collections.abc import Sequence

from cuttings.model.source import Rhythm
from cuttings.schedule import rhythm as habit

BARS = "▁▂▃▄▅▆▇█"
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


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
