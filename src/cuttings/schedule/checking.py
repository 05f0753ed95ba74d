"""When an article's page is looked at again: soon at first, then ever more rarely, then never.

Pure: what was known and what came in, the next look out; `chance` is in [0, 1).
A source that never edits is looked at less, one that does more.  The server's
wishes are kept, and each source's pages cost so many requests a day at most.
Serves DESIGN 6 (Revisions, Manners); STANDARDS NB-1 to NB-3, HR-5.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cuttings.model.article import Record, RecordId
from cuttings.model.capture import Wish
from cuttings.model.check import Check, Looks, Seen
from cuttings.text.digest import digest

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

ORDINARY = (HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)  # ages at which an article is looked at
LIVELY = (HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)
QUIET = (DAY, 30 * DAY)
LIVELY_FROM, QUIET_BELOW = 0.15, 0.01  # edits a look
PRIOR_LOOKS, PRIOR_EDITS = 20.0, 1.0  # a source not known yet edits one article in twenty
DECAY = 0.995  # of what was learned, with each look: some hundred looks count

LEAST = timedelta(minutes=30)  # between two looks, and between an article's coming and the first
JITTER = 0.1  # looks are late by up to this share of the age
A_DAY = 240  # requests for a source's pages; more wait for the next day
CONFIRM = 6 * HOUR  # a 404 or 410 counts when it comes again at least so much later
LONGEST_RETRY = 7 * DAY
GIVE_UP = 7  # failures in a row; they spread over two weeks


def chance_of(record: RecordId) -> float:
    """Return a record's share of jitter, in [0, 1): the same each time, so that pages of one host come apart."""
    return int.from_bytes(digest(record)[:4]) / 2**32


def begun(record: Record, seen: Seen, wish: Wish, now: datetime) -> Check | None:
    """Return when to look back at a record whose page was just read; None where it is too old, or has no page."""
    if record.source is None or record.url is None:
        return None
    check = Check(
        record=record.id,
        source=record.source,
        url=record.url,
        start=min(record.order_date, now),
        looked=now,
        due=None,
        seen=seen,
        not_before=_asked(wish, now),
    )
    check = replace(check, due=due(check, Looks(), chance_of(record.id)))
    return check if check.due is not None else None


def due(check: Check, looks: Looks, chance: float) -> datetime | None:
    """Return when a page that was read at `check.looked` is read next; None: never again."""
    earliest = max(check.looked + LEAST, check.not_before or check.looked)
    for age in _ages(check, looks):
        when = check.start + age * (1 + JITTER * chance)
        if when >= earliest:
            return when
    return None


def unchanged(check: Check, looks: Looks, seen: Seen, wish: Wish, now: datetime, chance: float) -> Check:
    """Return the check after its page was read and said nothing new."""
    rested = replace(check, looked=now, not_before=_asked(wish, now), seen=seen, missing=None, failures=0, doubt=None)
    return replace(rested, due=due(rested, looks, chance))


def edited(check: Check, looks: Looks, seen: Seen, wish: Wish, now: datetime, chance: float) -> Check:
    """Return the check after its page was read and had been edited."""
    return unchanged(replace(check, edits=check.edits + 1), looks, seen, wish, now, chance)


def doubted(check: Check, looks: Looks, text: bytes, now: datetime, chance: float) -> Check:
    """Return the check after a text came that is believed if it comes again; `text` is its digest.

    The first time that is seen soon; a page that says another thing each time
    is looked at like others.
    """
    again = _later(now, CONFIRM, chance) if check.doubt is None else due(replace(check, looked=now), looks, chance)
    return replace(check, looked=now, doubt=text, missing=None, failures=0, due=again)


def missing(check: Check, looks: Looks, now: datetime, chance: float) -> tuple[Check, bool]:
    """Return the check after a 404 or a 410, and whether that makes its article gone.

    One that is gone is looked at again when its age says so, as if for the
    first time: it may come back.
    """
    first = check.missing or now
    if now - first < CONFIRM:
        return replace(check, missing=first, looked=now, due=_later(first, CONFIRM, chance)), False
    gone = replace(check, missing=first, looked=now, seen=Seen(title=check.seen.title), failures=0, doubt=None)
    return replace(gone, due=due(gone, looks, chance)), True


def failed(check: Check, wish: Wish, now: datetime, chance: float) -> Check:
    """Return the check after nothing came of a look: later and later, and at last never again."""
    failures = check.failures + 1
    if failures >= GIVE_UP:
        return replace(check, failures=failures, due=None)
    wait = min(HOUR * 4**failures, LONGEST_RETRY)
    asked = _asked(wish, now)
    again = max(_later(now, wait, chance), asked or now)
    return replace(check, failures=failures, not_before=asked, due=again)


def waiting(check: Check, wait: timedelta, now: datetime, chance: float) -> Check:
    """Return the check after nothing was sent, since its host asked to be left alone for so long."""
    return replace(check, due=now + wait + HOUR * chance)


def not_yet(check: Check, looks: Looks, now: datetime, chance: float) -> Check | None:
    """Return a check that is not wanted yet by what was learned since it was planned, None where it is."""
    if check.missing or check.failures or check.doubt:
        return None
    when = due(check, looks, chance)
    return replace(check, due=when) if when is None or when > now else None


def put_off(check: Check, wait: timedelta, now: datetime, chance: float) -> Check:
    """Return the check when we did not get to it."""
    return replace(check, due=_later(now, wait, chance))


def until_tomorrow(check: Check, now: datetime, chance: float) -> Check:
    """Return the check when its source's requests of the day are spent; what waits is spread over the next one."""
    return replace(check, due=_day(now) + DAY + 12 * HOUR * chance)


# -- what looking teaches


def counted(looks: Looks, *, edited: bool) -> Looks:
    """Return what one more look taught."""
    return replace(looks, looked=looks.looked * DECAY + 1, edited=looks.edited * DECAY + edited)


def spent(looks: Looks, now: datetime) -> Looks:
    """Return the count with one more request of today."""
    today = _day(now)
    return replace(looks, day=today, spent=looks.spent + 1 if looks.day == today else 1)


def is_spent(looks: Looks, now: datetime) -> bool:
    """Tell whether no more of a source's pages are looked at today."""
    return looks.day == _day(now) and looks.spent >= A_DAY


def edits_a_look(looks: Looks) -> float:
    """Return which share of looks at a source's articles finds one edited."""
    return (looks.edited + PRIOR_EDITS) / (looks.looked + PRIOR_LOOKS)


def _ages(check: Check, looks: Looks) -> tuple[timedelta, ...]:
    often = edits_a_look(looks)
    if check.edits or often >= LIVELY_FROM:
        return LIVELY
    return QUIET if often < QUIET_BELOW else ORDINARY


def _asked(wish: Wish, now: datetime) -> datetime | None:
    wishes = [one for one in (wish.retry_after, wish.fresh_for) if one]
    return now + max(wishes) if wishes else None


def _later(now: datetime, wait: timedelta, chance: float) -> datetime:
    return now + wait * (1 + JITTER * chance)


def _day(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
