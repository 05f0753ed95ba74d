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
MOST_MOVED = 20  # moves that are remembered


def moved(state: SourceState, target: str | None, familiar: bool | None, now: datetime) -> SourceState:
    """Return the state after a good visit that was led to `target` for good, None: it was not.

    `familiar` as the function of that name says it.  A target that held
    nothing familiar when it was first seen is remembered, and not believed.
    """
    if target is None or target == state.address:
        return replace(state, move=None)
    if familiar is None:
        return state
    if state.move is None or state.move.target != target:
        return replace(state, move=Move(target=target, first_seen=now, familiar=familiar))
    seen = replace(state.move, seen=state.move.seen + 1)
    if not seen.familiar or (seen.seen < 3 and now - seen.first_seen < BELIEVE_AFTER):
        return replace(state, move=seen)
    return believed(state, target, now)


def believed(state: SourceState, target: str, now: datetime) -> SourceState:
    """Return the state that asks at `target` from now on, and knows what it asked before."""
    step = Moved(old=state.address, new=target, at=now)
    return replace(state, address=target, move=None, moved=(*state.moved, step)[-MOST_MOVED:])


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
