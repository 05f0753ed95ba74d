"""When a source is visited next: what it taught us, within what its publisher asked.

Pure: a state, an outcome and the time in, the next state out; chance is an
argument.  Standards: RFC 9110 10.2.3 and 15.5.11, RFC 9111 4.2, RSS 2.0 (ttl,
skipHours, skipDays), the syndication module (updatePeriod).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cuttings.model.article import Channel
from cuttings.model.capture import Failed, Fetched, NotModified
from cuttings.model.source import FARTHEST, PlannedBy, SourceState
from cuttings.schedule import cadence, moves, pushing, trouble

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

FLOOR = HOUR  # between two visits that can be answered with a 304
FLOOR_WITHOUT_VALIDATORS = DAY
SPREAD, WIDEST_SPREAD = 0.1, HOUR  # after a wait that a server asked for: all its sources wait for the same moment
CONFIRM_GONE = DAY  # a 410 counts when it comes again at least so much later
ASK_GONE = 30 * DAY  # then it is asked once a month whether it is still so
LONGEST_WAIT = 30 * DAY
FOLDER_EVERY = MINUTE  # nobody is troubled by our looking into our own folder


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The operator's bounds, and what a request costs; `every` is a source's own wish, None: learned."""

    at_least: timedelta = 5 * MINUTE
    at_most: timedelta = DAY
    every: timedelta | None = None
    price: float = cadence.USUAL_PRICE  # entry-hours of waiting that a visit has to save


def after(
    state: SourceState,
    outcome: Fetched | NotModified | Failed,
    plan: Plan,
    now: datetime,
    chance: float,
    familiar: bool | None = True,
) -> SourceState:
    """Return the state with the next visit set, what the server asked remembered, and failures counted.

    `state` already holds what the visit taught (`channel`, `validators`,
    `rhythm`); `chance` is in [0, 1).  A server's order is never undercut.
    `familiar` tells whether what came is of this source (`moves.familiar`).
    """
    asked = _asked(outcome, now)
    if isinstance(outcome, Failed):
        return _after_failure(replace(state, last_visit=now, not_before=asked), outcome, plan, now, chance)
    state = moves.moved(state, outcome.moved_to, familiar, now)
    wait, rule = _interval(state, outcome.wish.fresh_for, plan, now)
    return replace(
        state,
        last_visit=now,
        not_before=asked,
        next_visit=_planned(state.channel, asked, wait, now, chance),
        planned_by=rule,
        last_success=now,
        failures=0,
        failing_since=None,
        error=None,
        trouble=None,
        gone=None,
        stopped=False,
    )


def after_folder(state: SourceState, now: datetime) -> SourceState:
    """Return a folder's state after it was looked into."""
    return replace(
        state,
        last_visit=now,
        last_success=now,
        failures=0,
        failing_since=None,
        error=None,
        trouble=None,
        next_visit=now + FOLDER_EVERY,
    )


def interval(state: SourceState, fresh_for: timedelta | None, plan: Plan, now: datetime) -> timedelta:
    """Return how long to leave a healthy source alone, before jitter and the server's own order."""
    return _interval(state, fresh_for, plan, now, answered=state.last_success is not None)[0]


def forbidden_until(state: SourceState, now: datetime) -> datetime | None:
    """Return until when even a person must not ask, None when they may."""
    asked = state.not_before
    earliest = asked if asked is not None and now < asked < now + FARTHEST else now
    until = _opening(state.channel, earliest)
    return until if until > now else None


def put_off(state: SourceState, until: datetime, now: datetime, chance: float) -> SourceState:
    """Return the state of a source that was not asked, since it must not be until then.

    Who waits for the same moment (all sources of a host) is spread behind it.
    """
    return replace(state, next_visit=_on(state.channel, _behind(until, now, chance), chance))


def _interval(
    state: SourceState, fresh_for: timedelta | None, plan: Plan, now: datetime, answered: bool = True
) -> tuple[timedelta, PlannedBy]:
    """Return the interval and which rule decided it: the slowest wish, `at_most`, then our floor.

    Not `answered`: no visit was ever a good one.
    """
    wait, rule = _wanted(state, plan, now)
    wishes: list[tuple[timedelta | None, PlannedBy]] = [
        (state.channel.ttl, "ttl"),
        (state.channel.update_every, "period"),
    ]
    for wish, its in wishes:
        if wish is not None and wish > wait:
            wait, rule = wish, its
    if wait >= plan.at_most:
        wait, rule = plan.at_most, "at_most"
    floor = _floor(state, fresh_for, plan, now, answered)
    if wait < floor:
        wait, rule = floor, "floor"
    safe = min(pushing.SAFETY, plan.at_most)
    if wait < safe and rule not in ("every", "rolling") and pushing.is_relied_on(state, now):
        return safe, "push"
    return wait, rule


