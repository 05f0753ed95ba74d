"""What a source's visits teach of its habit, and how often that says to come.

Pure: what was known, what a visit brought and the time in, the rhythm out.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from cuttings.model.source import Rhythm

DAY = timedelta(days=1)
USUAL = timedelta(hours=2)  # between two visits to a source that publishes once a day
MEMORY = timedelta(days=7)  # a rhythm a week old counts for 1/e


def interval(rhythm: Rhythm) -> timedelta:
    """Return the interval that shortens the expected wait most for the requests spent: ~ 1/sqrt(rate)."""
    if rhythm.per_day is None:
        return USUAL
    return USUAL / math.sqrt(max(rhythm.per_day, 1e-3))


def taught(rhythm: Rhythm, published: Sequence[datetime], new: int, since: datetime | None, now: datetime) -> Rhythm:
    """Return the rhythm after a visit that brought `new` entries, `since` being the last good visit.

    The first visit has no `since`: its rate is read off the dates of what the
    document holds (`published`), and says nothing of how fruitful visits are.
    """
    if since is None:
        return Rhythm(per_day=_rate_of(published), visits=1)
    days = max((now - since) / DAY, 1 / 1440)
    weight = 1 - math.exp(-days / (MEMORY / DAY))
    before = new / days if rhythm.per_day is None else rhythm.per_day
    return Rhythm(
        per_day=before * (1 - weight) + (new / days) * weight,
        visits=rhythm.visits + 1,
        fruitful=rhythm.fruitful * 0.8 + 0.2 * (new > 0),
    )


def _rate_of(published: Sequence[datetime]) -> float | None:
    if len(published) < 2:
        return None
    span = max(published) - min(published)
    return (len(published) - 1) / max(span / DAY, 1 / 24)
