"""When a permanent redirect is believed: not at once, and only where it leads to what we know.

Pure.  Standards: RFC 9110 15.4.2 and 15.4.9; STANDARDS HR-2: hotel portals and
hijacked sites redirect for good too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings.model.article import Trace
from cuttings.model.source import Move, Moved, SourceState

BELIEVE_AFTER = timedelta(days=1)  # at the second visit this much later, or at the third
MOST_MOVED = 20  # moves that are remembered, and as many that a person refused


def moved(state: SourceState, target: str | None, familiar: bool | None, now: datetime) -> SourceState:
    """Return the state after a good visit that was led to `target` for good, None: it was not.

    `familiar` as the function of that name says it.  A target that held
    nothing familiar when it was first seen, or that a person refused, is
    remembered, and not believed.
    """
    if target is None or target == state.address:
        return state if state.move is None else replace(state, move=None)
    if familiar is None:
        return state
    if state.move is None or state.move.target != target:
        trusted = familiar and target not in state.refused
        return replace(state, move=Move(target=target, first_seen=now, familiar=trusted))
    seen = replace(state.move, seen=state.move.seen + 1)
    if not seen.familiar or (seen.seen < 3 and now - seen.first_seen < BELIEVE_AFTER):
        return replace(state, move=seen)
    return believed(state, target, now)


def believed(state: SourceState, target: str, now: datetime) -> SourceState:
    """Return the state that asks at `target` from now on, and knows what it asked before."""
    step = Moved(old=state.address, new=target, at=now)
    refused = tuple(one for one in state.refused if one != target)
    return replace(state, address=target, move=None, moved=(*state.moved, step)[-MOST_MOVED:], refused=refused)


def disbelieved(state: SourceState, now: datetime) -> SourceState | None:
    """Return the state of a source whose last move was none, None where it did not move.

    What it was led to is not believed again, but by a person.  A move that was
    believed is taken back: it is asked where it was asked before, at once, and
    what the other server said (waits, that it is gone) does not bind this one.
    """
    if state.move is not None:
        refused = _refused(state, state.move.target)
        return replace(state, move=replace(state.move, familiar=False), refused=refused)
    if not state.moved or state.moved[-1].new != state.address:
        return None
    step, refused = state.moved[-1], _refused(state, state.address)
    state = replace(state, address=step.old, moved=state.moved[:-1], refused=refused)
    return replace(state, gone=None, stopped=False, not_before=None, next_visit=now)


def since(address: str, state: SourceState) -> tuple[Moved, ...]:
    """Return the believed moves that lead from an address to where the source is asked now; () where it is asked."""
    olds = [step.old for step in state.moved]
    if address == state.address or address not in olds or state.moved[-1].new != state.address:
        return ()
    return state.moved[olds.index(address) :]


def _refused(state: SourceState, target: str) -> tuple[str, ...]:
    return (*(one for one in state.refused if one != target), target)[-MOST_MOVED:]


def familiar(known: Sequence[Trace], present: Sequence[Trace]) -> bool | None:
    """Tell whether a document holds something that is known of a source; None: nothing says either.

    One entry will do, by its guid, its link on whatever host, or its title:
    a site that moves takes its articles along, under a new name.
    """
    if not known:
        return True
    if not present:
        return None
    marks = {mark for trace in known for mark in _marks(trace)}
    return any(mark in marks for trace in present for mark in _marks(trace))


def _marks(trace: Trace) -> Iterator[tuple[str, str]]:
    path = (trace.link or "").partition("://")[2].partition("/")[2]
    for kind, value in (("guid", trace.guid), ("path", path), ("title", trace.title)):
        if value:
            yield kind, value