def _wanted(state: SourceState, plan: Plan, now: datetime) -> tuple[timedelta, PlannedBy]:
    if plan.every:
        return plan.every, "every"
    wait, rolls = cadence.next_wait(state.rhythm, now, plan.price, plan.at_most)
    return wait, "rolling" if rolls else "rhythm"


def _after_failure(state: SourceState, outcome: Failed, plan: Plan, now: datetime, chance: float) -> SourceState:
    since = state.failing_since or now
    kind = trouble.kind(outcome)
    count = state.failures + 1
    state = replace(state, failures=count, failing_since=since, error=outcome.reason, trouble=kind, planned_by=None)
    if outcome.status == 410 or state.stopped:
        return _gone(state, now, chance)
    usual = interval(state, None, plan, now)
    safe = max(usual, HOUR, cadence.before_loss(state.rhythm, state.last_success or now, now, max(plan.at_most, DAY)))
    wait = trouble.back_off(outcome, state.failures, now - since, usual, plan.at_most, safe)
    return replace(state, next_visit=_planned(state.channel, state.not_before, min(wait, LONGEST_WAIT), now, chance))


def _gone(state: SourceState, now: datetime, chance: float) -> SourceState:
    first = state.gone or now
    if state.stopped or now - first >= CONFIRM_GONE:
        until = _ceil(now + _late(ASK_GONE, chance))
        return replace(state, gone=first, stopped=True, not_before=until, next_visit=until)
    again = max(first + CONFIRM_GONE, state.not_before or first)
    return replace(state, gone=first, not_before=again, next_visit=_behind(again, now, chance))


def _planned(channel: Channel, asked: datetime | None, wait: timedelta, now: datetime, chance: float) -> datetime:
    """Return when to come after a wait of our own, and behind the moment that the server asked for."""
    when = now + _late(wait, chance)
    if asked is not None:
        when = max(when, _behind(asked, now, chance))
    return _on(channel, when, chance)


def _asked(outcome: Fetched | NotModified | Failed, now: datetime) -> datetime | None:
    """Return the moment before which the server does not want us, whole seconds, never rounded down."""
    wishes = [wish for wish in (outcome.wish.retry_after, outcome.wish.fresh_for) if wish]
    return _ceil(now + max(wishes)) if wishes else None


def _floor(state: SourceState, fresh_for: timedelta | None, plan: Plan, now: datetime, answered: bool) -> timedelta:
    """Return our own floor; who publishes so much that every second visit is worth it may be asked below it."""
    is_unknown = not answered  # whether it gives validators: a day is long where a 503 came first
    own = FLOOR if state.validators or is_unknown else FLOOR_WITHOUT_VALIDATORS
    invited = [wish for wish in (fresh_for, state.channel.ttl) if wish]
    return max(plan.at_least, min([own, *invited, cadence.worth_after(state.rhythm, now, own)]))


def _late(wait: timedelta, chance: float) -> timedelta:
    return wait * (1 + cadence.JITTER * chance)


def _behind(until: datetime, now: datetime, chance: float) -> datetime:
    """Return a moment soon after a wait that was asked for is over: not all come back at its end."""
    return until + min((until - now) * SPREAD, WIDEST_SPREAD) * chance


def _on(channel: Channel, when: datetime, chance: float) -> datetime:
    """Return the first good moment from `when` on: when the channel does not sleep, and not on the hour (RQ-7).

    What would come in the minute of the hour is spread over the nine behind it.
    """
    opening = _opening(channel, when)
    if opening > when:
        return opening + MINUTE + 58 * MINUTE * chance
    return when if when.minute else when + MINUTE + 8 * timedelta(seconds=when.second)


def _opening(channel: Channel, when: datetime) -> datetime:
    """Return the first moment from `when` on that is outside the hours and days (UTC) a channel asks to skip.

    Who asks to skip all of them is not believed (NB-5).
    """
    if len(channel.skip_hours) >= 24 or len(channel.skip_days) >= 7:
        return when
    for _ in range(8 * 24):
        if when.hour not in channel.skip_hours and when.weekday() not in channel.skip_days:
            break
        when = (when + HOUR).replace(minute=0, second=0, microsecond=0)
    return when


def _ceil(when: datetime) -> datetime:
    return when if not when.microsecond else when.replace(microsecond=0) + timedelta(seconds=1)
