"""Why a source's next visit is when it is, in words.  Pure."""

from datetime import timedelta

from cuttings.model.push import Push
from cuttings.model.source import Source, SourceState
from cuttings.schedule import SPREAD, rhythm


def why_then(source: Source, state: SourceState) -> str:
    """Return which rule decided when a source is visited next."""
    if source.paused:
        return "since it is paused"
    if state.stopped:
        return "once a month, since it said twice that it is gone"
    if _waits(state):
        return "since its server asked us to wait"
    if state.failures:
        return "the wait grows while it fails"
    if source.every and state.planned_by in (None, "every"):
        return f"by your wish ({_span(source.every)})"
    return _by_rule(state)


def of_push(push: Push | None) -> str | None:
    """Return what a source's hub has come to; None: it has none."""
    if push is None or (push.until is None and not push.brought):
        return None
    now = "no hub tells us what is new any more" if push.until is None else "a hub tells us what is new"
    relied = ", and is relied on" if push.until is not None and not push.doubt else ""
    return f"{now}{relied}; {push.brought} came so first, {push.missed} were missed"


def _by_rule(state: SourceState) -> str:
    match state.planned_by:
        case "rhythm":
            return f"{_expected(state)}, soonest where it is lively"
        case "rolling":
            return f"before its document, which holds {state.rhythm.holds} entries, drops one unseen"
        case "ttl":
            return f"since its document asks for {_span(state.channel.ttl or timedelta(0))} between visits (ttl)"
        case "period":
            return f"since its document says that it changes every {_span(state.channel.update_every or timedelta(0))}"
        case "at_most":
            return "since nobody is visited more seldom (schedule.at_most), however little is expected"
        case "push":
            return "since its hub tells us of what is new, and this visit only looks whether it told all"
        case "floor" if not state.validators:
            return "since it gives no validators, so that every visit costs its server the whole document"
        case "floor":
            return "since we come no sooner where less than every second visit brings something"
    return "as its rhythm and its server suggest"


def _waits(state: SourceState) -> bool:
    """Tell whether the server's wish decided: we come within what is left to chance behind it."""
    if state.not_before is None or state.last_visit is None:
        return False
    asked = state.not_before - state.last_visit
    return asked > timedelta(0) and state.not_before + asked * SPREAD >= state.next_visit


def _expected(state: SourceState) -> str:
    entries = rhythm.expected(state.rhythm, state.last_visit or state.next_visit, state.next_visit)
    if entries < 2 / 3:
        return f"when about one visit in {round(1 / max(entries, 0.01))} finds something new"
    if entries < 3 / 2:
        return "when about one new entry is expected"
    return f"when about {round(entries)} new entries are expected"


def _span(every: timedelta) -> str:
    minutes = int(every.total_seconds() // 60)
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"
