"""Keeps `ports.Checks` in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from cuttings.model.article import RecordId, SourceKey
from cuttings.model.check import Check, Looks
from cuttings.model.source import FARTHEST


class MemoryChecks:
    """The archive's part that knows which pages are to be looked at again."""

    def __init__(self) -> None:
        self._checks: dict[RecordId, tuple[datetime, Check]] = {}
        self._looks: dict[SourceKey, Looks] = {}

    def keep(self, checks: Iterable[Check], source: SourceKey | None, looks: Looks | None) -> None:
        """Keep what a visit brought."""
        for check in checks:
            if check.due is None:
                self._checks.pop(check.record, None)
            else:
                self._checks[check.record] = (check.due, check)
        if source is not None and looks is not None:
            self._looks[source] = looks

    async def take(self, now: datetime, until: datetime, limit: int) -> Sequence[Check]:
        """See `ports.Checks`."""
        found = [check for due, check in self._checks.values() if not now < due <= now + 2 * FARTHEST]
        taken = sorted(found, key=lambda check: (self._checks[check.record][0] > now, self._checks[check.record][0]))
        taken = [replace(check, due=self._checks[check.record][0]) for check in taken[:limit]]
        self._checks.update((check.record, (until, check)) for check in taken)
        return taken

    async def of(self, record: RecordId) -> Check | None:
        """See `ports.Checks`."""
        if record not in self._checks:
            return None
        due, check = self._checks[record]
        return replace(check, due=due)

    async def counts(self) -> tuple[int, datetime | None]:
        """See `ports.Checks`."""
        return len(self._checks), min((due for due, _ in self._checks.values()), default=None)

    async def looks(self, source: SourceKey) -> Looks:
        """See `ports.Checks`."""
        return self._looks.get(source, Looks())
