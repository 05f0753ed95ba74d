"""The heartbeat: an address that is asked every five minutes while visits succeed, so that silence can be noticed.

What watches it (a dead man's switch) sounds the alarm when it is asked no
more.  Its address is told to nobody: who knows it could keep it quiet.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta

from cuttings.model.capture import Post
from cuttings.model.source import Source, SourceState
from cuttings.ports import Clock, Poster
from cuttings.text import urls

log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
ENOUGH = 3  # sources that were well, and fail one after the other: then it is us, or the network

Overdue = Callable[[datetime], Awaitable[tuple[int, datetime | None]]]
"""Gives how many sources are due and not visited, and since when the first of them is."""


class Heart:
    """Beats while some source succeeds; who failed all along says nothing new by failing again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._succeeded: datetime | None = None
        self._failing: set[str] = set()  # since before the last success
        self._failed: set[str] = set()  # since then
        self._beaten: datetime | None = None
        self._heard = True  # the last beat was
        self._watched: frozenset[str] = frozenset()

    def follow(self, sources: Sequence[Source]) -> None:
        """Note which sources there are: beside others, a folder's success says nothing of the network."""
        visited = [source for source in sources if not source.paused]
        distant = [source for source in visited if source.folder is None]
        self._watched = frozenset(source.name for source in distant or visited)

    def resume(self, states: Iterable[SourceState]) -> None:
        """Go on where the last process ended."""
        known = [state for state in states if state.name in self._watched]
        self._succeeded = max((state.last_success for state in known if state.last_success), default=None)
        self._failing = {state.name for state in known if state.failures}

    def visited(self, source: str, outcome: str) -> None:
        """Note what a visit came to."""
        if source not in self._watched or outcome == "waiting":
            return
        if outcome == "failed":
            self._failed.add(source)
            return
        self._succeeded = self._clock()
        self._failing = (self._failing | self._failed) - {source}
        self._failed.clear()

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
        """Tell whether a source succeeded within the last interval, or few that were well have failed since one did."""
        if self._succeeded is None:
            return False
        if now - self._succeeded < EVERY:
            return True
        well = self._watched - self._failing
        failed = len(self._failed & well) >= min(ENOUGH, max(len(well), 1))
        return not failed and (overdue is None or now - overdue < EVERY)
