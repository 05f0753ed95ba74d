"""What kind of trouble a source has, and how much that slows us down.

Pure.  Standards: RFC 9110 15.5 and 15.6; STANDARDS HR-5, HR-6, NB-1.
"""

from datetime import timedelta

from cuttings.model.capture import Failed, Trouble

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

UNREACHED_FOR = HOUR  # while nobody was troubled we try again within minutes, for so long
TOO_MANY = 4 * HOUR  # after a 429 that does not say how long; doubling
LONGEST_TOO_MANY = DAY  # longer, and feeds that move fast lose entries once they are well again
LASTING_FOR = timedelta(days=30)  # trouble that does not end by itself is asked daily for so long, then weekly
PASSES_IN = DAY  # trouble of a server that lasts no longer than this is one of its moods
PASSING: frozenset[Trouble] = frozenset({"silent", "server", "busy"})
LASTING: frozenset[Trouble] = frozenset({"name", "barred", "missing", "denied", "login", "parked", "page", "redirects"})
_DENIED = (401, 403, 451)
_BUSY = (429, 503)


def kind(outcome: Failed) -> Trouble:
    """Return the kind of trouble that a failed visit shows."""
    if outcome.trouble is not None:
        return outcome.trouble
    status = outcome.status
    if status is None:
        return "silent" if outcome.connected else "unreached"
    if status in _DENIED:
        return "denied"
    if status in _BUSY:
        return "busy"
    if 300 <= status < 400 and status != 304:
        return "redirects"
    return {200: "unreadable", 404: "missing", 410: "gone"}.get(status, "server")  # type: ignore[return-value]


def back_off(
    outcome: Failed, failures: int, failing_for: timedelta, usual: timedelta, at_most: timedelta, safe: timedelta
) -> timedelta:
    """Return how long to leave a source alone after so many failures in a row.

    `usual` is its healthy interval; after `safe` entries may be lost, which
    holds us back from waiting longer while the trouble is young.
    """
    doubled: int = 2 ** min(failures - 1, 12)
    if not outcome.connected and failing_for < UNREACHED_FOR:
        return MINUTE * doubled
    if outcome.status == 429 and outcome.wish.retry_after is None:
        return min(TOO_MANY * doubled, LONGEST_TOO_MANY)
    trouble, slowest = kind(outcome), max(at_most, DAY)
    if trouble in LASTING and failing_for > LASTING_FOR:
        return 7 * DAY
    if trouble == "denied":
        return slowest
    if trouble in PASSING and failing_for < PASSES_IN:
        slowest = min(slowest, safe)
    return min(max(usual, HOUR) * doubled, slowest)
