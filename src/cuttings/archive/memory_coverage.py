"""Keeps `ports.CoverageDays` in memory."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from cuttings.model.article import SourceKey
from cuttings.model.coverage import KEPT_DAYS, Day
from cuttings.model.source import SourceState


class MemoryCoverage:
    """The archive's part that knows what should have come."""

    def __init__(self) -> None:
        self._kept: defaultdict[SourceKey, dict[int, Day]] = defaultdict(dict)

    def keep(self, state: SourceState) -> None:
        """Keep the days that are over, or on which something was missed; those too old are let go."""
        if state.coverage is None:
            return
        days = {**self._kept[state.key], **{day.number: day for day in state.coverage.lasting}}
        newest = max(days, default=0)
        self._kept[state.key] = {number: days[number] for number in sorted(days) if number > newest - KEPT_DAYS}

    async def days(self, source: SourceKey, since: date) -> Sequence[Day]:
        """See `ports.CoverageDays`."""
        return [day for day in self._kept.get(source, {}).values() if day.date >= since]

    async def gaps(self, since: date) -> Mapping[SourceKey, Sequence[Day]]:
        """See `ports.CoverageDays`."""
        found = {
            key: [one for one in days.values() if one.gaps and one.date >= since] for key, days in self._kept.items()
        }
        return {key: days for key, days in found.items() if days}
