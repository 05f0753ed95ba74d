"""What the daemon says of itself: whether it is ready, and its figures."""

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from cuttings.app import App
from cuttings.errors import ArchiveError
from cuttings.flow import coverage
from cuttings.logs.metrics import Metrics, Standing
from cuttings.model.push import Standing as Subscribed

READY_FOR = timedelta(hours=25)  # ready while some source succeeded within this; the longest interval is a day


class Doing(NamedTuple):
    """What is under way: visits, pushes that are not taken in yet, and how our subscriptions stand."""

    visiting: int
    pushes_waiting: int
    subscriptions: Mapping[Subscribed, int]


class Answers:
    """Answers for the application as it is at the moment, and for what it is doing."""

    def __init__(self, app: Callable[[], App], metrics: Metrics, doing: Callable[[], Doing]) -> None:
        self._app, self._metrics, self._doing = app, metrics, doing
        self._glance = coverage.Glance(lambda since: app().missed(since), lambda: datetime.now(UTC))
        self.last_success: datetime | None = None

    async def ready(self) -> tuple[bool, str]:
        """Tell whether some source succeeded lately, in words that say as well what is missed."""
        good, words = self._is_ready()
        try:
            missed = coverage.words(await self._glance.found())
        except ArchiveError:
            missed = ""  # what is published is served nevertheless
        return good, f"{words}; {missed}" if missed else words

    def _is_ready(self) -> tuple[bool, str]:
        last = self.last_success
        if all(source.paused for source in self._app().config.sources):
            return True, "ready: no sources are to be visited"
        if last is None:
            return False, "not ready: no source succeeded yet"
        if datetime.now(UTC) - last > READY_FOR:
            return False, f"not ready: no source succeeded since {last:%Y-%m-%d %H:%M} UTC"
        return True, f"ready: a source succeeded at {last:%Y-%m-%d %H:%M} UTC"

    async def exposition(self, accept: str) -> tuple[str, bytes]:
        """Return the figures, for an Accept header: media type and body."""
        app, now = self._app(), datetime.now(UTC)
        overdue, since = await app.archive.overdue(now)
        counts = await app.archive.counts()
        paused = sum(source.paused for source in app.config.sources)
        standing = Standing(
            now=now,
            followed=len(app.config.sources) - paused,
            paused=paused,
            overdue=overdue,
            overdue_since=since,
            last_success=self.last_success,
            commits=await app.archive.latest(),
            records=counts.records,
            unindexed=counts.unindexed,
            disk_free=shutil.disk_usage(app.config.archive).free,
            sandbox_deaths=app.sandbox.deaths,
            listeners=await app.archive.listeners.count(),
            missed=await self._glance.found(),
            **self._doing()._asdict(),
        )
        return self._metrics.exposition(standing, accept)
