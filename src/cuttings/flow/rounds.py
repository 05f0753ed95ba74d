"""Looking back at many articles at once: a few sources side by side, each source's pages one after the other.

What is taken from the queue of checks is bounded, so that memory is too.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cuttings.errors import ArchiveError
from cuttings.flow.checking import HOLD, Checked, Checker
from cuttings.model.article import SourceKey
from cuttings.model.check import Check

log = logging.getLogger(__name__)

AT_ONCE = 8  # sources: what is new goes first, so most seats are left to visits
PORTION = 64  # checks taken at a time
MOST = 256  # checks that are taken and not done


@dataclass(kw_only=True)
class Rounds:
    """Makes the checks that are due; `report` is called with each as it is done.

    `failure` is the last thing that our own archive could not do.
    """

    checker: Checker
    report: Callable[[Checked], None] = lambda checked: None
    at_once: int = AT_ONCE
    failure: ArchiveError | None = None
    _busy: dict[asyncio.Task[None], int] = field(default_factory=dict)  # how many checks each has
    _last: dict[SourceKey, asyncio.Task[None]] = field(default_factory=dict)
    _seats: asyncio.Semaphore = field(init=False)
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._seats = asyncio.Semaphore(self.at_once)

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        """The rounds that are not over yet."""
        return tuple(self._busy)

    def renew(self, other: "Rounds") -> None:
        """Look back from now on as others would; rounds under way end as they began."""
        self.checker = other.checker

    async def pump(self) -> bool:
        """Take and begin what is due, within bounds; tell whether there may be more."""
        while not self._stopped and self.failure is None and sum(self._busy.values()) < MOST:
            until = self.checker.clock() + HOLD / 2
            taken = await self.checker.take(PORTION)
            for key, checks in taken.items():
                self._start(key, checks, until)
            if sum(map(len, taken.values())) < PORTION:
                return False
        return True

    async def all(self) -> Counter[str]:
        """Make every check that is due, and return how many came to what.  Raises ArchiveError."""
        found: Counter[str] = Counter()
        report, self.report = self.report, lambda checked: found.update([checked.result])
        try:
            more = True
            while more and self.failure is None:
                more = await self.pump()
                await self.rest()
        finally:
            self.report = report
        if self.failure is not None:
            raise self.failure
        return found

    async def rest(self) -> None:
        """Wait until every round under way is over."""
        while self._busy:
            await asyncio.wait(self._busy)

    async def stop(self) -> None:
        """Break off what is under way; it is taken up when its hold is over."""
        self._stopped = True
        for task in self._busy:
            task.cancel()
        await self.rest()

    def _start(self, key: SourceKey, checks: Sequence[Check], until: datetime) -> None:
        task = asyncio.create_task(self._round(checks, until, self._last.get(key)))
        self._busy[task], self._last[key] = len(checks), task
        task.add_done_callback(lambda task: self._ended(key, task))

    def _ended(self, key: SourceKey, task: asyncio.Task[None]) -> None:
        del self._busy[task]
        if self._last.get(key) is task:
            del self._last[key]

    async def _round(self, checks: Sequence[Check], until: datetime, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            async with self._seats:
                for done in await self.checker.round(checks, until):
                    self.report(done)
        except ArchiveError as error:
            self.failure = error
        except Exception:
            log.exception("a fault of ours while looking back at %s", checks[0].source)
