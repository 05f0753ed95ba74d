"""When a source is visited next: what it taught us, within what its publisher asked.

Pure: a state, an outcome and the time in, the next state out; chance is an
argument.  Standards: RFC 9110 10.2.3 and 15.5.11, RFC 9111 4.2, RSS 2.0 (ttl,
skipHours, skipDays), the syndication module (updatePeriod).
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cuttings.model.article import Channel
from cuttings.model.capture import Failed, Fetched, NotModified
from cuttings.model.source import FARTHEST, Move, SourceState
from cuttings.schedule import rhythm

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

FLOOR = HOUR  # between two visits that can be answered with a 304
FLOOR_WITHOUT_VALIDATORS = DAY
JITTER = 0.1  # visits are late by up to this share of the interval, so that hosts do not see us march in step
FRUITFUL = 0.5  # a source that brings something new at every second visit may be asked below our floor
UNREACHED_FOR = HOUR  # while nobody was troubled we try again within minutes, for so long
TOO_MANY = 4 * HOUR  # after a 429 that does not say how long; doubling
MISSING_FOR = timedelta(days=30)  # a 404 is asked daily for so long, then weekly
CONFIRM_GONE = DAY  # a 410 counts when it comes again at least so much later
BELIEVE_AFTER = DAY  # a permanent move is believed at the second visit this much later, or at the third
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
FOLDER_EVERY = MINUTE  # nobody is troubled by our looking into our own folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The operator's bounds; `every` is a source's own wish, None: learned."""

    at_least: timedelta = 5 * MINUTE
    at_most: timedelta = DAY
    every: timedelta | None = None


def after(
    state: SourceState, outcome: Fetched | NotModified | Failed, plan: Plan, now: datetime, chance: float
) -> SourceState:
    """Return the state with the next visit set, what the server asked remembered, and failures counted.

    `state` already holds what the visit taught (`channel`, `validators`,
    `rhythm`); `chance` is in [0, 1).  A server's order is never undercut.
    """
    asked = _asked(outcome, now)
    state = replace(state, last_visit=now, not_before=asked)
    if isinstance(outcome, Failed):
        return _after_failure(state, outcome, plan, now, chance)
    state = replace(
        _moved(state, outcome.moved_to, now), last_success=now, failures=0, failing_since=None, error=None, gone=None
    )
    wait = _late(interval(state, outcome.wish.fresh_for, plan), chance)
    return replace(state, next_visit=_open(state.channel, max(now + wait, asked or now)))


def after_folder(state: SourceState, now: datetime) -> SourceState:
    """Return a folder's state after it was looked into."""
    return replace(
        state,
        last_visit=now,
        last_success=now,
        failures=0,
        failing_since=None,
        error=None,
        next_visit=now + FOLDER_EVERY,
    )


def interval(state: SourceState, fresh_for: timedelta | None, plan: Plan) -> timedelta:
    """Return how long to leave a healthy source alone, before jitter and the server's own order."""
    wanted = plan.every or rhythm.interval(state.rhythm)
    slowed = max(wanted, state.channel.ttl or wanted, state.channel.update_every or wanted)
    return max(min(slowed, plan.at_most), _floor(state, fresh_for, plan))


def forbidden_until(state: SourceState, now: datetime) -> datetime | None:
    """Return until when even a person must not ask, None when they may.

    NEVER stands for a source that is gone for good.
    """
    if state.stopped:
        return NEVER
    until = state.not_before
    return until if until is not None and now < until < now + FARTHEST else None


def _after_failure(state: SourceState, outcome: Failed, plan: Plan, now: datetime, chance: float) -> SourceState:
    since = state.failing_since or now
    state = replace(state, failures=state.failures + 1, failing_since=since, error=outcome.reason)
    if outcome.status == 410:
        return _gone(state, now)
    wait = _late(min(_back_off(state, outcome, plan, now - since), timedelta(days=30)), chance)
    return replace(state, next_visit=max(now + wait, state.not_before or now))


def _back_off(state: SourceState, outcome: Failed, plan: Plan, failing_for: timedelta) -> timedelta:
    doubled: int = 2 ** min(state.failures - 1, 12)
    if not outcome.connected and failing_for < UNREACHED_FOR:
        return MINUTE * doubled
    if outcome.status == 429 and outcome.wish.retry_after is None:
        return TOO_MANY * doubled
    if outcome.status in (401, 403):
        return max(DAY, plan.at_most)
    if outcome.status == 404 and failing_for > MISSING_FOR:
        return 7 * DAY
    return min(max(interval(state, None, plan), HOUR) * doubled, max(plan.at_most, DAY))


def _gone(state: SourceState, now: datetime) -> SourceState:
    if state.gone is not None and now - state.gone >= CONFIRM_GONE:
        return replace(state, stopped=True, next_visit=NEVER)
    first = state.gone or now
    again = max(first + CONFIRM_GONE, state.not_before or first)
    return replace(state, gone=first, not_before=again, next_visit=again)


def _asked(outcome: Fetched | NotModified | Failed, now: datetime) -> datetime | None:
    """Return the moment before which the server does not want us, whole seconds, never rounded down."""
    wishes = [wish for wish in (outcome.wish.retry_after, outcome.wish.fresh_for) if wish]
    return _ceil(now + max(wishes)) if wishes else None


def _moved(state: SourceState, target: str | None, now: datetime) -> SourceState:
    """Return the state after a good visit that was led to `target` for good, None: it was not."""
    if target is None or target == state.address:
        return replace(state, move=None)
    if state.move is None or state.move.target != target:
        return replace(state, move=Move(target=target, first_seen=now))
    seen = state.move.seen + 1
    if seen >= 3 or now - state.move.first_seen >= BELIEVE_AFTER:
        return replace(state, address=target, move=None)
    return replace(state, move=replace(state.move, seen=seen))


def _floor(state: SourceState, fresh_for: timedelta | None, plan: Plan) -> timedelta:
    own = FLOOR if state.validators else FLOOR_WITHOUT_VALIDATORS
    if state.rhythm.fruitful >= FRUITFUL:
        return plan.at_least
    invited = [wish for wish in (fresh_for, state.channel.ttl) if wish]
    return max(plan.at_least, min([own, *invited]))


def _late(wait: timedelta, chance: float) -> timedelta:
    return wait * (1 + JITTER * chance)


def _open(channel: Channel, when: datetime) -> datetime:
    """Return the first moment from `when` on that is outside the hours and days a channel asks to skip."""
    if len(channel.skip_hours) >= 24 or len(channel.skip_days) >= 7:
        return when
    for _ in range(8 * 24):
        if when.hour not in channel.skip_hours and when.weekday() not in channel.skip_days:
            return when
        when = (when + HOUR).replace(minute=0, second=0, microsecond=0)
    return when


def _ceil(when: datetime) -> datetime:
    return when if not when.microsecond else when.replace(microsecond=0) + timedelta(seconds=1)
