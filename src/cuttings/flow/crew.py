"""Many visits at once: leases due sources in batches and sees each visit through.

The source table is the queue; who has a lease visits alone.  A visit that
raises is our own fault: it is logged, its lease given back, the rest goes on.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile

from cuttings.errors import ArchiveError
from cuttings.flow.collect import Collector
from cuttings.model.article import SourceKey
from cuttings.model.source import Receipt, Source, SourceState, Visit
from cuttings.ports import Clock, Sources
from cuttings.schedule import Plan

log = logging.getLogger(__name__)

RETURN_WITHIN = timedelta(minutes=1)  # after an outage everything is due, spread over this
PATIENCE = 0.5  # seconds a visit may wait for its answer before it gives its seat to the next one
STANDING = 8  # visits that wait without a seat, for each seat: a waiting one costs a socket and little else


@dataclass(kw_only=True)
class Crew:
    """Visits the declared sources, at most `concurrency` at a time.

    Who waits long for an answer is not counted, up to `standing` of them:
    many hosts that hang hold up nobody (THREATS F-16).  `report` is called
    with each receipt as it comes.  `failure` is the last thing that our own
    archive could not do, None when all went well.
    """

    collector: Collector
    sources: Sources
    declared: Mapping[SourceKey, Source]
    plan: Plan
    concurrency: int
    clock: Clock
    report: Callable[[Receipt], None]
    standing: int | None = None  # None: STANDING for each seat
    patience: float = PATIENCE
    failure: ArchiveError | None = None
    _busy: dict[asyncio.Task[None], SourceKey] = field(default_factory=dict)
    _began: dict[SourceKey, float] = field(default_factory=dict)
    _one_over: asyncio.Event = field(default_factory=asyncio.Event)
    _stopped: bool = False
    _done: list[SourceKey] = field(default_factory=list)
    _put_off: list[SourceState] = field(default_factory=list)  # whose visits we could not keep: written before the next
    _unreached: set[SourceKey] = field(default_factory=set)  # began to fail since the last source was reached
    _outage_since: datetime | None = None

    @property
    def under_way(self) -> Collection[asyncio.Task[None]]:
        """The visits that are not over yet."""
        return tuple(self._busy)

    def renew(self, other: "Crew") -> None:
        """Visit from now on as another crew would; visits under way end as they began."""
        self.collector, self.declared, self.plan = other.collector, other.declared, other.plan
        self.concurrency, self.standing = other.concurrency, other.standing

    async def pump(self) -> None:
        """Lease and start what is due until nothing is, or our archive fails: nobody is troubled in vain."""
        await self._give_back()
        while not self._stopped and self.failure is None:
            room = self._room()
            if room < max(1, self.concurrency // 2):
                await self._for_a_moment()
                await self._give_back()
                continue
            leased = await self.sources.lease(self.clock(), room)
            ours = [state for state in leased if state.key in self.declared]
            await self.sources.release([state.key for state in leased if state.key not in self.declared])
            self._start(ours)
            if len(ours) < room:
                return

    async def visit(self, keys: Sequence[SourceKey]) -> Sequence[SourceKey]:
        """Visit these sources now, due or not; return those that another process is visiting."""
        leased = await self.sources.lease(self.clock(), len(keys), keys)
        for state in leased:
            while self._room() < 1:
                await self._for_a_moment()
            if self.failure is None:
                self._start([state])
            else:
                self._done.append(state.key)
        await self.rest()
        taken = {state.key for state in leased}
        return [key for key in keys if key not in taken]

    async def rest(self) -> None:
        """Wait until every visit under way is over."""
        while self._busy:
            await asyncio.wait(self._busy)
        await self._give_back()

    async def stop(self, grace: float) -> None:
        """Let visits end for `grace` seconds, then break them off; what they had committed stays."""
        self._stopped = True
        if self._busy:
            await asyncio.wait(self._busy, timeout=grace)
        for task in self._busy:
            task.cancel()
        await self.rest()

    def _room(self) -> int:
        """Return how many seats are free."""
        late = asyncio.get_running_loop().time() - self.patience
        long = takewhile(lambda began: began[1] < late, self._began.items())  # who began first comes first
        standing = sum(key in self.collector.asking for key, _ in long)
        most = self.concurrency * STANDING if self.standing is None else self.standing
        return self.concurrency - len(self._busy) + min(standing, most)

    async def _for_a_moment(self) -> None:
        """Wait until a visit is over, or somebody's patience."""
        self._one_over.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.patience / 4):
                await self._one_over.wait()

    def _start(self, leased: Sequence[SourceState]) -> None:
        for state in leased:
            self._began[state.key] = asyncio.get_running_loop().time()
            task = asyncio.create_task(self._one(self.declared[state.key], state))
            self._busy[task] = state.key
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        key = self._busy.pop(task)
        self._began.pop(key, None)
        self._done.append(key)
        self._one_over.set()

    async def _one(self, source: Source, state: SourceState) -> None:
        try:
            receipt = await self.collector.collect(source, state, self._plan_of(source))
        except ArchiveError as error:
            self.failure = error
            receipt = self._not_kept(source, state, str(error))
        except Exception as error:
            log.exception("%s: a fault of ours", source.name)
            receipt = self._not_kept(source, state, f"a fault of ours: {error!r}")
        self.report(receipt)
        if source.folder is None and receipt.outcome != "waiting":
            await self._watch_for_outage(state, receipt.reached)

    def _not_kept(self, source: Source, state: SourceState, why: str) -> Receipt:
        """Put off a source that we failed: it is not asked again at once for that (THREATS PR-6)."""
        later = self.collector.put_off(source, state, self._plan_of(source), why)
        self._put_off.append(later)
        return Receipt(source=source.name, outcome="failed", error=why, next=later.next_visit)

    async def _watch_for_outage(self, state: SourceState, reached: bool) -> None:
        """When no source could be reached for a while, the first that is makes the others due, but those under way."""
        if not reached:
            self._outage_since = self._outage_since or self.clock()
            if state.failing_since is None or state.failing_since >= self._outage_since:
                self._unreached.add(state.key)
            return
        others, self._outage_since = sorted(self._unreached - {state.key, *self._busy.values()}), None
        self._unreached.clear()
        if others:
            now, step = self.clock(), RETURN_WITHIN / len(others)
            await self.sources.hasten(others, [now + number * step for number in range(len(others))])

    async def _give_back(self) -> None:
        """Write who is put off, then give back the leases; what cannot be done now is tried the next time."""
        put_off, self._put_off = self._put_off, []
        done, self._done = self._done, []
        try:
            while put_off:
                await self.collector.archive.commit(Visit(source=put_off[-1].key, state=put_off[-1]))
                put_off.pop()
            if done:
                await self.sources.release(done)
        except ArchiveError as error:
            self.failure = error
            self._put_off += put_off
            self._done += done

    def _plan_of(self, source: Source) -> Plan:
        return self.plan if source.every == self.plan.every else replace(self.plan, every=source.every)
