"""What is known of sources that moved, and what a person decides of it.

A move that is believed is asked at its new address already; what is left to do
is to write that down.  The decision itself is in `schedule.moves`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cuttings.errors import ArchiveUnavailable
from cuttings.model.article import SourceKey
from cuttings.model.reason import Reason, subject_of
from cuttings.model.source import Source, SourceState, Visit
from cuttings.ports import Archive, Sources
from cuttings.schedule import moves
from cuttings.text import urls

Standing = Literal["believed", "waiting", "doubtful"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """One source that moved, or may have.

    "waiting": seen, and believed when it is seen again; "doubtful": nothing
    known was there, or a person refused it, so only a person can believe it.
    `formerly` are the addresses on the way, the declared one first.
    """

    source: Source
    state: SourceState
    target: str
    standing: Standing
    since: datetime
    seen: int | None = None  # visits that ended there; None: it is believed
    formerly: tuple[str, ...] = ()


def found(sources: Sequence[Source], states: Mapping[str, SourceState]) -> Sequence[Moving]:
    """Return the moves of declared sources (`states` by their names) that the configuration does not have yet."""
    return [move for source in sources if source.name in states for move in _of(source, states[source.name])]


def _of(source: Source, state: SourceState) -> Iterator[Moving]:
    steps = moves.since(source.address, state)
    olds = tuple(step.old for step in steps)
    if state.move is not None:
        standing: Standing = "waiting" if state.move.familiar else "doubtful"
        yield Moving(
            source=source,
            state=state,
            target=state.move.target,
            standing=standing,
            since=state.move.first_seen,
            seen=state.move.seen,
            formerly=tuple(dict.fromkeys((*(olds or (source.address,)), state.address))),
        )
    if steps:
        at = steps[-1].at
        yield Moving(source=source, state=state, target=state.address, standing="believed", since=at, formerly=olds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """Who carries out what a person decides of moves."""

    archive: Archive
    sources: Sources

    async def believe(self, key: SourceKey, target: str, now: datetime) -> SourceState | None:
        """Have a source asked where it was seen to move, from now on; None: it does not move there any more.

        Raises ArchiveUnavailable while it is visited.
        """

        def believed(state: SourceState) -> SourceState | None:
            if state.move is None or state.move.target != target:
                return None
            return moves.believed(state, target, now)

        return await self._change(key, believed, "believed", now)

    async def disbelieve(self, key: SourceKey, now: datetime) -> SourceState | None:
        """Take a source's last move back; None: it did not move.  Raises ArchiveUnavailable while it is visited."""
        return await self._change(key, lambda state: moves.disbelieved(state, now), "taken back", now)

    async def is_taken(self, source: Source, key: SourceKey, target: str) -> bool:
        """Tell whether an address belongs to another source, which may not be followed any more."""
        other = (await self.sources.keys([Source(name=source.name, url=target)]))[source.name]
        return other != key and (other != target or await self.sources.state(other) is not None)

    async def _change(
        self, key: SourceKey, change: Callable[[SourceState], SourceState | None], rule: str, now: datetime
    ) -> SourceState | None:
        leased = await self.sources.lease(now, 1, [key])
        if not leased:
            raise ArchiveUnavailable(f"{urls.masked(key)} is visited just now, or paused; try again when it is not")
        try:
            after = change(leased[0])
            if after is not None:
                await self.archive.commit(Visit(source=key, state=after, reasons=(_reason(leased[0], after, rule),)))
            return after
        finally:
            await self.sources.release([key])


def _reason(before: SourceState, after: SourceState, rule: str) -> Reason:
    target = before.move.target if before.move else before.address
    fact = f"a person says so: asked at {urls.masked(after.address)}, seen to move to {urls.masked(target)}"
    return Reason(subject=subject_of(before.key), step="move", rule=rule, fact=fact)
