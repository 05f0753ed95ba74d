"""How much we rely on a hub that tells us what is new, and what that is found to have missed.

Pure.  A hub is relied on once it brought something before a visit did; a
visit that finds what should have been pushed takes that back, until push has
brought something twice.  So a hub that never sends, or stops sending, costs
no more waiting than one visit's.  Whose document may drop entries unseen is
visited as if there were no hub.
Standards: STANDARDS WS-8, WS-9, WS-14.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cuttings.model.push import Push
from cuttings.model.source import SourceState

SAFETY = timedelta(days=1)  # between two visits to who is relied on
ON_ITS_WAY = timedelta(minutes=10)  # what is younger may still be pushed
DOUBT = 2  # pushes that have to bring something after one was missed
MOST = 10**9


def is_relied_on(state: SourceState, now: datetime) -> bool:
    """Tell whether a hub tells us of what is new, and has shown that it does."""
    push = state.push
    return push is not None and push.until is not None and now < push.until and push.doubt == 0


def visited(state: SourceState, until: datetime | None, new: Sequence[datetime | None], now: datetime) -> SourceState:
    """Return the state after a visit that found entries published then, None: who knows.

    `until` is how long a hub tells us of what is new, None: none does.
    `state` is as it was before the visit, but for what it read.
    """
    push = state.push
    if push is None and until is None:
        return state
    push = push or Push()
    if push.since is not None and state.last_success is not None and state.last_success >= push.since:
        push = _missed(push, sum(when is None or when < now - ON_ITS_WAY for when in new), now)
    since = None if until is None else push.since or now
    return replace(state, push=replace(push, since=since, until=until))


def pushed(state: SourceState, brought: int, until: datetime | None, now: datetime) -> SourceState:
    """Return the state after a push that brought so many new entries."""
    push = state.push or Push()
    doubt = max(push.doubt - 1, 0) if brought else push.doubt
    push = replace(push, until=until, last=now, brought=min(push.brought + brought, MOST), doubt=doubt)
    state = replace(state, push=push)
    if is_relied_on(state, now) and state.planned_by in ("rhythm", "floor") and state.last_success:
        return replace(state, planned_by="push", next_visit=max(state.next_visit, state.last_success + SAFETY))
    return state


def _missed(push: Push, count: int, now: datetime) -> Push:
    if not count:
        return push
    return replace(push, missed=min(push.missed + count, MOST), missed_at=now, doubt=DOUBT)
