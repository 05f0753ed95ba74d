"""What hubs have sent and we have kept, taken in like what was fetched: its captures, its records, its source's state.

It adds to its own source alone.  Each source's deliveries are taken one after
the other, under its lease, so that no visit is under way at the same time.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings.errors import ArchiveError, ParseError
from cuttings.flow.intake import FEEDS, LISTINGS, Intake
from cuttings.flow.settling import Origin
from cuttings.model.article import SourceKey
from cuttings.model.capture import Document, Fetched
from cuttings.model.push import Delivery, Subscription
from cuttings.model.source import Receipt, Source, SourceState, VisitOutcome
from cuttings.ports import Archive, Clock, Sources, Subscriptions
from cuttings.schedule import coverage, pushing, rhythm
from cuttings.text import urls
from cuttings.text.digest import sha256

log = logging.getLogger(__name__)

MOST, MOST_OF_ONE = 64 << 20, 20  # bytes that wait to be taken in, and deliveries of one source
AT_ONCE = 8  # sources
PAUSE = timedelta(seconds=15)  # after our own archive could not take them
APART = timedelta(minutes=5)  # between a visit and one that a hub asked for

Until = Callable[[SourceKey], datetime | None]


class Deliveries:
    """Keeps what was pushed until it is taken in; `report` is called with each receipt, `wake` when there is work."""

    def __init__(
        self,
        *,
        subscriptions: Subscriptions,
        sources: Sources,
        archive: Archive,
        clock: Clock,
        report: Callable[[Receipt], None] = lambda receipt: None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        self._subscriptions, self._sources, self._archive = subscriptions, sources, archive
        self._clock, self._report, self._wake = clock, report, wake
        self._waiting: OrderedDict[int, tuple[SourceKey, int]] = OrderedDict()
        self._under_way: dict[SourceKey, asyncio.Task[None]] = {}
        self._not_before: datetime | None = None

    @property
    def waiting(self) -> int:
        """How many are not taken in yet."""
        return len(self._waiting)

    @property
    def under_way(self) -> Sequence[asyncio.Task[None]]:
        """What is being taken in now."""
        return tuple(self._under_way.values())

    async def begin(self) -> None:
        """Read what is kept."""
        self._waiting.update((number, (key, size)) for number, key, size in await self._subscriptions.delivered())

    def has_room(self, key: SourceKey, size: int) -> bool:
        """Tell whether one more may wait."""
        waiting = self._waiting.values()
        return sum(of for _, of in waiting) + size <= MOST and sum(one == key for one, _ in waiting) < MOST_OF_ONE

    async def keep(self, delivery: Delivery, by: Subscription) -> None:
        """Keep what was pushed; it is on disk when this returns."""
        number = await self._subscriptions.deliver(delivery, by)
        self._waiting[number] = (delivery.source, len(delivery.body))
        self._wake()

    async def hasten(self, key: SourceKey, wait: timedelta = timedelta(0)) -> None:
        """Have a source visited after a wait, though not right behind a visit."""
        state, now = await self._sources.state(key), self._clock()
        if state is not None:
            await self._sources.hasten([key], [max(now + wait, (state.last_visit or now - APART) + APART)])

    def work(self, intake: Intake, declared: Mapping[SourceKey, Source], until: Until) -> None:
        """Begin to take in what waits, the oldest first."""
        if self._not_before is not None and self._clock() < self._not_before:
            return
        for number, (key, _) in self._waiting.items():
            if key not in self._under_way and len(self._under_way) < AT_ONCE:
                task = asyncio.create_task(self._one(intake, number, key, declared.get(key), until))
                self._under_way[key] = task
                task.add_done_callback(lambda _, key=key: self._under_way.pop(key, None))  # type: ignore[misc]

    async def stop(self) -> None:
        """Break off; what is not taken in waits for the next start."""
        for task in self._under_way.values():
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    async def _one(self, intake: Intake, number: int, key: SourceKey, source: Source | None, until: Until) -> None:
        try:
            if source is not None and not source.paused and not await self._leased(intake, number, source, key, until):
                return  # somebody is visiting it
            await self._subscriptions.taken([number])
            self._waiting.pop(number, None)
        except ArchiveError as error:
            log.warning("what was pushed waits: %s", error)
            self._not_before = self._clock() + PAUSE
        if any(waiting == key for waiting, _ in self._waiting.values()):
            self._wake()

    async def _leased(self, intake: Intake, number: int, source: Source, key: SourceKey, until: Until) -> bool:
        leased = await self._sources.lease(self._clock(), 1, [key])
        if not leased:
            return False
        try:
            delivery = await self._subscriptions.delivery(number)
            if delivery is not None:
                await self._taken(intake, source, leased[0], delivery, until(key))
        except ParseError as error:
            log.warning("%s: what was pushed cannot be read: %s", source.name, error.problem)
            await self.hasten(key)
        except ArchiveError:
            raise
        except Exception:
            log.exception("%s: a fault of ours, in what was pushed", source.name)
            await self.hasten(key)
        finally:
            await self._sources.release([key])
        return True

    async def _taken(
        self, intake: Intake, source: Source, state: SourceState, delivery: Delivery, until: datetime | None
    ) -> None:
        listing = source.kind == "page"
        origin = Origin(
            key=state.key, full_text=source.full_text, provenance="push", own=source.own, selector=source.selector
        )
        taken = await intake.take_in(
            _fetched(state, delivery),
            origin,
            known=frozenset(trace.digest for trace in state.present),
            rule=state.identity,
            expected=LISTINGS if listing else FEEDS,
        )
        if not taken.matched:
            return
        new = [match.draft.published for match in taken.matched if match.existing is None]
        now, since = self._clock(), state.rhythm.until or state.last_success
        learned = rhythm.taught(state.rhythm, list(filter(None, new)), len(new), since, now, source.kind)
        after = pushing.pushed(replace(state, rhythm=learned, identity=taken.rule), len(new), until, now)
        state = coverage.pushed(state, after, new, now)
        added = changed = 0
        async for visit in intake.portions(taken, origin, state):
            await self._archive.commit(visit)
            added += sum(record.revision == 1 for record in visit.records)
            changed += sum(record.revision > 1 for record in visit.records)
        outcome: VisitOutcome = "new" if added or changed else "unchanged"
        self._report(Receipt(source=source.name, outcome=outcome, new=added, changed=changed, next=state.next_visit))


def _fetched(state: SourceState, delivery: Delivery) -> Fetched:
    """Return what was pushed as if it were fetched where the source is: its headers nobody signed (WS-13)."""
    url = state.validators.url or urls.parse(state.address).public
    document = Document(body=delivery.body, url=url, headers=dict(state.channel.headers))
    return Fetched(document=document, at=delivery.at, sha256=sha256(delivery.body))
