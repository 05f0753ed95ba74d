"""The heartbeat: an address that is asked every five minutes while visits succeed, so that silence can be noticed.

What watches it (a dead man's switch) sounds the alarm when it is asked no
more.  Its address is told to nobody: who knows it could keep it quiet.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from cuttings.model.capture import Post
from cuttings.model.source import Source
from cuttings.ports import Clock, Poster
from cuttings.text import urls

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)

Overdue = Callable[[datetime], Awaitable[tuple[int, datetime | None]]]
"""Gives how many sources are due and not visited, and since when the first of them is."""


class Heart:
    """Beats while some source succeeds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._succeeded: datetime | None = None
        self._failed: datetime | None = None
        self._beaten: datetime | None = None
        self._heard = True  # the last beat was
        self._ignored: frozenset[str] = frozenset()

    def resume(self, last_success: datetime | None) -> None:
        """Go on where the last process ended."""
        self._succeeded = last_success

    def follow(self, sources: Sequence[Source]) -> None:
        """Note which sources there are: beside others, a folder's success says nothing of the network."""
        folders = frozenset(source.name for source in sources if source.folder is not None)
        self._ignored = folders if len(folders) < len(sources) else frozenset()

    def visited(self, source: str, outcome: str) -> None:
        """Note what a visit came to."""
        if source in self._ignored or outcome == "waiting":
            return
        if outcome == "failed":
            self._failed = self._clock()
        else:
            self._succeeded = self._clock()

    def is_due(self) -> bool:
        """Tell whether the last beat is long enough ago."""
        return self._beaten is None or not timedelta(0) <= self._clock() - self._beaten < EVERY

    async def beat(self, url: str, poster: Poster, overdue: Overdue) -> None:
        """Ask the address, if it is time and all is well; who does not answer is told of once."""
        now = self._clock()
        if not self.is_due() or not self._is_well(now, (await overdue(now))[1]):
            return
        self._beaten = now
        posted = await poster.post(Post(url=url, body=None, follow=True))
        if self._heard and not posted.accepted:
            log.warning("the heartbeat at %s is not heard: %s", urls.parse(url).host, posted.reason)
        self._heard = posted.accepted

    def _is_well(self, now: datetime, overdue: datetime | None) -> bool:
        """Tell whether a source succeeded within the last interval, or nothing was to be visited since one did."""
        if self._succeeded is None:
            return False
        if now - self._succeeded < EVERY:
            return True
        failed = self._failed is not None and self._failed > self._succeeded
        return not failed and (overdue is None or now - overdue < EVERY)
